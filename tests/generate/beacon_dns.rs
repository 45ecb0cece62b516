//! `fixtures/incidents/beacon-dns-tunnel`: a workstation runs what came by mail, calls home each five minutes and sends a file out in DNS
//! names; in Zeek's conn and dns, a proxy and Sysmon. Updates, look-ups of a virus scanner, a content network and the house's own
//! monitoring are the look-alikes.

use crate::File;
use crate::log::{Log, at, march};
use crate::logs::proxy::{Fetch, squid};
use crate::logs::sysmon::{Process, Sysmon};
use crate::logs::zeek::{self, ConnLog, DnsLog};
use crate::rng::Rng;
use crate::truth::{Truth, entities, flag, innocent, number, source, step};
use timberline_model::time::{HOUR, MINUTE, SECOND};

const VICTIM: &str = "10.50.1.27";
const VICTIM_NAME: &str = "WS-17.lab.example";
const VICTIM_USER: &str = "LAB\\nadia";
const CONTROL: &str = "198.51.100.44";
const RESOLVER: &str = "10.50.0.2";
const PROXY: &str = "10.50.0.3";
const MONITOR: &str = "10.50.0.9";
const UPDATES: &str = "192.0.2.50";
const TUNNEL: &str = "sync.cdn-metrics.example";
const VIEWER: &str = "C:\\Users\\nadia\\AppData\\Local\\Temp\\invoice_viewer.exe";
const SITES: [(&str, &str); 8] = [
    ("www.news.example", "192.0.2.61"),
    ("mail.lab.example", "192.0.2.62"),
    ("docs.office.example", "192.0.2.63"),
    ("search.example", "192.0.2.64"),
    ("weather.example", "192.0.2.65"),
    ("shop.example", "192.0.2.66"),
    ("forum.example", "192.0.2.67"),
    ("wiki.lab.example", "10.50.0.12"),
];

fn opened() -> i64 {
    at(6, 10, 12, 31)
}

fn desks() -> Vec<(String, String)> {
    (11..35).map(|n| (format!("10.50.1.{n}"), format!("WS-{:02}.lab.example", n - 10))).collect()
}

fn hex(rng: &mut Rng, letters: u64) -> String {
    (0..letters).map(|_| char::from(*rng.pick(b"0123456789abcdef"))).collect()
}

