//! A row cut into cells: by blanks, tabs or commas, with quotes around a cell (doubled inside) or none.

use memchr::memchr;
use std::borrow::Cow;

/// The most cells of a row that are told apart.
const MOST: usize = 128;

/// The cells of one row.
pub struct Cells<'a> {
    all: Vec<Cow<'a, [u8]>>,
}

/// What separates the cells of a row whose header is not known.
pub fn delimiter_of(row: &[u8]) -> u8 {
    if memchr(b'\t', row).is_some() {
        b'\t'
    } else if memchr(b' ', &row[..row.len().min(24)]).is_none() && memchr(b',', row).is_some() {
        b','
    } else {
        b' '
    }
}

impl<'a> Cells<'a> {
    /// Cuts a row. Where a blank separates, an empty cell and two blanks look alike: of both readings the one with the
    /// `expected` number of cells is taken.
    pub fn cut(row: &'a [u8], delimiter: u8, expected: usize) -> Self {
        let single = Self { all: split(row, delimiter, false) };
        if delimiter != b' ' || single.len() == expected {
            return single;
        }
        let runs = Self { all: split(row, delimiter, true) };
        if runs.len() == expected
            || expected == 0
            || runs.len().abs_diff(expected) < single.len().abs_diff(expected)
        {
            return runs;
        }
        single
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// One of them, nothing when it is not there or is `-`.
    pub fn get(&self, at: usize) -> Option<&[u8]> {
        self.all.get(at).map(|c| c.trim_ascii()).filter(|c| !matches!(*c, b"" | b"-"))
    }

    /// One of them as it stands.
    pub fn raw(&self, at: usize) -> &[u8] {
        self.all.get(at).map_or(b"", |c| c.trim_ascii())
    }

    /// Those from `at` on.
    pub fn from(&self, at: usize) -> &[Cow<'a, [u8]>] {
        self.all.get(at..).unwrap_or_default()
    }
}

fn split(row: &[u8], delimiter: u8, runs: bool) -> Vec<Cow<'_, [u8]>> {
    let mut all = Vec::with_capacity(32);
    let mut rest = row;
    // The last blank of a row separates nothing.
    while rest.last() == Some(&b' ') && delimiter == b' ' {
        rest = &rest[..rest.len() - 1];
    }
    loop {
        if runs {
            rest = rest.trim_ascii_start();
        }
        if all.len() + 1 >= MOST {
            all.push(Cow::Borrowed(rest));
            return all;
        }
        let (cell, end) = match rest.strip_prefix(b"\"").and_then(|inside| quoted(inside, delimiter)) {
            Some((cell, end)) => (cell, end + 1),
            None => {
                let end = memchr(delimiter, rest).unwrap_or(rest.len());
                (Cow::Borrowed(&rest[..end]), end)
            }
        };
        all.push(cell);
        match rest.get(end + 1..) {
            Some(more) if end < rest.len() => rest = more,
            _ => return all,
        }
    }
}

/// A quoted cell and where the quote behind it ends; `None` when what follows the quote is no delimiter, so that a quote in
/// the middle of a cell is a quote.
fn quoted(inside: &[u8], delimiter: u8) -> Option<(Cow<'_, [u8]>, usize)> {
    let mut at = 0;
    let mut doubled = false;
    loop {
        at += memchr(b'"', &inside[at..])?;
        if inside.get(at + 1) == Some(&b'"') && inside.get(at + 2).is_some_and(|c| *c != delimiter || doubled)
        {
            doubled = true;
            at += 2;
            continue;
        }
        if inside.get(at + 1).is_none_or(|c| *c == delimiter) {
            break;
        }
        at += 1;
    }
    let cell = &inside[..at];
    if !doubled {
        return Some((Cow::Borrowed(cell), at + 1));
    }
    let mut plain = Vec::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(n) = memchr(b'"', rest) {
        plain.extend_from_slice(&rest[..=n]);
        rest = rest.get(n + 1..).map_or(b"".as_slice(), |r| r.strip_prefix(b"\"").unwrap_or(r));
    }
    plain.extend_from_slice(rest);
    Some((Cow::Owned(plain), at + 1))
}
