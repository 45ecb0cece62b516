//! What VPN daemons say: who came in, who was refused, from where. OpenVPN, strongSwan, racoon, SoftEther, PPP and its tunnels,
//! OpenConnect's server.

use super::shape::{Line, Lines, Told, by_name_only, peer};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// OpenVPN.
pub struct Openvpn;

impl Payload for Openvpn {
    fn about(&self) -> About {
        About {
            id: "openvpn",
            title: "OpenVPN",
            about: "Connections, users, refused certificates and passwords.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["openvpn", "openvpnas"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let text = without_fraction(message);
        let text = client(text).map_or(text, |c| c.2);
        HEADS.iter().any(|head| text.starts_with(head))
            || text.first() == Some(&b'[')
                && text::place(text, b"] Peer Connection Initiated with [").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        said.fields.text(known::EVENT_DATASET, "openvpn");
        text = without_fraction(text);
        let found = client(text);
        let name = found.map_or(b"".as_slice(), |c| c.0);
        let mut address = b"".as_slice();
        if let Some((_, at, rest)) = found {
            (address, text) = (at, rest);
        }
        OPENVPN_LINES.read("openvpn", text, said);
        if !name.is_empty() && name != b"UNDEF" {
            said.user(name);
        }
        if !address.is_empty() {
            end(address, said);
        } else if !said.fields.has(known::SOURCE_IP)
            && let Some(at) = text::place(text, b"[AF_INET")
        {
            let rest = &text[at..];
            let rest = memchr(b']', rest).map_or(b"".as_slice(), |n| &rest[n + 1..]);
            let word = rest.split(|c| matches!(c, b' ' | b',' | b')')).next().unwrap_or_default();
            let bound = [b"link local".as_slice(), b"Listening for"]
                .iter()
                .any(|w| text::place(&text[..at], w).is_some());
            if !bound {
                end(word, said);
            }
        }
        true
    }
}

/// `us=123456 ` is the fraction of the time before it.
fn without_fraction(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"us=") else { return text };
    memchr(b' ', &rest[..rest.len().min(8)]).map_or(text, |at| &rest[at + 1..])
}

/// The sentences that only OpenVPN writes.
const HEADS: [&[u8]; 29] = [
    b"TCP connection established with [AF_INET",
    b"TLS: Initial packet from ",
    b"TLS Error: ",
    b"TLS Auth Error: ",
    b"TLS: Username/Password authentication ",
    b"TLS: soft reset ",
    b"VERIFY OK: ",
    b"VERIFY ERROR: ",
    b"VERIFY EKU OK",
    b"VERIFY KU OK",
    b"VERIFY KU ERROR",
    b"VERIFY SCRIPT",
    b"AUTH: Received control message: ",
    b"PUSH: Received control message: ",
    b"SENT CONTROL [",
    b"MULTI: ",
    b"MULTI_sva: ",
    b"Peer Connection Initiated with [AF_INET",
    b"[UNDEF] Peer Connection Initiated",
    b"Control Channel: ",
    b"Data Channel: ",
    b"Outgoing Data Channel: ",
    b"Incoming Data Channel: ",
    b"WARNING: Bad encapsulated packet length from peer ",
    b"SIGUSR1[",
    b"SIGTERM[soft,",
    b"SIGINT[soft,",
    b"Connection reset, restarting [",
    b"peer info: IV_",
];

/// `name/192.0.2.1:1194 text`, `192.0.2.1:1194 text`: name, address with port, and the rest.
fn client(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let end = memchr(b' ', &text[..text.len().min(160)])?;
    let word = &text[..end];
    let (name, address) = match memchr::memrchr(b'/', word) {
        Some(at) => (&word[..at], &word[at + 1..]),
        None => (b"".as_slice(), word),
    };
    let (host, port) = peer(address);
    (is_ip(host) && (!port.is_empty() || !name.is_empty()))
        .then(|| (name, address, text[end + 1..].trim_ascii_start()))
}

fn end(address: &[u8], said: &mut Said<'_>) {
    let (host, port) = peer(address);
    SOURCE.host(said.fields, host);
    SOURCE.port(said.fields, port);
}

