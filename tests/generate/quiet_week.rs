//! `fixtures/incidents/quiet-week`: a week in which nothing happens. The internet knocks, people mistype, jobs run.

use crate::File;
use crate::log::{Log, at, clf_time, march};
use crate::logs::proxy::{Fetch, squid};
use crate::logs::zeek::{self, ConnLog};
use crate::rng::Rng;
use crate::sshd::{AuthLog, noise};
use crate::truth::{AnswerTruth, Innocent, SourceTruth, Truth, entities, texts};
use crate::winxml::{HEAD, Logon, SecurityLog, TAIL};
use serde_json::json;
use timberline_model::time::{HOUR, MINUTE, SECOND, rfc3339};

const PEOPLE: [(&str, &str); 5] = [
    ("alma", "10.40.1.21"),
    ("ben", "10.40.1.22"),
    ("chen", "10.40.1.23"),
    ("dora", "10.40.1.24"),
    ("emil", "10.40.1.25"),
];

pub fn files() -> Vec<File> {
    // Monday 2 to Sunday 8 March 2026.
    let (from, until) = (march(2), march(9));
    let mut rng = Rng::new(71);
    let mut auth = AuthLog::new(until);
    let strangers: Vec<String> = (0..60).map(|n| format!("192.0.2.{}", 20 + n * 3)).collect();
    noise(&mut auth, "gate-01", from, 2, &strangers, &mut rng);
    let mut time = from + 17 * MINUTE;
    while time < until {
        auth.cron(time, "gate-01", "root", 2, &mut rng);
        time += HOUR;
    }
    for day in 2..=8 {
        let copy = at(day, 23, 5, rng.range(0, 50));
        auth.session(
            copy,
            "gate-01",
            "copy",
            "10.40.0.30",
            "publickey",
            90 + rng.range(0, 60),
            &[],
            &mut rng,
        );
        if day >= 7 {
            continue;
        }
        for (user, source) in PEOPLE {
            for _ in 0..2 + rng.below(3) {
                let time = march(day) + 8 * HOUR + rng.range(0, 570 * 60) * SECOND;
                if rng.chance(8) {
                    auth.guess("gate-01", user, true, source, &[time - 8 * SECOND], &mut rng);
                }
                auth.session(
                    time,
                    "gate-01",
                    user,
                    source,
                    "publickey",
                    300 + rng.range(0, 4_000),
                    &[],
                    &mut rng,
                );
            }
        }
    }
    // Emil's telephone kept his old password for an afternoon.
    let mut time = at(4, 13, 0, 4);
    for _ in 0..9 {
        auth.guess("gate-01", "emil", true, "10.40.1.25", &[time], &mut rng);
        time += 20 * MINUTE;
    }

    let mut access = Log::default();
    let mut not_found = 0u64;
    let mut time = from + 3 * SECOND;
    while time < until {
        let night = !(7 * HOUR..21 * HOUR).contains(&(time - march(2)).rem_euclid(24 * HOUR));
        time += rng.range(20, if night { 1_100 } else { 480 }) * SECOND;
        if time >= until {
            break;
        }
        let source = rng.pick(&strangers);
        let (path, status, bytes) = match rng.below(40) {
            0 => ("/robots.txt", 404, 153),
            1 => ("/favicon.ico", 404, 153),
            n => (["/", "/menu", "/hours", "/contact"][n as usize % 4], 200, 2_000 + rng.range(0, 9_000)),
        };
        not_found += u64::from(status == 404);
        access.push(
            time,
            format!(
                "{source} - - [{}] \"GET {path} HTTP/1.1\" {status} {bytes} \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0\"",
                clf_time(time)
            ),
        );
    }
    let (conn, windows, proxy) = inside(from, until);
    let source = |file: &str, format: &str, log: &Log| {
        let (first, last) = log.span();
        SourceTruth {
            file: file.into(),
            format: format.into(),
            events: log.len() as u64,
            first: rfc3339(first - first % SECOND),
            last: rfc3339(last - last % SECOND),
        }
    };
    let truth = Truth {
        about: "One week of nothing: 2 to 8 March 2026.".into(),
        sources: vec![
            source("auth.log.gz", "syslog", &auth.log),
            source("access.log.gz", "access_log", &access),
            source("conn.log.gz", "zeek_tsv", &conn.log),
            source("windows-security.xml.gz", "windows_xml", &windows.log),
            source("proxy.log.gz", "squid", &proxy),
        ],
        story: Vec::new(),
        must_flag: Vec::new(),
        must_not_flag: vec![Innocent {
            entities: entities(&[("user.name", "emil")]),
            at_most: "info".into(),
            why: "a telephone with an old password: nine failures, 20 minutes apart, from his own desk"
                .into(),
        }],
        no_card_above: Some("low".into()),
        answers: vec![AnswerTruth {
            question: "How many 404 responses were there?".into(),
            contains: texts(&[&not_found.to_string()]),
            columns: Vec::new(),
            rows: vec![vec![json!(not_found)]],
            how: "lines of access.log with status 404".into(),
        }],
        ..Truth::default()
    };
    vec![
        File::gzip("auth.log.gz", auth.log.text("", "", 1)),
        File::gzip("access.log.gz", access.text("", "", 1)),
        File::gzip("conn.log.gz", conn.log.text(zeek::CONN_HEAD, zeek::TAIL, 1)),
        File::gzip("windows-security.xml.gz", windows.log.text(HEAD, TAIL, 61_400)),
        File::gzip("proxy.log.gz", proxy.text("", "", 1)),
        File::json("truth.json", &truth),
    ]
}

