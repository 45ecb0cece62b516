//! Times as logs write them: the one place where text or a number becomes nanoseconds since 1970 UTC.
//!
//! [`shapes`] reads what is written (with [`clock`] and [`names`]) and [`numbers`] what is counted; [`zone`],
//! [`years`], [`days`] and [`order`] supply by rule what is not, and [`ParseContext`] holds for one source what
//! was chosen. No clock is read: the reference for missing years is the file's own date, given by whoever opens it.
//! What stays undated stays undated; no time is borrowed.

mod clock;
pub mod days;
pub mod names;
pub mod numbers;
pub mod order;
mod remarks;
pub mod shapes;
pub mod years;
pub mod zone;

use crate::coded::csv::Mappings;
use days::Days;
use numbers::{Count, Decimal};
use order::{Orders, Settled};
use remarks::Oddities;
use shapes::{Date, Said, Written};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use timberline_model::Stamp;
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND, days_from_civil, days_in_month, rfc3339};
use years::{Census, Walk};
use zone::Zone;

/// What a first pass over a source learned about its times.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    census: Census,
    orders: Orders,
    /// Times read, and how many of them named no zone.
    times: u64,
    zoneless: u64,
    /// Times of day that had no date.
    dateless: u64,
}

impl Learned {
    /// Whether the years of such times follow from the date of the file alone: no time beside them names its own.
    #[must_use]
    pub fn needs_anchor(&self) -> bool {
        self.census.seen() && !self.census.has_neighbours()
    }

    /// The year of the first such time, so that the latest lies at most a day after the reference.
    #[must_use]
    pub fn anchor(&self, reference_ns: i64) -> i32 {
        self.census.anchor(reference_ns)
    }

    /// The earliest and the latest day of such times (midnight, ns) when the first is of this year.
    #[must_use]
    pub fn days(&self, year: i32) -> Option<(i64, i64)> {
        self.census.days(year)
    }

    /// Whether times without a year were seen.
    #[must_use]
    pub fn yearless(&self) -> bool {
        self.census.seen()
    }

    /// How many times of day stand without a date that anything says: the user may give one.
    #[must_use]
    pub fn dateless(&self) -> u64 {
        self.dateless
    }

    /// Whether reading on could change what is assumed of the rest.
    #[must_use]
    pub fn open(&self) -> bool {
        self.census.seen() || self.orders.open()
    }
}

/// What a format needs to know about the source while it reads: zone, year and order of dates that do not say.
#[derive(Debug)]
pub struct ParseContext {
    zone: Zone,
    zone_given: bool,
    /// Year of the first year-less time; unknown until it comes when nobody looked ahead.
    base: Cell<Option<i32>>,
    year_given: bool,
    reference_ns: i64,
    why_year: &'static str,
    walk: Walk,
    settled: Option<Settled>,
    learned: RefCell<Learned>,
    times: Cell<u64>,
    zoneless: Cell<u64>,
    /// The last date of `10/Oct/2000` with its day in ns, and the last `-0700` with its offset in ns.
    clf_date: Cell<([u8; 11], i64)>,
    clf_zone: Cell<([u8; 5], i64)>,
    /// The last `Oct 10` with its day in ns.
    bsd_date: Cell<([u8; 6], i64)>,
    /// The days of times that name none.
    days: Days,
    /// From this time on (ns) a time lies after the file's own date.
    late_ns: i64,
    odd: Oddities,
    /// What the analyst said of tables' columns.
    mappings: Arc<Mappings>,
    /// The last zone that a time named by its place.
    place: RefCell<Option<(Box<str>, Option<Zone>)>>,
}

/// Times before 1990 are no log's; clocks that were never set and counts of zero give them.
const EARLY_NS: i64 = 7_305 * DAY;

