//! The window's commands, through the one door that the window has.

use crate::logs::{Desk, access_log, auth_log};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;
use timberline_engine::commands::{COMMANDS, dispatch};
use timberline_engine::{Dirs, Engine};

struct Window {
    desk: Desk,
    engine: Engine,
    events: Receiver<(String, Value)>,
}

impl Window {
    fn new() -> Self {
        Self::with_sample(None)
    }

    fn with_sample(sample: Option<&str>) -> Self {
        let desk = Desk::new();
        let (send, events) = mpsc::channel();
        let emit = move |name: &str, payload: Value| {
            let _ = send.send((name.to_owned(), payload));
        };
        let dirs = Dirs { data: desk.path("data"), sample: sample.map(Into::into) };
        Self { engine: Engine::new(dirs, Box::new(emit)), desk, events }
    }

    fn ask(&self, command: &str, payload: Value) -> Value {
        self.try_ask(command, payload).unwrap_or_else(|why| panic!("{command}: {why}"))
    }

    fn try_ask(&self, command: &str, payload: Value) -> Result<Value, Value> {
        dispatch(&self.engine, command, payload).map_err(|why| serde_json::to_value(why).unwrap())
    }

    fn open(&self) {
        self.ask("case_new", json!({ "path": self.desk.case() }));
    }

    /// Waits for the end of an import; gives its last progress and how many came before.
    fn ended(&self) -> (Value, usize) {
        let mut before = 0;
        loop {
            let (name, payload) = self.events.recv_timeout(Duration::from_secs(120)).expect("a job ends");
            if name == "progress" {
                if matches!(payload["stage"].as_str(), Some("done" | "cancelled" | "failed")) {
                    return (payload, before);
                }
                before += 1;
            }
        }
    }

    fn import(&self, logs: &[(&str, String)]) -> Value {
        let paths: Vec<_> = logs.iter().map(|(name, text)| self.desk.put(name, text)).collect();
        self.ask("import_start", json!({ "paths": paths }));
        self.ended().0
    }
}

