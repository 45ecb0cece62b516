//! One JSON record as a list of plain values with dotted names, each name a small number, so that a product's
//! meaning ([`super::json_map`]) can be looked up in any order without hashing names again and again. A second
//! text inside the record (JSON in a `message`, a shipper's wrapper) is laid over the first: of equal names the
//! inner one counts. What a name means is not here.

use super::flatten::{Leaf, Mended};
use super::json_mend::{exact_numbers, mended, reason};
use super::json_numbers::Numbering;
use rustc_hash::FxHashMap;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use timberline_model::value::MULTI;

/// The longest dotted name, in bytes; what is longer is cut.
const LONGEST_NAME: usize = 300;
/// How many names are remembered before all are forgotten, and how many more one record may bring.
const MOST_NAMES: usize = 20_000;
const MOST_NEW: usize = 100_000;
/// From here on an object's names are looked up in a map.
const FEW: usize = 12;
/// How many names the pairs of lists (`[{"name": ..., "value": ...}]`) may make, and how long each may be.
const MOST_PAIRS: usize = 500;
const LONGEST_PAIR: usize = 64;
/// Whole numbers from here on lose digits as a float.
const EXACT: f64 = 9.2e18;

/// A dotted name of one [`Doc`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PathId(pub u32);

/// A plain value; text lies in the record's own buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plain {
    Text(u32, u32),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// One plain value of a record.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Its name.
    pub path: PathId,
    /// Whether it stands in a list: there may be more of the same name.
    pub listed: bool,
    /// Whether it became something else and is not kept under its own name.
    pub used: bool,
    value: Plain,
}

/// What a key says about the object that it stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum KeyRole {
    Other,
    Name,
    Value,
    Change,
}

fn key_role(key: &str) -> KeyRole {
    match key {
        "name" | "Name" | "key" | "Key" | "displayName" => KeyRole::Name,
        "value" | "Value" | "intValue" | "boolValue" | "multiValue" | "multiIntValue" | "stringValue"
        | "multi_value" | "int_value" | "bool_value" | "ValueString" | "val" => KeyRole::Value,
        "oldValue" | "newValue" | "OldValue" | "NewValue" | "old_value" | "new_value" | "from" | "to" => {
            KeyRole::Change
        }
        _ => KeyRole::Other,
    }
}

/// One name in an object, and those beneath it.
#[derive(Debug)]
struct Node {
    key: Box<str>,
    path: PathId,
    role: KeyRole,
    children: Vec<u32>,
    /// The places of the children by name, once they are many.
    places: FxHashMap<Box<str>, usize>,
    /// The object that had this name last.
    object: u32,
}

/// Names and their numbers: those that maps know, and behind them those of this source.
#[derive(Debug)]
struct Names {
    known: &'static Numbering,
    names: Vec<Box<str>>,
    by_name: FxHashMap<Box<str>, PathId>,
    nodes: Vec<Node>,
    pairs: usize,
}

const ROOT: u32 = 0;
const TOO_MANY: u32 = u32::MAX;

impl Names {
    fn new(known: &'static Numbering) -> Self {
        let mut names =
            Self { known, names: Vec::new(), by_name: FxHashMap::default(), nodes: Vec::new(), pairs: 0 };
        let root = names.path("");
        names.add_node("", root);
        names
    }

    fn name(&self, path: PathId) -> &str {
        match self.known.name(path) {
            Some(name) => name,
            None => self.names.get(path.0 as usize - self.known.names()).map_or("", |n| n),
        }
    }

    fn path(&mut self, name: &str) -> PathId {
        if let Some(id) = self.known.known(name).or_else(|| self.by_name.get(name).copied()) {
            return id;
        }
        let id = PathId((self.known.names() + self.names.len()) as u32);
        self.names.push(name.into());
        self.by_name.insert(name.into(), id);
        id
    }

    fn count(&self) -> usize {
        self.known.names() + self.names.len()
    }

    fn add_node(&mut self, key: &str, path: PathId) -> u32 {
        self.nodes.push(Node {
            key: key.into(),
            path,
            role: key_role(key),
            children: Vec::new(),
            places: FxHashMap::default(),
            object: 0,
        });
        self.nodes.len() as u32 - 1
    }

