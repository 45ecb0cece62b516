//! conn.log of a Zeek that listens inside the network and at its border.

use super::{
    ADM_WS_01, ATTACKER, BACKUP_01, CONTROL, DC_01, FILE_01, JUMP_01, OFFICE, SCAN_01, SERVERS, SPRAY_ROUNDS,
    SPRAYED, STAFF, UNTIL, WEB_02, beacon_start, fan_out_start, guess_times, spray_start, spray_success,
    strangers, success,
};
use crate::log::{Log, at, epoch_time, march};
use crate::rng::Rng;
use timberline_model::time::{HOUR, MINUTE, SECOND};

pub struct ConnLog {
    pub log: Log,
    /// Time and destination of each connection of web-02.
    pub of_web_02: Vec<(i64, String)>,
    pub beacons: u64,
    pub fan_out: Vec<(i64, String)>,
    rng: Rng,
}

pub const HEAD: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-03-01-00-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]\n";
pub const TAIL: &str = "#close\t2026-03-10-09-30-00\n";

/// Port, transport, service of what is connected to.
type Service = (u16, &'static str, &'static str);
const SSH: Service = (22, "tcp", "ssh");
const DNS: Service = (53, "udp", "dns");
const HTTPS: Service = (443, "tcp", "ssl");
const SMB: Service = (445, "tcp", "gssapi,smb");
const LDAP: Service = (389, "tcp", "ldap_tcp");
const KERBEROS: Service = (88, "tcp", "krb_tcp");
const SQL: Service = (5432, "tcp", "-");
const SMTP: Service = (25, "tcp", "smtp");
const NTP: Service = (123, "udp", "ntp");
const RDP: Service = (3389, "tcp", "rdp");

