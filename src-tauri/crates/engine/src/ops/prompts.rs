//! Questions worth asking now, and what becomes of them: shown, taken, dismissed, and what they led to. How they are made is
//! the planner's, their order `curiosity`'s.

use crate::curiosity::kind::Kind;
use crate::curiosity::memory::Outcome;
use crate::curiosity::rank::{Before, Candidate, Past, id_of, rank};
use crate::curiosity::threats::Threats;
use crate::news::{self, now_us};
use crate::ops::{chat, memory};
use crate::planner::known::Known;
use crate::planner::{Kept, View, prompts};
use crate::playbooks;
use crate::session::{Engine, OpenCase};
use crate::wire::{ApiError, Counted, PromptRef, Prompts, PromptsAsk, PromptsShown};
use rustc_hash::FxHashMap;
use timberline_model::{Finding, Status};
use timberline_store::PromptAct;

/// The most prompts that one call gives.
const LIMIT_MAX: u32 = 50;

/// Questions made from the cards, the logs and their gaps, best first; each can be asked as it stands.
///
/// # Errors
/// `no_case`, or what the case says.
pub fn list(engine: &Engine, ask: PromptsAsk) -> Result<Prompts, ApiError> {
    let open = engine.case()?;
    let view = View::of(&open)?;
    let known = Known::of(&view)?;
    let mut all = candidates(engine, &open, &known)?;
    let memory = memory::load(engine);
    let before = Before {
        memory: &memory,
        threats: Threats::of(&open)?,
        past: past(&open)?,
        asked: turns(&open)?.into_iter().map(|k| k.turn.question.trim().to_lowercase()).collect(),
    };
    if let Some(card) = &ask.card {
        all.retain(|c| c.card.as_ref() == Some(card));
    }
    let mut ranked = rank(all, &before);
    if !ask.dismissed {
        ranked.retain(|r| !r.past.dismissed);
    }
    let limit = ask.limit.min(LIMIT_MAX) as usize;
    Ok(Prompts { rows: prompts::pick(&known, ranked, limit, ask.card.is_some())? })
}

fn candidates(engine: &Engine, open: &OpenCase, known: &Known<'_>) -> Result<Vec<Candidate>, ApiError> {
    let mut all = prompts::candidates(known, &news::fresh(open)?)?;
    all.extend(playbooks::candidates(&engine.shared.dirs.data, known));
    Ok(all)
}

fn past(open: &OpenCase) -> Result<FxHashMap<String, Past>, ApiError> {
    let mut past: FxHashMap<String, Past> = FxHashMap::default();
    for act in open.case.prompt_acts()? {
        let of = past.entry(act.prompt).or_default();
        of.shown |= act.act == Outcome::Shown.word();
        of.taken |= act.act == Outcome::Taken.word();
        of.dismissed |= act.act == Outcome::Dismissed.word();
    }
    Ok(past)
}

fn turns(open: &OpenCase) -> Result<Vec<Kept>, ApiError> {
    chat::kept(&open.case)
}

/// What is known of a prompt by its id: its kind and its card.
struct Of {
    kind: Kind,
    card: Option<String>,
}

/// Looks prompts up, first among those to which something happened before.
fn look_up(engine: &Engine, open: &OpenCase, ids: &[String]) -> Result<FxHashMap<String, Of>, ApiError> {
    let mut found: FxHashMap<String, Of> = FxHashMap::default();
    for act in open.case.prompt_acts()? {
        if ids.contains(&act.prompt)
            && let Some(kind) = Kind::parse(&act.kind)
        {
            found.insert(act.prompt, Of { kind, card: act.card });
        }
    }
    if ids.iter().any(|id| !found.contains_key(id)) {
        let view = View::of(open)?;
        let known = Known::of(&view)?;
        for candidate in candidates(engine, open, &known)? {
            let id = id_of(&candidate);
            if ids.contains(&id) {
                found.entry(id).or_insert(Of { kind: candidate.kind, card: candidate.card });
            }
        }
    }
    Ok(found)
}

