//! Gaps of zero bytes, as a writer leaves them that crashed, or that went on writing into a file that was cut short
//! under it. They are passed over, so that formats see records only; offsets and lines stay those of the source.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

/// Fewer zeros than this are somebody's data.
const SHORTEST: usize = 16;
/// Gaps that are kept account of; further zeros go through.
const MOST: usize = 100_000;

/// The gaps of a source.
#[derive(Default)]
pub struct Passed {
    /// Bytes passed over.
    pub bytes: Cell<u64>,
    /// Where the first gap begins, as an offset in the source.
    pub first: Cell<u64>,
    /// For each gap: the offset of what follows it as the format sees it, the bytes left out up to there, and the line
    /// breaks put in.
    pub gaps: RefCell<Vec<(u64, u64, u64)>>,
}

/// Reads on without gaps.
pub struct Gaps<'n, R: Read> {
    input: R,
    passed: &'n Passed,
    /// Zeros that may be the beginning of a gap.
    zeros: u64,
    /// The last byte handed on.
    last: u8,
    /// Bytes handed on.
    made: u64,
    out: Vec<u8>,
    at: usize,
    over: bool,
    on: bool,
}

impl<'n, R: Read> Gaps<'n, R> {
    /// With `on` false all goes through: in binary logs zeros are data.
    pub fn new(input: R, passed: &'n Passed, on: bool) -> Self {
        Self { input, passed, zeros: 0, last: b'\n', made: 0, out: Vec::new(), at: 0, over: false, on }
    }

    /// Deals with zeros at the end of which `next` stands (nothing at the end of the source).
    fn close(&mut self, next: Option<u8>) {
        let zeros = std::mem::take(&mut self.zeros);
        let mut gaps = self.passed.gaps.borrow_mut();
        if zeros < SHORTEST as u64 {
            let n = usize::try_from(zeros).unwrap_or(0);
            self.out.resize(self.out.len() + n, 0);
            self.last = 0;
            return;
        }
        // What stands before and behind a gap are two records, so a break stands between them.
        let parts = self.last != b'\n' && next.is_some_and(|b| !matches!(b, b'\n' | b'\r'));
        if parts {
            self.out.push(b'\n');
            self.last = b'\n';
        }
        let (_, left_out, breaks) = gaps.last().copied().unwrap_or_default();
        let here = self.made + self.out.len() as u64;
        let more = zeros - u64::from(parts);
        if gaps.is_empty() {
            self.passed.first.set(here - u64::from(parts));
        }
        gaps.push((here, left_out + more, breaks + u64::from(parts)));
        self.on = gaps.len() < MOST;
        self.passed.bytes.set(self.passed.bytes.get() + more);
    }
}

impl<R: Read> Read for Gaps<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.at < self.out.len() {
                let n = buf.len().min(self.out.len() - self.at);
                buf[..n].copy_from_slice(&self.out[self.at..self.at + n]);
                self.at += n;
                return Ok(n);
            }
            self.made += self.out.len() as u64;
            self.out.clear();
            self.at = 0;
            if self.over || buf.is_empty() {
                return Ok(0);
            }
            let n = self.input.read(buf)?;
            if !self.on {
                return Ok(n);
            }
            let read = &buf[..n];
            if self.zeros == 0 && memchr::memchr(0, read).is_none() {
                self.over = n == 0;
                self.made += n as u64;
                self.last = read.last().copied().unwrap_or(self.last);
                return Ok(n);
            }
            self.over = n == 0;
            let mut rest = read;
            while !rest.is_empty() {
                let zeros = rest.iter().take_while(|b| **b == 0).count();
                self.zeros += zeros as u64;
                rest = &rest[zeros..];
                let Some(next) = rest.first().copied() else { break };
                if self.zeros > 0 {
                    self.close(Some(next));
                }
                if !self.on {
                    self.out.extend_from_slice(rest);
                    break;
                }
                let text = memchr::memchr(0, rest).unwrap_or(rest.len());
                self.out.extend_from_slice(&rest[..text]);
                self.last = rest[text - 1];
                rest = &rest[text..];
            }
            if self.over && self.zeros > 0 {
                self.close(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = buf.len().min(self.0.len()).min(self.1);
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn gaps_are_passed_over_and_accounted_for() {
        let zeros = "\0".repeat(40);
        let check = |text: &str, expect: &str, gaps: &[(u64, u64, u64)]| {
            for step in [1, 3, 16, 1000] {
                let passed = Passed::default();
                let mut out = String::new();
                Gaps::new(Trickle(text.as_bytes(), step), &passed, true).read_to_string(&mut out).unwrap();
                assert_eq!(out, expect, "{step}");
                assert_eq!(*passed.gaps.borrow(), gaps, "{step}");
                assert_eq!(out.len() as u64 + passed.bytes.get(), text.len() as u64, "{step}");
            }
        };
        check("a\nb\n", "a\nb\n", &[]);
        check("a\0\0b\n", "a\0\0b\n", &[]);
        check(&format!("a\n{zeros}b\n"), "a\nb\n", &[(2, 40, 0)]);
        check(&format!("{zeros}b\n{zeros}"), "b\n", &[(0, 40, 0), (2, 80, 0)]);
        check(&format!("par{zeros}b\n{zeros}c"), "par\nb\nc", &[(4, 39, 1), (6, 79, 1)]);
        check(&format!("par{zeros}\nb"), "par\nb", &[(3, 40, 0)]);
        check(&zeros, "", &[(0, 40, 0)]);
    }
}
