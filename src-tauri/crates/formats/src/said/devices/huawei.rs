//! Huawei VRP and H3C / HP Comware: `%%01SSH/4/SSH_FAIL(s)[1]:Failed to login through SSH. (IP=192.0.2.1, UserName=ann, ...)`.

use crate::About;
use crate::normalise::entities::is_ip;
use crate::normalise::severity;
use crate::normalise::text;
use crate::said::guess::Phrase;
use crate::said::pairs::{Dialect, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::words::{after, has, login, source_after, word};
use crate::said::{Payload, Said};
use timberline_model::known;

/// VRP and Comware.
pub struct Huawei;

impl Payload for Huawei {
    fn about(&self) -> About {
        About {
            id: "huawei_vrp",
            title: "Huawei VRP and H3C Comware",
            about: "Huawei's, H3C's and HP's Comware switches, routers and firewalls: logins, commands, policies, ports.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        parts(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some((module, level, name, text)) = parts(message) else { return false };
        said.fields.text(known::EVENT_DATASET, "huawei.vrp");
        said.set("huawei.module", module);
        said.fields.bytes(known::EVENT_CODE, name);
        if let Some(level) = severity::SYSLOG.get(usize::from(level)) {
            said.fields.text(known::LOG_LEVEL, level);
        }
        event(module, name, text, said);
        true
    }
}

/// Module, severity, name and text.
type Parts<'a> = (&'a [u8], u8, &'a [u8], &'a [u8]);

/// `%%01SSH/4/SSH_FAIL(s)[1]:text`, `%%10SHELL/5/SHELL_LOGIN: text`.
fn parts(b: &[u8]) -> Option<Parts<'_>> {
    let rest = b.strip_prefix(b"%%")?;
    let version = rest.get(..2).filter(|v| v.iter().all(u8::is_ascii_digit))?;
    let rest = &rest[version.len()..];
    let colon = memchr::memchr(b':', &rest[..rest.len().min(120)])?;
    let mut words = rest[..colon].splitn(3, |c| *c == b'/');
    let (module, level, name) = (words.next()?, words.next()?, words.next()?);
    let [digit @ b'0'..=b'7'] = level else { return None };
    let name = name.split(|c| matches!(c, b'(' | b'[')).next().unwrap_or(name);
    Some((module, digit - b'0', name, rest[colon + 1..].trim_ascii()))
}

static TABLE: Table = Table::new(
    "huawei.",
    &[
        ("IP", To::Source),
        ("IPAddr", To::Source),
        ("Ip", To::Source),
        ("UserIP", To::Source),
        ("SrcIP", To::Source),
        ("source-ip", To::Source),
        ("source-port", To::SourcePort),
        ("destination-ip", To::Destination),
        ("destination-port", To::DestinationPort),
        ("SrcIPAddr", To::Source),
        ("SrcPort", To::SourcePort),
        ("DstIPAddr", To::Destination),
        ("DstPort", To::DestinationPort),
        ("UserName", To::User),
        ("User", To::User),
        ("user-name", To::User),
        ("protocol", To::Transport),
        ("Protocol", To::Transport),
        ("source-zone", To::Text("observer.ingress.zone")),
        ("destination-zone", To::Text("observer.egress.zone")),
        ("rule-name", To::Text("rule.name")),
        ("application-name", To::Lower("network.application")),
        ("FailedReason", To::Text("event.reason")),
        ("Reason", To::Text("event.reason")),
        ("Command", To::Text("process.command_line")),
        ("CommandInfo", To::Text("process.command_line")),
        ("time", To::Nothing),
    ],
);

