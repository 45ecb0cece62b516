//! Requests and addresses of the web taken apart: the request line, its target, who asked and for whom. What a line
//! around them looks like is its format's.

use crate::normalise::entities::{End, SOURCE, is_ip, whole};
use crate::normalise::text::lossy;
use memchr::{memchr, memrchr};
use std::net::IpAddr;
use timberline_model::{Fields, known};

/// `GET /path?query HTTP/1.1`; false for whatever else a client sent, and nothing is written then.
#[inline]
pub fn line(request: &str, fields: &mut Fields) -> bool {
    let Some(space) = memchr(b' ', request.as_bytes()) else { return false };
    let method = &request[..space];
    let mut target = request[space + 1..].trim_ascii();
    let mut protocol = None;
    if let Some(at) = memrchr(b' ', target.as_bytes())
        && let Some(found) = protocol_of(&target[at + 1..])
    {
        protocol = Some(found);
        target = target[..at].trim_ascii_end();
    }
    let letters = |c: u8| c.is_ascii_uppercase() || matches!(c, b'_' | b'-');
    let named = method.len() <= 24
        && method.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        // `geti /x HTTP/1.1` is a request that no server knows, and a request all the same.
        && method.bytes().all(|c| letters(c) || protocol.is_some() && c.is_ascii_alphabetic());
    if !named || target.is_empty() {
        return false;
    }
    fields.text(known::HTTP_METHOD, method);
    url(target, method, fields);
    match protocol {
        Some(("HTTP", version)) => fields.text(known::HTTP_VERSION, version),
        Some((other, _)) => fields.text(known::NETWORK_PROTOCOL, &other.to_ascii_lowercase()),
        None => {}
    }
    true
}

/// `HTTP/1.1`, `RTSP/1.0`.
fn protocol_of(word: &str) -> Option<(&str, &str)> {
    if let Some(version) = word.strip_prefix("HTTP/") {
        return Some(("HTTP", version));
    }
    let (name, version) = word.split_once('/')?;
    let named = (3..=8).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_uppercase());
    let numbered = (1..=3).contains(&version.len())
        && version.bytes().all(|c| c.is_ascii_digit() || c == b'.')
        && version.as_bytes()[0].is_ascii_digit();
    (named && numbered).then_some((name, version))
}

/// Writes what was asked for: whole, and its parts. It stays encoded as the client sent it.
#[inline]
pub fn url(target: &str, method: &str, fields: &mut Fields) {
    fields.text(known::URL_ORIGINAL, target);
    if method == "CONNECT" {
        authority(target, fields);
        return;
    }
    let mut path = target;
    // A proxy is asked for the whole address.
    if !path.starts_with('/')
        && let Some(at) = memchr::memmem::find(&path.as_bytes()[..path.len().min(24)], b"://")
    {
        if at > 0 && path[..at].bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.'))
        {
            fields.text(known::URL_SCHEME, &path[..at].to_ascii_lowercase());
        }
        let rest = &path[at + 3..];
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        authority(&rest[..end], fields);
        path = &rest[end..];
    }
    parts(path, fields);
}

/// Path, query and extension of what begins with the path.
#[inline]
pub fn parts(path: &str, fields: &mut Fields) {
    let mut path = path;
    if let Some(at) = memchr(b'?', path.as_bytes()) {
        fields.text(known::URL_QUERY, &path[at + 1..]);
        path = &path[..at];
    }
    if path.is_empty() {
        return;
    }
    fields.text(known::URL_PATH, path);
    if let Some(extension) = extension(path) {
        fields.text(known::URL_EXTENSION, extension);
    }
}

/// `php` of `/a/b.php`, `env` of `/.env`.
#[inline]
fn extension(path: &str) -> Option<&str> {
    let bytes = path.as_bytes();
    let from = bytes.len().saturating_sub(11);
    let dot = from + memrchr(b'.', &bytes[from..])?;
    let rest = &bytes[dot + 1..];
    (!rest.is_empty() && rest.iter().all(u8::is_ascii_alphanumeric)).then(|| &path[dot + 1..])
}

/// `user:secret@host:port` of an address: host and port. A name and a secret in it are not repeated.
pub fn authority(text: &str, fields: &mut Fields) {
    let text = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let (host, port) = host_port(text.as_bytes());
    if let Ok(host) = std::str::from_utf8(host)
        && !host.is_empty()
    {
        fields.text(known::URL_DOMAIN, host);
    }
    if let Some(port) = port.and_then(port_number) {
        fields.int(known::URL_PORT, port);
    }
}

/// A port, when it is one.
pub fn port_number(text: &[u8]) -> Option<i64> {
    whole(text).filter(|p| (0..=65_535).contains(p))
}

