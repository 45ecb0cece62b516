//! When to try again: what `Retry-After` says (seconds or a date), and how long to wait where it says nothing.
//! The time now is an argument.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// The longest that is waited without asking, in seconds.
pub const WAIT_MAX: u64 = 60;

/// Seconds that a `Retry-After` asks for; `None` where it cannot be read. `now` is in seconds since 1970.
#[must_use]
pub fn after(header: &str, now: u64) -> Option<u64> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        return Some(header.parse().unwrap_or(u64::MAX));
    }
    date(header).map(|at| at.saturating_sub(now))
}

/// An HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`) in seconds since 1970.
fn date(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let day: i64 = parts.next()?.parse().ok()?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = parts.next()?;
    let month = months.iter().position(|m| *m == name)? as i64 + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.split(':').map(|p| p.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if parts.next()? != "GMT" || !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    // Days from a civil date, after Howard Hinnant's chrono algorithms.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    u64::try_from(days * 86_400 + hour * 3_600 + minute * 60 + second).ok()
}

/// How long to wait before the next try; `None` when the endpoint asks for longer than is waited without asking.
#[must_use]
pub fn wait(after: Option<u64>, tried: u32) -> Option<Duration> {
    match after {
        Some(seconds) if seconds > WAIT_MAX => None,
        Some(seconds) => Some(Duration::from_secs(seconds)),
        // Twice as long each time, and not the same for everybody.
        None => {
            let base = 500_u64 << tried.min(6);
            let any = RandomState::new().build_hasher().finish() % (base / 2).max(1);
            Some(Duration::from_millis(base / 2 + any))
        }
    }
}

/// `40 seconds`, `2 hours`, `10 years`.
#[must_use]
pub fn in_words(seconds: u64) -> String {
    let units = [(31_536_000, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (n, unit) = units
        .iter()
        .find(|(size, _)| seconds >= 2 * size)
        .map_or((seconds, "second"), |(s, u)| (seconds / s, u));
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(after("7", 0), Some(7));
        assert_eq!(after(" 0 ", 0), Some(0));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_770), Some(7));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_900), Some(0), "it has passed");
        assert_eq!(after("99999999999999999999999", 0), Some(u64::MAX));
        for odd in [
            "",
            "soon",
            "-1",
            "1.5",
            "Sun, 99 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994",
            "Sun, 06 Nov 99999999999999 1:1:1 GMT",
        ] {
            assert_eq!(after(odd, 0), None, "{odd}");
        }
    }

    #[test]
    fn nobody_waits_for_years() {
        assert_eq!(wait(Some(61), 1), None);
        assert_eq!(wait(Some(60), 1), Some(Duration::from_secs(60)));
        for tried in 1..8 {
            assert!(wait(None, tried).is_some_and(|w| w < Duration::from_secs(40)));
        }
        assert_eq!(in_words(315_360_000), "10 years");
        assert_eq!(in_words(1), "1 second");
    }
}
