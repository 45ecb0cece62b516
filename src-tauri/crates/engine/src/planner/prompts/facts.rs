//! Questions of the data alone: templates whose events are there, plain statistics, gaps. They depend on the sources only and
//! are kept in memory while these stay the same.

use super::gaps;
use super::templates::{TEMPLATES, Template};
use crate::curiosity::kind::{self, Kind};
use crate::curiosity::rank::Candidate;
use crate::planner::hands::{Hands, Scope};
use crate::planner::known::Known;
use crate::planner::{fields, say, suggest};
use crate::wire::ApiError;
use rustc_hash::FxHashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use timberline_model::{Filter, Metric, Source, TimeRange, Value, kql};

const HOUR: i64 = 3_600 * 1_000_000_000;

/// The candidates of the last case, while its sources and its zone stay.
static FACTS: Mutex<Option<(Of, Facts)>> = Mutex::new(None);

/// A case's file, its sources and its zone.
type Of = (PathBuf, Vec<Source>, String);
type Facts = Arc<Vec<Candidate>>;

/// The candidates of the data.
pub(super) fn of(known: &Known<'_>) -> Result<Facts, ApiError> {
    let kept = || FACTS.lock().unwrap_or_else(PoisonError::into_inner);
    let view = known.view;
    if let Some(path) = &view.path
        && let Some(((at, sources, zone), facts)) = &*kept()
        && at == path
        && *sources == view.sources
        && *zone == view.zone
    {
        return Ok(facts.clone());
    }
    let facts = Arc::new(find(known)?);
    if let Some(path) = &view.path {
        *kept() = Some(((path.clone(), view.sources.clone(), view.zone.clone()), facts.clone()));
    }
    Ok(facts)
}

fn find(known: &Known<'_>) -> Result<Vec<Candidate>, ApiError> {
    let logs: FxHashSet<&str> = known.view.sources.iter().map(|s| kind::log_of_format(&s.format)).collect();
    let mut out = Vec::new();
    for template in TEMPLATES {
        out.extend(of_template(known, template, &logs)?);
    }
    out.extend(clusters(known)?);
    out.extend(first_seen(known)?);
    out.extend(plain(known));
    out.extend(gaps::of(known)?);
    Ok(out)
}

fn candidate(log: &str, origin: &str, asks: &str, worth: f64, question: String, why: String) -> Candidate {
    Candidate {
        question,
        why,
        card: None,
        kind: Kind::new(log, origin, asks),
        severity: worth,
        techniques: Vec::new(),
        place: 0,
        fresh: None,
        playbook: None,
    }
}

/// What other files here make candidates with.
pub(super) fn from_gap(log: &str, asks: &str, worth: f64, question: String, why: String) -> Candidate {
    candidate(log, "gap", asks, worth, question, why)
}

fn of_template(
    known: &Known<'_>,
    t: &Template,
    logs: &FxHashSet<&str>,
) -> Result<Option<Candidate>, ApiError> {
    if !t.needs.iter().all(|f| known.has(f)) {
        return Ok(None);
    }
    let filter = kql::parse(t.when).unwrap_or(Filter::Or(Vec::new()));
    let n = Hands::new(known.view.events).peek(&Scope::new(TimeRange::ALL, filter))?;
    if n < t.least {
        return Ok(None);
    }
    // A question of a type of logs that no source is of is worth less: it was made for others.
    let at_home = t.log == "any" || logs.contains(t.log) || matches!(t.log, "ssh") && logs.contains("system");
    let worth = if at_home { t.worth } else { t.worth * 0.6 };
    let why = format!("There {} {}", if n == 1 { "is" } else { "are" }, say::counted(n, t.one, t.many));
    Ok(Some(candidate(t.log, "template", t.id, worth, t.question.to_owned(), why)))
}

