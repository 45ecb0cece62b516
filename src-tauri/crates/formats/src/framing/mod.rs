//! From bytes to records: lines, JSON values, XML elements. What a record says is `coded`'s.

pub mod json;
pub mod lines;
pub mod xml;
