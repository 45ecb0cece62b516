//! Fortinet: FortiGate, FortiMail, FortiWeb, FortiManager and FortiAnalyzer write `key=value` with quotes where a value
//! holds blanks, beginning with date and time.

use super::guess::Phrase;
use super::pairs::{PLAIN, Pairs};
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::text;
use timberline_model::known;

/// Fortinet's products.
pub struct Fortinet;

impl Payload for Fortinet {
    fn about(&self) -> About {
        About {
            id: "fortinet",
            title: "Fortinet (FortiGate, FortiMail, FortiWeb)",
            about: "FortiGate's traffic, security, event, VPN and user logs, and those of FortiMail, FortiWeb, FortiManager and \
                    FortiAnalyzer.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(768)];
        let has = |what: &[u8]| text::place(head, what).is_some();
        let begins = [
            b"date=".as_slice(),
            b"logver=",
            b"devname=",
            b"itime=",
            b"id=",
            b"device_id=",
            b"timestamp=",
            b"eventtime=",
        ];
        let dated = begins.iter().any(|b| head.starts_with(b)) || web(head).is_some();
        dated
            && (has(b"devid=") || has(b"device_id=") || has(b"devname="))
            && (has(b"logid=") || has(b"log_id=") || has(b"type="))
            && !has(b"log_component=")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        event(&Pairs::read(&message[web(message).unwrap_or_default()..], &PLAIN), said);
        true
    }
}

/// FortiWeb puts a version before the date, without a blank: `v014xxxxdate=2026-03-10`.
fn web(message: &[u8]) -> Option<usize> {
    message.starts_with(b"v0").then(|| text::place(&message[..message.len().min(16)], b"date=")).flatten()
}

static TABLE: Table = Table::new(
    "fortinet.",
    &[
        ("date", To::Nothing),
        ("time", To::Nothing),
        ("tz", To::Nothing),
        ("timezone", To::Nothing),
        ("itime", To::Nothing),
        ("level", To::Level),
        ("pri", To::Level),
        ("logid", To::Text("event.code")),
        ("log_id", To::Text("event.code")),
        ("devname", To::Text("observer.name")),
        ("devid", To::Text("observer.serial_number")),
        ("device_id", To::Text("observer.serial_number")),
        ("srcip", To::Source),
        ("src", To::Source),
        ("src_ip", To::Source),
        ("srcport", To::SourcePort),
        ("src_port", To::SourcePort),
        ("dstip", To::Destination),
        ("dst", To::Destination),
        ("dst_ip", To::Destination),
        ("dstport", To::DestinationPort),
        ("dst_port", To::DestinationPort),
        ("srcintf", To::Text("observer.ingress.interface.name")),
        ("src_int", To::Text("observer.ingress.interface.name")),
        ("dstintf", To::Text("observer.egress.interface.name")),
        ("dst_int", To::Text("observer.egress.interface.name")),
        ("srcname", To::Text("source.domain")),
        ("dstname", To::Text("destination.domain")),
        ("srcmac", To::Text("source.mac")),
        ("dstmac", To::Text("destination.mac")),
        ("transip", To::Ip("source.nat.ip")),
        ("transport", To::Number("source.nat.port")),
        ("tranip", To::Ip("destination.nat.ip")),
        ("tranport", To::Number("destination.nat.port")),
        ("proto", To::Transport),
        ("service", To::Lower("network.protocol")),
        ("app", To::Lower("network.application")),
        ("direction", To::Direction),
        ("sentbyte", To::Number("source.bytes")),
        ("sent", To::Number("source.bytes")),
        ("rcvdbyte", To::Number("destination.bytes")),
        ("rcvd", To::Number("destination.bytes")),
        ("sentpkt", To::Number("source.packets")),
        ("rcvdpkt", To::Number("destination.packets")),
        ("duration", To::Seconds),
        ("sessionid", To::Text("network.session_id")),
        ("policyid", To::Text("rule.id")),
        ("policy_id", To::Text("rule.id")),
        ("policyname", To::Text("rule.name")),
        ("policy", To::Text("rule.name")),
        ("poluuid", To::Text("rule.uuid")),
        ("user", To::User),
        ("user", To::Text("source.user.name")),
        ("unauthuser", To::User),
        ("xauthuser", To::User),
        ("user_name", To::User),
        ("group", To::Text("group.name")),
        ("remip", To::Source),
        ("remote_ip", To::Source),
        ("locip", To::Destination),
        ("remport", To::SourcePort),
        ("locport", To::DestinationPort),
        ("tunnelip", To::Ip("source.nat.ip")),
        ("assignip", To::Ip("source.nat.ip")),
        ("hostname", To::Text("url.domain")),
        ("http_host", To::Text("url.domain")),
        ("url", To::Nothing),
        ("http_url", To::Nothing),
        ("http_method", To::Text("http.request.method")),
        ("httpmethod", To::Text("http.request.method")),
        ("http_agent", To::Text("user_agent.original")),
        ("agent", To::Text("user_agent.original")),
        ("http_refer", To::Text("http.request.referrer")),
        ("referralurl", To::Text("http.request.referrer")),
        ("http_retcode", To::Number("http.response.status_code")),
        ("qname", To::Text("dns.question.name")),
        ("qtype", To::Text("dns.question.type")),
        ("ipaddr", To::Text("dns.answers.data")),
        ("filename", To::Text("file.name")),
        ("file", To::Text("file.name")),
        ("filesize", To::Number("file.size")),
        ("filehash", To::Hash("file")),
        ("analyticscksum", To::Hash("file")),
        ("attack", To::Text("rule.name")),
        ("attackname", To::Text("rule.name")),
        ("attackid", To::Text("rule.id")),
        ("signature_id", To::Text("rule.id")),
        ("virus", To::Text("threat.indicator.name")),
        ("ref", To::Text("rule.reference")),
        ("catdesc", To::Text("rule.category")),
        ("severity_level", To::Level),
        ("reason", To::Text("event.reason")),
        ("error_reason", To::Text("event.reason")),
        ("from", To::Text("email.from.address")),
        ("sender", To::Text("email.from.address")),
        ("to", To::Text("email.to.address")),
        ("recipient", To::Text("email.to.address")),
        ("subject", To::Text("email.subject")),
        ("client_ip", To::Source),
        ("client_name", To::Text("source.domain")),
        ("dst_ip", To::Destination),
        ("count", To::Number("event.count")),
        ("cmd", To::Text("process.command_line")),
    ],
);

fn event(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    time(pairs, said);
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "fortinet");
    let host = pairs.get("devname");
    if !host.is_empty() {
        said.fields.bytes(known::HOST_NAME, host);
    }
    // Before the table: an administrator's address stands in brackets behind the interface, `ui="https(192.0.2.1)"`.
    let ui = pairs.get("ui");
    if let Some(open) = memchr::memchr(b'(', ui) {
        let address = ui[open + 1..].split(|c| *c == b')').next().unwrap_or_default();
        if is_ip(address) && !pairs.has("srcip") {
            SOURCE.host(said.fields, address);
        }
    }
    about(pairs, said);
    // A URL without its host is a path.
    let url =
        [pairs.get("url"), pairs.get("http_url")].into_iter().find(|u| !u.is_empty()).unwrap_or_default();
    let url = pairs.plain(url);
    let host = [pairs.get("hostname"), pairs.get("http_host")]
        .into_iter()
        .find(|h| !h.is_empty())
        .unwrap_or_default();
    if !table::missing(&url) {
        if url.starts_with(b"/") && !host.is_empty() {
            said.fields.bytes(known::URL_DOMAIN, host);
        }
        table::url(&url, said);
    }
    TABLE.write(pairs, said);
    if !said.fields.has(known::DESTINATION_ADDRESS) {
        DESTINATION.host(said.fields, host);
    }
}

