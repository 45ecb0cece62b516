//! What a model worded: cards and the report's summary, kept in the case as drafts until a person accepts them.

use crate::ops::models;
use crate::session::Engine;
use crate::wire::{ApiError, CardWordAsk, Draft, DraftDecide, Drafts, Nothing, ReportSummaryAsk};

/// The note of a case that holds its drafts.
const NOTE: &str = "drafts";

/// Words a card.
///
/// # Errors
/// `no_case`; `not_found` for a card or a model that is not there; what the endpoint says.
pub fn card(engine: &Engine, ask: CardWordAsk) -> Result<Draft, ApiError> {
    let open = engine.case()?;
    if !open.judged()?.iter().any(|c| c.finding.id == ask.card) {
        return Err(ApiError::not_found(format!("there is no card {}", ask.card)));
    }
    by_model(engine, ask.model.as_deref())
}

/// Words the summary of a report.
///
/// # Errors
/// `no_case`; `not_found` for a model that is not there; what the endpoint says.
pub fn summary(engine: &Engine, ask: ReportSummaryAsk) -> Result<Draft, ApiError> {
    engine.case()?;
    by_model(engine, ask.model.as_deref())
}

fn by_model(engine: &Engine, model: Option<&str>) -> Result<Draft, ApiError> {
    let Some(profile) = models::chosen(engine, model)? else {
        return Err(ApiError::failed("no model is chosen; the card's own words stand as they are"));
    };
    Err(ApiError::failed(format!("nothing can be sent to '{}' yet: the gate has no client", profile.name)))
}

/// The drafts of the case, oldest first.
///
/// # Errors
/// `no_case`, or what the case says.
pub fn list(engine: &Engine, _: Nothing) -> Result<Drafts, ApiError> {
    let kept = engine.case()?.case.note(NOTE)?;
    let rows = kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    Ok(Drafts { rows })
}

/// Accepts a draft, with the person's own changes, or throws it away.
///
/// # Errors
/// `no_case`; `not_found` for a draft that is not there; what the case says.
pub fn decide(engine: &Engine, ask: DraftDecide) -> Result<Drafts, ApiError> {
    let mut drafts = list(engine, Nothing {})?;
    let Some(at) = drafts.rows.iter().position(|d| d.id == ask.id) else {
        return Err(ApiError::not_found(format!("there is no draft {}", ask.id)));
    };
    if ask.accept {
        if let Some(draft) = drafts.rows.get_mut(at) {
            draft.accepted = true;
            if let Some(text) = ask.text.filter(|t| *t != draft.text) {
                draft.text = text;
                // The marks were places in the model's words.
                draft.marks.clear();
            }
        }
    } else {
        drafts.rows.remove(at);
    }
    let json = serde_json::to_string(&drafts.rows).map_err(|why| ApiError::failed(why.to_string()))?;
    engine.case()?.case.set_note(NOTE, &json)?;
    engine.changed(&["chat"]);
    Ok(drafts)
}
