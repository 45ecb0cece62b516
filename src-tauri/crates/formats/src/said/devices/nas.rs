//! Network storage: Synology DSM (`User [ann] from [192.0.2.1] failed to log in via [DSM] ...`) and QNAP QTS (`Users: ann, Source
//! IP: 192.0.2.1, ..., Action: Login Fail`), and APC's power supplies, which speak alike.

use crate::About;
use crate::normalise::entities::SOURCE;
use crate::normalise::text;
use crate::said::guess::Phrase;
use crate::said::table;
use crate::said::words::{after, between, between_last, has, login, source_after, word};
use crate::said::{Payload, Said};
use timberline_model::known;

/// Synology DSM.
pub struct Synology;

impl Payload for Synology {
    fn about(&self) -> About {
        About { id: "synology", title: "Synology DSM", about: "Logins and files of Synology's storage." }
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"User [") && has(message, b"] from [")
            || message.starts_with(b"Event: ") && has(message, b", Path: ")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if message.starts_with(b"Event: ") {
            return file(message, said);
        }
        let Some(name) = between_last(message, b"User [", b"] from [") else { return false };
        let from = between(&message[6 + name.len()..], b"] from [", b"]").unwrap_or_default();
        let phrase = Phrase::new(&message[message.len().saturating_sub(200)..]);
        let failed = phrase.has("failed to");
        if phrase.has("log in") || phrase.has("signed in") || phrase.has("logged in") || phrase.has("sign in")
        {
            login("synology", "login", Some(!failed), name, said);
        } else {
            said.is(
                "synology",
                "session",
                if phrase.has("logged out") || phrase.has("signed out") { "logout" } else { "event" },
            );
            table::user_if(name, said);
        }
        SOURCE.host(said.fields, from);
        said.set(
            "network.protocol",
            &between(message, b" via [", b"]").unwrap_or_default().to_ascii_lowercase(),
        );
        true
    }
}

/// `Event: read, Path: /x, File/Folder: File, Size: 1 KB, User: ann, IP: 192.0.2.1`.
fn file(message: &[u8], said: &mut Said<'_>) -> bool {
    said.is("synology", "file", "");
    table::action(between(message, b"Event: ", b",").unwrap_or_default(), said);
    // A path may hold all of the words that follow it; those behind it are the last.
    said.set("file.path", between_last(message, b", Path: ", b", File/Folder: ").unwrap_or_default());
    table::user_if(between_last(message, b", User: ", b", IP: ").unwrap_or_default(), said);
    source_after(message, &[b", IP: "], said);
    true
}

/// QNAP QTS.
pub struct Qnap;

