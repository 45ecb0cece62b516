//! Rows and cells of a delimited text: lines that a quoted line break joins, and quotes that nobody closes.
//!
//! A quote opens a cell at its beginning only, and closes it only where a delimiter or the end of a line follows;
//! so `"he said "hi" to all"` is one cell. A quote that does not close within the next [`REACH`] bytes, or whose
//! row would end with a line that is a whole row by itself, is taken for a letter: its line is read alone, with a
//! problem, and the rest of the file is read on.

use crate::ReadError;
use crate::framing::lines::{Line, Lines};
use memchr::memchr;
use std::io::Read;
use timberline_model::{Flow, Sink};

/// How far the end of a quoted cell is looked for. Halved each time that it is in vain, down to [`SHORT`], so that
/// a file full of stray quotes is still read in linear time.
const REACH: usize = 1 << 20;
const SHORT: usize = 4 << 10;

/// One cell: a part of the row, or of the splitter's scratch where quotes had to be taken out of it.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: u32,
    to: u32,
    clean: bool,
}

/// The cells of one row after another, in memory that is used again.
#[derive(Debug, Default)]
pub struct Cells {
    spans: Vec<Span>,
    scratch: Vec<u8>,
    /// Whether some quote was not closed, or stood where none belongs.
    pub odd: bool,
}

impl Cells {
    /// Takes a row apart.
    pub fn split(&mut self, row: &[u8], delimiter: u8) {
        self.spans.clear();
        self.scratch.clear();
        self.odd = false;
        let mut at = 0;
        loop {
            let rest = &row[at..];
            // A space before the quote is often written and never meant.
            let spaces = if delimiter == b' ' { 0 } else { rest.iter().take_while(|c| **c == b' ').count() };
            let used = if rest.get(spaces) == Some(&b'"') {
                spaces + self.quoted(row, at + spaces + 1, delimiter)
            } else {
                let end = memchr(delimiter, rest).unwrap_or(rest.len());
                self.odd |= memchr(b'"', &rest[..end]).is_some();
                self.spans.push(Span { from: at as u32, to: (at + end) as u32, clean: true });
                end
            };
            at += used;
            if row.get(at) != Some(&delimiter) {
                return;
            }
            at += 1;
        }
    }

    /// The cell whose inside begins at `from`; how many bytes it takes up with its quotes.
    fn quoted(&mut self, row: &[u8], from: usize, delimiter: u8) -> usize {
        let inside = &row[from..];
        match closing(inside, delimiter) {
            Some(end) => {
                if memchr(b'"', &inside[..end]).is_none() {
                    self.spans.push(Span { from: from as u32, to: (from + end) as u32, clean: true });
                } else {
                    self.unquoted(&inside[..end]);
                }
                // Blanks may stand between the closing quote and the delimiter.
                let blanks = inside[end + 1..].iter().take_while(|c| **c == b' ').count();
                1 + end + 1 + blanks
            }
            None => {
                // The quote is a letter like any other: the cell ends at the next delimiter.
                self.odd = true;
                let end = memchr(delimiter, inside).unwrap_or(inside.len());
                self.spans.push(Span { from: from as u32 - 1, to: (from + end) as u32, clean: true });
                1 + end
            }
        }
    }

    /// Keeps a text with each doubled quote as one.
    fn unquoted(&mut self, text: &[u8]) {
        let from = self.scratch.len() as u32;
        let mut rest = text;
        while let Some(n) = memchr(b'"', rest) {
            self.scratch.extend_from_slice(&rest[..=n]);
            rest = &rest[n + 1..];
            rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        }
        self.scratch.extend_from_slice(rest);
        self.spans.push(Span { from, to: self.scratch.len() as u32, clean: false });
    }

    /// Makes one cell of a cell and all behind it, up to `end` in the row.
    pub fn join_from(&mut self, n: usize, end: usize) {
        if let Some(span) = self.spans.get_mut(n).filter(|s| s.clean) {
            span.to = end as u32;
        }
        self.spans.truncate(n + 1);
    }

    /// How many cells the row has.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// A cell of the row that was split last.
    pub fn get<'a>(&'a self, row: &'a [u8], n: usize) -> Option<&'a [u8]> {
        let span = self.spans.get(n)?;
        let from = if span.clean { row } else { &self.scratch };
        from.get(span.from as usize..span.to as usize)
    }

    /// All cells as texts.
    pub fn texts(&self, row: &[u8]) -> Vec<String> {
        let text = |n| String::from_utf8_lossy(self.get(row, n).unwrap_or_default()).trim().to_owned();
        (0..self.len()).map(text).collect()
    }
}

/// Where the quote stands that closes the cell whose inside this is.
fn closing(inside: &[u8], delimiter: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let n = at + memchr(b'"', inside.get(at..)?)?;
        let after = &inside[n + 1..];
        if after.first() == Some(&b'"') {
            // `""` is a quote inside of the cell.
            at = n + 2;
            continue;
        }
        let blanks = after.iter().take_while(|c| **c == b' ').count();
        match after.get(blanks) {
            None | Some(b'\n') => return Some(n),
            Some(b'\r') if matches!(after.get(blanks + 1), None | Some(b'\n')) => return Some(n),
            Some(c) if *c == delimiter => return Some(n),
            Some(_) => at = n + 1,
        }
    }
}

