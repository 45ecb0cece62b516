//! What OpenSSH's server says. User names come from whoever knocks, so a line is read from its right end: the last
//! `from ADDRESS port NUMBER` is sshd's own, whatever a name before it pretends.

use super::shape::{Line, Lines};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::memmem;
use timberline_model::known;

/// OpenSSH's server.
pub struct Sshd;

impl Payload for Sshd {
    fn about(&self) -> About {
        About { id: "sshd", title: "OpenSSH server", about: "Logins, failures and connections of sshd." }
    }

    fn programs(&self) -> &'static [&'static str] {
        // `sshd-session` and `sshd-auth` are sshd since OpenSSH 9.8.
        &["sshd", "sshd-session", "sshd-auth", "ssh"]
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        message(text, said)
    }
}

fn message(message: &[u8], said: &mut Said<'_>) -> bool {
    let mut text = message.trim_ascii();
    for tail in [b" [preauth]".as_slice(), b" [postauth]"] {
        text = text.strip_suffix(tail).unwrap_or(text);
    }
    for (head, level) in [(b"error: ".as_slice(), "error"), (b"fatal: ", "critical"), (b"debug1: ", "debug")]
    {
        if let Some(rest) = text.strip_prefix(head) {
            said.fields.text(known::LOG_LEVEL, level);
            text = rest;
            break;
        }
    }
    let known = match text.first() {
        Some(b'F') => attempt(text, b"Failed ", said),
        Some(b'A') => {
            attempt(text, b"Accepted ", said) || address_maps(text, said) || access_denied(text, said)
        }
        Some(b'P') => {
            attempt(text, b"Postponed ", said) || attempt(text, b"Partial ", said) || pam_error(text, said)
        }
        Some(b'I') => {
            invalid_user(text, b"Invalid user ", said) || invalid_user(text, b"Illegal user ", said)
        }
        Some(b'i') => input_request(text, said),
        Some(b'C' | b'R' | b'D') => connection(text, said),
        Some(b'm') => too_many(text, said),
        _ => other(text, said),
    };
    known || other(text, said)
}

/// `Failed password for [invalid user ]NAME from ADDRESS port N ssh2[: KEY]` and its siblings.
fn attempt(text: &[u8], word: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(word) else { return false };
    let Some(at) = text::place(rest, b" for ") else { return false };
    let (method, mut rest) = (&rest[..at], &rest[at + 5..]);
    if method.len() > 64 || method.contains(&b' ') {
        return false;
    }
    // What stands behind a key's type is the client's word too (the id in a certificate).
    if (method == b"publickey" || method == b"hostbased")
        && let Some(at) = text::place(rest, b"-CERT ID ")
        && let Some(cut) = memmem::rfind(&rest[..at], b" ssh2: ")
    {
        said.maybe(said.names.key, &rest[cut + 7..]);
        rest = &rest[..cut + 5];
    }
    let Some(peer) = from_port(rest) else { return false };
    said.is("sshd", "authentication", "ssh_login");
    match word {
        b"Accepted " => said.outcome(true),
        // `none` is how a client asks which methods there are; nobody has guessed anything yet.
        b"Failed " if method != b"none" => said.outcome(false),
        _ => said.fields.text(known::EVENT_OUTCOME, "unknown"),
    }
    said.fields.bytes(known::SSH_METHOD, method);
    user_or_invalid(&rest[..peer.from], said);
    peer.write(said);
    if let Some(key) = rest[peer.end..].strip_prefix(b" ssh2: ") {
        said.maybe(said.names.key, key);
    }
    true
}

/// A name, or `invalid user NAME`, which says that the name does not exist.
fn user_or_invalid(name: &[u8], said: &mut Said<'_>) {
    let invalid = [b"invalid user ".as_slice(), b"illegal user "].iter().find_map(|p| name.strip_prefix(*p));
    if let Some(name) = invalid {
        said.user(name);
        said.fields.text(known::EVENT_REASON, "no such user");
    } else if matches!(name, b"invalid user" | b"illegal user") {
        said.user(b"");
        said.fields.text(known::EVENT_REASON, "no such user");
    } else {
        said.user(name);
    }
}

