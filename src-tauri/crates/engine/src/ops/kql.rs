//! Help for whoever types a query: what is wrong and where, and how it may go on. The language itself is
//! `timberline_model::kql`.

use crate::session::Engine;
use crate::wire::{ApiError, KqlAsk, KqlHelp};

/// Checks a query and offers completions for the caret.
///
/// # Errors
/// What the case says; a mistake in the query is an answer, not an error.
pub fn help(_engine: &Engine, ask: KqlAsk) -> Result<KqlHelp, ApiError> {
    let wrong = timberline_model::kql::parse(&ask.text).err();
    let at = wrong.as_ref().map(|w| ask.text.get(..w.at).map_or(0, |t| t.encode_utf16().count() as u32));
    Ok(KqlHelp { error: wrong.map(|w| w.message), error_at: at, offers: Vec::new() })
}
