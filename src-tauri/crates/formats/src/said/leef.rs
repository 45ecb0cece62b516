//! LEEF, QRadar's Log Event Extended Format, 1.0 and 2.0: a header between bars, then `key=value` between tabs or
//! what the header names.

use super::guess::Phrase;
use super::pairs::{Dialect, OPEN, Pairs};
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::outcome;
use memchr::{memchr, memmem};
use timberline_model::known;

/// The Log Event Extended Format.
pub struct Leef;

impl Payload for Leef {
    fn about(&self) -> About {
        About {
            id: "leef",
            title: "LEEF (Log Event Extended Format)",
            about: "Security products of many makers through QRadar's format 1.0 and 2.0, in syslog or alone.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        start(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(at) = start(message) else { return false };
        event(&message[at..], said).is_some()
    }
}

fn start(b: &[u8]) -> Option<usize> {
    let reach = &b[..b.len().min(256)];
    memchr::memchr(b'|', reach)?;
    memmem::find_iter(reach, b"LEEF:").find(|at| {
        let rest = b[at + 5..].trim_ascii_start();
        rest.starts_with(b"1.0|") || rest.starts_with(b"2.0|")
    })
}

static TABLE: Table = Table::new(
    "leef.",
    &[
        ("action", To::Action),
        ("act", To::Action),
        ("src", To::Source),
        ("dst", To::Destination),
        ("srcPort", To::SourcePort),
        ("dstPort", To::DestinationPort),
        ("srcPreNAT", To::Nothing),
        ("dstPreNAT", To::Nothing),
        ("srcPostNAT", To::Ip("source.nat.ip")),
        ("dstPostNAT", To::Ip("destination.nat.ip")),
        ("srcPostNATPort", To::Number("source.nat.port")),
        ("dstPostNATPort", To::Number("destination.nat.port")),
        ("srcMAC", To::Text("source.mac")),
        ("dstMAC", To::Text("destination.mac")),
        ("proto", To::Transport),
        ("usrName", To::User),
        ("domain", To::Text("user.domain")),
        ("srcBytes", To::Number("source.bytes")),
        ("dstBytes", To::Number("destination.bytes")),
        ("srcPackets", To::Number("source.packets")),
        ("dstPackets", To::Number("destination.packets")),
        ("totalBytes", To::Number("network.bytes")),
        ("totalPackets", To::Number("network.packets")),
        ("identHostName", To::Text("host.name")),
        ("identSrc", To::Ip("host.ip")),
        ("devName", To::Text("observer.name")),
        ("url", To::Url),
        ("policy", To::Text("rule.name")),
        ("policyName", To::Text("rule.name")),
        ("RuleName", To::Text("rule.name")),
        ("reason", To::Text("event.reason")),
        ("direction", To::Direction),
        ("fileName", To::Text("file.name")),
        ("filePath", To::Text("file.path")),
        ("fileHash", To::Hash("file")),
        ("md5", To::Hash("file")),
        ("sha256", To::Hash("file")),
        ("sev", To::Number("event.severity")),
        ("severity", To::Level),
        ("groupName", To::Text("group.name")),
        ("SourceZone", To::Text("observer.ingress.zone")),
        ("DestinationZone", To::Text("observer.egress.zone")),
        ("Application", To::Lower("network.application")),
        ("devTime", To::Nothing),
        ("devTimeFormat", To::Nothing),
        ("calLanguage", To::Nothing),
        ("calCountryOrRegion", To::Nothing),
    ],
);

fn event(b: &[u8], said: &mut Said<'_>) -> Option<()> {
    let mut rest = b.strip_prefix(b"LEEF:")?.trim_ascii_start();
    let mut part = || {
        let end = memchr(b'|', rest)?;
        let part = &rest[..end];
        rest = &rest[end + 1..];
        Some(part)
    };
    let version = part()?;
    let (vendor, product, device, id) = (part()?, part()?, part()?, part()?);
    let mut separator = b'\t';
    if version == b"2.0"
        && let Some(end) = memchr(b'|', &rest[..rest.len().min(8)])
    {
        separator = delimiter(&rest[..end]).unwrap_or(b'\t');
        rest = &rest[end + 1..];
    }
    let how = Dialect { equals: b'=', separator, quotes: b"", open: true, escapes: b"" };
    // Relays turn tabs into blanks.
    let tabless = separator == b'\t' && memchr(b'\t', rest).is_none();
    let pairs = if tabless { Pairs::read(rest, &OPEN) } else { Pairs::read(rest, &how) };

    let time = pairs.get("devTime");
    said.time = match whole(time) {
        Some(n) if n >= 100_000_000 => said.ctx.epoch(n),
        _ if time.is_empty() => said.time,
        _ => said.ctx.stamp(time).or(said.time),
    };
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "leef");
    said.set("observer.vendor", vendor);
    said.set("observer.product", product);
    said.set("observer.version", device);
    said.fields.bytes(known::EVENT_CODE, id);
    if let Some(n) = whole(pairs.get("sev")) {
        let level = match n {
            0..=3 => "info",
            4..=6 => "warning",
            7..=8 => "error",
            _ => "critical",
        };
        said.fields.text(known::LOG_LEVEL, level);
    }
    TABLE.write(&pairs, said);
    // Before translation the address is the one that the machine has itself.
    if !said.fields.has(known::SOURCE_ADDRESS) {
        SOURCE.host(said.fields, pairs.get("srcPreNAT"));
    }
    let account = pairs.get("accountName");
    if !said.fields.has(known::USER_NAME) && !table::missing(account) {
        table::user(account, said);
    }
    about(id, &pairs, said);
    Some(())
}

