//! Stars on events. The events themselves are never changed by it.

use super::{count, sql};
use crate::case::Case;
use crate::error::CaseError;
use rusqlite::params;

impl Case {
    /// Gives an event a star, or takes it away; false where nothing changes.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn set_mark(&self, event: u64, star: bool, at_us: i64) -> Result<bool, CaseError> {
        self.write(|tx| {
            let changed = if star {
                tx.execute(
                    "INSERT INTO mark (event, at_us) VALUES (?1, ?2) ON CONFLICT (event) DO NOTHING",
                    params![sql(event), at_us],
                )?
            } else {
                tx.execute("DELETE FROM mark WHERE event = ?1", [sql(event)])?
            };
            Ok(changed > 0)
        })
    }

    /// The events that have a star, with when they got it (microseconds since 1970 UTC), by event number.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn marks(&self) -> Result<Vec<(u64, i64)>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare("SELECT event, at_us FROM mark ORDER BY event")?;
            let rows = ask.query_map([], |r| Ok((count(r, 0)?, r.get(1)?)))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }
}
