//! Texts that are almost JSON, as programs write them: half characters, control characters and `\x22` in texts,
//! NaN, numbers that no computer number holds. They are made into JSON that says the same. Where a value ends is
//! framing's; texts whose brackets or commas are wrong stay wrong.

/// serde's words without its own line and column, which count from the value's beginning.
#[must_use]
pub fn reason(why: &serde_json::Error) -> String {
    let text = why.to_string();
    let end = text.find(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The text with each number that would be rounded or refused in quotes; `None` when there is none.
#[must_use]
pub fn exact_numbers(text: &str) -> Option<String> {
    mend(text, true).map(|(text, _)| text)
}

/// The text with all that can be mended, and what was replaced in it; `None` when nothing was.
#[must_use]
pub fn mended(text: &str) -> Option<(String, Option<&'static str>)> {
    mend(text, false)
}

const HALF: &str = "escapes that are half a character were replaced";
const ESCAPES: &str = "escapes that JSON does not know were taken as they stand";
const CONTROL: &str = "control characters inside texts were taken as they stand";

fn mend(text: &str, numbers_only: bool) -> Option<(String, Option<&'static str>)> {
    let bytes = text.as_bytes();
    let (mut out, mut kept, mut at, mut what) = (String::new(), 0, 0, None);
    let mut replace = |out: &mut String, from: usize, to: usize, by: &str| {
        out.push_str(&text[kept..from]);
        out.push_str(by);
        kept = to;
    };
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    match bytes[at] {
                        b'\\' => {
                            let (len, by, why) = escape(text, at);
                            if let (Some(by), false) = (by, numbers_only) {
                                replace(&mut out, at, at + len, by.as_str());
                                what = what.or(why);
                            }
                            at += len;
                        }
                        c @ 0..=0x1f if !numbers_only => {
                            replace(&mut out, at, at + 1, &format!("\\u{c:04x}"));
                            what = what.or(Some(CONTROL));
                            at += 1;
                        }
                        _ => at += 1,
                    }
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' | b'N' | b'I' => {
                let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
                let len = bytes[at..].iter().take_while(|b| word(b)).count().max(1);
                let token = &text[at..at + len];
                if not_a_number(token) {
                    replace(&mut out, at, at + len, &format!("\"{token}\""));
                }
                at += len;
            }
            _ => at += 1,
        }
    }
    (kept > 0).then(|| {
        let rest = &text[kept..];
        (out + rest, what)
    })
}

/// Whether a number is none, or none that a whole number or a float holds.
fn not_a_number(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    if matches!(digits, "NaN" | "Infinity") {
        return true;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        return digits.len() > 18 && token.parse::<i64>().is_err() && token.parse::<u64>().is_err();
    }
    token.parse::<f64>().is_ok_and(f64::is_infinite)
}

/// The length of the escape at `at`, what to write instead if it is none, and why.
fn escape(text: &str, at: usize) -> (usize, Option<String>, Option<&'static str>) {
    let hex = |from: usize, len: usize| -> Option<u16> {
        let digits = text.get(from..from + len)?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let Some(kind) = text[at + 1..].chars().next() else { return (1, None, None) };
    match kind {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => (2, None, None),
        'u' => match hex(at + 2, 4) {
            Some(0xd800..=0xdbff)
                if text.get(at + 6..at + 8) == Some("\\u")
                    && matches!(hex(at + 8, 4), Some(0xdc00..=0xdfff)) =>
            {
                (12, None, None)
            }
            Some(0xd800..=0xdfff) => (6, Some("\\ufffd".to_owned()), Some(HALF)),
            Some(_) => (6, None, None),
            None => (2, Some("\\\\u".to_owned()), Some(ESCAPES)),
        },
        'x' => match hex(at + 2, 2) {
            Some(code) => (4, Some(format!("\\u{code:04x}")), Some(ESCAPES)),
            None => (2, Some("\\\\x".to_owned()), Some(ESCAPES)),
        },
        // A raw line break or the like is dealt with as the next character.
        c if (c as u32) < 0x20 => (1, Some("\\\\".to_owned()), Some(ESCAPES)),
        c => (1 + c.len_utf8(), Some(format!("\\\\{c}")), Some(ESCAPES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(mended(text).map(|(t, _)| t).as_deref(), expect, "{text}");
    }

    #[test]
    fn what_is_almost_json_is_made_json() {
        check(r#"{"a":"x\ud83dy\ud83d\ude00"}"#, Some(r#"{"a":"x\ufffdy\ud83d\ude00"}"#));
        check(r#"{"a":"\x22q\x22","b":"C:\Windows"}"#, Some(r#"{"a":"\u0022q\u0022","b":"C:\\Windows"}"#));
        check("{\"a\":\"tab\there\"}", Some(r#"{"a":"tab\u0009here"}"#));
        check(r#"{"a":NaN,"b":-Infinity,"c":1e999}"#, Some(r#"{"a":"NaN","b":"-Infinity","c":"1e999"}"#));
        check(r#"{"a":123456789012345678901234567890}"#, Some(r#"{"a":"123456789012345678901234567890"}"#));
        check(r#"{"a":[1,-2.5e3,18446744073709551615],"b":"\"\u00e9"}"#, None);
        check("{\"a", None);
        check("{\"a\\", None);
        assert_eq!(exact_numbers(r#"{"a":"\x22","b":1e30}"#), None);
    }
}
