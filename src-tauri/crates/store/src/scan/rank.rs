//! Rankings: values, pairs and triples by count, by distinct values of another field, or by a sum.
//!
//! Within a segment rows are counted by code; only then, once for each code that occurred, are values
//! looked at. Sums are added in the order of events, so that they come out the same to the last bit.

use super::coded::Coded;
use super::intern::Interner;
use super::reader::Open;
use crate::segment::bitmap::Bitmap;
use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use std::cmp::Ordering;
use timberline_model::{Metric, NO_TIME, StoreError, TopRow, Value};

const FIELDS: usize = 3;
type Key = [u32; FIELDS];

#[derive(Clone, Copy)]
struct Group {
    key: Key,
    count: u64,
    /// Least and greatest time; [`i64::MAX`] and [`NO_TIME`] while there is none.
    first: i64,
    last: i64,
    sum: f64,
    distinct: u64,
}

impl Group {
    fn new(key: Key) -> Self {
        // What an empty iterator of fractions sums to is the library's choice; take the same.
        let sum = std::iter::empty::<f64>().sum();
        Self { key, count: 0, first: i64::MAX, last: NO_TIME, sum, distinct: 0 }
    }

    fn see(&mut self, time: i64) {
        self.count += 1;
        if time != NO_TIME {
            self.first = self.first.min(time);
            self.last = self.last.max(time);
        }
    }

    fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// A ranking while it is made.
pub(crate) struct Ranking {
    by: Vec<String>,
    metric: Metric,
    interners: Vec<Interner>,
    /// The values of the field whose different ones are counted.
    others: Interner,
    places: HashMap<Key, u32, RandomState>,
    groups: Vec<Group>,
    pairs: HashSet<(u32, u32), RandomState>,
}

impl Ranking {
    pub(crate) fn new(by: &[String], metric: &Metric) -> Self {
        Self {
            by: by.to_vec(),
            metric: metric.clone(),
            interners: by.iter().map(|_| Interner::default()).collect(),
            others: Interner::default(),
            places: HashMap::default(),
            groups: Vec::new(),
            pairs: HashSet::default(),
        }
    }

    fn group(&mut self, key: Key) -> u32 {
        *self.places.entry(key).or_insert_with(|| {
            self.groups.push(Group::new(key));
            self.groups.len() as u32 - 1
        })
    }

