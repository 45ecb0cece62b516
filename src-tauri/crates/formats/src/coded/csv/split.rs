//! Rows and cells: finding the delimiter and the header, and lines that a quoted line break joins.

use crate::ReadError;
use crate::framing::lines::{Line, Lines};
use memchr::memchr;
use std::borrow::Cow;
use std::io::Read;
use timberline_model::{Flow, Sink};

/// A quoted cell runs over at most so many bytes; a quote that nobody closes would otherwise swallow the file.
const LONGEST_ROW: usize = 1 << 20;
/// Delimiters, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The delimiter in words.
pub fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => "commas",
        b'\t' => "tabs",
        b';' => "semicolons",
        _ => "bars",
    }
}

/// What the beginning of a delimited text shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table {
    /// What divides the cells.
    pub delimiter: u8,
    /// Cells in a row.
    pub columns: usize,
    /// Whether the first row holds names.
    pub header: bool,
    /// Rows that were looked at, the header left out.
    pub rows: usize,
}

impl Table {
    /// The table that this text is; `None` when it is none.
    pub fn find(head: &[u8], whole: bool) -> Option<Self> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let best = DELIMITERS.iter().filter_map(|d| Self::with(text, whole, *d));
        // More columns say more, as long as the rows agree on them.
        best.max_by_key(|t| (t.header, t.rows.min(3), t.columns))
    }

    fn with(text: &[u8], whole: bool, delimiter: u8) -> Option<Self> {
        let mut input = text;
        let mut rows = Rows::new(&mut input);
        let mut first: Option<Vec<String>> = None;
        let (mut same, mut all, mut plain, mut typed) = (0usize, 0usize, true, 0usize);
        while all < 40 {
            let row = match rows.next(delimiter) {
                Ok(Some(row)) => row,
                _ => break,
            };
            if row.bytes.trim_ascii().is_empty() {
                continue;
            }
            // The last row of a cut-off head is cut off too.
            if row.line.ending == 0 && !whole && first.is_some() {
                break;
            }
            let cells = row.cells();
            match &first {
                None => {
                    if cells.len() < 2 {
                        return None;
                    }
                    first =
                        Some(cells.iter().map(|c| String::from_utf8_lossy(c).trim().to_owned()).collect());
                }
                Some(names) => {
                    all += 1;
                    same += usize::from(cells.len() == names.len());
                    plain &= !row.bytes.is_empty();
                    typed += usize::from(
                        cells.iter().any(|c| c.is_empty() || c.first().is_some_and(u8::is_ascii_digit)),
                    );
                }
            }
        }
        let first = first?;
        let columns = first.len();
        let header = looks_like_names(&first);
        // Rows must agree with the first one, nearly all of them; a table without names needs more proof.
        let agree = if header && columns > 2 { same * 2 >= all } else { same == all && plain };
        if !agree || (!header && (columns < 3 || all < 2 || typed * 2 < all)) {
            return None;
        }
        Some(Self { delimiter, columns, header, rows: all })
    }
}

/// Names are short, differ, begin with a letter, and are not sentences.
fn looks_like_names(cells: &[String]) -> bool {
    let name = |cell: &String| {
        let words = cell.split_whitespace().count();
        let first = cell.chars().next();
        cell.len() <= 80
            && words <= 6
            && first.is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '@' | '#' | '$'))
            && !cell.contains("://")
            && !cell.contains('=')
            && !cell.contains(['{', '['])
    };
    let named = cells.iter().filter(|c| name(c)).count();
    let empty = cells.iter().filter(|c| c.is_empty()).count();
    let mut unique: Vec<&String> = cells.iter().filter(|c| !c.is_empty()).collect();
    let count = unique.len();
    unique.sort();
    unique.dedup();
    named + empty == cells.len() && named * 2 > cells.len() && unique.len() == count
}

/// One row as it stands in the source.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    line: Line<'a>,
    delimiter: u8,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where it begins in the decoded source.
    pub offset: u64,
    /// The line where it begins, from 1.
    pub number: u64,
}

