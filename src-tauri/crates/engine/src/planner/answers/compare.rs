//! One period against another, and what is new in a period.

use super::{GROUPS_MAX, ROWS_MAX, Work, cell, said, with_counts};
use crate::planner::fields::nouns;
use crate::planner::hands::Scope;
use crate::planner::{say, subjects};
use crate::wire::ApiError;
use std::collections::BTreeMap;
use timberline_model::{Filter, Metric, TimeRange, Value};

/// What is looked through for new values where the question names nothing.
const TELLING: &[&str] = &[
    "event.action",
    "source.ip",
    "user.name",
    "host.name",
    "destination.ip",
    "destination.port",
    "process.name",
    "url.path",
];
/// The most values of a field that are compared.
const VALUES_MAX: u32 = 20_000;

impl Work<'_, '_> {
    /// How the asked period differs from the other.
    pub(super) fn compare(&mut self) -> Result<(), ApiError> {
        let Some((other, asked, against)) = self.reading.versus.clone() else { return self.summary() };
        let here = self.scope();
        let there = here.within(other);
        let (asked, against) = (say::plain(&asked), say::plain(&against));
        let what = self.what();
        let a = self.hands.count(&format!("{what}, {asked}"), &here)?;
        let b = self.hands.count(&format!("{what}, {against}"), &there)?;
        let diff = a.abs_diff(b);
        let percent = if b > 0 {
            format!(" ({}{:.0} %)", if a >= b { "+" } else { "\u{2212}" }, 100.0 * diff as f64 / b as f64)
        } else {
            String::new()
        };
        let change = match a.cmp(&b) {
            std::cmp::Ordering::Equal => "as many".to_owned(),
            std::cmp::Ordering::Greater => format!("{} more{percent}", say::number(diff)),
            std::cmp::Ordering::Less => format!("{} fewer{percent}", say::number(diff)),
        };
        let lead = match self.reading.more {
            Some(true) => {
                if a > b {
                    "Yes: "
                } else {
                    "No: "
                }
            }
            Some(false) => {
                if a < b {
                    "Yes: "
                } else {
                    "No: "
                }
            }
            None => "",
        };
        let mut text =
            format!("{lead}{} in {asked} against {} in {against}, {change}", self.counted(a), say::number(b));
        let calendar = &self.known.calendar;
        for (range, name) in [(here.range, &asked), (other, &against)] {
            if range.to_ns.is_some_and(|to| to > calendar.last_ns.saturating_add(1)) {
                text.push_str(&format!(
                    "; {name} is not whole, the data ends at {}",
                    say::time(calendar.last_ns, &calendar.zone)
                ));
            } else if range.from_ns.is_some_and(|from| from < calendar.first_ns) {
                text.push_str(&format!(
                    "; {name} is not whole, the data begins at {}",
                    say::time(calendar.first_ns, &calendar.zone)
                ));
            }
        }
        let plain = self.reading.subject.as_deref().is_none_or(|s| s == subjects::EVENTS)
            && self.reading.groups.is_empty();
        let fields: Vec<String> = if plain {
            TELLING.iter().filter(|f| self.known.has(f)).map(|f| (*f).to_owned()).collect()
        } else {
            self.reading.groups.first().cloned().or_else(|| self.group()).into_iter().collect()
        };
        let mut rows: Vec<(String, Value, u64, u64)> = Vec::new();
        for field in &fields {
            let counts = |work: &mut Self,
                          scope: &Scope,
                          name: &str|
             -> Result<BTreeMap<Value, u64>, ApiError> {
                let rows = work.hands.top(
                    &format!("{what} by {field}, {name}"),
                    scope,
                    &[field],
                    Metric::Count,
                    VALUES_MAX,
                )?;
                Ok(rows.into_iter().filter_map(|r| r.values.first().cloned().map(|v| (v, r.count))).collect())
            };
            let now = counts(self, &here, &asked)?;
            let then = counts(self, &there, &against)?;
            let new: Vec<(&Value, &u64)> = now.iter().filter(|(v, _)| !then.contains_key(*v)).collect();
            let gone = then.keys().filter(|v| !now.contains_key(*v)).count();
            let (one, many) = nouns(field);
            if !new.is_empty() || gone > 0 {
                let mut names: Vec<(&Value, &u64)> = new.clone();
                names.sort_by_key(|(v, n)| (std::cmp::Reverse(**n), (*v).clone()));
                let shown: Vec<String> = names
                    .iter()
                    .take(3)
                    .map(|(v, n)| format!("{} ({})", said(v), say::number(**n)))
                    .collect();
                let shown =
                    if shown.is_empty() { String::new() } else { format!(": {}", say::listed(&shown)) };
                text.push_str(&format!(
                    ". {} only in {asked}{shown}; {} only in {against}",
                    say::capital(&say::counted(new.len() as u64, &one, &many)),
                    say::number(gone as u64)
                ));
            }
            let keys: std::collections::BTreeSet<&Value> = now.keys().chain(then.keys()).collect();
            for value in keys {
                let (x, y) = (now.get(value).copied().unwrap_or(0), then.get(value).copied().unwrap_or(0));
                if !plain || y == 0 {
                    rows.push((field.clone(), value.clone(), x, y));
                }
            }
        }
        rows.sort_by(|p, q| {
            q.2.abs_diff(q.3).cmp(&p.2.abs_diff(p.3)).then_with(|| (&p.0, &p.1).cmp(&(&q.0, &q.1)))
        });
        self.out.columns = if plain { vec!["field".to_owned()] } else { Vec::new() };
        self.out.columns.push(if plain {
            "value".to_owned()
        } else {
            fields.first().cloned().unwrap_or_default()
        });
        self.out.columns.extend([asked.clone(), against.clone(), "change".to_owned()]);
        self.out.rows = rows
            .iter()
            .take(ROWS_MAX as usize)
            .map(|(field, value, x, y)| {
                let mut row = if plain { vec![field.clone().into()] } else { Vec::new() };
                row.extend([cell(value), (*x).into(), (*y).into(), (*x as i64 - *y as i64).into()]);
                row
            })
            .collect();
        self.out.answer = text;
        self.cite(a, &here)?;
        self.cite(b, &there)
    }

