//! What an import would read, before it is made: each source with its format, zone, year and first rows, and what could
//! be asked of the user. The same opening, the same formats and the same choices as the import's, so that what is
//! shown is what will be read. Nothing is kept, and no case is needed.

use crate::choices::Choices;
use crate::error::{panic_text, usage};
use crate::ops::known;
use crate::session::OpenCase;
use crate::wire::{ApiError, FormatGuess, Preview, PreviewAsk, PreviewProblem, PreviewRow, PreviewSource};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use timberline_formats::open::{Opened, Refusal, discover, probe};
use timberline_model::time::rfc3339;
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink, Source, SourceState, Stamp};

/// Rows of a source.
const ROWS: u32 = 20;
/// Sources that are listed when the asker names no number, and at most.
const SOURCES: (u32, u32) = (200, 1_000);
/// Problems of a source that are listed.
const PROBLEMS: usize = 20;
/// Characters of a raw record, and of an excerpt.
const RAW_CHARS: usize = 500;
const EXCERPT_CHARS: usize = 200;
/// A source that gives no rows is not read on beyond this.
const BYTES: u64 = 8 << 20;
/// Below this a format was rather guessed than recognised.
const HARDLY: f64 = 0.5;

/// What an import of these paths would read.
///
/// # Errors
/// `usage` for options that do not fit, `not_found` when none of the paths exists.
pub fn preview(open: Option<&OpenCase>, ask: &PreviewAsk) -> Result<Preview, ApiError> {
    let choices = Choices::of_preview(ask)?;
    let paths: Vec<PathBuf> = ask.paths.iter().map(PathBuf::from).collect();
    let Some(first) = paths.first() else { return Err(usage("no path to look at was given")) };
    if !paths.iter().any(|p| p.symlink_metadata().is_ok()) {
        return Err(ApiError::not_found(format!("there is no file or folder {}", first.display())));
    }
    let known: Vec<Source> = open.map(|o| o.case.sources()).transpose()?.unwrap_or_default();
    let rows = ask.rows.unwrap_or(ROWS).min(ROWS) as usize;
    let most = ask.limit.unwrap_or(SOURCES.0).min(SOURCES.1) as usize;
    let (files, refusals) = discover(&paths);
    let total = files.len() + refusals.len();
    let bytes = files.iter().map(|f| f.metadata().map_or(0, |m| m.len())).sum();
    let mut sources: Vec<PreviewSource> = refusals.iter().take(most).map(refused).collect();
    for file in files.iter().take(most.saturating_sub(sources.len())) {
        let path = file.display().to_string();
        let options = choices.for_source(&path);
        let mut source = match quietly(|| probe(file, &options)) {
            Ok(Ok(opened)) => recognised(&opened, rows),
            Ok(Err(refusal)) => refused(&refusal),
            Err(fault) => refused(&Refusal {
                path: file.clone(),
                kind: ProblemKind::Unreadable,
                message: format!("finding the format met a fault in Timberline: {fault}"),
            }),
        };
        source.already = known
            .iter()
            .find(|s| s.state == SourceState::Complete && s.path == path && s.bytes == source.bytes)
            .map(|s| s.id);
        sources.push(source);
    }
    let obvious = sources.len() == total && sources.iter().all(|s| s.asks.is_empty() && !s.format.is_empty());
    Ok(Preview { sources, total: total as u32, bytes, obvious })
}

/// Runs something of the formats; a panic in it comes back as its message.
fn quietly<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|fault| panic_text(&*fault))
}

fn refused(refusal: &Refusal) -> PreviewSource {
    let asks = match refusal.kind {
        ProblemKind::UnknownFormat => vec!["format".to_owned()],
        _ => Vec::new(),
    };
    PreviewSource {
        path: refusal.path.display().to_string(),
        name: name_of(&refusal.path),
        format: String::new(),
        format_title: known::format_title("").to_owned(),
        confidence: 0.0,
        why: refusal.message.clone(),
        others: Vec::new(),
        encoding: String::new(),
        packing: Vec::new(),
        bytes: refusal.path.symlink_metadata().map_or(0, |m| m.len()),
        zone: String::new(),
        year_rule: None,
        set: None,
        asks,
        already: None,
        problems: vec![PreviewProblem {
            kind: refusal.kind,
            line: 0,
            message: refusal.message.clone(),
            excerpt: String::new(),
        }],
        columns: Vec::new(),
        rows: Vec::new(),
    }
}

