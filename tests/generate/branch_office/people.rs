//! What the people of the office do: desks, servers, mail, the cloud; the administrator who works late, and the one whose password expired.

use super::{
    ADMIN, ADMIN_DESK, DC, DC_NAME, FILES, FILES_NAME, LOCKED, LOCKED_DESK, MAIL, Office, PEOPLE, SERVERS,
    workdays,
};
use crate::log::{at, march};
use crate::logs::cloudtrail::{Call, call};
use crate::logs::postfix;
use crate::logs::proxy::{Fetch, squid};
use crate::logs::zeek;
use crate::rng::Rng;
use crate::winxml::Logon;
use serde_json::{Value, json};
use timberline_model::time::{HOUR, MINUTE, SECOND};

const SITES: [(&str, &str); 9] = [
    ("www.news.example", "192.0.2.61"),
    ("docs.suite.example", "192.0.2.63"),
    ("search.example", "192.0.2.64"),
    ("weather.example", "192.0.2.65"),
    ("maps.example", "192.0.2.66"),
    ("bank.example", "192.0.2.67"),
    ("crm.example", "192.0.2.68"),
    ("travel.example", "192.0.2.69"),
    ("video.example", "192.0.2.70"),
];

pub fn write(office: &mut Office) {
    let mut rng = Rng::new(211);
    for day in workdays() {
        for (n, (user, octet)) in PEOPLE.iter().enumerate() {
            let mut desk = format!("10.66.1.{octet}");
            let start = march(day) + 7 * HOUR + 20 * MINUTE + rng.range(0, 5_400) * SECOND;
            // A third of them work from home on some day, from their own addresses.
            if n % 3 == 0 && *user != ADMIN && rng.chance(60) {
                desk = format!("10.66.9.{}", 40 + n);
                if *user == super::VICTIM {
                    desk = "10.66.9.43".into();
                }
                if rng.chance(12) {
                    office.vpn.failure(
                        start - 25 * SECOND,
                        user,
                        &format!("198.51.100.{}", 150 + n),
                        &mut rng,
                    );
                }
                office.vpn.session(
                    start,
                    user,
                    &format!("198.51.100.{}", 150 + n),
                    &desk,
                    8 * 3_600,
                    &mut rng,
                );
            }
            at_work(office, user, &desk, start, &mut rng);
        }
        cloud(office, day, &mut rng);
    }
    late_work(office, &mut rng);
    locked_out(office, &mut rng);
    mail(office, &mut rng);
}

fn at_work(office: &mut Office, user: &str, desk: &str, start: i64, rng: &mut Rng) {
    let logon = Logon {
        computer: DC_NAME,
        user,
        domain: "OFFICE",
        source: desk,
        kind: 3,
        port: 49_152 + rng.below(16_000),
    };
    for _ in 0..4 + rng.below(4) {
        let time = start + rng.range(60, 30_000) * SECOND + 200;
        if rng.chance(3) && user != LOCKED {
            office.windows.failure(time - 8 * SECOND, &logon, "0xc000006a");
        }
        office.windows.success(time, &logon);
        office.conn.about(time, desk, DC, zeek::KERBEROS, 1_500, 1_600);
        office.windows.logoff(time + rng.range(20, 4_000) * SECOND, DC_NAME, user, "OFFICE");
    }
    for _ in 0..2 {
        let time = start + rng.range(600, 30_000) * SECOND;
        let at_files = Logon { computer: FILES_NAME, ..logon };
        office.windows.success(time, &at_files);
        office.conn.about(time, desk, FILES, zeek::SMB, 90_000, 900_000);
        office.windows.logoff(time + 700 * SECOND, FILES_NAME, user, "OFFICE");
    }
    for _ in 0..22 + rng.below(16) {
        let time = start + rng.range(0, 32_000) * SECOND;
        let (host, to) = *rng.pick(&SITES);
        office.dns.query(time - SECOND, desk, "A", host, to);
        let method = if rng.chance(75) { "CONNECT" } else { "GET" };
        squid(
            &mut office.proxy,
            time,
            &Fetch {
                from: desk,
                user,
                method,
                host,
                path: "/",
                to,
                status: 200,
                got: rng.range(2_000, 200_000),
                sent: 0,
                kind: "-",
            },
        );
        if rng.chance(30) {
            office.conn.about(time, desk, MAIL, (993, "tcp", "ssl"), 2_000, 20_000);
        }
    }
    if rng.chance(2) {
        squid(
            &mut office.proxy,
            start + HOUR,
            &Fetch {
                from: desk,
                user,
                method: "GET",
                host: "games.example",
                path: "/",
                to: "-",
                status: 403,
                got: 3_900,
                sent: 0,
                kind: "text/html",
            },
        );
    }
}

