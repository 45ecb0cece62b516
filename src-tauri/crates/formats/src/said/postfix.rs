//! What Postfix says: logins through SASL, mail taken, refused, sent and bounced. The queue's id of a mail is
//! `email.local_id`, by which the lines of one mail are found.

use super::shape::{Line, Lines, peer};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// Postfix.
pub struct Postfix;

impl Payload for Postfix {
    fn about(&self) -> About {
        About { id: "postfix", title: "Postfix", about: "Logins, mail taken, refused, sent and bounced." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["postfix", "smtpd", "postscreen", "postgrey", "policyd-spf", "saslauthd"]
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if SASLAUTHD.read("saslauthd", message, said) {
            return true;
        }
        let part = program.rsplit(|c| *c == b'/').next().unwrap_or(program);
        // OpenBSD's smtpd has the name of Postfix' without its folder.
        if program == b"smtpd" && !CLIENTS.know(message) && queued(message.trim_ascii()).is_none() {
            return false;
        }
        said_by(part, message, said)
    }
}

static SASLAUTHD: Lines = Lines::new(&[
    Line::failed(
        "sasl_login",
        "do_auth         : auth failure: [user={user}] [service={network.protocol?}] [realm={user.domain}] [mech={sasl.mechanism?}] [reason={reason}]",
    ),
    Line::failed(
        "sasl_login",
        "do_auth : auth failure: [user={user}] [service={network.protocol?}] [realm={user.domain}] [mech={sasl.mechanism?}] [reason={reason}]",
    ),
    Line::failed("sasl_login", "auth_pam: pam_authenticate failed: {reason}"),
]);

/// What is said of a client, `NAME[ADDRESS]` or `[ADDRESS]:PORT`, before or behind it.
static CLIENTS: Lines = Lines::new(&[
    Line::new("network", "smtp_connect", "connect from {postfix.client?}"),
    Line::new("network", "smtp_connect", "CONNECT from {postfix.client?} to {server}"),
    Line::new("network", "smtp_disconnect", "disconnect from {postfix.client?} {*}"),
    Line::new("network", "smtp_disconnect", "disconnect from {postfix.client?}"),
    Line::new("network", "smtp_disconnect", "DISCONNECT {postfix.client?}"),
    Line::new("network", "smtp_lost", "lost connection after {postfix.after} from {postfix.client?}"),
    Line::new("network", "smtp_timeout", "timeout after {postfix.after} from {postfix.client?}"),
    Line::new(
        "network",
        "smtp_too_many_errors",
        "too many errors after {postfix.after} from {postfix.client?}",
    )
    .bad(),
    Line::new(
        "network",
        "smtp_pipelining",
        "improper command pipelining after {postfix.after} from {postfix.client?}: {*}",
    )
    .bad(),
    Line::new(
        "network",
        "smtp_pipelining",
        "improper command pipelining after {postfix.after} from {postfix.client?}",
    )
    .bad(),
    Line::new("network", "tls_failed", "SSL_accept error from {postfix.client?}: {reason}").bad(),
    Line::new("network", "tls_established", "{*}TLS connection established from {postfix.client?}: {*}"),
    Line::new("network", "smtp_pregreet", "PREGREET {*} from {postfix.client?}: {*}").bad(),
    Line::new("network", "smtp_dnsbl", "DNSBL rank {postfix.rank#} for {postfix.client?}").bad(),
    Line::new("network", "smtp_hangup", "HANGUP after {*} from {postfix.client?} in {*}"),
    Line::new("network", "smtp_passed", "PASS {?} {postfix.client?}").good(),
    Line::new("network", "smtp_listed", "WHITELISTED {postfix.client?}").good(),
    Line::new("network", "smtp_listed", "ALLOWLISTED {postfix.client?}").good(),
    Line::new("network", "smtp_listed", "BLACKLISTED {postfix.client?}").bad(),
    Line::new("network", "smtp_listed", "DENYLISTED {postfix.client?}").bad(),
    Line::new("network", "non_smtp_command", "NON-SMTP COMMAND from {postfix.client?} after {*}").bad(),
    Line::new("network", "smtp_pipelining", "COMMAND {*} from {postfix.client?} after {*}").bad(),
    Line::failed(
        "smtp_login",
        "warning: {postfix.client?}: SASL {sasl.mechanism?} authentication failed: {reason}, sasl_username={user}",
    ),
    Line::failed(
        "smtp_login",
        "warning: {postfix.client?}: SASL {sasl.mechanism?} authentication failed: {reason}",
    ),
    Line::failed("smtp_login", "warning: {postfix.client?}: SASL {sasl.mechanism?} authentication failed"),
    Line::failed(
        "smtp_login",
        "warning: {postfix.client?}: SASL {sasl.mechanism?} authentication aborted{*}",
    ),
    Line::failed("smtp_login", "warning: SASL authentication failure: {reason}"),
    Line::new("network", "non_smtp_command", "warning: non-SMTP command from {postfix.client?}: {*}").bad(),
    Line::new(
        "network",
        "smtp_rate",
        "warning: Connection rate limit exceeded: {*} from {postfix.client?} for service {*}",
    )
    .bad(),
    Line::new(
        "network",
        "smtp_rate",
        "warning: Connection concurrency limit exceeded: {*} from {postfix.client?} for service {*}",
    )
    .bad(),
    Line::new(
        "network",
        "smtp_rate",
        "warning: AUTH command rate limit exceeded: {*} from {postfix.client?} for service {*}",
    )
    .bad(),
    Line::new(
        "network",
        "smtp_rate",
        "warning: {*} limit exceeded: {*} from {postfix.client?} for service {*}",
    )
    .bad(),
    Line::new(
        "network",
        "reverse_mapping",
        "warning: hostname {source.domain?} does not resolve to address {source}: {reason}",
    ),
    Line::new(
        "network",
        "reverse_mapping",
        "warning: hostname {source.domain?} does not resolve to address {source}",
    ),
    Line::new(
        "network",
        "reverse_mapping",
        "warning: {source}: hostname {source.domain?} verification failed: {reason}",
    ),
    Line::new(
        "network",
        "reverse_mapping",
        "warning: {source}: address not listed for hostname {source.domain?}",
    ),
]);

fn said_by(part: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    let text = message.trim_ascii();
    if part == b"postgrey" || part == b"policyd-spf" {
        return policy(text, said);
    }
    if CLIENTS.read("postfix", text, said) {
        let found =
            said.out.field("postfix.client").and_then(|id| said.fields.get_text(id).map(str::to_owned));
        if let Some(found) = found {
            client(found.as_bytes(), said);
        }
        level(text, said);
        return true;
    }
    let Some((id, rest)) = queued(text) else { return level(text, said) };
    said.fields.text(known::EVENT_DATASET, "postfix");
    if id != b"NOQUEUE" {
        said.set("email.local_id", id);
    }
    refused(rest, said) || delivery(rest, said)
}

/// `QUEUEID: ...`; NOQUEUE is a mail that was refused before it had one.
fn queued(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text::place(&text[..text.len().min(24)], b": ")?;
    let id = &text[..colon];
    let good = id == b"NOQUEUE" || id.len() >= 6 && id.iter().all(u8::is_ascii_alphanumeric);
    good.then(|| (id, text[colon + 2..].trim_ascii_start()))
}

fn level(text: &[u8], said: &mut Said<'_>) -> bool {
    for (head, level) in [
        (b"warning: ".as_slice(), "warning"),
        (b"error: ", "error"),
        (b"fatal: ", "critical"),
        (b"panic: ", "emergency"),
    ] {
        if text.starts_with(head) {
            said.fields.text(known::LOG_LEVEL, level);
        }
    }
    said.fields.text(known::EVENT_DATASET, "postfix");
    true
}

/// `NAME[ADDRESS]`, `NAME[ADDRESS]:PORT`, `[ADDRESS]:PORT`; the name is what the address's owner wrote into DNS.
fn client(text: &[u8], said: &mut Said<'_>) {
    let text = text.strip_suffix(b":").unwrap_or(text);
    if let Some(open) = memchr(b'[', text)
        && let Some(close) = memchr(b']', &text[open..]).map(|n| open + n)
    {
        if open > 0 && &text[..open] != b"unknown" {
            said.set("source.domain", &text[..open]);
        }
        SOURCE.host(said.fields, &text[open + 1..close]);
        SOURCE.port(said.fields, text[close + 1..].strip_prefix(b":").unwrap_or_default());
        return;
    }
    SOURCE.host(said.fields, text);
}

/// `reject: RCPT from host[ip]: 554 5.7.1 ...; from=<a> to=<b> proto=ESMTP helo=<c>`
fn refused(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = [
        b"reject: ".as_slice(),
        b"milter-reject: ",
        b"reject_warning: ",
        b"proxy-reject: ",
        b"discard: ",
        b"hold: ",
        b"warn: ",
        b"warning: ",
    ]
    .iter()
    .find_map(|head| text.strip_prefix(*head)) else {
        return false;
    };
    let Some(from) = text::place(rest, b" from ") else { return false };
    let who = &rest[from + 6..];
    let Some(end) = text::place(who, b": ").or_else(|| text::place(who, b"; ")) else { return false };
    said.is("postfix", "email", "mail_rejected");
    if text.starts_with(b"reject: ")
        || text.starts_with(b"milter-reject: ")
        || text.starts_with(b"proxy-reject: ")
    {
        said.outcome(false);
    }
    said.set("postfix.stage", &rest[..from.min(64)]);
    client(&who[..end], said);
    let why = who.get(end + 2..).unwrap_or_default();
    // What the client wrote stands in the reason too; Postfix' own pairs come last.
    let cut = memmem::rfind(why, b"; from=<").or_else(|| memmem::rfind(why, b"; "));
    said.fields.bytes(known::EVENT_REASON, cut.map_or(why, |at| &why[..at]));
    if let Some(code) = why.get(..3).filter(|c| c.iter().all(u8::is_ascii_digit)) {
        said.set_number("smtp.response.code", code);
    }
    if let Some(at) = cut {
        envelope(&why[at + 2..], said);
    }
    true
}

/// `from=<a> to=<b> proto=ESMTP helo=<c>`
fn envelope(text: &[u8], said: &mut Said<'_>) {
    for (name, field) in [
        (b"from=<".as_slice(), "email.from.address"),
        (b"to=<", "email.to.address"),
        (b"helo=<", "smtp.helo"),
        (b"sasl_username=<", "user.name"),
    ] {
        if let Some(at) = text::place(text, name) {
            let value = &text[at + name.len()..];
            said.set(field, &value[..memchr(b'>', value).unwrap_or(value.len())]);
        }
    }
    if let Some(at) = text::place(text, b"proto=") {
        let value = &text[at + 6..];
        said.set("smtp.protocol", &value[..memchr(b' ', value).unwrap_or(value.len())]);
    }
}

/// What cleanup, qmgr and those who deliver say of a mail.
fn delivery(text: &[u8], said: &mut Said<'_>) -> bool {
    if text == b"removed" {
        said.is("postfix", "email", "mail_removed");
        return true;
    }
    if let Some(id) = text.strip_prefix(b"message-id=").or_else(|| text.strip_prefix(b"resent-message-id=")) {
        said.is("postfix", "email", "mail_queued");
        said.set("email.message_id", id.strip_prefix(b"<").and_then(|i| i.strip_suffix(b">")).unwrap_or(id));
        return true;
    }
    if let Some(rest) = text.strip_prefix(b"client=") {
        let end = text::place(rest, b", ").unwrap_or(rest.len());
        client(&rest[..end], said);
        let pairs = &rest[end..];
        let sasl = text::place(pairs, b"sasl_username=");
        said.is(
            "postfix",
            if sasl.is_some() { "authentication" } else { "email" },
            if sasl.is_some() { "smtp_login" } else { "mail_received" },
        );
        if let Some(at) = sasl {
            let name = &pairs[at + 14..];
            let end = text::place(name, b", sasl_sender=").unwrap_or(name.len());
            said.outcome(true);
            said.user(&name[..end]);
        }
        if let Some(at) = text::place(pairs, b"sasl_method=") {
            let method = &pairs[at + 12..];
            said.set("sasl.mechanism", &method[..memchr(b',', method).unwrap_or(method.len())]);
        }
        return true;
    }
    if let Some(rest) = text.strip_prefix(b"uid=") {
        said.is("postfix", "email", "mail_submitted");
        let end = memchr(b' ', rest).unwrap_or(rest.len());
        said.set("user.id", &rest[..end]);
        if let Some(from) = rest.get(end..).and_then(|r| r.strip_prefix(b" from=<")) {
            said.set("email.from.address", from.strip_suffix(b">").unwrap_or(from));
        }
        return true;
    }
    let is_to = text.starts_with(b"to=<");
    if !is_to && !text.starts_with(b"from=<") {
        return true;
    }
    said.is("postfix", "email", if is_to { "mail_sent" } else { "mail_queued" });
    let mut rest = text;
    // Pairs until the reply of the other side, which stands in brackets at the end.
    while let Some(equals) = memchr(b'=', rest) {
        let (name, value) = (&rest[..equals], &rest[equals + 1..]);
        let end = if value.first() == Some(&b'<') {
            text::place(value, b">,").map_or(value.len(), |n| n + 1)
        } else {
            text::place(value, b", ").unwrap_or(value.len())
        };
        let plain =
            value[..end].strip_prefix(b"<").and_then(|v| v.strip_suffix(b">")).unwrap_or(&value[..end]);
        match name {
            b"to" => said.set("email.to.address", plain),
            b"from" => said.set("email.from.address", plain),
            b"orig_to" => said.set("postfix.orig_to", plain),
            b"size" => said.set_number("email.size", plain),
            b"nrcpt" => {
                said.set_number("postfix.recipients", plain.split(|c| *c == b' ').next().unwrap_or(plain))
            }
            b"relay" => relay(plain, said),
            b"delay" => said.set("postfix.delay", plain),
            b"dsn" => said.set("postfix.dsn", plain),
            b"status" => {
                status(value, said);
                return true;
            }
            _ => {}
        }
        rest = value.get(end..).unwrap_or_default();
        rest = rest.strip_prefix(b", ").unwrap_or_default();
    }
    true
}

fn relay(text: &[u8], said: &mut Said<'_>) {
    let Some(open) = memchr(b'[', text) else { return said.set("postfix.relay", text) };
    let Some(close) = memchr(b']', &text[open..]).map(|n| open + n) else { return };
    said.set("destination.domain", &text[..open]);
    let inside = &text[open + 1..close];
    if is_ip(inside) {
        DESTINATION.host(said.fields, inside);
        DESTINATION.port(said.fields, text[close + 1..].strip_prefix(b":").unwrap_or_default());
    } else {
        said.set("postfix.relay", text);
    }
}

/// `sent (250 2.0.0 Ok: queued as 12345)`
fn status(text: &[u8], said: &mut Said<'_>) {
    let end = text.iter().position(|c| matches!(c, b' ' | b',')).unwrap_or(text.len());
    said.set("postfix.status", &text[..end]);
    match &text[..end] {
        b"sent" | b"deliverable" => said.outcome(true),
        b"bounced" | b"expired" | b"undeliverable" => said.outcome(false),
        _ => {}
    }
    let why = text[end..].trim_ascii();
    let why = why.strip_prefix(b"(").and_then(|w| w.strip_suffix(b")")).unwrap_or(why);
    if !why.is_empty() {
        said.fields.bytes(known::EVENT_REASON, why);
    }
}

/// postgrey's and policyd-spf's `action=greylist, reason=new, client_name=x, client_address=192.0.2.1, sender=a, recipient=b`
fn policy(text: &[u8], said: &mut Said<'_>) -> bool {
    said.is("postfix", "email", "mail_policy");
    for pair in text.split(|c| matches!(c, b',' | b';' | b' ')).take(32) {
        let Some(equals) = memchr(b'=', pair) else { continue };
        let value = &pair[equals + 1..];
        match &pair[..equals] {
            b"action" => said.set("postfix.policy", value),
            b"client_address" | b"client-ip" => {
                let (host, _) = peer(value);
                SOURCE.host(said.fields, host);
            }
            b"client_name" => said.set("source.domain", value),
            b"sender" | b"envelope-from" => said.set("email.from.address", value),
            b"recipient" | b"receiver" => said.set("email.to.address", value),
            b"helo" => said.set("smtp.helo", value),
            _ => {}
        }
    }
    true
}
