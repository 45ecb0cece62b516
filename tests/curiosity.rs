//! Prompts, what becomes of them, playbooks and what is new, through the commands of the window and on the command line.

use crate::logs::{Desk, access_log, auth_log};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;
use timberline_engine::commands::dispatch;
use timberline_engine::{Dirs, Engine};

struct Room {
    desk: Desk,
    engine: Engine,
    events: Receiver<(String, Value)>,
}

impl Room {
    fn new() -> Self {
        let desk = Desk::new();
        let (send, events) = mpsc::channel();
        let emit = move |name: &str, payload: Value| {
            let _ = send.send((name.to_owned(), payload));
        };
        let engine = Engine::new(Dirs { data: desk.path("data"), sample: None }, Box::new(emit));
        Self { desk, engine, events }
    }

    fn try_ask(&self, command: &str, payload: Value) -> Result<Value, Value> {
        dispatch(&self.engine, command, payload).map_err(|why| serde_json::to_value(why).unwrap())
    }

    fn ask(&self, command: &str, payload: Value) -> Value {
        self.try_ask(command, payload).unwrap_or_else(|why| panic!("{command}: {why}"))
    }

    fn import(&self, path: &Path) {
        self.ask("import_start", json!({ "paths": [path] }));
        loop {
            let (name, payload) =
                self.events.recv_timeout(Duration::from_secs(120)).expect("the import ends");
            if name == "progress" && payload["stage"] == "done" {
                return;
            }
        }
    }

    /// A room with a case of a guessed password.
    fn with_break_in() -> Self {
        let room = Self::new();
        room.ask("case_new", json!({ "path": room.desk.case() }));
        room.import(&room.desk.put("auth.log", auth_log(200)));
        room
    }

    fn prompts(&self) -> Vec<Value> {
        self.ask("prompts_list", json!({ "limit": 20 }))["rows"].as_array().unwrap().clone()
    }

    fn of_card(&self) -> Value {
        self.prompts().into_iter().find(|p| p["card"].is_string()).expect("a prompt of a card")
    }

    fn memory(&self) -> String {
        std::fs::read_to_string(self.desk.path("data/prompt-memory.json")).unwrap_or_default()
    }

    fn counts(&self, kind: &Value) -> Value {
        let memory = self.ask("memory_get", json!({}));
        let entry = memory["entries"].as_array().unwrap().iter().find(|e| e["kind"] == *kind).cloned();
        entry.map_or(Value::Null, |e| e["counts"].clone())
    }
}

#[test]
fn a_prompt_says_what_it_looks_at_and_its_parts_make_its_score() {
    let room = Room::with_break_in();
    let prompts = room.prompts();
    assert!(prompts.len() >= 5, "{prompts:#?}");
    for p in &prompts {
        let product: f64 =
            p["parts"].as_array().unwrap().iter().map(|f| f["factor"].as_f64().unwrap()).product();
        assert!((product - p["score"].as_f64().unwrap()).abs() < 0.002, "{p}");
        assert!(!p["why"].as_str().unwrap().is_empty() && p["state"] == "new", "{p}");
        room.ask(
            "events_count",
            json!({ "query": p["query"], "from_us": p["from_us"], "to_us": p["to_us"] }),
        );
    }
    let of_card = room.of_card();
    let rows = room.ask("prompts_list", json!({ "limit": 20, "card": of_card["card"] }))["rows"].clone();
    assert!(rows.as_array().unwrap().iter().all(|p| p["card"] == of_card["card"]), "{rows}");
}

