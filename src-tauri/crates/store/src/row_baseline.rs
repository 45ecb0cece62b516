//! The yardstick of the benchmark: what a case would be as a table with a row an event. Text columns, an index on
//! time and one on `source.ip`, fed through the same [`Sink`], so that the same parser writes both. Only for
//! measuring; nothing of Timberline reads it.

use crate::error::CaseError;
use rusqlite::{Connection, params_from_iter};
use std::path::Path;
use timberline_model::record::ValueRef;
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink};

/// Rows a transaction: as many as a segment has.
const BATCH: u64 = 65_536;

/// The fields that have a column; what else a record has is only in its raw text.
const COLUMNS: &[&str] = &[
    "source.ip",
    "user.name",
    "http.request.method",
    "url.original",
    "http.version",
    "http.response.status_code",
    "http.response.body.bytes",
    "http.request.referrer",
    "user_agent.original",
];

/// A row-per-event table being filled.
pub struct RowTable {
    db: Connection,
    names: FieldNames,
    columns: Vec<FieldId>,
    rows: u64,
    failure: Option<rusqlite::Error>,
}

impl RowTable {
    /// A new table in a new file, with its two indexes, as a table that can be asked while it fills has them.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> Result<Self, CaseError> {
        let db = Connection::open(path)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;
             CREATE TABLE event (id INTEGER PRIMARY KEY, time INTEGER, line INTEGER, offset INTEGER, raw TEXT,
                 c0 TEXT, c1 TEXT, c2 TEXT, c3 TEXT, c4 TEXT, c5 TEXT, c6 TEXT, c7 TEXT, c8 TEXT);
             CREATE INDEX event_time ON event (time);
             CREATE INDEX event_source_ip ON event (c0);
             BEGIN",
        )?;
        let mut names = FieldNames::default();
        let columns = COLUMNS.iter().filter_map(|name| names.id(name)).collect();
        Ok(Self { db, names, columns, rows: 0, failure: None })
    }

    /// Ends the last transaction and gives the number of rows.
    ///
    /// # Errors
    /// When any of it could not be written.
    pub fn finish(mut self) -> Result<u64, CaseError> {
        if let Some(error) = self.failure.take() {
            return Err(error.into());
        }
        self.db.execute_batch("COMMIT")?;
        crate::case::checkpoint(&self.db)?;
        Ok(self.rows)
    }

    /// Counts by minute over all rows; gives the number of minutes.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn histogram(path: &Path) -> Result<usize, CaseError> {
        let db = Connection::open(path)?;
        let mut ask =
            db.prepare("SELECT time / 60000000000 AS minute, count(*) FROM event GROUP BY minute")?;
        Ok(ask.query_map([], |r| r.get::<_, Option<i64>>(0))?.count())
    }

    /// The most frequent `source.ip` of events with status 404, with its count.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn top_source_of_404(path: &Path) -> Result<(String, u64), CaseError> {
        let db = Connection::open(path)?;
        let row = db.query_row(
            "SELECT c0, count(*) AS n FROM event WHERE c5 = '404' AND c0 IS NOT NULL
             GROUP BY c0 ORDER BY n DESC, c0 LIMIT 1",
            [],
            |r| Ok((r.get(0)?, r.get::<_, i64>(1)?)),
        )?;
        Ok((row.0, u64::try_from(row.1).unwrap_or(0)))
    }

    fn insert(&mut self, record: &Record<'_>) -> rusqlite::Result<()> {
        let mut put = self.db.prepare_cached(
            "INSERT INTO event (time, line, offset, raw, c0, c1, c2, c3, c4, c5, c6, c7, c8)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        let text = |id: &FieldId| {
            record.fields.get(*id).map(|value| match value {
                ValueRef::Text(text) => text.to_owned(),
                number => number.to_value().show(),
            })
        };
        let head: [rusqlite::types::Value; 4] = [
            record.time.map(|t| t.ns).into(),
            (record.line as i64).into(),
            (record.offset as i64).into(),
            String::from_utf8_lossy(record.raw).into_owned().into(),
        ];
        put.execute(params_from_iter(head.into_iter().chain(self.columns.iter().map(|id| text(id).into()))))?;
        self.rows += 1;
        if self.rows.is_multiple_of(BATCH) {
            self.db.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }
}

impl Sink for RowTable {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        match self.insert(record) {
            Ok(()) => Flow::Continue,
            Err(error) => {
                self.failure = Some(error);
                Flow::Stop
            }
        }
    }

    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        Flow::Continue
    }

    fn filler(&mut self, _bytes: u64) {}
}
