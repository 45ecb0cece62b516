//! What Zeek's names mean, for its two ways of writing ([`super::zeek_tsv`], [`super::zeek_json`]): which log a
//! field stands in decides its ECS name, and what is not mapped is `zeek.<log>.<field>`.

use super::flatten::{Leaf, Lists, give};
use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip};
use crate::normalise::outcome;
use timberline_model::{FieldId, Fields, Sink, known};

/// What to do with a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    /// Nothing; it was used otherwise.
    Drop,
    /// The record's time.
    Time,
    /// Under the field's name.
    Keep,
    /// Where the connection came from.
    Source,
    /// Where it went.
    Destination,
    /// Seconds, kept as nanoseconds.
    Nanos,
    /// In small letters.
    Lower,
    /// An address, and its path and query apart.
    Url,
    /// Whether a login worked.
    Success,
    /// How it went, in a word.
    Outcome,
    /// An HTTP status.
    Status,
    /// An error: it did not work.
    Failure,
    /// `name/REALM`.
    Principal,
    /// Why Kerberos refused.
    KerberosError,
    /// What Kerberos was asked for.
    KerberosRequest,
}

/// One field of one log.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The field's number; `None` when there is no room for more names.
    pub id: Option<FieldId>,
    /// What to do with its values.
    pub how: How,
}

/// What is known of a record only when all its fields are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Whether a login worked.
    pub success: Option<bool>,
    /// Kerberos was asked for a first ticket: a login.
    pub first_ticket: bool,
    /// Kerberos only asked to prove who one is: not a failure.
    pub proof_asked: bool,
}

/// The place of a field.
pub fn place(log: &str, field: &str, out: &mut dyn Sink) -> Place {
    let (name, how) = meaning(log, field);
    let id = match name {
        Name::Ecs("") => None,
        Name::Ecs(name) => out.field(name),
        Name::Own if log.is_empty() => out.field(&format!("zeek.{field}")),
        Name::Own => out.field(&format!("zeek.{log}.{field}")),
    };
    Place { id, how }
}

