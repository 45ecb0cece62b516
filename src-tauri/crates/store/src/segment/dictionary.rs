//! The different values of one column in one segment, in the order they were first seen.
//!
//! A dictionary holds texts. Where a column holds kinds side by side (a number here, a text there), each
//! entry also carries its kind, so that the value comes back as what it was.

use super::pack::{Take, put_number, put_numbers, take_numbers};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use timberline_model::Value;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Text,
    Int,
    Float,
}

impl EntryKind {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Text, Self::Int, Self::Float].into_iter().find(|k| *k as u8 == byte)
    }
}

/// A dictionary that grows.
pub(crate) struct DictBuilder {
    text: Vec<u8>,
    ends: Vec<u32>,
    /// A kind for each entry, once there is another kind than text.
    kinds: Option<Vec<EntryKind>>,
    places: HashTable<u32>,
    hasher: FixedState,
    last: u32,
}

impl DictBuilder {
    /// Empty; `seed` must not be known to whoever writes the logs, or they could make all values collide.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            text: Vec::new(),
            ends: Vec::new(),
            kinds: None,
            places: HashTable::new(),
            hasher: FixedState::with_seed(seed),
            last: 0,
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    fn entry(&self, code: u32) -> &[u8] {
        entry(&self.text, &self.ends, code)
    }

    /// The code of a text, given one if it is new.
    pub(crate) fn text(&mut self, text: &str) -> u32 {
        self.code(text.as_bytes(), EntryKind::Text)
    }

    /// The code of a number.
    pub(crate) fn number(&mut self, value: &Value) -> u32 {
        let kind = match value {
            Value::Int(_) => EntryKind::Int,
            Value::Float(_) => EntryKind::Float,
            Value::Text(_) => EntryKind::Text,
        };
        if self.kinds.is_none() {
            self.kinds = Some(vec![EntryKind::Text; self.ends.len()]);
        }
        // Rust prints the shortest text that reads back as the same number.
        let text = match value {
            Value::Int(n) => n.to_string(),
            Value::Float(x) => x.to_string(),
            Value::Text(t) => t.clone(),
        };
        self.code(text.as_bytes(), kind)
    }

    fn kind(&self, code: u32) -> EntryKind {
        self.kinds.as_ref().and_then(|k| k.get(code as usize)).copied().unwrap_or(EntryKind::Text)
    }

    fn code(&mut self, bytes: &[u8], kind: EntryKind) -> u32 {
        // Neighbouring records are alike more often than not.
        if (self.last as usize) < self.ends.len()
            && self.entry(self.last) == bytes
            && self.kind(self.last) == kind
        {
            return self.last;
        }
        let hash = self.hasher.hash_one(bytes);
        let found = self.places.find(hash, |c| self.entry(*c) == bytes && self.kind(*c) == kind);
        if let Some(code) = found.copied() {
            self.last = code;
            return code;
        }
        let code = self.ends.len() as u32;
        self.text.extend_from_slice(bytes);
        self.ends.push(self.text.len() as u32);
        if let Some(kinds) = &mut self.kinds {
            kinds.push(kind);
        }
        let (text, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.places.insert_unique(hash, code, |c| hasher.hash_one(entry(text, ends, *c)));
        self.last = code;
        code
    }

    /// Hands the entries over and is empty again, keeping the room of its table.
    pub(crate) fn hand_over(&mut self) -> Entries {
        self.places.clear();
        self.last = 0;
        Entries {
            text: std::mem::take(&mut self.text),
            ends: std::mem::take(&mut self.ends),
            kinds: self.kinds.take(),
        }
    }
}

fn entry<'t>(text: &'t [u8], ends: &[u32], code: u32) -> &'t [u8] {
    let code = code as usize;
    let from = if code == 0 { 0 } else { ends[code - 1] as usize };
    &text[from..ends[code] as usize]
}

/// The entries of a finished dictionary, on their way to the disk.
pub(crate) struct Entries {
    text: Vec<u8>,
    ends: Vec<u32>,
    kinds: Option<Vec<EntryKind>>,
}

