//! The conversation: a question goes to the planner or to a model, the turn is kept in the case. What a question means
//! is `planner/`'s, what a model may do `asking/`'s; nothing here looks at logs.

use crate::asking::Asking;
use crate::endpoints;
use crate::error::usage;
use crate::ops::models;
use crate::planner::{self, Kept, View};
use crate::session::{Engine, lock};
use crate::wire::{ApiError, ChatAsk, ChatTurn, ChatTurns, ModelProfile, Nothing};
use crate::worked;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The longest question that is read, in bytes.
const QUESTION_MAX: usize = 4_000;

/// Whether a question can be asked at all.
///
/// # Errors
/// `usage` for an empty or far too long one.
pub(crate) fn check_question(ask: &ChatAsk) -> Result<(), ApiError> {
    if ask.question.trim().is_empty() {
        return Err(usage("type a question first"));
    }
    if ask.question.len() > QUESTION_MAX {
        return Err(usage("the question is too long; ask it in fewer words"));
    }
    Ok(())
}

/// Time for one answer in all.
pub(crate) fn time_of(profile: &ModelProfile) -> Duration {
    match profile.seconds {
        0 => Duration::from_secs(600),
        n => Duration::from_secs(u64::from(n.clamp(5, 3_600))),
    }
}

/// Answers a question and keeps the turn. Events `chat_progress` tell how far it is; `chat_stop` ends it.
///
/// # Errors
/// `no_case`, `usage` for an empty or far too long question, `busy` while another is answered, `not_found` for a model
/// that does not exist, or what the case says. Trouble with a model is told in the turn.
pub fn ask(engine: &Engine, ask: ChatAsk) -> Result<ChatTurn, ApiError> {
    let open = engine.case()?;
    check_question(&ask)?;
    let profile = models::chosen(engine, ask.model.as_deref())?;
    let earlier: Vec<Kept> = kept(&open.case)?;
    let view = View::of(&open)?;
    let mut answered = match &profile {
        None => planner::answer(&view, &ask, earlier.last())?,
        Some(profile) => {
            let running = Running::begin(engine)?;
            by_model(engine, profile, &view, &ask, &earlier, running.cancel.clone())?
        }
    };
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

/// One question at a time is answered by a model; this frees the place, whatever happens.
pub(crate) struct Running<'e> {
    engine: &'e Engine,
    /// Set by `chat_stop`.
    pub(crate) cancel: Arc<AtomicBool>,
}

impl<'e> Running<'e> {
    pub(crate) fn begin(engine: &'e Engine) -> Result<Self, ApiError> {
        let mut asking = lock(&engine.shared.asking);
        if asking.is_some() {
            return Err(ApiError::new("busy", "a question is being answered; wait for it or stop it first"));
        }
        let cancel = Arc::new(AtomicBool::new(false));
        *asking = Some(cancel.clone());
        Ok(Self { engine, cancel })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *lock(&self.engine.shared.asking) = None;
    }
}

fn by_model(
    engine: &Engine,
    profile: &ModelProfile,
    view: &View<'_>,
    ask: &ChatAsk,
    earlier: &[Kept],
    cancel: Arc<AtomicBool>,
) -> Result<Kept, ApiError> {
    let number = earlier.last().map_or(1, |k| k.turn.id + 1);
    let door = endpoints::door(engine, profile, &format!("turn {number}"))?;
    let data = &engine.shared.dirs.data;
    let mut examples = worked::load(data);
    let asking = Asking {
        view,
        ask,
        earlier,
        door: &door,
        manner: endpoints::manner(profile),
        time: time_of(profile),
        cancel,
        examples: &examples,
    };
    let mut answered = asking.answer(&mut |told| engine.send("chat_progress", &told))?;
    if let Some(model) = &mut answered.turn.model {
        model.profile.clone_from(&profile.name);
        model.endpoint = timberline_egress::Endpoint::parse(&profile.url)
            .map(|e| format!("{}:{}", e.host(), e.port()))
            .unwrap_or_default();
        model.policy = door.policy().to_owned();
        model.bytes_out = door.sent.load(Ordering::Relaxed);
    }
    let turn = &mut answered.turn;
    turn.answer = door.scrub(&turn.answer);
    turn.notes.iter_mut().for_each(|n| *n = door.scrub(n));
    if !turn.examples.is_empty() {
        for example in examples.iter_mut().filter(|e| turn.examples.contains(&e.question)) {
            example.used += 1;
        }
        // That it helped is worth keeping, not worth failing for.
        let _ = worked::save(data, &examples);
    }
    Ok(answered)
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
