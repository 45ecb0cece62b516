//! What sudo, su, cron, the account tools and logind say.

use super::{Payload, Said};
use crate::About;
use memchr::{memchr, memmem};
use timberline_model::known;

/// sudo.
pub struct Sudo;

impl Payload for Sudo {
    fn about(&self) -> About {
        About { id: "sudo", title: "sudo", about: "Commands run as another user." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["sudo"]
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        sudo(text, said)
    }
}

/// su.
pub struct Su;

impl Payload for Su {
    fn about(&self) -> About {
        About { id: "su", title: "su", about: "Changes of user." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["su"]
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        su(text, said)
    }
}

/// cron.
pub struct Cron;

impl Payload for Cron {
    fn about(&self) -> About {
        About { id: "cron", title: "cron", about: "Jobs that cron runs." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["cron", "crond", "anacron"]
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        cron(text, said)
    }
}

/// Account tools.
pub struct Accounts;

impl Payload for Accounts {
    fn about(&self) -> About {
        About {
            id: "accounts",
            title: "Account tools",
            about: "useradd, usermod, passwd and their kin: accounts and groups made, changed and removed.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "useradd", "adduser", "userdel", "usermod", "groupadd", "groupdel", "groupmod", "passwd",
            "chpasswd", "gpasswd", "chage", "chfn", "chsh",
        ]
    }

    fn read(&self, program: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        changed(base(program), text, said)
    }
}

/// systemd-logind.
pub struct Logind;

impl Payload for Logind {
    fn about(&self) -> About {
        About { id: "logind", title: "systemd-logind", about: "Sessions and seats." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["systemd-logind", "elogind"]
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        logind(text, said)
    }
}

/// The program without its folder.
fn base(program: &[u8]) -> &[u8] {
    program.rsplit(|c| *c == b'/').next().unwrap_or(program)
}

/// `bob : [complaint ; ]TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls -l`
fn sudo(text: &[u8], said: &mut Said<'_>) -> bool {
    let text = text.trim_ascii_start();
    let Some(at) = memmem::find(text, b" : ") else { return false };
    let (name, rest) = (&text[..at], &text[at + 3..]);
    // The command comes last and may hold anything, the separator too.
    let command = memmem::find(rest, b"COMMAND=");
    let (head, command) = command.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 8..])));
    if command.is_none() && memmem::find(head, b"TTY=").is_none() {
        return false;
    }
    said.is("sudo", "authentication", "sudo");
    said.user(name.trim_ascii());
    let mut complaint = b"".as_slice();
    for part in split(head) {
        if let Some(v) = part.strip_prefix(b"TTY=") {
            said.maybe(said.names.tty, v);
        } else if let Some(v) = part.strip_prefix(b"PWD=") {
            said.fields.bytes(known::PROCESS_WORKING_DIRECTORY, v);
        } else if let Some(v) = part.strip_prefix(b"USER=") {
            said.fields.bytes(known::USER_EFFECTIVE_NAME, v);
        } else if let Some(v) = part.strip_prefix(b"GROUP=") {
            said.fields.bytes(known::GROUP_NAME, v);
        } else if complaint.is_empty() && !part.is_empty() && memchr(b'=', part).is_none() {
            complaint = part;
        }
    }
    said.outcome(complaint.is_empty());
    if !complaint.is_empty() {
        said.fields.bytes(known::EVENT_REASON, complaint);
    }
    if let Some(command) = command {
        said.fields.bytes(known::PROCESS_COMMAND_LINE, command);
        let end = memchr(b' ', command).unwrap_or(command.len());
        said.fields.bytes(known::PROCESS_EXECUTABLE, &command[..end]);
    }
    true
}

fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match memmem::find(text, b" ; ") {
            Some(at) => {
                rest = Some(&text[at + 3..]);
                Some(text[..at].trim_ascii())
            }
            None => {
                rest = None;
                Some(text.trim_ascii())
            }
        }
    })
}

/// Whether it went well, who, into whom, and on which terminal.
type Change<'a> = (bool, &'a [u8], &'a [u8], &'a [u8]);

/// `(to root) bob on pts/0`, `FAILED SU (to root) bob on pts/0`, `Successful su for root by bob`,
/// `+ /dev/pts/0 bob:root`, `BAD SU bob to root on /dev/ttyp0`.
fn su(text: &[u8], said: &mut Said<'_>) -> bool {
    let (good, rest) = [
        (b"FAILED SU ".as_slice(), false),
        (b"FAILED su ", false),
        (b"BAD SU ", false),
        (b"Successful su ", true),
    ]
    .iter()
    .find_map(|(head, good)| Some((*good, text.strip_prefix(*head)?)))
    .unwrap_or((true, text));
    let names: Option<Change<'_>> = if let Some(rest) = rest.strip_prefix(b"(to ") {
        // (to TARGET) NAME on TTY
        memmem::find(rest, b") ").map(|at| {
            let (name, tty) = cut(&rest[at + 2..], b" on ");
            (good, name, &rest[..at], tty)
        })
    } else if let Some(rest) = rest.strip_prefix(b"for ") {
        let (target, name) = cut(rest, b" by ");
        (!name.is_empty()).then_some((good, name, target, b"".as_slice()))
    } else if let Some(rest) = rest.strip_prefix(b"+ ").or_else(|| rest.strip_prefix(b"- ")) {
        let (tty, names) = cut(rest, b" ");
        let (name, target) = cut(names, b":");
        (!target.is_empty()).then_some((!text.starts_with(b"- "), name, target, tty))
    } else {
        let (name, rest) = cut(rest, b" to ");
        let (target, tty) = cut(rest, b" on ");
        (!tty.is_empty()).then_some((good, name, target, tty))
    };
    let Some((good, name, target, tty)) = names else { return false };
    said.is("su", "authentication", "su");
    said.outcome(good);
    said.user(name);
    said.fields.bytes(known::USER_EFFECTIVE_NAME, target);
    said.maybe(said.names.tty, tty);
    true
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    match memmem::find(text, at) {
        Some(n) => (&text[..n], &text[n + at.len()..]),
        None => (text, b""),
    }
}

