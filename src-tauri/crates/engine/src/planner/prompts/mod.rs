//! Questions worth asking now: candidates from the cards, from templates of the types of logs that are there, from plain
//! statistics and from gaps; and the choice of those that the planner itself can answer as they stand. Their order is
//! `curiosity::rank`'s.

mod cards;
mod facts;
mod gaps;
pub mod templates;

use super::View;
use super::hands::Scope;
use super::known::Known;
use super::reading::{self, BAR};
use crate::curiosity::memory::Memory;
use crate::curiosity::rank::{Before, Candidate, Ranked, rank};
use crate::curiosity::threats::Threats;
use crate::session::us;
use crate::wire::{ApiError, ChatAsk, Prompt};
use rustc_hash::FxHashMap;
use timberline_model::kql;

/// The most characters of a reason: it stands in a narrow column.
const WHY_MAX: usize = 70;
/// Prompts of one card in a list: one card shall not fill it.
const OF_ONE_CARD: usize = 3;
/// At most so many candidates are tried on the planner beyond what is wanted.
const TRIES: usize = 40;

/// What a card's standing since the analyst last looked is, by card.
pub type Fresh = FxHashMap<String, bool>;

/// The type of logs that a card's evidence is in.
#[must_use]
pub fn log_of(known: &Known<'_>, card: &timberline_model::Finding) -> &'static str {
    cards::log_of(known, card)
}

/// All candidates of a case, in no order.
///
/// # Errors
/// When the case cannot be read.
pub fn candidates(known: &Known<'_>, fresh: &Fresh) -> Result<Vec<Candidate>, ApiError> {
    if known.span.events == 0 {
        return Ok(Vec::new());
    }
    let mut all: Vec<Candidate> = Vec::new();
    for card in known.view.findings.iter().take(40) {
        all.extend(cards::of(known, card, fresh.get(&card.id).copied()));
    }
    all.extend(facts::of(known)?.iter().cloned());
    Ok(all)
}

/// The best of them that the planner can answer, at most `limit`.
///
/// # Errors
/// When the case cannot be read.
pub fn pick(
    known: &Known<'_>,
    ranked: Vec<Ranked>,
    limit: usize,
    of_card: bool,
) -> Result<Vec<Prompt>, ApiError> {
    let mut kept: Vec<Prompt> = Vec::new();
    let mut of_cards: FxHashMap<String, usize> = FxHashMap::default();
    for (tried, one) in ranked.into_iter().enumerate() {
        if kept.len() >= limit || tried >= limit + TRIES {
            break;
        }
        let so_far = one.candidate.card.as_ref().map_or(0, |c| of_cards.get(c).copied().unwrap_or(0));
        if !of_card && so_far >= OF_ONE_CARD {
            continue;
        }
        let Some(scope) = scope_of(known, &one.candidate.question)? else { continue };
        if let Some(card) = &one.candidate.card {
            of_cards.insert(card.clone(), so_far + 1);
        }
        kept.push(prompt(one, &scope));
    }
    Ok(kept)
}

fn prompt(ranked: Ranked, scope: &Scope) -> Prompt {
    let Ranked { candidate, id, score, parts, told, past } = ranked;
    let why = match (candidate.why.is_empty(), told.is_empty()) {
        (true, _) => capital(told),
        (false, true) => candidate.why,
        (false, false) => format!("{}; {told}", candidate.why),
    };
    Prompt {
        id,
        question: candidate.question,
        why,
        card: candidate.card,
        score,
        kind: candidate.kind.wire(),
        query: kql::render(&scope.filter),
        from_us: scope.range.from_ns.map(us),
        to_us: scope.range.to_ns.map(|ns| us(ns.saturating_add(999))),
        parts,
        state: past.word().to_owned(),
        playbook: candidate.playbook,
    }
}

fn capital(text: String) -> String {
    super::say::capital(&text)
}

/// What a question looks at; `None` where the planner does not understand it.
///
/// # Errors
/// When the case cannot be read.
pub fn scope_of(known: &Known<'_>, question: &str) -> Result<Option<Scope>, ApiError> {
    let ask = ChatAsk { question: question.to_owned(), ..ChatAsk::default() };
    let read = reading::read(known, &ask, None)?;
    // All of it: an answer that leaves a word out of account would be to another question than the one proposed.
    let whole = read.score >= BAR && read.needed.is_empty() && read.unknown.is_empty();
    Ok(whole.then(|| read.reading.scope()))
}

/// Prompts of a case about which nothing is remembered and nothing stated, best first.
///
/// # Errors
/// When the case cannot be read.
pub fn make(view: &View<'_>, limit: usize) -> Result<Vec<Prompt>, ApiError> {
    let known = Known::of(view)?;
    let memory = Memory::default();
    let before = Before {
        memory: &memory,
        threats: Threats::default(),
        past: FxHashMap::default(),
        asked: Vec::new(),
    };
    pick(&known, rank(candidates(&known, &Fresh::default())?, &before), limit, false)
}

#[cfg(test)]
mod tests;
