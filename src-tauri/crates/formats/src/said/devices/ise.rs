//! Cisco ISE and ACS: `CISE_Failed_Attempts 0000012345 1 0 2026-03-10 02:13:04.123 +00:00 0001234567 5400 NOTICE Failed-Attempt:
//! Authentication failed, ConfigVersionId=1, UserName=ann, ...`.

use crate::About;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::normalise::text;
use crate::said::pairs::{Dialect, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::{Payload, Said};
use timberline_model::known;

/// ISE.
pub struct Ise;

impl Payload for Ise {
    fn about(&self) -> About {
        About {
            id: "cisco_ise",
            title: "Cisco ISE and ACS",
            about: "Authentications, accounting and administration of Cisco's identity services.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let mark = message.starts_with(b"CISE_") || message.starts_with(b"CSCOacs_");
        mark && message.iter().take(96).filter(|c| **c == b' ').count() >= 4
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let own = program.starts_with(b"CISE_") || program.starts_with(b"CSCOacs_");
        if !own && !self.claims(message) {
            return false;
        }
        let (category, rest) = match memchr::memchr(b' ', message) {
            Some(at) if !own => (&message[..at], &message[at + 1..]),
            _ => (program, message),
        };
        event(category, rest, said);
        true
    }
}

static TABLE: Table = Table::new(
    "cisco.ise.",
    &[
        ("UserName", To::User),
        ("User-Name", To::User),
        ("User", To::User),
        ("AdminName", To::User),
        ("AdminIPAddress", To::Source),
        ("Remote-Address", To::Source),
        ("Framed-IP-Address", To::Source),
        ("NAS-IP-Address", To::Ip("observer.ip")),
        ("Device IP Address", To::Ip("observer.ip")),
        ("NetworkDeviceName", To::Text("observer.name")),
        ("Calling-Station-ID", To::Text("client.mac")),
        ("Called-Station-ID", To::Text("cisco.ise.called_station_id")),
        ("NAS-Port-Id", To::Text("observer.ingress.interface.name")),
        ("FailureReason", To::Text("event.reason")),
        ("DestinationIPAddress", To::Destination),
        ("DestinationPort", To::DestinationPort),
        ("Protocol", To::Lower("network.protocol")),
        ("Acct-Input-Octets", To::Number("source.bytes")),
        ("Acct-Output-Octets", To::Number("destination.bytes")),
        ("Acct-Session-Time", To::Seconds),
        ("CmdSet", To::Text("process.command_line")),
    ],
);

fn event(category: &[u8], rest: &[u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_DATASET, "cisco.ise");
    said.set("cisco.ise.category", category);
    // Number, parts, part; then the time in three words, a number, the code, the level.
    let mut words = rest.splitn(10, |c| *c == b' ');
    let mut next = || words.next().unwrap_or_default();
    let _ = (next(), next(), next());
    let (date, clock, zone) = (next(), next(), next());
    said.time = said.ctx.stamp(&[date, clock, zone].join(&b' ')).or(said.time);
    let _ = next();
    let code = next();
    said.fields.bytes(known::EVENT_CODE, code);
    table::put(To::Level, next(), said);
    let text = next();
    let good = match category {
        c if c.ends_with(b"Passed_Authentications") => Some(true),
        c if c.ends_with(b"Failed_Attempts") => Some(false),
        _ => None,
    };
    let name: &str = match category {
        _ if good.is_some() => "authentication",
        c if c.ends_with(b"Accounting") => "session",
        c if c.windows(5).any(|w| w == b"Audit") => "configuration",
        _ => "host",
    };
    said.fields.text(known::EVENT_CATEGORY, name);
    if let Some(good) = good {
        said.outcome(good);
    }
    let sentence = text.split(|c| *c == b',').next().unwrap_or_default();
    let action = match text::place(sentence, b": ") {
        Some(at) => &sentence[at + 2..],
        None => sentence,
    };
    table::action(action, said);
    const HOW: Dialect =
        Dialect { equals: b'=', separator: b',', quotes: b"", open: false, escapes: b"\\,;" };
    // Keys hold blanks here, so they are split by hand at the commas.
    let mut pairs = Pairs::new(HOW.escapes);
    for part in commas(text) {
        let part = part.trim_ascii();
        if let Some(at) = memchr::memchr(b'=', part)
            && at > 0
            && at <= 64
        {
            pairs.push(&part[..at], part[at + 1..].trim_ascii());
        }
    }
    TABLE.write(&pairs, said);
    let station = pairs.get("Calling-Station-ID");
    if is_ip(station) && !said.fields.has(known::SOURCE_IP) {
        SOURCE.host(said.fields, station);
    }
}

/// The parts between commas that no backslash hides.
fn commas(b: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(b);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memchr_iter(b',', text).find(|at| *at == 0 || text[at - 1] != b'\\');
        match end {
            Some(at) => {
                rest = Some(&text[at + 1..]);
                Some(&text[..at])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn attempts_and_accounting_are_read() {
        let check = |text: &str, expect: &str| said(&super::Ise, text, expect);
        check(
            r"CISE_Failed_Attempts 0000012345 1 0 2026-03-10 02:13:04.123 +00:00 0001234567 5400 NOTICE Failed-Attempt: Authentication failed, ConfigVersionId=1, Device IP Address=192.0.2.9, UserName=x\, y, NAS-IP-Address=192.0.2.9, Calling-Station-ID=00-00-5E-00-53-01, FailureReason=24408 wrong password, Protocol=Radius,",
            "@timestamp=2026-03-10T02:13:04.123Z event.category=authentication event.outcome=failure user.name=x,\\ y observer.ip=192.0.2.9 event.code=5400 client.mac=00-00-5E-00-53-01 log.level=notice event.action=authentication-failed",
        );
        check(
            "CISE_Administrative_and_Operational_Audit 0000012345 1 0 2026-03-10 02:13:04.123 +00:00 0001234567 51001 NOTICE Administrator-Login: Administrator authentication succeeded, AdminIPAddress=192.0.2.1, AdminName=ann,",
            "user.name=ann source.ip=192.0.2.1",
        );
        check("CISE_", "!");
    }
}
