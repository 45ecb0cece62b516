//! The files of the incident, and what is true about them.

use super::{
    ATTACKER, BACKUP_01, CONTROL, CRAWLER, GUESSES, JUMP_01, OFFICE, SCAN_01, SESSION_S, SPRAY_HIT,
    SPRAY_ROUNDS, SPRAYED, WEB_02, auth, beacon_start, conn, fan_out_start, guess_first, guess_last,
    names_start, scan_start, spray_start, spray_success, success, web, windows,
};
use crate::File;
use crate::sshd::Attempt;
use crate::truth::{AnswerTruth, Flag, Innocent, Step, Truth, entities, source, step, texts};
use crate::winxml;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use timberline_model::time::{DAY, HOUR, SECOND};

/// All files but the README.
pub fn files() -> Vec<File> {
    let (auth, web, conn, windows) = (auth::write(), web::write(), conn::write(), windows::write());
    let sources = vec![
        source("auth.log.gz", "syslog", &auth.log),
        source("access.log.gz", "access_log", &web.log),
        source("conn.log.gz", "zeek_tsv", &conn.log),
        source("windows-security.xml.gz", "windows_xml", &windows.log),
    ];
    let end = [&auth.log, &web.log, &conn.log, &windows.log].iter().map(|l| l.span().1).max().unwrap_or(0);
    let attempts: Vec<&Attempt> = auth.attempts.iter().chain(&windows.attempts).collect();
    let truth = Truth {
        about: "An address scans the web server, guesses names, guesses the password of svc-backup, gets in, looks \
                around inside from web-02, tries passwords on the administrators' workstation, gets in there too, and \
                keeps a heartbeat to the outside. All times UTC."
            .into(),
        sources,
        story: story(&web, &conn),
        story_entities: entities(&[("source.ip", ATTACKER), ("user.name", "svc-backup"), ("source.ip", WEB_02), ("destination.ip", CONTROL), ("user.name", SPRAY_HIT)]),
        unrelated_of_ten: Some(3),
        chain_within: Some(3),
        must_flag: must_flag(),
        must_not_flag: must_not_flag(),
        answers: answers(&attempts, &web, &conn, end),
        ..Truth::default()
    };
    vec![
        File::gzip("auth.log.gz", auth.log.text("", "", 1)),
        File::gzip("access.log.gz", web.log.text("", "", 1)),
        File::gzip("conn.log.gz", conn.log.text(conn::HEAD, conn::TAIL, 1)),
        File::gzip("windows-security.xml.gz", windows.log.text(winxml::HEAD, winxml::TAIL, 481_220)),
        File::json("truth.json", &truth),
    ]
}

fn story(web: &web::AccessLog, conn: &conn::ConnLog) -> Vec<Step> {
    let fan_out_end = conn.fan_out.last().map_or(0, |(t, _)| *t);
    let systems: BTreeSet<&str> = conn.fan_out.iter().map(|(_, to)| to.as_str()).collect();
    vec![
        step(
            "asks the web server for paths that are not there",
            "access.log.gz",
            &[("source.ip", ATTACKER)],
            (scan_start(), scan_start() + 420 * SECOND),
            web.scan.0,
        ),
        step(
            "guesses user names",
            "auth.log.gz",
            &[("source.ip", ATTACKER), ("host.name", "web-02")],
            (names_start(), guess_first()),
            24,
        ),
        step(
            "guesses the password of svc-backup",
            "auth.log.gz",
            &[("source.ip", ATTACKER), ("user.name", "svc-backup"), ("host.name", "web-02")],
            (guess_first(), guess_last()),
            GUESSES as u64,
        ),
        step(
            "gets in",
            "auth.log.gz",
            &[("source.ip", ATTACKER), ("user.name", "svc-backup"), ("host.name", "web-02")],
            (success(), success() + SESSION_S * SECOND),
            1,
        ),
        step(
            "runs commands as root",
            "auth.log.gz",
            &[("user.name", "svc-backup"), ("host.name", "web-02")],
            (success() + 76 * SECOND, success() + 352 * SECOND),
            5,
        ),
        step(
            "contacts systems that web-02 never contacted",
            "conn.log.gz",
            &[("source.ip", WEB_02)],
            (fan_out_start(), fan_out_end),
            systems.len() as u64,
        ),
        step(
            "keeps a heartbeat each 60 s",
            "conn.log.gz",
            &[("source.ip", WEB_02), ("destination.ip", CONTROL)],
            (beacon_start(), beacon_start() + (conn.beacons as i64 - 1) * 60 * SECOND),
            conn.beacons,
        ),
        step(
            "tries passwords of fourteen accounts on the administrators' workstation",
            "windows-security.xml.gz",
            &[("source.ip", WEB_02), ("host.name", "ADM-WS-01.corp.example")],
            (spray_start(), spray_start() + (SPRAYED.len() * SPRAY_ROUNDS - 1) as i64 * 24 * SECOND),
            (SPRAYED.len() * SPRAY_ROUNDS) as u64,
        ),
        step(
            "gets in as helpdesk",
            "windows-security.xml.gz",
            &[("source.ip", WEB_02), ("user.name", SPRAY_HIT), ("host.name", "ADM-WS-01.corp.example")],
            (spray_success(), spray_success()),
            1,
        ),
    ]
}

