//! nginx's error log, its mail and stream parts, ModSecurity and naxsi in it. What a client sends stands unescaped in these
//! lines (names, requests, referrers), so the true `, client: ` is looked for among those that a line holds.

use super::web_apps;
use super::{Payload, Said};
use crate::About;
use crate::coded::web::{modsec, request};
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::severity;
use crate::normalise::text;
use crate::normalise::text::lossy;
use memchr::{memchr, memmem, memrchr};
use timberline_model::known;

/// nginx, its errors.
pub struct NginxError;

impl Payload for NginxError {
    fn about(&self) -> About {
        About {
            id: "nginx_error",
            title: "nginx error log",
            about: "nginx and OpenResty: what went wrong, for which client and request; failed basic authentication, \
                    limits, ModSecurity, naxsi, mail logins.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["nginx", "openresty", "ingress-nginx", "nginx-error", "angie", "tengine"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        begin(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(at) = begin(message) else { return false };
        error(&message[at..], said)
    }
}

/// Where `2024/01/02 03:04:05 [error] ` begins: at the start, or behind a `host nginx: ` that stands in front.
fn begin(text: &[u8]) -> Option<usize> {
    if dated(text) {
        return Some(0);
    }
    // The process number has a mark that hardly any other log has.
    let reach = &text[..text.len().min(160)];
    memchr(b'#', reach)?;
    let starts = (2..reach.len()).filter(|at| reach[at - 2..*at] == *b": ");
    starts.take(8).find(|at| dated(&text[*at..]))
}

fn dated(b: &[u8]) -> bool {
    let Some(head) = b.get(..22) else { return false };
    head[4] == b'/'
        && head[7] == b'/'
        && head[10] == b' '
        && head[13] == b':'
        && head[16] == b':'
        && &head[19..21] == b" ["
        && head[..4].iter().all(u8::is_ascii_digit)
        && memchr(b']', &b[21..b.len().min(29)]).is_some_and(|n| severity::level(&b[21..21 + n]).is_some())
        // The process, which no other log of this shape writes.
        && b[21..b.len().min(60)].contains(&b'#')
}

fn error(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(close) = memchr(b']', &text[21..text.len().min(40)]).map(|n| 21 + n) else { return false };
    said.time = said.ctx.prefix(text).map(|(stamp, _)| stamp).or(said.time);
    said.fields.text(known::EVENT_DATASET, "nginx.error");
    let level = severity::level(&text[21..close]).unwrap_or("error");
    said.fields.text(known::LOG_LEVEL, level);
    let mut rest = text[close + 1..].trim_ascii_start();
    // `12#34: *5 `
    if let Some(colon) = text::place(&rest[..rest.len().min(32)], b": ") {
        let (pid, tid) = cut(&rest[..colon], b"#");
        if let Some(pid) = whole(pid) {
            said.fields.int(known::PROCESS_PID, pid);
            said.set_number("process.thread.id", tid);
            rest = &rest[colon + 2..];
        }
    }
    if let Some(number) = rest.strip_prefix(b"*") {
        let (number, after) = cut(number, b" ");
        if whole(number).is_some() {
            said.set_number("nginx.error.connection_id", number);
            rest = after;
        }
    }
    let by_name = rest.starts_with(b"user \"") || rest.starts_with(b"PAM: user '");
    let at = client(rest, by_name);
    let (message, about) = at.map_or((rest, b"".as_slice()), |at| rest.split_at(at));
    said.fields.bytes(known::MESSAGE, message);
    meaning(message, said);
    context(about, said);
    if matches!(level, "warning" | "error" | "critical" | "alert" | "emergency") && at.is_some() {
        said.outcome(false);
    }
    said.fields.text(known::EVENT_CATEGORY, "web");
    true
}

/// Where the `, client: ` is that nginx wrote. Before it may stand a name or path that a client chose, behind it a
/// request, and a referrer at the very end: of those that read on well to the end of the line it is the last where a
/// name stands before (`by_name`), else the first.
fn client(text: &[u8], by_name: bool) -> Option<usize> {
    let mut found = None;
    for at in memmem::find_iter(text, b", client: ").take(16) {
        let rest = &text[at + 10..];
        let end = memchr(b',', rest).unwrap_or(rest.len());
        let address = first_word(&rest[..end]);
        let one = request::is_address(address) || address.starts_with(b"unix:");
        if one && reads_well(&rest[end..]) {
            found = Some(at);
            if !by_name {
                break;
            }
        }
    }
    found.or_else(|| {
        memmem::find_iter(text, b", client: ").next().filter(|at| {
            let rest = &text[at + 10..];
            request::is_address(first_word(&rest[..memchr(b',', rest).unwrap_or(rest.len())]))
        })
    })
}

/// `192.0.2.1` of `192.0.2.1 using starttls`.
fn first_word(text: &[u8]) -> &[u8] {
    &text[..memchr(b' ', text).unwrap_or(text.len())]
}

/// Whether `, server: s, request: "GET / HTTP/1.1", ..., host: "h", referrer: "r"` goes on to the end: a host holds no
/// blank and no quote.
fn reads_well(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_end();
    if rest.is_empty() {
        return true;
    }
    let Some(server) = rest.strip_prefix(b", server: ") else { return false };
    let end = memchr(b',', server).unwrap_or(server.len());
    if memchr(b'"', &server[..end]).is_some() {
        return false;
    }
    match host(rest) {
        Some((value, after)) => {
            let clean = !value.iter().any(|c| matches!(c, b' ' | b'"' | b','));
            clean && (after.is_empty() || after.starts_with(b", referrer: \"") && after.ends_with(b"\""))
        }
        None => true,
    }
}

/// The host, and what is behind it.
fn host(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text::place(text, b", host: \"")?;
    let inside = &text[at + 9..];
    let end = memchr(b'"', inside)?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// `, client: c, server: s, request: "r", subrequest: "x", upstream: "u", host: "h", referrer: "f"`
fn context(text: &[u8], said: &mut Said<'_>) {
    let Some(rest) = text.strip_prefix(b", client: ") else { return };
    let end = memchr(b',', rest).unwrap_or(rest.len());
    request::end(first_word(&rest[..end]), SOURCE, said.fields);
    let rest = &rest[end..];
    let between = |key: &[u8], end: &[u8]| -> Option<&[u8]> {
        let from = &rest[text::place(rest, key)? + key.len()..];
        Some(&from[..text::place(from, end).unwrap_or(from.len())])
    };
    if let Some(server) = between(b", server: ", b", ") {
        said.set("nginx.error.server", server);
        let (name, port) = request::host_port(server);
        if let Some(port) = port
            && crate::normalise::entities::is_ip(name)
        {
            DESTINATION.host(said.fields, name);
            DESTINATION.port(said.fields, port);
        }
    }
    if let Some(line) = between(b", request: \"", b"\", ").or_else(|| between(b", request: \"", b"\"")) {
        let line = lossy(line.strip_suffix(b"\"").unwrap_or(line));
        if !request::line(&line, said.fields) {
            said.set("nginx.error.request", line.as_bytes());
        }
    }
    if let Some(upstream) = between(b", upstream: \"", b"\"") {
        said.set("nginx.error.upstream", upstream);
    }
    if let Some(sub) = between(b", subrequest: \"", b"\"") {
        said.set("nginx.error.subrequest", sub);
    }
    if let Some(login) = between(b", login: \"", b"\"") {
        said.user(login);
    }
    if let Some((value, after)) = host(rest) {
        request::authority(&lossy(value), said.fields);
        if let Some(referrer) = after.strip_prefix(b", referrer: \"") {
            let end = memrchr(b'"', referrer).unwrap_or(referrer.len());
            said.fields.bytes(known::HTTP_REFERRER, &referrer[..end]);
        }
    }
}

fn meaning(message: &[u8], said: &mut Said<'_>) {
    let has = |what: &[u8]| text::place(message, what).is_some();
    if let Some(rest) = message.strip_prefix(b"user \"") {
        // The name may hold the sentence that ends it: what nginx wrote is the last one.
        let ends: [&[u8]; 4] =
            [b"\": password mismatch", b"\" was not found in \"", b"\": was not found in \"", b"\": "];
        if let Some(at) = ends.iter().filter_map(|e| memmem::rfind(rest, e)).max() {
            failed_login(&rest[..at], said);
            return;
        }
    }
    if let Some(rest) = message.strip_prefix(b"PAM: user '") {
        if let Some(at) = memmem::rfind(rest, b"' - not authenticated") {
            failed_login(&rest[..at], said);
        }
        return;
    }
    if has(b"client login failed: ") {
        // The name stands in `login`.
        login(said);
        said.outcome(false);
        return;
    }
    if let Some(at) = text::place(message, b"ModSecurity: ") {
        modsec::read(&message[at..], said.fields, said.out);
        return;
    }
    if message.starts_with(b"NAXSI_") {
        naxsi(message, said);
        return;
    }
    for (what, action) in [
        (b"limiting requests".as_slice(), "rate_limited"),
        (b"delaying request", "rate_limited"),
        (b"limiting connections", "rate_limited"),
        (b"access forbidden by rule", "access_denied"),
        (b" is forbidden", "access_denied"),
        (b"(2: No such file or directory)", "file_not_found"),
        (b"Primary script unknown", "file_not_found"),
        (b"(13: Permission denied)", "permission_denied"),
        (b"SSL_do_handshake() failed", "tls_handshake_failed"),
        (b"no user/password was provided", "credentials_missing"),
        (b"upstream timed out", "upstream_timed_out"),
        (b"connect() failed", "upstream_unreachable"),
        (b"client intended to send too large body", "request_too_large"),
    ] {
        if has(what) {
            said.fields.text(known::EVENT_ACTION, action);
            if action == "rate_limited" {
                said.outcome(false);
            }
            break;
        }
    }
    if let Some(at) = text::place(message, b"by zone \"") {
        let from = &message[at + 9..];
        said.fields.bytes(known::RULE_NAME, &from[..memchr(b'"', from).unwrap_or(from.len())]);
    }
    if let Some(rest) = message.strip_prefix(b"client ")
        && let Some(at) = text::place(rest, b" connected to ")
    {
        request::end(&rest[..at], SOURCE, said.fields);
        request::end(rest[at + 14..].trim_ascii(), DESTINATION, said.fields);
        said.fields.text(known::EVENT_ACTION, "connected");
    }
    // `open() "/var/www/x" failed`, `"/var/www/x/index.html" is not found`
    if message.starts_with(b"open() \"") || message.starts_with(b"\"/") {
        let from = &message[memchr(b'"', message).map_or(0, |n| n + 1)..];
        let end = [b"\" failed (".as_slice(), b"\" is not found", b"\" is forbidden"]
            .iter()
            .find_map(|e| memmem::rfind(from, e));
        if let Some(end) = end {
            said.fields.bytes(known::FILE_PATH, &from[..end]);
        }
    }
    // What an application says through FastCGI.
    if let Some(at) = text::place(message, b"PHP message: ") {
        let inner = &message[at + 13..];
        let end = memmem::rfind(inner, b"\" while reading").unwrap_or(inner.len());
        web_apps::sentence(&inner[..end], said);
    }
}

fn login(said: &mut Said<'_>) {
    said.fields.text(known::EVENT_CATEGORY, "authentication");
    said.fields.text(known::EVENT_ACTION, "login");
}

fn failed_login(name: &[u8], said: &mut Said<'_>) {
    login(said);
    said.user(name);
    said.outcome(false);
}

/// `NAXSI_FMT: ip=192.0.2.1&server=h&uri=/x&config=block&cscore0=$SQL&score0=8&zone0=ARGS&id0=1013&var_name0=q`
fn naxsi(message: &[u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_CATEGORY, "intrusion_detection");
    let Some(at) = text::place(message, b": ") else { return };
    let blocked =
        text::place(message, b"&config=block").is_some() || text::place(message, b"&block=1").is_some();
    said.fields.text(known::EVENT_ACTION, if blocked { "request_denied" } else { "rule_matched" });
    for pair in message[at + 2..].split(|c| *c == b'&').take(64) {
        let (key, value) = cut(pair, b"=");
        match key {
            b"uri" => {
                let value = lossy(value);
                said.fields.text(known::URL_ORIGINAL, &value);
                request::parts(&value, said.fields);
            }
            b"server" => said.fields.bytes(known::URL_DOMAIN, value),
            b"ip" => request::end(value, SOURCE, said.fields),
            b"id0" | b"id" => said.fields.bytes(known::RULE_ID, value),
            _ if key.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'_')
                && !key.is_empty()
                && key.len() < 32 =>
            {
                said.set_number(&format!("naxsi.{}", String::from_utf8_lossy(key)), value);
            }
            _ => {}
        }
    }
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    text::place(text, at).map_or((text, b""), |n| (&text[..n], &text[n + at.len()..]))
}
