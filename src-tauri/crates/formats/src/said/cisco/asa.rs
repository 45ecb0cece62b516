//! Cisco ASA, FTD, PIX and FWSM. Hundreds of messages are written in a few shapes (`from A to B`, `src A dst B`,
//! `faddr A laddr B`, `User <x> IP <y>`), so the shapes are read, and the number says what it is about. FTD's 430001 to
//! 430005 are `Key: value` pairs.

use super::asa_codes::{self, Kind};
use super::ftd;
use super::mark::{Mark, mark};
use crate::About;
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip, whole};
use crate::normalise::text;
use crate::said::table::{self, To};
use crate::said::{Payload, Said};
use memchr::{memchr, memmem};
use timberline_model::known;

/// ASA and its kin.
pub struct Asa;

impl Payload for Asa {
    fn about(&self) -> About {
        About {
            id: "cisco_asa",
            title: "Cisco ASA and Firepower (FTD, PIX, FWSM)",
            about: "Cisco's firewalls: connections built and torn down, denied traffic, address translation, logins, VPN \
                    sessions, commands, threats; FTD's connection, intrusion, file and malware events.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["ftd"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"%") && mine(message).is_some()
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if let Some(mark) = mine(message) {
            event(&mark, said);
            return true;
        }
        // Firepower's own syslog alerts have pairs and no mark; what they are about, their keys tell.
        if program.eq_ignore_ascii_case(b"ftd") && ftd::pairs(message) {
            said.fields.text(known::EVENT_DATASET, "cisco.ftd");
            ftd::read(ftd::code_of(message), message, said);
            return true;
        }
        false
    }
}

fn mine(message: &[u8]) -> Option<Mark<'_>> {
    let mark = mark(message)?;
    let family = mark.facility.split(|c| *c == b'-').next().unwrap_or_default();
    let known = matches!(family, b"ASA" | b"FTD" | b"PIX" | b"FWSM" | b"NGIPS" | b"FIREPOWER");
    (known && whole(mark.code).is_some()).then_some(mark)
}

fn event(mark: &Mark<'_>, said: &mut Said<'_>) {
    let code = whole(mark.code).and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    let ftd = mark.facility.starts_with(b"FTD");
    said.fields.text(known::EVENT_DATASET, if ftd { "cisco.ftd" } else { "cisco.asa" });
    mark.write(said);
    if (430_001..=430_005).contains(&code) {
        return ftd::read(code, mark.text, said);
    }
    let kind = asa_codes::of(code);
    let text = mark.text;
    said.fields.text(known::EVENT_CATEGORY, kind.category);
    transport(text, said);
    let flow = Flow {
        built: starts(text, b"built"),
        inbound: word(text, b"inbound"),
        outbound: word(text, b"outbound"),
    };
    for (is, name) in [(flow.inbound, "inbound"), (flow.outbound, "outbound")] {
        if is {
            said.set("network.direction", name.as_bytes());
        }
    }
    if !ends(code, text, &flow, said) {
        lone_address(text, said);
    }
    user(text, said);
    numbers(text, said);
    rule(text, said);
    particular(code, text, said);
    verdict(kind, text, said);
    said.fields.text(known::EVENT_ACTION, kind.action);
}

/// What the text says of the flow's direction.
struct Flow {
    built: bool,
    inbound: bool,
    outbound: bool,
}

/// Whether a word stands among the first few, whatever its case.
fn word(text: &[u8], wanted: &[u8]) -> bool {
    text.split(|c| *c == b' ').take(5).any(|w| w.eq_ignore_ascii_case(wanted))
}

fn starts(text: &[u8], wanted: &[u8]) -> bool {
    text.len() >= wanted.len() && text[..wanted.len()].eq_ignore_ascii_case(wanted)
}

/// What follows the first place where this stands.
fn after<'a>(text: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    text::place(text, what).map(|at| &text[at + what.len()..])
}

