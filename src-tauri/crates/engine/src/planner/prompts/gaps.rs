//! Questions of what is not there: a source that is silent while others speak, or that ends before they do.
//! Whether a silence is worth a card is a detector's; here it is only worth a question.

use super::facts::from_gap;
use crate::curiosity::kind;
use crate::curiosity::rank::Candidate;
use crate::planner::hands::{Hands, Scope};
use crate::planner::known::Known;
use crate::planner::say;
use crate::wire::ApiError;
use timberline_model::{Filter, Source, TimeRange};

const MINUTE: i64 = 60 * 1_000_000_000;
/// So many bins a source.
const BINS: i64 = 400;
/// At most so many sources are looked at, the ones with most events.
const SOURCES: usize = 24;

/// A silence of one source.
struct Silence {
    from_ns: i64,
    to_ns: i64,
    usual: u64,
}

/// The candidates.
pub(super) fn of(known: &Known<'_>) -> Result<Vec<Candidate>, ApiError> {
    let mut sources: Vec<&Source> = known.view.sources.iter().filter(|s| s.events >= 100).collect();
    sources.sort_by_key(|s| (std::cmp::Reverse(s.events), s.id));
    sources.truncate(SOURCES);
    let mut found: Vec<(i64, Candidate)> = Vec::new();
    for source in &sources {
        for silence in silences(known, source)? {
            let spoke = sources
                .iter()
                .filter(|o| o.id != source.id && (set_of(o).is_empty() || set_of(o) != set_of(source)))
                .filter(|o| {
                    o.first_ns.is_some_and(|t| t < silence.from_ns)
                        && o.last_ns.is_some_and(|t| t > silence.to_ns)
                })
                .count();
            let zone = &known.calendar.zone;
            let (from, to) = (say::short_time(silence.from_ns, zone), say::short_time(silence.to_ns, zone));
            let name = name_of(source);
            let why = say::short(
                &format!(
                    "No logs from {name} for {}{}",
                    lasting(silence.to_ns - silence.from_ns),
                    if spoke > 0 {
                        format!(" while {spoke} spoke")
                    } else {
                        format!(", usually {} then", say::number(silence.usual))
                    }
                ),
                super::WHY_MAX,
            );
            let question = format!("What happened between {from} and {to}?");
            let log = kind::log_of_format(&source.format);
            let worth = if spoke > 0 { 0.38 } else { 0.28 };
            found.push((silence.to_ns - silence.from_ns, from_gap(log, "silence", worth, question, why)));
        }
    }
    found.sort_by_key(|(length, c)| (std::cmp::Reverse(*length), c.question.clone()));
    let mut out: Vec<Candidate> = found.into_iter().map(|(_, c)| c).take(3).collect();
    out.extend(ends_early(known, &sources));
    Ok(out)
}

/// The rotated set that a source is of; empty for a file of its own.
fn set_of(source: &Source) -> &str {
    source.rotated_set.split(',').next().unwrap_or_default()
}

fn name_of(source: &Source) -> String {
    say::plain(source.path.rsplit(['/', '\\', '!']).next().unwrap_or(&source.path))
}

fn lasting(ns: i64) -> String {
    let minutes = ns / MINUTE;
    match (minutes / 60, minutes % 60) {
        (0, m) => format!("{m} min"),
        (h, _) if h >= 48 => format!("{} days", h / 24),
        (h, 0) => format!("{h} h"),
        (h, m) => format!("{h} h {m} min"),
    }
}

/// Stretches of at least half an hour without any event in which the source, going by the same hours of its other days or by
/// its usual pace, would have spoken at least twenty times.
fn silences(known: &Known<'_>, source: &Source) -> Result<Vec<Silence>, ApiError> {
    let (Some(first), Some(last)) = (source.first_ns, source.last_ns) else { return Ok(Vec::new()) };
    // Bins begin at whole steps, so that a day's bin and the next day's are the same time of day.
    let step = [5, 10, 15, 30, 60, 120, 240, 720, 1440]
        .iter()
        .map(|m| m * MINUTE)
        .find(|step| (last - first) / step < BINS)
        .unwrap_or(1440 * MINUTE);
    let from = first - first.rem_euclid(step);
    let bins = u32::try_from((last - from) / step + 1).unwrap_or(1);
    if bins < 12 {
        return Ok(Vec::new());
    }
    let scope = Scope::new(TimeRange::ALL, Filter::is("log.file.path", &source.path));
    let series = Hands::new(known.view.events).timeline("events of a source", &scope, from, step, bins)?;
    let Some(counts) = series.first().map(|s| s.counts.as_slice()) else { return Ok(Vec::new()) };
    let a_day = usize::try_from(1440 * MINUTE / step).unwrap_or(1).max(1);
    let median = |mut of: Vec<u64>| {
        of.sort_unstable();
        of.get(of.len() / 2).copied().unwrap_or(0)
    };
    let all = median(counts.to_vec());
    let usual = |at: usize| {
        let same: Vec<u64> = (at % a_day..counts.len())
            .step_by(a_day)
            .filter(|n| *n != at)
            .filter_map(|n| counts.get(n).copied())
            .collect();
        if same.len() >= 3 { median(same) } else { all }
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < counts.len() {
        let quiet = counts.iter().skip(at).take_while(|n| **n == 0).count();
        if quiet == 0 {
            at += 1;
            continue;
        }
        let length = step * quiet as i64;
        let expected: u64 = (at..at + quiet).map(usual).sum();
        let inside = at > 0 && at + quiet < counts.len();
        if inside && length >= 30 * MINUTE && expected >= 20 {
            let start = from + step * at as i64;
            out.push(Silence { from_ns: start, to_ns: start + length, usual: expected });
        }
        at += quiet;
    }
    Ok(out)
}

/// Sources that end long before the last event of the case, when most others go on.
fn ends_early(known: &Known<'_>, sources: &[&Source]) -> Option<Candidate> {
    let (first, last) = (known.span.first_ns?, known.span.last_ns?);
    let late = (last - first) / 10;
    let (early, going): (Vec<&&Source>, Vec<&&Source>) =
        sources.iter().partition(|s| s.last_ns.is_some_and(|t| last - t > late.max(60 * MINUTE)));
    // Older files of a rotated set end early by design.
    let early: Vec<&&Source> = early.into_iter().filter(|s| s.rotated_set.is_empty()).collect();
    let source = early.first().filter(|_| early.len() < going.len())?;
    let ended = source.last_ns?;
    let zone = &known.calendar.zone;
    let why = say::short(
        &format!("{} ends {} before the others", name_of(source), lasting(last - ended)),
        super::WHY_MAX,
    );
    let question = format!("What happened around {}?", say::short_time(ended, zone));
    Some(from_gap(kind::log_of_format(&source.format), "ends_early", 0.25, question, why))
}
