//! What network devices put between a syslog header and their message, or instead of a header: sequence numbers, their
//! own name, their own clock (with a star or a dot where it is not in step), or the time since they were switched on.

use crate::ParseContext;
use crate::normalise::time::shapes;
use crate::said::cisco::mark;
use memchr::{memchr, memchr_iter, memmem};
use timberline_model::Stamp;

/// What was found before a device's message.
#[derive(Debug, Default)]
pub struct Lead<'a> {
    /// The device's own time; none where the device says that its clock is not set and the header has a time.
    pub time: Option<Stamp>,
    /// What the device calls itself.
    pub host: &'a [u8],
    /// The message, from its mark on.
    pub message: &'a [u8],
}

/// The mark (`%ASA-6-302013`) stands within so many bytes.
const REACH: usize = 160;

/// Takes what stands before a device's message apart; `None` where there is no such message. `dated` says that the
/// header before it has a time.
pub fn lead<'a>(b: &'a [u8], dated: bool, ctx: &ParseContext) -> Option<Lead<'a>> {
    if let Some(found) = meraki(b, ctx) {
        return Some(found);
    }
    let end = message_start(b)?;
    let mut rest = &b[..end];
    let mut found = Lead { message: &b[end..], ..Lead::default() };
    let mut unset = false;
    // Number, name, time and zone in any order, each at most once or twice.
    for _ in 0..8 {
        rest = rest.trim_ascii_start();
        let Some(first) = rest.first() else { return Some(found) };
        match first {
            b':' | b'-' | b'.' => rest = &rest[1..],
            b'*' => {
                unset = true;
                rest = &rest[1..];
            }
            _ => {
                if let Some(len) = sequence(rest).or_else(|| uptime(rest)) {
                    rest = &rest[len..];
                } else if unset && (dated || rest.starts_with(b"Mar  1 ")) {
                    // 1 March is where clocks that nobody set begin to count.
                    rest = zone(&rest[shapes::at_start(rest)?.len..]);
                } else if let Some((time, len)) = stamp(rest, ctx) {
                    found.time = Some(time);
                    rest = zone(&rest[len..]);
                } else {
                    let len = rest.iter().position(|c| matches!(c, b' ' | b'\t')).unwrap_or(rest.len());
                    let word = rest[..len].strip_suffix(b":").unwrap_or(&rest[..len]);
                    let named = !found.host.is_empty() || !word.iter().any(u8::is_ascii_alphanumeric);
                    if named || word.len() > 253 {
                        return None;
                    }
                    found.host = word;
                    rest = &rest[len..];
                }
            }
        }
    }
    None
}

/// Whether a message may have such a lead: only then is it looked for.
pub fn may_lead(message: &[u8]) -> bool {
    match message.first() {
        Some(b'0'..=b'9' | b':' | b'*' | b'.') => true,
        Some(b'A'..=b'Z') => shapes::month_name(message).is_some(),
        _ => false,
    }
}

/// Where the message begins: at its mark, or at `last message repeated`, which has none.
fn message_start(b: &[u8]) -> Option<usize> {
    let reach = &b[..b.len().min(REACH)];
    let marked = memchr_iter(b'%', reach).find(|at| mark::mark(&b[*at..]).is_some());
    marked.or_else(|| memmem::find(reach, b"last message repeated "))
}

/// `585917: `
fn sequence(b: &[u8]) -> Option<usize> {
    let run = b.iter().take(12).take_while(|c| c.is_ascii_digit()).count();
    (run > 0 && run < 12 && b[run..].starts_with(b": ")).then_some(run + 1)
}

/// `1w2d: `, `2d03h: `, `1y4w: `, `00:00:46: `: since the device was switched on, so no time of day.
fn uptime(b: &[u8]) -> Option<usize> {
    let len = memchr(b':', &b[..b.len().min(12)])?;
    let word = &b[..len];
    let units = word.iter().filter(|c| matches!(c, b'y' | b'w' | b'd' | b'h')).count();
    let digits = word.iter().filter(|c| c.is_ascii_digit()).count();
    if units >= 1 && digits >= units && units + digits == word.len() && word[0].is_ascii_digit() {
        return Some(len);
    }
    let clock = b.get(..8)?;
    let shaped = clock.iter().enumerate().all(|(n, c)| match n {
        2 | 5 => *c == b':',
        _ => c.is_ascii_digit(),
    });
    (shaped && b.get(8) == Some(&b':')).then_some(8)
}

