//! Reading lines by a declared format: joining them to records, finding the pattern that fits, filling fields. What
//! fits nothing is joined, kept loosely or a problem, as the format says.

use super::Declared;
use super::compile::{Compiled, Ready};
use super::kinds::{self, Into};
use super::spec::{Constant, SaidBy, Spec};
use crate::coded::app_text;
use crate::framing::lines::Lines;
use crate::normalise::time::{shapes, zone::Zone};
use crate::said::{self, Names, Said};
use crate::{Head, ParseContext, ReadError};
use regex::bytes::CaptureLocations;
use std::io::Read;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// Patterns look at the first bytes of a record only; the raw record has the rest.
const LOOKED_AT: usize = 1 << 20;

/// How many lines of a beginning fit.
pub(super) struct Fit {
    pub good: u32,
    pub all: u32,
    pub seen: u32,
}

/// Whether enough lines of a beginning fit.
pub(super) fn fit(compiled: &Compiled, spec: &Spec, head: &Head<'_>) -> Option<Fit> {
    let mut fit = Fit { good: 0, all: 0, seen: 0 };
    let mut lines: Vec<&[u8]> = head.bytes.split(|b| *b == b'\n').take(400).collect();
    // The last line of a cut-off head may be cut off too.
    if !head.whole && lines.len() > 1 && lines.len() < 400 {
        lines.pop();
    }
    let mut at = 0;
    while at < lines.len() && fit.all < 100 {
        let line = lines[at].strip_suffix(b"\r").unwrap_or(lines[at]);
        let from = at;
        at += 1;
        if line.trim_ascii().is_empty() || compiled.skip.as_ref().is_some_and(|s| s.is_match(line)) {
            continue;
        }
        fit.seen += 1;
        let line = if from == 0 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        let good = if spec.whole && compiled.joins() {
            let begins = |l: &[u8]| starts(compiled, l.strip_suffix(b"\r").unwrap_or(l));
            if !begins(line) {
                fit.all += u32::from(!is_tail(line));
                continue;
            }
            while at < lines.len() && !begins(lines[at]) {
                fit.seen += 1;
                at += 1;
            }
            fits(compiled, &lines[from..at].join(&b'\n'))
        } else {
            fits(compiled, line)
        };
        if !good && compiled.joins() && is_tail(line) {
            continue;
        }
        fit.all += 1;
        fit.good += u32::from(good);
    }
    let enough = spec.share.unwrap_or(if compiled.joins() { 0.3 } else { 0.6 });
    (fit.good > 0 && f64::from(fit.good) >= enough * f64::from(fit.all)).then_some(fit)
}

/// What is likely the inside of a record: it says nothing for or against.
fn is_tail(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t' | b'}' | b')' | b']'))
        || [b"Caused by".as_slice(), b"at ", b"...", b"Traceback"].iter().any(|w| line.starts_with(w))
}

fn fits(compiled: &Compiled, line: &[u8]) -> bool {
    let line = &line[..line.len().min(LOOKED_AT)];
    match &compiled.which {
        Some(set) => set.is_match(line),
        None => compiled.patterns.iter().any(|p| p.regex.is_match(line)),
    }
}

/// Whether a record begins with this line.
fn starts(compiled: &Compiled, line: &[u8]) -> bool {
    match &compiled.start {
        Some(start) => start.is_match(&line[..line.len().min(LOOKED_AT)]),
        None => fits(compiled, line),
    }
}

/// What a reader needs beside the format: numbers of fields, room for places.
pub(super) struct Reader<'f> {
    spec: &'f Spec,
    compiled: &'f Compiled,
    ids: Vec<Option<FieldId>>,
    locations: Vec<CaptureLocations>,
    detail_locations: Vec<CaptureLocations>,
    zone: Option<Zone>,
    names: Names,
    path: String,
    stack: Option<FieldId>,
    /// Where free words are looked at.
    words: Option<app_text::Ids>,
}

/// What came of a record.
pub(super) struct Made {
    pub time: Option<Stamp>,
    /// The time's text was there and was not understood.
    pub bad_time: Option<(usize, usize)>,
    /// The pattern that fitted.
    pub pattern: Option<usize>,
}

