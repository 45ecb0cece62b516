//! Files that hold the records of one program of [`crate::said`], each beginning with a line that the program's payload
//! claims; what follows such a line and is not claimed belongs to its record (a trace, the rest of a message).

use crate::coded::access_log::looks_like_one;
use crate::coded::syslog::header;
use crate::framing::lines::Lines;
use crate::said::{self, Names, Payload, Said};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// A payload whose records fill files of their own.
pub struct Records(pub &'static dyn Payload);

/// The share of lines that must begin a record. Traces make others.
const MOST: f64 = 0.6;

impl Format for Records {
    fn about(&self) -> About {
        self.0.about()
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let (mut all, mut good) = (0u32, 0u32);
        for line in head.bytes.split(|b| *b == b'\n').take(400) {
            let line = line.trim_ascii_end();
            if all >= 60 || line.is_empty() || matches!(line[0], b' ' | b'\t' | b'#') {
                continue;
            }
            let own = self.0.claims(line);
            if !own && good == 0 && self.explains_itself() {
                continue;
            }
            // A record's further lines say nothing for or against once one has begun.
            if !own && good > 0 && !line.first().is_some_and(|c| c.is_ascii_digit() || *c == b'[') {
                continue;
            }
            all += 1;
            good += u32::from(own);
        }
        let share = f64::from(good) / f64::from(all.max(1));
        if share < MOST {
            return Confidence::none();
        }
        let why =
            format!("{good} of the first {all} lines begin as those of the {} do", self.0.about().title);
        Confidence { score: 0.76 + 0.2 * share, why }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let names = Names::new(out);
        let mut lines = Lines::new(input);
        let mut fields = Fields::default();
        let mut preface = self.explains_itself();
        while let Some(line) = lines.record(|next| self.belongs(next, ctx))? {
            let bytes = line.bytes;
            preface = preface && !self.0.claims(bytes);
            let flow = if bytes.trim_ascii().is_empty() || is_comment(bytes) || preface {
                out.filler(bytes.len() as u64);
                Flow::Continue
            } else {
                fields.clear();
                match read(self.0, bytes, ctx, &mut fields, &names, out) {
                    Some(time) => out.event(&Record {
                        time,
                        offset: line.offset,
                        line: line.number,
                        raw: bytes,
                        bytes: bytes.len() as u64,
                        fields: &fields,
                    }),
                    None => out.problem(
                        ProblemKind::Malformed,
                        line.number,
                        line.offset,
                        bytes.len() as u64,
                        &format!("not a record of the {}", self.0.about().title),
                        bytes,
                    ),
                }
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Records {
    /// The DNS server of Windows explains its columns before the first record.
    fn explains_itself(&self) -> bool {
        self.0.about().id == "windows_dns"
    }

    /// Whether a line belongs to the record before it.
    fn belongs(&self, line: &[u8], ctx: &ParseContext) -> bool {
        let begins = self.0.claims(line)
            || is_comment(line)
            || looks_like_one(line)
            || line.first().is_some_and(u8::is_ascii_uppercase) && ctx.bsd(line).is_some();
        !begins
    }
}

/// `# a remark`; `#0 {main}` is a line of a trace.
fn is_comment(line: &[u8]) -> bool {
    line.first() == Some(&b'#') && !line.get(1).is_some_and(u8::is_ascii_digit)
}

/// Reads a record that stands alone: by `own`, else by whoever claims it.
fn read(
    own: &dyn Payload,
    bytes: &[u8],
    ctx: &ParseContext,
    fields: &mut Fields,
    names: &Names,
    out: &mut dyn Sink,
) -> Option<Option<Stamp>> {
    let mut said = Said { fields, names, ctx, out, time: None };
    let mut understood = own.claims(bytes) && own.read(b"", bytes, &mut said);
    // What came through syslog stands among the rest.
    if !understood && let Some(header) = header::parse(bytes, ctx) {
        understood = said::message(header.program, header.message, &mut said);
        said.time = said.time.or(header.time).filter(|_| understood);
    }
    understood = understood || said::message(b"", bytes, &mut said);
    let time = said.time;
    fields.bytes(known::MESSAGE, bytes);
    understood.then_some(time)
}

/// Reads a line that is not of the format of its file by whoever claims it; the time is the one that it states.
pub fn stray(
    bytes: &[u8],
    ctx: &ParseContext,
    fields: &mut Fields,
    names: &Names,
    out: &mut dyn Sink,
) -> Option<Option<Stamp>> {
    let mut said = Said { fields, names, ctx, out, time: None };
    let understood = said::message(b"", bytes, &mut said);
    let time = said.time;
    if understood {
        fields.bytes(known::MESSAGE, bytes);
    }
    understood.then_some(time)
}
