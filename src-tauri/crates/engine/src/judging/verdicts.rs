//! What verdicts on cards teach, over all cases of this machine: for each kind of card how often such cards were confirmed, called
//! false positives and muted. One readable file in the data folder, `verdicts.json`. A kind is the detector (a public Sigma rule's
//! id for its cards), the severity, whether those who acted are inside or outside, and the step of an intrusion: words of this
//! program only, nothing of any log.
//!
//! The rule. With `c` confirmed and `d` dismissed (a mute counts half), those of the same detector but another kind counting half
//! and for at most [`KIN_MAX`] together, the chance that such a card is true is the mean of a Beta distribution around a half:
//! `p = (2 + c) / (4 + c + d)`. A card is moved by `1.2 (p - 0.5)` below a half, at most -0.3, and by `0.6 (p - 0.5)` above it, at
//! most +0.15. So 4 of 5 dismissed are -0.2. Figures ours: a word of severity down, half a word up. Floors are the caller's.

use super::scope;
use crate::wire::{ApiError, VerdictEntry};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use timberline_detect::{DETECTORS, Stage};
use timberline_model::{Finding, Part, Severity, Status};

/// The file's name in the data folder.
pub const FILE: &str = "verdicts.json";
/// The version of the file that this program writes.
const VERSION: u32 = 1;
/// At most so many kinds; those with the fewest verdicts go first.
const KINDS_MAX: usize = 2_000;
/// The greatest count.
const COUNT_MAX: u32 = 1_000_000;
/// The longest file that is read, in bytes.
const BYTES_MAX: u64 = 4 << 20;
/// How many verdicts the prior is worth; half of them confirmed.
const STRENGTH: f64 = 4.0;
/// How many verdicts on other kinds of cards of the same detector count at most.
pub const KIN_MAX: f64 = 4.0;
/// The most that a card is lowered ...
pub const DOWN_MAX: f64 = 0.3;
/// ... and raised.
pub const UP_MAX: f64 = 0.15;

/// One at a time reads the file, changes it and writes it.
static FILE_LOCK: Mutex<()> = Mutex::new(());

/// A kind of card.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    detector: String,
    severity: &'static str,
    side: &'static str,
    stage: String,
}

const SEVERITIES: [Severity; 5] =
    [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
const SIDES: [&str; 3] = ["inside", "outside", "nowhere"];
/// The step of a card whose detector and techniques name none.
const NO_STAGE: &str = "other";

fn stage_word(stage: Stage) -> Option<String> {
    serde_json::to_value(stage).ok()?.as_str().map(str::to_owned)
}

/// The step that a technique is of: that of the first detector that may name it.
fn stage_of_technique(id: &str) -> Option<Stage> {
    DETECTORS.iter().map(|d| d.about()).find(|a| a.attack.contains(&id)).map(|a| a.stage)
}

/// A Sigma rule's id where it is one of the public form: what a rule of the analyst's own says of itself may be anything.
fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.chars().enumerate().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

fn is_detector(id: &str) -> bool {
    matches!(id, "sigma" | "other")
        || id.strip_prefix("sigma:").is_some_and(is_uuid)
        || DETECTORS.iter().any(|d| d.about().id == id)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.detector, self.severity, self.side, self.stage)
    }
}

