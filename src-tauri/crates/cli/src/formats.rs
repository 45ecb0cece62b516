//! Formats on the command line: the list of them, and trying a user's own on its samples and on a log.

use crate::print::{self, Out, Table, notice, safe};
use crate::{Failed, engine};
use std::path::Path;
use timberline_engine::ops::known::{counted, grouped};
use timberline_engine::wire::{ApiError, FormatCheck, Nothing};
use timberline_engine::{Engine, ops};

/// Says what is wrong with files of the user's own formats.
pub fn tell_faults(engine: &Engine) {
    let Ok(list) = ops::formats::list(engine, Nothing {}) else { return };
    for fault in list.problems {
        notice(&format!("{}; this format is not in use", fault.words()));
    }
}

/// `formats`.
pub fn list(out: &mut Out) -> Result<(), Failed> {
    let list = ops::formats::list(&engine(), Nothing {})?;
    for fault in &list.problems {
        notice(&format!("{}; this format is not in use", fault.words()));
    }
    if out.json {
        let rows: Vec<_> = list
            .rows
            .iter()
            .map(|f| serde_json::json!({ "id": f.id, "title": f.title, "about": f.about, "own": f.own }))
            .collect();
        return Ok(out.json(&rows)?);
    }
    let mut table = Table::new(&["ID", "TITLE", "ABOUT"]);
    for f in &list.rows {
        let about = match &f.path {
            Some(path) => format!("{} [your own: {path}]", f.about),
            None => f.about.clone(),
        };
        table.row([&f.id, &f.title, &about]);
    }
    Ok(out.table(&table)?)
}

/// `formats check`.
pub fn check(file: &Path, log: Option<&Path>, out: &mut Out) -> Result<(), Failed> {
    let done = ops::formats::check(&engine(), file, log)?;
    if out.json {
        out.json(&done)?;
    } else {
        words(&done, out)?;
    }
    if done.good {
        return Ok(());
    }
    Err(ApiError::failed(format!("{} is not as it should be", file.display())).into())
}

fn words(done: &FormatCheck, out: &mut Out) -> Result<(), Failed> {
    if let Some(fault) = &done.error {
        out.line(&safe(&fault.words()))?;
        return Ok(());
    }
    out.line(&safe(&format!("{} ({})", done.title, done.id)))?;
    for sample in &done.samples {
        let shown = print::cut(&sample.text, 80);
        if sample.failures.is_empty() {
            out.line(&safe(&format!("sample {}, line {}: good: {shown}", sample.number, sample.line)))?;
            continue;
        }
        out.line(&safe(&format!("sample {}, line {}: fails: {shown}", sample.number, sample.line)))?;
        for failure in &sample.failures {
            out.line(&format!("    {}", safe(failure)))?;
        }
    }
    if done.samples.is_empty() {
        out.line("It has no samples; add some, they are its tests")?;
    }
    if let Some(log) = &done.log {
        out.line(&safe(&format!(
            "{}: {} of {} fit ({:.1} %), {} without a time",
            log.path,
            grouped(log.events),
            counted(log.events + log.misfits, "record"),
            log.share * 100.0,
            grouped(log.undated)
        )))?;
        for misfit in &log.first {
            let shown = print::cut(&misfit.excerpt, 100);
            out.line(&safe(&format!("    line {}: {}: {shown}", misfit.line, misfit.message)))?;
        }
    }
    Ok(())
}
