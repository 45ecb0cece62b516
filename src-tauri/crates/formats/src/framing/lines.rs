//! Lines out of a stream, without copying them, with flat memory: blocks of 1 MiB, and a line longer than
//! [`LONGEST`] is cut, its rest counted and left for a [`ProblemKind::Limit`] problem. What a line says is
//! `coded`'s; joining lines to a record is here ([`Lines::record`]), deciding which ones is the format's.

use crate::ReadError;
use std::io::Read;
use timberline_model::{Flow, ProblemKind, Sink};

/// The longest line (or joined record) that is kept whole, in bytes.
pub const LONGEST: usize = 16 << 20;
const BLOCK: usize = 1 << 20;

/// One line, or several joined ones, borrowed from its [`Lines`].
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its bytes without the line break at the end (breaks inside a joined record stay).
    pub bytes: &'a [u8],
    /// Where it begins in the decoded source.
    pub offset: u64,
    /// Its number, from 1.
    pub number: u64,
    /// Bytes of the line break at its end: 0 (end of the source), 1 or 2.
    pub ending: usize,
    /// Bytes that were cut off because the line is longer than [`LONGEST`].
    pub over: u64,
}

impl Line<'_> {
    /// Counts what of this line is not in `bytes`: the line break as filler, a cut-off rest as a problem.
    pub fn close(&self, out: &mut dyn Sink) -> Flow {
        if self.ending > 0 {
            out.filler(self.ending as u64);
        }
        if self.over == 0 {
            return Flow::Continue;
        }
        let message =
            format!("a line longer than {} MiB was cut; {} bytes were left out", LONGEST >> 20, self.over);
        out.problem(
            ProblemKind::Limit,
            self.number,
            self.offset + self.bytes.len() as u64,
            self.over,
            &message,
            &[],
        )
    }
}

/// Hands out the lines of a stream one after another.
pub struct Lines<'r> {
    input: &'r mut dyn Read,
    buf: Vec<u8>,
    /// The part of `buf` that is filled and not yet handed out.
    start: usize,
    end: usize,
    /// Offset of `start` in the decoded source.
    offset: u64,
    /// Lines handed out so far.
    number: u64,
    done: bool,
    /// Length and line break of the line at `start`, where looking ahead found it already.
    ahead: Option<(usize, usize)>,
    /// Kept until what came before it is handed out.
    error: Option<std::io::Error>,
}

impl<'r> Lines<'r> {
    /// The lines of `input`, from its first byte.
    pub fn new(input: &'r mut dyn Read) -> Self {
        Self {
            input,
            buf: vec![0; BLOCK],
            start: 0,
            end: 0,
            offset: 0,
            number: 0,
            done: false,
            ahead: None,
            error: None,
        }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// When the bytes stop coming before the end; all that came before is handed out first.
    #[allow(
        clippy::should_implement_trait,
        reason = "a line borrows from the reader, which Iterator cannot say"
    )]
    pub fn next(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        match self.first()? {
            None => Ok(None),
            Some((len, ending, over)) => Ok(Some(self.hand_out(len, ending, 1, over))),
        }
    }

    /// The next line together with the lines after it for which `joins` says yes (it sees each without its
    /// line break). A record stops growing at [`LONGEST`].
    ///
    /// # Errors
    /// As [`Lines::next`].
    pub fn record(&mut self, mut joins: impl FnMut(&[u8]) -> bool) -> Result<Option<Line<'_>>, ReadError> {
        self.record_with(|_, next| joins(next))
    }

    /// As [`Lines::record`]; `joins` sees the record so far too.
    ///
    /// # Errors
    /// As [`Lines::next`].
    pub fn record_with(
        &mut self,
        mut joins: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<Option<Line<'_>>, ReadError> {
        let Some((mut len, mut ending, over)) = self.first()? else { return Ok(None) };
        let mut count = 1;
        while ending > 0 && over == 0 {
            match self.line_at(len + ending)? {
                Some((more, next))
                    if next != TOO_LONG && {
                        let (so_far, from) = self.buf[self.start..].split_at(len + ending);
                        joins(&so_far[..len], &from[..more])
                    } =>
                {
                    len += ending + more;
                    ending = next;
                    count += 1;
                }
                ahead => {
                    self.ahead = ahead.filter(|(_, next)| *next != TOO_LONG);
                    break;
                }
            }
        }
        Ok(Some(self.hand_out(len, ending, count, over)))
    }

    /// The bytes that come next, at most `most` of them unless more are there already, and whether they are all
    /// that is left. Nothing is taken.
    ///
    /// # Errors
    /// None now; an error of reading is kept until what came before it is handed out.
    pub fn peek(&mut self, most: usize) -> Result<(&[u8], bool), ReadError> {
        while self.end - self.start < most && !self.done {
            self.fill();
        }
        Ok((
            &self.buf[self.start..self.end.min(self.start + most)],
            self.done && self.end - self.start <= most,
        ))
    }

    /// Length, line break and cut-off bytes of the line at `start`.
    fn first(&mut self) -> Result<Option<(usize, usize, u64)>, ReadError> {
        if let Some((len, ending)) = self.ahead.take() {
            return Ok(Some((len, ending, 0)));
        }
        Ok(match self.line_at(0)? {
            None => None,
            Some((len, TOO_LONG)) => {
                let (over, ending) = self.skip_rest(len);
                Some((len, ending, over))
            }
            Some((len, ending)) => Some((len, ending, 0)),
        })
    }

    /// Length and line break of the line that begins `at` bytes after `start`; `None` when nothing is there.
    fn line_at(&mut self, at: usize) -> Result<Option<(usize, usize)>, ReadError> {
        let mut seen = at;
        loop {
            if let Some(n) = memchr::memchr(b'\n', &self.buf[self.start + seen..self.end]) {
                let len = seen + n - at;
                let cr = len > 0 && self.buf[self.start + at + len - 1] == b'\r';
                return Ok(Some(if cr { (len - 1, 2) } else { (len, 1) }));
            }
            seen = self.end - self.start;
            if seen >= LONGEST {
                // The first line of a record is cut; a later one is not joined.
                return Ok(Some((seen - at, TOO_LONG)));
            }
            if self.done {
                if seen > at {
                    return Ok(Some((seen - at, 0)));
                }
                return match self.error.take() {
                    Some(why) if at == 0 => Err(ReadError::Io { offset: self.offset, why }),
                    kept => {
                        self.error = kept;
                        Ok(None)
                    }
                };
            }
            self.fill();
        }
    }

    fn fill(&mut self) {
        if self.start > 0 && self.end == self.buf.len() {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buf.len() {
            self.buf.resize((self.buf.len() * 2).min(LONGEST + BLOCK), 0);
        }
        self.read();
    }

    /// Drops the rest of a too long line whose first `keep` bytes stay; how many bytes, and its line break.
    fn skip_rest(&mut self, keep: usize) -> (u64, usize) {
        let mut over = 0u64;
        let base = self.start + keep;
        loop {
            // Everything behind `base` belongs to the line until a line break is seen.
            match memchr::memchr(b'\n', &self.buf[base..self.end]) {
                Some(n) => {
                    // Move what follows the line right behind the kept part, as if the rest had not been.
                    over += n as u64;
                    self.buf.copy_within(base + n..self.end, base);
                    self.end -= n;
                    return (over, 1);
                }
                None => {
                    over += (self.end - base) as u64;
                    self.end = base;
                    if self.done {
                        return (over, 0);
                    }
                    self.fill_behind(base);
                }
            }
        }
    }

    /// Like `fill`, but never moves what is there.
    fn fill_behind(&mut self, base: usize) {
        if self.buf.len() < base + BLOCK {
            self.buf.resize(base + BLOCK, 0);
        }
        self.read();
    }

    fn read(&mut self) {
        match self.input.read(&mut self.buf[self.end..]) {
            Ok(0) => self.done = true,
            Ok(n) => self.end += n,
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
            Err(why) => {
                self.done = true;
                self.error = Some(why);
            }
        }
    }

    fn hand_out(&mut self, len: usize, ending: usize, count: u64, over: u64) -> Line<'_> {
        let (from, offset, number) = (self.start, self.offset, self.number + 1);
        self.start += len + ending;
        self.offset += (len + ending) as u64 + over;
        self.number += count;
        Line { bytes: &self.buf[from..from + len], offset, number, ending, over }
    }
}

