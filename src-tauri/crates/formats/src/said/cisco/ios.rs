//! Cisco IOS, IOS XE and NX-OS: switches, routers and access points. Access lists, logins, commands, SSH, links,
//! neighbours; what NX-OS relays of its own programs (`... - sshd[10021]`) is read as theirs.

use super::mark::{Mark, mark};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::text;
use crate::said::table::{self, To};
use crate::said::{Payload, Said, message as said_by};
use memchr::{memchr, memmem};
use timberline_model::known;

/// IOS and its kin.
pub struct Ios;

impl Payload for Ios {
    fn about(&self) -> About {
        About {
            id: "cisco_ios",
            title: "Cisco IOS, IOS XE and NX-OS",
            about: "Cisco's switches and routers: access lists, logins, commands, SSH sessions, links, neighbours, \
                    intrusion signatures.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"%") && mark(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(mark) = mark(message) else { return false };
        event(&mark, said);
        true
    }
}

fn event(mark: &Mark<'_>, said: &mut Said<'_>) {
    mark.write(said);
    said.set("cisco.ios.facility", mark.facility);
    let facility = mark.facility.split(|c| *c == b'-').next().unwrap_or_default();
    let text = mark.text;
    if mark.code == b"SYSTEM_MSG" && relayed(text, said) {
        return said.fields.text(known::EVENT_DATASET, "cisco.ios");
    }
    said.fields.text(known::EVENT_DATASET, "cisco.ios");
    let known = access_list(mark.code, text, said)
        || login(facility, mark.code, text, said)
        || command(facility, mark.code, text, said)
        || signature(facility, text, said)
        || firewall(facility, mark.code, text, said)
        || other(facility, mark.code, text, said);
    if !known {
        said.fields.text(known::EVENT_CATEGORY, "network");
    }
    interface(text, said);
    if !said.fields.has(known::SOURCE_ADDRESS) {
        peer(text, said);
    }
    table::action(&mark.code.iter().map(|c| if *c == b'_' { b'-' } else { *c }).collect::<Vec<u8>>(), said);
}

fn after<'a>(text: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    text::place(text, what).map(|at| &text[at + what.len()..])
}

fn has(text: &[u8], what: &[u8]) -> bool {
    text::place(text, what).is_some()
}

fn token(b: &[u8]) -> &[u8] {
    let end = b
        .iter()
        .position(|c| matches!(c, b' ' | b',' | b'(' | b')' | b']' | b'[' | b';' | b'\'' | b'@'))
        .unwrap_or(b.len());
    let token = &b[..end];
    token.strip_suffix(b".").or_else(|| token.strip_suffix(b":")).unwrap_or(token)
}

/// `192.0.2.1(443)`, `192.0.2.1:443`, `192.0.2.1`: address and port.
fn address(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let word = token(b);
    if is_ip(word) {
        let port =
            b[word.len()..].strip_prefix(b"(").map(token).filter(|p| whole(p).is_some()).unwrap_or_default();
        return Some((word, port));
    }
    let at = memchr::memrchr(b':', word)?;
    (is_ip(&word[..at]) && whole(&word[at + 1..]).is_some()).then(|| (&word[..at], &word[at + 1..]))
}

fn both(source: (&[u8], &[u8]), target: (&[u8], &[u8]), said: &mut Said<'_>) {
    SOURCE.host(said.fields, source.0);
    SOURCE.port(said.fields, source.1);
    DESTINATION.host(said.fields, target.0);
    DESTINATION.port(said.fields, target.1);
    let kind = if memchr(b':', source.0).is_some() { b"ipv6" } else { b"ipv4" };
    said.set("network.type", kind);
}

