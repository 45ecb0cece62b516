//! A product's own keys as ECS fields. A product is a short table of rows (`srcip` is where it came from, `sentbyte` a
//! number of bytes); what no row names is kept under the product's own name, so that nothing a record says is lost.

use super::Said;
use super::pairs::Pairs;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::text;
use crate::normalise::{outcome, severity};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;
use timberline_model::known;

/// What becomes of a value.
#[derive(Clone, Copy, Debug)]
pub enum To {
    /// A text of this name.
    Text(&'static str),
    /// A text of this name, in lower case.
    Lower(&'static str),
    /// A whole number of this name.
    Number(&'static str),
    /// An address of this name; what is none is left out.
    Ip(&'static str),
    /// A hash; its length says which.
    Hash(&'static str),
    /// Seconds that something took.
    Seconds,
    /// Where it came from: an address or a name.
    Source,
    /// The port it came from.
    SourcePort,
    /// Where it went.
    Destination,
    /// The port it went to.
    DestinationPort,
    /// Who did it: `NAME`, `DOMAIN\NAME`.
    User,
    /// The transport, by number or name.
    Transport,
    /// Which way: inbound, outbound, internal, external.
    Direction,
    /// What was done, in the product's word.
    Action,
    /// How it ended, by a word that is understood.
    Outcome,
    /// How grave, by a word that is understood.
    Level,
    /// When, with the date.
    Time,
    /// When, as a number since 1970.
    Epoch,
    /// A URL, whole or without its scheme.
    Url,
    /// Nothing: it is said elsewhere already, or it is about the log alone.
    Nothing,
}

/// The rows of a product. Several rows of one key stand next to each other.
pub struct Table {
    /// What stands before the names of its own fields (`fortinet.`).
    own: &'static str,
    rows: &'static [(&'static str, To)],
    index: OnceLock<FxHashMap<&'static [u8], (usize, usize)>>,
}

impl Table {
    /// A product's table.
    #[must_use]
    pub const fn new(own: &'static str, rows: &'static [(&'static str, To)]) -> Self {
        Self { own, rows, index: OnceLock::new() }
    }

    fn rows_of(&self, key: &[u8]) -> &'static [(&'static str, To)] {
        let index = self.index.get_or_init(|| {
            let mut index: FxHashMap<&'static [u8], (usize, usize)> = FxHashMap::default();
            for (at, (key, _)) in self.rows.iter().enumerate() {
                index.entry(key.as_bytes()).or_insert((at, 0)).1 += 1;
            }
            index
        });
        let (at, n) = index.get(key).copied().unwrap_or_default();
        self.rows.get(at..at + n).unwrap_or_default()
    }

    /// Writes all pairs.
    pub fn write(&self, pairs: &Pairs<'_>, said: &mut Said<'_>) {
        for (key, value) in pairs.iter() {
            self.put(key, &pairs.plain(value), said);
        }
    }

    /// Writes one value.
    pub fn put(&self, key: &[u8], value: &[u8], said: &mut Said<'_>) {
        let value = value.trim_ascii();
        if missing(value) {
            return;
        }
        let rows = self.rows_of(key);
        if rows.is_empty() {
            own(self.own, key, value, said);
        }
        for (_, to) in rows {
            put(*to, value, said);
        }
    }
}

/// Whether a value says that there is none.
#[must_use]
pub fn missing(value: &[u8]) -> bool {
    matches!(value, b"" | b"-" | b"N/A" | b"n/a" | b"(null)" | b"null" | b"\"\"")
}

/// Writes a value as the row says.
pub fn put(to: To, value: &[u8], said: &mut Said<'_>) {
    match to {
        To::Text(name) => said.set(name, value),
        To::Lower(name) => lower(name, value, said),
        To::Number(name) => said.set_number(name, value),
        To::Ip(name) => {
            if is_ip(value) && !unspecified(value) {
                said.set(name, value);
            }
        }
        To::Hash(name) => hash(name, value, said),
        To::Seconds => {
            if let Some(n) = whole(value).and_then(|n| n.checked_mul(1_000_000_000)) {
                said.fields.int(known::EVENT_DURATION, n);
            }
        }
        To::Source => SOURCE.host(said.fields, value),
        To::SourcePort => SOURCE.port(said.fields, value),
        To::Destination => DESTINATION.host(said.fields, value),
        To::DestinationPort => DESTINATION.port(said.fields, value),
        To::User => user(value, said),
        To::Transport => transport(value, said),
        To::Direction => direction(value, said),
        To::Action => action(value, said),
        To::Outcome => {
            if let Some(outcome) = outcome::of(value) {
                said.fields.text(known::EVENT_OUTCOME, outcome);
            }
        }
        To::Level => {
            if let Some(level) = severity::level(value) {
                said.fields.text(known::LOG_LEVEL, level);
            }
        }
        To::Time => {
            if said.time.is_none() {
                said.time = said.ctx.stamp(value);
            }
        }
        To::Epoch => epoch(value, said),
        To::Url => url(value, said),
        To::Nothing => {}
    }
}

/// `0.0.0.0` and `::` stand for no address.
#[must_use]
pub fn unspecified(value: &[u8]) -> bool {
    matches!(value, b"0.0.0.0" | b"::" | b"0:0:0:0:0:0:0:0")
}

/// A value under the product's own name for it; names that are none (blanks, quotes) are left out.
pub fn own(prefix: &str, key: &[u8], value: &[u8], said: &mut Said<'_>) {
    let mut name = [0u8; 96];
    let fits = key.len() <= 64 && prefix.len() <= 32;
    let plain = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b'/' | b'@' | b'$');
    if !fits || key.is_empty() || !key.iter().all(plain) || missing(value) {
        return;
    }
    name[..prefix.len()].copy_from_slice(prefix.as_bytes());
    name[prefix.len()..prefix.len() + key.len()].copy_from_slice(key);
    let Ok(name) = std::str::from_utf8(&name[..prefix.len() + key.len()]) else { return };
    // A number with a leading nought is a name.
    if value[0] == b'0' && value.len() > 1 { said.set(name, value) } else { said.set_number(name, value) }
}

/// A text in lower case.
pub fn lower(name: &str, value: &[u8], said: &mut Said<'_>) {
    said.set(name, &value.to_ascii_lowercase());
}

fn hash(name: &str, value: &[u8], said: &mut Said<'_>) {
    if !value.iter().all(u8::is_ascii_hexdigit) {
        return;
    }
    let kind = match value.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        128 => "sha512",
        _ => return,
    };
    lower(&format!("{name}.hash.{kind}"), value, said);
}

/// `NAME`, or `DOMAIN\NAME` in its parts.
pub fn user(value: &[u8], said: &mut Said<'_>) {
    match memchr::memchr(b'\\', value) {
        Some(at) if at > 0 && at + 1 < value.len() => {
            said.fields.bytes(known::USER_DOMAIN, &value[..at]);
            let name = &value[at + 1..];
            said.user(name.strip_prefix(b"\\").unwrap_or(name));
        }
        _ => said.user(value),
    }
}

/// As [`user`], unless nobody is named.
pub fn user_if(value: &[u8], said: &mut Said<'_>) {
    if !missing(value) && value.len() <= 256 {
        user(value, said);
    }
}

/// The transport: `6`, `tcp`, `TCP`, `tcp/443`.
pub fn transport(value: &[u8], said: &mut Said<'_>) {
    let word = value.split(|c| matches!(c, b'/' | b' ' | b'(')).next().unwrap_or(value);
    let name = match whole(word) {
        Some(n) => protocol_name(n),
        None => None,
    };
    match name {
        Some(name) => said.fields.text(known::NETWORK_TRANSPORT, name),
        None if whole(word).is_some() => said.set("network.iana_number", word),
        None if word.len() <= 24 => said.fields.bytes(known::NETWORK_TRANSPORT, &word.to_ascii_lowercase()),
        None => {}
    }
}

/// The name of an IP protocol number (IANA's list, those in use).
#[must_use]
pub fn protocol_name(n: i64) -> Option<&'static str> {
    Some(match n {
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4",
        6 => "tcp",
        8 => "egp",
        17 => "udp",
        27 => "rdp",
        41 => "ipv6",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        88 => "eigrp",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        115 => "l2tp",
        132 => "sctp",
        136 => "udplite",
        _ => return None,
    })
}

