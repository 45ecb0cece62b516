//! Access lines whose columns stand in any order, as `LogFormat` and `log_format` allow: the request is the quoted text
//! that begins with a method, the time is what reads as one, the client is the first address, the status is the number
//! of three digits beside the request.

use super::front::{is_domain, word};
use super::own::Own;
use super::{Found, tail};
use crate::ParseContext;
use crate::coded::web::request::{self, host_port, is_address, is_address_list, port_number};
use crate::coded::web::tokens::{Kind, Token, cut};
use crate::normalise::entities::whole;
use crate::normalise::text::lossy;
use memchr::memchr;
use timberline_model::{Fields, Sink, Stamp, known};

const MOST: usize = 32;
const METHODS: [&[u8]; 18] = [
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"PATCH",
    b"CONNECT",
    b"TRACE",
    b"PROPFIND",
    b"PROPPATCH",
    b"REPORT",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"SEARCH",
];

/// Whether a word is a method that servers know.
pub fn is_method(word: &[u8]) -> bool {
    METHODS.contains(&word)
}

/// What one column before the request is.
struct Seen<'a> {
    time: Option<Option<Stamp>>,
    client: Option<&'a [u8]>,
    host: Option<&'a [u8]>,
    /// Words behind the client, `-` among them.
    words: [&'a [u8]; 4],
    many: usize,
    status: Option<i64>,
    tls: bool,
}

/// Reads a line; `None` when it is no access line.
pub fn read(
    b: &[u8],
    ctx: &ParseContext,
    own: &mut Own,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Found> {
    let cut = cut::<MOST>(b);
    let tokens = cut.all();
    let at = tokens.iter().position(|t| is_request(t, b))?;
    let request = &tokens[at];
    let (before, after) = (&tokens[..at], &tokens[at + 1..]);
    let mut seen = Seen {
        time: None,
        client: None,
        host: None,
        words: [b"".as_slice(); 4],
        many: 0,
        status: None,
        tls: false,
    };
    let mut n = 0;
    while let Some(token) = before.get(n) {
        n += 1 + look(token, b, ctx, &mut seen);
    }
    // The status stands behind the request, or right before it (`200 OK "GET /"`).
    let behind = after.first().and_then(status_of);
    let status = behind.or(seen.status);
    // mod_ssl writes the size alone.
    let sized = seen.tls && behind.is_some() && after.len() == 1;
    if status.is_none() && !seen.tls {
        return None;
    }
    // A time may stand at the end.
    let mut rest_from = request.end;
    if let Some(status) = after.first().filter(|_| behind.is_some() && !sized) {
        rest_from = status.end;
    }
    let late = after.iter().find(|t| t.kind == Kind::Bracket).and_then(|t| ctx.stamp(t.text));
    let time = seen.time.or(late.map(Some));
    let client = seen.client.or_else(|| after.iter().map(|t| t.text).find(|t| is_address(t)));
    // Two of the three must be there beside the request.
    if time.is_none() && client.is_none() {
        return None;
    }
    fields.text(known::EVENT_CATEGORY, "web");
    if let Some(client) = client {
        request::client(client, fields);
    }
    if let Some(host) = seen.host {
        let (name, port) = host_port(host);
        fields.bytes(known::URL_DOMAIN, name);
        fields.bytes(known::DESTINATION_DOMAIN, name);
        if let Some(port) = port.and_then(port_number) {
            fields.int(known::DESTINATION_PORT, port);
        }
    }
    // `- alice` behind the client.
    if seen.many == 2 && seen.words[1] != b"-" && seen.words[0] == b"-" {
        fields.bytes(known::USER_NAME, seen.words[1]);
    }
    if let Some(status) = status.filter(|_| !sized) {
        request::status(status, fields);
    }
    let text = lossy(request.text);
    if !request::line(&text, fields) && !matches!(&*text, "" | "-") {
        fields.text(known::MESSAGE, &text);
    }
    for token in before {
        if !Some(token.text).is_some_and(|t| Some(t) == client || Some(t) == seen.host) {
            tail::shaped(token, own, fields, out);
        }
    }
    tail::read(&b[rest_from.min(b.len())..], true, own, fields, out);
    Some(Found { time: time.flatten(), dated: time.is_some() })
}

/// Takes note of a column; how many more columns it took.
fn look<'a>(token: &Token<'a>, b: &'a [u8], ctx: &ParseContext, seen: &mut Seen<'a>) -> usize {
    let text = token.text;
    let timely =
        text.first().is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) && text.len() >= 8;
    if seen.time.is_none() && timely && !is_address(text) {
        if token.kind != Kind::Word {
            if let Some(stamp) = ctx.stamp(text) {
                seen.time = Some(Some(stamp));
                return 0;
            }
        } else if memchr(b'-', text).or_else(|| memchr(b'/', text)).is_some()
            && let Some((stamp, len)) = ctx.prefix(&b[token.start..])
        {
            seen.time = Some(Some(stamp));
            return b[token.start..token.start + len].iter().filter(|c| **c == b' ').count();
        }
    }
    if seen.client.is_none() && (is_address(text) || is_address_list(text)) {
        seen.client = Some(text);
        return 0;
    }
    if token.kind == Kind::Word {
        seen.status = status_of(token).or(seen.status.filter(|_| text.iter().all(u8::is_ascii_alphabetic)));
        seen.tls |= request::tls_version(text).is_some();
        if seen.host.is_none() && is_domain(text) {
            seen.host = Some(text);
        } else if seen.client.is_some() && seen.many < 4 {
            seen.words[seen.many] = text;
            seen.many += 1;
        }
    }
    0
}

/// `200`
fn status_of(token: &Token<'_>) -> Option<i64> {
    let three = token.kind == Kind::Word && token.text.len() == 3;
    three.then(|| whole(token.text)).flatten().filter(|n| *n == 0 || (100..=599).contains(n))
}

/// A quoted text that begins with a method, with blanks around it.
fn is_request(token: &Token<'_>, b: &[u8]) -> bool {
    if token.kind != Kind::Quoted || !matches!(b.get(token.end), None | Some(b' ' | b'\t')) {
        return false;
    }
    let mut rest = token.text;
    let method = word(&mut rest);
    !rest.is_empty() && (is_method(method) || memchr::memmem::rfind(rest, b"HTTP/").is_some())
        // Machine code and greetings of other protocols; the status behind it decides.
        || token.text.starts_with(b"\\x")
}
