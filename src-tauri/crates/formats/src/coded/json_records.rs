//! What all formats written as JSON share: from values to events with their problems, and a look at the head.
//! What the names in a record mean is each format's ([`Shape`]).

use super::flatten::{Leaf, Leaves, Mended, flatten_bytes};
use crate::framing::json::{Around, Kind, Value, Values};
use crate::framing::json_scan::DEEPEST;
use crate::{Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::{FieldId, FieldNames, Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// How much of a value that is nested too deep becomes the event's message, in bytes.
const MOST_TEXT: usize = 32 << 10;

/// What a record says beside its fields.
#[derive(Debug, Default)]
pub struct Told {
    /// When.
    pub time: Option<Stamp>,
    /// What was replaced to read it.
    pub mended: Option<Mended>,
    /// A time that was not understood, if there was one and no other.
    pub bad_time: Option<String>,
    /// A name that stands more than once in the same object.
    pub twice: Option<String>,
}

/// Turns one JSON value into fields.
pub trait Shape {
    /// Reads one value, with what stands around it.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn read(
        &mut self,
        json: &[u8],
        around: &Around,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<Told, String>;
    /// Reads a line of text that stands among the values.
    ///
    /// # Errors
    /// When such lines are none of this format's, why.
    fn text(&mut self, _line: &[u8], _ctx: &ParseContext, _out: &mut dyn Sink) -> Result<Told, String> {
        Err("text that is not JSON".to_owned())
    }
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
        if value.kind == Kind::Deep {
            if too_deep(&value, out) == Flow::Stop {
                break;
            }
            continue;
        }
        let told = match value.kind {
            Kind::Text => shape.text(value.bytes, ctx, out),
            _ => shape.read(value.bytes, value.around, ctx, out),
        };
        let told = match told {
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
        if let (Flow::Continue, Some(name)) = (flow, &told.twice) {
            let name: String = name.chars().take(60).collect();
            let message =
                format!("the name {} stands twice in one object; both values are kept", name.escape_debug());
            flow = out.problem(ProblemKind::Malformed, line, offset, 0, &message, raw);
        }
        if flow == Flow::Stop {
            break;
        }
    }
    Ok(())
}

/// A value that is nested too deep to be taken apart: an event with its text, and why.
fn too_deep(value: &Value<'_>, out: &mut dyn Sink) -> Flow {
    let Value { bytes, offset, line, .. } = *value;
    let mut fields = Fields::default();
    fields.bytes(known::MESSAGE, &bytes[..bytes.len().min(MOST_TEXT)]);
    match out.event(&Record {
        time: None,
        offset,
        line,
        raw: bytes,
        bytes: bytes.len() as u64,
        fields: &fields,
    }) {
        Flow::Stop => Flow::Stop,
        Flow::Continue => {
            let why = format!("nested deeper than {DEEPEST} levels; the event has its text and no fields");
            out.problem(ProblemKind::Limit, line, offset, 0, &why, bytes)
        }
    }
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

/// Whether a source may hold JSON values, after its first bytes.
#[must_use]
pub fn begins(head: &[u8]) -> bool {
    let bytes = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    bytes.trim_ascii_start().first().is_some_and(|b| matches!(b, b'{' | b'[' | 0x1e))
        || memchr::memmem::find(bytes, b"\n{").is_some()
}

/// Looks at the head of a source; `None` when it does not begin as JSON does.
#[must_use]
pub fn look(head: &Head<'_>) -> Option<Look> {
    if !begins(head.bytes) {
        return None;
    }
    let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes);
    let (mut look, mut input, mut path) = (Look::default(), bytes, String::new());
    let mut tally = Tallied::default();
    let mut values = Values::new(&mut input);
    while let Ok(Some(value)) = values.next(&mut tally) {
        let len = value.bytes.len() as u64;
        if value.kind == Kind::Text {
            values.refuse(String::new());
            continue;
        }
        if value.kind == Kind::Deep {
            look.good += len;
            look.values += 1;
            continue;
        }
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

/// Counts what is no JSON; has a number for every field.
#[derive(Debug, Default)]
pub struct Tallied {
    /// Bytes that are no JSON, without a value that the source cuts off.
    pub bad: u64,
    /// Whether the source is cut off inside a value.
    pub cut: bool,
    names: FieldNames,
}

impl Sink for Tallied {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }
    fn event(&mut self, _: &Record<'_>) -> Flow {
        Flow::Continue
    }
    fn problem(&mut self, kind: ProblemKind, _: u64, _: u64, bytes: u64, _: &str, _: &[u8]) -> Flow {
        // What is nested too deep to find its end in a beginning may well end later.
        if matches!(kind, ProblemKind::Truncated | ProblemKind::Limit) {
            self.cut = true;
        } else {
            self.bad += bytes;
        }
        Flow::Continue
    }
    fn filler(&mut self, _: u64) {}
}
