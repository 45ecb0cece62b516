//! Questions that this case can answer, made from its own values: for what was not understood, and for what
//! to ask next.

use super::hands::{Hands, Scope};
use super::known::Known;
use super::say;
use crate::wire::ApiError;
use timberline_model::{Filter, Metric, TimeRange, Value};

/// Values that read well in a question: short, one word, no markup or quotes.
#[must_use]
pub fn is_plain_value(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 60
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '@' | '/' | '$' | '+'))
}

fn best(known: &Known<'_>, field: &str, filter: Filter) -> Result<Option<String>, ApiError> {
    if !known.has(field) {
        return Ok(None);
    }
    let mut hands = Hands::new(known.view.events);
    let rows =
        hands.top("values to suggest", &Scope::new(TimeRange::ALL, filter), &[field], Metric::Count, 5)?;
    Ok(rows.iter().filter_map(|r| r.values.first()).map(Value::show).find(|v| is_plain_value(v)))
}

/// At least three questions that this case can answer.
///
/// # Errors
/// When the store does not answer.
pub fn questions(known: &Known<'_>) -> Result<Vec<String>, ApiError> {
    let mut out: Vec<String> = Vec::new();
    if known.span.events == 0 {
        return Ok(vec![
            "Which sources are there?".into(),
            "What period do the logs cover?".into(),
            "How many events are there?".into(),
        ]);
    }
    if !known.view.findings.is_empty() {
        out.push("Is there anything unusual?".to_owned());
    }
    if known.logins {
        let failed =
            Filter::is("event.category", "authentication").and(Filter::is("event.outcome", "failure"));
        out.push("Which source had the most failed logins?".to_owned());
        if let Some(user) = best(known, "user.name", failed)? {
            out.push(format!("Show me login patterns for {user}"));
        }
    }
    if let Some(ip) = best(known, "source.ip", Filter::exists("destination.ip"))? {
        out.push(format!("What other systems did {ip} connect to?"));
    }
    if known.has("http.response.status_code") {
        out.push("How many 404 responses were there?".to_owned());
        out.push("Which paths were requested most often?".to_owned());
    }
    if known.has("dns.question.name") {
        out.push("Which DNS names were queried most often?".to_owned());
    }
    for field in ["event.action", "event.code", "process.name", "host.name", "user.name", "log.level"] {
        if out.len() >= 4 {
            break;
        }
        if known.has(field) {
            out.push(format!("What are the most common values of {field}?"));
        }
    }
    let last = known.calendar.day(known.calendar.last_ns);
    out.push(format!(
        "What happened on {}?",
        say::short_time(known.calendar.at(last, 0), &known.calendar.zone)
    ));
    out.push("How many events are there per hour?".to_owned());
    out.push("What period do the logs cover?".to_owned());
    out.dedup();
    Ok(out)
}