    /// Takes the selected rows of a segment.
    pub(crate) fn step(&mut self, open: &mut Open<'_>, rows: &Bitmap) -> Result<(), StoreError> {
        let times = open.times()?;
        let mut columns = Vec::with_capacity(self.by.len());
        for field in &self.by {
            let column = Coded::new(&open.column(field)?, open.rows());
            if column.none() == 0 {
                return Ok(()); // No row here has this field.
            }
            columns.push(column);
        }
        let other = match &self.metric {
            Metric::Count => None,
            Metric::Distinct(field) | Metric::Sum(field) => {
                Some(Coded::new(&open.column(field)?, open.rows()))
            }
        };
        let mut local = Local::default();
        match (&mut columns[..], &other) {
            ([one], None) => local.count_one(one, &times, rows),
            _ => local.count_all(&columns, &times, rows),
        }
        // In the order in which they first occur among the selected rows.
        let mut numbers = Vec::with_capacity(local.groups.len());
        for group in &local.groups {
            let mut key = [0; FIELDS];
            for ((part, code), (column, interner)) in
                key.iter_mut().zip(group.key).zip(columns.iter_mut().zip(&mut self.interners))
            {
                *part = column.number(code, interner);
            }
            let number = self.group(key);
            self.groups[number as usize].absorb(group);
            numbers.push(number);
        }
        if let Some(mut other) = other {
            let none = other.none();
            let figures = if matches!(self.metric, Metric::Sum(_)) { other.figures() } else { Vec::new() };
            for (row, place) in &local.rows {
                let code = other.codes[*row as usize];
                if code == none {
                    continue;
                }
                let group = numbers[*place as usize];
                if let Metric::Sum(_) = self.metric {
                    if let Some(x) = figures[code as usize] {
                        self.groups[group as usize].sum += x;
                    }
                } else {
                    let number = other.number(code, &mut self.others);
                    if self.pairs.insert((group, number)) {
                        self.groups[group as usize].distinct += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds what a later part of the events gave. Not for sums: those take one state.
    pub(crate) fn merge(&mut self, later: Self) {
        let mut moved = Vec::with_capacity(later.groups.len());
        let mut numbers: Vec<Vec<u32>> = later.interners.iter().map(|i| vec![u32::MAX; i.len()]).collect();
        for group in &later.groups {
            let mut key = [0; FIELDS];
            for (at, part) in key.iter_mut().enumerate().take(self.by.len()) {
                let theirs = group.key[at] as usize;
                if numbers[at][theirs] == u32::MAX {
                    numbers[at][theirs] = self.interners[at].value(&later.interners[at].values()[theirs]);
                }
                *part = numbers[at][theirs];
            }
            let number = self.group(key);
            self.groups[number as usize].absorb(group);
            moved.push(number);
        }
        let others: Vec<u32> = later.others.values().iter().map(|v| self.others.value(v)).collect();
        for (group, value) in later.pairs {
            let group = moved[group as usize];
            if self.pairs.insert((group, others[value as usize])) {
                self.groups[group as usize].distinct += 1;
            }
        }
    }

    fn metric(&self, group: &Group) -> f64 {
        match self.metric {
            Metric::Count => group.count as f64,
            Metric::Distinct(_) => group.distinct as f64,
            Metric::Sum(_) => group.sum,
        }
    }

    fn by_value(&self, a: &Group, b: &Group) -> Ordering {
        self.interners
            .iter()
            .enumerate()
            .map(|(at, known)| known.values()[a.key[at] as usize].cmp(&known.values()[b.key[at] as usize]))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    fn rows(&self, groups: &[Group]) -> Vec<TopRow> {
        let value = |at: usize, group: &Group| -> Value {
            self.interners[at].values()[group.key[at] as usize].clone()
        };
        groups
            .iter()
            .map(|g| TopRow {
                values: (0..self.by.len()).map(|at| value(at, g)).collect(),
                count: g.count,
                metric: self.metric(g),
                first_ns: (g.last != NO_TIME).then_some(g.first),
                last_ns: (g.last != NO_TIME).then_some(g.last),
            })
            .collect()
    }

    /// The greatest.
    pub(crate) fn top(self, limit: u32) -> Vec<TopRow> {
        let mut groups = self.groups.clone();
        best(&mut groups, limit as usize, |a, b| {
            self.metric(b)
                .total_cmp(&self.metric(a))
                .then(b.count.cmp(&a.count))
                .then_with(|| self.by_value(a, b))
        });
        self.rows(&groups)
    }

    /// The rarest.
    pub(crate) fn rare(self, max_count: u64, limit: u32) -> Vec<TopRow> {
        let mut groups: Vec<Group> = self.groups.iter().filter(|g| g.count <= max_count).copied().collect();
        best(&mut groups, limit as usize, |a, b| a.count.cmp(&b.count).then_with(|| self.by_value(a, b)));
        self.rows(&groups)
    }
}

/// Leaves the first `limit` in order, without putting the rest in order too.
fn best(groups: &mut Vec<Group>, limit: usize, order: impl Fn(&Group, &Group) -> Ordering) {
    if limit == 0 {
        groups.clear();
        return;
    }
    if limit < groups.len() {
        groups.select_nth_unstable_by(limit - 1, &order);
        groups.truncate(limit);
    }
    groups.sort_unstable_by(order);
}

/// The groups of one segment, by code.
#[derive(Default)]
struct Local {
    groups: Vec<Group>,
    /// Rows that are in a group, and its place in `groups`; only where somebody asks for them.
    rows: Vec<(u32, u32)>,
}

impl Local {
    /// One field and nothing but counts: the case that must be fast.
    fn count_one(&mut self, column: &Coded, times: &[i64], rows: &Bitmap) {
        let none = column.none();
        let mut places = vec![u32::MAX; none as usize + 1];
        rows.each(|row| {
            let code = column.codes[row];
            if code == none {
                return;
            }
            let place = &mut places[code as usize];
            if *place == u32::MAX {
                *place = self.groups.len() as u32;
                self.groups.push(Group::new([code, 0, 0]));
            }
            self.groups[*place as usize].see(times[row]);
        });
    }

    fn count_all(&mut self, columns: &[Coded], times: &[i64], rows: &Bitmap) {
        let mut places: HashMap<Key, u32, RandomState> = HashMap::default();
        let mut last: Option<(Key, u32)> = None;
        'rows: for row in rows.rows() {
            let mut key = [0; FIELDS];
            for (part, column) in key.iter_mut().zip(columns) {
                *part = column.codes[row];
                if *part == column.none() {
                    continue 'rows;
                }
            }
            let place = match last {
                Some((same, place)) if same == key => place,
                _ => *places.entry(key).or_insert_with(|| {
                    self.groups.push(Group::new(key));
                    self.groups.len() as u32 - 1
                }),
            };
            last = Some((key, place));
            self.groups[place as usize].see(times[row]);
            self.rows.push((row as u32, place));
        }
    }
}
