//! The built-in answerer: a question in plain words becomes typed queries, and their results a sentence.
//! No model is asked and nothing is guessed: each number comes from a query that is listed as a step.
//!
//! `words` splits, `times` finds times, `subjects`, `fields` and `conditions` recognise what is asked about (against
//! the case's own values), `reading` puts it together and scores it, `answers` asks the store through `hands`
//! and words the result. Log text is data all the way: a user name that reads like an instruction is only ever
//! compared and shown.
//!
//! Not here: storing turns (`ops::chat`), the language of queries (`model::kql`), models (later, beside this).

pub mod amounts;
pub mod answers;
pub mod conditions;
pub mod fields;
pub mod groups;
pub mod hands;
pub mod known;
pub mod measures;
pub mod prompts;
pub mod qualities;
pub mod reading;
pub mod rewrite;
pub mod say;
pub mod subjects;
pub mod suggest;
pub mod times;
pub mod topics;
pub mod wants;
pub mod words;

use crate::session::OpenCase;
use crate::wire::{ApiError, ChatAsk, ChatTurn};
use answers::{Draft, Work};
use hands::Hands;
use known::Known;
use reading::{BAR, Reading, Understood, Want};
use serde::{Deserialize, Serialize};
use timberline_model::{EventStore, Finding, Source};

/// The case as the planner sees it.
pub struct View<'c> {
    /// Its file; `None` where it has none, and then nothing about it is kept in memory.
    pub path: Option<std::path::PathBuf>,
    /// Its events.
    pub events: &'c dyn EventStore,
    /// What was read.
    pub sources: Vec<Source>,
    /// The findings in the list, best first.
    pub findings: Vec<Finding>,
    /// The ids of those that were confirmed.
    pub confirmed: Vec<String>,
    /// Display zone: an IANA name.
    pub zone: String,
}

/// A turn as it is kept in the case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// What the window shows.
    pub turn: ChatTurn,
    /// How the question was understood, for the next one to lean on; absent where it was not.
    #[serde(default)]
    pub reading: Option<Reading>,
}

impl<'c> View<'c> {
    /// Over the open case.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn of(open: &'c OpenCase) -> Result<Self, ApiError> {
        let judged = open.judged()?;
        let findings = judged.iter().filter(|j| j.listed()).map(|j| j.finding.clone()).collect();
        let confirmed = judged
            .iter()
            .filter(|j| j.status == timberline_model::Status::Confirmed)
            .map(|j| j.finding.id.clone())
            .collect();
        Ok(Self {
            confirmed,
            path: Some(open.path.clone()),
            events: open.events(),
            sources: open.case.sources()?,
            findings,
            zone: open.zone(),
        })
    }
}

/// Answers a question.
///
/// # Errors
/// When the case cannot be read.
pub fn answer(view: &View<'_>, ask: &ChatAsk, earlier: Option<&Kept>) -> Result<Kept, ApiError> {
    let known = Known::of(view)?;
    let before = earlier.and_then(|k| k.reading.as_ref());
    let Understood { reading, unknown, needed, score } = reading::read(&known, ask, before)?;
    if score < BAR || !needed.is_empty() {
        return not_understood(&known, ask, if needed.is_empty() { &unknown } else { &needed });
    }
    let mut work = Work { known: &known, reading, hands: Hands::new(view.events), out: Draft::default() };
    work.answer()?;
    // "Was x run?": a yes without the x would be an answer to another question.
    if work.reading.want == Want::Exists && !unknown.is_empty() && !work.out.answer.starts_with("No") {
        return not_understood(&known, ask, &unknown);
    }
    let understood = understood(&work, &unknown);
    if !unknown.is_empty() && work.out.unanswered.is_none() {
        let words: Vec<String> = unknown.iter().take(4).map(|w| format!("'{}'", say::plain(w))).collect();
        // First, because the answer is to a wider question than was asked.
        work.out.answer = format!("Leaving {} out of account: {}", say::listed(&words), work.out.answer);
    }
    let Work { reading, hands, out, .. } = work;
    let mut suggestions = out.next;
    if suggestions.len() < 3 {
        suggestions.extend(suggest::questions(&known)?);
    }
    tidy_suggestions(&mut suggestions, &ask.question);
    let turn = ChatTurn {
        id: 0,
        question: ask.question.clone(),
        understood,
        answer: out.answer,
        columns: out.columns,
        rows: out.rows,
        citations: out.citations,
        chips: out.chips.into_iter().filter(|c| !c.events.is_empty()).collect(),
        steps: hands.steps,
        unanswered: out.unanswered,
        suggestions,
        ..ChatTurn::default()
    };
    Ok(Kept { turn, reading: Some(reading) })
}

fn tidy_suggestions(list: &mut Vec<String>, question: &str) {
    let mut seen: Vec<String> = Vec::new();
    list.retain(|s| {
        let new = !s.eq_ignore_ascii_case(question.trim()) && !seen.contains(s);
        seen.push(s.clone());
        new
    });
    list.truncate(3);
}

