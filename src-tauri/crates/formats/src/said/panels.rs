//! What administrators' panels and remote consoles say: Webmin, Cockpit, pfSense's GUI, cPanel, DirectAdmin, Hestia,
//! Proxmox, phpMyAdmin in syslog, macOS' screen sharing, VNC, RDP, login.

use super::shape::{Line, Lines, Told};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// Panels, each known by its program and its sentences.
pub const PANELS: Told = Told {
    about: About {
        id: "panel",
        title: "Webmin, Cockpit, pfSense, Proxmox and other panels",
        about: "Logins and failures of administrators' web panels and remote consoles.",
    },
    programs: &[
        "webmin",
        "usermin",
        "miniserv.pl",
        "cockpit-session",
        "cockpit-ws",
        "cockpit-tls",
        "php-fpm",
        "php",
        "pvedaemon",
        "pveproxy",
        "pvestatd",
        "phpmyadmin",
        "screensharingd",
        "vnc",
        "vncserver",
        "vino-server",
        "xvnc",
        "x11vnc",
        "xrdp",
        "xrdp-sesman",
        "login",
        "getty",
        "agetty",
        "mingetty",
        "gdm",
        "gdm-password",
        "gdm3",
        "gdm-session-worker",
        "lightdm",
        "sddm",
        "sddm-helper",
        "xdm",
        "kdm",
        "https",
        "node",
        "lemonldap-ng",
        "llng",
        "wwsympa",
        "sonarr",
        "radarr",
        "prowlarr",
        "lidarr",
        "readarr",
        "mono",
        "jellyfin",
        "emby",
        "configd.py",
        "opnsense",
    ],
    lines: &LINES,
    claims: |m| {
        m.starts_with(b"Authentication: FAILED :: ")
            || m.starts_with(b"Authentication: SUCCEEDED :: ")
            || m.starts_with(b"/index.php: ")
            || m.starts_with(b"user denied: ") && text::place(m, b" from ").is_some()
    },
};

