//! From paths to decoded bytes: folders, gzip, encodings, and the hash of what lies on the disk. What the
//! bytes say is `coded`'s. Archives with members are recognised here and refused until they are read.

mod binary;
mod folders;
mod password;
mod stream;
mod window;

use crate::coded::csv::{self, Guess, Mappings};
use crate::normalise::time::{Learned, zone::Zone};
use crate::{Confidence, Format, Head, ParseContext, ReadError, sniff};
pub use folders::discover;
pub use password::Password;
use std::fs::{self, File, Metadata};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use stream::{Decode, Disk, Gunzip, Tally, Text};
use timberline_model::{Flow, ProblemKind, Sink};
pub(crate) use window::Nowhere;
use window::Window;

/// How much of a decoded source is looked at to recognise it.
const HEAD: usize = 64 << 10;

/// A path that is not read, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The path.
    pub path: PathBuf,
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// What, in words.
    pub message: String,
}

/// How a source should be read where the user said something about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The id of the format, instead of sniffing.
    pub format: Option<String>,
    /// The zone of times that name none: an IANA name, `UTC` or an offset such as `+02:00`.
    pub zone: Option<String>,
    /// The year of the first time that names none.
    pub year: Option<i32>,
    /// What was said of the columns of tables.
    pub mappings: Arc<Mappings>,
    /// The date of the first time of day that names none, in days since 1970.
    pub date: Option<i64>,
    /// Leave out events before this time (and undated ones).
    pub since_ns: Option<i64>,
    /// Leave out events from this time on (and undated ones).
    pub until_ns: Option<i64>,
    /// How characters are written, instead of a guess: a label of the WHATWG's list ("windows-1252").
    pub encoding: Option<String>,
    /// For encrypted archives.
    pub password: Option<Password>,
}

/// A source that was recognised and can be read.
pub struct Opened {
    /// Where it lies.
    pub path: PathBuf,
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
    /// Size on the disk, in bytes.
    pub bytes: u64,
    /// The zone taken for times that name none, with the rule, as far as the beginning of the source shows.
    pub zone: String,
    /// How years are found for times that name none.
    pub year_rule: Option<String>,
    options: ReadOptions,
    gzip: bool,
    text: Text,
    learned: Learned,
    reference_ns: i64,
    why_year: &'static str,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("path", &self.path).field("format", &self.format.about().id).finish()
    }
}

/// What reading a source to its end found out about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// SHA-256 of the file as it lies on the disk, in hex; empty when reading was stopped.
    pub sha256: String,
    /// Size on the disk, in bytes.
    pub bytes: u64,
    /// Size after decompression and decoding.
    pub decoded_bytes: u64,
    /// Whether the file changed while it was read.
    pub changed: bool,
    /// The zone taken for times that name none, with the rule.
    pub zone: String,
    /// How years were found for times that name none.
    pub year_rule: Option<String>,
}

