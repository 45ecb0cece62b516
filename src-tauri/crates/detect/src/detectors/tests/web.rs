//! Probing, attacks that were answered and server errors: an incident for each and a look-alike that must not fire.

use super::*;

impl Logs {
    fn get(&mut self, time: i64, from: &str, url: &str, status: i64, bytes: i64) -> &mut Self {
        self.add(
            time,
            &[
                ("event.category", "web".into()),
                ("source.ip", from.into()),
                ("host.name", "web-02".into()),
                ("url.original", url.into()),
                ("http.response.status_code", status.into()),
                ("http.response.body.bytes", bytes.into()),
                ("user_agent.original", "Mozilla/5.0".into()),
            ],
        )
    }

    fn visitors(&mut self, hours: i64) -> &mut Self {
        for n in 0..hours * 60 {
            let from = format!("198.51.100.{}", n % 90);
            self.get(
                march(1) + n * MINUTE,
                &from,
                &format!("/shop.php?item={}", n % 40),
                200,
                5_000 + n % 300,
            );
            if n % 30 == 0 {
                self.get(march(1) + n * MINUTE, &from, "/favicon.png", 404, 200);
                self.get(march(1) + n * MINUTE, &from, "/cart", 500, 200);
            }
        }
        self
    }

    fn probing(&mut self, from: &str) -> &mut Self {
        for n in 0..300 {
            self.get(march(1) + 5 * HOUR + n * SECOND, from, &format!("/old/{n}/admin"), 404, 200);
        }
        self
    }
}

fn told<'f>(found: &'f [Finding], detector: &str) -> Vec<&'f Finding> {
    found.iter().filter(|f| f.detector == detector).collect()
}

#[test]
fn asking_for_what_is_not_there_is_probing() {
    let mut logs = Logs::default();
    logs.visitors(24).probing("203.0.113.7");
    let found = check(&logs, &["web_probing info"]);
    assert!(
        found[0].title.starts_with("203.0.113.7 asked for 300 URLs that are not there from 05:00"),
        "{}",
        found[0].title
    );
}

#[test]
fn a_script_that_only_the_prober_uses_is_a_web_shell() {
    let mut logs = Logs::default();
    logs.visitors(24).probing("203.0.113.7");
    for n in 0..12 {
        let url = format!("/uploads/img_{}.php?cmd=whoami%20{n}", 77);
        logs.get(march(1) + 6 * HOUR + n * MINUTE, "203.0.113.7", &url, 200, 80);
    }
    let found = find(&logs);
    let shells = told(&found, "web_break_in");
    assert_eq!(shells.len(), 1, "{found:#?}");
    assert!(
        shells[0]
            .title
            .starts_with("203.0.113.7 probed and then used /uploads/img_77.php 12 times from 06:00"),
        "{}",
        shells[0].title
    );
    assert_eq!(shells[0].attack, ["T1190", "T1505.003"]);
    assert_eq!(shells[0].evidence_count, 12);
    assert!(shells[0].severity >= Severity::High, "{:#?}", shells[0].parts);
}

#[test]
fn an_attack_answered_with_far_more_than_usual_is_told_and_one_like_any_page_is_not() {
    let attack = |bytes: i64| {
        let mut logs = Logs::default();
        logs.visitors(24);
        for n in 0..6 {
            let url = format!("/shop.php?item={n}%20union%20select%20{n},user,pass");
            logs.get(march(1) + 5 * HOUR + n * SECOND, "203.0.113.7", &url, 200, bytes);
        }
        told(&find(&logs), "web_break_in").len()
    };
    assert_eq!((attack(180_000), attack(5_100)), (1, 0));
}

#[test]
fn a_visitor_who_uses_a_form_of_his_own_is_no_break_in() {
    let mut logs = Logs::default();
    logs.visitors(24);
    for n in 0..20 {
        logs.get(march(1) + 6 * HOUR + n * MINUTE, "203.0.113.7", "/report.php?id=7", 200, 80);
    }
    check(&logs, &[]);
}

#[test]
fn a_site_that_fails_for_an_hour_is_a_low_card_and_a_few_errors_each_hour_are_none() {
    let mut logs = Logs::default();
    logs.visitors(72);
    check(&logs, &[]);
    for n in 0..400 {
        let from = format!("198.51.100.{}", n % 90);
        logs.get(march(2) + 6 * HOUR + n * 8 * SECOND, &from, "/cart", 503, 200);
    }
    let found = find(&logs);
    let errors = told(&found, "web_server_errors");
    assert_eq!(errors.len(), 1, "{found:#?}");
    assert!(errors[0].title.contains("server error at 06:00, usually 2 an hour"), "{}", errors[0].title);
    assert!(found.iter().all(|f| f.severity <= Severity::Low && f.attack.is_empty()));
}
