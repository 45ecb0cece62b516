//! How the text of a group becomes the value of a field: a whole number, an address with its port, a URL, pairs. Which
//! group fills which field is [`super::compile`]'s.

use super::spec::Constant;
use crate::coded::flatten::{Leaf, Leaves, flatten_bytes};
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip, whole};
use crate::normalise::{outcome, severity};
use memchr::{memchr, memmem};
use timberline_model::{FieldId, Fields, Sink, known};

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As it stands.
    Text,
    /// A whole number where it is one, else text.
    Auto,
    /// A whole number, else nothing.
    Int,
    /// A number, else nothing.
    Float,
    /// A word for a level.
    Level,
    /// A word for an outcome.
    Outcome,
    /// An address or a host's name, for one end of a connection.
    Host(bool),
    /// The same with a port behind a colon.
    HostPort(bool),
    /// A port of one end.
    Port(bool),
    /// A URL, whole or from its path on.
    Url,
    /// `GET /path HTTP/1.1`.
    Request,
    /// A file's path.
    Path,
    /// `DOMAIN\user`, `user@domain` or `user`.
    User,
    /// `key=value` pairs, each a field below this name.
    Pairs,
    /// `Name: value` lines, each a field below this name.
    Headers,
    /// JSON, each value a field below this name.
    Json,
    /// A number of this many nanoseconds.
    Duration(i64),
}

/// The kinds by the words that a file uses for them.
pub const WORDS: &[&str] = &[
    "text",
    "auto",
    "int",
    "float",
    "level",
    "outcome",
    "ip",
    "host:port",
    "port",
    "url",
    "request",
    "path",
    "user",
    "kv",
    "headers",
    "json",
    "seconds",
    "ms",
    "us",
];

/// The kind of this word.
#[must_use]
pub fn named(word: &str) -> Option<Kind> {
    Some(match word {
        "text" => Kind::Text,
        "auto" => Kind::Auto,
        "int" => Kind::Int,
        "float" => Kind::Float,
        "level" => Kind::Level,
        "outcome" => Kind::Outcome,
        "ip" => Kind::Host(true),
        "host:port" => Kind::HostPort(true),
        "port" => Kind::Port(true),
        "url" => Kind::Url,
        "request" => Kind::Request,
        "path" => Kind::Path,
        "user" => Kind::User,
        "kv" => Kind::Pairs,
        "headers" => Kind::Headers,
        "json" => Kind::Json,
        "seconds" => Kind::Duration(1_000_000_000),
        "ms" => Kind::Duration(1_000_000),
        "us" => Kind::Duration(1_000),
        _ => return None,
    })
}

/// How a field's text is read where nothing is said.
#[must_use]
pub fn usual(field: &str) -> Kind {
    match field {
        "log.level" => Kind::Level,
        "event.outcome" => Kind::Outcome,
        "source" | "source.ip" | "source.address" => Kind::Host(true),
        "destination" | "destination.ip" | "destination.address" => Kind::Host(false),
        "source.port" => Kind::Port(true),
        "destination.port" => Kind::Port(false),
        "url" => Kind::Url,
        "process.pid"
        | "process.parent.pid"
        | "process.thread.id"
        | "http.response.status_code"
        | "http.response.body.bytes"
        | "http.request.body.bytes"
        | "source.bytes"
        | "destination.bytes"
        | "network.bytes"
        | "event.duration"
        | "event.sequence"
        | "event.severity"
        | "log.origin.file.line"
        | "event.count"
        | "file.size" => Kind::Int,
        "user.name" | "user.id" | "message" | "event.code" => Kind::Text,
        name if FIRST_PARTS.iter().any(|p| name.starts_with(p)) => Kind::Text,
        _ => Kind::Auto,
    }
}

/// Fields of these are texts in ECS, whatever they look like.
const FIRST_PARTS: &[&str] = &[
    "event.",
    "user.",
    "host.",
    "process.",
    "service.",
    "log.",
    "error.",
    "url.",
    "file.",
    "http.",
    "user_agent.",
    "dns.",
    "network.",
    "rule.",
    "observer.",
    "group.",
];

