//! Lines in a file of syslog that have no syslog header: another program's own log that was mixed in, a message without
//! its header, a header of the file. They are read by what they say of themselves; nothing borrows a neighbour's time.

use super::header;
use crate::ParseContext;
use crate::said::{self, Payload, Said};
use timberline_model::{Stamp, known};

/// What such a line turned out to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Other {
    /// Something that is understood, or that has a time of its own.
    Known,
    /// Only text.
    Unknown,
}

/// Whether a line begins a record of its own: with a header, a time, or as a kind of message that is known.
pub fn begins(line: &[u8], own: Option<&dyn Payload>) -> bool {
    if line.first().is_none_or(|c| matches!(c, b' ' | b'\t' | b'}' | b')')) {
        return false;
    }
    if matches!(line[0], b'{' | b'#') || own.is_some_and(|own| own.claims(line)) {
        return true;
    }
    let ctx = ParseContext::new(None, None, 0, "");
    said::written(line).is_some()
        || header::parse(line, &ctx).is_some()
        || header::bare(line).is_some()
        || said::claimed(line)
}

/// The time that a line begins with, and what follows it.
pub fn stamped<'a>(line: &'a [u8], ctx: &ParseContext) -> Option<(Stamp, &'a [u8])> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let (from, _) = said::written(line)?;
    let (stamp, len) = ctx.prefix(&line[from..])?;
    Some((stamp, said::behind(line, from, len)))
}

/// Reads such a line; gives the time it states.
pub fn read(line: &[u8], own: Option<&dyn Payload>, said: &mut Said<'_>) -> (Option<Stamp>, Other) {
    if let Some(own) = own
        && own.claims(line)
        && own.read(b"", line, said)
    {
        said.fields.bytes(known::MESSAGE, line);
        let time = match said.time {
            Some(time) => Some(time),
            None => stamped(line, said.ctx).map(|(time, _)| time),
        };
        return (time, Other::Known);
    }
    if let Some((time, rest)) = stamped(line, said.ctx) {
        let (program, pid, message) = header::loose(rest);
        let understood = match own {
            Some(own) if program.is_empty() && own.claims(rest) => own.read(b"", rest, said),
            _ => false,
        };
        said.fields.bytes(known::MESSAGE, message);
        if !understood {
            super::program(program, pid, message, said);
        }
        return (Some(time), Other::Known);
    }
    let understood = said::message(b"", line, said);
    said.fields.bytes(known::MESSAGE, line);
    if !understood {
        said.fields.text(known::EVENT_DATASET, "syslog");
        said::level_of_words(line, said.fields);
    }
    (None, if understood { Other::Known } else { Other::Unknown })
}
