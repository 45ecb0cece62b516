//! Numbers for the names and fields that the maps of all products speak of: given out once for the whole program, so
//! that nothing has to be made ready for each of a thousand small files. Names that only a source has are numbered by
//! [`super::json_doc`], behind these.

use super::json_doc::PathId;
use rustc_hash::FxHashMap;
use timberline_model::{FieldId, Sink};

/// A field that maps write.
#[derive(Clone, Copy, Debug)]
pub struct Slot(u32);

/// Gives out numbers while maps are read.
#[derive(Debug, Default)]
pub struct Numbering {
    names: Vec<Box<str>>,
    by_name: FxHashMap<Box<str>, PathId>,
    fields: Vec<Box<str>>,
    by_field: FxHashMap<Box<str>, u32>,
}

impl Numbering {
    /// The number of a record's name; a dot is the record itself, where it is no object.
    pub fn path(&mut self, name: &str) -> PathId {
        let name = if name == "." { "" } else { name };
        if let Some(id) = self.by_name.get(name) {
            return *id;
        }
        let id = PathId(self.names.len() as u32);
        self.names.push(name.into());
        self.by_name.insert(name.into(), id);
        id
    }

    /// The number of a field.
    pub fn slot(&mut self, field: &str) -> Slot {
        if let Some(slot) = self.by_field.get(field) {
            return Slot(*slot);
        }
        let slot = self.fields.len() as u32;
        self.fields.push(field.into());
        self.by_field.insert(field.into(), slot);
        Slot(slot)
    }

    /// The number of a name that has one.
    #[must_use]
    pub fn known(&self, name: &str) -> Option<PathId> {
        self.by_name.get(name).copied()
    }

    /// The name of a number that was given out here.
    #[must_use]
    pub fn name(&self, path: PathId) -> Option<&str> {
        self.names.get(path.0 as usize).map(|n| &**n)
    }

    /// How many names have numbers.
    #[must_use]
    pub fn names(&self) -> usize {
        self.names.len()
    }
}

/// The fields' numbers in one sink, asked for when they are needed first.
#[derive(Debug)]
pub struct Ids {
    numbers: &'static Numbering,
    ids: Vec<Option<Option<FieldId>>>,
}

impl Ids {
    /// For a new sink.
    #[must_use]
    pub fn new(numbers: &'static Numbering) -> Self {
        Self { numbers, ids: vec![None; numbers.fields.len()] }
    }

    /// A field's number in the sink.
    pub fn id(&mut self, slot: Slot, out: &mut dyn Sink) -> Option<FieldId> {
        let known = self.ids.get_mut(slot.0 as usize)?;
        if known.is_none() {
            *known = Some(out.field(self.numbers.fields.get(slot.0 as usize)?));
        }
        known.flatten()
    }
}
