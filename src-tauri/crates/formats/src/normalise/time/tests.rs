//! What each shape of time means, and what happens where zone or year are missing.

use super::*;
use timberline_model::time::rfc3339;

fn read(text: &str) -> Option<String> {
    ParseContext::for_tests().stamp(text.as_bytes()).map(|s| rfc3339(s.ns))
}

#[test]
fn every_shape_is_understood() {
    let check = |text: &str, expect: &str| assert_eq!(read(text).as_deref(), Some(expect), "{text}");
    check("2026-03-10T02:13:04Z", "2026-03-10T02:13:04Z");
    check("2026-03-10T02:13:04.5+02:00", "2026-03-10T00:13:04.500Z");
    check("2026-03-10 02:13:04,123456789 -0130", "2026-03-10T03:43:04.123456789Z");
    check("2026-03-10T02:13", "2026-03-10T02:13:00Z");
    check("2026-03-10", "2026-03-10T00:00:00Z");
    check("2026-069T02:13:04", "2026-03-10T02:13:04Z");
    check("2026/03/10 02:13:04.250", "2026-03-10T02:13:04.250Z");
    check("2026-Mar-10 02:13:04", "2026-03-10T02:13:04Z");
    check("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z");
    check("10-Oct-2000 13:55:36.789", "2000-10-10T13:55:36.789Z");
    check("Oct 10 13:55:36", "2026-10-10T13:55:36Z");
    check("Oct  1 13:55:36.25", "2026-10-01T13:55:36.250Z");
    check("Oct 10 2000 13:55:36", "2000-10-10T13:55:36Z");
    check("Oct 10, 2000 1:55:36 PM", "2000-10-10T13:55:36Z");
    check("Mon Oct 10 13:55:36 2000", "2000-10-10T13:55:36Z");
    check("Mon Oct 10 13:55:36.123456 2000", "2000-10-10T13:55:36.123456Z");
    check("Tue Oct 10 13:55:36 CEST 2000", "2000-10-10T11:55:36Z");
    check("Tue, 10 Oct 2000 13:55:36 -0700 (PDT)", "2000-10-10T20:55:36Z");
    check("10 Oct 2000 13:55:36 GMT", "2000-10-10T13:55:36Z");
    check("23 Jul 05:54:33.123", "2026-07-23T05:54:33.123Z");
    check("10/11/2000 1:55:36 PM", "2000-10-11T13:55:36Z");
    check("13/11/2000 12:55:36 AM", "2000-11-13T00:55:36Z");
    check("10.11.2000 13:55", "2000-11-10T13:55:00Z");
    check("10-11-2000 13:55:36", "2000-11-10T13:55:36Z");
    check("17/06/09 20:10:40", "2017-06-09T20:10:40Z");
    check("20260310 021304", "2026-03-10T02:13:04Z");
    check("20260310T021304Z", "2026-03-10T02:13:04Z");
    check("20260310021304", "2026-03-10T02:13:04Z");
    check("081109 203615", "2008-11-09T20:36:15Z");
    check("1532703487", "2018-07-27T14:58:07Z");
    check("1532703487.25", "2018-07-27T14:58:07.250Z");
    check("1532703487123", "2018-07-27T14:58:07.123Z");
    check("1532703487123456", "2018-07-27T14:58:07.123456Z");
    check("1532703487123456789", "2018-07-27T14:58:07.123456789Z");
    check("E0517 15:04:22.619632", "2026-05-17T15:04:22.619632Z");
    check("@40000000433225833b6e1a8c", "2005-09-22T03:31:05.997071500Z");
    check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    check("  2026-03-10 02:13:04 UTC ", "2026-03-10T02:13:04Z");
}

