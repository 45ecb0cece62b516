//! Citrix NetScaler (ADC): `03/10/2026:02:13:04 GMT ns1 0-PPE-0 : default SSLVPN LOGIN 123 0 : Context ann@192.0.2.1 - ...`.

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE};
use crate::normalise::text;
use crate::said::table::{self, To};
use crate::said::words::{after, between, has, login, place, word};
use crate::said::{Payload, Said};
use timberline_model::{Stamp, known};

/// NetScaler.
pub struct NetScaler;

impl Payload for NetScaler {
    fn about(&self) -> About {
        About {
            id: "netscaler",
            title: "Citrix NetScaler (ADC)",
            about: "Connections, VPN sessions, logins, commands and application firewall of Citrix' gateways.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        parts(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some((before, module, name, text)) = parts(message) else { return false };
        header(before, said);
        said.fields.text(known::EVENT_DATASET, "citrix.netscaler");
        said.set("event.code", name);
        said.set("citrix.module", module);
        event(module, name, text, said);
        true
    }
}

/// What stands before, module, name and text.
type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

/// `HEADER : [default ]MODULE NAME NUMBER NUMBER : TEXT`.
fn parts(b: &[u8]) -> Option<Parts<'_>> {
    let head = &b[..b.len().min(200)];
    let ppe = text::place(head, b"PPE")?;
    let colon = ppe + text::place(&b[ppe..head.len()], b" : ")?;
    let rest = b[colon + 3..].trim_ascii_start();
    let rest = rest.strip_prefix(b"default ").unwrap_or(rest);
    let end = text::place(&rest[..rest.len().min(120)], b" : ")?;
    let mut words = rest[..end].split(|c| *c == b' ').filter(|w| !w.is_empty());
    let (module, name) = (words.next()?, words.next()?);
    let capitals = module.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'_');
    capitals.then(|| (&b[..colon], module, name, rest[end + 3..].trim_ascii()))
}

/// `03/10/2026:02:13:04 GMT ns1 0-PPE-0`: month first, as it is by default.
fn header(b: &[u8], said: &mut Said<'_>) {
    let b = b.trim_ascii();
    let Some(time) = b.get(..19).filter(|t| t[2] == b'/' && t[5] == b'/' && t[10] == b':') else { return };
    let rest = b[19..].trim_ascii_start();
    let zone = word(rest);
    let mut text = [b' '; 32];
    text[..4].copy_from_slice(&time[6..10]);
    text[4] = b'-';
    text[5..7].copy_from_slice(&time[..2]);
    text[7] = b'-';
    text[8..10].copy_from_slice(&time[3..5]);
    text[11..19].copy_from_slice(&time[11..19]);
    let named = zone.len() <= 5 && zone.iter().all(u8::is_ascii_uppercase);
    if named {
        text[20..20 + zone.len()].copy_from_slice(zone);
    }
    let stamp: Option<Stamp> = said.ctx.stamp(&text);
    said.time = stamp.or(said.time);
    let host = if named { word(&rest[zone.len()..]) } else { zone };
    if !host.is_empty() && !has(host, b"PPE") {
        said.fields.bytes(known::HOST_NAME, host);
    }
}

/// The value behind a name, up to the dash that stands between values.
fn value<'a>(text: &'a [u8], name: &[u8]) -> &'a [u8] {
    let value = between(text, name, b" - ").unwrap_or_default().trim_ascii();
    value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")).unwrap_or(value)
}

