//! Where a JSON value ends, found byte by byte and resumable, with what is wrong noticed at once: a raw line
//! break in a string, a bracket or a word where none may stand. Numbers and escapes are not checked here;
//! the parser that reads the value does that.

use memchr::memchr3;

/// How deep values may be nested: as deep as serde_json reads.
pub const DEEPEST: u32 = 127;
/// How far [`balanced`] looks, in bytes.
pub const BALANCED_WITHIN: usize = 1 << 20;

/// What a look at the bytes so far gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The value ends before this byte.
    Done(usize),
    /// It goes on behind the bytes that there are.
    More,
    /// It is broken at this byte.
    Bad(usize, &'static str),
    /// It is nested too deep at this byte.
    Deep(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Want {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    Next,
    Text { key: bool, escaped: bool },
    Atom,
}

/// A scan in progress over bytes that begin with the value.
#[derive(Clone, Debug)]
pub struct Scan {
    at: usize,
    want: Want,
    /// Bit by level: 1 for an object, 0 for an array.
    kinds: u128,
    depth: u32,
    member: bool,
}

impl Scan {
    /// Over one value.
    #[must_use]
    pub fn value() -> Self {
        Self { at: 0, want: Want::Value, kinds: 0, depth: 0, member: false }
    }

    /// Over one `"key": value` of an object; ends before the comma or the closing bracket.
    #[must_use]
    pub fn member() -> Self {
        Self { at: 0, want: Want::Key, kinds: 1, depth: 1, member: true }
    }

    /// The bytes before `n` are gone.
    pub fn shift(&mut self, n: usize) {
        self.at = self.at.saturating_sub(n);
    }

    /// The value's length when the source ends here, if it may.
    #[must_use]
    pub fn end_of_input(&self, len: usize) -> Option<usize> {
        (self.want == Want::Atom && self.depth == 0).then_some(len)
    }

    fn open(&mut self, object: bool) -> bool {
        if self.depth >= DEEPEST {
            return false;
        }
        self.kinds = self.kinds << 1 | u128::from(object);
        self.depth += 1;
        self.want = if object { Want::KeyOrEnd } else { Want::ValueOrEnd };
        true
    }

    fn close(&mut self, object: bool) -> bool {
        let fits = self.depth > 0 && (self.kinds & 1 == 1) == object;
        if fits {
            self.kinds >>= 1;
            self.depth -= 1;
            self.want = Want::Next;
        }
        fits
    }

    /// Looks on; `bytes` are the same as before, and more.
    pub fn run(&mut self, bytes: &[u8]) -> Step {
        while self.at < bytes.len() {
            let byte = bytes[self.at];
            match self.want {
                Want::Text { key, escaped: true } => {
                    if byte == b'\n' {
                        return Step::Bad(self.at, "a line break inside a text");
                    }
                    self.want = Want::Text { key, escaped: false };
                }
                Want::Text { key, escaped: false } => {
                    let Some(n) = memchr3(b'"', b'\\', b'\n', &bytes[self.at..]) else {
                        self.at = bytes.len();
                        return Step::More;
                    };
                    self.at += n;
                    match bytes[self.at] {
                        b'\\' => self.want = Want::Text { key, escaped: true },
                        b'"' if key => self.want = Want::Colon,
                        b'"' => {
                            self.want = Want::Next;
                            if self.depth == 0 {
                                return Step::Done(self.at + 1);
                            }
                        }
                        _ => return Step::Bad(self.at, "a line break inside a text"),
                    }
                }
                Want::Atom => {
                    if matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') {
                        self.at += 1;
                        continue;
                    }
                    self.want = Want::Next;
                    if self.depth == 0 {
                        return Step::Done(self.at);
                    }
                    continue;
                }
                _ if byte.is_ascii_whitespace() => {}
                Want::Value | Want::ValueOrEnd => match byte {
                    b'{' | b'[' => {
                        if !self.open(byte == b'{') {
                            return Step::Deep(self.at);
                        }
                    }
                    b'"' => self.want = Want::Text { key: false, escaped: false },
                    b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                        self.want = Want::Atom;
                        continue;
                    }
                    b']' if self.want == Want::ValueOrEnd && self.close(false) => {
                        if self.depth == 0 {
                            return Step::Done(self.at + 1);
                        }
                    }
                    _ => return Step::Bad(self.at, "a value is missing"),
                },
                Want::Key | Want::KeyOrEnd => match byte {
                    b'"' => self.want = Want::Text { key: true, escaped: false },
                    b'}' if self.want == Want::KeyOrEnd && self.close(true) => {
                        if self.depth == 0 {
                            return Step::Done(self.at + 1);
                        }
                    }
                    _ => return Step::Bad(self.at, "a name in quotes is missing"),
                },
                Want::Colon => match byte {
                    b':' => self.want = Want::Value,
                    _ => return Step::Bad(self.at, "a colon is missing"),
                },
                Want::Next => match byte {
                    b',' | b'}' if self.member && self.depth == 1 => return Step::Done(self.at),
                    b',' => self.want = if self.kinds & 1 == 1 { Want::Key } else { Want::Value },
                    b'}' | b']' if self.close(byte == b'}') => {
                        if self.depth == 0 {
                            return Step::Done(self.at + 1);
                        }
                    }
                    _ => return Step::Bad(self.at, "a comma or a closing bracket is missing"),
                },
            }
            self.at += 1;
        }
        Step::More
    }
}

