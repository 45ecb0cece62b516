//! The shapes in which logs write a time, read by hand from bytes. Pure text: what a missing zone or year
//! means, and which of `04/05/2026` is the month, is decided by the context, not here.

use super::clock::{clock_digits, finish, fraction, time_of_day, with_time, zone_at};
use super::names::{self, english_weekday, month_in_any_language, month_name as english_month, weekday};
use timberline_model::time::{civil_from_days, days_from_civil, days_in_month};

pub use super::names::{month_name, named_zone};

/// A date as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Date {
    /// Year, month and day are plain.
    Ymd(i32, u32, u32),
    /// Month and day, no year.
    Md(u32, u32),
    /// Two numbers, then a year of four digits.
    Numeric {
        /// The first number.
        a: u32,
        /// The second.
        b: u32,
        /// The year.
        year: i32,
        /// What stands between them.
        sep: u8,
        /// Whether AM or PM follows the time.
        meridiem: bool,
    },
    /// Three numbers of two digits each.
    Short {
        /// The first number.
        a: u32,
        /// The second.
        b: u32,
        /// The third.
        c: u32,
    },
    /// A day of the year, from 1.
    Yday(i32, u32),
    /// Seconds since 1970 UTC.
    Epoch(i64),
    /// Seconds since 1970 plus ten, as daemontools and its kin label them; leap seconds are not counted.
    Tai(i64),
    /// Nothing: a time of day alone.
    Missing,
}

/// What was said of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// Seconds east of UTC.
    Offset(i32),
    /// An abbreviation that has several meanings, and the one that is usual.
    Guess(&'static names::Ambiguous),
    /// The IANA name that stands here in the text.
    Place {
        /// Where it begins.
        from: usize,
        /// Its length.
        len: usize,
    },
}

/// A time as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The date.
    pub date: Date,
    /// Seconds since midnight (86,400 for a leap second at the end of a day).
    pub seconds: u32,
    /// Nanoseconds, as many digits as the log had, up to nine.
    pub nanos: u32,
    /// The zone.
    pub zone: Said,
    /// Whether a time of day was written at all.
    pub timed: bool,
    /// Bytes of the text that it takes up.
    pub len: usize,
}

/// The time that stands at the very beginning of `b`, in the longest shape that fits.
#[must_use]
pub fn at_start(b: &[u8]) -> Option<Written> {
    match *b.first()? {
        b'0'..=b'9' => digits_first(b),
        b'@' => tai64(b),
        b'I' | b'W' | b'E' | b'F' if glog_like(b) => glog(b),
        b'A'..=b'Z' | b'a'..=b'z' | 0xc3..=0xd1 => name_first(b),
        // Cisco: the clock was never set (`*`) or lost its source (`.`).
        b'*' | b'.' if b.get(1).is_some_and(u8::is_ascii_alphabetic) => {
            let written = name_first(&b[1..])?;
            Some(moved(written, 1))
        }
        _ => None,
    }
}

/// A time of day without a date at the very beginning: `13:55:36`, with a fraction and a zone if there is one.
/// Hours and minutes alone are not enough.
#[must_use]
pub fn clock_at_start(b: &[u8]) -> Option<Written> {
    let (clock, at) = time_of_day(b, 0)?;
    let seconds = b[..at].iter().filter(|c| **c == b':').count() == 2;
    let written = finish(b, Date::Missing, clock, at)?;
    // `12:34:56:78:9a:bc` is a network address, `1:2:3` a version.
    let ends = !matches!(b.get(written.len), Some(b':' | b'.' | b'-' | b'/'))
        && !b.get(written.len).is_some_and(u8::is_ascii_alphanumeric);
    let trailing_colon =
        b.get(written.len) == Some(&b':') && b.get(written.len + 1).is_none_or(|c| *c == b' ');
    (seconds && (ends || trailing_colon)).then_some(written)
}

/// What was read from a part of the text that begins `by` bytes later than the text.
fn moved(mut written: Written, by: usize) -> Written {
    written.len += by;
    if let Said::Place { from, .. } = &mut written.zone {
        *from += by;
    }
    written
}

