//! CEF, the Common Event Format of ArcSight, which products of every maker write: a header of eight parts between
//! bars, then `key=value` with blanks in the values.

use super::guess::Phrase;
use super::pairs::{Dialect, Pairs, unescape};
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::outcome;
use memchr::memmem;
use timberline_model::known;

/// The Common Event Format.
pub struct Cef;

impl Payload for Cef {
    fn about(&self) -> About {
        About {
            id: "cef",
            title: "CEF (Common Event Format)",
            about: "Security products of many makers through ArcSight's format, in syslog or alone: addresses, users, \
                    actions, files, URLs and the products' own labelled fields.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        start(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(at) = start(message) else { return false };
        let Some(header) = Header::parse(&message[at..]) else { return false };
        if at > 0 {
            before(&message[..at], said);
        }
        event(&header, said);
        true
    }
}

/// So far into a message the header may begin.
const REACH: usize = 256;

/// Where the header begins: at `CEF:0|`, `CEF: 0|`, or at `0|` where a syslog server took `CEF:` for the program.
fn start(b: &[u8]) -> Option<usize> {
    let reach = &b[..b.len().min(REACH)];
    memchr::memchr(b'|', reach)?;
    for at in memmem::find_iter(reach, b"CEF:") {
        let rest = b[at + 4..].trim_ascii_start();
        if rest.first().is_some_and(u8::is_ascii_digit) && rest.get(1..3).is_some_and(|c| c.contains(&b'|')) {
            return Some(at);
        }
    }
    let bare = matches!(b, [b'0' | b'1', b'|', ..]) && memchr::memchr_iter(b'|', b).nth(6).is_some();
    bare.then_some(0)
}

/// What stands before the header, where nobody took it for a syslog header: a time at most.
fn before(b: &[u8], said: &mut Said<'_>) {
    let text = b.trim_ascii().strip_prefix(b"[").unwrap_or(b.trim_ascii());
    if let Some((time, _)) = said.ctx.prefix(text) {
        said.time = Some(time);
    }
}

/// The header's parts, with their escapes.
struct Header<'a> {
    /// Vendor, product, version, class, name, severity.
    parts: [&'a [u8]; 6],
    extension: &'a [u8],
}

impl<'a> Header<'a> {
    fn parse(b: &'a [u8]) -> Option<Self> {
        let rest = b.strip_prefix(b"CEF:").unwrap_or(b);
        let mut rest = &rest[memchr::memchr(b'|', rest)? + 1..];
        let mut parts = [b"".as_slice(); 6];
        for (n, part) in parts.iter_mut().enumerate() {
            match bar(rest) {
                Some(end) => {
                    *part = &rest[..end];
                    rest = &rest[end + 1..];
                }
                // A record without extension may end behind its severity.
                None if n == 5 => {
                    *part = rest;
                    rest = b"";
                }
                None => return None,
            }
        }
        Some(Self { parts, extension: rest })
    }
}

/// The next bar that no backslash hides.
fn bar(b: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'|', b'\\', &b[at..])?;
        if b[at] == b'|' {
            return Some(at);
        }
        at = (at + 2).min(b.len());
    }
}

const DIALECT: Dialect =
    Dialect { equals: b'=', separator: b' ', quotes: b"", open: true, escapes: b"=\\|nr" };

