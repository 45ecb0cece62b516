//! The words of Timberline: names and invariants of everything passed between its rooms.
//!
//! No IO, no clock, no async and no SQL live here, so every other crate may depend on this one.
//! [`EventStore`] is the joint: detectors, ops and the chat's tools ask it typed [`Query`]s, and
//! any engine that answers them by the semantics of [`reference`] can stand behind it.

pub mod event;
pub mod field;
pub mod filter;
pub mod finding;
pub mod kql;
pub mod query;
pub mod record;
pub mod reference;
pub mod source;
pub mod time;
pub mod value;

pub use event::{Event, EventId};
pub use field::{FieldId, FieldNames, known};
pub use filter::{Filter, Op, Pattern};
pub use finding::{
    Corroboration, Entity, Figure, Finding, Part, RuleRef, Severity, Spark, Status, StoryStep,
};
pub use query::{
    Answer, Batch, BatchColumn, Columns, Ctx, EventStore, FieldStat, Histogram, Metric, Page, PageFrom, Plan,
    Query, Series, Span, StoreError, TopRow,
};
pub use record::{Fields, Flow, Record, Sink};
pub use source::{Problem, ProblemKind, Source, SourceState};
pub use time::{NO_TIME, Stamp, TimeRange};
pub use value::Value;
