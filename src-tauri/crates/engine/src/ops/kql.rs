//! Help for whoever types a query: what is wrong and where, and how it may go on. The language itself is
//! `timberline_model::kql`; places are counted in UTF-16 units here, because the window counts so.

use crate::planner::View;
use crate::planner::known::fields_of;
use crate::session::Engine;
use crate::wire::{ApiError, KqlAsk, KqlHelp, KqlOffer};
use timberline_model::{Ctx, EventStore, FieldStat, Filter, Metric, Pattern, Plan, Query, kql};

/// The most completions that are offered.
const OFFERS_MAX: usize = 12;

/// Checks a query and offers completions for the caret.
///
/// # Errors
/// What the case says; a mistake in the query is an answer, not an error.
pub fn help(engine: &Engine, ask: KqlAsk) -> Result<KqlHelp, ApiError> {
    let wrong = kql::parse(&ask.text).err();
    let error_at = wrong.as_ref().map(|w| utf16(&ask.text, w.at));
    let offers = match engine.case() {
        Ok(open) => {
            let view = View::of(&open)?;
            offers(&fields_of(&view)?, view.events, &ask)?
        }
        // Without a case a query can still be checked.
        Err(_) => Vec::new(),
    };
    Ok(KqlHelp { error: wrong.map(|w| w.message), error_at, offers })
}

/// A byte offset in UTF-16 units.
fn utf16(text: &str, at: usize) -> u32 {
    text.get(..at).unwrap_or(text).encode_utf16().count() as u32
}

/// UTF-16 units as a byte offset, at a character's beginning.
fn byte(text: &str, units: u32) -> usize {
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += c.len_utf16() as u32;
    }
    text.len()
}

/// Where the caret stands.
#[derive(Debug, PartialEq)]
enum Place<'t> {
    /// In a word that may be a field or a search; it begins at this byte.
    Start { at: usize, word: &'t str },
    /// In a value of a field; it begins at this byte, with its quote if it has one.
    Value { field: &'t str, at: usize, word: &'t str },
    /// After something whole.
    After { at: usize },
    /// Nowhere that anything could be offered.
    Nowhere,
}

fn place(before: &str) -> Place<'_> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ':' | '<' | '>' | '=' | '"');
    // Inside a quoted text only a value of a field can be completed.
    let mut open: Option<usize> = None;
    let mut escaped = false;
    for (at, c) in before.char_indices() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '"' if !escaped => open = if open.is_some() { None } else { Some(at) },
            _ => {}
        }
        escaped = false;
    }
    let at = open.unwrap_or_else(|| {
        before
            .rfind(ends)
            .map_or(0, |i| i + before.get(i..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8))
    });
    let word = before.get(at..).unwrap_or("");
    let left = before.get(..at).unwrap_or("").trim_end();
    // Out of `( a or b or ` back to the field before the parenthesis.
    let head = match left.rfind('(') {
        Some(paren) if !left.get(paren..).unwrap_or("").contains(')') => {
            left.get(..paren).unwrap_or("").trim_end()
        }
        _ => left,
    };
    for (candidate, grouped) in [(left, false), (head, true)] {
        let Some(name) = candidate.strip_suffix(':') else { continue };
        if grouped && head == left {
            continue;
        }
        let name = name.trim_end();
        let from = name.rfind(ends).map_or(0, |i| i + 1);
        let field = name.get(from..).unwrap_or("");
        let done = grouped && word.is_empty() && !left.ends_with('(') && !ends_in_keyword(left);
        if !field.is_empty() {
            return if done { Place::After { at } } else { Place::Value { field, at, word } };
        }
    }
    if open.is_some() || left.ends_with(['<', '>', '=']) {
        return Place::Nowhere;
    }
    if word.is_empty() && !left.is_empty() && !left.ends_with('(') && !ends_in_keyword(left) {
        return Place::After { at };
    }
    Place::Start { at, word }
}

fn ends_in_keyword(left: &str) -> bool {
    let last = left.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
    ["and", "or", "not"].iter().any(|k| last.eq_ignore_ascii_case(k))
}

