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
fn unusual_shapes_are_understood() {
    let check = |text: &str, expect: &str| assert_eq!(read(text).as_deref(), Some(expect), "{text}");
    // ISO 8601 and what is made of it.
    check("2026-03-10T24:00:00", "2026-03-11T00:00:00Z");
    check("2026-03-10T02:13:04,5Z", "2026-03-10T02:13:04.500Z");
    check("2026-03-10T021304.25+0100", "2026-03-10T01:13:04.250Z");
    check("20260310T021304,123+0200", "2026-03-10T00:13:04.123Z");
    check("20260310T0213Z", "2026-03-10T02:13:00Z");
    check("2026-W11-2T02:13:04Z", "2026-03-10T02:13:04Z");
    check("2026W112T021304Z", "2026-03-10T02:13:04Z");
    check("2020-W53-5", "2021-01-01T00:00:00Z");
    check("2026069T021304Z", "2026-03-10T02:13:04Z");
    check("2026-03-10T02:13:04.1234567890123Z", "2026-03-10T02:13:04.123456789Z");
    check("2026-03-10T02:13:04+01", "2026-03-10T01:13:04Z");
    check("2026-03-10T02:13:04+05:30:00", "2026-03-09T20:43:04Z");
    check("2026-03-10 02:13:04.518 Z", "2026-03-10T02:13:04.518Z");
    // Zones by name.
    check("2026-03-10T02:13:04Z[UTC]", "2026-03-10T02:13:04Z");
    check("2026-07-10T02:13:04+02:00[Europe/Berlin]", "2026-07-10T00:13:04Z");
    check("2026-07-10T02:13:04[Europe/Berlin]", "2026-07-10T00:13:04Z");
    check("2026-07-10 02:13:04 America/New_York", "2026-07-10T06:13:04Z");
    check("2026-07-10 02:13:04.5 +0000 UTC", "2026-07-10T02:13:04.500Z");
    check("2026-07-10 02:13:04 GMT+2", "2026-07-10T00:13:04Z");
    check("2026-07-10 02:13:04 UTC-05:30", "2026-07-10T07:43:04Z");
    check("2026-07-10 02:13:04 JST", "2026-07-09T17:13:04Z");
    check("2026-07-10 02:13:04 NPT", "2026-07-09T20:28:04Z");
    // Mail, HTTP, ctime, JavaScript.
    check("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z");
    check("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z");
    check("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z");
    check("Tue, 02 Jan 24 03:04:05 +0100", "2024-01-02T02:04:05Z");
    check("Tue Jan  2 03:04:05 AM CET 2024", "2024-01-02T02:04:05Z");
    check("Tue Jan 02 2024 03:04:05 GMT+0100 (Central European Standard Time)", "2024-01-02T02:04:05Z");
    check("Wed Oct 11 14:32:52.123456 2000", "2000-10-11T14:32:52.123456Z");
    check("Tue 2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05Z");
    // Java, .NET, spreadsheets, people.
    check("02 Jan 2024 03:04:05,678", "2024-01-02T03:04:05.678Z");
    check("Jan 02, 2024 3:04:05 PM", "2024-01-02T15:04:05Z");
    check("Jan 2, 2024, 3:04:05\u{202f}PM", "2024-01-02T15:04:05Z");
    check("1/2/2024, 12:04:05 a. m.", "2024-01-02T00:04:05Z");
    check("1/2/2024\t3:04:05 pm", "2024-01-02T15:04:05Z");
    check("02.01.24 03:04:05", "2024-01-02T03:04:05Z");
    check("02.01.2024, 03:04:05", "2024-01-02T03:04:05Z");
    check("2 January 2024 at 15:04:05", "2024-01-02T15:04:05Z");
    check("2024/1/2 下午 03:04:05", "2024-01-02T15:04:05Z");
    check("2024年1月2日 3:04:05", "2024-01-02T03:04:05Z");
    check("2024년 1월 2일 오후 3:04:05", "2024-01-02T15:04:05Z");
    // Devices, databases, programs.
    check("*Mar 10 02:13:04.518 UTC", "2026-03-10T02:13:04.518Z");
    check(".Mar 10 2026 02:13:04.518", "2026-03-10T02:13:04.518Z");
    check("Jan  2 2024 03:04:05.678", "2024-01-02T03:04:05.678Z");
    check("10Oct2000 13:55:36", "2000-10-10T13:55:36Z");
    check("1Oct2000;3:55:36", "2000-10-01T03:55:36Z");
    check("oct/10/2000 13:55:36", "2000-10-10T13:55:36Z");
    check("oct/10 13:55:36", "2026-10-10T13:55:36Z");
    check("03-17 16:13:38.811", "2026-03-17T16:13:38.811Z");
    check("0310/021304.123456", "2026-03-10T02:13:04.123456Z");
    check("2005-06-03-15.42.50.363779", "2005-06-03T15:42:50.363779Z");
    check("02-JAN-24 03.04.05.123456 PM +01:00", "2024-01-02T14:04:05.123456Z");
    check("2024-01-02_03-04-05", "2024-01-02T03:04:05Z");
    check("2024:01:02 03:04:05", "2024-01-02T03:04:05Z");
    check("20171223-22:15:29:606", "2017-12-23T22:15:29.606Z");
    check("20171223-22:15:35:11", "2017-12-23T22:15:35.011Z");
    check("20171223-22:16:0:119", "2017-12-23T22:16:00.119Z");
    check("20240102030405.123456+060", "2024-01-02T02:04:05.123456Z");
    check("20240102030405Z", "2024-01-02T03:04:05Z");
    check("240102030405Z", "2024-01-02T03:04:05Z");
    check("20240102030405678", "2024-01-02T03:04:05.678Z");
    check("20240102 030405123", "2024-01-02T03:04:05.123Z");
    check("2024-01-02T03:04:05.000000001", "2024-01-02T03:04:05.000000001Z");
}

