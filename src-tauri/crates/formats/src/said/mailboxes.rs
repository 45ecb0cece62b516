//! What mailbox servers other than Dovecot say: Courier, Cyrus, UW-IMAP, vpopmail and qmail, solid-pop3d, perdition, qpopper.

use super::shape::{Line, Lines, Told, by_name_only};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::SOURCE;
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// IMAP and POP servers: several share their programs' names, and none of their sentences.
pub const MAILBOXES: Told = Told {
    about: About {
        id: "mailbox",
        title: "IMAP and POP3 servers",
        about: "Logins of Courier, Cyrus, UW-IMAP, solid-pop3d, perdition, qpopper and popa3d.",
    },
    programs: &[
        "imapd",
        "imapd-ssl",
        "imaplogin",
        "pop3d",
        "pop3d-ssl",
        "pop3login",
        "courierpop3login",
        "courierpop3d",
        "ipop3d",
        "ipop2d",
        "imap",
        "imaps",
        "pop3",
        "pop3s",
        "cyrus",
        "sieve",
        "timsieved",
        "lmtpd",
        "nntpd",
        "solid-pop3d",
        "perdition",
        "qpopper",
        "popper",
        "in.qpopper",
        "popa3d",
        "teapop",
        "authdaemond",
        "courierimapd",
        "cyrus-imapd",
        "pop3s-login",
    ],
    lines: &LINES,
    claims: |m| {
        m.starts_with(b"badlogin: ") || m.starts_with(b"LOGIN FAILED, ") || m.starts_with(b"LOGIN, user=")
    },
};

