//! All about one address, user or host: where it stands, how often, with whom, and its cards.

use super::arguments::{only, text, when};
use super::desk::{Desk, Made, answer, api, held_counts, hold, odd};
use crate::planner::hands::Scope;
use crate::planner::say;
use serde_json::{Value as Json, json};
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::{Answer, Filter, Metric, Plan};

/// The tool.
pub struct EntityProfile;

impl<'d> Tool<Desk<'d>> for EntityProfile {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "entity_profile",
            description: "All about one address, user, host or domain: how many events, when, with whom, its cards. For \
                          tell me about, what else did this user do",
            arguments: super::arguments::object(
                vec![
                    ("value".into(), json!({ "type": "string" })),
                    ("when".into(), json!({ "type": "string" })),
                ],
                &["value"],
            ),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(profile(on, &arguments)))
    }
}

fn profile(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["value", "when"])?;
    let value = text(arguments, "value").ok_or_else(|| {
        ToolError::Arguments("entity_profile needs a value, such as a user or an address".into())
    })?;
    let mut notes = Vec::new();
    let range = when(desk, text(arguments, "when"), &mut notes)?;
    let fields = desk.known.fields_with(value, None).map_err(api)?;
    if fields.is_empty() {
        return Err(ToolError::Arguments(format!(
            "'{}' stands in no field of this case; search_events with text finds parts of records",
            hold(value)
        )));
    }
    let filter = Filter::Or(fields.iter().map(|f| Filter::is(f, value)).collect());
    let scope = Scope::new(range, filter);
    let Answer::Span(span) = desk.run(&scope, Plan::Span)? else { return Err(odd()) };
    let own = hold(value);
    let names: Vec<String> = fields.iter().take(5).map(|f| hold(f)).collect();
    let mut sentence = format!(
        "{own} stands in {} of {} events{}",
        say::listed(&names),
        say::number(span.events),
        desk.in_range(&scope)
    );
    if span.first_ns.is_some() {
        sentence.push_str(&format!(", from {} to {}", desk.time(span.first_ns), desk.time(span.last_ns)));
    }
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for (field, word) in [
        ("event.action", "actions"),
        ("event.outcome", "outcomes"),
        ("source.ip", "source addresses"),
        ("destination.ip", "destinations"),
        ("host.name", "hosts"),
        ("user.name", "users"),
    ] {
        if !desk.known.has(field) || fields.iter().any(|f| f == field) && fields.len() == 1 {
            continue;
        }
        let others = scope.and(Filter::is(field, value).negate());
        let top = desk.top(&others, &[field], Metric::Count, 1_000)?;
        if !top.is_empty() {
            let n = say::number(top.len() as u64);
            sentence.push_str(&format!("; {n} {word}, most often {}", held_counts(&top, 3)));
            rows.extend(top.iter().take(5).map(|r| {
                let value = r.values.first().map_or(Json::Null, super::desk::cell);
                vec![
                    field.into(),
                    value,
                    r.count.into(),
                    desk.time_cell(r.first_ns),
                    desk.time_cell(r.last_ns),
                ]
            }));
        }
    }
    if !rows.is_empty() {
        columns = ["field", "value", "events", "first", "last"].map(str::to_owned).to_vec();
    }
    let about =
        |f: &&timberline_model::Finding| f.entities.iter().any(|e| e.value.eq_ignore_ascii_case(value));
    let cards: Vec<String> = desk
        .known
        .view
        .findings
        .iter()
        .filter(about)
        .take(3)
        .map(|f| format!("card {} \"{}\"", f.id, hold(&f.title)))
        .collect();
    if !cards.is_empty() {
        sentence.push_str(&format!("; it is on {}", say::listed(&cards)));
    }
    Ok(Made { columns, rows, ..desk.made(&scope, span.events, sentence, notes)? })
}
