//! Putting back what stands for what, in texts that come in pieces. Works on words, so that a stand-in which is cut in
//! two by the line is still found, and a longer word that only begins like one is not.

use std::collections::HashMap;
use std::sync::Arc;

/// A word longer than this is no stand-in, and is not waited for.
const LONGEST: usize = 256;

/// Puts back values in one text; one without anything to put back hands the text through.
#[derive(Clone, Debug, Default)]
pub struct Unmasker {
    back: Option<Arc<HashMap<String, String>>>,
    held: String,
}

/// What stand-ins are made of.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '@')
}

impl Unmasker {
    pub(super) fn over(back: Arc<HashMap<String, String>>) -> Self {
        Self { back: Some(back), held: String::new() }
    }

    /// Takes a piece, and gives what of the text so far is certain. A word at the end is held back until it ends.
    pub fn push(&mut self, piece: &str) -> String {
        let Some(back) = self.back.clone() else { return piece.to_owned() };
        self.held.push_str(piece);
        let word = self.held.len()
            - self.held.chars().rev().take_while(|c| is_part(*c)).map(char::len_utf8).sum::<usize>();
        let certain = if self.held.len() - word > LONGEST { self.held.len() } else { word };
        let rest = self.held.split_off(certain);
        put_back(&back, &std::mem::replace(&mut self.held, rest))
    }

    /// What was held back.
    pub fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        match &self.back {
            Some(back) => put_back(back, &held),
            None => held,
        }
    }
}

/// In each word the longest stand-in at each place, where it ends as a word.
fn put_back(back: &HashMap<String, String>, text: &str) -> String {
    if back.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(is_part).unwrap_or(rest.len());
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        word(back, &rest[..end], &mut out);
        rest = &rest[end..];
    }
    out
}

fn word(back: &HashMap<String, String>, word: &str, out: &mut String) {
    let bytes = word.as_bytes();
    let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    // A place where a word may begin or end: between a letter and something else.
    let edge = |at: usize| at == 0 || at == bytes.len() || letter(at - 1) != letter(at) || !letter(at);
    let mut at = 0;
    while at < bytes.len() {
        let found = (at + 1..=bytes.len().min(at + LONGEST)).rev().filter(|end| edge(*end)).find_map(|end| {
            let slice = &word[at..end];
            // `-psecret-b2c3d4`: what stood glued to another word still does; an address never begins inside of one.
            if !edge(at) && !slice.contains('-') {
                return None;
            }
            // `240.1.2.3` in `240.1.2.34` does not end at an edge; in `240.1.2.3.4` it would, and is none.
            let number = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if number && slice.ends_with(|c: char| c.is_ascii_digit()) && slice.matches('.').count() == 3 {
                return None;
            }
            known(back, slice).map(|value| (value, end))
        });
        match found {
            Some((value, end)) => {
                out.push_str(value);
                at = end;
            }
            None => {
                out.push(char::from(bytes[at]));
                at += 1;
            }
        }
    }
}

/// As it is, or in small letters: models like to begin a sentence with a capital.
fn known<'a>(back: &'a HashMap<String, String>, stand_in: &str) -> Option<&'a str> {
    if stand_in.len() < 3 {
        return None;
    }
    let found = back.get(stand_in).or_else(|| {
        let small = stand_in.to_ascii_lowercase();
        let large = stand_in.to_ascii_uppercase();
        back.get(&small).or_else(|| back.get(&large))
    });
    found.map(String::as_str)
}
