//! What a rule says of one value: wildcard texts, regular expressions, networks, comparisons. Values are texts, as
//! columns show them; a number in a rule and a text in a log that reads as it are the same, and the other way round.
//! Which column the value comes from is [`super::fields`]'s.

use ipnet::IpNet;
use regex::{Regex, RegexBuilder};
use std::net::{IpAddr, Ipv6Addr};
use timberline_model::value::MULTI;

/// The greatest size of a compiled regular expression of a rule, in bytes.
const REGEX_SIZE: usize = 4 << 20;

/// How a number must stand to the rule's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Less.
    Less,
    /// Less or the same.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or the same.
    AtLeast,
}

/// Which part of a time is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    Day,
    /// ISO week, 1 to 53.
    Week,
    /// 1 to 12.
    Month,
    /// With the century.
    Year,
}

/// One test of one value.
#[derive(Clone, Debug)]
pub enum Test {
    /// Pieces of text with anything between them.
    Wild(Wild),
    /// A regular expression, not anchored.
    Regex(Regex),
    /// An address in a network.
    Cidr(IpNet),
    /// A number in an order.
    Number(Order, f64),
    /// A part of a time.
    Time(TimePart, i64),
}

/// A text with wildcards: `pieces` in this order, anchored at the ends where `open` says no.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wild {
    pieces: Vec<Piece>,
    /// Whether upper and lower case differ.
    cased: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Piece {
    /// This text (in lower case unless cased).
    Text(Box<str>),
    /// Any characters, or none.
    Any,
    /// One character.
    One,
}

/// A part of a text as a rule writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// `*`.
    Any,
    /// `?`.
    One,
}

impl Wild {
    /// From parts; neighbouring texts are joined.
    #[must_use]
    pub fn new(parts: &[Part], cased: bool) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for part in parts {
            match (part, pieces.last_mut()) {
                (Part::Text(t), _) if t.is_empty() => {}
                (Part::Text(t), Some(Piece::Text(last))) => {
                    *last = format!("{last}{}", fold(t, cased)).into();
                }
                (Part::Text(t), _) => pieces.push(Piece::Text(fold(t, cased).into())),
                (Part::Any, Some(Piece::Any)) => {}
                (Part::Any, _) => pieces.push(Piece::Any),
                (Part::One, _) => pieces.push(Piece::One),
            }
        }
        Self { pieces, cased }
    }

    /// The longest text that every match holds, in lower case; `None` where there is none.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        let texts = self.pieces.iter().filter_map(|p| match p {
            Piece::Text(t) => Some(t),
            Piece::Any | Piece::One => None,
        });
        texts.max_by_key(|t| t.len()).map(|t| t.to_ascii_lowercase())
    }

    /// The whole text, where there is no wildcard in it.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(t)] => Some(t),
            _ => None,
        }
    }

    /// Whether a text matches. Backtracks to the last `*` only, so it takes at most text times pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let folded;
        let text = if self.cased || !text.bytes().any(|b| b.is_ascii_uppercase()) {
            text
        } else {
            folded = text.to_ascii_lowercase();
            &folded
        };
        let (mut at, mut piece) = (0, 0);
        // Behind the last `*`: which piece, and from where in the text it is tried next.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let step = match self.pieces.get(piece) {
                None if at == text.len() => return true,
                None => None,
                Some(Piece::Any) => {
                    if piece + 1 == self.pieces.len() {
                        return true;
                    }
                    retry = Some((piece + 1, at));
                    piece += 1;
                    continue;
                }
                Some(Piece::One) => text[at..].chars().next().map(char::len_utf8),
                Some(Piece::Text(t)) => text[at..].starts_with(&**t).then_some(t.len()),
            };
            match (step, retry) {
                (Some(len), _) => {
                    at += len;
                    piece += 1;
                }
                (None, Some((from, tried))) => {
                    let next = match self.pieces.get(from) {
                        Some(Piece::Text(t)) => {
                            let start = tried + text[tried..].chars().next().map_or(1, char::len_utf8);
                            text.get(start..).and_then(|rest| rest.find(&**t)).map(|n| start + n)
                        }
                        _ => text[tried..].chars().next().map(|c| tried + c.len_utf8()),
                    };
                    let Some(next) = next.filter(|n| *n <= text.len()) else { return false };
                    retry = Some((from, next));
                    (at, piece) = (next, from);
                }
                (None, None) => return false,
            }
        }
    }
}

fn fold(text: &str, cased: bool) -> String {
    if cased { text.to_owned() } else { text.to_ascii_lowercase() }
}

