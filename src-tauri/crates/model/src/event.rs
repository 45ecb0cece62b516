//! Events as they come out of a store.

use crate::value::Value;
use serde::{Deserialize, Serialize};

/// An event's number: the source's number and the place of the record among the source's events.
/// The same files imported in the same order give the same numbers. Below 2^53, so exact in a
/// JavaScript number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
#[ts(as = "u64")]
pub struct EventId(pub u64);

impl EventId {
    /// The id of the `ordinal`-th event (from 0) of a source.
    #[must_use]
    pub fn new(source: u32, ordinal: u32) -> Self {
        Self(u64::from(source) << 32 | u64::from(ordinal))
    }

    /// The source's number.
    #[must_use]
    pub fn source(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The place among the source's events, from 0.
    #[must_use]
    pub fn ordinal(self) -> u32 {
        self.0 as u32
    }
}

/// One event with the columns that were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// When, ns since 1970 UTC; `None` for an undated event.
    pub time_ns: Option<i64>,
    /// Bits of [`crate::Stamp`]: what of the time was assumed.
    pub assumed: u8,
    /// Line (or record) in the source, from 1.
    pub line: u64,
    /// Byte offset in the decoded source.
    pub offset: u64,
    /// Names and values, by name.
    pub fields: Vec<(String, Value)>,
    /// The raw record, where it was asked for.
    pub raw: Option<Vec<u8>>,
}

impl Event {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The place in time order: dated before undated, then by time, then by number.
    #[must_use]
    pub fn order(&self) -> (bool, i64, EventId) {
        (self.time_ns.is_none(), self.time_ns.unwrap_or(0), self.id)
    }
}
