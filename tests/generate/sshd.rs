//! Lines of auth.log as OpenSSH, PAM, sudo and cron write them, and a tally of the login attempts among them.

use crate::log::{Log, syslog_time};
use crate::rng::Rng;
use std::collections::BTreeMap;
use timberline_model::time::SECOND;

/// A login attempt as the tally keeps it.
#[derive(Clone)]
pub struct Attempt {
    pub time: i64,
    pub user: String,
    pub source: String,
    pub success: bool,
}

#[derive(Default)]
pub struct AuthLog {
    pub log: Log,
    pub attempts: Vec<Attempt>,
    /// No line after this.
    pub until: i64,
    pids: BTreeMap<String, u32>,
    sessions: u32,
}

impl AuthLog {
    pub fn new(until: i64) -> Self {
        Self { until, ..Self::default() }
    }

    pub fn pid(&mut self, host: &str, rng: &mut Rng) -> u32 {
        let next = self.pids.entry(host.to_owned()).or_insert(1_000 + host.len() as u32 * 97);
        *next = if *next > 4_000_000 { 1_000 } else { *next + 1 + rng.below(7) as u32 };
        *next
    }

    pub fn line(&mut self, time: i64, host: &str, rest: &str) {
        if time < self.until {
            self.log.push(time, format!("{} {host} {rest}", syslog_time(time)));
        }
    }

    fn tally(&mut self, time: i64, user: &str, source: &str, success: bool) {
        if time < self.until {
            self.attempts.push(Attempt { time, user: user.into(), source: source.into(), success });
        }
    }

    /// One connection with some wrong passwords at these times, then its end.
    pub fn guess(
        &mut self,
        host: &str,
        user: &str,
        exists: bool,
        source: &str,
        times: &[i64],
        rng: &mut Rng,
    ) {
        let (pid, port) = (self.pid(host, rng), 1_024 + rng.below(60_000));
        let Some((&first, &last)) = times.first().zip(times.last()) else { return };
        let whose =
            if exists { format!("authenticating user {user}") } else { format!("invalid user {user}") };
        if !exists {
            self.line(first, host, &format!("sshd[{pid}]: Invalid user {user} from {source} port {port}"));
        }
        for &time in times {
            let name = if exists { user.to_owned() } else { format!("invalid user {user}") };
            self.line(
                time,
                host,
                &format!("sshd[{pid}]: Failed password for {name} from {source} port {port} ssh2"),
            );
            self.tally(time, user, source, false);
        }
        self.line(
            last + SECOND,
            host,
            &format!("sshd[{pid}]: Connection closed by {whose} {source} port {port} [preauth]"),
        );
    }

    /// A login, its session of some length, and what it runs with sudo meanwhile.
    #[allow(clippy::too_many_arguments)]
    pub fn session(
        &mut self,
        time: i64,
        host: &str,
        user: &str,
        source: &str,
        method: &str,
        length_s: i64,
        sudo: &[(i64, &str)],
        rng: &mut Rng,
    ) {
        let (pid, port) = (self.pid(host, rng), 1_024 + rng.below(60_000));
        self.sessions += 1;
        let (session, uid) = (self.sessions, if user == "root" { 0 } else { 1_000 + user.len() });
        let tail = if method == "publickey" {
            let key: String = (0..43).map(|_| char::from(*rng.pick(b"ABCDEFabcdef0123456789+/"))).collect();
            format!(": ED25519 SHA256:{key}")
        } else {
            String::new()
        };
        self.line(
            time,
            host,
            &format!("sshd[{pid}]: Accepted {method} for {user} from {source} port {port} ssh2{tail}"),
        );
        self.tally(time, user, source, true);
        self.line(
            time,
            host,
            &format!(
                "sshd[{pid}]: pam_unix(sshd:session): session opened for user {user}(uid={uid}) by (uid=0)"
            ),
        );
        self.line(time, host, &format!("systemd-logind[612]: New session {session} of user {user}."));
        for (after, command) in sudo {
            let at = time + after * SECOND;
            self.line(
                at,
                host,
                &format!("sudo:  {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}"),
            );
            self.line(
                at,
                host,
                &format!(
                    "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={uid})"
                ),
            );
            self.line(at + SECOND, host, "sudo: pam_unix(sudo:session): session closed for user root");
        }
        let end = time + length_s * SECOND;
        self.line(
            end,
            host,
            &format!("sshd[{pid}]: Received disconnect from {source} port {port}:11: disconnected by user"),
        );
        self.line(end, host, &format!("sshd[{pid}]: pam_unix(sshd:session): session closed for user {user}"));
        self.line(
            end,
            host,
            &format!("systemd-logind[612]: Session {session} logged out. Waiting for processes to exit."),
        );
    }

