//! A store that answers every plan the slow and obvious way, over a list of events in memory.
//!
//! It is the meaning of [`Plan`]: tests run the same query here and on a real engine and compare.
//! It is also what detectors' unit tests run on. Not for real cases: it looks at every event every time.

use crate::event::{Event, EventId};
use crate::field::virtual_field;
use crate::filter::Filter;
use crate::query::{
    Answer, Batch, BatchColumn, Columns, Ctx, EventStore, FieldStat, Histogram, Metric, Page, PageFrom, Plan,
    Query, Series, Span, StoreError, TopRow,
};
use crate::time::{DAY, HOUR, NO_TIME, SECOND, TimeRange};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Events in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    events: Vec<Event>,
}

impl MemoryStore {
    /// Over these events; each carries all its fields and its raw record.
    #[must_use]
    pub fn new(mut events: Vec<Event>) -> Self {
        events.sort_by_key(|e| e.id);
        Self { events }
    }

    fn selected<'s>(&'s self, range: TimeRange, filter: &'s Filter) -> impl Iterator<Item = &'s Event> {
        self.events.iter().filter(move |e| range.holds(e.time_ns.unwrap_or(NO_TIME)) && filter.matches(e))
    }

    fn rank(&self, query: &Query, by: &[String], metric: &Metric) -> Vec<TopRow> {
        let mut groups: BTreeMap<Vec<Value>, Vec<&Event>> = BTreeMap::new();
        for event in self.selected(query.range, &query.filter) {
            let key: Option<Vec<Value>> = by.iter().map(|f| value(event, f)).collect();
            if let Some(key) = key {
                groups.entry(key).or_default().push(event);
            }
        }
        groups
            .into_iter()
            .map(|(values, events)| TopRow {
                values,
                count: events.len() as u64,
                metric: match metric {
                    Metric::Count => events.len() as f64,
                    Metric::Distinct(f) => {
                        events.iter().filter_map(|e| value(e, f)).collect::<BTreeSet<_>>().len() as f64
                    }
                    Metric::Sum(f) => events.iter().filter_map(|e| value(e, f)?.number()).sum(),
                },
                first_ns: events.iter().filter_map(|e| e.time_ns).min(),
                last_ns: events.iter().filter_map(|e| e.time_ns).max(),
            })
            .collect()
    }

    fn histogram(
        &self,
        query: &Query,
        by: Option<&str>,
        from_ns: i64,
        step_ns: i64,
        bins: u32,
    ) -> Vec<Series> {
        let mut lines: BTreeMap<Option<Value>, Vec<u64>> = BTreeMap::new();
        for event in self.selected(query.range, &query.filter) {
            let Some(bin) = event.time_ns.and_then(|t| bin_of(t, from_ns, step_ns, bins)) else { continue };
            let key = by.and_then(|f| value(event, f));
            lines.entry(key).or_insert_with(|| vec![0; bins as usize])[bin] += 1;
        }
        lines.into_iter().map(|(value, counts)| Series { value, counts }).collect()
    }
}

/// The bucket that a time falls in.
#[must_use]
pub fn bin_of(time_ns: i64, from_ns: i64, step_ns: i64, bins: u32) -> Option<usize> {
    let bin = time_ns.checked_sub(from_ns)?.div_euclid(step_ns.max(1));
    usize::try_from(bin).ok().filter(|b| *b < bins as usize)
}

/// `(weekday from Monday, hour)` of a time, with the zone given as data (see [`Plan::Matrix`]).
#[must_use]
pub fn weekday_and_hour(time_ns: i64, offsets: &[(i64, i32)]) -> (usize, usize) {
    let known = offsets.partition_point(|(from, _)| *from <= time_ns);
    let offset = known.checked_sub(1).and_then(|i| offsets.get(i)).or(offsets.first()).map_or(0, |o| o.1);
    let local = time_ns.saturating_add(i64::from(offset) * SECOND);
    // 1970-01-01 was a Thursday, the fourth day from Monday.
    let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7);
    (weekday as usize, (local.rem_euclid(DAY) / HOUR) as usize)
}

/// Puts ranked rows in order: greatest metric, then greatest count, then value.
pub fn sort_top(rows: &mut [TopRow]) {
    rows.sort_by(|a, b| {
        b.metric.total_cmp(&a.metric).then(b.count.cmp(&a.count)).then_with(|| a.values.cmp(&b.values))
    });
}

