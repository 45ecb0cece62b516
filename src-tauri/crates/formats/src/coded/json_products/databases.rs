//! Databases that log JSON: MongoDB since 4.4, MongoDB's audit, MySQL Enterprise's (and Percona's) audit, PostgreSQL's jsonlog,
//! ClickHouse, CockroachDB, Redis-like services.

use super::{JsonProduct, PLAIN};

/// MongoDB.
pub const MONGODB: JsonProduct = JsonProduct {
    id: "mongodb_json",
    title: "MongoDB (JSON, 4.4 and later)",
    about: "mongod's and mongos' structured log: connections, logins, slow queries",
    dataset: "mongodb.log",
    signs: &["t.$date & s & c & ctx & msg", "t.$date & s & c & id & msg"],
    map: r#"
event.kind = event
@timestamp < t.$date
event.category = database
event.type = info
message < msg
event.code < id
log.level < s { F=critical E=error W=warning I=info D=debug D1=debug D2=debug D3=debug D4=debug D5=debug }
log.logger < c
mongodb.log.context < ctx
source client < attr.remote attr.client attr.remoteAddress
user.name < attr.principalName attr.user attr.authenticationUser
user.domain < attr.authenticationDatabase attr.db
host.name < attr.host
process.pid < attr.pid
event.duration < attr.durationMillis | ms
event.reason < attr.error attr.result
when msg ^ "Authentication failed"
    event.category = authentication
    event.action = login
    event.outcome = failure
when msg ^ "Successfully authenticated" "Authentication succeeded"
    event.category = authentication
    event.action = login
    event.outcome = success
when msg = "Connection accepted" "Connection ended"
    event.category = network+database
    event.type < msg { "Connection accepted"=connection+start "Connection ended"=connection+end }
"#,
    guess: false,
    ..PLAIN
};

/// MongoDB's audit.
pub const MONGODB_AUDIT: JsonProduct = JsonProduct {
    id: "mongodb_audit",
    title: "MongoDB audit log (JSON)",
    about: "Logins, changes of users and roles, and commands that MongoDB audited",
    dataset: "mongodb.audit",
    signs: &[
        "atype & ts.$date & remote.ip",
        "atype & ts.$date & users.user",
        "atype & param & result & local.ip",
    ],
    map: r#"
event.kind = event
@timestamp < ts.$date
event.action < atype
source client < remote.ip
source.port < remote.port
destination server < local.ip
destination.port < local.port
user.name < users.user param.user | first
user.domain < users.db param.db | first
event.outcome < result { 0=success *=failure }
event.code < result
when atype = authenticate logout
    event.category = authentication
when atype ^ create drop grant revoke update
    event.category = iam
event.category = database
"#,
    guess: false,
    ..PLAIN
};

/// MySQL Enterprise's audit.
pub const MYSQL_AUDIT: JsonProduct = JsonProduct {
    id: "mysql_audit_json",
    title: "MySQL Enterprise and Percona audit log (JSON)",
    about: "Connections, statements and table accesses that MySQL audited",
    dataset: "mysql_enterprise.audit",
    signs: &[
        "class = audit connection general table_access & event & account.user",
        "class & event & connection_id & timestamp",
        "audit_record.name & audit_record.timestamp",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp audit_record.timestamp
event.category = database
process.name = mysqld
when connection_data.status & connection_data.status != 0
    event.outcome = failure
when general_data.status & general_data.status != 0
    event.outcome = failure
event.action < event | prefix mysql-
event.action < audit_record.name | lower | prefix mysql-
server.user.name < account.user
user.name < login.user account.user audit_record.user | before [
client.domain < account.host
source client < login.ip audit_record.ip
process.pid < connection_data.connection_attributes._pid
process.executable < startup_data.args | first
process.command_line < general_data.query audit_record.sqltext
database.name < connection_data.db table_access_data.db audit_record.db
db.statement < general_data.query table_access_data.query audit_record.sqltext
event.code < general_data.status connection_data.status audit_record.status
when class = connection
    event.category = database+network
    event.outcome < connection_data.status { 0=success *=failure }
    event.type < event { connect=access+connection+start disconnect=access+connection+end *=access }
when class = general
    event.outcome < general_data.status { 0=success *=failure }
    event.type = access
when class = table_access
    event.type < event { read=access insert update delete=access+change }
    event.outcome = unknown
when audit_record.name = Connect
    event.category = database+authentication
event.outcome < audit_record.status { 0=success *=failure }
event.outcome = unknown
"#,
    guess: false,
    first: Some(login_account),
    ..PLAIN
};

/// A connection is a login: its account is the user's.
fn login_account(say: &mut crate::coded::json_map::Say<'_>) {
    use crate::coded::flatten::Leaf;
    let path = say.doc.path("startup_data.args");
    let args: Vec<String> = say
        .doc
        .all(path)
        .filter_map(|leaf| if let Leaf::Text(t) = leaf { Some(t.to_owned()) } else { None })
        .collect();
    say.set("process.command_line", &args.join(" "));
}

/// PostgreSQL's jsonlog.
pub const POSTGRES: JsonProduct = JsonProduct {
    id: "postgresql_json",
    title: "PostgreSQL jsonlog",
    about: "PostgreSQL 15 and later with log_destination jsonlog",
    dataset: "postgresql.log",
    signs: &[
        "error_severity & backend_type & message & pid",
        "error_severity & timestamp & session_id & pid",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp
event.category = database
message < message
log.level < error_severity | lower | { log=info fatal panic=critical notice=notice statement detail hint context=info *=* }
user.name < user
database.name < dbname
process.pid < pid
source client < remote_host
source.port < remote_port
event.code < state_code
event.reason < detail
process.name < backend_type
db.statement < statement
when message ~ "authentication failed for user" "no pg_hba.conf entry"
    event.category = authentication+database
    event.outcome = failure
    user.name < message | after quote | before quote
when message ^ "connection authorized"
    event.category = authentication+database
    event.outcome = success
"#,
    guess: false,
    ..PLAIN
};

/// CockroachDB.
pub const COCKROACH: JsonProduct = JsonProduct {
    id: "cockroachdb_json",
    title: "CockroachDB (JSON)",
    about: "CockroachDB's log channels as JSON: sessions, privileges, users, SQL audit",
    dataset: "cockroachdb.log",
    signs: &[
        "channel & cluster_id & node_id & severity & timestamp",
        "channel_numeric & severity & message & timestamp",
        "event.EventType & timestamp & channel",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp
event.action < event.EventType
user.name < event.User event.SystemIdentity
source client < event.RemoteAddress tags.client
message < message
log.level < severity
event.reason < event.Reason
when event.EventType = client_authentication_failed
    event.category = authentication+database
    event.outcome = failure
when event.EventType = client_authentication_ok
    event.category = authentication+database
    event.outcome = success
event.category = database
"#,
    guess: false,
    ..PLAIN
};
