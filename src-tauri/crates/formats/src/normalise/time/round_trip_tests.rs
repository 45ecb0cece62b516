//! Thousands of instants written in each shape by `jiff` and read back: nothing is lost but what the shape
//! does not say.

use super::*;
use crate::coded::check::Dice;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// Each shape in jiff's `strftime`, and the digits of the second that it keeps.
const SHAPES: &[(&str, u32)] = &[
    ("%Y-%m-%dT%H:%M:%S%.9f%:z", 9),
    ("%Y-%m-%d %H:%M:%S,%3f %z", 3),
    ("%Y/%m/%d %H:%M:%S.%6f%z", 6),
    ("%Y%m%dT%H%M%S%z", 0),
    ("%Y%m%d %H%M%S %z", 0),
    ("%Y-%jT%H:%M:%S%:z", 0),
    ("%G-W%V-%uT%H:%M:%S%:z", 0),
    ("%GW%V%uT%H%M%S%z", 0),
    ("%a, %d %b %Y %H:%M:%S %z", 0),
    ("%A, %d-%b-%y %H:%M:%S %z", 0),
    ("%d/%b/%Y:%H:%M:%S %z", 0),
    ("%d-%b-%Y %H:%M:%S.%9f%:z", 9),
    ("%d %B %Y %H:%M:%S,%3f %z", 3),
    ("%b %d %Y %H:%M:%S.%3f %z", 3),
    ("%b %d, %Y %I:%M:%S %p %z", 0),
    ("%e %b %Y %I:%M:%S%p %z", 0),
    ("%Y-%m-%d-%H.%M.%S.%6f", 6),
    ("%d%b%Y %H:%M:%S", 0),
    ("%a %b %e %H:%M:%S %Y", 0),
    ("%a %b %e %H:%M:%S.%6f %Y", 6),
    ("%d.%m.%Y %H:%M:%S", 0),
    ("%y%m%d %H:%M:%S", 0),
    ("%Y%m%d%H%M%S", 0),
    ("%Y%m%d-%H:%M:%S:%3f", 3),
    ("%s", 0),
    ("%s.%9f", 9),
];

#[test]
fn every_shape_goes_there_and_back() {
    let mut dice = Dice(20_260_310);
    for (shape, digits) in SHAPES {
        let zoned = shape.contains('z');
        for _ in 0..400 {
            // 2001-09-10 to 2049, as seconds since 1970 of ten digits.
            let seconds = 1_000_080_000 + dice.roll(1_520_000_000) as i64;
            let nanos = dice.roll(1_000_000_000) as i32;
            let offset =
                if zoned { (dice.roll(25) as i32 - 12) * 3600 + dice.roll(4) as i32 * 900 } else { 0 };
            let at = Timestamp::new(seconds, nanos).unwrap();
            let zone = TimeZone::fixed(Offset::from_seconds(offset).unwrap());
            let text = Zoned::new(at, zone).strftime(shape).to_string();
            // `%.9f` writes the point too; a colon before milliseconds is not jiff's.
            let keep = 10i32.pow(9 - digits);
            let expect = seconds * SECOND + i64::from(nanos / keep * keep);
            let got = ParseContext::for_tests().stamp(text.trim().as_bytes());
            assert_eq!(got.map(|s| s.ns), Some(expect), "{shape}: {text}");
        }
    }
}

#[test]
fn local_times_agree_with_jiff_in_every_hour_of_the_years_of_change() {
    for name in
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Caracas"]
    {
        let ctx = ParseContext::new(Some(Zone::parse(name).unwrap()), None, 0, "");
        let zone = TimeZone::get(name).unwrap();
        let mut dice = Dice(7);
        for hour in 0..9_000 {
            let local = 1_451_606_400 + hour * 3_600 + dice.roll(3_600) as i64;
            let civil = Timestamp::from_second(local).unwrap().to_zoned(TimeZone::UTC).datetime();
            let ambiguous = zone.to_ambiguous_timestamp(civil);
            let expect = match ambiguous.offset() {
                jiff::tz::AmbiguousOffset::Unambiguous { offset } => offset,
                jiff::tz::AmbiguousOffset::Gap { before, .. }
                | jiff::tz::AmbiguousOffset::Fold { before, .. } => before,
            };
            let got = ctx.stamp(civil.strftime("%Y-%m-%d %H:%M:%S").to_string().as_bytes()).unwrap();
            assert_eq!(got.ns, (local - i64::from(expect.seconds())) * SECOND, "{name} {civil}");
        }
    }
}

#[test]
fn anything_at_all_is_read_or_is_none() {
    const PIECES: [&str; 24] = [
        "2026",
        "-",
        ":",
        "10",
        "Mar",
        " ",
        "T",
        "Z",
        "+01:00",
        ".123",
        "@40000000",
        "/",
        "W11",
        "PM",
        "UTC",
        "août",
        "年",
        "[",
        "0x",
        "E",
        "Date(",
        "24:00:00",
        "99999999999",
        "\u{202f}",
    ];
    let mut dice = Dice(99);
    let ctx = ParseContext::for_tests();
    for _ in 0..200_000 {
        let text: String = (0..dice.roll(9)).map(|_| PIECES[dice.roll(PIECES.len())]).collect();
        let mut bytes = text.into_bytes();
        if dice.roll(4) == 0 && !bytes.is_empty() {
            bytes.truncate(dice.roll(bytes.len()));
        }
        let _ = (ctx.stamp(&bytes), ctx.named("webkit", &bytes), ctx.clock_only(&bytes));
        if let Some((_, len)) = ctx.prefix(&bytes) {
            assert!(len <= bytes.len(), "{bytes:?}");
        }
    }
}
