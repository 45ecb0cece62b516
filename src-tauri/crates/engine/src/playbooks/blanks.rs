//! Blanks: how values of logs are taken out of questions so that a playbook has none, and how a card fills them again.

use super::{Blank, Playbook};
use crate::error::usage;
use crate::planner::hands::Hands;
use crate::planner::known::Known;
use crate::planner::{say, suggest};
use crate::wire::{ApiError, BlankValue};
use crate::zone::DisplayZone;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use timberline_model::{Entity, Filter, Finding, TimeRange};

/// What may fill a blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankKind {
    /// An address or a network.
    Address,
    /// A user.
    User,
    /// A host.
    Host,
    /// A domain.
    Domain,
    /// A process or a command.
    Process,
    /// A day, `2026-03-10`: the card's first.
    Day,
    /// A time of day, `02:13`: the card's first.
    Clock,
    /// Anything else.
    Value,
}

impl BlankKind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::User => "user",
            Self::Host => "host",
            Self::Domain => "domain",
            Self::Process => "process",
            Self::Day => "day",
            Self::Clock => "clock",
            Self::Value => "value",
        }
    }

    fn of_field(field: &str) -> Self {
        match field {
            f if f.ends_with(".ip") || f.ends_with(".address") => Self::Address,
            f if f.starts_with("user.") => Self::User,
            f if f.starts_with("host.") => Self::Host,
            f if f.starts_with("dns.") || f == "url.domain" || f.ends_with(".domain") => Self::Domain,
            f if f.starts_with("process.") => Self::Process,
            _ => Self::Value,
        }
    }
}

/// Fields that a blank may be filled from by name: names of ours, never one that a log brought.
const FIELDS: &[&str] = &[
    "source.ip",
    "source.address",
    "destination.ip",
    "destination.address",
    "client.ip",
    "user.name",
    "user.target.name",
    "host.name",
    "dns.question.name",
    "url.domain",
    "url.path",
    "process.name",
    "process.executable",
    "process.command_line",
    "user_agent.original",
    "event.action",
    "cloud.region",
];

/// Fields whose values are whom a log is about.
const WHOM: &[&str] = &[
    "user.name",
    "user.target.name",
    "user.effective.name",
    "user.id",
    "user.email",
    "host.name",
    "source.address",
    "destination.address",
    "source.ip",
    "destination.ip",
    "client.ip",
    "dns.question.name",
    "url.domain",
    "process.name",
    "process.executable",
    "url.path",
    "file.path",
    "file.name",
    "group.name",
    "user.domain",
    "cloud.account.id",
    "email.from.address",
];

/// Words that a question is made of: these are no values, whatever a log has as a name.
const WORDS: &str = "a about accounts account across action actions activity added address addresses after agent agents all also an and any \
    anything are around as asked at attempt attempts authentication bandwidth been before between by bytes called calls can change changed changes \
    clear cleared clients code codes command commands common connect connected connection connections contact count created daily data database \
    date day days denied destination destinations did different distinct dns do does domain domains down during each else error errors ever every \
    event events executable executables fail failed failure failures few fields file files find first followed for four from get got group groups \
    had happen happened happens has have here high host hosts hour hours how i in inside installed invalid ip is it its job jobs last least like \
    list locked log logged logging login logins logon logons logs look machine machines made malware many me methods minute minutes month more most \
    much name names network new night no not of off often on one only or other others out over page pages parent password passwords past path \
    paths patterns per period ports port process processes programs queried queries query rare rarest reach reached recent recently records refused \
    request requests reset response responses rows run same scheduled seen send sent server servers service services session sessions show since \
    size source sources start started status successful successfully succeed sudo suspicious system systems talk task tasks tell than that the \
    their them then there these they things this those through time times to tool top total traffic tried type types under unusual up usage use used \
    user users usual value values via was we web week weekday weekend went were what when where which while who whom whose why with within without \
    would year you";

/// A question as it is being blanked: its words, and the blanks found so far.
pub struct Maker<'k> {
    known: &'k Known<'k>,
    card: &'k Finding,
    /// The blanks, each with the value that it stands for.
    found: Vec<(Blank, String)>,
}

/// Punctuation around a word.
fn bare(word: &str) -> (&str, &str, &str) {
    let is_edge = |c: char| {
        matches!(
            c,
            ',' | ';' | '?' | '!' | '(' | ')' | '.' | ':' | '\'' | '"' | '`' | '\u{201c}' | '\u{201d}'
        )
    };
    let start = word.len() - word.trim_start_matches(is_edge).len();
    let end = word.trim_end_matches(is_edge).len().max(start);
    (
        word.get(..start).unwrap_or_default(),
        word.get(start..end).unwrap_or_default(),
        word.get(end..).unwrap_or_default(),
    )
}