static LINES: Lines = Lines::new(&[
    // Courier.
    Line::login("mail_login", "LOGIN, user={user}, ip=[{source}], port=[{port}], {*}"),
    Line::login("mail_login", "LOGIN, user={user}, ip=[{source}], {*}"),
    Line::login("mail_login", "LOGIN, user={user}, ip=[{source}]"),
    Line::failed("mail_login", "LOGIN FAILED, user={user}, ip=[{source}], port=[{port}]{*}"),
    Line::failed("mail_login", "LOGIN FAILED, user={user}, ip=[{source}]{*}"),
    Line::failed("mail_login", "LOGIN FAILED, method={sasl.mechanism?}, ip=[{source}], port=[{port}]{*}"),
    Line::failed("mail_login", "LOGIN FAILED, method={sasl.mechanism?}, ip=[{source}]{*}"),
    Line::failed("mail_login", "LOGIN FAILED, ip=[{source}]{*}"),
    Line::new("session", "mail_logout", "LOGOUT, user={user}, ip=[{source}], {*}"),
    Line::new("session", "mail_logout", "LOGOUT, ip=[{source}]{*}"),
    Line::new("session", "mail_disconnect", "DISCONNECTED, user={user}, ip=[{source}], {*}"),
    Line::new("session", "mail_disconnect", "TIMEOUT, user={user}, ip=[{source}], {*}"),
    Line::new("session", "mail_connect", "Connection, ip=[{source}]{*}"),
    // Cyrus.
    Line::failed(
        "mail_login",
        "badlogin: {source.domain?} [{source}] {sasl.mechanism?} {user} SASL({*}): {reason}",
    ),
    Line::failed(
        "mail_login",
        "badlogin: {source.domain?} [{source}] {sasl.mechanism?} {user} {*}invalid user",
    ),
    Line::failed(
        "mail_login",
        "badlogin: {source.domain?} [{source}] {sasl.mechanism?} [SASL({*}): {reason}]",
    ),
    Line::failed("mail_login", "badlogin: [{source}] {sasl.mechanism?} {user} SASL({*}): {reason}"),
    Line::failed("mail_login", "badlogin: [{source}] {sasl.mechanism?} [SASL({*}): {reason}]"),
    Line::failed("mail_login", "badlogin: {source.domain?} [{source}] {sasl.mechanism?} {user} {reason}"),
    Line::failed("mail_login", "badlogin: [{source}] {sasl.mechanism?} {user} {reason}"),
    Line::failed("mail_login", "badlogin: {source.domain?} [{source}] {*}"),
    Line::failed("mail_login", "badlogin: [{source}] {*}"),
    Line::login(
        "mail_login",
        "login: {source.domain?} [{source}] {user} {sasl.mechanism?} User logged in{*}",
    ),
    Line::login("mail_login", "login: [{source}] {user} {sasl.mechanism?} User logged in{*}"),
    Line::login("mail_login", "login: {source.domain?} [{source}] {user} {sasl.mechanism?} {*}"),
    Line::login("mail_login", "login: [{source}] {user} {sasl.mechanism?} {*}"),
    Line::failed("mail_login", "badlogin: {?}[{source}] {sasl.mechanism?} {reason}"),
    // UW-IMAP.
    Line::new("session", "mail_connect", "imap service init from {source}"),
    Line::new("session", "mail_connect", "imaps SSL service init from {source}"),
    Line::new("session", "mail_connect", "pop3 service init from {source}"),
    Line::new("session", "mail_connect", "pop3s SSL service init from {source}"),
    Line::login("mail_login", "Authenticated user={user} host={source.domain?} [{source}]{*}"),
    Line::login("mail_login", "Authenticated user={user} host=[{source}]{*}"),
    Line::login("mail_login", "Login user={user} host={source.domain?} [{source}]{*}"),
    Line::login("mail_login", "Login user={user} host=[{source}]{*}"),
    Line::login("mail_login", "Auth user={user} host={source.domain?} [{source}]{*}"),
    Line::failed("mail_login", "Login failed user={user} auth={*} host={source.domain?} [{source}]"),
    Line::failed("mail_login", "Login failed user={user} auth={*} host=[{source}]"),
    Line::failed("mail_login", "Login failure user={user} host={source.domain?} [{source}]"),
    Line::failed("mail_login", "Login failure user={user} host=[{source}]"),
    Line::failed("mail_login", "Login disabled user={user} auth={*} host={source.domain?} [{source}]"),
    Line::failed(
        "mail_login",
        "Login excessive login failures user={user} auth={*} host={source.domain?} [{source}]",
    ),
    Line::failed("mail_login", "AUTHENTICATE {sasl.mechanism?} failure host={source.domain?} [{source}]"),
    Line::failed("mail_login", "AUTHENTICATE {sasl.mechanism?} failure host=[{source}]"),
    Line::failed("mail_login", "AUTHENTICATE {sasl.mechanism?} failure host={source}"),
    Line::new("session", "mail_logout", "Logout user=??? host={source.domain?} [{source}]"),
    Line::new("session", "mail_logout", "Logout user={user} host={source.domain?} [{source}]{*}"),
    Line::new("session", "mail_logout", "Logout user={user} host=[{source}]{*}"),
    Line::new("session", "mail_disconnect", "{reason} user=??? host={source.domain?} [{source}]"),
    Line::new("session", "mail_disconnect", "{reason} user={user} host={source.domain?} [{source}]"),
    // solid-pop3d.
    Line::failed("mail_login", "authentication failed: {reason}: {user} - {source}"),
    Line::failed("mail_login", "authentication failed for user {user} - {source}"),
    Line::failed("mail_login", "authentication failed for mapped user {user} - {source}"),
    Line::failed("mail_login", "APOP authentication failed for user {user} - {source}"),
    Line::failed("mail_login", "can't find APOP secret for user {user} - {source}"),
    Line::failed("mail_login", "{user} login not allowed - {source}").because("not allowed"),
    Line::login("mail_login", "user {user} authenticated - {source}"),
    Line::new("session", "mail_connect", "connect from {source}"),
    // perdition.
    Line::failed(
        "mail_login",
        "Auth: {peer}->{server} {*} authentication_id=\"{user}\" server=\"{*}\" {*} status=\"failed{reason}\"",
    ),
    Line::failed(
        "mail_login",
        "Auth: {peer}->{server} {*} authentication_id=\"{user}\" {*}status=\"failed{reason}\"",
    ),
    Line::login("mail_login", "Auth: {peer}->{server} {*} authentication_id=\"{user}\" {*}status=\"ok\""),
    Line::failed(
        "mail_login",
        "Fatal Error reading authentication information from client {peer}->{server}: {reason}",
    ),
    Line::new("session", "mail_connect", "Connect: {peer}->{server}"),
    // qpopper, popa3d.
    Line::failed("mail_login", "[AUTH] Failed attempted login to {user} from host ({*}) {source}"),
    Line::failed("mail_login", "Failed attempted login to {user} from host ({*}) {source}"),
    Line::failed("mail_login", "{user} at {*} ({source}): -ERR [AUTH] {reason}"),
    Line::login("mail_login", "({*}) POP login by user \"{user}\" at ({*}) {source}"),
    Line::failed("mail_login", "Authentication failed for {user}"),
    Line::login("mail_login", "Authentication passed for {user}"),
    Line::new("session", "mail_connect", "Session from {source}"),
]);

