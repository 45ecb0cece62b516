//! Rules over what other rules found: so many within a time, so many different values, one after another. Windows end at an
//! event and begin at most the time span before it; groups are kept apart by the values of the rule's own fields; a stretch of
//! time in which the condition holds is one finding, however many events keep it true.

use super::adapter::{level_of, made_id, techniques};
use super::bits::Bits;
use super::scan::text_of;
use super::{Level, LogSource, NotUsed, Rule};
use rsigma_parser::ast::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, Quantifier,
    WindowMode,
};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use timberline_model::time::SECOND;
use timberline_model::{Batch, EventId, NO_TIME};

/// Events kept for one correlation; beyond, it is said not to have been counted to the end.
const MOST: usize = 2_000_000;
/// Values looked at in one window of an average or a percentile.
const MOST_VALUES: usize = 10_000;

/// A rule over what others find.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// Its id, or one made of its title.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: Level,
    /// Its author.
    pub author: String,
    /// What it finds.
    pub description: String,
    /// What else it may be.
    pub falsepositives: Vec<String>,
    /// ATT&CK technique ids among its tags.
    pub attack: Vec<String>,
    /// The file that it stands in.
    pub path: String,
    rules: Vec<String>,
    group_by: Vec<String>,
    span_ns: i64,
    gap_ns: i64,
    mode: WindowMode,
    kind: CorrelationType,
    condition: Condition,
    field: Option<String>,
    percentile: f64,
    /// Alias -> rule -> field.
    aliases: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Clone, Debug)]
enum Condition {
    Numbers(Vec<(ConditionOperator, u64)>),
    Rules(ConditionExpr),
    /// Every rule.
    All,
}

/// A stretch of time in which a correlation's condition held.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The correlation's place in the list.
    pub correlation: usize,
    /// The fields it groups by, with their values.
    pub group: Vec<(String, String)>,
    /// The events, in order of time.
    pub events: Vec<EventId>,
    /// First and last, ns.
    pub first: i64,
    /// Last, ns.
    pub last: i64,
}

impl Correlation {
    /// From the parser's tree.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn of(rule: &CorrelationRule, path: &str) -> Result<Self, String> {
        let span = i64::try_from(rule.timespan.seconds).ok().and_then(|s| s.checked_mul(SECOND));
        let span_ns = span.filter(|s| *s > 0).ok_or("its time span is none")?;
        let temporal =
            matches!(rule.correlation_type, CorrelationType::Temporal | CorrelationType::TemporalOrdered);
        let (condition, field, percentile) = match &rule.condition {
            // Without a condition the parser says "at least one": what is meant is every rule.
            CorrelationCondition::Threshold { predicates, .. }
                if temporal && matches!(predicates.as_slice(), [] | [(ConditionOperator::Gte, 1)]) =>
            {
                (Condition::All, None, 0.0)
            }
            CorrelationCondition::Threshold { predicates, .. } if predicates.is_empty() => {
                return Err("it does not say from which number on".to_owned());
            }
            CorrelationCondition::Threshold { predicates, field, percentile } => (
                Condition::Numbers(predicates.clone()),
                field.as_ref().and_then(|f| f.first().cloned()),
                percentile.map_or(50.0, |p| p as f64),
            ),
            CorrelationCondition::Extended(expr) => (Condition::Rules(expr.clone()), None, 0.0),
        };
        let wants_field = !temporal && rule.correlation_type != CorrelationType::EventCount;
        if wants_field && field.is_none() {
            return Err("it does not say whose values are counted".to_owned());
        }
        if rule.rules.is_empty() {
            return Err("it names no rules".to_owned());
        }
        let aliases =
            rule.aliases.iter().map(|a| (a.alias.clone(), a.mapping.clone().into_iter().collect())).collect();
        Ok(Self {
            id: rule.id.clone().unwrap_or_else(|| made_id(&rule.title)),
            title: rule.title.clone(),
            level: level_of(rule.level),
            author: rule.author.clone().unwrap_or_default(),
            description: rule.description.clone().unwrap_or_default().trim().to_owned(),
            falsepositives: rule.falsepositives.clone(),
            attack: techniques(&rule.tags),
            path: path.to_owned(),
            rules: rule.rules.clone(),
            group_by: rule.group_by.clone(),
            span_ns,
            gap_ns: rule.gap.as_ref().map_or(span_ns, |g| {
                i64::try_from(g.seconds).unwrap_or(i64::MAX / SECOND).saturating_mul(SECOND)
            }),
            mode: rule.window,
            kind: rule.correlation_type,
            condition,
            field,
            percentile,
            aliases,
        })
    }

    fn names(&self, rule: &Rule) -> Option<&str> {
        self.rules
            .iter()
            .find(|r| **r == rule.id || (!rule.name.is_empty() && **r == rule.name))
            .map(String::as_str)
    }

    /// What a rule calls a field of this correlation.
    fn field_of(&self, field: &str, called: &str, rule: &Rule) -> String {
        let mapped = self.aliases.get(field).and_then(|m| m.get(called).or_else(|| m.get(&rule.id)));
        mapped.cloned().unwrap_or_else(|| field.to_owned())
    }

    fn fields(&self) -> impl Iterator<Item = &String> {
        self.group_by.iter().chain(self.field.as_ref())
    }
}

