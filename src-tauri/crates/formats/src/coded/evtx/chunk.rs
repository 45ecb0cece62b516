//! One chunk: its header, its records, and what is left when some of it is damaged. Every byte of it goes out as an
//! event, in a problem or as filler. Finding chunks in a file is [`super::file`]'s, what a record says
//! [`super::decode`]'s.

use super::decode::Decoder;
use super::program::Fault;
use super::values::{filetime_ns, number};
use crate::ParseContext;
use flate2::Crc;
use memchr::memmem;
use timberline_model::time::rfc3339;
use timberline_model::{FieldId, Flow, ProblemKind, Record, Sink};

/// The size of a chunk.
pub const SIZE: usize = 64 << 10;
/// Where its first record begins.
pub const HEADER: usize = 512;
/// What it begins with.
pub const MAGIC: &[u8] = b"ElfChnk\0";
/// What a record begins with.
pub const RECORD: &[u8] = b"\x2a\x2a\0\0";
/// The header and the second length of a record.
const FRAME: usize = 28;
/// How many ranges of missing records are named for one chunk.
const MOST_RANGES: usize = 20;

/// What a chunk's header says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Header {
    first_id: u64,
    last_id: u64,
    free: usize,
    records_crc: u32,
    flags: u32,
    crc: u32,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| bytes.get(at..at + 4).map(|b| number(b) as u32);
        let long = |at: usize| bytes.get(at..at + 8).map(number);
        Some(Self {
            first_id: long(24)?,
            last_id: long(32)?,
            free: word(48)? as usize,
            records_crc: word(52)?,
            flags: word(120)?,
            crc: word(124)?,
        })
    }

    fn own_crc(bytes: &[u8]) -> Option<u32> {
        let mut crc = Crc::new();
        crc.update(bytes.get(..120)?);
        crc.update(bytes.get(128..HEADER)?);
        Some(crc.sum())
    }
}

/// Whether a header of a chunk begins here, rather than text that says so.
#[must_use]
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) && bytes.get(40..44).is_none_or(|size| size == [0x80, 0, 0, 0])
}

/// Where a chunk ends before its time because the next one begins: a part of the file is missing. What looks like one
/// in the space behind the last record is only left from before.
#[must_use]
pub fn cut(block: &[u8]) -> Option<usize> {
    let free = Header::read(block).map_or(0, |header| header.free);
    let used = if (HEADER..=SIZE).contains(&free) { free } else { SIZE };
    find(block, HEADER).filter(|at| *at < used)
}

/// Whether a record begins somewhere in a block.
#[must_use]
pub fn has_record(block: &[u8]) -> bool {
    memmem::find_iter(block, RECORD).filter_map(|at| Found::at(block, at)).any(|found| found.whole(block))
}

/// Where the next header of a chunk begins, from a place on.
#[must_use]
pub fn find(bytes: &[u8], from: usize) -> Option<usize> {
    memmem::find_iter(bytes.get(from..)?, MAGIC).map(|at| from + at).find(|at| begins(&bytes[*at..]))
}

/// A record's place and header.
#[derive(Clone, Copy, Debug)]
struct Found {
    at: usize,
    size: usize,
    id: u64,
    written: u64,
}

impl Found {
    /// The record at a place, if one begins there and what it says of its length can be true.
    fn at(chunk: &[u8], at: usize) -> Option<Self> {
        let head = chunk.get(at..at + 24).filter(|head| head.starts_with(RECORD))?;
        let size = number(&head[4..8]) as usize;
        if size < FRAME || at + size > SIZE {
            return None;
        }
        Some(Self { at, size, id: number(&head[8..16]), written: number(&head[16..24]) })
    }

    fn end(&self) -> usize {
        self.at + self.size
    }

    /// Whether it ends as it says: its length stands there once more, or another record follows.
    fn whole(&self, chunk: &[u8]) -> bool {
        let end = self.end();
        let Some(copy) = chunk.get(end - 4..end) else { return false };
        number(copy) as usize == self.size || chunk.get(end..).is_some_and(|rest| rest.starts_with(RECORD))
    }

    fn time(&self) -> String {
        filetime_ns(self.written).map_or_else(|| "no time".to_owned(), rfc3339)
    }
}

/// Numbers of records, as ranges without overlaps in between.
#[derive(Debug, Default)]
pub struct Ids(Vec<(u64, u64)>);

