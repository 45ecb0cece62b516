//! What telephone servers and voice chats say: registrations, calls and who was refused. Asterisk, FreeSWITCH, Kamailio, Murmur.

use super::shape::{Line, Lines, Told, by_name_only};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, End, SOURCE};
use crate::normalise::severity;
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// Asterisk.
pub struct Asterisk;

impl Payload for Asterisk {
    fn about(&self) -> About {
        About {
            id: "asterisk",
            title: "Asterisk",
            about: "Registrations, calls and logins, with account and address.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["asterisk", "freepbx"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        levelled(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let message = said.stamped(message.trim_ascii());
        let Some((level, call, text)) = levelled(message) else { return false };
        said.fields.text(known::EVENT_DATASET, "asterisk");
        match level {
            b"SECURITY" => {}
            _ => {
                if let Some(level) = severity::level(level) {
                    said.fields.text(known::LOG_LEVEL, level);
                }
            }
        }
        said.set("asterisk.call", call);
        if let Some(at) = text::place(text, b"SecurityEvent=\"") {
            return security(&text[at..], said);
        }
        // `chan_sip.c:23417 in handle_request_register: text`, `res_pjsip/pjsip_distributor.c: text`, `Ext. s: "text"`
        let reach = &text[..text.len().min(96)];
        let mut rest = text;
        if let Some(at) = text::place(reach, b".c") {
            said.set("log.origin.file.name", &text[..at + 2]);
            rest = text::place(&text[at..], b": ").map_or(text, |n| text[at + n + 2..].trim_ascii_start());
        }
        ASTERISK_LINES.read("asterisk", rest, said);
        // `"100" <sip:100@192.0.2.5>`: who it says it is.
        if let Some(id) = said.out.field("sip.from")
            && let Some(from) = said.fields.get_text(id).map(str::to_owned)
        {
            let inner = from.rsplit_once("sip:").map_or(from.as_str(), |(_, inner)| inner);
            let name = inner.split(['@', '>', ';']).next().unwrap_or(inner);
            said.user(name.as_bytes());
        }
        true
    }
}

/// `NOTICE[1638][C-00000fa9]: text`: level, call and the rest.
fn levelled(message: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let run = message.iter().take(9).take_while(|c| c.is_ascii_uppercase()).count();
    let level = &message[..run];
    if !matches!(
        level,
        b"NOTICE" | b"WARNING" | b"ERROR" | b"SECURITY" | b"VERBOSE" | b"DEBUG" | b"DTMF" | b"FAX"
    ) {
        return None;
    }
    let rest = message[run..].trim_ascii_start();
    let inside = rest.strip_prefix(b"[")?;
    let close = memchr(b']', &inside[..inside.len().min(12)])?;
    if !inside[..close].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut rest = &inside[close + 1..];
    let mut call = b"".as_slice();
    if let Some(inside) = rest.strip_prefix(b"[C-")
        && let Some(close) = memchr(b']', &inside[..inside.len().min(16)])
    {
        call = &inside[..close];
        rest = &inside[close + 1..];
    }
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    Some((level, call, rest.trim_ascii_start()))
}

/// `SecurityEvent="InvalidPassword",...,RemoteAddress="IPV4/UDP/192.0.2.1/5084",...`. Account and session are the
/// caller's words; Asterisk's own pairs stand behind them, so the last of each is taken.
fn security(text: &[u8], said: &mut Said<'_>) -> bool {
    let after = |name: &[u8], last: bool| -> &[u8] {
        let found = if last { memmem::rfind(text, name) } else { text::place(text, name) };
        let Some(at) = found else { return b"" };
        let value = &text[at + name.len()..];
        &value[..memchr(b'"', value).unwrap_or(value.len())]
    };
    let event = after(b"SecurityEvent=\"", false);
    let remote = after(b",RemoteAddress=\"", true);
    let (action, good) = match event {
        b"SuccessfulAuth" => ("voip_login", Some(true)),
        b"ChallengeSent" => ("voip_challenge", None),
        b"InvalidAccountID"
        | b"InvalidPassword"
        | b"ChallengeResponseFailed"
        | b"FailedACL"
        | b"AuthMethodNotAllowed"
        | b"RequestBadFormat"
        | b"RequestNotAllowed"
        | b"RequestNotSupported"
        | b"UnexpectedAddress"
        | b"InvalidTransport"
        | b"LoadAverageLimit"
        | b"SessionLimit"
        | b"MemoryLimit" => ("voip_login", Some(false)),
        _ => ("voip_security", None),
    };
    said.is("asterisk", "authentication", action);
    if let Some(good) = good {
        said.outcome(good);
    }
    said.fields.bytes(known::EVENT_REASON, event);
    // The account ends where the next pair of Asterisk's begins.
    if let Some(at) = text::place(text, b",AccountID=\"") {
        let value = &text[at + 12..];
        let end =
            text::place(value, b"\",SessionID=\"").or_else(|| memchr(b'"', value)).unwrap_or(value.len());
        if !matches!(&value[..end], b"<unknown>" | b"") {
            said.user(&value[..end]);
        }
    }
    socket(&SOURCE, remote, said);
    socket(&DESTINATION, after(b",LocalAddress=\"", true), said);
    said.set("network.protocol", &after(b",Service=\"", false).to_ascii_lowercase());
    true
}

/// `IPV4/UDP/192.0.2.1/5084`
fn socket(end: &End, text: &[u8], said: &mut Said<'_>) {
    let mut cells = text.split(|c| *c == b'/');
    let (Some(_), Some(transport), Some(host), port) =
        (cells.next(), cells.next(), cells.next(), cells.next())
    else {
        return;
    };
    end.host(said.fields, host);
    end.port(said.fields, port.unwrap_or_default());
    let lower = transport.to_ascii_lowercase();
    said.fields.bytes(
        known::NETWORK_TRANSPORT,
        if lower == b"tls" || lower == b"ws" || lower == b"wss" { b"tcp" } else { &lower },
    );
}

static ASTERISK_LINES: Lines = Lines::new(&[
    Line::failed("voip_login", "Registration from '{sip.from*}' failed for '{peer}' - {reason}"),
    Line::failed(
        "voip_login",
        "Request '{sip.method}' from '{sip.from*}' failed for '{peer}' (callid: {sip.call_id}) - {reason}",
    ),
    Line::failed(
        "voip_login",
        "Request from '{sip.from*}' failed for '{peer}' (callid: {sip.call_id}) - {reason}",
    ),
    Line::failed("voip_login", "Host {source} failed to authenticate as '{user}'"),
    Line::failed("voip_login", "Host {source} failed MD5 authentication for '{user}' ({*})"),
    Line::failed("voip_login", "Host {source} denied access to register peer '{user}'"),
    Line::failed("voip_login", "No registration for peer '{user}' (from {source})"),
    Line::failed("voip_login", "{source} failed to authenticate as '{user}'"),
    Line::failed("voip_login", "{source} failed to pass IP ACL as '{user}'"),
    Line::failed("voip_login", "{source} tried to authenticate with nonexistent user '{user}'"),
    Line::failed("voip_login", "Failed to authenticate device {user}"),
    Line::failed("voip_login", "Failed to authenticate user {user}{*}"),
    Line::failed("voip_login", "Sending fake auth rejection for {*} {user}"),
    Line::failed("voip_login", "hacking attempt detected '{source}'"),
    Line::new(
        "network",
        "voip_call_refused",
        "Call from '{user}' ({*}:[{source}]:{port}) to extension '{sip.to}' rejected because {reason}",
    )
    .bad(),
    Line::new(
        "network",
        "voip_call_refused",
        "Call from '{user}' ({*}:{peer}) to extension '{sip.to}' rejected because {reason}",
    )
    .bad(),
    Line::new(
        "network",
        "voip_call_refused",
        "Call from '{user}' ({peer}) to extension '{sip.to}' rejected because {reason}",
    )
    .bad(),
    Line::new(
        "network",
        "voip_call_refused",
        "{user}: Call ({*}:{peer}) to extension '{sip.to}' rejected because {reason}",
    )
    .bad(),
    Line::new("network", "voip_call_refused", "Ext. {*}\"Rejecting unknown SIP connection from {peer}\"")
        .bad(),
    Line::new("network", "voip_call_refused", "Ext. {*}Friendly Scanner from {peer}").bad(),
    Line::login("voip_login", "Registered SIP '{user}' at {peer}"),
    Line::login("voip_login", "Registered IAX2 '{user}' (AUTHENTICATED) at {peer}"),
    Line::login("voip_login", "Manager '{user}' logged on from {source}"),
    Line::new("session", "voip_logout", "Manager '{user}' logged off from {source}"),
    Line::new("session", "voip_logout", "Unregistered SIP '{user}'"),
    Line::new("session", "voip_logout", "Unregistered IAX2 '{user}'"),
]);

/// FreeSWITCH.
pub struct Freeswitch;

impl Payload for Freeswitch {
    fn about(&self) -> About {
        About {
            id: "freeswitch",
            title: "FreeSWITCH",
            about: "Registrations and calls, with account and address.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["freeswitch"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        sourced(message).is_some_and(|(_, file, _)| {
            file.starts_with(b"sofia") || file.starts_with(b"switch_") || file.starts_with(b"mod_")
        })
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let message = said.stamped(message.trim_ascii());
        let Some((level, file, text)) = sourced(message) else {
            return FREESWITCH_LINES.read("freeswitch", message, said);
        };
        if let Some(level) = severity::level(level) {
            said.fields.text(known::LOG_LEVEL, level);
        }
        said.set("log.origin.file.name", file);
        said.fields.text(known::EVENT_DATASET, "freeswitch");
        FREESWITCH_LINES.read("freeswitch", text, said);
        true
    }
}

