//! Events in, segments out. The caller's thread gathers columns; a thread of its own compresses and writes,
//! one transaction a segment with the source's counts in it, so that whatever happens the case holds whole
//! segments and a source that says how far it came. Which source to read, and what to do with one that
//! was left incomplete, is the engine's.

use crate::case::{Case, ImportLock, checkpoint, lock};
use crate::error::CaseError;
use crate::segment::build::{Builder, Rows};
use crate::segment::chunk_range;
use crate::segment::encode::{PackedBlock, encode};
use crate::segment::pack::Packer;
use crate::table::{problems, sources};
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use timberline_model::field::virtual_field;
use timberline_model::{
    FieldId, FieldNames, Flow, NO_TIME, Problem, ProblemKind, Record, Sink, Source, SourceState, StoreError,
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
/// Raw blocks and segments that may wait for the writing thread.
const QUEUE: usize = 12;
/// zstd levels: fast is what an import is for.
const LEVEL: i32 = 1;
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

/// What the caller's thread sends to the writing thread.
enum Parcel {
    /// Raw records of the segment being gathered, from this row of it.
    Raw { first_row: u32, bytes: Vec<u8> },
    /// The rest of that segment, and how far the source has come with it.
    Segment(Box<Whole>),
}

struct Whole {
    first_ordinal: u64,
    rows: Rows,
    problems: Vec<Problem>,
    counts: Counts,
    end: Option<SourceEnd>,
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
    queue: Option<SyncSender<Parcel>>,
    thread: Option<JoinHandle<()>>,
    failure: Arc<Mutex<Option<CaseError>>>,
    // After the thread has ended: nobody else may import before that.
    _lock: ImportLock,
    case: &'c Case,
}

impl Case {
    /// Begins to read a source into the case; it is incomplete until [`SourceWriter::finish`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] while another import into this case runs, in this process or another; when
    /// the case cannot be written.
    pub fn begin_source(&self, new: &NewSource) -> Result<SourceWriter<'_>, CaseError> {
        self.begin_source_by(new, SEGMENT_ROWS)
    }

    /// The same with segments of another size, for tests.
    pub(crate) fn begin_source_by(
        &self,
        new: &NewSource,
        segment_rows: usize,
    ) -> Result<SourceWriter<'_>, CaseError> {
        let import_lock = self.import_lock()?;
        let id = self.write(|tx| {
            tx.execute("UPDATE revision SET segments = segments + 1", [])?;
            Ok(sources::insert(tx, new)?)
        })?;
        let id = u32::try_from(id).map_err(|_| StoreError::Full("no source numbers are left".into()))?;
        let db = self.segment_connection()?;
        let packer = Packer::new(LEVEL)?;
        let (queue, parcels) = sync_channel(QUEUE);
        let failure = Arc::new(Mutex::new(None));
        let report = Arc::clone(&failure);
        let thread = std::thread::Builder::new()
            .name("timberline-segments".into())
            .spawn(move || {
                if let Err(error) = write_all(id, db, packer, &parcels) {
                    *lock(&report) = Some(error);
                }
            })
            .map_err(|source| CaseError::Io { path: self.path().to_owned(), source })?;
        let mut names = FieldNames::default();
        let path_field = names.id(virtual_field::PATH);
        Ok(SourceWriter {
            id,
            names,
            path_field,
            names_full: false,
            // A log's writer must not be able to guess it: see `DictBuilder::new`.
            builder: Builder::new(RandomState::new().build_hasher().finish()),
            raw: Vec::new(),
            raw_first_row: 0,
            raw_bytes: 0,
            counts: Counts::default(),
            handed: 0,
            problems: Vec::new(),
            problems_kept: 0,
            segment_rows: segment_rows.clamp(1, SEGMENT_ROWS),
            failed: false,
            queue: Some(queue),
            thread: Some(thread),
            failure,
            _lock: import_lock,
            case: self,
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

    /// Writes what is left and notes how reading ended; gives the source as it now stands.
    ///
    /// # Errors
    /// When the case could not be written; the source then stays incomplete.
    pub fn finish(mut self, end: SourceEnd) -> Result<Source, CaseError> {
        self.hand_over(Some(end));
        self.join();
        if let Some(error) = lock(&self.failure).take() {
            return Err(error);
        }
        if self.failed {
            return Err(StoreError::Other("the thread that writes segments ended early".into()).into());
        }
        let (case, id) = (self.case, self.id);
        case.read(|db| sources::get(db, id))
    }

    fn send(&mut self, parcel: Parcel) {
        // The other end is gone only when writing failed; the failure says why.
        let sent = self.queue.as_ref().is_some_and(|queue| queue.send(parcel).is_ok());
        self.failed |= !sent;
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

    /// Waits until the writing thread has written what it was sent.
    fn join(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            self.failed |= thread.join().is_err();
        }
    }

    fn flow(&self) -> Flow {
        if self.failed { Flow::Stop } else { Flow::Continue }
    }
}

impl Drop for SourceWriter<'_> {
    fn drop(&mut self) {
        self.join();
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

/// The writing thread: until the caller is done or something fails.
fn write_all(
    source: u32,
    mut db: Connection,
    mut packer: Packer,
    parcels: &Receiver<Parcel>,
) -> Result<(), CaseError> {
    let mut raw = Vec::new();
    for parcel in parcels {
        match parcel {
            Parcel::Raw { first_row, bytes } => {
                raw.push(PackedBlock { first_row, chunk: packer.chunk(&bytes)? });
            }
            Parcel::Segment(whole) => {
                write_segment(source, &mut db, &mut packer, *whole, std::mem::take(&mut raw))?;
            }
        }
    }
    // A reader in the way is no failure: the log is folded in later.
    let _ = checkpoint(&db);
    Ok(())
}

fn write_segment(
    source: u32,
    db: &mut Connection,
    packer: &mut Packer,
    whole: Whole,
    raw: Vec<PackedBlock>,
) -> Result<(), CaseError> {
    let encoded = if whole.rows.times.is_empty() { None } else { Some(encode(whole.rows, raw, packer)?) };
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
