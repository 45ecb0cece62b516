//! Tests of the order.

use super::*;
use crate::curiosity::memory::Outcome;

fn of_card(card: &str, severity: f64, question: &str, asks: &str) -> Candidate {
    Candidate {
        question: question.to_owned(),
        why: String::new(),
        card: Some(card.to_owned()),
        kind: Kind::new("ssh", "auth_bruteforce", asks),
        severity,
        techniques: Vec::new(),
        place: 0,
        fresh: None,
        playbook: None,
    }
}

fn before(memory: &Memory) -> Before<'_> {
    Before { memory, threats: Threats::default(), past: FxHashMap::default(), asked: Vec::new() }
}

#[test]
fn the_score_is_the_product_of_the_parts_that_are_shown() {
    let memory = Memory::default();
    let ranked = rank(vec![of_card("c", 0.95, "Who?", "top")], &before(&memory));
    let product: f64 = ranked[0].parts.iter().map(|p| p.factor).product();
    assert!((ranked[0].score - product).abs() < 0.001, "{ranked:?}");
    assert_eq!(ranked[0].parts.len(), 4);
    assert_eq!(ranked[0].id.len(), 12);
}

#[test]
fn what_was_asked_or_dismissed_goes_down_and_one_question_stands_once() {
    let memory = Memory::default();
    let two = || {
        vec![
            of_card("a", 0.8, "Who?", "top"),
            of_card("b", 0.7, "When?", "top"),
            of_card("b", 0.5, "who?", "top"),
        ]
    };
    let mut known = before(&memory);
    assert_eq!(
        rank(two(), &known).iter().map(|r| r.candidate.question.as_str()).collect::<Vec<_>>(),
        ["Who?", "When?"]
    );
    known.asked.push("who?".to_owned());
    assert_eq!(rank(two(), &known)[0].candidate.question, "When?");
}

#[test]
fn a_critical_card_stands_in_the_first_ten_whatever_was_dismissed() {
    let mut memory = Memory::default();
    let dull = Kind::new("ssh", "auth_bruteforce", "top");
    for _ in 0..1_000 {
        memory.credit(&dull, Outcome::Shown, false);
        memory.credit(&dull, Outcome::Dismissed, false);
    }
    let good = Kind::new("ssh", "auth_bruteforce", "connections");
    for outcome in [Outcome::Shown, Outcome::Taken, Outcome::Confirmed] {
        (0..1_000).for_each(|_| memory.credit(&good, outcome, false));
    }
    let mut many: Vec<Candidate> =
        (0..30).map(|n| of_card(&format!("m{n}"), 0.88, &format!("Question {n}?"), "connections")).collect();
    many.push(of_card("critical", 0.91, "Who?", "top"));
    let ranked = rank(many, &before(&memory));
    let at = ranked.iter().position(|r| r.candidate.card.as_deref() == Some("critical")).unwrap();
    assert!(at < FIRST, "it stands at {}", at + 1);
    assert!(ranked.iter().all(|r| r.score > 0.0), "lowered, never taken away");
}

#[test]
fn the_same_memory_gives_the_same_order() {
    let memory = Memory::default();
    let many = || {
        (0..40).map(|n| of_card(&format!("m{n}"), 0.5, &format!("Question {n}?"), "top")).collect::<Vec<_>>()
    };
    let mut turned = many();
    turned.reverse();
    let ids =
        |list: Vec<Candidate>| rank(list, &before(&memory)).into_iter().map(|r| r.id).collect::<Vec<_>>();
    assert_eq!(ids(many()), ids(turned));
}