/// `96.03% [WARNING] sofia_reg.c:3223 text`
fn sourced(message: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut rest = message;
    if let Some(at) = text::place(&rest[..rest.len().min(10)], b"% ") {
        rest = &rest[at + 2..];
    }
    let inside = rest.strip_prefix(b"[")?;
    let close = memchr(b']', &inside[..inside.len().min(12)])?;
    let behind = inside[close + 1..].strip_prefix(b" ")?;
    let end = memchr(b' ', &behind[..behind.len().min(64)])?;
    let place = &behind[..end];
    let colon = text::place(place, b".c")?;
    Some((&inside[..close], &place[..colon + 2], behind[end + 1..].trim_ascii_start()))
}

static FREESWITCH_LINES: Lines = Lines::new(&[
    Line::failed("voip_login", "Can't find user [{user}] from {peer}").because("no such user"),
    Line::failed(
        "voip_login",
        "SIP auth failure (REGISTER) on sofia profile '{freeswitch.profile}' for [{user}] from ip {source}",
    ),
    Line::failed(
        "voip_login",
        "SIP auth failure (INVITE) on sofia profile '{freeswitch.profile}' for [{user}] from ip {source}",
    ),
    Line::failed(
        "voip_login",
        "SIP auth failure ({*}) on sofia profile '{freeswitch.profile}' for [{user}] from ip {source}",
    ),
    Line::new(
        "authentication",
        "voip_challenge",
        "SIP auth challenge ({*}) on sofia profile '{freeswitch.profile}' for [{user}] from ip {source}",
    ),
    Line::failed("voip_login", "IP {source} Rejected by acl \"{rule.name}\"{*}"),
    Line::failed("voip_login", "IP {source} Rejected by register acl \"{rule.name}\"{*}"),
]);

