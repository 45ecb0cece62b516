//! Single values of JSON logs in ECS's way: what is done to a text before it becomes a field ([`Op`]), and fields that
//! are more than one: addresses with ports, URLs, accounts, levels, outcomes, times.

use super::flatten::{Leaf, give};
use super::json_numbers::{Ids, Numbering, Slot};
use crate::ParseContext;
use crate::normalise::entities::{self, DESTINATION, SOURCE, is_ip};
use crate::normalise::{outcome as outcomes, severity};
use timberline_model::value::MULTI;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// What is done to a value.
#[derive(Debug)]
pub enum Op {
    /// In small letters.
    Lower,
    /// In capitals.
    Upper,
    /// In small letters, with a sign for each run of other characters than letters and digits.
    Slug(char),
    /// `camelCase` as `camel_case`.
    Snake,
    /// What stands before the first such sign; all where there is none.
    Before(Box<str>),
    /// What stands behind the first such sign; nothing where there is none.
    After(Box<str>),
    /// What stands behind the last such sign; all where there is none.
    Last(Box<str>),
    /// Without this at its beginning; all where it begins otherwise.
    Strip(Box<str>),
    /// Without these signs at both ends.
    Trim(Box<str>),
    /// Nothing, if it is one of these.
    Unless(Vec<Box<str>>),
    /// With this in front.
    Prefix(Box<str>),
    /// Another value; the last is for all others (`*`), `*=*` keeps them.
    Table(Vec<(Box<str>, Box<str>)>, Option<Box<str>>),
    /// A duration in this many nanoseconds a unit.
    Times(f64),
    /// Only the first of several.
    First,
    /// Only if it is an address.
    Ip,
    /// A number written in hexadecimal.
    Hex,
    /// The sum of all names' numbers.
    Sum,
    /// All names' values, with this between.
    Join(Box<str>),
}

/// Reads `| op arg | {a=b}`.
///
/// # Errors
/// What is wrong with it.
pub fn ops(text: &str) -> Result<Vec<Op>, String> {
    let (mut all, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        rest = rest.trim_start_matches(['|', ' ']);
        if let Some(table) = rest.strip_prefix('{') {
            let Some(end) = table.find('}') else { return Err("no end of the braces".into()) };
            all.push(self::table(&table[..end])?);
            rest = table[end + 1..].trim_start();
            continue;
        }
        let end = rest.find(['|', '{']).unwrap_or(rest.len());
        let (op, more) = rest.split_at(end);
        rest = more;
        let (name, arg) = op.trim().split_once(' ').unwrap_or((op.trim(), ""));
        let arg: Box<str> = match arg.trim() {
            "bar" => "|".into(),
            "space" => " ".into(),
            "quote" => "\"".into(),
            arg => arg.trim_matches('"').into(),
        };
        all.push(match name {
            "lower" => Op::Lower,
            "upper" => Op::Upper,
            "slug" => Op::Slug(arg.chars().next().unwrap_or('-')),
            "snake" => Op::Snake,
            "before" => Op::Before(arg),
            "after" => Op::After(arg),
            "last" => Op::Last(arg),
            "strip" => Op::Strip(arg),
            "trim" => Op::Trim(arg),
            "prefix" => Op::Prefix(arg),
            "unless" => Op::Unless(arg.split(' ').map(Into::into).collect()),
            "s" => Op::Times(1e9),
            "ms" => Op::Times(1e6),
            "us" => Op::Times(1e3),
            "ns" => Op::Times(1.0),
            "times" => Op::Times(arg.parse().map_err(|_| format!("{arg} is no number"))?),
            "first" => Op::First,
            "ip" => Op::Ip,
            "hex" => Op::Hex,
            "sum" => Op::Sum,
            "join" => Op::Join(arg),
            other => return Err(format!("{other} is nothing that can be done")),
        });
    }
    Ok(all)
}

/// `a b=c "d e"=f *=g`: several values may mean one.
fn table(text: &str) -> Result<Op, String> {
    let (mut all, mut other, mut waiting) = (Vec::new(), None, Vec::new());
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (key, more) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split_once('"').ok_or("a quote does not end")?
        } else {
            rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len()))
        };
        let key: Box<str> = key.into();
        match more.trim_start().strip_prefix('=') {
            None => {
                waiting.push(key);
                rest = more.trim_start();
            }
            Some(value) => {
                let (value, more) = match value.strip_prefix('"') {
                    Some(quoted) => quoted.split_once('"').ok_or("a quote does not end")?,
                    None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
                };
                rest = more.trim_start();
                // Several values of one field.
                let value: Box<str> = value.replace('+', "\u{1e}").into();
                if &*key == "*" {
                    other = Some(value);
                } else {
                    all.extend(waiting.drain(..).chain([key]).map(|k| (k, value.clone())));
                }
            }
        }
    }
    if !waiting.is_empty() {
        return Err(format!("{} means nothing", waiting.join(" ")));
    }
    Ok(Op::Table(all, other))
}

