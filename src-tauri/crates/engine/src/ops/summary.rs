//! One line that says what an event is: made from its fields where they tell more than its text does,
//! else its message, else the beginning of its raw record. Untrusted text all the same.

use std::borrow::Cow;
use timberline_model::{Event, Value};

/// Characters of a line.
const CHARS: usize = 300;
/// The field that says it all in most logs.
const MESSAGE: &str = "message";

/// The fields that a line may be made of; a page must carry them.
pub const FIELDS: &[&str] = &[
    MESSAGE,
    "event.category",
    "event.action",
    "event.code",
    "event.outcome",
    "event.provider",
    "source.ip",
    "source.address",
    "source.port",
    "source.bytes",
    "destination.ip",
    "destination.address",
    "destination.port",
    "destination.bytes",
    "network.transport",
    "network.protocol",
    "zeek.connection.state",
    "http.request.method",
    "http.response.status_code",
    "url.original",
    "dns.question.name",
    "dns.question.type",
    "dns.response_code",
    "user.name",
    "host.name",
    "process.executable",
    "process.command_line",
    "winlog.logon.type",
];

/// What an event says: a phrase made of its fields, its message or its raw record, in full and with
/// whatever characters the log has.
#[must_use]
pub fn said(event: &Event) -> Cow<'_, str> {
    if let Some(phrase) = phrase(event) {
        return Cow::Owned(phrase);
    }
    match event.get(MESSAGE) {
        Some(Value::Text(message)) if !message.trim().is_empty() => Cow::Borrowed(message),
        _ => String::from_utf8_lossy(event.raw.as_deref().unwrap_or_default()),
    }
}

/// The line. Control characters are shown as U+FFFD or spaces.
#[must_use]
pub fn summary(event: &Event) -> String {
    let said = said(event);
    let line = said.trim();
    let mut out: String = line
        .chars()
        .take(CHARS)
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    if line.chars().nth(CHARS).is_some() {
        out.push('…');
    }
    out
}

fn text(event: &Event, field: &str) -> Option<String> {
    event.get(field).map(Value::show).filter(|t| !t.trim().is_empty())
}

/// `10.0.0.1:443`, or without the port where there is none.
fn end(event: &Event, side: &str) -> Option<String> {
    let host = text(event, &format!("{side}.ip")).or_else(|| text(event, &format!("{side}.address")))?;
    let port = text(event, &format!("{side}.port"));
    Some(match port {
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

fn phrase(event: &Event) -> Option<String> {
    let category = text(event, "event.category").unwrap_or_default();
    if let Some(name) = text(event, "dns.question.name") {
        let mut line = format!("{} asked for {name}", end(event, "source").unwrap_or_else(|| "?".into()));
        for more in ["dns.question.type", "dns.response_code"] {
            line.extend(text(event, more).map(|t| format!(" {t}")));
        }
        return Some(line);
    }
    if let Some(method) = text(event, "http.request.method").filter(|_| category == "web") {
        let mut line = text(event, "source.ip").or_else(|| text(event, "source.address")).unwrap_or_default();
        line.push_str(&format!(" {method}"));
        for more in ["url.original", "http.response.status_code"] {
            line.extend(text(event, more).map(|t| format!(" {t}")));
        }
        return Some(line);
    }
    if text(event, MESSAGE).is_some() {
        return None;
    }
    if let (Some(from), Some(to)) = (end(event, "source"), end(event, "destination")) {
        let mut line = format!("{from} > {to}");
        for more in ["network.transport", "network.protocol", "zeek.connection.state", "event.action"] {
            line.extend(text(event, more).map(|t| format!(" {t}")));
        }
        for (field, way) in [("source.bytes", "out"), ("destination.bytes", "in")] {
            line.extend(text(event, field).map(|t| format!(" {t} B {way}")));
        }
        return Some(line);
    }
    if let Some(command) = text(event, "process.command_line").or_else(|| text(event, "process.executable")) {
        let who = text(event, "user.name").map(|u| format!("{u}: ")).unwrap_or_default();
        return Some(format!("{who}{command}"));
    }
    let action = text(event, "event.action")?;
    let mut line = text(event, "event.code").map(|c| format!("{c} ")).unwrap_or_default();
    line.push_str(&action);
    let told = [
        ("", "event.outcome"),
        ("user ", "user.name"),
        ("from ", "source.ip"),
        ("on ", "host.name"),
        ("", "event.provider"),
    ];
    for (word, field) in told {
        line.extend(text(event, field).map(|t| format!(", {word}{t}")));
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use timberline_model::reference::event;

    fn of(fields: &[(&str, Value)], raw: &[u8]) -> String {
        let mut event = event(1, 0, None, fields);
        event.raw = Some(raw.to_vec());
        summary(&event)
    }

    #[test]
    fn a_summary_is_one_harmless_line() {
        assert_eq!(of(&[("message", "login failed".into())], b"raw"), "login failed");
        assert_eq!(of(&[], b"a\tb\n\x1b[31mred"), "a b \u{fffd}[31mred");
        assert_eq!(of(&[("message", "  ".into())], b"raw"), "raw", "a blank message says nothing");
        assert_eq!(of(&[], "é".repeat(400).as_bytes()).chars().count(), CHARS + 1);
    }

    #[test]
    fn fields_tell_more_than_a_line_of_numbers() {
        let ends = [
            ("source.ip", "10.0.0.1".into()),
            ("source.port", 40_000.into()),
            ("destination.ip", "2001:db8::1".into()),
            ("destination.port", 443.into()),
            ("network.transport", "tcp".into()),
            ("source.bytes", 512.into()),
        ];
        assert_eq!(of(&ends, b"1\t2\t3"), "10.0.0.1:40000 > [2001:db8::1]:443 tcp 512 B out");
        let login = [
            ("event.action", "logon".into()),
            ("event.code", "4625".into()),
            ("event.outcome", "failure".into()),
            ("user.name", "bob".into()),
        ];
        assert_eq!(of(&login, b"<Event/>"), "4625 logon, failure, user bob");
        let web = [
            ("event.category", "web".into()),
            ("message", "GET /a HTTP/1.1".into()),
            ("http.request.method", "GET".into()),
            ("url.original", "/a".into()),
            ("http.response.status_code", 404.into()),
            ("source.ip", "192.0.2.1".into()),
        ];
        assert_eq!(of(&web, b""), "192.0.2.1 GET /a 404");
    }
}