impl Test {
    /// A regular expression with flags.
    ///
    /// # Errors
    /// When it does not compile, or grows too large.
    pub fn regex(pattern: &str, ignore_case: bool, multi_line: bool, dot_all: bool) -> Result<Self, String> {
        RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .multi_line(multi_line)
            .dot_matches_new_line(dot_all)
            .size_limit(REGEX_SIZE)
            .build()
            .map(Self::Regex)
            .map_err(|why| why.to_string().lines().last().unwrap_or("it does not compile").to_owned())
    }

    /// A network; a lone address is the network of itself.
    ///
    /// # Errors
    /// When it is none.
    pub fn cidr(text: &str) -> Result<Self, String> {
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.map(Self::Cidr).map_err(|_| format!("{text} is no network"))
    }

    /// Whether a value passes; of a list one element must.
    #[must_use]
    pub fn passes(&self, value: &str) -> bool {
        if value.contains(MULTI) { value.split(MULTI).any(|v| self.one(v)) } else { self.one(value) }
    }

    fn one(&self, value: &str) -> bool {
        match self {
            Self::Wild(wild) => wild.matches(value),
            Self::Regex(regex) => regex.is_match(value),
            Self::Cidr(net) => address(value).is_some_and(|ip| net.contains(&ip)),
            Self::Number(order, limit) => value.trim().parse::<f64>().is_ok_and(|n| match order {
                Order::Less => n < *limit,
                Order::AtMost => n <= *limit,
                Order::Greater => n > *limit,
                Order::AtLeast => n >= *limit,
            }),
            Self::Time(part, wanted) => time_part(value, *part) == Some(*wanted),
        }
    }
}

/// An address; IPv4 inside IPv6 as IPv4.
fn address(text: &str) -> Option<IpAddr> {
    match text.trim().trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok()? {
        IpAddr::V6(v6) => Some(unwrap(v6)),
        v4 => Some(v4),
    }
}

fn unwrap(v6: Ipv6Addr) -> IpAddr {
    v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4)
}

fn time_part(value: &str, part: TimePart) -> Option<i64> {
    let text = value.trim();
    let stamp: jiff::Timestamp = text.parse().ok().or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp())
    })?;
    let local = stamp.to_zoned(jiff::tz::TimeZone::UTC);
    Some(match part {
        TimePart::Minute => local.minute().into(),
        TimePart::Hour => local.hour().into(),
        TimePart::Day => local.day().into(),
        TimePart::Week => local.date().iso_week_date().week().into(),
        TimePart::Month => local.month().into(),
        TimePart::Year => local.year().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wild(pattern: &str) -> Wild {
        let parts: Vec<Part> = pattern
            .chars()
            .map(|c| match c {
                '*' => Part::Any,
                '?' => Part::One,
                c => Part::Text(c.to_string()),
            })
            .collect();
        Wild::new(&parts, false)
    }

    #[test]
    fn wildcards_are_anchored_and_ignore_case() {
        let check = |pattern: &str, text: &str, expect: bool| {
            assert_eq!(wild(pattern).matches(text), expect, "{pattern} on {text}");
        };
        check("whoami", "WhoAmI", true);
        check("whoami", "whoami.exe", false);
        check("*\\whoami.exe", "C:\\Windows\\WHOAMI.exe", true);
        check("*a*b?c*", "xxabxbzcyy", true);
        check("*a*b?c", "xxabxbzcyy", false);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("", "", true);
        check("", "x", false);
        check("*", "", true);
        check("?", "ü", true);
        check("*ab", "aab", true);
        check("*?b", "ab", true);
        check("*aab*", "aaab", true);
        assert_eq!(wild("*ab*CDE?f").literal().as_deref(), Some("cde"));
        assert_eq!(wild("*?*").literal(), None);
    }

    #[test]
    fn values_are_compared_by_what_they_say() {
        assert!(Test::cidr("10.0.0.0/8").unwrap().passes("::ffff:10.1.2.3"));
        assert!(Test::cidr("fe80::/10").unwrap().passes("fe80::1"));
        assert!(!Test::cidr("10.0.0.0/8").unwrap().passes("no address"));
        assert!(Test::cidr("300.1.1.1").is_err());
        assert!(Test::Number(Order::AtLeast, 5.0).passes("5"));
        assert!(!Test::Number(Order::Greater, 5.0).passes("five"));
        assert!(Test::Wild(wild("b*")).passes("a\u{1e}bc"));
        assert!(Test::Time(TimePart::Hour, 3).passes("2026-03-10T03:59:00Z"));
        assert!(Test::regex("(a{1000}){1000}{1000}", false, false, false).is_err());
    }
}
