//! Lines of applications: where the time stands, what stands around it, the message, the error below it, pairs and
//! people in it. What plain text and the formats of logging frameworks share; which of them a log is, is theirs.

pub mod family;
pub mod head;
pub mod trace;

use crate::ParseContext;
use crate::normalise::{severity, time::shapes};
use crate::said::{self, Names, Said, people};
use head::Front;
use memchr::memchr;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// How far into a line the time may begin.
const REACH: usize = 96;
/// At most so many pairs of a line become fields.
const MOST_PAIRS: usize = 48;
/// Pairs are looked for in the first bytes of a record only.
const PAIRS_WITHIN: usize = 16 << 10;
/// A record stops growing here: what has no times is not one event.
pub const LONGEST_RECORD: usize = 1 << 20;

/// Whether a record begins here: a line with a time of its own. A time of day alone is enough where no record has
/// shown a date so far.
#[must_use]
pub fn starts_record(line: &[u8], dated: bool) -> bool {
    // Stack traces are indented; what is indented is never looked at.
    let indented = matches!(line.first(), None | Some(b' ' | b'\t' | b'}' | b')'));
    !indented && (written(line).is_some() || (!dated && clock(line).is_some()))
}

/// Where a time of day without a date stands: at the beginning, behind a bracket at most.
#[must_use]
pub fn clock(line: &[u8]) -> Option<usize> {
    let marks = line.len() - strip_marks(line).len();
    let line = &line[marks..];
    let at = usize::from(matches!(line.first(), Some(b'[' | b'(' | b'<')));
    shapes::clock_at_start(&line[at..]).map(|_| marks + at)
}

/// Where in a line the time stands: at the beginning, behind an opening bracket or quote, or behind a few words.
#[must_use]
pub fn written(line: &[u8]) -> Option<usize> {
    let marks = line.len() - strip_marks(line).len();
    let line = &line[marks..];
    let reach = &line[..line.len().min(REACH)];
    let reach = &reach[..memchr(b'\n', reach).unwrap_or(reach.len())];
    let (mut at, mut words) = (0, 0);
    while at < reach.len() && words < 6 {
        let from = &reach[at..];
        let inner =
            from.iter().take_while(|c| matches!(c, b'[' | b'(' | b'<' | b'"' | b'\'' | b'|' | b'#')).count();
        // The shape may go on behind the reach.
        if shapes::at_start(&line[at + inner..])
            .is_some_and(|w| w.timed && (words == 0 || !is_bare_number(&w)))
        {
            return Some(marks + at + inner);
        }
        // `key=` before the time: logfmt.
        if let Some(equals) = memchr(b'=', from).filter(|n| *n < 16) {
            let quote = usize::from(from.get(equals + 1) == Some(&b'"'));
            if from[..equals].iter().all(u8::is_ascii_alphanumeric)
                && shapes::at_start(&line[at + equals + 1 + quote..]).is_some_and(|w| w.timed)
            {
                return Some(marks + at + equals + 1 + quote);
            }
        }
        words += 1;
        at += from
            .iter()
            .position(|c| matches!(c, b' ' | b'\t' | b'[' | b'|' | b'>'))
            .unwrap_or(from.len())
            .max(1);
        while reach.get(at).is_some_and(|c| matches!(c, b' ' | b'\t')) {
            at += 1;
        }
    }
    None
}

/// A count of seconds counts as a time at the very beginning only; elsewhere it is any number.
fn is_bare_number(w: &shapes::Written) -> bool {
    matches!(w.date, shapes::Date::Epoch(_))
}

/// Without a byte order mark (files are joined by `cat`) and colours.
fn strip_marks(line: &[u8]) -> &[u8] {
    let mut rest = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    while let Some(inside) = rest.strip_prefix(b"\x1b[") {
        match inside.iter().take(16).position(u8::is_ascii_alphabetic) {
            Some(at) => rest = &inside[at + 1..],
            None => break,
        }
    }
    rest
}

/// A text without the escapes that colour it, in `room`; the text itself where it has none.
#[must_use]
pub fn uncoloured<'a>(text: &'a [u8], room: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr(0x1b, text).is_none() {
        return text;
    }
    room.clear();
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if *c == 0x1b && text.get(at + 1) == Some(&b'[') {
            let end = text[at + 2..].iter().take(24).position(|c| (0x40..=0x7e).contains(c));
            if let Some(end) = end {
                at += 3 + end;
                continue;
            }
        }
        room.push(*c);
        at += 1;
    }
    room
}

/// Fields that are looked up once for a source.
pub struct Ids {
    logger: Option<FieldId>,
    thread: Option<FieldId>,
    thread_id: Option<FieldId>,
    file: Option<FieldId>,
    line: Option<FieldId>,
    function: Option<FieldId>,
    kind: Option<FieldId>,
    error: Option<FieldId>,
    stack: Option<FieldId>,
    names: Names,
}

