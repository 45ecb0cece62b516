//! All rules in one pass: each batch of events is looked at once, a group of rules only where it has events, a test only
//! where a rule still needs it, and of a column of texts every different text once.

use super::bits::Bits;
use super::column::{ColumnTests, Decided, TestId};
use super::correlate::{self, Correlation};
use super::fields::Columns;
use super::pattern::Test;
use super::{Expr, Leaf, Likeness, LogSource, NotUsed, Rule, Want, logsource};
use crate::DetectError;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use timberline_model::{
    Answer, Batch, BatchColumn, Ctx, EventId, EventStore, Filter, Plan, Query, StoreError, TimeRange,
};

/// What one rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// The rule's place in the list that was run.
    pub rule: usize,
    /// How many events.
    pub count: u64,
    /// The first of them in order of number, at most [`Hits::KEPT`].
    pub events: Vec<Hit>,
    /// How many events its log source has: what the count is a part of.
    pub of: u64,
    /// How many of them on each host, at most [`Hits::HOSTS`] hosts.
    pub hosts: BTreeMap<String, u64>,
}

/// One event that a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its number.
    pub id: EventId,
    /// When, ns; `NO_TIME` where undated.
    pub time: i64,
    /// Its host; empty where it does not say.
    pub host: Box<str>,
}

impl Hits {
    /// Events kept of one rule.
    pub const KEPT: usize = 5_000;
    /// Hosts counted of one rule.
    pub const HOSTS: usize = 1_000;
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Ran {
    /// What rules found, in order of the rules.
    pub hits: Vec<Hits>,
    /// What correlations found.
    pub correlated: Vec<correlate::Found>,
    /// Rules that were run over events of their log source.
    pub used: usize,
    /// Rules whose log source has no event here.
    pub without_events: usize,
    /// Rules that cannot be run, and why.
    pub not_used: Vec<NotUsed>,
}

/// A rule or a log source with columns for fields and numbers for tests.
enum Ready {
    Leaf { columns: Vec<usize>, want: ReadyWant },
    And(Vec<Ready>),
    Or(Vec<Ready>),
    Not(Box<Ready>),
    AtLeast(u64, Vec<Ready>),
}

enum ReadyWant {
    /// For each column (in the leaf's order) the numbers of its tests.
    Any(Vec<Vec<TestId>>),
    All(Vec<Vec<TestId>>),
    There,
    Missing,
    Same(Vec<usize>, Likeness),
}

struct Group {
    base: Ready,
    rules: Vec<(usize, Ready)>,
    events: u64,
}

/// What is being prepared: which columns are needed, and their tests.
struct Prepare<'c> {
    known: &'c Columns,
    /// For each column of the case its place among those that are scanned.
    place: FxHashMap<usize, usize>,
    names: Vec<String>,
    tests: Vec<ColumnTests>,
    /// Columns that hold texts, for keywords.
    texts: Vec<usize>,
}

impl Prepare<'_> {
    fn column(&mut self, at: usize) -> usize {
        if let Some(place) = self.place.get(&at) {
            return *place;
        }
        self.place.insert(at, self.names.len());
        self.names.push(self.known.name(at).to_owned());
        self.tests.push(ColumnTests::default());
        self.names.len() - 1
    }

    fn expr(&mut self, expr: &Expr, source: &LogSource) -> Ready {
        let mut list = |list: &[Expr]| list.iter().map(|e| self.expr(e, source)).collect::<Vec<_>>();
        match expr {
            Expr::And(all) => Ready::And(list(all)),
            Expr::Or(all) => Ready::Or(list(all)),
            Expr::AtLeast(n, all) => Ready::AtLeast(*n, list(all)),
            Expr::Not(inner) => Ready::Not(Box::new(self.expr(inner, source))),
            Expr::Leaf(leaf) => self.leaf(leaf, source),
        }
    }

    fn leaf(&mut self, leaf: &Leaf, source: &LogSource) -> Ready {
        let found = match &leaf.field {
            Some(field) => self.known.of(field, source),
            None => self.texts.clone(),
        };
        let columns: Vec<usize> = found.into_iter().map(|at| self.column(at)).collect();
        let numbers = |tests: &[Test], all: &mut Vec<ColumnTests>| -> Vec<Vec<TestId>> {
            columns.iter().map(|c| tests.iter().map(|t| all[*c].add(t)).collect()).collect()
        };
        let want = match &leaf.want {
            Want::Any(tests) => ReadyWant::Any(numbers(tests, &mut self.tests)),
            Want::All(tests) => ReadyWant::All(numbers(tests, &mut self.tests)),
            Want::There => ReadyWant::There,
            Want::Missing => ReadyWant::Missing,
            Want::Same(other, like) => {
                let others = self.known.of(other, source);
                ReadyWant::Same(others.into_iter().map(|at| self.column(at)).collect(), *like)
            }
        };
        Ready::Leaf { columns, want }
    }
}

