//! Zscaler's NSS feeds and Forcepoint's (Websense) proxies: `key=value` between tabs or blanks.

use crate::About;
use crate::normalise::entities::whole;
use crate::said::pairs::{Dialect, PLAIN, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::words::has;
use crate::said::{Payload, Said};
use timberline_model::known;

/// Zscaler.
pub struct Zscaler;

impl Payload for Zscaler {
    fn about(&self) -> About {
        About {
            id: "zscaler",
            title: "Zscaler (NSS)",
            about: "Web requests, firewall sessions and DNS of Zscaler's NSS feeds.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        // No pair near the beginning: the usual message is told apart by one look.
        if memchr::memchr(b'=', &message[..message.len().min(64)]).is_none() {
            return false;
        }
        let head = &message[..message.len().min(2048)];
        has(head, b"vendor=Zscaler")
            || (has(head, b"nwapp=") && has(head, b"csip="))
            || (has(head, b"urlsupercategory=") && has(head, b"ClientIP="))
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        const TABS: Dialect =
            Dialect { equals: b'=', separator: b'\t', quotes: b"\"", open: false, escapes: b"" };
        const BLANKS: Dialect = Dialect { open: true, ..TABS };
        let tabs = memchr::memchr(b'\t', message).is_some();
        let pairs = if tabs {
            Pairs::read(message, &TABS)
        } else {
            Pairs::read(message, &Dialect { separator: b' ', ..BLANKS })
        };
        web(message, &pairs, said);
        true
    }
}

static TABLE: Table = Table::new(
    "zscaler.",
    &[
        ("vendor", To::Nothing),
        ("product", To::Text("observer.product")),
        ("datetime", To::Nothing),
        ("ClientIP", To::Source),
        ("clientip", To::Source),
        ("csip", To::Source),
        ("clientpublicIP", To::Ip("source.nat.ip")),
        ("cdip", To::Ip("destination.nat.ip")),
        ("csport", To::SourcePort),
        ("serverip", To::Destination),
        ("sdip", To::Destination),
        ("sdport", To::DestinationPort),
        ("cdport", To::Number("destination.nat.port")),
        ("proto", To::Transport),
        ("protocol", To::Lower("network.protocol")),
        ("nwsvc", To::Lower("network.protocol")),
        ("nwapp", To::Lower("network.application")),
        ("appname", To::Text("network.application")),
        ("user", To::User),
        ("login", To::User),
        ("department", To::Text("user.department")),
        ("url", To::Url),
        ("hostname", To::Text("url.domain")),
        ("refererURL", To::Text("http.request.referrer")),
        ("useragent", To::Text("user_agent.original")),
        ("requestmethod", To::Text("http.request.method")),
        ("status", To::Number("http.response.status_code")),
        ("responsesize", To::Number("destination.bytes")),
        ("requestsize", To::Number("source.bytes")),
        ("inbytes", To::Number("destination.bytes")),
        ("outbytes", To::Number("source.bytes")),
        ("duration", To::Seconds),
        ("rulelabel", To::Text("rule.name")),
        ("urlcategory", To::Text("rule.category")),
        ("threatname", To::Text("zscaler.threatname")),
        ("md5", To::Hash("file")),
        ("filename", To::Text("file.name")),
        ("reason", To::Text("event.reason")),
        ("action", To::Action),
    ],
);

fn web(message: &[u8], pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let head = message.split(|c| *c == b'\t').next().unwrap_or_default();
    said.time = said.ctx.stamp(pairs.get("datetime")).or_else(|| said.ctx.stamp(head)).or(said.time);
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "zscaler");
    let threat = !matches!(pairs.get("threatname"), b"" | b"None" | b"none" | b"N/A");
    let category = match () {
        () if threat => "malware",
        () if pairs.has("url") => "web",
        () => "network",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    let allowed = matches!(pairs.get("action"), b"Allowed" | b"Allow" | b"allowed");
    table::decided(allowed, said);
    said.outcome(allowed);
    TABLE.write(pairs, said);
}

/// Forcepoint, once Websense.
pub struct Forcepoint;

impl Payload for Forcepoint {
    fn about(&self) -> About {
        About {
            id: "forcepoint",
            title: "Forcepoint (Websense)",
            about: "Web requests that Forcepoint's and Websense's proxies let through or stopped.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"vendor=Websense") || message.starts_with(b"vendor=Forcepoint")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        let pairs = Pairs::read(message, &PLAIN);
        said.is("forcepoint", "web", "");
        let action = pairs.get("action");
        if let Some(allowed) = table::verdict(action) {
            table::decided(allowed, said);
            said.outcome(allowed);
        }
        if let Some(n) = whole(pairs.get("severity")) {
            said.fields.int(known::EVENT_SEVERITY, n);
        }
        FORCEPOINT.write(&pairs, said);
        true
    }
}

static FORCEPOINT: Table = Table::new(
    "forcepoint.",
    &[
        ("vendor", To::Text("observer.vendor")),
        ("product", To::Text("observer.product")),
        ("product_version", To::Text("observer.version")),
        ("action", To::Action),
        ("severity", To::Nothing),
        ("user", To::User),
        ("loginID", To::User),
        ("src_host", To::Source),
        ("src", To::Source),
        ("src_port", To::SourcePort),
        ("dst_ip", To::Destination),
        ("dst", To::Destination),
        ("dst_host", To::Text("destination.domain")),
        ("dst_port", To::DestinationPort),
        ("bytes_out", To::Number("source.bytes")),
        ("bytes_in", To::Number("destination.bytes")),
        ("http_response", To::Number("http.response.status_code")),
        ("http_method", To::Text("http.request.method")),
        ("http_content_type", To::Text("http.response.mime_type")),
        ("http_user_agent", To::Text("user_agent.original")),
        ("http_proxy_status_code", To::Text("forcepoint.http_proxy_status_code")),
        ("reason", To::Text("event.reason")),
        ("policy", To::Text("rule.name")),
        ("url", To::Url),
    ],
);

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn proxies_in_the_cloud_are_read() {
        let check = |text: &str, expect: &str| said(&super::Zscaler, text, expect);
        check(
            "2026-03-10 02:13:04\treason=Allowed\tprotocol=HTTPS\taction=Allowed\tresponsesize=90\trequestsize=80\turlcategory=News\tserverip=198.51.100.2\trequestmethod=GET\tuseragent=Mozilla/5.0 (X)\tproduct=NSS\tClientIP=192.0.2.1\tstatus=200\tuser=ann@b.example\turl=a.example/b\tvendor=Zscaler\thostname=a.example\tthreatname=None",
            "@timestamp=2026-03-10T02:13:04Z event.category=web event.type=allowed source.ip=192.0.2.1 destination.ip=198.51.100.2 user.name=ann@b.example url.path=/b http.response.status_code=200 user_agent.original=Mozilla/5.0\\ (X)",
        );
        check(
            "datetime=Tue Mar 10 02:13:04 2026\tuser=ann\tcsport=5\tsdport=53\tcsip=192.0.2.1\tsdip=198.51.100.2\taction=Block\tnwsvc=DNS\tnwapp=dns\tproto=UDP\trulelabel=no dns",
            "@timestamp=2026-03-10T02:13:04Z event.category=network event.type=denied source.port=5 destination.port=53 rule.name=no\\ dns",
        );
        let check = |text: &str, expect: &str| said(&super::Forcepoint, text, expect);
        check(
            "vendor=Websense product=Security product_version=7.7.0 action=blocked severity=7 category=153 user=LDAP://x/ann src_host=192.0.2.1 src_port=5 dst_host=a.example dst_ip=198.51.100.2 dst_port=80 bytes_out=197 bytes_in=76 http_response=403 http_method=GET reason=- url=http://a.example/b",
            "event.type=denied source.ip=192.0.2.1 destination.ip=198.51.100.2 destination.domain=a.example http.response.status_code=403 url.path=/b",
        );
    }
}
