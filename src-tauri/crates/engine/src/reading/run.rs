//! An import at work: sources are read by a few threads, each into the case under the number that the plan gave it; the
//! caller's thread adds up how far it is and hands out what is finished, in the order of the numbers.

use super::known::{Known, sha256_of};
use super::plan::{Part, Plan, Step, plan};
use super::{DETECTED_NOTE, Imported, Told, crew, detect, detected_for};
use crate::choices::Choices;
use crate::error::panic_text;
use crate::session::{OpenCase, lock};
use crate::wire::{ApiError, Progress, SourceRow};
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use timberline_formats::ReadError;
use timberline_formats::open::{Opened, Reader, Reading, Refusal};
use timberline_model::{FieldId, Flow, ProblemKind, Record, Sink, Source, SourceState};
use timberline_store::{Importing, NewSource, SourceEnd, SourceWriter};

const TELL_EVERY: Duration = Duration::from_millis(100);
/// Rows that go with a progress report: a folder may hold many thousand files.
const ROWS_TOLD: usize = 200;

/// An import.
pub struct Run<'a> {
    open: &'a OpenCase,
    choices: Choices,
    /// Whether files that were read before are read again, in the place of those.
    again: bool,
    cancel: &'a AtomicBool,
    tell: &'a mut dyn FnMut(Told<'_>),
    started: Instant,
    told_at: Option<Instant>,
    progress: Progress,
    sources: Vec<Source>,
    already: usize,
    findings: Option<usize>,
}

/// What a thread of the crew is at, for whoever looks at it from outside.
#[derive(Default)]
struct Hand {
    part: Mutex<Option<usize>>,
    row: Mutex<Option<SourceRow>>,
    bytes: AtomicU64,
    events: AtomicU64,
    problems: AtomicU64,
}

/// What came of a part of a file: its sources with their places in the plan.
type Done = (Vec<(usize, Source)>, u64);

