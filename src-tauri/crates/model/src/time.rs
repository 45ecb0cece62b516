//! Time as integers: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds, in an `i64`
//! (1677 to 2262). Zones and formats of logs are `formats::normalise::time`'s; this is arithmetic only.

use serde::{Deserialize, Serialize};

/// Stands for "undated" where a column needs an integer. Never a real time.
pub const NO_TIME: i64 = i64::MIN;

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Nanoseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// A time read from a record, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds since 1970 UTC.
    pub ns: i64,
    /// Bits of [`Stamp::ZONE_ASSUMED`] and its like; the rule stands at the source.
    pub assumed: u8,
}

impl Stamp {
    /// The record named no zone; the source's zone was taken.
    pub const ZONE_ASSUMED: u8 = 1;
    /// The record named no year; the source's year rule gave one.
    pub const YEAR_ASSUMED: u8 = 2;
    /// The record named no date; the user or the log's header gave one.
    pub const DATE_ASSUMED: u8 = 4;
    /// The time is kept as written and unlikely: long ago, or after the file's own date.
    pub const UNLIKELY: u8 = 8;

    /// A time whose zone and year the record states.
    #[must_use]
    pub fn stated(ns: i64) -> Self {
        Self { ns, assumed: 0 }
    }
}

/// A half-open range of time, `[from_ns, to_ns)`; an absent end is open. Undated events are in
/// a range only when both ends are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// First nanosecond that is inside.
    pub from_ns: Option<i64>,
    /// First nanosecond that is outside again.
    pub to_ns: Option<i64>,
}

impl TimeRange {
    /// Everything, undated events too.
    pub const ALL: Self = Self { from_ns: None, to_ns: None };

    /// `[from, to)` in nanoseconds.
    #[must_use]
    pub fn new(from_ns: i64, to_ns: i64) -> Self {
        Self { from_ns: Some(from_ns), to_ns: Some(to_ns) }
    }

    /// Whether the range has no ends at all.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.from_ns.is_none() && self.to_ns.is_none()
    }

    /// Whether a time (or [`NO_TIME`]) lies inside.
    #[must_use]
    pub fn holds(&self, ns: i64) -> bool {
        if ns == NO_TIME {
            return self.is_all();
        }
        self.from_ns.is_none_or(|from| ns >= from) && self.to_ns.is_none_or(|to| ns < to)
    }

    /// What lies in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let later = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let sooner = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { from_ns: later(self.from_ns, other.from_ns), to_ns: sooner(self.to_ns, other.to_ns) }
    }
}

/// A time moved by an offset. Times that would leave the scale stay at its end; none becomes [`NO_TIME`], and
/// that one stays.
#[must_use]
pub fn moved(ns: i64, offset_ns: i64) -> i64 {
    if ns == NO_TIME { NO_TIME } else { ns.saturating_add(offset_ns).max(NO_TIME + 1) }
}

/// Days since 1970-01-01 of a civil date (proleptic Gregorian).
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
#[must_use]
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = i64::from((month + 9) % 12);
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// The civil date `(year, month, day)` of a day count since 1970-01-01 (same source).
#[must_use]
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// RFC 3339 in UTC; the fraction has 0, 3, 6 or 9 digits, as many as the value needs.
#[must_use]
pub fn rfc3339(ns: i64) -> String {
    rfc3339_at(ns, 0)
}

/// RFC 3339 at a fixed offset from UTC in seconds (`Z` for 0).
#[must_use]
pub fn rfc3339_at(ns: i64, offset_seconds: i32) -> String {
    let local = i128::from(ns) + i128::from(offset_seconds) * i128::from(SECOND);
    let days = local.div_euclid(i128::from(DAY)) as i64;
    let in_day = local.rem_euclid(i128::from(DAY)) as i64;
    let (year, month, day) = civil_from_days(days);
    let (s, frac) = (in_day / SECOND, in_day % SECOND);
    let mut out = format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    if frac != 0 {
        let text = format!("{frac:09}");
        let keep = if frac % 1_000_000 == 0 {
            3
        } else if frac % 1_000 == 0 {
            6
        } else {
            9
        };
        out.push('.');
        out.push_str(&text[..keep]);
    }
    if offset_seconds == 0 {
        out.push('Z');
    } else {
        let o = offset_seconds.abs();
        let sign = if offset_seconds < 0 { '-' } else { '+' };
        out.push_str(&format!("{sign}{:02}:{:02}", o / 3600, o / 60 % 60));
    }
    out
}

