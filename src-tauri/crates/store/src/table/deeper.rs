//! What was found by looking deeper at cards: one text a card, which the engine writes and reads.

use crate::case::Case;
use crate::error::CaseError;
use rusqlite::params;

impl Case {
    /// Keeps what was found at a card in the place of what was found earlier; nothing takes it away. False where there was nothing
    /// to take away.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn set_deeper(&self, card: &str, body: Option<&str>, at_us: i64) -> Result<bool, CaseError> {
        self.write(|tx| {
            let changed = match body {
                Some(body) => tx.execute(
                    "INSERT INTO deeper (card, at_us, body) VALUES (?1, ?2, ?3)
                     ON CONFLICT (card) DO UPDATE SET at_us = ?2, body = ?3",
                    params![card, at_us, body],
                )?,
                None => tx.execute("DELETE FROM deeper WHERE card = ?1", [card])?,
            };
            Ok(changed > 0)
        })
    }

    /// What was found, by card.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn deeper(&self) -> Result<Vec<(String, String)>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare("SELECT card, body FROM deeper ORDER BY card")?;
            let rows = ask.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }
}
