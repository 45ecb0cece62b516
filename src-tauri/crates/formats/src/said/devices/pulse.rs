//! Pulse Secure / Ivanti Connect Secure and its forebears: `2026-03-10 02:13:04 - ive - [192.0.2.1] ann(Users)[Role] - Login
//! succeeded for ann/Users from 192.0.2.1`.

use crate::About;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::normalise::text;
use crate::said::guess::Phrase;
use crate::said::table::{self, To};
use crate::said::words::{after, has, login, word};
use crate::said::{Payload, Said};
use memchr::memmem;
use timberline_model::known;

/// Pulse Connect Secure.
pub struct Pulse;

impl Payload for Pulse {
    fn about(&self) -> About {
        About {
            id: "pulse_secure",
            title: "Pulse Secure, Ivanti Connect Secure",
            about: "Logins, sessions and requests of the VPN gateways of Juniper, Pulse Secure and Ivanti.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        parts(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(parts) = parts(message) else { return false };
        said.time = said.ctx.prefix(&message[parts.time..]).map(|(time, _)| time).or(said.time);
        event(&parts, said);
        true
    }
}

struct Parts<'a> {
    /// Where the time begins.
    time: usize,
    address: &'a [u8],
    user: &'a [u8],
    realm: &'a [u8],
    text: &'a [u8],
}

/// `[- - - ]2026-03-10 02:13:04 - NAME - [192.0.2.1] USER(REALM)[ROLES] - TEXT`.
fn parts(b: &[u8]) -> Option<Parts<'_>> {
    let head = &b[..b.len().min(160)];
    let open = text::place(head, b" - [")?;
    let inner = &b[open + 4..];
    let close = memchr::memchr(b']', &inner[..inner.len().min(48)])?;
    let address = &inner[..close];
    if !is_ip(address) {
        return None;
    }
    let time = head[..open].iter().position(u8::is_ascii_digit)?;
    let shaped = head.get(time + 4) == Some(&b'-')
        && head.get(time + 13) == Some(&b':')
        && has(&head[time..=open], b" - ");
    let rest = inner[close + 1..].trim_ascii_start();
    let end = text::place(rest, b"] - ")?;
    if !shaped {
        return None;
    }
    let who = &rest[..end];
    let (who, _) = who.split_at(memchr::memrchr(b'[', who).unwrap_or(who.len()));
    let realm = memchr::memrchr(b'(', who)?;
    Some(Parts {
        time,
        address,
        user: &who[..realm],
        realm: who[realm + 1..].strip_suffix(b")").unwrap_or_default(),
        text: &rest[end + 4..],
    })
}

fn event(parts: &Parts<'_>, said: &mut Said<'_>) {
    let phrase = Phrase::new(parts.text);
    let login_words = phrase.has("login") || phrase.has("authentication") || phrase.has("sign-in");
    if login_words && phrase.outcome().is_some() {
        // Before a login succeeded the name in front is `System`; the sentence names who tried.
        let named = after(parts.text, b" for ")
            .map(|t| t.split(|c| matches!(c, b'/' | b' ')).next().unwrap_or_default());
        let user = if parts.user == b"System" { named.unwrap_or_default() } else { parts.user };
        login("pulse.secure", "login", phrase.outcome(), user, said);
    } else {
        let session = phrase.has("session") || phrase.has("logout") || phrase.has("tunnel");
        let category = match () {
            () if session => "session",
            () if phrase.has("request") || phrase.has("webrequest") => "web",
            () if phrase.has("changed")
                || phrase.has("configuration")
                || phrase.has("added")
                || phrase.has("modified") =>
            {
                "configuration"
            }
            () => "host",
        };
        said.is("pulse.secure", category, "");
        if parts.user != b"System" {
            table::user_if(parts.user, said);
        }
    }
    said.set("pulse.realm", parts.realm);
    said.set("pulse.message", parts.text);
    if parts.address != b"127.0.0.1" {
        SOURCE.host(said.fields, parts.address);
    } else if let Some(from) = memmem::rfind(parts.text, b" from ") {
        SOURCE.host(said.fields, word(&parts.text[from + 6..]));
    }
    if let Some(reason) = after(parts.text, b"Reason: ") {
        said.set("event.reason", reason);
    }
    if let Some(inside) = after(parts.text, b"IPv4 address ").or_else(|| after(parts.text, b"with IP ")) {
        table::put(To::Ip("source.nat.ip"), word(inside), said);
    }
    if let Some(at) = text::place(parts.text, b"hostname ") {
        said.set("source.domain", word(&parts.text[at + 9..]));
    }
    said.fields.text(known::EVENT_PROVIDER, "pulse-secure");
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn logins_and_sessions_are_read() {
        let check = |text: &str, expect: &str| said(&super::Pulse, text, expect);
        check(
            "2026-03-10 02:13:04 - ive - [198.51.100.66] ann(Users)[] - Login failed using auth server AD (Radius).  Reason: Failed",
            "@timestamp=2026-03-10T02:13:04Z event.category=authentication event.outcome=failure user.name=ann source.ip=198.51.100.66 pulse.realm=Users event.reason=Failed",
        );
        check(
            "- - - 2026-03-10 02:13:04 - vpn1 - [198.51.100.7] System()[] - Primary authentication successful for ann/AD from 198.51.100.7",
            "event.outcome=success user.name=ann",
        );
        check(
            "2026-03-10 02:13:04 - ive - [198.51.100.7] ann(Users)[Role] - VPN Tunneling: Session started for user with IPv4 address 10.0.0.5, hostname pc1",
            "event.category=session user.name=ann source.nat.ip=10.0.0.5 source.domain=pc1",
        );
        check("a - b - [1.2.3.4] c", "!");
    }
}
