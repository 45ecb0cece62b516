//! Judging: scopes, expiry, learning and its bounds, over findings made up for it.

use super::scope::{Scope, expires};
use super::verdicts::{self, Kind, Verdicts};
use super::{Grounds, Rule};
use std::path::Path;
use timberline_model::{Entity, Finding, Part, Severity, Status};
use timberline_store::{Feedback, FeedbackRule};

const DAY_US: i64 = 86_400_000_000;

fn finding(id: &str, detector: &str, score: f64, entities: &[(&str, &str)]) -> Finding {
    let entities = entities.iter().map(|(f, v)| Entity { field: (*f).into(), value: (*v).into() }).collect();
    let part = Part {
        name: "found".into(),
        observed: 1u64.into(),
        expected: 0u64.into(),
        threshold: 1u64.into(),
        weight: score,
        unit: String::new(),
        baseline: String::new(),
        query: None,
    };
    let mut draft =
        timberline_detect::Draft::new(detector, timberline_detect::draft::Shape::Fact, entities, 0, 1);
    draft.finding.id = id.into();
    draft.finding.parts = vec![part];
    draft.finding.score = score;
    draft.finding.severity = Severity::of(score);
    draft.finding
}

fn rule(id: u64, scope: &Scope, status: Status, (at_us, expires_us): (i64, Option<i64>)) -> Rule {
    Rule::of(FeedbackRule {
        id,
        card: "a".into(),
        status,
        reason: "ours".into(),
        scope: serde_json::to_string(scope).unwrap(),
        at_us,
        expires_us,
    })
}

fn own(card: &str, status: Status, at_us: i64) -> Feedback {
    Feedback { card: card.into(), status, reason: "seen".into(), at_us, kind: String::new() }
}

#[test]
fn a_scope_means_what_it_says_and_no_more() {
    let card = finding(
        "a",
        "auth_bruteforce",
        0.8,
        &[("source.ip", "10.1.2.3"), ("host.name", "web-01"), ("user.name", "svc")],
    );
    let holds = |text: &str, other: &Finding| Scope::parse(text, &card).unwrap().holds(other);
    let other = |detector: &str, entities: &[(&str, &str)]| finding("b", detector, 0.5, entities);
    let same = other("auth_bruteforce", &[("source.ip", "10.1.2.3")]);
    assert!(holds("value", &same) && holds("value=10.1.2.3", &same) && holds("detector", &same));
    assert!(!holds("", &same) && holds("", &card), "without a scope only the card");
    let else_found = other("net_beacon", &[("source.ip", "10.1.2.3"), ("host.name", "WEB-01.example.com")]);
    assert!(!holds("value", &else_found) && !holds("detector", &else_found), "another detector");
    assert!(holds("host=web-01", &else_found) && holds("subnet=10.1.0.0/16", &else_found));
    assert!(!holds("detector,host=web-01", &else_found) && !holds("host=web-01,user=svc", &else_found));
    let two = other("net_beacon", &[("host.name", "web-01"), ("host.name", "db-01")]);
    assert!(!holds("host=web-01", &two), "a card about another host too");
    let victim = other("net_beacon", &[("source.ip", "203.0.113.9"), ("destination.ip", "10.1.2.3")]);
    assert!(!holds("subnet=10.0.0.0/8", &victim), "who is attacked does not hide who attacks");
    for wrong in
        ["host=db-01", "subnet=192.168.0.0/16", "user=root", "value=1.1.1.1", "subnet=x", "host", "all", ","]
    {
        assert_eq!(Scope::parse(wrong, &card).unwrap_err().code, "usage", "{wrong}");
    }
    assert!(!Scope::default().holds(&card), "an empty scope means no card");
}

#[test]
fn an_expiry_is_a_length_or_a_day_to_its_end() {
    let now = 20_000 * DAY_US;
    assert_eq!(expires("", now).unwrap(), None);
    assert_eq!(expires("12h", now).unwrap(), Some(now + DAY_US / 2));
    assert_eq!(expires("90d", now).unwrap(), Some(now + 90 * DAY_US));
    assert_eq!(expires("2w", now).unwrap(), Some(now + 14 * DAY_US));
    assert_eq!(expires("2026-12-31", now).unwrap(), Some(20_819 * DAY_US));
    assert_eq!(expires("2026-12-31T12:00:00Z", now).unwrap(), Some(20_818 * DAY_US + DAY_US / 2));
    for wrong in
        ["soon", "0d", "-3d", "2001-01-01", "2026-13-01", "99999999999999999999d", "9000000d", "d", "é"]
    {
        assert_eq!(expires(wrong, now).unwrap_err().code, "usage", "{wrong}");
    }
}

