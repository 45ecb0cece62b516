//! MikroTik RouterOS: topics (`firewall,info`), then a sentence.

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE};
use crate::normalise::text;
use crate::said::table::{self, To};
use crate::said::words::{after, between, between_last, has, login, place, source_after, word};
use crate::said::{Payload, Said};
use memchr::memmem;
use timberline_model::known;

/// RouterOS.
pub struct MikroTik;

impl Payload for MikroTik {
    fn about(&self) -> About {
        About {
            id: "mikrotik",
            title: "MikroTik RouterOS",
            about: "MikroTik's routers: firewall, logins, VPN, DHCP, wireless, changes of the configuration.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        topics(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some((topics, text)) = topics(message) else { return false };
        event(topics, text, said);
        true
    }
}

const TOPICS: &[&[u8]] = &[
    b"account",
    b"bridge",
    b"caps",
    b"certificate",
    b"critical",
    b"debug",
    b"dhcp",
    b"dns",
    b"error",
    b"event",
    b"firewall",
    b"hotspot",
    b"info",
    b"interface",
    b"ipsec",
    b"l2tp",
    b"lte",
    b"manager",
    b"ntp",
    b"ospf",
    b"ovpn",
    b"poe-out",
    b"ppp",
    b"pppoe",
    b"pptp",
    b"radius",
    b"route",
    b"script",
    b"smb",
    b"snmp",
    b"ssh",
    b"sstp",
    b"system",
    b"tftp",
    b"upnp",
    b"ups",
    b"warning",
    b"web-proxy",
    b"wireguard",
    b"wireless",
    b"hs",
    b"backup",
    b"bgp",
    b"container",
    b"disk",
    b"e-mail",
    b"fetch",
    b"health",
];

/// `firewall,info drop input: ...`: the topics and the sentence.
fn topics(b: &[u8]) -> Option<(&[u8], &[u8])> {
    if !b.first()?.is_ascii_lowercase() {
        return None;
    }
    let end = b.iter().take(64).position(|c| *c == b' ')?;
    let topics = b[..end].strip_suffix(b":").unwrap_or(&b[..end]);
    let mut n = 0;
    for topic in topics.split(|c| *c == b',') {
        if !TOPICS.contains(&topic) {
            return None;
        }
        n += 1;
    }
    (n >= 2).then(|| (topics, b[end..].trim_ascii()))
}

fn event(topics: &[u8], text: &[u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_DATASET, "mikrotik");
    said.set("mikrotik.topics", topics);
    for (topic, level) in [
        (b"critical".as_slice(), "critical"),
        (b"error", "error"),
        (b"warning", "warning"),
        (b"info", "info"),
        (b"debug", "debug"),
    ] {
        if topics.split(|c| *c == b',').any(|t| t == topic) {
            said.fields.text(known::LOG_LEVEL, level);
            break;
        }
    }
    let topic = topics.split(|c| *c == b',').next().unwrap_or_default();
    if has(text, b", proto ") {
        return packet(text, said);
    }
    if let Some(name) = between_last(text, b"login failure for user ", b" from ")
        .or_else(|| between_last(text, b"login failure for user ", b" via "))
    {
        login("mikrotik", "login", Some(false), name, said);
        return via(text, said);
    }
    if let Some(name) = between_last(text, b"user ", b" logged in") {
        login("mikrotik", "login", Some(true), name, said);
        return via(text, said);
    }
    if let Some(name) = between_last(text, b"user ", b" logged out") {
        said.is("mikrotik", "session", "logout");
        table::user(name, said);
        return via(text, said);
    }
    let vpn =
        matches!(topic, b"l2tp" | b"pptp" | b"ppp" | b"sstp" | b"ovpn" | b"ipsec" | b"pppoe" | b"wireguard");
    if vpn {
        return tunnel(text, said);
    }
    let (category, action) = match topic {
        b"dhcp" => ("network", "dhcp"),
        b"wireless" | b"caps" => ("network", "wireless"),
        b"system" if has(text, b" changed by ") || has(text, b" added by ") || has(text, b" removed by ") => {
            ("configuration", "changed")
        }
        b"firewall" | b"dns" | b"interface" | b"bridge" | b"route" | b"ospf" | b"bgp" => ("network", "event"),
        b"web-proxy" => ("web", "web-proxy"),
        _ => ("host", "event"),
    };
    said.is("mikrotik", category, action);
    if category == "configuration" {
        table::user(word(after(text, b" by ").unwrap_or_default()), said);
    }
    if topic == b"dhcp" {
        if let Some(address) = after(text, b" assigned ") {
            table::put(To::Ip("client.ip"), word(address), said);
            said.set("client.mac", word(after(address, b" to ").unwrap_or_default()));
        }
    } else {
        source_after(text, &[b" from "], said);
    }
}

/// ` from 192.0.2.1 via winbox`: the last place, as the name before it is whoever's who knocks.
fn via(text: &[u8], said: &mut Said<'_>) {
    source_after(text, &[b" from "], said);
    if let Some(how) = memmem::rfind(text, b" via ") {
        said.set("network.protocol", word(&text[how + 5..]));
    }
}

/// `<l2tp-ann>: authenticated`, `TCP connection established from 192.0.2.1`, `ann logged in, 192.0.2.1 from 198.51.100.7`.
fn tunnel(text: &[u8], said: &mut Said<'_>) {
    if let Some(at) = text::place(text, b" logged in, ").or_else(|| text::place(text, b" logged out, ")) {
        let good = has(text, b" logged in, ");
        if good {
            login("mikrotik", "vpn-login", Some(true), &text[..at], said);
        } else {
            said.is("mikrotik", "session", "vpn-logout");
            table::user(&text[..at], said);
        }
        source_after(text, &[b" from "], said);
        return;
    }
    let failed = has(text, b"authentication failed")
        || has(text, b"auth failed")
        || has(text, b"could not authenticate");
    if failed || has(text, b"authenticated") {
        let name = between(text, b"user ", b" authentication")
            .or_else(|| between(text, b"<", b">:"))
            .unwrap_or_default();
        login("mikrotik", "vpn-login", Some(!failed), name, said);
    } else {
        said.is("mikrotik", "session", "vpn");
    }
    source_after(text, &[b" from "], said);
}

/// `drop-tcp input: in:ether1 out:(unknown 0), connection-state:new src-mac MAC, proto TCP (SYN), A:1->B:23, len 40`.
fn packet(text: &[u8], said: &mut Said<'_>) {
    said.is("mikrotik", "network", "packet");
    let Some(input) = text::place(text, b" in:").or_else(|| text::place(text, b"in:")) else { return };
    let before = text[..input].trim_ascii();
    let before = before.strip_suffix(b":").unwrap_or(before);
    let (prefix, chain) = match memchr::memrchr(b' ', before) {
        Some(at) => (before[..at].trim_ascii(), &before[at + 1..]),
        None => (b"".as_slice(), before),
    };
    said.set("rule.name", prefix);
    said.set("mikrotik.chain", chain);
    said.set("observer.ingress.interface.name", word(after(text, b"in:").unwrap_or_default()));
    let out = word(after(text, b" out:").unwrap_or_default());
    if !out.is_empty() {
        said.set("observer.egress.interface.name", out);
    }
    said.set("source.mac", word(after(text, b"src-mac ").unwrap_or_default()));
    said.set("mikrotik.connection_state", word(after(text, b"connection-state:").unwrap_or_default()));
    let Some(rest) = after(text, b", proto ") else { return };
    table::transport(word(rest), said);
    if let Some(flags) = between(rest, b"(", b")").filter(|f| f.len() < 40 && rest.starts_with(b"TCP")) {
        said.set("mikrotik.tcp_flags", flags);
    }
    for part in rest.split(|c| *c == b',') {
        let part = part.trim_ascii();
        let Some(arrow) = text::place(part, b"->") else { continue };
        if let Some(nat) = part.strip_prefix(b"NAT ") {
            // `NAT (A:1->X:1)->B:80`: where the source is translated to.
            if let Some(inner) = between(nat, b"->", b")") {
                let host = memchr::memrchr(b':', inner).map_or(inner, |at| &inner[..at]);
                table::put(To::Ip("source.nat.ip"), host, said);
            }
            continue;
        }
        place(&SOURCE, &part[..arrow], said);
        place(&DESTINATION, &part[arrow + 2..], said);
    }
    let word = prefix.to_ascii_lowercase();
    let says = |what: &[u8]| text::place(&word, what).is_some();
    if says(b"drop") || says(b"deny") || says(b"reject") || says(b"block") {
        table::decided(false, said);
        said.outcome(false);
    } else if says(b"accept") || says(b"allow") || says(b"pass") {
        table::decided(true, said);
        said.outcome(true);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn sentences_behind_topics_are_read() {
        let check = |text: &str, expect: &str| said(&super::MikroTik, text, expect);
        check(
            "system,error,critical login failure for user x from 9.9.9.9 via a from 192.0.2.35 via winbox",
            "event.category=authentication event.outcome=failure user.name=x\\ from\\ 9.9.9.9\\ via\\ a source.ip=192.0.2.35 network.protocol=winbox log.level=critical",
        );
        check(
            "system,info,account user admin logged in from 192.0.2.1 via ssh",
            "event.category=authentication event.outcome=success user.name=admin source.ip=192.0.2.1",
        );
        check(
            "firewall,info drop-tcp input: in:ether1-WAN out:(unknown 0), connection-state:new src-mac 00:00:5e:00:53:02, proto TCP (SYN), 198.51.100.219:59388->192.0.2.145:23, len 40",
            "event.category=network event.type=denied source.ip=198.51.100.219 source.port=59388 destination.port=23 network.transport=tcp observer.ingress.interface.name=ether1-WAN \
             mikrotik.chain=input rule.name=drop-tcp source.mac=00:00:5e:00:53:02",
        );
        check(
            "firewall,info forward: in:bridge out:ether1, proto UDP, 192.0.2.5:5->198.51.100.1:53, NAT (192.0.2.5:5->203.0.113.1:5)->198.51.100.1:53, len 60",
            "source.ip=192.0.2.5 destination.port=53 source.nat.ip=203.0.113.1 mikrotik.chain=forward",
        );
        check(
            "l2tp,ppp,info,account ann logged in, 10.0.0.2 from 198.51.100.7",
            "event.category=authentication user.name=ann source.ip=198.51.100.7",
        );
        check(
            "dhcp,info dhcp1 assigned 192.0.2.9 to 00:00:5E:00:53:01",
            "client.ip=192.0.2.9 client.mac=00:00:5E:00:53:01",
        );
        check("system,info filter rule changed by ann", "event.category=configuration user.name=ann");
        check("system, info", "!");
        check("info: x", "!");
    }
}
