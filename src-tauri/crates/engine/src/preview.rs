//! What an import would read, before it is made: each source with its format, zone, year and first rows, and what could
//! be asked of the user. The same opening, the same formats and the same choices as the import's, so that what is
//! shown is what will be read. Nothing is kept, and no case is needed.

use crate::choices::Choices;
use crate::error::{panic_text, usage};
use crate::ops::known;
use crate::reading::{Known, Plan, Step, plan};
use crate::session::OpenCase;
use crate::wire::{ApiError, FormatGuess, Preview, PreviewAsk, PreviewProblem, PreviewRow, PreviewSource};
use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use timberline_formats::open::{Opened, Reader, Refusal, discover};
use timberline_model::time::rfc3339;
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink, Source, Stamp};

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
    let known = Known::of(open.map(|o| o.case.sources()).transpose()?.unwrap_or_default());
    let rows = ask.rows.unwrap_or(ROWS).min(ROWS) as usize;
    let most = ask.limit.unwrap_or(SOURCES.0).min(SOURCES.1) as usize;
    let (mut files, refusals) = discover(&paths);
    let bytes = files.iter().map(|f| f.metadata().map_or(0, |m| m.len())).sum();
    // What the rest holds is not looked at; each is a source at least.
    let rest = files.len().saturating_sub(most);
    files.truncate(most);
    let plan = plan(files, refusals, &known, &choices, true, &AtomicBool::new(false), &mut |_| {});
    let total = plan.steps.len() + rest;
    let mut seen = peek(&plan, rows, most);
    let sources: Vec<PreviewSource> = plan
        .steps
        .iter()
        .take(most)
        .filter_map(|(_, step)| match step {
            Step::Already(source) => Some(there(source)),
            Step::Refuse(refusal, _) => Some(refused(refusal)),
            Step::Read(part, n) => seen.remove(&(*part, *n)).map(|source| PreviewSource {
                already: plan.parts[*part].replaces[*n].as_ref().map(|old| old.id),
                ..source
            }),
        })
        .collect();
    let obvious = sources.len() == total && sources.iter().all(|s| s.asks.is_empty() && !s.format.is_empty());
    Ok(Preview { sources, total: total as u32, bytes, obvious })
}

/// The sources that are listed, with their first rows, by their places in the plan.
fn peek(plan: &Plan, rows: usize, most: usize) -> FxHashMap<(usize, usize), PreviewSource> {
    let listed = plan.steps.iter().take(most).filter_map(|(_, step)| match step {
        Step::Read(part, n) => Some((*part, *n)),
        _ => None,
    });
    let listed: FxHashSet<(usize, usize)> = listed.collect();
    let mut seen = FxHashMap::default();
    for (part, this) in plan.parts.iter().enumerate() {
        let wanted = listed.iter().filter(|(p, _)| *p == part).count();
        let mut met = 0;
        let mut each = |n: usize, reader: &mut Reader<'_, '_>| {
            if listed.contains(&(part, n))
                && let Some(opened) = this.unit.sources.get(n)
            {
                seen.insert((part, n), recognised(opened, reader, rows));
                met += 1;
            }
            if met == wanted { Flow::Stop } else { Flow::Continue }
        };
        if wanted > 0 {
            // A file that is gone by now shows at the import.
            let _ = quietly(|| this.unit.read(&mut |_| Flow::Continue, &mut each));
        }
    }
    seen
}

/// A file that the case has already, as it stands there.
fn there(source: &Source) -> PreviewSource {
    PreviewSource {
        path: source.path.clone(),
        name: name_of(Path::new(&source.path)),
        format: source.format.clone(),
        format_title: known::format_title(&source.format).to_owned(),
        confidence: source.confidence,
        why: source.why.clone(),
        others: Vec::new(),
        encoding: source.encoding.clone(),
        packing: source.packing.clone(),
        bytes: source.bytes,
        zone: source.zone.clone(),
        year_rule: source.year_rule.clone(),
        set: Some(source.rotated_set.clone()).filter(|set| !set.is_empty()),
        asks: Vec::new(),
        already: Some(source.id),
        problems: Vec::new(),
        columns: Vec::new(),
        rows: Vec::new(),
    }
}

/// Runs something of the formats; a panic in it comes back as its message.
fn quietly<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|fault| panic_text(&*fault))
}

fn refused(refusal: &Refusal) -> PreviewSource {
    let asks = match refusal.kind {
        ProblemKind::UnknownFormat => vec!["format".to_owned()],
        ProblemKind::Password => vec!["password".to_owned()],
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
        bytes: refusal.bytes,
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

fn recognised(opened: &Opened, reader: &mut Reader<'_, '_>, rows: usize) -> PreviewSource {
    let mut sink = Rows { most: rows, ..Rows::default() };
    let said = match quietly(|| reader.peek(&mut sink, BYTES)) {
        Ok(Ok(_)) => None,
        Ok(Err(why)) => Some(why.to_string()),
        Err(fault) => Some(format!("reading it met a fault in Timberline: {fault}")),
    };
    if let Some(message) = said {
        sink.note(ProblemKind::Unreadable, 0, &message, &[]);
    }
    let about = opened.format.about();
    PreviewSource {
        path: opened.path.clone(),
        name: name_of(Path::new(&opened.path)),
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
        set: opened.set.clone(),
        asks: sink.asks(opened),
        already: None,
        columns: sink.columns(),
        problems: sink.problems,
        rows: sink.rows,
    }
}

fn name_of(path: &Path) -> String {
    let path = path.display().to_string();
    path.rsplit(['/', '\\', '!']).next().unwrap_or(&path).to_owned()
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
