//! An import from its first file to the cards: discover, look, skip or read, store, detect. The caller's thread tells how
//! it goes, so the command line and the job of the window are the same; a few threads look and read. Formats are not
//! known here, nor how a case is stored.

mod crew;
mod known;
mod plan;
mod run;

use crate::choices::Choices;
use crate::error::usage;
use crate::given;
use crate::news;
use crate::ops::known as words;
use crate::rules;
use crate::session::OpenCase;
use crate::wire::{ApiError, ImportStart, Progress};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use timberline_detect::{Knobs, Outcome};
use timberline_formats::open::{Refusal, discover};
use timberline_model::{Ctx, Finding, Source, SourceState, TimeRange};

pub(crate) use known::{Known, file_of, sha256_of};
pub(crate) use plan::{Plan, Step, plan};

/// What an import tells while it runs.
pub enum Told<'a> {
    /// How far it is; at most ten a second, and once at each change of file or stage.
    Progress(&'a Progress),
    /// A source that is finished, or was there already.
    Source(&'a Source),
    /// A sentence worth knowing.
    Notice(&'a str),
}

/// What came of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The sources of the files that were asked for, in order; those read before among them.
    pub sources: Vec<Source>,
    /// How many of them were read before and left alone.
    pub already: usize,
    /// Findings after the detectors ran; `None` when they did not run.
    pub findings: Option<usize>,
    /// How long it took.
    pub seconds: f64,
    /// Whether it was stopped.
    pub cancelled: bool,
}

impl Imported {
    /// The end in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let events: u64 = self.sources.iter().map(|s| s.events).sum();
        let problems: u64 = self.sources.iter().map(|s| s.problems).sum();
        let failed = self.sources.iter().filter(|s| s.state == SourceState::Failed).count();
        let files = self.sources.len();
        let mut said = format!(
            "{} from {}, {}",
            words::counted(events, "event"),
            words::counted(files as u64, "file"),
            words::counted(problems, "problem")
        );
        if failed > 0 {
            said.push_str(&format!(", {failed} could not be read"));
        }
        if self.already > 0 {
            said.push_str(&format!(", {} already read", self.already));
        }
        match (self.cancelled, self.findings) {
            (true, _) => said.push_str("; cancelled: import the same files again to complete them"),
            (false, Some(n)) => said.push_str(&format!("; {}", words::counted(n as u64, "card"))),
            (false, None) => {}
        }
        said
    }
}

impl Progress {
    /// Nothing done yet.
    #[must_use]
    pub fn of_job(job: u64) -> Self {
        Self {
            job,
            stage: "reading".to_owned(),
            path: String::new(),
            files_done: 0,
            files: 0,
            bytes_done: 0,
            bytes: 0,
            events: 0,
            problems: 0,
            seconds: 0.0,
            message: String::new(),
            sources: Vec::new(),
        }
    }
}

