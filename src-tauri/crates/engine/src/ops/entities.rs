//! What the events are about: their fields, and the most frequent values of fields.

use crate::error::usage;
use crate::session::{Engine, OpenCase, filter_of, range_of};
use crate::wire::{ApiError, FieldRow, FieldRows, Selection, TopAsk, TopLists, TopValues, ValueCount};
use timberline_model::{Answer, Ctx, FieldStat, Filter, Metric, Plan, Query, StoreError, TimeRange, TopRow};

/// Most fields in one question.
const FIELDS_MAX: usize = 50;
/// Most values of a field in one answer to the window.
const VALUES_MAX: u32 = 10_000;

/// Every field that the selected events have, by name.
///
/// # Errors
/// What the case says.
pub fn field_stats(open: &OpenCase, range: TimeRange, filter: Filter) -> Result<Vec<FieldStat>, ApiError> {
    match open.events().run(&Query { range, filter, plan: Plan::Fields }, &Ctx::default())? {
        Answer::Fields(mut fields) => {
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(fields)
        }
        _ => Err(StoreError::Other("the store gave another kind of answer than fields".to_owned()).into()),
    }
}

/// The values (or combinations) of fields that have the greatest metric.
///
/// # Errors
/// What the case says.
pub fn ranking(
    open: &OpenCase,
    range: TimeRange,
    filter: Filter,
    by: &[String],
    metric: Metric,
    limit: u32,
) -> Result<Vec<TopRow>, ApiError> {
    let plan = Plan::Top { by: by.to_vec(), metric, limit };
    match open.events().run(&Query { range, filter, plan }, &Ctx::default())? {
        Answer::Top(rows) => Ok(rows),
        _ => Err(StoreError::Other("the store gave another kind of answer than a ranking".to_owned()).into()),
    }
}

/// The fields that the selected events have.
///
/// # Errors
/// `no_case`, `bad_query`, `usage`.
pub fn fields(engine: &Engine, ask: Selection) -> Result<FieldRows, ApiError> {
    let open = engine.case()?;
    let stats = field_stats(&open, range_of(ask.from_us, ask.to_us)?, filter_of(&ask.query)?)?;
    let row = |f: FieldStat| FieldRow { name: f.name, kind: f.kind, events: f.events, distinct: f.distinct };
    Ok(FieldRows { rows: stats.into_iter().map(row).collect() })
}

/// Most frequent values of fields.
///
/// # Errors
/// `no_case`, `bad_query`, `usage`.
pub fn top(engine: &Engine, ask: TopAsk) -> Result<TopLists, ApiError> {
    let open = engine.case()?;
    if ask.fields.len() > FIELDS_MAX {
        return Err(usage(&format!("at most {FIELDS_MAX} fields in one question")));
    }
    let (range, filter) = (range_of(ask.from_us, ask.to_us)?, filter_of(&ask.query)?);
    let mut rows = Vec::with_capacity(ask.fields.len());
    for field in ask.fields {
        let by = [field.clone()];
        let ranked = ranking(&open, range, filter.clone(), &by, Metric::Count, ask.limit.min(VALUES_MAX))?;
        let values = ranked.into_iter().filter_map(|mut row| {
            let value = if row.values.is_empty() { None } else { Some(row.values.swap_remove(0)) };
            value.map(|value| ValueCount { value, count: row.count })
        });
        rows.push(TopValues { field, values: values.collect() });
    }
    Ok(TopLists { rows })
}
