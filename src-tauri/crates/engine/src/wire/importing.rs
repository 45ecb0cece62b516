//! What crosses the bridge about imports: what to read and how, what would be read (the preview), how far it is,
//! and what could not be read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;
use timberline_formats::coded::csv::Mappings;
use timberline_model::{Problem, ProblemKind};
use ts_rs::TS;

use super::SourceRow;

/// A password on its way to an archive: kept in memory only, never shown, never written. Several may be given, a
/// line each; they are tried in turn.
#[derive(Clone, Default, TS)]
#[ts(type = "string")]
pub struct Password(pub(crate) timberline_formats::open::Password);

impl Password {
    /// From what the user gave.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(timberline_formats::open::Password::new(text))
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(a password)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::new(&text))
    }
}

/// Writes nothing of it: no request is ever written down with its password.
impl Serialize for Password {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("")
    }
}

wire! {
    /// What to import, and how to read it where the files do not say.
    #[derive(Default)]
    pub struct ImportStart {
        /// Files and folders.
        paths: Vec<String>,
        /// Format id for all of them; detected where absent.
        #[serde(default)] format: Option<String>,
        /// Zone for times that name none: IANA name or `+02:00`.
        #[serde(default)] zone: Option<String>,
        /// Year for times that name none.
        #[serde(default)] year: Option<i32>,
        /// Date of the first time of day that names none: `2026-03-10`.
        #[serde(default)] date: Option<String>,
        /// Leave out events before this.
        #[serde(default)] since_us: Option<i64>,
        /// Leave out events from this on.
        #[serde(default)] until_us: Option<i64>,
        /// For encrypted archives; several may be given, a line each. Kept in memory for this import only.
        #[serde(default)] password: Option<Password>,
        /// What holds for single sources instead of the above.
        #[serde(default)] sources: Vec<SourceChoice>,
        /// How many times larger than the packed file its content may be, above 100 MB of it; 0 is no limit, 200 when absent.
        #[serde(default)] max_ratio: Option<u32>,
        /// Read files again that are in the case already; the new source takes the place of the old one.
        #[serde(default)] again: bool,
        /// What the columns of tables mean, as a mapping's TOML.
        #[serde(default)] mapping: Option<String>,
        /// What was said of tables before; the engine's own.
        #[serde(skip)] #[ts(skip)] tables: Arc<Mappings>,
    }

    #[derive(Default)]
    /// What the user chose for a source, or for all sources in a folder or archive: the choice with the longest
    /// path that fits a source holds for it. What is absent is as for all.
    pub struct SourceChoice {
        /// The source's path as the preview gives it (`case/logs.zip!web/access.log`), or a folder or archive above it.
        path: String,
        /// Format id.
        #[serde(default)] format: Option<String>,
        /// Zone for times that name none.
        #[serde(default)] zone: Option<String>,
        /// Year for times that name none.
        #[serde(default)] year: Option<i32>,
        /// Date of the first time of day that names none: `2026-03-10`.
        #[serde(default)] date: Option<String>,
        /// How characters are written: `utf-8`, `utf-16le`, `windows-1252`, `shift_jis` ...
        #[serde(default)] encoding: Option<String>,
        /// For an encrypted archive.
        #[serde(default)] password: Option<Password>,
        /// Leave it out.
        #[serde(default)] skip: bool,
    }

    #[derive(Default)]
    /// What to look at before an import. The same fields as the import itself, so that the screen can show what would
    /// come of a choice before it is made.
    pub struct PreviewAsk {
        /// Files and folders.
        paths: Vec<String>,
        /// Format id for all of them; detected where absent.
        #[serde(default)] format: Option<String>,
        /// Zone for times that name none.
        #[serde(default)] zone: Option<String>,
        /// Year for times that name none.
        #[serde(default)] year: Option<i32>,
        /// Date of the first time of day that names none: `2026-03-10`.
        #[serde(default)] date: Option<String>,
        /// For encrypted archives.
        #[serde(default)] password: Option<Password>,
        /// What holds for single sources instead of the above.
        #[serde(default)] sources: Vec<SourceChoice>,
        /// As for the import.
        #[serde(default)] max_ratio: Option<u32>,
        /// As for the import.
        #[serde(default)] mapping: Option<String>,
        /// As for the import.
        #[serde(skip)] #[ts(skip)] tables: Arc<Mappings>,
        /// Rows of each source, at most 20; 20 when absent.
        #[serde(default)] rows: Option<u32>,
        /// So many sources are listed, 200 when absent and at most 1,000; all are counted.
        #[serde(default)] limit: Option<u32>,
    }

    /// What an import of these paths would read. Nothing is kept.
    pub struct Preview {
        /// The sources, in the order in which they would be numbered.
        sources: Vec<PreviewSource>,
        /// How many there are in all; more than are listed when there are very many.
        total: u32,
        /// Bytes on disk in all.
        bytes: u64,
        /// Whether there is nothing to ask: every source is recognised, none asks for anything. A drop like this needs no
        /// screen and no click.
        obvious: bool,
    }

    /// A source as an import would read it. The screen shows a row each; `asks` says what to ask the user about it, and a
    /// [`SourceChoice`] with the same `path` carries the answer into the next preview or into the import.
    pub struct PreviewSource {
        /// Its path, members of archives behind a `!`; the name of the source in choices.
        path: String,
        /// The last part of the path.
        name: String,
        /// Format id; empty where it would not be read, and `problems` says why.
        format: String,
        /// Format title.
        format_title: String,
        /// 0 to 1; 1 when chosen by hand.
        confidence: f64,
        /// Why that format, or why it would not be read.
        why: String,
        /// Formats that claim it too, surest first, at most five: what a menu offers first.
        others: Vec<FormatGuess>,
        /// How characters are written ("UTF-8", "UTF-16 LE", "windows-1252, guessed").
        encoding: String,
        /// What the bytes are packed in, outermost first ("zip", "gzip"); empty for a plain file.
        packing: Vec<String>,
        /// Size as it lies on the disk or in the archive.
        bytes: u64,
        /// Zone for times that name none, with the rule.
        zone: String,
        /// Year rule, where one is needed.
        year_rule: Option<String>,
        /// The rotated set that it is of ("access.log, 3 of 5"), if any.
        set: Option<String>,
        /// What the user could be asked: `password` (encrypted, and none of those given opens it), `format` (not recognised,
        /// or hardly), `zone` and `year` (times do not say; assumed as `zone` and `year_rule` tell), `date` (times are times of day
        /// only, and stay undated until it is said). Empty: nothing.
        asks: Vec<String>,
        /// The number of the source in the open case that holds this file already and complete, as its size and path tell.
        already: Option<u32>,
        /// What is wrong so far: with the file, and with its first records.
        problems: Vec<PreviewProblem>,
        /// Names of the fields in `rows`, those that most rows have first.
        columns: Vec<String>,
        /// The first records, mapped.
        rows: Vec<PreviewRow>,
    }

    /// A format that claims a source.
    pub struct FormatGuess {
        /// Format id.
        format: String,
        /// Format title.
        format_title: String,
        /// 0 to 1.
        confidence: f64,
        /// Why.
        why: String,
    }

    /// A problem before the import.
    pub struct PreviewProblem {
        /// What kind; `password` asks for one.
        kind: ProblemKind,
        /// Line (or record) from 1; 0 where the trouble is the file's.
        line: u64,
        /// What, in words.
        message: String,
        /// The first bytes of the place; untrusted.
        excerpt: String,
    }

    /// A record as it would be read.
    pub struct PreviewRow {
        /// Line (or record) from 1.
        line: u64,
        /// RFC 3339 in UTC with all digits; absent where undated.
        time: Option<String>,
        /// What of the time is assumed: `zone`, `year`, `date`.
        assumed: Vec<String>,
        /// Its fields.
        #[ts(type = "Record<string, string | number | string[]>")] fields: serde_json::Map<String, serde_json::Value>,
        /// The raw record's beginning, at most 500 characters; untrusted.
        raw: String,
    }

    /// A job's number.
    pub struct JobRef {
        /// The number.
        job: u64,
    }

    /// How far an import is; sent as the event `progress`.
    pub struct Progress {
        /// The job.
        job: u64,
        /// `reading`, `detecting`, `done`, `cancelled` or `failed`.
        stage: String,
        /// The file at hand.
        path: String,
        /// Files finished.
        files_done: u32,
        /// Files in all.
        files: u32,
        /// Bytes on disk read so far.
        bytes_done: u64,
        /// Bytes on disk in all.
        bytes: u64,
        /// Events so far.
        events: u64,
        /// Problems so far.
        problems: u64,
        /// Seconds since the start.
        seconds: f64,
        /// What went wrong, when `failed`; the sentence at the end otherwise.
        message: String,
        /// The sources as they stand; whole at the end.
        sources: Vec<SourceRow>,
    }

    /// A source whose clock was wrong.
    pub struct SourceOffset {
        /// Its number.
        id: u32,
        /// How far its times are to be moved from what its records say: `+1h2m3s`, `-90s`; `0` takes that back.
        offset: String,
    }

    /// A source to be read again with other choices, from the file that it was read from.
    pub struct SourceReread {
        /// Its number.
        id: u32,
        /// Format id; the one it was read as where absent.
        #[serde(default)] format: Option<String>,
        /// Zone for times that name none.
        #[serde(default)] zone: Option<String>,
        /// Year for times that name none.
        #[serde(default)] year: Option<i32>,
        /// Date of the first time of day that names none: `2026-03-10`.
        #[serde(default)] date: Option<String>,
    }

    /// A source's number.
    pub struct SourceRef {
        /// The number.
        id: u32,
    }

    /// Which problems.
    pub struct ProblemsAsk {
        /// Of one source only.
        #[serde(default)] source: Option<u32>,
        /// How many to leave out.
        #[serde(default)] offset: u64,
        /// How many at most.
        limit: u32,
    }

    /// Problems.
    pub struct Problems {
        /// The rows.
        rows: Vec<Problem>,
        /// How many there are in all.
        total: u64,
    }
}
