//! Bytes of no known origin through every decoder of a segment: for fuzzing and its regressions. What is decoded must
//! be within its bounds or refused; nothing may panic, and nothing may grow beyond what its header allows.

use super::decode;
use super::dictionary::Dict;
use super::directory::{ColumnInfo, Directory, Kind, Zone};
use super::pack::{Packer, Unpacker};
use std::sync::Arc;

/// Decodes bytes as each thing that a segment holds.
pub fn decode_anything(data: &[u8]) {
    let Some((head, rest)) = data.split_first_chunk::<4>() else { return };
    let rows = usize::from(u16::from_le_bytes([head[0], head[1]])) + 1;
    if let Some(directory) = Directory::read(rest, rows as u32) {
        // What was read must be writable, and the same again.
        assert_eq!(Directory::read(&directory.write(), rows as u32), Some(directory));
    }
    let dated = usize::from(head[2]) * rows / 255;
    if let Ok(times) = decode::times(rest, rows, dated) {
        assert_eq!(times.len(), rows);
    }
    if let Ok(numbers) = decode::numbers(rest, rows, "numbers") {
        assert_eq!(decode::offsets(numbers.clone(), &numbers).len(), rows);
    }
    let kind = match head[3] % 4 {
        0 => Kind::Int,
        1 => Kind::Float,
        2 => Kind::Text,
        _ => Kind::Mixed,
    };
    let (Ok(mut unpacker), Ok(mut packer)) = (Unpacker::new(), Packer::new(1)) else { return };
    // As a chunk of the file, and as what a whole chunk unpacks to.
    let _ = unpacker.bytes(rest, "a chunk");
    let (one, two) = rest.split_at(rest.len() / 2);
    let dict = Dict::read(one, rows).map(Arc::new);
    let distinct = dict.as_ref().map_or(0, |d| d.len() as u32);
    if let Some(dict) = &dict {
        for code in 0..dict.len() {
            let _ = (dict.text(code).len(), dict.value(code), dict.has_kinds());
        }
    }
    let (present, zone) = (dated as u32, Zone::Open);
    let info = ColumnInfo { name: "x".into(), kind, present, distinct, zone, data: 5, dict: 6 };
    if let Ok(chunk) = packer.chunk(two)
        && let Ok(column) = decode::column(&info, rows, &chunk, dict, &mut unpacker)
    {
        let _ = (column.value(0), column.value(rows - 1), column.value(rows));
    }
}