impl ParseContext {
    /// For a source of which nothing is known yet. `reference_ns` is the date of the file; `why_year` says
    /// so in words ("from the file's date").
    #[must_use]
    pub fn new(zone: Option<Zone>, year: Option<i32>, reference_ns: i64, why_year: &'static str) -> Self {
        Self {
            zone_given: zone.is_some(),
            zone: zone.unwrap_or_else(Zone::utc),
            base: Cell::new(year),
            year_given: year.is_some(),
            reference_ns,
            why_year,
            walk: Walk::default(),
            settled: None,
            learned: RefCell::default(),
            times: Cell::new(0),
            zoneless: Cell::new(0),
            clf_date: Cell::new(([0; 11], 0)),
            clf_zone: Cell::new(([0; 5], 0)),
            bsd_date: Cell::new(([0; 6], 0)),
            days: Days::default(),
            // A file's date from before that says nothing. Two days are slack for zones.
            late_ns: if reference_ns < EARLY_NS { i64::MAX } else { reference_ns.saturating_add(2 * DAY) },
            odd: Oddities::default(),
            mappings: Arc::default(),
            place: RefCell::default(),
        }
    }

    /// With the date (days since 1970) of the first time of day that names none.
    #[must_use]
    pub fn with_date(self, day: Option<i64>) -> Self {
        Self { days: Days::given(day), ..self }
    }

    /// With what the analyst said of the columns of tables.
    #[must_use]
    pub fn with_mappings(self, mappings: Arc<Mappings>) -> Self {
        Self { mappings, ..self }
    }

    /// What the analyst said of the columns of tables.
    #[must_use]
    pub fn mappings(&self) -> &Mappings {
        &self.mappings
    }

    /// With what a first pass learned.
    #[must_use]
    pub fn informed(self, learned: &Learned) -> Self {
        if learned.census.seen() && self.base.get().is_none() {
            self.base.set(Some(learned.census.anchor(self.reference_ns)));
        }
        let settled = learned.orders.settle(self.reference_ns.div_euclid(DAY));
        Self { settled: Some(settled), ..self }
    }

    /// UTC, anchored on 20 November 2026.
    #[must_use]
    pub fn for_tests() -> Self {
        Self::new(None, None, days_from_civil(2026, 11, 20) * DAY, "from the file's date")
    }

    /// What was seen since this context was made.
    #[must_use]
    pub fn learned(&self) -> Learned {
        let mut learned = self.learned.borrow().clone();
        learned.times = self.times.get();
        learned.zoneless = self.zoneless.get();
        learned.dateless = self.days.undated();
        learned
    }

    /// Any textual time stamp that is known, whole, with nothing around it but spaces; and numbers whose size or
    /// wrapping says what they count (see [`numbers::whole`]).
    #[must_use]
    pub fn stamp(&self, text: &[u8]) -> Option<Stamp> {
        let text = text.trim_ascii();
        if let Some(written) = shapes::at_start(text) {
            let rest = &text[written.len..];
            // RFC 2822 allows a comment behind the zone: `-0700 (PDT)`.
            let comment = rest.starts_with(b" (") && rest.ends_with(b")");
            if rest.is_empty() || comment {
                return self.resolve(&written, text);
            }
        }
        if let Some((count, value)) = numbers::whole(text) {
            return self.counted(count, value, text);
        }
        // Seventeen digits that are no count: year to milliseconds.
        let run_together = text.len() == 17 && text.iter().all(u8::is_ascii_digit);
        run_together.then(|| self.stamp(&[&text[..8], b"T", &text[8..]].concat())).flatten()
    }

