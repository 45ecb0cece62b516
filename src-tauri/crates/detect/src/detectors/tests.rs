//! For each detector an incident that fires it and a look-alike that must not; and what holds for every finding.

mod accounts;
mod changes;
mod given;
mod network;
mod processes;
mod volume;
mod web;

use crate::{Given, Knobs, run, run_given};
use timberline_model::reference::{MemoryStore, event};
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND, days_from_civil};
use timberline_model::{
    Answer, Ctx, Event, EventId, EventStore, Figure, Finding, Plan, Query, Severity, TimeRange, Value, kql,
};

/// Events that are being made.
#[derive(Default)]
struct Logs(Vec<Event>);

/// A day of March 2026, UTC; 1 March is a Sunday.
fn march(day: i64) -> i64 {
    (days_from_civil(2026, 3, 1) + day - 1) * DAY
}

impl Logs {
    fn add(&mut self, time: i64, fields: &[(&str, Value)]) -> &mut Self {
        let n = self.0.len() as u32;
        self.0.push(event(1, n, Some(time), fields));
        self
    }

    fn login(&mut self, time: i64, outcome: &str, user: &str, source: &str) -> &mut Self {
        self.add(
            time,
            &[
                ("event.category", "authentication".into()),
                ("event.action", "ssh_login".into()),
                ("event.outcome", outcome.into()),
                ("user.name", user.into()),
                ("source.ip", source.into()),
                ("host.name", "web-02".into()),
            ],
        )
    }

    fn fails(&mut self, from: i64, n: i64, step: i64, user: &str, source: &str) -> &mut Self {
        for i in 0..n {
            self.login(from + i * step, "failure", user, source);
        }
        self
    }

    /// A login each evening at 22:10 for so many days, from 1 March.
    fn evenings(&mut self, days: i64, each: i64, user: &str, source: &str) -> &mut Self {
        for day in 1..=days {
            for n in 0..each {
                self.login(march(day) + 22 * HOUR + (10 + n * 5) * MINUTE, "success", user, source);
            }
        }
        self
    }

    fn conn(&mut self, time: i64, from: &str, to: &str, port: i64, state: &str) -> &mut Self {
        self.add(
            time,
            &[
                ("event.category", "network".into()),
                ("source.ip", from.into()),
                ("destination.ip", to.into()),
                ("destination.port", port.into()),
                ("zeek.connection.state", state.into()),
            ],
        )
    }

    /// Three usual systems an hour, for days.
    fn usual_conns(&mut self, days: i64, from: &str) -> &mut Self {
        for hour in 0..days * 24 {
            for to in ["10.0.0.1", "10.0.0.2", "10.0.0.3"] {
                self.conn(march(1) + hour * HOUR + 5 * MINUTE, from, to, 53, "SF");
            }
        }
        self
    }

    fn sweep(&mut self, from_ns: i64, from: &str, n: i64, state: &str) -> &mut Self {
        for i in 0..n {
            let to = format!("10.7.{}.{}", i / 100, 1 + i % 100);
            self.conn(from_ns + i * 20 * SECOND, from, &to, 445, if i == 3 { "SF" } else { state });
        }
        self
    }
}

/// As [`find_as_written`], with the events of each source in order of time, as logs are.
fn find(logs: &Logs) -> Vec<Finding> {
    find_given(logs, &Given::default())
}

/// The same, with what the analyst gave beside the logs.
fn find_given(logs: &Logs, given: &Given<'_>) -> Vec<Finding> {
    let mut events = logs.0.clone();
    events.sort_by_key(|e| (e.id.source(), e.time_ns));
    for (n, event) in events.iter_mut().enumerate() {
        event.id = EventId::new(event.id.source(), n as u32);
        event.line = n as u64 + 1;
    }
    look(&Logs(events), given)
}

/// Runs every detector twice, checks what holds for every finding, and gives the findings.
fn find_as_written(logs: &Logs) -> Vec<Finding> {
    look(logs, &Given::default())
}

