//! Who asks for whom: TACACS+'s accounting and logins, Duo's authentication proxy.

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::said::pairs::{Dialect, Pairs};
use crate::said::table;
use crate::said::words::{after, between, between_last, has, login, source_after, word};
use crate::said::{Payload, Said};

/// TACACS+.
pub struct TacPlus;

impl Payload for TacPlus {
    fn about(&self) -> About {
        About {
            id: "tac_plus",
            title: "TACACS+ (tac_plus)",
            about: "Commands and sessions that TACACS+ accounted, and its logins.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["tac_plus"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        accounting(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if let Some(name) = between_last(message, b"login query for '", b"' ") {
            let good = has(message, b" accepted");
            if !good && !has(message, b" rejected") && !has(message, b" failed") {
                return false;
            }
            login("tac_plus", "login", Some(good), name, said);
            source_after(message, &[b" from "], said);
            return true;
        }
        let Some((time, c)) = accounting(message) else { return false };
        if !time.is_empty() {
            said.time = said.ctx.stamp(time).or(said.time);
        }
        const HOW: Dialect =
            Dialect { equals: b'=', separator: b'\t', quotes: b"", open: false, escapes: b"" };
        let pairs = Pairs::read(c[5], &HOW);
        let command = pairs.get("cmd");
        said.is("tac_plus", if command.is_empty() { "session" } else { "configuration" }, "");
        table::action(if command.is_empty() { c[4] } else { b"command" }, said);
        table::user_if(c[1], said);
        if is_ip(c[3]) {
            SOURCE.host(said.fields, c[3]);
        }
        if is_ip(c[0]) {
            DESTINATION.host(said.fields, c[0]);
            said.set("observer.ip", c[0]);
        }
        said.set("process.tty", c[2]);
        let command = command.strip_suffix(b" <cr>").unwrap_or(command);
        said.set("process.command_line", command);
        for (key, value) in pairs.iter().filter(|(k, _)| *k != b"cmd") {
            table::own("tac_plus.", key, value, said);
        }
        true
    }
}

/// `Mar 10 02:13:04 2026\tNAS\tann\ttty1\tFROM\tstop\ttask_id=1\t...`: the time, NAS, user, line, address, kind and the rest.
fn accounting(b: &[u8]) -> Option<(&[u8], [&[u8]; 6])> {
    if memchr::memchr_iter(b'\t', b).take(6).count() < 6 {
        return None;
    }
    let mut columns = b.splitn(7, |c| *c == b'\t');
    let time = columns.next()?;
    let mut c = [b"".as_slice(); 6];
    for column in &mut c {
        *column = columns.next()?;
    }
    matches!(c[4], b"start" | b"stop" | b"update").then_some((time, c))
}

/// Duo's authentication proxy.
pub struct DuoProxy;

impl Payload for DuoProxy {
    fn about(&self) -> About {
        About {
            id: "duo_authproxy",
            title: "Duo Authentication Proxy",
            about: "Logins that Duo's proxy handled: who, from where, how Duo answered.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(200)];
        head.first().is_some_and(u8::is_ascii_digit)
            && [b"[duoauthproxy".as_slice(), b"DuoForwardServer", b"RadiusServer (UDP)", b"DuoAutoServer"]
                .iter()
                .any(|word| has(head, word))
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        said.time = said.ctx.prefix(message).map(|(time, _)| time).or(said.time);
        let text = after(message, b"] ").unwrap_or(message);
        // `(('192.0.2.1', 5), ann, 1): ...`
        let from = between(text, b"(('", b"'").unwrap_or_default();
        let name = between_last(text, b"login attempt for username '", b"'")
            .or_else(|| between(text, b"), ", b", "))
            .unwrap_or_default();
        if let Some(answer) = between(text, b"Duo authentication returned '", b"'") {
            login("duo.authproxy", "duo-authentication", Some(answer == b"allow"), name, said);
            said.set("event.reason", between(text, b"': '", b"'").unwrap_or_default());
        } else if let Some(code) = after(text, b"Returning response code ") {
            login("duo.authproxy", "response", Some(has(code, b"AccessAccept")), name, said);
            said.set("duo.response", word(after(code, b": ").unwrap_or_default()));
        } else if has(text, b"login attempt for username") {
            login("duo.authproxy", "login-attempt", None, name, said);
        } else {
            said.is("duo.authproxy", "host", "event");
        }
        if is_ip(from) {
            SOURCE.host(said.fields, from);
        }
        said.set("duo.message", text);
        if let Some(level) = between(message, b"#", b"]").filter(|l| l.len() < 10) {
            table::put(table::To::Level, level, said);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn those_who_ask_for_others_are_read() {
        let check = |text: &str, expect: &str| said(&super::TacPlus, text, expect);
        check(
            "Mar 10 02:13:04 2026\t192.0.2.9\tann\ttty1\t198.51.100.7\tstop\ttask_id=1\tservice=shell\tpriv-lvl=15\tcmd=show running-config <cr>",
            "@timestamp=2026-03-10T02:13:04Z user.name=ann source.ip=198.51.100.7 process.command_line=show\\ running-config event.category=configuration tac_plus.priv-lvl=15",
        );
        let check = |text: &str, expect: &str| said(&super::DuoProxy, text, expect);
        check(
            "2026-03-10T02:13:04.123456+0000 [duoauthproxy.lib.log#info] (('198.51.100.7', 5), ann, 1): Duo authentication returned 'deny': 'Denied.'",
            "@timestamp=2026-03-10T02:13:04.123456Z event.category=authentication event.outcome=failure user.name=ann source.ip=198.51.100.7 log.level=info",
        );
    }
}
