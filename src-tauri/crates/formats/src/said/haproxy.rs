//! HAProxy: requests, TCP sessions, refused connections and its own state, in syslog or alone. Columns stand in a fixed
//! order, and HAProxy encodes quotes and control characters, so a request ends at the last quote of the line.

use super::web_access::WebAccess;
use super::{Payload, Said};
use crate::About;
use crate::coded::access_log::looks_like_one;
use crate::coded::web::request;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::text;
use crate::normalise::text::{lossy, place};
use memchr::{memchr, memrchr};
use timberline_model::known;

/// HAProxy.
pub struct HaProxy;

impl Payload for HaProxy {
    fn about(&self) -> About {
        About {
            id: "haproxy",
            title: "HAProxy",
            about: "HAProxy's HTTP, HTTPS and TCP logs with timers, termination state and captured headers; refused \
                    connections; servers going up and down.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["haproxy", "hapee-lb", "haproxy-systemd-wrapper"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        accepted(message).is_some() || message.starts_with(b"Connect from ")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        match accepted(message) {
            Some((client, date, rest)) => {
                session(client, date, rest, said) || WebAccess.read(b"haproxy", message, said)
            }
            None if looks_like_one(message) => WebAccess.read(b"haproxy", message, said),
            None => connect(message, said) || state(message, said),
        }
    }
}

/// `192.0.2.1:4711 [30/Jul/2018:09:03:52.726] `: client, date and what follows.
fn accepted(message: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let open = place(&message[..message.len().min(72)], b" [")?;
    let client = &message[..open];
    let rest = &message[open + 2..];
    let close = memchr(b']', &rest[..rest.len().min(40)])?;
    let date = &rest[..close];
    // Three digits behind the second are HAProxy's own habit.
    let dated = date.get(2) == Some(&b'/') && date.get(6) == Some(&b'/') && date.get(20) == Some(&b'.');
    let (_, port) = request::host_port(client);
    let known = dated && (port.is_some() && request::is_address(client) || client.starts_with(b"unix:"));
    known.then(|| (client, date, rest[close + 1..].trim_ascii_start()))
}

fn session(client: &[u8], date: &[u8], rest: &[u8], said: &mut Said<'_>) -> bool {
    let mut words = Words(rest);
    let frontend = words.next();
    let second = words.next();
    // A `log-format` of one's own is whatever it is.
    let timed = |w: &[u8]| {
        w.iter().all(|c| c.is_ascii_digit() || matches!(c, b'/' | b'-' | b'+')) && memchr(b'/', w).is_some()
    };
    if !frontend.ends_with(b":") && !timed(Words(words.0).next()) {
        return false;
    }
    said.fields.text(known::EVENT_DATASET, "haproxy.log");
    request::end(client, SOURCE, said.fields);
    said.time = said.ctx.stamp(date).or(said.time);
    // `frontend/listener: SSL handshake failure`
    if let Some(name) = frontend.strip_suffix(b":") {
        let text = &rest[frontend.len()..].trim_ascii();
        let (frontend, bind) = cut(name, b"/");
        said.set("haproxy.frontend_name", frontend);
        said.set("haproxy.bind_name", bind);
        said.set("haproxy.error_message", text);
        said.fields.text(known::EVENT_CATEGORY, "network");
        if text::place(text, b"SSL handshake failure").is_some() {
            said.fields.text(known::EVENT_ACTION, "tls_handshake_failed");
        }
        said.outcome(false);
        return true;
    }
    said.set("haproxy.frontend_name", frontend.strip_suffix(b"~").unwrap_or(frontend));
    let (backend, server) = cut(second, b"/");
    said.set("haproxy.backend_name", backend);
    said.set("haproxy.server_name", server);
    let timers = words.next();
    let mut times = timers.split(|c| *c == b'/');
    let many = timers.iter().filter(|c| **c == b'/').count();
    let names: &[&str] = match many {
        4 => &[
            "haproxy.http.request.time_wait_ms",
            "haproxy.time_queue",
            "haproxy.time_backend_connect",
            "haproxy.http.request.time_wait_without_data_ms",
        ],
        2 => &["haproxy.time_queue", "haproxy.time_backend_connect"],
        _ => &[],
    };
    for name in names {
        if let Some(ms) = times.next().filter(|t| *t != b"-1") {
            said.set_number(name, ms);
        }
    }
    // `+` in front says that the log was written before the end.
    if let Some(total) = times.next_back().and_then(|t| whole(t.strip_prefix(b"+").unwrap_or(t))) {
        said.fields.int(known::EVENT_DURATION, total.saturating_mul(1_000_000));
    }
    let http = many >= 4;
    if http {
        let status = words.next();
        if let Some(status) = whole(status) {
            request::status(status, said.fields);
        }
    }
    let bytes = words.next();
    if let Some(bytes) = whole(bytes.strip_prefix(b"+").unwrap_or(bytes)) {
        said.fields.int(if http { known::HTTP_RESPONSE_BYTES } else { known::DESTINATION_BYTES }, bytes);
    }
    if http {
        let (asked, answered) = (words.next(), words.next());
        said.set("haproxy.http.request.captured_cookie", asked);
        said.set("haproxy.http.response.captured_cookie", answered);
    }
    let ended = words.next();
    said.set("haproxy.termination_state", ended);
    let connections = words.next();
    let names = ["active", "frontend", "backend", "server", "retries"];
    for (name, n) in names.iter().zip(connections.split(|c| *c == b'/')) {
        said.set_number(&format!("haproxy.connections.{name}"), n);
    }
    let (queued, behind) = cut(words.next(), b"/");
    said.set_number("haproxy.server_queue", queued);
    said.set_number("haproxy.backend_queue", behind);
    if http {
        said.fields.text(known::EVENT_CATEGORY, "web");
        asked(words.0.trim_ascii(), said);
    } else {
        said.fields.text(known::EVENT_CATEGORY, "network");
        said.fields.text(known::NETWORK_TRANSPORT, "tcp");
        // The server or the proxy itself ended it, or there was none; a client may leave when it likes.
        let bad = matches!(ended.first(), Some(b'S' | b'P' | b'R' | b'I' | b's'));
        said.outcome(!bad);
    }
    true
}

