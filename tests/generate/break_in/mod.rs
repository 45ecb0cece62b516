//! The story of `fixtures/incidents/ssh-break-in`: who lives in this network, and what the attacker does.
//! All outside addresses are from the documentation ranges (RFC 5737).

mod auth;
mod conn;
mod story;
mod web;
mod windows;

pub use story::files;

use crate::log::{HANDED_OVER, at};
use timberline_model::time::SECOND;

/// The address that breaks in.
pub const ATTACKER: &str = "203.0.113.24";
/// Where the foothold reports to.
pub const CONTROL: &str = "198.51.100.7";
/// web-02, the system broken into.
pub const WEB_02: &str = "10.20.0.15";
pub const WEB_01: &str = "10.20.0.14";
pub const BACKUP_01: &str = "10.20.0.30";
pub const JUMP_01: &str = "10.20.0.5";
pub const SCAN_01: &str = "10.20.0.40";
pub const BALANCER: &str = "10.20.0.9";
pub const DC_01: &str = "10.20.1.10";
pub const FILE_01: &str = "10.20.1.11";
pub const ADM_WS_01: &str = "10.20.1.50";
/// A branch office whose people share one address.
pub const OFFICE: &str = "198.51.100.200";
/// A search engine that asks for pages that are gone.
pub const CRAWLER: &str = "192.0.2.77";

/// Linux systems: name and address.
pub const SERVERS: [(&str, &str); 8] = [
    ("web-01", WEB_01),
    ("web-02", WEB_02),
    ("db-01", "10.20.0.20"),
    ("app-01", "10.20.0.21"),
    ("mail-01", "10.20.0.25"),
    ("backup-01", BACKUP_01),
    ("jump-01", JUMP_01),
    ("scan-01", SCAN_01),
];

/// People of the head office: name and workstation's last octet (10.20.2.x).
pub const STAFF: [(&str, u32); 16] = [
    ("alice", 101),
    ("bob", 102),
    ("carol", 103),
    ("dave", 104),
    ("erin", 105),
    ("frank", 106),
    ("grace", 107),
    ("heidi", 108),
    ("ivan", 109),
    ("judy", 117),
    ("niaj", 111),
    ("olivia", 112),
    ("peggy", 113),
    ("rupert", 114),
    ("sybil", 115),
    ("trent", 116),
];

/// People of the branch office, behind [`OFFICE`].
pub const BRANCH: [&str; 9] =
    ["victor", "walter", "wendy", "xavier", "yasmin", "zoe", "quentin", "uma", "leo"];

/// Nothing is later: when the files were handed over.
pub const UNTIL: i64 = HANDED_OVER;

/// The attack, hour by hour; all on 9 and 10 March, UTC.
pub fn scan_start() -> i64 {
    at(9, 21, 2, 11)
}
pub fn names_start() -> i64 {
    at(10, 1, 31, 5)
}
pub fn guess_first() -> i64 {
    at(10, 1, 58, 7)
}
pub fn guess_last() -> i64 {
    at(10, 2, 12, 51)
}
pub fn success() -> i64 {
    at(10, 2, 13, 4)
}
/// 28 minutes and 33 seconds.
pub const SESSION_S: i64 = 28 * 60 + 33;
pub fn fan_out_start() -> i64 {
    at(10, 2, 21, 40)
}
pub fn beacon_start() -> i64 {
    at(10, 2, 31, 0)
}
pub fn spray_start() -> i64 {
    at(10, 3, 5, 12)
}
pub fn spray_success() -> i64 {
    at(10, 3, 22, 10)
}

pub const GUESSES: usize = 147;

/// Times of the wrong passwords: about one each six seconds, as a tool makes them.
pub fn guess_times() -> Vec<i64> {
    let steps = GUESSES as i64 - 1;
    let span = guess_last() - guess_first();
    (0..=steps).map(|n| (guess_first() + span * n / steps) / SECOND * SECOND).collect()
}

/// Accounts that the foothold tries on the administrators' workstation.
pub const SPRAYED: [&str; 14] = [
    "Administrator",
    "helpdesk",
    "backupadm",
    "svc-sql",
    "svc-print",
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "ivan",
];
pub const SPRAY_ROUNDS: usize = 3;
/// The one whose password was guessed.
pub const SPRAY_HIT: &str = "helpdesk";

/// Strangers of the internet's noise.
pub fn strangers() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for n in 0..110 {
        all.push(format!("198.51.100.{}", 10 + n));
        all.push(format!("192.0.2.{}", 90 + n));
    }
    for n in 0..60 {
        all.push(format!("203.0.113.{}", 130 + n * 2));
    }
    all
}
