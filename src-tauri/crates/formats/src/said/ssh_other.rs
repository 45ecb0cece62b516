//! What SSH servers other than OpenSSH's say, and honeypots in their place: dropbear, endlessh, cowrie.

use super::shape::{Line, Lines, Told, by_name_only};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::SOURCE;
use crate::normalise::text;

/// dropbear.
pub const DROPBEAR: Told = Told {
    about: About {
        id: "dropbear",
        title: "Dropbear SSH",
        about: "Logins and failures of routers' and small systems' SSH.",
    },
    programs: &["dropbear", "dropbearmulti"],
    lines: &DROPBEAR_LINES,
    claims: by_name_only,
};

static DROPBEAR_LINES: Lines = Lines::new(&[
    Line::failed("ssh_login", "Bad password attempt for '{user}' from {peer:}"),
    Line::failed("ssh_login", "bad password attempt for '{user}' from {peer:}"),
    Line::failed("ssh_login", "Bad PAM password attempt for '{user}' from {peer:}"),
    Line::failed("ssh_login", "bad PAM password attempt for '{user}' from {peer:}"),
    Line::failed("ssh_login", "Bad public key attempt for '{user}' from {peer:}"),
    Line::failed("ssh_login", "Login attempt for nonexistent user from {peer:}").because("no such user"),
    Line::failed("ssh_login", "Login attempt for nonexistent user ('{user}') from {peer:}")
        .because("no such user"),
    Line::failed("ssh_login", "login attempt for nonexistent user from {peer:}").because("no such user"),
    Line::failed("ssh_login", "login attempt for nonexistent user ('{user}') from {peer:}")
        .because("no such user"),
    Line::failed("ssh_login", "Login attempt with wrong user {user} from {peer:}"),
    Line::failed("ssh_login", "Pubkey auth attempt with unknown algo for '{user}' from {peer:}"),
    Line::failed("ssh_login", "User '{user}' has invalid shell, rejected").because("invalid shell"),
    Line::failed("ssh_login", "User '{user}' has blank password, rejected").because("blank password"),
    Line::failed("ssh_login", "root login rejected").because("root login rejected"),
    Line::login("ssh_login", "Password auth succeeded for '{user}' from {peer:}"),
    Line::login("ssh_login", "password auth succeeded for '{user}' from {peer:}"),
    Line::login("ssh_login", "PAM password auth succeeded for '{user}' from {peer:}"),
    Line::login("ssh_login", "Auth succeeded with blank password for '{user}' from {peer:}"),
    Line::login("ssh_login", "Pubkey auth succeeded for '{user}' with key {ssh.key} from {peer:}"),
    Line::login("ssh_login", "pubkey auth succeeded for '{user}' with key {ssh.key} from {peer:}"),
    Line::login("ssh_login", "Pubkey auth succeeded for '{user}' with {ssh.key} from {peer:}"),
    Line::new(
        "authentication",
        "ssh_too_many_attempts",
        "Max auth tries reached - user '{user}' from {peer:}",
    ),
    Line::new(
        "authentication",
        "ssh_too_many_attempts",
        "Exit before auth (user '{user}', {count} fails): Max auth tries reached - user '{*}' from {peer:}",
    ),
    Line::new(
        "authentication",
        "ssh_too_many_attempts",
        "exit before auth (user '{user}', {count} fails): Max auth tries reached - user '{*}' from {peer:}",
    ),
    Line::new(
        "session",
        "ssh_disconnect",
        "Exit before auth from <{peer:}>: (user '{user}', {event.count#} fails): {reason}",
    ),
    Line::new("session", "ssh_disconnect", "Exit before auth from <{peer:}>: {reason}"),
    Line::new(
        "session",
        "ssh_disconnect",
        "Exit before auth (user '{user}', {event.count#} fails): {reason}",
    ),
    Line::new(
        "session",
        "ssh_disconnect",
        "exit before auth (user '{user}', {event.count#} fails): {reason}",
    ),
    Line::new("session", "ssh_disconnect", "Exit before auth: {reason}"),
    Line::new("session", "ssh_disconnect", "Exit ({user}) from <{peer:}>: {reason}"),
    Line::new("session", "ssh_disconnect", "Exit ({user}): {reason}"),
    Line::new("session", "ssh_disconnect", "exit after auth ({user}): {reason}"),
    Line::new("session", "ssh_connect", "Child connection from {peer:}"),
]);