#[test]
fn a_rule_holds_until_it_expires_and_never_hides_a_confirmed_card() {
    let card = |id: &str| finding(id, "auth_bruteforce", 0.8, &[("source.ip", "10.1.2.3")]);
    let scope = Scope::parse("detector", &card("a")).unwrap();
    let mut grounds = Grounds {
        findings: vec![card("a"), card("b"), card("c")],
        feedback: vec![own("b", Status::Confirmed, 1)],
        rules: vec![rule(1, &scope, Status::Muted, (5, Some(10)))],
        now_us: 9,
        ..Grounds::default()
    };
    let status = |g: &Grounds| -> Vec<Status> { g.judge().iter().map(|j| j.status).collect() };
    assert_eq!(status(&grounds), [Status::Muted, Status::Confirmed, Status::Muted]);
    assert_eq!(grounds.judge()[0].reason, "ours");
    // Opened again after the rule: it stays open, until a later rule.
    grounds.feedback.push(own("c", Status::Open, 6));
    assert_eq!(status(&grounds), [Status::Muted, Status::Confirmed, Status::Open]);
    grounds.rules.push(rule(2, &scope, Status::FalsePositive, (7, None)));
    assert_eq!(status(&grounds), [Status::Muted, Status::Confirmed, Status::FalsePositive]);
    grounds.now_us = 10;
    assert_eq!(grounds.judge()[0].rule, Some(2), "the first is over");
    grounds.rules.pop();
    assert_eq!(status(&grounds), [Status::Open, Status::Confirmed, Status::Open]);
}

fn dismissed(card: &Finding, dismissed: usize, confirmed: usize) -> Verdicts {
    let mut verdicts = Verdicts::default();
    for (status, n) in [(Status::FalsePositive, dismissed), (Status::Confirmed, confirmed)] {
        for _ in 0..n {
            verdicts.credit(&Kind::of(card), status, false);
        }
    }
    verdicts
}

#[test]
fn verdicts_move_such_cards_by_a_bounded_part_that_is_in_the_sum() {
    let card = finding("a", "auth_bruteforce", 0.6, &[("source.ip", "203.0.113.9")]);
    let judged = |verdicts: Verdicts, card: &Finding| {
        let grounds = Grounds { findings: vec![card.clone()], verdicts, ..Grounds::default() };
        let found = grounds.judge().remove(0).finding;
        let sum: f64 = found.parts.iter().map(|p| p.weight).sum();
        assert!((sum - found.score).abs() < 1e-9, "{} is not the sum {sum}", found.score);
        assert_eq!(found.severity, Severity::of(found.score));
        found
    };
    let four_of_five = judged(dismissed(&card, 4, 1), &card);
    let part = four_of_five.parts.last().unwrap();
    assert_eq!((part.name.as_str(), part.weight), ("You dismissed 4 of 5 such cards", -0.2));
    assert_eq!(four_of_five.score, 0.4);
    assert_eq!(judged(dismissed(&card, 1_000_000, 0), &card).score, 0.3, "at most 0.3 down");
    assert_eq!(judged(dismissed(&card, 0, 1_000), &card).score, 0.75, "at most 0.15 up");
    let weak = finding("b", "auth_bruteforce", 0.25, &[("source.ip", "203.0.113.9")]);
    assert_eq!(judged(dismissed(&weak, 1_000, 0), &weak).score, super::FLOOR, "never to zero");
    // Cards of another kind of the same detector are moved by half, of another detector not at all.
    let high = finding("c", "auth_bruteforce", 0.8, &[("source.ip", "10.0.0.1")]);
    let moved = judged(dismissed(&card, 4, 0), &high).score;
    assert!((0.5..0.8).contains(&moved), "{moved}");
    let other = finding("d", "net_beacon", 0.8, &[("source.ip", "203.0.113.9")]);
    assert_eq!(judged(dismissed(&card, 4, 0), &other), other);
}

