//! The lowest readers: the file itself, the bytes of a source hashed on their way, and a buffer that can be looked into.
//! [`Watch`] is what all readers of one file share while it is read.

use super::Limits;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::rc::Rc;
use timberline_model::Flow;

const BLOCK: usize = 256 << 10;

/// A reader of any kind.
pub type Input<'s> = Box<dyn Read + 's>;

/// How far the reading of one file is, whether it is to stop, what broke, and what unpacking may cost.
pub struct Watch {
    limits: Limits,
    /// Bytes taken from the disk.
    taken: Cell<u64>,
    /// Bytes that unpacking made of them, all layers together.
    made: Cell<u64>,
    /// Whether the reader was told to stop.
    pub stopped: Cell<bool>,
    /// Whether unpacking made too much.
    pub over: Cell<bool>,
    /// Whether the disk itself failed: such an error is no damage of a packing.
    pub disk_failed: Cell<bool>,
    /// Why unpacking ended early; taken by the source that was being read.
    pub damage: RefCell<Option<String>>,
}

impl Watch {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            taken: Cell::new(0),
            made: Cell::new(0),
            stopped: Cell::new(false),
            over: Cell::new(false),
            disk_failed: Cell::new(false),
            damage: RefCell::new(None),
        }
    }

    /// Bytes that what was unpacked is made of: what was read ahead of a member is none of it.
    fn packed(&self) -> u64 {
        self.taken.get().min(self.limits.packed)
    }

    /// Notes what an unpacker made; false when it is too much for what was taken.
    pub fn make(&self, bytes: usize) -> bool {
        self.made.set(self.made.get() + bytes as u64);
        self.over.set(self.over.get() || self.made.get() > self.most());
        !self.over.get()
    }

    /// What may be made of what was taken so far.
    fn most(&self) -> u64 {
        match self.limits.ratio {
            0 => u64::MAX,
            ratio => self.packed().saturating_mul(u64::from(ratio)).max(self.limits.floor),
        }
    }

    /// How much an unpacker may make at once, so that it goes little beyond the limit.
    pub fn room(&self) -> usize {
        usize::try_from(self.most().saturating_sub(self.made.get())).unwrap_or(usize::MAX).max(4 << 10)
    }

    /// Why unpacking was stopped, in words.
    pub fn over_words(&self) -> String {
        format!(
            "archive limit: {} bytes on disk unpack to more than {} times as much, and to more than {} MB; what comes \
             before is read (--max-ratio 0 lifts the limit)",
            self.packed(),
            self.limits.ratio,
            self.limits.floor / 1_000_000
        )
    }

    /// Notes damage, unless some was noted already.
    pub fn damaged(&self, why: String) {
        self.damage.borrow_mut().get_or_insert(why);
    }
}

/// The file itself. `progress` is told the bytes read from it after each block. Once told to stop it is at its end.
pub struct Disk<'w> {
    file: File,
    watch: &'w Watch,
    progress: &'w mut dyn FnMut(u64) -> Flow,
}

impl<'w> Disk<'w> {
    pub fn new(file: File, watch: &'w Watch, progress: &'w mut dyn FnMut(u64) -> Flow) -> Self {
        Self { file, watch, progress }
    }
}

impl Read for Disk<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.watch.stopped.get() {
            return Ok(0);
        }
        let n = loop {
            match self.file.read(buf) {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => {
                    self.watch.disk_failed.set(true);
                    return Err(why);
                }
                Ok(n) => break n,
            }
        };
        self.watch.taken.set(self.watch.taken.get() + n as u64);
        if (self.progress)(self.watch.taken.get()) == Flow::Stop {
            self.watch.stopped.set(true);
            return Ok(0);
        }
        Ok(n)
    }
}

impl Seek for Disk<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

struct Hashed<'s> {
    input: Input<'s>,
    hash: Option<Sha256>,
    read: u64,
}

/// The bytes of a source as they lie on the disk or in the archive: counted and hashed. Its clones are one reader, so
/// that what nobody asked for can be read, and the hash taken, once the format is done.
#[derive(Clone)]
pub struct Raw<'s>(Rc<RefCell<Hashed<'s>>>);

impl<'s> Raw<'s> {
    pub fn new(input: Input<'s>, hashed: bool) -> Self {
        Self(Rc::new(RefCell::new(Hashed { input, hash: hashed.then(Sha256::new), read: 0 })))
    }

    /// Bytes read so far.
    pub fn count(&self) -> u64 {
        self.0.borrow().read
    }

    /// Reads what is left; then the hash in hex, empty where there was none.
    pub fn finish(&mut self) -> io::Result<String> {
        let mut rest = vec![0; BLOCK];
        while self.read(&mut rest)? > 0 {}
        let digest = self.0.borrow_mut().hash.take().map(Sha256::finalize);
        Ok(digest.into_iter().flatten().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Read for Raw<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut raw = self.0.borrow_mut();
        let n = raw.input.read(buf)?;
        raw.read += n as u64;
        if let Some(hash) = &mut raw.hash {
            hash.update(&buf[..n]);
        }
        Ok(n)
    }
}

/// A buffer before a reader; it can be looked into without taking.
pub struct Block<R> {
    input: R,
    buf: Vec<u8>,
    at: usize,
    filled: usize,
    over: bool,
}

impl<R: Read> Block<R> {
    pub fn new(input: R) -> Self {
        Self { input, buf: Vec::new(), at: 0, filled: 0, over: false }
    }

    /// The next bytes, `most` of them or all that are left. An error of reading is given once what came before it was taken.
    pub fn peek(&mut self, most: usize) -> io::Result<&[u8]> {
        if self.buf.len() < most.max(BLOCK) {
            self.buf.resize(most.max(BLOCK), 0);
        }
        while self.filled - self.at < most && !self.over {
            if self.at > 0 {
                self.buf.copy_within(self.at..self.filled, 0);
                self.filled -= self.at;
                self.at = 0;
            }
            match self.input.read(&mut self.buf[self.filled..]) {
                Ok(0) => self.over = true,
                Ok(n) => self.filled += n,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) if self.filled == 0 => return Err(why),
                Err(_) => break,
            }
        }
        Ok(&self.buf[self.at..self.filled.min(self.at + most)])
    }
}

impl<R: Read> BufRead for Block<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled && !self.over {
            self.buf.resize(self.buf.len().max(BLOCK), 0);
            (self.at, self.filled) = (0, 0);
            self.filled = self.input.read(&mut self.buf)?;
            self.over = self.filled == 0;
        }
        Ok(&self.buf[self.at..self.filled])
    }

    fn consume(&mut self, n: usize) {
        self.at = (self.at + n).min(self.filled);
    }
}

impl<R: Read> Read for Block<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.filled && !self.over && buf.len() >= BLOCK {
            let n = self.input.read(buf)?;
            self.over = n == 0;
            return Ok(n);
        }
        let from = self.fill_buf()?;
        let n = from.len().min(buf.len());
        buf[..n].copy_from_slice(&from[..n]);
        self.consume(n);
        Ok(n)
    }
}
