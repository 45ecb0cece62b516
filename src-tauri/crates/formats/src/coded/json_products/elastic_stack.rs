//! The logs that Elastic's own programs write: Elasticsearch (server, audit, deprecation, slow logs), Kibana, Logstash.

use super::{JsonProduct, PLAIN};

/// Elasticsearch's audit log.
pub const AUDIT: JsonProduct = JsonProduct {
    id: "elasticsearch_audit",
    title: "Elasticsearch audit log (JSON)",
    about: "Authentications, accesses and denials that Elasticsearch audited",
    dataset: "elasticsearch.audit",
    signs: &[
        "type = audit & event.action & node.id",
        "event.type = rest transport ip_filter security_config_change & event.action & origin.type",
        "event.action & origin.address & node.id",
    ],
    map: r#"
event.kind = event
@timestamp < @timestamp timestamp
event.category = database
event.action < event.action
event.outcome < event.action { access_granted authentication_success run_as_granted connection_granted=success
    access_denied anonymous_access_denied authentication_failed realm_authentication_failed run_as_denied connection_denied tampered_request=failure }
when event.action ^ authentication anonymous realm_authentication
    event.category = authentication
source < origin.address
user.name < user.name authentication.token.name
user.effective.name < user.run_as.name
http.request.method < request.method
http.request.id < request.id
url < url.path
url.query < url.query
message < message
elasticsearch.node.id < node.id
log.level < level
"#,
    guess: false,
    ..PLAIN
};

/// Elasticsearch's other logs.
pub const SERVER: JsonProduct = JsonProduct {
    id: "elasticsearch_json",
    title: "Elasticsearch server, deprecation and slow logs (JSON)",
    about: "What Elasticsearch says of itself, as JSON: server, deprecation, slow searches and indexings",
    dataset: "elasticsearch.server",
    signs: &[
        "cluster.name & node.name & component & level",
        "cluster.name & node.name & log.logger & log.level",
        "elasticsearch.cluster.name & elasticsearch.node.name & log.level",
        "type = server deprecation index_search_slowlog index_indexing_slowlog & component",
        "elasticsearch.slowlog.took & log.level",
    ],
    map: r#"
event.kind = event
@timestamp < @timestamp timestamp
event.category = database
event.type = info
message < message
log.level < level log.level
log.logger < component log.logger
host.name < host.name
process.thread.name < process.thread.name
event.duration < took_millis elasticsearch.slowlog.took_millis | ms
event.dataset < type { deprecation=elasticsearch.deprecation index_search_slowlog index_indexing_slowlog=elasticsearch.slowlog server=elasticsearch.server }
when message ^ "Authentication of" & message ~ failed
    event.outcome = failure
    user.name < message | after [ | before ]
"#,
    guess: false,
    ..PLAIN
};

/// Kibana.
pub const KIBANA: JsonProduct = JsonProduct {
    id: "kibana_json",
    title: "Kibana log and audit (JSON)",
    about: "Kibana's log and audit log, of versions 7 and 8",
    dataset: "kibana.log",
    signs: &[
        "@timestamp & ecs.version & log.logger & process.pid & service.node.roles",
        "@timestamp & log.logger ^ plugins. savedobjects elasticsearch http metrics & process.pid",
        "@timestamp & kibana.space_id",
        "@timestamp & kibana.session_id",
        "@timestamp & kibana.authentication_provider",
        "type = log response ops & @timestamp & tags & pid",
        "type = response & @timestamp & req.url & res.statusCode",
    ],
    map: r#"
event.kind = event
@timestamp < @timestamp
message < message
log.level < log.level level
process.pid < process.pid pid
event.action < event.action
event.category < event.category
event.outcome < event.outcome
when res.statusCode > 399
    event.outcome = failure
when http.response.status_code > 399
    event.outcome = failure
when http.response.status_code
    event.outcome = success
user.name < user.name
http.request.method < http.request.method req.method
http.request.method < method | upper
url < url.original url.path req.url
url.domain < url.domain
http.response.status_code < http.response.status_code statusCode res.statusCode
http.response.body.bytes < http.response.body.bytes res.contentLength
source client < client.ip req.remoteAddress
user_agent.original < http.request.headers.user-agent req.userAgent req.headers.user-agent
event.dataset < log.logger { plugins.security.audit.ecs plugins.security.audit.ecs=kibana.audit }
event.duration < res.responseTime | ms
event.type = info
"#,
    guess: false,
    ..PLAIN
};

/// Logstash.
pub const LOGSTASH: JsonProduct = JsonProduct {
    id: "logstash_json",
    title: "Logstash log and slow log (JSON)",
    about: "What Logstash says of itself, as JSON",
    dataset: "logstash.log",
    signs: &[
        "loggerName ^ logstash org.logstash slowlog & timeMillis",
        "loggerName & timeMillis & logEvent.message",
    ],
    map: r#"
event.kind = event
@timestamp < timeMillis
message < logEvent.message
log.level < level
log.logger < loggerName
process.thread.name < thread
event.type = info
event.duration < logEvent.took_in_nanos | ns
"#,
    guess: false,
    ..PLAIN
};
