//! One case, one SQLite file: column segments, and the only SQL in the house.
//!
//! A [`Case`] keeps what was read ([`SourceWriter`] takes it in), answers questions about it (it is an
//! [`timberline_model::EventStore`]), and keeps what people and detectors write. What a log means, how it
//! is parsed and how anything is shown are not here, and there is no async: callers bring their threads.

mod case;
#[cfg(test)]
mod case_tests;
mod error;
mod importing;
#[cfg(test)]
mod parity;
#[cfg(feature = "row-baseline")]
pub mod row_baseline;
mod scan;
mod segment;
mod table;
mod writer;

pub use case::{Case, SCHEMA};
pub use error::CaseError;
pub use importing::Importing;
#[cfg(feature = "fuzzing")]
pub use segment::any::decode_anything;
pub use table::audit::{AuditRow, NewAudit};
pub use table::feedback::{Feedback, FeedbackAct, FeedbackChange, FeedbackRule};
pub use table::prompts::PromptAct;
pub use writer::{NewSource, SourceEnd, SourceWriter};