static OPENVPN_LINES: Lines = Lines::new(&[
    Line::login("vpn_login", "TLS: Username/Password authentication succeeded for username '{user}'{*}"),
    Line::failed("vpn_login", "TLS Auth Error: Auth Username/Password verification failed for peer")
        .because("wrong user or password"),
    Line::failed("vpn_login", "TLS Auth Error: {reason}"),
    Line::failed("vpn_login", "VERIFY ERROR: depth={*}, error={reason}"),
    Line::failed("vpn_login", "VERIFY KU ERROR"),
    Line::failed("vpn_login", "VERIFY SCRIPT ERROR: {reason}"),
    Line::failed("vpn_login", "AUTH: Received control message: AUTH_FAILED{*}").because("AUTH_FAILED"),
    Line::failed("vpn_login", "SENT CONTROL [{user}]: 'AUTH_FAILED{*}").because("AUTH_FAILED"),
    Line::failed(
        "vpn_login",
        "PLUGIN_CALL: plugin function PLUGIN_AUTH_USER_PASS_VERIFY failed with status 1: {*}",
    ),
    Line::failed("vpn_login", "WARNING: Failed running command (--auth-user-pass-verify): {reason}"),
    Line::new("network", "tls_failed", "TLS Error: {reason}").bad(),
    Line::new("network", "vpn_bad_packet", "WARNING: Bad encapsulated packet length from peer {*}").bad(),
    Line::new("network", "vpn_reset", "Connection reset, restarting{*}"),
    Line::new(
        "network",
        "vpn_restart",
        "SIGUSR1[soft,connection-reset] received, client-instance restarting",
    )
    .bad(),
    Line::new("network", "vpn_restart", "SIGUSR1[{reason}] received, client-instance restarting"),
    Line::new("network", "vpn_restart", "SIGTERM[{reason}] received, client-instance exiting"),
    Line::new("network", "vpn_connect", "TCP connection established with {*}"),
    Line::new("network", "vpn_connect", "TLS: Initial packet from {*}"),
    Line::login("vpn_session", "[{user}] Peer Connection Initiated with {*}"),
    Line::new("session", "vpn_session", "MULTI_sva: pool returned IPv4={openvpn.address}, {*}"),
    Line::new("session", "vpn_session", "MULTI: Learn: {openvpn.address?} -> {*}"),
    Line::new("session", "vpn_session", "MULTI: primary virtual IP for {*}: {openvpn.address}"),
    Line::new(
        "authentication",
        "vpn_certificate",
        "VERIFY OK: depth={openvpn.depth#}, {openvpn.certificate}",
    ),
    Line::new("configuration", "vpn_start", "OpenVPN {openvpn.version} built on {*}"),
    Line::new("configuration", "vpn_start", "Initialization Sequence Completed"),
]);

/// strongSwan's and libreswan's IKE daemons.
pub struct Ike;

impl Payload for Ike {
    fn about(&self) -> About {
        About {
            id: "ipsec",
            title: "strongSwan, libreswan, racoon",
            about: "IPsec: peers, proposals, users and refusals.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "charon",
            "charon-systemd",
            "ipsec",
            "pluto",
            "racoon",
            "strongswan",
            "swanctl",
            "ipsec_starter",
            "iked",
            "isakmpd",
        ]
    }

    fn claims(&self, message: &[u8]) -> bool {
        thread(message).is_some()
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let (group, connection, text) =
            thread(message.trim_ascii()).unwrap_or((b"", b"", message.trim_ascii()));
        said.set("ipsec.group", group);
        said.set("ipsec.connection", connection);
        let known = IKE_LINES.read("ipsec", text, said);
        // `name|83`, `83`: the number is the peer's for as long as it stays.
        let number = connection.rsplit(|c| *c == b'|').next().unwrap_or(connection);
        super::recall::connection("charon", number, false, said);
        known
            || !group.is_empty() && {
                said.is("ipsec", "network", "");
                true
            }
            || !program.is_empty()
    }
}

/// `06[IKE] <name|83> text`
fn thread(message: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    if !message.first()?.is_ascii_digit()
        || !message.get(1)?.is_ascii_digit()
        || message.get(2) != Some(&b'[')
    {
        return None;
    }
    let group = message.get(3..6)?;
    if message.get(6) != Some(&b']') || !group.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let rest = message[7..].trim_ascii_start();
    match rest.strip_prefix(b"<").and_then(|r| Some((r, text::place(&r[..r.len().min(128)], b"> ")?))) {
        Some((inside, at)) => Some((group, &inside[..at], inside[at + 2..].trim_ascii_start())),
        None => Some((group, b"", rest)),
    }
}

