//! The TOML file of a declared format, as it is written. docs/own-formats.md describes it for people; what its
//! entries do when a log is read is [`super::compile`]'s and [`super::read`]'s.

use super::{BadFormat, compile::place};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// A format's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Small letters, digits and `_`.
    pub id: Spanned<String>,
    /// Its title.
    pub title: String,
    /// What writes it.
    #[serde(default)]
    pub about: String,
    /// Parts of file names that break a tie with another format.
    #[serde(default)]
    pub names: Vec<String>,
    /// Texts of which a log has at least one near its beginning.
    #[serde(default)]
    pub contains: Vec<String>,
    /// The share of lines that must fit before the format claims a log.
    #[serde(default)]
    pub share: Option<f64>,
    /// How sure it is when all lines fit (built-in formats only).
    #[serde(default)]
    pub sure: Option<f64>,
    /// What the first line of a record looks like; other lines continue the record before.
    #[serde(default)]
    pub start: Option<Spanned<String>>,
    /// Lines that fit no pattern continue the record before.
    #[serde(default)]
    pub joins: bool,
    /// The pattern sees all lines of a record; else its first alone.
    #[serde(default)]
    pub whole: bool,
    /// Lines that hold no record.
    #[serde(default)]
    pub skip: Option<Spanned<String>>,
    /// Records that fit no pattern are read too, with this message; else each is a problem.
    #[serde(default)]
    pub loose: bool,
    /// The message is handed to what knows the programs' own words: `true`, or the program's name.
    #[serde(default)]
    pub said: Option<SaidBy>,
    /// The message is searched for users, addresses and outcomes in free words, and for errors with their traces.
    #[serde(default)]
    pub guess: bool,
    /// Where the time stands.
    #[serde(default)]
    pub time: Option<Time>,
    /// What groups mean.
    #[serde(default)]
    pub fields: BTreeMap<String, Mapping>,
    /// The log's words for levels.
    #[serde(default)]
    pub level: BTreeMap<String, String>,
    /// Fields that every event has.
    #[serde(default)]
    pub set: BTreeMap<String, Constant>,
    /// What lines look like; the first that fits is taken.
    pub pattern: Vec<Pattern>,
    /// What the message (or another group) says; the first that fits is taken.
    #[serde(default)]
    pub detail: Vec<Pattern>,
    /// Lines and what must come of them.
    #[serde(default)]
    pub sample: Vec<Spanned<Sample>>,
}

/// A regular expression with named groups.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// The expression, in the syntax of Rust's `regex`.
    pub regex: Spanned<String>,
    /// The group that a detail looks at.
    #[serde(default)]
    pub of: Option<String>,
    /// Fields of the events that fit.
    #[serde(default)]
    pub set: BTreeMap<String, Constant>,
    /// What its groups mean, where it is not what `[fields]` says.
    #[serde(default)]
    pub fields: BTreeMap<String, Mapping>,
}

/// The value of a field that is always the same.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Constant {
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
}

/// What a group means.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Mapping {
    /// The field's name.
    To(String),
    /// More than that.
    More(Box<Target>),
}

/// What a group means, in full.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The field's name; empty to leave the group out.
    #[serde(default)]
    pub to: Option<String>,
    /// How its text is read.
    #[serde(default)]
    pub kind: Option<String>,
    /// What its words mean: `Failed = "failure"`; `"*"` is every other word.
    #[serde(default)]
    pub values: BTreeMap<String, Constant>,
}

/// Who says the message.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum SaidBy {
    /// Whoever the record names.
    Named(bool),
    /// This program.
    Program(String),
}

/// Where the time stands and how it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The group, or several that are joined by a blank.
    #[serde(default)]
    pub from: Option<OneOrMore>,
    /// As `strptime` has it (`%d/%m/%Y %H:%M:%S`); else the usual shapes are understood.
    #[serde(default)]
    pub layout: Option<Spanned<String>>,
    /// The zone of times that name none.
    #[serde(default)]
    pub zone: Option<Spanned<String>>,
    /// What a number counts since 1970: `s`, `ms`, `us` or `ns`.
    #[serde(default)]
    pub epoch: Option<String>,
}

/// One text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

impl OneOrMore {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<&str> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more.iter().map(String::as_str).collect(),
        }
    }
}

/// Lines and what must come of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The line or lines of one record (or of several, of which the first is looked at).
    pub text: String,
    /// Its time in RFC 3339; times that name no year are taken to be of this one's.
    #[serde(default)]
    pub time: Option<String>,
    /// Its `log.level`.
    #[serde(default)]
    pub level: Option<String>,
    /// Fields that it must have.
    #[serde(default)]
    pub fields: BTreeMap<String, Constant>,
    /// Fields that it must not have.
    #[serde(default)]
    pub without: Vec<String>,
    /// How many events come of it; 1 where nothing is said.
    #[serde(default)]
    pub events: Option<usize>,
}

impl Spec {
    /// From the text of a file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, BadFormat> {
        let spec: Self = toml::from_str(text).map_err(|why| {
            let at = why.span().map_or(0, |s| s.start);
            place(text, at, why.message().trim().replace('\n', ", "))
        })?;
        let id = spec.id.get_ref();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
            let message = "the id must be 1 to 64 small letters, digits and _".to_owned();
            return Err(place(text, spec.id.span().start, message));
        }
        if spec.pattern.is_empty() {
            return Err(place(text, 0, "there is no [[pattern]]".to_owned()));
        }
        if spec.title.trim().is_empty() {
            return Err(place(text, 0, "the title is empty".to_owned()));
        }
        Ok(spec)
    }
}
