//! Gathered rows as chunks and a directory.

use super::bitmap::Bitmap;
use super::build::{Gathered, GatheredValues, Rows};
use super::chunk;
use super::dictionary::Entries;
use super::directory::{ColumnInfo, Directory, Kind, RawBlock, ZONE_BYTES, Zone};
use super::pack::{Packer, put_floats, put_numbers};
use timberline_model::value::MULTI;
use timberline_model::{NO_TIME, StoreError};

/// A raw block that was packed when it was full, before its segment was.
pub(crate) struct PackedBlock {
    pub(crate) first_row: u32,
    pub(crate) chunk: Vec<u8>,
}

/// A segment ready to be written: chunk `n` has the number `n`.
pub(crate) struct Encoded {
    pub(crate) rows: u32,
    pub(crate) directory: Vec<u8>,
    pub(crate) chunks: Vec<Vec<u8>>,
}

/// Turns rows into chunks.
pub(crate) fn encode(rows: Rows, raw: Vec<PackedBlock>, packer: &mut Packer) -> Result<Encoded, StoreError> {
    let len = rows.times.len();
    let mut chunks: Vec<Vec<u8>> = Vec::with_capacity(usize::from(chunk::FREE) + rows.columns.len() * 2);
    let dated = rows.times.iter().filter(|t| **t != NO_TIME).count();
    let times = bounds(rows.times.iter().copied().filter(|t| *t != NO_TIME));
    chunks.push(packer.chunk(&put_times(&rows.times, dated == len))?);
    let mut numbers = |numbers: &[i64]| {
        let mut out = Vec::with_capacity(numbers.len() * 2 + 32);
        put_numbers(&mut out, numbers);
        packer.chunk(&out)
    };
    chunks.push(numbers(&rows.assumed.iter().map(|a| i64::from(*a)).collect::<Vec<_>>())?);
    chunks.push(numbers(&rows.lines)?);
    let mut expected = 0i64;
    let surprises: Vec<i64> = rows
        .offsets
        .iter()
        .zip(&rows.lens)
        .map(|(offset, len)| {
            let surprise = offset.wrapping_sub(expected);
            expected = offset.wrapping_add(*len).wrapping_add(1);
            surprise
        })
        .collect();
    chunks.push(numbers(&surprises)?);
    chunks.push(numbers(&rows.lens)?);
    let mut columns = Vec::with_capacity(rows.columns.len());
    for column in &rows.columns {
        columns.push(encode_column(column, len, &mut chunks, packer)?);
    }
    let mut blocks = Vec::with_capacity(raw.len());
    for block in raw {
        blocks.push(RawBlock { first_row: block.first_row, chunk: next_place(&chunks)? });
        chunks.push(block.chunk);
    }
    let directory = Directory {
        dated: dated as u32,
        times,
        lines: bounds(rows.lines.iter().copied()),
        offsets: bounds(rows.offsets.iter().copied()),
        columns,
        raw: blocks,
    };
    Ok(Encoded { rows: len as u32, directory: packer.chunk(&directory.write())?, chunks })
}

fn next_place(chunks: &[Vec<u8>]) -> Result<u16, StoreError> {
    u16::try_from(chunks.len())
        .map_err(|_| StoreError::Other("a segment has more columns than it can have".into()))
}

fn bounds(numbers: impl Iterator<Item = i64>) -> (i64, i64) {
    numbers
        .fold(None, |b: Option<(i64, i64)>, n| Some(b.map_or((n, n), |(l, m)| (l.min(n), m.max(n)))))
        .unwrap_or((0, 0))
}

