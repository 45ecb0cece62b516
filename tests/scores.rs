//! What the scorer reached must not be lost again: floors a little below the figures in docs/formats.md.

use crate::score::{PARTS, ask};
use std::path::Path;

/// Part, column, the least share. A number here may only grow.
const FLOORS: &[(&str, &str, f64)] = &[
    ("elastic", "time", 0.95),
    ("elastic", "fields", 0.955),
    ("crowdsec", "address", 0.98),
    ("crowdsec", "user", 0.885),
    ("crowdsec", "http", 0.9),
    ("fail2ban", "time", 0.98),
    ("fail2ban", "host", 0.965),
    ("fail2ban", "failure", 0.885),
    ("golden", "fields", 0.995),
    ("files", "format", 0.97),
    ("files", "records", 1.0),
    ("files", "bytes", 1.0),
];

#[test]
fn what_was_read_rightly_of_real_logs_still_is() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let ask = ask(&data);
    let mut short = Vec::new();
    for (name, _, score) in PARTS.iter().filter(|(name, ..)| FLOORS.iter().any(|(part, ..)| part == name)) {
        let table = score(&ask);
        for (_, column, least) in FLOORS.iter().filter(|(part, ..)| part == name) {
            let got = table.total(column);
            assert!(got.of > 0, "{name} {column}: nothing was compared");
            if got.part() < *least {
                short.push(format!("{name} {column}: {:.4} is less than {least}", got.part()));
            }
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}
