//! VMware NSX's distributed firewall (`dfwpktlogs`).

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::text;
use crate::said::table;
use crate::said::words::{has, place};
use crate::said::{Payload, Said};

/// The distributed firewall.
pub struct Nsx;

impl Payload for Nsx {
    fn about(&self) -> About {
        About {
            id: "vmware_nsx",
            title: "VMware NSX firewall",
            about: "Packets that NSX's distributed firewall passed, dropped or rejected.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["dfwpktlogs", "firewall-pktlog"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        if memchr::memchr(b'>', message).is_none() {
            return false;
        }
        let head = &message[..message.len().min(96)];
        (has(head, b"INET match ")
            || has(head, b"INET TERM ")
            || has(head, b"INET6 match ")
            || has(head, b"INET6 TERM "))
            && has(message, b"->")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(at) = text::place(message, b"INET") else { return false };
        said.time = said.time.or_else(|| said.ctx.prefix(message).map(|(time, _)| time));
        let mut words = message[at..].split(|c| *c == b' ').filter(|w| !w.is_empty());
        let family = words.next().unwrap_or_default();
        let kind = words.next().unwrap_or_default();
        let verdict = words.next().unwrap_or_default();
        said.is("vmware.nsx", "network", if kind == b"TERM" { "flow-terminated" } else { "flow-matched" });
        said.set("network.type", if family == b"INET6" { b"ipv6" } else { b"ipv4" });
        let allowed = verdict == b"PASS";
        table::decided(allowed, said);
        said.outcome(allowed);
        said.set("nsx.verdict", verdict);
        let mut seen_end = false;
        for word in words.take(16) {
            if let Some(arrow) = text::place(word, b"->") {
                place(&SOURCE, &word[..arrow], said);
                place(&DESTINATION, &word[arrow + 2..], said);
                seen_end = true;
                continue;
            }
            let counts = memchr::memchr(b'/', word).map(|s| (&word[..s], &word[s + 1..]));
            match word {
                b"IN" | b"OUT" => {
                    said.set("network.direction", if word == b"IN" { b"ingress" } else { b"egress" })
                }
                b"TCP" | b"UDP" | b"PROTO" | b"ICMP" | b"IPv6-ICMP" | b"IGMP" => table::transport(word, said),
                _ if seen_end => match counts {
                    Some((a, b)) if whole(a).is_some() && whole(b).is_some() => {
                        let packets = said.out.field("source.packets").is_some_and(|id| said.fields.has(id));
                        let names = if packets {
                            ["source.bytes", "destination.bytes"]
                        } else {
                            ["source.packets", "destination.packets"]
                        };
                        said.set_number(names[0], a);
                        said.set_number(names[1], b);
                    }
                    _ => {}
                },
                // `domain-c7/1234`, or the rule's number alone.
                _ if counts.is_some_and(|(_, rule)| whole(rule).is_some()) => {
                    said.set("rule.id", counts.map(|(_, rule)| rule).unwrap_or_default());
                }
                _ if whole(word).is_some_and(|n| n > 255) => said.set("rule.id", word),
                _ => {}
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn matched_and_ended_flows_are_read() {
        let check = |text: &str, expect: &str| said(&super::Nsx, text, expect);
        check(
            "12345 INET match DROP domain-c7/1234 IN 60 TCP 198.51.100.9/5->192.0.2.80/23 S",
            "event.type=denied source.ip=198.51.100.9 source.port=5 destination.port=23 network.transport=tcp rule.id=1234 network.direction=ingress",
        );
        check(
            "2026-03-10T02:13:04.123Z 54 INET TERM PASS 1234 OUT TCP FIN 192.0.2.1/5->198.51.100.2/80 12/10 1000/900",
            "@timestamp=2026-03-10T02:13:04.123Z event.type=allowed source.bytes=1000 destination.bytes=900 source.packets=12 rule.id=1234",
        );
        check("INET6 up", "!");
    }
}
