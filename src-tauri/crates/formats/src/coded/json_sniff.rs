//! Whose JSON the beginning of a source is. All products ask the same question, so the answer for the last beginning is kept.

use super::json_products::PRODUCTS;
use super::json_reader::Reader;
use super::json_records::{Shape, Tallied, begins};
use crate::framing::json::{Kind, Values};
use crate::{Head, ParseContext};
use rustc_hash::FxHasher;
use std::cell::RefCell;
use std::hash::Hasher;

/// The records that are looked at.
const ENOUGH: usize = 60;

/// What the beginning of a source holds.
#[derive(Debug, Default)]
pub struct Tally {
    /// Records that were read.
    pub records: usize,
    good: u64,
    bad: u64,
    by_product: Vec<u32>,
}

impl Tally {
    /// How many records are a product's.
    #[must_use]
    pub fn of(&self, product: usize) -> usize {
        self.by_product.get(product).map_or(0, |n| *n as usize)
    }

    /// The part of the bytes that is JSON, 0 to 1.
    #[must_use]
    pub fn part(&self) -> f64 {
        if self.good + self.bad == 0 { 0.0 } else { self.good as f64 / (self.good + self.bad) as f64 }
    }
}

thread_local! {
    static LAST: RefCell<(u64, Option<Tally>)> = const { RefCell::new((0, None)) };
}

/// Hands over what the beginning of a source holds; `None` when it does not begin as JSON does.
pub fn with<T>(head: &Head<'_>, say: impl FnOnce(&Tally) -> T) -> Option<T> {
    if !begins(head.bytes) {
        return None;
    }
    let mut hasher = FxHasher::default();
    hasher.write(head.bytes);
    hasher.write_usize(head.bytes.len());
    let key = hasher.finish();
    LAST.with_borrow_mut(|(last, tally)| {
        if *last != key || tally.is_none() {
            (*last, *tally) = (key, Some(count(head)));
        }
        tally.as_ref().map(say)
    })
}

fn count(head: &Head<'_>) -> Tally {
    let mut tally = Tally { by_product: vec![0; PRODUCTS.len()], ..Tally::default() };
    let mut input = head.bytes;
    let (mut sink, mut reader) = (Tallied::default(), Reader::default());
    let ctx = ParseContext::new(None, None, 0, "");
    let mut values = Values::new(&mut input);
    while let Ok(Some(value)) = values.next(&mut sink) {
        if tally.records >= ENOUGH {
            break;
        }
        match value.kind {
            Kind::Json => {}
            Kind::Deep => continue,
            Kind::Text => {
                values.refuse(String::new());
                continue;
            }
        }
        let len = value.bytes.len() as u64;
        match reader.read(value.bytes, value.around, &ctx, &mut sink) {
            Ok(_) => {
                tally.records += 1;
                tally.good += len;
                let chosen = reader.chosen();
                for at in [chosen.product, chosen.carrier].into_iter().flatten() {
                    tally.by_product[at] += 1;
                }
            }
            Err(why) => values.refuse(why),
        }
    }
    tally.bad = sink.bad;
    tally
}