/// Puts series in order: greatest sum, then value.
pub fn sort_series(series: &mut [Series]) {
    series.sort_by(|a, b| {
        let sum = |s: &Series| s.counts.iter().sum::<u64>();
        sum(b).cmp(&sum(a)).then_with(|| a.value.cmp(&b.value))
    });
}

fn value(event: &Event, field: &str) -> Option<Value> {
    match field {
        virtual_field::TIMESTAMP => event.time_ns.map(Value::Int),
        virtual_field::SOURCE => Some(Value::Int(i64::from(event.id.source()))),
        virtual_field::LINE => Some(Value::Int(event.line as i64)),
        virtual_field::OFFSET => Some(Value::Int(event.offset as i64)),
        name => event.get(name).cloned(),
    }
}

impl EventStore for MemoryStore {
    fn run(&self, query: &Query, ctx: &Ctx<'_>) -> Result<Answer, StoreError> {
        ctx.check()?;
        Ok(match &query.plan {
            Plan::Count => Answer::Count(self.selected(query.range, &query.filter).count() as u64),
            Plan::Span => {
                let mut span = Span::default();
                for event in self.selected(query.range, &query.filter) {
                    span.events += 1;
                    span.undated += u64::from(event.time_ns.is_none());
                    span.first_ns = span.first_ns.into_iter().chain(event.time_ns).min();
                    span.last_ns = span.last_ns.into_iter().chain(event.time_ns).max();
                }
                Answer::Span(span)
            }
            Plan::Histogram { from_ns, step_ns, bins, by, max_series } => {
                let mut series = self.histogram(query, by.as_deref(), *from_ns, *step_ns, *bins);
                sort_series(&mut series);
                series.truncate(*max_series as usize);
                Answer::Histogram(Histogram { from_ns: *from_ns, step_ns: *step_ns, series })
            }
            Plan::Baseline { by, from_ns, step_ns, bins } => {
                let mut series = self.histogram(query, Some(by), *from_ns, *step_ns, *bins);
                series.retain(|s| s.value.is_some());
                Answer::Histogram(Histogram { from_ns: *from_ns, step_ns: *step_ns, series })
            }
            Plan::Top { by, metric, limit } => {
                let mut rows = self.rank(query, by, metric);
                sort_top(&mut rows);
                rows.truncate(*limit as usize);
                Answer::Top(rows)
            }
            Plan::Rare { by, max_count, limit } => {
                let mut rows = self.rank(query, by, &Metric::Count);
                rows.retain(|r| r.count <= *max_count);
                rows.sort_by(|a, b| a.count.cmp(&b.count).then_with(|| a.values.cmp(&b.values)));
                rows.truncate(*limit as usize);
                Answer::Top(rows)
            }
            Plan::Matrix { offsets } => {
                let mut matrix = Box::new([[0; 24]; 7]);
                for time in self.selected(query.range, &query.filter).filter_map(|e| e.time_ns) {
                    let (day, hour) = weekday_and_hour(time, offsets);
                    matrix[day][hour] += 1;
                }
                Answer::Matrix(matrix)
            }
            Plan::Page { from, reverse, limit, columns, raw } => {
                let mut events: Vec<&Event> = self.selected(query.range, &query.filter).collect();
                events.sort_by_key(|e| e.order());
                if *reverse {
                    events.reverse();
                }
                let skip = match from {
                    PageFrom::Start => 0,
                    PageFrom::Nth(n) => *n as usize,
                    PageFrom::After(id) => match self.events.iter().find(|e| e.id == *id) {
                        Some(at) => events.partition_point(|e| {
                            if *reverse { e.order() >= at.order() } else { e.order() <= at.order() }
                        }),
                        None => 0,
                    },
                    PageFrom::Time(t) => events.partition_point(|e| match e.time_ns {
                        Some(time) => {
                            if *reverse {
                                time > *t
                            } else {
                                time < *t
                            }
                        }
                        None => *reverse,
                    }),
                };
                let more = events.len() > skip.saturating_add(*limit as usize);
                let events = events.into_iter().skip(skip).take(*limit as usize);
                let pick = |event: &Event| {
                    let mut event = event.clone();
                    if let Columns::Named(names) = columns {
                        event.fields.retain(|(n, _)| names.contains(n));
                    }
                    event.raw = event.raw.filter(|_| *raw);
                    event.fields.sort_by(|a, b| a.0.cmp(&b.0));
                    event
                };
                Answer::Page(Page { events: events.map(pick).collect(), more })
            }
            Plan::Get { ids } => Answer::Events(
                ids.iter().filter_map(|id| self.events.iter().find(|e| e.id == *id)).cloned().collect(),
            ),
            Plan::Fields => {
                let mut fields: BTreeMap<&str, (u64, BTreeSet<&Value>)> = BTreeMap::new();
                for event in self.selected(query.range, &query.filter) {
                    for (name, value) in &event.fields {
                        let stat = fields.entry(name).or_default();
                        stat.0 += 1;
                        stat.1.insert(value);
                    }
                }
                Answer::Fields(
                    fields
                        .into_iter()
                        .map(|(name, (events, values))| FieldStat {
                            name: name.to_owned(),
                            kind: kind_of(values.iter().copied()).to_owned(),
                            events,
                            distinct: values.len() as u64,
                        })
                        .collect(),
                )
            }
        })
    }

