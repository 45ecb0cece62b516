//! Windows event logs before Vista (`.evt`): a header, then records one after another in a ring that may run on from the
//! end of the file to its beginning. An event's raw record is its XML, as a newer Windows would write it out.
//! Layout: Microsoft's documentation of `EVENTLOGRECORD`, and libevt's notes on the file around it.

use super::program::escape;
use super::values::{self, number, put_decimal};
use crate::coded::windows_events::{Event, Place};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::time::SECOND;
use timberline_model::{Flow, ProblemKind, Record, Sink, Stamp};

/// Windows event logs before Vista.
pub struct Evt;

/// What stands behind the length of the header and of each record.
const MAGIC: &[u8] = b"LfLe";
/// The header's length, the fixed part of a record with its second length, and the record that marks the end.
const HEADER: usize = 48;
const FRAME: usize = 60;
const END: [u8; 20] = [
    0x28, 0, 0, 0, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x33, 0x33, 0x33, 0x33, 0x44, 0x44, 0x44,
    0x44,
];
const END_LEN: usize = 0x28;
/// The longest record: the event log service took no longer ones.
const LONGEST: usize = 256 << 10;
/// How much is read at a time; a whole record always fits.
const BLOCK: usize = 1 << 20;

impl Format for Evt {
    fn about(&self) -> About {
        About {
            id: "evt",
            title: "Windows event log before Vista (EVT)",
            about: "Windows event logs of Windows 2000, XP and 2003: number, source, computer, account and values of each event",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        if head.bytes.starts_with(&[HEADER as u8, 0, 0, 0]) && head.bytes.get(4..8) == Some(MAGIC) {
            return Confidence {
                score: 0.99,
                why: "the header of a Windows event log before Vista".to_owned(),
            };
        }
        match (0..head.bytes.len().min(4096)).find(|at| frame(head.bytes, *at).is_some()) {
            Some(at) => Confidence {
                score: 0.9,
                why: format!("a record of a Windows event log before Vista after {at} other bytes"),
            },
            None => Confidence::none(),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut log = Log { event: Event::new(out), raw: String::new(), text: String::new(), records: 0 };
        log.read(input, ctx, out)
    }
}

/// The length of the record that begins at a place, if one does.
fn frame(bytes: &[u8], at: usize) -> Option<usize> {
    let head = bytes.get(at..at + 8).filter(|head| &head[4..] == MAGIC)?;
    let len = number(&head[..4]) as usize;
    if !(FRAME..=LONGEST).contains(&len) {
        return None;
    }
    let copy = bytes.get(at + len - 4..at + len)?;
    (number(copy) as usize == len).then_some(len)
}

struct Log {
    event: Event,
    raw: String,
    text: String,
    records: u64,
}

impl Log {
    fn read(
        &mut self,
        input: &mut dyn Read,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let mut buffer: Vec<u8> = Vec::new();
        let (mut at, mut offset, mut over) = (0, 0u64, false);
        // What follows the header before the first whole record: perhaps the rest of the last one.
        let mut rest: Option<(u64, Vec<u8>)> = None;
        let mut begun = false;
        loop {
            if buffer.len() - at < LONGEST + HEADER && !over {
                buffer.drain(..at);
                at = 0;
                let had = buffer.len();
                let read = (&mut *input).take(BLOCK as u64).read_to_end(&mut buffer);
                read.map_err(|why| ReadError::Io { offset: offset + had as u64, why })?;
                over = buffer.len() == had;
            }
            let bytes = &buffer[at..];
            if bytes.is_empty() {
                break;
            }
            let (taken, flow) =
                if offset == 0 && bytes.get(4..8) == Some(MAGIC) && number(&bytes[..4]) == HEADER as u64 {
                    out.filler(HEADER.min(bytes.len()) as u64);
                    (HEADER.min(bytes.len()), Flow::Continue)
                } else if let Some(len) = frame(bytes, 0) {
                    begun = true;
                    (len, self.record(&bytes[..len], offset, ctx, out))
                } else if bytes.starts_with(&END) {
                    begun = true;
                    let len = END_LEN.min(bytes.len());
                    out.filler(len as u64);
                    (len, Flow::Continue)
                } else {
                    let next = (1..bytes.len()).find(|n| {
                        bytes[*n..].starts_with(&END)
                            || bytes[*n..].len() > 8
                                && bytes[*n + 4..].starts_with(MAGIC)
                                && frame(bytes, *n).is_some()
                    });
                    let len = match next {
                        Some(next) => next,
                        None if over => bytes.len(),
                        // The next record may begin in what is not read yet.
                        None => bytes.len().saturating_sub(LONGEST).max(1),
                    };
                    let gap = &bytes[..len];
                    let flow = if !begun && rest.is_none() && len < LONGEST {
                        rest = Some((offset, gap.to_vec()));
                        Flow::Continue
                    } else if over && next.is_none() && self.wrapped(gap, offset, &mut rest, ctx, out) {
                        Flow::Continue
                    } else {
                        self.gap(gap, offset, out)
                    };
                    (len, flow)
                };
            if flow == Flow::Stop {
                return Ok(());
            }
            at += taken;
            offset += taken as u64;
        }
        if let Some((offset, bytes)) = rest {
            let _ = self.gap(&bytes, offset, out);
        }
        Ok(())
    }

    /// The last record, which runs on behind the header. Whether it is one.
    fn wrapped(
        &mut self,
        gap: &[u8],
        offset: u64,
        rest: &mut Option<(u64, Vec<u8>)>,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> bool {
        let Some((from, after)) = rest.take() else { return false };
        // Behind the last whole record may be a few bytes that no record fitted into.
        for skip in 0..gap.len().min(LONGEST) {
            let whole = [&gap[skip..], &after].concat();
            let Some(len) = frame(&whole, 0) else { continue };
            out.filler(skip as u64);
            let left = whole.len() - len;
            if self.record(&whole[..len], offset + skip as u64, ctx, out) == Flow::Continue && left > 0 {
                let _ = self.gap(&whole[len..], from + (after.len() - left) as u64, out);
            }
            return true;
        }
        *rest = Some((from, after));
        false
    }

    fn gap(&self, gap: &[u8], offset: u64, out: &mut dyn Sink) -> Flow {
        let len = gap.len() as u64;
        // Unused space is zeros, or the words that Windows fills it with.
        let empty = gap.iter().all(|b| *b == 0) || gap.chunks(4).all(|w| [0x27u8, 0, 0, 0].starts_with(w));
        if empty {
            out.filler(len);
            return Flow::Continue;
        }
        let message = format!("{len} bytes are no record");
        out.problem(ProblemKind::Malformed, self.records, offset, len, &message, gap)
    }

    fn record(&mut self, record: &[u8], offset: u64, ctx: &ParseContext, out: &mut dyn Sink) -> Flow {
        self.records += 1;
        let word = |at: usize| number(record.get(at..at + 4).unwrap_or_default()) as u32;
        let half = |at: usize| number(record.get(at..at + 2).unwrap_or_default()) as u16;
        let part = |at: u32, len: u32| {
            record.get(at as usize..(at as usize).saturating_add(len as usize)).unwrap_or_default()
        };
        let code = word(20);
        let kind = half(24);
        let mut texts = Texts(record.get(56..).unwrap_or_default());
        let (source, computer) = (texts.next(), texts.next());
        self.event.clear();
        self.raw.clear();
        self.raw.push_str("<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>");
        self.attribute("<Provider Name=\"", source, "\"/>", Place::Provider, ctx, out);
        let qualifiers = Place::Number(out.field("winlog.qualifiers"));
        self.value("<EventID Qualifiers=\"", u64::from(code >> 16), "\">", qualifiers, ctx, out);
        self.value("", u64::from(code & 0xffff), "</EventID>", Place::EventId, ctx, out);
        // Errors, warnings, information, and audits that succeeded or failed.
        let (level, keywords) = match kind {
            1 => (2, 1u64 << 55),
            2 => (3, 1 << 55),
            8 => (0, 1 << 55 | 1 << 53),
            16 => (0, 1 << 55 | 1 << 52),
            _ => (4, 1 << 55),
        };
        self.value("<Level>", level, "</Level>", Place::Level, ctx, out);
        self.value("<Task>", u64::from(half(28)), "</Task>", Place::Task, ctx, out);
        self.raw.push_str(&format!("<Keywords>{keywords:#x}</Keywords>"));
        self.event.put_keywords(keywords);
        let time = ctx.stated(i64::from(word(12)).saturating_mul(SECOND));
        self.raw.push_str("<TimeCreated SystemTime=\"");
        self.raw.push_str(&timberline_model::time::rfc3339(time.ns));
        self.raw.push_str("\"/>");
        self.event.put_time(time);
        self.value("<EventRecordID>", u64::from(word(8)), "</EventRecordID>", Place::RecordId, ctx, out);
        // The file does not name its log; only one source writes to the security log.
        let channel = if self.event.facts().provider == "Security" { "Security" } else { "" };
        if !channel.is_empty() {
            self.raw.push_str("<Channel>Security</Channel>");
            self.event.put(Place::Channel, channel, ctx, out);
        }
        self.attribute("<Computer>", computer, "</Computer>", Place::Computer, ctx, out);
        let sid = part(word(44), word(40));
        if !sid.is_empty() {
            self.text.clear();
            values::put(&mut self.text, 0x13, sid);
            self.give("<Security UserID=\"", "\"/>", Place::UserId, ctx, out);
        }
        self.raw.push_str("</System><EventData>");
        let mut strings = Texts(record.get(word(36) as usize..record.len() - 4).unwrap_or_default());
        for _ in 0..half(26) {
            let value = strings.next();
            self.attribute("<Data>", value, "</Data>", Place::Unnamed, ctx, out);
        }
        let data = part(word(52), word(48));
        if !data.is_empty() {
            self.text.clear();
            values::put(&mut self.text, 0x0e, data);
            let place = self.event.binary(out);
            self.give("<Binary>", "</Binary>", place, ctx, out);
        }
        self.raw.push_str("</EventData></Event>");
        let (time, _): (Option<Stamp>, _) = self.event.finish(ctx, out);
        out.event(&Record {
            time,
            offset,
            line: self.records,
            raw: self.raw.as_bytes(),
            bytes: record.len() as u64,
            fields: &self.event.fields,
        })
    }

    fn value(
        &mut self,
        before: &str,
        n: u64,
        after: &str,
        place: Place,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) {
        self.text.clear();
        put_decimal(&mut self.text, n);
        self.give(before, after, place, ctx, out);
    }

    fn attribute(
        &mut self,
        before: &str,
        text: &[u8],
        after: &str,
        place: Place,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) {
        self.text.clear();
        values::put_utf16(&mut self.text, text);
        self.give(before, after, place, ctx, out);
    }

    /// Writes the text that was put together, and hands it over.
    fn give(&mut self, before: &str, after: &str, place: Place, ctx: &ParseContext, out: &mut dyn Sink) {
        self.raw.push_str(before);
        escape(&mut self.raw, &self.text, before.ends_with('"'));
        self.raw.push_str(after);
        self.event.put(place, &self.text, ctx, out);
    }
}

/// UTF-16 texts, each with a zero behind it.
struct Texts<'a>(&'a [u8]);

impl<'a> Texts<'a> {
    fn next(&mut self) -> &'a [u8] {
        let end = self.0.chunks_exact(2).position(|u| u == [0, 0]).map_or(self.0.len(), |n| n * 2);
        let text = &self.0[..end];
        self.0 = self.0.get(end + 2..).unwrap_or_default();
        text
    }
}

#[cfg(test)]
#[path = "legacy_tests.rs"]
mod tests;
