//! What the analyst made of cards: one verdict a card, the last one stands.

use crate::case::Case;
use crate::error::{CaseError, corrupt};
use rusqlite::params;
use timberline_model::Status;

/// A verdict on a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// The card's (finding's) id.
    pub card: String,
    /// The verdict.
    pub status: Status,
    /// Why, in the analyst's words; may be empty.
    pub reason: String,
    /// When it was given, microseconds since 1970 UTC.
    pub at_us: i64,
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Confirmed => "confirmed",
        Status::FalsePositive => "false_positive",
        Status::Muted => "muted",
    }
}

fn status(word: &str) -> Result<Status, CaseError> {
    [Status::Open, Status::Confirmed, Status::FalsePositive, Status::Muted]
        .into_iter()
        .find(|s| self::word(*s) == word)
        .ok_or_else(|| corrupt(format!("unknown verdict {word:?}")).into())
}

impl Case {
    /// Keeps a verdict on a card; it stays also when the findings are made anew.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn set_feedback(
        &self,
        card: &str,
        status: Status,
        reason: &str,
        at_us: i64,
    ) -> Result<(), CaseError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO feedback (card, status, reason, at_us) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (card) DO UPDATE SET status = ?2, reason = ?3, at_us = ?4",
                params![card, word(status), reason, at_us],
            )?;
            Ok(())
        })
    }

    /// All verdicts, by card.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn feedback(&self) -> Result<Vec<Feedback>, CaseError> {
        let rows = self.read(|db| {
            let mut ask = db.prepare("SELECT card, status, reason, at_us FROM feedback ORDER BY card")?;
            let rows = ask.query_map([], |r| {
                Ok((
                    r.get::<_, String>(0)?,
                    r.get::<_, String>(1)?,
                    r.get::<_, String>(2)?,
                    r.get::<_, i64>(3)?,
                ))
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        rows.into_iter()
            .map(|(card, s, reason, at_us)| Ok(Feedback { card, status: status(&s)?, reason, at_us }))
            .collect()
    }
}