/// `list 177 denied udp 192.0.2.1(55250) (Gi0/1 aabb.ccdd.eeff) -> 192.0.2.2(15600), 1 packet` and its siblings.
fn access_list(code: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    if code.starts_with(b"ACLLOG_") {
        return acl_log(text, said);
    }
    if !has(code, b"ACCESSLOG") {
        return false;
    }
    said.fields.text(known::EVENT_CATEGORY, "network");
    let Some(rest) = text.strip_prefix(b"list ") else { return true };
    let mut words = rest.splitn(4, |c| *c == b' ');
    let list = words.next().unwrap_or_default();
    let verdict = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    let allowed = verdict == b"permitted";
    said.set("rule.name", list);
    said.fields.text(known::EVENT_ACTION, if allowed { "allow" } else { "deny" });
    table::decided(allowed, said);
    said.outcome(allowed);
    let Some(rest) = words.next() else { return true };
    // A list of sources alone names no protocol: `list 1 denied 192.0.2.1 2 packets`.
    if is_ip(third) {
        SOURCE.host(said.fields, third);
    } else {
        // 0 stands for any.
        if third != b"0" {
            table::transport(third, said);
        }
        if let (Some(source), Some(target)) = (address(rest), after(rest, b" -> ").and_then(address)) {
            both(source, target, said);
        }
    }
    if let Some(at) = text::place(rest, b" packet") {
        let n = rest[..at].rsplit(|c| *c == b' ').next().unwrap_or_default();
        said.set_number("network.packets", n);
    }
    true
}

/// NX-OS: `Source IP: 192.0.2.1, Destination IP: 192.0.2.2, Source Port: 1, Destination Port: 2, Protocol: "TCP"(6), ...`.
fn acl_log(text: &[u8], said: &mut Said<'_>) -> bool {
    said.fields.text(known::EVENT_CATEGORY, "network");
    let value = |names: [&[u8]; 2]| names.iter().find_map(|n| after(text, n)).map(token).unwrap_or_default();
    SOURCE.host(said.fields, value([b"Src IP: ", b"Source IP: "]));
    DESTINATION.host(said.fields, value([b"Dst IP: ", b"Destination IP: "]));
    SOURCE.port(said.fields, value([b"Src Port: ", b"Source Port: "]));
    DESTINATION.port(said.fields, value([b"Dst Port: ", b"Destination Port: "]));
    said.set("observer.ingress.interface.name", value([b"Src Intf: ", b"Source Interface: "]));
    said.set("rule.name", value([b"ACL Name: ", b"ACL name: "]));
    let protocol = value([b"Protocol: \"", b"protocol: \""]);
    table::transport(protocol.split(|c| *c == b'"').next().unwrap_or_default(), said);
    let action = value([b"ACE Action: ", b"Action: "]);
    if let Some(allowed) = table::verdict(action) {
        table::decided(allowed, said);
        said.outcome(allowed);
        table::action(action, said);
    }
    true
}

