//! The expected ECS fields of Elastic's integrations, line by line.

use super::reading::{Event, read, same, same_time};
use super::tally::{Ask, Table};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The fields that the figure is made of.
fn counts(name: &str) -> bool {
    matches!(
        name,
        "source.ip" | "destination.ip" | "user.name" | "event.outcome" | "host.name" | "process.name"
    ) || name.starts_with("url.")
        || name.starts_with("http.")
}

/// Fields that only the pipeline around the log knows (enrichment, transport), never the line.
fn foreign(name: &str) -> bool {
    name.contains(".geo.")
        || name.contains(".as.")
        || name.starts_with("related.")
        || name.starts_with("agent.")
        || name.starts_with("ecs.")
        || name.starts_with("input.")
        || name.starts_with("fileset.")
        || name.starts_with("event.module")
        || name.starts_with("event.original")
        || name.starts_with("log.")
        || name.starts_with("user_agent.") && name != "user_agent.original"
        || name.ends_with("domain") && !name.starts_with("url.") && !name.starts_with("user.")
}

pub fn score(ask: &Ask) -> Table {
    let mut table = Table::new(&["time", "fields", "more"], ask.show);
    let folder = ask.data.join("elastic_expected");
    let text = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap_or_default();
    let mut files: BTreeMap<String, Vec<Map<String, Value>>> = BTreeMap::new();
    for line in text.lines() {
        let Ok(Value::Object(row)) = serde_json::from_str(line) else { continue };
        let file = row["file"].as_str().unwrap_or_default().to_owned();
        if file.contains(&ask.filter) {
            files.entry(file).or_default().push(row);
        }
    }
    for (file, rows) in files {
        let got = read(&folder.join(&file));
        let product = file.split('/').next().unwrap_or_default().to_owned();
        let mut by_line: BTreeMap<u64, Vec<&Event>> = BTreeMap::new();
        for event in &got.events {
            by_line.entry(event.line).or_default().push(event);
        }
        if ask.show > 0 {
            let name = format!(
                "# {file}: {} {:.2}, {} events, {} problems",
                got.format,
                got.confidence,
                got.events.len(),
                got.problems.len()
            );
            table.note(&product, name);
        }
        // Several expected rows of one line are its events in order.
        let mut used: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows {
            let line = row["line"].as_u64().unwrap_or(0);
            let nth = used.entry(line).or_default();
            let event = by_line.get(&line).and_then(|all| all.get(*nth).or_else(|| all.last())).copied();
            *nth += 1;
            let place = format!("{file}:{line}");
            compare(&mut table, &product, &place, &row, event, ask.all);
        }
    }
    table
}

fn compare(
    table: &mut Table,
    product: &str,
    place: &str,
    row: &Map<String, Value>,
    event: Option<&Event>,
    all: bool,
) {
    let Some(Value::Object(fields)) = row.get("fields") else { return };
    for (name, expected) in fields {
        let got = event.and_then(|e| e.get(name));
        if name == "@timestamp" {
            let said = |key: &str| row.get(key).and_then(Value::as_bool).unwrap_or(true);
            let (year, zone) = (said("ts_year_in_line"), said("zone_in_line"));
            let got = got.and_then(Value::as_str);
            let right = got.is_some_and(|got| {
                let wall = row.get("ts_wall").and_then(Value::as_str).unwrap_or_default();
                // Upstream's tests read what names no zone as -02:00, and the flags do not always say so.
                let read_as = expected.as_str().filter(|e| !zone || e.ends_with("-02:00"));
                // The clock on the line is then the one before that offset, whatever `ts_wall` was computed to be.
                let from = if year { 0 } else { 4 };
                if read_as.is_some_and(|e| e.get(from..19) == got.get(from..19)) {
                    return true;
                }
                match (year, zone, expected.as_str()) {
                    (true, true, Some(expected)) => same_time(expected, got),
                    (true, _, _) => got.get(..19) == wall.get(..19),
                    (false, _, _) => got.get(4..19) == wall.get(4..19),
                }
            });
            table.add(product, "time", right, || format!("{place} @timestamp: {expected} not {got:?}"));
            continue;
        }
        let column = match counts(name) {
            true => "fields",
            false if all && !foreign(name) => "more",
            false => continue,
        };
        let right = got.is_some_and(|got| same(expected, got));
        table.add(product, column, right, || {
            format!("{place} {name}: {expected} not {}", got.map_or("missing".into(), Value::to_string))
        });
    }
}
