//! What crosses the bridge about formats: the list of them, a user's own, drafts and their checks. Places in texts are
//! UTF-16 units, as the window counts.

use serde::{Deserialize, Serialize};
use timberline_model::Value;
use ts_rs::TS;

wire! {
    /// A format that Timberline reads.
    pub struct FormatRow {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// What writes it.
        about: String,
        /// Whether it is the user's own.
        own: bool,
        /// The file of the user's own.
        path: Option<String>,
    }

    /// Something wrong with a format's file.
    pub struct FormatFault {
        /// The file; empty for a draft.
        path: String,
        /// The line, from 1; 0 where it is the file's as a whole.
        line: u32,
        /// The character in the line, from 1.
        column: u32,
        /// One sentence.
        message: String,
        /// For a wrong pattern: the place in it.
        at: Option<u32>,
    }

    /// The formats in use, and what is wrong with files of the user's own.
    pub struct FormatList {
        /// The user's own first.
        rows: Vec<FormatRow>,
        /// Files that are not in use, and why.
        problems: Vec<FormatFault>,
        /// The folder of the user's own formats.
        folder: String,
    }

    /// One of the user's own formats.
    pub struct FormatRef {
        /// Its id.
        id: String,
    }

    /// The file of a format.
    pub struct FormatText {
        /// Its id.
        id: String,
        /// The text.
        toml: String,
    }

    /// A format to keep.
    pub struct FormatSave {
        /// The text of its file.
        toml: String,
        /// Write over the one that has the same id.
        #[serde(default)] replace: bool,
    }

    /// What a group of a pattern means.
    pub struct FormatField {
        /// The group.
        group: String,
        /// The field.
        field: String,
        /// How its text is read; empty for the usual way.
        #[serde(default)] kind: String,
    }

    /// A field that every event has.
    pub struct FormatConstant {
        /// The field.
        field: String,
        /// Its value.
        value: String,
    }

    /// A format with one pattern, as a screen holds it while it is made.
    #[derive(Default)]
    pub struct FormatSketch {
        /// The id.
        id: String,
        /// The title.
        title: String,
        /// What writes it.
        #[serde(default)] about: String,
        /// The regular expression of a line.
        pattern: String,
        /// One of the message; may be empty.
        #[serde(default)] detail: String,
        /// Lines that do not fit belong to the record before.
        #[serde(default)] joins: bool,
        /// What groups mean, where it is not the usual.
        #[serde(default)] fields: Vec<FormatField>,
        /// How the time is written, as strptime has it; may be empty.
        #[serde(default)] layout: String,
        /// The zone of its times; may be empty.
        #[serde(default)] zone: String,
        /// What a number counts since 1970: `s`, `ms`, `us`, `ns`; may be empty.
        #[serde(default)] epoch: String,
        /// Fields that every event has.
        #[serde(default)] set: Vec<FormatConstant>,
        /// A line to keep as a sample; may be empty.
        #[serde(default)] sample: String,
        /// The sample's time; may be empty.
        #[serde(default)] sample_time: String,
    }

    /// A format in the making, and lines to try it on.
    pub struct FormatDraft {
        /// The text of its file ...
        #[serde(default)] toml: Option<String>,
        /// ... or one pattern and what its groups mean.
        #[serde(default)] sketch: Option<FormatSketch>,
        /// The lines.
        lines: String,
        /// The zone of times that name none.
        #[serde(default)] zone: Option<String>,
    }

    /// Where a group matched.
    pub struct FormatGroup {
        /// Its name.
        name: String,
        /// From here in the record's text ...
        from: u32,
        /// ... to here.
        to: u32,
    }

    /// A field of a previewed event.
    pub struct FormatValue {
        /// Its name.
        name: String,
        /// Its value.
        value: Value,
    }

    /// What a draft makes of a record.
    pub struct FormatDraftRow {
        /// Its first line, from 1.
        line: u32,
        /// Its text.
        text: String,
        /// The pattern that fits, from 1.
        pattern: Option<u32>,
        /// Its groups.
        groups: Vec<FormatGroup>,
        /// When.
        time_us: Option<i64>,
        /// When, exactly.
        time: Option<String>,
        /// The event's fields.
        fields: Vec<FormatValue>,
        /// What is wrong with it.
        problem: Option<String>,
    }

    /// What a draft makes of the lines.
    pub struct FormatDraftPreview {
        /// The text of its file.
        toml: String,
        /// What is wrong with the draft itself; there are no rows then.
        error: Option<FormatFault>,
        /// The records.
        rows: Vec<FormatDraftRow>,
        /// Records that a pattern fits.
        fits: u32,
        /// What came of the draft's own samples.
        samples: Vec<FormatSampleRow>,
    }

    /// A line to make a draft from.
    pub struct FormatGuessAsk {
        /// The line.
        line: String,
    }

    /// What came of a sample.
    pub struct FormatSampleRow {
        /// Its number, from 1.
        number: u32,
        /// Where it stands in the file.
        line: u32,
        /// Its first line.
        text: String,
        /// What was expected and did not come; empty when all came.
        failures: Vec<String>,
    }

    /// A line of a log that does not fit.
    pub struct FormatMisfit {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
        /// Its beginning; untrusted text.
        excerpt: String,
    }

    /// How a log fits a format.
    pub struct FormatLogFit {
        /// The log.
        path: String,
        /// Records that became events.
        events: u64,
        /// Events without a time.
        undated: u64,
        /// Records that fit no pattern.
        misfits: u64,
        /// The share of records that fit, 0 to 1.
        share: f64,
        /// The first that do not fit.
        first: Vec<FormatMisfit>,
    }

    /// A format's file, tried.
    pub struct FormatCheck {
        /// The file.
        path: String,
        /// Its id; empty where it cannot be read.
        id: String,
        /// Its title.
        title: String,
        /// Whether the format, its samples and the log are as they should be.
        good: bool,
        /// What is wrong with the format.
        error: Option<FormatFault>,
        /// Its samples.
        samples: Vec<FormatSampleRow>,
        /// How the log fits.
        log: Option<FormatLogFit>,
    }
}
