//! Who, from where and with what outcome, in the free words of a program that nobody knows: `Login failed for user 'bob'
//! from 192.0.2.7`. A best guess, made only where one reading is possible, so that unknown applications answer questions
//! too. Messages hold what strangers typed, so the last address behind a `from` counts, and two different ones behind
//! the same word count as none.

use super::Said;
use crate::normalise::entities::{SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::memmem;
use timberline_model::known;

/// Messages are looked at so far.
const REACH: usize = 512;

/// Words of a login that failed.
const FAILED: &[&[u8]] = &[
    b"login failed",
    b"failed login",
    b"login failure",
    b"logon failure",
    b"failed logon",
    b"login attempt failed",
    b"failed to log in",
    b"failed to login",
    b"unable to log in",
    b"authentication failed",
    b"authentication failure",
    b"failed authentication",
    b"authentication error",
    b"auth failed",
    b"auth failure",
    b"failed auth",
    b"failed to authenticate",
    b"unable to authenticate",
    b"could not authenticate",
    b"not authenticated",
    b"invalid password",
    b"wrong password",
    b"incorrect password",
    b"bad password",
    b"failed password",
    b"password mismatch",
    b"password check failed",
    b"invalid credential",
    b"bad credential",
    b"wrong credential",
    b"invalid username or password",
    b"invalid user name or password",
    b"wrong username or password",
    b"incorrect username or password",
    b"invalid login",
    b"login incorrect",
    b"incorrect login",
    b"invalid user",
    b"access denied for user",
    b"login denied",
    b"login rejected",
    b"login refused",
    b"rejected login",
    b"denied login",
    b"sign-in failed",
    b"signin failed",
    b"failed sign-in",
    b"unsuccessful login",
    b"unsuccessful authentication",
    b"login unsuccessful",
    b"tried to log in",
    b"unknown user",
    b"invalid api key",
    b"invalid token",
];
/// Words of one that came about.
const GOOD: &[&[u8]] = &[
    b"login successful",
    b"successful login",
    b"successfully logged in",
    b"login succeeded",
    b"login success",
    b"logon success",
    b"logged in",
    b"logged on",
    b"authentication succeeded",
    b"authentication successful",
    b"successful authentication",
    b"authentication success",
    b"successfully authenticated",
    b"accepted password",
    b"auth success",
    b"signed in",
    b"login accepted",
    b"has authenticated",
];
/// Words of a login's end.
const LEFT: &[&[u8]] = &[b"logged out", b"logged off", b"logout", b"logoff", b"signed out"];

/// Words behind which the client's address stands, strongest first.
const FROM: &[&[u8]] = &[
    b"from ",
    b"remote_addr",
    b"remote address",
    b"remote addr",
    b"remote ip",
    b"remote_ip",
    b"remoteip",
    b"client ip",
    b"client_ip",
    b"clientip",
    b"client address",
    b"client",
    b"source ip",
    b"src_ip",
    b"srcip",
    b"src",
    b"source",
    b"ip address",
    b"ip_address",
    b"ipaddress",
    b"rhost",
    b"peer",
    b"remote",
    b"ip",
    b"host",
    b"addr",
    b"address",
];
/// Words behind which a user's name stands.
const USER: &[&[u8]] = &[
    b"username",
    b"user name",
    b"user_name",
    b"userid",
    b"user",
    b"login name",
    b"login",
    b"account",
    b"usr",
];

/// What may be a part of a longer word.
fn bounded(text: &[u8], at: usize, len: usize) -> bool {
    let before = at.checked_sub(1).and_then(|n| text.get(n));
    let after = text.get(at + len);
    !before.is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_')
        && !after.is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_')
}

/// Guesses; true when the message is about a login.
pub fn guess(message: &[u8], said: &mut Said<'_>) -> bool {
    let message = &message[..message.len().min(REACH)];
    let mut lower = [0u8; REACH];
    let lower = &mut lower[..message.len()];
    lower.copy_from_slice(message);
    lower.make_ascii_lowercase();
    let lower = &*lower;

    let about = login(lower);
    if !said.fields.has(known::SOURCE_IP)
        && let Some((ip, port)) = address(message, lower)
    {
        SOURCE.host(said.fields, ip);
        SOURCE.port(said.fields, port);
    }
    let Some(outcome) = about else {
        // `user=bob` is the program's own word for it; behind other words a name is only a guess.
        if let Some(user) = user(message, lower, true) {
            said.user(user);
        }
        return false;
    };
    if !said.fields.has(known::EVENT_CATEGORY) {
        said.fields.text(known::EVENT_CATEGORY, "authentication");
        said.fields.text(known::EVENT_ACTION, if outcome.is_some() { "login" } else { "logout" });
        if let Some(good) = outcome {
            said.outcome(good);
        }
    }
    if let Some(user) = user(message, lower, false).or_else(|| subject(message, lower)) {
        said.user(user);
    }
    true
}

/// Whether it is about a login (and whether it came about) or a logout.
fn login(lower: &[u8]) -> Option<Option<bool>> {
    // Nearly all messages hold none of these.
    let hint: [&[u8]; 7] = [b"log", b"auth", b"password", b"credential", b"sign", b"user", b"invalid"];
    if !hint.iter().any(|h| text::place(lower, h).is_some()) {
        return None;
    }
    let has = |words: &[&[u8]]| words.iter().any(|w| text::place(lower, w).is_some());
    if has(FAILED) {
        return Some(Some(false));
    }
    let not: [&[u8]; 7] = [
        b"not logged".as_slice(),
        b"not signed",
        b"never logged",
        b"must be logged",
        b"be logged",
        b"if logged",
        b"is logged",
    ];
    if has(GOOD) && !has(&not) && !has(&[b"fail", b"denied", b"invalid"]) {
        return Some(Some(true));
    }
    let after_user = [b"user".as_slice(), b"session", b"account"];
    (has(LEFT) && has(&after_user)).then_some(None)
}

/// The client's address: behind the strongest word that has one; the last behind `from`; nothing where the same word
/// stands before two different ones, or where another word names another address.
fn address<'a>(message: &'a [u8], lower: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    if !message.iter().any(u8::is_ascii_digit) {
        return None;
    }
    for word in FROM {
        let mut found: Option<(&[u8], &[u8])> = None;
        for at in memmem::find_iter(lower, word) {
            let len = word.trim_ascii_end().len();
            if !bounded(lower, at, len) {
                continue;
            }
            let Some(next) = value(message, at + len) else { continue };
            let (host, port) = crate::declared::host_port(next);
            if !is_ip(host) || unspecific(host) {
                continue;
            }
            match found {
                Some((other, _)) if other != host && *word != b"from " => return None,
                _ => found = Some((host, port)),
            }
        }
        if found.is_some() {
            return found;
        }
    }
    None
}