fn is_day(word: &str) -> bool {
    let b = word.as_bytes();
    b.len() == 10
        && b.iter().enumerate().all(|(n, c)| if n == 4 || n == 7 { *c == b'-' } else { c.is_ascii_digit() })
}

fn is_clock(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts.iter().all(|p| (1..=2).contains(&p.len()) && p.bytes().all(|c| c.is_ascii_digit()))
}

impl<'k> Maker<'k> {
    /// For questions that were asked about a card.
    #[must_use]
    pub fn new(known: &'k Known<'k>, card: &'k Finding) -> Self {
        Self { known, card, found: Vec::new() }
    }

    /// The blank for a value, made when it is new.
    fn blank(&mut self, kind: BlankKind, field: &str, value: &str) -> String {
        if let Some((blank, _)) =
            self.found.iter().find(|(b, v)| b.kind == kind && v.eq_ignore_ascii_case(value))
        {
            return format!("{{{}}}", blank.name);
        }
        let nth = self.found.iter().filter(|(b, _)| b.kind == kind).count() + 1;
        let field = if FIELDS.contains(&field) { field } else { "" };
        let name = format!("{}_{nth}", kind.word());
        self.found.push((Blank { name: name.clone(), kind, field: field.to_owned() }, value.to_owned()));
        format!("{{{name}}}")
    }

    /// The question with blanks in the place of all values of logs.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn question(&mut self, text: &str) -> Result<String, ApiError> {
        // A number of events is of this case alone.
        let text = without_amounts(text);
        let mut rest = text.as_str();
        let mut out: Vec<String> = Vec::new();
        // Quoted texts are values, whole.
        while let Some(at) = rest.find('"') {
            let after = rest.get(at + 1..).unwrap_or_default();
            let Some(end) = after.find('"') else { break };
            let (before, quoted) = (rest.get(..at).unwrap_or_default(), after.get(..end).unwrap_or_default());
            out.push(self.words(before)?);
            let blank = match self.entity(quoted) {
                Some((kind, field)) => self.blank(kind, &field, quoted),
                None => self.blank(BlankKind::Value, "", quoted),
            };
            out.push(blank);
            rest = after.get(end + 1..).unwrap_or_default();
        }
        out.push(self.words(rest)?);
        let mut made = out.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
        for mark in ["?", ",", ".", "!"] {
            made = made.replace(&format!(" {mark}"), mark);
        }
        Ok(made)
    }

    fn entity(&self, value: &str) -> Option<(BlankKind, String)> {
        let entity = self.card.entities.iter().find(|e| e.value.eq_ignore_ascii_case(value))?;
        Some((BlankKind::of_field(&entity.field), entity.field.clone()))
    }

    fn words(&mut self, text: &str) -> Result<String, ApiError> {
        let mut out: Vec<String> = Vec::new();
        let mut before = String::new();
        for word in text.split_whitespace() {
            let (open, inner, close) = bare(word);
            let kept = self.word(inner, &before)?;
            before = inner.to_lowercase();
            out.push(format!("{open}{kept}{close}"));
        }
        Ok(out.join(" "))
    }

    fn word(&mut self, word: &str, before: &str) -> Result<String, ApiError> {
        if word.is_empty() {
            return Ok(String::new());
        }
        if let Some((kind, field)) = self.entity(word) {
            return Ok(self.blank(kind, &field, word));
        }
        let address = word.split('/').next().is_some_and(|a| a.parse::<IpAddr>().is_ok());
        if address {
            return Ok(self.blank(BlankKind::Address, "", word));
        }
        if is_day(word) {
            return Ok(self.blank(BlankKind::Day, "", word));
        }
        if is_clock(word) {
            return Ok(self.blank(BlankKind::Clock, "", word));
        }
        let low = word.to_lowercase();
        if word.bytes().all(|c| c.is_ascii_digit()) {
            let meant = [
                "port", "ports", "code", "codes", "status", "id", "type", "types", "top", "past", "last",
                "first", "than", "least", "than",
            ];
            // A status, a port, "more than 5": asked for by the analyst. Any other number is this case's.
            let status = word.len() == 3 && word.starts_with(['1', '2', '3', '4', '5']);
            if word.len() <= 5 && (meant.contains(&before) || status) {
                return Ok(word.to_owned());
            }
            return Ok(self.blank(BlankKind::Value, "", word));
        }
        if WORDS.split_whitespace().any(|w| w == low) || self.known.has(word) && FIELDS.contains(&word) {
            return Ok(word.to_owned());
        }
        if let Some(field) = self.known.fields_with(word, Some(WHOM))?.first() {
            return Ok(self.blank(BlankKind::of_field(field), field, word));
        }
        // Whatever else has the look of a name, or stands anywhere in the logs, is not the analyst's own word.
        let named =
            word.chars().any(|c| c.is_ascii_digit() || matches!(c, '@' | '\\' | '/' | '_' | '.' | ':' | '='));
        let raw = Filter::Raw(timberline_model::Pattern::exact(word));
        let scope = crate::planner::hands::Scope::new(TimeRange::ALL, raw);
        if named || Hands::new(self.known.view.events).any(&scope)? {
            return Ok(self.blank(BlankKind::Value, "", word));
        }
        Ok(word.to_owned())
    }

    /// The blanks that were found; says so where a value of the card is still in a question.
    ///
    /// # Errors
    /// `usage` when a value was left in.
    pub fn done(self, questions: &[String]) -> Result<Vec<Blank>, ApiError> {
        let common = |v: &str| WORDS.split_whitespace().any(|w| w.eq_ignore_ascii_case(v));
        let entities = self.card.entities.iter().map(|e| e.value.as_str());
        let values: Vec<&str> = entities
            .chain(self.found.iter().map(|(_, v)| v.as_str()))
            .filter(|v| v.len() >= 3 && !common(v))
            .collect();
        for question in questions {
            let low = unblanked(question).to_lowercase();
            if let Some(value) = values.iter().find(|v| low.contains(&v.to_lowercase())) {
                return Err(usage(&format!(
                    "'{}' would stay in the playbook; ask that question in other words first",
                    say::plain(value)
                )));
            }
        }
        Ok(self.found.into_iter().map(|(blank, _)| blank).collect())
    }
}

