//! The same random questions to a [`Case`] and to the reference, which must agree in all.

use crate::{Case, NewSource, SourceEnd};
use timberline_model::field::virtual_field;
use timberline_model::reference::MemoryStore;
use timberline_model::time::{DAY, HOUR, SECOND};
use timberline_model::value::MULTI;
use timberline_model::*;

/// Small, seeded, and good enough to mix cases.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len() as u64) as usize]
    }

    fn odds(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }
}

const USERS: &[&str] = &[
    "root",
    "Root",
    "bob",
    "",
    "évènement",
    "ÉCOLE",
    "a\u{1e}b",
    "root\u{1e}BOB",
    "404",
    "4.5",
    " 7 ",
    "x y",
];
const IPS: &[&str] = &[
    "10.0.0.1",
    "10.0.0.9",
    "10.0.0.10",
    "192.168.1.5",
    "::1",
    "fe80::1",
    "::ffff:10.1.2.3",
    "not an address",
    "10.0.0.1\u{1e}172.16.0.1",
];
const FIELDS: &[&str] = &[
    "user.name",
    "source.ip",
    "http.response.status_code",
    "mixed",
    "score",
    "rare.one",
    "same",
    "wide",
    "source",
    "@timestamp",
    "line",
    "offset",
    "log.file.path",
    "nobody.has.it",
    virtual_field::CLOCK_OFFSET,
];

pub(crate) fn time(dice: &mut Dice) -> Option<i64> {
    const BASE: i64 = 1_700_000_000 * SECOND;
    Some(match dice.roll(40) {
        0 | 1 => return None,
        2 => i64::MIN + 1,
        3 => i64::MAX,
        4 => -DAY * 290 * 360,
        5 => 0,
        6..=15 => BASE,
        16..=30 => BASE + dice.roll(3 * 86_400) as i64 * SECOND,
        _ => BASE + dice.roll(1 << 40) as i64,
    })
}

fn value(dice: &mut Dice, field: &str, row: u32) -> Option<Value> {
    Some(match field {
        "user.name" if !dice.odds(4) => dice.pick(USERS).into(),
        "source.ip" if !dice.odds(9) => dice.pick(IPS).into(),
        "http.response.status_code" if !dice.odds(7) => {
            Value::Int([200, 404, 404, 500, -1, 0][dice.roll(6) as usize])
        }
        "mixed" => match dice.roll(8) {
            0 | 1 => Value::Int(dice.roll(4) as i64),
            2 => Value::Float(dice.roll(4) as f64),
            3 => Value::Float(dice.roll(40) as f64 / 8.0),
            4 => dice.pick(&["3", "2.0", "x", "10.0.0.7", ""]).into(),
            5 => Value::Int(i64::MAX - dice.roll(2) as i64 * 4096),
            _ => return None,
        },
        "score" if dice.odds(2) => Value::Float((dice.roll(1000) as f64 - 500.0) / 7.0),
        "rare.one" if dice.odds(50) => Value::Text(format!("only {row}")),
        "same" => "always".into(),
        "wide" if dice.odds(3) => Value::Int((dice.roll(1 << 62) as i64) - (1 << 61)),
        _ => return None,
    })
}

