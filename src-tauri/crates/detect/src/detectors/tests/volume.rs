//! Volume, silence, holes, cleared logs, clocks and messages: an incident for each and a look-alike that must not fire.

use super::*;

impl Logs {
    /// A line of a log file of a host.
    fn line(&mut self, time: i64, path: &str, host: &str, message: &str, level: &str) -> &mut Self {
        let mut fields: Vec<(&str, Value)> = vec![
            ("log.file.path", path.into()),
            ("host.name", host.into()),
            ("event.dataset", "shop".into()),
            ("message", message.into()),
        ];
        if !level.is_empty() {
            fields.push(("log.level", level.into()));
        }
        // A file is a source of its own.
        let source = if path.contains("zeek") || path.contains("office") { 2 } else { 1 };
        self.0.push(event(source, self.0.len() as u32, Some(time), &fields));
        self
    }

    fn steady(&mut self, path: &str, host: &str, hours: i64, an_hour: i64) -> &mut Self {
        for n in 0..hours * an_hour {
            let user = ["ann", "bob", "eve"][(n % 3) as usize];
            self.line(
                march(1) + n * HOUR / an_hour,
                path,
                host,
                &format!("order {n} of {user} was sent to the warehouse"),
                "info",
            );
        }
        self
    }

    fn windows(&mut self, time: i64, record: i64, code: i64, action: &str) -> &mut Self {
        self.add(
            time,
            &[
                ("event.code", code.into()),
                ("event.action", action.into()),
                ("winlog.channel", "Security".into()),
                ("winlog.record_id", record.into()),
                ("host.name", "dc-01".into()),
                ("user.name", "mallory".into()),
            ],
        )
    }
}

fn of<'f>(found: &'f [Finding], detector: &str) -> Vec<&'f Finding> {
    found.iter().filter(|f| f.detector == detector).collect()
}

#[test]
fn a_log_that_falls_silent_while_others_speak_is_a_gap() {
    let mut logs = Logs::default();
    logs.steady("a/zeek.log", "gw", 48, 30).steady("a/auth.log", "gw", 48, 20);
    let (from, to) = (march(2) + HOUR, march(2) + HOUR + 166 * MINUTE);
    logs.0.retain(|e| {
        let zeek = e.get("log.file.path").is_some_and(|p| *p == "a/zeek.log".into());
        !(zeek && e.time_ns.is_some_and(|t| t > from && t < to))
    });
    let found = check(&logs, &["log_gap low"]);
    assert!(
        found[0]
            .title
            .starts_with("zeek.log of gw is silent for 2 h 46 min from 01:00, while 1 other log speaks"),
        "{}",
        found[0].title
    );
    assert!(found[0].attack.is_empty(), "quality, not a technique");
}

#[test]
fn a_log_that_pauses_each_night_and_one_that_stops_for_good_have_no_gap() {
    let mut logs = Logs::default();
    logs.steady("a/office.log", "gw", 96, 30).steady("a/auth.log", "gw", 96, 20);
    logs.0.retain(|e| {
        let office = e.get("log.file.path").is_some_and(|p| *p == "a/office.log".into());
        !(office && e.time_ns.is_some_and(|t| (t % DAY) < 6 * HOUR))
    });
    check(&logs, &[]);
}

#[test]
fn numbers_missing_from_a_whole_file_are_records_taken_out() {
    let mut logs = Logs::default();
    for n in 0..1_000 {
        if !(400..412).contains(&n) {
            logs.windows(march(1) + n * MINUTE, 5_000 + n, 4_624, "logged-in");
        }
    }
    let found = check(&logs, &["log_record_holes low"]);
    assert_eq!(found[0].title, "12 records are missing from Security of dc-01: numbers from 5400 in 1 place");
    assert_eq!(found[0].evidence_count, 2, "the records beside the hole");
}

#[test]
fn an_export_of_a_selection_has_no_holes() {
    let mut logs = Logs::default();
    for n in 0..1_000i64 {
        logs.windows(march(1) + n * MINUTE, 5_000 + n * n % 70_001, 4_624, "logged-in");
    }
    check(&logs, &[]);
}

#[test]
fn a_cleared_log_is_told_with_who_did_it() {
    let mut logs = Logs::default();
    for n in 0..200 {
        logs.windows(march(1) + n * MINUTE, n, 4_624, "logged-in");
    }
    logs.windows(march(1) + 200 * MINUTE, 200, 1_102, "audit-log-cleared");
    let found = check(&logs, &["log_cleared medium"]);
    assert_eq!(found[0].title, "Windows event log cleared (Security) on dc-01 by mallory at 03:20");
    assert_eq!(found[0].attack, ["T1070.001"]);
    let mut logs = Logs::default();
    for (n, command) in ["rm -f /root/.bash_history", "ls /var/log", "rm /tmp/x"].iter().enumerate() {
        logs.add(
            march(1) + n as i64 * MINUTE,
            &[("process.command_line", (*command).into()), ("host.name", "web-02".into())],
        );
    }
    let found = find(&logs);
    assert_eq!((found.len(), found[0].evidence_count), (1, 1));
    assert_eq!(found[0].attack, ["T1070.003"]);
}