fn offers(fields: &[FieldStat], events: &dyn EventStore, ask: &KqlAsk) -> Result<Vec<KqlOffer>, ApiError> {
    let caret = byte(&ask.text, ask.caret);
    let before = ask.text.get(..caret).unwrap_or("");
    let to = utf16(&ask.text, caret);
    let offer = |kind: &str, label: String, count: Option<u64>, at: usize, insert: String| KqlOffer {
        kind: kind.to_owned(),
        label,
        count,
        from: utf16(&ask.text, at),
        to,
        insert,
    };
    Ok(match place(before) {
        Place::Nowhere => Vec::new(),
        Place::After { at } => {
            ["and", "or"].iter().map(|w| offer("word", (*w).to_owned(), None, at, format!("{w} "))).collect()
        }
        Place::Start { at, word } => {
            let low = word.to_lowercase();
            // Names that begin so, then names with a part that does, then names that contain it; common ones first.
            let rank = |name: &str| {
                let name = name.to_lowercase();
                if name.starts_with(&low) {
                    Some(0)
                } else if name.split(['.', '_']).any(|p| p.starts_with(&low)) {
                    Some(1)
                } else {
                    name.contains(&low).then_some(2)
                }
            };
            let mut found: Vec<(u8, &FieldStat)> =
                fields.iter().filter_map(|f| Some((rank(&f.name)?, f))).collect();
            found.sort_by(|a, b| {
                a.0.cmp(&b.0).then(b.1.events.cmp(&a.1.events)).then_with(|| a.1.name.cmp(&b.1.name))
            });
            let mut list: Vec<KqlOffer> = found
                .into_iter()
                .take(OFFERS_MAX)
                .map(|(_, f)| {
                    offer("field", f.name.clone(), Some(f.events), at, format!("{} : ", field_name(&f.name)))
                })
                .collect();
            if "not".starts_with(&low) {
                list.push(offer("word", "not".to_owned(), None, at, "not ".to_owned()));
            }
            if !low.is_empty() && "@timestamp".contains(&low) {
                list.push(offer("field", "@timestamp".to_owned(), None, at, "@timestamp >= ".to_owned()));
            }
            list
        }
        Place::Value { field, at, word } => {
            let typed = word.trim_start_matches('"').trim_matches('*').replace('\\', "");
            if field == "@timestamp" || !fields.iter().any(|f| f.name == field) {
                return Ok(Vec::new());
            }
            let mut rows = values(events, field, Pattern::wild(vec![typed.clone(), String::new()]))?;
            if rows.len() < OFFERS_MAX && !typed.is_empty() {
                for row in values(events, field, Pattern::containing(&typed))? {
                    if !rows.iter().any(|(v, _)| *v == row.0) {
                        rows.push(row);
                    }
                }
            }
            let mut list: Vec<KqlOffer> = rows
                .into_iter()
                .take(OFFERS_MAX)
                .map(|(value, count)| {
                    offer("value", value.clone(), Some(count), at, format!("{} ", kql::quote(&value)))
                })
                .collect();
            if typed.is_empty() {
                list.push(offer("word", "* (it exists)".to_owned(), None, at, "* ".to_owned()));
            }
            list
        }
    })
}

/// A field's name as it stands in a query.
fn field_name(name: &str) -> String {
    kql::render(&Filter::exists(name)).trim_end_matches(" : *").to_owned()
}

/// The most frequent values that match, with their counts.
fn values(events: &dyn EventStore, field: &str, pattern: Pattern) -> Result<Vec<(String, u64)>, ApiError> {
    let filter = Filter::Match { field: field.to_owned(), pattern };
    let plan = Plan::Top { by: vec![field.to_owned()], metric: Metric::Count, limit: OFFERS_MAX as u32 };
    match events.run(&Query::over(filter, plan), &Ctx::default())? {
        timberline_model::Answer::Top(rows) => Ok(rows
            .into_iter()
            .filter_map(|r| r.values.into_iter().next().map(|v| (v, r.count)))
            // A list's elements are asked for one by one.
            .map(|(v, n)| (v.show(), n))
            .collect()),
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use timberline_model::reference::{MemoryStore, event};

    fn labels(text: &str) -> Vec<String> {
        let caret = text.find('|').unwrap();
        let clean = text.replace('|', "");
        let store = MemoryStore::new(vec![
            event(1, 0, None, &[("user.name", "root".into()), ("source.ip", "10.0.0.5".into())]),
            event(1, 1, None, &[("user.name", "root".into()), ("my field", "a b".into())]),
            event(1, 2, None, &[("user.name", "rose".into())]),
        ]);
        let fields: Vec<FieldStat> = [("my field", 1), ("source.ip", 1), ("user.name", 3)]
            .iter()
            .map(|(n, events)| FieldStat {
                name: (*n).to_owned(),
                kind: "text".into(),
                events: *events,
                distinct: 1,
            })
            .collect();
        let ask = KqlAsk { caret: clean[..caret].encode_utf16().count() as u32, text: clean };
        let list = offers(&fields, &store, &ask).unwrap();
        list.into_iter().map(|o| format!("{}{}-{}", o.insert.trim_end(), o.from, o.to)).collect()
    }

    #[test]
    fn fields_values_and_words_are_offered_where_they_fit() {
        assert_eq!(labels("us|"), ["user.name :0-2"]);
        assert_eq!(labels("user.name : ro|"), ["root12-14", "rose12-14"]);
        assert_eq!(labels("user.name : (root or ro|"), ["root21-23", "rose21-23"]);
        assert_eq!(labels("user.name : \"ro|"), ["root12-15", "rose12-15"]);
        assert_eq!(labels("user.name : root |"), ["and17-17", "or17-17"]);
        assert_eq!(labels("user.name : root and so|"), ["source.ip :21-23"]);
        assert_eq!(labels("\"my field\" : root or fie|")[0], "\"my field\" :21-24");
        assert_eq!(labels("x > |"), Vec::<String>::new());
        // An astral character is two units of UTF-16.
        assert_eq!(labels("\u{1f600} and us|"), ["user.name :7-9"]);
    }
}
