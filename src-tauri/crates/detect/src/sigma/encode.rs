//! The modifiers that change a value before it is compared: UTF-16, Base64 at each offset, the dashes of Windows.
//! As the Sigma specification's appendix on modifiers defines them.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The characters that Windows programs take for the dash of an option.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// At most so many variants of one value; beyond, all its dashes change together.
const MOST_VARIANTS: usize = 625;

/// UTF-16, little endian.
#[must_use]
pub fn utf16le(bytes: &[u8]) -> Vec<u8> {
    units(bytes).flat_map(u16::to_le_bytes).collect()
}

/// UTF-16, big endian.
#[must_use]
pub fn utf16be(bytes: &[u8]) -> Vec<u8> {
    units(bytes).flat_map(u16::to_be_bytes).collect()
}

/// UTF-16, little endian, behind its mark.
#[must_use]
pub fn utf16(bytes: &[u8]) -> Vec<u8> {
    [&[0xff, 0xfe], utf16le(bytes).as_slice()].concat()
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    String::from_utf8_lossy(bytes).encode_utf16().collect::<Vec<_>>().into_iter()
}

/// Base64 with its padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                out.push(char::from(ALPHABET[(word >> (18 - 6 * place)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// What stands in any Base64 that holds these bytes, for each of the three places at which they may begin.
#[must_use]
pub fn base64_offsets(bytes: &[u8]) -> Vec<String> {
    // Characters that the bytes before and after have a part in are left out.
    const START: [usize; 3] = [0, 2, 3];
    const END: [usize; 3] = [0, 3, 2];
    (0..3)
        .filter_map(|offset| {
            let padded = [vec![b' '; offset].as_slice(), bytes].concat();
            let text = base64(&padded);
            let end = text.len().checked_sub(END[padded.len() % 3])?;
            text.get(START[offset]..end).map(str::to_owned)
        })
        .collect()
}

/// The value with each dash of an option as each of the five that Windows programs take.
#[must_use]
pub fn dashes(value: &str) -> Vec<String> {
    let chars: Vec<char> = value.chars().collect();
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let places: Vec<usize> = (0..chars.len())
        .filter(|at| {
            // A dash that begins an option: not behind a word, before one.
            matches!(chars[*at], '-' | '/')
                && !word(at.checked_sub(1).and_then(|b| chars.get(b)))
                && word(chars.get(at + 1))
        })
        .collect();
    if places.is_empty() {
        return vec![value.to_owned()];
    }
    let all = DASHES.len().checked_pow(places.len() as u32).filter(|n| *n <= MOST_VARIANTS);
    let variant = |pick: &dyn Fn(usize) -> char| {
        let mut out = chars.clone();
        for (nth, at) in places.iter().enumerate() {
            out[*at] = pick(nth);
        }
        out.into_iter().collect::<String>()
    };
    match all {
        Some(all) => {
            let digit = |n: usize, nth: usize| DASHES[n / DASHES.len().pow(nth as u32) % DASHES.len()];
            (0..all).map(|n| variant(&|nth| digit(n, nth))).collect()
        }
        None => DASHES.iter().map(|dash| variant(&|_| *dash)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let check = |text: &str, expect: &str| assert_eq!(base64(text.as_bytes()), expect);
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foobar", "Zm9vYmFy");
    }

    #[test]
    fn offsets_are_found_wherever_the_text_begins() {
        for before in ["", "x", "xy", "xyz"] {
            for after in ["", "q", "qq"] {
                let whole = base64(format!("{before}http://a{after}").as_bytes());
                assert!(base64_offsets(b"http://a").iter().any(|o| whole.contains(o.as_str())), "{whole}");
            }
        }
    }

    #[test]
    fn only_dashes_of_options_change() {
        let all = dashes("a-b -c");
        assert_eq!(all.len(), 5);
        assert!(all.contains(&"a-b /c".to_owned()) && all.contains(&"a-b \u{2014}c".to_owned()));
        assert_eq!(dashes("plain"), ["plain"]);
        assert_eq!(dashes("-a -b").len(), 25);
    }

    #[test]
    fn wide_text_is_two_bytes_a_character() {
        assert_eq!(utf16le(b"ab"), [b'a', 0, b'b', 0]);
        assert_eq!(utf16be(b"a"), [0, b'a']);
        assert_eq!(utf16(b"a"), [0xff, 0xfe, b'a', 0]);
    }
}
