//! The debug log of Windows' DNS server: packets received and sent, with the question's labels counted out.

use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::normalise::text;
use crate::normalise::text::lossy;
use memchr::memchr;
use timberline_model::known;

/// The DNS server of Windows.
pub struct WindowsDns;

impl Payload for WindowsDns {
    fn about(&self) -> About {
        About {
            id: "windows_dns",
            title: "Windows DNS server debug log",
            about: "Queries and answers of the DNS server of Windows: who asked what, and the answer's code.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        context(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some((kind, rest)) = context(message) else { return false };
        if let Some((stamp, _)) = said.ctx.prefix(message) {
            said.time = Some(stamp);
        }
        said.fields.text(known::EVENT_DATASET, "windows_dns");
        said.fields.text(known::EVENT_CATEGORY, "network");
        said.fields.text(known::NETWORK_PROTOCOL, "dns");
        if kind != b"PACKET" {
            said.fields.text(known::EVENT_ACTION, &lossy(kind).to_ascii_lowercase());
            said.fields.bytes(known::MESSAGE, rest.trim_ascii());
            return true;
        }
        packet(rest, said);
        true
    }
}

/// `6/5/2013 10:00:32 AM 0E70 PACKET  ...`: what it is about, and the rest.
fn context(message: &[u8]) -> Option<(&[u8], &[u8])> {
    if !message.first()?.is_ascii_digit() {
        return None;
    }
    let reach = &message[..message.len().min(64)];
    let kinds: [&[u8]; 10] = [
        b"PACKET", b"EVENT", b"NOTE", b"DSPOLL", b"RECURSE", b"LOOKUP", b"INIT", b"TOMBSTN", b"REMOTE",
        b"UPDATE",
    ];
    let mut words = reach.split(|c| *c == b' ').filter(|w| !w.is_empty());
    let (date, clock, mut thread) = (words.next()?, words.next()?, words.next()?);
    if matches!(thread, b"AM" | b"PM") {
        thread = words.next()?;
    }
    let kind = words.next()?;
    let timely = memchr(b':', clock).is_some() && date.len() >= 8;
    let numbered = (3..=4).contains(&thread.len()) && thread.iter().all(u8::is_ascii_hexdigit);
    if !timely || !numbered || !kinds.contains(&kind) {
        return None;
    }
    let at = text::place(reach, kind)? + kind.len();
    Some((kind, &message[at..]))
}

/// `00000000033397A0 UDP Rcv 10.161.60.71    5b47 R Q [0001   D   NOERROR] A      (3)www(7)example(3)com(0)`
fn packet(rest: &[u8], said: &mut Said<'_>) {
    let open = memchr(b'[', rest).unwrap_or(rest.len());
    let mut words = rest[..open].split(|c| *c == b' ').filter(|w| !w.is_empty()).peekable();
    if words.peek().is_some_and(|w| w.len() >= 8) {
        said.set("dns.packet_id", words.next().unwrap_or_default());
    }
    let transport = words.next().unwrap_or_default();
    said.fields.text(known::NETWORK_TRANSPORT, &lossy(transport).to_ascii_lowercase());
    let received = words.next() == Some(b"Rcv");
    let peer = words.next().unwrap_or_default();
    if is_ip(peer) {
        if received { SOURCE.host(said.fields, peer) } else { DESTINATION.host(said.fields, peer) }
    }
    if let Some(id) = said.out.field("network.direction") {
        said.fields.text(id, if received { "ingress" } else { "egress" });
    }
    said.set("dns.id", words.next().unwrap_or_default());
    let mut code = words.next().unwrap_or_default();
    let answer = code == b"R";
    if answer {
        code = words.next().unwrap_or_default();
    }
    said.set("dns.type", if answer { b"answer" } else { b"query" });
    said.fields.text(known::EVENT_ACTION, if answer { "dns_answer" } else { "dns_query" });
    said.set(
        "dns.op_code",
        match code {
            b"Q" => b"QUERY",
            b"N" => b"NOTIFY",
            b"U" => b"UPDATE",
            other => other,
        },
    );
    let inside = rest.get(open + 1..).unwrap_or_default();
    let Some(close) = memchr(b']', inside) else { return };
    let response = inside[..close].split(|c| *c == b' ').rfind(|w| !w.is_empty()).unwrap_or_default();
    said.maybe(Some(known::DNS_RESPONSE_CODE), response);
    if answer {
        said.outcome(response == b"NOERROR");
    }
    // A packet's bytes may follow on further lines.
    let line = inside[close + 1..].split(|c| *c == b'\n').next().unwrap_or_default().trim_ascii();
    let at = memchr(b'(', line).unwrap_or(line.len());
    said.maybe(Some(known::DNS_QUESTION_TYPE), line[..at].trim_ascii());
    let name = labels(&line[at..]);
    said.maybe(Some(known::DNS_QUESTION_NAME), &name);
}

/// `(3)www(7)example(3)com(0)` as `www.example.com`. A label may hold brackets, so it is as long as it says.
fn labels(text: &[u8]) -> Vec<u8> {
    let mut name: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(inside) = rest.strip_prefix(b"(") {
        let Some(close) = memchr(b')', &inside[..inside.len().min(5)]) else { break };
        let Some(length) =
            crate::normalise::entities::whole(&inside[..close]).and_then(|n| usize::try_from(n).ok())
        else {
            break;
        };
        let Some(label) = inside.get(close + 1..close + 1 + length) else { break };
        if length == 0 {
            break;
        }
        if !name.is_empty() {
            name.push(b'.');
        }
        name.extend_from_slice(label);
        rest = &inside[close + 1 + length..];
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::web::records::Records;
    use crate::testing::rows;

    #[test]
    fn packets_are_read() {
        let log = "6/25/2026 10:00:32 AM 0E70 PACKET  00000000033397A0 UDP Rcv 203.0.113.9    5b47   Q [0001   D   NOERROR] A      (3)www(7)example(3)org(0)\n6/25/2026 10:00:32 AM 0E70 PACKET  00000000033397A0 UDP Snd 203.0.113.9    5b47 R Q [8385 A DR NXDOMAIN] A      (3)www(7)example(3)org(0)\nUDP response info at 00000000033397A0\n  Socket = 500\n6/25/2026 10:00:33 AM 0E70 EVENT   The DNS server has started.\n";
        let got = rows(&Records(&WindowsDns), log.as_bytes());
        assert_eq!(got.len(), 3, "{got:?}");
        assert_eq!(got[0]["@timestamp"], "2026-06-25T10:00:32Z");
        assert_eq!(got[0]["dns.question.name"], "www.example.org");
        assert_eq!(got[0]["source.ip"], "203.0.113.9");
        assert_eq!(got[0]["dns.question.type"], "A");
        assert_eq!(got[1]["destination.ip"], "203.0.113.9");
        assert_eq!(got[1]["dns.response_code"], "NXDOMAIN");
        assert_eq!(got[1]["event.outcome"], "failure");
        assert_eq!(got[2]["message"], "The DNS server has started.");
        assert_eq!(labels(b"(5)a(2)b(3)com(0)"), b"a(2)b.com");
    }
}