fn cloud(office: &mut Office, day: i64, rng: &mut Rng) {
    for user in ["k.berg", "a.keller", "r.singh"] {
        let time = march(day) + 9 * HOUR + rng.range(0, 6 * 3_600) * SECOND;
        let of = |name: &'static str, service: &'static str, request| Call {
            user,
            from: "192.0.2.30",
            service,
            name,
            request,
            error: None,
        };
        call(&mut office.cloud, time, &of("ConsoleLogin", "signin", Value::Null));
        for n in 0..6 + rng.below(8) as i64 {
            let name = *rng.pick(&["DescribeInstances", "DescribeVolumes", "ListBuckets", "GetObject"]);
            let (service, request) = match name {
                "GetObject" => (
                    "s3",
                    json!({"bucketName": "office-reports", "key": format!("2026/report-{}.pdf", rng.below(90))}),
                ),
                "ListBuckets" => ("s3", Value::Null),
                _ => ("ec2", Value::Null),
            };
            call(&mut office.cloud, time + (40 + n * 50) * SECOND, &of(name, service, request));
        }
    }
    // A job that copies reports, each six hours.
    for run in 0..4 {
        let time = march(day) + (1 + run * 6) * HOUR + 120 * SECOND;
        for n in 0..5 {
            let request = json!({"bucketName": "office-reports", "key": format!("daily/part-{n}.csv")});
            call(
                &mut office.cloud,
                time + n * 3 * SECOND,
                &Call {
                    user: "svc-reports",
                    from: "192.0.2.31",
                    service: "s3",
                    name: "PutObject",
                    request,
                    error: None,
                },
            );
        }
    }
}

/// The administrator patches servers on Monday night, as on Thursday before; and goes round by day.
fn late_work(office: &mut Office, rng: &mut Rng) {
    for day in workdays() {
        for (n, (host, address)) in SERVERS
            .iter()
            .enumerate()
            .filter(|(_, (h, _))| ["gate-01", "web-01", "mail-01", "mon-01"].contains(h))
        {
            let time = march(day) + 10 * HOUR + (n as i64 * 11) * MINUTE + rng.range(0, 200) * SECOND;
            office.auth.session(
                time,
                host,
                ADMIN,
                ADMIN_DESK,
                "publickey",
                400 + rng.range(0, 900),
                &[(30, "/usr/bin/systemctl status nginx")],
                rng,
            );
            office.conn.about(time, ADMIN_DESK, address, zeek::SSH, 9_000, 40_000);
        }
    }
    for day in [5, 9] {
        let mut time = at(day, 22, 40, 10);
        for (host, address) in SERVERS {
            if ["gate-01", "web-01", "mail-01", "mon-01", "backup-01"].contains(&host) {
                office.auth.session(
                    time,
                    host,
                    ADMIN,
                    ADMIN_DESK,
                    "publickey",
                    300,
                    &[(20, "/usr/bin/apt-get -q upgrade"), (200, "/usr/bin/systemctl restart rsyslog")],
                    rng,
                );
                office.conn.about(time, ADMIN_DESK, address, zeek::SSH, 20_000, 90_000);
                time += 6 * MINUTE;
            }
        }
        for computer in [FILES_NAME, DC_NAME] {
            let logon =
                Logon { computer, user: ADMIN, domain: "OFFICE", source: ADMIN_DESK, kind: 10, port: 50_011 };
            office.windows.success(time, &logon);
            office.windows.privileges(time + SECOND, computer, ADMIN, "OFFICE");
            office.conn.about(
                time,
                ADMIN_DESK,
                if computer == DC_NAME { DC } else { FILES },
                zeek::RDP,
                90_000,
                2_000_000,
            );
            office.windows.logoff(time + 20 * MINUTE, computer, ADMIN, "OFFICE");
            time += 25 * MINUTE;
        }
    }
}