fn digits_first(b: &[u8]) -> Option<Written> {
    let run = digit_run(b);
    match (run, b.get(run).copied()) {
        (4, Some(b'-' | b'/' | b'.' | b':')) => year_first(b),
        (4, Some(b'W')) => week(b, 5),
        (4, Some(0xe5 | 0xeb)) => cjk(b),
        (7, Some(b'T')) => finish_compact(b, Date::Yday(number(&b[..4]) as i32, number(&b[4..7])), 7),
        (8, _) => compact(b),
        (12, Some(b'Z')) => utc_time(b),
        (12 | 14, next) if !matches!(next, Some(b'.')) || run == 14 => compact_long(b, run),
        (6, Some(b' ')) => two_digit_compact(b),
        (10 | 13 | 16 | 19, next)
            if !next.is_some_and(|c| c.is_ascii_alphabetic() || c == b'-' || c == b':') =>
        {
            epoch_digits(b, run)
        }
        (1 | 2, Some(b'/' | b'-' | b'.' | b' ')) => day_or_month_first(b, run),
        (1 | 2, Some(c)) if c.is_ascii_alphabetic() => day_joined(b, run),
        _ => None,
    }
}

/// `2026-03-10T02:13:04.5+01:00`, `2026/03/10 02:13:04`, `2026-069T02:13:04`, `2026-Mar-10 02:13`, `2026-W11-2`.
fn year_first(b: &[u8]) -> Option<Written> {
    let year = number(&b[..4]) as i32;
    let sep = b[4];
    let rest = &b[5..];
    let run = digit_run(rest);
    let (date, at) = if run == 3 && sep == b'-' {
        (Date::Yday(year, number(&rest[..3])), 8)
    } else if run == 6 && sep == b'/' && matches!(rest.get(6), Some(b'.' | b':')) {
        return chromium(b);
    } else if sep == b'-' && rest.first() == Some(&b'W') {
        return week(b, 6);
    } else if (1..=2).contains(&run) && rest.get(run) == Some(&sep) {
        let month = number(&rest[..run]);
        let day_text = &rest[run + 1..];
        let n = digit_run(day_text);
        if !(1..=2).contains(&n) {
            return None;
        }
        (ymd(year, month, number(&day_text[..n]))?, 5 + run + 1 + n)
    } else if let Some((month, n)) = english_month(rest) {
        let day_text = rest.get(n + 1..)?;
        let d = digit_run(day_text);
        if rest[n] != sep || !(1..=2).contains(&d) {
            return None;
        }
        (ymd(year, month, number(&day_text[..d]))?, 5 + n + 1 + d)
    } else {
        return None;
    };
    let written = with_time(b, date, at, true)?;
    // Four numbers with colons are a time or an address; pictures' stamps have a time of day behind the date.
    (sep != b':' || written.timed).then_some(written)
}

/// `2026-W11-2T02:13:04` and `2026W112T021304`: year, ISO week and day of the week from Monday.
fn week(b: &[u8], at: usize) -> Option<Written> {
    let digits = &b[at..];
    let dashed = at == 6;
    let (run, day_at) = if dashed { (2, 3) } else { (3, 2) };
    let day = u32::from(digits.get(day_at)?.checked_sub(b'0')?);
    if digit_run(digits) != run || (dashed && digits[2] != b'-') {
        return None;
    }
    let (year, week) = (i64::from(number(&b[..4])), number(&digits[..2]));
    // The week with the year's first Thursday is the first; 1970-01-01 was a Thursday.
    let fourth = days_from_civil(year, 1, 4);
    let monday = fourth - (fourth + 3).rem_euclid(7);
    let days = monday + i64::from(week) * 7 - 7 + i64::from(day) - 1;
    let (thursday_year, ..) = civil_from_days(days - (days + 3).rem_euclid(7) + 3);
    if !(1..=53).contains(&week) || !(1..=7).contains(&day) || thursday_year != year {
        return None;
    }
    let (year, month, day) = civil_from_days(days);
    let date = Date::Ymd(year as i32, month, day);
    with_time(b, date, at + day_at + 1, true)
}

/// `2026年3月10日 02:13:04`, `2026년 3월 10일 오후 2:13:04`.
fn cjk(b: &[u8]) -> Option<Written> {
    let part = |at: usize, mark: [&str; 2]| -> Option<(u32, usize)> {
        let at = at + usize::from(b.get(at) == Some(&b' '));
        let run = digit_run(b.get(at..)?);
        let rest = &b[at + run..];
        let mark = mark.iter().find(|m| rest.starts_with(m.as_bytes()))?;
        (1..=4).contains(&run).then(|| (number(&b[at..at + run]), at + run + mark.len()))
    };
    let (year, at) = part(0, ["年", "년"])?;
    let (month, at) = part(at, ["月", "월"])?;
    let (day, at) = part(at, ["日", "일"])?;
    let date = ymd(year as i32, month, day)?;
    if let Some((clock, end)) = time_of_day(b, at) {
        return finish(b, date, clock, end);
    }
    with_time(b, date, at, true)
}

