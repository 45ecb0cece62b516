//! How many events, perhaps by the values of a field; with the first and the last.

use super::arguments::{field, only, schema, scope, text};
use super::desk::{Desk, Made, answer, held_counts, odd};
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Answer, Metric, Plan};

/// The tool.
pub struct CountEvents;

impl<'d> Tool<Desk<'d>> for CountEvents {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "count_events",
            description: "How many events match, with the first and the last of them; whether something happened at \
                          all; how many different values a field has (distinct)",
            arguments: schema(&[("distinct", json!({ "type": "string" }))], &[]),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(count(on, &arguments)))
    }
}

fn count(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["where", "when", "distinct"])?;
    let (scope, notes) = scope(desk, arguments)?;
    let Answer::Span(span) = desk.run(&scope, Plan::Span)? else { return Err(odd()) };
    let what = desk.which(&scope);
    let mut sentence = if span.events == 0 {
        format!("No {what}{}", desk.in_range(&scope))
    } else {
        let mut text = format!("{} {what}{}", say::number(span.events), desk.in_range(&scope));
        if span.first_ns.is_some() {
            text.push_str(&format!(
                ", the first at {} and the last at {}",
                desk.time(span.first_ns),
                desk.time(span.last_ns)
            ));
        }
        text
    };
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    if let Some(name) = text(arguments, "distinct") {
        let by = field(desk, name)?;
        let ranked = desk.top(&scope, &[&by], Metric::Count, 100_000)?;
        sentence.push_str(&format!("; {} different values of {by}", say::number(ranked.len() as u64)));
        if !ranked.is_empty() {
            sentence.push_str(&format!(", most often {}", held_counts(&ranked, 3)));
        }
        columns = vec![by, "events".to_owned()];
        let row = |r: &timberline_model::TopRow| {
            let mut cells: Vec<Json> = r.values.iter().map(super::desk::cell).collect();
            cells.push(r.count.into());
            cells
        };
        rows = ranked.iter().take(20).map(row).collect();
    }
    Ok(Made { columns, rows, ..desk.made(&scope, span.events, sentence, notes)? })
}