/// Which question was answered, over which range, and what was assumed.
fn understood(work: &Work<'_, '_>, unknown: &[String]) -> String {
    let reading = &work.reading;
    let by = if reading.groups.is_empty() {
        String::new()
    } else {
        format!(" by {}", reading.groups.join(" and "))
    };
    let what = work.what();
    let mut text = match reading.want {
        Want::Count => format!("How many {what}{by}"),
        Want::Distinct => format!("How many different values of {} in {what}", reading.groups.join(", ")),
        Want::Top if reading.least => format!("The fewest {what}{by}"),
        Want::Top => format!("The most {what}{by}"),
        Want::Values => format!("Which values {} has in {what}", reading.groups.join(" and ")),
        Want::Rare => format!("The rarest {what}{by}"),
        Want::Events => format!("List of {what}"),
        Want::First => format!("The first of {what}"),
        Want::Last => format!("The last of {what}"),
        Want::When => format!("When there were {what}"),
        Want::Timeline => format!("{} over time", say::capital(&what)),
        Want::Exists => format!("Whether there were {what}"),
        Want::Sum => format!("Sum of {}{}{by}", reading.sums.join(" and "), work.qualified()),
        Want::Logins => format!("Login patterns{}", work.qualified()),
        Want::Typical => format!("Whether successful logins{} are usual", work.qualified()),
        Want::Connections => format!(
            "What {}{}",
            if reading.inward { "connected" } else { "was connected to" },
            work.qualified()
        ),
        Want::Around => format!("What happened{}", work.qualified()),
        Want::Profile => format!("All about events{}", work.qualified()),
        Want::Unusual => match reading.topic.as_deref().and_then(topics::by_id) {
            Some(topic) => format!("Cards that are about {}{}", topic.name, work.qualified()),
            None => format!("What stands out{}", work.qualified()),
        },
        Want::Sequence => format!("Failed logins followed by a successful one{}", work.qualified()),
        Want::Sources => "What was read into the case".to_owned(),
        Want::Coverage => "From when to when the logs run".to_owned(),
        Want::Summary => format!("Numbers of {what}"),
        Want::Compare => format!("{} compared{by}", say::capital(&what)),
        Want::Novel => format!("What is new among {what}{by}"),
        Want::Both => format!("Who failed and also succeeded to log in{}{by}", work.qualified()),
        Want::Measure => format!("{} of {what}{by}", work.measured()),
        Want::Report => format!("A report of what stands out{}", work.qualified()),
        Want::Why => "The reasons of the card that was spoken of".to_owned(),
        Want::Kinds => format!("Which {what} there are, by what they say"),
    };
    let calendar = &work.known.calendar;
    if !reading.when.is_empty() {
        text.push_str(&format!("; {}", reading.when));
    } else if !reading.range.is_all() {
        text.push_str(&format!("; over {}", say::range(&reading.range, &calendar.zone)));
    } else if work.known.span.first_ns.is_some() {
        text.push_str(&format!(
            "; over all of the data, {} to {}",
            say::time(calendar.first_ns, &calendar.zone),
            say::time(calendar.last_ns, &calendar.zone)
        ));
    }
    for note in reading.notes.iter().chain(&work.out.notes) {
        text.push_str(&format!("; {note}"));
    }
    text.push_str(&format!("; times in {}", work.known.view.zone));
    if !reading.missing.is_empty() && work.out.unanswered.is_none() {
        text.push_str(&format!("; no source has {}", say::listed(&reading.missing)));
    }
    if !unknown.is_empty() {
        let words: Vec<String> = unknown.iter().take(8).map(|w| format!("'{}'", say::plain(w))).collect();
        text.push_str(&format!("; not used: {}", words.join(", ")));
    }
    text
}

fn not_understood(known: &Known<'_>, ask: &ChatAsk, unknown: &[String]) -> Result<Kept, ApiError> {
    let mut suggestions = suggest::questions(known)?;
    tidy_suggestions(&mut suggestions, &ask.question);
    let words: Vec<String> = unknown.iter().take(8).map(|w| format!("'{}'", say::plain(w))).collect();
    let why = if words.is_empty() {
        "The question was not understood: it names no events, field or value of this case".to_owned()
    } else {
        format!(
            "The question was not understood: {} mean{} nothing in this case",
            say::listed(&words),
            if words.len() == 1 { "s" } else { "" }
        )
    };
    let answer = format!("{why}. It can answer, for example: {}", suggestions.join(" "));
    let turn = ChatTurn {
        question: ask.question.clone(),
        understood: "Not understood".to_owned(),
        answer,
        unanswered: Some(why),
        suggestions,
        ..ChatTurn::default()
    };
    Ok(Kept { turn, reading: None })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_general;
