//! A gap: one kind of log of one host is silent while others speak. Definition: Chainsaw's silence of 30 minutes and
//! DFIR-Companion's four times the local density, and beyond both: twice the longest silence that the log has otherwise, so that
//! a log that pauses each night has no gap. It is missing evidence, not a deed: the card says what was not seen, and by whom
//! time went on meanwhile.

use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, part, strength,
    with_query,
};
use crate::streams::{BIN, Stream};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND};
use timberline_model::{Filter, Spark};

pub(super) struct Gap;

/// Bins without events, between two with events.
#[derive(Clone, Copy)]
struct Silence {
    from: i64,
    to: i64,
}

impl Silence {
    fn bins(self) -> i64 {
        self.to - self.from
    }
}

impl Detector for Gap {
    fn about(&self) -> About {
        About {
            id: "log_gap",
            title: "A log is silent while others speak",
            stage: Stage::Evidence,
            meaning: "One kind of log of one host has no event for far longer than it ever pauses, while other logs go on: \
                      what happened then cannot be told from it.",
            innocent: "A restart, a full disk, a broken forwarder, a file that was not exported.",
            attack: &[],
            references: &[
                "Chainsaw: analyse gaps",
                "DFIR-Companion: gaps of 30 minutes and four times the density",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let streams = seen.streams()?;
        let steady: Vec<&Stream> =
            streams.0.iter().filter(|s| s.events as f64 >= knobs.gap_events && s.bins.len() >= 12).collect();
        if steady.is_empty() || streams.0.len() < 2 {
            return Ok(Verdict::Skipped(format!(
                "a gap is told by logs that go on meanwhile: it needs two, one of them with {} dated events",
                knobs.gap_events
            )));
        }
        let mut drafts = Vec::new();
        for stream in steady {
            seen.ctx.check()?;
            drafts.extend(card(seen, stream, &streams.0, knobs)?);
        }
        drafts.sort_by(|a, b| b.finding.score.total_cmp(&a.finding.score));
        drafts.truncate(12);
        Ok(Verdict::Found(drafts))
    }
}

/// The share of a stretch of time that lies between 18:00 and 08:00 or on a Saturday or Sunday, UTC.
fn resting(from_ns: i64, to_ns: i64) -> f64 {
    let hours = ((to_ns - from_ns) / HOUR).max(1);
    let at_rest = (0..hours).filter(|n| {
        let hour = from_ns.div_euclid(HOUR) + n;
        // 1970-01-01 was a Thursday: days 2 and 3 of each week from there are Saturday and Sunday.
        matches!(hour.div_euclid(24).rem_euclid(7), 2 | 3) || !(8..18).contains(&hour.rem_euclid(24))
    });
    at_rest.count() as f64 / hours as f64
}

fn silences(stream: &Stream) -> Vec<Silence> {
    let mut found: Vec<Silence> = stream
        .bins
        .iter()
        .zip(stream.bins.iter().skip(1))
        .filter(|((a, _), (b, _))| b - a > 1)
        .map(|((a, _), (b, _))| Silence { from: a + 1, to: *b })
        .collect();
    found.sort_by_key(|s| (std::cmp::Reverse(s.bins()), s.from));
    found
}

fn card(
    seen: &Seen<'_>,
    stream: &Stream,
    all: &[Stream],
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let silences = silences(stream);
    let Some(&worst) = silences.first() else { return Ok(None) };
    let next = silences.get(1).map_or(0, |s| s.bins());
    // The usual distance of two events, from the time that the log was not silent.
    let spoke = stream.bins.len() as i64 * BIN;
    let usual = spoke as f64 / stream.events.max(1) as f64;
    let least = (knobs.gap_minutes * MINUTE as f64)
        .max(knobs.gap_density * usual)
        .max(knobs.gap_own_ratio * (next * BIN) as f64);
    let (first, last) = stream.span();
    let around = |from: i64, to: i64| stream.between(from, to) as f64;
    if ((worst.bins() * BIN) as f64) < least
        || (spoke as f64) < 0.5 * ((last - first + 1 - worst.bins()) * BIN) as f64
        || around(first, worst.from) < knobs.gap_events / 4.0
        || around(worst.to, last + 1) < knobs.gap_events / 4.0
        // Weeks without a record are an export of two periods.
        || worst.bins() * BIN > 7 * DAY
    {
        return Ok(None);
    }
    // Others that speak before, in and after it.
    let long = worst.bins();
    let speaks = |s: &&Stream| {
        !std::ptr::eq(*s, stream)
            && s.between(worst.from, worst.to) >= 3
            && s.between(worst.from - long, worst.from) > 0
            && s.between(worst.to, worst.to + long) > 0
    };
    let others: Vec<&Stream> = all.iter().filter(speaks).collect();
    if others.is_empty() {
        return Ok(None);
    }
    let filter = stream.filter();
    let edge = |from: i64, to: i64| -> Result<_, DetectError> {
        let span =
            seen.events.span(seen.range, filter.clone().and(during(from * BIN, to * BIN)), seen.ctx)?;
        Ok((span.first_ns, span.last_ns))
    };
    let ((_, Some(before)), (Some(after), _)) =
        (edge(worst.from - 1, worst.from)?, edge(worst.to, worst.to + 1)?)
    else {
        return Ok(None);
    };
    let mut entities: Vec<_> = stream.host.iter().map(|h| entity("host.name", h)).collect();
    entities.extend(stream.paths.iter().take(1).map(|p| entity("log.file.path", p)));
    if entities.is_empty() {
        entities.extend(stream.sources.iter().take(1).map(|s| entity("source", &s.to_string())));
    }
    let mut draft = Draft::new("log_gap", Shape::Fact, entities, before, after);
    let second = |ns: i64| during(ns.div_euclid(SECOND) * SECOND, ns.div_euclid(SECOND) * SECOND + SECOND);
    let edges = filter.clone().and(Filter::Or(vec![second(before), second(after)]));
    seen.attach(&mut draft, &edges)?;
    let gap = after - before;
    let expected = (gap as f64 / usual).round() as u64;
    let meanwhile: u64 = others.iter().map(|s| s.between(worst.from, worst.to)).sum();
    let name = stream.name();
    draft.finding.title = format!(
        "{name} is silent for {} from {}, while {} speak{}",
        length(gap),
        clock(before),
        counted(others.len() as u64, "other log", "other logs"),
        if others.len() == 1 { "s" } else { "" }
    );
    let words = strength((last - first) * BIN);
    draft.part(part(
        "Silence",
        (
            format!("{} min", gap / MINUTE).into(),
            format!("{} min at most otherwise", next * BIN / MINUTE).into(),
            format!("{} min", (least / MINUTE as f64).round()).into(),
        ),
        "",
        words.clone(),
        0.16 + 0.14 * log_scale(gap as f64, least, 8.0 * least),
    ));
    draft.part(part(
        "Events that it would have written",
        (0u64.into(), expected.into(), (knobs.gap_density.round() as u64).into()),
        "events",
        words,
        0.04 + 0.1 * log_scale(expected as f64, 10.0, 10_000.0),
    ));
    // Offices sleep: a silence that is a night or a weekend is news only where other nights and weekends were not silent: a few hours are no night.
    let rest = resting(before, after);
    if gap >= 10 * HOUR && rest >= 0.6 {
        let weight = -0.6 * draft.finding.score;
        draft.part(part(
            "Hours of rest in the silence (nights, Saturday, Sunday; UTC)",
            (format!("{:.0} %", rest * 100.0).into(), "".into(), "60 %".into()),
            "",
            "hours of an office",
            weight,
        ));
    }
    let paths: Vec<&str> =
        others.iter().flat_map(|s| s.paths.iter().take(3)).map(String::as_str).take(50).collect();
    let told = part(
        "Events of other logs meanwhile",
        (meanwhile.into(), "".into(), 3u64.into()),
        "events",
        format!("{} other logs", others.len()),
        0.03 * (others.len().min(3)) as f64,
    );
    draft.part(if paths.is_empty() {
        told
    } else {
        let rest =
            crate::draft::one_of("log.file.path", &paths).and(during(worst.from * BIN, worst.to * BIN));
        if seen.count(rest.clone())? > 0 { with_query(told, &rest) } else { told }
    });
    draft.finding.innocent = format!(
        "A restart, a full disk or a broken forwarder: the last record before and the first after would say so. The log pauses \
         otherwise for at most {}; {} events were expected.",
        length(next * BIN),
        count(expected)
    );
    let step = (long / 12).max(1);
    let begin = worst.from - 12 * step;
    let counts: Vec<u64> =
        (0..36).map(|i| stream.between(begin + i * step, begin + (i + 1) * step)).collect();
    draft.finding.spark = Some(Spark {
        from_ns: begin * BIN,
        step_ns: step * BIN,
        unit: "events".into(),
        counts,
        baseline: Some((step * BIN) as f64 / usual),
        threshold: None,
    });
    draft.ask(format!("What happened around {}?", moment(before)));
    draft.ask(format!("What happened around {}?", moment(after)));
    if let Some(host) = &stream.host {
        draft.ask(format!("Tell me about {host}"));
    }
    Ok(Some(draft))
}
