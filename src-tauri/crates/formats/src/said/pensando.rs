//! AMD Pensando's distributed firewall: JSON in an array, and columns in its older form.

use super::columns::Columns;
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::is_ip;
use crate::normalise::text;
use serde_json::Value;
use timberline_model::known;

/// Pensando's firewall.
pub struct Pensando;

impl Payload for Pensando {
    fn about(&self) -> About {
        About {
            id: "pensando_dfw",
            title: "AMD Pensando distributed firewall",
            about: "Flows that Pensando's cards allowed or denied.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(512)];
        head.starts_with(b"[{\"") && text::place(head, b"\"destaddr\":").is_some()
            || columns(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if let Some(columns) = columns(message) {
            cells(&columns, said);
            return true;
        }
        let Ok(Value::Array(list)) = serde_json::from_slice::<Value>(message) else { return false };
        let Some(Value::Object(flow)) = list.first() else { return false };
        about(said);
        for (key, value) in flow {
            match value {
                Value::String(text) => put(key.as_bytes(), text.as_bytes(), said),
                Value::Number(n) => put(key.as_bytes(), n.to_string().as_bytes(), said),
                _ => {}
            }
        }
        true
    }
}

static TABLE: Table = Table::new(
    "pensando.",
    &[
        ("time", To::Time),
        ("srcaddr", To::Source),
        ("srcaddr", To::Ip("client.ip")),
        ("srcport", To::SourcePort),
        ("destaddr", To::Destination),
        ("destaddr", To::Ip("server.ip")),
        ("destport", To::DestinationPort),
        ("protocol", To::Transport),
        ("rule-id", To::Text("rule.id")),
        ("session-id", To::Text("network.session_id")),
        ("direction", To::Nothing),
        ("action", To::Nothing),
    ],
);

fn about(said: &mut Said<'_>) {
    said.fields.text(known::EVENT_DATASET, "pensando.dfw");
    said.fields.text(known::EVENT_CATEGORY, "network");
}

fn put(key: &[u8], value: &[u8], said: &mut Said<'_>) {
    if key == b"action" {
        let allowed = value.starts_with(b"allow");
        said.fields.text(known::EVENT_ACTION, if allowed { "allowed" } else { "denied" });
        table::decided(allowed, said);
        said.outcome(true);
    }
    if key == b"direction" {
        said.set("network.direction", if value == b"from-host" { b"egress" } else { b"ingress" });
    }
    if key == b"time" {
        said.time = None;
    }
    TABLE.put(key, value, said);
}

/// `2021-04-19T07:11:15Z,flow_create,allow,vrf,192.0.2.1,59309,198.51.100.2,80,TCP,...`.
fn columns(b: &[u8]) -> Option<Columns<'_>> {
    let state = b.get(20..)?;
    let known = state.starts_with(b",flow_create,")
        || state.starts_with(b",flow_delete,")
        || state.starts_with(b",flow_dump,");
    if b[19] != b'Z' || !known {
        return None;
    }
    let columns = Columns::split(b, b',');
    (is_ip(columns.get(4)) && is_ip(columns.get(6))).then_some(columns)
}

fn cells(c: &Columns<'_>, said: &mut Said<'_>) {
    about(said);
    const NAMES: [&str; 14] = [
        "time",
        "session-state",
        "action",
        "vrf",
        "srcaddr",
        "srcport",
        "destaddr",
        "destport",
        "protocol",
        "session-id",
        "policy-id",
        "rule-id",
        "rule-name",
        "iflow-pkts",
    ];
    for (name, value) in NAMES.iter().zip(c.all()) {
        put(name.as_bytes(), value, said);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn flows_are_read_in_both_forms() {
        let check = |text: &str, expect: &str| said(&super::Pensando, text, expect);
        check(
            r#"[{"time":"2026-03-10T02:13:04Z","destaddr":"198.51.100.2","destport":80,"srcaddr":"192.0.2.1","srcport":46554,"protocol":"TCP","action":"deny","direction":"from-host","rule-id":5413257681574708646,"session-id":6,"session-state":"flow_create"}]"#,
            "@timestamp=2026-03-10T02:13:04Z source.ip=192.0.2.1 source.port=46554 destination.ip=198.51.100.2 destination.port=80 network.transport=tcp event.type=denied rule.id=5413257681574708646",
        );
        check(
            "2026-03-10T02:13:04Z,flow_create,allow,vrf1,192.0.2.1,59309,198.51.100.2,443,TCP,77,pol,r1",
            "@timestamp=2026-03-10T02:13:04Z source.ip=192.0.2.1 destination.port=443 event.type=allowed",
        );
        check("[{\"a\":1}]", "!");
    }
}
