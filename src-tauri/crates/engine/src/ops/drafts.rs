//! What a model worded: cards and the report's summary, kept in the case as drafts until a person accepts them.

use crate::asking;
use crate::endpoints;
use crate::ops::chat::Running;
use crate::ops::known::counted;
use crate::ops::models;
use crate::planner::View;
use crate::planner::known::Known;
use crate::session::{Engine, Judged};
use crate::tools::{self, Desk, Made};
use crate::wire::{ApiError, CardWordAsk, Draft, DraftDecide, Drafts, Nothing, ReportSummaryAsk};
use timberline_model::{Finding, Status};

/// The note of a case that holds its drafts.
const NOTE: &str = "drafts";

/// Cards that the summary of a report is made from at most.
const CARDS_MAX: usize = 12;
/// Drafts that a case keeps.
const DRAFTS_MAX: usize = 200;

/// Words a card.
///
/// # Errors
/// `no_case`; `not_found` for a card or a model that is not there; `busy`; what the endpoint says.
pub fn card(engine: &Engine, ask: CardWordAsk) -> Result<Draft, ApiError> {
    let open = engine.case()?;
    if !open.judged()?.iter().any(|c| c.finding.id == ask.card) {
        return Err(ApiError::not_found(format!("there is no card {}", ask.card)));
    }
    let task = "Tell a colleague in two to four plain sentences what this card says: what was seen, why it counts, and what \
                else it may be. Keep its severity as it is.";
    by_model(engine, ask.model.as_deref(), "card", &ask.card, task, &|c| c.finding.id == ask.card)
}

/// Words the summary of a report from the confirmed cards; from the open ones where none is confirmed.
///
/// # Errors
/// `no_case`; `not_found` for a model that is not there; `busy`; `failed` where there are no cards; what the endpoint says.
pub fn summary(engine: &Engine, ask: ReportSummaryAsk) -> Result<Draft, ApiError> {
    let judged = engine.case()?.judged()?;
    let confirmed = judged.iter().any(|c| c.status == Status::Confirmed);
    let task = "Write the summary of an incident report for readers who know no logs: three to six plain sentences, in order of \
                time. Say what the cards say and nothing else.";
    let fits = |c: &Judged| if confirmed { c.status == Status::Confirmed } else { c.listed() };
    by_model(engine, ask.model.as_deref(), "report", "", task, &fits)
}

fn by_model(
    engine: &Engine,
    model: Option<&str>,
    kind: &str,
    about: &str,
    task: &str,
    fits: &dyn Fn(&Judged) -> bool,
) -> Result<Draft, ApiError> {
    let Some(profile) = models::chosen(engine, model)? else {
        return Err(ApiError::failed("no model is chosen; the cards' own words stand as they are"));
    };
    let open = engine.case()?;
    let judged = open.judged()?;
    let mut view = View::of(&open)?;
    // Muted cards can be asked about by their name too.
    view.findings = judged.iter().filter(|c| fits(c)).map(|c| c.finding.clone()).collect();
    let known = Known::of(&view)?;
    let running = Running::begin(engine)?;
    let desk = Desk { known: &known, cancel: &running.cancel, deadline: None, selection: None };
    let all: Vec<&Finding> = view.findings.iter().collect();
    let picked: Vec<&Finding> = tools::chosen(&all).into_iter().take(CARDS_MAX).collect();
    if picked.is_empty() {
        return Err(ApiError::failed("there are no cards to word"));
    }
    let mut results = Vec::new();
    for finding in &picked {
        let made = tools::detail_of(&desk, &finding.id).map_err(|why| ApiError::failed(why.to_string()))?;
        // A summary is made of the cards, not of their rows.
        results.push(if kind == "report" { Made { rows: Vec::new(), ..made } } else { made });
    }
    let door = endpoints::door(engine, &profile, kind)?;
    let manner = endpoints::manner(&profile);
    let worded = asking::word(&known, &door, &manner, task, &results, &running.cancel)?;
    let evidence: u64 = results.iter().map(|m| m.matching).sum();
    let left = all.len() - picked.len();
    let mut coverage = format!(
        "The model saw {} and {} of {} of evidence",
        counted(picked.len() as u64, "card"),
        worded.rows,
        counted(evidence, "event")
    );
    if left > 0 {
        coverage.push_str(&format!("; {} left out", counted(left as u64, "card")));
    }
    let mut drafts = list(engine, Nothing {})?.rows;
    let draft = Draft {
        id: drafts.iter().map(|d| d.id).max().unwrap_or(0) + 1,
        kind: kind.to_owned(),
        about: about.to_owned(),
        text: door.scrub(&worded.text),
        marks: worded.marks,
        grounding: worded.grounding,
        coverage,
        model: profile.name.clone(),
        accepted: false,
    };
    drafts.push(draft.clone());
    if drafts.len() > DRAFTS_MAX {
        drafts.remove(0);
    }
    keep(engine, &drafts)?;
    Ok(draft)
}

fn keep(engine: &Engine, drafts: &[Draft]) -> Result<(), ApiError> {
    let json = serde_json::to_string(drafts).map_err(|why| ApiError::failed(why.to_string()))?;
    engine.case()?.case.set_note(NOTE, &json)?;
    engine.changed(&["chat"]);
    Ok(())
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
    keep(engine, &drafts.rows)?;
    Ok(drafts)
}
