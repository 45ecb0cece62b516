//! A source: recognised by its beginning, and read from its bytes to events and problems.

use super::disk::{Block, Input};
use super::gaps::{Gaps, Passed};
use super::look::{self, Spot, modified_ns};
use super::text::{Decode, Kind, Notes, Text};
use super::walk::{Place, Stream};
use super::window::Window;
use super::{HEAD, ReadOptions, binary, zone};
use crate::coded::csv::{self, Guess};
use crate::normalise::time::Learned;
use crate::normalise::time::zone::Zone;
use crate::{Confidence, Format, Head, ParseContext, ReadError, sniff};
use std::cell::Cell;
use std::fs::{self, Metadata};
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;
use timberline_model::time::DAY;
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink, TimeRange};

/// A source that was recognised and can be read.
pub struct Opened {
    /// Its path; members of archives behind a `!` each.
    pub path: String,
    /// Its format.
    pub format: &'static dyn Format,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// Why, in words.
    pub why: String,
    /// Other formats that claim it, surest first.
    pub others: Vec<(&'static dyn Format, Confidence)>,
    /// How characters are written, in words.
    pub encoding: String,
    /// What it is packed in, outermost first.
    pub packing: Vec<String>,
    /// Size as it lies on the disk or in the archive, in bytes.
    pub bytes: u64,
    /// The zone taken for times that name none, with the rule, as far as the beginning of the source shows.
    pub zone: String,
    /// How years are found for times that name none.
    pub year_rule: Option<String>,
    /// The rotated set that it is of, and its place in it ("access.log, 3 of 5").
    pub set: Option<String>,
    spot: Arc<Spot>,
    nth: usize,
    table: Option<Guess>,
    member: bool,
    odd: Option<String>,
    options: ReadOptions,
    text: Text,
    learned: Learned,
    reference_ns: i64,
    why_year: &'static str,
    first_ns: Option<i64>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("path", &self.path).field("format", &self.format.about().id).finish()
    }
}

/// What reading a source to its end found out about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// SHA-256 of the source as it lies on the disk or in the archive, in hex; empty when reading was stopped.
    pub sha256: String,
    /// Its size there, in bytes.
    pub bytes: u64,
    /// Size after decompression and decoding.
    pub decoded_bytes: u64,
    /// Whether the file changed while it was read.
    pub changed: bool,
    /// How characters were written, in words.
    pub encoding: String,
    /// The zone taken for times that name none, with the rule.
    pub zone: String,
    /// How years were found for times that name none.
    pub year_rule: Option<String>,
}

type Why = (ProblemKind, String);

/// Whether the options fit at all.
pub(super) fn check(options: &ReadOptions) -> Result<Option<&'static dyn Format>, Why> {
    zone(options).map_err(|message| (ProblemKind::Refused, message))?;
    let Some(id) = &options.format else { return Ok(None) };
    match sniff::by_id(id) {
        Some(format) => Ok(Some(format)),
        None => {
            let known: Vec<&str> = crate::formats().iter().map(|f| f.about().id).collect();
            let message = format!("no format is called \"{id}\"; there are {}", known.join(", "));
            Err((ProblemKind::UnknownFormat, message))
        }
    }
}