/// Does it all to a value; nothing is left of some.
pub fn apply<'w>(ops: &[Op], leaf: Leaf<'w>, work: &'w mut String) -> Option<Leaf<'w>> {
    if ops.is_empty() {
        return Some(leaf);
    }
    if let [Op::Times(unit)] = ops {
        let n = match leaf {
            Leaf::Int(n) => n as f64,
            Leaf::Float(x) => x,
            Leaf::Text(text) => text.trim().trim_end_matches(['s', 'm', 'u', 'n']).parse().ok()?,
            Leaf::Bool(_) => return None,
        };
        let n = n * unit;
        return (n.abs() < 9e18).then(|| Leaf::Int(n.round() as i64));
    }
    work.clear();
    match leaf {
        Leaf::Text(text) => work.push_str(text),
        Leaf::Int(n) => work.push_str(&n.to_string()),
        Leaf::Float(x) => work.push_str(&x.to_string()),
        Leaf::Bool(b) => work.push_str(if b { "true" } else { "false" }),
    }
    let (mut from, mut to) = (0, work.len());
    for op in ops {
        let text = &work[from..to];
        let made = match op {
            Op::First | Op::Sum | Op::Join(_) => continue,
            Op::Lower => text.to_lowercase(),
            Op::Upper => text.to_uppercase(),
            Op::Slug(sign) => slug(text, *sign),
            Op::Snake => snake(text),
            Op::Before(sign) => {
                if let Some(at) = text.find(&**sign) {
                    to = from + at;
                }
                continue;
            }
            Op::After(sign) => {
                from += text.find(&**sign)? + sign.len();
                continue;
            }
            Op::Last(sign) => {
                if let Some(at) = text.rfind(&**sign) {
                    from += at + sign.len();
                }
                continue;
            }
            Op::Strip(start) => {
                if text.starts_with(&**start) {
                    from += start.len();
                }
                continue;
            }
            Op::Trim(signs) => {
                let left = text.trim_start_matches(|c| signs.contains(c));
                from = to - left.len();
                to = from + left.trim_end_matches(|c| signs.contains(c)).len();
                continue;
            }
            Op::Unless(these) => {
                if these.iter().any(|t| **t == *text) {
                    return None;
                }
                continue;
            }
            Op::Prefix(front) => format!("{front}{text}"),
            Op::Table(table, other) => {
                match table.iter().find(|(k, _)| **k == *text).map(|(_, v)| v).or(other.as_ref()) {
                    Some(value) if &**value == "*" => continue,
                    Some(value) => value.to_string(),
                    None => return None,
                }
            }
            Op::Times(unit) => {
                let n: f64 = text.trim().parse().ok()?;
                return (n.abs() * unit < 9e18).then(|| Leaf::Int((n * unit).round() as i64));
            }
            Op::Ip => {
                if !is_ip(text.as_bytes()) {
                    return None;
                }
                continue;
            }
            Op::Hex => {
                let digits = text.trim_start_matches("0x").trim_start_matches("0X");
                return i64::from_str_radix(digits, 16).ok().map(Leaf::Int);
            }
        };
        *work = made;
        (from, to) = (0, work.len());
    }
    Some(Leaf::Text(&work[from..to]))
}

/// The elements of a value that a table made of one.
pub fn parts(leaf: Leaf<'_>) -> impl Iterator<Item = Leaf<'_>> {
    let (text, other) = match leaf {
        Leaf::Text(text) => (Some(text), None),
        other => (None, Some(other)),
    };
    text.into_iter().flat_map(|t| t.split(MULTI)).map(Leaf::Text).chain(other)
}

fn slug(text: &str, sign: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with(sign) && !out.is_empty() {
            out.push(sign);
        }
    }
    out.truncate(out.trim_end_matches(sign).len());
    out
}

fn snake(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = '_';
    for c in text.chars() {
        if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('_') {
            out.push('_');
        }
        before = c;
    }
    out
}

/// A whole number, also as text, in hexadecimal or with a fraction of zero.
#[must_use]
pub fn whole(leaf: Leaf<'_>) -> Option<i64> {
    match leaf {
        Leaf::Int(n) => Some(n),
        Leaf::Float(x) if x.abs() < 9e15 => Some(x as i64),
        Leaf::Text(text) => {
            let text = text.trim();
            match text.strip_prefix("0x") {
                Some(hex) => i64::from_str_radix(hex, 16).ok(),
                None => text.parse().ok(),
            }
        }
        _ => None,
    }
}