static TABLE: Table = Table::new(
    "cef.",
    &[
        ("act", To::Action),
        ("deviceAction", To::Action),
        ("app", To::Lower("network.protocol")),
        ("applicationProtocol", To::Lower("network.protocol")),
        ("in", To::Number("source.bytes")),
        ("bytesIn", To::Number("source.bytes")),
        ("out", To::Number("destination.bytes")),
        ("bytesOut", To::Number("destination.bytes")),
        ("cnt", To::Number("event.count")),
        ("baseEventCount", To::Number("event.count")),
        ("destinationDnsDomain", To::Text("destination.registered_domain")),
        ("destinationServiceName", To::Text("service.name")),
        ("destinationTranslatedAddress", To::Ip("destination.nat.ip")),
        ("destinationTranslatedPort", To::Number("destination.nat.port")),
        ("deviceDirection", To::Direction),
        ("deviceExternalId", To::Text("observer.name")),
        ("deviceInboundInterface", To::Text("observer.ingress.interface.name")),
        ("deviceOutboundInterface", To::Text("observer.egress.interface.name")),
        ("deviceProcessName", To::Text("process.name")),
        ("dvcpid", To::Number("process.pid")),
        ("deviceTranslatedAddress", To::Ip("observer.nat.ip")),
        ("dst", To::Destination),
        ("destinationAddress", To::Destination),
        ("dpt", To::DestinationPort),
        ("destinationPort", To::DestinationPort),
        ("dmac", To::Text("destination.mac")),
        ("dntdom", To::Text("destination.user.domain")),
        ("dpid", To::Number("destination.process.pid")),
        ("dproc", To::Text("destination.process.name")),
        ("duid", To::Text("destination.user.id")),
        ("duser", To::Text("destination.user.name")),
        ("destinationUserName", To::Text("destination.user.name")),
        ("dvc", To::Ip("observer.ip")),
        ("deviceAddress", To::Ip("observer.ip")),
        ("dvchost", To::Text("observer.hostname")),
        ("dvchost", To::Text("host.name")),
        ("deviceHostName", To::Text("observer.hostname")),
        ("dvcmac", To::Text("observer.mac")),
        ("eventId", To::Number("event.id")),
        ("fileHash", To::Hash("file")),
        ("fileId", To::Text("file.inode")),
        ("filePath", To::Text("file.path")),
        ("fileType", To::Text("file.type")),
        ("fname", To::Text("file.name")),
        ("fileName", To::Text("file.name")),
        ("fsize", To::Number("file.size")),
        ("fileSize", To::Number("file.size")),
        ("outcome", To::Outcome),
        ("eventOutcome", To::Outcome),
        ("proto", To::Transport),
        ("transportProtocol", To::Transport),
        ("reason", To::Text("event.reason")),
        ("request", To::Url),
        ("requestUrl", To::Url),
        ("requestClientApplication", To::Text("user_agent.original")),
        ("requestContext", To::Text("http.request.referrer")),
        ("requestMethod", To::Text("http.request.method")),
        ("smac", To::Text("source.mac")),
        ("sntdom", To::Text("source.user.domain")),
        ("sourceDnsDomain", To::Text("source.registered_domain")),
        ("sourceServiceName", To::Text("source.service.name")),
        ("sourceTranslatedAddress", To::Ip("source.nat.ip")),
        ("sourceTranslatedPort", To::Number("source.nat.port")),
        ("spid", To::Number("process.pid")),
        ("sproc", To::Text("process.name")),
        ("spt", To::SourcePort),
        ("sourcePort", To::SourcePort),
        ("src", To::Source),
        ("sourceAddress", To::Source),
        ("suid", To::Text("user.id")),
        ("suser", To::Text("source.user.name")),
        ("sourceUserName", To::Text("source.user.name")),
        ("UNIFIipsSignature", To::Text("rule.name")),
        ("UNIFIipsSignatureId", To::Text("rule.id")),
        ("UNIFIhost", To::Text("observer.name")),
        ("UNIFIdeviceIp", To::Ip("observer.ip")),
    ],
);

