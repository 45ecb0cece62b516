//! Claims that something is not there ("no other host was reached", "nobody else", "only root"): each is put to the
//! logs as a query of its own before it is shown. One that a query contradicts is marked so, one that no query can
//! test is marked as not checked.

use super::ground::mark;
use crate::planner::fields::SYNONYMS;
use crate::planner::hands::{Hands, Scope};
use crate::planner::known::Known;
use crate::planner::{self, say};
use crate::tools::hold;
use crate::wire::{ApiError, ChatAsk, Mark, Step};
use regex::Regex;
use std::sync::OnceLock;
use timberline_model::{Filter, Metric, Value};

/// What became of the claims of an answer.
#[derive(Debug, Default)]
pub struct Denied {
    /// Places of the answer.
    pub marks: Vec<Mark>,
    /// In words.
    pub notes: Vec<String>,
    /// The queries.
    pub steps: Vec<Step>,
}

/// Most claims that are tested.
const CLAIMS_MAX: usize = 6;

struct Patterns {
    denial: Regex,
    other: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
    let make = || {
        Some(Patterns {
            denial: Regex::new(r"(?i)\b(no|none|never|nothing|nobody|no one|not any|without any|did not|didn't|does not|do not|was not|were not|wasn't|weren't|has not|have not|neither|zero|only|no further|no signs?)\b").ok()?,
            other: Regex::new(r"(?i)\b(?:no|not any|nobody|nothing|none of the)\s*(?:other|else|further|additional)?\s+([a-z]+(?: [a-z]+)?)|\bonly\s+(?:one |a single |the )?([a-z]+(?: [a-z]+)?)").ok()?,
        })
    };
    PATTERNS.get_or_init(make).as_ref()
}

/// The sentences of a text with their places.
fn sentences(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut from = 0;
    let bytes = text.as_bytes();
    for (i, c) in text.char_indices() {
        let ends = matches!(c, '.' | '!' | '?' | ';') && bytes.get(i + 1).is_none_or(u8::is_ascii_whitespace)
            || c == '\n';
        if ends {
            out.extend(text.get(from..i).map(|s| (from, s)));
            from = i + c.len_utf8();
        }
    }
    out.extend(text.get(from..).map(|s| (from, s)));
    out.into_iter().filter(|(_, s)| !s.trim().is_empty()).collect()
}

/// Tests the claims of an answer. `scope` is what the last step looked at, `nothing` whether a step counted none of
/// what it looked at, `ours` the sentences of Timberline: a claim that stands there is Timberline's own.
///
/// # Errors
/// When the case cannot be read.
pub fn check(
    known: &Known<'_>,
    answer: &str,
    scope: Option<&Scope>,
    nothing: bool,
    ours: &str,
) -> Result<Denied, ApiError> {
    let mut out = Denied::default();
    let Some(p) = patterns() else { return Ok(out) };
    for (at, sentence) in sentences(answer).into_iter().filter(|(_, s)| p.denial.is_match(s)).take(CLAIMS_MAX)
    {
        let plain = sentence.trim();
        if ours.to_lowercase().contains(&plain.to_lowercase()) {
            continue;
        }
        // "The results do not say" is no claim about the logs.
        let low = plain.to_lowercase();
        let about_itself = [
            "result",
            "data ",
            "cannot tell",
            "not clear",
            "i do not",
            "i don't",
            "not follow",
            "can not",
            "cannot",
            "question",
        ];
        if about_itself.iter().any(|w| low.contains(w)) && !low.contains("no other") {
            continue;
        }
        let lead = sentence.len() - sentence.trim_start().len();
        let (from, to) = (at + lead, at + lead + plain.len());
        match test(known, p, plain, scope, &mut out.steps)? {
            Tested::Wrong(why) => {
                out.marks.push(mark(answer, from, to, "contradicted", &why));
                out.notes.push(format!("The answer denies what is there: {why}"));
            }
            Tested::Right => {}
            Tested::Untested if nothing => {}
            Tested::Untested => {
                let why = "a claim that something is not there, which no query could test";
                out.marks.push(mark(answer, from, to, "unsupported", why));
            }
        }
    }
    Ok(out)
}

enum Tested {
    Right,
    Wrong(String),
    Untested,
}