/// endlessh, the tarpit: whoever stays in it is no user.
pub const ENDLESSH: Told = Told {
    about: About { id: "endlessh", title: "endlessh", about: "Connections to an SSH tarpit." },
    programs: &["endlessh", "endlessh-go"],
    lines: &ENDLESSH_LINES,
    claims: |m| m.starts_with(b"ACCEPT host=") || m.starts_with(b"CLOSE host="),
};

static ENDLESSH_LINES: Lines = Lines::new(&[
    Line::new("network", "ssh_tarpit_accept", "ACCEPT host={source} port={port} fd={*}"),
    Line::new(
        "network",
        "ssh_tarpit_close",
        "CLOSE host={source} port={port} fd={?} time={endlessh.seconds?} bytes={source.bytes#}",
    ),
]);

/// cowrie's text log.
pub struct Cowrie;

impl Payload for Cowrie {
    fn about(&self) -> About {
        About {
            id: "cowrie",
            title: "Cowrie honeypot",
            about: "Connections, logins and commands that a honeypot saw.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["cowrie"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(120)];
        head.first() == Some(&b'[')
            && [b"[cowrie.".as_slice(), b"HoneyPotSSHTransport,", b"CowrieTelnetTransport,"]
                .iter()
                .any(|mark| text::place(head, mark).is_some())
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let message = said.stamped(message);
        let Some(inside) = message.strip_prefix(b"[") else { return false };
        let Some(close) = memchr::memchr(b']', inside) else { return false };
        let (who, text) = (&inside[..close], inside[close + 1..].trim_ascii_start());
        // `HoneyPotSSHTransport,12,192.0.2.1`
        let from = memchr::memrchr(b',', who).map_or(b"".as_slice(), |at| who[at + 1..].trim_ascii());
        if COWRIE_LINES.read("cowrie", text, said) {
            // Its holes are filled.
        } else if let Some(login) = text.strip_prefix(b"login attempt [") {
            let (pair, good) = match (login.strip_suffix(b"] failed"), login.strip_suffix(b"] succeeded")) {
                (Some(pair), _) => (pair, false),
                (_, Some(pair)) => (pair, true),
                _ => return false,
            };
            said.is("cowrie", "authentication", "honeypot_login");
            said.outcome(good);
            let at = text::place(pair, b"'/b'").map(|n| n + 1).or_else(|| memchr::memchr(b'/', pair));
            let (user, password) = at.map_or((pair, b"".as_slice()), |at| (&pair[..at], &pair[at + 1..]));
            said.user(unwrapped(user));
            said.set("cowrie.password", unwrapped(password));
        } else {
            said.is("cowrie", "", "");
        }
        SOURCE.host(said.fields, from);
        true
    }
}

static COWRIE_LINES: Lines = Lines::new(&[
    Line::new("network", "honeypot_connect", "New connection: {peer} ({server}) [session: {session.id}]"),
    Line::new("process", "honeypot_command", "CMD: {process.command_line}"),
    Line::new("process", "honeypot_command", "Command found: {process.command_line}"),
    Line::new("process", "honeypot_command", "Command not found: {process.command_line}"),
    Line::new("session", "honeypot_disconnect", "Connection lost after {*} seconds"),
    Line::new(
        "file",
        "honeypot_download",
        "Downloaded URL ({url.original}) with SHA-256 {file.hash.sha256?} to {file.path}",
    ),
    Line::new("session", "honeypot_version", "Remote SSH version: {cowrie.client}"),
    Line::new("session", "honeypot_version", "Remote SSH version: b'{cowrie.client}'"),
]);

/// `b'root'` is root.
fn unwrapped(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"b'").and_then(|t| t.strip_suffix(b"'")).unwrap_or(text)
}