/// Where a peer was found in a text.
struct Peer<'a> {
    /// Where ` from ` begins.
    from: usize,
    /// Where the peer ends.
    end: usize,
    address: &'a [u8],
    port: &'a [u8],
}

impl Peer<'_> {
    fn write(&self, said: &mut Said<'_>) {
        SOURCE.host(said.fields, self.address);
        SOURCE.port(said.fields, self.port);
    }
}

/// The last ` from ADDRESS port NUMBER`; where no port is named, the last ` from ADDRESS`.
fn from_port(text: &[u8]) -> Option<Peer<'_>> {
    let mut reach = text.len();
    while let Some(at) = memmem::rfind(&text[..reach], b" port ") {
        let digits = text[at + 6..].iter().take_while(|c| c.is_ascii_digit()).count();
        let from = memmem::rfind(&text[..at], b" from ");
        if let Some(from) = from.filter(|f| digits > 0 && f + 6 <= at) {
            let address = &text[from + 6..at];
            if !address.is_empty() && !address.contains(&b' ') {
                let end = at + 6 + digits;
                return Some(Peer { from, end, address, port: &text[at + 6..end] });
            }
        }
        reach = at;
    }
    let from = memmem::rfind(text, b" from ").or_else(|| text.starts_with(b"from ").then_some(0))?;
    let start = from + if text[from] == b' ' { 6 } else { 5 };
    let word = text[start..].iter().take_while(|c| !matches!(c, b' ' | b',' | b';')).count();
    let address = text[start..start + word].strip_suffix(b":").unwrap_or(&text[start..start + word]);
    (!address.is_empty()).then_some(Peer { from, end: start + address.len(), address, port: b"" })
}

/// `Invalid user NAME from ADDRESS[ port N]`: announces a failure that has its own line.
fn invalid_user(text: &[u8], word: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(word) else { return false };
    // An empty name leaves `Invalid user  from ADDRESS`.
    let Some(peer) = from_port(rest) else {
        said.is("sshd", "authentication", "ssh_invalid_user");
        said.fields.text(known::EVENT_REASON, "no such user");
        said.user(rest);
        return true;
    };
    said.is("sshd", "authentication", "ssh_invalid_user");
    said.fields.text(known::EVENT_REASON, "no such user");
    said.user(&rest[..peer.from]);
    peer.write(said);
    true
}

fn input_request(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(name) = text.strip_prefix(b"input_userauth_request: invalid user ") else { return false };
    said.is("sshd", "authentication", "ssh_auth_detail");
    said.fields.text(known::EVENT_REASON, "no such user");
    said.user(name);
    true
}

/// `maximum authentication attempts exceeded for [invalid user ]NAME from ADDRESS port N ssh2`.
fn too_many(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(b"maximum authentication attempts exceeded for ") else {
        return false;
    };
    let Some(peer) = from_port(rest) else { return false };
    said.is("sshd", "authentication", "ssh_too_many_attempts");
    user_or_invalid(&rest[..peer.from], said);
    peer.write(said);
    true
}