/// Finds out what a file is: its packing, encoding and format, and what its beginning shows of zone and years.
/// A source whose times lack the year is read through once for this, to count its New Years.
///
/// # Errors
/// When it cannot be read, is no ordinary file, is of a kind that is not read yet, or nothing knows its content.
pub fn probe(path: &Path, options: &ReadOptions) -> Result<Opened, Refusal> {
    let refuse = |kind, message: String| Refusal { path: path.to_owned(), kind, message };
    let unreadable = |why: std::io::Error| refuse(ProblemKind::Unreadable, format!("cannot be read: {why}"));
    let zone = zone(options).map_err(|message| refuse(ProblemKind::Refused, message))?;
    let chosen = match &options.format {
        None => None,
        Some(id) => Some(sniff::by_id(id).ok_or_else(|| {
            let known: Vec<&str> = crate::formats().iter().map(|f| f.about().id).collect();
            refuse(
                ProblemKind::UnknownFormat,
                format!("no format is called \"{id}\"; there are {}", known.join(", ")),
            )
        })?),
    };
    let found = fs::metadata(path).map_err(unreadable)?;
    if let Some(what) = folders::not_a_file(found.file_type()) {
        return Err(refuse(ProblemKind::Refused, format!("not read: it is {what}")));
    }
    let tally = Tally::default();
    let mut disk = Disk::new(File::open(path).map_err(unreadable)?, &tally, None);
    let first = disk.fill_buf().map_err(unreadable)?;
    if let Some(what) = binary::packed(first) {
        return Err(refuse(ProblemKind::UnknownFormat, format!("{what}: not read yet")));
    }
    let gzip = first.starts_with(&[0x1f, 0x8b]);
    let (raw, stamp) = if gzip {
        let mut gunzip = Gunzip::new(&mut disk, &tally);
        (take(&mut gunzip, HEAD * 2).map_err(unreadable)?, gunzip.mtime())
    } else {
        (take(&mut disk, HEAD * 2).map_err(unreadable)?, 0)
    };
    if gzip
        && raw.is_empty()
        && let Some(why) = tally.damaged.borrow().as_ref()
    {
        return Err(refuse(ProblemKind::Unreadable, format!("cannot be unpacked: {why}")));
    }
    if gzip && let Some(what) = binary::packed(&raw) {
        return Err(refuse(ProblemKind::UnknownFormat, format!("{what} inside gzip: not read yet")));
    }
    let text = Text::of(&raw);
    let fresh = Tally::default();
    let head = take(&mut Decode::new(raw.as_slice(), text, &fresh), HEAD).map_err(unreadable)?;
    let whole = raw.len() < HEAD * 2 && head.len() < HEAD;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut others = sniff::ranked(&Head { bytes: &head, whole, name: &name });
    let (format, confidence, why) = match chosen {
        Some(format) => (format, 1.0, "chosen by hand".to_owned()),
        None => {
            let best = if others.is_empty() { None } else { Some(others.remove(0)) };
            let sure = best.as_ref().is_some_and(|(_, c)| c.score >= 0.5);
            if !sure && binary::looks_binary(&head) {
                let message = "this looks like binary data, not like a log".to_owned();
                return Err(refuse(ProblemKind::UnknownFormat, message));
            }
            let (format, confidence) = best.ok_or_else(|| {
                refuse(
                    ProblemKind::UnknownFormat,
                    "no format claims this content; choose one with --format".to_owned(),
                )
            })?;
            (format, confidence.score, confidence.why)
        }
    };
    let (reference_ns, why_year) = match stamp {
        0 => (modified_ns(&found), "from the file's date"),
        seconds => (i64::from(seconds) * 1_000_000_000, "from the date in the gzip header"),
    };
    let mut opened = Opened {
        path: path.to_owned(),
        format,
        confidence,
        why,
        others,
        encoding: text.words().to_owned(),
        packing: if gzip { vec!["gzip".to_owned()] } else { Vec::new() },
        bytes: found.len(),
        zone: String::new(),
        year_rule: None,
        options: options.clone(),
        gzip,
        text,
        learned: Learned::default(),
        reference_ns,
        why_year,
    };
    opened.learn(zone, &head, whole).map_err(|ReadError::Io { why, .. }| unreadable(why))?;
    Ok(opened)
}

