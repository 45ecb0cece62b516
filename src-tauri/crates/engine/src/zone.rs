//! Zones for showing times: an IANA name, `UTC`, or a fixed offset such as `+02:00`. Reading times out
//! of logs is not here.

use crate::error::usage;
use crate::wire::ApiError;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use timberline_model::time::rfc3339_at;

/// A zone that times are shown in.
#[derive(Clone, Debug)]
pub struct DisplayZone(TimeZone);

impl DisplayZone {
    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// By name or fixed offset.
    ///
    /// # Errors
    /// `usage` for a zone that does not exist.
    pub fn named(name: &str) -> Result<Self, ApiError> {
        if let Some(seconds) = fixed_offset(name) {
            let offset = Offset::from_seconds(seconds).map_err(|why| usage(&why.to_string()))?;
            return Ok(Self(TimeZone::fixed(offset)));
        }
        TimeZone::get(name).map(Self).map_err(|_| {
            usage(&format!(
                "there is no zone '{name}'; give a name such as Europe/Madrid or an offset such as +02:00"
            ))
        })
    }

    /// Seconds east of UTC at a time.
    #[must_use]
    pub fn offset_seconds(&self, ns: i64) -> i32 {
        Timestamp::from_nanosecond(i128::from(ns)).map_or(0, |t| self.0.to_offset(t).seconds())
    }

    /// RFC 3339 with all digits; `Z` where the offset is nought.
    #[must_use]
    pub fn show(&self, ns: i64) -> String {
        rfc3339_at(ns, self.offset_seconds(ns))
    }

    /// The zone as jiff has it, for arithmetic on dates.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

fn fixed_offset(name: &str) -> Option<i32> {
    let sign = match name.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return (name.eq_ignore_ascii_case("utc") || name == "Z").then_some(0),
    };
    let digits: String = name.get(1..)?.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok()?, 0),
        4 => (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?),
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, ns: i64, expect: &str) {
        assert_eq!(DisplayZone::named(zone).unwrap().show(ns), expect);
    }

    #[test]
    fn zones_show_local_time_with_its_offset() {
        check("UTC", 0, "1970-01-01T00:00:00Z");
        check("+05:30", 0, "1970-01-01T05:30:00+05:30");
        check("-0300", 0, "1969-12-31T21:00:00-03:00");
        check("Europe/Madrid", 1_782_864_000_000_000_000, "2026-07-01T02:00:00+02:00");
        assert!(DisplayZone::named("Mars/Olympus").is_err());
        assert!(DisplayZone::named("+99:00").is_err());
    }
}