/// Connections that come, end, are reset or refused.
fn connection(text: &[u8], said: &mut Said<'_>) -> bool {
    const FORMS: [(&[u8], &str); 10] = [
        (b"Connection closed by ", "ssh_disconnect"),
        (b"Connection reset by ", "ssh_disconnect"),
        (b"Connection from ", "ssh_connect"),
        (b"Disconnected from ", "ssh_disconnect"),
        (b"Received disconnect from ", "ssh_disconnect"),
        (b"Disconnecting ", "ssh_disconnect"),
        (b"Disconnecting: ", "ssh_disconnect"),
        (b"Did not receive identification string from ", "ssh_no_identification"),
        (b"Connection closed", "ssh_disconnect"),
        (b"Read error from remote host ", "ssh_disconnect"),
    ];
    let Some((rest, action)) =
        FORMS.iter().find_map(|(head, action)| Some((text.strip_prefix(*head)?, *action)))
    else {
        return false;
    };
    said.is("sshd", "session", action);
    if text.starts_with(b"Disconnecting: ") {
        said.fields.bytes(known::EVENT_REASON, rest);
        let name = rest.strip_prefix(b"Too many authentication failures for ");
        if let Some(name) = name {
            user_or_invalid(name, said);
        }
        return true;
    }
    if action == "ssh_connect" {
        // Connection from ADDRESS port N on ADDRESS port N
        let mut words = rest.split(|c| *c == b' ');
        SOURCE.host(said.fields, words.next().unwrap_or_default());
        if words.next() == Some(b"port") {
            SOURCE.port(said.fields, words.next().unwrap_or_default());
        }
        if words.next() == Some(b"on") {
            DESTINATION.host(said.fields, words.next().unwrap_or_default());
            words.next();
            DESTINATION.port(said.fields, words.next().unwrap_or_default());
        }
        return true;
    }
    let (peer, reason) = peer_and_reason(rest);
    if !reason.is_empty() {
        said.fields.bytes(known::EVENT_REASON, reason);
    }
    // [authenticating user |invalid user |user ]NAME ADDRESS, or the address alone.
    let named = [b"authenticating user ".as_slice(), b"invalid user ", b"user "]
        .iter()
        .find_map(|head| peer.address.strip_prefix(*head).map(|rest| (rest, *head == b"invalid user ")));
    match named {
        Some((rest, invalid)) => {
            let at = memchr::memrchr(b' ', rest);
            let (name, address) = at.map_or((b"".as_slice(), rest), |at| (&rest[..at], &rest[at + 1..]));
            said.user(name);
            if invalid {
                said.fields.text(known::EVENT_REASON, "no such user");
            }
            SOURCE.host(said.fields, address);
        }
        None => {
            // Whatever stands before it is not known; the last word is the address.
            let at = memchr::memrchr(b' ', peer.address).map_or(0, |at| at + 1);
            SOURCE.host(said.fields, &peer.address[at..]);
        }
    }
    SOURCE.port(said.fields, peer.port);
    true
}

/// `[... ]ADDRESS port N[: reason]`, `ADDRESS: 11: Bye Bye`, `ADDRESS`; from the left only after the last port.
fn peer_and_reason(text: &[u8]) -> (Peer<'_>, &[u8]) {
    let mut from = text.len();
    while let Some(at) = memmem::rfind(&text[..from], b" port ") {
        let digits = text[at + 6..].iter().take_while(|c| c.is_ascii_digit()).count();
        let word = memchr::memrchr(b' ', &text[..at]).map_or(0, |s| s + 1);
        if digits > 0 && is_ip(&text[word..at]) {
            let end = at + 6 + digits;
            let reason = text[end..].trim_ascii_start();
            let reason = reason.strip_prefix(b":").unwrap_or(b"").trim_ascii();
            return (Peer { from: 0, end, address: &text[..at], port: &text[at + 6..end] }, reason);
        }
        from = at;
    }
    let end =
        text::place(text, b": ").or_else(|| text.strip_suffix(b":").map(<[u8]>::len)).unwrap_or(text.len());
    let reason = text.get(end + 2..).unwrap_or_default();
    (Peer { from: 0, end, address: &text[..end], port: b"" }, reason)
}

/// `PAM: authentication error for [illegal user ]NAME from HOST [via ADDRESS]`, beside the line of the failure itself.
fn pam_error(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(b"PAM: ") else { return false };
    let Some(at) = text::place(rest, b" for ") else { return false };
    let rest = &rest[at + 5..];
    let Some(peer) = from_port(rest) else { return false };
    said.is("sshd", "authentication", "pam_authentication");
    user_or_invalid(&rest[..peer.from], said);
    peer.write(said);
    true
}

