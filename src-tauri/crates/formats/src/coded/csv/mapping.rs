//! What the analyst said of the columns of a table, kept by the names of its columns and applied the next time.
//!
//! A mapping is a small TOML file:
//!
//! ```toml
//! # The names of the columns; without them the mapping is for any table that has those below.
//! header = ["When", "Src", "Who", "Note"]
//!
//! [columns]
//! When = "time"
//! Src = "source.ip"
//! Who = "user.name"
//! Note = "ignore"
//! ```
//!
//! A column is `time` (several are joined by a blank), `time:filetime` and the like for numbers that count
//! something else than since 1970, `ignore`, `keep`, or the ECS field that it is.

use crate::coded::named_values::{Means, key};
use crate::normalise::time::numbers::Count;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What was said of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The time, or a part of it; what a number counts.
    Time(Option<Count>),
    /// Left out.
    Ignore,
    /// Kept under its own name.
    Keep,
    /// This field.
    Field(String),
    /// Something with a meaning of its own.
    Means(Means),
}

/// What was said of the columns of one kind of table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// The names of the columns, in order; empty where it is for any table.
    pub header: Vec<String>,
    /// What divides the cells, where that was said.
    pub delimiter: Option<u8>,
    /// By name.
    pub columns: Vec<(String, Said)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    header: Vec<String>,
    #[serde(default)]
    delimiter: Option<String>,
    columns: BTreeMap<String, String>,
}

impl Mapping {
    /// Reads a mapping's file.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|why| format!("not a mapping: {}", why.message()))?;
        let delimiter = match file.delimiter.as_deref() {
            None => None,
            Some(one) if one.len() == 1 => one.bytes().next(),
            Some(other) => return Err(format!("the delimiter \"{other}\" is not one character")),
        };
        let mut columns = Vec::new();
        for (name, word) in file.columns {
            let said = Said::parse(&word).map_err(|why| format!("column \"{name}\": {why}"))?;
            columns.push((name, said));
        }
        Ok(Self { header: file.header, delimiter, columns })
    }

    /// As [`Mapping::parse`] reads it.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::from("# What Timberline's user said of the columns of a table.\n");
        if !self.header.is_empty() {
            let names: Vec<String> = self.header.iter().map(|n| quoted(n)).collect();
            out.push_str(&format!("header = [{}]\n", names.join(", ")));
        }
        if let Some(delimiter) = self.delimiter {
            out.push_str(&format!("delimiter = {}\n", quoted(&char::from(delimiter).to_string())));
        }
        out.push_str("\n[columns]\n");
        for (name, said) in &self.columns {
            out.push_str(&format!("{} = {}\n", quoted(name), quoted(&said.word())));
        }
        out
    }

    /// What was said of a column.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Said> {
        self.columns.iter().find(|(n, _)| n == name || key(n) == key(name)).map(|(_, said)| said)
    }

    /// The names that it is for, as one short text; `None` where it is for any table.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        (!self.header.is_empty()).then(|| fingerprint(&self.header))
    }
}

/// One short text for the names of a table's columns: case and punctuation do not matter, their order does.
#[must_use]
pub fn fingerprint(names: &[String]) -> String {
    let keys: Vec<String> = names.iter().map(|n| key(n)).collect();
    Sha256::digest(keys.join("\u{1f}").as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// The mappings that are known when a source is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mappings {
    /// All of them; the first that fits is taken.
    pub list: Vec<Mapping>,
}

impl Mappings {
    /// The one for a table with these columns: of these very names, else one for any table that has all of its own.
    #[must_use]
    pub fn for_table(&self, names: &[String]) -> Option<&Mapping> {
        let print = fingerprint(names);
        let of_names = self.list.iter().find(|m| m.fingerprint().is_some_and(|p| p == print));
        of_names.or_else(|| {
            let has =
                |m: &Mapping| m.columns.iter().all(|(n, _)| names.iter().any(|name| key(name) == key(n)));
            self.list.iter().find(|m| m.header.is_empty() && !m.columns.is_empty() && has(m))
        })
    }

    /// A delimiter that a mapping for any table gives.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        self.list.iter().filter(|m| m.header.is_empty()).find_map(|m| m.delimiter)
    }
}

