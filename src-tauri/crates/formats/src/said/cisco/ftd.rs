//! FTD's events of connections, intrusions, files and malware: `Key: value, Key: value`, where values hold commas and
//! colons and nobody quotes them. A key is known by the comma before it and by beginning with a capital letter.

use crate::normalise::text;
use crate::said::Said;
use crate::said::table::{self, Table, To};
use memchr::memmem;
use timberline_model::known;

static TABLE: Table = Table::new(
    "cisco.ftd.",
    &[
        ("SrcIP", To::Source),
        ("DstIP", To::Destination),
        ("SrcPort", To::SourcePort),
        ("DstPort", To::DestinationPort),
        ("InitiatorIP", To::Source),
        ("ResponderIP", To::Destination),
        ("InitiatorPort", To::SourcePort),
        ("ResponderPort", To::DestinationPort),
        ("OriginalClientSrcIP", To::Ip("client.ip")),
        ("NAT_InitiatorIP", To::Ip("source.nat.ip")),
        ("NAT_ResponderIP", To::Ip("destination.nat.ip")),
        ("NAT_InitiatorPort", To::Number("source.nat.port")),
        ("NAT_ResponderPort", To::Number("destination.nat.port")),
        ("Protocol", To::Transport),
        ("ApplicationProtocol", To::Lower("network.protocol")),
        ("Client", To::Text("network.application")),
        ("WebApplication", To::Text("cisco.ftd.web_application")),
        ("User", To::User),
        ("User", To::Text("user.id")),
        ("IngressInterface", To::Text("observer.ingress.interface.name")),
        ("EgressInterface", To::Text("observer.egress.interface.name")),
        ("IngressZone", To::Text("observer.ingress.zone")),
        ("EgressZone", To::Text("observer.egress.zone")),
        ("AccessControlRuleName", To::Text("rule.name")),
        ("ACPolicy", To::Text("rule.ruleset")),
        ("AccessControlRuleReason", To::Text("event.reason")),
        ("InitiatorBytes", To::Number("source.bytes")),
        ("ResponderBytes", To::Number("destination.bytes")),
        ("InitiatorPackets", To::Number("source.packets")),
        ("ResponderPackets", To::Number("destination.packets")),
        ("ConnectionDuration", To::Seconds),
        ("ConnectionID", To::Number("cisco.ftd.connection_id")),
        ("HTTPResponse", To::Number("http.response.status_code")),
        ("HTTPReferer", To::Text("http.request.referrer")),
        ("ReferencedHost", To::Text("url.domain")),
        ("URL", To::Url),
        ("URI", To::Url),
        ("UserAgent", To::Text("user_agent.original")),
        ("DNSQuery", To::Text("dns.question.name")),
        ("DNSRecordType", To::Text("dns.question.type")),
        ("DNSResponseType", To::Text("dns.response_code")),
        ("FileName", To::Text("file.name")),
        ("FileSize", To::Number("file.size")),
        ("FileType", To::Text("file.type")),
        ("FileSHA256", To::Hash("file")),
        ("ThreatName", To::Text("threat.indicator.name")),
        ("Message", To::Text("rule.name")),
        ("SID", To::Text("rule.id")),
        ("Classification", To::Text("rule.category")),
        ("Revision", To::Text("rule.version")),
        ("VLAN_ID", To::Text("network.vlan.id")),
        ("Hostname", To::Text("observer.hostname")),
    ],
);

pub(super) fn read(code: u32, text: &[u8], said: &mut Said<'_>) {
    let (category, action) = match code {
        430_001 => ("intrusion_detection", "intrusion-detected"),
        430_002 => ("network", "connection-started"),
        430_003 => ("network", "connection-finished"),
        430_004 => ("malware", "file-detected"),
        _ => ("malware", "malware-detected"),
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    said.fields.text(known::EVENT_ACTION, action);
    if said.fields.get(known::EVENT_CODE).is_none() {
        said.fields.text(known::EVENT_CODE, &code.to_string());
    }
    let mut rest = text;
    for _ in 0..160 {
        let Some(colon) = text::place(&rest[..rest.len().min(64)], b": ").filter(|at| key(&rest[..*at]))
        else {
            break;
        };
        let (name, value) = (&rest[..colon], &rest[colon + 2..]);
        let end = value_end(value);
        let value = &value[..end];
        rest = rest.get(colon + 2 + end + 2..).unwrap_or_default();
        let blocked = |word: &[u8]| text::place(word, b"lock").is_some() || word.starts_with(b"Drop");
        match name {
            b"AccessControlRuleAction" | b"FileAction" if code != 430_001 => {
                let bad = blocked(value) || value.starts_with(b"Reset") || value.starts_with(b"Deny");
                table::decided(!bad, said);
                if code < 430_004 {
                    said.outcome(!bad);
                }
            }
            b"InlineResult" => {
                table::decided(!blocked(value), said);
                said.outcome(!blocked(value));
            }
            _ => {}
        }
        TABLE.put(name, value, said);
    }
}

/// Whether a text begins with a pair.
pub(super) fn pairs(text: &[u8]) -> bool {
    text::place(&text[..text.len().min(64)], b": ").is_some_and(|at| key(&text[..at]))
}

/// The number that a text without one would have.
pub(super) fn code_of(text: &[u8]) -> u32 {
    let has = |what: &[u8]| text::place(text, what).is_some();
    if has(b"FileSHA256: ") || has(b"SHA_Disposition: ") {
        430_005
    } else if has(b"FileName: ") {
        430_004
    } else if has(b"ConnectionDuration: ") {
        430_003
    } else if has(b"IngressZone:") {
        430_002
    } else {
        430_001
    }
}

fn key(b: &[u8]) -> bool {
    b.first().is_some_and(u8::is_ascii_uppercase)
        && b.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'_' || *c == b'-')
}

/// Where a value ends: before `, Key: `.
fn value_end(b: &[u8]) -> usize {
    for comma in memmem::find_iter(b, b", ") {
        let next = &b[comma + 2..];
        let colon = text::place(&next[..next.len().min(64)], b": ");
        if colon.is_some_and(|at| key(&next[..at])) {
            return comma;
        }
    }
    b.len()
}
