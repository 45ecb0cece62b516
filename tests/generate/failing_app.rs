//! `fixtures/incidents/failing-application`: a database's disk fills up, its writes fail, the shop's connections run out and its pages
//! answer 500 and 503, until somebody makes room. No attack: what looks like one (people who cannot log in meanwhile, a retrying program)
//! is a consequence.

use crate::File;
use crate::log::{Log, at, march};
use crate::logs::app::{java, measure, postgres};
use crate::logs::web::{AccessLog, BROWSERS, Request};
use crate::rng::Rng;
use crate::truth::{Truth, entities, flag_during, innocent, number, source, step};
use timberline_model::time::{HOUR, MINUTE, SECOND};

const SHOP: &str = "shop-01";
const DB: &str = "db-01";
const PARTNER: &str = "198.51.100.77";
const PROBE: &str = "10.80.0.5";
const PAGES: [&str; 8] = [
    "/",
    "/products",
    "/products/41",
    "/products/87",
    "/basket",
    "/account",
    "/search?q=lamp",
    "/assets/app.js",
];
const TRACE: [&str; 6] = [
    "org.springframework.jdbc.CannotGetJdbcConnectionException: Failed to obtain JDBC Connection",
    "\tat org.springframework.jdbc.datasource.DataSourceUtils.getConnection(DataSourceUtils.java:84)",
    "\tat org.example.shop.BasketRepository.find(BasketRepository.java:51)",
    "\tat org.example.shop.BasketController.show(BasketController.java:37)",
    "Caused by: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.",
    "\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)",
];

fn full() -> i64 {
    at(9, 10, 52, 40)
}

fn mended() -> i64 {
    at(9, 12, 31, 10)
}

