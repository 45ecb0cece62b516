//! What the tests of this crate share: sinks that count or keep, and the way to the fixtures. Not built otherwise.

use crate::{Format, ParseContext};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use timberline_model::time::rfc3339;
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink, Stamp};

/// Counts what it is given, and keeps what problems said.
#[derive(Debug, Default)]
pub struct Counting {
    pub events: u64,
    pub undated: u64,
    pub problems: u64,
    pub event_bytes: u64,
    pub problem_bytes: u64,
    pub filler: u64,
    pub said: Vec<(ProblemKind, String)>,
    /// Where the next record may begin at the earliest.
    next: u64,
    names: FieldNames,
}

impl Counting {
    /// Bytes accounted for.
    pub fn bytes(&self) -> u64 {
        self.event_bytes + self.problem_bytes + self.filler
    }
}

impl Sink for Counting {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        assert!(record.offset >= self.next, "records do not overlap: {} < {}", record.offset, self.next);
        assert!(record.line > 0, "lines count from 1");
        self.next = record.offset + record.bytes;
        self.events += 1;
        self.undated += u64::from(record.time.is_none());
        self.event_bytes += record.bytes;
        Flow::Continue
    }

    fn problem(&mut self, kind: ProblemKind, _: u64, _: u64, bytes: u64, message: &str, _: &[u8]) -> Flow {
        self.problems += 1;
        self.problem_bytes += bytes;
        if self.said.len() < 1000 {
            self.said.push((kind, message.to_owned()));
        }
        Flow::Continue
    }

    fn filler(&mut self, bytes: u64) {
        self.filler += bytes;
    }
}

/// Keeps events and problems as JSON, the way a person would check them.
#[derive(Debug, Default)]
pub struct Keeping {
    pub rows: Vec<Value>,
    pub bytes: u64,
    names: FieldNames,
}

impl Sink for Keeping {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        let mut row = Map::new();
        row.insert("line".into(), record.line.into());
        row.insert("@timestamp".into(), record.time.map_or(Value::Null, |t| rfc3339(t.ns).into()));
        let assumed = record.time.map_or(0, |t| t.assumed);
        for (bit, name) in [(Stamp::ZONE_ASSUMED, "zone"), (Stamp::YEAR_ASSUMED, "year")] {
            if assumed & bit != 0 {
                row.entry("assumed").or_insert_with(|| json!([])).as_array_mut().unwrap().push(name.into());
            }
        }
        for (id, value) in record.fields.iter() {
            row.insert(self.names.name(id).to_owned(), value.to_value().json());
        }
        self.rows.push(Value::Object(row));
        self.bytes += record.bytes;
        Flow::Continue
    }

    fn problem(&mut self, kind: ProblemKind, line: u64, _: u64, bytes: u64, message: &str, _: &[u8]) -> Flow {
        self.rows.push(json!({ "problem": kind, "line": line, "bytes": bytes, "message": message }));
        self.bytes += bytes;
        Flow::Continue
    }

    fn filler(&mut self, bytes: u64) {
        self.bytes += bytes;
    }
}

/// What a format makes of a text: a row an event or problem.
pub fn rows(format: &dyn Format, text: &[u8]) -> Vec<Value> {
    let mut sink = Keeping::default();
    let first = ParseContext::for_tests();
    format.parse(&mut &text[..], &first, &mut Keeping::default()).unwrap();
    let ctx = ParseContext::for_tests().informed(&first.learned());
    format.parse(&mut &text[..], &ctx, &mut sink).unwrap();
    assert_eq!(sink.bytes, text.len() as u64, "every byte is accounted for");
    sink.rows
}

/// The first row of a text of one record.
pub fn row(format: &dyn Format, text: &str) -> Value {
    rows(format, text.as_bytes()).into_iter().next().unwrap_or_default()
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The fixtures of a format, by name.
pub fn fixtures(format: &str) -> Vec<PathBuf> {
    let folder = root().join("fixtures/formats").join(format);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

/// Reads one message with a payload and looks for what is expected: `name=value` pairs with `\ ` for a blank, or `!`
/// where it must not be understood.
pub fn said(payload: &dyn crate::said::Payload, message: &str, expect: &str) {
    let ctx = ParseContext::for_tests();
    let mut sink = Keeping::default();
    let names = crate::said::Names::new(&mut sink);
    let mut fields = timberline_model::Fields::default();
    let mut said =
        crate::said::Said { fields: &mut fields, names: &names, ctx: &ctx, out: &mut sink, time: None };
    let understood = payload.claims(message.as_bytes()) && payload.read(b"", message.as_bytes(), &mut said);
    let time = said.time;
    assert_eq!(understood, expect != "!", "{message}");
    if !understood {
        return;
    }
    let record = Record {
        time,
        offset: 0,
        line: 1,
        bytes: message.len() as u64,
        raw: message.as_bytes(),
        fields: &fields,
    };
    let _ = sink.event(&record);
    let row = sink.rows.pop().unwrap();
    for pair in expect.replace("\\ ", "\u{1}").split_whitespace() {
        let pair = pair.replace('\u{1}', " ");
        let (name, value) = pair.split_once('=').unwrap();
        let seen = match &row[name] {
            Value::String(s) => s.clone(),
            other => other.to_string(),
        };
        let wanted = if value == "-" { "null" } else { value };
        assert_eq!(seen, wanted, "{name} of {message}: {row}");
    }
}
