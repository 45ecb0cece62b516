//! A filter over one segment: first what its directory already decides, then row by row, a column at a
//! time. Conditions on texts are decided once for each dictionary entry; raw records are read last.

use super::catalog::SegmentMeta;
use super::rawsearch::RawSearch;
use super::reader::Open;
use super::test::Test;
use crate::segment::bitmap::Bitmap;
use crate::segment::decode::{Column, has};
use crate::segment::dictionary::Dict;
use std::sync::Arc;
use timberline_model::field::virtual_field;
use timberline_model::filter::below;
use timberline_model::{EventId, Filter, NO_TIME, StoreError, TimeRange, Value};

/// What the directory of a segment says of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No row satisfies it.
    No,
    /// The rows must be looked at.
    Maybe,
    /// Every row satisfies it.
    All,
}

impl Verdict {
    fn of(holds: bool) -> Self {
        if holds { Self::All } else { Self::No }
    }
}

/// A filter made ready for segments.
#[derive(Debug)]
pub(crate) struct Select {
    root: Node,
}

#[derive(Debug)]
enum Node {
    All,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Exists(String),
    /// Any field below this one.
    Below(String),
    Test(String, Test),
    Time(TimeRange),
    Ids(Vec<EventId>),
    Raw(RawSearch),
}

impl Select {
    /// Ready for the events in a range that satisfy a filter.
    pub(crate) fn new(range: TimeRange, filter: &Filter) -> Self {
        let node = Node::new(filter);
        let root = if range.is_all() { node } else { Node::And(vec![Node::Time(range), node]) };
        Self { root }
    }

    /// What the directory of a segment says.
    pub(crate) fn verdict(&self, segment: &SegmentMeta, path: &str) -> Verdict {
        self.root.verdict(segment, path)
    }

    /// The selected rows; `all` where the verdict says so.
    pub(crate) fn rows(&self, open: &mut Open<'_>, all: bool) -> Result<Bitmap, StoreError> {
        let every = Bitmap::all(open.rows());
        if all { Ok(every) } else { self.root.rows(open, every) }
    }

    /// The selected ones of some rows.
    pub(crate) fn rows_of(&self, open: &mut Open<'_>, among: Bitmap) -> Result<Bitmap, StoreError> {
        if among.is_empty() { Ok(among) } else { self.root.rows(open, among) }
    }
}

impl Node {
    fn new(filter: &Filter) -> Self {
        match filter {
            Filter::All => Self::All,
            Filter::And(parts) => Self::And(cheapest_first(parts)),
            Filter::Or(parts) => Self::Or(cheapest_first(parts)),
            Filter::Not(inner) => Self::Not(Box::new(Self::new(inner))),
            Filter::Exists(field) => match field.strip_suffix(".*") {
                Some(stem) => Self::Below(stem.to_owned()),
                None => Self::Exists(field.clone()),
            },
            Filter::Match { field, pattern } => Self::Test(field.clone(), Test::pattern(pattern)),
            Filter::In { field, values } => Self::Test(field.clone(), Test::one_of(values)),
            Filter::Cidr { field, net } => Self::Test(field.clone(), Test::Cidr(*net)),
            Filter::Compare { field, op, value } => {
                Self::Test(field.clone(), Test::Compare { op: *op, value: value.clone() })
            }
            Filter::Time(range) => Self::Time(*range),
            Filter::Ids(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                Self::Ids(ids)
            }
            Filter::Raw(pattern) => Self::Raw(RawSearch::new(pattern)),
        }
    }