impl Said {
    /// What a word of a mapping means.
    ///
    /// # Errors
    /// A sentence that says what would be understood.
    pub fn parse(word: &str) -> Result<Self, String> {
        let word = word.trim();
        Ok(match word {
            "time" => Self::Time(None),
            "ignore" => Self::Ignore,
            "keep" => Self::Keep,
            "source.ip" | "source.address" => Self::Means(Means::Source),
            "destination.ip" | "destination.address" => Self::Means(Means::Destination),
            "source.port" => Self::Means(Means::SourcePort),
            "destination.port" => Self::Means(Means::DestinationPort),
            "user.name" => Self::Means(Means::User),
            "event.outcome" => Self::Means(Means::Outcome),
            "log.level" => Self::Means(Means::Level),
            "network.transport" | "network.protocol" => Self::Means(Means::Protocol),
            "json" => Self::Means(Means::Json("")),
            _ => match word.strip_prefix("time:") {
                Some(count) => {
                    let found = Count::named(count).or_else(|| (count == "epoch").then_some(Count::Unix));
                    Self::Time(Some(found.ok_or_else(|| {
                        format!("no number is counted as \"{count}\"; there are epoch, filetime, webkit, cocoa, ticks, hfstime and oledate")
                    })?))
                }
                None if is_field(word) => Self::Field(word.to_owned()),
                None => {
                    return Err(format!(
                        "\"{word}\" is no field; give time, ignore, keep, json or a dotted name such as source.ip"
                    ));
                }
            },
        })
    }

    /// The word that [`Said::parse`] reads.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Time(None) => "time".to_owned(),
            Self::Time(Some(count)) => format!(
                "time:{}",
                match count {
                    Count::Unix => "epoch",
                    Count::Filetime => "filetime",
                    Count::Ticks => "ticks",
                    Count::WebKit => "webkit",
                    Count::Cocoa => "cocoa",
                    Count::Ole => "oledate",
                    Count::Hfs => "hfstime",
                }
            ),
            Self::Ignore => "ignore".to_owned(),
            Self::Keep => "keep".to_owned(),
            Self::Field(field) => field.clone(),
            Self::Means(means) => word_of(*means).unwrap_or("keep").to_owned(),
        }
    }
}

/// The field that a meaning ends in, as a mapping writes it.
#[must_use]
pub fn word_of(means: Means) -> Option<&'static str> {
    Some(match means {
        Means::To(field) | Means::Mail(field) => field,
        Means::Source => "source.ip",
        Means::Destination => "destination.ip",
        Means::SourcePort => "source.port",
        Means::DestinationPort => "destination.port",
        Means::User => "user.name",
        Means::Host => "host.name",
        Means::Outcome => "event.outcome",
        Means::Level => "log.level",
        Means::Protocol => "network.transport",
        Means::Code => "event.code",
        Means::Message => "message",
        Means::Domain => "dns.question.name",
        Means::Json(_) => "json",
        Means::Nothing => "ignore",
        Means::Keep | Means::Pairs(_) => return None,
    })
}

/// A dotted name: letters, digits, `_`, `-` and `@`, of at most 120 bytes.
fn is_field(word: &str) -> bool {
    let part = |p: &str| {
        !p.is_empty() && p.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'@'))
    };
    word.len() <= 120 && word.split('.').all(part) && word.bytes().any(|c| c.is_ascii_alphabetic())
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_written_as_it_is_read() {
        let text = "header = [\"When \\\"x\\\"\", \"Src\"]\ndelimiter = \";\"\n[columns]\n\"When \\\"x\\\"\" = \"time:filetime\"\nSrc = \"source.ip\"\nNote = \"ignore\"\nMine = \"my.field\"\n";
        let mapping = Mapping::parse(text).unwrap();
        assert_eq!(Mapping::parse(&mapping.write()).unwrap(), mapping);
        assert_eq!(mapping.of("src"), Some(&Said::Means(Means::Source)));
        assert_eq!(mapping.of("Mine"), Some(&Said::Field("my.field".into())));
        assert_eq!(mapping.of("other"), None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, words) in [
            ("nonsense", "not a mapping"),
            ("[columns]\na = \"two words\"", "column \"a\": \"two words\" is no field"),
            ("[columns]\na = \"time:moons\"", "no number is counted as"),
            ("delimiter = \"ab\"\n[columns]\na = \"time\"", "is not one character"),
            ("[columns]\n[columns.x]\na = 1", "not a mapping"),
            ("other = 1\n[columns]\n", "not a mapping"),
        ] {
            let why = Mapping::parse(text).unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }

    #[test]
    fn the_mapping_of_these_very_names_goes_before_one_for_any_table() {
        let names = |n: &[&str]| n.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let any = Mapping::parse("[columns]\nA = \"user.name\"").unwrap();
        let own = Mapping::parse("header = [\"a\", \"B c\"]\n[columns]\na = \"keep\"").unwrap();
        let all = Mappings { list: vec![any.clone(), own.clone()] };
        assert_eq!(all.for_table(&names(&["A", "b_c"])), Some(&own));
        assert_eq!(all.for_table(&names(&["a", "d"])), Some(&any));
        assert_eq!(all.for_table(&names(&["d"])), None);
    }
}
