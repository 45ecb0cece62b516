//! Syslog in its dialects: RFC 3164 with and without priority, RFC 5424, rsyslog's ISO times. What programs say in
//! it is [`crate::said`]'s, the header is [`header`]'s. A line that begins with a blank continues the record before
//! it; a line without a header is a problem.

mod device;
pub(super) mod header;

use crate::framing::lines::Lines;
use crate::normalise::{entities::whole, severity};
use crate::said::{self, Names, Payload, Said};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use header::Header;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct Syslog;

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
        read(input, ctx, out, None)
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

/// Reads lines of syslog. `own` is the payload that this file is known to hold: its messages may stand without a header.
pub(super) fn read(
    input: &mut dyn Read,
    ctx: &ParseContext,
    out: &mut dyn Sink,
    own: Option<&dyn Payload>,
) -> Result<(), ReadError> {
    let names = Names::new(out);
    let mut lines = Lines::new(input);
    let mut fields = Fields::default();
    let mut last = Last::default();
    while let Some(line) = lines.record(|next| matches!(next.first(), Some(b' ' | b'\t')))? {
        let bytes = line.bytes;
        let time = match header::parse(bytes, ctx) {
            Some(header) => {
                fields.clear();
                let better = event(&header, &mut fields, &names, &mut last, ctx, out);
                Some(better.or(header.time))
            }
            None => own.and_then(|own| bare(own, bytes, ctx, &mut fields, &names, out)),
        };
        let flow = match time {
            Some(time) => out.event(&Record {
                time,
                offset: line.offset,
                line: line.number,
                raw: bytes,
                bytes: bytes.len() as u64,
                fields: &fields,
            }),
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

/// A message without a header; the time is the one that it states itself.
fn bare(
    own: &dyn Payload,
    bytes: &[u8],
    ctx: &ParseContext,
    fields: &mut Fields,
    names: &Names,
    out: &mut dyn Sink,
) -> Option<Option<Stamp>> {
    if !own.claims(bytes) {
        return None;
    }
    fields.clear();
    let mut said = Said { fields, names, ctx, out, time: None };
    let understood = own.read(b"", bytes, &mut said);
    let time = said.time;
    fields.bytes(known::MESSAGE, bytes);
    understood.then_some(time)
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

/// Writes what a record says; gives the time that its message states better than its header, if it does.
fn event(
    header: &Header<'_>,
    fields: &mut Fields,
    names: &Names,
    last: &mut Last,
    ctx: &ParseContext,
    out: &mut dyn Sink,
) -> Option<Stamp> {
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
    let mut said = Said { fields, names, ctx, out, time: None };
    if let Some((count, inner)) = repeated(header.message) {
        said.count(count);
        match inner {
            Some(inner) => program(header.program, header.pid, inner, &mut said),
            // The message is the one before this; only of the same host, as files of several are merged.
            None if header.host == last.host => program(&last.program, &last.pid, &last.message, &mut said),
            None => {}
        }
        return said.time;
    }
    program(header.program, header.pid, header.message, &mut said);
    last.keep(header);
    said.time
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

/// Names the program, and reads what it says.
fn program(tag: &[u8], pid: &[u8], message: &[u8], said: &mut Said<'_>) {
    // `sshd(pam_unix)` is PAM speaking in sshd.
    let name = match memchr::memchr(b'(', tag) {
        Some(at) if tag.ends_with(b")") && at > 0 => &tag[..at],
        _ => tag,
    };
    if !name.is_empty() {
        said.fields.bytes(known::PROCESS_NAME, name);
    }
    if let Some(pid) = whole(pid) {
        said.fields.int(known::PROCESS_PID, pid);
    }
    if !said::message(tag, message, said) {
        said.fields.text(known::EVENT_DATASET, "syslog");
        said::level_of_words(message, said.fields);
    }
}

#[cfg(test)]
mod tests;