/// Marks a line that does not end within [`LONGEST`] bytes.
const TOO_LONG: usize = usize::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], joins: fn(&[u8]) -> bool) -> Vec<(String, u64, u64, usize)> {
        let mut input = text;
        let mut lines = Lines::new(&mut input);
        let mut got = Vec::new();
        while let Some(line) = lines.record(joins).unwrap() {
            got.push((
                String::from_utf8_lossy(line.bytes).into_owned(),
                line.offset,
                line.number,
                line.ending,
            ));
        }
        got
    }

    #[test]
    fn lines_know_their_place_and_break() {
        let got = all(b"a\r\n\nb\n c\n d", |_| false);
        let expect = [("a", 0, 1, 2), ("", 3, 2, 1), ("b", 4, 3, 1), (" c", 6, 4, 1), (" d", 9, 5, 0)];
        assert_eq!(got, expect.map(|(t, o, n, e)| (t.to_owned(), o, n, e)));
        let got = all(b"a\nb\n c\r\n d\ne", |l| l.starts_with(b" "));
        let expect = [("a", 0, 1, 1), ("b\n c\r\n d", 2, 2, 1), ("e", 11, 5, 0)];
        assert_eq!(got, expect.map(|(t, o, n, e)| (t.to_owned(), o, n, e)));
        assert!(all(b"", |_| true).is_empty());
    }

    #[test]
    fn a_line_without_end_is_cut_in_flat_memory_and_the_next_is_whole() {
        let long = vec![b'x'; LONGEST + 3 * BLOCK + 5];
        let text = [&long[..], b"\nnext\n", &long[..]].concat();
        let mut input = text.as_slice();
        let mut lines = Lines::new(&mut input);
        let mut total = 0;
        let mut seen = Vec::new();
        while let Some(line) = lines.record(|_| true).unwrap() {
            total += line.bytes.len() as u64 + line.ending as u64 + line.over;
            seen.push((line.number, line.offset, line.over > 0, line.bytes.len()));
        }
        assert_eq!(total, text.len() as u64);
        assert_eq!(seen.len(), 3);
        assert_eq!(seen[1], (2, long.len() as u64 + 1, false, 4));
        assert!(seen[0].2 && seen[2].2 && lines.buf.len() <= LONGEST + 3 * BLOCK);
    }

    #[test]
    fn what_came_before_an_error_is_handed_out() {
        struct Breaks(u8);
        impl Read for Breaks {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.0 += 1;
                if self.0 > 1 {
                    return Err(std::io::Error::other("gone"));
                }
                buf[..5].copy_from_slice(b"a\nbcd");
                Ok(5)
            }
        }
        let mut input = Breaks(0);
        let mut lines = Lines::new(&mut input);
        assert_eq!(lines.record(|_| false).unwrap().map(|l| l.bytes.to_vec()), Some(b"a".to_vec()));
        assert_eq!(lines.next().unwrap().map(|l| l.bytes.to_vec()), Some(b"bcd".to_vec()));
        assert!(lines.next().is_err());
    }
}
