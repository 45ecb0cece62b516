//! Averages, percentiles, the longest and the shortest; rates; and what kinds of errors there are.

use super::{ROWS_MAX, Work, cell, said};
use crate::planner::fields::nouns;
use crate::planner::hands::Scope;
use crate::planner::measures::Stat;
use crate::planner::say;
use crate::wire::ApiError;
use std::collections::BTreeMap;
use timberline_model::time::{DAY, HOUR, MINUTE};
use timberline_model::{BatchColumn, EventId, Filter, NO_TIME, TimeRange, Value};

/// The most values that are kept for a percentile; beyond, the answer says so.
const VALUES_MAX: usize = 20_000_000;
/// The most events whose texts are put into kinds.
const TEXTS_MAX: usize = 2_000_000;
/// The most kinds.
const KINDS_MAX: usize = 50_000;
/// So many of the greatest are listed.
const LISTED: usize = 10;

impl Stat {
    /// In a sentence.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Mean => "average".to_owned(),
            Self::Median => "median".to_owned(),
            Self::Percentile(p) => format!("{p}th percentile"),
            Self::Max => "greatest".to_owned(),
            Self::Min => "least".to_owned(),
        }
    }

    fn of(self, sorted: &[f64]) -> f64 {
        let n = sorted.len();
        let rank = |p: f64| {
            sorted
                .get(((n as f64 * p / 100.0).ceil() as usize).clamp(1, n.max(1)) - 1)
                .copied()
                .unwrap_or(0.0)
        };
        match self {
            Self::Mean => sorted.iter().sum::<f64>() / n.max(1) as f64,
            Self::Median => rank(50.0),
            Self::Percentile(p) => rank(f64::from(p)),
            Self::Max => sorted.last().copied().unwrap_or(0.0),
            Self::Min => sorted.first().copied().unwrap_or(0.0),
        }
    }
}

impl Work<'_, '_> {
    /// `The 95th percentile of http.response.body.bytes`.
    pub fn measured(&self) -> String {
        let stat = self.reading.stat.map_or_else(String::new, Stat::word);
        format!("The {stat} of {}", self.reading.measure.as_deref().unwrap_or("the number of events"))
    }

    /// A number of a field with its unit.
    fn with_unit(field: &str, x: f64) -> String {
        if field == "event.duration" {
            return format!("{} s", figure(x / 1e9));
        }
        if field.ends_with("bytes") || field.ends_with("size") {
            format!("{} bytes", figure(x))
        } else {
            figure(x)
        }
    }