static LINES: Lines = Lines::new(&[
    // Webmin.
    Line::failed("web_login", "Invalid login as {user} from {source}"),
    Line::failed("web_login", "Non-existent login as {user} from {source}"),
    Line::failed(
        "web_login",
        "Security alert: Host {source} blocked after {event.count#} failed logins for user {user}",
    ),
    Line::failed("web_login", "Security alert: Host {source} blocked after {event.count#} failed logins{*}"),
    Line::login("web_login", "Successful login as {user} from {source}"),
    Line::new("session", "web_logout", "Logout by {user} from {source}"),
    Line::new("session", "web_timeout", "Timeout of session for {user}"),
    // pfSense, OPNsense.
    Line::failed("web_login", "/{*}: webConfigurator authentication error for user '{user}' from: {source}"),
    Line::failed("web_login", "/{*}: webConfigurator authentication error for '{user}' from {source}"),
    Line::failed("web_login", "/{*}: webConfigurator authentication error for {user} from {source}"),
    Line::login("web_login", "/{*}: Successful login for user '{user}' from: {source} ({*}"),
    Line::login("web_login", "/{*}: Successful login for user '{user}' from: {source}"),
    Line::login("web_login", "/{*}: Successful webConfigurator login for user '{user}' from {source}"),
    Line::failed("web_login", "/{*}: Web GUI authentication error for '{user}' from {source}"),
    Line::login("web_login", "/{*}: Successful login for user '{user}' from: {source}{*}"),
    Line::new("session", "web_logout", "/{*}: User logged out for user '{user}' from: {source} ({*}"),
    Line::new("session", "web_logout", "/{*}: User logged out for user '{user}' from: {source}"),
    Line::failed("web_login", "user '{user}' could not authenticate for {*}. [{*}"),
    Line::login("web_login", "user '{user}' authenticated successfully for {*}"),
    // Proxmox.
    Line::failed("web_login", "authentication failure; rhost={source} user={user} msg={reason}"),
    Line::login("web_login", "<{user}> successful auth for user '{*}'"),
    Line::new("process", "proxmox_task", "<{user}> starting task {*}"),
    Line::new("process", "proxmox_task", "<{user}> end task {*}"),
    // phpMyAdmin.
    Line::failed("web_login", "user denied: {user} ({reason}) from {source}"),
    Line::login("web_login", "user authenticated: {user} from {source}"),
    // macOS' screen sharing.
    Line::failed(
        "screen_login",
        "Authentication: FAILED :: User Name: {user} :: Viewer Address: {source} :: Type: {screen.method?}",
    ),
    Line::login(
        "screen_login",
        "Authentication: SUCCEEDED :: User Name: {user} :: Viewer Address: {source} :: Type: {screen.method?}",
    ),
    // Consoles.
    Line::failed("console_login", "FAILED LOGIN {event.count#} FROM {source} FOR {user}, {reason}"),
    Line::failed("console_login", "FAILED LOGIN SESSION FROM {source} FOR {user}, {reason}"),
    Line::failed("console_login", "FAILED LOGIN ({event.count#}) on '{process.tty}' FOR '{user}', {reason}"),
    Line::failed(
        "console_login",
        "FAILED LOGIN ({event.count#}) on '{process.tty}' from '{source}' FOR '{user}', {reason}",
    ),
    Line::failed("console_login", "TOO MANY LOGIN TRIES ({event.count#}) FROM {source} FOR {user}, {reason}"),
    Line::failed("console_login", "REPEATED LOGIN FAILURES ON {process.tty?} FROM {source}{*}"),
    Line::failed("console_login", "LOGIN FAILURE ON {process.tty?}, {user}"),
    Line::failed("console_login", "LOGIN FAILURE FROM {source}, {user}"),
    Line::failed("console_login", "{event.count#} LOGIN FAILURES FROM {source}"),
    Line::failed("console_login", "{event.count#} LOGIN FAILURES FROM {source}, {user}"),
    Line::failed("console_login", "{event.count#} LOGIN FAILURES ON {process.tty}"),
    Line::failed("console_login", "{event.count#} LOGIN FAILURES ON {process.tty?}, {user}"),
    Line::failed("console_login", "invalid password for '{user}'  on '{process.tty}' from '{source}'"),
    Line::failed("console_login", "invalid password for '{user}'  on '{process.tty}'"),
    Line::failed("console_login", "invalid password for '{user}' on '{process.tty}'"),
    Line::login("console_login", "ROOT LOGIN ON {process.tty?} FROM {source}"),
    Line::login("console_login", "ROOT LOGIN ON {process.tty?}"),
    Line::login("console_login", "ROOT LOGIN ({user}) ON {process.tty?} FROM {source}"),
    Line::login("console_login", "ROOT LOGIN ({user}) ON {process.tty?}"),
    Line::login("console_login", "ROOT LOGIN  on '{process.tty}' from '{source}'"),
    Line::login("console_login", "ROOT LOGIN  on '{process.tty}'"),
    Line::login("console_login", "root login on '{process.tty}'{*}"),
    Line::login("console_login", "LOGIN ON {process.tty?} BY {user} FROM {source}"),
    Line::login("console_login", "LOGIN ON {process.tty?} BY {user}"),
    Line::login("console_login", "login on {process.tty?} as {user}"),
    Line::login("console_login", "DIALUP AT {process.tty?} BY {user}"),
    Line::failed("screen_login", "Failed login attempt from {source}{*}"),
    Line::new("network", "screen_connect", "Got connection from client {source}"),
    Line::new("network", "screen_connect", "Connections: accepted: {peer}"),
    Line::failed("screen_login", "SConnection: AuthFailureException: {reason}"),
    Line::failed("screen_login", "Connections: blacklisted: {source}"),
    // xrdp.
    Line::login("rdp_login", "{*}Access permitted for user: {user}"),
    Line::login(
        "rdp_login",
        "{*}++ created session (access granted): username {user}, ip {peer} - socket: {*}",
    ),
    Line::failed("rdp_login", "{*}AUTHFAIL: user={user} ip={source} time={*}"),
    Line::failed("rdp_login", "{*}pam_authenticate failed: {reason}"),
    Line::new(
        "network",
        "rdp_connect",
        "{*}Socket {*}: AF_INET6 connection received from {source} port {port}",
    ),
    Line::new(
        "network",
        "rdp_connect",
        "{*}Socket {*}: AF_INET connection received from {source} port {port}",
    ),
    Line::new("network", "rdp_connect", "{*}A connection received from {source} port {port}"),
    // Panels of media servers, single sign-on and lists.
    Line::failed("web_login", "[Warn] Auth: Auth-Failure ip {source} username '{user}'"),
    Line::login("web_login", "[Info] Auth: Auth-Success ip {source} username '{user}'"),
    Line::new("session", "web_logout", "[Info] Auth: Auth-Logout ip {source} username '{user}'"),
    Line::failed(
        "web_login",
        "[{*}] [{*}] Authentication request for {user} has been denied (IP: {source}).",
    ),
    Line::failed("web_login", "{*}Authentication request for {user} has been denied (IP: {source})."),
    Line::login("web_login", "{*}Authentication request for {user} has succeeded."),
    Line::failed("web_login", "[warn] {user} was not found in LDAP directory ({source})")
        .because("no such user"),
    Line::failed("web_login", "Lemonldap::NG : {user} was not found in LDAP directory ({source})")
        .because("no such user"),
    Line::failed("web_login", "[warn] Bad password for {user} ({source})").because("wrong password"),
    Line::failed("web_login", "{*}Bad password for {user} ({source})").because("wrong password"),
    Line::login("web_login", "{*}User {user} successfully authenticated at level {*}"),
    Line::new(
        "web",
        "web_request",
        "{log.level?} {sympa.function?} [robot {sympa.robot}] [session {session.id}] [client {source}] [user {user}] {reason}",
    ),
    Line::new(
        "web",
        "web_request",
        "{log.level?} {sympa.function?} [robot {sympa.robot}] [session {session.id}] [client {source}] [user {user}]",
    ),
    Line::new(
        "web",
        "web_request",
        "{log.level?} {sympa.function?} [robot {sympa.robot}] [session {session.id}] [client {source}] {reason}",
    ),
    Line::new(
        "web",
        "web_request",
        "{log.level?} {sympa.function?} [robot {sympa.robot}] [session {session.id}] [client {source}]",
    ),
    Line::new(
        "web",
        "web_request",
        "{log.level?} {sympa.function} [robot {sympa.robot}] [session {session.id}] [client {source}]{*}",
    ),
    // Node's web servers that speak like sshd.
    Line::failed("web_login", "Failed password for {user} from {source} port {port}"),
    Line::login("web_login", "Accepted password for {user} from {source} port {port}"),
]);