/// Times; where some rows have none, which ones do follows.
fn put_times(times: &[i64], all_dated: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(times.len() * 2 + 32);
    if all_dated {
        put_numbers(&mut out, times);
        return out;
    }
    // An undated row takes the time of the row before it, so that it does not spoil the column's range.
    let mut last = times.iter().copied().find(|t| *t != NO_TIME).unwrap_or(0);
    let filled: Vec<i64> = times
        .iter()
        .map(|time| {
            if *time != NO_TIME {
                last = *time;
            }
            last
        })
        .collect();
    put_numbers(&mut out, &filled);
    let has = Bitmap::of(times.len(), |r| times[r] != NO_TIME);
    has.words().iter().for_each(|w| out.extend_from_slice(&w.to_le_bytes()));
    out
}

fn encode_column(
    column: &Gathered,
    rows: usize,
    chunks: &mut Vec<Vec<u8>>,
    packer: &mut Packer,
) -> Result<ColumnInfo, StoreError> {
    let mut out = Vec::with_capacity(rows * 2 + 64);
    match &column.rows {
        None => out.push(0),
        Some(have) => {
            out.push(1);
            let mut bits = Bitmap::none(rows);
            have.iter().for_each(|r| bits.set(*r as usize));
            bits.words().iter().for_each(|w| out.extend_from_slice(&w.to_le_bytes()));
        }
    }
    let data = next_place(chunks)?;
    let mut info = ColumnInfo {
        name: column.name.clone(),
        kind: Kind::Int,
        present: 0,
        distinct: 0,
        zone: Zone::Open,
        data,
        dict: 0,
    };
    match &column.values {
        GatheredValues::Ints(ints) => {
            put_numbers(&mut out, ints);
            chunks.push(packer.chunk(&out)?);
            let (least, most) = bounds(ints.iter().copied());
            info.present = ints.len() as u32;
            info.distinct = distinct(ints, least, most);
            info.zone = Zone::Ints(least, most);
        }
        GatheredValues::Floats(floats) => {
            put_floats(&mut out, floats);
            chunks.push(packer.chunk(&out)?);
            info.kind = Kind::Float;
            info.present = floats.len() as u32;
            let least = floats.iter().copied().fold(f64::INFINITY, f64::min);
            let most = floats.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            info.zone = Zone::Floats(least, most);
        }
        GatheredValues::Codes(codes, entries) => {
            put_numbers(&mut out, &codes.iter().map(|c| i64::from(*c)).collect::<Vec<_>>());
            chunks.push(packer.chunk(&out)?);
            info.kind = if entries.has_kinds() { Kind::Mixed } else { Kind::Text };
            info.present = codes.len() as u32;
            info.distinct = entries.len() as u32;
            info.zone = if entries.has_kinds() { Zone::Open } else { text_zone(entries) };
            info.dict = next_place(chunks)?;
            chunks.push(packer.chunk(&entries.write())?);
        }
    }
    Ok(info)
}

/// How many different numbers, where their range is small enough to tell cheaply; else 0.
fn distinct(ints: &[i64], least: i64, most: i64) -> u32 {
    match most.checked_sub(least).and_then(|n| usize::try_from(n).ok()) {
        Some(range) if range < 1 << 17 => {
            let mut seen = Bitmap::none(range + 1);
            ints.iter().for_each(|n| seen.set((n - least) as usize));
            seen.count() as u32
        }
        _ => 0,
    }
}

fn text_zone(entries: &Entries) -> Zone {
    let mut least: Option<[u8; ZONE_BYTES]> = None;
    let mut most = [0; ZONE_BYTES];
    let (mut least_len, mut most_len) = (0, 0);
    for text in entries.texts() {
        for element in text.split(|b| *b == MULTI as u8) {
            let mut head = [0; ZONE_BYTES];
            let len = element.len().min(ZONE_BYTES);
            head[..len].copy_from_slice(&element[..len]);
            head[..len].make_ascii_lowercase();
            let now = &head[..len];
            match &least {
                Some(l) if now >= &l[..least_len] => {}
                _ => (least, least_len) = (Some(head), len),
            }
            if now > &most[..most_len] {
                (most, most_len) = (head, len);
            }
        }
    }
    match least {
        Some(least) => Zone::Texts(least[..least_len].into(), most[..most_len].into()),
        None => Zone::Open,
    }
}