    /// A statistic of a number.
    pub(super) fn measure(&mut self) -> Result<(), ApiError> {
        let Some(stat) = self.reading.stat else { return self.summary() };
        let Some(field) = self.reading.measure.clone() else { return self.rate() };
        let group = self.reading.groups.first().cloned().filter(|g| *g != field);
        let scope = self.scope().and(Filter::exists(&field));
        let what = self.what();
        let by = group.clone().unwrap_or_else(|| field.clone());
        let mut all: Vec<f64> = Vec::new();
        let mut parts: BTreeMap<Value, Vec<f64>> = BTreeMap::new();
        let mut ends: Vec<(f64, EventId)> = Vec::new();
        let least = stat == Stat::Min;
        self.hands.scan("measure", &format!("{field} of {what}"), &scope, &[&field, &by], &mut |batch| {
            for (row, id) in batch.ids.iter().enumerate() {
                let Some(x) = batch.columns.first().and_then(|c| numeric(c, row)) else { continue };
                all.push(x);
                if group.is_some()
                    && let Some(value) = batch.columns.get(1).and_then(|c| c.value(row))
                {
                    parts.entry(value).or_default().push(x);
                }
                ends.push((if least { -x } else { x }, *id));
                if ends.len() >= 4_096 {
                    keep(&mut ends);
                }
            }
            all.len() < VALUES_MAX
        })?;
        if all.is_empty() {
            self.out.answer = format!("None of the {what}{} has a {field}", self.in_range());
            return self.cite(0, &scope);
        }
        all.sort_by(f64::total_cmp);
        let n = all.len() as u64;
        let value = stat.of(&all);
        let show = |x: f64| Self::with_unit(&field, x);
        let others: Vec<String> = [Stat::Mean, Stat::Median, Stat::Percentile(95), Stat::Max]
            .into_iter()
            .filter(|s| *s != stat)
            .map(|s| format!("{} {}", s.word(), show(s.of(&all))))
            .collect();
        let mut text = format!(
            "The {} of {field} among {}{} is {}; {}",
            stat.word(),
            say::counted(n, "event", "events"),
            self.qualified(),
            show(value),
            others.join(", ")
        );
        if let Some(group) = group {
            let mut rows: Vec<(Value, f64, usize)> = parts
                .into_iter()
                .map(|(v, mut xs)| {
                    xs.sort_by(f64::total_cmp);
                    (v, stat.of(&xs), xs.len())
                })
                .collect();
            rows.sort_by(|p, q| {
                if least { p.1.total_cmp(&q.1) } else { q.1.total_cmp(&p.1) }.then_with(|| p.0.cmp(&q.0))
            });
            let first: Vec<String> =
                rows.iter().take(3).map(|(v, x, _)| format!("{} ({})", said(v), show(*x))).collect();
            text.push_str(&format!(". By {}: {}", nouns(&group).0, say::listed(&first)));
            self.out.columns = vec![group, format!("{} of {field}", stat.word()), "events".to_owned()];
            self.out.rows = rows
                .iter()
                .take(ROWS_MAX as usize)
                .map(|(v, x, n)| vec![cell(v), whole(*x), (*n).into()])
                .collect();
        } else if matches!(stat, Stat::Max | Stat::Min) {
            keep(&mut ends);
            ends.truncate(LISTED);
            let ids = Filter::Ids(ends.iter().map(|(_, id)| *id).collect());
            let shown = Scope::new(TimeRange::ALL, ids);
            let mut events = self.hands.events(
                &format!("the {} of {field}", stat.word()),
                &shown,
                false,
                LISTED as u32,
            )?;
            events.sort_by_key(|e| ends.iter().position(|(_, id)| *id == e.id));
            if let Some(first) = events.first() {
                let about: Vec<String> = [
                    ("source.ip", "from"),
                    ("user.name", "for"),
                    ("host.name", "on"),
                    ("destination.ip", "to"),
                    ("url.path", "of"),
                ]
                .iter()
                .filter_map(|(f, p)| first.get(f).map(|v| format!("{p} {}", said(v))))
                .collect();
                text.push_str(&format!(". It was at {} {}", self.time(first.time_ns), about.join(" ")));
            }
            self.event_rows(&events);
            self.out.columns.push(field.clone());
            for (row, event) in self.out.rows.iter_mut().zip(&events) {
                row.push(event.get(&field).map_or(serde_json::Value::Null, cell));
            }
            self.cite(events.len() as u64, &shown)?;
        } else {
            self.out.columns = vec![format!("{} of {field}", stat.word()), "events".to_owned()];
            self.out.rows = vec![vec![whole(value), n.into()]];
        }
        if n as usize >= VALUES_MAX {
            self.out.notes.push(format!("only the first {} were measured", say::number(VALUES_MAX as u64)));
        }
        self.out.answer = text;
        self.cite(n, &scope)
    }

