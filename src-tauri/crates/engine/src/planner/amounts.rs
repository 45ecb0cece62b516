//! Numbers of a question: how many rows, at least how many, larger than what, counted by which unit of time.
//! Status codes and other values are `conditions`'.

use super::conditions::Condition;
use super::fields;
use super::known::Known;
use super::reading::Reading;
use super::words::Words;
use crate::wire::ApiError;
use timberline_model::{Filter, Op, Value};

/// "status code above 400", "destination port below 1024", "responses larger than 10000 bytes": a number compared.
pub(super) fn compared(words: &mut Words, known: &Known<'_>) -> Result<Vec<Condition>, ApiError> {
    const WAYS: &[(&str, Op)] = &[
        ("greater than or equal to", Op::Ge),
        ("less than or equal to", Op::Le),
        ("greater than", Op::Gt),
        ("larger than", Op::Gt),
        ("bigger than", Op::Gt),
        ("higher than", Op::Gt),
        ("more than", Op::Gt),
        ("less than", Op::Lt),
        ("smaller than", Op::Lt),
        ("lower than", Op::Lt),
        ("fewer than", Op::Lt),
        ("atleast", Op::Ge),
        ("at most", Op::Le),
        ("above", Op::Gt),
        ("over", Op::Gt),
        ("exceeding", Op::Gt),
        ("below", Op::Lt),
        ("under", Op::Lt),
        (">=", Op::Ge),
        ("<=", Op::Le),
        (">", Op::Gt),
        ("<", Op::Lt),
    ];
    let mut out = Vec::new();
    let named = fields::find(words, &known.fields);
    for (text, op) in WAYS {
        let Some((at, len)) = words.fresh(text) else { continue };
        let Ok(n) = words.low(at + len).replace(',', "").parse::<i64>() else { continue };
        let unit = match words.low(at + len + 1) {
            "byte" | "bytes" | "b" => Some(1),
            "kb" | "kilobytes" => Some(1_000),
            "mb" | "megabytes" => Some(1_000_000),
            "gb" | "gigabytes" => Some(1_000_000_000),
            _ => None,
        };
        let whole =
            |field: &str| known.fields.iter().any(|f| f.name == field && f.kind != "text" && f.events > 0);
        let before = named.iter().find(|f| {
            (f.at + f.len..=f.at + f.len + 2).contains(&at)
                && (f.at + f.len..at)
                    .all(|i| matches!(words.low(i), "is" | "was" | "of" | "are" | "were" | "with"))
        });
        let (field, n, more) = if let Some(unit) = unit {
            // Of one event; a sum over many is another question.
            let each = ["larger", "bigger", "smaller"].iter().any(|w| text.starts_with(w));
            let Some(field) = known
                .first_of(&["http.response.body.bytes", "source.bytes", "network.bytes", "file.size"])
                .filter(|_| each)
            else {
                continue;
            };
            (field.to_owned(), n.saturating_mul(unit), 1)
        } else if let Some(f) = before.and_then(|f| f.field.as_deref()).filter(|f| whole(f)) {
            (f.to_owned(), n, 0)
        } else {
            continue;
        };
        if let Some(f) = before {
            words.mark(f.at, f.len);
        }
        words.mark(at, len + 1 + more);
        // Its unit is a unit now: the question is not about bytes for it.
        if let Some(unit) = words.list.get_mut(at + len + 1).filter(|_| more > 0) {
            unit.low = "unit".to_owned();
        }
        let sign = match op {
            Op::Ge => ">=",
            Op::Gt => ">",
            Op::Le => "<=",
            _ => "<",
        };
        let filter = Filter::Compare { field: field.clone(), op: *op, value: Value::Int(n) };
        out.push(Condition::compared(known, &field, &format!("{sign} {n}"), filter)?);
    }
    Ok(out)
}

