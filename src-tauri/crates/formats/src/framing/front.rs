//! A stream whose beginning can be looked at before it is read.

use std::io::Read;

/// It.
pub struct Front<'r> {
    input: &'r mut dyn Read,
    head: Vec<u8>,
    at: usize,
}

impl<'r> Front<'r> {
    /// At the first byte of `input`.
    pub fn new(input: &'r mut dyn Read) -> Self {
        Self { input, head: Vec::new(), at: 0 }
    }

    /// The first bytes, at most `most` of them, and whether they are all there is.
    ///
    /// # Errors
    /// When the bytes stop coming.
    pub fn look(&mut self, most: usize) -> std::io::Result<(&[u8], bool)> {
        let missing = most.saturating_sub(self.head.len()) as u64;
        (&mut *self.input).take(missing).read_to_end(&mut self.head)?;
        Ok((&self.head, self.head.len() < most))
    }
}

impl Read for Front<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let left = &self.head[self.at..];
        if left.is_empty() {
            return self.input.read(buf);
        }
        let n = left.len().min(buf.len());
        buf[..n].copy_from_slice(&left[..n]);
        self.at += n;
        Ok(n)
    }
}
