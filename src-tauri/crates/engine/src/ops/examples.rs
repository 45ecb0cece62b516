//! Thumbs on answers, and the answers that are kept as worked examples.

use crate::curiosity::memory::Outcome;
use crate::error::usage;
use crate::ops::chat::kept;
use crate::session::Engine;
use crate::wire::{ApiError, ChatExampleRef, ChatExamples, ChatFeedbackAsk, ChatTurn, Nothing, Thumb};
use crate::worked;

/// The longest reason, in bytes.
const REASON_MAX: usize = 2_000;

/// Keeps a thumb with a turn and, where asked, the turn's pattern as a worked example.
///
/// # Errors
/// `no_case`; `not_found` for a turn that is not there; `usage` for a verdict that does not exist, or an example of an
/// answer that rests on no step.
pub fn feedback(engine: &Engine, ask: ChatFeedbackAsk) -> Result<ChatTurn, ApiError> {
    let open = engine.case()?;
    if !["up", "down", "none"].contains(&ask.verdict.as_str()) {
        return Err(usage("the verdict on an answer is up, down or none"));
    }
    if ask.reason.len() > REASON_MAX {
        return Err(usage("the reason is too long"));
    }
    if ask.keep_example && ask.verdict != "up" {
        return Err(usage("only an answer with a thumb up is kept as an example"));
    }
    let mut turn = kept(&open.case)?
        .into_iter()
        .find(|k| k.turn.id == ask.turn)
        .ok_or_else(|| ApiError::not_found(format!("there is no answer {}", ask.turn)))?;
    let data = &engine.shared.dirs.data;
    if ask.keep_example {
        let mut example = worked::pattern(&turn.turn)
            .ok_or_else(|| usage("the answer rests on no step, so there is nothing to learn from it"))?;
        let mut examples = worked::load(data);
        examples.retain(|e| e.question != example.question);
        example.id = examples.iter().map(|e| e.id).max().unwrap_or(0) + 1;
        examples.insert(0, example);
        examples.truncate(worked::KEPT_MAX);
        worked::save(data, &examples)?;
        engine.changed(&["settings"]);
    }
    let reason = ask.reason.trim().to_owned();
    turn.turn.thumb =
        (ask.verdict != "none").then_some(Thumb { verdict: ask.verdict, reason, example: ask.keep_example });
    let json = serde_json::to_string(&turn).map_err(|why| ApiError::failed(why.to_string()))?;
    open.case.set_turn(ask.turn, &json)?;
    let up = turn.turn.thumb.as_ref().is_some_and(|t| t.verdict == "up");
    crate::ops::prompts::on_turn(engine, &open, ask.turn, Outcome::Useful, !up);
    engine.changed(&["chat"]);
    Ok(turn.turn)
}

/// The worked examples, latest first.
///
/// # Errors
/// None.
pub fn list(engine: &Engine, _: Nothing) -> Result<ChatExamples, ApiError> {
    Ok(ChatExamples { rows: worked::load(&engine.shared.dirs.data) })
}

/// Forgets a worked example.
///
/// # Errors
/// `not_found`; that the file cannot be written.
pub fn remove(engine: &Engine, ask: ChatExampleRef) -> Result<ChatExamples, ApiError> {
    let data = &engine.shared.dirs.data;
    let mut rows = worked::load(data);
    let before = rows.len();
    rows.retain(|e| e.id != ask.id);
    if rows.len() == before {
        return Err(ApiError::not_found(format!("there is no example {}", ask.id)));
    }
    worked::save(data, &rows)?;
    engine.changed(&["settings"]);
    Ok(ChatExamples { rows })
}
