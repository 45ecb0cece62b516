//! Text logs of Windows services that are tables: the DHCP server's, the Network Policy Server's (in its database and its
//! XML form), and IIS's own format from before W3C's.

use super::request;
use crate::framing::lines::Lines;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::text::lossy;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::io::Read;
use timberline_model::{Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

enum Found {
    Filler,
    Event(Option<Stamp>),
    Nothing(&'static str),
}

fn each_line(
    input: &mut dyn Read,
    out: &mut dyn Sink,
    mut read: impl FnMut(&[u8], &mut Fields, &mut dyn Sink) -> Found,
) -> Result<(), ReadError> {
    let mut lines = Lines::new(input);
    let mut fields = Fields::default();
    while let Some(line) = lines.next()? {
        let bytes = line.bytes;
        fields.clear();
        let found = if bytes.trim_ascii().is_empty() { Found::Filler } else { read(bytes, &mut fields, out) };
        let flow = match found {
            Found::Filler => {
                out.filler(bytes.len() as u64);
                Flow::Continue
            }
            Found::Event(time) => out.event(&Record {
                time,
                offset: line.offset,
                line: line.number,
                raw: bytes,
                bytes: bytes.len() as u64,
                fields: &fields,
            }),
            Found::Nothing(why) => {
                out.problem(ProblemKind::Malformed, line.number, line.offset, bytes.len() as u64, why, bytes)
            }
        };
        if flow == Flow::Stop || line.close(out) == Flow::Stop {
            return Ok(());
        }
    }
    Ok(())
}

/// Cells between commas, quoted or not.
fn cells(line: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let mut all = Vec::with_capacity(32);
    let mut rest = line;
    while all.len() < 96 {
        let quoted = rest.strip_prefix(b"\"").and_then(|inside| Some((inside, memchr(b'"', inside)?)));
        let end = match quoted {
            Some((inside, end)) => {
                all.push(Cow::Borrowed(&inside[..end]));
                end + 2 + memchr(b',', &rest[end + 2..]).unwrap_or(rest.len() - end - 2)
            }
            None => {
                let end = memchr(b',', rest).unwrap_or(rest.len());
                all.push(Cow::Borrowed(rest[..end].trim_ascii()));
                end
            }
        };
        match rest.get(end + 1..) {
            Some(more) => rest = more,
            None => break,
        }
    }
    all
}

/// Month, day and year, whatever the order of other dates in the world: so these services write them.
fn american(date: &[u8], time: &[u8], ctx: &ParseContext) -> Option<Stamp> {
    let mut parts = date.split(|c| *c == b'/');
    let (month, day, year) = (whole(parts.next()?)?, whole(parts.next()?)?, whole(parts.next()?)?);
    let year = if year < 100 { 2000 + year } else { year };
    ctx.stamp(format!("{year:04}-{month:02}-{day:02}T{:0>8}", lossy(time.trim_ascii())).as_bytes())
}

fn set(name: &str, value: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    if matches!(value, b"" | b"-") {
        return;
    }
    if let Some(id) = out.field(name) {
        match whole(value).filter(|_| value == b"0" || !value.starts_with(b"0")) {
            Some(n) => fields.int(id, n),
            None => fields.bytes(id, value),
        }
    }
}

// ---- DHCP --------------------------------------------------------------------------------------------------------------

/// The DHCP server of Windows.
pub struct WindowsDhcp;

/// `10,03/10/26,02:13:04,Assign,192.0.2.5,`
fn is_lease(line: &[u8]) -> bool {
    let mut cells = line.splitn(5, |c| *c == b',');
    let id = cells.next().unwrap_or_default();
    let date = cells.next().unwrap_or_default();
    let time = cells.next().unwrap_or_default();
    id.len() <= 5
        && whole(id).is_some()
        && date.len() >= 8
        && date.get(2) == Some(&b'/')
        && time.get(2) == Some(&b':')
}

impl Format for WindowsDhcp {
    fn about(&self) -> About {
        About {
            id: "windows_dhcp",
            title: "Windows DHCP server log",
            about: "Leases that the DHCP server of Windows gave, renewed and refused: address, host, hardware address.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let named = memmem::find(head.bytes, b"Microsoft DHCP").is_some()
            || memmem::find(head.bytes, b"Microsoft Windows DHCP").is_some();
        let header = memmem::find(head.bytes, b"ID,Date,Time,Description,IP").is_some();
        let rows = head.bytes.split(|b| *b == b'\n').filter(|l| is_lease(l)).take(20).count();
        if rows > 0 && (named || header) || named && header {
            return Confidence {
                score: 0.98,
                why: format!("the header of a DHCP server's log, and {rows} of its rows at least"),
            };
        }
        let all = head.bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).take(20).count();
        if rows >= 3 && rows * 10 >= all * 8 {
            return Confidence {
                score: 0.9,
                why: format!("{rows} of the first {all} lines are rows of a DHCP server's log"),
            };
        }
        Confidence::none()
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut names: Vec<String> = Vec::new();
        let mut begun = false;
        each_line(input, out, |b, fields, out| {
            if is_lease(b) {
                begun = true;
                return Found::Event(lease(b, &names, ctx, fields, out));
            }
            let text = lossy(b);
            if text.starts_with("ID,") {
                names = text
                    .split(',')
                    .map(|n| n.trim().trim_end_matches('.').to_ascii_lowercase())
                    .take(40)
                    .collect();
                return Found::Filler;
            }
            // Before the first row the log explains itself.
            if begun { Found::Nothing("not a row of a DHCP server's log") } else { Found::Filler }
        })
    }
}

fn lease(
    b: &[u8],
    names: &[String],
    ctx: &ParseContext,
    fields: &mut Fields,
    out: &mut dyn Sink,
) -> Option<Stamp> {
    let cells: Vec<&[u8]> = b.split(|c| *c == b',').map(<[u8]>::trim_ascii).collect();
    let text = |n: usize| cells.get(n).copied().unwrap_or_default();
    fields.text(known::EVENT_DATASET, "windows_dhcp");
    fields.text(known::EVENT_CATEGORY, "network");
    fields.text(known::NETWORK_PROTOCOL, "dhcp");
    fields.bytes(known::EVENT_CODE, text(0));
    let action = match text(0) {
        b"10" | b"11000" => "lease_assigned",
        b"11" | b"11001" => "lease_renewed",
        b"12" | b"11002" => "lease_released",
        b"13" => "address_in_use",
        b"14" => "addresses_used_up",
        b"15" => "lease_denied",
        b"16" => "lease_deleted",
        b"17" | b"18" => "lease_expired",
        b"30" => "dns_update_requested",
        b"31" => "dns_update_failed",
        b"32" => "dns_update_succeeded",
        b"00" => "started",
        b"01" => "stopped",
        _ => "",
    };
    if action.is_empty() {
        fields.text(known::EVENT_ACTION, &lossy(text(3)).to_ascii_lowercase());
    } else {
        fields.text(known::EVENT_ACTION, action);
    }
    if matches!(action, "lease_denied" | "address_in_use" | "addresses_used_up" | "dns_update_failed") {
        fields.text(known::EVENT_OUTCOME, "failure");
    } else if matches!(action, "lease_assigned" | "lease_renewed" | "dns_update_succeeded") {
        fields.text(known::EVENT_OUTCOME, "success");
    }
    fields.bytes(known::MESSAGE, text(3));
    for n in 4..cells.len().min(40) {
        let name = names.get(n).map_or_else(|| USUAL.get(n).copied().unwrap_or("more"), String::as_str);
        let value = text(n);
        match name {
            "ip address" | "ipv6 address" => SOURCE.host(fields, value),
            "host name" => set("source.domain", value, fields, out),
            "mac address" => set("source.mac", &hardware(value), fields, out),
            "user name" => {
                if !value.is_empty() {
                    fields.bytes(known::USER_NAME, value);
                }
            }
            _ => {
                let short: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
                set(&format!("dhcp.{}", short.trim_matches('_')), value, fields, out);
            }
        }
    }
    american(text(1), text(2), ctx)
}

const USUAL: [&str; 19] = [
    "id",
    "date",
    "time",
    "description",
    "ip address",
    "host name",
    "mac address",
    "user name",
    "transactionid",
    "qresult",
    "probationtime",
    "correlationid",
    "dhcid",
    "vendorclass_hex",
    "vendorclass",
    "userclass_hex",
    "userclass",
    "relayagentinformation",
    "dnsregerror",
];

/// `001122334455` as ECS writes it: `00-11-22-33-44-55`.
fn hardware(value: &[u8]) -> Vec<u8> {
    if value.len() != 12 || !value.iter().all(u8::is_ascii_hexdigit) {
        return value.to_vec();
    }
    value.to_ascii_uppercase().chunks(2).collect::<Vec<_>>().join(&b'-')
}

// ---- NPS ---------------------------------------------------------------------------------------------------------------

/// The Network Policy Server (RADIUS) of Windows.
pub struct WindowsNps;

/// `"SERVER","IAS",03/07/2008,13:04:33,1,"user",`
fn is_row(line: &[u8]) -> bool {
    let cells = cells(&line[..line.len().min(400)]);
    let text = |n: usize| cells.get(n).map_or(b"".as_slice(), |c| c);
    line.starts_with(b"\"")
        && matches!(text(1), b"IAS" | b"RAS" | b"NPS")
        && text(2).len() == 10
        && text(2).get(2) == Some(&b'/')
        && whole(text(4)).is_some()
}

fn is_xml(line: &[u8]) -> bool {
    line.starts_with(b"<Event><Timestamp data_type=")
}

const COLUMNS: [&str; 28] = [
    "Computer-Name",
    "Service-Name",
    "Record-Date",
    "Record-Time",
    "Packet-Type",
    "User-Name",
    "Fully-Qualified-Distinguished-Name",
    "Called-Station-Id",
    "Calling-Station-Id",
    "Callback-Number",
    "Framed-IP-Address",
    "NAS-Identifier",
    "NAS-IP-Address",
    "NAS-Port",
    "Client-Vendor",
    "Client-IP-Address",
    "Client-Friendly-Name",
    "Event-Timestamp",
    "Port-Limit",
    "NAS-Port-Type",
    "Connect-Info",
    "Framed-Protocol",
    "Service-Type",
    "Authentication-Type",
    "NP-Policy-Name",
    "Reason-Code",
    "Class",
    "Session-Timeout",
];

impl Format for WindowsNps {
    fn about(&self) -> About {
        About {
            id: "windows_nps",
            title: "Windows NPS (RADIUS) log",
            about: "Logins that the Network Policy Server granted and refused, in its database-compatible or XML form.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let lines = || head.bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).take(20);
        let (all, good) = (lines().count(), lines().filter(|l| is_row(l) || is_xml(l)).count());
        if good == 0 || good * 10 < all * 6 {
            return Confidence::none();
        }
        Confidence {
            score: 0.95 + 0.03 * good as f64 / all as f64,
            why: format!("{good} of the first {all} lines are records of a Network Policy Server"),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        each_line(input, out, |b, fields, out| {
            if is_row(b) {
                let cells = cells(b);
                let text = |n: usize| cells.get(n).map_or(b"".as_slice(), |c| c);
                for (n, name) in COLUMNS.iter().enumerate() {
                    attribute(name, text(n), fields, out);
                }
                decided(fields);
                return Found::Event(american(text(2), text(3), ctx));
            }
            if is_xml(b) {
                let mut time = None;
                elements(b, |name, value| {
                    if name == "Timestamp" {
                        let (date, clock) =
                            value.split_at(value.iter().position(|c| *c == b' ').unwrap_or(value.len()));
                        time = american(date, clock, ctx);
                    } else {
                        attribute(name, value, fields, out);
                    }
                });
                decided(fields);
                return Found::Event(time);
            }
            Found::Nothing("not a record of a Network Policy Server")
        })
    }
}

/// `<Name data_type="1">value</Name>` one after another. No entity but the five of XML means anything.
fn elements(line: &[u8], mut each: impl FnMut(&str, &[u8])) {
    let mut rest = line.strip_prefix(b"<Event>").unwrap_or(line);
    for _ in 0..256 {
        let Some(inside) = rest.strip_prefix(b"<") else { return };
        let Some(close) = memchr(b'>', inside) else { return };
        let name = lossy(inside[..close].split(|c| *c == b' ').next().unwrap_or_default());
        let after = &inside[close + 1..];
        if inside[..close].ends_with(b"/") {
            rest = after;
            continue;
        }
        let Some(end) = memmem::find(after, b"</") else { return };
        let value = lossy(&after[..end]);
        if value.contains('&') {
            let plain = value
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&");
            each(&name, plain.as_bytes());
        } else {
            each(&name, value.as_bytes());
        }
        let Some(next) = memchr(b'>', &after[end..]) else { return };
        rest = &after[end + next + 1..];
    }
}

fn attribute(name: &str, value: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    if value.is_empty() {
        return;
    }
    match name {
        "Computer-Name" => fields.bytes(known::HOST_NAME, value),
        "Packet-Type" => fields.bytes(known::EVENT_CODE, value),
        "User-Name" => user(value, fields),
        // Answers name the user here alone: `CORP\bob`, `corp.example.org/Users/bob`.
        "Fully-Qualified-Distinguished-Name" | "Fully-Qualifed-User-Name" => {
            user(value.rsplit(|c| *c == b'/').next().unwrap_or(value), fields);
            set("nps.fully_qualified_user_name", value, fields, out);
        }
        // A telephone's number, a hardware address, or the client's address.
        "Calling-Station-Id" => {
            if is_ip(value) {
                SOURCE.host(fields, value);
            }
            set("nps.calling_station_id", value, fields, out);
        }
        "Reason-Code" => {
            set("nps.reason_code", value, fields, out);
        }
        "NP-Policy-Name" | "Proxy-Policy-Name" => {
            if name.starts_with("NP") {
                fields.bytes(known::RULE_NAME, value);
            }
            set(&format!("nps.{}", name.to_ascii_lowercase().replace('-', "_")), value, fields, out);
        }
        "Client-IP-Address" => {
            set("observer.ip", value, fields, out);
        }
        "Client-Friendly-Name" => set("observer.name", value, fields, out),
        "Record-Date" | "Record-Time" => {}
        other => set(&format!("nps.{}", other.to_ascii_lowercase().replace('-', "_")), value, fields, out),
    }
}

/// `CORP\bob` in its parts. The first name that a record gives counts.
fn user(value: &[u8], fields: &mut Fields) {
    if fields.has(known::USER_NAME) {
        return;
    }
    match memchr(b'\\', value) {
        Some(at) => {
            fields.bytes(known::USER_DOMAIN, &value[..at]);
            fields.bytes(known::USER_NAME, &value[at + 1..]);
        }
        None => fields.bytes(known::USER_NAME, value),
    }
}

/// What the packet's type says.
fn decided(fields: &mut Fields) {
    fields.text(known::EVENT_DATASET, "windows_nps");
    let (category, action, outcome) = match fields.get_text(known::EVENT_CODE) {
        Some("1") => ("authentication", "access_request", ""),
        Some("2") => ("authentication", "access_accept", "success"),
        Some("3") => ("authentication", "access_reject", "failure"),
        Some("11") => ("authentication", "access_challenge", ""),
        Some("4" | "5") => ("session", "accounting", ""),
        _ => ("network", "", ""),
    };
    fields.text(known::EVENT_CATEGORY, category);
    if !action.is_empty() {
        fields.text(known::EVENT_ACTION, action);
    }
    if !outcome.is_empty() {
        fields.text(known::EVENT_OUTCOME, outcome);
    }
}

// ---- IIS's own ---------------------------------------------------------------------------------------------------------

/// The format that IIS had before W3C's, and still offers.
pub struct IisNative;

/// `192.0.2.1, -, 03/20/01, 7:55:20, W3SVC2, SALES1, 172.21.13.45, 4502, 163, 3223, 200, 0, GET, /DeptLogo.gif, -,`
fn is_native(line: &[u8]) -> bool {
    let cells = cells(line);
    let text = |n: usize| cells.get(n).map_or(b"".as_slice(), |c| c);
    (14..=17).contains(&cells.len())
        && (is_ip(text(0)) || text(0) == b"-")
        && memchr(b'/', text(2)).is_some()
        && memchr(b':', text(3)).is_some()
        && text(4).iter().any(u8::is_ascii_uppercase)
        && whole(text(7)).is_some()
        && whole(text(10)).is_some()
}

impl Format for IisNative {
    fn about(&self) -> About {
        About {
            id: "iis_native",
            title: "IIS log (Microsoft's own format)",
            about: "IIS web, FTP and SMTP sites in the comma separated format of Microsoft.",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let lines = || {
            head.bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).filter(|l| !l.is_empty()).take(20)
        };
        let (all, good) = (lines().count(), lines().filter(|l| is_native(l)).count());
        if good == 0 || good * 10 < all * 6 {
            return Confidence::none();
        }
        Confidence {
            score: 0.93 + 0.04 * good as f64 / all as f64,
            why: format!("{good} of the first {all} lines have the columns of IIS's own format"),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        each_line(input, out, |b, fields, out| {
            if !is_native(b) {
                return Found::Nothing("not a row of IIS's own format");
            }
            let cells = cells(b);
            let text = |n: usize| cells.get(n).map_or(b"".as_slice(), |c| c);
            fields.text(known::EVENT_DATASET, "iis.access");
            fields.text(known::EVENT_CATEGORY, "web");
            request::end(text(0), SOURCE, fields);
            if text(1) != b"-" {
                fields.bytes(known::USER_NAME, text(1));
            }
            set("iis.access.site_name", text(4), fields, out);
            fields.bytes(known::HOST_NAME, text(5));
            request::end(text(6), DESTINATION, fields);
            if let Some(ms) = whole(text(7)) {
                fields.int(known::EVENT_DURATION, ms.saturating_mul(1_000_000));
            }
            for (id, n) in [(known::HTTP_REQUEST_BYTES, text(8)), (known::HTTP_RESPONSE_BYTES, text(9))] {
                if let Some(n) = whole(n) {
                    fields.int(id, n);
                }
            }
            if let Some(status) = whole(text(10)) {
                request::status(status, fields);
            }
            set("iis.access.win32_status", text(11), fields, out);
            let (method, target) = (lossy(text(12)), lossy(text(13)));
            fields.text(known::HTTP_METHOD, &method);
            if !matches!(text(14), b"-" | b"") {
                let query = lossy(text(14));
                fields.text(known::URL_ORIGINAL, &format!("{target}?{query}"));
                fields.text(known::URL_QUERY, &query);
            }
            request::url(&target, &method, fields);
            // Local time, month first wherever English is spoken; elsewhere the log's other dates decide.
            Found::Event(ctx.stamp(&[text(2), b" ", text(3)].concat()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rows;

    fn check(format: &dyn Format, log: &str, at: usize, expect: &str) {
        let got = rows(format, log.as_bytes());
        for pair in expect.split_ascii_whitespace() {
            let (name, value) = pair.split_once('=').unwrap();
            let got = match &got[at][name] {
                serde_json::Value::String(s) => s.clone(),
                other => other.to_string(),
            };
            assert_eq!(got, value.replace('~', " "), "{name}");
        }
    }

    #[test]
    fn leases_are_read() {
        let log = "\t\tMicrosoft DHCP Service Activity Log\n\n\nEvent ID  Meaning\n00\tThe log was started.\n\nID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name, TransactionID, QResult\n10,03/10/26,02:13:04,Assign,192.0.2.77,pc1.example.org,001122AABBCC,,123,0\n15,03/10/26,02:13:05,NACK,192.0.2.78,,001122AABBCD,,124,6\nbroken\n";
        check(
            &WindowsDhcp,
            log,
            0,
            "@timestamp=2026-03-10T02:13:04Z event.action=lease_assigned source.ip=192.0.2.77 source.domain=pc1.example.org source.mac=00-11-22-AA-BB-CC event.outcome=success dhcp.transactionid=123",
        );
        check(&WindowsDhcp, log, 1, "event.action=lease_denied event.outcome=failure event.code=15");
        check(&WindowsDhcp, log, 2, "problem=malformed");
    }

    #[test]
    fn policy_servers_say_who_was_let_in() {
        let log = "\"NPS1\",\"IAS\",03/07/2026,13:04:33,1,\"CORP\\bob\",,\"00-11\",\"203.0.113.9\",,,,\"192.0.2.5\",7,9,\"192.0.2.6\",\"vpn\",,,5,,,,5,\"VPN users\",0,\n\"NPS1\",\"IAS\",03/07/2026,13:04:34,3,,\"CORP\\bob\",,,,,,,,9,\"192.0.2.6\",\"vpn\",,,,,,,,,16,\n<Event><Timestamp data_type=\"4\">12/22/2025 15:06:56.609</Timestamp><Computer-Name data_type=\"1\">NPS2</Computer-Name><User-Name data_type=\"1\">a&amp;b</User-Name><Packet-Type data_type=\"0\">2</Packet-Type><Reason-Code data_type=\"0\">0</Reason-Code></Event>\n";
        check(
            &WindowsNps,
            log,
            0,
            "@timestamp=2026-03-07T13:04:33Z user.name=bob user.domain=CORP source.ip=203.0.113.9 observer.ip=192.0.2.6 rule.name=VPN~users event.action=access_request host.name=NPS1",
        );
        check(&WindowsNps, log, 1, "event.outcome=failure event.category=authentication nps.reason_code=16");
        check(
            &WindowsNps,
            log,
            2,
            "@timestamp=2025-12-22T15:06:56.609Z event.outcome=success user.name=a&b host.name=NPS2",
        );
    }

    #[test]
    fn the_own_format_of_iis_is_read() {
        check(
            &IisNative,
            "203.0.113.9, bob, 3/20/2026, 7:55:20, W3SVC2, WEB1, 192.0.2.5, 4502, 163, 3223, 200, 0, GET, /a.gif, x=1,\n",
            0,
            "@timestamp=2026-03-20T07:55:20Z source.ip=203.0.113.9 user.name=bob destination.ip=192.0.2.5 event.duration=4502000000 http.response.body.bytes=3223 url.path=/a.gif url.query=x=1 host.name=WEB1",
        );
    }
}
