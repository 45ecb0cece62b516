//! What was read into the case: sources, span, fields with how many events have them. No values of the log.

use super::arguments::{object, only};
use super::desk::{Desk, Made, answer, hold};
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};

/// The tool.
pub struct CaseDescription;

/// Fields that are listed.
const FIELDS_MAX: usize = 40;

impl<'d> Tool<Desk<'d>> for CaseDescription {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "case_description",
            description: "What was read into the case: sources, from when to when, which fields there are. For which logs \
                          are there, what period do they cover",
            arguments: object(Vec::new(), &[]),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(only(&arguments, &[]).map(|()| describe(on))))
    }
}

/// The case in a result.
pub(crate) fn describe(desk: &Desk<'_>) -> Made {
    let known = desk.known;
    let formats: Vec<String> = {
        let mut list: Vec<String> = Vec::new();
        for source in &known.view.sources {
            if !list.contains(&source.format) {
                list.push(source.format.clone());
            }
        }
        list
    };
    let sentence = format!(
        "{} from {} ({}), from {} to {}; times are in {}; {}",
        say::counted(known.span.events, "event", "events"),
        say::counted(known.view.sources.len() as u64, "source", "sources"),
        hold(&formats.join(", ")),
        desk.time(known.span.first_ns),
        desk.time(known.span.last_ns),
        known.view.zone,
        say::counted(known.view.findings.len() as u64, "card", "cards")
    );
    let mut fields: Vec<_> = known.fields.iter().filter(|f| f.events > 0).collect();
    fields.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
    let mut notes = Vec::new();
    if fields.len() > FIELDS_MAX {
        notes.push(format!("{} more fields are not listed", fields.len() - FIELDS_MAX));
    }
    let rows = fields
        .iter()
        .take(FIELDS_MAX)
        .map(|f| vec![json!(hold(&f.name)), json!(f.kind), json!(f.events), json!(f.distinct)])
        .collect();
    Made {
        sentence,
        columns: ["field", "kind", "events", "different"].map(str::to_owned).to_vec(),
        rows,
        matching: known.span.events,
        notes,
        ..Made::default()
    }
}
