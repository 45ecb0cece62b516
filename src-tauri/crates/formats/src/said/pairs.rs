//! `key=value` in the dialects of devices: quoted or not, with escapes, with blanks in values that nobody quoted.

use std::borrow::Cow;

/// More pairs than any product writes; what comes behind stands in the raw record only.
pub const MOST: usize = 192;

/// How a product writes its pairs.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// Between key and value.
    pub equals: u8,
    /// Between pairs; blanks around it are passed over.
    pub separator: u8,
    /// What values may be quoted with.
    pub quotes: &'static [u8],
    /// Whether a value without quotes may hold the separator: it ends before the next ` key=` then.
    pub open: bool,
    /// What a backslash hides in a value.
    pub escapes: &'static [u8],
}

/// `key=value key="a value"`: firewalls of most makers.
pub const PLAIN: Dialect =
    Dialect { equals: b'=', separator: b' ', quotes: b"\"'", open: false, escapes: b"\"" };
/// As [`PLAIN`], where values may hold blanks without quotes.
pub const OPEN: Dialect = Dialect { open: true, ..PLAIN };

/// The pairs of a message, in order. A key given twice is there twice; [`Pairs::get`] gives the first.
pub struct Pairs<'a> {
    list: [(&'a [u8], &'a [u8]); MOST],
    len: usize,
    escapes: &'static [u8],
}

impl<'a> Pairs<'a> {
    /// None yet.
    #[must_use]
    pub fn new(escapes: &'static [u8]) -> Self {
        Self { list: [(b"", b""); MOST], len: 0, escapes }
    }

    /// Reads a message.
    #[must_use]
    pub fn read(b: &'a [u8], how: &Dialect) -> Self {
        let mut pairs = Self::new(how.escapes);
        let mut rest = b;
        while pairs.len < MOST {
            let skipped = rest.iter().take_while(|c| **c == how.separator || c.is_ascii_whitespace()).count();
            rest = &rest[skipped..];
            if rest.is_empty() {
                break;
            }
            let key = rest.iter().take_while(|c| is_key(**c)).count();
            if key == 0 || key > 64 || rest.get(key) != Some(&how.equals) {
                // Words that are no pair: on to the next separator.
                match memchr::memchr2(how.separator, b' ', rest) {
                    Some(at) => rest = &rest[at + 1..],
                    None => break,
                }
                continue;
            }
            let (name, value) = (&rest[..key], &rest[key + 1..]);
            let (value, used) = value_at(value, how);
            pairs.push(name, value);
            rest = &rest[key + 1 + used..];
        }
        pairs
    }

    /// One more; beyond the most that are kept it is left out.
    pub fn push(&mut self, key: &'a [u8], value: &'a [u8]) {
        if let Some(slot) = self.list.get_mut(self.len) {
            *slot = (key, value);
            self.len += 1;
        }
    }

    /// The value of a key as written, empty where there is none.
    #[must_use]
    pub fn get(&self, key: &str) -> &'a [u8] {
        self.iter().find(|(k, _)| *k == key.as_bytes()).map_or(b"", |(_, v)| v)
    }

    /// Whether the key stands there.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.iter().any(|(k, _)| k == key.as_bytes())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + '_ {
        self.list[..self.len].iter().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A value without its escapes.
    #[must_use]
    pub fn plain<'v>(&self, value: &'v [u8]) -> Cow<'v, [u8]> {
        unescape(value, self.escapes)
    }
}

fn is_key(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b'[' | b']')
}

/// A value, and how many bytes it takes up with its quotes.
fn value_at<'a>(b: &'a [u8], how: &Dialect) -> (&'a [u8], usize) {
    if let Some(quote) = b.first().filter(|c| how.quotes.contains(c))
        && let Some(end) = closing(&b[1..], *quote, how)
    {
        return (&b[1..=end], end + 2);
    }
    if how.open {
        let end = open_end(b, how);
        return (b[..end].trim_ascii(), end);
    }
    let end = memchr::memchr(how.separator, b).unwrap_or(b.len());
    let value = b[..end].trim_ascii_end();
    // A quote that never closes is none.
    let value = value.strip_prefix(b"\"").filter(|_| how.quotes.contains(&b'"')).unwrap_or(value);
    (value, end)
}

