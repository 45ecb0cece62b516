//! Playbooks as the analyst handles them: list, make, run a step, give and take. What is in one is `playbooks`'.

use crate::curiosity::kind::Kind;
use crate::error::usage;
use crate::ops::{chat, prompts};
use crate::planner::View;
use crate::planner::known::Known;
use crate::playbooks::blanks::{Filler, Maker};
use crate::playbooks::{self, Playbook};
use crate::session::{Engine, OpenCase};
use crate::wire::{
    self, ApiError, ChatAsk, FileDone, FilePath, PlaybookExport, PlaybookMake, PlaybookRef, PlaybookRun,
    PlaybookTurn, Playbooks, PlaybooksAsk,
};
use crate::zone::DisplayZone;
use std::path::Path;
use timberline_model::Finding;

/// A card of the open case.
fn card_of(open: &OpenCase, id: &str) -> Result<Finding, ApiError> {
    let card = open.judged()?.iter().find(|j| j.finding.id == id).map(|j| j.finding.clone());
    card.ok_or_else(|| ApiError::not_found("there is no such card; `cards --all` lists them"))
}

fn zone_of(open: &OpenCase) -> DisplayZone {
    DisplayZone::named(&open.zone()).unwrap_or_else(|_| DisplayZone::utc())
}

/// The playbooks; those that fit the card first, filled by it.
///
/// # Errors
/// `no_case` and `not_found` where a card is named.
pub fn list(engine: &Engine, ask: PlaybooksAsk) -> Result<Playbooks, ApiError> {
    let (books, problems) = playbooks::all(&engine.shared.dirs.data);
    let mut rows: Vec<wire::Playbook> = match &ask.card {
        None => books.iter().map(|b| b.wire(None, false)).collect(),
        Some(id) => {
            let open = engine.case()?;
            let (card, zone) = (card_of(&open, id)?, zone_of(&open));
            let filled = |b: &Playbook| b.wire(Some(&Filler::of(b, Some(&card), &[], &zone)), b.fits(&card));
            books.iter().map(filled).collect()
        }
    };
    rows.sort_by_key(|b| !b.fits);
    Ok(Playbooks { rows, problems })
}

/// Makes a playbook of questions that were asked about a card. Values of the logs become blanks.
///
/// # Errors
/// `no_case`; `not_found` for a card or a turn; `usage` for a name that does not fit, where nothing was asked, or where a value
/// would stay.
pub fn make(engine: &Engine, ask: PlaybookMake) -> Result<wire::Playbook, ApiError> {
    let open = engine.case()?;
    let card = card_of(&open, &ask.card)?;
    if !playbooks::is_name(ask.name.trim()) {
        return Err(usage("a playbook's name is letters, digits, spaces, - and _, at most 60"));
    }
    let questions = prompts::questions_of(&open, &ask.card, &ask.turns)?;
    if questions.is_empty() {
        return Err(usage("nothing was asked about this card yet; ask in the chat first, or name the turns"));
    }
    let view = View::of(&open)?;
    let known = Known::of(&view)?;
    let mut maker = Maker::new(&known, &card);
    let mut steps: Vec<String> = Vec::new();
    for question in &questions {
        let step = maker.question(question)?;
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let blanks = maker.done(&steps)?;
    let log = crate::planner::prompts::log_of(&known, &card);
    let kind = Kind::new(log, &playbooks::finding_of(&card), "playbook");
    let book = Playbook::new(&ask.name, &ask.about, &kind, blanks, steps)?;
    playbooks::keep(&engine.shared.dirs.data, &book)?;
    engine.changed(&["playbooks", "memory"]);
    Ok(book.wire(Some(&Filler::of(&book, Some(&card), &[], &known.calendar.zone)), true))
}

/// Runs a step: its question, with the blanks filled, is asked in the chat.
///
/// # Errors
/// `no_case`; `not_found` for a playbook or a card; `usage` for a step that there is not or a blank that nothing fills.
pub fn run_step(engine: &Engine, ask: PlaybookRun) -> Result<PlaybookTurn, ApiError> {
    let open = engine.case()?;
    let book = playbooks::get(&engine.shared.dirs.data, &ask.name)?;
    let card = ask.card.as_ref().map(|id| card_of(&open, id)).transpose()?;
    let filler = Filler::of(&book, card.as_ref(), &ask.values, &zone_of(&open));
    let steps = book.steps.len();
    let step = (ask.step as usize).checked_sub(1).and_then(|n| book.steps.get(n));
    let step = step.ok_or_else(|| usage(&format!("this playbook has the steps 1 to {steps}")))?;
    let question = filler.fill(&step.question)?;
    let turn = chat::ask(engine, ChatAsk { question, ..ChatAsk::default() })?;
    Ok(PlaybookTurn { step: ask.step, steps: u32::try_from(steps).unwrap_or(u32::MAX), turn })
}

/// Writes a playbook to a file.
///
/// # Errors
/// `not_found`; `failed` when it cannot be written there.
pub fn export(engine: &Engine, ask: PlaybookExport) -> Result<FileDone, ApiError> {
    let book = playbooks::get(&engine.shared.dirs.data, &ask.name)?;
    if ask.path.trim().is_empty() {
        return Err(usage("say which file to write"));
    }
    std::fs::write(&ask.path, book.to_toml())
        .map_err(|why| ApiError::failed(format!("the playbook cannot be written there: {why}")))?;
    let said =
        format!("{} steps, {} blanks; no value of a log is in it", book.steps.len(), book.blanks.len());
    Ok(FileDone { path: ask.path, said })
}

/// Takes a playbook from a file.
///
/// # Errors
/// `not_found`; `failed` with what is wrong with it; `usage` where there is one of this name.
pub fn import(engine: &Engine, ask: FilePath) -> Result<wire::Playbook, ApiError> {
    let path = Path::new(&ask.path);
    if ask.path.trim().is_empty() || !path.exists() {
        return Err(ApiError::not_found("there is no such file"));
    }
    let book =
        playbooks::read(path).map_err(|why| ApiError::failed(format!("that is no playbook: {why}")))?;
    playbooks::keep(&engine.shared.dirs.data, &book)?;
    engine.changed(&["playbooks", "memory"]);
    Ok(book.wire(None, false))
}

/// Removes a playbook.
///
/// # Errors
/// `not_found`; `failed` when it cannot be removed.
pub fn remove(engine: &Engine, ask: PlaybookRef) -> Result<Playbooks, ApiError> {
    playbooks::remove(&engine.shared.dirs.data, &ask.name)?;
    engine.changed(&["playbooks", "memory"]);
    list(engine, PlaybooksAsk { card: None })
}
