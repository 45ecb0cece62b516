//! Numbers and chunks as bytes. Everything read back is checked: a damaged file gives an error, never a
//! panic and never more memory than the file could honestly need.

use crate::error::corrupt;
use timberline_model::StoreError;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// No honest chunk is greater when unpacked.
const MAX_CHUNK: u64 = 1 << 30;

/// Packs chunks; holds zstd's working memory.
pub(crate) struct Packer {
    zstd: Compressor<'static>,
}

impl Packer {
    /// At zstd's level `level`.
    pub(crate) fn new(level: i32) -> Result<Self, StoreError> {
        let mut zstd = Compressor::new(level).map_err(other)?;
        // So that a flipped bit is told as such and not as a wrong answer.
        zstd.set_parameter(CParameter::ChecksumFlag(true)).map_err(other)?;
        Ok(Self { zstd })
    }

    /// The chunk that holds these bytes.
    pub(crate) fn chunk(&mut self, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut out = Vec::with_capacity(zstd::zstd_safe::compress_bound(bytes.len()) + 10);
        put_number(&mut out, bytes.len() as u64);
        let head = out.len();
        let frame = self.zstd.compress(bytes).map_err(other)?;
        out.truncate(head);
        out.extend_from_slice(&frame);
        out.shrink_to_fit();
        Ok(out)
    }
}

/// Unpacks chunks; holds zstd's working memory.
pub(crate) struct Unpacker {
    zstd: Decompressor<'static>,
}

impl Unpacker {
    pub(crate) fn new() -> Result<Self, StoreError> {
        Ok(Self { zstd: Decompressor::new().map_err(other)? })
    }

    /// The bytes in a chunk; `what` names it in the error.
    pub(crate) fn bytes(&mut self, chunk: &[u8], what: &str) -> Result<Vec<u8>, StoreError> {
        let mut take = Take::new(chunk);
        let len = take.number().filter(|n| *n <= MAX_CHUNK).ok_or_else(|| damaged(what))?;
        let bytes = self.zstd.decompress(take.rest(), len as usize).map_err(|_| damaged(what))?;
        if bytes.len() as u64 == len { Ok(bytes) } else { Err(damaged(what)) }
    }
}

fn other(error: std::io::Error) -> StoreError {
    StoreError::Other(format!("compression: {error}"))
}

/// The error for a chunk that cannot be what it was.
pub(crate) fn damaged(what: &str) -> StoreError {
    corrupt(format!("{what} cannot be unpacked"))
}

/// Writes a whole number in 1 to 10 bytes.
pub(crate) fn put_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Writes a whole number that may be negative.
pub(crate) fn put_signed(out: &mut Vec<u8>, n: i64) {
    put_number(out, (n << 1 ^ n >> 63) as u64);
}

/// Writes bytes with their length before them.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads what the `put_` functions wrote; `None` where the bytes end too soon or make no sense.
pub(crate) struct Take<'b> {
    left: &'b [u8],
}