impl Ids {
    /// Adds a range.
    pub fn add(&mut self, from: u64, to: u64) {
        match self.0.last_mut() {
            Some((first, last)) if from <= last.saturating_add(1) && from >= *first => *last = to.max(*last),
            _ => self.0.push((from, to)),
        }
    }

    /// The ranges between the least and the greatest that are not there.
    #[must_use]
    pub fn holes(&mut self) -> Vec<(u64, u64)> {
        self.0.sort_unstable();
        let mut holes = Vec::new();
        let mut next = None;
        for (from, to) in &self.0 {
            if let Some(next) = next
                && *from > next
            {
                holes.push((next, from - 1));
            }
            next = next.max(Some(to.saturating_add(1)));
        }
        holes
    }

    /// The greatest.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.0.iter().map(|(_, to)| *to).max()
    }
}

/// Which records are missing, in words.
#[must_use]
pub fn missing((from, to): (u64, u64)) -> String {
    if from == to {
        format!("record {from} is missing")
    } else {
        format!("records {from} to {to} are missing ({} of them)", (to - from).saturating_add(1))
    }
}

fn counted_records(n: u32) -> String {
    if n == 1 { "1 record".to_owned() } else { format!("{n} records") }
}

/// The least and the greatest number and time of a chunk's records.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: u64,
    last: u64,
    from: u64,
    to: u64,
}

/// Reads chunks; used again for the next.
pub struct Chunks {
    decoder: Decoder,
    recovered: Option<FieldId>,
    /// Records read or found, in the whole file.
    pub records: u64,
    /// Their numbers.
    pub ids: Ids,
    /// The chunk that is being read: its number from 1, and where it begins in the file.
    number: u64,
    offset: u64,
    /// Numbers and times of the records of this chunk.
    seen: Vec<(u64, u64)>,
    /// The same of all chunks before, as spans.
    spans: Vec<Span>,
    flow: Flow,
}

impl Chunks {
    /// For one source.
    pub fn new(out: &mut dyn Sink) -> Self {
        Self {
            decoder: Decoder::new(out),
            recovered: out.field("winlog.recovered_from"),
            records: 0,
            ids: Ids::default(),
            number: 0,
            offset: 0,
            seen: Vec::new(),
            spans: Vec::new(),
            flow: Flow::Continue,
        }
    }