#[test]
fn months_and_days_have_names_in_many_languages() {
    let check = |text: &str, expect: &str| assert_eq!(read(text).as_deref(), Some(expect), "{text}");
    check("août 19 11:08:37", "2026-08-19T11:08:37Z");
    check("févr.  2 11:08:37", "2026-02-02T11:08:37Z");
    check("02 janv. 2024 03:04:05", "2024-01-02T03:04:05Z");
    check("mar. 02 janv. 2024 03:04:05", "2024-01-02T03:04:05Z");
    check("Mär  2 03:04:05", "2026-03-02T03:04:05Z");
    check("Do 2. Dez 03:04:05 CET 2010", "2010-12-02T02:04:05Z");
    check("2. Januar 2024 um 03:04:05", "2024-01-02T03:04:05Z");
    check("ene 02 03:04:05", "2026-01-02T03:04:05Z");
    check("2 de enero de 2024 3:04:05", "2024-01-02T03:04:05Z");
    check("gen  2 2024 03:04:05", "2024-01-02T03:04:05Z");
    check("02 fev 2024 03:04:05", "2024-02-02T03:04:05Z");
    check("okt 10 03:04:05", "2026-10-10T03:04:05Z");
    check("янв 02 03:04:05", "2026-01-02T03:04:05Z");
    check("dec 31 21:11:55", "2025-12-31T21:11:55Z");
}

#[test]
fn counts_are_told_by_name_by_wrapping_and_by_size() {
    let ctx = ParseContext::for_tests();
    let check = |name: &str, text: &str, expect: Option<&str>| {
        let got = ctx.named(name, text.as_bytes()).map(|s| rfc3339(s.ns));
        assert_eq!(got.as_deref(), expect, "{name} {text}");
    };
    check("x", "133486382451234567", Some("2024-01-02T03:04:05.123456700Z"));
    check("x", "0x01DA3D28585B9707", Some("2024-01-02T03:04:05.123456700Z"));
    check("x", "638397614451234567", Some("2024-01-02T03:04:05.123456700Z"));
    check("x", "13348638245123456", Some("2024-01-02T03:04:05.123456Z"));
    check("x", "/Date(1704164645123+0200)/", Some("2024-01-02T03:04:05.123Z"));
    check("x", "\\/Date(-1000)\\/", Some("1969-12-31T23:59:59Z"));
    check("x", "0x65937D25", Some("2024-01-02T03:04:05Z"));
    check("x", "999999999", Some("2001-09-09T01:46:39Z"));
    check("x", "1.704164645E+12", Some("2024-01-02T03:04:05Z"));
    check("x", "1704164645,5", Some("2024-01-02T03:04:05.500Z"));
    check("x", "1704164645123.25", Some("2024-01-02T03:04:05.123250Z"));
    check("x", "-86400", None);
    check("x", "2024", None);
    check("last_filetime", "0", None);
    check("ZCOCOATIMESTAMP", "725857445.5", Some("2024-01-02T03:04:05.500Z"));
    check("message date (cocoa)", "725857445500000000", Some("2024-01-02T03:04:05.500Z"));
    check("webkit_time", "13348638245123456", Some("2024-01-02T03:04:05.123456Z"));
    check("OLE date", "45293.1278356481", Some("2024-01-02T03:04:05Z"));
    check("Excel Date", "45293,5", Some("2024-01-02T12:00:00Z"));
    check("DateTime.Ticks", "638397614451234567", Some("2024-01-02T03:04:05.123456700Z"));
    check("hfs_time", "3787009445", Some("2024-01-02T03:04:05Z"));
    check("created", "02/01/2024 03:04:05", Some("2024-02-01T03:04:05Z"));
}

#[test]
fn unlikely_times_are_kept_and_said() {
    let ctx = ParseContext::for_tests();
    for (text, bit) in [("1970-01-01T00:00:00Z", Stamp::UNLIKELY), ("2098-01-01T00:00:00Z", Stamp::UNLIKELY)]
    {
        assert_eq!(ctx.stamp(text.as_bytes()).map(|s| s.assumed), Some(bit), "{text}");
    }
    assert_eq!(ctx.stamp(b"9999-12-31 23:59:59"), None);
    assert_eq!(ctx.counted(Count::Filetime, Decimal::parse(b"0").unwrap(), b"0"), None);
    assert_eq!(
        ctx.remarks(),
        [
            "1 time lies before 1990 (such as 1970-01-01T00:00:00Z), kept as written: was that clock ever set?",
            "1 time lies after the file's own date (such as 2098-01-01T00:00:00Z), kept as written",
            "2 times lie outside of the years 1677 to 2262 (such as \"9999-12-31 23:59:59\"); such events are undated",
        ]
    );
}

