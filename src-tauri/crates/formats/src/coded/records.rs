//! The loop that every format of lines runs: lines joined to records, each handed to the format, blank ones counted,
//! events and problems passed on, until the sink has enough. What a record says is the format's.

use crate::ReadError;
use crate::framing::lines::Lines;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp};

/// What came of a record.
pub enum Made {
    /// An event, with its time where it has one.
    Event(Option<Stamp>),
    /// Nothing, by design: a header, a comment.
    Filler,
    /// Nothing that was understood; why, in words.
    Problem(&'static str),
}

/// Reads all records. `joins` says whether a line belongs to the record so far, `make` fills the fields of one.
///
/// # Errors
/// When the bytes cannot be read on.
pub fn read(
    input: &mut dyn Read,
    out: &mut dyn Sink,
    mut joins: impl FnMut(&[u8], &[u8]) -> bool,
    mut make: impl FnMut(&[u8], &mut Fields, &mut dyn Sink) -> Made,
) -> Result<(), ReadError> {
    let mut lines = Lines::new(input);
    let mut fields = Fields::default();
    while let Some(line) = lines.record_with(&mut joins)? {
        let bytes = line.bytes;
        let (offset, number) = (line.offset, line.number);
        let flow = if bytes.trim_ascii().is_empty() {
            out.filler(bytes.len() as u64);
            Flow::Continue
        } else {
            fields.clear();
            // Files are joined by `cat`: a byte order mark may stand anywhere.
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match make(text, &mut fields, out) {
                Made::Event(time) => out.event(&Record {
                    time,
                    offset,
                    line: number,
                    raw: bytes,
                    bytes: bytes.len() as u64,
                    fields: &fields,
                }),
                Made::Filler => {
                    out.filler(bytes.len() as u64);
                    Flow::Continue
                }
                Made::Problem(why) => {
                    out.problem(ProblemKind::Malformed, number, offset, bytes.len() as u64, why, bytes)
                }
            }
        };
        if flow == Flow::Stop || line.close(out) == Flow::Stop {
            return Ok(());
        }
    }
    Ok(())
}

/// The first lines of a beginning for sniffing: at most `most`, without line breaks, blank ones left out, and without
/// the last where it may be cut off.
pub fn first_lines<'a>(head: &crate::Head<'a>, most: usize) -> Vec<&'a [u8]> {
    let mut lines: Vec<&[u8]> = head.bytes.split(|b| *b == b'\n').take(most + 1).collect();
    if lines.len() > most || (!head.whole && lines.len() > 1) {
        lines.pop();
    }
    let mut first = true;
    lines.retain_mut(|line| {
        if std::mem::take(&mut first) {
            *line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        *line = line.strip_suffix(b"\r").unwrap_or(line);
        !line.trim_ascii().is_empty()
    });
    lines
}