fn look(logs: &Logs, given: &Given<'_>) -> Vec<Finding> {
    let store = MemoryStore::new(logs.0.clone());
    let run = || {
        let (knobs, given) = (Knobs::default(), given.clone());
        run_given(&store, TimeRange::ALL, &knobs, None, given, &Ctx::default()).unwrap()
    };
    let found = run().findings;
    assert_eq!(found, run().findings, "the same events give the same findings");
    for f in &found {
        let sum: f64 = f.parts.iter().map(|p| p.weight).sum();
        assert!((sum - f.score).abs() < 1e-9, "{}: parts sum to {sum}, score {}", f.title, f.score);
        assert_eq!(f.severity, Severity::of(f.score));
        assert!(f.parts.is_sorted_by(|a, b| a.weight >= b.weight), "{}: greatest first", f.title);
        assert!(!f.title.is_empty() && !f.innocent.is_empty() && !f.entities.is_empty());
        assert!((2..=4).contains(&f.questions.len()), "{}: {:?}", f.title, f.questions);
        assert!(f.spark.as_ref().is_some_and(|s| s.counts.iter().any(|n| *n > 0)), "{}: chart", f.title);
        let got = ids(&store, &f.query);
        assert_eq!(got.len() as u64, f.evidence_count, "{}: {}", f.title, f.query);
        assert!(f.evidence.iter().all(|id| got.contains(id)), "{}: evidence outside its query", f.title);
        for part in &f.parts {
            let Some(query) = &part.query else { continue };
            let rows = ids(&store, query).len();
            assert!(rows > 0, "{}: {} opens nothing: {query}", f.title, part.name);
        }
    }
    found
}

fn ids(store: &MemoryStore, query: &str) -> Vec<EventId> {
    let filter = kql::parse(query).unwrap_or_else(|e| panic!("{query}: {e:?}"));
    let plan = Plan::Page {
        from: timberline_model::PageFrom::Start,
        reverse: false,
        limit: u32::MAX,
        columns: timberline_model::Columns::All,
        raw: false,
    };
    match store.run(&Query::over(filter, plan), &Ctx::default()).unwrap() {
        Answer::Page(page) => page.events.iter().map(|e| e.id).collect(),
        other => panic!("{other:?}"),
    }
}

/// What is expected: `detector severity`, best first.
fn check(logs: &Logs, expect: &[&str]) -> Vec<Finding> {
    let found = find(logs);
    let got: Vec<String> = found.iter().map(|f| format!("{} {}", f.detector, f.severity.word())).collect();
    assert_eq!(got, expect, "{:#?}", found.iter().map(|f| &f.title).collect::<Vec<_>>());
    found
}

#[test]
fn guessing_that_succeeds_is_one_critical_card() {
    let mut logs = Logs::default();
    let start = march(10) + HOUR + 58 * MINUTE + 7 * SECOND;
    logs.evenings(9, 8, "svc-backup", "10.20.0.30").fails(
        start,
        147,
        6 * SECOND,
        "svc-backup",
        "203.0.113.24",
    );
    logs.login(start + 15 * MINUTE, "success", "svc-backup", "203.0.113.24");
    let found = check(&logs, &["auth_bruteforce_success critical", "auth_failure_burst info"]);
    let card = &found[0];
    assert_eq!(card.title, "147 failed logins for svc-backup from 203.0.113.24, then a success at 02:13");
    assert_eq!(card.evidence_count, 148);
    assert_eq!(card.attack, ["T1110.001", "T1078"]);
    assert_eq!(card.parts[0].observed, Figure::Int(147));
    assert!(card.questions.contains(&"Show me login patterns for svc-backup over the past month".to_owned()));
    assert!(card.innocent.contains("no, it is outside"), "{}", card.innocent);
}

#[test]
fn mistyping_and_then_getting_in_is_nothing() {
    let mut logs = Logs::default();
    logs.evenings(9, 2, "judy", "10.20.2.117").fails(march(9), 4, 9 * SECOND, "judy", "10.20.2.117");
    logs.login(march(9) + MINUTE, "success", "judy", "10.20.2.117");
    check(&logs, &[]);
}

#[test]
fn a_repaired_job_from_its_usual_address_is_low() {
    let mut logs = Logs::default();
    logs.evenings(9, 2, "job", "10.20.0.30").fails(march(10), 30, MINUTE, "job", "10.20.0.30");
    logs.login(march(10) + 31 * MINUTE, "success", "job", "10.20.0.30");
    check(&logs, &["auth_bruteforce_success low"]);
}

