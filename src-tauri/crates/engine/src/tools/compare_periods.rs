//! Two stretches of time compared: counts, and which values of a field are new, gone or changed. The arithmetic and
//! its words are done here: small models read "210 against 355" wrongly.

use super::arguments::{field, only, schema, scope, text, when};
use super::desk::{Desk, Made, answer, cell, hold};
use crate::planner::hands::Scope;
use crate::planner::say;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Metric, Value};

/// The tool.
pub struct ComparePeriods;

const ALL: u32 = 50_000;

impl<'d> Tool<Desk<'d>> for ComparePeriods {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "compare_periods",
            description: "Two stretches of time compared (a is earlier, b later, each as when): more or fewer, and by \
                          field which values are new, gone or changed. For compared with, more than before, what changed",
            arguments: schema(
                &[
                    ("a", json!({ "type": "string" })),
                    ("b", json!({ "type": "string" })),
                    ("by", json!({ "type": "string" })),
                ],
                &["a", "b"],
            ),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(compare(on, &arguments)))
    }
}

/// `145 fewer, 41 % down`: how the second count stands to the first.
pub(super) fn change(before: u64, after: u64) -> String {
    let percent = |part: u64| (100.0 * part as f64 / before.max(1) as f64).round();
    match after.cmp(&before) {
        std::cmp::Ordering::Equal => "as many".to_owned(),
        std::cmp::Ordering::Greater if before == 0 => format!("{} more, none before", say::number(after)),
        std::cmp::Ordering::Greater => {
            format!("{} more, {:.0} % up", say::number(after - before), percent(after - before))
        }
        std::cmp::Ordering::Less => {
            format!("{} fewer, {:.0} % down", say::number(before - after), percent(before - after))
        }
    }
}

fn compare(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["a", "b", "by", "where", "when"])?;
    let (scope, mut notes) = scope(desk, arguments)?;
    let mut range = |name: &str| -> Result<Scope, ToolError> {
        let said = text(arguments, name)
            .ok_or_else(|| ToolError::Arguments("compare_periods needs the two stretches a and b".into()))?;
        Ok(scope.within(when(desk, Some(said), &mut notes)?))
    };
    let (a, b) = (range("a")?, range("b")?);
    if a.range == b.range {
        return Err(ToolError::Arguments("a and b are the same stretch of time".into()));
    }
    let (before, after) = (desk.count(&a)?, desk.count(&b)?);
    let zone = &desk.known.calendar.zone;
    let mut sentence = format!(
        "{}: {} in {} and {} in {}: {}",
        say::capital(&desk.which(&scope)),
        say::number(before),
        say::range(&a.range, zone),
        say::number(after),
        say::range(&b.range, zone),
        change(before, after)
    );
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    if let Some(name) = text(arguments, "by") {
        let by = field(desk, name)?;
        let mut both: BTreeMap<String, (Value, u64, u64)> = BTreeMap::new();
        for (scope, second) in [(&a, false), (&b, true)] {
            for row in desk.top(scope, &[&by], Metric::Count, ALL)? {
                if let Some(value) = row.values.first() {
                    let entry = both.entry(value.show()).or_insert((value.clone(), 0, 0));
                    if second { entry.2 = row.count } else { entry.1 = row.count }
                }
            }
        }
        let mut changed: Vec<(Value, u64, u64)> = both.into_values().filter(|(_, x, y)| x != y).collect();
        changed.sort_by(|p, q| q.1.abs_diff(q.2).cmp(&p.1.abs_diff(p.2)).then(p.0.cmp(&q.0)));
        let new: Vec<&(Value, u64, u64)> = changed.iter().filter(|(_, x, _)| *x == 0).collect();
        let gone = changed.iter().filter(|(_, _, y)| *y == 0).count();
        let names: Vec<String> = new
            .iter()
            .take(3)
            .map(|(v, _, y)| format!("{} ({})", hold(&v.show()), say::number(*y)))
            .collect();
        sentence.push_str(&format!("; by {by} {} new and {gone} gone", new.len()));
        if !names.is_empty() {
            sentence.push_str(&format!(", new: {}", say::listed(&names)));
        }
        columns = vec![by, "before".to_owned(), "after".to_owned(), "change".to_owned()];
        let row =
            |(v, x, y): &(Value, u64, u64)| vec![cell(v), (*x).into(), (*y).into(), change(*x, *y).into()];
        rows = changed.iter().take(20).map(row).collect();
    }
    Ok(Made { columns, rows, ..desk.made(&b, before + after, sentence, notes)? })
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn comparisons_are_finished_sentences() {
        assert_eq!(change(355, 210), "145 fewer, 41 % down");
        assert_eq!(change(100, 150), "50 more, 50 % up");
        assert_eq!(change(0, 7), "7 more, none before");
        assert_eq!(change(7, 7), "as many");
    }
}
