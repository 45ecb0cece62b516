//! The header of a syslog line: priority, time, host, program, process id. What follows is the programs'.

use super::device;
use crate::ParseContext;
use crate::normalise::{
    entities::{is_ip, whole},
    severity,
    time::shapes,
};
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
    if let Some(header) = classic(b, ctx) {
        return Some(header);
    }
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

/// `Mar  6 04:07:33 host program[7]: message`, which is what nearly every line is, on the shortest way; what differs in any
/// way is taken apart by the rest of this file.
#[inline]
fn classic<'a>(b: &'a [u8], ctx: &ParseContext) -> Option<Header<'a>> {
    let [b'A'..=b'Z', _, _, b' ', _, _, b' ', _, _, b':', _, _, b':', _, _, b' ', first, ..] = b else {
        return None;
    };
    if !first.is_ascii_alphanumeric() {
        return None;
    }
    // A year or a zone may stand where the host does.
    let host = &b[16..];
    let (mut end, mut plain) = (0, false);
    loop {
        match host.get(end)? {
            b' ' => break,
            b'a'..=b'z' => plain = true,
            b'.' if end > 4 => plain = true,
            b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {}
            _ => return None,
        }
        end += 1;
    }
    let tag = &host[end + 1..];
    let open = tag.iter().position(|c| !(c.is_ascii_lowercase() || *c == b'-'))?;
    if !plain || open == 0 || tag[open] != b'[' {
        return None;
    }
    let digits = tag[open + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    let message = tag[open + 1 + digits..].strip_prefix(b"]: ")?.trim_ascii_start();
    if digits == 0 || digits > 10 || matches!(message.first(), None | Some(b'[' | b'%')) {
        return None;
    }
    let (time, _) = ctx.bsd(b)?;
    Some(Header {
        time: Some(time),
        host: &host[..end],
        program: &tag[..open],
        pid: &tag[open + 1..open + 1 + digits],
        message,
        ..Header::default()
    })
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

/// Lines of network devices that begin in their own ways, and messages with a priority alone (RFC 3164, 4.3.3): some
/// senders leave the time to the receiver, some write it in the message.
fn without_header<'a>(b: &'a [u8], ctx: &ParseContext) -> Option<Header<'a>> {
    let mut header = Header::default();
    let mut rest = b.strip_prefix(b"\xef\xbb\xbf").unwrap_or(b);
    if rest.first() == Some(&b'<') {
        let (priority, after) = priority(rest)?;
        header.priority = Some(priority);
        rest = after.trim_ascii_start();
    }
    if let Some(lead) = device::lead(rest, false, ctx) {
        header.led(&lead);
        return Some(header);
    }
    if header.priority.is_none() || rest.is_empty() {
        return None;
    }
    header.message = rest;
    if !said::claimed(rest) {
        let (program, pid, message) = tag(rest);
        if !pid.is_empty() || said::is_program(program) {
            (header.program, header.pid, header.message) = (program, pid, message);
        }
    }
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
    match rest.first()? {
        b'<' => {
            let (priority, after) = priority(rest)?;
            header.priority = Some(priority);
            rest = after;
            if let Some(protocol) = rest.strip_prefix(b"1 ") {
                // Meraki writes seconds since 1970 where RFC 5424 has a time.
                if protocol.get(10) == Some(&b'.') {
                    return None;
                }
                return rfc5424(protocol, header, ctx);
            }
            rest = rest.strip_prefix(b" ").unwrap_or(rest);
        }
        b'@' => return multilog(rest, header, ctx),
        _ => {}
    }
    match timed(rest, header, ctx) {
        Timed::Whole(header) => Some(header),
        Timed::NoStamp | Timed::NoHeader => None,
    }
}

enum Timed<'a> {
    Whole(Header<'a>),
    /// It does not begin with a time.
    NoStamp,
    /// It does, but what follows is no host and program.
    NoHeader,
}

/// The time and all behind it.
fn timed<'a>(rest: &'a [u8], mut header: Header<'a>, ctx: &ParseContext) -> Timed<'a> {
    let Some((kind, marked)) = stamp_kind(rest, header.priority.is_some()) else {
        return Timed::NoStamp;
    };
    let text = &rest[usize::from(marked)..];
    let found = match kind {
        Stamps::Bsd => bsd(text, ctx),
        Stamps::Iso { .. } | Stamps::Epoch | Stamps::Weekday => ctx.prefix(text),
    };
    let Some((time, len)) = found else { return Timed::NoStamp };
    header.time = Some(time);
    let after = text[len..].strip_prefix(b":").unwrap_or(&text[len..]);
    let Some(after) = after.strip_prefix(b" ") else { return Timed::NoHeader };
    let after = after.strip_prefix(b" ").unwrap_or(after);
    match tagged(after, header, kind) {
        Some(header) => Timed::Whole(header),
        None => Timed::NoHeader,
    }
}