impl Kind {
    /// The kind of a finding, as its detector left it: not of one whose score was moved.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let key = scope::key(finding);
        let detector = match () {
            () if is_detector(&key) => key,
            () if finding.rule.is_some() => "sigma".to_owned(),
            () => "other".to_owned(),
        };
        let acting = |prefixes: &[&str]| {
            let fits = |field: &str| prefixes.is_empty() || prefixes.iter().any(|p| field.starts_with(p));
            finding
                .entities
                .iter()
                .filter(|e| fits(&e.field) && e.value.parse::<IpAddr>().is_ok())
                .map(|e| timberline_detect::table::is_inside(&e.value))
                .collect::<Vec<bool>>()
        };
        let addresses = Some(acting(&["source.", "client."])).filter(|a| !a.is_empty());
        let addresses = addresses.unwrap_or_else(|| acting(&[]));
        let side = match (addresses.is_empty(), addresses.contains(&false)) {
            (true, _) => "nowhere",
            (false, true) => "outside",
            (false, false) => "inside",
        };
        let of_detector =
            DETECTORS.iter().map(|d| d.about()).find(|a| a.id == finding.detector).map(|a| a.stage);
        let stage = of_detector.or_else(|| finding.attack.iter().find_map(|id| stage_of_technique(id)));
        Self {
            detector,
            severity: Severity::of(finding.score).word(),
            side,
            stage: stage.and_then(stage_word).unwrap_or_else(|| NO_STAGE.to_owned()),
        }
    }

    /// From its words; only of words of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (detector, severity, side, stage) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let severity = SEVERITIES.iter().map(|s| s.word()).find(|w| *w == severity)?;
        let side = SIDES.iter().find(|s| **s == side)?;
        let known = stage == NO_STAGE
            || DETECTORS.iter().any(|d| stage_word(d.about().stage).as_deref() == Some(stage));
        let fits = parts.next().is_none() && is_detector(detector) && known;
        fits.then(|| Self { detector: detector.to_owned(), severity, side, stage: stage.to_owned() })
    }

    /// In words: `high cards of "Brute force" from outside`.
    #[must_use]
    pub fn title(&self) -> String {
        let of = match self.detector.strip_prefix("sigma:") {
            Some(rule) => format!("the Sigma rule {rule}"),
            None if self.detector == "sigma" => "Sigma rules".to_owned(),
            None => format!("\"{}\"", crate::ops::known::detector_title(&self.detector)),
        };
        let side = match self.side {
            "nowhere" => String::new(),
            side => format!(", acting from {side}"),
        };
        format!("{} cards of {of}{side}", self.severity)
    }
}

/// How often each verdict was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Counts {
    confirmed: u32,
    false_positive: u32,
    muted: u32,
}

impl Counts {
    fn of(&mut self, status: Status) -> Option<&mut u32> {
        match status {
            Status::Open => None,
            Status::Confirmed => Some(&mut self.confirmed),
            Status::FalsePositive => Some(&mut self.false_positive),
            Status::Muted => Some(&mut self.muted),
        }
    }

    fn dismissed(self) -> u32 {
        self.false_positive.saturating_add(self.muted)
    }

    fn total(self) -> u32 {
        self.confirmed.saturating_add(self.dismissed())
    }

    /// Confirmed and dismissed as the rule counts them.
    fn weighed(self) -> (f64, f64) {
        (f64::from(self.confirmed), f64::from(self.false_positive) + 0.5 * f64::from(self.muted))
    }

    fn bounded(self) -> Self {
        let cut = |n: u32| n.min(COUNT_MAX);
        Self {
            confirmed: cut(self.confirmed),
            false_positive: cut(self.false_positive),
            muted: cut(self.muted),
        }
    }
}

/// What is known of cards of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// What it moves a card by, -0.3 to 0.15, in hundredths.
    pub weight: f64,
    /// The mean of the Beta distribution, 0 to 1.
    pub mean: f64,
    /// In words ("You dismissed 4 of 5 such cards").
    pub said: String,
    /// The arithmetic in words.
    pub why: String,
}

impl Learned {
    /// As a part that adds `weight` to a score; `held` where the card's floor or ceiling made it less.
    #[must_use]
    pub fn part(&self, weight: f64, held: bool) -> Part {
        let held = if held {
            "; held back: learning moves no card into critical or out of it, nor below 0.1"
        } else {
            ""
        };
        Part {
            name: self.said.clone(),
            observed: self.mean.into(),
            expected: 0.5.into(),
            threshold: format!("-{DOWN_MAX} to +{UP_MAX}").into(),
            weight,
            unit: "chance that it is true".to_owned(),
            baseline: format!("{}{held}", self.why),
            query: None,
        }
    }
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

const ABOUT: &str = "What Timberline learned from verdicts on cards: for each kind of card (detector / severity / where who acted stands / \
    step of an intrusion) how often such cards were confirmed, called false positives and muted. Only kinds and counts, nothing of \
    any log. You may change or delete any of it.";

/// What was learned.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    kinds: BTreeMap<Kind, Counts>,
    problem: Option<String>,
}

/// What the data folder has. A file that cannot be understood is put aside, and that is said.
#[must_use]
pub fn load(data: &Path) -> Verdicts {
    let _one = FILE_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    Verdicts::load(data)
}

