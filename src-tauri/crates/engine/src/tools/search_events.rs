//! Events themselves, the first or the last that match.

use super::arguments::{limit, only, schema, scope, text};
use super::desk::{Desk, Made, answer};
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Filter, Pattern};

/// The tool.
pub struct SearchEvents;

impl<'d> Tool<Desk<'d>> for SearchEvents {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "search_events",
            description: "The events themselves in time order, with what they say; text searches the raw records; \
                          order last gives the latest ones. For show me, list, what happened, find lines with",
            arguments: schema(
                &[
                    ("text", json!({ "type": "string" })),
                    ("order", json!({ "enum": ["first", "last"] })),
                    ("limit", json!({ "type": "integer" })),
                ],
                &[],
            ),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(search(on, &arguments)))
    }
}

fn search(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["text", "where", "when", "order", "limit"])?;
    let (mut scope, notes) = scope(desk, arguments)?;
    if let Some(text) = text(arguments, "text") {
        scope = scope.and(Filter::Raw(Pattern::exact(text)));
    }
    let last = text(arguments, "order") == Some("last");
    let matching = desk.count(&scope)?;
    let mut events = desk.page(&scope, last, limit(arguments, 15))?;
    if last {
        events.reverse();
    }
    let what = desk.which(&scope);
    let sentence = if matching == 0 {
        format!("No {what}{}", desk.in_range(&scope))
    } else {
        let shown = events.len() as u64;
        let which = if last { "last" } else { "first" };
        let some = if shown < matching {
            format!("; the {which} {} follow", say::number(shown))
        } else {
            String::new()
        };
        format!("{} {what}{}{some}", say::number(matching), desk.in_range(&scope))
    };
    let (columns, rows) = desk.event_rows(&events);
    let ids = events.iter().map(|e| e.id.0).collect();
    Ok(Made { columns, rows, events: ids, ..desk.made(&scope, matching, sentence, notes)? })
}