/// Notes in the case what happened to a prompt, and in the memory if that is new.
fn happened(
    engine: &Engine,
    open: &OpenCase,
    id: &str,
    of: &Of,
    outcome: Outcome,
    turn: Option<u64>,
) -> Result<bool, ApiError> {
    let act = PromptAct {
        prompt: id.to_owned(),
        act: outcome.word().to_owned(),
        kind: of.kind.to_string(),
        card: of.card.clone(),
        turn,
        at_us: now_us(),
    };
    let new = open.case.add_prompt_act(&act)?;
    if new {
        memory::change(engine, |memory| {
            memory.credit(&of.kind, outcome, false);
            Ok(())
        })?;
    }
    Ok(new)
}

fn undone(
    engine: &Engine,
    open: &OpenCase,
    id: &str,
    kind: &Kind,
    outcome: Outcome,
) -> Result<bool, ApiError> {
    let gone = open.case.remove_prompt_act(id, outcome.word())?;
    if gone {
        memory::change(engine, |memory| {
            memory.credit(kind, outcome, true);
            Ok(())
        })?;
    }
    Ok(gone)
}

/// Notes that prompts stood before the analyst, each once a case.
///
/// # Errors
/// `no_case`, or what the case says.
pub fn shown(engine: &Engine, ask: PromptsShown) -> Result<Counted, ApiError> {
    let open = engine.case()?;
    let ids: Vec<String> = ask.prompts.into_iter().take(LIMIT_MAX as usize).collect();
    let mut counted = 0;
    for (id, of) in &look_up(engine, &open, &ids)? {
        counted += u32::from(happened(engine, &open, id, of, Outcome::Shown, None)?);
    }
    Ok(Counted { counted })
}

/// Notes that a prompt was taken (its query opened, or asked elsewhere); asking it in the chat does so by itself.
///
/// # Errors
/// `no_case`; `not_found` for a prompt that there is not.
pub fn taken(engine: &Engine, ask: PromptRef) -> Result<Counted, ApiError> {
    let open = engine.case()?;
    act(engine, &open, &ask, Outcome::Taken, None)
}

/// Dismisses a prompt: it is not listed again in this case, and such prompts stand lower from now on.
///
/// # Errors
/// `no_case`; `not_found` for a prompt that there is not.
pub fn dismissed(engine: &Engine, ask: PromptRef) -> Result<Counted, ApiError> {
    let open = engine.case()?;
    act(engine, &open, &ask, Outcome::Dismissed, None)
}

fn act(
    engine: &Engine,
    open: &OpenCase,
    ask: &PromptRef,
    outcome: Outcome,
    turn: Option<u64>,
) -> Result<Counted, ApiError> {
    let found = look_up(engine, open, std::slice::from_ref(&ask.prompt))?;
    let of = found
        .get(&ask.prompt)
        .ok_or_else(|| ApiError::not_found("there is no such prompt in this case; list them again"))?;
    let counted = if ask.undo {
        undone(engine, open, &ask.prompt, &of.kind, outcome)?
    } else {
        // What is taken or dismissed has been seen.
        happened(engine, open, &ask.prompt, of, Outcome::Shown, None)?;
        happened(engine, open, &ask.prompt, of, outcome, turn)?
    };
    engine.changed(&["memory"]);
    Ok(Counted { counted: u32::from(counted) })
}

/// Notes that a prompt was asked in this turn of the chat. A prompt that is not there any more is no reason to fail.
pub fn asked(engine: &Engine, open: &OpenCase, prompt: &str, turn: u64) {
    let ask = PromptRef { prompt: prompt.to_owned(), undo: false };
    let _ = act(engine, open, &ask, Outcome::Taken, Some(turn));
}

/// Prompts that were taken, each with its turn if it was asked in the chat.
fn taken_ones(open: &OpenCase) -> Result<Vec<(PromptAct, Kind)>, ApiError> {
    let acts = open.case.prompt_acts()?.into_iter();
    Ok(acts
        .filter(|a| a.act == Outcome::Taken.word())
        .filter_map(|a| Kind::parse(&a.kind).map(|kind| (a, kind)))
        .collect())
}