fn test(
    known: &Known<'_>,
    p: &Patterns,
    claim: &str,
    scope: Option<&Scope>,
    steps: &mut Vec<Step>,
) -> Result<Tested, ApiError> {
    // "No other host ...", "only root ...": the values of that field in what was looked at, without those named.
    let low = claim.to_lowercase();
    let exclusive = ["other", "else", "further", "additional", "only"].iter().any(|w| low.contains(w));
    if let Some(found) = p.other.captures(claim).filter(|_| exclusive)
        && let Some(noun) = found.get(1).or(found.get(2))
        && let Some(field) = field_of(known, noun.as_str())
        && let Some(scope) = scope
    {
        // A condition on the field itself leaves nothing else to be found.
        let wide = Scope::new(scope.range, without(&scope.filter, &field));
        let mut hands = Hands::new(known.view.events);
        let rows = hands.top(&format!("other values of {field}"), &wide, &[&field], Metric::Count, 1_000)?;
        let named = |v: &Value| low.contains(&v.show().to_lowercase());
        let own: Vec<String> = scope_values(&scope.filter, &field);
        let others: Vec<String> = rows
            .iter()
            .filter_map(|r| r.values.first())
            .filter(|v| !named(v) && !own.iter().any(|o| o.eq_ignore_ascii_case(&v.show())))
            .map(|v| hold(&v.show()))
            .collect();
        take(steps, hands.steps);
        if own.is_empty()
            && rows.iter().filter_map(|r| r.values.first()).filter(|v| named(v)).count() == 0
            && others.len() <= 1
        {
            return Ok(Tested::Right);
        }
        return Ok(match others.len() {
            0 => Tested::Right,
            n => Tested::Wrong(format!(
                "the logs have {} of {field}: {}",
                say::counted(n as u64, "other value", "other values"),
                crate::tools::shown(&say::listed(&others.iter().take(3).cloned().collect::<Vec<_>>()))
            )),
        });
    }
    // Else as a question of its own, where the planner understands every word of it.
    let bare = p.denial.replace_all(claim, "");
    let mut words: Vec<&str> = bare.split_whitespace().collect();
    while words.first().is_some_and(|w| {
        ["there", "were", "was", "are", "is", "and", "but", "so"].contains(&w.to_lowercase().as_str())
    }) {
        words.remove(0);
    }
    let question = format!("How many {}?", words.join(" "));
    let ask = ChatAsk { question, ..ChatAsk::default() };
    let kept = planner::answer(known.view, &ask, None)?;
    let whole = kept.reading.is_some()
        && kept.turn.unanswered.is_none()
        && !kept.turn.understood.contains("not used:");
    let Some(step) =
        kept.turn.steps.iter().find(|s| matches!(s.tool.as_str(), "count" | "span")).filter(|_| whole)
    else {
        return Ok(Tested::Untested);
    };
    let n = step.rows;
    take(steps, vec![step.clone()]);
    Ok(if n == 0 { Tested::Right } else { Tested::Wrong(format!("{} match {}", say::number(n), step.query)) })
}

fn take(steps: &mut Vec<Step>, new: Vec<Step>) {
    steps.extend(new.into_iter().map(|s| Step { by: "check".to_owned(), ..s }));
}

/// The field that a noun means in this case.
fn field_of(known: &Known<'_>, noun: &str) -> Option<String> {
    let noun = noun.to_lowercase();
    let first = noun.split(' ').next().unwrap_or(&noun);
    let named = |n: &str| SYNONYMS.iter().find(|s| s.names.contains(&n));
    let synonym = named(&noun).or_else(|| named(first))?;
    synonym.fields.iter().find(|f| known.has(f)).map(|f| (*f).to_owned())
}

/// A filter without its conditions on a field.
fn without(filter: &Filter, field: &str) -> Filter {
    match filter {
        Filter::And(parts) => parts.iter().fold(Filter::All, |all, p| all.and(without(p, field))),
        Filter::Match { field: f, .. } | Filter::In { field: f, .. } | Filter::Cidr { field: f, .. }
            if f == field =>
        {
            Filter::All
        }
        other => other.clone(),
    }
}

/// The values that a filter asks of a field.
fn scope_values(filter: &Filter, field: &str) -> Vec<String> {
    match filter {
        Filter::And(parts) => parts.iter().flat_map(|p| scope_values(p, field)).collect(),
        Filter::Match { field: f, pattern } if f == field => {
            pattern.as_exact().map(str::to_owned).into_iter().collect()
        }
        Filter::In { field: f, values } if f == field => values.clone(),
        _ => Vec::new(),
    }
}
