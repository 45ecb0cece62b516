//! What Sendmail says: mail and its refusal, logins, probing.

use super::shape::{Line, Lines};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// Sendmail and its message submission.
pub struct Sendmail;

impl Payload for Sendmail {
    fn about(&self) -> About {
        About {
            id: "sendmail",
            title: "Sendmail",
            about: "Mail that came, went and was refused; SMTP logins.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["sendmail", "sm-mta", "sm-msp-queue", "sm-acceptingconnections", "sm-msp", "mimedefang"]
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        said.fields.text(known::EVENT_DATASET, "sendmail");
        // `s1P819mk027713: ...`
        if let Some(colon) = text::place(&text[..text.len().min(24)], b": ") {
            let id = &text[..colon];
            if id.len() >= 8 && id.iter().all(u8::is_ascii_alphanumeric) && id.iter().any(u8::is_ascii_digit)
                || id == b"NOQUEUE"
            {
                if id != b"NOQUEUE" {
                    said.set("email.local_id", id);
                }
                text = text[colon + 2..].trim_ascii_start();
            }
        }
        LOGINS.read("sendmail", text, said) || client(text, said) || pairs(text, said) || {
            said.is("sendmail", "email", "");
            true
        }
    }
}

/// Failed logins: the user's name stands before the relay, which Sendmail writes last.
static LOGINS: Lines = Lines::new(&[
    Line::failed(
        "smtp_login",
        "AUTH failure ({sasl.mechanism}): {reason}, user={user}, relay={*} [{source}]{*}",
    ),
    Line::failed("smtp_login", "AUTH failure ({sasl.mechanism}): {reason}, user={user}, relay=[{source}]{*}"),
    Line::failed("smtp_login", "AUTH failure ({sasl.mechanism}): {reason}, relay={*} [{source}]{*}"),
    Line::failed("smtp_login", "AUTH failure ({sasl.mechanism}): {reason}, relay=[{source}]{*}"),
    Line::login(
        "smtp_login",
        "AUTH=server, relay={*} [{source}]{*}, authid={user}, mech={sasl.mechanism?}, {*}",
    ),
    Line::login("smtp_login", "AUTH=server, relay=[{source}]{*}, authid={user}, mech={sasl.mechanism?}, {*}"),
]);

/// `name [ip]{ (may be forged)}: what`, and sentences that end in a client.
fn client(text: &[u8], said: &mut Said<'_>) -> bool {
    for (words, category, action) in [
        (b"possible SMTP attack: command=AUTH".as_slice(), "authentication", "smtp_login"),
        (b"possible SMTP attack: ", "network", "smtp_attack"),
        (b" [rejected]", "network", "smtp_probe"),
        (b"due to pre-greeting traffic", "network", "smtp_pregreet"),
        (b"did not issue MAIL/EXPN/VRFY/ETRN", "network", "smtp_no_mail"),
        (b"lost input channel from", "network", "smtp_lost"),
        (b"rejecting commands from", "network", "connection_rejected"),
    ] {
        let Some(at) = text::place(text, words) else { continue };
        let Some(ip) = first_ip(text) else { continue };
        said.is("sendmail", category, action);
        said.outcome(false);
        SOURCE.host(said.fields, ip);
        if let Some(n) = text::place(&text[at..], b"count=") {
            let n = &text[at + n + 6..];
            said.count(&n[..n.iter().take_while(|c| c.is_ascii_digit()).count()]);
        }
        return true;
    }
    false
}

/// The address in the first square brackets that hold one.
fn first_ip(text: &[u8]) -> Option<&[u8]> {
    memchr::memchr_iter(b'[', text).find_map(|open| {
        let inside = &text[open + 1..];
        let inside = inside.strip_prefix(b"IPv6:").unwrap_or(inside);
        let close = memchr(b']', &inside[..inside.len().min(64)])?;
        is_ip(&inside[..close]).then(|| &inside[..close])
    })
}

/// `ruleset=check_rcpt, arg1=<a>, relay=name [ip], reject=550 ...`, `from=<a>, size=0, ...`, `to=<b>, ..., stat=Sent`
fn pairs(text: &[u8], said: &mut Said<'_>) -> bool {
    let value = |name: &[u8]| -> &[u8] {
        let at = if text.starts_with(name) {
            0
        } else {
            let marked = [b", ".as_slice(), name].concat();
            match text::place(text, &marked) {
                Some(at) => at + 2,
                None => return b"",
            }
        };
        let value = &text[at + name.len()..];
        &value[..text::place(value, b", ").unwrap_or(value.len())]
    };
    let address = |text: &[u8]| -> Vec<u8> {
        text.strip_prefix(b"<").and_then(|t| t.strip_suffix(b">")).unwrap_or(text).to_vec()
    };
    let relay = text::place(text, b"relay=").map(|at| &text[at + 6..]);
    if text.starts_with(b"ruleset=") {
        said.is("sendmail", "email", "mail_rejected");
        said.outcome(false);
        said.set("rule.name", value(b"ruleset="));
        said.set("email.to.address", &address(value(b"arg1=")));
        if let Some(at) = text::place(text, b"reject=") {
            said.fields.bytes(known::EVENT_REASON, &text[at + 7..]);
        }
    } else if text.starts_with(b"from=") {
        said.is("sendmail", "email", "mail_received");
        said.set("email.from.address", &address(value(b"from=")));
        said.set_number("email.size", value(b"size="));
        said.set("email.message_id", &address(value(b"msgid=")));
        said.set("smtp.protocol", value(b"proto="));
    } else if text.starts_with(b"to=") {
        said.is("sendmail", "email", "mail_sent");
        said.set("email.to.address", &address(value(b"to=")));
        let stat = text::place(text, b"stat=").map_or(b"".as_slice(), |at| &text[at + 5..]);
        if stat.starts_with(b"Sent") {
            said.outcome(true);
        } else if !stat.starts_with(b"Deferred") && !stat.starts_with(b"queued") && !stat.is_empty() {
            said.outcome(false);
        }
        if !stat.is_empty() {
            said.fields.bytes(known::EVENT_REASON, stat);
        }
        said.set("sendmail.dsn", value(b"dsn="));
        return true;
    } else if text.starts_with(b"STARTTLS=") {
        said.is("sendmail", "network", "tls_established");
        said.set("tls.version", value(b"version="));
        said.set("tls.cipher", value(b"cipher="));
    } else if text::place(text, b"... No such user here").is_some()
        || text::place(text, b"... User unknown").is_some()
    {
        said.is("sendmail", "email", "mail_rejected");
        said.fields.text(known::EVENT_REASON, "no such user");
        let end = text::place(text, b"... ").unwrap_or(0);
        said.set("email.to.address", &address(&text[..end]));
        return true;
    } else {
        return false;
    }
    if let Some(relay) = relay {
        if let Some(ip) = first_ip(&relay[..relay.len().min(320)]) {
            SOURCE.host(said.fields, ip);
        }
        let name = relay.split(|c| matches!(c, b' ' | b',')).next().unwrap_or_default();
        if !name.starts_with(b"[") {
            said.set("source.domain", name);
        }
    }
    // Of a mail whose recipients were all refused this is the line that names the client.
    if text.starts_with(b"from=") && value(b"nrcpts=") == b"0" {
        said.outcome(false);
        said.fields.text(known::EVENT_REASON, "no recipient was accepted");
    }
    true
}