    /// How many in a day or an hour, on average.
    fn rate(&mut self) -> Result<(), ApiError> {
        let step = self.reading.every_ns.unwrap_or(DAY);
        let scope = self.scope();
        let what = self.what();
        let n = self.hands.count(&what, &scope)?;
        let calendar = &self.known.calendar;
        let data = TimeRange::new(calendar.first_ns, calendar.last_ns.saturating_add(1)).and(&scope.range);
        let (from, to) = (data.from_ns.unwrap_or(0), data.to_ns.unwrap_or(0));
        let last = to.saturating_sub(1);
        let units = if step >= DAY {
            (calendar.day(last) - calendar.day(from) + 1) as f64 / (step / DAY) as f64
        } else {
            (last.div_euclid(step) - from.div_euclid(step) + 1) as f64
        };
        let unit = match step {
            MINUTE => "minute",
            HOUR => "hour",
            DAY => "day",
            _ => "week",
        };
        let mean = n as f64 / units.max(1.0);
        self.out.answer = format!(
            "On average {} {what} a {unit}: {} in {} {unit}s ({} to {})",
            figure(mean),
            say::number(n),
            figure(units),
            say::time(from, &calendar.zone),
            say::time(last, &calendar.zone)
        );
        self.out.notes.push(format!("every {unit} from the first event to the last counts, the first and the last one may not be whole"));
        self.out.columns = vec![format!("average a {unit}"), "events".to_owned(), format!("{unit}s")];
        self.out.rows = vec![vec![whole((mean * 100.0).round() / 100.0), n.into(), whole(units)]];
        self.cite(n, &scope)
    }

    /// Errors by what they say, numbers in them left out.
    pub(super) fn kinds_of_errors(&mut self) -> Result<(), ApiError> {
        let field = ["error.message", "message", "error.type"].into_iter().find(|f| self.known.has(f));
        let scope = self.scope();
        let what = self.what();
        let Some(field) = field else { return self.summary() };
        struct Kind {
            text: String,
            count: u64,
            first: i64,
            last: i64,
            ids: Vec<EventId>,
        }
        let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
        let mut seen = 0usize;
        self.hands.scan("kinds", &format!("{field} of {what}"), &scope, &[field], &mut |batch| {
            for (row, (id, at)) in batch.ids.iter().zip(&batch.times).enumerate() {
                let Some(text) = batch.columns.first().and_then(|c| c.text(row)) else { continue };
                seen += 1;
                let shape = shape(text);
                if kinds.len() >= KINDS_MAX && !kinds.contains_key(&shape) {
                    continue;
                }
                let kind = kinds.entry(shape).or_insert_with(|| Kind {
                    text: text.lines().next().unwrap_or("").to_owned(),
                    count: 0,
                    first: i64::MAX,
                    last: NO_TIME,
                    ids: Vec::new(),
                });
                kind.count += 1;
                if *at != NO_TIME {
                    kind.first = kind.first.min(*at);
                    kind.last = kind.last.max(*at);
                }
                if kind.ids.len() < 20 {
                    kind.ids.push(*id);
                }
            }
            seen < TEXTS_MAX
        })?;
        let all = self.hands.peek(&scope)?;
        if kinds.is_empty() {
            self.out.answer = if all == 0 {
                format!("There were no {what}{}", self.in_range())
            } else {
                format!("None of the {} has a text ({field})", self.counted(all))
            };
            return self.cite(all, &scope);
        }
        let mut kinds: Vec<Kind> = kinds.into_values().collect();
        kinds.sort_by(|p, q| q.count.cmp(&p.count).then_with(|| p.text.cmp(&q.text)));
        let dated = |t: i64| (t != i64::MAX && t != NO_TIME).then_some(t);
        if let Some(best) = kinds.first() {
            self.out.answer = format!(
                "{} of {}; most often, {} times from {} on: {}",
                say::capital(&say::counted(kinds.len() as u64, "kind", "kinds")),
                self.counted(all),
                say::number(best.count),
                self.time(dated(best.first)),
                say::plain(&best.text)
            );
            let ids = Filter::Ids(best.ids.clone());
            self.cite(best.ids.len() as u64, &Scope::new(TimeRange::ALL, ids))?;
        }
        self.out
            .notes
            .push("messages that differ only in numbers and quoted values count as one kind".to_owned());
        if seen >= TEXTS_MAX {
            self.out
                .notes
                .push(format!("only the first {} texts were looked at", say::number(TEXTS_MAX as u64)));
        }
        let limit = self.reading.limit.unwrap_or(ROWS_MAX) as usize;
        self.out.columns = ["error", "events", "first", "last"].iter().map(|c| (*c).to_owned()).collect();
        self.out.rows = kinds
            .iter()
            .take(limit)
            .map(|k| {
                vec![
                    say::short(&k.text, 300).into(),
                    k.count.into(),
                    self.cell_time(dated(k.first)),
                    self.cell_time(dated(k.last)),
                ]
            })
            .collect();
        self.cite(all, &scope)
    }
}

