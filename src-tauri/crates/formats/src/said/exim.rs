//! What Exim writes in its main log, and its parts in syslog: mail that came and went, and who was turned away.

use super::shape::peer;
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// Exim.
pub struct Exim;

impl Payload for Exim {
    fn about(&self) -> About {
        About {
            id: "exim",
            title: "Exim main log",
            about: "Mail that came, went and was refused; SMTP logins.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["exim", "exim4"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let text = without_pid(after_program(message));
        if let Some((_, rest)) = mail_id(text) {
            return rest.is_empty() || ARROWS.iter().any(|a| rest.starts_with(a.0)) || marks(rest);
        }
        marks(text)
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = said.stamped(message);
        let text = after_program(text);
        let text = without_pid(text.trim_ascii());
        said.fields.text(known::EVENT_DATASET, "exim");
        let text = match mail_id(text) {
            Some((id, rest)) => {
                said.set("email.local_id", id);
                rest
            }
            None => text,
        };
        passage(text, said) || login(text, said) || refused(text, said) || other(text, said)
    }
}

/// What begins like this is Exim's.
fn marks(text: &[u8]) -> bool {
    const HEADS: [&[u8]; 16] = [
        b"H=",
        b"F=",
        b"SMTP call from ",
        b"SMTP connection from ",
        b"SMTP protocol ",
        b"SMTP syntax error in ",
        b"SMTP command timeout on connection from ",
        b"no MAIL in SMTP connection from ",
        b"no host name found for IP address ",
        b"no IP address found for host ",
        b"unexpected disconnection while reading SMTP command from ",
        b"refused connection from ",
        b"rejected ",
        b"TLS error on connection from ",
        b"Start queue run: pid=",
        b"End queue run: pid=",
    ];
    let head = &text[..text.len().min(80)];
    HEADS.iter().any(|h| text.starts_with(h) && (h.len() > 3 || memchr(b'[', text).is_some()))
        || text::place(head, b" authenticator failed for ").is_some()
        || text.starts_with(b"SA: Action: ")
        || text.starts_with(b"exim ") && text::place(head, b" daemon started: pid=").is_some()
}

/// syslog-ng's `info exim[8003]: ...` behind a time without a host.
fn after_program(text: &[u8]) -> &[u8] {
    match text::place(&text[..text.len().min(48)], b"exim[") {
        Some(at) => text::place(&text[at..], b"]: ").map_or(text, |n| &text[at + n + 3..]),
        None => text,
    }
}

/// `[29786] text`
fn without_pid(text: &[u8]) -> &[u8] {
    let Some(inside) = text.strip_prefix(b"[") else { return text };
    match memchr(b']', &inside[..inside.len().min(10)]) {
        Some(close) if close > 0 && inside[..close].iter().all(u8::is_ascii_digit) => {
            inside[close + 1..].trim_ascii_start()
        }
        _ => text,
    }
}

/// `1PLKOW-00046U-EW`, and from 4.97 on `1rT2lM-00000003RIz-2Xhq`.
fn mail_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b' ', text).unwrap_or(text.len());
    let id = &text[..end];
    let parts: Vec<usize> = id.split(|c| *c == b'-').map(<[u8]>::len).take(4).collect();
    let shaped = parts == [6, 6, 2] || parts == [6, 11, 4];
    (shaped && id.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-'))
        .then(|| (id, text[end..].trim_ascii_start()))
}

const ARROWS: [(&[u8], &str, Option<bool>); 9] = [
    (b"<= ", "mail_received", None),
    (b"=> ", "mail_sent", Some(true)),
    (b"-> ", "mail_sent", Some(true)),
    (b">> ", "mail_sent", Some(true)),
    (b"*> ", "mail_suppressed", None),
    (b"** ", "mail_bounced", Some(false)),
    (b"== ", "mail_deferred", None),
    (b"Completed", "mail_completed", None),
    (b"Frozen", "mail_frozen", None),
];