    /// How many chunks were read.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.number
    }

    fn tell(
        &mut self,
        out: &mut dyn Sink,
        kind: ProblemKind,
        at: usize,
        bytes: usize,
        message: &str,
        excerpt: &[u8],
    ) {
        if self.flow == Flow::Continue {
            let offset = self.offset + at as u64;
            self.flow = out.problem(kind, self.records, offset, bytes as u64, message, excerpt);
        }
    }

    /// Reads a chunk, or what there is of it. `open`: the file says that it was in use.
    pub fn read(
        &mut self,
        chunk: &[u8],
        offset: u64,
        open: bool,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Flow {
        self.number += 1;
        self.offset = offset;
        self.seen.clear();
        self.flow = Flow::Continue;
        self.decoder.next_chunk();
        let header = self.header(chunk, open, out);
        let head = chunk.len().min(HEADER);
        out.filler(head as u64);
        let end = header.map_or(chunk.len(), |h| h.free.min(chunk.len()));
        let at = self.records(chunk, head, end, ctx, out);
        if self.flow == Flow::Continue {
            self.unused(chunk, at.max(head), ctx, out);
        }
        self.account(header, out);
        self.flow
    }

    /// Reads the header and says what is wrong with it; `None` when it cannot be relied on.
    fn header(&mut self, chunk: &[u8], open: bool, out: &mut dyn Sink) -> Option<Header> {
        let n = self.number;
        let Some(header) = Header::read(chunk).filter(|_| chunk.len() >= HEADER) else {
            self.tell(out, ProblemKind::Truncated, 0, 0, &format!("the header of chunk {n} is cut off"), &[]);
            return None;
        };
        if !chunk.starts_with(MAGIC) {
            let message = format!("chunk {n} does not begin as chunks do; its records are read all the same");
            self.tell(out, ProblemKind::Malformed, 0, 0, &message, &chunk[..8]);
            return None;
        }
        let sane = (HEADER..=SIZE).contains(&header.free);
        // Bit 2: written without checksums.
        if header.flags & 4 != 0 {
            return Some(header).filter(|_| sane);
        }
        let why = if open { "the log was in use when it was copied" } else { "it was damaged or changed" };
        let good = Header::own_crc(chunk) == Some(header.crc);
        if !good {
            let message = format!("the checksum of the header of chunk {n} does not fit: {why}");
            self.tell(out, ProblemKind::Malformed, 0, 0, &message, &[]);
        }
        if sane && chunk.len() >= header.free {
            let mut crc = Crc::new();
            crc.update(&chunk[HEADER..header.free]);
            if crc.sum() != header.records_crc {
                let message = format!("the checksum of the records of chunk {n} does not fit: {why}");
                self.tell(out, ProblemKind::Malformed, HEADER, 0, &message, &[]);
            }
        }
        Some(header).filter(|_| sane)
    }

    /// Reads one record after another up to `end`; gives the place after the last.
    fn records(
        &mut self,
        chunk: &[u8],
        from: usize,
        end: usize,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> usize {
        let mut at = from;
        while (at < end || self.goes_on(chunk, at)) && self.flow == Flow::Continue {
            match Found::at(chunk, at) {
                Some(found) if found.end() > chunk.len() => {
                    self.note(found);
                    let message = format!("record {} of {} is cut off", found.id, found.time());
                    self.tell(out, ProblemKind::Truncated, at, chunk.len() - at, &message, &chunk[at..]);
                    return chunk.len();
                }
                Some(found) if found.whole(chunk) || found.end() == end => {
                    self.note(found);
                    if let Err(why) = self.decode(chunk, found, false, ctx, out) {
                        let message =
                            format!("record {} of {} cannot be read: {why}", found.id, found.time());
                        let excerpt = &chunk[found.at..found.end()];
                        self.tell(out, ProblemKind::Malformed, found.at, found.size, &message, excerpt);
                    }
                    at = found.end();
                }
                _ => {
                    let next = self.next_record(chunk, at + 1, end).map_or(end, |found| found.at);
                    let gap = &chunk[at..next];
                    if gap.iter().all(|b| *b == 0) {
                        out.filler(gap.len() as u64);
                    } else if chunk.len() < SIZE && next == chunk.len() {
                        let message = format!("chunk {} is cut off", self.number);
                        self.tell(out, ProblemKind::Truncated, at, gap.len(), &message, gap);
                    } else {
                        let message = format!("{} bytes of chunk {} are no record", gap.len(), self.number);
                        self.tell(out, ProblemKind::Malformed, at, gap.len(), &message, gap);
                    }
                    at = next;
                }
            }
        }
        at
    }

    /// Whether the next record follows beyond those that the header counts: the log was in use.
    fn goes_on(&self, chunk: &[u8], at: usize) -> bool {
        let last = self.seen.last().map(|(id, _)| *id);
        Found::at(chunk, at)
            .is_some_and(|found| last.is_some_and(|id| found.id == id.wrapping_add(1)) && found.whole(chunk))
    }

    fn next_record(&self, chunk: &[u8], from: usize, end: usize) -> Option<Found> {
        let rest = chunk.get(from..end)?;
        memmem::find_iter(rest, RECORD)
            .filter_map(|at| Found::at(chunk, from + at))
            .find(|found| found.whole(chunk) || found.end() == end)
    }

    /// The space behind the last record: empty, or with what an earlier use of this memory left there.
    fn unused(&mut self, chunk: &[u8], from: usize, ctx: &ParseContext, out: &mut dyn Sink) {
        let mut at = from;
        let (mut recovered, mut lost, mut lost_bytes) = (0u32, 0u32, 0);
        let counted = self.seen.len();
        // Another chunk may have left its header there, and its records count from that.
        let (mut base, mut next_base) = (0, find(chunk, from));
        while let Some(found) =
            self.next_record(chunk, at, chunk.len()).filter(|_| self.flow == Flow::Continue)
        {
            out.filler((found.at - at) as u64);
            at = found.end();
            while let Some(next) = next_base.filter(|next| *next < found.at) {
                (base, next_base) = (next, find(chunk, next + 1));
                self.decoder.next_chunk();
            }
            if self.known(found) {
                // An older copy of a record that is there.
                out.filler(found.size as u64);
                continue;
            }
            self.note(found);
            let place = Found { at: found.at - base, ..found };
            self.offset += base as u64;
            let decoded = self.decode(&chunk[base..], place, true, ctx, out);
            self.offset -= base as u64;
            match decoded {
                Ok(()) => recovered += 1,
                Err(_) => {
                    // Its template has been overwritten, as is to be expected: told once for all of them.
                    self.records -= 1;
                    lost += 1;
                    lost_bytes += found.size;
                }
            }
        }
        self.seen.truncate(counted);
        if self.flow == Flow::Continue {
            out.filler((chunk.len() - at) as u64);
        }
        let n = self.number;
        if recovered > 0 {
            let message = format!(
                "{} of an earlier use recovered from the unused space of chunk {n}",
                counted_records(recovered)
            );
            self.tell(out, ProblemKind::Assumed, from, 0, &message, &[]);
        }
        if lost > 0 {
            let message = format!(
                "{} of an earlier use in the unused space of chunk {n} cannot be read any more: what they refer to was \
                 overwritten",
                counted_records(lost)
            );
            self.tell(out, ProblemKind::Malformed, from, lost_bytes, &message, &[]);
        }
    }

    /// Whether a record that was deleted is a copy of one that was read before.
    fn known(&self, found: Found) -> bool {
        let there = |span: &Span| {
            (span.first..=span.last).contains(&found.id) && (span.from..=span.to).contains(&found.written)
        };
        self.seen.contains(&(found.id, found.written)) || self.spans.iter().any(there)
    }

    fn note(&mut self, found: Found) {
        self.records += 1;
        self.seen.push((found.id, found.written));
    }

    fn decode(
        &mut self,
        chunk: &[u8],
        found: Found,
        recovered: bool,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<(), Fault> {
        let body = (found.at + 24, found.end() - 4);
        let told = self.decoder.record(chunk, body, found.written, ctx, out)?;
        if let (Some(from), Some(id)) = (
            match (recovered, told.borrowed) {
                (true, true) => Some("unused space, with the template of another chunk"),
                (true, false) => Some("unused space"),
                (false, true) => Some("the template of another chunk"),
                (false, false) => None,
            },
            self.recovered,
        ) {
            self.decoder.fields().text(id, from);
        }
        let (line, offset, bytes) = (self.records, self.offset + found.at as u64, found.size as u64);
        let raw = self.decoder.take_raw();
        let record = Record {
            time: told.time,
            offset,
            line,
            raw: raw.as_bytes(),
            bytes,
            fields: self.decoder.fields(),
        };
        self.flow = out.event(&record);
        self.decoder.give_raw(raw);
        if let (Flow::Continue, Some(message)) = (self.flow, told.bad_time) {
            self.flow = out.problem(ProblemKind::BadTime, line, offset, 0, &message, &[]);
        }
        if told.trailing && !recovered {
            let message = format!("what stands behind the XML of record {} cannot be read", found.id);
            self.tell(out, ProblemKind::Malformed, found.at, 0, &message, &[]);
        }
        Ok(())
    }

    /// Compares the records that were there with those that the header counts.
    fn account(&mut self, header: Option<Header>, out: &mut dyn Sink) {
        let mut ids: Vec<u64> = self.seen.iter().map(|(id, _)| *id).collect();
        if let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) {
            let times = || self.seen.iter().map(|(_, written)| *written);
            let (from, to) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
            self.spans.push(Span { first: *first, last: *last, from, to });
        }
        ids.sort_unstable();
        ids.dedup();
        if let Some(header) = header
            && header.first_id <= header.last_id
            && header.last_id - header.first_id < (SIZE / FRAME) as u64
            && header.first_id > 0
        {
            let mut there = Ids::default();
            if header.first_id > 1 {
                there.add(header.first_id - 1, header.first_id - 1);
            }
            for id in ids.iter().filter(|id| (header.first_id..=header.last_id).contains(id)) {
                there.add(*id, *id);
            }
            there.add(header.last_id + 1, header.last_id + 1);
            let mut holes = there.holes();
            if header.first_id == 1 && ids.first().is_none_or(|id| *id > 1) {
                let to = ids.first().map_or(header.last_id, |id| (*id - 1).min(header.last_id));
                holes.retain(|hole| hole.0 > to);
                holes.insert(0, (1, to));
            }
            for hole in holes.iter().take(MOST_RANGES) {
                let message = format!("{} that the header of chunk {} counts", missing(*hole), self.number);
                self.tell(out, ProblemKind::Malformed, 0, 0, &message, &[]);
            }
            self.ids.add(header.first_id, header.last_id);
        }
        for id in ids {
            self.ids.add(id, id);
        }
    }
}