/// Runs rules over the events of a case.
///
/// # Errors
/// When the store does not answer, or the caller gave up.
pub fn run(
    events: &dyn EventStore,
    range: TimeRange,
    rules: &[Rule],
    correlations: &[Correlation],
    ctx: &Ctx<'_>,
) -> Result<Ran, DetectError> {
    let mut ran = Ran::default();
    let fields = match events.run(&Query { range, filter: Filter::All, plan: Plan::Fields }, ctx)? {
        Answer::Fields(fields) => fields,
        other => return Err(StoreError::Other(format!("fields were asked for, not {other:?}")).into()),
    };
    let columns = Columns::new(fields.iter().map(|f| f.name.clone()).collect());
    let is_text = |f: &timberline_model::FieldStat| f.kind == "text" || f.kind == "mixed";
    let texts: Vec<usize> = fields.iter().enumerate().filter(|(_, f)| is_text(f)).map(|(at, _)| at).collect();
    let present = present_groups(events, range, rules, &columns, &mut ran, ctx)?;
    let mut prepare =
        Prepare { known: &columns, place: FxHashMap::default(), names: Vec::new(), tests: Vec::new(), texts };
    let host = columns.of("ours:host.name", &LogSource::default()).first().map(|at| prepare.column(*at));
    let keys = correlate::group_columns(correlations, rules);
    let keys: Vec<(correlate::Key, Vec<usize>)> = keys
        .into_iter()
        .map(|(field, source)| {
            let at = columns.of(&field, &source);
            ((field, source), at.into_iter().map(|at| prepare.column(at)).collect())
        })
        .collect();
    let mut groups: Vec<Group> = Vec::new();
    for (source, base, members) in present {
        let base = prepare.expr(&base, &source);
        let rules = members.into_iter().map(|at| (at, prepare.expr(&rules[at].expr, &source))).collect();
        groups.push(Group { base, rules, events: 0 });
    }
    for tests in &mut prepare.tests {
        tests.ready().map_err(StoreError::Other)?;
    }
    let names: Vec<&str> = prepare.names.iter().map(String::as_str).collect();
    let mut found: BTreeMap<usize, Hits> = BTreeMap::new();
    let mut gathered = correlate::Gathered::new(correlations, rules, keys);
    let mut stopped = None;
    events.scan(range, &Filter::All, &names, ctx, &mut |batch| {
        if let Err(why) = ctx.check() {
            stopped = Some(why);
            return false;
        }
        let mut at = At::new(batch, &prepare.tests);
        for group in &mut groups {
            let base = at.eval(&group.base, &Bits::all(at.rows));
            if base.is_empty() {
                continue;
            }
            group.events += base.count();
            for (rule, expr) in &group.rules {
                let hit = at.eval(expr, &base);
                if !hit.is_empty() {
                    keep(&mut found, *rule, &hit, batch, host);
                    gathered.take(*rule, &hit, batch);
                }
            }
        }
        true
    })?;
    if let Some(why) = stopped {
        return Err(why.into());
    }
    for group in &groups {
        ran.used += group.rules.len();
        for (rule, _) in &group.rules {
            if let Some(hits) = found.get_mut(rule) {
                hits.of = group.events;
            }
        }
    }
    ran.hits = found.into_values().collect();
    ran.correlated = gathered.finish(correlations, &mut ran.not_used);
    Ok(ran)
}

type Present = Vec<(LogSource, Expr, Vec<usize>)>;

/// The groups of rules whose log source has events: a first pass over the few columns that say so.
fn present_groups(
    events: &dyn EventStore,
    range: TimeRange,
    rules: &[Rule],
    columns: &Columns,
    ran: &mut Ran,
    ctx: &Ctx<'_>,
) -> Result<Present, DetectError> {
    let mut by_source: BTreeMap<&LogSource, Vec<usize>> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        by_source.entry(&rule.logsource).or_default().push(at);
    }
    let mut prepare = Prepare {
        known: columns,
        place: FxHashMap::default(),
        names: Vec::new(),
        tests: Vec::new(),
        texts: Vec::new(),
    };
    let mut groups = Vec::new();
    for (source, members) in by_source {
        match logsource::base(source) {
            Ok(base) => groups.push((source, prepare.expr(&base, source), base, members, false)),
            Err(reason) => {
                ran.not_used.extend(members.iter().filter_map(|at| rules.get(*at)).map(|rule| NotUsed {
                    path: rule.path.clone(),
                    id: rule.id.clone(),
                    title: rule.title.clone(),
                    reason: reason.clone(),
                }))
            }
        }
    }
    for tests in &mut prepare.tests {
        tests.ready().map_err(StoreError::Other)?;
    }
    let names: Vec<&str> = prepare.names.iter().map(String::as_str).collect();
    events.scan(range, &Filter::All, &names, ctx, &mut |batch| {
        let mut at = At::new(batch, &prepare.tests);
        let all = Bits::all(at.rows);
        for (_, ready, _, _, seen) in groups.iter_mut().filter(|g| !g.4) {
            *seen = !at.eval(ready, &all).is_empty();
        }
        ctx.check().is_ok() && groups.iter().any(|g| !g.4)
    })?;
    ctx.check()?;
    let (present, absent): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| g.4);
    ran.without_events = absent.iter().map(|g| g.3.len()).sum();
    Ok(present.into_iter().map(|(source, _, base, members, _)| (source.clone(), base, members)).collect())
}

