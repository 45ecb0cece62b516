//! Trying a format on its own samples, and on a log: what fails, where and why. Asked by `timberline formats check`,
//! by the window and by the test of the built-in formats.

use super::spec::{Constant, Sample, Spec};
use super::{BadFormat, Declared, compile, read};
use crate::ParseContext;
use crate::normalise::time::zone::Zone;
use std::io::Read;
use timberline_model::time::{DAY, civil_from_days, days_from_civil, parse_rfc3339, rfc3339};
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink, Value};

/// A record or problem, kept to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its first line, from 1.
    pub line: u64,
    /// Its text.
    pub text: String,
    /// When, ns since 1970 UTC.
    pub time_ns: Option<i64>,
    /// Names and values.
    pub fields: Vec<(String, Value)>,
    /// What is wrong, where it became no event or its time was not understood.
    pub problem: Option<String>,
}

impl Row {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
}

/// Keeps the first rows, counts all.
#[derive(Debug, Default)]
pub struct Kept {
    /// The rows, at most `most`.
    pub rows: Vec<Row>,
    /// Events, and undated ones among them.
    pub events: u64,
    /// Events without a time.
    pub undated: u64,
    /// Records that became no event.
    pub problems: u64,
    /// The first of them.
    pub misfits: Vec<Row>,
    most: usize,
    names: FieldNames,
}

impl Kept {
    /// With room for so many rows.
    #[must_use]
    pub fn at_most(most: usize) -> Self {
        Self { most, ..Self::default() }
    }
}

impl Sink for Kept {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        self.events += 1;
        self.undated += u64::from(record.time.is_none());
        if self.rows.len() < self.most {
            let named = |(id, value): (FieldId, timberline_model::record::ValueRef<'_>)| {
                (self.names.name(id).to_owned(), value.to_value())
            };
            self.rows.push(Row {
                line: record.line,
                text: String::from_utf8_lossy(record.raw).into_owned(),
                time_ns: record.time.map(|t| t.ns),
                fields: record.fields.iter().map(named).collect(),
                problem: None,
            });
        }
        Flow::Continue
    }

    fn problem(
        &mut self,
        _: ProblemKind,
        line: u64,
        _: u64,
        bytes: u64,
        message: &str,
        excerpt: &[u8],
    ) -> Flow {
        if bytes == 0 {
            if let Some(row) = self.rows.last_mut().filter(|r| r.line == line) {
                row.problem = Some(message.to_owned());
            }
            return Flow::Continue;
        }
        self.problems += 1;
        let row = Row {
            line,
            text: String::from_utf8_lossy(&excerpt[..excerpt.len().min(4096)]).into_owned(),
            time_ns: None,
            fields: Vec::new(),
            problem: Some(message.to_owned()),
        };
        if self.misfits.len() < 20 {
            self.misfits.push(row.clone());
        }
        if self.rows.len() < self.most {
            self.rows.push(row);
        }
        Flow::Continue
    }

    fn filler(&mut self, _: u64) {}
}

/// What came of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleResult {
    /// Its number, from 1.
    pub number: usize,
    /// Where it stands in the file.
    pub line: usize,
    /// Its first line.
    pub text: String,
    /// What was expected and did not come; empty when it is as it should be.
    pub failures: Vec<String>,
}

/// Runs the samples of a format.
///
/// # Errors
/// When the format itself is wrong.
pub fn samples(format: &Declared) -> Result<Vec<SampleResult>, BadFormat> {
    let compiled = format.compiled().map_err(Clone::clone)?;
    let spec = format.spec();
    let results = spec.sample.iter().enumerate().map(|(n, sample)| {
        let inner = sample.get_ref();
        SampleResult {
            number: n + 1,
            line: compile::place(format.text(), sample.span().start, String::new()).line,
            text: inner.text.trim_start().lines().next().unwrap_or_default().to_owned(),
            failures: sample_failures(spec, compiled, inner),
        }
    });
    Ok(results.collect())
}

