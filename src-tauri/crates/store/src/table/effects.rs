//! What imports, removals and runs of the detectors did to the case, as JSON that the engine understands.

use super::count;
use crate::case::Case;
use crate::error::CaseError;
use rusqlite::params;

/// So many are kept; older ones go.
const KEPT: i64 = 200;

impl Case {
    /// Notes what was done to the case, at microseconds since 1970 UTC, and gives its number.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn add_effect(&self, at_us: i64, json: &str) -> Result<u64, CaseError> {
        self.write(|tx| {
            tx.execute("INSERT INTO effect (at_us, body) VALUES (?1, ?2)", params![at_us, json])?;
            let id = tx.last_insert_rowid();
            tx.execute("DELETE FROM effect WHERE id <= ?1", [id - KEPT])?;
            Ok(u64::try_from(id).unwrap_or(0))
        })
    }

    /// What was done to the case, latest first: number, time, JSON.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn effects(&self) -> Result<Vec<(u64, i64, String)>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare("SELECT id, at_us, body FROM effect ORDER BY id DESC")?;
            let rows = ask.query_map([], |r| Ok((count(r, 0)?, r.get(1)?, r.get(2)?)))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }
}