/// Webmail and panels with a log of their own whose lines name client and user in a fixed place.
pub struct Webmail;

impl Payload for Webmail {
    fn about(&self) -> About {
        About {
            id: "webmail",
            title: "SOGo, SquirrelMail, Open WebMail",
            about: "Logins and failures of webmail.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["sogod", "sogo", "squirrelmail", "openwebmail", "roundcube", "horde", "rainloop"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(120)];
        head.starts_with(b"SOGoRootPage ")
            || head.starts_with(b"[LOGIN_ERROR] ")
            || head.starts_with(b"[LOGIN] ")
            || head.starts_with(b"[")
                && (text::place(message, b" - login error - ").is_some()
                    || text::place(message, b" - userinfo error - ").is_some()
                    || text::place(head, b" - login - ").is_some())
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        WEBMAIL_LINES.read("webmail", message, said)
    }
}

static WEBMAIL_LINES: Lines = Lines::new(&[
    // The first of several addresses is the client, the rest are proxies.
    Line::failed(
        "web_login",
        "SOGoRootPage Login from '{source}, {*}' for user '{user}' might not have worked{*}",
    ),
    Line::failed(
        "web_login",
        "SOGoRootPage Login from '{source}' for user '{user}' might not have worked{*}",
    ),
    Line::login("web_login", "SOGoRootPage successful login from '{source}, {*}' for user '{user}'{*}"),
    Line::login("web_login", "SOGoRootPage successful login from '{source}' for user '{user}'{*}"),
    Line::new(
        "authentication",
        "ldap_bind",
        "{*}operation bind failed: Invalid credentials{*}login = \"{user.ldap_dn}\"{*}",
    ),
    Line::failed("web_login", "[LOGIN_ERROR] {user} ({source.domain?}) from {source}: {reason}"),
    Line::failed("web_login", "[LOGIN_ERROR] {user} from {source}: {reason}"),
    Line::login("web_login", "[LOGIN] {user} ({source.domain?}) from {source}: {*}"),
    Line::failed("web_login", "[{*}] ({source}) {user} - login error - {reason}"),
    Line::failed("web_login", "[{*}] ({source}) {user} - userinfo error - {reason}"),
    Line::login("web_login", "[{*}] ({source}) {user} - login - {*}"),
    Line::new("session", "web_logout", "[{*}] ({source}) {user} - logout - {*}"),
    // Roundcube and Horde in syslog.
    Line::failed("web_login", "{*}IMAP Error: {*}ogin failed for {user} from {source}. {reason}"),
    Line::failed("web_login", "{*}IMAP Error: {*}ogin failed for {user} against {*} from {source}. {reason}"),
    Line::failed("web_login", "{*}Failed login for {user} from {source} {*}"),
    Line::failed("web_login", "{*}Failed login for {user} from {source}"),
    Line::login("web_login", "{*}Successful login for {user} (ID: {*}) from {source} {*}"),
    Line::failed("web_login", "{*}FAILED LOGIN for {user} [{source}] to {*}"),
    Line::login("web_login", "{*}Login success for {user} [{source}] to {*}"),
]);

/// Files of panels that name client and user without a program.
pub struct PanelFiles;

impl Payload for PanelFiles {
    fn about(&self) -> About {
        About {
            id: "panel_log",
            title: "Webmin, DirectAdmin, Hestia, cPanel files",
            about: "Logins that administrators' panels write into files of their own.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        miniserv(message).is_some()
            || directadmin(message).is_some()
            || (message.ends_with(b"failed to login")
                || message.ends_with(b"successfully logged in")
                || text::place(message, b"\" FAILED LOGIN ").is_some())
                && super::written(message).is_none()
                && FILE_LINES.know(message)
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if let Some((time, rest)) = directadmin(message) {
            said.time = said.ctx.stamp(&time);
            return FILE_LINES.read("panel_log", rest, said);
        }
        match miniserv(message) {
            Some(found) => {
                webmin_action(&found, said);
                true
            }
            None => FILE_LINES.read("panel_log", message, said),
        }
    }
}

/// DirectAdmin's `2014:07:02-00:17:45: text`; the time as others write it, and the text.
fn directadmin(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let head = line.get(..21)?;
    let shaped = head[4] == b':'
        && head[7] == b':'
        && head[10] == b'-'
        && head[13] == b':'
        && head[16] == b':'
        && &head[19..] == b": ";
    if !shaped || !head[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut time = head[..19].to_vec();
    (time[4], time[7], time[10]) = (b'-', b'-', b' ');
    Some((time, &line[21..]))
}

/// Webmin's miniserv log of actions: `1690466804.2161960.0 [27/Jul/2023 16:06:44] admin - 192.0.2.1 global miniserv.pl "failed" "-" "wrongpass"`
struct Action<'a> {
    time: &'a [u8],
    user: &'a [u8],
    address: &'a [u8],
    rest: &'a [u8],
}

fn miniserv(line: &[u8]) -> Option<Action<'_>> {
    let open = text::place(&line[..line.len().min(32)], b" [")?;
    if !line[..open].iter().all(|c| c.is_ascii_digit() || *c == b'.') || open == 0 {
        return None;
    }
    let close = memchr(b']', &line[open..line.len().min(open + 32)])? + open;
    let mut words = line[close + 1..].trim_ascii_start().splitn(4, |c| *c == b' ');
    let (user, _, address, rest) = (words.next()?, words.next()?, words.next()?, words.next()?);
    is_ip(address).then_some(Action { time: &line[open + 2..close], user, address, rest })
}

fn webmin_action(found: &Action<'_>, said: &mut Said<'_>) {
    said.time = said.ctx.stamp(found.time);
    said.user(found.user);
    SOURCE.host(said.fields, found.address);
    let quoted: Vec<&[u8]> = found.rest.split(|c| *c == b'"').skip(1).step_by(2).take(6).collect();
    let action = quoted.first().copied().unwrap_or_default();
    let (category, good) = match action {
        b"failed" => ("authentication", Some(false)),
        b"login" => ("authentication", Some(true)),
        b"logout" | b"timeout" => ("session", None),
        _ => ("configuration", None),
    };
    said.is("webmin", category, "");
    if let Some(good) = good {
        said.outcome(good);
        said.fields.text(known::EVENT_ACTION, "web_login");
    } else {
        said.fields.bytes(known::EVENT_ACTION, action);
    }
    said.set("webmin.module", found.rest.split(|c| *c == b' ').nth(1).unwrap_or_default());
    if good == Some(false) {
        let reason = quoted.last().copied().unwrap_or_default();
        said.fields.bytes(known::EVENT_REASON, reason);
    }
}

static FILE_LINES: Lines = Lines::new(&[
    Line::failed("web_login", "'{source}' {count} failed login attempts. Account '{user}' via '{*}'"),
    Line::failed("web_login", "'{source}' {count} failed login attempts. Account '{user}'"),
    Line::failed("web_login", "'{source}' {count} failed login attempt. Account '{user}'"),
    Line::failed("web_login", "'{source}' {count} failed login attempts. Invalid account '{user}'")
        .because("no such user"),
    Line::failed("web_login", "'{source}' {count} failed login attempt. Invalid account '{user}'")
        .because("no such user"),
    Line::login("web_login", "'{source}' successful login to '{user}' after {*} attempts"),
    Line::login("web_login", "'{source}' successful login to '{user}'{*}"),
    Line::failed(
        "web_login",
        "{log.level?} [{cpanel.service?}] {source} - {user} \"{http.request.line}\" FAILED LOGIN {?} {reason}",
    ),
    Line::login(
        "web_login",
        "{log.level?} [{cpanel.service?}] {source} - {user} \"{http.request.line}\" SUCCESS LOGIN{*}",
    ),
    Line::failed("web_login", "{user} {source} failed to login"),
    Line::login("web_login", "{user} {source} successfully logged in"),
]);
