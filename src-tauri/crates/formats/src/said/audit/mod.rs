//! Linux' audit records: what one line says, and what several lines of one event say together. Which lines are one event is
//! the format's (`coded::auditd`); a record that comes alone (syslog, the kernel's buffer) is an event of its own. Names are
//! ECS' where it has them, as Auditbeat uses them; all else is kept as `auditd.data.*`.

mod action;
mod pairs;
mod socket;

use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use memchr::memchr;
use pairs::{Pair, each, unhex};
use timberline_model::{Stamp, known};

/// Records that something else carries.
pub struct Audit;

impl Payload for Audit {
    fn about(&self) -> About {
        About {
            id: "auditd",
            title: "Linux audit log",
            about: "auditd's records, those of one event joined: commands with their arguments, files, connections, logins, accounts, \
                    SELinux and AppArmor.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["audispd", "audisp-syslog", "audit", "auditd", "tag_audit_log"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        heading(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        alone(message, said)
    }
}

/// What stands in front of a record's pairs.
#[derive(Clone, Copy, Debug)]
pub struct Heading<'a> {
    /// The record's type by name or number: `SYSCALL`, `1300`.
    pub kind: &'a [u8],
    /// The host, where several write into one log.
    pub node: &'a [u8],
    /// Seconds since 1970 with a fraction, as text.
    pub time: &'a [u8],
    /// The event's number; 0 where it is missing.
    pub serial: u64,
    /// Where the pairs begin.
    pub body: usize,
}

impl Heading<'_> {
    /// The event's time.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        let dot = memchr(b'.', self.time).unwrap_or(self.time.len());
        let seconds = whole(&self.time[..dot])?;
        let digits = self.time.get(dot + 1..).unwrap_or_default();
        let digits = &digits[..digits.len().min(9)];
        let fraction =
            if digits.is_empty() { 0 } else { whole(digits)? * 10i64.pow(9 - digits.len() as u32) };
        seconds.checked_mul(1_000_000_000)?.checked_add(fraction).map(Stamp::stated)
    }
}

/// `[node=HOST ]type=SYSCALL msg=audit(1481077041.515:406): `, and the kernel's `audit: type=1400 audit(...): `.
#[must_use]
pub fn heading(line: &[u8]) -> Option<Heading<'_>> {
    let mut rest = line.strip_prefix(b"audit: ").unwrap_or(line);
    let mut node = b"".as_slice();
    if let Some(named) = rest.strip_prefix(b"node=") {
        let end = memchr(b' ', &named[..named.len().min(256)])?;
        node = &named[..end];
        rest = &named[end + 1..];
    }
    let rest = rest.strip_prefix(b"type=")?;
    let end = memchr(b' ', &rest[..rest.len().min(64)])?;
    let (kind, rest) = (&rest[..end], &rest[end + 1..]);
    let kind = kind.strip_prefix(b"UNKNOWN[").and_then(|k| k.strip_suffix(b"]")).unwrap_or(kind);
    let rest = rest.strip_prefix(b"msg=").unwrap_or(rest);
    let inside = rest.strip_prefix(b"audit(")?;
    let close = memchr(b')', &inside[..inside.len().min(64)])?;
    let inner = &inside[..close];
    let (time, serial) = match memchr::memrchr(b':', inner) {
        Some(at) => (&inner[..at], whole(&inner[at + 1..])?),
        None => (inner, 0),
    };
    let after = &inside[close + 1..];
    let body = line.len() - after.strip_prefix(b":").unwrap_or(after).len();
    let heading = Heading { kind, node, time, serial: serial as u64, body };
    heading.stamp().map(|_| heading)
}

/// A record that comes alone: with its heading, or as journald words it (`USER_LOGIN pid=1 ...`).
fn alone(message: &[u8], said: &mut Said<'_>) -> bool {
    if let Some(found) = heading(message) {
        said.time = found.stamp();
        let mut event = Event::default();
        event.add(found.kind, &message[found.body..]);
        event.write(found.node, found.serial, said);
        return true;
    }
    let end = memchr(b' ', message).unwrap_or(message.len());
    let (kind, rest) = (&message[..end], message.get(end..).unwrap_or_default());
    let upper =
        kind.len() > 2 && kind.iter().all(|c| c.is_ascii_uppercase() || matches!(c, b'_' | b'0'..=b'9'));
    if upper && memchr(b'=', rest).is_some() {
        let mut event = Event::default();
        event.add(kind, rest);
        event.write(b"", 0, said);
        return true;
    }
    false
}

