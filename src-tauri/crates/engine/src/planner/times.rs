//! Times in words: "recently", "past month", "around 2 AM", "on 10 March", "between 1 and 3 AM".
//! Everything relative is resolved against the last event of the data, in the case's zone, and said:
//! an exported log is always old, and today's date has no meaning in it.
//!
//! Which day a bare "around 2 AM" means is not decided here but where the question is answered: that takes a look at the events.

use super::say;
use super::words::Words;
use crate::zone::DisplayZone;
use timberline_model::TimeRange;
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND, civil_from_days, days_from_civil, days_in_month};

/// Minutes in a day.
const DAY_MINUTES: i64 = 1_440;

/// A time of the day without a day, in minutes from midnight; `to` may lie on the next day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// First minute.
    pub from: i64,
    /// First minute that is outside again.
    pub to: i64,
    /// As it was said ("around 2 AM").
    pub said: String,
    /// Whether it was said of every day ("at night") rather than of one.
    pub daily: bool,
    /// Only on these days, Monday is 0 ("at weekends").
    pub days: Option<(i64, i64)>,
}

/// What a question says about time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The range; all of time where only a time of day was said.
    pub range: TimeRange,
    /// What it was taken to mean, as a sentence for `understood`.
    pub said: String,
    /// A time of day whose day was not said.
    pub clock: Option<Clock>,
}

/// The data's ends and the case's zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The zone of the case.
    pub zone: DisplayZone,
    /// First event, ns.
    pub first_ns: i64,
    /// Last event, ns.
    pub last_ns: i64,
}

impl Calendar {
    /// The local day of a time, in days since 1970.
    #[must_use]
    pub fn day(&self, ns: i64) -> i64 {
        ns.saturating_add(i64::from(self.zone.offset_seconds(ns)) * SECOND).div_euclid(DAY)
    }

    /// The time of a minute of a local day.
    #[must_use]
    pub fn at(&self, day: i64, minute: i64) -> i64 {
        let day = day + minute.div_euclid(DAY_MINUTES);
        let minute = minute.rem_euclid(DAY_MINUTES);
        let (year, month, date) = civil_from_days(day);
        let exact = || {
            let civil = jiff::civil::DateTime::new(
                i16::try_from(year).ok()?,
                i8::try_from(month).ok()?,
                i8::try_from(date).ok()?,
                i8::try_from(minute / 60).ok()?,
                i8::try_from(minute % 60).ok()?,
                0,
                0,
            )
            .ok()?;
            let zoned = civil.to_zoned(self.zone.time_zone().clone()).ok()?;
            i64::try_from(zoned.timestamp().as_nanosecond()).ok()
        };
        exact().unwrap_or_else(|| day.saturating_mul(DAY).saturating_add(minute * MINUTE))
    }

    /// A local day as a range.
    #[must_use]
    pub fn whole_day(&self, day: i64) -> TimeRange {
        TimeRange::new(self.at(day, 0), self.at(day + 1, 0))
    }

    fn to_the_end(&self, from_ns: i64) -> TimeRange {
        TimeRange::new(from_ns, self.last_ns.saturating_add(1))
    }
}

/// Finds what the question says about time, marks those words, and resolves it.
pub fn take(words: &mut Words, calendar: &Calendar) -> Option<When> {
    between(words, calendar)
        .or_else(|| one_sided(words, calendar))
        .or_else(|| relative(words, calendar))
        .or_else(|| point(words, calendar))
        .or_else(|| span_of_days(words, calendar))
        .or_else(|| part_of_day(words))
}

/// A moment as written: a day, a minute of the day, or both.
#[derive(Clone, Copy, Debug)]
struct Moment {
    day: Option<i64>,
    minute: Option<i64>,
    /// Seconds were written: the span is a second.
    second: Option<i64>,
    len: usize,
}

impl Moment {
    fn range(&self, calendar: &Calendar, day: i64) -> TimeRange {
        match (self.minute, self.second) {
            (None, _) => calendar.whole_day(self.day.unwrap_or(day)),
            (Some(minute), second) => {
                let from = calendar.at(self.day.unwrap_or(day), minute) + second.unwrap_or(0) * SECOND;
                TimeRange::new(from, from + if second.is_some() { SECOND } else { MINUTE })
            }
        }
    }
}

