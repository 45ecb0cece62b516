//! Syslog in its dialects: RFC 3164 with and without priority, RFC 5424, rsyslog's ISO times; and what common
//! programs say in it ([`sshd`], [`pam`], [`accounts`]). The header is [`header`]'s. A line that begins with a blank
//! continues the record before it; a line without a header is a problem.

mod accounts;
mod header;
mod pam;
mod sshd;

use crate::framing::lines::Lines;
use crate::normalise::{entities::whole, severity};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use header::Header;
use std::io::Read;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, known};

/// The format.
pub struct Syslog;

/// Fields that are not among the known ones.
struct Names {
    /// How many times what the record says happened.
    count: Option<FieldId>,
    /// The terminal that a program names.
    tty: Option<FieldId>,
    /// The user on whose behalf PAM was asked.
    ruser: Option<FieldId>,
    /// The key or certificate of an SSH login.
    key: Option<FieldId>,
}

/// What is known while one record is taken apart.
struct Said<'a> {
    fields: &'a mut Fields,
    names: &'a Names,
}

impl Said<'_> {
    fn is(&mut self, dataset: &str, category: &str, action: &str) {
        self.fields.text(known::EVENT_DATASET, dataset);
        self.fields.text(known::EVENT_CATEGORY, category);
        if !action.is_empty() {
            self.fields.text(known::EVENT_ACTION, action);
        }
    }

    fn outcome(&mut self, good: bool) {
        self.fields.text(known::EVENT_OUTCOME, if good { "success" } else { "failure" });
    }

    fn user(&mut self, name: &[u8]) {
        self.fields.bytes(known::USER_NAME, name);
    }

    fn count(&mut self, n: &[u8]) {
        if let (Some(n), Some(id)) = (whole(n), self.names.count) {
            self.fields.int(id, n);
        }
    }

    fn maybe(&mut self, id: Option<FieldId>, value: &[u8]) {
        if let Some(id) = id
            && !value.is_empty()
        {
            self.fields.bytes(id, value);
        }
    }
}

impl Format for Syslog {
    fn about(&self) -> About {
        About {
            id: "syslog",
            title: "Syslog (RFC 3164, RFC 5424)",
            about: "Linux, BSD, macOS and network devices through syslogd, rsyslog or syslog-ng. Logins, sessions, \
                    sudo, su, cron and account changes are understood.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let ctx = ParseContext::new(None, None, 0, "");
        let (mut all, mut good, mut tagged) = (0u32, 0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').take(200) {
            // Continued lines say nothing for or against.
            if all >= 50 || line.trim_ascii().is_empty() || matches!(line[0], b' ' | b'\t') {
                continue;
            }
            all += 1;
            if let Some(header) = header::parse(line.trim_ascii_end(), &ctx) {
                good += 1;
                tagged += u32::from(!header.program.is_empty());
            }
        }
        if good == 0 || good * 3 < all || tagged * 4 < good {
            return Confidence::none();
        }
        let share = f64::from(good) / f64::from(all);
        let score = 0.5 + 0.35 * share + 0.1 * f64::from(tagged) / f64::from(all);
        Confidence { score, why: format!("{good} of the first {all} lines begin with a syslog header") }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let names = Names {
            count: out.field("event.count"),
            tty: out.field("process.tty"),
            ruser: out.field("pam.ruser"),
            key: out.field("ssh.key"),
        };
        let mut lines = Lines::new(input);
        let mut fields = Fields::default();
        let mut last = Last::default();
        while let Some(line) = lines.record(|next| matches!(next.first(), Some(b' ' | b'\t')))? {
            let bytes = line.bytes;
            let flow = match header::parse(bytes, ctx) {
                Some(header) => {
                    fields.clear();
                    event(&header, &mut fields, &names, &mut last, out);
                    out.event(&Record {
                        time: header.time,
                        offset: line.offset,
                        line: line.number,
                        raw: bytes,
                        fields: &fields,
                    })
                }
                None if bytes.trim_ascii().is_empty() => {
                    out.filler(bytes.len() as u64);
                    Flow::Continue
                }
                None => out.problem(
                    ProblemKind::Malformed,
                    line.number,
                    line.offset,
                    bytes.len() as u64,
                    "no syslog header: a time and a host were expected",
                    bytes,
                ),
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                return Ok(());
            }
        }
        Ok(())
    }

    fn look_ahead(&self, input: &mut dyn Read, ctx: &ParseContext) -> Result<(), ReadError> {
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            if !matches!(line.bytes.first(), Some(b' ' | b'\t')) {
                let _ = header::parse(line.bytes, ctx);
            }
        }
        Ok(())
    }
}

