//! What Dovecot says: logins over IMAP, POP3, ManageSieve and submission, and what its authentication found out.

use super::shape::{Line, Lines};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// Dovecot.
pub struct Dovecot;

impl Payload for Dovecot {
    fn about(&self) -> About {
        About {
            id: "dovecot",
            title: "Dovecot",
            about: "Mailbox logins and failures, with user and address.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "dovecot",
            "imap-login",
            "pop3-login",
            "managesieve-login",
            "submission-login",
            "auth-worker",
            "dovecot-auth",
            "auth",
            "lmtp",
            "lda",
            "dovecot-lda",
        ]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(160)];
        let service =
            head.iter().position(|c| matches!(c, b':' | b'(')).map_or(b"".as_slice(), |n| &head[..n]);
        matches!(
            service,
            b"imap-login"
                | b"pop3-login"
                | b"managesieve-login"
                | b"submission-login"
                | b"auth-worker"
                | b"dovecot"
        ) || matches!(
            service,
            b"auth"
                | b"imap"
                | b"pop3"
                | b"lmtp"
                | b"lda"
                | b"master"
                | b"config"
                | b"log"
                | b"indexer-worker"
        ) && (text::place(head, b": Info: ").is_some()
            || text::place(head, b": Warning: ").is_some()
            || text::place(head, b": Error: ").is_some())
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        let mut service = program;
        if let Some(rest) = levelled(text, said) {
            text = rest;
        }
        // The service comes first where the program is all of Dovecot; it may come twice.
        for _ in 0..3 {
            let Some((name, who, rest)) = service_of(text) else { break };
            if name == b"conn unix" {
                break;
            }
            // `auth(user,ip,sasl:login)<session>: ...`: from 2.4 on the service names who asks.
            if !who.is_empty() && asked(who, said) {
                said.fields.text(known::EVENT_DATASET, "dovecot");
            }
            service = name;
            text = rest;
            if let Some(rest) = levelled(text, said) {
                text = rest;
            }
        }
        // `conn unix:auth-worker (pid=1,uid=2): auth-worker<4>: `
        if text.starts_with(b"conn unix:")
            && let Some(at) = text::place(&text[..text.len().min(160)], b">: ")
        {
            text = &text[at + 3..];
        }
        said.fields.text(known::EVENT_DATASET, "dovecot");
        let protocol = service.split(|c| *c == b'-').next().unwrap_or_default();
        if matches!(protocol, b"imap" | b"pop3" | b"managesieve" | b"submission" | b"lmtp") {
            said.fields.bytes(known::NETWORK_PROTOCOL, protocol);
        }
        if service.ends_with(b"-login") {
            return login(text, said);
        }
        verdict(text, said);
        true
    }
}

/// `imap-login: rest`, `auth-worker(304): rest`, `imap(bob)<1><abc>: rest`.
fn service_of(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let run = text.iter().take(24).take_while(|c| c.is_ascii_lowercase() || matches!(c, b'-' | b'3')).count();
    let name = &text[..run];
    let known = matches!(
        name,
        b"imap-login"
            | b"pop3-login"
            | b"managesieve-login"
            | b"submission-login"
            | b"auth"
            | b"auth-worker"
            | b"imap"
            | b"pop3"
            | b"lmtp"
            | b"lda"
            | b"dovecot"
            | b"dovecot-auth"
            | b"master"
            | b"config"
            | b"log"
            | b"anvil"
            | b"submission"
            | b"managesieve"
            | b"indexer"
            | b"indexer-worker"
            | b"stats"
    );
    if !known {
        return None;
    }
    let rest = &text[run..];
    if let Some(rest) = rest.strip_prefix(b":") {
        return Some((name, b"", rest.trim_ascii_start()));
    }
    let inside = rest.strip_prefix(b"(")?;
    let close = memchr(b')', inside)?;
    let end = text::place(&inside[close..], b": ")? + close;
    // What is in brackets of other kinds is a process and a session.
    let between = &inside[close + 1..end];
    (between.is_empty() || between.starts_with(b"<"))
        .then(|| (name, &inside[..close], inside[end + 2..].trim_ascii_start()))
}

fn levelled<'a>(text: &'a [u8], said: &mut Said<'_>) -> Option<&'a [u8]> {
    for (head, level) in [
        (b"Info: ".as_slice(), "info"),
        (b"Warning: ", "warning"),
        (b"Error: ", "error"),
        (b"Fatal: ", "critical"),
        (b"Panic: ", "critical"),
        (b"Debug: ", "debug"),
    ] {
        if let Some(rest) = text.strip_prefix(head) {
            said.fields.text(known::LOG_LEVEL, level);
            return Some(rest);
        }
    }
    None
}

/// `user,192.0.2.1,...`: whom it was about. A name may hold a comma, an address never does.
fn asked(who: &[u8], said: &mut Said<'_>) -> bool {
    if whole(who).is_some() || who == b"default" {
        return false;
    }
    let cells: Vec<&[u8]> = who.split(|c| *c == b',').take(12).collect();
    let at = (1..cells.len()).rev().find(|n| crate::normalise::entities::is_ip(cells[*n]));
    match at {
        Some(at) => {
            let name: usize = cells[..at].iter().map(|c| c.len() + 1).sum();
            said.user(&who[..name - 1]);
            SOURCE.host(said.fields, cells[at]);
        }
        None => said.user(cells[0]),
    }
    true
}

