//! conn.log and dns.log of Zeek, tab-separated, with the columns of its documentation (base/protocols/conn and dns).

use crate::log::{Log, epoch_time};
use crate::rng::Rng;

pub const CONN_HEAD: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-03-01-00-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]\n";
pub const DNS_HEAD: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#open\t2026-03-01-00-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool\n";
pub const TAIL: &str = "#close\t2026-03-12-00-00-00\n";

/// Port, transport, service of what is connected to.
pub type Service = (u16, &'static str, &'static str);
pub const SSH: Service = (22, "tcp", "ssh");
pub const DNS: Service = (53, "udp", "dns");
pub const HTTP: Service = (80, "tcp", "http");
pub const HTTPS: Service = (443, "tcp", "ssl");
pub const SMB: Service = (445, "tcp", "gssapi,smb");
pub const KERBEROS: Service = (88, "tcp", "krb_tcp");
pub const RDP: Service = (3389, "tcp", "rdp");

/// One connection.
pub struct Flow<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub service: Service,
    /// `SF` whole, `S0` no answer, `REJ` refused.
    pub state: &'a str,
    pub sent: i64,
    pub got: i64,
    /// Seconds; 0 for a short one by chance.
    pub lasts: i64,
}

pub struct ConnLog {
    pub log: Log,
    pub until: i64,
    rng: Rng,
}

fn uid(rng: &mut Rng) -> String {
    let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let rest: String = (0..17).map(|_| char::from(*rng.pick(letters))).collect();
    format!("C{rest}")
}

impl ConnLog {
    pub fn new(until: i64, seed: u64) -> Self {
        Self { log: Log::default(), until, rng: Rng::new(seed) }
    }

    pub fn add(&mut self, time: i64, f: &Flow<'_>) {
        if time >= self.until {
            return;
        }
        let rng = &mut self.rng;
        let time = time + rng.range(0, 1_000_000) * 1_000;
        let (port, transport, service) = f.service;
        let held = f.state == "SF";
        let (sent, got) = if held { (f.sent, f.got) } else { (0, 0) };
        let duration = match (f.state, f.lasts) {
            ("SF", 0) => format!("{}.{:06}", rng.below(20), rng.below(1_000_000)),
            ("SF", s) => format!("{s}.{:06}", rng.below(1_000_000)),
            ("REJ", _) => format!("0.{:06}", rng.below(2_000)),
            _ => "-".into(),
        };
        let history = match (f.state, transport) {
            ("SF", "udp") => "Dd",
            ("SF", _) => "ShADadFf",
            ("REJ", _) => "Sr",
            _ => "S",
        };
        let bytes = |n: i64| if held { n.to_string() } else { "-".to_owned() };
        let local = |ip: &str| if ip.starts_with("10.") { "T" } else { "F" };
        let packets = |n: i64| 1 + n / 1_200;
        let sp = packets(sent) + i64::from(held) * 3;
        let gp = if held { packets(got) + 3 } else { i64::from(f.state == "REJ") };
        let line = format!(
            "{}\t{}\t{}\t{}\t{}\t{port}\t{transport}\t{}\t{duration}\t{}\t{}\t{}\t{}\t{}\t0\t{history}\t{sp}\t{}\t{gp}\t{}\t-",
            epoch_time(time),
            uid(rng),
            f.from,
            1_024 + rng.below(64_000),
            f.to,
            if held { service } else { "-" },
            bytes(sent),
            bytes(got),
            f.state,
            local(f.from),
            local(f.to),
            sent + sp * 40,
            got + gp * 40,
        );
        self.log.push(time, line);
    }

    /// A whole connection of about these sizes, half to twice.
    pub fn about(&mut self, time: i64, from: &str, to: &str, service: Service, sent: i64, got: i64) {
        let (sent, got) = (self.rng.range(sent / 2, sent * 2), self.rng.range(got / 2, got * 2));
        self.add(time, &Flow { from, to, service, state: "SF", sent, got, lasts: 0 });
    }

    /// An attempt that was not answered or refused.
    pub fn tried(&mut self, time: i64, from: &str, to: &str, service: Service) {
        let state = if self.rng.chance(30) { "REJ" } else { "S0" };
        self.add(time, &Flow { from, to, service, state, sent: 0, got: 0, lasts: 0 });
    }
}

pub struct DnsLog {
    pub log: Log,
    pub until: i64,
    pub resolver: &'static str,
    rng: Rng,
}

impl DnsLog {
    pub fn new(until: i64, resolver: &'static str, seed: u64) -> Self {
        Self { log: Log::default(), until, resolver, rng: Rng::new(seed) }
    }

    /// A query; an empty answer is NXDOMAIN.
    pub fn query(&mut self, time: i64, from: &str, kind: &str, name: &str, answer: &str) {
        if time >= self.until {
            return;
        }
        let rng = &mut self.rng;
        let time = time + rng.range(0, 1_000_000) * 1_000;
        let number = match kind {
            "AAAA" => 28,
            "TXT" => 16,
            "PTR" => 12,
            "MX" => 15,
            _ => 1,
        };
        let (code, word) = if answer.is_empty() { (3, "NXDOMAIN") } else { (0, "NOERROR") };
        let (answers, ttls) = if answer.is_empty() { ("-", "-") } else { (answer, "300.000000") };
        let line = format!(
            "{}\t{}\t{from}\t{}\t{}\t53\tudp\t{}\t0.0{:05}\t{name}\t1\tC_INTERNET\t{number}\t{kind}\t{code}\t{word}\tF\tF\tT\tT\t0\t{answers}\t{ttls}\tF",
            epoch_time(time),
            uid(rng),
            1_024 + rng.below(64_000),
            self.resolver,
            rng.below(65_536),
            rng.below(100_000),
        );
        self.log.push(time, line);
    }
}