fn direction(value: &[u8], said: &mut Said<'_>) {
    if value.len() > 24 {
        return;
    }
    let word = match value.to_ascii_lowercase().as_slice() {
        b"in" | b"inbound" | b"incoming" | b"ingress" | b"0" | b"from-outside" => "inbound",
        b"out" | b"outbound" | b"outgoing" | b"egress" | b"1" | b"from-inside" => "outbound",
        b"internal" | b"local" | b"lan" => "internal",
        b"external" => "external",
        _ => return,
    };
    said.set("network.direction", word.as_bytes());
}

/// The product's word in lower case, with dashes for blanks.
pub fn action(value: &[u8], said: &mut Said<'_>) {
    if missing(value) {
        return;
    }
    let word: Vec<u8> =
        value.iter().take(96).map(|c| if *c == b' ' { b'-' } else { c.to_ascii_lowercase() }).collect();
    said.fields.bytes(known::EVENT_ACTION, &word);
}

/// Seconds, milli-, micro- or nanoseconds since 1970, with or without a fraction.
pub fn epoch(value: &[u8], said: &mut Said<'_>) {
    if said.time.is_some() {
        return;
    }
    said.time = match whole(value) {
        // What is smaller is a count or a time since switching on.
        Some(n) if n >= 100_000_000 => said.ctx.epoch(n),
        Some(_) => None,
        None => said.ctx.stamp(value),
    };
}

