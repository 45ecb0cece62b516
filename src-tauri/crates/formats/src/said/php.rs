//! PHP's own log, PHP-FPM's and lighttpd's errors: `[01-Jan-2024 12:00:00 UTC] PHP Warning:  ...`,
//! `[01-Jan-2024 12:00:00] WARNING: [pool www] child 8 said into stderr: "..."`, `2024-01-01 12:00:00: (mod_auth.c.525) ...`.

use super::web_apps;
use super::{Payload, Said};
use crate::About;
use crate::coded::web::{php, request};
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::severity;
use crate::normalise::text;
use crate::normalise::text::place;
use memchr::{memchr, memmem};
use timberline_model::known;

/// PHP and PHP-FPM.
pub struct Php;

impl Payload for Php {
    fn about(&self) -> About {
        About {
            id: "php_error",
            title: "PHP and PHP-FPM error log",
            about: "PHP's warnings and errors with file and line, stack traces joined; PHP-FPM's pools and children.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["php-fpm", "php", "php-cgi", "php-fpm7.4", "php-fpm8.1", "php-fpm8.2", "php-fpm8.3"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        // `[01-Jan-2024 12:00:00`
        message.first() == Some(&b'[')
            && message.get(3) == Some(&b'-')
            && message.get(7) == Some(&b'-')
            && message.get(12) == Some(&b' ')
            && message.get(15) == Some(&b':')
            && message[1].is_ascii_digit()
            && message[4].is_ascii_alphabetic()
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message;
        if self.claims(message) {
            let Some(end) = memchr(b']', message) else { return false };
            said.time = said.ctx.stamp(&message[1..end]).or(said.time);
            text = message[end + 1..].trim_ascii_start();
        } else if program.is_empty() {
            return false;
        }
        said.fields.bytes(known::MESSAGE, text);
        if php::message(text, said) {
            said.fields.text(known::EVENT_DATASET, "php.error");
            return true;
        }
        let by_fpm = fpm(text, said);
        if !by_fpm && !self.claims(message) {
            return false;
        }
        said.fields.text(known::EVENT_DATASET, if by_fpm { "php_fpm.error" } else { "php.error" });
        web_apps::sentence(text, said);
        true
    }
}

/// `NOTICE: fpm is running, pid 1`, `WARNING: [pool www] child 8 exited on signal 11`.
fn fpm(text: &[u8], said: &mut Said<'_>) -> bool {
    let mut rest = text;
    if let Some(at) = text::place(&text[..text.len().min(10)], b": ") {
        let Some(level) = severity::level(&text[..at]) else { return false };
        said.fields.text(known::LOG_LEVEL, level);
        rest = &text[at + 2..];
    } else if !rest.starts_with(b"[pool ") {
        return false;
    }
    rest = rest.trim_ascii_start();
    if let Some(inside) = rest.strip_prefix(b"[pool ")
        && let Some(end) = memchr(b']', inside)
    {
        said.set("php_fpm.pool", &inside[..end]);
        rest = inside[end + 1..].trim_ascii_start();
    }
    if let Some(pid) = rest.strip_prefix(b"child ").or_else(|| rest.strip_prefix(b"pid ")) {
        let end = pid.iter().position(|c| !c.is_ascii_digit()).unwrap_or(pid.len());
        if let Some(pid) = whole(&pid[..end]) {
            said.fields.int(known::PROCESS_PID, pid);
        }
    }
    true
}

/// lighttpd, its errors.
pub struct LighttpdError;

impl Payload for LighttpdError {
    fn about(&self) -> About {
        About {
            id: "lighttpd_error",
            title: "lighttpd error log",
            about: "lighttpd: what went wrong and where in its source; failed logins with user and address.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["lighttpd"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        // `2024-01-01 12:00:00: (mod_auth.c.525) `, older ones without seconds of a day name.
        message.get(4) == Some(&b'-')
            && place(&message[..message.len().min(40)], b": (")
                .is_some_and(|at| own_place(&message[at + 2..]).is_some())
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message;
        if self.claims(message) {
            said.time = said.ctx.prefix(message).map(|(stamp, _)| stamp).or(said.time);
            text = &message[text::place(message, b": (").map_or(0, |at| at + 2)..];
        }
        let Some(end) = own_place(text) else { return false };
        said.fields.text(known::EVENT_DATASET, "lighttpd.error");
        said.set("lighttpd.error.place", &text[1..end]);
        let text = text[end + 1..].trim_ascii_start();
        said.fields.bytes(known::MESSAGE, text);
        let failed = [
            b"password doesn't match".as_slice(),
            b"get_password failed",
            b"auth failed",
            b"password check failed",
            b"authentication failed",
        ];
        // lighttpd writes the address last.
        let at = memmem::rfind(text, b"IP: ").map(|at| &text[at + 4..]);
        if let Some(ip) = at {
            let end = ip.iter().position(|c| matches!(c, b' ' | b',')).unwrap_or(ip.len());
            request::end(&ip[..end], SOURCE, said.fields);
        }
        if failed.iter().any(|f| text::place(text, f).is_some()) {
            said.fields.text(known::EVENT_CATEGORY, "authentication");
            said.fields.text(known::EVENT_ACTION, "login");
            said.outcome(false);
            let name = between(text, b"username: ", b" IP: ")
                .or_else(|| between(text, b"auth failed for ", b" : "))
                .or_else(|| between(text, b"auth failed for ", b", IP: "));
            if let Some(name) = name {
                said.user(name.trim_ascii().strip_suffix(b",").unwrap_or(name.trim_ascii()));
            }
        }
        said.fields.text(known::EVENT_CATEGORY, "web");
        true
    }
}

/// `(mod_auth.c.525)`: where it closes.
fn own_place(text: &[u8]) -> Option<usize> {
    let inside = text.strip_prefix(b"(")?;
    let end = memchr(b')', &inside[..inside.len().min(60)])?;
    text::place(&inside[..end], b".c.").map(|_| end + 1)
}

fn between<'a>(text: &'a [u8], from: &[u8], to: &[u8]) -> Option<&'a [u8]> {
    let from = &text[text::place(text, from)? + from.len()..];
    memmem::rfind(from, to).map(|at| &from[..at])
}