impl Opened {
    /// Reads it to its end: every byte goes to the sink in an event, in a problem or as filler. `progress` is told how many
    /// bytes of the file on disk have been read and may stop the reading.
    ///
    /// # Errors
    /// When the bytes stop coming; what came before is in the sink. Damaged or cut-off packing is no error but a
    /// [`ProblemKind::Truncated`] problem.
    pub fn read(
        &self,
        out: &mut dyn Sink,
        progress: &mut dyn FnMut(u64) -> Flow,
    ) -> Result<Reading, ReadError> {
        let at_start = |why| ReadError::Io { offset: 0, why };
        let before = fs::metadata(&self.path).map_err(at_start)?;
        let tally = Tally::default();
        let mut disk = Disk::new(File::open(&self.path).map_err(at_start)?, &tally, Some(progress));
        let ctx = self.context(zone(&self.options).ok().flatten()).informed(&self.learned);
        let mut window = Window::new(out, &tally, self.options.since_ns, self.options.until_ns);
        let result = self.decoded(&mut disk, &tally, |input| self.format.parse(input, &ctx, &mut window));
        let events = window.events;
        let decoded = tally.decoded.get();
        let mut remark = |kind, offset, message: &str| {
            let _ = out.problem(kind, 0, offset, 0, message, &[]);
        };
        let stopped = tally.stopped.get();
        if !stopped {
            if let Some(why) = tally.damaged.borrow().as_ref() {
                remark(ProblemKind::Truncated, decoded, why);
            }
            if tally.replaced.get() > 0 {
                remark(ProblemKind::Encoding, 0, "bytes that are not valid UTF-16 were replaced by U+FFFD");
            }
            for assumption in ctx.remarks() {
                remark(ProblemKind::Assumed, 0, &assumption);
            }
            if decoded == 0 && before.len() == 0 {
                remark(ProblemKind::NoEvents, 0, "the file is empty");
            } else if events == 0 {
                let message =
                    format!("not one event was read from {decoded} bytes as {}", self.format.about().title);
                remark(ProblemKind::NoEvents, 0, &message);
            }
        }
        result?;
        let sha256 = disk.finish().map_err(|why| ReadError::Io { offset: decoded, why })?;
        let bytes = disk.count();
        let changed = !stopped
            && match fs::metadata(&self.path) {
                Ok(after) => {
                    after.len() != before.len()
                        || modified_ns(&after) != modified_ns(&before)
                        || bytes != before.len()
                }
                Err(_) => true,
            };
        Ok(Reading {
            sha256,
            bytes,
            decoded_bytes: decoded,
            changed,
            zone: ctx.zone_text(),
            year_rule: ctx.year_rule(),
        })
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

    /// What is made of its columns, where it is a table.
    #[must_use]
    pub fn table(&self) -> Option<Guess> {
        if self.format.about().id != "csv" {
            return None;
        }
        let tally = Tally::default();
        let mut disk = Disk::new(File::open(&self.path).ok()?, &tally, None);
        let mut head = Vec::new();
        let read = self.decoded(&mut disk, &tally, |mut input| {
            head = take(&mut input, HEAD).map_err(|why| ReadError::Io { offset: 0, why })?;
            Ok(())
        });
        read.ok()?;
        csv::guess(&head, head.len() < HEAD, &self.options.mappings)
    }

    /// Gives the decoded source to `reader`.
    fn decoded(
        &self,
        disk: &mut Disk<'_>,
        tally: &Tally,
        reader: impl FnOnce(&mut dyn Read) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        if self.gzip {
            reader(&mut Decode::new(Gunzip::new(disk, tally), self.text, tally))
        } else {
            reader(&mut Decode::new(disk, self.text, tally))
        }
    }

    fn context(&self, zone: Option<Zone>) -> ParseContext {
        ParseContext::new(zone, self.options.year, self.reference_ns, self.why_year)
            .with_date(self.options.date)
            .with_mappings(self.options.mappings.clone())
    }

    /// Reads the beginning, and the rest too where that could change what is assumed, to learn about its times.
    fn learn(&mut self, zone: Option<Zone>, head: &[u8], whole: bool) -> Result<(), ReadError> {
        let lines =
            if whole { head.len() } else { memchr::memrchr(b'\n', head).map_or(head.len(), |n| n + 1) };
        let mut ctx = self.context(zone);
        // A format that trips over its own beginning says so when it is read.
        let _ = self.format.look_ahead(&mut &head[..lines], &ctx);
        self.learned = ctx.learned();
        if !whole && self.learned.open() {
            let tally = Tally::default();
            let file = File::open(&self.path).map_err(|why| ReadError::Io { offset: 0, why })?;
            ctx = self.context(crate::open::zone(&self.options).ok().flatten());
            let mut disk = Disk::new(file, &tally, None);
            let _ = self.decoded(&mut disk, &tally, |input| self.format.look_ahead(input, &ctx));
            self.learned = ctx.learned();
        }
        self.zone = ctx.zone_text();
        let told = ctx.informed(&self.learned);
        self.year_rule = told.year_rule_of(&self.learned);
        Ok(())
    }
}

/// Whether there is an encoding of this name.
#[must_use]
pub fn knows_encoding(label: &str) -> bool {
    encoding_rs::Encoding::for_label(label.as_bytes()).is_some()
}

fn zone(options: &ReadOptions) -> Result<Option<Zone>, String> {
    options.zone.as_deref().map(Zone::parse).transpose()
}

fn modified_ns(found: &Metadata) -> i64 {
    match found.modified().map(|t| t.duration_since(UNIX_EPOCH)) {
        Ok(Ok(since)) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Ok(Err(before)) => -i64::try_from(before.duration().as_nanos()).unwrap_or(i64::MAX),
        Err(_) => 0,
    }
}

/// At most `most` bytes from the beginning.
fn take(input: &mut impl Read, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
