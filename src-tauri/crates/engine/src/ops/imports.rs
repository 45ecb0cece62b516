//! Imports: start and cancel, take a source back, and what could not be read.

use crate::error::usage;
use crate::jobs;
use crate::ops::cases;
use crate::reading;
use crate::session::Engine;
use crate::wire::{
    ApiError, CaseState, ImportStart, JobRef, Nothing, Preview, PreviewAsk, Problems, ProblemsAsk,
    SourceChoice, SourceRef, SourceReread,
};
use std::sync::atomic::AtomicBool;

/// Most problems in one answer.
pub const PROBLEMS_MAX: u32 = 10_000;

/// Starts an import into the open case.
///
/// # Errors
/// `no_case`; `busy` while another import runs; `usage` for options that do not fit.
pub fn start(engine: &Engine, mut ask: ImportStart) -> Result<JobRef, ApiError> {
    if ask.paths.is_empty() {
        return Err(usage("no path to import was given"));
    }
    // A format may have been dropped into its folder since.
    crate::own_formats::load(&engine.shared.dirs.data);
    ask.tables = crate::tables::load(&engine.shared.dirs.data);
    Ok(JobRef { job: jobs::start_import(engine, engine.case()?, ask)? })
}

/// What an import of these paths would read, and what it would ask. Nothing is kept.
///
/// # Errors
/// `not_found` when none of the paths exists; `usage` for options that do not fit.
pub fn preview(engine: &Engine, mut ask: PreviewAsk) -> Result<Preview, ApiError> {
    crate::own_formats::load(&engine.shared.dirs.data);
    ask.tables = crate::tables::load(&engine.shared.dirs.data);
    crate::preview::preview(engine.case().ok().as_deref(), &ask)
}

/// What to ask an import so that a source is read again with other choices; the new source takes its place.
///
/// # Errors
/// `not_found` for a number that no source has, and where the file is not there any more or has other content.
pub fn again(engine: &Engine, ask: &SourceReread) -> Result<ImportStart, ApiError> {
    let sources = engine.case()?.case.sources()?;
    let source = sources.iter().find(|s| s.id == ask.id);
    let source = source
        .ok_or_else(|| ApiError::not_found(format!("there is no source {}; `sources` lists them", ask.id)))?;
    let member = !source.archive_sha256.is_empty();
    let file = reading::file_of(source);
    let sha256 = if member { &source.archive_sha256 } else { &source.sha256 };
    let why = if !file.is_file() {
        "is not there any more"
    } else if reading::sha256_of(&file, &AtomicBool::new(false)).as_ref() != Some(sha256) {
        "has other content now: import it as a source of its own"
    } else {
        let file = file.display().to_string();
        // Of an archive, this member alone.
        let all = SourceChoice { path: file.clone(), skip: true, ..SourceChoice::default() };
        let this = SourceChoice { path: source.path.clone(), ..SourceChoice::default() };
        return Ok(ImportStart {
            paths: vec![file],
            sources: if member { vec![all, this] } else { Vec::new() },
            format: ask.format.clone().or_else(|| Some(source.format.clone()).filter(|f| !f.is_empty())),
            zone: ask.zone.clone(),
            year: ask.year,
            date: ask.date.clone(),
            again: true,
            tables: crate::tables::load(&engine.shared.dirs.data),
            ..ImportStart::default()
        });
    };
    Err(ApiError::not_found(format!("the file {} {why}", file.display())))
}

/// Reads a source again with other choices.
///
/// # Errors
/// As [`again`]; `busy` while an import runs; `usage` for choices that do not fit.
pub fn reread(engine: &Engine, ask: SourceReread) -> Result<JobRef, ApiError> {
    let start = again(engine, &ask)?;
    Ok(JobRef { job: jobs::start_import(engine, engine.case()?, start)? })
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
    crate::news::watched(&open, "removal", || {
        open.case.remove_source(ask.id)?;
        reading::detect(&open, None, &AtomicBool::new(false))
    })?;
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
