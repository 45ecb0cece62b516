//! An import from its first file to the cards: discover, probe, skip or read, store, detect. Runs on the
//! caller's thread, so the command line and the job of the window are the same. Formats are not known
//! here, nor how a case is stored.

use crate::choices::Choices;
use crate::error::{panic_text, usage};
use crate::ops::known;
use crate::session::OpenCase;
use crate::wire::{ApiError, ImportStart, Progress, SourceRow};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use timberline_detect::{Knobs, Outcome};
use timberline_formats::ReadError;
use timberline_formats::open::{Opened, Reading, Refusal, discover, probe};
use timberline_model::{
    Ctx, FieldId, Finding, Flow, ProblemKind, Record, Sink, Source, SourceState, TimeRange,
};
use timberline_store::{NewSource, SourceEnd, SourceWriter};

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
            known::counted(events, "event"),
            known::counted(files as u64, "file"),
            known::counted(problems, "problem")
        );
        if failed > 0 {
            said.push_str(&format!(", {failed} could not be read"));
        }
        if self.already > 0 {
            said.push_str(&format!(", {} already read", self.already));
        }
        match (self.cancelled, self.findings) {
            (true, _) => said.push_str("; cancelled: import the same files again to complete them"),
            (false, Some(n)) => said.push_str(&format!("; {}", known::counted(n as u64, "card"))),
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
    let left_out = |path: &Path| choices.skipped(&path.display().to_string());
    let files: Vec<PathBuf> = files.into_iter().filter(|f| !is_case_file(open, f) && !left_out(f)).collect();
    let refusals: Vec<Refusal> = refusals.into_iter().filter(|r| !left_out(&r.path)).collect();
    let mut run = Run::new(open, choices, cancel, tell, &files, refusals.len());
    run.again = ask.again;
    for refusal in &refusals {
        if run.stopped() {
            break;
        }
        run.refuse(refusal)?;
    }
    for file in &files {
        if run.stopped() {
            break;
        }
        run.file(file)?;
    }
    run.detect()?;
    Ok(run.end())
}

