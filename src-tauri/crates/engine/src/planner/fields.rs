//! Names that people use for fields, and the fields of the case that they mean. Any field of the case can
//! also be named by its own name or the last part of it.

use super::words::Words;
use timberline_model::FieldStat;

/// What a name may mean: the first field of the list that the case has.
pub struct Synonym {
    /// The names, longest first.
    pub names: &'static [&'static str],
    /// ECS fields, likeliest first.
    pub fields: &'static [&'static str],
    /// For one value, in a sentence.
    pub one: &'static str,
    /// For several.
    pub many: &'static str,
}

macro_rules! synonyms {
    ($([$($name:literal),+] => [$($field:literal),+], $one:literal, $many:literal;)+) => {
        &[$(Synonym { names: &[$($name),+], fields: &[$($field),+], one: $one, many: $many }),+]
    };
}

/// Longer names stand before the names that they contain.
pub const SYNONYMS: &[Synonym] = synonyms! {
    ["user agents", "user agent", "user-agents", "user-agent", "useragents", "useragent", "browsers", "browser", "clients' software", "agents", "agent"]
        => ["user_agent.original", "user_agent.name"], "user agent", "user agents";
    ["source port", "source ports"] => ["source.port"], "source port", "source ports";
    ["source ips", "source ip", "source addresses", "source address", "client ips", "client ip", "client addresses", "client address",
     "remote addresses", "remote address", "remote hosts", "remote host", "attackers", "attacker", "attacking addresses", "attacking address",
     "source hosts", "source host", "origins", "origin", "sources", "source", "clients", "client", "visitors", "visitor"]
        => ["source.ip", "source.address", "client.ip", "source"], "source address", "source addresses";
    ["destination ports", "destination port", "dest port", "ports", "port"] => ["destination.port", "source.port"], "port", "ports";
    ["destination ips", "destination ip", "destination addresses", "destination address", "destination hosts", "destination host",
     "dest ip", "destinations", "destination", "targets", "target"]
        => ["destination.ip", "destination.address", "host.name", "user.target.name"], "destination", "destinations";
    ["ip addresses", "ip address", "ips", "ip", "addresses", "address"]
        => ["source.ip", "source.address", "destination.ip", "client.ip"], "address", "addresses";
    ["status codes", "status code", "response codes", "response code", "http codes", "http code", "http statuses", "http status", "statuses", "status"]
        => ["http.response.status_code", "event.outcome"], "status code", "status codes";
    ["event ids", "event id", "eventids", "eventid", "event codes", "event code", "codes", "code"] => ["event.code", "http.response.status_code", "event.action"], "event code", "event codes";
    ["logon types", "logon type", "login types", "login type"] => ["winlog.logon.type", "winlog.event_data.LogonType"], "logon type", "logon types";
    ["authentication methods", "authentication method", "auth methods", "auth method", "ssh methods", "ssh method", "login methods", "login method"]
        => ["ssh.method"], "method", "methods";
    ["http methods", "http method", "request methods", "request method", "verbs", "verb", "methods", "method"]
        => ["http.request.method", "ssh.method"], "method", "methods";
    ["referrers", "referrer", "referers", "referer"] => ["http.request.referrer"], "referrer", "referrers";
    ["url paths", "url path", "paths", "path", "pages", "page", "urls", "url", "uris", "uri", "endpoints", "endpoint", "resources", "resource"]
        => ["url.path", "url.original", "file.path"], "path", "paths";
    ["dns names", "dns name", "domain names", "domain name", "domains", "domain", "hostnames queried", "names queried", "queried names", "query names"]
        => ["dns.question.name", "url.domain", "user.domain"], "name", "names";
    ["response codes of dns", "dns response codes", "dns response code", "rcodes", "rcode"] => ["dns.response_code"], "response code", "response codes";
    ["mime types", "mime type", "content types", "content type"] => ["file.mime_type", "http.response.mime_type"], "MIME type", "MIME types";
    ["tls versions", "tls version", "ssl versions", "ssl version"] => ["tls.version"], "TLS version", "TLS versions";
    ["server names", "server name", "sni"] => ["tls.client.server_name", "host.name"], "server name", "server names";
    ["user names", "user name", "usernames", "username", "accounts", "account", "users", "user", "people", "persons", "person", "identities", "identity", "principals", "principal"]
        => ["user.name", "user.target.name", "user.id"], "user", "users";
    ["host names", "host name", "hostnames", "hostname", "hosts", "host", "machines", "machine", "computers", "computer", "servers", "server",
     "systems", "system", "devices", "device", "boxes", "endpoints"]
        => ["host.name", "destination.ip", "source.ip"], "host", "hosts";
    ["command lines", "command line", "commands", "command"] => ["process.command_line", "process.executable", "process.name"], "command", "commands";
    ["parent processes", "parent process"] => ["process.parent.name", "process.parent.executable"], "parent process", "parent processes";
    ["executables", "executable", "binaries", "binary"] => ["process.executable", "process.name"], "executable", "executables";
    ["processes", "process", "programs", "program", "daemons", "daemon"] => ["process.name", "process.executable"], "process", "processes";
    ["regions", "region"] => ["cloud.region"], "region", "regions";
    ["cloud services", "cloud service", "aws services", "aws service", "services", "service"]
        => ["cloud.service.name", "event.provider", "service.name", "network.protocol"], "service", "services";
    ["api calls", "api call", "api operations", "operations", "operation", "actions", "action", "event names", "event name", "apis", "calls", "activities", "activity"]
        => ["event.action", "event.code"], "action", "actions";
    ["channels", "channel"] => ["winlog.channel"], "channel", "channels";
    ["providers", "provider"] => ["event.provider"], "provider", "providers";
    ["transports", "transport"] => ["network.transport"], "transport", "transports";
    ["protocols", "protocol"] => ["network.protocol", "network.transport"], "protocol", "protocols";
    ["connection states", "connection state"] => ["zeek.connection.state"], "connection state", "connection states";
    ["severities", "severity", "log levels", "log level", "levels", "level"] => ["log.level", "event.severity"], "level", "levels";
    ["categories", "category"] => ["event.category"], "category", "categories";
    ["outcomes", "outcome", "results", "result"] => ["event.outcome"], "outcome", "outcomes";
    ["failure reasons", "failure reason", "reasons", "reason"] => ["event.reason", "error.code", "event.code"], "reason", "reasons";
    ["error codes", "error code"] => ["error.code", "errorCode", "event.reason", "event.code"], "error code", "error codes";
    ["groups", "group"] => ["group.name"], "group", "groups";
    ["cpu usage", "cpu load", "cpu", "processor load"] => ["system.cpu.total.pct", "host.cpu.usage"], "CPU figure", "CPU figures";
    ["memory usage", "ram usage", "memory", "ram"] => ["system.memory.used.pct", "system.memory.used.bytes"], "memory figure", "memory figures";
    ["facilities", "facility"] => ["log.syslog.facility.code"], "facility", "facilities";
    ["log files", "log file", "files", "file", "log sources", "log source"] => ["log.file.path"], "file", "files";
    ["cloud accounts", "cloud account", "account ids", "account id", "aws accounts", "aws account"] => ["cloud.account.id"], "cloud account", "cloud accounts";
    ["dns query types", "dns query type", "dns record types", "dns record type", "query types", "query type", "record types", "record type"] => ["dns.question.type"], "query type", "query types";
    ["messages", "message"] => ["message"], "message", "messages";
};

