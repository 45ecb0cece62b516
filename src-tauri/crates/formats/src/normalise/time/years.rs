//! Years for times that name none.
//!
//! The rule: the log is taken to run forward. A step back by more than six months is a New Year; a smaller
//! step back is a line out of order; a step forward by more than eleven months is a line of the old year out
//! of order (31 December after 1 January). The last year is the one in which the latest such time lies at most
//! a day after the reference (the file's own date), and no 29 February falls on a year that has none. Where the
//! log has times beside them that name their year (one in twenty is enough), these are the reference instead: the
//! latest of both kinds then lie as near to each other as can be. `--year` gives the year of the first such time.

use std::cell::Cell;
use timberline_model::time::{DAY, SECOND, civil_from_days, days_from_civil};

/// Counts New Years while a log is read in order. Dates are compared as `month * 31 + day`.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// Place of the last time: years since the first, and its date.
    last: Cell<Option<(i32, u32)>>,
}

const HALF: i64 = 186;
const ELEVEN_MONTHS: i64 = 341;

impl Walk {
    /// The year of this date, counted from the first year-less time (which is 0).
    pub fn step(&self, month: u32, day: u32) -> i32 {
        let date = month * 31 + day;
        let Some((year, last)) = self.last.get() else {
            self.last.set(Some((0, date)));
            return 0;
        };
        let step = i64::from(date) - i64::from(last);
        if step < -HALF {
            self.last.set(Some((year + 1, date)));
            year + 1
        } else if step > ELEVEN_MONTHS {
            // Left where it was: the next line is likely of the new year again.
            year - 1
        } else {
            self.last.set(Some((year, date)));
            year
        }
    }
}

/// What a first pass over a year-less log saw.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// The latest day: year counted from the first, month, day.
    latest: Option<(i32, u32, u32)>,
    earliest: Option<(i32, u32, u32)>,
    first: i32,
    /// Years that hold a 29 February.
    leap: Vec<i32>,
    /// How many dates had no year.
    without: u64,
    /// How many had one, and the latest of those as days since 1970.
    with: u64,
    latest_stated: i64,
}

impl Census {
    /// Takes note of a date.
    pub fn note(&mut self, year: i32, month: u32, day: u32) {
        let time = (year, month, day);
        self.without += 1;
        self.first = self.first.min(year);
        self.latest = Some(self.latest.map_or(time, |old| old.max(time)));
        self.earliest = Some(self.earliest.map_or(time, |old| old.min(time)));
        if month == 2 && day == 29 && !self.leap.contains(&year) && self.leap.len() < 64 {
            self.leap.push(year);
        }
    }

    /// Takes note of a date (days since 1970) that names its year.
    pub fn note_stated(&mut self, days: i64) {
        self.latest_stated = if self.with == 0 { days } else { self.latest_stated.max(days) };
        self.with += 1;
    }

    /// Whether the years follow from times beside them that name theirs.
    #[must_use]
    pub fn has_neighbours(&self) -> bool {
        self.with > 0 && self.with.saturating_mul(20) >= self.without
    }

    /// Whether any year-less time was seen.
    #[must_use]
    pub fn seen(&self) -> bool {
        self.latest.is_some()
    }

    /// First and last year counted from the first time.
    #[must_use]
    pub fn span(&self) -> (i32, i32) {
        (self.first, self.latest.map_or(0, |(y, ..)| y))
    }

    /// The earliest and the latest day (midnight, ns since 1970) when year 0 is this calendar year.
    #[must_use]
    pub fn days(&self, base: i32) -> Option<(i64, i64)> {
        let ns = |(y, m, d): (i32, u32, u32)| days_from_civil(i64::from(base + y), m, d).checked_mul(DAY);
        Some((ns(self.earliest?)?, ns(self.latest?)?))
    }

    /// The calendar year of year 0, so that the latest day begins at most a day after the reference.
    #[must_use]
    pub fn anchor(&self, reference_ns: i64) -> i32 {
        let Some((last, month, day)) = self.latest else { return 1970 };
        if self.has_neighbours() {
            let (year, ..) = civil_from_days(self.latest_stated);
            let far = |y: &i64| (days_from_civil(*y, month, day) - self.latest_stated).abs();
            let nearest = [year, year - 1, year + 1].into_iter().min_by_key(far).unwrap_or(year);
            return nearest as i32 - last;
        }
        let limit = reference_ns.saturating_add(DAY) / SECOND;
        let (mut year, ..) = civil_from_days(limit.div_euclid(86_400));
        if days_from_civil(year, month, day) * 86_400 > limit {
            year -= 1;
        }
        let base = year as i32 - last;
        // At most eight years lie between leap years; nothing fits when two such years follow each other.
        (0..8).map(|back| base - back).find(|base| self.leap.iter().all(|y| leap(base + y))).unwrap_or(base)
    }
}

fn leap(year: i32) -> bool {
    timberline_model::time::days_in_month(i64::from(year), 2) == 29
}

/// How the years of a source are found, in words.
#[must_use]
pub fn rule(base: i32, span: (i32, i32), given: bool, why: &str) -> String {
    let (from, to) = (base + span.0, base + span.1);
    let years = if from == to { format!("{from}") } else { format!("{from} to {to}") };
    let source = if given { "given" } else { why };
    match span.1 - span.0 {
        0 => format!("{years}, {source}"),
        1 => format!("{years}, {source}, 1 New Year passed"),
        n => format!("{years}, {source}, {n} New Years passed"),
    }
}