/// Runs the detectors, all or only these, and keeps their findings in the case.
///
/// # Errors
/// `usage` for a detector that does not exist; `cancelled`; what the case says.
pub fn detect(open: &OpenCase, only: Option<&[String]>, cancel: &AtomicBool) -> Result<Outcome, ApiError> {
    for id in only.unwrap_or_default() {
        if !timberline_detect::DETECTORS.iter().any(|d| d.about().id == id) {
            return Err(usage(&format!("there is no detector '{id}'; `timberline detectors` lists them")));
        }
    }
    let ctx = Ctx { cancel: Some(cancel), deadline: None };
    let outcome = timberline_detect::run(open.events(), TimeRange::ALL, &Knobs::default(), only, &ctx)?;
    let mut findings: Vec<Finding> = outcome.findings.clone();
    if let Some(only) = only {
        findings.extend(open.case.findings()?.into_iter().filter(|f| !only.contains(&f.detector)));
    }
    open.case.replace_findings(&findings)?;
    open.forget_cards();
    if only.is_none() {
        open.case.set_note(DETECTED_NOTE, &detected_for(&open.case.sources()?))?;
    }
    Ok(outcome)
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

/// Whether a path is the case's own file or one of SQLite's beside it: a folder may hold both logs and case.
fn is_case_file(open: &OpenCase, path: &Path) -> bool {
    let Ok(case) = open.path.canonicalize() else { return false };
    let Ok(path) = path.canonicalize() else { return false };
    let (case, path) = (case.to_string_lossy().into_owned(), path.to_string_lossy().into_owned());
    path.strip_prefix(&case).is_some_and(|rest| ["", "-wal", "-shm", "-journal"].contains(&rest))
}

/// SHA-256 of a file as it lies on the disk; `None` when it cannot be read or the import was stopped.
pub(crate) fn sha256_of(path: &Path, cancel: &AtomicBool) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut block = vec![0u8; 1 << 20];
    loop {
        match file.read(&mut block).ok()? {
            0 => break,
            n => hash.update(block.get(..n)?),
        }
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
    }
    Some(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// Whether two paths name one file, however they are written.
fn same_file(stored: &str, path: &Path) -> bool {
    Path::new(stored) == path
        || matches!((Path::new(stored).canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// What was found at the path of a file that is to be read.
enum Before {
    /// Nothing that matters.
    New,
    /// The same bytes were read to the end: nothing to do.
    Same(Box<Source>),
    /// Other bytes were read under this path, as the source with this number.
    Other(u32),
}

struct Run<'a> {
    open: &'a OpenCase,
    choices: Choices,
    cancel: &'a AtomicBool,
    tell: &'a mut dyn FnMut(Told<'_>),
    started: Instant,
    told_at: Cell<Option<Instant>>,
    progress: Progress,
    sources: Vec<Source>,
    already: usize,
    findings: Option<usize>,
    /// Whether files that were read before are read again, in the place of those.
    again: bool,
}

impl<'a> Run<'a> {
    const TELL_EVERY: Duration = Duration::from_millis(100);
    /// Rows that go with a progress report: a folder may hold many thousand files.
    const ROWS_TOLD: usize = 200;

    fn new(
        open: &'a OpenCase,
        choices: Choices,
        cancel: &'a AtomicBool,
        tell: &'a mut dyn FnMut(Told<'_>),
        files: &[PathBuf],
        refused: usize,
    ) -> Self {
        let bytes = files.iter().map(|f| f.metadata().map_or(0, |m| m.len())).sum();
        let progress = Progress { files: (files.len() + refused) as u32, bytes, ..Progress::of_job(0) };
        Self {
            open,
            choices,
            cancel,
            tell,
            started: Instant::now(),
            told_at: Cell::new(None),
            progress,
            sources: Vec::new(),
            already: 0,
            findings: None,
            again: false,
        }
    }

    fn stopped(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    fn tell_progress(&mut self) {
        self.progress.seconds = self.started.elapsed().as_secs_f64();
        self.told_at.set(Some(Instant::now()));
        (self.tell)(Told::Progress(&self.progress));
    }

    /// Files the source under those of this import.
    fn done(&mut self, source: Source, bytes: u64) {
        self.progress.files_done += 1;
        self.progress.bytes_done += bytes;
        self.progress.events = self.sources.iter().map(|s| s.events).sum::<u64>() + source.events;
        self.progress.problems = self.sources.iter().map(|s| s.problems).sum::<u64>() + source.problems;
        (self.tell)(Told::Source(&source));
        self.sources.push(source);
        self.progress.sources = self.rows();
        self.tell_progress();
    }

    fn rows(&self) -> Vec<SourceRow> {
        let from = self.sources.len().saturating_sub(Self::ROWS_TOLD);
        crate::ops::cases::source_rows(self.sources.get(from..).unwrap_or_default())
    }

    /// Keeps a refusal as a failed source with one problem.
    fn refuse(&mut self, refusal: &Refusal) -> Result<(), ApiError> {
        let started = Instant::now();
        self.drop_unfinished(&refusal.path)?;
        let bytes = refusal.path.symlink_metadata().map_or(0, |m| m.len());
        let regular = refusal.path.symlink_metadata().is_ok_and(|m| m.is_file());
        let sha256 = if regular { sha256_of(&refusal.path, self.cancel) } else { None }.unwrap_or_default();
        let mut writer = self.open.case.begin_source(&NewSource {
            path: refusal.path.display().to_string(),
            format: String::new(),
            confidence: 0.0,
            why: refusal.message.clone(),
            bytes,
            zone: String::new(),
            year_rule: None,
        })?;
        writer.problem(refusal.kind, 0, 0, 0, &refusal.message, b"");
        let source = writer.finish(SourceEnd {
            sha256,
            decoded_bytes: 0,
            bytes,
            zone: String::new(),
            year_rule: None,
            seconds: started.elapsed().as_secs_f64(),
            state: SourceState::Failed,
        })?;
        self.done(source, bytes);
        Ok(())
    }

    /// Takes back what an import that was killed or cancelled, or that failed, left of this path.
    fn drop_unfinished(&mut self, path: &Path) -> Result<(), ApiError> {
        for source in self.open.case.sources()? {
            if source.state != SourceState::Complete && same_file(&source.path, path) {
                if source.state == SourceState::Incomplete {
                    let said = format!(
                        "{} was read in part before (source {}); it is read anew",
                        source.path, source.id
                    );
                    (self.tell)(Told::Notice(&said));
                }
                self.open.case.remove_source(source.id)?;
            }
        }
        Ok(())
    }

    fn before(&mut self, path: &Path) -> Result<Before, ApiError> {
        self.drop_unfinished(path)?;
        let mut found = Before::New;
        let size = path.metadata().map_or(0, |m| m.len());
        let mut sha256 = None;
        for source in self.open.case.sources()? {
            if !same_file(&source.path, path) {
                continue;
            }
            if source.bytes == size {
                if sha256.is_none() {
                    sha256 = sha256_of(path, self.cancel);
                }
                if sha256.as_deref() == Some(&source.sha256) {
                    return Ok(Before::Same(Box::new(source)));
                }
            }
            found = Before::Other(source.id);
        }
        Ok(found)
    }

    fn file(&mut self, path: &Path) -> Result<(), ApiError> {
        let size = path.metadata().map_or(0, |m| m.len());
        self.progress.path = path.display().to_string();
        self.tell_progress();
        let mut replaced = None;
        let before = match self.before(path)? {
            Before::Same(source) if self.again => {
                replaced = Some(source);
                None
            }
            Before::Same(source) => {
                let said = format!(
                    "{} was already read (source {}); remove that source to read it again",
                    source.path, source.id
                );
                (self.tell)(Told::Notice(&said));
                self.already += 1;
                self.done(*source, size);
                return Ok(());
            }
            Before::Other(id) => Some(id),
            Before::New => None,
        };
        if self.stopped() {
            return Ok(());
        }
        let options = &self.choices.for_source(&path.display().to_string());
        let probed = catch_unwind(AssertUnwindSafe(|| probe(path, options))).unwrap_or_else(|fault| {
            Err(Refusal {
                path: path.to_owned(),
                kind: ProblemKind::Unreadable,
                message: format!("finding the format met a fault in Timberline: {}", panic_text(&*fault)),
            })
        });
        match probed {
            Ok(opened) => self.read(path, &opened, before)?,
            Err(refusal) => self.refuse(&refusal)?,
        }
        match replaced {
            Some(old) => self.replace(&old),
            None => Ok(()),
        }
    }

    /// Removes a source whose file was read again, if that went well; its clock stays as it was set.
    fn replace(&mut self, old: &Source) -> Result<(), ApiError> {
        let Some(new) = self.sources.last().filter(|s| s.state == SourceState::Complete).map(|s| s.id) else {
            return Ok(());
        };
        self.open.case.remove_source(old.id)?;
        if old.clock_offset_ns != 0 {
            let moved = self.open.case.set_clock_offset(new, old.clock_offset_ns)?;
            if let Some(last) = self.sources.last_mut() {
                *last = moved;
            }
        }
        (self.tell)(Told::Notice(&format!("source {} was read again and is source {new} now", old.id)));
        Ok(())
    }

    fn read(&mut self, path: &Path, opened: &Opened, before: Option<u32>) -> Result<(), ApiError> {
        let started = Instant::now();
        let writer = self.open.case.begin_source(&NewSource {
            path: path.display().to_string(),
            format: opened.format.about().id.to_owned(),
            confidence: opened.confidence,
            why: opened.why.clone(),
            bytes: opened.bytes,
            zone: opened.zone.clone(),
            year_rule: opened.year_rule.clone(),
        })?;
        let row = row_being_read(writer.id(), path, opened);
        let counts = Counts::default();
        let mut sink = Watched { writer, cancel: self.cancel, counts: &counts };
        if let Some(id) = before {
            let said = format!(
                "this path was read before with other content, as source {id}; both are in the case now"
            );
            sink.problem(ProblemKind::Assumed, 0, 0, 0, &said, b"");
        }
        let outcome = self.read_records(opened, &mut sink, &row);
        let ended = self.judge(path, opened, outcome, &mut sink)?;
        let source = sink.writer.finish(SourceEnd { seconds: started.elapsed().as_secs_f64(), ..ended })?;
        self.done(source, opened.bytes);
        Ok(())
    }

    /// Lets the format read; a panic in it comes back as its message.
    fn read_records(
        &mut self,
        opened: &Opened,
        sink: &mut Watched<'_>,
        row: &SourceRow,
    ) -> Result<Result<Reading, ReadError>, String> {
        let counts = sink.counts;
        let base = self.progress.clone();
        let (tell, told_at, started, cancel) = (&mut *self.tell, &self.told_at, self.started, self.cancel);
        let mut progress = |consumed: u64| {
            if told_at.get().is_none_or(|at| at.elapsed() >= Self::TELL_EVERY) {
                told_at.set(Some(Instant::now()));
                let mut now = base.clone();
                now.bytes_done += consumed.min(opened.bytes);
                let (events, problems) = (counts.events.get(), counts.problems.get());
                now.events += events;
                now.problems += problems;
                now.seconds = started.elapsed().as_secs_f64();
                now.sources.push(SourceRow { events, problems, ..row.clone() });
                tell(Told::Progress(&now));
            }
            if cancel.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
        };
        catch_unwind(AssertUnwindSafe(|| opened.read(sink, &mut progress)))
            .map_err(|fault| panic_text(&*fault))
    }

    /// What the end of reading means for the source; adds the problems that are the file's as a whole.
    fn judge(
        &self,
        path: &Path,
        opened: &Opened,
        outcome: Result<Result<Reading, ReadError>, String>,
        sink: &mut Watched<'_>,
    ) -> Result<SourceEnd, ApiError> {
        let mut end = SourceEnd {
            sha256: String::new(),
            decoded_bytes: 0,
            bytes: opened.bytes,
            zone: opened.zone.clone(),
            year_rule: opened.year_rule.clone(),
            seconds: 0.0,
            state: SourceState::Incomplete,
        };
        match outcome {
            Ok(Ok(reading)) => {
                if !self.stopped() {
                    end.state = SourceState::Complete;
                }
                if reading.changed {
                    let said =
                        "the file changed while it was read; import it again once nothing writes to it";
                    sink.problem(ProblemKind::Changed, 0, 0, 0, said, b"");
                }
                end.sha256 = reading.sha256;
                end.decoded_bytes = reading.decoded_bytes;
                end.bytes = reading.bytes;
                end.zone = reading.zone;
                end.year_rule = reading.year_rule;
            }
            Ok(Err(ReadError::Io { offset, why })) => {
                // A stream that ends too early is all there is of this file; a disk that fails is not.
                let cut = matches!(
                    why.kind(),
                    std::io::ErrorKind::UnexpectedEof
                        | std::io::ErrorKind::InvalidData
                        | std::io::ErrorKind::InvalidInput
                );
                let kind = if cut { ProblemKind::Truncated } else { ProblemKind::Unreadable };
                let said =
                    format!("reading stopped at byte {offset}: {why}; what comes before is in the case");
                sink.problem(kind, 0, offset, 0, &said, b"");
                end.decoded_bytes = offset;
                if let Some(sha256) = sha256_of(path, self.cancel) {
                    end.sha256 = sha256;
                    if cut {
                        end.state = SourceState::Complete;
                    }
                }
            }
            Err(fault) => {
                let said = format!(
                    "reading as {} met a fault in Timberline and was stopped ({fault}); try another --format",
                    opened.format.about().id
                );
                sink.problem(ProblemKind::Unreadable, 0, 0, 0, &said, b"");
            }
        }
        if end.state == SourceState::Complete && sink.counts.events.get() == 0 && !sink.counts.explained.get()
        {
            sink.problem(ProblemKind::NoEvents, 0, 0, 0, &self.why_no_events(opened, &end), b"");
        }
        if end.state == SourceState::Complete
            && sink.counts.events.get() > 0
            && let Some(twin) = self.open.case.sources()?.into_iter().find(|s| {
                s.id != sink.writer.id()
                    && s.state == SourceState::Complete
                    && s.sha256 == end.sha256
                    && !(self.again && same_file(&s.path, path))
            })
        {
            let said = format!(
                "the same bytes are in the case as source {} ({}): their events count twice; remove one of the two",
                twin.id, twin.path
            );
            sink.problem(ProblemKind::Assumed, 0, 0, 0, &said, b"");
        }
        Ok(end)
    }

    fn why_no_events(&self, opened: &Opened, end: &SourceEnd) -> String {
        if end.decoded_bytes == 0 {
            "the file is empty".to_owned()
        } else if self.choices.bounded() {
            "no event of this file lies in the range that was asked for; try without --since and --until"
                .to_owned()
        } else {
            format!(
                "read as {}, and not one event came of it; look at its problems, or try another --format",
                opened.format.about().id
            )
        }
    }

    fn detect(&mut self) -> Result<(), ApiError> {
        if self.stopped()
            || self.open.case.note(DETECTED_NOTE)? == Some(detected_for(&self.open.case.sources()?))
        {
            return Ok(());
        }
        self.progress.stage = "detecting".to_owned();
        self.progress.path = String::new();
        self.tell_progress();
        match detect(self.open, None, self.cancel) {
            Ok(outcome) => self.findings = Some(outcome.findings.len()),
            Err(why) if why.code == "cancelled" => {}
            Err(why) => return Err(why),
        }
        Ok(())
    }

    fn end(self) -> Imported {
        Imported {
            cancelled: self.stopped(),
            seconds: self.started.elapsed().as_secs_f64(),
            sources: self.sources,
            already: self.already,
            findings: self.findings,
        }
    }
}

fn row_being_read(id: u32, path: &Path, opened: &Opened) -> SourceRow {
    let about = opened.format.about();
    SourceRow {
        id,
        path: path.display().to_string(),
        name: path
            .file_name()
            .map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned()),
        format: about.id.to_owned(),
        format_title: about.title.to_owned(),
        confidence: opened.confidence,
        why: opened.why.clone(),
        bytes: opened.bytes,
        decoded_bytes: 0,
        sha256: String::new(),
        events: 0,
        problems: 0,
        undated: 0,
        first_us: None,
        last_us: None,
        clock_offset: "0".to_owned(),
        zone: opened.zone.clone(),
        year_rule: opened.year_rule.clone(),
        seconds: 0.0,
        coverage: 0.0,
        state: SourceState::Incomplete,
    }
}

/// The writer, with a count of what went in and an eye on the cancel flag.
struct Watched<'c> {
    writer: SourceWriter<'c>,
    cancel: &'c AtomicBool,
    counts: &'c Counts,
}

/// What went into a writer so far; seen by the progress report while the writer is in use.
#[derive(Default)]
struct Counts {
    events: Cell<u64>,
    problems: Cell<u64>,
    /// Whether the format has said itself why no event came.
    explained: Cell<bool>,
}

impl Sink for Watched<'_> {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.writer.field(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        let n = self.counts.events.get() + 1;
        self.counts.events.set(n);
        // Now and then only: the flag is shared between cores.
        if n.is_multiple_of(4_096) && self.cancel.load(Ordering::Relaxed) {
            return Flow::Stop;
        }
        self.writer.event(record)
    }

    fn problem(
        &mut self,
        kind: ProblemKind,
        line: u64,
        offset: u64,
        bytes: u64,
        message: &str,
        excerpt: &[u8],
    ) -> Flow {
        self.counts.problems.set(self.counts.problems.get() + 1);
        if kind == ProblemKind::NoEvents {
            self.counts.explained.set(true);
        }
        self.writer.problem(kind, line, offset, bytes, message, excerpt)
    }

    fn filler(&mut self, bytes: u64) {
        self.writer.filler(bytes);
    }
}