enum Name {
    Ecs(&'static str),
    Own,
}

fn meaning(log: &str, field: &str) -> (Name, How) {
    use How::{Destination, Drop, Keep, Lower, Nanos, Source, Success, Time, Url};
    use Name::{Ecs, Own};
    // Some shippers write `id_orig_h`, as databases dislike dots.
    match field {
        "ts" | "@timestamp" => return (Ecs(""), Time),
        "_path" | "@stream" => return (Ecs(""), Drop),
        "_system_name" | "@system" | "_node_name" | "peer_descr" => return (Ecs("observer.name"), Keep),
        "uid" | "uids" | "conn_uids" => return (Ecs("zeek.session_id"), Keep),
        "id.orig_h" | "id_orig_h" => return (Ecs("source.ip"), Source),
        "id.orig_p" | "id_orig_p" => return (Ecs("source.port"), Keep),
        "id.resp_h" | "id_resp_h" => return (Ecs("destination.ip"), Destination),
        "id.resp_p" | "id_resp_p" => return (Ecs("destination.port"), Keep),
        "proto" => return (Ecs("network.transport"), Lower),
        "community_id" => return (Ecs("network.community_id"), Keep),
        _ => {}
    }
    match (log, field) {
        ("conn" | "conn_red" | "conn_long", field) => match field {
            "service" => (Ecs("network.protocol"), Lower),
            "duration" => (Ecs("event.duration"), Nanos),
            "orig_bytes" => (Ecs("source.bytes"), Keep),
            "resp_bytes" => (Ecs("destination.bytes"), Keep),
            "orig_pkts" => (Ecs("source.packets"), Keep),
            "resp_pkts" => (Ecs("destination.packets"), Keep),
            "orig_l2_addr" => (Ecs("source.mac"), Keep),
            "resp_l2_addr" => (Ecs("destination.mac"), Keep),
            "conn_state" => (Ecs("zeek.connection.state"), Keep),
            _ => (Own, Keep),
        },
        ("dns", field) => match field {
            "query" => (Ecs("dns.question.name"), Keep),
            "qtype_name" => (Ecs("dns.question.type"), Keep),
            "qclass_name" => (Ecs("dns.question.class"), Keep),
            "rcode_name" => (Ecs("dns.response_code"), Keep),
            "answers" => (Ecs("dns.answers.data"), Keep),
            "trans_id" => (Ecs("dns.id"), Keep),
            "rtt" => (Ecs("event.duration"), Nanos),
            _ => (Own, Keep),
        },
        ("http", field) => match field {
            "method" => (Ecs("http.request.method"), Keep),
            "host" => (Ecs("url.domain"), Keep),
            "uri" => (Ecs("url.original"), Url),
            "referrer" => (Ecs("http.request.referrer"), Keep),
            "version" => (Ecs("http.version"), Keep),
            "user_agent" => (Ecs("user_agent.original"), Keep),
            "request_body_len" => (Ecs("http.request.body.bytes"), Keep),
            "response_body_len" => (Ecs("http.response.body.bytes"), Keep),
            "status_code" => (Ecs("http.response.status_code"), How::Status),
            "username" => (Ecs("user.name"), Keep),
            _ => (Own, Keep),
        },
        ("ssh", field) => match field {
            "auth_success" => (Ecs("zeek.ssh.auth_success"), Success),
            "direction" => (Ecs("network.direction"), Lower),
            _ => (Own, Keep),
        },
        ("ssl" | "tls", field) => match field {
            "version" => (Ecs("tls.version"), Keep),
            "cipher" => (Ecs("tls.cipher"), Keep),
            "curve" => (Ecs("tls.curve"), Keep),
            "server_name" => (Ecs("tls.client.server_name"), Keep),
            "resumed" => (Ecs("tls.resumed"), Keep),
            "established" => (Ecs("tls.established"), Keep),
            "next_protocol" => (Ecs("tls.next_protocol"), Keep),
            "subject" => (Ecs("tls.server.subject"), Keep),
            "issuer" | "issuer_subject" => (Ecs("tls.server.issuer"), Keep),
            "ja3" => (Ecs("tls.client.ja3"), Keep),
            "ja3s" => (Ecs("tls.server.ja3s"), Keep),
            _ => (Own, Keep),
        },
        ("files", field) => match field {
            "mime_type" => (Ecs("file.mime_type"), Keep),
            "filename" => (Ecs("file.name"), Keep),
            "md5" => (Ecs("file.hash.md5"), Keep),
            "sha1" => (Ecs("file.hash.sha1"), Keep),
            "sha256" => (Ecs("file.hash.sha256"), Keep),
            "total_bytes" => (Ecs("file.size"), Keep),
            "duration" => (Ecs("event.duration"), Nanos),
            _ => (Own, Keep),
        },
        ("notice", "note") => (Ecs("rule.name"), Keep),
        ("notice", "msg") | ("syslog", "message") => (Ecs("message"), Keep),
        ("notice", "src") => (Ecs("source.ip"), Source),
        ("notice", "dst") => (Ecs("destination.ip"), Destination),
        ("notice", "p") => (Ecs("destination.port"), Keep),
        ("kerberos", "client") => (Ecs("user.name"), How::Principal),
        ("kerberos", "success") => (Ecs("zeek.kerberos.success"), Success),
        ("kerberos", "error_msg") => (Ecs("event.reason"), How::KerberosError),
        ("kerberos", "request_type") => (Ecs("zeek.kerberos.request_type"), How::KerberosRequest),
        ("ntlm", "username") => (Ecs("user.name"), Keep),
        ("ntlm", "domainname") => (Ecs("user.domain"), Keep),
        ("ntlm", "success") => (Ecs("zeek.ntlm.success"), Success),
        ("ftp" | "irc", "user") => (Ecs("user.name"), Keep),
        ("rdp", "cookie") => (Ecs("user.name"), Keep),
        ("smb_files", "name") => (Ecs("file.name"), Keep),
        ("smb_files", "action") | ("dce_rpc", "operation") => (Ecs("event.action"), Keep),
        ("smb_cmd" | "irc" | "ftp", "command") | ("mysql", "cmd") | ("modbus", "func") => {
            (Ecs("event.action"), Keep)
        }
        ("dnp3", "fc_request") => (Ecs("event.action"), Lower),
        ("smb_cmd" | "socks", "status") => (Own, How::Outcome),
        ("modbus", "exception") => (Ecs("event.reason"), How::Failure),
        ("mysql", "success") => (Own, Success),
        ("mysql", "arg") => (Ecs("db.statement"), Keep),
        ("radius", "username") | ("socks", "user") => (Ecs("user.name"), Keep),
        ("radius", "result") => (Own, How::Outcome),
        ("radius", "reply_msg") => (Ecs("event.reason"), Keep),
        ("rdp", "result") => (Own, How::Outcome),
        ("smb_mapping", "path") => (Ecs("file.path"), Keep),
        ("sip", "method") => (Ecs("event.action"), Lower),
        ("sip", "uri") => (Ecs("url.original"), Keep),
        ("sip", "status_code") => (Own, How::Status),
        ("sip", "user_agent") => (Ecs("user_agent.original"), Keep),
        ("smtp", "mailfrom") => (Ecs("email.from.address"), Keep),
        ("smtp", "rcptto") => (Ecs("email.to.address"), Keep),
        ("smtp", "subject") => (Ecs("email.subject"), Keep),
        ("weird", "name") => (Ecs("rule.name"), Keep),
        ("intel", "seen.indicator") => (Ecs("threat.indicator.name"), Keep),
        ("dpd", "failure_reason") => (Ecs("event.reason"), Keep),
        ("dhcp", "host_name") => (Ecs("host.name"), Keep),
        ("dhcp", "client_addr") => (Ecs("source.ip"), Source),
        _ => (Own, Keep),
    }
}

/// Writes a value where it belongs. Not for times, and not for lists but where it says `listed`.
pub fn write(
    place: Place,
    value: Leaf<'_>,
    listed: bool,
    fields: &mut Fields,
    lists: &mut Lists,
    facts: &mut Facts,
) {
    let text = if let Leaf::Text(text) = value { text } else { "" };
    match place.how {
        How::Drop | How::Time => return,
        How::Keep => {}
        How::Source if !listed => return end(SOURCE, text, fields),
        How::Destination if !listed => return end(DESTINATION, text, fields),
        How::Nanos => {
            let seconds = match value {
                Leaf::Float(x) => x,
                Leaf::Int(n) => n as f64,
                _ => return,
            };
            if let (Some(id), true) = (place.id, seconds.abs() < 9e9) {
                fields.int(id, (seconds * 1e9).round() as i64);
            }
            return;
        }
        How::Lower if text.bytes().any(|b| b.is_ascii_uppercase()) => {
            if let Some(id) = place.id {
                fields.text(id, &text.to_ascii_lowercase());
            }
            return;
        }
        How::Url if !listed => {
            let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
            let path = match rest {
                Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
                None => text,
            };
            let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
            if path.starts_with('/') {
                fields.text(known::URL_PATH, path);
                if let Some(query) = query {
                    fields.text(known::URL_QUERY, query);
                }
            }
        }
        How::Success => {
            facts.success = match value {
                Leaf::Bool(b) => Some(b),
                Leaf::Text("T" | "true") => Some(true),
                Leaf::Text("F" | "false") => Some(false),
                _ => None,
            };
        }
        How::Outcome => {
            facts.success = outcome::of(text.as_bytes()).map(|o| o == "success").or(facts.success);
        }
        How::Status => {
            if let Leaf::Int(status @ 100..) = value {
                facts.success = Some(status < 400);
            }
        }
        How::Failure => facts.success = Some(false),
        How::Principal => {
            let (name, realm) = text.split_once('/').map_or((text, ""), |(n, r)| (n, r));
            fields.text(known::USER_NAME, name);
            if !realm.is_empty() {
                fields.text(known::USER_DOMAIN, realm);
            }
            return;
        }
        How::KerberosError => facts.proof_asked = text == "KDC_ERR_PREAUTH_REQUIRED",
        How::KerberosRequest => facts.first_ticket = text == "AS",
        How::Source | How::Destination | How::Lower | How::Url => {}
    }
    if let Some(id) = place.id {
        if listed {
            lists.push(id, value);
        } else {
            give(fields, id, value);
        }
    }
}

fn end(end: End, text: &str, fields: &mut Fields) {
    // An address of Zeek's is one; writing it twice would only cost room.
    if is_ip(text.as_bytes()) {
        fields.text(end.ip, text);
    } else {
        end.host(fields, text.as_bytes());
    }
}

/// Adds what follows from the log and from several fields together.
pub fn conclude(log: &str, dataset: &str, facts: Facts, fields: &mut Fields) {
    fields.text(known::EVENT_DATASET, dataset);
    let login = |fields: &mut Fields, action: &str| {
        fields.text(known::EVENT_CATEGORY, "authentication");
        fields.text(known::EVENT_ACTION, action);
        if let (Some(success), false) = (facts.success, facts.proof_asked) {
            fields.text(known::EVENT_OUTCOME, if success { "success" } else { "failure" });
        }
    };
    match log {
        // Nine of ten records.
        "conn" => fields.text(known::EVENT_CATEGORY, "network"),
        "ssh" => {
            fields.text(known::NETWORK_PROTOCOL, "ssh");
            if facts.success.is_some() {
                login(fields, "ssh_login");
            } else {
                fields.text(known::EVENT_CATEGORY, "network");
            }
        }
        "kerberos" => {
            fields.text(known::NETWORK_PROTOCOL, "kerberos");
            if facts.first_ticket {
                login(fields, "kerberos_login");
            } else {
                fields.text(known::EVENT_CATEGORY, "network");
            }
        }
        "ntlm" if facts.success.is_some() => login(fields, "ntlm_login"),
        "http" => {
            fields.text(known::NETWORK_PROTOCOL, "http");
            fields.text(known::EVENT_CATEGORY, "web");
            how_it_went(facts, fields);
        }
        "radius" => {
            fields.text(known::NETWORK_PROTOCOL, "radius");
            fields.text(known::NETWORK_TRANSPORT, "udp");
            login(fields, "radius_login");
        }
        "modbus" | "mysql" | "socks" | "irc" | "dnp3" | "ftp" | "smtp" | "rdp" => {
            fields.text(known::NETWORK_PROTOCOL, log);
            fields.text(known::NETWORK_TRANSPORT, "tcp");
            fields.text(known::EVENT_CATEGORY, "network");
            // A request of Modbus without an exception was answered.
            let facts = Facts { success: facts.success.or((log == "modbus").then_some(true)), ..facts };
            how_it_went(facts, fields);
        }
        "smb_cmd" | "smb_files" | "smb_mapping" => {
            fields.text(known::NETWORK_PROTOCOL, "smb");
            fields.text(known::NETWORK_TRANSPORT, "tcp");
            fields.text(known::EVENT_CATEGORY, "network");
            how_it_went(facts, fields);
        }
        "ntp" | "snmp" | "dhcp" | "sip" => {
            fields.text(known::NETWORK_PROTOCOL, log);
            fields.text(known::NETWORK_TRANSPORT, "udp");
            fields.text(known::EVENT_CATEGORY, "network");
            how_it_went(facts, fields);
        }
        "dns" => {
            fields.text(known::NETWORK_PROTOCOL, "dns");
            fields.text(known::EVENT_CATEGORY, "network");
        }
        "ssl" | "tls" => {
            fields.text(known::NETWORK_PROTOCOL, "tls");
            fields.text(known::EVENT_CATEGORY, "network");
        }
        "files" => fields.text(known::EVENT_CATEGORY, "file"),
        "notice" | "intel" | "signatures" => fields.text(known::EVENT_CATEGORY, "intrusion_detection"),
        _ if fields.has(known::DESTINATION_IP) => fields.text(known::EVENT_CATEGORY, "network"),
        _ => {}
    }
}

fn how_it_went(facts: Facts, fields: &mut Fields) {
    if let Some(success) = facts.success {
        fields.text(known::EVENT_OUTCOME, if success { "success" } else { "failure" });
    }
}

/// `zeek.conn` for `conn`.
#[must_use]
pub fn dataset(log: &str) -> String {
    if log.is_empty() { "zeek".to_owned() } else { format!("zeek.{log}") }
}
