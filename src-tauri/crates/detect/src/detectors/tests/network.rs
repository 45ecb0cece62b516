//! Scans, sweeps, beacons, long connections, tunnels and exfiltration: an incident for each and a look-alike that must not fire.

use super::*;

impl Logs {
    /// A connection with its sizes and its length.
    fn sized(&mut self, time: i64, from: &str, to: &str, sent: i64, got: i64, seconds: i64) -> &mut Self {
        self.add(
            time,
            &[
                ("event.category", "network".into()),
                ("event.dataset", "zeek.conn".into()),
                ("source.ip", from.into()),
                ("destination.ip", to.into()),
                ("destination.port", 443.into()),
                ("source.bytes", sent.into()),
                ("destination.bytes", got.into()),
                ("event.duration", (seconds * SECOND).into()),
                ("zeek.connection.state", "SF".into()),
            ],
        )
    }

    /// Hosts that browse: uneven in time and in size, to many places.
    fn browsing(&mut self, hosts: i64, days: i64) -> &mut Self {
        for host in 0..hosts {
            let from = format!("10.5.0.{}", 10 + host);
            for n in 0..days * 60 {
                let x = (n * 7_919 + host * 104_729) % 86_400;
                let to = format!("198.51.100.{}", 1 + (n * 31 + host * 17) % 200);
                let day = march(1 + n % days);
                self.sized(day + x * SECOND, &from, &to, 400 + x % 3_000, 9_000 + x * 3, 1 + x % 20);
            }
        }
        self
    }

    fn asks(&mut self, time: i64, from: &str, name: &str, kind: &str, code: &str) -> &mut Self {
        self.add(
            time,
            &[
                ("event.category", "network".into()),
                ("event.dataset", "zeek.dns".into()),
                ("source.ip", from.into()),
                ("destination.ip", "10.0.0.53".into()),
                ("destination.port", 53.into()),
                ("dns.question.name", name.into()),
                ("dns.question.type", kind.into()),
                ("dns.response_code", code.into()),
            ],
        )
    }
}

fn told<'f>(found: &'f [Finding], detector: &str) -> Vec<&'f Finding> {
    found.iter().filter(|f| f.detector == detector).collect()
}

/// Letters that look random, the same for the same number.
fn noise(n: i64, letters: usize) -> String {
    let mut x = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1_442_695_040_888_963_407);
    (0..letters)
        .map(|_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(x >> 59) as usize])
        })
        .collect()
}

#[test]
fn many_ports_of_one_system_that_refuse_are_a_port_scan() {
    let mut logs = Logs::default();
    for port in 1..=300 {
        logs.conn(march(1) + port * SECOND, "10.20.0.66", "10.20.0.9", port, "REJ");
    }
    let found = check(&logs, &["net_port_scan medium"]);
    assert_eq!(found[0].title, "10.20.0.66 tried 300 ports of 10.20.0.9 at 00:00, 300 of 300 tries failed");
    assert_eq!(found[0].attack, ["T1046"]);
    // A firewall's denies say so too.
    let mut logs = Logs::default();
    for port in 1..=120i64 {
        logs.add(
            march(1) + port * SECOND,
            &[
                ("event.category", "network".into()),
                ("event.action", "deny".into()),
                ("source.ip", "203.0.113.7".into()),
                ("destination.ip", "192.0.2.1".into()),
                ("destination.port", port.into()),
            ],
        );
    }
    assert_eq!(told(&find(&logs), "net_port_scan")[0].attack, ["T1595.001"]);
}

#[test]
fn a_server_that_answers_and_a_client_of_dynamic_ports_are_no_scan() {
    let mut logs = Logs::default();
    for n in 0..400i64 {
        // Flow logs have a record for each direction.
        logs.add(
            march(1) + n * SECOND,
            &[
                ("event.category", "network".into()),
                ("source.ip", "10.20.0.9".into()),
                ("source.port", 443.into()),
                ("destination.ip", "10.20.0.66".into()),
                ("destination.port", (40_000 + n).into()),
                ("source.packets", 2.into()),
            ],
        );
        logs.conn(march(1) + n * SECOND, "10.20.0.70", "10.20.0.9", 49_152 + n, "SF");
    }
    check(&logs, &[]);
}

#[test]
fn one_port_on_many_systems_is_a_sweep_and_the_fan_out_is_not_doubled() {
    let mut logs = Logs::default();
    for n in 0..150 {
        logs.conn(march(1) + n * SECOND, "203.0.113.7", &format!("192.0.2.{}", n + 1), 23, "S0");
    }
    let found = check(&logs, &["net_sweep low"]);
    assert_eq!(found[0].title, "203.0.113.7 tried port 23 on 150 systems at 00:00");
    let mut logs = Logs::default();
    logs.usual_conns(6, "10.20.0.15").sweep(march(6) + 2 * HOUR, "10.20.0.15", 120, "S0");
    assert!(told(&find(&logs), "net_sweep").is_empty());
}

#[test]
fn a_monitor_that_reaches_all_it_asks_is_no_sweep() {
    let mut logs = Logs::default();
    for n in 0..3_000 {
        logs.conn(march(1) + n * 20 * SECOND, "10.20.0.15", &format!("10.7.0.{}", n % 200), 9_100, "SF");
    }
    assert!(told(&find(&logs), "net_sweep").is_empty());
}