/// The field that a group's name means where nothing is said.
#[must_use]
pub fn usual_name(group: &str) -> Option<&'static str> {
    Some(match group {
        "level" | "severity" | "priority" => "log.level",
        "message" | "msg" => "message",
        "host" | "hostname" => "host.name",
        "ip" | "client" | "src" | "src_ip" | "source" | "addr" | "remote" => "source.ip",
        "dst" | "dst_ip" | "destination" | "server" => "destination.ip",
        "port" | "src_port" => "source.port",
        "dst_port" => "destination.port",
        "user" | "username" => "user.name",
        "domain" => "user.domain",
        "pid" => "process.pid",
        "tid" => "process.thread.id",
        "thread" => "process.thread.name",
        "process" | "program" | "app" => "process.name",
        "command" => "process.command_line",
        "service" => "service.name",
        "logger" | "class" | "module" => "log.logger",
        "file" => "log.origin.file.name",
        "line" => "log.origin.file.line",
        "function" => "log.origin.function",
        "error" => "error.message",
        "method" => "http.request.method",
        "status" => "http.response.status_code",
        "path" => "url.path",
        "url" => "url.original",
        "agent" => "user_agent.original",
        "referrer" => "http.request.referrer",
        "bytes" => "http.response.body.bytes",
        "action" => "event.action",
        "outcome" | "result" => "event.outcome",
        "reason" => "event.reason",
        "code" => "event.code",
        "session" => "session.id",
        _ => return None,
    })
}

/// Nanoseconds of a unit of time.
#[must_use]
pub fn unit(word: &str) -> Option<i64> {
    Some(match word {
        "s" | "seconds" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "ns" => 1,
        _ => return None,
    })
}

/// A decimal number in units of this many nanoseconds, as nanoseconds.
#[must_use]
pub fn nanos(text: &[u8], unit: i64) -> Option<i64> {
    let (minus, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let dot = text.iter().position(|c| matches!(c, b'.' | b',')).unwrap_or(text.len());
    let whole_part = whole(&text[..dot])?.checked_mul(unit)?;
    let digits = text.get(dot + 1..).unwrap_or_default();
    let mut fraction = 0i64;
    let mut weight = unit;
    for c in digits {
        if !c.is_ascii_digit() {
            return None;
        }
        weight /= 10;
        fraction += i64::from(c - b'0') * weight;
    }
    let ns = whole_part.checked_add(fraction)?;
    Some(if minus { -ns } else { ns })
}

/// Gives a field a value that is always the same.
pub fn constant(fields: &mut Fields, id: FieldId, value: &Constant) {
    match value {
        Constant::Int(n) => fields.int(id, *n),
        Constant::Float(x) => fields.float(id, *x),
        Constant::Text(text) => fields.text(id, text),
    }
}

/// Where values go.
pub struct Into<'a> {
    /// The record's fields.
    pub fields: &'a mut Fields,
    /// For fields whose names are in the log.
    pub out: &'a mut dyn Sink,
    /// For dotted names, used again.
    pub path: &'a mut String,
}