/// Reads an RFC 3339 time, or a prefix of one that people type (`2026-01-02`, `2026-01-02 03:04`,
/// `2026-01-02T03:04:05.5+02:00`), taking UTC where no offset is given.
/// Gives the nanosecond where that span begins.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let b = text.trim().as_bytes();
    let num = |range: std::ops::Range<usize>| -> Option<i64> {
        let part = b.get(range)?;
        if part.is_empty() || !part.iter().all(u8::is_ascii_digit) {
            return None;
        }
        Some(part.iter().fold(0i64, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let is = |at: usize, c: u8| b.get(at) == Some(&c);
    let year = num(0..4)?;
    if b.len() == 4 {
        return days_from_civil(year, 1, 1).checked_mul(DAY);
    }
    if !is(4, b'-') {
        return None;
    }
    let month = num(5..7)? as u32;
    if !(1..=12).contains(&month) {
        return None;
    }
    if b.len() == 7 {
        return days_from_civil(year, month, 1).checked_mul(DAY);
    }
    let day = num(8..10)? as u32;
    if !is(7, b'-') || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let mut ns = days_from_civil(year, month, day).checked_mul(DAY)?;
    if b.len() == 10 {
        return Some(ns);
    }
    if !(is(10, b'T') || is(10, b't') || is(10, b' ')) {
        return None;
    }
    let (hour, minute) = (num(11..13)?, num(14..16)?);
    if !is(13, b':') || hour > 23 || minute > 59 {
        return None;
    }
    ns = ns.checked_add(hour * HOUR + minute * MINUTE)?;
    let mut at = 16;
    if is(at, b':') {
        let second = num(17..19)?;
        if second > 60 {
            return None;
        }
        ns = ns.checked_add(second * SECOND)?;
        at = 19;
        if is(at, b'.') || is(at, b',') {
            at += 1;
            let mut unit = SECOND / 10;
            while let Some(d) = b.get(at).filter(|d| d.is_ascii_digit()) {
                ns = ns.checked_add(i64::from(d - b'0') * unit)?;
                unit /= 10;
                at += 1;
            }
        }
    }
    match b.get(at) {
        None => Some(ns),
        Some(b'Z' | b'z') if b.len() == at + 1 => Some(ns),
        Some(sign @ (b'+' | b'-')) => {
            let hours = num(at + 1..at + 3)?;
            let minutes = if is(at + 3, b':') { num(at + 4..at + 6)? } else { num(at + 3..at + 5)? };
            let offset = hours * HOUR + minutes * MINUTE;
            ns.checked_add(if *sign == b'+' { -offset } else { offset })
        }
        Some(_) => None,
    }
}

/// Days in a month of a year.
#[must_use]
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_days_go_both_ways() {
        for days in (-800_000..800_000).step_by(37) {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
        assert_eq!(days_from_civil(1970, 1, 1), 0);
    }

    #[test]
    fn rfc3339_keeps_the_digits() {
        for text in [
            "2026-03-10T02:13:04Z",
            "2026-03-10T02:13:04.518Z",
            "1969-12-31T23:59:59.000001Z",
            "2000-02-29T00:00:00.123456789Z",
        ] {
            assert_eq!(parse_rfc3339(text).map(rfc3339).as_deref(), Some(text));
        }
        assert_eq!(parse_rfc3339("2026-01-02T03:04:05+02:00"), parse_rfc3339("2026-01-02 01:04:05"));
        assert_eq!(parse_rfc3339("2026-02-30"), None);
        assert_eq!(rfc3339_at(0, 5400), "1970-01-01T01:30:00+01:30");
    }
}
