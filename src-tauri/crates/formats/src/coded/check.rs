//! Test helpers for formats that are not lines: a sink that keeps everything and adds up the bytes, a reader
//! that hands out few bytes at a time, a seeded mutator, and the real files outside of the repository.

use crate::{Format, Head, ParseContext};
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use timberline_model::time::rfc3339;
use timberline_model::{FieldId, FieldNames, Flow, ProblemKind, Record, Sink, Value};

/// One event as it was handed over.
#[derive(Debug)]
pub struct Seen {
    pub time_ns: Option<i64>,
    pub offset: u64,
    pub line: u64,
    pub raw: Vec<u8>,
    pub bytes: u64,
    pub fields: Vec<(String, Value)>,
}

impl Seen {
    pub fn get(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.show())
    }
}

/// One problem as it was handed over.
#[derive(Debug)]
pub struct Trouble {
    pub kind: ProblemKind,
    pub line: u64,
    pub offset: u64,
    pub bytes: u64,
    pub message: String,
    pub excerpt: String,
}

/// Keeps what a format hands over.
#[derive(Default)]
pub struct Keep {
    names: FieldNames,
    pub events: Vec<Seen>,
    pub problems: Vec<Trouble>,
    pub event_bytes: u64,
    pub problem_bytes: u64,
    pub filler: u64,
}

impl Sink for Keep {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }
    fn event(&mut self, record: &Record<'_>) -> Flow {
        self.event_bytes += record.bytes;
        let fields =
            record.fields.iter().map(|(id, v)| (self.names.name(id).to_owned(), v.to_value())).collect();
        self.events.push(Seen {
            time_ns: record.time.map(|t| t.ns),
            offset: record.offset,
            line: record.line,
            raw: record.raw.to_vec(),
            bytes: record.bytes,
            fields,
        });
        Flow::Continue
    }
    fn problem(
        &mut self,
        kind: ProblemKind,
        line: u64,
        offset: u64,
        bytes: u64,
        message: &str,
        excerpt: &[u8],
    ) -> Flow {
        self.problem_bytes += bytes;
        let excerpt = String::from_utf8_lossy(&excerpt[..excerpt.len().min(60)]).into_owned();
        self.problems.push(Trouble { kind, line, offset, bytes, message: message.to_owned(), excerpt });
        Flow::Continue
    }
    fn filler(&mut self, bytes: u64) {
        self.filler += bytes;
    }
}

/// Reads at most a few bytes at a time, so that every seam is met.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(self.0.len()).min(self.1);
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// Parses and checks what must hold for every source: all bytes accounted for, every raw record at its place and
/// on its line, and the same result however the bytes come in.
pub fn parse(format: &dyn Format, bytes: &[u8]) -> Keep {
    let keep = parse_at(format, bytes, usize::MAX);
    if bytes.len() < 20_000 {
        let slow = parse_at(format, bytes, 7);
        assert_eq!(
            slow.events.len(),
            keep.events.len(),
            "events depend on how the bytes come in: {:?}",
            String::from_utf8_lossy(bytes)
        );
        assert_eq!(
            slow.problem_bytes,
            keep.problem_bytes,
            "problems depend on how the bytes come in: {:?}",
            String::from_utf8_lossy(bytes)
        );
    }
    keep
}

pub fn parse_at(format: &dyn Format, bytes: &[u8], step: usize) -> Keep {
    let mut keep = Keep::default();
    format.parse(&mut Trickle(bytes, step), &ParseContext::for_tests(), &mut keep).unwrap();
    let all = keep.event_bytes + keep.problem_bytes + keep.filler;
    assert_eq!(
        all,
        bytes.len() as u64,
        "events {} + problems {} + filler {}: {:?}",
        keep.event_bytes,
        keep.problem_bytes,
        keep.filler,
        keep.problems.iter().map(|p| (p.offset, p.bytes, &p.message)).collect::<Vec<_>>()
    );
    // The raw record of a binary one is its text, and its line is its number.
    if matches!(format.about().id, "evtx" | "evt") {
        return keep;
    }
    let (mut line, mut at) = (1u64, 0usize);
    for event in &keep.events {
        let offset = event.offset as usize;
        assert_eq!(event.raw.len() as u64, event.bytes);
        assert!(bytes[offset..].starts_with(&event.raw), "the raw record is not at its offset");
        line += bytes[at..offset].iter().filter(|b| **b == b'\n').count() as u64;
        at = offset;
        assert_eq!(event.line, line, "at offset {offset}");
    }
    keep
}

