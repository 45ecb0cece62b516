//! Each tool on a small log made here; what is wrong with arguments is said so that a model can mend it.

use super::{Desk, Made, TOOLS};
use crate::planner::View;
use crate::planner::known::Known;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use timberline_chat::{Effect, ToolError, run_now};
use timberline_model::reference::{MemoryStore, event};
use timberline_model::{Event, Value};

/// 2026-03-10T00:00:00Z.
pub(crate) const DAY_NS: i64 = 1_773_100_800_000_000_000;
const MINUTE: i64 = 60_000_000_000;

fn login(n: u32, at: i64, user: &str, ip: &str, outcome: &str) -> Event {
    event(
        1,
        n,
        Some(at),
        &[
            ("event.category", "authentication".into()),
            ("event.outcome", outcome.into()),
            ("event.action", "ssh_login".into()),
            ("user.name", user.into()),
            ("source.ip", ip.into()),
            ("host.name", "vault02".into()),
        ],
    )
}

fn request(n: u32, at: i64, ip: &str, status: i64) -> Event {
    event(
        2,
        n,
        Some(at),
        &[
            ("event.category", "web".into()),
            ("source.ip", ip.into()),
            ("destination.ip", "10.0.0.80".into()),
            ("url.path", format!("/page/{}", n % 3).as_str().into()),
            ("http.response.status_code", Value::Int(status)),
            ("http.response.body.bytes", Value::Int(i64::from(n) * 100)),
        ],
    )
}

/// 30 failures and a success of root from one address, a few logins of alice, and some requests.
pub(crate) fn small() -> MemoryStore {
    let mut events: Vec<Event> = (0..30)
        .map(|n| login(n, DAY_NS + i64::from(n) * MINUTE, "root", "203.0.113.24", "failure"))
        .collect();
    events.push(login(30, DAY_NS + 31 * MINUTE, "root", "203.0.113.24", "success"));
    for n in 31..36 {
        events.push(login(n, DAY_NS + i64::from(n) * 60 * MINUTE, "alice", "10.0.0.5", "success"));
    }
    for n in 0..20 {
        let status = if n % 4 == 0 { 404 } else { 200 };
        events.push(request(
            n,
            DAY_NS + i64::from(n) * 30 * MINUTE,
            if n % 2 == 0 { "10.0.0.5" } else { "10.0.0.6" },
            status,
        ));
    }
    MemoryStore::new(events)
}

pub(crate) fn view(store: &MemoryStore) -> View<'_> {
    View {
        path: None,
        events: store,
        sources: Vec::new(),
        findings: Vec::new(),
        confirmed: Vec::new(),
        zone: "UTC".into(),
    }
}

fn call(name: &str, arguments: Json) -> Result<Made, ToolError> {
    let store = small();
    let view = view(&store);
    let known = Known::of(&view).unwrap();
    let cancel = AtomicBool::new(false);
    let desk = Desk { known: &known, cancel: &cancel, deadline: None, selection: None };
    let tool = TOOLS.iter().find(|t| t.about().name == name).unwrap();
    run_now(tool.call(arguments, &desk)).map(|v| serde_json::from_value(v).unwrap())
}

fn says(name: &str, arguments: Json, words: &[&str]) -> Made {
    let made = call(name, arguments.clone()).unwrap_or_else(|why| panic!("{name} {arguments}: {why}"));
    for word in words {
        let all = format!("{} {:?} {:?}", super::shown(&made.sentence), made.notes, made.rows);
        assert!(all.contains(word), "{name} {arguments}: {word} is not in {all}");
    }
    timberline_model::kql::parse(if made.query.is_empty() { "*" } else { &made.query }).unwrap();
    made
}

fn wrong(name: &str, arguments: Json, words: &[&str]) {
    match call(name, arguments.clone()) {
        Err(ToolError::Arguments(why)) => {
            for word in words {
                assert!(why.contains(word), "{name} {arguments}: {word} is not in {why}");
            }
        }
        other => panic!("{name} {arguments}: {other:?}"),
    }
}

fn is(field: &str, value: &str) -> Json {
    json!({ "field": field, "op": "is", "value": value })
}

#[test]
fn each_tool_answers_with_a_finished_sentence() {
    let failed = json!([is("event.outcome", "failure")]);
    let made = says("count_events", json!({ "where": failed }), &["30 events", "2026-03-10 00:00:00"]);
    assert_eq!((made.matching, made.events.len()), (30, 20));
    says(
        "count_events",
        json!({ "where": [is("event.category", "authentication")], "distinct": "user.name" }),
        &["2 different values of user.name", "root (31)"],
    );
    says("top_values", json!({ "field": "user.name", "where": failed }), &["root (30)", "100 %"]);
    says(
        "top_values",
        json!({ "field": "source.ip", "sum": "http.response.body.bytes" }),
        &["10.0.0.6", "10000"],
    );
    says("top_values", json!({ "field": "user.name", "order": "least" }), &["the rarest is alice (5)"]);
    says(
        "search_events",
        json!({ "where": [is("user.name", "alice")], "limit": 2, "order": "last" }),
        &["5 events", "the last 2 follow"],
    );
    says("search_events", json!({ "text": "/page/1" }), &["events"]);
    says(
        "timeline",
        json!({ "where": failed, "every": "hour" }),
        &["the most, 30", "in the hour that begins at 2026-03-10"],
    );
    says(
        "pairs",
        json!({ "address": "10.0.0.5", "direction": "out" }),
        &["10.0.0.5 connected to 1 address", "10 connections"],
    );
    says("pairs", json!({}), &["2 pairs of addresses"]);
    says(
        "login_patterns",
        json!({ "where": [is("user.name", "root")] }),
        &["1 successful and 30 failed", "with failures and successes"],
    );
    says("entity_profile", json!({ "value": "alice" }), &["alice stands in user.name of 5 events"]);
    says(
        "compare_periods",
        json!({ "a": "between 00:00 and 00:10 on 10 March", "b": "between 00:10 and 00:15 on 10 March", "where": failed, "by": "user.name" }),
        &["5 fewer, 50 % down"],
    );
    says("cards", json!({}), &["There are no cards"]);
    says("event_context", json!({ "event": 4_294_967_301_u64 }), &["10 events around it"]);
    says("case_description", json!({}), &["56 events", "source.ip"]);
    assert!(says("show_query", json!({ "where": failed }), &["30"]).view.is_some());
    assert!(says("show_range", json!({ "when": "on 10 March" }), &["The window shows"]).view.is_some());
}

