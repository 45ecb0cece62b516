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
    /// Kept until what came before it is handed out.
    error: Option<std::io::Error>,
}

impl<'r> Lines<'r> {
    /// The lines of `input`, from its first byte.
    pub fn new(input: &'r mut dyn Read) -> Self {
        Self { input, buf: vec![0; BLOCK], start: 0, end: 0, offset: 0, number: 0, done: false, error: None }
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
        self.record(|_| false)
    }

    /// The next line together with the lines after it for which `joins` says yes (it sees each without its
    /// line break). A record stops growing at [`LONGEST`].
    ///
    /// # Errors
    /// As [`Lines::next`].
    pub fn record(&mut self, mut joins: impl FnMut(&[u8]) -> bool) -> Result<Option<Line<'_>>, ReadError> {
        let Some((mut len, mut ending)) = self.line_at(0)? else { return Ok(None) };
        let mut count = 1;
        let over = if ending == TOO_LONG { self.skip_rest(len) } else { None };
        if let Some((over, real)) = over {
            let line = self.hand_out(len, real, 1, over);
            return Ok(Some(line));
        }
        while ending > 0 {
            match self.line_at(len + ending)? {
                Some((more, next))
                    if next != TOO_LONG && joins(&self.buf[self.start + len + ending..][..more]) =>
                {
                    len += ending + more;
                    ending = next;
                    count += 1;
                }
                _ => break,
            }
        }
        Ok(Some(self.hand_out(len, ending, count, 0)))
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

    /// Drops the rest of a too long line whose first `keep` bytes stay; how many bytes, and its line break.
    fn skip_rest(&mut self, keep: usize) -> Option<(u64, usize)> {
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
                    return Some((over, 1));
                }
                None => {
                    over += (self.end - base) as u64;
                    self.end = base;
                    if self.done {
                        return Some((over, 0));
                    }
                    self.fill_at_end(base);
                }
            }
        }
    }

    /// Like `fill`, but never moves what is there.
    fn fill_at_end(&mut self, base: usize) {
        if self.buf.len() < base + BLOCK {
            self.buf.resize(base + BLOCK, 0);
        }
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
