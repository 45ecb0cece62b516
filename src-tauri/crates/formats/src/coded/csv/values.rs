//! What a cell looks like, whatever its column is called.

use crate::normalise::entities::is_ip;
use crate::normalise::time::{numbers, shapes};

/// The look of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A date and a time of day.
    Time,
    /// A date alone.
    Date,
    /// A time of day alone.
    Clock,
    /// A number that is seconds (or finer) since 1970, or a FILETIME and the like, by its size.
    Count,
    /// An address.
    Address,
    /// Another number.
    Number,
    /// A text of JSON.
    Json,
    /// Any other text.
    Text,
}

impl Kind {
    /// Whether it says something of its column.
    pub fn says(self) -> bool {
        !matches!(self, Self::Text | Self::Json)
    }
}

/// What a value looks like.
pub fn kind(value: &[u8]) -> Kind {
    let value = value.trim_ascii();
    let Some(first) = value.first() else { return Kind::Text };
    if matches!(first, b'{' | b'[') && matches!(value.last(), Some(b'}' | b']')) && value.len() > 1 {
        return if bracketed_time(value).is_some() { Kind::Time } else { Kind::Json };
    }
    if is_ip(value) {
        return Kind::Address;
    }
    if let Some(written) = shapes::at_start(value).filter(|w| whole(value, w.len)) {
        return match written.date {
            shapes::Date::Epoch(_) => Kind::Count,
            _ if written.timed => Kind::Time,
            _ if value.len() > 7 && !value.iter().all(u8::is_ascii_digit) => Kind::Date,
            _ => Kind::Number,
        };
    }
    if shapes::clock_at_start(value).is_some_and(|w| whole(value, w.len)) {
        return Kind::Clock;
    }
    if numbers::whole(value).is_some() {
        return Kind::Count;
    }
    if numbers::Decimal::parse(value).is_some() { Kind::Number } else { Kind::Text }
}

/// The inside of `[30/Oct/2025:12:00:00 +0100]` or `[2025-10-30 12:00:00]`.
pub fn bracketed_time(value: &[u8]) -> Option<&[u8]> {
    let inside = value.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let written = shapes::at_start(inside)?;
    (written.timed && written.len == inside.len()).then_some(inside)
}

/// Whether a time takes up all of a value; a comment in brackets may follow (`(PDT)`).
fn whole(value: &[u8], len: usize) -> bool {
    let rest = &value[len..];
    rest.is_empty() || (rest.starts_with(b" (") && rest.ends_with(b")"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_look_like_what_they_are() {
        let check = |text: &str, expect: Kind| assert_eq!(kind(text.as_bytes()), expect, "{text}");
        check("2026-03-10 02:13:04", Kind::Time);
        check("[2026-03-10 02:13:04]", Kind::Time);
        check("10/03/2026", Kind::Date);
        check("02:13:04.5 PM", Kind::Clock);
        check("1700000000", Kind::Count);
        check("133486382451234567", Kind::Count);
        check("192.0.2.1", Kind::Address);
        check("2001:db8::1", Kind::Address);
        check("-17.5", Kind::Number);
        check("20260310", Kind::Number);
        check("{\"a\":1}", Kind::Json);
        check("[1]", Kind::Json);
        check("a, b", Kind::Text);
        check("", Kind::Text);
    }
}
