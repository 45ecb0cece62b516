//! Bytes of any origin through one part of Timberline: what a fuzz target runs, and what the files in this folder are run
//! through in every test. Each function says by assertion what must hold whatever the bytes are.

use std::io::Read;
use timberline_formats::{FORMATS, Format, Head, ParseContext, said, sniff};
use timberline_model::{FieldId, FieldNames, Fields, Flow, ProblemKind, Record, Sink, kql};

/// Adds up what it is given and checks that records stand in order.
#[derive(Default)]
struct Sum {
    bytes: u64,
    next: u64,
    calls: u64,
    names: FieldNames,
}

impl Sum {
    /// A source of n bytes has no business with many times n records.
    fn flow(&mut self) -> Flow {
        self.calls += 1;
        if self.calls > 200_000 { Flow::Stop } else { Flow::Continue }
    }
}

impl Sink for Sum {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        assert!(!name.is_empty(), "a field has a name");
        self.names.id(name)
    }

    fn event(&mut self, record: &Record<'_>) -> Flow {
        assert!(record.line > 0, "lines count from 1");
        assert!(record.offset >= self.next, "records overlap: {} < {}", record.offset, self.next);
        self.next = record.offset;
        for (id, value) in record.fields.iter() {
            assert!(!self.names.name(id).is_empty(), "a field that nobody named: {value:?}");
        }
        self.bytes += accounted(record);
        self.flow()
    }

    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, bytes: u64, message: &str, _: &[u8]) -> Flow {
        assert!(!message.is_empty(), "a problem says what it is");
        self.bytes += bytes;
        self.flow()
    }

    fn filler(&mut self, bytes: u64) {
        self.bytes += bytes;
    }
}

/// Bytes of the source that a record takes.
fn accounted(record: &Record<'_>) -> u64 {
    record.bytes
}

/// Which formats a target runs.
#[derive(PartialEq, Eq)]
pub enum Family {
    /// EVTX and other binary files.
    Binary,
    /// JSON of any kind.
    Json,
    /// XML of any kind.
    Xml,
    /// CSV and other delimited text.
    Delimited,
    /// Everything else: lines.
    Lines,
}

impl Family {
    fn has(&self, format: &dyn Format) -> bool {
        let about = format.about();
        let says = |word: &str| about.id.contains(&word.to_lowercase()) || about.title.contains(word);
        let family = match () {
            () if about.id.starts_with("evt") => Self::Binary,
            () if says("XML") => Self::Xml,
            () if says("JSON") || about.about.contains("JSON") => Self::Json,
            () if says("CSV") || says("separated") || says("delimited") => Self::Delimited,
            () => Self::Lines,
        };
        *self == family
    }
}

/// Sniffs, and reads with whatever format is found.
pub fn sniffing(data: &[u8]) {
    let head = Head { bytes: data, whole: true, name: "fuzz.log" };
    for format in FORMATS.iter() {
        let found = format.sniff(&head);
        assert!((0.0..=1.0).contains(&found.score), "{} is {} sure", format.about().id, found.score);
        assert!(found.score == 0.0 || !found.why.is_empty(), "{} does not say why", format.about().id);
    }
    if let Some((format, _)) = sniff::sniff(&head) {
        parse(format, data);
    }
}

/// The first byte picks a format of the family, the rest is the source.
pub fn formats(family: &Family, data: &[u8]) {
    let Some((pick, data)) = data.split_first() else { return };
    let mine: Vec<&dyn Format> = FORMATS.iter().copied().filter(|f| family.has(*f)).collect();
    if let Some(format) = mine.get(usize::from(*pick) % mine.len().max(1)) {
        parse(*format, data);
    }
}

/// Reads a source whole and in small pieces.
fn parse(format: &dyn Format, data: &[u8]) {
    let ctx = ParseContext::new(None, None, 1_790_000_000_000_000_000, "from the file's date");
    let _ = format.look_ahead(&mut &*data, &ctx);
    let ctx = ParseContext::new(None, None, 1_790_000_000_000_000_000, "from the file's date")
        .informed(&ctx.learned());
    let mut sum = Sum::default();
    if format.parse(&mut Pieces(data), &ctx, &mut sum).is_ok() && sum.calls <= 200_000 {
        assert_eq!(sum.bytes, data.len() as u64, "{} accounts for every byte", format.about().id);
    }
    let _ = (ctx.zone_text(), ctx.year_rule(), ctx.remarks());
}

/// Hands out a few bytes at a time.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(self.0.len()).min(61);
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// The first line is the program's name, the rest its message; every payload reads it too, by the first byte of the message.
pub fn payloads(data: &[u8]) {
    let ctx = ParseContext::new(None, None, 1_790_000_000_000_000_000, "from the file's date");
    let cut = data.iter().position(|b| *b == b'\n').unwrap_or(0);
    let (program, message) = (&data[..cut], data.get(cut + 1..).unwrap_or_default());
    let mut sum = Sum::default();
    let names = said::Names::new(&mut sum);
    let mut fields = Fields::default();
    {
        let mut said =
            said::Said { fields: &mut fields, names: &names, ctx: &ctx, out: &mut sum, time: None };
        said::message(program, message, &mut said);
    }
    fields.clear();
    if let Some(payload) =
        message.first().and_then(|b| said::PAYLOADS.get(usize::from(*b) % said::PAYLOADS.len()))
    {
        let mut said =
            said::Said { fields: &mut fields, names: &names, ctx: &ctx, out: &mut sum, time: None };
        let _ = payload.claims(&message[1..]);
        payload.read(program, &message[1..], &mut said);
    }
    let record =
        Record { time: None, offset: 0, line: 1, bytes: message.len() as u64, raw: message, fields: &fields };
    let _ = sum.event(&record);
}

/// A query: what is understood is rendered and understood again, with the same meaning.
pub fn queries(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match kql::parse(text) {
        Ok(filter) => {
            let said = kql::render(&filter);
            let again = kql::parse(&said).unwrap_or_else(|why| panic!("{said:?} is not understood: {why:?}"));
            assert_eq!(kql::render(&again), said);
        }
        Err(why) => assert!(why.at <= text.len(), "the place {} is behind the text", why.at),
    }
}

/// A time: whatever is read is within the text.
pub fn times(data: &[u8]) {
    let ctx = ParseContext::new(None, None, 1_790_000_000_000_000_000, "from the file's date");
    if let Some((_, used)) = ctx.prefix(data) {
        assert!(used <= data.len());
    }
    let _ = (ctx.stamp(data), ctx.clf(data), ctx.bsd(data));
}

/// The parts of a segment of the case file.
pub fn segments(data: &[u8]) {
    timberline_store::decode_anything(data);
}
