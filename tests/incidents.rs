//! The incidents of `fixtures/incidents` against their truth: what is read, which cards there are and are not, and
//! the answers of the chat. The truth was counted by the generator, never by the engine.

use crate::logs::Desk;
use crate::score_detect::story::{compare, files, list, rank, truth};
use serde_json::Value;
use std::path::Path;
use timberline_engine::{Dirs, Engine, ops};

/// What of an incident's truth must hold.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    /// What is read, and the answers.
    Reading,
    /// The cards too.
    Cards,
}

/// The cards as findings: what the command line prints of them is tested elsewhere.
fn findings(desk: &Desk) -> Vec<Value> {
    let engine = Engine::new(Dirs { data: desk.path("data"), sample: None }, Box::new(|_, _| {}));
    let open = ops::cases::open_at(&engine, &desk.case()).unwrap();
    let cards = open.judged().unwrap();
    cards.iter().map(|c| serde_json::to_value(&c.finding).unwrap()).collect()
}

fn check(incident: &str, holds: Holds) {
    let desk = Desk::new();
    let truth = truth(incident);
    desk.import(&files(incident, &truth).iter().map(AsRef::as_ref).collect::<Vec<&Path>>());

    let sources = desk.lines("sources", &[]);
    for wanted in list(&truth, "sources") {
        let file = wanted["file"].as_str().unwrap();
        let got = sources.iter().find(|s| s["path"].as_str().is_some_and(|p| p.ends_with(file))).unwrap();
        assert_eq!(got["events"], wanted["events"], "{incident}/{file}");
        assert_eq!((&got["problems"], &got["undated"]), (&0.into(), &0.into()), "{incident}/{file}");
        assert_eq!(got["format"], wanted["format"], "{incident}/{file}");
        for end in ["first", "last"] {
            let second = |v: &Value| v[end].as_str().unwrap()[..19].to_owned();
            assert_eq!(second(got), second(wanted), "{incident}/{file}: {end}");
        }
    }

    let cards = findings(&desk);
    let told = compare(&truth, &cards);
    let listed = told.cards.join("\n");
    if holds == Holds::Cards {
        let wrong = [&told.missing, &told.accused, &told.above].into_iter().flatten();
        let wrong: Vec<&String> = wrong.collect();
        assert!(wrong.is_empty(), "{incident}: {wrong:#?} among\n{listed}");
        let first = truth["chain_within"].as_u64().map_or(told.flags.len(), |n| n as usize);
        assert!(told.within(first), "{incident}: not among the first {first}: {:?}\n{listed}", told.flags);
        if let Some(most) = truth["unrelated_of_ten"].as_u64() {
            assert!(told.unrelated.len() as u64 <= most, "{incident}: {:#?}\n{listed}", told.unrelated);
        }
        // Where the truth says which words the title must hold, as for the sample that the first page shows.
        for flag in list(&truth, "must_flag") {
            let words: Vec<&str> = list(flag, "title_contains").iter().filter_map(Value::as_str).collect();
            let detectors = list(flag, "detector");
            let said = |c: &Value| words.iter().all(|w| c["title"].as_str().is_some_and(|t| t.contains(w)));
            let one = |c: &Value| {
                said(c)
                    && (detectors.is_empty() || detectors.contains(&c["detector"]))
                    && rank(&c["severity"]) >= rank(&flag["at_least"])
            };
            let stepped = |c: &Value| list(c, "steps").iter().any(said);
            assert!(
                words.is_empty() || cards.iter().any(|c| one(c) || stepped(c)),
                "{incident}: {words:?} in no title of\n{listed}"
            );
        }
    }
    for card in &cards {
        // A card's query gives its evidence.
        if let Some(query) = card["query"].as_str() {
            let counted = desk.json("count", &[query]);
            assert_eq!(counted["count"], card["evidence_count"], "{incident}: {}", card["title"]);
        }
    }

    for answer in list(&truth, "answers") {
        let question = answer["question"].as_str().unwrap();
        let said = desk.json("ask", &[question]);
        assert!(said["unanswered"].is_null(), "{incident}: {question}: {}", said["unanswered"]);
        let everything = format!("{} {}", said["answer"], said["rows"]);
        for wanted in list(answer, "contains") {
            let wanted = wanted.as_str().unwrap();
            // Figures may stand with commas.
            assert!(
                everything.replace(',', "").contains(&wanted.replace(',', "")),
                "{incident}: {question}: no {wanted} in {said:#}"
            );
        }
    }
}

#[test]
fn the_ssh_break_in_is_found_and_told() {
    check("ssh-break-in", Holds::Cards);
}

#[test]
fn the_password_spray_is_found_and_the_terminal_server_is_not() {
    check("password-spray", Holds::Cards);
}

#[test]
fn a_quiet_week_has_no_card_above_low() {
    check("quiet-week", Holds::Cards);
}

#[test]
fn the_web_attack_is_followed_to_the_shell() {
    check("web-attack-to-shell", Holds::Reading);
}

#[test]
fn the_beacon_and_the_tunnel_are_found_and_updates_are_not() {
    check("beacon-dns-tunnel", Holds::Reading);
}

#[test]
fn the_insider_is_found_and_the_late_worker_is_not() {
    check("insider-exfiltration", Holds::Reading);
}

#[test]
fn a_failing_application_is_no_attack() {
    check("failing-application", Holds::Cards);
}

#[test]
fn the_branch_office_tells_one_story_in_the_first_cards() {
    check("branch-office", Holds::Reading);
}