fn moment(words: &Words, at: usize, calendar: &Calendar, bare: bool) -> Option<Moment> {
    let skip =
        |at: usize| at + usize::from(matches!(words.low(at), "at" | "on" | "the" | "around" | "about" | ","));
    if let Some((day, minute, second)) = stamp(words.low(at)) {
        return Some(Moment { day: Some(day), minute, second, len: 1 });
    }
    let start = skip(at);
    if let Some((day, len)) = date(words, start, calendar) {
        let next = skip(start + len);
        let clock = clock(words, next, false);
        return Some(match clock {
            Some((minute, second, more)) => {
                Moment { day: Some(day), minute: Some(minute), second, len: next + more - at }
            }
            None => Moment { day: Some(day), minute: None, second: None, len: start + len - at },
        });
    }
    let (minute, second, len) = clock(words, start, bare)?;
    let next = skip(start + len);
    Some(match date(words, next, calendar) {
        Some((day, more)) => Moment { day: Some(day), minute: Some(minute), second, len: next + more - at },
        None => Moment { day: None, minute: Some(minute), second, len: start + len - at },
    })
}

/// `2026-03-10T02:13[:04][Z]` in one word.
fn stamp(low: &str) -> Option<(i64, Option<i64>, Option<i64>)> {
    let (day, clock) = low.split_once('t')?;
    let day = iso_day(day)?;
    let (minute, second) = clock_text(clock.trim_end_matches('z'))?;
    Some((day, Some(minute), second))
}

fn iso_day(low: &str) -> Option<i64> {
    let mut parts = low.splitn(3, ['-', '/']);
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    civil(year.parse().ok().filter(|_| year.len() == 4)?, month.parse().ok()?, date.parse().ok()?)
}

fn civil(year: i64, month: u32, date: u32) -> Option<i64> {
    ((1..=12).contains(&month)
        && date >= 1
        && (1_700..2_262).contains(&year)
        && date <= days_in_month(year, month))
    .then(|| days_from_civil(year, month, date))
}

fn month_of(low: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    MONTHS
        .iter()
        .position(|m| *m == low || (low.len() >= 3 && low.len() <= 4 && m.starts_with(low)))
        .map(|m| m as u32 + 1)
}

/// Monday is 0.
fn weekday_of(low: &str) -> Option<i64> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.iter().position(|d| *d == low).map(|d| d as i64)
}

fn ordinal(low: &str) -> Option<u32> {
    ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|s| low.strip_suffix(s))
        .unwrap_or(low)
        .parse()
        .ok()
        .filter(|d| (1..=31).contains(d))
}

/// A day: `2026-03-10`, `10 March [2026]`, `March 10[th]`, `today`, `yesterday`, a weekday.
fn date(words: &Words, at: usize, calendar: &Calendar) -> Option<(i64, usize)> {
    let low = words.low(at);
    let last_day = calendar.day(calendar.last_ns);
    if let Some(day) = iso_day(low) {
        return Some((day, 1));
    }
    let dotted: Vec<u32> = low.split('.').map(str::parse).collect::<Result<_, _>>().unwrap_or_default();
    if let [d, m, y] = dotted[..]
        && y >= 1_970
    {
        return civil(i64::from(y), m, d).map(|day| (day, 1));
    }
    match low {
        "today" => return Some((last_day, 1)),
        "yesterday" => return Some((last_day - 1, 1)),
        _ => {}
    }
    let last_word = usize::from(matches!(low, "last" | "past" | "previous" | "this"));
    if let Some(weekday) = weekday_of(words.low(at + last_word)) {
        // 1970-01-01 was a Thursday, 3 days from Monday.
        let back = ((last_day + 3).rem_euclid(7) - weekday).rem_euclid(7);
        // "Last Tuesday", said on a Tuesday, is a week ago.
        let back = if back == 0 && matches!(low, "last" | "past" | "previous") { 7 } else { back };
        return Some((last_day - back, 1 + last_word));
    }
    let with_year = |month: u32, date: u32, at: usize| -> Option<(i64, usize)> {
        if let Some(year) = words.low(at).parse::<i64>().ok().filter(|y| (1_970..2_262).contains(y)) {
            return civil(year, month, date).map(|day| (day, 1));
        }
        // Without a year, the latest such day that is not after the data.
        let (year, _, _) = civil_from_days(last_day);
        (0..8)
            .find_map(|back| civil(year - back, month, date).filter(|day| *day <= last_day))
            .map(|day| (day, 0))
    };
    if let (Some(month), Some(date)) = (month_of(low), ordinal(words.low(at + 1))) {
        let (day, more) = with_year(month, date, at + 2)?;
        return Some((day, 2 + more));
    }
    let of = usize::from(words.low(at + 1) == "of");
    if let (Some(date), Some(month)) = (ordinal(low), month_of(words.low(at + 1 + of))) {
        let (day, more) = with_year(month, date, at + 2 + of)?;
        return Some((day, 2 + of + more));
    }
    None
}

