//! What is in a segment and where, small enough to keep in memory for every segment of a case: with the
//! bounds of each column (its zone map) most segments need not be read to be ruled out.

use super::pack::{Take, put_bytes, put_number, put_signed};
use timberline_model::Value;
use timberline_model::field::virtual_field;
use timberline_model::time::{SECOND, moved};

/// What kind of column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Texts by dictionary.
    Text,
    /// Texts and numbers by a dictionary that keeps their kinds.
    Mixed,
    /// Whole numbers.
    Int,
    /// Numbers with fractions.
    Float,
}

/// Bounds of a column's values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Zone {
    /// Not known: anything may be in it.
    Open,
    /// Least and greatest number.
    Ints(i64, i64),
    /// Least and greatest number.
    Floats(f64, f64),
    /// The first bytes, in ASCII lower case, of the least and the greatest element of its texts.
    Texts(Box<[u8]>, Box<[u8]>),
}

/// How many bytes of a text its zone keeps.
pub(crate) const ZONE_BYTES: usize = 24;

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnInfo {
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    /// Rows that have a value.
    pub(crate) present: u32,
    /// Different values; 0 where it is not known.
    pub(crate) distinct: u32,
    pub(crate) zone: Zone,
    /// The chunk of its values.
    pub(crate) data: u16,
    /// The chunk of its dictionary.
    pub(crate) dict: u16,
}

/// A run of raw records in one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawBlock {
    pub(crate) first_row: u32,
    pub(crate) chunk: u16,
}

/// A clock offset as the value of its field: seconds, whole where it is.
pub(crate) fn offset_value(offset_ns: i64) -> Value {
    if offset_ns % SECOND == 0 {
        Value::Int(offset_ns / SECOND)
    } else {
        Value::Float(offset_ns as f64 / SECOND as f64)
    }
}

/// What is in a segment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Directory {
    /// Rows with a time.
    pub(crate) dated: u32,
    /// Earliest and latest time; without meaning where no row is dated.
    pub(crate) times: (i64, i64),
    /// Least and greatest line number.
    pub(crate) lines: (i64, i64),
    /// Least and greatest offset.
    pub(crate) offsets: (i64, i64),
    /// By name.
    pub(crate) columns: Vec<ColumnInfo>,
    /// By first row.
    pub(crate) raw: Vec<RawBlock>,
}

impl Directory {
    /// A column by name.
    pub(crate) fn column(&self, name: &str) -> Option<&ColumnInfo> {
        self.columns.binary_search_by(|c| (*c.name).cmp(name)).ok().map(|at| &self.columns[at])
    }

    /// Moves the bounds of its times by the clock offset of its source, and lists the column that says so to
    /// readers: it has no chunk.
    pub(crate) fn move_by(&mut self, offset_ns: i64, rows: u32) {
        if offset_ns == 0 {
            return;
        }
        self.times = (moved(self.times.0, offset_ns), moved(self.times.1, offset_ns));
        let (kind, zone) = match offset_value(offset_ns) {
            Value::Int(n) => (Kind::Int, Zone::Ints(n, n)),
            value => {
                let x = value.number().unwrap_or(0.0);
                (Kind::Float, Zone::Floats(x, x))
            }
        };
        let name: Box<str> = virtual_field::CLOCK_OFFSET.into();
        if let Err(at) = self.columns.binary_search_by(|c| c.name.cmp(&name)) {
            let info = ColumnInfo { name, kind, present: rows, distinct: 1, zone, data: 0, dict: 0 };
            self.columns.insert(at, info);
        }
    }

