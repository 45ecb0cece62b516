//! What PAM's modules say, in whichever program. For sshd the line of the attempt itself carries the outcome, so PAM's line
//! about the same failure has none; only where PAM writes under its own name (`sshd(pam_unix)[1]:`, before 2006) it has, as
//! that file has no other.

use super::Said;
use super::shape::{Line, Lines};
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// `pam_unix(sshd:auth): ...`; false when the message is not PAM's.
pub fn message(service: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    match message.first() {
        Some(b'P') => more_failures(service, message, said),
        Some(b'p') if message.starts_with(b"pam_") => modules(service, message, said),
        // `(pam_unix) authentication failure; ...`, between the two ways.
        Some(b'(') if message.starts_with(b"(pam_") => {
            let Some(close) = text::place(&message[..message.len().min(40)], b") ") else { return false };
            body(service, b"", &message[close + 2..], false, said)
        }
        Some(b'a') if message.starts_with(b"authentication failure; logname=") => {
            body(service, b"", message, false, said)
        }
        _ => false,
    }
}

/// `PAM 2 more authentication failures; logname= ...`: the failures had their own lines.
fn more_failures(service: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = message.strip_prefix(b"PAM ") else { return false };
    let found = text::place(rest, b" more authentication failure").filter(|at| whole(&rest[..*at]).is_some());
    if let Some(at) = found {
        said.is(dataset(service), "authentication", "pam_authentication");
        said.count(&rest[..at]);
        details(rest, said);
        return true;
    }
    if rest.starts_with(b"service(") && text::place(rest, b"ignoring max retries").is_some() {
        said.is(dataset(service), "authentication", "pam_detail");
        return true;
    }
    false
}

fn modules(service: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    let head = &message[..message.len().min(64)];
    // `pam_ldap: ...`, `pam_krb5[123]: ...`
    let open = memchr(b'(', head);
    let colon = text::place(head, b": ");
    if let Some(colon) = colon.filter(|c| open.is_none_or(|o| *c < o)) {
        return body(service, b"", message[colon + 2..].trim_ascii_start(), false, said);
    }
    let Some(open) = open else { return false };
    let Some(close) = text::place(&message[open..], b"):").map(|n| open + n) else { return false };
    let inside = &message[open + 1..close];
    let (service, kind) = match memchr(b':', inside) {
        Some(at) => (&inside[..at], &inside[at + 1..]),
        None => (service, inside),
    };
    body(service, kind, message[close + 2..].trim_ascii_start(), false, said)
}

/// `sshd(pam_unix)[19939]: authentication failure; ...`, as Linux-PAM wrote it before 2006.
pub fn old_style(service: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    body(service, b"", message, true, said)
}

/// What modules say in one line that has all that is known. Where sshd asks, its own line says how it ended.
static VERDICTS: Lines = Lines::new(&[
    Line::failed("pam_authentication", "received for user {user}: {pam.code#} ({reason})"),
    Line::failed("pam_authentication", "user '{user}' denied access ({reason})"),
    Line::failed("pam_authentication", "authentication fails for '{user}'{*}"),
    Line::failed("pam_authentication", "authentication error for user {user}{*}"),
    Line::failed("pam_authentication", "authentication failed for user {user}{*}"),
    Line::failed("pam_authentication", "Invalid verification code for {user}").because("verification code"),
    Line::failed("pam_authentication", "Did not receive verification code from user for {user}"),
    Line::failed("pam_authentication", "Failed Duo login for '{user}' from {source}"),
    Line::failed("pam_authentication", "Aborted Duo login for '{user}' from {source}: {reason}"),
    Line::failed("pam_authentication", "Refused user {user} for service {*}").because("listed as refused"),
    Line::failed("pam_authentication", "error trying to bind as user \"{user.ldap_dn}\" ({reason})"),
    Line::failed("pam_authentication", "Access denied to '{user}' for '{as}'"),
    Line::failed("pam_authentication", "access denied: tty '{process.tty}' is not secure !"),
    Line::failed("pam_authentication", "Blocking access from {source} to service {*}, user {user}"),
    Line::login("pam_authentication", "user '{user}' granted access"),
    Line::login("pam_authentication", "authentication succeeds for '{user}'{*}"),
    Line::login("pam_authentication", "user {user} authenticated as {*}"),
    Line::login("pam_authentication", "Accepted google_authenticator for {user}"),
    Line::login("pam_authentication", "Successful Duo login for '{user}' from {source}"),
    Line::login("pam_authentication", "Skipped Duo login for '{user}' from {source}: {reason}"),
]);

