//! Cases and sources on the command line: make, import, list, take back, problems; and what Timberline knows.

use crate::args::{ImportArgs, Key, Show};
use crate::print::{self, Out, ProgressLine, Table, notice, safe};
use crate::{Failed, engine, formats, opened, preview};
use serde::Serialize;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use timberline_engine::choices::Choices;
use timberline_engine::ops::known::{counted, grouped};
use timberline_engine::reading::{self, Told};
use timberline_engine::wire::{
    ApiError, ImportStart, KnownList, Nothing, PreviewAsk, ProblemsAsk, Progress, SourceChoice, SourceOffset,
    SourceRef, SourceReread,
};
use timberline_engine::zone::DisplayZone;
use timberline_engine::{Dirs, Engine, ops};
use timberline_model::time::parse_rfc3339;
use timberline_model::{Source, SourceState};

/// `case new`.
pub fn new(path: &Path, key: Key, out: &mut Out) -> Result<(), Failed> {
    if key != Key::None {
        return Err(ApiError::failed(
            "only --key none is in this version: case files are not encrypted; keep them on an encrypted disk",
        )
        .into());
    }
    let open = ops::cases::make(&engine(), path)?;
    notice("the case file is not encrypted: --key none is the only key in this version");
    let schema = open.case.schema();
    if out.json {
        return Ok(out.json(&serde_json::json!({ "case": path.display().to_string(), "schema": schema }))?);
    }
    Ok(out.line(&format!("Made {} (schema {schema})", safe(&path.display().to_string())))?)
}

/// A source as a line of JSON.
#[derive(Serialize)]
struct SourceLine<'a> {
    source: u32,
    path: &'a str,
    format: &'a str,
    confidence: f64,
    why: &'a str,
    bytes: u64,
    sha256: &'a str,
    events: u64,
    problems: u64,
    undated: u64,
    first: Option<String>,
    last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_offset_seconds: Option<f64>,
    zone: &'a str,
    year_rule: Option<&'a str>,
    seconds: f64,
    state: SourceState,
}

impl<'a> SourceLine<'a> {
    fn of(source: &'a Source, zone: &DisplayZone) -> Self {
        Self {
            source: source.id,
            path: &source.path,
            format: &source.format,
            confidence: (source.confidence * 1000.0).round() / 1000.0,
            why: &source.why,
            bytes: source.bytes,
            sha256: &source.sha256,
            events: source.events,
            problems: source.problems,
            undated: source.undated,
            first: source.first_ns.map(|ns| zone.show(ns)),
            last: source.last_ns.map(|ns| zone.show(ns)),
            clock_offset_seconds: (source.clock_offset_ns != 0).then(|| source.clock_offset_ns as f64 / 1e9),
            zone: &source.zone,
            year_rule: source.year_rule.as_deref(),
            seconds: (source.seconds * 1000.0).round() / 1000.0,
            state: source.state,
        }
    }
}

#[derive(Serialize)]
struct Total {
    sources: usize,
    already_read: usize,
    failed: usize,
    bytes: u64,
    events: u64,
    problems: u64,
    undated: u64,
    first: Option<String>,
    last: Option<String>,
    seconds: f64,
    cards: Option<usize>,
}