/// `^`, `x5E`, `0x5E`, `\t`.
fn delimiter(b: &[u8]) -> Option<u8> {
    if let [one] = b {
        return Some(*one);
    }
    if b == b"\\t" || b.is_empty() {
        return Some(b'\t');
    }
    let hex = b.strip_prefix(b"0").unwrap_or(b);
    let hex = hex.strip_prefix(b"x").or_else(|| hex.strip_prefix(b"X"))?;
    u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}

fn about(id: &[u8], pairs: &Pairs<'_>, said: &mut Said<'_>) {
    let (phrase, group) = (Phrase::new(id), Phrase::new(pairs.get("cat")));
    let login = pairs.get("isLoginEvent") == b"true" || pairs.get("isLogoutEvent") == b"true";
    let category = match phrase.category().or_else(|| group.category()) {
        _ if login => Some("authentication"),
        Some(category) => Some(category),
        None if pairs.has("url") => Some("web"),
        None if pairs.has("src") && pairs.has("dst") => Some("network"),
        None => None,
    };
    if let Some(category) = category {
        said.fields.text(known::EVENT_CATEGORY, category);
    }
    let action =
        [pairs.get("action"), pairs.get("act"), id].into_iter().find(|a| !a.is_empty()).unwrap_or_default();
    let decided = table::verdict(action);
    if let Some(allowed) = decided {
        table::decided(allowed, said);
    }
    let good = outcome::of(action).map(|o| o == "success").or(decided).or_else(|| {
        let words = || phrase.outcome().or_else(|| group.outcome());
        if category == Some("authentication") { words() } else { None }
    });
    if let Some(good) = good {
        said.outcome(good);
    }
    if !said.fields.has(known::EVENT_ACTION) && whole(id).is_none() {
        table::action(id, said);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn leef_of_both_versions_is_read() {
        let check = |text: &str, expect: &str| said(&super::Leef, text, expect);
        check(
            "LEEF:1.0|Example|Gate|1.2|login-failed|src=192.0.2.1\tdst=198.51.100.2\tsrcPort=1\tusrName=EX\\ann\tdevTime=Mar 10 2026 02:13:04\tsev=5",
            "@timestamp=2026-03-10T02:13:04Z event.dataset=leef observer.vendor=Example event.code=login-failed \
             source.ip=192.0.2.1 destination.ip=198.51.100.2 source.port=1 user.domain=EX user.name=ann \
             event.category=authentication event.outcome=failure log.level=warning event.severity=5",
        );
        check(
            "LEEF:2.0|Example|Gate|1.2|7|^|src=192.0.2.1^dst=198.51.100.2^proto=17^action=Deny^note=a b=c",
            "event.category=network event.outcome=failure event.type=denied event.action=deny network.transport=udp leef.note=a\\ b=c",
        );
        check(
            "LEEF:2.0|Example|Gate|1.2|7|x7C|src=192.0.2.1|url=http://a.example/b",
            "source.ip=192.0.2.1 url.path=/b",
        );
        check(
            "LEEF:2.0|Example|Gate|1.2|7|src=192.0.2.1\tdst=192.0.2.2",
            "source.ip=192.0.2.1 destination.ip=192.0.2.2",
        );
        check(
            "LEEF:1.0|Example|Gate|1.2|7|src=192.0.2.1 dst=192.0.2.2 msg=a b",
            "destination.ip=192.0.2.2 leef.msg=a\\ b",
        );
        check("LEEF:1.0|Example", "!");
    }
}