/// `the 147 failed logins` as `the failed logins`.
fn without_amounts(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let amount = |w: &str| {
        !w.is_empty()
            && w.bytes().all(|c| c.is_ascii_digit() || c == b',')
            && w.bytes().any(|c| c.is_ascii_digit())
    };
    let counted = |n: usize| {
        words.get(n + 1).is_some_and(|w| {
            matches!(*w, "failed" | "successful" | "events" | "login" | "logins" | "connections" | "requests")
        }) && n
            .checked_sub(1)
            .and_then(|p| words.get(p))
            .is_none_or(|w| !matches!(*w, "than" | "least" | "top" | "first" | "last" | "Find"))
    };
    let kept = words.iter().enumerate().filter(|(n, w)| !(amount(w) && counted(*n)));
    kept.map(|(_, w)| *w).collect::<Vec<_>>().join(" ")
}

/// The names of the blanks in a question.
#[must_use]
pub fn named(question: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = question;
    while let Some(at) = rest.find('{') {
        let after = rest.get(at + 1..).unwrap_or_default();
        let Some(end) = after.find('}') else { break };
        out.push(after.get(..end).unwrap_or_default().to_owned());
        rest = after.get(end + 1..).unwrap_or_default();
    }
    out
}

/// A question without its blanks.
fn unblanked(question: &str) -> String {
    named(question).iter().fold(question.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), " "))
}

/// What fills the blanks of a playbook.
pub struct Filler {
    values: Vec<(String, String)>,
    open: Vec<(String, &'static str)>,
}

impl Filler {
    /// From what the analyst says, then from a card: an entity of the blank's own field first, then one of its kind that no
    /// other blank has.
    #[must_use]
    pub fn of(book: &Playbook, card: Option<&Finding>, said: &[BlankValue], zone: &DisplayZone) -> Self {
        let mut left: Vec<&Entity> = card.map_or_else(Vec::new, |c| c.entities.iter().collect());
        let time = card.and_then(|c| c.first_ns).map(|t| say::time(t, zone)).unwrap_or_default();
        let mut values: Vec<(String, String)> = Vec::new();
        for blank in &book.blanks {
            if let Some(value) = said.iter().find(|v| v.name == blank.name) {
                values.push((blank.name.clone(), value.value.clone()));
                continue;
            }
            match blank.kind {
                BlankKind::Day => values.extend(time.get(..10).map(|d| (blank.name.clone(), d.to_owned()))),
                BlankKind::Clock => {
                    values.extend(time.get(11..16).map(|c| (blank.name.clone(), c.to_owned())))
                }
                _ => {}
            }
        }
        // Those with a field of their own choose first.
        let whom = |b: &&Blank| !matches!(b.kind, BlankKind::Day | BlankKind::Clock);
        for by_field in [true, false] {
            for blank in book.blanks.iter().filter(whom) {
                if values.iter().any(|(name, _)| *name == blank.name) {
                    continue;
                }
                let fits = |e: &&Entity| {
                    if by_field {
                        e.field == blank.field
                    } else {
                        BlankKind::of_field(&e.field) == blank.kind
                    }
                };
                if let Some(at) = left.iter().position(fits) {
                    values.push((blank.name.clone(), left.remove(at).value.clone()));
                }
            }
        }
        let open = book.blanks.iter().filter(|b| !values.iter().any(|(name, _)| *name == b.name));
        let open = open.map(|b| (b.name.clone(), b.kind.word())).collect();
        Self { values, open }
    }