    /// The node of a key; `at` is where it is expected among the names seen before, and is moved on: records of a
    /// log mostly have the same names in the same order.
    fn child(&mut self, parent: u32, key: &str, at: &mut usize) -> u32 {
        let Some(node) = self.nodes.get(parent as usize) else { return TOO_MANY };
        if let Some(next) = node.children.get(*at)
            && *self.nodes[*next as usize].key == *key
        {
            *at += 1;
            return *next;
        }
        let place = if node.children.len() < FEW {
            node.children.iter().position(|c| *self.nodes[*c as usize].key == *key)
        } else {
            node.places.get(key).copied()
        };
        match place {
            Some(place) => {
                *at = place + 1;
                node.children[place]
            }
            None => self.new_child(parent, key, at),
        }
    }

    #[cold]
    fn new_child(&mut self, parent: u32, key: &str, at: &mut usize) -> u32 {
        if self.nodes.len() >= MOST_NAMES + MOST_NEW {
            return TOO_MANY;
        }
        let above = self.name(self.nodes[parent as usize].path);
        let name = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        let path = self.path(cut(&name));
        let child = self.add_node(key, path);
        self.nodes[parent as usize].children.push(child);
        let children = self.nodes[parent as usize].children.len();
        *at = children;
        if children == FEW {
            let keys: Vec<_> = self.nodes[parent as usize]
                .children
                .iter()
                .map(|c| self.nodes[*c as usize].key.clone())
                .collect();
            self.nodes[parent as usize].places = keys.into_iter().zip(0..).collect();
        } else if children > FEW {
            self.nodes[parent as usize].places.insert(key.into(), children - 1);
        }
        child
    }
}