/// `02:13`, `2:13:04`, with `am` or `pm` glued on or not.
fn clock_text(low: &str) -> Option<(i64, Option<i64>)> {
    let (digits, half) = match (low.strip_suffix("am"), low.strip_suffix("pm")) {
        (Some(d), _) => (d, Some(0)),
        (_, Some(d)) => (d, Some(12)),
        _ => (low, None),
    };
    let parts: Vec<i64> = digits.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let (hour, minute, second) = match parts[..] {
        [h] if half.is_some() => (h, 0, None),
        [h, m] => (h, m, None),
        [h, m, s] => (h, m, Some(s)),
        _ => return None,
    };
    minute_of(hour, minute, half).map(|m| (m, second.filter(|s| (0..60).contains(s))))
}

fn minute_of(hour: i64, minute: i64, half: Option<i64>) -> Option<i64> {
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    ((0..=24).contains(&hour) && (0..60).contains(&minute)).then_some((hour * 60 + minute).min(DAY_MINUTES))
}

/// A time of day; a `bare` number counts as an hour.
fn clock(words: &Words, at: usize, bare: bool) -> Option<(i64, Option<i64>, usize)> {
    let low = words.low(at);
    match low {
        "midnight" => return Some((0, None, 1)),
        "noon" | "midday" => return Some((720, None, 1)),
        _ => {}
    }
    let half = match words.low(at + 1) {
        "am" => Some(0),
        "pm" => Some(12),
        _ => None,
    };
    if let Some((minute, second)) = clock_text(low) {
        return match half {
            Some(half) if low.contains(':') => {
                minute_of(minute / 60, minute % 60, Some(half)).map(|m| (m, second, 2))
            }
            _ => Some((minute, second, 1 + usize::from(matches!(words.low(at + 1), "utc" | "hours" | "h")))),
        };
    }
    let hour: i64 = low.strip_suffix('h').unwrap_or(low).parse().ok().filter(|h| (0..=24).contains(h))?;
    if half.is_some() {
        return minute_of(hour, 0, half).map(|m| (m, None, 2));
    }
    if words.low(at + 1) == "o'clock" || words.low(at + 1) == "oclock" {
        return minute_of(hour, 0, None).map(|m| (m, None, 2));
    }
    let ends = matches!(words.low(at + 1), "" | "on" | "and" | "to" | "in" | "yesterday" | "today");
    (bare && ends).then(|| minute_of(hour, 0, None).map(|m| (m, None, 1))).flatten()
}