#[test]
fn repeated_messages_weigh_as_often_as_they_say() {
    let mut logs = Logs::default();
    for n in 0..5 {
        logs.login(march(1) + n * MINUTE, "failure", "root", "192.0.2.9");
        if let Some(last) = logs.0.last_mut() {
            last.fields.push(("event.count".into(), Value::Int(10)));
        }
    }
    let found = check(&logs, &["auth_bruteforce low"]);
    assert!(found[0].title.starts_with("50 failed logins for root from 192.0.2.9"), "{}", found[0].title);
    assert_eq!(found[0].evidence_count, 5);
}

#[test]
fn guessing_without_success_is_a_low_card() {
    let mut logs = Logs::default();
    logs.fails(march(1), 60, 20 * SECOND, "root", "192.0.2.9");
    check(&logs, &["auth_bruteforce low"]);
}

#[test]
fn a_job_with_an_old_password_is_no_brute_force() {
    let mut logs = Logs::default();
    logs.fails(march(1), 400, 15 * MINUTE, "svc-archive", "10.20.0.30");
    check(&logs, &[]);
}

#[test]
fn hundreds_of_guessers_share_one_card_and_the_inside_one_has_its_own() {
    let mut logs = Logs::default();
    for n in 0..300i64 {
        let source = format!("192.0.{}.{}", n / 200, 1 + n % 200);
        logs.fails(march(1) + n * 20 * MINUTE, 25, 30 * SECOND, "root", &source);
    }
    logs.fails(march(3), 90, 7 * SECOND, "root", "10.1.1.1");
    let found = find(&logs);
    let cards: Vec<&Finding> = found.iter().filter(|f| f.detector == "auth_bruteforce").collect();
    assert_eq!(cards.len(), 2);
    assert!(
        cards[0].title.contains("10.1.1.1") && cards[0].severity == Severity::Medium
            || cards[0].severity == Severity::Low
    );
    let rolled = cards.iter().find(|c| c.title.starts_with("301 addresses guessed passwords")).unwrap();
    assert_eq!(rolled.entities.len(), 301, "a card over many lists them all");
    assert!(found.len() <= 4 && found.iter().all(|f| f.severity <= Severity::Medium));
}

#[test]
fn a_spray_that_hits_is_high_and_tells_the_success() {
    let mut logs = Logs::default();
    for n in 0..15 {
        logs.evenings(2, 1, &format!("user{n}"), "10.9.9.9");
    }
    for round in 0..2 {
        for n in 0..15 {
            logs.login(march(4) + (round * 15 + n) * 20 * SECOND, "failure", &format!("user{n}"), "10.3.3.3");
        }
    }
    logs.login(march(4) + 11 * MINUTE, "success", "user7", "10.3.3.3");
    let found = check(&logs, &["auth_spray critical"]);
    assert!(
        found[0].title.contains("15 accounts, 30 times")
            && found[0].title.contains("got in as user7 at 00:11")
    );
    assert_eq!(found[0].attack, ["T1110.003", "T1078"]);
    assert_eq!(found[0].evidence_count, 31);
}

#[test]
fn an_office_behind_one_address_is_no_spray() {
    let mut logs = Logs::default();
    for n in 0..40 {
        let (user, at) = (format!("user{n}"), march(2) + 8 * HOUR + n * MINUTE);
        if n % 2 == 0 {
            logs.login(at - 9 * SECOND, "failure", &user, "198.51.100.200");
        }
        logs.login(at, "success", &user, "198.51.100.200");
    }
    check(&logs, &[]);
}

#[test]
fn a_login_from_a_new_network_at_an_odd_hour_is_medium() {
    let mut logs = Logs::default();
    logs.evenings(9, 8, "svc-backup", "10.20.0.30");
    logs.login(march(10) + 3 * HOUR, "success", "svc-backup", "203.0.113.24");
    let found = check(&logs, &["auth_new_source medium"]);
    assert!(found[0].title.contains("72 logins over 8 days"), "{}", found[0].title);
}

