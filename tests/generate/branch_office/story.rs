//! The intrusion, step by step, and what is true about the files.

use super::{
    ADMIN, ATTACKER, BACKUP, CONTROL, CONTROL_NAME, CRAWLER, DC, FILES, FILES_NAME, LOCKED, MONITOR,
    NEW_ACCOUNT, OFFSITE, Office, SCANNER, TUNNEL, UPDATES, VICTIM, beacon_start, guess_start, leak_start,
    look_start, network, people, rdp_start, scan_start, until,
};
use crate::File;
use crate::logs::firewall;
use crate::logs::sysmon::Process;
use crate::logs::zeek::{self, Flow};
use crate::rng::Rng;
use crate::truth::{Step, Truth, entities, flag, innocent, number, source, step};
use crate::winxml::{HEAD, Logon, TAIL};
use timberline_model::time::{HOUR, MINUTE, SECOND};

const GUESSES: u64 = 66;

pub fn files() -> Vec<File> {
    let mut office = Office::new();
    people::write(&mut office);
    network::write(&mut office);
    let story = intrusion(&mut office);
    let not_found = office.access.not_found;
    let truth = Truth {
        about: "An address scans the office, guesses a VPN password, looks around inside, logs in to the file server by remote desktop, makes an administrator, calls home and takes three gigabytes. Times UTC.".into(),
        sources: vec![
            source("auth.log.gz", "syslog", &office.auth.log),
            source("access.log.gz", "access_log", &office.access.log),
            source("conn.log.gz", "zeek_tsv", &office.conn.log),
            source("dns.log.gz", "zeek_tsv", &office.dns.log),
            source("windows-security.xml.gz", "windows_xml", &office.windows.log),
            source("sysmon.xml.gz", "windows_xml", &office.sysmon.log),
            source("firewall.log.gz", "iptables", &office.firewall),
            source("proxy.log.gz", "squid", &office.proxy),
            source("cloudtrail.json.gz", "cloudtrail", &office.cloud),
            source("mail.log.gz", "postfix", &office.mail),
            source("vpn.log.gz", "openvpn", &office.vpn.log),
        ],
        story,
        story_entities: entities(&[
            ("source.ip", ATTACKER), ("user.name", VICTIM), ("source.ip", TUNNEL), ("source.ip", FILES), ("host.name", FILES_NAME), ("destination.ip", CONTROL), ("user.name", NEW_ACCOUNT),
        ]),
        unrelated_of_ten: Some(2),
        chain_within: Some(3),
        must_flag: vec![
            flag(&[("source.ip", ATTACKER)], "high", "a scan of web server and firewall, then 66 wrong VPN passwords and a right one"),
            flag(&[("source.ip", TUNNEL)], "high", "an address of the VPN tries two ports of seventy inside systems"),
            flag(&[("source.ip", FILES), ("destination.ip", CONTROL)], "high", "the file server calls an outside address each minute that nobody else knows, and sends it three gigabytes"),
        ],
        must_not_flag: vec![
            innocent(&[("source.ip", SCANNER)], "low", "the house's own vulnerability scanner, every night at three"),
            innocent(&[("source.ip", BACKUP), ("destination.ip", OFFSITE)], "low", "the backup sends twenty gigabytes to the second site every night"),
            innocent(&[("user.name", ADMIN)], "low", "patches servers late at night, as the week before, from the usual desk"),
            innocent(&[("source.ip", CRAWLER)], "low", "a marketing crawler with old links"),
            innocent(&[("user.name", LOCKED)], "low", "an expired password and a lock, at the own desk"),
            innocent(&[("destination.ip", UPDATES)], "low", "every machine asks for updates, at even steps"),
            innocent(&[("source.ip", MONITOR)], "low", "the monitoring, noisy and even"),
        ],
        answers: vec![number("How many 404 responses were there?", not_found, "lines of access.log with status 404")],
        ..Truth::default()
    };
    vec![
        File::gzip("auth.log.gz", office.auth.log.text("", "", 1)),
        File::gzip("access.log.gz", office.access.log.text("", "", 1)),
        File::gzip("conn.log.gz", office.conn.log.text(zeek::CONN_HEAD, zeek::TAIL, 1)),
        File::gzip("dns.log.gz", office.dns.log.text(zeek::DNS_HEAD, zeek::TAIL, 1)),
        File::gzip("windows-security.xml.gz", office.windows.log.text(HEAD, TAIL, 220_700)),
        File::gzip("sysmon.xml.gz", office.sysmon.log.text(HEAD, TAIL, 81_020)),
        File::gzip("firewall.log.gz", office.firewall.text("", "", 1)),
        File::gzip("proxy.log.gz", office.proxy.text("", "", 1)),
        File::gzip("cloudtrail.json.gz", office.cloud.text("", "", 1)),
        File::gzip("mail.log.gz", office.mail.text("", "", 1)),
        File::gzip("vpn.log.gz", office.vpn.log.text("", "", 1)),
        File::json("truth.json", &truth),
    ]
}

