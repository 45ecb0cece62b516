//! Findings: what a detector claims, with its arithmetic and its evidence. Shown as cards.

use crate::event::EventId;
use serde::{Deserialize, Serialize};

/// How bad, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Odd.
    Low,
    /// Look at it today.
    Medium,
    /// Look at it now.
    High,
    /// Act.
    Critical,
}

impl Severity {
    /// The word for a score from 0 to 1: critical from 0.9, high from 0.75, medium from 0.5, low from 0.25.
    #[must_use]
    pub fn of(score: f64) -> Self {
        match score {
            s if s >= 0.9 => Self::Critical,
            s if s >= 0.75 => Self::High,
            s if s >= 0.5 => Self::Medium,
            s if s >= 0.25 => Self::Low,
            _ => Self::Info,
        }
    }

    /// The word in lower case.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What the analyst made of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not judged yet.
    #[default]
    Open,
    /// It is what it says.
    Confirmed,
    /// It is something innocent.
    FalsePositive,
    /// Not wanted in the list.
    Muted,
}

/// A thing that events are about: a field and a value, such as `user.name` and `root`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
pub struct Entity {
    /// The ECS field.
    pub field: String,
    /// The value, as text.
    pub value: String,
}

/// A number or words, as a part shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(untagged)]
pub enum Figure {
    /// A count or another whole number.
    Int(i64),
    /// A measure.
    Float(f64),
    /// Words, such as `0 to 3` or `never before`.
    Text(String),
}

impl From<u64> for Figure {
    fn from(n: u64) -> Self {
        Self::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Figure {
    /// Rounded to three digits after the point: more would claim what is not known.
    fn from(x: f64) -> Self {
        Self::Float((x * 1000.0).round() / 1000.0)
    }
}

impl From<&str> for Figure {
    fn from(s: &str) -> Self {
        Self::Text(s.to_owned())
    }
}

impl From<String> for Figure {
    fn from(s: String) -> Self {
        Self::Text(s)
    }
}

/// One reason for a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Part {
    /// What is looked at ("Failures before the success, 1 h").
    pub name: String,
    /// What was seen.
    pub observed: Figure,
    /// What is usual, by baseline or by definition.
    pub expected: Figure,
    /// From where on it counts.
    pub threshold: Figure,
    /// What it adds to the score; the parts' weights sum to the score.
    pub weight: f64,
    /// The unit of the three figures ("events", "hosts", "s"); empty for words.
    pub unit: String,
    /// The baseline's span and strength ("9 days, fair"), or why none is needed.
    pub baseline: String,
    /// KQL that opens the rows behind `observed`, where there are such rows.
    pub query: Option<String>,
}

/// The Sigma rule behind a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct RuleRef {
    /// The rule's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: String,
    /// Its author.
    pub author: String,
}

/// The small chart of a card: observed counts, and which of them stand out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spark {
    /// Start of the first bar, ns since 1970 UTC.
    pub from_ns: i64,
    /// Width of a bar, ns.
    pub step_ns: i64,
    /// What is counted ("failed logins").
    pub unit: String,
    /// Height of each bar.
    pub counts: Vec<u64>,
    /// The usual height, in the same unit.
    pub baseline: Option<f64>,
    /// From where on a bar counts, in the same unit.
    pub threshold: Option<f64>,
}

/// One step of a story: a finding that is told inside another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryStep {
    /// The step of an intrusion that it is ("access", "discovery"; see `detect::Stage`).
    pub stage: String,
    /// The finding's id; it can still be asked for.
    pub card: String,
    /// Its detector.
    pub detector: String,
    /// Its title: a sentence with its numbers.
    pub title: String,
    /// How bad it is alone.
    pub severity: Severity,
    /// When it began, ns since 1970 UTC.
    pub first_ns: Option<i64>,
    /// When it ended, ns since 1970 UTC.
    pub last_ns: Option<i64>,
    /// Whom it is about.
    pub entities: Vec<Entity>,
    /// KQL that gives its evidence.
    pub query: String,
    /// How many events are evidence.
    pub evidence_count: u64,
    /// Numbers of the sources that hold its evidence.
    pub sources: Vec<u32>,
    /// Why it belongs to the step before it ("the same address, 4 min later"); empty for the first.
    pub link: String,
}

/// Who saw it: sources that do not know of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Corroboration {
    /// Numbers of the sources that hold evidence.
    pub sources: Vec<u32>,
    /// Kinds of logs among them: two files of one kind are no two witnesses.
    pub kinds: Vec<String>,
}

/// What a detector found. The same events give the same finding with the same id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// 16 hex digits made of the detector, the entities and the start: stable over runs.
    pub id: String,
    /// The detector's id.
    pub detector: String,
    /// A sentence with its numbers.
    pub title: String,
    /// The word for `score`.
    pub severity: Severity,
    /// From 0 to 1: the sum of the parts' weights.
    pub score: f64,
    /// First event of the evidence, ns since 1970 UTC.
    pub first_ns: Option<i64>,
    /// Last event of the evidence, ns since 1970 UTC.
    pub last_ns: Option<i64>,
    /// Whom it is about, the most telling first.
    pub entities: Vec<Entity>,
    /// ATT&CK technique ids that the rows show.
    pub attack: Vec<String>,
    /// The reasons, greatest first.
    pub parts: Vec<Part>,
    /// What else it may be.
    pub innocent: String,
    /// How many events are evidence.
    pub evidence_count: u64,
    /// The evidence, at most [`Finding::EVIDENCE_MAX`]; where there is more, the telling ones.
    pub evidence: Vec<EventId>,
    /// KQL that gives the evidence.
    pub query: String,
    /// Observed against baseline.
    pub spark: Option<Spark>,
    /// Questions it suggests, most telling first; each can be asked in the chat.
    pub questions: Vec<String>,
    /// The Sigma rule, if one made it.
    pub rule: Option<RuleRef>,
    /// The steps of the story, in order; empty for a finding that stands alone.
    #[serde(default)]
    pub steps: Vec<StoryStep>,
    /// Which logs show it.
    #[serde(default)]
    pub corroboration: Corroboration,
    /// The story that tells this finding, where one does: it then does not stand in the list beside it.
    #[serde(default)]
    pub within: Option<String>,
}

impl Finding {
    /// The greatest number of evidence ids that a finding carries.
    pub const EVIDENCE_MAX: usize = 1_000;
}