#[test]
fn every_command_answers_or_says_what_is_missing() {
    let window = Window::new();
    for command in COMMANDS {
        if let Err(why) = window.try_ask(command.name, json!({})) {
            let code = why["code"].as_str().unwrap();
            assert!(["no_case", "usage", "not_found"].contains(&code), "{}: {why}", command.name);
            assert!(!why["message"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(window.try_ask("no_such", json!({})).unwrap_err()["code"], "usage");
    assert_eq!(window.try_ask("case_state", json!({})).unwrap_err()["code"], "no_case");
}

#[test]
fn an_import_tells_its_progress_and_ends_with_cards() {
    let window = Window::new();
    window.open();
    let end = window.import(&[("auth.log", auth_log(200)), ("access.log", access_log(2_000))]);
    assert_eq!(end["stage"], "done", "{end}");
    assert_eq!((&end["files"], &end["files_done"]), (&2.into(), &2.into()));
    assert_eq!(end["events"], 2_225);
    assert_eq!(end["sources"].as_array().unwrap().len(), 2);
    assert_eq!(end["bytes_done"], end["bytes"]);
    let state = window.ask("case_state", json!({}));
    assert_eq!(state["events"], 2_225);
    for source in state["sources"].as_array().unwrap() {
        assert_eq!(source["state"], "complete");
        assert!(source["coverage"].as_f64().unwrap() > 0.999, "{source}");
        assert_eq!(source["sha256"].as_str().unwrap().len(), 64);
    }
    let cards = window.ask("cards_list", json!({}));
    let best = &cards["rows"][0];
    assert!(best["title"].as_str().unwrap().contains("203.0.113.24"), "{best}");
    assert!(state["headline"].as_str().unwrap().starts_with(best["title"].as_str().unwrap()));
    let sum: f64 = best["parts"].as_array().unwrap().iter().map(|p| p["weight"].as_f64().unwrap()).sum();
    assert!((sum - best["score"].as_f64().unwrap()).abs() < 0.011, "the parts make the score: {best}");
    let by_query = window.ask("events_count", json!({ "query": best["query"] }));
    assert_eq!(by_query["count"], best["evidence_count"], "the card's query gives its evidence");
}

#[test]
fn a_preview_shows_what_an_import_would_read_and_keeps_nothing() {
    let window = Window::new();
    let login = "Mar 10 02:13:04 web1 sshd[7]: Failed password for root from 203.0.113.24 port 4022 ssh2\n";
    let auth = window.desk.put("auth.log", login.repeat(60));
    let access = window.desk.put("access.log", access_log(500));
    let blob = window.desk.put("blob.bin", [0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    let see = |more: Value| {
        let mut ask = json!({ "paths": [auth, access, blob] });
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        window.ask("import_preview", ask)
    };
    let preview = see(json!({}));
    assert_eq!((&preview["total"], &preview["obvious"]), (&3.into(), &false.into()));
    let source = |preview: &Value, path: &std::path::Path| -> Value {
        let all = preview["sources"].as_array().unwrap();
        all.iter().find(|s| s["path"] == path.display().to_string()).unwrap().clone()
    };
    let web = source(&preview, &access);
    assert_eq!((&web["format"], &web["asks"]), (&"access_log".into(), &json!([])), "{web}");
    assert!(web["confidence"].as_f64().unwrap() > 0.9 && !web["why"].as_str().unwrap().is_empty());
    assert_eq!((&web["encoding"], &web["packing"]), (&"UTF-8".into(), &json!([])));
    let rows = web["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 20);
    assert_eq!((&rows[19]["line"], &rows[0]["assumed"]), (&20.into(), &json!([])));
    assert!(
        rows.iter().all(|r| r["time"].is_string() && r["fields"]["http.response.status_code"].is_number())
    );
    assert!(web["columns"].as_array().unwrap().contains(&"source.ip".into()));
    let login = source(&preview, &auth);
    assert_eq!(login["asks"], json!(["zone", "year"]), "a log without years and zone asks for both: {login}");
    assert_eq!(login["rows"][0]["assumed"], json!(["zone", "year"]));
    let refused = source(&preview, &blob);
    assert_eq!((&refused["format"], &refused["asks"]), (&"".into(), &json!(["format"])));
    assert_eq!(refused["problems"][0]["kind"], "unknown_format");

    let chosen = see(json!({ "rows": 3, "sources": [
        { "path": auth, "zone": "Europe/Madrid", "year": 2001 }, { "path": access, "format": "plain_text" } ]}));
    let login = source(&chosen, &auth);
    assert_eq!((&login["asks"], login["rows"].as_array().unwrap().len()), (&json!([]), 3));
    assert!(login["rows"][0]["time"].as_str().unwrap().starts_with("2001-"), "{login}");
    assert_eq!(source(&chosen, &access)["format"], "plain_text");

    window.open();
    assert_eq!(window.ask("case_state", json!({}))["events"], 0, "nothing was kept");
    window.ask("import_start", json!({ "paths": [auth, access, blob], "sources": [
        { "path": auth, "year": 2001 }, { "path": access, "format": "plain_text" }, { "path": blob, "skip": true } ]}));
    let (end, _) = window.ended();
    assert_eq!(end["sources"].as_array().unwrap().len(), 2, "{end}");
    let state = window.ask("case_state", json!({}));
    let read = |path: &std::path::Path| {
        let all = state["sources"].as_array().unwrap();
        all.iter().find(|s| s["path"] == path.display().to_string()).unwrap()
    };
    assert_eq!(read(&access)["format"], "plain_text");
    assert_eq!(read(&auth)["year_rule"], "2001, given");
    assert_eq!(source(&see(json!({})), &access)["already"], read(&access)["id"]);
    let easy = window.ask("import_preview", json!({ "paths": [access] }));
    assert_eq!(easy["obvious"], true, "one file that leaves nothing open: {easy}");
}

#[test]
fn pages_are_the_same_however_they_are_reached() {
    let window = Window::new();
    window.open();
    window.import(&[("access.log", access_log(3_000)), ("auth.log", auth_log(200))]);
    let page = |more: Value| {
        let mut ask = json!({ "limit": 100, "columns": ["source.ip"] });
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        window.ask("events_page", ask)["rows"].as_array().unwrap().clone()
    };
    let (first, second) = (page(json!({})), page(json!({ "offset": 100 })));
    assert_eq!(page(json!({ "after": first[99]["id"] })), second);
    let at = page(json!({ "at_us": second[0]["time_us"] }));
    assert_eq!(at[0]["time_us"], second[0]["time_us"]);
    let ids: std::collections::BTreeSet<u64> =
        (0..33).flat_map(|n| page(json!({ "offset": n * 100 }))).map(|r| r["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), 3_225, "every event is on one page");
    let back = page(json!({ "reverse": true }));
    assert!(back.windows(2).all(|w| w[0]["time_us"].as_i64() >= w[1]["time_us"].as_i64()));
    assert_eq!(
        window.try_ask("events_page", json!({ "limit": 1, "offset": 1, "after": 1 })).unwrap_err()["code"],
        "usage"
    );
    let huge = window.ask("events_page", json!({ "limit": 1_000_000 }));
    assert_eq!((huge["rows"].as_array().unwrap().len(), &huge["more"]), (1_000, &true.into()));
}

#[test]
fn one_event_is_shown_with_its_place_and_neighbours() {
    let window = Window::new();
    window.open();
    let log = access_log(100);
    window.import(&[("access.log", log.clone())]);
    let row = &window.ask("events_page", json!({ "limit": 1, "offset": 50 }))["rows"][0];
    let detail = window.ask("event_get", json!({ "id": row["id"] }));
    let raw = detail["raw"].as_str().unwrap();
    assert_eq!(Some(raw), log.lines().nth(50));
    let offset = detail["offset"].as_u64().unwrap() as usize;
    assert_eq!(&log[offset..offset + raw.len()], raw, "the offset is the record's place");
    assert_eq!(detail["line"], 51);
    assert_eq!(detail["neighbours"].as_array().unwrap().len(), 10);
    assert_eq!(detail["assumed"], "", "an access log states its zone");
    assert_eq!(window.try_ask("event_get", json!({ "id": 9 })).unwrap_err()["code"], "not_found");
}

#[test]
fn the_timeline_counts_events_and_evidence() {
    let window = Window::new();
    window.open();
    window.import(&[("access.log", access_log(3_000)), ("auth.log", auth_log(200))]);
    let sum = |series: &Value| -> u64 {
        series["counts"].as_array().unwrap().iter().filter_map(Value::as_u64).sum()
    };
    let all = window.ask("timeline_bins", json!({ "bins": 60, "evidence": true }));
    assert!(all["series"][0]["counts"].as_array().unwrap().len() <= 60);
    assert_eq!(all["series"].as_array().unwrap().iter().map(sum).sum::<u64>(), 3_225);
    assert_eq!((&all["total"], &all["undated"]), (&3_225.into(), &0.into()));
    let evidence: u64 = all["evidence"].as_array().unwrap().iter().map(sum).sum();
    assert!((200..=260).contains(&evidence), "each event counts once, for its worst card: {evidence}");
    assert!(!all["markers"].as_array().unwrap().is_empty());
    let by_source = window.ask("timeline_bins", json!({ "bins": 60, "by": "source", "evidence": true }));
    assert_eq!(by_source["series"].as_array().unwrap().len(), 2);
    assert!(by_source["evidence"].as_array().unwrap().iter().all(|e| e["source"] == 2));
    let from = all["start_us"].as_i64().unwrap();
    let hour =
        window.ask("timeline_bins", json!({ "bins": 60, "from_us": from, "to_us": from + 3_600_000_000i64 }));
    assert_eq!(
        hour["total"],
        window.ask("events_count", json!({ "from_us": from, "to_us": from + 3_600_000_000i64 }))["count"]
    );
    assert_eq!(
        window.try_ask("timeline_bins", json!({ "bins": 60, "from_us": 5, "to_us": 4 })).unwrap_err()["code"],
        "usage"
    );
}

#[test]
fn a_cancelled_import_says_so_and_can_be_completed() {
    let window = Window::new();
    window.open();
    let log = window.desk.put("access.log", access_log(600_000));
    let job = window.ask("import_start", json!({ "paths": [log] }));
    assert_eq!(window.try_ask("import_start", json!({ "paths": [log] })).unwrap_err()["code"], "busy");
    loop {
        let (name, progress) = window.events.recv_timeout(Duration::from_secs(60)).unwrap();
        if name == "progress" && progress["events"].as_u64().unwrap() > 0 {
            break;
        }
    }
    window.ask("job_cancel", job);
    let (end, _) = window.ended();
    if end["stage"] == "done" {
        return; // Quicker than the cancel; nothing was left to cancel.
    }
    assert_eq!(end["stage"], "cancelled");
    assert!(end["message"].as_str().unwrap().contains("again"), "{end}");
    assert_eq!(window.ask("case_state", json!({}))["sources"][0]["state"], "incomplete");
    window.ask("import_start", json!({ "paths": [log] }));
    let (end, progress) = window.ended();
    assert_eq!((&end["stage"], &end["events"]), (&"done".into(), &600_000.into()));
    assert!(
        progress as f64 <= end["seconds"].as_f64().unwrap() * 10.0 + 8.0,
        "at most ten a second: {progress}"
    );
    assert_eq!(window.ask("case_state", json!({}))["events"], 600_000);
}

#[test]
fn verdicts_change_the_list_and_say_what_they_do() {
    let window = Window::new();
    window.open();
    window.import(&[("auth.log", auth_log(200))]);
    let card = window.ask("cards_list", json!({}))["rows"][0].clone();
    let judge = |verdict: &str, preview: bool| {
        window.ask(
            "card_feedback",
            json!({ "card": card["id"], "verdict": verdict, "reason": "why", "preview": preview }),
        )
    };
    let effect = judge("mute", true);
    assert_eq!(
        (&effect["before"], &effect["after"], &effect["hides_cards"]),
        (&"open".into(), &"muted".into(), &1.into())
    );
    let listed =
        |all: bool| window.ask("cards_list", json!({ "all": all }))["rows"].as_array().unwrap().clone();
    assert!(listed(false).contains(&card), "a preview changes nothing");
    judge("mute", false);
    assert!(!listed(false).iter().any(|c| c["id"] == card["id"]));
    let muted = listed(true).into_iter().find(|c| c["id"] == card["id"]).unwrap();
    assert_eq!((&muted["status"], &muted["reason"]), (&"muted".into(), &"why".into()));
    judge("reset", false);
    assert!(listed(false).contains(&card));
    assert_eq!(
        window.try_ask("card_feedback", json!({ "card": card["id"], "verdict": "burn" })).unwrap_err()["code"],
        "usage"
    );
}

#[test]
fn verdicts_teach_later_cases_and_are_taken_back() {
    let window = Window::new();
    window.open();
    window.import(&[("auth.log", auth_log(200))]);
    let cards = || window.ask("cards_list", json!({}))["rows"].as_array().unwrap().clone();
    let first = cards();
    // A card that is not critical, so that its like can be lowered.
    let card = first.iter().find(|c| c["severity"] != "critical").unwrap_or(&first[0]).clone();
    let judge =
        |verdict: &str| window.ask("card_feedback", json!({ "card": card["id"], "verdict": verdict }));
    judge("false_positive");
    let learned = window.ask("verdicts_get", json!({}));
    assert_eq!((&learned["entries"][0]["false_positive"], &learned["problem"]), (&1.into(), &Value::Null));
    // The same verdict again is not counted again.
    judge("false_positive");
    assert_eq!(window.ask("verdicts_get", json!({})), learned);
    // A later case: the same kind of card is lowered, by a part that is in the sum.
    let later = window.desk.path("later.timberline");
    window.ask("case_new", json!({ "path": later }));
    window.import(&[("auth2.log", auth_log(200))]);
    let like = cards().into_iter().find(|c| c["detector"] == card["detector"]).unwrap();
    let parts = like["parts"].as_array().unwrap();
    let part =
        parts.iter().find(|p| p["name"] == "You dismissed 1 of 1 such cards").expect("the part is shown");
    let sum: f64 = parts.iter().map(|p| p["weight"].as_f64().unwrap()).sum();
    assert!((sum - like["score"].as_f64().unwrap()).abs() < 1e-9);
    if card["severity"] != "critical" {
        assert_eq!(part["weight"], -0.12);
        assert!(like["score"].as_f64() < card["score"].as_f64());
    }
    // Taken back in the first case, it is forgotten everywhere.
    window.ask("case_open", json!({ "path": window.desk.case() }));
    let undone = window.ask("feedback_undo", json!({}));
    assert!(undone["said"].as_str().unwrap().starts_with("Took back"), "{undone}");
    assert_eq!(window.ask("verdicts_get", json!({}))["entries"], json!([]));
    assert_eq!(cards(), first);
    assert_eq!(window.try_ask("feedback_undo", json!({})).unwrap_err()["code"], "not_found");
    let file = window.desk.path("learned.json");
    window.ask("verdicts_export", json!({ "path": file }));
    assert!(std::fs::read_to_string(file).unwrap().contains("\"version\": 1"));
}

#[test]
fn looking_deeper_adds_sentences_whose_queries_give_their_counts() {
    let window = Window::new();
    window.open();
    let web = "203.0.113.24 - - [11/Mar/2026:02:10:00 +0000] \"GET /login HTTP/1.1\" 200 1 \"-\" \"agent\"\n"
        .repeat(3);
    window.import(&[("auth.log", auth_log(200)), ("access.log", web)]);
    let cards = || window.ask("cards_list", json!({}))["rows"].as_array().unwrap().clone();
    let before = cards();
    let card = &before[0];
    assert_eq!(card["deeper"], json!([]));
    let found = window.ask("card_deeper", json!({ "card": card["id"] }));
    let rows = found["rows"].as_array().unwrap();
    let kinds: Vec<&str> = rows.iter().filter_map(|r| r["kind"].as_str()).collect();
    for kind in ["seen", "elsewhere", "before", "after"] {
        assert!(kinds.contains(&kind), "{kind}: {found:#}");
    }
    let elsewhere = rows.iter().find(|r| r["kind"] == "elsewhere").unwrap();
    assert_eq!(elsewhere["count"], 3);
    assert!(elsewhere["said"].as_str().unwrap().contains("access.log"), "{elsewhere}");
    for row in rows {
        let count = window.ask("events_count", json!({ "query": row["query"] }));
        assert_eq!(count["count"], row["count"], "{row}");
    }
    assert_eq!(&cards()[0]["deeper"], &found["rows"]);
    assert_eq!(window.ask("card_deeper", json!({ "card": card["id"] })), found, "the same again");
    window.ask("card_deeper", json!({ "card": card["id"], "undo": true }));
    assert_eq!(cards(), before);
    let twice = window.try_ask("card_deeper", json!({ "card": card["id"], "undo": true })).unwrap_err();
    assert_eq!(twice["code"], "not_found");
}

#[test]
fn settings_stay_and_recents_are_remembered() {
    let window = Window::new();
    window.open();
    window.ask("settings_set", json!({ "zone": "Europe/Madrid", "theme": "dark" }));
    assert_eq!(window.ask("case_state", json!({}))["zone"], "Europe/Madrid");
    assert_eq!(window.try_ask("settings_set", json!({ "zone": "Nowhere" })).unwrap_err()["code"], "usage");
    let recents = window.ask("case_recent", json!({}));
    assert_eq!(recents["rows"][0]["name"], "a");
    let dirs = Dirs { data: window.desk.path("data"), sample: None };
    let again = Engine::new(dirs, Box::new(|_, _| {}));
    let settings = dispatch(&again, "settings_get", json!({})).unwrap();
    assert_eq!((&settings["zone"], &settings["theme"]), (&"Europe/Madrid".into(), &"dark".into()));
    assert!(!settings["keyring"].as_str().unwrap().is_empty());
    assert_eq!(dispatch(&again, "case_recent", json!({})).unwrap(), recents);
    let egress = window.ask("egress_state", json!({}));
    assert_eq!(egress["policy"], "Local only");
    assert_eq!(
        (&egress["bytes_sent"], &egress["calls"], &egress["head"]),
        (&json!(0), &json!(0), &json!(""))
    );
}

#[test]
fn the_sample_incident_opens_with_one_click() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/ssh-break-in");
    if !std::path::Path::new(sample).is_dir() {
        println!("skipped: fixtures/incidents/ssh-break-in is not here");
        return;
    }
    let window = Window::with_sample(Some(sample));
    let state = window.ask("case_sample", json!({}));
    assert_eq!(state["name"], "Sample incident");
    let (end, _) = window.ended();
    assert_eq!(end["stage"], "done", "{end}");
    let state = window.ask("case_state", json!({}));
    assert_eq!(state["sources"].as_array().unwrap().len(), 4, "the logs, and not the truth: {state}");
    assert!(!window.ask("cards_list", json!({}))["rows"].as_array().unwrap().is_empty());
    // A second click opens what is there.
    let again = window.ask("case_sample", json!({}));
    assert_eq!(again["events"], state["events"]);
    assert!(!window.engine.busy());
}

#[test]
fn stdio_answers_line_by_line() {
    let desk = Desk::new();
    let log = desk.put("auth.log", auth_log(60));
    let mut child = desk.command(["rpc"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for call in [
        json!({ "id": 1, "cmd": "case_new", "payload": { "path": desk.case() } }),
        json!({ "id": "two", "cmd": "import_start", "payload": { "paths": [log] } }),
        json!({ "id": 3, "cmd": "nothing_of_the_kind" }),
    ] {
        writeln!(stdin, "{call}").unwrap();
    }
    writeln!(stdin, "this is no JSON").unwrap();
    drop(stdin);
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let answer = |id: Value| lines.iter().find(|l| l.get("event").is_none() && l["id"] == id).unwrap();
    assert_eq!(answer(json!(1))["ok"]["events"], 0);
    assert!(answer(json!("two"))["ok"]["job"].is_u64());
    assert_eq!(answer(json!(3))["error"]["code"], "usage");
    assert_eq!(answer(Value::Null)["error"]["code"], "usage");
    let last = lines.iter().rfind(|l| l["event"] == "progress").unwrap();
    assert_eq!(last["payload"]["stage"], "done", "a job is waited for when stdin ends");
    assert_eq!(desk.json("count", &[])["count"], 85);
}