    /// The order in which the parts of a conjunction are tried.
    fn cost(&self) -> u32 {
        match self {
            Self::All | Self::Time(_) | Self::Ids(_) => 0,
            Self::Exists(_) | Self::Below(_) => 1,
            Self::Test(_, Test::Match { .. } | Test::In { .. }) => 2,
            Self::Test(..) => 3,
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().map(Self::cost).max().unwrap_or(0).saturating_add(1)
            }
            Self::Not(inner) => inner.cost(),
            Self::Raw(_) => 1_000,
        }
    }

    fn verdict(&self, segment: &SegmentMeta, path: &str) -> Verdict {
        use Verdict::{All, Maybe, No};
        let directory = &segment.directory;
        match self {
            Self::All => All,
            Self::And(parts) => {
                let mut whole = All;
                for part in parts {
                    match part.verdict(segment, path) {
                        No => return No,
                        Maybe => whole = Maybe,
                        All => {}
                    }
                }
                whole
            }
            Self::Or(parts) => parts.iter().fold(No, |so_far, p| match (so_far, p.verdict(segment, path)) {
                (All, _) | (_, All) => All,
                (No, No) => No,
                _ => Maybe,
            }),
            Self::Not(inner) => match inner.verdict(segment, path) {
                No => All,
                All => No,
                Maybe => Maybe,
            },
            Self::Exists(field) => match &**field {
                virtual_field::TIMESTAMP => how_many(directory.dated as usize, segment.rows),
                virtual_field::SOURCE | virtual_field::PATH => All,
                virtual_field::LINE | virtual_field::OFFSET => All,
                name => directory.column(name).map_or(No, |c| how_many(c.present as usize, segment.rows)),
            },
            Self::Below(stem) => {
                if below(stem, virtual_field::PATH) {
                    return All;
                }
                let best = directory.columns.iter().filter(|c| below(stem, &c.name)).map(|c| c.present).max();
                best.map_or(No, |n| how_many(n as usize, segment.rows))
            }
            Self::Test(field, test) => match &**field {
                virtual_field::SOURCE => Verdict::of(test.int(i64::from(segment.source))),
                virtual_field::PATH => Verdict::of(test.text(path)),
                virtual_field::TIMESTAMP | virtual_field::LINE | virtual_field::OFFSET => {
                    let (least, most) = match &**field {
                        virtual_field::TIMESTAMP if directory.dated == 0 => return No,
                        virtual_field::TIMESTAMP => directory.times,
                        virtual_field::LINE => directory.lines,
                        _ => directory.offsets,
                    };
                    let zone = crate::segment::directory::Zone::Ints(least, most);
                    if test.may_hold(crate::segment::directory::Kind::Int, &zone) { Maybe } else { No }
                }
                name => match directory.column(name) {
                    Some(column) if test.may_hold(column.kind, &column.zone) => Maybe,
                    _ => No,
                },
            },
            Self::Time(range) if range.is_all() => All,
            Self::Time(range) => {
                let (first, last) = directory.times;
                let apart = range.from_ns.is_some_and(|from| last < from)
                    || range.to_ns.is_some_and(|to| first >= to);
                if directory.dated == 0 || apart {
                    No
                } else if directory.dated as usize == segment.rows && range.holds(first) && range.holds(last)
                {
                    All
                } else {
                    Maybe
                }
            }
            Self::Ids(ids) => {
                let at = ids.partition_point(|id| *id < segment.first_event());
                let within = ids.get(at).is_some_and(|id| segment.row(*id).is_some());
                if within { Maybe } else { No }
            }
            Self::Raw(_) => Maybe,
        }
    }

    /// Those of the rows `among` that satisfy it.
    fn rows(&self, open: &mut Open<'_>, mut among: Bitmap) -> Result<Bitmap, StoreError> {
        let path = Arc::clone(open.path());
        match self.verdict(open.meta, &path) {
            Verdict::All => return Ok(among),
            Verdict::No => return Ok(Bitmap::none(open.rows())),
            Verdict::Maybe => {}
        }
        match self {
            Self::All => Ok(among),
            Self::And(parts) => {
                for part in parts {
                    if among.is_empty() {
                        break;
                    }
                    among = part.rows(open, among)?;
                }
                Ok(among)
            }
            Self::Or(parts) => {
                let mut found = Bitmap::none(open.rows());
                for part in parts {
                    if among.is_empty() {
                        break;
                    }
                    let more = part.rows(open, among.clone())?;
                    among.take(&more);
                    found.add(&more);
                }
                Ok(found)
            }
            Self::Not(inner) => {
                let not = inner.rows(open, among.clone())?;
                among.take(&not);
                Ok(among)
            }
            Self::Exists(field) => {
                among.keep(&present(&open.column(field)?, open.rows()));
                Ok(among)
            }
            Self::Below(stem) => {
                let mut any = Bitmap::none(open.rows());
                for column in open.meta.directory.columns.iter().filter(|c| below(stem, &c.name)) {
                    any.add(&present(&open.stored(&column.name)?, open.rows()));
                }
                among.keep(&any);
                Ok(among)
            }
            Self::Test(field, test) => Ok(satisfying(test, &open.column(field)?, among)),
            Self::Time(range) => {
                let times = open.times()?;
                among.keep(&Bitmap::of(times.len(), |r| times[r] != NO_TIME && range.holds(times[r])));
                Ok(among)
            }
            Self::Ids(ids) => {
                let mut these = Bitmap::none(open.rows());
                let at = ids.partition_point(|id| *id < open.meta.first_event());
                ids[at..].iter().map_while(|id| open.meta.row(*id)).for_each(|row| these.set(row));
                among.keep(&these);
                Ok(among)
            }
            Self::Raw(search) => search.rows(open, &among),
        }
    }
}