/// A field as a rule calls it, with the rule's log source: what must be looked up for grouping.
pub type Key = (String, LogSource);

/// The fields that correlations need of events.
#[must_use]
pub fn group_columns(correlations: &[Correlation], rules: &[Rule]) -> Vec<Key> {
    let mut keys = BTreeSet::new();
    for correlation in correlations {
        for rule in rules {
            let Some(called) = correlation.names(rule) else { continue };
            for field in correlation.fields() {
                keys.insert((correlation.field_of(field, called, rule), rule.logsource.clone()));
            }
        }
    }
    keys.into_iter().collect()
}

struct Entry {
    time: i64,
    id: EventId,
    /// Which of the correlation's rules.
    rule: usize,
    value: Option<String>,
}

/// One use of a rule by a correlation.
struct Use {
    correlation: usize,
    /// The rule's place in the correlation's list.
    nth: usize,
    group: Vec<Vec<usize>>,
    value: Vec<usize>,
}

/// What is gathered while rules run.
pub struct Gathered {
    uses: FxHashMap<usize, Vec<Use>>,
    groups: BTreeMap<(usize, Vec<String>), Vec<Entry>>,
    counts: Vec<usize>,
    unmet: Vec<(usize, String)>,
}

impl Gathered {
    /// `columns` are the places of the keys that [`group_columns`] named.
    #[must_use]
    pub fn new(correlations: &[Correlation], rules: &[Rule], columns: Vec<(Key, Vec<usize>)>) -> Self {
        let columns: BTreeMap<Key, Vec<usize>> = columns.into_iter().collect();
        let mut uses: FxHashMap<usize, Vec<Use>> = FxHashMap::default();
        let mut unmet = Vec::new();
        for (at, correlation) in correlations.iter().enumerate() {
            for (nth, wanted) in correlation.rules.iter().enumerate() {
                let found =
                    rules.iter().enumerate().find(|(_, r)| correlation.names(r) == Some(wanted.as_str()));
                let Some((rule_at, rule)) = found else {
                    unmet.push((
                        at,
                        format!("the rule {wanted}, which it is about, is not among those loaded"),
                    ));
                    continue;
                };
                let place = |field: &String| {
                    let key = (correlation.field_of(field, wanted, rule), rule.logsource.clone());
                    columns.get(&key).cloned().unwrap_or_default()
                };
                let group = correlation.group_by.iter().map(place).collect();
                let value = correlation.field.as_ref().map(place).unwrap_or_default();
                uses.entry(rule_at).or_default().push(Use { correlation: at, nth, group, value });
            }
        }
        Self { uses, groups: BTreeMap::new(), counts: vec![0; correlations.len()], unmet }
    }

    /// Takes what a rule found in a batch. Undated events are in no window; events without a field that is grouped by are in no group.
    pub fn take(&mut self, rule: usize, rows: &Bits, batch: &Batch) {
        let Some(uses) = self.uses.get(&rule) else { return };
        let text =
            |columns: &[usize], row: usize| columns.iter().find_map(|c| text_of(batch.columns.get(*c)?, row));
        for one in uses {
            for row in rows.rows() {
                let (Some(time), Some(id)) = (batch.times.get(row), batch.ids.get(row)) else { continue };
                let key: Option<Vec<String>> = one.group.iter().map(|c| text(c, row)).collect();
                let (Some(key), true) = (key, *time != NO_TIME) else { continue };
                let Some(count) = self.counts.get_mut(one.correlation).filter(|c| **c < MOST) else {
                    continue;
                };
                *count += 1;
                let entry = Entry { time: *time, id: *id, rule: one.nth, value: text(&one.value, row) };
                self.groups.entry((one.correlation, key)).or_default().push(entry);
            }
        }
    }