impl<'a> Run<'a> {
    pub fn new(
        open: &'a OpenCase,
        choices: Choices,
        again: bool,
        cancel: &'a AtomicBool,
        tell: &'a mut dyn FnMut(Told<'_>),
    ) -> Self {
        Self {
            open,
            choices,
            again,
            cancel,
            tell,
            started: Instant::now(),
            told_at: None,
            progress: Progress::of_job(0),
            sources: Vec::new(),
            already: 0,
            findings: None,
        }
    }

    /// Does it all.
    pub fn all(mut self, files: Vec<PathBuf>, refused: Vec<Refusal>) -> Result<Imported, ApiError> {
        self.progress.files = (files.len() + refused.len()) as u32;
        self.progress.bytes = files.iter().map(|f| f.metadata().map_or(0, |m| m.len())).sum();
        let open = self.open;
        let importing = open.case.importing()?;
        let known = Known::of(open.case.sources()?);
        let plan = self.plan(files, refused, &known);
        for notice in &plan.notices {
            (self.tell)(Told::Notice(notice));
        }
        self.forget(&importing, &plan)?;
        self.read(&importing, &plan)?;
        drop(importing);
        self.detect()?;
        Ok(Imported {
            cancelled: self.stopped(),
            seconds: self.started.elapsed().as_secs_f64(),
            sources: self.sources,
            already: self.already,
            findings: self.findings,
        })
    }

    fn stopped(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    fn tell_progress(&mut self) {
        self.progress.seconds = self.started.elapsed().as_secs_f64();
        self.told_at = Some(Instant::now());
        (self.tell)(Told::Progress(&self.progress));
    }

    fn due(&self) -> bool {
        self.told_at.is_none_or(|at| at.elapsed() >= TELL_EVERY)
    }

    /// Looks at all files.
    fn plan(&mut self, files: Vec<PathBuf>, refused: Vec<Refusal>, known: &Known) -> Plan {
        let choices = self.choices.clone();
        let (again, cancel) = (self.again, self.cancel);
        plan(files, refused, known, &choices, again, cancel, &mut |file| {
            if self.due() {
                self.progress.path = file.display().to_string();
                self.tell_progress();
            }
        })
    }

    /// Takes back what an import that was killed or cancelled, or that failed, left of these files.
    fn forget(&mut self, importing: &Importing<'_>, plan: &Plan) -> Result<(), ApiError> {
        if self.stopped() {
            return Ok(());
        }
        for source in plan.unfinished.iter().filter(|s| s.state == SourceState::Incomplete) {
            let said =
                format!("{} was read in part before (source {}); it is read anew", source.path, source.id);
            (self.tell)(Told::Notice(&said));
        }
        let mut ids: Vec<u32> = plan.unfinished.iter().map(|s| s.id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(importing.remove(&ids)?)
    }

    /// Reads what is to be read, and keeps what is refused.
    fn read(&mut self, importing: &Importing<'_>, plan: &Plan) -> Result<(), ApiError> {
        let taken = plan.steps.iter().filter(|(_, step)| !matches!(step, Step::Already(_)));
        let first = if self.stopped() { 1 } else { importing.reserve(taken.count())? };
        let mut next = first;
        // The number of each step's source; for those that are there already, their own.
        let numbers: Vec<u32> = plan
            .steps
            .iter()
            .map(|(_, step)| match step {
                Step::Already(source) => source.id,
                _ => {
                    next += 1;
                    next - 1
                }
            })
            .collect();
        let hands = crew::hands(plan.parts.len());
        let at: Vec<Hand> = (0..hands).map(|_| Hand::default()).collect();
        let abort = AtomicBool::new(false);
        let work = Work {
            importing,
            plan,
            numbers: &numbers,
            steps: steps_of(plan),
            cancel: self.cancel,
            abort: &abort,
        };
        // The largest first, so that no thread is left alone with it at the end.
        let mut order: Vec<usize> = (0..plan.parts.len()).collect();
        order.sort_by_key(|n| {
            std::cmp::Reverse(plan.parts[*n].unit.sources.iter().map(|s| s.bytes).sum::<u64>())
        });
        let mut ledger = Ledger::new(plan);
        let mut failed = None;
        self.keep_up(&mut ledger, &work)?;
        crew::work(hands, &order, &|hand, part| work.part(&at[hand], part), &mut |made| {
            if failed.is_some() {
                return;
            }
            let taken = match made {
                None => Ok(()),
                Some((part, Ok(done))) => {
                    ledger.part(plan, part, done);
                    self.keep_up(&mut ledger, &work)
                }
                Some((_, Err(why))) => Err(why),
            };
            match taken {
                Ok(()) if self.due() => self.look(&ledger, &at),
                Ok(()) => {}
                Err(why) => {
                    abort.store(true, Ordering::Relaxed);
                    failed = Some(why);
                }
            }
        });
        if let Some(why) = failed {
            return Err(why);
        }
        // A stop leaves gaps: what was read behind them is told too.
        ledger.gaps = true;
        self.keep_up(&mut ledger, &work)?;
        self.progress.sources = self.rows();
        self.progress.events = self.sources.iter().map(|s| s.events).sum();
        self.progress.problems = self.sources.iter().map(|s| s.problems).sum();
        self.tell_progress();
        Ok(())
    }

    /// Hands out the sources that are finished and whose turn it is, and keeps refused ones as theirs comes.
    fn keep_up(&mut self, ledger: &mut Ledger, work: &Work<'_, '_>) -> Result<(), ApiError> {
        let before = ledger.at;
        while ledger.at < work.plan.steps.len() {
            let (file, step) = &work.plan.steps[ledger.at];
            let number = work.numbers[ledger.at];
            let source = match step {
                Step::Already(source) => {
                    self.already += 1;
                    (**source).clone()
                }
                Step::Refuse(..) if self.stopped() => {
                    ledger.at += 1;
                    continue;
                }
                Step::Refuse(refusal, sha256) => work.refuse(number, refusal, sha256)?,
                Step::Read(part, n) => match ledger.done[ledger.at].take() {
                    Some(source) => match &work.plan.parts[*part].replaces[*n] {
                        Some(old) => self.replace(work.importing, source, old)?,
                        None => self.with_twin(work.importing, source)?,
                    },
                    None if ledger.gaps => {
                        ledger.at += 1;
                        continue;
                    }
                    None => break,
                },
            };
            ledger.step(work.plan, *file);
            ledger.at += 1;
            (self.tell)(Told::Source(&source));
            self.sources.push(source);
        }
        self.progress.files_done = ledger.files_done;
        self.progress.bytes_done = ledger.bytes_done;
        if ledger.at != before && self.due() {
            self.progress.sources = self.rows();
        }
        Ok(())
    }

    /// Removes a source whose file was read again, if that went well; its clock stays as it was set.
    fn replace(&mut self, importing: &Importing<'_>, new: Source, old: &Source) -> Result<Source, ApiError> {
        if new.state != SourceState::Complete {
            return Ok(new);
        }
        importing.remove(&[old.id])?;
        (self.tell)(Told::Notice(&format!("source {} was read again and is source {} now", old.id, new.id)));
        if old.clock_offset_ns == 0 {
            return Ok(new);
        }
        Ok(importing.set_clock_offset(new.id, old.clock_offset_ns)?)
    }

    /// Says where the bytes of a source are in the case already.
    fn with_twin(&self, importing: &Importing<'_>, source: Source) -> Result<Source, ApiError> {
        if source.state != SourceState::Complete || source.events == 0 {
            return Ok(source);
        }
        let twin = self
            .sources
            .iter()
            .find(|s| s.id != source.id && s.state == SourceState::Complete && s.sha256 == source.sha256);
        let Some(twin) = twin else { return Ok(source) };
        let said = format!(
            "the same bytes are in the case as source {} ({}): their events count twice; remove one of the two",
            twin.id, twin.path
        );
        Ok(importing.remark(source.id, ProblemKind::Assumed, &said)?)
    }

    fn rows(&self) -> Vec<SourceRow> {
        let from = self.sources.len().saturating_sub(ROWS_TOLD);
        crate::ops::cases::source_rows(self.sources.get(from..).unwrap_or_default())
    }

    /// Tells how far the crew is.
    fn look(&mut self, ledger: &Ledger, hands: &[Hand]) {
        let mut now = self.progress.clone();
        let sum = |of: fn(&Source) -> u64| {
            self.sources.iter().map(of).sum::<u64>() + ledger.done.iter().flatten().map(of).sum::<u64>()
        };
        (now.events, now.problems) = (sum(|s| s.events), sum(|s| s.problems));
        let mut rows = self.rows();
        for hand in hands {
            if lock(&hand.part).is_none() {
                continue;
            }
            let (events, problems) =
                (hand.events.load(Ordering::Relaxed), hand.problems.load(Ordering::Relaxed));
            now.events += events;
            now.problems += problems;
            now.bytes_done += hand.bytes.load(Ordering::Relaxed);
            if let Some(row) = lock(&hand.row).clone() {
                now.path.clone_from(&row.path);
                rows.push(SourceRow { events, problems, ..row });
            }
        }
        now.bytes_done = now.bytes_done.min(now.bytes);
        now.seconds = self.started.elapsed().as_secs_f64();
        now.sources = rows;
        self.told_at = Some(Instant::now());
        (self.tell)(Told::Progress(&now));
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
            Ok(found) => self.findings = Some(found.cards),
            Err(why) if why.code == "cancelled" => {}
            Err(why) => return Err(why),
        }
        Ok(())
    }
}