/// `20260310 021304`, `20260310T021304Z`, `20260310-02:13:04`.
fn compact(b: &[u8]) -> Option<Written> {
    let date = ymd(number(&b[..4]) as i32, number(&b[4..6]), number(&b[6..8]))?;
    if !plausible_year(&date) {
        return None;
    }
    finish_compact(b, date, 8)
}

fn finish_compact(b: &[u8], date: Date, at: usize) -> Option<Written> {
    let sep = b.get(at).copied();
    let run = b.get(at + 1..).map_or(0, digit_run);
    if matches!(sep, Some(b' ' | b'T' | b'-' | b'_' | b',')) && run == 6 {
        return finish(b, date, clock_digits(&b[at + 1..at + 7])?, at + 7);
    }
    if matches!(sep, Some(b' ' | b'T' | b'-' | b'_')) && run == 9 {
        return with_millis(b, date, at + 1);
    }
    if matches!(sep, Some(b'T')) && run == 4 {
        let digits = [&b[at + 1..at + 5], b"00".as_slice()].concat();
        return finish(b, date, clock_digits(&digits)?, at + 5);
    }
    if matches!(sep, Some(b'-'))
        && let Some(written) = unpadded(b, date, at + 1)
    {
        return Some(written);
    }
    if matches!(sep, Some(b'-')) {
        return time_of_day(b, at + 1).and_then(|(clock, at)| finish(b, date, clock, at));
    }
    with_time(b, date, at, false)
}

/// `22:16:0:119`: hours, minutes, seconds and milliseconds as plain numbers.
fn unpadded(b: &[u8], date: Date, at: usize) -> Option<Written> {
    let mut parts = [0u32; 4];
    let mut at = at;
    for (n, part) in parts.iter_mut().enumerate() {
        let run = digit_run(&b[at..]);
        let most = if n == 3 { 3 } else { 2 };
        if !(1..=most).contains(&run) || (n < 3 && b.get(at + run) != Some(&b':')) {
            return None;
        }
        *part = number(&b[at..at + run]);
        at += run + usize::from(n < 3);
    }
    let [hour, minute, second, millis] = parts;
    if hour > 23 || minute > 59 || second > 59 || b.get(at).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second;
    let zone = Said::Nothing;
    Some(Written { date, seconds, nanos: millis * 1_000_000, zone, timed: true, len: at })
}

/// Six digits of time and three of milliseconds run together.
fn with_millis(b: &[u8], date: Date, at: usize) -> Option<Written> {
    let mut written = finish(b, date, clock_digits(&b[at..at + 6])?, at + 9)?;
    written.nanos = number(&b[at + 6..at + 9]) * 1_000_000;
    Some(written)
}

/// `20260310021304`, `202603100213`, `20260310021304.123456+060` (WMI: minutes east of UTC).
fn compact_long(b: &[u8], run: usize) -> Option<Written> {
    let date = ymd(number(&b[..4]) as i32, number(&b[4..6]), number(&b[6..8]))?;
    if !plausible_year(&date) {
        return None;
    }
    let digits = if run == 14 { b[8..14].to_vec() } else { [&b[8..12], b"00".as_slice()].concat() };
    let mut written = finish(b, date, clock_digits(&digits)?, run)?;
    if let Some(sign @ (b'+' | b'-')) = b.get(written.len)
        && written.zone == Said::Nothing
        && digit_run(&b[written.len + 1..]) == 3
    {
        let seconds = number(&b[written.len + 1..written.len + 4]) as i32 * 60;
        written.zone = Said::Offset(if *sign == b'+' { seconds } else { -seconds });
        written.len += 4;
    }
    Some(written)
}

/// `260310021304Z`, as certificates and LDAP write it.
fn utc_time(b: &[u8]) -> Option<Written> {
    let date = ymd(two_digit_year(number(&b[..2])), number(&b[2..4]), number(&b[4..6]))?;
    finish(b, date, clock_digits(&b[6..12])?, 12)
}

