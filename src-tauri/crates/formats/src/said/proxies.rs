//! Proxies beside HAProxy: Squid's own log, 3proxy, Privoxy, tinyproxy, Dante, Proxifier.

use super::{Payload, Said};
use crate::About;
use crate::coded::web::request;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::severity;
use crate::normalise::text;
use crate::normalise::text::lossy;
use memchr::{memchr, memmem, memrchr};
use timberline_model::known;

/// Squid's native access log.
pub struct Squid;

impl Payload for Squid {
    fn about(&self) -> About {
        About {
            id: "squid",
            title: "Squid access log",
            about: "Squid's native log: client, what the cache did, status, size, request, user, where it was fetched.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["squid", "(squid-1)", "squid3"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        // `1386543323.123     4 192.0.2.1 TCP_DENIED/403 `
        if !message.first().is_some_and(u8::is_ascii_digit) {
            return false;
        }
        let Some(dot) = message.get(..14).and_then(|h| memchr(b'.', h)).filter(|at| (9..=11).contains(at))
        else {
            return false;
        };
        let mut words = Words(message);
        let time = words.next();
        let (elapsed, _, result) = (words.next(), words.next(), words.next());
        time.len() == dot + 4
            && time.iter().all(|c| c.is_ascii_digit() || *c == b'.')
            && whole(elapsed.strip_prefix(b"-").unwrap_or(elapsed)).is_some()
            && memrchr(b'/', result).is_some_and(|at| whole(&result[at + 1..]).is_some_and(|n| n < 1000))
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        let mut words = Words(message);
        said.time = said.ctx.stamp(words.next()).or(said.time);
        let (elapsed, client, result) = (words.next(), words.next(), words.next());
        let (size, method) = (words.next(), words.next());
        said.fields.text(known::EVENT_DATASET, "squid.access");
        said.fields.text(known::EVENT_CATEGORY, "web");
        if let Some(ms) = whole(elapsed) {
            said.fields.int(known::EVENT_DURATION, ms.saturating_mul(1_000_000));
        }
        request::end(client, SOURCE, said.fields);
        let slash = memrchr(b'/', result).unwrap_or(result.len());
        said.set("squid.result_code", &result[..slash]);
        // What stands behind the address has fixed places; blanks in an address move them, so they are counted
        // from the end, before the headers that may follow in brackets.
        let rest = words.0.trim_ascii();
        let end =
            if rest.ends_with(b"]") { text::place(rest, b" [").unwrap_or(rest.len()) } else { rest.len() };
        let rest = &rest[..end];
        let mut from = rest.rsplitn(4, |c| *c == b' ');
        let (mime, peer, user, url) = (from.next(), from.next(), from.next(), from.next());
        let refused = text::place(&result[..slash], b"DENIED").is_some();
        if let Some(status) = result.get(slash + 1..).and_then(whole).filter(|s| *s > 0) {
            said.fields.int(known::HTTP_STATUS, status);
            said.outcome(status < 400 && !refused);
        } else if refused {
            said.outcome(false);
        }
        if refused {
            said.fields.text(known::EVENT_ACTION, "request_denied");
        }
        if let Some(bytes) = whole(size) {
            said.fields.int(known::HTTP_RESPONSE_BYTES, bytes);
        }
        if method != b"NONE" && method != b"-" {
            said.fields.bytes(known::HTTP_METHOD, method);
        }
        if let Some(url) = url {
            request::url(&lossy(url.trim_ascii()), &lossy(method), said.fields);
        }
        if let Some(user) = user.filter(|u| !matches!(*u, b"-" | b"")) {
            said.user(&unescaped(user));
        }
        if let Some(peer) = peer {
            let (how, whom) = cut(peer, b"/");
            said.set("squid.hierarchy_code", how);
            request::end(whom, DESTINATION, said.fields);
        }
        if let Some(mime) = mime {
            said.set("http.response.mime_type", mime);
        }
        true
    }
}

/// `%20` in a name is a blank.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'%', rest) {
        plain.extend_from_slice(&rest[..at]);
        let byte = rest
            .get(at + 1..at + 3)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match byte {
            Some(byte) => {
                plain.push(byte);
                rest = &rest[at + 3..];
            }
            None => {
                plain.push(b'%');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.extend_from_slice(rest);
    plain
}

/// 3proxy's usual log.
pub struct ThreeProxy;

impl Payload for ThreeProxy {
    fn about(&self) -> About {
        About {
            id: "threeproxy",
            title: "3proxy log",
            about: "3proxy: service, error code, user, client, target, bytes and request.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["3proxy"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        // `11-06-2013 02:09:40 +0300 PROXY.3128 00004 - 192.0.2.1:28783 0.0.0.0:0 0 0 0 GET ...`
        message.get(2) == Some(&b'-')
            && message.get(5) == Some(&b'-')
            && message.get(10) == Some(&b' ')
            && matches!(message.get(20), Some(b'+' | b'-'))
            && message.get(26..).is_some_and(|rest| {
                let mut words = Words(rest);
                let (service, code) = (words.next(), words.next());
                memchr(b'.', service).is_some() && code.len() == 5 && whole(code).is_some()
            })
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        // Day, month, year, as 3proxy writes it wherever it runs.
        let day = [
            &message[6..10],
            b"-",
            &message[3..5],
            b"-",
            &message[..2],
            b"T",
            &message[11..19],
            &message[20..25],
        ];
        said.time = said.ctx.stamp(&day.concat()).or(said.time);
        let mut words = Words(&message[26..]);
        let (service, code, user) = (words.next(), words.next(), words.next());
        let (client, target) = (words.next(), words.next());
        let (sent, received, hops) = (words.next(), words.next(), words.next());
        let (name, _) = cut(service, b".");
        said.fields.text(known::EVENT_DATASET, "threeproxy.log");
        said.set("threeproxy.service", service);
        said.fields.bytes(known::EVENT_CODE, code);
        said.outcome(code == b"00000");
        if !matches!(user, b"-" | b"") {
            said.user(user);
        }
        request::end(client, SOURCE, said.fields);
        if !target.starts_with(b"0.0.0.0") {
            request::end(target, DESTINATION, said.fields);
        }
        for (id, n) in [(known::SOURCE_BYTES, sent), (known::DESTINATION_BYTES, received)] {
            if let Some(n) = whole(n) {
                said.fields.int(id, n);
            }
        }
        said.set_number("threeproxy.hops", hops);
        let asked = lossy(words.0.trim_ascii());
        let http = request::line(&asked, said.fields);
        if !http {
            said.set("threeproxy.request", asked.as_bytes());
        }
        said.fields.text(known::EVENT_CATEGORY, if http || name == b"PROXY" { "web" } else { "network" });
        true
    }
}

/// Privoxy and tinyproxy.
pub struct Privoxy;

impl Payload for Privoxy {
    fn about(&self) -> About {
        About {
            id: "privoxy",
            title: "Privoxy and tinyproxy logs",
            about: "What these proxies were asked for, what they blocked and whom they refused.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["privoxy", "tinyproxy"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        tinyproxy(message).is_some() || privoxy(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if let Some([level, time, pid, text]) = tinyproxy(message) {
            said.fields.text(known::EVENT_DATASET, "tinyproxy.log");
            said.fields.text(known::EVENT_CATEGORY, "web");
            said.time = said
                .ctx
                .bsd(time)
                .map(|(stamp, _)| stamp)
                .or_else(|| said.ctx.prefix(time).map(|(s, _)| s))
                .or(said.time);
            if let Some(level) = severity::level(level) {
                said.fields.text(known::LOG_LEVEL, level);
            }
            if let Some(pid) = whole(pid) {
                said.fields.int(known::PROCESS_PID, pid);
            }
            said.fields.bytes(known::MESSAGE, text);
            tiny(text, said);
            return true;
        }
        let Some((kind, text)) = privoxy(message) else { return false };
        said.fields.text(known::EVENT_DATASET, "privoxy.log");
        said.fields.text(known::EVENT_CATEGORY, "web");
        said.time = said.ctx.prefix(message).map(|(stamp, _)| stamp).or(said.time);
        said.fields.bytes(known::MESSAGE, text);
        match kind {
            b"Request" => {
                let target = text.split(|c| *c == b' ').next().unwrap_or(text);
                said.fields.text(known::EVENT_ACTION, "requested");
                let target = lossy(target);
                said.fields.text(known::URL_ORIGINAL, &target);
                let at = target.find(['/', '?']).unwrap_or(target.len());
                request::authority(&target[..at], said.fields);
                request::parts(&target[at..], said.fields);
                if text::place(text, b" crunch!").is_some() {
                    said.outcome(false);
                }
            }
            b"Crunch" => {
                said.fields.text(known::EVENT_ACTION, "request_denied");
                said.outcome(false);
                let (why, target) = cut(text, b": ");
                said.maybe(Some(known::EVENT_REASON), why);
                request::url(&lossy(target), "GET", said.fields);
            }
            b"Error" | b"Fatal error" => said.fields.text(known::LOG_LEVEL, "error"),
            _ => {}
        }
        true
    }
}

/// `2009-01-01 00:00:00.123 7f3a1b90 Request: www.example.org/x`: what it is about, and the text.
fn privoxy(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = message.get(20..)?;
    if message[4] != b'-' || message[10] != b' ' || message[7] != b'-' {
        return None;
    }
    let rest = if message[19] == b'.' { rest.get(memchr(b' ', rest)? + 1..)? } else { rest };
    let (thread, rest) = cut(rest, b" ");
    let hexadecimal = (4..=16).contains(&thread.len()) && thread.iter().all(u8::is_ascii_hexdigit);
    let (kind, text) = cut(rest, b": ");
    let kinds: [&[u8]; 12] = [
        b"Request",
        b"Crunch",
        b"Connect",
        b"Header",
        b"Error",
        b"Fatal error",
        b"Info",
        b"Redirect",
        b"Filter",
        b"Re-Filter",
        b"Gif-Deanimate",
        b"CGI",
    ];
    (hexadecimal && kinds.contains(&kind)).then_some((kind, text))
}

/// `CONNECT   Jan 01 12:00:00.123 [1234]: Connect (file descriptor 7): 192.0.2.1 [192.0.2.1]`: level, time, pid, text.
fn tinyproxy(message: &[u8]) -> Option<[&[u8]; 4]> {
    let levels: [&[u8]; 6] = [b"CONNECT ", b"NOTICE ", b"INFO ", b"WARNING ", b"ERROR ", b"CRITICAL "];
    let level = levels.iter().find(|l| message.starts_with(l))?;
    let rest = message[level.len()..].trim_ascii_start();
    let at = text::place(&rest[..rest.len().min(48)], b" [")?;
    let close = text::place(&rest[..rest.len().min(64)], b"]: ")?;
    let pid = rest.get(at + 2..close)?;
    crate::normalise::time::shapes::month_name(rest)?;
    Some([level.trim_ascii_end(), &rest[..at], pid, &rest[close + 3..]])
}

fn tiny(text: &[u8], said: &mut Said<'_>) {
    if text.starts_with(b"Connect (file descriptor ") {
        let (_, who) = cut(text, b"): ");
        let address =
            memrchr(b'[', who).map_or(who, |at| who[at + 1..].strip_suffix(b"]").unwrap_or(&who[at + 1..]));
        request::end(address.trim_ascii(), SOURCE, said.fields);
        said.fields.text(known::EVENT_ACTION, "connected");
    } else if text.starts_with(b"Request (file descriptor ") {
        let (_, line) = cut(text, b"): ");
        said.fields.text(known::EVENT_ACTION, "requested");
        request::line(&lossy(line), said.fields);
    } else if let Some(rest) = text.strip_prefix(b"Unauthorized connection from \"") {
        let address = memrchr(b'[', rest).map_or(rest, |at| &rest[at + 1..]);
        let end = address.iter().position(|c| matches!(c, b']' | b'"')).unwrap_or(address.len());
        request::end(&address[..end], SOURCE, said.fields);
        said.fields.text(known::EVENT_ACTION, "access_denied");
        said.outcome(false);
    } else if text.starts_with(b"Proxying refused on filtered ") {
        let target = text.split(|c| *c == b'"').nth(1).unwrap_or_default();
        said.fields.text(known::EVENT_ACTION, "request_denied");
        said.outcome(false);
        request::url(&lossy(target), "GET", said.fields);
    }
}

/// Dante's SOCKS server.
pub struct Dante;

impl Payload for Dante {
    fn about(&self) -> About {
        About {
            id: "dante",
            title: "Dante SOCKS server",
            about: "Sessions that Dante passed or blocked, with both ends and bytes.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["sockd", "danted"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let rest = message.strip_prefix(b"info: ").unwrap_or(message);
        (rest.starts_with(b"pass(") || rest.starts_with(b"block("))
            && text::place(&rest[..rest.len().min(24)], b"): ").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        let rest = message.strip_prefix(b"info: ").unwrap_or(message);
        let passed = rest.starts_with(b"pass(");
        let (rule, rest) = cut(rest, b"): ");
        said.set("rule.id", cut(rule, b"(").1);
        let (what, rest) = cut(rest, b" ");
        let (transport, action) = cut(what, b"/");
        said.is("dante", "network", "");
        said.fields.text(known::EVENT_ACTION, &lossy(action));
        said.fields.text(known::NETWORK_TRANSPORT, &lossy(transport));
        said.outcome(passed);
        // `[: client server` at the beginning, `]: bytes -> ... ` at the end; `name%user@address.port` where someone logged in.
        let ends = rest.split(|c| *c == b' ').filter_map(socket);
        let mut ends = ends.peekable();
        if let Some((host, port, user)) = ends.next() {
            SOURCE.host(said.fields, host);
            SOURCE.port(said.fields, port);
            if let Some(user) = user {
                said.user(user);
            }
        }
        if let Some((host, port, _)) = ends.last() {
            DESTINATION.host(said.fields, host);
            DESTINATION.port(said.fields, port);
        }
        if let Some((_, reason)) =
            memmem::rfind(rest, b": ").map(|at| rest.split_at(at + 2)).filter(|_| !passed)
        {
            said.maybe(Some(known::EVENT_REASON), reason);
        }
        true
    }
}

/// Address, port and user.
type Socket<'a> = (&'a [u8], &'a [u8], Option<&'a [u8]>);

/// `method%user@192.0.2.1.1080`.
fn socket(word: &[u8]) -> Option<Socket<'_>> {
    let word = word.strip_suffix(b",").unwrap_or(word).strip_suffix(b":").unwrap_or(word);
    let (user, place) = match memrchr(b'@', word) {
        Some(at) => (Some(&word[..at]), &word[at + 1..]),
        None => (None, word),
    };
    let user = user.and_then(|u| memchr(b'%', u).map(|at| &u[at + 1..])).filter(|u| !u.is_empty());
    let dot = memrchr(b'.', place)?;
    let (host, port) = (&place[..dot], &place[dot + 1..]);
    request::port_number(port)?;
    let name = host.iter().any(u8::is_ascii_alphabetic) && memchr(b'.', host).is_some();
    (is_ip(host) || name).then_some((host, port, user))
}

/// Proxifier.
pub struct Proxifier;

impl Payload for Proxifier {
    fn about(&self) -> About {
        About {
            id: "proxifier",
            title: "Proxifier log",
            about: "Which program reached which host through which proxy, and how many bytes went each way.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        // `[10.30 16:49:06] chrome.exe - host:443 open through proxy ...`
        message.first() == Some(&b'[')
            && message.get(3) == Some(&b'.')
            && message.get(6) == Some(&b' ')
            && message.get(9) == Some(&b':')
            && message.get(15) == Some(&b']')
            && message[1..3].iter().all(u8::is_ascii_digit)
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        // Month, day.
        let month = whole(&message[1..3]).and_then(|n| MONTHS.get(usize::try_from(n).ok()?.checked_sub(1)?));
        if let Some(month) = month {
            let text = [month.as_bytes(), b" ", &message[4..6], b" ", &message[7..15], b" "].concat();
            said.time = said.ctx.bsd(&text).map(|(stamp, _)| stamp).or(said.time);
        }
        let text = message[16..].trim_ascii();
        said.fields.text(known::EVENT_DATASET, "proxifier");
        said.fields.text(known::EVENT_CATEGORY, "network");
        said.fields.bytes(known::MESSAGE, text);
        let (program, rest) = cut(text, b" - ");
        if rest.is_empty() {
            return true;
        }
        let (name, bits) = cut(program, b" *");
        said.fields.bytes(known::PROCESS_NAME, name.strip_suffix(b" (64-bit)").unwrap_or(name));
        said.set("proxifier.bits", bits);
        let (target, what) = cut(rest, b" ");
        let (host, port) = request::host_port(target);
        DESTINATION.host(said.fields, host);
        if !is_ip(host) {
            said.fields.bytes(known::DESTINATION_DOMAIN, host);
        }
        if let Some(port) = port {
            DESTINATION.port(said.fields, port);
        }
        if let Some(how) = what.strip_prefix(b"open through proxy ") {
            let (proxy, protocol) = cut(how, b" ");
            said.fields.text(known::EVENT_ACTION, "opened");
            said.outcome(true);
            said.set("proxifier.proxy", proxy);
            said.set("proxifier.protocol", protocol);
        } else if what.starts_with(b"open directly") {
            said.fields.text(known::EVENT_ACTION, "opened");
            said.outcome(true);
        } else if let Some(rest) = what.strip_prefix(b"close, ") {
            said.fields.text(known::EVENT_ACTION, "closed");
            for part in rest.split(|c| *c == b',').map(<[u8]>::trim_ascii) {
                let number = part.split(|c| *c == b' ').next().and_then(whole);
                if part.ends_with(b" sent") {
                    if let Some(n) = number {
                        said.fields.int(known::SOURCE_BYTES, n);
                    }
                } else if part.ends_with(b" received") {
                    if let Some(n) = number {
                        said.fields.int(known::DESTINATION_BYTES, n);
                    }
                } else if let Some(life) = part.strip_prefix(b"lifetime ") {
                    lifetime(life, said);
                }
            }
        } else if let Some(reason) = what.strip_prefix(b"error : ") {
            said.fields.text(known::EVENT_ACTION, "failed");
            said.outcome(false);
            said.fields.bytes(known::EVENT_REASON, reason);
        }
        true
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `00:01`, `01:02:03`, `<1 sec`
fn lifetime(text: &[u8], said: &mut Said<'_>) {
    let mut seconds = 0i64;
    for part in text.split(|c| *c == b':') {
        match whole(part) {
            Some(n) if n < 100_000 => seconds = seconds * 60 + n,
            _ => return,
        }
    }
    said.fields.int(known::EVENT_DURATION, seconds.saturating_mul(1_000_000_000));
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
