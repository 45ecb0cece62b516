//! Cases: make, open, close, the sample, and the open case at a glance with its one-sentence headline.

use crate::jobs;
use crate::ops::known::{self, counted};
use crate::session::{Engine, NAME_NOTE, OpenCase, file_stem, us};
use crate::wire::{ApiError, CasePath, CaseState, ImportStart, Nothing, Recent, Recents, SourceRow};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use timberline_model::time::rfc3339;
use timberline_model::{Ctx, Filter, Source, SourceState, Span, Status, TimeRange};
use timberline_store::Case;

/// Makes a case file and opens it; an empty path leaves the place to the engine.
///
/// # Errors
/// When there is a file already, or none can be made there.
pub fn new(engine: &Engine, ask: CasePath) -> Result<CaseState, ApiError> {
    let path = if ask.path.is_empty() { unnamed(engine)? } else { PathBuf::from(ask.path) };
    let open = make(engine, &path)?;
    engine.remember(&open.path);
    state(engine, Nothing {})
}

/// Opens a case file.
///
/// # Errors
/// When there is none, it is no case, or a newer Timberline made it.
pub fn open(engine: &Engine, ask: CasePath) -> Result<CaseState, ApiError> {
    let open = open_at(engine, Path::new(&ask.path))?;
    engine.remember(&open.path);
    state(engine, Nothing {})
}

/// A free place in the data folder, for a case that nobody gave a place: logs dropped on an empty window.
fn unnamed(engine: &Engine) -> Result<PathBuf, ApiError> {
    let folder = engine.shared.dirs.data.join("cases");
    std::fs::create_dir_all(&folder)
        .map_err(|why| ApiError::failed(format!("the folder for cases cannot be made: {why}")))?;
    let mut names = (1_u32..).map(|n| folder.join(format!("case {n}.timberline")));
    let free = names.find(|path| !path.exists());
    free.ok_or_else(|| ApiError::failed("no name is free for a new case"))
}

/// [`new`] without the state.
///
/// # Errors
/// As [`new`].
pub fn make(engine: &Engine, path: &Path) -> Result<Arc<OpenCase>, ApiError> {
    let case = Case::create(path)?;
    put(engine, case, path)
}

/// [`open`] without the state.
///
/// # Errors
/// As [`open`].
pub fn open_at(engine: &Engine, path: &Path) -> Result<Arc<OpenCase>, ApiError> {
    if !path.exists() {
        return Err(ApiError::not_found(format!(
            "there is no case {}; make one with `case new` or import into it",
            path.display()
        )));
    }
    let case = Case::open(path)?;
    put(engine, case, path)
}

/// Opens a case file, or makes it where there is none.
///
/// # Errors
/// As [`new`] and [`open`].
pub fn open_or_make(engine: &Engine, path: &Path) -> Result<Arc<OpenCase>, ApiError> {
    if path.exists() { open_at(engine, path) } else { make(engine, path) }
}

fn put(engine: &Engine, case: Case, path: &Path) -> Result<Arc<OpenCase>, ApiError> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let open = OpenCase::new(case, &path).with_data(&engine.shared.dirs.data);
    let open = engine.put(Some(open)).ok_or_else(ApiError::no_case)?;
    engine.changed(&["case", "sources", "events", "cards", "chat"]);
    Ok(open)
}

/// Opens the sample incident in a case of its own in the data folder; where it was not read yet, an
/// import of it is started.
///
/// # Errors
/// When this installation has no sample, or the case cannot be made.
pub fn sample(engine: &Engine, _: Nothing) -> Result<CaseState, ApiError> {
    let folder = engine
        .shared
        .dirs
        .sample
        .clone()
        .filter(|f| f.is_dir())
        .ok_or_else(|| ApiError::not_found("this installation has no sample incident"))?;
    std::fs::create_dir_all(&engine.shared.dirs.data)
        .map_err(|why| ApiError::failed(format!("the data folder cannot be made: {why}")))?;
    let path = engine.shared.dirs.data.join("sample.timberline");
    let open = match open_or_make(engine, &path) {
        Ok(open) => open,
        // The sample can be read anew at any time: a file that cannot be opened is put aside.
        Err(_) if path.exists() => {
            engine.put(None);
            std::fs::rename(&path, path.with_extension("timberline.unreadable"))
                .map_err(|why| ApiError::failed(format!("the old sample case cannot be put aside: {why}")))?;
            make(engine, &path)?
        }
        Err(why) => return Err(why),
    };
    open.case.set_note(NAME_NOTE, "Sample incident")?;
    let files = sample_files(&folder);
    let sources = open.case.sources()?;
    let read = |file: &String| sources.iter().any(|s| s.path == *file && s.state == SourceState::Complete);
    if !files.iter().all(read) {
        let ask = ImportStart { paths: files, ..ImportStart::default() };
        jobs::start_import(engine, open, ask)?;
    }
    state(engine, Nothing {})
}

