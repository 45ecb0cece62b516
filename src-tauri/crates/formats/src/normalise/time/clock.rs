//! The time of day as logs write it, and what may stand behind it: a fraction, AM or PM, a zone.

use super::names::{named_zone, place};
use super::shapes::{Date, Said, Written, digit_run, number};

/// What follows a date: nothing, or a separator and a time of day. `spaced` allows more kinds of separator than
/// compact dates have.
pub(super) fn with_time(b: &[u8], date: Date, at: usize, spaced: bool) -> Option<Written> {
    let bare = Written { date, seconds: 0, nanos: 0, zone: Said::Nothing, timed: false, len: at };
    if b.get(at).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut t = at;
    match b.get(at) {
        Some(b'T' | b't' | b' ' | b'_' | b'\t') => t += 1,
        Some(b',') if spaced => t += 1,
        Some(b':' | b'-' | b';' | b'@') if spaced && b.get(at + 1).is_some_and(u8::is_ascii_digit) => t += 1,
        _ => return Some(bare),
    }
    if spaced {
        if b.get(t) == Some(&b' ') {
            t += 1;
        }
        // `at` of people and phones, `à` and `um` of French and German programs.
        if t > at {
            t += [&b"at "[..], b"\xc3\xa0 ", b"um "]
                .iter()
                .find(|w| b[t..].starts_with(w))
                .map_or(0, |w| w.len());
        }
    }
    let before = half_of_day_before(&b[t..]);
    let start = t + before.map_or(0, |(_, n)| n);
    let unusual =
        || if spaced { run_together(b, at, start).or_else(|| with_other_marks(b, at, start)) } else { None };
    match time_of_day(b, start).or_else(unusual) {
        Some((clock, end)) => {
            let mut written = finish(b, date, clock, end)?;
            if let Some((pm, _)) = before {
                written.seconds = twelve_hours(written.seconds, pm);
            }
            Some(written)
        }
        None => Some(bare),
    }
}

/// `13:55:36`, `13:55`, `1:55:36 PM` (the fraction and AM/PM are [`finish`]'s); seconds and where they end.
/// `24:00:00` is the end of a day.
pub(super) fn time_of_day(b: &[u8], at: usize) -> Option<(u32, usize)> {
    divided(b, at, b':')
}

fn divided(b: &[u8], at: usize, mark: u8) -> Option<(u32, usize)> {
    let rest = b.get(at..)?;
    let h = digit_run(rest);
    if !(1..=2).contains(&h) || rest.get(h) != Some(&mark) || digit_run(&rest[h + 1..]) != 2 {
        return None;
    }
    let (hour, minute) = (number(&rest[..h]), number(&rest[h + 1..h + 3]));
    let mut end = h + 3;
    let mut second = 0;
    if rest.get(end) == Some(&mark) && digit_run(&rest[end + 1..]) == 2 {
        second = number(&rest[end + 1..end + 3]);
        end += 3;
    }
    valid(hour, minute, second).map(|clock| (clock, at + end))
}

/// `03.04.05` (DB2, Oracle) behind a separator, `03-04-05` (names of files) behind `_`, `T` or `-`.
fn with_other_marks(b: &[u8], at: usize, start: usize) -> Option<(u32, usize)> {
    let mark = match b.get(start + 2)? {
        b'.' => b'.',
        b'-' if matches!(b.get(at), Some(b'_' | b'T' | b'-')) => b'-',
        _ => return None,
    };
    let (clock, end) = divided(b, start, mark)?;
    // Hours, minutes and seconds: two numbers with a dot between them may be anything, and four an address.
    let address = b[at] == b' ' && b.get(end) == Some(&b'.') && (1..=3).contains(&digit_run(&b[end + 1..]));
    (end == start + 8 && !address).then_some((clock, end))
}

/// `021304` behind `T`, `_` or `-`, and `0213` where nothing else follows but a zone.
fn run_together(b: &[u8], at: usize, start: usize) -> Option<(u32, usize)> {
    if !matches!(b.get(at), Some(b'T' | b't' | b'_' | b'-')) {
        return None;
    }
    let rest = b.get(start..)?;
    match digit_run(rest) {
        6 => clock_digits(&rest[..6]).map(|clock| (clock, start + 6)),
        4 if matches!(rest.get(4), Some(b'Z' | b'+')) => {
            valid(number(&rest[..2]), number(&rest[2..4]), 0).map(|clock| (clock, start + 4))
        }
        _ => None,
    }
}