/// Courier's SMTP server.
pub const COURIER_SMTP: Told = Told {
    about: About {
        id: "courier_smtp",
        title: "Courier SMTP",
        about: "Mail and logins that Courier's SMTP server refused.",
    },
    programs: &["courieresmtpd", "courierd", "courieresmtp", "esmtpd", "esmtpd-ssl", "esmtpd-msa"],
    lines: &COURIER_LINES,
    claims: by_name_only,
};

static COURIER_LINES: Lines = Lines::new(&[
    Line::failed(
        "smtp_login",
        "error,relay={source},port={port},msg=\"535 Authentication failed.\",cmd: AUTH {sasl.mechanism?} {*} {user}",
    ),
    Line::failed(
        "smtp_login",
        "error,relay={source},port={port},msg=\"535 Authentication failed.\",cmd: AUTH {sasl.mechanism?} {user}",
    ),
    Line::failed(
        "smtp_login",
        "error,relay={source},port={port},msg=\"535 Authentication failed.\",cmd: {*}",
    ),
    Line::failed(
        "smtp_login",
        "error,relay={source},msg=\"535 Authentication failed.\",cmd: AUTH {sasl.mechanism?} {*} {user}",
    ),
    Line::failed("smtp_login", "error,relay={source},msg=\"535 Authentication failed.\",cmd: {*}"),
    Line::new(
        "email",
        "mail_rejected",
        "error,relay={source},port={port},from=<{email.from.address}>,to=<{email.to.address}>: {reason}",
    )
    .bad(),
    Line::new(
        "email",
        "mail_rejected",
        "error,relay={source},from=<{email.from.address}>,to=<{email.to.address}>: {reason}",
    )
    .bad(),
    Line::new(
        "email",
        "mail_rejected",
        "error,relay={source},ident={*},from=<{email.from.address}>,to=<{email.to.address}>: {reason}",
    )
    .bad(),
    Line::new("network", "smtp_error", "error,relay={source},port={port},msg=\"{reason}\",cmd: {*}").bad(),
    Line::new("network", "smtp_error", "error,relay={source},msg=\"{reason}\",cmd: {*}").bad(),
    Line::new("network", "smtp_connect", "started,ip=[{source}],port=[{port}]"),
    Line::new("network", "smtp_connect", "started,ip=[{source}]"),
]);

/// vpopmail, qmail and what stands around them.
pub struct Qmail;

impl Payload for Qmail {
    fn about(&self) -> About {
        About {
            id: "qmail",
            title: "qmail and vpopmail",
            about: "Logins of vpopmail, mail and block lists of qmail, tcpserver.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "vpopmail",
            "vchkpw",
            "qmail",
            "qmail-smtpd",
            "qmail-send",
            "rblsmtpd",
            "tcpserver",
            "spamdyke",
            "qmail-imapd",
        ]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"vchkpw-")
            || message.starts_with(b"rblsmtpd: ")
            || message.starts_with(b"tcpserver: ")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        // `1157520813.485077 rblsmtpd: ...`
        if let Some(blank) = memchr(b' ', &text[..text.len().min(20)])
            && text[..blank].iter().all(|c| c.is_ascii_digit() || *c == b'.')
        {
            text = text[blank + 1..].trim_ascii_start();
        }
        for head in [b"rblsmtpd: ".as_slice(), b"qmail-smtpd: ", b"tcpserver: ", b"qmail-send: ", b"smtpd: "]
        {
            text = text.strip_prefix(head).unwrap_or(text);
        }
        if vchkpw(text, said) {
            return true;
        }
        QMAIL_LINES.read("qmail", text, said)
    }
}

