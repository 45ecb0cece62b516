//! Evidence by its query: a finding's ids and their number are what its query gives, never a list kept beside it.

use crate::draft::Draft;
use crate::{DetectError, Seen};
use timberline_model::{Filter, Finding, NO_TIME, kql};

/// Moments kept for a chart; the count goes on beyond.
const MOMENTS: usize = 1 << 20;

impl Seen<'_> {
    /// Makes the rows of a filter the evidence of a draft, and gives their times in order for its chart.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn attach(&self, draft: &mut Draft, filter: &Filter) -> Result<Vec<i64>, DetectError> {
        let (mut times, mut ids, mut count) = (Vec::new(), Vec::new(), 0u64);
        self.events.scan(self.range, filter, &[], self.ctx, &mut |batch| {
            count += batch.ids.len() as u64;
            for (id, time) in batch.ids.iter().zip(&batch.times) {
                if times.len() < MOMENTS && *time != NO_TIME {
                    times.push(*time);
                }
                if ids.len() < Finding::EVIDENCE_MAX {
                    ids.push(*id);
                }
            }
            true
        })?;
        self.ctx.check()?;
        times.sort_unstable();
        draft.finding.query = kql::render(filter);
        draft.finding.evidence_count = count;
        draft.finding.evidence = ids;
        Ok(times)
    }

    /// How many rows a filter gives.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn count(&self, filter: Filter) -> Result<u64, DetectError> {
        Ok(self.events.count(self.range, filter, self.ctx)?)
    }
}
