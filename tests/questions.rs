//! The question set of `tests/questions`: what the planner answers, graded by the rows and numbers that it returns and never by its
//! wording. What is expected was counted from the raw logs by `tests/questions/expect.py`, not by the engine.
//!
//! `cargo nextest run -p timberline questions --no-capture` prints the shares; with `TIMBERLINE_QUESTIONS=all` each miss too.

use crate::logs::Desk;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use timberline_engine::commands::dispatch;
use timberline_engine::{Dirs, Engine};

/// Of the answerable questions, at least this share is answered rightly with the planner alone.
const FLOOR: f64 = 0.80;

struct Graded {
    kind: String,
    own: bool,
    turns: String,
    wrong: Option<String>,
    millis: u128,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A case with these files in it, as the window has it.
fn open(files: &[PathBuf]) -> (Desk, Engine) {
    let desk = Desk::new();
    let (send, events) = mpsc::channel();
    let emit = move |name: &str, payload: Value| {
        let _ = send.send((name.to_owned(), payload));
    };
    let engine = Engine::new(Dirs { data: desk.path("data"), sample: None }, Box::new(emit));
    dispatch(&engine, "case_new", json!({ "path": desk.case() })).unwrap();
    dispatch(&engine, "import_start", json!({ "paths": files })).unwrap();
    loop {
        let (name, payload) = events.recv_timeout(Duration::from_secs(300)).expect("the import ends");
        if name == "progress" && matches!(payload["stage"].as_str(), Some("done" | "cancelled" | "failed")) {
            assert_eq!(payload["stage"], "done", "{payload}");
            return (desk, engine);
        }
    }
}

/// A cell as text: times with a space between day and clock.
fn cell(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut chars: Vec<char> = text.chars().collect();
    if chars.len() >= 19 && chars[4] == '-' && chars[10] == 'T' && chars[13] == ':' {
        chars[10] = ' ';
    }
    chars.into_iter().collect::<String>().to_lowercase()
}

fn cells(row: &Value) -> Vec<String> {
    row.as_array().map_or_else(Vec::new, |row| row.iter().map(cell).collect())
}

/// Whether a row has all of the cells that are wanted.
fn has(row: &[String], wanted: &Value) -> bool {
    cells(wanted).iter().all(|want| {
        let number = want.parse::<f64>().ok();
        row.iter().any(|have| {
            have == want
                || number.is_some() && have.parse::<f64>().ok() == number
                || want.len() >= 19 && have.starts_with(want.as_str())
        })
    })
}

/// The numbers that stand in a text.
fn numbers(text: &str) -> Vec<f64> {
    let mut out = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ';' | ':' | '/')) {
        let plain = word.trim_end_matches(['.', ',', '%']).replace(',', "");
        out.extend(plain.parse::<f64>().ok());
    }
    out
}

fn us(stamp: &str) -> i64 {
    let part = |a: usize, b: usize| stamp.get(a..b).and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
    let day = timberline_model::time::days_from_civil(part(0, 4), part(5, 7) as u32, part(8, 10) as u32);
    (day * 86_400 + part(11, 13) * 3_600 + part(14, 16) * 60 + part(17, 19)) * 1_000_000
}

/// What is wrong with an answer; nothing where it is right.
fn grade(turn: &Value, expect: &Value) -> Option<String> {
    let answer = turn["answer"].as_str().unwrap_or_default();
    let rows: Vec<Vec<String>> =
        turn["rows"].as_array().map_or_else(Vec::new, |r| r.iter().map(cells).collect());
    let everything =
        format!("{answer} {}", rows.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" | "))
            .to_lowercase();
    let negative = answer.starts_with("No") || answer.starts_with("There were no");
    for (key, want) in expect.as_object().unwrap() {
        let list = || want.as_array().cloned().unwrap_or_else(|| vec![want.clone()]);
        let fine = match key.as_str() {
            "unanswered" => {
                let why = turn["unanswered"].as_str().unwrap_or_default().to_lowercase();
                !why.is_empty() && list().iter().all(|w| why.contains(&w.as_str().unwrap().to_lowercase()))
            }
            _ if !turn["unanswered"].is_null() && key != "no" => false,
            "number" => {
                let near = |have: f64, want: f64| {
                    if want.fract() == 0.0 { have == want } else { (have - want).abs() < 0.06 }
                };
                let want = want.as_f64().unwrap();
                numbers(answer).into_iter().any(|have| near(have, want))
                    || rows.len() == 1
                        && rows[0].iter().filter_map(|c| c.parse().ok()).any(|have: f64| near(have, want))
            }
            "rows" => list().iter().all(|want| rows.iter().any(|row| has(row, want))),
            "first" => rows.first().is_some_and(|row| has(row, want)),
            "only" => rows.len() as u64 == want.as_u64().unwrap(),
            "no_rows" => negative,
            "says" => list().iter().all(|w| {
                let w = w.as_str().unwrap().to_lowercase();
                everything.contains(&w) || everything.replace(',', "").contains(&w)
            }),
            "not" => list().iter().all(|w| !everything.contains(&w.as_str().unwrap().to_lowercase())),
            "yes" => answer.starts_with("Yes") || answer.starts_with("There w") && !negative,
            "no" => negative,
            "no_card" => !rows.iter().flatten().any(|c| matches!(c.as_str(), "medium" | "high" | "critical")),
            "range" => {
                let at = |i: usize| want[i].as_str().map(us);
                turn["steps"].as_array().unwrap().iter().any(|step| {
                    at(0).is_none_or(|t| {
                        step["from_us"].as_i64().is_some_and(|s| s / 1_000_000 == t / 1_000_000)
                    }) && at(1).is_none_or(|t| step["to_us"].as_i64() == Some(t))
                })
            }
            other => panic!("no such expectation: {other}"),
        };
        if !fine {
            return Some(format!("{key} {want}"));
        }
    }
    let steps = turn["steps"].as_array().map_or(0, Vec::len);
    (steps == 0 && turn["unanswered"].is_null()).then(|| "an answer without a step".to_owned())
}