impl Payload for Qnap {
    fn about(&self) -> About {
        About { id: "qnap", title: "QNAP QTS", about: "Connections and events of QNAP's storage." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["qlogd"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(200)];
        (head.starts_with(b"conn log: ") || head.starts_with(b"event log: ") || head.starts_with(b"Users: "))
            && has(head, b", Source IP: ")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        let name = between_last(message, b"Users: ", b", Source IP: ").unwrap_or_default();
        let action = message.rsplit(|c| *c == b',').next().unwrap_or_default();
        let action = after(action, b"Action: ").unwrap_or_default();
        let phrase = Phrase::new(action);
        if phrase.has("login") {
            login("qnap", "login", Some(!phrase.has("fail")), name, said);
        } else {
            let connection = message.starts_with(b"conn log: ");
            said.is("qnap", if connection { "file" } else { "host" }, "");
            table::action(action, said);
            table::user_if(name, said);
        }
        source_after(message, &[b", Source IP: "], said);
        said.set(
            "network.protocol",
            &between(message, b"Connection type: ", b",").unwrap_or_default().to_ascii_lowercase(),
        );
        said.set(
            "file.path",
            between_last(message, b"Accessed resources: ", b", Action").unwrap_or_default(),
        );
        let level = word(after(message, b"Level: ").unwrap_or_default());
        said.set("qnap.level", level);
        true
    }
}

/// Sentences about logins, in the words of devices that nobody else knows: power supplies, printers, consoles.
pub struct Logins;

impl Payload for Logins {
    fn about(&self) -> About {
        About {
            id: "logins",
            title: "Logins in sentences",
            about: "Sentences of devices about logins, with who and from where.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        sentence(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some((good, name)) = sentence(message) else { return false };
        login("syslog", "login", Some(good), name, said);
        source_after(message, FROM, said);
        said.fields.has(known::SOURCE_IP)
    }
}

const FROM: &[&[u8]] = &[b" from ", b" ip ", b" IP ", b" address ", b" host ", b"("];

/// Whether a sentence is about a login with an address, how it ended and who it was. All words must be there: an
/// application's own sentence is not taken for a device's by half of it.
fn sentence(b: &[u8]) -> Option<(bool, &[u8])> {
    if b.len() > 400 || b.len() < 16 {
        return None;
    }
    let at = text::place(b, b"og").filter(|at| *at > 0 && matches!(b[at - 1], b'l' | b'L'))?;
    let near = &b[at - 1..b.len().min(at + 12)];
    let mut lower = [0u8; 13];
    let lower = lower.get_mut(..near.len())?;
    lower.copy_from_slice(near);
    lower.make_ascii_lowercase();
    if !lower.starts_with(b"login")
        && !lower.starts_with(b"logged in")
        && !lower.starts_with(b"logon")
        && !lower.starts_with(b"log in")
    {
        return None;
    }
    let address = FROM.iter().any(|f| {
        memchr::memmem::rfind(b, f).is_some_and(|at| {
            let found = word(&b[at + f.len()..]);
            crate::normalise::entities::is_ip(found)
        })
    });
    if !address {
        return None;
    }
    let phrase = Phrase::new(b);
    let good = phrase.outcome()?;
    let name = between_last(b, b"user '", b"'")
        .or_else(|| between_last(b, b"user \"", b"\""))
        .or_else(|| between_last(b, b"User '", b"'"))
        .or_else(|| after(b, b"for user ").map(word))
        .or_else(|| after(b, b"user ").map(word))
        .or_else(|| after(b, b"User ").map(word))
        .or_else(|| after(b, b"for ").map(word))?;
    let named =
        !name.is_empty() && !matches!(name, b"attempt" | b"login" | b"logged" | b"is" | b"from" | b"name");
    named.then_some((good, name))
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn storage_and_plain_sentences_are_read() {
        let check = |text: &str, expect: &str| said(&super::Synology, text, expect);
        check(
            "User [x] from [9.9.9.9] y] from [198.51.100.66] failed to log in via [DSM] due to authorization failure.",
            "event.category=authentication event.outcome=failure source.ip=198.51.100.66 user.name=x]\\ from\\ [9.9.9.9]\\ y network.protocol=dsm",
        );
        check(
            "User [ann] from [192.0.2.1] signed in to [DSM] successfully via [password].",
            "event.outcome=success user.name=ann",
        );
        check(
            "Event: read, Path: /a, b/c, File/Folder: File, Size: 1 KB, User: ann, IP: 192.0.2.1",
            "event.category=file event.action=read file.path=/a,\\ b/c user.name=ann source.ip=192.0.2.1",
        );
        let check = |text: &str, expect: &str| said(&super::Qnap, text, expect);
        check(
            "conn log: Users: admin, Source IP: 198.51.100.66, Computer name: ---, Connection type: HTTP, Accessed resources: Administration, Action: Login Fail",
            "event.category=authentication event.outcome=failure user.name=admin source.ip=198.51.100.66 network.protocol=http",
        );
        let check = |text: &str, expect: &str| said(&super::Logins, text, expect);
        check(
            "System: Web user 'apc' logged in from 192.0.2.1. 0x0014",
            "event.outcome=success user.name=apc source.ip=192.0.2.1",
        );
        check(
            "Login failed for user x through telnet (198.51.100.66)",
            "event.outcome=failure user.name=x source.ip=198.51.100.66",
        );
        check("login page rendered for user ann", "!");
        check("catalog of 192.0.2.1 failed", "!");
    }
}
