//! Looks for each number, address, name and time of an answer in what its steps returned. What no step returned is
//! marked; a cited event that does not exist is struck out. Percentages and differences count only where Timberline
//! itself computed them: from a table of numbers almost any ratio can be made.

use crate::wire::{Grounding, Mark};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Everything that steps returned, ready to be looked up.
#[derive(Debug, Default)]
pub struct Evidence {
    text: String,
    numbers: BTreeSet<String>,
}

struct Patterns {
    event: Regex,
    stamp: Regex,
    day: Regex,
    clock: Regex,
    address: Regex,
    quoted: Regex,
    named: Regex,
    shaped: Regex,
    number: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
    let make = || {
        Some(Patterns {
            event: Regex::new(r"(?i)\bevents?\s*(?:id|no\.?|number|#)?\s*[#:]?\s*(\d{9,16})\b|\[(?:event\s*)?(\d{9,16})\]").ok()?,
            stamp: Regex::new(r"\b\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?\b?").ok()?,
            day: Regex::new(r"(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?)(?:,?\s+(\d{4}))?\b").ok()?,
            clock: Regex::new(r"(?i)\b(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([ap])\.?m\.?)?").ok()?,
            address: Regex::new(r"\b(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?\b|\b(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F]{0,4}(?:[0-9a-fA-F:.]*)\b|(?:[0-9a-fA-F]{1,4})?::[0-9a-fA-F:]+").ok()?,
            quoted: Regex::new("\"([^\"\\n]{1,120})\"|\u{201c}([^\u{201d}\\n]{1,120})\u{201d}|(?:^|[\\s(])'([^'\\n]{1,120})'").ok()?,
            named: Regex::new(r"(?i)\b(?:users?|accounts?|hosts?|servers?|machines?|domains?|process(?:es)?|logins? (?:for|of|by)|user names?)\s+(?:named\s+|called\s+|is\s+|was\s+|as\s+)?([A-Za-z][\w$-]{2,})").ok()?,
            shaped: Regex::new(r"[A-Za-z0-9_$~/\\][A-Za-z0-9_$@:~./\\-]*[A-Za-z0-9_$/]").ok()?,
            number: Regex::new(r"\d[\d,\u{202f}\u{a0}' ]*\d(?:\.\d+)?|\d+(?:\.\d+)?").ok()?,
        })
    };
    PATTERNS.get_or_init(make).as_ref()
}

/// A number without what divides its thousands; `None` where it is none.
fn number(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let value: f64 = plain.parse().ok()?;
    Some(format!("{value}"))
}

/// Text in lower case, with one space for each white space.
fn even(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).flat_map(char::to_lowercase).collect()
}

/// Whether a text stands in another with no letter, digit or sign of a name on either side.
fn stands_in(hay: &str, needle: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut from = 0;
    while let Some(at) = hay.get(from..).and_then(|h| h.find(needle)).map(|i| from + i) {
        let before = hay.get(..at).and_then(|h| h.chars().next_back());
        let after = hay.get(at + needle.len()..).and_then(|h| h.chars().next());
        if !before.is_some_and(part) && !after.is_some_and(part) {
            return true;
        }
        from = at + needle.chars().next().map_or(1, char::len_utf8);
    }
    false
}

impl Evidence {
    /// More of what was returned.
    pub fn add(&mut self, text: &str) {
        let text = even(&text.replace(crate::tools::HOLD, " "));
        if let Some(p) = patterns() {
            for found in p.number.find_iter(&text) {
                // "12 34" may be two numbers.
                self.numbers.extend(number(found.as_str()));
                self.numbers.extend(found.as_str().split([' ', '\'']).filter_map(number));
            }
        }
        self.text.push_str(&text);
        self.text.push('\n');
    }

    /// A number that was returned as such.
    pub fn add_number(&mut self, value: f64) {
        self.numbers.insert(format!("{value}"));
    }

    /// Whether a text was returned.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        let text = even(text.trim()).replace("hxxp", "http");
        !text.is_empty() && stands_in(&self.text, &text)
    }

    fn has_time(&self, text: &str) -> bool {
        // Part of a longer stamp is enough: seconds may be left out.
        let text = even(text).replace('t', " ");
        let text = text.trim_end_matches('z').trim();
        self.text.contains(text) || self.text.replace('t', " ").contains(text)
    }
}

