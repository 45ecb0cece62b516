//! Numbers that belong to a person: payment cards (ISO/IEC 7812, Luhn), IBAN (ISO 13616, modulo 97), and the numbers
//! that states give. Those that are bare digits are masked only where a word beside them says what they are: one number
//! in eleven passes such a checksum by chance.

use super::Kind;
use super::addresses::pattern;
use super::find::{Span, bounded};
use regex::Regex;
use std::sync::OnceLock;

pub(super) const CARD: &str = r"\d(?:[ -]?\d){12,}";
pub(super) const IBAN: &str = r"(?i)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?";
pub(super) const SSN: &str = r"\d{3}-\d{2}-\d{4}";
/// A word, then within a few characters a number of eight to fifteen digits, perhaps in groups.
pub(super) const NAMED: &str = concat!(
    r"(?i)(ssn|social.?security|steuer.?(?:id|nummer|nr)|tax.?id|idnr|nir|s[ée]curit[ée].sociale|insee|bsn|",
    r"burgerservicenummer|nino|national.?insurance|dni|nie|codice.?fiscale|pesel|ahv|avs|passport|nhs)",
    r"[^A-Za-z0-9]{0,4}(?:number|no|nr|nummer)?[^A-Za-z0-9]{0,4}([A-Z0-9](?:[ ./-]?[A-Z0-9]){6,17})"
);

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    static CARDS: OnceLock<Option<Regex>> = OnceLock::new();
    static IBANS: OnceLock<Option<Regex>> = OnceLock::new();
    static SSNS: OnceLock<Option<Regex>> = OnceLock::new();
    static NAMES: OnceLock<Option<Regex>> = OnceLock::new();
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return;
    }
    for hit in pattern(&CARDS, CARD).into_iter().flat_map(|p| p.find_iter(text)) {
        cards(text, hit.start(), hit.end(), spans);
    }
    for hit in pattern(&IBANS, IBAN).into_iter().flat_map(|p| p.find_iter(text)) {
        // Words behind a number in groups may be taken for one more group.
        let mut end = hit.end();
        while end > hit.start() + 14 {
            if text.is_char_boundary(end)
                && bounded(text, hit.start(), end)
                && is_iban(&text[hit.start()..end])
            {
                spans.push(Span::new(hit.start(), end, Kind::NationalId));
                break;
            }
            end -= 1;
        }
    }
    for hit in pattern(&SSNS, SSN).into_iter().flat_map(|p| p.find_iter(text)) {
        if bounded(text, hit.start(), hit.end())
            && is_ssn(hit.as_str())
            && !is_part(text, hit.start(), hit.end())
        {
            spans.push(Span::new(hit.start(), hit.end(), Kind::NationalId));
        }
    }
    for hit in pattern(&NAMES, NAMED).into_iter().flat_map(|p| p.captures_iter(text)) {
        let Some(number) = hit.get(2) else { continue };
        let digits = number.as_str().bytes().filter(u8::is_ascii_digit).count();
        if digits >= 6 && bounded(text, number.start(), number.end()) {
            spans.push(Span::new(number.start(), number.end(), Kind::NationalId));
        }
    }
}

/// Cards in a run of groups of digits: other numbers may stand before and behind, a space away.
fn cards(text: &str, start: usize, end: usize, spans: &mut Vec<Span>) {
    let run = &text.as_bytes()[start..end];
    let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let starts: Vec<usize> =
        (0..run.len()).filter(|n| digit(run.get(*n)) && (*n == 0 || !digit(run.get(n - 1)))).collect();
    let ends: Vec<usize> = (1..=run.len()).filter(|n| digit(run.get(n - 1)) && !digit(run.get(*n))).collect();
    let mut from = 0;
    for s in starts {
        if s < from {
            continue;
        }
        // Nineteen digits with a space between each two are the longest.
        let found = ends.iter().filter(|e| **e >= s + 13 && **e <= s + 37).find(|e| {
            let (a, b) = (start + s, start + **e);
            bounded(text, a, b) && is_card(&text[a..b]) && !is_part(text, a, b)
        });
        if let Some(e) = found {
            spans.push(Span::new(start + s, start + e, Kind::Card));
            from = *e;
        }
    }
}

/// Whether it is a piece of something longer, such as a fraction or a serial number with dots.
fn is_part(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let joins = |c: char| matches!(c, '.' | '-' | '_');
    before.is_some_and(joins)
        || (after.next().is_some_and(joins) && after.next().is_some_and(char::is_alphanumeric))
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// A number of a card: a known issuer's first digits, its length, and the Luhn sum.
pub(super) fn is_card(text: &str) -> bool {
    let number = digits(text);
    let front = |n: usize| number.iter().take(n).fold(0, |sum, d| sum * 10 + d);
    let length = number.len();
    let issuer = match front(1) {
        4 => matches!(length, 13 | 16 | 19),
        5 => length == 16 && (51..=55).contains(&front(2)),
        2 => length == 16 && (2221..=2720).contains(&front(4)),
        3 => matches!((front(2), length), (34 | 37, 15) | (36 | 38 | 39 | 30, 14) | (35, 16)),
        6 => matches!(length, 16 | 19) && matches!(front(2), 60 | 62 | 64 | 65),
        _ => false,
    };
    let grouped = text.contains([' ', '-']);
    issuer && luhn(&number) && (!grouped || is_grouped(text))
}

/// Groups as cards have them: fours, or 4-6-5 and 4-6-4.
fn is_grouped(text: &str) -> bool {
    let sizes: Vec<usize> = text.split([' ', '-']).map(str::len).collect();
    let fours = sizes.iter().rev().skip(1).all(|n| *n == 4) && sizes.last().is_some_and(|n| *n <= 4);
    fours || matches!(sizes.as_slice(), [4, 6, 5 | 4])
}

fn luhn(number: &[u32]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(n, d)| if n % 2 == 0 { *d } else { d * 2 / 10 + d * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

/// The remainder of the rearranged number by 97 is 1.
pub(super) fn is_iban(text: &str) -> bool {
    let plain: Vec<char> =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    if !(15..=34).contains(&plain.len()) {
        return false;
    }
    let rest = plain.iter().skip(4).chain(plain.iter().take(4)).fold(0, |rest: u32, c| {
        let value = c.to_digit(36).unwrap_or(0);
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    });
    rest == 1
}

/// Groups that were never given are none.
fn is_ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [area, group, serial] => {
            !matches!(*area, "000" | "666") && !area.starts_with('9') && *group != "00" && *serial != "0000"
        }
        _ => false,
    }
}
