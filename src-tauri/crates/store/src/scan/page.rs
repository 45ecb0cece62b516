//! Events in time order, from anywhere in the case, without putting the whole case in order.
//!
//! The place of an event in time order is a [`Place`], one number that is smaller for earlier events (for
//! later ones, where the page runs backwards). A page is then the smallest places from a bound on; segments
//! whose times are out of reach are not opened. For the n-th event, matching events are counted in ever
//! narrower buckets of time until those in one bucket can be put in order.

use super::reader::Open;
use super::select::Select;
use super::snapshot::{Candidate, Snapshot};
use crate::segment::bitmap::Bitmap;
use std::collections::BinaryHeap;
use std::sync::Arc;
use timberline_model::field::virtual_field;
use timberline_model::{Columns, Ctx, Event, EventId, NO_TIME, Page, PageFrom, StoreError, Value};

/// Buckets of one narrowing.
const BUCKETS: usize = 4_096;
/// So many places may be put in order at once.
const SORTABLE: u64 = 1 << 20;
/// No page is greater.
const LIMIT: usize = 1 << 20;

/// A place in the page's order: the time above, the event's number below.
type Place = u128;

/// The direction of a page.
#[derive(Clone, Copy)]
struct Order {
    reverse: bool,
}

impl Order {
    /// The time's part of a place: dated before undated, then by time; the other way round in reverse.
    fn time(self, ns: i64) -> u64 {
        let forward = if ns == NO_TIME { u64::MAX } else { (ns as u64 ^ 1 << 63).saturating_sub(1) };
        if self.reverse { !forward } else { forward }
    }

    fn place(self, ns: i64, id: EventId) -> Place {
        let id = if self.reverse { !id.0 } else { id.0 };
        Place::from(self.time(ns)) << 64 | Place::from(id)
    }

    fn id(self, place: Place) -> EventId {
        let id = place as u64;
        EventId(if self.reverse { !id } else { id })
    }

    /// Least and greatest time part in a segment.
    fn bounds(self, directory: &crate::segment::directory::Directory, rows: usize) -> (u64, u64) {
        let (first, last) = directory.times;
        let dated = directory.dated as usize;
        let ends = match (dated, rows - dated) {
            (0, _) => [self.time(NO_TIME); 2],
            (_, 0) => [self.time(first), self.time(last)],
            _ => [self.time(first), self.time(NO_TIME)],
        };
        (ends[0].min(ends[1]), ends[0].max(ends[1]))
    }
}

