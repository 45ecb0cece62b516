//! The sink that stands between a format and the case: it keeps to the asked range of time and to a stop.

use super::stream::Tally;
use timberline_model::{FieldId, FieldNames, Flow, NO_TIME, ProblemKind, Record, Sink, TimeRange};

/// Passes on what lies in the range; what does not is filler. After a stop nothing is passed on.
pub struct Window<'a> {
    out: &'a mut dyn Sink,
    tally: &'a Tally,
    range: TimeRange,
    /// Events read, those outside the range too.
    pub events: u64,
}

impl<'a> Window<'a> {
    pub fn new(
        out: &'a mut dyn Sink,
        tally: &'a Tally,
        since_ns: Option<i64>,
        until_ns: Option<i64>,
    ) -> Self {
        Self { out, tally, range: TimeRange { from_ns: since_ns, to_ns: until_ns }, events: 0 }
    }

    fn note(&self, flow: Flow) -> Flow {
        if flow == Flow::Stop {
            self.tally.stopped.set(true);
        }
        flow
    }
}

impl Sink for Window<'_> {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.out.field(name)
    }

    #[inline]
    fn event(&mut self, record: &Record<'_>) -> Flow {
        if self.tally.stopped.get() {
            return Flow::Stop;
        }
        self.events += 1;
        if !self.range.holds(record.time.map_or(NO_TIME, |t| t.ns)) {
            self.out.filler(record.bytes);
            return Flow::Continue;
        }
        let flow = self.out.event(record);
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
        if self.tally.stopped.get() {
            return Flow::Stop;
        }
        let flow = self.out.problem(kind, line, offset, bytes, message, excerpt);
        self.note(flow)
    }

    fn filler(&mut self, bytes: u64) {
        if !self.tally.stopped.get() {
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
