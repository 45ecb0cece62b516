//! The scorer of what is found, over the incidents here and the data outside of the repository.
//!
//! `cargo run --example score_detect -- [incidents | sigma | crowdsec] [--show]`, and through `./dev score detect`.
//! Prints a table each, as markdown; all of them are `tests/score/figures_detect.md`, which docs/detectors.md carries. `--show` says
//! on stderr what is behind the figures: the cards of each incident, what is missing, which samples stay below our thresholds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

mod crowdsec;
mod desk;
mod incidents;
mod sigma;
mod story;

use std::path::Path;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let show = args.iter().any(|a| a == "--show");
    let only: Vec<&String> = args.iter().filter(|a| !a.starts_with("--") && *a != "detect").collect();
    let asked = |part: &str| only.is_empty() || only.iter().any(|o| *o == part);
    if asked("incidents") {
        println!("### Incidents of our own\n\n{}", incidents::markdown(show));
    }
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if !shared.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let shared = shared.canonicalize().expect("it is there");
    if asked("sigma") {
        let figures = sigma::run(&shared, true).figures();
        println!("### SigmaHQ's rules, and attack samples by technique\n\n{}", figures.markdown());
        if show {
            figures.unnamed.iter().for_each(|line| eprintln!("UNNAMED: {line}"));
        }
    }
    if asked("crowdsec") {
        let figures = crowdsec::figures(&shared.join("data"));
        println!("### CrowdSec's alerts, by scenario and address\n\n{}", figures.markdown());
        if show {
            figures.below.iter().for_each(|line| eprintln!("BELOW: {line}"));
        }
    }
}
