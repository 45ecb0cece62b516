//! A line cut into words, quoted texts and bracketed texts, as servers separate their columns. A quote behind a
//! backslash is part of its text; a text that is cut off before it closes reaches to the end of the line.

use memchr::{memchr, memchr2};

/// What encloses a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Word,
    /// `"..."`
    Quoted,
    /// `[...]`
    Bracket,
}

/// A column: what is inside of its marks, and where it begins and ends with them.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// What encloses it.
    pub kind: Kind,
    /// What is inside.
    pub text: &'a [u8],
    /// Where it begins in the line.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Cuts `line` into at most `N` tokens.
pub fn cut<const N: usize>(line: &[u8]) -> Tokens<'_, N> {
    let none = Token { kind: Kind::Word, text: b"", start: 0, end: 0 };
    let mut tokens = Tokens { all: [none; N], len: 0 };
    let mut at = 0;
    while tokens.len < N {
        while matches!(line.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        let Some(first) = line.get(at) else { break };
        let start = at;
        let (kind, text, end) = match first {
            b'"' => {
                let inside = &line[at + 1..];
                let close = closing_quote(inside).unwrap_or(inside.len());
                (Kind::Quoted, &inside[..close], (at + close + 2).min(line.len()))
            }
            b'[' => {
                let inside = &line[at + 1..];
                match memchr(b']', inside) {
                    // `[::1]:443` is a word.
                    Some(close) if matches!(inside.get(close + 1), None | Some(b' ' | b'\t' | b'[')) => {
                        (Kind::Bracket, &inside[..close], at + close + 2)
                    }
                    _ => word(line, at),
                }
            }
            _ => word(line, at),
        };
        tokens.all[tokens.len] = Token { kind, text, start, end };
        tokens.len += 1;
        at = end.max(at + 1);
    }
    tokens
}

/// The tokens of a line.
pub struct Tokens<'a, const N: usize> {
    all: [Token<'a>; N],
    len: usize,
}

impl<'a, const N: usize> Tokens<'a, N> {
    /// They.
    pub fn all(&self) -> &[Token<'a>] {
        &self.all[..self.len]
    }
}

/// A word reaches to the next blank; `key="a b"` is one.
fn word(line: &[u8], at: usize) -> (Kind, &[u8], usize) {
    let mut end = at;
    loop {
        let Some(n) = line[end..].iter().position(|c| matches!(c, b' ' | b'\t' | b'"')) else {
            end = line.len();
            break;
        };
        end += n;
        if line[end] != b'"' {
            break;
        }
        let inside = &line[end + 1..];
        match closing_quote(inside) {
            Some(close) if end > at && line[end - 1] == b'=' => end += close + 2,
            // A quote in a word that is no value: `"-"1 2018` has lost its blank.
            _ => {
                if end == at {
                    end += 1;
                }
                break;
            }
        }
    }
    (Kind::Word, &line[at..end], end)
}

/// Where the quote closes; a quote behind a backslash is part of the text, as Apache writes it.
#[inline]
pub fn closing_quote(b: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr2(b'"', b'\\', b.get(from..)?)?;
        if b[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &[(Kind, &str)]) {
        let tokens = cut::<32>(line.as_bytes());
        let got: Vec<(Kind, String)> =
            tokens.all().iter().map(|t| (t.kind, String::from_utf8_lossy(t.text).into_owned())).collect();
        let expect: Vec<(Kind, String)> = expect.iter().map(|(k, t)| (*k, (*t).to_owned())).collect();
        assert_eq!(got, expect, "{line}");
    }

    #[test]
    fn columns_are_what_marks_enclose() {
        use Kind::{Bracket, Quoted, Word};
        check(r#"a "b \" c" [d e] f"#, &[(Word, "a"), (Quoted, "b \\\" c"), (Bracket, "d e"), (Word, "f")]);
        check(r#"[::1]:443 k="v w" x"#, &[(Word, "[::1]:443"), (Word, "k=\"v w\""), (Word, "x")]);
        check(r#""-"1 "cut"#, &[(Quoted, "-"), (Word, "1"), (Quoted, "cut")]);
        check("[a][b] c[", &[(Bracket, "a"), (Bracket, "b"), (Word, "c[")]);
        check(r#"" \"#, &[(Quoted, " \\")]);
        check("", &[]);
        check("[[[[ \"", &[(Word, "[[[["), (Quoted, "")]);
    }
}
