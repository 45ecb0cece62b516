//! Whether the prompts learn: a simulated analyst with a fixed taste works through thirty generated cases, and the rank of the
//! prompt that pays off for him falls; one who dismisses everything cannot hide a critical card. The figures are drawn into
//! `docs/learning.md`; TIMBERLINE_BLESS=1 writes it, otherwise it is compared.

#[path = "generate/rng.rs"]
#[allow(dead_code)]
mod rng;

use rng::Rng;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use timberline_engine::commands::dispatch;
use timberline_engine::{Dirs, Engine};

const CASES: usize = 30;
/// So many prompts are listed; a prompt that is not among them has the rank after the last.
const LISTED: u64 = 24;
/// The mean rank over the last ten cases is at most this share of that over the first five.
const MARGIN: f64 = 0.6;

/// What pays off for an analyst: questions of these kinds.
struct Taste {
    name: &'static str,
    questions: &'static [&'static str],
    seed: u64,
}

const TASTES: &[Taste] = &[
    Taste { name: "what was run", questions: &["sudo_commands"], seed: 1 },
    Taste { name: "posts to the web site", questions: &["web_post"], seed: 2 },
    Taste { name: "what happened around it", questions: &["around"], seed: 3 },
];

// ---- cases ----------------------------------------------------------------------------------------------------------

/// The logs of a case: what is in them changes from case to case, a guessed password is in most.
fn logs(n: usize) -> Vec<(&'static str, String)> {
    let mut rng = Rng::new(7_000 + n as u64);
    let day = 1 + n % 28;
    let attacker = format!("203.0.113.{}", 1 + rng.below(250));
    let user = *rng.pick(&["svc-backup", "deploy", "oracle", "mia", "jon"]);
    let mut lines: Vec<(u64, String)> = Vec::new();
    for hour in 0..24 {
        for minute in [3, 33] {
            let who = *rng.pick(&["mia", "jon", "deploy"]);
            let from = 10 + rng.below(4);
            let line = format!(
                "sshd[{}]: Accepted publickey for {who} from 10.0.0.{from} port 50{hour:02}{minute:02} ssh2",
                1000 + hour
            );
            lines.push((hour * 3600 + minute * 60, line));
        }
        if rng.chance(60) {
            let command = *rng.pick(&["/usr/bin/apt update", "/bin/systemctl restart app", "/bin/ls"]);
            lines.push((
                hour * 3600 + 900,
                format!("sudo: mia : TTY=pts/0 ; PWD=/home/mia ; USER=root ; COMMAND={command}"),
            ));
        }
    }
    let begins = (1 + rng.below(20)) * 3600;
    for guess in 0..30 + rng.below(120) {
        let line = format!(
            "sshd[{}]: Failed password for {user} from {attacker} port {} ssh2",
            3000 + guess,
            40_000 + guess
        );
        lines.push((begins + guess * 4, line));
    }
    if rng.chance(80) || n + 1 == CASES {
        lines.push((
            begins + 700,
            format!("sshd[9001]: Accepted password for {user} from {attacker} port 50999 ssh2"),
        ));
    }
    lines.sort();
    let mut auth = String::new();
    for (second, line) in lines {
        let (h, m, s) = (second / 3600 % 24, second / 60 % 60, second % 60);
        let _ = writeln!(auth, "2026-03-{day:02}T{h:02}:{m:02}:{s:02}+00:00 web1 {line}");
    }
    let mut access = String::new();
    for request in 0..150_u64 {
        let (method, path, status) = match rng.below(12) {
            0 => ("POST", "/login", 200),
            1 => ("GET", "/missing", 404),
            2 => ("GET", "/cart", if rng.chance(30) { 500 } else { 200 }),
            _ => ("GET", "/page", 200),
        };
        let (h, m) = (request * 576 / 3600, request * 576 / 60 % 60);
        let _ = writeln!(
            access,
            "192.0.2.{} - - [{day:02}/Mar/2026:{h:02}:{m:02}:05 +0000] \"{method} {path} HTTP/1.1\" {status} {} \"-\" \"agent {}\"",
            1 + rng.below(9),
            100 + request,
            rng.below(4)
        );
    }
    vec![("auth.log", auth), ("access.log", access)]
}