    fn scan(
        &self,
        range: TimeRange,
        filter: &Filter,
        fields: &[&str],
        ctx: &Ctx<'_>,
        take: &mut dyn FnMut(&Batch) -> bool,
    ) -> Result<(), StoreError> {
        let mut by_source: BTreeMap<u32, Vec<&Event>> = BTreeMap::new();
        for event in self.selected(range, filter) {
            by_source.entry(event.id.source()).or_default().push(event);
        }
        for events in by_source.values() {
            ctx.check()?;
            let batch = Batch {
                ids: events.iter().map(|e| e.id).collect(),
                times: events.iter().map(|e| e.time_ns.unwrap_or(NO_TIME)).collect(),
                columns: fields
                    .iter()
                    .map(|f| column(events.iter().map(|e| value(e, f)).collect()))
                    .collect(),
            };
            if !take(&batch) {
                break;
            }
        }
        Ok(())
    }
}

/// The kind of a field by the values seen.
pub fn kind_of<'v>(values: impl Iterator<Item = &'v Value>) -> &'static str {
    let mut kind = "";
    for value in values {
        let this = match value {
            Value::Text(_) => "text",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
        };
        kind = match kind {
            "" => this,
            same if same == this => same,
            _ => return "mixed",
        };
    }
    kind
}

fn column(values: Vec<Option<Value>>) -> BatchColumn {
    if values.iter().all(Option::is_none) {
        return BatchColumn::Missing;
    }
    if values.iter().flatten().all(|v| matches!(v, Value::Int(_))) {
        let ints = values.into_iter().map(|v| match v {
            Some(Value::Int(n)) => Some(n),
            _ => None,
        });
        return BatchColumn::Int(ints.collect());
    }
    if values.iter().flatten().all(|v| !matches!(v, Value::Text(_))) {
        return BatchColumn::Float(values.into_iter().map(|v| v.and_then(|v| v.number())).collect());
    }
    let mut places: BTreeMap<String, u32> = BTreeMap::new();
    let mut dict: Vec<Box<str>> = Vec::new();
    let codes = values
        .into_iter()
        .map(|v| match v {
            None => BatchColumn::NONE,
            Some(v) => {
                let text = match v {
                    Value::Text(t) => t,
                    number => number.show(),
                };
                *places.entry(text).or_insert_with_key(|text| {
                    dict.push(text.as_str().into());
                    dict.len() as u32 - 1
                })
            }
        })
        .collect();
    BatchColumn::Text { dict: Arc::from(dict), codes }
}

/// An event with its fields, for tests: `event(1, 0, Some(t), &[("user.name", "root".into())])`.
#[must_use]
pub fn event(source: u32, ordinal: u32, time_ns: Option<i64>, fields: &[(&str, Value)]) -> Event {
    let mut fields: Vec<(String, Value)> = fields.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    let raw = fields.iter().map(|(n, v)| format!("{n}={}", v.show())).collect::<Vec<_>>().join(" ");
    Event {
        id: EventId::new(source, ordinal),
        time_ns,
        assumed: 0,
        line: u64::from(ordinal) + 1,
        offset: u64::from(ordinal) * 100,
        fields,
        raw: Some(raw.into_bytes()),
    }
}