/// A mail's passage: `<= a@b H=host [ip] P=esmtpsa A=login:bob S=1234 id=x T="subject" for c@d`
fn passage(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some((arrow, action, good)) = ARROWS.iter().find(|(arrow, ..)| text.starts_with(arrow)) else {
        return false;
    };
    said.is("exim", "email", action);
    if let Some(good) = good {
        said.outcome(*good);
    }
    let rest = &text[arrow.len()..];
    if rest.is_empty() {
        return true;
    }
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    let address = rest[..end].strip_suffix(b":").unwrap_or(&rest[..end]);
    let received = *arrow == b"<= ";
    said.set(if received { "email.from.address" } else { "email.to.address" }, address);
    let pairs = &rest[end..];
    if let Some((host, port, name)) = sender(pairs) {
        if received {
            SOURCE.host(said.fields, host);
            SOURCE.port(said.fields, port);
            said.set("source.domain", name);
        } else {
            DESTINATION.host(said.fields, host);
            DESTINATION.port(said.fields, port);
            said.set("destination.domain", name);
        }
    }
    // Pairs that Exim writes stand before the subject, which is the sender's.
    let reach = text::place(pairs, b" T=\"").unwrap_or(pairs.len());
    let value = |name: &[u8]| -> &[u8] {
        let Some(at) = text::place(&pairs[..reach], name) else { return b"" };
        let value = &pairs[at + name.len()..];
        &value[..memchr(b' ', value).unwrap_or(value.len())]
    };
    said.set("smtp.protocol", value(b" P="));
    said.set_number("email.size", value(b" S="));
    said.set("email.message_id", value(b" id="));
    said.set("exim.router", value(b" R="));
    if !received {
        said.set("exim.transport", value(b" T="));
    }
    let login = value(b" A=");
    if let Some(colon) = memchr(b':', login) {
        // A mail that was handed in by somebody who logged in.
        said.set("sasl.mechanism", &login[..colon]);
        said.user(&login[colon + 1..]);
    }
    if received && let Some(subject) = pairs.get(reach + 4..) {
        let close = memmem::rfind(subject, b"\" from <")
            .or_else(|| memmem::rfind(subject, b"\" for "))
            .or_else(|| memchr(b'"', subject));
        said.set("email.subject", &subject[..close.unwrap_or(subject.len())]);
    }
    if matches!(*arrow, b"** " | b"== ")
        && let Some(at) = memmem::rfind(pairs, b": ")
    {
        said.fields.bytes(known::EVENT_REASON, pairs[at + 2..].trim_ascii());
    }
    true
}

/// The host that Exim talks to: `H=name (helo) [ip]:port`, `from [ip]`. What the other side calls itself stands in round
/// brackets, Exim's own end behind `I=`.
fn sender(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut at = 0;
    while let Some(open) = memchr(b'[', &text[at..]).map(|n| at + n) {
        let close = memchr(b']', &text[open..]).map(|n| open + n)?;
        let before = &text[..open];
        let inside = &text[open + 1..close];
        let own = before.ends_with(b"I=") || before.ends_with(b"(");
        if !own && is_ip(inside) {
            let port = text[close + 1..].strip_prefix(b":").unwrap_or_default();
            let port = &port[..port.iter().take_while(|c| c.is_ascii_digit()).count()];
            // `H=name (helo) [`, `from name [`.
            let named = memmem::rfind(before, b"H=")
                .map(|n| n + 2)
                .or_else(|| memmem::rfind(before, b" from ").map(|n| n + 6));
            let named = named.or_else(|| memmem::rfind(before, b" for ").map(|n| n + 5));
            let name = named
                .map_or(b"".as_slice(), |n| before[n..].split(|c| *c == b' ').next().unwrap_or_default());
            return Some((inside, port, if name.starts_with(b"(") { b"" } else { name }));
        }
        at = close + 1;
    }
    None
}

/// `plain authenticator failed for host (helo) [ip]:port: 535 Incorrect authentication data (set_id=bob)`
fn login(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(at) = text::place(&text[..text.len().min(80)], b" authenticator failed for ") else {
        return false;
    };
    said.is("exim", "authentication", "smtp_login");
    said.outcome(false);
    said.set("sasl.mechanism", &text[..at]);
    let rest = &text[at..];
    from(rest, said);
    if let Some(at) = memmem::rfind(rest, b"(set_id=") {
        let name = &rest[at + 8..];
        said.user(&name[..memchr::memrchr(b')', name).unwrap_or(name.len())]);
    }
    if let Some(at) = text::place(rest, b": 535 ").or_else(|| text::place(rest, b": 435 ")) {
        said.fields.bytes(known::EVENT_REASON, &rest[at + 2..]);
    }
    true
}