fn set(
    engine: &Engine,
    open: &OpenCase,
    of: &(PromptAct, Kind),
    outcome: Outcome,
    on: bool,
) -> Result<(), ApiError> {
    let (act, kind) = of;
    if on {
        let of = Of { kind: kind.clone(), card: act.card.clone() };
        happened(engine, open, &act.prompt, &of, outcome, act.turn)?;
    } else {
        undone(engine, open, &act.prompt, kind, outcome)?;
    }
    Ok(())
}

/// Credits (or stops crediting) the prompts that led to a card, now that it is judged: those of the card that were taken, and
/// those whose answer cited its evidence. A memory that cannot be written does not stand in the way of a verdict.
pub fn judged(engine: &Engine, open: &OpenCase, card: &Finding, verdict: Status) {
    let credit = || -> Result<(), ApiError> {
        let taken = taken_ones(open)?;
        if taken.is_empty() {
            return Ok(());
        }
        let turns = turns(open)?;
        for one in &taken {
            let of_card = one.0.card.as_deref() == Some(card.id.as_str());
            let cited = one.0.card.is_none()
                && turns
                    .iter()
                    .any(|k| Some(k.turn.id) == one.0.turn && card.evidence.iter().any(|id| cites(k, id.0)));
            if of_card || cited {
                set(engine, open, one, Outcome::Confirmed, verdict == Status::Confirmed)?;
                set(engine, open, one, Outcome::FalsePositive, verdict == Status::FalsePositive)?;
            }
        }
        engine.changed(&["memory"]);
        Ok(())
    };
    let _ = credit();
}

fn cites(kept: &Kept, event: u64) -> bool {
    kept.turn.citations.contains(&event) || kept.turn.chips.iter().any(|c| c.events.contains(&event))
}

/// Credits the prompts that led to an event that was given a star: those whose answer cites it, and those of a card whose
/// evidence it is.
pub fn starred(engine: &Engine, open: &OpenCase, event: u64, star: bool) {
    let credit = || -> Result<(), ApiError> {
        let taken = taken_ones(open)?;
        if taken.is_empty() {
            return Ok(());
        }
        let (turns, findings) = (turns(open)?, open.case.findings()?);
        for one in &taken {
            let cited = turns.iter().any(|k| Some(k.turn.id) == one.0.turn && cites(k, event));
            let evidence = findings
                .iter()
                .any(|f| one.0.card.as_ref() == Some(&f.id) && f.evidence.iter().any(|id| id.0 == event));
            if cited || evidence {
                set(engine, open, one, Outcome::Starred, star)?;
            }
        }
        engine.changed(&["memory"]);
        Ok(())
    };
    let _ = credit();
}

/// Credits (or takes back) an outcome of the prompt that was asked in a turn.
pub fn on_turn(engine: &Engine, open: &OpenCase, turn: u64, outcome: Outcome, back: bool) {
    let credit = || -> Result<(), ApiError> {
        for one in taken_ones(open)?.iter().filter(|one| one.0.turn == Some(turn)) {
            set(engine, open, one, outcome, !back)?;
        }
        Ok(())
    };
    let _ = credit();
}

/// The questions that were asked about a card, in order: those of these turns, or, where none are named, from the first prompt
/// of the card on those that were answered.
///
/// # Errors
/// `not_found` for a turn that there is not; what the case says.
pub fn questions_of(open: &OpenCase, card: &str, named: &[u64]) -> Result<Vec<String>, ApiError> {
    let turns = turns(open)?;
    if !named.is_empty() {
        let of = |id: &u64| {
            let kept = turns.iter().find(|k| k.turn.id == *id);
            let missing = || ApiError::not_found(format!("there is no turn {id} in the chat"));
            kept.map(|k| k.turn.question.clone()).ok_or_else(missing)
        };
        return named.iter().map(of).collect();
    }
    let begun = taken_ones(open)?
        .iter()
        .filter(|(act, _)| act.card.as_deref() == Some(card))
        .filter_map(|(act, _)| act.turn)
        .min();
    let Some(begun) = begun else { return Ok(Vec::new()) };
    let path = turns.iter().filter(|k| k.turn.id >= begun && k.turn.unanswered.is_none());
    Ok(path.map(|k| k.turn.question.clone()).collect())
}
