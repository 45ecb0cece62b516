//! Measures the store on one access log: import, size, two questions, memory; and the same with a row-per-event
//! table written by the same parser in the same run. Prints figures and asserts nothing about time.
//!
//! `cargo bench --bench bench -- PATH [--no-baseline]`

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use timberline_formats::open::{ReadOptions, Reading, probe};
use timberline_model::{
    Columns, Ctx, EventStore, Filter, Flow, PageFrom, Pattern, Plan, Sink, SourceState, TimeRange, time,
};
use timberline_store::row_baseline::RowTable;
use timberline_store::{Case, NewSource, SourceEnd};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut log = None;
    let mut baseline = true;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--bench" => {} // Cargo adds it.
            "--no-baseline" => baseline = false,
            path => log = Some(path.to_owned()),
        }
    }
    let Some(log) = log else {
        println!("bench: give an access log to measure with: cargo bench --bench bench -- PATH");
        return Ok(());
    };
    let log = Path::new(&log);
    let bytes = std::fs::metadata(log)?.len();
    println!("input: {} bytes, {} processors", bytes, std::thread::available_parallelism()?);

    let mut counted = Counted::default();
    let began = Instant::now();
    parse(log, &mut counted)?;
    let parsing = began.elapsed().as_secs_f64();
    println!("parsing alone: {} events, {parsing:.2} s, {:.0} MB/s", counted.0, mega(bytes) / parsing);

    let dir = tempfile::tempdir_in(
        std::env::var_os("TIMBERLINE_BENCH_DIR").unwrap_or(std::env::temp_dir().into()),
    )?;
    let ours = columns(log, bytes, &dir.path().join("columns.timberline"))?;
    if baseline {
        rows(log, bytes, &dir.path().join("rows.sqlite"), ours)?;
    }
    Ok(())
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn parse(log: &Path, sink: &mut dyn Sink) -> Outcome<Reading> {
    let options = ReadOptions { format: Some("access_log".into()), ..ReadOptions::default() };
    let opened = probe(log, &options).map_err(|refusal| refusal.message)?;
    Ok(opened.read(sink, &mut |_| Flow::Continue)?)
}

/// The column segments; gives the seconds that the import took.
fn columns(log: &Path, bytes: u64, path: &Path) -> Outcome<f64> {
    let case = Case::create(path)?;
    let began = Instant::now();
    let new = NewSource {
        path: log.display().to_string(),
        format: "access_log".into(),
        bytes,
        ..NewSource::default()
    };
    let mut writer = case.begin_source(&new)?;
    let reading = parse(log, &mut writer)?;
    let parsed = began.elapsed().as_secs_f64();
    let source = writer.finish(SourceEnd {
        sha256: reading.sha256,
        decoded_bytes: reading.decoded_bytes,
        bytes: reading.bytes,
        zone: reading.zone,
        year_rule: reading.year_rule,
        encoding: reading.encoding,
        seconds: parsed,
        state: SourceState::Complete,
    })?;
    let seconds = began.elapsed().as_secs_f64();
    drop(case);
    let size = std::fs::metadata(path)?.len();
    println!(
        "columns: import {seconds:.2} s ({:.0} MB/s, last row handed over after {parsed:.2} s), {} events, {} problems",
        mega(bytes) / seconds,
        source.events,
        source.problems
    );
    println!("columns: file {:.1} MB, {:.1} % of the log", mega(size), size as f64 * 100.0 / bytes as f64);
    println!("columns: peak memory {} after the import", peak());

    let case = Case::open(path)?;
    let store: &dyn EventStore = &case;
    let ctx = Ctx::default();
    let everything = || (TimeRange::ALL, Filter::All);
    let span = store.span(TimeRange::ALL, Filter::All, &ctx)?;
    let (first, last) = (span.first_ns.unwrap_or(0), span.last_ns.unwrap_or(0));
    let step_ns = ((last - first) / 1_000 / time::MINUTE + 1) * time::MINUTE;
    let bins = ((last - first) / step_ns + 1) as u32;
    let missing = Filter::is("http.response.status_code", "404");
    timed("histogram over all", || {
        let plan = Plan::Histogram { from_ns: first, step_ns, bins, by: None, max_series: 1 };
        let (range, filter) = everything();
        Ok(store.histogram(range, filter, plan, &ctx)?.series[0].counts.iter().sum())
    })?;
    timed("histogram by status", || {
        let by = Some("http.response.status_code".to_owned());
        let plan = Plan::Histogram { from_ns: first, step_ns, bins, by, max_series: 8 };
        let (range, filter) = everything();
        Ok(store.histogram(range, filter, plan, &ctx)?.series.len() as u64)
    })?;
    timed("top source.ip where status is 404", || {
        let rows = store.top(TimeRange::ALL, missing.clone(), &["source.ip"], 10, &ctx)?;
        Ok(rows.first().map_or(0, |r| r.count))
    })?;
    timed("top source.ip over all", || {
        let (range, filter) = everything();
        Ok(store.top(range, filter, &["source.ip"], 10, &ctx)?.first().map_or(0, |r| r.count))
    })?;
    timed("top pairs source.ip, url.path", || {
        let (range, filter) = everything();
        Ok(store.top(range, filter, &["source.ip", "url.path"], 10, &ctx)?.first().map_or(0, |r| r.count))
    })?;
    timed("count one address", || {
        Ok(store.count(TimeRange::ALL, Filter::is("source.ip", "203.0.113.1"), &ctx)?)
    })?;
    timed("raw search for a text", || {
        Ok(store.count(TimeRange::ALL, Filter::Raw(Pattern::containing("wp-login")), &ctx)?)
    })?;
    for (what, from) in
        [("first page", PageFrom::Start), ("page in the middle", PageFrom::Nth(span.events / 2))]
    {
        timed(what, || {
            let plan = Plan::Page {
                from: from.clone(),
                reverse: false,
                limit: 100,
                columns: Columns::All,
                raw: false,
            };
            let (range, filter) = everything();
            Ok(store.page(range, filter, plan, &ctx)?.events.len() as u64)
        })?;
    }
    timed("page in the middle under a filter", || {
        let from = PageFrom::Nth(1_000);
        let plan = Plan::Page { from, reverse: true, limit: 100, columns: Columns::All, raw: false };
        Ok(store.page(TimeRange::ALL, missing.clone(), plan, &ctx)?.events.len() as u64)
    })?;
    timed("fields of all events", || {
        let query = timberline_model::Query::over(Filter::All, Plan::Fields);
        match store.run(&query, &ctx)? {
            timberline_model::Answer::Fields(fields) => Ok(fields.len() as u64),
            _ => Ok(0),
        }
    })?;
    println!("columns: peak memory {} after the questions", peak());
    Ok(seconds)
}

