//! The scorer: how much of what real logs say is read rightly, over the data outside of the repository.
//!
//! `cargo run -p timberline-formats --example score -- [MODE] [FILTER] [--show N] [--all]`
//!
//! Modes: `elastic` (expected ECS fields of some hundred products), `crowdsec` (addresses and users of attacks), `fail2ban`
//! (time and host of failures), `golden` (Winlogbeat's JSON of EVTX files), `files` (every file: its format, records
//! and bytes). Without a mode: all, a line a part. FILTER picks files whose path contains it; `--show N` prints up to N differences a
//! product; `--all` scores fields too that the main figure leaves out. Values are compared as texts; a list holds what is in it.

mod crowdsec;
mod elastic;
mod fail2ban;
mod files;
mod golden;
mod reading;
mod tally;

use std::path::PathBuf;
use tally::Ask;

fn main() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    if !data.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let mut words = Vec::new();
    let mut ask = Ask { data, filter: String::new(), show: 0, all: false };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--show" => ask.show = args.next().and_then(|n| n.parse().ok()).unwrap_or(10),
            "--all" => ask.all = true,
            _ => words.push(arg),
        }
    }
    ask.filter = words.get(1).cloned().unwrap_or_default();
    match words.first().map(String::as_str) {
        Some("elastic") => elastic::score(&ask).print(true),
        Some("crowdsec") => crowdsec::score(&ask).print(true),
        Some("fail2ban") => fail2ban::score(&ask).print(true),
        Some("golden") => golden::score(&ask).print(true),
        Some("files") => files::score(&ask).print(true),
        None => {
            for (name, table) in [
                ("elastic", elastic::score(&ask)),
                ("crowdsec", crowdsec::score(&ask)),
                ("fail2ban", fail2ban::score(&ask)),
                ("golden", golden::score(&ask)),
                ("files", files::score(&ask)),
            ] {
                println!("{name}");
                table.print(false);
            }
        }
        Some(other) => {
            eprintln!("there is no mode '{other}': elastic, crowdsec, fail2ban, golden, files");
            std::process::exit(2);
        }
    }
}