/// Labels that products agree on, in small letters without blanks, and what they mean.
const LABELS: &[(&str, To)] = &[
    ("rule", To::Text("rule.name")),
    ("rulename", To::Text("rule.name")),
    ("policy", To::Text("rule.name")),
    ("policyname", To::Text("rule.name")),
    ("ruleid", To::Text("rule.id")),
    ("signatureid", To::Text("rule.id")),
    ("threatname", To::Text("threat.indicator.name")),
    ("virusname", To::Text("threat.indicator.name")),
    ("malwarename", To::Text("threat.indicator.name")),
    ("filehash", To::Hash("file")),
    ("filehash(sha1)", To::Hash("file")),
    ("md5", To::Hash("file")),
    ("sha1", To::Hash("file")),
    ("sha256", To::Hash("file")),
    ("commandline", To::Text("process.command_line")),
    ("useragent", To::Text("user_agent.original")),
    ("url", To::Url),
    ("sourcezone", To::Text("observer.ingress.zone")),
    ("fromzone", To::Text("observer.ingress.zone")),
    ("destinationzone", To::Text("observer.egress.zone")),
    ("tozone", To::Text("observer.egress.zone")),
];

/// Keys whose name another key gives: `cs1Label=Rule cs1=7`.
fn custom(key: &[u8]) -> bool {
    [b"cs".as_slice(), b"cn", b"c6a", b"cfp", b"flexString", b"flexNumber", b"flexDate", b"deviceCustom"]
        .iter()
        .any(|head| key.starts_with(head))
}

/// Times, the best first: when the device got to know of it, when it began, when it ended.
const TIMES: [&str; 7] = ["rt", "deviceReceiptTime", "start", "startTime", "end", "endTime", "UNIFIutcTime"];

fn event(header: &Header<'_>, said: &mut Said<'_>) {
    let [vendor, product, version, class, name, severity] = header.parts.map(|p| unescape(p, b"|\\"));
    let pairs = Pairs::read(header.extension, &DIALECT);
    let carried = said.time;
    said.time = TIMES.iter().find_map(|key| time(pairs.get(key), said)).or(carried);
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "cef");
    said.set("observer.vendor", &vendor);
    said.set("observer.product", &product);
    said.set("observer.version", &version);
    if !class.is_empty() {
        said.fields.bytes(known::EVENT_CODE, &class);
    }
    said.set("cef.name", &name);
    graveness(&severity, said);
    users(&pairs, &name, said);
    for (key, value) in pairs.iter() {
        if TIMES.iter().any(|t| key == t.as_bytes()) || (custom(key) && key.ends_with(b"Label")) {
            continue;
        }
        let value = pairs.plain(value);
        if custom(key) && labelled(key, &value, &pairs, said) {
            continue;
        }
        TABLE.put(key, &value, said);
    }
    // A name stands for the end whose address nobody gave.
    for (key, end) in [("shost", SOURCE), ("dhost", DESTINATION)] {
        let host = pairs.get(key);
        if !host.is_empty() && !said.fields.has(end.address) {
            end.host(said.fields, host);
        }
        let domain = if key == "shost" { "source.domain" } else { "destination.domain" };
        if !is_ip(host) {
            said.set(domain, host);
        }
    }
    about(&pairs, &name, &product, said);
    if !said.fields.has(known::EVENT_ACTION) {
        table::action(&name, said);
    }
}

fn time(value: &[u8], said: &Said<'_>) -> Option<timberline_model::Stamp> {
    match whole(value) {
        Some(n) if n >= 100_000_000 => said.ctx.epoch(n),
        Some(_) => None,
        None if value.is_empty() => None,
        None => said.ctx.stamp(value),
    }
}

/// 0 to 10, or a word.
fn graveness(severity: &[u8], said: &mut Said<'_>) {
    let word = severity.trim_ascii().to_ascii_lowercase();
    let (number, level) = match word.as_slice() {
        b"low" => (None, "info"),
        b"medium" => (None, "warning"),
        b"high" => (None, "error"),
        b"very-high" | b"very high" => (None, "critical"),
        digits => match whole(digits) {
            Some(n @ 0..=3) => (Some(n), "info"),
            Some(n @ 4..=6) => (Some(n), "warning"),
            Some(n @ 7..=8) => (Some(n), "error"),
            Some(n @ 9..=10) => (Some(n), "critical"),
            _ => return table::put(To::Level, &word, said),
        },
    };
    if let Some(n) = number {
        said.fields.int(known::EVENT_SEVERITY, n);
    }
    said.fields.text(known::LOG_LEVEL, level);
}

