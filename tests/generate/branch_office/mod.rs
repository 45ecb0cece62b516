//! The story of `fixtures/incidents/branch-office`: a whole office with ten logs, one intrusion of six steps, and what looks like one
//! every week. Who lives here, and when what happens; the files beside tell it log by log.

mod network;
mod people;
mod story;

pub use story::files;

use crate::log::{Log, at, march};
use crate::logs::openvpn::VpnLog;
use crate::logs::sysmon::Sysmon;
use crate::logs::web::AccessLog;
use crate::logs::zeek::{ConnLog, DnsLog};
use crate::sshd::AuthLog;
use crate::winxml::SecurityLog;

pub const ATTACKER: &str = "203.0.113.71";
pub const CONTROL: &str = "198.51.100.23";
pub const CONTROL_NAME: &str = "cdn-telemetry.example";
/// Whose password is guessed, and what the VPN gives the guesser.
pub const VICTIM: &str = "m.ortiz";
pub const TUNNEL: &str = "10.66.9.44";
pub const FILES: &str = "10.66.0.30";
pub const FILES_NAME: &str = "SRV-FILES.office.example";
pub const NEW_ACCOUNT: &str = "helpdesk2";

pub const WEB: &str = "10.66.0.10";
pub const MAIL: &str = "10.66.0.25";
pub const DC: &str = "10.66.0.5";
pub const DC_NAME: &str = "DC-01.office.example";
pub const GATE: &str = "10.66.0.2";
pub const MONITOR: &str = "10.66.0.8";
pub const SCANNER: &str = "10.66.0.9";
pub const BACKUP: &str = "10.66.0.40";
pub const OFFSITE: &str = "192.0.2.90";
pub const UPDATES: &str = "192.0.2.200";
pub const CRAWLER: &str = "192.0.2.120";
pub const ADMIN: &str = "k.berg";
pub const ADMIN_DESK: &str = "10.66.1.15";
pub const LOCKED: &str = "t.lindqvist";
pub const LOCKED_DESK: &str = "10.66.1.24";

/// People: account and desk's last octet (10.66.1.x).
pub const PEOPLE: [(&str, u32); 18] = [
    ("m.ortiz", 11),
    ("a.keller", 12),
    ("s.novak", 13),
    ("j.larsen", 14),
    ("k.berg", 15),
    ("p.moreau", 16),
    ("e.rossi", 17),
    ("d.fischer", 18),
    ("l.santos", 19),
    ("h.okafor", 20),
    ("i.petrova", 21),
    ("r.singh", 22),
    ("c.dubois", 23),
    ("t.lindqvist", 24),
    ("n.haddad", 25),
    ("o.jensen", 26),
    ("v.marino", 27),
    ("w.chen", 28),
];

/// Servers: name and address.
pub const SERVERS: [(&str, &str); 7] = [
    ("gate-01", GATE),
    ("dc-01", DC),
    ("web-01", WEB),
    ("mail-01", MAIL),
    ("srv-files", FILES),
    ("mon-01", MONITOR),
    ("backup-01", BACKUP),
];

/// Tuesday 3 March to Tuesday 10 March, eight in the morning.
pub fn from() -> i64 {
    march(3)
}
pub fn until() -> i64 {
    at(10, 8, 0, 0)
}

/// The intrusion, on Monday 9 March.
pub fn scan_start() -> i64 {
    at(9, 14, 5, 12)
}
pub fn guess_start() -> i64 {
    at(9, 18, 2, 30)
}
pub fn look_start() -> i64 {
    at(9, 18, 58, 20)
}
pub fn rdp_start() -> i64 {
    at(9, 19, 21, 44)
}
pub fn beacon_start() -> i64 {
    at(9, 19, 44, 5)
}
pub fn leak_start() -> i64 {
    at(10, 2, 10, 0)
}

/// All the logs of the office.
pub struct Office {
    pub auth: AuthLog,
    pub access: AccessLog,
    pub conn: ConnLog,
    pub dns: DnsLog,
    pub windows: SecurityLog,
    pub sysmon: Sysmon,
    pub firewall: Log,
    pub proxy: Log,
    pub cloud: Log,
    pub mail: Log,
    pub vpn: VpnLog,
}

impl Office {
    fn new() -> Self {
        Self {
            auth: AuthLog::new(until()),
            access: AccessLog::new(until()),
            conn: ConnLog::new(until(), 202),
            dns: DnsLog::new(until(), DC, 203),
            windows: SecurityLog::new(until()),
            sysmon: Sysmon::new(until()),
            firewall: Log::default(),
            proxy: Log::default(),
            cloud: Log::default(),
            mail: Log::default(),
            vpn: VpnLog::new(until()),
        }
    }
}

/// Weekdays of the span: Saturday 7 and Sunday 8 March are none.
pub fn workdays() -> impl Iterator<Item = i64> {
    (3..=9).filter(|day| ![7, 8].contains(day))
}
