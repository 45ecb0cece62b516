//! Counts over time: histograms, baselines, and the week's hours.

use super::coded::Coded;
use super::intern::Interner;
use super::reader::Open;
use crate::segment::bitmap::Bitmap;
use timberline_model::reference::{bin_of, sort_series, weekday_and_hour};
use timberline_model::{NO_TIME, Series, StoreError, Value};

/// Cells (series times buckets) that are counted at once; 64 MiB of counts.
pub(crate) const CELLS: usize = 8 << 20;
/// The most buckets that may be asked for.
pub(crate) const BINS: u32 = 100_000;

/// The bucket of a time, remembering the last one: neighbours fall in the same one as a rule.
struct Binner {
    from_ns: i64,
    step_ns: i64,
    bins: u32,
    lo: i64,
    hi: i64,
    bin: usize,
}

impl Binner {
    fn new(from_ns: i64, step_ns: i64, bins: u32) -> Self {
        Self { from_ns, step_ns: step_ns.max(1), bins, lo: 0, hi: 0, bin: 0 }
    }

    fn bin(&mut self, time: i64) -> Option<usize> {
        if time >= self.lo && time < self.hi {
            return Some(self.bin);
        }
        if time == NO_TIME {
            return None;
        }
        let bin = bin_of(time, self.from_ns, self.step_ns, self.bins)?;
        self.bin = bin;
        // No overflow: the bucket begins at or before the time, and after `from_ns`.
        self.lo = self.from_ns.saturating_add((bin as i64).saturating_mul(self.step_ns));
        self.hi = self.lo.saturating_add(self.step_ns);
        Some(bin)
    }
}

/// Which buckets, and what makes the series.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) from_ns: i64,
    pub(crate) step_ns: i64,
    pub(crate) bins: u32,
    pub(crate) by: Option<String>,
}

/// A histogram while it is made.
pub(crate) struct Bins {
    shape: Shape,
    interner: Interner,
    /// Counts by series (0: events without the field, then by number of value) and bucket.
    counts: Vec<Vec<u64>>,
    /// Events in the buckets by series; stays right when the counts are given up.
    sums: Vec<u64>,
    cells: usize,
    /// Whether there were more cells than are counted at once.
    pub(crate) overflown: bool,
    /// Only these lines are counted (in a second pass), if not all.
    only: Option<Vec<usize>>,
}

impl Bins {
    pub(crate) fn new(shape: &Shape) -> Self {
        Self {
            shape: shape.clone(),
            interner: Interner::default(),
            counts: Vec::new(),
            sums: Vec::new(),
            cells: 0,
            overflown: false,
            only: None,
        }
    }

    /// Counts only events with one of these values (`None`: those without).
    pub(crate) fn only(shape: &Shape, chosen: &[Option<Value>]) -> Self {
        let mut bins = Self::new(shape);
        let lines = chosen.iter().map(|value| match value {
            Some(value) => bins.interner.value(value) as usize + 1,
            None => 0,
        });
        bins.only = Some(lines.collect());
        bins
    }

    /// Makes room for a line, unless that is too much.
    fn line(&mut self, number: usize) {
        if number >= self.sums.len() {
            self.sums.resize(number + 1, 0);
            self.counts.resize_with(number + 1, Vec::new);
        }
        let chosen = self.only.as_ref().is_none_or(|only| only.contains(&number));
        if chosen && self.counts[number].is_empty() && !self.overflown {
            let bins = self.shape.bins as usize;
            if self.cells + bins > CELLS && self.cells > 0 && self.only.is_none() {
                self.overflown = true;
                self.counts.iter_mut().for_each(|c| *c = Vec::new());
            } else {
                self.cells += bins;
                self.counts[number].resize(bins, 0);
            }
        }
    }

