//! Lines of the kernel's packet filter (netfilter's LOG target, with UFW's prefixes) in syslog.

use crate::log::{Log, syslog_time};
use crate::rng::Rng;

/// One packet: blocked, or allowed.
#[allow(clippy::too_many_arguments)]
pub fn packet(
    log: &mut Log,
    time: i64,
    host: &str,
    allowed: bool,
    from: &str,
    to: &str,
    port: u16,
    rng: &mut Rng,
) {
    let word = if allowed { "ALLOW" } else { "BLOCK" };
    let (inside, outside) = if allowed { ("eth1", "eth0") } else { ("eth0", "") };
    let uptime = time / 1_000_000_000 % 9_000_000;
    log.push(
        time,
        format!(
            "{} {host} kernel: [{uptime}.{:06}] [UFW {word}] IN={inside} OUT={outside} MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC={from} DST={to} LEN={} TOS=0x00 PREC=0x00 TTL={} ID={} PROTO=TCP SPT={} DPT={port} WINDOW={} RES=0x00 SYN URGP=0",
            syslog_time(time),
            rng.below(1_000_000),
            if allowed { 60 } else { 44 },
            48 + rng.below(12),
            rng.below(65_536),
            1_024 + rng.below(64_000),
            if allowed { 64_240 } else { 1_024 },
        ),
    );
}
