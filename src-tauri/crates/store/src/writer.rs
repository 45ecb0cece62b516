//! Events in, segments out. The caller's thread gathers columns; a thread of its own compresses and writes,
//! one transaction a segment with the source's counts in it, so that whatever happens the case holds whole
//! segments and a source that says how far it came. Which source to read, and what to do with one that
//! was left incomplete, is the engine's.

use crate::case::{Case, lock};
use crate::error::CaseError;
use crate::importing::{Lane, Shared, seed};
use crate::segment::build::{Builder, Rows};
use crate::segment::chunk_range;
use crate::segment::encode::{PackedBlock, encode};
use crate::segment::pack::Packer;
use crate::table::{problems, sources};
use rusqlite::{Connection, TransactionBehavior, params};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use timberline_model::field::virtual_field;
use timberline_model::{
    FieldId, FieldNames, Flow, NO_TIME, Problem, ProblemKind, Record, Sink, Source, SourceState,
};

/// Rows of a segment.
pub(crate) const SEGMENT_ROWS: usize = 65_536;
/// A segment is cut before its raw records take more than this, so that memory stays bounded.
const SEGMENT_RAW_BYTES: usize = 32 << 20;
/// The same for the number of values of a segment of wide records.
const SEGMENT_VALUES: usize = 3 << 20;
/// The same for the texts in its dictionaries.
const SEGMENT_TEXT_BYTES: usize = 48 << 20;
/// Raw records are compressed in blocks of about this size.
const RAW_BLOCK_BYTES: usize = 512 << 10;
/// zstd levels: fast is what an import is for.
pub(crate) const LEVEL: i32 = 1;
/// Characters of an excerpt that are kept.
const EXCERPT_CHARS: usize = 200;

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
    /// How characters are written, in words.
    pub encoding: String,
    /// What it is packed in, outermost first.
    pub packing: Vec<String>,
    /// SHA-256 of the archive that it is a member of, in hex; empty for a file of its own.
    pub archive_sha256: String,
    /// The rotated set that it is of; empty where it is of none.
    pub rotated_set: String,
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
    /// How characters were written, in words.
    pub encoding: String,
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

/// What the caller's thread sends to the writing thread.
pub(crate) enum Parcel {
    /// Raw records of the segment being gathered, from this row of it.
    Raw { first_row: u32, bytes: Vec<u8> },
    /// The rest of that segment, and how far the source has come with it.
    Segment(Box<Whole>),
    /// Nothing more comes of the source.
    Dropped,
}

impl Parcel {
    /// Whether nothing of the source comes behind it.
    pub(crate) fn ends(&self) -> bool {
        match self {
            Self::Raw { .. } => false,
            Self::Segment(whole) => whole.end.is_some(),
            Self::Dropped => true,
        }
    }
}

pub(crate) struct Whole {
    source: u32,
    first_ordinal: u64,
    rows: Rows,
    problems: Vec<Problem>,
    counts: Counts,
    pub(crate) end: Option<SourceEnd>,
}

/// Takes what a format reads from one source. Dropped without [`SourceWriter::finish`] it leaves the source
/// incomplete, with the segments that were whole by then.
pub struct SourceWriter<'c> {
    id: u32,
    names: FieldNames,
    /// The field that every store answers itself; a log's own field of that name is left out.
    path_field: Option<FieldId>,
    names_full: bool,
    builder: Builder,
    raw: Vec<u8>,
    raw_first_row: u32,
    raw_bytes: usize,
    counts: Counts,
    /// Rows in segments already handed over.
    handed: u64,
    problems: Vec<Problem>,
    problems_kept: u64,
    segment_rows: usize,
    failed: bool,
    broken: Arc<AtomicBool>,
    lane: Option<Lane>,
    shared: Arc<Shared>,
    case: &'c Case,
}

impl<'c> SourceWriter<'c> {
    pub(crate) fn new(id: u32, case: &'c Case, shared: Arc<Shared>, lane: Lane, segment_rows: usize) -> Self {
        let mut names = FieldNames::default();
        let path_field = names.id(virtual_field::PATH);
        Self {
            id,
            names,
            path_field,
            names_full: false,
            builder: Builder::new(seed()),
            raw: Vec::new(),
            raw_first_row: 0,
            raw_bytes: 0,
            counts: Counts::default(),
            handed: 0,
            problems: Vec::new(),
            problems_kept: 0,
            segment_rows: segment_rows.clamp(1, SEGMENT_ROWS),
            failed: false,
            broken: Arc::clone(&lane.broken),
            lane: Some(lane),
            shared,
            case,
        }
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

    /// Writes what is left and notes how reading ended; gives the source as it now stands.
    ///
    /// # Errors
    /// When the case could not be written; the source then stays incomplete.
    pub fn finish(mut self, end: SourceEnd) -> Result<Source, CaseError> {
        self.hand_over(Some(end));
        self.give_back()?;
        let (case, id) = (self.case, self.id);
        case.read(|db| sources::get(db, id))
    }

    fn send(&mut self, parcel: Parcel) {
        let sent = self.lane.as_ref().is_some_and(|lane| lane.send(parcel));
        self.failed |= !sent || self.broken.load(Ordering::Relaxed);
    }

    fn send_raw(&mut self) {
        if !self.raw.is_empty() || self.raw_first_row < self.builder.len() as u32 {
            let bytes = std::mem::replace(&mut self.raw, Vec::with_capacity(RAW_BLOCK_BYTES + 4096));
            self.send(Parcel::Raw { first_row: self.raw_first_row, bytes });
            self.raw_first_row = self.builder.len() as u32;
        }
    }

    fn hand_over(&mut self, end: Option<SourceEnd>) {
        self.send_raw();
        let names = &self.names;
        let rows = self.builder.hand_over(|id| names.name(id));
        let whole = Whole {
            source: self.id,
            first_ordinal: self.handed,
            rows,
            problems: std::mem::take(&mut self.problems),
            counts: self.counts,
            end,
        };
        self.handed = self.counts.events;
        self.raw_first_row = 0;
        self.raw_bytes = 0;
        self.send(Parcel::Segment(Box::new(whole)));
    }

    /// Waits until what was sent is written, and gives the lane back.
    fn give_back(&mut self) -> Result<(), CaseError> {
        let Some(lane) = self.lane.take() else { return Ok(()) };
        lane.wait()?;
        self.shared.give_back(lane);
        Ok(())
    }

    fn flow(&self) -> Flow {
        if self.failed { Flow::Stop } else { Flow::Continue }
    }
}

impl Drop for SourceWriter<'_> {
    fn drop(&mut self) {
        if self.lane.is_some() {
            self.send(Parcel::Dropped);
            // The source says that it is incomplete, and nobody asks why.
            let _ = self.give_back();
        }
    }
}