impl<'f> Reader<'f> {
    pub fn new(spec: &'f Spec, compiled: &'f Compiled, out: &mut dyn Sink) -> Self {
        let zone =
            spec.time.as_ref().and_then(|t| t.zone.as_ref()).and_then(|z| Zone::parse(z.get_ref()).ok());
        Self {
            spec,
            compiled,
            ids: compiled.names.iter().map(|name| out.field(name)).collect(),
            locations: compiled.patterns.iter().map(|p| p.regex.capture_locations()).collect(),
            detail_locations: compiled.details.iter().map(|p| p.regex.capture_locations()).collect(),
            zone,
            names: Names::new(out),
            path: String::new(),
            stack: out.field("error.stack_trace"),
            words: spec.guess.then(|| app_text::Ids::new(out)),
        }
    }

    /// The pattern that fits a text, and where the groups are.
    fn find(compiled: &Compiled, locations: &mut [CaptureLocations], text: &[u8]) -> Option<usize> {
        if let Some(set) = &compiled.which {
            let first = set.matches(text).iter().next()?;
            compiled.patterns[first].regex.captures_read(&mut locations[first], text)?;
            return Some(first);
        }
        (0..compiled.patterns.len())
            .find(|n| compiled.patterns[*n].regex.captures_read(&mut locations[*n], text).is_some())
    }

    /// Fills the fields of a record.
    pub fn make(
        &mut self,
        record: &[u8],
        ctx: &ParseContext,
        fields: &mut Fields,
        out: &mut dyn Sink,
    ) -> Made {
        let record = record.strip_prefix(b"\xef\xbb\xbf").unwrap_or(record);
        let first = memchr::memchr(b'\n', record).unwrap_or(record.len());
        let line = record[..first].strip_suffix(b"\r").unwrap_or(&record[..first]);
        let text = if self.spec.whole { record } else { line };
        let text = &text[..text.len().min(LOOKED_AT)];
        let compiled = self.compiled;
        let Some(n) = Self::find(compiled, &mut self.locations, text) else {
            return Made { time: None, bad_time: None, pattern: None };
        };
        let pattern = &compiled.patterns[n];
        let places = &self.locations[n];
        let (time, bad_time) = self.time(pattern, places, text, ctx);
        let group = |group: usize| places.get(group).map(|(from, to)| &text[from..to]);

        let mut into = Into { fields, out, path: &mut self.path };
        // The finer reading first: the first value of a field stays.
        let detail = detail(compiled, &mut self.detail_locations, n, &group);
        if let Some((at, inside)) = detail {
            let ready = &compiled.details[at];
            fill(compiled, ready, &self.detail_locations[at], inside, &self.ids, &mut into);
            constants(&ready.set, &self.ids, into.fields);
        }
        fill(compiled, pattern, places, text, &self.ids, &mut into);
        constants(&pattern.set, &self.ids, into.fields);
        let message = pattern.message.and_then(group);
        match message {
            // The lines that follow belong to the message.
            Some(inner) if record.len() > first && !self.spec.whole => {
                let whole = [inner, &record[first..]].concat();
                fields.bytes(known::MESSAGE, &whole[..whole.len().min(LOOKED_AT)]);
            }
            Some(inner) => fields.bytes(known::MESSAGE, inner),
            None => fields.bytes(known::MESSAGE, &record[..record.len().min(LOOKED_AT)]),
        }
        if record.len() > first
            && !self.spec.whole
            && let Some(stack) = self.stack
            && looks_like_trace(&record[first..])
        {
            fields.bytes(stack, record[first..].trim_ascii());
        }
        let mut time = time;
        if let (Some(said_by), Some(inner)) = (&compiled.said, message) {
            let program = match said_by {
                SaidBy::Program(name) => name.as_bytes().to_vec(),
                SaidBy::Named(_) => fields.get_text(known::PROCESS_NAME).unwrap_or("").as_bytes().to_vec(),
            };
            let mut said = Said { fields, names: &self.names, ctx, out, time: None };
            said::message(&program, inner, &mut said);
            time = said.time.or(time);
        }
        if let Some(words) = &self.words {
            let said = fields.get_text(known::MESSAGE).unwrap_or("").to_owned();
            app_text::proper(said.as_bytes(), words, fields);
            app_text::spoken(said.as_bytes(), b"", ctx, words, fields, out);
        }
        constants(&compiled.set, &self.ids, fields);
        if !fields.has(known::EVENT_DATASET) {
            fields.text(known::EVENT_DATASET, self.spec.id.get_ref());
        }
        Made { time, bad_time, pattern: Some(n) }
    }

