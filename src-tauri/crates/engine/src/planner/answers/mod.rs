//! From a reading to an answer: first whether the case can answer at all, then one function for each want.
//! Every number in a sentence comes out of [`Hands`].

mod compare;
mod measure;
mod network;
mod people;
mod plain;
mod report;
mod story;
mod volume;

use super::hands::{Hands, Scope};
use super::known::Known;
use super::reading::{Reading, Want};
use super::say;
use crate::wire::{ApiError, Citation};
use serde_json::Value as Json;
use timberline_model::time::{DAY, MINUTE};
use timberline_model::{Filter, TimeRange, TopRow, Value, kql};

/// An answer while it is made.
#[derive(Debug, Default)]
pub struct Draft {
    /// The sentence.
    pub answer: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Json>>,
    /// Numbers of events.
    pub citations: Vec<u64>,
    /// Chips.
    pub chips: Vec<Citation>,
    /// Why there is no answer.
    pub unanswered: Option<String>,
    /// What to ask next.
    pub next: Vec<String>,
    /// What was assumed while answering.
    pub notes: Vec<String>,
}

/// A question being answered.
pub struct Work<'w, 'v> {
    /// The case.
    pub known: &'w Known<'v>,
    /// The question.
    pub reading: Reading,
    /// The store.
    pub hands: Hands<'v>,
    /// The answer so far.
    pub out: Draft,
}

/// The most rows that an answer shows.
pub const ROWS_MAX: u32 = 50;
/// The most groups that are looked at for a count of different values.
pub const GROUPS_MAX: u32 = 200_000;
/// The most days over which a time of day is spread.
const DAYS_MAX: i64 = 400;