/// `192.0.2.1:80`, `[2001:db8::1]:80`, `name:80` and each without port. An IPv6 address without brackets has none.
pub fn host_port(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    if let Some(inside) = text.strip_prefix(b"[")
        && let Some(end) = memchr(b']', inside)
    {
        return match inside[end + 1..].strip_prefix(b":") {
            Some(port) => (&inside[..end], Some(port)),
            None => (&inside[..end], None),
        };
    }
    match memchr(b':', text) {
        Some(at) if memchr(b':', &text[at + 1..]).is_none() && whole(&text[at + 1..]).is_some() => {
            (&text[..at], Some(&text[at + 1..]))
        }
        _ => (text, None),
    }
}

/// Writes one end of a connection: address or name, with a port behind it or without.
pub fn end(text: &[u8], end: End, fields: &mut Fields) {
    let (host, port) = host_port(text);
    if matches!(host, b"-" | b"") {
        return;
    }
    end.host(fields, host);
    if let Some(port) = port {
        end.port(fields, port);
    }
}

/// Whether this is an address, with or without port.
pub fn is_address(text: &[u8]) -> bool {
    let (host, port) = host_port(text);
    is_ip(host) && port.is_none_or(|p| whole(p).is_some())
        || memchr(b'%', host).is_some_and(|at| is_ip(&host[..at]))
}

/// Whether an address is one of the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared)
        }
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_public(IpAddr::V4(ip)),
            None => {
                let head = ip.segments()[0];
                let local = head & 0xfe00 == 0xfc00 || head & 0xffc0 == 0xfe80;
                !(ip.is_loopback() || ip.is_unspecified() || local)
            }
        },
    }
}

/// The client of a list such as `X-Forwarded-For: client, proxy, proxy` holds: the first public address, else the
/// first word. `None` when the list holds nothing.
pub fn forwarded(list: &[u8]) -> Option<&[u8]> {
    let words = || list.split(|c| matches!(c, b',' | b' ')).map(<[u8]>::trim_ascii).filter(|w| !w.is_empty());
    let public = words().find(|w| {
        let (host, _) = host_port(w);
        std::str::from_utf8(host).ok().and_then(|t| t.parse().ok()).is_some_and(is_public)
    });
    public.or_else(|| words().find(|w| *w != b"-"))
}

/// Whether every word of a comma list is an address (or `unknown`), at least one being one.
pub fn is_address_list(list: &[u8]) -> bool {
    let mut any = false;
    for word in list.split(|c| *c == b',').map(<[u8]>::trim_ascii) {
        match word {
            b"unknown" | b"-" | b"" => {}
            word if is_address(word) => any = true,
            _ => return false,
        }
    }
    any
}

/// Writes whom proxies say that they speak for, beside the peer that the server saw.
pub fn note_forwarded(list: &[u8], fields: &mut Fields) {
    let text = lossy(list);
    let words = || text.split(',').map(|w| host_port(w.trim_ascii().as_bytes()).0).filter(|w| is_ip(w));
    if words().next().is_some() {
        fields
            .list(known::NETWORK_FORWARDED_IP, words().filter_map(|w| std::str::from_utf8(w).ok()).take(16));
    }
}

/// Writes client and port; a list is what proxies say, and its client is taken.
pub fn client(text: &[u8], fields: &mut Fields) {
    if memchr(b',', text).is_some() {
        if let Some(first) = forwarded(text) {
            end(first, SOURCE, fields);
        }
        note_forwarded(text, fields);
        return;
    }
    end(text, SOURCE, fields);
}

/// Status, and the outcome that it means.
#[inline]
pub fn status(status: i64, fields: &mut Fields) {
    fields.int(known::HTTP_STATUS, status);
    if status > 0 {
        fields.text(known::EVENT_OUTCOME, if status < 400 { "success" } else { "failure" });
    }
}

/// `TLSv1.3`, `TLS 1.2`, `SSLv3` as `tls.version` has it.
pub fn tls_version(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let rest = text
        .strip_prefix("TLSv")
        .or_else(|| text.strip_prefix("TLSV"))
        .or_else(|| text.strip_prefix("TLS "))
        .or_else(|| text.strip_prefix("SSLv"))?;
    (rest.len() <= 3 && rest.bytes().all(|c| c.is_ascii_digit() || c == b'.') && !rest.is_empty())
        .then_some(rest)
}

/// Whether this is a name of a cipher suite.
pub fn is_cipher(text: &[u8]) -> bool {
    let heads: [&[u8]; 9] = [
        b"TLS_",
        b"ECDHE-",
        b"DHE-",
        b"AES128-",
        b"AES256-",
        b"CHACHA20-",
        b"RC4-",
        b"DES-CBC3-",
        b"CAMELLIA",
    ];
    text.len() < 48
        && heads.iter().any(|h| text.starts_with(h))
        && text.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
}

