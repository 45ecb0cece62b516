//! What a product's own code may do with a record where its map cannot say it: look at any name, give any field.

use super::flatten::Leaf;
use super::json_doc::Doc;
use super::json_numbers::Ids;
use super::json_products::ready;
use crate::ParseContext;
use timberline_model::{Fields, Sink, Stamp};

/// Where the values of a record go.
pub struct Say<'a> {
    /// The record.
    pub doc: &'a mut Doc,
    /// Its fields.
    pub fields: &'a mut Fields,
    /// Gives fields their numbers.
    pub out: &'a mut dyn Sink,
    /// The fields' numbers.
    pub ids: &'a mut Ids,
    /// Reads times.
    pub ctx: &'a ParseContext,
    /// The time, once there is one.
    pub time: Option<Stamp>,
    /// A time that was not understood.
    pub bad_time: Option<String>,
}

impl Say<'_> {
    /// The text of a name; empty where it has none.
    pub fn text(&mut self, name: &str) -> String {
        let path = self.doc.path(name);
        match self.doc.get(path) {
            Some(Leaf::Text(text)) => text.to_owned(),
            Some(Leaf::Int(n)) => n.to_string(),
            Some(Leaf::Bool(b)) => b.to_string(),
            _ => String::new(),
        }
    }

    /// Adds a value to the record itself, unless it has one under that name.
    pub fn add(&mut self, name: &str, value: &str) {
        let path = self.doc.path(name);
        self.doc.add_around(path, Leaf::Text(value), false);
    }

    /// Gives an end of a connection (`source`) an address or a name, perhaps with a port behind it.
    pub fn address(&mut self, end: &str, value: &str) {
        let ready = ready();
        if let Some((_, end)) = ready.ends.iter().find(|(name, _)| *name == end) {
            end.put(self.fields, self.ids, self.out, Leaf::Text(value), false);
        }
    }

    /// Gives an end of a connection its address and its port.
    pub fn end(&mut self, end: &str, address: &str, port: &str) {
        self.address(end, address);
        self.number(&format!("{end}.port"), port);
    }

    /// Gives a field a whole number, if it is one.
    pub fn number(&mut self, field: &str, value: &str) {
        if let (Ok(n), Some(id)) = (value.parse(), self.out.field(field)) {
            self.fields.int(id, n);
        }
    }

    /// Gives a field several texts.
    pub fn list(&mut self, field: &str, values: &[&str]) {
        if let (false, Some(id)) = (values.is_empty(), self.out.field(field)) {
            self.fields.list(id, values.iter().copied());
        }
    }

    /// An address on the web, whole and in parts.
    pub fn url(&mut self, value: &str) {
        ready().url.put(self.fields, self.ids, self.out, Leaf::Text(value));
    }

    /// Gives a field of any name a text, unless it is empty.
    pub fn set(&mut self, field: &str, value: &str) {
        if !value.is_empty()
            && let Some(id) = self.out.field(field)
        {
            self.fields.text(id, value);
        }
    }
}