    /// As bytes.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.columns.len() * 64);
        put_number(&mut out, u64::from(self.dated));
        for (least, most) in [self.times, self.lines, self.offsets] {
            put_signed(&mut out, least);
            put_signed(&mut out, most);
        }
        put_number(&mut out, self.columns.len() as u64);
        for column in &self.columns {
            put_bytes(&mut out, column.name.as_bytes());
            out.push(column.kind as u8);
            put_number(&mut out, u64::from(column.present));
            put_number(&mut out, u64::from(column.distinct));
            put_number(&mut out, u64::from(column.data));
            put_number(&mut out, u64::from(column.dict));
            match &column.zone {
                Zone::Open => out.push(0),
                Zone::Ints(least, most) => {
                    out.push(1);
                    put_signed(&mut out, *least);
                    put_signed(&mut out, *most);
                }
                Zone::Floats(least, most) => {
                    out.push(2);
                    out.extend_from_slice(&least.to_bits().to_le_bytes());
                    out.extend_from_slice(&most.to_bits().to_le_bytes());
                }
                Zone::Texts(least, most) => {
                    out.push(3);
                    put_bytes(&mut out, least);
                    put_bytes(&mut out, most);
                }
            }
        }
        put_number(&mut out, self.raw.len() as u64);
        for block in &self.raw {
            put_number(&mut out, u64::from(block.first_row));
            put_number(&mut out, u64::from(block.chunk));
        }
        out
    }

    /// Reads what [`Directory::write`] wrote for `rows` rows.
    pub(crate) fn read(bytes: &[u8], rows: u32) -> Option<Self> {
        let mut take = Take::new(bytes);
        let small = |take: &mut Take<'_>| take.number().and_then(|n| u32::try_from(n).ok());
        let place = |take: &mut Take<'_>| take.number().and_then(|n| u16::try_from(n).ok());
        let dated = small(&mut take).filter(|n| *n <= rows)?;
        let times = (take.signed()?, take.signed()?);
        let lines = (take.signed()?, take.signed()?);
        let offsets = (take.signed()?, take.signed()?);
        let mut columns: Vec<ColumnInfo> = Vec::new();
        for _ in 0..small(&mut take)? {
            let name: Box<str> = std::str::from_utf8(take.bytes()?).ok()?.into();
            if columns.last().is_some_and(|before| before.name >= name) {
                return None;
            }
            let kind = take.byte()?;
            let kind =
                [Kind::Text, Kind::Mixed, Kind::Int, Kind::Float].into_iter().find(|k| *k as u8 == kind)?;
            let present = small(&mut take).filter(|n| *n <= rows)?;
            let (distinct, data, dict) = (small(&mut take)?, place(&mut take)?, place(&mut take)?);
            let zone = match take.byte()? {
                0 => Zone::Open,
                1 => Zone::Ints(take.signed()?, take.signed()?),
                2 => Zone::Floats(f64::from_bits(take.word()?), f64::from_bits(take.word()?)),
                3 => Zone::Texts(take.bytes()?.into(), take.bytes()?.into()),
                _ => return None,
            };
            columns.push(ColumnInfo { name, kind, present, distinct, zone, data, dict });
        }
        let mut raw: Vec<RawBlock> = Vec::new();
        for _ in 0..small(&mut take)? {
            let block = RawBlock { first_row: small(&mut take)?, chunk: place(&mut take)? };
            let expected = raw.last().map_or(0..1, |before| before.first_row + 1..rows);
            if !expected.contains(&block.first_row) {
                return None;
            }
            raw.push(block);
        }
        (take.rest().is_empty() && (rows == 0 || !raw.is_empty())).then_some(Self {
            dated,
            times,
            lines,
            offsets,
            columns,
            raw,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_comes_back_and_a_cut_one_is_refused() {
        let column = |name: &str, kind, zone| ColumnInfo {
            name: name.into(),
            kind,
            present: 7,
            distinct: 3,
            zone,
            data: 5,
            dict: 6,
        };
        let whole = Directory {
            dated: 9,
            times: (-5, i64::MAX),
            lines: (1, 10),
            offsets: (0, 1 << 40),
            columns: vec![
                column("a", Kind::Int, Zone::Ints(i64::MIN, 3)),
                column("b", Kind::Float, Zone::Floats(-0.5, 1e300)),
                column("c", Kind::Text, Zone::Texts((*b"").into(), (*b"zz").into())),
                column("d", Kind::Mixed, Zone::Open),
            ],
            raw: vec![RawBlock { first_row: 0, chunk: 9 }, RawBlock { first_row: 4, chunk: 10 }],
        };
        let bytes = whole.write();
        assert_eq!(Directory::read(&bytes, 10).as_ref(), Some(&whole));
        assert_eq!(whole.column("c").map(|c| c.kind), Some(Kind::Text));
        assert!(whole.column("bb").is_none());
        for cut in 0..bytes.len() {
            assert!(Directory::read(&bytes[..cut], 10).is_none());
        }
        assert!(Directory::read(&bytes, 3).is_none(), "more dated rows than rows");
    }
}
