//! A column of any kind as small numbers, for grouping: codes that hold within the segment, and from them,
//! as they occur, the numbers of an [`Interner`] that hold over all segments.

use super::intern::Interner;
use crate::segment::decode::{Column, has};
use crate::segment::dictionary::Dict;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;
use timberline_model::Value;

/// A column as codes.
pub(crate) struct Coded {
    /// For each row its code, or [`Coded::none`].
    pub(crate) codes: Arc<[u32]>,
    values: Values,
    /// For each code its number over all segments, or `u32::MAX` while it has none.
    numbers: Vec<u32>,
}

enum Values {
    None,
    Dict(Arc<Dict>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
}

impl Coded {
    pub(crate) fn new(column: &Column, rows: usize) -> Self {
        let (codes, values, len): (Arc<[u32]>, Values, usize) = match column {
            Column::Missing => (vec![0; rows].into(), Values::None, 0),
            Column::Codes { dict, codes } => (Arc::clone(codes), Values::Dict(Arc::clone(dict)), dict.len()),
            Column::Ints { values, present } => {
                let mut found = Vec::new();
                let mut codes = distinct_ints(values, &mut found);
                let none = found.len() as u32;
                if let Some(present) = present {
                    (0..rows).filter(|r| !present.has(*r)).for_each(|r| codes[r] = none);
                }
                (codes.into(), Values::Ints(found), none as usize)
            }
            Column::Floats { values, present } => {
                let mut known: HashMap<u64, u32, RandomState> = HashMap::default();
                let mut found = Vec::new();
                let mut codes = vec![u32::MAX; rows];
                for row in (0..rows).filter(|r| has(present, *r)) {
                    codes[row] = *known.entry(values[row].to_bits()).or_insert_with(|| {
                        found.push(values[row]);
                        found.len() as u32 - 1
                    });
                }
                let none = found.len() as u32;
                codes.iter_mut().filter(|c| **c == u32::MAX).for_each(|c| *c = none);
                (codes.into(), Values::Floats(found), none as usize)
            }
        };
        Self { codes, values, numbers: vec![u32::MAX; len] }
    }

    /// The code of rows without a value; also how many codes there are.
    pub(crate) fn none(&self) -> u32 {
        self.numbers.len() as u32
    }

    /// The number over all segments of a code.
    pub(crate) fn number(&mut self, code: u32, interner: &mut Interner) -> u32 {
        let at = code as usize;
        if self.numbers[at] == u32::MAX {
            self.numbers[at] = match &self.values {
                Values::Dict(dict) if !dict.has_kinds() => interner.text(dict.text(at)),
                Values::Dict(dict) => interner.value(&dict.value(at)),
                Values::Ints(values) => interner.value(&Value::Int(values[at])),
                Values::Floats(values) => interner.value(&Value::Float(values[at])),
                Values::None => u32::MAX,
            };
        }
        self.numbers[at]
    }

    /// For each code the number that its value is or reads as.
    pub(crate) fn figures(&self) -> Vec<Option<f64>> {
        (0..self.numbers.len())
            .map(|code| match &self.values {
                Values::Dict(dict) => dict.value(code).number(),
                Values::Ints(values) => Some(values[code] as f64),
                Values::Floats(values) => Some(values[code]),
                Values::None => None,
            })
            .collect()
    }
}

/// A code for each number; `found` gets the number of each code.
fn distinct_ints(values: &[i64], found: &mut Vec<i64>) -> Vec<u32> {
    let first = values.first().copied().unwrap_or(0);
    let (least, most) = values.iter().fold((first, first), |(l, m), n| (l.min(*n), m.max(*n)));
    let range = most.checked_sub(least).and_then(|n| usize::try_from(n).ok()).filter(|n| *n < 1 << 18);
    let mut give = |n: i64| {
        found.push(n);
        found.len() as u32 - 1
    };
    match range {
        Some(range) => {
            let mut known = vec![u32::MAX; range + 1];
            let code = |n: &i64| {
                let slot = &mut known[(n - least) as usize];
                if *slot == u32::MAX {
                    *slot = give(*n);
                }
                *slot
            };
            values.iter().map(code).collect()
        }
        None => {
            let mut known: HashMap<i64, u32, RandomState> = HashMap::default();
            values.iter().map(|n| *known.entry(*n).or_insert_with(|| give(*n))).collect()
        }
    }
}
