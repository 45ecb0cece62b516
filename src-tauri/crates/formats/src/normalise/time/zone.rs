//! Zones of times that name none: UTC, a fixed offset, or an IANA zone from the tables that are built in.
//! Which zone a source has is the user's to say; UTC is assumed otherwise, and said.
//!
//! A local time that the clocks skip or repeat (the two nights of daylight saving) is taken with the offset
//! that was in force before the change: the earlier of two instants, and an instant after a gap as if the
//! clocks had not been put forward. Such times are counted, so that the source can say how many there were.

use jiff::tz::{AmbiguousOffset, TimeZone};
use std::cell::Cell;
use timberline_model::time::{HOUR, SECOND};

/// A zone, and how it was chosen.
#[derive(Debug)]
pub struct Zone {
    name: String,
    kind: Kind,
    /// Hour of local time and its offset in ns, where the whole hour has one offset only.
    cache: Cell<(i64, i64)>,
    /// Times that the clocks skip or repeat.
    doubtful: Cell<u64>,
}

#[derive(Debug)]
enum Kind {
    Utc,
    Fixed(i64),
    Named(TimeZone),
}

impl Zone {
    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".into(), kind: Kind::Utc, cache: Cell::new((i64::MIN, 0)), doubtful: Cell::new(0) }
    }

    /// A zone by the name that a user gave: `UTC`, `+02:00`, `Europe/Berlin`.
    ///
    /// # Errors
    /// A sentence that says what was not understood and what would be.
    pub fn parse(name: &str) -> Result<Self, String> {
        let name = name.trim();
        let mut zone = Self::utc();
        if matches!(name.to_ascii_uppercase().as_str(), "UTC" | "Z" | "GMT") {
            return Ok(zone);
        }
        if let Some(seconds) = offset(name) {
            zone.name = name.to_owned();
            zone.kind = Kind::Fixed(i64::from(seconds) * SECOND);
            return Ok(zone);
        }
        match TimeZone::get(name) {
            Ok(found) => {
                zone.name = found.iana_name().unwrap_or(name).to_owned();
                zone.kind = Kind::Named(found);
                Ok(zone)
            }
            Err(_) => Err(format!(
                "the zone \"{name}\" is not known; give an IANA name such as Europe/Berlin, an offset such as +02:00, or UTC"
            )),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many times fell where the clocks skip or repeat an hour.
    #[must_use]
    pub fn doubtful(&self) -> u64 {
        self.doubtful.get()
    }

    /// The offset in ns at a local time, where this zone calls itself by `abbreviation` then.
    #[must_use]
    pub fn called(&self, abbreviation: &str, local: i64) -> Option<i64> {
        let Kind::Named(zone) = &self.kind else { return None };
        let (offset, _) = offset_at(zone, local)?;
        let instant = jiff::Timestamp::from_second((local - offset).div_euclid(SECOND)).ok()?;
        (zone.to_offset_info(instant).abbreviation() == abbreviation).then_some(offset)
    }

    /// The instant (ns since 1970 UTC) of a local time given as ns since 1970 on the local clock.
    #[must_use]
    pub fn to_utc(&self, local: i64) -> Option<i64> {
        match &self.kind {
            Kind::Utc => Some(local),
            Kind::Fixed(offset) => local.checked_sub(*offset),
            Kind::Named(zone) => {
                let hour = local.div_euclid(HOUR);
                let (cached, offset) = self.cache.get();
                if cached == hour {
                    return local.checked_sub(offset);
                }
                let (offset, doubt) = offset_at(zone, local)?;
                self.doubtful.set(self.doubtful.get() + u64::from(doubt));
                let (first, doubt_first) = offset_at(zone, hour * HOUR)?;
                let (last, doubt_last) = offset_at(zone, hour * HOUR + HOUR - SECOND)?;
                if !doubt && !doubt_first && !doubt_last && first == offset && last == offset {
                    self.cache.set((hour, offset));
                }
                local.checked_sub(offset)
            }
        }
    }
}

/// The offset in ns at a local time, and whether the clocks skip or repeat that time.
fn offset_at(zone: &TimeZone, local: i64) -> Option<(i64, bool)> {
    let seconds = local.div_euclid(SECOND);
    let civil = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC).datetime();
    let (offset, doubt) = match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, false),
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => (before, true),
    };
    Some((i64::from(offset.seconds()) * SECOND, doubt))
}

/// Seconds east of UTC of `+02:00`, `-0330`, `+2`.
fn offset(text: &str) -> Option<i32> {
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
