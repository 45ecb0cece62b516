//! Winlogbeat's JSON of EVTX files, event by event in order.

use super::reading::{read, same, same_time};
use super::tally::{Ask, Table};
use serde_json::{Map, Value};

fn flatten(prefix: &str, value: &Value, out: &mut Map<String, Value>) {
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&name, value, out);
            }
        }
        other => {
            out.insert(prefix.to_owned(), other.clone());
        }
    }
}

pub fn score(ask: &Ask) -> Table {
    let mut table = Table::new(&["events", "time", "fields"], ask.show);
    let folder = ask.data.join("evtx/winlogbeat");
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.sort();
    for golden in files {
        let name = golden.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(evtx) = name.strip_suffix(".golden.json") else { continue };
        if !name.contains(&ask.filter) {
            continue;
        }
        let text = std::fs::read_to_string(&golden).unwrap_or_default();
        let expected: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        let got = read(&folder.join(evtx));
        for (n, row) in expected.iter().enumerate() {
            let event = got.events.get(n);
            table.add(evtx, "events", event.is_some(), || format!("event {n} is missing"));
            let mut fields = Map::new();
            flatten("", row, &mut fields);
            for (field, expected) in &fields {
                let found = event.and_then(|e| e.get(field));
                if field == "@timestamp" {
                    let right = found
                        .and_then(Value::as_str)
                        .zip(expected.as_str())
                        .is_some_and(|(f, e)| same_time(e, f));
                    table.add(evtx, "time", right, || format!("event {n} time: {expected} not {found:?}"));
                } else {
                    table.add(evtx, "fields", found.is_some_and(|f| same(expected, f)), || {
                        format!(
                            "event {n} {field}: {expected} not {}",
                            found.map_or("missing".into(), Value::to_string)
                        )
                    });
                }
            }
        }
    }
    table
}
