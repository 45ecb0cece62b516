//! Words for numbers, times and ranges, so that every answer says them alike.

use crate::zone::DisplayZone;
use timberline_model::TimeRange;

/// `12,345`.
#[must_use]
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 failed login`, `147 failed logins`.
#[must_use]
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// Bytes for people, with the exact figure where it was rounded.
#[must_use]
pub fn bytes(x: f64) -> String {
    let exact = counted(x.max(0.0).round() as u64, "byte", "bytes");
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.iter().find(|(_, size)| x >= *size) {
        Some((unit, size)) => format!("{:.1} {unit} ({exact})", x / size),
        None => exact,
    }
}

/// A share in per cent; `under 1 %` where it would round to nought.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    let percent = 100.0 * part as f64 / whole as f64;
    match percent {
        p if p > 0.0 && p < 1.0 => "under 1 %".to_owned(),
        p if p > 99.0 && part < whole => "over 99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// `2026-03-10 02:13:04`, in the zone; the fraction is left to the rows.
#[must_use]
pub fn time(ns: i64, zone: &DisplayZone) -> String {
    let text = zone.show(ns);
    format!("{} {}", text.get(..10).unwrap_or(&text), text.get(11..19).unwrap_or(""))
}

/// A time without its seconds where those are nought, and without the clock at midnight.
#[must_use]
pub fn short_time(ns: i64, zone: &DisplayZone) -> String {
    let text = time(ns, zone);
    match text.strip_suffix(":00") {
        Some(minute) => minute.strip_suffix(" 00:00").unwrap_or(minute).to_owned(),
        None => text,
    }
}

/// `2026-03-03 to 2026-03-10 02:13`.
#[must_use]
pub fn range(range: &TimeRange, zone: &DisplayZone) -> String {
    match (range.from_ns, range.to_ns) {
        (Some(from), Some(to)) => format!("{} to {}", short_time(from, zone), short_time(to, zone)),
        (Some(from), None) => format!("from {} on", short_time(from, zone)),
        (None, Some(to)) => format!("before {}", short_time(to, zone)),
        (None, None) => "all of the data".to_owned(),
    }
}

/// `a, b and c`.
#[must_use]
pub fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Untrusted text in a sentence: one line, no control or direction characters, at most 120 characters.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .take(121)
        .collect();
    if out.chars().count() > 120 {
        out.pop();
        out.push_str("...");
    }
    out
}

/// At most so many characters, cut at a word.
#[must_use]
pub fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}\u{2026}", cut.get(..end).unwrap_or(&cut))
}

/// The first letter in upper case.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_shares_do_not_lie() {
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(999), "999");
        assert_eq!(share(1, 1_000), "under 1 %");
        assert_eq!(share(999, 1_000), "over 99 %");
        assert_eq!(bytes(1_500.0), "1.5 kB (1,500 bytes)");
        assert_eq!(plain("a\nb\u{202e}c"), "a bc");
        assert_eq!(short_time(0, &DisplayZone::utc()), "1970-01-01");
    }
}
