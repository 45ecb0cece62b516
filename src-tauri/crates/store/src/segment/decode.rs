//! Chunks as columns again, every length and code checked.

use super::bitmap::Bitmap;
use super::dictionary::Dict;
use super::directory::{ColumnInfo, Kind};
use super::pack::{Take, Unpacker, damaged, take_floats, take_numbers};
use std::sync::Arc;
use timberline_model::{NO_TIME, StoreError, Value};

/// One column of a segment, an entry for each row.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// No row has it.
    Missing,
    /// By dictionary: `codes[row]` is a place in `dict`, or `dict.len()` where the row lacks it.
    Codes { dict: Arc<Dict>, codes: Arc<[u32]> },
    /// Whole numbers; of rows that are not in `present` without meaning. `None`: all rows have it.
    Ints { values: Arc<[i64]>, present: Option<Arc<Bitmap>> },
    /// Numbers.
    Floats { values: Arc<[f64]>, present: Option<Arc<Bitmap>> },
}

impl Column {
    /// The value of a row.
    pub(crate) fn value(&self, row: usize) -> Option<Value> {
        match self {
            Self::Missing => None,
            Self::Codes { dict, codes } => {
                let code = *codes.get(row)? as usize;
                (code < dict.len()).then(|| dict.value(code))
            }
            Self::Ints { values, present } => {
                has(present, row).then(|| values.get(row).copied().map(Value::Int))?
            }
            Self::Floats { values, present } => {
                has(present, row).then(|| values.get(row).copied().map(Value::Float))?
            }
        }
    }
}

/// Whether a row has a value.
pub(crate) fn has(present: &Option<Arc<Bitmap>>, row: usize) -> bool {
    present.as_ref().is_none_or(|p| p.has(row))
}

/// Reads the times of `rows` rows, `dated` of which have one.
pub(crate) fn times(bytes: &[u8], rows: usize, dated: usize) -> Result<Vec<i64>, StoreError> {
    let what = "a column of times";
    if dated == rows {
        return numbers(bytes, rows, what);
    }
    let mut take = Take::new(bytes);
    let mut times = take_numbers(&mut take, rows).ok_or_else(|| damaged(what))?;
    let dated = take_bitmap(&mut take, rows).ok_or_else(|| damaged(what))?;
    for (row, time) in times.iter_mut().enumerate() {
        if !dated.has(row) {
            *time = NO_TIME;
        }
    }
    Ok(times)
}

fn take_bitmap(take: &mut Take<'_>, rows: usize) -> Option<Bitmap> {
    let words = take.slice(rows.div_ceil(64) * 8)?;
    let words = words.chunks_exact(8).filter_map(|w| w.try_into().ok().map(u64::from_le_bytes));
    Some(Bitmap::from_words(words.collect(), rows))
}

/// Reads a chunk of nothing but numbers.
pub(crate) fn numbers(bytes: &[u8], len: usize, what: &str) -> Result<Vec<i64>, StoreError> {
    let mut take = Take::new(bytes);
    take_numbers(&mut take, len).filter(|_| take.rest().is_empty()).ok_or_else(|| damaged(what))
}

/// Offsets from what was stored of them.
pub(crate) fn offsets(mut surprises: Vec<i64>, lens: &[i64]) -> Vec<i64> {
    let mut expected = 0i64;
    for (surprise, len) in surprises.iter_mut().zip(lens) {
        *surprise = surprise.wrapping_add(expected);
        expected = surprise.wrapping_add(*len).wrapping_add(1);
    }
    surprises
}

/// Reads a column from its chunks.
pub(crate) fn column(
    info: &ColumnInfo,
    rows: usize,
    data: &[u8],
    dict: Option<Arc<Dict>>,
    unpacker: &mut Unpacker,
) -> Result<Column, StoreError> {
    let what = || damaged(&format!("the column {:?}", info.name));
    let bytes = unpacker.bytes(data, "a column")?;
    let mut take = Take::new(&bytes);
    let present = match take.byte().ok_or_else(what)? {
        0 => None,
        _ => Some(take_bitmap(&mut take, rows).ok_or_else(what)?),
    };
    let held = present.as_ref().map_or(rows, Bitmap::count);
    if held != info.present as usize {
        return Err(what());
    }
    let column = match info.kind {
        Kind::Int => {
            let values = take_numbers(&mut take, held).ok_or_else(what)?;
            Column::Ints { values: spread(values, &present, 0, rows).into(), present: present.map(Arc::new) }
        }
        Kind::Float => {
            let values = take_floats(&mut take, held).ok_or_else(what)?;
            Column::Floats {
                values: spread(values, &present, 0.0, rows).into(),
                present: present.map(Arc::new),
            }
        }
        Kind::Text | Kind::Mixed => {
            let dict = dict.ok_or_else(what)?;
            let codes = take_numbers(&mut take, held).ok_or_else(what)?;
            let most = dict.len() as i64;
            if codes.iter().any(|c| *c < 0 || *c >= most) {
                return Err(what());
            }
            let codes: Vec<u32> = codes.into_iter().map(|c| c as u32).collect();
            Column::Codes { codes: spread(codes, &present, dict.len() as u32, rows).into(), dict }
        }
    };
    if take.rest().is_empty() { Ok(column) } else { Err(what()) }
}

/// One entry for each row from one for each row that has a value.
fn spread<T: Copy>(values: Vec<T>, present: &Option<Bitmap>, none: T, rows: usize) -> Vec<T> {
    match present {
        None => values,
        Some(present) => {
            let mut out = vec![none; rows];
            present.rows().zip(values).for_each(|(row, value)| out[row] = value);
            out
        }
    }
}

/// Reads a dictionary from its chunk.
pub(crate) fn dict(info: &ColumnInfo, chunk: &[u8], unpacker: &mut Unpacker) -> Result<Dict, StoreError> {
    let bytes = unpacker.bytes(chunk, "a dictionary")?;
    Dict::read(&bytes, info.present as usize)
        .filter(|d| d.len() == info.distinct as usize)
        .ok_or_else(|| damaged(&format!("the dictionary of {:?}", info.name)))
}