impl Ids {
    /// Looks them up.
    pub fn new(out: &mut dyn Sink) -> Self {
        Self {
            logger: out.field("log.logger"),
            thread: out.field("process.thread.name"),
            thread_id: out.field("process.thread.id"),
            file: out.field("log.origin.file.name"),
            line: out.field("log.origin.file.line"),
            function: out.field("log.origin.function"),
            kind: out.field("error.type"),
            error: out.field("error.message"),
            stack: out.field("error.stack_trace"),
            names: Names::new(out),
        }
    }
}

fn give(fields: &mut Fields, id: Option<FieldId>, value: &[u8]) {
    if let Some(id) = id
        && !value.is_empty()
    {
        fields.bytes(id, value);
    }
}

fn give_number(fields: &mut Fields, id: Option<FieldId>, value: Option<i64>) {
    if let (Some(id), Some(n)) = (id, value) {
        fields.int(id, n);
    }
}

/// Takes a record apart; its time where it has one.
pub fn take_apart(
    text: &[u8],
    ctx: &ParseContext,
    ids: &Ids,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let whole =
        written(text).and_then(|at| ctx.prefix(&text[at..]).map(|(stamp, len)| (Some(stamp), at, len)));
    let found = whole.or_else(|| {
        let at = clock(text)?;
        ctx.clock_only(&text[at..]).map(|(stamp, len)| (stamp, at, len))
    });
    let (time, before, after) = match found {
        Some((stamp, at, len)) => (stamp, strip_marks(&text[..at]), &text[at + len..]),
        None => (None, b"".as_slice(), text),
    };
    // The severity of glog is a letter of its time.
    let glog = found.and_then(|(_, at, _)| glog_level(&text[at..]));
    let front = match glog {
        Some(level) => glog_front(level, after),
        None => head::read(before, after),
    };
    let message = &after[front.len..];
    let foreign = found.is_some() && !understood(before, &front);
    let (message, front) = match jul(message, &front) {
        Some(jul) => {
            give(fields, ids.function, jul.method);
            (jul.said, Front { logger: jul.class, level: Some(jul.level), ..front })
        }
        None => (message, front),
    };
    let message = proper(if foreign { text } else { message }, ids, fields);
    fields.bytes(known::MESSAGE, message);
    if let Some(level) =
        front.level.or_else(|| severity::in_text(message)).or_else(|| severity::in_text(before))
    {
        fields.text(known::LOG_LEVEL, level);
    }
    write_front(&front, ids, fields);
    let better = spoken(message, text, ctx, ids, fields, out);
    pairs(&text[..text.len().min(PAIRS_WITHIN)], "text.", fields, out);
    better.or(time)
}

/// Whether all that stands before the time was read as level, thread and the like.
fn understood(before: &[u8], front: &Front<'_>) -> bool {
    let words = before
        .split(|c| {
            matches!(c, b' ' | b'\t' | b'[' | b']' | b'|' | b'(' | b')' | b'<' | b'>' | b',' | b'"' | b'\'')
        })
        .filter(|w| w.iter().any(u8::is_ascii_alphanumeric));
    let mut known = usize::from(front.level.is_some()) + usize::from(!front.thread.is_empty());
    known += usize::from(front.pid.is_some());
    // `time=` of logfmt is no word.
    words.filter(|w| !w.ends_with(b"=")).count() <= known
}

/// Writes the parts of a front.
pub fn write_front(front: &Front<'_>, ids: &Ids, fields: &mut Fields) {
    give(fields, ids.logger, front.logger);
    give(fields, ids.thread, front.thread);
    give(fields, ids.file, front.file);
    give_number(fields, ids.line, front.line);
    if !front.program.is_empty() {
        fields.bytes(known::PROCESS_NAME, front.program);
    }
    if let Some(pid) = front.pid {
        fields.int(known::PROCESS_PID, pid);
    }
    give_number(fields, ids.thread_id, front.tid);
}

/// The message without the error below it, which becomes fields.
pub fn proper<'a>(message: &'a [u8], ids: &Ids, fields: &mut Fields) -> &'a [u8] {
    let message = message.trim_ascii_end();
    if memchr(b'\n', message).is_none() {
        return message;
    }
    let Some(trace) = trace::find(message) else { return message };
    give(fields, ids.kind, trace.kind);
    give(fields, ids.error, trace.message);
    give(fields, ids.stack, trace.stack.trim_ascii_end());
    let proper = message[..trace.at].trim_ascii_end();
    if proper.is_empty() { message } else { proper }
}

/// What is known of some program's sentences, whoever wrote them here, and what free words say of people and
/// addresses. A time that the message states better than its line is given back.
pub fn spoken(
    message: &[u8],
    text: &[u8],
    ctx: &ParseContext,
    ids: &Ids,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let mut said = Said { fields, names: &ids.names, ctx, out, time: None };
    // Some applications are known by what stands before the message.
    let understood = said::web_apps::sentence(text, &mut said)
        || said::may_be_said(message) && said::message(b"", message, &mut said);
    if !understood {
        people::guess(message, &mut said);
    }
    said.time.filter(|_| understood)
}