/// What follows the last place where this stands: names before it are written by whoever knocks.
fn after_last<'a>(text: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    memmem::rfind(text, what).map(|at| &text[at + what.len()..])
}

/// Up to a blank, comma or closing bracket.
fn token(b: &[u8]) -> &[u8] {
    let end = b
        .iter()
        .position(|c| matches!(c, b' ' | b',' | b'>' | b')' | b';' | b'"' | b'\''))
        .unwrap_or(b.len());
    let token = &b[..end];
    token.strip_suffix(b".").or_else(|| token.strip_suffix(b":")).unwrap_or(token)
}

/// One end of a connection: `outside:192.0.2.1/443 (198.51.100.1/443) (LOCAL\ann)`, `inside/192.0.2.1(443)`.
#[derive(Debug, Default)]
struct Endpoint<'a> {
    interface: &'a [u8],
    address: &'a [u8],
    port: &'a [u8],
    mapped: &'a [u8],
    user: &'a [u8],
}

impl<'a> Endpoint<'a> {
    fn parse(b: &'a [u8]) -> Option<Self> {
        let b = b.trim_ascii_start();
        let end = b.iter().position(|c| matches!(c, b' ' | b'(' | b',' | b';' | b'[')).unwrap_or(b.len());
        let token = b[..end].strip_suffix(b".").or_else(|| b[..end].strip_suffix(b":")).unwrap_or(&b[..end]);
        let mut found = Self::default();
        let (head, tail) = match memchr::memrchr(b'/', token) {
            Some(at) => (&token[..at], &token[at + 1..]),
            None => (token, b"".as_slice()),
        };
        // An interface and an address: `inside/192.0.2.1`, or an address and a port.
        let with_port =
            tail.is_empty() || whole(tail).is_some() || is_ip(head) || memchr(b':', head).is_some();
        if with_port && !is_ip(tail) {
            (found.address, found.port) = (head, tail);
        } else {
            (found.interface, found.address) = (head, tail);
        }
        if !is_ip(found.address)
            && let Some(colon) = memchr(b':', found.address)
        {
            found.interface = &found.address[..colon];
            found.address = &found.address[colon + 1..];
        }
        let named =
            found.address.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_' | b':'));
        if found.address.is_empty() || !named || !found.address.iter().any(u8::is_ascii_alphanumeric) {
            return None;
        }
        found.groups(&b[end..]);
        Some(found)
    }

    /// What stands in brackets behind it: a port, where it is mapped to, who it is.
    fn groups(&mut self, b: &'a [u8]) {
        let mut rest = b;
        for _ in 0..3 {
            let inner = rest.strip_prefix(b" (").or_else(|| rest.strip_prefix(b"("));
            let Some(inner) = inner else { return };
            let Some(close) = memchr(b')', &inner[..inner.len().min(160)]) else { return };
            let group = &inner[..close];
            let address = group.split(|c| *c == b'/').next().unwrap_or_default();
            if whole(group).is_some() && self.port.is_empty() {
                self.port = group;
            } else if is_ip(address) {
                self.mapped = group;
            } else if !group.contains(&b' ') && group != b"any" {
                self.user = group;
            } else {
                return;
            }
            rest = &inner[close + 1..];
        }
    }

    fn write(&self, end: &End, side: &str, said: &mut Said<'_>) {
        end.host(said.fields, self.address);
        end.port(said.fields, self.port);
        let names = if side == "source" {
            ["observer.ingress.interface.name", "source.nat.ip", "source.nat.port"]
        } else {
            ["observer.egress.interface.name", "destination.nat.ip", "destination.nat.port"]
        };
        said.set(names[0], self.interface);
        let mut mapped = self.mapped.splitn(2, |c| *c == b'/');
        let (address, port) = (mapped.next().unwrap_or_default(), mapped.next().unwrap_or_default());
        if address != self.address {
            table::put(To::Ip(names[1]), address, said);
        }
        if port != self.port {
            said.set_number(names[2], port);
        }
        // In brackets behind a destination a name may be that of the host.
        if side == "source" && !self.user.is_empty() {
            table::user(self.user, said);
            said.set("source.user.name", self.user);
        }
    }
}

