//! Bytes as text: what is not UTF-8 becomes U+FFFD, quickly even for the kilobytes of machine code that an attacker
//! sends as a request.

use std::borrow::Cow;

/// The text of these bytes; every byte that is not UTF-8 becomes one U+FFFD.
#[must_use]
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replaced(bytes)),
    }
}

fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    let mut rest = bytes;
    while !rest.is_empty() {
        // Bytes that begin no character come in long runs.
        let run = rest.iter().take_while(|b| matches!(b, 0x80..=0xc1 | 0xf5..)).count();
        text.extend(std::iter::repeat_n('\u{fffd}', run));
        rest = &rest[run..];
        let good = match std::str::from_utf8(&rest[..rest.len().min(4096)]) {
            Ok(good) => good.len(),
            Err(why) => why.valid_up_to(),
        };
        if let Ok(good) = std::str::from_utf8(&rest[..good]) {
            text.push_str(good);
        }
        if good == 0 && run == 0 {
            text.push('\u{fffd}');
            rest = &rest[1..];
        } else {
            rest = &rest[good..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
