//! What tools work on, and what they give back.

use crate::error::usage;
use crate::planner::hands::Scope;
use crate::planner::known::Known;
use crate::planner::say;
use crate::session::us;
use crate::wire::{ApiError, Selection};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use timberline_chat::{ToolError, is_hidden};
use timberline_model::{
    Answer, Columns, Ctx, Event, EventStore, Metric, PageFrom, Plan, Query, StoreError, TopRow, Value, kql,
};

/// Stands for white space inside a value of a log, until it is known for whom the text is: a person sees a space, a
/// model the marker of the conversation.
pub const HOLD: char = '\u{e000}';
/// Characters of a value of a log in a sentence.
const IN_SENTENCE: usize = 80;
/// Rows that a result carries at most.
pub const ROWS_MAX: u32 = 40;

/// The open case as tools see it. Which case it is, is not theirs to say.
pub struct Desk<'d> {
    /// What is known of it.
    pub known: &'d Known<'d>,
    /// Set to stop.
    pub cancel: &'d AtomicBool,
    /// Give up then.
    pub deadline: Option<Instant>,
    /// What the analyst has selected.
    pub selection: Option<Scope>,
}

/// What a tool found out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Made {
    /// A finished sentence with its numbers; the words are Timberline's, white space in values is [`HOLD`].
    pub sentence: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows; texts in them are from the log.
    pub rows: Vec<Vec<Json>>,
    /// Events that match in all.
    pub matching: u64,
    /// KQL that opens them.
    pub query: String,
    /// Range start.
    pub from_us: Option<i64>,
    /// Range end, not included.
    pub to_us: Option<i64>,
    /// Some of the events, first ones first.
    pub events: Vec<u64>,
    /// What was assumed or changed on the way.
    pub notes: Vec<String>,
    /// Where the view is to go.
    pub view: Option<Selection>,
}

