//! Access log (combined) and error log of nginx, as its documentation of `log_format combined` and `error_log` gives them.

use crate::log::{Log, clf_time};
use crate::rng::Rng;
use timberline_model::time::{DAY, HOUR, SECOND, civil_from_days};

pub const BROWSERS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
];

/// Paths that scanners ask for; with a number behind, as many as wanted.
pub const MISSING: [&str; 24] = [
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/xmlrpc.php",
    "/phpmyadmin/",
    "/administrator/",
    "/backup.zip",
    "/db.sql",
    "/config.php.bak",
    "/server-status",
    "/actuator/env",
    "/solr/admin/",
    "/manager/html",
    "/cgi-bin/test.cgi",
    "/.aws/credentials",
    "/id_rsa",
    "/old/",
    "/staging/",
    "/api/v1/users",
    "/console/",
    "/debug/",
    "/shell.php",
    "/vendor/composer/installed.json",
    "/.svn/entries",
];

/// A request, as the access log tells it.
pub struct Request<'a> {
    pub source: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub bytes: i64,
    pub agent: &'a str,
}

#[derive(Default)]
pub struct AccessLog {
    pub log: Log,
    pub until: i64,
    /// Answers with 404, and with 500 and more.
    pub not_found: u64,
    pub errors: u64,
}

impl AccessLog {
    pub fn new(until: i64) -> Self {
        Self { until, ..Self::default() }
    }

    pub fn request(&mut self, time: i64, r: &Request<'_>) {
        if time >= self.until {
            return;
        }
        self.not_found += u64::from(r.status == 404);
        self.errors += u64::from(r.status >= 500);
        let Request { source, method, path, status, bytes, agent } = r;
        self.log.push(
            time,
            format!(
                "{source} - - [{}] \"{method} {path} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\"",
                clf_time(time)
            ),
        );
    }

    pub fn get(&mut self, time: i64, source: &str, path: &str, status: u16, bytes: i64, agent: &str) {
        self.request(time, &Request { source, method: "GET", path, status, bytes, agent });
    }

    /// People from these addresses, from `from` to the log's end: fewer by night, `pause` seconds apart by day at most.
    pub fn visitors(&mut self, from: i64, people: &[String], pages: &[&str], pause: i64, rng: &mut Rng) {
        let mut time = from;
        while time < self.until {
            let hour = time.rem_euclid(DAY) / HOUR;
            time += rng.range(1, if (7..22).contains(&hour) { pause } else { pause * 5 }) * SECOND;
            let (source, agent) = (rng.pick(people).clone(), *rng.pick(&BROWSERS));
            let mut at = time;
            for _ in 0..1 + rng.below(4) {
                let page = *rng.pick(pages);
                let (status, bytes) = match rng.below(60) {
                    0 => (404, 153),
                    1..=12 => (304, 0),
                    _ => (200, rng.range(1_500, 40_000)),
                };
                self.get(at, &source, page, status, bytes, agent);
                at += rng.range(3, 60) * SECOND;
            }
        }
    }

    /// A crawler with old links: `percent` of them are gone.
    pub fn crawler(&mut self, from: i64, source: &str, agent: &str, percent: u64, pause: i64, rng: &mut Rng) {
        let mut time = from;
        while time < self.until {
            time += rng.range(pause / 3, pause) * SECOND;
            let path = format!("/catalogue/{}/{}.html", 2_014 + rng.below(9), rng.below(900));
            let (status, bytes) =
                if rng.chance(percent) { (404, 153) } else { (200, rng.range(2_000, 30_000)) };
            self.get(time, source, &path, status, bytes, agent);
        }
    }

    /// A probe that asks for one path at even steps.
    pub fn probe(&mut self, from: i64, step_s: i64, source: &str, path: &str, status: u16, agent: &str) {
        let mut time = from;
        while time < self.until {
            self.get(time, source, path, status, 2, agent);
            time += step_s * SECOND;
        }
    }

    /// A scanner: `count` paths that are mostly not there. Gives the last time.
    pub fn scan(&mut self, from: i64, source: &str, count: usize, agent: &str, rng: &mut Rng) -> i64 {
        let mut time = from;
        for n in 0..count {
            let base = MISSING[n % MISSING.len()];
            let path = match n / MISSING.len() {
                0 => base.to_owned(),
                round => format!("{}{round}", base.trim_end_matches('/')),
            };
            let (status, bytes) = match n % 89 {
                0 => (200, 4_120),
                13 => (403, 146),
                _ => (404, 153),
            };
            self.get(time, source, &path, status, bytes, agent);
            time += rng.range(150, 700) * 1_000_000;
        }
        time
    }
}

/// `2026/03/09 13:44:05 [error] 812#812: *31 ...`.
pub fn error_line(
    log: &mut Log,
    time: i64,
    number: u64,
    level: &str,
    text: &str,
    source: &str,
    request: &str,
) {
    let (year, month, day) = civil_from_days(time.div_euclid(DAY));
    let s = time.rem_euclid(DAY) / SECOND;
    log.push(
        time,
        format!(
            "{year}/{month:02}/{day:02} {:02}:{:02}:{:02} [{level}] 812#812: *{number} {text}, client: {source}, server: www.example.org, request: \"{request} HTTP/1.1\", host: \"www.example.org\"",
            s / 3600, s / 60 % 60, s % 60
        ),
    );
}