/// The kernel's own way: `audit: type=1400 audit(...): ...`, `type=1400 audit(...): ...`, and AppArmor without either.
pub fn in_kernel(message: &[u8], said: &mut Said<'_>) -> bool {
    if message.starts_with(b"audit: type=") || message.starts_with(b"type=") {
        return alone(message, said);
    }
    if message.starts_with(b"apparmor=\"") || message.starts_with(b"avc:  denied") {
        let mut event = Event::default();
        event.add(b"AVC", message);
        event.write(b"", 0, said);
        return true;
    }
    false
}

/// The lines of one event, taken apart.
#[derive(Default)]
pub struct Event<'a> {
    records: Vec<Record<'a>>,
}

struct Record<'a> {
    kind: &'a [u8],
    pairs: Vec<Pair<'a>>,
}

/// At most so many lines of one event are taken apart; a command of ten thousand arguments has hundreds.
const MOST_RECORDS: usize = 128;
/// At most so many arguments of a command are kept.
const MOST_ARGUMENTS: usize = 512;

impl<'a> Event<'a> {
    /// Adds a line's pairs.
    pub fn add(&mut self, kind: &'a [u8], body: &'a [u8]) {
        if self.records.len() >= MOST_RECORDS {
            return;
        }
        let kind = action::kind(kind);
        let mut pairs = Vec::with_capacity(32);
        each(body, &mut pairs);
        self.records.push(Record { kind, pairs });
    }