fn cheapest_first(parts: &[Filter]) -> Vec<Node> {
    let mut nodes: Vec<Node> = parts.iter().map(Node::new).collect();
    nodes.sort_by_key(Node::cost);
    nodes
}

fn how_many(have: usize, rows: usize) -> Verdict {
    match have {
        0 => Verdict::No,
        n if n == rows => Verdict::All,
        _ => Verdict::Maybe,
    }
}

/// The rows that have a value.
pub(crate) fn present(column: &Column, rows: usize) -> Bitmap {
    match column {
        Column::Missing => Bitmap::none(rows),
        Column::Codes { dict, codes } => {
            let none = dict.len() as u32;
            Bitmap::of(rows, |r| codes[r] != none)
        }
        Column::Ints { present, .. } | Column::Floats { present, .. } => {
            present.as_ref().map_or_else(|| Bitmap::all(rows), |p| (**p).clone())
        }
    }
}

/// Those of the rows `among` whose value satisfies a condition.
fn satisfying(test: &Test, column: &Column, mut among: Bitmap) -> Bitmap {
    let found = match column {
        Column::Missing => Bitmap::none(among.len()),
        Column::Codes { dict, codes } => {
            let none = dict.len();
            let holds = |code: usize| entry_holds(test, dict, code);
            if among.count() * 2 < none {
                // Fewer rows than entries: decide only the entries that occur.
                let mut known: Vec<Option<bool>> = vec![None; none];
                let mut found = Bitmap::none(among.len());
                for row in among.rows() {
                    let code = codes[row] as usize;
                    if code < none && *known[code].get_or_insert_with(|| holds(code)) {
                        found.set(row);
                    }
                }
                return found;
            }
            let mut table: Vec<bool> = (0..none).map(holds).collect();
            if !table.contains(&true) {
                return Bitmap::none(among.len());
            }
            table.push(false);
            Bitmap::of(codes.len(), |r| table[codes[r] as usize])
        }
        Column::Ints { values, present } => {
            let mut last = None;
            let mut holds = |n: i64| match last {
                Some((m, held)) if m == n => held,
                _ => {
                    let held = test.int(n);
                    last = Some((n, held));
                    held
                }
            };
            if among.is_full() && present.is_none() {
                Bitmap::of(values.len(), |r| holds(values[r]))
            } else {
                let mut found = Bitmap::none(among.len());
                among.each(|r| {
                    if has(present, r) && holds(values[r]) {
                        found.set(r);
                    }
                });
                return found;
            }
        }
        Column::Floats { values, present } => {
            Bitmap::of(values.len(), |r| among.has(r) && has(present, r) && test.float(values[r]))
        }
    };
    among.keep(&found);
    among
}

fn entry_holds(test: &Test, dict: &Dict, code: usize) -> bool {
    if !dict.has_kinds() {
        return test.text(dict.text(code));
    }
    match dict.value(code) {
        Value::Text(_) => test.text(dict.text(code)),
        number => test.value(&number),
    }
}
