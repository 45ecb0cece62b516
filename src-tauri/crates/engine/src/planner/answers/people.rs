//! Logins: how they run over the week, what is usual for someone, and failures that end in a success.

use super::{ROWS_MAX, Work, cell, said, with_counts};
use crate::planner::hands::Scope;
use crate::planner::{say, subjects};
use crate::wire::ApiError;
use std::collections::BTreeMap;
use timberline_model::{EventId, Filter, Metric, NO_TIME, TimeRange, TopRow, Value};

/// Failures before a success that make it worth pointing at.
const TELLING_FAILURES: u64 = 5;
/// Attempts that are gone through in order at most; beyond, the answer says so.
const ATTEMPTS_MAX: usize = 4_000_000;

fn success() -> Filter {
    Filter::is("event.outcome", "success")
}

fn failure() -> Filter {
    Filter::is("event.outcome", "failure")
}

impl Work<'_, '_> {
    /// How logins run over the week: successes, failures, usual hours, sources, odd ones.
    pub(super) fn logins(&mut self) -> Result<(), ApiError> {
        self.reading.subject = Some(subjects::LOGINS.to_owned());
        let (scope, what) = (self.scope(), self.what());
        let span = self.hands.span(&what, &scope)?;
        if span.events == 0 {
            self.out.answer = format!("There were no {what}{}", self.in_range());
            return self.cite(0, &scope);
        }
        let (good, bad) = (scope.and(success()), scope.and(failure()));
        let successes = self.hands.count(&format!("successes among {what}"), &good)?;
        let failures = self.hands.count(&format!("failures among {what}"), &bad)?;
        let good_hours = self.hands.matrix(&format!("successes among {what}"), &good, self.offsets())?;
        let bad_hours = self.hands.matrix(&format!("failures among {what}"), &bad, self.offsets())?;
        let matrix = if successes > 0 { &good_hours } else { &bad_hours };
        // Where the attempts come from; for an address, whom they are for.
        let by_user = self.reading.on(crate::planner::known::FROM).is_some();
        let field = if by_user { "user.name" } else { "source.ip" };
        let by = self.hands.top(
            &format!("{what} by {field} and outcome"),
            &scope,
            &[field, "event.outcome"],
            Metric::Count,
            2_000,
        )?;
        let sources = merge(&by);
        let mut text = format!(
            "{}{}, from {} to {}: {} successful and {} failed",
            say::capital(&self.counted(span.events)),
            self.in_range(),
            self.time(span.first_ns),
            self.time(span.last_ns),
            say::number(successes),
            say::number(failures)
        );
        if let Some((from, to, inside, all)) = usual_hours(matrix).filter(|h| h.3 >= 3) {
            let kind = if successes > 0 { "successes" } else { "attempts" };
            let weekend: u64 = matrix.iter().skip(5).flatten().sum();
            text.push_str(&format!(
                ". {} of {} {kind} fell between {from:02}:00 and {to:02}:00, {} at weekends",
                say::number(inside),
                say::number(all),
                say::number(weekend)
            ));
        }
        let good_rows: Vec<TopRow> = by
            .iter()
            .filter(|r| r.values.get(1) == Some(&Value::from("success")))
            .map(|r| TopRow { values: r.values.iter().take(1).cloned().collect(), ..r.clone() })
            .collect();
        if !good_rows.is_empty() {
            text.push_str(&format!(
                ". Successes {} {}",
                if by_user { "for" } else { "from" },
                with_counts(&good_rows, 4)
            ));
        }
        let odd = self.odd(&scope, field, &sources)?;
        if odd.is_empty() {
            text.push_str(". No success followed a run of failures");
        } else {
            text.push_str(&format!(". Odd: {}", say::listed(&odd)));
        }
        if let Some(worst) = sources.iter().max_by_key(|s| s.bad).filter(|w| w.bad > 0) {
            let many = sources.iter().filter(|s| s.bad > 0).count() as u64;
            let (one, all, way) =
                if by_user { ("user", "users", "for") } else { ("address", "addresses", "from") };
            text.push_str(&format!(
                ". Failures {way} {}, most often {} ({})",
                say::counted(many, one, all),
                said(&worst.value),
                say::number(worst.bad)
            ));
        }
        self.out.answer = text;
        let by_hour = |m: &[[u64; 24]; 7], hour: usize| m.iter().filter_map(|day| day.get(hour)).sum::<u64>();
        self.out.columns =
            vec![format!("hour ({})", self.known.view.zone), "successes".to_owned(), "failures".to_owned()];
        self.out.rows = (0..24)
            .map(|h| vec![h.into(), by_hour(&good_hours, h).into(), by_hour(&bad_hours, h).into()])
            .collect();
        if successes > 0 {
            self.cite(successes, &good)?;
        }
        self.cite(span.events, &scope)
    }