/// `Address 192.0.2.7 maps to NAME, but this does not map back to the address`.
fn address_maps(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(b"Address ") else { return false };
    said.is("sshd", "session", "ssh_reverse_mapping");
    let word = rest.iter().take_while(|c| **c != b' ').count();
    SOURCE.host(said.fields, &rest[..word]);
    true
}

/// `Access denied for user NAME by PAM account configuration`.
fn access_denied(text: &[u8], said: &mut Said<'_>) -> bool {
    let Some(rest) = text.strip_prefix(b"Access denied for user ") else { return false };
    let end = memmem::rfind(rest, b" by PAM").unwrap_or(rest.len());
    said.is("sshd", "authentication", "ssh_user_denied");
    said.outcome(false);
    said.user(&rest[..end]);
    true
}

/// What is rarer, as a table.
static OTHERS: Lines = Lines::new(&[
    Line::new("authentication", "ssh_user_denied", "User {user} from {source} not allowed because {reason}"),
    Line::new("authentication", "ssh_user_denied", "User {user} not allowed because {reason}"),
    Line::new("authentication", "ssh_user_denied", "Login restricted for {user}: {reason}"),
    Line::failed("ssh_login", "ROOT LOGIN REFUSED FROM {source} port {port}").because("root login refused"),
    Line::failed("ssh_login", "ROOT LOGIN REFUSED FROM {source}").because("root login refused"),
    Line::failed(
        "ssh_login",
        "Authentication tried for {user} with correct key but not from a permitted host (host={*}, ip={source}).",
    )
    .because("not from a permitted host"),
    Line::failed(
        "ssh_login",
        "Authentication tried for {user} with correct key but not from a permitted host (host={*}, ip={source}, {*}",
    )
    .because("not from a permitted host"),
    Line::new("authentication", "ssh_key_refused", "Authentication refused: {reason}"),
    Line::new("authentication", "ssh_key_refused", "Certificate invalid: {reason}"),
    Line::new("authentication", "ssh_auth_detail", "Could not get shadow information for {user}"),
    Line::new("authentication", "ssh_auth_detail", "Authorized to {user}, krb5 principal {*}"),
    Line::new("session", "ssh_refused", "refused connect from {?} ({source})").bad(),
    Line::new("session", "ssh_refused", "refused connect from {source}").bad(),
    Line::new("session", "ssh_refused", "drop connection #{*} from [{source}]:{port} on {*}").bad(),
    Line::new("session", "ssh_throttling", "beginning MaxStartups throttling{*}"),
    Line::new("session", "ssh_throttling", "exited MaxStartups throttling {*}"),
    Line::new("session", "ssh_timeout", "Timeout before authentication for connection from {source} to {destination}, pid = {*}"),
    Line::new("session", "ssh_timeout", "Timeout before authentication for {source} port {port}"),
    Line::new("session", "ssh_timeout", "Timeout before authentication for {source}"),
    Line::new("session", "ssh_timeout", "Timeout, client not responding from user {user} {source} port {port}"),
    Line::new("session", "ssh_bad_protocol", "Bad protocol version identification '{*}' from {source} port {port}"),
    Line::new("session", "ssh_bad_protocol", "Bad protocol version identification '{*}' from {source}"),
    Line::new("session", "ssh_bad_protocol", "Protocol major versions differ for {source} port {port}: {*}"),
    Line::new("session", "ssh_bad_protocol", "Protocol major versions differ for {source}: {*}"),
    Line::new("session", "ssh_bad_protocol", "banner exchange: Connection from {source} port {port}: {reason}"),
    Line::new("session", "ssh_bad_protocol", "Magic value check failed ({*}) on obfuscated handshake from {source} port {port}"),
    Line::new("session", "ssh_no_agreement", "Unable to negotiate with {source} port {port}: {reason}"),
    Line::new("session", "ssh_no_agreement", "Unable to negotiate with {source}: {reason}"),
    Line::new("session", "ssh_no_agreement", "ssh_dispatch_run_fatal: Connection from {source} port {port}: {reason}"),
    Line::new(
        "session",
        "ssh_no_agreement",
        "ssh_dispatch_run_fatal: Connection from {*} user {user} {source} port {port}: {reason}",
    ),
    Line::new("session", "ssh_disconnect", "ssh_packet_write_poll: Connection from {source} port {port}: {reason}"),
    Line::new("session", "ssh_disconnect", "packet_write_wait: Connection from {*} {source} port {port}: {reason}"),
    Line::new("session", "ssh_disconnect", "Close session: user {user} from {source} port {port} id {*}"),
    Line::new("session", "ssh_session", "Starting session: {ssh.session} for {user} from {source} port {port} id {*}"),
    Line::new("session", "ssh_session", "Starting session: {ssh.session} for {user} from {source} port {port}"),
    Line::new("session", "ssh_subsystem", "subsystem request for {ssh.subsystem?} by user {user} pid {*}"),
    Line::new("session", "ssh_subsystem", "subsystem request for {ssh.subsystem?} by user {user}"),
    Line::new("session", "ssh_subsystem", "subsystem request for {ssh.subsystem?}"),
    Line::new("session", "ssh_reverse_mapping", "reverse mapping checking getaddrinfo for {*} [{source}] failed{*}"),
    Line::new("session", "ssh_reverse_mapping", "reverse mapping checking getaddrinfo for {*} failed{*}"),
    Line::new("session", "ssh_reverse_mapping", "Nasty PTR record \"{*}\" is set up for {source}, ignoring"),
    Line::new("session", "ssh_forward", "Received request to connect to host {destination} port {destination.port#}, {*}"),
    Line::new("session", "ssh_listening", "Server listening on {*}"),
    Line::new("session", "ssh_stopped", "Received signal {*}"),
    Line::new("session", "ssh_stopped", "Exiting on signal {*}"),
    Line::new("session", "ssh_stopped", "Received SIGHUP; restarting{*}"),
]);

