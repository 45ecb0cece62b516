//! Web server access logs: NCSA common and combined, with the variations that Apache and nginx are set up to
//! write (virtual host in front, more fields behind). Lines are taken apart by hand: this is the format that comes in
//! hundreds of megabytes. Time is [`ParseContext::clf`]'s; what a status means is said here.

use crate::framing::lines::Lines;
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::text::lossy;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::{memchr, memchr2};
use std::io::Read;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct AccessLog;

impl Format for AccessLog {
    fn about(&self) -> About {
        About {
            id: "access_log",
            title: "Web access log (common, combined)",
            about: "Apache, nginx and others: client, user, time, request, status, size, referrer, user agent. \
                    A virtual host in front and further fields behind are kept.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let ctx = ParseContext::new(None, None, 0, "");
        let mut fields = Fields::default();
        let (mut all, mut good) = (0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).take(50) {
            fields.clear();
            all += 1;
            good += u32::from(parse_line(line.trim_ascii_end(), &ctx, &mut fields, None).is_some());
        }
        // The last line of a cut-off head may be cut off too.
        if all > 1 && !head.whole && all < 50 {
            all -= 1;
        }
        if good == 0 || good * 3 < all {
            return Confidence::none();
        }
        let share = f64::from(good.min(all)) / f64::from(all);
        Confidence {
            score: 0.6 + 0.38 * share,
            why: format!("{good} of the first {all} lines are requests in common log format"),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let extra = out.field("access.extra");
        let mut lines = Lines::new(input);
        let mut fields = Fields::default();
        while let Some(line) = lines.next()? {
            let bytes = line.bytes;
            let flow = if bytes.trim_ascii().is_empty() {
                out.filler(bytes.len() as u64);
                Flow::Continue
            } else {
                fields.clear();
                match parse_line(bytes, ctx, &mut fields, extra) {
                    Some(time) => {
                        let (offset, number) = (line.offset, line.number);
                        out.event(&Record { time: Some(time), offset, line: number, raw: bytes, bytes: bytes.len() as u64, fields: &fields })
                    }
                    None => out.problem(
                        ProblemKind::Malformed,
                        line.number,
                        line.offset,
                        bytes.len() as u64,
                        "not a line of an access log: client, [time], \"request\" and status are not all there",
                        bytes,
                    ),
                }
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// `[vhost[:port]] client ident user [time] "request" status bytes ["referrer" "agent" [anything]]`.
fn parse_line(b: &[u8], ctx: &ParseContext, fields: &mut Fields, extra: Option<FieldId>) -> Option<Stamp> {
    let open = find_time(b)?;
    let close = open + 1 + memchr(b']', &b[open + 1..b.len().min(open + 60)])?;
    let time = ctx.clf(&b[open + 1..close])?;
    let rest = b.get(close + 1..)?;
    let rest = rest.strip_prefix(b" ")?;
    let (request, mut rest) = match rest.strip_prefix(b"\"") {
        Some(inside) => {
            let end = closing_quote(inside)?;
            (&inside[..end], &inside[end + 1..])
        }
        // An empty request is written bare by some.
        None => (b"-".as_slice(), rest.strip_prefix(b"-")?),
    };
    let status = next_word(&mut rest);
    let status = if status == b"-" { None } else { Some(whole(status).filter(|s| (0..=999).contains(s))?) };

    fields.text(known::EVENT_CATEGORY, "web");
    // An overflow attempt is tens of kilobytes of machine code: it is made text once, not for each field.
    let request = lossy(request);
    who(&b[..open], fields);
    if let Some(status) = status {
        fields.int(known::HTTP_STATUS, status);
        fields.text(known::EVENT_OUTCOME, if status < 400 { "success" } else { "failure" });
    }
    // What was taken apart need not be kept in one piece too; what was not is the message.
    if !request_line(&request, fields) {
        fields.text(known::MESSAGE, &request);
    }
    if let Some(bytes) = whole(next_word(&mut rest)) {
        fields.int(known::HTTP_RESPONSE_BYTES, bytes);
    }
    for field in [known::HTTP_REFERRER, known::USER_AGENT] {
        let Some(inside) = rest.strip_prefix(b" \"") else { break };
        let Some(end) = closing_quote(inside) else { break };
        if !matches!(&inside[..end], b"-" | b"") {
            fields.bytes(field, &inside[..end]);
        }
        rest = &inside[end + 1..];
    }
    let rest = rest.trim_ascii();
    if !rest.is_empty()
        && let Some(extra) = extra
    {
        fields.bytes(extra, rest);
    }
    Some(time)
}

/// Where ` [dd/Mon/` stands: the bracket that opens the time. A bracket in a user's name does not count.
#[inline]
fn find_time(b: &[u8]) -> Option<usize> {
    let mut from = 0;
    // A client field of more than a kilobyte is none.
    let reach = &b[..b.len().min(1024)];
    loop {
        let at = from + memchr(b'[', &reach[from..])?;
        if b.get(at + 3) == Some(&b'/') && b.get(at + 7) == Some(&b'/') && b.get(at + 12) == Some(&b':') {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Client, user and virtual host from what stands before the time.
#[inline]
fn who(b: &[u8], fields: &mut Fields) {
    let mut rest = b;
    let first = next_word(&mut rest);
    let second = next_word(&mut rest);
    let third = rest.trim_ascii();
    // `host client - user`: one word more than usual, and the second reads as a client.
    let words = 2 + third.split(|c| *c == b' ').filter(|w| !w.is_empty()).count();
    if words >= 4 && second != b"-" && crate::normalise::entities::is_ip(second) {
        let colon = memchr::memrchr(b':', first).filter(|at| whole(&first[at + 1..]).is_some());
        let (host, port) = colon.map_or((first, None), |at| (&first[..at], whole(&first[at + 1..])));
        fields.bytes(known::URL_DOMAIN, host);
        if let Some(port) = port {
            fields.int(known::DESTINATION_PORT, port);
        }
        SOURCE.host(fields, second);
        let mut user = third;
        next_word(&mut user);
        user_name(user.trim_ascii(), fields);
        return;
    }
    SOURCE.host(fields, first);
    user_name(third, fields);
}

fn user_name(user: &[u8], fields: &mut Fields) {
    if !matches!(user, b"-" | b"" | b"\"\"" | b"\"-\"") {
        fields.bytes(known::USER_NAME, user);
    }
}

/// `GET /path?query HTTP/1.1`; false for whatever else a client sent.
#[inline]
fn request_line(request: &str, fields: &mut Fields) -> bool {
    let Some(space) = memchr(b' ', request.as_bytes()) else { return false };
    let method = &request[..space];
    let upper = |c: u8| c.is_ascii_uppercase() || matches!(c, b'_' | b'-');
    if method.is_empty() || method.len() > 24 || !method.bytes().all(upper) {
        return false;
    }
    let mut target = &request[space + 1..];
    let mut version = None;
    if let Some(at) = memchr::memrchr(b' ', target.as_bytes())
        && let Some(v) = target[at + 1..].strip_prefix("HTTP/")
    {
        version = Some(v);
        target = &target[..at];
    }
    if target.is_empty() {
        return false;
    }
    fields.text(known::HTTP_METHOD, method);
    fields.text(known::URL_ORIGINAL, target);
    let mut path = target;
    // A proxy is asked for the whole address.
    if !path.starts_with('/')
        && let Some(at) = memchr::memmem::find(path.as_bytes(), b"://")
    {
        let host = &path[at + 3..];
        let end = memchr2(b'/', b'?', host.as_bytes()).unwrap_or(host.len());
        fields.text(known::URL_DOMAIN, &host[..end]);
        path = &host[end..];
    }
    if let Some(at) = memchr(b'?', path.as_bytes()) {
        fields.text(known::URL_QUERY, &path[at + 1..]);
        path = &path[..at];
    }
    if !path.is_empty() {
        fields.text(known::URL_PATH, path);
    }
    if let Some(version) = version {
        fields.text(known::HTTP_VERSION, version);
    }
    true
}

/// Where the quote closes; a quote behind a backslash is part of the text, as Apache writes it.
#[inline]
fn closing_quote(b: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr2(b'"', b'\\', &b[from..])?;
        if b[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
        if from > b.len() {
            return None;
        }
    }
}

/// The next word behind one or more spaces.
#[inline]
fn next_word<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let start = rest.iter().position(|c| *c != b' ').unwrap_or(rest.len());
    let from = &rest[start..];
    let end = memchr(b' ', from).unwrap_or(from.len());
    *rest = &from[end..];
    &from[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{row, rows};
    use serde_json::json;

    fn check(line: &str, expect: &[(&str, serde_json::Value)]) {
        let row = row(&AccessLog, line);
        for (field, value) in expect {
            assert_eq!(row.get(*field).unwrap_or(&serde_json::Value::Null), value, "{field} of {line}");
        }
    }

    #[test]
    fn common_and_combined_lines_are_read() {
        check(
            r#"203.0.113.9 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?x=1&y HTTP/1.0" 200 2326 "http://example.org/" "Mozilla/4.08 [en] \"q\"""#,
            &[
                ("@timestamp", json!("2000-10-10T20:55:36Z")),
                ("source.ip", json!("203.0.113.9")),
                ("user.name", json!("frank")),
                ("http.request.method", json!("GET")),
                ("url.original", json!("/apache_pb.gif?x=1&y")),
                ("url.path", json!("/apache_pb.gif")),
                ("url.query", json!("x=1&y")),
                ("http.version", json!("1.0")),
                ("http.response.status_code", json!(200)),
                ("http.response.body.bytes", json!(2326)),
                ("http.request.referrer", json!("http://example.org/")),
                ("user_agent.original", json!("Mozilla/4.08 [en] \\\"q\\\"")),
                ("event.outcome", json!("success")),
            ],
        );
        check(
            r#"2001:db8::7 - - [10/Oct/2000:13:55:36 +0000] "-" 408 - "-" "-""#,
            &[
                ("source.ip", json!("2001:db8::7")),
                ("user.name", json!(null)),
                ("http.request.method", json!(null)),
                ("http.response.body.bytes", json!(null)),
                ("user_agent.original", json!(null)),
                ("event.outcome", json!("failure")),
            ],
        );
    }

    #[test]
    fn variations_are_read() {
        check(
            r#"www.example.org:443 203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "POST http://a.example/b?c HTTP/1.1" 302 5 "-" "curl/8" "198.51.100.1" rt=0.004"#,
            &[
                ("url.domain", json!("www.example.org")),
                ("destination.port", json!(443)),
                ("source.ip", json!("203.0.113.9")),
                ("url.path", json!("/b")),
                ("access.extra", json!("\"198.51.100.1\" rt=0.004")),
            ],
        );
        check(
            r#"host.example.org - Jane Doe [x] [10/Oct/2000:13:55:36 +0000] "\x16\x03\x01" 400 226"#,
            &[
                ("source.address", json!("host.example.org")),
                ("source.ip", json!(null)),
                ("user.name", json!("Jane Doe [x]")),
                ("message", json!("\\x16\\x03\\x01")),
                ("http.response.status_code", json!(400)),
            ],
        );
        check(
            r#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET /a b c HTTP/1.1" 404 9"#,
            &[("url.path", json!("/a b c"))],
        );
    }

    #[test]
    fn what_is_no_request_is_a_problem() {
        for line in [
            "",
            "\n",
            "hello",
            r#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP"#,
            "[[[[//////::::",
        ] {
            let rows = rows(&AccessLog, line.as_bytes());
            assert!(rows.iter().all(|r| r["problem"] == "malformed"), "{line}");
        }
        let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
        assert!(rows(&AccessLog, &binary).iter().all(|r| r["problem"] == "malformed"));
    }
}
