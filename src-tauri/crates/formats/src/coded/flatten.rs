//! A JSON value as flat fields, without a tree in between: nested objects give dotted names, a list of plain
//! values one field with several elements, and a list of objects one list for each of their keys (so the
//! elements of `rules.id` and `rules.name` stand in the same order when each object has both). `null` is
//! missing. Which field a name means is the formats'.

use rustc_hash::FxHashMap;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;
use timberline_model::value::MULTI;
use timberline_model::{FieldId, Fields, ProblemKind};

/// The longest dotted name, in bytes; what is longer is cut.
const LONGEST_NAME: usize = 300;
/// The most elements and bytes of the lists of one record; the raw record has the rest.
const MOST_ELEMENTS: usize = 10_000;
const MOST_LIST_BYTES: usize = 1 << 20;
/// How many names a format remembers the meaning of.
const MOST_NAMES: usize = 4_000;

/// A plain value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaf<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A truth value.
    Bool(bool),
}

/// Takes the plain values of a record with their dotted names. `listed`: the value stands in a list, so there
/// may be more of the same name.
pub trait Leaves {
    /// Takes one.
    fn leaf(&mut self, path: &str, value: Leaf<'_>, listed: bool);
}

/// Hands all plain values of a JSON text to `leaves`.
///
/// # Errors
/// When it is not one whole JSON value.
pub fn flatten<L: Leaves>(json: &str, path: &mut String, leaves: &mut L) -> serde_json::Result<()> {
    path.clear();
    let mut reader = serde_json::Deserializer::from_str(json);
    Node { path, leaves, listed: false }.deserialize(&mut reader)?;
    reader.end()
}

/// As [`flatten`] for bytes as they stand in a log. What is not UTF-8 or half a surrogate pair becomes U+FFFD.
///
/// # Errors
/// What is wrong with the JSON, in words.
pub fn flatten_bytes<L: Leaves>(json: &[u8], path: &mut String, leaves: &mut L) -> Result<Mended, String> {
    let (text, mended) = match std::str::from_utf8(json) {
        Ok(text) => (std::borrow::Cow::Borrowed(text), Mended(None)),
        Err(_) => (String::from_utf8_lossy(json), Mended(Some("bytes that are not UTF-8 were replaced"))),
    };
    match flatten(&text, path, leaves) {
        Ok(()) => Ok(mended),
        Err(why) => match without_lone_surrogates(&text) {
            Some(text) if flatten(&text, path, leaves).is_ok() => {
                Ok(Mended(Some("escapes that are half a character were replaced")))
            }
            _ => Err(reason(&why)),
        },
    }
}

/// What had to be replaced to read a record, if anything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mended(pub Option<&'static str>);

impl Mended {
    /// The kind of problem that it is.
    pub const KIND: ProblemKind = ProblemKind::Encoding;
}

/// serde's words without its own line and column, which count from the value's beginning.
fn reason(why: &serde_json::Error) -> String {
    let text = why.to_string();
    let end = text.find(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The text with `\uFFFD` for each escape of half a surrogate pair; `None` when there is none.
fn without_lone_surrogates(text: &str) -> Option<String> {
    let unit = |at: usize| -> Option<u16> {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(hex, 16).ok()
    };
    let (mut out, mut kept, mut at) = (String::new(), 0, 0);
    while let Some(n) = memchr::memchr(b'\\', text.as_bytes().get(at..)?) {
        at += n;
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                out.push_str(&text[kept..at]);
                out.push_str("\\ufffd");
                at += 6;
                kept = at;
            }
            _ => at += 2,
        }
    }
    (kept > 0).then(|| out + &text[kept..])
}

struct Node<'w, L> {
    path: &'w mut String,
    leaves: &'w mut L,
    listed: bool,
}

impl<'de, L: Leaves> DeserializeSeed<'de> for Node<'_, L> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, L: Leaves> Visitor<'de> for Node<'_, L> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.leaves.leaf(self.path, Leaf::Bool(value), self.listed);
        Ok(())
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.leaves.leaf(self.path, Leaf::Int(value), self.listed);
        Ok(())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.leaves.leaf(self.path, Leaf::Int(value), self.listed),
            // Too large for a whole number: its digits are exact, a float would not be.
            Err(_) => self.leaves.leaf(self.path, Leaf::Text(&value.to_string()), self.listed),
        }
        Ok(())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.leaves.leaf(self.path, Leaf::Float(value), self.listed);
        Ok(())
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        if memchr::memchr(MULTI as u8, value.as_bytes()).is_some() {
            // Else the text would turn into a list.
            let clean = value.replace(MULTI, "\u{fffd}");
            self.leaves.leaf(self.path, Leaf::Text(&clean), self.listed);
        } else {
            self.leaves.leaf(self.path, Leaf::Text(value), self.listed);
        }
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Node { path: self.path, leaves: self.leaves, listed: true })?.is_some()
        {
        }
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let len = self.path.len();
        while members.next_key_seed(Key(self.path))?.is_some() {
            members.next_value_seed(Node { path: self.path, leaves: self.leaves, listed: self.listed })?;
            self.path.truncate(len);
        }
        Ok(())
    }
}

/// Adds a key to the path.
struct Key<'w>(&'w mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        if !self.0.is_empty() {
            self.0.push('.');
        }
        self.0.push_str(key);
        if self.0.len() > LONGEST_NAME {
            let mut end = LONGEST_NAME;
            while !self.0.is_char_boundary(end) {
                end -= 1;
            }
            self.0.truncate(end);
        }
        Ok(())
    }
}