/// A name's beginning that is no longer than names may be.
fn cut(name: &str) -> &str {
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let mut end = LONGEST_NAME;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// A record's plain values; used again from record to record.
#[derive(Debug)]
pub struct Doc {
    names: Names,
    /// How often all names were forgotten.
    era: u32,
    items: Vec<Item>,
    text: String,
    /// By name: the layer in which it was seen last, and its first item there.
    seen: Vec<(u32, u32)>,
    /// The layer that is being read; layers are counted over all records.
    layer: u32,
    /// The first layer of this record, and where each of its layers begins among the items.
    first_layer: u32,
    starts: Vec<usize>,
    object: u32,
    /// A name that stands twice in one object.
    twice: Option<PathId>,
    large: bool,
    inner: String,
}

impl Doc {
    /// For one source, with the numbers of the names that maps know.
    #[must_use]
    pub fn new(known: &'static Numbering) -> Self {
        Self {
            names: Names::new(known),
            era: 0,
            items: Vec::new(),
            text: String::new(),
            seen: Vec::new(),
            layer: 0,
            first_layer: 0,
            starts: Vec::new(),
            object: 0,
            twice: None,
            large: false,
            inner: String::new(),
        }
    }

    /// Forgets the last record.
    pub fn clear(&mut self) {
        if self.names.nodes.len() > MOST_NAMES || self.layer > u32::MAX - 1_000 || self.object > u32::MAX / 2
        {
            self.names = Names::new(self.names.known);
            self.seen.clear();
            (self.layer, self.object) = (0, 0);
            self.era += 1;
        }
        self.items.clear();
        self.text.clear();
        self.starts.clear();
        self.twice = None;
        self.first_layer = self.layer + 1;
    }

    /// Changes when the numbers of names are no longer what they were.
    #[must_use]
    pub fn era(&self) -> u32 {
        self.era
    }

    /// Lays a JSON text over what there is.
    ///
    /// # Errors
    /// What is wrong with it, in words; nothing of it is kept then.
    pub fn read(&mut self, json: &[u8]) -> Result<Mended, String> {
        let (text, mut told) = match simdutf8::basic::from_utf8(json) {
            Ok(text) => (Cow::Borrowed(text), None),
            Err(_) => (String::from_utf8_lossy(json), Some("bytes that are not UTF-8 were replaced")),
        };
        let (items, chars) = (self.items.len(), self.text.len());
        self.begin_layer();
        self.large = false;
        let first = self.parse(&text);
        if first.is_ok() && !self.large {
            return Ok(Mended(told));
        }
        // Rare: something that serde_json refuses or rounds.
        let other = match &first {
            Ok(()) => exact_numbers(&text).map(|t| (t, None)),
            Err(_) => mended(&text),
        };
        if let Some((other, what)) = other {
            self.undo(items, chars);
            self.begin_layer();
            if self.parse(&other).is_ok() {
                told = told.or(what);
                return Ok(Mended(told));
            }
        }
        match first {
            Ok(()) => Ok(Mended(told)),
            Err(why) => {
                self.undo(items, chars);
                Err(reason(&why))
            }
        }
    }

    /// Takes the newest layer off again.
    fn undo(&mut self, items: usize, chars: usize) {
        for item in &self.items[items..] {
            self.seen[item.path.0 as usize] = (0, 0);
        }
        self.items.truncate(items);
        self.text.truncate(chars);
        self.starts.pop();
        // The layers below it may have had the same names.
        for layer in 0..self.starts.len() {
            let id = self.first_layer + layer as u32;
            let end = self.starts.get(layer + 1).copied().unwrap_or(self.items.len());
            for at in self.starts[layer]..end {
                let seen = &mut self.seen[self.items[at].path.0 as usize];
                if seen.0 != id {
                    *seen = (id, at as u32);
                }
            }
        }
        self.layer = (self.first_layer + self.starts.len() as u32).saturating_sub(1);
    }

    /// Adds a text to the record.
    pub fn add(&mut self, name: &str, value: &str) {
        if self.starts.is_empty() {
            self.begin_layer();
        }
        let path = self.names.path(cut(name));
        let plain = self.keep(value);
        self.push(path, plain, false);
    }

    /// Lays the JSON that the text at a place holds over the record. Whether it could be read.
    pub fn read_inner(&mut self, at: usize) -> bool {
        let mut inner = std::mem::take(&mut self.inner);
        inner.clear();
        if let Leaf::Text(text) = self.value(at) {
            inner.push_str(text);
        }
        let good = self.read(inner.trim().as_bytes()).is_ok();
        self.inner = inner;
        if good {
            self.items[at].used = true;
        }
        good
    }

    /// Takes all values beneath `prefix` (which ends with a dot) out of their object, as a layer of their own.
    pub fn unwrap(&mut self, prefix: &str) {
        let end = self.items.len();
        self.begin_layer();
        for at in 0..end {
            let item = self.items[at];
            let Some(rest) = self.names.name(item.path).strip_prefix(prefix) else { continue };
            if item.used {
                continue;
            }
            let rest = rest.to_owned();
            let path = self.names.path(&rest);
            self.items[at].used = true;
            self.push(path, item.value, item.listed);
        }
    }

    /// Adds a value that stands around the record, if the record says nothing under that name.
    pub fn add_around(&mut self, path: PathId, value: Leaf<'_>, listed: bool) {
        if self.place(path).is_some_and(|at| !(listed && self.items[at].listed)) {
            return;
        }
        let plain = match value {
            Leaf::Text(text) => self.keep(text),
            Leaf::Int(n) => Plain::Int(n),
            Leaf::Float(x) => Plain::Float(x),
            Leaf::Bool(b) => Plain::Bool(b),
        };
        self.push(path, plain, listed);
    }

    fn begin_layer(&mut self) {
        self.layer += 1;
        self.starts.push(self.items.len());
    }

    fn parse(&mut self, json: &str) -> serde_json::Result<()> {
        let mut reader = serde_json::Deserializer::from_str(json);
        Walk { doc: self, node: ROOT, listed: false }.deserialize(&mut reader)?;
        reader.end()
    }

    fn push(&mut self, path: PathId, value: Plain, listed: bool) {
        let (at, slot) = (self.items.len() as u32, path.0 as usize);
        if slot >= self.seen.len() {
            self.seen.resize(self.names.count().max(slot + 1), (0, 0));
        }
        let seen = &mut self.seen[slot];
        let mut listed = listed;
        if seen.0 != self.layer {
            *seen = (self.layer, at);
        } else if !listed {
            // The same name twice: both are kept.
            listed = true;
            self.items[seen.1 as usize].listed = true;
        }
        self.items.push(Item { path, listed, used: false, value });
    }

    fn leaf(&mut self, node: u32, value: Plain, listed: bool) {
        if let Some(node) = self.names.nodes.get(node as usize) {
            self.push(node.path, value, listed);
        }
    }

    fn keep(&mut self, text: &str) -> Plain {
        let start = self.text.len() as u32;
        if memchr::memchr(MULTI as u8, text.as_bytes()).is_some() {
            // Else the text would turn into a list.
            self.text.extend(text.chars().map(|c| if c == MULTI { '\u{fffd}' } else { c }));
        } else {
            self.text.push_str(text);
        }
        Plain::Text(start, self.text.len() as u32)
    }

    /// An object of a list that only names a value: the value also gets that name.
    #[cold]
    fn pair(&mut self, node: u32, from: usize) {
        let Some(above) = self.names.nodes.get(node as usize) else { return };
        let (above, children) = (above.path, &above.children);
        let of_role = |role: KeyRole| {
            children.iter().map(|c| &self.names.nodes[*c as usize]).filter(move |n| n.role == role)
        };
        let named = of_role(KeyRole::Name).find_map(|n| {
            self.items[from..].iter().find(|i| i.path == n.path && matches!(i.value, Plain::Text(..)))
        });
        let Some(Plain::Text(start, end)) = named.map(|i| i.value) else { return };
        let named = named.map(|i| i.path);
        let name = &self.text[start as usize..end as usize];
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-./: @#".contains(&b);
        if name.is_empty()
            || name.len() > LONGEST_PAIR
            || !name.bytes().all(fits)
            || !name.bytes().any(|b| b.is_ascii_alphabetic())
        {
            return;
        }
        let (above, name) = (self.names.name(above).to_owned(), name.to_owned());
        let dot = if above.is_empty() { "" } else { "." };
        for at in from..self.items.len() {
            let Item { path, value, .. } = self.items[at];
            if Some(path) == named {
                continue;
            }
            let own = self.names.name(path);
            let Some(rest) = own.get(above.len() + dot.len()..) else { continue };
            let (key, deeper) = rest.split_once('.').map_or((rest, ""), |(k, d)| (k, d));
            let mut full = format!("{above}{dot}{name}");
            if key_role(key) != KeyRole::Value {
                full.push('.');
                full.push_str(key);
            }
            let mut value = value;
            for part in deeper.split('.').filter(|p| !p.is_empty()) {
                match part {
                    "stringValue" | "doubleValue" | "boolValue" | "values" | "arrayValue" | "kvlistValue" => {
                    }
                    "intValue" => {
                        if let Plain::Text(from, to) = value
                            && let Ok(n) = self.text[from as usize..to as usize].parse()
                        {
                            value = Plain::Int(n);
                        }
                    }
                    other => {
                        full.push('.');
                        full.push_str(other);
                    }
                }
            }
            if self.names.known.known(&full).is_none() && !self.names.by_name.contains_key(full.as_str()) {
                if self.names.pairs >= MOST_PAIRS {
                    return;
                }
                self.names.pairs += 1;
            }
            let path = self.names.path(cut(&full));
            self.push(path, value, true);
        }
    }

    /// The number of a name.
    pub fn path(&mut self, name: &str) -> PathId {
        self.names.path(name)
    }

    /// The name of a number.
    #[must_use]
    pub fn name(&self, path: PathId) -> &str {
        self.names.name(path)
    }

    /// How many names have been given numbers.
    #[must_use]
    pub fn names(&self) -> usize {
        self.names.count()
    }

    /// Where the first value of a name stands among the items.
    #[must_use]
    pub fn place(&self, path: PathId) -> Option<usize> {
        let (layer, at) = *self.seen.get(path.0 as usize)?;
        (layer >= self.first_layer).then_some(at as usize)
    }

    /// Whether the record has a value of this name.
    #[must_use]
    pub fn has(&self, path: PathId) -> bool {
        self.place(path).is_some()
    }

    /// The first value of a name.
    #[must_use]
    pub fn get(&self, path: PathId) -> Option<Leaf<'_>> {
        self.place(path).map(|at| self.value(at))
    }

    /// The first value of a name where it is a text that says something.
    #[must_use]
    pub fn text(&self, path: PathId) -> Option<&str> {
        match self.get(path) {
            Some(Leaf::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// All values of a name.
    pub fn all(&self, path: PathId) -> impl Iterator<Item = Leaf<'_>> {
        let first = self.place(path);
        let layer_end =
            first.map_or(0, |at| self.starts.iter().copied().find(|s| *s > at).unwrap_or(self.items.len()));
        let from = first.unwrap_or(0);
        let to = match first {
            Some(at) if !self.items[at].listed => at + 1,
            _ => layer_end.max(from),
        };
        (from..to).filter(move |at| self.items[*at].path == path).map(|at| self.value(at))
    }

    /// The value of the item at a place.
    #[must_use]
    pub fn value(&self, at: usize) -> Leaf<'_> {
        match self.items[at].value {
            Plain::Text(from, to) => Leaf::Text(&self.text[from as usize..to as usize]),
            Plain::Int(n) => Leaf::Int(n),
            Plain::Float(x) => Leaf::Float(x),
            Plain::Bool(b) => Leaf::Bool(b),
        }
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the record says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item at a place.
    #[must_use]
    pub fn item(&self, at: usize) -> Item {
        self.items[at]
    }

    /// The places of all items, the innermost layer first.
    #[must_use]
    pub fn places(&self) -> Places {
        Places { layer: self.starts.len(), at: 0, end: 0 }
    }

    /// The items, the innermost layer first, with their places.
    pub fn items(&self) -> impl Iterator<Item = (usize, Item)> + '_ {
        let mut places = self.places();
        std::iter::from_fn(move || places.next(self).map(|at| (at, self.items[at])))
    }

    /// Says that a value became something else.
    pub fn use_up(&mut self, at: usize) {
        self.items[at].used = true;
    }

    /// As [`Doc::use_up`] for all values of a name.
    pub fn use_up_all(&mut self, path: PathId) {
        for item in self.items.iter_mut().filter(|i| i.path == path) {
            item.used = true;
        }
    }

    /// A name that stands more than once in the same object.
    #[must_use]
    pub fn twice(&self) -> Option<&str> {
        self.twice.map(|path| self.name(path))
    }
}

/// A walk over the items of a [`Doc`] that does not keep it borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    layer: usize,
    at: usize,
    end: usize,
}

