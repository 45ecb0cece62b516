//! Imports: start and cancel, take a source back, and what could not be read.

use crate::error::usage;
use crate::jobs;
use crate::ops::cases;
use crate::reading;
use crate::session::Engine;
use crate::wire::{
    ApiError, CaseState, ImportStart, JobRef, Nothing, Preview, PreviewAsk, Problems, ProblemsAsk, SourceRef,
};
use std::sync::atomic::AtomicBool;

/// Most problems in one answer.
pub const PROBLEMS_MAX: u32 = 10_000;

/// Starts an import into the open case.
///
/// # Errors
/// `no_case`; `busy` while another import runs; `usage` for options that do not fit.
pub fn start(engine: &Engine, ask: ImportStart) -> Result<JobRef, ApiError> {
    if ask.paths.is_empty() {
        return Err(usage("no path to import was given"));
    }
    // A format may have been dropped into its folder since.
    crate::own_formats::load(&engine.shared.dirs.data);
    Ok(JobRef { job: jobs::start_import(engine, engine.case()?, ask)? })
}

/// What an import of these paths would read, and what it would ask. Nothing is kept.
///
/// # Errors
/// `not_found` when none of the paths exists; `usage` for options that do not fit.
pub fn preview(engine: &Engine, ask: PreviewAsk) -> Result<Preview, ApiError> {
    crate::own_formats::load(&engine.shared.dirs.data);
    crate::preview::preview(engine.case().ok().as_deref(), &ask)
}

/// Tells a job to stop. One that has ended already is no error.
///
/// # Errors
/// None.
pub fn cancel(engine: &Engine, ask: JobRef) -> Result<Nothing, ApiError> {
    engine.shared.jobs.cancel(ask.job);
    Ok(Nothing {})
}

/// Takes a source back with its events, and runs the detectors again over what remains.
///
/// # Errors
/// `not_found` for a number that no source has; `busy` during an import.
pub fn remove(engine: &Engine, ask: SourceRef) -> Result<CaseState, ApiError> {
    let open = engine.case()?;
    if engine.shared.jobs.busy() {
        return Err(ApiError::new("busy", "an import is running; wait for it or cancel it first"));
    }
    if !open.case.sources()?.iter().any(|s| s.id == ask.id) {
        return Err(ApiError::not_found(format!("there is no source {}; `sources` lists them", ask.id)));
    }
    open.case.remove_source(ask.id)?;
    reading::detect(&open, None, &AtomicBool::new(false))?;
    engine.changed(&["case", "sources", "events", "cards"]);
    cases::state(engine, Nothing {})
}

/// What could not be read, in order of source and place.
///
/// # Errors
/// `no_case`; `not_found` for a number that no source has.
pub fn problems(engine: &Engine, ask: ProblemsAsk) -> Result<Problems, ApiError> {
    let open = engine.case()?;
    if let Some(id) = ask.source
        && !open.case.sources()?.iter().any(|s| s.id == id)
    {
        return Err(ApiError::not_found(format!("there is no source {id}; `sources` lists them")));
    }
    let (rows, total) = open.case.problems(ask.source, ask.offset, ask.limit.min(PROBLEMS_MAX))?;
    Ok(Problems { rows, total })
}