/// Kamailio and OpenSIPS; what their scripts log is the administrator's.
pub const SIP_PROXIES: Told = Told {
    about: About {
        id: "kamailio",
        title: "Kamailio, OpenSIPS",
        about: "SIP proxies' refusals, as their scripts word them.",
    },
    programs: &["kamailio", "opensips", "openser", "ser"],
    lines: &PROXY_LINES,
    claims: by_name_only,
};

static PROXY_LINES: Lines = Lines::new(&[
    Line::failed("voip_login", "{*}failed auth attempt from {source}{*}"),
    Line::failed("voip_login", "{*}auth failed{*} from {source}{*}"),
    Line::failed("voip_login", "{*}Authentication failed for {user} from {source}{*}"),
    Line::new("network", "voip_blocked", "{*}blocking {source}{*}").bad(),
    Line::new("network", "voip_blocked", "{*}request from blocked IP {source}").bad(),
]);

/// Mumble's server.
pub struct Murmur;

impl Payload for Murmur {
    fn about(&self) -> About {
        About {
            id: "murmur",
            title: "Mumble server (Murmur)",
            about: "Connections and refusals of a voice chat.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["murmurd", "mumble-server", "murmur"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        user_of(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let message = message.trim_ascii();
        // In syslog the record keeps its own head: `<W>2019-09-08 13:00:05.615 1 => ...`.
        let text = match message {
            [b'<', level, b'>', rest @ ..] => {
                let level = match level {
                    b'W' => "warning",
                    b'C' | b'F' => "critical",
                    _ => "info",
                };
                said.fields.text(known::LOG_LEVEL, level);
                said.stamped(rest)
            }
            other => other,
        };
        let Some((user, text)) = user_of(text) else { return false };
        if !MURMUR_LINES.read("murmur", text, said) {
            said.is("murmur", "session", "");
        }
        // `4:name(-1)`: the number of the connection, the name, the number of the account.
        let name = memchr(b':', user).map_or(user, |at| &user[at + 1..]);
        let name = memchr::memrchr(b'(', name).map_or(name, |at| &name[..at]);
        if !name.is_empty() {
            said.user(name);
        }
        true
    }
}

/// `1 => <4:name(-1)> text`; a name may hold anything, the text is the server's.
fn user_of(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = message.iter().take(6).take_while(|c| c.is_ascii_digit()).count();
    let rest = message.get(digits..).filter(|_| digits > 0)?.strip_prefix(b" => <")?;
    let end = memmem::rfind(rest, b")> ")?;
    Some((&rest[..end + 1], &rest[end + 3..]))
}

static MURMUR_LINES: Lines = Lines::new(&[
    Line::failed("voice_login", "Rejected connection from {peer}: {reason}"),
    Line::login("voice_login", "Authenticated"),
    Line::new("network", "voice_connect", "New connection: {peer}"),
    Line::new("session", "voice_disconnect", "Connection closed: {reason}"),
]);

/// XMPP servers: ejabberd and Prosody.
pub struct Xmpp;

impl Payload for Xmpp {
    fn about(&self) -> About {
        About { id: "xmpp", title: "ejabberd, Prosody", about: "Logins of XMPP servers." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["ejabberd", "prosody"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(160)];
        // `=INFO REPORT==== 2013-07-14 17:53:40 ===`, to which the next line belongs.
        report(message).is_some()
            || text::place(head, b"ejabberd_").is_some()
                && memchr(b'<', head).is_some()
                && !matches!(head, [b'I' | b'W' | b'E' | b'D', b'(', b'<', ..])
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        said.fields.text(known::EVENT_DATASET, "xmpp");
        if let Some((level, time, rest)) = report(text) {
            if let Some(level) = severity::level(level) {
                said.fields.text(known::LOG_LEVEL, level);
            }
            said.time = said.ctx.stamp(time);
            text = rest;
        }
        if text.first() == Some(&b'[')
            && let Some(close) = memchr(b']', &text[..text.len().min(12)])
            && let Some(level) = severity::level(&text[1..close])
        {
            said.fields.text(known::LOG_LEVEL, level);
        }
        // What stands before the sentence is the place in the code and the connection.
        for words in [
            b"Failed authentication for ".as_slice(),
            b"Failed c2s ",
            b"Accepted c2s ",
            b"Accepted authentication for ",
            b"Accepted legacy authentication for ",
        ] {
            if let Some(at) = text::place(text, words) {
                text = &text[at..];
                break;
            }
        }
        XMPP_LINES.read("xmpp", text, said);
        true
    }
}

/// Erlang's old reports: level, time and what follows their first line.
fn report(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let inside = text.strip_prefix(b"=")?;
    let head = &inside[..inside.len().min(64)];
    let level = &head[..text::place(head, b" REPORT==== ")?];
    let from = level.len() + 12;
    let to = text::place(&head[from..], b" ===")? + from;
    Some((level, &inside[from..to], inside[to + 4..].trim_ascii()))
}

static XMPP_LINES: Lines = Lines::new(&[
    Line::failed("chat_login", "Failed authentication for {user} from IP {source} ({*}"),
    Line::failed("chat_login", "Failed authentication for {user} from IP {source}"),
    Line::failed("chat_login", "Failed authentication for {user} from {source}: {reason}"),
    Line::failed("chat_login", "Failed authentication for {user} from {source}"),
    Line::failed(
        "chat_login",
        "Failed c2s {sasl.mechanism?} authentication for {user} from {source}: {reason}",
    ),
    Line::failed("chat_login", "Failed c2s {sasl.mechanism?} authentication for {user} from {source}"),
    Line::login(
        "chat_login",
        "Accepted c2s {sasl.mechanism?} authentication for {user} by {*} backend from {source}",
    ),
    Line::login("chat_login", "Accepted authentication for {user} by {*} from {source}"),
    Line::login("chat_login", "Accepted authentication for {user} by {*}"),
    Line::login("chat_login", "Accepted legacy authentication for {user} by {*}"),
    // Prosody: `c2s55d0c3: Authenticated as bob@example.com`.
    Line::login("chat_login", "{?} {*} Authenticated as {user}"),
    Line::login("chat_login", "{?} Authenticated as {user}"),
    Line::failed(
        "chat_login",
        "{*}Failed authentication attempt (not-authorized) for user {user} from IP: {source}",
    ),
]);
