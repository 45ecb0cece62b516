//! The formats that are written in Rust, one file (or folder) each. A new one is a file here, a line in
//! [`FORMATS`], a fixture and a snapshot. What all share (time, severity, framing) is not here.

use crate::Format;

pub mod access_log;
pub mod cloudtrail;
pub mod csv;
pub mod json_lines;
pub mod plain_text;
pub mod syslog;
pub mod windows_xml;
pub mod zeek_json;
pub mod zeek_tsv;

/// Every coded format; the order breaks ties of confidence, so the more special stand first.
pub const FORMATS: &[&dyn Format] =
    &[&access_log::AccessLog, &syslog::Syslog, &csv::Csv, &plain_text::PlainText];
