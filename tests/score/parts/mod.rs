//! The scorer's parts, shared by the program that prints (`tests/score/main.rs`) and the test that keeps what was reached.

pub mod crowdsec;
pub mod elastic;
pub mod fail2ban;
pub mod files;
pub mod golden;
pub mod reading;
pub mod tally;

use std::path::Path;
use tally::{Ask, Table};

/// A part: its name, what it compares with, how it is scored.
pub type Part = (&'static str, &'static str, fn(&Ask) -> Table);

/// Every part.
pub const PARTS: &[Part] = &[
    ("elastic", "expected ECS fields of Elastic's integrations, line by line", elastic::score),
    ("crowdsec", "addresses, users and requests that CrowdSec's parsers found", crowdsec::score),
    ("fail2ban", "time, host and failure of fail2ban's tests", fail2ban::score),
    ("golden", "Winlogbeat's JSON of EVTX files", golden::score),
    ("files", "every file: its format, its records, its bytes", files::score),
];

/// Everything about a folder of data.
pub fn ask(data: &Path) -> Ask {
    Ask { data: data.to_owned(), filter: String::new(), show: 0, all: false }
}
