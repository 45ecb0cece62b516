//! What FTP servers say: logins, failures and files that went up and down. vsftpd, ProFTPD, Pure-FTPd, wu-ftpd, BSD's ftpd,
//! the transfer log that all of them can write, and SFTP's part of OpenSSH.

use super::shape::{Line, Lines, Told, by_name_only};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// vsftpd, in its own file and in syslog.
pub struct Vsftpd;

impl Payload for Vsftpd {
    fn about(&self) -> About {
        About { id: "vsftpd", title: "vsftpd", about: "FTP logins, failures and transfers." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["vsftpd"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let text = after_pid(message);
        message.starts_with(b"[pid ")
            && (text.starts_with(b"CONNECT: Client \"")
                || text.starts_with(b"[")
                || text.starts_with(b"FTP ")
                || text.starts_with(b"DEBUG: "))
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = after_pid(message.trim_ascii());
        if let Some(pid) = message.strip_prefix(b"[pid ") {
            let digits = pid.iter().take_while(|c| c.is_ascii_digit()).count();
            if let Some(pid) = whole(&pid[..digits]) {
                said.fields.int(known::PROCESS_PID, pid);
            }
        }
        VSFTPD_LINES.read("vsftpd", text, said)
    }
}

fn after_pid(text: &[u8]) -> &[u8] {
    match text.starts_with(b"[pid ").then(|| text::place(&text[..text.len().min(24)], b"] ")).flatten() {
        Some(at) => &text[at + 2..],
        None => text,
    }
}

static VSFTPD_LINES: Lines = Lines::new(&[
    Line::new("network", "ftp_connect", "CONNECT: Client \"{source}\"{*}"),
    Line::failed("ftp_login", "[{user}] FAIL LOGIN: Client \"{source}\", \"{reason}\""),
    Line::failed("ftp_login", "[{user}] FAIL LOGIN: Client \"{source}\"{*}"),
    Line::login("ftp_login", "[{user}] OK LOGIN: Client \"{source}\"{*}"),
    Line::new(
        "file",
        "ftp_upload",
        "[{user}] OK UPLOAD: Client \"{source}\", \"{file.path}\", {file.size#} bytes, {*}",
    )
    .good(),
    Line::new("file", "ftp_upload", "[{user}] OK UPLOAD: Client \"{source}\", \"{file.path}\"{*}").good(),
    Line::new("file", "ftp_upload", "[{user}] FAIL UPLOAD: Client \"{source}\", \"{file.path}\"{*}").bad(),
    Line::new(
        "file",
        "ftp_download",
        "[{user}] OK DOWNLOAD: Client \"{source}\", \"{file.path}\", {file.size#} bytes, {*}",
    )
    .good(),
    Line::new("file", "ftp_download", "[{user}] OK DOWNLOAD: Client \"{source}\", \"{file.path}\"{*}").good(),
    Line::new("file", "ftp_download", "[{user}] FAIL DOWNLOAD: Client \"{source}\", \"{file.path}\"{*}")
        .bad(),
    Line::new("file", "ftp_delete", "[{user}] OK DELETE: Client \"{source}\", \"{file.path}\"").good(),
    Line::new("file", "ftp_delete", "[{user}] FAIL DELETE: Client \"{source}\", \"{file.path}\"{*}").bad(),
    Line::new("file", "ftp_rename", "[{user}] OK RENAME: Client \"{source}\", \"{file.path}\"").good(),
    Line::new("file", "ftp_mkdir", "[{user}] OK MKDIR: Client \"{source}\", \"{file.path}\"").good(),
    Line::new("file", "ftp_rmdir", "[{user}] OK RMDIR: Client \"{source}\", \"{file.path}\"").good(),
    Line::new("file", "ftp_chmod", "[{user}] OK CHMOD: Client \"{source}\", \"{file.path}\"").good(),
    Line::new("file", "ftp_failed", "[{user}] FAIL {ftp.command?}: Client \"{source}\"{*}").bad(),
    Line::failed("ftp_login", "[{user}] FTP response: Client \"{source}\", \"530 {reason}\""),
    Line::failed("ftp_login", "FTP response: Client \"{source}\", \"530 {reason}\""),
    Line::new("session", "ftp_command", "[{user}] FTP command: Client \"{source}\", \"{ftp.command}\""),
    Line::new("session", "ftp_command", "FTP command: Client \"{source}\", \"{ftp.command}\""),
    Line::new("session", "ftp_response", "[{user}] FTP response: Client \"{source}\", \"{ftp.response}\""),
    Line::new("session", "ftp_response", "FTP response: Client \"{source}\", \"{ftp.response}\""),
    Line::new("session", "", "[{user}] DEBUG: Client \"{source}\", \"{*}\""),
    Line::new("session", "", "DEBUG: Client \"{source}\", \"{*}\""),
]);

/// ProFTPD.
pub struct Proftpd;

impl Payload for Proftpd {
    fn about(&self) -> About {
        About { id: "proftpd", title: "ProFTPD", about: "FTP and SFTP logins and failures." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["proftpd"]
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        said.fields.text(known::EVENT_DATASET, "proftpd");
        // `server (client[ip]): text`, `server (client[ip]) - text`; the client's name is what its owner wrote into DNS.
        if let Some(open) = text::place(&text[..text.len().min(256)], b" (")
            && let Some(close) = text::place(&text[open..text.len().min(open + 400)], b"])").map(|n| open + n)
            && let Some(bracket) = memchr::memrchr(b'[', &text[open..close]).map(|n| open + n)
        {
            let ip = &text[bracket + 1..close];
            if is_ip(ip) {
                SOURCE.host(said.fields, ip);
                let name = &text[open + 2..bracket];
                if !is_ip(name) {
                    said.set("source.domain", name);
                }
                text = text[close + 2..].trim_ascii_start();
            }
        } else if let Some(at) = text::place(&text[..text.len().min(128)], b" - ") {
            text = &text[at..];
        }
        for head in [b": ".as_slice(), b":", b"- "] {
            text = text.strip_prefix(head).unwrap_or(text).trim_ascii_start();
        }
        PROFTPD_LINES.read("proftpd", text, said);
        true
    }
}

static PROFTPD_LINES: Lines = Lines::new(&[
    Line::login("ftp_login", "USER {user}: Login successful{*}"),
    Line::login("ftp_login", "ANON {user}: Login successful{*}"),
    Line::failed("ftp_login", "USER {user} (Login failed): {reason}"),
    Line::failed("ftp_login", "ANON {user} (Login failed): {reason}"),
    Line::failed("ftp_login", "USER {user}: no such user found from {*}").because("no such user"),
    Line::failed("ftp_login", "USER {user}: no such user").because("no such user"),
    Line::failed("ftp_login", "SECURITY VIOLATION: \"{user}\" login attempted{*}").because("not allowed"),
    Line::failed("ftp_login", "SECURITY VIOLATION: {user} login attempted{*}").because("not allowed"),
    Line::failed("ftp_login", "SECURITY VIOLATION: Root login attempted{*}").because("not allowed"),
    Line::new("authentication", "ftp_user_denied", "notice: user {user}: aborting transfer: {*}"),
    Line::new("authentication", "ftp_user_unknown", "no such user '{user}'").because("no such user"),
    Line::new(
        "authentication",
        "ftp_too_many_attempts",
        "Maximum login attempts ({event.count#}) exceeded{*}",
    )
    .bad(),
    Line::new("session", "ftp_timeout", "FTP login timed out, disconnected{*}"),
    Line::new("session", "ftp_timeout", "Login timeout exceeded, disconnected{*}"),
    Line::new("session", "ftp_timeout", "FTP {reason} timeout, disconnected{*}"),
    Line::new("session", "ftp_connect", "FTP session opened."),
    Line::new("session", "ftp_disconnect", "FTP session closed."),
    Line::new("session", "ftp_connect", "SSH2 session opened."),
    Line::new("session", "ftp_disconnect", "SSH2 session closed."),
    Line::new("network", "ftp_refused_port", "Refused PORT {*}").bad(),
    Line::new("network", "ftp_connect", "connect from {source}"),
    Line::new("network", "ftp_refused", "refused connect from {source}").bad(),
]);

/// Pure-FTPd.
pub const PURE_FTPD: Told = Told {
    about: About { id: "pureftpd", title: "Pure-FTPd", about: "FTP logins, failures and transfers." },
    programs: &["pure-ftpd", "pureftpd"],
    lines: &PURE_FTPD_LINES,
    claims: |m| m.starts_with(b"(?@") && text::place(&m[..m.len().min(80)], b") [").is_some(),
};

static PURE_FTPD_LINES: Lines = Lines::new(&[
    Line::new("network", "ftp_connect", "({?}@{?}) [INFO] New connection from {source}"),
    Line::login("ftp_login", "({?}@{source}) [INFO] {user} is now logged in"),
    Line::failed("ftp_login", "({?}@{source}) [WARNING] Authentication failed for user [{user}]"),
    Line::failed("ftp_login", "({?}@{source}) [ERROR] Too many authentication failures"),
    // The sentence is in the server's language; the form is not.
    Line::failed("ftp_login", "({?}@{source}) [WARNING] {reason} [{user}]"),
    Line::new(
        "file",
        "ftp_upload",
        "({user}@{source}) [NOTICE] {file.path} uploaded  ({file.size#} bytes, {*}",
    )
    .good(),
    Line::new(
        "file",
        "ftp_upload",
        "({user}@{source}) [NOTICE] {file.path} uploaded ({file.size#} bytes, {*}",
    )
    .good(),
    Line::new(
        "file",
        "ftp_download",
        "({user}@{source}) [NOTICE] {file.path} downloaded  ({file.size#} bytes, {*}",
    )
    .good(),
    Line::new(
        "file",
        "ftp_download",
        "({user}@{source}) [NOTICE] {file.path} downloaded ({file.size#} bytes, {*}",
    )
    .good(),
    Line::new("file", "ftp_delete", "({user}@{source}) [NOTICE] Deleted {file.path}").good(),
    Line::new("session", "ftp_disconnect", "({user}@{source}) [INFO] Logout."),
    Line::new("session", "ftp_timeout", "({?}@{source}) [INFO] Timeout{*}"),
    Line::new("session", "", "({user}@{source}) [{*}] {*}"),
]);

/// wu-ftpd, BSD's and Kerberos' ftpd.
pub const FTPD: Told = Told {
    about: About { id: "ftpd", title: "ftpd", about: "Logins of wu-ftpd and of BSD's and Kerberos' ftpd." },
    programs: &["wu-ftpd", "wuftpd", "ftpd", "in.ftpd", "gssftpd", "lukemftpd", "tnftpd", "bftpd", "ftp"],
    lines: &FTPD_LINES,
    claims: by_name_only,
};

static FTPD_LINES: Lines = Lines::new(&[
    Line::failed("ftp_login", "failed login from {?} [{source}], {user}"),
    Line::failed("ftp_login", "failed login from {?} [{source}]{*}"),
    Line::failed("ftp_login", "failed login from [{source}]{*}"),
    Line::failed("ftp_login", "repeated login failures from {ip} ({source.domain})"),
    Line::failed("ftp_login", "repeated login failures from {?} [{source}]{*}"),
    Line::failed("ftp_login", "repeated login failures from {?} ({source}){*}"),
    Line::failed("ftp_login", "repeated login failures from {source}"),
    Line::failed("ftp_login", "FTP LOGIN FAILED FROM {?} [{source}], {user}"),
    Line::failed("ftp_login", "FTP LOGIN FAILED FROM {source}, {user}"),
    Line::failed("ftp_login", "FTP LOGIN FAILED (cannot set uid) for {user} from {source}"),
    Line::failed("ftp_login", "FTP LOGIN REFUSED ({reason}) FROM {?} [{source}], {user}"),
    Line::failed("ftp_login", "FTP LOGIN REFUSED FROM {source}, {user}"),
    Line::failed("ftp_login", "login failed from {source}, {user}"),
    Line::login("ftp_login", "FTP LOGIN FROM {?} [{source}], {user}"),
    Line::login("ftp_login", "FTP LOGIN FROM {source} as {user}"),
    Line::login("ftp_login", "FTP LOGIN FROM {source}, {user}"),
    Line::login("ftp_login", "ANONYMOUS FTP LOGIN FROM {?} [{source}], {user}"),
    Line::login("ftp_login", "ANONYMOUS FTP LOGIN FROM {source}, {user}"),
    Line::failed("ftp_login", "ACCESS DENIED {reason} TO {?} [{source}]"),
    Line::new("network", "ftp_connect", "connection from {?} ({source}){*}"),
    Line::new("network", "ftp_connect", "connection from {source}"),
    Line::new("network", "ftp_connect", "connect from {source}"),
    Line::new("session", "ftp_disconnect", "FTP session closed"),
]);

/// SFTP's part of OpenSSH.
pub const SFTP: Told = Told {
    about: About {
        id: "sftp",
        title: "OpenSSH SFTP",
        about: "Sessions and files of sftp-server and internal-sftp.",
    },
    programs: &["sftp-server", "internal-sftp", "sftp"],
    lines: &SFTP_LINES,
    claims: by_name_only,
};

static SFTP_LINES: Lines = Lines::new(&[
    Line::new("session", "session_opened", "session opened for local user {user} from [{source}]{*}"),
    Line::new("session", "session_closed", "session closed for local user {user} from [{source}]{*}"),
    Line::new("file", "file_opened", "open \"{file.path}\" flags {sftp.flags?} mode {file.mode}"),
    Line::new(
        "file",
        "file_closed",
        "close \"{file.path}\" bytes read {sftp.read.bytes#} written {sftp.written.bytes#}",
    ),
    Line::new("file", "file_deleted", "remove name \"{file.path}\""),
    Line::new("file", "file_renamed", "rename old \"{file.path}\" new \"{file.target_path}\""),
    Line::new("file", "file_renamed", "posix-rename old \"{file.path}\" new \"{file.target_path}\""),
    Line::new("file", "directory_created", "mkdir name \"{file.path}\" mode {file.mode}"),
    Line::new("file", "directory_deleted", "rmdir name \"{file.path}\""),
    Line::new("file", "directory_read", "opendir \"{file.path}\""),
    Line::new("file", "directory_read", "closedir \"{file.path}\""),
    Line::new("file", "file_changed", "set \"{file.path}\" {*}"),
    Line::new("file", "", "sent status {reason}"),
]);

/// The transfer log that wu-ftpd brought into the world.
pub struct Xferlog;

impl Payload for Xferlog {
    fn about(&self) -> About {
        About {
            id: "xferlog",
            title: "FTP transfer log (xferlog)",
            about: "Files that went up and down, with user, address and size.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        cells(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(found) = cells(message) else { return false };
        let [direction, mode, user, service, _, real, end] = found.tail;
        let action = match direction {
            b"o" => "ftp_download",
            b"i" => "ftp_upload",
            _ => "ftp_delete",
        };
        said.is("xferlog", "file", action);
        said.outcome(end == b"c");
        SOURCE.host(said.fields, found.host);
        said.user(user);
        said.set("file.path", found.path);
        said.set_number("file.size", found.size);
        said.set_number("xferlog.seconds", found.seconds);
        said.set("network.protocol", service);
        said.set("xferlog.access_mode", mode);
        said.set("xferlog.authenticated_user", if real == b"*" { b"" } else { real });
        true
    }
}

struct Transfer<'a> {
    seconds: &'a [u8],
    host: &'a [u8],
    size: &'a [u8],
    path: &'a [u8],
    /// Direction, access mode, user, service, way of authentication, user it named, whether it was complete.
    tail: [&'a [u8]; 7],
}

/// `1 192.0.2.1 512 /path/with blanks b _ o r bob ftp 0 * c`: from both ends, as only the path holds blanks.
fn cells(text: &[u8]) -> Option<Transfer<'_>> {
    let text = text.trim_ascii();
    let mut rest = text;
    let mut head = [b"".as_slice(); 3];
    for cell in &mut head {
        let end = memchr(b' ', rest)?;
        *cell = &rest[..end];
        rest = &rest[end + 1..];
    }
    let mut tail = [b"".as_slice(); 9];
    for cell in tail.iter_mut().rev() {
        let at = memchr::memrchr(b' ', rest)?;
        *cell = &rest[at + 1..];
        rest = &rest[..at];
    }
    let [kind, special, direction, mode, user, service, method, real, end] = tail;
    let good = whole(head[0]).is_some()
        && whole(head[2]).is_some()
        && matches!(kind, b"a" | b"b")
        && special.len() <= 3
        && matches!(direction, b"o" | b"i" | b"d")
        && matches!(mode, b"a" | b"g" | b"r")
        && matches!(method, b"0" | b"1")
        && matches!(end, b"c" | b"i");
    good.then_some(Transfer {
        seconds: head[0],
        host: head[1],
        size: head[2],
        path: rest,
        tail: [direction, mode, user, service, method, real, end],
    })
}
