//! Questions worth asking now; how they are made is the planner's.

use crate::planner::{View, prompts};
use crate::session::Engine;
use crate::wire::{ApiError, Prompts, PromptsAsk};

/// The most prompts that one call gives.
const LIMIT_MAX: u32 = 50;

/// Questions made from the cards, else from the data, best first; each can be asked as it stands.
///
/// # Errors
/// `no_case`, or what the case says.
pub fn list(engine: &Engine, ask: PromptsAsk) -> Result<Prompts, ApiError> {
    let open = engine.case()?;
    let view = View::of(&open)?;
    Ok(Prompts { rows: prompts::make(&view, ask.limit.min(LIMIT_MAX) as usize)? })
}
