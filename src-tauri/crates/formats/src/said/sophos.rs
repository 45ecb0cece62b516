//! Sophos firewalls: SFOS (XG, XGS) and Cyberoam write `key="value"`, and values with blanks that nobody quoted; UTM 9
//! writes `key="value"` behind the name of its daemon.

use super::guess::Phrase;
use super::pairs::{Dialect, Pairs};
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::is_ip;
use crate::normalise::text;
use timberline_model::known;

/// Sophos SFOS.
pub struct Sfos;

impl Payload for Sfos {
    fn about(&self) -> About {
        About {
            id: "sophos_xg",
            title: "Sophos Firewall (SFOS, XG)",
            about: "Sophos' and Cyberoam's firewalls: traffic, content filtering, intrusion prevention, mail, sandbox, logins, VPN.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(512)];
        head.starts_with(b"device") && text::place(head, b"log_component=").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        sfos(&Pairs::read(message, &SFOS), said);
        true
    }
}

/// Sophos UTM.
pub struct Utm;

impl Payload for Utm {
    fn about(&self) -> About {
        About {
            id: "sophos_utm",
            title: "Sophos UTM",
            about: "Sophos UTM 9 (Astaro): packet filter, web proxy, intrusion prevention, logins, mail.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(256)];
        head.starts_with(b"id=\"")
            && text::place(head, b" severity=\"").is_some()
            && text::place(head, b" sys=\"").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        utm(&Pairs::read(message, &SFOS), said);
        true
    }
}

const SFOS: Dialect = Dialect { equals: b'=', separator: b' ', quotes: b"\"", open: true, escapes: b"" };

static TABLE: Table = Table::new(
    "sophos.",
    &[
        ("date", To::Nothing),
        ("time", To::Nothing),
        ("timezone", To::Nothing),
        ("timestamp", To::Nothing),
        ("device", To::Nothing),
        ("priority", To::Level),
        ("severity", To::Level),
        ("log_id", To::Text("event.code")),
        ("id", To::Text("event.code")),
        ("device_name", To::Text("observer.name")),
        ("device_id", To::Text("observer.serial_number")),
        ("device_serial_id", To::Text("observer.serial_number")),
        ("src_ip", To::Source),
        ("srcip", To::Source),
        ("src_port", To::SourcePort),
        ("srcport", To::SourcePort),
        ("dst_ip", To::Destination),
        ("dstip", To::Destination),
        ("dst_port", To::DestinationPort),
        ("dstport", To::DestinationPort),
        ("protocol", To::Transport),
        ("proto", To::Transport),
        ("user_name", To::Text("source.user.name")),
        ("user_name", To::User),
        ("user", To::Text("source.user.name")),
        ("user", To::User),
        ("usergroupname", To::Text("group.name")),
        ("user_gp", To::Text("group.name")),
        ("user_group", To::Text("group.name")),
        ("url", To::Url),
        ("domain", To::Text("url.domain")),
        ("website", To::Text("url.domain")),
        ("status_code", To::Number("http.response.status_code")),
        ("statuscode", To::Number("http.response.status_code")),
        ("httpresponsecode", To::Number("http.response.status_code")),
        ("user_agent", To::Text("user_agent.original")),
        ("ua", To::Text("user_agent.original")),
        ("referer", To::Text("http.request.referrer")),
        ("http_method", To::Text("http.request.method")),
        ("method", To::Text("http.request.method")),
        ("sent_bytes", To::Number("source.bytes")),
        ("bytes_sent", To::Number("source.bytes")),
        ("recv_bytes", To::Number("destination.bytes")),
        ("bytes_received", To::Number("destination.bytes")),
        ("sent_pkts", To::Number("source.packets")),
        ("packets_sent", To::Number("source.packets")),
        ("recv_pkts", To::Number("destination.packets")),
        ("packets_received", To::Number("destination.packets")),
        ("duration", To::Seconds),
        ("fw_rule_id", To::Text("sophos.fw_rule_id")),
        ("fw_rule_name", To::Text("rule.name")),
        ("fwrule", To::Text("rule.id")),
        ("policy_name", To::Text("rule.name")),
        ("signature_id", To::Text("rule.id")),
        ("sid", To::Text("rule.id")),
        ("signature_msg", To::Text("rule.name")),
        ("message_id", To::Text("sophos.message_id")),
        ("src_mac", To::Text("source.mac")),
        ("srcmac", To::Text("source.mac")),
        ("dst_mac", To::Text("destination.mac")),
        ("dstmac", To::Text("destination.mac")),
        ("tran_src_ip", To::Ip("source.nat.ip")),
        ("src_trans_ip", To::Ip("source.nat.ip")),
        ("tran_src_port", To::Number("source.nat.port")),
        ("tran_dst_ip", To::Ip("destination.nat.ip")),
        ("dst_trans_ip", To::Ip("destination.nat.ip")),
        ("tran_dst_port", To::Number("destination.nat.port")),
        ("in_interface", To::Text("observer.ingress.interface.name")),
        ("initf", To::Text("observer.ingress.interface.name")),
        ("out_interface", To::Text("observer.egress.interface.name")),
        ("outitf", To::Text("observer.egress.interface.name")),
        ("srczone", To::Text("observer.ingress.zone")),
        ("src_zone", To::Text("observer.ingress.zone")),
        ("dstzone", To::Text("observer.egress.zone")),
        ("dst_zone", To::Text("observer.egress.zone")),
        ("application", To::Lower("network.application")),
        ("application_name", To::Lower("network.application")),
        ("app_name", To::Lower("network.application")),
        ("filename", To::Text("file.name")),
        ("file_name", To::Text("file.name")),
        ("file_path", To::Text("file.path")),
        ("filesize", To::Number("file.size")),
        ("sha1sum", To::Hash("file")),
        ("virus", To::Text("threat.indicator.name")),
        ("virusname", To::Text("threat.indicator.name")),
        ("threatname", To::Text("threat.indicator.name")),
        ("threat", To::Text("threat.indicator.name")),
        ("from_email_address", To::Text("email.from.address")),
        ("sender", To::Text("email.from.address")),
        ("to_email_address", To::Text("email.to.address")),
        ("recepient", To::Text("email.to.address")),
        ("email_subject", To::Text("email.subject")),
        ("subject", To::Text("email.subject")),
        ("src_domainname", To::Text("source.domain")),
        ("dst_domainname", To::Text("destination.domain")),
        ("dst_domain", To::Text("destination.domain")),
        ("client_host_name", To::Text("source.domain")),
        ("reason", To::Text("event.reason")),
        ("con_event", To::Text("sophos.con_event")),
        ("log_subtype", To::Action),
        ("action", To::Action),
    ],
);

fn sfos(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    // The newer form has one time with its zone, the older date, time and the zone's name.
    let whole = pairs.get("timestamp");
    let old = [pairs.get("date"), pairs.get("time"), pairs.get("timezone")].join(&b' ');
    said.time = said
        .ctx
        .stamp(whole)
        .or_else(|| said.ctx.stamp(&old))
        .or_else(|| {
            // A zone whose name is not known.
            said.ctx.stamp(&[pairs.get("date"), pairs.get("time")].join(&b' '))
        })
        .or(said.time);
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "sophos.xg");
    let (kind, component, sub) =
        (pairs.get("log_type"), pairs.get("log_component"), pairs.get("log_subtype"));
    let login = kind == b"Event" && (sub == b"Authentication" || component == b"Firewall Authentication")
        || component == b"GUI" && Phrase::new(pairs.get("message")).category() == Some("authentication");
    let denied = matches!(sub, b"Denied" | b"Drop" | b"Denied " | b"Blocked" | b"Virus" | b"DLP" | b"DOS");
    let category = match kind {
        _ if login => "authentication",
        b"IDP" | b"IPS" | b"ATP" => "intrusion_detection",
        b"Anti-Virus" | b"Anti Virus" | b"Sandbox" | b"Zero-Day Protection" if denied => "malware",
        b"Content Filtering" | b"WAF" | b"Web Content Policy" => "web",
        b"Anti-Spam" | b"Anti Spam" => "email",
        b"Event" | b"System" if component == b"GUI" || component == b"CLI" => "configuration",
        b"Event" => "session",
        _ => "network",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    if login {
        let good = match pairs.get("status") {
            b"Failed" | b"Fail" => Some(false),
            b"Successful" | b"Success" => Some(true),
            _ => Phrase::new(pairs.get("message")).outcome(),
        };
        if let Some(good) = good {
            said.outcome(good);
        }
    } else if matches!(sub, b"Allowed" | b"Denied" | b"Drop" | b"Detect" | b"Warned" | b"Blocked") {
        table::decided(!denied, said);
        // As Elastic has it: what the firewall decided, it did.
        said.outcome(true);
    } else {
        match pairs.get("status") {
            b"Failed" | b"Fail" => said.outcome(false),
            _ => said.outcome(true),
        }
    }
    if sub == b"Alert" {
        said.fields.text(known::LOG_LEVEL, "alert");
    }
    TABLE.write(pairs, said);
}

fn utm(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    said.fields.text(known::EVENT_DATASET, "sophos.utm");
    let (name, action) = (pairs.get("name"), pairs.get("action"));
    let phrase = Phrase::new(name);
    let login = pairs.get("sub") == b"auth" || phrase.category() == Some("authentication");
    let category = match pairs.get("sub") {
        _ if login => "authentication",
        b"packetfilter" => "network",
        b"ips" => "intrusion_detection",
        b"http" => "web",
        b"smtp" | b"pop3" => "email",
        b"vpn" => "session",
        _ => "host",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    said.set("sophos.name", name);
    let allowed = table::verdict(action);
    if let Some(allowed) = allowed.filter(|_| !login) {
        table::decided(allowed, said);
    }
    let good = if login {
        phrase.outcome().or_else(|| pairs.has("result").then(|| pairs.get("result") == b"ok"))
    } else {
        allowed
    };
    if let Some(good) = good {
        said.outcome(good);
    }
    if !is_ip(pairs.get("srcip")) && login {
        table::put(To::Source, pairs.get("host"), said);
    }
    TABLE.write(pairs, said);
    if action.is_empty() {
        table::action(name, said);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn both_firewalls_are_read() {
        let check = |text: &str, expect: &str| said(&super::Sfos, text, expect);
        check(
            r#"device="SFW" date=2026-03-10 time=02:13:04 timezone="CET" device_name="XG" device_id=C1 log_id=010101600001 log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" status="Allow" priority=Information duration=10 fw_rule_id=2 user_name="ann" src_ip=192.0.2.21 src_country_code=R1 dst_ip=198.51.100.7 protocol="TCP" src_port=50112 dst_port=443 sent_pkts=3 sent_bytes=120 recv_bytes=9000 tran_src_ip=203.0.113.5 srczone="LAN" con_event="Stop""#,
            "@timestamp=2026-03-10T01:13:04Z event.category=network event.action=allowed event.type=allowed event.outcome=success source.ip=192.0.2.21 destination.port=443 \
             network.transport=tcp user.name=ann source.nat.ip=203.0.113.5 source.bytes=120 event.code=010101600001 log.level=info event.duration=10000000000",
        );
        check(
            r#"device_name="SFW" timestamp="2026-03-10T02:13:04+0100" device_model="XGS" device_serial_id="C1" log_id="062910617701" log_type="Event" log_component="GUI" log_subtype="Admin" priority="Information" user_name="admin" src_ip="198.51.100.66" message="User admin failed to login to Web Admin Console because of wrong credentials""#,
            "@timestamp=2026-03-10T01:13:04Z event.category=authentication event.outcome=failure user.name=admin source.ip=198.51.100.66",
        );
        check(
            r#"device="SFW" date=2026-03-10 time=02:13:04 timezone="GMT" device_id=C1 log_id=1 log_type="IDP" log_component="Signatures" log_subtype="Drop" priority=Warning signature_id=26022 signature_msg="FILE x" src_ip=198.51.100.9 dst_ip=192.0.2.80 protocol="TCP" src_port=1 dst_port=25 site_category=Information Technology website="a.example""#,
            "event.category=intrusion_detection event.type=denied rule.id=26022 rule.name=FILE\\ x sophos.site_category=Information\\ Technology url.domain=a.example",
        );
        check("device is on", "!");
        let check = |text: &str, expect: &str| said(&super::Utm, text, expect);
        check(
            r#"id="2001" severity="info" sys="SecureNet" sub="packetfilter" name="Packet dropped" action="drop" fwrule="60002" initf="eth1" srcip="198.51.100.9" dstip="192.0.2.80" proto="6" srcport="1" dstport="23""#,
            "event.category=network event.type=denied source.ip=198.51.100.9 destination.port=23 network.transport=tcp rule.id=60002 event.action=drop",
        );
        check(
            r#"id="3006" severity="info" sys="System" sub="auth" name="Authentication failed" srcip="198.51.100.66" host="" user="ann" caller="webadmin" reason="DENIED""#,
            "event.category=authentication event.outcome=failure user.name=ann source.ip=198.51.100.66 event.reason=DENIED",
        );
        check("id=\"1\"", "!");
    }
}
