//! The header of a syslog line: priority, time, host, program, process id. What follows is the programs'.

use super::device;
use crate::ParseContext;
use crate::normalise::{entities::whole, severity, time::shapes};
use crate::said;
use memchr::memchr;
use timberline_model::{Fields, Sink, Stamp};

/// A line taken apart.
#[derive(Debug, Default)]
pub struct Header<'a> {
    pub time: Option<Stamp>,
    pub priority: Option<u8>,
    pub host: &'a [u8],
    pub program: &'a [u8],
    pub pid: &'a [u8],
    pub msgid: &'a [u8],
    /// The structured data of RFC 5424, brackets included.
    pub structured: &'a [u8],
    pub message: &'a [u8],
}

/// Takes a line apart; `None` when it has no syslog header.
pub fn parse<'a>(b: &'a [u8], ctx: &ParseContext) -> Option<Header<'a>> {
    let Some(mut header) = plain(b, ctx) else { return without_header(b, ctx) };
    if device::may_lead(header.message)
        && let Some(lead) = device::lead(header.message, header.time.is_some(), ctx)
    {
        header.led(&lead);
    }
    if header.message.starts_with(b"%") && !header.program.is_empty() {
        zone_for_program(b, &mut header, ctx);
    }
    Some(header)
}

/// `Jun 14 11:34:35 sw1 AEST: %SYS-5-...`: what looks like a program is the zone of the time.
fn zone_for_program<'a>(b: &'a [u8], header: &mut Header<'a>, ctx: &ParseContext) {
    if device::zone_name(header.program) {
        let start = b.iter().take(6).position(|c| *c == b'>').map_or(0, |at| at + 1);
        let mut text = [0u8; 24];
        let zone = header.program;
        if let Some(time) = b.get(start..start + 15)
            && zone.len() <= 5
        {
            text[..15].copy_from_slice(time);
            text[15] = b' ';
            text[16..16 + zone.len()].copy_from_slice(zone);
            header.time = ctx.stamp(&text[..16 + zone.len()]).or(header.time);
        }
        (header.program, header.pid) = (b"", b"");
    }
}

/// Lines of network devices that begin in their own ways, and messages with a priority alone (RFC 3164, 4.3.3).
fn without_header<'a>(b: &'a [u8], ctx: &ParseContext) -> Option<Header<'a>> {
    let mut header = Header::default();
    let mut rest = b.strip_prefix(b"\xef\xbb\xbf").unwrap_or(b);
    if let Some(open) = rest.strip_prefix(b"<") {
        let close = memchr(b'>', &open[..open.len().min(4)])?;
        header.priority = Some(whole(&open[..close]).filter(|p| *p <= 191)? as u8);
        rest = open[close + 1..].trim_ascii_start();
    }
    if let Some(lead) = device::lead(rest, false, ctx) {
        header.led(&lead);
        return Some(header);
    }
    if header.priority.is_none() || rest.is_empty() || !said::claimed(rest) {
        return None;
    }
    header.message = rest;
    Some(header)
}

impl<'a> Header<'a> {
    /// Takes over what a device put before its message.
    fn led(&mut self, lead: &device::Lead<'a>) {
        // A relay that states its zone knows better than a device that does not.
        let relay_states = self.time.is_some_and(|t| t.assumed == 0);
        if let Some(time) = lead.time
            && (time.assumed == 0 || !relay_states)
        {
            self.time = Some(time);
        }
        if !lead.host.is_empty() {
            self.host = lead.host;
        }
        (self.program, self.pid) = (b"", b"");
        self.message = lead.message;
    }
}

fn plain<'a>(b: &'a [u8], ctx: &ParseContext) -> Option<Header<'a>> {
    let mut header = Header::default();
    let mut rest = b.strip_prefix(b"\xef\xbb\xbf").unwrap_or(b);
    if rest.first() == Some(&b'<') {
        let close = memchr(b'>', &rest[..rest.len().min(5)])?;
        header.priority = Some(whole(&rest[1..close]).filter(|p| *p <= 191)? as u8);
        rest = &rest[close + 1..];
        if let Some(protocol) = rest.strip_prefix(b"1 ") {
            // Meraki writes seconds since 1970 where RFC 5424 has a time.
            if protocol.get(10) == Some(&b'.') {
                return None;
            }
            return rfc5424(protocol, header, ctx);
        }
        rest = rest.strip_prefix(b" ").unwrap_or(rest);
    }
    let first = *rest.first()?;
    let iso = first.is_ascii_digit();
    // `2026-03-10T02:13:04`, and Sophos UTM's `2026:03:10-02:13:04`.
    let between = (rest.get(4), rest.get(10));
    if iso && !matches!(between, (Some(b'-'), Some(b'T')) | (Some(b':'), Some(b'-'))) {
        return None;
    }
    if !iso && (!first.is_ascii_alphabetic() || shapes::month_name(rest).is_none()) {
        // Cisco marks a clock that is not set, or not in step, with a star or a dot.
        let marked = header.priority.is_some() && matches!(first, b'*' | b'.');
        if !marked {
            return None;
        }
        rest = &rest[1..];
    }
    let (time, len) = match ctx.bsd(rest) {
        Some(found) if !iso => found,
        _ => ctx.prefix(rest)?,
    };
    header.time = Some(time);
    let rest = rest[len..].strip_prefix(b":").unwrap_or(&rest[len..]);
    let rest = rest.strip_prefix(b" ")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    tagged(rest, header, iso)
}

