//! Events: pages in time order, how many match, and one event whole with its place and neighbours.

use crate::error::usage;
use crate::ops::findings;
use crate::session::{Engine, OpenCase, filter_of, range_of, us};
use crate::wire::{ApiError, Count, EventDetail, EventRef, EventRow, Events, EventsAsk, Selection};
use std::borrow::Cow;
use timberline_model::field::virtual_field;
use timberline_model::time::rfc3339;
use timberline_model::{
    Columns, Ctx, Event, EventId, Filter, Page, PageFrom, Plan, Source, Stamp, TimeRange, Value,
};

/// Most events in one answer to the window.
pub const PAGE_MAX: u32 = 1_000;
/// Characters of a summary line.
const SUMMARY_CHARS: usize = 300;
/// Events before and after one, in its detail.
const NEIGHBOURS: u32 = 5;
/// The field that makes the summary line.
const MESSAGE: &str = "message";

/// Which page of which events, for callers in the engine and the command line.
#[derive(Clone, Debug)]
pub struct PageAsk {
    /// The range.
    pub range: TimeRange,
    /// What selects.
    pub filter: Filter,
    /// Where the page begins.
    pub from: PageFrom,
    /// Latest first.
    pub reverse: bool,
    /// At most so many.
    pub limit: u32,
    /// The columns; all where absent.
    pub columns: Option<Vec<String>>,
    /// The raw records too.
    pub raw: bool,
}

/// A page of events as the store has them.
///
/// # Errors
/// `not_found` for a page after an event that does not exist; what the case says.
pub fn page_of(open: &OpenCase, ask: PageAsk) -> Result<Page, ApiError> {
    if let PageFrom::After(id) = ask.from
        && open.events().get(&[id], &Ctx::default())?.is_empty()
    {
        return Err(ApiError::not_found(format!("there is no event {} to go on after", id.0)));
    }
    let columns = ask.columns.map_or(Columns::All, Columns::Named);
    let plan = Plan::Page { from: ask.from, reverse: ask.reverse, limit: ask.limit, columns, raw: ask.raw };
    Ok(open.events().page(ask.range, ask.filter, plan, &Ctx::default())?)
}

/// A page of events in time order.
///
/// # Errors
/// `no_case`, `bad_query`, `usage`.
pub fn page(engine: &Engine, ask: EventsAsk) -> Result<Events, ApiError> {
    let open = engine.case()?;
    let from = match (ask.offset, ask.after, ask.at_us) {
        (None, None, None) => PageFrom::Start,
        (Some(n), None, None) => PageFrom::Nth(n),
        (None, Some(id), None) => PageFrom::After(EventId(id)),
        (None, None, Some(at)) => PageFrom::Time(at.saturating_mul(1_000)),
        _ => return Err(usage("give only one of offset, after and at_us")),
    };
    let columns = ask.columns.map(|mut names| {
        if !names.iter().any(|n| n == MESSAGE) {
            names.push(MESSAGE.to_owned());
        }
        names
    });
    let page = page_of(
        &open,
        PageAsk {
            range: range_of(ask.from_us, ask.to_us)?,
            filter: filter_of(&ask.query)?,
            from,
            reverse: ask.reverse,
            limit: ask.limit.min(PAGE_MAX),
            columns,
            raw: true,
        },
    )?;
    Ok(Events { rows: rows_of(&open, &page.events)?, more: page.more })
}

/// Events as rows; each must carry its raw record, which makes the summary where there is no message.
///
/// # Errors
/// What the case says.
pub fn rows_of(open: &OpenCase, events: &[Event]) -> Result<Vec<EventRow>, ApiError> {
    let cards = open.cards()?;
    Ok(events
        .iter()
        .map(|event| EventRow {
            id: event.id.0,
            time_us: event.time_ns.map(us),
            time: event.time_ns.map(rfc3339),
            source: event.id.source(),
            summary: summary(event),
            severity: cards.worst.get(&event.id.0).copied(),
            fields: event.fields.iter().map(|(name, value)| (name.clone(), value.json())).collect(),
        })
        .collect())
}

/// What an event says of itself: its message, or its raw record. Untrusted text as it stands in the log.
#[must_use]
pub fn said(event: &Event) -> Cow<'_, str> {
    match event.get(MESSAGE) {
        Some(Value::Text(message)) if !message.trim().is_empty() => Cow::Borrowed(message),
        _ => String::from_utf8_lossy(event.raw.as_deref().unwrap_or_default()),
    }
}

/// One line that says what happened: the message, or the beginning of the raw record. Control
/// characters are shown as U+FFFD or spaces, the text is untrusted all the same.
#[must_use]
pub fn summary(event: &Event) -> String {
    let said = said(event);
    let line = said.trim();
    let mut out: String = line
        .chars()
        .take(SUMMARY_CHARS)
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    if line.chars().nth(SUMMARY_CHARS).is_some() {
        out.push('…');
    }
    out
}

