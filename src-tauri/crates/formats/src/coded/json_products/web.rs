//! Web servers and proxies that log JSON: Caddy, Traefik, nginx, HAProxy, Envoy, Apache, and Cloudflare.

use super::{JsonProduct, PLAIN};

/// Caddy.
pub const CADDY: JsonProduct = JsonProduct {
    id: "caddy",
    title: "Caddy",
    about: "Caddy's access log and log of its handlers, Coraza's warnings included",
    dataset: "caddy.access",
    signs: &[
        "request.remote_ip & request.method & request.uri & status",
        "request.remote_addr & request.method & request.uri & status",
        "logger ^ http.log http.handlers http.auth tls admin & ts & level",
        "request.client_ip & request.method & request.uri",
    ],
    map: r#"
event.kind = event
@timestamp < ts
log.level < level
log.logger < logger
message < msg
source client < request.client_ip request.remote_ip request.remote_addr
source.port < request.remote_port
http.request.method < request.method
http.version < request.proto | last /
url.domain < request.host | before :
url < request.uri
http.response.status_code < status
http.response.body.bytes < size
http.request.body.bytes < bytes_read
event.duration < duration | s
user.name < user_id
user_agent.original < request.headers.User-Agent
http.request.referrer < request.headers.Referer
tls.version < request.tls.version { 771=1.2 772=1.3 769=1.0 770=1.1 }
tls.client.server_name < request.tls.server_name
event.reason < error
when request.method
    event.category = web
    event.type = access
when status = 401
    event.outcome = failure
when status > 399
    event.outcome = failure
when status > 99
    event.outcome = success
when logger = http.handlers.waf
    event.dataset = caddy.waf
    event.category = intrusion_detection+web
    event.kind = alert
    source < msg | after "[client " | before ] | trim quote
    rule.id < msg | after "[id " | before ] | trim quote
    rule.name < msg | after "[msg " | before ] | trim quote
    url < msg | after "[uri " | before ] | trim quote
"#,
    guess: false,
    ..PLAIN
};

/// Traefik.
pub const TRAEFIK: JsonProduct = JsonProduct {
    id: "traefik_json",
    title: "Traefik access log (JSON)",
    about: "Requests through Traefik, with router, service and backend",
    dataset: "traefik.access",
    signs: &[
        "ClientHost & RequestMethod & DownstreamStatus",
        "ClientAddr & RequestPath & RouterName",
        "RequestMethod & RequestPath & DownstreamStatus & StartUTC",
    ],
    map: r#"
event.kind = event
@timestamp < StartUTC time StartLocal
event.category = web
event.type = access
source client < ClientHost ClientAddr
source.port < ClientPort
user.name < ClientUsername
http.request.method < RequestMethod
http.version < RequestProtocol | last /
url.domain < RequestHost
url < RequestPath
url.scheme < RequestScheme
http.response.status_code < DownstreamStatus OriginStatus
http.response.body.bytes < DownstreamContentSize
http.request.body.bytes < RequestContentSize
http.request.referrer < request_Referer
user_agent.original < request_User-Agent
event.duration < Duration | ns
destination < ServiceAddr ServiceURL.Host
service.name < ServiceName
rule.name < RouterName
log.level < level
when DownstreamStatus > 399
    event.outcome = failure
when DownstreamStatus
    event.outcome = success
tls.version < TLSVersion
tls.cipher < TLSCipher
"#,
    guess: false,
    ..PLAIN
};

