//! Machines and strangers: monitoring, the vulnerability scanner, the backup, updates, visitors, a crawler, the internet's noise.

use super::{
    BACKUP, CRAWLER, DC, FILES, GATE, MAIL, MONITOR, OFFSITE, Office, PEOPLE, SCANNER, SERVERS, UPDATES, WEB,
    from, until,
};
use crate::log::at;
use crate::logs::firewall;
use crate::logs::zeek::{self, Flow};
use crate::rng::Rng;
use crate::sshd::noise;
use timberline_model::time::{HOUR, MINUTE, SECOND};

const PAGES: [&str; 8] =
    ["/", "/rooms", "/rooms/12", "/book", "/contact", "/news", "/assets/site.css", "/assets/site.js"];

pub fn write(office: &mut Office) {
    let mut rng = Rng::new(221);
    let strangers: Vec<String> = (0..80).map(|n| format!("203.0.113.{}", 100 + n)).collect();
    let visitors: Vec<String> = (0..70).map(|n| format!("198.51.100.{}", 30 + n)).collect();
    noise(&mut office.auth, "gate-01", from(), 4, &strangers, &mut rng);
    office.access.visitors(from(), &visitors, &PAGES, 240, &mut rng);
    office.access.crawler(
        from(),
        CRAWLER,
        "Mozilla/5.0 (compatible; ExampleSEOBot/4.1; +https://seo.example/bot)",
        80,
        260,
        &mut rng,
    );
    office.access.probe(from() + 11 * SECOND, 300, MONITOR, "/health", 200, "monitoring-plugin/2.4");
    monitoring(office, &mut rng);
    routines(office, &mut rng);
    updates(office, &mut rng);
    // The internet knocks on the firewall, and people come to the web server.
    let mut time = from();
    while time < until() {
        time += rng.range(20, 240) * SECOND;
        let port = *rng.pick(&[22u16, 23, 445, 3_389, 5_900, 8_080, 6_379, 1_433]);
        let source = rng.pick(&strangers).clone();
        firewall::packet(&mut office.firewall, time, "gate-01", false, &source, "192.0.2.30", port, &mut rng);
        if rng.chance(30) {
            office.conn.about(time, rng.pick(&visitors).as_str(), WEB, zeek::HTTPS, 2_500, 40_000);
        }
        if rng.chance(20) {
            let (_, octet) = *rng.pick(&PEOPLE);
            let hour = time / HOUR % 24;
            if (7..18).contains(&hour) {
                firewall::packet(
                    &mut office.firewall,
                    time,
                    "gate-01",
                    true,
                    &format!("10.66.1.{octet}"),
                    "192.0.2.64",
                    443,
                    &mut rng,
                );
            }
        }
    }
    let mut time = from() + 17 * MINUTE;
    while time < until() {
        for (host, _) in SERVERS.iter().filter(|(h, _)| ["gate-01", "web-01", "mail-01"].contains(h)) {
            office.auth.cron(time, host, "root", 1 + rng.range(0, 3), &mut rng);
        }
        time += HOUR;
    }
}

/// The monitoring asks each server, and connects to ssh without logging in.
fn monitoring(office: &mut Office, rng: &mut Rng) {
    let mut time = from() + 20 * SECOND;
    while time < until() {
        for (host, address) in SERVERS.iter().filter(|(_, a)| *a != MONITOR) {
            if ["gate-01", "web-01", "mail-01"].contains(host) {
                let (pid, port) = (office.auth.pid(host, rng), 1_024 + rng.below(60_000));
                office.auth.line(
                    time,
                    host,
                    &format!("sshd[{pid}]: Connection closed by {MONITOR} port {port} [preauth]"),
                );
                office.conn.about(time, MONITOR, address, zeek::SSH, 60, 1_100);
            } else {
                office.conn.about(time, MONITOR, address, (161, "udp", "snmp"), 90, 300);
            }
        }
        time += 15 * MINUTE;
    }
}

/// The scanner each night at three; the backup at one, twenty gigabytes to the second site.
fn routines(office: &mut Office, rng: &mut Rng) {
    for day in 3..=10 {
        let mut time = at(day, 3, 0, 4);
        for (_, address) in SERVERS {
            for port in [
                21u16, 22, 23, 25, 80, 110, 139, 143, 389, 443, 445, 993, 1_433, 3_306, 3_389, 5_432, 5_985,
                8_080,
            ] {
                office.conn.tried(time, SCANNER, address, (port, "tcp", "-"));
                time += rng.range(100, 900) * 1_000_000;
            }
        }
        for octet in 2..40 {
            for port in [22u16, 445, 3_389] {
                office.conn.tried(time, SCANNER, &format!("10.66.0.{octet}"), (port, "tcp", "-"));
                time += 200_000_000;
            }
        }
        for n in 0..160 {
            let path = format!("{}{}", crate::logs::web::MISSING[n % crate::logs::web::MISSING.len()], n);
            office.access.get(time, SCANNER, &path, 404, 153, "OpenVAS-VT 23.1");
            time += rng.range(100, 600) * 1_000_000;
        }
        for run in 0..10 {
            let time = at(day, 1, 0, 8) + run * 4 * MINUTE + rng.range(0, 30) * SECOND;
            office.conn.about(time, FILES, BACKUP, (873, "tcp", "-"), 900_000_000, 40_000);
            office.conn.add(
                time + 2 * MINUTE,
                &Flow {
                    from: BACKUP,
                    to: OFFSITE,
                    service: zeek::SSH,
                    state: "SF",
                    sent: rng.range(1_700_000_000, 2_300_000_000),
                    got: 900_000,
                    lasts: 110,
                },
            );
            if run == 0 {
                office.auth.session(time, "backup-01", "backup", FILES, "publickey", 2_400, &[], rng);
            }
        }
    }
}

/// Each desk and server asks for updates, about each two hours.
fn updates(office: &mut Office, rng: &mut Rng) {
    let machines: Vec<String> = PEOPLE
        .iter()
        .map(|(_, o)| format!("10.66.1.{o}"))
        .chain([DC, FILES, WEB, MAIL, GATE].map(String::from))
        .collect();
    for (n, machine) in machines.iter().enumerate() {
        let mut time = from() + n as i64 * 311 * SECOND;
        while time < until() {
            office.dns.query(time - SECOND, machine, "A", "update.os.example", UPDATES);
            office.conn.about(time, machine, UPDATES, zeek::HTTPS, 1_100, 3_000);
            time += 2 * HOUR + rng.range(-30, 30) * SECOND;
        }
    }
}