/// `(root) CMD (command line)`
fn cron(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(b"(") else { return false };
    let (name, rest) = cut(rest, b") ");
    let (what, rest) = cut(rest, b" (");
    if what.is_empty() || what.len() > 32 || name.len() > 256 {
        return false;
    }
    let action = match what {
        b"CMD" => "cron_run",
        b"CMDEND" => "cron_end",
        b"RELOAD" => "cron_reload",
        b"REPLACE" => "crontab_replaced",
        b"DELETE" => "crontab_deleted",
        b"LIST" => "crontab_listed",
        b"BEGIN EDIT" | b"END EDIT" => "crontab_edited",
        _ => "",
    };
    said.is("cron", "process", action);
    if !matches!(name, b"CRON" | b"*system*" | b"") {
        said.user(name);
    }
    if matches!(what, b"CMD" | b"CMDEND") {
        said.fields.bytes(known::PROCESS_COMMAND_LINE, rest.strip_suffix(b")").unwrap_or(rest));
    }
    true
}

/// useradd, userdel, usermod, groupadd and the rest of the account tools.
fn changed(tool: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    let named = |key: &[u8]| -> Option<&[u8]> {
        let from = &text[memmem::find(text, key)? + key.len()..];
        Some(&from[..from.iter().position(|c| matches!(c, b',' | b' ' | b'\'')).unwrap_or(from.len())])
    };
    let failed = text.starts_with(b"failed ");
    let text = text.strip_prefix(b"failed adding ").unwrap_or(text);
    let mut group = None;
    let (action, user) = if text.starts_with(b"new user: ") || text.starts_with(b"user '") && failed {
        ("user_created", named(b"name=").or_else(|| named(b"user '")))
    } else if text.starts_with(b"new group: ") || text.starts_with(b"new shadow group: ") {
        group = named(b"name=");
        ("group_created", None)
    } else if text.starts_with(b"add '") {
        group = named(b"group '");
        ("user_added_to_group", named(b"add '"))
    } else if text.starts_with(b"delete '") {
        group = named(b"group '");
        ("user_removed_from_group", named(b"delete '"))
    } else if text.starts_with(b"delete user '") {
        ("user_deleted", named(b"delete user '"))
    } else if text.starts_with(b"user ") && memmem::find(text, b" added by ").is_some() {
        group = named(b"to group ");
        ("user_added_to_group", named(b"user "))
    } else if text.starts_with(b"user ") && memmem::find(text, b" removed by ").is_some() {
        group = named(b"from group ");
        ("user_removed_from_group", named(b"user "))
    } else if text.starts_with(b"removed group '") || text.starts_with(b"group '") {
        group = named(b"group '");
        ("group_deleted", None)
    } else if text.starts_with(b"change user '") {
        ("user_changed", named(b"change user '"))
    } else if text.starts_with(b"lock user '") {
        ("user_locked", named(b"user '"))
    } else if text.starts_with(b"unlock user '") {
        ("user_unlocked", named(b"user '"))
    } else if text.starts_with(b"password for '") || text.starts_with(b"changed password expiry for ") {
        ("password_changed", named(b"for '").or_else(|| named(b"expiry for ")))
    } else if tool == b"chsh" || tool == b"chfn" {
        ("user_changed", named(b"changed user '"))
    } else {
        return false;
    };
    said.is("accounts", "iam", action);
    said.outcome(!failed);
    if let Some(user) = user {
        said.user(user);
        said.fields.bytes(known::USER_TARGET_NAME, user);
    }
    if let Some(group) = group {
        said.fields.bytes(known::GROUP_NAME, group);
    }
    true
}

/// `New session 5 of user bob.`, `Removed session 5.`
fn logind(text: &[u8], said: &mut Said<'_>) -> bool {
    if text.starts_with(b"New session ") {
        said.is("logind", "session", "session_opened");
        if let Some(at) = memmem::find(text, b" of user ") {
            let name = &text[at + 9..];
            said.user(name.strip_suffix(b".").unwrap_or(name));
        }
        return true;
    }
    if text.starts_with(b"Removed session ")
        || text.starts_with(b"Session ") && memmem::find(text, b"logged out").is_some()
    {
        said.is("logind", "session", "session_closed");
        return true;
    }
    false
}
