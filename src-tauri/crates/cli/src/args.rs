//! What may stand on the command line. The words of the help are the doc comments here.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Chat with your logs: a timeline, anomaly cards and answers, from the command line.
#[derive(Debug, Parser)]
#[command(name = "timberline", version, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    /// Print JSON: one value, or a line a row where rows are many
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// How times are shown.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// Show times in this zone: Europe/Madrid, +02:00
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub zone: String,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a case file
    #[command(subcommand)]
    Case(CaseCommand),
    /// Read files and folders into a case, which is made where it is missing
    Import(ImportArgs),
    /// What was read
    Sources {
        /// The case file
        case: PathBuf,
        #[command(flatten)]
        show: Show,
    },
    /// Take a source back
    #[command(subcommand)]
    Source(SourceCommand),
    /// What could not be read, where and why
    Problems {
        /// The case file
        case: PathBuf,
        /// Of this source only
        #[arg(long, value_name = "ID")]
        source: Option<u32>,
    },
    /// Every field, its type, how many events have it, how many different values
    Fields {
        /// The case file
        case: PathBuf,
    },
    /// Events in time order
    Events(EventsArgs),
    /// How many events match
    Count {
        /// The case file
        case: PathBuf,
        /// KQL; every event where absent
        query: Option<String>,
    },
    /// Counts over time
    Timeline(TimelineArgs),
    /// Most frequent values of a field
    Top {
        /// The case file
        case: PathBuf,
        /// The field
        field: String,
        /// KQL; every event where absent
        query: Option<String>,
        /// At most so many values
        #[arg(long, default_value_t = 10)]
        limit: u32,
        /// Rank by the sum of this field instead of by the number of events
        #[arg(long, value_name = "FIELD")]
        by_sum: Option<String>,
    },
    /// The findings, best first
    Cards {
        /// The case file
        case: PathBuf,
        /// Muted ones and false positives too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        show: Show,
    },
    /// Run the detectors again
    Detect {
        /// The case file
        case: PathBuf,
        /// Only these detectors
        #[arg(long, value_name = "ID,..", value_delimiter = ',')]
        only: Option<Vec<String>>,
        /// Sigma rules, from now on part of the case: a folder, a file or an archive
        #[arg(long, value_name = "DIR|ARCHIVE")]
        sigma: Vec<PathBuf>,
        /// Lists of values to look for, from now on part of the case: lines, CSV with a header, STIX 2, MISP
        #[arg(long, value_name = "FILE")]
        list: Vec<PathBuf>,
        /// Where addresses lie, from now on part of the case: a GeoIP file in MaxMind's format
        #[arg(long, value_name = "FILE.mmdb")]
        geoip: Option<PathBuf>,
    },
    /// Your verdict on a card, and on similar ones
    Feedback(FeedbackArgs),
    /// Look deeper at a card: its entities in all sources, before and after, who else did the same, lower thresholds
    Deeper {
        /// The case file
        case: PathBuf,
        /// The card's id
        card: String,
        /// Take back what that added to the card
        #[arg(long)]
        undo: bool,
    },
    /// All your verdicts in a case: those with a scope or an expiry, single cards, what was done
    Feedbacks {
        /// The case file
        case: PathBuf,
        /// Take the last act back
        #[arg(long, conflicts_with = "remove")]
        undo: bool,
        /// Take this one of those with a scope back
        #[arg(long, value_name = "ID")]
        remove: Option<u64>,
        #[command(flatten)]
        show: Show,
    },
    /// What was learned from verdicts over all cases: kinds of cards and counts, nothing of any log
    Verdicts {
        #[command(subcommand)]
        command: Option<VerdictsCommand>,
    },
    /// Questions worth asking now, each with the arithmetic of its place
    Prompts(PromptsArgs),
    /// What is remembered of prompts: kinds and how often such prompts paid off, nothing of any log
    Memory {
        #[command(subcommand)]
        command: Option<MemoryCommand>,
    },
    /// Playbooks: paths of questions that were successful once, with blanks for whom they are about
    Playbooks {
        #[command(subcommand)]
        command: Option<PlaybooksCommand>,
    },
    /// What each import added and changed, and what changed since you last looked
    News {
        /// The case file
        case: PathBuf,
        /// Note that you have looked
        #[arg(long)]
        seen: bool,
        #[command(flatten)]
        show: Show,
    },
    /// Ask a question in plain words; the built-in planner answers, or a model
    Ask {
        /// The case file
        case: PathBuf,
        /// The question
        question: String,
        /// The prompt that the question is, as `prompts --json` gives its id: counted as taken
        #[arg(long, value_name = "ID")]
        prompt: Option<String>,
        /// The model profile that answers (see `models`); without it the built-in planner
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
    },
    /// The formats that Timberline reads, your own among them
    Formats {
        #[command(subcommand)]
        command: Option<FormatsCommand>,
    },
    /// What would be made of the columns of a table, as a file to change and to give to `import --map`
    Table {
        /// The table's file
        file: PathBuf,
        /// Keep this mapping for all tables with its names, from now on
        #[arg(long, value_name = "FILE.toml")]
        keep: Option<PathBuf>,
    },
    /// The detectors that Timberline runs
    Detectors,
    /// The window's commands as JSON lines on stdin and stdout
    Rpc,
    #[command(hide = true)]
    Sql(Rest),
    #[command(hide = true)]
    Compare(Rest),
    #[command(hide = true)]
    Report(Rest),
    /// What left the machine: the policy of a case, its audit records, what would be sent
    Audit {
        /// The case file
        case: PathBuf,
        #[command(subcommand)]
        command: Option<AuditCommand>,
    },
    /// Model endpoints: what there is, new ones, a test, removal
    Models {
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
}

