//! An EVTX file from its first byte to its last: the header, the chunks, and whatever lies where a chunk should.
//! What is in a chunk is [`super::chunk`]'s.

use super::chunk::{self, Chunks, MAGIC, SIZE, missing};
use super::values::number;
use crate::{ParseContext, ReadError};
use flate2::Crc;
use std::io::Read;
use timberline_model::{Flow, ProblemKind, Sink};

/// The size of the file's header.
pub const FILE_HEADER: usize = 4096;
/// What it begins with.
pub const FILE_MAGIC: &[u8] = b"ElfFile\0";
/// How many ranges of missing records are named.
const MOST_RANGES: usize = 100;

/// The file, two chunks at a time.
struct Window<'r> {
    input: &'r mut dyn Read,
    buffer: Vec<u8>,
    /// Where the part that is not yet taken begins.
    at: usize,
    /// Where that lies in the file.
    offset: u64,
    over: bool,
}

impl Window<'_> {
    /// What comes next; at least so many bytes, unless the file ends before.
    fn fill(&mut self, least: usize) -> Result<&[u8], ReadError> {
        if self.buffer.len() - self.at < least && !self.over {
            self.buffer.drain(..self.at);
            self.at = 0;
            let mut end = self.buffer.len();
            self.buffer.resize(SIZE * 2, 0);
            while end < self.buffer.len() {
                match self.input.read(&mut self.buffer[end..]) {
                    Ok(0) => {
                        self.over = true;
                        break;
                    }
                    Ok(n) => end += n,
                    Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(why) => return Err(ReadError::Io { offset: self.offset + end as u64, why }),
                }
            }
            self.buffer.truncate(end);
        }
        Ok(&self.buffer[self.at..])
    }

    fn take(&mut self, len: usize) {
        self.at += len;
        self.offset += len as u64;
    }
}

/// What the header of the file counts.
#[derive(Debug, Default)]
struct Counts {
    next_record: u64,
    chunks: u64,
    open: bool,
}

/// Bytes that are no part of a log, until something that is one follows.
#[derive(Debug, Default)]
struct Garbage {
    from: u64,
    len: u64,
    head: Vec<u8>,
    zeros: bool,
}

impl Garbage {
    fn add(&mut self, offset: u64, bytes: &[u8]) {
        if self.len == 0 {
            self.from = offset;
            self.head = bytes[..bytes.len().min(200)].to_vec();
            self.zeros = true;
        }
        self.len += bytes.len() as u64;
        self.zeros &= bytes.iter().all(|b| *b == 0);
    }

    fn tell(&mut self, chunks: &Chunks, out: &mut dyn Sink) -> Flow {
        let len = std::mem::take(&mut self.len);
        if len == 0 {
            return Flow::Continue;
        }
        if self.zeros {
            // Logs are made larger before they are filled.
            out.filler(len);
            return Flow::Continue;
        }
        let message = match (self.from, chunks.count()) {
            (0, 0) => {
                format!("the file does not begin as a log does; the first chunk was found after {len} bytes")
            }
            (_, n) => format!("{len} bytes behind chunk {n} are no chunk"),
        };
        out.problem(ProblemKind::Malformed, chunks.records, self.from, len, &message, &self.head)
    }
}

/// Reads it all.
pub fn read(input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
    let mut window = Window { input, buffer: Vec::new(), at: 0, offset: 0, over: false };
    let mut chunks = Chunks::new(out);
    let counts = header(&mut window, out)?;
    let open = counts.as_ref().is_some_and(|c| c.open);
    let mut garbage = Garbage::default();
    loop {
        let offset = window.offset;
        let bytes = window.fill(SIZE + MAGIC.len())?;
        if bytes.is_empty() {
            break;
        }
        let block = &bytes[..bytes.len().min(SIZE)];
        let own = chunk::begins(block);
        // A chunk whose beginning was overwritten, where one should begin.
        let headless = !own && chunk::has_record(&block[..chunk::find(block, 0).unwrap_or(block.len())]);
        let (len, flow) = if own || headless {
            // Of a chunk that was cut, the next one follows early.
            let len = chunk::cut(block).unwrap_or(block.len());
            let flow = match garbage.tell(&chunks, out) {
                Flow::Continue => chunks.read(&block[..len], offset, open, ctx, out),
                Flow::Stop => Flow::Stop,
            };
            (len, flow)
        } else {
            // The signature itself may lie over the seam of two blocks.
            let len = chunk::find(bytes, 0)
                .unwrap_or_else(|| block.len().max(bytes.len().saturating_sub(MAGIC.len())).min(SIZE));
            garbage.add(offset, &bytes[..len]);
            (len, Flow::Continue)
        };
        if flow == Flow::Stop {
            return Ok(());
        }
        window.take(len);
    }
    if garbage.tell(&chunks, out) == Flow::Stop {
        return Ok(());
    }
    account(&mut chunks, counts, out);
    Ok(())
}

/// Reads the header, if there is one, and says what is wrong with it.
fn header(window: &mut Window<'_>, out: &mut dyn Sink) -> Result<Option<Counts>, ReadError> {
    let bytes = window.fill(SIZE)?;
    if !bytes.starts_with(FILE_MAGIC) {
        return Ok(None);
    }
    let bytes = &bytes[..bytes.len().min(FILE_HEADER)];
    if bytes.len() < 128 {
        let len = bytes.len();
        let _ =
            out.problem(ProblemKind::Truncated, 0, 0, len as u64, "the header of the file is cut off", bytes);
        window.take(len);
        return Ok(None);
    }
    let word = |at: usize| number(&bytes[at..at + 4]) as u32;
    let flags = word(120);
    let counts =
        Counts { next_record: number(&bytes[24..32]), chunks: number(&bytes[42..44]), open: flags & 1 != 0 };
    let mut crc = Crc::new();
    crc.update(&bytes[..120]);
    let fits = flags & 4 != 0 || crc.sum() == word(124);
    // The header's block may be shorter than it says where the file is cut; a chunk may follow it at once.
    let len = chunk::find(bytes, 128).unwrap_or(bytes.len());
    out.filler(len as u64);
    window.take(len);
    if !fits {
        let message = "the checksum of the file's header does not fit: it was damaged or changed";
        let _ = out.problem(ProblemKind::Malformed, 0, 0, 0, message, &[]);
        return Ok(None);
    }
    Ok(Some(counts))
}

/// Says which records no chunk has.
fn account(chunks: &mut Chunks, counts: Option<Counts>, out: &mut dyn Sink) {
    let mut tell = |message: &str| {
        let _ = out.problem(ProblemKind::Malformed, 0, 0, 0, message, &[]);
    };
    let holes = chunks.ids.holes();
    for hole in holes.iter().take(MOST_RANGES) {
        tell(&format!("{}: no chunk has them", missing(*hole)));
    }
    if holes.len() > MOST_RANGES {
        tell(&format!("{} more ranges of records are missing", holes.len() - MOST_RANGES));
    }
    let Some(counts) = counts else { return };
    let last = chunks.ids.last().unwrap_or(0);
    // A log that is in use counts in its header only what was there when it was written last.
    if counts.next_record > last.saturating_add(1) && last > 0 {
        let hole = (last + 1, counts.next_record - 1);
        tell(&format!("{}: the header of the file counts them, no chunk has them", missing(hole)));
    }
    let found = chunks.count();
    if counts.chunks > found {
        tell(&format!("the header of the file counts {} chunks, {found} are there", counts.chunks));
    }
}