fn from(text: &[u8], said: &mut Said<'_>) {
    // What the client sent stands in quotes before Exim's own words about it.
    let text = match text.starts_with(b"SMTP protocol error in \"")
        || text.starts_with(b"SMTP syntax error in \"")
    {
        true => memmem::rfind(text, b"\" H=").map_or(text, |at| &text[at + 1..]),
        false => text,
    };
    if let Some((host, port, name)) = sender(text) {
        SOURCE.host(said.fields, host);
        SOURCE.port(said.fields, port);
        said.set("source.domain", name);
    }
}

/// Mail and connections that were turned away.
fn refused(text: &[u8], said: &mut Said<'_>) -> bool {
    const WORDS: [(&[u8], &str); 18] = [
        (b" dropped by 'connect' ACL", "connection_dropped"),
        (b"authentication mechanism not supported", "login_rejected"),
        (b" rejected RCPT ", "mail_rejected"),
        (b" rejected MAIL ", "mail_rejected"),
        (b" rejected after DATA", "mail_rejected"),
        (b" rejected by local_scan()", "mail_rejected"),
        (b" rejected DATA", "mail_rejected"),
        (b" rejected connection", "connection_rejected"),
        (b" rejected EHLO", "connection_rejected"),
        (b" rejected HELO", "connection_rejected"),
        (b" rejected AUTH", "login_rejected"),
        (b" rejected VRFY", "connection_rejected"),
        (b" rejected ", "mail_rejected"),
        (b"sender verify fail for ", "sender_unverified"),
        (b"rejected connection from ", "connection_rejected"),
        (b" dropped: ", "connection_dropped"),
        (b"closed by DROP in ACL", "connection_dropped"),
        (b"AUTH command used when not advertised", "login_rejected"),
    ];
    let Some((words, action)) = WORDS.iter().find(|(words, _)| text::place(text, words).is_some()) else {
        return false;
    };
    let category = if *action == "login_rejected" {
        "authentication"
    } else if *action == "connection_dropped" || *action == "connection_rejected" {
        "network"
    } else {
        "email"
    };
    said.is("exim", category, action);
    said.outcome(false);
    from(text, said);
    if let Some(at) = text::place(text, b" F=") {
        let value = &text[at + 3..];
        let end = memchr(b' ', value).unwrap_or(value.len());
        said.set("email.from.address", unbracketed(&value[..end]));
    }
    if let Some(at) = text::place(text, words) {
        let after = &text[at + words.len()..];
        if words.ends_with(b"RCPT ") {
            let end = text::place(after, b": ").unwrap_or(after.len());
            said.set("email.to.address", unbracketed(&after[..end]));
        }
        let why = text::place(after, b": ").map_or(after, |n| &after[n + 2..]);
        if !why.trim_ascii().is_empty() {
            said.fields.bytes(known::EVENT_REASON, why.trim_ascii());
        }
    }
    true
}

fn unbracketed(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"<").and_then(|t| t.strip_suffix(b">")).unwrap_or(text)
}

fn other(text: &[u8], said: &mut Said<'_>) -> bool {
    if let Some(rest) = text.strip_prefix(b"SA: Action: ") {
        // SpamAssassin's verdict: `... From <a> (host=name [ip]) for b`
        said.is("exim", "email", "spam_verdict");
        said.outcome(false);
        if let Some(at) = memmem::rfind(rest, b"(host=") {
            from(&rest[at..], said);
        }
        return true;
    }
    let (action, bad) = [
        (b"SMTP protocol ".as_slice(), "smtp_protocol_error", true),
        (b"SMTP syntax error", "smtp_protocol_error", true),
        (b"no MAIL in SMTP connection from ", "smtp_no_mail", true),
        (b"SMTP connection from ", "smtp_connect", false),
        (b"unexpected disconnection", "smtp_disconnect", false),
        (b"SMTP command timeout", "smtp_timeout", false),
        (b"TLS error on connection from ", "tls_failed", true),
        (b"no IP address found for host ", "reverse_mapping", false),
        (b"no host name found for IP address ", "reverse_mapping", false),
        (b"refused connection from ", "connection_rejected", true),
    ]
    .iter()
    .find(|(head, ..)| text.starts_with(head))
    .map_or(("", false), |(_, action, bad)| (*action, *bad));
    if action.is_empty() {
        return true;
    }
    said.is("exim", "network", action);
    if bad {
        said.outcome(false);
    }
    from(text, said);
    if let Some(address) = text.strip_prefix(b"no host name found for IP address ") {
        SOURCE.host(said.fields, peer(address.trim_ascii()).0);
    }
    true
}