/// What a login process says at the end of a client's stay: `Login: user=<bob>, method=PLAIN, rip=.., lip=..`, or why not.
fn login(text: &[u8], said: &mut Said<'_>) -> bool {
    let good = text.starts_with(b"Login: ");
    let at = text::place(text, b"user=<");
    // Dovecot's own pairs come last, so the last of each is the true one.
    let last = |name: &[u8]| -> &[u8] {
        let Some(at) = memmem::rfind(text, name) else { return b"" };
        let value = &text[at + name.len()..];
        &value[..value.iter().position(|c| matches!(c, b',' | b' ')).unwrap_or(value.len())]
    };
    let rip = last(b"rip=");
    let failed = !good && FAILED.iter().any(|words| text::place(text, words).is_some());
    said.is(
        "dovecot",
        if good || failed { "authentication" } else { "session" },
        if good || failed { "mail_login" } else { "mail_disconnect" },
    );
    if good || failed {
        said.outcome(good);
    }
    if let Some(at) = at {
        let from = &text[at + 6..];
        let end = [b">, method=".as_slice(), b">, rip="].iter().find_map(|mark| memmem::rfind(from, mark));
        let end = end.or_else(|| memchr(b'>', from)).unwrap_or(from.len());
        if end > 0 {
            said.user(&from[..end]);
        }
    }
    SOURCE.host(said.fields, rip);
    SOURCE.port(said.fields, last(b"rport="));
    DESTINATION.host(said.fields, last(b"lip="));
    DESTINATION.port(said.fields, last(b"lport="));
    said.set("sasl.mechanism", last(b"method="));
    let session = last(b"session=<");
    said.set("session.id", session.strip_suffix(b">").unwrap_or(session));
    if !good {
        // The words before the pairs: `Disconnected (auth failed, 1 attempts in 2 secs)`.
        let end = at.or_else(|| text::place(text, b"rip=")).unwrap_or(text.len());
        let why = text[..end].trim_ascii_end();
        let why = why.strip_suffix(b":").unwrap_or(why);
        if !why.is_empty() && why.len() < 512 {
            said.fields.bytes(known::EVENT_REASON, why);
        }
        if let Some(at) = text::place(text, b"auth failed, ") {
            let n = &text[at + 13..];
            said.count(&n[..n.iter().take_while(|c| c.is_ascii_digit()).count()]);
        }
    }
    true
}

const FAILED: [&[u8]; 6] = [
    b"(auth failed",
    b"auth failed)",
    b"(authentication failed",
    b"(tried to use dis",
    b"(proxy dest auth failed",
    b"(client didn't finish SASL auth",
];

/// What authentication found: `pam(bob,192.0.2.1): pam_authenticate() failed: ...`
fn verdict(text: &[u8], said: &mut Said<'_>) {
    let run = text.iter().take(24).take_while(|c| c.is_ascii_lowercase() || matches!(c, b'-' | b'_')).count();
    let mut rest = text;
    if run > 1 && text.get(run) == Some(&b'(') {
        let inside = &text[run + 1..];
        if let Some(close) = text::place(inside, b"): ") {
            asked(&inside[..close], said);
            rest = &inside[close + 3..];
        }
    } else if let Some(colon) = text::place(&text[..text.len().min(24)], b": ") {
        // `sql: Password mismatch`
        let backend = &text[..colon];
        if matches!(
            backend,
            b"sql" | b"ldap" | b"pam" | b"passwd-file" | b"passwd" | b"shadow" | b"static" | b"lua" | b"dict"
        ) {
            rest = &text[colon + 2..];
        }
    }
    VERDICTS.read("dovecot", rest, said);
}

static VERDICTS: Lines = Lines::new(&[
    Line::failed("mail_login", "pam_authenticate() failed: {reason}"),
    Line::failed("mail_login", "unknown user{*}").because("no such user"),
    Line::failed("mail_login", "Unknown user{*}").because("no such user"),
    Line::failed("mail_login", "Password mismatch{*}").because("password mismatch"),
    Line::failed("mail_login", "password mismatch{*}").because("password mismatch"),
    Line::failed("mail_login", "invalid credentials{*}").because("invalid credentials"),
    Line::failed("mail_login", "CRAM-MD5 password mismatch{*}").because("password mismatch"),
    Line::failed("mail_login", "DIGEST-MD5 password mismatch{*}").because("password mismatch"),
    Line::failed("mail_login", "Authentication failure{*}"),
    Line::failed("mail_login", "Login attempted from {*}").because("not from here"),
    Line::new("session", "mail_disconnect", "Disconnected: {reason}"),
    Line::new("session", "mail_disconnect", "Logged out{*}"),
    Line::new("email", "mail_delivered", "msgid=<{email.message_id}>: saved mail to {dovecot.mailbox}")
        .good(),
    Line::new(
        "email",
        "mail_delivered",
        "sieve: msgid=<{email.message_id}>: stored mail into mailbox '{dovecot.mailbox}'",
    )
    .good(),
]);