/// A time, also `2023 May  2 12:55:19.206` as NX-OS writes it; without the zone.
fn stamp(b: &[u8], ctx: &ParseContext) -> Option<(Stamp, usize)> {
    let year = b.get(..5).filter(|y| y[..4].iter().all(u8::is_ascii_digit) && y[4] == b' ');
    let Some(year) = year else { return ctx.prefix(b) };
    let (_, name) = shapes::month_name(&b[5..])?;
    // Month and day, then the year, then the clock with its zone: the order that is read elsewhere.
    let date = 5 + name + b[5 + name..].iter().take_while(|c| **c == b' ' || c.is_ascii_digit()).count();
    let hour = b[..date].iter().rposition(|c| *c == b' ')?;
    let mut text = [0u8; 64];
    let mut len = 0;
    for part in [&b[5..hour], b" ".as_slice(), &year[..4], &b[hour..b.len().min(hour + 32)]] {
        text.get_mut(len..len + part.len())?.copy_from_slice(part);
        len += part.len();
    }
    let (time, read) = ctx.prefix(&text[..len])?;
    Some((time, read))
}

/// Whether a word is the name of a zone.
pub fn zone_name(word: &[u8]) -> bool {
    (2..=5).contains(&word.len())
        && word.iter().all(u8::is_ascii_uppercase)
        && shapes::named_zone(word).is_some()
}

/// The name of a zone that is not among the known ones is passed over.
fn zone(b: &[u8]) -> &[u8] {
    let Some(word) = b.strip_prefix(b" ") else { return b };
    let run = word.iter().take_while(|c| c.is_ascii_uppercase()).count();
    let closed = (2..=5).contains(&run) && word.get(run) == Some(&b':');
    if closed { &word[run..] } else { b }
}

/// `1 1647479420.148681168 MX84 events ...`, as Meraki writes it with seconds since 1970.
fn meraki<'a>(b: &'a [u8], ctx: &ParseContext) -> Option<Lead<'a>> {
    let rest = b.strip_prefix(b"1 ").unwrap_or(b);
    let digits = rest.get(..11)?;
    if digits[10] != b'.' || !digits[..10].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let end = memchr(b' ', &rest[..rest.len().min(24)])?;
    let body = &rest[end + 1..];
    let host = memchr(b' ', &body[..body.len().min(254)])?;
    let message = body[host + 1..].trim_ascii_start();
    if !crate::said::cisco::meraki::kind(message) {
        return None;
    }
    Some(Lead { time: ctx.stamp(&rest[..end]), host: &body[..host], message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use timberline_model::time::rfc3339;

    #[test]
    fn what_devices_write_before_their_message_is_taken_apart() {
        let check = |text: &str, time: &str, host: &str| {
            let ctx = ParseContext::for_tests();
            let found = lead(text.as_bytes(), false, &ctx).unwrap_or_else(|| panic!("{text}"));
            let seen = found.time.map_or(String::new(), |t| rfc3339(t.ns));
            assert_eq!((seen.as_str(), String::from_utf8_lossy(found.host).as_ref()), (time, host), "{text}");
            assert!(found.message.starts_with(b"%A-6-B") || found.message.starts_with(b"last"), "{text}");
        };
        check("585917: Feb  8 04:00:47.272: %A-6-B: x", "2026-02-08T04:00:47.272Z", "");
        check("2361044: sw01: Jan  6 2022 22:11:43.398 ACDT: %A-6-B: x", "2022-01-06T11:41:43.398Z", "sw01");
        check(": 2023 May  2 12:55:19 UTC: %A-6-B: x", "2023-05-02T12:55:19Z", "");
        check("2023 May 12 12:55:19.250 UTC: %A-6-B: x", "2023-05-12T12:55:19.250Z", "");
        check("2023 May  1 22:58:09 sw %A-6-B: x", "2023-05-01T22:58:09Z", "sw");
        check(
            "192.0.2.32: 2023 Apr 27 09:36:56 UTC: last message repeated 2 times",
            "2023-04-27T09:36:56Z",
            "192.0.2.32",
        );
        check("45: *Mar  1 00:00:46.000: %A-6-B: x", "", "");
        check("000045: 00:00:46: %A-6-B: x", "", "");
        check("1w2d: %A-6-B: x", "", "");
        check("Jan 01 2020 10:00:01 fw01 : %A-6-B: x", "2020-01-01T10:00:01Z", "fw01");
        check("%A-6-B: x", "", "");
    }

    #[test]
    fn other_messages_have_no_such_lead() {
        let check = |text: &str| {
            assert!(lead(text.as_bytes(), false, &ParseContext::for_tests()).is_none(), "{text}")
        };
        check("2026 May 10 % of it");
        check("a message about 100% of %things");
        check("some words before %A-6-B: x");
        check("1 1647479420.148681168 MX84 unknown things");
        check("");
    }
}