/// A time as JSON writes it: text, a number of seconds to nanoseconds, or such a number as text.
pub fn stamp(ctx: &ParseContext, value: Leaf<'_>) -> Option<Stamp> {
    // Small numbers are durations, counters or years.
    let epoch = |n: i64| if n.unsigned_abs() < 100_000_000 { None } else { ctx.epoch(n) };
    match value {
        Leaf::Int(n) => epoch(n),
        Leaf::Float(x) if x.abs() >= 1e8 => ctx.epoch_f64(x),
        Leaf::Text(text) => {
            let text = text.trim();
            // .NET: /Date(1600000000000)/ and /Date(1600000000000+0000)/
            let text = match text.strip_prefix("/Date(").and_then(|t| t.strip_suffix(")/")) {
                Some(inner) => &inner[..inner.find(['+', '-']).filter(|n| *n > 0).unwrap_or(inner.len())],
                None => text,
            };
            if let Some(first) = text.bytes().next() {
                let numeric = first.is_ascii_digit() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                if numeric && text.len() >= 9 && !(text.len() == 14 && text.starts_with("20")) {
                    let found = match text.parse::<i64>() {
                        Ok(n) => epoch(n),
                        Err(_) => {
                            text.parse().ok().filter(|x: &f64| x.abs() >= 1e8).and_then(|x| ctx.epoch_f64(x))
                        }
                    };
                    if found.is_some() {
                        return found;
                    }
                }
            }
            ctx.stamp(text.as_bytes())
        }
        _ => None,
    }
}

/// A level by name, or by the numbers of bunyan, pino and Python (10 to 60).
pub fn level(fields: &mut Fields, leaf: Leaf<'_>) {
    match leaf {
        Leaf::Text(text) => match severity::level(text.trim().as_bytes()) {
            Some(level) => fields.text(known::LOG_LEVEL, level),
            None => match text.trim().parse() {
                Ok(n) => level(fields, Leaf::Int(n)),
                Err(_) => {
                    let lower = text.trim().to_ascii_lowercase();
                    // Words for how grave a finding is.
                    let level = match lower.as_str() {
                        "low" => "notice",
                        "medium" | "moderate" => "warning",
                        "high" => "error",
                        "informational" => "info",
                        other => other,
                    };
                    fields.text(known::LOG_LEVEL, level);
                }
            },
        },
        // Others have no agreed meaning.
        Leaf::Int(n @ 10..=69) => {
            let names = ["trace", "debug", "info", "warning", "error", "critical"];
            fields.text(known::LOG_LEVEL, names[(n / 10 - 1) as usize]);
        }
        _ => {}
    }
}

/// An outcome in any words; false when it is none.
pub fn outcome(fields: &mut Fields, leaf: Leaf<'_>) -> bool {
    let found = match leaf {
        Leaf::Text("unknown") => Some("unknown"),
        Leaf::Text(text) => outcomes::of(text.trim().as_bytes()),
        Leaf::Bool(true) => Some("success"),
        Leaf::Bool(false) => Some("failure"),
        _ => None,
    };
    if let Some(found) = found {
        fields.text(known::EVENT_OUTCOME, found);
    }
    found.is_some()
}

/// `192.0.2.1:443` and `[2001:db8::1]:443` in two.
#[must_use]
pub fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (host, Some(port))
        }
        _ => (text, None),
    }
}

/// One end of a connection, or a machine's addresses.
#[derive(Debug)]
pub struct End {
    known: Option<entities::End>,
    address: Slot,
    ip: Slot,
    port: Slot,
    domain: Slot,
    host: bool,
}

impl End {
    /// By the name of its fields (`source`).
    #[must_use]
    pub fn new(name: &str, numbers: &mut Numbering) -> Self {
        let name = name.trim_end_matches(".ip");
        let known = match name {
            "source" => Some(SOURCE),
            "destination" => Some(DESTINATION),
            _ => None,
        };
        let mut slot = |part: &str| numbers.slot(&format!("{name}.{part}"));
        let host = name == "host";
        Self {
            known,
            address: slot("address"),
            ip: slot("ip"),
            port: slot("port"),
            domain: slot("domain"),
            host,
        }
    }