    /// Takes the selected rows of a segment.
    pub(crate) fn step(&mut self, open: &mut Open<'_>, rows: &Bitmap) -> Result<(), StoreError> {
        let (first, last) = open.meta.directory.times;
        let Shape { from_ns, step_ns, bins, by } = self.shape.clone();
        if open.meta.directory.dated == 0 || bins == 0 {
            return Ok(());
        }
        let mut binner = Binner::new(from_ns, step_ns, bins);
        let Some(by) = by else {
            let dated = open.meta.directory.dated as usize == open.rows();
            if dated && let Some(bin) = binner.bin(first).filter(|b| binner.bin(last) == Some(*b)) {
                // The whole segment lies in one bucket: no need to look at its times.
                self.line(0);
                self.counts[0][bin] += rows.count() as u64;
                return Ok(());
            }
            let times = open.times()?;
            self.line(0);
            let counts = &mut self.counts[0];
            rows.each(|row| {
                if let Some(bin) = binner.bin(times[row]) {
                    counts[bin] += 1;
                }
            });
            return Ok(());
        };
        let times = open.times()?;
        let mut column = Coded::new(&open.column(&by)?, open.rows());
        let none = column.none();
        let mut lines = vec![usize::MAX; none as usize + 1];
        for row in rows.rows() {
            let Some(bin) = binner.bin(times[row]) else { continue };
            let code = column.codes[row];
            let line = &mut lines[code as usize];
            if *line == usize::MAX {
                *line = match code == none {
                    true => 0,
                    false => column.number(code, &mut self.interner) as usize + 1,
                };
                self.line(*line);
            }
            let line = *line;
            if let Some(count) = self.counts[line].get_mut(bin) {
                *count += 1;
            }
            self.sums[line] += 1;
        }
        Ok(())
    }

    /// Adds what a later part of the events gave.
    pub(crate) fn merge(&mut self, later: Self) {
        self.overflown |= later.overflown;
        for (number, (counts, sum)) in later.counts.into_iter().zip(later.sums).enumerate() {
            let ours = match number.checked_sub(1).and_then(|n| later.interner.values().get(n)) {
                Some(value) => self.interner.value(value) as usize + 1,
                None => 0,
            };
            if sum == 0 && counts.is_empty() {
                continue;
            }
            self.line(ours);
            self.counts[ours].iter_mut().zip(counts).for_each(|(a, b)| *a += b);
            self.sums[ours] += sum;
        }
    }

    /// The lines that have events: the one without a value first, the others in no order.
    pub(crate) fn lines(self) -> Vec<Series> {
        let values = self.interner.values();
        let counted = self.counts.into_iter().enumerate().filter(|(_, c)| c.iter().any(|n| *n > 0));
        counted
            .map(|(at, counts)| Series { value: at.checked_sub(1).map(|v| values[v].clone()), counts })
            .collect()
    }

    /// The values of the greatest lines by their sums, for a second pass where not all could be counted.
    pub(crate) fn greatest(self, limit: usize) -> Vec<Series> {
        let values = self.interner.values();
        let mut lines: Vec<Series> = self
            .sums
            .iter()
            .enumerate()
            .filter(|(_, sum)| **sum > 0)
            .map(|(at, sum)| Series {
                value: at.checked_sub(1).map(|v| values[v].clone()),
                counts: vec![*sum],
            })
            .collect();
        sort_series(&mut lines);
        lines.truncate(limit);
        lines
    }
}

/// Adds the selected rows of a segment to the week's hours.
pub(crate) fn matrix(
    matrix: &mut [[u64; 24]; 7],
    offsets: &[(i64, i32)],
    open: &mut Open<'_>,
    rows: &Bitmap,
) -> Result<(), StoreError> {
    let times = open.times()?;
    let mut last = None;
    rows.each(|row| {
        let time = times[row];
        if time == NO_TIME {
            return;
        }
        let (day, hour) = match last {
            Some((same, place)) if same == time => place,
            _ => weekday_and_hour(time, offsets),
        };
        last = Some((time, (day, hour)));
        matrix[day][hour] += 1;
    });
    Ok(())
}