/// Finds both ends, or one; false where there is none.
fn ends(code: u32, text: &[u8], flow: &Flow, said: &mut Said<'_>) -> bool {
    // `faddr` is the foreign host, `laddr` the local one, `gaddr` what the local one is mapped to.
    if let (Some(foreign), Some(local)) =
        (after(text, b"faddr ").and_then(Endpoint::parse), after(text, b"laddr ").and_then(Endpoint::parse))
    {
        let (source, target) = if flow.inbound { (&foreign, &local) } else { (&local, &foreign) };
        write_both(source, target, said);
        let mapped = after(text, b"gaddr ").and_then(Endpoint::parse).map(|g| g.address).unwrap_or_default();
        if mapped != local.address {
            let name = if flow.inbound { "destination.nat.ip" } else { "source.nat.ip" };
            table::put(To::Ip(name), mapped, said);
        }
        return true;
    }
    if code == 113_019 {
        // The peer of a session that ends: it is the one that came.
        lone_address(text, said);
        return true;
    }
    if let (Some(local), Some(remote)) = (after(text, b"Local:"), after(text, b"Remote:")) {
        colon_end(local, &SOURCE, said);
        colon_end(remote, &DESTINATION, said);
        return true;
    }
    if code == 304_001 || code == 304_002 {
        return accessed(text, said);
    }
    for (first, second) in [
        (b" src ".as_slice(), b" dst ".as_slice()),
        (b" from ", b" to "),
        (b" for ", b" to "),
        (b" ", b" -> "),
    ] {
        // Before an arrow stands the address itself; `to` may stand in the sentence before `from`.
        let begin = if first == b" " { Some(0) } else { text::place(text, first) };
        let Some(begin) = begin else { continue };
        let Some(at) = text::place(&text[begin..], second) else { continue };
        let (before, behind) = (&text[begin..begin + at], &text[begin + at + second.len()..]);
        let source = match first {
            b" " => before.rsplit(|c| *c == b' ').next().and_then(Endpoint::parse),
            _ => Endpoint::parse(before.get(first.len()..).unwrap_or_default()),
        };
        let target = Endpoint::parse(behind);
        let (Some(mut source), Some(target)) = (source, target) else { continue };
        if !plausible(&source) || !plausible(&target) {
            continue;
        }
        // `from laddr 192.0.2.1 on interface x to 192.0.2.2`
        if source.address == b"laddr" {
            source = Endpoint { address: token(after(before, b" laddr ").unwrap_or_default()), ..source };
        }
        if flow.outbound && flow.built || torn_by_service(code, &source, &target) {
            write_both(&target, &source, said);
        } else {
            write_both(&source, &target, said);
        }
        return true;
    }
    false
}

/// An outbound connection is listed with the foreign host first. When it is torn down the direction is not said any more,
/// but a port below 1024 is a service's and never the one that a connection began from.
fn torn_by_service(code: u32, first: &Endpoint<'_>, second: &Endpoint<'_>) -> bool {
    let port = |e: &Endpoint<'_>| whole(e.port).unwrap_or_default();
    matches!(code, 302_014 | 302_016 | 302_304) && (1..1024).contains(&port(first)) && port(second) >= 1024
}

/// An address, a name with a dot, or anything with a port or an interface: other words are the sentence's.
fn plausible(end: &Endpoint<'_>) -> bool {
    is_ip(end.address)
        || end.address == b"laddr"
        || !end.interface.is_empty()
        || !end.port.is_empty()
        || memchr(b'.', end.address).is_some()
}

fn write_both(source: &Endpoint<'_>, target: &Endpoint<'_>, said: &mut Said<'_>) {
    source.write(&SOURCE, "source", said);
    target.write(&DESTINATION, "destination", said);
}

