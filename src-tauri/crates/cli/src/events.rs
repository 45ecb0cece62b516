//! Events on the command line: rows, counts, timelines, most frequent values, fields.

use crate::args::{EventsArgs, TimelineArgs};
use crate::print::{self, Out, Table, notice};
use crate::{Failed, opened};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::Path;
use timberline_engine::ops::entities::{field_stats, ranking};
use timberline_engine::ops::events::{PageAsk, page_of, value_json};
use timberline_engine::ops::known::{counted, grouped};
use timberline_engine::ops::summary::said;
use timberline_engine::ops::timeline::{Bars, histogram};
use timberline_engine::session::filter_of;
use timberline_engine::wire::Selection;
use timberline_engine::zone::DisplayZone;
use timberline_engine::{OpenCase, ops};
use timberline_model::field::virtual_field;
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND};
use timberline_model::{Ctx, Event, EventId, Filter, Histogram, Metric, PageFrom, TimeRange};

/// Events that are asked for at once.
const CHUNK: u32 = 10_000;
/// Rows on a terminal where no limit is given.
const TERMINAL_ROWS: u64 = 200;
/// Characters of a line of an event, and of a cell.
const SUMMARY_CHARS: usize = 160;
/// Columns of a timeline by field on a terminal.
const SERIES_SHOWN: usize = 6;
/// Lines of a timeline by field.
const SERIES_MAX: u32 = 1_000;
/// The name that adds the raw record.
const RAW: &str = "raw";

/// `fields`.
pub fn fields(case: &Path, out: &mut Out) -> Result<(), Failed> {
    let (_, open) = opened(case)?;
    let stats = field_stats(&open, TimeRange::ALL, Filter::All)?;
    if out.json {
        for f in &stats {
            out.json(&serde_json::json!({ "name": f.name, "type": f.kind, "events": f.events, "distinct": f.distinct }))?;
        }
        return Ok(());
    }
    let mut table = Table::new(&["FIELD", "TYPE", ">EVENTS", ">VALUES"]);
    for f in &stats {
        table.row([f.name.clone(), f.kind.clone(), grouped(f.events), grouped(f.distinct)]);
    }
    Ok(out.table(&table)?)
}

/// `count`.
pub fn count(case: &Path, query: Option<String>, out: &mut Out) -> Result<(), Failed> {
    let (engine, _) = opened(case)?;
    let selection = Selection { query: query.unwrap_or_default(), from_us: None, to_us: None };
    let found = ops::events::count(&engine, selection)?;
    if out.json {
        return Ok(out.json(&found)?);
    }
    Ok(out.line(&counted(found.count, "event"))?)
}

/// What of an event is shown, and how.
struct Shape {
    /// The columns; all where absent.
    columns: Option<Vec<String>>,
    raw: bool,
    zone: DisplayZone,
    paths: HashMap<u32, String>,
}

impl Shape {
    fn new(fields: Option<Vec<String>>, zone: DisplayZone, open: &OpenCase) -> Result<Self, Failed> {
        let names = fields.unwrap_or_default();
        let raw = names.iter().any(|n| n.trim() == RAW);
        let columns: Vec<String> =
            names.iter().map(|n| n.trim().to_owned()).filter(|n| n != RAW && !n.is_empty()).collect();
        let sources = open.case.sources().map_err(timberline_engine::wire::ApiError::from)?;
        let paths = sources.into_iter().map(|s| (s.id, s.path)).collect();
        Ok(Self { columns: (!columns.is_empty()).then_some(columns), raw, zone, paths })
    }

    fn path(&self, event: &Event) -> &str {
        self.paths.get(&event.id.source()).map_or("", |p| p)
    }
}

