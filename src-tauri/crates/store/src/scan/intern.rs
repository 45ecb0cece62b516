//! Values numbered as they are first met, so that grouping is done on small numbers.
//!
//! Two values are the same where their order says so (`5` and `5.0` are); the first one met stands for both.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::cmp::Ordering;
use std::hash::BuildHasher;
use timberline_model::Value;

/// Different values and their numbers.
#[derive(Default)]
pub(crate) struct Interner {
    places: HashTable<u32>,
    values: Vec<Value>,
    hasher: RandomState,
}

impl Interner {
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The number of a text.
    pub(crate) fn text(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        let same = |v: &u32| matches!(&self.values[*v as usize], Value::Text(t) if t == text);
        match self.places.find(hash, same) {
            Some(found) => *found,
            None => self.add(hash, Value::Text(text.to_owned())),
        }
    }

    /// The number of a value.
    pub(crate) fn value(&mut self, value: &Value) -> u32 {
        if let Value::Text(text) = value {
            return self.text(text);
        }
        let hash = self.hash(value);
        let same = |v: &u32| self.values[*v as usize].cmp(value) == Ordering::Equal;
        match self.places.find(hash, same) {
            Some(found) => *found,
            None => self.add(hash, value.clone()),
        }
    }

    fn hash(&self, value: &Value) -> u64 {
        hash(&self.hasher, value)
    }

    fn add(&mut self, hash: u64, value: Value) -> u32 {
        let number = self.values.len() as u32;
        self.values.push(value);
        let (values, hasher) = (&self.values, &self.hasher);
        self.places.insert_unique(hash, number, |v| self::hash(hasher, &values[*v as usize]));
        number
    }
}

/// Equal values have equal hashes: a whole number hashes as the fraction that it equals.
fn hash(hasher: &RandomState, value: &Value) -> u64 {
    match value {
        Value::Text(text) => hasher.hash_one(text.as_str()),
        Value::Int(n) => hasher.hash_one((*n as f64).to_bits()),
        Value::Float(x) => hasher.hash_one(x.to_bits()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_values_stands_for_both() {
        let mut known = Interner::default();
        let five = known.value(&Value::Int(5));
        assert_eq!(known.value(&Value::Float(5.0)), five);
        assert_ne!(known.value(&"5".into()), five);
        assert_ne!(known.value(&Value::Float(5.5)), five);
        assert_eq!(known.values()[five as usize], Value::Int(5));
        assert_eq!(known.len(), 3);
    }
}
