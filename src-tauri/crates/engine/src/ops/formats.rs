//! Formats: the list of them, and making, trying, keeping and removing the user's own.

use crate::error::usage;
use crate::own_formats::{self, fault};
use crate::session::{Engine, us};
use crate::wire::{
    ApiError, FormatCheck, FormatDraft, FormatDraftPreview, FormatDraftRow, FormatFault, FormatField,
    FormatGroup, FormatGuessAsk, FormatList, FormatLogFit, FormatMisfit, FormatRef, FormatRow,
    FormatSampleRow, FormatSave, FormatSketch, FormatText, FormatValue, Nothing,
};
use std::path::{Path, PathBuf};
use timberline_formats::Format;
use timberline_formats::declared::check::{self, Kept};
use timberline_formats::declared::draft::{self, Sketch};
use timberline_formats::declared::{self, BadFormat, Declared};
use timberline_formats::open::{ReadOptions, probe};
use timberline_model::Flow;
use timberline_model::time::rfc3339;

/// The formats that Timberline reads, the user's own first, and files of these that are wrong.
///
/// # Errors
/// None.
pub fn list(engine: &Engine, _: Nothing) -> Result<FormatList, ApiError> {
    let loaded = own_formats::load(&engine.shared.dirs.data);
    let row = |format: &dyn Format, path: Option<&PathBuf>| {
        let about = format.about();
        FormatRow {
            id: about.id.to_owned(),
            title: about.title.to_owned(),
            about: about.about.to_owned(),
            own: path.is_some(),
            path: path.map(|p| p.display().to_string()),
        }
    };
    let own = loaded.formats.iter().map(|(format, path)| row(*format, Some(path)));
    let built_in = timberline_formats::FORMATS.iter().map(|format| row(*format, None));
    let folder = own_formats::folder(&engine.shared.dirs.data).display().to_string();
    Ok(FormatList { rows: own.chain(built_in).collect(), problems: loaded.faults, folder })
}

/// The file of one of the user's own formats.
///
/// # Errors
/// `not_found` for another id.
pub fn text(engine: &Engine, ask: FormatRef) -> Result<FormatText, ApiError> {
    let (format, _) = find(engine, &ask.id)?;
    Ok(FormatText { id: ask.id, toml: format.text().to_owned() })
}

fn find(engine: &Engine, id: &str) -> Result<(&'static Declared, PathBuf), ApiError> {
    let loaded = own_formats::load(&engine.shared.dirs.data);
    let found = loaded.formats.into_iter().find(|(format, _)| format.about().id == id);
    found.ok_or_else(|| ApiError::not_found(format!("none of your own formats is called '{id}'")))
}

/// Keeps a format in the folder of the user's own, where it is in use from now on.
///
/// # Errors
/// `usage` when it is wrong or one of its samples fails, or when there is one of this id that is not to be replaced.
pub fn save(engine: &Engine, ask: FormatSave) -> Result<FormatList, ApiError> {
    let format = declared::own(&ask.toml).map_err(|why| usage(&format!("the format is wrong: {why}")))?;
    let failed = check::samples(format).map_err(|why| usage(&why.to_string()))?;
    if let Some(bad) = failed.iter().find(|s| !s.failures.is_empty()) {
        return Err(usage(&format!("sample {} fails: {}", bad.number, bad.failures.join("; "))));
    }
    let id = format.about().id;
    let loaded = own_formats::load(&engine.shared.dirs.data);
    let there = loaded.formats.iter().find(|(f, _)| f.about().id == id).map(|(_, path)| path.clone());
    let folder = own_formats::folder(&engine.shared.dirs.data);
    let path = there.clone().unwrap_or_else(|| folder.join(format!("{id}.toml")));
    if !ask.replace && (there.is_some() || path.exists()) {
        return Err(usage(&format!(
            "there is a format '{id}' already; replace it, or give this one another id"
        )));
    }
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&folder)?;
        crate::whole_file::write(&path, ask.toml.as_bytes())
    };
    write()
        .map_err(|why| ApiError::failed(format!("the format cannot be kept in {}: {why}", path.display())))?;
    engine.changed(&["settings"]);
    list(engine, Nothing {})
}

/// Removes one of the user's own formats. What was read by it stays.
///
/// # Errors
/// `not_found` for another id; `failed` when its file cannot be removed.
pub fn remove(engine: &Engine, ask: FormatRef) -> Result<FormatList, ApiError> {
    let (_, path) = find(engine, &ask.id)?;
    std::fs::remove_file(&path)
        .map_err(|why| ApiError::failed(format!("{} cannot be removed: {why}", path.display())))?;
    engine.changed(&["settings"]);
    list(engine, Nothing {})
}

/// A first draft from a pasted line.
///
/// # Errors
/// `usage` for an empty line.
pub fn guess(_: &Engine, ask: FormatGuessAsk) -> Result<FormatSketch, ApiError> {
    let line = ask.line.lines().find(|l| !l.trim().is_empty());
    let line = line.ok_or_else(|| usage("paste a line of the log first"))?;
    let sketch = draft::guess(line);
    Ok(FormatSketch {
        id: sketch.id,
        title: sketch.title,
        about: sketch.about,
        pattern: sketch.pattern,
        detail: sketch.detail,
        joins: sketch.joins,
        fields: sketch
            .fields
            .into_iter()
            .map(|(group, field, kind)| FormatField { group, field, kind })
            .collect(),
        sample: sketch.sample,
        ..FormatSketch::default()
    })
}

