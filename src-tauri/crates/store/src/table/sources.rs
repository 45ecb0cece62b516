//! The files that were read into the case, and their removal.

use super::{count, sql};
use crate::case::Case;
use crate::error::{CaseError, corrupt};
use crate::writer::{Counts, NewSource, SourceEnd};
use rusqlite::{Connection, OptionalExtension, Row, params};
use timberline_model::time::moved;
use timberline_model::{Source, SourceState};

const COLUMNS: &str = "id, path, format, confidence, why, bytes, decoded_bytes, sha256, events, problems, \
     undated, first_ns, last_ns, zone, year_rule, seconds, event_bytes, problem_bytes, filler_bytes, state, \
     clock_offset_ns, encoding, packing, archive_sha256, rotated_set";

fn word(state: SourceState) -> &'static str {
    match state {
        SourceState::Complete => "complete",
        SourceState::Incomplete => "incomplete",
        SourceState::Failed => "failed",
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<(Source, String)> {
    let clock_offset_ns = row.get(20)?;
    let there = |ns: Option<i64>| ns.map(|ns| moved(ns, clock_offset_ns));
    let source = Source {
        id: row.get(0)?,
        path: row.get(1)?,
        format: row.get(2)?,
        confidence: row.get(3)?,
        why: row.get(4)?,
        bytes: count(row, 5)?,
        decoded_bytes: count(row, 6)?,
        sha256: row.get(7)?,
        events: count(row, 8)?,
        problems: count(row, 9)?,
        undated: count(row, 10)?,
        clock_offset_ns,
        first_ns: there(row.get(11)?),
        last_ns: there(row.get(12)?),
        zone: row.get(13)?,
        year_rule: row.get(14)?,
        seconds: row.get(15)?,
        event_bytes: count(row, 16)?,
        problem_bytes: count(row, 17)?,
        filler_bytes: count(row, 18)?,
        encoding: row.get(21)?,
        packing: row.get::<_, String>(22)?.split_whitespace().map(str::to_owned).collect(),
        archive_sha256: row.get(23)?,
        rotated_set: row.get(24)?,
        state: SourceState::Incomplete,
    };
    Ok((source, row.get(19)?))
}

fn with_state((mut source, state): (Source, String)) -> Result<Source, CaseError> {
    source.state = match state.as_str() {
        "complete" => SourceState::Complete,
        "incomplete" => SourceState::Incomplete,
        "failed" => SourceState::Failed,
        other => return Err(corrupt(format!("unknown state of a source {other:?}")).into()),
    };
    Ok(source)
}

/// Notes a source that is about to be read, as incomplete.
pub(crate) fn insert(db: &Connection, id: u32, new: &NewSource) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO source (id, path, format, confidence, why, bytes, zone, year_rule, state, encoding, packing,
         archive_sha256, rotated_set) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        id,
        new.path,
        new.format,
        new.confidence,
        new.why,
        sql(new.bytes),
        new.zone,
        new.year_rule,
        word(SourceState::Incomplete),
        new.encoding,
        new.packing.join(" "),
        new.archive_sha256,
        new.rotated_set
    ])?;
    Ok(())
}

/// Brings a source's counts up to date with the segments that are in the same transaction.
pub(crate) fn update_counts(db: &Connection, id: u32, counts: &Counts) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE source SET events = ?2, problems = ?3, undated = ?4, first_ns = ?5, last_ns = ?6,
         event_bytes = ?7, problem_bytes = ?8, filler_bytes = ?9 WHERE id = ?1",
    )?
    .execute(params![
        id,
        sql(counts.events),
        sql(counts.problems),
        sql(counts.undated),
        counts.first_ns,
        counts.last_ns,
        sql(counts.event_bytes),
        sql(counts.problem_bytes),
        sql(counts.filler_bytes)
    ])?;
    Ok(())
}