/// One row as it stands in the source.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    line: Line<'a>,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where it begins in the decoded source.
    pub offset: u64,
    /// The line where it begins, from 1.
    pub number: u64,
    /// Whether a quote in it was not closed, so that it is one line alone.
    pub unclosed: bool,
}

impl Row<'_> {
    /// See [`Line::close`].
    pub fn close(&self, out: &mut dyn Sink) -> Flow {
        self.line.close(out)
    }
}

/// Hands out the rows of a stream.
pub struct Rows<'r> {
    lines: Lines<'r>,
    cells: Cells,
    reach: usize,
}

impl<'r> Rows<'r> {
    pub fn new(input: &'r mut dyn Read) -> Self {
        Self { lines: Lines::new(input), cells: Cells::default(), reach: REACH }
    }

    /// The beginning, looked at without taking anything, and whether it is all there is.
    pub fn peek(&mut self, most: usize) -> Result<(&[u8], bool), ReadError> {
        self.lines.peek(most)
    }

    /// The next row; `None` at the end. `columns` is how many cells a row has, where that is known (0 where not).
    pub fn next(&mut self, delimiter: u8, columns: usize) -> Result<Option<Row<'_>>, ReadError> {
        let (joined, unclosed) = self.look(delimiter, columns)?;
        let mut left = joined;
        let line = self.lines.record_with(|_, _| {
            let more = left > 1;
            left = left.saturating_sub(1);
            more
        })?;
        Ok(line.map(|line| Row {
            line,
            bytes: line.bytes,
            offset: line.offset,
            number: line.number,
            unclosed,
        }))
    }

    /// How many lines the next row takes, and whether a quote stays open in it.
    fn look(&mut self, delimiter: u8, columns: usize) -> Result<(usize, bool), ReadError> {
        let (mut most, mut seen) = (SHORT, 0);
        loop {
            let (head, whole) = self.lines.peek(most)?;
            let end = memchr(b'\n', head);
            // Most rows are one line without a quote left open; a long line is looked at as far as it goes.
            if end.is_none() && !whole && most < REACH && head.len() >= most {
                most *= 4;
                continue;
            }
            let first = &head[..end.unwrap_or(head.len())];
            if end.is_none() || !open_at_end(first, delimiter) {
                return Ok((1, false));
            }
            match lines_of(head, delimiter, whole) {
                Some((lines, last)) => {
                    self.cells.split(last, delimiter);
                    let whole_row = columns > 1 && self.cells.len() == columns && !self.cells.odd;
                    if whole_row {
                        self.reach = (self.reach / 2).max(SHORT);
                        return Ok((1, true));
                    }
                    return Ok((lines, false));
                }
                None if whole || most >= self.reach || head.len() == seen => {
                    self.reach = (self.reach / 2).max(SHORT);
                    return Ok((1, true));
                }
                None => {
                    seen = head.len();
                    most = (most * 4).min(self.reach.max(SHORT));
                }
            }
        }
    }
}

/// Whether a quoted cell is still open where the line ends.
fn open_at_end(line: &[u8], delimiter: u8) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let Some(first) = memchr(b'"', line) else { return false };
    // What stands before the first quote has none: begin at the cell that has it.
    let mut at = memchr::memrchr(delimiter, &line[..first]).map_or(0, |n| n + 1);
    loop {
        let rest = &line[at.min(line.len())..];
        let spaces = rest.iter().take_while(|c| **c == b' ' && delimiter != b' ').count();
        if rest.get(spaces) == Some(&b'"') {
            match closing(&rest[spaces + 1..], delimiter) {
                Some(end) => at += spaces + 1 + end + 1,
                None => return true,
            }
        }
        match memchr(delimiter, &line[at.min(line.len())..]) {
            Some(n) => at += n + 1,
            None => return false,
        }
    }
}

/// How many lines the row at the beginning of `text` has, and the last of them; `None` when it does not end here.
fn lines_of(text: &[u8], delimiter: u8, whole: bool) -> Option<(usize, &[u8])> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let spaces = rest.iter().take_while(|c| **c == b' ' && delimiter != b' ').count();
        if rest.get(spaces) == Some(&b'"') {
            at += spaces + 1 + closing(&rest[spaces + 1..], delimiter)? + 1;
        }
        let rest = &text[at..];
        let next = memchr::memchr2(delimiter, b'\n', rest);
        match next {
            Some(n) if rest[n] == delimiter => at += n + 1,
            // At the end of what was read a quote seems to close that the next byte may show to be inside.
            None if !whole => return None,
            end => {
                let row = &text[..at + end.unwrap_or(rest.len())];
                let row = row.strip_suffix(b"\r").unwrap_or(row);
                let last = memchr::memrchr(b'\n', row).map_or(row, |n| &row[n + 1..]);
                return Some((memchr::memchr_iter(b'\n', row).count() + 1, last));
            }
        }
    }
}