fn glog_level(text: &[u8]) -> Option<&'static str> {
    let glog = text.len() > 14
        && text[1..5].iter().all(u8::is_ascii_digit)
        && text[5] == b' '
        && text[8] == b':'
        && text[11] == b':';
    match text.first() {
        Some(b'I') if glog => Some("info"),
        Some(b'W') if glog => Some("warning"),
        Some(b'E') if glog => Some("error"),
        Some(b'F') if glog => Some("critical"),
        _ => None,
    }
}

/// `  1234 file.cc:12] message`.
fn glog_front<'a>(level: &'static str, after: &'a [u8]) -> Front<'a> {
    let mut front = Front { level: Some(level), ..Front::default() };
    let reach = &after[..after.len().min(200)];
    let Some(close) = memchr(b']', reach) else { return front };
    let mut words = reach[..close].split(|c| *c == b' ').filter(|w| !w.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let number = crate::normalise::entities::whole(first);
    let place = if number.is_some() { second } else { first };
    front.pid = number;
    if let Some(colon) = memchr::memrchr(b':', place) {
        front.file = &place[..colon];
        front.line = crate::normalise::entities::whole(&place[colon + 1..]);
    }
    front.len = close + 1 + after[close + 1..].iter().take_while(|c| **c == b' ').count();
    front
}

/// The two lines of `java.util.logging`.
struct Jul<'a> {
    class: &'a [u8],
    method: &'a [u8],
    level: &'static str,
    said: &'a [u8],
}

/// `java.util.logging` writes two lines: `org.a.Class method` and `LEVEL: message`.
fn jul<'a>(message: &'a [u8], front: &Front<'a>) -> Option<Jul<'a>> {
    let end = memchr(b'\n', message)?;
    let second = &message[end + 1..];
    let colon = memmem_colon(second)?;
    let level =
        severity::level(&second[..colon]).filter(|_| second[..colon].iter().all(u8::is_ascii_uppercase))?;
    let mut words = message[..end].split(|c| *c == b' ').filter(|w| !w.trim_ascii().is_empty());
    let (mut class, mut method) = (words.next().unwrap_or(b""), words.next().unwrap_or(b"").trim_ascii());
    if !front.logger.is_empty() {
        (class, method) = (front.logger, class.trim_ascii());
    }
    let good = class.first().is_some_and(u8::is_ascii_alphabetic) && words.next().is_none();
    good.then(|| Jul { class: class.trim_ascii(), method, level, said: &second[colon + 2..] })
}

fn memmem_colon(text: &[u8]) -> Option<usize> {
    memchr::memmem::find(&text[..text.len().min(16)], b": ")
}

/// `key=value` and `key="a value"` pairs as fields of their own names below `prefix`.
pub fn pairs(text: &[u8], prefix: &str, fields: &mut Fields, out: &mut dyn Sink) {
    let (mut at, mut kept) = (0, 0);
    let mut path = String::new();
    while kept < MOST_PAIRS {
        let Some(equals) = memchr(b'=', &text[at..]).map(|n| at + n) else { return };
        let key_char = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b'@');
        let key_len = text[at..equals].iter().rev().take(64).take_while(|c| key_char(c)).count();
        let key = &text[equals - key_len..equals];
        let bounded = equals == key_len
            || matches!(text[equals - key_len - 1], b' ' | b'\t' | b',' | b';' | b'{' | b'[' | b'(' | b'|');
        let rest = &text[equals + 1..];
        let (value, used) = match rest.strip_prefix(b"\"") {
            Some(inside) => match closing(inside) {
                Some(end) => (&inside[..end], end + 2),
                None => return,
            },
            None => {
                let end = rest.iter().position(|c| {
                    matches!(c, b' ' | b'\t' | b',' | b';' | b'}' | b']' | b')' | b'|' | b'\n' | b'\r')
                });
                let end = end.unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        at = equals + 1 + used;
        let plain =
            bounded && (2..=48).contains(&key.len()) && key[0].is_ascii_alphabetic() && !value.is_empty();
        // `==`, `a=b=c` and addresses with a query are no pairs.
        if !plain || value.starts_with(b"=") || matches!(text.get(at), Some(b'=')) || value.len() > 1024 {
            continue;
        }
        let Ok(name) = std::str::from_utf8(key) else { continue };
        // The pair's own name, kept apart from fields whose meaning Timberline vouches for.
        if matches!(name, "level" | "lvl" | "msg" | "time" | "ts" | "timestamp") {
            continue;
        }
        path.clear();
        path.push_str(prefix);
        path.push_str(name);
        if let Some(field) = out.field(&path) {
            kept += 1;
            match std::str::from_utf8(value)
                .ok()
                .and_then(|v| v.parse::<i64>().ok())
                .filter(|_| value.len() < 19 && !value.starts_with(b"0") || value == b"0")
            {
                Some(n) => fields.int(field, n),
                None => fields.bytes(field, value),
            }
        }
    }
}

fn closing(b: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match b.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
}
