//! The second look: the rows of one filter, in time order, for a card that has been decided on. What is gathered for the first look
//! is compact and keeps no rows; this reads few rows with their texts.

use crate::{DetectError, Seen};
use timberline_model::{EventId, Filter, NO_TIME};

/// The most rows that one card looks at.
const MOST: usize = 2_000_000;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// When, ns; [`NO_TIME`] where it is undated.
    pub time: i64,
    /// Which event.
    pub id: EventId,
    texts: Box<[Option<Box<str>>]>,
}

impl Row {
    /// The text of the n-th field that was asked for.
    #[must_use]
    pub fn text(&self, n: usize) -> &str {
        self.texts.get(n).and_then(Option::as_deref).unwrap_or_default()
    }
}

impl Seen<'_> {
    /// The rows of a filter with these fields, in time order, undated ones last.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn rows(&self, filter: &Filter, fields: &[&str]) -> Result<Vec<Row>, DetectError> {
        let mut rows: Vec<Row> = Vec::new();
        self.events.scan(self.range, filter, fields, self.ctx, &mut |batch| {
            for (row, (id, time)) in batch.ids.iter().zip(&batch.times).enumerate() {
                let text = |at: usize| {
                    let column = batch.columns.get(at)?;
                    match column.text(row) {
                        Some(text) => Some(text.into()),
                        None => column.value(row).map(|v| v.show().into()),
                    }
                };
                rows.push(Row { time: *time, id: *id, texts: (0..fields.len()).map(text).collect() });
            }
            rows.len() < MOST
        })?;
        self.ctx.check()?;
        rows.sort_by_key(|r| (r.time == NO_TIME, r.time, r.id));
        Ok(rows)
    }
}
