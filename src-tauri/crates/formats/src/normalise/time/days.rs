//! Days for times of day that stand without a date.
//!
//! The rule: nothing is assumed. A date comes from the user (`--date`, the day of the first such time) or from the
//! log itself (a header line, by a rule of the format). From there on the log is taken to run forward: a step back
//! by more than twelve hours is a midnight, a smaller one is a line out of order, and a step forward by more than
//! twelve hours behind a midnight is a line of the day before.

use std::cell::Cell;
use timberline_model::time::{DAY, HOUR};

/// The day so far.
#[derive(Debug, Default)]
pub struct Days {
    /// Days since 1970 of the last time; unknown until somebody says so.
    day: Cell<Option<i64>>,
    /// The last time of day, ns, since the date was said.
    last: Cell<Option<i64>>,
    midnights: Cell<u32>,
    given: bool,
    /// Times that had no date, and how many of them got none.
    seen: Cell<u64>,
    undated: Cell<u64>,
}

impl Days {
    /// From a date that the user gave.
    #[must_use]
    pub fn given(day: Option<i64>) -> Self {
        Self { day: Cell::new(day), given: day.is_some(), ..Self::default() }
    }

    /// The log itself says which day it is from here on; what the user gave stands above that.
    pub fn say(&self, day: i64) {
        if !self.given {
            self.day.set(Some(day));
            self.last.set(None);
        }
    }

    /// Midnight (local, ns) of the day of this time of day (ns), the next one in the log.
    pub fn of(&self, clock: i64) -> Option<i64> {
        self.seen.set(self.seen.get() + 1);
        let Some(day) = self.day.get() else {
            self.undated.set(self.undated.get() + 1);
            return None;
        };
        let step = self.last.get().map_or(0, |last| clock - last);
        let day = if step < -12 * HOUR {
            self.midnights.set(self.midnights.get() + 1);
            self.day.set(Some(day + 1));
            day + 1
        } else if step > 12 * HOUR && self.midnights.get() > 0 {
            // Left where it was: the next line is likely of the new day again.
            return (day - 1).checked_mul(DAY);
        } else {
            day
        };
        self.last.set(Some(clock));
        day.checked_mul(DAY)
    }

    /// How many times got no date.
    #[must_use]
    pub fn undated(&self) -> u64 {
        self.undated.get()
    }

    /// How the dates were found, in words; `None` when every time has its own.
    #[must_use]
    pub fn rule(&self, first: impl Fn(i64) -> String) -> Option<String> {
        let day = self.day.get().filter(|_| self.seen.get() > self.undated.get())?;
        if !self.given {
            return Some("dates from the log's own header lines".to_owned());
        }
        let from = first(day - i64::from(self.midnights.get()));
        Some(match self.midnights.get() {
            0 => format!("the date {from}, given"),
            1 => format!("the dates from {from} on, given, 1 midnight passed"),
            n => format!("the dates from {from} on, given, {n} midnights passed"),
        })
    }
}
