//! What is new in a case, and stars on events.

use crate::news::{self, now_us};
use crate::ops::prompts;
use crate::session::Engine;
use crate::wire::{ApiError, Nothing, Star, StarSet, Stars, WhatsNew};
use timberline_model::{Ctx, EventId};

/// What each import did, and what changed since the analyst last looked.
///
/// # Errors
/// `no_case`; what the case says.
pub fn whats_new(engine: &Engine, _: Nothing) -> Result<WhatsNew, ApiError> {
    news::of(&*engine.case()?)
}

/// Notes that the analyst has looked; nothing is new then.
///
/// # Errors
/// `no_case`; what the case says.
pub fn seen(engine: &Engine, _: Nothing) -> Result<WhatsNew, ApiError> {
    let open = engine.case()?;
    news::seen(&open)?;
    engine.changed(&["news"]);
    news::of(&open)
}

/// Gives an event a star, or takes it away.
///
/// # Errors
/// `no_case`; `not_found` for an event that is not there; what the case says.
pub fn mark_set(engine: &Engine, ask: StarSet) -> Result<Stars, ApiError> {
    let open = engine.case()?;
    if ask.star && open.events().get(&[EventId(ask.event)], &Ctx::default())?.is_empty() {
        return Err(ApiError::not_found(format!("there is no event {}", ask.event)));
    }
    if open.case.set_mark(ask.event, ask.star, now_us())? {
        prompts::starred(engine, &open, ask.event, ask.star);
        engine.changed(&["marks"]);
    }
    mark_list(engine, Nothing {})
}

/// The events that have a star.
///
/// # Errors
/// `no_case`; what the case says.
pub fn mark_list(engine: &Engine, _: Nothing) -> Result<Stars, ApiError> {
    let rows = engine.case()?.case.marks()?.into_iter();
    Ok(Stars { rows: rows.map(|(event, at_us)| Star { event, at_us }).collect() })
}