/// An event as a line of JSON: its place first, then its fields.
struct Line<'a>(&'a Event, &'a Shape);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(event, shape) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &event.id.0)?;
        map.serialize_entry(virtual_field::TIMESTAMP, &event.time_ns.map(|ns| shape.zone.show(ns)))?;
        map.serialize_entry(virtual_field::SOURCE, &event.id.source())?;
        map.serialize_entry(virtual_field::LINE, &event.line)?;
        map.serialize_entry(virtual_field::OFFSET, &event.offset)?;
        // A log may have fields of these names: the place of the event is not theirs to say.
        let fixed = [
            "id",
            virtual_field::TIMESTAMP,
            virtual_field::SOURCE,
            virtual_field::LINE,
            virtual_field::OFFSET,
            RAW,
        ];
        for (name, value) in event.fields.iter().filter(|(name, _)| !fixed.contains(&name.as_str())) {
            map.serialize_entry(name, &value.json())?;
        }
        let wants = |name: &str| shape.columns.as_ref().is_some_and(|c| c.iter().any(|n| n == name));
        if wants(virtual_field::PATH) && event.get(virtual_field::PATH).is_none() {
            map.serialize_entry(virtual_field::PATH, shape.path(event))?;
        }
        if shape.raw {
            map.serialize_entry(RAW, &String::from_utf8_lossy(event.raw.as_deref().unwrap_or_default()))?;
        }
        map.end()
    }
}

/// `events`.
pub fn events(args: EventsArgs, out: &mut Out) -> Result<(), Failed> {
    let zone = DisplayZone::named(&args.show.zone)?;
    let (_, open) = opened(&args.case)?;
    let filter = filter_of(args.query.as_deref().unwrap_or_default())?;
    let shape = Shape::new(args.fields, zone, &open)?;
    let on_terminal = !out.json && std::io::stdout().is_terminal();
    let limit = args.limit.unwrap_or(if on_terminal { TERMINAL_ROWS } else { u64::MAX });
    let mut from = args.after.map_or(PageFrom::Start, |id| PageFrom::After(EventId(id)));
    let mut left = limit;
    let mut more = true;
    // The summary line is made of the raw record where there is no message.
    let raw = shape.raw || !out.json;
    let columns = match (&shape.columns, out.json) {
        (Some(names), false) => Some(names.iter().cloned().chain(["message".to_owned()]).collect()),
        (Some(names), true) => Some(names.clone()),
        (None, _) => None,
    };
    while more && left > 0 {
        let ask = PageAsk {
            range: TimeRange::ALL,
            filter: filter.clone(),
            from,
            reverse: args.reverse,
            limit: u32::try_from(left).unwrap_or(u32::MAX).min(CHUNK),
            columns: columns.clone(),
            raw,
        };
        let page = page_of(&open, ask)?;
        left = left.saturating_sub(page.events.len() as u64);
        more = page.more;
        let Some(last) = page.events.last() else { break };
        from = PageFrom::After(last.id);
        if out.json {
            for event in &page.events {
                out.json(&Line(event, &shape))?;
            }
        } else {
            out.table(&table(&page.events, &shape))?;
        }
    }
    if args.limit.is_none() && more && on_terminal {
        notice(&format!("{TERMINAL_ROWS} events shown and more match; --limit N shows more, --json all"));
    }
    Ok(())
}

fn table(events: &[Event], shape: &Shape) -> Table {
    let when = |event: &Event| event.time_ns.map_or_else(|| "undated".to_owned(), |ns| shape.zone.show(ns));
    let Some(columns) = &shape.columns else {
        let mut table = Table::new(&[">ID", "TIME", ">SOURCE", ">LINE", "EVENT"]);
        for e in events {
            let text = if shape.raw {
                String::from_utf8_lossy(e.raw.as_deref().unwrap_or_default()).into_owned()
            } else {
                print::cut(said(e).trim(), SUMMARY_CHARS)
            };
            table.row([e.id.0.to_string(), when(e), e.id.source().to_string(), e.line.to_string(), text]);
        }
        return table;
    };
    let mut heads = vec!["id".to_owned(), virtual_field::TIMESTAMP.to_owned()];
    let shown: Vec<&String> =
        columns.iter().filter(|c| *c != "id" && *c != virtual_field::TIMESTAMP).collect();
    heads.extend(shown.iter().map(|c| (*c).clone()));
    if shape.raw {
        heads.push(RAW.to_owned());
    }
    let mut table = Table::named(&heads);
    for e in events {
        let mut cells = vec![e.id.0.to_string(), when(e)];
        cells.extend(shown.iter().map(|name| match value_json(e, name, shape.path(e)) {
            Some(serde_json::Value::String(text)) => text,
            Some(serde_json::Value::Array(list)) => {
                list.iter().map(|v| v.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", ")
            }
            Some(other) => other.to_string(),
            None => "-".to_owned(),
        }));
        if shape.raw {
            cells.push(String::from_utf8_lossy(e.raw.as_deref().unwrap_or_default()).into_owned());
        }
        table.row(cells);
    }
    table
}