impl Entries {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn has_kinds(&self) -> bool {
        self.kinds.is_some()
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len() as u32).map(|c| entry(&self.text, &self.ends, c))
    }

    /// As bytes: how many, their lengths, their kinds, their texts end to end.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + self.ends.len() + 32);
        put_number(&mut out, self.ends.len() as u64);
        let mut before = 0;
        let lengths: Vec<i64> =
            self.ends.iter().map(|end| i64::from(end - std::mem::replace(&mut before, *end))).collect();
        put_numbers(&mut out, &lengths);
        match &self.kinds {
            Some(kinds) => {
                out.push(1);
                out.extend(kinds.iter().map(|k| *k as u8));
            }
            None => out.push(0),
        }
        out.extend_from_slice(&self.text);
        out
    }
}

/// A dictionary as it comes from the disk.
#[derive(Debug, Default)]
pub(crate) struct Dict {
    text: String,
    ends: Vec<u32>,
    kinds: Option<Vec<EntryKind>>,
}

impl Dict {
    /// Reads what [`Entries::write`] wrote; at most `most` entries can be honest.
    pub(crate) fn read(bytes: &[u8], most: usize) -> Option<Self> {
        let mut take = Take::new(bytes);
        let len = usize::try_from(take.number()?).ok().filter(|n| *n <= most)?;
        let lengths = take_numbers(&mut take, len)?;
        let kinds = match take.byte()? {
            0 => None,
            _ => {
                let bytes = take.slice(len)?;
                Some(bytes.iter().map(|b| EntryKind::from_byte(*b)).collect::<Option<Vec<_>>>()?)
            }
        };
        let text = std::str::from_utf8(take.rest()).ok()?;
        let mut ends = Vec::with_capacity(len);
        let mut at = 0u32;
        for length in lengths {
            at = at.checked_add(u32::try_from(length).ok()?)?;
            if !text.is_char_boundary(at as usize) {
                return None;
            }
            ends.push(at);
        }
        (at as usize == text.len()).then(|| Self { text: text.to_owned(), ends, kinds })
    }

    pub(crate) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), ends: vec![text.len() as u32], kinds: None }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether some entries are not texts.
    pub(crate) fn has_kinds(&self) -> bool {
        self.kinds.is_some()
    }

    /// The text of an entry (of a number its decimal text).
    pub(crate) fn text(&self, code: usize) -> &str {
        let from = if code == 0 { 0 } else { self.ends[code - 1] as usize };
        &self.text[from..self.ends[code] as usize]
    }

    /// The value of an entry.
    pub(crate) fn value(&self, code: usize) -> Value {
        let text = self.text(code);
        let kind = self.kinds.as_ref().and_then(|k| k.get(code)).copied().unwrap_or(EntryKind::Text);
        let number = match kind {
            EntryKind::Text => None,
            EntryKind::Int => text.parse().ok().map(Value::Int),
            EntryKind::Float => text.parse().ok().map(Value::Float),
        };
        number.unwrap_or_else(|| Value::Text(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_what_they_were() {
        let mut made = DictBuilder::new(1);
        assert_eq!(made.text("root"), 0);
        assert_eq!(made.text(""), 1);
        assert_eq!(made.text("root"), 0);
        assert_eq!(made.number(&Value::Int(-5)), 2);
        assert_eq!(made.text("-5"), 3, "a text is not the number it reads as");
        assert_eq!(made.number(&Value::Float(0.1)), 4);
        assert_eq!(made.number(&Value::Float(-0.0)), 5);
        let entries = made.hand_over();
        let dict = Dict::read(&entries.write(), 10).unwrap();
        let values: Vec<Value> = (0..dict.len()).map(|c| dict.value(c)).collect();
        let zero = Value::Float(-0.0);
        assert_eq!(values, ["root".into(), "".into(), Value::Int(-5), "-5".into(), Value::Float(0.1), zero]);
        assert_eq!(made.text("again"), 0, "it is empty after handing over");
        assert!(Dict::read(&entries.write(), 5).is_none(), "more entries than rows are a lie");
    }
}
