//! systemd's Journal Export Format: `NAME=value` lines, an empty line behind each entry, and values that are no plain
//! text as a length and bytes. What the names mean is the same as in the journal's JSON (see [`super::json_products`]).

use super::json_reader::Reader;
use crate::framing::window::Window;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memchr;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink};

/// The format.
pub struct JournalExport;

/// The longest entry that is kept whole, in bytes.
const LONGEST: usize = 16 << 20;
/// The longest name of a value.
const LONGEST_NAME: usize = 128;

impl Format for JournalExport {
    fn about(&self) -> About {
        About {
            id: "journald_export",
            title: "systemd journal (export format)",
            about: "journalctl -o export and journals sent by systemd-journal-upload; the message is read as the program's own",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes).trim_ascii_start();
        let first = bytes.split(|b| *b == b'\n').take(40);
        let marks = [&b"__CURSOR="[..], b"__REALTIME_TIMESTAMP=", b"__MONOTONIC_TIMESTAMP=", b"_BOOT_ID="];
        let found = first.filter(|line| marks.iter().any(|m| line.starts_with(m))).count();
        if !bytes.starts_with(b"_") || found < 2 {
            return Confidence::none();
        }
        Confidence { score: 0.98, why: format!("{found} of the first lines are the journal's own names") }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut window = Window::new(input);
        let (mut fields, mut reader) = (Fields::default(), Reader::default());
        loop {
            let blank = skip_blank(&mut window);
            out.filler(blank as u64);
            let entry = match entry(&mut window) {
                Entry::End => break,
                entry => entry,
            };
            let (offset, number) = (window.offset(), window.line());
            let (len, trouble) = match entry {
                Entry::Whole(len) => (len, None),
                Entry::Cut(len) => (len, Some((ProblemKind::Truncated, "the source ends inside this entry"))),
                Entry::TooLong(len) => {
                    (len, Some((ProblemKind::Limit, "an entry longer than 16 MiB was left out")))
                }
                Entry::Bad(len) => {
                    (len, Some((ProblemKind::Malformed, "neither a name and a value nor an empty line")))
                }
                Entry::End => break,
            };
            let bytes = &window.bytes()[..len];
            let flow = match trouble {
                Some((kind, why)) if !matches!(entry, Entry::Cut(_)) => {
                    out.problem(kind, number, offset, len as u64, why, bytes)
                }
                trouble => {
                    fields.clear();
                    let told = reader.read_pairs(pairs(bytes), ctx, out, &mut fields);
                    let record = Record {
                        time: told.time,
                        offset,
                        line: number,
                        raw: bytes,
                        bytes: len as u64,
                        fields: &fields,
                    };
                    match (out.event(&record), trouble) {
                        (Flow::Continue, Some((kind, why))) => out.problem(kind, number, offset, 0, why, &[]),
                        (flow, _) => flow,
                    }
                }
            };
            window.consume(len);
            if flow == Flow::Stop {
                return Ok(());
            }
        }
        window.failure().map_or(Ok(()), Err)
    }
}

#[derive(Clone, Copy)]
enum Entry {
    Whole(usize),
    Cut(usize),
    TooLong(usize),
    Bad(usize),
    End,
}

fn skip_blank(window: &mut Window<'_>) -> usize {
    let mut skipped = 0;
    while matches!(window.peek(0), Some(b'\n' | b'\r')) {
        window.consume(1);
        skipped += 1;
    }
    skipped
}

/// Where the next line break is, from `at` on.
fn line_end(window: &mut Window<'_>, at: usize) -> Option<usize> {
    let mut from = at;
    loop {
        let bytes = window.bytes();
        if let Some(n) = bytes.get(from..).and_then(|b| memchr(b'\n', b)) {
            return Some(from + n);
        }
        from = bytes.len().max(at);
        if from > LONGEST || !window.more() {
            return None;
        }
    }
}