/// `30s`, `5m`, `1h`, `1d`, `1w`, `500ms` in nanoseconds.
fn width(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit.trim() {
        "ms" => SECOND / 1_000,
        "s" => SECOND,
        "m" | "min" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit).filter(|ns| *ns > 0)
}

/// `timeline`.
pub fn timeline(args: TimelineArgs, out: &mut Out) -> Result<(), Failed> {
    let zone = DisplayZone::named(&args.show.zone)?;
    let every = match &args.every {
        Some(text) => Some(width(text).ok_or_else(|| {
            Failed::Usage(format!("--every {text} is no width; give one such as 30s, 5m, 1h or 1d"))
        })?),
        None => None,
    };
    if args.bins == Some(0) {
        return Err(Failed::Usage("--bins must be at least 1".to_owned()));
    }
    let (_, open) = opened(&args.case)?;
    let filter = filter_of(args.query.as_deref().unwrap_or_default())?;
    let span = open
        .events()
        .span(TimeRange::ALL, filter.clone(), &Ctx::default())
        .map_err(timberline_engine::wire::ApiError::from)?;
    if span.undated > 0 {
        notice(&format!("{} without a time are in no bar", counted(span.undated, "event")));
    }
    let (Some(first), Some(last)) = (span.first_ns, span.last_ns) else {
        if out.json {
            let step = every.map_or(1.0, |ns| ns as f64 / SECOND as f64);
            return Ok(out.json(&Shown { start: None, step_seconds: step.into(), series: Vec::new() })?);
        }
        return Ok(out.line("No dated event matches")?);
    };
    let end = last.saturating_add(1);
    let bars = match (every, args.bins) {
        (Some(step), _) => Bars::every(first, end, step),
        (None, Some(bins)) => Bars::exactly(first, end, bins),
        (None, None) => Bars::about(first, end, 60),
    };
    let max = if args.by.is_some() { SERIES_MAX } else { 1 };
    let counts = histogram(&open, TimeRange::ALL, filter, bars, args.by.as_deref(), max)?;
    if counts.series.len() as u64 == u64::from(SERIES_MAX) {
        notice(&format!("the {SERIES_MAX} most frequent values are shown, the rest is left out"));
    }
    if out.json {
        let step = counts.step_ns;
        let step_seconds =
            if step % SECOND == 0 { (step / SECOND).into() } else { (step as f64 / SECOND as f64).into() };
        let series = counts.series.iter().map(|s| ShownSeries {
            value: s.value.as_ref().map(timberline_model::Value::json),
            counts: &s.counts,
        });
        return Ok(out.json(&Shown {
            start: Some(zone.show(counts.from_ns)),
            step_seconds,
            series: series.collect(),
        })?);
    }
    draw(&counts, &zone, args.by.as_deref(), out)
}

#[derive(serde::Serialize)]
struct Shown<'a> {
    start: Option<String>,
    step_seconds: serde_json::Value,
    series: Vec<ShownSeries<'a>>,
}

#[derive(serde::Serialize)]
struct ShownSeries<'a> {
    value: Option<serde_json::Value>,
    counts: &'a [u64],
}