/// The record before, for "last message repeated".
#[derive(Default)]
struct Last {
    host: Vec<u8>,
    program: Vec<u8>,
    pid: Vec<u8>,
    message: Vec<u8>,
}

impl Last {
    fn keep(&mut self, header: &Header<'_>) {
        // A copy of a few hundred bytes a line; longer messages are never repeated literally.
        for (to, from) in [
            (&mut self.host, header.host),
            (&mut self.program, header.program),
            (&mut self.pid, header.pid),
            (&mut self.message, &header.message[..header.message.len().min(1024)]),
        ] {
            to.clear();
            to.extend_from_slice(from);
        }
    }
}

fn event(header: &Header<'_>, fields: &mut Fields, names: &Names, last: &mut Last, out: &mut dyn Sink) {
    fields.bytes(known::MESSAGE, header.message);
    if !header.host.is_empty() {
        fields.bytes(known::HOST_NAME, header.host);
    }
    if let Some(priority) = header.priority {
        severity::syslog_priority(fields, priority);
    }
    if !header.msgid.is_empty() {
        fields.bytes(known::SYSLOG_MSGID, header.msgid);
    }
    header::structured_data(header.structured, fields, out);
    let mut said = Said { fields, names };
    if let Some((count, inner)) = repeated(header.message) {
        said.count(count);
        match inner {
            Some(inner) => program(header.program, header.pid, inner, &mut said),
            // The message is the one before this; only of the same host, as files of several are merged.
            None if header.host == last.host => program(&last.program, &last.pid, &last.message, &mut said),
            None => {}
        }
        return;
    }
    program(header.program, header.pid, header.message, &mut said);
    last.keep(header);
}

/// `message repeated 5 times: [ Failed password ...]` gives "5" and the message;
/// `last message repeated 5 times` gives "5" alone.
fn repeated(message: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let text = message.trim_ascii();
    let text = text.strip_prefix(b"--- ").and_then(|t| t.strip_suffix(b" ---")).unwrap_or(text);
    if !text.starts_with(b"last message") && !text.starts_with(b"message repeated") {
        return None;
    }
    let (text, inside) = match text.strip_prefix(b"last ") {
        Some(rest) => (rest, false),
        None => (text, true),
    };
    let rest = text.strip_prefix(b"message repeated ")?;
    let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let after = rest[digits..].strip_prefix(b" time")?;
    let after = after.strip_prefix(b"s").unwrap_or(after);
    if digits == 0 {
        return None;
    }
    if !inside {
        return Some((&rest[..digits], None));
    }
    let inner = after.strip_prefix(b": [")?.strip_suffix(b"]")?;
    Some((&rest[..digits], Some(inner.trim_ascii())))
}

/// What the program says, by its name.
fn program(tag: &[u8], pid: &[u8], message: &[u8], said: &mut Said<'_>) {
    // `sshd(pam_unix)` is PAM speaking in sshd; `sshd-session` is sshd since OpenSSH 9.8.
    let (name, module) = match memchr::memchr(b'(', tag) {
        Some(at) if tag.ends_with(b")") && at > 0 => (&tag[..at], &tag[at + 1..tag.len() - 1]),
        _ => (tag, b"".as_slice()),
    };
    if !name.is_empty() {
        said.fields.bytes(known::PROCESS_NAME, name);
    }
    if let Some(pid) = whole(pid) {
        said.fields.int(known::PROCESS_PID, pid);
    }
    let service = name.rsplit(|c| *c == b'/').next().unwrap_or(name);
    if module.starts_with(b"pam_") && pam::old_style(service, message, said) {
        return;
    }
    let understood = pam::message(service, message, said)
        || match service {
            b"sshd" | b"sshd-session" | b"sshd-auth" => sshd::message(message, said),
            b"sudo" => accounts::sudo(message, said),
            b"su" => accounts::su(message, said),
            b"cron" | b"CRON" | b"crond" | b"CROND" | b"/usr/sbin/cron" | b"anacron" => {
                accounts::cron(message, said)
            }
            b"useradd" | b"adduser" | b"userdel" | b"usermod" | b"groupadd" | b"groupdel" | b"groupmod"
            | b"passwd" | b"chpasswd" | b"gpasswd" | b"chage" | b"chfn" | b"chsh" => {
                accounts::changed(service, message, said)
            }
            b"systemd-logind" | b"elogind" => accounts::logind(message, said),
            _ => false,
        };
    if understood {
        return;
    }
    said.fields.text(known::EVENT_DATASET, "syslog");
    // Of the messages that are understood the outcome says it better than a word among them.
    if !said.fields.has(known::LOG_LEVEL)
        && let Some(level) = severity::in_text(message)
    {
        said.fields.text(known::LOG_LEVEL, level);
    }
}

#[cfg(test)]
mod tests;
