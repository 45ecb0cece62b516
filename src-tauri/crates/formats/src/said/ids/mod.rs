//! What intrusion detection writes as text: alerts of Snort and Suricata in their one-line forms, Suricata's protocol logs,
//! fingerprints of p0f, stations that arpwatch sees, packets as tcpdump prints them.

pub mod alert;
pub mod packets;
pub mod stations;
pub mod suricata;

use crate::ParseContext;
use crate::normalise::entities::{End, is_ip, whole};
use timberline_model::{Fields, Stamp};

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// `07/11-10:29:01.860293` and `07/11/2022-10:29:01.860293`: month first, always; with a year of two digits (`10/05/10-`)
/// the order is what the file shows. The time, and the bytes it takes.
pub(crate) fn snort_time(b: &[u8], ctx: &ParseContext) -> Option<(Stamp, usize)> {
    let number = |text: &[u8]| (text.len() <= 4).then(|| whole(text)).flatten();
    let dash = b.iter().take(11).position(|c| *c == b'-')?;
    let mut parts = b[..dash].split(|c| *c == b'/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || number(month).is_none() || number(day).is_none() {
        return None;
    }
    let clock = &b[dash + 1..];
    let len = clock.iter().take(18).take_while(|c| c.is_ascii_digit() || matches!(c, b':' | b'.')).count();
    if len < 8 || clock[2] != b':' {
        return None;
    }
    let clock = &clock[..len];
    let mut text = [0u8; 40];
    let mut filled = 0;
    let mut push = |part: &[u8]| {
        if let Some(room) = text.get_mut(filled..filled + part.len()) {
            room.copy_from_slice(part);
            filled += part.len();
        }
    };
    match year {
        Some(year) if year.len() == 4 => {
            for part in [year, b"-", month, b"-", day, b" ", clock] {
                push(part);
            }
        }
        Some(year) => {
            number(year)?;
            for part in [month, b"/", day, b"/", year, b" ", clock] {
                push(part);
            }
        }
        None => {
            let name = MONTHS.get(usize::try_from(number(month)?).ok()?.checked_sub(1)?)?;
            for part in [name.as_slice(), b" ", day, b" ", clock] {
                push(part);
            }
        }
    }
    let (time, _) = ctx.prefix(&text[..filled])?;
    Some((time, dash + 1 + len))
}

/// `192.0.2.1:80`, `2001:db8::1:80`, `[2001:db8::1]:80` or an address alone, as these programs write them: of IPv6 the last
/// group is the port where the packet has ports.
pub(crate) fn place(end: &End, text: &[u8], ports: bool, fields: &mut Fields) {
    if let Some(inner) = text.strip_prefix(b"[")
        && let Some(close) = memchr::memchr(b']', inner)
    {
        end.host(fields, &inner[..close]);
        end.port(fields, inner[close + 1..].strip_prefix(b":").unwrap_or_default());
        return;
    }
    let colon = memchr::memrchr(b':', text).filter(|at| {
        let (host, port) = (&text[..*at], &text[at + 1..]);
        whole(port).is_some() && is_ip(host) && (ports || !is_ip(text))
    });
    match colon {
        Some(at) => {
            end.host(fields, &text[..at]);
            end.port(fields, &text[at + 1..]);
        }
        None => end.host(fields, text),
    }
}