/// A field that a question names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The field of the case; `None` where the name is understood but the case has no such field.
    pub field: Option<String>,
    /// The field that would be meant.
    pub wanted: String,
    /// For one value, in a sentence.
    pub one: String,
    /// For several.
    pub many: String,
    /// Its first word in the question.
    pub at: usize,
    /// Its number of words.
    pub len: usize,
}

/// Whether the case has a field.
#[must_use]
pub fn has(fields: &[FieldStat], name: &str) -> bool {
    matches!(name, "source" | "log.file.path" | "@timestamp")
        || fields.iter().any(|f| f.name == name && f.events > 0)
}

/// Every field that the question names and that nothing has understood yet, in order.
pub fn find(words: &Words, fields: &[FieldStat]) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let free =
        |found: &[Named], at: usize, len: usize| found.iter().all(|n| at + len <= n.at || n.at + n.len <= at);
    // The case's own dotted names first: they are exact.
    for (at, word) in words.list.iter().enumerate() {
        if !word.used && (word.low.contains('.') || word.low.contains('_')) {
            let own = fields.iter().find(|f| f.name.eq_ignore_ascii_case(&word.text));
            if let Some(field) = own {
                found.push(Named::own(&field.name, at, 1));
            }
        }
    }
    // Names of several words that the case has, then pairs of words that are a field's own name ("file
    // extension" is not a file), then all others.
    several(words, fields, &mut found);
    for at in 0..words.list.len() {
        let Some(pair) = words.list.get(at..at + 2).filter(|p| p.iter().all(|w| !w.used && !w.quoted)) else {
            continue;
        };
        let text = pair.iter().map(|w| w.low.as_str()).collect::<Vec<_>>().join(" ");
        if pair.iter().any(|w| matches!(w.low.as_str(), "the" | "of" | "by" | "is")) || !free(&found, at, 2) {
            continue;
        }
        let one = singular(&text);
        let own = fields.iter().filter(|f| f.events > 0).find(|f| {
            let (last, whole) = (parts_of(&f.name), f.name.to_lowercase());
            [Some(&text), one.as_ref()].into_iter().flatten().any(|t| *t == last || *t == whole)
        });
        if let Some(field) = own {
            found.push(Named::own(&field.name, at, 2));
        }
    }
    let mut names: Vec<(&str, &Synonym)> =
        SYNONYMS.iter().flat_map(|s| s.names.iter().map(move |n| (*n, s))).collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, synonym) in names {
        if let Some((at, len)) = words.fresh(name)
            && free(&found, at, len)
        {
            found.push(synonym.named(fields, at, len));
        }
    }
    // A field whose whole name is a word without a meaning of its own, where a field is asked for: "by type".
    for (at, word) in words.list.iter().enumerate() {
        let led = matches!(
            words.before(at),
            "by" | "per" | "each" | "which" | "what" | "top" | "different" | "distinct"
        );
        if led && !word.used && !word.quoted && Words::is_quiet(&word.low) && free(&found, at, 1) {
            let one = singular(&word.low);
            let own = fields.iter().filter(|f| f.events > 0).find(|f| {
                let whole = f.name.to_lowercase();
                whole == word.low || Some(&whole) == one.as_ref()
            });
            if let Some(field) = own {
                found.push(Named::own(&field.name, at, 1));
            }
        }
    }
    // The last part of any field's name, in words: `requestParameters.bucketName` is "bucket name" and "bucket".
    for (at, word) in words.list.iter().enumerate() {
        if word.used
            || word.quoted
            || matches!(word.low.as_str(), "id" | "ids" | "name" | "names")
            || word.low.len() < 3
            || Words::is_quiet(&word.low)
            || !free(&found, at, 1)
        {
            continue;
        }
        let pair = format!("{} {}", word.low, words.low(at + 1));
        let best = fields
            .iter()
            .filter_map(|f| {
                let parts = parts_of(&f.name);
                let rank = if parts == word.low || singular(&word.low).as_deref() == Some(&parts) {
                    0
                } else if parts == pair || singular(&pair).as_deref() == Some(&parts) {
                    1
                } else if parts
                    .strip_suffix(" name")
                    .or(parts.strip_suffix(" id"))
                    .is_some_and(|stem| stem == word.low || singular(&word.low).as_deref() == Some(stem))
                {
                    2
                } else if owner_of(&f.name)
                    .is_some_and(|owner| owner == word.low || singular(&word.low) == Some(owner))
                {
                    if f.name.to_lowercase().ends_with(".id") { 4 } else { 3 }
                } else {
                    return None;
                };
                Some((rank, std::cmp::Reverse(f.events), f.name.len(), f))
            })
            .min_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
        if let Some((rank, _, _, field)) = best {
            found.push(Named::own(&field.name, at, if rank == 1 { 2 } else { 1 }));
        }
    }
    found.sort_by_key(|n| n.at);
    found
}