/// Writes events into a case and gives what the reference is to hold.
pub(crate) fn write(case: &Case, path: &str, rows: u32, segment_rows: usize, dice: &mut Dice) -> Vec<Event> {
    let new = NewSource { path: path.into(), format: "test".into(), ..NewSource::default() };
    let mut writer = case.begin_source_by(&new, segment_rows).unwrap();
    let (mut events, mut offset) = (Vec::new(), dice.roll(100));
    let mut fields = Fields::default();
    let has_mixed = !dice.odds(3);
    for row in 0..rows {
        fields.clear();
        let mut pairs = vec![(virtual_field::PATH.to_owned(), Value::from(path))];
        for name in FIELDS {
            let Some(value) = value(dice, name, row) else { continue };
            if *name == "mixed" && !has_mixed {
                continue;
            }
            let id = writer.field(name).unwrap();
            match &value {
                Value::Int(n) => fields.int(id, *n),
                Value::Float(x) => fields.float(id, *x),
                Value::Text(t) if t.contains(MULTI) => fields.list(id, t.split(MULTI)),
                Value::Text(t) => fields.text(id, t),
            }
            pairs.push(((*name).to_owned(), value));
        }
        let own_path = writer.field(virtual_field::PATH).unwrap();
        fields.text(own_path, "a log cannot say where it lies");
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let mut raw: Vec<u8> =
            pairs.iter().flat_map(|(n, v)| format!("{n}={} ", v.show()).into_bytes()).collect();
        match dice.roll(20) {
            0 => raw.clear(),
            1 => raw.extend_from_slice(b"\xff\xfe\x00 Login FAILED"),
            _ => {}
        }
        let stamp = time(dice).map(|ns| Stamp { ns, assumed: dice.roll(4) as u8 });
        let line = u64::from(row) + 1 + dice.roll(2);
        let record =
            Record { time: stamp, offset, line, raw: &raw, bytes: raw.len() as u64, fields: &fields };
        assert_eq!(writer.event(&record), Flow::Continue);
        events.push(Event {
            id: EventId::new(writer.id(), row),
            time_ns: stamp.map(|s| s.ns),
            assumed: stamp.map_or(0, |s| s.assumed),
            line,
            offset,
            fields: pairs,
            raw: Some(raw.clone()),
        });
        offset += raw.len() as u64 + 1 + if dice.odds(9) { dice.roll(50) } else { 0 };
    }
    assert_eq!(writer.counts(), (u64::from(rows), 0));
    let source = writer.finish(end()).unwrap();
    assert_eq!(source.events, u64::from(rows));
    assert_eq!(source.undated, events.iter().filter(|e| e.time_ns.is_none()).count() as u64);
    assert_eq!(source.first_ns, events.iter().filter_map(|e| e.time_ns).min());
    assert_eq!(source.last_ns, events.iter().filter_map(|e| e.time_ns).max());
    events
}

pub(crate) fn end() -> SourceEnd {
    SourceEnd {
        encoding: "UTF-8".into(),
        sha256: "0".repeat(64),
        decoded_bytes: 1,
        bytes: 2,
        zone: "UTC".into(),
        year_rule: None,
        seconds: 0.5,
        state: SourceState::Complete,
    }
}

fn pattern(dice: &mut Dice) -> Pattern {
    let piece = |dice: &mut Dice| {
        dice.pick(&["r", "oot", "", "ROOT", "10.", "0", "4", "vèn", "école", "always", "only 1", "x y", "e+"])
            .to_owned()
    };
    match dice.roll(4) {
        0 | 1 => Pattern::exact(match dice.roll(4) {
            0 => dice.pick(IPS),
            1 => dice.pick(&[
                "404",
                "404.0",
                "2",
                "-1",
                "9223372036854775807",
                "0.125",
                "always",
                "nan",
                "1e3",
            ]),
            _ => dice.pick(USERS),
        }),
        2 => Pattern::containing(&piece(dice)),
        _ => Pattern::wild((0..=dice.roll(3)).map(|_| piece(dice)).collect()),
    }
}

fn some_value(dice: &mut Dice) -> Value {
    match dice.roll(4) {
        0 => Value::Int([0, 2, 404, 1_700_000_000 * SECOND, -1, i64::MAX][dice.roll(6) as usize]),
        1 => Value::Float([0.0, 2.0, 404.0, 3.5, -30.25][dice.roll(5) as usize]),
        2 => dice.pick(IPS).into(),
        _ => dice.pick(USERS).into(),
    }
}

fn some_range(dice: &mut Dice) -> TimeRange {
    let mut end = || time(dice);
    match (end(), end()) {
        (Some(a), Some(b)) if a <= b => TimeRange::new(a, b),
        (from_ns, to_ns) => TimeRange { from_ns, to_ns },
    }
}

fn some_id(dice: &mut Dice) -> EventId {
    EventId::new(dice.roll(5) as u32, dice.roll(1100) as u32)
}

