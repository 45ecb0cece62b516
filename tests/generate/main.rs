//! Makes `fixtures/incidents/`: `cargo run --example generate`. The same on every machine: its own chance, no clock.
//! The tests below make everything again and compare it with what is committed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod beacon_dns;
mod branch_office;
mod break_in;
mod failing_app;
mod insider;
mod log;
mod logs;
mod password_spray;
mod quiet_week;
mod rng;
mod sshd;
mod truth;
mod web_attack;
mod winxml;

use std::path::{Path, PathBuf};

/// A file of an incident.
pub struct File {
    pub name: &'static str,
    /// What stands in it; for a `.gz`, before compression.
    pub text: String,
}

impl File {
    pub fn gzip(name: &'static str, text: String) -> Self {
        Self { name, text }
    }

    pub fn json(name: &'static str, value: &impl serde::Serialize) -> Self {
        let mut text = serde_json::to_string_pretty(value).expect("plain data");
        text.push('\n');
        Self { name, text }
    }

    fn bytes(&self) -> Vec<u8> {
        if self.name.ends_with(".gz") { log::gzip(&self.text) } else { self.text.clone().into_bytes() }
    }
}

type Make = fn() -> Vec<File>;
const INCIDENTS: &[(&str, Make)] = &[
    ("ssh-break-in", break_in::files),
    ("quiet-week", quiet_week::files),
    ("password-spray", password_spray::files),
    ("web-attack-to-shell", web_attack::files),
    ("beacon-dns-tunnel", beacon_dns::files),
    ("branch-office", branch_office::files),
    ("failing-application", failing_app::files),
    ("insider-exfiltration", insider::files),
];

fn incidents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents")
}

fn main() -> std::io::Result<()> {
    for &(incident, make) in INCIDENTS {
        let folder = incidents().join(incident);
        std::fs::create_dir_all(&folder)?;
        for file in make() {
            let bytes = file.bytes();
            println!("{incident}/{}: {} bytes, {} as text", file.name, bytes.len(), file.text.len());
            std::fs::write(folder.join(file.name), bytes)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// Compressed bytes may differ with the version of the compressor; what is in them and their header may not.
    fn check(incident: &str, make: Make) {
        for file in make() {
            let path = incidents().join(incident).join(file.name);
            let committed = std::fs::read(&path).unwrap_or_else(|e| panic!("{incident}/{}: {e}", file.name));
            let text = if file.name.ends_with(".gz") {
                let empty = log::gzip("");
                assert_eq!(committed[..10], empty[..10], "{incident}/{}: its gzip header", file.name);
                let mut text = String::new();
                flate2::read::MultiGzDecoder::new(&committed[..]).read_to_string(&mut text).unwrap();
                text
            } else {
                String::from_utf8(committed).unwrap()
            };
            let differs = text.lines().zip(file.text.lines()).position(|(a, b)| a != b);
            assert_eq!(differs, None, "{incident}/{}: line that is not what the generator writes", file.name);
            assert_eq!(text.len(), file.text.len(), "{incident}/{}: length", file.name);
        }
    }

    #[test]
    fn what_is_committed_is_what_the_generator_writes() {
        for &(incident, make) in INCIDENTS {
            check(incident, make);
        }
    }

    #[test]
    fn the_incidents_stay_small_in_the_repository() {
        let mut all = 0;
        for (incident, _) in INCIDENTS {
            let files = std::fs::read_dir(incidents().join(incident)).unwrap();
            let size: u64 = files.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
            // The first one is the sample that new users open, and as long as a real one.
            let most = if *incident == "ssh-break-in" { 4_000_000 } else { 2_500_000 };
            assert!(size < most, "{incident}: {size} bytes");
            all += size;
        }
        assert!(all < 14_000_000, "{all} bytes");
    }
}