    /// Successes that came after many failures from the same place.
    fn odd(&mut self, scope: &Scope, field: &str, sources: &[Tally]) -> Result<Vec<String>, ApiError> {
        let mut odd = Vec::new();
        for tally in sources.iter().filter(|s| s.good > 0 && s.bad >= TELLING_FAILURES).take(5) {
            let Some(first) = tally.first_good else { continue };
            let here = scope.and(Filter::is(field, &tally.value.show()));
            let before =
                here.within(scope.range.and(&TimeRange { from_ns: None, to_ns: Some(first) })).and(failure());
            let n = self
                .hands
                .count(&format!("failures of {} before its first success", said(&tally.value)), &before)?;
            if n >= TELLING_FAILURES {
                odd.push(format!(
                    "{} first succeeded at {} after {}",
                    said(&tally.value),
                    self.time(Some(first)),
                    say::counted(n, "failure", "failures")
                ));
                self.cite(tally.good, &here.and(success()))?;
            }
        }
        Ok(odd)
    }

    /// Whether one thing is usual for the other: a user and an address, say.
    pub(super) fn typical(&mut self) -> Result<(), ApiError> {
        self.reading.subject = Some(subjects::SUCCEEDED.to_owned());
        // The user where one is named: an address is usual for someone, not the other way round.
        let who = ["user.name", "host.name", "source.ip"].iter().find_map(|f| self.reading.on(&[f])).cloned();
        let Some(who) = who else {
            return self.logins();
        };
        let others: Vec<_> = self.reading.conditions.iter().filter(|c| **c != who).cloned().collect();
        let field =
            others.iter().flat_map(|c| &c.fields).next().cloned().unwrap_or_else(|| "source.ip".to_owned());
        let both = self.scope();
        let alone = Scope::new(
            self.reading.range,
            crate::planner::subjects::by_id(subjects::SUCCEEDED)
                .map_or(Filter::All, |s| (s.filter)())
                .and(who.filter()),
        );
        let n = self.hands.span(&self.what(), &both)?;
        let all = self.hands.count(&format!("successful logins for {}", say::plain(&who.value)), &alone)?;
        let usual =
            self.hands.top(&format!("successful logins by {field}"), &alone, &[&field], Metric::Count, 10)?;
        let place = others.iter().map(|c| say::plain(&c.value)).collect::<Vec<_>>().join(" and ");
        let name = say::plain(&who.value);
        self.out.answer = if n.events == 0 {
            format!(
                "No: {name} never logged in with {place}{}; the usual ones are {}",
                self.in_range(),
                if usual.is_empty() { "none".to_owned() } else { with_counts(&usual, 3) }
            )
        } else {
            let verdict = if n.events * 5 >= all && n.events >= 5 { "Yes" } else { "No" };
            format!(
                "{verdict}: {} of {} successful logins for {name} were with {place} ({}), the first at {} and the last at {}; most are {}",
                say::number(n.events),
                say::number(all),
                say::share(n.events, all),
                self.time(n.first_ns),
                self.time(n.last_ns),
                with_counts(&usual, 3)
            )
        };
        self.out
            .notes
            .push("'typically' taken as at least 5 times and a fifth of the successful logins".to_owned());
        self.ranked_columns(&[&field], "successful logins");
        self.out.rows = usual.iter().map(|r| self.ranked_row(r)).collect();
        self.cite(n.events, &both)?;
        self.cite(all, &alone)
    }

