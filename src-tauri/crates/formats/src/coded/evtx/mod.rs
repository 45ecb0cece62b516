//! Windows event logs as Windows keeps them (EVTX, since Vista): a header, then chunks of 64 KiB that stand for
//! themselves. Damaged and cut files give what is left of them. An event's raw record is its XML, written out
//! compactly; its bytes are those of the binary record. What the events mean is [`super::windows_events`]'s.

mod chunk;
mod decode;
mod file;
pub mod legacy;
mod program;
mod values;
#[cfg(test)]
pub(crate) mod write;

use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::Sink;

/// Windows event logs in binary form.
pub struct Evtx;

impl Format for Evtx {
    fn about(&self) -> About {
        About {
            id: "evtx",
            title: "Windows event log (EVTX)",
            about: "Windows event logs in binary form, all channels, whole or damaged: every named value as \
                    winlog.event_data, with the meaning that Windows events have as XML and JSON",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let bytes = head.bytes;
        let (score, why) = if bytes.starts_with(file::FILE_MAGIC) {
            (0.99, "the header of a Windows event log".to_owned())
        } else if chunk::begins(bytes) {
            (0.98, "a chunk of a Windows event log; the file's header is missing".to_owned())
        } else if let Some(at) = chunk::find(bytes, 0) {
            (0.9, format!("a chunk of a Windows event log after {at} other bytes"))
        } else if bytes.get(chunk::HEADER..).is_some_and(|rest| rest.starts_with(chunk::RECORD)) {
            (0.85, "records of a Windows event log; the header before them is damaged".to_owned())
        } else {
            return Confidence::none();
        };
        Confidence { score, why }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        file::read(input, ctx, out)
    }
}

#[cfg(test)]
mod tests;