fn keep(found: &mut BTreeMap<usize, Hits>, rule: usize, rows: &Bits, batch: &Batch, host: Option<usize>) {
    let hits = found.entry(rule).or_insert_with(|| Hits {
        rule,
        count: 0,
        events: Vec::new(),
        of: 0,
        hosts: BTreeMap::new(),
    });
    let hosts = host.and_then(|at| batch.columns.get(at));
    for row in rows.rows() {
        hits.count += 1;
        let host = hosts.and_then(|c| c.text(row)).unwrap_or_default();
        let room = hits.hosts.len() < Hits::HOSTS;
        if let Some(n) = hits.hosts.get_mut(host) {
            *n += 1;
        } else if room {
            hits.hosts.insert(host.to_owned(), 1);
        }
        if hits.events.len() < Hits::KEPT
            && let (Some(id), Some(time)) = (batch.ids.get(row), batch.times.get(row))
        {
            hits.events.push(Hit { id: *id, time: *time, host: host.into() });
        }
    }
}

/// One batch while rules look at it.
struct At<'b> {
    rows: usize,
    columns: Vec<Decided<'b>>,
    batch: &'b Batch,
}

impl<'b> At<'b> {
    fn new(batch: &'b Batch, tests: &'b [ColumnTests]) -> Self {
        let rows = batch.ids.len();
        let columns = batch.columns.iter().zip(tests).map(|(c, t)| Decided::new(c, t, rows)).collect();
        Self { rows, columns, batch }
    }

    /// The rows among `within` that satisfy an expression.
    fn eval(&mut self, expr: &Ready, within: &Bits) -> Bits {
        match expr {
            Ready::And(all) => {
                let mut left = within.clone();
                for part in all {
                    if left.is_empty() {
                        break;
                    }
                    left = self.eval(part, &left);
                }
                left
            }
            Ready::Or(all) => {
                let (mut found, mut left) = (Bits::none(self.rows), within.clone());
                for part in all {
                    if left.is_empty() {
                        break;
                    }
                    let more = self.eval(part, &left);
                    left.without(&more);
                    found.or(&more);
                }
                found
            }
            Ready::Not(inner) => {
                let mut left = within.clone();
                left.without(&self.eval(inner, within));
                left
            }
            Ready::AtLeast(n, all) => {
                let mut counts = vec![0u64; self.rows];
                for part in all {
                    self.eval(part, within).rows().for_each(|row| counts[row] += 1);
                }
                let mut found = Bits::none(self.rows);
                within.rows().filter(|row| counts[*row] >= *n).for_each(|row| found.set(row));
                found
            }
            Ready::Leaf { columns, want } => {
                let mut found = self.leaf(columns, want, within);
                found.and(within);
                found
            }
        }
    }

    fn leaf(&mut self, columns: &[usize], want: &ReadyWant, within: &Bits) -> Bits {
        let mut found = Bits::none(self.rows);
        match want {
            ReadyWant::Any(tests) => {
                for (column, tests) in columns.iter().zip(tests) {
                    let Some(decided) = self.columns.get_mut(*column) else { continue };
                    tests.iter().for_each(|id| decided.passing(*id, &mut found));
                }
            }
            ReadyWant::All(tests) => {
                // Every test must pass on one of the columns, not all on the same.
                let many = tests.first().map_or(0, Vec::len);
                found = within.clone();
                for nth in 0..many {
                    let mut one = Bits::none(self.rows);
                    for (column, tests) in columns.iter().zip(tests) {
                        if let (Some(decided), Some(id)) = (self.columns.get_mut(*column), tests.get(nth)) {
                            decided.passing(*id, &mut one);
                        }
                    }
                    found.and(&one);
                }
            }
            ReadyWant::There | ReadyWant::Missing => {
                for column in columns.iter().filter_map(|c| self.columns.get(*c)) {
                    found.or(&column.present());
                }
                if matches!(want, ReadyWant::Missing) {
                    let mut missing = Bits::all(self.rows);
                    missing.without(&found);
                    return missing;
                }
            }
            ReadyWant::Same(others, like) => {
                let show = |columns: &[usize], row: usize| {
                    let value = columns.iter().find_map(|c| self.batch.columns.get(*c)?.value(row));
                    value.map(|v| v.show().to_lowercase())
                };
                for row in within.rows() {
                    let pair = show(columns, row).zip(show(others, row));
                    let alike = pair.is_some_and(|(a, b)| match like {
                        Likeness::Whole => a == b,
                        Likeness::Begins => a.starts_with(&b),
                        Likeness::Ends => a.ends_with(&b),
                        Likeness::Holds => a.contains(&b),
                    });
                    if alike {
                        found.set(row);
                    }
                }
            }
        }
        found
    }
}

/// A column's value as text, for grouping.
pub(super) fn text_of(column: &BatchColumn, row: usize) -> Option<String> {
    column.value(row).map(|v| v.show())
}
