//! Playbooks: a path of questions that was successful once, with blanks for whom it is about. A file each in the data folder,
//! `playbooks/NAME.toml`, that a colleague can be given. A playbook can do nothing but ask questions; how blanks are found and
//! filled is [`blanks`]'.

pub mod blanks;

use crate::curiosity::kind::Kind;
use crate::curiosity::rank::Candidate;
use crate::error::usage;
use crate::planner::known::Known;
use crate::wire::{self, ApiError};
use blanks::{BlankKind, Filler};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use timberline_model::Finding;

const VERSION: u32 = 1;
/// The longest file, in bytes.
const BYTES_MAX: u64 = 64 << 10;
const STEPS_MAX: usize = 30;
const BLANKS_MAX: usize = 20;
const QUESTION_MAX: usize = 500;
const NAME_MAX: usize = 60;
const ABOUT_MAX: usize = 400;
/// At most so many playbooks are read.
const FILES_MAX: usize = 200;

/// A playbook as its file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    version: u32,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub about: String,
    /// The detector whose cards it fits, or `sigma`.
    pub finding: String,
    /// The type of logs that it was made on.
    #[serde(default)]
    pub log: String,
    /// Its blanks.
    #[serde(default, rename = "blank")]
    pub blanks: Vec<Blank>,
    /// Its steps.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// A blank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blank {
    /// `{name}` stands for it in steps.
    pub name: String,
    /// What may fill it.
    pub kind: BlankKind,
    /// The field of a card's entity that fills it first.
    #[serde(default)]
    pub field: String,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A question with blanks.
    pub question: String,
}

/// Whether a name can be a playbook's, and so a file's.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
    !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(fits) && name.trim() == name
}

impl Playbook {
    /// Of parts; checked.
    ///
    /// # Errors
    /// `usage` with what does not fit.
    pub fn new(
        name: &str,
        about: &str,
        kind: &Kind,
        blanks: Vec<Blank>,
        steps: Vec<String>,
    ) -> Result<Self, ApiError> {
        let made = Self {
            version: VERSION,
            name: name.trim().to_owned(),
            about: about.trim().to_owned(),
            finding: kind.finding.clone(),
            log: kind.log.clone(),
            blanks,
            steps: steps.into_iter().map(|question| Step { question }).collect(),
        };
        made.check().map_err(|why| usage(&why))?;
        Ok(made)
    }

    /// From the text of a file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = toml::from_str(text).map_err(|why| why.message().to_owned())?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), String> {
        if self.version != VERSION {
            return Err(format!("version {} is not one that this Timberline knows", self.version));
        }
        if !is_name(&self.name) {
            return Err("its name must be letters, digits, spaces, - and _, at most 60".to_owned());
        }
        let clean = |text: &str, most: usize| text.len() <= most && !text.chars().any(is_odd);
        if !clean(&self.about, ABOUT_MAX) {
            return Err("its description is too long or has control characters".to_owned());
        }
        if Kind::new(&self.log, &self.finding, "other").finding != self.finding {
            return Err("it is for cards of a detector that this version does not have".to_owned());
        }
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX || self.blanks.len() > BLANKS_MAX {
            return Err(format!("it must have 1 to {STEPS_MAX} steps and at most {BLANKS_MAX} blanks"));
        }
        for (n, blank) in self.blanks.iter().enumerate() {
            let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if blank.name.is_empty() || blank.name.len() > 40 || !blank.name.chars().all(name) {
                return Err("a blank's name must be small letters, digits and _".to_owned());
            }
            if self.blanks.iter().take(n).any(|b| b.name == blank.name) {
                return Err(format!("the blank {} stands twice", blank.name));
            }
            if !clean(&blank.field, 80) {
                return Err(format!("the field of the blank {} is none", blank.name));
            }
        }
        for (n, step) in self.steps.iter().enumerate() {
            if step.question.trim().is_empty() || !clean(&step.question, QUESTION_MAX) {
                return Err(format!("step {} is empty, too long or has control characters", n + 1));
            }
            for named in blanks::named(&step.question) {
                if !self.blanks.iter().any(|b| b.name == named) {
                    return Err(format!("step {} has a blank that is not declared", n + 1));
                }
            }
        }
        Ok(())
    }

    /// As a file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // A string of JSON is one of TOML: the escapes are the same, and control characters are refused before.
        let text = |s: &str| serde_json::Value::String(s.to_owned()).to_string();
        let mut out = format!(
            "# A playbook of Timberline: questions with blanks for whom they are about. It can do nothing but ask.\n\
             version = {VERSION}\nname = {}\nabout = {}\nfinding = {}\nlog = {}\n",
            text(&self.name),
            text(&self.about),
            text(&self.finding),
            text(&self.log)
        );
        for blank in &self.blanks {
            let (name, kind) = (text(&blank.name), text(blank.kind.word()));
            out.push_str(&format!(
                "\n[[blank]]\nname = {name}\nkind = {kind}\nfield = {}\n",
                text(&blank.field)
            ));
        }
        for step in &self.steps {
            out.push_str(&format!("\n[[step]]\nquestion = {}\n", text(&step.question)));
        }
        out
    }

    /// As it crosses the bridge, filled by a card where one is given.
    #[must_use]
    pub fn wire(&self, filler: Option<&Filler>, fits: bool) -> wire::Playbook {
        let filled = |blank: &Blank| filler.and_then(|f| f.value(&blank.name).map(str::to_owned));
        wire::Playbook {
            name: self.name.clone(),
            about: self.about.clone(),
            finding: self.finding.clone(),
            blanks: self
                .blanks
                .iter()
                .map(|b| wire::Blank {
                    name: b.name.clone(),
                    kind: b.kind.word().to_owned(),
                    filled: filled(b),
                })
                .collect(),
            steps: self
                .steps
                .iter()
                .map(|s| wire::PlaybookStep {
                    question: s.question.clone(),
                    filled: filler.and_then(|f| f.fill(&s.question).ok()),
                })
                .collect(),
            fits,
        }
    }

    /// Whether it was made for cards of this kind.
    #[must_use]
    pub fn fits(&self, card: &Finding) -> bool {
        self.finding == finding_of(card)
    }
}

