//! Lines that end in a JSON object with something in front of it: a time and a level, a container's name as `docker compose`
//! writes it, a topic or a key as Kafka's tools do, a channel as Monolog does (which also puts `[]` behind it). The JSON is read as
//! what it is; what stands in front fills in what it does not say. Syslog's own headers are [`super::syslog`]'s.

use super::json_reader::Reader;
use super::syslog::header;
use crate::framing::json::Around;
use crate::framing::json_scan::balanced;
use crate::framing::lines::Lines;
use crate::normalise::severity;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memchr_iter;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct JsonPrefixed;

/// How far into a line its JSON may begin.
const REACH: usize = 400;
/// How many brackets are tried as its beginning.
const TRIES: usize = 4;

impl Format for JsonPrefixed {
    fn about(&self) -> About {
        About {
            id: "json_prefixed",
            title: "JSON behind a prefix (time and level, container, topic)",
            about: "Lines that end in a JSON object: application logs, docker compose, Kafka's console consumer, Monolog",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let ctx = ParseContext::new(None, None, 0, "");
        let mut reader = Reader::default();
        let mut sink = super::json_records::Tallied::default();
        let (mut fields, mut all, mut good) = (Fields::default(), 0u32, 0u32);
        // A line that the head cuts off is not looked at.
        let whole =
            if head.whole { head.bytes.len() } else { memchr::memrchr(b'\n', head.bytes).unwrap_or(0) };
        for line in head.bytes[..whole].split(|b| *b == b'\n').take(300) {
            let line = line.trim_ascii();
            if all >= 60 || line.is_empty() {
                continue;
            }
            all += 1;
            let Some((prefix, json)) = split(line) else { continue };
            if prefix.is_empty() || header::parse(line, &ctx).is_some() {
                continue;
            }
            fields.clear();
            good += u32::from(reader.read_into(json, &Around::NONE, &ctx, &mut sink, &mut fields).is_ok());
        }
        if good == 0 || good * 10 < all * 6 {
            return Confidence::none();
        }
        Confidence {
            score: 0.75 + 0.2 * f64::from(good) / f64::from(all),
            why: format!("{good} of the first {all} lines end in a JSON object behind a prefix"),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut lines = Lines::new(input);
        let (mut fields, mut reader) = (Fields::default(), Reader::default());
        while let Some(line) = lines.next()? {
            let bytes = line.bytes;
            let flow = if bytes.trim_ascii().is_empty() {
                out.filler(bytes.len() as u64);
                Flow::Continue
            } else {
                fields.clear();
                let (time, broken) = take_apart(bytes, &mut reader, ctx, out, &mut fields);
                let (offset, number) = (line.offset, line.number);
                let record = Record {
                    time,
                    offset,
                    line: number,
                    raw: bytes,
                    bytes: bytes.len() as u64,
                    fields: &fields,
                };
                match (out.event(&record), broken) {
                    (Flow::Continue, Some(why)) => {
                        out.problem(ProblemKind::Malformed, number, offset, 0, &why, bytes)
                    }
                    (flow, _) => flow,
                }
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

/// What stands before a line's JSON object, and the object. Behind it only a list or another object may stand.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if !matches!(line.last(), Some(b'}' | b']')) {
        return None;
    }
    for at in memchr_iter(b'{', &line[..line.len().min(REACH)]).take(TRIES) {
        // An object begins with a name, or is empty.
        let inner = line[at + 1..].trim_ascii_start();
        if !inner.starts_with(b"\"") {
            continue;
        }
        let Some(len) = balanced(&line[at..]) else { continue };
        let rest = line[at + len..].trim_ascii();
        if rest.is_empty() || rest.starts_with(b"[") || rest.starts_with(b"{") {
            return Some((&line[..at], &line[at..at + len]));
        }
    }
    None
}

/// The fields of a line, its time, and what is wrong with its JSON.
pub fn take_apart(
    line: &[u8],
    reader: &mut Reader,
    ctx: &ParseContext,
    out: &mut dyn Sink,
    fields: &mut Fields,
) -> (Option<Stamp>, Option<String>) {
    let line = line.trim_ascii_end();
    let (prefix, json) = split(line).unwrap_or((line, b""));
    let (mut time, mut broken) = (None, None);
    if !json.is_empty() {
        match reader.read_into(json, &Around::NONE, ctx, out, fields) {
            Ok(told) => time = told.time,
            Err(why) => broken = Some(format!("the JSON in the line is broken: {why}")),
        }
    }
    let mut rest = prefix;
    // `web-1  | {...}`
    if let Some(bar) = memchr::memchr(b'|', &rest[..rest.len().min(80)]) {
        let name = rest[..bar].trim_ascii();
        if !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)) {
            if let Some(id) = out.field("container.name") {
                fields.bytes(id, name);
            }
            rest = &rest[bar + 1..];
        }
    }
    let open = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'[' | b'(' | b'"')).count();
    if let Some((stamp, len)) = ctx.prefix(&rest[open..]) {
        time = time.or(Some(stamp));
        rest = &rest[open + len..];
        rest = rest.trim_ascii_start().strip_prefix(b"]").unwrap_or(rest);
    }
    rest = rest.trim_ascii_start();
    if let Some(level) = severity::in_text(prefix) {
        fields.text(known::LOG_LEVEL, level);
    }
    // What is said, with its JSON.
    let said = &line[prefix.len() - rest.len()..];
    let words = rest.trim_ascii_end();
    let words = words.strip_suffix(b":").unwrap_or(words);
    if !words.is_empty()
        && !json.is_empty()
        && let Some(id) = out.field("log.prefix")
    {
        fields.bytes(id, words);
    }
    let own = fields.has(known::MESSAGE);
    fields.bytes(known::MESSAGE, said);
    if !own && json.is_empty() {
        reader.speak(ctx, out, fields, &mut time);
    }
    (time, broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::check::{fixture, parse, show, sniff};

    fn check(line: &str, expect: &[(&str, &str)]) {
        let keep = parse(&JsonPrefixed, line.as_bytes());
        assert_eq!(keep.events.len(), 1, "{line}");
        for (name, value) in expect {
            let got = keep.events[0].get(name);
            assert_eq!(got.as_deref(), Some(*value), "{name} of {line}: {:?}", keep.events[0].fields);
        }
    }

    #[test]
    fn what_stands_in_front_fills_in() {
        check(
            r#"2026-03-10 02:13:04,123 WARN [auth] {"user":"eve","src_ip":"203.0.113.9","msg":"login failed"}"#,
            &[
                ("user.name", "eve"),
                ("source.ip", "203.0.113.9"),
                ("log.level", "warning"),
                ("message", "login failed"),
            ],
        );
        check(
            r#"web-1  | {"level":30,"time":1773108784123,"pid":1,"hostname":"c1","msg":"up"}"#,
            &[("container.name", "web-1"), ("message", "up"), ("host.name", "c1")],
        );
        check(r#"orders: {"id":5,"status":"new"}"#, &[("log.prefix", "orders"), ("id", "5")]);
        check(
            r#"[2026-03-10 02:13:04] shop.INFO:  {"type":"ADMIN_LOGIN_FAILED","ip":"203.0.113.9"} []"#,
            &[("source.ip", "203.0.113.9"), ("event.outcome", "failure"), ("log.level", "info")],
        );
    }

    #[test]
    fn a_broken_object_leaves_the_line() {
        let keep = parse(&JsonPrefixed, b"10:00 INFO {\"a\":tru}\n10:01 INFO nothing\n");
        assert_eq!((keep.events.len(), keep.problems.len()), (2, 1));
        assert_eq!(keep.problems[0].bytes, 0);
    }

    #[test]
    fn fixtures_read_as_they_should() {
        let bytes = fixture("json_prefixed/app.log");
        assert!(sniff(&JsonPrefixed, &bytes, "app.log") > 0.9);
        insta::assert_snapshot!("json_prefixed_app.log", show(&parse(&JsonPrefixed, &bytes)));
        assert_eq!(sniff(&JsonPrefixed, b"{\"a\":1}\n{\"b\":2}\n", "x"), 0.0);
        assert_eq!(sniff(&JsonPrefixed, b"Mar 10 02:13:04 web1 app[1]: {\"a\":1}\n", "x"), 0.0);
    }
}
