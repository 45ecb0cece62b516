//! An import into a case: the right to it, the numbers of its sources, and the lanes that write what is read. Several
//! sources may be read at once, each into a lane of its own; transactions go one after another. Numbers are given out
//! before reading, so that who is quicker changes nothing.

use crate::case::{Case, ImportLock, checkpoint, lock};
use crate::error::CaseError;
use crate::segment::encode::PackedBlock;
use crate::segment::pack::Packer;
use crate::table::{problems, sources};
use crate::writer::{Counts, LEVEL, NewSource, Parcel, SEGMENT_ROWS, SourceEnd, SourceWriter, write_segment};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use timberline_model::{Problem, ProblemKind, Source, StoreError};

/// Raw blocks and segments that may wait for a writing thread.
const QUEUE: usize = 12;

/// The right to import into a case; one holder at a time, over all processes.
pub struct Importing<'c> {
    case: &'c Case,
    shared: Arc<Shared>,
}

/// What the sources of an import share.
pub(crate) struct Shared {
    lanes: Mutex<Vec<Lane>>,
    /// Held by the lane whose transaction it is.
    turn: Arc<Mutex<()>>,
    // Last: nobody else may import before the lanes have ended.
    _lock: ImportLock,
}

/// A thread that compresses and writes, for one source after another.
pub(crate) struct Lane {
    queue: Option<SyncSender<Parcel>>,
    done: Receiver<Result<(), CaseError>>,
    /// Set when what it writes fails, until the next source.
    pub(crate) broken: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Case {
    /// Begins an import.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while another import into this case runs, in this process or another.
    pub fn importing(&self) -> Result<Importing<'_>, CaseError> {
        let shared = Shared { lanes: Mutex::default(), turn: Arc::default(), _lock: self.import_lock()? };
        Ok(Importing { case: self, shared: Arc::new(shared) })
    }

    /// Begins to read a single source into the case; it is incomplete until [`SourceWriter::finish`].
    ///
    /// # Errors
    /// As [`Case::importing`]; when the case cannot be written.
    pub fn begin_source(&self, new: &NewSource) -> Result<SourceWriter<'_>, CaseError> {
        self.begin_source_by(new, SEGMENT_ROWS)
    }

    /// The same with segments of another size, for tests.
    pub(crate) fn begin_source_by(
        &self,
        new: &NewSource,
        segment_rows: usize,
    ) -> Result<SourceWriter<'_>, CaseError> {
        let importing = self.importing()?;
        let id = importing.reserve(1)?;
        importing.begin_by(id, new, segment_rows)
    }
}

impl<'c> Importing<'c> {
    /// Numbers for so many sources, never used before nor again: the first of them. Those that come to nothing stay
    /// unused.
    ///
    /// # Errors
    /// When the case cannot be written, or no numbers are left.
    pub fn reserve(&self, count: usize) -> Result<u32, CaseError> {
        let full = || CaseError::from(StoreError::Full("no source numbers are left".into()));
        self.case.write(|tx| {
            let last: Option<i64> = tx
                .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'source'", [], |r| r.get(0))
                .optional()?;
            let after = last.unwrap_or(0).saturating_add(i64::try_from(count).map_err(|_| full())?);
            u32::try_from(after).map_err(|_| full())?;
            match last {
                Some(_) => {
                    tx.execute("UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'source'", [after])?
                }
                None => {
                    tx.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('source', ?1)", [after])?
                }
            };
            u32::try_from(last.unwrap_or(0) + 1).map_err(|_| full())
        })
    }

