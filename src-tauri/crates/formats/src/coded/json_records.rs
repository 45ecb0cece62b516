//! What all formats written as JSON share: from values to events with their problems, and a look at the head.
//! What the names in a record mean is each format's ([`Shape`]).

use super::flatten::{Leaf, Leaves, Mended, flatten_bytes};
use crate::framing::json::Values;
use crate::{Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, Stamp};

/// What a record says beside its fields.
#[derive(Debug, Default)]
pub struct Told {
    /// When.
    pub time: Option<Stamp>,
    /// What was replaced to read it.
    pub mended: Option<Mended>,
    /// A time that was not understood, if there was one and no other.
    pub bad_time: Option<String>,
}

/// Turns one JSON value into fields.
pub trait Shape {
    /// Reads one value.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn read(&mut self, json: &[u8], ctx: &ParseContext, out: &mut dyn Sink) -> Result<Told, String>;
    /// The fields of the value read last.
    fn fields(&self) -> &Fields;
}

/// Reads a whole source of JSON values.
///
/// # Errors
/// When the bytes cannot be read on.
pub fn read(
    input: &mut dyn Read,
    ctx: &ParseContext,
    out: &mut dyn Sink,
    shape: &mut dyn Shape,
) -> Result<(), ReadError> {
    let mut values = Values::new(input);
    while let Some(value) = values.next(out)? {
        let told = match shape.read(value.bytes, ctx, out) {
            Ok(told) => told,
            Err(why) => {
                values.refuse(why);
                continue;
            }
        };
        let (line, offset, raw) = (value.line, value.offset, value.bytes);
        let record =
            Record { time: told.time, offset, line, raw, bytes: raw.len() as u64, fields: shape.fields() };
        let mut flow = out.event(&record);
        if let (Flow::Continue, Some(text)) = (flow, &told.bad_time) {
            let message = format!("the time was not understood: {}", text.escape_debug());
            flow = out.problem(ProblemKind::BadTime, line, offset, 0, &message, raw);
        }
        if let (Flow::Continue, Some(Mended(Some(what)))) = (flow, told.mended) {
            flow = out.problem(Mended::KIND, line, offset, 0, what, raw);
        }
        if flow == Flow::Stop {
            break;
        }
    }
    Ok(())
}

/// What the head of a source holds, read as JSON.
#[derive(Debug, Default)]
pub struct Look {
    /// Values that could be read.
    pub values: usize,
    /// Bytes in them.
    pub good: u64,
    /// Bytes that are no JSON, without a value that the head cuts off.
    pub bad: u64,
    /// Whether the head is cut off inside a value.
    pub cut: bool,
    /// The names in the first values.
    pub names: Vec<Vec<String>>,
}

impl Look {
    /// How many of the first values have a name that fits.
    #[must_use]
    pub fn with(&self, fits: impl Fn(&[String]) -> bool) -> usize {
        self.names.iter().filter(|n| fits(n)).count()
    }

    /// The part of the bytes that is good, 0 to 1.
    #[must_use]
    pub fn part(&self) -> f64 {
        if self.good + self.bad == 0 { 0.0 } else { self.good as f64 / (self.good + self.bad) as f64 }
    }
}

/// Looks at the head of a source; `None` when it does not begin as JSON does.
#[must_use]
pub fn look(head: &Head<'_>) -> Option<Look> {
    let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes);
    let begins = bytes.trim_ascii_start().first().is_some_and(|b| matches!(b, b'{' | b'[' | 0x1e));
    if !begins && !bytes.windows(2).any(|w| w == b"\n{") {
        return None;
    }
    let (mut look, mut input, mut path) = (Look::default(), bytes, String::new());
    let mut tally = Tally { bad: 0, cut: false };
    let mut values = Values::new(&mut input);
    while let Ok(Some(value)) = values.next(&mut tally) {
        let len = value.bytes.len() as u64;
        let mut names = Names(Vec::new());
        match flatten_bytes(value.bytes, &mut path, &mut names) {
            Ok(_) => {
                look.values += 1;
                look.good += len;
                if look.names.len() < 50 {
                    look.names.push(names.0);
                }
            }
            Err(why) => values.refuse(why),
        }
    }
    look.bad = tally.bad;
    look.cut = tally.cut;
    Some(look)
}

struct Names(Vec<String>);

impl Leaves for Names {
    fn leaf(&mut self, path: &str, _: Leaf<'_>, _: bool) {
        if self.0.len() < 300 && self.0.last().is_none_or(|l| l != path) {
            self.0.push(path.to_owned());
        }
    }
}

struct Tally {
    bad: u64,
    cut: bool,
}

impl Sink for Tally {
    fn field(&mut self, _: &str) -> Option<FieldId> {
        None
    }
    fn event(&mut self, _: &Record<'_>) -> Flow {
        Flow::Continue
    }
    fn problem(&mut self, kind: ProblemKind, _: u64, _: u64, bytes: u64, _: &str, _: &[u8]) -> Flow {
        if kind == ProblemKind::Truncated {
            self.cut = true;
        } else {
            self.bad += bytes;
        }
        Flow::Continue
    }
    fn filler(&mut self, _: u64) {}
}
