//! How a format hands over what it read: [`Record`]s and problems into a [`Sink`].

use crate::field::FieldId;
use crate::source::ProblemKind;
use crate::time::Stamp;
use crate::value::{MULTI, Value};

#[derive(Clone, Copy, Debug)]
enum Slot {
    Text { start: u32, end: u32 },
    Int(i64),
    Float(f64),
}

/// The fields of one record, in a buffer that is cleared and used again for the next.
/// The first value given for a field stays; later ones are ignored.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    text: String,
    slots: Vec<(FieldId, Slot)>,
    /// A bit for each field below 128 that has a value: the frequent ones are never searched for.
    given: u128,
}

/// A value of a record, borrowed from its [`Fields`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
}

impl ValueRef<'_> {
    /// An owned copy.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Text(s) => Value::Text(s.to_owned()),
            Self::Int(n) => Value::Int(n),
            Self::Float(x) => Value::Float(x),
        }
    }
}

impl Fields {
    /// Forgets all fields and keeps the room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.slots.clear();
        self.given = 0;
    }

    /// Whether the field has a value already.
    #[must_use]
    #[inline]
    pub fn has(&self, id: FieldId) -> bool {
        if id.0 < 128 { self.given >> id.0 & 1 == 1 } else { self.slots.iter().any(|(f, _)| *f == id) }
    }

    #[inline]
    fn put(&mut self, id: FieldId, slot: Slot) {
        if id.0 < 128 {
            self.given |= 1 << id.0;
        }
        self.slots.push((id, slot));
    }

    /// Gives a field a text. An empty text is kept as empty: missing is not empty.
    pub fn text(&mut self, id: FieldId, value: &str) {
        if self.has(id) {
            return;
        }
        let start = self.text.len() as u32;
        self.text.push_str(value);
        self.put(id, Slot::Text { start, end: self.text.len() as u32 });
    }

    /// Gives a field a text made from bytes; what is not UTF-8 becomes U+FFFD.
    pub fn bytes(&mut self, id: FieldId, value: &[u8]) {
        match std::str::from_utf8(value) {
            Ok(text) => self.text(id, text),
            Err(_) => self.text(id, &String::from_utf8_lossy(value)),
        }
    }

    /// Gives a field a list of texts, stored as one value with several elements.
    pub fn list<'v>(&mut self, id: FieldId, values: impl IntoIterator<Item = &'v str>) {
        if self.has(id) {
            return;
        }
        let start = self.text.len() as u32;
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.text.push(MULTI);
            }
            // An element must not smuggle in a separator of its own.
            self.text.extend(value.chars().map(|c| if c == MULTI { '\u{fffd}' } else { c }));
        }
        self.put(id, Slot::Text { start, end: self.text.len() as u32 });
    }

    /// Gives a field a whole number.
    pub fn int(&mut self, id: FieldId, value: i64) {
        if !self.has(id) {
            self.put(id, Slot::Int(value));
        }
    }

    /// Gives a field a number; NaN and infinities are left out.
    pub fn float(&mut self, id: FieldId, value: f64) {
        if value.is_finite() && !self.has(id) {
            self.put(id, Slot::Float(value));
        }
    }

    /// The fields in the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, ValueRef<'_>)> {
        self.slots.iter().map(|(id, slot)| (*id, self.value(*slot)))
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, id: FieldId) -> Option<ValueRef<'_>> {
        self.slots.iter().find(|(f, _)| *f == id).map(|(_, slot)| self.value(*slot))
    }

    /// The value of a field where it is a text.
    #[must_use]
    pub fn get_text(&self, id: FieldId) -> Option<&str> {
        match self.get(id) {
            Some(ValueRef::Text(s)) => Some(s),
            _ => None,
        }
    }

    fn value(&self, slot: Slot) -> ValueRef<'_> {
        match slot {
            Slot::Text { start, end } => ValueRef::Text(&self.text[start as usize..end as usize]),
            Slot::Int(n) => ValueRef::Int(n),
            Slot::Float(x) => ValueRef::Float(x),
        }
    }
}

/// One event as a format hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// When, if the record says so in a way that was understood.
    pub time: Option<Stamp>,
    /// Where the record begins in the decoded source, in bytes.
    pub offset: u64,
    /// The line (or, in binary formats, the record) where it begins, from 1.
    pub line: u64,
    /// The record byte for byte as it stands in the decoded source, without its final line break. Of a binary
    /// record, the text that its format writes it out as, so that its words can be searched and read.
    pub raw: &'a [u8],
    /// Bytes of the decoded source that it takes: those of `raw`, unless that is a binary record written out.
    pub bytes: u64,
    /// What it says.
    pub fields: &'a Fields,
}

/// Whether a format should go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop soon and return `Ok`: the import was cancelled or the sink failed (and knows why).
    Stop,
}

/// Takes what a format reads. For each source: bytes of events + of problems + filler = bytes read.
pub trait Sink {
    /// The number of a field by name; `None` when the source has used up its room for names
    /// (the sink notes that as a problem once).
    fn field(&mut self, name: &str) -> Option<FieldId>;
    /// Takes an event.
    fn event(&mut self, record: &Record<'_>) -> Flow;
    /// Takes a problem: `bytes` of the source that became no event because of it (0 for a remark
    /// on a record that did become one), with the bytes themselves as `excerpt` (cut by the sink).
    fn problem(
        &mut self,
        kind: ProblemKind,
        line: u64,
        offset: u64,
        bytes: u64,
        message: &str,
        excerpt: &[u8],
    ) -> Flow;
    /// Counts bytes that carry no record by design: line breaks, headers, blank lines, brackets.
    fn filler(&mut self, bytes: u64);
}
