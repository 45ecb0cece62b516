//! One card with its reasons, its innocent reading and its evidence.

use super::arguments::{object, only, text};
use super::cards::severity;
use super::desk::{Desk, Made, answer, hold, told};
use crate::planner::say;
use crate::session::us;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Ctx, Figure};

/// The tool.
pub struct CardDetail;

impl<'d> Tool<Desk<'d>> for CardDetail {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "card_detail",
            description: "One card by its id: why it was raised, part by part, what else it may be, its first events. For \
                          explain this card",
            arguments: object(vec![("card".into(), json!({ "type": "string" }))], &["card"]),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(detail(on, &arguments)))
    }
}

/// A figure of a part, in words.
pub(crate) fn figure(figure: &Figure) -> String {
    match figure {
        Figure::Int(n) => u64::try_from(*n).map_or_else(|_| n.to_string(), say::number),
        Figure::Float(x) => x.to_string(),
        Figure::Text(text) => hold(text),
    }
}

/// A card by its id.
pub(crate) fn detail_of(desk: &Desk<'_>, id: &str) -> Result<Made, ToolError> {
    detail(desk, &json!({ "card": id }))
}

fn detail(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["card"])?;
    let id = text(arguments, "card")
        .ok_or_else(|| ToolError::Arguments("card_detail needs a card's id".into()))?;
    let Some(f) = desk.known.view.findings.iter().find(|f| f.id == id) else {
        return Err(ToolError::Arguments(format!("there is no card {}; cards lists them", hold(id))));
    };
    let parts: Vec<String> = f
        .parts
        .iter()
        .map(|p| format!("{}: {} {} (usual: {})", p.name, figure(&p.observed), p.unit, figure(&p.expected)))
        .collect();
    let sentence = format!(
        "Card {}, severity {}, score {:.2}: \"{}\". Why: {}. What else it may be: {}",
        f.id,
        severity(f),
        f.score,
        hold(&f.title),
        parts.join("; "),
        f.innocent
    );
    let ids: Vec<_> = f.evidence.iter().take(8).copied().collect();
    let events = desk.events().get(&ids, &Ctx::default()).map_err(told)?;
    let (columns, rows) = desk.event_rows(&events);
    Ok(Made {
        sentence,
        columns,
        rows,
        matching: f.evidence_count,
        query: f.query.clone(),
        from_us: f.first_ns.map(us),
        to_us: f.last_ns.map(|ns| us(ns.saturating_add(999))),
        events: ids.iter().map(|id| id.0).collect(),
        ..Made::default()
    })
}
