//! access.log of web-02's nginx, in the combined format.

use super::{ATTACKER, BALANCER, CRAWLER, OFFICE, UNTIL, scan_start, strangers};
use crate::log::{Log, clf_time, march};
use crate::rng::Rng;
use timberline_model::time::{DAY, HOUR, SECOND};

#[derive(Default)]
pub struct AccessLog {
    pub log: Log,
    /// Answers with status 404.
    pub not_found: u64,
    /// Requests of the attacker, and those answered with 404.
    pub scan: (u64, u64),
}

const BROWSERS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:134.0) Gecko/20100101 Firefox/134.0",
];
const PAGES: [&str; 14] = [
    "/",
    "/products",
    "/products/lamp",
    "/products/chair",
    "/products/table",
    "/about",
    "/contact",
    "/news",
    "/news/2026/spring",
    "/cart",
    "/checkout",
    "/account",
    "/help",
    "/search?q=lamp",
];
const ASSETS: [&str; 7] = [
    "/assets/app.css",
    "/assets/app.js",
    "/assets/logo.svg",
    "/assets/hero.webp",
    "/assets/inter.woff2",
    "/favicon.ico",
    "/api/cart",
];
const MISSING: [&str; 30] = [
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/wp-admin/",
    "/xmlrpc.php",
    "/phpmyadmin/",
    "/admin/",
    "/administrator/",
    "/backup.zip",
    "/backup.sql",
    "/db.sql",
    "/config.php.bak",
    "/server-status",
    "/actuator/env",
    "/solr/admin/",
    "/manager/html",
    "/cgi-bin/test.cgi",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/.aws/credentials",
    "/id_rsa",
    "/old/",
    "/test/",
    "/dev/",
    "/staging/",
    "/api/v1/users",
    "/api/v2/users",
    "/console/",
    "/debug/",
    "/shell.php",
    "/upload.php",
];

struct Request<'a> {
    source: &'a str,
    method: &'a str,
    path: &'a str,
    status: u16,
    bytes: i64,
    referrer: &'a str,
    agent: &'a str,
}

impl AccessLog {
    fn request(&mut self, time: i64, r: &Request<'_>) {
        if time >= UNTIL {
            return;
        }
        self.not_found += u64::from(r.status == 404);
        if r.source == ATTACKER {
            self.scan.0 += 1;
            self.scan.1 += u64::from(r.status == 404);
        }
        let Request { source, method, path, status, bytes, referrer, agent } = r;
        self.log.push(
            time,
            format!(
                "{source} - - [{}] \"{method} {path} HTTP/1.1\" {status} {bytes} \"{referrer}\" \"{agent}\"",
                clf_time(time)
            ),
        );
    }
}

pub fn write() -> AccessLog {
    let mut access = AccessLog::default();
    visitors(&mut access);
    machines(&mut access);
    scan(&mut access);
    access
}

fn visitors(access: &mut AccessLog) {
    let mut rng = Rng::new(21);
    let strangers = strangers();
    let mut time = march(1);
    while time < UNTIL {
        // Fewer by night.
        let hour = time.rem_euclid(DAY) / HOUR;
        let pause = if (7..22).contains(&hour) { 95 } else { 420 };
        time += rng.range(1, pause) * SECOND;
        let office = (8..17).contains(&hour) && rng.chance(25);
        let source = if office { OFFICE.to_owned() } else { rng.pick(&strangers).clone() };
        let agent = *rng.pick(&BROWSERS);
        let mut at = time;
        let mut referrer = "-".to_owned();
        for _ in 0..1 + rng.below(4) {
            let page = *rng.pick(&PAGES);
            let gone = rng.chance(1);
            let (status, bytes) = if gone { (404, 153) } else { (200, rng.range(2_000, 40_000)) };
            let method = if page == "/checkout" && rng.chance(40) { "POST" } else { "GET" };
            access.request(
                at,
                &Request { source: &source, method, path: page, status, bytes, referrer: &referrer, agent },
            );
            referrer = format!("https://shop.example{page}");
            for _ in 0..rng.below(4) {
                let path = *rng.pick(&ASSETS);
                let (status, bytes) = if rng.chance(45) { (304, 0) } else { (200, rng.range(300, 90_000)) };
                let r = Request {
                    source: &source,
                    method: "GET",
                    path,
                    status,
                    bytes,
                    referrer: &referrer,
                    agent,
                };
                access.request(at + rng.range(0, 2) * SECOND, &r);
            }
            at += rng.range(4, 90) * SECOND;
        }
        if rng.chance(1) {
            let r = Request {
                source: &source,
                method: "POST",
                path: "/api/cart",
                status: 502,
                bytes: 157,
                referrer: "-",
                agent,
            };
            access.request(at, &r);
        }
    }
}

/// The balancer's health check, and a crawler with old links.
fn machines(access: &mut AccessLog) {
    let mut rng = Rng::new(22);
    let mut time = march(1) + 7 * SECOND;
    while time < UNTIL {
        let r = Request {
            source: BALANCER,
            method: "GET",
            path: "/healthz",
            status: 200,
            bytes: 2,
            referrer: "-",
            agent: "balancer/2.8",
        };
        access.request(time, &r);
        time += 30 * SECOND;
    }
    let agent = "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://bot.example/)";
    let mut time = march(1) + 1_000 * SECOND;
    while time < UNTIL {
        let old = rng.chance(45);
        let path = if old {
            format!("/catalogue/{}/{}.html", 2_015 + rng.below(8), rng.below(900))
        } else {
            (*rng.pick(&PAGES)).to_owned()
        };
        let (status, bytes) = if old { (404, 153) } else { (200, rng.range(2_000, 40_000)) };
        access.request(
            time,
            &Request { source: CRAWLER, method: "GET", path: &path, status, bytes, referrer: "-", agent },
        );
        time += rng.range(60, 400) * SECOND;
    }
}

/// Missing paths, five hours before the guessing: 640 requests in seven minutes.
fn scan(access: &mut AccessLog) {
    let mut rng = Rng::new(23);
    let mut time = scan_start();
    for n in 0..640usize {
        let base = MISSING[n % MISSING.len()];
        let path = if n < MISSING.len() {
            base.to_owned()
        } else {
            format!("{}{}", base.trim_end_matches('/'), n / MISSING.len())
        };
        let (status, bytes) = match n % 97 {
            0 => (200, 4_120),
            13 => (403, 146),
            _ => (404, 153),
        };
        let agent = "Mozilla/5.0 (compatible)";
        access.request(
            time,
            &Request { source: ATTACKER, method: "GET", path: &path, status, bytes, referrer: "-", agent },
        );
        time += rng.range(200, 1_100) * 1_000_000;
    }
}