/// `192.0.2.1:500 ...`, where the port stands behind a colon.
fn colon_end(b: &[u8], end: &End, said: &mut Said<'_>) {
    let token = token(b);
    match memchr::memrchr(b':', token) {
        Some(at) if !is_ip(token) => {
            end.host(said.fields, &token[..at]);
            end.port(said.fields, &token[at + 1..]);
        }
        _ => end.host(said.fields, token),
    }
}

/// `192.0.2.1 Accessed JAVA URL user@192.0.2.2:http://x/`, `Access denied URL http://x SRC 192.0.2.1 DEST 192.0.2.2: http://x`.
fn accessed(text: &[u8], said: &mut Said<'_>) -> bool {
    if let (Some(source), Some(target)) = (after(text, b" SRC "), after(text, b" DEST ")) {
        SOURCE.host(said.fields, token(source));
        DESTINATION.host(said.fields, token(target).split(|c| *c == b':').next().unwrap_or_default());
        if let Some(url) = after(text, b"URL ") {
            table::url(token(url), said);
        }
        return true;
    }
    let Some(rest) = after(text, b"URL ") else { return false };
    let first = token(text);
    let (name, source) = match memchr::memrchr(b'@', first) {
        Some(at) => (&first[..at], &first[at + 1..]),
        None => (b"".as_slice(), first),
    };
    SOURCE.host(said.fields, source);
    if !name.is_empty() {
        table::user(name, said);
    }
    let target = match text::place(rest, b"://") {
        Some(scheme) => {
            let at = memchr::memrchr(b':', &rest[..scheme]).unwrap_or(0);
            table::url(rest[at..].strip_prefix(b":").unwrap_or(rest).trim_ascii(), said);
            &rest[..at]
        }
        None => match memchr(b':', rest) {
            Some(at) => {
                table::url(rest[at + 1..].trim_ascii(), said);
                &rest[..at]
            }
            None => return false,
        },
    };
    let host = target.rsplit(|c| *c == b'@').next().unwrap_or(target);
    DESTINATION.host(said.fields, host);
    true
}

/// Where one address stands alone: `IP = x`, `IP <x>`, `IP address: x`, `from x`, `[x]`.
fn lone_address(text: &[u8], said: &mut Said<'_>) {
    const MARKS: &[&[u8]] = &[
        b"user IP = ",
        b"IP = ",
        b" IP <",
        b"IP address: ",
        b"IP_address: ",
        b"Addr ",
        b" IP ",
        b" local-host ",
        b"remote peer ",
        b"Remote ",
        b" host ",
        b" from ",
    ];
    for mark in MARKS {
        let Some(rest) = after_last(text, mark) else { continue };
        let Some(end) = Endpoint::parse(rest.split(|c| *c == b'>').next().unwrap_or_default()) else {
            continue;
        };
        if is_ip(end.address) {
            end.write(&SOURCE, "source", said);
            return;
        }
    }
    if let Some(rest) = text.strip_prefix(b"[")
        && let Some(close) = memchr(b']', rest)
    {
        let inside = rest[..close].trim_ascii();
        if is_ip(inside) {
            SOURCE.host(said.fields, inside);
        }
    }
}

/// Who: `user "x"`, `User 'x'`, `Uname: x`, `Username = x,`, `user = x :`, `User <x>`, `User x IP`.
fn user(text: &[u8], said: &mut Said<'_>) {
    let quoted = |open: &[u8], close: &[u8]| {
        let rest = after(text, open)?;
        Some(&rest[..memmem::rfind(rest, close)?])
    };
    let up_to = |open: &[u8], close: &[u8]| {
        let rest = after(text, open)?;
        Some(&rest[..text::place(rest, close).unwrap_or(rest.len())])
    };
    let name = quoted(b"user \"", b"\"")
        .or_else(|| up_to(b"ser '", b"'"))
        .or_else(|| quoted(b"User <", b"> IP").or_else(|| up_to(b"User <", b">")))
        .or_else(|| quoted(b"Username = ", b", IP = ").or_else(|| up_to(b"Username = ", b",")))
        .or_else(|| quoted(b"user = ", b" : user IP").or_else(|| up_to(b"user = ", b" :")))
        .or_else(|| quoted(b"User = ", b" : user IP").or_else(|| up_to(b"User = ", b" :")))
        .or_else(|| up_to(b"Uname: ", b" "))
        .or_else(|| up_to(b"Username:", b" "))
        .or_else(|| quoted(b" User ", b" IP "))
        .or_else(|| after(text, b"User: ").or_else(|| after(text, b"user: ")).map(token))
        .or_else(|| text.strip_prefix(b"User ").map(token))
        .or_else(|| after(text, b", user ").map(token));
    let Some(name) = name.map(<[u8]>::trim_ascii).filter(|n| !n.is_empty() && n.len() <= 256) else { return };
    table::user(name, said);
    said.set("source.user.name", name);
}

