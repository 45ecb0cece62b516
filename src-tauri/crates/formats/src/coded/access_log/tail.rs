//! The columns of an access line behind the status. Those that a product always writes in one order are known by it;
//! others by their shape: a quoted address is whom a proxy speaks for, `12ms` how long it took, `key=value` says its
//! name. What has no known shape is kept under its place.

use super::front::is_request_id;
use super::own::{self, Own};
use crate::coded::web::request::{self, is_address, is_address_list};
use crate::coded::web::tokens::{Kind, Token, cut};
use crate::normalise::entities::{is_ip, whole};
use memchr::memchr;
use timberline_model::{FieldId, Fields, Sink, known};

/// How many columns are told apart.
const MOST: usize = 40;

/// Reads `[bytes] ["referrer" "agent"] ...`. `bytes` says that the size of the answer is still to come.
pub fn read(rest: &[u8], bytes: bool, own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) {
    let cut = cut::<MOST>(rest);
    let mut tokens = cut.all();
    if bytes {
        let Some((first, more)) = tokens.split_first() else { return };
        // `34/38` of SOGo: answered and asked.
        let answered = memchr(b'/', first.text).map_or(first.text, |at| &first.text[..at]);
        if first.kind == Kind::Word && (answered == b"-" || whole(answered).is_some()) {
            if let Some(n) = whole(answered) {
                fields.int(known::HTTP_RESPONSE_BYTES, n);
            }
            tokens = more;
        }
    }
    // Numbers may stand between the size and the two texts, and one of these may be a bare `-`.
    let texts = tokens.iter().position(|t| is_text(t)).filter(|_| !fields.has(known::USER_AGENT));
    if let Some(at) = texts {
        let bare = at > 0 && tokens[at - 1].text == b"-" && tokens[at - 1].kind == Kind::Word;
        let followed = tokens.get(at + 1).is_some_and(is_text);
        let numbers = tokens[..at].iter().all(|t| t.kind == Kind::Word && !t.text.is_empty());
        if numbers && (bare && !looks_like_address(tokens[at].text)) {
            agent(tokens[at].text, fields);
            others(&tokens[..at - 1], 0, own, fields, out);
            ending(rest, &cut, &tokens[at + 1..], at, own, fields, out);
            return;
        }
        if numbers && followed {
            text(known::HTTP_REFERRER, tokens[at].text, fields);
            agent(tokens[at + 1].text, fields);
            others(&tokens[..at], 0, own, fields, out);
            ending(rest, &cut, &tokens[at + 2..], at + 1, own, fields, out);
            return;
        }
        if numbers && !looks_like_address(tokens[at].text) && !is_address_list(tokens[at].text) {
            agent(tokens[at].text, fields);
            others(&tokens[..at], 0, own, fields, out);
            ending(rest, &cut, &tokens[at + 1..], at + 1, own, fields, out);
            return;
        }
    }
    // `207 125 440 - Mozilla/5.0 (X11)`: an agent without quotes.
    if texts.is_none()
        && !fields.has(known::USER_AGENT)
        && let Some(at) = tokens.iter().position(is_free_agent)
        && at < 4
    {
        let before = &tokens[..at];
        if let Some(referrer) = before.last().filter(|t| looks_like_address(t.text)) {
            text(known::HTTP_REFERRER, referrer.text, fields);
        }
        agent(&rest[tokens[at].start..], fields);
        let numbers = before.iter().filter(|t| whole(t.text).is_some()).count();
        others(&before[..numbers.min(before.len())], 0, own, fields, out);
        return;
    }
    ending(rest, &cut, tokens, 0, own, fields, out);
}

/// Reads what stands behind referrer and agent.
pub fn behind_agent(rest: &[u8], own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) {
    let cut = cut::<MOST>(rest);
    ending(rest, &cut, cut.all(), 0, own, fields, out);
}