/// The row-per-event table.
fn rows(log: &Path, bytes: u64, path: &Path, ours: f64) -> Outcome<()> {
    let began = Instant::now();
    let mut table = RowTable::create(path)?;
    parse(log, &mut table)?;
    let count = table.finish()?;
    let seconds = began.elapsed().as_secs_f64();
    let size = std::fs::metadata(path)?.len();
    println!(
        "rows: import {seconds:.2} s ({:.0} MB/s), {count} events: the columns were {:.1} times faster",
        mega(bytes) / seconds,
        seconds / ours
    );
    println!("rows: file {:.1} MB, {:.1} % of the log", mega(size), size as f64 * 100.0 / bytes as f64);
    timed("rows: histogram by minute", || Ok(RowTable::histogram(path)? as u64))?;
    timed("rows: top source.ip where status is 404", || Ok(RowTable::top_source_of_404(path)?.1))
}

/// Asks five times: the first is cold in our own memory, the best of the others shows the work itself.
fn timed(what: &str, ask: impl Fn() -> Outcome<u64>) -> Outcome<()> {
    let mut took = Vec::new();
    let mut answer = 0;
    for _ in 0..5 {
        let began = Instant::now();
        answer = ask()?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let again = took[1..].iter().copied().fold(f64::INFINITY, f64::min);
    println!("{what}: {:.1} ms first, {again:.1} ms again ({answer})", took[0]);
    Ok(())
}

/// The greatest resident memory of this process so far, where the system tells.
fn peak() -> String {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            Some(status.lines().find(|l| l.starts_with("VmHWM"))?.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| "not known".to_owned())
}

/// Counts events and does nothing else.
#[derive(Default)]
struct Counted(u64, timberline_model::FieldNames);

impl Sink for Counted {
    fn field(&mut self, name: &str) -> Option<timberline_model::FieldId> {
        self.1.id(name)
    }
    fn event(&mut self, _: &timberline_model::Record<'_>) -> Flow {
        self.0 += 1;
        Flow::Continue
    }
    fn problem(
        &mut self,
        _: timberline_model::ProblemKind,
        _: u64,
        _: u64,
        _: u64,
        _: &str,
        _: &[u8],
    ) -> Flow {
        Flow::Continue
    }
    fn filler(&mut self, _: u64) {}
}
