//! From paths to decoded bytes: folders, gzip, encodings, and the hash of what lies on the disk.

use crate::{Format, ReadError};
use std::path::{Path, PathBuf};
use timberline_model::{Flow, ProblemKind, Sink};

/// A path that is not read, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The path.
    pub path: PathBuf,
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// What, in words.
    pub message: String,
}

/// How a source should be read where the user said something about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The id of the format, instead of sniffing.
    pub format: Option<String>,
    /// The zone of times that name none: an IANA name, `UTC` or an offset such as `+02:00`.
    pub zone: Option<String>,
    /// The year of the first time that names none.
    pub year: Option<i32>,
    /// Leave out events before this time.
    pub since_ns: Option<i64>,
    /// Leave out events from this time on.
    pub until_ns: Option<i64>,
}

/// A source that was recognised and can be read.
pub struct Opened {
    /// Where it lies.
    pub path: PathBuf,
    /// Its format.
    pub format: &'static dyn Format,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// Why, in words.
    pub why: String,
    /// Size on the disk, in bytes.
    pub bytes: u64,
    /// The zone taken for times that name none, with the rule.
    pub zone: String,
    /// How years were found for times that name none.
    pub year_rule: Option<String>,
}

/// What reading a source to its end found out about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// SHA-256 of the file as it lies on the disk, in hex; empty when reading was stopped.
    pub sha256: String,
    /// Size on the disk, in bytes.
    pub bytes: u64,
    /// Size after decompression and decoding.
    pub decoded_bytes: u64,
    /// Whether the file changed while it was read.
    pub changed: bool,
    /// The zone taken for times that name none, with the rule.
    pub zone: String,
    /// How years were found for times that name none.
    pub year_rule: Option<String>,
}

/// The files under these paths, sorted, and what was refused. Links, devices, FIFOs and sockets are refused.
#[must_use]
pub fn discover(_paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<Refusal>) {
    (Vec::new(), Vec::new())
}

/// Finds out what a file is.
///
/// # Errors
/// When it cannot be read or nothing knows its content.
pub fn probe(path: &Path, _options: &ReadOptions) -> Result<Opened, Refusal> {
    Err(Refusal { path: path.to_owned(), kind: ProblemKind::UnknownFormat, message: String::new() })
}

impl Opened {
    /// Reads it to its end.
    ///
    /// # Errors
    /// When the bytes stop coming; what came before is in the sink.
    pub fn read(
        &self,
        _out: &mut dyn Sink,
        _progress: &mut dyn FnMut(u64) -> Flow,
    ) -> Result<Reading, ReadError> {
        Ok(Reading {
            sha256: String::new(),
            bytes: 0,
            decoded_bytes: 0,
            changed: false,
            zone: self.zone.clone(),
            year_rule: None,
        })
    }
}