fn event(module: &[u8], name: &[u8], text: &[u8], said: &mut Said<'_>) {
    const HOW: Dialect = Dialect { equals: b'=', separator: b',', quotes: b"\"", open: false, escapes: b"" };
    const SEMICOLONS: Dialect = Dialect { separator: b';', ..HOW };
    // The values stand in brackets behind the sentence, or are all there is.
    let inner = after(text, b"(")
        .map(|t| t.strip_suffix(b".").unwrap_or(t))
        .map(|t| t.strip_suffix(b")").unwrap_or(t));
    let pairs = match inner.filter(|i| memchr::memchr(b'=', i).is_some()) {
        Some(inner) => Pairs::read(inner, &HOW),
        None if text.starts_with(b"-") => Pairs::read(text, &SEMICOLONS),
        None => Pairs::read(text.strip_suffix(b".").unwrap_or(text), &HOW),
    };
    let (phrase, names) = (Phrase::new(text), Phrase::new(name));
    let failed = names.has("fail") || phrase.has("failed to log") || names.has("reject");
    let user = ["UserName", "User", "user-name"]
        .iter()
        .map(|k| pairs.get(k))
        .find(|u| !u.is_empty())
        .unwrap_or_default();
    let words = names.has("login")
        || phrase.has("logged in")
        || phrase.has("log in")
        || (module == b"SSH" && failed)
        || (module == b"AAA" && failed);
    match () {
        () if names.has("logout") || phrase.has("logged out") => {
            said.is("huawei.vrp", "session", "logout");
            table::user_if(if user.is_empty() { before(text, b" logged out") } else { user }, said);
        }
        () if words => {
            let user = if user.is_empty() { before(text, b" logged in") } else { user };
            login("huawei.vrp", "login", Some(!failed), user, said);
        }
        () if names.has("cmd") || pairs.has("Command") || names.has("config") => {
            said.is("huawei.vrp", "configuration", "command");
            table::user_if(user, said);
        }
        () if names.has("policydeny")
            || names.has("policypermit")
            || module == b"PACKET"
            || module == b"FILTER" =>
        {
            let denied = names.has("deny") || phrase.has("denied") || phrase.has("drop");
            said.is("huawei.vrp", "network", if denied { "deny" } else { "permit" });
            table::decided(!denied, said);
            said.outcome(!denied);
        }
        () if matches!(module, b"ATTACK" | b"ATK" | b"SEC" | b"IPS") || names.has("attack") => {
            said.is("huawei.vrp", "intrusion_detection", "attack");
        }
        () => said.is("huawei.vrp", "network", "event"),
    }
    TABLE.write(&pairs, said);
    if !said.fields.has(known::SOURCE_ADDRESS) {
        source_after(text, &[b" from ", b"IP address "], said);
    }
    if let Some(interface) = after(text, b"nterface ").map(word).filter(|_| has(text, b"state")) {
        said.set("observer.ingress.interface.name", interface);
    }
}

/// The word before a phrase: `ann logged in from ...`.
fn before<'a>(text: &'a [u8], phrase: &[u8]) -> &'a [u8] {
    let Some(at) = text::place(text, phrase) else { return b"" };
    let name = text[..at].rsplit(|c| matches!(c, b' ' | b';')).next().unwrap_or_default();
    if is_ip(name) || name == b"VTY" || name == b"Console" { b"" } else { name }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn both_families_are_read() {
        let check = |text: &str, expect: &str| said(&super::Huawei, text, expect);
        check(
            "%%01SSH/4/SSH_FAIL(s)[1]:Failed to login through SSH. (IP=198.51.100.66, UserName=root, Times=1, FailedReason=\"wrong password\").",
            "event.category=authentication event.outcome=failure user.name=root source.ip=198.51.100.66 event.reason=wrong\\ password log.level=warning",
        );
        check(
            "%%10SHELL/5/SHELL_LOGIN: -DevIP=192.0.2.9; ann logged in from 198.51.100.7.",
            "event.category=authentication event.outcome=success user.name=ann source.ip=198.51.100.7 event.code=SHELL_LOGIN",
        );
        check(
            "%%01POLICY/6/POLICYDENY(l)[0]:vsys=public, protocol=6, source-ip=198.51.100.9, source-port=5, destination-ip=192.0.2.80, destination-port=23, source-zone=untrust, destination-zone=trust, application-name=, rule-name=default.",
            "event.type=denied source.ip=198.51.100.9 destination.port=23 network.transport=tcp rule.name=default",
        );
        check("%%x", "!");
    }
}
