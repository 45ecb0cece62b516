//! A burst of errors of an application: far more messages logged as errors than its usual ones, with the kind of message that most
//! of them are and the first of them. Definition: the level that the program wrote itself, in hours (in five minutes where the
//! logs are shorter than a day) against the median and MAD of the program's own. A failing application is a matter of its health.

use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, one_of, part, spark,
    strength, with_query,
};
use crate::drain::{BIN, Counted, Scope};
use crate::stats::Baseline;
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::time::{DAY, HOUR};

pub(super) struct Errors;

struct Burst {
    from: i64,
    to: i64,
    width: i64,
    n: f64,
    baseline: Baseline,
    threshold: f64,
}

impl Detector for Errors {
    fn about(&self) -> About {
        About {
            id: "app_error_burst",
            title: "Burst of errors of an application",
            stage: Stage::Health,
            meaning: "A program logged far more errors than it usually does.",
            innocent: "A dependency that was down, a full disk, a bad release: a failure, seldom an attack.",
            attack: &[],
            references: &["Elastic: spike in error-log rows", "Gonzo: templates by severity"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let templates = seen.templates()?;
        if !templates.0.iter().any(|s| !s.errors.is_empty()) {
            return Ok(Verdict::Skipped(
                "no dated message says that it is an error (message with log.level)".into(),
            ));
        }
        let mut drafts = Vec::new();
        for scope in &templates.0 {
            if let Some(burst) = burst(scope, knobs) {
                seen.ctx.check()?;
                drafts.extend(card(seen, scope, &burst, knobs)?);
            }
        }
        drafts.sort_by(|a, b| b.finding.score.total_cmp(&a.finding.score));
        drafts.truncate(8);
        Ok(Verdict::Found(drafts))
    }
}

fn burst(scope: &Scope, knobs: &Knobs) -> Option<Burst> {
    let span = scope.last_ns - scope.first_ns;
    let width = if span >= DAY { HOUR } else { BIN };
    // Two hours of five minutes, or a day of hours.
    if span < 2 * HOUR
        || (scope.errors.values().map(|n| u64::from(*n)).sum::<u64>() as f64) < knobs.error_floor
    {
        return None;
    }
    let first = scope.first_ns.div_euclid(width);
    let n = usize::try_from(scope.last_ns.div_euclid(width) - first + 1).ok()?.min(87_600);
    let mut series = vec![0.0; n];
    for (bin, count) in &scope.errors {
        let at = (bin * BIN).div_euclid(width) - first;
        if let Some(slot) = usize::try_from(at).ok().and_then(|i| series.get_mut(i)) {
            *slot += f64::from(*count);
        }
    }
    let baseline = Baseline::of_counts(&series)?;
    let threshold =
        baseline.at(knobs.volume_deviations).max(baseline.median * knobs.volume_ratio).max(knobs.error_floor);
    let over: Vec<usize> =
        series.iter().enumerate().filter(|(_, x)| **x >= threshold).map(|(i, _)| i).collect();
    // What stands out every other day is usual for it.
    if over.len() * 20 > n.max(60) {
        return None;
    }
    let worst = over.iter().copied().max_by(|a, b| series[*a].total_cmp(&series[*b]).then(b.cmp(a)))?;
    let (mut from, mut to) = (worst, worst + 1);
    while from > 0 && series[from - 1] >= threshold {
        from -= 1;
    }
    while to < n && series[to] >= threshold {
        to += 1;
    }
    let at = |i: usize| (first + i as i64) * width;
    Some(Burst { from: at(from), to: at(to), width, n: series[worst], baseline, threshold })
}

fn card(seen: &Seen<'_>, scope: &Scope, burst: &Burst, knobs: &Knobs) -> Result<Option<Draft>, DetectError> {
    let levels: Vec<&str> = scope.error_levels.iter().map(String::as_str).collect();
    let filter = scope.filter().and(one_of("log.level", &levels)).and(during(burst.from, burst.to));
    let mut entities: Vec<_> = scope.program.iter().map(|p| entity("process.name", p)).collect();
    entities.extend(scope.dataset.iter().map(|d| entity("event.dataset", d)));
    if entities.is_empty() {
        entities.extend(levels.iter().take(1).map(|l| entity("log.level", l)));
    }
    let mut draft = Draft::new("app_error_burst", Shape::Fact, entities, burst.from, burst.to - 1);
    let times = seen.attach(&mut draft, &filter)?;
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    draft.finding.first_ns = Some(first);
    draft.finding.last_ns = Some(last);
    // The kind that most of the errors are.
    let (from, to) = (burst.from.div_euclid(BIN), burst.to.div_euclid(BIN));
    let within = |c: &Counted| -> u64 {
        c.bins.iter().filter(|(b, _)| (from..to).contains(*b)).map(|(_, n)| u64::from(*n)).sum()
    };
    let lead = scope
        .templates
        .iter()
        .filter(|c| c.errors > 0)
        .map(|c| (within(c), c))
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.template.cmp(&a.1.template)));
    let text = lead.map(|(_, c)| scope.miner.text(c.template)).unwrap_or_default();
    let short: String = text.chars().take(90).collect();
    let unit = if burst.width == HOUR { "an hour" } else { "in five minutes" };
    draft.finding.title = format!(
        "{} logged {} at {}, usually {} {unit}{}",
        scope.name(),
        counted(times.len() as u64, "error", "errors"),
        clock(first),
        count(burst.baseline.median.round() as u64),
        if short.is_empty() { String::new() } else { format!("; most: {short}") },
    );
    let words = strength(scope.last_ns - scope.first_ns);
    draft.part(with_query(
        part(
            format!("Errors {unit}"),
            ((burst.n as u64).into(), burst.baseline.median.into(), burst.threshold.round().into()),
            "errors",
            words.clone(),
            0.2 + 0.16 * log_scale(burst.n, knobs.error_floor, 100.0 * knobs.error_floor),
        ),
        &filter,
    ));
    if let Some((n, of)) = lead.filter(|(n, _)| *n > 0) {
        let fresh = of.first_ns >= burst.from && burst.from > scope.first_ns + burst.width;
        draft.part(part(
            if fresh { "Of one kind that is new" } else { "Of one kind" },
            (n.into(), "".into(), "".into()),
            "errors",
            words,
            if fresh { 0.08 } else { 0.02 },
        ));
    }
    draft.finding.innocent = format!(
        "A dependency that was down or a bad release; no step of an attack by itself. It lasted {}. The first reads: {}",
        length(last - first),
        lead.map(|(_, c)| c.example.clone()).filter(|e| !e.is_empty()).unwrap_or_else(|| "(no text)".into())
    );
    let around = 12 * burst.width;
    let every = scope.errors.iter().map(|(b, n)| (b * BIN, u64::from(*n)));
    draft.finding.spark = Some(spark(every, (burst.from - around, burst.to + around), 48, "errors"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask("Which hour had the most events?".into());
    Ok(Some(draft))
}