fn intrusion(office: &mut Office) -> Vec<Step> {
    let mut rng = Rng::new(231);
    // 1: the web server's paths, and three hundred ports of the firewall.
    let scanned = office.access.scan(scan_start(), ATTACKER, 760, "Mozilla/5.0 (compatible)", &mut rng);
    let mut time = scan_start() - 4 * MINUTE;
    for n in 0..300u16 {
        firewall::packet(
            &mut office.firewall,
            time,
            "gate-01",
            false,
            ATTACKER,
            "192.0.2.30",
            20 + n * 29,
            &mut rng,
        );
        time += rng.range(200, 600) * 1_000_000;
    }
    // 2: the VPN's password of one account.
    let mut time = guess_start();
    for _ in 0..GUESSES {
        office.vpn.failure(time, VICTIM, ATTACKER, &mut rng);
        time += rng.range(18, 42) * SECOND;
    }
    let entered = time + 20 * SECOND;
    office.vpn.session(entered, VICTIM, ATTACKER, TUNNEL, 9 * 3_600, &mut rng);
    // 3: who else is here.
    let mut time = look_start();
    let mut asked = 0u64;
    for octet in 1..=70 {
        let to = format!("10.66.0.{octet}");
        for service in [zeek::SMB, zeek::RDP] {
            if to == FILES || to == DC {
                office.conn.about(time, TUNNEL, &to, service, 1_300, 1_900);
            } else {
                office.conn.tried(time, TUNNEL, &to, service);
            }
            asked += 1;
        }
        time += rng.range(3, 11) * SECOND;
    }
    let looked = time;
    // 4: remote desktop to the file server, a new account, administrator at once.
    let logon = Logon {
        computer: FILES_NAME,
        user: VICTIM,
        domain: "OFFICE",
        source: TUNNEL,
        kind: 10,
        port: 50_777,
    };
    let rdp = rdp_start();
    for n in 0..3 {
        office.windows.failure(rdp - (40 - n * 9) * SECOND, &logon, "0xc000006a");
    }
    office.conn.add(
        rdp,
        &Flow {
            from: TUNNEL,
            to: FILES,
            service: zeek::RDP,
            state: "SF",
            sent: 3_900_000,
            got: 61_000_000,
            lasts: 3 * 3_600,
        },
    );
    office.windows.success(rdp, &logon);
    let made = rdp + 9 * MINUTE;
    let subject = [
        ("SubjectUserSid", "S-1-5-21-1004336348-1177238915-682003330-1111"),
        ("SubjectUserName", VICTIM),
        ("SubjectDomainName", "OFFICE"),
        ("SubjectLogonId", "0x61c33"),
    ];
    let sid = "S-1-5-21-2000000000-1000000000-300000000-1007";
    let account = [("TargetUserName", NEW_ACCOUNT), ("TargetDomainName", "SRV-FILES"), ("TargetSid", sid)];
    office.windows.event(
        made,
        FILES_NAME,
        4720,
        13_824,
        "0x8020000000000000",
        &[&account[..], &subject[..]].concat(),
    );
    office.windows.event(
        made + 14 * SECOND,
        FILES_NAME,
        4732,
        13_826,
        "0x8020000000000000",
        &[
            &[
                ("MemberName", "-"),
                ("MemberSid", sid),
                ("TargetUserName", "Administrators"),
                ("TargetDomainName", "Builtin"),
                ("TargetSid", "S-1-5-32-544"),
            ][..],
            &subject[..],
        ]
        .concat(),
    );
    sysmon(office, made);
    // 5: home, each minute.
    let (mut time, mut beacons) = (beacon_start(), 0u64);
    let mut last = time;
    while time < until() {
        if beacons % 30 == 0 {
            office.dns.query(time - SECOND, FILES, "A", CONTROL_NAME, CONTROL);
        }
        office.conn.about(time, FILES, CONTROL, zeek::HTTPS, 520, 380);
        beacons += 1;
        last = time;
        time += 60 * SECOND + rng.range(-2_000, 2_000) * 1_000_000;
    }
    // 6: three gigabytes.
    let (mut time, mut sent) = (leak_start(), 0i64);
    for _ in 0..14 {
        let size = rng.range(190_000_000, 260_000_000);
        office.conn.add(
            time,
            &Flow {
                from: FILES,
                to: CONTROL,
                service: zeek::HTTPS,
                state: "SF",
                sent: size,
                got: 210_000,
                lasts: 140,
            },
        );
        sent += size;
        time += rng.range(150, 260) * SECOND;
    }
    vec![
        step(
            "scans the web server and the firewall",
            "access.log.gz",
            &[("source.ip", ATTACKER)],
            (scan_start() - 4 * MINUTE, scanned),
            760 + 300,
        ),
        step(
            "guesses a VPN password and gets in",
            "vpn.log.gz",
            &[("source.ip", ATTACKER), ("user.name", VICTIM)],
            (guess_start(), entered),
            GUESSES + 1,
        ),
        step(
            "looks for remote desktops and shares",
            "conn.log.gz",
            &[("source.ip", TUNNEL)],
            (look_start(), looked),
            asked,
        ),
        step(
            "logs in to the file server and makes an administrator",
            "windows-security.xml.gz",
            &[("source.ip", TUNNEL), ("user.name", VICTIM), ("host.name", FILES_NAME)],
            (rdp, made + 14 * SECOND),
            3,
        ),
        step(
            "the file server calls home each minute",
            "conn.log.gz",
            &[("source.ip", FILES), ("destination.ip", CONTROL)],
            (beacon_start(), last),
            beacons,
        ),
        step(
            &format!("sends {sent} bytes"),
            "conn.log.gz",
            &[("source.ip", FILES), ("destination.ip", CONTROL)],
            (leak_start(), time),
            14,
        ),
    ]
}

