//! What crosses the bridge: requests and answers of the commands in [`crate::commands`], as the window
//! and `timberline rpc` see them. Times are microseconds since 1970 UTC (`*_us`), exact in a JavaScript
//! number; an empty query is every event; an absent range is all of time.

use serde::{Deserialize, Serialize};
use timberline_model::{Corroboration, Entity, Part, RuleRef, Severity, SourceState, Status, Value};
use ts_rs::TS;

macro_rules! wire {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty),* $(,)? })+) => {
        $(#[derive(Clone, Debug, Serialize, Deserialize, TS)]
        $(#[$meta])*
        pub struct $name { $($(#[$fmeta])* pub $field: $type),* })+
    };
}

mod chat;
mod egress;
mod feedback;
mod findings;
mod formats;
mod importing;
mod models;
mod prompts;
mod tables;

pub use chat::*;
pub use egress::*;
pub use feedback::*;
pub use findings::*;
pub use formats::*;
pub use importing::*;
pub use models::*;
pub use prompts::*;
pub use tables::*;

wire! {
    /// No arguments, or nothing to say.
    pub struct Nothing {}

    /// A path to a case file.
    pub struct CasePath {
        /// The path.
        path: String,
    }

    /// The open case at a glance.
    pub struct CaseState {
        /// Where the file is.
        path: String,
        /// Its name for people.
        name: String,
        /// Schema version of the file.
        schema: u32,
        /// Events in it.
        events: u64,
        /// Undated ones among them.
        undated: u64,
        /// Problems in all.
        problems: u64,
        /// Earliest event.
        first_us: Option<i64>,
        /// Latest event.
        last_us: Option<i64>,
        /// One sentence on what the case shows now, with its numbers.
        headline: String,
        /// What is new since the analyst last looked, in one sentence; empty where nothing is.
        news: String,
        /// The sources, by number.
        sources: Vec<SourceRow>,
        /// The display zone (IANA name; "UTC" until changed).
        zone: String,
    }

    /// A source, as a row.
    pub struct SourceRow {
        /// Its number.
        id: u32,
        /// The path as imported.
        path: String,
        /// The last part of the path, made unique among the sources.
        name: String,
        /// Format id.
        format: String,
        /// Format title.
        format_title: String,
        /// 0 to 1.
        confidence: f64,
        /// Why that format.
        why: String,
        /// Bytes on disk.
        bytes: u64,
        /// Bytes after decompression.
        decoded_bytes: u64,
        /// Of the file, or of the member of an archive: 64 hex digits.
        sha256: String,
        /// Events.
        events: u64,
        /// Problems.
        problems: u64,
        /// Undated events.
        undated: u64,
        /// First event.
        first_us: Option<i64>,
        /// Last event.
        last_us: Option<i64>,
        /// How far all its times are moved, as `source_offset_set` takes it; `0` where they are not.
        clock_offset: String,
        /// Zone taken, with the rule.
        zone: String,
        /// Year rule, where one was needed.
        year_rule: Option<String>,
        /// How characters were written ("UTF-8", "windows-1252, guessed").
        encoding: String,
        /// What it was packed in, outermost first ("zip", "gzip"); empty for a plain file.
        packing: Vec<String>,
        /// SHA-256 of the archive that it was a member of; empty for a file of its own.
        archive_sha256: String,
        /// The rotated set that it is of ("access.log, 3 of 5"), if any.
        set: Option<String>,
        /// Seconds it took to read.
        seconds: f64,
        /// Share of the decoded bytes that became events or known filler, 0 to 1.
        coverage: f64,
        /// Whether it was read to its end.
        state: SourceState,
    }

    /// A query, a range, and a page of the events that match, in time order.
    pub struct EventsAsk {
        /// KQL.
        #[serde(default)] query: String,
        /// Range start.
        #[serde(default)] from_us: Option<i64>,
        /// Range end, not included.
        #[serde(default)] to_us: Option<i64>,
        /// The n-th matching event is the first of the page.
        #[serde(default)] offset: Option<u64>,
        /// The page begins after this event.
        #[serde(default)] after: Option<u64>,
        /// The page begins at this time.
        #[serde(default)] at_us: Option<i64>,
        /// Latest first.
        #[serde(default)] reverse: bool,
        /// At most so many (the engine takes at most 1,000).
        limit: u32,
        /// Columns; all when absent.
        #[serde(default)] columns: Option<Vec<String>>,
    }

    /// An event, as a row.
    pub struct EventRow {
        /// Its number.
        id: u64,
        /// When; absent where undated.
        time_us: Option<i64>,
        /// RFC 3339 in UTC with all digits.
        time: Option<String>,
        /// The source's number.
        source: u32,
        /// One line that says what happened: the message, or the raw record's beginning; untrusted.
        summary: String,
        /// The card with the worst severity that has this event as evidence.
        severity: Option<Severity>,
        /// The values asked for.
        #[ts(type = "Record<string, string | number | string[]>")] fields: serde_json::Map<String, serde_json::Value>,
    }

    /// Events.
    pub struct Events {
        /// The rows.
        rows: Vec<EventRow>,
        /// Whether more follow.
        more: bool,
    }

    /// An event's number.
    pub struct EventRef {
        /// The number.
        id: u64,
    }

    /// One event, whole.
    pub struct EventDetail {
        /// The row with all fields.
        row: EventRow,
        /// The raw record; what is not UTF-8 is U+FFFD; untrusted.
        raw: String,
        /// Path of the source.
        path: String,
        /// SHA-256 of the source.
        sha256: String,
        /// Line or record, from 1.
        line: u64,
        /// First byte in the decoded source.
        offset: u64,
        /// Bytes of the raw record.
        raw_bytes: u64,
        /// What of the time was assumed, in words; empty where all was stated.
        assumed: String,
        /// The time that the record says, RFC 3339 in UTC, where the source's clock offset moved it.
        original_time: Option<String>,
        /// Cards that have it as evidence: id and title.
        cards: Vec<CardRef>,
        /// Up to five events before and after it in the same source.
        neighbours: Vec<EventRow>,
    }

    /// A card by name.
    pub struct CardRef {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// Its severity.
        severity: Severity,
    }

    /// A query and a range.
    pub struct Selection {
        /// KQL.
        #[serde(default)] query: String,
        /// Range start.
        #[serde(default)] from_us: Option<i64>,
        /// Range end, not included.
        #[serde(default)] to_us: Option<i64>,
    }

    /// How many.
    pub struct Count {
        /// Events.
        count: u64,
    }

    /// Counts over time, wanted.
    pub struct TimelineAsk {
        /// KQL.
        #[serde(default)] query: String,
        /// Range start; the data's first event where absent.
        #[serde(default)] from_us: Option<i64>,
        /// Range end, not included; just after the last event where absent.
        #[serde(default)] to_us: Option<i64>,
        /// About so many bars, at most 2,000; steps are round (1 s, 5 min, 1 h ...).
        bins: u32,
        /// A line for each value of this field (`source` for sources).
        #[serde(default)] by: Option<String>,
        /// Also count, per severity, the events that are evidence of open cards.
        #[serde(default)] evidence: bool,
    }

    /// One line of a timeline.
    pub struct TimelineSeries {
        /// The value, as text; absent for all events, or for events without the field.
        value: Option<String>,
        /// A count for each bar.
        counts: Vec<u64>,
    }

    /// Evidence in a timeline.
    pub struct EvidenceSeries {
        /// Of cards of this severity.
        severity: Severity,
        /// The source's number, when the timeline is by source.
        source: Option<u32>,
        /// A count for each bar.
        counts: Vec<u64>,
    }

    /// Where a card stands on the timeline.
    pub struct Marker {
        /// The card.
        card: CardRef,
        /// Its first event.
        time_us: i64,
    }

    /// Counts over time.
    pub struct Timeline {
        /// Start of the first bar.
        start_us: i64,
        /// Width of a bar.
        step_us: i64,
        /// The lines.
        series: Vec<TimelineSeries>,
        /// Evidence, where asked for.
        evidence: Vec<EvidenceSeries>,
        /// Open cards in the range.
        markers: Vec<Marker>,
        /// Events in the range that match and are dated.
        total: u64,
        /// Undated events that match.
        undated: u64,
    }

    /// Most frequent values, wanted.
    pub struct TopAsk {
        /// The fields; one call answers for all of them.
        fields: Vec<String>,
        /// KQL.
        #[serde(default)] query: String,
        /// Range start.
        #[serde(default)] from_us: Option<i64>,
        /// Range end, not included.
        #[serde(default)] to_us: Option<i64>,
        /// Rows a field.
        limit: u32,
    }

    /// One value and its count.
    pub struct ValueCount {
        /// The value.
        value: Value,
        /// Events.
        count: u64,
    }

    /// Most frequent values of a field.
    pub struct TopValues {
        /// The field.
        field: String,
        /// Greatest first.
        values: Vec<ValueCount>,
    }

    /// What is known of a field.
    pub struct FieldRow {
        /// Its name.
        name: String,
        /// `text`, `int`, `float` or `mixed`.
        kind: String,
        /// Events that have it.
        events: u64,
        /// Different values.
        distinct: u64,
    }

    /// A small chart.
    pub struct SparkRow {
        /// Start of the first bar.
        from_us: i64,
        /// Width of a bar.
        step_us: i64,
        /// What is counted.
        unit: String,
        /// Bars.
        counts: Vec<u64>,
        /// Usual height.
        baseline: Option<f64>,
        /// Height from which a bar counts.
        threshold: Option<f64>,
    }

    /// A technique of ATT&CK.
    pub struct Technique {
        /// `T1110.001`.
        id: String,
        /// `Password Guessing`.
        name: String,
    }

    /// A finding, as a card.
    pub struct Card {
        /// 16 hex digits.
        id: String,
        /// The detector's id.
        detector: String,
        /// The detector's title.
        detector_title: String,
        /// The sentence.
        title: String,
        /// The word for the score.
        severity: Severity,
        /// 0 to 1.
        score: f64,
        /// First evidence.
        first_us: Option<i64>,
        /// Last evidence.
        last_us: Option<i64>,
        /// Whom it is about.
        entities: Vec<Entity>,
        /// Techniques.
        attack: Vec<Technique>,
        /// The reasons; their weights sum to the score.
        parts: Vec<Part>,
        /// What else it may be.
        innocent: String,
        /// Evidence in all.
        evidence_count: u64,
        /// Evidence ids, at most 1,000.
        evidence: Vec<u64>,
        /// KQL that gives the evidence.
        query: String,
        /// The chart.
        spark: Option<SparkRow>,
        /// Questions it suggests.
        questions: Vec<String>,
        /// The Sigma rule.
        rule: Option<RuleRef>,
        /// The verdict so far.
        status: Status,
        /// The reason given with the verdict.
        reason: String,
        /// The steps of the story, in order; empty for a finding that stands alone.
        steps: Vec<CardStep>,
        /// Which logs show it.
        corroboration: Corroboration,
        /// The card that tells this one as a step of its story.
        within: Option<String>,
        /// Until when a verdict with an expiry holds.
        expires_us: Option<i64>,
        /// What was found by looking deeper.
        deeper: Vec<DeeperRow>,
    }

    /// Which cards.
    pub struct CardsAsk {
        /// Muted and dismissed ones too.
        #[serde(default)] all: bool,
    }

    /// A text with a caret.
    pub struct KqlAsk {
        /// What stands in the bar.
        text: String,
        /// The caret's place, in UTF-16 units as the window counts.
        caret: u32,
    }

    /// What the bar may offer.
    pub struct KqlHelp {
        /// What is wrong, if anything, in one sentence.
        error: Option<String>,
        /// Where it is wrong, in UTF-16 units.
        error_at: Option<u32>,
        /// Completions for the caret.
        offers: Vec<KqlOffer>,
    }

    /// A completion.
    pub struct KqlOffer {
        /// `field`, `value` or `word`.
        kind: String,
        /// What is shown.
        label: String,
        /// Events, for values and fields.
        count: Option<u64>,
        /// Replace from here, in UTF-16 units ...
        from: u32,
        /// ... to here ...
        to: u32,
        /// ... with this.
        insert: String,
    }

    /// A detector that Timberline knows.
    pub struct Known {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// What it is or what it means.
        about: String,
        /// Techniques (detectors).
        attack: Vec<String>,
    }

    /// Settings of the application.
    pub struct Settings {
        /// Display zone: IANA name.
        zone: String,
        /// `system`, `dark` or `light`.
        theme: String,
        /// Whether a keyring answers on this machine, in words.
        keyring: String,
    }

    /// What changes in the settings.
    pub struct SettingsPatch {
        /// Display zone.
        #[serde(default)] zone: Option<String>,
        /// Theme.
        #[serde(default)] theme: Option<String>,
    }

    /// A recently opened case.
    pub struct Recent {
        /// Its path.
        path: String,
        /// Its name.
        name: String,
    }

    /// Something changed; sent as the event `changed`. The window asks again for what carries the tags.
    pub struct Changed {
        /// `case`, `sources`, `events`, `cards`, `chat`, `settings`, `egress`.
        tags: Vec<String>,
    }

    /// Most frequent values of several fields.
    pub struct TopLists {
        /// In the order asked.
        rows: Vec<TopValues>,
    }

    /// Fields.
    pub struct FieldRows {
        /// By name.
        rows: Vec<FieldRow>,
    }

    /// Cards.
    pub struct Cards {
        /// Best first.
        rows: Vec<Card>,
        /// Cards that were judged away and are left out unless all are asked for.
        hidden: u32,
    }

    /// What Timberline knows of a kind.
    pub struct KnownList {
        /// The rows.
        rows: Vec<Known>,
    }

    /// Recently opened cases.
    pub struct Recents {
        /// Latest first; only those whose file is still there.
        rows: Vec<Recent>,
    }

    /// What a failed command gives.
    pub struct ApiError {
        /// A word the window may act on: `no_case`, `bad_query`, `not_found`, `busy`, `cancelled`, `confirm`, `failed`, `usage`.
        code: String,
        /// One sentence: what, and what to do.
        message: String,
        /// More, for whoever looks; may be empty.
        detail: String,
    }
}
