//! The conversation: a question goes to the planner, the turn is kept in the case. What a question means is
//! `planner/`'s; nothing here looks at logs.

use crate::error::usage;
use crate::planner::{self, Kept, View};
use crate::session::{Engine, lock};
use crate::wire::{ApiError, ChatAsk, ChatTurn, ChatTurns, Nothing};
use std::sync::atomic::Ordering;

/// The longest question that is read, in bytes.
const QUESTION_MAX: usize = 4_000;

/// Answers a question and keeps the turn.
///
/// # Errors
/// `no_case`, `usage` for an empty or far too long question, or what the case says.
pub fn ask(engine: &Engine, ask: ChatAsk) -> Result<ChatTurn, ApiError> {
    let open = engine.case()?;
    if ask.question.trim().is_empty() {
        return Err(usage("type a question first"));
    }
    if ask.question.len() > QUESTION_MAX {
        return Err(usage("the question is too long; ask it in fewer words"));
    }
    let earlier: Vec<Kept> = kept(&open.case)?;
    let view = View::of(&open)?;
    let mut answered = planner::answer(&view, &ask, earlier.last())?;
    // Numbered by the case; the text is written before its number is known.
    answered.turn.id = earlier.last().map_or(1, |k| k.turn.id + 1);
    let json = serde_json::to_string(&answered).map_err(|why| ApiError::failed(why.to_string()))?;
    answered.turn.id = open.case.add_turn(&json)?;
    if let Some(prompt) = &ask.prompt {
        crate::ops::prompts::asked(engine, &open, prompt, answered.turn.id);
    }
    engine.changed(&["chat"]);
    Ok(answered.turn)
}

/// The conversation so far, oldest first.
///
/// # Errors
/// `no_case`, or what the case says.
pub fn list(engine: &Engine, _: Nothing) -> Result<ChatTurns, ApiError> {
    let open = engine.case()?;
    Ok(ChatTurns { rows: kept(&open.case)?.into_iter().map(|k| k.turn).collect() })
}

/// Stops the question that is being answered; what it has done is kept.
///
/// # Errors
/// None; where nothing is asked there is nothing to stop.
pub fn stop(engine: &Engine, _: Nothing) -> Result<Nothing, ApiError> {
    if let Some(flag) = &*lock(&engine.shared.asking) {
        flag.store(true, Ordering::Relaxed);
    }
    Ok(Nothing {})
}

/// The kept turns; one that a later version wrote in another shape is left out rather than failing all.
pub(crate) fn kept(case: &timberline_store::Case) -> Result<Vec<Kept>, ApiError> {
    let read = |(id, json): (u64, String)| {
        let mut kept: Kept = serde_json::from_str(&json).ok()?;
        kept.turn.id = id;
        Some(kept)
    };
    Ok(case.turns()?.into_iter().filter_map(read).collect())
}
