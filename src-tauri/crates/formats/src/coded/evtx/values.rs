//! The typed values of binary event records as the text that Windows writes for them ([MS-EVEN6] 2.2.12 and
//! 3.1.4.7.3). What a value is for is not here.

use std::fmt::Write as _;
use timberline_model::time::{DAY, SECOND, civil_from_days};

/// No value.
pub const NULL: u8 = 0x00;
/// UTF-16.
pub const STRING: u8 = 0x01;
/// Bytes in the code page of the machine.
pub const ANSI: u8 = 0x02;
/// 100 ns since 1601.
pub const FILETIME: u8 = 0x11;
/// A 64-bit number in hexadecimal.
pub const HEX64: u8 = 0x15;
/// XML in binary form.
pub const BINXML: u8 = 0x21;
/// Beside the type of each element, in arrays.
pub const ARRAY: u8 = 0x80;

/// 1601 to 1970, in 100 ns.
const EPOCH: i64 = 116_444_736_000_000_000;

/// Nanoseconds since 1970 of a count of 100 ns since 1601; `None` where they do not fit.
#[must_use]
pub fn filetime_ns(count: u64) -> Option<i64> {
    i64::try_from(count).ok()?.checked_sub(EPOCH)?.checked_mul(100)
}

/// The little-endian number at the beginning; missing bytes are zero.
#[must_use]
pub fn number(bytes: &[u8]) -> u64 {
    let mut whole = [0; 8];
    let len = bytes.len().min(8);
    whole[..len].copy_from_slice(&bytes[..len]);
    u64::from_le_bytes(whole)
}

/// Appends a decimal number.
pub fn put_decimal(out: &mut String, mut n: u64) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

fn put_signed(out: &mut String, n: i64) {
    if n < 0 {
        out.push('-');
    }
    put_decimal(out, n.unsigned_abs());
}

fn put_hex(out: &mut String, n: u64) {
    out.push_str("0x");
    let mut shift = if n == 0 { 0 } else { (63 - n.leading_zeros()) / 4 * 4 };
    loop {
        out.push(char::from_digit((n >> shift & 15) as u32, 16).unwrap_or('0'));
        if shift == 0 {
            break;
        }
        shift -= 4;
    }
}

/// Appends UTF-16 without the NULs at its end. Half a pair of surrogates, and a NUL inside, become U+FFFD.
pub fn put_utf16(out: &mut String, bytes: &[u8]) {
    let mut bytes = &bytes[..bytes.len() & !1];
    while let Some(rest) = bytes.strip_suffix(&[0, 0]) {
        bytes = rest;
    }
    out.reserve(bytes.len() / 2);
    while let Some((block, rest)) = bytes.split_first_chunk::<16>() {
        let units = u128::from_le_bytes(*block);
        // All eight below 0x80, and none of them zero.
        if units & 0xff80_ff80_ff80_ff80_ff80_ff80_ff80_ff80 != 0 {
            break;
        }
        let narrow: [u8; 8] = std::array::from_fn(|n| block[n * 2]);
        if narrow.contains(&0) {
            break;
        }
        out.push_str(std::str::from_utf8(&narrow).unwrap_or_default());
        bytes = rest;
    }
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    for c in char::decode_utf16(units) {
        out.push(match c {
            Ok('\0') | Err(_) => char::REPLACEMENT_CHARACTER,
            Ok(c) => c,
        });
    }
}

fn put_ansi(out: &mut String, mut bytes: &[u8]) {
    while let Some(rest) = bytes.strip_suffix(&[0]) {
        bytes = rest;
    }
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
    out.extend(text.chars().map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }));
}

fn put_two(out: &mut String, n: u64) {
    out.push(char::from(b'0' + (n / 10 % 10) as u8));
    out.push(char::from(b'0' + (n % 10) as u8));
}

/// `2026-03-09T10:20:30.1234567Z`.
fn put_filetime(out: &mut String, count: u64) {
    let ticks = count % 10_000_000;
    let seconds = (count / 10_000_000) as i64 - EPOCH / 10_000_000;
    let day = seconds.div_euclid(DAY / SECOND);
    let clock = seconds.rem_euclid(DAY / SECOND) as u64;
    let (year, month, date) = civil_from_days(day);
    if (0..=9999).contains(&year) {
        put_two(out, year as u64 / 100);
        put_two(out, year as u64 % 100);
    } else {
        put_signed(out, year);
    }
    for (mark, n) in [
        ('-', u64::from(month)),
        ('-', u64::from(date)),
        ('T', clock / 3600),
        (':', clock / 60 % 60),
        (':', clock % 60),
    ] {
        out.push(mark);
        put_two(out, n);
    }
    out.push('.');
    let mut place = 1_000_000;
    while place > 0 {
        out.push(char::from(b'0' + (ticks / place % 10) as u8));
        place /= 10;
    }
    out.push('Z');
}

fn put_systemtime(out: &mut String, b: &[u8]) {
    let part = |n: usize| number(b.get(n * 2..n * 2 + 2).unwrap_or_default());
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        part(0),
        part(1),
        part(3),
        part(4),
        part(5),
        part(6),
        part(7)
    );
}

/// `{54849625-5478-4994-a5ba-3e3b0328c30d}`.
pub fn put_guid(out: &mut String, b: &[u8]) {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    out.push('{');
    for (n, at) in ORDER.into_iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        let byte = b.get(at).copied().unwrap_or(0);
        out.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    out.push('}');
}

fn put_sid(out: &mut String, b: &[u8]) {
    let [revision, count, authority @ ..] = b else { return put_binary(out, b) };
    let Some((authority, parts)) = authority.split_at_checked(6) else { return put_binary(out, b) };
    out.push_str("S-");
    put_decimal(out, u64::from(*revision));
    out.push('-');
    put_decimal(out, authority.iter().fold(0, |n, b| n << 8 | u64::from(*b)));
    for part in parts.chunks_exact(4).take(usize::from(*count)) {
        out.push('-');
        put_decimal(out, number(part));
    }
}