fn sample_failures(spec: &Spec, compiled: &compile::Compiled, sample: &Sample) -> Vec<String> {
    let mut wrong = Vec::new();
    let time = match &sample.time {
        Some(text) => match parse_rfc3339(text) {
            Some(ns) => Some(ns),
            None => {
                return vec![format!("the time \"{text}\" is none; give one such as 2026-03-10T02:13:04Z")];
            }
        },
        None => None,
    };
    // A multi-line text in TOML ends with a line break that is not meant.
    let text = sample.text.strip_suffix('\n').unwrap_or(&sample.text);
    let kept = try_on(spec, compiled, text.as_bytes(), time, None, 50);
    let expected = sample.events.unwrap_or(1);
    if kept.events != expected as u64 {
        let misfit = kept.misfits.first().and_then(|m| m.problem.clone());
        let why = misfit.map_or_else(String::new, |m| format!(": line {} {m}", kept.misfits[0].line));
        wrong.push(format!("expected {}, got {}{why}", counted(expected), counted(kept.events as usize)));
    }
    let Some(row) = kept.rows.first().filter(|_| kept.events > 0) else { return wrong };
    let said = |ns: Option<i64>| ns.map_or_else(|| "none".to_owned(), rfc3339);
    if time.is_some() && row.time_ns != time {
        wrong.push(format!("time: expected {}, got {}", said(time), said(row.time_ns)));
    }
    let level = sample.level.as_ref().map(|l| ("log.level".to_owned(), Constant::Text(l.clone())));
    let fields = sample.fields.iter().map(|(n, v)| (n.clone(), v.clone())).chain(level);
    for (name, expect) in fields {
        let got = row.get(&name);
        let same = match (&expect, got) {
            (Constant::Int(a), Some(Value::Int(b))) => a == b,
            (Constant::Float(a), Some(Value::Float(b))) => a == b,
            (Constant::Text(a), Some(value)) => *a == value.show(),
            _ => false,
        };
        if !same {
            let got = got.map_or_else(|| "nothing".to_owned(), |v| format!("\"{}\"", v.show()));
            wrong.push(format!("{name}: expected {}, got {got}", shown(&expect)));
        }
    }
    for name in &sample.without {
        if let Some(value) = row.get(name) {
            wrong.push(format!("{name}: expected nothing, got \"{}\"", value.show()));
        }
    }
    wrong
}

fn counted(n: usize) -> String {
    format!("{n} event{}", if n == 1 { "" } else { "s" })
}

fn shown(value: &Constant) -> String {
    match value {
        Constant::Int(n) => n.to_string(),
        Constant::Float(x) => x.to_string(),
        Constant::Text(text) => format!("\"{text}\""),
    }
}

/// Reads a text by a format. Times that name no year are of the year of `near`.
pub(super) fn try_on(
    spec: &Spec,
    compiled: &compile::Compiled,
    text: &[u8],
    near: Option<i64>,
    zone: Option<&str>,
    most: usize,
) -> Kept {
    let year = near.map(|ns| civil_from_days(ns.div_euclid(DAY)).0 as i32);
    let reference = near.unwrap_or_else(|| days_from_civil(2026, 12, 31) * DAY);
    let zone = || zone.and_then(|z| Zone::parse(z).ok());
    let first = ParseContext::new(zone(), year, reference, "");
    // Reading from memory does not fail.
    let _ = read::read_all(spec, compiled, &mut &text[..], &first, &mut Kept::at_most(0));
    let ctx = ParseContext::new(zone(), year, reference, "").informed(&first.learned());
    let mut kept = Kept::at_most(most);
    let _ = read::read_all(spec, compiled, &mut &text[..], &ctx, &mut kept);
    kept
}

/// How a log fits a format.
///
/// # Errors
/// When the format is wrong.
pub fn log(format: &Declared, input: &mut dyn Read) -> Result<Kept, BadFormat> {
    let compiled = format.compiled().map_err(Clone::clone)?;
    let mut kept = Kept::at_most(0);
    let ctx = ParseContext::new(None, None, days_from_civil(2026, 12, 31) * DAY, "");
    let _ = read::read_all(format.spec(), compiled, input, &ctx, &mut kept);
    Ok(kept)
}
