//! The closed set of things that may be asked of events, and [`EventStore`], which answers them.
//!
//! Nothing else exists: the window, the detectors, the command line and the chat's tools all get by
//! with these plans, so a second engine has a small and testable surface. Semantics to hold:
//! time is integers and a bucket is `from + k * step`; missing is not empty; ties are broken by
//! value, then by event number; distinct counts are exact.

use crate::event::{Event, EventId};
use crate::filter::Filter;
use crate::time::TimeRange;
use crate::value::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A question: which events, and what about them.
#[derive(Clone, Debug)]
pub struct Query {
    /// Only events in this range; [`TimeRange::ALL`] takes undated ones too.
    pub range: TimeRange,
    /// Only events that satisfy this.
    pub filter: Filter,
    /// What is asked.
    pub plan: Plan,
}

impl Query {
    /// A plan over all events that satisfy a filter.
    #[must_use]
    pub fn over(filter: Filter, plan: Plan) -> Self {
        Self { range: TimeRange::ALL, filter, plan }
    }
}

/// What a ranking ranks by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// How many events.
    Count,
    /// How many different values of this field.
    Distinct(String),
    /// The sum of this field, numbers and texts that read as numbers.
    Sum(String),
}

/// Which columns of events are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Every field an event has.
    All,
    /// These, where an event has them.
    Named(Vec<String>),
}

/// Where a page begins, in time order (see [`Event::order`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageFrom {
    /// At the beginning (with `reverse`, at the end).
    Start,
    /// After this event, in the direction of the page; it need not match the filter.
    After(EventId),
    /// At the n-th matching event, from 0, in the direction of the page.
    Nth(u64),
    /// At the first matching event that is not before this time, ns (with `reverse`, not after it).
    Time(i64),
}

/// What is asked about the selected events.
#[derive(Clone, Debug)]
pub enum Plan {
    /// How many -> [`Answer::Count`].
    Count,
    /// How many, first, last, undated -> [`Answer::Span`].
    Span,
    /// Counts in `bins` buckets of `step_ns` from `from_ns` -> [`Answer::Histogram`]. Events outside
    /// those buckets, and undated ones, are not counted.
    Histogram {
        /// Start of the first bucket, ns.
        from_ns: i64,
        /// Width of a bucket, ns, at least 1.
        step_ns: i64,
        /// Number of buckets, at most 100,000.
        bins: u32,
        /// A series for each value of this field; events without it are in a series of `None`.
        by: Option<String>,
        /// At most so many series, the greatest; the rest is left out.
        max_series: u32,
    },
    /// The combinations of values with the greatest metric, count first where the metric ties, then by
    /// value -> [`Answer::Top`]. Events that lack any of the fields are left out. One field ranks
    /// values, two fields rank pairs.
    Top {
        /// The fields, one to three.
        by: Vec<String>,
        /// What ranks.
        metric: Metric,
        /// At most so many rows.
        limit: u32,
    },
    /// The combinations that occur at most `max_count` times, rarest first -> [`Answer::Top`].
    Rare {
        /// The fields, one to three.
        by: Vec<String>,
        /// The greatest count that is still rare.
        max_count: u64,
        /// At most so many rows.
        limit: u32,
    },
    /// For each value of `by`, its counts in buckets, for baselines -> [`Answer::Histogram`] with a
    /// series for every value, in order of value.
    Baseline {
        /// The field.
        by: String,
        /// Start of the first bucket, ns.
        from_ns: i64,
        /// Width of a bucket, ns.
        step_ns: i64,
        /// Number of buckets.
        bins: u32,
    },
    /// Counts by weekday and hour -> [`Answer::Matrix`]. The zone comes as data: from each
    /// `(from_ns, offset_seconds)` on, in order, local time is UTC plus that offset.
    Matrix {
        /// The offsets; empty means UTC.
        offsets: Vec<(i64, i32)>,
    },
    /// Events in time order -> [`Answer::Page`].
    Page {
        /// Where it begins.
        from: PageFrom,
        /// Latest first.
        reverse: bool,
        /// At most so many events.
        limit: u32,
        /// Which columns.
        columns: Columns,
        /// Raw records too.
        raw: bool,
    },
    /// These events, in the order asked, whatever the filter; unknown numbers are left out
    /// -> [`Answer::Events`]. Carries all columns and the raw record.
    Get {
        /// The numbers.
        ids: Vec<EventId>,
    },
    /// Every field that the selected events have -> [`Answer::Fields`].
    Fields,
}