/// `date=2026-03-10 time=02:13:04 tz="+0100"`; without a zone the number since 1970 says it for sure.
fn time(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let (date, clock, zone) = (pairs.get("date"), pairs.get("time"), pairs.get("tz"));
    let mut text = [0u8; 48];
    let mut len = 0;
    for part in [date, b" ", clock, b" ", zone] {
        let Some(room) = text.get_mut(len..len + part.len()) else { return };
        room.copy_from_slice(part);
        len += part.len();
    }
    let epoch = [pairs.get("eventtime"), pairs.get("itime"), pairs.get("timestamp")];
    if zone.is_empty()
        && let Some(n) = epoch.iter().find_map(|e| whole_epoch(e))
    {
        said.time = said.ctx.epoch(n);
    } else if !date.is_empty() {
        said.time = said.ctx.stamp(&text[..len]).or(said.time);
    }
}

/// FortiOS writes 19 digits where it counts nanoseconds.
fn whole_epoch(text: &[u8]) -> Option<i64> {
    let n = std::str::from_utf8(text).ok()?.parse::<i64>().ok()?;
    (n > 100_000_000).then_some(n)
}

fn about(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let (kind, sub) = (pairs.get("type"), pairs.get("subtype"));
    let action = pairs.get("action");
    let description = Phrase::new(pairs.get("logdesc"));
    let message = Phrase::new(pairs.get("msg"));
    let status =
        [pairs.get("status"), pairs.get("result")].into_iter().find(|s| !s.is_empty()).unwrap_or_default();
    let login = matches!(
        action,
        b"login"
            | b"logout"
            | b"authentication"
            | b"ssl-login-fail"
            | b"FSSO-logon"
            | b"FSSO-logoff"
            | b"auth-logon"
            | b"auth-logout"
    ) || matches!(sub, b"user" | b"auth") && description.category() == Some("authentication")
        || description.has("login failed");
    let category = match (kind, sub) {
        _ if login => "authentication",
        (b"traffic", _) => "network",
        (_, b"webfilter" | b"urlfilter" | b"waf") => "web",
        (b"attack", _) => "intrusion_detection",
        (_, b"virus" | b"sandbox" | b"av") | (b"virus", _) => "malware",
        (_, b"ips" | b"anomaly") => "intrusion_detection",
        (_, b"emailfilter" | b"spam") | (b"spam" | b"statistics", _) => "email",
        (_, b"dlp" | b"file-filter" | b"cifs") => "file",
        (_, b"vpn") => "session",
        (b"utm", _) => "network",
        _ if pairs.has("cfgpath") || pairs.has("cfgattr") || description.has("config") => "configuration",
        (b"event", b"admin" | b"config") => "configuration",
        (b"event", b"smtp") => "email",
        _ => "host",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    let word = [action, pairs.get("eventtype"), sub].into_iter().find(|a| !a.is_empty()).unwrap_or_default();
    table::action(word, said);
    let good = match status {
        b"success" | b"succeeded" | b"successful" | b"SUCCESS" | b"Success" => Some(true),
        b"failure" | b"failed" | b"fail" | b"deny" | b"denied" | b"FAILED" | b"Failure" | b"error" => {
            Some(false)
        }
        _ if matches!(action, b"ssl-login-fail" | b"ssl-alert" | b"negotiate-error") => Some(false),
        _ if login => message.outcome().or_else(|| description.outcome()),
        _ if matches!(kind, b"traffic" | b"utm") => Some(true),
        _ => None,
    };
    let traffic = matches!(kind, b"traffic" | b"utm" | b"attack" | b"virus");
    if traffic
        && let Some(allowed) = table::verdict(action).or_else(|| table::verdict(&action.to_ascii_lowercase()))
    {
        table::decided(allowed, said);
    }
    if let Some(good) = good {
        said.outcome(good);
    }
    // An anomaly's or attack's own word for how grave it is.
    if let Some(n) = whole(pairs.get("crscore")) {
        said.fields.int(known::EVENT_SEVERITY, n);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn logs_of_every_kind_are_read() {
        let check = |text: &str, expect: &str| said(&super::Fortinet, text, expect);
        check(
            r#"date=2026-03-10 time=02:13:04 devname="fg1" devid="FGT1" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" eventtime=1773105184000000000 tz="+0100" srcip=192.0.2.21 srcport=50112 srcintf="lan" dstip=198.51.100.7 dstport=443 dstintf="wan1" sessionid=1 proto=6 action="close" policyid=7 policyname="lan out" user="EX\ann" service="HTTPS" trandisp="snat" transip=203.0.113.5 transport=50112 duration=5 sentbyte=120 rcvdbyte=9000 sentpkt=3 rcvdpkt=9 appcat="unscanned""#,
            "@timestamp=2026-03-10T01:13:04Z host.name=fg1 event.code=0000000013 event.category=network event.action=close event.type=allowed event.outcome=success \
             source.ip=192.0.2.21 source.port=50112 destination.ip=198.51.100.7 destination.port=443 network.transport=tcp network.protocol=https rule.id=7 \
             rule.name=lan\\ out user.name=ann user.domain=EX source.nat.ip=203.0.113.5 source.nat.port=50112 source.bytes=120 destination.bytes=9000 \
             event.duration=5000000000 log.level=notice observer.ingress.interface.name=lan fortinet.vd=root",
        );
        check(
            r#"date=2026-03-10 time=02:13:04 devid=FGT1 logid=0000000013 type=traffic subtype=forward level=warning srcip=198.51.100.9 srcport=1 dstip=192.0.2.80 dstport=23 proto=17 action=deny policyid=0"#,
            "event.type=denied network.transport=udp destination.port=23 @timestamp=2026-03-10T02:13:04Z",
        );
        check(
            r#"date=2026-03-10 time=02:13:04 devname="fg1" devid="FGT1" logid="0100032002" type="event" subtype="system" level="alert" eventtime=1773108784123456789 logdesc="Admin login failed" sn="0" user="x\" srcip=9.9.9.9 y=\"" ui="https(198.51.100.66)" method="https" srcip=198.51.100.66 dstip=203.0.113.5 action="login" status="failed" reason="name_invalid" msg="Administrator x login failed""#,
            "@timestamp=2026-03-10T02:13:04.123456789Z event.category=authentication event.outcome=failure source.ip=198.51.100.66 event.reason=name_invalid log.level=alert",
        );
        check(
            r#"date=2026-03-10 time=02:13:04 devid="FGT1" logid="0101039426" type="event" subtype="vpn" level="alert" logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" remip=198.51.100.66 user="ann" reason="sslvpn_login_permission_denied" msg="SSL user failed to logged in""#,
            "event.category=authentication event.outcome=failure user.name=ann source.ip=198.51.100.66",
        );
        check(
            r#"date=2026-03-10 time=02:13:04 devid="FGT1" logid="0316013056" type="utm" subtype="webfilter" eventtype="ftgd_blk" level="warning" srcip=192.0.2.21 dstip=198.51.100.7 proto=6 service="HTTP" hostname="bad.example" action="blocked" url="/x?y=1" catdesc="Malicious Websites""#,
            "event.category=web event.type=denied url.domain=bad.example url.path=/x url.query=y=1 url.original=/x?y=1",
        );
        check(
            r#"date=2026-03-10 time=02:13:04 devid="FGT1" logid="0419016384" type="utm" subtype="ips" level="alert" severity="critical" srcip=198.51.100.9 dstip=192.0.2.80 srcport=1 dstport=80 proto=6 action="dropped" attack="Apache.Path.Traversal" attackid=50825 ref="http://f.example/50825""#,
            "event.category=intrusion_detection event.type=denied rule.name=Apache.Path.Traversal rule.id=50825",
        );
        check(
            "date=2026-03-10 time=02:13:04.500 device_id=FE1 log_id=0400001036 type=event subtype=admin pri=information user=ann ui=GUI(198.51.100.66) action=login status=success reason=none msg=\"User ann login successfully\"",
            "event.category=authentication event.outcome=success user.name=ann source.ip=198.51.100.66 @timestamp=2026-03-10T02:13:04.500Z log.level=info",
        );
        check(
            "v014xxxxdate=2026-03-10 time=02:13:04 log_id=20000008 msg_id=1 device_id=FV1 type=attack pri=alert proto=tcp service=http action=Alert_Deny src=198.51.100.9 src_port=1 dst=192.0.2.80 dst_port=80 http_method=get http_url=\"/a\" http_host=\"w.example\"",
            "event.category=intrusion_detection source.ip=198.51.100.9 url.domain=w.example url.path=/a http.request.method=get",
        );
        check("date=2026-03-10 of it", "!");
    }
}
