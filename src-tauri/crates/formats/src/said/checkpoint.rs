//! Check Point: the Log Exporter's `[key:"value"; key:"value"]`, its `key=value|key=value`, what fw1-loggrabber writes, and
//! the structured data of its gateways (`Fields@1.3.6.1.4.1.2620`).

use super::guess::Phrase;
use super::pairs::{Dialect, PLAIN, Pairs};
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::whole;
use crate::normalise::text;
use timberline_model::known;

/// Check Point's gateways and management.
pub struct CheckPoint;

impl Payload for CheckPoint {
    fn about(&self) -> About {
        About {
            id: "checkpoint",
            title: "Check Point",
            about: "Check Point's gateways and management servers: connections, address translation, threats, URLs, VPN, \
                    identities, administrators' logins and changes.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        form(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(form) = form(message) else { return false };
        let (text, how) = match form {
            Form::Colons => (message[1..].trim_ascii_end(), &COLONS),
            Form::Bars => (message, &BARS),
            Form::Structured => (message, &STRUCTURED),
        };
        event(&Pairs::read(text, how), said);
        true
    }
}

#[derive(Clone, Copy)]
enum Form {
    Colons,
    Bars,
    Structured,
}

const COLONS: Dialect =
    Dialect { equals: b':', separator: b';', quotes: b"\"", open: false, escapes: b"\"]\\" };
const BARS: Dialect = Dialect { equals: b'=', separator: b'|', quotes: b"\"", open: false, escapes: b"|\\" };
const STRUCTURED: Dialect = Dialect { escapes: b"\"]\\", ..PLAIN };

fn form(b: &[u8]) -> Option<Form> {
    match b.first()? {
        b'[' => {
            if b.starts_with(b"[Fields@1.3.6.1.4.1.2620") {
                return Some(Form::Structured);
            }
            let key = b[1..].iter().take(48).take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count();
            let colon = key > 0 && b[1 + key..].starts_with(b":\"");
            (colon && text::place(b, b"\"; ").is_some()).then_some(Form::Colons)
        }
        b't' | b'l' | b'n' => {
            let begins = [b"time=".as_slice(), b"loc=", b"num="].iter().any(|s| b.starts_with(s));
            let head = &b[..b.len().min(1024)];
            let has = |what: &[u8]| text::place(head, what).is_some();
            (begins && has(b"|product=") && (has(b"|orig") || has(b"|hostname=") || has(b"|action=")))
                .then_some(Form::Bars)
        }
        _ => None,
    }
}

static TABLE: Table = Table::new(
    "checkpoint.",
    &[
        ("time", To::Nothing),
        ("sequencenum", To::Nothing),
        ("flags", To::Nothing),
        ("version", To::Nothing),
        ("action", To::Nothing),
        ("loguid", To::Text("event.id")),
        ("origin", To::Text("observer.name")),
        ("orig", To::Text("observer.name")),
        ("hostname", To::Text("host.name")),
        ("originsicname", To::Text("observer.sic_name")),
        ("product", To::Text("observer.product")),
        ("ProductName", To::Text("observer.product")),
        ("ifdir", To::Direction),
        ("i/f_dir", To::Direction),
        ("ifname", To::Text("observer.ingress.interface.name")),
        ("i/f_name", To::Text("observer.ingress.interface.name")),
        ("inzone", To::Text("observer.ingress.zone")),
        ("outzone", To::Text("observer.egress.zone")),
        ("src", To::Source),
        ("client_ip", To::Source),
        ("endpoint_ip", To::Source),
        ("dst", To::Destination),
        ("s_port", To::SourcePort),
        ("sport_svc", To::SourcePort),
        ("service", To::DestinationPort),
        ("svc", To::DestinationPort),
        ("service_id", To::Lower("network.application")),
        ("proto", To::Transport),
        ("xlatesrc", To::Ip("source.nat.ip")),
        ("xlatedst", To::Ip("destination.nat.ip")),
        ("xlatesport", To::Number("source.nat.port")),
        ("xlatesport_svc", To::Number("source.nat.port")),
        ("xlatedport", To::Number("destination.nat.port")),
        ("xlatedport_svc", To::Number("destination.nat.port")),
        ("bytes", To::Number("network.bytes")),
        ("client_outbound_bytes", To::Number("source.bytes")),
        ("sent_bytes", To::Number("source.bytes")),
        ("server_inbound_bytes", To::Nothing),
        ("client_inbound_bytes", To::Number("destination.bytes")),
        ("received_bytes", To::Number("destination.bytes")),
        ("packets", To::Number("network.packets")),
        ("elapsed", To::Seconds),
        ("rule_name", To::Text("rule.name")),
        ("rule", To::Text("rule.id")),
        ("rule_uid", To::Text("rule.uuid")),
        ("malware_rule_id", To::Text("rule.id")),
        ("protection_name", To::Text("rule.name")),
        ("protection_id", To::Text("rule.id")),
        ("attack", To::Text("checkpoint.attack")),
        ("attack_info", To::Text("checkpoint.attack_info")),
        ("malware_family", To::Text("threat.indicator.name")),
        ("user", To::User),
        ("user", To::Text("source.user.name")),
        ("src_user_name", To::User),
        ("src_user_name", To::Text("source.user.name")),
        ("administrator", To::User),
        ("administrator", To::Text("source.user.name")),
        ("dst_user_name", To::Text("destination.user.name")),
        ("src_machine_name", To::Text("source.domain")),
        ("dst_machine_name", To::Text("destination.domain")),
        ("resource", To::Url),
        ("http_host", To::Text("url.domain")),
        ("method", To::Text("http.request.method")),
        ("user_agent", To::Text("user_agent.original")),
        ("web_client_type", To::Text("user_agent.name")),
        ("referrer", To::Text("http.request.referrer")),
        ("web_server_type", To::Text("checkpoint.web_server_type")),
        ("http_status", To::Number("http.response.status_code")),
        ("dns_query", To::Text("dns.question.name")),
        ("dns_type", To::Text("dns.question.type")),
        ("file_name", To::Text("file.name")),
        ("file_type", To::Text("file.type")),
        ("file_size", To::Number("file.size")),
        ("file_md5", To::Hash("file")),
        ("file_sha1", To::Hash("file")),
        ("file_sha256", To::Hash("file")),
        ("from", To::Text("email.from.address")),
        ("to", To::Text("email.to.address")),
        ("email_subject", To::Text("email.subject")),
        ("reason", To::Text("event.reason")),
        ("action_reason", To::Text("event.reason")),
        ("mac_source_address", To::Text("source.mac")),
        ("mac_destination_address", To::Text("destination.mac")),
        ("os_name", To::Text("host.os.name")),
        ("process_name", To::Text("process.name")),
        ("process_md5", To::Hash("process")),
    ],
);

fn event(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let time = pairs.get("time");
    said.time = match whole(time) {
        Some(n) if n >= 100_000_000 => said.ctx.epoch(n),
        _ => said.ctx.stamp(time).or(said.time),
    };
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "checkpoint");
    about(pairs, said);
    TABLE.write(pairs, said);
}

