//! What the scorer reached must not be lost again: floors a little below the figures in docs/formats.md.

use crate::score::{PARTS, ask};
use crate::score_detect::{crowdsec, sigma};
use std::path::{Path, PathBuf};

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

/// Rules of the snapshot that may stay unused, each with its reason.
const RULES_NOT_USED: usize = 9;
/// Hits of high and critical rules in logs without an attack; a number here may only fall.
const ALARMS: usize = 4;
/// The least share of attack samples whose technique a card names.
const NAMED: f64 = 0.49;
/// The least share of CrowdSec's alerts that reach our thresholds and are told.
const TOLD: f64 = 0.5;

/// The data outside of the repository, where it is.
fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").canonicalize().ok();
    if shared.is_none() {
        println!("skipped: ../shared is not here");
    }
    shared
}

#[test]
fn what_was_read_rightly_of_real_logs_still_is() {
    let Some(shared) = shared() else { return };
    let ask = ask(&shared.join("data"));
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

#[test]
fn rules_hit_what_they_must() {
    let Some(shared) = shared() else { return };
    let figures = sigma::run(&shared, false).figures();
    assert!(figures.rules >= 3_757 && figures.known >= 111, "the data is not what it was");
    assert!(figures.missed.is_empty(), "not hit: {:#?}", figures.missed);
    let not_used = figures.not_used.len();
    assert!(not_used <= RULES_NOT_USED, "{not_used} rules are not used: {:#?}", figures.not_used);
    assert!(
        figures.not_used.iter().all(|line| line.split_once(": ").is_some_and(|(_, why)| !why.is_empty()))
    );
}

/// The figures that the program printed last, which docs/detectors.md shows: what takes minutes in a test build is not run again here.
#[test]
fn the_figures_of_what_is_found_have_not_fallen() {
    let figures = include_str!("score/figures_detect.md");
    let row = |begins: &str| -> Vec<usize> {
        let line = figures.lines().find(|l| l.starts_with(&format!("| {begins}"))).unwrap_or_default();
        let numbers = line.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
        numbers.collect()
    };
    let alarms = row("hits of high and critical rules in logs without an attack");
    assert!(
        alarms.first().is_some_and(|n| *n <= ALARMS) && alarms.get(1).is_some_and(|n| *n >= 150),
        "{alarms:?}"
    );
    let named = row("attack samples whose technique a card names");
    assert!(named.len() >= 2 && named[0] as f64 >= NAMED * named[1] as f64 && named[1] >= 90, "{named:?}");
}

#[test]
fn addresses_that_do_enough_are_told() {
    let Some(shared) = shared() else { return };
    let figures = crowdsec::figures(&shared.join("data"));
    let (reach, told) =
        figures.kinds.values().fold((0, 0), |(reach, told), t| (reach + t.reach, told + t.told_of_reach));
    assert!(reach > 0, "nothing was compared");
    assert!(told as f64 >= TOLD * reach as f64, "{told} of {reach}: {:#?}", figures.missed);
}
