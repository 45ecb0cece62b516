//! `/var/log/audit/audit.log`: the lines of one event joined to one record. Lines of one event nearly always follow each
//! other; where another event came between (several processors), the rest is read with the first part within a window of
//! lines, and stays in its place as a record that says where it belongs. What lines say is [`crate::said::audit`]'s.

use super::syslog::other;
use crate::framing::lines::Lines;
use crate::said::audit::{self, Event};
use crate::said::{self, Names, Said};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::collections::VecDeque;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct Auditd;

/// Lines that wait at most, and bytes: memory is flat however long the file is.
const WINDOW: usize = 24;
const WINDOW_BYTES: usize = 1 << 20;
/// A joined record ends here.
const LONGEST: usize = 1 << 20;

impl Format for Auditd {
    fn about(&self) -> About {
        said::Payload::about(&audit::Audit)
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let (mut all, mut good) = (0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').take(400) {
            let line = line.trim_ascii();
            if line.is_empty() || line[0] == b'#' || all >= 100 {
                continue;
            }
            all += 1;
            good += u32::from(whole_line(line).is_some());
        }
        if all == 0 || good * 2 < all {
            return Confidence::none();
        }
        let share = f64::from(good) / f64::from(all);
        Confidence {
            score: 0.77 + 0.2 * share,
            why: format!("{good} of the first {all} lines are audit records"),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let names = Names::new(out);
        let mut reader = Reader {
            names,
            fields: Fields::default(),
            waiting: VecDeque::new(),
            bytes: 0,
            spare: Vec::new(),
        };
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            let cut = line.over > 0;
            // Of a cut line the break is counted with its rest.
            let ending = if cut { 0 } else { line.ending };
            reader.take(line.bytes, line.offset, line.number, ending, cut);
            if line.over > 0 {
                // The rest of a cut line is a problem in its place, so all before it goes first.
                if reader.all(ctx, out) == Flow::Stop || line.close(out) == Flow::Stop {
                    return Ok(());
                }
                continue;
            }
            while reader.waiting.len() > WINDOW || reader.bytes > WINDOW_BYTES {
                if reader.first(ctx, out) == Flow::Stop {
                    return Ok(());
                }
            }
        }
        let _ = reader.all(ctx, out);
        Ok(())
    }

    fn look_ahead(&self, _: &mut dyn Read, _: &ParseContext) -> Result<(), ReadError> {
        // Every time is a count of seconds.
        Ok(())
    }
}

/// A line's heading, where its record goes on to the line's end.
fn whole_line(line: &[u8]) -> Option<audit::Heading<'_>> {
    audit::heading(line).filter(|h| h.body <= line.len())
}

/// Which event a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Id {
    time: i64,
    serial: u64,
    /// Two hosts count for themselves.
    node: u64,
}

/// Lines that follow each other and belong together.
struct Run {
    id: Option<Id>,
    time: Option<Stamp>,
    raw: Vec<u8>,
    offset: u64,
    line: u64,
    /// Bytes of the last line break.
    ending: usize,
    /// The line of the record that told already what this says.
    told_at: Option<u64>,
}

struct Reader {
    names: Names,
    fields: Fields,
    waiting: VecDeque<Run>,
    bytes: usize,
    spare: Vec<Vec<u8>>,
}

impl Reader {
    fn take(&mut self, bytes: &[u8], offset: u64, line: u64, ending: usize, cut: bool) {
        let heading = whole_line(bytes).filter(|_| !cut);
        let id = heading.filter(|h| h.serial > 0).map(|h| Id {
            time: h.stamp().map_or(0, |s| s.ns),
            serial: h.serial,
            node: h.node.iter().fold(7, |n, c| n * 31 % 0xffff_ffff_fff1 + u64::from(*c)),
        });
        self.bytes += bytes.len() + ending;
        if let Some(last) = self.waiting.back_mut()
            && id.is_some()
            && last.id == id
            && last.raw.len() + bytes.len() < LONGEST
        {
            last.raw.extend_from_slice(if last.ending == 2 { b"\r\n" } else { b"\n" });
            last.raw.extend_from_slice(bytes);
            last.ending = ending;
            return;
        }
        let mut raw = self.spare.pop().unwrap_or_default();
        raw.clear();
        raw.extend_from_slice(bytes);
        let time = heading.and_then(|h| h.stamp());
        self.waiting.push_back(Run { id, time, raw, offset, line, ending, told_at: None });
    }