/// Recognises a source: its encoding and format, and what its beginning shows of zone and years.
pub(super) fn look(
    place: &Place,
    stream: &mut Stream<'_>,
    options: ReadOptions,
    (spot, nth): (Arc<Spot>, usize),
) -> Result<Opened, Why> {
    let unreadable = |why: io::Error| (ProblemKind::Unreadable, format!("cannot be read: {why}"));
    let chosen = check(&options)?;
    let zone = zone(&options).ok().flatten();
    let watch = stream.watch;
    let zeros = pass_zeros(&mut stream.input).map_err(unreadable)?;
    let raw = stream.input.peek(HEAD * 2).map_err(unreadable)?;
    if raw.is_empty()
        && let Some(why) = watch.damage.borrow().as_ref()
    {
        return Err((ProblemKind::Unreadable, format!("cannot be unpacked: {why}")));
    }
    if watch.over.get() && zeros {
        return Err((ProblemKind::Limit, watch.over_words()));
    }
    if zeros || (!raw.is_empty() && raw.iter().all(|b| *b == 0)) {
        return Err((ProblemKind::NoEvents, "zero bytes and nothing else".to_owned()));
    }
    if let Some(what) = binary::packed(raw) {
        return Err((ProblemKind::UnknownFormat, format!("{what}: not read")));
    }
    let given = options.encoding.as_deref().and_then(|l| encoding_rs::Encoding::for_label(l.as_bytes()));
    let text = Text::of(raw, given);
    let (notes, passed) = (Notes::default(), Passed::default());
    let mut head = Vec::new();
    decoded(&mut &*raw, text, &notes, &passed)
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    let whole = raw.len() < HEAD * 2 && head.len() < HEAD;
    let name = place.path.rsplit(['!', '/', '\\']).next().unwrap_or_default();
    let mut others = sniff::ranked(&Head { bytes: &head, whole, name });
    let (format, confidence, why) = match chosen {
        Some(format) => (format, 1.0, "chosen by hand".to_owned()),
        None => {
            let best = if others.is_empty() { None } else { Some(others.remove(0)) };
            let sure = best.as_ref().is_some_and(|(_, c)| c.score >= 0.5);
            if !sure && binary::looks_binary(&head) {
                let message = "this looks like binary data, not like a log".to_owned();
                return Err((ProblemKind::UnknownFormat, message));
            }
            let (format, confidence) = best.ok_or_else(|| {
                (
                    ProblemKind::UnknownFormat,
                    "no format claims this content; choose one with --format".to_owned(),
                )
            })?;
            (format, confidence.score, confidence.why)
        }
    };
    let (reference_ns, why_year) = place.date.unwrap_or((0, "from the file's date"));
    let mut opened = Opened {
        path: place.path.clone(),
        format,
        confidence,
        why,
        others,
        encoding: text.words(),
        packing: place.packing.clone(),
        bytes: place.bytes,
        zone: String::new(),
        year_rule: None,
        table: None,
        set: None,
        spot,
        nth,
        member: place.depth > 0,
        odd: place.odd.clone(),
        options,
        text,
        learned: Learned::default(),
        reference_ns,
        why_year,
        first_ns: None,
    };
    if format.about().id == "csv" {
        opened.table = csv::guess(&head, whole, &opened.options.mappings);
    }
    opened.learn(zone, &head, whole, stream);
    Ok(opened)
}

/// Passes over the zeros that a log begins with whose writer went on when it was cut short: what it is stands behind.
/// Gives whether nothing does.
fn pass_zeros(input: &mut Block<Input<'_>>) -> io::Result<bool> {
    if input.peek(HEAD)?.len() < HEAD || input.peek(HEAD)?.iter().any(|b| *b != 0) {
        return Ok(false);
    }
    loop {
        let there = input.fill_buf()?;
        match there.iter().position(|b| *b != 0) {
            Some(n) => {
                input.consume(n);
                return Ok(false);
            }
            None if there.is_empty() => return Ok(true),
            None => {
                let n = there.len();
                input.consume(n);
            }
        }
    }
}

/// The bytes that a format reads: in UTF-8, without gaps.
fn decoded<'n>(
    input: &'n mut dyn Read,
    text: Text,
    notes: &'n Notes,
    passed: &'n Passed,
) -> Gaps<'n, Decode<'n, &'n mut dyn Read>> {
    Gaps::new(Decode::new(input, text, notes), passed, text.kind != Kind::Binary)
}

/// What was said about the source with a path, or about one in the archive with that path.
pub(super) fn options_of(sources: &[Opened], path: &str) -> ReadOptions {
    let inside =
        |o: &&Opened| o.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('!'));
    sources.iter().find(inside).or(sources.first()).map(|o| o.options.clone()).unwrap_or_default()
}

/// So much of a beginning is read to see its first time.
const FIRST: usize = 8 << 10;

/// Takes the first event that has a time.
#[derive(Default)]
struct First {
    names: FieldNames,
    ns: Option<i64>,
}

impl Sink for First {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        self.ns = record.time.map(|t| t.ns);
        if self.ns.is_some() { Flow::Stop } else { Flow::Continue }
    }

    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        Flow::Continue
    }

    fn filler(&mut self, _: u64) {}
}

/// Counts what goes by.
struct Counted<'c, R> {
    input: R,
    count: &'c Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buf)?;
        self.count.set(self.count.get() + n as u64);
        Ok(n)
    }
}

