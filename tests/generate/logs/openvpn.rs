//! OpenVPN's server log with its own time stamps, as `log-append` gives it.

use crate::log::Log;
use crate::rng::Rng;
use timberline_model::time::{DAY, HOUR, SECOND, civil_from_days};

#[derive(Default)]
pub struct VpnLog {
    pub log: Log,
    pub until: i64,
}

impl VpnLog {
    pub fn new(until: i64) -> Self {
        Self { until, ..Self::default() }
    }

    fn line(&mut self, time: i64, text: &str) {
        if time >= self.until {
            return;
        }
        let (year, month, day) = civil_from_days(time.div_euclid(DAY));
        let s = time.rem_euclid(DAY) / SECOND;
        self.log.push(
            time,
            format!("{year}-{month:02}-{day:02} {:02}:{:02}:{:02} {text}", s / 3600, s / 60 % 60, s % 60),
        );
    }

    pub fn failure(&mut self, time: i64, user: &str, source: &str, rng: &mut Rng) {
        let peer = format!("{source}:{}", 1_024 + rng.below(60_000));
        self.line(
            time,
            &format!(
                "{peer} TLS: Initial packet from [AF_INET]{peer}, sid={:08x} {:08x}",
                rng.below(1 << 32),
                rng.below(1 << 32)
            ),
        );
        self.line(
            time + SECOND,
            &format!("{peer} TLS Auth Error: Auth Username/Password verification failed for peer"),
        );
        self.line(time + SECOND, &format!("{peer} SENT CONTROL [{user}]: 'AUTH_FAILED' (status=1)"));
    }

    /// A session, from which inside address it speaks, and its end.
    pub fn session(
        &mut self,
        time: i64,
        user: &str,
        source: &str,
        inside: &str,
        lasts_s: i64,
        rng: &mut Rng,
    ) {
        let peer = format!("{source}:{}", 1_024 + rng.below(60_000));
        self.line(
            time,
            &format!(
                "{peer} TLS: Initial packet from [AF_INET]{peer}, sid={:08x} {:08x}",
                rng.below(1 << 32),
                rng.below(1 << 32)
            ),
        );
        self.line(
            time + SECOND,
            &format!("{peer} TLS: Username/Password authentication succeeded for username '{user}'"),
        );
        self.line(time + SECOND, &format!("{peer} [{user}] Peer Connection Initiated with [AF_INET]{peer}"));
        self.line(
            time + 2 * SECOND,
            &format!("{user}/{peer} MULTI_sva: pool returned IPv4={inside}, IPv6=(Not enabled)"),
        );
        let mut at = time + HOUR;
        while at < time + lasts_s * SECOND {
            self.line(
                at,
                &format!(
                    "{user}/{peer} TLS: soft reset sec=3600/3600 bytes={}/-1 pkts={}/0",
                    90_000 + rng.below(9_000_000),
                    300 + rng.below(9_000)
                ),
            );
            at += HOUR;
        }
        self.line(
            time + lasts_s * SECOND,
            &format!("{user}/{peer} SIGTERM[soft,remote-exit] received, client-instance exiting"),
        );
    }
}