    /// The time in a value. A number in it counts `count`, where that is known, else what its size says; `zone` holds
    /// where the value names none.
    #[must_use]
    pub fn value(&self, count: Option<Count>, text: &[u8], zone: Option<&[u8]>) -> Option<Stamp> {
        let text = text.trim_ascii();
        let number = text.first().is_some_and(|c| c.is_ascii_digit() || matches!(c, b'-' | b'+'));
        let value = if number { Decimal::parse(text) } else { None };
        if let (Some(count), Some(value)) = (count, value) {
            return self.counted(count, value, text);
        }
        if let Some(zone) = zone
            && let Some(written) = shapes::at_start(text)
            && (written.timed, written.zone, written.len) == (true, Said::Nothing, text.len())
            && let Some(stamp) = self.stamp(&[text, b" ", zone.trim_ascii()].concat())
        {
            return Some(stamp);
        }
        self.stamp(text).or_else(|| {
            // Years, days and ids are small numbers too.
            let likely = value.filter(|v| numbers::plain_seconds(*v));
            likely.and_then(|value| self.counted(Count::Unix, value, text))
        })
    }

    /// The time in a value whose column or field has this name: as [`ParseContext::stamp`], and any number, which
    /// counts what the name says (`filetime`, `WebKit`, `Cocoa`, `Ticks`, `OLE date`...) and else since 1970.
    #[must_use]
    pub fn named(&self, name: &str, text: &[u8]) -> Option<Stamp> {
        self.value(Count::named(name), text, None)
    }

    /// A number that counts `count`; `text` is how the log writes it.
    #[must_use]
    pub fn counted(&self, count: Count, value: Decimal, text: &[u8]) -> Option<Stamp> {
        match count.ns(value) {
            Some(ns) => Some(self.seal(ns, 0)),
            None => {
                self.odd.outside(text);
                None
            }
        }
    }

    /// A time of day without a date at the very beginning of `text` (`13:55:36.789 message`), and its length. It is
    /// `None` inside while nobody has said the date: such an event is undated. Midnights are walked over.
    #[must_use]
    pub fn clock_only(&self, text: &[u8]) -> Option<(Option<Stamp>, usize)> {
        let written = shapes::clock_at_start(text)?;
        Some((self.resolve(&written, text), written.len))
    }

    /// The log says (in a header line, by a rule of its format) that times of day from here on are of the day of
    /// this time stamp. Whether it was understood.
    pub fn date_is(&self, text: &[u8]) -> bool {
        let text = text.trim_ascii();
        let day = shapes::at_start(text).and_then(|w| self.local_day(&w.date));
        day.inspect(|day| self.days.say(*day)).is_some()
    }

    /// The time of day that stands at the very beginning of `text`, and how many bytes it takes. A date
    /// alone is not enough.
    #[must_use]
    pub fn prefix(&self, text: &[u8]) -> Option<(Stamp, usize)> {
        let written = shapes::at_start(text).filter(|w| w.timed)?;
        Some((self.resolve(&written, text)?, written.len))
    }

    /// `10/Oct/2000:13:55:36 -0700`, whole: what access logs write, on the shortest way.
    #[must_use]
    #[inline]
    pub fn clf(&self, b: &[u8]) -> Option<Stamp> {
        let Some((date, rest)) = b.split_first_chunk::<11>() else { return self.stamp(b) };
        let Some(clock) =
            (b.len() == 26 && rest[0] == b':' && rest[9] == b' ').then(|| clock(&rest[1..9])).flatten()
        else {
            return self.stamp(b);
        };
        let (known, mut day) = self.clf_date.get();
        if known != *date {
            let text = [date, b":00:00:00".as_slice()].concat();
            let Date::Ymd(y, m, d) = shapes::at_start(&text)?.date else { return None };
            day = days_from_civil(i64::from(y), m, d).checked_mul(DAY)?;
            self.clf_date.set((*date, day));
        }
        let zone: [u8; 5] = rest[10..].try_into().ok()?;
        let (known, mut offset) = self.clf_zone.get();
        if known != zone {
            offset = numeric_zone(&zone)?;
            self.clf_zone.set((zone, offset));
        }
        day.checked_add(clock - offset).map(|ns| self.seal(ns, 0))
    }