/// One row of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct TopRow {
    /// The values, one for each field of `by`.
    pub values: Vec<Value>,
    /// How many events.
    pub count: u64,
    /// The metric (equal to `count` for [`Metric::Count`]).
    pub metric: f64,
    /// The earliest of them, ns; `None` where all are undated.
    pub first_ns: Option<i64>,
    /// The latest of them, ns.
    pub last_ns: Option<i64>,
}

/// One line of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The value of the field it is by; `None` for events without it, or where there is no such field.
    pub value: Option<Value>,
    /// A count for each bucket.
    pub counts: Vec<u64>,
}

/// Counts over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Start of the first bucket, ns.
    pub from_ns: i64,
    /// Width of a bucket, ns.
    pub step_ns: i64,
    /// The lines; the greatest first, ties by value.
    pub series: Vec<Series>,
}

/// How many, and from when to when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Events, undated ones included.
    pub events: u64,
    /// Events without a time.
    pub undated: u64,
    /// The earliest, ns.
    pub first_ns: Option<i64>,
    /// The latest, ns.
    pub last_ns: Option<i64>,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The events, in the page's order.
    pub events: Vec<Event>,
    /// Whether more follow.
    pub more: bool,
}

/// What is known about a field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldStat {
    /// Its name.
    pub name: String,
    /// `text`, `int`, `float`, or `mixed`.
    pub kind: String,
    /// Events that have it.
    pub events: u64,
    /// Different values, exact.
    pub distinct: u64,
}

/// The answer to a plan; the plan says which.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `Count`.
    Count(u64),
    /// To `Span`.
    Span(Span),
    /// To `Histogram` and `Baseline`.
    Histogram(Histogram),
    /// To `Top` and `Rare`.
    Top(Vec<TopRow>),
    /// To `Matrix`: `[weekday from Monday][hour]`.
    Matrix(Box<[[u64; 24]; 7]>),
    /// To `Page`.
    Page(Page),
    /// To `Get`.
    Events(Vec<Event>),
    /// To `Fields`.
    Fields(Vec<FieldStat>),
}

/// A column of a [`Batch`]; one entry for each of its rows.
#[derive(Clone, Debug)]
pub enum BatchColumn {
    /// No row has the field.
    Missing,
    /// Texts by dictionary: `codes[i]` is an index in `dict`, or [`BatchColumn::NONE`].
    Text {
        /// The different texts.
        dict: Arc<[Box<str>]>,
        /// For each row its place in `dict`.
        codes: Vec<u32>,
    },
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Numbers.
    Float(Vec<Option<f64>>),
}

impl BatchColumn {
    /// The code of a row that lacks the field.
    pub const NONE: u32 = u32::MAX;

    /// The value of a row.
    #[must_use]
    pub fn value(&self, row: usize) -> Option<Value> {
        match self {
            Self::Missing => None,
            Self::Text { .. } => self.text(row).map(Value::from),
            Self::Int(values) => values.get(row).copied().flatten().map(Value::Int),
            Self::Float(values) => values.get(row).copied().flatten().map(Value::Float),
        }
    }

    /// The text of a row, where the column holds texts.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text { dict, codes } => codes.get(row).and_then(|c| dict.get(*c as usize)).map(|t| &**t),
            _ => None,
        }
    }
}

/// Selected events as columns; all of one source.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Their numbers, ascending.
    pub ids: Vec<EventId>,
    /// Their times, ns, or [`crate::NO_TIME`].
    pub times: Vec<i64>,
    /// The columns asked for, in that order.
    pub columns: Vec<BatchColumn>,
}

/// How long and how much an answer may take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ctx<'a> {
    /// Set by whoever no longer wants the answer.
    pub cancel: Option<&'a AtomicBool>,
    /// Give up then.
    pub deadline: Option<Instant>,
}

