//! The scorer: how much of what real logs say is read rightly, over the data outside of the repository.
//!
//! `cargo run -p timberline-formats --example score -- [PART] [FILTER] [--show N] [--all] [--markdown]`
//!
//! Parts: `elastic` (expected ECS fields of some hundred products), `crowdsec` (addresses and users of attacks), `fail2ban`
//! (time and host of failures), `golden` (Winlogbeat's JSON of EVTX files), `files` (every file: its format, records
//! and bytes). Without a part: all, a line each. FILTER picks files whose path contains it; `--show N` prints up to N differences a
//! product; `--all` scores fields too that the main figure leaves out; `--markdown` prints what docs/formats.md carries
//! (`tests/score/figures.md`). Values are compared as texts; a list holds what is in it.

mod parts;

use parts::{PARTS, ask};
use std::path::PathBuf;

fn main() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    if !data.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let mut words = Vec::new();
    let mut ask = ask(&data);
    let mut markdown = false;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--show" => ask.show = args.next().and_then(|n| n.parse().ok()).unwrap_or(10),
            "--all" => ask.all = true,
            "--markdown" => markdown = true,
            _ => words.push(arg),
        }
    }
    ask.filter = words.get(1).cloned().unwrap_or_default();
    if markdown {
        for (name, what, score) in PARTS {
            println!("### {name}: {what}\n");
            println!("{}", score(&ask).markdown());
        }
        return;
    }
    match words.first() {
        None => {
            for (name, what, score) in PARTS {
                println!("{name}: {what}");
                score(&ask).print(false);
            }
        }
        Some(word) => match PARTS.iter().find(|(name, ..)| name == word) {
            Some((_, _, score)) => score(&ask).print(true),
            None => {
                let names: Vec<&str> = PARTS.iter().map(|(name, ..)| *name).collect();
                eprintln!("there is no part '{word}': {}", names.join(", "));
                std::process::exit(2);
            }
        },
    }
}
