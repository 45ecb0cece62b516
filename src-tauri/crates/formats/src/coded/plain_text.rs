//! Any text: lines that begin with a time, joined with the lines that belong to them (stack traces), and as a last
//! resort text without any time, a line an event, undated. The time may stand in brackets or quotes, or behind a
//! level or a word or two; the rest of the line is the message. `key=value` pairs in it become fields.

use crate::framing::lines::Lines;
use crate::normalise::{severity, time::shapes};
use crate::said::{self, Names, Said};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::{Fields, Flow, Record, Sink, Stamp, known};

/// The format.
pub struct PlainText;

/// How far into a line the time may begin.
const REACH: usize = 96;
/// At most so many pairs of a line become fields.
const MOST_PAIRS: usize = 48;
/// Pairs are looked for in the first bytes of a record only.
const PAIRS_WITHIN: usize = 16 << 10;

impl Format for PlainText {
    fn about(&self) -> About {
        About {
            id: "plain_text",
            title: "Text, a time at the beginning of the line",
            about: "Application logs of any kind, stack traces included; text without times is read too, a line an \
                    undated event.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        if head.bytes.is_empty() {
            return Confidence { score: 0.1, why: "the file is empty".into() };
        }
        let (mut all, mut good) = (0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).take(200) {
            all += 1;
            good += u32::from(written(line).or_else(|| clock(line)).is_some());
        }
        if all == 0 {
            return Confidence { score: 0.1, why: "only blank lines".into() };
        }
        if good == 0 {
            return Confidence {
                score: 0.1,
                why: "text in which no time was found; every line is an undated event".into(),
            };
        }
        // One record may have a hundred lines of stack trace; a single time in a long text proves little.
        let share = f64::from(good) / f64::from(all);
        let score = if good > 1 || all < 4 { 0.2 + 0.3 * share } else { 0.15 };
        Confidence { score, why: format!("{good} of the first {all} lines begin with a time") }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut lines = Lines::new(input);
        let names = Names::new(out);
        let mut fields = Fields::default();
        // Until a time was seen no line is joined to another: this may be text without any.
        let mut dated = false;
        loop {
            let mut opens = None;
            let joins = |so_far: &[u8], next: &[u8]| {
                let (opens, dated) = *opens.get_or_insert_with(|| {
                    let dated = dated || written(so_far).is_some();
                    (dated || clock(so_far).is_some(), dated)
                });
                opens && !starts_record(next, dated)
            };
            let Some(line) = lines.record_with(joins)? else { return Ok(()) };
            let bytes = line.bytes;
            let flow = if bytes.trim_ascii().is_empty() {
                out.filler(bytes.len() as u64);
                Flow::Continue
            } else {
                fields.clear();
                let time = take_apart(bytes, ctx, &mut fields, &names, out);
                dated |= time.is_some();
                out.event(&Record {
                    time,
                    offset: line.offset,
                    line: line.number,
                    raw: bytes,
                    bytes: bytes.len() as u64,
                    fields: &fields,
                })
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                return Ok(());
            }
        }
    }
}

/// Whether a record begins here: a line with a time of its own. A time of day alone is enough where no record has
/// shown a date so far.
fn starts_record(line: &[u8], dated: bool) -> bool {
    // Stack traces are indented; what is indented is never looked at.
    let indented = matches!(line.first(), None | Some(b' ' | b'\t' | b'}' | b')'));
    !indented && (written(line).is_some() || (!dated && clock(line).is_some()))
}

/// Where a time of day without a date stands: at the beginning, behind a bracket at most.
fn clock(line: &[u8]) -> Option<usize> {
    let line = strip_marks(line);
    let at = usize::from(matches!(line.first(), Some(b'[' | b'(' | b'<')));
    shapes::clock_at_start(&line[at..]).map(|_| at)
}