#[test]
fn stopping_a_trail_counts_and_a_refused_try_does_not() {
    let trail = |outcome: &str| {
        let mut logs = Logs::default();
        logs.add(
            march(1),
            &[
                ("event.action", "StopLogging".into()),
                ("event.outcome", outcome.into()),
                ("user.name", "ops".into()),
            ],
        );
        find(&logs).iter().map(|f| f.attack.clone()).collect::<Vec<_>>()
    };
    assert_eq!(trail("success"), [["T1562.008"]]);
    assert!(trail("failure").is_empty());
}

#[test]
fn a_clock_set_back_by_hours_is_told_and_corrections_are_not() {
    let ticks = |from: i64, back: i64| {
        let mut logs = Logs::default();
        for n in 0..900 {
            let time = march(1) + n * MINUTE - if n >= from { back } else { 0 };
            logs.line(time, "a/app.log", "web-02", "tick of the job", "");
        }
        find_as_written(&logs).iter().map(|f| f.title.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ticks(600, 3 * HOUR), ["app.log goes back by 2 h 59 min after 2026-03-01 09:59"]);
    assert!(ticks(600, HOUR).is_empty(), "the hour that a zone falls back");
    assert!(ticks(450, 450 * MINUTE).is_empty(), "two files put together");
    let change = |by: &str| {
        let mut logs = Logs::default();
        logs.steady("a/x.log", "w", 10, 20).add(
            march(1) + 5 * HOUR,
            &[
                ("event.action", "system-time-changed".into()),
                ("winlog.event_data.PreviousTime", "2026-03-01T05:00:00Z".into()),
                ("winlog.event_data.NewTime", by.into()),
                ("user.name", "mallory".into()),
                ("host.name", "w".into()),
            ],
        );
        of(&find(&logs), "clock_jump").len() as u64
    };
    assert_eq!((change("2026-03-01T02:00:00Z"), change("2026-03-01T05:00:01Z")), (1, 0));
}

#[test]
fn a_log_that_floods_and_one_that_dries_up_are_told_as_health() {
    let mut logs = Logs::default();
    logs.steady("a/app.log", "web-02", 72, 600);
    for n in 0..9_000 {
        let time = march(3) + 6 * HOUR + n * HOUR / 9_000;
        logs.line(
            time,
            "a/app.log",
            "web-02",
            &format!("order {n} of ann was sent to the warehouse"),
            "info",
        );
    }
    let found = find(&logs);
    let volume = of(&found, "source_volume");
    assert_eq!(volume.len(), 1, "{found:#?}");
    assert!(
        volume[0].title.contains("9,600 events in the hour from 06:00, usually 600"),
        "{}",
        volume[0].title
    );
    assert!(volume[0].score < 0.5 && volume[0].attack.is_empty());
    let mut logs = Logs::default();
    logs.steady("a/app.log", "web-02", 72, 600);
    let mut n = 0;
    logs.0.retain(|e| {
        n += 1;
        !e.time_ns.is_some_and(|t| (40 * HOUR..42 * HOUR).contains(&(t - march(1)))) || n % 30 == 0
    });
    let found = find(&logs);
    assert!(of(&found, "source_volume")[0].title.contains("usually 600"), "{found:#?}");
}

#[test]
fn a_log_that_swings_with_the_day_does_not_grow() {
    let mut logs = Logs::default();
    for hour in 0..24 * 6 {
        let n = if (8..18).contains(&(hour % 24)) { 700 } else { 20 };
        for i in 0..n {
            logs.line(
                march(1) + hour * HOUR + i * HOUR / n,
                "a/app.log",
                "w",
                "a page was shown to bob",
                "info",
            );
        }
    }
    check(&logs, &[]);
}

#[test]
fn an_application_that_fails_is_a_low_card_with_its_first_message() {
    let mut logs = Logs::default();
    logs.steady("a/app.log", "web-02", 72, 20);
    for n in 0..400 {
        let said = format!("connection to db-{} refused: timeout after {} ms", n % 3, 1_000 + n);
        logs.line(march(3) + 6 * HOUR + n * 5 * SECOND, "a/app.log", "web-02", &said, "error");
    }
    let found = find(&logs);
    let errors = of(&found, "app_error_burst");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].title.contains("400 errors at 06:00, usually 0 an hour"), "{}", errors[0].title);
    assert!(
        errors[0].title.contains("connection to db-* refused: timeout after * ms"),
        "{}",
        errors[0].title
    );
    assert!(errors[0].innocent.contains("connection to db-0 refused: timeout after 1000 ms"));
    assert!(found.iter().all(|f| f.severity <= Severity::Low), "a failing application is no attack");
    let kinds = of(&found, "template_new");
    assert!(kinds.iter().any(|f| f.title.contains("new kind of message 400 times")), "{found:#?}");
}

#[test]
fn errors_that_always_come_and_words_that_always_change_are_nothing() {
    let mut logs = Logs::default();
    for n in 0..3_000 {
        let level = if n % 10 == 0 { "error" } else { "info" };
        let word =
            format!("{}{}{}", (b'a' + (n % 26) as u8) as char, (b'a' + (n / 26 % 26) as u8) as char, n / 676);
        let said = format!("{word} said {word} and went {word}");
        logs.line(march(1) + n * 2 * MINUTE, "a/app.log", "w", &said, level);
    }
    check(&logs, &[]);
}