/// Changes what the data folder has.
///
/// # Errors
/// `failed` when it cannot be written.
pub fn change(data: &Path, act: impl FnOnce(&mut Verdicts)) -> Result<(), ApiError> {
    let _one = FILE_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let mut verdicts = Verdicts::load(data);
    act(&mut verdicts);
    verdicts.save(data)
}

fn aside(data: &Path) -> PathBuf {
    data.join(format!("{FILE}.unreadable"))
}

/// What a file has, and how many of its entries were left out.
type Kept = (BTreeMap<Kind, Counts>, usize);

fn read(path: &Path) -> Result<Option<Kept>, String> {
    match std::fs::metadata(path) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why.to_string()),
        Ok(meta) if meta.len() > BYTES_MAX => return Err("it is too long".to_owned()),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|why| why.to_string())?;
    let file: File = serde_json::from_str(&text).map_err(|why| why.to_string())?;
    if file.version != VERSION {
        return Err(format!("it has version {}, this program knows {VERSION}", file.version));
    }
    let all = file.kinds.len();
    let known = file.kinds.into_iter().take(KINDS_MAX);
    let kinds: BTreeMap<Kind, Counts> =
        known.filter_map(|(kind, counts)| Some((Kind::parse(&kind)?, counts.bounded()))).collect();
    let left_out = all - kinds.len();
    Ok(Some((kinds, left_out)))
}

impl Verdicts {
    fn load(data: &Path) -> Self {
        let path = data.join(FILE);
        let mut problems = Vec::new();
        let kinds = match read(&path) {
            Ok(None) => BTreeMap::new(),
            Ok(Some((kinds, left_out))) => {
                if left_out > 0 {
                    problems.push(format!("{left_out} of its entries are no kinds that this version knows"));
                }
                kinds
            }
            Err(why) => {
                if std::fs::rename(&path, aside(data)).is_err() {
                    problems.push(format!("what was learned from verdicts cannot be read ({why})"));
                }
                BTreeMap::new()
            }
        };
        // It stays said until somebody has looked at the file or wiped it.
        if aside(data).exists() {
            problems.push(format!(
                "an earlier file could not be understood; it was put aside as {} and a new one began",
                aside(data).display()
            ));
        }
        Self { kinds, problem: (!problems.is_empty()).then(|| problems.join("; ")) }
    }

