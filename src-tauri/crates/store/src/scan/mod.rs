//! Answers questions over segments.

pub(crate) mod catalog;

use crate::case::Case;
use timberline_model::{Answer, Batch, Ctx, EventStore, Filter, Query, StoreError, TimeRange};

impl EventStore for Case {
    fn run(&self, _query: &Query, _ctx: &Ctx<'_>) -> Result<Answer, StoreError> {
        Err(StoreError::Other("being written".into()))
    }
    fn scan(
        &self,
        _range: TimeRange,
        _filter: &Filter,
        _fields: &[&str],
        _ctx: &Ctx<'_>,
        _take: &mut dyn FnMut(&Batch) -> bool,
    ) -> Result<(), StoreError> {
        Err(StoreError::Other("being written".into()))
    }
}
