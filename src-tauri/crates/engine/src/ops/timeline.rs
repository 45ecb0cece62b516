//! Counts over time in round steps, by field or source, with the evidence of open cards beside them.

use crate::error::usage;
use crate::ops::findings;
use crate::session::{Engine, Judged, OpenCase, filter_of, range_of, us};
use crate::wire::{ApiError, EvidenceSeries, Marker, Timeline, TimelineAsk, TimelineSeries};
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND};
use timberline_model::{Ctx, EventId, Filter, Histogram, Plan, Severity, TimeRange, kql};

/// Most bars in one answer.
pub const BINS_MAX: u32 = 2_000;
/// Most lines in one answer to the window.
const SERIES_MAX: u32 = 24;

/// Widths that people read at a glance, ns.
const ROUND_STEPS: &[i64] = &[
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
    3_640 * DAY,
    36_400 * DAY,
];

/// The bars of a timeline: where they begin, how wide they are, how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bars {
    /// Start of the first bar, ns.
    pub from_ns: i64,
    /// Width, ns.
    pub step_ns: i64,
    /// How many.
    pub bins: u32,
}

impl Bars {
    /// Bars of a width that cover `[from, to)`, the first beginning at a multiple of the width.
    #[must_use]
    pub fn every(from_ns: i64, to_ns: i64, step_ns: i64) -> Self {
        let step_ns = step_ns.max(1);
        let start = from_ns.saturating_sub(from_ns.rem_euclid(step_ns));
        let span = i128::from(to_ns) - i128::from(start);
        let bins = ((span + i128::from(step_ns) - 1) / i128::from(step_ns)).max(1);
        Self { from_ns: start, step_ns, bins: u32::try_from(bins).unwrap_or(u32::MAX) }
    }

    /// At most `most` bars of a round width.
    #[must_use]
    pub fn about(from_ns: i64, to_ns: i64, most: u32) -> Self {
        let most = most.clamp(1, BINS_MAX);
        let fitting =
            ROUND_STEPS.iter().map(|step| Self::every(from_ns, to_ns, *step)).find(|b| b.bins <= most);
        fitting.unwrap_or_else(|| Self::exactly(from_ns, to_ns, most))
    }

    /// This many bars from the first nanosecond on, whole seconds wide where that leaves no bar useless.
    #[must_use]
    pub fn exactly(from_ns: i64, to_ns: i64, bins: u32) -> Self {
        let bins = bins.max(1);
        let span = (i128::from(to_ns) - i128::from(from_ns)).max(1);
        let step = (span + i128::from(bins) - 1) / i128::from(bins);
        let step = i64::try_from(step).unwrap_or(i64::MAX).max(1);
        let whole = step.div_euclid(SECOND).saturating_mul(SECOND);
        let step_ns = match step {
            s if s < 10 * SECOND => s,
            s if s == whole => s,
            _ => whole.saturating_add(SECOND),
        };
        Self { from_ns, step_ns, bins }
    }

    fn plan(self, by: Option<&str>, max_series: u32) -> Plan {
        let by = by.map(str::to_owned);
        Plan::Histogram { from_ns: self.from_ns, step_ns: self.step_ns, bins: self.bins, by, max_series }
    }
}

/// The range with its open ends put where the data begins and ends; `None` where nothing is dated.
///
/// # Errors
/// What the case says.
pub fn extent(open: &OpenCase, range: TimeRange) -> Result<Option<(i64, i64)>, ApiError> {
    if let (Some(from), Some(to)) = (range.from_ns, range.to_ns) {
        return Ok(Some((from, to)));
    }
    let span = open.events().span(TimeRange::ALL, Filter::All, &Ctx::default())?;
    let (Some(first), Some(last)) = (span.first_ns, span.last_ns) else { return Ok(None) };
    let from = range.from_ns.unwrap_or(first);
    Ok(Some((from, range.to_ns.unwrap_or(last.saturating_add(1)).max(from))))
}

/// Counts in these bars.
///
/// # Errors
/// `usage` for too many bars; what the case says.
pub fn histogram(
    open: &OpenCase,
    range: TimeRange,
    filter: Filter,
    bars: Bars,
    by: Option<&str>,
    max_series: u32,
) -> Result<Histogram, ApiError> {
    if bars.bins > 100_000 {
        return Err(usage("that makes more than 100,000 bars; take wider ones or a narrower range"));
    }
    Ok(open.events().histogram(range, filter, bars.plan(by, max_series), &Ctx::default())?)
}