    /// `Oct 10 13:55:36` at the beginning, on the shortest way, and its length (15); other shapes are
    /// [`ParseContext::prefix`]'s.
    #[must_use]
    #[inline]
    pub fn bsd(&self, b: &[u8]) -> Option<(Stamp, usize)> {
        let (date, rest) = b.split_first_chunk::<6>()?;
        if rest.len() < 10 || rest[0] != b' ' || rest[9].is_ascii_digit() || matches!(rest[9], b'.' | b',') {
            return None;
        }
        let clock = clock(&rest[1..9])?;
        let (known, mut day) = self.bsd_date.get();
        if known != *date || self.base.get().is_none() {
            let (month, 3) = shapes::month_name(date)? else { return None };
            let tens = match date[4] {
                b' ' => 0,
                c @ b'0'..=b'3' => u32::from(c - b'0'),
                _ => return None,
            };
            let units = date[5].is_ascii_digit().then(|| u32::from(date[5] - b'0'))?;
            let number = tens * 10 + units;
            if date[3] != b' ' || number == 0 || number > days_in_month(2000, month) {
                return None;
            }
            day = self.day_of_year_less(month, number)?;
            self.bsd_date.set((*date, day));
        }
        self.zoneless.set(self.zoneless.get() + 1);
        let ns = self.zone.to_utc(day.checked_add(clock)?)?;
        Some((self.seal(ns, Stamp::ZONE_ASSUMED | Stamp::YEAR_ASSUMED), 15))
    }

    /// A time that the format read itself and whose zone is stated by its kind, such as seconds since 1970.
    #[must_use]
    #[inline]
    pub fn stated(&self, ns: i64) -> Stamp {
        self.seal(ns, 0)
    }

    /// Counts a time, and marks it where it is an unlikely one.
    #[inline]
    fn seal(&self, ns: i64, assumed: u8) -> Stamp {
        self.times.set(self.times.get() + 1);
        if ns < EARLY_NS || ns > self.late_ns {
            self.odd.unlikely(ns, ns < EARLY_NS);
            return Stamp { ns, assumed: assumed | Stamp::UNLIKELY };
        }
        Stamp { ns, assumed }
    }

    /// A whole number of s, ms, us or ns since 1970, told apart by size: up to 10^11 are seconds (year 5138),
    /// up to 10^14 ms, up to 10^17 us.
    #[must_use]
    pub fn epoch(&self, n: i64) -> Option<Stamp> {
        let (unit, _) = epoch_unit(n.unsigned_abs() as f64);
        n.checked_mul(unit).map(|ns| self.seal(ns, 0))
    }

    /// As [`ParseContext::epoch`] for a number with a fraction. A double holds a present time in seconds to
    /// about a quarter of a microsecond, so it is rounded to whole microseconds there.
    #[must_use]
    pub fn epoch_f64(&self, n: f64) -> Option<Stamp> {
        if !n.is_finite() || n.abs() >= 9.2e18 {
            return None;
        }
        let (unit, grain) = epoch_unit(n.abs());
        let whole = (n.trunc() as i64).checked_mul(unit)?;
        let fraction = (n.fract() * unit as f64 / grain).round() * grain;
        whole.checked_add(fraction as i64).map(|ns| self.seal(ns, 0))
    }

    /// Whether the user gave the zone of times that name none.
    #[must_use]
    pub fn zone_given(&self) -> bool {
        self.zone_given
    }

    /// The zone of times that name none, with the rule, in words.
    #[must_use]
    pub fn zone_text(&self) -> String {
        match (self.zone_given, self.zoneless.get(), self.times.get()) {
            (true, 0, 1..) => format!("stated by each time ({} was given and not needed)", self.zone.name()),
            (true, ..) => format!("{}, given", self.zone.name()),
            (_, 0, 0) => "UTC, assumed: no times were read".into(),
            (_, 0, _) => "stated by each time".into(),
            (_, n, all) if n == all => "UTC, assumed: the log names no zone".into(),
            (_, n, all) => format!("UTC, assumed for {n} of {all} times that name no zone"),
        }
    }