    /// What fills a blank.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A question with its blanks filled. A value that could be read as words of the question is quoted.
    ///
    /// # Errors
    /// `usage` naming the blank that nothing fills, or a value that cannot stand in a question.
    pub fn fill(&self, question: &str) -> Result<String, ApiError> {
        let mut out = String::new();
        let mut rest = question;
        while let Some(at) = rest.find('{') {
            let after = rest.get(at + 1..).unwrap_or_default();
            let Some(end) = after.find('}') else { break };
            let name = after.get(..end).unwrap_or_default();
            let value = self.value(name).ok_or_else(|| {
                let kind = self.open.iter().find(|(n, _)| n == name).map_or("value", |(_, kind)| kind);
                usage(&format!("nothing fills the blank {name} ({kind}); give it a value"))
            })?;
            out.push_str(rest.get(..at).unwrap_or_default());
            out.push_str(&as_word(value)?);
            rest = after.get(end + 1..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn as_word(value: &str) -> Result<String, ApiError> {
    if suggest::is_plain_value(value) {
        return Ok(value.to_owned());
    }
    if value.is_empty() || value.len() > 200 || value.contains('"') || value.chars().any(char::is_control) {
        return Err(usage("a value for a blank must be one line of at most 200 characters without quotes"));
    }
    Ok(format!("\"{value}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_is_filled_by_its_field_first_and_hostile_values_are_quoted() {
        let book = Playbook::parse(
            "version = 1\nname = \"x\"\nfinding = \"sigma\"\n\
             [[blank]]\nname = \"user_1\"\nkind = \"user\"\nfield = \"user.name\"\n\
             [[blank]]\nname = \"value_1\"\nkind = \"value\"\n\
             [[step]]\nquestion = \"Tell me about {user_1} and {value_1}\"\n",
        )
        .unwrap();
        let said = [
            BlankValue { name: "user_1".to_owned(), value: "root or everything".to_owned() },
            BlankValue { name: "value_1".to_owned(), value: "a".to_owned() },
        ];
        let filler = Filler::of(&book, None, &said, &DisplayZone::utc());
        assert_eq!(
            filler.fill(&book.steps[0].question).unwrap(),
            "Tell me about \"root or everything\" and a"
        );
        let open = Filler::of(&book, None, &said[..1], &DisplayZone::utc());
        assert!(open.fill(&book.steps[0].question).unwrap_err().message.contains("value_1"));
        let hostile =
            [BlankValue { name: "user_1".to_owned(), value: "a\" or \"b".to_owned() }, said[1].clone()];
        assert!(Filler::of(&book, None, &hostile, &DisplayZone::utc()).fill("{user_1}").is_err());
    }

    #[test]
    fn a_file_that_is_no_playbook_is_refused_with_the_reason() {
        let whole =
            "version = 1\nname = \"x\"\nfinding = \"sigma\"\n[[step]]\nquestion = \"What happened?\"\n";
        assert!(Playbook::parse(whole).is_ok());
        for (bad, why) in [
            (whole.replace("\"x\"", "\"../../x\""), "name"),
            (whole.replace("sigma", "svc-backup"), "detector"),
            (whole.replace("What happened?", "Tell me about {user_1}"), "not declared"),
            (whole.replace("What happened?", "a\\u001b[31m"), "control"),
            (whole.replace("version = 1", "version = 9"), "version"),
            (format!("run = \"rm\"\n{whole}"), "unknown"),
            (whole.replace("What happened?", &"x".repeat(600)), "too long"),
        ] {
            let said = Playbook::parse(&bad).unwrap_err();
            assert!(said.contains(why), "{why}: {said}");
        }
    }

    #[test]
    fn amounts_of_this_case_go() {
        let text = "Would you like to look at the 1,147 failed logins from 10.0.0.1 around 02:13?";
        assert_eq!(
            without_amounts(text),
            "Would you like to look at the failed logins from 10.0.0.1 around 02:13?"
        );
        assert_eq!(without_amounts("more than 5 failed logins"), "more than 5 failed logins");
    }
}
