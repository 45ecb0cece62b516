//! Small settings of a case (its name, its display zone), by key.

use crate::case::Case;
use crate::error::CaseError;
use rusqlite::OptionalExtension;

impl Case {
    /// The setting under a key, if there is one.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn note(&self, key: &str) -> Result<Option<String>, CaseError> {
        self.read(|db| {
            Ok(db.query_row("SELECT value FROM note WHERE key = ?1", [key], |r| r.get(0)).optional()?)
        })
    }

    /// Keeps a setting under a key.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn set_note(&self, key: &str, value: &str) -> Result<(), CaseError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO note (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = ?2",
                [key, value],
            )?;
            Ok(())
        })
    }
}