impl Opened {
    /// Reads it to its end: every byte goes to the sink in an event, in a problem or as filler. `progress` is told how many
    /// bytes of the file on disk have been read and may stop the reading. A member of an archive is gone to first; who
    /// wants all of them reads the unit.
    ///
    /// # Errors
    /// When the bytes stop coming; what came before is in the sink. Damaged or cut-off packing is no error but a
    /// [`ProblemKind::Truncated`] problem.
    pub fn read(
        &self,
        out: &mut dyn Sink,
        progress: &mut dyn FnMut(u64) -> Flow,
    ) -> Result<Reading, ReadError> {
        let mut reading = None;
        let walked = look::read(&self.spot, std::slice::from_ref(self), progress, &mut |_, reader| {
            reading = Some(reader.read(out));
            Flow::Stop
        });
        let gone = || io::Error::new(io::ErrorKind::NotFound, "it is not where it was");
        match (walked, reading) {
            (Err(why), _) => Err(ReadError::Io { offset: 0, why }),
            (Ok(()), Some(reading)) => reading,
            (Ok(()), None) => Err(ReadError::Io { offset: 0, why: gone() }),
        }
    }

    /// Which source of its unit's walk it is.
    pub(super) fn nth(&self) -> usize {
        self.nth
    }

    /// What is made of its columns, where it is a table.
    #[must_use]
    pub fn table(&self) -> Option<Guess> {
        self.table.clone()
    }

    /// Whether it is a member of an archive.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.member
    }

    /// Whether the user gave the zone.
    #[must_use]
    pub fn zone_given(&self) -> bool {
        self.options.zone.is_some()
    }

    /// Whether the user gave the year.
    #[must_use]
    pub fn year_given(&self) -> bool {
        self.options.year.is_some()
    }

    /// Whether its beginning has times of day that stay undated until somebody says the date.
    #[must_use]
    pub fn wants_date(&self) -> bool {
        self.options.date.is_none() && self.learned.dateless() > 0
    }

    fn context(&self, zone: Option<Zone>) -> ParseContext {
        ParseContext::new(zone, self.options.year, self.reference_ns, self.why_year)
            .with_date(self.options.date)
            .with_mappings(Arc::clone(&self.options.mappings))
    }

    /// Reads the beginning, and the rest too where that could change what is assumed, to learn about its times.
    fn learn(&mut self, given: Option<Zone>, head: &[u8], whole: bool, stream: &mut Stream<'_>) {
        let lines =
            if whole { head.len() } else { memchr::memrchr(b'\n', head).map_or(head.len(), |n| n + 1) };
        let mut ctx = self.context(given);
        // A format that trips over its own beginning says so when it is read.
        let _ = self.format.look_ahead(&mut &head[..lines], &ctx);
        self.learned = ctx.learned();
        if !whole && self.learned.open() {
            ctx = self.context(zone(&self.options).ok().flatten());
            let (notes, passed) = (Notes::default(), Passed::default());
            let _ = self.format.look_ahead(&mut decoded(&mut stream.input, self.text, &notes, &passed), &ctx);
            self.learned = ctx.learned();
        }
        self.zone = ctx.zone_text();
        let told = ctx.informed(&self.learned);
        self.year_rule = told.year_rule_of(&self.learned);
        let mut first = First::default();
        let _ = self.format.parse(&mut &head[..lines.min(FIRST)], &told, &mut first);
        self.first_ns = first.ns;
    }

    /// The first time in it, where times name their year.
    pub(super) fn first_stated_ns(&self) -> Option<i64> {
        self.first_ns.filter(|_| !self.learned.yearless())
    }

    /// Makes its years fit before those of the next newer file of its set, which begins on that day (ns); gives the day
    /// on which it begins itself.
    pub(super) fn precede(&mut self, after: Option<i64>) -> Option<i64> {
        if !self.learned.needs_anchor() {
            return self.first_ns;
        }
        // Lines out of order overlap a little.
        if let Some(limit) =
            after.map(|ns| ns.saturating_add(3 * DAY)).filter(|limit| *limit < self.reference_ns)
        {
            self.reference_ns = limit;
            self.why_year = "from the newer files of its set";
        }
        let year = self.learned.anchor(self.reference_ns);
        let told = self.context(None).informed(&self.learned);
        self.year_rule = told.year_rule_of(&self.learned);
        self.learned.days(year).map(|(first, _)| first)
    }

    /// Makes its years go on from the given year of the oldest file of its set, or from the last day (ns) of the next
    /// older one; gives its own last day.
    pub(super) fn follow(&mut self, before: Option<i64>) -> Option<i64> {
        let given = self.options.year.filter(|_| self.learned.yearless())?;
        let fits = |year: &i32| {
            let begins = self.learned.days(*year).map(|(first, _)| first);
            before.is_none_or(|last| begins.is_none_or(|first| first >= last.saturating_sub(3 * DAY)))
        };
        let year = (given..given.saturating_add(100)).find(fits).unwrap_or(given);
        self.options.year = Some(year);
        let told = self.context(None).informed(&self.learned);
        self.year_rule = told.year_rule_of(&self.learned);
        self.learned.days(year).map(|(_, last)| last)
    }
}

