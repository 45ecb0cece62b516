//! What an analyst gives beside the logs: zones in which people's hours are judged, where addresses lie on the map, and
//! lists of values to look for. Files are read by whoever calls; nothing here opens one.

use crate::lists::Lists;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use timberline_model::EventId;
use timberline_model::time::{DAY, HOUR, SECOND, rfc3339_at};

/// All of it; each may be missing.
#[derive(Clone, Default)]
pub struct Given<'a> {
    /// Zones of the sources.
    pub zones: Zones,
    /// Where addresses lie.
    pub places: Option<&'a dyn Places>,
    /// Values to look for.
    pub lists: Option<&'a Lists>,
}

/// Where an address lies, as a GeoIP file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// ISO 3166 code of the country ("DE"); empty where unknown.
    pub country: String,
    /// The town, where the file knows it; else the country's name.
    pub name: String,
    /// Degrees north and east.
    pub at: Option<(f64, f64)>,
    /// Within how many kilometres that is true.
    pub radius_km: f64,
}

/// Says where addresses lie.
pub trait Places: Sync {
    /// Where one lies, if that is known.
    fn of(&self, address: &str) -> Option<Place>;
    /// What says so ("GeoLite2-City, built 2026-03-02").
    fn about(&self) -> String;
}

/// A zone with its name.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name ("Europe/Madrid"), and why it was taken.
    pub words: String,
    /// Its rules.
    pub zone: TimeZone,
}

/// In which zone the people of a source live: that of the source where one was given, else the case's, else UTC.
#[derive(Clone, Default)]
pub struct Zones {
    case: Option<Arc<Zone>>,
    by_source: FxHashMap<u32, Arc<Zone>>,
}

impl Zones {
    /// With the case's zone.
    #[must_use]
    pub fn of_case(zone: Option<Zone>) -> Self {
        Self { case: zone.map(Arc::new), by_source: FxHashMap::default() }
    }

    /// Adds a source's own zone.
    pub fn set(&mut self, source: u32, zone: Zone) {
        self.by_source.insert(source, Arc::new(zone));
    }

    fn of(&self, id: EventId) -> Option<&Zone> {
        self.by_source.get(&id.source()).or(self.case.as_ref()).map(|z| &**z)
    }

    /// The time on the wall where an event's source stands, as ns that read as UTC.
    #[must_use]
    pub fn wall(&self, id: EventId, time_ns: i64) -> i64 {
        let offset = self.of(id).map_or(0, |z| {
            Timestamp::from_nanosecond(i128::from(time_ns)).map_or(0, |t| z.zone.to_offset(t).seconds())
        });
        time_ns.saturating_add(i64::from(offset) * SECOND)
    }

    /// Which zone that is, in words.
    #[must_use]
    pub fn words(&self, id: EventId) -> String {
        self.of(id).map_or_else(|| "UTC, since no zone was given".to_owned(), |z| z.words.clone())
    }

    /// The hour and minute on the wall ("03:12").
    #[must_use]
    pub fn clock(&self, id: EventId, time_ns: i64) -> String {
        rfc3339_at(self.wall(id, time_ns), 0).get(11..16).unwrap_or_default().to_owned()
    }

    /// Whether people mostly work then: Monday to Friday, 7 to 20 on the wall.
    #[must_use]
    pub fn working_hours(&self, id: EventId, time_ns: i64) -> bool {
        let wall = self.wall(id, time_ns);
        (7..20).contains(&hour_of(wall)) && weekday(wall) < 5
    }
}

/// The hour of a time on the wall.
#[must_use]
pub fn hour_of(wall_ns: i64) -> i64 {
    wall_ns.rem_euclid(DAY) / HOUR
}

/// The weekday of a time on the wall, from Monday, 0 to 6.
#[must_use]
pub fn weekday(wall_ns: i64) -> i64 {
    // 1 January 1970 was a Thursday.
    (wall_ns.div_euclid(DAY) + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_on_the_wall_of_the_source() {
        let fixed = |hours: i8| Zone {
            words: format!("+{hours:02}:00"),
            zone: TimeZone::fixed(jiff::tz::offset(hours)),
        };
        let mut zones = Zones::of_case(Some(fixed(2)));
        zones.set(7, fixed(9));
        let (one, seven) = (EventId::new(1, 0), EventId::new(7, 0));
        assert_eq!(zones.clock(one, 23 * HOUR), "01:00");
        assert_eq!(zones.clock(seven, 23 * HOUR), "08:00");
        assert_eq!(Zones::default().clock(one, 23 * HOUR), "23:00");
        // Thursday 1 January 1970, 23:00 UTC is Friday 08:00 in the ninth zone.
        assert!(zones.working_hours(seven, 23 * HOUR) && !zones.working_hours(one, 23 * HOUR));
        assert_eq!((weekday(0), weekday(4 * DAY)), (3, 0));
        assert!(Zones::default().words(one).starts_with("UTC, since"));
    }
}
