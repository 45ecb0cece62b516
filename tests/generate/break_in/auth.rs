//! auth.log of eight systems, gathered by one syslog server.

use super::{
    ATTACKER, BACKUP_01, BRANCH, JUMP_01, OFFICE, SERVERS, SESSION_S, STAFF, UNTIL, guess_times, names_start,
    strangers, success,
};
use crate::log::{at, march};
use crate::rng::Rng;
use crate::sshd::{AuthLog, GUESSED, noise};
use timberline_model::time::{HOUR, MINUTE, SECOND};

/// Strangers who try long enough to be called guessers: address, day, hour, tries.
pub const BUSY_STRANGERS: [(&str, i64, i64, i64); 9] = [
    ("198.51.100.61", 1, 4, 38),
    ("192.0.2.133", 2, 23, 27),
    ("203.0.113.190", 3, 11, 64),
    ("198.51.100.88", 4, 2, 24),
    ("192.0.2.171", 5, 19, 45),
    ("198.51.100.102", 6, 7, 31),
    ("203.0.113.210", 7, 15, 22),
    ("192.0.2.158", 8, 21, 52),
    ("198.51.100.35", 9, 9, 29),
];

pub fn write() -> AuthLog {
    let mut auth = AuthLog::new(UNTIL);
    cron(&mut auth);
    administration(&mut auth);
    backups(&mut auth);
    people(&mut auth);
    outside(&mut auth);
    attack(&mut auth);
    auth
}

fn cron(auth: &mut AuthLog) {
    let mut rng = Rng::new(11);
    for (host, _) in SERVERS {
        let mut time = march(1) + 17 * MINUTE + SECOND;
        while time < UNTIL {
            auth.cron(time, host, "root", 1 + rng.range(0, 3), &mut rng);
            time += HOUR;
        }
        if host.starts_with("web") || host.starts_with("app") {
            let mut time = march(1) + SECOND;
            while time < UNTIL {
                auth.cron(time, host, "www-data", rng.range(0, 2), &mut rng);
                time += 10 * MINUTE;
            }
        }
    }
    // An administrator at the console of db-01, once.
    let time = at(4, 10, 41, 3);
    auth.line(
        time,
        "db-01",
        "login[812]: pam_unix(login:session): session opened for user root(uid=0) by LOGIN(uid=0)",
    );
    auth.line(
        time + 14 * MINUTE,
        "db-01",
        "login[812]: pam_unix(login:session): session closed for user root",
    );
}

/// The jump host logs in to everything twice a day, and root fetches the configurations at 03:10.
fn administration(auth: &mut AuthLog) {
    let mut rng = Rng::new(12);
    for day in 1..=10 {
        for (n, (host, _)) in SERVERS.iter().enumerate().filter(|(_, (h, _))| *h != "jump-01") {
            for hour in [6, 14] {
                let time = at(day, hour, 30, 0) + n as i64 * 47 * SECOND + rng.range(0, 20) * SECOND;
                let update =
                    [(8, "/usr/bin/apt-get -q update"), (31, "/usr/bin/unattended-upgrade --dry-run")];
                auth.session(
                    time,
                    host,
                    "ops",
                    JUMP_01,
                    "publickey",
                    70 + rng.range(0, 60),
                    &update,
                    &mut rng,
                );
            }
            if ["web-01", "web-02", "db-01"].contains(host) {
                let time = at(day, 3, 10, 0) + n as i64 * 9 * SECOND;
                auth.session(time, host, "root", JUMP_01, "publickey", 6 + rng.range(0, 4), &[], &mut rng);
            }
        }
    }
}

/// svc-backup fetches web-02's files each night, eight times between 22:00 and 23:00; svc-archive's password
/// expired on 8 March and its job fails each 15 minutes since.
fn backups(auth: &mut AuthLog) {
    let mut rng = Rng::new(13);
    for day in 1..=9 {
        for run in 0..8 {
            let time = at(day, 22, 0, 5) + run * 7 * MINUTE + rng.range(0, 40) * SECOND;
            auth.session(
                time,
                "web-02",
                "svc-backup",
                BACKUP_01,
                "password",
                60 + rng.range(0, 180),
                &[],
                &mut rng,
            );
        }
        for run in 0..4 {
            let time = at(day, 1, 5, 0) + run * 6 * HOUR + rng.range(0, 5) * SECOND;
            if time < at(8, 20, 0, 0) {
                auth.session(
                    time,
                    "db-01",
                    "svc-archive",
                    BACKUP_01,
                    "password",
                    200 + rng.range(0, 90),
                    &[],
                    &mut rng,
                );
            }
        }
    }
    let mut time = at(8, 20, 0, 2);
    while time < UNTIL {
        auth.guess("db-01", "svc-archive", true, BACKUP_01, &[time], &mut rng);
        time += 15 * MINUTE;
    }
}