/// `081109 203615` and `230110  2:13:04`, as Hadoop and old MySQL write them: year, month, day.
fn two_digit_compact(b: &[u8]) -> Option<Written> {
    let date = ymd(two_digit_year(number(&b[..2])), number(&b[2..4]), number(&b[4..6]))?;
    let mut at = 7;
    if b.get(at) == Some(&b' ') {
        at += 1;
    }
    if digit_run(&b[at..]) == 6 {
        return finish(b, date, clock_digits(&b[at..at + 6])?, at + 6);
    }
    let (clock, at) = time_of_day(b, at)?;
    finish(b, date, clock, at)
}

/// `0310/021304.123456`, as Chromium and everything made of it write it: month, day.
fn chromium(b: &[u8]) -> Option<Written> {
    let (month, day) = (number(&b[..2]), number(&b[2..4]));
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(2000, month) {
        return None;
    }
    finish(b, Date::Md(month, day), clock_digits(&b[5..11])?, 11)
}

/// Whole seconds, milli-, micro- or nanoseconds by their number of digits; seconds and milliseconds may have a
/// fraction.
fn epoch_digits(b: &[u8], run: usize) -> Option<Written> {
    let value = b[..run].iter().fold(0i64, |n, d| n.wrapping_mul(10).wrapping_add(i64::from(d - b'0')));
    let unit = 10i64.pow(run as u32 - 10);
    let seconds = value / unit;
    // From 2001 to 2049; smaller numbers of ten digits do not exist, larger ones are ids or telephone numbers.
    if !(1_000_000_000..2_524_608_000).contains(&seconds) {
        return None;
    }
    let mut nanos = (value % unit * (1_000_000_000 / unit)) as u32;
    let mut len = run;
    if matches!(run, 10 | 13) && b.get(run) != Some(&b':') {
        let (fraction, n) = fraction(&b[run..]);
        nanos += fraction / unit as u32;
        len += n;
    }
    let zone = Said::Offset(0);
    Some(Written { date: Date::Epoch(seconds), seconds: 0, nanos, zone, timed: true, len })
}

/// `10/Oct/2000:13:55:36 -0700`, `10-Oct-2000 13:55:36`, `10 Oct 2000 13:55:36`, `10 Oct 13:55:36`,
/// `10/10/2000 1:55:36 PM`, `10.10.2000 13:55`, `17/06/09 20:10:40`, `10-10 13:55:36.789`, `2. Jan 2024 13:55`.
fn day_or_month_first(b: &[u8], run: usize) -> Option<Written> {
    let a = number(&b[..run]);
    let mut sep = b[run];
    let mut at = run + 1;
    if sep == b'.' && b.get(at) == Some(&b' ') {
        // A German or Czech day has a dot.
        sep = b' ';
        at += 1;
    }
    if b[at..].starts_with(b"de ") && sep == b' ' {
        at += 3;
    }
    let rest = &b[at..];
    let month = if sep == b' ' { month_in_any_language(rest) } else { english_month(rest) };
    if let Some((month, n)) = month {
        return day_month(b, a, month, sep, at + n);
    }
    if sep == b' ' {
        return None;
    }
    let n = digit_run(rest);
    if n == 2 && run == 2 && sep == b'-' && rest.get(2) == Some(&b' ') {
        return android(b, a, number(&rest[..2]));
    }
    if !(1..=2).contains(&n) || rest.get(n) != Some(&sep) {
        return None;
    }
    let second = number(&rest[..n]);
    let third = &rest[n + 1..];
    let at = at + n + 1;
    let (date, len) = match digit_run(third) {
        4 => (Date::Numeric { a, b: second, year: number(&third[..4]) as i32, sep, meridiem: false }, 4),
        2 if sep == b'.' => {
            let year = two_digit_year(number(&third[..2]));
            (Date::Numeric { a, b: second, year, sep, meridiem: false }, 2)
        }
        2 => (Date::Short { a, b: second, c: number(&third[..2]) }, 2),
        _ => return None,
    };
    let mut written = with_time(b, date, at + len, true)?;
    // A date alone of such a shape is as likely a version or a fraction.
    if len == 2 && !written.timed {
        return None;
    }
    if let Date::Numeric { meridiem, .. } = &mut written.date {
        *meridiem = b[..written.len].iter().rev().take(4).any(|c| matches!(c, b'M' | b'm'));
    }
    Some(written)
}