/// Where a quoted value ends. A quote inside that nobody hid is told by what follows: only before a separator or the
/// end it closes.
fn closing(b: &[u8], quote: u8, how: &Dialect) -> Option<usize> {
    let mut at = 0;
    let mut last = None;
    while let Some(found) = memchr::memchr2(quote, b'\\', &b[at..]) {
        at += found;
        if b[at] == b'\\' {
            // Where the product hides quotes, a hidden one never closes: names are written by whoever attacks.
            let hides = b.get(at + 1).is_some_and(|c| how.escapes.contains(c));
            at += 1 + usize::from(hides);
            continue;
        }
        match b.get(at + 1) {
            None => return Some(at),
            Some(c) if *c == how.separator || c.is_ascii_whitespace() || matches!(c, b',' | b']' | b';') => {
                return Some(at);
            }
            Some(_) => last = last.or(Some(at)),
        }
        at += 1;
    }
    last
}

/// Where a value without quotes ends: before the blank that stands before the next `key=`.
fn open_end(b: &[u8], how: &Dialect) -> usize {
    for equals in memchr::memchr_iter(how.equals, b) {
        if equals > 0 && b[equals - 1] == b'\\' {
            continue;
        }
        let key = b[..equals].iter().rev().take(65).take_while(|c| is_key(**c)).count();
        let start = equals - key;
        if key > 0 && start > 0 && b[start - 1] == how.separator {
            return start - 1;
        }
        // An empty value: the next key follows at once.
        if key > 0 && start == 0 && how.separator == b' ' && b.first() == Some(&b' ') {
            return 0;
        }
    }
    b.len()
}

/// Takes the backslashes away that hide one of these; `n` and `r` among them mean line breaks.
#[must_use]
pub fn unescape<'v>(value: &'v [u8], escapes: &[u8]) -> Cow<'v, [u8]> {
    if memchr::memchr(b'\\', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut text = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(c) = value.get(at) {
        let next = value.get(at + 1).filter(|n| *c == b'\\' && escapes.contains(n));
        match next {
            Some(b'n') => text.push(b'\n'),
            Some(b'r') => text.push(b'\r'),
            Some(next) => text.push(*next),
            None => text.push(*c),
        }
        at += 1 + usize::from(next.is_some());
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_every_dialect_are_read() {
        let check = |text: &str, how: &Dialect, expect: &[(&str, &str)]| {
            let pairs = Pairs::read(text.as_bytes(), how);
            let seen: Vec<(String, String)> = pairs
                .iter()
                .map(|(k, v)| {
                    (String::from_utf8_lossy(k).into(), String::from_utf8_lossy(&pairs.plain(v)).into())
                })
                .collect();
            let seen: Vec<(&str, &str)> = seen.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(seen, expect, "{text}");
        };
        check(r#"a=1 b="x y" c= d='z'"#, &PLAIN, &[("a", "1"), ("b", "x y"), ("c", ""), ("d", "z")]);
        check(r#"m="say \"hi\" now" n=2"#, &PLAIN, &[("m", "say \"hi\" now"), ("n", "2")]);
        check(r#"u="x\" a=2 y=\"" a=1"#, &PLAIN, &[("u", "x\" a=2 y=\""), ("a", "1")]);
        let bare = Dialect { escapes: b"", ..PLAIN };
        check(r#"p="C:\dir\" q=3"#, &bare, &[("p", r"C:\dir\"), ("q", "3")]);
        check(r#"a="x"y" b=1"#, &PLAIN, &[("a", "x\"y"), ("b", "1")]);
        check(r#"a="never closed b=1"#, &PLAIN, &[("a", "never"), ("b", "1")]);
        check("noise a=1 more noise b=2", &PLAIN, &[("a", "1"), ("b", "2")]);
        check("a=one two b=three=3 c=", &OPEN, &[("a", "one two"), ("b", "three=3"), ("c", "")]);
        check("u=http://x/?k=v&l=w m=1", &OPEN, &[("u", "http://x/?k=v&l=w"), ("m", "1")]);
        check("", &PLAIN, &[]);
        check("====", &OPEN, &[]);
        let checkpoint =
            Dialect { equals: b':', separator: b';', quotes: b"\"", open: false, escapes: b"\"]\\" };
        check(r#"a:"1"; b:"x; y\]"; c:"2""#, &checkpoint, &[("a", "1"), ("b", "x; y]"), ("c", "2")]);
    }

    #[test]
    fn a_thousand_pairs_are_cut() {
        let text = "k=v ".repeat(1000);
        assert_eq!(Pairs::read(text.as_bytes(), &PLAIN).len(), MOST);
    }
}