#[test]
fn a_traveller_and_a_neighbouring_desk_are_no_new_source() {
    let mut logs = Logs::default();
    // A new network every third login is a habit.
    for day in 1..=20 {
        for n in 0..3 {
            let source = if n == 0 { format!("203.0.{day}.7") } else { "10.1.1.1".to_owned() };
            logs.login(march(day) + (9 + n) * HOUR, "success", "traveller", &source);
        }
    }
    logs.evenings(20, 2, "desk", "10.1.1.1").login(march(21), "success", "desk", "10.1.1.99");
    check(&logs, &[]);
}

#[test]
fn a_wave_from_everywhere_is_a_burst() {
    let mut logs = Logs::default();
    for hour in 0..72 {
        logs.fails(march(1) + hour * HOUR, 3, 19 * MINUTE, "root", &format!("192.0.2.{hour}"));
    }
    for n in 0..200 {
        logs.login(
            march(3) + 12 * HOUR + n * 15 * SECOND,
            "failure",
            &format!("u{n}"),
            &format!("198.51.{}.{}", n / 100, n % 100),
        );
    }
    let found = check(&logs, &["auth_spray_distributed medium", "auth_failure_burst info"]);
    assert!(
        found[1].title.starts_with("203 failed logins on web-02 between 12:00 and 13:00, usually 3 an hour"),
        "{}",
        found[1].title
    );
}

#[test]
fn noise_that_swings_is_no_burst() {
    let mut logs = Logs::default();
    for hour in 0..96i64 {
        logs.fails(
            march(1) + hour * HOUR,
            20 + (hour * 7919) % 45,
            MINUTE / 2,
            "root",
            &format!("192.0.2.{}", hour * 2),
        );
        logs.fails(march(1) + hour * HOUR, 10, MINUTE, "root", &format!("192.0.2.{}", hour * 2 + 1));
    }
    assert!(find(&logs).iter().all(|f| f.detector != "auth_failure_burst"));
}

#[test]
fn a_host_that_looks_around_is_a_fan_out_with_its_techniques() {
    let mut logs = Logs::default();
    logs.usual_conns(6, "10.20.0.15").sweep(march(6) + 2 * HOUR, "10.20.0.15", 80, "S0");
    let found = check(&logs, &["net_fanout critical"]);
    assert_eq!(
        found[0].title,
        "10.20.0.15 contacted 80 systems on port 445 at 02:00, usually 3 an hour; 80 of them never before"
    );
    assert_eq!(found[0].attack, ["T1046", "T1021.002"]);
    let mut logs = Logs::default();
    logs.usual_conns(6, "10.20.0.15");
    for n in 0..80 {
        logs.conn(march(6) + 2 * HOUR + n * SECOND, "10.20.0.15", &format!("10.7.0.{n}"), 445, "S0");
    }
    assert_eq!(find(&logs)[0].attack, ["T1046"], "nothing was held: no remote service was used");
}

#[test]
fn a_scanner_every_sunday_and_a_browsing_person_are_no_fan_out() {
    let mut logs = Logs::default();
    logs.usual_conns(10, "10.20.0.40").usual_conns(10, "10.20.0.41").usual_conns(10, "10.20.2.1");
    for sunday in [1, 8] {
        logs.sweep(march(sunday) + 4 * HOUR, "10.20.0.40", 120, "S0");
    }
    for n in 0..300 {
        logs.conn(
            march(9) + n * 10 * SECOND,
            "10.20.2.1",
            &format!("203.0.{}.{}", n / 100, n % 100),
            443,
            "SF",
        );
    }
    check(&logs, &[]);
}

#[test]
fn without_the_fields_a_detector_says_why_it_could_not_look() {
    let mut logs = Logs::default();
    logs.add(march(1), &[("message", "hello".into())]);
    let store = MemoryStore::new(logs.0);
    let outcome = run(&store, TimeRange::ALL, &Knobs::default(), None, &Ctx::default()).unwrap();
    assert_eq!(outcome.reports.len(), crate::DETECTORS.len());
    for report in outcome.reports {
        assert!(report.skipped.is_some_and(|why| why.len() > 20), "{}", report.detector);
    }
    let only = ["auth_sprey".to_owned()];
    let wrong = run(&store, TimeRange::ALL, &Knobs::default(), Some(&only), &Ctx::default());
    assert!(wrong.unwrap_err().to_string().contains("auth_sprey"));
}
