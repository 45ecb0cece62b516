//! How logins run: successes and failures, from where, at which hours, for whom.

use super::arguments::{only, schema, scope};
use super::desk::{Desk, Made, answer, cell, held_counts, odd};
use crate::planner::say;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Answer, Filter, Metric, Plan, Value};

/// The tool.
pub struct LoginPatterns;

impl<'d> Tool<Desk<'d>> for LoginPatterns {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "login_patterns",
            description: "How logins run for the matching events: successes, failures, from which addresses, for which \
                          users, at which hours. For login patterns, sign-ins, is this usual for a user",
            arguments: schema(&[], &[]),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(logins(on, &arguments)))
    }
}

fn logins(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["where", "when"])?;
    let (scope, notes) = scope(desk, arguments)?;
    if !desk.known.logins {
        return Err(ToolError::Arguments("no source of this case has logins".into()));
    }
    let scope = scope.and(Filter::is("event.category", "authentication"));
    let Answer::Span(span) = desk.run(&scope, Plan::Span)? else { return Err(odd()) };
    let good = scope.and(Filter::is("event.outcome", "success"));
    let bad = scope.and(Filter::is("event.outcome", "failure"));
    let (successes, failures) = (desk.count(&good)?, desk.count(&bad)?);
    let users = desk.top(&scope, &["user.name"], Metric::Count, 5)?;
    let from = desk.known.first_of(&["source.ip", "source.address"]).unwrap_or("source.ip");
    let sources = desk.top(&scope, &[from, "event.outcome"], Metric::Count, 2_000)?;
    let mut by: BTreeMap<String, (u64, u64, Value)> = BTreeMap::new();
    for row in &sources {
        if let [source, outcome] = row.values.as_slice() {
            let entry = by.entry(source.show()).or_insert((0, 0, source.clone()));
            match outcome.show().as_str() {
                "success" => entry.0 += row.count,
                "failure" => entry.1 += row.count,
                _ => {}
            }
        }
    }
    let mut ranked: Vec<(u64, u64, Value)> = by.into_values().collect();
    ranked.sort_by(|a, b| (b.0 + b.1).cmp(&(a.0 + a.1)).then(a.2.cmp(&b.2)));
    let mut sentence = if span.events == 0 {
        format!("No logins{}", desk.in_range(&scope))
    } else {
        format!(
            "{} logins{}, from {} to {}: {} successful and {} failed",
            say::number(span.events),
            desk.in_range(&scope),
            desk.time(span.first_ns),
            desk.time(span.last_ns),
            say::number(successes),
            say::number(failures)
        )
    };
    if !users.is_empty() {
        sentence.push_str(&format!("; users: {}", held_counts(&users, 3)));
    }
    if let Some(hours) = hours(desk, if successes > 0 { &good } else { &scope })? {
        sentence.push_str(&format!("; {hours}"));
    }
    let mixed: Vec<String> = ranked
        .iter()
        .filter(|(good, bad, _)| *good > 0 && *bad >= 3)
        .take(3)
        .map(|(good, bad, s)| {
            format!(
                "{} ({} failed, {} successful)",
                super::desk::held(s),
                say::number(*bad),
                say::number(*good)
            )
        })
        .collect();
    if !mixed.is_empty() {
        sentence.push_str(&format!("; with failures and successes: {}", say::listed(&mixed)));
    }
    let rows =
        ranked.iter().take(20).map(|(good, bad, s)| vec![cell(s), (*good).into(), (*bad).into()]).collect();
    let columns = [from, "successful", "failed"].map(str::to_owned).to_vec();
    Ok(Made { columns, rows, ..desk.made(&scope, span.events, sentence, notes)? })
}

/// The hours of the day that most of them fall into, in words.
fn hours(desk: &Desk<'_>, scope: &crate::planner::hands::Scope) -> Result<Option<String>, ToolError> {
    let calendar = &desk.known.calendar;
    // One offset is right for one half of the year; a change of clocks inside is told with both.
    let offsets = vec![
        (calendar.first_ns, calendar.zone.offset_seconds(calendar.first_ns)),
        (calendar.last_ns, calendar.zone.offset_seconds(calendar.last_ns)),
    ];
    let Answer::Matrix(matrix) = desk.run(scope, Plan::Matrix { offsets })? else { return Err(odd()) };
    let mut counts = [0_u64; 24];
    for day in matrix.iter() {
        for (hour, n) in day.iter().enumerate() {
            if let Some(sum) = counts.get_mut(hour) {
                *sum += n;
            }
        }
    }
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Ok(None);
    }
    let mut order: Vec<usize> = (0..24).collect();
    order.sort_by_key(|h| (std::cmp::Reverse(counts.get(*h).copied().unwrap_or(0)), *h));
    let busiest: Vec<String> = order
        .iter()
        .take(3)
        .filter_map(|h| {
            counts.get(*h).filter(|n| **n > 0).map(|n| format!("{h:02}:00 ({})", say::number(*n)))
        })
        .collect();
    Ok(Some(format!("busiest hours {}", say::listed(&busiest))))
}