impl Places {
    /// The next place.
    pub fn next(&mut self, doc: &Doc) -> Option<usize> {
        while self.at == self.end {
            self.layer = self.layer.checked_sub(1)?;
            self.at = doc.starts[self.layer];
            self.end = doc.starts.get(self.layer + 1).copied().unwrap_or(doc.items.len());
        }
        self.at += 1;
        Some(self.at - 1)
    }
}

/// The value that is being read and where it stands.
struct Walk<'d> {
    doc: &'d mut Doc,
    node: u32,
    listed: bool,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.doc.leaf(self.node, Plain::Bool(value), self.listed);
        Ok(())
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.doc.leaf(self.node, Plain::Int(value), self.listed);
        Ok(())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let plain = match i64::try_from(value) {
            Ok(value) => Plain::Int(value),
            // Too large for a whole number: its digits are exact, a float would not be.
            Err(_) => self.doc.keep(&value.to_string()),
        };
        self.doc.leaf(self.node, plain, self.listed);
        Ok(())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.doc.large |= value.abs() >= EXACT;
        self.doc.leaf(self.node, Plain::Float(value), self.listed);
        Ok(())
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let plain = self.doc.keep(value);
        self.doc.leaf(self.node, plain, self.listed);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Walk { doc: self.doc, node: self.node, listed: true })?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.doc.object += 1;
        let (object, from) = (self.doc.object, self.doc.items.len());
        let (mut at, mut names, mut values, mut others) = (0, 0, 0, 0);
        while let Some(node) = members.next_key_seed(Key { doc: self.doc, parent: self.node, at: &mut at })? {
            if let Some(found) = self.doc.names.nodes.get_mut(node as usize) {
                if found.object == object {
                    self.doc.twice = Some(found.path);
                }
                found.object = object;
                match found.role {
                    KeyRole::Name => names += 1,
                    KeyRole::Value | KeyRole::Change => values += 1,
                    KeyRole::Other => others += 1,
                }
            }
            members.next_value_seed(Walk { doc: self.doc, node, listed: self.listed })?;
        }
        if self.listed && names == 1 && values > 0 && others < 2 {
            self.doc.pair(self.node, from);
        }
        Ok(())
    }
}

/// Finds the node of a key.
struct Key<'d> {
    doc: &'d mut Doc,
    parent: u32,
    at: &'d mut usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = u32;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u32, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = u32;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E: Error>(self, key: &str) -> Result<u32, E> {
        Ok(self.doc.names.child(self.parent, key, self.at))
    }
}

#[cfg(test)]
#[path = "json_doc_tests.rs"]
mod tests;