    fn of(&self, kind: &[u8]) -> Option<&Record<'a>> {
        self.records.iter().find(|r| r.kind == kind)
    }

    /// Writes what the lines say together.
    pub fn write(&self, node: &[u8], serial: u64, said: &mut Said<'_>) {
        let syscall = self.of(b"SYSCALL");
        // What a rule or module reported stands beside the call that it is about.
        let aside: [&[u8]; 9] = [
            b"SYSCALL",
            b"EXECVE",
            b"CWD",
            b"PATH",
            b"PROCTITLE",
            b"SOCKADDR",
            b"EOE",
            b"MMAP",
            b"BPRM_FCAPS",
        ];
        let main =
            self.records.iter().find(|r| !aside.contains(&r.kind)).or(syscall).or(self.records.first());
        let Some(main) = main else { return };
        if !node.is_empty() {
            said.fields.bytes(known::HOST_NAME, node);
        }
        if serial > 0
            && serial <= i64::MAX as u64
            && let Some(id) = said.out.field("auditd.sequence")
        {
            said.fields.int(id, serial as i64);
        }
        let call =
            syscall.and_then(|s| action::syscall(s.value(b"SYSCALL"), s.value(b"arch"), s.value(b"syscall")));
        let apparmor = main.kind == b"AVC" && !main.value(b"apparmor").is_empty();
        let what = action::of(if apparmor { b"APPARMOR" } else { main.kind }, call.as_deref());
        said.fields.text(known::EVENT_DATASET, "auditd");
        said.set("auditd.record_type", main.kind);
        if !what.category.is_empty() {
            said.fields.text(known::EVENT_CATEGORY, what.category);
        }
        match what.action {
            "" => {
                let lower = main.kind.to_ascii_lowercase();
                said.fields.bytes(known::EVENT_ACTION, &lower);
            }
            action => said.fields.text(known::EVENT_ACTION, action),
        }
        if let Some(call) = &call {
            said.set("auditd.data.syscall", call.as_bytes());
        }
        self.outcome(main, syscall, said);
        self.users(main, said);
        // Of the call first: it knows the process best.
        for record in syscall.iter().copied().chain(self.records.iter().filter(|r| r.kind != b"SYSCALL")) {
            match record.kind {
                b"EXECVE" | b"PATH" | b"EOE" => {}
                b"SOCKADDR" => {
                    let saddr = record.value(b"saddr");
                    socket::write(saddr, call.as_deref().unwrap_or(""), said);
                }
                b"CWD" => said.fields.bytes(known::PROCESS_WORKING_DIRECTORY, &record.text(b"cwd")),
                b"PROCTITLE" => {
                    let title = record.text(b"proctitle");
                    let shown: Vec<u8> = title.iter().map(|c| if *c == 0 { b' ' } else { *c }).collect();
                    said.set("process.title", &shown);
                }
                _ => record.write(said),
            }
        }
        self.command(said);
        self.files(call.as_deref(), said);
    }

    fn outcome(&self, main: &Record<'_>, syscall: Option<&Record<'_>>, said: &mut Said<'_>) {
        let denied = main.pairs.iter().any(|p| p.name == b"denied")
            || main.value(b"apparmor") == b"DENIED"
            || main.kind == b"SECCOMP";
        if denied {
            said.outcome(false);
            return;
        }
        let word = [main.value(b"res"), main.value(b"result"), main.value(b"success")]
            .into_iter()
            .find(|v| !v.is_empty())
            .or_else(|| syscall.map(|s| s.value(b"success")))
            .unwrap_or_default();
        match word {
            b"success" | b"yes" | b"1" | b"Success" => said.outcome(true),
            b"failed" | b"no" | b"0" | b"fail" | b"failure" => said.outcome(false),
            _ => {}
        }
    }

    /// Who: in records of logins the account named; in calls the user that the process runs as. Who logged in once
    /// and keeps that name through su and sudo is `user.audit`.
    fn users(&self, main: &Record<'_>, said: &mut Said<'_>) {
        let all = || self.records.iter().filter(|r| !matches!(r.kind, b"PATH" | b"OBJ_PID"));
        let find = |name: &[u8]| all().map(|r| r.value(name)).find(|v| !v.is_empty()).unwrap_or_default();
        let set = |id: &[u8]| !matches!(id, b"" | b"4294967295" | b"-1" | b"unset");
        let named = |name: &[u8]| {
            let value = find(name);
            if matches!(value, b"unset" | b"unknown") { b"" } else { value }
        };
        let (uid, auid) = (find(b"uid"), find(b"auid"));
        let acct = main.text(b"acct");
        let acct: &[u8] =
            if matches!(acct.as_slice(), b"?" | b"(unknown)" | b"(unknown user)") { b"" } else { &acct };
        if set(auid) {
            said.set("user.audit.id", auid);
            said.set("user.audit.name", named(b"AUID"));
        }
        let account = matches!(
            main.kind,
            b"USER_AUTH"
                | b"USER_ACCT"
                | b"USER_LOGIN"
                | b"USER_LOGOUT"
                | b"USER_START"
                | b"USER_END"
                | b"USER_ERR"
                | b"USER_CHAUTHTOK"
                | b"CRED_ACQ"
                | b"CRED_DISP"
                | b"CRED_REFR"
                | b"GRP_AUTH"
                | b"LOGIN"
        );
        let changed = matches!(
            main.kind,
            b"ADD_USER"
                | b"DEL_USER"
                | b"ADD_GROUP"
                | b"DEL_GROUP"
                | b"USER_MGMT"
                | b"GRP_MGMT"
                | b"ACCT_LOCK"
                | b"ACCT_UNLOCK"
        );
        if account {
            if acct.is_empty() {
                said.set("user.name", named(b"ID"));
                said.set("user.id", main.value(b"id"));
            } else {
                said.fields.bytes(known::USER_NAME, acct);
            }
            said.set("user.id", if set(auid) { auid } else { b"" });
            if set(auid)
                && matches!(
                    main.kind,
                    b"USER_START" | b"USER_END" | b"CRED_ACQ" | b"CRED_DISP" | b"CRED_REFR"
                )
            {
                said.fields.bytes(known::USER_EFFECTIVE_NAME, acct);
            }
        } else if changed {
            said.set("user.name", if named(b"AUID").is_empty() { named(b"UID") } else { named(b"AUID") });
            said.set("user.id", if set(auid) { auid } else { uid });
            let group = matches!(main.kind, b"ADD_GROUP" | b"DEL_GROUP" | b"GRP_MGMT");
            let target = if acct.is_empty() { named(b"ID") } else { acct };
            if group {
                let name = main.text(b"grp");
                said.set("group.name", if name.is_empty() { target } else { &name });
                said.set("group.id", main.value(b"id"));
            } else {
                said.set("user.target.name", target);
                said.set("user.target.id", main.value(b"id"));
            }
        } else {
            said.set("user.name", named(b"UID"));
            said.set("user.id", if set(uid) { uid } else { b"" });
            if !acct.is_empty() {
                said.set("user.target.name", acct);
            }
        }
        for (name, enriched, field) in [
            (b"euid".as_slice(), b"EUID".as_slice(), "user.effective"),
            (b"suid", b"SUID", "user.saved"),
            (b"fsuid", b"FSUID", "user.filesystem"),
        ] {
            let id = find(name);
            if set(id) && self.of(b"SYSCALL").is_some() {
                said.set(&format!("{field}.id"), id);
                said.set(&format!("{field}.name"), named(enriched));
            }
        }
        said.set("user.group.id", find(b"gid"));
        said.set("user.group.name", named(b"GID"));
    }

    /// The command: of EXECVE its arguments, decoded and together; of sudo's USER_CMD the line.
    fn command(&self, said: &mut Said<'_>) {
        let mut arguments: Vec<Vec<u8>> = Vec::new();
        for record in self.records.iter().filter(|r| r.kind == b"EXECVE") {
            for pair in &record.pairs {
                let Some(rest) = pair.name.strip_prefix(b"a") else { continue };
                // `a3_len=9000`, `a3[0]=...`: a long argument in pieces.
                let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
                let Some(n) = whole(&rest[..digits]).and_then(|n| usize::try_from(n).ok()) else { continue };
                let piece = rest.get(digits) == Some(&b'[');
                if n >= MOST_ARGUMENTS || (digits < rest.len() && !piece) {
                    continue;
                }
                if arguments.len() <= n {
                    arguments.resize(n + 1, Vec::new());
                }
                arguments[n].extend_from_slice(&pair.decoded());
            }
        }
        if !arguments.is_empty() {
            let texts: Vec<String> =
                arguments.iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect();
            said.fields.text(known::PROCESS_COMMAND_LINE, &texts.join(" "));
            if let Some(id) = said.out.field("process.args") {
                said.fields.list(id, texts.iter().map(String::as_str));
            }
            if let Some(id) = said.out.field("process.args_count") {
                said.fields.int(id, texts.len() as i64);
            }
            return;
        }
        if let Some(cmd) = self.records.iter().map(|r| r.text(b"cmd")).find(|c| !c.is_empty()) {
            said.fields.bytes(known::PROCESS_COMMAND_LINE, &cmd);
        } else if let Some(title) =
            self.of(b"PROCTITLE").map(|r| r.text(b"proctitle")).filter(|t| !t.is_empty())
        {
            let shown: Vec<u8> = title.iter().map(|c| if *c == 0 { b' ' } else { *c }).collect();
            said.fields.bytes(known::PROCESS_COMMAND_LINE, shown.trim_ascii());
        }
    }

    /// The file that a call was about: not the folder it lies in, and of a rename where it went.
    fn files(&self, call: Option<&str>, said: &mut Said<'_>) {
        let paths: Vec<&Record<'_>> = self.records.iter().filter(|r| r.kind == b"PATH").collect();
        if paths.is_empty() {
            return;
        }
        let nametype = |r: &Record<'_>| -> Vec<u8> {
            let found = r.value(b"nametype");
            (if found.is_empty() { r.value(b"objtype") } else { found }).to_vec()
        };
        let is =
            |kinds: &[&[u8]]| paths.iter().rev().find(|r| kinds.contains(&nametype(r).as_slice())).copied();
        let first = paths.iter().find(|r| nametype(r) != b"PARENT").copied();
        let file = match call {
            Some("rename" | "renameat" | "renameat2" | "link" | "linkat" | "symlink" | "symlinkat") => {
                is(&[b"CREATE"])
            }
            Some("unlink" | "unlinkat" | "rmdir") => is(&[b"DELETE"]),
            Some("mkdir" | "mkdirat" | "creat" | "mknod" | "mknodat") => is(&[b"CREATE"]),
            _ => None,
        };
        let Some(file) = file.or(first).or(paths.first().copied()) else { return };
        said.set("file.path", &file.text(b"name"));
        for (theirs, ours) in [
            (b"inode".as_slice(), "file.inode"),
            (b"mode", "file.mode"),
            (b"ouid", "file.uid"),
            (b"ogid", "file.gid"),
            (b"dev", "file.device"),
            (b"OUID", "file.owner"),
            (b"OGID", "file.group"),
        ] {
            said.set(ours, file.value(theirs));
        }
        let names: Vec<String> = paths
            .iter()
            .take(32)
            .map(|r| String::from_utf8_lossy(&r.text(b"name")).into_owned())
            .filter(|n| !n.is_empty() && n != "(null)")
            .collect();
        if names.len() > 1
            && let Some(id) = said.out.field("auditd.paths")
        {
            said.fields.list(id, names.iter().map(String::as_str));
        }
    }
}