impl Into<'_> {
    /// Writes a value. `name` is the field's, `id` its number.
    pub fn value(&mut self, kind: Kind, name: &str, id: Option<FieldId>, text: &[u8]) {
        let end = |source: bool| -> End { if source { SOURCE } else { DESTINATION } };
        let source = !name.starts_with("destination");
        let Some(id) = id else { return };
        match kind {
            Kind::Text => self.fields.bytes(id, text),
            Kind::Auto => match number(text) {
                Some(n) => self.fields.int(id, n),
                None => self.fields.bytes(id, text),
            },
            Kind::Int => {
                if let Some(n) = signed(text) {
                    self.fields.int(id, n);
                }
            }
            Kind::Float => {
                if let Some(x) = std::str::from_utf8(text).ok().and_then(|t| t.parse::<f64>().ok()) {
                    self.fields.float(id, x);
                }
            }
            Kind::Level => match severity::level(text) {
                Some(level) => self.fields.text(id, level),
                None => self.fields.text(id, &String::from_utf8_lossy(text).to_lowercase()),
            },
            Kind::Outcome => match outcome::of(text) {
                Some(outcome) => self.fields.text(id, outcome),
                None => self.fields.text(id, "unknown"),
            },
            Kind::Host(_) if name.starts_with("source") || name.starts_with("destination") => {
                end(source).host(self.fields, text);
            }
            Kind::Host(_) => {
                if is_ip(text) {
                    self.fields.bytes(id, text);
                }
            }
            Kind::HostPort(_) => {
                let (host, port) = host_port(text);
                end(source).host(self.fields, host);
                end(source).port(self.fields, port);
            }
            Kind::Port(_) => {
                if let Some(port) = whole(text).filter(|p| *p <= 65_535) {
                    self.fields.int(id, port);
                }
            }
            Kind::Url => url(self.fields, text),
            Kind::Request => request(self.fields, text),
            Kind::Path => self.file(text),
            Kind::User => user(self.fields, text),
            Kind::Pairs => self.pairs(name, text),
            Kind::Headers => self.headers(name, text),
            Kind::Json => self.json(name, id, text),
            Kind::Duration(unit) => {
                if let Some(ns) = nanos(text, unit) {
                    self.fields.int(id, ns);
                }
            }
        }
    }

    fn file(&mut self, text: &[u8]) {
        let name = text.rsplit(|c| matches!(c, b'/' | b'\\')).next().unwrap_or(text);
        for (field, value) in [("file.path", text), ("file.name", name)] {
            if let Some(id) = self.out.field(field) {
                self.fields.bytes(id, value);
            }
        }
    }

    fn pairs(&mut self, prefix: &str, text: &[u8]) {
        let mut kept = 0;
        let mut rest = text;
        while let Some((key, value, after)) = next_pair(rest) {
            rest = after;
            kept += 1;
            if kept > 64 {
                return;
            }
            self.below(prefix, key, value);
        }
    }

    fn headers(&mut self, prefix: &str, text: &[u8]) {
        let mut kept = 0;
        for line in text.split(|c| *c == b'\n') {
            let Some(at) = memmem::find(line, b": ").filter(|at| *at <= 64) else { continue };
            kept += 1;
            if kept > 64 {
                return;
            }
            self.below(prefix, line[..at].trim_ascii(), line[at + 2..].trim_ascii());
        }
    }

    /// A value whose name is in the log: in small letters, with `_` for blanks.
    fn below(&mut self, prefix: &str, key: &[u8], value: &[u8]) {
        let Ok(key) = std::str::from_utf8(key) else { return };
        self.path.clear();
        self.path.push_str(prefix);
        self.path.push('.');
        self.path
            .extend(key.chars().map(|c| if c == ' ' || c == '-' { '_' } else { c.to_ascii_lowercase() }));
        if let Some(id) = self.out.field(self.path) {
            match number(value) {
                Some(n) => self.fields.int(id, n),
                None => self.fields.bytes(id, value),
            }
        }
    }

    fn json(&mut self, prefix: &str, id: FieldId, text: &[u8]) {
        let mut leaves = Below { prefix, fields: self.fields, out: self.out, name: String::new(), kept: 0 };
        if flatten_bytes(text, self.path, &mut leaves).is_err() {
            self.fields.bytes(id, text);
        }
    }
}

/// JSON's values below a name.
struct Below<'a> {
    prefix: &'a str,
    fields: &'a mut Fields,
    out: &'a mut dyn Sink,
    name: String,
    kept: usize,
}

impl Leaves for Below<'_> {
    fn leaf(&mut self, path: &str, value: Leaf<'_>, _: bool) {
        self.kept += 1;
        if self.kept > 256 {
            return;
        }
        self.name.clear();
        self.name.push_str(self.prefix);
        if !path.is_empty() {
            self.name.push('.');
            self.name.push_str(path);
        }
        let Some(id) = self.out.field(&self.name) else { return };
        match value {
            Leaf::Text(text) => self.fields.text(id, text),
            Leaf::Int(n) => self.fields.int(id, n),
            Leaf::Float(x) => self.fields.float(id, x),
            Leaf::Bool(b) => self.fields.text(id, if b { "true" } else { "false" }),
        }
    }
}