/// Notes how reading a source ended.
pub(crate) fn update_end(db: &Connection, id: u32, end: &SourceEnd) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE source SET sha256 = ?2, decoded_bytes = ?3, bytes = ?4, zone = ?5, year_rule = ?6,
         seconds = ?7, state = ?8, encoding = ?9 WHERE id = ?1",
        params![
            id,
            end.sha256,
            sql(end.decoded_bytes),
            sql(end.bytes),
            end.zone,
            end.year_rule,
            end.seconds,
            word(end.state),
            end.encoding
        ],
    )?;
    Ok(())
}

/// One source by number.
pub(crate) fn get(db: &Connection, id: u32) -> Result<Source, CaseError> {
    let row =
        db.query_row(&format!("SELECT {COLUMNS} FROM source WHERE id = ?1"), [id], from_row).optional()?;
    with_state(row.ok_or(CaseError::NoSource(id))?)
}

impl Case {
    /// The sources, by number.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn sources(&self) -> Result<Vec<Source>, CaseError> {
        let rows = self.read(|db| {
            let mut ask = db.prepare(&format!("SELECT {COLUMNS} FROM source ORDER BY id"))?;
            let rows = ask.query_map([], from_row)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        rows.into_iter().map(with_state).collect()
    }

    /// Moves all times of a source by so much from what its records say (0 takes that back), and gives the source
    /// as it now stands. Its segments are not touched.
    ///
    /// # Errors
    /// [`CaseError::NoSource`], [`timberline_model::StoreError::Busy`] while any source is being read, or
    /// when the case cannot be written.
    pub fn set_clock_offset(&self, id: u32, offset_ns: i64) -> Result<Source, CaseError> {
        let _lock = self.import_lock()?;
        self.move_clock(id, offset_ns)
    }

    /// The same for who holds the lock.
    pub(crate) fn move_clock(&self, id: u32, offset_ns: i64) -> Result<Source, CaseError> {
        self.write(|tx| {
            let found =
                tx.execute("UPDATE source SET clock_offset_ns = ?2 WHERE id = ?1", params![id, offset_ns])?;
            if found == 0 {
                return Err(CaseError::NoSource(id));
            }
            // Whoever holds the bounds of these segments must read them anew, as after a removal.
            tx.execute("UPDATE revision SET segments = segments + 1, removals = removals + 1", [])?;
            get(tx, id)
        })
    }

    /// Removes a source with its events and problems and gives the room back. Its number is not used again.
    ///
    /// # Errors
    /// [`CaseError::NoSource`], [`timberline_model::StoreError::Busy`] while any source is being read, or
    /// when the case cannot be written.
    pub fn remove_source(&self, id: u32) -> Result<(), CaseError> {
        let _lock = self.import_lock()?;
        self.remove(id)?;
        self.give_room_back()
    }

    /// The same for who holds the lock and gives the room back himself.
    pub(crate) fn remove(&self, id: u32) -> Result<(), CaseError> {
        let found = self.write(|tx| {
            let segments = {
                let mut ask = tx.prepare("SELECT id FROM segment WHERE source = ?1")?;
                let rows = ask.query_map([id], |r| r.get::<_, i64>(0))?;
                rows.collect::<Result<Vec<_>, _>>()?
            };
            for segment in segments {
                let (from, to) = crate::segment::chunk_range(segment);
                tx.execute("DELETE FROM chunk WHERE id >= ?1 AND id < ?2", [from, to])?;
            }
            tx.execute("DELETE FROM segment WHERE source = ?1", [id])?;
            tx.execute("DELETE FROM problem WHERE source = ?1", [id])?;
            tx.execute("UPDATE revision SET segments = segments + 1, removals = removals + 1", [])?;
            Ok(tx.execute("DELETE FROM source WHERE id = ?1", [id])?)
        })?;
        if found == 0 { Err(CaseError::NoSource(id)) } else { Ok(()) }
    }
}