    /// What the correlations found, in order.
    pub fn finish(self, correlations: &[Correlation], not_used: &mut Vec<NotUsed>) -> Vec<Found> {
        let said = |at: usize, reason: String| {
            let c = correlations.get(at)?;
            Some(NotUsed { path: c.path.clone(), id: c.id.clone(), title: c.title.clone(), reason })
        };
        let broken: BTreeSet<usize> = self.unmet.iter().map(|(at, _)| *at).collect();
        not_used.extend(self.unmet.into_iter().filter_map(|(at, why)| said(at, why)));
        for (at, count) in self.counts.iter().enumerate() {
            if *count >= MOST {
                not_used.extend(said(at, format!("only its first {MOST} events were counted")));
            }
        }
        let mut found = Vec::new();
        for ((at, key), mut entries) in self.groups {
            let Some(correlation) = correlations.get(at).filter(|_| !broken.contains(&at)) else { continue };
            entries.sort_by_key(|e| (e.time, e.id));
            let group: Vec<(String, String)> = correlation.group_by.iter().cloned().zip(key).collect();
            for (from, to) in stretches(correlation, &entries) {
                let held = &entries[from..to];
                let (Some(first), Some(last)) = (held.first(), held.last()) else { continue };
                let mut events: Vec<EventId> = held.iter().map(|e| e.id).collect();
                events.dedup();
                found.push(Found {
                    correlation: at,
                    group: group.clone(),
                    events,
                    first: first.time,
                    last: last.time,
                });
            }
        }
        found
    }
}

/// The stretches `[from, to)` of a group's entries over which the condition held.
fn stretches(correlation: &Correlation, entries: &[Entry]) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    let mut add = |from: usize, to: usize| match out.last_mut() {
        Some(last) if from < last.1 => last.1 = last.1.max(to),
        _ => out.push((from, to)),
    };
    match correlation.mode {
        WindowMode::Tumbling | WindowMode::Session => {
            let mut from = 0;
            for to in 1..=entries.len() {
                let same = to < entries.len()
                    && match correlation.mode {
                        WindowMode::Session => {
                            entries[to].time - entries[to - 1].time <= correlation.gap_ns
                                && entries[to].time - entries[from].time <= correlation.span_ns
                        }
                        _ => {
                            entries[to].time.div_euclid(correlation.span_ns)
                                == entries[from].time.div_euclid(correlation.span_ns)
                        }
                    };
                if !same {
                    if holds(correlation, &entries[from..to]) {
                        add(from, to);
                    }
                    from = to;
                }
            }
        }
        WindowMode::Sliding => {
            let mut from = 0;
            let mut distinct: FxHashMap<&str, usize> = FxHashMap::default();
            for to in 0..entries.len() {
                if let Some(value) = &entries[to].value {
                    *distinct.entry(value).or_default() += 1;
                }
                while entries[to].time - entries[from].time > correlation.span_ns {
                    if let Some(value) = &entries[from].value
                        && let Some(n) = distinct.get_mut(value.as_str())
                    {
                        *n -= 1;
                        if *n == 0 {
                            distinct.remove(value.as_str());
                        }
                    }
                    from += 1;
                }
                let window = &entries[from..=to];
                let good = match (&correlation.kind, &correlation.condition) {
                    (CorrelationType::EventCount, Condition::Numbers(n)) => satisfied(n, window.len() as f64),
                    (CorrelationType::ValueCount, Condition::Numbers(n)) => {
                        satisfied(n, distinct.len() as f64)
                    }
                    _ => holds(correlation, window),
                };
                if good {
                    add(from, to + 1);
                }
            }
        }
    }
    out
}

fn holds(correlation: &Correlation, window: &[Entry]) -> bool {
    let numbers = || -> Vec<f64> {
        window.iter().take(MOST_VALUES).filter_map(|e| e.value.as_ref()?.trim().parse().ok()).collect()
    };
    let measure = match correlation.kind {
        CorrelationType::EventCount => window.len() as f64,
        CorrelationType::ValueCount => {
            window.iter().filter_map(|e| e.value.as_deref()).collect::<BTreeSet<_>>().len() as f64
        }
        CorrelationType::ValueSum => numbers().iter().sum(),
        CorrelationType::ValueAvg => {
            let all = numbers();
            if all.is_empty() {
                return false;
            }
            all.iter().sum::<f64>() / all.len() as f64
        }
        CorrelationType::ValueMedian => match percentile(numbers(), 50.0) {
            Some(n) => n,
            None => return false,
        },
        CorrelationType::ValuePercentile => match percentile(numbers(), correlation.percentile) {
            Some(n) => n,
            None => return false,
        },
        CorrelationType::Temporal => return temporal(correlation, window),
        CorrelationType::TemporalOrdered => return ordered(correlation, window),
    };
    match &correlation.condition {
        Condition::Numbers(n) => satisfied(n, measure),
        Condition::Rules(_) | Condition::All => false,
    }
}

