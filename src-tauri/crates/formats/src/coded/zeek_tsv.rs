//! Zeek's (and Bro's) own logs: a header of `#` lines that names separator, log, fields and types, then one
//! record a line. Several headers may follow each other, as when logs are joined to one file. JSON logs of
//! Zeek are [`super::zeek_json`]'s; what the names mean is [`super::zeek`]'s.

use super::flatten::{Leaf, Lists};
use super::zeek::{Facts, How, Place, conclude, dataset, place, write};
use crate::framing::lines::Lines;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::{memchr, memmem};
use std::io::Read;
use timberline_model::value::MULTI;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp};

/// Zeek's own logs.
pub struct ZeekTsv;

/// How many fields a header may name.
const MOST_COLUMNS: usize = 2_000;

impl Format for ZeekTsv {
    fn about(&self) -> About {
        About {
            id: "zeek_tsv",
            title: "Zeek logs (tab-separated)",
            about: "Zeek and Bro logs with their # header: connections, DNS, HTTP, SSH, TLS and files in ECS names, \
                    all other logs by their own",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let mut marks = 0;
        let (mut fields, mut types) = (false, false);
        for line in head.bytes.split(|b| *b == b'\n').filter(|l| l.starts_with(b"#")).take(50) {
            for mark in [&b"#separator"[..], b"#set_separator", b"#empty_field", b"#unset_field", b"#path"] {
                marks += usize::from(line.starts_with(mark));
            }
            fields |= line.starts_with(b"#fields");
            types |= line.starts_with(b"#types");
        }
        let (score, why) = match (fields, types, marks) {
            (true, true, 2..) => (1.0, "a Zeek header that names log, fields and types"),
            (true, _, 1..) | (true, true, _) => (0.9, "a Zeek header that names the fields"),
            (false, _, 2..) => (0.4, "a Zeek header that does not name the fields"),
            _ => return Confidence::none(),
        };
        Confidence { score, why: why.to_owned() }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut lines = Lines::new(input);
        let mut reader = Rows::default();
        while let Some(line) = lines.next()? {
            let bytes = line.bytes;
            let flow = if line.over > 0 || bytes.first() == Some(&b'#') || bytes.is_empty() {
                if bytes.first() == Some(&b'#') {
                    reader.header(bytes);
                }
                if line.over > 0 {
                    let (len, why) = (bytes.len() as u64, "a line too long to be a Zeek record");
                    out.problem(ProblemKind::Limit, line.number, line.offset, len, why, bytes)
                } else {
                    out.filler(bytes.len() as u64);
                    Flow::Continue
                }
            } else {
                let last = line.ending == 0;
                match reader.row(bytes, ctx, out) {
                    Ok(time) => {
                        let record = Record {
                            time,
                            offset: line.offset,
                            line: line.number,
                            raw: bytes,
                            bytes: bytes.len() as u64,
                            fields: &reader.fields,
                        };
                        let flow = out.event(&record);
                        match (flow, time, reader.bad_time) {
                            (Flow::Continue, None, true) => {
                                let why = "the time was not understood";
                                out.problem(ProblemKind::BadTime, line.number, line.offset, 0, why, bytes)
                            }
                            _ => flow,
                        }
                    }
                    Err(why) => {
                        let kind = if last { ProblemKind::Truncated } else { ProblemKind::Malformed };
                        out.problem(kind, line.number, line.offset, bytes.len() as u64, &why, bytes)
                    }
                }
            };
            if flow == Flow::Stop || line.close(out) == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Bool,
    Whole,
    Real,
    Many(Item),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Text,
    Number,
}

#[derive(Clone, Debug)]
struct Column {
    place: Place,
    kind: Kind,
}

struct Rows {
    separator: Vec<u8>,
    set_separator: Vec<u8>,
    empty: Vec<u8>,
    unset: Vec<u8>,
    log: String,
    dataset: String,
    names: Vec<Vec<u8>>,
    types: Vec<Vec<u8>>,
    /// Made from `names` and `types` when the first row after a header comes.
    columns: Option<Vec<Column>>,
    fields: Fields,
    lists: Lists,
    bad_time: bool,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            separator: b"\t".to_vec(),
            set_separator: b",".to_vec(),
            empty: b"(empty)".to_vec(),
            unset: b"-".to_vec(),
            log: String::new(),
            dataset: dataset(""),
            names: Vec::new(),
            types: Vec::new(),
            columns: None,
            fields: Fields::default(),
            lists: Lists::default(),
            bad_time: false,
        }
    }
}

impl Rows {
    fn header(&mut self, line: &[u8]) {
        let end = line.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(line.len());
        let sep_end =
            line[1..].windows(self.separator.len()).position(|w| w == self.separator).map(|n| n + 1);
        // `#separator` stands before the separator is known and is followed by a space (or, rarely, a tab).
        let (key, value) = match (&line[..end], sep_end) {
            (b"#separator", _) => (&line[..end], line.get(end + 1..).unwrap_or_default()),
            (_, Some(at)) => (&line[..at], &line[at + self.separator.len()..]),
            (key, None) => (key, line.get(end + 1..).unwrap_or_default()),
        };
        match key {
            b"#separator" => {
                let fresh = Self { fields: std::mem::take(&mut self.fields), ..Self::default() };
                *self = fresh;
                let separator = unescape(value).unwrap_or_else(|| value.to_vec());
                if !separator.is_empty() && separator != b"\n" {
                    self.separator = separator;
                }
            }
            b"#set_separator" if !value.is_empty() => {
                self.set_separator = unescape(value).unwrap_or_else(|| value.to_vec());
            }
            b"#empty_field" => self.empty = unescape(value).unwrap_or_else(|| value.to_vec()),
            b"#unset_field" => self.unset = unescape(value).unwrap_or_else(|| value.to_vec()),
            b"#path" => {
                self.log = String::from_utf8_lossy(value).chars().take(60).collect();
                self.dataset = dataset(&self.log);
                self.columns = None;
            }
            b"#fields" => {
                self.names = self.split(value);
                self.types.clear();
                self.columns = None;
            }
            b"#types" => {
                self.types = self.split(value);
                self.columns = None;
            }
            _ => {}
        }
    }

