//! Which fields the selected events have, of which kind, how often, with how many different values.

use super::reader::Open;
use crate::segment::bitmap::Bitmap;
use crate::segment::decode::{Column, has};
use foldhash::quality::RandomState;
use hashbrown::{HashMap, HashSet};
use std::hash::BuildHasher;
use timberline_model::field::virtual_field;
use timberline_model::{FieldStat, StoreError, Value};

/// Keys that nobody outside can know, and 128 bits: two different texts do not meet in practice, and a
/// million different ones take 16 bytes each instead of their length.
#[derive(Clone, Default)]
pub(crate) struct Seed(RandomState, RandomState);

impl Seed {
    fn of(&self, text: &str) -> u128 {
        u128::from(self.0.hash_one(text)) << 64 | u128::from(self.1.hash_one(text))
    }
}

#[derive(Default)]
struct Known {
    events: u64,
    texts: HashSet<u128, RandomState>,
    ints: HashSet<i64, RandomState>,
    /// By their bits.
    floats: HashSet<u64, RandomState>,
}

impl Known {
    fn see(&mut self, value: &Value, seed: &Seed) {
        match value {
            Value::Text(text) => self.texts.insert(seed.of(text)),
            Value::Int(n) => self.ints.insert(*n),
            Value::Float(x) => self.floats.insert(x.to_bits()),
        };
    }
}

/// The fields while they are gathered.
pub(crate) struct Gathering {
    seed: Seed,
    fields: HashMap<Box<str>, Known, RandomState>,
}

impl Gathering {
    /// States that are to be merged must have the same seed.
    pub(crate) fn new(seed: &Seed) -> Self {
        Self { seed: seed.clone(), fields: HashMap::default() }
    }

    pub(crate) fn step(&mut self, open: &mut Open<'_>, rows: &Bitmap) -> Result<(), StoreError> {
        let count = rows.count();
        let whole = count == open.rows();
        let path = self.fields.entry(virtual_field::PATH.into()).or_default();
        path.events += count as u64;
        path.texts.insert(self.seed.of(open.path()));
        let meta = open.meta;
        for info in &meta.directory.columns {
            let known = self.fields.entry(info.name.clone()).or_default();
            if whole && info.dict != 0 {
                // Every entry occurs: the codes need not be read.
                known.events += u64::from(info.present);
                let dict = open.dict(&info.name)?;
                for code in 0..dict.len() {
                    if dict.has_kinds() {
                        known.see(&dict.value(code), &self.seed);
                    } else {
                        known.texts.insert(self.seed.of(dict.text(code)));
                    }
                }
                continue;
            }
            match open.stored(&info.name)? {
                Column::Missing => {}
                Column::Codes { dict, codes } => {
                    let mut seen = vec![false; dict.len()];
                    rows.each(|row| {
                        let code = codes[row] as usize;
                        if let Some(seen) = seen.get_mut(code) {
                            known.events += 1;
                            if !*seen {
                                *seen = true;
                                known.see(&dict.value(code), &self.seed);
                            }
                        }
                    });
                }
                Column::Ints { values, present } => {
                    let mut last = None;
                    rows.each(|row| {
                        if has(&present, row) {
                            known.events += 1;
                            if last != Some(values[row]) {
                                last = Some(values[row]);
                                known.see(&Value::Int(values[row]), &self.seed);
                            }
                        }
                    });
                }
                Column::Floats { values, present } => rows.each(|row| {
                    if has(&present, row) {
                        known.events += 1;
                        known.see(&Value::Float(values[row]), &self.seed);
                    }
                }),
            }
        }
        Ok(())
    }

    /// Adds what a later part of the events gave.
    pub(crate) fn merge(&mut self, later: Self) {
        for (name, theirs) in later.fields {
            let ours = self.fields.entry(name).or_default();
            ours.events += theirs.events;
            ours.texts.extend(theirs.texts);
            ours.ints.extend(theirs.ints);
            ours.floats.extend(theirs.floats);
        }
    }

    /// By name; fields that no selected event has are left out.
    pub(crate) fn stats(self) -> Vec<FieldStat> {
        let mut stats: Vec<FieldStat> = self
            .fields
            .into_iter()
            .filter(|(_, known)| known.events > 0)
            .map(|(name, known)| {
                let kinds = (known.texts.is_empty(), known.ints.is_empty(), known.floats.is_empty());
                let kind = match kinds {
                    (false, true, true) => "text",
                    (true, false, true) => "int",
                    (true, true, false) => "float",
                    _ => "mixed",
                };
                FieldStat {
                    name: name.into(),
                    kind: kind.to_owned(),
                    events: known.events,
                    distinct: (known.texts.len() + known.ints.len() + known.floats.len()) as u64,
                }
            })
            .collect();
        stats.sort_by(|a, b| a.name.cmp(&b.name));
        stats
    }
}