impl Snapshot<'_> {
    /// A page of the selected events.
    #[allow(clippy::too_many_arguments, reason = "they are the parts of one plan")]
    pub(crate) fn page(
        &mut self,
        select: &Select,
        from: &PageFrom,
        reverse: bool,
        limit: u32,
        columns: &Columns,
        raw: bool,
        ctx: &Ctx<'_>,
    ) -> Result<Page, StoreError> {
        let order = Order { reverse };
        let limit = limit as usize;
        if limit > LIMIT {
            return Err(StoreError::BadQuery(format!("a page has at most {LIMIT} events")));
        }
        let start = match from {
            PageFrom::Start => 0,
            PageFrom::Time(NO_TIME) if reverse => return Ok(Page { events: Vec::new(), more: false }),
            PageFrom::Time(ns) if *ns == NO_TIME => 0,
            PageFrom::Time(ns) => Place::from(order.time(*ns)) << 64,
            PageFrom::After(id) => match self.time_of(*id)? {
                Some(ns) => order.place(ns, *id) + 1,
                None => 0,
            },
            PageFrom::Nth(n) => match self.nth(select, order, *n, ctx)? {
                Some(place) => place,
                None => return Ok(Page { events: Vec::new(), more: false }),
            },
        };
        let mut places = self.smallest(select, order, start, limit + 1, ctx)?;
        let more = places.len() > limit;
        places.truncate(limit);
        let ids: Vec<EventId> = places.into_iter().map(|p| order.id(p)).collect();
        Ok(Page { events: self.events(&ids, columns, raw, ctx)?, more })
    }

    /// The time of an event ([`NO_TIME`] of an undated one), where there is such an event.
    fn time_of(&mut self, id: EventId) -> Result<Option<i64>, StoreError> {
        let catalog = Arc::clone(&self.catalog);
        let (Some(segment), Some(worker)) = (catalog.holding(id), self.workers.first_mut()) else {
            return Ok(None);
        };
        let mut open = Open::new(worker, segment, catalog.path(segment.source));
        let times = open.times()?;
        Ok(segment.row(id).and_then(|row| times.get(row).copied()))
    }

    /// The `limit` smallest places from `start` on, in order.
    fn smallest(
        &mut self,
        select: &Select,
        order: Order,
        start: Place,
        limit: usize,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<Place>, StoreError> {
        let catalog = Arc::clone(&self.catalog);
        let mut candidates = self.candidates(select);
        candidates.sort_by_key(|(s, _)| order.bounds(&s.directory, s.rows).0);
        let mut heap: BinaryHeap<Place> = BinaryHeap::new();
        for (segment, all) in candidates {
            let (least, most) = order.bounds(&segment.directory, segment.rows);
            let worst = |heap: &BinaryHeap<Place>| match heap.peek() {
                Some(worst) if heap.len() >= limit => *worst,
                _ => Place::MAX,
            };
            if least > (worst(&heap) >> 64) as u64 {
                break; // Neither this segment nor those behind it have anything smaller.
            }
            if most < (start >> 64) as u64 {
                continue;
            }
            ctx.check()?;
            let Some(worker) = self.workers.first_mut() else { break };
            let mut open = Open::new(worker, &segment, catalog.path(segment.source));
            let times = open.times()?;
            let reach = worst(&heap);
            let within = Bitmap::of(times.len(), |row| {
                let place = order.place(times[row], segment.event(row));
                place >= start && place < reach
            });
            let rows = if all { within } else { select.rows_of(&mut open, within)? };
            for row in rows.rows() {
                let place = order.place(times[row], segment.event(row));
                if heap.len() < limit {
                    heap.push(place);
                } else if heap.peek().is_some_and(|worst| place < *worst) {
                    heap.pop();
                    heap.push(place);
                }
            }
        }
        Ok(heap.into_sorted_vec())
    }

    /// The place of the n-th selected event, from 0.
    fn nth(
        &mut self,
        select: &Select,
        order: Order,
        n: u64,
        ctx: &Ctx<'_>,
    ) -> Result<Option<Place>, StoreError> {
        let mut left = n;
        let candidates = self.candidates(select);
        let bounds = candidates.iter().map(|(s, _)| order.bounds(&s.directory, s.rows));
        let Some((mut least, mut most)) = bounds.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            return Ok(None);
        };
        // Undated events lie at one end of the scale, as far away as can be: look at them on their own.
        let undated = order.time(NO_TIME);
        if least != most && (least == undated || most == undated) {
            let there = self.count_between(select, &candidates, order, undated, undated, ctx)?;
            let dated = candidates.iter().filter(|(s, _)| s.directory.dated > 0).map(|(s, _)| {
                let (first, last) = s.directory.times;
                let ends = [order.time(first), order.time(last)];
                (ends[0].min(ends[1]), ends[0].max(ends[1]))
            });
            let dated = dated.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((least, most));
            let dated_there = self.count_between(select, &candidates, order, dated.0, dated.1, ctx)?;
            let (first, second) = if order.reverse { (there, dated_there) } else { (dated_there, there) };
            if left >= first + second {
                return Ok(None);
            }
            let in_undated = if order.reverse { left < there } else { left >= dated_there };
            if left >= first {
                left -= first;
            }
            (least, most) = if in_undated { (undated, undated) } else { dated };
        }
        loop {
            ctx.check()?;
            if least == most {
                return self.nth_of_time(select, &candidates, order, least, left, ctx);
            }
            let width = ((most - least) / BUCKETS as u64).saturating_add(1);
            let counts = self.fold(
                select,
                2,
                ctx,
                || vec![0u64; BUCKETS],
                |counts, open, rows| {
                    let (first, last) = order.bounds(&open.meta.directory, open.rows());
                    if last < least || first > most {
                        return Ok(());
                    }
                    let times = open.times()?;
                    let mut seen: Option<(i64, Option<usize>)> = None;
                    rows.each(|row| {
                        let bucket = match seen {
                            Some((same, bucket)) if same == times[row] => bucket,
                            _ => {
                                let time = order.time(times[row]);
                                let inside = time >= least && time <= most;
                                inside.then(|| ((time - least) / width) as usize)
                            }
                        };
                        seen = Some((times[row], bucket));
                        if let Some(bucket) = bucket {
                            counts[bucket] += 1;
                        }
                    });
                    Ok(())
                },
            )?;
            let mut bucket = None;
            for at in 0..BUCKETS {
                let here: u64 = counts.iter().map(|c| c[at]).sum();
                if left < here {
                    bucket = Some((at as u64, here));
                    break;
                }
                left -= here;
            }
            let Some((at, here)) = bucket else { return Ok(None) };
            let from = least + at * width;
            most = most.min(from.saturating_add(width - 1));
            least = from;
            if here <= SORTABLE {
                break;
            }
        }
        let mut places = Vec::new();
        self.between(select, &candidates, order, least, most, ctx, |place| places.push(place))?;
        let at = left as usize;
        if at >= places.len() {
            return Ok(None);
        }
        Ok(Some(*places.select_nth_unstable(at).1))
    }

    fn count_between(
        &mut self,
        select: &Select,
        candidates: &[Candidate],
        order: Order,
        least: u64,
        most: u64,
        ctx: &Ctx<'_>,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        self.between(select, candidates, order, least, most, ctx, |_| count += 1)?;
        Ok(count)
    }

    /// The n-th of the selected events of one time: those are in order of their numbers, as segments are.
    fn nth_of_time(
        &mut self,
        select: &Select,
        candidates: &[Candidate],
        order: Order,
        time: u64,
        n: u64,
        ctx: &Ctx<'_>,
    ) -> Result<Option<Place>, StoreError> {
        let mut candidates = candidates.to_vec();
        if order.reverse {
            candidates.reverse();
        }
        let mut left = n;
        for candidate in &candidates {
            let mut places = Vec::new();
            let one = std::slice::from_ref(candidate);
            self.between(select, one, order, time, time, ctx, |place| places.push(place))?;
            if left < places.len() as u64 {
                places.sort_unstable();
                return Ok(places.get(left as usize).copied());
            }
            left -= places.len() as u64;
        }
        Ok(None)
    }

    /// Every selected event whose time part lies in `[least, most]`.
    #[allow(clippy::too_many_arguments, reason = "all of them are what is looked for and where")]
    fn between(
        &mut self,
        select: &Select,
        candidates: &[Candidate],
        order: Order,
        least: u64,
        most: u64,
        ctx: &Ctx<'_>,
        mut see: impl FnMut(Place),
    ) -> Result<(), StoreError> {
        let catalog = Arc::clone(&self.catalog);
        for (segment, all) in candidates {
            let (first, last) = order.bounds(&segment.directory, segment.rows);
            if last < least || first > most {
                continue;
            }
            ctx.check()?;
            let Some(worker) = self.workers.first_mut() else { break };
            let mut open = Open::new(worker, segment, catalog.path(segment.source));
            let times = open.times()?;
            let within = Bitmap::of(times.len(), |row| (least..=most).contains(&order.time(times[row])));
            let rows = if *all { within } else { select.rows_of(&mut open, within)? };
            rows.each(|row| see(order.place(times[row], segment.event(row))));
        }
        Ok(())
    }

    /// These events, in this order; unknown numbers are left out.
    pub(crate) fn events(
        &mut self,
        ids: &[EventId],
        columns: &Columns,
        raw: bool,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<Event>, StoreError> {
        let catalog = Arc::clone(&self.catalog);
        let Some(worker) = self.workers.first_mut() else { return Ok(Vec::new()) };
        let mut wanted: Vec<(EventId, usize)> = ids.iter().copied().zip(0..).collect();
        wanted.sort_unstable();
        let mut found: Vec<Option<Event>> = vec![None; ids.len()];
        let mut left = &wanted[..];
        while let Some((id, _)) = left.first() {
            let Some(segment) = catalog.holding(*id) else {
                left = &left[1..];
                continue;
            };
            ctx.check()?;
            let here = left.iter().take_while(|(id, _)| segment.row(*id).is_some()).count();
            let (these, rest) = left.split_at(here);
            left = rest;
            let mut open = Open::new(worker, segment, catalog.path(segment.source));
            fill(&mut open, these, columns, raw, &mut found)?;
        }
        Ok(found.into_iter().flatten().collect())
    }
}