    /// Values that occur in the range and never before it.
    pub(super) fn novel(&mut self) -> Result<(), ApiError> {
        let Some(field) = self.group() else { return self.summary() };
        let here = self.scope();
        let before = here.within(TimeRange { from_ns: None, to_ns: here.range.from_ns });
        let what = self.what();
        let now =
            self.hands.top(&format!("{what} by {field}"), &here, &[&field], Metric::Count, GROUPS_MAX)?;
        let then = self.hands.top(
            &format!("{what} before that, by {field}"),
            &before,
            &[&field],
            Metric::Count,
            GROUPS_MAX,
        )?;
        let known: std::collections::BTreeSet<&Value> =
            then.iter().filter_map(|r| r.values.first()).collect();
        let new: Vec<_> =
            now.iter().filter(|r| r.values.first().is_some_and(|v| !known.contains(v))).cloned().collect();
        let (one, many) = nouns(&field);
        self.ranked_columns(&[&field], &what);
        self.out.rows = new.iter().take(ROWS_MAX as usize).map(|r| self.ranked_row(r)).collect();
        self.out.answer = if new.is_empty() {
            format!(
                "None: all {} with {what}{} had some before",
                say::counted(now.len() as u64, &one, &many),
                self.in_range()
            )
        } else {
            format!(
                "{} with {what}{} and none before: {}",
                say::capital(&say::counted(new.len() as u64, &one, &many)),
                self.in_range(),
                with_counts(&new, 8)
            )
        };
        let values = new.iter().filter_map(|r| r.values.first()).map(Value::show).collect();
        let scope = if new.is_empty() { here } else { here.and(Filter::In { field: field.clone(), values }) };
        let n = new.iter().map(|r| r.count).sum();
        self.cite(n, &scope)
    }

    /// Who failed at least so often and also succeeded, in whatever order.
    pub(super) fn both(&mut self) -> Result<(), ApiError> {
        self.reading.subject = Some(subjects::LOGINS.to_owned());
        let field = self.reading.groups.first().cloned().unwrap_or_else(|| "source.ip".to_owned());
        let (fails, successes) = (self.reading.at_least.unwrap_or(1), self.reading.successes.unwrap_or(1));
        let scope = self.scope();
        let what = self.what();
        let rows = self.hands.top(
            &format!("{what} by {field} and outcome"),
            &scope,
            &[&field, "event.outcome"],
            Metric::Count,
            GROUPS_MAX,
        )?;
        let mut tally: BTreeMap<Value, (u64, u64)> = BTreeMap::new();
        for row in &rows {
            let (Some(value), Some(outcome)) = (row.values.first(), row.values.get(1)) else { continue };
            let both = tally.entry(value.clone()).or_default();
            if outcome.show().eq_ignore_ascii_case("success") {
                both.1 += row.count
            } else {
                both.0 += row.count
            }
        }
        let mut fit: Vec<(Value, u64, u64)> = tally
            .into_iter()
            .filter(|(_, (bad, good))| *bad >= fails && *good >= successes)
            .map(|(v, (b, g))| (v, b, g))
            .collect();
        fit.sort_by(|p, q| q.1.cmp(&p.1).then_with(|| p.0.cmp(&q.0)));
        let (one, many) = nouns(&field);
        let asked = format!(
            "at least {} failed and {} successful logins",
            say::number(fails),
            say::number(successes)
        );
        let shown: Vec<String> = fit
            .iter()
            .take(5)
            .map(|(v, b, g)| {
                format!("{} ({} failed, {} successful)", said(v), say::number(*b), say::number(*g))
            })
            .collect();
        self.out.answer = if fit.is_empty() {
            format!("None: no {one} has {asked}{}", self.in_range())
        } else {
            format!(
                "{} with {asked}{}: {}{}",
                say::capital(&say::counted(fit.len() as u64, &one, &many)),
                self.in_range(),
                say::listed(&shown),
                if fit.len() > 5 { " and others" } else { "" }
            )
        };
        self.out.columns = vec![field.clone(), "failed logins".to_owned(), "successful logins".to_owned()];
        self.out.rows = fit
            .iter()
            .take(ROWS_MAX as usize)
            .map(|(v, b, g)| vec![cell(v), (*b).into(), (*g).into()])
            .collect();
        let values: Vec<String> = fit.iter().map(|(v, ..)| v.show()).collect();
        let cited = if values.is_empty() { scope } else { scope.and(Filter::In { field, values }) };
        self.cite(fit.iter().map(|(_, b, g)| b + g).sum(), &cited)
    }
}
