//! What the planner knows of the case before it reads a question: its fields, its ends, its zone; and how a
//! word of a question is looked up among the case's own values.

use super::View;
use super::hands::{Hands, Scope};
use super::times::Calendar;
use crate::wire::ApiError;
use crate::zone::DisplayZone;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use timberline_model::query::Span;
use timberline_model::{Answer, Ctx, FieldStat, Filter, Pattern, Plan, Query, Source, StoreError, TimeRange};

/// The case as a question meets it.
pub struct Known<'v> {
    /// The case.
    pub view: &'v View<'v>,
    /// Its fields.
    pub fields: Arc<Vec<FieldStat>>,
    /// Its events, first and last.
    pub span: Span,
    /// Its zone and its ends.
    pub calendar: Calendar,
    /// Whether it has logins.
    pub logins: bool,
}

/// Fields that hold names people ask about, likeliest first.
const NAMES: &[&str] = &[
    "user.name",
    "user.target.name",
    "user.effective.name",
    "host.name",
    "source.address",
    "destination.address",
    "process.name",
    "event.action",
    "http.request.method",
    "url.path",
    "dns.question.name",
    "url.domain",
    "network.protocol",
    "network.transport",
    "event.code",
    "event.outcome",
    "cloud.region",
    "cloud.service.name",
    "event.provider",
    "user.id",
    "user.domain",
    "group.name",
    "log.level",
    "winlog.channel",
    "event.category",
];
/// Fields of free text: an exact value is never asked for there.
const TEXTS: &[&str] = &["message", "url.original", "url.query", "http.request.referrer", "event.original"];
/// Fields in which a part of a value is looked for.
const PARTS: &[&str] = &[
    "url.path",
    "process.command_line",
    "process.executable",
    "process.name",
    "process.parent.executable",
    "dns.question.name",
    "user_agent.original",
    "event.action",
    "event.provider",
    "message",
];
/// Where an address that acts stands.
pub const FROM: &[&str] = &["source.ip", "source.address", "client.ip"];
/// Where an address that is acted on stands.
pub const TO: &[&str] = &["destination.ip", "destination.address", "host.ip", "server.ip"];
/// At most so many fields are looked through for a word.
const FIELDS_MAX: usize = 400;

/// Fields of a case stay the same while its sources do; the last case's are kept.
static FIELDS: Mutex<Option<(PathBuf, Vec<Source>, Stats)>> = Mutex::new(None);

type Stats = Arc<Vec<FieldStat>>;

/// The fields of all events of a case; from memory while the sources are the same.
///
/// # Errors
/// When the store does not answer.
pub fn fields_of(view: &View<'_>) -> Result<Arc<Vec<FieldStat>>, ApiError> {
    let kept = || FIELDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = &view.path
        && let Some((at, sources, fields)) = &*kept()
        && at == path
        && *sources == view.sources
    {
        return Ok(fields.clone());
    }
    let answer = view.events.run(&Query::over(Filter::All, Plan::Fields), &Ctx::default())?;
    let Answer::Fields(fields) = answer else {
        return Err(StoreError::Other("the store gave no fields".to_owned()).into());
    };
    let fields = Arc::new(fields);
    if let Some(path) = &view.path {
        *kept() = Some((path.clone(), view.sources.clone(), fields.clone()));
    }
    Ok(fields)
}

impl<'v> Known<'v> {
    /// Of a case.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn of(view: &'v View<'v>) -> Result<Self, ApiError> {
        let span = view.events.span(TimeRange::ALL, Filter::All, &Ctx::default())?;
        let zone = DisplayZone::named(&view.zone).unwrap_or_else(|_| DisplayZone::utc());
        let calendar =
            Calendar { zone, first_ns: span.first_ns.unwrap_or(0), last_ns: span.last_ns.unwrap_or(0) };
        let login = Scope::new(TimeRange::ALL, Filter::is("event.category", "authentication"));
        let logins = Hands::new(view.events).any(&login)?;
        Ok(Self { view, fields: fields_of(view)?, span, calendar, logins })
    }

    /// Whether the case has a field.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        super::fields::has(&self.fields, field)
    }

    /// Whether any event has this.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn any(&self, filter: Filter) -> Result<bool, ApiError> {
        Hands::new(self.view.events).any(&Scope::new(TimeRange::ALL, filter))
    }

    /// The first of the fields that the case has.
    #[must_use]
    pub fn first_of(&self, fields: &[&'static str]) -> Option<&'static str> {
        fields.iter().find(|f| self.has(f)).copied()
    }

    /// The fields whose value is exactly this text, likeliest first. Only those among `only` where given.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn fields_with(&self, value: &str, only: Option<&[&str]>) -> Result<Vec<String>, ApiError> {
        let mut fields: Vec<&str> = match only {
            Some(only) => only.iter().copied().filter(|f| self.has(f)).collect(),
            None => {
                let named = NAMES.iter().copied().filter(|f| self.has(f));
                let others = self
                    .fields
                    .iter()
                    .map(|f| f.name.as_str())
                    .filter(|f| !NAMES.contains(f) && !TEXTS.contains(f));
                named.chain(others).take(FIELDS_MAX).collect()
            }
        };
        let one_of = |fields: &[&str]| Filter::Or(fields.iter().map(|f| Filter::is(f, value)).collect());
        if fields.is_empty() || !self.any(one_of(&fields))? {
            return Ok(Vec::new());
        }
        // Halve until single fields are left: few hold the value.
        let mut found = Vec::new();
        let mut heaps = vec![std::mem::take(&mut fields)];
        while let Some(heap) = heaps.pop() {
            match heap.len() {
                0 => {}
                1 => found.extend(heap.first().map(|f| (*f).to_owned())),
                n => {
                    let (left, right) = heap.split_at(n / 2);
                    if self.any(one_of(right))? {
                        heaps.push(right.to_vec());
                    }
                    if self.any(one_of(left))? {
                        heaps.push(left.to_vec());
                    }
                }
            }
        }
        Ok(found)
    }

    /// A filter for events that hold a text somewhere inside a telling field, or else anywhere in the raw
    /// record, and where it was found.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn inside(&self, text: &str) -> Result<Option<(Filter, String)>, ApiError> {
        for field in PARTS.iter().filter(|f| self.has(f)) {
            let filter = Filter::Match { field: (*field).to_owned(), pattern: Pattern::containing(text) };
            if self.any(filter.clone())? {
                return Ok(Some((filter, (*field).to_owned())));
            }
        }
        let raw = Filter::Raw(Pattern::exact(text));
        Ok(self.any(raw.clone())?.then(|| (raw, "the raw records".to_owned())))
    }

    /// What the case's sources are, in words.
    #[must_use]
    pub fn sources_in_words(&self) -> String {
        let mut formats: Vec<String> = Vec::new();
        for source in &self.view.sources {
            let format = source.format.replace('_', " ");
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        match formats.len() {
            0 => "nothing has been read yet".to_owned(),
            _ => format!("what was read is {}", super::say::listed(&formats)),
        }
    }
}