fn typed(words: &Words, at: usize, len: usize) -> String {
    words.list.iter().skip(at).take(len).map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn between(words: &mut Words, calendar: &Calendar) -> Option<When> {
    for (open, joints) in [("between", ["and", "to"]), ("from", ["to", "until"])] {
        let Some(at) = words.find(open) else { continue };
        let bare = open == "between";
        let Some(mut a) = moment_or_hour(words, at + 1, calendar, bare) else { continue };
        let joint = at + 1 + a.len;
        if !joints.contains(&words.low(joint)) {
            continue;
        }
        let Some(b) = moment_or_hour(words, joint + 1, calendar, true) else { continue };
        // "between 1 and 3 PM": both in the afternoon.
        if let (Some(from), Some(to)) = (a.minute, b.minute)
            && from < 720
            && to > 720
            && !typed(words, at + 1, a.len).contains(['m', 'M', ':'])
            && from + 720 < to
        {
            a.minute = Some(from + 720);
        }
        let len = 2 + a.len + b.len;
        let said = typed(words, at, len);
        let day = a.day.or(b.day);
        if let (Some(from), Some(to), None) = (a.minute, b.minute, day) {
            words.mark(at, len);
            let to = if to <= from { to + DAY_MINUTES } else { to };
            let clock = Clock { from, to, said, daily: false, days: None };
            // A day may still be said elsewhere in the question.
            return Some(on_some_day(words, calendar, clock));
        }
        words.mark(at, len);
        let day = day.unwrap_or_else(|| calendar.day(calendar.last_ns));
        let from = a.range(calendar, day).from_ns;
        let end = b.range(calendar, a.day.unwrap_or(day));
        let to = if b.minute.is_some() { end.from_ns } else { end.to_ns };
        // "between 22:00 and 02:00 on 8 March" runs over midnight.
        let over = a.day.is_none() && a.minute.is_some() && to <= from;
        let to = if over { to.map(|t| t.saturating_add(DAY)) } else { to };
        let range = TimeRange { from_ns: from, to_ns: to };
        return Some(When { said: taken(&said, &range, calendar), range, clock: None });
    }
    None
}

fn moment_or_hour(words: &Words, at: usize, calendar: &Calendar, bare: bool) -> Option<Moment> {
    moment(words, at, calendar, bare)
}

fn taken(said: &str, range: &TimeRange, calendar: &Calendar) -> String {
    format!("'{said}' taken as {}", say::range(range, &calendar.zone))
}

/// A time of day with the day that is said elsewhere in the question, if one is.
fn on_some_day(words: &mut Words, calendar: &Calendar, clock: Clock) -> When {
    for at in 0..words.list.len() {
        if words.list.get(at).is_some_and(|w| w.used) {
            continue;
        }
        if let Some((day, len)) = date(words, at, calendar) {
            let said = format!("{} {}", clock.said, typed(words, at, len));
            words.mark(at, len);
            let range = TimeRange::new(calendar.at(day, clock.from), calendar.at(day, clock.to));
            return When { said: taken(&said, &range, calendar), range, clock: None };
        }
    }
    When { range: TimeRange::ALL, said: String::new(), clock: Some(clock) }
}

/// "since ...", "after ...", "before ...", "until ...".
fn one_sided(words: &mut Words, calendar: &Calendar) -> Option<When> {
    for (word, from) in
        [("since", true), ("after", true), ("before", false), ("until", false), ("till", false)]
    {
        let Some(at) = words.find(word) else { continue };
        if let Some(when) = month_or_year(words, at + 1, calendar) {
            let (range, len) = when;
            let range = if from {
                TimeRange { from_ns: if word == "after" { range.to_ns } else { range.from_ns }, to_ns: None }
            } else {
                TimeRange { from_ns: None, to_ns: range.from_ns }
            };
            let said = typed(words, at, 1 + len);
            words.mark(at, 1 + len);
            return Some(When { said: taken(&said, &range, calendar), range, clock: None });
        }
        let Some(moment) = moment(words, at + 1, calendar, false) else { continue };
        let said = typed(words, at, 1 + moment.len);
        let span = moment.range(calendar, calendar.day(calendar.last_ns));
        let range = match word {
            "since" => TimeRange { from_ns: span.from_ns, to_ns: None },
            "after" => TimeRange {
                from_ns: if moment.minute.is_some() { span.from_ns } else { span.to_ns },
                to_ns: None,
            },
            "before" => TimeRange { from_ns: None, to_ns: span.from_ns },
            _ => TimeRange {
                from_ns: None,
                to_ns: if moment.minute.is_some() { span.from_ns } else { span.to_ns },
            },
        };
        words.mark(at, 1 + moment.len);
        return Some(When { said: taken(&said, &range, calendar), range, clock: None });
    }
    None
}

/// "at 02:13 on 10 March", "around 2 AM", "on Sunday".
fn point(words: &mut Words, calendar: &Calendar) -> Option<When> {
    for at in 0..words.list.len() {
        let low = words.low(at).to_owned();
        let lead = usize::from(matches!(
            low.as_str(),
            "around" | "about" | "near" | "at" | "on" | "approximately" | "circa" | "during" | "by"
        ));
        let about = matches!(low.as_str(), "around" | "about" | "near" | "approximately" | "circa");
        let bare = about || (low == "at" && !words.has("port"));
        let Some(moment) = moment(words, at + lead, calendar, bare && lead == 1) else { continue };
        // "the around 2 AM mark", "at around 2 AM".
        let len = lead + moment.len;
        let about = about || (at..at + len).any(|i| matches!(words.low(i), "around" | "about" | "near"));
        let said = typed(words, at, len);
        words.mark(at, len);
        return Some(match (moment.day, moment.minute) {
            (Some(day), Some(_)) => {
                let exact = moment.range(calendar, day);
                let range = if about { widen(exact) } else { exact };
                When { said: taken(&said, &range, calendar), range, clock: None }
            }
            (Some(day), None) => {
                let range = calendar.whole_day(day);
                When { said: taken(&said, &range, calendar), range, clock: None }
            }
            (None, Some(minute)) => {
                let hour = minute % 60 == 0 && !said.contains(':');
                let (from, to) = if about {
                    (minute - 30, minute + 30)
                } else if hour {
                    (minute, minute + 60)
                } else {
                    (minute, minute + 1)
                };
                on_some_day(words, calendar, Clock { from, to, said, daily: false, days: None })
            }
            (None, None) => return None,
        });
    }
    None
}

/// Half an hour on both sides.
fn widen(range: TimeRange) -> TimeRange {
    TimeRange { from_ns: range.from_ns.map(|t| t - HOUR / 2), to_ns: range.from_ns.map(|t| t + HOUR / 2) }
}

fn number(low: &str) -> Option<i64> {
    const NUMBERS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    match low {
        "a" | "an" => Some(1),
        "couple" => Some(2),
        "few" => Some(3),
        _ => low.parse().ok().or_else(|| NUMBERS.iter().position(|n| *n == low).map(|n| n as i64)),
    }
    .filter(|n| (0..100_000).contains(n))
}

/// A unit's length in ns; a month is 0 and a year -1: those follow the calendar.
fn unit(low: &str) -> Option<i64> {
    Some(match low.strip_suffix('s').unwrap_or(low) {
        "second" | "sec" => SECOND,
        "minute" | "min" => MINUTE,
        "hour" | "hr" | "h" => HOUR,
        "day" | "d" => DAY,
        "week" | "wk" | "w" => 7 * DAY,
        "fortnight" => 14 * DAY,
        "month" => 0,
        "year" => -1,
        _ => return None,
    })
}

/// "recently", "last 24 hours", "past month", "3 days ago", "this week", "last weekend".
fn relative(words: &mut Words, calendar: &Calendar) -> Option<When> {
    let last_day = calendar.day(calendar.last_ns);
    let named = |said: &str, range: TimeRange, what: &str| {
        Some(When {
            said: format!("'{said}' taken as {what}, {}", say::range(&range, &calendar.zone)),
            range,
            clock: None,
        })
    };
    for at in 0..words.list.len() {
        let low = words.low(at).to_owned();
        match low.as_str() {
            "recently" | "lately" => {
                words.mark(at, 1);
                return named(
                    &low,
                    calendar.to_the_end(calendar.last_ns - 7 * DAY),
                    "the 7 days before the last event",
                );
            }
            "weekend" if words.low(at.wrapping_sub(1)) == "the" && words.low(at.wrapping_sub(2)) == "at" => {
                continue;
            }
            "weekend" => {
                let lead = usize::from(matches!(words.before(at), "last" | "past" | "previous"));
                words.mark(at - lead.min(at), 1 + lead);
                // The latest Saturday whose start is not after the last event.
                let saturday = last_day - (last_day + 3 - 5).rem_euclid(7);
                let range = TimeRange::new(calendar.at(saturday, 0), calendar.at(saturday + 2, 0));
                return named("weekend", range, "the last weekend in the data");
            }
            "last" | "past" | "previous" | "preceding" | "final" | "recent" | "latest" => {
                let glued = split_glued(words.low(at + 1));
                let (n, unit_at) = match number(words.low(at + 1)) {
                    Some(n) => (n, at + 2 + usize::from(words.low(at + 2) == "of")),
                    None => (1, at + 1),
                };
                let (n, size, len) = match (glued, unit(words.low(unit_at))) {
                    (Some((n, size)), _) => (n, size, 2),
                    (None, Some(size)) => (n, size, unit_at + 1 - at),
                    _ => continue,
                };
                let said = typed(words, at, len);
                words.mark(at, len);
                let (from, what) = back(calendar, n, size);
                return named(&said, calendar.to_the_end(from), &format!("the {what} before the last event"));
            }
            "this" | "current" => {
                let (from_day, what) = match words.low(at + 1) {
                    "week" => (last_day - (last_day + 3).rem_euclid(7), "the week of the last event"),
                    "month" => {
                        let (y, m, _) = civil_from_days(last_day);
                        (days_from_civil(y, m, 1), "the month of the last event")
                    }
                    "year" => {
                        (days_from_civil(civil_from_days(last_day).0, 1, 1), "the year of the last event")
                    }
                    _ => continue,
                };
                let said = typed(words, at, 2);
                words.mark(at, 2);
                return named(&said, calendar.to_the_end(calendar.at(from_day, 0)), what);
            }
            "today" | "yesterday" if clock_near(words, at) => continue,
            "today" => {
                words.mark(at, 1);
                return named("today", calendar.whole_day(last_day), "the day of the last event");
            }
            "yesterday" => {
                words.mark(at, 1);
                return named(
                    "yesterday",
                    calendar.whole_day(last_day - 1),
                    "the day before the last event's",
                );
            }
            "ago" => {
                let (Some(n), Some(size)) =
                    (number(words.low(at.wrapping_sub(2))), unit(words.low(at.wrapping_sub(1))))
                else {
                    continue;
                };
                let said = typed(words, at - 2, 3);
                words.mark(at - 2, 3);
                let (from, _) = back(calendar, n, size);
                let range = if size >= DAY || size <= 0 {
                    calendar.whole_day(calendar.day(from))
                } else {
                    TimeRange::new(from - size / 2, from + size / 2)
                };
                return named(&said, range, "counted back from the last event");
            }
            _ => {}
        }
    }
    None
}

/// Whether a time of day stands beside the word, so that both are one moment.
fn clock_near(words: &Words, at: usize) -> bool {
    let after = at + 1 + usize::from(matches!(words.low(at + 1), "at" | "around" | "about"));
    clock(words, after, words.low(at + 1) == "around").is_some()
        || (0..at).any(|i| clock(words, i, false).is_some_and(|(_, _, len)| i + len == at))
}

/// `24h`, `7d`.
fn split_glued(low: &str) -> Option<(i64, i64)> {
    let digits = low.find(|c: char| !c.is_ascii_digit()).filter(|i| *i > 0)?;
    let (n, u) = low.split_at(digits);
    Some((n.parse().ok().filter(|n| *n < 100_000)?, unit(u.trim_start_matches('-'))?))
}

/// The time `n` units before the last event, and what that is called.
fn back(calendar: &Calendar, n: i64, size: i64) -> (i64, String) {
    let name = |one: &str, many: &str| if n == 1 { one.to_owned() } else { format!("{n} {many}") };
    if size > 0 {
        let what = match size {
            SECOND => name("second", "seconds"),
            MINUTE => name("minute", "minutes"),
            HOUR => name("hour", "hours"),
            DAY => name("day (24 hours)", "days"),
            _ => {
                let days = (n * (size / DAY)).max(1);
                format!("{days} days")
            }
        };
        return (calendar.last_ns.saturating_sub(n.saturating_mul(size)), what);
    }
    let months = if size == 0 { n } else { n * 12 };
    let day = calendar.day(calendar.last_ns);
    let (year, month, date) = civil_from_days(day);
    let index = year * 12 + i64::from(month) - 1 - months;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u32 + 1);
    let earlier = days_from_civil(year, month, date.min(days_in_month(year, month)));
    let minute = calendar.last_ns.saturating_sub(calendar.at(day, 0)) / MINUTE;
    (calendar.at(earlier, minute), if size == 0 { name("month", "months") } else { name("year", "years") })
}