/// How the time is written, which says how much else must be there before a line counts as syslog.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stamps {
    /// `Mar  6 04:07:33`, which little else writes.
    Bsd,
    /// `2026-03-06T04:07:33`, or with a blank between, as half of all logs begin.
    Iso { blank: bool },
    /// Seconds since 1970.
    Epoch,
    /// `Fri Mar  6 04:07:33 2026`, `Fri 2026-03-06 04:07:33 UTC`.
    Weekday,
}

/// The kind of time at the beginning, and whether a mark stands before it.
fn stamp_kind(rest: &[u8], carried: bool) -> Option<(Stamps, bool)> {
    let first = *rest.first()?;
    // What nearly every line has; whether the month is one is seen when it is read.
    if let [b'A'..=b'Z', _, _, b' ', _, _, b' ', _, _, b':', ..] = rest {
        return Some((Stamps::Bsd, false));
    }
    if first.is_ascii_digit() {
        if rest.get(4) == Some(&b'-') && rest.get(7) == Some(&b'-') {
            return match rest.get(10) {
                Some(b'T') => Some((Stamps::Iso { blank: false }, false)),
                Some(b' ') => Some((Stamps::Iso { blank: true }, false)),
                _ => None,
            };
        }
        // Sophos UTM's `2026:03:10-02:13:04`.
        if rest.get(4) == Some(&b':') && rest.get(10) == Some(&b'-') {
            return Some((Stamps::Iso { blank: false }, false));
        }
        let digits = rest.iter().take(11).take_while(|c| c.is_ascii_digit()).count();
        return match digits {
            10 => Some((Stamps::Epoch, false)),
            _ => None,
        };
    }
    // Cisco marks a clock that is not set, or not in step, with a star or a dot.
    let marked = carried && matches!(first, b'*' | b'.');
    let name = &rest[usize::from(marked)..];
    if shapes::month_name(name).is_some() {
        return Some((Stamps::Bsd, marked));
    }
    // A weekday's name, by the blank behind it and a month or year after that.
    let weekday = !marked
        && rest.get(3) == Some(&b' ')
        && matches!(&rest[..3], b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun");
    let then = rest.get(4..).unwrap_or_default();
    (weekday && (shapes::month_name(then).is_some() || then.first().is_some_and(u8::is_ascii_digit)))
        .then_some((Stamps::Weekday, false))
}

/// `Mar  6 04:07:33` and what devices put behind it: a fraction, a year, a zone.
fn bsd(text: &[u8], ctx: &ParseContext) -> Option<(Stamp, usize)> {
    // Junos: `Mar  6 04:07:33 2026` and `Mar  6 04:07:33.123 2026`.
    let year_at = match text.get(15) {
        Some(b' ') => Some(16),
        Some(b'.') => memchr(b' ', &text[16.min(text.len())..text.len().min(26)]).map(|n| n + 17),
        _ => None,
    };
    if let Some(at) = year_at
        && let Some(year) = text.get(at..at + 5)
        && matches!(&year[..2], b"19" | b"20")
        && year[2].is_ascii_digit()
        && year[3].is_ascii_digit()
        && year[4] == b' '
    {
        return ctx.prefix(&text[..at + 4]).filter(|(_, len)| *len == at + 4);
    }
    if text.get(15) == Some(&b' ') && text.get(16).is_some_and(u8::is_ascii_uppercase) {
        let zone = &text[16..];
        let run = zone.iter().take(5).take_while(|c| c.is_ascii_uppercase()).count();
        if matches!(zone.get(run), Some(b' ' | b':')) && shapes::named_zone(&zone[..run]).is_some() {
            return ctx.prefix(text);
        }
    }
    ctx.bsd(text).or_else(|| ctx.prefix(text))
}

/// A priority in angle brackets, as a number (`<34>`) or in words (`<auth.info>`), and what follows.
fn priority(b: &[u8]) -> Option<(u8, &[u8])> {
    let close = memchr(b'>', &b[..b.len().min(24)])?;
    let inside = b.get(1..close)?;
    let value = match whole(inside) {
        Some(n) => (n <= 191).then_some(n as u8)?,
        None => named_priority(inside)?,
    };
    Some((value, &b[close + 1..]))
}

/// `auth.info`, `4.6`, and AIX's `auth|security:info`.
fn named_priority(b: &[u8]) -> Option<u8> {
    if b.len() > 32 || b.len() < 3 {
        return None;
    }
    let at = b.iter().position(|c| matches!(c, b'.' | b':'))?;
    let (facility, level) = (&b[..at], &b[at + 1..]);
    let facility = match whole(facility) {
        Some(n) => (n < 24).then_some(n as u8)?,
        None => facility_number(facility.split(|c| *c == b'|').next()?)?,
    };
    let level = match whole(level) {
        Some(n) => (n < 8).then_some(n as u8)?,
        None => {
            let name = severity::level(level)?;
            severity::SYSLOG.iter().position(|l| *l == name)? as u8
        }
    };
    Some(facility * 8 + level)
}

fn facility_number(name: &[u8]) -> Option<u8> {
    const NAMES: [&[u8]; 16] = [
        b"kern",
        b"user",
        b"mail",
        b"daemon",
        b"auth",
        b"syslog",
        b"lpr",
        b"news",
        b"uucp",
        b"cron",
        b"authpriv",
        b"ftp",
        b"ntp",
        b"audit",
        b"alert",
        b"clock",
    ];
    if let Some(n) = name.strip_prefix(b"local") {
        return whole(n).filter(|n| *n < 8).map(|n| n as u8 + 16);
    }
    match name {
        b"security" => Some(13),
        b"console" => Some(14),
        _ => NAMES.iter().position(|n| *n == name).map(|n| n as u8),
    }
}

/// daemontools' time in front of what may be a whole line of syslog, or a program's alone.
fn multilog<'a>(b: &'a [u8], mut header: Header<'a>, ctx: &ParseContext) -> Option<Header<'a>> {
    let (time, len) = ctx.prefix(b)?;
    let rest = b[len..].strip_prefix(b" ")?;
    if let Some(mut inner) = parse(rest, ctx).filter(|h| h.time.is_some()) {
        inner.time = Some(time);
        return Some(inner);
    }
    header.time = Some(time);
    (header.program, header.pid, header.message) = tag(rest);
    Some(header)
}

/// `host program[pid]: message` of a line that has neither priority nor time, as exports of journals leave it.
pub fn bare<'a>(b: &'a [u8]) -> Option<Header<'a>> {
    let end = memchr(b' ', &b[..b.len().min(256)])?;
    let (host, body) = (&b[..end], &b[end + 1..]);
    let named = |program: &[u8], pid: &[u8]| whole(pid).is_some() && said::is_program(program);
    if let Some(name) = host.strip_suffix(b":")
        && let (program, pid, message) = tag(b)
        && !name.is_empty()
        && named(program, pid)
    {
        return Some(Header { program, pid, message, ..Header::default() });
    }
    let plain = host.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_' | b':'));
    let (program, pid, message) = tag(body);
    (plain && named(program, pid)).then(|| Header { host, program, pid, message, ..Header::default() })
}

