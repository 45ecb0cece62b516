//! Files whose records are blocks of lines, each begun by a line that shows itself: Snort's full alerts, the alerts of OSSEC
//! and Wazuh. A blank line or the next beginning ends a block.

mod ossec;
mod snort;

use crate::framing::lines::Lines;
use crate::said::{Names, Said};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, known};

/// A kind of block.
pub trait Block: Sync {
    /// What it is.
    fn about(&self) -> About;
    /// Whether a line begins a block.
    fn begins(&self, line: &[u8]) -> bool;
    /// Takes a block apart; the first line begins it.
    fn read(&self, block: &[u8], said: &mut Said<'_>);
}

/// Blocks as a format.
pub struct Blocks(pub &'static dyn Block);

/// Snort's `alert_full`.
pub const SNORT: Blocks = Blocks(&snort::Full);
/// OSSEC's and Wazuh's `alerts.log`.
pub const OSSEC: Blocks = Blocks(&ossec::Alerts);

/// No block that anybody writes is longer.
const MOST_LINES: usize = 400;

impl Format for Blocks {
    fn about(&self) -> About {
        self.0.about()
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let mut lines =
            head.bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).filter(|l| !l.is_empty());
        let first = lines.next().is_some_and(|l| self.0.begins(l));
        let (mut begun, mut blank) = (0u32, true);
        for line in head.bytes.split(|b| *b == b'\n').take(2_000) {
            let line = line.trim_ascii_end();
            begun += u32::from(blank && self.0.begins(line));
            blank = line.is_empty();
        }
        if begun == 0 || !first {
            return Confidence::none();
        }
        Confidence {
            score: 0.975,
            why: format!("{begun} of the first blocks of lines are {}", self.0.about().title),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let names = Names::new(out);
        let mut lines = Lines::new(input);
        let mut fields = Fields::default();
        loop {
            let mut count = 1;
            let joins = |so_far: &[u8], next: &[u8]| {
                count += 1;
                let open = !so_far.trim_ascii().is_empty() && self.0.begins(so_far);
                open && count <= MOST_LINES && !next.trim_ascii().is_empty() && !self.0.begins(next)
            };
            let Some(line) = lines.record_with(joins)? else { return Ok(()) };
            let bytes = line.bytes;
            let flow = if bytes.trim_ascii().is_empty() {
                out.filler(bytes.len() as u64);
                Flow::Continue
            } else if self.0.begins(bytes) {
                fields.clear();
                let mut said = Said { fields: &mut fields, names: &names, ctx, out: &mut *out, time: None };
                self.0.read(bytes, &mut said);
                let time = said.time;
                fields.bytes(known::MESSAGE, bytes);
                out.event(&Record {
                    time,
                    offset: line.offset,
                    line: line.number,
                    raw: bytes,
                    bytes: bytes.len() as u64,
                    fields: &fields,
                })
            } else {
                let what = "a line that belongs to no block";
                let size = bytes.len() as u64;
                out.problem(ProblemKind::Malformed, line.number, line.offset, size, what, bytes)
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                return Ok(());
            }
        }
    }
}

/// The lines of a block.
fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    block.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end)
}