    /// Begins to read a source under a reserved number; it is incomplete until [`SourceWriter::finish`].
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn begin(&self, id: u32, new: &NewSource) -> Result<SourceWriter<'c>, CaseError> {
        self.begin_by(id, new, SEGMENT_ROWS)
    }

    pub(crate) fn begin_by(
        &self,
        id: u32,
        new: &NewSource,
        segment_rows: usize,
    ) -> Result<SourceWriter<'c>, CaseError> {
        let turn = lock(&self.shared.turn);
        self.case.write(|tx| {
            tx.execute("UPDATE revision SET segments = segments + 1", [])?;
            Ok(sources::insert(tx, id, new)?)
        })?;
        drop(turn);
        let free = lock(&self.shared.lanes).pop();
        let lane = match free {
            Some(lane) => lane,
            None => Lane::new(self.case, Arc::clone(&self.shared.turn))?,
        };
        Ok(SourceWriter::new(id, self.case, Arc::clone(&self.shared), lane, segment_rows))
    }

    /// Keeps a source that is not read at all, with the reason as its problem.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn refuse(
        &self,
        id: u32,
        new: &NewSource,
        end: &SourceEnd,
        kind: ProblemKind,
        message: &str,
    ) -> Result<Source, CaseError> {
        let _turn = lock(&self.shared.turn);
        self.case.write(|tx| {
            tx.execute("UPDATE revision SET segments = segments + 1", [])?;
            sources::insert(tx, id, new)?;
            problems::insert(tx, &[remark(id, kind, message)])?;
            sources::update_counts(tx, id, &Counts { problems: 1, ..Counts::default() })?;
            sources::update_end(tx, id, end)?;
            sources::get(tx, id)
        })
    }

    /// Adds a problem to a source that was read.
    ///
    /// # Errors
    /// [`CaseError::NoSource`]; when the case cannot be written.
    pub fn remark(&self, id: u32, kind: ProblemKind, message: &str) -> Result<Source, CaseError> {
        let _turn = lock(&self.shared.turn);
        self.case.write(|tx| {
            problems::insert(tx, &[remark(id, kind, message)])?;
            tx.execute("UPDATE source SET problems = problems + 1 WHERE id = ?1", params![id])?;
            sources::get(tx, id)
        })
    }

    /// Moves all times of a source, as [`Case::set_clock_offset`].
    ///
    /// # Errors
    /// As there.
    pub fn set_clock_offset(&self, id: u32, offset_ns: i64) -> Result<Source, CaseError> {
        let _turn = lock(&self.shared.turn);
        self.case.move_clock(id, offset_ns)
    }

    /// Removes sources with their events and problems and gives the room back. Their numbers are not used again.
    ///
    /// # Errors
    /// [`CaseError::NoSource`]; when the case cannot be written.
    pub fn remove(&self, ids: &[u32]) -> Result<(), CaseError> {
        let turn = lock(&self.shared.turn);
        for id in ids {
            self.case.remove(*id)?;
        }
        drop(turn);
        if ids.is_empty() { Ok(()) } else { self.case.give_room_back() }
    }
}

fn remark(source: u32, kind: ProblemKind, message: &str) -> Problem {
    Problem { source, line: 0, offset: 0, kind, message: message.to_owned(), excerpt: String::new() }
}

impl Shared {
    /// Takes a lane back that is done with its source.
    pub(crate) fn give_back(&self, lane: Lane) {
        lock(&self.lanes).push(lane);
    }
}

impl Lane {
    fn new(case: &Case, turn: Arc<Mutex<()>>) -> Result<Self, CaseError> {
        let db = case.segment_connection()?;
        let packer = Packer::new(LEVEL)?;
        let (queue, parcels) = sync_channel(QUEUE);
        let (told, done) = sync_channel(1);
        let broken = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&broken);
        let thread = std::thread::Builder::new()
            .name("timberline-segments".into())
            .spawn(move || serve(db, packer, &parcels, &told, &turn, &seen))
            .map_err(|source| CaseError::Io { path: case.path().to_owned(), source })?;
        Ok(Self { queue: Some(queue), done, broken, thread: Some(thread) })
    }

    /// Sends something to be written; false when nobody takes it.
    pub(crate) fn send(&self, parcel: Parcel) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.send(parcel).is_ok())
    }

    /// Waits until the source that was ended is written.
    pub(crate) fn wait(&self) -> Result<(), CaseError> {
        let gone = || StoreError::Other("the thread that writes segments ended early".into()).into();
        self.done.recv().unwrap_or_else(|_| Err(gone()))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // What went wrong in it was told to whoever waited.
            let _ = thread.join();
        }
    }
}

/// A seed that a log's writer cannot guess: see `DictBuilder::new`.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The writing thread: until the import is over. What fails is told once the source is ended.
fn serve(
    mut db: Connection,
    mut packer: Packer,
    parcels: &Receiver<Parcel>,
    told: &SyncSender<Result<(), CaseError>>,
    turn: &Mutex<()>,
    broken: &AtomicBool,
) {
    let mut raw = Vec::new();
    let mut failed = None;
    for parcel in parcels {
        let (done, ended) = match parcel {
            parcel if failed.is_some() => (Ok(()), parcel.ends()),
            Parcel::Raw { first_row, bytes } => {
                let packed = packer.chunk(&bytes).map(|chunk| raw.push(PackedBlock { first_row, chunk }));
                (packed.map_err(CaseError::from), false)
            }
            Parcel::Segment(whole) => {
                let ended = whole.end.is_some();
                (write_segment(&mut db, &mut packer, turn, *whole, std::mem::take(&mut raw)), ended)
            }
            Parcel::Dropped => (Ok(()), true),
        };
        if let Err(why) = done {
            broken.store(true, Ordering::Relaxed);
            failed = Some(why);
        }
        if ended {
            raw.clear();
            broken.store(false, Ordering::Relaxed);
            if told.send(failed.take().map_or(Ok(()), Err)).is_err() {
                return;
            }
        }
    }
    // A reader in the way is no failure: the log is folded in later.
    let _ = checkpoint(&db);
}
