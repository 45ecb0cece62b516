//! Moves the window to a stretch of time.

use super::arguments::{object, only, text, when};
use super::desk::{Desk, Made, answer};
use crate::planner::hands::Scope;
use crate::planner::say;
use crate::wire::Selection;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::Filter;

/// The tool.
pub struct ShowRange;

impl<'d> Tool<Desk<'d>> for ShowRange {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "show_range",
            description: "Moves the analyst's window to a stretch of time",
            arguments: object(vec![("when".into(), json!({ "type": "string" }))], &["when"]),
            effect: Effect::MovesView,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(show(on, &arguments)))
    }
}

fn show(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["when"])?;
    let said =
        text(arguments, "when").ok_or_else(|| ToolError::Arguments("show_range needs a time".into()))?;
    let mut notes = Vec::new();
    let range = when(desk, Some(said), &mut notes)?;
    let scope = Scope::new(range, Filter::All);
    let n = desk.count(&scope)?;
    let sentence = format!(
        "The window shows {}, with {}",
        say::range(&range, &desk.known.calendar.zone),
        say::counted(n, "event", "events")
    );
    let made = desk.made(&scope, n, sentence, notes)?;
    let view = Selection { query: String::new(), from_us: made.from_us, to_us: made.to_us };
    Ok(Made { view: Some(view), ..made })
}