    fn split(&self, value: &[u8]) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        let mut rest = value;
        while parts.len() < MOST_COLUMNS {
            match memmem::find(rest, &self.separator) {
                Some(at) => {
                    parts.push(rest[..at].to_vec());
                    rest = &rest[at + self.separator.len()..];
                }
                None => {
                    parts.push(rest.to_vec());
                    break;
                }
            }
        }
        parts
    }

    fn prepare(&mut self, out: &mut dyn Sink) {
        let kind = |n: usize, name: &[u8]| {
            let text = String::from_utf8_lossy(self.types.get(n).map_or(&b"string"[..], |t| t)).into_owned();
            let number =
                |t: &str| matches!(t, "count" | "int" | "counter" | "port" | "time" | "interval" | "double");
            if let Some(at) = text.find('[') {
                let item = text[at + 1..].trim_end_matches(']');
                return Kind::Many(if number(item) { Item::Number } else { Item::Text });
            }
            match text.as_str() {
                "bool" => Kind::Bool,
                "count" | "int" | "counter" | "port" => Kind::Whole,
                "time" | "interval" | "double" => Kind::Real,
                _ if self.types.is_empty() && name == b"ts" => Kind::Real,
                _ => Kind::Text,
            }
        };
        let columns = self.names.iter().enumerate().map(|(n, name)| Column {
            place: place(&self.log, &String::from_utf8_lossy(name), out),
            kind: kind(n, name),
        });
        self.columns = Some(columns.collect());
    }

    fn row(&mut self, line: &[u8], ctx: &ParseContext, out: &mut dyn Sink) -> Result<Option<Stamp>, String> {
        if self.columns.is_none() {
            if self.names.is_empty() {
                return Err("a record before any #fields line".to_owned());
            }
            self.prepare(out);
        }
        let Some(columns) = self.columns.take() else { return Err("no columns".to_owned()) };
        let told = self.cells(&columns, line, ctx);
        self.columns = Some(columns);
        told
    }

    fn cells(
        &mut self,
        columns: &[Column],
        line: &[u8],
        ctx: &ParseContext,
    ) -> Result<Option<Stamp>, String> {
        self.fields.clear();
        self.lists.clear();
        self.bad_time = false;
        let (mut time, mut facts, mut rest, mut n) = (None, Facts::default(), Some(line), 0);
        while let Some(from) = rest {
            let at = match self.separator.as_slice() {
                [one] => memchr(*one, from),
                many => memmem::find(from, many),
            };
            let cell = at.map_or(from, |at| &from[..at]);
            rest = at.map(|at| &from[at + self.separator.len()..]);
            let column = columns.get(n);
            n += 1;
            let Some(column) = column else { continue };
            if cell == self.unset || column.place.how == How::Drop {
                continue;
            }
            if column.place.how == How::Time {
                time = seconds(cell).map(|ns| ctx.stated(ns)).or_else(|| ctx.stamp(cell));
                self.bad_time = time.is_none();
                continue;
            }
            self.cell(column, cell, &mut facts);
        }
        if n != columns.len() {
            return Err(format!("{n} fields where the header names {}", columns.len()));
        }
        self.lists.give(&mut self.fields);
        conclude(&self.log, &self.dataset, facts, &mut self.fields);
        Ok(time)
    }

