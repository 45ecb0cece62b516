//! Cisco Meraki: flows, URLs, alerts of the intrusion detection, events of access points and appliances.

use crate::About;
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip};
use crate::normalise::text;
use crate::said::pairs::{PLAIN, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::{Payload, Said};
use memchr::memmem;
use timberline_model::known;

/// Meraki's appliances, switches and access points.
pub struct Meraki;

impl Payload for Meraki {
    fn about(&self) -> About {
        About {
            id: "cisco_meraki",
            title: "Cisco Meraki",
            about: "Meraki's security appliances, switches and access points: flows, URLs, intrusion alerts, file scans, VPN, \
                    DHCP, wireless associations and rogue access points.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        kind(message)
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !kind(message) {
            return false;
        }
        let end = memchr::memchr(b' ', message).unwrap_or(message.len());
        event(&message[..end], message[end..].trim_ascii(), said);
        true
    }
}

/// Whether a message is of a kind that Meraki's devices write.
#[must_use]
pub fn kind(message: &[u8]) -> bool {
    let end = message.iter().take(48).position(|c| *c == b' ').unwrap_or_default();
    let word = &message[..end];
    if !KINDS.iter().any(|k| k.as_bytes() == word) {
        return false;
    }
    // `events` and `firewall` are words of others too.
    let rest = message[end..].trim_ascii_start();
    text::place(&rest[..rest.len().min(160)], b"=").is_some()
        || word == b"events" && EVENTS.iter().any(|(start, ..)| starts(rest, start.as_bytes()))
}

const KINDS: &[&str] = &[
    "flows",
    "ip_flow_start",
    "ip_flow_end",
    "urls",
    "ids-alerts",
    "security_event",
    "events",
    "airmarshal_events",
    "firewall",
    "vpn_firewall",
    "cellular_firewall",
    "bridge_anyconnect_client_vpn_firewall",
    "l7_firewall",
];

/// What sentences of `events` begin with, and what they mean.
const EVENTS: &[(&str, &str, &str, Option<bool>)] = &[
    ("dhcp lease", "network", "dhcp-offer", None),
    ("dhcp no offers", "network", "dhcp-no-offer", None),
    ("dhcp release", "network", "dhcp-release", None),
    ("client_vpn_connect", "session", "client-vpn-connect", Some(true)),
    ("client_vpn_disconnect", "session", "client-vpn-disconnect", None),
    ("Site-to-site VPN", "network", "site-to-site-vpn", None),
    ("vpn_connectivity_change", "network", "vpn-connectivity-change", None),
    ("vpn_registry_change", "network", "vpn-registry-change", None),
    ("content_filtering_block", "web", "content-filtering-block", Some(false)),
    ("martian_vlan", "network", "martian-vlan", None),
    ("failover", "network", "failover", None),
    ("uplink", "network", "uplink", None),
    ("port ", "network", "port-changed", None),
    ("Blocked DHCP", "intrusion_detection", "rogue-dhcp-blocked", None),
    ("Virtual router", "network", "virtual-router", None),
    ("Auth failure", "authentication", "auth-failure", Some(false)),
    ("carrier_event", "network", "carrier-event", None),
    ("msg: ", "network", "vpn-event", None),
    ("VRRP", "network", "vrrp", None),
    ("Cellular", "network", "cellular", None),
    ("802.1X", "authentication", "8021x", None),
];

/// Values of `type=`, and what they mean.
const TYPES: &[(&str, &str, &str, Option<bool>)] = &[
    ("association", "network", "wifi-association-request", None),
    ("disassociation", "session", "wifi-disassociation-request", None),
    ("aps_association_reject", "network", "association-rejected-for-load-balancing", None),
    ("wpa_auth", "authentication", "wifi-wpa-authentication", None),
    ("wpa_deauth", "session", "wifi-wpa-deauthentication", None),
    ("8021x_auth", "authentication", "8021x-auth", None),
    ("8021x_eap_success", "authentication", "wifi-8021x-auth", Some(true)),
    ("8021x_eap_failure", "authentication", "wifi-8021x-failure", Some(false)),
    ("8021x_deauth", "session", "wifi-8021x-deauth", None),
    ("splash_auth", "authentication", "splash-authentication", Some(true)),
    ("rogue_ssid_detected", "intrusion_detection", "rogue-ssid-detected", None),
    ("ssid_spoofing_detected", "intrusion_detection", "ssid-spoofing-detected", None),
    ("device_packet_flood", "intrusion_detection", "wireless-packet-flood-detected", None),
    ("packet_flood", "intrusion_detection", "wireless-packet-flood-detected", None),
    ("multiple_dhcp_servers_detected", "network", "multiple-dhcp-servers-detected", None),
];

static TABLE: Table = Table::new(
    "cisco.meraki.",
    &[
        ("protocol", To::Transport),
        ("sport", To::SourcePort),
        ("dport", To::DestinationPort),
        ("translated_src_ip", To::Ip("source.nat.ip")),
        ("translated_dst_ip", To::Ip("destination.nat.ip")),
        ("translated_port", To::Number("source.nat.port")),
        ("direction", To::Direction),
        ("mac", To::Text("source.mac")),
        ("client_mac", To::Text("client.mac")),
        ("client_ip", To::Ip("client.ip")),
        ("identity", To::User),
        ("agent", To::Text("user_agent.original")),
        ("url", To::Url),
        ("sha256", To::Hash("file")),
        ("name", To::Text("file.name")),
        ("priority", To::Number("event.severity")),
        ("original_server_ip", To::Ip("server.ip")),
        ("ssid", To::Text("network.name")),
        ("action", To::Action),
        ("timestamp", To::Nothing),
        ("type", To::Nothing),
        ("src", To::Nothing),
        ("dst", To::Nothing),
        ("signature", To::Nothing),
    ],
);

fn starts(b: &[u8], with: &[u8]) -> bool {
    b.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with))
}