/// Length of something that begins with a bracket, by matching brackets outside of quotes only, within its
/// line: where a broken value most likely ends.
#[must_use]
pub fn balanced(bytes: &[u8]) -> Option<usize> {
    let bytes = &bytes[..bytes.len().min(BALANCED_WITHIN)];
    let (mut depth, mut at) = (0usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'\n' => return None,
            b'"' => loop {
                at += 1;
                at += memchr3(b'"', b'\\', b'\n', bytes.get(at..)?)?;
                match bytes[at] {
                    b'"' => break,
                    b'\\' if bytes.get(at + 1) != Some(&b'\n') => at += 1,
                    _ => return None,
                }
            },
            _ => {}
        }
        at += 1;
    }
    None
}

/// How far a value that is nested too deep goes: brackets are counted, not matched.
#[derive(Clone, Debug, Default)]
pub struct Deep {
    at: usize,
    depth: usize,
    text: bool,
}

impl Deep {
    /// Looks on; `bytes` are the same as before, and more. The value's length once it is known.
    pub fn run(&mut self, bytes: &[u8]) -> Option<usize> {
        while self.at < bytes.len() {
            match bytes[self.at] {
                b'\\' if self.text => self.at += 1,
                b'"' => self.text = !self.text,
                _ if self.text => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.at + 1);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Step {
        Scan::value().run(text.as_bytes())
    }

    #[test]
    fn a_value_ends_where_its_brackets_do() {
        for text in [r#"{"a":[1,{"b":"}\""}],"c":null}"#, "[]", "{}", r#"{"é": -1.5e3}"#, "[[[]],{}]"] {
            assert_eq!(scan(&format!("{text}  rest")), Step::Done(text.len()), "{text}");
        }
    }

    #[test]
    fn the_same_end_is_found_byte_by_byte() {
        let text = r#"{"a\\":["x\"y",tru,1.0,{"b":{}}]}"#;
        let mut one = Scan::value();
        for n in 0..text.len() {
            assert_eq!(one.run(&text.as_bytes()[..n]), Step::More);
        }
        assert_eq!(one.run(text.as_bytes()), Step::Done(text.len()));
    }

    #[test]
    fn what_is_wrong_is_noticed_where_it_is() {
        for (text, at) in [
            ("[error] x", 1),
            ("{\"a\":\"x\ny\"}", 7),
            ("{a:1}", 1),
            ("{\"a\" 1}", 5),
            ("{\"a\":1 {", 7),
            ("[1,]", 3),
            ("{]", 1),
        ] {
            assert!(matches!(scan(text), Step::Bad(n, _) if n == at), "{text} {:?}", scan(text));
        }
        assert_eq!(scan(&"[".repeat(200)), Step::Deep(127));
    }

    #[test]
    fn the_end_of_a_deep_value_is_found() {
        let text = format!("{}\"]\\\"]\"{} rest", "[".repeat(500), "]".repeat(500));
        let (mut deep, mut len) = (Deep::default(), None);
        for n in (0..text.len()).step_by(7).chain([text.len()]) {
            len = len.or(deep.run(&text.as_bytes()[..n]));
        }
        assert_eq!(len, Some(text.len() - 5));
    }

    #[test]
    fn brackets_balance_outside_of_quotes() {
        assert_eq!(balanced(br#"{bad:"}"} x"#), Some(9));
        assert_eq!(balanced(b"{\n}"), None);
        assert_eq!(balanced(b"{\"abc"), None);
    }
}