/// What stands behind a time that does not make its line syslog: a program by its tag, where it is one that is known.
pub fn loose(b: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (program, pid, message) = tag(b);
    // A word with a capital is a level or a heading (`Auth: ...`), unless a process id stands behind it.
    let named = !pid.is_empty() || !program.iter().any(u8::is_ascii_uppercase);
    if named && said::is_program(program) { (program, pid, message) } else { (b"", b"", b) }
}

/// `host program[pid]: message`, and what is left of it in practice.
fn tagged<'a>(rest: &'a [u8], mut header: Header<'a>, kind: Stamps) -> Option<Header<'a>> {
    let mut rest = rest;
    // FreeBSD's `syslogd -v`: `<auth.info> host ...`.
    if rest.first() == Some(&b'<')
        && let Some((priority, after)) = priority(rest)
        && let Some(after) = after.strip_prefix(b" ")
    {
        header.priority = Some(priority);
        rest = after;
    }
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    let first = &rest[..end];
    if first.is_empty() {
        return None;
    }
    let behind = rest.get(end + 1..).unwrap_or_default();
    let mut hostless = false;
    // Without a host the program comes first, and shows itself by its colon.
    let (host, mut body) = match first.strip_suffix(b":") {
        // A device's mark (`%ASA-6-302013:`) is no program, and what stands before it is the device.
        _ if first.starts_with(b"%") => (b"".as_slice(), rest),
        // No name holds these: the device names no host, and its message begins at once (`date=...`, `CEF:0|...`).
        _ if first.iter().any(|c| matches!(c, b',' | b'=' | b'|' | b'"' | b'{'))
            && memchr(b'(', first).is_none() =>
        {
            header.message = rest;
            return (kind == Stamps::Bsd || header.priority.is_some() || said::claimed(rest))
                .then_some(header);
        }
        Some(name) if rest[end..].trim_ascii_start().starts_with(b"%") => (name, behind),
        // (What Dovecot says of whom it asks may stand in brackets behind its own name, colons and all.)
        Some(name) if !name.is_empty() && (memchr(b':', name).is_none() || memchr(b'(', name).is_some()) => {
            (b"".as_slice(), rest)
        }
        // OpenWrt's logread: the priority in words where the host would be.
        // (Elsewhere a host may be called mail.info.)
        None if kind == Stamps::Weekday && named_priority(first).is_some() => {
            hostless = true;
            (b"".as_slice(), rest)
        }
        // ESXi: `info hostd[2099] ...`, `In(14) vmkernel: ...`.
        None if matches!(kind, Stamps::Iso { blank: false }) && header.priority.is_none() => {
            match esxi(first, behind) {
                Some((priority, body)) => {
                    header.priority = Some(priority);
                    hostless = true;
                    (b"".as_slice(), body)
                }
                None => (first, behind),
            }
        }
        _ => (first, behind),
    };
    body = body.trim_ascii_start();
    body = words_of_priority(body, &mut header);
    header.host = host;
    // AIX, relayed: `relay Message forwarded from host: program[pid]: ...`.
    if let Some(rest) = body.strip_prefix(b"Message forwarded from ")
        && let Some(at) = memchr::memmem::find(&rest[..rest.len().min(256)], b": ")
    {
        header.host = &rest[..at];
        body = &rest[at + 2..];
    }
    // A number is no host, and what it stands before is the message's beginning.
    let numbered = matches!(kind, Stamps::Iso { .. }) && whole(host).is_some();
    if numbered && header.priority.is_none() && said::claimed(rest) {
        (header.host, header.message) = (b"", rest);
        return Some(header);
    }
    let (mut program, pid, mut message) = tag(levelled(body));
    if pid.is_empty() && message.starts_with(b"IN=") && !said::is_program(program) {
        // A packet filter's prefix, of a kernel that names itself nowhere.
        (program, message) = (b"", body);
    }
    (header.program, header.pid) = (program, pid);
    // `sogod [26818]: ...`: what looked like the host is the program.
    if program.is_empty()
        && body.first() == Some(&b'[')
        && let Some(close) = memchr::memmem::find(&body[..body.len().min(16)], b"]:")
        && whole(&body[1..close]).is_some()
        && !matches!(kind, Stamps::Iso { blank: true })
    {
        (header.program, header.pid, header.host) = (host, &body[1..close], b"");
        header.message = after_colon(&body[close + 2..]);
        return Some(header);
    }
    header.message = solaris(message, &mut header);
    if kind == Stamps::Bsd || header.priority.is_some() && !hostless {
        return Some(header);
    }
    // Many logs begin so; only a host that is no level, and a program, make it syslog.
    let numbered = whole(header.pid).is_some() || header.pid.len() > 2;
    let known = numbered || said::is_program(header.program);
    let level = severity::level(host).is_some()
        || host.starts_with(b"[")
        || host.starts_with(b"-")
        || matches!(host.first(), Some(b'\'' | b'"' | b'('))
        || !host.is_empty() && !host.iter().any(u8::is_ascii_alphanumeric);
    let good = match kind {
        _ if level => false,
        Stamps::Weekday | Stamps::Epoch => known,
        Stamps::Iso { blank: true } => known && (!host.is_empty() || numbered),
        _ if host.is_empty() => known || hostless,
        // A device that is known by its address names no program.
        _ => {
            !header.program.is_empty()
                || message.starts_with(b"last message")
                || is_ip(host)
                || said::claimed(header.message)
        }
    };
    good.then_some(header)
}