/// Six digits as seconds since midnight.
pub(super) fn clock_digits(b: &[u8]) -> Option<u32> {
    valid(number(&b[..2]), number(&b[2..4]), number(&b[4..6]))
}

fn valid(hour: u32, minute: u32, second: u32) -> Option<u32> {
    let fits = (hour < 24 && minute < 60 && second <= 60) || (hour, minute, second) == (24, 0, 0);
    fits.then_some(hour * 3600 + minute * 60 + second)
}

/// Fraction, AM/PM and zone after the time of day.
pub(super) fn finish(b: &[u8], date: Date, clock: u32, at: usize) -> Option<Written> {
    let mut seconds = clock;
    let (nanos, n) = fraction(&b[at..]);
    let mut len = at + n;
    if let Some((pm, n)) = meridiem(&b[len..]) {
        seconds = twelve_hours(seconds, pm);
        len += n;
    }
    let (zone, n) = zone_at(&b[len..], len);
    len += n;
    Some(Written { date, seconds, nanos, zone, timed: true, len })
}

/// Seconds since midnight of a time with AM or PM; one of 24 hours with a needless AM or PM stays.
fn twelve_hours(seconds: u32, pm: bool) -> u32 {
    match seconds / 3600 {
        hour @ 1..=12 => seconds % 3600 + (hour % 12 + if pm { 12 } else { 0 }) * 3600,
        _ => seconds,
    }
}

/// `.123456789`, `,123` or `:123` as nanoseconds, and its length; digits past the ninth are passed over. Behind a
/// colon stand milliseconds, as a number (`:7` is seven of them).
pub(super) fn fraction(b: &[u8]) -> (u32, usize) {
    let Some(mark @ (b'.' | b',' | b':')) = b.first() else { return (0, 0) };
    let run = digit_run(&b[1..]);
    if *mark == b':' {
        let alone = !matches!(b.get(1 + run), Some(b':' | b'.' | b'-'))
            && !b.get(1 + run).is_some_and(u8::is_ascii_alphabetic);
        return if (1..=3).contains(&run) && alone {
            (number(&b[1..1 + run]) * 1_000_000, 1 + run)
        } else {
            (0, 0)
        };
    }
    if run == 0 {
        return (0, 0);
    }
    let kept = run.min(9);
    (number(&b[1..1 + kept]) * 10u32.pow(9 - kept as u32), 1 + run)
}

/// AM or PM behind a time, with a space of any width before it (newer Java and .NET write U+202F) and perhaps
/// with dots (`p. m.`); whether it is PM, and its length.
fn meridiem(b: &[u8]) -> Option<(bool, usize)> {
    let skip = match b {
        [b' ', ..] => 1,
        [0xe2, 0x80, 0xaf | 0x89, ..] => 3,
        [0xc2, 0xa0, ..] => 2,
        _ => 0,
    };
    let rest = &b[skip..];
    let pm = match rest.first()? {
        b'A' | b'a' => false,
        b'P' | b'p' => true,
        _ => return None,
    };
    let n = match &rest[1..] {
        [b'.', b' ', b'm' | b'M', b'.', ..] => 5,
        [b'.', 0xc2, 0xa0, b'm' | b'M', b'.', ..] => 6,
        [b'.', b'm' | b'M', b'.', ..] => 4,
        [b'm' | b'M', ..] => 2,
        _ => return None,
    };
    (!rest.get(n).is_some_and(u8::is_ascii_alphanumeric)).then_some((pm, skip + n))
}

/// Morning or afternoon before a time, as Chinese, Japanese and Korean programs write it.
fn half_of_day_before(b: &[u8]) -> Option<(bool, usize)> {
    if b.first()?.is_ascii() {
        return None;
    }
    const WORDS: [(&str, bool); 6] =
        [("上午", false), ("下午", true), ("午前", false), ("午後", true), ("오전", false), ("오후", true)];
    let (word, pm) = WORDS.iter().find(|(w, _)| b.starts_with(w.as_bytes()))?;
    Some((*pm, word.len() + usize::from(b.get(word.len()) == Some(&b' '))))
}

