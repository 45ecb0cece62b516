//! A card or the summary of a report worded by a model: the same walls as for an answer, with no tools at all.

use super::ground::{self, Evidence};
use super::inert::inert;
use super::{Marker, add_evidence, prompt};
use crate::planner::known::Known;
use crate::tools::Made;
use crate::wire::{ApiError, Grounding, Mark};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use timberline_chat::{Client, Door, Manner, Message, Protocol, Purpose, Request, Role};
use timberline_model::{Ctx, EventId};

/// What a model worded.
pub struct Worded {
    /// The words, made inert.
    pub text: String,
    /// Places to be marked.
    pub marks: Vec<Mark>,
    /// What of it was found in what the model was given.
    pub grounding: Grounding,
    /// Rows that the model was given.
    pub rows: usize,
}

/// Has results worded; `task` says how, in our words.
///
/// # Errors
/// What the endpoint says, as a sentence.
pub fn word(
    known: &Known<'_>,
    door: &dyn Door,
    manner: &Manner,
    task: &str,
    results: &[Made],
    cancel: &Arc<AtomicBool>,
) -> Result<Worded, ApiError> {
    let marker = Marker::any();
    let each = (manner.context as usize * 2 / results.len().max(1)).clamp(600, 12_000);
    let mut rows = 0;
    let mut data = format!("The marker for white space in DATA is {}\n", marker.0);
    let mut evidence = Evidence::default();
    for made in results {
        let (text, some) = marker.result("card", made, each);
        data.push_str(&text);
        data.push('\n');
        rows += some;
        add_evidence(&mut evidence, made);
    }
    let request = Request {
        model: manner.model.clone(),
        messages: vec![
            Message::new(Role::System, prompt::system(Protocol::Words, false)),
            Message::new(Role::User, format!("{data}Task: {task}")),
        ],
        max_tokens: (manner.context / 4).clamp(256, 1_024),
        stream: true,
        ..Request::default()
    };
    let client = Client::new(door, Purpose::Report, cancel.clone());
    let reply = client
        .complete(&request, &[], &mut |_| {})
        .map_err(|why| ApiError::failed(format!("The model did not answer: {}", why.message)))?;
    let text = inert(&marker.undo(&reply.text), &|address| evidence.has(address));
    if text.is_empty() {
        return Err(ApiError::failed("The model said nothing"));
    }
    let exists =
        |id: u64| known.view.events.get(&[EventId(id)], &Ctx::default()).is_ok_and(|f| !f.is_empty());
    let fields = ["user.name", "user.target.name", "host.name"];
    let in_case = |word: &str| known.fields_with(word, Some(&fields)).is_ok_and(|f| !f.is_empty());
    let (grounding, marks) = ground::check(&text, &evidence, &exists, &in_case);
    Ok(Worded { text, marks, grounding, rows })
}