/// busybox and AIX write the priority in words between host and program.
fn words_of_priority<'a>(body: &'a [u8], header: &mut Header<'a>) -> &'a [u8] {
    let end = body.iter().take(34).position(|c| matches!(c, b' ' | b'['));
    let Some(end) = end.filter(|e| body[*e] == b' ') else { return body };
    let word = &body[..end];
    let inside = word.strip_prefix(b"<").and_then(|w| w.strip_suffix(b">")).unwrap_or(word);
    match named_priority(inside) {
        Some(priority) => {
            header.priority = header.priority.or(Some(priority));
            body[end + 1..].trim_ascii_start()
        }
        None => body,
    }
}

/// The level that ESXi writes where others write the host, and what follows it.
fn esxi<'a>(first: &[u8], behind: &'a [u8]) -> Option<(u8, &'a [u8])> {
    if let Some(inside) = first.strip_suffix(b")")
        && inside.get(2) == Some(&b'(')
        && matches!(&inside[..2], b"Em" | b"Al" | b"Cr" | b"Er" | b"Wa" | b"No" | b"In" | b"Db")
    {
        return Some((whole(&inside[3..]).filter(|n| *n <= 191)? as u8, behind));
    }
    let lower = first.iter().all(u8::is_ascii_lowercase);
    let level = severity::level(first).filter(|_| lower)?;
    let (_, pid, _) = tag(behind);
    let numbered = whole(pid).is_some() && memchr::memmem::find(behind, b" [Originator@").is_some();
    // Facility user, as the record itself names none.
    numbered.then_some((8 + severity::SYSLOG.iter().position(|l| *l == level)? as u8, behind))
}

