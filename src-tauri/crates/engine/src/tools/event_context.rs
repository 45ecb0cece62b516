//! One event whole, with what stands before and after it in its source.

use super::arguments::only;
use super::desk::{Desk, Made, answer, told};
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Ctx, EventId, Filter, kql};

/// The tool.
pub struct EventContext;

/// Neighbours on each side.
const SIDE: u32 = 5;

impl<'d> Tool<Desk<'d>> for EventContext {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "event_context",
            description: "One event by its number, with the five before and after it in the same source",
            arguments: super::arguments::object(
                vec![("event".into(), json!({ "type": "integer" }))],
                &["event"],
            ),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(context(on, &arguments)))
    }
}

fn context(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["event"])?;
    let asked = arguments.get("event");
    let number = asked.and_then(|v| v.as_u64().or_else(|| v.as_str()?.trim().parse().ok()));
    let number =
        number.ok_or_else(|| ToolError::Arguments("event_context needs an event's number".into()))?;
    let id = EventId(number);
    let ids: Vec<EventId> = (id.ordinal().saturating_sub(SIDE)..=id.ordinal().saturating_add(SIDE))
        .map(|n| EventId::new(id.source(), n))
        .collect();
    let events = desk.events().get(&ids, &Ctx::default()).map_err(told)?;
    let Some(own) = events.iter().find(|e| e.id == id) else {
        return Err(ToolError::Arguments(format!("there is no event {number}")));
    };
    let source = desk.known.view.sources.iter().find(|s| s.id == id.source());
    let sentence = format!(
        "Event {number} at {}, line {} of source {}, with {} around it",
        desk.time(own.time_ns),
        say::number(own.line),
        source.map_or(id.source(), |s| s.id),
        say::counted(events.len() as u64 - 1, "event", "events")
    );
    let (columns, rows) = desk.event_rows(&events);
    Ok(Made {
        sentence,
        columns,
        rows,
        matching: events.len() as u64,
        query: kql::render(&Filter::Ids(events.iter().map(|e| e.id).collect())),
        events: vec![number],
        ..Made::default()
    })
}