/// `import`.
pub fn import(args: ImportArgs, out: &mut Out) -> Result<(), Failed> {
    let time = |name: &str, text: Option<String>| -> Result<Option<i64>, Failed> {
        let Some(text) = text else { return Ok(None) };
        let ns = parse_rfc3339(&text).ok_or_else(|| {
            Failed::Usage(format!(
                "--{name} {text} is no time; give one such as 2026-03-10 or 2026-03-10T02:13:04Z"
            ))
        })?;
        Ok(Some(ns.div_euclid(1_000)))
    };
    let paths: Vec<String> = args.paths.iter().map(|p| p.display().to_string()).collect();
    let password = preview::password(args.password_file.as_deref())?;
    let mapping = args.map.as_deref().map(crate::tables::mapping).transpose()?;
    let tables = timberline_engine::tables::load(&Dirs::usual().data);
    // What holds for all is said of each path, as the engine takes it for single sources.
    let sources: Vec<SourceChoice> = args
        .encoding
        .iter()
        .flat_map(|encoding| {
            paths.iter().map(|path| SourceChoice {
                path: path.clone(),
                encoding: Some(encoding.clone()),
                ..SourceChoice::default()
            })
        })
        .collect();
    if args.preview {
        let ask = PreviewAsk {
            paths,
            format: args.format,
            zone: args.zone,
            year: args.year,
            date: args.date,
            password,
            sources,
            max_ratio: Some(args.max_ratio),
            mapping,
            tables,
            ..PreviewAsk::default()
        };
        return preview::preview(&args.case, ask, out);
    }
    let ask = ImportStart {
        paths,
        format: args.format,
        zone: args.zone,
        year: args.year,
        date: args.date,
        password,
        sources,
        max_ratio: Some(args.max_ratio),
        again: args.again,
        mapping,
        tables,
        since_us: time("since", args.since)?,
        until_us: time("until", args.until)?,
    };
    // Before a case is made for it: a wrong path must leave nothing behind.
    Choices::of(&ask)?;
    if !args.paths.iter().any(|p| p.symlink_metadata().is_ok()) {
        let first = args.paths.first().map(|p| p.display().to_string()).unwrap_or_default();
        return Err(ApiError::not_found(format!("there is no file or folder {first}")).into());
    }
    let engine = engine();
    formats::tell_faults(&engine);
    let open = ops::cases::open_or_make(&engine, &args.case)?;
    let utc = DisplayZone::utc();
    let mut line = ProgressLine::new();
    let mut written = Ok(());
    let json = out.json;
    let started = Instant::now();
    let done = reading::import(&open, &ask, &AtomicBool::new(false), &mut |told| match told {
        Told::Progress(progress) => line.show(&progress_text(progress, started)),
        Told::Notice(text) => {
            line.clear();
            notice(text);
        }
        Told::Source(source) => {
            if json && written.is_ok() {
                line.clear();
                written = out.json(&SourceLine::of(source, &utc)).and_then(|()| out.flush());
            }
        }
    })?;
    line.clear();
    written?;
    let failed = done.sources.iter().filter(|s| s.state == SourceState::Failed).count();
    if json {
        let sum = |of: fn(&Source) -> u64| done.sources.iter().map(of).sum();
        let total = Total {
            sources: done.sources.len(),
            already_read: done.already,
            failed,
            bytes: sum(|s| s.bytes),
            events: sum(|s| s.events),
            problems: sum(|s| s.problems),
            undated: sum(|s| s.undated),
            first: done.sources.iter().filter_map(|s| s.first_ns).min().map(|ns| utc.show(ns)),
            last: done.sources.iter().filter_map(|s| s.last_ns).max().map(|ns| utc.show(ns)),
            seconds: (done.seconds * 1000.0).round() / 1000.0,
            cards: done.findings,
        };
        out.json(&serde_json::json!({ "total": total }))?;
    } else {
        source_table(&done.sources, &utc, out)?;
        out.line(&format!("{} in {}", done.sentence(), print::seconds(done.seconds)))?;
    }
    if failed > 0 && failed == done.sources.len() {
        let why = done.sources.first().map(|s| s.why.clone()).unwrap_or_default();
        return Err(ApiError::failed(format!(
            "nothing could be read: {why}; `timberline problems` lists all reasons"
        ))
        .into());
    }
    Ok(())
}

fn progress_text(progress: &Progress, started: Instant) -> String {
    if progress.stage == "detecting" {
        return format!("{}, looking for anomalies...", counted(progress.events, "event"));
    }
    let seconds = started.elapsed().as_secs_f64();
    let rate = if seconds > 0.5 {
        format!(", {} events/s", grouped((progress.events as f64 / seconds) as u64))
    } else {
        String::new()
    };
    let name =
        Path::new(&progress.path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    format!(
        "{}/{} files, {} of {}, {}{rate}  {}",
        progress.files_done,
        progress.files,
        print::bytes(progress.bytes_done),
        print::bytes(progress.bytes),
        counted(progress.events, "event"),
        print::cut(&name, 40)
    )
}

fn source_table(sources: &[Source], zone: &DisplayZone, out: &mut Out) -> Result<(), Failed> {
    let mut table = Table::new(&[
        ">ID",
        "SOURCE",
        "FORMAT",
        ">EVENTS",
        ">PROBLEMS",
        ">UNDATED",
        "FIRST",
        "LAST",
        ">SIZE",
        "SHA-256",
        "STATE",
    ]);
    let rows = ops::cases::source_rows(sources);
    for (source, row) in sources.iter().zip(&rows) {
        let shown = |ns: Option<i64>| ns.map_or_else(|| "-".to_owned(), |ns| zone.show(ns));
        table.row([
            source.id.to_string(),
            print::cut(&row.name, 48),
            row.format_title.clone(),
            grouped(source.events),
            grouped(source.problems),
            grouped(source.undated),
            shown(source.first_ns),
            shown(source.last_ns),
            print::bytes(source.bytes),
            print::cut(&source.sha256, 12),
            state_word(source.state).to_owned(),
        ]);
    }
    Ok(out.table(&table)?)
}

fn state_word(state: SourceState) -> &'static str {
    match state {
        SourceState::Complete => "complete",
        SourceState::Incomplete => "incomplete: import the file again to complete it",
        SourceState::Failed => "could not be read",
    }
}

/// `sources`.
pub fn sources(case: &Path, show: &Show, out: &mut Out) -> Result<(), Failed> {
    let zone = DisplayZone::named(&show.zone)?;
    let (engine, _) = opened(case)?;
    let sources = ops::cases::sources(&engine)?;
    if out.json {
        for source in &sources {
            out.json(&SourceLine::of(source, &zone))?;
        }
        return Ok(());
    }
    if sources.is_empty() {
        return Ok(out.line("Nothing is in this case yet; `timberline import` reads files into it")?);
    }
    source_table(&sources, &zone, out)
}