/// How sure a format is of bytes.
pub fn sniff(format: &dyn Format, bytes: &[u8], name: &str) -> f64 {
    let head = &bytes[..bytes.len().min(64 << 10)];
    format.sniff(&Head { bytes: head, whole: head.len() == bytes.len(), name }).score
}

/// All events and problems as text, for snapshots.
pub fn show(keep: &Keep) -> String {
    let mut out = String::new();
    for e in &keep.events {
        let time = e.time_ns.map_or("undated".to_owned(), rfc3339);
        let _ = writeln!(out, "{time} line {} offset {} ({} bytes)", e.line, e.offset, e.raw.len());
        for (name, value) in &e.fields {
            let _ = writeln!(out, "    {name} = {}", serde_json::to_string(&value.json()).unwrap());
        }
    }
    for p in &keep.problems {
        let kind = serde_json::to_string(&p.kind).unwrap();
        let _ = writeln!(
            out,
            "PROBLEM {kind} line {} offset {} ({} bytes): {} | {}",
            p.line,
            p.offset,
            p.bytes,
            p.message,
            p.excerpt.escape_debug()
        );
    }
    let _ = writeln!(
        out,
        "bytes: events {} problems {} filler {}",
        keep.event_bytes, keep.problem_bytes, keep.filler
    );
    out
}

/// A fixture of the repository.
pub fn fixture(path: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures/formats");
    std::fs::read(root.join(path)).unwrap()
}

/// A real file outside of the repository; `None` (said aloud) where there is none.
pub fn real(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    let path = root.join(path);
    if !path.exists() {
        println!("skipped: ../shared is not here");
        return None;
    }
    Some(path)
}

/// The bytes of a real file, decompressed and decoded.
pub fn real_bytes(path: &str) -> Option<Vec<u8>> {
    let path = real(path)?;
    let bytes = std::fs::read(&path).unwrap();
    if path.extension().is_some_and(|e| e == "gz") {
        let mut out = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut out).unwrap();
        return Some(out);
    }
    if bytes.starts_with(b"\xff\xfe") {
        return Some(encoding_rs::UTF_16LE.decode(&bytes).0.into_owned().into_bytes());
    }
    Some(bytes)
}

/// The files of a folder of real files, sorted.
pub fn real_files(folder: &str) -> Vec<String> {
    let Some(path) = real(folder) else { return Vec::new() };
    let mut names: Vec<String> = std::fs::read_dir(path)
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().into_string().ok())
        .filter(|n| !n.ends_with(".md"))
        .map(|n| format!("{folder}/{n}"))
        .collect();
    names.sort();
    names
}

/// A small seeded generator (xorshift64*).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides.max(1)
    }
}

/// Breaks copies of `seed` in `rounds` ways and checks that each is read to its end, with all bytes accounted for.
pub fn survive(format: &dyn Format, seed: &[u8], rounds: usize, marks: &[&[u8]]) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed.len() as u64);
    for _ in 0..rounds {
        let mut bytes = seed.to_vec();
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(bytes.len() + 1);
            match dice.roll(7) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
                2 => {
                    let end = (at + dice.roll(200)).min(bytes.len());
                    bytes.drain(at..end);
                }
                3 => {
                    let from = dice.roll(bytes.len());
                    let part = bytes[from..(from + dice.roll(200)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
                4 => bytes.insert(at, dice.roll(256) as u8),
                5 => {
                    let mark = marks[dice.roll(marks.len())];
                    bytes.splice(at..at, mark.iter().copied());
                }
                _ => {
                    let mark = marks[dice.roll(marks.len())];
                    let many = mark.repeat(1 + dice.roll(300));
                    bytes.splice(at..at, many);
                }
            }
        }
        parse(format, &bytes);
    }
}