    /// Writes an address or a name, and the port that stands behind it.
    pub fn put(&self, fields: &mut Fields, ids: &mut Ids, out: &mut dyn Sink, leaf: Leaf<'_>, only_ip: bool) {
        let Leaf::Text(text) = leaf else { return };
        let text = text.trim();
        let (host, port) = split_port(text);
        let host = host.split_once('%').map_or(host, |(h, _)| h);
        let ip = is_ip(host.as_bytes());
        if !ip && only_ip || text.is_empty() {
            return;
        }
        if self.host {
            if let (true, Some(id)) = (ip, ids.id(self.ip, out)) {
                fields.text(id, host);
            }
            return;
        }
        let end = self.known.or_else(|| {
            Some(entities::End {
                address: ids.id(self.address, out)?,
                ip: ids.id(self.ip, out)?,
                port: ids.id(self.port, out)?,
            })
        });
        let Some(end) = end else { return };
        let host = if ip || port.is_some() { host } else { text };
        end.host(fields, host.as_bytes());
        if !ip
            && let Some(id) = ids.id(self.domain, out)
            && host.contains('.')
            && !host.contains([' ', '/'])
        {
            fields.text(id, host);
        }
        if let Some(port) = port {
            end.port(fields, port.as_bytes());
        }
    }
}

/// An address on the web and its parts.
#[derive(Debug)]
pub struct Url {
    full: Slot,
    scheme: Slot,
    port: Slot,
}

impl Url {
    /// The fields `url.*`.
    #[must_use]
    pub fn new(numbers: &mut Numbering) -> Self {
        Self {
            full: numbers.slot("url.full"),
            scheme: numbers.slot("url.scheme"),
            port: numbers.slot("url.port"),
        }
    }

    /// Writes it whole and in parts.
    pub fn put(&self, fields: &mut Fields, ids: &mut Ids, out: &mut dyn Sink, leaf: Leaf<'_>) {
        let Leaf::Text(text) = leaf else { return };
        let text = text.trim();
        fields.text(known::URL_ORIGINAL, text);
        let mut rest = text;
        if let Some((scheme, behind)) = text.split_once("://")
            && scheme.len() < 12
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        {
            let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
            let host = &behind[..end];
            let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
            let (name, port) = split_port(host);
            for (slot, value) in [(self.full, text), (self.scheme, scheme)] {
                if let Some(id) = ids.id(slot, out) {
                    fields.text(id, value);
                }
            }
            fields.text(known::URL_DOMAIN, name);
            if let (Some(port), Some(id)) = (port.and_then(|p| p.parse().ok()), ids.id(self.port, out)) {
                fields.int(id, port);
            }
            rest = &behind[end..];
        }
        let rest = rest.split_once('#').map_or(rest, |(r, _)| r);
        let (path, query) = rest.split_once('?').map_or((rest, None), |(p, q)| (p, Some(q)));
        if path.starts_with('/') {
            fields.text(known::URL_PATH, path);
        }
        if let Some(query) = query {
            fields.text(known::URL_QUERY, query);
        }
    }
}

/// An account as directories write it.
#[derive(Debug)]
pub struct User {
    name: Slot,
    domain: Slot,
    email: Slot,
}

impl User {
    /// By the name of its fields (`user`, `user.target`).
    #[must_use]
    pub fn new(prefix: &str, numbers: &mut Numbering) -> Self {
        let mut slot = |part: &str| numbers.slot(&format!("{prefix}.{part}"));
        Self { name: slot("name"), domain: slot("domain"), email: slot("email") }
    }

    /// Writes `name`, `DOMAIN\name` or `name@domain` in its parts.
    pub fn put(&self, fields: &mut Fields, ids: &mut Ids, out: &mut dyn Sink, leaf: Leaf<'_>) {
        let Leaf::Text(text) = leaf else {
            if let Some(id) = ids.id(self.name, out) {
                give(fields, id, leaf);
            }
            return;
        };
        let mut put = |slot: Slot, value: &str| {
            if let (false, Some(id)) = (value.is_empty(), ids.id(slot, out)) {
                fields.text(id, value);
            }
        };
        let text = text.trim();
        if let Some((domain, name)) = text.split_once('\\')
            && !name.is_empty()
        {
            put(self.name, name.trim_start_matches('\\'));
            put(self.domain, domain);
        } else if let Some((name, domain)) = text.rsplit_once('@')
            && !name.is_empty()
            && domain.contains('.')
        {
            put(self.email, text);
            put(self.name, name);
            put(self.domain, domain);
        } else {
            put(self.name, text);
        }
    }
}

/// Numbers of fields that the guesses of unknown JSON write.
pub fn number(fields: &mut Fields, id: FieldId, leaf: Leaf<'_>) {
    if let Some(n) = whole(leaf) {
        fields.int(id, n);
    }
}
