//! Sentences about logins that programs have in common, for those that nobody here knows by name. Only a sentence that says
//! how a login ended and names an address counts, so that talk of passwords makes no failure.

use super::Said;
use super::shape::peer;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::normalise::text;
use timberline_model::known;

/// What says that it failed, in small letters.
const FAILED: [&[u8]; 33] = [
    b"authentication failed",
    b"authentication failure",
    b"authentication error",
    b"failed authentication",
    b"failed to authenticate",
    b"failed auth",
    b"auth failed",
    b"auth failure",
    b"auth fail ",
    b"login failed",
    b"login failure",
    b"login error",
    b"failed login",
    b"failed to login",
    b"failed to log in",
    b"login incorrect",
    b"login denied",
    b"invalid login",
    b"unsuccessful login",
    b"logon failure",
    b"failed logon",
    b"failed password",
    b"incorrect password",
    b"invalid password",
    b"wrong password",
    b"bad password",
    b"password mismatch",
    b"invalid credentials",
    b"invalid username or password",
    b"username or password incorrect",
    b"unknown user",
    b"invalid user ",
    b"access denied for user",
];

const SUCCEEDED: [&[u8]; 14] = [
    b"login succeeded",
    b"login successful",
    b"successful login",
    b"successfully logged in",
    b"login ok",
    b" logged in from",
    b" logged on from",
    b"authentication succeeded",
    b"authentication successful",
    b"authenticated successfully",
    b"successfully authenticated",
    b"successful auth",
    b"accepted password",
    b"accepted publickey",
];

/// Longer messages are no sentence about a login.
const LONGEST: usize = 1024;

/// Writes what such a sentence says; false when it is none.
pub fn login(message: &[u8], said: &mut Said<'_>) -> bool {
    let text = message.trim_ascii();
    if text.len() > LONGEST || said.fields.has(known::EVENT_CATEGORY) || !hints(text) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let good = if FAILED.iter().any(|w| text::place(&lower, w).is_some()) {
        false
    } else if SUCCEEDED.iter().any(|w| text::place(&lower, w).is_some()) {
        true
    } else {
        return false;
    };
    let Some((host, port)) = address(text) else { return false };
    said.fields.text(known::EVENT_CATEGORY, "authentication");
    said.fields.text(known::EVENT_ACTION, "login");
    said.outcome(good);
    if let Some(user) = user(text, &lower) {
        said.user(user);
    }
    SOURCE.host(said.fields, host);
    SOURCE.port(said.fields, port);
    true
}

/// Whether it is worth a closer look.
fn hints(text: &[u8]) -> bool {
    [b"uth".as_slice(), b"og", b"assword", b"user", b"redential"]
        .iter()
        .any(|w| text::place(text, w).is_some())
        && text.iter().any(|c| matches!(c, b'.' | b':'))
}

/// The last address: names are a stranger's words and stand before it.
fn address(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let edge = |c: &u8| {
        matches!(
            c,
            b' ' | b','
                | b';'
                | b'['
                | b']'
                | b'('
                | b')'
                | b'<'
                | b'>'
                | b'\''
                | b'"'
                | b'='
                | b'{'
                | b'}'
                | b'\t'
        )
    };
    let words = text.split(edge).filter(|w| w.len() > 2);
    let mut found = None;
    let mut after = None;
    for word in words {
        let word = word.strip_suffix(b".").or_else(|| word.strip_suffix(b":")).unwrap_or(word);
        let (host, port) = peer(word);
        let host = host.strip_prefix(b"ipv4:").unwrap_or(host);
        if is_ip(host) && host != b"::" {
            found = Some((host, port));
            after = Some(false);
        } else if after == Some(false) && word == b"port" {
            after = Some(true);
        } else if after == Some(true) {
            after = None;
            if let Some((_, port)) = &mut found
                && port.is_empty()
                && word.iter().all(u8::is_ascii_digit)
            {
                *port = word;
            }
        }
    }
    found
}

/// The user, behind what usually stands before it.
fn user<'a>(text: &'a [u8], lower: &[u8]) -> Option<&'a [u8]> {
    const BEFORE: [&[u8]; 17] = [
        b"for invalid user ",
        b"for user ",
        b"username: ",
        b"username=",
        b"username '",
        b"user name: ",
        b"user=",
        b"user: ",
        b"user '",
        b"user \"",
        b"user [",
        b"login=",
        b"account ",
        b"authenticate as ",
        b"invalid user ",
        b"password for ",
        b"user ",
    ];
    let (at, before) = BEFORE.iter().find_map(|b| Some((text::place(lower, b)?, b)))?;
    let rest = &text[at + before.len()..];
    let closing = match (before.last(), rest.first()) {
        (Some(b'\''), _) => Some((0, b'\'')),
        (Some(b'"'), _) => Some((0, b'"')),
        (Some(b'['), _) => Some((0, b']')),
        (_, Some(b'\'')) => Some((1, b'\'')),
        (_, Some(b'"')) => Some((1, b'"')),
        (_, Some(b'[')) => Some((1, b']')),
        (_, Some(b'<')) => Some((1, b'>')),
        _ => None,
    };
    let name = match closing {
        Some((from, close)) => {
            let rest = &rest[from..];
            &rest[..memchr::memchr(close, rest)?]
        }
        None => {
            &rest[..rest
                .iter()
                .position(|c| matches!(c, b' ' | b',' | b';' | b')' | b'('))
                .unwrap_or(rest.len())]
        }
    };
    let name = name.strip_suffix(b":").or_else(|| name.strip_suffix(b".")).unwrap_or(name);
    // Words of the sentence are no names.
    let word = matches!(
        name,
        b"from"
            | b"authentication"
            | b"login"
            | b"logged"
            | b"or"
            | b"and"
            | b"not"
            | b"is"
            | b"has"
            | b"name"
            | b"with"
    );
    (!word && name.len() <= 256 && !is_ip(name)).then_some(name).filter(|n| !n.is_empty())
}
