//! IPv4, IPv6 and network cards' addresses in a text, whether the case knows them or not.

use super::Kind;
use super::find::Span;
use regex::Regex;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

/// A pattern that is compiled once; one that does not compile finds nothing, and a test says so.
pub(super) fn pattern(cell: &'static OnceLock<Option<Regex>>, text: &str) -> Option<&'static Regex> {
    cell.get_or_init(|| Regex::new(text).ok()).as_ref()
}

pub(super) const V4: &str = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}";
pub(super) const V6: &str = r"[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}";
pub(super) const MAC: &str = r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}";
/// Programs whose versions look like addresses.
const PROGRAMS: &[&str] = &[
    "chrome", "chromium", "edg", "edge", "opr", "opera", "safari", "firefox", "version", "crios", "brave",
    "vivaldi", "electron",
];

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    static FOUR: OnceLock<Option<Regex>> = OnceLock::new();
    static SIX: OnceLock<Option<Regex>> = OnceLock::new();
    static CARD: OnceLock<Option<Regex>> = OnceLock::new();
    if let Some(four) = pattern(&FOUR, V4) {
        let mut from = 0;
        while let Some(hit) = four.find_at(text, from) {
            from = hit.end();
            let Ok(address) = hit.as_str().parse::<Ipv4Addr>() else {
                // `1.2.3.4` may begin at the next digit of `1111.2.3.4`.
                from = hit.start() + 1;
                continue;
            };
            if is_address_there(text, hit.start(), hit.end())
                && !stays_v4(address)
                && !is_wide(text, hit.end())
            {
                spans.push(Span::new(hit.start(), hit.end(), Kind::Address));
            }
        }
    }
    if text.contains(':')
        && let Some(six) = pattern(&SIX, V6)
    {
        for hit in six.find_iter(text) {
            if let Some((start, end)) = v6_in(text, hit.start(), hit.end()) {
                spans.push(Span::new(start, end, Kind::Address));
            }
        }
    }
    if let Some(card) = pattern(&CARD, MAC) {
        for hit in card.find_iter(text) {
            let beside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, ':' | '.'));
            let zero = hit.as_str().chars().all(|c| matches!(c, '0' | ':' | '-' | '.'))
                || hit.as_str().chars().all(|c| matches!(c, 'f' | 'F' | ':' | '-' | '.'));
            let (before, after) = (text[..hit.start()].chars().next_back(), text[hit.end()..].chars().next());
            let ends = after.is_some_and(char::is_alphanumeric);
            if !beside(before) && !ends && !zero {
                spans.push(Span::new(hit.start(), hit.end(), Kind::Mac));
            }
        }
    }
}

fn is_address_there(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let (next, second) = (after.next(), after.next());
    if before.is_some_and(|c| c.is_ascii_digit())
        || next.is_some_and(|c| c.is_ascii_digit())
        || (next == Some('.') && second.is_some_and(|c| c.is_ascii_digit()))
    {
        return false;
    }
    if before == Some('.') && text[..start - 1].ends_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    // `Chrome/124.0.0.0` is a version.
    if before == Some('/') {
        let word: String = text[..start - 1].chars().rev().take_while(char::is_ascii_alphabetic).collect();
        let word: String = word.chars().rev().collect::<String>().to_lowercase();
        return !PROGRAMS.contains(&word.as_str());
    }
    true
}

/// Whether what follows makes it a network so wide that it names nobody: `/0` to `/15`.
fn is_wide(text: &str, end: usize) -> bool {
    let Some(rest) = text[end..].strip_prefix('/') else { return false };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.len() <= 2 && digits.parse::<u8>().is_ok_and(|bits| bits < 16)
}

/// Addresses that are the same everywhere.
pub(super) fn stays_v4(address: Ipv4Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || is_mask(address)
}

/// `255.255.255.0` and the like.
fn is_mask(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    bits.leading_ones() >= 8 && bits.leading_ones() + bits.trailing_zeros() == 32
}

pub(super) fn stays_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unspecified() || address.is_multicast()
}

/// The address inside of a run of hex digits and colons, without the colons of the sentence around it.
fn v6_in(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let run = &text[start..end];
    if run.matches(':').count() < 2 {
        return None;
    }
    let trimmed = if run.ends_with(':') && !run.ends_with("::") { &run[..run.len() - 1] } else { run };
    let skipped = usize::from(trimmed.starts_with(':') && !trimmed.starts_with("::"));
    let trimmed = trimmed.get(skipped..)?;
    let address: Ipv6Addr = trimmed.parse().ok()?;
    if stays_v6(address) {
        return None;
    }
    let (start, end) = (start + skipped, start + skipped + trimmed.len());
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let beside = word(text[..start].chars().next_back()) || word(text[end..].chars().next());
    (!beside).then_some((start, end))
}
