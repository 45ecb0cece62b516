//! Alerts of Snort, Suricata and Firepower on one line: `[**] [1:2001:3] message [**] [Classification: x] [Priority: 1] {TCP}
//! 192.0.2.1:1 -> 192.0.2.2:80`, the same through syslog, and Snort's columns (`alert_csv`).

use super::{place, snort_time};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::text;
use crate::said::columns::{Columns, plain};
use crate::said::table::{self, To};
use crate::said::{Payload, Said};
use memchr::{memchr, memmem};
use timberline_model::known;

/// Fast alerts.
pub struct Alert;

impl Payload for Alert {
    fn about(&self) -> About {
        About {
            id: "ids_alert",
            title: "Snort and Suricata alerts (fast)",
            about: "Alerts of Snort, Suricata and Firepower on one line each, in files and through syslog.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        start(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(at) = start(message) else { return false };
        if let Some((time, _)) = snort_time(message, said.ctx) {
            said.time = Some(time);
        } else if at > 0
            && let Some((time, _)) = said.ctx.prefix(message)
        {
            said.time = Some(time);
        }
        alert(message, at, said);
        true
    }
}

/// Where `[1:2001:3]` stands: at the beginning, or behind `[**]` near it.
fn start(b: &[u8]) -> Option<usize> {
    let reach = &b[..b.len().min(96)];
    if b.starts_with(b"[") && signature(b).is_some() && text::place(b, b" -> ").is_some() {
        return Some(0);
    }
    memmem::find_iter(reach, b"] [").find_map(|at| {
        let from = at + 2;
        (reach[..at].ends_with(b"[**") && signature(&b[from..]).is_some()).then_some(from)
    })
}

/// `[gid:sid:rev]` and its length.
fn signature(b: &[u8]) -> Option<([&[u8]; 3], usize)> {
    let inner = b.strip_prefix(b"[")?;
    let close = memchr(b']', &inner[..inner.len().min(40)])?;
    let mut parts = inner[..close].split(|c| *c == b':');
    let ids = [parts.next()?, parts.next()?, parts.next()?];
    (parts.next().is_none() && ids.iter().all(|p| whole(p).is_some())).then_some((ids, close + 2))
}

/// `[Name: value]`: the last of the name, as the message before it is free text.
fn tagged<'a>(b: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::rfind(b, name)?;
    let rest = &b[at + name.len()..];
    Some(rest[..memchr(b']', rest)?].trim_ascii())
}

fn alert(message: &[u8], at: usize, said: &mut Said<'_>) {
    let Some((ids, len)) = signature(&message[at..]) else { return };
    said.fields.text(known::EVENT_DATASET, "ids.alert");
    said.fields.text(known::EVENT_KIND, "alert");
    said.fields.text(known::EVENT_CATEGORY, "intrusion_detection");
    let rest = message[at + len..].trim_ascii_start();
    // The ends stand at the line's end, behind all that a rule's author wrote.
    let brace = memmem::rfind(rest, b"{").filter(|b| text::place(&rest[*b..], b"} ").is_some());
    let tail = brace.map_or(b"".as_slice(), |b| &rest[b..]);
    let head = &rest[..brace.unwrap_or(rest.len())];
    // The last bar closes the name: a rule's author may have written one into it.
    let bar = memmem::rfind(head, b" [**]");
    let tag = [b" [Classification:".as_slice(), b" [Priority:"]
        .iter()
        .filter_map(|mark| text::place(head, mark))
        .min();
    let name = bar.or(tag).unwrap_or(head.len());
    let name = head[..name].trim_ascii();
    let name = name.strip_prefix(b"\"").and_then(|n| n.strip_suffix(b"\"")).unwrap_or(name);
    said.set("rule.name", name.strip_suffix(b":").unwrap_or(name));
    said.set("rule.id", ids[1]);
    said.set("rule.version", ids[2]);
    said.set("ids.generator_id", ids[0]);
    said.set("rule.category", tagged(head, b"[Classification: ").unwrap_or_default());
    if let Some(priority) = tagged(head, b"[Priority: ").and_then(whole) {
        said.fields.int(known::EVENT_SEVERITY, priority);
        let level = match priority {
            0 | 1 => "critical",
            2 => "error",
            3 => "warning",
            _ => "info",
        };
        said.fields.text(known::LOG_LEVEL, level);
    }
    let before = &message[..at];
    let dropped = text::place(before, b"Drop]").is_some() || text::place(before, b"[drop]").is_some();
    said.fields.text(known::EVENT_ACTION, if dropped { "drop" } else { "alert" });
    if dropped {
        table::decided(false, said);
    }
    ends(tail, said);
}