/// The greatest first, only as many as are listed.
fn keep(ends: &mut Vec<(f64, EventId)>) {
    ends.sort_by(|p, q| q.0.total_cmp(&p.0).then_with(|| p.1.cmp(&q.1)));
    ends.truncate(LISTED);
}

fn numeric(column: &BatchColumn, row: usize) -> Option<f64> {
    match column.value(row)? {
        Value::Int(n) => Some(n as f64),
        Value::Float(x) => Some(x),
        Value::Text(t) => t.trim().parse().ok(),
    }
}

/// A number for people: whole where it is whole, else with as many digits as tell.
fn figure(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 9.0e15 {
        return say::number(x.abs() as u64);
    }
    if x.abs() >= 1.0 {
        let text = format!("{x:.2}");
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let whole = say::number(whole.trim_start_matches('-').parse().unwrap_or(0));
        let part = part.trim_end_matches('0');
        return if part.is_empty() { whole } else { format!("{whole}.{part}") };
    }
    format!("{x:.6}").trim_end_matches('0').to_owned()
}

fn whole(x: f64) -> serde_json::Value {
    if x.fract() == 0.0 && x.abs() < 9.0e15 { (x as i64).into() } else { x.into() }
}

/// A text without what differs from one event to the next: numbers, long hexadecimal words, quoted values.
fn shape(text: &str) -> String {
    let mut out = String::new();
    let line = text.lines().next().unwrap_or("");
    let mut quote: Option<char> = None;
    for word in line.split_inclusive(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '[' | ']' | '=' | ':' | '/')
    }) {
        if let Some(q) = quote {
            if word.trim_end().trim_end_matches([',', ';', ')', '.']).ends_with(q) {
                quote = None;
            }
            continue;
        }
        let first = word.chars().next().unwrap_or(' ');
        if matches!(first, '"' | '\'') {
            out.push_str("\u{2026} ");
            if word.trim_end().trim_end_matches([',', ';', ')', '.']).chars().filter(|c| *c == first).count()
                < 2
            {
                quote = Some(first);
            }
            continue;
        }
        let hex =
            word.len() >= 8 && word.trim_end().chars().all(|c| c.is_ascii_hexdigit() || !c.is_alphanumeric());
        if hex || word.chars().any(|c| c.is_ascii_digit()) {
            out.push('#');
            out.extend(word.chars().rev().take(1).filter(|c| !c.is_alphanumeric()));
        } else {
            out.push_str(word);
        }
        if out.len() > 240 {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let xs: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(Stat::Percentile(95).of(&xs), 19.0);
        assert_eq!(Stat::Median.of(&xs), 10.0);
        assert_eq!(Stat::Mean.of(&xs), 10.5);
        assert_eq!(Stat::Max.of(&[]), 0.0);
    }

    #[test]
    fn messages_that_differ_in_numbers_are_one_kind() {
        assert_eq!(
            shape("timeout after 30 s for 'a b' on node-7"),
            shape("timeout after 5 s for 'c' on node-12")
        );
        assert_ne!(shape("timeout after 30 s"), shape("refused after 30 s"));
    }

    #[test]
    fn figures_keep_the_digits_that_tell() {
        assert_eq!(figure(16_678.318), "16,678.32");
        assert_eq!(figure(0.25), "0.25");
        assert_eq!(figure(12.0), "12");
    }
}