/// Known orders first, then column by column; what lies behind the last token is kept in one piece.
fn ending(
    rest: &[u8],
    all: &crate::coded::web::tokens::Tokens<'_, MOST>,
    tokens: &[Token<'_>],
    number: usize,
    own: &mut Own,
    fields: &mut Fields,
    out: &mut dyn Sink,
) {
    if !ingress(tokens, fields, out) && !traefik(tokens, fields, out) {
        others(tokens, number, own, fields, out);
    }
    if all.all().len() == MOST
        && let Some(last) = all.all().last()
    {
        own.put(own::EXTRA, rest[last.end..].trim_ascii(), fields, out);
    }
}

fn is_text(token: &Token<'_>) -> bool {
    token.kind == Kind::Quoted
}

fn looks_like_address(text: &[u8]) -> bool {
    matches!(text, b"-" | b"") || text.starts_with(b"/") || memchr::memmem::find(text, b"://").is_some()
}

/// `Mozilla/5.0`
fn is_free_agent(token: &Token<'_>) -> bool {
    token.kind == Kind::Word
        && token.text.first().is_some_and(u8::is_ascii_alphabetic)
        && memchr(b'/', token.text).is_some_and(|at| token.text.get(at + 1).is_some_and(u8::is_ascii_digit))
}

fn text(id: FieldId, value: &[u8], fields: &mut Fields) {
    if !matches!(value, b"-" | b"") {
        fields.bytes(id, value);
    }
}

fn agent(value: &[u8], fields: &mut Fields) {
    text(known::USER_AGENT, value.trim_ascii_end(), fields);
}

/// ingress-nginx: `length time [upstream] [alternative] address length time status id`.
fn ingress(tokens: &[Token<'_>], fields: &mut Fields, out: &mut dyn Sink) -> bool {
    if tokens.len() < 8 || tokens[2].kind != Kind::Bracket || tokens[3].kind != Kind::Bracket {
        return false;
    }
    let Some(length) = whole(tokens[0].text) else { return false };
    let Some(time) = request::decimal(tokens[1].text, 1e9) else { return false };
    fields.text(known::EVENT_DATASET, "nginx.ingress_controller");
    fields.int(known::HTTP_REQUEST_BYTES, length);
    fields.int(known::EVENT_DURATION, time);
    let mut set = |name: &str, value: &[u8]| {
        if !matches!(value, b"-" | b"")
            && let Some(id) = out.field(name)
        {
            match whole(value) {
                Some(n) => fields.int(id, n),
                None => fields.bytes(id, value),
            }
        }
    };
    set("nginx.ingress_controller.upstream.name", tokens[2].text);
    set("nginx.ingress_controller.upstream.alternative_name", tokens[3].text);
    // Several upstreams stand as `a, b`; the id is the last word in any case.
    let Some((id, middle)) = tokens[4..].split_last() else { return true };
    if middle.len() == 4 {
        set("nginx.ingress_controller.upstream.address", middle[0].text);
        set("nginx.ingress_controller.upstream.response.length", middle[1].text);
        set("nginx.ingress_controller.upstream.response.time", middle[2].text);
        set("nginx.ingress_controller.upstream.response.status_code", middle[3].text);
    } else if let Some(first) = middle.first() {
        set("nginx.ingress_controller.upstream.address", first.text.strip_suffix(b",").unwrap_or(first.text));
    }
    text(known::HTTP_REQUEST_ID, id.text, fields);
    true
}

/// Traefik: `number "router" "server" 12ms`.
fn traefik(tokens: &[Token<'_>], fields: &mut Fields, out: &mut dyn Sink) -> bool {
    let [number, router, server, time] = tokens else { return false };
    if router.kind != Kind::Quoted || server.kind != Kind::Quoted || whole(number.text).is_none() {
        return false;
    }
    let Some(time) = request::duration(time.text) else { return false };
    fields.text(known::EVENT_DATASET, "traefik.access");
    fields.int(known::EVENT_DURATION, time);
    let all = [
        ("traefik.access.request_count", number.text),
        ("traefik.access.router_name", router.text),
        ("traefik.access.backend_url", server.text),
    ];
    for (name, value) in all {
        if let Some(id) = out.field(name) {
            match whole(value) {
                Some(n) => fields.int(id, n),
                None => text(id, value, fields),
            }
        }
    }
    true
}

/// Columns by their shape; `number` is the place of the first.
fn others(tokens: &[Token<'_>], number: usize, own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) {
    for (n, token) in tokens.iter().enumerate() {
        let value = token.text;
        if matches!(value, b"-" | b"" | b"+") || token.kind == Kind::Word && pair(value, own, fields, out) {
            continue;
        }
        if !shaped(token, own, fields, out) {
            own.column(number + n, value, fields, out);
        }
    }
}

/// A column whose shape says what it is.
pub fn shaped(token: &Token<'_>, own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) -> bool {
    let value = token.text;
    match token.kind {
        Kind::Quoted if value.len() < 512 && is_address_list(value) => {
            request::note_forwarded(value, fields);
            return true;
        }
        Kind::Quoted | Kind::Word => {
            if !fields.has(known::EVENT_DURATION)
                && let Some(ns) = request::duration(value).or_else(|| seconds(token))
            {
                fields.int(known::EVENT_DURATION, ns);
                return true;
            }
            if let Some(version) = request::tls_version(value).filter(|_| !fields.has(known::TLS_VERSION)) {
                fields.text(known::TLS_VERSION, version);
                return true;
            }
            if request::is_cipher(value) && !fields.has(known::TLS_CIPHER) {
                fields.bytes(known::TLS_CIPHER, value);
                return true;
            }
            if is_request_id(value) && !fields.has(known::HTTP_REQUEST_ID) {
                fields.bytes(known::HTTP_REQUEST_ID, value);
                return true;
            }
            if is_address(value) && !is_ip(value) {
                own.put(own::UPSTREAM, value, fields, out);
                return true;
            }
            // `TCP_MISS:HIER_DIRECT` of Squid, `MISS`, `HIT` of nginx and CDNs.
            if value.starts_with(b"TCP_")
                || matches!(value, b"HIT" | b"MISS" | b"EXPIRED" | b"BYPASS" | b"STALE")
            {
                own.put(own::CACHE, value, fields, out);
                return true;
            }
        }
        Kind::Bracket => {}
    }
    false
}

/// Seconds with three digits or more behind the point, as nginx and others write the time of a request.
fn seconds(token: &Token<'_>) -> Option<i64> {
    let dot = memchr(b'.', token.text)?;
    let digits = token.text.len() - dot - 1;
    ((3..=9).contains(&digits) && dot > 0).then(|| request::decimal(token.text, 1e9)).flatten()
}

/// `key=value`, `key="value"`.
fn pair(word: &[u8], own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) -> bool {
    let Some(at) = memchr(b'=', word).filter(|at| (1..=40).contains(at)) else { return false };
    let (key, value) = (&word[..at], &word[at + 1..]);
    let named = key.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.'))
        && key[0].is_ascii_alphabetic();
    if !named {
        return false;
    }
    let value = value.strip_prefix(b"\"").map_or(value, |v| v.strip_suffix(b"\"").unwrap_or(v));
    match key {
        b"rt" | b"request_time" | b"duration" | b"time_taken" | b"req_time" | b"request_duration" => {
            let ns = request::duration(value)
                .or_else(|| memchr(b'.', value).is_some().then(|| request::decimal(value, 1e9)).flatten());
            if let Some(ns) = ns {
                fields.int(known::EVENT_DURATION, ns);
            }
        }
        b"xff" | b"x_forwarded_for" | b"fwd" | b"http_x_forwarded_for" | b"x-forwarded-for"
            if is_address_list(value) =>
        {
            request::note_forwarded(value, fields);
        }
        b"host" | b"vhost" | b"http_host" => text(known::URL_DOMAIN, request::host_port(value).0, fields),
        b"scheme" => text(known::URL_SCHEME, value, fields),
        b"request_id" | b"rid" | b"req_id" => text(known::HTTP_REQUEST_ID, value, fields),
        b"ssl_protocol" | b"tls" => {
            if let Some(version) = request::tls_version(value) {
                fields.text(known::TLS_VERSION, version);
            }
        }
        b"ssl_cipher" | b"cipher" => text(known::TLS_CIPHER, value, fields),
        _ => {}
    }
    own.key(key, value, fields, out);
    true
}
