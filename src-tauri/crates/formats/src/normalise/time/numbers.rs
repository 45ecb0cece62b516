//! Times that are numbers: counts of some unit since some day. Which count a number is, is said by the name of
//! its column or field, by how it is wrapped, or by its size, where sizes of present times do not overlap.

use timberline_model::time::{DAY, SECOND};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Seconds, milli-, micro- or nanoseconds since 1970, told apart by size.
    Unix,
    /// 100 ns since 1601 (Windows, Active Directory).
    Filetime,
    /// 100 ns since the year 1 (.NET).
    Ticks,
    /// Microseconds since 1601 (Chrome, WebKit).
    WebKit,
    /// Seconds since 2001 (Cocoa, "Mac absolute time"); large ones are nanoseconds.
    Cocoa,
    /// Days since 1899-12-30 (Excel, OLE).
    Ole,
    /// Seconds since 1904 (HFS+, old Macintosh).
    Hfs,
}

/// Seconds from 1601, the year 1, 1899-12-30 and 1904 to 1970, and from 1970 to 2001.
const FROM_1601: i128 = 11_644_473_600;
const FROM_YEAR_1: i128 = 62_135_596_800;
const DAYS_FROM_1899: i128 = 25_569;
const FROM_1904: i128 = 2_082_844_800;
const TO_2001: i128 = 978_307_200;

/// A decimal number in units of 10^-12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(i128);

const UNIT: i128 = 1_000_000_000_000;

impl Decimal {
    /// `-12`, `12.5`, `12,5`, `1.5327e+12`: at most 20 digits before the point, what is behind the twelfth digit
    /// after it is passed over.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, mut rest) = match text.first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let mut exponent = 0i32;
        if let Some(at) = rest.iter().position(|c| matches!(c, b'e' | b'E')) {
            exponent = std::str::from_utf8(&rest[at + 1..]).ok()?.parse().ok()?;
            rest = &rest[..at];
        }
        let point = rest.iter().position(|c| matches!(c, b'.' | b','));
        let (whole, fraction) = match point {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, b"".as_slice()),
        };
        let digits = |b: &[u8]| b.iter().all(u8::is_ascii_digit);
        if whole.is_empty() || whole.len() > 20 || !digits(whole) || !digits(fraction) || exponent.abs() > 20
        {
            return None;
        }
        let mut value = whole.iter().fold(0i128, |n, d| n * 10 + i128::from(d - b'0'));
        let kept = &fraction[..fraction.len().min(12)];
        for at in 0..12 {
            value = value * 10 + kept.get(at).map_or(0, |d| i128::from(d - b'0'));
        }
        for _ in 0..exponent.unsigned_abs() {
            value = if exponent > 0 { value.checked_mul(10)? } else { value / 10 };
        }
        Some(Self(if negative { -value } else { value }))
    }
}

impl Count {
    /// What the name of a column or a field says of the numbers in it; `None` where it says nothing.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let key: String =
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(80).collect();
        let has = |words: &[&str]| words.iter().any(|w| key.contains(w));
        if has(&["filetime", "ntdate", "win32time"]) {
            Some(Self::Filetime)
        } else if has(&["webkit", "chrometime", "chromiumtime"]) {
            Some(Self::WebKit)
        } else if has(&["cocoa", "macabsolute", "nsdate", "coredata", "cfabsolute", "appletime"]) {
            Some(Self::Cocoa)
        } else if has(&["oledate", "oadate", "oletime", "exceldate", "exceltime", "serialdate", "dateserial"])
        {
            Some(Self::Ole)
        } else if has(&["ticks"]) {
            Some(Self::Ticks)
        } else if has(&["hfstime", "hfsdate", "macclassic"]) {
            Some(Self::Hfs)
        } else {
            None
        }
    }

    /// Nanoseconds since 1970; `None` where that does not fit (before 1677, after 2262).
    #[must_use]
    pub fn ns(self, value: Decimal) -> Option<i64> {
        let v = value.0;
        let size = v.unsigned_abs() / UNIT.unsigned_abs();
        let second = i128::from(SECOND);
        let scaled = |unit: i128| v.checked_mul(unit).map(|x| x.div_euclid(UNIT));
        let ns = match self {
            // Up to 10^11 are seconds (year 5138), up to 10^14 ms, up to 10^17 us.
            Self::Unix => scaled(match size {
                0..100_000_000_000 => second,
                100_000_000_000..100_000_000_000_000 => 1_000_000,
                100_000_000_000_000..100_000_000_000_000_000 => 1_000,
                _ => 1,
            })?,
            Self::Filetime => scaled(100)? - FROM_1601 * second,
            Self::Ticks => scaled(100)? - FROM_YEAR_1 * second,
            Self::WebKit => scaled(1_000)? - FROM_1601 * second,
            Self::Cocoa => scaled(if size >= 100_000_000_000_000 { 1 } else { second })? + TO_2001 * second,
            // A spreadsheet's fraction of a day is good for milliseconds.
            Self::Ole => {
                let ms = v.checked_mul(i128::from(DAY / 1_000_000))?.checked_add(UNIT / 2)?.div_euclid(UNIT);
                ms.checked_mul(1_000_000)? - DAYS_FROM_1899 * i128::from(DAY)
            }
            Self::Hfs => scaled(second)? - FROM_1904 * second,
        };
        i64::try_from(ns).ok()
    }
}