#[test]
fn what_a_prompt_leads_to_is_remembered_by_kind_and_taken_back_with_the_verdict() {
    let room = Room::with_break_in();
    let prompt = room.of_card();
    let (id, kind) = (&prompt["id"], &prompt["kind"]);
    assert_eq!(room.memory(), "", "listing is not showing");
    assert_eq!(room.ask("prompt_shown", json!({ "prompts": [id] }))["counted"], 1);
    assert_eq!(
        room.ask("prompt_shown", json!({ "prompts": [id, "000000000000"] }))["counted"],
        0,
        "once a case"
    );
    let turn = room.ask("chat_ask", json!({ "question": prompt["question"], "prompt": id }));
    room.ask("card_feedback", json!({ "card": prompt["card"], "verdict": "confirm" }));
    room.ask("chat_feedback", json!({ "turn": turn["id"], "verdict": "up" }));
    room.ask("mark_set", json!({ "event": turn["citations"][0], "star": true }));
    let counts = room.counts(kind);
    for (what, n) in
        [("shown", 1), ("taken", 1), ("confirmed", 1), ("useful", 1), ("starred", 1), ("dismissed", 0)]
    {
        assert_eq!(counts[what], n, "{what}: {counts}");
    }
    // A verdict that is changed changes what it counted for.
    room.ask("card_feedback", json!({ "card": prompt["card"], "verdict": "false_positive" }));
    let counts = room.counts(kind);
    assert_eq!((&counts["confirmed"], &counts["false_positive"]), (&0.into(), &1.into()));
    room.ask("card_feedback", json!({ "card": prompt["card"], "verdict": "confirm" }));
    let of_card = room.ask("prompts_list", json!({ "limit": 20, "card": prompt["card"] }))["rows"].clone();
    let asked = of_card.as_array().unwrap().iter().find(|p| p["id"] == *id).expect("it is still listed");
    assert_eq!(asked["state"], "taken");
    assert!(asked["why"].as_str().unwrap().contains("similar prompts led to a confirmed card"), "{asked}");
    assert!(asked["score"].as_f64().unwrap() < prompt["score"].as_f64().unwrap(), "it was asked already");
    // No value of the log is in the file.
    let file = room.memory();
    for value in ["203.0.113", "web1", "deploy", "root", "2026-03"] {
        assert!(!file.contains(value), "{value} in {file}");
    }
    assert!(file.contains("\"confirmed\": 1"), "{file}");
}

#[test]
fn a_dismissed_prompt_is_not_listed_again_until_that_is_taken_back() {
    let room = Room::with_break_in();
    let id = room.prompts()[0]["id"].clone();
    room.ask("prompt_dismissed", json!({ "prompt": id }));
    assert!(room.prompts().iter().all(|p| p["id"] != id));
    room.ask("prompt_dismissed", json!({ "prompt": id, "undo": true }));
    assert!(room.prompts().iter().any(|p| p["id"] == id));
    assert_eq!(room.try_ask("prompt_taken", json!({ "prompt": "none" })).unwrap_err()["code"], "not_found");
}

#[test]
fn a_threat_model_is_shown_back_and_moves_what_fits_it() {
    let room = Room::new();
    room.ask("case_new", json!({ "path": room.desk.case() }));
    room.desk.put("logs/auth.log", auth_log(40));
    room.import(room.desk.put("logs/access.log", access_log(900)).parent().unwrap());
    let place = |of: &str| {
        let prompts = room.ask("prompts_list", json!({ "limit": 50 }))["rows"].as_array().unwrap().clone();
        prompts.iter().position(|p| p["kind"]["question"] == of).unwrap_or(99)
    };
    let before = place("web_404");
    let model = room.ask("threat_model_set", json!({ "text": "web shop; fear: web shells, zeppelins" }));
    assert_eq!(model["assets"][0]["id"], "web_shop");
    assert_eq!(model["fears"][0]["id"], "web_shell");
    assert_eq!(model["unknown"], json!(["zeppelins"]));
    assert!(place("web_404") < before, "from {before} to {}", place("web_404"));
    assert_eq!(room.ask("threat_model_get", json!({}))["understood"], model["understood"]);
    room.ask("threat_model_set", json!({ "text": "" }));
    assert_eq!(place("web_404"), before);
}

