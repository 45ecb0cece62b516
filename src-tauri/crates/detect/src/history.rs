//! What is usual for an account: where its logins came from before, and at which hours.

use crate::table::{Login, Logins, network_of};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{DAY, HOUR};

/// An account's successful logins up to a moment.
#[derive(Default)]
pub struct History {
    /// Logins.
    pub logins: u64,
    /// Time of the first, ns.
    pub first_ns: i64,
    /// Time of the last, ns.
    pub last_ns: i64,
    /// Logins by network, and one address of it for showing (a number of [`Logins::sources`]).
    pub networks: FxHashMap<String, (u64, u32)>,
    /// Logins by hour of the day, UTC.
    pub hours: [u64; 24],
    /// Whether any came from outside.
    pub outside: bool,
}

impl History {
    /// Of an account, before a moment.
    #[must_use]
    pub fn of(logins: &Logins, user: u32, before_ns: i64) -> Self {
        let mut history = Self::default();
        let mut by_source: FxHashMap<u32, u64> = FxHashMap::default();
        for row in logins.between(i64::MIN, before_ns) {
            if row.user == user && counts(row) {
                history.note_time(row);
                *by_source.entry(row.source).or_default() += 1;
                history.outside |= !logins.is_inside(row.source);
            }
        }
        for (source, n) in by_source {
            let place =
                history.networks.entry(network_of(logins.sources.text(source))).or_insert((0, source));
            place.0 += n;
            // The smallest number, so that the order of the map does not show.
            place.1 = place.1.min(source);
        }
        history
    }

    /// Adds a login's time.
    pub fn note_time(&mut self, row: &Login) {
        if self.logins == 0 {
            self.first_ns = row.time;
        }
        self.last_ns = row.time;
        self.logins += 1;
        self.hours[hour_of(row.time)] += 1;
    }

    /// How long it is, ns.
    #[must_use]
    pub fn span_ns(&self) -> i64 {
        self.last_ns - self.first_ns
    }

    /// Whether it is long enough to say what is usual.
    #[must_use]
    pub fn established(&self, logins: f64, days: f64) -> bool {
        self.logins as f64 >= logins && self.span_ns() as f64 >= days * DAY as f64
    }

    /// Its length in words ("72 logins over 9 days, fair").
    #[must_use]
    pub fn words(&self) -> String {
        if self.logins == 0 {
            return "no earlier login in these logs, weak".into();
        }
        let days = (self.span_ns() as f64 / DAY as f64).round() as u64;
        let word = match (self.logins, days) {
            (n, d) if n < 15 || d < 3 => "weak",
            (n, d) if n >= 100 && d >= 14 => "strong",
            _ => "fair",
        };
        let n = crate::draft::counted(self.logins, "login", "logins");
        match days {
            0 => format!("{n} within a day, {word}"),
            days => format!("{n} over {}, {word}", crate::draft::counted(days, "day", "days")),
        }
    }

    /// Whether an hour of the day, and its neighbours, saw no login.
    #[must_use]
    pub fn unusual_hour(&self, hour: usize) -> bool {
        [hour + 23, hour, hour + 1].iter().all(|h| self.hours[h % 24] == 0)
    }

    /// The hours of its logins in words ("22:00 to 24:00").
    #[must_use]
    pub fn hours_words(&self) -> String {
        let on = |h: usize| self.hours[h % 24] > 0;
        if (0..24).all(on) {
            return "any hour".into();
        }
        let mut ranges = Vec::new();
        for start in (0..24).filter(|h| on(*h) && !on(h + 23)) {
            let length = (0..24).take_while(|n| on(start + n)).count();
            let end = (start + length) % 24;
            ranges.push(format!("{start:02}:00 to {:02}:00", if end == 0 { 24 } else { end }));
        }
        match ranges.len() {
            0 => "never".into(),
            1 | 2 => ranges.join(", "),
            n => format!("{n} stretches of the day"),
        }
    }

    /// The most frequent addresses in words ("10.20.0.30", "10.20.0.5 and 2 more networks").
    #[must_use]
    pub fn networks_words(&self, logins: &Logins) -> String {
        let Some((_, source)) =
            self.networks.values().max_by_key(|(n, source)| (*n, std::cmp::Reverse(*source)))
        else {
            return "never before".into();
        };
        let text = logins.sources.text(*source);
        match self.networks.len() {
            1 => text.to_owned(),
            2 => format!("{text} and 1 more network"),
            n => format!("{text} and {} more networks", n - 1),
        }
    }
}

/// Whether a row is a login from somewhere that was let in.
#[must_use]
pub fn counts(row: &Login) -> bool {
    row.success() && !row.elevation() && row.source != crate::table::NONE
}

/// The hour of the day, UTC.
#[must_use]
pub fn hour_of(time_ns: i64) -> usize {
    (time_ns.rem_euclid(DAY) / HOUR) as usize
}

/// Accounts that were let in at least once, from anywhere, by any door: they exist.
#[must_use]
pub fn accounts_in_use(logins: &Logins) -> FxHashSet<u32> {
    logins.rows.iter().filter(|r| r.success()).map(|r| r.user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_in_words() {
        let check = |hours: &[usize], expect: &str| {
            let mut history = History::default();
            for hour in hours {
                history.hours[*hour] = 1;
            }
            assert_eq!(history.hours_words(), expect);
        };
        check(&[], "never");
        check(&[22], "22:00 to 23:00");
        check(&[22, 23], "22:00 to 24:00");
        check(&[23, 0, 1], "23:00 to 02:00");
        check(&[8, 9, 14], "08:00 to 10:00, 14:00 to 15:00");
        check(&(0..24).collect::<Vec<_>>(), "any hour");
    }

    #[test]
    fn an_hour_beside_a_usual_one_is_usual() {
        let mut history = History::default();
        history.hours[23] = 4;
        assert!(!history.unusual_hour(0) && !history.unusual_hour(22) && history.unusual_hour(1));
    }
}
