//! What happened to the prompts of a case: shown, taken, dismissed, and what they led to; each once a prompt.

use super::sql;
use crate::case::Case;
use crate::error::CaseError;
use rusqlite::params;

/// Something that happened to a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptAct {
    /// The prompt's id.
    pub prompt: String,
    /// What happened: a word of the engine's.
    pub act: String,
    /// The prompt's kind.
    pub kind: String,
    /// The card it came from.
    pub card: Option<String>,
    /// The turn of the chat in which it was asked.
    pub turn: Option<u64>,
    /// When, microseconds since 1970 UTC.
    pub at_us: i64,
}

impl Case {
    /// Notes what happened to a prompt; false where that was noted before (the turn is then the latest).
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn add_prompt_act(&self, act: &PromptAct) -> Result<bool, CaseError> {
        self.write(|tx| {
            let new = tx.execute(
                "INSERT INTO prompt_act (prompt, act, kind, card, turn, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (prompt, act) DO NOTHING",
                params![act.prompt, act.act, act.kind, act.card, act.turn.map(sql), act.at_us],
            )?;
            if new == 0 && act.turn.is_some() {
                tx.execute(
                    "UPDATE prompt_act SET turn = ?3 WHERE prompt = ?1 AND act = ?2",
                    params![act.prompt, act.act, act.turn.map(sql)],
                )?;
            }
            Ok(new > 0)
        })
    }

    /// Takes back what was noted; false where it was not.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn remove_prompt_act(&self, prompt: &str, act: &str) -> Result<bool, CaseError> {
        self.write(|tx| {
            let gone =
                tx.execute("DELETE FROM prompt_act WHERE prompt = ?1 AND act = ?2", params![prompt, act])?;
            Ok(gone > 0)
        })
    }

    /// All that happened to prompts, earliest first.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn prompt_acts(&self) -> Result<Vec<PromptAct>, CaseError> {
        self.read(|db| {
            let mut ask = db.prepare(
                "SELECT prompt, act, kind, card, turn, at_us FROM prompt_act ORDER BY at_us, prompt, act",
            )?;
            let rows = ask.query_map([], |r| {
                Ok(PromptAct {
                    prompt: r.get(0)?,
                    act: r.get(1)?,
                    kind: r.get(2)?,
                    card: r.get(3)?,
                    turn: r.get::<_, Option<i64>>(4)?.and_then(|n| u64::try_from(n).ok()),
                    at_us: r.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }
}
