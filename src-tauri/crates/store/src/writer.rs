//! Events in, segments out.

use crate::case::{Case, ImportLock};
use crate::error::CaseError;
use crate::table::sources;
use std::marker::PhantomData;
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink, Source, SourceState};

/// What is known of a source before it is read.
#[derive(Clone, Debug, Default)]
pub struct NewSource {
    /// The path as the user gave it.
    pub path: String,
    /// The format's id.
    pub format: String,
    /// How sure the detection was, 0 to 1.
    pub confidence: f64,
    /// Why that format, in words.
    pub why: String,
    /// Size of the file as it lies on the disk, in bytes.
    pub bytes: u64,
    /// The zone taken for times that name none, with the rule.
    pub zone: String,
    /// How years were found for times that name none.
    pub year_rule: Option<String>,
}

/// What is known of a source once it was read.
#[derive(Clone, Debug)]
pub struct SourceEnd {
    /// SHA-256 of the file as it lies on the disk, 64 hex digits.
    pub sha256: String,
    /// Size after decompression and decoding, in bytes.
    pub decoded_bytes: u64,
    /// Size of the file as it was read, in bytes.
    pub bytes: u64,
    /// The zone taken for times that name none, with the rule.
    pub zone: String,
    /// How years were found for times that name none.
    pub year_rule: Option<String>,
    /// How long reading took.
    pub seconds: f64,
    /// How it ended.
    pub state: SourceState,
}

/// What has been read of a source so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) problems: u64,
    pub(crate) undated: u64,
    pub(crate) first_ns: Option<i64>,
    pub(crate) last_ns: Option<i64>,
    pub(crate) event_bytes: u64,
    pub(crate) problem_bytes: u64,
    pub(crate) filler_bytes: u64,
}

/// Takes what a format reads from one source.
pub struct SourceWriter<'c> {
    id: u32,
    counts: Counts,
    names: FieldNames,
    _lock: ImportLock,
    _case: PhantomData<&'c Case>,
}

impl Case {
    /// Begins to read a source into the case.
    ///
    /// # Errors
    /// Busy while another import runs; when the case cannot be written.
    pub fn begin_source(&self, new: &NewSource) -> Result<SourceWriter<'_>, CaseError> {
        let lock = self.import_lock()?;
        let id = self.write(|tx| Ok(sources::insert(tx, new)?))?;
        Ok(SourceWriter {
            id: u32::try_from(id).unwrap_or(u32::MAX),
            counts: Counts::default(),
            names: FieldNames::default(),
            _lock: lock,
            _case: PhantomData,
        })
    }
}

impl SourceWriter<'_> {
    /// The source's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Events and problems taken so far.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.counts.events, self.counts.problems)
    }

    /// Writes what is left and notes how reading ended.
    ///
    /// # Errors
    /// When the case could not be written.
    pub fn finish(self, end: SourceEnd) -> Result<Source, CaseError> {
        let _ = end;
        Err(timberline_model::StoreError::Other("being written".into()).into())
    }
}

impl Sink for SourceWriter<'_> {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }
    fn event(&mut self, _record: &Record<'_>) -> Flow {
        Flow::Stop
    }
    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        Flow::Stop
    }
    fn filler(&mut self, _bytes: u64) {}
}
