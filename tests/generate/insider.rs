//! `fixtures/incidents/insider-exfiltration`: an engineer logs in on a Saturday night, reads thousands of drawings, fetches an archive
//! from the cloud, makes a key and uploads gigabytes; in the VPN's log, the file server's Security log, CloudTrail and the proxy's. A
//! backup, a person who always works late, a traveller, a print shop and a build are the look-alikes.

use crate::File;
use crate::log::{Log, at, march};
use crate::logs::cloudtrail::{Call, call};
use crate::logs::openvpn::VpnLog;
use crate::logs::proxy::{Fetch, W3C_HEAD, w3c};
use crate::rng::Rng;
use crate::truth::{SourceTruth, Truth, entities, flag, innocent, number, source, step};
use crate::winxml::{HEAD, Logon, SecurityLog, TAIL};
use serde_json::json;
use timberline_model::time::{HOUR, MINUTE, SECOND};

const SERVER: &str = "FS-01.works.example";
const INSIDER: &str = "pavel";
const HOME: &str = "198.51.100.140";
const INSIDE: &str = "10.8.0.31";
const DROP: &str = "drop.file-locker.example";
const PEOPLE: [&str; 14] = [
    "pavel", "mila", "ada", "bruno", "clara", "deniz", "elif", "fabio", "greta", "hugo", "irina", "jonas",
    "katja", "luis",
];

fn desk(n: usize) -> String {
    format!("10.70.1.{}", 20 + n)
}

