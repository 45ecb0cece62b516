//! Events: pages in time order, how many match, and one event whole with its place and neighbours.

use crate::error::usage;
use crate::ops::{clock, findings, summary};
use crate::session::{Engine, OpenCase, filter_of, range_of, us};
use crate::wire::{ApiError, Count, EventDetail, EventRef, EventRow, Events, EventsAsk, Selection};
use timberline_model::field::virtual_field;
use timberline_model::time::{moved, rfc3339};
use timberline_model::{
    Columns, Ctx, Event, EventId, Filter, Page, PageFrom, Plan, Source, Stamp, TimeRange, Value,
};

/// Most events in one answer to the window.
pub const PAGE_MAX: u32 = 1_000;
/// Events before and after one, in its detail.
const NEIGHBOURS: u32 = 5;

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
        let more: Vec<String> = summary::FIELDS
            .iter()
            .filter(|f| !names.iter().any(|n| n == *f))
            .map(|f| (*f).to_owned())
            .collect();
        names.extend(more);
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
            summary: summary::summary(event),
            severity: cards.worst.get(&event.id.0).copied(),
            fields: event.fields.iter().map(|(name, value)| (name.clone(), value.json())).collect(),
        })
        .collect())
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
        original_time: event
            .time_ns
            .filter(|_| source.clock_offset_ns != 0)
            .map(|ns| rfc3339(moved(ns, -source.clock_offset_ns))),
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
    if event.assumed & Stamp::DATE_ASSUMED != 0 {
        let rule = source.year_rule.as_deref().unwrap_or("the source's rule is not known");
        said.push(format!("the record names no date: {rule}"));
    }
    if event.assumed & Stamp::UNLIKELY != 0 {
        said.push("the time is an unlikely one, kept as written".to_owned());
    }
    if source.clock_offset_ns != 0 {
        said.push(format!("moved by {}: the source's clock was wrong", clock::show(source.clock_offset_ns)));
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