    fn cell(&mut self, column: &Column, cell: &[u8], facts: &mut Facts) {
        let (place, fields, lists) = (column.place, &mut self.fields, &mut self.lists);
        match column.kind {
            Kind::Many(item) => {
                if cell == self.empty {
                    return;
                }
                for part in split_set(cell, &self.set_separator) {
                    if part == self.unset {
                        continue;
                    }
                    match item {
                        Item::Number => write(place, number(part), true, fields, lists, facts),
                        Item::Text => {
                            with_text(part, |t| write(place, Leaf::Text(t), true, fields, lists, facts))
                        }
                    }
                }
            }
            Kind::Bool => {
                let value = match cell {
                    b"T" => Leaf::Bool(true),
                    b"F" => Leaf::Bool(false),
                    other => {
                        return with_text(other, |t| {
                            write(place, Leaf::Text(t), false, fields, lists, facts)
                        });
                    }
                };
                write(place, value, false, fields, lists, facts);
            }
            Kind::Whole | Kind::Real => match number(cell) {
                Leaf::Text(_) => {
                    with_text(cell, |t| write(place, Leaf::Text(t), false, fields, lists, facts))
                }
                value => write(place, value, false, fields, lists, facts),
            },
            Kind::Text => {
                let cell = if cell == self.empty { b"" } else { cell };
                with_text(cell, |t| write(place, Leaf::Text(t), false, fields, lists, facts));
            }
        }
    }
}

fn split_set<'c>(cell: &'c [u8], separator: &'c [u8]) -> impl Iterator<Item = &'c [u8]> {
    let mut rest = Some(cell);
    std::iter::from_fn(move || {
        let from = rest?;
        match memmem::find(from, separator) {
            Some(at) if !separator.is_empty() => {
                rest = Some(&from[at + separator.len()..]);
                Some(&from[..at])
            }
            _ => {
                rest = None;
                Some(from)
            }
        }
    })
}

/// A number; a text when it is none.
fn number(cell: &[u8]) -> Leaf<'_> {
    let Ok(text) = std::str::from_utf8(cell) else { return Leaf::Text("") };
    if let Ok(n) = text.parse::<i64>() {
        return Leaf::Int(n);
    }
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Leaf::Float(x),
        _ => Leaf::Text(text),
    }
}

/// Hands on a cell as text, with Zeek's `\xHH` undone and without a list separator of its own.
fn with_text(cell: &[u8], take: impl FnOnce(&str)) {
    let plain = memchr(b'\\', cell).is_none() && memchr(MULTI as u8, cell).is_none();
    match std::str::from_utf8(cell) {
        Ok(text) if plain => take(text),
        _ => {
            let bytes = unescape(cell).unwrap_or_else(|| cell.to_vec());
            take(&String::from_utf8_lossy(&bytes).replace(MULTI, "\u{fffd}"));
        }
    }
}

/// `\xHH` as the byte that it means; `None` when there is none.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    memmem::find(text, b"\\x")?;
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let hex = text.get(at..at + 4).and_then(|part| {
            let digits = std::str::from_utf8(part.strip_prefix(b"\\x")?).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 4;
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    Some(out)
}

/// Seconds since 1970 with up to nine decimals, exactly, in nanoseconds.
fn seconds(cell: &[u8]) -> Option<i64> {
    let (whole, fraction) = match memchr(b'.', cell) {
        Some(dot) => (&cell[..dot], &cell[dot + 1..]),
        None => (cell, &[][..]),
    };
    if whole.is_empty() || whole.len() > 10 || fraction.len() > 18 {
        return None;
    }
    let mut n = 0i64;
    for digit in whole {
        n = n * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let (mut ns, mut unit) = (0, 100_000_000);
    for digit in fraction {
        ns += i64::from(digit.is_ascii_digit().then(|| digit - b'0')?) * unit;
        unit /= 10;
    }
    n.checked_mul(1_000_000_000)?.checked_add(ns)
}

#[cfg(test)]
#[path = "zeek_tests.rs"]
mod tests;