/// nginx, Apache and others with a format of their own in JSON.
pub const NGINX: JsonProduct = JsonProduct {
    id: "web_access_json",
    title: "Web access log in JSON (nginx, Apache, HAProxy)",
    about: "Access logs whose format was written as JSON with the server's own names for its values",
    dataset: "web.access",
    signs: &[
        "remote_addr & request & status",
        "remote_addr & request_method & status",
        "remote_addr & request_uri & status",
        "remote_addr & request_method & uri",
        "remote_addr & time_local & status",
        "remoteIP & method & status & request",
        "client_ip & status_code & http_method & frontend_name",
        "client_ip & http_status & backend_name",
        "ci & st & b & hm",
        "frontend_name & backend_name & server_name & client_ip",
        "remote_host & request_line & status",
        "clientip & verb & request & response",
    ],
    map: r#"
event.kind = event
@timestamp < time_iso8601 time_local @timestamp timestamp time msec accept_date request_date timestamp_iso8601 date
event.category = web
event.type = access
source client < http_x_forwarded_for_first remote_addr remoteIP remote_ip client_ip remote_host clientip ci
source.port < remote_port client_port cp
user.name < remote_user user auth ident
http.request.method < request_method method http_method verb hm
http.request.method < request request_line http_request | before space
url < request_uri uri path http_path hpo
url < request_line http_request request | after space | before space
url.domain < http_host host server_name vhost virtual_host
url.query < query_string args query
http.version < server_protocol protocol http_version | last /
http.response.status_code < status status_code http_status response st
http.response.body.bytes < body_bytes_sent bytes_sent bytes size bytes_read response_size
http.request.bytes < request_length bytes_received
http.request.referrer < http_referer http_referrer referer referrer
user_agent.original < http_user_agent user_agent userAgent agent
event.duration < request_time request_duration upstream_response_time | s
destination < upstream_addr server_ip | before ,
service.name < backend_name proxy_upstream_name
when status > 399
    event.outcome = failure
when status_code > 399
    event.outcome = failure
when http_status > 399
    event.outcome = failure
when :http.response.status_code
    event.outcome = success
"#,
    ..PLAIN
};

/// Envoy and Istio.
pub const ENVOY: JsonProduct = JsonProduct {
    id: "envoy_json",
    title: "Envoy and Istio access log (JSON)",
    about: "Requests and connections through Envoy, with the flags that say what went wrong",
    dataset: "envoyproxy.access",
    signs: &[
        "response_flags & upstream_host & start_time",
        "response_flags & response_code & authority",
        "downstream_remote_address & upstream_cluster & start_time",
        "response_flags & response_code & x_forwarded_for",
        "downstream_remote_address & response_code & method",
    ],
    map: r#"
event.kind = event
@timestamp < start_time timestamp
event.category = network+web
event.type = connection+protocol
source client < downstream_remote_address downstream_direct_remote_address x_forwarded_for
server < downstream_local_address
destination < upstream_host
http.request.method < method
url.domain < authority | before :
url < path x_envoy_original_path
http.version < protocol | last /
http.response.status_code < response_code | unless 0
http.response.body.bytes < bytes_sent
http.request.body.bytes < bytes_received
destination.bytes < bytes_sent
source.bytes < bytes_received
event.duration < duration | ms
user_agent.original < user_agent
http.request.id < request_id
service.name < upstream_cluster
event.reason < response_code_details response_flags | unless via_upstream
tls.client.server_name < requested_server_name
when response_code > 399
    event.outcome = failure
when response_code
    event.outcome = success
"#,
    guess: false,
    ..PLAIN
};

/// Cloudflare's audit log.
pub const CLOUDFLARE_AUDIT: JsonProduct = JsonProduct {
    id: "cloudflare_audit",
    title: "Cloudflare audit log",
    about: "What users and keys did in a Cloudflare account, from the API and Logpush",
    dataset: "cloudflare.audit",
    signs: &[
        "action.type & actor.id & when",
        "ActionType & ActorEmail & When",
        "action.type & actor.email & resource.type & when",
    ],
    map: r#"
event.kind = event
@timestamp < when When
event.id < id ID
event.action < action.type ActionType | lower
event.outcome < action.result ActionResult { true=success false=failure }
event.provider < interface Interface
user.id < actor.id ActorID
user.email < actor.email ActorEmail
user.name < actor.email ActorEmail | before @
source < actor.ip ActorIP
cloud.account.id < owner.id OwnerID
when :event.action ~ login logout
    event.category = authentication
    event.type = info
when :event.action ~ firewall rate_limit ruleset
    event.category = configuration
when :event.action ~ create add upload
    event.type = creation
when :event.action ~ delete revoke purge remove
    event.type = deletion
when :event.action ~ rotate edit update change roll set
    event.type = change
when :event.action ~ token key user member
    event.category = iam
event.type = info
event.category = iam
"#,
    guess: false,
    ..PLAIN
};