/// What runs on the file server: its services each hour, and the intruder's program.
fn sysmon(office: &mut Office, made: i64) {
    let services = "C:\\Windows\\System32\\services.exe";
    let mut time = super::from() + 3 * MINUTE;
    while time < until() {
        for (image, line) in [
            ("C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\svchost.exe -k LocalService -p"),
            (
                "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
                "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding",
            ),
            ("C:\\Program Files\\Backup\\agent.exe", "\"C:\\Program Files\\Backup\\agent.exe\" /check"),
        ] {
            office.sysmon.process(
                time,
                &Process {
                    computer: FILES_NAME,
                    user: "NT AUTHORITY\\SYSTEM",
                    image,
                    line,
                    parent: services,
                    parent_line: services,
                },
            );
            time += 7 * SECOND;
        }
        time += HOUR;
    }
    let (shell, user) = ("C:\\Windows\\System32\\cmd.exe", "OFFICE\\m.ortiz");
    for (after, image, line, parent) in [
        (-120, shell, "\"C:\\Windows\\system32\\cmd.exe\"", "C:\\Windows\\explorer.exe"),
        (-90, "C:\\Windows\\System32\\whoami.exe", "whoami /priv", shell),
        (-2, "C:\\Windows\\System32\\net.exe", "net user helpdesk2 ******** /add", shell),
        (13, "C:\\Windows\\System32\\net.exe", "net localgroup Administrators helpdesk2 /add", shell),
        (400, "C:\\ProgramData\\telemetry\\svc.exe", "C:\\ProgramData\\telemetry\\svc.exe -q", shell),
    ] {
        office.sysmon.process(
            made + after * SECOND,
            &Process { computer: FILES_NAME, user, image, line, parent, parent_line: parent },
        );
    }
}