/// Logins, by the switch's own words. A name stands between brackets or quotes; it is read up to the last place
/// where it can end, so that a name with brackets in it ends nothing.
fn login(facility: &[u8], code: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    let auth = |said: &mut Said<'_>, good: Option<bool>| {
        said.fields.text(known::EVENT_CATEGORY, "authentication");
        if let Some(good) = good {
            said.outcome(good);
        }
    };
    if let Some(rest) = after(text, b"[user: ") {
        let end = memmem::rfind(rest, b"] [Source: ").or_else(|| memchr(b']', rest)).unwrap_or(rest.len());
        table::user(rest[..end].trim_ascii(), said);
        said.set("source.user.name", rest[..end].trim_ascii());
        if let Some(from) = rest.get(end..).and_then(|r| r.strip_prefix(b"] [Source: ")) {
            SOURCE.host(said.fields, token(from));
        }
        if let Some(port) = after(&rest[end..], b"[localport: ") {
            DESTINATION.port(said.fields, token(port));
        }
        if let Some(reason) = after(&rest[end..], b"[Reason: ") {
            said.set("event.reason", reason.split(|c| *c == b']').next().unwrap_or_default());
        }
        let good = match code {
            b"LOGIN_SUCCESS" => Some(true),
            b"LOGIN_FAILED" => Some(false),
            _ => None,
        };
        auth(said, good);
        return true;
    }
    match (facility, code) {
        (b"SSH", b"SSH2_USERAUTH" | b"SSH_USERAUTH") => {
            let name = after(text, b"User '").unwrap_or_default();
            let end = memmem::rfind(name, b"' authentication").unwrap_or(0);
            table::user(&name[..end], said);
            auth(said, Some(text.ends_with(b"ucceeded") || text.ends_with(b"ucceeded.")));
            said.set("network.protocol", b"ssh");
            true
        }
        (b"SSH", _) => {
            said.fields.text(known::EVENT_CATEGORY, "session");
            said.set("network.protocol", b"ssh");
            if let Some(name) = after(text, b"for user '") {
                let end = memmem::rfind(name, b"' using").unwrap_or(0);
                table::user(&name[..end], said);
            }
            if text.ends_with(b"Failed") || has(code, b"FAIL") {
                said.outcome(false);
            }
            true
        }
        (b"SYS", b"PRIV_AUTH_FAIL" | b"PRIV_AUTH_PASS") => {
            auth(said, Some(code == b"PRIV_AUTH_PASS"));
            by_whom(text, said);
            true
        }
        (b"SYS", b"LOGOUT" | b"LOGOUT_C6K" | b"TTY_EXPIRE_TIMER") => {
            said.fields.text(known::EVENT_CATEGORY, "session");
            let name = text.strip_prefix(b"User ").or_else(|| after(text, b", user ")).unwrap_or_default();
            let end = memmem::rfind(name, b" has exited").unwrap_or(name.len());
            table::user(&name[..end], said);
            said.set("source.user.name", &name[..end]);
            if let Some(at) = memchr::memrchr(b'(', text) {
                SOURCE.host(said.fields, token(&text[at + 1..]));
            }
            true
        }
        (b"SNMP", b"AUTHFAIL") | (b"SNMPD", _) => {
            auth(said, Some(false));
            said.set("network.protocol", b"snmp");
            true
        }
        (b"DOT1X" | b"MAB" | b"AUTHMGR" | b"SESSION_MGR" | b"WEBAUTH" | b"EPM", _) => {
            let good = match () {
                () if has(code, b"FAIL") => Some(false),
                () if has(code, b"SUCCESS") => Some(true),
                () => None,
            };
            auth(said, good);
            if let Some(mac) = after(text, b"client (") {
                said.set("client.mac", token(mac));
            }
            if let Some(name) = after(text, b"Username: ").or_else(|| after(text, b"username ")) {
                table::user(token(name), said);
            }
            true
        }
        (b"AAA", b"AAA_ACCOUNTING_MESSAGE") => {
            accounting(text, said);
            true
        }
        (b"AAA" | b"AAAA" | b"AUTHPRIV" | b"TACACS", _) => {
            let good = if has(text, b"ail") { Some(false) } else { None };
            auth(said, good);
            if let Some(name) = after(text, b"user ").or_else(|| after(text, b"User ")) {
                table::user(token(name.strip_prefix(b"'").unwrap_or(name)), said);
            }
            true
        }
        _ => false,
    }
}

/// NX-OS: `update:192.0.2.1@ssh.26046:ann:show version (SUCCESS)`, also `start:` and `stop:` of a session.
fn accounting(text: &[u8], said: &mut Said<'_>) {
    let mut parts = text.splitn(4, |c| *c == b':');
    let kind = parts.next().unwrap_or_default();
    let place = parts.next().unwrap_or_default();
    let name = parts.next().unwrap_or_default();
    let command = parts.next().unwrap_or_default();
    said.fields.text(known::EVENT_CATEGORY, if kind == b"update" { "configuration" } else { "session" });
    let address = token(place);
    if is_ip(address) {
        SOURCE.host(said.fields, address);
    }
    table::user(name, said);
    let (command, good) = match (command.strip_suffix(b" (SUCCESS)"), command.strip_suffix(b" (FAILURE)")) {
        (Some(command), _) => (command, Some(true)),
        (_, Some(command)) => (command, Some(false)),
        _ => (command, None),
    };
    if !command.is_empty() {
        said.fields.bytes(known::PROCESS_COMMAND_LINE, command);
    }
    if let Some(good) = good {
        said.outcome(good);
    }
}