/// A text that is a number and nothing else, or is wrapped as one kind of count: FILETIME and .NET's ticks (18
/// digits) and WebKit's microseconds (17 digits) by their size, where they lie between 2000 and 2100; FILETIME
/// and seconds since 1970 in hex; `/Date(1532703487123+0200)/`.
#[must_use]
pub fn whole(text: &[u8]) -> Option<(Count, Decimal)> {
    if let Some(hex) = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")) {
        return self::hex(hex);
    }
    if let Some(inside) = dotnet_json(text) {
        return Some((Count::Unix, ms(inside)?));
    }
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n: i128 = match text.len() {
        17 | 18 => text.iter().fold(0, |n, d| n * 10 + i128::from(d - b'0')),
        _ => return None,
    };
    let value = Decimal(n * UNIT);
    sized(n).map(|count| (count, value))
}

/// Whether a number may be seconds (or finer) since 1970 of a time between 1980 and 2100, by its size alone.
#[must_use]
pub fn plain_seconds(value: Decimal) -> bool {
    let likely = |ns: i64| (315_532_800..4_102_444_800).contains(&ns.div_euclid(SECOND));
    Count::Unix.ns(value).is_some_and(likely)
}

fn sized(n: i128) -> Option<Count> {
    match n {
        125_911_584_000_000_000..157_469_184_000_000_000 => Some(Count::Filetime),
        630_822_816_000_000_000..662_380_416_000_000_000 => Some(Count::Ticks),
        12_591_158_400_000_000..15_746_918_400_000_000 => Some(Count::WebKit),
        _ => None,
    }
}

fn hex(digits: &[u8]) -> Option<(Count, Decimal)> {
    if !matches!(digits.len(), 8 | 15 | 16) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let n = i128::from(u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
    let value = Decimal(n * UNIT);
    match digits.len() {
        8 => (1_000_000_000..2_524_608_000).contains(&n).then_some((Count::Unix, value)),
        _ => sized(n).filter(|c| *c == Count::Filetime).map(|c| (c, value)),
    }
}

/// The inside of `/Date(...)/`, with or without escaped slashes.
fn dotnet_json(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"\\").unwrap_or(text);
    let inside = text.strip_prefix(b"/Date(")?;
    inside.strip_suffix(b")/").or_else(|| inside.strip_suffix(b")\\/"))
}

/// Milliseconds since 1970 UTC; the offset that may follow only says what the writer's clock showed.
fn ms(inside: &[u8]) -> Option<Decimal> {
    let end = inside.iter().skip(1).position(|c| matches!(c, b'+' | b'-')).map_or(inside.len(), |n| n + 1);
    let value = Decimal::parse(&inside[..end])?;
    // In seconds, so that small ones are not taken for seconds themselves.
    Some(Decimal(value.0 / 1_000))
}

/// The first seconds since 1970 at which so many leap seconds more than in 1972 had passed.
const LEAPS: [i64; 27] = [
    78_796_800,
    94_694_400,
    126_230_400,
    157_766_400,
    189_302_400,
    220_924_800,
    252_460_800,
    283_996_800,
    315_532_800,
    362_793_600,
    394_329_600,
    425_865_600,
    489_024_000,
    567_993_600,
    631_152_000,
    662_688_000,
    709_948_800,
    741_484_800,
    773_020_800,
    820_454_400,
    867_715_200,
    915_148_800,
    1_136_073_600,
    1_230_768_000,
    1_341_100_800,
    1_435_708_800,
    1_483_228_800,
];

/// How many leap seconds lie between 1972 and a time in seconds since 1970. Source: IERS Bulletin C.
#[must_use]
pub fn leap_seconds(seconds: i64) -> usize {
    LEAPS.partition_point(|l| *l <= seconds)
}