/// An expired password, tried again and again after lunch, then the lock; the help desk opens it.
fn locked_out(office: &mut Office, rng: &mut Rng) {
    let logon =
        Logon { computer: DC_NAME, user: LOCKED, domain: "OFFICE", source: LOCKED_DESK, kind: 2, port: 0 };
    let mut time = at(6, 13, 4, 20);
    for n in 0..14 {
        office.windows.failure(time, &logon, if n < 10 { "0xc0000071" } else { "0xc0000234" });
        time += rng.range(20, 70) * SECOND;
        if n == 9 {
            office.windows.event(
                time,
                DC_NAME,
                4740,
                13_824,
                "0x8020000000000000",
                &[
                    ("TargetUserName", LOCKED),
                    ("TargetDomainName", "WS-24"),
                    ("TargetSid", "S-1-5-21-1004336348-1177238915-682003330-1124"),
                    ("SubjectUserSid", "S-1-5-18"),
                    ("SubjectUserName", "DC-01$"),
                    ("SubjectDomainName", "OFFICE"),
                    ("SubjectLogonId", "0x3e7"),
                ],
            );
        }
    }
    office.windows.event(
        at(6, 13, 40, 0),
        DC_NAME,
        4767,
        13_824,
        "0x8020000000000000",
        &[
            ("TargetUserName", LOCKED),
            ("TargetDomainName", "OFFICE"),
            ("TargetSid", "S-1-5-21-1004336348-1177238915-682003330-1124"),
            ("SubjectUserSid", "S-1-5-21-1004336348-1177238915-682003330-500"),
            ("SubjectUserName", ADMIN),
            ("SubjectDomainName", "OFFICE"),
            ("SubjectLogonId", "0x51a20"),
        ],
    );
    office.windows.success(at(6, 13, 43, 10), &logon);
}

fn mail(office: &mut Office, rng: &mut Rng) {
    let mut time = super::from();
    while time < super::until() {
        let night = !(7..19).contains(&(time / HOUR % 24));
        time += rng.range(30, if night { 2_400 } else { 500 }) * SECOND;
        let (user, _) = rng.pick(&PEOPLE);
        match rng.below(12) {
            0 | 1 => {
                postfix::refused(&mut office.mail, time, &format!("203.0.113.{}", 130 + rng.below(90)), rng)
            }
            2 => postfix::login_failed(
                &mut office.mail,
                time,
                rng.pick::<&str>(&["info", "admin", "sales", "test"]),
                &format!("203.0.113.{}", 130 + rng.below(90)),
                rng,
            ),
            n if n < 8 => postfix::delivered(
                &mut office.mail,
                time,
                &format!("partner{}@customer.example", rng.below(40)),
                &format!("{user}@office.example"),
                "mx.customer.example[192.0.2.26]",
                rng,
            ),
            _ => postfix::delivered(
                &mut office.mail,
                time,
                &format!("{user}@office.example"),
                &format!("partner{}@customer.example", rng.below(40)),
                "ws.office.example[10.66.1.20]",
                rng,
            ),
        }
    }
}