impl<'a> Row<'a> {
    /// Its cells, quotes taken off.
    pub fn cells(&self) -> Vec<Cow<'a, [u8]>> {
        cells(self.bytes, self.delimiter)
    }

    /// See [`Line::close`].
    pub fn close(&self, out: &mut dyn Sink) -> Flow {
        self.line.close(out)
    }
}

/// Hands out the rows of a stream.
pub struct Rows<'r> {
    lines: Lines<'r>,
}

impl<'r> Rows<'r> {
    pub fn new(input: &'r mut dyn Read) -> Self {
        Self { lines: Lines::new(input) }
    }

    /// What table it is, looked at without taking anything; the bytes of a mark before it.
    pub fn table(&mut self) -> Result<Option<(Table, usize)>, ReadError> {
        let (head, whole) = self.lines.peek(64 << 10)?;
        Ok(Table::find(head, whole).map(|t| (t, 0)))
    }

    /// The next row; `None` at the end.
    pub fn next(&mut self, delimiter: u8) -> Result<Option<Row<'_>>, ReadError> {
        let mut open: Option<bool> = None;
        let mut size = 0;
        let line = self.lines.record_with(|so_far, next| {
            let open = open.get_or_insert_with(|| ends_inside(so_far, delimiter, false));
            size += next.len();
            if !*open || size > LONGEST_ROW {
                return false;
            }
            *open = ends_inside(next, delimiter, true);
            true
        })?;
        Ok(line.map(|line| Row {
            line,
            delimiter,
            bytes: line.bytes,
            offset: line.offset,
            number: line.number,
        }))
    }
}

/// Whether a quoted cell is still open where the line ends.
fn ends_inside(line: &[u8], delimiter: u8, inside: bool) -> bool {
    let mut inside = inside;
    let mut at = 0;
    loop {
        if inside {
            match memchr(b'"', &line[at..]) {
                None => return true,
                Some(n) if line.get(at + n + 1) == Some(&b'"') => at += n + 2,
                Some(n) => {
                    inside = false;
                    at += n + 1;
                }
            }
        } else {
            // A quote opens a cell only at its beginning.
            if line.get(at) == Some(&b'"') {
                inside = true;
                at += 1;
                continue;
            }
            match memchr(delimiter, &line[at..]) {
                Some(n) => at += n + 1,
                None => return false,
            }
        }
        if at > line.len() {
            return inside;
        }
    }
}

fn cells(row: &[u8], delimiter: u8) -> Vec<Cow<'_, [u8]>> {
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        let rest = &row[at.min(row.len())..];
        let (cell, used) = match rest.strip_prefix(b"\"") {
            Some(inside) => quoted(inside, delimiter),
            None => {
                let end = memchr(delimiter, rest).filter(|_| delimiter != 0).unwrap_or(rest.len());
                (Cow::Borrowed(&rest[..end]), end)
            }
        };
        cells.push(cell);
        at += used;
        if delimiter == 0 || row.get(at) != Some(&delimiter) {
            return cells;
        }
        at += 1;
    }
}

/// The cell behind an opening quote, and how many bytes it takes up with that quote.
fn quoted(inside: &[u8], delimiter: u8) -> (Cow<'_, [u8]>, usize) {
    let mut doubled = false;
    let mut at = 0;
    let end = loop {
        match memchr(b'"', &inside[at..]) {
            None => break inside.len(),
            Some(n) if inside.get(at + n + 1) == Some(&b'"') => {
                doubled = true;
                at += n + 2;
            }
            Some(n) => break at + n,
        }
    };
    // What stands between the closing quote and the delimiter is kept too.
    let after = &inside[(end + 1).min(inside.len())..];
    let tail = memchr(delimiter, after).unwrap_or(after.len());
    let used = (1 + end + 1 + tail).min(inside.len() + 1);
    if !doubled && tail == 0 {
        return (Cow::Borrowed(&inside[..end]), used);
    }
    let mut cell = Vec::with_capacity(end);
    let mut from = &inside[..end];
    while let Some(n) = memchr(b'"', from) {
        cell.extend_from_slice(&from[..=n]);
        from = &from[n + 2..];
    }
    cell.extend_from_slice(from);
    cell.extend_from_slice(&after[..tail]);
    (Cow::Owned(cell), used)
}
