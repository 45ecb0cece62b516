//! Access logs whose lines are a product's own: Nginx Proxy Manager, uWSGI, Gin, Zoraxy, PHP's own server, TheHive.

use super::Found;
use super::free::is_method;
use super::own::{self, Own};
use crate::ParseContext;
use crate::coded::web::request;
use crate::coded::web::tokens::{Kind, cut};
use crate::normalise::entities::whole;
use crate::normalise::text::lossy;
use memchr::{memchr, memmem};
use timberline_model::{Fields, Sink, known};

/// Reads a line of one of them.
pub fn read(
    b: &[u8],
    ctx: &ParseContext,
    own: &mut Own,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Found> {
    match *b.first()? {
        b'[' if b.starts_with(b"[GIN") => gin(b, ctx, fields),
        b'[' if b.starts_with(b"[pid: ") => uwsgi(b, ctx, own, fields, out),
        b'[' if memmem::find(b, b"] [Client ").is_some() || memmem::find(b, b"\" [Client ").is_some() => {
            proxy_manager(b, ctx, own, fields, out)
        }
        b'[' => php_server(b, ctx, fields).or_else(|| filtered(b, fields)),
        b'0'..=b'9' if memmem::find(&b[..b.len().min(400)], b"] [client: ").is_some() => {
            zoraxy(b, ctx, own, fields, out)
        }
        _ => None,
    }
}

fn web(fields: &mut Fields) {
    fields.text(known::EVENT_CATEGORY, "web");
}

fn asked(method: &[u8], target: &[u8], fields: &mut Fields) {
    let (method, target) = (lossy(method), lossy(target));
    fields.text(known::HTTP_METHOD, &method);
    request::url(&target, &method, fields);
}

/// `[10/Feb/2024:21:25:00 +0100] - 200 200 - GET https host "/path" [Client 192.0.2.1] [Length 0] [Gzip -] [Sent-to a]
/// "agent" "referrer"`; its fallback host writes one status and no upstream.
fn proxy_manager(
    b: &[u8],
    ctx: &ParseContext,
    own: &mut Own,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Found> {
    let cut = cut::<24>(b);
    let tokens = cut.all();
    let time = tokens.first().filter(|t| t.kind == Kind::Bracket)?;
    let dash = tokens.iter().position(|t| is_method(t.text)).filter(|at| (2..=6).contains(at))?;
    let [method, scheme, host, path, client, ..] = &tokens[dash..] else { return None };
    // What the cache did, the upstream's status, and the one that the client was given.
    let mut statuses = tokens[1..dash].iter().filter_map(|t| whole(t.text).filter(|_| t.text.len() == 3));
    let status = statuses.next_back()?;
    let upstream = statuses.next_back();
    let client = client.text.strip_prefix(b"Client ").filter(|_| client.kind == Kind::Bracket)?;
    web(fields);
    fields.text(known::EVENT_DATASET, "nginx_proxy_manager");
    request::client(client, fields);
    request::status(status, fields);
    if let Some(upstream) = upstream {
        own.key(b"upstream_status", upstream.to_string().as_bytes(), fields, out);
    }
    asked(method.text, path.text, fields);
    fields.bytes(known::URL_SCHEME, scheme.text);
    let host = lossy(host.text);
    request::authority(&host, fields);
    for token in tokens[dash + 5..].iter().filter(|t| t.kind == Kind::Bracket) {
        let at = memchr(b' ', token.text).unwrap_or(token.text.len());
        let value = token.text[at..].trim_ascii();
        match &token.text[..at] {
            b"Length" => {
                if let Some(n) = whole(value) {
                    fields.int(known::HTTP_RESPONSE_BYTES, n);
                }
            }
            b"Sent-to" => own.put(own::UPSTREAM, value, fields, out),
            key => own.key(&key.to_ascii_lowercase(), value, fields, out),
        }
    }
    let mut texts = tokens[dash + 5..].iter().filter(|t| t.kind == Kind::Quoted);
    for id in [known::USER_AGENT, known::HTTP_REFERRER] {
        if let Some(text) = texts.next().filter(|t| !matches!(t.text, b"-" | b"")) {
            fields.bytes(id, text.text);
        }
    }
    Some(Found::at(ctx.clf(time.text.trim_ascii())))
}

/// `[pid: 1|app: 0|req: 1/1] 192.0.2.1 (alice) {38 vars in 696 bytes} [Sun Mar 13 22:49:12 2016] POST /x => generated 47
/// bytes in 129 msecs (HTTP/1.1 200) 9 headers in 378 bytes (1 switches on core 3)`
fn uwsgi(
    b: &[u8],
    ctx: &ParseContext,
    own: &mut Own,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Found> {
    // What a client sends stands between the time and the last `=> generated`.
    let answer = memmem::rfind(b, b" => generated ")?;
    let head = &b[..answer];
    let vars = memmem::find(head, b" bytes} [")?;
    let end = vars + 9 + memchr(b']', &head[vars + 9..])?;
    let time = ctx.stamp(&head[vars + 9..end]);
    let (method, target) = split(head.get(end + 1..)?.trim_ascii(), b' ');
    let who = memmem::find(head, b"] ").map(|at| &head[at + 2..vars])?;
    let (client, user) = split(who, b' ');
    web(fields);
    fields.text(known::EVENT_DATASET, "uwsgi");
    request::client(client, fields);
    let user =
        user.strip_prefix(b"(").and_then(|u| memmem::rfind(u, b") {").map(|at| &u[..at])).unwrap_or_default();
    if !user.is_empty() {
        fields.bytes(known::USER_NAME, user);
    }
    asked(method, target, fields);
    let rest = &b[answer + 14..];
    let mut words = rest.split(|c| *c == b' ');
    if let Some(n) = words.next().and_then(whole) {
        fields.int(known::HTTP_RESPONSE_BYTES, n);
    }
    // bytes in N msecs
    if let (Some(number), Some(unit)) = (words.nth(2), words.next()) {
        let scale = if unit == b"msecs" { 1e6 } else { 1e3 };
        if let Some(ns) = request::decimal(number, scale) {
            fields.int(known::EVENT_DURATION, ns);
        }
    }
    if let Some(at) = memmem::find(rest, b"(HTTP/") {
        let (version, status) = split(&rest[at + 6..], b' ');
        fields.bytes(known::HTTP_VERSION, version);
        let end = memchr(b')', status).unwrap_or(0);
        if let Some(status) = whole(&status[..end]) {
            request::status(status, fields);
        }
    }
    let pid = b[6..].split(|c| *c == b'|').next().unwrap_or_default();
    if let Some(pid) = whole(pid) {
        fields.int(known::PROCESS_PID, pid);
    }
    if let Some(at) = memmem::find(&b[..b.len().min(80)], b"|app: ") {
        let end = b[at + 6..].iter().position(|c| *c == b'|').unwrap_or(0);
        own.key(b"app", &b[at + 6..at + 6 + end], fields, out);
    }
    Some(Found::at(time))
}

/// `[GIN] 2022/02/07 - 10:49:33 | 401 |     505.317µs |        10.1.2.3 | POST     "/client"`
fn gin(b: &[u8], ctx: &ParseContext, fields: &mut Fields) -> Option<Found> {
    let rest = &b[memchr(b']', b)? + 1..];
    // The target may hold a bar; the four columns before it may not.
    let mut columns = rest.splitn(5, |c| *c == b'|').map(<[u8]>::trim_ascii);
    let (date, status, took) = (columns.next()?, columns.next()?, columns.next()?);
    let (client, asked_for) = (columns.next()?, columns.next()?);
    let status = whole(&strip_colours(status))?;
    let (day, clock) = split(date, b'-');
    let time = ctx.stamp(&[day.trim_ascii(), b" ", clock.trim_ascii()].concat());
    web(fields);
    fields.text(known::EVENT_DATASET, "gin");
    request::client(client, fields);
    request::status(status, fields);
    let asked_for = strip_colours(asked_for);
    let (method, target) = split(asked_for.trim_ascii(), b' ');
    let target = target.trim_ascii();
    let target = target.strip_prefix(b"\"").and_then(|t| t.strip_suffix(b"\"")).unwrap_or(target);
    asked(method, target, fields);
    if let Some(ns) = request::duration(took) {
        fields.int(known::EVENT_DURATION, ns);
    }
    Some(Found::at(time))
}

/// Without the escapes that colour a terminal.
fn strip_colours(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(0x1b, rest) {
        plain.extend_from_slice(&rest[..at]);
        let end = rest[at..].iter().position(|c| *c == b'm').map_or(rest.len(), |n| at + n + 1);
        rest = &rest[end..];
    }
    plain.extend_from_slice(rest);
    plain.trim_ascii().to_vec()
}

/// `2025/05/01 07:57:03 [2025-05-01 07:57:03.150624] [router:host-http] [origin:example.org] [client: 192.0.2.1]
/// [useragent: Mozilla/5.0] POST /xmlrpc.php 404`
fn zoraxy(
    b: &[u8],
    ctx: &ParseContext,
    own: &mut Own,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Found> {
    let text = lossy(b);
    let text = text.trim_ascii_end();
    let value = |key: &str| -> Option<&str> {
        let from = &text[text.find(key)? + key.len()..];
        from.find("] ").map(|at| from[..at].trim_ascii())
    };
    let (line, status) = text.rsplit_once(' ')?;
    let status = whole(status.as_bytes())?;
    // The agent is the client's own words: what was asked stands behind its last bracket.
    let asked_for = &line[line.rfind("] ")? + 2..];
    let (method, target) = asked_for.split_once(' ')?;
    let client = value("[client: ")?;
    web(fields);
    fields.text(known::EVENT_DATASET, "zoraxy");
    request::client(client.as_bytes(), fields);
    request::status(status, fields);
    asked(method.as_bytes(), target.as_bytes(), fields);
    if let Some(host) = value("[origin:") {
        request::authority(host, fields);
    }
    if let Some(agent) = value("[useragent: ") {
        fields.text(known::USER_AGENT, agent);
    }
    if let Some(router) = value("[router:") {
        own.key(b"router", router.as_bytes(), fields, out);
    }
    let finer = b[..b.len().min(60)].split(|c| *c == b'[').nth(1).and_then(|t| ctx.prefix(t));
    Some(Found::at(finer.or_else(|| ctx.prefix(b)).map(|(stamp, _)| stamp)))
}

/// PHP's own server: `[Tue Oct 10 13:55:36 2000] 192.0.2.1:5678 [404]: GET /x - No such file or directory`; older ones
/// leave the method out.
fn php_server(b: &[u8], ctx: &ParseContext, fields: &mut Fields) -> Option<Found> {
    let close = memchr(b']', &b[..b.len().min(40)])?;
    let rest = b[close + 1..].strip_prefix(b" ")?;
    let (client, rest) = split(rest, b' ');
    let rest = rest.strip_prefix(b"[")?;
    let end = memmem::find(rest, b"]: ").filter(|n| *n == 3)?;
    let status = whole(&rest[..end])?;
    if !request::is_address(client) {
        return None;
    }
    web(fields);
    fields.text(known::EVENT_DATASET, "php_server");
    request::client(client, fields);
    request::status(status, fields);
    let asked_for = &rest[end + 3..];
    let (method, target) = split(asked_for, b' ');
    let (method, target) = if is_method(method) { (method, target) } else { (b"GET".as_slice(), asked_for) };
    let (target, why) =
        memmem::find(target, b" - ").map_or((target, None), |at| (&target[..at], Some(&target[at + 3..])));
    asked(method, target.trim_ascii(), fields);
    if let Some(why) = why {
        fields.bytes(known::EVENT_REASON, why);
    }
    Some(Found::at(ctx.stamp(&b[1..close])))
}

/// TheHive and Cortex: `[info] o.t.s.AccessLogFilter [id|id] 192.0.2.1 POST /api took 8ms and returned 401 65 bytes`.
fn filtered(b: &[u8], fields: &mut Fields) -> Option<Found> {
    let at = memmem::find(&b[..b.len().min(80)], b"AccessLogFilter ")?;
    let end = memmem::rfind(b, b" and returned ")?;
    let took = memmem::rfind(&b[..end], b" took ")?;
    let mut rest = b.get(at + 16..took)?;
    if rest.starts_with(b"[") {
        rest = rest.get(memchr(b']', rest)? + 1..)?.trim_ascii_start();
    }
    let (client, asked_for) = split(rest, b' ');
    let (method, target) = split(asked_for, b' ');
    let (status, size) = split(&b[end + 14..], b' ');
    let status = whole(status)?;
    web(fields);
    fields.text(known::EVENT_DATASET, "thehive.access");
    request::client(client, fields);
    request::status(status, fields);
    asked(method, target, fields);
    if let Some(ns) = request::duration(&b[took + 6..end]) {
        fields.int(known::EVENT_DURATION, ns);
    }
    if let Some(n) = whole(split(size, b' ').0) {
        fields.int(known::HTTP_RESPONSE_BYTES, n);
    }
    Some(Found { time: None, dated: false })
}

/// What stands before and behind the first `at`.
fn split(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    memchr(at, text).map_or((text, b""), |n| (&text[..n], &text[n + 1..]))
}