fn transport(text: &[u8], said: &mut Said<'_>) {
    let mut words = text.split(|c| *c == b' ').take(8);
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        match lower.as_slice() {
            b"tcp" | b"udp" | b"icmp" | b"sctp" | b"gre" | b"igmp" | b"esp" | b"ah" => {
                table::transport(&lower, said);
                return;
            }
            b"icmp6" | b"icmpv6" => return table::transport(b"ipv6-icmp", said),
            b"protocol" => {
                if let Some(number) = words.next() {
                    table::transport(token(number), said);
                }
                return;
            }
            b"ftp" => said.set("network.protocol", b"ftp"),
            _ => {}
        }
    }
}

/// Bytes, durations, the connection's number.
fn numbers(text: &[u8], said: &mut Said<'_>) {
    if let Some(bytes) = after(text, b" bytes ").and_then(|b| whole(token(b))) {
        said.fields.int(known::NETWORK_BYTES, bytes);
    }
    if let (Some(sent), Some(received)) = (after(text, b"Bytes xmt: "), after(text, b"Bytes rcv: ")) {
        said.set_number("source.bytes", token(received));
        said.set_number("destination.bytes", token(sent));
    }
    let duration = after(text, b" duration ").or_else(|| after(text, b"Duration: "));
    if let Some(seconds) = duration.and_then(|d| seconds(token(d))) {
        said.fields.int(known::EVENT_DURATION, seconds * 1_000_000_000);
    }
    if let Some(number) = after(text, b" connection ").map(token).filter(|n| whole(n).is_some()) {
        said.set("cisco.asa.connection_id", number);
    }
}

/// `1:02:03`, `2d3h`, `0h:32m:16s`.
fn seconds(text: &[u8]) -> Option<i64> {
    let mut total = 0i64;
    for part in text.split(|c| *c == b':') {
        let (digits, unit) = match part.last()? {
            b'd' => (&part[..part.len() - 1], Some(86_400)),
            b'h' => (&part[..part.len() - 1], Some(3_600)),
            b'm' => (&part[..part.len() - 1], Some(60)),
            b's' => (&part[..part.len() - 1], Some(1)),
            _ => (part, None),
        };
        let n = whole(digits).filter(|n| *n < 1_000_000)?;
        total = match unit {
            Some(unit) => total + n * unit,
            None => total * 60 + n,
        };
    }
    Some(total)
}

/// The rule that decided, and why.
fn rule(text: &[u8], said: &mut Said<'_>) {
    if let Some(rest) = after(text, b"access-group \"") {
        said.set("rule.name", rest.split(|c| *c == b'"').next().unwrap_or_default());
    } else if let Some(rest) = after(text, b"access-list ") {
        said.set("rule.name", token(rest));
    }
    if let Some(rest) = after(text, b" on interface ") {
        said.set("observer.ingress.interface.name", token(rest));
    }
    let reason = [b"reason = ".as_slice(), b"Reason: ", b"reason: ", b"reason - ", b"Reason = "];
    if let Some(rest) = reason.iter().find_map(|mark| after(text, mark)) {
        let end = text::place(rest, b" : ").unwrap_or(rest.len());
        let reason = rest[..end].trim_ascii();
        said.set("event.reason", reason.strip_suffix(b".").unwrap_or(reason));
    } else if let Some(rest) = after(text, b" bytes ")
        && let Some(at) = memchr(b' ', rest)
    {
        said.set("event.reason", rest[at..].trim_ascii());
    }
    for (mark, name) in
        [(b"Group = ".as_slice(), "group.name"), (b"Group <", "group.name"), (b"Group ", "group.name")]
    {
        if let Some(rest) = text.strip_prefix(mark) {
            said.set(name, token(rest));
            break;
        }
    }
}

