//! [`Filter`] to text that [`super::parse`] reads back to the same meaning.

use super::names_events;
use super::parse::network;
use crate::field::virtual_field::TIMESTAMP;
use crate::filter::{Filter, Op, Pattern};
use crate::time::{TimeRange, rfc3339};
use crate::value::Value;

/// No event at all.
const NOTHING: &str = "not *";

/// The canonical text of a filter; empty for every event.
#[must_use]
pub fn render(filter: &Filter) -> String {
    if is_all(filter) {
        return String::new();
    }
    text(filter, Place::Top)
}

/// A value as it stands after `:`: bare where that is safe, else in quotes. Never has another meaning than
/// the text itself, whatever is in it.
#[must_use]
pub fn quote(value: &str) -> String {
    if network(value).is_some() {
        // In quotes it would still be a network at an address field.
        return value.replace('/', "\\/").replace(':', "\\:");
    }
    if is_bare(value) { value.to_owned() } else { quoted(value) }
}

/// Where a piece of text stands, and so whether it needs parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    InOr,
    InAnd,
    InNot,
}

fn is_all(filter: &Filter) -> bool {
    match filter {
        Filter::All => true,
        Filter::And(parts) => parts.iter().all(is_all),
        Filter::Time(range) => range.is_all(),
        _ => false,
    }
}

fn text(filter: &Filter, place: Place) -> String {
    let wrap = |inner: String, needed: bool| if needed { format!("({inner})") } else { inner };
    match filter {
        f if is_all(f) => "*".to_owned(),
        Filter::All => "*".to_owned(),
        Filter::And(parts) | Filter::Or(parts) if parts.len() == 1 => text(&parts[0], place),
        Filter::And(parts) => {
            let inner: Vec<String> = parts.iter().map(|p| text(p, Place::InAnd)).collect();
            wrap(inner.join(" and "), matches!(place, Place::InNot | Place::InAnd))
        }
        Filter::Or(parts) if parts.is_empty() => wrap(NOTHING.to_owned(), place == Place::InNot),
        Filter::Or(parts) => {
            let inner: Vec<String> = parts.iter().map(|p| text(p, Place::InOr)).collect();
            wrap(inner.join(" or "), place != Place::Top)
        }
        Filter::Not(inner) => format!("not {}", text(inner, Place::InNot)),
        Filter::Exists(field) => match field.strip_suffix(".*").filter(|stem| is_bare_field(stem)) {
            Some(stem) => format!("{stem}.* : *"),
            None => format!("{} : *", name(field)),
        },
        Filter::Match { field, pattern } => matched(field, pattern),
        Filter::In { values, .. } if values.is_empty() => wrap(NOTHING.to_owned(), place == Place::InNot),
        Filter::In { field, values } => {
            let values: Vec<String> = values.iter().map(|v| literal(field, v)).collect();
            match &values[..] {
                [only] => format!("{} : {only}", name(field)),
                many => format!("{} : ({})", name(field), many.join(" or ")),
            }
        }
        Filter::Cidr { field, net } => format!("{} : {net}", name(field)),
        Filter::Compare { field, op, value } => compared(field, *op, value, place),
        Filter::Time(range) => between(*range, place),
        Filter::Ids(ids) => match &ids[..] {
            [] => wrap(NOTHING.to_owned(), place == Place::InNot),
            [only] => format!("event.id : {}", only.0),
            many => {
                let ids: Vec<String> = many.iter().map(|id| id.0.to_string()).collect();
                format!("event.id : ({})", ids.join(" or "))
            }
        },
        Filter::Raw(pattern) => match pattern.as_exact() {
            Some(word) if is_bare(word) => word.to_owned(),
            Some(phrase) => quoted(phrase),
            None => starred(pattern),
        },
    }
}

fn between(range: TimeRange, place: Place) -> String {
    let from = range.from_ns.map(|ns| format!("{TIMESTAMP} >= \"{}\"", rfc3339(ns)));
    let to = range.to_ns.map(|ns| format!("{TIMESTAMP} < \"{}\"", rfc3339(ns)));
    match (from, to) {
        (Some(from), Some(to)) if place == Place::InNot => format!("({from} and {to})"),
        (Some(from), Some(to)) => format!("{from} and {to}"),
        (one, other) => one.or(other).unwrap_or_else(|| "*".to_owned()),
    }
}

fn compared(field: &str, op: Op, value: &Value, place: Place) -> String {
    if field == TIMESTAMP
        && let Value::Int(ns) = value
    {
        let next = ns.saturating_add(1);
        let (from_ns, to_ns) = match op {
            Op::Ge => (Some(*ns), None),
            Op::Gt => (Some(next), None),
            Op::Lt => (None, Some(*ns)),
            Op::Le => (None, Some(next)),
        };
        return between(TimeRange { from_ns, to_ns }, place);
    }
    let sign = match op {
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        Op::Ge => ">=",
    };
    let value = match value {
        Value::Int(n) => n.to_string(),
        // Debug keeps the point: 1.0 stays a number with a fraction.
        Value::Float(x) if x.is_finite() => format!("{x:?}"),
        Value::Float(x) => quoted(&x.to_string()),
        Value::Text(t) => quoted(t),
    };
    format!("{} {sign} {value}", name(field))
}

fn matched(field: &str, pattern: &Pattern) -> String {
    match pattern.as_exact() {
        Some(text) => format!("{} : {}", name(field), literal(field, text)),
        // One star alone asks for existence, which for a name ending in `.*` is another question.
        None if pattern.written().iter().all(String::is_empty) => format!("{} : **", name(field)),
        None => format!("{} : {}", name(field), starred(pattern)),
    }
}

/// A value of a field; a number at a field of event numbers needs quotes to stay a text.
fn literal(field: &str, value: &str) -> String {
    match value.parse::<u64>() {
        Ok(number) if names_events(field, number) => quoted(value),
        _ => quote(value),
    }
}

fn starred(pattern: &Pattern) -> String {
    pattern.written().iter().map(|p| escaped(p)).collect::<Vec<_>>().join("*")
}

/// A piece of an unquoted word.
fn escaped(piece: &str) -> String {
    let mut out = String::new();
    for c in piece.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 || c == '\u{7f}' || (c.is_whitespace() && c != ' ') => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c if is_plain(c) || (c.is_alphanumeric()) => out.push(c),
            c if c.is_ascii() => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn name(field: &str) -> String {
    if is_bare_field(field) { field.to_owned() } else { quoted(field) }
}

fn is_bare_field(field: &str) -> bool {
    is_bare(field)
}

/// Whether a text may stand without quotes and mean itself.
fn is_bare(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || is_plain(c) || (c.is_alphabetic() && !c.is_ascii()))
        && !["and", "or", "not"].iter().any(|k| text.eq_ignore_ascii_case(k))
        && !text.starts_with('-')
        && text.chars().any(|c| c.is_alphanumeric())
}

/// Punctuation without a meaning in a query.
fn is_plain(c: char) -> bool {
    matches!(c, '_' | '.' | '@' | '/' | '-' | '+' | '%' | '#' | '~' | '$' | ',' | ';')
}
