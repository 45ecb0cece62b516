//! A message whose values stand in columns, quoted or not: what firewalls write as comma-separated values.

use crate::normalise::text;
use std::borrow::Cow;

/// More columns than any product writes.
pub const MOST: usize = 256;

/// The columns of a message.
pub struct Columns<'a> {
    list: [&'a [u8]; MOST],
    len: usize,
}

impl<'a> Columns<'a> {
    /// Splits a message; what stands in double quotes may hold the separator, and a quote twice is one quote.
    #[must_use]
    pub fn split(b: &'a [u8], separator: u8) -> Self {
        let mut columns = Self { list: [b""; MOST], len: 0 };
        let mut rest = b;
        while columns.len < MOST {
            let (value, used) = match rest.first() {
                Some(b'"') => quoted(rest, separator).unwrap_or_else(|| bare(rest, separator)),
                _ => bare(rest, separator),
            };
            columns.list[columns.len] = value;
            columns.len += 1;
            match rest.get(used) {
                Some(_) => rest = &rest[used + 1..],
                None => break,
            }
        }
        columns
    }

    /// The value of a column, empty where there is none.
    #[must_use]
    pub fn get(&self, at: usize) -> &'a [u8] {
        if at < self.len { self.list[at] } else { b"" }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[&'a [u8]] {
        &self.list[..self.len]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: an empty message is one empty column.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// A value in which a doubled quote is one.
#[must_use]
pub fn plain(value: &[u8]) -> Cow<'_, [u8]> {
    if text::place(value, b"\"\"").is_none() {
        return Cow::Borrowed(value);
    }
    let mut text = Vec::with_capacity(value.len());
    let mut quote = false;
    for c in value {
        let second = *c == b'"' && quote;
        quote = *c == b'"' && !quote;
        if !second {
            text.push(*c);
        }
    }
    Cow::Owned(text)
}

fn bare(b: &[u8], separator: u8) -> (&[u8], usize) {
    let end = memchr::memchr(separator, b).unwrap_or(b.len());
    (b[..end].trim_ascii(), end)
}

/// A value in quotes and the bytes up to the separator; `None` where nothing closes it.
fn quoted(b: &[u8], separator: u8) -> Option<(&[u8], usize)> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'"', b.get(at..)?)?;
        match b.get(at + 1) {
            Some(b'"') => at += 2,
            None => return Some((&b[1..at], at + 1)),
            Some(c) if *c == separator => return Some((&b[1..at], at + 1)),
            // A quote that nobody doubled: it closes only before a separator.
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_split() {
        let check = |text: &str, expect: &[&str]| {
            let columns = Columns::split(text.as_bytes(), b',');
            let seen: Vec<String> =
                columns.all().iter().map(|c| String::from_utf8_lossy(&plain(c)).into_owned()).collect();
            assert_eq!(seen, expect, "{text}");
        };
        check(r#"a, b ,"c,d","e""f",,"#, &["a", "b", "c,d", "e\"f", "", ""]);
        check(r#""x "y" z",1"#, &["x \"y\" z", "1"]);
        check(r#""open,1"#, &["\"open", "1"]);
        check("", &[""]);
        let long = ",".repeat(1000);
        assert_eq!(Columns::split(long.as_bytes(), b',').len(), MOST);
    }
}