/// The logs of an incident's folder: all but the truth and its notes.
fn sample_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| is_log(p)).collect();
    files.sort();
    files.iter().map(|p| p.display().to_string()).collect()
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    path.is_file() && name != "truth.json" && !name.ends_with(".md") && !name.starts_with('.')
}

/// Closes the open case; its jobs are told to stop.
///
/// # Errors
/// None.
pub fn close(engine: &Engine, _: Nothing) -> Result<Nothing, ApiError> {
    engine.put(None);
    engine.changed(&["case", "sources", "events", "cards", "chat"]);
    Ok(Nothing {})
}

/// Recently opened cases whose file is still there.
///
/// # Errors
/// None.
pub fn recent(engine: &Engine, _: Nothing) -> Result<Recents, ApiError> {
    let rows = engine.recents().into_iter().filter(|p| Path::new(p).is_file());
    Ok(Recents { rows: rows.map(|path| Recent { name: file_stem(Path::new(&path)), path }).collect() })
}

/// The open case at a glance.
///
/// # Errors
/// `no_case`; what the case says.
pub fn state(engine: &Engine, _: Nothing) -> Result<CaseState, ApiError> {
    let open = engine.case()?;
    let sources = open.case.sources()?;
    let span = open.events().span(TimeRange::ALL, Filter::All, &Ctx::default())?;
    Ok(CaseState {
        path: open.path.display().to_string(),
        name: open.name(),
        schema: open.case.schema(),
        events: span.events,
        undated: span.undated,
        problems: sources.iter().map(|s| s.problems).sum(),
        first_us: span.first_ns.map(us),
        last_us: span.last_ns.map(us),
        headline: headline(&open, &span, &sources)?,
        news: crate::news::of(&open)?.sentence,
        zone: open.zone(),
        sources: source_rows(&sources),
    })
}

/// One sentence on what the case shows now: its best card with the number of the others, else what there is.
fn headline(open: &OpenCase, span: &Span, sources: &[Source]) -> Result<String, ApiError> {
    if sources.is_empty() {
        return Ok("Nothing is in this case yet".to_owned());
    }
    let cards = open.cards()?;
    let standing: Vec<_> = cards.all.iter().filter(|c| c.listed()).collect();
    if let Some(best) = standing.first() {
        let title = best.finding.title.trim_end_matches('.');
        let confirmed = if best.status == Status::Confirmed { " (confirmed)" } else { "" };
        return Ok(match standing.len() - 1 {
            0 => format!("{title}{confirmed}"),
            others => format!("{title}{confirmed}, and {}", counted(others as u64, "more card")),
        });
    }
    let what = format!("{} from {}", counted(span.events, "event"), counted(sources.len() as u64, "source"));
    Ok(match (span.first_ns, span.last_ns) {
        (Some(first), Some(last)) => {
            format!("No cards: {what} between {} and {}", rfc3339(first), rfc3339(last))
        }
        _ => format!("No cards: {what}, none of them dated"),
    })
}

/// The sources of the open case.
///
/// # Errors
/// `no_case`; what the case says.
pub fn sources(engine: &Engine) -> Result<Vec<Source>, ApiError> {
    Ok(engine.case()?.case.sources()?)
}

/// Sources as rows, each with a name that no other has.
#[must_use]
pub fn source_rows(sources: &[Source]) -> Vec<SourceRow> {
    let names = unique_names(sources);
    sources.iter().zip(names).map(|(source, name)| row(source, name)).collect()
}

