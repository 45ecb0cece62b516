//! `fixtures/incidents/password-spray`: two days of a domain controller's Security log. One inside address tries two
//! passwords on thirty accounts in twenty minutes and gets in with one; a terminal server where many people mistype
//! is the look-alike.

use crate::File;
use crate::log::{at, march};
use crate::logs::openvpn::VpnLog;
use crate::logs::zeek::{self, ConnLog};
use crate::rng::Rng;
use crate::truth::{AnswerTruth, Flag, Innocent, SourceTruth, Step, Truth, entities, source, texts};
use crate::winxml::{HEAD, Logon, SecurityLog, TAIL};
use serde_json::json;
use timberline_model::time::{HOUR, SECOND, rfc3339};

const DC: &str = "DC-02.corp.example";
const SPRAYER: &str = "10.60.4.77";
const TERMINAL: &str = "10.60.0.12";
const DC_ADDRESS: &str = "10.60.0.10";
const FILES: &str = "10.60.0.30";
const GUEST: &str = "guest04";
const OUTSIDE: &str = "203.0.113.45";
const WRONG: &str = "0xc000006a";

pub fn files() -> Vec<File> {
    let mut rng = Rng::new(81);
    let until = march(12);
    let mut log = SecurityLog::new(until);
    let people: Vec<String> = (1..=45).map(|n| format!("user{n:02}")).collect();
    let logon = |user, source, rng: &mut Rng| Logon {
        computer: DC,
        user,
        domain: "CORP",
        source,
        kind: 3,
        port: 49_152 + rng.below(16_000),
    };
    for day in [10, 11] {
        for user in &people {
            for _ in 0..3 + rng.below(4) {
                let time = march(day) + 7 * HOUR + 40 * 60 * SECOND + rng.range(0, 560 * 60) * SECOND + 300;
                // Everybody comes through the terminal server; some mistype.
                let of = logon(user, TERMINAL, &mut rng);
                if rng.chance(14) {
                    log.failure(time - 9 * SECOND, &of, WRONG);
                }
                log.success(time, &of);
                log.logoff(time + rng.range(60, 9_000) * SECOND, DC, user, "CORP");
            }
        }
    }
    let start = at(11, 19, 32, 6);
    let mut time = start;
    let mut failures = 0u64;
    let (mut last, mut entry) = (start, 0);
    for round in 0..2 {
        for (n, user) in people.iter().take(30).enumerate() {
            let of = logon(user, SPRAYER, &mut rng);
            if round == 1 && n == 17 {
                log.success(time, &of);
                log.logoff(time + 4 * SECOND, DC, user, "CORP");
                entry = time;
            } else {
                log.failure(time, &of, WRONG);
                failures += 1;
            }
            last = time;
            time += rng.range(14, 26) * SECOND;
        }
    }
    let (vpn, conn) = beside(&people, start, last, entry, until);
    let hit = people[17].clone();
    let (first, end) = log.log.span();
    let truth = Truth {
        about: "Two passwords tried on thirty accounts from one inside address, with one success. Times UTC."
            .into(),
        sources: vec![
            source("vpn.log.gz", "openvpn", &vpn.log),
            source("conn.log.gz", "zeek_tsv", &conn.log),
            SourceTruth {
                file: "windows-security.xml.gz".into(),
                format: "windows_xml".into(),
                events: log.log.len() as u64,
                first: rfc3339(first - first % SECOND),
                last: rfc3339(end - end % SECOND),
            },
        ],
        story_entities: entities(&[
            ("source.ip", SPRAYER),
            ("user.name", &hit),
            ("source.ip", OUTSIDE),
            ("user.name", GUEST),
        ]),
        unrelated_of_ten: Some(3),
        chain_within: Some(1),
        story: vec![Step {
            what: "two passwords on thirty accounts, one fits".into(),
            source: "windows-security.xml.gz".into(),
            entities: entities(&[("source.ip", SPRAYER), ("user.name", &hit)]),
            first: rfc3339(start - start % SECOND),
            last: rfc3339(last - last % SECOND),
            count: failures + 1,
        }],
        must_flag: vec![Flag {
            detector: texts(&["auth_spray"]),
            entities: entities(&[("source.ip", SPRAYER), ("user.name", &hit)]),
            at_least: "high".into(),
            during: Vec::new(),
            title_contains: texts(&[SPRAYER, "30 accounts"]),
            why: "thirty accounts that exist, two tries each within 20 minutes, one of them let in".into(),
        }],
        must_not_flag: vec![Innocent {
            entities: entities(&[("source.ip", TERMINAL)]),
            at_most: "info".into(),
            why: "a terminal server: many people, many successes, some mistyping".into(),
        }],
        answers: vec![AnswerTruth {
            question: "Which source had the most failed logins?".into(),
            contains: vec![SPRAYER.into(), failures.to_string()],
            columns: texts(&["source.ip", "failed logins"]),
            rows: vec![vec![json!(SPRAYER), json!(failures)]],
            how: format!("4625 by IpAddress; the success came at {}", rfc3339(entry - entry % SECOND)),
        }],
        ..Truth::default()
    };
    vec![
        File::gzip("windows-security.xml.gz", log.log.text(HEAD, TAIL, 90_001)),
        File::gzip("vpn.log.gz", vpn.log.text("", "", 1)),
        File::gzip("conn.log.gz", conn.log.text(zeek::CONN_HEAD, zeek::TAIL, 1)),
        File::json("truth.json", &truth),
    ]
}