fn run(set: &Value) -> Vec<Graded> {
    let only = std::env::var("TIMBERLINE_CASE").ok();
    let mut out = Vec::new();
    for (case, files) in set["cases"].as_object().unwrap() {
        if only.as_ref().is_some_and(|o| o != case) {
            continue;
        }
        let files: Vec<PathBuf> =
            files.as_array().unwrap().iter().map(|f| root().join(f.as_str().unwrap())).collect();
        if !files.iter().all(|f| f.exists()) {
            println!("skipped {case}: its logs are not here");
            continue;
        }
        let (_desk, engine) = open(&files);
        for question in set["questions"].as_array().unwrap().iter().filter(|q| q["case"] == case.as_str()) {
            let turns = question["turns"].as_array().unwrap();
            let mut last = Value::Null;
            let began = Instant::now();
            for turn in turns {
                last = dispatch(&engine, "chat_ask", json!({ "question": turn })).unwrap();
            }
            let millis = began.elapsed().as_millis() / turns.len() as u128;
            let wrong = grade(&last, &question["expect"]);
            let text = turns.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" > ");
            if let Some(why) = wrong.as_ref().filter(|_| std::env::var_os("TIMBERLINE_QUESTIONS").is_some()) {
                println!("MISS [{case}] {text}\n    wanted {}", why.chars().take(300).collect::<String>());
                println!(
                    "    {}\n    {}",
                    last["understood"].as_str().unwrap(),
                    last["answer"].as_str().unwrap()
                );
                let rows = last["rows"].as_array().unwrap();
                println!("    {} rows, first {}", rows.len(), rows.first().unwrap_or(&Value::Null));
            }
            out.push(Graded {
                kind: question["kind"].as_str().unwrap().to_owned(),
                own: question["own"] == true,
                turns: text,
                wrong,
                millis,
            });
        }
    }
    out
}

fn share(of: &[&Graded]) -> (usize, usize, f64) {
    let right = of.iter().filter(|g| g.wrong.is_none()).count();
    (right, of.len(), right as f64 / of.len().max(1) as f64)
}

#[test]
fn the_planner_alone_answers_the_question_set() {
    let path: &Path = &root().join("tests/questions/expected.json");
    let set: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let graded = run(&set);
    let mut kinds: BTreeMap<&str, Vec<&Graded>> = BTreeMap::new();
    for one in &graded {
        kinds.entry(&one.kind).or_default().push(one);
    }
    for (kind, of) in &kinds {
        let (right, all, part) = share(of);
        println!("{kind:<14} {right:>3} of {all:>3}  {:>3.0} %", part * 100.0);
    }
    let lines: [(&str, Vec<&Graded>); 3] = [
        ("all", graded.iter().collect()),
        ("answerable", graded.iter().filter(|g| g.kind != "unanswerable").collect()),
        ("in others' words", graded.iter().filter(|g| g.own).collect()),
    ];
    for (name, of) in &lines {
        let (right, all, part) = share(of);
        println!("{name}: {right} of {all}, {:.0} %", part * 100.0);
    }
    let mut millis: Vec<u128> = graded.iter().map(|g| g.millis).collect();
    millis.sort_unstable();
    println!(
        "an answer took {} ms (median), {} ms (longest)",
        millis[millis.len() / 2],
        millis[millis.len() - 1]
    );
    let missed: Vec<&str> = graded.iter().filter(|g| g.wrong.is_some()).map(|g| g.turns.as_str()).collect();
    if let Some(keep) = std::env::var_os("TIMBERLINE_QUESTIONS_MISSED") {
        std::fs::write(keep, serde_json::to_string_pretty(&missed).unwrap()).unwrap();
    }
    assert!(share(&lines[1].1).2 >= FLOOR, "missed: {missed:#?}");
}