/// Reads some events of one segment.
fn fill(
    open: &mut Open<'_>,
    wanted: &[(EventId, usize)],
    columns: &Columns,
    raw: bool,
    found: &mut [Option<Event>],
) -> Result<(), StoreError> {
    let (times, assumed) = (open.times()?, open.assumed()?);
    let (lines, offsets) = (open.lines()?, open.offsets()?);
    let rows: Vec<(usize, usize)> =
        wanted.iter().filter_map(|(id, at)| open.meta.row(*id).map(|row| (row, *at))).collect();
    let named = |name: &str| match columns {
        Columns::All => true,
        Columns::Named(names) => names.iter().any(|n| n == name),
    };
    for (row, at) in &rows {
        let time = times[*row];
        found[*at] = Some(Event {
            id: open.meta.event(*row),
            time_ns: (time != NO_TIME).then_some(time),
            assumed: u8::try_from(assumed[*row]).unwrap_or(0),
            line: lines[*row] as u64,
            offset: offsets[*row] as u64,
            fields: Vec::new(),
            raw: if raw { Some(open.raw(*row)?) } else { None },
        });
    }
    let path = Arc::clone(open.path());
    let mut path_due = named(virtual_field::PATH);
    let mut put = |row_at: &(usize, usize), name: &str, value: Value| {
        if let Some(event) = &mut found[row_at.1] {
            event.fields.push((name.to_owned(), value));
        }
    };
    let meta = open.meta;
    for info in meta.directory.columns.iter().filter(|c| named(&c.name)) {
        // The columns are in order of their names, and so are an event's fields.
        if path_due && &*info.name > virtual_field::PATH {
            path_due = false;
            rows.iter().for_each(|row| put(row, virtual_field::PATH, Value::Text(path.to_string())));
        }
        let column = open.stored(&info.name)?;
        for row in &rows {
            if let Some(value) = column.value(row.0) {
                put(row, &info.name, value);
            }
        }
    }
    if path_due {
        rows.iter().for_each(|row| put(row, virtual_field::PATH, Value::Text(path.to_string())));
    }
    Ok(())
}
