//! From bytes to records: lines, JSON values, XML elements. What a record says is `coded`'s.

pub mod front;
pub mod json;
pub mod json_scan;
pub mod json_wrap;
pub mod lines;
pub mod window;
pub mod xml;