fn other(text: &[u8], said: &mut Said<'_>) -> bool {
    if OTHERS.read("sshd", text, said) {
        return true;
    }
    for (head, action) in [
        (b"kex_exchange_identification: ".as_slice(), "ssh_no_identification"),
        (b"banner exchange: ", "ssh_bad_protocol"),
        (b"Unable to negotiate with ", "ssh_no_agreement"),
        (b"ssh_dispatch_run_fatal: ", "ssh_no_agreement"),
        (b"Bad protocol version identification ", "ssh_bad_protocol"),
        (b"Timeout before authentication for ", "ssh_timeout"),
        (b"kex protocol error: ", "ssh_no_agreement"),
        (b"no matching ", "ssh_no_agreement"),
        (b"Corrupted MAC on input", "ssh_no_agreement"),
        (b"padding error: ", "ssh_no_agreement"),
        (b"Bad packet length ", "ssh_no_agreement"),
        (b"Read from socket failed: ", "ssh_disconnect"),
        (b"Write failed: ", "ssh_disconnect"),
        (b"Starting session: ", "ssh_session"),
    ] {
        let Some(rest) = text.strip_prefix(head) else { continue };
        said.is("sshd", "session", action);
        peer_anywhere(rest, said);
        return true;
    }
    said.fields.text(known::EVENT_DATASET, "sshd");
    true
}

/// An address that stands as a word of its own, with the port behind it.
fn peer_anywhere(text: &[u8], said: &mut Said<'_>) {
    if let Some(peer) = from_port(text).filter(|p| is_ip(p.address)) {
        peer.write(said);
        return;
    }
    let words: Vec<&[u8]> = text.split(|c| matches!(c, b' ' | b':')).take(24).collect();
    for (n, word) in words.iter().enumerate() {
        if is_ip(word) {
            SOURCE.host(said.fields, word);
            if words.get(n + 1).is_some_and(|w| *w == b"port")
                && let Some(port) = words.get(n + 2).filter(|w| whole(w).is_some())
            {
                SOURCE.port(said.fields, port);
            }
            return;
        }
    }
}
