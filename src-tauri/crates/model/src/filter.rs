//! What selects events. The semantics are pinned here, in [`Filter::matches`], and every engine
//! must agree with it:
//!
//! - Text compares without regard to ASCII case, as analysts expect of user and host names.
//! - Numbers and texts compare both ways: `404` finds the number 404 and the text `404`.
//! - Missing is not empty: only `not` and `Exists` see a missing field, no comparison holds for it.
//! - A list satisfies what any of its elements satisfies.
//! - A raw search looks for the bytes of the text anywhere in the raw record.

use crate::event::{Event, EventId};
use crate::field::virtual_field;
use crate::time::TimeRange;
use crate::value::{MULTI, Value};
use ipnet::IpNet;
use std::net::IpAddr;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Smaller than.
    Lt,
    /// Smaller than or equal to.
    Le,
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Ge,
}

impl Op {
    /// Whether `left OP right` holds for an ordering of the two.
    #[must_use]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }
}

/// A text with `*` for any characters. Build it with [`Pattern::exact`] or [`Pattern::wild`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The literal pieces between the stars, in ASCII lower case; one piece means no star.
    pieces: Vec<String>,
    /// As it was written, for showing.
    written: Vec<String>,
}

impl Pattern {
    /// Matches this text alone; a star in it is a star.
    #[must_use]
    pub fn exact(text: &str) -> Self {
        Self { pieces: vec![text.to_ascii_lowercase()], written: vec![text.to_owned()] }
    }

    /// Made of literal pieces with a star between each two (`["", "wp-login", ""]` is `*wp-login*`).
    /// No pieces at all would match nothing but the empty text.
    #[must_use]
    pub fn wild(pieces: Vec<String>) -> Self {
        let written = if pieces.is_empty() { vec![String::new()] } else { pieces };
        Self { pieces: written.iter().map(|p| p.to_ascii_lowercase()).collect(), written }
    }

    /// `*text*`.
    #[must_use]
    pub fn containing(text: &str) -> Self {
        Self::wild(vec![String::new(), text.to_owned(), String::new()])
    }

