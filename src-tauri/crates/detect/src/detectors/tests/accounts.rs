//! Incidents of logins and accounts, each with its look-alike.

use super::*;
use crate::given::{Zone, Zones};
use jiff::tz::TimeZone;

/// A working day's logins at 9, 11 and 16 o'clock on weekdays, for days from 1 March.
fn office(logs: &mut Logs, days: i64, user: &str, source: &str) {
    for day in 1..=days {
        let weekday = (day + 5) % 7;
        if weekday < 5 {
            for hour in [9, 11, 16] {
                logs.login(march(day) + hour * HOUR + day * MINUTE, "success", user, source);
            }
        }
    }
}

fn invalid(logs: &mut Logs, time: i64, user: &str, source: &str) {
    logs.add(
        time,
        &[
            ("event.category", "authentication".into()),
            ("event.action", "ssh_invalid_user".into()),
            ("event.reason", "no such user".into()),
            ("user.name", user.into()),
            ("source.ip", source.into()),
            ("host.name", "web-02".into()),
        ],
    );
}

#[test]
fn names_that_do_not_exist_are_guessed() {
    let mut logs = Logs::default();
    logs.evenings(3, 2, "anna", "10.1.1.1");
    for n in 0..12 {
        invalid(&mut logs, march(2) + n * 20 * SECOND, &format!("test{n}"), "192.0.2.7");
    }
    let found = check(&logs, &["auth_user_guessing low"]);
    assert_eq!(found[0].title, "192.0.2.7 tried 12 accounts that do not exist within 3 min 40 s");
}

#[test]
fn a_misspelt_name_and_a_told_spray_are_no_guessing_of_names() {
    let mut logs = Logs::default();
    for n in 0..40 {
        invalid(&mut logs, march(2) + n * 20 * SECOND, "amna", "10.1.1.7");
    }
    check(&logs, &[]);
    let mut logs = Logs::default();
    for n in 0..40 {
        let (time, user) = (march(2) + n * 20 * SECOND, format!("test{n}"));
        invalid(&mut logs, time, &user, "192.0.2.7");
        logs.login(time + SECOND, "failure", &user, "192.0.2.7");
    }
    check(&logs, &["auth_spray low"]);
}

#[test]
fn many_addresses_with_one_try_each_are_a_distributed_spray() {
    let mut logs = Logs::default();
    for n in 0..40 {
        logs.evenings(4, 1, &format!("user{n}"), "10.1.1.1");
    }
    for n in 0..40 {
        let source = format!("198.51.100.{}", 10 + n);
        logs.login(march(4) + 3 * HOUR + n * 2 * SECOND, "failure", &format!("user{n}"), &source);
    }
    logs.login(march(4) + 3 * HOUR + 5 * MINUTE, "success", "user7", "198.51.100.17");
    let found = check(&logs, &["auth_spray_distributed high"]);
    assert_eq!(
        found[0].title,
        "40 accounts failed from 40 addresses within 1 min 18 s, 40 tries in all; user7 got in at 03:05"
    );
    assert_eq!(found[0].evidence_count, 41);
}

#[test]
fn a_slow_distributed_spray_shows_by_the_hour() {
    let mut logs = Logs::default();
    for n in 0..30 {
        logs.evenings(6, 1, &format!("user{n}"), "10.1.1.1");
    }
    for n in 0..80 {
        let source = format!("198.51.100.{}", 10 + n);
        let user = format!("user{}", n % 30);
        logs.login(march(4) + 3 * HOUR + n * 2 * MINUTE, "failure", &user, &source);
    }
    let found = find(&logs);
    assert_eq!(found[0].detector, "auth_spray_distributed", "{found:#?}");
}

#[test]
fn a_directory_that_was_down_is_no_distributed_spray() {
    let mut logs = Logs::default();
    for n in 0..60 {
        logs.evenings(4, 1, &format!("user{n}"), &format!("10.1.1.{n}"));
        let (user, source) = (format!("user{n}"), format!("10.1.1.{n}"));
        logs.login(march(4) + 9 * HOUR + n * SECOND, "failure", &user, &source);
        logs.login(march(4) + 9 * HOUR + 8 * MINUTE + n * SECOND, "success", &user, &source);
    }
    assert!(find(&logs).iter().all(|f| f.detector != "auth_spray_distributed"));
}

#[test]
fn an_account_guessed_from_everywhere_is_a_burst_of_its_own() {
    let mut logs = Logs::default();
    for hour in 0..72 {
        for n in 0..50 {
            // Every system has its steady noise, in which the account's burst drowns.
            logs.login(
                march(1) + hour * HOUR + n * MINUTE,
                "failure",
                &format!("u{n}"),
                &format!("192.0.2.{n}"),
            );
        }
    }
    for n in 0..60 {
        logs.login(march(3) + n * 50 * SECOND, "failure", "ceo", &format!("198.51.100.{n}"));
    }
    let found = find(&logs);
    let burst: Vec<_> = found.iter().filter(|f| f.detector == "auth_failure_burst").collect();
    assert_eq!(burst.len(), 1, "{found:#?}");
    assert!(burst[0].title.starts_with("60 failed logins for ceo between"), "{}", burst[0].title);
}

