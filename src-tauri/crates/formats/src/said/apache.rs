//! Apache's error log (2.0 to 2.4) and what modules, scripts and LiteSpeed write into one of its shape: bracketed columns,
//! then a sentence. The columns are the server's own and come first, so nothing in the sentence can stand for them.

use super::web_apps;
use super::{Payload, Said};
use crate::About;
use crate::coded::web::{modsec, php, request};
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::severity;
use crate::normalise::text;
use crate::normalise::text::lossy;
use memchr::{memchr, memmem};
use timberline_model::known;

/// Apache, its errors.
pub struct ApacheError;

impl Payload for ApacheError {
    fn about(&self) -> About {
        About {
            id: "apache_error",
            title: "Apache error log",
            about: "Apache httpd 2.0 to 2.4: module, level, process, client and what went wrong; failed logins, denied and \
                    missing files, ModSecurity and PHP in it.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["apache", "apache2", "httpd", "apache-error", "apache_error"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        // `[Wed Oct 11 14:32:52 2000] [`
        message.first() == Some(&b'[')
            && message.get(4) == Some(&b' ')
            && message.get(1..4).is_some_and(|day| day[0].is_ascii_uppercase() && day[1].is_ascii_lowercase())
            && memchr(b']', &message[..message.len().min(48)])
                .is_some_and(|at| message[at..].starts_with(b"] ["))
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        // Through syslog the time is left out: `[error] [client 192.0.2.1] sentence`.
        let short = message.starts_with(b"[") && !program.is_empty() && first_is_level(message);
        (self.claims(message) || short) && error(message, short, said)
    }
}

fn first_is_level(message: &[u8]) -> bool {
    let Some(end) = memchr(b']', &message[..message.len().min(40)]) else { return false };
    let word = &message[1..end];
    let word = memchr(b':', word).map_or(word, |at| &word[at + 1..]);
    severity::level(word).is_some()
}

fn error(message: &[u8], short: bool, said: &mut Said<'_>) -> bool {
    let mut rest = message;
    if !short {
        let Some(end) = memchr(b']', rest) else { return false };
        said.time = said.ctx.stamp(&rest[1..end]).or(said.time);
        rest = rest[end + 1..].trim_ascii_start();
    }
    said.fields.text(known::EVENT_DATASET, "apache.error");
    let mut client = false;
    // `(13)Permission denied: ` may stand between the columns, as may the module's file.
    let mut cause = b"".as_slice();
    for _ in 0..12 {
        if let Some(inside) = rest.strip_prefix(b"[") {
            // `[client [2001:db8::1]:1234]` holds brackets of its own.
            let from = match inside.strip_prefix(b"client [") {
                Some(more) => memchr(b']', more).map_or(0, |n| n + 9),
                None => 0,
            };
            let Some(end) = memchr(b']', &inside[from..]).map(|n| from + n) else { break };
            if !column(&inside[..end], &mut client, said) {
                break;
            }
            rest = inside[end + 1..].trim_ascii_start();
            continue;
        }
        let Some(at) = before_client(rest) else { break };
        cause = rest[..at].trim_ascii().trim_suffix_colon();
        rest = &rest[at..];
    }
    let (mut text, referer) = match memmem::rfind(rest, b", referer: ") {
        Some(at) => (&rest[..at], &rest[at + 11..]),
        None => (rest, b"".as_slice()),
    };
    if !referer.is_empty() {
        said.fields.bytes(known::HTTP_REFERRER, referer);
    }
    if let Some(code) = text.get(..8).filter(|c| c.starts_with(b"AH") && c[7] == b':')
        && code[2..7].iter().all(u8::is_ascii_digit)
    {
        said.fields.bytes(known::EVENT_CODE, &code[..7]);
        text = text[8..].trim_ascii_start();
    }
    if !cause.is_empty() {
        said.set("apache.error.cause", cause);
    }
    said.fields.bytes(known::MESSAGE, text);
    meaning(text, client, said);
    let level = said.fields.get_text(known::LOG_LEVEL).unwrap_or_default();
    let bad = matches!(level, "warning" | "error" | "critical" | "alert" | "emergency");
    if client && bad {
        said.outcome(false);
    }
    said.fields.text(known::EVENT_CATEGORY, "web");
    true
}

/// Where `[client ` begins behind a cause, if a cause is what stands here.
fn before_client(rest: &[u8]) -> Option<usize> {
    let reach = &rest[..rest.len().min(300)];
    let at = text::place(reach, b"[client ").or_else(|| text::place(reach, b"[remote "))?;
    let before = &reach[..at];
    let cause = before.starts_with(b"(") || text::place(before, b".c(").is_some();
    (cause && before.ends_with(b": ")).then_some(at)
}

trait TrimColon {
    fn trim_suffix_colon(&self) -> &[u8];
}

impl TrimColon for [u8] {
    fn trim_suffix_colon(&self) -> &[u8] {
        self.strip_suffix(b":").unwrap_or(self)
    }
}

/// One bracketed column; false when it is none of the server's.
fn column(text: &[u8], client: &mut bool, said: &mut Said<'_>) -> bool {
    if let Some(who) = text.strip_prefix(b"client ").or_else(|| text.strip_prefix(b"remote ")) {
        *client = true;
        address(who.trim_ascii(), said);
        return true;
    }
    if let Some(pid) = text.strip_prefix(b"pid ") {
        let mut parts = pid.splitn(2, |c| *c == b':');
        if let Some(pid) = parts.next().and_then(whole) {
            said.fields.int(known::PROCESS_PID, pid);
        }
        if let Some(tid) = parts.next().and_then(|t| t.strip_prefix(b"tid ")) {
            said.set_number("process.thread.id", tid);
        }
        return true;
    }
    for (head, name) in
        [(b"tid ".as_slice(), "process.thread.id"), (b"host ", "url.domain"), (b"vhost ", "url.domain")]
    {
        if let Some(value) = text.strip_prefix(head) {
            said.set(name, value);
            return true;
        }
    }
    let (module, level) = match memchr(b':', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (b"".as_slice(), text),
    };
    // `trace1` to `trace8`
    let level = if level.starts_with(b"trace") { b"trace".as_slice() } else { level };
    if let Some(level) = severity::level(level) {
        said.fields.text(known::LOG_LEVEL, level);
        said.set("apache.error.module", module);
        return true;
    }
    // `[unique_id x]`, `[R:id]`, `[mod]` of ErrorLogFormat; a sentence in brackets has blanks in it.
    !text.is_empty()
        && text.len() < 48
        && memchr(b' ', text).is_none()
        && !said.fields.has(known::SOURCE_ADDRESS)
}

/// `192.0.2.1:51380`, `2001:db8::1:51380`, `192.0.2.1`. Apache writes IPv6 and a port without brackets.
fn address(text: &[u8], said: &mut Said<'_>) {
    let modern = said.fields.has(known::PROCESS_PID);
    let colons = text.iter().filter(|c| **c == b':').count();
    if modern
        && colons > 2
        && !text.starts_with(b"[")
        && let Some(at) = memchr::memrchr(b':', text)
        && crate::normalise::entities::is_ip(&text[..at])
        && request::port_number(&text[at + 1..]).is_some()
    {
        SOURCE.host(said.fields, &text[..at]);
        SOURCE.port(said.fields, &text[at + 1..]);
        return;
    }
    request::end(text, SOURCE, said.fields);
}

fn meaning(text: &[u8], client: bool, said: &mut Said<'_>) {
    if modsec::is_one(text) {
        modsec::read(text, said.fields, said.out);
        return;
    }
    if php::message(text, said) {
        return;
    }
    if user(text, said) {
        return;
    }
    for (head, action) in [
        (b"client denied by server configuration: ".as_slice(), "access_denied"),
        (b"File does not exist: ", "file_not_found"),
        (b"script not found or unable to stat: ", "file_not_found"),
        (b"Directory index forbidden by rule: ", "access_denied"),
        (b"Attempt to serve directory: ", "access_denied"),
        (b"Cannot serve directory ", "access_denied"),
        (b"Directory index forbidden by Options directive: ", "access_denied"),
    ] {
        if let Some(path) = text.strip_prefix(head) {
            said.fields.text(known::EVENT_ACTION, action);
            let end = text::place(path, b": ").unwrap_or(path.len());
            said.fields.bytes(known::FILE_PATH, &path[..end]);
            return;
        }
    }
    if let Some(rest) = text.strip_prefix(b"script '") {
        if let Some(at) = memmem::rfind(rest, b"' not found or unable to stat") {
            said.fields.text(known::EVENT_ACTION, "file_not_found");
            said.fields.bytes(known::FILE_PATH, &rest[..at]);
        }
        return;
    }
    for head in [b"Invalid URI in request ".as_slice(), b"Invalid method in request ", b"invalid URI path ("]
    {
        if let Some(sent) = text.strip_prefix(head) {
            said.fields.text(known::EVENT_ACTION, "invalid_request");
            let sent = sent.trim_ascii();
            if head.starts_with(b"invalid URI path") {
                let path = lossy(sent.strip_suffix(b")").unwrap_or(sent));
                said.fields.text(known::URL_ORIGINAL, &path);
                request::parts(&path, said.fields);
            } else {
                request::line(&lossy(sent), said.fields);
            }
            return;
        }
    }
    if text.starts_with(b"request failed: ") {
        said.fields.text(known::EVENT_ACTION, "invalid_request");
        return;
    }
    if text::place(text, b"Primary script unknown").is_some()
        || text::place(text, b"script not found or unable to stat").is_some()
    {
        said.fields.text(known::EVENT_ACTION, "file_not_found");
        return;
    }
    if client {
        web_apps::sentence(text, said);
    }
}

/// `user bob: authentication failure for "/x": Password Mismatch`, `user bob not found: /x`, `Digest: user `bob': password
/// mismatch: /x`, `auth_ldap authenticate: user bob authentication failed; URI /x`. The name is the client's: what
/// the module wrote behind it is looked for from the right.
fn user(text: &[u8], said: &mut Said<'_>) -> bool {
    let rest = [b"user ".as_slice(), b"Digest: user ", b"auth_ldap authenticate: user ", b"PAM: user "]
        .iter()
        .find_map(|head| text.strip_prefix(*head));
    let ends: [&[u8]; 9] = [
        b": authentication failure for \"",
        b" not found: ",
        b": password mismatch: ",
        b" authentication failed; URI ",
        b" in realm `",
        b": one-time-nonce mismatch",
        b": authorization failure",
        b" - not authenticated: ",
        b": Password Mismatch",
    ];
    if let Some(rest) = rest
        && let Some(at) = ends.iter().filter_map(|e| memmem::rfind(rest, e)).min()
    {
        let name = rest[..at].trim_ascii();
        let name = name.strip_prefix(b"`").or_else(|| name.strip_prefix(b"'")).unwrap_or(name);
        let name = name.strip_suffix(b"'").unwrap_or(name);
        said.fields.text(known::EVENT_CATEGORY, "authentication");
        said.fields.text(known::EVENT_ACTION, "login");
        said.outcome(false);
        if !name.is_empty() {
            said.user(name);
        }
        return true;
    }
    // `Authorization of user bob to access /x failed, reason: ...`
    if let Some(rest) =
        text.strip_prefix(b"Authorization of user ").or_else(|| text.strip_prefix(b"authorization of user "))
        && let Some(at) = memmem::rfind(rest, b" to access ")
    {
        said.user(&rest[..at]);
        said.fields.text(known::EVENT_ACTION, "access_denied");
        said.outcome(false);
        return true;
    }
    // `authorization failure (no authenticated user): /x`, `access to /x failed, reason: ...`
    if text.starts_with(b"access to ") || text.starts_with(b"authorization ") {
        said.fields.text(known::EVENT_ACTION, "access_denied");
        return true;
    }
    false
}