/// Hours in which far more logins failed than usual.
fn clusters(known: &Known<'_>) -> Result<Vec<Candidate>, ApiError> {
    let (Some(first), Some(last), true) = (known.span.first_ns, known.span.last_ns, known.logins) else {
        return Ok(Vec::new());
    };
    let from = known.calendar.at(known.calendar.day(first), 0);
    let bins = ((last - from) / HOUR + 1).clamp(1, 24 * 400);
    let failed = Filter::is("event.category", "authentication").and(Filter::is("event.outcome", "failure"));
    let scope = Scope::new(TimeRange::ALL, failed);
    let mut hands = Hands::new(known.view.events);
    let series = hands.timeline("failed logins", &scope, from, HOUR, u32::try_from(bins).unwrap_or(1))?;
    let Some(counts) = series.first().map(|s| s.counts.as_slice()) else { return Ok(Vec::new()) };
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let mut peaks: Vec<(usize, u64)> =
        counts.iter().copied().enumerate().filter(|(_, n)| *n >= 20 && *n >= 5 * usual.max(1)).collect();
    peaks.sort_by_key(|(at, n)| (std::cmp::Reverse(*n), *at));
    let mut out: Vec<(usize, Candidate)> = Vec::new();
    for (at, n) in peaks {
        if out.len() >= 2 || out.iter().any(|(other, _)| other.abs_diff(at) <= 2) {
            continue;
        }
        let start = from + HOUR * at as i64;
        let time = say::time(start, &known.calendar.zone);
        let (day, clock) = (time.get(..10).unwrap_or(""), time.get(11..16).unwrap_or(""));
        let end = say::time(start + HOUR, &known.calendar.zone);
        let until = end.get(11..16).unwrap_or("");
        let question = if until == "00:00" {
            format!("Which sources had the most failed logins around {clock} on {day}?")
        } else {
            format!("Which sources had the most failed logins between {clock} and {until} on {day}?")
        };
        let why = format!(
            "{} in that hour, usually {}",
            say::counted(n, "failed login", "failed logins"),
            say::number(usual)
        );
        let log = if known.has("winlog.channel") && !known.has("process.name") { "windows" } else { "ssh" };
        out.push((at, candidate(log, "statistics", "failure_cluster", 0.42, question, why)));
    }
    Ok(out.into_iter().map(|(_, c)| c).collect())
}

/// Sources of successful logins that came late in the span for the first time, when there is a span to speak of.
fn first_seen(known: &Known<'_>) -> Result<Vec<Candidate>, ApiError> {
    let (Some(first), Some(last)) = (known.span.first_ns, known.span.last_ns) else { return Ok(Vec::new()) };
    let span = last - first;
    if span < 48 * HOUR {
        return Ok(Vec::new());
    }
    let late = last - span / 5;
    let succeeded =
        Filter::is("event.category", "authentication").and(Filter::is("event.outcome", "success"));
    let looked: [(&str, &str, Filter, f64, &str); 2] = [
        ("ssh", "source.ip", succeeded, 0.35, "logged in"),
        ("processes", "process.executable", Filter::exists("process.executable"), 0.3, "was started"),
    ];
    let mut out = Vec::new();
    for (log, field, filter, worth, did) in looked {
        if !known.has(field) {
            continue;
        }
        let scope = Scope::new(TimeRange::ALL, filter);
        let mut hands = Hands::new(known.view.events);
        let rows = hands.top("values", &scope, &[field], Metric::Count, 2_000)?;
        let known_before = rows.iter().filter(|r| r.first_ns.is_some_and(|t| t < late)).count();
        let mut new: Vec<_> = rows.iter().filter(|r| r.first_ns.is_some_and(|t| t >= late)).collect();
        // Where most values are new, none of them is news.
        if known_before < 3 || new.len() * 3 > known_before || rows.len() >= 2_000 {
            continue;
        }
        new.sort_by_key(|r| (r.first_ns, r.values.first().map(Value::show)));
        for row in new.into_iter().rev().take(2) {
            let Some(value) = row.values.first().map(Value::show).filter(|v| suggest::is_plain_value(v))
            else {
                continue;
            };
            let when = row.first_ns.map_or(String::new(), |t| say::short_time(t, &known.calendar.zone));
            let why = say::short(
                &format!("It {did} for the first time on {when}; {known_before} others before"),
                super::WHY_MAX,
            );
            out.push(candidate(
                log,
                "statistics",
                "first_seen",
                worth,
                format!("Tell me about {value}"),
                why,
            ));
        }
    }
    Ok(out)
}

/// What can be asked of any logs.
fn plain(known: &Known<'_>) -> Vec<Candidate> {
    let mut out = Vec::new();
    for field in ["source.ip", "user.name", "host.name", "event.action", "process.name"] {
        if known.fields.iter().any(|f| f.name == field && (2..100_000).contains(&f.distinct)) {
            let name = fields::nouns(field);
            let distinct = known.fields.iter().find(|f| f.name == field).map_or(0, |f| f.distinct);
            let why =
                say::counted(distinct, &format!("different {}", name.0), &format!("different {}", name.1));
            out.push(candidate(
                "any",
                "statistics",
                "rare_value",
                0.14,
                format!("Which are the rarest {}?", name.1),
                why,
            ));
            break;
        }
    }
    if known.span.first_ns.is_some() {
        let why = format!(
            "{} in all; the busiest hour is a place to begin",
            say::counted(known.span.events, "event", "events")
        );
        out.push(candidate(
            "any",
            "statistics",
            "busiest",
            0.1,
            "Which hour had the most events?".to_owned(),
            why,
        ));
    }
    let problems: u64 = known.view.sources.iter().map(|s| s.problems).sum();
    if problems > 0 {
        let why = format!("{} could not be read as they stand", say::counted(problems, "record", "records"));
        out.push(candidate("any", "gap", "unread", 0.12, "Which sources are there?".to_owned(), why));
    }
    out
}
