//! An incident's truth against its cards: what had to be told and was, what had to be left alone, and where the story stands. A card is
//! taken for what it and its steps are about, by value: in which field an address stands, and in what words, is the detector's business.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use timberline_model::time::{HOUR, parse_rfc3339};

/// The folder of the incidents.
pub fn incidents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents")
}

pub fn truth(incident: &str) -> Value {
    let text = std::fs::read(incidents().join(incident).join("truth.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Its files, in the order of the truth.
pub fn files(incident: &str, truth: &Value) -> Vec<PathBuf> {
    list(truth, "sources").iter().map(|s| incidents().join(incident).join(text(s, "file"))).collect()
}

pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// From 0 for `info` to 4 for `critical`.
pub fn rank(severity: &Value) -> usize {
    ["info", "low", "medium", "high", "critical"].iter().position(|w| severity == w).unwrap_or(0)
}

/// What came of it.
#[derive(Default)]
pub struct Told {
    /// For each thing that had to be told: the first card that does, counted from 1.
    pub flags: Vec<Option<usize>>,
    /// What had to be told and is not.
    pub missing: Vec<String>,
    /// Things that had to be left alone, and the cards that do not.
    pub innocents: usize,
    pub accused: Vec<String>,
    /// Cards among the first ten, and those of them that belong to no story.
    pub of_ten: usize,
    pub unrelated: Vec<String>,
    /// The first card of the story.
    pub first: Option<usize>,
    /// Cards above what the truth allows.
    pub above: Vec<String>,
    pub cards: Vec<String>,
}

impl Told {
    /// Every thing that had to be told stands among so many first cards.
    pub fn within(&self, first: usize) -> bool {
        self.flags.iter().all(|at| at.is_some_and(|at| at <= first))
    }
}

/// The values that a card and its steps are about, in lower case.
fn about(card: &Value) -> BTreeSet<String> {
    let of = |v: &Value| -> Vec<String> {
        list(v, "entities").iter().map(|e| text(e, "value").to_lowercase()).collect()
    };
    let steps = list(card, "steps").iter().flat_map(of);
    of(card).into_iter().chain(steps).collect()
}

/// Whether a card or a step of it is about this value.
pub fn is_about(card: &Value, value: &str) -> bool {
    about(card).contains(&value.to_lowercase())
}

fn all_in(wanted: &[Value], have: &BTreeSet<String>) -> bool {
    wanted.iter().all(|e| have.contains(&text(e, "value").to_lowercase()))
}

/// From its first to its last event, ns.
fn span(card: &Value) -> Option<(i64, i64)> {
    card["first_ns"].as_i64().zip(card["last_ns"].as_i64())
}

fn meets(card: &Value, from: i64, to: i64) -> bool {
    span(card).is_none_or(|(first, last)| first <= to && from <= last)
}

/// The detectors that had a hand in it.
fn detectors(card: &Value) -> BTreeSet<&str> {
    let steps = list(card, "steps").iter().map(|s| text(s, "detector"));
    std::iter::once(text(card, "detector")).chain(steps).collect()
}

fn tells(card: &Value, flag: &Value) -> bool {
    let by = list(flag, "detector");
    let during: Vec<i64> =
        list(flag, "during").iter().filter_map(|t| parse_rfc3339(t.as_str().unwrap_or_default())).collect();
    (by.is_empty() || detectors(card).iter().any(|d| by.iter().any(|b| b == d)))
        && all_in(list(flag, "entities"), &about(card))
        && rank(&card["severity"]) >= rank(&flag["at_least"])
        && during.first().zip(during.last()).is_none_or(|(from, to)| meets(card, *from, *to))
}

/// Compares. `cards` are findings as JSON, best first.
pub fn compare(truth: &Value, cards: &[Value]) -> Told {
    let mut told = Told::default();
    let line = |card: &Value| {
        format!("{} {} ({})", text(card, "severity"), text(card, "title"), text(card, "detector"))
    };
    told.cards = cards.iter().map(line).collect();
    for flag in list(truth, "must_flag") {
        let at = cards.iter().position(|card| tells(card, flag)).map(|n| n + 1);
        if at.is_none() {
            told.missing.push(format!("{} ({})", text(flag, "why"), flag["entities"]));
        }
        told.flags.push(at);
    }
    for innocent in list(truth, "must_not_flag") {
        told.innocents += 1;
        let worst = cards.iter().find(|card| {
            rank(&card["severity"]) > rank(&innocent["at_most"])
                && all_in(list(innocent, "entities"), &about(card))
        });
        if let Some(card) = worst {
            told.accused.push(format!("{}, though it is {}", line(card), text(innocent, "why")));
        }
    }
    for (key, attacks) in [("no_card_above", false), ("no_attack_above", true)] {
        if truth[key].is_string() {
            let most = rank(&truth[key]);
            let over = cards
                .iter()
                .filter(|c| rank(&c["severity"]) > most && (!attacks || !list(c, "attack").is_empty()));
            told.above.extend(over.map(line));
        }
    }
    let times = list(truth, "story").iter().flat_map(|s| [text(s, "first"), text(s, "last")]);
    let times: Vec<i64> = times.filter_map(parse_rfc3339).collect();
    let from = times.iter().min().copied().unwrap_or(i64::MIN).saturating_sub(HOUR);
    let to = times.iter().max().copied().unwrap_or(i64::MAX).saturating_add(HOUR);
    let whom: Vec<String> =
        list(truth, "story_entities").iter().map(|e| text(e, "value").to_lowercase()).collect();
    let related = |card: &Value| {
        let about = about(card);
        meets(card, from, to) && whom.iter().any(|w| about.contains(w))
    };
    told.first = cards.iter().position(related).map(|n| n + 1);
    told.of_ten = cards.len().min(10);
    if !whom.is_empty() {
        // What is only worth knowing does not push anything out of sight.
        let counted = cards.iter().take(10).filter(|c| rank(&c["severity"]) > 0 && !related(c));
        told.unrelated = counted.map(line).collect();
    }
    told
}
