//! What Linux' packet filter logs (iptables, nftables, UFW, firewalld, Shorewall, Proxmox): `PREFIX IN=.. OUT=.. SRC=..`. What
//! became of the packet is the prefix's to say, which the administrator wrote; a prefix that says nothing leaves it open.

use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE};
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// The filter's records, whoever passes them on.
pub struct Netfilter;

impl Payload for Netfilter {
    fn about(&self) -> About {
        About {
            id: "iptables",
            title: "iptables, nftables, UFW",
            about: "Packets that Linux' packet filter logged, with addresses, ports and what the prefix says became of them.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["ulogd", "ulogd2"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        packet(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        read(message, said)
    }
}

/// Where the packet's pairs begin.
fn packet(message: &[u8]) -> Option<usize> {
    let head = &message[..message.len().min(512)];
    let source = text::place(head, b"SRC=")?;
    text::place(&head[source..], b" DST=")?;
    let pair = |name: &[u8]| {
        memmem::find_iter(&head[..source], name).find(|at| *at == 0 || !head[at - 1].is_ascii_alphanumeric())
    };
    let (into, out) = (pair(b"IN="), pair(b"OUT="));
    match (into, out) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Reads a packet; false when the message is none.
pub fn read(message: &[u8], said: &mut Said<'_>) -> bool {
    let Some(at) = packet(message) else { return false };
    prefix(&message[..at], said);
    said.is("iptables", "network", "");
    let mut flags: Vec<&str> = Vec::new();
    let mut lengths = 0;
    for word in message[at..].split(|c| *c == b' ').take(64) {
        // What an ICMP error quotes is another packet.
        if word.starts_with(b"[") && word.len() > 4 {
            break;
        }
        let Some(equals) = memchr(b'=', word) else {
            flag(word, &mut flags, said);
            continue;
        };
        let (name, value) = (&word[..equals], &word[equals + 1..]);
        if name == b"LEN" {
            lengths += 1;
            said.set_number(if lengths == 1 { "iptables.length" } else { "iptables.udp.length" }, value);
            continue;
        }
        pair(name, value, said);
    }
    if !flags.is_empty()
        && let Some(id) = said.out.field("iptables.tcp.flags")
    {
        said.fields.list(id, flags);
    }
    true
}

fn pair(name: &[u8], value: &[u8], said: &mut Said<'_>) {
    match name {
        b"IN" => said.set("observer.ingress.interface.name", value),
        b"OUT" => said.set("observer.egress.interface.name", value),
        b"PHYSIN" => said.set("iptables.physin", value),
        b"PHYSOUT" => said.set("iptables.physout", value),
        b"SRC" => {
            SOURCE.host(said.fields, value);
            said.set("network.type", if memchr(b':', value).is_some() { b"ipv6" } else { b"ipv4" });
        }
        b"DST" => DESTINATION.host(said.fields, value),
        b"SPT" => SOURCE.port(said.fields, value),
        b"DPT" => DESTINATION.port(said.fields, value),
        b"PROTO" => said.fields.text(known::NETWORK_TRANSPORT, &transport(value)),
        b"MAC" => mac(value, said),
        b"TTL" | b"HOPLIMIT" => said.set_number("iptables.ttl", value),
        b"ID" => said.set_number("iptables.id", value),
        b"TOS" => said.set("iptables.tos", value),
        b"TYPE" => said.set_number("iptables.icmp.type", value),
        b"CODE" => said.set_number("iptables.icmp.code", value),
        b"WINDOW" => said.set_number("iptables.tcp.window", value),
        b"MARK" => said.set("iptables.mark", value),
        b"UID" => said.set("user.id", value),
        b"GID" => said.set("group.id", value),
        _ => {}
    }
}

fn flag(word: &[u8], flags: &mut Vec<&str>, said: &mut Said<'_>) {
    for name in ["SYN", "ACK", "FIN", "RST", "PSH", "URG", "CWR", "ECE"] {
        if word == name.as_bytes() && !flags.contains(&name) {
            flags.push(name);
        }
    }
    if word == b"DF" {
        said.set("iptables.fragment_flags", b"DF");
    }
}

/// The names that ECS takes from IANA's list.
fn transport(value: &[u8]) -> String {
    let name = String::from_utf8_lossy(&value[..value.len().min(32)]).to_ascii_lowercase();
    match name.as_str() {
        "icmpv6" | "58" => "ipv6-icmp".to_owned(),
        "1" => "icmp".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "2" => "igmp".to_owned(),
        _ => name,
    }
}

/// Destination, source and type of the frame in one: `00:08:...:08:00`.
fn mac(value: &[u8], said: &mut Said<'_>) {
    if value.len() < 35 {
        return;
    }
    let written = |b: &[u8]| -> Vec<u8> {
        b.iter().map(|c| if *c == b':' { b'-' } else { c.to_ascii_uppercase() }).collect()
    };
    said.set("destination.mac", &written(&value[..17]));
    said.set("source.mac", &written(&value[18..35]));
}

/// What the administrator wrote in front; in Proxmox' own log also the guest, the chain and the time.
fn prefix(text: &[u8], said: &mut Said<'_>) {
    let mut text = text.trim_ascii();
    if text.first() == Some(&b'[')
        && let Some(close) = memchr(b']', text)
        && text[1..close].trim_ascii().iter().all(|c| c.is_ascii_digit() || *c == b'.')
    {
        // The kernel's uptime.
        text = text[close + 1..].trim_ascii_start();
    }
    if text.first().is_some_and(u8::is_ascii_digit) && said.time.is_none() {
        text = proxmox(text, said);
    }
    let named = text.trim_ascii();
    let named = named.strip_suffix(b":").unwrap_or(named).trim_ascii();
    if named.is_empty() {
        return;
    }
    said.set("rule.name", named.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or(named));
    if let Some((action, good)) = verdict(named) {
        said.fields.text(known::EVENT_ACTION, action);
        said.outcome(good);
    }
}

/// `0 3 PVEFW-HOST-IN 20/Jun/2022:13:09:14 +0200 policy DROP:`
fn proxmox<'a>(text: &'a [u8], said: &mut Said<'_>) -> &'a [u8] {
    let mut at = 0;
    for (n, word) in text.split(|c| *c == b' ').take(4).enumerate() {
        if n == 3 {
            break;
        }
        if n == 0 && !word.iter().all(u8::is_ascii_digit) {
            return text;
        }
        if n == 2 {
            said.set("iptables.chain", word);
        }
        at += word.len() + 1;
    }
    let Some(rest) = text.get(at..) else { return text };
    match said.ctx.prefix(rest) {
        Some((time, len)) => {
            said.time = Some(time);
            rest[len..].trim_ascii_start()
        }
        None => text,
    }
}

/// What a prefix says became of the packet: in a word, or in the letter that EdgeOS and VyOS end their rule names with.
fn verdict(prefix: &[u8]) -> Option<(&'static str, bool)> {
    const WORDS: [(&[u8], &str, bool); 9] = [
        (b"drop", "drop", false),
        (b"deny", "deny", false),
        (b"denied", "deny", false),
        (b"block", "block", false),
        (b"reject", "reject", false),
        (b"accept", "accept", true),
        (b"allow", "allow", true),
        (b"permit", "allow", true),
        (b"pass", "accept", true),
    ];
    let lower = prefix[..prefix.len().min(128)].to_ascii_lowercase();
    // The last word counts: `Shorewall:net2fw:DROP`.
    let found = WORDS.iter().filter_map(|w| Some((memmem::rfind(&lower, w.0)?, w))).max_by_key(|(at, _)| *at);
    if let Some((_, (_, action, good))) = found {
        return Some((action, *good));
    }
    match prefix.strip_suffix(b"]").unwrap_or(prefix) {
        [.., b'-', b'D'] => Some(("drop", false)),
        [.., b'-', b'R'] => Some(("reject", false)),
        [.., b'-', b'A'] => Some(("accept", true)),
        _ => None,
    }
}
