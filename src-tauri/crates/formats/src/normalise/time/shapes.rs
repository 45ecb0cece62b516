//! The shapes in which logs write a time, read by hand from bytes. Pure text: what a missing zone or year
//! means, and which of `04/05/2026` is the month, is decided by the context, not here.

use timberline_model::time::days_in_month;

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
}

/// What was said of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// Seconds east of UTC.
    Offset(i32),
    /// Seconds east of UTC by the table of [`named_zone`], where the name has other meanings too.
    Guess(i32),
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
        b'A'..=b'Z' | b'a'..=b'z' => name_first(b),
        _ => None,
    }
}

fn digits_first(b: &[u8]) -> Option<Written> {
    let run = digit_run(b);
    match (run, b.get(run).copied()) {
        (4, Some(b'-' | b'/' | b'.')) => year_first(b),
        (8, _) => compact(b),
        (12 | 14, next) if !matches!(next, Some(b'.')) || run == 14 => compact_long(b, run),
        (6, Some(b' ')) => two_digit_compact(b),
        (10 | 13 | 16 | 19, next)
            if !next.is_some_and(|c| c.is_ascii_alphabetic() || c == b'-' || c == b':') =>
        {
            epoch_digits(b, run)
        }
        (1 | 2, Some(b'/' | b'-' | b'.' | b' ')) => day_or_month_first(b, run),
        _ => None,
    }
}

/// `2026-03-10T02:13:04.5+01:00`, `2026/03/10 02:13:04`, `2026-069T02:13:04`, `2026-Mar-10 02:13`.
fn year_first(b: &[u8]) -> Option<Written> {
    let year = number(&b[..4]) as i32;
    let sep = b[4];
    let rest = &b[5..];
    let run = digit_run(rest);
    let (date, at) = if run == 3 && sep == b'-' {
        (Date::Yday(year, number(&rest[..3])), 8)
    } else if (1..=2).contains(&run) && rest.get(run) == Some(&sep) {
        let month = number(&rest[..run]);
        let day_text = &rest[run + 1..];
        let n = digit_run(day_text);
        if !(1..=2).contains(&n) {
            return None;
        }
        (ymd(year, month, number(&day_text[..n]))?, 5 + run + 1 + n)
    } else if let Some((month, n)) = month_name(rest) {
        let day_text = rest.get(n + 1..)?;
        let d = digit_run(day_text);
        if rest[n] != sep || !(1..=2).contains(&d) {
            return None;
        }
        (ymd(year, month, number(&day_text[..d]))?, 5 + n + 1 + d)
    } else {
        return None;
    };
    with_time(b, date, at, true)
}

/// `20260310 021304`, `20260310T021304Z`, `20260310-02:13:04`.
fn compact(b: &[u8]) -> Option<Written> {
    let date = ymd(number(&b[..4]) as i32, number(&b[4..6]), number(&b[6..8]))?;
    if !plausible_year(&date) {
        return None;
    }
    let sep = b.get(8).copied();
    if matches!(sep, Some(b' ' | b'T' | b'-' | b'_')) && digit_run(&b[9..]) == 6 {
        let clock = clock_digits(&b[9..15])?;
        return finish(b, date, clock, 15);
    }
    if matches!(sep, Some(b'-')) {
        return time_of_day(b, 9).and_then(|(clock, at)| finish(b, date, clock, at));
    }
    with_time(b, date, 8, false)
}

/// `20260310021304`, `202603100213`.
fn compact_long(b: &[u8], run: usize) -> Option<Written> {
    let date = ymd(number(&b[..4]) as i32, number(&b[4..6]), number(&b[6..8]))?;
    if !plausible_year(&date) {
        return None;
    }
    let clock = if run == 14 {
        clock_digits(&b[8..14])?
    } else {
        let (h, m) = (number(&b[8..10]), number(&b[10..12]));
        (h < 24 && m < 60).then_some(h * 3600 + m * 60)?
    };
    finish(b, date, clock, run)
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

/// Whole seconds, milli-, micro- or nanoseconds by their number of digits; seconds may have a fraction.
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
    if run == 10 {
        let (fraction, n) = fraction(&b[run..]);
        nanos = fraction;
        len += n;
    }
    let zone = Said::Offset(0);
    Some(Written { date: Date::Epoch(seconds), seconds: 0, nanos, zone, timed: true, len })
}

