//! What crosses the bridge about curiosity: prompts, the threat model they are ranked by, the memory of what paid off,
//! playbooks, stars and thumbs, and what is new.

use super::ChatTurn;
use serde::{Deserialize, Serialize};
use timberline_model::Severity;
use ts_rs::TS;

wire! {
    /// A question worth asking.
    pub struct Prompt {
        /// 12 hex digits made of its kind, its card and its words: stable in a case.
        id: String,
        /// The question, as it would be asked in the chat.
        question: String,
        /// Why it is worth asking, and what such prompts led to before.
        why: String,
        /// The card it comes from.
        card: Option<String>,
        /// 0 to 1: the product of the parts.
        score: f64,
        /// What kind of prompt it is.
        kind: PromptKind,
        /// KQL of what it looks at.
        query: String,
        /// Range start.
        from_us: Option<i64>,
        /// Range end, not included.
        to_us: Option<i64>,
        /// The arithmetic of the score.
        parts: Vec<PromptPart>,
        /// `new`, `shown`, `taken` or `dismissed`, in this case.
        state: String,
        /// The playbook that it begins, if any.
        playbook: Option<String>,
    }

    /// A kind of prompt: all that the memory knows of it. No value of a log is in it.
    pub struct PromptKind {
        /// Type of the logs (`ssh`, `windows`, `web`, ...).
        log: String,
        /// What it comes from: a detector's id, `sigma`, `template`, `gap`, `statistics` or `playbook`.
        finding: String,
        /// What is asked (`login_patterns`, `connections`, ...).
        question: String,
    }

    /// One factor of a prompt's score.
    pub struct PromptPart {
        /// `severity`, `novelty`, `threat model` or `paid off before`.
        name: String,
        /// The factor, 0 to 1.
        factor: f64,
        /// Where it comes from, in words with numbers.
        why: String,
    }

    /// How many prompts.
    pub struct PromptsAsk {
        /// At most so many.
        limit: u32,
        /// Only those of this card.
        #[serde(default)] card: Option<String>,
        /// Those that were dismissed in this case too.
        #[serde(default)] dismissed: bool,
    }

    /// Prompts.
    pub struct Prompts {
        /// Best first.
        rows: Vec<Prompt>,
    }

    /// Prompts that were seen by the analyst.
    pub struct PromptsShown {
        /// Their ids.
        prompts: Vec<String>,
    }

    /// A prompt that the analyst does something with.
    pub struct PromptRef {
        /// Its id.
        prompt: String,
        /// Takes it back.
        #[serde(default)] undo: bool,
    }

    /// What the memory has counted.
    pub struct Counted {
        /// How many counts were changed.
        counted: u32,
    }

    /// A case's threat model, as it was understood.
    pub struct ThreatModel {
        /// In the analyst's words.
        text: String,
        /// Kinds of things to protect.
        assets: Vec<ThreatWord>,
        /// What is feared.
        fears: Vec<ThreatWord>,
        /// Words that say something and were not understood.
        unknown: Vec<String>,
        /// What was understood, as one sentence.
        understood: String,
        /// All kinds of assets that there are.
        asset_choices: Vec<ThreatWord>,
        /// All fears that there are.
        fear_choices: Vec<ThreatWord>,
    }

    /// A kind of asset, or a fear.
    pub struct ThreatWord {
        /// Its id (`bastion`, `stolen_keys`).
        id: String,
        /// Its name.
        title: String,
        /// The words that said so; empty where it was chosen from the list.
        said: String,
    }

    /// A threat model to keep; an empty text without choices takes it back.
    pub struct ThreatModelSet {
        /// In the analyst's words: `internet-facing bastion; fear: stolen keys`.
        text: String,
        /// Ids of assets besides those that the text names.
        #[serde(default)] assets: Vec<String>,
        /// Ids of fears besides those that the text names.
        #[serde(default)] fears: Vec<String>,
    }

    /// The memory of what paid off: kinds and counts of all cases on this machine.
    pub struct Memory {
        /// Its file.
        path: String,
        /// Its entries, the most often asked first.
        entries: Vec<MemoryEntry>,
        /// What is wrong with the file, if something is.
        problem: Option<String>,
    }

    /// What is remembered of a kind of prompt.
    pub struct MemoryEntry {
        /// The kind.
        kind: PromptKind,
        /// The kind in words.
        title: String,
        /// How often each thing happened.
        counts: MemoryCounts,
        /// How likely such a prompt pays off, 0 to 1: the mean of a Beta distribution, prior included.
        expected: f64,
        /// The arithmetic of `expected` in words.
        why: String,
    }

    /// How often each thing happened to prompts of a kind.
    pub struct MemoryCounts {
        /// Stood before the analyst.
        shown: u32,
        /// Was asked.
        taken: u32,
        /// Was dismissed.
        dismissed: u32,
        /// Led to an event with a star.
        starred: u32,
        /// Led to a confirmed card.
        confirmed: u32,
        /// Led to an answer with a thumb up.
        useful: u32,
        /// Led to a card that was a false positive.
        false_positive: u32,
    }

    /// An entry of the memory as the analyst wants it.
    pub struct MemorySet {
        /// The kind.
        kind: PromptKind,
        /// Its counts; absent removes the entry.
        #[serde(default)] counts: Option<MemoryCounts>,
    }

    /// Where to write or to read a file.
    pub struct FilePath {
        /// The path.
        path: String,
    }

    /// A file that was written or read.
    pub struct FileDone {
        /// The path.
        path: String,
        /// What is in it, and what was left out, in words.
        said: String,
    }

    /// A colleague's memory.
    pub struct MemoryImport {
        /// Its file.
        path: String,
        /// What its counts weigh beside one's own, above 0 up to 1.
        weight: f64,
    }

    /// Which playbooks.
    pub struct PlaybooksAsk {
        /// For this card: those that fit stand first, with their blanks filled.
        #[serde(default)] card: Option<String>,
    }

    /// The playbooks of this machine.
    pub struct Playbooks {
        /// Those that fit first, then by name.
        rows: Vec<Playbook>,
        /// Files that could not be understood, with the reason.
        problems: Vec<String>,
    }

    /// A path that was successful once, with blanks for whom it is about.
    pub struct Playbook {
        /// Its name.
        name: String,
        /// What it is for.
        about: String,
        /// The detector whose cards it fits.
        finding: String,
        /// Its blanks.
        blanks: Vec<Blank>,
        /// Its steps in order.
        steps: Vec<PlaybookStep>,
        /// Whether it fits the card that was asked about.
        fits: bool,
    }

    /// A blank of a playbook.
    pub struct Blank {
        /// Its name, as `{name}` stands in a step.
        name: String,
        /// `address`, `user`, `host`, `domain`, `process`, `day`, `clock` or `value`.
        kind: String,
        /// What the card fills in.
        filled: Option<String>,
    }

    /// A step of a playbook.
    pub struct PlaybookStep {
        /// The question with its blanks.
        question: String,
        /// The question as it would be asked of the card; absent where a blank stays open.
        filled: Option<String>,
    }

    /// A playbook to make of what was asked.
    pub struct PlaybookMake {
        /// Its name: letters, digits, spaces, `-` and `_`.
        name: String,
        /// What it is for.
        #[serde(default)] about: String,
        /// The card that was looked into.
        card: String,
        /// The turns of the chat that were worth it, in order; none takes all that began with the card's prompts.
        #[serde(default)] turns: Vec<u64>,
    }

    /// A step to run.
    pub struct PlaybookRun {
        /// The playbook's name.
        name: String,
        /// The step, from 1.
        step: u32,
        /// The card that fills the blanks.
        #[serde(default)] card: Option<String>,
        /// What fills blanks otherwise.
        #[serde(default)] values: Vec<BlankValue>,
    }

    /// What fills a blank.
    pub struct BlankValue {
        /// The blank's name.
        name: String,
        /// The value.
        value: String,
    }

    /// A playbook by name.
    pub struct PlaybookRef {
        /// The name.
        name: String,
    }

    /// A playbook to write to a file.
    pub struct PlaybookExport {
        /// The name.
        name: String,
        /// The file.
        path: String,
    }

    /// What is new in a case.
    pub struct WhatsNew {
        /// In one sentence; empty where nothing is.
        sentence: String,
        /// When the analyst last looked; absent for never.
        looked_us: Option<i64>,
        /// Events that came since.
        events: i64,
        /// Sources that came since.
        sources: i64,
        /// What changed among the cards since.
        changes: Vec<CardChange>,
        /// What each import did, latest first.
        imports: Vec<ImportEffect>,
    }

    /// What an import, or another run of the detectors, did to the case.
    pub struct ImportEffect {
        /// Its number.
        id: u64,
        /// When.
        at_us: i64,
        /// `import`, `removal`, `detectors` or `clock`.
        what: String,
        /// In one sentence: `+3 cards, 1 raised, 214,000 events`.
        sentence: String,
        /// Names of the sources that it brought; of many the first.
        sources: Vec<String>,
        /// Events more (or fewer) than before.
        events: i64,
        /// Problems more than before.
        problems: i64,
        /// What changed among the cards.
        changes: Vec<CardChange>,
    }

    /// A card that came, went, or has another score.
    pub struct CardChange {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// `new`, `raised`, `lowered` or `gone`.
        change: String,
        /// The word for its score (for one that is gone, its last).
        severity: Severity,
        /// Before.
        before: Option<f64>,
        /// After.
        after: Option<f64>,
    }

    /// A star on an event, or its removal.
    pub struct StarSet {
        /// The event's number.
        event: u64,
        /// Whether it has a star.
        star: bool,
    }

    /// The events that have a star.
    pub struct Stars {
        /// By event number.
        rows: Vec<Star>,
    }

    /// An event that has a star.
    pub struct Star {
        /// Its number.
        event: u64,
        /// Since when.
        at_us: i64,
    }

    /// A step that was run.
    pub struct PlaybookTurn {
        /// The step, from 1.
        step: u32,
        /// Of so many.
        steps: u32,
        /// The turn, kept in the chat.
        turn: ChatTurn,
    }
}
