//! Sums of bytes, and counts over time.

use super::{ROWS_MAX, Work, cell, round_step, row_filter, said};
use crate::planner::fields::nouns;
use crate::planner::say;
use crate::wire::ApiError;
use timberline_model::time::{DAY, HOUR, MINUTE};
use timberline_model::{Filter, Metric, TopRow, Value};

/// The most bars of a timeline.
const BARS_MAX: i64 = 20_000;
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Work<'_, '_> {
    /// How many bytes: in all, or for each value of a field.
    pub(super) fn sum(&mut self) -> Result<(), ApiError> {
        let fields = self.reading.sums.clone();
        let some = Filter::Or(fields.iter().map(|f| Filter::exists(f)).collect());
        let scope = self.scope().and(some);
        let grouped = self.reading.groups.first().cloned().or_else(|| {
            let usual = self.known.first_of(&["source.ip", "user.name", "host.name", "url.path"]);
            usual.filter(|_| self.reading.most || self.reading.at_least.is_some()).map(str::to_owned)
        });
        let by = grouped.clone().unwrap_or_else(|| "source".to_owned());
        let mut sums: Vec<(Value, f64, u64)> = Vec::new();
        let mut first_row: Option<TopRow> = None;
        for field in &fields {
            let rows = self.hands.top(
                &format!("sum of {field} by {by}"),
                &scope,
                &[&by],
                Metric::Sum(field.clone()),
                10_000,
            )?;
            for row in rows {
                let Some(value) = row.values.first().cloned() else { continue };
                first_row.get_or_insert_with(|| row.clone());
                match sums.iter_mut().find(|(v, _, _)| *v == value) {
                    Some(sum) => sum.1 += row.metric,
                    None => sums.push((value, row.metric, row.count)),
                }
            }
        }
        let summed = fields.join(" and ");
        let events: u64 = self.hands.peek(&scope)?;
        if events == 0 {
            self.out.answer =
                format!("No event{} has a number of bytes ({summed}){}", self.qualified(), self.in_range());
            return self.cite(0, &scope);
        }
        sums.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let total: f64 = sums.iter().map(|s| s.1).sum();
        let Some(group) = grouped else {
            self.out.answer = format!(
                "{} in all{}{} ({summed} of {})",
                say::bytes(total),
                self.qualified(),
                self.in_range(),
                say::counted(events, "event", "events")
            );
            self.out.columns = vec!["summed".to_owned(), "bytes".to_owned(), "events".to_owned()];
            self.out.rows = vec![vec![summed.into(), whole(total), events.into()]];
            return self.cite(events, &scope);
        };
        let Some((value, most, count)) = sums.first().cloned() else {
            self.out.answer = format!("None of the events has a {}", nouns(&group).0);
            return self.cite(0, &scope);
        };
        let next: Vec<String> = sums
            .iter()
            .skip(1)
            .take(2)
            .map(|(v, x, _)| format!("{} ({})", said(v), short_bytes(*x)))
            .collect();
        let next = if next.is_empty() { String::new() } else { format!("; next {}", say::listed(&next)) };
        self.out.answer = format!(
            "{} accounts for most: {} of {} in all{}{}, {summed} in {}{next}",
            said(&value),
            say::bytes(most),
            short_bytes(total),
            self.qualified(),
            self.in_range(),
            say::counted(count, "event", "events")
        );
        self.out.columns = vec![group.clone(), "bytes".to_owned(), "events".to_owned()];
        let limit = self.reading.limit.unwrap_or(ROWS_MAX) as usize;
        self.out.rows =
            sums.iter().take(limit).map(|(v, x, n)| vec![cell(v), whole(*x), (*n).into()]).collect();
        let row = TopRow { values: vec![value], count, metric: most, first_ns: None, last_ns: None };
        self.cite(count, &scope.and(row_filter(&[&group], &row)))?;
        self.cite(events, &scope)
    }

    /// Counts over time.
    pub(super) fn timeline(&mut self) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let span = self.hands.span(&what, &scope)?;
        let (Some(first), Some(last)) = (span.first_ns, span.last_ns) else {
            self.out.answer = format!("There were no dated {what}{}", self.in_range());
            return self.cite(0, &scope);
        };
        if self.reading.weekly {
            return self.weekly();
        }
        if self.reading.hourly {
            return self.hours();
        }
        let mut step = self.reading.every_ns.unwrap_or_else(|| round_step(last - first, 48));
        if (last - first) / step >= BARS_MAX {
            step = round_step(last - first, BARS_MAX / 2);
            self.out.notes.push("the bars are wider than asked, so that they stay countable".to_owned());
        }
        let calendar = &self.known.calendar;
        // Bars begin on the clock: days at midnight, hours on the hour, in the zone of the case.
        let midnight = calendar.at(calendar.day(first), 0);
        let from = midnight + (first - midnight).div_euclid(step) * step;
        let bins = u32::try_from((last - from) / step + 1).unwrap_or(1);
        let series = self.hands.timeline(&what, &scope, from, step, bins)?;
        let counts: Vec<u64> = series.first().map(|s| s.counts.clone()).unwrap_or_default();
        let unit = unit(step);
        let Some((at, most)) =
            counts.iter().enumerate().max_by_key(|(i, n)| (**n, std::cmp::Reverse(*i))).map(|(i, n)| (i, *n))
        else {
            return self.cite(0, &scope);
        };
        let peak = from + at as i64 * step;
        let busy = counts.iter().filter(|n| **n > 0).count() as u64;
        let zone = &self.known.calendar.zone;
        let start = if step >= DAY {
            say::short_time(peak, zone)
        } else {
            {
                let text = say::time(peak, zone);
                text.strip_suffix(":00").unwrap_or(&text).to_owned()
            }
        };
        self.out.answer = format!(
            "The {unit} with most {what} began at {start}: {} of {}{}; {} of {} had any",
            say::number(most),
            say::number(span.events),
            self.in_range(),
            say::number(busy),
            say::counted(
                u64::from(bins),
                unit,
                &if unit == "stretch" { "stretches".to_owned() } else { format!("{unit}s") }
            )
        );
        self.out.columns = vec!["from".to_owned(), what];
        self.out.rows = counts
            .iter()
            .enumerate()
            .filter(|(_, n)| **n > 0)
            .take(1_000)
            .map(|(i, n)| vec![self.cell_time(Some(from + i as i64 * step)), (*n).into()])
            .collect();
        let window = timberline_model::TimeRange::new(peak, peak + step).and(&scope.range);
        self.cite(most, &scope.within(window))?;
        self.cite(span.events, &scope)
    }

    fn weekly(&mut self) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let matrix = self.hands.matrix(&what, &scope, self.offsets())?;
        let days: Vec<u64> = matrix.iter().map(|hours| hours.iter().sum()).collect();
        let total: u64 = days.iter().sum();
        let Some((at, most)) = days.iter().enumerate().max_by_key(|(_, n)| **n) else { return Ok(()) };
        self.out.answer = format!(
            "{} had the most {what}: {} of {}{}",
            WEEKDAYS.get(at).unwrap_or(&""),
            say::number(*most),
            say::number(total),
            self.in_range()
        );
        self.out.columns = vec!["weekday".to_owned(), what];
        self.out.rows = days.iter().zip(WEEKDAYS).map(|(n, day)| vec![day.into(), (*n).into()]).collect();
        self.cite(total, &scope)
    }

    /// By hour of the day, over all days.
    fn hours(&mut self) -> Result<(), ApiError> {
        let (scope, what) = (self.scope(), self.what());
        let matrix = self.hands.matrix(&what, &scope, self.offsets())?;
        let hours: Vec<u64> = (0..24).map(|h| matrix.iter().map(|day| day[h]).sum()).collect();
        let total: u64 = hours.iter().sum();
        let most = hours.iter().copied().max().unwrap_or(0);
        let at = hours.iter().position(|n| *n == most).unwrap_or(0);
        self.out.answer = format!(
            "The hour of the day with most {what} is {at:02}:00 to {:02}:00 ({}): {} of {}{}",
            (at + 1) % 24,
            self.known.view.zone,
            say::number(most),
            say::number(total),
            self.in_range()
        );
        self.out.columns = vec![format!("hour ({})", self.known.view.zone), what];
        self.out.rows = hours.iter().enumerate().map(|(h, n)| vec![h.into(), (*n).into()]).collect();
        self.cite(total, &scope)
    }

    /// The zone's offsets over the data, for counting by hour and weekday.
    pub(super) fn offsets(&self) -> Vec<(i64, i32)> {
        let calendar = &self.known.calendar;
        let mut offsets: Vec<(i64, i32)> = vec![(i64::MIN, calendar.zone.offset_seconds(calendar.first_ns))];
        let mut at = calendar.first_ns;
        // Zones change on the hour at the finest; a hundred years of days bounds this.
        let step = if calendar.last_ns.saturating_sub(calendar.first_ns) > 400 * DAY { DAY } else { HOUR };
        for _ in 0..40_000 {
            at = at.saturating_add(step);
            if at > calendar.last_ns {
                break;
            }
            let offset = calendar.zone.offset_seconds(at);
            if offsets.last().is_none_or(|(_, o)| *o != offset) {
                offsets.push((at, offset));
            }
        }
        offsets
    }
}

/// A sum in a row: a whole number as one.
fn whole(x: f64) -> serde_json::Value {
    if x.fract() == 0.0 && x.abs() < 9.0e15 { (x as i64).into() } else { x.into() }
}

fn unit(step: i64) -> &'static str {
    match step {
        MINUTE => "minute",
        HOUR => "hour",
        DAY => "day",
        s if s == 7 * DAY => "week",
        _ => "stretch",
    }
}

fn short_bytes(x: f64) -> String {
    let long = say::bytes(x);
    long.split(" (").next().unwrap_or(&long).to_owned()
}