fn put_binary(out: &mut String, b: &[u8]) {
    out.reserve(b.len() * 2);
    for byte in b {
        for half in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
        }
    }
}

/// Appends a value as text. An array's elements ([`elements`]) are for the caller; here they are joined by commas.
pub fn put(out: &mut String, kind: u8, b: &[u8]) {
    let signed = |bits: u32| ((number(b) << (64 - bits)) as i64) >> (64 - bits);
    match kind {
        NULL => {}
        STRING | 0x23 => put_utf16(out, b),
        ANSI => put_ansi(out, b),
        0x03 => put_signed(out, signed(8)),
        0x05 => put_signed(out, signed(16)),
        0x07 => put_signed(out, signed(32)),
        0x09 => put_signed(out, signed(64)),
        0x04 | 0x06 | 0x08 | 0x0a => put_decimal(out, number(b)),
        0x0b => {
            let _ = write!(out, "{}", f32::from_bits(number(b) as u32));
        }
        0x0c => {
            let _ = write!(out, "{}", f64::from_bits(number(b)));
        }
        0x0d => out.push_str(if number(b) == 0 { "false" } else { "true" }),
        0x0f => put_guid(out, b),
        0x10 | 0x14 | HEX64 | 0x20 => put_hex(out, number(b)),
        FILETIME => put_filetime(out, number(b)),
        0x12 => put_systemtime(out, b),
        0x13 => put_sid(out, b),
        _ if kind & ARRAY != 0 => {
            let mut first = true;
            for (start, len) in elements(kind, b) {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                put(out, kind & !ARRAY, &b[start..start + len]);
            }
        }
        // Binary, and what no documentation knows.
        _ => put_binary(out, b),
    }
}

/// The size of one element of an array; `None` for texts, which end by themselves.
fn element_size(kind: u8) -> Option<usize> {
    Some(match kind & !ARRAY {
        0x03 | 0x04 => 1,
        0x05 | 0x06 => 2,
        0x07 | 0x08 | 0x0b | 0x0d | 0x14 => 4,
        0x09 | 0x0a | 0x0c | 0x11 | HEX64 => 8,
        0x0f | 0x12 => 16,
        _ => return None,
    })
}

/// Where in an array each of its elements begins, and how long it is.
pub fn elements(kind: u8, bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let (len, skip) = match (kind & !ARRAY, element_size(kind)) {
            (_, Some(size)) => (size.min(rest.len()), 0),
            (STRING, _) => {
                let end = rest.chunks_exact(2).position(|u| u == [0, 0]).map(|n| n * 2);
                end.map_or((rest.len(), 0), |end| (end, 2))
            }
            (ANSI, _) => memchr::memchr(0, rest).map_or((rest.len(), 0), |end| (end, 1)),
            // Of SIDs each says its length.
            (0x13, _) => (rest.get(1).map_or(rest.len(), |n| (8 + usize::from(*n) * 4).min(rest.len())), 0),
            _ => (rest.len(), 0),
        };
        let start = at;
        at += len + skip;
        Some((start, len))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: u8, bytes: &[u8], expect: &str) {
        let mut out = String::new();
        put(&mut out, kind, bytes);
        assert_eq!(out, expect, "type {kind:#x}");
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn values_are_written_as_windows_writes_them() {
        check(STRING, &utf16("Grüße an alle, die es lesen 🙂\0\0"), "Grüße an alle, die es lesen 🙂");
        check(STRING, &utf16("plain letters only, and more"), "plain letters only, and more");
        check(STRING, &utf16("a\0b"), "a\u{fffd}b");
        check(STRING, &[0x00, 0xd8, b'x', 0], "\u{fffd}x");
        check(ANSI, b"caf\xe9\0", "café");
        check(0x03, &[0xff], "-1");
        check(0x05, &(-300i16).to_le_bytes(), "-300");
        check(0x07, &(-70_000i32).to_le_bytes(), "-70000");
        check(0x09, &i64::MIN.to_le_bytes(), "-9223372036854775808");
        check(0x0a, &u64::MAX.to_le_bytes(), "18446744073709551615");
        check(0x0c, &1.5f64.to_le_bytes(), "1.5");
        check(0x0d, &[2, 0, 0, 0], "true");
        check(0x0e, &[0, 0xff, 0x1a], "00FF1A");
        check(
            0x0f,
            &[0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28, 0xc3, 0x0d],
            "{54849625-5478-4994-a5ba-3e3b0328c30d}",
        );
        check(0x14, &0u32.to_le_bytes(), "0x0");
        check(HEX64, &0x8020_0000_0000_0000u64.to_le_bytes(), "0x8020000000000000");
        check(FILETIME, &130_000_000_001_234_567u64.to_le_bytes(), "2012-12-14T23:06:40.1234567Z");
        check(FILETIME, &0u64.to_le_bytes(), "1601-01-01T00:00:00.0000000Z");
        check(0x12, &[0xe4, 7, 1, 0, 4, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0xa6, 2], "2020-01-02T03:04:05.678Z");
        check(0x13, &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0], "S-1-5-32-544");
        check(0x13, &[1], "01");
        check(0x81, &utf16("one\0two\0"), "one,two");
        check(0x88, &[1, 0, 0, 0, 2, 0, 0, 0], "1,2");
    }

    #[test]
    fn no_length_is_too_short_for_any_type() {
        for kind in 0..=255 {
            for len in [0, 1, 3, 7, 9] {
                put(&mut String::new(), kind, &[0xff; 9][..len]);
            }
        }
    }
}
