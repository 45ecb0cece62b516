//! Questions worth asking now, made from the cards and, where there are none, from the data. Only those that the
//! planner itself can answer as they stand are offered.

use super::hands::{Hands, Scope};
use super::known::Known;
use super::reading::{self, BAR};
use super::{View, say, suggest};
use crate::wire::{ApiError, ChatAsk, Prompt};
use timberline_model::{Figure, Filter, Finding, Metric, TimeRange};

/// The most characters of a reason: it stands in a narrow column.
const WHY_MAX: usize = 70;

/// At most `limit` prompts, best first.
///
/// # Errors
/// When the case cannot be read.
pub fn make(view: &View<'_>, limit: usize) -> Result<Vec<Prompt>, ApiError> {
    let known = Known::of(view)?;
    if known.span.events == 0 {
        return Ok(Vec::new());
    }
    let mut prompts = Vec::new();
    // A few questions of each of the best cards; one card shall not fill the list.
    for (rank, card) in view.findings.iter().take(12).enumerate() {
        for (place, (question, why)) in of_card(&known, card).into_iter().take(3).enumerate() {
            let score = card.score * (1.0 - 0.15 * place as f64) - 0.01 * rank as f64;
            prompts.push(Prompt { question, why, card: Some(card.id.clone()), score: round(score) });
        }
    }
    if prompts.len() < limit {
        prompts.extend(of_data(&known)?);
    }
    let mut kept: Vec<Prompt> = Vec::new();
    prompts.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.question.cmp(&b.question)));
    for prompt in prompts {
        if kept.len() >= limit {
            break;
        }
        if !kept.iter().any(|k| k.question.eq_ignore_ascii_case(&prompt.question))
            && is_answerable(&known, &prompt.question)?
        {
            kept.push(prompt);
        }
    }
    Ok(kept)
}

fn round(score: f64) -> f64 {
    (score.clamp(0.0, 1.0) * 1000.0).round() / 1000.0
}

fn is_answerable(known: &Known<'_>, question: &str) -> Result<bool, ApiError> {
    let ask = ChatAsk { question: question.to_owned(), ..ChatAsk::default() };
    let read = reading::read(known, &ask, None)?;
    Ok(read.score >= BAR && read.needed.is_empty())
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

/// Questions of one card, most telling first, each with its why.
fn of_card(known: &Known<'_>, card: &Finding) -> Vec<(String, String)> {
    let zone = &known.calendar.zone;
    let value = |field: &str| {
        card.entities
            .iter()
            .find(|e| e.field == field && suggest::is_plain_value(&e.value))
            .map(|e| e.value.as_str())
    };
    let (source, user) = (value("source.ip"), value("user.name"));
    let mut out: Vec<(String, String)> = Vec::new();
    let reasons = reasons(card);
    let mut add = |question: String| {
        let why = reasons.get(out.len() % reasons.len().max(1)).cloned().unwrap_or_default();
        out.push((question, why));
    };
    let failures = card.attack.iter().any(|t| t.starts_with("T1110"))
        || matches!(card.detector.as_str(), "auth_bruteforce" | "auth_bruteforce_success" | "auth_spray");
    if let (Some(source), Some(first), true) = (source, card.first_ns, failures && known.logins) {
        let time = say::time(first, zone);
        let (day, clock) = (time.get(..10).unwrap_or(""), time.get(11..16).unwrap_or(""));
        let short = card.last_ns.is_some_and(|last| last - first <= 25 * 60 * 1_000_000_000);
        if short {
            let range = TimeRange::new(first - 30 * 60 * 1_000_000_000, first + 30 * 60 * 1_000_000_000);
            let failed = Filter::is("event.category", "authentication")
                .and(Filter::is("event.outcome", "failure"))
                .and(Filter::is("source.ip", source));
            let n = Hands::new(known.view.events).peek(&Scope::new(range, failed)).unwrap_or(0);
            if n > 0 {
                add(format!(
                    "Would you like to look at the {} from {source} around {clock} on {day}?",
                    if n == 1 {
                        "failed login".to_owned()
                    } else {
                        format!("{} failed logins", say::number(n))
                    }
                ));
            }
        } else {
            add(format!("Show me login patterns for {source}"));
        }
    }
    for question in &card.questions {
        add(question.clone());
    }
    if let Some(source) = source {
        if failures {
            add(format!("Did {source} ever log in successfully?"));
        }
        if known.has("destination.ip") {
            add(format!("What other systems did {source} connect to?"));
        }
        add(format!("Tell me about {source}"));
    }
    if let Some(user) = user {
        add(format!("Show me login patterns for {user}"));
    }
    out
}

/// Questions of the data alone, with low scores.
fn of_data(known: &Known<'_>) -> Result<Vec<Prompt>, ApiError> {
    let mut hands = Hands::new(known.view.events);
    let all = Scope::new(TimeRange::ALL, Filter::All);
    let mut out = Vec::new();
    let mut add =
        |question: String, why: String, score: f64| out.push(Prompt { question, why, card: None, score });
    if known.logins {
        let failed = all
            .and(Filter::is("event.category", "authentication").and(Filter::is("event.outcome", "failure")));
        let n = hands.peek(&failed)?;
        if n > 0 {
            let top = hands.top("failed logins", &failed, &["source.ip"], Metric::Count, 1)?;
            let most = top
                .first()
                .map_or_else(String::new, |r| format!("; one address has {} of them", say::number(r.count)));
            add(
                "Which source had the most failed logins?".into(),
                format!("There are {}{most}", say::counted(n, "failed login", "failed logins")),
                0.2,
            );
        }
    }
    if known.has("http.response.status_code") {
        let errors =
            all.and(timberline_model::kql::parse("http.response.status_code >= 500").unwrap_or(Filter::All));
        let n = hands.peek(&errors)?;
        if n > 0 {
            add(
                "How many server errors were there?".into(),
                format!("{} had a status of 500 or more", say::counted(n, "response", "responses")),
                0.18,
            );
        }
        let missing = hands.peek(&all.and(Filter::is("http.response.status_code", "404")))?;
        if missing > 0 {
            add(
                "Which source had the most 404 responses?".into(),
                format!("{} asked for what is not there", say::counted(missing, "request", "requests")),
                0.15,
            );
        }
    }
    for field in ["source.ip", "user.name", "user_agent.original", "event.action", "process.name"] {
        if known.fields.iter().any(|f| f.name == field && (2..100_000).contains(&f.distinct)) {
            let rare = hands.rare("rarest values", &all, field, 1)?;
            if let Some(row) = rare.first() {
                let name = super::fields::nouns(field);
                add(
                    format!("Which {} are rare?", name.1),
                    format!("The rarest {} is in {}", name.0, say::counted(row.count, "event", "events")),
                    0.1,
                );
                break;
            }
        }
    }
    if known.span.first_ns.is_some() {
        add(
            "Which hour had the most events?".into(),
            "The busiest hour is a good place to begin".into(),
            0.08,
        );
    }
    let problems: u64 = known.view.sources.iter().map(|s| s.problems).sum();
    if problems > 0 {
        add(
            "Which sources are there?".into(),
            format!("{} could not be read", say::counted(problems, "record", "records")),
            0.07,
        );
    }
    add("Is there anything unusual?".into(), "It says what the detectors looked for and found".into(), 0.05);
    Ok(out)
}
