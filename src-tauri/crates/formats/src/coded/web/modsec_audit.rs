//! ModSecurity's serial audit log: sections between boundaries (`--a1b2c3d4-A--` to `-Z--`), one transaction an event.
//! Section A is the module's own; request, body and answer hold what was sent, so they are read for what their section
//! is for and nothing else.

use super::{modsec, request};
use crate::framing::lines::Lines;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::text::lossy;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::{memchr, memmem};
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct ModSecAudit;

/// `--a1b2c3d4-A--` of version 2, `---abcdEFGH---A--` of version 3: what names the transaction, and the section.
fn boundary(line: &[u8]) -> Option<(&[u8], u8)> {
    let line = line.trim_ascii_end();
    let inside = line.strip_prefix(b"--")?.strip_suffix(b"--")?;
    let (section, name) = inside.split_last()?;
    let name = name.trim_ascii();
    let known = (8..=80).contains(&name.len())
        && section.is_ascii_uppercase()
        && name.ends_with(b"-")
        && name.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-');
    known.then_some((name, *section))
}

impl Format for ModSecAudit {
    fn about(&self) -> About {
        About {
            id: "modsec_audit",
            title: "ModSecurity audit log",
            about: "ModSecurity's serial audit log: one event a transaction, with client, request, answer and the rules that \
                    matched.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let mut lines = head.bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty());
        let first = lines.next().and_then(boundary);
        if let Some((name, b'A')) = first {
            return Confidence {
                score: 0.98,
                why: format!("the first line opens transaction {}", lossy(name).trim_matches('-')),
            };
        }
        // A log whose beginning was cut off.
        let many = lines.take(200).filter(|l| matches!(boundary(l), Some((_, b'A' | b'Z')))).count();
        if many >= 2 {
            return Confidence {
                score: 0.9,
                why: format!("{many} boundaries of transactions in the first 200 lines"),
            };
        }
        Confidence::none()
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut lines = Lines::new(input);
        let mut fields = Fields::default();
        loop {
            let mut own: Option<Vec<u8>> = None;
            let mut ended = false;
            // A record goes on to its own last boundary; another's first one begins the next.
            let joins = |so_far: &[u8], next: &[u8]| {
                if ended {
                    return next.trim_ascii().is_empty();
                }
                let name =
                    own.get_or_insert_with(|| boundary(so_far).map_or_else(Vec::new, |(n, _)| n.to_vec()));
                match boundary(next) {
                    Some((other, b'A')) if other != name.as_slice() => false,
                    Some((other, b'Z')) if other == name.as_slice() => {
                        ended = true;
                        true
                    }
                    _ => !name.is_empty() || !next.starts_with(b"--"),
                }
            };
            let Some(record) = lines.record_with(joins)? else { return Ok(()) };
            let bytes = record.bytes;
            let flow = if bytes.trim_ascii().is_empty() {
                out.filler(bytes.len() as u64);
                Flow::Continue
            } else {
                fields.clear();
                match transaction(bytes, ctx, &mut fields, out) {
                    Some(time) => out.event(&Record {
                        time,
                        offset: record.offset,
                        line: record.number,
                        raw: bytes,
                        bytes: bytes.len() as u64,
                        fields: &fields,
                    }),
                    None => out.problem(
                        ProblemKind::Malformed,
                        record.number,
                        record.offset,
                        bytes.len() as u64,
                        "a part of a transaction without its beginning",
                        bytes,
                    ),
                }
            };
            if flow == Flow::Stop || record.close(out) == Flow::Stop {
                return Ok(());
            }
        }
    }
}

fn transaction(
    bytes: &[u8],
    ctx: &ParseContext,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Option<Stamp>> {
    let mut lines = bytes.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let (name, b'A') = boundary(lines.next()?)? else { return None };
    let mut section = b'A';
    let mut first = true;
    let mut time = None;
    let mut messages: Vec<String> = Vec::new();
    let mut intercepted = false;
    for line in lines {
        if let Some((other, next)) = boundary(line)
            && other == name
        {
            section = next;
            first = true;
            continue;
        }
        if line.is_empty() {
            continue;
        }
        match section {
            b'A' if first => time = header(line, ctx, fields, out),
            b'B' if first => {
                let text = lossy(line);
                if !request::line(&text, fields) {
                    fields.text(known::MESSAGE, &text);
                }
            }
            b'B' => asked(line, fields, out),
            b'F' if first => answer(line, fields),
            b'H' => {
                if let Some(text) =
                    line.strip_prefix(b"Message: ").or_else(|| line.strip_prefix(b"ModSecurity: "))
                {
                    if messages.len() < 32 {
                        messages.push(lossy(&text[..text.len().min(4096)]).into_owned());
                    }
                    intercepted |= text.starts_with(b"Access denied");
                } else if line.starts_with(b"Action: Intercepted") {
                    intercepted = true;
                } else {
                    trailer(line, fields, out);
                }
            }
            _ => {}
        }
        first = false;
    }
    fields.text(known::EVENT_DATASET, "modsecurity.audit");
    fields.text(known::EVENT_CATEGORY, "web");
    rules(&messages, intercepted, fields, out);
    Some(time)
}

/// `[04/Jan/2024:10:11:12.123456 +0000] id 192.0.2.1 56789 192.0.2.5 80`
fn header(line: &[u8], ctx: &ParseContext, fields: &mut Fields, out: &mut dyn Sink) -> Option<Stamp> {
    let inside = line.strip_prefix(b"[")?;
    let end = memchr(b']', inside)?;
    let mut words = inside[end + 1..].split(|c| *c == b' ').filter(|w| !w.is_empty());
    if let (Some(id), Some(field)) = (words.next(), out.field("modsec.unique_id")) {
        fields.bytes(field, id);
    }
    if let (Some(client), Some(port)) = (words.next(), words.next()) {
        SOURCE.host(fields, client);
        SOURCE.port(fields, port);
    }
    if let (Some(server), Some(port)) = (words.next(), words.next()) {
        DESTINATION.host(fields, server);
        DESTINATION.port(fields, port);
    }
    ctx.stamp(&inside[..end]).or_else(|| {
        // `04/Jan/2024:10:11:12.123456 --0500`, as version 3 once wrote it.
        let text = memmem::find(&inside[..end], b" --")
            .map(|at| [&inside[..at], b" -", &inside[at + 3..end]].concat())?;
        ctx.stamp(&text)
    })
}

/// A header of the request.
fn asked(line: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    let Some(at) = memmem::find(line, b": ").filter(|at| *at < 40) else { return };
    let value = line[at + 2..].trim_ascii();
    match line[..at].to_ascii_lowercase().as_slice() {
        b"host" => request::authority(&lossy(value), fields),
        b"user-agent" => fields.bytes(known::USER_AGENT, value),
        b"referer" => fields.bytes(known::HTTP_REFERRER, value),
        b"x-forwarded-for" => request::note_forwarded(value, fields),
        b"content-length" => {
            if let Some(n) = whole(value) {
                fields.int(known::HTTP_REQUEST_BYTES, n);
            }
        }
        b"content-type" => {
            if let Some(id) = out.field("http.request.mime_type") {
                fields.bytes(id, value);
            }
        }
        _ => {}
    }
}

/// `HTTP/1.1 403 Forbidden`
fn answer(line: &[u8], fields: &mut Fields) {
    let mut words = line.split(|c| *c == b' ');
    let protocol = words.next().unwrap_or_default();
    if let Some(status) = words.next().and_then(whole).filter(|_| protocol.starts_with(b"HTTP/")) {
        request::status(status, fields);
    }
}

/// What else the trailer says.
fn trailer(line: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    let Some(at) = memmem::find(line, b": ").filter(|at| *at < 40) else { return };
    let (key, value) = (&line[..at], line[at + 2..].trim_ascii());
    match key {
        b"Stopwatch" => {
            // Begin and microseconds.
            if let Some(us) = value.split(|c| *c == b' ').nth(1).and_then(whole) {
                fields.int(known::EVENT_DURATION, us.saturating_mul(1000));
            }
        }
        b"WebApp-Info" | b"Server" | b"Producer" | b"Engine-Mode" | b"Apache-Handler" => {
            let name = format!("modsec.{}", lossy(key).to_ascii_lowercase().replace('-', "_"));
            if let Some(id) = out.field(&name) {
                fields.bytes(id, value);
            }
        }
        _ => {}
    }
}

/// The rules that matched: the gravest words first, all of their ids.
fn rules(messages: &[String], intercepted: bool, fields: &mut Fields, out: &mut dyn Sink) {
    if intercepted {
        fields.text(known::EVENT_ACTION, "request_denied");
        fields.text(known::EVENT_OUTCOME, "failure");
    } else if !messages.is_empty() {
        fields.text(known::EVENT_ACTION, "rule_matched");
    }
    // What stopped the request names the event; else what was found first.
    let first = messages.iter().find(|m| m.starts_with("Access denied")).or_else(|| messages.first());
    if let Some(first) = first {
        fields.text(known::MESSAGE, first);
        modsec::attributes(first.as_bytes(), fields, out);
    }
    let ids = messages.iter().filter_map(|m| {
        let from = &m[m.find("[id \"")? + 5..];
        from.find('"').map(|at| &from[..at])
    });
    if !messages.is_empty()
        && let Some(id) = out.field("modsec.rules")
    {
        fields.list(id, ids);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rows;

    #[test]
    fn a_transaction_is_one_event() {
        let log = "--a1b2c3d4-A--\n[04/Jan/2024:10:11:12.123456 +0000] ZZ8 203.0.113.9 56789 192.0.2.5 80\n--a1b2c3d4-B--\nGET /x?a=/etc/passwd HTTP/1.1\nHost: www.example.org:8080\nUser-Agent: curl/8.5\nX-Forwarded-For: 198.51.100.7\n\n--a1b2c3d4-C--\n--ffffffff-A--x\nMessage: forged [id \"1\"]\n--a1b2c3d4-F--\nHTTP/1.1 403 Forbidden\nContent-Length: 9\n\n--a1b2c3d4-H--\nMessage: Warning. Matched [id \"930120\"] [msg \"OS File\"]\nMessage: Access denied with code 403 (phase 2). [file \"/a\"] [id \"949110\"] [msg \"Score\"] [severity \"CRITICAL\"] [tag \"x\"]\nAction: Intercepted (phase 2)\nStopwatch: 1470121067508965 6092 (- - -)\nServer: Apache\n\n--a1b2c3d4-Z--\n\n---abcdEFGH---A--\n[04/Jan/2024:10:11:13 +0000] 170436 2001:db8::7 1 192.0.2.5 80\n---abcdEFGH---B--\nGET / HTTP/1.1\n---abcdEFGH---Z--\n\ncut off\n";
        let got = rows(&ModSecAudit, log.as_bytes());
        assert_eq!(got.len(), 3, "{got:?}");
        for (name, value) in [
            ("@timestamp", "2024-01-04T10:11:12.123456Z"),
            ("source.ip", "203.0.113.9"),
            ("destination.ip", "192.0.2.5"),
            ("url.path", "/x"),
            ("url.domain", "www.example.org"),
            ("user_agent.original", "curl/8.5"),
            ("network.forwarded_ip", "198.51.100.7"),
            ("rule.id", "949110"),
            ("rule.name", "Score"),
            ("event.outcome", "failure"),
            ("event.action", "request_denied"),
        ] {
            assert_eq!(got[0][name], value, "{name}");
        }
        assert_eq!(got[0]["http.response.status_code"], 403);
        assert_eq!(got[0]["event.duration"], 6_092_000);
        assert_eq!(got[0]["modsec.rules"], serde_json::json!(["930120", "949110"]));
        assert_eq!((&got[1]["source.ip"], &got[1]["url.path"]), (&"2001:db8::7".into(), &"/".into()));
        assert_eq!(got[2]["problem"], "malformed");
    }
}