/// Nanoseconds of `12ms`, `0.5s`, `505.317µs`, `1m2.5s`; a number without unit is none.
pub fn duration(text: &[u8]) -> Option<i64> {
    let mut rest = std::str::from_utf8(text).ok().filter(|t| t.len() < 32)?;
    let mut ns = 0f64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|c| c.is_ascii_digit() || *c == b'.').count();
        let number: f64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let unit = match &after[..letters] {
            "ns" => 1.0,
            "us" | "µs" | "μs" | "micros" => 1e3,
            "ms" | "msecs" => 1e6,
            "s" | "secs" => 1e9,
            "m" => 6e10,
            "h" => 3.6e12,
            _ => return None,
        };
        ns += number * unit;
        rest = &after[letters..];
    }
    (ns.is_finite() && ns < 9e18 && !text.is_empty()).then_some(ns.round() as i64)
}

/// Nanoseconds of a decimal number of `unit` (ns): `0.123` seconds.
pub fn decimal(text: &[u8], unit: f64) -> Option<i64> {
    let text = std::str::from_utf8(text).ok().filter(|t| t.len() < 24)?;
    let plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    let number: f64 = text.parse().ok().filter(|_| plain)?;
    let ns = number * unit;
    (ns < 9e18).then_some(ns.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(timberline_model::FieldId, &str)]) {
        let mut fields = Fields::default();
        line(text, &mut fields);
        for (id, value) in expect {
            let got = fields.get(*id).map_or("nothing".to_owned(), |v| v.to_value().show());
            assert_eq!(&got, value, "{} of {text}", known::NAMES[id.0 as usize]);
        }
    }

    #[test]
    fn request_lines_are_taken_apart() {
        check(
            "GET /a/b.php?x=1 HTTP/1.1",
            &[
                (known::HTTP_METHOD, "GET"),
                (known::URL_PATH, "/a/b.php"),
                (known::URL_QUERY, "x=1"),
                (known::URL_EXTENSION, "php"),
                (known::HTTP_VERSION, "1.1"),
            ],
        );
        check(
            "GET HTTPS://u:p@Example.org:8443/.env HTTP/3.0",
            &[
                (known::URL_SCHEME, "https"),
                (known::URL_DOMAIN, "Example.org"),
                (known::URL_PORT, "8443"),
                (known::URL_PATH, "/.env"),
                (known::URL_EXTENSION, "env"),
            ],
        );
        check(
            "CONNECT [2001:db8::1]:25 HTTP/1.1",
            &[(known::URL_DOMAIN, "2001:db8::1"), (known::URL_PORT, "25")],
        );
        check("geti /x HTTP/1.1", &[(known::HTTP_METHOD, "geti")]);
        check("OPTIONS sip:nm SIP/2.0", &[(known::NETWORK_PROTOCOL, "sip"), (known::URL_PATH, "sip:nm")]);
        check("GET /a b c HTTP/1.0", &[(known::URL_PATH, "/a b c")]);
        check("GET /index", &[(known::URL_PATH, "/index"), (known::HTTP_VERSION, "nothing")]);
        for none in ["hello", "hello there", "-", "- - -", "", "\\x16\\x03 x"] {
            check(none, &[(known::HTTP_METHOD, "nothing"), (known::URL_ORIGINAL, "nothing")]);
        }
    }

    #[test]
    fn the_client_of_a_list_is_the_first_public_address() {
        let check = |list: &str, expect: &str| {
            let got = forwarded(list.as_bytes()).map(|b| String::from_utf8_lossy(b).into_owned());
            assert_eq!(got.as_deref().unwrap_or("nothing"), expect, "{list}");
        };
        check("10.0.0.1, 203.0.113.9, 198.51.100.1", "203.0.113.9");
        check("10.0.0.2, 10.0.0.1", "10.0.0.2");
        check("localhost, localhost", "localhost");
        check("fd00::1, 2001:db8::7", "2001:db8::7");
        check("-", "nothing");
        check("", "nothing");
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration(b"12ms"), Some(12_000_000));
        assert_eq!(duration("505.317µs".as_bytes()), Some(505_317));
        assert_eq!(duration(b"1m2.5s"), Some(62_500_000_000));
        assert_eq!(duration(b"12"), None);
        assert_eq!(duration(b""), None);
        assert_eq!(decimal(b"0.227", 1e9), Some(227_000_000));
        assert_eq!(decimal(b"1e9", 1e9), None);
    }
}