/// Where in a line the time stands: at the beginning, behind an opening bracket or quote, or behind a few words.
pub(crate) fn written(line: &[u8]) -> Option<usize> {
    let line = strip_marks(line);
    let reach = &line[..line.len().min(REACH)];
    let (mut at, mut words) = (0, 0);
    while at < reach.len() && words < 6 {
        let from = &reach[at..];
        let inner =
            from.iter().take_while(|c| matches!(c, b'[' | b'(' | b'<' | b'"' | b'\'' | b'|' | b'#')).count();
        // The shape may go on behind the reach.
        if shapes::at_start(&line[at + inner..])
            .is_some_and(|w| w.timed && (words == 0 || !is_bare_number(&w)))
        {
            return Some(at + inner);
        }
        // `key=` before the time: logfmt.
        if let Some(equals) = memchr::memchr(b'=', from).filter(|n| *n < 16) {
            let quote = usize::from(from.get(equals + 1) == Some(&b'"'));
            if from[..equals].iter().all(u8::is_ascii_alphanumeric)
                && shapes::at_start(&line[at + equals + 1 + quote..]).is_some_and(|w| w.timed)
            {
                return Some(at + equals + 1 + quote);
            }
        }
        words += 1;
        at += from.iter().position(|c| matches!(c, b' ' | b'\t' | b'[' | b'|')).unwrap_or(from.len()).max(1);
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

fn take_apart(
    bytes: &[u8],
    ctx: &ParseContext,
    fields: &mut Fields,
    names: &Names,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let text = strip_marks(bytes);
    let whole =
        written(bytes).and_then(|at| ctx.prefix(&text[at..]).map(|(stamp, len)| (Some(stamp), at, len)));
    let found = whole.or_else(|| {
        let at = clock(bytes)?;
        ctx.clock_only(&text[at..]).map(|(stamp, len)| (stamp, at, len))
    });
    let (time, head, message) = match found {
        Some((stamp, at, len)) => {
            let rest = &text[at + len..];
            let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
            let rest = rest
                .strip_prefix(b"]")
                .or_else(|| rest.strip_prefix(b")"))
                .or_else(|| rest.strip_prefix(b">"))
                .unwrap_or(rest);
            let rest = rest.trim_ascii_start();
            let rest = rest
                .strip_prefix(b": ")
                .or_else(|| rest.strip_prefix(b"- "))
                .or_else(|| rest.strip_prefix(b"| "))
                .unwrap_or(rest);
            (stamp, text[..at].trim_ascii(), rest)
        }
        None => (None, b"".as_slice(), text),
    };
    // What stands before the time belongs to the message unless it is only a bracket.
    if head.iter().any(u8::is_ascii_alphanumeric) {
        fields.bytes(known::MESSAGE, text);
    } else {
        fields.bytes(known::MESSAGE, message);
    }
    let glog = found.is_some_and(|(_, at, len)| {
        len == 21 && text[at].is_ascii_alphabetic() && text[at + 1].is_ascii_digit()
    });
    let level = if glog {
        match text[0] {
            b'I' => Some("info"),
            b'W' => Some("warning"),
            b'E' => Some("error"),
            _ => Some("critical"),
        }
    } else {
        severity::in_text(message).or_else(|| severity::in_text(head))
    };
    if let Some(level) = level {
        fields.text(known::LOG_LEVEL, level);
    }
    // What is known of some program's sentences, whoever wrote them here.
    let mut said = Said { fields, names, ctx, out, time: None };
    let better = if said::message(b"", text, &mut said) { said.time } else { None };
    pairs(&text[..text.len().min(PAIRS_WITHIN)], fields, out);
    better.or(time)
}

/// `key=value` and `key="a value"` pairs as fields of their own names.
fn pairs(text: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    let (mut at, mut kept) = (0, 0);
    while kept < MOST_PAIRS {
        let Some(equals) = memchr::memchr(b'=', &text[at..]).map(|n| at + n) else { return };
        let key_char = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b'@');
        let key_len = text[at..equals].iter().rev().take_while(|c| key_char(c)).count();
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
        let field = match name {
            "level" | "lvl" | "msg" | "time" | "ts" | "timestamp" => None,
            _ => out.field(&format!("text.{name}")),
        };
        if name == "msg" {
            continue;
        }
        if let Some(field) = field {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{row, rows};
    use serde_json::{Value, json};

    fn check(line: &str, time: &str, message: &str, level: Value) {
        let row = row(&PlainText, line);
        assert_eq!(row["@timestamp"], time, "{line}");
        assert_eq!(row["message"], message, "{line}");
        assert_eq!(row.get("log.level").unwrap_or(&Value::Null), &level, "{line}");
    }

    #[test]
    fn times_levels_and_messages_are_found() {
        check(
            "2015-10-18 18:01:47,978 INFO [main] org.x: Created",
            "2015-10-18T18:01:47.978Z",
            "INFO [main] org.x: Created",
            json!("info"),
        );
        check("[2016-12-19 17:01:53,614] TRACE x", "2016-12-19T17:01:53.614Z", "TRACE x", json!("trace"));
        check(
            "[Wed Oct 11 14:32:52.5 2000] [core:error] [pid 7] x",
            "2000-10-11T14:32:52.500Z",
            "[core:error] [pid 7] x",
            json!("error"),
        );
        check(
            "E0517 15:04:22.619632 19 a.cc:253] x",
            "2026-05-17T15:04:22.619632Z",
            "19 a.cc:253] x",
            json!("error"),
        );
        check("17/06/09 20:10:40 WARN x.Y: z", "2017-06-09T20:10:40Z", "WARN x.Y: z", json!("warning"));
        check("1697048351.000001 execve(1)", "2023-10-11T18:19:11.000001Z", "execve(1)", json!(null));
        check(
            "web-1  | 2024-04-25T05:32:35Z * x",
            "2024-04-25T05:32:35Z",
            "web-1  | 2024-04-25T05:32:35Z * x",
            json!(null),
        );
        check(
            "time=\"2021-09-15T21:17:10Z\" level=error msg=\"a b\"",
            "2021-09-15T21:17:10Z",
            "time=\"2021-09-15T21:17:10Z\" level=error msg=\"a b\"",
            json!("error"),
        );
    }

    #[test]
    fn pairs_become_fields() {
        let row = row(
            &PlainText,
            "2026-01-01 00:00:00 login user=bob ip=203.0.113.9 ms=17 note=\"two words\" a==b http://x/?q=1 zip=01",
        );
        assert_eq!(row["text.user"], "bob");
        assert_eq!(row["text.ms"], 17);
        assert_eq!(row["text.note"], "two words");
        assert_eq!(row["text.zip"], "01");
        assert!(row.get("text.q").is_none() && row.get("text.a").is_none());
    }

    #[test]
    fn times_of_day_are_records_without_a_date() {
        let text = "12:00:01.5 INFO a\n\tat b\n[12:00:02] WARN c\n";
        let got = rows(&PlainText, text.as_bytes());
        assert_eq!(got.iter().map(|r| &r["message"]).collect::<Vec<_>>(), ["INFO a\n\tat b", "WARN c"]);
        assert!(got.iter().all(|r| r["@timestamp"].is_null()), "no date is borrowed from anywhere");
        let mixed = "2026-01-01 00:00:00 a\n12:00:00 is part of it\n";
        assert_eq!(rows(&PlainText, mixed.as_bytes()).len(), 1);
    }

    #[test]
    fn traces_are_joined_and_text_without_time_is_not() {
        let text = "intro\n2026-01-01 00:00:00 ERROR x\njava.lang.X: y\n\tat a.b(C.java:1)\n\n2026-01-01 00:00:01 INFO z\n";
        let got = rows(&PlainText, text.as_bytes());
        assert_eq!(got.iter().map(|r| &r["line"]).collect::<Vec<_>>(), [1, 2, 6]);
        assert_eq!(got[0]["@timestamp"], Value::Null);
        let got = rows(&PlainText, b"Hello\n  World\n\nGoodbye");
        assert_eq!(got.len(), 3);
        assert!(rows(&PlainText, b"").is_empty());
    }
}