impl<'a> Record<'a> {
    /// A value as it stands, without its quotes.
    fn value(&self, name: &[u8]) -> &'a [u8] {
        self.pairs.iter().find(|p| p.name == name).map_or(b"", |p| p.value)
    }

    /// A value decoded, where it may be in hex.
    fn text(&self, name: &[u8]) -> Vec<u8> {
        self.pairs.iter().find(|p| p.name == name).map_or_else(Vec::new, Pair::text)
    }

    fn write(&self, said: &mut Said<'_>) {
        for pair in &self.pairs {
            let value = pair.value;
            if matches!(value, b"" | b"?" | b"(null)" | b"(none)" | b"null") {
                continue;
            }
            match pair.name {
                b"pid" => {
                    if let Some(pid) = whole(value) {
                        said.fields.int(known::PROCESS_PID, pid);
                    }
                }
                b"ppid" => {
                    if let Some(pid) = whole(value) {
                        said.fields.int(known::PROCESS_PARENT_PID, pid);
                    }
                }
                b"comm" => said.fields.bytes(known::PROCESS_NAME, &pair.text()),
                b"exe" => {
                    let exe = pair.text();
                    said.fields.bytes(known::PROCESS_EXECUTABLE, &exe);
                    // A record of a login names the program by its path alone.
                    if self.value(b"comm").is_empty() {
                        let whole_name = exe.strip_suffix(b" (deleted)").unwrap_or(&exe);
                        let base = whole_name.rsplit(|c| *c == b'/').next().unwrap_or(whole_name);
                        said.fields.bytes(known::PROCESS_NAME, base);
                    }
                }
                b"cwd" => said.fields.bytes(known::PROCESS_WORKING_DIRECTORY, &pair.text()),
                b"tty" | b"terminal" => said.maybe(said.names.tty, &pair.text()),
                b"addr" | b"src" | b"saddr" => SOURCE.host(said.fields, value),
                b"dst" | b"daddr" | b"laddr" => DESTINATION.host(said.fields, value),
                b"rport" | b"sport" => SOURCE.port(said.fields, value),
                b"lport" | b"dport" | b"dest" => DESTINATION.port(said.fields, value),
                b"hostname" => said.set("source.domain", &pair.text()),
                b"unit" => said.set("service.name", value),
                b"user" => said.set("user.name", value),
                b"key" => keys(&pair.text(), said),
                b"ses" if matches!(value, b"4294967295" | b"-1") => {}
                b"ses" => said.set("auditd.session", value),
                b"subj" => context("subj", value, said),
                b"obj" => context("obj", value, said),
                b"data" => {
                    // Keys that were typed, with control characters as they are.
                    said.set("auditd.data.data", &pair.text());
                }
                b"name"
                    if matches!(
                        self.kind,
                        b"AVC" | b"APPARMOR_DENIED" | b"APPARMOR_ALLOWED" | b"APPARMOR"
                    ) =>
                {
                    said.set("file.path", &pair.text());
                }
                b"path" => said.set("file.path", &pair.text()),
                b"uid" | b"auid" | b"euid" | b"suid" | b"fsuid" | b"gid" | b"acct" | b"cmd" | b"res"
                | b"success" | b"syscall" | b"UID" | b"AUID" | b"EUID" | b"SUID" | b"FSUID" | b"GID"
                | b"SYSCALL" | b"ID" => {}
                b"id" => said.set("auditd.data.id", value),
                name if name.len() <= 32 => {
                    let mut field = String::from("auditd.data.");
                    field.push_str(&String::from_utf8_lossy(name));
                    said.set(&field, &pair.text());
                }
                _ => {}
            }
        }
    }
}

/// The names of the rules that a record is due to; several are parted by a 1 byte.
fn keys(text: &[u8], said: &mut Said<'_>) {
    let all: Vec<String> = text
        .split(|c| *c == 1)
        .filter(|k| !k.is_empty())
        .take(16)
        .map(|k| String::from_utf8_lossy(k).into_owned())
        .collect();
    if let Some(id) = said.out.field("auditd.key").filter(|_| !all.is_empty()) {
        said.fields.list(id, all.iter().map(String::as_str));
    }
}

/// `system_u:system_r:sshd_t:s0-s0:c0.c1023`
fn context(whose: &str, value: &[u8], said: &mut Said<'_>) {
    for (part, name) in value.splitn(5, |c| *c == b':').zip(["user", "role", "domain", "level", "category"]) {
        said.set(&format!("auditd.data.{whose}_{name}"), part);
    }
}

#[cfg(test)]
mod tests;
