//! Bytes as text: what is not UTF-8 becomes U+FFFD, quickly even for the kilobytes of machine code that an attacker
//! sends as a request.

use std::borrow::Cow;

/// The text of these bytes; every byte that is not UTF-8 becomes one U+FFFD.
#[must_use]
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replaced(bytes)),
    }
}

/// Whether `needle` stands in a short text; an empty one stands nowhere. `memmem` makes tables for each new search, which costs more than to look
/// through a hundred bytes: here the needle's rarest letter is looked for and the rest compared.
#[must_use]
#[inline]
pub fn holds(text: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && place(text, needle).is_some()
}

/// Where `needle` stands first in a short text; an empty one at its beginning. See [`holds`].
#[must_use]
#[inline]
pub fn place(text: &[u8], needle: &[u8]) -> Option<usize> {
    // A long needle has a rare letter early.
    let looked = &needle[..needle.len().min(16)];
    let Some((rare, _)) = looked.iter().enumerate().min_by_key(|(_, byte)| OFTEN[usize::from(**byte)]) else {
        return Some(0);
    };
    let mut from = rare;
    while let Some(n) = memchr::memchr(needle[rare], text.get(from..)?) {
        let start = from + n - rare;
        if text[start..].starts_with(needle) {
            return Some(start);
        }
        from += n + 1;
    }
    None
}

/// [`often`] of each byte.
static OFTEN: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = often(byte as u8);
        byte += 1;
    }
    table
};

/// How often a byte stands in logs, roughly.
const fn often(byte: u8) -> u8 {
    match byte {
        b' ' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 4,
        b'a'..=b'z' => 3,
        b'0'..=b'9' | b'.' | b':' | b'-' | b'/' => 2,
        b'A'..=b'Z' | b'=' | b'[' | b']' | b'"' | b',' => 1,
        _ => 0,
    }
}

/// Bytes taken at a time; a character that ends a block may need one byte of the buffer's slack.
const BLOCK: usize = 1024;
/// U+FFFD in UTF-8.
const REPLACEMENT: [u8; 3] = [0xef, 0xbf, 0xbd];

/// Byte by byte into a small buffer: in machine code text and other bytes take turns, so looking for the
/// next long valid piece each time costs more than it saves.
fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let mut buffer = [0u8; BLOCK * 3 + 4];
    let mut left = bytes;
    while !left.is_empty() {
        let (mut filled, mut at) = (0, 0);
        let block = &left[..left.len().min(BLOCK)];
        while let Some(&byte) = block.get(at) {
            if byte < 0x80 {
                buffer[filled] = byte;
                filled += 1;
                at += 1;
                continue;
            }
            if matches!(byte, 0xc2..=0xf4) {
                // A character may reach beyond the block.
                let width = if byte < 0xe0 { 2 } else { 3 + usize::from(byte >= 0xf0) };
                let character = left.get(at..at + width).filter(|c| std::str::from_utf8(c).is_ok());
                if let Some(character) = character {
                    buffer[filled..filled + width].copy_from_slice(character);
                    filled += width;
                    at += width;
                    continue;
                }
            }
            // Three plain writes: a copy of a length that is not known costs ten times as much.
            let [a, b, c] = REPLACEMENT;
            buffer[filled] = a;
            buffer[filled + 1] = b;
            buffer[filled + 2] = c;
            filled += 3;
            at += 1;
        }
        flush(&mut text, &buffer[..filled]);
        left = &left[at..];
    }
    text
}

/// Appends whole characters; they are known to be valid, so nothing is lost where that is checked again.
fn flush(text: &mut String, valid: &[u8]) {
    match simdutf8::basic::from_utf8(valid) {
        Ok(piece) => text.push_str(piece),
        Err(_) => text.push_str(&String::from_utf8_lossy(valid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_needles_are_found() {
        for (text, needle) in [
            ("a b", " "),
            ("abcabd", "abd"),
            ("x", "x"),
            ("", "x"),
            ("ab", "abc"),
            ("aab", "ab"),
            ("Login: x", "gin: "),
        ] {
            let expect = memchr::memmem::find(text.as_bytes(), needle.as_bytes());
            assert_eq!(place(text.as_bytes(), needle.as_bytes()), expect, "{needle} in {text}");
        }
        assert!(!holds(b"anything", b""));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_one_by_one() {
        let check = |bytes: &[u8], expect: &str| assert_eq!(lossy(bytes), expect);
        check(b"plain", "plain");
        check("grün 🙂".as_bytes(), "grün 🙂");
        check(b"a\x90\x90b\xffc", "a\u{fffd}\u{fffd}b\u{fffd}c");
        check(b"\xe2\x82", "\u{fffd}\u{fffd}");
        check(b"\xe2\x82\xe2\x82\xac", "\u{fffd}\u{fffd}\u{20ac}");
        let long = "\u{20ac}".repeat(5000);
        let mixed = [long.as_bytes(), b"\xff", long.as_bytes()].concat();
        check(&mixed, &format!("{long}\u{fffd}{long}"));
    }
}
