//! The leak test: a scratch case with planted values, every path that can call a model driven against a recorder on
//! loopback, under each policy, and what would have left. Everything goes through the same commands as a person's clicks;
//! values, codings and the recorder are the gate's.
//!
//! Under *local only* the endpoint is a cloud's that does not exist: nothing may arrive. Under *masked* and *clear* it is the
//! recorder. *Clear* is the control: there the values must be found, or the test proves nothing.

use crate::commands::dispatch;
use crate::ops::canary;
use crate::session::{Dirs, Engine, OpenCase};
use crate::way_out::{POLICY_NOTE, add_record, now_us};
use crate::wire::{ApiError, CanaryReport, CanaryRow, ImportStart, Nothing};
use crate::{ops, reading};
use serde_json::{Value, json};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use timberline_egress::canary::{CANARIES, Ear, forms, found};
use timberline_egress::{Allowed, Level, Policy, Purpose, Whose};

/// A way on which the application can call a model.
pub struct Path {
    /// As the report names it.
    pub name: &'static str,
    /// What the gate is told that it is for.
    pub purpose: Purpose,
    /// How the model is spoken to.
    protocol: &'static str,
    /// Goes it: the command and its arguments, given the case's cards.
    call: fn(&[String]) -> Option<(&'static str, Value)>,
}

const MODEL: &str = "leak test";

/// THE list. Each [`Purpose`] that the gate knows stands here, or a test fails.
pub const PATHS: &[Path] = &[
    Path { name: "chat, tools", purpose: Purpose::Chat, protocol: "tools", call: ask },
    Path { name: "chat, schema", purpose: Purpose::Chat, protocol: "schema", call: ask },
    Path { name: "chat, words", purpose: Purpose::Chat, protocol: "words", call: ask_plainly },
    Path { name: "model test", purpose: Purpose::Test, protocol: "auto", call: test },
    Path { name: "model list", purpose: Purpose::Models, protocol: "auto", call: test },
    Path { name: "words for a card", purpose: Purpose::Report, protocol: "tools", call: word },
    Path { name: "words for a report", purpose: Purpose::Report, protocol: "tools", call: summary },
];

fn ask(_: &[String]) -> Option<(&'static str, Value)> {
    let planted: Vec<String> = forms().into_iter().map(|f| f.text).collect();
    let question = format!(
        "what did {} do from {}? I saw password={} and {}",
        CANARIES[0].value,
        CANARIES[4].value,
        CANARIES[6].value,
        planted.join(" ")
    );
    Some(("chat_ask", json!({ "question": question, "model": MODEL })))
}

/// A question that the built-in planner answers: where a model only words what was found, there must be something found.
fn ask_plainly(_: &[String]) -> Option<(&'static str, Value)> {
    let question = format!("How many failed logins for {} were there?", CANARIES[0].value);
    Some(("chat_ask", json!({ "question": question, "model": MODEL })))
}

fn test(_: &[String]) -> Option<(&'static str, Value)> {
    Some(("model_test", json!({ "name": MODEL })))
}

fn word(cards: &[String]) -> Option<(&'static str, Value)> {
    Some(("card_word", json!({ "card": cards.first()?, "model": MODEL })))
}

fn summary(cards: &[String]) -> Option<(&'static str, Value)> {
    cards.first()?;
    Some(("report_summary", json!({ "model": MODEL })))
}

/// A folder that is gone when the test is over.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The log with the planted values: guesses at a password, then a login, then what an intruder does.
fn log() -> String {
    let value = |name: &str| CANARIES.iter().find(|c| c.name == name).map_or("", |c| c.value);
    let (user, host, from) = (value("user"), value("host"), value("outside address"));
    let mut lines = Vec::new();
    let mut line = |second: u32, text: String| {
        let at = format!("2026-03-10T02:{:02}:{:02}Z", second / 60 % 60, second % 60);
        lines.push(format!("{at} {host} {text}"));
    };
    for n in 0..60 {
        line(n, format!("sshd[{n}]: Failed password for {user} from {from} port {} ssh2", 40_000 + n));
    }
    line(61, format!("sshd[99]: Accepted password for {user} from {from} port 41000 ssh2"));
    for (n, form) in (62..).zip(forms()) {
        let text = if form.name == "password" { format!("password={}", form.text) } else { form.text };
        line(
            n,
            format!("sudo: {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/curl {text}"),
        );
    }
    lines.join("\n") + "\n"
}

/// Runs the test, keeps its report and, where a case is open, records it there.
///
/// # Errors
/// When no scratch case can be made, or the report cannot be kept. A leak is a report, no error.
pub fn run(engine: &Engine, _: Nothing) -> Result<CanaryReport, ApiError> {
    let folder =
        std::env::temp_dir().join(format!("timberline-leak-test-{}-{}", std::process::id(), now_us()));
    let failed = |why: std::io::Error| ApiError::failed(format!("no scratch case can be made: {why}"));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let scratch = Scratch(folder);
    let ear = Ear::open().map_err(ApiError::failed)?;
    let mut rows = Vec::new();
    for level in Level::ALL {
        for (n, path) in PATHS.iter().enumerate() {
            let name = format!("{}-{n}", level.word());
            rows.push(drive(&scratch.0.join(name), path, level, &ear)?);
        }
    }
    let leaks = rows.iter().filter(|r| r.verdict == "fail").count();
    let silent = rows.iter().filter(|r| r.verdict == "not_driven").count();
    let text = match (leaks, silent) {
        (0, 0) => {
            format!("Nothing left that its policy holds back, on {} paths under 3 policies", PATHS.len())
        }
        (0, n) => format!("Nothing leaked, but {n} paths sent nothing, so they prove nothing"),
        (n, _) => format!("Something left that its policy holds back, in {n} places"),
    };
    let planted = u32::try_from(forms().len()).unwrap_or(u32::MAX);
    let passed = leaks == 0 && silent == 0;
    let report = CanaryReport { at_us: now_us(), passed, text, canaries: planted, rows };
    canary::keep(engine, &report)?;
    if let Ok(open) = engine.case() {
        let said = json!({ "passed": report.passed, "text": report.text, "canaries": report.canaries });
        add_record(&open.case, "canary", 0, said)?;
    }
    engine.changed(&["egress"]);
    Ok(report)
}

/// A fresh case for each path, so that none speaks for another.
fn scene(
    folder: &FilePath,
    level: Level,
    ear: &Ear,
    protocol: &str,
) -> Result<(Engine, Arc<OpenCase>), ApiError> {
    let failed = |why: std::io::Error| ApiError::failed(format!("no scratch case can be made: {why}"));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let log_file = folder.join("planted.log");
    std::fs::write(&log_file, log()).map_err(failed)?;
    let engine = Engine::new(Dirs { data: folder.join("data"), sample: None }, Box::new(|_, _| {}));
    let open = ops::cases::make(&engine, &folder.join("scratch.timberline"))?;
    let ask = ImportStart { paths: vec![log_file.display().to_string()], ..ImportStart::default() };
    reading::import(&open, &ask, &AtomicBool::new(false), &mut |_| {})?;
    let away = format!("http://leak-test.invalid:{}", ear.port());
    let endpoints = vec![Allowed {
        url: away.clone(),
        whose: Whose::Cloud,
        plain_http: true,
        always_masked: false,
        proxy: None,
    }];
    let policy = serde_json::to_string(&Policy { level, endpoints })
        .map_err(|why| ApiError::failed(why.to_string()))?;
    open.case.set_note(POLICY_NOTE, &policy)?;
    let url = if level == Level::LocalOnly { away } else { format!("http://127.0.0.1:{}", ear.port()) };
    let profile =
        json!({ "name": MODEL, "url": url, "model": "leak-test", "protocol": protocol, "seconds": 20 });
    dispatch(&engine, "model_save", json!({ "profile": profile, "default": true }))?;
    Ok((engine, open))
}

fn drive(folder: &FilePath, path: &Path, level: Level, ear: &Ear) -> Result<CanaryRow, ApiError> {
    let (engine, open) = scene(folder, level, ear, path.protocol)?;
    let cards: Vec<String> = open.judged()?.iter().map(|j| j.finding.id.clone()).collect();
    let mut why = String::new();
    match (path.call)(&cards) {
        None => why.push_str("the scratch case has no card to word"),
        Some((command, arguments)) => {
            if command == "report_summary"
                && let Some(card) = cards.first()
            {
                dispatch(&engine, "card_feedback", json!({ "card": card, "verdict": "confirm" }))?;
            }
            drop(ear.take());
            // An answer that makes no sense is an error here and there; what counts is what arrived.
            if let Err(error) = dispatch(&engine, command, arguments) {
                why = error.message;
            }
        }
    }
    let heard = ear.take();
    let mut leaked: Vec<String> = heard.iter().flat_map(|body| found(body)).collect();
    leaked.sort();
    leaked.dedup();
    let carries_data = !matches!(path.purpose, Purpose::Test | Purpose::Models);
    let (verdict, text) = match level {
        Level::LocalOnly if heard.is_empty() => ("pass", "nothing arrived".to_owned()),
        Level::LocalOnly => ("fail", format!("{} requests arrived", heard.len())),
        _ if heard.is_empty() => ("not_driven", format!("nothing arrived: {why}")),
        Level::CloudMasked if leaked.is_empty() => {
            ("pass", "what arrived holds none of the planted values".to_owned())
        }
        Level::CloudMasked => ("fail", format!("{} planted values arrived", leaked.len())),
        Level::CloudClear if carries_data && leaked.is_empty() => {
            ("not_driven", "what arrived holds nothing of the case, so the path proves nothing".to_owned())
        }
        Level::CloudClear => {
            ("pass", "the policy holds nothing back; the planted values were seen".to_owned())
        }
    };
    Ok(CanaryRow {
        path: path.name.to_owned(),
        level: level.word().to_owned(),
        requests: u32::try_from(heard.len()).unwrap_or(u32::MAX),
        bytes: heard.iter().map(|b| b.len() as u64).sum(),
        found: leaked,
        verdict: verdict.to_owned(),
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_of_the_gate_has_a_path_here() {
        for purpose in Purpose::ALL.into_iter().filter(|p| *p != Purpose::Canary) {
            assert!(PATHS.iter().any(|p| p.purpose == purpose), "{purpose:?} is not driven by the leak test");
        }
    }

    /// Whole, against the recorder: nothing arrives under local only, nothing planted under masked.
    #[test]
    fn nothing_planted_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(Dirs { data: folder.path().into(), sample: None }, Box::new(|_, _| {}));
        let report = run(&engine, Nothing {}).unwrap();
        let leaks: Vec<&CanaryRow> = report.rows.iter().filter(|r| r.verdict == "fail").collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
        assert!(report.passed, "{}: {:#?}", report.text, report.rows);
        assert_eq!(report.rows.len(), PATHS.len() * 3);
        let kept = canary::list(&engine, Nothing {}).unwrap();
        assert_eq!((kept.rows.len(), kept.due), (1, false));
    }
}