    /// A cron job's session.
    pub fn cron(&mut self, time: i64, host: &str, user: &str, length_s: i64, rng: &mut Rng) {
        let pid = self.pid(host, rng);
        let uid = if user == "root" { 0 } else { 33 };
        self.line(
            time,
            host,
            &format!(
                "CRON[{pid}]: pam_unix(cron:session): session opened for user {user}(uid={uid}) by (uid=0)"
            ),
        );
        self.line(
            time + length_s * SECOND,
            host,
            &format!("CRON[{pid}]: pam_unix(cron:session): session closed for user {user}"),
        );
    }

    /// A line that syslog folded: the same wrong password again and again.
    pub fn repeated(&mut self, time: i64, host: &str, user: &str, source: &str, times: u32, rng: &mut Rng) {
        let (pid, port) = (self.pid(host, rng), 1_024 + rng.below(60_000));
        let text = format!("Failed password for {user} from {source} port {port} ssh2");
        self.line(time, host, &format!("sshd[{pid}]: {text}"));
        self.tally(time, user, source, false);
        self.line(
            time + 4 * SECOND,
            host,
            &format!("sshd[{pid}]: message repeated {times} times: [ {text}]"),
        );
        self.tally(time + 4 * SECOND, user, source, false);
    }
}

/// Names that strangers try.
pub const GUESSED: [&str; 40] = [
    "admin",
    "test",
    "oracle",
    "ubuntu",
    "postgres",
    "git",
    "ftpuser",
    "user",
    "guest",
    "pi",
    "deploy",
    "jenkins",
    "hadoop",
    "mysql",
    "nagios",
    "tomcat",
    "www",
    "minecraft",
    "steam",
    "vagrant",
    "ansible",
    "centos",
    "debian",
    "support",
    "operator",
    "backup",
    "web",
    "dev",
    "zabbix",
    "elastic",
    "kafka",
    "redis",
    "demo",
    "student",
    "sales",
    "info",
    "teamspeak",
    "odoo",
    "docker",
    "es",
];

/// The internet's noise on a system that faces it: strangers who try a few names and leave, about `per_hour` tries
/// an hour on average, each stranger at most a handful at a time.
pub fn noise(auth: &mut AuthLog, host: &str, from: i64, per_hour: u64, strangers: &[String], rng: &mut Rng) {
    let hour = 3_600 * SECOND;
    let mut start = from;
    while start < auth.until {
        let mut left = rng.below(per_hour * 2 + 1);
        while left > 0 {
            let source = rng.pick(strangers).clone();
            let mut time = start + rng.range(0, hour - 120 * SECOND);
            for _ in 0..(1 + rng.below(5)).min(left) {
                let root = rng.chance(35);
                let user = if root { "root" } else { *rng.pick(&GUESSED) };
                auth.guess(host, user, root, &source, &[time], rng);
                time += rng.range(2, 14) * SECOND;
                left -= 1;
            }
        }
        if rng.chance(4) {
            let source = rng.pick(strangers).clone();
            auth.repeated(start + rng.range(0, hour), host, "root", &source, 2, rng);
        }
        if rng.chance(30) {
            let (pid, source) = (auth.pid(host, rng), rng.pick(strangers).clone());
            let time = start + rng.range(0, hour);
            auth.line(
                time,
                host,
                &format!("sshd[{pid}]: error: kex_exchange_identification: Connection closed by remote host"),
            );
            auth.line(
                time,
                host,
                &format!("sshd[{pid}]: Connection closed by {source} port {}", 1_024 + rng.below(60_000)),
            );
        }
        start += hour;
    }
}
