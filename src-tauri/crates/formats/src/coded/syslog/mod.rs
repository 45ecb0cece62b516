//! Syslog in its dialects: RFC 3164 with and without priority, RFC 5424, rsyslog's and journald's times, BSD, busybox,
//! AIX, Solaris, ESXi. What programs say in it is [`crate::said`]'s, the header is [`header`]'s, where a record ends is
//! [`frames`]'s. A line that begins with a blank, or has no beginning of its own, continues the record before it; a line of
//! another kind is read as what it says of itself ([`other`]).

mod device;
pub(super) mod frames;
pub(super) mod header;
pub(super) mod other;

use crate::framing::lines::Lines;
use crate::normalise::{entities::whole, severity};
use crate::said::{self, Names, Payload, Said};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use frames::Framing;
use header::Header;
use other::Other;
use std::io::Read;
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct Syslog;

impl Format for Syslog {
    fn about(&self) -> About {
        About {
            id: "syslog",
            title: "Syslog (RFC 3164, RFC 5424)",
            about: "Linux, BSD, macOS and network devices through syslogd, rsyslog or syslog-ng. Logins, sessions, \
                    sudo, su, cron, account changes, mail, FTP, VPN, DNS and firewall daemons are understood.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let ctx = ParseContext::new(None, None, 0, "");
        let (mut all, mut good, mut tagged, mut more) = (0u32, 0u32, 0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').take(200) {
            // Continued lines say nothing for or against.
            if all >= 50 || line.trim_ascii().is_empty() || matches!(line[0], b' ' | b'\t' | b'#') {
                continue;
            }
            let line = frames::uncounted(line.trim_ascii_end());
            // Nor do lines without any beginning, a few behind each record.
            if good > 0 && more < good * 8 && !other::begins(line, None) {
                more += 1;
                continue;
            }
            all += 1;
            if let Some(header) =
                header::parse(line, &ctx).filter(|h| h.time.is_some() || !h.program.is_empty())
            {
                good += 1;
                tagged += u32::from(!header.program.is_empty() || header.priority.is_some());
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
        times(input, ctx, None)
    }
}

/// Reads lines of syslog for their times alone.
pub(super) fn times(
    input: &mut dyn Read,
    ctx: &ParseContext,
    own: Option<&dyn Payload>,
) -> Result<(), ReadError> {
    let mut lines = Lines::new(input);
    let framing = Framing::of(lines.peek(HEAD)?.0);
    let begins = |line: &[u8]| other::begins(line, own);
    while let Some(line) = lines.record_with(|so_far, next| framing.joins(so_far, next, begins))? {
        for range in framing.split(line.bytes) {
            let bytes = frames::uncounted(&line.bytes[range]);
            if header::parse(bytes, ctx).is_none() {
                let _ = other::stamped(bytes, ctx);
            }
        }
    }
    Ok(())
}

/// How much of a source shows how its records follow each other.
const HEAD: usize = 64 << 10;

/// Reads lines of syslog. `own` is the payload that this file is known to hold: its messages may stand without a header.
pub(super) fn read(
    input: &mut dyn Read,
    ctx: &ParseContext,
    out: &mut dyn Sink,
    own: Option<&dyn Payload>,
) -> Result<(), ReadError> {
    let names = Names::new(out);
    let mut lines = Lines::new(input);
    let framing = Framing::of(lines.peek(HEAD)?.0);
    let begins = |line: &[u8]| other::begins(line, own);
    let mut fields = Fields::default();
    let mut last = Last::default();
    while let Some(line) = lines.record_with(|so_far, next| framing.joins(so_far, next, begins))? {
        let (mut at, mut number) = (0, line.number);
        for range in framing.split(line.bytes) {
            number += line.bytes[at..range.start].iter().filter(|c| **c == b'\n').count() as u64;
            at = range.start;
            // What stands between datagrams and counted records belongs to none.
            let joined = &line.bytes[range];
            let bytes = if framing == Framing::Lines { joined } else { without_marks(joined) };
            let offset = line.offset + at as u64;
            let flow = match framing {
                Framing::Lines => one(bytes, ctx, &mut fields, &names, &mut last, own, out),
                _ => one(frames::uncounted(bytes), ctx, &mut fields, &names, &mut last, own, out),
            };
            let flow = match flow {
                One::Event { time, odd } => {
                    let flow = out.event(&Record {
                        time,
                        offset,
                        line: number,
                        raw: bytes,
                        bytes: bytes.len() as u64,
                        fields: &fields,
                    });
                    if odd && flow != Flow::Stop {
                        out.problem(ProblemKind::Malformed, number, offset, 0, NO_HEADER, bytes)
                    } else {
                        flow
                    }
                }
                One::Nothing => {
                    out.filler(bytes.len() as u64);
                    Flow::Continue
                }
            };
            if joined.len() > bytes.len() {
                out.filler((joined.len() - bytes.len()) as u64);
            }
            if flow == Flow::Stop {
                return Ok(());
            }
        }
        if line.close(out) == Flow::Stop {
            return Ok(());
        }
    }
    Ok(())
}

/// A record without the line break or NUL that parts it from the next.
fn without_marks(b: &[u8]) -> &[u8] {
    let end = b.iter().rposition(|c| !matches!(c, b'\n' | b'\r' | 0)).map_or(0, |n| n + 1);
    &b[..end]
}

const NO_HEADER: &str = "no syslog header: a time and a host were expected; kept as an event without a time";

/// What became of one record.
enum One {
    /// Its fields are filled; `odd` says that nothing told what it is.
    Event { time: Option<Stamp>, odd: bool },
    /// Blank, or a comment.
    Nothing,
}

#[allow(clippy::too_many_arguments, reason = "the state of the one loop")]
fn one(
    bytes: &[u8],
    ctx: &ParseContext,
    fields: &mut Fields,
    names: &Names,
    last: &mut Last,
    own: Option<&dyn Payload>,
    out: &mut dyn Sink,
) -> One {
    fields.clear();
    names.owned.set(false);
    if let Some(header) = header::parse(bytes, ctx) {
        let better = event(&header, fields, names, last, ctx, out);
        return One::Event { time: nearer(header.time, better, names.owned.get()), odd: false };
    }
    if bytes.trim_ascii().is_empty() || bytes[0] == b'#' {
        return One::Nothing;
    }
    if let Some(header) = header::bare(bytes) {
        let better = event(&header, fields, names, last, ctx, out);
        return One::Event { time: better, odd: false };
    }
    let mut said = Said { fields, names, ctx, out, time: None };
    let (time, kind) = other::read(bytes, own, &mut said);
    let time = time.or(said.time);
    One::Event { time, odd: kind == Other::Unknown }
}

/// The time of a record whose message states one too: the message's, where it says more (a year, parts of a second) and
/// means the same moment. What a message says of another day is what it speaks of, or somebody's invention.
///
/// `own` says that it is the record's own time: it holds on any day, and gives way only to a carrier that knows its zone.
fn nearer(carried: Option<Stamp>, said: Option<Stamp>, own: bool) -> Option<Stamp> {
    let (Some(carried_at), Some(said_at)) = (carried, said) else { return carried.or(said) };
    let apart = said_at.ns.saturating_sub(carried_at.ns);
    let apart = if carried_at.assumed & Stamp::YEAR_ASSUMED != 0 {
        // A year more or less is what was assumed.
        let year = 365 * DAY + 6 * HOUR;
        let rest = apart.rem_euclid(year);
        rest.min(year - rest)
    } else {
        apart.abs()
    };
    let near = apart <= 36 * HOUR;
    if said_at.assumed & !carried_at.assumed != 0 {
        return if own && !near { said } else { carried };
    }
    if own || near { said } else { carried }
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
    // JSON has a message of its own, which then is the record's.
    let json = header.message.trim_ascii().ends_with(b"}") && header.message.starts_with(b"{")
        || header.message.starts_with(b"@cee:");
    if !json {
        fields.bytes(known::MESSAGE, header.message);
    }
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
            None if header.host == last.host
                && (header.program.is_empty() || header.program == last.program) =>
            {
                program(&last.program, &last.pid, &last.message, &mut said);
            }
            None => name(header.program, header.pid, &mut said),
        }
        return said.time;
    }
    program(header.program, header.pid, header.message, &mut said);
    last.keep(header);
    let time = said.time;
    fields.bytes(known::MESSAGE, header.message);
    time
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
    name(tag, pid, said);
    if !said::message(tag, message, said) {
        said.fields.text(known::EVENT_DATASET, "syslog");
        said::level_of_words(message, said.fields);
    }
}

fn name(tag: &[u8], pid: &[u8], said: &mut Said<'_>) {
    // `sshd(pam_unix)` is PAM speaking in sshd.
    let name = match memchr::memchr(b'(', tag) {
        Some(at) if tag.ends_with(b")") && at > 0 => &tag[..at],
        _ => tag,
    };
    if name.first() == Some(&b'/') {
        // BSD's `/kernel`, AIX's and init scripts' `/usr/sbin/cron`.
        let base = name.rsplit(|c| *c == b'/').next().unwrap_or(name);
        said.fields.bytes(known::PROCESS_NAME, base);
        said.fields.bytes(known::PROCESS_EXECUTABLE, name);
    } else if !name.is_empty() {
        said.fields.bytes(known::PROCESS_NAME, name);
    }
    if let Some(pid) = whole(pid) {
        said.fields.int(known::PROCESS_PID, pid);
    }
}

#[cfg(test)]
mod tests;