/// "in March", "in 2025", "in March 2025".
fn month_or_year(words: &Words, at: usize, calendar: &Calendar) -> Option<(TimeRange, usize)> {
    let year_at = |at: usize| words.low(at).parse::<i64>().ok().filter(|y| (1_970..2_100).contains(y));
    let days = |a: i64, b: i64| TimeRange::new(calendar.at(a, 0), calendar.at(b, 0));
    if let Some(month) = month_of(words.low(at)) {
        if ordinal(words.low(at + 1)).is_some() && year_at(at + 1).is_none() {
            return None;
        }
        let last_day = calendar.day(calendar.last_ns);
        let stated = year_at(at + 1);
        let mut year = stated.unwrap_or_else(|| civil_from_days(last_day).0);
        if stated.is_none() && days_from_civil(year, month, 1) > last_day {
            year -= 1;
        }
        let first = days_from_civil(year, month, 1);
        return Some((
            days(first, first + i64::from(days_in_month(year, month))),
            1 + usize::from(stated.is_some()),
        ));
    }
    let year = year_at(at)?;
    Some((days(days_from_civil(year, 1, 1), days_from_civil(year + 1, 1, 1)), 1))
}

fn span_of_days(words: &mut Words, calendar: &Calendar) -> Option<When> {
    for at in 0..words.list.len() {
        if !matches!(words.low(at), "in" | "during" | "for" | "of" | "throughout") {
            continue;
        }
        if let Some((range, len)) = month_or_year(words, at + 1, calendar) {
            let said = typed(words, at, 1 + len);
            words.mark(at, 1 + len);
            return Some(When { said: taken(&said, &range, calendar), range, clock: None });
        }
    }
    None
}

