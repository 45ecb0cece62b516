//! The audit records of a case, and what stands for what where it is masked. Keeps rows in order; what a record says
//! and how it is hashed is the caller's. The newest record's number and hash are also kept as a note, so that a cut tail
//! is seen.

use crate::case::Case;
use crate::error::CaseError;
use crate::table::{count, sql};
use rusqlite::{OptionalExtension, params};

/// The note that holds the newest record's number and hash.
const HEAD: &str = "audit-head";

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, from 1.
    pub id: u64,
    /// When, microseconds since 1970 UTC.
    pub at_us: i64,
    /// What kind of record.
    pub kind: String,
    /// Bytes that leave the machine with it.
    pub sent: u64,
    /// The record as canonical JSON.
    pub body: String,
    /// The hash of the record before.
    pub previous: String,
    /// Its own.
    pub hash: String,
}

/// A record that is about to be kept.
#[derive(Clone, Debug)]
pub struct NewAudit {
    /// When.
    pub at_us: i64,
    /// What kind of record.
    pub kind: String,
    /// Bytes that leave the machine with it.
    pub sent: u64,
}

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        id: count(r, 0)?,
        at_us: r.get(1)?,
        kind: r.get(2)?,
        sent: count(r, 3)?,
        body: r.get(4)?,
        previous: r.get(5)?,
        hash: r.get(6)?,
    })
}

impl Case {
    /// Keeps a record as the newest, and on the disk when this comes back. `write` gets its number and the hash before it
    /// (nothing for the first), and gives its text and hash.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn add_audit(
        &self,
        new: &NewAudit,
        write: impl FnOnce(u64, Option<&str>) -> (String, String, String),
    ) -> Result<u64, CaseError> {
        self.write(|tx| {
            let newest: Option<(u64, String)> = tx
                .query_row("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1", [], |r| {
                    Ok((count(r, 0)?, r.get(1)?))
                })
                .optional()?;
            let id = newest.as_ref().map_or(1, |(id, _)| id + 1);
            let (body, previous, hash) = write(id, newest.as_ref().map(|(_, hash)| hash.as_str()));
            tx.execute(
                "INSERT INTO audit (id, at_us, kind, sent, body, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![sql(id), new.at_us, new.kind, sql(new.sent), body, previous, hash],
            )?;
            tx.execute(
                "INSERT INTO note (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
                [HEAD, &format!("{id} {hash}")],
            )?;
            Ok(id)
        })
    }

    /// Records after a number, oldest first.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn audit_after(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare(
                "SELECT id, at_us, kind, sent, body, previous, hash FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2",
            )?;
            let rows = ask.query_map(params![sql(after), limit], row)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }

    /// Records before a number, newest first.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn audit_before(&self, before: Option<u64>, limit: u32) -> Result<Vec<AuditRow>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare(
                "SELECT id, at_us, kind, sent, body, previous, hash FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let rows = ask.query_map(params![before.map_or(i64::MAX, sql), limit], row)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }

    /// The number and hash that the newest record had when it was kept.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn audit_head(&self) -> Result<Option<(u64, String)>, CaseError> {
        let note = self.note(HEAD)?;
        Ok(note
            .and_then(|n| n.split_once(' ').and_then(|(id, hash)| Some((id.parse().ok()?, hash.to_owned())))))
    }

    /// Bytes that left the machine since a time, and with how many records.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn audit_sent(&self, since_us: i64) -> Result<(u64, u64), CaseError> {
        self.read(|db| {
            Ok(db.query_row(
                "SELECT coalesce(sum(sent), 0), count(*) FROM audit WHERE at_us >= ?1 AND sent > 0",
                [since_us],
                |r| Ok((count(r, 0)?, count(r, 1)?)),
            )?)
        })
    }

    /// How many records of a kind there are.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn audit_count(&self, kind: &str) -> Result<u64, CaseError> {
        self.read(|db| {
            Ok(db.query_row("SELECT count(*) FROM audit WHERE kind = ?1", [kind], |r| count(r, 0))?)
        })
    }

    /// What stands for what: value, kind, stand-in.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn stand_ins(&self) -> Result<Vec<(String, String, String)>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare("SELECT value, kind, stand_in FROM stand_in ORDER BY value")?;
            let rows = ask.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }

    /// Keeps more of them: value, kind, stand-in. One that is there stays.
    ///
    /// # Errors
    /// When the case cannot be written, or a stand-in is another value's.
    pub fn add_stand_ins(&self, new: &[(String, String, String)]) -> Result<(), CaseError> {
        self.write(|tx| {
            let mut add = tx.prepare(
                "INSERT INTO stand_in (value, kind, stand_in) VALUES (?1, ?2, ?3) ON CONFLICT (value) DO NOTHING",
            )?;
            for (value, kind, stand_in) in new {
                add.execute([value, kind, stand_in])?;
            }
            Ok(())
        })
    }
}
