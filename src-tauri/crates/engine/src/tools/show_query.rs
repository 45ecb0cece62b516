//! Shows events in the window: sets its query, and its range where one is named.

use super::arguments::{only, schema, scope};
use super::desk::{Desk, Made, answer};
use crate::planner::say;
use crate::wire::Selection;
use serde_json::Value as Json;
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};

/// The tool.
pub struct ShowQuery;

impl<'d> Tool<Desk<'d>> for ShowQuery {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "show_query",
            description: "Opens the matching events in the analyst's window",
            arguments: schema(&[], &[]),
            effect: Effect::MovesView,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(show(on, &arguments)))
    }
}

fn show(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["where", "when"])?;
    let (scope, notes) = scope(desk, arguments)?;
    let n = desk.count(&scope)?;
    if n == 0 {
        return Err(ToolError::Arguments("no events match, so there is nothing to show".into()));
    }
    let sentence = format!("The window shows {} {}", say::number(n), desk.which(&scope));
    let made = desk.made(&scope, n, sentence, notes)?;
    let view = Selection { query: made.query.clone(), from_us: made.from_us, to_us: made.to_us };
    Ok(Made { view: Some(view), ..made })
}