impl ConnLog {
    fn add(
        &mut self,
        time: i64,
        from: &str,
        to: &str,
        (port, transport, service): Service,
        state: &str,
        size: (i64, i64),
    ) {
        if time >= UNTIL {
            return;
        }
        if from == WEB_02 {
            self.of_web_02.push((time, to.to_owned()));
        }
        let rng = &mut self.rng;
        let uid: String = (0..17)
            .map(|_| char::from(*rng.pick(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")))
            .collect();
        let held = state == "SF" || state == "S1";
        let (sent, got) = if held { size } else { (0, 0) };
        let duration = match state {
            "SF" | "S1" => format!("{}.{:06}", rng.below(20), rng.below(1_000_000)),
            "REJ" => format!("0.{:06}", rng.below(2_000)),
            _ => "-".into(),
        };
        let history = match (state, transport) {
            ("SF", "udp") => "Dd",
            ("SF", _) => "ShADadFf",
            ("S1", _) => "ShADad",
            ("REJ", _) => "Sr",
            _ => "S",
        };
        let bytes = |n: i64| if held { n.to_string() } else { "-".to_owned() };
        let local = |ip: &str| if ip.starts_with("10.") { "T" } else { "F" };
        let service = if held { service } else { "-" };
        let packets = |n: i64| 1 + n / 900;
        let (sp, gp) = (
            packets(sent) + i64::from(held) * 3,
            if held { packets(got) + 3 } else { i64::from(state == "REJ") },
        );
        let line = format!(
            "{}\tC{uid}\t{from}\t{}\t{to}\t{port}\t{transport}\t{service}\t{duration}\t{}\t{}\t{state}\t{}\t{}\t0\t{history}\t{sp}\t{}\t{gp}\t{}\t-",
            epoch_time(time),
            1_024 + rng.below(64_000),
            bytes(sent),
            bytes(got),
            local(from),
            local(to),
            sent + sp * 40,
            got + gp * 40,
        );
        self.log.push(time, line);
    }

    fn size(&mut self, sent: i64, got: i64) -> (i64, i64) {
        (self.rng.range(sent / 2, sent * 2), self.rng.range(got / 2, got * 2))
    }
}

fn micros(rng: &mut Rng) -> i64 {
    rng.range(0, 1_000_000) * 1_000
}

pub fn write() -> ConnLog {
    let mut conn = ConnLog {
        log: Log::default(),
        of_web_02: Vec::new(),
        beacons: 0,
        fan_out: Vec::new(),
        rng: Rng::new(31),
    };
    servers(&mut conn);
    people(&mut conn);
    routines(&mut conn);
    outside(&mut conn);
    attack(&mut conn);
    conn
}

/// What servers do all day: names, directory, database, mail, clock.
fn servers(conn: &mut ConnLog) {
    let mut rng = Rng::new(32);
    for (name, address) in SERVERS {
        let mut time = march(1);
        while time < UNTIL {
            for _ in 0..4 + rng.below(6) {
                let size = conn.size(60, 180);
                conn.add(
                    time + rng.range(0, 3_600) * SECOND + micros(&mut rng),
                    address,
                    DC_01,
                    DNS,
                    "SF",
                    size,
                );
            }
            let size = conn.size(48, 48);
            conn.add(time + rng.range(0, 3_600) * SECOND, address, DC_01, NTP, "SF", size);
            if name.starts_with("web") || name == "app-01" {
                for _ in 0..3 + rng.below(6) {
                    let size = conn.size(4_000, 30_000);
                    conn.add(
                        time + rng.range(0, 3_600) * SECOND + micros(&mut rng),
                        address,
                        "10.20.0.20",
                        SQL,
                        "SF",
                        size,
                    );
                }
                if rng.chance(50) {
                    let size = conn.size(6_000, 700);
                    conn.add(time + rng.range(0, 3_600) * SECOND, address, "10.20.0.25", SMTP, "SF", size);
                }
            }
            time += HOUR;
        }
    }
}

fn people(conn: &mut ConnLog) {
    let mut rng = Rng::new(33);
    for day in 1..=10 {
        if [1, 7, 8].contains(&day) {
            continue;
        }
        for (n, (_, octet)) in STAFF.iter().enumerate() {
            let from = format!("10.20.2.{octet}");
            for _ in 0..95 + rng.below(40) {
                let time =
                    march(day) + 7 * HOUR + 20 * MINUTE + rng.range(0, 620 * 60) * SECOND + micros(&mut rng);
                let (to, service, sent, got) = match rng.below(20) {
                    0..=5 => (DC_01, DNS, 60, 200),
                    6 | 7 => (DC_01, KERBEROS, 1_500, 1_600),
                    8 => (DC_01, LDAP, 900, 4_000),
                    9..=12 => (FILE_01, SMB, 20_000, 90_000),
                    13 => (SERVERS[(n + rng.below(4) as usize) % 5].1, SSH, 6_000, 20_000),
                    14 => ("10.20.0.25", (993, "tcp", "ssl"), 3_000, 30_000),
                    _ => ("192.0.2.10", HTTPS, 3_000, 60_000),
                };
                let size = conn.size(sent, got);
                conn.add(time, &from, to, service, "SF", size);
            }
        }
    }
}

/// Regular things that look like an attack: the jump host, the backup, and the scanner on Sundays.
fn routines(conn: &mut ConnLog) {
    let mut rng = Rng::new(34);
    for day in 1..=10 {
        for hour in [6, 14] {
            for (n, (_, to)) in SERVERS.iter().enumerate().filter(|(_, (name, _))| *name != "jump-01") {
                let size = conn.size(9_000, 30_000);
                conn.add(
                    at(day, hour, 30, 0) + n as i64 * 47 * SECOND + micros(&mut rng),
                    JUMP_01,
                    to,
                    SSH,
                    "SF",
                    size,
                );
            }
            // It looks at the workstations too, twice a day.
            for (_, octet) in STAFF {
                let to = format!("10.20.2.{octet}");
                let size = conn.size(3_000, 9_000);
                let time = at(day, hour, 40, 0) + i64::from(octet) * SECOND + micros(&mut rng);
                conn.add(time, JUMP_01, &to, (5985, "tcp", "http"), "SF", size);
            }
        }
        for run in 0..8 {
            let size = conn.size(2_000_000, 40_000);
            conn.add(
                at(day, 22, 0, 5) + run * 7 * MINUTE + micros(&mut rng),
                BACKUP_01,
                WEB_02,
                SSH,
                "SF",
                size,
            );
        }
    }
    // Each 15 minutes since its password expired.
    let mut time = at(8, 20, 0, 2);
    while time < UNTIL {
        let size = conn.size(1_500, 2_000);
        conn.add(time, BACKUP_01, "10.20.0.20", SSH, "SF", size);
        time += 15 * MINUTE;
    }
    for sunday in [1, 8] {
        let mut time = at(sunday, 4, 0, 0);
        for net in 0..3u32 {
            for octet in 1..=120u32 {
                let to = format!("10.20.{net}.{octet}");
                for port in [22u16, 80, 443, 445, 3389] {
                    let known = is_host(&to) && rng.chance(60);
                    let state = if known { "SF" } else { *rng.pick(&["S0", "REJ", "S0"]) };
                    let size = conn.size(300, 900);
                    conn.add(time + micros(&mut rng), SCAN_01, &to, (port, "tcp", "-"), state, size);
                }
                time += rng.range(14, 26) * SECOND;
            }
        }
    }
}

fn is_host(address: &str) -> bool {
    SERVERS.iter().any(|(_, a)| *a == address) || [DC_01, FILE_01, ADM_WS_01].contains(&address)
}

fn outside(conn: &mut ConnLog) {
    let mut rng = Rng::new(35);
    let strangers = strangers();
    let mut time = march(1);
    while time < UNTIL {
        time += rng.range(5, 95) * SECOND + micros(&mut rng);
        let from = if rng.chance(12) { OFFICE.to_owned() } else { rng.pick(&strangers).clone() };
        let (service, state) = match rng.below(10) {
            0 | 1 => (SSH, "SF"),
            2 => ((*rng.pick(&[23, 3389, 8080, 5900, 6379]), "tcp", "-"), "S0"),
            _ => (HTTPS, "SF"),
        };
        let size = conn.size(2_500, 40_000);
        conn.add(time, &from, WEB_02, service, state, size);
    }
}

fn attack(conn: &mut ConnLog) {
    let mut rng = Rng::new(36);
    for time in guess_times().into_iter().step_by(3) {
        conn.add(time - SECOND, ATTACKER, WEB_02, SSH, "SF", (1_900, 2_600));
    }
    conn.add(success() - 2 * SECOND, ATTACKER, WEB_02, SSH, "SF", (88_000, 412_000));

    // web-02 looks around: three ports on 118 addresses it never spoke to.
    let mut time = fan_out_start();
    for net in 0..2u32 {
        for octet in 2..=60u32 {
            let to = format!("10.20.{net}.{octet}");
            if to == WEB_02 {
                continue;
            }
            for (port, service) in [(22u16, SSH), (445, SMB), (3389, RDP)] {
                let answers = is_host(&to) && (port != 22 || net == 0) && (port == 22 || net == 1);
                let state = if answers { "SF" } else { *rng.pick(&["S0", "S0", "REJ"]) };
                let at = time + micros(&mut rng);
                let size = conn.size(1_200, 1_700);
                conn.add(at, WEB_02, &to, service, state, size);
                conn.fan_out.push((at, to.clone()));
            }
            time += rng.range(9, 20) * SECOND;
        }
    }
    // The foothold's heartbeat.
    let mut time = beacon_start();
    while time < UNTIL {
        let jitter = rng.range(-1_500, 1_500) * 1_000_000;
        if time + jitter < UNTIL {
            conn.beacons += 1;
        }
        conn.add(time + jitter, WEB_02, CONTROL, HTTPS, "SF", (612, 380));
        time += MINUTE;
    }
    // Passwords tried on the administrators' workstation, and the one that fits.
    let tries = SPRAYED.len() * SPRAY_ROUNDS;
    for n in 0..tries {
        conn.add(
            spray_start() + n as i64 * 24 * SECOND - 200_000_000,
            WEB_02,
            ADM_WS_01,
            SMB,
            "SF",
            (1_400, 1_100),
        );
    }
    conn.add(spray_success() - SECOND, WEB_02, ADM_WS_01, SMB, "SF", (48_000, 1_900_000));
}
