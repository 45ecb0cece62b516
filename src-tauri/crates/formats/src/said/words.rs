//! Finding one's way in a sentence: what follows a phrase, a word, a text in quotes. What names of users can hold is found
//! from the last place where it can be, as they are written by whoever knocks.

use super::Said;
use super::table;
use crate::normalise::entities::{End, SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::memmem;

/// What follows the first place of a phrase.
#[must_use]
pub fn after<'a>(text: &'a [u8], phrase: &[u8]) -> Option<&'a [u8]> {
    text::place(text, phrase).map(|at| &text[at + phrase.len()..])
}

/// What follows the last place of a phrase.
#[must_use]
pub fn after_last<'a>(text: &'a [u8], phrase: &[u8]) -> Option<&'a [u8]> {
    memmem::rfind(text, phrase).map(|at| &text[at + phrase.len()..])
}

/// Whether a phrase stands in it.
#[must_use]
pub fn has(text: &[u8], phrase: &[u8]) -> bool {
    text::place(text, phrase).is_some()
}

/// What stands between two phrases: the first of the one, the next of the other (or the end).
#[must_use]
pub fn between<'a>(text: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    let rest = after(text, open)?;
    Some(&rest[..text::place(rest, close).unwrap_or(rest.len())])
}

/// As [`between`], up to the last place of the second phrase.
#[must_use]
pub fn between_last<'a>(text: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    let rest = after(text, open)?;
    Some(&rest[..memmem::rfind(rest, close)?])
}

/// The word at the beginning, without what a sentence puts behind it.
#[must_use]
pub fn word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let end = text
        .iter()
        .position(|c| matches!(c, b' ' | b',' | b';' | b')' | b'(' | b']' | b'"' | b'\'' | b'>' | b'\t'))
        .unwrap_or(text.len());
    let mut word = &text[..end];
    while let [rest @ .., b'.' | b':'] = word {
        word = rest;
    }
    word
}

/// `192.0.2.1:80`, `192.0.2.1/80`, `[2001:db8::1]:80`, `192.0.2.1#80` or an address or name alone.
pub fn place(end: &End, text: &[u8], said: &mut Said<'_>) {
    if let Some(inner) = text.strip_prefix(b"[") {
        let close = memchr::memchr(b']', inner).unwrap_or(inner.len());
        end.host(said.fields, &inner[..close]);
        let port = inner.get(close + 1..).unwrap_or_default();
        end.port(said.fields, port.strip_prefix(b":").unwrap_or(port));
        return;
    }
    if is_ip(text) {
        return end.host(said.fields, text);
    }
    let at = text.iter().rposition(|c| matches!(c, b':' | b'/' | b'#'));
    match at.filter(|at| whole(&text[at + 1..]).is_some()) {
        Some(at) => {
            end.host(said.fields, &text[..at]);
            end.port(said.fields, &text[at + 1..]);
        }
        None => end.host(said.fields, text),
    }
}

/// The source where an address follows the last of one of these phrases.
pub fn source_after(text: &[u8], phrases: &[&[u8]], said: &mut Said<'_>) {
    for phrase in phrases {
        let Some(rest) = after_last(text, phrase) else { continue };
        let found = word(rest);
        let host = found.split(|c| *c == b'/').next().unwrap_or(found);
        let host = host.strip_prefix(b"[").unwrap_or(host);
        if is_ip(host) {
            place(&SOURCE, found.strip_prefix(b"[").unwrap_or(found), said);
            return;
        }
        let bare = memchr::memchr(b':', host).map_or(host, |at| &host[..at]);
        if is_ip(bare) {
            place(&SOURCE, host, said);
            return;
        }
    }
}

/// A login: category, outcome and who; an empty name is left out.
pub fn login(dataset: &str, action: &str, good: Option<bool>, name: &[u8], said: &mut Said<'_>) {
    said.is(dataset, "authentication", action);
    if let Some(good) = good {
        said.outcome(good);
    }
    let name = name.trim_ascii();
    if !table::missing(name) && name.len() <= 256 {
        table::user(name, said);
    }
}