/// `host program[pid]: message`, and what is left of it in practice.
fn tagged<'a>(rest: &'a [u8], mut header: Header<'a>, iso: bool) -> Option<Header<'a>> {
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    let first = &rest[..end];
    if first.is_empty() {
        return None;
    }
    // Without a host the program comes first, and shows itself by its colon.
    let (host, body) = match first.strip_suffix(b":") {
        // A device's mark (`%ASA-6-302013:`) is no program, and what stands before it is the device.
        _ if first.starts_with(b"%") => (b"".as_slice(), rest),
        // No name holds these: the device names no host, and its message begins at once (`date=...`, `CEF:0|...`).
        _ if first.iter().any(|c| matches!(c, b',' | b'=' | b'|' | b'"' | b'{')) => {
            header.message = rest;
            return (!iso || header.priority.is_some() || said::claimed(rest)).then_some(header);
        }
        Some(name) if rest[end..].trim_ascii_start().starts_with(b"%") => {
            (name, rest.get(end + 1..).unwrap_or_default())
        }
        Some(name) if !name.is_empty() && memchr(b':', name).is_none() => (b"".as_slice(), rest),
        _ => (first, rest.get(end + 1..).unwrap_or_default()),
    };
    header.host = host;
    let body = body.trim_ascii_start();
    let (program, pid, message) = tag(body);
    (header.program, header.pid) = (program, pid);
    header.message = solaris(message);
    // Many logs begin with an ISO time; only a host that is no level and a program make it syslog.
    if iso && header.priority.is_none() {
        let level = severity::level(host).is_some() || host.starts_with(b"[") || host.starts_with(b"-");
        let untagged = program.is_empty() && !message.starts_with(b"last message") && !said::claimed(message);
        if level || host.is_empty() || untagged {
            return None;
        }
    }
    Some(header)
}

/// Program, process id and the rest; program and id are empty where there is no tag.
fn tag(b: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let none = (b"".as_slice(), b"".as_slice(), b);
    let reach = &b[..b.len().min(128)];
    let Some(at) = reach.iter().position(|c| matches!(c, b'[' | b':' | b' ')) else { return none };
    let name = &b[..at];
    // A mark (`%ASA-6-302013:`), a sequence number (`585917:`) or the kind of message of a network device.
    if name.starts_with(b"%")
        || (b[at] == b':' && (whole(name).is_some() || matches!(name, b"CEF" | b"LEEF")))
    {
        return none;
    }
    match b[at] {
        b':' if !name.is_empty() && matches!(b.get(at + 1), None | Some(b' ' | b'\t')) => {
            (name, b"", after_colon(&b[at + 1..]))
        }
        b'[' if !name.is_empty() => with_pid(b, at).unwrap_or(none),
        // macOS: programs with blanks in their names.
        b' ' if !name.is_empty() && name.len() < 32 => match memchr(b'[', &reach[..reach.len().min(48)]) {
            Some(open)
                if b[..open]
                    .iter()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, b' ' | b'.' | b'_' | b'-')) =>
            {
                let numbered = with_pid(b, open).filter(|(_, pid, _)| whole(pid).is_some());
                numbered.unwrap_or(none)
            }
            _ => none,
        },
        _ => none,
    }
}

/// `name[pid]:`, `name[pid] (subsystem):`, `name[pid] <Level>:`, `name[pid] message`.
fn with_pid(b: &[u8], open: usize) -> Option<(&[u8], &[u8], &[u8])> {
    let close = open + memchr(b']', &b[open..b.len().min(open + 64)])?;
    let (name, pid, rest) = (&b[..open], &b[open + 1..close], &b[close + 1..]);
    if let Some(message) = rest.strip_prefix(b":") {
        return Some((name, pid, after_colon(message)));
    }
    let number = whole(pid).is_some();
    if number && (rest.starts_with(b" (") || rest.starts_with(b" <")) {
        return Some((name, pid, rest.trim_ascii_start()));
    }
    (number && (rest.is_empty() || rest.starts_with(b" "))).then(|| (name, pid, rest.trim_ascii_start()))
}