/// What a server listens on is no client.
fn unspecific(host: &[u8]) -> bool {
    matches!(host, b"0.0.0.0" | b"::" | b"255.255.255.255")
}

/// The value behind a word: `word value`, `word: value`, `word=value`, `word 'value'`, `word [value]`.
fn value(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..)?;
    // `client 'x' [192.0.2.1]`: only what stands right behind the word.
    let skip = rest
        .iter()
        .take(8)
        .take_while(|c| matches!(c, b' ' | b':' | b'=' | b'"' | b'\'' | b'[' | b'(' | b'<' | b'/' | b'`'))
        .count();
    if skip == 0 {
        return None;
    }
    let quoted = rest[..skip].iter().rev().find(|c| matches!(c, b'"' | b'\'' | b'`')).copied();
    let rest = &rest[skip..];
    let end = match quoted {
        Some(b'`') => rest.iter().position(|c| matches!(c, b'`' | b'\'')),
        Some(quote) => rest.iter().position(|c| *c == quote),
        None => rest.iter().position(|c| {
            matches!(c, b' ' | b',' | b';' | b')' | b'>' | b'"' | b'\'' | b'\t' | b'\n' | b'\r')
        }),
    };
    let mut value = &rest[..end.unwrap_or(rest.len())];
    if quoted.is_none() {
        // `[2001:db8::1]:80` keeps its bracket.
        if !value.starts_with(b"[") && text::place(value, b"]:").is_none() {
            value = value.strip_suffix(b"]").unwrap_or(value);
        }
        while let Some((last, rest)) = value.split_last()
            && matches!(last, b'.' | b':' | b'!')
            && !value.ends_with(b"::")
        {
            value = rest;
        }
    }
    (!value.is_empty()).then_some(value)
}

/// The user's name. `plain`: only where a `=` or quotes say that it is one.
fn user<'a>(message: &'a [u8], lower: &[u8], plain: bool) -> Option<&'a [u8]> {
    for word in USER {
        let mut found: Option<&[u8]> = None;
        for at in memmem::find_iter(lower, word) {
            if !bounded(lower, at, word.len()) {
                continue;
            }
            let behind = message.get(at + word.len()..).unwrap_or_default();
            let marked = behind.starts_with(b"=") || (!plain && matches!(behind.first(), Some(b':')));
            let quoted = matches!(behind, [b' ', b'"' | b'\'' | b'`', ..] | [b':', b' ', b'"' | b'\'', ..]);
            if !(marked || quoted || (!plain && behind.starts_with(b" "))) {
                continue;
            }
            let Some(name) = value(message, at + word.len()) else { continue };
            if !quoted && !named(name, marked) {
                continue;
            }
            // A name that says more names is not one that can be trusted.
            match found {
                Some(other) if other != name => return None,
                _ => found = Some(name),
            }
        }
        if found.is_some() {
            return found;
        }
    }
    // `Failed login for bob from`, `authentication failure for bob`
    if plain {
        return None;
    }
    let at = memmem::rfind(lower, b" for ")?;
    let name = value(message, at + 4)?;
    let more: [&[u8]; 10] =
        [b"user", b"the", b"a", b"an", b"this", b"invalid", b"account", b"more", b"all", b"ip"];
    (named(name, false) && !more.contains(&name.to_ascii_lowercase().as_slice())).then_some(name)
}