/// "at night", "in the morning", "at weekends": of every day.
fn part_of_day(words: &mut Words) -> Option<When> {
    const DAYS: &[(&[&str], (i64, i64))] = &[
        (
            &["at weekends", "on weekends", "at the weekend", "during weekends", "on a weekend", "weekends"],
            (5, 6),
        ),
        (&["on weekdays", "on working days", "on work days", "during weekdays"], (0, 4)),
    ];
    for (phrases, days) in DAYS {
        for phrase in *phrases {
            if words.take(phrase) {
                let clock = Clock {
                    from: 0,
                    to: DAY_MINUTES,
                    said: (*phrase).to_owned(),
                    daily: true,
                    days: Some(*days),
                };
                return Some(When { range: TimeRange::ALL, said: String::new(), clock: Some(clock) });
            }
        }
    }
    const PARTS: &[(&[&str], i64, i64)] = &[
        (
            &["at night", "by night", "overnight", "during the night", "in the night", "nights", "nightly"],
            22 * 60,
            30 * 60,
        ),
        (&["in the morning", "mornings", "in the mornings"], 6 * 60, 12 * 60),
        (&["in the afternoon", "afternoons", "in the afternoons"], 12 * 60, 18 * 60),
        (&["in the evening", "evenings", "in the evenings"], 18 * 60, 22 * 60),
        (
            &[
                "during business hours",
                "during working hours",
                "in business hours",
                "in working hours",
                "during office hours",
            ],
            8 * 60,
            18 * 60,
        ),
        (
            &[
                "outside business hours",
                "outside working hours",
                "outside office hours",
                "outside of business hours",
                "outside of working hours",
                "outside of office hours",
                "after hours",
                "out of hours",
                "off hours",
            ],
            18 * 60,
            32 * 60,
        ),
    ];
    for (phrases, from, to) in PARTS {
        for phrase in *phrases {
            if words.take(phrase) {
                let clock =
                    Clock { from: *from, to: *to, said: (*phrase).to_owned(), daily: true, days: None };
                return Some(When { range: TimeRange::ALL, said: String::new(), clock: Some(clock) });
            }
        }
    }
    None
}

pub mod periods;
#[cfg(test)]
mod tests;
