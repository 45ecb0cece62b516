//! Services that people host themselves and their guards: ModSecurity, Snort 3, Nextcloud, Vault, Harbor, SFTPGo, and others
//! that log JSON.

use super::{JsonProduct, PLAIN};
use crate::coded::json_map::Say;

/// ModSecurity's audit log.
pub const MODSECURITY: JsonProduct = JsonProduct {
    id: "modsecurity_json",
    title: "ModSecurity and Coraza audit log (JSON)",
    about: "Requests that the web application firewall audited, with the rules that matched",
    dataset: "modsecurity.auditlog",
    signs: &[
        "transaction.client_ip & transaction.request.uri",
        "transaction.client_ip & transaction.time_stamp",
        "transaction.remote_address & request.request_line",
        "transaction.transaction_id & transaction.time & request.request_line",
    ],
    map: r#"
event.kind = event
@timestamp < transaction.time_stamp transaction.timestamp transaction.time
event.id < transaction.id transaction.transaction_id
event.category = web
event.type = access
source client < transaction.client_ip transaction.remote_address
source.port < transaction.client_port transaction.remote_port
destination < transaction.host_ip transaction.local_address
destination.port < transaction.host_port transaction.local_port
http.request.method < transaction.request.method
http.request.method < request.request_line | before space
http.version < transaction.request.http_version
http.version < request.request_line response.protocol | last /
http.response.status_code < transaction.response.http_code response.status transaction.response.status
http.request.referrer < transaction.request.headers.Referer request.headers.Referer transaction.request.headers.referer
user_agent.original < transaction.request.headers.User-Agent request.headers.User-Agent transaction.request.headers.user-agent
url.domain < transaction.request.headers.Host request.headers.Host transaction.request.headers.host | before :
rule.id < transaction.messages.details.ruleId messages.data.id
rule.name message < transaction.messages.message audit_data.messages | first
log.level < transaction.messages.details.severity { 0=emergency 1=alert 2=critical 3=error 4=warning 5=notice 6=info 7=debug } | first
event.outcome < transaction.is_interrupted { true=failure false=success }
event.action < audit_data.action.intercepted { true=denied false=allowed }
"#,
    guess: false,
    first: Some(audited_url),
    ..PLAIN
};

/// What was asked for, as a whole address.
fn audited_url(say: &mut Say<'_>) {
    let uri = say.text("transaction.request.uri");
    let line = say.text("request.request_line");
    let path = if uri.is_empty() { line.split(' ').nth(1).unwrap_or_default().to_owned() } else { uri };
    if path.is_empty() {
        return;
    }
    let host = [
        "transaction.request.headers.Host",
        "request.headers.Host",
        "transaction.request.headers.host",
        "transaction.host_ip",
        "transaction.local_address",
    ]
    .iter()
    .map(|name| say.text(name))
    .find(|h| !h.is_empty())
    .unwrap_or_default();
    let port = [say.text("transaction.host_port"), say.text("transaction.local_port")].concat();
    if path.starts_with('/') && !host.is_empty() && !port.is_empty() {
        let scheme = if port.ends_with("443") { "https" } else { "http" };
        let host = if host.contains(':') { host } else { format!("{host}:{port}") };
        say.url(&format!("{scheme}://{host}{path}"));
    } else {
        say.url(&path);
    }
}

/// Snort 3's alerts.
pub const SNORT: JsonProduct = JsonProduct {
    id: "snort3_json",
    title: "Snort 3 alerts (JSON)",
    about: "Alerts of Snort 3's alert_json, with whatever fields it was told to write",
    dataset: "snort.log",
    signs: &[
        "gid & sid & msg & proto",
        "rule & msg & src_addr & dst_addr",
        "src_ap & dst_ap & msg & rule",
        "pkt_num & pkt_gen & rule & msg",
    ],
    map: r#"
event.kind = alert
@timestamp < seconds timestamp
event.category = network+intrusion_detection
event.type < action { allow=allowed drop block reject=denied would_drop would_block=allowed *=info }
event.action < action
event.outcome < action { allow would_drop would_block=success drop block reject=failure }
rule.name message < msg
rule.id < sid
rule.id < rule | after : | before :
rule.category < class | unless none
event.severity < priority
log.level < priority { 1=alert 2=warning 3=notice 4=info }
source < src_addr src_ap
source.port < src_port
destination < dst_addr dst_ap
destination.port < dst_port
network.transport < proto | lower
network.direction < dir
source.mac < eth_src
destination.mac < eth_dst
network.type
"#,
    guess: false,
    ..PLAIN
};

/// Nextcloud.
pub const NEXTCLOUD: JsonProduct = JsonProduct {
    id: "nextcloud",
    title: "Nextcloud and ownCloud",
    about: "Their log and audit log: logins, failed logins, files, shares",
    dataset: "nextcloud.log",
    signs: &["reqId & remoteAddr & app & message", "reqId & remoteAddr & level & time"],
    map: r#"
event.kind = event
@timestamp < time
log.level < level { 0=debug 1=info 2=warning 3=error 4=critical }
message < message
source client < remoteAddr
user.name < user | unless --
http.request.method < method
url < url
user_agent.original < userAgent
log.logger < app
event.reason < exception.Message
when message ^ "Login failed:"
    event.category = authentication
    event.action = login
    event.outcome = failure
    user.name < message | after "Login failed: " | before " (Remote" | trim '
    source < message | after "(Remote IP: " | before ) | trim '
when message ^ "Login attempt:" "Login successful"
    event.category = authentication
    event.action = login
    event.outcome < message | before : { "Login successful"=success *=unknown }
    user.name < message | after quote | before quote
