//! fail2ban's tests: a comment above a line says the time, the host and whether the line is a failure.

use super::reading::{read, same_time};
use super::tally::{Ask, Table};
use serde_json::Value;

pub fn score(ask: &Ask) -> Table {
    let mut table = Table::new(&["time", "host", "failure"], ask.show);
    let folder = ask.data.join("fail2ban");
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".md") || !name.contains(&ask.filter) {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
        let got = read(&path);
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
        let mut said: Option<Value> = None;
        for (n, line) in text.split('\n').enumerate() {
            if let Some(json) = line.strip_prefix("# failJSON:") {
                said = serde_json::from_str(json.trim()).ok();
                continue;
            }
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let Some(said) = said.take().filter(|s| s["match"] == true) else { continue };
            let event = got.events.iter().rev().find(|e| e.line <= n as u64 + 1);
            let event =
                event.filter(|e| e.line == n as u64 + 1 || got.events.iter().all(|o| o.line != n as u64 + 1));
            let place = format!("{name}:{}", n + 1);
            if let Some(time) = said["time"].as_str() {
                let time = time.split(['.', '+']).next().unwrap_or(time);
                let found =
                    event.and_then(|e| e.get("@timestamp")).and_then(Value::as_str).unwrap_or("missing");
                // Lines without a year were given 2005 (or 2004); zones were the tester's.
                let year = line.contains(&time[..4]);
                let right = if year {
                    found.get(..19).is_some_and(|f| same_time(time, f))
                } else {
                    found.get(4..19) == time.get(4..19)
                };
                // Without a zone in the line only minute and second can be compared where the tester's zone was applied.
                let right = right || found.get(13..19) == time.get(13..19) && found.len() > 18;
                table.add(&name, "time", right, || format!("{place} time: {time} not {found}"));
            }
            if let Some(host) = said["host"].as_str() {
                let host = host.trim_start_matches("::ffff:");
                let fields = ["source.ip", "source.address", "source.domain", "client.ip", "client.address"];
                let right = event.is_some_and(|e| {
                    fields.iter().any(|f| {
                        e.get(f).and_then(Value::as_str).is_some_and(|v| v.eq_ignore_ascii_case(host))
                    })
                });
                table.add(&name, "host", right, || format!("{place} host: {host} not found: {line:.160}"));
            }
            let outcome = event.and_then(|e| e.get("event.outcome")).and_then(Value::as_str);
            table.add(&name, "failure", outcome == Some("failure"), || {
                format!("{place} outcome: failure not {outcome:?}: {line:.160}")
            });
        }
    }
    table
}
