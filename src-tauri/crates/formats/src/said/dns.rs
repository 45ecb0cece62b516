//! What name servers say: questions, refusals, transfers. BIND, dnsmasq, unbound, nsd, PowerDNS.

use super::shape::{Line, Lines, peer};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// BIND's named.
pub struct Named;

impl Payload for Named {
    fn about(&self) -> About {
        About { id: "named", title: "BIND (named)", about: "DNS questions, refusals and zone transfers." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["named", "bind", "bind9"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let text = uncategorised(message).2;
        let Some(rest) = text.strip_prefix(b"client ") else { return false };
        let head = &rest[..rest.len().min(96)];
        head.starts_with(b"@0x") || memchr(b'#', head).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = said.stamped(message.trim_ascii());
        let (category, level, text) = uncategorised(text);
        said.fields.text(known::EVENT_DATASET, "named");
        said.set("named.category", category);
        if let Some(level) = crate::normalise::severity::level(level) {
            said.fields.text(known::LOG_LEVEL, level);
        }
        let Some(rest) = text.strip_prefix(b"client ") else {
            return NAMED_LINES.read("named", text, said) || !category.is_empty() || !level.is_empty();
        };
        // `@0x7f.. 192.0.2.1#3076 (example.com): [view x: ]query: example.com IN A + (192.0.2.53)`
        let rest =
            if rest.starts_with(b"@0x") { memchr(b' ', rest).map_or(rest, |n| &rest[n + 1..]) } else { rest };
        let end = memchr(b' ', rest).unwrap_or(rest.len());
        let client = rest[..end].strip_suffix(b":").unwrap_or(&rest[..end]);
        let (host, port) = peer(client);
        SOURCE.host(said.fields, host);
        SOURCE.port(said.fields, port);
        let rest = rest[end..].trim_ascii_start();
        // `/key name` may stand before the question's name in brackets.
        let rest = match (rest.first(), text::place(rest, b"): ")) {
            (Some(b'('), Some(at)) => &rest[at + 3..],
            _ => rest,
        };
        let rest = match rest.strip_prefix(b"view ") {
            Some(view) => {
                let at = text::place(view, b": ").unwrap_or(0);
                said.set("named.view", &view[..at]);
                view.get(at + 2..).unwrap_or_default()
            }
            None => rest,
        };
        asked(rest, said)
    }
}

/// `queries: info: client ...`: category and level, as BIND's channels print them where asked to.
fn uncategorised(text: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (mut category, mut level, mut rest) = (b"".as_slice(), b"".as_slice(), text);
    for _ in 0..2 {
        let Some(at) = text::place(&rest[..rest.len().min(32)], b": ") else { break };
        let word = &rest[..at];
        let plain = !word.is_empty() && word.iter().all(|c| c.is_ascii_lowercase() || *c == b'-');
        if !plain {
            break;
        }
        if matches!(word, b"info" | b"error" | b"warning" | b"notice" | b"debug" | b"critical") {
            level = word;
        } else if category.is_empty() && level.is_empty() {
            category = word;
        } else {
            break;
        }
        rest = rest[at + 2..].trim_ascii_start();
    }
    if level.is_empty() && !rest.starts_with(b"client ") {
        return (b"", b"", text);
    }
    (category, level, rest)
}

fn asked(text: &[u8], said: &mut Said<'_>) -> bool {
    if let Some(query) = text.strip_prefix(b"query: ") {
        // `example.com IN A +E(0)K (192.0.2.53)`
        said.is("named", "network", "dns_query");
        said.fields.text(known::NETWORK_PROTOCOL, "dns");
        let mut words = query.split(|c| *c == b' ');
        said.fields.bytes(known::DNS_QUESTION_NAME, words.next().unwrap_or_default());
        said.set("dns.question.class", words.next().unwrap_or_default());
        said.fields.bytes(known::DNS_QUESTION_TYPE, words.next().unwrap_or_default());
        said.set("named.flags", words.next().unwrap_or_default());
        if let Some(open) = memchr::memrchr(b'(', query) {
            let server = query[open + 1..].strip_suffix(b")").unwrap_or_default();
            if is_ip(server) {
                DESTINATION.host(said.fields, server);
            }
        }
        return true;
    }
    if text.starts_with(b"rate limit ") {
        said.is("named", "network", "dns_rate_limited");
        said.outcome(false);
        said.fields.bytes(known::EVENT_REASON, text);
        return true;
    }
    // `query (cache) 'name/A/IN' denied`, `zone transfer 'name/AXFR/IN' denied`, `update 'name/IN' denied`
    let quoted = memchr(b'\'', text).and_then(|open| {
        let close = memchr(b'\'', &text[open + 1..])? + open + 1;
        Some((open, &text[open + 1..close], &text[close + 1..]))
    });
    let Some((open, name, after)) = quoted else {
        said.is("named", "network", "");
        return true;
    };
    let what = text[..open].trim_ascii();
    let denied = text::place(after, b"denied").is_some()
        || text::place(after, b"refused").is_some()
        || what.starts_with(b"bad zone transfer request")
        || text::place(after, b"NOTAUTH").is_some();
    let action = if what.starts_with(b"query") {
        "dns_query"
    } else if what.starts_with(b"update") || text::place(what, b"updating zone").is_some() {
        "dns_update"
    } else if what.starts_with(b"rate limit") {
        "dns_rate_limited"
    } else {
        "dns_transfer"
    };
    said.is("named", "network", action);
    said.fields.text(known::NETWORK_PROTOCOL, "dns");
    if denied {
        said.outcome(false);
    }
    let mut parts = name.rsplitn(3, |c| *c == b'/');
    let (class, kind, rest) = (parts.next(), parts.next(), parts.next());
    match (rest, kind, class) {
        (Some(name), Some(kind), Some(class)) => {
            said.fields.bytes(known::DNS_QUESTION_NAME, name);
            said.fields.bytes(known::DNS_QUESTION_TYPE, kind);
            said.set("dns.question.class", class);
        }
        (None, Some(name), Some(class)) => {
            said.fields.bytes(known::DNS_QUESTION_NAME, name);
            said.set("dns.question.class", class);
        }
        _ => said.fields.bytes(known::DNS_QUESTION_NAME, name),
    }
    let why = after.trim_ascii();
    if !why.is_empty() {
        said.fields.bytes(known::EVENT_REASON, why);
    }
    true
}

static NAMED_LINES: Lines = Lines::new(&[
    Line::new("network", "dns_transfer", "transfer of '{dns.question.name}' from {server}: {reason}"),
    Line::new("network", "dns_lame", "lame server resolving '{dns.question.name}' (in '{*}'?): {server}"),
    Line::new(
        "network",
        "dns_error",
        "{reason} resolving '{dns.question.name}/{dns.question.type}/{*}': {server}",
    ),
    Line::new("network", "dns_zone", "zone {dns.question.name}/IN: {reason}"),
]);

/// dnsmasq: names and leases.
pub struct Dnsmasq;

impl Payload for Dnsmasq {
    fn about(&self) -> About {
        About { id: "dnsmasq", title: "dnsmasq", about: "DNS questions and answers, DHCP leases." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["dnsmasq", "dnsmasq-dhcp", "pihole-ftl"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"query[") && text::place(message, b" from ").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        // With `log-queries=extra`: a number and the client's address and port stand in front.
        let mut cells = text.splitn(3, |c| *c == b' ');
        if let (Some(n), Some(client), Some(rest)) = (cells.next(), cells.next(), cells.next())
            && n.iter().all(u8::is_ascii_digit)
            && !n.is_empty()
        {
            if let Some(at) = memchr(b'/', client)
                && is_ip(&client[..at])
            {
                SOURCE.host(said.fields, &client[..at]);
                SOURCE.port(said.fields, &client[at + 1..]);
                text = rest;
            } else if DNSMASQ_DHCP.know(&text[n.len() + 1..]) {
                text = &text[n.len() + 1..];
            }
        }
        DNSMASQ_DHCP.read("dnsmasq", text, said) || DNSMASQ_DNS.read("dnsmasq", text, said)
    }
}

static DNSMASQ_DNS: Lines = Lines::new(&[
    Line::new("network", "dns_query", "query[{dns.question.type}] {dns.question.name?} from {source}"),
    Line::new("network", "dns_forward", "forwarded {dns.question.name?} to {server}"),
    Line::new("network", "dns_answer", "reply {dns.question.name?} is {dns.answers.data}"),
    Line::new("network", "dns_answer", "cached {dns.question.name?} is {dns.answers.data}"),
    Line::new("network", "dns_answer", "cached-stale {dns.question.name?} is {dns.answers.data}"),
    Line::new("network", "dns_answer", "config {dns.question.name?} is {dns.answers.data}"),
    Line::new("network", "dns_blocked", "gravity blocked {dns.question.name?} is {dns.answers.data}").bad(),
    Line::new("network", "dns_blocked", "regex blacklisted {dns.question.name?} is {dns.answers.data}").bad(),
    Line::new("network", "dns_blocked", "exactly blacklisted {dns.question.name?} is {dns.answers.data}")
        .bad(),
    Line::new("network", "dns_rebind", "possible DNS-rebind attack detected: {dns.question.name}").bad(),
    Line::new("network", "dns_answer", "{?} {dns.question.name?} is {dns.answers.data}"),
]);

static DNSMASQ_DHCP: Lines = Lines::new(&[
    Line::new(
        "network",
        "dhcp_ack",
        "DHCPACK({dhcp.interface}) {dhcp.address?} {source.mac?} {source.domain?}",
    ),
    Line::new("network", "dhcp_ack", "DHCPACK({dhcp.interface}) {dhcp.address?} {source.mac?}"),
    Line::new("network", "dhcp_offer", "DHCPOFFER({dhcp.interface}) {dhcp.address?} {source.mac?}{*}"),
    Line::new("network", "dhcp_request", "DHCPREQUEST({dhcp.interface}) {dhcp.address?} {source.mac?}{*}"),
    Line::new("network", "dhcp_discover", "DHCPDISCOVER({dhcp.interface}) {dhcp.address?} {source.mac?}"),
    Line::new("network", "dhcp_discover", "DHCPDISCOVER({dhcp.interface}) {source.mac?}{*}"),
    Line::new("network", "dhcp_nak", "DHCPNAK({dhcp.interface}) {dhcp.address?} {source.mac?} {reason}")
        .bad(),
    Line::new("network", "dhcp_release", "DHCPRELEASE({dhcp.interface}) {dhcp.address?} {source.mac?}{*}"),
    Line::new("network", "dhcp_inform", "DHCPINFORM({dhcp.interface}) {dhcp.address?} {source.mac?}{*}"),
    Line::new("network", "dhcp_decline", "DHCPDECLINE({dhcp.interface}) {dhcp.address?} {source.mac?}{*}"),
]);

/// unbound, nsd, PowerDNS.
pub struct Resolvers;

impl Payload for Resolvers {
    fn about(&self) -> About {
        About {
            id: "dns_server",
            title: "unbound, nsd, PowerDNS",
            about: "Questions, refusals and transfers of DNS servers.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["unbound", "nsd", "pdns", "pdns_server", "pdns_recursor", "knotd"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(40)];
        (head.starts_with(b"nsd[") || head.starts_with(b"unbound[")) && text::place(head, b"] ").is_some()
            || head.starts_with(b"nsd[") && text::place(head, b"]: ").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        if self.claims(text)
            && let Some(at) = memchr(b']', text)
        {
            text = &text[at + 1..];
            text = text.strip_prefix(b":").unwrap_or(text).trim_ascii_start();
        }
        // unbound's `[123:0] info: `
        if text.first() == Some(&b'[')
            && let Some(at) = text::place(&text[..text.len().min(24)], b"] ")
        {
            text = &text[at + 2..];
        }
        for (head, level) in [
            (b"info: ".as_slice(), "info"),
            (b"notice: ", "notice"),
            (b"warning: ", "warning"),
            (b"error: ", "error"),
            (b"debug: ", "debug"),
        ] {
            if let Some(rest) = text.strip_prefix(head) {
                said.fields.text(known::LOG_LEVEL, level);
                text = rest;
                break;
            }
        }
        RESOLVER_LINES.read("dns_server", text, said)
    }
}

static RESOLVER_LINES: Lines = Lines::new(&[
    Line::new(
        "network",
        "dns_query",
        "{ip} {dns.question.name?} {dns.question.type?} {dns.question.class?} {dns.response_code?} {*}",
    ),
    Line::new("network", "dns_query", "{ip} {dns.question.name?} {dns.question.type?} IN"),
    Line::new(
        "network",
        "dns_rate_limited",
        "ratelimit block {dns.question.name?} type {*} target {?} query {source} {dns.question.type?}",
    )
    .bad(),
    Line::new("network", "dns_rate_limited", "ratelimit unblock {*}"),
    Line::new(
        "network",
        "dns_transfer",
        "axfr for zone {dns.question.name?} from client {source} refused, {reason}",
    )
    .bad(),
    Line::new("network", "dns_transfer", "axfr for {dns.question.name?} from {source} refused, {reason}")
        .bad(),
    Line::new("network", "dns_transfer", "axfr for {dns.question.name?} from {source}").good(),
    Line::new("network", "dns_query", "Remote {source} wants '{dns.question.name}|{dns.question.type}', {*}"),
    Line::new("network", "dns_transfer", "AXFR of domain '{dns.question.name}' denied to {source}{*}").bad(),
    Line::new("network", "dns_transfer", "AXFR-out zone '{dns.question.name}', client '{source}', {reason}"),
    Line::new(
        "network",
        "dns_blocked",
        "{?} {*} {source}@{port} {dns.question.name?} {dns.question.type?} {*}",
    ),
]);
