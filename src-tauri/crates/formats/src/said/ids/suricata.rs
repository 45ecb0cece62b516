//! Suricata's own logs as lines: HTTP requests, DNS queries and answers, TLS sessions, between `[**]`; p0f's fingerprints.

use super::{place, snort_time};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::text;
use crate::said::pairs::{Dialect, PLAIN, Pairs};
use crate::said::table;
use crate::said::{Payload, Said};
use memchr::memmem;
use timberline_model::known;

/// Lines of HTTP, DNS and TLS.
pub struct Lines;

impl Payload for Lines {
    fn about(&self) -> About {
        About {
            id: "suricata_lines",
            title: "Suricata http.log, dns.log, tls.log",
            about: "Requests, queries and TLS sessions that Suricata saw, in its line formats.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        kind(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(kind) = kind(message) else { return false };
        let Some((time, len)) = snort_time(message, said.ctx) else { return false };
        said.time = Some(time);
        let rest = message[len..].trim_ascii();
        match kind {
            Kind::Http => http(rest, said),
            Kind::Dns => dns(rest, said),
            Kind::Tls => tls(rest, said),
        }
        true
    }
}

enum Kind {
    Http,
    Dns,
    Tls,
}

const BAR: &[u8] = b" [**] ";

fn kind(b: &[u8]) -> Option<Kind> {
    let dated = b.len() > 30 && b[2] == b'/' && b[..20].contains(&b'-') && b[0].is_ascii_digit();
    if !dated {
        return None;
    }
    let rest = &b[memchr::memchr(b' ', b)?..];
    let rest = rest.trim_ascii_start();
    if rest.starts_with(b"Query TX ") || rest.starts_with(b"Response TX ") {
        return Some(Kind::Dns);
    }
    if text::place(rest, b"  TLS: ").is_some() || text::place(rest, b" TLS: Subject=").is_some() {
        return Some(Kind::Tls);
    }
    // The ends are the last part.
    let last = &rest[memmem::rfind(rest, BAR)? + BAR.len()..];
    let http = text::place(last, b" -> ").is_some() && memmem::find_iter(rest, BAR).count() >= 2;
    (http && !rest.starts_with(b"[**]")).then_some(Kind::Http)
}

fn parts(b: &[u8]) -> Vec<&[u8]> {
    let mut list = Vec::with_capacity(12);
    let mut rest = b;
    while let Some(at) = text::place(rest, BAR) {
        if list.len() >= 32 {
            break;
        }
        list.push(rest[..at].trim_ascii());
        rest = &rest[at + BAR.len()..];
    }
    list.push(rest.trim_ascii());
    list
}

fn ends(b: &[u8], said: &mut Said<'_>) {
    let Some(arrow) = text::place(b, b" -> ") else { return };
    place(&SOURCE, b[..arrow].trim_ascii(), true, said.fields);
    let target = b[arrow + 4..].trim_ascii().split(|c| *c == b' ').next().unwrap_or_default();
    place(&DESTINATION, target, true, said.fields);
}

/// `host [**] /uri [**] agent [**] referer [**] GET [**] HTTP/1.1 [**] 200 [**] 123 bytes [**] A:1 -> B:80`.
fn http(b: &[u8], said: &mut Said<'_>) {
    said.is("suricata.http", "web", "http-request");
    said.set("network.protocol", b"http");
    let parts = parts(b);
    // What clients write may hold the mark: the ends are the last, the host the first.
    ends(parts.last().copied().unwrap_or_default(), said);
    let given = |text: &[u8]| !text.is_empty() && text[0] != b'<';
    if let Some(host) = parts.first().filter(|h| given(h)) {
        said.fields.bytes(known::URL_DOMAIN, host);
    }
    if let Some(uri) = parts.get(1).filter(|u| given(u)) {
        table::url(uri, said);
    }
    if parts.len() < 9 {
        if let Some(agent) = parts.get(2).filter(|a| given(a) && parts.len() > 3) {
            said.fields.bytes(known::USER_AGENT, agent);
        }
        return;
    }
    let from_end = |n: usize| parts.get(parts.len() - n).copied().unwrap_or_default();
    if given(parts[2]) {
        said.fields.bytes(known::USER_AGENT, parts[2]);
    }
    if given(from_end(6)) {
        said.set("http.request.referrer", from_end(6));
    }
    said.set("http.request.method", from_end(5));
    said.set("http.version", from_end(4).strip_prefix(b"HTTP/").unwrap_or_default());
    if let Some(status) = from_end(3).split(|c| *c == b' ').next().and_then(whole) {
        said.fields.int(known::HTTP_STATUS, status);
        said.outcome(status < 400);
    }
    said.set_number("http.response.body.bytes", from_end(2).split(|c| *c == b' ').next().unwrap_or_default());
}

/// `Query TX 1a2b [**] a.example [**] A [**] A:1 -> B:53`, `Response TX 1a2b [**] a.example [**] A [**] TTL 300 [**] 192.0.2.9 [**] ...`.
fn dns(b: &[u8], said: &mut Said<'_>) {
    let answer = b.starts_with(b"Response");
    said.is("suricata.dns", "network", if answer { "dns-answer" } else { "dns-query" });
    said.set("network.protocol", b"dns");
    let parts = parts(b);
    ends(parts.last().copied().unwrap_or_default(), said);
    if parts.len() < 4 {
        return;
    }
    said.set("dns.id", parts[0].rsplit(|c| *c == b' ').next().unwrap_or_default());
    match parts[1] {
        b"Recursion Desired" | b"No Such Name" | b"Server Failure" | b"Refused" => {
            said.set("dns.response_code", parts[1])
        }
        name => said.set("dns.question.name", name),
    }
    if parts.len() > 3 && parts[2].iter().all(u8::is_ascii_alphanumeric) {
        said.set("dns.question.type", parts[2]);
    }
    if answer && parts.len() >= 6 {
        said.set("dns.answers.data", parts[parts.len() - 2]);
    }
}

/// `A:1 -> B:443  TLS: Subject='CN=x' Issuerdn='CN=y' SHA1='..' VERSION='TLS 1.2' SNI='a.example'`.
fn tls(b: &[u8], said: &mut Said<'_>) {
    said.is("suricata.tls", "network", "tls-session");
    said.set("network.protocol", b"tls");
    let Some(at) = text::place(b, b" TLS: ") else { return };
    ends(b[..at].trim_ascii(), said);
    let pairs = Pairs::read(&b[at + 6..], &PLAIN);
    said.set("tls.server.subject", pairs.get("Subject"));
    said.set("tls.server.issuer", pairs.get("Issuerdn"));
    said.set("tls.server.hash.sha1", pairs.get("SHA1"));
    said.set("tls.client.server_name", pairs.get("SNI"));
    said.set("tls.version", pairs.get("VERSION"));
}

/// p0f.
pub struct P0f;

impl Payload for P0f {
    fn about(&self) -> About {
        About {
            id: "p0f",
            title: "p0f",
            about: "Operating systems and programs that p0f recognised by their packets.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.first() == Some(&b'[') && text::place(&message[..message.len().min(40)], b"] mod=").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(close) = text::place(&message[..message.len().min(40)], b"] mod=") else { return false };
        said.time = said.ctx.stamp(&message[1..close]).or(said.time);
        const HOW: Dialect =
            Dialect { equals: b'=', separator: b'|', quotes: b"", open: false, escapes: b"" };
        let pairs = Pairs::read(message[close + 1..].trim_ascii(), &HOW);
        said.is("p0f", "network", "fingerprint");
        for (key, end) in [("cli", SOURCE), ("srv", DESTINATION)] {
            let place = pairs.get(key);
            let slash = memchr::memchr(b'/', place).unwrap_or(place.len());
            end.host(said.fields, &place[..slash]);
            end.port(said.fields, place.get(slash + 1..).unwrap_or_default());
        }
        let subject = pairs.get("subj");
        let name = if subject == b"cli" { "source.os.name" } else { "destination.os.name" };
        let os = pairs.get("os");
        if os != b"???" {
            said.set(name, os);
        }
        for (key, value) in pairs.iter() {
            if !matches!(key, b"cli" | b"srv" | b"os") {
                table::own("p0f.", key, value, said);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn lines_of_every_protocol_are_read() {
        let check = |text: &str, expect: &str| said(&super::Lines, text, expect);
        check(
            "03/10/2026-02:13:04.860293 a.example [**] /x?y=1 [**] curl/8.0 [**] http://r.example/ [**] GET [**] HTTP/1.1 [**] 404 [**] 123 bytes [**] 192.0.2.1:5 -> 198.51.100.2:80",
            "@timestamp=2026-03-10T02:13:04.860293Z event.category=web url.domain=a.example url.path=/x user_agent.original=curl/8.0 http.request.referrer=http://r.example/ \
             http.request.method=GET http.response.status_code=404 event.outcome=failure source.port=5 destination.ip=198.51.100.2 http.response.body.bytes=123",
        );
        check("03/10/2026-02:13:04.860293 [**] x [**] y [**] z -> q", "!");
        check(
            "03/10/2026-02:13:04.860293 Query TX 1a2b [**] a.example [**] A [**] 192.0.2.1:5 -> 198.51.100.2:53",
            "dns.question.name=a.example dns.question.type=A source.ip=192.0.2.1 destination.port=53",
        );
        check(
            "03/10/2026-02:13:04.860293 Response TX 1a2b [**] a.example [**] A [**] TTL 300 [**] 192.0.2.9 [**] 198.51.100.2:53 -> 192.0.2.1:5",
            "dns.answers.data=192.0.2.9 event.action=dns-answer",
        );
        check(
            "03/10/2026-02:13:04.860293 192.0.2.1:5 -> 198.51.100.2:443  TLS: Subject='CN=x y' Issuerdn='CN=z' SHA1='aa:bb' VERSION='TLS 1.2' SNI='a.example'",
            "tls.client.server_name=a.example tls.server.subject=CN=x\\ y tls.version=TLS\\ 1.2 destination.port=443",
        );
        let check = |text: &str, expect: &str| said(&super::P0f, text, expect);
        check(
            "[2026/03/10 02:13:04] mod=syn|cli=192.0.2.1/5|srv=198.51.100.2/80|subj=cli|os=Linux 3.11 and newer|dist=9|params=none|raw_sig=4:64",
            "@timestamp=2026-03-10T02:13:04Z source.ip=192.0.2.1 source.port=5 destination.port=80 source.os.name=Linux\\ 3.11\\ and\\ newer p0f.dist=9",
        );
    }
}