/// The same week inside: desks, a directory, a proxy, updates at even steps, a backup at night, a printer that is asked all day.
fn inside(from: i64, until: i64) -> (ConnLog, SecurityLog, Log) {
    let mut rng = Rng::new(72);
    let (mut conn, mut windows, mut proxy) =
        (ConnLog::new(until, 73), SecurityLog::new(until), Log::default());
    for day in 2..=8 {
        let night = at(day, 23, 30, 4);
        for part in 0..5 {
            conn.about(night + part * 3 * MINUTE, "10.40.0.20", "10.40.0.30", zeek::SSH, 400_000_000, 90_000);
        }
        if day >= 7 {
            continue;
        }
        for (user, desk) in PEOPLE {
            for _ in 0..12 + rng.below(8) {
                let time = march(day) + 8 * HOUR + rng.range(0, 560 * 60) * SECOND;
                let logon = Logon {
                    computer: "DC-03.quiet.example",
                    user,
                    domain: "QUIET",
                    source: desk,
                    kind: 3,
                    port: 49_152 + rng.below(9_000),
                };
                if rng.chance(3) {
                    windows.failure(time - 6 * SECOND, &logon, "0xc000006a");
                }
                windows.success(time, &logon);
                windows.logoff(time + rng.range(20, 3_000) * SECOND, "DC-03.quiet.example", user, "QUIET");
                conn.about(time, desk, "10.40.0.5", zeek::KERBEROS, 1_500, 1_600);
            }
            for _ in 0..40 + rng.below(30) {
                let time = march(day) + 8 * HOUR + rng.range(0, 560 * 60) * SECOND;
                let host = *rng.pick(&[
                    "www.news.example",
                    "docs.suite.example",
                    "search.example",
                    "bank.example",
                    "maps.example",
                ]);
                let fetch = Fetch {
                    from: desk,
                    user,
                    method: "CONNECT",
                    host,
                    path: "/",
                    to: "192.0.2.61",
                    status: 200,
                    got: rng.range(2_000, 200_000),
                    sent: 0,
                    kind: "-",
                };
                squid(&mut proxy, time, &fetch);
                conn.about(time, desk, "10.40.0.3", (3_128, "tcp", "http"), 2_000, 40_000);
                if rng.chance(10) {
                    conn.about(time, desk, "10.40.0.12", (9_100, "tcp", "-"), 90_000, 900);
                }
            }
        }
    }
    for (n, (_, desk)) in PEOPLE.iter().enumerate() {
        let mut time = from + n as i64 * 211 * SECOND;
        while time < until {
            conn.about(time, desk, "192.0.2.200", zeek::HTTPS, 1_000, 3_000);
            time += 90 * MINUTE + rng.range(-20, 20) * SECOND;
        }
    }
    (conn, windows, proxy)
}