/// The VPN that the sprayer came by, as a guest who is there every week; and the connections of both days.
fn beside(people: &[String], start: i64, last: i64, entry: i64, until: i64) -> (VpnLog, ConnLog) {
    let mut rng = Rng::new(82);
    let (mut vpn, mut conn) = (VpnLog::new(until), ConnLog::new(until, 83));
    for day in [10, 11] {
        for (n, user) in people.iter().enumerate().filter(|(n, _)| n % 4 == 0) {
            let time = march(day) + 7 * HOUR + rng.range(0, 7_000) * SECOND;
            let outside = format!("198.51.100.{}", 20 + n);
            if rng.chance(15) {
                vpn.failure(time - 30 * SECOND, user, &outside, &mut rng);
            }
            vpn.session(time, user, &outside, &format!("10.60.4.{}", 100 + n), 8 * 3_600, &mut rng);
        }
        for _ in 0..1_400 {
            let time = march(day) + 7 * HOUR + rng.range(0, 36_000) * SECOND;
            let (to, service) = *rng.pick(&[
                (DC_ADDRESS, zeek::KERBEROS),
                (DC_ADDRESS, zeek::DNS),
                (FILES, zeek::SMB),
                ("192.0.2.40", zeek::HTTPS),
            ]);
            let from = format!("10.60.1.{}", 10 + rng.below(45));
            conn.about(time, &from, to, service, 2_000, 20_000);
        }
    }
    // Servers ask for names and the time all night.
    for hour in 0..48 {
        for _ in 0..8 {
            let time = march(10) + hour * HOUR + rng.range(0, 3_600) * SECOND;
            let from = *rng.pick(&[FILES, TERMINAL, DC_ADDRESS]);
            conn.about(time, from, "10.60.0.2", *rng.pick(&[zeek::DNS, (123, "udp", "ntp")]), 90, 120);
        }
    }
    vpn.session(start - 12 * 60 * SECOND, GUEST, OUTSIDE, SPRAYER, 2 * 3_600, &mut rng);
    let mut time = start;
    while time <= last {
        conn.about(time, SPRAYER, DC_ADDRESS, zeek::SMB, 1_300, 1_100);
        time += 20 * SECOND;
    }
    conn.about(entry + 9 * 60 * SECOND, SPRAYER, FILES, zeek::SMB, 40_000, 88_000_000);
    (vpn, conn)
}