/// Words that are shaped like names and are none.
const NO_NAMES: &[&str] = &[
    "and/or",
    "e.g",
    "i.e",
    "ip/port",
    "user/host",
    "either/or",
    "24/7",
    "n/a",
    "tcp/ip",
    "follow-up",
    "brute-force",
    "non-existent",
    "well-known",
    "read-only",
    "so-called",
    "cross-check",
    "re-check",
    "log-in",
    "sign-in",
    "long-term",
    "short-term",
    "high-severity",
    "low-severity",
];
/// What may follow "user" or "host" without being one.
const NO_ONE: &[&str] = &[
    "the",
    "and",
    "with",
    "from",
    "was",
    "were",
    "has",
    "had",
    "have",
    "that",
    "who",
    "are",
    "for",
    "not",
    "names",
    "name",
    "accounts",
    "account",
    "agent",
    "agents",
    "which",
    "did",
    "failed",
    "logged",
    "logins",
    "login",
    "addresses",
    "address",
    "activity",
    "is",
    "on",
    "in",
    "at",
    "by",
    "to",
    "of",
    "or",
    "can",
    "may",
    "might",
    "tried",
    "made",
    "seen",
    "several",
    "most",
    "only",
    "also",
    "appears",
    "appear",
    "attempted",
    "attempts",
    "been",
    "being",
    "connected",
    "could",
    "does",
    "enumeration",
    "include",
    "including",
    "involved",
    "itself",
    "list",
    "listed",
    "logs",
    "management",
    "other",
    "reached",
    "responded",
    "should",
    "showed",
    "shows",
    "there",
    "those",
    "used",
    "using",
    "using",
    "via",
    "when",
    "where",
    "without",
    "would",
    "you",
    "creation",
    "events",
    "event",
    "field",
    "groups",
    "group",
];

