//! The chat's turns, oldest first, as JSON that the engine understands.

use crate::case::Case;
use crate::error::CaseError;
use rusqlite::params;

impl Case {
    /// Keeps a turn of the chat and gives its number.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn add_turn(&self, json: &str) -> Result<u64, CaseError> {
        self.write(|tx| {
            tx.execute("INSERT INTO turn (body) VALUES (?1)", [json])?;
            Ok(u64::try_from(tx.last_insert_rowid()).unwrap_or(0))
        })
    }

    /// Puts another text in the place of a turn's; false where there is no such turn.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn set_turn(&self, id: u64, json: &str) -> Result<bool, CaseError> {
        self.write(|tx| {
            Ok(tx.execute("UPDATE turn SET body = ?2 WHERE id = ?1", params![super::sql(id), json])? == 1)
        })
    }

    /// All turns with their numbers, oldest first.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn turns(&self) -> Result<Vec<(u64, String)>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare("SELECT id, body FROM turn ORDER BY id")?;
            let rows = ask.query_map([], |r| Ok((super::count(r, 0)?, r.get::<_, String>(1)?)))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }
}
