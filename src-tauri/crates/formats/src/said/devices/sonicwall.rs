//! SonicWall: `id=firewall sn=... time="..." fw=... pri=6 m=98 msg="..." src=192.0.2.1:5:X0 dst=...`.

use crate::About;
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip, whole};
use crate::normalise::severity;
use crate::said::guess::Phrase;
use crate::said::pairs::{PLAIN, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::words::has;
use crate::said::{Payload, Said};
use timberline_model::known;

/// SonicOS.
pub struct SonicWall;

impl Payload for SonicWall {
    fn about(&self) -> About {
        About {
            id: "sonicwall",
            title: "SonicWall",
            about: "SonicWall's firewalls: connections, dropped packets, attacks, web sites, logins, VPN.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = message[..message.len().min(256)].trim_ascii_start();
        (head.starts_with(b"id=") || head.starts_with(b"sn="))
            && has(head, b" sn=") | head.starts_with(b"sn=")
            && has(head, b" fw=")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        event(&Pairs::read(message, &PLAIN), said);
        true
    }
}

static TABLE: Table = Table::new(
    "sonicwall.",
    &[
        ("id", To::Nothing),
        ("time", To::Nothing),
        ("pri", To::Nothing),
        ("src", To::Nothing),
        ("dst", To::Nothing),
        ("srcV6", To::Source),
        ("dstV6", To::Destination),
        ("sn", To::Text("observer.serial_number")),
        ("fw", To::Ip("observer.ip")),
        ("m", To::Text("event.code")),
        ("msg", To::Text("sonicwall.msg")),
        ("n", To::Nothing),
        ("proto", To::Transport),
        ("srcMac", To::Text("source.mac")),
        ("dstMac", To::Text("destination.mac")),
        ("sent", To::Number("source.bytes")),
        ("rcvd", To::Number("destination.bytes")),
        ("spkt", To::Number("source.packets")),
        ("rpkt", To::Number("destination.packets")),
        ("cdur", To::Number("sonicwall.duration_ms")),
        ("rule", To::Text("rule.name")),
        ("usr", To::User),
        ("user", To::User),
        ("dstname", To::Text("url.domain")),
        ("arg", To::Text("url.path")),
        ("result", To::Number("http.response.status_code")),
        ("sid", To::Text("rule.id")),
        ("ipscat", To::Text("rule.category")),
        ("appName", To::Lower("network.application")),
        ("app", To::Text("sonicwall.app")),
        ("srcZone", To::Text("observer.ingress.zone")),
        ("dstZone", To::Text("observer.egress.zone")),
        ("fw_action", To::Nothing),
        ("reason", To::Text("event.reason")),
        ("filename", To::Text("file.name")),
    ],
);

fn event(pairs: &Pairs<'_>, said: &mut Said<'_>) {
    said.time = said.ctx.stamp(pairs.get("time")).or(said.time);
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "sonicwall");
    if let Some(n) = whole(pairs.get("pri")).and_then(|n| severity::SYSLOG.get(usize::try_from(n).ok()?)) {
        said.fields.text(known::LOG_LEVEL, n);
    }
    ends(pairs.get("src"), &SOURCE, ["observer.ingress.interface.name", "source.domain"], said);
    ends(pairs.get("dst"), &DESTINATION, ["observer.egress.interface.name", "destination.domain"], said);
    for (key, names) in [
        ("natSrc", ["source.nat.ip", "source.nat.port"]),
        ("natDst", ["destination.nat.ip", "destination.nat.port"]),
    ] {
        let mut parts = pairs.get(key).split(|c| *c == b':');
        table::put(To::Ip(names[0]), parts.next().unwrap_or_default(), said);
        said.set_number(names[1], parts.next().unwrap_or_default());
    }
    let text = pairs.get("msg");
    let phrase = Phrase::new(text);
    let login = phrase.category() == Some("authentication");
    let category = match () {
        () if login => "authentication",
        () if pairs.has("ipscat") || pairs.has("sid") => "intrusion_detection",
        () if phrase.has("virus")
            || phrase.has("spyware")
            || phrase.has("malware")
            || phrase.has("botnet") =>
        {
            "malware"
        }
        () if phrase.category() == Some("intrusion_detection") => "intrusion_detection",
        () if pairs.has("dstname") || phrase.has("web site") => "web",
        () if phrase.has("configuration") || phrase.has("settings") => "configuration",
        () if pairs.has("src") || pairs.has("dst") => "network",
        () => "host",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    table::action(text, said);
    let decision = pairs.get("fw_action").to_ascii_lowercase();
    let denied = matches!(decision.as_slice(), b"drop" | b"block" | b"reset" | b"deny")
        || phrase.has("dropped")
        || phrase.has("denied")
        || phrase.has("blocked");
    if login {
        if !phrase.has("logged out") && !phrase.has("logout") {
            said.outcome(phrase.outcome().unwrap_or(!denied));
        }
    } else if denied {
        table::decided(false, said);
        said.outcome(false);
    } else if matches!(decision.as_slice(), b"forward" | b"mgmt")
        || phrase.has("connection opened")
        || phrase.has("connection closed")
    {
        table::decided(true, said);
        said.outcome(true);
    }
    let method = pairs.get("op");
    if method.first().is_some_and(u8::is_ascii_uppercase) {
        said.set("http.request.method", method);
    }
    TABLE.write(pairs, said);
}

/// `192.0.2.1:55000:X0:host.example`.
fn ends(value: &[u8], end: &End, names: [&str; 2], said: &mut Said<'_>) {
    let mut parts = value.split(|c| *c == b':');
    let address = parts.next().unwrap_or_default();
    if !is_ip(address) || address == b"0.0.0.0" {
        return;
    }
    end.host(said.fields, address);
    end.port(said.fields, parts.next().unwrap_or_default());
    said.set(names[0], parts.next().unwrap_or_default());
    said.set(names[1], parts.next().unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn messages_of_sonicos_are_read() {
        let check = |text: &str, expect: &str| said(&super::SonicWall, text, expect);
        check(
            r#"id=firewall sn=0017C5 time="2026-03-10 02:13:04 UTC" fw=203.0.113.5 pri=6 c=262144 m=98 msg="Connection Opened" n=0 src=192.0.2.10:55000:X0 dst=198.51.100.8:53:X1 proto=udp/dns sent=100 rcvd=200 usr="ann""#,
            "@timestamp=2026-03-10T02:13:04Z event.category=network event.code=98 event.type=allowed source.ip=192.0.2.10 source.port=55000 destination.port=53 network.transport=udp user.name=ann source.bytes=100 log.level=info observer.ingress.interface.name=X0",
        );
        check(
            r#"id=firewall sn=0017C5 time="2026-03-10 02:13:04" fw=203.0.113.5 pri=1 c=32 m=30 msg="Administrator login denied due to bad credentials" n=1 usr="root" src=198.51.100.66:0:X1 dst=203.0.113.5:443:X1"#,
            "event.category=authentication event.outcome=failure user.name=root source.ip=198.51.100.66 log.level=alert",
        );
        check(
            r#"id=firewall sn=0017C5 time="2026-03-10 02:13:04" fw=203.0.113.5 pri=5 c=128 m=37 msg="UDP packet dropped" n=1 src=198.51.100.9:5:X1 dst=192.0.2.80:53:X0 fw_action="drop""#,
            "event.type=denied event.outcome=failure event.action=udp-packet-dropped",
        );
        check("id=1 other", "!");
    }
}