static QMAIL_LINES: Lines = Lines::new(&[
    Line::new("email", "mail_rejected", "{rule.name?} blocked {source} {*}").bad(),
    Line::new("email", "mail_rejected", "{source} pid {pid} {rule.name?}: {reason}").bad(),
    Line::new("email", "mail_rejected", "{source} pid {pid}: {reason}").bad(),
    Line::new("email", "mail_rejected", "{smtp.response.code#} badiprbl: ip {source} rbl: {rule.name}").bad(),
    Line::new("email", "mail_queued", "new msg {email.local_id?}"),
    Line::new(
        "email",
        "mail_queued",
        "info msg {email.local_id?}: bytes {email.size#} from <{email.from.address}> qp {*}",
    ),
    Line::new(
        "email",
        "mail_delivery",
        "starting delivery {qmail.delivery#}: msg {email.local_id?} to {qmail.where?} {email.to.address}",
    ),
    Line::new("email", "mail_sent", "delivery {qmail.delivery#}: success: {reason}").good(),
    Line::new("email", "mail_bounced", "delivery {qmail.delivery#}: failure: {reason}").bad(),
    Line::new("email", "mail_deferred", "delivery {qmail.delivery#}: deferral: {reason}"),
    Line::new("email", "mail_removed", "end msg {email.local_id?}"),
    Line::new("network", "tcp_accept", "pid {process.pid#} from {source}"),
    Line::new(
        "network",
        "tcp_accept",
        "ok {process.pid#} {*}:{destination}:{destination.port#} {*}:{source}:{*}:{port}",
    ),
    Line::new(
        "network",
        "tcp_deny",
        "deny {process.pid#} {*}:{destination}:{destination.port#} {*}:{source}:{*}:{port}",
    )
    .bad(),
]);

/// `vchkpw-pop3: password fail bob@example.com:192.0.2.1`
fn vchkpw(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(b"vchkpw-").or_else(|| text.strip_prefix(b"vchkpw")) else {
        return false;
    };
    let Some(colon) = text::place(&rest[..rest.len().min(24)], b": ") else { return false };
    said.set("network.protocol", &rest[..colon]);
    let mut rest = rest[colon + 2..].trim_ascii();
    if rest.first() == Some(&b'(')
        && let Some(close) = text::place(&rest[..rest.len().min(24)], b") ")
    {
        said.set("sasl.mechanism", &rest[1..close]);
        rest = &rest[close + 2..];
    }
    said.is("vpopmail", "authentication", "mail_login");
    let (good, after) = [
        (b"login success ".as_slice(), true),
        (b"password fail ", false),
        (b"vpopmail user not found ", false),
        (b"user not found ", false),
        (b"null password given ", false),
        (b"invalid user/domain characters ", false),
        (b"account disabled ", false),
    ]
    .iter()
    .find_map(|(head, good)| Some((*good, rest.strip_prefix(*head)?)))
    .unwrap_or((false, rest));
    said.outcome(good);
    if !good {
        said.fields.bytes(known::EVENT_REASON, rest[..rest.len() - after.len()].trim_ascii());
    }
    // The password that was tried may stand between.
    let after = match after.starts_with(b"(pass: '") {
        true => memmem::rfind(after, b"') ").map_or(after, |n| &after[n + 3..]),
        false => after,
    };
    let at = (0..after.len())
        .filter(|n| after[*n] == b':')
        .find(|n| crate::normalise::entities::is_ip(&after[n + 1..]));
    match at {
        Some(at) => {
            said.user(&after[..at]);
            SOURCE.host(said.fields, &after[at + 1..]);
        }
        None => said.user(after.strip_suffix(b":").unwrap_or(after)),
    }
    true
}

/// OpenBSD's smtpd and other small ones.
pub const SMALL_SMTP: Told = Told {
    about: About {
        id: "opensmtpd",
        title: "OpenSMTPD",
        about: "Connections, logins and deliveries of OpenBSD's mail server.",
    },
    programs: &["smtpd", "opensmtpd"],
    lines: &SMALL_SMTP_LINES,
    claims: by_name_only,
};