    /// How years were found, in words; `None` when every time names its year.
    #[must_use]
    pub fn year_rule(&self) -> Option<String> {
        self.year_rule_of(&self.learned.borrow())
    }

    /// As [`ParseContext::year_rule`], for what a first pass saw.
    #[must_use]
    pub fn year_rule_of(&self, learned: &Learned) -> Option<String> {
        let why = if learned.census.has_neighbours() { NEIGHBOURS } else { self.why_year };
        let years = self.base.get().filter(|_| learned.yearless());
        let years = years.map(|base| years::rule(base, learned.census.span(), self.year_given, why));
        let days = self.days.rule(|day| rfc3339(day.saturating_mul(DAY))[..10].to_owned());
        let rules: Vec<String> = years.into_iter().chain(days).collect();
        (!rules.is_empty()).then(|| rules.join("; "))
    }

    /// Other assumptions that the analyst should know of, in words.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = self.settled.iter().filter_map(Settled::assumption).collect();
        match self.zone.doubtful() {
            0 => {}
            n => remarks.push(format!(
                "{n} times fall where the clocks of {} skip or repeat an hour; the offset before the change was taken",
                self.zone.name()
            )),
        }
        match self.days.undated() {
            0 => {}
            1 => remarks.push("a time of day stands without a date, so its event is undated; give the date with --date YYYY-MM-DD".to_owned()),
            n => remarks.push(format!(
                "{n} times of day stand without a date, so their events are undated; give the date of the first with --date YYYY-MM-DD"
            )),
        }
        remarks.extend(self.odd.remarks());
        remarks
    }

    /// The day (since 1970, on the log's clock) that a date names, or that the rules give it.
    fn local_day(&self, date: &Date) -> Option<i64> {
        Some(match *date {
            Date::Epoch(seconds) | Date::Tai(seconds) => seconds.div_euclid(86_400),
            Date::Ymd(year, month, day) => {
                let days = days_from_civil(i64::from(year), month, day);
                self.learned.borrow_mut().census.note_stated(days);
                days
            }
            Date::Yday(year, day) => {
                let length = if days_in_month(i64::from(year), 2) == 29 { 366 } else { 365 };
                if day == 0 || day > length {
                    return None;
                }
                days_from_civil(i64::from(year), 1, 1) + i64::from(day) - 1
            }
            Date::Md(month, day) => self.day_of_year_less(month, day)? / DAY,
            date @ (Date::Numeric { .. } | Date::Short { .. }) => {
                self.learned.borrow_mut().orders.note(&date);
                match &self.settled {
                    Some(settled) => settled.days(&date)?,
                    None => {
                        self.learned.borrow().orders.settle(self.reference_ns.div_euclid(DAY)).days(&date)?
                    }
                }
            }
            Date::Missing => return None,
        })
    }

    /// The time that is written in `text`.
    fn resolve(&self, w: &Written, text: &[u8]) -> Option<Stamp> {
        let in_day = i64::from(w.seconds) * SECOND + i64::from(w.nanos);
        let (days, mut assumed) = match w.date {
            Date::Epoch(seconds) | Date::Tai(seconds) => {
                if matches!(w.date, Date::Tai(_)) {
                    self.odd.tai(seconds);
                }
                return seconds
                    .checked_mul(SECOND)?
                    .checked_add(i64::from(w.nanos))
                    .map(|ns| self.seal(ns, 0));
            }
            Date::Missing => (self.days.of(in_day)? / DAY, Stamp::DATE_ASSUMED),
            Date::Md(..) => (self.local_day(&w.date)?, Stamp::YEAR_ASSUMED),
            _ => (self.local_day(&w.date)?, 0),
        };
        let Some(local) = days.checked_mul(DAY).and_then(|d| d.checked_add(in_day)) else {
            self.odd.outside(&text[..w.len.min(text.len())]);
            return None;
        };
        let ns = match w.zone {
            Said::Offset(seconds) => local.checked_sub(i64::from(seconds) * SECOND)?,
            Said::Guess(zone) => {
                assumed |= Stamp::ZONE_ASSUMED;
                match self.zone.called(zone.name, local) {
                    Some(offset) => local.checked_sub(offset)?,
                    None => {
                        self.odd.guessed(zone);
                        local.checked_sub(i64::from(zone.seconds) * SECOND)?
                    }
                }
            }
            Said::Place { from, len } => {
                match text.get(from..from + len).and_then(|name| self.in_place(name, local)) {
                    Some(ns) => ns,
                    None => self.without_zone(local, &mut assumed)?,
                }
            }
            Said::Nothing => self.without_zone(local, &mut assumed)?,
        };
        Some(self.seal(ns, assumed))
    }

    fn without_zone(&self, local: i64, assumed: &mut u8) -> Option<i64> {
        *assumed |= Stamp::ZONE_ASSUMED;
        self.zoneless.set(self.zoneless.get() + 1);
        self.zone.to_utc(local)
    }

    /// The instant of a local time in the zone with this IANA name; `None` when there is none such.
    fn in_place(&self, name: &[u8], local: i64) -> Option<i64> {
        let mut kept = self.place.borrow_mut();
        if kept.as_ref().is_none_or(|(known, _)| known.as_bytes() != name) {
            let name = std::str::from_utf8(name).ok()?;
            *kept = Some((name.into(), Zone::parse(name).ok()));
        }
        kept.as_ref()?.1.as_ref()?.to_utc(local)
    }

    /// Midnight (local, ns) of a day whose year the log does not name; moves the year walk on.
    fn day_of_year_less(&self, month: u32, day: u32) -> Option<i64> {
        let year = self.walk.step(month, day);
        self.learned.borrow_mut().census.note(year, month, day);
        let base = match self.base.get() {
            Some(base) => base,
            None => {
                // Nobody looked ahead: the first time itself is what must not lie in the future.
                let mut census = Census::default();
                census.note(year, month, day);
                let base = census.anchor(self.reference_ns);
                self.base.set(Some(base));
                base
            }
        };
        let year = i64::from(base + year);
        if day > days_in_month(year, month) {
            return None;
        }
        days_from_civil(year, month, day).checked_mul(DAY)
    }
}