/// A URL as written and in its parts.
pub fn url(value: &[u8], said: &mut Said<'_>) {
    said.fields.bytes(known::URL_ORIGINAL, value);
    let (scheme, rest) = match text::place(&value[..value.len().min(16)], b"://") {
        Some(at) => (&value[..at], &value[at + 3..]),
        None => (b"".as_slice(), value),
    };
    let end = rest.iter().position(|c| matches!(c, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = authority.rsplit(|c| *c == b'@').next().unwrap_or(authority);
    let host = match host.strip_prefix(b"[") {
        Some(inner) => inner.split(|c| *c == b']').next().unwrap_or(inner),
        None => host.split(|c| *c == b':').next().unwrap_or(host),
    };
    if !scheme.is_empty() {
        said.set("url.full", value);
        said.set("url.scheme", &scheme.to_ascii_lowercase());
    }
    if !host.is_empty() {
        said.fields.bytes(known::URL_DOMAIN, host);
    }
    let path = &rest[end..];
    let path = path.split(|c| *c == b'#').next().unwrap_or(path);
    let (path, query) = match memchr::memchr(b'?', path) {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (path, b"".as_slice()),
    };
    if !path.is_empty() {
        said.fields.bytes(known::URL_PATH, path);
    }
    if !query.is_empty() {
        said.fields.bytes(known::URL_QUERY, query);
    }
}

/// Whether what a firewall decides about is let through: its words in every maker's spelling.
#[must_use]
pub fn verdict(word: &[u8]) -> Option<bool> {
    if word.len() > 32 {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    Some(match lower.as_slice() {
        b"accept" | b"accepted" | b"allow" | b"allowed" | b"permit" | b"permitted" | b"pass" | b"passed"
        | b"passthrough" | b"forward" | b"forwarded" | b"alert" | b"detect" | b"detected" | b"monitor"
        | b"monitored" | b"start" | b"close" | b"timeout" | b"client-rst" | b"server-rst" | b"exempt"
        | b"encrypt" | b"decrypt" | b"continue" | b"built" | b"trust" | b"log" | b"log-only"
        | b"not blocked" | b"bypass" => true,
        b"deny" | b"denied" | b"drop" | b"dropped" | b"block" | b"blocked" | b"reject" | b"rejected"
        | b"reset" | b"reset-client" | b"reset-server" | b"reset-both" | b"reset client" | b"reset both"
        | b"reset server" | b"discard" | b"discarded" | b"prevent" | b"prevented" | b"drop-icmp"
        | b"drop icmp" | b"quarantine" | b"quarantined" | b"sinkhole" | b"block-url" | b"block-ip"
        | b"block-continue" | b"block-override" | b"clear_session" | b"dropped_packet" | b"reset_client"
        | b"reset_server" | b"ip-conn" | b"refused" | b"not_allowed" | b"disallowed" => false,
        _ => return None,
    })
}

/// Says what kind of record it is where a decision about traffic was made.
pub fn decided(allowed: bool, said: &mut Said<'_>) {
    said.set("event.type", if allowed { b"allowed" } else { b"denied" });
}