static SMALL_SMTP_LINES: Lines = Lines::new(&[
    Line::failed(
        "smtp_login",
        "{session.id?} smtp authentication user={user} address={source} host={*} result=permfail",
    ),
    Line::failed("smtp_login", "{session.id?} smtp authentication user={user} result=permfail"),
    Line::failed("smtp_login", "smtp-in: Authentication failed for user {user} on session {session.id}"),
    Line::failed(
        "smtp_login",
        "smtp-in: Failed command on session {session.id?}: \"AUTH {*}\" => 535 {reason}",
    ),
    Line::login("smtp_login", "{session.id?} smtp authentication user={user} result=ok"),
    Line::new("network", "smtp_connect", "{session.id?} smtp connected address={source} host={*}"),
    Line::new("network", "smtp_connect", "smtp-in: New session {session.id?} from host {*} [{source}]"),
    Line::new("network", "smtp_disconnect", "{session.id?} smtp disconnected {*}"),
]);

/// What filters say of mail: SpamAssassin, MailScanner, amavis, rspamd, OpenDKIM, ClamAV.
pub const FILTERS: Told = Told {
    about: About {
        id: "mailfilter",
        title: "Mail filters",
        about: "Spam, viruses and signatures: SpamAssassin, MailScanner, amavis, rspamd, OpenDKIM, ClamAV.",
    },
    programs: &[
        "spamd",
        "spampd",
        "mailscanner",
        "amavis",
        "amavisd",
        "amavisd-new",
        "opendkim",
        "opendmarc",
        "clamd",
        "clamav-milter",
        "clamsmtpd",
        "rspamd",
        "milter-greylist",
        "dkim-filter",
        "clamav",
        "rspamd_proxy",
    ],
    lines: &FILTER_LINES,
    claims: by_name_only,
};

static FILTER_LINES: Lines = Lines::new(&[
    Line::new("email", "spam_found", "Message {email.local_id?} from {source} ({email.from.address}) to {mailscanner.to?} is spam, {reason}").bad(),
    Line::new("email", "spam_found", "Message {email.local_id?} from {source} ({email.from.address}) to {mailscanner.to?} is spam ({reason})").bad(),
    Line::new("email", "spam_found", "Message {email.local_id?} from {source} ({email.from.address}) to {mailscanner.to?} is spam{*}").bad(),
    Line::new("email", "mail_passed", "Message {email.local_id?} from {source} ({email.from.address}) to {mailscanner.to?} is not spam{*}").good(),
    Line::new("malware", "virus_found", "Infected message {email.local_id?} came from {source}").bad(),
    Line::new("email", "spam_found", "spamd: identified spam ({spamd.score?}/{spamd.required?}) for {spamd.user}:{*} in {*}").bad(),
    Line::new("email", "mail_passed", "spamd: clean message ({spamd.score?}/{spamd.required?}) for {spamd.user}:{*} in {*}").good(),
    Line::new("email", "spam_checked", "spamd: processing message <{email.message_id}> for {*}"),
    Line::new("network", "spamd_connect", "spamd: connection from {*} [{source}]:{port} to port {*}"),
    Line::new("network", "spamd_connect", "spamd: connection from {*} [{source}] at port {*}"),
    Line::new("network", "tarpit_accept", "{source}: connected ({*}"),
    Line::new("network", "tarpit_close", "{source}: disconnected after {*}"),
    Line::new("email", "mail_passed", "({?}) Passed {amavis.verdict}, [{source}]:{port} {*}").good(),
    Line::new("email", "mail_passed", "({?}) Passed {amavis.verdict}, [{source}] {*}").good(),
    Line::new("malware", "virus_found", "({?}) Blocked INFECTED ({rule.name}) {*}, [{source}]:{port} {*}").bad(),
    Line::new("malware", "virus_found", "({?}) Blocked INFECTED ({rule.name}), [{source}] {*}").bad(),
    Line::new("email", "mail_blocked", "({?}) Blocked {amavis.verdict}, [{source}]:{port} {*}").bad(),
    Line::new("email", "mail_blocked", "({?}) Blocked {amavis.verdict}, [{source}] {*}").bad(),
    Line::new("malware", "virus_found", "{file.path}: {rule.name?} FOUND").bad(),
    Line::new("email", "dkim_verified", "{email.local_id?}: DKIM verification successful").good(),
    Line::new("email", "dkim_failed", "{email.local_id?}: bad signature data").bad(),
    Line::new("email", "dkim_failed", "{email.local_id?}: {*} SSL error:{reason}").bad(),
]);