/// `13:55:36` as ns since midnight.
#[inline]
fn clock(b: &[u8]) -> Option<i64> {
    let b: &[u8; 8] = b.try_into().ok()?;
    let two = |at: usize| -> Option<i64> {
        let (tens, units) = (b[at].wrapping_sub(b'0'), b[at + 1].wrapping_sub(b'0'));
        (tens < 10 && units < 10).then(|| i64::from(tens) * 10 + i64::from(units))
    };
    let (h, m, s) = (two(0)?, two(3)?, two(6)?);
    (b[2] == b':' && b[5] == b':' && h < 24 && m < 60 && s <= 60)
        .then_some(h * HOUR + m * MINUTE + s * SECOND)
}

/// `-0700` in ns.
fn numeric_zone(b: &[u8; 5]) -> Option<i64> {
    if !b[1..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n = |at: usize| i64::from(b[at] - b'0');
    let offset = (n(1) * 10 + n(2)) * HOUR + (n(3) * 10 + n(4)) * MINUTE;
    match b[0] {
        b'+' => Some(offset),
        b'-' => Some(-offset),
        _ => None,
    }
}

/// Where the years came from, when the log has times beside those without a year.
const NEIGHBOURS: &str = "from the times beside them that name their year";

/// Nanoseconds in the unit that a number of this size counts, and the grain in ns that a double of it holds.
fn epoch_unit(size: f64) -> (i64, f64) {
    if size < 1e11 {
        (1_000_000_000, 1e3)
    } else if size < 1e14 {
        (1_000_000, 1e3)
    } else if size < 1e17 {
        (1_000, 1.0)
    } else {
        (1, 1.0)
    }
}

#[cfg(test)]
mod round_trip_tests;
#[cfg(test)]
mod tests;