/// Whether a word without quotes can be a user's name.
fn named(name: &[u8], marked: bool) -> bool {
    const WORDS: &[&[u8]] = &[
        b"failed",
        b"failure",
        b"success",
        b"successful",
        b"logged",
        b"login",
        b"logout",
        b"not",
        b"does",
        b"is",
        b"was",
        b"has",
        b"had",
        b"from",
        b"for",
        b"with",
        b"and",
        b"or",
        b"attempt",
        b"attempts",
        b"name",
        b"id",
        b"authentication",
        b"authenticated",
        b"unknown",
        b"invalid",
        b"password",
        b"account",
        b"session",
        b"agent",
        b"in",
        b"at",
        b"by",
        b"on",
        b"to",
        b"the",
        b"via",
        b"denied",
        b"rejected",
        b"error",
        b"created",
        b"deleted",
        b"request",
        b"page",
        b"null",
        b"none",
    ];
    let plain = |c: &u8| {
        !c.is_ascii_control() && !matches!(c, b'{' | b'}' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'"')
    };
    name.len() <= 128
        && name.iter().all(plain)
        && name.iter().any(|c| c.is_ascii_alphanumeric() || *c >= 0x80)
        && !is_ip(name)
        && (marked || (!WORDS.contains(&name.to_ascii_lowercase().as_slice()) && whole(name).is_none()))
}

/// `bob logged in from`, `User bob has logged in`: the word before it.
fn subject<'a>(message: &'a [u8], lower: &[u8]) -> Option<&'a [u8]> {
    let marks: [&[u8]; 4] = [b" logged in", b" successfully logged in", b" has logged in", b" logged out"];
    let at = marks.iter().filter_map(|m| text::place(lower, m)).min()?;
    let before = message[..at].trim_ascii_end();
    let start = before.iter().rposition(|c| matches!(c, b' ' | b'\t' | b':')).map_or(0, |n| n + 1);
    let name = &before[start..];
    let name = name.strip_prefix(b"'").and_then(|n| n.strip_suffix(b"'")).unwrap_or(name);
    named(name, false).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParseContext;
    use crate::said::Names;
    use crate::testing::Counting;
    use timberline_model::Fields;

    fn check(text: &str, user: Option<&str>, ip: Option<&str>, outcome: Option<&str>) {
        let (mut fields, mut sink) = (Fields::default(), Counting::default());
        let names = Names::new(&mut sink);
        let ctx = ParseContext::for_tests();
        let mut said = Said { fields: &mut fields, names: &names, ctx: &ctx, out: &mut sink, time: None };
        guess(text.as_bytes(), &mut said);
        let got = |id| fields.get_text(id);
        assert_eq!(
            (got(known::USER_NAME), got(known::SOURCE_IP), got(known::EVENT_OUTCOME)),
            (user, ip, outcome),
            "{text}"
        );
    }

    #[test]
    fn logins_of_unknown_programs_are_guessed() {
        check("Login failed for user 'bob' from 192.0.2.7", Some("bob"), Some("192.0.2.7"), Some("failure"));
        check("Failed login for bob from IP 192.0.2.7:443", Some("bob"), Some("192.0.2.7"), Some("failure"));
        check(
            "authentication failure; user=bob rhost=192.0.2.7",
            Some("bob"),
            Some("192.0.2.7"),
            Some("failure"),
        );
        check(
            "Authentication failed: username: bob, client ip: [2001:db8::1]",
            Some("bob"),
            Some("2001:db8::1"),
            Some("failure"),
        );
        check("bob logged in from 192.0.2.7.", Some("bob"), Some("192.0.2.7"), Some("success"));
        check(
            "User bob successfully logged in (remote address 192.0.2.7)",
            Some("bob"),
            Some("192.0.2.7"),
            Some("success"),
        );
        check("Invalid username or password! ip=192.0.2.7", None, Some("192.0.2.7"), Some("failure"));
        check(
            "Access denied for user 'root'@'192.0.2.7' (using password: YES)",
            Some("root"),
            None,
            Some("failure"),
        );
        check("User \"eve\" logged out", Some("eve"), None, None);
    }

    #[test]
    fn what_is_not_plain_is_not_guessed() {
        check("connection from 192.0.2.7 to 192.0.2.8", None, Some("192.0.2.7"), None);
        check("client 192.0.2.7 client 192.0.2.8", None, None, None);
        check(
            "Login failed for user 'x from 6.6.6.6' from 192.0.2.7",
            Some("x from 6.6.6.6"),
            Some("192.0.2.7"),
            Some("failure"),
        );
        check("listening on 192.0.2.7", None, None, None);
        check("user is not logged in", None, None, None);
        check("the user guide for beginners", None, None, None);
        check("dialog opened", None, None, None);
        check("", None, None, None);
        check("user", None, None, None);
        check("from from from", None, None, None);
        check("user=bob opened file", Some("bob"), None, None);
    }
}
