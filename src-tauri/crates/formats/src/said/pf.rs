//! What BSD's packet filters log: pf by filterlog (pfSense, OPNsense) and by tcpdump, ipfw; and tcpdump's own lines.

use super::ids::packets;
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// filterlog's comma-separated records.
pub struct Filterlog;

impl Payload for Filterlog {
    fn about(&self) -> About {
        About {
            id: "filterlog",
            title: "pfSense and OPNsense filter log",
            about: "Packets that pf passed or blocked, as filterlog writes them.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["filterlog"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let mut cells = message[..message.len().min(256)].split(|c| *c == b',');
        cells.next().is_some_and(|n| whole(n).is_some())
            && matches!(cells.nth(5), Some(b"pass" | b"block" | b"match" | b"nat" | b"rdr" | b"binat"))
            && matches!(cells.next(), Some(b"in" | b"out" | b"in/out"))
            && matches!(cells.next(), Some(b"4" | b"6"))
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        self.claims(message) && filterlog(message, said)
    }
}

fn filterlog(message: &[u8], said: &mut Said<'_>) -> bool {
    let cells: Vec<&[u8]> = message.split(|c| *c == b',').take(64).collect();
    let cell = |n: usize| cells.get(n).copied().unwrap_or_default();
    said.is("filterlog", "network", "");
    said.set("pf.rule", cell(0));
    said.set("pf.sub_rule", cell(1));
    said.set("pf.anchor", cell(2));
    said.set("rule.id", if cell(3).is_empty() || cell(3) == b"0" { cell(0) } else { cell(3) });
    said.set("pf.reason", cell(5));
    let inward = cell(7) == b"in";
    let interface = if inward { "observer.ingress.interface.name" } else { "observer.egress.interface.name" };
    said.set(interface, cell(4));
    said.set("network.direction", if inward { b"inbound" } else { b"outbound" });
    verdict(cell(6), said);
    // Version 4 has its fragment's fields between; the protocol's name and number change places in version 6.
    let four = cell(8) == b"4";
    said.set("network.type", if four { b"ipv4" } else { b"ipv6" });
    said.set_number("pf.ttl", cell(11));
    let (protocol, length, source) = if four { (16, 17, 18) } else { (12, 14, 15) };
    protocol_name(cell(protocol), said);
    said.set_number("network.bytes", cell(length));
    SOURCE.host(said.fields, cell(source));
    DESTINATION.host(said.fields, cell(source + 1));
    let name = cell(protocol).to_ascii_lowercase();
    if matches!(name.as_slice(), b"tcp" | b"udp" | b"sctp") {
        SOURCE.port(said.fields, cell(source + 2));
        DESTINATION.port(said.fields, cell(source + 3));
        said.set_number("pf.data_length", cell(source + 4));
    }
    if name == b"tcp" {
        said.set("pf.tcp.flags", cell(source + 5));
        said.set_number("pf.tcp.window", cell(source + 8));
    } else if name.starts_with(b"icmp") || name == b"ipv6-icmp" {
        said.set("pf.icmp.type", cell(source + 2));
    }
    true
}

fn protocol_name(name: &[u8], said: &mut Said<'_>) {
    let name = name[..name.len().min(24)].to_ascii_lowercase();
    let name: &[u8] = if name == b"icmpv6" || name == b"icmp6" { b"ipv6-icmp" } else { &name };
    said.fields.bytes(known::NETWORK_TRANSPORT, name);
}

/// The verdict, as the filter words it.
fn verdict(word: &[u8], said: &mut Said<'_>) {
    let lower = word[..word.len().min(16)].to_ascii_lowercase();
    said.fields.bytes(known::EVENT_ACTION, &lower);
    match lower.as_slice() {
        b"pass" | b"accept" | b"allow" | b"permit" => said.outcome(true),
        b"block" | b"deny" | b"drop" | b"reject" | b"unreach" | b"reset" => said.outcome(false),
        _ => {}
    }
}

/// ipfw's kernel messages.
pub struct Ipfw;

impl Payload for Ipfw {
    fn about(&self) -> About {
        About {
            id: "ipfw",
            title: "ipfw",
            about: "Packets that FreeBSD's and macOS' ipfw accepted or denied.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"ipfw: ")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        ipfw(message, said)
    }
}

/// `ipfw: 65000 Deny TCP 192.0.2.1:1024 192.0.2.2:22 in via em0`
pub fn ipfw(message: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = message.strip_prefix(b"ipfw: ") else { return false };
    let words: Vec<&[u8]> = rest.split(|c| *c == b' ').filter(|w| !w.is_empty()).take(12).collect();
    let [rule, action, protocol, from, to, rest @ ..] = words.as_slice() else { return false };
    if whole(rule).is_none() {
        return false;
    }
    said.is("ipfw", "network", "");
    said.set("rule.id", rule);
    verdict(action, said);
    protocol_name(protocol.split(|c| *c == b':').next().unwrap_or(protocol), said);
    for (end, text) in [(&SOURCE, from), (&DESTINATION, to)] {
        let (host, port) = super::shape::peer(text);
        end.host(said.fields, host);
        end.port(said.fields, port);
    }
    if let [direction, b"via", interface, ..] = rest {
        let inward = *direction == b"in";
        said.set("network.direction", if inward { b"inbound" } else { b"outbound" });
        said.set(
            if inward { "observer.ingress.interface.name" } else { "observer.egress.interface.name" },
            interface,
        );
    }
    true
}

/// tcpdump's text, of a network or of pf's log device.
pub struct Tcpdump;

impl Payload for Tcpdump {
    fn about(&self) -> About {
        About {
            id: "tcpdump",
            title: "tcpdump text",
            about: "Packets as tcpdump prints them, of pf's log too. Without -tttt the lines name no date and stay undated.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["pf", "pflog", "pflogd", "tcpdump"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        if packets::claims(message) {
            return true;
        }
        let text = without_clock(message);
        (text.starts_with(b"IP ") || text.starts_with(b"IP6 ") || pf_rule(text).is_some())
            && text::place(&text[..text.len().min(256)], b" > ").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if packets::claims(message) {
            return packets::read(message, said);
        }
        let mut text = without_clock(message);
        said.is("tcpdump", "network", "");
        if let Some((rule, action, direction, interface, rest)) = pf_rule(text) {
            said.set("rule.id", rule);
            verdict(action, said);
            let inward = direction == b"in";
            said.set("network.direction", if inward { b"inbound" } else { b"outbound" });
            said.set(
                if inward { "observer.ingress.interface.name" } else { "observer.egress.interface.name" },
                interface,
            );
            text = rest;
        }
        text = text.strip_prefix(b"IP6 ").or_else(|| text.strip_prefix(b"IP ")).unwrap_or(text);
        ends(text, said)
    }
}

/// The time of day in front, which alone is no time.
fn without_clock(text: &[u8]) -> &[u8] {
    let clock =
        text.len() > 9 && text[2] == b':' && text[5] == b':' && text[..2].iter().all(u8::is_ascii_digit);
    match memchr(b' ', &text[..text.len().min(20)]) {
        Some(at) if clock => &text[at + 1..],
        _ => text,
    }
}

type Rule<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8], &'a [u8]);

/// `rule 12/0(match): block in on em0: `, and `rule 12/(match) [uid 0, pid 9] pass out on em0: `
fn pf_rule(text: &[u8]) -> Option<Rule<'_>> {
    let rest = text.strip_prefix(b"rule ")?;
    let end = text::place(&rest[..rest.len().min(64)], b"(match)")?;
    let rule = rest[..end].split(|c| *c == b'/').next()?;
    let mut rest = rest[end + 7..].trim_ascii_start();
    rest = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
    if rest.first() == Some(&b'[') {
        rest = rest[memchr(b']', rest)? + 1..].trim_ascii_start();
    }
    let mut words = rest.splitn(5, |c| *c == b' ');
    let (action, direction, on, interface) = (words.next()?, words.next()?, words.next()?, words.next()?);
    (on == b"on").then_some(())?;
    Some((rule, action, direction, interface.strip_suffix(b":")?, words.next()?))
}

