//! A Java application's log (Spring Boot's layout, with traces), PostgreSQL's server log (`%m [%p] %q%u@%d `), and a monitoring agent's
//! measures in syslog.

use crate::log::{Log, syslog_time};
use timberline_model::time::{DAY, SECOND, civil_from_days};

fn stamp(ns: i64, between: char) -> String {
    let (year, month, day) = civil_from_days(ns.div_euclid(DAY));
    let s = ns.rem_euclid(DAY) / SECOND;
    format!(
        "{year}-{month:02}-{day:02}{between}{:02}:{:02}:{:02}.{:03}",
        s / 3600,
        s / 60 % 60,
        s % 60,
        ns % SECOND / 1_000_000
    )
}

/// One record; `trace` stands below it and belongs to it.
pub fn java(log: &mut Log, time: i64, level: &str, thread: u64, logger: &str, message: &str, trace: &[&str]) {
    let mut text = format!(
        "{}Z {level:>5} 4711 --- [shop] [nio-8080-exec-{thread}] {logger:<40} : {message}",
        stamp(time, 'T')
    );
    if !trace.is_empty() {
        text.push('\n');
    }
    for line in trace {
        text.push('\n');
        text.push_str(line);
    }
    log.push(time, text);
}

pub fn postgres(log: &mut Log, time: i64, pid: u64, who: &str, level: &str, message: &str) {
    log.push(time, format!("{} UTC [{pid}] {who} {level}:  {message}", stamp(time, ' ')));
}

/// `node-watch[411]: disk used_percent=81 mount=/var/lib/postgresql`.
pub fn measure(log: &mut Log, time: i64, host: &str, text: &str) {
    log.push(time, format!("{} {host} node-watch[411]: {text}", syslog_time(time)));
}