/// One blank after the colon is the form; more belong to it in practice (sshd of some systems).
fn after_colon(b: &[u8]) -> &[u8] {
    b.trim_ascii_start()
}

/// Solaris and illumos put `[ID 800047 auth.info]` before the message.
fn solaris(b: &[u8]) -> &[u8] {
    if !b.starts_with(b"[ID ") {
        return b;
    }
    match memchr::memmem::find(&b[..b.len().min(64)], b"] ") {
        Some(at) => &b[at + 2..],
        None => b,
    }
}

/// `2003-10-11T22:14:15.003Z host app procid msgid [sd] message`, each `-` where it is missing.
fn rfc5424<'a>(b: &'a [u8], mut header: Header<'a>, ctx: &ParseContext) -> Option<Header<'a>> {
    let mut rest = b;
    let mut word = || {
        let end = memchr(b' ', rest).unwrap_or(rest.len());
        let word = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if word == b"-" { b"".as_slice() } else { word }
    };
    let time = word();
    header.time = ctx.stamp(time).or_else(|| minus_minus(time, ctx));
    if header.time.is_none() && !time.is_empty() {
        return None;
    }
    header.host = word();
    header.program = word();
    header.pid = word();
    header.msgid = word();
    // Firewalls put all that they say where the structured data is, in their own forms.
    if rest.starts_with(b"[") && said::claimed(rest) {
        header.message = rest;
        return Some(header);
    }
    let end = structured_end(rest)?;
    if rest.starts_with(b"[") {
        header.structured = &rest[..end];
    }
    let message = rest[end..].strip_prefix(b" ").unwrap_or(&rest[end..]);
    header.message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    Some(header)
}

/// `2026-01-13T10:10:16--5:00`: what Check Point's gateways write for `-05:00`.
fn minus_minus(b: &[u8], ctx: &ParseContext) -> Option<Stamp> {
    let rest = b.get(19..)?.strip_prefix(b"--")?;
    let mut text = [0u8; 25];
    text[..19].copy_from_slice(&b[..19]);
    text[19..21].copy_from_slice(b"-0");
    text[21..].copy_from_slice(rest.get(..4).filter(|r| r.len() == rest.len())?);
    ctx.stamp(&text)
}

/// Where the structured data ends: behind `-`, or behind the last `]` of its elements.
fn structured_end(b: &[u8]) -> Option<usize> {
    match b.first() {
        None => return Some(0),
        Some(b'-') => return Some(1),
        Some(b'[') => {}
        // Senders forget it; what is there is the message then.
        Some(_) => return Some(0),
    }
    let mut at = 0;
    while b.get(at) == Some(&b'[') {
        let mut quoted = false;
        loop {
            at += 1;
            match b.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => {}
            }
        }
        at += 1;
    }
    Some(at)
}

/// At most so many parameters become fields; the raw record has them all.
const MOST_PARAMETERS: usize = 64;

/// Structured data as fields `log.syslog.structured_data.ID.NAME`.
pub fn structured_data(b: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    let mut rest = b;
    let mut kept = 0;
    while let Some(element) = rest.strip_prefix(b"[") {
        let end = element.iter().position(|c| matches!(c, b' ' | b']')).unwrap_or(element.len());
        let id = &element[..end];
        rest = &element[end..];
        while let Some(parameter) = rest.strip_prefix(b" ") {
            let Some(equals) = memchr::memmem::find(parameter, b"=\"") else { return };
            let name = &parameter[..equals];
            let value = &parameter[equals + 2..];
            let Some(close) = closing(value) else { return };
            kept += 1;
            if kept <= MOST_PARAMETERS && name.len() <= 64 && id.len() <= 64 {
                let name = format!(
                    "log.syslog.structured_data.{}.{}",
                    String::from_utf8_lossy(id),
                    String::from_utf8_lossy(name)
                );
                if let Some(field) = out.field(&name) {
                    fields.text(field, &unescape(&value[..close]));
                }
            }
            rest = &value[close + 1..];
        }
        match rest.strip_prefix(b"]") {
            Some(next) => rest = next,
            None => return,
        }
    }
}

fn closing(b: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match b.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
}

/// RFC 5424 escapes quote, backslash and closing bracket.
fn unescape(b: &[u8]) -> String {
    let text = String::from_utf8_lossy(b);
    if !text.contains('\\') {
        return text.into_owned();
    }
    text.replace("\\\"", "\"").replace("\\]", "]").replace("\\\\", "\\")
}
