//! The formats that are written in Rust, one file (or folder) each. A new one is a file here, a line in
//! [`FORMATS`], a fixture and a snapshot. What all share (time, severity, framing) is not here.

use crate::Format;

pub mod access_log;
pub mod carried;
#[cfg(test)]
pub(crate) mod check;
pub mod cloudtrail;
pub mod csv;
#[cfg(test)]
mod fixture_tests;
pub mod flatten;
pub mod json_lines;
pub mod json_names;
pub mod json_records;
pub mod plain_text;
pub mod syslog;
pub mod web;
pub mod windows_events;
pub mod windows_xml;
pub mod zeek;
pub mod zeek_json;
pub mod zeek_tsv;

/// Every coded format; the order breaks ties of confidence, so the more special stand first.
pub const FORMATS: &[&dyn Format] = &[
    &cloudtrail::CloudTrail,
    &zeek_tsv::ZeekTsv,
    &zeek_json::ZeekJson,
    &windows_xml::WindowsXml,
    &access_log::AccessLog,
    &syslog::Syslog,
    &csv::Csv,
    &json_lines::JsonLines,
    &plain_text::PlainText,
];