pub fn files() -> Vec<File> {
    // Monday 23 February to Sunday 8 March.
    let (from, until) = (march(-5), march(9));
    let mut rng = Rng::new(121);
    let (mut vpn, mut log) = (VpnLog::new(until), SecurityLog::new(until));
    let (mut cloud, mut proxy) = (Log::default(), Log::default());
    for day in 0..14 {
        let midnight = from + day * 24 * HOUR;
        let weekend = day % 7 >= 5;
        for (n, user) in PEOPLE.iter().enumerate() {
            work(n, user, midnight, weekend, &mut rng, (&mut vpn, &mut log, &mut cloud, &mut proxy));
        }
        // The backup reads everything that changed, at night; the build fetches what it needs.
        let logon = Logon {
            computer: SERVER,
            user: "svc-backup",
            domain: "WORKS",
            source: "10.70.0.20",
            kind: 3,
            port: 50_210,
        };
        let night = midnight + HOUR + rng.range(0, 90) * SECOND;
        log.success(night, &logon);
        for file in 0..160 {
            log.share(
                night + (4 + file * 7) * SECOND,
                &logon,
                "design",
                &format!("archive\\set-{:03}\\part-{file:03}.dwg", day * 3),
            );
        }
        for build in 0..4 {
            let time = midnight + (2 + build * 6) * HOUR + rng.range(0, 300) * SECOND;
            for piece in 0..9 {
                call(
                    &mut cloud,
                    time + piece * 2 * SECOND,
                    &Call {
                        user: "ci-build",
                        from: "192.0.2.14",
                        service: "s3",
                        name: "GetObject",
                        request: json!({"bucketName": "works-artifacts", "key": format!("libs/lib-{piece}.tar.gz")}),
                        error: None,
                    },
                );
            }
        }
    }

    // Saturday 7 March, ten past eleven at night.
    let start = at(7, 23, 10, 22);
    vpn.session(start, INSIDER, HOME, INSIDE, 5 * 3_600, &mut rng);
    let logon =
        Logon { computer: SERVER, user: INSIDER, domain: "WORKS", source: INSIDE, kind: 3, port: 51_877 };
    let reading = start + 3 * MINUTE;
    log.success(reading, &logon);
    let (mut time, mut read) = (reading + 9 * SECOND, 0u64);
    while read < 2_400 {
        log.share(
            time,
            &logon,
            "design",
            &format!("projects\\turbine-{:02}\\drawing-{read:04}.dwg", read / 120),
        );
        read += 1;
        time += rng.range(900, 2_400) * 1_000_000;
    }
    let read_until = time;
    let cloud_start = read_until + 6 * MINUTE;
    let of = |name: &'static str, service: &'static str, request| Call {
        user: INSIDER,
        from: HOME,
        service,
        name,
        request,
        error: None,
    };
    call(&mut cloud, cloud_start, &of("ConsoleLogin", "signin", serde_json::Value::Null));
    call(&mut cloud, cloud_start + 71 * SECOND, &of("ListBuckets", "s3", serde_json::Value::Null));
    call(
        &mut cloud,
        cloud_start + 140 * SECOND,
        &of("CreateAccessKey", "iam", json!({"userName": "ci-build"})),
    );
    let (mut time, mut fetched) = (cloud_start + 4 * MINUTE, 0u64);
    while fetched < 620 {
        call(
            &mut cloud,
            time,
            &of(
                "GetObject",
                "s3",
                json!({"bucketName": "works-design-archive", "key": format!("2025/model-{fetched:04}.step")}),
            ),
        );
        fetched += 1;
        time += rng.range(1, 5) * SECOND;
    }
    let upload = time + 5 * MINUTE;
    let (mut time, mut sent, mut uploads) = (upload, 0i64, 0u64);
    while uploads < 46 {
        let size = rng.range(70_000_000, 130_000_000);
        w3c(
            &mut proxy,
            time,
            &Fetch {
                from: INSIDE,
                user: INSIDER,
                method: "CONNECT",
                host: DROP,
                path: "-",
                to: "198.51.100.60",
                status: 200,
                got: 4_100,
                sent: size,
                kind: "-",
            },
        );
        sent += size;
        uploads += 1;
        time += rng.range(60, 140) * SECOND;
    }
    let (first, last) = proxy.span();
    let truth = Truth {
        about: "An engineer logs in on a Saturday night, reads 2,400 drawings, fetches an archive from the cloud, makes a key for the build's account and uploads it all. Times UTC.".into(),
        sources: vec![
            source("vpn.log.gz", "openvpn", &vpn.log),
            source("fileserver-security.xml.gz", "windows_xml", &log.log),
            source("cloudtrail.json.gz", "cloudtrail", &cloud),
            SourceTruth { events: proxy.len() as u64, ..source("proxy.log.gz", "w3c", &proxy) },
        ],
        story: vec![
            step("logs in by VPN at an hour of the week when nobody does", "vpn.log.gz", &[("user.name", INSIDER), ("source.ip", HOME)], (start, start), 1),
            step("reads drawings of twenty projects", "fileserver-security.xml.gz", &[("user.name", INSIDER), ("source.ip", INSIDE)], (reading, read_until), read),
            step("fetches an archive and makes a key for another account", "cloudtrail.json.gz", &[("user.name", INSIDER), ("source.ip", HOME)], (cloud_start, upload), fetched + 3),
            step(&format!("uploads {sent} bytes"), "proxy.log.gz", &[("user.name", INSIDER), ("source.ip", INSIDE)], (upload, last), uploads),
        ],
        story_entities: entities(&[("user.name", INSIDER), ("source.ip", HOME), ("source.ip", INSIDE)]),
        unrelated_of_ten: Some(3),
        chain_within: Some(3),
        must_flag: vec![
            flag(&[("source.ip", INSIDE)], "high", "4.6 GB uploaded to one place in an hour and a half, by an address that never sent more than some megabytes"),
            flag(&[("user.name", INSIDER)], "medium", "on a Saturday night, which is none of his hours; and a hundred times the files he reads a day"),
        ],
        must_not_flag: vec![
            innocent(&[("user.name", "svc-backup")], "low", "the nightly backup reads many files, every night"),
            innocent(&[("user.name", "ada")], "low", "works until after midnight, every weekday"),
            innocent(&[("user.name", "greta")], "low", "travels for two days: a new address at her usual hours"),
            innocent(&[("user.name", "mila")], "low", "sends some hundred megabytes to the print shop, every weekday at four"),
            innocent(&[("user.name", "ci-build"), ("source.ip", "192.0.2.14")], "low", "the build fetches its libraries four times a day"),
        ],
        answers: vec![number(&format!("How many requests went to {DROP}?"), uploads, "lines of proxy.log with this cs-host")],
        ..Truth::default()
    };
    let _ = first;
    vec![
        File::gzip("vpn.log.gz", vpn.log.text("", "", 1)),
        File::gzip("fileserver-security.xml.gz", log.log.text(HEAD, TAIL, 700_400)),
        File::gzip("cloudtrail.json.gz", cloud.text("", "", 1)),
        File::gzip("proxy.log.gz", proxy.text(W3C_HEAD, "", 1)),
        File::json("truth.json", &truth),
    ]
}

