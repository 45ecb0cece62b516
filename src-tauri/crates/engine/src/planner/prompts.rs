//! Questions worth asking, made from the cards and from the data.

use super::View;
use crate::wire::{ApiError, Prompt};

/// At most `limit` prompts, best first.
///
/// # Errors
/// When the case cannot be read.
pub fn make(_view: &View<'_>, limit: usize) -> Result<Vec<Prompt>, ApiError> {
    Ok(Vec::with_capacity(limit.min(8)))
}
