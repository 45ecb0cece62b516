//! Messages of a kind that a program never wrote before, or wrote once, or wrote far more than it does. Definition: Drain3's
//! templates (see `drain`), each held against the program's own past: new where the program's vocabulary was settled by then (the
//! Good-Turing estimate of unseen mass, messages seen once over messages), bursting by median and MAD of its own hours. Quality of
//! a system, no technique of anybody.

use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, log_scale, moment, part, strength, with_query,
};
use crate::drain::{BIN, Counted, Scope};
use crate::stats::Baseline;
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Filter, Spark};

pub(super) struct New;

enum What {
    New,
    Burst { hour: i64, n: f64, baseline: Baseline, threshold: f64 },
}

impl Detector for New {
    fn about(&self) -> About {
        About {
            id: "template_new",
            title: "New or bursting kinds of messages",
            stage: Stage::Health,
            meaning: "A program wrote a kind of message that it had not written before, though its vocabulary was settled, or wrote one \
                      far more often than it does.",
            innocent: "A new release, a changed log level, a job that runs once a month.",
            attack: &[],
            references: &["Drain (He et al., 2017) as in Drain3", "LogAI: counters of templates"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let templates = seen.templates()?;
        let enough = |s: &&Scope| {
            s.count as f64 >= knobs.template_messages
                && (s.last_ns - s.first_ns) as f64 >= knobs.template_hours * HOUR as f64
        };
        if !templates.0.iter().any(|s| enough(&s)) {
            return Ok(Verdict::Skipped(format!(
                "no program wrote {} messages (message) over {} h",
                knobs.template_messages, knobs.template_hours
            )));
        }
        let mut found: Vec<(f64, &Scope, &Counted, What)> = Vec::new();
        for scope in templates.0.iter().filter(enough) {
            found.extend(new(scope, knobs).into_iter().map(|c| (0.5 + c.errors as f64, scope, c, What::New)));
            let mut bursts: Vec<_> = scope
                .templates
                .iter()
                .filter_map(|c| burst(scope, c, knobs).map(|(over, what)| (over, scope, c, what)))
                .collect();
            bursts.sort_by(|a, b| b.0.total_cmp(&a.0));
            bursts.truncate(2);
            found.extend(bursts);
        }
        found.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then_with(|| a.1.name().cmp(b.1.name()))
                .then_with(|| a.2.template.cmp(&b.2.template))
        });
        let mut drafts = Vec::new();
        for (_, scope, of, what) in found.iter().take(12) {
            seen.ctx.check()?;
            drafts.extend(card(seen, scope, of, what, knobs)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

/// Kinds of messages that came late into a settled vocabulary.
fn new<'s>(scope: &'s Scope, knobs: &Knobs) -> Vec<&'s Counted> {
    let since = scope.first_ns + ((scope.last_ns - scope.first_ns) / 2).max(DAY);
    let once = scope.templates.iter().filter(|t| t.count == 1).count() as f64;
    let late: Vec<&Counted> = scope
        .templates
        .iter()
        .filter(|t| t.first_ns >= since && scope.miner.letters(t.template) >= 8)
        .collect();
    let before: u64 = scope.templates.iter().filter(|t| t.first_ns < since).map(|t| t.count).sum();
    let settled = once / scope.count.max(1) as f64 <= knobs.template_unseen
        && late.len() as f64 <= knobs.template_late
        && before as f64 >= knobs.template_messages / 2.0;
    if settled { late } else { Vec::new() }
}

fn hourly(scope: &Scope, of: &Counted) -> (i64, Vec<f64>) {
    const A: i64 = HOUR / BIN;
    let first = scope.first_ns.div_euclid(HOUR);
    let n = usize::try_from(scope.last_ns.div_euclid(HOUR) - first + 1).unwrap_or(1).min(87_600);
    let mut series = vec![0.0; n];
    for (bin, count) in &of.bins {
        if let Some(slot) = usize::try_from(bin.div_euclid(A) - first).ok().and_then(|i| series.get_mut(i)) {
            *slot += f64::from(*count);
        }
    }
    (first, series)
}

fn burst(scope: &Scope, of: &Counted, knobs: &Knobs) -> Option<(f64, What)> {
    if (of.count as f64) < knobs.template_burst || scope.miner.letters(of.template) < 8 {
        return None;
    }
    let (first, series) = hourly(scope, of);
    let (at, n) =
        series.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
    let baseline = Baseline::of_counts(&series)?;
    let habit =
        series.iter().enumerate().filter(|(j, _)| j.abs_diff(at) >= 3).map(|(_, x)| *x).fold(0.0, f64::max);
    let threshold = baseline
        .at(knobs.volume_deviations)
        .max(baseline.median * knobs.volume_ratio)
        .max(habit * 3.0)
        .max(knobs.template_burst);
    let over = n / baseline.median.max(habit).max(1.0);
    (n >= threshold).then_some((over, What::Burst { hour: first + at as i64, n, baseline, threshold }))
}

fn card(
    seen: &Seen<'_>,
    scope: &Scope,
    of: &Counted,
    what: &What,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let like = Filter::Match { field: "message".into(), pattern: scope.miner.pattern(of.template) };
    let kind = scope.filter().and(like);
    let filter = match what {
        What::New => kind.clone(),
        What::Burst { hour, .. } => kind.clone().and(during(hour * HOUR, (hour + 1) * HOUR)),
    };
    let mut entities: Vec<_> = scope.program.iter().map(|p| entity("process.name", p)).collect();
    entities.extend(scope.dataset.iter().map(|d| entity("event.dataset", d)));
    let text = scope.miner.text(of.template);
    entities.push(entity("message.template", &text));
    let first = match what {
        What::New => of.first_ns,
        What::Burst { hour, .. } => hour * HOUR,
    };
    let mut draft = Draft::new("template_new", Shape::Fact, entities, first, of.last_ns);
    let times = seen.attach(&mut draft, &filter)?;
    // The pattern holds for all of the template; where it holds for much more, it is no evidence of this one.
    let expected = match what {
        What::New => of.count as f64,
        What::Burst { n, .. } => *n,
    };
    let (Some(from), Some(to)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    if times.len() as f64 > expected * 1.5 + 2.0 {
        return Ok(None);
    }
    draft.finding.first_ns = Some(from);
    draft.finding.last_ns = Some(to);
    let short: String = text.chars().take(90).collect();
    let words = strength(scope.last_ns - scope.first_ns);
    let name = scope.name();
    let error = of.errors > 0 || is_alarming(&of.example);
    match what {
        What::New => {
            draft.finding.title = format!(
                "{name} wrote a new kind of message {}: {short}",
                counted(times.len() as u64, "time", "times")
            );
            draft.part(with_query(
                part(
                    "Messages of this kind, none in the time before",
                    ((times.len() as u64).into(), 0u64.into(), 1u64.into()),
                    "messages",
                    words.clone(),
                    0.12 + 0.08 * log_scale(times.len() as f64, 1.0, 1_000.0),
                ),
                &filter,
            ));
            draft.part(part(
                "Kinds that the program wrote before",
                (
                    (scope.templates.iter().filter(|t| t.first_ns < of.first_ns).count() as u64).into(),
                    "".into(),
                    format!("{} late ones at most", knobs.template_late).into(),
                ),
                "kinds",
                words,
                0.04,
            ));
        }
        What::Burst { n, baseline, threshold, hour } => {
            draft.finding.title = format!(
                "{name} wrote {} at {}, usually {} an hour: {short}",
                counted(*n as u64, "message", "messages"),
                clock(hour * HOUR),
                count(baseline.median.round() as u64)
            );
            draft.part(with_query(
                part(
                    "Messages of this kind in the fullest hour",
                    ((*n as u64).into(), baseline.median.into(), threshold.round().into()),
                    "messages",
                    words,
                    0.14 + 0.12 * log_scale(n / threshold.max(1.0), 1.0, 30.0),
                ),
                &filter,
            ));
        }
    }
    if error {
        draft.part(part(
            "It speaks of an error",
            (of.example.chars().take(80).collect::<String>().into(), "".into(), "".into()),
            "",
            "none needed",
            0.1,
        ));
    }
    draft.finding.innocent = format!(
        "A new release or a rare job. The first of them reads: {}",
        if of.example.is_empty() { short } else { of.example.clone() }
    );
    let (start, series) = hourly(scope, of);
    let at = (from.div_euclid(HOUR) - start).max(0) as usize;
    let begin = at.saturating_sub(48);
    draft.finding.spark = Some(Spark {
        from_ns: (start + begin as i64) * HOUR,
        step_ns: HOUR,
        unit: "messages".into(),
        counts: series.iter().skip(begin).take(96).map(|x| *x as u64).collect(),
        baseline: None,
        threshold: None,
    });
    draft.ask(format!("What happened around {}?", moment(from)));
    draft.ask("Which hour had the most events?".into());
    Ok(Some(draft))
}

fn is_alarming(text: &str) -> bool {
    const WORDS: [&str; 9] =
        ["error", "fail", "exception", "panic", "fatal", "refused", "denied", "segfault", "out of memory"];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|w| lower.contains(w))
}