/// Counts over time, as the window draws them.
///
/// # Errors
/// `no_case`, `bad_query`, `usage`.
pub fn bins(engine: &Engine, ask: TimelineAsk) -> Result<Timeline, ApiError> {
    let open = engine.case()?;
    let (range, filter) = (range_of(ask.from_us, ask.to_us)?, filter_of(&ask.query)?);
    let span = open.events().span(TimeRange::ALL, filter.clone(), &Ctx::default())?;
    let Some((from, to)) = extent(&open, range)? else {
        return Ok(Timeline {
            start_us: 0,
            step_us: 1_000_000,
            series: Vec::new(),
            evidence: Vec::new(),
            markers: Vec::new(),
            total: 0,
            undated: span.undated,
        });
    };
    let bars = Bars::about(from, to, ask.bins);
    // Only what lies in the range: the first and the last bar may reach beyond it.
    let within = TimeRange::new(from, to);
    let by = ask.by.as_deref().filter(|b| !b.is_empty());
    let counted = histogram(&open, within, filter.clone(), bars, by, SERIES_MAX)?;
    let cards = open.cards()?;
    let listed: Vec<&Judged> = cards.all.iter().filter(|c| c.listed()).collect();
    let evidence = match ask.evidence {
        true => evidence(&open, within, &filter, bars, by == Some("source"), &listed)?,
        false => Vec::new(),
    };
    Ok(Timeline {
        start_us: us(counted.from_ns),
        step_us: us(counted.step_ns),
        series: counted
            .series
            .into_iter()
            .map(|s| TimelineSeries { value: s.value.map(|v| v.show()), counts: s.counts })
            .collect(),
        evidence,
        markers: markers(&listed, within),
        total: open.events().count(within, filter, &Ctx::default())?,
        undated: span.undated,
    })
}

fn markers(listed: &[&Judged], range: TimeRange) -> Vec<Marker> {
    let mut markers: Vec<Marker> = listed
        .iter()
        .filter_map(|c| c.finding.first_ns.filter(|t| range.holds(*t)).map(|t| (c, t)))
        .map(|(c, t)| Marker { card: findings::card_ref(&c.finding), time_us: us(t) })
        .collect();
    markers.sort_by(|a, b| a.time_us.cmp(&b.time_us).then_with(|| a.card.id.cmp(&b.card.id)));
    markers
}

/// Evidence by severity; an event that is evidence of several cards counts for the worst alone.
fn evidence(
    open: &OpenCase,
    range: TimeRange,
    filter: &Filter,
    bars: Bars,
    by_source: bool,
    listed: &[&Judged],
) -> Result<Vec<EvidenceSeries>, ApiError> {
    let mut out = Vec::new();
    let mut worse: Vec<Filter> = Vec::new();
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info] {
        let here: Vec<Filter> =
            listed.iter().filter(|c| c.finding.severity == severity).map(|c| evidence_filter(c)).collect();
        if here.is_empty() {
            continue;
        }
        let mut only = filter.clone().and(Filter::Or(here.clone()));
        if !worse.is_empty() {
            only = only.and(Filter::Or(worse.clone()).negate());
        }
        worse.extend(here);
        let by = by_source.then_some("source");
        for series in histogram(open, range, only, bars, by, SERIES_MAX)?.series {
            let source = series.value.and_then(|v| v.show().parse().ok());
            if series.counts.iter().any(|n| *n > 0) {
                out.push(EvidenceSeries { severity, source, counts: series.counts });
            }
        }
    }
    Ok(out)
}

/// The events behind a card: those it names, and where it could not name all, those its query gives.
fn evidence_filter(card: &Judged) -> Filter {
    let mut ids: Vec<EventId> = card.finding.evidence.clone();
    ids.sort_unstable();
    let named = Filter::Ids(ids);
    if card.finding.evidence_count <= card.finding.evidence.len() as u64 {
        return named;
    }
    match kql::parse(&card.finding.query) {
        Ok(all) => Filter::Or(vec![named, all]),
        Err(_) => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: i64, to: i64, most: u32, expect_step: i64) {
        let bars = Bars::about(from, to, most);
        assert_eq!(bars.step_ns, expect_step, "{bars:?}");
        assert!(bars.bins <= most && bars.from_ns <= from);
        let end = i128::from(bars.from_ns) + i128::from(bars.step_ns) * i128::from(bars.bins);
        assert!(end >= i128::from(to), "the bars reach the end");
    }

    #[test]
    fn steps_are_round_and_bars_cover_the_range() {
        check(0, DAY, 24, HOUR);
        check(1, DAY + 1, 24, 2 * HOUR);
        check(17 * MINUTE, 18 * MINUTE, 60, SECOND);
        check(0, 1, 60, 1_000);
        check(-90 * DAY, 0, 100, DAY);
        check(i64::MIN / 2, i64::MAX / 2, 10, 91 * 400 * DAY);
    }

    #[test]
    fn exact_bars_are_as_many_as_asked_and_cover_the_range() {
        for (from, to, bins) in [(0, DAY, 50), (5, 7, 60), (0, 1, 1), (0, 999 * HOUR + 1, 60)] {
            let bars = Bars::exactly(from, to, bins);
            assert_eq!(bars.bins, bins);
            assert!(bars.from_ns + bars.step_ns * i64::from(bins) >= to, "{bars:?}");
        }
    }
}