fn satisfied(predicates: &[(ConditionOperator, u64)], n: f64) -> bool {
    predicates.iter().all(|(op, limit)| {
        let limit = *limit as f64;
        match op {
            ConditionOperator::Lt => n < limit,
            ConditionOperator::Lte => n <= limit,
            ConditionOperator::Gt => n > limit,
            ConditionOperator::Gte => n >= limit,
            ConditionOperator::Eq => n == limit,
            ConditionOperator::Neq => n != limit,
        }
    })
}

/// The nearest-rank percentile.
fn percentile(mut all: Vec<f64>, p: f64) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    let rank = (p / 100.0 * all.len() as f64).ceil().max(1.0) as usize;
    all.get(rank.min(all.len()).checked_sub(1)?).copied()
}

fn temporal(correlation: &Correlation, window: &[Entry]) -> bool {
    let seen: BTreeSet<usize> = window.iter().map(|e| e.rule).collect();
    match &correlation.condition {
        Condition::All => seen.len() == correlation.rules.len(),
        Condition::Numbers(n) => satisfied(n, seen.len() as f64),
        Condition::Rules(expr) => {
            let was = |name: &str| {
                correlation.rules.iter().position(|r| r == name).is_some_and(|at| seen.contains(&at))
            };
            evaluate(expr, &was, correlation)
        }
    }
}

fn evaluate(expr: &ConditionExpr, was: &dyn Fn(&str) -> bool, correlation: &Correlation) -> bool {
    match expr {
        ConditionExpr::And(all) => all.iter().all(|e| evaluate(e, was, correlation)),
        ConditionExpr::Or(all) => all.iter().any(|e| evaluate(e, was, correlation)),
        ConditionExpr::Not(inner) => !evaluate(inner, was, correlation),
        ConditionExpr::Identifier(name) => was(name),
        ConditionExpr::Selector { quantifier, .. } => {
            let n = correlation.rules.iter().filter(|r| was(r)).count() as u64;
            match quantifier {
                Quantifier::Any => n > 0,
                Quantifier::All => n == correlation.rules.len() as u64,
                Quantifier::Count(least) => n >= *least,
            }
        }
    }
}

/// Whether the rules were met in their order within the window.
fn ordered(correlation: &Correlation, window: &[Entry]) -> bool {
    let mut next = 0;
    for entry in window {
        if entry.rule == next {
            next += 1;
        }
    }
    next == correlation.rules.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: &str, condition: &str) -> Correlation {
        let text = format!(
            "title: t\nid: c\ncorrelation:\n  type: {kind}\n  rules:\n    - a\n    - b\n  group-by:\n    - User\n  timespan: 10s\n{condition}"
        );
        let collection = rsigma_parser::parse_sigma_yaml(&text).unwrap();
        assert!(collection.errors.is_empty(), "{:?}", collection.errors);
        Correlation::of(&collection.correlations[0], "x.yml").unwrap()
    }

    fn entries(list: &[(i64, usize, &str)]) -> Vec<Entry> {
        list.iter()
            .enumerate()
            .map(|(n, (second, rule, value))| Entry {
                time: second * SECOND,
                id: EventId(n as u64),
                rule: *rule,
                value: (!value.is_empty()).then(|| (*value).to_owned()),
            })
            .collect()
    }

    #[test]
    fn counts_hold_within_the_time_span_only() {
        let three = rule("event_count", "  condition:\n    gte: 3\n");
        assert_eq!(stretches(&three, &entries(&[(0, 0, ""), (6, 0, ""), (12, 0, "")])), []);
        assert_eq!(
            stretches(&three, &entries(&[(0, 0, ""), (6, 0, ""), (10, 0, ""), (11, 0, "")])),
            [(0, 4)]
        );
        let values = rule("value_count", "  condition:\n    gte: 2\n    field: IpAddress\n");
        assert_eq!(stretches(&values, &entries(&[(0, 0, "x"), (1, 0, "x"), (2, 0, "")])), []);
        assert_eq!(stretches(&values, &entries(&[(0, 0, "x"), (1, 0, "y")])), [(0, 2)]);
    }

    #[test]
    fn temporal_fires_once_and_order_is_kept() {
        let both = rule("temporal", "");
        assert_eq!(stretches(&both, &entries(&[(0, 1, ""), (1, 0, ""), (2, 0, ""), (3, 1, "")])), [(0, 4)]);
        assert_eq!(stretches(&both, &entries(&[(0, 1, ""), (20, 0, "")])), []);
        let order = rule("temporal_ordered", "");
        assert_eq!(stretches(&order, &entries(&[(0, 1, ""), (1, 0, "")])), []);
        assert_eq!(stretches(&order, &entries(&[(0, 0, ""), (1, 1, "")])), [(0, 2)]);
    }
}