fn about(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let action = pairs.get("action");
    let (operation, subject) = (pairs.get("operation"), pairs.get("subject"));
    let login = matches!(operation, b"Log In" | b"Log Out")
        || matches!(action, b"Log In" | b"Log Out" | b"Failed Log In" | b"authcrypt" | b"login" | b"logout")
        || pairs.has("auth_status")
        || Phrase::new(subject).category() == Some("authentication");
    let threat = pairs.has("malware_action") || pairs.has("malware_family") || pairs.has("malware_rule_id");
    let category = match pairs.get("product") {
        _ if login => "authentication",
        _ if threat => "malware",
        _ if pairs.has("attack") || pairs.has("protection_name") => "intrusion_detection",
        b"SmartDefense" | b"IPS" => "intrusion_detection",
        _ if !operation.is_empty() => "configuration",
        b"URL Filtering" | b"Application Control" if pairs.has("resource") => "web",
        b"MTA" | b"Anti-Spam" => "email",
        _ => "network",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    table::action(if action.is_empty() { operation } else { action }, said);
    let decided = table::verdict(action);
    let ruled = pairs.has("rule_action") || pairs.has("rule_uid") || pairs.has("rule");
    if let Some(allowed) = decided.filter(|_| ruled || pairs.has("dst")) {
        table::decided(allowed, said);
    }
    let status = [pairs.get("audit_status"), pairs.get("auth_status"), pairs.get("operation_results")];
    let status = status.into_iter().find(|s| !s.is_empty()).unwrap_or_default();
    let good = match Phrase::new(status).outcome() {
        Some(good) => Some(good),
        None if matches!(action, b"Failed Log In" | b"Reject" | b"reject") && login => Some(false),
        None if login && !matches!(operation, b"Log Out") => {
            let words = Phrase::new(pairs.get("additional_info")).outcome();
            words.or_else(|| Phrase::new(pairs.get("reason")).outcome()).or(Some(true))
        }
        // As Elastic has it: what was let through is a success, and a drop is neither.
        None if ruled && decided == Some(true) => Some(true),
        None => None,
    };
    if let Some(good) = good {
        said.outcome(good);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn every_form_is_read() {
        let check = |text: &str, expect: &str| said(&super::CheckPoint, text, expect);
        check(
            r#"[action:"Accept"; flags:"444676"; ifdir:"outbound"; ifname:"eth0"; loguid:"{0x5e,0x0}"; origin:"203.0.113.1"; time:"1773108784"; __policy_id_tag:"product=VPN-1 & FireWall-1[db_tag={D};policy_name=Standard\]"; dst:"198.51.100.1"; inzone:"Local"; rule_action:"Accept"; rule_name:"r 1"; product:"VPN-1 & FireWall-1"; proto:"17"; s_port:"46915"; service:"53"; service_id:"domain-udp"; src:"192.0.2.100"; xlatesrc:"0.0.0.0"]"#,
            "@timestamp=2026-03-10T02:13:04Z event.category=network event.action=accept event.type=allowed event.outcome=success source.ip=192.0.2.100 source.port=46915 \
             destination.ip=198.51.100.1 destination.port=53 network.transport=udp network.direction=outbound observer.name=203.0.113.1 rule.name=r\\ 1 source.nat.ip=- event.id={0x5e,0x0} \
             checkpoint.__policy_id_tag=product=VPN-1\\ &\\ FireWall-1[db_tag={D};policy_name=Standard]",
        );
        check(
            r#"[action:"Drop"; ifdir:"inbound"; origin:"203.0.113.1"; dst:"198.51.100.1"; product:"VPN-1 & FireWall-1"; proto:"6"; s_port:"1"; service:"80"; src:"192.0.2.100"; sys_message::"x"]"#,
            "event.type=denied event.outcome=- network.transport=tcp",
        );
        check(
            r#"[action:"Accept"; flags:"1"; origin:"203.0.113.1"; additional_info:"Authentication error: wrong password"; administrator:"ann"; client_ip:"198.51.100.66"; operation:"Log In"; audit_status:"Failure"; product:"SmartConsole"; subject:"Administrator Login"]"#,
            "event.category=authentication event.outcome=failure user.name=ann source.ip=198.51.100.66",
        );
        check(
            "time=1773108784|hostname=cp1|product=VPN-1 & FireWall-1|action=drop|ifdir=inbound|origin=203.0.113.1|src=198.51.100.9|s_port=1|dst=192.0.2.80|service=23|proto=6|rule=9",
            "@timestamp=2026-03-10T02:13:04Z event.type=denied source.ip=198.51.100.9 destination.port=23 rule.id=9 host.name=cp1",
        );
        check(
            "loc=1|time=10Mar2026 02:13:04|action=accept|orig=203.0.113.1|i/f_dir=inbound|i/f_name=eth0|product=VPN-1 & FireWall-1|src=192.0.2.1|s_port=1|dst=192.0.2.2|service=http|proto=tcp|rule=1",
            "source.ip=192.0.2.1 network.transport=tcp event.outcome=success observer.name=203.0.113.1",
        );
        check(
            r#"[Fields@1.3.6.1.4.1.2620 inzone="DMZ" service_id="https" src="192.0.2.1" dst="198.51.100.2" proto="6" xlatesrc="203.0.113.5" rule_name="" ProductName="VPN-1 & FireWall-1" svc="443" sport_svc="56530" ]"#,
            "source.ip=192.0.2.1 destination.port=443 source.port=56530 source.nat.ip=203.0.113.5",
        );
        check("[main] INFO: x", "!");
        check("time=1|a=b", "!");
    }
}
