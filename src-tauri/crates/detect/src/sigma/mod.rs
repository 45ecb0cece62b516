//! Sigma: rules of the community, compiled to tests of columns, so that thousands of them run in one pass over a case.
//!
//! [`adapter`] turns a rule's text into a [`Rule`] by way of a kept parser, and says of those it cannot use why. [`logsource`]
//! says which events a rule is about, [`fields`] which columns hold what it calls its fields, [`scan`] runs all rules at once,
//! [`correlate`] counts what they found over time, [`cards`] makes findings of it. Where the rules come from (folders,
//! archives, the clipboard) is the caller's.

pub mod adapter;
mod bits;
pub mod cards;
mod column;
pub mod correlate;
pub mod encode;
pub mod fields;
pub mod logsource;
pub mod pattern;
pub mod scan;

pub use adapter::{Loaded, NotUsed, load};
pub use scan::{Hits, Ran, run};

use pattern::Test;
use serde::{Deserialize, Serialize};

/// How bad a rule's author holds what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Informational,
    /// Odd.
    Low,
    /// Look at it.
    Medium,
    /// Look at it now.
    High,
    /// Act.
    Critical,
}

impl Level {
    /// The word, as rules write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What kind of log a rule is about; lower case, empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogSource {
    /// `windows`, `linux`, `aws` ...
    pub product: String,
    /// `process_creation`, `webserver` ...
    pub category: String,
    /// `security`, `sshd`, `cloudtrail` ...
    pub service: String,
}

/// A condition over one event.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A test of a field.
    Leaf(Leaf),
    /// All of these; none is true.
    And(Vec<Expr>),
    /// Any of these; none is false.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// At least so many of these.
    AtLeast(u64, Vec<Expr>),
}

/// A test of a field.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The field as the rule calls it; `None` is any text of the event (a keyword).
    pub field: Option<String>,
    /// What must hold of its value.
    pub want: Want,
}

/// What must hold of a field's value.
#[derive(Clone, Debug)]
pub enum Want {
    /// Any of these tests.
    Any(Vec<Test>),
    /// All of these tests.
    All(Vec<Test>),
    /// The field is there.
    There,
    /// It is not.
    Missing,
    /// Its value is that of another field, in this way.
    Same(String, Likeness),
}

/// How a value must be like that of another field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same.
    Whole,
    /// It begins with it.
    Begins,
    /// It ends with it.
    Ends,
    /// It holds it.
    Holds,
}

/// A rule, ready to run.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, or one made of its title.
    pub id: String,
    /// Its name, by which correlations may call it.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its level; `medium` where it says none.
    pub level: Level,
    /// Its author; must be shown where the rule is (Detection Rule License 1.1).
    pub author: String,
    /// What it finds.
    pub description: String,
    /// Where it comes from.
    pub references: Vec<String>,
    /// What else it may be.
    pub falsepositives: Vec<String>,
    /// ATT&CK technique ids among its tags.
    pub attack: Vec<String>,
    /// The file that it stands in.
    pub path: String,
    /// What it is about.
    pub logsource: LogSource,
    /// What it looks for.
    pub expr: Expr,
}

#[cfg(test)]
mod tests;