/// Reads a source that a walk stands at.
pub struct Reader<'r, 's> {
    opened: &'r Opened,
    stream: Stream<'s>,
    file: &'r Path,
    before: &'r Metadata,
}

impl<'r, 's> Reader<'r, 's> {
    pub(super) fn new(opened: &'r Opened, stream: Stream<'s>, file: &'r Path, before: &'r Metadata) -> Self {
        Self { opened, stream, file, before }
    }

    /// Reads its beginning, until the sink has enough or the format has read so many bytes. Nothing is hashed, and what
    /// only the end tells is not told.
    ///
    /// # Errors
    /// As [`Opened::read`].
    pub fn peek(&mut self, out: &mut dyn Sink, most: u64) -> Result<(), ReadError> {
        let opened = self.opened;
        let ctx = opened.context(zone(&opened.options).ok().flatten()).informed(&opened.learned);
        let (notes, passed, stopped) = (Notes::default(), Passed::default(), Cell::new(false));
        let mut window = Window::new(out, &stopped, &notes, &passed, TimeRange::ALL);
        let mut input = decoded(&mut self.stream.input, opened.text, &notes, &passed).take(most);
        opened.format.parse(&mut input, &ctx, &mut window)?;
        let (events, seen) = (window.kept, most - input.limit());
        let watch = self.stream.watch;
        if stopped.get() || watch.stopped.get() {
            return Ok(());
        }
        if watch.over.get() {
            let _ = out.problem(ProblemKind::Limit, 0, 0, 0, &watch.over_words(), &[]);
        }
        if let Some(why) = watch.damage.take() {
            let _ = out.problem(ProblemKind::Truncated, 0, 0, 0, &why, &[]);
        }
        if let Some(why) = self.nothing(events, events, seen + passed.bytes.get(), seen) {
            let _ = out.problem(ProblemKind::NoEvents, 0, 0, 0, &why, &[]);
        }
        Ok(())
    }

