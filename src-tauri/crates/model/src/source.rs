//! Sources (what was read) and problems (what could not be).

use serde::{Deserialize, Serialize};

/// Whether a source was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Read to its end.
    Complete,
    /// The import was cancelled or killed; importing the same file again reads it anew.
    Incomplete,
    /// It could not be read at all; its problems say why.
    Failed,
}

/// One file (or one member of an archive) as it was read into a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Its number in the case, from 1; never used twice.
    pub id: u32,
    /// The path as the user gave it; members of archives as `archive.zip!member`.
    pub path: String,
    /// The format's id.
    pub format: String,
    /// How sure the detection was, 0 to 1 (1 when the user chose the format).
    pub confidence: f64,
    /// Why that format, in words.
    pub why: String,
    /// Size of the file as it lies on the disk, in bytes.
    pub bytes: u64,
    /// Size after decompression and decoding, in bytes: what offsets count in.
    pub decoded_bytes: u64,
    /// SHA-256 of the file as it lies on the disk, or of the member as it lies in its archive, 64 hex digits; empty
    /// while it is being read.
    pub sha256: String,
    /// Events stored.
    pub events: u64,
    /// Problems found (all of them, also those beyond the number that is kept).
    pub problems: u64,
    /// Events without a time.
    pub undated: u64,
    /// How far all its times are moved, ns: its clock was wrong by as much. 0 until the analyst says so.
    pub clock_offset_ns: i64,
    /// Earliest event, ns since 1970 UTC, moved by the offset.
    pub first_ns: Option<i64>,
    /// Latest event, ns since 1970 UTC, moved by the offset.
    pub last_ns: Option<i64>,
    /// The zone taken for times that name none, with the rule ("UTC, assumed").
    pub zone: String,
    /// How years were found for times that name none; `None` where all years are stated.
    pub year_rule: Option<String>,
    /// How long reading took.
    pub seconds: f64,
    /// Decoded bytes that became events.
    pub event_bytes: u64,
    /// Decoded bytes that became problems.
    pub problem_bytes: u64,
    /// Decoded bytes that carry no record by design.
    pub filler_bytes: u64,
    /// How characters were written, in words ("UTF-8", "windows-1252, guessed").
    pub encoding: String,
    /// What it was packed in, outermost first ("zip", "gzip").
    pub packing: Vec<String>,
    /// SHA-256 of the archive that it was a member of, 64 hex digits; empty for a file of its own.
    pub archive_sha256: String,
    /// The rotated set that it is of ("access.log, 3 of 5"); empty where it is of none.
    pub rotated_set: String,
    /// Whether it was read to its end.
    pub state: SourceState,
}

/// What kind of trouble; the message says the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The file or member could not be opened or read on.
    Unreadable,
    /// No format claims this content.
    UnknownFormat,
    /// The format was sure, and not one event came of it.
    NoEvents,
    /// A record that does not follow the format.
    Malformed,
    /// A record that was read but whose time was not understood.
    BadTime,
    /// The input ended inside a record or a compressed block.
    Truncated,
    /// Bytes that are not valid in the source's encoding.
    Encoding,
    /// A cap was reached: length of a line, depth, number of fields, size of an archive.
    Limit,
    /// Encrypted, and no password that was given opens it: asks for one.
    Password,
    /// Refused for safety: a link, a device, a path out of an archive.
    Refused,
    /// The file changed while it was read.
    Changed,
    /// An assumption worth knowing, no loss: a guessed year, a guessed zone.
    Assumed,
}

/// Something that could not be read, with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Problem {
    /// The source's number.
    pub source: u32,
    /// Line (or record) from 1; 0 where the trouble is the file's.
    pub line: u64,
    /// Byte offset in the decoded source.
    pub offset: u64,
    /// What kind.
    pub kind: ProblemKind,
    /// What, in words.
    pub message: String,
    /// The first bytes of the place, at most 200 characters; untrusted text.
    pub excerpt: String,
}