/// What is asked of the audit records.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Go through the chain of hashes; fails where a record was changed, moved or removed
    Verify,
    /// The records, newest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// One record, with what was sent
        #[arg(long, value_name = "NUMBER")]
        record: Option<u64>,
        #[command(flatten)]
        show: Show,
    },
    /// Write all records into a file: .jsonl as they are hashed, .md for reading
    Export {
        /// The file to make
        file: PathBuf,
    },
    /// The leak test: plants values in a scratch case, drives every path to a model against a recorder on this machine,
    /// and says what would have left under each policy
    Canary,
    /// How far the case's data may go; without arguments, how far now
    Policy(PolicyArgs),
    /// What would be sent to an endpoint, masked as the policy says; sends nothing
    Preview {
        /// The endpoint's base address
        url: String,
        /// JSON, or any text
        text: String,
    },
}

/// A new policy.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// `local-only`, `cloud-masked` or `cloud-clear`
    pub level: Option<String>,
    /// An endpoint of your own network
    #[arg(long, value_name = "URL")]
    pub on_premises: Vec<String>,
    /// An endpoint in a private cloud
    #[arg(long, value_name = "URL")]
    pub cloud: Vec<String>,
    /// An endpoint that is no longer allowed
    #[arg(long, value_name = "URL")]
    pub forget: Vec<String>,
    /// Those endpoints may be spoken to without encryption
    #[arg(long)]
    pub plain_http: bool,
    /// Those endpoints are masked under every policy
    #[arg(long)]
    pub always_masked: bool,
    /// The proxy on the way to those clouds
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// I have read what it allows
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of a command that does not exist yet.
#[derive(Debug, Args)]
pub struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Make a case file
    New {
        /// The case file to make
        case: PathBuf,
        /// How the file is encrypted; only `none` in this version: it is not
        #[arg(long, value_enum, default_value_t = Key::None)]
        key: Key,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Key {
    None,
    Keyring,
    Passphrase,
}

#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// Read a source again with another zone for times that name none; its file must still be there
    Zone {
        /// The case file
        case: PathBuf,
        /// The source's number, as `sources` lists it
        id: u32,
        /// Europe/Madrid, +02:00
        #[arg(allow_hyphen_values = true)]
        zone: String,
    },
    /// Move all times of a source whose clock was wrong; 0 takes that back
    Offset {
        /// The case file
        case: PathBuf,
        /// The source's number, as `sources` lists it
        id: u32,
        /// How far from what its records say: +1h2m3s, -90s, 0
        #[arg(allow_hyphen_values = true)]
        offset: String,
    },
    /// Take a source back, with its events
    Remove {
        /// The case file
        case: PathBuf,
        /// The source's number, as `sources` lists it
        id: u32,
    },
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// The endpoints
    List,
    /// Keep an endpoint; its key goes to the keyring of the machine
    Add(ModelAddArgs),
    /// Try an endpoint with real calls and say what it can do
    Test {
        /// The profile
        name: String,
    },
    /// Forget an endpoint and its key
    Remove {
        /// The profile
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct ModelAddArgs {
    /// The profile's name
    pub name: String,
    /// The endpoint's base address, as in http://127.0.0.1:8080
    pub url: String,
    /// The model's name there; the first of its list without
    #[arg(long)]
    pub model: Option<String>,
    /// Read the key from this variable of the environment
    #[arg(long, value_name = "NAME")]
    pub key_env: Option<String>,
    /// Read the key from stdin, one line
    #[arg(long, conflicts_with = "key_env")]
    pub key_stdin: bool,
    /// The header that carries the key, such as api-key; `Authorization: Bearer` without
    #[arg(long, value_name = "NAME")]
    pub key_header: Option<String>,
    /// A header to send with each call; no secrets
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// A file with certificates of your own authority, PEM
    #[arg(long, value_name = "FILE")]
    pub ca: Option<String>,
    /// Tokens that fit
    #[arg(long)]
    pub context: Option<u32>,
    /// How it is talked to; as the test finds without
    #[arg(long, value_parser = ["auto", "tools", "schema", "words"])]
    pub protocol: Option<String>,
    /// Make it the default
    #[arg(long)]
    pub default: bool,
}

#[derive(Debug, Subcommand)]
pub enum FormatsCommand {
    /// Try a format's file on its own samples, and on a log
    Check {
        /// The format's file (TOML)
        file: PathBuf,
        /// A log of this format
        log: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The case file; made where it is missing
    pub case: PathBuf,
    /// Files and folders
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Read all of them as this format
    #[arg(long, value_name = "ID")]
    pub format: Option<String>,
    /// The zone of times that name none: Europe/Madrid, +02:00
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// The year of times that name none
    #[arg(long, value_name = "YYYY")]
    pub year: Option<i32>,
    /// The date of the first time of day that names none
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<String>,
    /// How characters are written, where that is not found out right: utf-8, utf-16le, windows-1252, shift_jis
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// What the columns of tables mean: a file as `table` prints it
    #[arg(long, value_name = "FILE.toml")]
    pub map: Option<PathBuf>,
    /// Read files again that are in the case already, in the place of those
    #[arg(long)]
    pub again: bool,
    /// Leave out events before this time
    #[arg(long, value_name = "T")]
    pub since: Option<String>,
    /// Leave out events from this time on
    #[arg(long, value_name = "T")]
    pub until: Option<String>,
    /// Read nothing; show what would be read: format and why, zone, year, first rows
    #[arg(long, conflicts_with_all = ["since", "until"])]
    pub preview: bool,
    /// Passwords for encrypted archives, a line each; `-` is stdin (TIMBERLINE_PASSWORD is taken too)
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// How many times larger than the packed file its content may be, above 100 MB of it; 0 is no limit
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub max_ratio: u32,
}

#[derive(Debug, Args)]
pub struct EventsArgs {
    /// The case file
    pub case: PathBuf,
    /// KQL; every event where absent
    pub query: Option<String>,
    /// Only these fields; `raw` adds the raw record
    #[arg(long, value_name = "a,b", value_delimiter = ',')]
    pub fields: Option<Vec<String>>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Go on after this event
    #[arg(long, value_name = "ID")]
    pub after: Option<u64>,
    /// Latest first
    #[arg(long)]
    pub reverse: bool,
    #[command(flatten)]
    pub show: Show,
}

#[derive(Debug, Args)]
pub struct TimelineArgs {
    /// The case file
    pub case: PathBuf,
    /// KQL; every event where absent
    pub query: Option<String>,
    /// So many bars
    #[arg(long, value_name = "N", conflicts_with = "every")]
    pub bins: Option<u32>,
    /// A bar for each of these: 30s, 5m, 1h, 1d
    #[arg(long, value_name = "5m")]
    pub every: Option<String>,
    /// A line for each value of this field
    #[arg(long, value_name = "FIELD")]
    pub by: Option<String>,
    #[command(flatten)]
    pub show: Show,
}

#[derive(Debug, Args)]
pub struct PromptsArgs {
    /// The case file
    pub case: PathBuf,
    /// At most so many
    #[arg(long, default_value_t = 4)]
    pub limit: u32,
    /// What the case protects and fears, from now on: "internet-facing bastion; fear: stolen keys"; "" takes it back
    #[arg(long, value_name = "TEXT")]
    pub threat_model: Option<String>,
    /// Only those of this card
    #[arg(long, value_name = "ID")]
    pub card: Option<String>,
    /// Show the arithmetic of each
    #[arg(long)]
    pub parts: bool,
    /// Count them as shown in the memory of prompts
    #[arg(long)]
    pub record: bool,
}

#[derive(Debug, Subcommand)]
pub enum MemoryCommand {
    /// List it
    Show,
    /// Write it to a file for a colleague
    Export {
        /// The file
        file: PathBuf,
    },
    /// Add a colleague's to your own
    Import {
        /// Their file
        file: PathBuf,
        /// What their counts weigh beside your own: above 0 up to 1
        #[arg(long, default_value_t = 0.5)]
        weight: f64,
    },
    /// Remove a kind: LOG/FINDING/QUESTION as `memory` lists it
    Remove {
        /// The kind
        kind: String,
    },
    /// Forget everything
    Wipe,
}

#[derive(Debug, Subcommand)]
pub enum VerdictsCommand {
    /// List it
    Show,
    /// Write it to a file
    Export {
        /// The file
        file: PathBuf,
    },
    /// Forget it; the verdicts of cases stay
    Wipe,
}

#[derive(Debug, Subcommand)]
pub enum PlaybooksCommand {
    /// List them, those that fit a card first
    List {
        /// The case file of the card
        #[arg(requires = "card")]
        case: Option<PathBuf>,
        /// The card
        #[arg(long, value_name = "ID")]
        card: Option<String>,
    },
    /// Make one of what was asked about a card; values of the logs become blanks
    Make {
        /// The case file
        case: PathBuf,
        /// Its name
        name: String,
        /// The card
        #[arg(long, value_name = "ID")]
        card: String,
        /// What it is for
        #[arg(long, default_value = "")]
        about: String,
        /// Turns of the chat; where none are named, all since the card's first prompt was asked
        #[arg(long, value_name = "N,..", value_delimiter = ',')]
        turns: Vec<u64>,
    },
    /// Run a step, or all, on a card
    Run {
        /// The case file
        case: PathBuf,
        /// The playbook's name
        name: String,
        /// The card that fills the blanks
        #[arg(long, value_name = "ID")]
        card: Option<String>,
        /// Only this step, from 1
        #[arg(long, value_name = "N")]
        step: Option<u32>,
        /// What fills a blank: NAME=VALUE
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
    },
    /// Write one to a file
    Export {
        /// Its name
        name: String,
        /// The file
        file: PathBuf,
    },
    /// Take one from a file
    Import {
        /// The file
        file: PathBuf,
    },
    /// Remove one
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct FeedbackArgs {
    /// The case file
    pub case: PathBuf,
    /// The card's id
    pub card: String,
    /// The verdict
    #[arg(value_enum)]
    pub verdict: Verdict,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
    /// For which cards a mute or false positive holds: value, subnet=CIDR, host=NAME, user=NAME, detector; with commas between those
    /// that must all hold. Within the card's detector unless only host, user or subnet is named
    #[arg(long)]
    pub scope: Option<String>,
    /// Until when: 12h, 90d, 6w, 2026-12-31
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
    /// Say what would happen, and change nothing
    #[arg(long)]
    pub preview: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    Confirm,
    FalsePositive,
    Mute,
    Reset,
}

impl Verdict {
    /// The word that the engine takes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::FalsePositive => "false_positive",
            Self::Mute => "mute",
            Self::Reset => "reset",
        }
    }
}
