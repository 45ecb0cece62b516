//! A format while it is being made: what it would make of pasted lines, and a first draft from a line. Drafts are not
//! kept in memory; the file of one that is finished is.

pub use super::guess::guess;
use super::spec::Spec;
use super::{BadFormat, check, compile};
use timberline_model::Value;

/// Where a named group matched; places count in UTF-16 units, as the window does.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where it begins in the record's text.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// What a draft makes of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftRow {
    /// Its first line among those pasted, from 1.
    pub line: u64,
    /// Its text.
    pub text: String,
    /// The pattern that fits, from 1; none where no pattern does.
    pub pattern: Option<usize>,
    /// Its groups.
    pub groups: Vec<Group>,
    /// When, ns since 1970 UTC.
    pub time_ns: Option<i64>,
    /// The fields of the event.
    pub fields: Vec<(String, Value)>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// At most so many records are looked at.
const MOST_ROWS: usize = 200;

/// What a draft, as the text of its file, makes of pasted lines.
///
/// # Errors
/// What is wrong with the draft, and where.
pub fn preview(toml: &str, lines: &str, zone: Option<&str>) -> Result<Vec<DraftRow>, BadFormat> {
    let spec = Spec::parse(toml)?;
    let compiled = compile::compile(&spec, toml)?;
    let kept = check::try_on(&spec, &compiled, lines.as_bytes(), None, zone, MOST_ROWS);
    let rows = kept.rows.into_iter().map(|row| {
        let text = row.text.as_str();
        let seen = if spec.whole { text } else { text.lines().next().unwrap_or_default() };
        let fitting = compiled
            .patterns
            .iter()
            .enumerate()
            .find_map(|(n, p)| Some((n, &p.regex, p.regex.captures(seen.as_bytes())?)));
        let (mut pattern, mut groups) = (None, Vec::new());
        if let Some((n, regex, captures)) = fitting {
            pattern = Some(n + 1);
            for (name, found) in regex.capture_names().zip(captures.iter()) {
                let (Some(name), Some(found)) = (name, found) else { continue };
                let units = |at: usize| seen.get(..at).map_or(0, |t| t.encode_utf16().count());
                groups.push(Group {
                    name: name.to_owned(),
                    from: units(found.start()),
                    to: units(found.end()),
                });
            }
        }
        DraftRow {
            line: row.line,
            pattern,
            groups,
            time_ns: row.time_ns,
            fields: row.fields,
            problem: row.problem,
            text: row.text,
        }
    });
    Ok(rows.collect())
}

/// One pattern and what its groups mean, as the window's screen holds it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sketch {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// What writes it.
    pub about: String,
    /// The regular expression of a line.
    pub pattern: String,
    /// One of the message; may be empty.
    pub detail: String,
    /// Lines that do not fit belong to the record before.
    pub joins: bool,
    /// Groups with the field and the kind (may be empty) that each has.
    pub fields: Vec<(String, String, String)>,
    /// How the time is written; may be empty.
    pub layout: String,
    /// The zone of its times; may be empty.
    pub zone: String,
    /// What a number counts; may be empty.
    pub epoch: String,
    /// Fields that every event has.
    pub set: Vec<(String, String)>,
    /// A line to keep as a sample, with the time that it has; may be empty.
    pub sample: String,
    /// The sample's time.
    pub sample_time: String,
}

impl Sketch {
    /// The text of its file.
    #[must_use]
    pub fn toml(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            out.push_str(&text);
            out.push('\n');
        };
        line(format!("id = {}", quoted(&self.id)));
        line(format!("title = {}", quoted(&self.title)));
        if !self.about.is_empty() {
            line(format!("about = {}", quoted(&self.about)));
        }
        if self.joins {
            line("joins = true".to_owned());
        }
        if !(self.layout.is_empty() && self.zone.is_empty() && self.epoch.is_empty()) {
            line("\n[time]".to_owned());
            for (name, value) in [("layout", &self.layout), ("zone", &self.zone), ("epoch", &self.epoch)] {
                if !value.is_empty() {
                    line(format!("{name} = {}", quoted(value)));
                }
            }
        }
        if !self.set.is_empty() {
            line("\n[set]".to_owned());
            for (name, value) in &self.set {
                line(format!("{} = {}", quoted(name), quoted(value)));
            }
        }
        if !self.fields.is_empty() {
            line("\n[fields]".to_owned());
            for (group, field, kind) in &self.fields {
                let kind = if kind.is_empty() { String::new() } else { format!(", kind = {}", quoted(kind)) };
                line(format!("{} = {{ to = {}{kind} }}", quoted(group), quoted(field)));
            }
        }
        line(format!("\n[[pattern]]\nregex = {}", literal(&self.pattern)));
        if !self.detail.is_empty() {
            line(format!("\n[[detail]]\nregex = {}", literal(&self.detail)));
        }
        if !self.sample.is_empty() {
            line(format!("\n[[sample]]\ntext = {}", literal(&self.sample)));
            if !self.sample_time.is_empty() {
                line(format!("time = {}", quoted(&self.sample_time)));
            }
        }
        out
    }
}

/// A TOML string with escapes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out + "\""
}

/// A TOML string in which backslashes stand for themselves, where that can be.
fn literal(text: &str) -> String {
    if text.contains("'''")
        || text.ends_with('\'')
        || text.chars().any(|c| c.is_control() && c != '\t' && c != '\n')
    {
        return quoted(text);
    }
    // The first line break after the quotes is no part of the text.
    let gap = if text.starts_with('\n') { "\n" } else { "" };
    format!("'''{gap}{text}'''")
}