/// The place in the plan of each source of each part.
fn steps_of(plan: &Plan) -> FxHashMap<(usize, usize), usize> {
    let read = plan.steps.iter().enumerate().filter_map(|(at, (_, step))| match step {
        Step::Read(part, n) => Some(((*part, *n), at)),
        _ => None,
    });
    read.collect()
}

/// What is finished, and what was told of it.
struct Ledger {
    /// By place in the plan.
    done: Vec<Option<Source>>,
    /// The place whose turn it is to be told.
    at: usize,
    /// Whether what is missing will not come any more.
    gaps: bool,
    /// For each file: sources that are not told yet, and bytes of it that its parts read.
    files: Vec<(usize, u64)>,
    files_done: u32,
    bytes_done: u64,
}

impl Ledger {
    fn new(plan: &Plan) -> Self {
        let mut files: Vec<(usize, u64)> = plan.files.iter().map(|_| (0, 0)).collect();
        for file in plan.steps.iter().filter_map(|(file, _)| *file) {
            files[file].0 += 1;
        }
        let without = files.iter().filter(|(steps, _)| *steps == 0).count();
        let bytes =
            plan.files.iter().zip(&files).filter(|(_, f)| f.0 == 0).map(|((_, bytes), _)| bytes).sum();
        let done = plan.steps.iter().map(|_| None).collect();
        Self { done, at: 0, gaps: false, files, files_done: without as u32, bytes_done: bytes }
    }

