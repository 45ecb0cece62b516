//! The sink that stands between a format and the case: it keeps to the asked range of time and to a stop, gives offsets and
//! lines as they are in the source, and tells of bytes that are no characters at the record that holds them.

use super::gaps::Passed;
use super::text::Notes;
use std::cell::Cell;
use timberline_model::{FieldId, FieldNames, Flow, NO_TIME, ProblemKind, Record, Sink, TimeRange};

/// Passes on what lies in the range; what does not is filler. After a stop nothing is passed on.
pub struct Window<'a> {
    out: &'a mut dyn Sink,
    stopped: &'a Cell<bool>,
    notes: &'a Notes,
    passed: &'a Passed,
    range: TimeRange,
    /// The gap that was met last.
    gap: usize,
    /// Events read, those outside the range too.
    pub events: u64,
    /// Events in the range.
    pub kept: u64,
}

impl<'a> Window<'a> {
    pub fn new(
        out: &'a mut dyn Sink,
        stopped: &'a Cell<bool>,
        notes: &'a Notes,
        passed: &'a Passed,
        range: TimeRange,
    ) -> Self {
        Self { out, stopped, notes, passed, range, gap: 0, events: 0, kept: 0 }
    }

    fn note(&self, flow: Flow) -> Flow {
        if flow == Flow::Stop {
            self.stopped.set(true);
        }
        flow
    }

    /// An offset and a line as the format sees them, as they are in the source.
    fn place(&mut self, offset: u64, line: u64) -> (u64, u64) {
        if self.passed.bytes.get() == 0 {
            return (offset, line);
        }
        let gaps = self.passed.gaps.borrow();
        // Records come in order, problems about earlier ones seldom.
        let behind = |n: usize| gaps.get(n).is_some_and(|(at, ..)| *at <= offset);
        if self.gap > 0 && !behind(self.gap - 1) {
            self.gap = gaps.partition_point(|(at, ..)| *at <= offset);
        }
        while behind(self.gap) {
            self.gap += 1;
        }
        match self.gap.checked_sub(1).and_then(|n| gaps.get(n)) {
            Some((_, left_out, breaks)) => (offset + left_out, line.saturating_sub(*breaks).max(1)),
            None => (offset, line),
        }
    }

    /// Tells of the bytes that are no characters up to this offset.
    #[cold]
    fn tell_bad(&mut self, record: &Record<'_>) {
        let end = record.offset + record.bytes;
        loop {
            let next = {
                let mut places = self.notes.places.borrow_mut();
                let first = places.first().copied().filter(|(at, _)| *at < end);
                if first.is_some() {
                    places.remove(0);
                }
                self.notes.next_bad.set(places.first().map_or(u64::MAX, |(at, _)| *at));
                first
            };
            let Some((at, bytes)) = next else { return };
            let from = usize::try_from(at.saturating_sub(record.offset)).unwrap_or(usize::MAX);
            let before = record.raw.get(..from.min(record.raw.len())).unwrap_or_default();
            let line = record.line + memchr::memchr_iter(b'\n', before).count() as u64;
            let (offset, line) = self.place(at, line);
            let message = format!(
                "{bytes} {} no UTF-8; the raw record keeps {}",
                if bytes == 1 { "byte is" } else { "bytes are" },
                if bytes == 1 { "it" } else { "them" }
            );
            let excerpt = record.raw.get(from.saturating_sub(30)..).unwrap_or(record.raw);
            let _ = self.out.problem(ProblemKind::Encoding, line, offset, 0, &message, excerpt);
        }
    }
}

impl Sink for Window<'_> {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.out.field(name)
    }

    #[inline]
    fn event(&mut self, record: &Record<'_>) -> Flow {
        if self.stopped.get() {
            return Flow::Stop;
        }
        self.events += 1;
        if self.notes.next_bad.get() < record.offset + record.bytes {
            self.tell_bad(record);
        }
        if !self.range.holds(record.time.map_or(NO_TIME, |t| t.ns)) {
            self.out.filler(record.bytes);
            return Flow::Continue;
        }
        self.kept += 1;
        let (offset, line) = self.place(record.offset, record.line);
        let flow = self.out.event(&Record { offset, line, ..*record });
        self.note(flow)
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
        if self.stopped.get() {
            return Flow::Stop;
        }
        let (offset, line) = if line == 0 { (offset, 0) } else { self.place(offset, line) };
        let flow = self.out.problem(kind, line, offset, bytes, message, excerpt);
        self.note(flow)
    }

    fn filler(&mut self, bytes: u64) {
        if !self.stopped.get() {
            self.out.filler(bytes);
        }
    }
}

/// Takes everything and keeps nothing: for a first pass that only learns about times.
#[derive(Default)]
pub struct Nowhere {
    names: FieldNames,
}

impl Sink for Nowhere {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    fn event(&mut self, _: &Record<'_>) -> Flow {
        Flow::Continue
    }

    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        Flow::Continue
    }

    fn filler(&mut self, _: u64) {}
}
