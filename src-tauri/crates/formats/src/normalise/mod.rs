//! The same thing said the same way, whatever log says it: times, severities, outcomes, addresses.
//! How a log writes them down is `coded`'s.

pub mod entities;
pub mod outcome;
pub mod severity;
pub mod text;
pub mod time;