static IKE_LINES: Lines = Lines::new(&[
    Line::new("network", "packet_sent", "sending packet: from {peer} to {server} ({network.bytes#} bytes)"),
    Line::new(
        "network",
        "packet_received",
        "received packet: from {peer} to {server} ({network.bytes#} bytes)",
    ),
    Line::new("network", "vpn_connect", "{source} is initiating an IKE_SA"),
    Line::new("network", "vpn_connect", "{source} is initiating a {*} IKE_SA"),
    Line::new("network", "vpn_timeout", "deleting half open IKE_SA with {source} after timeout").bad(),
    Line::failed("vpn_login", "EAP method {*} failed for peer {user}"),
    Line::failed("vpn_login", "no EAP key found for hosts '{*}' - '{user}'").because("no such user"),
    Line::failed("vpn_login", "no shared key found for '{*}' - '{user}'"),
    Line::failed("vpn_login", "no shared key found for {*} - {user}"),
    Line::failed("vpn_login", "EAP-MS-CHAPv2 verification failed, retry ({event.count#})"),
    Line::failed("vpn_login", "EAP-MS-CHAPv2 verification failed{*}"),
    Line::failed("vpn_login", "no matching peer config found{*}"),
    Line::new(
        "authentication",
        "vpn_peer",
        "looking for peer configs matching {destination}[{*}]...{source}[{user}]",
    ),
    Line::failed("vpn_login", "no IKE config found for {destination}...{source}, sending {reason}"),
    Line::failed("vpn_login", "no proposal found{*}"),
    Line::failed("vpn_login", "received proposals unacceptable{*}"),
    Line::failed("vpn_login", "received proposals inacceptable{*}"),
    Line::failed("vpn_login", "authentication of '{user}' with {*} failed{*}"),
    Line::failed("vpn_login", "XAuth authentication of '{user}' failed"),
    Line::failed("vpn_login", "signature validation failed, looking for another key"),
    Line::failed("vpn_login", "tried {*} shared keys for '{*}' - '{user}', but MAC mismatched"),
    Line::failed("vpn_login", "tried {*} shared key for '{*}' - '{user}', but MAC mismatched"),
    Line::failed("vpn_login", "constraint check failed: {reason}"),
    Line::failed("vpn_login", "no trusted {*} public key found for '{user}'"),
    Line::failed("vpn_login", "received AUTHENTICATION_FAILED notify error"),
    Line::login("vpn_login", "authentication of '{user}' with {*} successful"),
    Line::login("vpn_login", "XAuth authentication of '{user}' successful"),
    Line::login("vpn_login", "EAP method {*} succeeded, MSK established"),
    Line::new("authentication", "vpn_user", "EAP-MS-CHAPv2 username: '{user}'"),
    Line::new("authentication", "vpn_user", "received EAP identity '{user}'"),
    Line::new(
        "session",
        "vpn_session",
        "IKE_SA {ipsec.connection} established between {destination}[{*}]...{source}[{user}]",
    ),
    Line::new("session", "vpn_session", "CHILD_SA {*} established with SPIs {*} and TS {*}"),
    Line::new("session", "vpn_closed", "deleting IKE_SA {*} between {destination}[{*}]...{source}[{user}]"),
    Line::new("session", "vpn_address", "assigning virtual IP {ipsec.virtual_ip?} to peer '{user}'"),
    // racoon.
    Line::new("network", "vpn_connect", "INFO: respond new phase 1 negotiation: {server}<=>{peer}"),
    Line::new("session", "vpn_session", "INFO: ISAKMP-SA established {server}-{peer} spi:{*}"),
    Line::login("vpn_login", "INFO: login succeeded for user \"{user}\""),
    Line::failed("vpn_login", "ERROR: login failed for user \"{user}\""),
    Line::failed("vpn_login", "INFO: login failed for user \"{user}\""),
    Line::failed("vpn_login", "ERROR: phase1 negotiation failed due to {reason}"),
    Line::failed("vpn_login", "ERROR: couldn't find the pskey for {source}."),
    Line::failed("vpn_login", "ERROR: failed to get valid proposal."),
    // pluto.
    Line::failed(
        "vpn_login",
        "packet from {peer}: initial Main Mode message received on {server} but no connection has been authorized{*}",
    ),
    Line::failed("vpn_login", "packet from {peer}: {reason}"),
    Line::failed("vpn_login", "XAUTH: User {user}: Authentication Failed{*}"),
    Line::login("vpn_login", "XAUTH: User {user}: Authentication Successful{*}"),
]);

