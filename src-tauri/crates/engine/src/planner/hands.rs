//! What the planner can do: a few read-only questions to the store. Each writes down the step that it took, with
//! the query that opens the same rows, so that nothing in an answer comes from anywhere else.

use super::say;
use crate::session::us;
use crate::wire::{ApiError, Citation, Step};
use serde_json::json;
use std::time::{Duration, Instant};
use timberline_model::query::Span;
use timberline_model::{
    Answer, Batch, Columns, Ctx, Event, EventStore, Filter, Metric, Page, PageFrom, Plan, Query, Series,
    StoreError, TimeRange, TopRow, kql,
};

/// How long one answer may take in all.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many event numbers a chip or an answer carries.
pub const CITED: u32 = 20;

/// Which events.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// When.
    pub range: TimeRange,
    /// Which.
    pub filter: Filter,
}

impl Scope {
    /// Over a range and a filter.
    #[must_use]
    pub fn new(range: TimeRange, filter: Filter) -> Self {
        Self { range, filter }
    }

    /// Those that also satisfy another filter.
    #[must_use]
    pub fn and(&self, filter: Filter) -> Self {
        Self { range: self.range, filter: self.filter.clone().and(filter) }
    }

    /// Those in another range.
    #[must_use]
    pub fn within(&self, range: TimeRange) -> Self {
        Self { range, filter: self.filter.clone() }
    }
}

/// The store, and the steps taken so far.
pub struct Hands<'s> {
    events: &'s dyn EventStore,
    ctx: Ctx<'s>,
    /// What was done.
    pub steps: Vec<Step>,
}

/// The microsecond after a time: an end that is not included must not cut off the event just before it.
fn us_after(ns: i64) -> i64 {
    us(ns.saturating_add(999))
}

fn odd(answer: &Answer) -> StoreError {
    StoreError::Other(
        format!("the store gave another kind of answer: {answer:?}").chars().take(200).collect(),
    )
}

impl<'s> Hands<'s> {
    /// On a store.
    #[must_use]
    pub fn new(events: &'s dyn EventStore) -> Self {
        let ctx = Ctx { cancel: None, deadline: Instant::now().checked_add(PATIENCE) };
        Self { events, ctx, steps: Vec::new() }
    }

    fn step(&mut self, tool: &str, text: String, arguments: serde_json::Value, scope: &Scope, rows: u64) {
        self.steps.push(Step {
            tool: tool.to_owned(),
            text,
            arguments,
            query: kql::render(&scope.filter),
            from_us: scope.range.from_ns.map(us),
            to_us: scope.range.to_ns.map(us_after),
            rows,
            by: "planner".to_owned(),
            ..Step::default()
        });
    }

    fn run(&self, scope: &Scope, plan: Plan) -> Result<Answer, StoreError> {
        self.events.run(&Query { range: scope.range, filter: scope.filter.clone(), plan }, &self.ctx)
    }