/// The zone behind a time and its length: `Z`, `+01:00`, ` +0100`, ` CEST`, ` GMT+2`, ` Europe/Berlin`,
/// `+01:00[Europe/Berlin]`, ` +0000 UTC`. `from` is where `b` begins in the text.
pub(super) fn zone_at(b: &[u8], from: usize) -> (Said, usize) {
    let space = usize::from(b.first() == Some(&b' '));
    let rest = &b[space..];
    match rest.first() {
        Some(b'Z' | b'z') if !rest.get(1).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_') => {
            (Said::Offset(0), space + 1 + in_brackets(&rest[1..]).unwrap_or(0))
        }
        Some(b'+' | b'-') => match offset(rest, space == 0) {
            Some((seconds, n)) => (Said::Offset(seconds), space + n + named_again(&rest[n..])),
            None => (Said::Nothing, 0),
        },
        Some(b'[') if space == 0 => match in_brackets(rest) {
            Some(n) => (Said::Place { from: from + 1, len: n - 2 }, n),
            None => (Said::Nothing, 0),
        },
        Some(c) if c.is_ascii_uppercase() => {
            if let Some(n) = place(rest) {
                return (Said::Place { from: from + space, len: n }, space + n);
            }
            let run = rest.iter().take(24).take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count();
            let Some(said) = named_zone(&rest[..run]) else { return (Said::Nothing, 0) };
            // `GMT+2` and `UTC+02:00` are east of Greenwich in logs.
            let signed = matches!(rest.get(run), Some(b'+' | b'-')) && said == Said::Offset(0);
            match signed.then(|| offset(&rest[run..], true).or_else(|| hours(&rest[run..]))).flatten() {
                Some((seconds, n)) => (Said::Offset(seconds), space + run + n),
                None => (said, space + run + in_brackets(&rest[run..]).unwrap_or(0)),
            }
        }
        _ => (Said::Nothing, 0),
    }
}

/// Seconds east of UTC of `+01:00`, `+0100`, `+01:00:00`, and `+01` where `short` allows it; and the length.
fn offset(b: &[u8], short: bool) -> Option<(i32, usize)> {
    let digits = &b[1..];
    let run = digit_run(digits);
    let (hours, minutes, n) = if run == 2 && digits.get(2) == Some(&b':') && digit_run(&digits[3..]) == 2 {
        let seconds = digits.get(5) == Some(&b':') && digit_run(&digits[6..]) == 2;
        (number(&digits[..2]), number(&digits[3..5]), if seconds { 8 } else { 5 })
    } else if run == 4 {
        (number(&digits[..2]), number(&digits[2..4]), 4)
    } else if run == 2 && short {
        (number(&digits[..2]), 0, 2)
    } else {
        return None;
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    let seconds = (hours * 3600 + minutes * 60) as i32;
    Some((if b[0] == b'+' { seconds } else { -seconds }, 1 + n))
}

/// `+2` behind `GMT`.
fn hours(b: &[u8]) -> Option<(i32, usize)> {
    let hours = (digit_run(&b[1..]) == 1).then(|| number(&b[1..2]) as i32 * 3600)?;
    Some((if b[0] == b'+' { hours } else { -hours }, 2))
}

/// The length of `[Europe/Berlin]`.
fn in_brackets(b: &[u8]) -> Option<usize> {
    let inner = b.strip_prefix(b"[")?;
    let n = place(inner).or_else(|| inner.starts_with(b"UTC]").then_some(3))?;
    (inner.get(n) == Some(&b']')).then_some(n + 2)
}

/// The length of a name that says an offset once more: ` UTC` behind `+0000` (Go), `[Europe/Berlin]`.
fn named_again(b: &[u8]) -> usize {
    if let Some(n) = in_brackets(b) {
        return n;
    }
    let Some(rest) = b.strip_prefix(b" ") else { return 0 };
    let run = rest.iter().take(8).take_while(|c| c.is_ascii_uppercase()).count();
    let ends = !rest.get(run).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_');
    if run >= 3 && ends && named_zone(&rest[..run]).is_some() { run + 1 } else { 0 }
}
