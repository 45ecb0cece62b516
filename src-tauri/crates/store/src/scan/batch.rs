//! Selected rows of a segment as a [`Batch`].

use super::reader::Open;
use super::select::present;
use crate::segment::bitmap::Bitmap;
use crate::segment::decode::{Column, has};
use crate::segment::dictionary::Dict;
use timberline_model::{Batch, BatchColumn, StoreError, Value};

/// The selected rows of a segment with these columns.
pub(crate) fn batch(open: &mut Open<'_>, rows: &Bitmap, fields: &[&str]) -> Result<Batch, StoreError> {
    let times = open.times()?;
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let column = open.column(field)?;
        let mut there = present(&column, open.rows());
        there.keep(rows);
        columns.push(if there.is_empty() { BatchColumn::Missing } else { pick(&column, rows) });
    }
    Ok(Batch {
        ids: rows.rows().map(|row| open.meta.event(row)).collect(),
        times: rows.rows().map(|row| times[row]).collect(),
        columns,
    })
}

fn pick(column: &Column, rows: &Bitmap) -> BatchColumn {
    match column {
        Column::Missing => BatchColumn::Missing,
        Column::Ints { values, present } => {
            BatchColumn::Int(rows.rows().map(|r| has(present, r).then(|| values[r])).collect())
        }
        Column::Floats { values, present } => {
            BatchColumn::Float(rows.rows().map(|r| has(present, r).then(|| values[r])).collect())
        }
        Column::Codes { dict, codes } if dict.has_kinds() => mixed(dict, codes, rows),
        Column::Codes { dict, codes } => texts(dict, codes, rows),
    }
}

/// Only the entries that occur, in the order in which they do.
fn texts(dict: &Dict, codes: &[u32], rows: &Bitmap) -> BatchColumn {
    let mut places = vec![BatchColumn::NONE; dict.len() + 1];
    let mut used: Vec<Box<str>> = Vec::new();
    let codes = rows
        .rows()
        .map(|row| {
            let code = codes[row] as usize;
            if code < dict.len() && places[code] == BatchColumn::NONE {
                places[code] = used.len() as u32;
                used.push(dict.text(code).into());
            }
            places[code]
        })
        .collect();
    BatchColumn::Text { dict: used.into(), codes }
}

/// Kinds side by side: whole numbers or numbers where there are no others, else all as texts.
fn mixed(dict: &Dict, codes: &[u32], rows: &Bitmap) -> BatchColumn {
    let values: Vec<Value> = (0..dict.len()).map(|code| dict.value(code)).collect();
    let of = |row: usize| values.get(codes[row] as usize);
    let there = || rows.rows().filter_map(of);
    if there().all(|v| matches!(v, Value::Int(_))) {
        let whole = |v: &Value| if let Value::Int(n) = v { Some(*n) } else { None };
        return BatchColumn::Int(rows.rows().map(|r| of(r).and_then(whole)).collect());
    }
    if there().all(|v| !matches!(v, Value::Text(_))) {
        return BatchColumn::Float(rows.rows().map(|r| of(r).and_then(Value::number)).collect());
    }
    texts(dict, codes, rows)
}
