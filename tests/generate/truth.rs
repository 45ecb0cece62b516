//! What a good analyst finds, counted while the logs are made and not by the engine that is tested with it.

use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub struct Truth {
    pub about: String,
    /// Events a file holds.
    pub sources: Vec<SourceTruth>,
    pub story: Vec<Step>,
    pub must_flag: Vec<Flag>,
    pub must_not_flag: Vec<Innocent>,
    /// No card may be above this severity, where set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_card_above: Option<String>,
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
    /// Any of these may tell it.
    pub detector: Vec<String>,
    pub entities: Vec<EntityTruth>,
    pub at_least: String,
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
