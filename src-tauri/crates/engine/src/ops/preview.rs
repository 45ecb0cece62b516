//! What a question would send, before anything is sent.

use crate::ops::models;
use crate::session::Engine;
use crate::wire::{ApiError, ChatAsk, ChatPreview};

/// What a question would send: nothing where the built-in planner answers.
///
/// # Errors
/// `no_case`; `not_found` for a model profile that does not exist.
pub fn preview(engine: &Engine, ask: ChatAsk) -> Result<ChatPreview, ApiError> {
    let open = engine.case()?;
    let policy = crate::way_out::policy_of(&open.case)?.level.title().to_owned();
    let Some(profile) = models::chosen(engine, ask.model.as_deref())? else {
        let text = "The built-in planner answers on this machine; nothing is sent".to_owned();
        return Ok(ChatPreview { local: true, policy, text, ..ChatPreview::default() });
    };
    Err(ApiError::failed(format!("nothing can be sent to '{}' yet: the gate has no client", profile.name)))
}