/// `... by admin on vty0 (192.0.2.1)`, `... by admin on 192.0.2.1@pts/0`.
fn by_whom(text: &[u8], said: &mut Said<'_>) {
    let Some(rest) = memmem::rfind(text, b" by ").map(|at| &text[at + 4..]) else { return };
    let (name, place) = match text::place(rest, b" on ") {
        Some(at) => (&rest[..at], &rest[at + 4..]),
        None => (token(rest), b"".as_slice()),
    };
    table::user(name, said);
    let address = match memchr(b'(', place) {
        Some(at) => token(&place[at + 1..]),
        None => token(place),
    };
    if is_ip(address) {
        SOURCE.host(said.fields, address);
    }
}

/// What somebody configured or ordered.
fn command(facility: &[u8], code: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    match (facility, code) {
        (_, b"CONFIG_I" | b"VSHD_SYSLOG_CONFIG_I" | b"CONFIG_P") => {
            said.fields.text(known::EVENT_CATEGORY, "configuration");
            by_whom(text, said);
            true
        }
        (_, b"CFGLOG_LOGGEDCMD" | b"LOGGED_CMD") | (b"PARSER", _) => {
            said.fields.text(known::EVENT_CATEGORY, "configuration");
            if let Some(rest) = after(text, b"User:").or_else(|| after(text, b"User ")) {
                let end = text::place(rest, b" logged command:").unwrap_or(rest.len());
                table::user(rest[..end].trim_ascii(), said);
                if let Some(command) = after(rest, b"logged command:") {
                    said.fields.bytes(
                        known::PROCESS_COMMAND_LINE,
                        command.strip_prefix(b"!exec: ").unwrap_or(command),
                    );
                }
            }
            true
        }
        (b"SYS", b"RELOAD") | (b"SYS", b"RESTART") => {
            said.fields.text(known::EVENT_CATEGORY, "host");
            by_whom(text, said);
            if let Some(reason) = after(text, b"Reload Reason: ").or_else(|| after(text, b"Reload reason: "))
            {
                said.set("event.reason", reason.strip_suffix(b".").unwrap_or(reason));
            }
            true
        }
        (b"SYSMGR", _) => {
            said.fields.text(known::EVENT_CATEGORY, "configuration");
            if let Some(pid) = after(text, b"(PID ").map(token).and_then(whole) {
                said.fields.int(known::PROCESS_PID, pid);
            }
            if has(text, b"successful") {
                said.outcome(true);
            }
            true
        }
        _ => false,
    }
}

/// `Sig:3051 Subsig:1 Sev:4 TCP Connection Window Size DoS [192.0.2.1:49871 -> 192.0.2.2:80]`.
fn signature(facility: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    if facility != b"IPS" && facility != b"IDS" {
        return false;
    }
    said.fields.text(known::EVENT_CATEGORY, "intrusion_detection");
    let Some(rest) = text.strip_prefix(b"Sig:") else { return true };
    said.set("rule.id", token(rest));
    let ends = memchr::memrchr(b'[', rest).map(|at| (at, &rest[at + 1..]));
    let name = after(rest, b"Sev:").and_then(|r| memchr(b' ', r).map(|at| &r[at + 1..]));
    if let (Some((at, ends)), Some(name)) = (ends, name) {
        let cut = name.len().saturating_sub(rest.len() - at);
        said.set("rule.name", name[..cut].trim_ascii());
        if let (Some(source), Some(target)) = (address(ends), after(ends, b" -> ").and_then(address)) {
            both(source, target, said);
        }
    }
    true
}

