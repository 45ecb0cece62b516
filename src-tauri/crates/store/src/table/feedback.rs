//! What the analyst made of cards: one verdict a card, the last one stands; verdicts with a scope that hold for similar cards; and
//! every act in order, so that the last can be taken back. Which cards a scope means is the engine's.

use super::sql;
use crate::case::Case;
use crate::error::{CaseError, corrupt};
use rusqlite::{OptionalExtension, Row, Transaction, params};
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
    /// The kind under which it was counted in the memory of all cases; empty where it was not.
    pub kind: String,
}

/// A verdict that holds for similar cards.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackRule {
    /// Its number.
    pub id: u64,
    /// The card on which it was given.
    pub card: String,
    /// The verdict.
    pub status: Status,
    /// Why; may be empty.
    pub reason: String,
    /// Which cards, as the engine writes it.
    pub scope: String,
    /// When it was given, microseconds since 1970 UTC.
    pub at_us: i64,
    /// Until when it holds; for ever where absent.
    pub expires_us: Option<i64>,
}

/// Something that the analyst did to a card.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackAct {
    /// Its number.
    pub id: u64,
    /// When, microseconds since 1970 UTC.
    pub at_us: i64,
    /// The card.
    pub card: String,
    /// What was given: a word of the engine's.
    pub verdict: String,
    /// What it did, in words.
    pub said: String,
    /// Whether it was taken back.
    pub undone: bool,
    /// The card's verdict before it.
    pub before: Option<Feedback>,
}

/// What an act changes.
#[derive(Clone, Debug, Default)]
pub struct FeedbackChange {
    /// The card's own verdict from now on; as it is where absent.
    pub verdict: Option<Feedback>,
    /// A new rule; its number is given by the case.
    pub rule: Option<FeedbackRule>,
    /// Rules that are in force no more.
    pub without: Vec<u64>,
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

type Words = (String, String, String, i64, String);

fn words(row: &Row<'_>) -> rusqlite::Result<Words> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

fn verdict((card, s, reason, at_us, kind): Words) -> Result<Feedback, CaseError> {
    Ok(Feedback { card, status: status(&s)?, reason, at_us, kind })
}

fn put(tx: &Transaction<'_>, f: &Feedback) -> Result<(), CaseError> {
    tx.execute(
        "INSERT INTO feedback (card, status, reason, at_us, kind) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (card) DO UPDATE SET status = ?2, reason = ?3, at_us = ?4, kind = ?5",
        params![f.card, word(f.status), f.reason, f.at_us, f.kind],
    )?;
    Ok(())
}

impl Case {
    /// Does something to a card, whole or not at all; the verdict stays also when the findings are made anew. Gives the act's number.
    ///
    /// # Errors
    /// When the case cannot be written.
    pub fn act_on_card(
        &self,
        (card, verdict, said): (&str, &str, &str),
        change: &FeedbackChange,
        at_us: i64,
    ) -> Result<u64, CaseError> {
        self.write(|tx| {
            let before = tx
                .query_row("SELECT card, status, reason, at_us, kind FROM feedback WHERE card = ?1", [card], words)
                .optional()?;
            let (status, reason, at, kind) =
                before.map_or((None, None, None, None), |b| (Some(b.1), Some(b.2), Some(b.3), Some(b.4)));
            tx.execute(
                "INSERT INTO feedback_act (at_us, card, verdict, said, before_status, before_reason, before_at_us,
                 before_kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![at_us, card, verdict, said, status, reason, at, kind],
            )?;
            let act = tx.last_insert_rowid();
            if let Some(verdict) = &change.verdict {
                put(tx, verdict)?;
            }
            for rule in &change.without {
                tx.execute(
                    "UPDATE feedback_rule SET gone = ?1 WHERE id = ?2 AND gone IS NULL",
                    params![act, sql(*rule)],
                )?;
            }
            if let Some(r) = &change.rule {
                tx.execute(
                    "INSERT INTO feedback_rule (act, card, status, reason, scope, at_us, expires_us)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![act, r.card, word(r.status), r.reason, r.scope, r.at_us, r.expires_us],
                )?;
            }
            Ok(u64::try_from(act).unwrap_or(0))
        })
    }

    /// Takes an act back: the card's verdict before it stands again, its rule is in force no more, rules that it took back are.
    ///
    /// # Errors
    /// When the case cannot be read or written.
    pub fn undo_act(&self, act: &FeedbackAct) -> Result<(), CaseError> {
        let id = sql(act.id);
        self.write(|tx| {
            match &act.before {
                Some(before) => put(tx, before)?,
                None => {
                    tx.execute("DELETE FROM feedback WHERE card = ?1", [&act.card])?;
                }
            }
            tx.execute("UPDATE feedback_rule SET gone = NULL WHERE gone = ?1", [id])?;
            tx.execute("UPDATE feedback_rule SET gone = ?1 WHERE act = ?1", [id])?;
            tx.execute("UPDATE feedback_act SET undone = 1 WHERE id = ?1", [id])?;
            Ok(())
        })
    }

    /// All verdicts, by card.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn feedback(&self) -> Result<Vec<Feedback>, CaseError> {
        let rows = self.read(|db| {
            let mut ask =
                db.prepare("SELECT card, status, reason, at_us, kind FROM feedback ORDER BY card")?;
            let rows = ask.query_map([], words)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        rows.into_iter().map(verdict).collect()
    }

    /// The rules that nobody took back, earliest first; expired ones too.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn feedback_rules(&self) -> Result<Vec<FeedbackRule>, CaseError> {
        let rows = self.read(|db| {
            let mut ask = db.prepare(
                "SELECT id, card, status, reason, scope, at_us, expires_us FROM feedback_rule
                 WHERE gone IS NULL ORDER BY id",
            )?;
            let rows = ask.query_map([], |r| {
                let rule = FeedbackRule {
                    id: super::count(r, 0)?,
                    card: r.get(1)?,
                    status: Status::Open,
                    reason: r.get(3)?,
                    scope: r.get(4)?,
                    at_us: r.get(5)?,
                    expires_us: r.get(6)?,
                };
                Ok((rule, r.get::<_, String>(2)?))
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        rows.into_iter().map(|(rule, word)| Ok(FeedbackRule { status: status(&word)?, ..rule })).collect()
    }

    /// Every act, earliest first; those taken back too.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn feedback_acts(&self) -> Result<Vec<FeedbackAct>, CaseError> {
        let rows = self.read(|db| {
            let mut ask = db.prepare(
                "SELECT id, at_us, card, verdict, said, undone, before_status, before_reason, before_at_us, before_kind
                 FROM feedback_act ORDER BY id",
            )?;
            let rows = ask.query_map([], |r| {
                let card: String = r.get(2)?;
                let before = match r.get::<_, Option<String>>(6)? {
                    Some(status) => Some((
                        card.clone(),
                        status,
                        r.get::<_, Option<String>>(7)?.unwrap_or_default(),
                        r.get::<_, Option<i64>>(8)?.unwrap_or_default(),
                        r.get::<_, Option<String>>(9)?.unwrap_or_default(),
                    )),
                    None => None,
                };
                let act = FeedbackAct {
                    id: super::count(r, 0)?,
                    at_us: r.get(1)?,
                    card,
                    verdict: r.get(3)?,
                    said: r.get(4)?,
                    undone: r.get::<_, i64>(5)? != 0,
                    before: None,
                };
                Ok((act, before))
            })?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        rows.into_iter()
            .map(|(act, before)| Ok(FeedbackAct { before: before.map(verdict).transpose()?, ..act }))
            .collect()
    }
}
