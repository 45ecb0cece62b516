//! The alerts of OSSEC and Wazuh as text: what fired, where, for whom, and the log line that made it fire, which is read as
//! what it is.

use super::{Block, lines};
use crate::About;
use crate::coded::syslog::header;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::said::{self, Said, table};
use memchr::{memchr, memmem};
use timberline_model::known;

pub(super) struct Alerts;

impl Block for Alerts {
    fn about(&self) -> About {
        About {
            id: "ossec_alerts",
            title: "OSSEC and Wazuh alerts.log",
            about: "Alerts of OSSEC and Wazuh with their rule, agent, addresses, user and the log line that made them.",
        }
    }

    fn begins(&self, line: &[u8]) -> bool {
        line.starts_with(b"** Alert ") && line.get(9).is_some_and(u8::is_ascii_digit)
    }

    fn read(&self, block: &[u8], said: &mut Said<'_>) {
        said.fields.text(known::EVENT_DATASET, "ossec");
        said.fields.text(known::EVENT_KIND, "alert");
        let mut all = lines(block);
        let head = all.next().unwrap_or_default();
        let number = head.get(9..).unwrap_or_default();
        let digits = number.iter().take_while(|c| c.is_ascii_digit()).count();
        if let Some(seconds) = whole(&number[..digits]).filter(|n| *n > 100_000_000) {
            said.time = said.ctx.epoch(seconds);
        }
        let id = number.split(|c| *c == b':').next().unwrap_or_default();
        said.set("event.id", id);
        let groups = memmem::find(head, b" - ").map(|at| head[at + 3..].trim_ascii()).unwrap_or_default();
        let groups = groups.strip_suffix(b",").unwrap_or(groups);
        said.set("rule.groups", groups);
        let mut logged: Option<&[u8]> = None;
        for (n, line) in all.enumerate() {
            if n == 0 {
                place(line, said);
            } else if logged.is_none() && field(line, said) {
            } else if logged.is_none() && !line.is_empty() {
                logged = Some(line);
            }
        }
        category(groups, said);
        if let Some(line) = logged {
            said.set("ossec.log", line);
            inner(line, said);
        }
    }
}

/// `2026 Mar 10 02:13:04 (agent) 192.0.2.1->/var/log/auth.log`, `2026 Mar 10 02:13:04 host->/var/log/auth.log`.
fn place(line: &[u8], said: &mut Said<'_>) {
    let Some(arrow) = memmem::find(line, b"->") else { return };
    let before = line[..arrow].get(20..).unwrap_or_default().trim_ascii();
    said.set("log.file.name", &line[arrow + 2..]);
    if let Some(rest) = before.strip_prefix(b"(")
        && let Some(close) = memchr(b')', rest)
    {
        said.fields.bytes(known::HOST_NAME, &rest[..close]);
        said.set("host.ip", rest[close + 1..].trim_ascii());
    } else if !before.is_empty() {
        said.fields.bytes(known::HOST_NAME, before);
    }
}

/// The lines that name a value; false where the log itself begins.
fn field(line: &[u8], said: &mut Said<'_>) -> bool {
    let Some(at) = memmem::find(line, b": ").or_else(|| line.ends_with(b":").then(|| line.len() - 1)) else {
        return false;
    };
    let (name, value) = (&line[..at], line[at + 1..].trim_ascii());
    match name {
        b"Rule" => {
            // `5716 (level 5) -> 'SSHD authentication failed.'`
            let id = value.split(|c| *c == b' ').next().unwrap_or_default();
            said.set("rule.id", id);
            if let Some(level) = memmem::find(value, b"(level ").map(|at| &value[at + 7..]) {
                let n = level.split(|c| *c == b')').next().and_then(whole).unwrap_or_default();
                said.fields.int(known::EVENT_SEVERITY, n);
                let word = match n {
                    0..=3 => "info",
                    4..=6 => "notice",
                    7..=9 => "warning",
                    10..=12 => "error",
                    _ => "critical",
                };
                said.fields.text(known::LOG_LEVEL, word);
            }
            if let Some(at) = memmem::find(value, b"-> '") {
                let name = &value[at + 4..];
                said.set("rule.name", name.strip_suffix(b"'").unwrap_or(name));
            }
        }
        b"Src IP" => SOURCE.host(said.fields, no_none(value)),
        b"Src Port" => SOURCE.port(said.fields, value),
        b"Dst IP" => DESTINATION.host(said.fields, no_none(value)),
        b"Dst Port" => DESTINATION.port(said.fields, value),
        b"User" => {
            let user = no_none(value);
            if !user.is_empty() {
                table::user(user, said);
            }
        }
        b"Src Location" | b"Dst Location" => {}
        _ => return false,
    }
    true
}

fn no_none(value: &[u8]) -> &[u8] {
    if value == b"(none)" { b"" } else { value }
}

fn category(groups: &[u8], said: &mut Said<'_>) {
    let has = |word: &[u8]| groups.split(|c| *c == b',').any(|g| g == word);
    let failed = has(b"authentication_failed")
        || has(b"authentication_failures")
        || has(b"invalid_login")
        || has(b"win_authentication_failed");
    let passed = has(b"authentication_success");
    let category = match () {
        () if failed || passed => "authentication",
        () if has(b"syscheck") || has(b"syscheck_file") => "file",
        () if has(b"rootcheck") => "malware",
        () if has(b"web") || has(b"accesslog") => "web",
        () if has(b"ids") || has(b"attack") || has(b"attacks") || has(b"recon") => "intrusion_detection",
        () if has(b"adduser") || has(b"account_changed") => "iam",
        () if has(b"firewall") => "network",
        _ => "host",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    if failed || passed {
        said.fields.text(known::EVENT_ACTION, "login");
        said.outcome(passed && !failed);
    }
}

/// What the line says that made the alert; what the alert says itself stays.
fn inner(line: &[u8], said: &mut Said<'_>) {
    let time = said.time;
    match header::parse(line, said.ctx) {
        Some(header) => {
            if !header.program.is_empty() {
                said.fields.bytes(known::PROCESS_NAME, header.program);
            }
            if let Some(pid) = whole(header.pid) {
                said.fields.int(known::PROCESS_PID, pid);
            }
            said::message(header.program, header.message, said);
        }
        None => {
            said::message(b"", line, said);
        }
    }
    said.time = time;
}