    /// All of it as text instead of as a log, when it has at most so many bytes: for small files that come in archives.
    ///
    /// # Errors
    /// When it is longer, or the bytes stop coming.
    pub fn text(&mut self, most: usize) -> io::Result<String> {
        let (notes, passed) = (Notes::default(), Passed::default());
        let input = decoded(&mut self.stream.input, self.opened.text, &notes, &passed);
        let mut bytes = Vec::new();
        input.take(most as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > most {
            return Err(io::Error::other(format!("it has more than {most} bytes")));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// As [`Opened::read`].
    ///
    /// # Errors
    /// As [`Opened::read`].
    pub fn read(&mut self, out: &mut dyn Sink) -> Result<Reading, ReadError> {
        let (opened, watch) = (self.opened, self.stream.watch);
        let options = &opened.options;
        let ctx = opened.context(zone(options).ok().flatten()).informed(&opened.learned);
        let (notes, passed, count) = (Notes::default(), Passed::default(), Cell::new(0));
        let range = TimeRange { from_ns: options.since_ns, to_ns: options.until_ns };
        let mut window = Window::new(out, &watch.stopped, &notes, &passed, range);
        let input = decoded(&mut self.stream.input, opened.text, &notes, &passed);
        let result = opened.format.parse(&mut Counted { input, count: &count }, &ctx, &mut window);
        let (events, kept) = (window.events, window.kept);
        let seen = count.get();
        let decoded = seen + passed.bytes.get();
        let damage = watch.damage.take();
        if !watch.stopped.get() {
            out.filler(passed.bytes.get());
            let mut remark = |kind, offset, message: &str| {
                let _ = out.problem(kind, 0, offset, 0, message, &[]);
            };
            if watch.over.get() {
                remark(ProblemKind::Limit, decoded, &watch.over_words());
            }
            if let Some(why) = &damage {
                remark(ProblemKind::Truncated, decoded, why);
            }
            self.remark_text(&notes, &passed, &mut remark);
            for assumption in ctx.remarks() {
                remark(ProblemKind::Assumed, 0, &assumption);
            }
            if let Some(odd) = &opened.odd {
                remark(ProblemKind::Refused, 0, odd);
            }
            if let Some(why) = self.nothing(events, kept, decoded, seen) {
                remark(ProblemKind::NoEvents, 0, &why);
            }
        }
        result?;
        let at_end = |why| ReadError::Io { offset: decoded, why };
        let sha256 =
            if watch.stopped.get() { String::new() } else { self.stream.raw.finish().map_err(at_end)? };
        // A stop may have come while the rest was hashed.
        let sha256 = if watch.stopped.get() { String::new() } else { sha256 };
        let bytes = self.stream.raw.count();
        Ok(Reading {
            sha256,
            bytes,
            decoded_bytes: decoded,
            changed: !watch.stopped.get() && self.changed(bytes),
            encoding: match notes.page.get() {
                Some(page) => format!("{}, guessed", page.name()),
                None => opened.text.words(),
            },
            zone: ctx.zone_text(),
            year_rule: ctx.year_rule(),
        })
    }

    /// What is to be told of how characters were written.
    fn remark_text(&self, notes: &Notes, passed: &Passed, remark: &mut dyn FnMut(ProblemKind, u64, &str)) {
        let page = match self.opened.text.kind {
            Kind::Page(page) if self.opened.options.encoding.is_none() => Some(page),
            _ => notes.page.get(),
        };
        if let Some(page) = page {
            let mixed = match notes.mixed.get() {
                0 => String::new(),
                n => format!("; {n} lines of it are UTF-8 and were read so"),
            };
            let said = format!(
                "read as {}, guessed: its bytes are no UTF-8 and read as words in that{mixed}; choose another with --encoding",
                page.name()
            );
            remark(ProblemKind::Assumed, 0, &said);
        }
        match self.opened.text.kind {
            Kind::Utf8 if page.is_none() => {
                // Those in events were told one by one while they were few.
                let untold = notes.places.borrow();
                if let Some((at, _)) = untold.first().copied().or(notes.more_than_told().then_some((0, 0))) {
                    let said =
                        format!("{} bytes in all are no UTF-8; the raw records keep them", notes.bad.get());
                    remark(ProblemKind::Encoding, at, &said);
                }
            }
            Kind::Binary => {}
            _ if notes.bad.get() > 0 => {
                let name = self.opened.text.words();
                remark(
                    ProblemKind::Encoding,
                    0,
                    &format!(
                        "bytes that are not valid in {name} were replaced by U+FFFD, in {} places at least",
                        notes.bad.get()
                    ),
                );
            }
            _ => {}
        }
        if passed.bytes.get() > 0 {
            let gaps = passed.gaps.borrow().len();
            let said = format!(
                "{} zero bytes in {gaps} {} were passed over: a writer that crashed, or a file that was cut short while \
                 it was written to, leaves them; records may be missing there",
                passed.bytes.get(),
                if gaps == 1 { "gap" } else { "gaps" }
            );
            remark(ProblemKind::Assumed, passed.first.get(), &said);
        }
    }

    /// Why not one event came, and what to try; `None` where some came.
    fn nothing(&self, events: u64, kept: u64, decoded: u64, seen: u64) -> Option<String> {
        let format = self.opened.format.about();
        if kept > 0 {
            None
        } else if decoded == 0 {
            let said = match self.stream.raw.count() {
                0 => "the file is empty",
                _ if self.opened.text.mark > 0 => "the file holds a byte order mark and nothing else",
                _ => "nothing is packed in this file",
            };
            Some(said.to_owned())
        } else if seen == 0 {
            Some("the file holds zero bytes only".to_owned())
        } else if events > 0 {
            Some(format!(
                "all {events} events lie outside the range that was asked for; try without --since and --until"
            ))
        } else {
            let others: Vec<&str> = self.opened.others.iter().take(3).map(|(f, _)| f.about().id).collect();
            let hint = match others.as_slice() {
                [] => "another --format".to_owned(),
                [other] => format!("--format {other}, which claims it too"),
                many => format!("another --format; {} claim it too", many.join(", ")),
            };
            Some(format!(
                "not one event was read from {decoded} bytes as {}; look at its problems, or try {hint}",
                format.title
            ))
        }
    }

    /// Whether the file is another one than when reading began.
    fn changed(&self, bytes: u64) -> bool {
        let Ok(after) = fs::metadata(self.file) else { return true };
        if after.len() != self.before.len() || modified_ns(&after) != modified_ns(self.before) {
            return true;
        }
        // Files that the system makes up as they are read have no size.
        !self.opened.is_member() && self.before.len() > 0 && bytes != self.before.len()
    }
}
