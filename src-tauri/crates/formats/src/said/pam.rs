//! What PAM's modules say, in whichever program. For sshd the line of the attempt itself carries the outcome, so
//! PAM's line about the same failure has none.

use super::Said;
use crate::normalise::entities::{SOURCE, whole};
use memchr::{memchr, memmem};

/// `pam_unix(sshd:auth): ...`; false when the message is not PAM's.
pub fn message(service: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    if let Some(rest) = message.strip_prefix(b"PAM ")
        && let Some(at) =
            memmem::find(rest, b" more authentication failure").filter(|at| whole(&rest[..*at]).is_some())
    {
        // PAM 2 more authentication failures; logname= ...: the failures had their own lines.
        said.is(dataset(service), "authentication", "pam_authentication");
        said.count(&rest[..at]);
        details(rest, said);
        return true;
    }
    if !message.starts_with(b"pam_") {
        return false;
    }
    let Some(open) = memchr(b'(', &message[..message.len().min(40)]) else { return false };
    let Some(close) = memmem::find(&message[open..], b"):").map(|n| open + n) else { return false };
    let inside = &message[open + 1..close];
    let (service, kind) = match memchr(b':', inside) {
        Some(at) => (&inside[..at], &inside[at + 1..]),
        None => (service, inside),
    };
    body(service, kind, message[close + 2..].trim_ascii_start(), said)
}

/// `sshd(pam_unix)[19939]: authentication failure; ...`, as Linux-PAM wrote it before 2006.
pub fn old_style(service: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    body(service, b"", message, said)
}

fn body(service: &[u8], kind: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    let set = dataset(service);
    if text.starts_with(b"authentication failure") {
        said.is(set, "authentication", "pam_authentication");
        if service != b"sshd" {
            said.outcome(false);
        }
        details(text, said);
        return true;
    }
    for (head, action) in [
        (b"session opened for user ".as_slice(), "session_opened"),
        (b"session closed for user ", "session_closed"),
    ] {
        let Some(rest) = text.strip_prefix(head) else { continue };
        said.is(set, "session", action);
        let (name, by) = match memmem::rfind(rest, b" by ") {
            Some(at) => (&rest[..at], &rest[at + 4..]),
            None => (rest, b"".as_slice()),
        };
        said.user(without_uid(name));
        said.maybe(said.names.ruser, without_uid(by));
        return true;
    }
    if let Some(name) = text.strip_prefix(b"password changed for ") {
        said.is(set, "iam", "password_changed");
        said.user(name);
        said.outcome(true);
        return true;
    }
    if text.starts_with(b"access denied for user ") || text.starts_with(b"account ") || kind == b"account" {
        said.is(set, "authentication", "pam_account");
        said.outcome(!text.starts_with(b"access denied"));
        let name = text
            .strip_prefix(b"access denied for user `")
            .or_else(|| text.strip_prefix(b"access denied for user "));
        if let Some(name) = name {
            let end = name.iter().position(|c| matches!(c, b' ' | b'\'')).unwrap_or(name.len());
            said.user(&name[..end]);
        }
        return true;
    }
    said.is(set, "authentication", "pam_detail");
    if let Some(name) = text.strip_prefix(b"error retrieving information about user ") {
        said.user(name);
    }
    true
}

/// `root(uid=0)` is root; `(uid=0)` names nobody.
fn without_uid(name: &[u8]) -> &[u8] {
    match memmem::rfind(name, b"(uid=") {
        Some(at) => &name[..at],
        None => name,
    }
}

/// `logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root`; user comes last and may hold blanks.
fn details(text: &[u8], said: &mut Said<'_>) {
    let Some(at) = memchr(b';', text) else { return };
    let pairs = &text[at + 1..];
    let value = |name: &[u8]| -> &[u8] {
        let Some(at) = memmem::find(pairs, name) else { return b"" };
        let from = &pairs[at + name.len()..];
        &from[..memchr(b' ', from).unwrap_or(from.len())]
    };
    SOURCE.host(said.fields, value(b" rhost="));
    said.maybe(said.names.ruser, value(b" ruser="));
    said.maybe(said.names.tty, value(b" tty="));
    if let Some(at) = memmem::find(pairs, b" user=") {
        said.user(pairs[at + 6..].trim_ascii_end());
    }
}

fn dataset(service: &[u8]) -> &str {
    match service {
        b"sshd" => "sshd",
        b"sudo" | b"sudo-i" => "sudo",
        b"su" | b"su-l" => "su",
        b"cron" | b"crond" => "cron",
        _ => "pam",
    }
}