/// `192.0.2.1.1024 > 192.0.2.2.22: ...`
fn ends(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(arrow) = text::place(&text[..text.len().min(128)], b" > ") else { return false };
    let from = text[..arrow].rsplit(|c| *c == b' ').next().unwrap_or_default();
    let rest = &text[arrow + 3..];
    let Some(colon) =
        text::place(&rest[..rest.len().min(96)], b": ").or_else(|| rest.strip_suffix(b":").map(<[u8]>::len))
    else {
        return false;
    };
    end(&SOURCE, from, said);
    end(&DESTINATION, &rest[..colon], said);
    let tail = rest[colon + 1..].trim_ascii_start();
    let head = &tail[..tail.len().min(64)];
    let lower = head.to_ascii_lowercase();
    let transport = if head.starts_with(b"Flags [") {
        if let Some(close) = memchr(b']', head) {
            said.set("tcpdump.flags", &head[7..close]);
        }
        "tcp"
    } else if lower.starts_with(b"udp") || text::place(&lower, b"udp,").is_some() {
        "udp"
    } else if lower.starts_with(b"icmp6") {
        "ipv6-icmp"
    } else if lower.starts_with(b"icmp") {
        "icmp"
    } else if matches!(head, [b'S' | b'F' | b'P' | b'R' | b'.', b' ', ..]) {
        "tcp"
    } else {
        ""
    };
    if !transport.is_empty() {
        said.fields.text(known::NETWORK_TRANSPORT, transport);
    }
    true
}

/// An address and, behind another dot, a port.
fn end(end: &End, text: &[u8], said: &mut Said<'_>) {
    if is_ip(text) {
        end.host(said.fields, text);
        return;
    }
    match memchr::memrchr(b'.', text) {
        Some(at) if is_ip(&text[..at]) || whole(&text[at + 1..]).is_some() => {
            end.host(said.fields, &text[..at]);
            end.port(said.fields, &text[at + 1..]);
        }
        _ => end.host(said.fields, text),
    }
}
