//! Questions of one card: those that its detector suggests, and those that its entities and techniques suggest.

use super::WHY_MAX;
use crate::curiosity::kind::{self, Kind};
use crate::curiosity::rank::Candidate;
use crate::planner::hands::{Hands, Scope};
use crate::planner::known::Known;
use crate::planner::{say, suggest};
use timberline_model::{Figure, Filter, Finding, TimeRange};

const MINUTE: i64 = 60 * 1_000_000_000;

/// The type of logs that a card's evidence is in.
pub(super) fn log_of(known: &Known<'_>, card: &Finding) -> &'static str {
    let source = card.evidence.first().map(|id| id.source());
    let format = known.view.sources.iter().find(|s| Some(s.id) == source).map(|s| s.format.as_str());
    match (format.map_or("any", kind::log_of_format), card.detector.as_str()) {
        // Logins in a system's log are SSH's for all that a detector of logins sees of it.
        ("system" | "any", detector) if detector.starts_with("auth_") => "ssh",
        (log, _) => log,
    }
}

/// A card's detector, as kinds have it.
pub(super) fn finding_of(card: &Finding) -> &str {
    if card.rule.is_some() { "sigma" } else { &card.detector }
}

/// The candidates of a card, most telling first.
pub(super) fn of(known: &Known<'_>, card: &Finding, fresh: Option<bool>) -> Vec<Candidate> {
    let log = log_of(known, card);
    let reasons = reasons(card);
    let mut out: Vec<Candidate> = Vec::new();
    for question in questions(known, card) {
        if out.iter().any(|c| c.question.eq_ignore_ascii_case(&question)) {
            continue;
        }
        let place = out.len();
        out.push(Candidate {
            why: reasons.get(place % reasons.len().max(1)).cloned().unwrap_or_default(),
            card: Some(card.id.clone()),
            kind: Kind::new(log, finding_of(card), kind::of_question(&question)),
            severity: card.score,
            techniques: card.attack.clone(),
            place,
            fresh,
            playbook: None,
            question,
        });
    }
    out
}

/// What is odd about a card, each in a few words with its number, the weightiest first.
fn reasons(card: &Finding) -> Vec<String> {
    let number = |x: f64| if x.fract() == 0.0 { say::number(x as u64) } else { format!("{x:.1}") };
    let value = |figure: &Figure| match figure {
        Figure::Int(n) => Some(*n as f64),
        Figure::Float(x) => Some(*x),
        Figure::Text(_) => None,
    };
    let mut parts: Vec<_> = card.parts.iter().filter(|p| p.weight > 0.0).collect();
    parts.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut out: Vec<String> = parts
        .iter()
        .filter_map(|p| {
            let seen = value(&p.observed).filter(|seen| *seen > 0.0)?;
            let unit =
                if p.unit.is_empty() || p.unit == "events" { String::new() } else { format!(" {}", p.unit) };
            let usual = match value(&p.expected) {
                Some(x) if x >= 0.0 && x < seen => format!(", usually {}", number(x)),
                _ => String::new(),
            };
            Some(say::short(&format!("{}: {}{unit}{usual}", say::plain(&p.name), number(seen)), WHY_MAX))
        })
        .collect();
    if out.is_empty() {
        out.push(say::counted(card.evidence_count, "event stands out", "events stand out"));
    }
    out
}

/// The questions themselves.
fn questions(known: &Known<'_>, card: &Finding) -> Vec<String> {
    let zone = &known.calendar.zone;
    let value = |fields: &[&str]| {
        card.entities
            .iter()
            .find(|e| fields.contains(&e.field.as_str()) && suggest::is_plain_value(&e.value))
            .map(|e| e.value.as_str())
    };
    let source = value(&["source.ip", "source.address", "client.ip"]);
    let user = value(&["user.name", "user.target.name"]);
    let destination = value(&["destination.ip", "destination.address"]);
    let host = value(&["host.name"]);
    let domain = value(&["dns.question.name", "url.domain", "dns.question.registered_domain"]);
    let mut out: Vec<String> = Vec::new();
    let failures = card.attack.iter().any(|t| t.starts_with("T1110"));
    if let (Some(source), Some(first), true) = (source, card.first_ns, failures && known.logins) {
        let time = say::time(first, zone);
        let (day, clock) = (time.get(..10).unwrap_or(""), time.get(11..16).unwrap_or(""));
        let short = card.last_ns.is_some_and(|last| last - first <= 25 * MINUTE);
        if short {
            let range = TimeRange::new(first - 30 * MINUTE, first + 30 * MINUTE);
            let failed = Filter::is("event.category", "authentication")
                .and(Filter::is("event.outcome", "failure"))
                .and(Filter::is("source.ip", source));
            let n = Hands::new(known.view.events).peek(&Scope::new(range, failed)).unwrap_or(0);
            if n > 0 {
                let what = if n == 1 {
                    "failed login".to_owned()
                } else {
                    format!("{} failed logins", say::number(n))
                };
                out.push(format!(
                    "Would you like to look at the {what} from {source} around {clock} on {day}?"
                ));
            }
        } else {
            out.push(format!("Show me login patterns for {source}"));
        }
    }
    out.extend(card.questions.iter().cloned());
    if let Some(source) = source {
        if failures {
            out.push(format!("Did {source} ever log in successfully?"));
        }
        if known.has("destination.ip") {
            out.push(format!("What other systems did {source} connect to?"));
        }
        out.push(format!("Tell me about {source}"));
    }
    if let Some(user) = user {
        out.push(if known.logins {
            format!("Show me login patterns for {user}")
        } else {
            format!("Tell me about {user}")
        });
    }
    if let Some(destination) = destination {
        out.push(format!("What connected to {destination}?"));
    }
    if let Some(domain) = domain {
        out.push(format!("Tell me about {domain}"));
    }
    if let Some(host) = host {
        out.push(format!("Tell me about {host}"));
    }
    // Whatever the card: what else happened when it began.
    if let Some(first) = card.first_ns {
        let time = say::time(first, zone);
        let (day, clock) = (time.get(..10).unwrap_or(""), time.get(11..16).unwrap_or(""));
        out.push(format!("What happened around {clock} on {day}?"));
    }
    out
}