when message ~ "Bruteforce attempt" "Trusted domain error"
    event.category = intrusion_detection
when message ^ "File accessed" "File with id" "File written" "File deleted" "File created" "File renamed"
    event.category = file
    file.path < message | after quote | before quote
when message ~ " shared " "unshared"
    event.category = file
"#,
    ..PLAIN
};

/// HashiCorp Vault's and OpenBao's audit.
pub const VAULT: JsonProduct = JsonProduct {
    id: "vault_audit",
    title: "HashiCorp Vault audit log",
    about: "Requests to Vault or OpenBao and its answers: who, which path, from where, with what error",
    dataset: "hashicorp_vault.audit",
    signs: &[
        "type = request response & auth.token_type & request.path",
        "type = request response & request.id & request.operation",
        "type = request response & request.path & request.remote_address",
    ],
    map: r#"
event.kind = event
@timestamp < time
event.id < request.id
event.action < request.operation
user.name < auth.display_name auth.metadata.username auth.metadata.role_name
user.id < auth.entity_id
source client < request.remote_address
source.port < request.remote_port
url < request.path
url.path < request.path
event.reason < error
when error
    event.outcome = failure
when type = response
    event.outcome = success
when request.path ^ auth/
    event.category = authentication
when request.path ^ sys/policy sys/auth identity/ sys/mounts
    event.category = iam
event.category = api
event.type < request.operation { create=creation update=change delete=deletion read list=access *=info }
"#,
    guess: false,
    ..PLAIN
};

/// Harbor and Docker's registry.
pub const HARBOR: JsonProduct = JsonProduct {
    id: "harbor_registry",
    title: "Harbor and Docker registry",
    about: "Audit records of Harbor, and the registry's requests as JSON",
    dataset: "registry.audit",
    signs: &[
        "http.request.method & http.request.uri & http.request.remoteaddr",
        "op_time & operation & resource & resource_type",
        "operator & operation & resourceType & time & resource",
    ],
    map: r#"
event.kind = event
@timestamp < time op_time
message < msg
log.level < level
event.action < operation
user.name < username operator auth.user.name
http.request.method < http.request.method
url < http.request.uri
url.domain < http.request.host
source client < http.request.remoteaddr
user_agent.original < http.request.useragent
http.response.status_code < http.response.status
http.response.body.bytes < http.response.written
when http.request.method
    event.category = web
event.category = configuration
"#,
    ..PLAIN
};

/// SFTPGo.
pub const SFTPGO: JsonProduct = JsonProduct {
    id: "sftpgo",
    title: "SFTPGo",
    about: "Logins, transfers and commands over SFTP, FTP, WebDAV and HTTP",
    dataset: "sftpgo.log",
    signs: &[
        "sender & connection_id & level & time",
        "sender & level & time & message",
        "sender & client_ip & login_type",
        "sender = Upload Download & file_path & username",
    ],
    map: r#"
event.kind = event
@timestamp < time
log.level < level
message < message
event.action < sender
user.name < username
source < client_ip remote_addr ip
network.protocol < protocol | lower
file.path < file_path path
file.size < size_bytes
event.reason < error
event.duration < elapsed_ms | ms
http.request.method < method
url < uri
http.response.status_code < resp_status
user_agent.original < user_agent
when sender = connection_failed
    event.category = authentication
    event.outcome = failure
    event.action = login
when login_type & sender != connection_failed
    event.category = authentication
    event.outcome = success
    event.action = login
when message ^ "User " & message ~ "logged in with"
    event.category = authentication
    event.action = login
    event.outcome = success
    user.name < message | after quote | before quote
    source < message | after "from ip " | trim quote | before quote
    network.protocol < sender | lower
when sender = Upload Download
    event.category = file
"#,
    ..PLAIN
};

/// Audiobookshelf, uptime monitors, notification services and media servers with a login in their sentences.
pub const APPS: JsonProduct = JsonProduct {
    id: "app_logins_json",
    title: "Self-hosted applications (ntfy, Audiobookshelf, Grafana, Gitea, Immich and others, JSON)",
    about: "JSON logs of self-hosted applications whose failed logins stand in a sentence or under names of their own",
    dataset: "app",
    signs: &[
        "visitor_ip & time & level & message",
        "levelName & source & message & timestamp",
        "logger & t & lvl & msg",
        "logger & t & level & msg",
        "remote_addr & uname & t & level",
        "type = ADMIN_LOGIN_FAILED PAYMENT_FAILED ADMIN_LOGIN & ip",
        "http.request.method & http.request.remote & level & msg",
        "ts & msg & level & remote_ip & username",
    ],
    map: r#"
event.kind = event
@timestamp < time timestamp t ts
log.level < level lvl levelName
message < message msg
log.logger < logger tag source
source client < visitor_ip remote_addr ip remote_ip client_ip
user.name < user_name uname username user
http.request.method < http_method method
url < http_path path
http.response.status_code < http_status status
event.reason < error err
event.action < type | lower
when type ^ ADMIN_LOGIN
    event.category = authentication
    event.outcome < type { ADMIN_LOGIN_FAILED=failure *=success }
when type ^ PAYMENT
    event.outcome < type { PAYMENT_FAILED=failure *=success }
when http_status > 399
    event.outcome = failure
when error = unauthorized
    event.category = authentication
    event.outcome = failure
when message ~ "Failed login attempt" "failed login attempt"
    event.category = authentication
    event.action = login
    event.outcome = failure
    user.name < message | after quote | before quote
    source < message | after "from ip " | before space
"#,
    speaks: true,
    ..PLAIN
};
