//! CrowdSec's tests: the addresses, users and requests that its parsers found. Its expectations do not say the line, so
//! values are compared as bags: each expected value must be found as often among the events.

use super::reading::{Event, read};
use super::tally::{Ask, Table};
use serde_json::Value;
use std::collections::BTreeMap;

/// What CrowdSec calls it, and the fields that may hold it.
const PAIRS: &[(&str, &[&str], &str)] = &[
    ("source_ip", &["source.ip", "source.address"], "address"),
    ("dest_ip", &["destination.ip"], "address"),
    ("username", &["user.name", "user.target.name", "user.email", "source.user.name"], "user"),
    ("user", &["user.name", "user.target.name", "user.email", "source.user.name"], "user"),
    ("target_user", &["user.name", "user.target.name", "user.effective.name"], "user"),
    ("http_status", &["http.response.status_code"], "http"),
    ("http_verb", &["http.request.method"], "http"),
    ("http_path", &["url.path", "url.original"], "http"),
    ("http_user_agent", &["user_agent.original"], "http"),
];

fn show(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn has(event: &Event, fields: &[&str], expected: &str) -> bool {
    fields.iter().any(|f| match event.get(f) {
        Some(Value::Array(all)) => all.iter().any(|v| show(v) == expected),
        Some(v) => show(v) == expected,
        None => false,
    })
}

pub fn score(ask: &Ask) -> Table {
    let mut table = Table::new(&["address", "user", "http", "dated"], ask.show);
    let folder = ask.data.join("crowdsec");
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap_or_default();
    let tests: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    for test in tests {
        let name = show(&test["test"]);
        if !name.contains(&ask.filter) {
            continue;
        }
        let mut events = Vec::new();
        for file in test["files"].as_array().into_iter().flatten() {
            let got = read(&folder.join(&name).join(show(file)));
            if ask.show > 0 {
                let said = format!(
                    "# {} {:.2}, {} events, {} problems",
                    got.format,
                    got.confidence,
                    got.events.len(),
                    got.problems.len()
                );
                table.note(&name, said);
            }
            events.extend(got.events);
        }
        for event in &events {
            table.add(&name, "dated", event.get("@timestamp").is_some(), || {
                format!("undated: line {}", event.line)
            });
        }
        let mut wanted: BTreeMap<(&str, String), (usize, &[&str], &'static str)> = BTreeMap::new();
        for line in test["lines"].as_array().into_iter().flatten() {
            for (theirs, ours, column) in PAIRS {
                let value = line.get(theirs).map(show).filter(|v| !v.is_empty() && v != "-");
                if let Some(value) = value {
                    wanted.entry((theirs, value)).or_insert((0, ours, column)).0 += 1;
                }
            }
        }
        for ((theirs, value), (n, ours, column)) in wanted {
            // A path may stand with its query, as CrowdSec keeps some.
            let found = events.iter().filter(|e| has(e, ours, &value)).count();
            for nth in 0..n {
                table.add(&name, column, nth < found, || format!("{theirs} {value}: {found} of {n}"));
            }
        }
    }
    table
}