type Logs<'a> = (&'a mut VpnLog, &'a mut SecurityLog, &'a mut Log, &'a mut Log);

/// A day of a person: files, pages, sometimes from home by VPN.
fn work(
    n: usize,
    user: &str,
    midnight: i64,
    weekend: bool,
    rng: &mut Rng,
    (vpn, log, cloud, proxy): Logs<'_>,
) {
    if weekend {
        return;
    }
    let late = user == "ada";
    let start = midnight + if late { 16 * HOUR } else { 7 * HOUR + 30 * MINUTE };
    let span = if late { 9 * 3_600 } else { 9 * 3_600 + 1_800 };
    let mut address = desk(n);
    let home = rng.chance(35) || late;
    if home {
        address = format!("10.8.0.{}", 31 + n);
        // Greta travels on the last two days.
        let away = user == "greta" && midnight >= march(5);
        let outside = if away { "203.0.113.201".to_owned() } else { format!("198.51.100.{}", 140 + n) };
        if rng.chance(8) {
            vpn.failure(start - 20 * SECOND, user, &outside, rng);
        }
        vpn.session(start + rng.range(0, 1_500) * SECOND, user, &outside, &address, span - 1_800, rng);
    }
    let logon =
        Logon { computer: SERVER, user, domain: "WORKS", source: &address, kind: 3, port: 50_000 + n as u64 };
    for _ in 0..2 + rng.below(3) {
        let time = start + rng.range(1_800, span) * SECOND;
        if rng.chance(4) {
            log.failure(time - 7 * SECOND, &logon, "0xc000006a");
        }
        log.success(time, &logon);
        for file in 0..3 + rng.below(9) as i64 {
            log.share(
                time + (5 + file * 40) * SECOND,
                &logon,
                "design",
                &format!("projects\\turbine-{:02}\\drawing-{:04}.dwg", rng.below(20), rng.below(2_400)),
            );
        }
        log.logoff(time + 900 * SECOND, SERVER, user, "WORKS");
    }
    for _ in 0..25 + rng.below(20) {
        let time = start + rng.range(1_800, span) * SECOND;
        let host = *rng.pick(&[
            "www.news.example",
            "docs.office.example",
            "search.example",
            "forum.example",
            "parts.example",
        ]);
        w3c(
            proxy,
            time,
            &Fetch {
                from: &address,
                user,
                method: "CONNECT",
                host,
                path: "-",
                to: "-",
                status: 200,
                got: rng.range(4_000, 400_000),
                sent: rng.range(900, 60_000),
                kind: "-",
            },
        );
    }
    if user == "mila" {
        for part in 0..6 {
            let time = midnight + 16 * HOUR + part * 50 * SECOND + rng.range(0, 20) * SECOND;
            w3c(
                proxy,
                time,
                &Fetch {
                    from: &address,
                    user,
                    method: "CONNECT",
                    host: "upload.print-shop.example",
                    path: "-",
                    to: "-",
                    status: 200,
                    got: 3_000,
                    sent: rng.range(60_000_000, 95_000_000),
                    kind: "-",
                },
            );
        }
    }
    if n.is_multiple_of(3) {
        let time = start + rng.range(1_800, span) * SECOND;
        let from = if home { format!("198.51.100.{}", 140 + n) } else { "192.0.2.30".to_owned() };
        let of = |name: &'static str, service: &'static str, request| Call {
            user,
            from: &from,
            service,
            name,
            request,
            error: None,
        };
        call(cloud, time, &of("ConsoleLogin", "signin", serde_json::Value::Null));
        for key in 0..4 + rng.below(5) {
            call(
                cloud,
                time + (30 + key as i64 * 45) * SECOND,
                &of(
                    "GetObject",
                    "s3",
                    json!({"bucketName": "works-design-archive", "key": format!("2025/model-{:04}.step", rng.below(620))}),
                ),
            );
        }
        call(cloud, time + 600 * SECOND, &of("DescribeInstances", "ec2", serde_json::Value::Null));
    }
}