/// `{captured|request} {captured|answer} "GET / HTTP/1.1" 0/0/0/0/0 sni/TLSv1.3/cipher`
fn asked(rest: &[u8], said: &mut Said<'_>) {
    let Some(close) = memrchr(b'"', rest) else { return };
    let Some(open) = memrchr(b'"', &rest[..close]) else { return };
    let line = lossy(&rest[open + 1..close]);
    if !request::line(&line, said.fields) && !matches!(&*line, "<BADREQ>" | "-" | "") {
        said.set("haproxy.http.request.raw_request_line", line.as_bytes());
    }
    let head = rest[..open].trim_ascii();
    if let Some(inside) = head.strip_prefix(b"{").and_then(|h| h.strip_suffix(b"}")) {
        let (first, second) = cut(inside, b"} {");
        captured("haproxy.http.request.captured_headers", first, said);
        captured("haproxy.http.response.captured_headers", second, said);
        // Which headers are kept is the owner's choice; an agent shows itself.
        if let Some(agent) =
            first.split(|c| *c == b'|').find(|h| h.starts_with(b"Mozilla/") || h.starts_with(b"curl/"))
        {
            said.fields.bytes(known::USER_AGENT, agent);
        }
    }
    // `option httpslog`
    let tail = rest[close + 1..].trim_ascii();
    if let Some(tls) = tail.rsplit(|c| *c == b' ').next() {
        let mut parts = tls.split(|c| *c == b'/');
        if let (Some(name), Some(version), Some(cipher)) = (parts.next(), parts.next(), parts.next())
            && let Some(version) = request::tls_version(version)
        {
            said.fields.text(known::TLS_VERSION, version);
            said.fields.bytes(known::TLS_CIPHER, cipher);
            said.set("tls.client.server_name", name);
        }
    }
}

fn captured(name: &str, headers: &[u8], said: &mut Said<'_>) {
    let text = lossy(headers);
    let mut all = text.split('|').filter(|h| !h.is_empty()).peekable();
    if all.peek().is_some()
        && let Some(id) = said.out.field(name)
    {
        said.fields.list(id, all.take(32));
    }
}

/// `Connect from 192.0.2.1:40780 to 192.0.2.2:5000 (main/HTTP)`
fn connect(message: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = message.strip_prefix(b"Connect from ") else { return false };
    let (from, rest) = cut(rest, b" to ");
    let (to, what) = cut(rest, b" (");
    if to.is_empty() {
        return false;
    }
    said.is("haproxy.log", "network", "connected");
    request::end(from, SOURCE, said.fields);
    request::end(to, DESTINATION, said.fields);
    let (frontend, mode) = cut(what.strip_suffix(b")").unwrap_or(what), b"/");
    said.set("haproxy.frontend_name", frontend);
    said.set("haproxy.mode", mode);
    true
}

/// `Server web/a is DOWN, reason: Layer4 timeout, check duration: 2000ms.`, `Proxy web started.`
fn state(message: &[u8], said: &mut Said<'_>) -> bool {
    let message = [b"[WARNING] ".as_slice(), b"[ALERT] ", b"[NOTICE] "]
        .iter()
        .find_map(|head| message.strip_prefix(*head))
        .unwrap_or(message);
    let action = if let Some(rest) =
        message.strip_prefix(b"Server ").or_else(|| message.strip_prefix(b"Backup Server "))
    {
        let (name, what) = cut(rest, b" is ");
        let (backend, server) = cut(name, b"/");
        let action = if what.starts_with(b"DOWN") || what.starts_with(b"going DOWN") {
            "server_down"
        } else if what.starts_with(b"UP") {
            "server_up"
        } else {
            return false;
        };
        said.set("haproxy.backend_name", backend);
        said.set("haproxy.server_name", server);
        let (_, reason) = cut(what, b"reason: ");
        said.maybe(Some(known::EVENT_REASON), cut(reason, b", check").0);
        action
    } else if message.starts_with(b"Proxy ") || message.starts_with(b"proxy ") {
        let rest = &message[6..];
        let (name, what) = cut(rest, b" ");
        said.set("haproxy.frontend_name", name);
        if what.starts_with(b"started") {
            "proxy_started"
        } else if what.starts_with(b"stopped") || what.starts_with(b"paused") {
            "proxy_stopped"
        } else if text::place(what, b"has no server available").is_some() {
            "backend_without_server"
        } else {
            return false;
        }
    } else if message.starts_with(b"backend ") && text::place(message, b"has no server available").is_some() {
        "backend_without_server"
    } else {
        return false;
    };
    said.is("haproxy.log", "", action);
    true
}

/// The words of a text, one after another.
struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    fn next(&mut self) -> &'a [u8] {
        let from = self.0.trim_ascii_start();
        let end = memchr(b' ', from).unwrap_or(from.len());
        self.0 = &from[end..];
        &from[..end]
    }
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    text::place(text, at).map_or((text, b""), |n| (&text[..n], &text[n + at.len()..]))
}