struct Desk {
    engine: Engine,
    events: mpsc::Receiver<(String, Value)>,
}

impl Desk {
    fn new(data: &Path) -> Self {
        let (send, events) = mpsc::channel();
        let emit = move |name: &str, payload: Value| {
            let _ = send.send((name.to_owned(), payload));
        };
        let dirs = Dirs { data: data.to_owned(), sample: None };
        Self { engine: Engine::new(dirs, Box::new(emit)), events }
    }

    fn ask(&self, command: &str, payload: Value) -> Value {
        dispatch(&self.engine, command, payload).unwrap_or_else(|why| panic!("{command}: {}", why.message))
    }

    fn prompts(&self) -> Vec<Value> {
        self.ask("prompts_list", json!({ "limit": LISTED }))["rows"].as_array().unwrap().clone()
    }
}

/// The thirty cases, read once; analysts work on copies.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let desk = Desk::new(&folder.join("data"));
    let made = (0..CASES).map(|n| {
        let here = folder.join(format!("logs{n}"));
        std::fs::create_dir_all(&here).unwrap();
        for (name, text) in logs(n) {
            std::fs::write(here.join(name), text).unwrap();
        }
        let case = folder.join(format!("{n}.timberline"));
        desk.ask("case_new", json!({ "path": case }));
        desk.ask("import_start", json!({ "paths": [here] }));
        loop {
            let (name, payload) = desk.events.recv_timeout(Duration::from_secs(60)).expect("the import ends");
            if name == "progress" && payload["stage"] == "done" {
                break;
            }
            assert!(payload["stage"] != "failed", "{payload}");
        }
        case
    });
    let made: Vec<PathBuf> = made.collect();
    desk.ask("case_close", json!({}));
    made
}

fn copied(case: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join(case.file_name().unwrap());
    std::fs::copy(case, &copy).unwrap();
    copy
}

// ---- analysts -------------------------------------------------------------------------------------------------------

fn kind<'v>(prompt: &'v Value, part: &str) -> &'v str {
    prompt["kind"][part].as_str().unwrap()
}

/// Where the first prompt stands that pays off, from 1; the first place after the list where none is listed.
fn rank(prompts: &[Value], taste: &Taste) -> u64 {
    let at = prompts.iter().position(|p| taste.questions.contains(&kind(p, "question")));
    at.map_or(LISTED + 1, |at| at as u64 + 1)
}

/// Works through the cases as a person would: reads from the top until the prompt is found that pays off, asks it, says that
/// the answer was useful; of what stood before it he dismisses some. Gives the ranks.
fn works(cases: &[PathBuf], taste: &Taste, folder: &Path) -> Vec<u64> {
    let desk = Desk::new(&folder.join("data"));
    let mut rng = Rng::new(taste.seed);
    let mut ranks = Vec::new();
    for case in cases {
        desk.ask("case_open", json!({ "path": copied(case, folder) }));
        let prompts = desk.prompts();
        let rank = rank(&prompts, taste);
        ranks.push(rank);
        let read = (rank as usize).min(prompts.len());
        let ids: Vec<&Value> = prompts.iter().take(read).map(|p| &p["id"]).collect();
        desk.ask("prompt_shown", json!({ "prompts": ids }));
        for (n, id) in ids.iter().enumerate() {
            if n as u64 + 1 < rank && rng.chance(40) {
                desk.ask("prompt_dismissed", json!({ "prompt": id }));
            }
        }
        if let Some(best) = prompts.get(rank as usize - 1) {
            let turn = desk.ask("chat_ask", json!({ "question": best["question"], "prompt": best["id"] }));
            assert!(turn["unanswered"].is_null(), "{turn}");
            desk.ask("chat_feedback", json!({ "turn": turn["id"], "verdict": "up" }));
        }
    }
    ranks
}