fn row(source: &Source, name: String) -> SourceRow {
    let known = source.event_bytes.saturating_add(source.filler_bytes) as f64;
    let coverage = match source.decoded_bytes {
        0 => f64::from(u8::from(source.state == SourceState::Complete)),
        bytes => (known / bytes as f64).clamp(0.0, 1.0),
    };
    SourceRow {
        id: source.id,
        path: source.path.clone(),
        name,
        format: source.format.clone(),
        format_title: known::format_title(&source.format).to_owned(),
        confidence: source.confidence,
        why: source.why.clone(),
        bytes: source.bytes,
        decoded_bytes: source.decoded_bytes,
        sha256: source.sha256.clone(),
        events: source.events,
        problems: source.problems,
        undated: source.undated,
        first_us: source.first_ns.map(us),
        last_us: source.last_ns.map(us),
        clock_offset: crate::ops::clock::show(source.clock_offset_ns),
        zone: source.zone.clone(),
        year_rule: source.year_rule.clone(),
        encoding: source.encoding.clone(),
        packing: source.packing.clone(),
        archive_sha256: source.archive_sha256.clone(),
        set: Some(source.rotated_set.clone()).filter(|set| !set.is_empty()),
        seconds: source.seconds,
        coverage,
        state: source.state,
    }
}

/// The last part of each path, with as many folders before it as tell it from the others; where even
/// whole paths are alike, with the source's number.
fn unique_names(sources: &[Source]) -> Vec<String> {
    let tail = |path: &str, parts: usize| -> String {
        let all: Vec<&str> = path.split(['/', '\\', '!']).filter(|p| !p.is_empty()).collect();
        all.get(all.len().saturating_sub(parts)..).unwrap_or_default().join("/")
    };
    let mut parts = vec![1; sources.len()];
    for _ in 0..8 {
        let mut seen: FxHashMap<String, u32> = FxHashMap::default();
        for (source, parts) in sources.iter().zip(&parts) {
            *seen.entry(tail(&source.path, *parts)).or_default() += 1;
        }
        for (source, parts) in sources.iter().zip(&mut parts) {
            *parts += usize::from(seen.get(&tail(&source.path, *parts)).is_some_and(|n| *n > 1));
        }
    }
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for (source, parts) in sources.iter().zip(&parts) {
        *seen.entry(tail(&source.path, *parts)).or_default() += 1;
    }
    sources
        .iter()
        .zip(&parts)
        .map(|(source, parts)| {
            let name = tail(&source.path, *parts);
            if seen.get(&name).is_some_and(|n| *n > 1) { format!("{name} ({})", source.id) } else { name }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(id: u32, path: &str) -> Source {
        Source {
            id,
            path: path.to_owned(),
            format: "syslog".to_owned(),
            confidence: 1.0,
            why: String::new(),
            bytes: 0,
            decoded_bytes: 0,
            sha256: String::new(),
            events: 0,
            problems: 0,
            undated: 0,
            clock_offset_ns: 0,
            first_ns: None,
            last_ns: None,
            zone: String::new(),
            year_rule: None,
            seconds: 0.0,
            event_bytes: 0,
            problem_bytes: 0,
            filler_bytes: 0,
            encoding: String::new(),
            packing: Vec::new(),
            archive_sha256: String::new(),
            rotated_set: String::new(),
            state: SourceState::Complete,
        }
    }

    fn check(paths: &[&str], expect: &[&str]) {
        let sources: Vec<Source> = paths.iter().zip(1..).map(|(p, id)| source(id, p)).collect();
        assert_eq!(unique_names(&sources), expect);
    }

    #[test]
    fn names_are_short_and_unique() {
        check(&["/a/auth.log", "/a/access.log"], &["auth.log", "access.log"]);
        check(&["/web1/auth.log", "/web2/auth.log"], &["web1/auth.log", "web2/auth.log"]);
        check(&["/x/log/a", "/y/log/a", "/z/b"], &["x/log/a", "y/log/a", "b"]);
        check(&["/a/b", "/a/b"], &["a/b (1)", "a/b (2)"]);
    }
}