/// How many events match.
///
/// # Errors
/// `no_case`, `bad_query`, `usage`.
pub fn count(engine: &Engine, ask: Selection) -> Result<Count, ApiError> {
    let open = engine.case()?;
    let (range, filter) = (range_of(ask.from_us, ask.to_us)?, filter_of(&ask.query)?);
    Ok(Count { count: open.events().count(range, filter, &Ctx::default())? })
}

/// One event, whole.
///
/// # Errors
/// `no_case`; `not_found` for a number that no event has.
pub fn get(engine: &Engine, ask: EventRef) -> Result<EventDetail, ApiError> {
    let open = engine.case()?;
    let id = EventId(ask.id);
    let events = open.events().get(&[id], &Ctx::default())?;
    let event = events.first().ok_or_else(|| ApiError::not_found(format!("there is no event {}", ask.id)))?;
    let sources = open.case.sources()?;
    let source = sources
        .iter()
        .find(|s| s.id == id.source())
        .ok_or_else(|| ApiError::not_found(format!("the source of event {} is not there", ask.id)))?;
    let raw = event.raw.as_deref().unwrap_or_default();
    let row = rows_of(&open, std::slice::from_ref(event))?.into_iter().next();
    Ok(EventDetail {
        row: row.ok_or_else(|| ApiError::not_found(format!("there is no event {}", ask.id)))?,
        raw: String::from_utf8_lossy(raw).into_owned(),
        path: source.path.clone(),
        sha256: source.sha256.clone(),
        line: event.line,
        offset: event.offset,
        raw_bytes: raw.len() as u64,
        assumed: assumed(event, source),
        cards: open
            .cards()?
            .all
            .iter()
            .filter(|c| c.listed() && c.finding.evidence.contains(&id))
            .map(|c| findings::card_ref(&c.finding))
            .collect(),
        neighbours: neighbours(&open, id)?,
    })
}

/// The events just before and after one, as they stand in its source.
fn neighbours(open: &OpenCase, id: EventId) -> Result<Vec<EventRow>, ApiError> {
    let at = id.ordinal();
    let ids: Vec<EventId> = (at.saturating_sub(NEIGHBOURS)..=at.saturating_add(NEIGHBOURS))
        .filter(|n| *n != at)
        .map(|n| EventId::new(id.source(), n))
        .collect();
    rows_of(open, &open.events().get(&ids, &Ctx::default())?)
}

/// What of an event's time was assumed, in words; empty where all was stated.
#[must_use]
pub fn assumed(event: &Event, source: &Source) -> String {
    let mut said = Vec::new();
    if event.time_ns.is_none() {
        return "No time was found in this record".to_owned();
    }
    if event.assumed & Stamp::ZONE_ASSUMED != 0 {
        said.push(format!("the record names no zone: {}", source.zone));
    }
    if event.assumed & Stamp::YEAR_ASSUMED != 0 {
        let rule = source.year_rule.as_deref().unwrap_or("the source's rule is not known");
        said.push(format!("the record names no year: {rule}"));
    }
    said.join("; ")
}

/// A value of the event by name, virtual ones among them, as JSON.
#[must_use]
pub fn value_json(event: &Event, name: &str, path: &str) -> Option<serde_json::Value> {
    match name {
        virtual_field::TIMESTAMP => event.time_ns.map(|ns| rfc3339(ns).into()),
        virtual_field::SOURCE => Some(event.id.source().into()),
        virtual_field::LINE => Some(event.line.into()),
        virtual_field::OFFSET => Some(event.offset.into()),
        virtual_field::PATH => Some(path.into()),
        name => event.get(name).map(Value::json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: Option<&str>, raw: &[u8]) -> Event {
        Event {
            id: EventId::new(1, 0),
            time_ns: Some(0),
            assumed: 0,
            line: 1,
            offset: 0,
            fields: message.map(|m| (MESSAGE.to_owned(), Value::from(m))).into_iter().collect(),
            raw: Some(raw.to_vec()),
        }
    }

    #[test]
    fn a_summary_is_one_harmless_line() {
        assert_eq!(summary(&event(Some("login failed"), b"raw")), "login failed");
        assert_eq!(summary(&event(None, b"a\tb\n\x1b[31mred")), "a b \u{fffd}[31mred");
        assert_eq!(summary(&event(Some("  "), b"raw")), "raw", "a blank message says nothing");
        assert!(summary(&event(None, "é".repeat(400).as_bytes())).chars().count() == SUMMARY_CHARS + 1);
    }
}