    fn save(&mut self, data: &Path) -> Result<(), ApiError> {
        while self.kinds.len() > KINDS_MAX {
            let least = self.kinds.iter().min_by_key(|(kind, c)| (c.total(), (*kind).clone()));
            let Some(least) = least.map(|(kind, _)| kind.clone()) else { break };
            self.kinds.remove(&least);
        }
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(data)?;
            self.write_to(&data.join(FILE))
        };
        write()
            .map_err(|why| ApiError::failed(format!("what was learned from verdicts cannot be kept: {why}")))
    }

    /// Writes it to a file, whole or not at all.
    ///
    /// # Errors
    /// `failed` when it cannot be written.
    pub fn export(&self, path: &Path) -> Result<(), ApiError> {
        self.write_to(path).map_err(|why| ApiError::failed(format!("it cannot be written there: {why}")))
    }

    fn write_to(&self, path: &Path) -> std::io::Result<()> {
        let file = File {
            version: VERSION,
            about: ABOUT.to_owned(),
            kinds: self.kinds.iter().map(|(kind, counts)| (kind.to_string(), *counts)).collect(),
        };
        crate::whole_file::write_json(path, &file)
    }

    /// Forgets everything, a file that was put aside too.
    ///
    /// # Errors
    /// `failed` when a file cannot be written or removed.
    pub fn wipe(data: &Path) -> Result<(), ApiError> {
        change(data, |verdicts| *verdicts = Self::default())?;
        match std::fs::remove_file(aside(data)) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                Err(ApiError::failed(format!("{} cannot be removed: {why}", aside(data).display())))
            }
            _ => Ok(()),
        }
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

    /// Counts a verdict, or takes it back.
    pub fn credit(&mut self, kind: &Kind, status: Status, back: bool) {
        let counts = self.kinds.entry(kind.clone()).or_default();
        if let Some(n) = counts.of(status) {
            *n = if back { n.saturating_sub(1) } else { (*n + 1).min(COUNT_MAX) };
        }
        if *counts == Counts::default() {
            self.kinds.remove(kind);
        }
    }

    /// What is known of cards of a kind; nothing where no card of its detector was judged.
    #[must_use]
    pub fn of(&self, kind: &Kind) -> Option<Learned> {
        let own = self.kinds.get(kind).copied().unwrap_or_default();
        let mut kin = Counts::default();
        for (other, counts) in &self.kinds {
            if other.detector == kind.detector && other != kind {
                kin.confirmed = kin.confirmed.saturating_add(counts.confirmed);
                kin.false_positive = kin.false_positive.saturating_add(counts.false_positive);
                kin.muted = kin.muted.saturating_add(counts.muted);
            }
        }
        if own.total() + kin.total() == 0 {
            return None;
        }
        let ((c, d), (kin_c, kin_d)) = (own.weighed(), kin.weighed());
        // Half of each, and no more than KIN_MAX together.
        let half = 0.5 * (2.0 * KIN_MAX / (kin_c + kin_d).max(2.0 * KIN_MAX));
        let (c, d) = (c + half * kin_c, d + half * kin_d);
        let mean = (0.5 * STRENGTH + c) / (STRENGTH + c + d);
        let slope = if mean < 0.5 { 1.2 } else { 0.6 };
        let weight = (slope * (mean - 0.5)).clamp(-DOWN_MAX, UP_MAX);
        let (told, whose) =
            if own.total() > 0 { (own, "such cards") } else { (kin, "other cards of this detector") };
        let said = if told.dismissed() >= told.confirmed {
            format!("You dismissed {} of {} {whose}", told.dismissed(), told.total())
        } else {
            format!("You confirmed {} of {} {whose}", told.confirmed, told.total())
        };
        let why = format!(
            "Beta mean {mean:.2}: ({:.0} + {c:.1}) / ({STRENGTH:.0} + {:.1}), a mute counts half, other kinds of this detector \
             half; {slope} x ({mean:.2} - 0.5)",
            0.5 * STRENGTH,
            c + d
        );
        Some(Learned { weight: (weight * 100.0).round() / 100.0, mean, said, why })
    }

    /// As it crosses the bridge, the most often judged first.
    #[must_use]
    pub fn entries(&self) -> Vec<VerdictEntry> {
        let mut rows: Vec<(&Kind, &Counts)> = self.kinds.iter().collect();
        rows.sort_by_key(|(kind, c)| (std::cmp::Reverse(c.total()), *kind));
        let entry = |(kind, counts): (&Kind, &Counts)| {
            let learned = self.of(kind);
            VerdictEntry {
                kind: kind.to_string(),
                title: kind.title(),
                confirmed: counts.confirmed,
                false_positive: counts.false_positive,
                muted: counts.muted,
                weight: learned.as_ref().map_or(0.0, |l| l.weight),
                why: learned.map_or_else(String::new, |l| l.why),
            }
        };
        rows.into_iter().map(entry).collect()
    }
}

/// How a verdict that was counted is noted beside it in the case: `false_positive KIND`.
#[must_use]
pub fn token(kind: &Kind, status: Status) -> String {
    match status {
        Status::Open => String::new(),
        Status::Confirmed => format!("confirmed {kind}"),
        Status::FalsePositive => format!("false_positive {kind}"),
        Status::Muted => format!("muted {kind}"),
    }
}

/// What a note of [`token`] says; a case file may say anything.
#[must_use]
pub fn noted(token: &str) -> Option<(Kind, Status)> {
    let (word, kind) = token.split_once(' ')?;
    let status = match word {
        "confirmed" => Status::Confirmed,
        "false_positive" => Status::FalsePositive,
        "muted" => Status::Muted,
        _ => return None,
    };
    Some((Kind::parse(kind)?, status))
}

/// Takes one verdict back and counts another.
pub fn recount(verdicts: &mut Verdicts, before: &str, after: &str) {
    if before == after {
        return;
    }
    for (note, back) in [(before, true), (after, false)] {
        if let Some((kind, status)) = noted(note) {
            verdicts.credit(&kind, status, back);
        }
    }
}
