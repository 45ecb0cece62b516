//! What cron, the account tools and logind say.

use super::shape::{Line, Lines};
use super::{Payload, Said};
use crate::About;
use crate::normalise::text;
use timberline_model::known;

/// cron.
pub struct Cron;

impl Payload for Cron {
    fn about(&self) -> About {
        About { id: "cron", title: "cron", about: "Jobs that cron runs." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["cron", "crond", "anacron", "crontab", "atd", "fcron", "cronie", "fcrontab"]
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        cron(text, said) || CRON_LINES.read("cron", text, said)
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
            "useradd", "adduser", "userdel", "deluser", "usermod", "groupadd", "addgroup", "groupdel",
            "delgroup", "groupmod", "passwd", "chpasswd", "gpasswd", "chage", "chfn", "chsh", "vipw",
            "newusers", "pw",
        ]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"new user: name=") || message.starts_with(b"new group: name=")
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
        LOGIND_LINES.read("logind", text, said)
    }
}

/// The program without its folder.
fn base(program: &[u8]) -> &[u8] {
    program.rsplit(|c| *c == b'/').next().unwrap_or(program)
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    match text::place(text, at) {
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

/// Crons of other kinds, and what cron says of itself.
static CRON_LINES: Lines = Lines::new(&[
    Line::new("process", "cron_run", "USER {user} pid {process.pid#} cmd {process.command_line}"),
    Line::new("process", "cron_run", "FILE {*} USER {user} PID {process.pid#} {process.command_line}"),
    Line::new("process", "cron_run", "CMD: {?} c {process.command_line}"),
    Line::new("process", "cron_run", "Job `{process.command_line}' started"),
    Line::new("process", "cron_end", "Job `{process.command_line}' terminated{*}"),
    Line::new("process", "cron_run", "Starting job {?} ({*}) for user '{user}' ({user.id#})"),
    Line::new("process", "", "Will run job `{process.command_line}' in {*}"),
    Line::new("process", "cron_start", "Anacron {*} started on {*}"),
    Line::new("process", "cron_end", "Normal exit ({*})"),
]);

/// useradd, userdel, usermod, groupadd and the rest of the account tools; older ones open their quotes with a backtick.
fn changed(tool: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    let plain: Vec<u8> = text.iter().map(|c| if *c == b'`' { b'\'' } else { *c }).collect();
    let text = plain.as_slice();
    let named = |key: &[u8]| -> Option<&[u8]> {
        let from = &text[text::place(text, key)? + key.len()..];
        Some(&from[..from.iter().position(|c| matches!(c, b',' | b' ' | b'\'')).unwrap_or(from.len())])
    };
    let failed = text.starts_with(b"failed ");
    let text = text.strip_prefix(b"failed adding ").unwrap_or(text);
    let mut group = None;
    let mut by = None;
    let starts = |head: &[u8]| text.starts_with(head);
    let has = |part: &[u8]| text::place(text, part).is_some();
    let (action, user) = if starts(b"new user: ") || starts(b"user '") && failed {
        ("user_created", named(b"name=").or_else(|| named(b"user '")))
    } else if starts(b"new group: ") || starts(b"new shadow group: ") || starts(b"group added to ") {
        group = named(b"name=");
        ("group_created", None)
    } else if starts(b"add '") {
        group = named(b"group '");
        ("user_added_to_group", named(b"add '"))
    } else if starts(b"delete user '") {
        ("user_deleted", named(b"delete user '"))
    } else if starts(b"delete '") {
        group = named(b"group '");
        ("user_removed_from_group", named(b"delete '"))
    } else if starts(b"user ") && has(b" added by ") {
        (group, by) = (named(b"to group "), named(b" added by "));
        ("user_added_to_group", named(b"user "))
    } else if starts(b"user ") && has(b" removed by ") {
        (group, by) = (named(b"from group "), named(b" removed by "));
        ("user_removed_from_group", named(b"user "))
    } else if starts(b"members of group ") {
        (group, by) = (named(b"members of group "), named(b" set by "));
        ("group_changed", None)
    } else if starts(b"removed group '")
        || starts(b"remove group '")
        || starts(b"removed shadow group '")
        || starts(b"group '") && has(b"' removed")
    {
        group = named(b"group '");
        ("group_deleted", None)
    } else if starts(b"group changed in ") {
        group = named(b"(group ").map(|g| g.split(|c| *c == b'/').next().unwrap_or(g));
        ("group_changed", None)
    } else if starts(b"change user '") && has(b"' password") {
        ("password_changed", named(b"change user '"))
    } else if starts(b"change user '") {
        ("user_changed", named(b"change user '"))
    } else if starts(b"changed user '") {
        ("user_changed", named(b"changed user '"))
    } else if starts(b"lock user '") || starts(b"lock '") {
        ("user_locked", named(b"user '").or_else(|| named(b"lock '")))
    } else if starts(b"unlock user '") || starts(b"unlock '") {
        ("user_unlocked", named(b"user '").or_else(|| named(b"unlock '")))
    } else if starts(b"password for '") {
        by = named(b"changed by '");
        ("password_changed", named(b"password for '"))
    } else if starts(b"password changed for ") {
        ("password_changed", named(b"changed for '").or_else(|| named(b"changed for ")))
    } else if starts(b"changed password expiry for ") {
        ("password_changed", named(b"expiry for '").or_else(|| named(b"expiry for ")))
    } else if tool == b"chsh" || tool == b"chfn" {
        ("user_changed", named(b"user '"))
    } else {
        return false;
    };
    said.is("accounts", "iam", action);
    said.outcome(!failed);
    if let Some(by) = by.filter(|by| !by.is_empty()) {
        said.user(by);
    }
    if let Some(user) = user {
        said.user(user);
        said.fields.bytes(known::USER_TARGET_NAME, user);
    }
    let number = |upper: &[u8], lower: &[u8]| named(upper).or_else(|| named(lower)).unwrap_or_default();
    match action {
        "user_created" => {
            said.set("user.id", number(b"UID=", b"uid="));
            said.set("group.id", number(b"GID=", b"gid="));
            said.set("useradd.home", named(b"home=").unwrap_or_default());
            said.set("useradd.shell", named(b"shell=").unwrap_or_default());
        }
        "group_created" => said.set("group.id", number(b"GID=", b"gid=")),
        _ => {}
    }
    if let Some(group) = group {
        said.fields.bytes(known::GROUP_NAME, group);
    }
    true
}

/// `New session 5 of user bob.`, `Removed session 5.`
static LOGIND_LINES: Lines = Lines::new(&[
    Line::new("session", "session_opened", "New session {session.id?} of user {user}."),
    Line::new("session", "session_opened", "New session '{session.id}' of user '{user}' with class {*}"),
    Line::new("session", "session_closed", "Removed session {session.id?}."),
    Line::new("session", "session_closed", "Session {session.id?} logged out{*}"),
    Line::new("host", "system_shutdown", "System is powering down{*}"),
    Line::new("host", "system_reboot", "System is rebooting{*}"),
    Line::new("host", "power_key", "Power key pressed{*}"),
]);
