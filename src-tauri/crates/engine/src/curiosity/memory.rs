//! The memory of what paid off: kinds of prompts and how often each thing happened to them, over all cases of this machine.
//! One readable file in the data folder, `prompt-memory.json`; no value of a log is in it. What a kind is: [`super::kind`].
//!
//! How likely a prompt pays off is the mean of a Beta distribution. With `s` successes and `f` failures of the kind, and a
//! prior of strength [`STRENGTH`] around the mean `m` of its question over all other kinds (itself a Beta mean around the
//! shipped prior): `(STRENGTH * m + s) / (STRENGTH + s + f)`.

use super::kind::Kind;
use crate::error::usage;
use crate::wire::{ApiError, MemoryCounts, MemoryEntry};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The file's name in the data folder.
pub const FILE: &str = "prompt-memory.json";
/// The version of the file that this program writes.
const VERSION: u32 = 1;
/// At most so many kinds; those that were least shown go first.
const KINDS_MAX: usize = 2_000;
/// The greatest count.
const COUNT_MAX: u32 = 1_000_000;
/// The longest file that is read, in bytes.
const BYTES_MAX: u64 = 4 << 20;
/// How many observations the prior is worth.
pub const STRENGTH: f64 = 4.0;
/// How many observations of other kinds of the same question may count at most.
const KIN_MAX: f64 = 8.0;
/// The greatest bonus of a kind that was never shown.
pub const BONUS: f64 = 0.1;

/// What may happen to a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stood before the analyst.
    Shown,
    /// It was asked.
    Taken,
    /// It was dismissed.
    Dismissed,
    /// It led to an event with a star.
    Starred,
    /// It led to a confirmed card.
    Confirmed,
    /// It led to an answer with a thumb up.
    Useful,
    /// It led to a card that was a false positive.
    FalsePositive,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Shown,
        Self::Taken,
        Self::Dismissed,
        Self::Starred,
        Self::Confirmed,
        Self::Useful,
        Self::FalsePositive,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Taken => "taken",
            Self::Dismissed => "dismissed",
            Self::Starred => "starred",
            Self::Confirmed => "confirmed",
            Self::Useful => "useful",
            Self::FalsePositive => "false_positive",
        }
    }
}

/// How often each thing happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Counts {
    shown: u32,
    taken: u32,
    dismissed: u32,
    starred: u32,
    confirmed: u32,
    useful: u32,
    false_positive: u32,
}

impl Counts {
    fn of(&mut self, outcome: Outcome) -> &mut u32 {
        match outcome {
            Outcome::Shown => &mut self.shown,
            Outcome::Taken => &mut self.taken,
            Outcome::Dismissed => &mut self.dismissed,
            Outcome::Starred => &mut self.starred,
            Outcome::Confirmed => &mut self.confirmed,
            Outcome::Useful => &mut self.useful,
            Outcome::FalsePositive => &mut self.false_positive,
        }
    }

    /// From the bridge.
    #[must_use]
    pub fn from_wire(wire: &MemoryCounts) -> Self {
        Self {
            shown: wire.shown,
            taken: wire.taken,
            dismissed: wire.dismissed,
            starred: wire.starred,
            confirmed: wire.confirmed,
            useful: wire.useful,
            false_positive: wire.false_positive,
        }
        .bounded()
    }

    fn wire(self) -> MemoryCounts {
        MemoryCounts {
            shown: self.shown,
            taken: self.taken,
            dismissed: self.dismissed,
            starred: self.starred,
            confirmed: self.confirmed,
            useful: self.useful,
            false_positive: self.false_positive,
        }
    }

    fn bounded(mut self) -> Self {
        for outcome in Outcome::ALL {
            let n = self.of(outcome);
            *n = (*n).min(COUNT_MAX);
        }
        self
    }

    /// Prompts that paid off: those asked that led to something, each once.
    fn successes(self) -> f64 {
        let led = u64::from(self.starred) + u64::from(self.confirmed) + u64::from(self.useful);
        led.min(u64::from(self.taken)) as f64
    }

    /// Prompts that did not: dismissed ones whole, those asked that led to nothing half, to a false positive the other half
    /// too, those only passed over a tenth (of at most 20).
    fn failures(self) -> f64 {
        let asked = (f64::from(self.taken) - self.successes()).max(0.0);
        let wrong = f64::from(self.false_positive.min(self.taken));
        let passed = f64::from(self.shown.saturating_sub(self.taken).saturating_sub(self.dismissed).min(20));
        f64::from(self.dismissed) + 0.5 * asked + 0.5 * wrong + 0.1 * passed
    }
}

/// How likely a prompt of a kind pays off.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The mean of the Beta distribution, 0 to 1.
    pub mean: f64,
    /// What is added because the kind is little known, at most [`BONUS`].
    pub bonus: f64,
    /// The arithmetic in words.
    pub why: String,
    /// What such prompts led to before, for the prompt's own line; empty where nothing is known.
    pub told: String,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    #[serde(default)]
    about: String,
    #[serde(default)]
    kinds: BTreeMap<String, Counts>,
}