    /// The literal pieces as written; one piece means no star.
    #[must_use]
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// The text, where the pattern has no star.
    #[must_use]
    pub fn as_exact(&self) -> Option<&str> {
        match &self.written[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether a whole text matches, without regard to ASCII case.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.is_match_bytes(text.as_bytes())
    }

    /// [`Pattern::is_match`] on bytes.
    #[must_use]
    pub fn is_match_bytes(&self, text: &[u8]) -> bool {
        let Some((first, rest)) = self.pieces.split_first() else { return text.is_empty() };
        let Some((last, middle)) = rest.split_last() else {
            return text.eq_ignore_ascii_case(first.as_bytes());
        };
        if text.len() < first.len() + last.len()
            || !text[..first.len()].eq_ignore_ascii_case(first.as_bytes())
            || !text[text.len() - last.len()..].eq_ignore_ascii_case(last.as_bytes())
        {
            return false;
        }
        let mut left = &text[first.len()..text.len() - last.len()];
        for piece in middle {
            match find_ignore_case(left, piece.as_bytes()) {
                Some(at) => left = &left[at + piece.len()..],
                None => return false,
            }
        }
        true
    }

    /// Whether any element of a (possibly listed) text matches.
    #[must_use]
    pub fn is_match_any(&self, text: &str) -> bool {
        if text.contains(MULTI) { text.split(MULTI).any(|t| self.is_match(t)) } else { self.is_match(text) }
    }
}

/// Where `needle` (ASCII lower case) begins in `hay` without regard to ASCII case.
#[must_use]
pub fn find_ignore_case(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let Some(&first) = needle.first() else { return Some(0) };
    let upper = first.to_ascii_uppercase();
    let mut from = 0;
    while hay.len() - from >= needle.len() {
        let at = from + memchr::memchr2(first, upper, &hay[from..=hay.len() - needle.len()])?;
        if hay[at..at + needle.len()].eq_ignore_ascii_case(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// A condition on events. `field` is a name of a column or of [`virtual_field`].
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every event.
    All,
    /// All of these hold; of none, every event.
    And(Vec<Filter>),
    /// Any of these holds; of none, no event.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// The field is there. A name that ends in `.*` means any field below it.
    Exists(String),
    /// The field's value matches the pattern.
    Match {
        /// The field.
        field: String,
        /// The pattern; without a star it compares numbers as numbers.
        pattern: Pattern,
    },
    /// The field's value is one of these, compared as by `Match` without stars.
    In {
        /// The field.
        field: String,
        /// The values; for numbers their decimal text.
        values: Vec<String>,
    },
    /// The field is an address inside the network (an IPv4 address mapped into IPv6 counts as IPv4).
    Cidr {
        /// The field.
        field: String,
        /// The network.
        net: IpNet,
    },
    /// The field's value compares so. Numbers with numbers, addresses with addresses, else by bytes.
    Compare {
        /// The field.
        field: String,
        /// How.
        op: Op,
        /// With what.
        value: Value,
    },
    /// The event's time is in the range.
    Time(TimeRange),
    /// The event is one of these.
    Ids(Vec<EventId>),
    /// The raw record contains a match: each piece between stars, in order, anywhere in it.
    Raw(Pattern),
}

impl Filter {
    /// `field` is exactly `value` (ASCII case aside).
    #[must_use]
    pub fn is(field: &str, value: &str) -> Self {
        Self::Match { field: field.to_owned(), pattern: Pattern::exact(value) }
    }

    /// `field` is one of `values`.
    #[must_use]
    pub fn any_of(field: &str, values: &[&str]) -> Self {
        Self::In { field: field.to_owned(), values: values.iter().map(|v| (*v).to_owned()).collect() }
    }

    /// `field` is there.
    #[must_use]
    pub fn exists(field: &str) -> Self {
        Self::Exists(field.to_owned())
    }

    /// Both hold; flattens and drops `All`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut parts = Vec::new();
        for side in [self, other] {
            match side {
                Self::All => {}
                Self::And(inner) => parts.extend(inner),
                one => parts.push(one),
            }
        }
        match parts.len() {
            0 => Self::All,
            1 => parts.remove(0),
            _ => Self::And(parts),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// The names of the fields that it looks at.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.visit(&mut |f| {
            if let Self::Exists(field)
            | Self::Match { field, .. }
            | Self::In { field, .. }
            | Self::Cidr { field, .. }
            | Self::Compare { field, .. } = f
            {
                names.push(field.as_str());
            }
        });
        names
    }

    fn visit<'f>(&'f self, see: &mut impl FnMut(&'f Self)) {
        see(self);
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|p| p.visit(see)),
            Self::Not(inner) => inner.visit(see),
            _ => {}
        }
    }

    /// Whether the filter looks at raw records: those are dear to read.
    #[must_use]
    pub fn needs_raw(&self) -> bool {
        let mut raw = false;
        self.visit(&mut |f| raw |= matches!(f, Self::Raw(_)));
        raw
    }

    /// The reference semantics, one event at a time; `event` must carry all fields and, where
    /// [`Filter::needs_raw`], its raw record. The virtual fields `source`, `line`, `offset` and
    /// `@timestamp` are answered from the event, `log.file.path` is taken from its fields.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|p| p.matches(event)),
            Self::Or(parts) => parts.iter().any(|p| p.matches(event)),
            Self::Not(inner) => !inner.matches(event),
            Self::Exists(field) => match field.strip_suffix(".*") {
                Some(stem) => event.fields.iter().any(|(n, _)| below(stem, n)),
                None => value_of(event, field).is_some(),
            },
            Self::Match { field, pattern } => {
                value_of(event, field).is_some_and(|v| match_value(pattern, &v))
            }
            Self::In { field, values } => value_of(event, field)
                .is_some_and(|v| values.iter().any(|text| match_value(&Pattern::exact(text), &v))),
            Self::Cidr { field, net } => value_of(event, field).is_some_and(|v| match &v {
                Value::Text(text) => text.split(MULTI).any(|t| in_net(net, t)),
                _ => false,
            }),
            Self::Compare { field, op, value } => {
                value_of(event, field).is_some_and(|v| compare(&v, *op, value))
            }
            Self::Time(range) => range.holds(event.time_ns.unwrap_or(crate::time::NO_TIME)),
            Self::Ids(ids) => ids.contains(&event.id),
            Self::Raw(pattern) => event.raw.as_deref().is_some_and(|raw| match_raw(pattern, raw)),
        }
    }
}

