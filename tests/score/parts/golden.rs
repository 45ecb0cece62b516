//! Winlogbeat's JSON of EVTX files, event by event in order.

use super::reading::{read, same, same_time};
use super::tally::{Ask, Table};
use serde_json::{Map, Value};

/// Names that Winlogbeat makes of other values by tables of its own, or of how it collects: none of them is in the event.
/// `log.level` is compared with Timberline's words.
fn made(field: &str) -> bool {
    const NAMES: [&str; 8] = [
        "winlog.api",
        "dns.question.registered_domain",
        "dns.question.subdomain",
        "dns.question.top_level_domain",
        "winlog.event_data.Category",
        "winlog.event_data.SubCategory",
        "winlog.event_data.NewUACList",
        "winlog.event_data.UserAccountControl",
    ];
    NAMES.contains(&field)
        || field.ends_with("Description")
        || field.starts_with("winlog.event_data.NewSdDacl")
        || field.starts_with("winlog.event_data.OldSdDacl")
}

/// What Timberline means otherwise, on purpose: a placeholder is no value, and only a login has a login's outcome.
fn otherwise(field: &str, expected: &Value, row: &Map<String, Value>) -> bool {
    let one = |name: &str, values: &[&str]| {
        row.get(name).and_then(Value::as_str).is_some_and(|value| values.contains(&value))
    };
    match field {
        "process.name" | "process.executable" => expected == "-",
        "process.pid" | "source.port" => expected == 0,
        "event.outcome" => one("event.code", &["4634", "4647", "4648", "4769", "4770", "4778", "4779"]),
        _ => false,
    }
}

fn level(expected: &Value) -> Value {
    match expected.as_str() {
        Some("information") => "info".into(),
        Some("verbose") => "debug".into(),
        _ => expected.clone(),
    }
}

/// Lists of objects become one list for each of their names, as in Timberline.
fn flatten(prefix: &str, value: &Value, out: &mut Map<String, Value>) {
    let name = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match value {
        Value::Object(inner) => inner.iter().for_each(|(key, value)| flatten(&name(key), value, out)),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            for (key, value) in list.iter().filter_map(Value::as_object).flatten() {
                if let Value::Array(all) = out.entry(name(key)).or_insert_with(|| Value::Array(Vec::new())) {
                    all.push(value.clone());
                }
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
        let mut got = read(&folder.join(evtx));
        // What was recovered from unused space no other reader counts.
        got.events.retain(|event| event.get("winlog.recovered_from").is_none());
        for (n, row) in expected.iter().enumerate() {
            let event = got.events.get(n);
            table.add(evtx, "events", event.is_some(), || format!("event {n} is missing"));
            let mut fields = Map::new();
            flatten("", row, &mut fields);
            for (field, expected) in &fields {
                if !ask.all && (made(field) || otherwise(field, expected, &fields)) {
                    continue;
                }
                let expected = &if field == "log.level" { level(expected) } else { expected.clone() };
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
