//! The order of prompts: severity x novelty x fit with the threat model x what paid off before, each factor from 0 to 1 and
//! shown. Pure arithmetic; the same candidates, memory and case give the same order.

use super::kind::Kind;
use super::memory::Memory;
use super::threats::Threats;
use crate::wire::PromptPart;
use rustc_hash::FxHashMap;
use timberline_model::Severity;

/// A question that could be asked, before it is ranked.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The question.
    pub question: String,
    /// What is odd, in a few words with its number.
    pub why: String,
    /// The card it comes from.
    pub card: Option<String>,
    /// Its kind.
    pub kind: Kind,
    /// How bad what it asks about may be, 0 to 1.
    pub severity: f64,
    /// ATT&CK techniques of the card.
    pub techniques: Vec<String>,
    /// The n-th question of its card or template, from 0.
    pub place: usize,
    /// Whether its card came, or rose, since the analyst last looked; `None` where he never did.
    pub fresh: Option<bool>,
    /// The playbook that it begins.
    pub playbook: Option<String>,
}

/// What happened to a prompt in this case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// It stood before the analyst.
    pub shown: bool,
    /// It was asked.
    pub taken: bool,
    /// It was dismissed.
    pub dismissed: bool,
}

impl Past {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self { dismissed: true, .. } => "dismissed",
            Self { taken: true, .. } => "taken",
            Self { shown: true, .. } => "shown",
            _ => "new",
        }
    }
}

/// What ranking knows besides the candidates.
pub struct Before<'m> {
    /// The memory.
    pub memory: &'m Memory,
    /// The threat model.
    pub threats: Threats,
    /// What happened to prompts of this case, by their ids.
    pub past: FxHashMap<String, Past>,
    /// Questions that were asked in the chat, in lower case.
    pub asked: Vec<String>,
}

/// A candidate with its place.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// The candidate.
    pub candidate: Candidate,
    /// Its id.
    pub id: String,
    /// 0 to 1.
    pub score: f64,
    /// The factors.
    pub parts: Vec<PromptPart>,
    /// What such prompts led to before; empty where nothing is known.
    pub told: String,
    /// What happened to it.
    pub past: Past,
}

/// What is left of a factor when everything speaks against a kind: a prompt is lowered, never taken away.
pub const LEAST: f64 = 0.25;
/// The same for questions of a critical card.
pub const LEAST_OF_CRITICAL: f64 = 0.6;
/// Among so many first ones stands a question of each critical card, whatever the memory says.
pub const FIRST: usize = 10;
/// What a later question of the same card loses, each.
const LATER: f64 = 0.12;
/// A question that was asked in this case already.
const ASKED: f64 = 0.3;
/// A card that the analyst has seen and that did not change.
const SEEN: f64 = 0.9;

/// The id of a candidate: FNV-1a over its kind, its card and its words, of which the case makes it unique.
#[must_use]
pub fn id_of(candidate: &Candidate) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let kind = candidate.kind.to_string();
    let card = candidate.card.as_deref().unwrap_or_default();
    let words = candidate.question.to_lowercase();
    for byte in [kind.as_str(), "\0", card, "\0", words.as_str()].iter().flat_map(|p| p.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{:012x}", hash >> 16)
}

fn round(x: f64) -> f64 {
    (x.clamp(0.0, 1.0) * 1000.0).round() / 1000.0
}

/// Ranks candidates, best first. Of two as good the one with the lesser text.
#[must_use]
pub fn rank(candidates: Vec<Candidate>, before: &Before<'_>) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = candidates.into_iter().map(|c| one(c, before)).collect();
    ranked.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| a.candidate.question.cmp(&b.candidate.question))
    });
    // One question stands once, and where it is worth most.
    let mut seen: Vec<String> = Vec::new();
    ranked.retain(|r| {
        let low = r.candidate.question.to_lowercase();
        let new = !seen.contains(&low);
        seen.push(low);
        new
    });
    keep_critical(&mut ranked);
    ranked
}

fn one(candidate: Candidate, before: &Before<'_>) -> Ranked {
    let id = id_of(&candidate);
    let past = before.past.get(&id).copied().unwrap_or_default();
    let severity = round(candidate.severity);
    let word = Severity::of(candidate.severity).word();
    let of =
        if candidate.card.is_some() { "the card's score" } else { "what this kind of question is worth" };
    let mut novelty = (1.0 - LATER * candidate.place as f64).max(0.5);
    let mut new = match candidate.place {
        0 => "first question of its kind here".to_owned(),
        n => format!("{} before it are nearer", n),
    };
    let asked = past.taken || before.asked.iter().any(|q| q.eq_ignore_ascii_case(candidate.question.trim()));
    if asked {
        novelty *= ASKED;
        new = "asked in this case already".to_owned();
    } else if past.dismissed {
        novelty *= ASKED;
        new = "dismissed in this case".to_owned();
    } else if candidate.fresh == Some(true) {
        new.push_str(", of a card that is new since you last looked");
    } else if candidate.fresh == Some(false) {
        novelty *= SEEN;
        new.push_str(", of a card that you have seen");
    }
    let fit = before.threats.fit(&candidate.kind, &candidate.techniques);
    let expected = before.memory.expect(&candidate.kind);
    let least = if Severity::of(candidate.severity) == Severity::Critical && candidate.card.is_some() {
        LEAST_OF_CRITICAL
    } else {
        LEAST
    };
    let paid = (LEAST + (1.0 - LEAST) * (expected.mean + expected.bonus).min(1.0)).max(least);
    let part = |name: &str, factor: f64, why: String| PromptPart {
        name: name.to_owned(),
        factor: round(factor),
        why,
    };
    let parts = vec![
        part("severity", severity, format!("{word}: {of}")),
        part("novelty", novelty, new),
        part("threat model", fit.factor, fit.why),
        part("paid off before", paid, format!("{LEAST} + {} x ({})", 1.0 - LEAST, expected.why)),
    ];
    let score = round(parts.iter().map(|p| p.factor).product());
    Ranked { id, score, parts, told: expected.told, past, candidate }
}

/// Moves the best question of each critical card among the first [`FIRST`].
fn keep_critical(ranked: &mut Vec<Ranked>) {
    let mut cards: Vec<(String, f64)> = Vec::new();
    for r in ranked.iter() {
        if let Some(card) = &r.candidate.card
            && Severity::of(r.candidate.severity) == Severity::Critical
            && !cards.iter().any(|(id, _)| id == card)
        {
            cards.push((card.clone(), r.candidate.severity));
        }
    }
    cards.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    cards.truncate(FIRST);
    for (card, _) in &cards {
        let of_card = |r: &Ranked| r.candidate.card.as_deref() == Some(card);
        let Some(at) = ranked.iter().position(of_card).filter(|at| *at >= FIRST) else { continue };
        // The lowest place among the first that no critical card needs.
        let spare = (0..FIRST).rev().find(|place| {
            ranked.get(*place).is_some_and(|r| match &r.candidate.card {
                Some(other) => {
                    !cards.iter().any(|(id, _)| id == other)
                        || ranked.iter().take(*place).any(|b| b.candidate.card.as_deref() == Some(other))
                }
                None => true,
            })
        });
        if let Some(place) = spare {
            let moved = ranked.remove(at);
            ranked.insert(place, moved);
        }
    }
}

#[cfg(test)]
#[path = "rank_tests.rs"]
mod tests;