/// `{TCP} 192.0.2.1:1 -> 192.0.2.2:80`.
fn ends(b: &[u8], said: &mut Said<'_>) {
    let Some(close) = memchr(b'}', b) else { return };
    let protocol = &b[1..close];
    let known_name = match protocol {
        b"PROTO:255" => b"".as_slice(),
        _ => protocol.strip_prefix(b"PROTO:").unwrap_or(protocol),
    };
    if !known_name.is_empty() {
        table::put(To::Transport, known_name, said);
    }
    let ports = [b"TCP".as_slice(), b"UDP", b"SCTP"].iter().any(|p| protocol.eq_ignore_ascii_case(p));
    let rest = b[close + 1..].trim_ascii();
    let Some(arrow) = text::place(rest, b" -> ") else { return };
    place(&SOURCE, rest[..arrow].trim_ascii(), ports, said.fields);
    let target = rest[arrow + 4..].trim_ascii();
    let target = target.split(|c| *c == b' ').next().unwrap_or_default();
    place(&DESTINATION, target, ports, said.fields);
}

/// Snort's columns.
pub struct AlertCsv;

impl Payload for AlertCsv {
    fn about(&self) -> About {
        About {
            id: "snort_csv",
            title: "Snort alerts (alert_csv)",
            about: "Alerts of Snort 2 and 3 in columns, in the order that the plug-in has by default.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.first().is_some_and(u8::is_ascii_digit) && columns(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some((new, c)) = columns(message) else { return false };
        said.time = snort_time(c.get(0), said.ctx).map(|(time, _)| time).or(said.time);
        said.fields.text(known::EVENT_DATASET, "ids.alert");
        said.fields.text(known::EVENT_KIND, "alert");
        said.fields.text(known::EVENT_CATEGORY, "intrusion_detection");
        if new {
            table::put(To::Transport, c.get(2), said);
            let ports = matches!(c.get(2), b"TCP" | b"UDP");
            place(&SOURCE, c.get(6), ports, said.fields);
            place(&DESTINATION, c.get(7), ports, said.fields);
            said.set("rule.id", c.get(8).split(|b| *b == b':').nth(1).unwrap_or_default());
            let action = c.get(9);
            table::action(action, said);
            if let Some(allowed) = table::verdict(action) {
                table::decided(allowed, said);
            }
            return true;
        }
        said.set("ids.generator_id", c.get(1));
        said.set("rule.id", c.get(2));
        said.set("rule.version", c.get(3));
        said.set("rule.name", &plain(c.get(4)));
        table::put(To::Transport, c.get(5), said);
        SOURCE.host(said.fields, c.get(6));
        SOURCE.port(said.fields, c.get(7));
        DESTINATION.host(said.fields, c.get(8));
        DESTINATION.port(said.fields, c.get(9));
        said.set("source.mac", c.get(10));
        said.set("destination.mac", c.get(11));
        said.fields.text(known::EVENT_ACTION, "alert");
        true
    }
}

/// The columns, and whether they are Snort 3's.
fn columns(b: &[u8]) -> Option<(bool, Columns<'_>)> {
    let comma = memchr(b',', &b[..b.len().min(40)])?;
    let time = b[..comma].trim_ascii();
    let shaped = time.len() >= 14
        && time.get(2) == Some(&b'/')
        && memchr(b'-', time).is_some()
        && memchr(b':', time).is_some();
    if !shaped {
        return None;
    }
    let c = Columns::split(b, b',');
    if c.len() >= 10 && whole(c.get(1)).is_some() && whole(c.get(2)).is_some() && whole(c.get(3)).is_some() {
        return Some((false, c));
    }
    let new =
        c.len() >= 9 && whole(c.get(1)).is_some() && matches!(c.get(5), b"C2S" | b"S2C" | b"UNK" | b"-");
    new.then_some((true, c))
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn alerts_of_every_form_are_read() {
        let check = |text: &str, expect: &str| said(&super::Alert, text, expect);
        check(
            "07/11/2022-10:29:01.860293  [**] [1:2200074:2] SURICATA x [**] [Classification: Generic Protocol Command Decode] [Priority: 3] {TCP} 192.0.2.209:28487 -> 198.51.100.55:80",
            "@timestamp=2022-07-11T10:29:01.860293Z event.category=intrusion_detection rule.id=2200074 rule.version=2 rule.name=SURICATA\\ x event.severity=3 \
             rule.category=Generic\\ Protocol\\ Command\\ Decode network.transport=tcp source.ip=192.0.2.209 source.port=28487 destination.ip=198.51.100.55 destination.port=80 event.kind=alert",
        );
        check(
            "12/28-12:55:38.765402 [**] [1:366:11] \"PING Unix\" [**] [Priority: 3] {ICMP} 2001:db8:c200:c:0:0:0:35 -> 2001:db8:4860:0:0:0:0:8888",
            "@timestamp=2025-12-28T12:55:38.765402Z rule.name=PING\\ Unix network.transport=icmp source.ip=2001:db8:c200:c::35 destination.ip=2001:db8:4860::8888 source.port=-",
        );
        check(
            "02/04-23:41:31.115933 [**] [1:20035:1000] \"x\" [**] [Priority: 1] {TCP} 2001:db8:c200:c:0:0:0:35:60884 -> 2001:db8:0:0:0:0:0:8888:80",
            "source.ip=2001:db8:c200:c::35 source.port=60884 destination.port=80 log.level=critical",
        );
        check(
            "[1:2001:3] ET SCAN [Priority: 9] {UDP} 9.9.9.9:1 -> 8.8.8.8:2 [Classification: Attempted Recon] [Priority: 2] {UDP} 192.0.2.9:5116 -> 198.51.100.55:5060",
            "rule.id=2001 source.ip=192.0.2.9 destination.port=5060 event.severity=2 rule.category=Attempted\\ Recon",
        );
        check(
            "10/05/10-10:08:59.667372 [Drop] [**] [1:2009187:4] ET x [**] [Priority: 3] {TCP} 192.0.2.144:80 -> 192.0.2.4:56068",
            "event.action=drop event.type=denied source.port=80",
        );
        check("[**] of [1] -> x", "!");
        let check = |text: &str, expect: &str| said(&super::AlertCsv, text, expect);
        check(
            "03/10-02:13:04.123456 ,1,2001,3,\"a, b\",TCP,192.0.2.1,5,198.51.100.2,80,00:00:5E:00:53:01,00:00:5E:00:53:02",
            "@timestamp=2026-03-10T02:13:04.123456Z rule.id=2001 rule.name=a,\\ b network.transport=tcp source.port=5 destination.ip=198.51.100.2",
        );
        check(
            "03/10-02:13:04.123456, 7, TCP, raw, 60, C2S, 192.0.2.1:5, 198.51.100.2:80, 1:2001:3, drop",
            "rule.id=2001 source.ip=192.0.2.1 destination.port=80 event.action=drop event.type=denied",
        );
        check("03/10-02:13:04.123456,a,b", "!");
    }
}
