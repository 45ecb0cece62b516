//! The most (or least) frequent values of a field, or those with the greatest sum of another.

use super::arguments::{field, limit, only, schema, scope, text};
use super::desk::{Desk, Made, answer, cell, held_counts};
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Answer, Metric, Plan, TopRow};

/// The tool.
pub struct TopValues;

/// Values that are counted for the total.
const ALL: u32 = 100_000;

impl<'d> Tool<Desk<'d>> for TopValues {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "top_values",
            description: "The most frequent values of a field (order least: the rarest; sum: those with the greatest \
                          sum of a number field, such as bytes). For which, who, most, top, rarest",
            arguments: schema(
                &[
                    ("field", json!({ "type": "string" })),
                    ("order", json!({ "enum": ["most", "least"] })),
                    ("sum", json!({ "type": "string" })),
                    ("limit", json!({ "type": "integer" })),
                ],
                &["field"],
            ),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(top(on, &arguments)))
    }
}

fn top(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["field", "where", "when", "order", "sum", "limit"])?;
    let name =
        text(arguments, "field").ok_or_else(|| ToolError::Arguments("top_values needs a field".into()))?;
    let by = field(desk, name)?;
    let (scope, notes) = scope(desk, arguments)?;
    let least = text(arguments, "order") == Some("least");
    let sum = text(arguments, "sum").map(|f| field(desk, f)).transpose()?;
    let most = limit(arguments, 10);
    let mut rows: Vec<TopRow> = match (&sum, least) {
        (Some(sum), _) => desk.top(&scope, &[&by], Metric::Sum(sum.clone()), ALL)?,
        (None, false) => desk.top(&scope, &[&by], Metric::Count, ALL)?,
        (None, true) => {
            let plan = Plan::Rare { by: vec![by.clone()], max_count: u64::MAX, limit: ALL };
            match desk.run(&scope, plan)? {
                Answer::Top(rows) => rows,
                _ => return Err(super::desk::odd()),
            }
        }
    };
    let (values, total) = (rows.len() as u64, rows.iter().map(|r| r.count).sum::<u64>());
    rows.truncate(most as usize);
    let what = desk.which(&scope);
    let sentence = match rows.first() {
        None => format!("No {what} with a value of {by}{}", desk.in_range(&scope)),
        Some(first) => {
            let lead = match (&sum, least) {
                (Some(sum), _) => {
                    format!(
                        "the greatest sum of {sum} has {} with {}",
                        super::desk::held(first.values.first().unwrap_or(&"".into())),
                        say::number(first.metric.max(0.0) as u64)
                    )
                }
                (None, true) => format!("the rarest is {}", held_counts(&rows, 3)),
                (None, false) => format!(
                    "the most frequent is {}, {} of them",
                    held_counts(&rows, 1),
                    say::share(first.count, total)
                ),
            };
            let next = if rows.len() > 1 && sum.is_none() && !least {
                format!("; then {}", held_counts(rows.get(1..).unwrap_or(&[]), 3))
            } else {
                String::new()
            };
            format!(
                "Of {} {what}{} with {} of {by}, {lead}{next}",
                say::number(total),
                desk.in_range(&scope),
                say::counted(values, "value", "different values")
            )
        }
    };
    let mut columns = vec![by, "events".to_owned()];
    columns.extend(sum.as_ref().map(|s| format!("sum of {s}")));
    columns.extend(["first".to_owned(), "last".to_owned()]);
    let row = |r: &TopRow| {
        let mut cells: Vec<Json> = r.values.iter().map(cell).collect();
        cells.push(r.count.into());
        if sum.is_some() {
            cells.push(r.metric.into());
        }
        cells.extend([desk.time_cell(r.first_ns), desk.time_cell(r.last_ns)]);
        cells
    };
    let rows = rows.iter().map(row).collect();
    Ok(Made { columns, rows, ..desk.made(&scope, total, sentence, notes)? })
}
