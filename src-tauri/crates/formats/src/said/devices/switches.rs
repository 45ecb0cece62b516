//! Fibre channel and campus switches and DNS appliances with few words of their own: Brocade, Extreme, Ruckus, Infoblox, and the
//! flood protection of Arbor and Radware.

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::normalise::text;
use crate::said::table::{self, To};
use crate::said::words::{after, between, between_last, has, login, source_after, word};
use crate::said::{Payload, Said};
use timberline_model::known;

/// All of them.
pub struct Switches;

impl Payload for Switches {
    fn about(&self) -> About {
        About {
            id: "switches",
            title: "Brocade, Extreme, Ruckus, Infoblox, Arbor, Radware",
            about: "Logins, audits and attacks as these makers' devices write them.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        brocade(message).is_some()
            || extreme(message).is_some()
            || ruckus(message)
            || infoblox(message).is_some()
            || message.starts_with(b"pfsp: ")
            || message.starts_with(b"DefensePro: ")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if let Some((code, text)) = brocade(message) {
            said.fields.bytes(known::EVENT_CODE, code);
            fabric(text, said);
        } else if let Some((level, code, text)) = extreme(message) {
            said.fields.bytes(known::EVENT_CODE, code);
            table::put(To::Level, level, said);
            campus(code, text, said);
        } else if ruckus(message) {
            wireless(message, said);
        } else if let Some((name, verb)) = infoblox(message) {
            appliance(name, verb, message, said);
        } else if let Some(text) = message.strip_prefix(b"pfsp: ") {
            flood(text, said);
        } else if let Some(text) = message.strip_prefix(b"DefensePro: ") {
            defence(text, said);
        } else {
            return false;
        }
        true
    }
}

/// `[SEC-1203], 123, FID 128, INFO, sw, text`, also behind `AUDIT, time, ` or a time.
fn brocade(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = &b[..b.len().min(64)];
    let open = memchr::memchr(b'[', head)?;
    let close = open + memchr::memchr(b']', &head[open..])?;
    let code = &b[open + 1..close];
    let dash = memchr::memchr(b'-', code)?;
    let shaped = dash >= 2
        && code[..dash].iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && code.len() == dash + 5
        && code[dash + 1..].iter().all(u8::is_ascii_digit)
        && b[close + 1..].starts_with(b", ");
    let before = b[..open].trim_ascii();
    let plain = before.is_empty() || before.ends_with(b",") || before.ends_with(b":");
    (shaped && plain).then(|| (code, b[close + 3..].trim_ascii()))
}

fn fabric(text: &[u8], said: &mut Said<'_>) {
    let level = text
        .split(|c| *c == b',')
        .map(<[u8]>::trim_ascii)
        .find(|w| matches!(*w, b"INFO" | b"WARNING" | b"ERROR" | b"CRITICAL"));
    table::put(To::Level, level.unwrap_or_default(), said);
    // An audit names `ann/admin/192.0.2.1/ssh/CLI`.
    let who = text
        .split(|c| *c == b',')
        .map(<[u8]>::trim_ascii)
        .find(|w| memchr::memchr_iter(b'/', w).count() == 4);
    let mut parts = who.unwrap_or_default().split(|c| *c == b'/');
    let (user, _, address) =
        (parts.next().unwrap_or_default(), parts.next(), parts.next().unwrap_or_default());
    if has(text, b"ogin")
        && (has(text, b"successful") || has(text, b"failure") || has(text, b"success") || has(text, b"fail"))
    {
        let failed = has(text, b"fail") || has(text, b"unsuccessful");
        login("brocade", "login", Some(!failed), user, said);
    } else if who.is_some() {
        said.is("brocade", "configuration", "");
        table::action(between(text, b"Event: ", b",").unwrap_or_default(), said);
        table::user_if(user, said);
        said.outcome(!has(text, b"Status: failed"));
    } else {
        said.is("brocade", "host", "event");
    }
    source_after(text, &[b"IP Addr: "], said);
    if is_ip(address) {
        SOURCE.host(said.fields, address);
    }
}

/// `<Info:AAA.authPass> Login passed for user admin through ssh (192.0.2.1)`.
fn extreme(b: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let inner = b.strip_prefix(b"<")?;
    let close = memchr::memchr(b'>', &inner[..inner.len().min(64)])?;
    let colon = memchr::memchr(b':', &inner[..close])?;
    let (level, code) = (&inner[..colon], &inner[colon + 1..close]);
    let known = matches!(level, b"Crit" | b"Erro" | b"Warn" | b"Noti" | b"Info" | b"Summ" | b"Verb");
    (known && memchr::memchr(b'.', code).is_some()).then(|| (level, code, inner[close + 1..].trim_ascii()))
}

fn campus(code: &[u8], text: &[u8], said: &mut Said<'_>) {
    if code.starts_with(b"AAA.") && has(text, b"ogin") {
        let name = between_last(text, b"user ", b" through")
            .or_else(|| after(text, b"user ").map(word))
            .unwrap_or_default();
        login("extreme", "login", Some(!has(code, b"Fail") && !has(text, b"failed")), name, said);
        source_after(text, &[b"("], said);
        said.set("network.protocol", between(text, b" through ", b" ").unwrap_or_default());
    } else if code.starts_with(b"cli.") || code.starts_with(b"CLI.") {
        said.is("extreme", "configuration", "command");
        // `192.0.2.1 (ssh) ann: show version`
        SOURCE.host(said.fields, word(text));
        table::user_if(between(text, b") ", b":").unwrap_or_default(), said);
        said.set("process.command_line", after(text, b": ").unwrap_or_default());
    } else {
        said.is("extreme", "network", "event");
    }
}

fn ruckus(b: &[u8]) -> bool {
    if memchr::memchr(b'@', &b[..b.len().min(200)]).is_none() {
        return false;
    }
    b.starts_with(b"@@") && has(&b[..b.len().min(64)], b",\"")
        || has(&b[..b.len().min(200)], b"@@") && has(b, b"\"clientMac\"=\"")
}

/// `@@205,clientAuthorization,"apMac"="..","clientMac"="..","ssid"="..","clientIP"=".."`.
fn wireless(b: &[u8], said: &mut Said<'_>) {
    let text = after(b, b"@@").unwrap_or(b);
    let mut parts = text.split(|c| *c == b',');
    let code = parts.next().unwrap_or_default();
    let name = parts.next().unwrap_or_default();
    let auth = has(name, b"Auth") || has(name, b"auth");
    said.is("ruckus", if auth { "authentication" } else { "network" }, "");
    table::action(name, said);
    said.fields.bytes(known::EVENT_CODE, code);
    let value = |key: &[u8]| {
        let mut mark = [b"\"".as_slice(), key, b"\"=\""].concat();
        let found = between(text, &mark, b"\"").unwrap_or_default();
        mark.clear();
        found
    };
    if auth {
        said.outcome(!has(name, b"Fail"));
    }
    table::user_if(value(b"userName"), said);
    said.set("client.mac", value(b"clientMac"));
    table::put(To::Ip("client.ip"), value(b"clientIP"), said);
    table::put(To::Source, value(b"clientIP"), said);
    said.set("network.name", value(b"ssid"));
    said.set("observer.name", value(b"apName"));
    said.set("event.reason", value(b"reason"));
}

/// `2026-03-10 02:13:04.123Z [ann]: Login_Allowed - - to=AdminConnector ip=192.0.2.1 ...`: who, and what was done.
fn infoblox(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = &b[..b.len().min(120)];
    let close = text::place(head, b"]: ")?;
    let open = memchr::memrchr(b'[', &head[..close])?;
    let rest = &b[close + 3..];
    let verb = rest.split(|c| *c == b' ').next().unwrap_or_default();
    let known = [
        b"Login_Allowed".as_slice(),
        b"Login_Denied",
        b"First_Login",
        b"Logout",
        b"Created",
        b"Modified",
        b"Deleted",
        b"Called",
    ];
    let dated = head.first().is_some_and(u8::is_ascii_digit) || open == 0;
    (dated && known.contains(&verb)).then(|| (&b[open + 1..close], verb))
}

fn appliance(name: &[u8], verb: &[u8], message: &[u8], said: &mut Said<'_>) {
    said.time = said.ctx.prefix(message).map(|(time, _)| time).or(said.time);
    let name = name.rsplit(|c| *c == b'\\').next().unwrap_or(name);
    match verb {
        b"Login_Allowed" | b"First_Login" => login("infoblox", "login", Some(true), name, said),
        b"Login_Denied" => login("infoblox", "login", Some(false), name, said),
        b"Logout" => {
            said.is("infoblox", "session", "logout");
            table::user_if(name, said);
        }
        _ => {
            said.is("infoblox", "configuration", "");
            table::action(verb, said);
            table::user_if(name, said);
        }
    }
    source_after(message, &[b" ip="], said);
    said.set("group.name", after(message, b" group=").map(word).unwrap_or_default());
}

/// `Host Detection alert #123, start ..., duration 300, direction incoming, host 192.0.2.1, signatures (SYN flood), ...`.
fn flood(text: &[u8], said: &mut Said<'_>) {
    said.is("arbor", "intrusion_detection", "");
    table::action(text.split(|c| matches!(c, b'#' | b',')).next().unwrap_or_default().trim_ascii(), said);
    DESTINATION.host(said.fields, word(after(text, b" host ").unwrap_or_default()));
    said.set("rule.name", between(text, b"signatures (", b")").unwrap_or_default());
    said.set("event.id", word(after(text, b"#").unwrap_or_default()));
    table::put(To::Direction, word(after(text, b"direction ").unwrap_or_default()), said);
}

/// `10-03-2026 02:13:04 WARNING 12 Anti-Scanning "TCP scan" TCP 192.0.2.1 0 192.0.2.2 0 1 Regular "policy" start ...`.
fn defence(text: &[u8], said: &mut Said<'_>) {
    said.is("radware", "intrusion_detection", "attack");
    let mut words = text.split(|c| *c == b' ').filter(|w| !w.is_empty());
    let level = words.nth(2).unwrap_or_default();
    table::put(To::Level, level, said);
    said.set("rule.id", words.next().unwrap_or_default());
    said.set("rule.category", words.next().unwrap_or_default());
    let mut quoted = text.split(|c| *c == b'"');
    said.set("rule.name", quoted.nth(1).unwrap_or_default());
    let mut ends = quoted.next().unwrap_or_default().split(|c| *c == b' ').filter(|w| !w.is_empty());
    table::put(To::Transport, ends.next().unwrap_or_default(), said);
    for end in [SOURCE, DESTINATION] {
        let (address, port) = (ends.next().unwrap_or_default(), ends.next().unwrap_or_default());
        if is_ip(address) && address != b"0.0.0.0" {
            end.host(said.fields, address);
            end.port(said.fields, port);
        }
    }
    if has(text, b" drop ") {
        table::decided(false, said);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn makers_with_few_words_are_read() {
        let check = |text: &str, expect: &str| said(&super::Switches, text, expect);
        check(
            "[SEC-1193], 123, FID 128, INFO, sw1, Security violation: Login failure attempt via SSH. IP Addr: 198.51.100.66",
            "event.category=authentication event.outcome=failure source.ip=198.51.100.66 event.code=SEC-1193 log.level=info",
        );
        check(
            "AUDIT, 2026/03/10-02:13:04 (UTC), [SEC-3020], INFO, SECURITY, ann/admin/192.0.2.1/ssh/CLI, ad_0/sw1/FID 128, v8, , , Event: login, Status: success, Info: Successful login attempt via SSH, IP Addr: 192.0.2.1.",
            "event.outcome=success user.name=ann source.ip=192.0.2.1",
        );
        check(
            "<Warn:AAA.authFail> Login failed for user x through telnet (198.51.100.66)",
            "event.outcome=failure user.name=x source.ip=198.51.100.66 log.level=warning",
        );
        check(
            "@@205,clientAuthorization,\"apMac\"=\"00:00:5e:00:53:01\",\"clientMac\"=\"00:00:5e:00:53:02\",\"ssid\"=\"corp\",\"clientIP\"=\"192.0.2.7\",\"userName\"=\"ann\"",
            "event.category=authentication user.name=ann client.mac=00:00:5e:00:53:02 network.name=corp source.ip=192.0.2.7",
        );
        check(
            "2026-03-10 02:13:04.123Z [ann]: Login_Denied - - to=AdminConnector ip=198.51.100.66 info=Local apparently_via=GUI",
            "@timestamp=2026-03-10T02:13:04.123Z event.outcome=failure user.name=ann source.ip=198.51.100.66",
        );
        check(
            "DefensePro: 10-03-2026 02:13:04 WARNING 12 Anti-Scanning \"TCP scan\" TCP 198.51.100.9 5 192.0.2.80 23 1 Regular \"policy\" start 1 0 N/A 0 N/A medium drop FFFF",
            "event.category=intrusion_detection rule.name=TCP\\ scan source.ip=198.51.100.9 destination.port=23 event.type=denied",
        );
        check("[SEC] x", "!");
    }
}