fn people(auth: &mut AuthLog) {
    let mut rng = Rng::new(14);
    for day in 1..=10 {
        let weekend = [1, 7, 8].contains(&day);
        for (n, (user, octet)) in STAFF.iter().enumerate() {
            let times = if weekend { u64::from(rng.chance(10)) } else { 5 + rng.below(9) };
            for _ in 0..times {
                let time = march(day)
                    + 7 * HOUR
                    + 30 * MINUTE
                    + rng.range(0, 600) * MINUTE
                    + rng.range(0, 60) * SECOND;
                let host = SERVERS[(n + rng.below(4) as usize) % 5].0;
                let source = format!("10.20.2.{octet}");
                if rng.chance(4) {
                    auth.guess(host, user, true, &source, &[time - 9 * SECOND], &mut rng);
                }
                let length = 120 + rng.range(0, 5_000);
                let sudo: &[(i64, &str)] =
                    if rng.chance(12) { &[(40, "/usr/bin/systemctl status nginx")] } else { &[] };
                auth.session(time, host, user, &source, "publickey", length, sudo, &mut rng);
            }
        }
        // The branch office: many people, one address, some mistyping every morning.
        let branch = if weekend { 0 } else { 46 };
        for n in 0..branch {
            let user = BRANCH[(n + day as usize) % BRANCH.len()];
            let time =
                march(day) + 7 * HOUR + 40 * MINUTE + rng.range(0, 540) * MINUTE + rng.range(0, 60) * SECOND;
            if rng.chance(14) {
                auth.guess("web-02", user, true, OFFICE, &[time - 7 * SECOND], &mut rng);
            }
            auth.session(time, "web-02", user, OFFICE, "password", 200 + rng.range(0, 3_000), &[], &mut rng);
        }
    }
    // Judy came back from her holidays.
    let time = at(6, 9, 12, 20);
    let tries = [time, time + 6 * SECOND, time + 15 * SECOND, time + 41 * SECOND];
    auth.guess("web-01", "judy", true, "10.20.2.117", &tries, &mut rng);
    auth.session(time + 62 * SECOND, "web-01", "judy", "10.20.2.117", "password", 1_900, &[], &mut rng);
}

fn outside(auth: &mut AuthLog) {
    let mut rng = Rng::new(15);
    let strangers = strangers();
    noise(auth, "web-02", march(1), 9, &strangers, &mut rng);
    noise(auth, "web-01", march(1), 5, &strangers, &mut rng);
    for (source, day, hour, tries) in BUSY_STRANGERS {
        let mut time = at(day, hour, 3, 0) + rng.range(0, 300) * SECOND;
        for n in 0..tries {
            let user = if n % 3 == 0 { *rng.pick(&GUESSED) } else { "root" };
            auth.guess("web-02", user, user == "root", source, &[time], &mut rng);
            time += rng.range(18, 55) * SECOND;
        }
    }
}

fn attack(auth: &mut AuthLog) {
    let mut rng = Rng::new(16);
    let mut time = names_start();
    for user in GUESSED.iter().take(24) {
        auth.guess("web-02", user, false, ATTACKER, &[time], &mut rng);
        time += rng.range(38, 61) * SECOND;
    }
    // Three passwords a connection.
    for tries in guess_times().chunks(3) {
        auth.guess("web-02", "svc-backup", true, ATTACKER, tries, &mut rng);
    }
    let sudo = [
        (76, "/usr/bin/id"),
        (118, "/usr/bin/cat /etc/shadow"),
        (191, "/usr/bin/find / -name id_rsa"),
        (276, "/usr/bin/install -m 755 /tmp/.cache/agent /usr/local/sbin/logrotated"),
        (352, "/usr/bin/systemctl enable --now logrotated.service"),
    ];
    auth.session(success(), "web-02", "svc-backup", ATTACKER, "password", SESSION_S, &sudo, &mut rng);
}