/// Control characters, and those that turn the direction of writing.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// What a card comes from, as kinds have it.
#[must_use]
pub fn finding_of(card: &Finding) -> String {
    let finding = if card.rule.is_some() { "sigma" } else { card.detector.as_str() };
    Kind::new("any", finding, "other").finding
}

/// The folder of playbooks.
fn folder(data: &Path) -> PathBuf {
    data.join("playbooks")
}

/// The file of a playbook.
fn file(data: &Path, name: &str) -> PathBuf {
    folder(data).join(format!("{}.toml", name.to_ascii_lowercase().replace(' ', "-")))
}

/// Reads a playbook's file.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read(path: &Path) -> Result<Playbook, String> {
    let meta = std::fs::metadata(path).map_err(|why| why.to_string())?;
    if !meta.is_file() || meta.len() > BYTES_MAX {
        return Err("it is no file of a sensible size".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|why| why.to_string())?;
    Playbook::parse(&text)
}

/// The playbooks of this machine by name, and what is wrong with files that are none.
#[must_use]
pub fn all(data: &Path) -> (Vec<Playbook>, Vec<String>) {
    let entries = std::fs::read_dir(folder(data)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    let (mut books, mut problems) = (Vec::new(), Vec::new());
    for path in paths.into_iter().take(FILES_MAX) {
        match read(&path) {
            Ok(book) => books.push(book),
            Err(why) => problems.push(format!("{}: {why}", path.display())),
        }
    }
    books.sort_by(|a, b| a.name.cmp(&b.name));
    (books, problems)
}

/// A playbook by its name.
///
/// # Errors
/// `not_found`; `failed` for a file that cannot be understood.
pub fn get(data: &Path, name: &str) -> Result<Playbook, ApiError> {
    let path = file(data, name);
    if !is_name(name) || !path.exists() {
        return Err(ApiError::not_found(format!(
            "there is no playbook '{}'",
            crate::planner::say::plain(name)
        )));
    }
    read(&path).map_err(|why| ApiError::failed(format!("the playbook cannot be understood: {why}")))
}

/// Keeps a playbook, whole or not at all. One of the same name is not overwritten.
///
/// # Errors
/// `usage` where there is one of this name; `failed` when it cannot be written.
pub fn keep(data: &Path, book: &Playbook) -> Result<(), ApiError> {
    let path = file(data, &book.name);
    if path.exists() {
        return Err(usage(&format!(
            "there is a playbook '{}' already; remove it or choose another name",
            book.name
        )));
    }
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder(data))?;
        let new = path.with_extension(format!("{}.new", std::process::id()));
        std::fs::write(&new, book.to_toml())?;
        std::fs::rename(&new, &path)
    };
    write().map_err(|why| ApiError::failed(format!("the playbook cannot be kept: {why}")))
}

/// Removes a playbook.
///
/// # Errors
/// `not_found`; `failed` when it cannot be removed.
pub fn remove(data: &Path, name: &str) -> Result<(), ApiError> {
    let path = file(data, name);
    if !is_name(name) || !path.exists() {
        return Err(ApiError::not_found(format!(
            "there is no playbook '{}'",
            crate::planner::say::plain(name)
        )));
    }
    std::fs::remove_file(path)
        .map_err(|why| ApiError::failed(format!("the playbook cannot be removed: {why}")))
}

/// Prompts to begin a playbook that fits one of the best cards.
#[must_use]
pub fn candidates(data: &Path, known: &Known<'_>) -> Vec<Candidate> {
    let books = all(data).0;
    let mut out = Vec::new();
    for card in known.view.findings.iter().take(12) {
        for book in books.iter().filter(|b| b.fits(card)) {
            let filler = Filler::of(book, Some(card), &[], &known.calendar.zone);
            let Some(question) = book.steps.first().and_then(|s| filler.fill(&s.question).ok()) else {
                continue;
            };
            out.push(Candidate {
                question,
                why: format!("Playbook \"{}\" fits this card: step 1 of {}", book.name, book.steps.len()),
                card: Some(card.id.clone()),
                kind: Kind::new(&book.log, &book.finding, "playbook"),
                severity: card.score,
                techniques: card.attack.clone(),
                place: 0,
                fresh: None,
                playbook: Some(book.name.clone()),
            });
        }
    }
    out
}