#[test]
fn a_script_with_stolen_passwords_is_a_burst_of_successes() {
    let mut logs = Logs::default();
    for n in 0..20 {
        office(&mut logs, 12, &format!("user{n}"), &format!("10.1.1.{n}"));
    }
    for n in 0..200 {
        logs.login(march(12) + 20 * HOUR + n * 10 * SECOND, "success", "svc-app", "203.0.113.9");
    }
    let found = check(&logs, &["auth_success_burst low"]);
    let title = &found[0].title;
    assert!(title.starts_with("200 successful logins on web-02 between 20:00 and 21:00"), "{title}");
}

#[test]
fn a_job_that_logs_in_all_night_every_night_is_no_burst_of_successes() {
    let mut logs = Logs::default();
    office(&mut logs, 12, "anna", "10.1.1.1");
    for day in 1..=12 {
        for n in 0..300 {
            logs.login(march(day) + 2 * HOUR + n * 10 * SECOND, "success", "backup", "10.1.1.9");
        }
    }
    check(&logs, &[]);
}

#[test]
fn a_night_login_of_a_day_worker_is_low_and_says_the_zone() {
    let mut logs = Logs::default();
    office(&mut logs, 20, "anna", "10.1.1.1");
    logs.login(march(18) + 2 * HOUR + 12 * MINUTE, "success", "anna", "10.1.1.1");
    let found = check(&logs, &["auth_unusual_hour low"]);
    assert!(
        found[0].title.starts_with("anna logged in at 02:12, never at such an hour on 14 other days"),
        "{}",
        found[0].title
    );
    assert!(found[0].parts[0].baseline.contains("UTC, since no zone was given"));
    // The same hour on the wall of Auckland is the afternoon before.
    let zone = Zone { words: "+13:00, given".into(), zone: TimeZone::fixed(jiff::tz::offset(13)) };
    let given = Given { zones: Zones::of_case(Some(zone)), ..Given::default() };
    let found = find_given(&logs, &given);
    assert!(found[0].title.starts_with("anna logged in at 15:12"), "{}", found[0].title);
}

#[test]
fn shifts_and_jobs_keep_no_hours() {
    let mut logs = Logs::default();
    // A night guard every third night, and a job each hour.
    office(&mut logs, 20, "guard", "10.1.1.1");
    for day in (1..20).step_by(3) {
        logs.login(march(day) + 3 * HOUR, "success", "guard", "10.1.1.1");
    }
    for hour in 0..24 * 10 {
        logs.login(march(1) + hour * HOUR, "success", "job", "10.1.1.2");
    }
    check(&logs, &[]);
}

#[test]
fn an_account_of_one_night_among_regulars_is_rare() {
    let mut logs = Logs::default();
    for user in ["anna", "bert", "carl", "dora", "emil"] {
        office(&mut logs, 20, user, "10.1.1.1");
    }
    logs.login(march(17) + 13 * HOUR, "success", "helpdesk2", "10.1.1.200");
    let found = check(&logs, &["auth_rare_user low"]);
    assert!(
        found[0].title.starts_with("helpdesk2 logged in at 13:00 and on no other day"),
        "{}",
        found[0].title
    );
}

#[test]
fn a_rare_remote_desktop_is_told_although_the_account_is_common() {
    let mut logs = Logs::default();
    let desktop = |logs: &mut Logs, time: i64, user: &str| {
        logs.login(time, "success", user, "10.1.1.1");
        if let Some(last) = logs.0.last_mut() {
            last.fields.push(("winlog.logon.type".into(), "RemoteInteractive".into()));
        }
    };
    for day in 1..=20 {
        for user in ["anna", "bert", "carl"] {
            desktop(&mut logs, march(day) + 9 * HOUR, user);
            desktop(&mut logs, march(day) + 15 * HOUR, user);
        }
        logs.login(march(day) + 10 * HOUR, "success", "svc-sql", "10.1.1.5");
    }
    desktop(&mut logs, march(18) + 10 * HOUR, "svc-sql");
    let found = check(&logs, &["auth_rare_user low"]);
    assert_eq!(found[0].attack, ["T1078", "T1021.001"]);
}

#[test]
fn on_a_server_of_many_guests_nobody_is_rare() {
    let mut logs = Logs::default();
    for user in ["anna", "bert", "carl"] {
        office(&mut logs, 20, user, "10.1.1.1");
    }
    for n in 0..60 {
        logs.login(march(1 + n % 20) + 12 * HOUR, "success", &format!("guest{n}"), "10.1.1.200");
    }
    check(&logs, &[]);
}