impl Sink for SourceWriter<'_> {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        // Only the analyst says that a clock was wrong.
        if name == virtual_field::CLOCK_OFFSET {
            return None;
        }
        let id = self.names.id(name);
        if id.is_none() && !self.names_full {
            self.names_full = true;
            let message = format!(
                "more than {} different field names: values of further ones are only in the raw record",
                self.names.len()
            );
            self.problem(ProblemKind::Limit, 0, 0, 0, &message, name.as_bytes());
        }
        id
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        if self.failed || self.counts.events >= u64::from(u32::MAX) {
            return Flow::Stop;
        }
        if self.builder.len() > 0 && self.raw_bytes + record.raw.len() > SEGMENT_RAW_BYTES {
            self.hand_over(None);
        }
        self.builder.push(record, self.path_field);
        self.raw.extend_from_slice(record.raw);
        self.raw_bytes += record.raw.len();
        let counts = &mut self.counts;
        counts.events += 1;
        counts.event_bytes += record.bytes;
        match record.time.map(|t| t.ns).filter(|ns| *ns != NO_TIME) {
            Some(ns) => {
                counts.first_ns = Some(counts.first_ns.map_or(ns, |f| f.min(ns)));
                counts.last_ns = Some(counts.last_ns.map_or(ns, |l| l.max(ns)));
            }
            None => counts.undated += 1,
        }
        if self.builder.len() >= self.segment_rows
            || self.builder.values() >= SEGMENT_VALUES
            || (self.builder.len().is_multiple_of(256) && self.builder.text_bytes() >= SEGMENT_TEXT_BYTES)
        {
            self.hand_over(None);
        } else if self.raw.len() >= RAW_BLOCK_BYTES {
            self.send_raw();
        }
        self.flow()
    }

    fn problem(
        &mut self,
        kind: ProblemKind,
        line: u64,
        offset: u64,
        bytes: u64,
        message: &str,
        excerpt: &[u8],
    ) -> Flow {
        self.counts.problems += 1;
        self.counts.problem_bytes += bytes;
        if self.problems_kept < problems::KEPT {
            self.problems_kept += 1;
            // Four bytes make at most one character, so nothing beyond them can be kept.
            let head = &excerpt[..excerpt.len().min(EXCERPT_CHARS * 4)];
            self.problems.push(Problem {
                source: self.id,
                line,
                offset,
                kind,
                message: message.to_owned(),
                excerpt: String::from_utf8_lossy(head).chars().take(EXCERPT_CHARS).collect(),
            });
        }
        self.flow()
    }

    fn filler(&mut self, bytes: u64) {
        self.counts.filler_bytes += bytes;
    }
}

/// Writes a segment, and the source's counts with it, in one transaction.
pub(crate) fn write_segment(
    db: &mut Connection,
    packer: &mut Packer,
    turn: &Mutex<()>,
    whole: Whole,
    raw: Vec<PackedBlock>,
) -> Result<(), CaseError> {
    let encoded = if whole.rows.times.is_empty() { None } else { Some(encode(whole.rows, raw, packer)?) };
    let source = whole.source;
    // SQLite would make the others wait too, but by trying again and again.
    let _turn = lock(turn);
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(encoded) = encoded {
        let first = i64::try_from(whole.first_ordinal).unwrap_or(i64::MAX);
        tx.prepare_cached(
            "INSERT INTO segment (source, first_ordinal, rows, directory) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![source, first, encoded.rows, encoded.directory])?;
        let (from, _) = chunk_range(tx.last_insert_rowid());
        let mut put = tx.prepare_cached("INSERT INTO chunk (id, data) VALUES (?1, ?2)")?;
        for (number, chunk) in (from..).zip(&encoded.chunks) {
            put.execute(params![number, chunk])?;
        }
    }
    problems::insert(&tx, &whole.problems)?;
    sources::update_counts(&tx, source, &whole.counts)?;
    if let Some(end) = &whole.end {
        sources::update_end(&tx, source, end)?;
    }
    tx.execute("UPDATE revision SET segments = segments + 1", [])?;
    tx.commit()?;
    Ok(())
}