fn must_flag() -> Vec<Flag> {
    vec![
        Flag {
            detector: texts(&["auth_bruteforce_success"]),
            entities: entities(&[("source.ip", ATTACKER), ("user.name", "svc-backup"), ("host.name", "web-02")]),
            at_least: "critical".into(),
            during: Vec::new(),
            title_contains: texts(&["147", "svc-backup", ATTACKER, "02:13"]),
            why: "147 failures within 15 minutes and then a success, from an address that svc-backup never used".into(),
        },
        Flag {
            detector: texts(&["net_fanout"]),
            entities: entities(&[("source.ip", WEB_02)]),
            at_least: "high".into(),
            during: Vec::new(),
            title_contains: texts(&[WEB_02]),
            why: "web-02 speaks to a handful of systems; now to more than a hundred in an hour, on ports 22, 445 and 3389"
                .into(),
        },
        Flag {
            detector: texts(&["auth_spray", "auth_bruteforce_success"]),
            entities: entities(&[("source.ip", WEB_02), ("user.name", SPRAY_HIT)]),
            at_least: "high".into(),
            during: Vec::new(),
            title_contains: texts(&[WEB_02]),
            why: "fourteen accounts, three tries each, from a web server, then one success".into(),
        },
    ]
}

fn must_not_flag() -> Vec<Innocent> {
    let innocent = |who: &[(&str, &str)], at_most: &str, why: &str| Innocent {
        entities: entities(who),
        at_most: at_most.into(),
        why: why.into(),
    };
    vec![
        innocent(
            &[("source.ip", BACKUP_01)],
            "info",
            "an expired password: fails each 15 minutes, four times an hour",
        ),
        innocent(&[("user.name", "judy")], "info", "mistyped four times, then got in, from her own desk"),
        innocent(&[("source.ip", SCAN_01)], "info", "the house's own scanner, every Sunday at four"),
        innocent(&[("source.ip", OFFICE)], "info", "nine people of a branch office behind one address"),
        innocent(&[("source.ip", JUMP_01)], "info", "the jump host logs in to everything twice a day"),
        innocent(&[("source.ip", CRAWLER)], "info", "a crawler with old links"),
        innocent(
            &[("source.ip", auth::BUSY_STRANGERS[2].0)],
            "low",
            "the internet's noise: guessing without success belongs in one quiet card",
        ),
    ]
}

fn answers(attempts: &[&Attempt], web: &web::AccessLog, conn: &conn::ConnLog, end: i64) -> Vec<AnswerTruth> {
    let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    let mut root = [(0u64, 0u64); 24];
    let mut root_total = (0u64, 0u64);
    for a in attempts {
        if !a.success && !a.source.is_empty() {
            *failed.entry(&a.source).or_default() += 1;
        }
        if !a.success && a.source == ATTACKER {
            *names.entry(&a.user).or_default() += 1;
        }
        if a.user == "root" {
            let hour = (a.time.rem_euclid(DAY) / HOUR) as usize;
            let counts = if a.success {
                (&mut root[hour].0, &mut root_total.0)
            } else {
                (&mut root[hour].1, &mut root_total.1)
            };
            *counts.0 += 1;
            *counts.1 += 1;
        }
    }
    let ranked = |counts: &BTreeMap<&str, u64>, limit: usize| -> Vec<Vec<Value>> {
        let mut rows: Vec<(&str, u64)> = counts.iter().map(|(k, n)| (*k, *n)).collect();
        rows.sort_by_key(|(value, n)| (std::cmp::Reverse(*n), *value));
        rows.into_iter().take(limit).map(|(value, n)| vec![json!(value), json!(n)]).collect()
    };
    let week = end - 7 * DAY;
    let mut met: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, to) in conn.of_web_02.iter().filter(|(time, _)| *time > week) {
        *met.entry(to).or_default() += 1;
    }
    let top_failed = ranked(&failed, 10);
    let most = top_failed.first().and_then(|r| r.get(1)).and_then(Value::as_u64).unwrap_or(0);
    vec![
        AnswerTruth {
            question: "What other systems did 10.20.0.15 connect to recently?".into(),
            contains: vec![met.len().to_string()],
            columns: texts(&["destination.ip", "connections"]),
            rows: ranked(&met, met.len()),
            how: "different id.resp_h of Zeek connections from 10.20.0.15 in the seven days before the last event".into(),
        },
        AnswerTruth {
            question: "Show me login patterns for root over the past month".into(),
            contains: vec![root_total.0.to_string(), root_total.1.to_string()],
            columns: texts(&["hour (UTC)", "successes", "failures"]),
            rows: root.iter().enumerate().map(|(h, (s, f))| vec![json!(h), json!(s), json!(f)]).collect(),
            how: "login attempts of root that were let in or refused, by hour of the day; sessions of cron and of the \
                  console are no login attempts"
                .into(),
        },
        AnswerTruth {
            question: "Which source had the most failed logins?".into(),
            contains: vec![ATTACKER.into(), most.to_string()],
            columns: texts(&["source.ip", "failed logins"]),
            rows: top_failed,
            how: "sshd's \"Failed password\" lines (a repeated one counts as one event) and Windows 4625, by address"
                .into(),
        },
        AnswerTruth {
            question: "How many 404 responses were there?".into(),
            contains: vec![web.not_found.to_string()],
            columns: Vec::new(),
            rows: vec![vec![json!(web.not_found)]],
            how: "lines of access.log with status 404".into(),
        },
        AnswerTruth {
            question: "What happened around 2 AM?".into(),
            contains: vec![ATTACKER.into(), "svc-backup".into()],
            columns: Vec::new(),
            rows: Vec::new(),
            how: "2 AM of the last day with events, 10 March: the guessing and the success".into(),
        },
        AnswerTruth {
            question: "Which users failed to log in from 203.0.113.24?".into(),
            contains: vec!["svc-backup".into(), GUESSES.to_string()],
            columns: texts(&["user.name", "failed logins"]),
            rows: ranked(&names, names.len()),
            how: "names in sshd's \"Failed password\" lines from 203.0.113.24".into(),
        },
    ]
}