    /// Failures, then a success, from the same place.
    pub(super) fn sequence(&mut self) -> Result<(), ApiError> {
        let wanted = self.reading.failures.or(self.reading.at_least).unwrap_or(3).max(1);
        self.reading.subject = Some(subjects::LOGINS.to_owned());
        let scope = self.scope();
        let key =
            if self.known.has("source.ip") && self.reading.groups.first().is_none_or(|g| g != "user.name") {
                "source.ip"
            } else {
                "user.name"
            };
        let other = if key == "source.ip" { "user.name" } else { "source.ip" };
        let mut attempts: BTreeMap<Value, Vec<Attempt>> = BTreeMap::new();
        let mut seen = 0usize;
        let what = self.what();
        self.hands.scan("sequence", &what, &scope, &[key, other, "event.outcome"], &mut |batch| {
            for (row, (id, at)) in batch.ids.iter().zip(&batch.times).enumerate() {
                let value = |column: usize| batch.columns.get(column).and_then(|c| c.value(row));
                let (Some(who), Some(outcome)) = (value(0), value(2)) else { continue };
                if *at == NO_TIME {
                    continue;
                }
                seen += 1;
                let good = outcome.show().eq_ignore_ascii_case("success");
                attempts.entry(who).or_default().push(Attempt { at: *at, id: *id, good, other: value(1) });
            }
            seen < ATTEMPTS_MAX
        })?;
        let mut runs: Vec<Run> = Vec::new();
        for (who, mut list) in attempts {
            list.sort_by_key(|a| (a.at, a.id));
            let mut failed: Vec<Attempt> = Vec::new();
            for attempt in list {
                if !attempt.good {
                    failed.push(attempt);
                    continue;
                }
                if failed.len() as u64 >= wanted {
                    runs.push(Run {
                        who: who.clone(),
                        failures: failed.len() as u64,
                        first: failed.first().map(|a| a.at),
                        last: failed.last().map(|a| a.id),
                        success: attempt,
                    });
                }
                failed.clear();
            }
        }
        runs.sort_by(|a, b| b.failures.cmp(&a.failures).then(a.success.at.cmp(&b.success.at)));
        self.out.notes.push(format!("failures in a row by the same {key}, then a success by it"));
        if seen >= ATTEMPTS_MAX {
            self.out
                .notes
                .push(format!("only the first {} attempts were looked at", say::number(ATTEMPTS_MAX as u64)));
        }
        let Some(best) = runs.first() else {
            self.out.answer = format!(
                "No: nowhere did {} failed logins in a row from one {} end in a success{}",
                say::number(wanted),
                if key == "source.ip" { "address" } else { "user" },
                self.in_range()
            );
            return self.cite(seen as u64, &scope);
        };
        let target = best.success.other.as_ref().map_or_else(String::new, |v| {
            format!(" {} {}", if other == "user.name" { "for" } else { "from" }, said(v))
        });
        self.out.answer = format!(
            "{} of at least {} failed logins followed by a successful one; the longest: {} failures from {} from {} on, then a success{target} at {}",
            say::counted(runs.len() as u64, "run", "runs"),
            say::number(wanted),
            say::number(best.failures),
            said(&best.who),
            self.time(best.first),
            self.time(Some(best.success.at))
        );
        self.out.columns =
            [key, "failures", "first failure", "success", other].iter().map(|c| (*c).to_owned()).collect();
        self.out.rows = runs
            .iter()
            .take(ROWS_MAX as usize)
            .map(|r| {
                vec![
                    cell(&r.who),
                    r.failures.into(),
                    self.cell_time(r.first),
                    self.cell_time(Some(r.success.at)),
                    r.success.other.as_ref().map_or(serde_json::Value::Null, cell),
                ]
            })
            .collect();
        let proof: Vec<EventId> =
            runs.iter().take(10).flat_map(|r| r.last.into_iter().chain([r.success.id])).collect();
        self.cite(proof.len() as u64, &Scope::new(TimeRange::ALL, Filter::Ids(proof)))
    }
}

struct Attempt {
    at: i64,
    id: EventId,
    good: bool,
    other: Option<Value>,
}

struct Run {
    who: Value,
    failures: u64,
    first: Option<i64>,
    last: Option<EventId>,
    success: Attempt,
}

/// Successes and failures of one source.
struct Tally {
    value: Value,
    good: u64,
    bad: u64,
    first_good: Option<i64>,
}

fn merge(by: &[TopRow]) -> Vec<Tally> {
    let mut tallies: Vec<Tally> = Vec::new();
    for row in by {
        let (Some(value), Some(outcome)) = (row.values.first(), row.values.get(1)) else { continue };
        let at = tallies.iter().position(|t| t.value == *value).unwrap_or_else(|| {
            tallies.push(Tally { value: value.clone(), good: 0, bad: 0, first_good: None });
            tallies.len() - 1
        });
        let Some(tally) = tallies.get_mut(at) else { continue };
        if outcome.show().eq_ignore_ascii_case("success") {
            tally.good += row.count;
            tally.first_good = tally.first_good.into_iter().chain(row.first_ns).min();
        } else {
            tally.bad += row.count;
        }
    }
    tallies.sort_by(|a, b| (b.good + b.bad).cmp(&(a.good + a.bad)).then_with(|| a.value.cmp(&b.value)));
    tallies
}

/// The shortest span of hours of the day that holds four fifths: `(from, to, inside, all)`.
fn usual_hours(matrix: &[[u64; 24]; 7]) -> Option<(usize, usize, u64, u64)> {
    let hours: Vec<u64> = (0..24).map(|h| matrix.iter().map(|day| day[h]).sum()).collect();
    let all: u64 = hours.iter().sum();
    if all == 0 {
        return None;
    }
    (1..=24).find_map(|len| {
        let inside = |from: usize| (from..from + len).map(|h| hours[h % 24]).sum::<u64>();
        let from = (0..24).max_by_key(|from| (inside(*from), std::cmp::Reverse(*from)))?;
        (inside(from) * 5 >= all * 4).then(|| (from, (from + len) % 24, inside(from), all))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_hours_may_run_over_midnight() {
        let mut matrix = [[0; 24]; 7];
        matrix[0][23] = 10;
        matrix[1][0] = 10;
        matrix[2][12] = 1;
        assert_eq!(usual_hours(&matrix), Some((23, 1, 20, 21)));
        assert_eq!(usual_hours(&[[0; 24]; 7]), None);
    }
}