impl<'b> Take<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { left: bytes }
    }

    pub(crate) fn rest(&self) -> &'b [u8] {
        self.left
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.left.split_first()?;
        self.left = rest;
        Some(*first)
    }

    pub(crate) fn slice(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.left.split_at_checked(len)?;
        self.left = rest;
        Some(taken)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let n = self.number()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    pub(crate) fn bytes(&mut self) -> Option<&'b [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        self.slice(len)
    }

    pub(crate) fn word(&mut self) -> Option<u64> {
        self.slice(8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

const PLAIN: u8 = 0;
const STEPS: u8 = 1;

/// Bytes that a number needs: 0 (all alike), 1, 2, 4 or 8.
fn width(greatest: u64) -> u8 {
    match greatest {
        0 => 0,
        n if n < 1 << 8 => 1,
        n if n < 1 << 16 => 2,
        n if n < 1 << 32 => 4,
        _ => 8,
    }
}

/// Writes whole numbers: as distances from the least of them, or from one to the next where that is
/// narrower, in units of their greatest common divisor, low bytes together before high bytes (they
/// compress better so).
pub(crate) fn put_numbers(out: &mut Vec<u8>, numbers: &[i64]) {
    let (least, most) = bounds(numbers);
    let steps_from = numbers.first().copied().unwrap_or(0);
    let (mut least_step, mut most_step) = (i64::MAX, i64::MIN);
    let mut steps_fit = true;
    for pair in numbers.windows(2) {
        match pair[1].checked_sub(pair[0]) {
            Some(step) => {
                least_step = least_step.min(step);
                most_step = most_step.max(step);
            }
            None => steps_fit = false,
        }
    }
    let spread = |least: i64, most: i64| (most as u64).wrapping_sub(least as u64);
    let steps =
        steps_fit && numbers.len() > 1 && width(spread(least_step, most_step)) < width(spread(least, most));
    if steps {
        out.push(STEPS);
        put_signed(out, steps_from);
        put_distances(out, numbers.windows(2).map(|p| p[1] - p[0]), least_step, numbers.len() - 1);
    } else {
        out.push(PLAIN);
        put_distances(out, numbers.iter().copied(), least, numbers.len());
    }
}

fn bounds(numbers: &[i64]) -> (i64, i64) {
    let first = numbers.first().copied().unwrap_or(0);
    numbers.iter().fold((first, first), |(least, most), n| (least.min(*n), most.max(*n)))
}

fn put_distances(out: &mut Vec<u8>, numbers: impl Iterator<Item = i64>, least: i64, len: usize) {
    let mut distances = Vec::with_capacity(len);
    distances.extend(numbers.map(|n| (n as u64).wrapping_sub(least as u64)));
    let mut unit = 0;
    for d in &distances {
        if unit == 1 {
            break;
        }
        unit = divisor(*d, unit);
    }
    let unit = unit.max(1);
    if unit > 1 {
        distances.iter_mut().for_each(|d| *d /= unit);
    }
    let width = width(distances.iter().copied().max().unwrap_or(0));
    put_signed(out, least);
    put_number(out, unit);
    out.push(width);
    for plane in 0..width {
        out.extend(distances.iter().map(|d| (d >> (8 * plane)) as u8));
    }
}

fn divisor(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a.max(b), a.min(b));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Reads `len` whole numbers.
pub(crate) fn take_numbers(take: &mut Take<'_>, len: usize) -> Option<Vec<i64>> {
    match take.byte()? {
        PLAIN => take_distances(take, len),
        STEPS => {
            let mut at = take.signed()?;
            let mut numbers = take_distances(take, len.checked_sub(1)?)?;
            for n in &mut numbers {
                let next = at.wrapping_add(*n);
                *n = at;
                at = next;
            }
            numbers.push(at);
            Some(numbers)
        }
        _ => None,
    }
}

fn take_distances(take: &mut Take<'_>, len: usize) -> Option<Vec<i64>> {
    let least = take.signed()?;
    let unit = take.number()?;
    let width = take.byte()?;
    let value = |d: u64| least.wrapping_add(d.wrapping_mul(unit) as i64);
    Some(match width {
        0 => vec![least; len],
        1 => take.slice(len)?.iter().map(|b| value(u64::from(*b))).collect(),
        2 => {
            let (low, high) = (take.slice(len)?, take.slice(len)?);
            low.iter().zip(high).map(|(l, h)| value(u64::from(*l) | u64::from(*h) << 8)).collect()
        }
        4 | 8 => {
            let mut distances = vec![0u64; len];
            for plane in 0..width {
                let bytes = take.slice(len)?;
                distances.iter_mut().zip(bytes).for_each(|(d, b)| *d |= u64::from(*b) << (8 * plane));
            }
            distances.into_iter().map(value).collect()
        }
        _ => return None,
    })
}

/// Writes numbers with fractions, exactly.
pub(crate) fn put_floats(out: &mut Vec<u8>, numbers: &[f64]) {
    for plane in 0..8 {
        out.extend(numbers.iter().map(|x| (x.to_bits() >> (8 * plane)) as u8));
    }
}

/// Reads `len` numbers with fractions.
pub(crate) fn take_floats(take: &mut Take<'_>, len: usize) -> Option<Vec<f64>> {
    let mut bits = vec![0u64; len];
    for plane in 0..8 {
        let bytes = take.slice(len)?;
        bits.iter_mut().zip(bytes).for_each(|(d, b)| *d |= u64::from(*b) << (8 * plane));
    }
    Some(bits.into_iter().map(f64::from_bits).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(numbers: &[i64]) -> usize {
        let mut out = Vec::new();
        put_numbers(&mut out, numbers);
        assert_eq!(take_numbers(&mut Take::new(&out), numbers.len()).as_deref(), Some(numbers));
        for cut in 0..out.len().min(64) {
            // Cut short it must end in an answer, whichever.
            let _ = take_numbers(&mut Take::new(&out[..cut]), numbers.len());
        }
        out.len()
    }

    #[test]
    fn numbers_come_back_whatever_their_range() {
        there_and_back(&[]);
        there_and_back(&[i64::MIN, i64::MAX, 0, -1, 1]);
        there_and_back(&[i64::MAX, i64::MIN]);
        there_and_back(&[7; 1000]);
        there_and_back(&[i64::MIN; 3]);
        there_and_back(&(0..1000).map(|n| (n * 7919) % 300 - 100).collect::<Vec<_>>());
        there_and_back(&(0..1000).map(|n| (n * 7919) % 70_000 * 3).collect::<Vec<_>>());
        assert!(there_and_back(&(5..100_000).collect::<Vec<_>>()) < 20, "a plain count takes no room");
        let seconds: Vec<i64> =
            (0..1000).map(|n| 1_700_000_000_000_000_000 + n / 3 * 1_000_000_000).collect();
        assert!(there_and_back(&seconds) < 1_050, "seconds are not stored as nanoseconds");
    }

    #[test]
    fn a_damaged_chunk_is_told() {
        let mut packer = Packer::new(1).unwrap();
        let mut unpacker = Unpacker::new().unwrap();
        let bytes: Vec<u8> = (0..5000u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        let chunk = packer.chunk(&bytes).unwrap();
        assert_eq!(unpacker.bytes(&chunk, "x").unwrap(), bytes);
        for at in (0..chunk.len()).step_by(97) {
            let mut bad = chunk.clone();
            bad[at] ^= 0x10;
            assert!(unpacker.bytes(&bad, "x").is_err(), "a flip at {at} goes unseen");
        }
        assert!(unpacker.bytes(&[], "x").is_err());
        assert!(unpacker.bytes(&[0xff; 20], "x").is_err());
    }
}