    /// A part was read.
    fn part(&mut self, plan: &Plan, part: usize, (sources, bytes): Done) {
        for (at, source) in sources {
            self.done[at] = Some(source);
        }
        let file = plan.parts[part].file;
        let left = plan.files[file].1.saturating_sub(self.files[file].1);
        self.files[file].1 += bytes.min(left);
        self.bytes_done += bytes.min(left);
    }

    /// A source was told; with the last one of a file, the file is done.
    fn step(&mut self, plan: &Plan, file: Option<usize>) {
        let Some(file) = file else {
            self.files_done += 1;
            return;
        };
        self.files[file].0 -= 1;
        if self.files[file].0 == 0 {
            self.files_done += 1;
            self.bytes_done += plan.files[file].1.saturating_sub(self.files[file].1);
        }
    }
}

/// What the threads of the crew share.
struct Work<'w, 'c> {
    importing: &'w Importing<'c>,
    plan: &'w Plan,
    numbers: &'w [u32],
    steps: FxHashMap<(usize, usize), usize>,
    cancel: &'w AtomicBool,
    /// Set when the case cannot be written: nobody need read on.
    abort: &'w AtomicBool,
}

impl Work<'_, '_> {
    fn stopped(&self) -> bool {
        self.cancel.load(Ordering::Relaxed) || self.abort.load(Ordering::Relaxed)
    }

    /// Keeps a refusal as a failed source with one problem.
    fn refuse(&self, number: u32, refusal: &Refusal, sha256: &str) -> Result<Source, ApiError> {
        let new = NewSource {
            path: refusal.path.display().to_string(),
            why: refusal.message.clone(),
            bytes: refusal.bytes,
            ..NewSource::default()
        };
        let end = SourceEnd {
            sha256: sha256.to_owned(),
            decoded_bytes: 0,
            bytes: refusal.bytes,
            zone: String::new(),
            year_rule: None,
            encoding: String::new(),
            seconds: 0.0,
            state: SourceState::Failed,
        };
        Ok(self.importing.refuse(number, &new, &end, refusal.kind, &refusal.message)?)
    }

    /// Reads a part of a file.
    fn part(&self, hand: &Hand, part: usize) -> Result<Done, ApiError> {
        let this = &self.plan.parts[part];
        if self.stopped() || !this.wanted.iter().any(|w| *w) {
            return Ok((Vec::new(), 0));
        }
        for count in [&hand.bytes, &hand.events, &hand.problems] {
            count.store(0, Ordering::Relaxed);
        }
        *lock(&hand.part) = Some(part);
        let (mut done, mut failed) = (Vec::new(), None);
        let mut progress = |bytes: u64| {
            hand.bytes.store(bytes, Ordering::Relaxed);
            if self.stopped() { Flow::Stop } else { Flow::Continue }
        };
        let mut each = |n: usize, reader: &mut Reader<'_, '_>| {
            let Some(at) = self.steps.get(&(part, n)).filter(|_| this.wanted[n] && !self.stopped()) else {
                return if self.stopped() { Flow::Stop } else { Flow::Continue };
            };
            match self.source(hand, this, n, self.numbers[*at], reader) {
                Ok(source) => {
                    done.push((*at, source));
                    Flow::Continue
                }
                Err(why) => {
                    failed = Some(why);
                    Flow::Stop
                }
            }
        };
        let walked = catch_unwind(AssertUnwindSafe(|| this.unit.read(&mut progress, &mut each)));
        *lock(&hand.row) = None;
        *lock(&hand.part) = None;
        if let Some(why) = failed {
            return Err(why);
        }
        if !self.stopped() {
            let why = match walked {
                Ok(Ok(())) => "it was not met again when it was to be read: the archive changed".to_owned(),
                Ok(Err(why)) => format!("cannot be read: {why}"),
                Err(fault) => format!("unpacking met a fault in Timberline: {}", panic_text(&*fault)),
            };
            for (n, opened) in this.unit.sources.iter().enumerate() {
                let Some(at) = self.steps.get(&(part, n)) else { continue };
                if !done.iter().any(|(there, _)| there == at) {
                    let (kind, message) = (ProblemKind::Unreadable, why.clone());
                    let refusal =
                        Refusal { path: PathBuf::from(&opened.path), bytes: opened.bytes, kind, message };
                    done.push((*at, self.refuse(self.numbers[*at], &refusal, "")?));
                }
            }
        }
        Ok((done, hand.bytes.load(Ordering::Relaxed)))
    }