pub fn files() -> Vec<File> {
    let (from, until) = (march(4), march(10));
    let mut rng = Rng::new(111);
    let mut conn = ConnLog::new(until, 112);
    let mut dns = DnsLog::new(until, RESOLVER, 113);
    let mut proxy = Log::default();
    let mut sysmon = Sysmon::new(until);
    for (desk, (address, name)) in desks().iter().enumerate() {
        people(desk, address, name, from, &mut rng, (&mut conn, &mut dns, &mut proxy, &mut sysmon));
        updates(desk, address, from, until, &mut rng, &mut conn, &mut dns);
    }
    monitoring(from, until, &mut conn);

    // The viewer of an invoice.
    let start = opened();
    dns.query(start - 4 * SECOND, VICTIM, "A", "files.invoice-view.example", CONTROL);
    squid(
        &mut proxy,
        start,
        &Fetch {
            from: VICTIM,
            user: "nadia",
            method: "GET",
            host: "files.invoice-view.example",
            path: "/viewer/invoice_viewer.exe",
            to: CONTROL,
            status: 200,
            got: 733_184,
            sent: 0,
            kind: "application/x-msdownload",
        },
    );
    sysmon.file(
        start + 2 * SECOND,
        VICTIM_NAME,
        VICTIM_USER,
        "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
        VIEWER,
    );
    let explorer = "C:\\Windows\\explorer.exe";
    sysmon.process(
        start + 31 * SECOND,
        &Process {
            computer: VICTIM_NAME,
            user: VICTIM_USER,
            image: VIEWER,
            line: VIEWER,
            parent: explorer,
            parent_line: explorer,
        },
    );
    let commands = [
        (
            "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            "powershell.exe -NoP -W Hidden -EncodedCommand SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAKQA=",
        ),
        ("C:\\Windows\\System32\\whoami.exe", "whoami /groups"),
        (
            "C:\\Windows\\System32\\schtasks.exe",
            "schtasks /create /sc onlogon /tn InvoiceSync /tr C:\\Users\\nadia\\AppData\\Local\\Temp\\invoice_viewer.exe",
        ),
    ];
    for (n, (image, line)) in commands.iter().enumerate() {
        let time = start + (40 + n as i64 * 23) * SECOND;
        sysmon.process(
            time,
            &Process {
                computer: VICTIM_NAME,
                user: VICTIM_USER,
                image,
                line,
                parent: VIEWER,
                parent_line: VIEWER,
            },
        );
    }
    // Each five minutes, a tenth more or less.
    let beacon = start + 2 * MINUTE;
    let (mut time, mut beacons, mut told_twice) = (beacon, 0u64, 0u64);
    let mut last = beacon;
    while time < until {
        conn.about(time, VICTIM, CONTROL, zeek::HTTPS, 640, 420);
        if beacons % 12 == 0 {
            dns.query(time - SECOND, VICTIM, "A", "files.invoice-view.example", CONTROL);
        }
        if beacons % 6 == 0 {
            told_twice += 1;
            sysmon.connection(time, VICTIM_NAME, VICTIM_USER, VIEWER, VICTIM, CONTROL, 443);
        }
        beacons += 1;
        last = time;
        time += 300 * SECOND + rng.range(-15, 16) * SECOND;
    }
    // A file in names, at night.
    let tunnel = at(8, 22, 3, 10);
    let (mut time, mut pieces) = (tunnel, 0u64);
    while pieces < 1_900 {
        let name = format!("{}.{}.{pieces:04x}.{TUNNEL}", hex(&mut rng, 52), hex(&mut rng, 24));
        dns.query(
            time,
            VICTIM,
            if pieces % 3 == 0 { "TXT" } else { "A" },
            &name,
            if pieces % 3 == 0 { "TXT 2 ok" } else { "198.51.100.45" },
        );
        pieces += 1;
        time += rng.range(1, 5) * SECOND;
    }
    let truth = Truth {
        about: "A workstation runs a program from a mail, which calls home each five minutes and sends a file out in DNS names. Times UTC.".into(),
        sources: vec![
            source("conn.log.gz", "zeek_tsv", &conn.log),
            source("dns.log.gz", "zeek_tsv", &dns.log),
            source("proxy.log.gz", "squid", &proxy),
            source("sysmon.xml.gz", "windows_xml", &sysmon.log),
        ],
        story: vec![
            step("a program is fetched", "proxy.log.gz", &[("source.ip", VICTIM), ("user.name", "nadia")], (start, start), 1),
            step("it runs, and starts three others", "sysmon.xml.gz", &[("host.name", VICTIM_NAME)], (start + 31 * SECOND, start + 86 * SECOND), 4),
            step("it calls home each five minutes", "conn.log.gz", &[("source.ip", VICTIM), ("destination.ip", CONTROL)], (beacon, last), beacons),
            step("it sends a file out in names", "dns.log.gz", &[("source.ip", VICTIM)], (tunnel, time), pieces),
        ],
        story_entities: entities(&[("source.ip", VICTIM), ("destination.ip", CONTROL), ("host.name", VICTIM_NAME), ("user.name", "nadia")]),
        unrelated_of_ten: Some(3),
        chain_within: Some(3),
        must_flag: vec![
            flag(&[("source.ip", VICTIM), ("destination.ip", CONTROL)], "high", "one workstation of 24 speaks to this address, each five minutes, day and night, with even sizes"),
            flag(&[("source.ip", VICTIM)], "high", "1,900 long names below one domain in two hours, which nobody else asks for"),
        ],
        must_not_flag: vec![
            innocent(&[("destination.ip", UPDATES)], "low", "every machine asks for updates at even steps"),
            innocent(&[("source.ip", MONITOR)], "low", "the house's own monitoring, each minute, to inside systems"),
            innocent(&[("source.ip", "10.50.1.15")], "low", "a person at work, whose virus scanner looks up files by DNS"),
        ],
        answers: vec![number(&format!("How many connections went to {CONTROL}?"), beacons + told_twice + 1, "lines of conn.log with this id.resp_h, Sysmon's events of connections to it, and the proxy's request")],
        ..Truth::default()
    };
    vec![
        File::gzip("conn.log.gz", conn.log.text(zeek::CONN_HEAD, zeek::TAIL, 1)),
        File::gzip("dns.log.gz", dns.log.text(zeek::DNS_HEAD, zeek::TAIL, 1)),
        File::gzip("proxy.log.gz", proxy.text("", "", 1)),
        File::gzip("sysmon.xml.gz", sysmon.log.text(crate::winxml::HEAD, crate::winxml::TAIL, 50_100)),
        File::json("truth.json", &truth),
    ]
}