    fn time(
        &self,
        pattern: &Ready,
        places: &CaptureLocations,
        text: &[u8],
        ctx: &ParseContext,
    ) -> (Option<Stamp>, Option<(usize, usize)>) {
        let mut found = pattern.time.iter().filter_map(|g| places.get(*g));
        let Some(first) = found.next() else { return (None, None) };
        let mut end = first.1;
        let mut joined = Vec::new();
        for (from, to) in found {
            if joined.is_empty() {
                joined.extend_from_slice(&text[first.0..first.1]);
            }
            joined.push(b' ');
            joined.extend_from_slice(&text[from..to]);
            end = end.max(to);
        }
        let written = if joined.is_empty() { &text[first.0..first.1] } else { &joined };
        match self.stamp(written, ctx) {
            Some(stamp) => (Some(stamp), None),
            // A time of day whose date nobody has said is no mistake.
            None => match ctx.clock_only(written.trim_ascii()) {
                Some((stamp, _)) => (stamp, None),
                None => (None, Some((first.0, end))),
            },
        }
    }

    /// The instant of a time as this format writes it.
    pub fn stamp(&self, text: &[u8], ctx: &ParseContext) -> Option<Stamp> {
        let time = self.spec.time.as_ref();
        if let Some(unit) = time.and_then(|t| t.epoch.as_deref()).and_then(kinds::unit) {
            return kinds::nanos(text.trim_ascii(), unit).map(|ns| ctx.stated(ns));
        }
        if let Some(layout) = time.and_then(|t| t.layout.as_ref()) {
            let text = std::str::from_utf8(text).ok()?;
            let canonical = by_layout(layout.get_ref(), text)?;
            return self.zoned(canonical.as_bytes(), ctx);
        }
        self.zoned(text, ctx)
    }

    /// A time of a usual shape, in the format's own zone where it names none.
    fn zoned(&self, text: &[u8], ctx: &ParseContext) -> Option<Stamp> {
        let stamp = ctx.stamp(text)?;
        let Some(zone) = &self.zone else { return Some(stamp) };
        let text = text.trim_ascii();
        let named = shapes::at_start(text).is_some_and(|w| w.zone != shapes::Said::Nothing);
        if named || stamp.assumed & Stamp::ZONE_ASSUMED == 0 || ctx.zone_given() {
            return Some(stamp);
        }
        // Read as UTC, so it is the local clock.
        Some(Stamp { ns: zone.to_utc(stamp.ns)?, assumed: stamp.assumed & !Stamp::ZONE_ASSUMED })
    }
}

/// The detail that fits, and the text that it looked at.
fn detail<'t>(
    compiled: &Compiled,
    locations: &mut [CaptureLocations],
    pattern: usize,
    group: &impl Fn(usize) -> Option<&'t [u8]>,
) -> Option<(usize, &'t [u8])> {
    // Most formats have one group that all details look at.
    let same = compiled.details.first()?.of[pattern];
    if let Some(set) = &compiled.which_detail
        && compiled.details.iter().all(|d| d.of[pattern] == same)
    {
        let inside = group(same?)?;
        let at = set.matches(inside).iter().next()?;
        compiled.details[at].regex.captures_read(&mut locations[at], inside)?;
        return Some((at, inside));
    }
    compiled.details.iter().enumerate().find_map(|(at, ready)| {
        let inside = group(ready.of[pattern]?)?;
        ready.regex.captures_read(&mut locations[at], inside)?;
        Some((at, inside))
    })
}

fn fill(
    compiled: &Compiled,
    ready: &Ready,
    places: &CaptureLocations,
    text: &[u8],
    ids: &[Option<FieldId>],
    into: &mut Into<'_>,
) {
    for slot in &ready.slots {
        let Some((from, to)) = places.get(slot.group) else { continue };
        let value = &text[from..to];
        let id = ids[slot.name];
        if !slot.values.is_empty() {
            let meant = slot.values.iter().find(|(word, _)| **word == *value || &**word == b"*");
            if let (Some((_, meant)), Some(id)) = (meant, id) {
                kinds::constant(into.fields, id, meant);
                continue;
            }
        }
        if !matches!(value, b"" | b"-") {
            into.value(slot.kind, &compiled.names[slot.name], id, value);
        }
    }
}