/// A custom field under its label; false where no label was given.
fn labelled(key: &[u8], value: &[u8], pairs: &Pairs<'_>, said: &mut Said<'_>) -> bool {
    let label = pairs.iter().find(|(k, _)| k.strip_suffix(b"Label") == Some(key)).map(|(_, v)| v);
    let Some(label) = label.filter(|l| !l.is_empty() && l.len() <= 64) else { return false };
    let name: Vec<u8> =
        label.iter().filter(|c| **c != b' ' && **c != b'_').map(u8::to_ascii_lowercase).collect();
    if let Some((_, to)) = LABELS.iter().find(|(l, _)| l.as_bytes() == name) {
        table::put(*to, value, said);
        return true;
    }
    let name: Vec<u8> = label
        .iter()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-') { c.to_ascii_lowercase() } else { b'_' }
        })
        .collect();
    table::own("cef.", &name, value, said);
    true
}

/// The one who acts is the source's user; in a login the destination's user is the account that was tried.
fn users(pairs: &Pairs<'_>, name: &[u8], said: &mut Said<'_>) {
    let first =
        |keys: [&str; 2]| keys.iter().map(|k| pairs.get(k)).find(|v| !table::missing(v)).unwrap_or_default();
    let (source, target) = (first(["suser", "sourceUserName"]), first(["duser", "destinationUserName"]));
    let login = Phrase::new(name).category() == Some("authentication");
    let (who, whom) = if login && !target.is_empty() { (target, b"".as_slice()) } else { (source, target) };
    let who = match who {
        b"" => pairs.get("UNIFIadmin"),
        who => who,
    };
    if who.is_empty() {
        if !whom.is_empty() {
            table::user(&pairs.plain(whom), said);
        }
        return;
    }
    table::user(&pairs.plain(who), said);
    if !whom.is_empty() {
        said.fields.bytes(known::USER_TARGET_NAME, &pairs.plain(whom));
    }
}

/// Category and outcome, from what the fields and the name say.
fn about(pairs: &Pairs<'_>, name: &[u8], product: &[u8], said: &mut Said<'_>) {
    let phrase = Phrase::new(name);
    let unifi = pairs.get("UNIFIsubCategory") == b"Admin" && phrase.has("accessed");
    let prevention = Phrase::new(pairs.get("UNIFIsubCategory")).has("intrusion");
    let category = match phrase.category() {
        _ if unifi => Some("authentication"),
        _ if prevention => Some("intrusion_detection"),
        Some(category) => Some(category),
        None if !pairs.get("request").is_empty() => Some("web"),
        None if !pairs.get("src").is_empty() && !pairs.get("dst").is_empty() => Some("network"),
        None => Phrase::new(pairs.get("cat")).category().or_else(|| Phrase::new(product).category()),
    };
    if let Some(category) = category {
        said.fields.text(known::EVENT_CATEGORY, category);
    }
    let login = category == Some("authentication");
    let act = pairs.get("act");
    let verdict = table::verdict(act);
    if let Some(allowed) = verdict.filter(|_| !login) {
        table::decided(allowed, said);
    }
    let arcsight = match pairs.get("categoryOutcome") {
        b"/Success" => Some(true),
        b"/Failure" => Some(false),
        _ => None,
    };
    let said_so = arcsight
        .or_else(|| outcome::of(act).map(|o| o == "success"))
        .or(verdict)
        .or_else(|| if login { phrase.outcome().or(unifi.then_some(true)) } else { None })
        .or_else(|| if login { Phrase::new(pairs.get("msg")).outcome() } else { None });
    if let Some(good) = said_so {
        said.outcome(good);
    }
}

#[cfg(test)]
mod tests;