pub fn files() -> Vec<File> {
    let (from, until) = (march(6), at(9, 18, 0, 0));
    let mut rng = Rng::new(131);
    let people: Vec<String> = (0..120).map(|n| format!("192.0.2.{}", 100 + n)).collect();
    let (mut app, mut pg, mut metrics) = (Log::default(), Log::default(), Log::default());
    let mut web = AccessLog::new(until);
    let down = full() + 6 * MINUTE..mended();

    // People all day; while it is down most pages fail.
    let mut time = from;
    let (mut failed_pages, mut traces, mut refused_logins) = (0u64, 0u64, 0u64);
    while time < until {
        let night = !(7..22).contains(&(time / HOUR % 24));
        time += rng.range(1, if night { 110 } else { 24 }) * SECOND;
        let (who, page) = (rng.pick(&people).clone(), *rng.pick(&PAGES));
        let ill = down.contains(&time) && rng.chance(85);
        let (status, bytes) = match (ill, rng.below(200)) {
            (true, n) => (if n < 120 { 500 } else { 503 }, 1_204),
            (_, 0) => (404, 153),
            (_, 1) => (502, 157),
            (_, 2..=60) => (304, 0),
            _ => (200, rng.range(1_500, 50_000)),
        };
        web.get(time, &who, page, status, bytes, rng.pick::<&str>(&BROWSERS));
        failed_pages += u64::from(ill);
        let thread = 1 + rng.below(12);
        if ill && rng.chance(60) {
            java(
                &mut app,
                time + 30_000_000,
                "ERROR",
                thread,
                "o.e.shop.BasketController",
                "Request failed: basket could not be read",
                &TRACE,
            );
            traces += 1;
        } else if !ill && rng.chance(25) {
            java(
                &mut app,
                time,
                "INFO",
                thread,
                "o.e.shop.OrderService",
                &format!("Order {} stored in {} ms", 40_000 + rng.below(9_000), 4 + rng.below(90)),
                &[],
            );
        } else if rng.chance(2) {
            java(
                &mut app,
                time,
                "WARN",
                thread,
                "o.e.shop.PriceClient",
                &format!("Price of item {} took {} ms", rng.below(900), 800 + rng.below(900)),
                &[],
            );
        }
        // Logins: some mistype; while the database is away nobody gets in.
        if rng.chance(3) {
            let user = format!("customer{:03}", rng.below(300));
            if ill {
                java(
                    &mut app,
                    time,
                    "WARN",
                    thread,
                    "o.e.shop.security.LoginFilter",
                    &format!("Login failed for user '{user}' from {who}: user store not available"),
                    &[],
                );
                refused_logins += 1;
            } else if rng.chance(6) {
                java(
                    &mut app,
                    time,
                    "WARN",
                    thread,
                    "o.e.shop.security.LoginFilter",
                    &format!("Login failed for user '{user}' from {who}"),
                    &[],
                );
            } else {
                java(
                    &mut app,
                    time,
                    "INFO",
                    thread,
                    "o.e.shop.security.LoginFilter",
                    &format!("Login succeeded for user '{user}' from {who}"),
                    &[],
                );
            }
        }
    }
    // A partner's program asks each ten seconds, and each second while it gets errors.
    let mut time = from + 2 * SECOND;
    while time < until {
        let ill = down.contains(&time);
        let status = if ill { 503 } else { 200 };
        web.request(
            time,
            &Request {
                source: PARTNER,
                method: "POST",
                path: "/api/orders/poll",
                status,
                bytes: 310,
                agent: "partner-sync/2.1",
            },
        );
        failed_pages += u64::from(ill);
        time += if ill { 2 } else { 60 } * SECOND;
    }
    web.probe(from, 60, PROBE, "/health", 200, "watch/3.1");

    // The database: slow statements now and then, a checkpoint each 15 minutes, then no room.
    let mut time = from;
    while time < until {
        postgres(
            &mut pg,
            time,
            611,
            "@",
            "LOG",
            &format!(
                "checkpoint complete: wrote {} buffers (1.2%); 0 WAL file(s) added, 0 removed, 1 recycled",
                90 + rng.below(300)
            ),
        );
        if rng.chance(30) {
            postgres(
                &mut pg,
                time + 71 * SECOND,
                4_100 + rng.below(90),
                "shop@shop",
                "LOG",
                &format!(
                    "duration: {}.{:03} ms  statement: SELECT * FROM orders WHERE customer_id = $1",
                    1_000 + rng.below(900),
                    rng.below(1_000)
                ),
            );
        }
        time += 15 * MINUTE;
    }
    let (mut time, mut no_room) = (full(), 0u64);
    while time < mended() {
        let pid = 4_200 + rng.below(300);
        postgres(
            &mut pg,
            time,
            pid,
            "shop@shop",
            "ERROR",
            &format!(
                "could not extend file \"base/16384/{}\": No space left on device",
                24_576 + rng.below(9)
            ),
        );
        postgres(&mut pg, time, pid, "shop@shop", "HINT", "Check free disk space.");
        if time > down.start && rng.chance(70) {
            postgres(
                &mut pg,
                time + SECOND,
                pid + 1,
                "shop@shop",
                "FATAL",
                "sorry, too many clients already",
            );
        }
        no_room += 1;
        time += rng.range(3, 14) * SECOND;
    }
    let mut time = from;
    while time < until {
        let disk = if time < march(9) {
            61 + (time - from) / (8 * HOUR)
        } else if time < full() {
            70 + (time - march(9)) * 30 / (full() - march(9))
        } else if time < mended() {
            100
        } else {
            58
        };
        measure(&mut metrics, time, DB, &format!("disk used_percent={disk} mount=/var/lib/postgresql"));
        measure(
            &mut metrics,
            time + SECOND,
            DB,
            &format!("load avg1={}.{:02} cpus=4", if down.contains(&time) { 9 } else { 1 }, rng.below(100)),
        );
        measure(
            &mut metrics,
            time + 2 * SECOND,
            SHOP,
            &format!("load avg1={}.{:02} cpus=4", if down.contains(&time) { 6 } else { 0 }, rng.below(100)),
        );
        if disk >= 90 {
            measure(
                &mut metrics,
                time + 3 * SECOND,
                DB,
                &format!("WARNING disk used_percent={disk} mount=/var/lib/postgresql is above 90"),
            );
        }
        time += 5 * MINUTE;
    }
    measure(
        &mut metrics,
        mended() - 40 * SECOND,
        DB,
        "NOTICE disk mount=/var/lib/postgresql grown by 40 GiB by operator",
    );

    let truth = Truth {
        about: "A disk fills up, the database's writes fail, the shop answers 500 and 503 for an hour and a half. Nobody attacks. Times UTC.".into(),
        sources: vec![
            source("app.log.gz", "java_log", &app),
            source("access.log.gz", "access_log", &web.log),
            source("postgresql.log.gz", "postgresql", &pg),
            source("metrics.log.gz", "syslog", &metrics),
        ],
        story: vec![
            step("the disk is full", "postgresql.log.gz", &[], (full(), mended()), no_room),
            step("requests fail in the application", "app.log.gz", &[], (down.start, mended()), traces),
            step("pages answer 500 and 503", "access.log.gz", &[], (down.start, mended()), failed_pages),
            step("people cannot log in meanwhile", "app.log.gz", &[], (down.start, mended()), refused_logins),
        ],
        must_flag: vec![flag_during(&[], "low", (full(), mended()), "a hundred times the errors of any other hour, in three logs")],
        must_not_flag: vec![
            innocent(&[("source.ip", PARTNER)], "low", "a partner's program that tries again more often while it gets errors"),
            innocent(&[("source.ip", PROBE)], "low", "the house's own probe"),
        ],
        no_attack_above: Some("low".into()),
        answers: vec![number("How many 404 responses were there?", web.not_found, "lines of access.log with status 404")],
        story_entities: entities(&[]),
        ..Truth::default()
    };
    vec![
        File::gzip("app.log.gz", app.text("", "", 1)),
        File::gzip("access.log.gz", web.log.text("", "", 1)),
        File::gzip("postgresql.log.gz", pg.text("", "", 1)),
        File::gzip("metrics.log.gz", metrics.text("", "", 1)),
        File::json("truth.json", &truth),
    ]
}
