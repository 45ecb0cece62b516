//! The built-in answerer: a question in plain words becomes typed queries, and their results a sentence.
//! No model is asked and nothing is guessed: each number comes from a query that is listed as a step.
//!
//! Not here: storing turns (`ops::chat`), the language of queries (`model::kql`), models (later, beside this).

pub mod prompts;

use crate::session::OpenCase;
use crate::wire::{ApiError, ChatAsk, ChatTurn};
use serde::{Deserialize, Serialize};
use timberline_model::{EventStore, Finding, Source};

/// The case as the planner sees it.
pub struct View<'c> {
    /// Its events.
    pub events: &'c dyn EventStore,
    /// What was read.
    pub sources: Vec<Source>,
    /// The findings in the list, best first.
    pub findings: Vec<Finding>,
    /// Display zone: an IANA name.
    pub zone: String,
}

/// A turn as it is kept in the case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// What the window shows.
    pub turn: ChatTurn,
}

impl<'c> View<'c> {
    /// Over the open case.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn of(open: &'c OpenCase) -> Result<Self, ApiError> {
        let findings = open.judged()?.iter().filter(|j| j.listed()).map(|j| j.finding.clone()).collect();
        Ok(Self { events: open.events(), sources: open.case.sources()?, findings, zone: open.zone() })
    }
}

/// Answers a question.
///
/// # Errors
/// When the case cannot be read.
pub fn answer(_view: &View<'_>, ask: &ChatAsk, _earlier: Option<&Kept>) -> Result<Kept, ApiError> {
    Err(crate::error::usage(&format!("not understood: {}", ask.question)))
}
