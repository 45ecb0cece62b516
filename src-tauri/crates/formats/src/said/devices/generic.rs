//! Devices that nobody else knows and that write `key=value` with names that all of them use: `src=... dst=... user=... action=...`.

use crate::About;
use crate::normalise::{entities::is_ip, outcome};
use crate::said::guess::Phrase;
use crate::said::pairs::{OPEN, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::words::has;
use crate::said::{Payload, Said};
use timberline_model::known;

/// Pairs with an end of a connection among them.
pub struct Generic;

impl Payload for Generic {
    fn about(&self) -> About {
        About {
            id: "device_pairs",
            title: "Firewall or proxy (key=value)",
            about: "Devices whose form is not known by name: source, destination, user, action and URL by the names that most give them.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(1024)];
        let (mut source, mut target) = (false, false);
        // An address must stand behind both: applications call other things by these names too.
        for equals in memchr::memchr_iter(b'=', head).take(64) {
            let key = head[..equals]
                .iter()
                .rev()
                .take(16)
                .take_while(|c| c.is_ascii_alphanumeric() || **c == b'_')
                .count();
            let name = &head[equals - key..equals];
            source |= SOURCES.contains(&name) && address(&head[equals + 1..]);
            target |= TARGETS.contains(&name) && address(&head[equals + 1..]);
            if source && target {
                return !has(head, b"audit(");
            }
        }
        false
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        let pairs = Pairs::read(message, &OPEN);
        said.fields.text(known::EVENT_DATASET, "device");
        if said.time.is_none() {
            let stamp = [pairs.get("date"), pairs.get("time")].join(&b' ');
            let whole = ["timestamp", "datetime", "eventtime", "time", "ts"].iter().map(|k| pairs.get(k));
            said.time = said
                .ctx
                .stamp(&stamp)
                .or_else(|| whole.filter(|t| !t.is_empty()).find_map(|t| said.ctx.stamp(t)));
        }
        let action = ["action", "act", "disposition", "verdict", "status", "result"]
            .iter()
            .map(|k| pairs.get(k))
            .find(|a| !a.is_empty());
        let action = action.unwrap_or_default();
        let words = ["msg", "message", "type", "event", "logdesc", "name"]
            .iter()
            .map(|k| pairs.get(k))
            .find(|m| !m.is_empty());
        let phrase = Phrase::new(words.unwrap_or_default());
        let category = match phrase.category() {
            Some(category) if !matches!(category, "file" | "process" | "configuration") => category,
            _ if pairs.has("url") || pairs.has("method") => "web",
            _ => "network",
        };
        said.fields.text(known::EVENT_CATEGORY, category);
        let lower = action.to_ascii_lowercase();
        if let Some(allowed) = table::verdict(&lower) {
            table::decided(allowed, said);
            said.outcome(allowed);
        } else if let Some(word) = outcome::of(&lower) {
            said.fields.text(known::EVENT_OUTCOME, word);
        } else if category == "authentication"
            && let Some(good) = phrase.outcome()
        {
            said.outcome(good);
        }
        TABLE.write(&pairs, said);
        true
    }
}

const SOURCES: &[&[u8]] =
    &[b"src", b"srcip", b"src_ip", b"source_ip", b"sourceip", b"SrcIP", b"source", b"clientip", b"client_ip"];
const TARGETS: &[&[u8]] = &[
    b"dst",
    b"dstip",
    b"dst_ip",
    b"dest_ip",
    b"destination_ip",
    b"DstIP",
    b"destination",
    b"dest",
    b"serverip",
];

/// Whether a value is an address, with a port at most.
fn address(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let end = value.iter().take(64).position(|c| matches!(c, b' ' | b'"' | b',' | b';' | b'|' | b'\t'));
    let value = &value[..end.unwrap_or(value.len())];
    let colon = memchr::memchr(b':', value).filter(|_| !is_ip(value)).unwrap_or(value.len());
    is_ip(&value[..colon])
}

static TABLE: Table = Table::new(
    "device.",
    &[
        ("date", To::Nothing),
        ("time", To::Nothing),
        ("src", To::Source),
        ("srcip", To::Source),
        ("SrcIP", To::Source),
        ("src_ip", To::Source),
        ("source", To::Source),
        ("source_ip", To::Source),
        ("sourceip", To::Source),
        ("clientip", To::Source),
        ("client_ip", To::Source),
        ("sport", To::SourcePort),
        ("spt", To::SourcePort),
        ("srcport", To::SourcePort),
        ("src_port", To::SourcePort),
        ("source_port", To::SourcePort),
        ("dst", To::Destination),
        ("dstip", To::Destination),
        ("DstIP", To::Destination),
        ("dst_ip", To::Destination),
        ("dest", To::Destination),
        ("dest_ip", To::Destination),
        ("destination", To::Destination),
        ("destination_ip", To::Destination),
        ("serverip", To::Destination),
        ("dport", To::DestinationPort),
        ("dpt", To::DestinationPort),
        ("dstport", To::DestinationPort),
        ("dst_port", To::DestinationPort),
        ("dest_port", To::DestinationPort),
        ("destination_port", To::DestinationPort),
        ("proto", To::Transport),
        ("protocol", To::Transport),
        ("user", To::User),
        ("usr", To::User),
        ("username", To::User),
        ("user_name", To::User),
        ("suser", To::User),
        ("action", To::Action),
        ("act", To::Action),
        ("url", To::Url),
        ("method", To::Text("http.request.method")),
        ("agent", To::Text("user_agent.original")),
        ("user_agent", To::Text("user_agent.original")),
        ("rule", To::Text("rule.name")),
        ("rule_name", To::Text("rule.name")),
        ("policy", To::Text("rule.name")),
        ("rule_id", To::Text("rule.id")),
        ("policyid", To::Text("rule.id")),
        ("sent", To::Number("source.bytes")),
        ("sent_bytes", To::Number("source.bytes")),
        ("bytes_sent", To::Number("source.bytes")),
        ("rcvd", To::Number("destination.bytes")),
        ("received_bytes", To::Number("destination.bytes")),
        ("bytes_received", To::Number("destination.bytes")),
        ("bytes", To::Number("network.bytes")),
        ("duration", To::Number("device.duration")),
        ("direction", To::Direction),
        ("severity", To::Level),
        ("level", To::Level),
        ("pri", To::Level),
        ("priority", To::Level),
        ("reason", To::Text("event.reason")),
        ("status", To::Text("device.status")),
        ("host", To::Text("host.name")),
        ("hostname", To::Text("host.name")),
        ("devname", To::Text("observer.name")),
        ("app", To::Lower("network.application")),
        ("service", To::Lower("network.protocol")),
        ("file", To::Text("file.name")),
        ("md5", To::Hash("file")),
        ("sha256", To::Hash("file")),
    ],
);

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn pairs_of_unknown_makers_are_read() {
        let check = |text: &str, expect: &str| said(&super::Generic, text, expect);
        check(
            "date=2026-03-10 time=02:13:04 src=198.51.100.9 spt=5 dst=192.0.2.80 dpt=23 proto=6 action=drop rule=\"no telnet\" user=ann",
            "@timestamp=2026-03-10T02:13:04Z event.category=network event.type=denied source.ip=198.51.100.9 destination.port=23 network.transport=tcp rule.name=no\\ telnet user.name=ann",
        );
        check(
            "msg=\"User login failed\" src=198.51.100.9 dst=192.0.2.80 user=x result=failure",
            "event.category=authentication event.outcome=failure",
        );
        check("src=x of nothing", "!");
    }
}