/// Cloudflare's requests and other data sets.
pub const CLOUDFLARE_HTTP: JsonProduct = JsonProduct {
    id: "cloudflare_logs",
    title: "Cloudflare Logpush and Logpull",
    about: "Requests, firewall events, DNS, Spectrum, Gateway and Access as Cloudflare pushes them",
    dataset: "cloudflare.logpull",
    signs: &[
        "RayID & ClientIP & EdgeStartTimestamp",
        "RayID & ClientIP & ClientRequestHost",
        "ClientIP & EdgeResponseStatus & ClientRequestMethod",
        "ClientIP & RayID & Action & Datetime",
        "QueryName & ResponseCode & SourceIP & Timestamp & ColoCode",
        "SrcIP & QueryName & RCode & Datetime",
        "SourceIP & DestinationIP & Datetime & PolicyID",
        "Email & AppDomain & Allowed & CreatedAt",
    ],
    map: r#"
event.kind = event
@timestamp < EdgeStartTimestamp Datetime EdgeEndTimestamp Timestamp CreatedAt
event.id < RayID
event.category = web+network
source client < ClientIP SourceIP SrcIP IPAddress
source.port client.port < ClientSrcPort SourcePort SrcPort
destination server < OriginIP DestinationIP DstIP
destination.port < DestinationPort DstPort
source.bytes client.bytes http.request.bytes < ClientRequestBytes
destination.bytes server.bytes < EdgeResponseBytes
network.bytes < ClientRequestBytes EdgeResponseBytes | sum
http.request.method < ClientRequestMethod HTTPMethod
http.response.status_code < EdgeResponseStatus OriginResponseStatus HTTPStatusCode | unless 0
http.response.body.bytes < EdgeResponseBodyBytes
http.request.referrer < ClientRequestReferer
http.version < ClientRequestProtocol HTTPVersion | last /
network.protocol < ClientRequestProtocol | lower | before /
network.transport < Transport Protocol | lower
network.transport < ClientRequestProtocol | { *=tcp }
user_agent.original < ClientRequestUserAgent UserAgent
url < ClientRequestURI URL
url.domain < ClientRequestHost HTTPHost AppDomain
url.query < ClientRequestQuery
event.action < Action SecurityAction FirewallMatchesActions WAFAction | lower | first
event.outcome < Action SecurityAction | lower | { allow log skip=success block drop challenge jschallenge managed_challenge managedchallenge=failure }
event.outcome < Allowed { true=success false=failure }
rule.id < RuleID SecurityRuleID WAFRuleID
rule.name < Description SecurityRuleDescription WAFRuleMessage
user.email < Email
user.name < Email | before @
dns.question.name < QueryName
dns.question.type < QueryType QueryTypeName
dns.response_code < ResponseCode RCode
tls.version < ClientSSLProtocol
tls.cipher < ClientSSLCipher
source.geo.country_iso_code < ClientCountry
event.start < EdgeStartTimestamp
event.end < EdgeEndTimestamp
"#,
    guess: false,
    finish: Some(whole_url),
    ..PLAIN
};

/// The address of a request lies in three names.
fn whole_url(say: &mut crate::coded::json_map::Say<'_>) {
    let (host, uri) = (say.text("ClientRequestHost"), say.text("ClientRequestURI"));
    if host.is_empty() || !uri.starts_with('/') {
        return;
    }
    let scheme = say.text("ClientRequestScheme");
    let scheme = if scheme.is_empty() { "https".to_owned() } else { scheme };
    say.set("url.full", &format!("{scheme}://{host}{uri}"));
}