const ABOUT: &str = "What Timberline remembers of its prompts: for each kind (type of logs / what it came from / what is asked) how \
    often such prompts were shown, taken and dismissed, and what they led to. Only kinds and counts, nothing of any log. You may \
    change or delete any of it.";

/// The memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kinds: BTreeMap<Kind, Counts>,
    problem: Option<String>,
}

impl Memory {
    /// From the data folder. A file that cannot be understood is put aside, and that is said.
    #[must_use]
    pub fn load(data: &Path) -> Self {
        let path = data.join(FILE);
        match read(&path) {
            Ok(None) => Self::default(),
            Ok(Some((memory, left_out))) => Self { problem: left_out_said(left_out), ..memory },
            Err(why) => {
                let aside = path.with_extension("json.unreadable");
                let moved = std::fs::rename(&path, &aside).is_ok();
                let then = if moved {
                    format!("it was put aside as {}", aside.display())
                } else {
                    "it could not be put aside".to_owned()
                };
                Self {
                    kinds: BTreeMap::new(),
                    problem: Some(format!(
                        "the memory of prompts cannot be understood ({why}); {then} and a new one begins"
                    )),
                }
            }
        }
    }

    /// Into the data folder, whole or not at all.
    ///
    /// # Errors
    /// `failed` when it cannot be written.
    pub fn save(&mut self, data: &Path) -> Result<(), ApiError> {
        while self.kinds.len() > KINDS_MAX {
            let least = self.kinds.iter().min_by_key(|(kind, c)| (c.taken, c.shown, (*kind).clone()));
            let Some(least) = least.map(|(kind, _)| kind.clone()) else { break };
            self.kinds.remove(&least);
        }
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(data)?;
            self.write_to(&data.join(FILE))
        };
        write().map_err(|why| ApiError::failed(format!("the memory of prompts cannot be kept: {why}")))
    }

    /// Writes it to a file.
    ///
    /// # Errors
    /// `failed` when it cannot be written.
    pub fn export(&self, path: &Path) -> Result<(), ApiError> {
        self.write_to(path)
            .map_err(|why| ApiError::failed(format!("the memory cannot be written there: {why}")))
    }

    fn write_to(&self, path: &Path) -> std::io::Result<()> {
        let file = File {
            version: VERSION,
            about: ABOUT.to_owned(),
            kinds: self.kinds.iter().map(|(kind, counts)| (kind.to_string(), *counts)).collect(),
        };
        crate::whole_file::write_json(path, &file)
    }

    /// Adds a colleague's, each count times `weight`, rounded; says how many kinds came and how many were left out.
    ///
    /// # Errors
    /// `usage` for a weight that is not above 0 up to 1; `failed` for a file that cannot be understood.
    pub fn import(&mut self, path: &Path, weight: f64) -> Result<(usize, usize), ApiError> {
        if !(weight > 0.0 && weight <= 1.0) {
            return Err(usage("the weight is above 0 and at most 1: 1 counts as much as one's own"));
        }
        let failed =
            |why: String| ApiError::failed(format!("{} is no memory of prompts: {why}", path.display()));
        let (theirs, left_out) = match read(path) {
            Ok(Some(read)) => read,
            Ok(None) => return Err(ApiError::not_found(format!("there is no file {}", path.display()))),
            Err(why) => return Err(failed(why)),
        };
        for (kind, mut counts) in theirs.kinds.clone() {
            let own = self.kinds.entry(kind).or_default();
            for outcome in Outcome::ALL {
                let more = (f64::from(*counts.of(outcome)) * weight).round() as u32;
                let n = own.of(outcome);
                *n = n.saturating_add(more).min(COUNT_MAX);
            }
        }
        Ok((theirs.kinds.len(), left_out))
    }

    /// Forgets everything.
    pub fn wipe(&mut self) {
        *self = Self::default();
    }

    /// What is wrong with the file, if something is.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// How many kinds it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Counts, or takes back, what happened to a prompt of a kind.
    pub fn credit(&mut self, kind: &Kind, outcome: Outcome, back: bool) {
        let n = self.kinds.entry(kind.clone()).or_default().of(outcome);
        *n = if back { n.saturating_sub(1) } else { (*n + 1).min(COUNT_MAX) };
        if self.kinds.get(kind) == Some(&Counts::default()) {
            self.kinds.remove(kind);
        }
    }

    /// Puts these counts in the place of a kind's; `None` removes it.
    pub fn set(&mut self, kind: Kind, counts: Option<Counts>) {
        match counts.filter(|c| *c != Counts::default()) {
            Some(counts) => self.kinds.insert(kind, counts),
            None => self.kinds.remove(&kind),
        };
    }

    /// How likely a prompt of this kind pays off.
    #[must_use]
    pub fn expect(&self, kind: &Kind) -> Expectation {
        let own = self.kinds.get(kind).copied().unwrap_or_default();
        let (mut kin_s, mut kin_f) = (0.0, 0.0);
        for (other, counts) in &self.kinds {
            if other.question == kind.question && other != kind {
                kin_s += counts.successes();
                kin_f += counts.failures();
            }
        }
        let scale = (KIN_MAX / (kin_s + kin_f).max(KIN_MAX)).min(1.0);
        let (kin_s, kin_f) = (kin_s * scale, kin_f * scale);
        let shipped = kind.prior();
        let middle = (STRENGTH * shipped + kin_s) / (STRENGTH + kin_s + kin_f);
        let (s, f) = (own.successes(), own.failures());
        let mean = (STRENGTH * middle + s) / (STRENGTH + s + f);
        let bonus = BONUS / (1.0 + f64::from(own.shown.max(own.taken)));
        let mut why = format!("Beta mean {mean:.2}: prior {shipped:.2} worth {STRENGTH:.0} prompts");
        if kin_s + kin_f > 0.0 {
            why.push_str(&format!(
                ", moved to {middle:.2} by {kin_s:.1} of {:.1} of this question elsewhere",
                kin_s + kin_f
            ));
        }
        why.push_str(&if s + f > 0.0 {
            format!(", then {s:.1} of {:.1} of this kind paid off", s + f)
        } else {
            ", none of this kind yet".to_owned()
        });
        if bonus >= 0.005 {
            why.push_str(&format!("; +{bonus:.2} because little is known of it"));
        }
        Expectation { mean, bonus, why, told: told(own) }
    }

    /// As it crosses the bridge, the most often asked first.
    #[must_use]
    pub fn entries(&self) -> Vec<MemoryEntry> {
        let mut rows: Vec<(&Kind, &Counts)> = self.kinds.iter().collect();
        rows.sort_by_key(|(kind, c)| (std::cmp::Reverse((c.taken, c.shown)), *kind));
        let entry = |(kind, counts): (&Kind, &Counts)| {
            let expected = self.expect(kind);
            MemoryEntry {
                kind: kind.wire(),
                title: kind.title(),
                counts: counts.wire(),
                expected: (expected.mean * 1000.0).round() / 1000.0,
                why: expected.why,
            }
        };
        rows.into_iter().map(entry).collect()
    }
}

