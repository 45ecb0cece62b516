//! A file as Timberline reads it, kept in memory for comparison.

use serde_json::{Map, Value};
use std::path::Path;
use timberline_formats::open::{ReadOptions, Reader, survey};
use timberline_model::time::{parse_rfc3339, rfc3339};
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink};

/// One event.
pub struct Event {
    pub line: u64,
    pub fields: Map<String, Value>,
}

impl Event {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }
}

/// What came of a file.
#[derive(Default)]
pub struct Read {
    pub format: String,
    pub confidence: f64,
    pub events: Vec<Event>,
    pub undated: u64,
    pub problems: Vec<(ProblemKind, u64, String)>,
    /// Bytes in events, in problems, filler; and those that were decoded.
    pub event_bytes: u64,
    pub problem_bytes: u64,
    pub filler: u64,
    pub decoded: u64,
}

#[derive(Default)]
struct Keep {
    read: Read,
    names: FieldNames,
}

impl Sink for Keep {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        let mut fields = Map::new();
        match record.time {
            Some(stamp) => {
                fields.insert("@timestamp".into(), rfc3339(stamp.ns).into());
            }
            None => self.read.undated += 1,
        }
        for (id, value) in record.fields.iter() {
            fields.insert(self.names.name(id).to_owned(), value.to_value().json());
        }
        self.read.event_bytes += record.bytes;
        self.read.events.push(Event { line: record.line, fields });
        Flow::Continue
    }

    fn problem(&mut self, kind: ProblemKind, line: u64, _: u64, bytes: u64, message: &str, _: &[u8]) -> Flow {
        self.read.problem_bytes += bytes;
        self.read.problems.push((kind, line, message.to_owned()));
        Flow::Continue
    }

    fn filler(&mut self, bytes: u64) {
        self.read.filler += bytes;
    }
}

/// Reads a file; refusals and errors are problems.
pub fn read(path: &Path) -> Read {
    let mut keep = Keep::default();
    let survey = survey(path, &|_| ReadOptions::default(), &mut |_| Flow::Continue);
    for unit in &survey.units {
        let mut each = |n: usize, reader: &mut Reader<'_, '_>| {
            // Of an archive, the first member says what it is.
            if let Some(opened) = unit.sources.get(n).filter(|_| keep.read.format.is_empty()) {
                keep.read.format = opened.format.about().id.to_owned();
                keep.read.confidence = opened.confidence;
            }
            match reader.read(&mut keep) {
                Ok(reading) => keep.read.decoded += reading.decoded_bytes,
                Err(why) => keep.read.problems.push((ProblemKind::Unreadable, 0, why.to_string())),
            }
            Flow::Continue
        };
        if let Err(why) = unit.read(&mut |_| Flow::Continue, &mut each) {
            keep.read.problems.push((ProblemKind::Unreadable, 0, why.to_string()));
        }
    }
    for refusal in survey.refused {
        keep.read.problems.push((refusal.kind, 0, refusal.message));
    }
    keep.read
}

fn text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// Whether a value is what was expected: as text, numbers as numbers, a list when it holds every expected element.
pub fn same(expected: &Value, got: &Value) -> bool {
    let single = |e: &Value, g: &Value| {
        let (e, g) = (text(e), text(g));
        // An address has one short form (RFC 5952); logs write it at length and in capitals too.
        let address = |t: &str| t.parse::<std::net::IpAddr>().ok();
        e == g
            || matches!((e.parse::<f64>(), g.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
            || matches!((address(&e), address(&g)), (Some(a), Some(b)) if a == b)
    };
    let list = |v: &Value| match v {
        Value::Array(all) => all.clone(),
        other => vec![other.clone()],
    };
    let (e, g) = (list(expected), list(got));
    !e.is_empty() && e.iter().all(|e| g.iter().any(|g| single(e, g)))
}

/// Whether two RFC 3339 times are the same instant to the millisecond, whatever zone they are written in.
pub fn same_time(expected: &str, got: &str) -> bool {
    let instant = |t: &str| parse_rfc3339(t).map(|ns| ns.div_euclid(1_000_000));
    instant(expected).is_some() && instant(expected) == instant(got)
}
