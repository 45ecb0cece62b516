//! Answers questions over segments: [`Case`] as an [`EventStore`], equal in all to
//! `timberline_model::reference`. How segments are laid out is `segment`'s.

mod batch;
mod bins;
pub(crate) mod catalog;
mod coded;
mod fields;
mod intern;
mod page;
mod rank;
mod rawsearch;
mod reader;
mod select;
mod snapshot;
mod test;

use crate::case::Case;
use bins::{BINS, Bins, CELLS, Shape, matrix};
use fields::{Gathering, Seed};
use rank::Ranking;
use reader::Open;
use select::Select;
use snapshot::Snapshot;
use std::sync::Arc;
use timberline_model::reference::sort_series;
use timberline_model::{
    Answer, Batch, Columns, Ctx, EventStore, Filter, Histogram, Metric, NO_TIME, Plan, Query, Series, Span,
    StoreError, TimeRange,
};

/// How many threads a plan may take, where its parts can be put together in any way.
const MANY: usize = 2;

impl EventStore for Case {
    fn run(&self, query: &Query, ctx: &Ctx<'_>) -> Result<Answer, StoreError> {
        ctx.check()?;
        let mut snapshot = self.snapshot()?;
        let select = Select::new(query.range, &query.filter);
        let answer = match &query.plan {
            Plan::Count => Answer::Count(span(&mut snapshot, &select, ctx, false)?.events),
            Plan::Span => Answer::Span(span(&mut snapshot, &select, ctx, true)?),
            Plan::Histogram { from_ns, step_ns, bins, by, max_series } => {
                let shape = shape(*from_ns, *step_ns, *bins, by.clone())?;
                let series = histogram(&mut snapshot, &select, &shape, *max_series as usize, ctx)?;
                Answer::Histogram(Histogram { from_ns: *from_ns, step_ns: *step_ns, series })
            }
            Plan::Baseline { by, from_ns, step_ns, bins } => {
                let shape = shape(*from_ns, *step_ns, *bins, Some(by.clone()))?;
                let counted = bins_of(&mut snapshot, &select, &shape, None, ctx)?;
                if counted.overflown {
                    return Err(StoreError::BadQuery(format!(
                        "{by} has too many values to count each in {bins} buckets; narrow the range or the filter"
                    )));
                }
                let mut series = counted.lines();
                series.retain(|s| s.value.is_some());
                series.sort_by(|a, b| a.value.cmp(&b.value));
                Answer::Histogram(Histogram { from_ns: *from_ns, step_ns: *step_ns, series })
            }
            Plan::Top { by, metric, limit } => {
                Answer::Top(ranking(&mut snapshot, &select, by, metric, ctx)?.top(*limit))
            }
            Plan::Rare { by, max_count, limit } => {
                let ranking = ranking(&mut snapshot, &select, by, &Metric::Count, ctx)?;
                Answer::Top(ranking.rare(*max_count, *limit))
            }
            Plan::Matrix { offsets } => {
                let parts = snapshot.fold(
                    &select,
                    MANY,
                    ctx,
                    || Box::new([[0u64; 24]; 7]),
                    |hours, open, rows| matrix(hours, offsets, open, rows),
                )?;
                let mut sum = Box::new([[0; 24]; 7]);
                for part in parts {
                    let cells = part.iter().flatten();
                    sum.iter_mut().flatten().zip(cells).for_each(|(a, b)| *a += b);
                }
                Answer::Matrix(sum)
            }
            Plan::Page { from, reverse, limit, columns, raw } => {
                Answer::Page(snapshot.page(&select, from, *reverse, *limit, columns, *raw, ctx)?)
            }
            Plan::Get { ids } => Answer::Events(snapshot.events(ids, &Columns::All, true, ctx)?),
            Plan::Fields => {
                let seed = Seed::default();
                let parts = snapshot.fold(&select, MANY, ctx, || Gathering::new(&seed), Gathering::step)?;
                let fields = parts.into_iter().reduce(|mut a, b| {
                    a.merge(b);
                    a
                });
                Answer::Fields(fields.map(Gathering::stats).unwrap_or_default())
            }
        };
        Ok(answer)
    }

    fn scan(
        &self,
        range: TimeRange,
        filter: &Filter,
        fields: &[&str],
        ctx: &Ctx<'_>,
        take: &mut dyn FnMut(&Batch) -> bool,
    ) -> Result<(), StoreError> {
        ctx.check()?;
        let mut snapshot = self.snapshot()?;
        let select = Select::new(range, filter);
        let catalog = Arc::clone(&snapshot.catalog);
        for (segment, all) in snapshot.candidates(&select) {
            ctx.check()?;
            let Some(worker) = snapshot.workers.first_mut() else { break };
            let mut open = Open::new(worker, &segment, catalog.path(segment.source));
            let rows = select.rows(&mut open, all)?;
            if !rows.is_empty() && !take(&batch::batch(&mut open, &rows, fields)?) {
                break;
            }
        }
        Ok(())
    }
}