fn event(module: &[u8], name: &[u8], text: &[u8], said: &mut Said<'_>) {
    let user = [value(text, b"User "), value(text, b"user ")]
        .into_iter()
        .find(|u| !u.is_empty())
        .unwrap_or_default();
    let user = user.strip_prefix(b"- ").unwrap_or(user);
    let action: Vec<u8> = name.iter().map(|c| if *c == b'_' { b'-' } else { *c }).collect();
    match name {
        b"LOGIN" => login("citrix.netscaler", "login", Some(true), user, said),
        b"LOGIN_FAILED" | b"LOGINFAILED" => {
            login("citrix.netscaler", "login", Some(false), user, said);
            said.set("event.reason", value(text, b"Failure_reason "));
        }
        b"LOGOUT" | b"TIMEOUT" => {
            said.is("citrix.netscaler", "session", "logout");
            table::user(user, said);
        }
        b"CMD_EXECUTED" => {
            said.is("citrix.netscaler", "configuration", "command");
            table::user(user, said);
            said.set("process.command_line", value(text, b"Command "));
            said.outcome(value(text, b"Status ") != b"ERROR" && !has(text, b"Status \"ERROR"));
        }
        _ if module == b"APPFW" => {
            said.is("citrix.netscaler", "intrusion_detection", "");
            SOURCE.host(said.fields, word(text));
            if let Some(at) = text::place(text, b"http") {
                table::url(word(&text[at..]), said);
            }
            if has(text, b"<blocked>") {
                table::decided(false, said);
                said.outcome(false);
            }
        }
        _ => {
            let network = matches!(module, b"TCP" | b"SSLLOG" | b"SSLVPN" | b"ACL" | b"UDP");
            said.is("citrix.netscaler", if network { "network" } else { "host" }, "");
            table::user_if(user, said);
        }
    }
    table::action(&action, said);
    let from = [
        value(text, b"Client_ip "),
        value(text, b"Remote_ip "),
        value(text, b"Source "),
        value(text, b"ClientIP "),
    ];
    if let Some(from) = from.into_iter().find(|f| !f.is_empty()) {
        place(&SOURCE, word(from), said);
        SOURCE.port(said.fields, value(text, b"ClientPort "));
    }
    place(&DESTINATION, word(value(text, b"Destination ")), said);
    if !said.fields.has(known::DESTINATION_ADDRESS) {
        place(&DESTINATION, word(value(text, b"Vserver ")), said);
    }
    table::put(To::Ip("source.nat.ip"), value(text, b"Nat_ip "), said);
    said.set_number("source.bytes", value(text, b"Total_bytes_send "));
    said.set_number("destination.bytes", value(text, b"Total_bytes_recv "));
    said.set("user_agent.original", value(text, b"Browser_type "));
    if let Some(group) = after(text, b"Group(s) \"") {
        said.set("group.name", group.split(|c| *c == b'"').next().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn messages_of_the_gateway_are_read() {
        let check = |text: &str, expect: &str| said(&super::NetScaler, text, expect);
        check(
            "03/10/2026:02:13:04 GMT ns1 0-PPE-0 : default SSLVPN LOGIN 123 0 : Context ann@198.51.100.7 - SessionId: 5- User ann - Client_ip 198.51.100.7 - Nat_ip \"Mapped Ip\" - Vserver 203.0.113.5:443 - Browser_type \"Mozilla/5.0 - x\" - SSLVPN_client_type Agent - Group(s) \"staff\"",
            "@timestamp=2026-03-10T02:13:04Z host.name=ns1 event.category=authentication event.outcome=success user.name=ann source.ip=198.51.100.7 destination.ip=203.0.113.5 destination.port=443 group.name=staff",
        );
        check(
            "03/10/2026:02:13:04 GMT ns1 0-PPE-0 : default AAA LOGIN_FAILED 1 0 :  User ann - Client_ip 198.51.100.66 - Failure_reason \"External authentication server denied access\" - Browser x",
            "event.category=authentication event.outcome=failure user.name=ann event.reason=External\\ authentication\\ server\\ denied\\ access",
        );
        check(
            "03/10/2026:02:13:04 GMT 0-PPE-0 : default TCP CONN_TERMINATE 1 0 :  Source 192.0.2.1:5 - Destination 198.51.100.2:80 - Total_bytes_send 10 - Total_bytes_recv 20",
            "event.category=network source.port=5 destination.ip=198.51.100.2 destination.port=80 source.bytes=10 event.action=conn-terminate",
        );
        check(
            "03/10/2026:02:13:04 GMT 0-PPE-0 : default GUI CMD_EXECUTED 1 0 :  User nsroot - Remote_ip 192.0.2.1 - Command \"show ns\" - Status \"Success\"",
            "event.category=configuration user.name=nsroot process.command_line=show\\ ns source.ip=192.0.2.1",
        );
        check("PPE-0 : x", "!");
    }
}