fn filter(dice: &mut Dice, depth: u32) -> Filter {
    let field = dice.pick(FIELDS).to_owned();
    match dice.roll(if depth == 0 { 9 } else { 13 }) {
        0 => Filter::All,
        1 => Filter::Exists(
            dice.pick(&["user.*", "http.*", "log.*", "nobody.*", "same", "rare.one", &field]).to_owned(),
        ),
        2 | 3 => Filter::Match { field, pattern: pattern(dice) },
        4 => {
            let values = (0..dice.roll(5)).map(|_| some_value(dice).show()).collect();
            Filter::In { field, values }
        }
        5 => {
            let net =
                dice.pick(&["10.0.0.0/8", "0.0.0.0/0", "::/0", "10.0.0.9/32", "fe80::/10"]).parse().unwrap();
            Filter::Cidr { field, net }
        }
        6 => {
            let op = [Op::Lt, Op::Le, Op::Gt, Op::Ge][dice.roll(4) as usize];
            Filter::Compare { field, op, value: some_value(dice) }
        }
        7 => Filter::Time(some_range(dice)),
        8 if dice.odds(2) => Filter::Ids((0..dice.roll(30)).map(|_| some_id(dice)).collect()),
        8 => Filter::Raw(pattern(dice)),
        9 | 10 => Filter::And((0..dice.roll(4)).map(|_| filter(dice, depth - 1)).collect()),
        11 => Filter::Or((0..dice.roll(4)).map(|_| filter(dice, depth - 1)).collect()),
        _ => filter(dice, depth - 1).negate(),
    }
}

/// Moves the clock of a source in the case and in the reference.
fn move_clock(case: &Case, events: &mut [Event], source: u32, to_ns: i64) {
    let row = case.set_clock_offset(source, to_ns).unwrap();
    for event in events.iter_mut().filter(|e| e.id.source() == source) {
        event.time_ns = event.time_ns.map(|ns| timberline_model::time::moved(ns, to_ns));
        let value = match to_ns % SECOND {
            0 => Value::Int(to_ns / SECOND),
            _ => Value::Float(to_ns as f64 / 1e9),
        };
        event.fields.push((virtual_field::CLOCK_OFFSET.to_owned(), value));
        event.fields.sort_by(|a, b| a.0.cmp(&b.0));
    }
    let times = || events.iter().filter(|e| e.id.source() == source).filter_map(|e| e.time_ns);
    assert_eq!((row.clock_offset_ns, row.first_ns, row.last_ns), (to_ns, times().min(), times().max()));
}

fn some_fields(dice: &mut Dice, most: u64) -> Vec<String> {
    (0..=dice.roll(most)).map(|_| dice.pick(FIELDS).to_owned()).collect()
}

fn plan(dice: &mut Dice) -> Plan {
    let (from_ns, step_ns) = match dice.roll(4) {
        0 => (i64::MIN + 1, i64::MAX / 20),
        1 => (-DAY * 280 * 365, DAY * 3650),
        _ => (1_700_000_000 * SECOND - HOUR, HOUR),
    };
    let bins = dice.roll(90) as u32;
    let limit = [0, 1, 3, 20, 5000][dice.roll(5) as usize];
    match dice.roll(12) {
        0 => Plan::Count,
        1 => Plan::Span,
        2 => {
            let by = dice.odds(2).then(|| dice.pick(FIELDS).to_owned());
            Plan::Histogram { from_ns, step_ns, bins, by, max_series: limit }
        }
        3 | 4 => {
            let field = dice.pick(FIELDS).to_owned();
            let metric = match dice.roll(3) {
                0 => Metric::Count,
                1 => Metric::Distinct(field),
                _ => Metric::Sum(field),
            };
            Plan::Top { by: some_fields(dice, 3), metric, limit }
        }
        5 => Plan::Rare { by: some_fields(dice, 3), max_count: dice.roll(20), limit },
        6 => Plan::Baseline { by: dice.pick(FIELDS).to_owned(), from_ns, step_ns, bins },
        7 => {
            let offsets = match dice.roll(3) {
                0 => vec![],
                1 => vec![(0, 3600)],
                _ => vec![(0, -5400), (1_700_000_000 * SECOND, 7200)],
            };
            Plan::Matrix { offsets }
        }
        8..=10 => {
            let from = match dice.roll(5) {
                0 => PageFrom::Start,
                1 => PageFrom::After(some_id(dice)),
                2 => PageFrom::Time(time(dice).unwrap_or(i64::MIN)),
                _ => PageFrom::Nth(dice.roll(2500)),
            };
            let columns = if dice.odds(2) { Columns::All } else { Columns::Named(some_fields(dice, 3)) };
            Plan::Page { from, reverse: dice.odds(2), limit, columns, raw: dice.odds(2) }
        }
        _ if dice.odds(2) => Plan::Fields,
        _ => Plan::Get { ids: (0..dice.roll(20)).map(|_| some_id(dice)).collect() },
    }
}

