//! Formats of the user's own: dropped into the folder, checked on the command line, made in the window.

use crate::logs::Desk;
use serde_json::{Value, json};
use timberline_engine::commands::dispatch;
use timberline_engine::{Dirs, Engine};

const GATE: &str = r#"id = "acme_gate"
title = "ACME gate controller"

[set]
"event.category" = "authentication"

[[pattern]]
regex = '^(?<time>\d+/\d+/\d+ \d+:\d+:\d+) GATE (?<outcome>\w+) (?<user>\S+) (?<ip>\S+)$'

[[sample]]
text = '2026/03/10 02:13:04 GATE failed bob 192.0.2.7'
time = "2026-03-10T02:13:04Z"
fields = { "user.name" = "bob", "source.ip" = "192.0.2.7", "event.outcome" = "failure" }
"#;

const LOG: &str =
    "2026/03/10 02:13:04 GATE failed bob 192.0.2.7\n2026/03/10 02:13:05 GATE ok eve 192.0.2.8\nnonsense\n";

#[test]
fn a_format_that_is_dropped_into_its_folder_reads_its_log() {
    let desk = Desk::new();
    desk.put("data/formats/gate.toml", GATE);
    desk.put("data/formats/broken.toml", "id = \"x\"\ntitle = \"x\"\n[[pattern]]\nregex = 'a(b'\n");
    let log = desk.put("door.log", LOG);
    let out = desk.run(["import", &desk.case().display().to_string(), &log.display().to_string()]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{said}");
    assert!(said.contains("broken.toml:4:") && said.contains("unclosed group"), "{said}");
    let sources = desk.lines("sources", &[]);
    assert_eq!(sources[0]["format"], "acme_gate");
    assert_eq!((&sources[0]["events"], &sources[0]["problems"]), (&json!(2), &json!(1)));
    let failed = desk.json("count", &["user.name : bob and event.outcome : failure"]);
    assert_eq!(failed["count"], 1);
    let listed = desk.text(["formats", "--json"]);
    let rows: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&rows[0]["id"], &rows[0]["own"]), (&json!("acme_gate"), &json!(true)));
    assert!(rows.as_array().unwrap().iter().any(|r| r["id"] == "syslog" && r["own"] == false));
}

#[test]
fn checking_a_format_says_line_by_line_what_fails() {
    let desk = Desk::new();
    let file = desk.put("gate.toml", GATE).display().to_string();
    let log = desk.put("door.log", LOG).display().to_string();
    let out = desk.run(["formats", "check", &file]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert!(String::from_utf8_lossy(&out.stdout).contains("sample 1, line 10: good"), "{out:?}");
    let out = desk.run(["formats", "check", &file, &log]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("2 of 3 records fit") && said.contains("line 3: fits no pattern"), "{said}");
    let wrong =
        desk.put("wrong.toml", GATE.replace("\"bob\", \"source", "\"eve\", \"source")).display().to_string();
    let out = desk.run(["formats", "check", &wrong, "--json"]);
    assert_eq!(out.status.code(), Some(1));
    let done: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(done["samples"][0]["failures"], json!(["user.name: expected \"eve\", got \"bob\""]));
    let out = desk.run(["formats", "check", &log]);
    assert_eq!(out.status.code(), Some(1), "a log is no format");
}

#[test]
fn the_window_makes_tries_keeps_and_removes_a_format() {
    let desk = Desk::new();
    let engine = Engine::new(Dirs { data: desk.path("data"), sample: None }, Box::new(|_, _| {}));
    let ask = |command: &str, payload: Value| dispatch(&engine, command, payload);
    let line = "2026-03-10 02:13:04 WARN [main] user bob failed from 192.0.2.7";
    let mut sketch = ask("format_guess", json!({ "line": line })).unwrap();
    let tried =
        ask("format_draft_preview", json!({ "sketch": sketch, "lines": format!("{line}\nxyz\n") })).unwrap();
    assert_eq!((&tried["fits"], &tried["error"]), (&json!(1), &Value::Null), "{tried}");
    let fields = tried["rows"][0]["fields"].as_array().unwrap();
    assert!(fields.contains(&json!({ "name": "user.name", "value": "bob" })), "{tried}");
    let toml = tried["toml"].as_str().unwrap().replace("my_format", "my_app");
    let list = ask("format_save", json!({ "toml": toml })).unwrap();
    assert_eq!((&list["rows"][0]["id"], &list["rows"][0]["own"]), (&json!("my_app"), &json!(true)));
    assert_eq!(ask("format_save", json!({ "toml": toml })).unwrap_err().code, "usage");
    assert!(ask("format_save", json!({ "toml": toml, "replace": true })).is_ok());
    assert_eq!(ask("format_text", json!({ "id": "my_app" })).unwrap()["toml"], toml);
    sketch["pattern"] = json!("^ü(?<time>");
    let wrong = ask("format_draft_preview", json!({ "sketch": sketch, "lines": line })).unwrap();
    assert_eq!(wrong["error"]["at"], 2, "{wrong}");
    assert_eq!(ask("format_save", json!({ "toml": "id = 3" })).unwrap_err().code, "usage");
    let list = ask("format_remove", json!({ "id": "my_app" })).unwrap();
    assert_eq!(list["rows"][0]["own"], false);
    assert_eq!(ask("format_remove", json!({ "id": "syslog" })).unwrap_err().code, "not_found");
}
