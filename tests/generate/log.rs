//! A log that is being made: lines with their times, sorted at the end, and the ways logs write times.

use flate2::{Compression, GzBuilder};
use std::io::Write;
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND, civil_from_days, rfc3339};

/// 2026-03-10T09:30:00Z: when the analyst was handed the files. Stands in the gzip headers, since a year-less
/// log takes its year from its file's date.
pub const HANDED_OVER: i64 = 1_773_135_000 * SECOND;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[derive(Default)]
pub struct Log {
    lines: Vec<(i64, String)>,
}

impl Log {
    pub fn push(&mut self, time_ns: i64, line: String) {
        self.lines.push((time_ns, line));
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The first and the last time.
    pub fn span(&self) -> (i64, i64) {
        let times = || self.lines.iter().map(|(t, _)| *t);
        (times().min().unwrap_or(0), times().max().unwrap_or(0))
    }

    /// The lines in time order; lines of the same time stay as they were pushed. `{n}` in a line becomes its number
    /// from `first_number`: a record number is known only once all are in order.
    pub fn text(mut self, head: &str, tail: &str, first_number: u64) -> String {
        self.lines.sort_by_key(|(time, _)| *time);
        let mut out = String::from(head);
        for (n, (_, line)) in self.lines.iter().enumerate() {
            match line.split_once("{n}") {
                Some((before, after)) => {
                    out.push_str(before);
                    out.push_str(&(first_number + n as u64).to_string());
                    out.push_str(after);
                }
                None => out.push_str(line),
            }
            out.push('\n');
        }
        out.push_str(tail);
        out
    }
}

/// As a gzip file with a fixed date and no name, so that the same text gives the same header.
pub fn gzip(text: &str) -> Vec<u8> {
    let mtime = u32::try_from(HANDED_OVER / SECOND).expect("before 2106");
    let mut file = GzBuilder::new().mtime(mtime).write(Vec::new(), Compression::new(9));
    file.write_all(text.as_bytes()).expect("memory");
    file.finish().expect("memory")
}

/// Midnight UTC of a day of March 2026.
pub fn march(day: i64) -> i64 {
    timberline_model::time::days_from_civil(2026, 3, 1) * DAY + (day - 1) * DAY
}

/// A time of March 2026, UTC.
pub fn at(day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    march(day) + hour * HOUR + minute * MINUTE + second * SECOND
}

fn parts(ns: i64) -> (i64, &'static str, u32, i64, i64, i64) {
    let (year, month, day) = civil_from_days(ns.div_euclid(DAY));
    let s = ns.rem_euclid(DAY) / SECOND;
    (year, MONTHS[month as usize - 1], day, s / 3600, s / 60 % 60, s % 60)
}

/// `Mar  1 00:00:05`, without a year.
pub fn syslog_time(ns: i64) -> String {
    let (_, month, day, h, m, s) = parts(ns);
    format!("{month} {day:>2} {h:02}:{m:02}:{s:02}")
}

/// `01/Mar/2026:00:00:05 +0000`.
pub fn clf_time(ns: i64) -> String {
    let (year, month, day, h, m, s) = parts(ns);
    format!("{day:02}/{month}/{year}:{h:02}:{m:02}:{s:02} +0000")
}

/// `1772323205.123456`.
pub fn epoch_time(ns: i64) -> String {
    format!("{}.{:06}", ns / SECOND, ns % SECOND / 1_000)
}

/// `2026-03-01T00:00:05.1234567Z`, as Windows writes it.
pub fn windows_time(ns: i64) -> String {
    let text = rfc3339(ns - ns % SECOND);
    format!("{}.{:07}Z", text.trim_end_matches('Z'), ns % SECOND / 100)
}