    /// Reads a source.
    fn source(
        &self,
        hand: &Hand,
        part: &Part,
        n: usize,
        number: u32,
        reader: &mut Reader<'_, '_>,
    ) -> Result<Source, ApiError> {
        let started = Instant::now();
        let opened = &part.unit.sources[n];
        let writer = self.importing.begin(
            number,
            &NewSource {
                path: opened.path.clone(),
                format: opened.format.about().id.to_owned(),
                confidence: opened.confidence,
                why: opened.why.clone(),
                bytes: opened.bytes,
                zone: opened.zone.clone(),
                year_rule: opened.year_rule.clone(),
                encoding: opened.encoding.clone(),
                packing: opened.packing.clone(),
                archive_sha256: part.archive_sha256.clone(),
                rotated_set: opened.set.clone().unwrap_or_default(),
            },
        )?;
        hand.events.store(0, Ordering::Relaxed);
        hand.problems.store(0, Ordering::Relaxed);
        *lock(&hand.row) = Some(row_being_read(number, opened));
        let mut sink = Watched { writer, work: self, hand, events: 0, problems: 0 };
        if let Some(id) = part.before[n] {
            let said = format!(
                "this path was read before with other content, as source {id}; both are in the case now"
            );
            sink.problem(ProblemKind::Assumed, 0, 0, 0, &said, b"");
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| reader.read(&mut sink))).map_err(|f| panic_text(&*f));
        let ended = self.judge(part.unit.file(), opened, outcome, &mut sink);
        Ok(sink.writer.finish(SourceEnd { seconds: started.elapsed().as_secs_f64(), ..ended })?)
    }

    /// What the end of reading means for the source; adds the problems that are the file's as a whole.
    fn judge(
        &self,
        file: &Path,
        opened: &Opened,
        outcome: Result<Result<Reading, ReadError>, String>,
        sink: &mut Watched<'_, '_, '_>,
    ) -> SourceEnd {
        let mut end = SourceEnd {
            sha256: String::new(),
            decoded_bytes: 0,
            bytes: opened.bytes,
            zone: opened.zone.clone(),
            year_rule: opened.year_rule.clone(),
            encoding: opened.encoding.clone(),
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
                end.encoding = reading.encoding;
            }
            Ok(Err(ReadError::Io { offset, why })) => {
                let said =
                    format!("reading stopped at byte {offset}: {why}; what comes before is in the case");
                sink.problem(ProblemKind::Unreadable, 0, offset, 0, &said, b"");
                end.decoded_bytes = offset;
                if !opened.is_member() {
                    end.sha256 = sha256_of(file, self.cancel).unwrap_or_default();
                }
            }
            Err(fault) => {
                let said = format!(
                    "reading as {} met a fault in Timberline and was stopped ({fault}); what was read before is in the \
                     case; try another --format",
                    opened.format.about().id
                );
                sink.problem(ProblemKind::Unreadable, 0, 0, 0, &said, b"");
            }
        }
        end
    }
}

fn row_being_read(id: u32, opened: &Opened) -> SourceRow {
    let about = opened.format.about();
    SourceRow {
        id,
        path: opened.path.clone(),
        name: opened.path.rsplit(['/', '\\', '!']).next().unwrap_or_default().to_owned(),
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
        encoding: opened.encoding.clone(),
        packing: opened.packing.clone(),
        archive_sha256: String::new(),
        set: opened.set.clone(),
        seconds: 0.0,
        coverage: 0.0,
        state: SourceState::Incomplete,
    }
}

/// The writer, with a count of what went in and an eye on the cancel flag.
struct Watched<'w, 'h, 'c> {
    writer: SourceWriter<'c>,
    work: &'w Work<'w, 'c>,
    hand: &'h Hand,
    events: u64,
    problems: u64,
}

impl Sink for Watched<'_, '_, '_> {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.writer.field(name)
    }

    #[inline]
    fn event(&mut self, record: &Record<'_>) -> Flow {
        self.events += 1;
        // Now and then only: the flag and the counts are shared between cores.
        if self.events.is_multiple_of(1_024) {
            self.hand.events.store(self.events, Ordering::Relaxed);
            if self.work.stopped() {
                return Flow::Stop;
            }
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
        self.problems += 1;
        self.hand.problems.store(self.problems, Ordering::Relaxed);
        self.writer.problem(kind, line, offset, bytes, message, excerpt)
    }

    fn filler(&mut self, bytes: u64) {
        self.writer.filler(bytes);
    }
}