/// The zone-based firewall: `Dropping tcp session A:1 B:2 on zone-pair Z ...`, `initiator (A:1) sent 22 bytes -- responder (B:2) sent 33 bytes`.
fn firewall(facility: &[u8], code: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    if facility != b"FW" && facility != b"IOSXE" && facility != b"CRYPTO" {
        return false;
    }
    said.fields.text(known::EVENT_CATEGORY, "network");
    for protocol in [b"tcp".as_slice(), b"udp", b"icmp", b"Tcp", b"Udp", b"TCP", b"UDP", b"ICMP"] {
        if text.split(|c| *c == b' ').take(8).any(|w| w == protocol) {
            table::transport(protocol, said);
            break;
        }
    }
    if let (Some(one), Some(two)) = (after(text, b"initiator ("), after(text, b"responder (")) {
        if let (Some(source), Some(target)) = (address(one), address(two)) {
            both(source, target, said);
        }
        for (part, name) in [(one, "source.bytes"), (two, "destination.bytes")] {
            if let Some(n) = after(part, b" sent ").map(token) {
                said.set_number(name, n);
            }
        }
        table::decided(true, said);
    } else if let Some(rest) = after(text, b" session ").or_else(|| after(text, b"pkt from ")) {
        let mut ends = rest.split(|c| matches!(c, b' ' | b'(' | b')')).filter_map(address);
        if let (Some(source), Some(target)) = (ends.next(), ends.next()) {
            both(source, target, said);
        }
    } else if let (Some(target), Some(source)) = (after(text, b"destaddr="), after(text, b"srcaddr=")) {
        both((token(source), b""), (token(target), b""), said);
    }
    if has(code, b"DROP") || text.starts_with(b"Drop") {
        table::decided(false, said);
        said.outcome(false);
    }
    if let Some(zone) = after(text, b"zone-pair ") {
        said.set("rule.name", token(zone));
    }
    true
}