/// F5 writes the level before the program: `warning tmm[4711]: ...`.
fn levelled(b: &[u8]) -> &[u8] {
    let Some(blank) = memchr(b' ', &b[..b.len().min(10)]) else { return b };
    let level = b[..blank].iter().all(u8::is_ascii_lowercase) && severity::level(&b[..blank]).is_some();
    let rest = &b[blank + 1..];
    let (_, pid, _) = if level { tag(rest) } else { (b"".as_slice(), b"".as_slice(), b"".as_slice()) };
    if pid.is_empty() { b } else { rest }
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
    // `auth(bob,192.0.2.1,sasl:login)<abc>: ...`: the name is what stands before the bracket, the rest its own to read.
    if let Some(open) = memchr(b'(', name).filter(|n| *n > 0 && memchr(b')', name).is_none()) {
        return (&b[..open], b"", b);
    }
    match b[at] {
        b':' if !name.is_empty() && matches!(b.get(at + 1), None | Some(b' ' | b'\t')) => {
            // Dovecot's `auth-worker(304):` has its process id in the other brackets.
            let message = after_colon(&b[at + 1..]);
            match name.strip_suffix(b")").and_then(|n| Some((n, memchr(b'(', n)?))) {
                Some((inside, open)) if whole(&inside[open + 1..]).is_some() => {
                    (&name[..open], &inside[open + 1..], message)
                }
                _ => (name, b"", message),
            }
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
    // MIT's Kerberos: `krb5kdc[14](info): ...`.
    if number
        && rest.first() == Some(&b'(')
        && let Some(close) = memchr::memmem::find(&rest[..rest.len().min(16)], b"):")
    {
        return Some((name, pid, after_colon(&rest[close + 2..])));
    }
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
fn solaris<'a>(b: &'a [u8], header: &mut Header<'a>) -> &'a [u8] {
    let Some(inside) = b.strip_prefix(b"[ID ") else { return b };
    let Some(at) = memchr::memmem::find(&inside[..inside.len().min(64)], b"] ") else { return b };
    if let Some(word) = memchr::memrchr(b' ', &inside[..at]) {
        header.priority = header.priority.or_else(|| named_priority(&inside[word + 1..at]));
    }
    &inside[at + 2..]
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
    // JSON right behind the host, without a program (CyberArk's vault).
    if rest.starts_with(b"{\"") && rest.trim_ascii_end().ends_with(b"}") {
        header.message = rest;
        return Some(header);
    }
    let mut word = || {
        let end = memchr(b' ', rest).unwrap_or(rest.len());
        let word = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if word == b"-" { b"".as_slice() } else { word }
    };
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
    let message = rest[end..].trim_ascii_start();
    header.message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    // A relay that did not understand its sender keeps the sender's header in the message.
    if header.program.is_empty()
        && header.message.get(3) == Some(&b' ')
        && header.message.get(6) == Some(&b' ')
        && let Some((Stamps::Bsd, false)) = stamp_kind(header.message, false)
        && let Some((_, len)) = bsd(header.message, ctx)
        && let Some(inner) = header.message[len..].strip_prefix(b" ")
        && let Some(inner) = tagged(inner, Header::default(), Stamps::Bsd).filter(|h| !h.program.is_empty())
    {
        (header.host, header.program, header.pid, header.message) =
            (inner.host, inner.program, inner.pid, inner.message);
    }
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