#[test]
fn a_beacon_stands_out_of_browsing_with_its_four_scores() {
    let mut logs = Logs::default();
    logs.browsing(8, 2);
    for n in 0..2_880 {
        logs.sized(march(1) + n * MINUTE + (n * 37 % 5) * SECOND, "10.5.0.12", "203.0.113.9", 310, 180, 1);
    }
    let found = find(&logs);
    let beacons = told(&found, "net_beacon");
    assert_eq!(beacons.len(), 1, "{found:#?}");
    assert_eq!(
        beacons[0].title,
        "10.5.0.12 calls 203.0.113.9 every 1 min 2 s, 2,880 times over 47 h 59 min (beacon score 1.00)"
    );
    for name in
        ["Even in time", "Even in size", "All the while", "As often at all times", "Hosts that call it"]
    {
        assert!(beacons[0].parts.iter().any(|p| p.name == name), "{name}");
    }
    assert!(beacons[0].severity >= Severity::Medium, "{:#?}", beacons[0].parts);
    assert_eq!(beacons[0].evidence_count, 2_880);
}

#[test]
fn what_all_hosts_call_and_polling_inside_rank_low() {
    let mut logs = Logs::default();
    logs.browsing(8, 2);
    for host in 0..8 {
        for n in 0..576 {
            logs.sized(
                march(1) + n * 5 * MINUTE,
                &format!("10.5.0.{}", 10 + host),
                "203.0.113.80",
                500,
                900,
                1,
            );
        }
    }
    for n in 0..2_880 {
        logs.sized(march(1) + n * MINUTE, "10.5.0.12", "10.5.0.200", 310, 180, 1);
    }
    for beacon in told(&find(&logs), "net_beacon") {
        assert!(
            beacon.severity <= Severity::Low && beacon.score < 0.4,
            "{} {:#?}",
            beacon.title,
            beacon.parts
        );
    }
}

#[test]
fn a_connection_of_half_a_day_is_told_and_one_that_all_have_is_not() {
    let mut logs = Logs::default();
    logs.browsing(8, 2).sized(march(1) + HOUR, "10.5.0.12", "203.0.113.9", 9_000, 8_000, 11 * 3_600);
    let found = find(&logs);
    let long = told(&found, "net_long_connection");
    assert_eq!(long.len(), 1);
    assert!(
        long[0].title.starts_with("10.5.0.12 was connected to 203.0.113.9 for 11 h"),
        "{}",
        long[0].title
    );
    let mut logs = Logs::default();
    logs.browsing(8, 2);
    for host in 0..8 {
        logs.sized(march(1) + HOUR, &format!("10.5.0.{}", 10 + host), "203.0.113.9", 9_000, 8_000, 9 * 3_600);
    }
    assert!(told(&find(&logs), "net_long_connection").is_empty());
}

#[test]
fn long_random_names_below_one_domain_are_a_tunnel() {
    let mut logs = Logs::default();
    for n in 0..400 {
        let name = format!("{}.t.example.org", noise(n, 40));
        logs.asks(march(1) + n * 3 * SECOND, "10.5.0.12", &name, "TXT", "NOERROR");
    }
    let found = find(&logs);
    let tunnels = told(&found, "dns_tunnel");
    assert_eq!(tunnels.len(), 1, "{found:#?}");
    assert!(
        tunnels[0].title.starts_with("10.5.0.12 asked for 400 different names below example.org"),
        "{}",
        tunnels[0].title
    );
    assert!(tunnels[0].severity >= Severity::Medium, "{:#?}", tunnels[0].parts);
}

#[test]
fn content_networks_reverse_zones_virus_scanners_and_printers_are_no_tunnel() {
    let mut logs = Logs::default();
    for n in 0..900 {
        let from = format!("10.5.0.{}", 10 + n % 20);
        let at = march(1) + n * 20 * SECOND;
        logs.asks(at, &from, &format!("img{}.cdn.example.net", n % 150), "A", "NOERROR");
        logs.asks(at, &from, &format!("{}.{}.5.10.in-addr.arpa", n % 250, n / 250), "PTR", "NXDOMAIN");
        logs.asks(at, &from, &format!("{}.sophosxl.net", noise(n, 40)), "TXT", "NOERROR");
        logs.asks(at, &from, &format!("{}._ipp._tcp.local", noise(n, 30)), "SRV", "NOERROR");
    }
    assert!(told(&find(&logs), "dns_tunnel").is_empty());
}

#[test]
fn a_flood_of_domains_that_do_not_exist_is_told() {
    let mut logs = Logs::default();
    for n in 0..120 {
        logs.asks(march(1) + n * 10 * SECOND, "10.5.0.12", &format!("{}.com", noise(n, 14)), "A", "NXDOMAIN");
    }
    let found = find(&logs);
    let flood = told(&found, "dns_tunnel");
    assert_eq!((flood.len(), flood[0].attack[0].as_str()), (1, "T1568.002"));
}

#[test]
fn a_day_of_far_more_sent_than_ever_is_told_and_the_weekly_backup_is_not() {
    let mega = 1_000_000;
    let mut logs = Logs::default();
    logs.browsing(6, 8);
    for n in 0..40 {
        logs.sized(march(8) + 2 * HOUR + n * MINUTE, "10.5.0.12", "203.0.113.9", 50 * mega, 90_000, 50);
    }
    let found = find(&logs);
    let exfil = told(&found, "net_exfil");
    assert_eq!(exfil.len(), 1, "{found:#?}");
    assert!(
        exfil[0].title.starts_with("10.5.0.12 sent 2000 MB to 203.0.113.9 on 2026-03-08, usually 0."),
        "{}",
        exfil[0].title
    );
    let mut logs = Logs::default();
    logs.browsing(6, 15);
    for day in [1, 8, 15] {
        for n in 0..40 {
            logs.sized(march(day) + 2 * HOUR + n * MINUTE, "10.5.0.12", "203.0.113.9", 50 * mega, 90_000, 50);
        }
    }
    assert!(told(&find(&logs), "net_exfil").is_empty());
}