fn recognised(opened: &Opened, rows: usize) -> PreviewSource {
    let mut sink = Rows { most: rows, ..Rows::default() };
    let mut progress = |read: u64| if read > BYTES { Flow::Stop } else { Flow::Continue };
    let said = match quietly(|| opened.read(&mut sink, &mut progress)) {
        Ok(Ok(_)) => None,
        Ok(Err(why)) => Some(why.to_string()),
        Err(fault) => Some(format!("reading it met a fault in Timberline: {fault}")),
    };
    if let Some(message) = said {
        sink.note(ProblemKind::Unreadable, 0, &message, &[]);
    }
    let about = opened.format.about();
    PreviewSource {
        path: opened.path.display().to_string(),
        name: name_of(&opened.path),
        format: about.id.to_owned(),
        format_title: about.title.to_owned(),
        confidence: opened.confidence,
        why: opened.why.clone(),
        others: opened
            .others
            .iter()
            .take(5)
            .map(|(format, confidence)| FormatGuess {
                format: format.about().id.to_owned(),
                format_title: format.about().title.to_owned(),
                confidence: confidence.score,
                why: confidence.why.clone(),
            })
            .collect(),
        encoding: opened.encoding.clone(),
        packing: opened.packing.clone(),
        bytes: opened.bytes,
        zone: opened.zone.clone(),
        year_rule: opened.year_rule.clone(),
        set: None,
        asks: sink.asks(opened),
        already: None,
        columns: sink.columns(),
        problems: sink.problems,
        rows: sink.rows,
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

fn cut(bytes: &[u8], chars: usize) -> String {
    // Four bytes make at most one character.
    let head = &bytes[..bytes.len().min(chars * 4)];
    String::from_utf8_lossy(head).chars().take(chars).collect()
}

/// Keeps the first rows, then tells the format to stop.
#[derive(Default)]
struct Rows {
    most: usize,
    names: FieldNames,
    rows: Vec<PreviewRow>,
    problems: Vec<PreviewProblem>,
    assumed: u8,
}

impl Rows {
    fn note(&mut self, kind: ProblemKind, line: u64, message: &str, excerpt: &[u8]) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(PreviewProblem {
                kind,
                line,
                message: message.to_owned(),
                excerpt: cut(excerpt, EXCERPT_CHARS),
            });
        }
    }

    /// What the user could be asked about the source.
    fn asks(&self, opened: &Opened) -> Vec<String> {
        let mut asks = Vec::new();
        if opened.confidence < HARDLY || self.problems.iter().any(|p| p.kind == ProblemKind::NoEvents) {
            asks.push("format".to_owned());
        }
        if self.assumed & Stamp::ZONE_ASSUMED != 0 && !opened.zone_given() {
            asks.push("zone".to_owned());
        }
        if self.assumed & Stamp::YEAR_ASSUMED != 0 && !opened.year_given() {
            asks.push("year".to_owned());
        }
        if opened.wants_date() {
            asks.push("date".to_owned());
        }
        asks
    }

    /// The names of the fields, those that most rows have first.
    fn columns(&self) -> Vec<String> {
        let mut seen: Vec<(&String, usize)> = Vec::new();
        for name in self.rows.iter().flat_map(|row| row.fields.keys()) {
            match seen.iter_mut().find(|(n, _)| *n == name) {
                Some((_, count)) => *count += 1,
                None => seen.push((name, 1)),
            }
        }
        seen.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        seen.into_iter().map(|(name, _)| name.clone()).collect()
    }
}

impl Sink for Rows {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        if self.rows.len() >= self.most {
            return Flow::Stop;
        }
        let assumed = record.time.map_or(0, |t| t.assumed);
        self.assumed |= assumed;
        let words =
            [(Stamp::ZONE_ASSUMED, "zone"), (Stamp::YEAR_ASSUMED, "year"), (Stamp::DATE_ASSUMED, "date")];
        let fields = record.fields.iter();
        self.rows.push(PreviewRow {
            line: record.line,
            time: record.time.map(|t| rfc3339(t.ns)),
            assumed: words
                .iter()
                .filter(|(bit, _)| assumed & bit != 0)
                .map(|(_, w)| (*w).to_owned())
                .collect(),
            fields: fields.map(|(id, v)| (self.names.name(id).to_owned(), v.to_value().json())).collect(),
            raw: cut(record.raw, RAW_CHARS),
        });
        if self.rows.len() >= self.most { Flow::Stop } else { Flow::Continue }
    }

    fn problem(
        &mut self,
        kind: ProblemKind,
        line: u64,
        _: u64,
        _: u64,
        message: &str,
        excerpt: &[u8],
    ) -> Flow {
        self.note(kind, line, message, excerpt);
        Flow::Continue
    }

    fn filler(&mut self, _: u64) {}
}