/// What follows `10 Oct`, `10-Oct`, `10/Oct`: the year with the same separator, or the time of day.
fn day_month(b: &[u8], day: u32, month: u32, sep: u8, at: usize) -> Option<Written> {
    let after = b.get(at).copied()?;
    let mut at = at + 1;
    if sep == b' ' && b[at..].starts_with(b"de ") {
        at += 3;
    }
    let year_text = &b[at..];
    let digits = digit_run(year_text);
    if after == sep && digits == 4 {
        let date = ymd(number(&year_text[..4]) as i32, month, day)?;
        if sep == b'/' && b.get(at + 4) == Some(&b':') {
            let (clock, at) = time_of_day(b, at + 5)?;
            return finish(b, date, clock, at);
        }
        return with_time(b, date, at + 4, true);
    }
    if after == sep && digits == 2 && matches!(year_text.get(2), Some(b' ' | b',')) {
        let date = ymd(two_digit_year(number(&year_text[..2])), month, day)?;
        let written = with_time(b, date, at + 2, true)?;
        return (sep != b' ' || written.timed).then_some(written);
    }
    if sep == b' ' && after == b' ' && (1..=31).contains(&day) {
        let (clock, at) = time_of_day(b, at)?;
        return year_behind(b, finish(b, Date::Md(month, day), clock, at)?, month, day, false);
    }
    None
}

/// `03-17 16:13:38.811`, as Android's logcat writes it: month, day.
fn android(b: &[u8], month: u32, day: u32) -> Option<Written> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(2000, month) {
        return None;
    }
    let (clock, at) = time_of_day(b, 6)?;
    finish(b, Date::Md(month, day), clock, at)
}

/// `10Oct2000 13:55:36`, `10Oct2000;13:55:36`: Check Point.
fn day_joined(b: &[u8], run: usize) -> Option<Written> {
    let month = b.get(run..run + 3).filter(|m| m.iter().all(u8::is_ascii_alphabetic))?;
    let (month, _) = english_month(month)?;
    let year = &b[run + 3..];
    if digit_run(year) != 4 {
        return None;
    }
    with_time(b, ymd(number(&year[..4]) as i32, month, number(&b[..run]))?, run + 7, true)
}

/// `Oct 10 13:55:36`, `Oct 10 2000 13:55:36`, `Oct 10, 2000 1:55:36 PM`, `Mon Oct 10 13:55:36.5 2000`,
/// `Mon, 10 Oct 2000 13:55:36 -0700`, `oct/10/2000 13:55:36`, and as much in other languages.
fn name_first(b: &[u8]) -> Option<Written> {
    if let Some((month, n)) = english_month(b)
        && let Some(written) = month_first(b, month, n, false)
    {
        return Some(written);
    }
    // Where no number follows, only English names are looked up: this is any word of any line.
    let run = b.iter().take(24).take_while(|c| c.is_ascii_alphabetic() || !c.is_ascii()).count();
    let next = b[run..].iter().take(4).find(|c| !matches!(c, b' ' | b'.' | b','));
    let mut at = if next.is_some_and(u8::is_ascii_digit) {
        if let Some((month, n)) = month_in_any_language(b)
            && english_month(b).is_none()
            && let Some(written) = month_first(b, month, n, false)
        {
            return Some(written);
        }
        weekday(b)?
    } else {
        english_weekday(b)?
    };
    if b.get(at) == Some(&b',') {
        at += 1;
    }
    let spaces = b.get(at..)?.iter().take_while(|c| **c == b' ').count();
    if spaces == 0 {
        return None;
    }
    at += spaces;
    let rest = &b[at..];
    let written = match month_in_any_language(rest) {
        Some((month, n)) => month_first(rest, month, n, true)?,
        None if rest.first()?.is_ascii_digit() => digits_first(rest)?,
        None => return None,
    };
    Some(moved(written, at))
}

fn month_first(b: &[u8], month: u32, n: usize, after_weekday: bool) -> Option<Written> {
    if matches!(b.get(n), Some(b'/' | b'-')) {
        return router(b, month, n);
    }
    let mut at = n + usize::from(b.get(n) == Some(&b'.'));
    let spaces = b.get(at..)?.iter().take_while(|c| **c == b' ').count();
    if !(1..=2).contains(&spaces) {
        return None;
    }
    at += spaces;
    let d = digit_run(&b[at..]);
    if !(1..=2).contains(&d) {
        return None;
    }
    let day = number(&b[at..at + d]);
    if day == 0 || day > days_in_month(2000, month) {
        return None;
    }
    at += d;
    let comma = matches!(b.get(at), Some(b',' | b'.'));
    at += usize::from(comma);
    if b.get(at) != Some(&b' ') {
        return None;
    }
    at += 1;
    // The year before the time.
    if digit_run(&b[at..]) == 4 && matches!(b.get(at + 4), Some(b' ' | b',' | b'\t') | None) {
        let date = ymd(number(&b[at..at + 4]) as i32, month, day)?;
        at += 4 + usize::from(b.get(at + 4) == Some(&b','));
        return with_time(b, date, at, true);
    }
    let (clock, at) = time_of_day(b, at)?;
    year_behind(b, finish(b, Date::Md(month, day), clock, at)?, month, day, after_weekday)
}