fn mean(ranks: &[u64]) -> f64 {
    ranks.iter().sum::<u64>() as f64 / ranks.len().max(1) as f64
}

#[test]
fn the_prompt_that_pays_off_rises_and_a_critical_card_cannot_be_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases(folder.path());
    let mut runs = Vec::new();
    for taste in TASTES {
        let own = folder.path().join(format!("taste{}", taste.seed));
        std::fs::create_dir_all(&own).unwrap();
        runs.push((taste, works(&cases, taste, &own)));
    }
    for (taste, ranks) in &runs {
        let (first, last) = (mean(&ranks[..5]), mean(&ranks[CASES - 10..]));
        // What stands first from the beginning cannot rise; it must not fall.
        let well = if first <= 2.0 { last <= first } else { last <= MARGIN * first };
        assert!(well, "{}: from {first:.1} to {last:.1}: {ranks:?}", taste.name);
    }
    let over_all = |of: fn(&[u64]) -> &[u64]| runs.iter().map(|(_, r)| mean(of(r))).sum::<f64>();
    let (first, last) = (over_all(|r| &r[..5]), over_all(|r| &r[CASES - 10..]));
    assert!(last <= MARGIN * first, "all tastes: from {first:.1} to {last:.1}");
    always_dismisses(&cases, folder.path());
    page(&runs);
}

/// One who dismisses every prompt that he sees and calls every card a false positive, in all cases but the last.
fn always_dismisses(cases: &[PathBuf], folder: &Path) {
    let own = folder.join("adversary");
    std::fs::create_dir_all(&own).unwrap();
    let desk = Desk::new(&own.join("data"));
    let (last, before) = cases.split_last().unwrap();
    for case in before {
        desk.ask("case_open", json!({ "path": copied(case, &own) }));
        for prompt in desk.prompts().iter().take(10) {
            desk.ask("prompt_dismissed", json!({ "prompt": prompt["id"] }));
        }
        for card in desk.ask("cards_list", json!({ "all": false }))["rows"].as_array().unwrap() {
            desk.ask(
                "card_feedback",
                json!({ "card": card["id"], "verdict": "false_positive", "reason": "no" }),
            );
        }
    }
    desk.ask("case_open", json!({ "path": copied(last, &own) }));
    let told = "auth_bruteforce_success";
    let cards = desk.ask("cards_list", json!({ "all": false }));
    let first: Vec<&Value> = cards["rows"].as_array().unwrap().iter().take(10).collect();
    let card = first
        .iter()
        .find(|c| c["detector"] == told)
        .expect("the guessed password is among the first ten cards");
    let prompts = desk.prompts();
    let at = prompts.iter().position(|p| p["card"] == card["id"]);
    assert!(at.is_some_and(|at| at < 10), "a question of it stands at {at:?}: {prompts:#?}");
}

// ---- the page -------------------------------------------------------------------------------------------------------

const COLOURS: [&str; 3] = ["#3b6fd4", "#c2571a", "#2f8f5b"];