#[test]
fn letters_of_zones_are_read_by_rule() {
    let ctx = ParseContext::for_tests();
    let stamp = ctx.stamp(b"2026-07-10 02:13:04 CST").unwrap();
    assert_eq!((rfc3339(stamp.ns).as_str(), stamp.assumed), ("2026-07-10T08:13:04Z", Stamp::ZONE_ASSUMED));
    assert!(ctx.remarks()[0].starts_with("times in CST were read as US Central time (UTC-06:00)"));
    let shanghai = ParseContext::new(Some(Zone::parse("Asia/Shanghai").unwrap()), None, 0, "");
    assert_eq!(rfc3339(shanghai.stamp(b"2026-07-10 02:13:04 CST").unwrap().ns), "2026-07-09T18:13:04Z");
    assert!(shanghai.remarks().is_empty());
}

#[test]
fn times_of_day_are_undated_until_somebody_says_the_date() {
    let ctx = ParseContext::for_tests();
    assert_eq!(ctx.clock_only(b"13:55:36.789 started"), Some((None, 12)));
    for text in ["13:55", "1:2:3", "12:34:56:78:9a:bc", "13:55:36x", "13:55:36/2"] {
        assert_eq!(ctx.clock_only(text.as_bytes()), None, "{text}");
    }
    assert_eq!(ctx.learned().dateless(), 1);
    assert!(ctx.remarks()[0].contains("--date YYYY-MM-DD"));
    let day = days_from_civil(2026, 3, 10);
    let given = ParseContext::for_tests().with_date(Some(day));
    let at = |text: &str| rfc3339(given.clock_only(text.as_bytes()).unwrap().0.unwrap().ns);
    assert_eq!(at("23:59:59,5: x"), "2026-03-10T23:59:59.500Z");
    assert_eq!(at("00:00:01 x"), "2026-03-11T00:00:01Z");
    assert_eq!(at("23:59:59 late"), "2026-03-10T23:59:59Z", "a line of the day before");
    assert_eq!(at("00:00:02 +0100 x"), "2026-03-10T23:00:02Z");
    assert_eq!(at("11:00:00"), "2026-03-11T11:00:00Z");
    assert_eq!(at("10:00:00"), "2026-03-11T10:00:00Z", "an hour back is disorder");
    assert_eq!(given.year_rule().as_deref(), Some("the dates from 2026-03-10 on, given, 1 midnight passed"));
    let told = ParseContext::for_tests();
    assert!(told.date_is(b"2026-03-10 00:00:00") && !told.date_is(b"yesterday"));
    let stamp = told.clock_only(b"01:02:03").unwrap().0.unwrap();
    assert_eq!(
        (rfc3339(stamp.ns).as_str(), stamp.assumed),
        ("2026-03-10T01:02:03Z", Stamp::DATE_ASSUMED | Stamp::ZONE_ASSUMED)
    );
    assert_eq!(told.year_rule().as_deref(), Some("dates from the log's own header lines"));
}

#[test]
fn what_is_no_time_is_none() {
    for text in [
        "",
        "-",
        "2026",
        "2026-13-01 00:00:00",
        "2026-02-30",
        "2026-03-10T24:00:01",
        "2026-03-10T02:60:00",
        "2026-W54-1",
        "2026-W11-8",
        "2020-W53-9",
        "2026-03-10 10.20.30.40",
        "12:34:56:78:9a:bc",
        "20260310T9999",
        "0x1d4",
        "0x00000000000000ff",
        "123456789012345678",
        "/Date(x)/",
        "31Feb2026 10:00:00",
        "2 items",
        "set 10",
        "pro 7",
        "+02:00",
        "2026:03:10",
        "13-32 10:00:00",
        "1332/021304.5",
        "@4000000000000000+0000000",
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
fn neighbours_that_name_their_year_stand_above_the_file() {
    let reference = days_from_civil(2026, 6, 1) * DAY;
    let lines = ["2015-12-30 10:00:00", "Dec 31 10:00:00", "Jan 01 10:00:00", "2016-01-02 10:00:00"];
    let first = ParseContext::new(None, None, reference, "from the file's date");
    for line in lines {
        let _ = first.stamp(line.as_bytes());
    }
    let second = ParseContext::new(None, None, reference, "from the file's date").informed(&first.learned());
    let found: Vec<String> =
        lines.iter().map(|l| rfc3339(second.stamp(l.as_bytes()).unwrap().ns)[..10].to_owned()).collect();
    assert_eq!(found, ["2015-12-30", "2015-12-31", "2016-01-01", "2016-01-02"]);
    let rule = "2015 to 2016, from the times beside them that name their year, 1 New Year passed";
    assert_eq!(second.year_rule().as_deref(), Some(rule));
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