impl Ctx<'_> {
    /// Fails once the answer is no longer wanted; engines call it for each segment.
    ///
    /// # Errors
    /// [`StoreError::Cancelled`] or [`StoreError::Timeout`].
    pub fn check(&self) -> Result<(), StoreError> {
        if self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(StoreError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() > deadline => Err(StoreError::Timeout),
            _ => Ok(()),
        }
    }
}

/// Why a store could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
    /// The deadline passed.
    #[error("took too long and was stopped; narrow the time range or the filter")]
    Timeout,
    /// The question itself cannot be answered.
    #[error("{0}")]
    BadQuery(String),
    /// The case file is damaged.
    #[error("the case file is damaged: {0}")]
    Corrupt(String),
    /// The disk or the file is full.
    #[error("no room left to write the case: {0}")]
    Full(String),
    /// Another process holds the case.
    #[error("the case is in use by another program: {0}")]
    Busy(String),
    /// Anything else the engine says.
    #[error("{0}")]
    Other(String),
}

/// Answers questions about the events of one case. The embedded store implements it over column
/// segments in SQLite; nothing above it may assume a local file.
pub trait EventStore: Sync {
    /// Answers a query.
    ///
    /// # Errors
    /// See [`StoreError`]; partial answers are never given as whole ones.
    fn run(&self, query: &Query, ctx: &Ctx<'_>) -> Result<Answer, StoreError>;

    /// Hands over the selected events as columns, batch by batch, in order of event number; stops
    /// early when `take` returns false.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn scan(
        &self,
        range: TimeRange,
        filter: &Filter,
        fields: &[&str],
        ctx: &Ctx<'_>,
        take: &mut dyn FnMut(&Batch) -> bool,
    ) -> Result<(), StoreError>;
}

/// The answer that a plan does not give: a fault of the engine, never of the caller.
fn unexpected(answer: &Answer) -> StoreError {
    StoreError::Other(
        format!("the store gave another kind of answer: {answer:?}").chars().take(200).collect(),
    )
}

impl dyn EventStore + '_ {
    /// How many events satisfy a filter.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn count(&self, range: TimeRange, filter: Filter, ctx: &Ctx<'_>) -> Result<u64, StoreError> {
        match self.run(&Query { range, filter, plan: Plan::Count }, ctx)? {
            Answer::Count(n) => Ok(n),
            other => Err(unexpected(&other)),
        }
    }

    /// How many, first and last.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn span(&self, range: TimeRange, filter: Filter, ctx: &Ctx<'_>) -> Result<Span, StoreError> {
        match self.run(&Query { range, filter, plan: Plan::Span }, ctx)? {
            Answer::Span(span) => Ok(span),
            other => Err(unexpected(&other)),
        }
    }

    /// The most frequent values (or pairs).
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn top(
        &self,
        range: TimeRange,
        filter: Filter,
        by: &[&str],
        limit: u32,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<TopRow>, StoreError> {
        let by = by.iter().map(|f| (*f).to_owned()).collect();
        match self.run(&Query { range, filter, plan: Plan::Top { by, metric: Metric::Count, limit } }, ctx)? {
            Answer::Top(rows) => Ok(rows),
            other => Err(unexpected(&other)),
        }
    }

    /// Counts over time; `plan` is a `Histogram` or a `Baseline`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn histogram(
        &self,
        range: TimeRange,
        filter: Filter,
        plan: Plan,
        ctx: &Ctx<'_>,
    ) -> Result<Histogram, StoreError> {
        match self.run(&Query { range, filter, plan }, ctx)? {
            Answer::Histogram(histogram) => Ok(histogram),
            other => Err(unexpected(&other)),
        }
    }

    /// A page of events; `plan` is a `Page`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn page(
        &self,
        range: TimeRange,
        filter: Filter,
        plan: Plan,
        ctx: &Ctx<'_>,
    ) -> Result<Page, StoreError> {
        match self.run(&Query { range, filter, plan }, ctx)? {
            Answer::Page(page) => Ok(page),
            other => Err(unexpected(&other)),
        }
    }

    /// These events whole, raw records included.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn get(&self, ids: &[EventId], ctx: &Ctx<'_>) -> Result<Vec<Event>, StoreError> {
        match self.run(&Query::over(Filter::All, Plan::Get { ids: ids.to_vec() }), ctx)? {
            Answer::Events(events) => Ok(events),
            other => Err(unexpected(&other)),
        }
    }
}