/// Reads files and folders into a case, then runs the detectors.
///
/// # Errors
/// `usage` for options that do not fit, `not_found` when none of the paths exists, `busy` when another
/// program imports into the case, `failed` when the case cannot be written. Files that cannot be read
/// are no error: they become failed sources with a problem.
pub fn import(
    open: &OpenCase,
    ask: &ImportStart,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Imported, ApiError> {
    let choices = Choices::of(ask)?;
    let paths: Vec<PathBuf> = ask.paths.iter().map(PathBuf::from).collect();
    let Some(first) = paths.first() else { return Err(usage("no path to import was given")) };
    if !paths.iter().any(|p| p.symlink_metadata().is_ok()) {
        return Err(ApiError::not_found(format!("there is no file or folder {}", first.display())));
    }
    let (files, refusals) = discover(&paths);
    let left_out = |path: &Path| choices.left_out(&path.display().to_string());
    let own = CaseFiles::of(open);
    let files: Vec<PathBuf> = files.into_iter().filter(|f| !own.has(f) && !left_out(f)).collect();
    let refusals: Vec<Refusal> = refusals.into_iter().filter(|r| !left_out(&r.path)).collect();
    news::watched(open, "import", || {
        run::Run::new(open, choices, ask.again, cancel, tell).all(files, refusals)
    })
}

/// Runs the detectors, all or only these, and keeps their findings in the case.
///
/// # Errors
/// `usage` for a detector that does not exist; `cancelled`; what the case says.
pub fn detect(open: &OpenCase, only: Option<&[String]>, cancel: &AtomicBool) -> Result<Detected, ApiError> {
    for id in only.unwrap_or_default() {
        if !timberline_detect::DETECTORS.iter().any(|d| d.about().id == id) {
            return Err(usage(&format!("there is no detector '{id}'; `timberline detectors` lists them")));
        }
    }
    let ctx = Ctx { cancel: Some(cancel), deadline: None };
    let given = given::load(open)?;
    let outcome = timberline_detect::run_given(
        open.events(),
        TimeRange::ALL,
        &Knobs::default(),
        only,
        given.given(),
        &ctx,
    )?;
    let mut findings: Vec<Finding> = outcome.findings.clone();
    let mut ruled = None;
    match only {
        Some(only) => {
            findings.extend(open.case.findings()?.into_iter().filter(|f| !only.contains(&f.detector)));
        }
        // The case's rules run whenever all detectors do; files that are gone are no reason to keep nothing.
        None => {
            let paths: Vec<PathBuf> = rules::remembered(open)?.into_iter().filter(|p| p.exists()).collect();
            if !paths.is_empty() {
                let (cards, report) = rules::run(open, &paths, &ctx)?;
                findings.extend(cards);
                ruled = Some(report);
            }
        }
    }
    let kinds: FxHashMap<u32, String> = open.case.sources()?.into_iter().map(|s| (s.id, s.format)).collect();
    let kind_of = |source: u32| kinds.get(&source).cloned().unwrap_or_default();
    let findings = timberline_detect::story::tell(findings, &kind_of, open.events(), TimeRange::ALL, &ctx)?;
    open.case.replace_findings(&findings)?;
    open.forget_cards();
    if only.is_none() {
        open.case.set_note(DETECTED_NOTE, &detected_for(&open.case.sources()?))?;
    }
    let cards = findings.iter().filter(|f| f.within.is_none()).count();
    Ok(Detected { outcome, rules: ruled, given, cards })
}

/// What detectors and rules found.
pub struct Detected {
    /// The detectors'.
    pub outcome: Outcome,
    /// How the case's Sigma rules fared, where it has some.
    pub rules: Option<rules::Report>,
    /// What the case's lists say, and what of them is not looked for.
    pub given: given::Loaded,
    /// Cards in the case now.
    pub cards: usize,
}

/// The key of the note that says for which sources the detectors ran last.
const DETECTED_NOTE: &str = "detected";

/// What the detectors' findings depend on: this version of them and these sources.
fn detected_for(sources: &[Source]) -> String {
    let one = |s: &Source| match s.clock_offset_ns {
        0 => format!("{}:{}", s.id, s.events),
        ns => format!("{}:{}:{ns}", s.id, s.events),
    };
    let ids: Vec<String> = sources.iter().map(one).collect();
    format!("{} {}", env!("CARGO_PKG_VERSION"), ids.join(","))
}

/// The case's own file and those of SQLite beside it: a folder may hold both logs and case.
struct CaseFiles(Option<String>);

impl CaseFiles {
    fn of(open: &OpenCase) -> Self {
        Self(open.path.canonicalize().ok().map(|p| p.to_string_lossy().into_owned()))
    }

    fn has(&self, path: &Path) -> bool {
        let Some(case) = &self.0 else { return false };
        let Ok(path) = path.canonicalize() else { return false };
        let rest = path.to_string_lossy();
        let rest = rest.strip_prefix(case.as_str());
        rest.is_some_and(|rest| ["", "-wal", "-shm", "-journal", ".import-lock"].contains(&rest))
    }
}