type Logs<'a> = (&'a mut ConnLog, &'a mut DnsLog, &'a mut Log, &'a mut Sysmon);

/// A day at a desk: sites, mail, the same few programs, and a virus scanner that asks for files by their hash.
fn people(
    desk: usize,
    address: &str,
    name: &str,
    from: i64,
    rng: &mut Rng,
    (conn, dns, proxy, sysmon): Logs<'_>,
) {
    let user = if name == VICTIM_NAME { "nadia".to_owned() } else { format!("lab{desk:02}") };
    let account = format!("LAB\\{user}");
    for day in 0..6 {
        let morning = from + day * 24 * HOUR + 8 * HOUR;
        // 7 and 8 March are a weekend.
        if day == 3 || day == 4 {
            continue;
        }
        for _ in 0..30 + rng.below(25) {
            let time = morning + rng.range(0, 9 * 3_600) * SECOND;
            let (host, to) = *rng.pick(&SITES);
            dns.query(time - SECOND, address, "A", host, to);
            squid(
                proxy,
                time,
                &Fetch {
                    from: address,
                    user: &user,
                    method: if rng.chance(70) { "CONNECT" } else { "GET" },
                    host,
                    path: "/",
                    to,
                    status: 200,
                    got: rng.range(2_000, 90_000),
                    sent: 0,
                    kind: "-",
                },
            );
            conn.about(time, address, PROXY, (3_128, "tcp", "http"), 2_000, 30_000);
        }
        // A content network has a name for each picture, and people fetch from it.
        for _ in 0..5 {
            let time = morning + rng.range(0, 9 * 3_600) * SECOND;
            dns.query(time, address, "A", &format!("img{}.pictures.example", rng.below(140)), "192.0.2.70");
            conn.about(time + SECOND, address, "192.0.2.70", zeek::HTTPS, 900, 60_000);
        }
        for _ in 0..2 + rng.below(3) {
            let time = morning + rng.range(0, 9 * 3_600) * SECOND;
            dns.query(time, address, "A", &format!("{}.rep.virus-scan.example", hex(rng, 32)), "127.0.0.2");
        }
        let explorer = "C:\\Windows\\explorer.exe";
        for (image, line) in [
            (
                "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
                "\"C:\\Program Files\\Mozilla Firefox\\firefox.exe\"",
            ),
            (
                "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
                "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE\"",
            ),
            (
                "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
                "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE\" /n report.docx",
            ),
            ("C:\\Windows\\System32\\notepad.exe", "\"C:\\Windows\\system32\\NOTEPAD.EXE\""),
        ] {
            let time = morning + rng.range(0, 3_600) * SECOND;
            sysmon.process(
                time,
                &Process {
                    computer: name,
                    user: &account,
                    image,
                    line,
                    parent: explorer,
                    parent_line: explorer,
                },
            );
        }
        let services = "C:\\Windows\\System32\\services.exe";
        let time = morning + rng.range(0, 600) * SECOND;
        sysmon.process(
            time,
            &Process {
                computer: name,
                user: "NT AUTHORITY\\SYSTEM",
                image: "C:\\Windows\\System32\\svchost.exe",
                line: "C:\\Windows\\system32\\svchost.exe -k netsvcs -p",
                parent: services,
                parent_line: services,
            },
        );
    }
}

/// Each 45 minutes, day and night, from every machine.
fn updates(
    desk: usize,
    address: &str,
    from: i64,
    until: i64,
    rng: &mut Rng,
    conn: &mut ConnLog,
    dns: &mut DnsLog,
) {
    let mut time = from + desk as i64 * 97 * SECOND;
    while time < until {
        dns.query(time - SECOND, address, "A", "update.os.example", UPDATES);
        conn.about(time, address, UPDATES, zeek::HTTPS, 900, 2_400);
        time += 45 * MINUTE + rng.range(-20, 20) * SECOND;
    }
}

fn monitoring(from: i64, until: i64, conn: &mut ConnLog) {
    let mut time = from + 7 * SECOND;
    while time < until {
        for (n, to) in [RESOLVER, PROXY, "10.50.0.12"].iter().enumerate() {
            conn.about(time + n as i64 * SECOND, MONITOR, to, zeek::HTTP, 300, 900);
        }
        time += 5 * MINUTE;
    }
}
