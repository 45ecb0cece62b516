//! Proxy logs: Squid's native format, and the W3C extended format that says how much was sent as well as received.

use crate::log::{Log, epoch_time};
use timberline_model::time::{DAY, SECOND, civil_from_days};

pub const W3C_HEAD: &str = "#Software: SGOS 7.3.4\n#Version: 1.0\n#Date: 2026-03-02 00:00:00\n#Fields: date time time-taken c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-port cs-uri-path cs(User-Agent) sc-status s-action sc-bytes cs-bytes s-ip\n";

/// One request through the proxy.
pub struct Fetch<'a> {
    pub from: &'a str,
    pub user: &'a str,
    pub method: &'a str,
    pub host: &'a str,
    pub path: &'a str,
    pub to: &'a str,
    pub status: u16,
    /// Bytes to the client, and from it.
    pub got: i64,
    pub sent: i64,
    pub kind: &'a str,
}

/// Squid: `time elapsed client result/status bytes method URL user hierarchy/peer type`.
pub fn squid(log: &mut Log, time: i64, f: &Fetch<'_>) {
    let url = if f.method == "CONNECT" {
        format!("{}:443", f.host)
    } else {
        format!("http://{}{}", f.host, f.path)
    };
    let result = match (f.method, f.status) {
        (_, 403) => "TCP_DENIED",
        ("CONNECT", _) => "TCP_TUNNEL",
        _ => "TCP_MISS",
    };
    let peer = if f.status == 403 { "HIER_NONE/-".to_owned() } else { format!("HIER_DIRECT/{}", f.to) };
    let took = 20 + time / 1_000_000 % 700;
    let epoch = epoch_time(time);
    log.push(
        time,
        format!(
            "{} {took:>6} {} {result}/{} {} {} {url} {} {peer} {}",
            &epoch[..epoch.len() - 3],
            f.from,
            f.status,
            f.got,
            f.method,
            f.user,
            f.kind
        ),
    );
}

pub fn w3c(log: &mut Log, time: i64, f: &Fetch<'_>) {
    let (year, month, day) = civil_from_days(time.div_euclid(DAY));
    let s = time.rem_euclid(DAY) / SECOND;
    let took = 40 + f.sent / 9_000;
    let port = if f.method == "CONNECT" { 443 } else { 80 };
    let scheme = if f.method == "CONNECT" { "tcp" } else { "http" };
    log.push(
        time,
        format!(
            "{year}-{month:02}-{day:02} {:02}:{:02}:{:02} {took} {} {} {} {scheme} {} {port} {} \"Mozilla/5.0 (Windows NT 10.0; Win64; x64)\" {} TCP_TUNNELED {} {} 10.70.0.8",
            s / 3600, s / 60 % 60, s % 60, f.from, f.user, f.method, f.host, f.path, f.status, f.got, f.sent
        ),
    );
}