/// Names of several words that mean a field of the case, wherever they stand.
fn several(words: &Words, fields: &[FieldStat], found: &mut Vec<Named>) {
    let mut names: Vec<(&str, &Synonym)> = SYNONYMS
        .iter()
        .flat_map(|s| s.names.iter().map(move |n| (*n, s)))
        .filter(|(name, s)| name.contains(' ') && s.fields.iter().any(|f| has(fields, f) && *f != "source"))
        .collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, synonym) in names {
        if let Some((at, len)) = words.fresh(name)
            && found.iter().all(|n| at + len <= n.at || n.at + n.len <= at)
        {
            found.push(synonym.named(fields, at, len));
        }
    }
}

/// Keeps the words of such names from being taken for what the question is about: "query types" are no queries.
pub fn hold(words: &mut Words, fields: &[FieldStat], on: bool) {
    let mut found = Vec::new();
    if on {
        several(words, fields, &mut found);
    }
    for (at, word) in words.list.iter_mut().enumerate() {
        word.held = found.iter().any(|n| n.at <= at && at < n.at + n.len);
    }
}

impl Synonym {
    fn named(&self, fields: &[FieldStat], at: usize, len: usize) -> Named {
        let field = self.fields.iter().find(|f| has(fields, f) && **f != "source");
        Named {
            field: field.map(|f| (*f).to_owned()),
            wanted: self.fields.first().map_or("", |f| f).to_owned(),
            one: self.one.to_owned(),
            many: self.many.to_owned(),
            at,
            len,
        }
    }
}

