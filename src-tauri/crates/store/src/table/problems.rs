//! What could not be read, with its place. The first [`KEPT`] of a source are kept; the source counts all.

use super::{count, sql};
use crate::case::Case;
use crate::error::{CaseError, corrupt};
use rusqlite::{Connection, params};
use timberline_model::{Problem, ProblemKind};

/// How many problems of one source are kept with their place and words.
pub(crate) const KEPT: u64 = 10_000;

const WORDS: &[(ProblemKind, &str)] = &[
    (ProblemKind::Unreadable, "unreadable"),
    (ProblemKind::UnknownFormat, "unknown_format"),
    (ProblemKind::NoEvents, "no_events"),
    (ProblemKind::Malformed, "malformed"),
    (ProblemKind::BadTime, "bad_time"),
    (ProblemKind::Truncated, "truncated"),
    (ProblemKind::Encoding, "encoding"),
    (ProblemKind::Limit, "limit"),
    (ProblemKind::Password, "password"),
    (ProblemKind::Refused, "refused"),
    (ProblemKind::Changed, "changed"),
    (ProblemKind::Assumed, "assumed"),
];

fn word(kind: ProblemKind) -> &'static str {
    WORDS.iter().find(|(k, _)| *k == kind).map_or("malformed", |(_, w)| w)
}

/// Keeps problems; part of the transaction that keeps the events read beside them.
pub(crate) fn insert(db: &Connection, problems: &[Problem]) -> rusqlite::Result<()> {
    let mut put = db.prepare_cached(
        "INSERT INTO problem (source, line, offset, kind, message, excerpt) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for p in problems {
        put.execute(params![p.source, sql(p.line), sql(p.offset), word(p.kind), p.message, p.excerpt])?;
    }
    Ok(())
}

impl Case {
    /// A page of problems, of one source or of all, in the order they were met, and how many are kept.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn problems(
        &self,
        source: Option<u32>,
        offset: u64,
        limit: u32,
    ) -> Result<(Vec<Problem>, u64), CaseError> {
        let (rows, kept) = self.read(|db| {
            let kept = db.query_row(
                "SELECT count(*) FROM problem WHERE ?1 IS NULL OR source = ?1",
                [source],
                |r| count(r, 0),
            )?;
            let mut ask = db.prepare(
                "SELECT source, line, offset, kind, message, excerpt FROM problem
                 WHERE ?1 IS NULL OR source = ?1 ORDER BY source, id LIMIT ?2 OFFSET ?3",
            )?;
            let rows = ask.query_map(params![source, limit, sql(offset)], |r| {
                let kind: String = r.get(3)?;
                let problem = Problem {
                    source: r.get(0)?,
                    line: count(r, 1)?,
                    offset: count(r, 2)?,
                    kind: ProblemKind::Malformed,
                    message: r.get(4)?,
                    excerpt: r.get(5)?,
                };
                Ok((problem, kind))
            })?;
            Ok((rows.collect::<Result<Vec<_>, _>>()?, kept))
        })?;
        let rows = rows.into_iter().map(|(mut problem, kind)| {
            let known = WORDS.iter().find(|(_, w)| *w == kind);
            problem.kind = known.ok_or_else(|| corrupt(format!("unknown kind of problem {kind:?}")))?.0;
            Ok(problem)
        });
        Ok((rows.collect::<Result<Vec<_>, CaseError>>()?, kept))
    }
}