/// Finds the end of the entry at the window's beginning, without the line break at its end.
fn entry(window: &mut Window<'_>) -> Entry {
    if window.peek(0).is_none() {
        return Entry::End;
    }
    let mut at = 0;
    loop {
        if at > LONGEST {
            return Entry::TooLong(at.min(window.bytes().len()));
        }
        let Some(end) = line_end(window, at) else {
            let len = window.bytes().len();
            return if len > LONGEST { Entry::TooLong(len) } else { last(window, at, len) };
        };
        let line = &window.bytes()[at..end];
        if line.is_empty() || line == b"\r" {
            return Entry::Whole(at.saturating_sub(1));
        }
        if is_pair(line) {
            at = end + 1;
            continue;
        }
        if !is_name(line) {
            // A line that is neither: a problem of its own, up to its end.
            return if at == 0 { Entry::Bad(end) } else { Entry::Whole(at - 1) };
        }
        // A name alone: eight bytes of length, the value, and a line break.
        while window.bytes().len() < end + 9 && window.more() {}
        let Some(size) = window.bytes().get(end + 1..end + 9).and_then(|b| b.try_into().ok()) else {
            return Entry::Cut(window.bytes().len());
        };
        let size = usize::try_from(u64::from_le_bytes(size)).unwrap_or(usize::MAX);
        let Some(next) = size.checked_add(end + 10).filter(|n| *n <= LONGEST) else {
            // No length at all, most likely: only the name is lost.
            return if at == 0 { Entry::Bad(end) } else { Entry::Whole(at - 1) };
        };
        while window.bytes().len() < next && window.more() {}
        if window.bytes().len() < next {
            return Entry::Cut(window.bytes().len());
        }
        if window.bytes()[next - 1] != b'\n' {
            return if at == 0 { Entry::Bad(end) } else { Entry::Whole(at - 1) };
        }
        at = next;
    }
}

/// The end of the source: what is left may be a last line.
fn last(window: &Window<'_>, at: usize, len: usize) -> Entry {
    if at >= len {
        return Entry::Whole(len.saturating_sub(1).max(usize::from(len == 1)));
    }
    match (is_pair(&window.bytes()[at..]), at) {
        (true, _) => Entry::Cut(len),
        (false, 0) => Entry::Bad(len),
        (false, _) => Entry::Whole(at - 1),
    }
}

fn is_name(line: &[u8]) -> bool {
    let fits = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    !line.is_empty() && line.len() <= LONGEST_NAME && line.iter().all(fits)
}

fn is_pair(line: &[u8]) -> bool {
    memchr(b'=', &line[..line.len().min(LONGEST_NAME + 1)]).is_some_and(|at| is_name(&line[..at]))
}

/// The names and values of an entry.
fn pairs(bytes: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        if let Some(at) = memchr(b'=', line) {
            rest = rest.get(end + 1..).unwrap_or_default();
            return Some((std::str::from_utf8(&line[..at]).ok()?, &line[at + 1..]));
        }
        let size = rest.get(end + 1..end + 9).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes)?;
        let from = end + 9;
        let to = usize::try_from(size).ok()?.checked_add(from)?.min(rest.len());
        let value = rest.get(from..to)?;
        rest = rest.get(to + 1..).unwrap_or_default();
        Some((std::str::from_utf8(line).ok()?, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::check::{fixture, parse, show, sniff, survive};

    #[test]
    fn fixtures_read_as_they_should() {
        let bytes = fixture("journald_export/journal.export");
        assert!(sniff(&JournalExport, &bytes, "journal.export") > 0.9);
        insta::assert_snapshot!("journald_export_journal.export", show(&parse(&JournalExport, &bytes)));
    }

    #[test]
    fn broken_in_any_way_it_is_read_to_its_end() {
        let bytes = fixture("journald_export/journal.export");
        survive(
            &JournalExport,
            &bytes,
            500,
            &[b"\n\n", b"=", b"MESSAGE\n", b"\x00\x00\x00", b"\xff\xff\xff\xff\xff\xff\xff\x7f"],
        );
    }
}