/// `10/Oct/2000:13:55:36 -0700`, `10-Oct-2000 13:55:36`, `10 Oct 2000 13:55:36`, `10 Oct 13:55:36`,
/// `10/10/2000 1:55:36 PM`, `10.10.2000 13:55`, `17/06/09 20:10:40`.
fn day_or_month_first(b: &[u8], run: usize) -> Option<Written> {
    let a = number(&b[..run]);
    let sep = b[run];
    let rest = &b[run + 1..];
    if let Some((month, n)) = month_name(rest) {
        let after = rest.get(n).copied()?;
        let year_text = rest.get(n + 1..)?;
        let at = run + 1 + n + 1;
        let digits = digit_run(year_text);
        if after == sep && digits == 4 {
            let date = ymd(number(&year_text[..4]) as i32, month, a)?;
            if sep == b'/' && b.get(at + 4) == Some(&b':') {
                let (clock, at) = time_of_day(b, at + 5)?;
                return finish(b, date, clock, at);
            }
            return with_time(b, date, at + 4, true);
        }
        if after == sep && digits == 2 && year_text.get(2) == Some(&b' ') && sep != b' ' {
            let date = ymd(two_digit_year(number(&year_text[..2])), month, a)?;
            return with_time(b, date, at + 2, true);
        }
        if sep == b' ' && after == b' ' && (1..=31).contains(&a) {
            let (clock, at) = time_of_day(b, at)?;
            return finish(b, Date::Md(month, a), clock, at);
        }
        return None;
    }
    if sep == b' ' {
        return None;
    }
    let n = digit_run(rest);
    if !(1..=2).contains(&n) || rest.get(n) != Some(&sep) {
        return None;
    }
    let second = number(&rest[..n]);
    let third = &rest[n + 1..];
    let at = run + 1 + n + 1;
    let date = match digit_run(third) {
        4 => Date::Numeric { a, b: second, year: number(&third[..4]) as i32, sep, meridiem: false },
        2 if sep == b'/' || sep == b'-' => Date::Short { a, b: second, c: number(&third[..2]) },
        _ => return None,
    };
    let len = if matches!(date, Date::Short { .. }) { 2 } else { 4 };
    let mut written = with_time(b, date, at + len, true)?;
    // A date alone of such a shape is as likely a version or a fraction.
    if matches!(date, Date::Short { .. }) && !written.timed {
        return None;
    }
    if let Date::Numeric { meridiem, .. } = &mut written.date {
        *meridiem = b[..written.len].iter().rev().take(4).any(|c| matches!(c, b'M' | b'm'));
    }
    Some(written)
}

/// `Oct 10 13:55:36`, `Oct 10 2000 13:55:36`, `Oct 10, 2000 1:55:36 PM`, `Mon Oct 10 13:55:36.5 2000`,
/// `Mon, 10 Oct 2000 13:55:36 -0700`.
fn name_first(b: &[u8]) -> Option<Written> {
    if let Some((month, n)) = month_name(b) {
        return month_first(b, month, n, false);
    }
    let n = weekday(b)?;
    let mut at = n;
    if b.get(at) == Some(&b',') {
        at += 1;
    }
    let spaces = b.get(at..)?.iter().take_while(|c| **c == b' ').count();
    if spaces == 0 {
        return None;
    }
    at += spaces;
    let mut written = match month_name(&b[at..]) {
        Some((month, n)) => month_first(&b[at..], month, n, true)?,
        None if b.get(at)?.is_ascii_digit() => digits_first(&b[at..])?,
        None => return None,
    };
    written.len += at;
    Some(written)
}

fn month_first(b: &[u8], month: u32, n: usize, after_weekday: bool) -> Option<Written> {
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
    let comma = b.get(at) == Some(&b',');
    at += usize::from(comma);
    if b.get(at) != Some(&b' ') {
        return None;
    }
    at += 1;
    // The year before the time.
    if digit_run(&b[at..]) == 4 && matches!(b.get(at + 4), Some(b' ' | b',') | None) {
        let date = ymd(number(&b[at..at + 4]) as i32, month, day)?;
        at += 4 + usize::from(b.get(at + 4) == Some(&b','));
        return with_time(b, date, at, true);
    }
    let (clock, at) = time_of_day(b, at)?;
    let mut written = finish(b, Date::Md(month, day), clock, at)?;
    // The year after the time: always with a weekday, else only when nothing else can be meant.
    let tail = &b[written.len..];
    let year_follows = tail.first() == Some(&b' ') && digit_run(&tail[1..]) == 4;
    if year_follows && (after_weekday || tail.len() == 5) {
        let year = number(&tail[1..5]) as i32;
        if (1900..2200).contains(&year) {
            written.date = ymd(year, month, day)?;
            written.len += 5;
            if written.zone == Said::Nothing {
                let (zone, n) = zone_at(&b[written.len..]);
                written.zone = zone;
                written.len += n;
            }
        }
    }
    Some(written)
}

