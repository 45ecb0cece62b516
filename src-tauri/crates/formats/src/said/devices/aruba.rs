//! Aruba (HPE): controllers and access points (`<522008> <NOTI> |authmgr| User Authentication Successful: ...`), and the
//! switches that were HP ProCurve's (`00419 auth: Invalid user name/password on SSH session ...`).

use crate::About;
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::severity;
use crate::normalise::text;
use crate::said::guess::Phrase;
use crate::said::table;
use crate::said::words::{after, between_last, has, login, source_after, word};
use crate::said::{Payload, Said};
use timberline_model::known;

/// ArubaOS and ArubaOS-Switch.
pub struct Aruba;

impl Payload for Aruba {
    fn about(&self) -> About {
        About {
            id: "aruba",
            title: "Aruba and HP ProCurve",
            about: "Aruba's wireless controllers and HP's and Aruba's switches: authentication, associations, ports.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        controller(message).is_some() || switch(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        said.fields.text(known::EVENT_DATASET, "aruba");
        if let Some((code, level, text)) = controller(message) {
            said.fields.bytes(known::EVENT_CODE, code);
            wireless(level, text, said);
            return true;
        }
        let Some((code, module, text)) = switch(message) else { return false };
        said.fields.bytes(known::EVENT_CODE, code);
        said.set("aruba.module", module);
        wired(module, text, said);
        true
    }
}

/// `<522008> <NOTI> ... |authmgr|  text`, whatever stands between.
fn controller(b: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let inner = b.strip_prefix(b"<")?;
    let close = memchr::memchr(b'>', &inner[..inner.len().min(8)])?;
    let code = &inner[..close];
    let rest = inner[close + 1..].trim_ascii_start().strip_prefix(b"<")?;
    let end = memchr::memchr(b'>', &rest[..rest.len().min(8)])?;
    let level = &rest[..end];
    let known =
        matches!(level, b"NOTI" | b"WARN" | b"ERRS" | b"INFO" | b"DBUG" | b"CRIT" | b"ALRT" | b"EMRG");
    (whole(code).is_some() && code.len() == 6 && known).then(|| (code, level, rest[end + 1..].trim_ascii()))
}

/// `00419 auth: text`.
fn switch(b: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let code = b.get(..5).filter(|c| c.iter().all(u8::is_ascii_digit))?;
    let rest = b[5..].strip_prefix(b" ")?;
    let colon = memchr::memchr(b':', &rest[..rest.len().min(24)])?;
    let module = &rest[..colon];
    let plain = !module.is_empty()
        && module
            .iter()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_' | b'.'));
    (plain && rest[colon + 1..].starts_with(b" ")).then(|| (code, module, rest[colon + 1..].trim_ascii()))
}

fn wireless(level: &[u8], text: &[u8], said: &mut Said<'_>) {
    let level = match level {
        b"EMRG" => "emergency",
        b"ALRT" => "alert",
        b"CRIT" => "critical",
        b"ERRS" => "error",
        b"WARN" => "warning",
        b"NOTI" => "notice",
        b"DBUG" => "debug",
        _ => "info",
    };
    said.fields.text(known::LOG_LEVEL, level);
    let text = match memchr::memrchr(b'|', &text[..text.len().min(96)]) {
        Some(at) => text[at + 1..].trim_ascii(),
        None => text,
    };
    let phrase = Phrase::new(text);
    if phrase.has("authentication successful") || phrase.has("authentication failed") {
        let name = between_last(text, b"username=", b" MAC=")
            .or_else(|| after(text, b"username=").map(word))
            .unwrap_or_default();
        login("aruba", "authentication", Some(phrase.has("successful")), name, said);
    } else if phrase.has("intrusion") || phrase.has("rogue") || phrase.has("attack") {
        said.is("aruba", "intrusion_detection", "wireless-alert");
    } else {
        said.is("aruba", "network", "event");
        let name = after(text, b"username=").map(word).unwrap_or_default();
        table::user_if(name, said);
    }
    let lone = after(text, b"IP=").or_else(|| after(text, b"userip="));
    if let Some(ip) = lone.map(word) {
        SOURCE.host(said.fields, ip);
    }
    for (mark, name) in [
        (b"MAC=".as_slice(), "source.mac"),
        (b"SSID=", "network.name"),
        (b"AP=", "aruba.ap"),
        (b"role=", "aruba.role"),
        (b"VLAN=", "network.vlan.id"),
    ] {
        said.set(name, after(text, mark).map(word).unwrap_or_default());
    }
}

fn wired(module: &[u8], text: &[u8], said: &mut Said<'_>) {
    let phrase = Phrase::new(text);
    let name = between_last(text, b"User '", b"' is trying")
        .or_else(|| between_last(text, b"User '", b"'"))
        .unwrap_or_default();
    if phrase.has("invalid user name") || phrase.has("login fail") {
        login("aruba", "login", Some(false), name, said);
    } else if phrase.has(" logged in") || phrase.has("manager mode") || phrase.has("operator mode") {
        login("aruba", "login", Some(true), name, said);
    } else if phrase.has("logged out") {
        said.is("aruba", "session", "logout");
        table::user_if(name, said);
    } else {
        let network = matches!(
            module,
            b"ports"
                | b"stp"
                | b"FFI"
                | b"lacp"
                | b"lldp"
                | b"vlan"
                | b"ospf"
                | b"vrrp"
                | b"dhcp-snoop"
                | b"macauth"
        );
        said.is("aruba", if network { "network" } else { "host" }, "event");
    }
    source_after(text, &[b" from "], said);
    if let Some(port) = text.strip_prefix(b"port ") {
        said.set("observer.ingress.interface.name", word(port));
    }
    let protocol = [b"SSH".as_slice(), b"TELNET", b"WEB-UI", b"SNMP"]
        .into_iter()
        .find(|p| has(text, p))
        .unwrap_or_default();
    said.set("network.protocol", &protocol.to_ascii_lowercase());
    if text::place(text, b"on-line").is_some() || text::place(text, b"off-line").is_some() {
        said.set("aruba.port_state", if has(text, b"on-line") { b"up" } else { b"down" });
    }
    said.fields.text(known::LOG_LEVEL, severity::SYSLOG[6]);
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn controllers_and_switches_are_read() {
        let check = |text: &str, expect: &str| said(&super::Aruba, text, expect);
        check(
            "<522008> <NOTI> <1234> |authmgr|  User Authentication Successful: username=ann MAC=00:00:5e:00:53:01 IP=192.0.2.7 role=staff VLAN=5 AP=ap1 SSID=corp AAA profile=x auth method=802.1x",
            "event.category=authentication event.outcome=success user.name=ann source.ip=192.0.2.7 source.mac=00:00:5e:00:53:01 network.name=corp log.level=notice event.code=522008",
        );
        check(
            "00419 auth:  Invalid user name/password on SSH session User 'x' is trying to login from 198.51.100.66",
            "event.category=authentication event.outcome=failure user.name=x source.ip=198.51.100.66 network.protocol=ssh",
        );
        check(
            "00076 ports:  port 1 is now on-line",
            "event.category=network observer.ingress.interface.name=1",
        );
        check("00076 words", "!");
    }
}