/// The year after the time: always with a weekday, else only when nothing else can be meant.
fn year_behind(b: &[u8], mut written: Written, month: u32, day: u32, after_weekday: bool) -> Option<Written> {
    let tail = &b[written.len..];
    let year_follows = tail.first() == Some(&b' ') && digit_run(&tail[1..]) == 4;
    if year_follows && (after_weekday || tail.len() == 5) {
        let year = number(&tail[1..5]) as i32;
        if (1900..2200).contains(&year) {
            written.date = ymd(year, month, day)?;
            written.len += 5;
            if written.zone == Said::Nothing {
                let (zone, n) = zone_at(&b[written.len..], written.len);
                written.zone = zone;
                written.len += n;
            }
        }
    }
    Some(written)
}

/// `oct/10/2000 13:55:36` and `oct/10 13:55:36` (MikroTik), `Oct-10-2000 13:55:36`.
fn router(b: &[u8], month: u32, n: usize) -> Option<Written> {
    let sep = b[n];
    let at = n + 1;
    let d = digit_run(&b[at..]);
    if !(1..=2).contains(&d) {
        return None;
    }
    let day = number(&b[at..at + d]);
    let at = at + d;
    if b.get(at) == Some(&sep) && digit_run(&b[at + 1..]) == 4 {
        let date = ymd(number(&b[at + 1..at + 5]) as i32, month, day)?;
        return with_time(b, date, at + 5, true);
    }
    if b.get(at) != Some(&b' ') || day == 0 || day > days_in_month(2000, month) {
        return None;
    }
    let (clock, at) = time_of_day(b, at + 1)?;
    finish(b, Date::Md(month, day), clock, at)
}

/// `@40000000433225833b6e1a8c`: TAI64N as daemontools writes it (2^62 + 10 s + seconds since 1970).
fn tai64(b: &[u8]) -> Option<Written> {
    let hex = |part: &[u8]| -> Option<u64> {
        let digits = part.iter().all(u8::is_ascii_hexdigit);
        u64::from_str_radix(std::str::from_utf8(part).ok().filter(|_| digits)?, 16).ok()
    };
    let seconds = hex(b.get(1..17)?)?.checked_sub((1 << 62) + 10)?;
    let (nanos, len) = match b.get(17..25).and_then(hex) {
        Some(n) if n < 1_000_000_000 => (n as u32, 25),
        _ => (0, 17),
    };
    let seconds = i64::try_from(seconds).ok().filter(|s| *s < 9_000_000_000)?;
    Some(Written { date: Date::Tai(seconds), seconds: 0, nanos, zone: Said::Offset(0), timed: true, len })
}

fn glog_like(b: &[u8]) -> bool {
    b.len() > 14 && digit_run(&b[1..]) == 4 && b[5] == b' ' && b[8] == b':' && b[11] == b':'
}

/// `E0517 15:04:22.619632`: severity letter, month, day.
fn glog(b: &[u8]) -> Option<Written> {
    let (month, day) = (number(&b[1..3]), number(&b[3..5]));
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(2000, month) {
        return None;
    }
    let (clock, at) = time_of_day(b, 6)?;
    finish(b, Date::Md(month, day), clock, at)
}

fn ymd(year: i32, month: u32, day: u32) -> Option<Date> {
    let valid = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(i64::from(year), month);
    valid.then_some(Date::Ymd(year, month, day))
}

fn plausible_year(date: &Date) -> bool {
    matches!(date, Date::Ymd(1980..=2100, ..))
}

/// 70 to 99 are of the last century (POSIX says 69, which no log is from).
#[must_use]
pub fn two_digit_year(n: u32) -> i32 {
    n as i32 + if n < 70 { 2000 } else { 1900 }
}

pub(super) fn digit_run(b: &[u8]) -> usize {
    b.iter().take(21).take_while(|c| c.is_ascii_digit()).count()
}

/// At most nine digits, all known to be digits.
pub(super) fn number(b: &[u8]) -> u32 {
    b.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0'))
}