#[test]
fn what_is_no_time_is_none() {
    for text in [
        "",
        "-",
        "2026",
        "2026-13-01 00:00:00",
        "2026-02-30",
        "2026-03-10T24:00:00",
        "2026-03-10T02:60:00",
        "10.1.2.3",
        "99/99/2000 10:00:00",
        "Foo 10 13:55:36",
        "Feb 30 10:00:00",
        "123456",
        "5551234567x",
        "12:30:45",
        "1234-5678",
        "4012888888881881",
        "March of 10 men",
        "2026-03-10 02:13:04 and more",
        "1/2",
        "@4000",
        "0/0/0000 0:00:00",
        "12345-67",
        "9999-99-99",
        "2026-",
        "Mon",
        "Mon Oct",
        "\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn the_fast_ways_agree_with_the_slow_one() {
    let ctx = ParseContext::for_tests();
    for text in ["10/Oct/2000:13:55:36 -0700", "10/Oct/2000:13:55:37 -0700", "11/Oct/2000:00:00:00 +0530"] {
        assert_eq!(ctx.clf(text.as_bytes()), ctx.stamp(text.as_bytes()), "{text}");
    }
    assert_eq!(ctx.clf(b"10/Oct/2000:13:55:36 -07:0"), None);
    assert_eq!(ctx.clf(b"31/Feb/2000:13:55:36 -0700"), None);
    for text in ["Oct 10 13:55:36", "Oct  1 23:55:36", "Oct 01 23:55:36"] {
        let padded = format!("{text} host");
        assert_eq!(ctx.bsd(padded.as_bytes()).map(|x| x.0), ctx.stamp(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_prefix_stops_where_the_time_stops() {
    let check = |text: &str, len: usize| {
        let got = ParseContext::for_tests().prefix(text.as_bytes());
        assert_eq!(got.map(|x| x.1), Some(len), "{text}");
    };
    check("2026-03-10 02:13:04,123 ERROR x", 23);
    check("2026-03-10 02:13:04 -0800 INFO", 25);
    check("2026-03-10 02:13:04 -5 items", 19);
    check("2026-03-10 02:13:04 EST 2026", 23);
    check("2026-03-10 02:13:04 ERROR", 19);
    check("2015-04-24T21:08:10.313913FOO err", 26);
    check("Mon Jun  6 18:43:28 2016 [pid 2]", 24);
    check("Oct 10 13:55:36 2016 says", 15);
    check("2009-07-20 22:59:27,672:DEBUG:Hello", 23);
    assert_eq!(ParseContext::for_tests().prefix(b"2026-03-10 was a day"), None);
}

#[test]
fn zones_are_taken_and_said() {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let ctx = ParseContext::new(Some(zone), None, 0, "from the file's date");
    let at = |text: &str| rfc3339(ctx.stamp(text.as_bytes()).unwrap().ns);
    assert_eq!(at("2026-07-01 12:00:00"), "2026-07-01T10:00:00Z");
    assert_eq!(at("2026-07-01 12:30:00"), "2026-07-01T10:30:00Z");
    assert_eq!(at("2026-01-01 12:00:00"), "2026-01-01T11:00:00Z");
    assert_eq!(at("2026-01-01 12:00:00Z"), "2026-01-01T12:00:00Z");
    // Repeated hour: the first of the two. Skipped hour: as if the clocks had not moved.
    assert_eq!(at("2026-10-25 02:30:00"), "2026-10-25T00:30:00Z");
    assert_eq!(at("2026-03-29 02:30:00"), "2026-03-29T01:30:00Z");
    assert_eq!(at("2026-03-29 03:30:00"), "2026-03-29T01:30:00Z");
    assert_eq!(ctx.stamp(b"2026-07-01 12:00:00").unwrap().assumed, Stamp::ZONE_ASSUMED);
    assert_eq!(ctx.zone_text(), "Europe/Berlin, given");
    assert_eq!(ctx.remarks().len(), 1);
    assert!(Zone::parse("Mars/Olympus").is_err());
    assert_eq!(Zone::parse("-03:30").unwrap().to_utc(0), Some(12_600 * SECOND));
    assert_eq!(Zone::parse("+2").unwrap().to_utc(0), Some(-7_200 * SECOND));
}

fn years(reference: (i64, u32, u32), dates: &[&str]) -> Vec<i64> {
    let reference = days_from_civil(reference.0, reference.1, reference.2) * DAY;
    let all = |ctx: &ParseContext| -> Vec<Option<Stamp>> {
        dates.iter().map(|d| ctx.stamp(format!("{d} 12:00:00").as_bytes())).collect()
    };
    let first = ParseContext::new(None, None, reference, "from the file's date");
    all(&first);
    let second = ParseContext::new(None, None, reference, "from the file's date").informed(&first.learned());
    let found = all(&second);
    let year = |s: &Stamp| timberline_model::time::civil_from_days(s.ns.div_euclid(DAY)).0;
    found.iter().map(|s| s.as_ref().map_or(0, year)).collect()
}

#[test]
fn years_are_anchored_on_the_file_and_walk_back() {
    assert_eq!(years((2026, 3, 10), &["Mar 09"]), [2026]);
    assert_eq!(years((2026, 3, 10), &["Mar 11"]), [2026], "a day of slack for the zone");
    assert_eq!(years((2026, 3, 10), &["Mar 13"]), [2025], "a log is not from the future");
    assert_eq!(years((2026, 1, 5), &["Dec 30", "Dec 31", "Jan 01"]), [2025, 2025, 2026]);
    assert_eq!(years((2026, 1, 5), &["Dec 31", "Jan 01", "Dec 31", "Jan 01"]), [2025, 2026, 2025, 2026]);
    assert_eq!(
        years((2026, 6, 1), &["May 20", "Mar 01", "May 21"]),
        [2026; 3],
        "less than six months is disorder"
    );
    assert_eq!(years((2026, 6, 1), &["Jan 20", "Nov 20", "May 10"]), [2025, 2025, 2026]);
    assert_eq!(years((2026, 6, 1), &["Dec 01", "Jan 01", "Dec 01", "Jan 01"]), [2024, 2025, 2025, 2026]);
    assert_eq!(years((2026, 6, 1), &["Feb 29", "Mar 01"]), [2024, 2024], "29 February needs a leap year");
    assert_eq!(years((2026, 6, 1), &["Dec 31", "Feb 29"]), [2023, 2024]);
}

#[test]
fn the_year_rule_is_said() {
    let reference = days_from_civil(2026, 1, 5) * DAY;
    let ctx = ParseContext::new(None, None, reference, "from the file's date");
    for day in ["Dec 30", "Jan 02"] {
        let _ = ctx.stamp(format!("{day} 00:00:00").as_bytes());
    }
    let told = ParseContext::new(None, None, reference, "from the file's date").informed(&ctx.learned());
    assert_eq!(told.year_rule(), None);
    for day in ["Dec 30", "Jan 02"] {
        let _ = told.stamp(format!("{day} 00:00:00").as_bytes());
    }
    assert_eq!(told.year_rule().as_deref(), Some("2025 to 2026, from the file's date, 1 New Year passed"));
    let given = ParseContext::new(None, Some(1999), reference, "from the file's date");
    let stamp = given.stamp(b"Dec 30 00:00:00").unwrap();
    assert_eq!(rfc3339(stamp.ns), "1999-12-30T00:00:00Z");
    assert_eq!(stamp.assumed, Stamp::ZONE_ASSUMED | Stamp::YEAR_ASSUMED);
    assert_eq!(given.year_rule().as_deref(), Some("1999, given"));
}

#[test]
fn the_log_shows_which_number_is_the_month() {
    let first = ParseContext::for_tests();
    let _ = first.stamp(b"03/04/2026 10:00:00");
    let _ = first.stamp(b"13/04/2026 10:00:00");
    let second = ParseContext::for_tests().informed(&first.learned());
    assert_eq!(rfc3339(second.stamp(b"03/04/2026 10:00:00").unwrap().ns), "2026-04-03T10:00:00Z");
    assert!(second.remarks().is_empty());
    let first = ParseContext::for_tests();
    let _ = first.stamp(b"03/04/2026 10:00:00");
    let second = ParseContext::for_tests().informed(&first.learned());
    assert_eq!(rfc3339(second.stamp(b"03/04/2026 10:00:00").unwrap().ns), "2026-03-04T10:00:00Z");
    assert_eq!(
        second.remarks(),
        ["dates such as 04/05/2026 were read month first; the log does not prove it"]
    );
}

#[test]
fn numbers_are_told_apart_by_size() {
    let ctx = ParseContext::for_tests();
    for (n, expect) in
        [(1_532_703_487, "07Z"), (1_532_703_487_123, "07.123Z"), (1_532_703_487_123_456, "07.123456Z")]
    {
        assert!(rfc3339(ctx.epoch(n).unwrap().ns).ends_with(expect), "{n}");
    }
    assert_eq!(rfc3339(ctx.epoch_f64(1_532_703_487.123_456).unwrap().ns), "2018-07-27T14:58:07.123456Z");
    assert_eq!(ctx.epoch_f64(f64::NAN), None);
    assert_eq!(ctx.epoch(i64::MAX).map(|s| s.ns), Some(i64::MAX));
}
