//! What directories and their clients say: OpenLDAP, Kerberos, RADIUS, SSSD, winbind, nslcd, Samba.

use super::shape::{Line, Lines, Told, by_name_only, peer};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{SOURCE, whole};
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// OpenLDAP's slapd. A bind and its result stand in two lines, which its connection and operation numbers join.
pub struct Slapd;

impl Payload for Slapd {
    fn about(&self) -> About {
        About {
            id: "slapd",
            title: "OpenLDAP (slapd)",
            about: "LDAP connections, binds, searches and results.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["slapd"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"conn=")
            && (text::place(&message[..message.len().min(40)], b" op=").is_some()
                || text::place(&message[..message.len().min(40)], b" fd=").is_some())
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = message.trim_ascii();
        let Some(rest) = text.strip_prefix(b"conn=") else { return false };
        let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
        let connection = &rest[..digits];
        said.set_number("ldap.connection", connection);
        let mut rest = rest[digits..].trim_ascii_start();
        for (head, field) in [(b"op=".as_slice(), "ldap.operation"), (b"fd=", "ldap.fd")] {
            if let Some(after) = rest.strip_prefix(head) {
                let digits = after.iter().take_while(|c| c.is_ascii_digit()).count();
                said.set_number(field, &after[..digits]);
                rest = after[digits..].trim_ascii_start();
            }
        }
        let verb = rest.split(|c| *c == b' ').next().unwrap_or_default();
        let (category, action) = match verb {
            b"ACCEPT" => ("network", "ldap_connect"),
            b"BIND" => ("authentication", "ldap_bind"),
            b"UNBIND" | b"closed" => ("session", "ldap_disconnect"),
            b"SRCH" => ("database", "ldap_search"),
            b"ADD" => ("iam", "ldap_add"),
            b"MOD" | b"MODRDN" => ("iam", "ldap_modify"),
            b"DEL" => ("iam", "ldap_delete"),
            b"PASSMOD" => ("iam", "password_changed"),
            b"RESULT" => ("database", "ldap_result"),
            b"SEARCH" => ("database", "ldap_result"),
            _ => ("network", ""),
        };
        if verb == b"RESULT" && text::place(rest, b"tag=97 ").is_some() {
            // The answer to a bind: whoever asked stands in the line before.
            said.is("slapd", "authentication", "ldap_bind");
        } else {
            said.is("slapd", category, action);
        }
        SLAPD_LINES.read_without_outcome("slapd", rest, said);
        if let Some(at) = text::place(rest, b"err=") {
            let code = &rest[at + 4..];
            let code = &code[..code.iter().take_while(|c| c.is_ascii_digit()).count()];
            said.set_number("ldap.result", code);
            if let Some(code) = whole(code).filter(|c| *c != 14) {
                said.outcome(code == 0);
            }
            if code == b"49" {
                said.fields.text(known::EVENT_REASON, "invalid credentials");
            }
        }
        if let Some(dn) = dn(rest) {
            said.set("user.ldap_dn", dn);
            if verb == b"BIND" {
                said.user(first_value(dn));
            }
        }
        super::recall::connection("slapd", connection, verb == b"closed", said);
        true
    }
}

static SLAPD_LINES: Lines = Lines::new(&[
    Line::new("", "", "ACCEPT from IP={peer:} (IP={server})"),
    Line::new("", "", "ACCEPT from IP=[{source}]:{port} (IP={*}"),
    Line::new("", "", "SRCH base=\"{ldap.base}\" scope={ldap.scope#} deref={*} filter=\"{ldap.filter}\""),
    Line::new("", "", "RESULT tag={*} err={*} text={reason}"),
]);

fn dn(text: &[u8]) -> Option<&[u8]> {
    let at = text::place(text, b"dn=\"")?;
    let value = &text[at + 4..];
    Some(&value[..memchr(b'"', value)?]).filter(|v| !v.is_empty())
}

/// `uid=bob,ou=people` is bob.
fn first_value(dn: &[u8]) -> &[u8] {
    let first = dn.split(|c| *c == b',').next().unwrap_or(dn);
    memchr(b'=', first).map_or(first, |at| &first[at + 1..])
}

/// MIT's and Heimdal's KDC, kadmind.
pub const KERBEROS: Told = Told {
    about: About {
        id: "krb5",
        title: "Kerberos KDC",
        about: "Tickets that were asked for, given and refused.",
    },
    programs: &["krb5kdc", "kadmind", "kadmin", "kpasswdd", "kdc"],
    lines: &KERBEROS_LINES,
    claims: |m| m.starts_with(b"AS_REQ (") || m.starts_with(b"TGS_REQ ("),
};

static KERBEROS_LINES: Lines = Lines::new(&[
    Line::login("kerberos_ticket", "AS_REQ ({*}) {source}: ISSUE: authtime {*}, {user} for {krb5.service}"),
    Line::new(
        "authentication",
        "kerberos_ticket",
        "AS_REQ ({*}) {source}: NEEDED_PREAUTH: {user} for {krb5.service}, {reason}",
    ),
    Line::failed(
        "kerberos_ticket",
        "AS_REQ ({*}) {source}: {krb5.error?}: {user} for {krb5.service}, {reason}",
    ),
    Line::failed("kerberos_ticket", "AS_REQ ({*}) {source}: {krb5.error?}: {user} for {krb5.service}"),
    Line::new(
        "authentication",
        "kerberos_service_ticket",
        "TGS_REQ ({*}) {source}: ISSUE: authtime {*}, {user} for {krb5.service}",
    )
    .good(),
    Line::new(
        "authentication",
        "kerberos_service_ticket",
        "TGS_REQ ({*}) {source}: {krb5.error?}: authtime {*}, {*} {user} for {krb5.service}, {reason}",
    )
    .bad(),
    Line::failed("kerberos_ticket", "preauth ({*}) verify failure: {reason}"),
    Line::new(
        "iam",
        "kerberos_admin",
        "Request: {krb5.request?}, {user.target.name}, {krb5.result}, client={user}, service={krb5.service}, addr={source}",
    ),
    // Heimdal.
    Line::new("authentication", "kerberos_request", "AS-REQ {user} from IPv4:{source} for {krb5.service}"),
    Line::failed("kerberos_ticket", "Failed to decrypt PA-DATA -- {user} {*}"),
    Line::failed("kerberos_ticket", "UNKNOWN -- {user}: no such entry found in hdb").because("no such user"),
    Line::login("kerberos_ticket", "ENC-TS Pre-authentication succeeded -- {user} using {*}"),
]);

/// FreeRADIUS.
pub struct Radius;

impl Payload for Radius {
    fn about(&self) -> About {
        About { id: "radius", title: "FreeRADIUS", about: "Users that a RADIUS server let in and refused." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["radiusd", "freeradius"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"Auth: ") && text::place(&message[..message.len().min(60)], b"Login ").is_some()
            || message.starts_with(b"Login OK: [")
            || message.starts_with(b"Login incorrect")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        text = text.strip_prefix(b"Auth: ").unwrap_or(text);
        // `(123) `, `rlm_..`: the number of the request.
        if text.first() == Some(&b'(')
            && let Some(at) = text::place(&text[..text.len().min(16)], b")")
        {
            text = text[at + 1..].trim_ascii_start();
        }
        text = text.strip_prefix(b": ").unwrap_or(text);
        RADIUS_LINES.read("radius", text, said)
    }
}

static RADIUS_LINES: Lines = Lines::new(&[
    Line::login(
        "radius_login",
        "Login OK: [{user}/<via Auth-Type = {*}>] (from client {radius.client} port {*}){*}",
    ),
    Line::failed(
        "radius_login",
        "Login incorrect ({reason}): [{user}/<via Auth-Type = {*}>] (from client {radius.client} port {*}){*}",
    ),
    Line::failed(
        "radius_login",
        "Login incorrect: [{user}/<via Auth-Type = {*}>] (from client {radius.client} port {*}){*}",
    ),
    Line::login("radius_login", "Login OK: [{user}] (from client {radius.client} port {*} cli {source}){*}"),
    Line::login(
        "radius_login",
        "Login OK: [{user}] (from client {radius.client} port {*} cli {radius.station}){*}",
    ),
    Line::login("radius_login", "Login OK: [{user}] (from client {radius.client} port {*}){*}"),
    Line::login("radius_login", "Login OK: [{user}]{*}"),
    Line::failed(
        "radius_login",
        "Login incorrect ({reason}): [{user}] (from client {radius.client} port {*} cli {source}){*}",
    ),
    Line::failed(
        "radius_login",
        "Login incorrect ({reason}): [{user}] (from client {radius.client} port {*}){*}",
    ),
    Line::failed(
        "radius_login",
        "Login incorrect: [{user}] (from client {radius.client} port {*} cli {source}){*}",
    ),
    Line::failed("radius_login", "Login incorrect: [{user}] (from client {radius.client} port {*}){*}"),
    Line::failed("radius_login", "Login incorrect: [{user}]{*}"),
    Line::failed("radius_login", "Invalid user: [{user}] (from client {radius.client} port {*}){*}"),
]);

/// SSSD, winbind, nslcd: how a host asks a directory.
pub const DIRECTORY_CLIENTS: Told = Told {
    about: About {
        id: "directory_client",
        title: "SSSD, winbind, nslcd",
        about: "Trouble of a host with its directory.",
    },
    programs: &[
        "sssd",
        "sssd_be",
        "sssd_pam",
        "krb5_child",
        "ldap_child",
        "winbindd",
        "nslcd",
        "nscd",
        "adcli",
        "realmd",
    ],
    lines: &CLIENT_LINES,
    claims: by_name_only,
};

static CLIENT_LINES: Lines = Lines::new(&[
    Line::new("authentication", "kerberos_preauth", "Preauthentication failed").bad(),
    Line::new("authentication", "kerberos_preauth", "Client '{user}' not found in Kerberos database").bad(),
    Line::failed("directory_login", "[{*}] <authc=\"{user}\"> uid={*} ldap_simple_bind_s() failed: {reason}"),
    Line::failed("directory_login", "[{*}] <authc=\"{user}\"> {*}: {reason}"),
    Line::new("network", "directory_offline", "Backend is offline"),
    Line::new("network", "directory_online", "Backend is online"),
]);

/// Samba: sessions and shares, and the audit records of logins.
pub struct Samba;

impl Payload for Samba {
    fn about(&self) -> About {
        About { id: "smbd", title: "Samba", about: "Logins, shares and files of a Samba server." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["smbd", "samba", "nmbd", "smbd_audit"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let text = message.trim_ascii_start();
        text.starts_with(b"Auth: [") || text.starts_with(b"Successful AuthZ: [")
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = message.trim_ascii();
        if text.starts_with(b"Auth: [") || text.starts_with(b"Successful AuthZ: [") {
            return audited(text, said);
        }
        if program == b"smbd_audit" {
            return full_audit(text, said);
        }
        SAMBA_LINES.read("smbd", text, said)
    }
}

/// `Auth: [SMB2,(null)] user [WORKGROUP]\[root] at [Thu, 14 Oct 2021 15:24:12.023984 UTC] with [NTLMv2] status [NT_STATUS_..]
/// workstation [MANTIS] remote host [ipv4:172.17.0.1:44890] mapped to ... local host [ipv4:...]`
fn audited(text: &[u8], said: &mut Said<'_>) -> bool {
    // Names are a stranger's words: what the server says itself is looked for behind the user's.
    let value = |name: &[u8]| -> &[u8] {
        let Some(at) = memmem::rfind(text, name) else { return b"" };
        let value = &text[at + name.len()..];
        &value[..memchr(b']', value).unwrap_or(value.len())]
    };
    let good = text.starts_with(b"Successful") || value(b"] status [") == b"NT_STATUS_OK";
    said.is("smbd", "authentication", if text.starts_with(b"Auth") { "smb_login" } else { "smb_authorized" });
    said.outcome(good);
    if let Some(at) = text::place(text, b" user [") {
        let rest = &text[at + 7..];
        let end = text::place(rest, b"] at [").unwrap_or(rest.len());
        let who = &rest[..end];
        match text::place(who, b"]\\[") {
            Some(at) => {
                said.fields.bytes(known::USER_DOMAIN, &who[..at]);
                said.user(&who[at + 3..]);
            }
            None => said.user(who),
        }
    }
    let at = value(b"] at [");
    if let Some(time) = said.ctx.stamp(at) {
        said.time = Some(time);
    }
    if !good {
        said.fields.bytes(known::EVENT_REASON, value(b"] status ["));
    }
    said.set("smb.authentication", value(b"] with ["));
    said.set("smb.workstation", value(b"] workstation ["));
    let (host, port) = family(value(b" remote host ["));
    SOURCE.host(said.fields, host);
    SOURCE.port(said.fields, port);
    let (host, port) = family(value(b" local host ["));
    crate::normalise::entities::DESTINATION.host(said.fields, host);
    crate::normalise::entities::DESTINATION.port(said.fields, port);
    true
}

/// `ipv4:192.0.2.1:44890`, `ipv6:2001:db8::1:445`
fn family(text: &[u8]) -> (&[u8], &[u8]) {
    let six = text.starts_with(b"ipv6:");
    let inner = text.strip_prefix(b"ipv4:").or_else(|| text.strip_prefix(b"ipv6:")).unwrap_or(text);
    match memchr::memrchr(b':', inner).filter(|_| six) {
        Some(at) => (&inner[..at], &inner[at + 1..]),
        None => peer(inner),
    }
}

/// `bob|192.0.2.1|share|open|ok|r|file`, as the usual prefix of `vfs_full_audit` has it.
fn full_audit(text: &[u8], said: &mut Said<'_>) -> bool {
    let cells: Vec<&[u8]> = text.split(|c| *c == b'|').take(12).collect();
    if cells.len() < 4 {
        return false;
    }
    let at = cells.iter().position(|c| *c == b"ok" || c.starts_with(b"fail"));
    let Some(at) = at.filter(|n| *n > 1) else { return false };
    said.is("smbd", "file", "");
    said.outcome(cells[at] == b"ok");
    said.fields.bytes(known::EVENT_ACTION, cells[at - 1]);
    said.user(cells[0]);
    for cell in &cells[1..at] {
        if crate::normalise::entities::is_ip(cell) {
            SOURCE.host(said.fields, cell);
        }
    }
    if let Some(path) = cells.get(at + 1..).and_then(|rest| rest.last()) {
        said.set("file.path", path);
    }
    true
}

static SAMBA_LINES: Lines = Lines::new(&[
    Line::new(
        "file",
        "share_opened",
        "{source.domain?} ({peer}) connect to service {smb.share} initially as user {user} (uid={*}",
    ),
    Line::new(
        "file",
        "share_opened",
        "{source.domain?} (ipv4:{peer}) connect to service {smb.share} initially as user {user} (uid={*}",
    ),
    Line::new(
        "file",
        "share_closed",
        "{source.domain?} (ipv4:{peer}) closed connection to service {smb.share}",
    ),
    Line::new("file", "share_closed", "{source.domain?} ({peer}) closed connection to service {smb.share}"),
    Line::failed("smb_login", "{*}NT_STATUS_LOGON_FAILURE{*}"),
    Line::failed("smb_login", "Denied connection from {?} ({source})"),
    Line::failed(
        "smb_login",
        "{*}check_ntlm_password:  Authentication for user [{user}] -> [{*}] FAILED with error {reason}",
    ),
    Line::login(
        "smb_login",
        "{*}check_ntlm_password:  authentication for user [{user}] -> [{*}] -> [{*}] succeeded",
    ),
    Line::failed("share_opened", "{source.domain?} ({peer}) couldn't find service {smb.share}"),
]);

/// NFS' mount daemon.
pub const NFS: Told = Told {
    about: About { id: "nfs", title: "NFS", about: "Mounts that were asked for and refused." },
    programs: &["mountd", "rpc.mountd", "nfsd", "rpc.statd", "rpcbind"],
    lines: &NFS_LINES,
    claims: by_name_only,
};

static NFS_LINES: Lines = Lines::new(&[
    Line::new("file", "nfs_mount", "authenticated mount request from {peer:} for {file.path} ({*}").good(),
    Line::new("file", "nfs_unmount", "authenticated unmount request from {peer:} for {file.path} ({*}")
        .good(),
    Line::new("file", "nfs_mount", "refused mount request from {source} for {file.path} ({*}): {reason}")
        .bad(),
    Line::new("file", "nfs_mount", "refused mount request from {source} for {file.path} ({*}").bad(),
    Line::new("network", "statd_attack", "gethostbyname error for {*}").bad(),
    Line::new("network", "rpc_refused", "refused connect from {source} to {*}").bad(),
    Line::new("network", "rpc_refused", "connect from {source} to {*}: request from unauthorized host").bad(),
]);