/// "top 10", "more than 5", "at least 3", "four failed logins".
pub(super) fn thresholds(words: &mut Words, reading: &mut Reading, web: bool) {
    let number = |low: &str| -> Option<u64> {
        let named = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
        low.parse().ok().or_else(|| named.iter().position(|n| *n == low).map(|n| n as u64))
    };
    for at in 0..words.list.len() {
        if words.list.get(at).is_none_or(|w| w.used || w.quoted) {
            continue;
        }
        let low = words.low(at).to_owned();
        if let Some(n) = low
            .strip_prefix(['>', '\u{2265}'])
            .map(|n| n.trim_start_matches('='))
            .and_then(|n| n.parse::<u64>().ok())
        {
            let n = if low.contains('=') || low.starts_with('\u{2265}') { n } else { n + 1 };
            reading.at_least = reading.at_least.max(Some(n));
            words.mark(at, 1);
            continue;
        }
        let Some(n) = number(&low) else { continue };
        // "the first 404", "404 most often": a status code is no number of rows.
        let code = web
            && (100..600).contains(&n)
            && (matches!(
                words.low(at + 1),
                "" | "most" | "least" | "error" | "errors" | "response" | "responses"
            ) || words.low(at + 1).starts_with("status"));
        let before = (words.low(at.wrapping_sub(2)).to_owned(), words.low(at.wrapping_sub(1)).to_owned());
        let good = ["success", "accepted", "good"].iter().any(|w| words.low(at + 1).starts_with(w));
        if good && matches!(before.1.as_str(), "atleast" | "and" | "with" | "than" | "over") {
            reading.successes = Some(if matches!(before.1.as_str(), "than" | "over") { n + 1 } else { n });
            words.mark(at, 1);
            if before.1 == "atleast" {
                words.mark(at - 1, 1);
            }
            continue;
        }
        match (before.0.as_str(), before.1.as_str()) {
            (_, "top" | "first" | "last" | "latest" | "show" | "list") if !code => {
                reading.limit = u32::try_from(n.clamp(1, 100)).ok()
            }
            ("more", "than") | (_, "over" | "above" | "exceeding") => {
                reading.at_least = reading.at_least.max(Some(n + 1))
            }
            (_, "atleast") => reading.at_least = reading.at_least.max(Some(n)),
            _ if words.low(at + 1) == "or" && words.low(at + 2) == "more" => {
                reading.at_least = reading.at_least.max(Some(n))
            }
            _ if matches!(words.low(at + 1), "most" | "least")
                && !code
                && !matches!(words.low(at + 2), "" | "often" | "frequently" | "commonly") =>
            {
                reading.limit = u32::try_from(n.clamp(1, 100)).ok()
            }
            // "the five accounts ... most": so many rows.
            (_, "the" | "me" | "our" | "which") | ("the", _)
                if !code
                    && (2..=100).contains(&n)
                    && !matches!(words.low(at + 1), "day" | "days" | "hour" | "hours" | "")
                    && words.has_any(&[
                        "most", "top", "noisiest", "busiest", "largest", "biggest", "least", "fewest",
                        "rarest",
                    ]) =>
            {
                reading.limit = u32::try_from(n).ok()
            }
            _ if words.low(at + 1).starts_with("fail") || words.low(at + 1).starts_with("unsuccess") => {
                reading.failures = Some(n)
            }
            _ => continue,
        }
        words.mark(at, 1);
        if matches!(before.1.as_str(), "over" | "above" | "exceeding" | "atleast") {
            words.mark(at - 1, 1);
        }
    }
}

/// "per hour", "which day", "over time": counting by time.
pub(super) fn every(words: &mut Words, reading: &mut Reading) -> bool {
    use timberline_model::time::{DAY, HOUR, MINUTE};
    const WEEKLY: &[&str] =
        &["by weekday", "per weekday", "which weekday", "day of the week", "weekdays", "days of the week"];
    const UNITS: &[(&[&str], i64)] = &[
        (&["per minute", "by minute", "each minute", "every minute", "which minute"], MINUTE),
        (
            &[
                "per hour",
                "by hour",
                "hourly",
                "each hour",
                "every hour",
                "which hour",
                "what hour",
                "busiest hour",
                "hour by hour",
                "an hour",
                "hours",
            ],
            HOUR,
        ),
        (
            &[
                "per day",
                "by day",
                "daily",
                "each day",
                "every day",
                "which day",
                "what day",
                "busiest day",
                "day by day",
                "a day",
                "by date",
                "which days",
                "which date",
            ],
            DAY,
        ),
        (&["per week", "by week", "weekly", "each week", "which week"], 7 * DAY),
    ];
    const OF_DAY: &[&str] = &[
        "hour of the day",
        "hour of day",
        "hours of the day",
        "hours of day",
        "time of day",
        "time of the day",
    ];
    if words.take_any(OF_DAY) {
        reading.hourly = true;
        return true;
    }
    if words.take_any(WEEKLY) {
        reading.weekly = true;
        return true;
    }
    for (phrases, step) in UNITS {
        if words.take_any(phrases) {
            reading.every_ns = Some(*step);
            words.take_any(&["busiest", "peak", "quietest"]);
            return true;
        }
    }
    // "At what time did it first ...": a moment, not a count over time.
    if words.has_any(&["first", "last", "earliest", "latest"]) && words.has_any(&["what time", "which time"])
    {
        words.take_any(&["what time", "which time"]);
        return false;
    }
    words.take_any(&[
        "over time",
        "timeline",
        "time line",
        "trend*",
        "histogram",
        "peak*",
        "what time",
        "which time",
        "distribution over time",
        "when was the busiest",
        "spike*",
    ])
}