/// The next `key=value` of a text, where the value may be quoted, and what follows it.
pub fn next_pair(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut from = 0;
    loop {
        let equals = from + memchr(b'=', text.get(from..)?)?;
        let plain = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
        let len = text[..equals].iter().rev().take(64).take_while(|c| plain(c)).count();
        let key = &text[equals - len..equals];
        let value = &text[equals + 1..];
        if len == 0 {
            from = equals + 1;
            continue;
        }
        let (value, used) = match value.first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inside = &value[1..];
                let end = inside.iter().position(|c| c == quote).unwrap_or(inside.len());
                (&inside[..end], (end + 2).min(value.len()))
            }
            _ => {
                let end =
                    value.iter().position(|c| matches!(c, b' ' | b'\t' | b',' | b';')).unwrap_or(value.len());
                (&value[..end], end)
            }
        };
        return Some((key, value, &text[equals + 1 + used..]));
    }
}

/// A whole number that is written as one: no zeros before it, so that ids and codes keep theirs.
fn number(text: &[u8]) -> Option<i64> {
    if text.len() > 1 && text[0] == b'0' { None } else { whole(text) }
}

fn signed(text: &[u8]) -> Option<i64> {
    match text.strip_prefix(b"-") {
        Some(rest) => whole(rest).map(|n| -n),
        None => whole(text.strip_prefix(b"+").unwrap_or(text)),
    }
}

/// `192.0.2.1:80`, `[2001:db8::1]:80`, `host:80`, `192.0.2.1`; an address without brackets keeps its colons.
pub fn host_port(text: &[u8]) -> (&[u8], &[u8]) {
    if let Some(inside) = text.strip_prefix(b"[")
        && let Some(close) = memchr(b']', inside)
    {
        let port = inside[close + 1..].strip_prefix(b":").unwrap_or_default();
        return (&inside[..close], port);
    }
    match memchr::memrchr(b':', text) {
        Some(at) if !is_ip(text) && whole(&text[at + 1..]).is_some() => (&text[..at], &text[at + 1..]),
        _ => (text, b""),
    }
}

/// `http://user@host:80/path?query#fragment`, or from the path on.
pub fn url(fields: &mut Fields, text: &[u8]) {
    fields.bytes(known::URL_ORIGINAL, text);
    let mut rest = text;
    if let Some(at) = memmem::find(text, b"://") {
        let host = &text[at + 3..];
        let end = host.iter().position(|c| matches!(c, b'/' | b'?' | b'#')).unwrap_or(host.len());
        rest = &host[end..];
        let host = host[..end].rsplit(|c| *c == b'@').next().unwrap_or_default();
        let (host, _) = host_port(host);
        if !host.is_empty() {
            fields.bytes(known::URL_DOMAIN, host);
        }
    } else if !text.starts_with(b"/") {
        return;
    }
    let rest = &rest[..memchr(b'#', rest).unwrap_or(rest.len())];
    let (path, query) = match memchr(b'?', rest) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if !path.is_empty() {
        fields.bytes(known::URL_PATH, path);
    }
    if let Some(query) = query {
        fields.bytes(known::URL_QUERY, query);
    }
}

fn request(fields: &mut Fields, text: &[u8]) {
    let Some(space) = memchr(b' ', text) else { return };
    let (method, mut target) = (&text[..space], &text[space + 1..]);
    if let Some(at) = memchr::memrchr(b' ', target)
        && let Some(version) = target[at + 1..].strip_prefix(b"HTTP/")
    {
        fields.bytes(known::HTTP_VERSION, version);
        target = &target[..at];
    }
    fields.bytes(known::HTTP_METHOD, method);
    url(fields, target);
}

/// `DOMAIN\user` and `user@domain` in two parts.
pub fn user(fields: &mut Fields, text: &[u8]) {
    if let Some(at) = memchr(b'\\', text) {
        fields.bytes(known::USER_DOMAIN, &text[..at]);
        fields.bytes(known::USER_NAME, text[at + 1..].strip_prefix(b"\\").unwrap_or(&text[at + 1..]));
        return;
    }
    fields.bytes(known::USER_NAME, text);
}