/// Ranks over the cases, each a line of means over five cases.
fn chart(runs: &[(&Taste, Vec<u64>)]) -> String {
    let (wide, high, left, top) = (640.0, 300.0, 44.0, 16.0);
    let most = runs.iter().flat_map(|(_, r)| r.iter()).max().copied().unwrap_or(1).max(5) as f64;
    let x = |n: usize| left + (wide - left - 12.0) * n as f64 / (CASES - 1) as f64;
    let y = |rank: f64| top + (high - top - 40.0) * (rank - 1.0) / (most - 1.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Rank of the prompt that pays off, case by case</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        high + 20.0 * runs.len() as f64
    );
    for rank in (1..=most as u64).filter(|r| *r == 1 || r % 5 == 0) {
        let at = y(rank as f64);
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#d9dce1\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#444\">{rank}</text>",
            wide - 12.0,
            left - 8.0,
            at + 4.0
        );
    }
    for n in (0..CASES).filter(|n| n % 5 == 4 || *n == 0) {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#444\">{}</text>",
            x(n),
            high - 22.0,
            n + 1
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#444\">case</text>",
        (left + wide) / 2.0,
        high - 6.0
    );
    for (n, (taste, ranks)) in runs.iter().enumerate() {
        let colour = COLOURS[n % COLOURS.len()];
        let dash = ["", " stroke-dasharray=\"6 3\"", " stroke-dasharray=\"2 3\""][n % 3];
        let points: Vec<String> =
            ranks.iter().enumerate().map(|(i, r)| format!("{:.1},{:.1}", x(i), y(*r as f64))).collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash} points=\"{}\"/>",
            points.join(" ")
        );
        let at = high + 20.0 * n as f64 + 4.0;
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{}\" y1=\"{at}\" y2=\"{at}\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/><text x=\"{}\" y=\"{}\" fill=\"#222\">taste: {}</text>",
            left + 36.0,
            left + 44.0,
            at + 4.0,
            taste.name
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn page(runs: &[(&Taste, Vec<u64>)]) {
    let mut text = String::from(
        "# What the prompts learn\n\nMade by `tests/learning.rs`, which also fails when it is no longer so. A simulated analyst with a fixed taste works \
         through thirty generated cases with one memory. In each he reads the prompts from the top until he finds one of the kind \
         that pays off for him, asks it and says that the answer was useful; of those that stood before it he dismisses four in ten. \
         The rank is the place of that prompt, 1 is the top.\n\n![Rank of the prompt that pays off, case by case](pictures/learning.svg)\n\n\
         | taste | first five cases | last ten cases |\n|---|---|---|\n",
    );
    for (taste, ranks) in runs {
        let _ = writeln!(
            text,
            "| {} | {:.1} | {:.1} |",
            taste.name,
            mean(&ranks[..5]),
            mean(&ranks[CASES - 10..])
        );
    }
    let _ = write!(
        text,
        "\nThe test asks that the mean rank of the last ten cases is at most {MARGIN} of that of the first five.\n\n\
         A second analyst dismisses every prompt and calls every card a false positive in {} cases. In the last case the card on the \
         guessed password still stands among the first ten cards, and a question of it among the first ten prompts.\n\n\
         ## The rule\n\nA prompt's score is severity x novelty x fit with the threat model x what paid off before, each from 0 to 1 and each \
         shown (`timberline prompts CASE --parts`). The last factor is 0.25 + 0.75 x (mean + bonus). The mean is that of a Beta distribution: a \
         prior worth four prompts, moved by the same question on other kinds of findings (at most eight observations), then the kind's own \
         successes and failures. The bonus is 0.1 for a kind that was never shown and shrinks with each time it is. For questions of a \
         critical card the factor is never below 0.6, and one of them is always among the first ten.\n\n\
         The memory is one file, `prompt-memory.json` in the data folder: kinds and counts, nothing of any log. `timberline memory` lists it, \
         `memory export`, `memory import --weight` and `memory wipe` give, take and forget it.\n",
        CASES - 1
    );
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for (name, made) in [("learning.md", text), ("pictures/learning.svg", chart(runs))] {
        if std::env::var_os("TIMBERLINE_BLESS").is_some() {
            std::fs::write(docs.join(name), &made).unwrap();
        }
        let written = std::fs::read_to_string(docs.join(name)).unwrap_or_default();
        assert!(
            written == made,
            "docs/{name} is not current: run TIMBERLINE_BLESS=1 cargo nextest run -E 'test(learning)'"
        );
    }
}
