//! What people and detectors write, and the list of sources: one file a table. Events are not here;
//! they are in segments.

pub(crate) mod audit;
pub(crate) mod deeper;
pub(crate) mod effects;
pub(crate) mod feedback;
pub(crate) mod findings;
pub(crate) mod marks;
pub(crate) mod notes;
pub(crate) mod problems;
pub(crate) mod prompts;
pub(crate) mod sources;
pub(crate) mod turns;

/// A count as SQLite keeps it.
pub(crate) fn sql(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A count as SQLite kept it.
pub(crate) fn count(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|n| u64::try_from(n).unwrap_or(0))
}
