//! WatchGuard Firebox: `msg_id="3000-0148" Deny 1-Trusted 0-External 52 tcp 20 127 192.0.2.1 198.51.100.2 57436 443 ...`.

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::said::pairs::{PLAIN, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::words::{after, between, between_last, has, login, source_after};
use crate::said::{Payload, Said};
use timberline_model::known;

/// Firebox.
pub struct WatchGuard;

impl Payload for WatchGuard {
    fn about(&self) -> About {
        About {
            id: "watchguard",
            title: "WatchGuard Firebox",
            about: "WatchGuard's firewalls: traffic, proxies, logins, VPN.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        memchr::memchr(b'"', &message[..message.len().min(160)]).is_some()
            && has(&message[..message.len().min(160)], b"msg_id=\"")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        let Some(rest) = after(message, b"msg_id=\"") else { return false };
        let Some(close) = memchr::memchr(b'"', rest) else { return false };
        said.fields.text(known::EVENT_DATASET, "watchguard");
        said.fields.bytes(known::EVENT_CODE, &rest[..close]);
        event(rest[close + 1..].trim_ascii(), said);
        true
    }
}

static TABLE: Table = Table::new(
    "watchguard.",
    &[
        ("op", To::Text("http.request.method")),
        ("dstname", To::Text("url.domain")),
        ("arg", To::Text("url.path")),
        ("sent_bytes", To::Number("source.bytes")),
        ("rcvd_bytes", To::Number("destination.bytes")),
        ("src_user", To::User),
        ("app_name", To::Lower("network.application")),
        ("signature_name", To::Text("rule.name")),
        ("signature_id", To::Text("rule.id")),
        ("virus", To::Text("threat.indicator.name")),
        ("reason", To::Text("event.reason")),
        ("policy_name", To::Text("rule.name")),
        ("src_ip_nat", To::Ip("source.nat.ip")),
        ("dst_ip_nat", To::Ip("destination.nat.ip")),
        ("host", To::Text("url.domain")),
        ("md5", To::Hash("file")),
        ("category", To::Text("rule.category")),
    ],
);

fn event(text: &[u8], said: &mut Said<'_>) {
    let verdict = text.split(|c| *c == b' ').next().unwrap_or_default();
    if matches!(verdict, b"Allow" | b"Deny" | b"Block" | b"Strip" | b"Drop") {
        return traffic(verdict, text, said);
    }
    let bad = has(text, b"rejected")
        || has(text, b"failed")
        || has(text, b"denied")
        || has(text, b"invalid credentials");
    let good = has(text, b"accepted") || has(text, b"logged in") || has(text, b"succeeded");
    if (has(text, b"Authentication of") || has(text, b"log in attempt") || has(text, b"logged in"))
        && (bad || good)
    {
        // `Authentication of Firewall user [ann@Firebox-DB] from 192.0.2.1 was accepted`, `Management user ann@Firebox-DB from ...`
        let name = between_last(text, b"user [", b"] from ")
            .or_else(|| between_last(text, b"user ", b" from "))
            .unwrap_or_default();
        let name = match memchr::memrchr(b'@', name) {
            Some(at) => {
                said.set("user.domain", &name[at + 1..]);
                &name[..at]
            }
            None => name,
        };
        login("watchguard", "login", Some(!bad), name, said);
    } else if has(text, b"logged out") {
        said.is("watchguard", "session", "logout");
        let name = between_last(text, b"user ", b" from ").unwrap_or_default();
        table::user(name, said);
    } else {
        said.is("watchguard", "host", "event");
    }
    source_after(text, &[b" from "], said);
}

fn traffic(verdict: &[u8], text: &[u8], said: &mut Said<'_>) {
    let allowed = verdict == b"Allow";
    let (proxy, threat) = (has(text, b"proxy_act="), has(text, b"signature_name=") || has(text, b"virus="));
    let category = match () {
        () if has(text, b"virus=") => "malware",
        () if threat => "intrusion_detection",
        () if proxy && has(text, b"op=\"") => "web",
        () => "network",
    };
    said.is("watchguard", category, if allowed { "allow" } else { "deny" });
    table::decided(allowed, said);
    said.outcome(allowed);
    let mut words = text.split(|c| *c == b' ').filter(|w| !w.is_empty()).skip(1);
    said.set("observer.ingress.interface.name", words.next().unwrap_or_default());
    said.set("observer.egress.interface.name", words.next().unwrap_or_default());
    // Lengths and lifetimes stand before the ends in some messages; the addresses are found by being some.
    let mut addresses = 0;
    let mut ports = 0;
    for word in words.take(12) {
        match (addresses, ports) {
            _ if is_ip(word) => {
                let end = if addresses == 0 { SOURCE } else { DESTINATION };
                end.host(said.fields, word);
                addresses += 1;
            }
            (0, _) if word.iter().all(u8::is_ascii_alphabetic) && word.len() <= 6 => {
                table::transport(word, said)
            }
            (2, 0 | 1) if whole(word).is_some() => {
                let end = if ports == 0 { SOURCE } else { DESTINATION };
                end.port(said.fields, word);
                ports += 1;
            }
            (2, _) => break,
            _ => {}
        }
    }
    TABLE.write(&Pairs::read(text, &PLAIN), said);
    if let Some(name) = between(text, b" (", b")").filter(|n| n.len() <= 64) {
        said.set("rule.name", name);
    }
    if let Some(message) = between(text, b"msg=\"", b"\"") {
        said.set("watchguard.msg", message);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn traffic_and_logins_are_read() {
        let check = |text: &str, expect: &str| said(&super::WatchGuard, text, expect);
        check(
            r#"firewall: msg_id="3000-0148" Deny 1-Trusted 0-External 52 tcp 20 127 192.0.2.2 198.51.100.2 57436 443 offset 8 S 123 win 32 (HTTPS-00)"#,
            "event.code=3000-0148 event.type=denied source.ip=192.0.2.2 source.port=57436 destination.ip=198.51.100.2 destination.port=443 network.transport=tcp rule.name=HTTPS-00 observer.ingress.interface.name=1-Trusted",
        );
        check(
            r#"msg_id="1AFF-0021" Allow 1-Trusted 0-External tcp 192.0.2.2 198.51.100.2 57436 80 msg="HTTP request" proxy_act="x" op="GET" dstname="a.example" arg="/b" sent_bytes="90" rcvd_bytes="80" (HTTP-proxy-00)"#,
            "event.category=web http.request.method=GET url.domain=a.example url.path=/b source.bytes=90 destination.port=80 event.outcome=success",
        );
        check(
            r#"msg_id="1100-0005" Authentication of Firewall user [x] from 9.9.9.9 [y@Firebox-DB] from 198.51.100.66 was rejected, Bad username or password"#,
            "event.category=authentication event.outcome=failure source.ip=198.51.100.66 user.domain=Firebox-DB",
        );
        check("msg_id", "!");
    }
}