#[test]
fn mistakes_that_small_models_make_are_mended_or_told() {
    // A value in the wrong field is put where it stands.
    says(
        "count_events",
        json!({ "where": [is("host.name", "203.0.113.24")] }),
        &["stands in source.ip", "31 events"],
    );
    says(
        "count_events",
        json!({ "where": [is("event.action", "404")] }),
        &["stands in http.response.status_code", "5 events"],
    );
    // Names of fields as people say them.
    says("top_values", json!({ "field": "user" }), &["root"]);
    says("top_values", json!({ "field": "status_code" }), &["200"]);
    says("count_events", json!({ "where": { "user.name": "alice" } }), &["5 events"]);
    says("count_events", json!({ "where": [is("http.response.status_code", "4xx")] }), &["5 events"]);
    says("count_events", json!({ "where": [is("source.ip", "10.0.0.0/24")] }), &["25 events"]);
    says(
        "count_events",
        json!({ "where": [{ "field": "user.name", "op": "is_not", "value": "root" }, is("event.category", "authentication")] }),
        &["5 events"],
    );
    says(
        "count_events",
        json!({ "where": [is("user.name", "mallory")] }),
        &["No events", "no event of this case has 'mallory' in user.name"],
    );
    wrong("top_values", json!({ "field": "user.nam" }), &["there is no field", "user.name"]);
    wrong("top_values", json!({}), &["needs a field"]);
    wrong("count_events", json!({ "where": [is("source.ip", "the attacker")] }), &["holds addresses"]);
    wrong(
        "count_events",
        json!({ "where": [is("http.response.status_code", "broken")] }),
        &["holds numbers"],
    );
    wrong(
        "count_events",
        json!({ "where": [{ "field": "user.name", "op": "like", "value": "a" }] }),
        &["there is no op"],
    );
    wrong("count_events", json!({ "when": "when the moon was full" }), &["2026-03-10"]);
    wrong("count_events", json!({ "case": "/other" }), &["there is no argument"]);
    wrong("event_context", json!({ "event": 7 }), &["there is no event 7"]);
    wrong("entity_profile", json!({ "value": "nobody-here" }), &["stands in no field"]);
    wrong("card_detail", json!({ "card": "0000" }), &["there is no card"]);
    wrong("compare_periods", json!({ "a": "on 10 March", "b": "on 10 March" }), &["same stretch"]);
}

#[test]
fn no_tool_writes_and_all_have_schemas() {
    let reads = TOOLS.iter().filter(|t| t.about().effect == Effect::Reads).count();
    assert!(reads <= 12 && TOOLS.len() - reads == 2, "{reads}");
    for about in TOOLS.iter().map(|t| t.about()) {
        assert_eq!(about.arguments["type"], "object", "{}", about.name);
        assert_eq!(about.arguments["additionalProperties"], false, "{}", about.name);
        assert!(about.description.len() < 250, "{}", about.name);
    }
}

/// docs/tools.md is made from the list. TIMBERLINE_BLESS=1 writes it.
#[test]
fn the_page_of_tools_is_current() {
    let mut out = String::from(
        "# Tools\n\nMade from the code by `engine/src/tools/tests.rs`. What a model may call: it reads the open case and moves the view, and \
         nothing else. Arguments are checked against the case before anything runs; each call stands in the answer with its query.\n",
    );
    for about in TOOLS.iter().map(|t| t.about()) {
        let effect = if about.effect == Effect::Reads { "reads" } else { "moves the view" };
        write!(out, "\n## {}\n\n{}. ({effect})\n\n", about.name, about.description).unwrap();
        let required: Vec<&str> =
            about.arguments["required"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
        for (name, schema) in about.arguments["properties"].as_object().unwrap() {
            let kind = match schema.get("enum") {
                Some(of) => {
                    of.as_array().unwrap().iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
                }
                None => schema["type"].as_str().unwrap_or_default().to_owned(),
            };
            let need = if required.contains(&name.as_str()) { ", required" } else { "" };
            writeln!(out, "- `{name}`: {kind}{need}").unwrap();
        }
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/tools.md");
    if std::env::var_os("TIMBERLINE_BLESS").is_some() {
        std::fs::write(&page, &out).unwrap();
        return;
    }
    let have = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(
        have == out,
        "docs/tools.md is not current: TIMBERLINE_BLESS=1 cargo nextest run -p timberline-engine page_of_tools"
    );
}
