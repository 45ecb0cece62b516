//! What database servers say about logins, in syslog: MySQL and MariaDB, PostgreSQL. Their own files are formats of their own.

use super::shape::{Line, Lines};
use super::{Payload, Said};
use crate::About;
use crate::normalise::severity;
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// MySQL's and MariaDB's server.
pub struct Mysqld;

impl Payload for Mysqld {
    fn about(&self) -> About {
        About {
            id: "mysqld",
            title: "MySQL, MariaDB in syslog",
            about: "Logins that a database server refused.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["mysqld", "mysql", "mariadbd", "mariadb", "mysqld_safe"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        text::place(&message[..message.len().min(120)], b"Access denied for user '").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = said.stamped(message.trim_ascii());
        said.fields.text(known::EVENT_DATASET, "mysqld");
        // The thread's number, then `[Warning] [MY-010926] [Server]`.
        let digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
        if digits > 0 && text.get(digits) == Some(&b' ') {
            said.set_number("mysql.thread", &text[..digits]);
            text = text[digits..].trim_ascii_start();
        }
        let mut first = true;
        while let Some(inside) = text.strip_prefix(b"[") {
            let Some(close) = memchr(b']', &inside[..inside.len().min(24)]) else { break };
            let word = &inside[..close];
            match severity::level(word) {
                Some(level) if first => said.fields.text(known::LOG_LEVEL, level),
                _ if first && word == b"Note" => said.fields.text(known::LOG_LEVEL, "info"),
                _ if word.starts_with(b"MY-") => said.fields.bytes(known::EVENT_CODE, word),
                _ => said.set("mysql.subsystem", word),
            }
            first = false;
            text = inside[close + 1..].trim_ascii_start();
        }
        MYSQL_LINES.read("mysqld", text, said);
        true
    }
}

static MYSQL_LINES: Lines = Lines::new(&[
    Line::failed(
        "database_login",
        "Access denied for user '{user}'@'{source}' (using password: {mysql.password?})",
    ),
    Line::failed("database_login", "Access denied for user '{user}'@'{source}' to database '{db.name}'"),
    Line::failed("database_login", "Access denied for user '{user}'@'{source}'{*}"),
    Line::new(
        "database",
        "database_disconnect",
        "Aborted connection {*} to db: '{db.name}' user: '{user}' host: '{source}' ({reason})",
    ),
    Line::new(
        "database",
        "database_disconnect",
        "Aborted connection {*} to db: '{db.name}' user: '{user}' host: '{source}'{*}",
    ),
    Line::failed("database_login", "Host '{source}' is blocked because of many connection errors{*}"),
    Line::failed("database_login", "Host '{source}' is not allowed to connect to this {*}"),
    Line::new("database", "reverse_mapping", "IP address '{source}' could not be resolved: {reason}"),
]);

/// PostgreSQL.
pub struct Postgres;

impl Payload for Postgres {
    fn about(&self) -> About {
        About {
            id: "postgres",
            title: "PostgreSQL in syslog",
            about: "Logins and failures of a database server.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["postgres", "postgresql", "postmaster"]
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        said.fields.text(known::EVENT_DATASET, "postgres");
        // `[3-1] `: the number of the message and of its line.
        if text.first() == Some(&b'[')
            && let Some(at) = text::place(&text[..text.len().min(16)], b"] ")
        {
            text = &text[at + 2..];
        }
        text = said.stamped(text);
        // What stands before the level is the administrator's `log_line_prefix`.
        let found = [
            b"FATAL:  ".as_slice(),
            b"LOG:  ",
            b"ERROR:  ",
            b"WARNING:  ",
            b"PANIC:  ",
            b"NOTICE:  ",
            b"DETAIL:  ",
            b"STATEMENT:  ",
            b"HINT:  ",
        ]
        .iter()
        .filter_map(|word| Some((text::place(&text[..text.len().min(200)], word)?, *word)))
        .min();
        let Some((at, word)) = found else { return true };
        let prefix = &text[..at];
        let level = match &word[..word.len() - 3] {
            b"FATAL" | b"PANIC" => "critical",
            b"ERROR" => "error",
            b"WARNING" => "warning",
            _ => "info",
        };
        said.fields.text(known::LOG_LEVEL, level);
        POSTGRES_LINES.read("postgres", &text[at + word.len()..], said);
        for pair in prefix.split(|c| matches!(c, b',' | b' ')) {
            let Some(equals) = memchr(b'=', pair) else { continue };
            let value = &pair[equals + 1..];
            match &pair[..equals] {
                b"user" => said.set("user.name", if value == b"[unknown]" { b"" } else { value }),
                b"db" | b"database" => said.set("db.name", value),
                b"client" | b"host" | b"rhost" => {
                    let end = memchr(b'(', value).unwrap_or(value.len());
                    crate::normalise::entities::SOURCE.host(said.fields, &value[..end]);
                }
                b"app" => said.set("postgres.application", value),
                _ => {}
            }
        }
        true
    }
}

static POSTGRES_LINES: Lines = Lines::new(&[
    Line::failed("database_login", "password authentication failed for user \"{user}\""),
    Line::failed("database_login", "{*} authentication failed for user \"{user}\""),
    Line::failed("database_login", "role \"{user}\" does not exist").because("no such user"),
    Line::failed(
        "database_login",
        "no pg_hba.conf entry for host \"{source}\", user \"{user}\", database \"{db.name}\"{*}",
    ),
    Line::failed(
        "database_login",
        "pg_hba.conf rejects connection for host \"{source}\", user \"{user}\", database \"{db.name}\"{*}",
    ),
    Line::failed("database_login", "database \"{db.name}\" does not exist"),
    Line::login("database_login", "connection authorized: user={user} database={db.name?} {*}"),
    Line::login("database_login", "connection authorized: user={user} database={db.name?}"),
    Line::new(
        "authentication",
        "database_identity",
        "connection authenticated: identity=\"{user}\" method={postgres.method?} {*}",
    ),
    Line::new("network", "database_connect", "connection received: host={source} port={port}"),
    Line::new("network", "database_connect", "connection received: host={source}"),
    Line::new(
        "session",
        "database_disconnect",
        "disconnection: session time: {*} user={user} database={db.name?} host={source} port={port}",
    ),
    Line::new(
        "session",
        "database_disconnect",
        "disconnection: session time: {*} user={user} database={db.name?} host={source}",
    ),
]);
