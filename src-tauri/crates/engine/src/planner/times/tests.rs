//! What people say about time, and what it is taken to mean.

use super::*;
use timberline_model::time::{parse_rfc3339, rfc3339};

fn calendar(zone: &str) -> Calendar {
    Calendar {
        zone: DisplayZone::named(zone).unwrap(),
        first_ns: parse_rfc3339("2026-02-20").unwrap(),
        // A Tuesday.
        last_ns: parse_rfc3339("2026-03-10T12:00:00Z").unwrap(),
    }
}

fn check(question: &str, expect: &str) {
    check_in("UTC", question, expect);
}

fn check_in(zone: &str, question: &str, expect: &str) {
    let mut words = Words::of(question);
    let got = take(&mut words, &calendar(zone)).map_or("nothing".to_owned(), |w| match w.clock {
        Some(c) => format!(
            "{:02}:{:02}+{}{}",
            c.from.div_euclid(60),
            c.from.rem_euclid(60),
            c.to - c.from,
            if c.daily { " daily" } else { "" }
        ),
        None => {
            let end = |ns: Option<i64>| {
                ns.map_or("..".to_owned(), |ns| rfc3339(ns).replace(":00Z", "").replace("T00:00", ""))
            };
            format!("{} {}", end(w.range.from_ns), end(w.range.to_ns))
        }
    });
    assert_eq!(got, expect, "{question}");
}

#[test]
fn relative_words_count_from_the_last_event() {
    let end = "2026-03-10T12:00:00.000000001Z";
    check("who logged in recently?", &format!("2026-03-03T12:00 {end}"));
    check("in the last 24 hours", &format!("2026-03-09T12:00 {end}"));
    check("last 24h", &format!("2026-03-09T12:00 {end}"));
    check("over the past month", &format!("2026-02-10T12:00 {end}"));
    check("in the last two weeks", &format!("2026-02-24T12:00 {end}"));
    check("during the past week", &format!("2026-03-03T12:00 {end}"));
    check("yesterday", "2026-03-09 2026-03-10");
    check("today", "2026-03-10 2026-03-11");
    check("3 days ago", "2026-03-07 2026-03-08");
    check("this week", &format!("2026-03-09 {end}"));
    check("during the last weekend", "2026-03-07 2026-03-09");
    check("on Sunday", "2026-03-08 2026-03-09");
    check("last friday", "2026-03-06 2026-03-07");
    check("the last 10 logins", "nothing");
    check("last login of root", "nothing");
}

#[test]
fn dates_and_times_of_day_are_read_as_written() {
    check("on 10 March", "2026-03-10 2026-03-11");
    check("on March 9th at 02:13", "2026-03-09T02:13 2026-03-09T02:14");
    check("what happened on the 5th of March 2025", "2025-03-05 2025-03-06");
    check("on 24 December", "2025-12-24 2025-12-25");
    check("around 02:10 on 2026-03-10", "2026-03-10T01:40 2026-03-10T02:40");
    check("at 2026-03-10T02:13", "2026-03-10T02:13 2026-03-10T02:14");
    check("around 2 AM", "01:30+60");
    check("around 2am yesterday", "2026-03-09T01:30 2026-03-09T02:30");
    check("yesterday around 2 AM", "2026-03-09T01:30 2026-03-09T02:30");
    check("at about 2 p.m.", "13:30+60");
    check("around 2", "01:30+60");
    check("at midnight", "00:00+60");
    check("around midnight", "-1:30+60");
    check("at port 22", "nothing");
    check("in February", "2026-02-01 2026-03-01");
    check("in 2019", "2019-01-01 2020-01-01");
    check("since 2026-03-01", "2026-03-01 ..");
    check("after 5 March", "2026-03-06 ..");
    check("before March 3", ".. 2026-03-03");
    check("failures before a success", "nothing");
    check("at night", "22:00+480 daily");
}

#[test]
fn ranges_have_two_ends() {
    check("between 2026-03-01 and 2026-03-03", "2026-03-01 2026-03-04");
    check("between 2 and 4 AM", "02:00+120");
    check("between 1 and 3 PM on Sunday", "2026-03-08T13:00 2026-03-08T15:00");
    check("between 22:00 and 02:00 on 8 March", "2026-03-08T22:00 2026-03-09T02:00");
    check("from 5 March to 7 March", "2026-03-05 2026-03-08");
    check("from 02:00 to 03:30 on 2026-03-10", "2026-03-10T02:00 2026-03-10T03:30");
    check("from 10.0.0.5 to 10.0.0.6", "nothing");
    check("between 10.0.0.5 and 10.0.0.6", "nothing");
}

#[test]
fn the_zone_of_the_case_counts() {
    check_in("Europe/Madrid", "on 9 March", "2026-03-08T23:00 2026-03-09T23:00");
    check_in("Europe/Madrid", "around 2 AM on 9 March", "2026-03-09T00:30 2026-03-09T01:30");
    check_in("+05:30", "today", "2026-03-09T18:30 2026-03-10T18:30");
}