#[test]
fn who_always_dismisses_cannot_push_a_critical_card_out_of_the_first_ten() {
    let detectors: Vec<&str> = timberline_detect::DETECTORS.iter().map(|d| d.about().id).collect();
    // A small generator, so that the cards are the same each time.
    let mut state = 7u64;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for round in 0..40 {
        let mut findings: Vec<Finding> = (0..80)
            .map(|n| {
                let critical = n < 10 && n <= round % 10;
                let score = if critical { 90 + next(11) } else { 10 + next(80) } as f64 / 100.0;
                let address =
                    format!("{}.0.{}.{}", if next(2) == 0 { 10 } else { 198 }, next(250), next(250));
                finding(
                    &format!("{n:016x}"),
                    detectors[next(detectors.len())],
                    score,
                    &[("source.ip", &address)],
                )
            })
            .collect();
        findings.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut verdicts = Verdicts::default();
        for card in &findings {
            // Dismisses what is critical again and again, and loves all else.
            for _ in 0..50 {
                let status = if card.score >= 0.9 { Status::FalsePositive } else { Status::Confirmed };
                verdicts.credit(
                    &Kind::of(card),
                    if round % 2 == 0 { Status::FalsePositive } else { status },
                    false,
                );
            }
        }
        let grounds = Grounds { findings: findings.clone(), verdicts, ..Grounds::default() };
        let judged = grounds.judge();
        for card in findings.iter().filter(|f| f.score >= 0.9) {
            let place = judged.iter().position(|j| j.finding.id == card.id).unwrap();
            assert!(place < 10, "round {round}: place {place}");
            assert_eq!(judged[place].finding.severity, Severity::Critical);
        }
        let again: Vec<String> = grounds.judge().iter().map(|j| j.finding.id.clone()).collect();
        assert_eq!(again, judged.iter().map(|j| j.finding.id.clone()).collect::<Vec<_>>());
    }
}

#[test]
fn what_was_learned_is_a_file_of_kinds_that_survives_nonsense() {
    let dir = tempfile::tempdir().unwrap();
    let data: &Path = dir.path();
    let mut card =
        finding("a", "auth_bruteforce", 0.6, &[("source.ip", "203.0.113.9"), ("user.name", "secretname")]);
    let kind = Kind::of(&card);
    assert_eq!(kind.to_string(), "auth_bruteforce/medium/outside/attempt");
    assert_eq!(Kind::parse(&kind.to_string()), Some(kind.clone()));
    for hostile in ["a/b/c/d", "auth_bruteforce/medium/outside", "auth_bruteforce/medium/web-01/attempt", ""]
    {
        assert_eq!(Kind::parse(hostile), None, "{hostile}");
    }
    card.detector = "sigma".into();
    let reference = |id: &str| timberline_model::RuleRef {
        id: id.into(),
        title: "t".into(),
        level: "high".into(),
        author: "x".into(),
    };
    card.rule = Some(reference("our-customer-name"));
    assert!(Kind::of(&card).to_string().starts_with("sigma/"), "an own rule's id may be a name");
    card.rule = Some(reference("5f4b8f0e-0d3c-4a3b-9a39-2f1f0c1f9a11"));
    assert!(Kind::parse(&Kind::of(&card).to_string()).is_some());

    verdicts::change(data, |v| verdicts::recount(v, "", &verdicts::token(&kind, Status::FalsePositive)))
        .unwrap();
    let text = std::fs::read_to_string(data.join(verdicts::FILE)).unwrap();
    assert!(
        text.contains("auth_bruteforce/medium/outside/attempt") && !text.contains("secretname"),
        "{text}"
    );
    assert_eq!(verdicts::load(data).len(), 1);
    // The same verdict is not counted twice, another takes its place, none leaves nothing.
    let (fp, yes) =
        (verdicts::token(&kind, Status::FalsePositive), verdicts::token(&kind, Status::Confirmed));
    verdicts::change(data, |v| verdicts::recount(v, &fp, &fp)).unwrap();
    verdicts::change(data, |v| verdicts::recount(v, &fp, &yes)).unwrap();
    assert_eq!(
        (verdicts::load(data).entries()[0].confirmed, verdicts::load(data).entries()[0].false_positive),
        (1, 0)
    );
    verdicts::change(data, |v| verdicts::recount(v, &yes, "")).unwrap();
    assert!(verdicts::load(data).is_empty());
    std::fs::write(data.join(verdicts::FILE), "{ not json").unwrap();
    for _ in 0..2 {
        let put_aside = verdicts::load(data);
        assert!(put_aside.is_empty() && put_aside.problem().unwrap().contains("put aside"));
    }
    Verdicts::wipe(data).unwrap();
    assert_eq!(verdicts::load(data).problem(), None);
}