/// What a scan gave, in a form that does not tell how it was cut into batches: the kind of a column is that of
/// its batch, so numbers of both kinds are taken as fractions.
type Scanned = Vec<(EventId, i64, Vec<Option<Result<u64, String>>>)>;

fn plain(value: Value) -> Result<u64, String> {
    value.number().map(f64::to_bits).ok_or_else(|| value.show())
}

fn scanned(store: &dyn EventStore, range: TimeRange, filter: &Filter, fields: &[&str]) -> Scanned {
    let mut out = Vec::new();
    store
        .scan(range, filter, fields, &Ctx::default(), &mut |batch| {
            assert!(batch.columns.len() == fields.len() && batch.times.len() == batch.ids.len());
            for (row, id) in batch.ids.iter().enumerate() {
                assert_eq!(id.source(), batch.ids[0].source(), "a batch is of one source");
                let texts = batch.columns.iter().map(|c| c.value(row).map(plain)).collect();
                out.push((*id, batch.times[row], texts));
            }
            true
        })
        .unwrap();
    out
}

fn agree(seed: u64, sources: &[(u32, usize)], questions: u32) {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create(&dir.path().join("c.timberline")).unwrap();
    let mut dice = Dice::new(seed);
    let mut events = Vec::new();
    for (n, (rows, segment_rows)) in sources.iter().enumerate() {
        events.extend(write(&case, &format!("logs/Auth {n}.log"), *rows, *segment_rows, &mut dice));
    }
    // Asked once before, so that what is kept of the segments must be found out of date.
    case.run(&Query::over(Filter::All, Plan::Span), &Ctx::default()).unwrap();
    for (n, offset_ns) in [(1, -90 * SECOND), (3, 3_723_500_000_000)] {
        if seed.is_multiple_of(2) && sources.len() >= n as usize {
            case.set_clock_offset(n, HOUR).unwrap();
            case.run(&Query::over(Filter::All, Plan::Span), &Ctx::default()).unwrap();
            move_clock(&case, &mut events, n, offset_ns);
        }
    }
    let memory = MemoryStore::new(events);
    for question in 0..questions {
        let range = if dice.odds(2) { TimeRange::ALL } else { some_range(&mut dice) };
        let query = Query { range, filter: filter(&mut dice, 2), plan: plan(&mut dice) };
        let (ours, theirs) =
            (case.run(&query, &Ctx::default()).unwrap(), memory.run(&query, &Ctx::default()).unwrap());
        assert!(
            ours == theirs,
            "seed {seed}, question {question}: {query:#?}\nours {ours:#?}\ntheirs {theirs:#?}"
        );
        if question % 8 == 0 {
            let fields: Vec<&str> = (0..3).map(|_| dice.pick(FIELDS)).collect();
            let ours = scanned(&case, range, &query.filter, &fields);
            let theirs = scanned(&memory, range, &query.filter, &fields);
            assert!(ours == theirs, "seed {seed}: scan of {fields:?} under {:?} {range:?}", query.filter);
        }
    }
}

#[test]
fn a_case_answers_as_the_reference_does() {
    for seed in 1..=6 {
        agree(seed, &[(700, 64), (1, 64), (1000, 333), (150, 65_536)], 400);
    }
}

#[test]
fn an_empty_case_answers_too() {
    agree(77, &[], 200);
    agree(78, &[(0, 10), (3, 1)], 200);
}

#[test]
fn two_threads_answer_as_one_does() {
    // Enough rows for the second thread; the reference is slow, so few questions.
    agree(99, &[(150_000, 20_000), (120_000, 65_536)], 40);
}

#[test]
fn a_clock_that_is_set_right_again_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create(&dir.path().join("c.timberline")).unwrap();
    let events = write(&case, "a.log", 500, 64, &mut Dice::new(5));
    let before = case.sources().unwrap();
    let whole = Query::over(Filter::All, Plan::Get { ids: events.iter().map(|e| e.id).collect() });
    let first = case.run(&whole, &Ctx::default()).unwrap();
    case.set_clock_offset(1, DAY).unwrap();
    assert!(case.run(&whole, &Ctx::default()).unwrap() != first);
    case.set_clock_offset(1, 0).unwrap();
    assert!(case.run(&whole, &Ctx::default()).unwrap() == first && case.sources().unwrap() == before);
    assert!(matches!(case.set_clock_offset(9, 0), Err(crate::CaseError::NoSource(9))));
}
