//! What a good analyst finds, counted while the logs are made and not by the engine that is tested with it.

use crate::log::Log;
use serde::Serialize;
use serde_json::{Value, json};
use timberline_model::time::{SECOND, rfc3339};

#[derive(Default, Serialize)]
pub struct Truth {
    pub about: String,
    /// Events a file holds.
    pub sources: Vec<SourceTruth>,
    pub story: Vec<Step>,
    /// Whom the story is about: a card or a step about one of these, at the time of the story, belongs to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub story_entities: Vec<EntityTruth>,
    /// How many of the first ten cards may belong to no story, where it is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrelated_of_ten: Option<u64>,
    /// Cards among which the whole of `must_flag` stands, where it is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain_within: Option<u64>,
    pub must_flag: Vec<Flag>,
    pub must_not_flag: Vec<Innocent>,
    /// No card may be above this severity, where set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_card_above: Option<String>,
    /// No card that names a technique may be above this severity, where set: nothing here is an attack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_attack_above: Option<String>,
    pub answers: Vec<AnswerTruth>,
}

#[derive(Serialize)]
pub struct SourceTruth {
    pub file: String,
    pub format: String,
    pub events: u64,
    pub first: String,
    pub last: String,
}

#[derive(Serialize)]
pub struct Step {
    pub what: String,
    pub source: String,
    pub entities: Vec<EntityTruth>,
    pub first: String,
    pub last: String,
    pub count: u64,
}

#[derive(Serialize)]
pub struct EntityTruth {
    pub field: String,
    pub value: String,
}

#[derive(Serialize)]
pub struct Flag {
    /// Any of these may tell it; any detector where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub detector: Vec<String>,
    pub entities: Vec<EntityTruth>,
    pub at_least: String,
    /// The card or step must be about some of this time, where set: first and last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub during: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub title_contains: Vec<String>,
    pub why: String,
}

#[derive(Serialize)]
pub struct Innocent {
    pub entities: Vec<EntityTruth>,
    /// No card about all of these entities may be above this severity.
    pub at_most: String,
    pub why: String,
}

#[derive(Serialize)]
pub struct AnswerTruth {
    pub question: String,
    /// Every one of these stands in the answer's sentence or in its rows.
    pub contains: Vec<String>,
    /// Rows that the answer is made of, where it is a table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<Value>>,
    pub how: String,
}

pub fn entities(list: &[(&str, &str)]) -> Vec<EntityTruth> {
    list.iter().map(|(f, v)| EntityTruth { field: (*f).into(), value: (*v).into() }).collect()
}

pub fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|t| (*t).to_owned()).collect()
}

/// A source whose events are the log's lines.
pub fn source(file: &str, format: &str, log: &Log) -> SourceTruth {
    let (first, last) = log.span();
    SourceTruth {
        file: file.into(),
        format: format.into(),
        events: log.len() as u64,
        first: second(first),
        last: second(last),
    }
}

fn second(ns: i64) -> String {
    rfc3339(ns - ns.rem_euclid(SECOND))
}

pub fn step(what: &str, source: &str, who: &[(&str, &str)], (first, last): (i64, i64), count: u64) -> Step {
    Step {
        what: what.into(),
        source: source.into(),
        entities: entities(who),
        first: second(first),
        last: second(last),
        count,
    }
}

/// What must be told, by whichever detector and in whatever words.
pub fn flag(who: &[(&str, &str)], at_least: &str, why: &str) -> Flag {
    Flag {
        detector: Vec::new(),
        entities: entities(who),
        at_least: at_least.into(),
        during: Vec::new(),
        title_contains: Vec::new(),
        why: why.into(),
    }
}

/// The same, at some time between these two.
pub fn flag_during(who: &[(&str, &str)], at_least: &str, (first, last): (i64, i64), why: &str) -> Flag {
    Flag { during: vec![second(first), second(last)], ..flag(who, at_least, why) }
}

pub fn innocent(who: &[(&str, &str)], at_most: &str, why: &str) -> Innocent {
    Innocent { entities: entities(who), at_most: at_most.into(), why: why.into() }
}

/// A question whose answer is one number.
pub fn number(question: &str, count: u64, how: &str) -> AnswerTruth {
    AnswerTruth {
        question: question.into(),
        contains: vec![count.to_string()],
        columns: Vec::new(),
        rows: vec![vec![json!(count)]],
        how: how.into(),
    }
}