/// A value of a log in a sentence: one short stretch, without white space that could pass for ours.
#[must_use]
pub fn hold(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(IN_SENTENCE + 1) {
        match c {
            c if c.is_whitespace() || c.is_control() => out.push(HOLD),
            HOLD => out.push('\u{fffd}'),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    if text.chars().nth(IN_SENTENCE).is_some() {
        out.push('\u{2026}');
    }
    if out.is_empty() { "(empty)".to_owned() } else { out }
}

/// A sentence for people.
#[must_use]
pub fn shown(sentence: &str) -> String {
    sentence.replace(HOLD, " ")
}

/// A value in a sentence.
pub(super) fn held(value: &Value) -> String {
    hold(&value.show())
}

/// Names or values in a sentence with their counts: `root (147) and admin (12)`.
pub(super) fn held_counts(rows: &[TopRow], most: usize) -> String {
    let part = |r: &TopRow| {
        let values: Vec<String> = r.values.iter().map(held).collect();
        format!("{} ({})", values.join(" / "), say::number(r.count))
    };
    say::listed(&rows.iter().take(most).map(part).collect::<Vec<_>>())
}

/// A value as a cell.
pub(super) fn cell(value: &Value) -> Json {
    match value {
        Value::Int(n) => (*n).into(),
        Value::Float(x) => (*x).into(),
        Value::Text(_) => value.show().into(),
    }
}

impl<'d> Desk<'d> {
    fn ctx(&self) -> Ctx<'_> {
        Ctx { cancel: Some(self.cancel), deadline: self.deadline }
    }

    pub(super) fn events(&self) -> &'d dyn EventStore {
        self.known.view.events
    }

    pub(super) fn run(&self, scope: &Scope, plan: Plan) -> Result<Answer, ToolError> {
        let query = Query { range: scope.range, filter: scope.filter.clone(), plan };
        self.events().run(&query, &self.ctx()).map_err(told)
    }

    pub(super) fn count(&self, scope: &Scope) -> Result<u64, ToolError> {
        match self.run(scope, Plan::Count)? {
            Answer::Count(n) => Ok(n),
            _ => Err(odd()),
        }
    }

    pub(super) fn top(
        &self,
        scope: &Scope,
        by: &[&str],
        metric: Metric,
        limit: u32,
    ) -> Result<Vec<TopRow>, ToolError> {
        let by = by.iter().map(|f| (*f).to_owned()).collect();
        match self.run(scope, Plan::Top { by, metric, limit })? {
            Answer::Top(rows) => Ok(rows),
            _ => Err(odd()),
        }
    }

    pub(super) fn page(&self, scope: &Scope, reverse: bool, limit: u32) -> Result<Vec<Event>, ToolError> {
        let plan = Plan::Page { from: PageFrom::Start, reverse, limit, columns: Columns::All, raw: true };
        match self.run(scope, plan)? {
            Answer::Page(page) => Ok(page.events),
            _ => Err(odd()),
        }
    }

    /// A time in a sentence, in the case's zone.
    pub(super) fn time(&self, ns: Option<i64>) -> String {
        ns.map_or_else(|| "undated".to_owned(), |ns| say::time(ns, &self.known.calendar.zone))
    }

    pub(super) fn time_cell(&self, ns: Option<i64>) -> Json {
        ns.map_or(Json::Null, |ns| say::time(ns, &self.known.calendar.zone).into())
    }

    /// `, from 2026-03-01 to 2026-03-04`; nothing where it is all of the data.
    pub(super) fn in_range(&self, scope: &Scope) -> String {
        if scope.range.is_all() {
            return String::new();
        }
        format!(", {}", say::range(&scope.range, &self.known.calendar.zone))
    }

    /// Which events, in a sentence: the query, since that is what was really asked.
    pub(super) fn which(&self, scope: &Scope) -> String {
        let query = kql::render(&scope.filter);
        if query.is_empty() || query == "*" {
            "events".to_owned()
        } else {
            format!("events with {}", hold(&query))
        }
    }

    /// A result about a scope; carries the first of its events.
    pub(super) fn made(
        &self,
        scope: &Scope,
        matching: u64,
        sentence: String,
        notes: Vec<String>,
    ) -> Result<Made, ToolError> {
        let plan = Plan::Page {
            from: PageFrom::Start,
            reverse: false,
            limit: 20,
            columns: Columns::Named(Vec::new()),
            raw: false,
        };
        let events = match self.run(scope, plan)? {
            Answer::Page(page) => page.events.iter().map(|e| e.id.0).collect(),
            _ => return Err(odd()),
        };
        Ok(Made {
            sentence,
            matching,
            query: kql::render(&scope.filter),
            from_us: scope.range.from_ns.map(us),
            to_us: scope.range.to_ns.map(|ns| us(ns.saturating_add(999))),
            events,
            notes,
            ..Made::default()
        })
    }

    /// The rows of events, with their numbers, times and what they say.
    pub(super) fn event_rows(&self, events: &[Event]) -> (Vec<String>, Vec<Vec<Json>>) {
        const FIELDS: &[&str] = &[
            "user.name",
            "source.ip",
            "destination.ip",
            "host.name",
            "event.action",
            "event.outcome",
            "http.response.status_code",
        ];
        let there = |f: &&&str| events.iter().any(|e| e.get(f).is_some());
        let fields: Vec<&str> = FIELDS.iter().filter(there).copied().collect();
        let mut columns = vec!["event".to_owned(), "time".to_owned()];
        columns.extend(fields.iter().map(|f| (*f).to_owned()));
        columns.push("text".to_owned());
        let row = |e: &Event| {
            let mut cells = vec![e.id.0.into(), self.time_cell(e.time_ns)];
            cells.extend(fields.iter().map(|f| e.get(f).map_or(Json::Null, cell)));
            cells.push(crate::ops::summary::summary(e).into());
            cells
        };
        (columns, events.iter().map(row).collect())
    }
}

/// A fault of the store, never of the model.
pub(super) fn odd() -> ToolError {
    ToolError::Failed("the store gave another kind of answer".to_owned())
}

/// What the store says, as a tool says it.
pub(super) fn told(why: StoreError) -> ToolError {
    match why {
        StoreError::Cancelled => ToolError::Cancelled,
        StoreError::BadQuery(why) => ToolError::Arguments(why),
        other => ToolError::Failed(other.to_string()),
    }
}

/// What the planner's parts say, as a tool says it.
pub(super) fn api(why: ApiError) -> ToolError {
    match why.code.as_str() {
        "cancelled" => ToolError::Cancelled,
        "usage" | "bad_query" | "not_found" => ToolError::Arguments(why.message),
        _ => ToolError::Failed(why.message),
    }
}

/// A result as a tool gives it.
pub(super) fn answer(made: Result<Made, ToolError>) -> Result<Json, ToolError> {
    serde_json::to_value(made?).map_err(|why| api(usage(&why.to_string())))
}