/// What only one message says.
fn particular(code: u32, text: &[u8], said: &mut Said<'_>) {
    match code {
        111_008..=111_010 => {
            let command = after(text, b"executed cmd: ")
                .or_else(|| {
                    after(text, b"executed the '")
                        .map(|c| c.split(|c| *c == b'\'').next().unwrap_or_default())
                })
                .or_else(|| after(text, b"executed '").map(|c| c.strip_suffix(b"'").unwrap_or(c)));
            if let Some(command) = command {
                said.fields.bytes(known::PROCESS_COMMAND_LINE, command);
            }
        }
        303_002 => {
            for (mark, action) in
                [(b" Stored file ".as_slice(), "stored"), (b" Retrieved file ", "retrieved")]
            {
                if let Some(path) = after(text, mark) {
                    said.set("file.path", path);
                    said.set("cisco.asa.ftp_action", action.as_bytes());
                }
            }
        }
        605_004 | 605_005 => {
            // The port is the name of the service.
            let service = after(text, b" to ").and_then(Endpoint::parse).map(|e| e.port).unwrap_or_default();
            said.set("network.protocol", service);
        }
        315_003 | 315_004 | 315_011 => said.set("network.protocol", b"ssh"),
        307_001..=307_003 => said.set("network.protocol", b"telnet"),
        308_001 => {
            let inside = after(text, b"(from ").map(token).unwrap_or_default();
            SOURCE.host(said.fields, inside);
        }
        400_000..=400_999 => {
            if let Some(rest) = text.strip_prefix(b"IPS:").or_else(|| text.strip_prefix(b"IDS:")) {
                said.set("rule.id", token(rest));
                let name = rest.get(token(rest).len()..).unwrap_or_default();
                let end = text::place(name, b" from ").unwrap_or(name.len());
                said.set("rule.name", name[..end].trim_ascii());
            }
        }
        338_000..=338_999 => {
            if let Some(rest) = after(text, b" list: ") {
                said.set("destination.domain", token(rest));
            }
        }
        713_120 => {
            if let Some(rest) = after(text, b"msgid=") {
                said.set("event.id", token(rest));
            }
        }
        _ => {}
    }
}

/// Allowed or denied, and how it ended: the number's word first, then the text's.
fn verdict(kind: Kind, text: &[u8], said: &mut Said<'_>) {
    let reach = &text[..text.len().min(160)];
    let has = |what: &[u8]| text::place(reach, what).is_some();
    let denied = starts(text, b"Deny")
        || starts(text, b"Denied")
        || has(b" denied")
        || has(b" discarded")
        || has(b"Dropping ");
    let allowed =
        has(b" permitted ") || has(b" est-allowed ") || has(b" Accessed ") || has(b"configuration: OK");
    let good = kind.good.or(match (denied, allowed) {
        (true, _) => Some(false),
        (_, true) => Some(true),
        _ => None,
    });
    let traffic = matches!(kind.category, "network" | "web");
    match (kind.action, good) {
        ("flow-creation" | "session-started" | "vpn-session-started", _) => said.set("event.type", b"start"),
        ("flow-expiration" | "session-ended" | "session-disconnected", _) => said.set("event.type", b"end"),
        (_, Some(good)) if traffic => table::decided(good, said),
        _ => {}
    }
    if let Some(good) = good {
        said.outcome(good);
    }
}

#[cfg(test)]
mod tests;