/// What is left and worth a category or an end.
fn other(facility: &[u8], code: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
    let category = match facility {
        b"PORT_SECURITY" | b"SW_DAI" | b"DHCP_SNOOPING" | b"STORM_CONTROL" | b"IP_SOURCE_GUARD" => {
            if let Some(mac) = after(text, b"MAC address ") {
                said.set("source.mac", token(mac));
            }
            "intrusion_detection"
        }
        b"SYS" | b"ENVMON" | b"PLATFORM" | b"PLATFORM_ENV" | b"HARDWARE" | b"REDUNDANCY" | b"STACKMGR"
        | b"MODULE" => "host",
        _ => "network",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    if code == b"INVALID_RP_JOIN" {
        said.fields.text(known::EVENT_ACTION, "multicast-join");
        said.outcome(false);
        let (source, target) = (after(text, b" from ").map(token), after(text, b"invalid RP ").map(token));
        if let (Some(source), Some(target)) = (source, target) {
            both((source, b""), (target, b""), said);
        }
    }
    true
}

/// The interface that it is about.
fn interface(text: &[u8], said: &mut Said<'_>) {
    let name = text
        .strip_prefix(b"Interface ")
        .or_else(|| after(text, b" on Interface "))
        .or_else(|| after(text, b" on interface "))
        .or_else(|| after(text, b" Interface "))
        .or_else(|| after(text, b" on port "));
    if let Some(name) = name.map(token).filter(|n| n.iter().any(u8::is_ascii_digit)) {
        said.set("observer.ingress.interface.name", name);
    }
}

/// Another machine that the text names as where it came from, or as a neighbour.
fn peer(text: &[u8], said: &mut Said<'_>) {
    const MARKS: &[&[u8]] = &[
        b" from host ",
        b" from ",
        b"neighbor ",
        b"Neighbor ",
        b"Nbr ",
        b"peer ",
        b"Source: ",
        b"source ",
        b"client ",
    ];
    for mark in MARKS {
        let Some((address, port)) = after(text, mark).and_then(address) else { continue };
        SOURCE.host(said.fields, address);
        SOURCE.port(said.fields, port);
        return;
    }
}

/// NX-OS relays what its programs say, and names them behind it: `Login failed for user admin - sshd[10021]`.
fn relayed(text: &[u8], said: &mut Said<'_>) -> bool {
    let text = match memmem::rfind(text, b" (message repeated ") {
        Some(at) => &text[..at],
        None => text,
    };
    let Some(at) = memmem::rfind(text, b" - ") else { return false };
    let (text, tag) = (&text[..at], &text[at + 3..]);
    let (name, pid) = match memchr(b'[', tag) {
        Some(open) => (&tag[..open], tag[open + 1..].strip_suffix(b"]").unwrap_or_default()),
        None => (tag, b"".as_slice()),
    };
    if name.is_empty() || name.contains(&b' ') {
        return false;
    }
    said.fields.bytes(known::PROCESS_NAME, name);
    if let Some(pid) = whole(pid) {
        said.fields.int(known::PROCESS_PID, pid);
    }
    let text = text.trim_ascii();
    // `pam_aaa:Authentication failed for user admin from 192.0.2.1`, `Login failed for user admin`.
    let failed = text
        .strip_prefix(b"pam_aaa:Authentication failed for user ")
        .or_else(|| text.strip_prefix(b"Login failed for user "))
        .or_else(|| text.strip_prefix(b"error: PAM: Authentication failure for illegal user "))
        .or_else(|| text.strip_prefix(b"error: PAM: Authentication failure for "));
    if let Some(who) = failed {
        let (user, from) = match memmem::rfind(who, b" from ") {
            Some(at) => (&who[..at], &who[at + 6..]),
            None => (who, b"".as_slice()),
        };
        said.fields.text(known::EVENT_CATEGORY, "authentication");
        said.fields.text(known::EVENT_ACTION, "login");
        said.outcome(false);
        said.user(user);
        table::put(To::Source, token(from), said);
        return true;
    }
    if !said_by(name, text, said) {
        said.fields.text(known::EVENT_CATEGORY, "host");
        peer(text, said);
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn messages_of_switches_and_routers_are_read() {
        let check = |text: &str, expect: &str| said(&super::Ios, text, expect);
        check(
            "%SEC-6-IPACCESSLOGP: list 177 denied udp 192.0.2.195(55250) -> 198.51.100.255(15600), 3 packets",
            "event.code=IPACCESSLOGP event.outcome=failure event.type=denied source.ip=192.0.2.195 source.port=55250 \
             destination.ip=198.51.100.255 destination.port=15600 network.transport=udp rule.name=177 network.packets=3",
        );
        check(
            "%IPV6-6-ACCESSLOGP: list A/10 permitted tcp 2001:DB8::3(1027) (Gi0/1 aabb.ccdd.eeff) -> 2001:DB8:1000::1(22), 9 packets",
            "event.outcome=success source.ip=2001:db8::3 source.port=1027 destination.port=22 network.type=ipv6",
        );
        check(
            "%SEC-6-IPACCESSLOGS: list 1 denied 192.0.2.1 2 packets",
            "source.ip=192.0.2.1 network.packets=2",
        );
        check(
            "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: a] [Source: 9.9.9.9] b] [Source: 192.0.2.3] [localport: 22] [Reason: Login Authentication Failed] at 1",
            "event.category=authentication event.outcome=failure user.name=a]\\ [Source:\\ 9.9.9.9]\\ b source.ip=192.0.2.3 destination.port=22 \
             event.reason=Login\\ Authentication\\ Failed event.action=login-failed",
        );
        check(
            "%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: ann] [Source: 192.0.2.3] [localport: 22] at 12:06:03",
            "event.outcome=success user.name=ann log.level=notice",
        );
        check(
            "%SSH-5-SSH2_USERAUTH: User 'ann' authentication for SSH2 Session from 192.0.2.3 (tty = 0) using crypto cipher 'aes', hmac 'sha' Failed",
            "event.category=authentication event.outcome=failure user.name=ann source.ip=192.0.2.3",
        );
        check(
            "%SYS-5-CONFIG_I: Configured from console by ann on vty0 (192.0.2.3)",
            "event.category=configuration user.name=ann source.ip=192.0.2.3 event.action=config-i",
        );
        check(
            "%VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by ann on 192.0.2.3@pts/0",
            "event.category=configuration user.name=ann source.ip=192.0.2.3",
        );
        check(
            "%SYS-6-LOGOUT: User ann has exited tty session 5(192.0.2.9)",
            "user.name=ann source.ip=192.0.2.9 event.category=session",
        );
        check(
            "%PARSER-5-CFGLOG_LOGGEDCMD: User:ann  logged command:!exec: enable",
            "user.name=ann process.command_line=enable event.category=configuration",
        );
        check(
            "%IPS-4-SIGNATURE: Sig:3051 Subsig:1 Sev:4 TCP Window Size DoS [192.0.2.11:49871 -> 198.51.100.10:80]",
            "event.category=intrusion_detection rule.id=3051 rule.name=TCP\\ Window\\ Size\\ DoS source.ip=192.0.2.11 destination.port=80",
        );
        check(
            "%FW-6-DROP_PKT: Dropping tcp session 192.0.2.11:4987 198.51.100.10:80 on zone-pair in-out class x due to y with ip ident 0",
            "event.type=denied source.ip=192.0.2.11 destination.port=80 network.transport=tcp rule.name=in-out",
        );
        check(
            "%FW-6-SESS_AUDIT_TRAIL: Stop tcp session: initiator (192.0.2.1:1234) sent 22 bytes -- responder (198.51.100.2:80) sent 33 bytes",
            "source.ip=192.0.2.1 source.bytes=22 destination.ip=198.51.100.2 destination.bytes=33",
        );
        check(
            "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/1, changed state to down",
            "event.category=network observer.ingress.interface.name=GigabitEthernet0/1",
        );
        check(
            "%SNMP-3-AUTHFAIL: Authentication failure for SNMP req from host 192.0.2.3",
            "event.outcome=failure source.ip=192.0.2.3",
        );
        check("%BGP-5-ADJCHANGE: neighbor 192.0.2.3 Up", "source.ip=192.0.2.3 event.category=network");
        check(
            "%AUTHPRIV-3-SYSTEM_MSG: pam_aaa:Authentication failed for user x from 9.9.9.9 from 192.0.2.105 - sshd[10021]",
            "event.outcome=failure user.name=x\\ from\\ 9.9.9.9 source.ip=192.0.2.105 process.name=sshd process.pid=10021",
        );
        check(
            "%USER-5-SYSTEM_MSG: cleanup_mts_q = 29 - vsh.bin (message repeated 2 times)",
            "process.name=vsh.bin",
        );
        check(
            "%ACLLOG-5-ACLLOG_FLOW_INTERVAL: Src IP: 192.0.2.1, Dst IP: 198.51.100.2, Src Port: 5, Dst Port: 0, Src Intf: Ethernet4/1, Protocol: \"ICMP\"(1), Hit-count = 2",
            "source.ip=192.0.2.1 destination.ip=198.51.100.2 network.transport=icmp observer.ingress.interface.name=Ethernet4/1",
        );
        check(
            "%AAA-6-AAA_ACCOUNTING_MESSAGE: update:192.0.2.105@ssh.26046:ann:show detail (SUCCESS)",
            "user.name=ann source.ip=192.0.2.105 process.command_line=show\\ detail event.outcome=success",
        );
        check("plain words", "!");
    }
}
