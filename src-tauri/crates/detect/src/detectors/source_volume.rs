//! Volume of a log: hours in which one kind of log of one host wrote far more, or far less, than it does. Definition: Elastic's
//! event rate per host (high and low) and DFIR-Companion's five times the own median, with a robust baseline of the stream's own
//! hours (the same hour of the week where four weeks are there, else the same hour of the day where four days are there, so that
//! a quiet night is no fall). It says that a system or its logging is unwell; a flood or a stop may be an attack, and the card
//! does not claim it. Silence is not told here but by `log_gap`.

use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, log_scale, moment, part, strength, with_query,
};
use crate::stats::Baseline;
use crate::streams::{BIN, Stream};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::Spark;
use timberline_model::time::HOUR;

pub(super) struct Volume;

/// A stretch of hours out of the usual.
struct Change {
    from: i64,
    to: i64,
    worst: f64,
    baseline: Baseline,
    threshold: f64,
    up: bool,
    words: &'static str,
}

impl Detector for Volume {
    fn about(&self) -> About {
        About {
            id: "source_volume",
            title: "A log grows or shrinks",
            stage: Stage::Health,
            meaning: "One kind of log of one host wrote far more or far fewer events in an hour than in its usual hours.",
            innocent: "More or fewer users, a new release that logs differently, a changed log level, a holiday.",
            attack: &[],
            references: &[
                "Elastic: spike and decrease in host-based traffic",
                "DFIR-Companion: volume per 15 minutes",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let streams = seen.streams()?;
        let long = |s: &&Stream| ((s.span().1 - s.span().0) * BIN) as f64 >= knobs.volume_hours * HOUR as f64;
        if !streams.0.iter().any(|s| long(&s)) {
            return Ok(Verdict::Skipped(format!(
                "no log spans the {} h that a baseline needs",
                knobs.volume_hours
            )));
        }
        let mut found: Vec<(f64, &Stream, Change, usize)> = Vec::new();
        for stream in streams.0.iter().filter(long) {
            let changes = changes(stream, knobs);
            let n = changes.len();
            let rank = |c: &Change| (c.worst / c.baseline.median.max(1.0)).max(1e-9).ln().abs();
            // The most telling one of each direction; a log that does so every other hour does so as a habit.
            for up in [true, false] {
                let of: Vec<Change> = changes.iter().filter(|c| c.up == up).map(Change::copy).collect();
                if of.len() as f64 > knobs.volume_habit {
                    continue;
                }
                if let Some(worst) = of.into_iter().max_by(|a, b| rank(a).total_cmp(&rank(b))) {
                    found.push((rank(&worst), stream, worst, n));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name().cmp(&b.1.name())));
        found.truncate(10);
        let mut drafts = Vec::new();
        for (_, stream, change, others) in found {
            seen.ctx.check()?;
            drafts.extend(card(seen, stream, &change, others, knobs)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

impl Change {
    fn copy(&self) -> Self {
        Self { ..*self }
    }
}

fn hours(stream: &Stream) -> (i64, Vec<f64>) {
    const A: i64 = HOUR / BIN;
    let (first, last) = stream.span();
    let (first, last) = (first.div_euclid(A), last.div_euclid(A));
    let mut series = vec![0.0; usize::try_from(last - first + 1).unwrap_or(1).min(87_600)];
    for (bin, n) in &stream.bins {
        if let Some(slot) = usize::try_from(bin.div_euclid(A) - first).ok().and_then(|i| series.get_mut(i)) {
            *slot += f64::from(*n);
        }
    }
    (first, series)
}

fn changes(stream: &Stream, knobs: &Knobs) -> Vec<Change> {
    let (first, series) = hours(stream);
    let n = series.len();
    let (period, words) = match n {
        n if n >= 4 * 168 => (168, "the same hour of the week"),
        n if n >= 4 * 24 => (24, "the same hour of the day"),
        _ => (1, "all its hours"),
    };
    let Some(all) = Baseline::of_counts(&series) else { return Vec::new() };
    let slots: Vec<Baseline> = (0..period)
        .map(|slot| {
            let near: Vec<f64> = (0..n)
                .filter(|i| {
                    let apart = (i % period + period - slot) % period;
                    apart <= 1 || apart + 1 == period
                })
                .filter_map(|i| series.get(i).copied())
                .collect();
            Baseline::of_counts(&near).unwrap_or(all)
        })
        .collect();
    let mut found: Vec<Change> = Vec::new();
    // The first and the last hour are seldom whole.
    for (i, x) in series.iter().copied().enumerate().take(n.saturating_sub(1)).skip(1) {
        let Some(of) = slots.get(i % period) else { continue };
        let other_day = || {
            series
                .iter()
                .enumerate()
                .filter(|(j, _)| j.abs_diff(i) >= 18)
                .map(|(_, x)| *x)
                .fold(0.0, f64::max)
        };
        let high = of.at(knobs.volume_deviations).max(of.median * knobs.volume_ratio).max(knobs.volume_floor);
        let low = (of.median / knobs.volume_ratio).min(of.median - knobs.volume_deviations * of.sigma);
        // A log that is empty in most hours has no usual volume.
        let (up, threshold) = if of.median < knobs.volume_floor / 25.0 {
            continue;
        } else if x > high && x > other_day() * 1.5 {
            (true, high)
        } else if x < low && of.median >= knobs.volume_floor && x > 0.0 {
            (false, low)
        } else {
            continue;
        };
        let hour = first + i as i64;
        match found.last_mut().filter(|c| c.to == hour && c.up == up) {
            Some(change) => {
                change.to = hour + 1;
                if (x > change.worst) == up {
                    (change.worst, change.baseline, change.threshold) = (x, *of, threshold);
                }
            }
            None => {
                found.push(Change { from: hour, to: hour + 1, worst: x, baseline: *of, threshold, up, words })
            }
        }
    }
    found
}

fn card(
    seen: &Seen<'_>,
    stream: &Stream,
    change: &Change,
    others: usize,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let (from, to) = (change.from * HOUR, change.to * HOUR);
    let mut entities: Vec<_> = stream.host.iter().map(|h| entity("host.name", h)).collect();
    entities.extend(stream.paths.iter().take(1).map(|p| entity("log.file.path", p)));
    if entities.is_empty() {
        entities.extend(stream.sources.iter().take(1).map(|s| entity("source", &s.to_string())));
    }
    let mut draft = Draft::new("source_volume", Shape::Fact, entities, from, to - 1);
    let filter = stream.filter().and(during(from, to));
    if seen.attach(&mut draft, &filter)?.is_empty() {
        return Ok(None);
    }
    let name = stream.name();
    let usual = change.baseline.median.round() as u64;
    draft.finding.title = format!(
        "{name} wrote {} in the hour from {}, usually {}",
        counted(change.worst as u64, "event", "events"),
        clock(from),
        count(usual)
    );
    let (first, last) = stream.span();
    let times = if change.up {
        change.worst / change.baseline.median.max(1.0)
    } else {
        change.baseline.median / change.worst.max(1.0)
    };
    draft.part(with_query(
        part(
            if change.up { "Events in the fullest hour" } else { "Events in the emptiest hour" },
            ((change.worst as u64).into(), change.baseline.median.into(), change.threshold.round().into()),
            "events",
            format!("{}; {}", change.words, strength((last - first) * BIN)),
            0.12 + 0.18 * log_scale(times, knobs.volume_ratio, 100.0 * knobs.volume_ratio),
        ),
        &filter,
    ));
    draft.part(part(
        "Hours in a row",
        (((change.to - change.from) as u64).into(), 0u64.into(), 1u64.into()),
        "hours",
        "none needed",
        0.06 * log_scale((change.to - change.from) as f64, 1.0, 12.0),
    ));
    draft.finding.innocent = format!(
        "Load, a release or a changed log level. It would come again: {}. It is no step of an attack by itself.",
        match others.saturating_sub(1) {
            0 => "no, the only such hours of this log".to_owned(),
            n => counted(n as u64, "other such stretch in this log", "other such stretches in this log"),
        }
    );
    let (start, series) = hours(stream);
    let at = (change.from - start) as usize;
    let begin = at.saturating_sub(36);
    let counts =
        series.iter().skip(begin).take(36 + 12 + (change.to - change.from) as usize).map(|x| *x as u64);
    draft.finding.spark = Some(Spark {
        from_ns: (start + begin as i64) * HOUR,
        step_ns: HOUR,
        unit: "events".into(),
        counts: counts.take(200).collect(),
        baseline: Some(change.baseline.median),
        threshold: Some(change.threshold),
    });
    draft.ask(format!("What happened around {}?", moment(from)));
    if let Some(host) = &stream.host {
        draft.ask(format!("Tell me about {host}"));
    }
    draft.ask("Which hour had the most events?".into());
    Ok(Some(draft))
}