/// What a draft makes of pasted lines. A draft that is wrong is no error: the answer says what and where.
///
/// # Errors
/// `usage` when there is no draft.
pub fn preview(_: &Engine, ask: FormatDraft) -> Result<FormatDraftPreview, ApiError> {
    let toml = match (ask.toml, ask.sketch) {
        (Some(toml), _) => toml,
        (None, Some(sketch)) => written(sketch),
        (None, None) => return Err(usage("a draft is needed: the text of its file, or a pattern")),
    };
    let done = draft::preview(&toml, &ask.lines, ask.zone.as_deref());
    let samples = Declared::parse(&toml, true).ok().and_then(|f| check::samples(&f).ok()).unwrap_or_default();
    let (error, rows) = match done {
        Ok(rows) => (None, rows),
        Err(why) => (Some(of_draft(&toml, &why)), Vec::new()),
    };
    let fits = rows.iter().filter(|r| r.pattern.is_some()).count() as u32;
    let rows = rows.into_iter().map(|row| FormatDraftRow {
        line: u32::try_from(row.line).unwrap_or(u32::MAX),
        text: row.text,
        pattern: row.pattern.map(|n| n as u32),
        groups: row
            .groups
            .into_iter()
            .map(|g| FormatGroup { name: g.name, from: g.from as u32, to: g.to as u32 })
            .collect(),
        time_us: row.time_ns.map(us),
        time: row.time_ns.map(rfc3339),
        fields: row.fields.into_iter().map(|(name, value)| FormatValue { name, value }).collect(),
        problem: row.problem,
    });
    Ok(FormatDraftPreview { rows: rows.collect(), error, fits, samples: sample_rows(samples), toml })
}

fn of_draft(toml: &str, why: &BadFormat) -> FormatFault {
    let mut told = fault(Path::new(""), why);
    // Bytes of the pattern as the units that the window counts.
    let line = toml.lines().nth(why.line.saturating_sub(1)).unwrap_or_default();
    if let Some(at) = why.at {
        let column = why.column.saturating_sub(1);
        let start = line.chars().take(column).map(char::len_utf8).sum::<usize>().saturating_sub(at);
        let before = line.get(start..start + at).map_or(at, |t| t.encode_utf16().count());
        told.at = Some(before as u32);
    }
    told
}

fn written(sketch: FormatSketch) -> String {
    Sketch {
        id: sketch.id,
        title: sketch.title,
        about: sketch.about,
        pattern: sketch.pattern,
        detail: sketch.detail,
        joins: sketch.joins,
        fields: sketch.fields.into_iter().map(|f| (f.group, f.field, f.kind)).collect(),
        layout: sketch.layout,
        zone: sketch.zone,
        epoch: sketch.epoch,
        set: sketch.set.into_iter().map(|c| (c.field, c.value)).collect(),
        sample: sketch.sample,
        sample_time: sketch.sample_time,
    }
    .toml()
}

fn sample_rows(samples: Vec<check::SampleResult>) -> Vec<FormatSampleRow> {
    samples
        .into_iter()
        .map(|s| FormatSampleRow {
            number: s.number as u32,
            line: s.line as u32,
            text: s.text,
            failures: s.failures,
        })
        .collect()
}

/// Tries a format's file on its own samples, and on a log.
///
/// # Errors
/// `failed` when the log cannot be opened. A format that is wrong is no error: the answer says so.
pub fn check(engine: &Engine, path: &Path, log: Option<&Path>) -> Result<FormatCheck, ApiError> {
    let mut told = FormatCheck {
        path: path.display().to_string(),
        id: String::new(),
        title: String::new(),
        good: false,
        error: None,
        samples: Vec::new(),
        log: None,
    };
    let format =
        own_formats::read(path).and_then(|text| declared::own(&text).map_err(|why| fault(path, &why)));
    let format = match format {
        Ok(format) => format,
        Err(why) => return Ok(FormatCheck { error: Some(why), ..told }),
    };
    told.id = format.about().id.to_owned();
    told.title = format.about().title.to_owned();
    match check::samples(format) {
        Ok(samples) => told.samples = sample_rows(samples),
        Err(why) => told.error = Some(fault(path, &why)),
    }
    if let Some(log) = log {
        // This file, even where another of the same id is in use.
        let loaded = own_formats::load(&engine.shared.dirs.data);
        let others = loaded.formats.iter().map(|(f, _)| *f);
        declared::use_own(std::iter::once(format).chain(others).collect());
        told.log = Some(fit(log, format.about().id)?);
    }
    told.good = told.error.is_none()
        && told.samples.iter().all(|s| s.failures.is_empty())
        && told.log.as_ref().is_none_or(|l| l.misfits == 0 && l.events > 0);
    Ok(told)
}

fn fit(log: &Path, id: &str) -> Result<FormatLogFit, ApiError> {
    let options = ReadOptions { format: Some(id.to_owned()), ..ReadOptions::default() };
    let opened = probe(log, &options)
        .map_err(|why| ApiError::failed(format!("{}: {}", log.display(), why.message)))?;
    let mut kept = Kept::at_most(0);
    opened
        .read(&mut kept, &mut |_| Flow::Continue)
        .map_err(|why| ApiError::failed(format!("{}: {why}", log.display())))?;
    let all = kept.events + kept.problems;
    let first = kept.misfits.iter().map(|m| FormatMisfit {
        line: m.line,
        message: m.problem.clone().unwrap_or_default(),
        excerpt: m.text.chars().take(200).collect(),
    });
    Ok(FormatLogFit {
        path: log.display().to_string(),
        events: kept.events,
        undated: kept.undated,
        misfits: kept.problems,
        share: if all == 0 { 0.0 } else { kept.events as f64 / all as f64 },
        first: first.collect(),
    })
}
