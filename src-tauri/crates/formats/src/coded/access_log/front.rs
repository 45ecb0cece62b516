//! What stands before the time of an access line: who asked, under which name, at which host.

use super::Own;
use super::own;
use crate::coded::web::request::{self, host_port, is_address, is_address_list, port_number};
use crate::normalise::entities::{SOURCE, is_ip};
use memchr::{memchr, memrchr};
use timberline_model::{Fields, Sink, known};

/// Client, user and virtual host. `named_hosts` says that this log names a host in front of the client, so that an
/// address there is one too.
#[inline]
pub fn who(b: &[u8], named_hosts: bool, own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) {
    // `192.0.2.1 - -`, what nearly every line has.
    if let Some(space) = memchr(b' ', b)
        && let Some(rest) = b[space..].strip_prefix(b" - ")
        && plain_ipv4(&b[..space])
    {
        SOURCE.host(fields, &b[..space]);
        user(rest, fields);
        return;
    }
    other(b, named_hosts, own, fields, out);
}

/// Digits and dots only, so neither a list nor a port is in it.
#[inline]
fn plain_ipv4(b: &[u8]) -> bool {
    b.len() <= 15 && b.iter().all(|c| c.is_ascii_digit() || *c == b'.')
}

fn other(b: &[u8], named_hosts: bool, own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) {
    let whole = b.trim_ascii();
    let mut rest = whole;
    // A whole line in quotes, as some write it.
    if let Some(inside) = rest.strip_prefix(b"\"") {
        match memchr(b'"', inside) {
            Some(end) if is_address_list(&inside[..end]) || memchr(b' ', &inside[..end]).is_none() => {
                request::client(&inside[..end], fields);
                rest = inside[end + 1..].trim_ascii();
                peer(&mut rest, own, fields, out);
                ident_and_user(rest, fields);
                return;
            }
            _ => rest = inside,
        }
    }
    let mut from = rest;
    let mut first = word(&mut rest);
    // `web-1  | 192.0.2.1 - -`: several containers in one stream.
    if rest.starts_with(b"| ") {
        own.put(own::CONTAINER, first, fields, out);
        rest = rest[2..].trim_ascii_start();
        from = rest;
        first = word(&mut rest);
    }
    // `client, proxy, proxy`
    if first.ends_with(b",") {
        while word(&mut rest).ends_with(b",") {}
        request::client(from[..from.len() - rest.len()].trim_ascii(), fields);
        peer(&mut rest, own, fields, out);
        ident_and_user(rest, fields);
        return;
    }
    let before = rest;
    let second = word(&mut rest);
    if second != b"-" && is_address(second) {
        // The client is the second: the first is the host that was asked, or whom a proxy speaks for.
        if is_address_list(first) && !named_hosts && memrchr(b':', first).is_none() {
            request::client(first, fields);
            own.put(own::PEER, second, fields, out);
        } else {
            host(first, fields);
            request::client(second, fields);
        }
        ident_and_user(rest, fields);
        return;
    }
    // lighttpd: `client host user`.
    if second != b"-" && is_domain(second) && memchr(b' ', rest).is_none() && !rest.is_empty() {
        request::client(first, fields);
        host(second, fields);
        user(rest, fields);
        return;
    }
    if let Some(list) = second.strip_prefix(b"(").and_then(|s| s.strip_suffix(b")")) {
        request::client(first, fields);
        request::note_forwarded(list, fields);
        ident_and_user(rest, fields);
        return;
    }
    request::client(first, fields);
    ident_and_user(before, fields);
}

/// The address of the proxy that asked, behind the list of those it speaks for.
fn peer(rest: &mut &[u8], own: &mut Own, fields: &mut Fields, out: &mut dyn Sink) {
    let mut after = *rest;
    let next = word(&mut after);
    if is_address(next) {
        own.put(own::PEER, host_port(next).0, fields, out);
        *rest = after;
    }
}

fn host(text: &[u8], fields: &mut Fields) {
    let (name, port) = host_port(text);
    if matches!(name, b"-" | b"_" | b"") {
        return;
    }
    fields.bytes(known::URL_DOMAIN, name);
    if is_ip(name) {
        fields.bytes(known::DESTINATION_IP, name);
    } else {
        fields.bytes(known::DESTINATION_DOMAIN, name);
    }
    if let Some(port) = port.and_then(port_number) {
        fields.int(known::DESTINATION_PORT, port);
    }
}

/// `- alice`, `-`, `alice`, `- 95386da81aa13b6ab3ce9c989e1e470e -`.
fn ident_and_user(rest: &[u8], fields: &mut Fields) {
    let mut after = rest.trim_ascii();
    let ident = word(&mut after);
    if after.is_empty() {
        return user(ident, fields);
    }
    if let Some(id) = after.strip_suffix(b" -")
        && ident == b"-"
        && is_request_id(id.trim_ascii())
    {
        fields.bytes(known::HTTP_REQUEST_ID, id.trim_ascii());
        return;
    }
    user(after, fields);
}

fn user(user: &[u8], fields: &mut Fields) {
    let user = user.trim_ascii();
    if user.iter().all(|c| matches!(c, b'-' | b' ' | b'"')) {
        return;
    }
    let bare = user.strip_prefix(b"\"").and_then(|u| u.strip_suffix(b"\"")).unwrap_or(user);
    fields.bytes(known::USER_NAME, bare);
}

/// Hexadecimal digits as servers number requests: 32 of them, or a UUID.
pub fn is_request_id(text: &[u8]) -> bool {
    match text.len() {
        32 => text.iter().all(u8::is_ascii_hexdigit),
        36 => text
            .iter()
            .enumerate()
            .all(|(n, c)| if matches!(n, 8 | 13 | 18 | 23) { *c == b'-' } else { c.is_ascii_hexdigit() }),
        _ => false,
    }
}

/// A name with a dot, its last label of letters: `www.example.org`, with a port or without.
pub fn is_domain(text: &[u8]) -> bool {
    let (name, _) = host_port(text);
    let Some(dot) = memrchr(b'.', name) else { return name == b"localhost" };
    let top = &name[dot + 1..];
    (2..=24).contains(&top.len())
        && top.iter().all(u8::is_ascii_alphabetic)
        && name.len() < 254
        && name.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_'))
}

/// The next word.
pub fn word<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let from = rest.trim_ascii_start();
    let end = memchr(b' ', from).unwrap_or(from.len());
    *rest = from[end..].trim_ascii_start();
    &from[..end]
}