/// Whether `name` is `stem` itself or a name below it.
#[must_use]
pub fn below(stem: &str, name: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn value_of(event: &Event, field: &str) -> Option<Value> {
    match field {
        virtual_field::TIMESTAMP => event.time_ns.map(Value::Int),
        virtual_field::SOURCE => Some(Value::Int(i64::from(event.id.source()))),
        virtual_field::LINE => i64::try_from(event.line).ok().map(Value::Int),
        virtual_field::OFFSET => i64::try_from(event.offset).ok().map(Value::Int),
        name => event.get(name).cloned(),
    }
}

/// Whether a value matches a pattern: texts by [`Pattern::is_match_any`]; numbers by value when the
/// pattern is a number without stars, else by their decimal text.
#[must_use]
pub fn match_value(pattern: &Pattern, value: &Value) -> bool {
    match value {
        Value::Text(text) => pattern.is_match_any(text),
        number => {
            let wanted = pattern.as_exact().and_then(|t| t.parse::<f64>().ok());
            match (wanted, number) {
                (Some(x), Value::Int(n)) => x == *n as f64,
                (Some(x), Value::Float(y)) => x == *y,
                _ => pattern.is_match(&number.show()),
            }
        }
    }
}

/// Whether a raw record contains the pieces in order.
#[must_use]
pub fn match_raw(pattern: &Pattern, raw: &[u8]) -> bool {
    let mut left = raw;
    pattern.pieces.iter().all(|piece| match find_ignore_case(left, piece.as_bytes()) {
        Some(at) => {
            left = &left[at + piece.len()..];
            true
        }
        None => false,
    })
}

/// Whether a text is an address inside a network; `::ffff:10.0.0.1` is `10.0.0.1`.
#[must_use]
pub fn in_net(net: &IpNet, text: &str) -> bool {
    text.parse::<IpAddr>().is_ok_and(|ip| net.contains(&ip.to_canonical()))
}

/// Whether `left OP right` holds. Both are compared as numbers where both are or read as numbers, as
/// addresses where both read as addresses, else as texts by bytes.
#[must_use]
pub fn compare(left: &Value, op: Op, right: &Value) -> bool {
    match left {
        Value::Text(text) if text.contains(MULTI) => {
            text.split(MULTI).any(|t| compare(&Value::Text(t.to_owned()), op, right))
        }
        _ => compare_one(left, op, right),
    }
}

fn compare_one(left: &Value, op: Op, right: &Value) -> bool {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return op.holds(a.cmp(b));
    }
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        return a.partial_cmp(&b).is_some_and(|o| op.holds(o));
    }
    let (a, b) = (left.show(), right.show());
    match (a.parse::<IpAddr>(), b.parse::<IpAddr>()) {
        (Ok(a), Ok(b)) => op.holds(a.to_canonical().cmp(&b.to_canonical())),
        _ => op.holds(a.cmp(&b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        let wild = Pattern::wild(vec![String::new(), "wp-login".into(), String::new()]);
        assert!(wild.is_match("/blog/WP-Login.php"));
        assert!(!wild.is_match("/wp-admin"));
        let ends = Pattern::wild(vec!["/a".into(), "a.php".into()]);
        assert!(ends.is_match("/aa.php") && !ends.is_match("/a.php"), "the two ends do not share characters");
        assert!(Pattern::exact("ROOT").is_match("root"));
        assert!(Pattern::exact("b").is_match_any("a\u{1e}b"));
    }

    #[test]
    fn find_ignores_case_and_ends_in_time() {
        assert_eq!(find_ignore_case(b"xxAbC", b"abc"), Some(2));
        assert_eq!(find_ignore_case(b"ab", b"abc"), None);
        assert_eq!(find_ignore_case(b"", b""), Some(0));
    }

    #[test]
    fn values_compare_as_what_they_are() {
        assert!(compare(&Value::from("10"), Op::Gt, &Value::Int(9)));
        assert!(compare(&Value::from("10.0.0.9"), Op::Lt, &Value::from("10.0.0.10")));
        assert!(compare(&Value::from("b"), Op::Gt, &Value::from("a")));
        assert!(in_net(&"10.0.0.0/8".parse().unwrap_or_else(|_| unreachable!()), "::ffff:10.1.2.3"));
    }
}