/// `@40000000433225833b6e1a8c`: TAI64N as daemontools writes it (2^62 + 10 s + seconds since 1970).
fn tai64(b: &[u8]) -> Option<Written> {
    let hex = |part: &[u8]| -> Option<u64> { u64::from_str_radix(std::str::from_utf8(part).ok()?, 16).ok() };
    let seconds = hex(b.get(1..17)?)?.checked_sub((1 << 62) + 10)?;
    let (nanos, len) = match b.get(17..25).and_then(hex) {
        Some(n) if n < 1_000_000_000 => (n as u32, 25),
        _ => (0, 17),
    };
    let seconds = i64::try_from(seconds).ok().filter(|s| *s < 9_000_000_000)?;
    Some(Written { date: Date::Epoch(seconds), seconds: 0, nanos, zone: Said::Offset(0), timed: true, len })
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

/// What follows a date: nothing, or a separator and a time of day. `spaced` allows a comma or two spaces.
fn with_time(b: &[u8], date: Date, at: usize, spaced: bool) -> Option<Written> {
    let bare = Written { date, seconds: 0, nanos: 0, zone: Said::Nothing, timed: false, len: at };
    if b.get(at).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut t = at;
    match b.get(at) {
        Some(b'T' | b't' | b' ' | b'_') => t += 1,
        Some(b',') if spaced => t += 1,
        Some(b':' | b'-') if spaced && b.get(at + 1).is_some_and(u8::is_ascii_digit) => t += 1,
        _ => return Some(bare),
    }
    if spaced && b.get(t) == Some(&b' ') {
        t += 1;
    }
    match time_of_day(b, t) {
        Some((clock, end)) => finish(b, date, clock, end),
        None => Some(bare),
    }
}

/// `13:55:36`, `13:55`, `1:55:36 PM` (the fraction and AM/PM are [`finish`]'s); seconds and where they end.
fn time_of_day(b: &[u8], at: usize) -> Option<(u32, usize)> {
    let rest = b.get(at..)?;
    let h = digit_run(rest);
    if !(1..=2).contains(&h) || rest.get(h) != Some(&b':') || digit_run(&rest[h + 1..]) != 2 {
        return None;
    }
    let (hour, minute) = (number(&rest[..h]), number(&rest[h + 1..h + 3]));
    let mut end = h + 3;
    let mut second = 0;
    if rest.get(end) == Some(&b':') && digit_run(&rest[end + 1..]) == 2 {
        second = number(&rest[end + 1..end + 3]);
        end += 3;
    }
    (hour < 24 && minute < 60 && second <= 60).then_some((hour * 3600 + minute * 60 + second, at + end))
}

/// Fraction, AM/PM and zone after the time of day.
fn finish(b: &[u8], date: Date, clock: u32, at: usize) -> Option<Written> {
    let mut seconds = clock;
    let (nanos, n) = fraction(&b[at..]);
    let mut len = at + n;
    if let Some((pm, n)) = meridiem(&b[len..]) {
        let hour = seconds / 3600;
        if !(1..=12).contains(&hour) {
            return None;
        }
        seconds = seconds % 3600 + (hour % 12 + if pm { 12 } else { 0 }) * 3600;
        len += n;
    }
    let (zone, n) = zone_at(&b[len..]);
    len += n;
    Some(Written { date, seconds, nanos, zone, timed: true, len })
}

/// `.123456789` or `,123` as nanoseconds, and its length; digits past the ninth are passed over.
fn fraction(b: &[u8]) -> (u32, usize) {
    if !matches!(b.first(), Some(b'.' | b',')) {
        return (0, 0);
    }
    let run = digit_run(&b[1..]);
    if run == 0 {
        return (0, 0);
    }
    let kept = run.min(9);
    (number(&b[1..1 + kept]) * 10u32.pow(9 - kept as u32), 1 + run)
}

fn meridiem(b: &[u8]) -> Option<(bool, usize)> {
    let skip = usize::from(b.first() == Some(&b' '));
    let (letter, m) = (b.get(skip)?, b.get(skip + 1)?);
    if !matches!(m, b'M' | b'm') || b.get(skip + 2).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    match letter {
        b'A' | b'a' => Some((false, skip + 2)),
        b'P' | b'p' => Some((true, skip + 2)),
        _ => None,
    }
}

/// A zone right behind a time (`Z`, `+01:00`) or after one space (`+0100`, `CEST`), and its length.
fn zone_at(b: &[u8]) -> (Said, usize) {
    let space = usize::from(b.first() == Some(&b' '));
    match b.get(space) {
        Some(b'Z' | b'z') if space == 0 && !b.get(1).is_some_and(u8::is_ascii_alphanumeric) => {
            (Said::Offset(0), 1)
        }
        Some(sign @ (b'+' | b'-')) => {
            let digits = &b[space + 1..];
            let run = digit_run(digits);
            let (hours, minutes, n) =
                if run == 2 && digits.get(2) == Some(&b':') && digit_run(&digits[3..]) == 2 {
                    (number(&digits[..2]), number(&digits[3..5]), 5)
                } else if run == 4 {
                    (number(&digits[..2]), number(&digits[2..4]), 4)
                } else if run == 2 && space == 0 {
                    (number(&digits[..2]), 0, 2)
                } else {
                    return (Said::Nothing, 0);
                };
            if hours > 15 || minutes > 59 {
                return (Said::Nothing, 0);
            }
            let offset = (hours * 3600 + minutes * 60) as i32;
            (Said::Offset(if *sign == b'+' { offset } else { -offset }), space + 1 + n)
        }
        Some(c) if c.is_ascii_uppercase() => {
            let run = b[space..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count();
            match named_zone(&b[space..space + run]) {
                Some(said) => (said, space + run),
                None => (Said::Nothing, 0),
            }
        }
        _ => (Said::Nothing, 0),
    }
}

/// Zone abbreviations that are understood, with the reading that is taken. Those which several countries
/// use for different offsets are [`Said::Guess`]: CST is US Central, IST India, BST British Summer Time.
#[must_use]
pub fn named_zone(name: &[u8]) -> Option<Said> {
    let hours = |h: i32| Some(Said::Offset(h * 3600));
    match name {
        b"UTC" | b"GMT" | b"UT" | b"WET" | b"Z" => hours(0),
        b"WEST" | b"CET" | b"MEZ" => hours(1),
        b"CEST" | b"MESZ" | b"EET" | b"SAST" => hours(2),
        b"EEST" | b"MSK" => hours(3),
        b"EDT" => hours(-4),
        b"EST" | b"CDT" => hours(-5),
        b"MDT" => hours(-6),
        b"MST" | b"PDT" => hours(-7),
        b"PST" | b"AKDT" => hours(-8),
        b"AKST" => hours(-9),
        b"HST" => hours(-10),
        b"SGT" | b"HKT" | b"AWST" => hours(8),
        b"JST" | b"KST" => hours(9),
        b"AEST" => hours(10),
        b"AEDT" => hours(11),
        b"NZST" => hours(12),
        b"NZDT" => hours(13),
        b"BST" => Some(Said::Guess(3600)),
        b"CST" => Some(Said::Guess(-6 * 3600)),
        b"IST" => Some(Said::Guess(5 * 3600 + 1800)),
        _ => None,
    }
}

/// The month whose English name (three letters or whole) stands at the start, and the name's length.
#[must_use]
pub fn month_name(b: &[u8]) -> Option<(u32, usize)> {
    const WHOLE: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let key = [b.first()? | 32, b.get(1)? | 32, b.get(2)? | 32];
    let month = match &key {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    };
    let whole = WHOLE[month as usize - 1];
    let run = b.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let named =
        run == 3 || (run == whole.len() && b[..run].eq_ignore_ascii_case(whole)) || (run == 4 && month == 9);
    named.then_some((month, run))
}

/// The length of the weekday's name (three letters or whole) at the start.
fn weekday(b: &[u8]) -> Option<usize> {
    const NAMES: [&[u8]; 7] =
        [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];
    let run = b.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let fits = |name: &[u8]| (run == 3 || run == name.len()) && b[..run].eq_ignore_ascii_case(&name[..run]);
    NAMES.iter().any(|n| fits(n)).then_some(run)
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

fn clock_digits(b: &[u8]) -> Option<u32> {
    let (h, m, s) = (number(&b[..2]), number(&b[2..4]), number(&b[4..6]));
    (h < 24 && m < 60 && s <= 60).then_some(h * 3600 + m * 60 + s)
}

fn digit_run(b: &[u8]) -> usize {
    b.iter().take(21).take_while(|c| c.is_ascii_digit()).count()
}

/// At most nine digits, all known to be digits.
fn number(b: &[u8]) -> u32 {
    b.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0'))
}