/// What only adds to an attempt.
static DETAILS: Lines = Lines::new(&[
    Line::new("authentication", "pam_detail", "check pass; user unknown").because("no such user"),
    Line::new("authentication", "pam_detail", "bad username [{user}]").because("bad username"),
    Line::new("authentication", "pam_detail", "error retrieving information about user {user}"),
    Line::new("authentication", "pam_detail", "could not identify user (from getpwnam({user}))")
        .because("no such user"),
    Line::new("authentication", "pam_detail", "auth could not identify password for [{user}]"),
    Line::new("authentication", "pam_detail", "requirement \"{*}\" not met by user \"{user}\""),
    Line::new("authentication", "pam_detail", "requirement \"{*}\" was met by user \"{user}\""),
    Line::new("authentication", "account_locked", "user {user} ({user.id#}) tally {event.count#}, deny {*}"),
    Line::new(
        "authentication",
        "account_locked",
        "user {user} (uid={user.id#}) has been temporarily locked{*}",
    ),
    Line::new(
        "authentication",
        "account_locked",
        "Consecutive login failures for user {user} account temporarily locked",
    ),
    Line::new("authentication", "pam_account", "account {user} has expired ({reason})"),
    Line::new("authentication", "pam_account", "expired password for user {user} ({reason})"),
    Line::new("authentication", "pam_account", "password for user {user} will expire in {*}"),
    Line::new("authentication", "pam_account", "access denied for user '{user}' from '{source}'").bad(),
    Line::new("authentication", "pam_account", "access denied for user `{user}' from `{source}'").bad(),
    Line::new("authentication", "pam_account", "access denied for user '{user}' from {*}").bad(),
    Line::new("authentication", "pam_account", "access denied for user `{user}' from {*}").bad(),
    Line::new("authentication", "pam_account", "access denied for user {user} from {*}").bad(),
    Line::new("iam", "password_changed", "password changed for {user}").good(),
    Line::new("iam", "password_changed", "username {user} obtained"),
    Line::new("iam", "password_rejected", "new password not acceptable{*}").bad(),
]);

fn body(service: &[u8], kind: &[u8], text: &[u8], old: bool, said: &mut Said<'_>) -> bool {
    let set = dataset(service);
    let ssh = service == b"sshd" && !old;
    if text.starts_with(b"authentication failure") || text.starts_with(b"authentication success") {
        said.is(set, "authentication", "pam_authentication");
        if !ssh {
            said.outcome(text.starts_with(b"authentication success"));
        }
        details(text, said);
        return true;
    }
    if session(set, text, said) {
        return true;
    }
    let text = text.trim_ascii();
    if ssh {
        // The verdict of a module is not the daemon's: another may have let the user in.
        if VERDICTS.read_without_outcome(set, text, said) {
            return true;
        }
    } else if VERDICTS.read(set, text, said) {
        return true;
    }
    if DETAILS.read(set, text, said) {
        return true;
    }
    if text.starts_with(b"account ") || kind == b"account" {
        said.is(set, "authentication", "pam_account");
        return true;
    }
    said.is(set, "authentication", "pam_detail");
    true
}

/// `session opened for user root(uid=0) by bob(uid=1000)`: bob acts, as root.
fn session(set: &str, text: &[u8], said: &mut Said<'_>) -> bool {
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
        let ((name, id), (actor, actor_id)) = (with_uid(name.trim_ascii()), with_uid(by.trim_ascii()));
        if actor.is_empty() || actor == b"LOGIN" {
            said.user(name);
            said.set("user.id", id);
        } else {
            said.user(actor);
            said.set("user.id", actor_id);
            said.fields.bytes(known::USER_EFFECTIVE_NAME, name);
            said.maybe(said.names.ruser, actor);
        }
        return true;
    }
    false
}

/// `root(uid=0)` is root and 0; `(uid=0)` names nobody.
fn with_uid(name: &[u8]) -> (&[u8], &[u8]) {
    match memmem::rfind(name, b"(uid=") {
        Some(at) => (&name[..at], name[at + 5..].strip_suffix(b")").unwrap_or(b"")),
        None => (name, b""),
    }
}

/// `logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root`; user comes last and may hold blanks. Who is asked for
/// by name alone (mail, FTP) stands in `ruser`, which may hold what looks like another pair: the host is the first that
/// nothing but the user follows.
fn details(text: &[u8], said: &mut Said<'_>) {
    let Some(at) = memchr(b';', text) else { return };
    let pairs = text[at + 1..].trim_ascii_end();
    let (mut tty, mut ruser, mut rhost) = (b"".as_slice(), None, b"".as_slice());
    let mut rest = pairs;
    loop {
        rest = rest.trim_ascii_start();
        let word = &rest[..memchr(b' ', rest).unwrap_or(rest.len())];
        if word.is_empty() {
            break;
        }
        let here = pairs.len() - rest.len();
        rest = &rest[word.len()..];
        match word {
            [b't', b't', b'y', b'=', value @ ..] if tty.is_empty() => tty = value,
            [b'r', b'u', b's', b'e', b'r', b'=', ..] if ruser.is_none() => {
                ruser = Some((here + 6, here + word.len()))
            }
            [b'r', b'h', b'o', b's', b't', b'=', value @ ..] => {
                if let Some((_, end)) = &mut ruser {
                    *end = here.saturating_sub(1).max(*end);
                }
                rhost = value;
                let after = rest.trim_ascii_start();
                if after.is_empty() || after.starts_with(b"user=") {
                    break;
                }
            }
            _ => {}
        }
    }
    SOURCE.host(said.fields, rhost);
    let ruser = ruser.map_or(b"".as_slice(), |(from, to)| pairs.get(from..to).unwrap_or_default());
    said.maybe(said.names.ruser, ruser);
    said.maybe(said.names.tty, tty);
    match rest.trim_ascii_start().strip_prefix(b"user=") {
        Some(name) => said.user(name),
        None => match text::place(pairs, b" user=") {
            Some(at) => said.user(&pairs[at + 6..]),
            None if !ruser.is_empty() => said.user(ruser),
            None => {}
        },
    }
}

fn dataset(service: &[u8]) -> &str {
    match service {
        b"sshd" => "sshd",
        b"sudo" | b"sudo-i" => "sudo",
        b"su" | b"su-l" => "su",
        b"cron" | b"crond" => "cron",
        b"dovecot" => "dovecot",
        b"vsftpd" => "vsftpd",
        b"proftpd" => "proftpd",
        b"wu-ftpd" => "wuftpd",
        b"samba" => "smbd",
        _ => "pam",
    }
}
