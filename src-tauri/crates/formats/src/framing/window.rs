//! A growing window over a stream, for records that do not end where a line ends. It counts offsets and
//! lines; where a record begins and ends is its users' to say ([`super::json`], [`super::xml`]).

use crate::ReadError;
use std::io::Read;

/// What is asked of the stream at once, in bytes.
const BLOCK: usize = 256 << 10;

/// The part of a stream between what is dealt with and what is read so far.
pub struct Window<'r> {
    input: &'r mut dyn Read,
    buf: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    line: u64,
    done: bool,
    error: Option<std::io::Error>,
}

impl<'r> Window<'r> {
    /// A window at the first byte of `input`.
    pub fn new(input: &'r mut dyn Read) -> Self {
        let buf = vec![0; BLOCK];
        Self { input, buf, start: 0, end: 0, offset: 0, line: 1, done: false, error: None }
    }

    /// What is read and not dealt with.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buf[self.start..self.end]
    }

    /// Offset of the window's first byte in the stream.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Line of the window's first byte, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Reads on; `false` when nothing more will come.
    pub fn more(&mut self) -> bool {
        if self.done {
            return false;
        }
        if self.start > 0 && self.buf.len() - self.end < BLOCK / 2 {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buf.len() - self.end < BLOCK / 2 {
            self.buf.resize(self.buf.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.buf[self.end..]) {
                Ok(0) => self.done = true,
                Ok(n) => self.end += n,
                Err(why) if why.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(why) => {
                    self.done = true;
                    self.error = Some(why);
                }
            }
            return !self.done;
        }
    }

    /// The byte `at` places on, read if need be; `None` behind the end.
    pub fn peek(&mut self, at: usize) -> Option<u8> {
        while self.start + at >= self.end {
            if !self.more() {
                return None;
            }
        }
        Some(self.buf[self.start + at])
    }

    /// Moves on over the first `n` bytes.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.line += memchr::memchr_iter(b'\n', &self.buf[self.start..self.start + n]).count() as u64;
        self.start += n;
        self.offset += n as u64;
    }

    /// Whether the stream has ended; [`Window::bytes`] is then all there is.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.done
    }

    /// Why the stream ended before its end, once.
    pub fn failure(&mut self) -> Option<ReadError> {
        self.error.take().map(|why| ReadError::Io { offset: self.offset, why })
    }
}