struct Marks {
    list: Vec<(usize, usize, &'static str, String)>,
    said: u32,
    found: u32,
}

impl Marks {
    fn free(&self, from: usize, to: usize) -> bool {
        self.list.iter().all(|(a, b, ..)| to <= *a || from >= *b)
    }
}

/// Where an answer says what no step returned. `exists` says of an event's number whether it exists; `in_case` of a
/// word whether it is a user or a host of the case.
#[must_use]
pub fn check(
    answer: &str,
    evidence: &Evidence,
    exists: &dyn Fn(u64) -> bool,
    in_case: &dyn Fn(&str) -> bool,
) -> (Grounding, Vec<Mark>) {
    let Some(p) = patterns() else { return (Grounding::default(), Vec::new()) };
    let mut marks = Marks { list: Vec::new(), said: 0, found: 0 };
    let mut spent: Vec<(usize, usize)> = Vec::new();
    let mut one = |from: usize,
                   to: usize,
                   good: bool,
                   kind: &'static str,
                   why: String,
                   spent: &mut Vec<(usize, usize)>| {
        if spent.iter().any(|(a, b)| from < *b && to > *a) {
            return;
        }
        spent.push((from, to));
        marks.said += 1;
        if good {
            marks.found += 1;
        } else if marks.free(from, to) {
            marks.list.push((from, to, kind, why));
        }
    };
    for found in p.event.captures_iter(answer) {
        let (Some(whole), Some(id)) = (found.get(0), found.get(1).or(found.get(2))) else { continue };
        let good = id.as_str().parse().is_ok_and(exists);
        let why = format!("there is no event {}", id.as_str());
        one(whole.start(), whole.end(), good, "no_such_event", why, &mut spent);
    }
    for found in p.stamp.find_iter(answer) {
        let why = format!("no step returned the time {}", found.as_str());
        one(found.start(), found.end(), evidence.has_time(found.as_str()), "unsupported", why, &mut spent);
    }
    for found in p.day.captures_iter(answer) {
        let Some(whole) = found.get(0) else { continue };
        let day = found.get(1).or(found.get(4)).and_then(|d| d.as_str().parse::<u32>().ok()).unwrap_or(0);
        let name = found.get(2).or(found.get(3)).map_or(String::new(), |m| m.as_str().to_lowercase());
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        let month = months.iter().position(|m| *m == name).map_or(0, |m| m + 1);
        let year = found.get(5).map_or(String::new(), |y| y.as_str().to_owned());
        let good = (1..=31).contains(&day) && evidence.text.contains(&format!("{year}-{month:02}-{day:02}"));
        one(
            whole.start(),
            whole.end(),
            good,
            "unsupported",
            format!("no step returned the date {}", whole.as_str()),
            &mut spent,
        );
    }
    for found in p.address.find_iter(answer) {
        let text = found.as_str();
        let is_address = text.split('/').next().is_some_and(|a| a.parse::<std::net::IpAddr>().is_ok());
        if is_address {
            let why = format!("no step returned the address {text}");
            one(found.start(), found.end(), evidence.has(text), "unsupported", why, &mut spent);
        }
    }
    for found in p.clock.captures_iter(answer) {
        let Some(whole) = found.get(0) else { continue };
        let hour: u32 = found.get(1).and_then(|h| h.as_str().parse().ok()).unwrap_or(99);
        let half = found.get(4).map(|h| h.as_str().to_lowercase());
        let hour = match half.as_deref() {
            Some("p") if hour < 12 => hour + 12,
            Some("a") if hour == 12 => 0,
            _ => hour,
        };
        let minute = found.get(2).map_or("", |m| m.as_str());
        let second = found.get(3).map_or(String::new(), |s| format!(":{}", s.as_str()));
        let good = evidence.text.contains(&format!("{hour:02}:{minute}{second}"));
        one(
            whole.start(),
            whole.end(),
            good,
            "unsupported",
            format!("no step returned the time {}", whole.as_str()),
            &mut spent,
        );
    }
    for found in p.quoted.captures_iter(answer) {
        let inner = (1..=3).find_map(|i| found.get(i));
        if let Some(inner) = inner.filter(|i| !i.as_str().trim().is_empty()) {
            let good =
                evidence.has(inner.as_str()) || evidence.has(inner.as_str().trim_end_matches(['.', ',']));
            let why = "no step returned these words".to_owned();
            one(inner.start(), inner.end(), good, "unsupported", why, &mut spent);
        }
    }
    for found in p.named.captures_iter(answer) {
        let Some(name) = found.get(1).filter(|n| !NO_ONE.contains(&n.as_str().to_lowercase().as_str()))
        else {
            continue;
        };
        // "server error", "host scan": an ordinary word counts only where it is a name of this case.
        let plain = name.as_str().chars().all(|c| c.is_ascii_lowercase());
        if evidence.has(name.as_str())
            || !plain
            || in_case(name.as_str())
            || found.get(0).is_some_and(|w| w.as_str().to_lowercase().starts_with("user "))
        {
            let why = format!("no step returned {}", name.as_str());
            one(name.start(), name.end(), evidence.has(name.as_str()), "unsupported", why, &mut spent);
        }
    }
    for found in p.shaped.find_iter(answer) {
        let text = found.as_str().trim_end_matches(['.', ':', '/', '-']);
        let letter = text.chars().any(|c| c.is_ascii_alphabetic());
        let sign = text.chars().skip(1).any(|c| matches!(c, '.' | '_' | '@' | '/' | '\\' | '$' | ':'));
        let digit = text.chars().any(|c| c.is_ascii_digit());
        let dash = text.contains('-') && in_case(text);
        let low = text.to_lowercase();
        let unit = low.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
        let is_unit = [
            "s", "ms", "h", "m", "min", "kb", "mb", "gb", "b", "k", "st", "nd", "rd", "th", "x", "xx", "d",
            "am", "pm",
        ]
        .contains(&unit)
            && low.starts_with(|c: char| c.is_ascii_digit());
        if letter
            && (sign || digit || dash)
            && !is_unit
            && !NO_NAMES.contains(&low.as_str())
            && text.len() > 2
        {
            let why = format!("no step returned {text}");
            one(
                found.start(),
                found.start() + text.len(),
                evidence.has(text),
                "unsupported",
                why,
                &mut spent,
            );
        }
    }
    // Words that are users or hosts of this case, wherever they stand.
    for (at, word) in words(answer) {
        if word.len() > 2 && !evidence.has(word) && in_case(word) {
            let why = format!("{word} is of this case, but no step returned it");
            one(at, at + word.len(), false, "unsupported", why, &mut spent);
        }
    }
    for found in p.number.find_iter(answer) {
        let begins_line = answer
            .get(..found.start())
            .is_none_or(|b| b.trim_end_matches(' ').is_empty() || b.trim_end_matches(' ').ends_with('\n'));
        let numbered = begins_line
            && answer.get(found.end()..).is_some_and(|a| a.starts_with(". ") || a.starts_with(") "));
        if numbered {
            continue;
        }
        let text = found.as_str();
        let good = number(text).is_some_and(|n| evidence.numbers.contains(&n));
        let percent =
            answer.get(found.end()..).is_some_and(|a| a.trim_start_matches([' ', '\u{a0}']).starts_with('%'));
        let good = if percent {
            good && (evidence.text.contains(&format!("{text} %"))
                || evidence.text.contains(&format!("{text}%")))
        } else {
            good
        };
        let why =
            if percent { format!("no step computed {text} %") } else { format!("no step returned {text}") };
        one(found.start(), found.end(), good, "unsupported", why, &mut spent);
    }
    let share = if marks.said == 0 { 1.0 } else { f64::from(marks.found) / f64::from(marks.said) };
    marks.list.sort_unstable_by_key(|m| m.0);
    let list = marks.list.iter().map(|(from, to, kind, why)| mark(answer, *from, *to, kind, why)).collect();
    (Grounding { said: marks.said, found: marks.found, share }, list)
}

/// A stretch in bytes as one in UTF-16 units, as the window counts.
#[must_use]
pub fn mark(answer: &str, from: usize, to: usize, kind: &str, why: &str) -> Mark {
    let units = |to: usize| answer.get(..to).map_or(0, |t| t.encode_utf16().count() as u32);
    Mark { from: units(from), to: units(to), kind: kind.to_owned(), why: why.to_owned() }
}

/// Words with their places.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut from = None;
    for (i, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let part = c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
        match (part, from) {
            (true, None) => from = Some(i),
            (false, Some(at)) => {
                out.extend(text.get(at..i).map(|w| (at, w.trim_end_matches('-'))));
                from = None;
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> Evidence {
        let mut e = Evidence::default();
        e.add("1,204 events with source.ip : 203.0.113.24, the first at 2026-03-10 02:13:04, root (147), 41 % down; svc-backup on vault02");
        e.add_number(77.0);
        e
    }

    fn check_marks(answer: &str, expect: &[&str]) -> Grounding {
        let (grounding, marks) =
            check(answer, &evidence(), &|id| id == 4_294_967_296, &|w| matches!(w, "mallory" | "db-7"));
        let got: Vec<String> = marks
            .iter()
            .map(|m| {
                let units: Vec<u16> = answer.encode_utf16().collect();
                String::from_utf16(&units[m.from as usize..m.to as usize]).unwrap()
            })
            .collect();
        assert_eq!(got, expect, "{answer}: {marks:?}");
        grounding
    }

    #[test]
    fn what_steps_returned_is_found_in_every_way_of_writing() {
        for answer in [
            "There were 1204 events from 203.0.113.24.",
            "1,204 events; 147 for root and 77 others, down 41 %.",
            "It began at 02:13:04 on 10 March 2026, or March 10th at 2:13 AM.",
            "It began at 2026-03-10T02:13.",
            "User root and svc-backup on vault02.",
            "See event 4294967296.",
            "1. First\n2. Second",
            "The server responded and the user was logged in.",
            "Nothing.",
        ] {
            let g = check_marks(answer, &[]);
            assert!((g.share - 1.0).abs() < 1e-9, "{answer}");
        }
    }

    #[test]
    fn what_no_step_returned_is_marked() {
        check_marks("There were 1205 events.", &["1205"]);
        check_marks("That is 12 % of them.", &["12"]);
        check_marks("It came from 198.51.100.7 at 03:14.", &["198.51.100.7", "03:14"]);
        check_marks("On 11 March user alice did it.", &["11 March", "alice"]);
        check_marks("Also mallory did it from db-7.", &["mallory", "db-7"]);
        check_marks("Look at evil.example and host web-99x.", &["evil.example", "web-99x"]);
        check_marks("As event 999999999999 shows, é 5 times", &["event 999999999999", "5"]);
        check_marks("It said \"all is well\".", &["all is well"]);
        let g = check_marks("1,204 events, then 9,999.", &["9,999"]);
        assert_eq!((g.said, g.found), (2, 1));
    }
}
