//! Which number is the month in `04/05/2026` and `04/05/26`.
//!
//! The rule: the order under which every date of the log is a date. Where several orders fit: with four-digit
//! years the month comes first after a slash or beside AM/PM, and the day first after a dash or a dot; with
//! two-digit years the order whose latest date lies nearest before the reference, else year first (log4j).
//! A choice that the log does not prove is said as an assumption.

use super::shapes::{Date, two_digit_year};
use timberline_model::time::{days_from_civil, days_in_month};

const MONTH_FIRST: usize = 0;
const DAY_FIRST: usize = 1;
const YEAR_FIRST: usize = 2;
const NAMES: [&str; 3] = ["month first", "day first", "year first"];

/// Dates of one kind as seen so far.
#[derive(Clone, Copy, Debug)]
struct Seen {
    any: bool,
    /// Orders under which some date was none.
    broken: [bool; 3],
    /// Latest day per order.
    latest: [i64; 3],
    /// The order that is taken when several fit.
    usual: usize,
}

impl Seen {
    const NONE: Self = Self { any: false, broken: [false; 3], latest: [i64::MIN; 3], usual: MONTH_FIRST };

    fn note(&mut self, readings: [Option<i64>; 3]) {
        self.any = true;
        for (order, reading) in readings.into_iter().enumerate() {
            match reading {
                Some(days) => self.latest[order] = self.latest[order].max(days),
                None => self.broken[order] = true,
            }
        }
    }

    /// The order, and whether the log proves it.
    fn choose(&self, nearest_before: Option<i64>) -> (usize, bool) {
        let fits: Vec<usize> = (0..3).filter(|o| !self.broken[*o]).collect();
        if let [only] = fits[..] {
            return (only, true);
        }
        if let Some(reference) = nearest_before {
            let past = fits.iter().copied().filter(|o| self.latest[*o] <= reference + 1);
            if let Some(order) = past.max_by_key(|o| (self.latest[*o], *o)) {
                return (order, false);
            }
        }
        (if fits.is_empty() || fits.contains(&self.usual) { self.usual } else { fits[0] }, false)
    }
}

/// What the dates of a log say about their order.
#[derive(Clone, Copy, Debug)]
pub struct Orders {
    long: Seen,
    short: Seen,
}

impl Default for Orders {
    fn default() -> Self {
        let short = Seen { usual: YEAR_FIRST, ..Seen::NONE };
        Self { long: Seen::NONE, short }
    }
}

impl Orders {
    /// Takes note of a date.
    pub fn note(&mut self, date: &Date) {
        match *date {
            Date::Numeric { sep, meridiem, .. } => {
                self.long.usual = if sep == b'/' || meridiem { MONTH_FIRST } else { DAY_FIRST };
                self.long.note(readings(date));
            }
            Date::Short { .. } => self.short.note(readings(date)),
            _ => {}
        }
    }

    /// The orders to read by.
    #[must_use]
    pub fn settle(&self, reference_days: i64) -> Settled {
        let (long, long_proven) = self.long.choose(None);
        let (short, short_proven) = self.short.choose(Some(reference_days));
        Settled {
            long,
            short,
            long_assumed: self.long.any && !long_proven,
            short_assumed: self.short.any && !short_proven,
        }
    }

    /// Whether reading more of the log could still change the choice.
    #[must_use]
    pub fn open(&self) -> bool {
        (self.long.any && !self.long.choose(None).1) || (self.short.any && !self.short.choose(None).1)
    }
}

/// The orders that a source is read by.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    long: usize,
    short: usize,
    long_assumed: bool,
    short_assumed: bool,
}

impl Settled {
    /// The day (since 1970) of a date made of numbers; where the order makes it no date, another that does.
    #[must_use]
    pub fn days(&self, date: &Date) -> Option<i64> {
        let order = if matches!(date, Date::Short { .. }) { self.short } else { self.long };
        let all = readings(date);
        all[order].or_else(|| all.into_iter().flatten().next())
    }

    /// What was assumed, in words.
    #[must_use]
    pub fn assumption(&self) -> Option<String> {
        let (order, example) = match (self.long_assumed, self.short_assumed) {
            (true, _) => (self.long, "04/05/2026"),
            (_, true) => (self.short, "04/05/06"),
            _ => return None,
        };
        Some(format!("dates such as {example} were read {}; the log does not prove it", NAMES[order]))
    }
}

fn readings(date: &Date) -> [Option<i64>; 3] {
    let day = |year: i32, month: u32, day: u32| {
        let fits = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(i64::from(year), month);
        fits.then(|| days_from_civil(i64::from(year), month, day))
    };
    match *date {
        // Dots never stand in a date with the month first.
        Date::Numeric { a, b, year, sep: b'.', .. } => [None, day(year, b, a), None],
        Date::Numeric { a, b, year, .. } => [day(year, a, b), day(year, b, a), None],
        Date::Short { a, b, c } => {
            [day(two_digit_year(c), a, b), day(two_digit_year(c), b, a), day(two_digit_year(a), b, c)]
        }
        _ => [None; 3],
    }
}
