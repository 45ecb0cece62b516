//! Clocks that were wrong: how far the times of a source are moved, said in words, and the moving. The records stay
//! as they were read; the store moves times as it hands them out.

use crate::error::usage;
use crate::ops::cases;
use crate::reading;
use crate::session::Engine;
use crate::wire::{ApiError, CaseState, Nothing, SourceOffset};
use std::sync::atomic::AtomicBool;
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND};

const MILLISECOND: i64 = SECOND / 1_000;
/// Units, the greatest first; `ms` before `m` and `s`, which it begins or ends with.
const UNITS: [(&str, i64); 5] = [("d", DAY), ("h", HOUR), ("ms", MILLISECOND), ("m", MINUTE), ("s", SECOND)];
/// No clock is wrong by more: a hundred years.
const MOST: i64 = 36_525 * DAY;

/// Nanoseconds of `+1h2m3s`, `-90s`, `250ms`, `0`.
///
/// # Errors
/// `usage`, with what would be understood.
pub fn parse(text: &str) -> Result<i64, ApiError> {
    let odd = || {
        usage(&format!(
            "the offset \"{text}\" was not understood; give one such as +1h2m3s, -90s, 250ms, or 0"
        ))
    };
    let text = text.trim();
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    let (mut ns, mut least) = (0i64, i64::MAX);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let n: i64 = rest.get(..digits).and_then(|d| d.parse().ok()).ok_or_else(odd)?;
        let after = rest.get(digits..).unwrap_or_default();
        let (unit, length) = UNITS.iter().find(|(unit, _)| after.starts_with(unit)).ok_or_else(odd)?;
        if *length >= least {
            return Err(odd());
        }
        least = *length;
        ns = n
            .checked_mul(*length)
            .and_then(|part| ns.checked_add(part))
            .filter(|ns| *ns <= MOST)
            .ok_or_else(odd)?;
        rest = after.strip_prefix(unit).unwrap_or_default();
    }
    if text.is_empty() || least == i64::MAX { Err(odd()) } else { Ok(sign * ns) }
}

/// An offset as [`parse`] reads it.
#[must_use]
pub fn show(ns: i64) -> String {
    let mut left = ns.unsigned_abs() / MILLISECOND.unsigned_abs();
    if left == 0 {
        return "0".to_owned();
    }
    let mut out = String::from(if ns < 0 { "-" } else { "+" });
    for (unit, ms) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        if left >= ms {
            out.push_str(&format!("{}{unit}", left / ms));
            left %= ms;
        }
    }
    out
}

/// Moves all times of a source, and runs the detectors again.
///
/// # Errors
/// `not_found` for a number that no source has; `busy` during an import; `usage` for an offset that is none.
pub fn set(engine: &Engine, ask: SourceOffset) -> Result<CaseState, ApiError> {
    let open = engine.case()?;
    let offset_ns = parse(&ask.offset)?;
    if engine.shared.jobs.busy() {
        return Err(ApiError::new("busy", "an import is running; wait for it or cancel it first"));
    }
    let sources = open.case.sources()?;
    let source = sources.iter().find(|s| s.id == ask.id);
    let source = source
        .ok_or_else(|| ApiError::not_found(format!("there is no source {}; `sources` lists them", ask.id)))?;
    if source.clock_offset_ns != offset_ns {
        crate::news::watched(&open, "clock", || {
            open.case.set_clock_offset(ask.id, offset_ns)?;
            reading::detect(&open, None, &AtomicBool::new(false))
        })?;
        engine.changed(&["case", "sources", "events", "cards"]);
    }
    cases::state(engine, Nothing {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_words() {
        let check = |text: &str, ns: i64, shown: &str| {
            assert_eq!(parse(text).map_err(|e| e.message), Ok(ns), "{text}");
            assert_eq!(show(ns), shown, "{text}");
        };
        check("+1h2m3s", HOUR + 2 * MINUTE + 3 * SECOND, "+1h2m3s");
        check("-90s", -90 * SECOND, "-1m30s");
        check("250ms", 250 * MILLISECOND, "+250ms");
        check("2d", 2 * DAY, "+2d");
        check(" 0 ", 0, "0");
        check("-0", 0, "0");
        for text in
            ["", "+", "1", "h", "1h1h", "1s2h", "1.5h", "99999999d", "9223372036854775807h", "1h x", "é"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