fn span(
    snapshot: &mut Snapshot<'_>,
    select: &Select,
    ctx: &Ctx<'_>,
    times: bool,
) -> Result<Span, StoreError> {
    let parts = snapshot.fold(select, MANY, ctx, Span::default, |span, open, rows| {
        let directory = &open.meta.directory;
        let (count, whole) = (rows.count() as u64, rows.is_full());
        let mut part = Span { events: count, ..Span::default() };
        if times && whole {
            part.undated = count - u64::from(directory.dated);
            if directory.dated > 0 {
                (part.first_ns, part.last_ns) = (Some(directory.times.0), Some(directory.times.1));
            }
        } else if times {
            let times = open.times()?;
            for row in rows.rows() {
                match times[row] {
                    NO_TIME => part.undated += 1,
                    ns => {
                        part.first_ns = Some(part.first_ns.map_or(ns, |f| f.min(ns)));
                        part.last_ns = Some(part.last_ns.map_or(ns, |l| l.max(ns)));
                    }
                }
            }
        }
        *span = both(*span, part);
        Ok(())
    })?;
    Ok(parts.into_iter().fold(Span::default(), both))
}

fn both(a: Span, b: Span) -> Span {
    Span {
        events: a.events + b.events,
        undated: a.undated + b.undated,
        first_ns: a.first_ns.into_iter().chain(b.first_ns).min(),
        last_ns: a.last_ns.into_iter().chain(b.last_ns).max(),
    }
}

fn shape(from_ns: i64, step_ns: i64, bins: u32, by: Option<String>) -> Result<Shape, StoreError> {
    if bins > BINS {
        return Err(StoreError::BadQuery(format!("a histogram has at most {BINS} buckets, not {bins}")));
    }
    Ok(Shape { from_ns, step_ns, bins, by })
}

fn bins_of(
    snapshot: &mut Snapshot<'_>,
    select: &Select,
    shape: &Shape,
    only: Option<&[Option<timberline_model::Value>]>,
    ctx: &Ctx<'_>,
) -> Result<Bins, StoreError> {
    let start = || only.map_or_else(|| Bins::new(shape), |chosen| Bins::only(shape, chosen));
    let parts = snapshot.fold(select, MANY, ctx, start, Bins::step)?;
    let sum = parts.into_iter().reduce(|mut a, b| {
        a.merge(b);
        a
    });
    Ok(sum.unwrap_or_else(start))
}

/// The greatest lines. Where there are too many values to count all of them in all buckets at once, the
/// greatest are found first and counted in a second pass.
fn histogram(
    snapshot: &mut Snapshot<'_>,
    select: &Select,
    shape: &Shape,
    max_series: usize,
    ctx: &Ctx<'_>,
) -> Result<Vec<Series>, StoreError> {
    let counted = bins_of(snapshot, select, shape, None, ctx)?;
    let mut series = if counted.overflown {
        let chosen: Vec<_> = counted.greatest(max_series).into_iter().map(|s| s.value).collect();
        if chosen.len().saturating_mul(shape.bins as usize) > CELLS * 4 {
            return Err(StoreError::BadQuery(
                "too many series in too many buckets; ask for fewer of either".to_owned(),
            ));
        }
        bins_of(snapshot, select, shape, Some(&chosen), ctx)?.lines()
    } else {
        counted.lines()
    };
    sort_series(&mut series);
    series.truncate(max_series);
    Ok(series)
}

fn ranking(
    snapshot: &mut Snapshot<'_>,
    select: &Select,
    by: &[String],
    metric: &Metric,
    ctx: &Ctx<'_>,
) -> Result<Ranking, StoreError> {
    if by.is_empty() || by.len() > 3 {
        return Err(StoreError::BadQuery(format!("a ranking is by one to three fields, not {}", by.len())));
    }
    // Fractions do not add up the same in another order: sums take one thread.
    let threads = if matches!(metric, Metric::Sum(_)) { 1 } else { MANY };
    let parts = snapshot.fold(select, threads, ctx, || Ranking::new(by, metric), Ranking::step)?;
    let sum = parts.into_iter().reduce(|mut a, b| {
        a.merge(b);
        a
    });
    Ok(sum.unwrap_or_else(|| Ranking::new(by, metric)))
}