fn draw(counts: &Histogram, zone: &DisplayZone, by: Option<&str>, out: &mut Out) -> Result<(), Failed> {
    let bins = counts.series.iter().map(|s| s.counts.len()).max().unwrap_or(0);
    let start =
        |bin: usize| zone.show(counts.from_ns.saturating_add(counts.step_ns.saturating_mul(bin as i64)));
    let total = |bin: usize| counts.series.iter().filter_map(|s| s.counts.get(bin)).sum::<u64>();
    let most = (0..bins).map(total).max().unwrap_or(0).max(1);
    let bar = |n: u64| "#".repeat(((n * 40).div_ceil(most)) as usize);
    let mut heads = vec!["FROM".to_owned(), "EVENTS".to_owned()];
    let shown = if by.is_some() {
        counts.series.get(..counts.series.len().min(SERIES_SHOWN)).unwrap_or_default()
    } else {
        &[]
    };
    heads.extend(
        shown
            .iter()
            .map(|s| s.value.as_ref().map_or_else(|| "(none)".to_owned(), |v| print::cut(&v.show(), 24))),
    );
    heads.push(String::new());
    let mut table = Table::named(&heads);
    for bin in 0..bins {
        let mut cells = vec![start(bin), grouped(total(bin))];
        cells.extend(shown.iter().map(|s| grouped(s.counts.get(bin).copied().unwrap_or(0))));
        cells.push(bar(total(bin)));
        table.row(cells);
    }
    out.line(&format!("A bar is {} wide", print::seconds(counts.step_ns as f64 / SECOND as f64)))?;
    out.table(&table)?;
    if by.is_some() && counts.series.len() > SERIES_SHOWN {
        out.line(&format!("{} more values are in --json", counts.series.len() - SERIES_SHOWN))?;
    }
    Ok(())
}

/// `top`.
pub fn top(
    case: &Path,
    field: &str,
    query: Option<&str>,
    limit: u32,
    by_sum: Option<String>,
    out: &mut Out,
) -> Result<(), Failed> {
    let (_, open) = opened(case)?;
    let filter = filter_of(query.unwrap_or_default())?;
    let metric = by_sum.clone().map_or(Metric::Count, Metric::Sum);
    let rows = ranking(&open, TimeRange::ALL, filter, &[field.to_owned()], metric, limit)?;
    let value = |row: &timberline_model::TopRow| row.values.first().cloned();
    if out.json {
        let rows: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| {
                let mut one =
                    serde_json::json!({ "value": value(row).map(|v| v.json()), "count": row.count });
                if let (Some(_), Some(map)) = (&by_sum, one.as_object_mut()) {
                    map.insert("sum".to_owned(), sum_json(row.metric));
                }
                one
            })
            .collect();
        return Ok(out.json(&rows)?);
    }
    let mut table = match by_sum {
        Some(_) => Table::new(&["VALUE", ">EVENTS", ">SUM"]),
        None => Table::new(&["VALUE", ">EVENTS"]),
    };
    for row in &rows {
        let mut cells = vec![value(row).map(|v| v.show()).unwrap_or_default(), grouped(row.count)];
        if let Some(sum) = &by_sum {
            let whole = row.metric >= 0.0 && row.metric.fract() == 0.0;
            let figure = if whole { grouped(row.metric as u64) } else { row.metric.to_string() };
            let bytes = sum.ends_with(".bytes") && whole && row.metric >= 1000.0;
            cells.push(if bytes {
                format!("{figure} ({})", print::bytes(row.metric as u64))
            } else {
                figure
            });
        }
        table.row(cells);
    }
    Ok(out.table(&table)?)
}

/// A sum as JSON: whole where it is.
fn sum_json(sum: f64) -> serde_json::Value {
    if sum.fract() == 0.0 && sum.abs() < 9e15 { (sum as i64).into() } else { sum.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_read_as_people_write_them() {
        assert_eq!(width("5m"), Some(5 * MINUTE));
        assert_eq!(width("500ms"), Some(SECOND / 2));
        assert_eq!(width("1d"), Some(DAY));
        for bad in ["", "5", "m", "0s", "-1s", "5 parsecs", "9223372036854775807w"] {
            assert_eq!(width(bad), None, "{bad}");
        }
    }
}