fn event(kind: &[u8], text: &[u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_DATASET, "cisco.meraki");
    said.set("cisco.meraki.kind", kind);
    let pairs = Pairs::read(text, &PLAIN);
    end(pairs.get("src"), &SOURCE, "source.mac", said);
    end(pairs.get("dst"), &DESTINATION, "destination.mac", said);
    match kind {
        b"events" | b"airmarshal_events" => happened(text, &pairs, said),
        b"ids-alerts" | b"security_event" => alert(text, &pairs, said),
        b"urls" => {
            said.fields.text(known::EVENT_CATEGORY, "web");
            if let Some(at) = text::place(text, b"request: ") {
                let request = text[at + 9..].trim_ascii();
                let blank = memchr::memchr(b' ', request).unwrap_or(0);
                let (method, url) = (&request[..blank], request[blank..].trim_ascii());
                if method != b"UNKNOWN" && !method.is_empty() {
                    said.fields.bytes(known::HTTP_METHOD, method);
                }
                table::url(url, said);
            }
            said.fields.text(known::EVENT_ACTION, "url-accessed");
        }
        _ => {
            said.fields.text(known::EVENT_CATEGORY, "network");
            // `flows allow src=...`, `... pattern: deny all`
            let pattern = text::place(text, b"pattern: ").map(|at| &text[at + 9..]).unwrap_or(text);
            let word = pattern.split(|c| *c == b' ').next().unwrap_or_default();
            if let Some(allowed) = table::verdict(word) {
                table::decided(allowed, said);
                said.outcome(allowed);
                table::action(word, said);
            }
            said.set("rule.name", if pattern.len() == text.len() { b"" } else { pattern });
            let flow = match kind {
                b"ip_flow_start" => "flow-started",
                b"ip_flow_end" => "flow-ended",
                _ => "flow",
            };
            said.fields.text(known::EVENT_ACTION, flow);
        }
    }
    TABLE.write(&pairs, said);
}

/// `192.0.2.1:80`, `192.0.2.1`, `[2001:db8::1]:80`, or the hardware's address.
fn end(value: &[u8], end: &End, mac: &str, said: &mut Said<'_>) {
    if value.len() == 17 && value.iter().filter(|c| **c == b':').count() == 5 {
        return said.set(mac, value);
    }
    match memchr::memrchr(b':', value) {
        Some(at) if !is_ip(value) => {
            end.host(said.fields, &value[..at]);
            end.port(said.fields, &value[at + 1..]);
        }
        _ => end.host(said.fields, value),
    }
}

fn word<'a>(text: &'a [u8], after: &[u8]) -> &'a [u8] {
    let Some(at) = text::place(text, after) else { return b"" };
    let rest = &text[at + after.len()..];
    &rest[..rest.iter().position(|c| *c == b' ').unwrap_or(rest.len())]
}