    fn all(&mut self, ctx: &ParseContext, out: &mut dyn Sink) -> Flow {
        while !self.waiting.is_empty() {
            if self.first(ctx, out) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    /// Hands over the first run, with what later ones say of the same event.
    fn first(&mut self, ctx: &ParseContext, out: &mut dyn Sink) -> Flow {
        let Some(mut run) = self.waiting.pop_front() else { return Flow::Continue };
        self.bytes -= (run.raw.len() + run.ending).min(self.bytes);
        let flow = self.hand_over(&run, ctx, out);
        if run.ending > 0 {
            out.filler(run.ending as u64);
        }
        if self.spare.len() < 8 {
            self.spare.push(std::mem::take(&mut run.raw));
        }
        flow
    }

    fn hand_over(&mut self, run: &Run, ctx: &ParseContext, out: &mut dyn Sink) -> Flow {
        let fields = &mut self.fields;
        fields.clear();
        if run.id.is_none() && run.time.is_none() {
            return odd(run, fields, &self.names, ctx, out);
        }
        let mut said = Said { fields, names: &self.names, ctx, out, time: None };
        if let Some(told_at) = run.told_at {
            said.fields.text(known::EVENT_DATASET, "auditd");
            said.set_number("auditd.sequence", run.id.map_or(0, |i| i.serial).to_string().as_bytes());
            said.set_number("auditd.joined_to_line", told_at.to_string().as_bytes());
        } else {
            let mut event = Event::default();
            let (mut node, mut serial) = (b"".as_slice(), 0);
            let later: Vec<usize> = match run.id {
                Some(_) => (0..self.waiting.len()).filter(|n| self.waiting[*n].id == run.id).collect(),
                None => Vec::new(),
            };
            let pieces = std::iter::once(run.raw.as_slice())
                .chain(later.iter().map(|n| self.waiting[*n].raw.as_slice()));
            for line in pieces.flat_map(|piece| piece.split(|c| *c == b'\n')) {
                let Some(heading) = whole_line(line) else { continue };
                (node, serial) = (heading.node, heading.serial);
                event.add(heading.kind, line[heading.body..].trim_ascii());
            }
            event.write(node, serial, &mut said);
            drop(event);
            for n in later {
                self.waiting[n].told_at = Some(run.line);
            }
        }
        said.fields.bytes(known::MESSAGE, &run.raw);
        out.event(&Record {
            time: run.time,
            offset: run.offset,
            line: run.line,
            raw: &run.raw,
            bytes: run.raw.len() as u64,
            fields: &self.fields,
        })
    }
}

/// A line that is no audit record: a comment, another log mixed in, something damaged.
fn odd(run: &Run, fields: &mut Fields, names: &Names, ctx: &ParseContext, out: &mut dyn Sink) -> Flow {
    let raw = run.raw.as_slice();
    if raw.trim_ascii().is_empty() || raw[0] == b'#' {
        out.filler(raw.len() as u64);
        return Flow::Continue;
    }
    let mut said = Said { fields, names, ctx, out, time: None };
    let (time, kind) = other::read(raw, None, &mut said);
    let time = time.or(said.time);
    let flow =
        out.event(&Record { time, offset: run.offset, line: run.line, raw, bytes: raw.len() as u64, fields });
    if flow == Flow::Continue && kind == other::Other::Unknown {
        let message = "not an audit record: type= and msg=audit(time:number) were expected; kept as an event without a time";
        return out.problem(ProblemKind::Malformed, run.line, run.offset, 0, message, raw);
    }
    flow
}

#[cfg(test)]
mod tests;
