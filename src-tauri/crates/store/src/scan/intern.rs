//! Values numbered as they are first met, so that grouping is done on small numbers.
//!
//! The whole number `5`, the fraction `5.0` and the text `5` are three values.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
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
        let same = |v: &u32| match (&self.values[*v as usize], value) {
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        };
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

fn hash(hasher: &RandomState, value: &Value) -> u64 {
    match value {
        Value::Text(text) => hasher.hash_one(text.as_str()),
        Value::Int(n) => hasher.hash_one(*n),
        Value::Float(x) => hasher.hash_one(x.to_bits()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_has_its_own_number() {
        let mut known = Interner::default();
        let all: Vec<Value> = vec![Value::Int(5), Value::Float(5.0), "5".into(), "".into(), Value::Int(-1)];
        let numbers: Vec<u32> = all.iter().map(|v| known.value(v)).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        assert_eq!(all.iter().map(|v| known.value(v)).collect::<Vec<_>>(), numbers);
        assert_eq!(known.text("5"), 2);
        assert_eq!(known.values(), all);
        assert_eq!(known.len(), 5);
    }
}
