//! Envoy's access log in its usual text, and Istio's, which has more columns; and what CoreDNS says of a query.

use super::{Payload, Said};
use crate::About;
use crate::coded::web::request;
use crate::coded::web::tokens::{Kind, cut};
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::severity;
use crate::normalise::text::{holds, lossy};
use memchr::memchr;
use timberline_model::known;

/// Envoy.
pub struct Envoy;

impl Payload for Envoy {
    fn about(&self) -> About {
        About {
            id: "envoy_access",
            title: "Envoy and Istio access log",
            about: "Requests and connections through Envoy: flags, bytes, timings, whom it speaks for, where they went.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["envoy", "istio-proxy"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        // `[2019-04-08T16:50:12.533Z] "GET / HTTP/1.1" 200 `
        message.first() == Some(&b'[')
            && message.get(5) == Some(&b'-')
            && message.get(11) == Some(&b'T')
            && holds(&message[..message.len().min(40)], b"] \"")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        let cut = cut::<32>(message);
        let tokens = cut.all();
        let text = |n: usize| tokens.get(n).map_or(b"".as_slice(), |t| t.text);
        if tokens.len() < 8 || tokens[1].kind != Kind::Quoted {
            return false;
        }
        // Istio names details of the answer, its end and why the target failed before the numbers.
        let istio = tokens.get(6).is_some_and(|t| t.kind == Kind::Quoted);
        let n = if istio { 7 } else { 4 };
        let (received, sent, took) = (text(n), text(n + 1), text(n + 2));
        if whole(received).is_none() && received != b"-" {
            return false;
        }
        said.time = said.ctx.stamp(text(0)).or(said.time);
        said.fields.text(known::EVENT_DATASET, "envoyproxy.log");
        let line = lossy(text(1));
        let http = request::line(&line, said.fields);
        said.fields.text(known::EVENT_CATEGORY, if http { "web" } else { "network" });
        said.fields.text(known::NETWORK_PROTOCOL, if http { "http" } else { "tcp" });
        said.fields.text(known::NETWORK_TRANSPORT, "tcp");
        let flags = text(3);
        match whole(text(2)) {
            Some(status) if status > 0 => request::status(status, said.fields),
            // A connection, or a client that left before the answer.
            _ => said.outcome(matches!(flags, b"-" | b"")),
        }
        said.set("envoyproxy.response_flags", flags);
        if istio {
            said.set("envoyproxy.response_code_details", text(4));
            said.set("envoyproxy.connection_termination_details", text(5));
            said.set("envoyproxy.upstream_transport_failure_reason", text(6));
        }
        let numbers = if http {
            [(known::HTTP_REQUEST_BYTES, received), (known::HTTP_RESPONSE_BYTES, sent)]
        } else {
            [(known::SOURCE_BYTES, received), (known::DESTINATION_BYTES, sent)]
        };
        for (id, value) in numbers {
            if let Some(value) = whole(value) {
                said.fields.int(id, value);
            }
        }
        if let Some(ms) = whole(took) {
            said.fields.int(known::EVENT_DURATION, ms.saturating_mul(1_000_000));
        }
        said.set_number("envoyproxy.upstream_service_time", text(n + 3));
        let (forwarded, agent, id) = (text(n + 4), text(n + 5), text(n + 6));
        let (authority, upstream) = (text(n + 7), text(n + 8));
        if !matches!(forwarded, b"-" | b"") {
            request::client(forwarded, said.fields);
        }
        said.maybe(Some(known::USER_AGENT), if agent == b"-" { b"" } else { agent });
        said.maybe(Some(known::HTTP_REQUEST_ID), if id == b"-" { b"" } else { id });
        if !matches!(authority, b"-" | b"") {
            request::authority(&lossy(authority), said.fields);
        }
        request::end(upstream.strip_prefix(b"tcp://").unwrap_or(upstream), DESTINATION, said.fields);
        let names = [
            "envoyproxy.upstream_cluster",
            "envoyproxy.upstream_local_address",
            "envoyproxy.downstream_local_address",
            "envoyproxy.downstream_remote_address",
            "tls.client.server_name",
            "envoyproxy.route_name",
        ];
        for (at, name) in names.into_iter().enumerate() {
            said.set(name, text(n + 9 + at));
        }
        // Without a forwarded list the peer is the client.
        request::end(text(n + 12), SOURCE, said.fields);
        true
    }
}

/// CoreDNS.
pub struct CoreDns;

impl Payload for CoreDns {
    fn about(&self) -> About {
        About {
            id: "coredns",
            title: "CoreDNS log",
            about: "Queries that CoreDNS answered: who asked what, and the answer's code.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["coredns"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        query(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some((level, client, rest)) = query(message) else { return false };
        // `21583 "A IN example.org. udp 43 false 512" NXDOMAIN qr,rd,ra 136 0.000102078s`
        let tokens = cut::<12>(rest);
        let [id, asked, answer @ ..] = tokens.all() else { return false };
        let question = lossy(asked.text);
        let mut words = question.split(' ');
        let (Some(kind), Some(class), Some(name)) = (words.next(), words.next(), words.next()) else {
            return false;
        };
        said.is("coredns.log", "network", "dns_query");
        if let Some(level) = severity::level(level) {
            said.fields.text(known::LOG_LEVEL, level);
        }
        if let Some((stamp, _)) = said.ctx.prefix(message) {
            said.time = Some(stamp);
        }
        request::end(client, SOURCE, said.fields);
        said.set("dns.id", id.text);
        said.fields.text(known::DNS_QUESTION_TYPE, kind);
        said.set("dns.question.class", class.as_bytes());
        said.fields
            .text(known::DNS_QUESTION_NAME, name.strip_suffix('.').filter(|n| !n.is_empty()).unwrap_or(name));
        said.fields.text(known::NETWORK_PROTOCOL, "dns");
        if let Some(transport) = words.next() {
            said.fields.text(known::NETWORK_TRANSPORT, transport);
        }
        said.set_number("coredns.query.size", words.next().unwrap_or_default().as_bytes());
        let text = |n: usize| answer.get(n).map_or(b"".as_slice(), |t| t.text);
        if !text(0).is_empty() {
            said.maybe(Some(known::DNS_RESPONSE_CODE), text(0));
            said.outcome(text(0) == b"NOERROR");
        }
        if let Some(id) = said.out.field("dns.header_flags") {
            let flags = lossy(text(1));
            said.fields.list(id, flags.split(',').filter(|f| !f.is_empty()));
        }
        said.set_number("coredns.response.size", text(2));
        if let Some(ns) = request::duration(text(3)) {
            said.fields.int(known::EVENT_DURATION, ns);
        }
        true
    }
}

/// `[INFO] 192.0.2.1:36413 - 21583 "A IN ...`: level, client and the rest.
fn query(message: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let open = memchr(b'[', &message[..message.len().min(48)])?;
    // Nothing but a time stands before it, and only levels stand in the bracket.
    let timely =
        |c: &u8| c.is_ascii_digit() || matches!(c, b'-' | b':' | b'.' | b'T' | b'Z' | b'+' | b' ' | b'/');
    if !message[..open].iter().all(timely) {
        return None;
    }
    let rest = &message[open + 1..];
    let close = memchr(b']', &rest[..rest.len().min(10)])?;
    let level = &rest[..close];
    let rest = rest[close + 1..].strip_prefix(b" ")?;
    let space = memchr(b' ', rest)?;
    let client = &rest[..space];
    let rest = rest[space..].strip_prefix(b" - ")?;
    let quote = memchr(b'"', &rest[..rest.len().min(16)])?;
    let asked = &rest[quote..rest.len().min(quote + 24)];
    let known = (holds(asked, b" IN ") || holds(asked, b" CH "))
        && request::is_address(client)
        && severity::level(level).is_some();
    known.then_some((level, client, rest))
}