/// Whose name or id a field is: "repo" for `repo.name`.
fn owner_of(name: &str) -> Option<String> {
    let (owner, last) = name.rsplit_once('.')?;
    matches!(last.to_lowercase().as_str(), "name" | "login" | "title" | "id").then(|| parts_of(owner))
}

impl Named {
    /// A field by its own name.
    #[must_use]
    pub fn own(field: &str, at: usize, len: usize) -> Self {
        let (one, many) = nouns(field);
        Self { field: Some(field.to_owned()), wanted: field.to_owned(), one, many, at, len }
    }
}

/// What a value of a field is called, for one and for several.
#[must_use]
pub fn nouns(field: &str) -> (String, String) {
    match field {
        "source" | "log.file.path" => return ("log file".to_owned(), "log files".to_owned()),
        "host.name" => return ("host".to_owned(), "hosts".to_owned()),
        "source.ip" => return ("source address".to_owned(), "source addresses".to_owned()),
        "destination.ip" => return ("destination".to_owned(), "destinations".to_owned()),
        _ => {}
    }
    match SYNONYMS.iter().find(|s| s.fields.first() == Some(&field)) {
        Some(s) => (s.one.to_owned(), s.many.to_owned()),
        None => (field.to_owned(), format!("values of {field}")),
    }
}

/// The last part of a dotted name as words in lower case: `bucketName` and `bucket_name` are "bucket name".
fn parts_of(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let mut out = String::new();
    let mut before_low = false;
    for c in last.chars() {
        if c == '_' || c == '-' || c == ' ' {
            out.push(' ');
        } else {
            if c.is_uppercase() && before_low {
                out.push(' ');
            }
            out.extend(c.to_lowercase());
        }
        before_low = c.is_lowercase() || c.is_ascii_digit();
    }
    out
}

fn singular(low: &str) -> Option<String> {
    low.strip_suffix("ies")
        .map(|stem| format!("{stem}y"))
        .or_else(|| low.strip_suffix("ses").map(|stem| format!("{stem}s")))
        .or_else(|| low.strip_suffix('s').map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expect: &[&str]) {
        let stat =
            |name: &str| FieldStat { name: name.to_owned(), kind: "text".into(), events: 5, distinct: 2 };
        let fields: Vec<FieldStat> = [
            "source.ip",
            "user.name",
            "host.name",
            "http.response.status_code",
            "user_agent.original",
            "cloud.region",
            "aws.requestParameters.bucketName",
            "shop.order_total",
            "url.path",
        ]
        .iter()
        .map(|n| stat(n))
        .collect();
        let got: Vec<String> = find(&Words::of(question), &fields)
            .into_iter()
            .map(|n| n.field.unwrap_or(format!("no {}", n.wanted)))
            .collect();
        assert_eq!(got, expect, "{question}");
    }

    #[test]
    fn names_of_people_become_fields_of_the_case() {
        check("failed logins per source address and user", &["source.ip", "user.name"]);
        check("top user agents", &["user_agent.original"]);
        check("which bucket was read most", &["aws.requestParameters.bucketName"]);
        check("calls by region", &["no event.action", "cloud.region"]);
        check("events per shop.order_total", &["shop.order_total"]);
        check("order totals", &["shop.order_total"]);
        check("which status codes", &["http.response.status_code"]);
    }
}