/// What prompts of a kind led to, for people.
fn told(c: Counts) -> String {
    let times = |n: u32, of: u32| match (n, of) {
        (1, 1) => "the one time it was asked".to_owned(),
        (n, of) => format!("{n} of {of} times"),
    };
    match () {
        () if c.confirmed > 0 && c.taken > 0 => {
            format!("similar prompts led to a confirmed card {}", times(c.confirmed.min(c.taken), c.taken))
        }
        () if c.starred > 0 && c.taken > 0 => {
            format!("similar prompts led to a starred event {}", times(c.starred.min(c.taken), c.taken))
        }
        () if c.useful > 0 && c.taken > 0 => {
            format!("similar prompts gave a useful answer {}", times(c.useful.min(c.taken), c.taken))
        }
        () if c.dismissed > 0 => {
            let of = c.shown.max(c.dismissed);
            format!("you dismissed such prompts {} of {of} times", c.dismissed)
        }
        () if c.taken > 0 => format!("asked {} before, led to nothing yet", many(c.taken)),
        () => String::new(),
    }
}

fn many(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

fn left_out_said(left_out: usize) -> Option<String> {
    (left_out > 0).then(|| {
        format!(
            "{left_out} {} of the memory {} no kind that this version knows and {} left out",
            if left_out == 1 { "entry" } else { "entries" },
            if left_out == 1 { "is" } else { "are" },
            if left_out == 1 { "was" } else { "were" }
        )
    })
}

/// A file of a memory, and how many entries of it are no kind of ours; `None` where there is no file.
fn read(path: &Path) -> Result<Option<(Memory, usize)>, String> {
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why.to_string()),
    };
    if !meta.is_file() || meta.len() > BYTES_MAX {
        return Err("it is no file of a sensible size".to_owned());
    }
    let text = std::fs::read(path).map_err(|why| why.to_string())?;
    let file: File = serde_json::from_slice(&text).map_err(|why| why.to_string())?;
    if file.version > VERSION {
        return Err(format!("version {} is of a newer Timberline", file.version));
    }
    let all = file.kinds.len();
    let kinds: BTreeMap<Kind, Counts> = file
        .kinds
        .into_iter()
        .filter_map(|(kind, counts)| Some((Kind::parse(&kind)?, counts.bounded())))
        .take(KINDS_MAX)
        .collect();
    let left_out = all - kinds.len();
    Ok(Some((Memory { kinds, problem: None }, left_out)))
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