/// What each name of a source means, worked out once a name. Bounded; beyond that it is worked out each time.
#[derive(Debug)]
pub struct Meanings<T> {
    by_name: FxHashMap<Box<str>, T>,
}

impl<T> Default for Meanings<T> {
    fn default() -> Self {
        Self { by_name: FxHashMap::default() }
    }
}

impl<T: Copy> Meanings<T> {
    /// What `name` means; `find` works it out when it is new.
    pub fn of(&mut self, name: &str, find: impl FnOnce(&str) -> T) -> T {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let found = find(name);
        if self.by_name.len() < MOST_NAMES {
            self.by_name.insert(name.into(), found);
        }
        found
    }
}

/// Collects the elements of a record's lists until all are known.
#[derive(Debug, Default)]
pub struct Lists {
    text: String,
    lists: Vec<(FieldId, Vec<Element>)>,
    used: usize,
    elements: usize,
}

#[derive(Clone, Copy, Debug)]
enum Element {
    Text(usize, usize),
    Int(i64),
    Float(f64),
}

impl Lists {
    /// Forgets what was collected.
    pub fn clear(&mut self) {
        self.text.clear();
        self.used = 0;
        self.elements = 0;
    }

    /// One more element of a field.
    pub fn push(&mut self, id: FieldId, value: Leaf<'_>) {
        if self.elements >= MOST_ELEMENTS || self.text.len() >= MOST_LIST_BYTES {
            return;
        }
        self.elements += 1;
        let element = match value {
            Leaf::Int(n) => Element::Int(n),
            Leaf::Float(x) => Element::Float(x),
            Leaf::Text(t) => self.keep(t),
            Leaf::Bool(b) => self.keep(if b { "true" } else { "false" }),
        };
        let place = self.lists[..self.used].iter().rposition(|(f, _)| *f == id);
        let place = place.unwrap_or_else(|| {
            if self.used == self.lists.len() {
                self.lists.push((id, Vec::new()));
            }
            self.lists[self.used].0 = id;
            self.lists[self.used].1.clear();
            self.used += 1;
            self.used - 1
        });
        self.lists[place].1.push(element);
    }

    fn keep(&mut self, text: &str) -> Element {
        let start = self.text.len();
        self.text.push_str(text);
        Element::Text(start, self.text.len())
    }

    /// Writes all lists as fields; a list of one is a plain value.
    pub fn give(&self, fields: &mut Fields) {
        let mut numbers = Vec::new();
        for (id, elements) in &self.lists[..self.used] {
            match elements.as_slice() {
                [Element::Text(from, to)] => fields.text(*id, &self.text[*from..*to]),
                [Element::Int(n)] => fields.int(*id, *n),
                [Element::Float(x)] => fields.float(*id, *x),
                many => {
                    numbers.clear();
                    numbers.extend(many.iter().map(|e| match e {
                        Element::Text(..) => String::new(),
                        Element::Int(n) => n.to_string(),
                        Element::Float(x) => x.to_string(),
                    }));
                    let texts = many.iter().zip(&numbers).map(|(e, n)| match e {
                        Element::Text(from, to) => &self.text[*from..*to],
                        _ => n.as_str(),
                    });
                    fields.list(*id, texts);
                }
            }
        }
    }
}

/// Gives a field a plain value.
pub fn give(fields: &mut Fields, id: FieldId, value: Leaf<'_>) {
    match value {
        Leaf::Text(text) => fields.text(id, text),
        Leaf::Int(n) => fields.int(id, n),
        Leaf::Float(x) => fields.float(id, x),
        Leaf::Bool(b) => fields.text(id, if b { "true" } else { "false" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen(Vec<String>);
    impl Leaves for Seen {
        fn leaf(&mut self, path: &str, value: Leaf<'_>, listed: bool) {
            self.0.push(format!("{path}{} {value:?}", if listed { "[]" } else { "" }));
        }
    }
    fn seen(json: &str) -> Vec<String> {
        let mut seen = Seen::default();
        flatten_bytes(json.as_bytes(), &mut String::new(), &mut seen).unwrap();
        seen.0
    }

    #[test]
    fn nesting_gives_dotted_names() {
        assert_eq!(
            seen(r#"{"a":{"b":[{"c":1},{"c":2.5}],"d":null},"e":[true,["x"]],"f.g":18446744073709551615}"#),
            [
                "a.b.c[] Int(1)",
                "a.b.c[] Float(2.5)",
                "e[] Bool(true)",
                "e[] Text(\"x\")",
                "f.g Text(\"18446744073709551615\")"
            ]
        );
    }

    #[test]
    fn half_characters_and_separators_are_replaced() {
        assert_eq!(seen(r#"{"a":"x\ud83dy\ud83d\ude00"}"#), ["a Text(\"x\u{fffd}y\u{1f600}\")"]);
        assert_eq!(seen("{\"a\":\"x\\u001ey\"}"), ["a Text(\"x\u{fffd}y\")"]);
        let mut one = Seen::default();
        let mended = flatten_bytes(b"{\"a\":\"\xff\"}", &mut String::new(), &mut one).unwrap();
        assert!(mended.0.is_some());
        assert_eq!(one.0, ["a Text(\"\u{fffd}\")"]);
    }

    #[test]
    fn errors_are_words_without_a_place() {
        let mut one = Seen::default();
        let why = flatten_bytes(b"{\"a\":tru}", &mut String::new(), &mut one).unwrap_err();
        assert_eq!(why, "expected ident");
    }
}