fn happened(text: &[u8], pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let kind = pairs.get("type");
    let known_type = TYPES.iter().find(|(name, ..)| name.as_bytes() == kind);
    let sentence = EVENTS.iter().find(|(start, ..)| starts(text, start.as_bytes()));
    let Some((_, category, action, good)) = known_type.or(sentence) else {
        said.fields.text(known::EVENT_CATEGORY, "network");
        return table::action(kind, said);
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    said.fields.text(known::EVENT_ACTION, action);
    if let Some(good) = good {
        said.outcome(*good);
    }
    if action.starts_with("dhcp") {
        said.set("network.protocol", b"dhcp");
        table::put(To::Ip("client.ip"), word(text, b"lease of ip "), said);
        said.set("client.mac", word(text, b"client mac "));
    }
    if action.starts_with("client-vpn") {
        if let Some(at) = text::place(text, b"user id '") {
            let rest = &text[at + 9..];
            let end = memmem::rfind(rest, b"' local ip").or_else(|| memchr::memchr(b'\'', rest)).unwrap_or(0);
            table::user(&rest[..end], said);
        }
        let from = word(text, b"connected from ");
        table::put(To::Source, from, said);
        table::put(To::Ip("client.ip"), from, said);
        table::put(To::Ip("source.nat.ip"), word(text, b"local ip "), said);
    }
}

fn alert(text: &[u8], pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let file = text.starts_with(b"security_filtering");
    said.fields.text(known::EVENT_CATEGORY, if file { "malware" } else { "intrusion_detection" });
    let signature = pairs.get("signature");
    said.set("rule.id", signature.split(|c| *c == b':').nth(1).unwrap_or(signature));
    if let Some(at) = text::place(text, b"message: ") {
        said.set("rule.name", &text[at + 9..]);
    }
    let blocked = pairs.get("action") == b"block" || pairs.get("decision") == b"blocked";
    if blocked || pairs.get("action") == b"allow" || pairs.get("decision") == b"allowed" {
        table::decided(!blocked, said);
        said.outcome(!blocked);
    }
    let action = text.split(|c| *c == b' ').next().unwrap_or_default();
    let named = !action.contains(&b'=');
    table::action(if named { action } else { b"ids-alert" }, said);
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn every_kind_of_meraki_message_is_read() {
        let check = |text: &str, expect: &str| said(&super::Meraki, text, expect);
        check(
            "flows src=192.0.2.186 dst=198.51.100.8 mac=58:1F:AA:CE:61:F2 protocol=udp sport=55719 dport=53 pattern: allow all",
            "event.category=network source.ip=192.0.2.186 destination.port=53 network.transport=udp event.outcome=success event.type=allowed rule.name=allow\\ all",
        );
        check(
            "flows deny src=192.0.2.186 dst=198.51.100.8 protocol=tcp sport=1 dport=2",
            "event.type=denied event.outcome=failure",
        );
        check(
            "urls src=192.0.2.186:63735 dst=198.51.100.40:80 mac=58:1F:AA:CE:61:F2 agent='curl 7' request: GET https://a.example/b?c=d",
            "event.category=web source.port=63735 destination.ip=198.51.100.40 http.request.method=GET url.domain=a.example url.query=c=d user_agent.original=curl\\ 7",
        );
        check(
            "ids-alerts signature=1:28423:1 priority=1 timestamp=1468531589.810079 dhost=98:5A:EB:E1:81:2F direction=ingress protocol=tcp/ip src=192.0.2.238:80 dst=198.51.100.2:53023 message: EXPLOIT-KIT x",
            "event.category=intrusion_detection rule.id=28423 rule.name=EXPLOIT-KIT\\ x network.direction=inbound network.transport=tcp source.ip=192.0.2.238 source.port=80",
        );
        check(
            "security_event security_filtering_file_scanned url=http://a.example/e.zip src=192.0.2.1:80 dst=198.51.100.2:53150 name='EICAR:x' disposition=malicious action=block",
            "event.category=malware event.type=denied url.path=/e.zip file.name=EICAR:x event.action=security_filtering_file_scanned",
        );
        check(
            "events client_vpn_connect user id 'ann@b.example' local ip 10.0.0.145 connected from 192.0.2.193",
            "event.category=session user.name=ann@b.example source.ip=192.0.2.193 client.ip=192.0.2.193 event.outcome=success",
        );
        check(
            "events dhcp lease of ip 192.0.2.213 from mx mac 68:3A:1E:42:60:59 for client mac E0:CB:BC:02:4F:80 from router 192.0.2.1",
            "network.protocol=dhcp client.ip=192.0.2.213 client.mac=E0:CB:BC:02:4F:80 event.action=dhcp-offer",
        );
        check(
            "events type=8021x_eap_failure radio='1' vap='3' client_mac='54:8D:5A:EA:30:E9' client_ip='192.0.2.7' identity='ann'",
            "event.category=authentication event.outcome=failure user.name=ann client.ip=192.0.2.7 cisco.meraki.radio=1",
        );
        check(
            "airmarshal_events type=rogue_ssid_detected ssid='' bssid='92:17:C8:C7:D8:51' src='92:17:C8:C7:D8:51' dst='FF:FF:FF:FF:FF:FF' vlan_id='0'",
            "event.category=intrusion_detection event.action=rogue-ssid-detected source.mac=92:17:C8:C7:D8:51 source.ip=-",
        );
        check("events of the day", "!");
        check("flows", "!");
    }
}