/// `source zone`.
pub fn zone(case: &Path, id: u32, zone: String, out: &mut Out) -> Result<(), Failed> {
    let (engine, open) = opened(case)?;
    let ask = SourceReread { id, format: None, zone: Some(zone), year: None, date: None };
    let start = ops::imports::again(&engine, &ask)?;
    let done = reading::import(&open, &start, &AtomicBool::new(false), &mut |told| {
        if let Told::Notice(text) = told {
            notice(text);
        }
    })?;
    let utc = DisplayZone::utc();
    if out.json {
        for source in &done.sources {
            out.json(&SourceLine::of(source, &utc))?;
        }
        return Ok(());
    }
    source_table(&done.sources, &utc, out)
}

/// `source offset`.
pub fn offset(case: &Path, id: u32, offset: String, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(case)?;
    ops::clock::set(&engine, SourceOffset { id, offset })?;
    let sources = ops::cases::sources(&engine)?;
    let Some(source) = sources.iter().find(|s| s.id == id) else { return Ok(()) };
    let utc = DisplayZone::utc();
    if out.json {
        return Ok(out.json(&SourceLine::of(source, &utc))?);
    }
    let shown = |ns: Option<i64>| ns.map_or_else(|| "-".to_owned(), |ns| utc.show(ns));
    let moved = match source.clock_offset_ns {
        0 => "stand as its records say".to_owned(),
        ns => format!("are moved by {}", ops::clock::show(ns)),
    };
    Ok(out.line(&format!(
        "The times of source {id} ({}) {moved}: {} to {}",
        safe(&source.path),
        shown(source.first_ns),
        shown(source.last_ns)
    ))?)
}

/// `source remove`.
pub fn remove(case: &Path, id: u32, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(case)?;
    let gone = ops::cases::sources(&engine)?.into_iter().find(|s| s.id == id);
    let state = ops::imports::remove(&engine, SourceRef { id })?;
    if out.json {
        let removed = gone.as_ref().map(|s| SourceLine::of(s, &DisplayZone::utc()));
        return Ok(out.json(&serde_json::json!({
            "removed": removed,
            "events": state.events,
            "sources": state.sources.len(),
        }))?);
    }
    let (path, events) = gone.map(|s| (s.path, s.events)).unwrap_or_default();
    Ok(out.line(&format!(
        "Took back source {id} ({}) with its {}; {} from {} remain",
        safe(&path),
        counted(events, "event"),
        counted(state.events, "event"),
        counted(state.sources.len() as u64, "source")
    ))?)
}

/// `problems`.
pub fn problems(case: &Path, source: Option<u32>, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(case)?;
    let mut offset = 0;
    loop {
        let page = ops::imports::problems(
            &engine,
            ProblemsAsk { source, offset, limit: ops::imports::PROBLEMS_MAX },
        )?;
        if page.rows.is_empty() {
            if offset == 0 && !out.json {
                out.line("No problems")?;
            }
            break;
        }
        offset += page.rows.len() as u64;
        if out.json {
            for problem in &page.rows {
                out.json(problem)?;
            }
        } else {
            let mut table = Table::new(&[">SOURCE", ">LINE", ">OFFSET", "KIND", "MESSAGE", "EXCERPT"]);
            for p in &page.rows {
                let kind = serde_json::to_value(p.kind).ok().and_then(|v| v.as_str().map(str::to_owned));
                table.row([
                    p.source.to_string(),
                    p.line.to_string(),
                    p.offset.to_string(),
                    kind.unwrap_or_default().replace('_', " "),
                    p.message.clone(),
                    print::cut(&p.excerpt, 80),
                ]);
            }
            out.table(&table)?;
        }
    }
    let all: u64 = engine_problems(&engine, source)?;
    if all > offset {
        notice(&format!(
            "{} listed of {}: the first of each source are kept, all are counted",
            grouped(offset),
            grouped(all)
        ));
    }
    Ok(())
}

/// Problems counted at the sources: more than are kept, where there are very many.
fn engine_problems(engine: &Engine, source: Option<u32>) -> Result<u64, Failed> {
    let sources = ops::cases::sources(engine)?;
    Ok(sources.iter().filter(|s| source.is_none_or(|id| id == s.id)).map(|s| s.problems).sum())
}

/// `detectors`.
pub fn detectors(out: &mut Out) -> Result<(), Failed> {
    let list = ops::known::detectors(&engine(), Nothing {})?;
    if out.json {
        return Ok(out.json(&list.rows)?);
    }
    known(&list, out)
}

fn known(list: &KnownList, out: &mut Out) -> Result<(), Failed> {
    let mut table = Table::new(&["ID", "TITLE", "ABOUT"]);
    for k in &list.rows {
        let about = if k.attack.is_empty() {
            k.about.clone()
        } else {
            format!("{} [{}]", k.about, k.attack.join(", "))
        };
        table.row([&k.id, &k.title, &about]);
    }
    Ok(out.table(&table)?)
}
