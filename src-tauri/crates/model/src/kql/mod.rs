//! KQL, the query language that analysts know from Kibana: text to [`Filter`] and back.
//!
//! - `field : value`, `field : "a phrase"`, `field : (a or b and not c)`, `field : *` (it exists),
//!   `winlog.* : *` (any field below it exists), `field >= 500`, `field : 10.0.0.0/8`.
//! - `*` in an unquoted value stands for any characters; in quotes a star is a star.
//! - `@timestamp >= "2026-01-02"`; `@timestamp : "2026-03-10"` is that day and
//!   `@timestamp : "2026-03-10T02:13"` that minute, in UTC unless an offset is written. As in Kibana, `<=` and
//!   `>` look at the end of what is written: `<= "2026-01-02"` takes the whole day.
//! - A bare word or a quoted phrase searches the raw record. Bare words side by side are one phrase, with
//!   the white space between them as typed; words that may stand apart are joined by `and`.
//! - `and`, `or`, `not` in any case; `not` binds before `and`, `and` before `or`; parentheses group.
//! - Outside quotes a backslash takes the meaning from the character after it (`\:`, `\*`, `\"`, `\\`, `\(`, `\and`);
//!   `\n`, `\r`, `\t` and `\u00e9` are read too. In quotes only `\"`, `\\` and those four are special, so that
//!   Windows paths mostly come through as pasted.
//! - `event.id : 4294967296` (a bare whole number) is Timberline's event number; so is `id`, for
//!   numbers that can be one.
//!
//! Not here: completion (the engine's, it knows the case), zones (times are UTC), and `now`, which means
//! nothing in a case of past events.

mod parse;
mod render;

pub use parse::{DEPTH_MAX, LENGTH_MAX, parse};
pub use render::{quote, render};

/// What is wrong with a query, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {})", .at + 1)]
pub struct KqlError {
    /// What was expected, in plain words, without a full stop.
    pub message: String,
    /// Byte offset in the text; at its end where something is missing.
    pub at: usize,
}

impl KqlError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at }
    }
}

/// Fields whose bare numbers are event numbers.
fn names_events(field: &str, number: u64) -> bool {
    // A source's number is at least 1, so no event's number is below 2^32; a log's own `id` mostly is.
    field == "event.id" || (field == "id" && number >= 1 << 32)
}

#[cfg(test)]
mod tests;
