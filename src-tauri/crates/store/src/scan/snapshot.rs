//! A case as it stood at one moment, seen by one or two workers; and the walk over its segments.

use super::catalog::{Catalog, SegmentMeta, revision};
use super::reader::{Open, Worker};
use super::select::{Select, Verdict};
use crate::case::Case;
use crate::error::sql_error;
use crate::segment::bitmap::Bitmap;
use crate::segment::pack::Unpacker;
use std::sync::Arc;
use timberline_model::{Ctx, StoreError};

/// Below so many rows a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 200_000;
/// More threads than this would only take from the window.
const THREADS: usize = 2;

/// A case as it stood at one moment.
pub(crate) struct Snapshot<'c> {
    case: &'c Case,
    pub(crate) workers: Vec<Worker>,
    pub(crate) catalog: Arc<Catalog>,
}

/// A segment that may hold selected rows, and whether all of its rows are.
pub(crate) type Candidate = (Arc<SegmentMeta>, bool);

impl Case {
    /// The case now, with a worker.
    pub(crate) fn snapshot(&self) -> Result<Snapshot<'_>, StoreError> {
        let db = self.reader()?;
        db.execute_batch("BEGIN").map_err(|e| sql_error(&e))?;
        let catalog = revision(&db).and_then(|now| self.catalog.at(&db, now));
        let mut snapshot = Snapshot {
            case: self,
            workers: vec![Worker { db, unpacker: Unpacker::new()? }],
            catalog: Arc::default(),
        };
        snapshot.catalog = catalog?;
        Ok(snapshot)
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        for worker in self.workers.drain(..) {
            // A connection that cannot end its transaction is not used again.
            if worker.db.execute_batch("COMMIT").is_ok() {
                self.case.put_back(worker.db);
            }
        }
    }
}

impl Snapshot<'_> {
    /// The segments that may hold selected rows, in order of event number.
    pub(crate) fn candidates(&self, select: &Select) -> Vec<Candidate> {
        let verdict =
            |segment: &Arc<SegmentMeta>| match select.verdict(segment, &self.catalog.path(segment.source)) {
                Verdict::No => None,
                Verdict::All => Some((Arc::clone(segment), true)),
                Verdict::Maybe => Some((Arc::clone(segment), false)),
            };
        self.catalog.segments.iter().filter_map(verdict).collect()
    }

    /// A second worker that sees the same state; `None` when the case has changed in between, or when
    /// there is no second processor.
    fn second(&mut self) -> Result<(), StoreError> {
        if self.workers.len() >= THREADS
            || std::thread::available_parallelism().map_or(1, std::num::NonZero::get) < 2
        {
            return Ok(());
        }
        let db = self.case.reader()?;
        db.execute_batch("BEGIN").map_err(|e| sql_error(&e))?;
        if revision(&db)? == self.catalog.revision {
            self.workers.push(Worker { db, unpacker: Unpacker::new()? });
        } else if db.execute_batch("COMMIT").is_ok() {
            self.case.put_back(db);
        }
        Ok(())
    }

    /// Walks over the selected rows of all segments. Each worker takes a run of neighbouring segments into
    /// a state of its own; the states come back in the order of the events. With `threads` of 1 there is
    /// one state, and it sees the events in order.
    pub(crate) fn fold<S: Send>(
        &mut self,
        select: &Select,
        threads: usize,
        ctx: &Ctx<'_>,
        start: impl Fn() -> S + Sync,
        step: impl Fn(&mut S, &mut Open<'_>, &Bitmap) -> Result<(), StoreError> + Sync,
    ) -> Result<Vec<S>, StoreError> {
        let candidates = self.candidates(select);
        let rows: usize = candidates.iter().map(|(s, _)| s.rows).sum();
        if threads > 1 && rows >= WORTH_A_THREAD && candidates.len() > 1 {
            self.second()?;
        }
        let catalog = Arc::clone(&self.catalog);
        let run = |worker: &mut Worker, part: &[Candidate]| -> Result<S, StoreError> {
            let mut state = start();
            for (segment, all) in part {
                ctx.check()?;
                let mut open = Open::new(worker, segment, catalog.path(segment.source));
                let rows = select.rows(&mut open, *all)?;
                if !rows.is_empty() {
                    step(&mut state, &mut open, &rows)?;
                }
            }
            Ok(state)
        };
        let share = if threads > 1 { self.workers.len() } else { 1 };
        match &mut self.workers[..] {
            [first, second, ..] if share > 1 => {
                let mut before = 0;
                let cut = candidates
                    .iter()
                    .position(|(s, _)| {
                        before += s.rows;
                        before * 2 >= rows
                    })
                    .map_or(candidates.len(), |at| at + 1);
                let (left, right) = candidates.split_at(cut);
                std::thread::scope(|scope| {
                    let other = scope.spawn(|| run(second, right));
                    let mine = run(first, left);
                    let other = other
                        .join()
                        .unwrap_or_else(|_| Err(StoreError::Other("a scanning thread failed".into())));
                    Ok(vec![mine?, other?])
                })
            }
            [first, ..] => Ok(vec![run(first, &candidates)?]),
            [] => Err(StoreError::Other("no connection to the case".into())),
        }
    }
}