fn constants(set: &[(usize, Constant)], ids: &[Option<FieldId>], fields: &mut Fields) {
    for (name, value) in set {
        if let Some(id) = ids[*name] {
            kinds::constant(fields, id, value);
        }
    }
}

/// Whether lines behind a record's first are the trace of an error.
fn looks_like_trace(tail: &[u8]) -> bool {
    let head = &tail[..tail.len().min(4096)];
    [
        b"\n\tat ".as_slice(),
        b"\n   at ",
        b"\n    at ",
        b"\nTraceback ",
        b"\n  File \"",
        b"\n#0 ",
        b"\nCaused by",
    ]
    .iter()
    .any(|mark| memchr::memmem::find(head, mark).is_some())
}

/// A time written by a layout, written anew in a shape that is understood everywhere.
fn by_layout(layout: &str, text: &str) -> Option<String> {
    let (time, used) = jiff::fmt::strtime::BrokenDownTime::parse_prefix(layout, text.trim()).ok()?;
    if used < text.trim().len() {
        return None;
    }
    if let Ok(instant) = time.to_timestamp() {
        return Some(instant.to_string());
    }
    let clock = time.to_time().unwrap_or_default();
    if let Ok(date) = time.to_date() {
        return Some(format!("{date}T{clock}"));
    }
    let (month, day) = (time.month()?, time.day()?);
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    Some(format!("{name} {day} {clock}"))
}

/// Reads a log.
pub(super) fn read(
    format: &Declared,
    compiled: &Compiled,
    input: &mut dyn Read,
    ctx: &ParseContext,
    out: &mut dyn Sink,
) -> Result<(), ReadError> {
    read_all(format.spec(), compiled, input, ctx, out)
}

/// Reads a log by a format that need not be kept.
pub(super) fn read_all(
    spec: &Spec,
    compiled: &Compiled,
    input: &mut dyn Read,
    ctx: &ParseContext,
    out: &mut dyn Sink,
) -> Result<(), ReadError> {
    let mut reader = Reader::new(spec, compiled, out);
    let mut lines = Lines::new(input);
    let mut fields = Fields::default();
    loop {
        // What comes before the first record is not joined to anything.
        let mut begun = None;
        let joins = |so_far: &[u8], next: &[u8]| {
            compiled.joins()
                && *begun.get_or_insert_with(|| starts(compiled, unmarked(so_far)))
                && !starts(compiled, next)
        };
        let Some(line) = lines.record_with(joins)? else { return Ok(()) };
        let bytes = line.bytes;
        let flow = if bytes.trim_ascii().is_empty()
            || compiled.skip.as_ref().is_some_and(|s| s.is_match(&bytes[..bytes.len().min(LOOKED_AT)]))
        {
            out.filler(bytes.len() as u64);
            Flow::Continue
        } else {
            fields.clear();
            let made = reader.make(bytes, ctx, &mut fields, out);
            let (offset, number) = (line.offset, line.number);
            if made.pattern.is_none() && !spec.loose {
                let title = &spec.title;
                let said = format!("fits no pattern of {title}");
                out.problem(ProblemKind::Malformed, number, offset, bytes.len() as u64, &said, bytes)
            } else {
                if made.pattern.is_none() {
                    fields.bytes(known::MESSAGE, &bytes[..bytes.len().min(LOOKED_AT)]);
                    fields.text(known::EVENT_DATASET, spec.id.get_ref());
                }
                let flow = out.event(&Record {
                    time: made.time,
                    offset,
                    line: number,
                    raw: bytes,
                    bytes: bytes.len() as u64,
                    fields: &fields,
                });
                match made.bad_time {
                    Some((from, to)) if flow == Flow::Continue => {
                        let said = "the time was not understood; the event is undated";
                        out.problem(
                            ProblemKind::BadTime,
                            number,
                            offset,
                            0,
                            said,
                            unmarked(bytes).get(from..to).unwrap_or_default(),
                        )
                    }
                    _ => flow,
                }
            }
        };
        if flow == Flow::Stop || line.close(out) == Flow::Stop {
            return Ok(());
        }
    }
}

fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}