#[test]
fn a_path_that_was_successful_becomes_a_playbook_without_values_and_runs_on_another_case() {
    let room = Room::with_break_in();
    let card = room.ask("cards_list", json!({ "all": false }))["rows"][0].clone();
    let prompt = room.ask("prompts_list", json!({ "limit": 5, "card": card["id"] }))["rows"][0].clone();
    room.ask("chat_ask", json!({ "question": prompt["question"], "prompt": prompt["id"] }));
    room.ask("chat_ask", json!({ "question": "Did 203.0.113.24 ever log in successfully?" }));
    room.ask("chat_ask", json!({ "question": "What happened around 03:01 on 2026-03-11?" }));
    let made = room.ask("playbook_make", json!({ "name": "Guessed password", "card": card["id"] }));
    assert_eq!(made["steps"].as_array().unwrap().len(), 3, "{made}");
    let file = room.desk.path("guessed.toml");
    room.ask("playbook_export", json!({ "name": "Guessed password", "path": file }));
    let text = std::fs::read_to_string(&file).unwrap();
    for value in ["203.0.113", "root", "03:01", "2026-03", "web1", "200 failed"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
    // A colleague gets the file and meets the same kind of card with other values.
    let other = Room::new();
    other.ask("case_new", json!({ "path": other.desk.case() }));
    let log = auth_log(150).replace("203.0.113.24", "198.51.100.7").replace("root", "oracle");
    other.import(&other.desk.put("auth.log", log));
    other.ask("playbook_import", json!({ "path": file }));
    let card = other.ask("cards_list", json!({ "all": false }))["rows"][0].clone();
    let books = other.ask("playbook_list", json!({ "card": card["id"] }));
    assert_eq!(books["rows"][0]["fits"], true, "{books}");
    assert!(other.prompts().iter().any(|p| p["playbook"] == "Guessed password"), "it is offered");
    for step in 1..=3 {
        let ran = other.ask(
            "playbook_run_step",
            json!({ "name": "Guessed password", "step": step, "card": card["id"] }),
        );
        assert!(ran["turn"]["unanswered"].is_null(), "{ran}");
    }
    let turns = other.ask("chat_list", json!({}))["rows"].as_array().unwrap().clone();
    assert_eq!(turns.len(), 3, "each step is a turn of the chat");
    assert!(turns[1]["question"].as_str().unwrap().contains("198.51.100.7"), "{}", turns[1]["question"]);
    assert_eq!(
        other.try_ask("playbook_run_step", json!({ "name": "Guessed password", "step": 1 })).unwrap_err()["code"],
        "usage"
    );
    assert_eq!(other.ask("playbook_remove", json!({ "name": "Guessed password" }))["rows"], json!([]));
}

#[test]
fn what_each_import_did_and_what_came_since_the_last_look_is_told() {
    let room = Room::new();
    room.ask("case_new", json!({ "path": room.desk.case() }));
    assert_eq!(room.ask("whats_new", json!({}))["sentence"], "");
    room.import(&room.desk.put("access.log", access_log(300)));
    let seen = room.ask("news_seen", json!({}));
    assert_eq!((&seen["sentence"], &seen["imports"][0]["events"]), (&"".into(), &300.into()));
    room.import(&room.desk.put("auth.log", auth_log(200)));
    let news = room.ask("whats_new", json!({}));
    let sentence = news["sentence"].as_str().unwrap();
    let told = sentence.starts_with("Since you last looked: +") && sentence.ends_with(", 225 events");
    assert!(told, "{news}");
    assert_eq!(news["imports"][0]["sentence"], sentence.trim_start_matches("Since you last looked: "));
    assert_eq!(news["imports"][0]["sources"], json!(["auth.log"]));
    assert_eq!(news["changes"][0]["change"], "new");
    assert_eq!(room.ask("case_state", json!({}))["news"], news["sentence"]);
    let source = room.ask("case_state", json!({}))["sources"][1]["id"].clone();
    room.ask("source_remove", json!({ "id": source }));
    let news = room.ask("whats_new", json!({}));
    assert_eq!((&news["imports"][0]["what"], &news["sentence"]), (&"removal".into(), &"".into()), "{news}");
    assert!(news["imports"][0]["sentence"].as_str().unwrap().contains(" gone"), "{news}");
}

#[test]
fn the_command_line_lists_prompts_and_counts_them_only_when_told() {
    let desk = Desk::new();
    desk.import(&[&desk.put("auth.log", auth_log(200))]);
    let rows = desk.json("prompts", &["--limit", "3", "--threat-model", "bastion; fear: stolen keys"]);
    let first = &rows.as_array().unwrap()[0];
    for key in ["question", "why", "card", "score", "id", "query", "parts"] {
        assert!(first.get(key).is_some(), "{key}: {first}");
    }
    let memory = || -> Value { serde_json::from_str(&desk.text(["memory", "--json"])).unwrap() };
    assert_eq!(memory()["entries"], json!([]));
    desk.json("prompts", &["--limit", "3", "--record"]);
    assert_eq!(
        memory()["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["counts"]["shown"].as_u64().unwrap())
            .sum::<u64>(),
        3
    );
    let file = desk.path("mine.json");
    desk.text(["memory", "export", file.to_str().unwrap()]);
    desk.text(["memory", "wipe"]);
    assert_eq!(memory()["entries"], json!([]));
    desk.text(["memory", "import", file.to_str().unwrap(), "--weight", "1"]);
    assert!(!memory()["entries"].as_array().unwrap().is_empty());
    let news = desk.json("news", &[]);
    assert!(news["sentence"].as_str().unwrap().starts_with("Last import: +"), "{news}");
}
