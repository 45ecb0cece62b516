//! Two periods of one question: "today against yesterday", "this week than last week", "what changed between Monday and
//! Tuesday"; and one period against all that came before it ("than usual"). The week, the month and the day are those of the last event.

use super::{Calendar, date, typed};
use crate::planner::say;
use crate::planner::words::Words;
use timberline_model::TimeRange;
use timberline_model::time::{civil_from_days, days_from_civil};

/// A period, and as it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// When.
    pub range: TimeRange,
    /// "yesterday".
    pub said: String,
}

/// Words that set two things against each other.
const CUES: &[&str] = &[
    "compare",
    "compared",
    "comparing",
    "comparison",
    "against",
    "than",
    "between",
    "changed",
    "change",
    "changes",
    "difference",
    "differences",
    "differ",
    "differs",
    "different from",
    "unlike",
    "relative to",
];

/// The period that is asked about and the one it is compared with; marks their words.
pub fn two(words: &mut Words, calendar: &Calendar) -> Option<(Period, Period)> {
    if !words.has_any(CUES) {
        return None;
    }
    let mut found: Vec<(usize, usize, TimeRange)> = Vec::new();
    let mut at = 0;
    while at < words.list.len() {
        match period(words, at, calendar) {
            Some((range, len)) => {
                found.push((at, len, range));
                at += len;
            }
            None => at += 1,
        }
    }
    let before = words.has_any(&[
        "than usual",
        "than normal",
        "than before",
        "than ever",
        "than average",
        "against usual",
        "against normal",
    ]);
    let (a, b) = match found.as_slice() {
        [one, two] => (*one, *two),
        [one] if before => {
            let (at, len, range) = *one;
            let said = typed(words, at, len);
            words.mark(at, len);
            words.take_any(&[
                "than usual",
                "than normal",
                "than before",
                "than ever",
                "than average",
                "against usual",
                "against normal",
            ]);
            words.take_any(CUES);
            let past = TimeRange { from_ns: Some(calendar.first_ns), to_ns: range.from_ns };
            return Some((Period { range, said }, Period { range: past, said: "all before it".to_owned() }));
        }
        _ => return None,
    };
    // "Between" and "changed" go from the earlier to the later; else the first is asked about.
    let ordered = words.has_any(&["between", "changed", "change", "changes"])
        && !words.has_any(&["than", "against", "compare"]);
    let (a, b) = if ordered && a.2.from_ns < b.2.from_ns { (b, a) } else { (a, b) };
    let said = |words: &Words, p: &(usize, usize, TimeRange)| Period {
        range: p.2,
        said: typed(words, p.0, p.1).trim_start_matches("on ").to_owned(),
    };
    let both = (said(words, &a), said(words, &b));
    for (at, len, _) in [&a, &b] {
        words.mark(*at, *len);
    }
    words.take_any(CUES);
    Some(both)
}

/// A period that begins at a word.
fn period(words: &Words, at: usize, calendar: &Calendar) -> Option<(TimeRange, usize)> {
    let last_day = calendar.day(calendar.last_ns);
    let days = |from: i64, to: i64| TimeRange::new(calendar.at(from, 0), calendar.at(to, 0));
    let monday = last_day - (last_day + 3).rem_euclid(7);
    let (year, month, _) = civil_from_days(last_day);
    let month_start = |back: i64| {
        let index = year * 12 + i64::from(month) - 1 - back;
        days_from_civil(index.div_euclid(12), index.rem_euclid(12) as u32 + 1, 1)
    };
    let before = matches!(words.low(at), "last" | "previous" | "past");
    match (words.low(at), words.low(at + 1), words.low(at + 2)) {
        ("this" | "current", "week", _) => Some((days(monday, monday + 7), 2)),
        ("this" | "current", "month", _) => Some((days(month_start(0), month_start(-1)), 2)),
        (_, "week", _) if before => Some((days(monday - 7, monday), 2)),
        (_, "month", _) if before => Some((days(month_start(1), month_start(0)), 2)),
        ("the", "week", "before") => Some((days(monday - 7, monday), 3)),
        ("the", "day", "before") => Some((days(last_day - 1, last_day), 3)),
        ("the", "weekend", _) | ("this", "weekend", _) | ("last", "weekend", _) => {
            let saturday = last_day - (last_day + 3 - 5).rem_euclid(7);
            Some((days(saturday, saturday + 2), 2))
        }
        _ => {
            let lead = usize::from(words.low(at) == "on");
            let (day, len) = date(words, at + lead, calendar)?;
            Some((days(day, day + 1), lead + len))
        }
    }
}

impl Period {
    /// `today (2026-03-10 to 2026-03-11)`.
    #[must_use]
    pub fn show(&self, calendar: &Calendar) -> String {
        format!("{} ({})", say::plain(&self.said), say::range(&self.range, &calendar.zone))
    }
}