impl<'v> Work<'_, 'v> {
    /// Answers.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn answer(&mut self) -> Result<(), ApiError> {
        if let Some(why) = self.cannot()? {
            self.refuse(why);
            return Ok(());
        }
        if self.reading.want == Want::Around {
            self.settle_day()?;
        } else {
            self.spread_clock();
        }
        match self.reading.want {
            Want::Count => self.count(),
            Want::Distinct => self.distinct(),
            Want::Top | Want::Values | Want::Rare => self.top(),
            Want::Events => self.list(),
            Want::First => self.end(false),
            Want::Last => self.end(true),
            Want::When => self.when(),
            Want::Timeline => self.timeline(),
            Want::Exists => self.exists(),
            Want::Sum => self.sum(),
            Want::Logins => self.logins(),
            Want::Typical => self.typical(),
            Want::Connections => self.connections(),
            Want::Around => self.around(),
            Want::Profile => self.profile(),
            Want::Unusual => self.unusual(),
            Want::Sequence => self.sequence(),
            Want::Sources => self.sources(),
            Want::Coverage => self.coverage(),
            Want::Summary => self.summary(),
            Want::Compare => self.compare(),
            Want::Novel => self.novel(),
            Want::Both => self.both(),
            Want::Measure => self.measure(),
            Want::Report => self.report(),
            Want::Why => self.why(),
            Want::Kinds => self.kinds_of_errors(),
        }
    }

    /// Says that and why there is no answer.
    pub fn refuse(&mut self, why: String) {
        self.out.answer = why.clone();
        self.out.unanswered = Some(why);
    }

    /// Why the case cannot answer this at all, if it cannot.
    fn cannot(&mut self) -> Result<Option<String>, ApiError> {
        let (known, reading) = (self.known, &self.reading);
        let sources = known.sources_in_words();
        if known.span.events == 0 {
            return Ok(Some("Not in these logs: nothing has been read into this case yet".to_owned()));
        }
        if reading.lacks_all && !reading.missing.is_empty() {
            return Ok(Some(format!(
                "Not in these logs, because no source has {}; {sources}",
                say::listed(&reading.missing)
            )));
        }
        if let Some(subject) = reading.subject()
            && !self.hands.any(&Scope::new(TimeRange::ALL, (subject.basis)()))?
        {
            return Ok(Some(format!(
                "Not in these logs, because no source has {}; {sources}",
                subject.lacking
            )));
        }
        if reading.want == Want::Sum && reading.sums.is_empty() {
            return Ok(Some(format!("Not in these logs, because no source has numbers of bytes; {sources}")));
        }
        if reading.groups.is_empty()
            && !reading.missing.is_empty()
            && reading.want != Want::Profile
            && reading.want != Want::Unusual
        {
            return Ok(Some(format!(
                "Not in these logs, because no source has {}; {sources}",
                say::listed(&reading.missing)
            )));
        }
        let data = TimeRange {
            from_ns: known.span.first_ns,
            to_ns: known.span.last_ns.map(|t| t.saturating_add(1)),
        };
        let both = data.and(&reading.range);
        if !reading.range.is_all() && both.from_ns >= both.to_ns && both.from_ns.is_some() {
            return Ok(Some(format!(
                "Not in these logs: they run from {} to {}, and {} is outside of that",
                say::time(known.calendar.first_ns, &known.calendar.zone),
                say::time(known.calendar.last_ns, &known.calendar.zone),
                say::range(&reading.range, &known.calendar.zone),
            )));
        }
        let counts = matches!(reading.want, Want::Count | Want::Exists | Want::Events);
        if let Some(gone) = reading.conditions.iter().find(|c| c.absent && c.thing)
            && !counts
        {
            let place = match &gone.fields[..] {
                [] => String::new(),
                fields => format!(" as {}", fields.join(" or ")),
            };
            return Ok(Some(format!(
                "Not in these logs, because {} does not occur in them{place}",
                say::plain(&gone.value)
            )));
        }
        Ok(None)
    }

    /// A time of day without a day, spread over every day of the data.
    fn spread_clock(&mut self) {
        let Some(clock) = self.reading.clock.take() else { return };
        let calendar = &self.known.calendar;
        let data =
            TimeRange::new(calendar.first_ns, calendar.last_ns.saturating_add(1)).and(&self.reading.range);
        let (first, last) = (calendar.day(data.from_ns.unwrap_or(0)), calendar.day(data.to_ns.unwrap_or(0)));
        let first = first.max(last - DAYS_MAX) - 1;
        // 1970-01-01 was a Thursday, 3 days from Monday.
        let wanted = |day: i64| clock.days.is_none_or(|(a, b)| (a..=b).contains(&(day + 3).rem_euclid(7)));
        let days: Vec<Filter> = (first..=last)
            .filter(|day| wanted(*day))
            .map(|day| Filter::Time(TimeRange::new(calendar.at(day, clock.from), calendar.at(day, clock.to))))
            .filter(|f| matches!(f, Filter::Time(r) if { let b = r.and(&data); b.from_ns < b.to_ns }))
            .collect();
        self.reading.daily = kql::render(&Filter::Or(days));
        let (from, to) = (clock.from.rem_euclid(1_440), clock.to.rem_euclid(1_440));
        if clock.days.is_some() {
            let which =
                if clock.days == Some((5, 6)) { "every Saturday and Sunday" } else { "Monday to Friday" };
            self.reading.when = format!("'{}' taken as {which} in the data", clock.said);
            return;
        }
        self.reading.when = format!(
            "'{}' taken as {:02}:{:02} to {:02}:{:02} of every day in the data",
            clock.said,
            from / 60,
            from % 60,
            to / 60,
            to % 60
        );
    }

    /// Which day "around 2 AM" means: that of the best card in that hour, else the day with most failures then.
    fn settle_day(&mut self) -> Result<(), ApiError> {
        let Some(clock) = self.reading.clock.take() else { return Ok(()) };
        let calendar = &self.known.calendar;
        let last = calendar.day(calendar.last_ns);
        let first = calendar.day(calendar.first_ns).max(last - 60);
        let window = |day: i64| TimeRange::new(calendar.at(day, clock.from), calendar.at(day, clock.to));
        let overlaps = |range: &TimeRange, a: i64, b: i64| range.from_ns < Some(b) && range.to_ns > Some(a);
        let by_card = self.known.view.findings.iter().find_map(|card| {
            let (a, b) = (card.first_ns?, card.last_ns?);
            // A card that runs for days says nothing about one hour, unless it begins or ends in it.
            let day = (first..=last).find(|day| {
                let w = window(*day);
                w.holds(a) || w.holds(b) || b - a < DAY && overlaps(&w, a, b.max(a + 1))
            })?;
            Some((day, card.title.clone()))
        });
        let (day, why) = match by_card {
            Some((day, title)) => {
                (day, format!("the day on which a card falls in that time: {}", say::plain(&title)))
            }
            None => {
                let mut best = (0, 0, last);
                for day in first..=last {
                    let scope = Scope::new(window(day), Filter::All);
                    let failures = self.hands.peek(&scope.and(Filter::is("event.outcome", "failure")))?;
                    best = best.max((failures, self.hands.peek(&scope)?, day));
                }
                let why = if best.0 > 0 {
                    "the day with most failures at that time"
                } else {
                    "the day with most events at that time"
                };
                (best.2, why.to_owned())
            }
        };
        self.reading.range = window(day);
        self.reading.when =
            format!("'{}' taken as {}", clock.said, say::range(&self.reading.range, &calendar.zone));
        if first != last {
            self.reading.notes.push(format!("no day was given, so this is {why}"));
            let other = if day > first { day - 1 } else { day + 1 };
            let date = say::short_time(calendar.at(other, 0), &calendar.zone);
            self.out.next.push(format!("What happened {} on {date}?", clock.said));
        }
        Ok(())
    }

    /// The scope of the question.
    pub fn scope(&self) -> Scope {
        self.reading.scope()
    }

    /// The field to group by: what the question says, else what such questions mostly mean.
    pub fn group(&self) -> Option<String> {
        if let Some(field) = self.reading.groups.first() {
            return Some(field.clone());
        }
        let usual = self.reading.about().group;
        let fallback = [
            "source.ip",
            "user.name",
            "event.action",
            "process.name",
            "host.name",
            "event.category",
            "url.path",
            "log.level",
        ];
        std::iter::once(&usual)
            .chain(&fallback)
            .find(|f| {
                self.known.has(f) && !self.reading.conditions.iter().any(|c| c.fields.len() == 1 && c.on(f))
            })
            .map(|f| (*f).to_owned())
    }

    /// `147 failed logins for root`, of a number.
    pub fn counted(&self, n: u64) -> String {
        let subject = self.reading.about();
        format!("{}{}", say::counted(n, subject.one, subject.many), self.qualified())
    }

    /// `failed logins for root`.
    pub fn what(&self) -> String {
        format!("{}{}", self.reading.about().many, self.qualified())
    }

    /// ` for root from 203.0.113.24`: the things in words.
    pub fn qualified(&self) -> String {
        let mut out = String::new();
        for condition in &self.reading.conditions {
            let value = say::plain(&condition.value);
            if condition.negated {
                out.push_str(&format!(" except with {value}"));
                continue;
            }
            let field = condition.fields.first().map_or("", |f| f);
            let words = match field {
                f if is_address(f)
                    && !condition.fields.iter().all(|o| o.split('.').next() == f.split('.').next()) =>
                {
                    format!("from or to {value}")
                }
                f if f.starts_with("user.") => format!("for {value}"),
                f if f.starts_with("source.port") || f.starts_with("destination.port") => {
                    format!("on port {value}")
                }
                f if f.starts_with("source.") || f.starts_with("client.") => format!("from {value}"),
                f if f.starts_with("destination.") || f.starts_with("server.") => format!("to {value}"),
                f if f.starts_with("host.") => format!("on {value}"),
                "http.response.status_code" => format!("with status {value}"),
                "http.request.method" => format!("with method {value}"),
                "event.action" if value == "over SSH" => value,
                "" => format!("with {value}"),
                f => format!("with {f} {value}"),
            };
            out.push(' ');
            out.push_str(&words);
        }
        out
    }

    /// ` in 2026-03-03 to 2026-03-10`, or nothing where all of the data was asked.
    pub fn in_range(&self) -> String {
        if self.reading.range.is_all() {
            return String::new();
        }
        format!(", {}", say::range(&self.reading.range, &self.known.calendar.zone))
    }

    /// A time in a sentence.
    pub fn time(&self, ns: Option<i64>) -> String {
        ns.map_or_else(|| "an unknown time".to_owned(), |ns| say::time(ns, &self.known.calendar.zone))
    }

    /// A time in a row: with all its digits and its offset.
    pub fn cell_time(&self, ns: Option<i64>) -> Json {
        ns.map_or(Json::Null, |ns| self.known.calendar.zone.show(ns).into())
    }

    /// Cites a scope: a chip, and event numbers.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn cite(&mut self, n: u64, scope: &Scope) -> Result<(), ApiError> {
        let chip = self.hands.chip(say::counted(n, "row", "rows"), scope)?;
        for id in &chip.events {
            if self.out.citations.len() < super::hands::CITED as usize && !self.out.citations.contains(id) {
                self.out.citations.push(*id);
            }
        }
        self.out.chips.push(chip);
        Ok(())
    }

    /// The usual columns for ranked values.
    pub fn ranked_columns(&mut self, fields: &[&str], what: &str) {
        self.out.columns = fields.iter().map(|f| (*f).to_owned()).collect();
        self.out.columns.extend([what.to_owned(), "first".to_owned(), "last".to_owned()]);
    }

    /// The usual row for a ranked value.
    pub fn ranked_row(&self, row: &TopRow) -> Vec<Json> {
        let mut cells: Vec<Json> = row.values.iter().map(cell).collect();
        cells.push(row.count.into());
        cells.push(self.cell_time(row.first_ns));
        cells.push(self.cell_time(row.last_ns));
        cells
    }
}