/// PPP and the tunnels over it, OpenConnect's and SoftEther's servers.
pub struct Tunnels;

impl Payload for Tunnels {
    fn about(&self) -> About {
        About {
            id: "vpn",
            title: "PPTP, L2TP, ocserv, SoftEther",
            about: "Logins and sessions of other VPN servers.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "pppd",
            "pptpd",
            "xl2tpd",
            "ocserv",
            "accel-ppp",
            "accel-pppd",
            "vpnserver",
            "stunnel",
            "stunnel4",
            "sstpd",
        ]
    }

    fn claims(&self, message: &[u8]) -> bool {
        security_log(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = match security_log(message) {
            Some((id, text)) => {
                said.set("softether.connection", id);
                text
            }
            None => message,
        };
        TUNNEL_LINES.read("vpn", text, said)
    }
}

/// SoftEther's `[..] (2020-05-13 10:53:19.591) <SECURITY_LOG>: Connection "CID-594": text`
fn security_log(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let from = if message.starts_with(b"Connection \"") {
        0
    } else {
        text::place(&message[..message.len().min(200)], b"_LOG>: Connection \"")? + 7
    };
    let inside = &message[from + 12..];
    let close = text::place(&inside[..inside.len().min(32)], b"\": ")?;
    Some((&inside[..close], &inside[close + 3..]))
}

static TUNNEL_LINES: Lines = Lines::new(&[
    Line::failed(
        "vpn_login",
        "User authentication failed. The user name that has been provided was \"{user}\", from {source}.",
    ),
    Line::failed(
        "vpn_login",
        "User authentication failed. The user name that has been provided was \"{user}\".",
    ),
    Line::login("vpn_login", "Successfully authenticated as user \"{user}\"."),
    Line::new(
        "network",
        "vpn_connect",
        "The new session \"{session.id}\" has been created. (IP address: {source}, {*}",
    ),
    Line::failed("vpn_login", "Peer {user} failed CHAP authentication"),
    Line::failed("vpn_login", "PAP authentication failure for {user}"),
    Line::failed("vpn_login", "CHAP peer authentication failed for {user}"),
    Line::failed("vpn_login", "CHAP authentication failed{*}"),
    Line::failed("vpn_login", "PAM authentication failed for {user}"),
    Line::login("vpn_login", "CHAP peer authentication succeeded for {user}"),
    Line::login("vpn_login", "PAP peer authentication succeeded for {user}"),
    Line::new("network", "vpn_connect", "CTRL: Client {source} control connection started"),
    Line::new("network", "vpn_disconnect", "CTRL: Client {source} control connection finished"),
    Line::new("network", "vpn_address", "remote IP address {vpn.address?}"),
    Line::new("network", "vpn_connect", "control_finish: Connection established to {source}, {port}.  {*}"),
    Line::failed("vpn_login", "worker[{user}]: {source} failed authentication attempt for user '{*}'"),
    Line::failed("vpn_login", "{*} failed authentication attempt for user '{user}'"),
    Line::login("vpn_login", "main[{user}]:{peer} user logged in"),
    Line::new("session", "vpn_closed", "main[{user}]:{peer} user disconnected ({reason})"),
    Line::new("session", "vpn_worker", "worker[{user}]: {source} {*}"),
    Line::new("network", "tls_accept", "LOG{*}Service [{stunnel.service}] accepted connection from {peer}"),
    Line::new("network", "tls_accept", "Service [{stunnel.service}] accepted connection from {peer}"),
    Line::new("network", "tls_failed", "{*}SSL_accept: Peer suddenly disconnected{*}").bad(),
]);

/// The other end of a tunnel is a destination.
pub const WIREGUARD_USERSPACE: Told = Told {
    about: About { id: "wireguard", title: "WireGuard", about: "Handshakes of wireguard-go." },
    programs: &["wireguard", "wireguard-go", "tailscaled"],
    lines: &WIREGUARD_LINES,
    claims: by_name_only,
};

static WIREGUARD_LINES: Lines = Lines::new(&[
    Line::new("network", "wireguard_handshake_received", "{*}Received handshake initiation{*}"),
    Line::new("network", "wireguard_handshake_sent", "{*}Sending handshake initiation{*}"),
    Line::failed("wireguard_handshake", "{*}Received invalid initiation message from {peer}"),
]);
