//! Barracuda CloudGen Firewall: `type=FWD|proto=TCP|srcIF=eth1|srcIP=192.0.2.1|...` behind a sentence's beginning.

use crate::About;
use crate::normalise::text;
use crate::said::pairs::{Dialect, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::words::has;
use crate::said::{Payload, Said};
use timberline_model::known;

/// CloudGen Firewall.
pub struct Barracuda;

impl Payload for Barracuda {
    fn about(&self) -> About {
        About {
            id: "barracuda",
            title: "Barracuda CloudGen Firewall",
            about: "Connections of Barracuda's firewalls.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(256)];
        memchr::memchr(b'|', head).is_some() && has(head, b"|srcIP=") && has(head, b"|proto=")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        const HOW: Dialect =
            Dialect { equals: b'=', separator: b'|', quotes: b"", open: false, escapes: b"" };
        let pairs = text::place(message, b"type=").map_or(message, |at| &message[at..]);
        let before = &message[..message.len() - pairs.len()];
        let word = before.split(|c| matches!(c, b' ' | b':')).rfind(|w| !w.is_empty()).unwrap_or_default();
        said.is("barracuda", "network", "");
        table::action(word, said);
        let lower = word.to_ascii_lowercase();
        if let Some(allowed) = table::verdict(&lower).or_else(|| (lower == b"remove").then_some(true)) {
            table::decided(allowed, said);
            said.outcome(allowed);
        }
        TABLE.write(&Pairs::read(pairs, &HOW), said);
        if let Some(level) =
            before.split(|c| *c == b' ').find(|w| matches!(*w, b"Info" | b"Security" | b"Warning" | b"Error"))
        {
            said.fields.text(
                known::LOG_LEVEL,
                match level {
                    b"Error" => "error",
                    b"Warning" | b"Security" => "warning",
                    _ => "info",
                },
            );
        }
        true
    }
}

static TABLE: Table = Table::new(
    "barracuda.",
    &[
        ("proto", To::Transport),
        ("srcIF", To::Text("observer.ingress.interface.name")),
        ("dstIF", To::Text("observer.egress.interface.name")),
        ("srcIP", To::Source),
        ("srcPort", To::SourcePort),
        ("dstIP", To::Destination),
        ("dstPort", To::DestinationPort),
        ("srcMAC", To::Text("source.mac")),
        ("srcNAT", To::Ip("source.nat.ip")),
        ("dstNAT", To::Ip("destination.nat.ip")),
        ("rule", To::Text("rule.name")),
        ("info", To::Text("event.reason")),
        ("duration", To::Number("barracuda.duration_ms")),
        ("count", To::Number("event.count")),
        ("sentBytes", To::Number("source.bytes")),
        ("receivedBytes", To::Number("destination.bytes")),
        ("sentPackets", To::Number("source.packets")),
        ("receivedPackets", To::Number("destination.packets")),
        ("user", To::User),
        ("protocol", To::Lower("network.protocol")),
        ("application", To::Lower("network.application")),
        ("target", To::Text("url.domain")),
        ("urlcat", To::Text("rule.category")),
    ],
);

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn connections_are_read() {
        let check = |text: &str, expect: &str| said(&super::Barracuda, text, expect);
        check(
            "Security gw1 Block: type=FWD|proto=UDP|srcIF=eth1|srcIP=198.51.100.9|srcPort=5|srcMAC=00:00:5e:00:53:01|dstIP=192.0.2.80|dstPort=53|dstService=dns|dstIF=|rule=BLOCKALL|info=Block by Rule|srcNAT=0.0.0.0|user=ann",
            "event.type=denied source.ip=198.51.100.9 destination.port=53 network.transport=udp rule.name=BLOCKALL event.action=block user.name=ann source.nat.ip=-",
        );
        check("type=x|proto=y", "!");
    }
}