fn is_address(field: &str) -> bool {
    field.ends_with(".ip") || field.ends_with(".address")
}

/// A value in a row; untrusted text stays as it is, the window shows it as text.
pub fn cell(value: &Value) -> Json {
    match value {
        Value::Int(n) => (*n).into(),
        Value::Float(x) => (*x).into(),
        Value::Text(_) => value.show().into(),
    }
}

/// A value in a sentence.
pub fn said(value: &Value) -> String {
    let text = say::plain(&value.show());
    if text.trim().is_empty() { "(empty)".to_owned() } else { text }
}

/// The filter for one ranked row.
pub fn row_filter(fields: &[&str], row: &TopRow) -> Filter {
    fields.iter().zip(&row.values).fold(Filter::All, |all, (field, value)| {
        // One element of a list finds the list.
        let text = match value {
            Value::Text(t) => t.split(timberline_model::value::MULTI).next().unwrap_or("").to_owned(),
            number => number.show(),
        };
        all.and(Filter::is(field, &text))
    })
}

/// `203.0.113.24 (147) and 198.51.100.7 (90)`.
pub fn with_counts(rows: &[TopRow], limit: usize) -> String {
    let parts: Vec<String> = rows
        .iter()
        .take(limit)
        .map(|r| {
            format!(
                "{} ({})",
                r.values.iter().map(said).collect::<Vec<_>>().join(" / "),
                say::number(r.count)
            )
        })
        .collect();
    say::listed(&parts)
}

/// A round step for about so many bars, ns.
pub fn round_step(span_ns: i64, bars: i64) -> i64 {
    const STEPS: [i64; 14] = [1, 2, 5, 10, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 7_200, 14_400];
    let wanted = span_ns / bars.max(1);
    STEPS.iter().map(|m| m * MINUTE).find(|s| *s >= wanted).unwrap_or(30 * DAY)
}