    /// Whether any event is in the scope; a look, not a step.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn any(&self, scope: &Scope) -> Result<bool, ApiError> {
        Ok(self.peek(scope)? > 0)
    }

    /// How many events are in the scope; a look, not a step.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn peek(&self, scope: &Scope) -> Result<u64, ApiError> {
        match self.run(scope, Plan::Count)? {
            Answer::Count(n) => Ok(n),
            other => Err(odd(&other).into()),
        }
    }

    /// How many events are in the scope.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn count(&mut self, what: &str, scope: &Scope) -> Result<u64, ApiError> {
        let n = self.peek(scope)?;
        self.step("count", format!("counted {what}: {}", say::number(n)), json!({ "what": what }), scope, n);
        Ok(n)
    }

    /// How many, first and last.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn span(&mut self, what: &str, scope: &Scope) -> Result<Span, ApiError> {
        match self.run(scope, Plan::Span)? {
            Answer::Span(span) => {
                let text = format!("looked for the first and last of {what}: {}", say::number(span.events));
                self.step("span", text, json!({ "what": what }), scope, span.events);
                Ok(span)
            }
            other => Err(odd(&other).into()),
        }
    }

    /// The greatest values, ranked by a metric.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn top(
        &mut self,
        what: &str,
        scope: &Scope,
        by: &[&str],
        metric: Metric,
        limit: u32,
    ) -> Result<Vec<TopRow>, ApiError> {
        let arguments = json!({
            "by": by,
            "limit": limit,
            "metric": match &metric {
                Metric::Count => "count".to_owned(),
                Metric::Distinct(f) => format!("distinct {f}"),
                Metric::Sum(f) => format!("sum of {f}"),
            },
        });
        let by = by.iter().map(|f| (*f).to_owned()).collect();
        self.ranked("top", what, scope, Plan::Top { by, metric, limit }, arguments)
    }

    /// The rarest values.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn rare(&mut self, what: &str, scope: &Scope, by: &str, limit: u32) -> Result<Vec<TopRow>, ApiError> {
        let plan = Plan::Rare { by: vec![by.to_owned()], max_count: u64::MAX, limit };
        self.ranked("rare", what, scope, plan, json!({ "by": [by], "limit": limit }))
    }

    fn ranked(
        &mut self,
        tool: &str,
        what: &str,
        scope: &Scope,
        plan: Plan,
        arguments: serde_json::Value,
    ) -> Result<Vec<TopRow>, ApiError> {
        match self.run(scope, plan)? {
            Answer::Top(rows) => {
                let n = rows.len() as u64;
                self.step(
                    tool,
                    format!("counted {what}: {}", say::counted(n, "row", "rows")),
                    arguments,
                    scope,
                    n,
                );
                Ok(rows)
            }
            other => Err(odd(&other).into()),
        }
    }

    /// Counts over time.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn timeline(
        &mut self,
        what: &str,
        scope: &Scope,
        from_ns: i64,
        step_ns: i64,
        bins: u32,
    ) -> Result<Vec<Series>, ApiError> {
        let plan = Plan::Histogram { from_ns, step_ns, bins, by: None, max_series: 1 };
        match self.run(scope, plan)? {
            Answer::Histogram(histogram) => {
                let arguments = json!({ "step_seconds": step_ns / 1_000_000_000, "bins": bins });
                self.step(
                    "timeline",
                    format!("counted {what} over time: {}", say::counted(u64::from(bins), "bar", "bars")),
                    arguments,
                    scope,
                    u64::from(bins),
                );
                Ok(histogram.series)
            }
            other => Err(odd(&other).into()),
        }
    }

    /// Counts by weekday and hour.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn matrix(
        &mut self,
        what: &str,
        scope: &Scope,
        offsets: Vec<(i64, i32)>,
    ) -> Result<Box<[[u64; 24]; 7]>, ApiError> {
        match self.run(scope, Plan::Matrix { offsets })? {
            Answer::Matrix(matrix) => {
                let n = matrix.iter().flatten().sum();
                self.step(
                    "login_patterns",
                    format!("counted {what} by weekday and hour"),
                    json!({ "what": what }),
                    scope,
                    n,
                );
                Ok(matrix)
            }
            other => Err(odd(&other).into()),
        }
    }

    /// Events in time order (or latest first).
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn events(
        &mut self,
        what: &str,
        scope: &Scope,
        reverse: bool,
        limit: u32,
    ) -> Result<Vec<Event>, ApiError> {
        let page = self.page(scope, reverse, limit, Columns::All)?;
        let n = page.events.len() as u64;
        let arguments = json!({ "limit": limit, "reverse": reverse });
        self.step(
            "events",
            format!("looked at {what}: {}", say::counted(n, "event", "events")),
            arguments,
            scope,
            n,
        );
        Ok(page.events)
    }

    /// Hands over columns of all events of a scope, in order of event number; says how many there were.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn scan(
        &mut self,
        tool: &str,
        what: &str,
        scope: &Scope,
        fields: &[&str],
        take: &mut dyn FnMut(&Batch) -> bool,
    ) -> Result<(), ApiError> {
        let mut rows = 0;
        self.events.scan(scope.range, &scope.filter, fields, &self.ctx, &mut |batch| {
            rows += batch.ids.len() as u64;
            take(batch)
        })?;
        self.step(
            tool,
            format!("went through {what} in order: {}", say::counted(rows, "event", "events")),
            json!({ "fields": fields }),
            scope,
            rows,
        );
        Ok(())
    }

    /// Some numbers of events of a scope, the first ones, for citing; a look, not a step.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn some(&self, scope: &Scope) -> Result<Vec<u64>, ApiError> {
        let page = self.page(scope, false, CITED, Columns::Named(Vec::new()))?;
        Ok(page.events.iter().map(|e| e.id.0).collect())
    }

    fn page(&self, scope: &Scope, reverse: bool, limit: u32, columns: Columns) -> Result<Page, ApiError> {
        match self.run(scope, Plan::Page { from: PageFrom::Start, reverse, limit, columns, raw: false })? {
            Answer::Page(page) => Ok(page),
            other => Err(odd(&other).into()),
        }
    }

    /// Notes that the cards were looked at.
    pub fn saw_cards(&mut self, scope: &Scope, n: usize) {
        self.step(
            "cards",
            format!("looked at the cards: {}", say::counted(n as u64, "card", "cards")),
            json!({}),
            scope,
            n as u64,
        );
    }

    /// A chip that opens the scope's rows.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn chip(&self, label: String, scope: &Scope) -> Result<Citation, ApiError> {
        Ok(Citation {
            label,
            query: kql::render(&scope.filter),
            from_us: scope.range.from_ns.map(us),
            to_us: scope.range.to_ns.map(us_after),
            events: self.some(scope)?,
        })
    }
}
