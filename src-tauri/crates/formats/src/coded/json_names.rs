//! What the names in any JSON log most likely mean: which hold the time, the message, and which have a second,
//! ECS name. Names that mean different things in different products are left alone.

use std::borrow::Cow;
use timberline_model::field::virtual_field;
use timberline_model::{FieldId, known};

/// What a name means. A lower rank goes before a higher one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// What it says.
    Keep,
    /// It may hold the record's time.
    Time(u8),
    /// It may hold the record's message.
    Message(u8),
    /// It is also something else.
    Also(To, u8),
}

/// What else a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum To {
    /// The same under another name.
    Text(FieldId),
    /// The same under another name if it is a text.
    OnlyText(FieldId),
    /// A whole number.
    Number(FieldId),
    /// A number or a word, as text.
    Code(FieldId),
    /// In small letters.
    Lower(FieldId),
    /// A level of severity, by name or by bunyan's number.
    Level,
    /// A syslog severity from 0 to 7.
    Priority,
    /// Where something came from: address, name, perhaps with a port.
    Source,
    /// Where something went.
    Destination,
    /// Where something came from, if it is an address.
    SourceIfAddress,
    /// An HTTP status code, if it can be one.
    Status,
    /// An HTTP method, if it can be one.
    Method,
    /// An address on the web, whole or from its path on.
    Url,
    /// Success or failure, if it says so.
    Outcome,
}

/// Names that hold a record's time, the best first.
const TIMES: &[&str] = &[
    "@timestamp",
    "timestamp",
    "ts",
    "time",
    "eventTime",
    "EventTime",
    "event_time",
    "datetime",
    "date_time",
    "@t",
    "TimeCreated",
    "UtcTime",
    "TimeGenerated",
    "CreationTime",
    "createdDateTime",
    "activityDateTime",
    "_time",
    "_source.@timestamp",
    "_source.timestamp",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "requestTimestamp",
    "EdgeStartTimestamp",
    "EdgeEndTimestamp",
    "timeStamp",
    "Timestamp",
    "TimeStamp",
    "Time",
    "time_stamp",
    "asctime",
    "t.$date",
    "timestamp.$date",
    "ts.$date",
    "time.$date",
    "date.$date",
    "createdAt.$date",
    "timestamp.$date.$numberLong",
    "timestamp.seconds",
    "time.seconds",
    "ts.seconds",
    "eventTime.seconds",
    "timestamp._seconds",
    "timestamp_ns",
    "timestamp_ms",
    "timestampMs",
    "time_ns",
    "ts_ms",
    "epochMillis",
    "epochSecond",
    "instant.epochSecond",
    "log_timestamp",
    "_ts",
    "utc_time",
    "utcTime",
    "dateTime",
    "DateTime",
    "event_datetime",
    "eventDateTime",
    "EventDateTime",
    "event_timestamp_utc",
    "occurredAt",
    "occurred_at",
    "occurred",
    "startedDateTime",
    "detected_at",
    "detectedAt",
    "generated_at",
    "emittedAt",
    "record.timestamp",
    "dt",
    "eventTimestamp",
    "event_timestamp",
    "submissionTimestamp",
    "receiveTimestamp",
    "time_iso8601",
    "time_local",
    "created_at",
    "createdAt",
    "created",
    "published",
    "event.created",
    "start_time",
    "startTime",
    "date",
    "Date",
    "DATE",
    "timeUnixNano",
    "observedTimeUnixNano",
    "id.time",
    "EventReceivedTime",
    "logged_at",
    "log_time",
    "logtime",
    "log.timestamp",
    "epoch",
    "unixtime",
    "properties.timestamp",
    "CreationDate",
    "LocalTime",
    "when",
    "eventCreationTime",
    "timeMillis",
    "alertCreationTime",
    "firstEventTime",
    "date_create",
    "loggedDateTime",
    "unixTime",
    "calendarTime",
    "event_ts",
    "EventTimeString",
];
/// Last parts of nested names that may hold a time when nothing at the top does.
const NESTED_TIMES: &[&str] = &[
    "@timestamp",
    "timestamp",
    "ts",
    "time",
    "eventTime",
    "timeUnixNano",
    "datetime",
    "SystemTime",
    "event_time",
    "Timestamp",
    "timeStamp",
    "time_stamp",
    "eventCreationTime",
    "event_ts",
];
const NESTED_TIME: u8 = 100;
/// From this rank on, only a text that is a date is taken for a time, and it stays a field too.
pub const LIKELY_TIME: u8 = 150;
/// Endings of names that hold a time of some kind, and parts of names whose time is not the record's.
const LIKELY_TIMES: &[&str] = &["Time", "_time", "imestamp", "DateTime", "_at", "_date"];
const OTHER_TIMES: &[&str] =
    &["expir", "valid", "birth", "until", "end", "last", "modif", "updat", "next", "due"];

const MESSAGES: &[&str] = &[
    "message",
    "msg",
    "Message",
    "MESSAGE",
    "@message",
    "@m",
    "@mt",
    "short_message",
    "textPayload",
    "jsonPayload.message",
    "_source.message",
    "body.stringValue",
    "body",
    "text",
    "log",
    "log.original",
    "event.original",
    "full_message",
    "alert.signature",
    "errorMessage",
];
const NESTED_MESSAGES: &[&str] = &["message", "msg", "body.stringValue"];
const NESTED_MESSAGE: u8 = 100;

/// The field's name for a dotted name: itself, but not the name of something else that every event has.
#[must_use]
pub fn name_for(path: &str) -> Cow<'_, str> {
    const TAKEN: [&str; 5] = [
        virtual_field::TIMESTAMP,
        virtual_field::SOURCE,
        virtual_field::PATH,
        virtual_field::LINE,
        virtual_field::OFFSET,
    ];
    if path.is_empty() {
        Cow::Borrowed("value")
    } else if TAKEN.contains(&path) {
        Cow::Owned(format!("json.{path}"))
    } else {
        Cow::Borrowed(path)
    }
}

/// What a dotted name means.
#[must_use]
pub fn role(path: &str) -> Role {
    if path.is_empty() {
        return Role::Message(0);
    }
    if let Some(rank) = TIMES.iter().position(|n| *n == path) {
        return Role::Time(rank as u8);
    }
    if let Some(rank) = MESSAGES.iter().position(|n| *n == path) {
        return Role::Message(rank as u8);
    }
    if let Some((to, rank)) = second(path) {
        return Role::Also(to, rank);
    }
    let ends = |last: &&&str| path.strip_suffix(**last).is_some_and(|before| before.ends_with('.'));
    if NESTED_TIMES.iter().any(|n| ends(&n)) {
        return Role::Time(NESTED_TIME);
    }
    let lower = path.to_ascii_lowercase();
    if LIKELY_TIMES.iter().any(|n| path.ends_with(n)) && !OTHER_TIMES.iter().any(|n| lower.contains(n)) {
        return Role::Time(LIKELY_TIME);
    }
    if NESTED_MESSAGES.iter().any(|n| ends(&n)) {
        return Role::Message(NESTED_MESSAGE);
    }
    if ["level", "lvl", "severityText"].iter().any(|n| ends(&n)) {
        return Role::Also(To::Level, NESTED_TIME);
    }
    Role::Keep
}

/// The ECS meaning of a name, and how it ranks among names of the same meaning.
fn second(path: &str) -> Option<(To, u8)> {
    use known as k;
    Some(match path {
        "level" | "lvl" | "severity" | "loglevel" | "log_level" | "logLevel" | "levelname" | "Level"
        | "@l" | "severityText" | "severity_text" | "Severity" | "LEVEL" | "LogLevel" => (To::Level, 0),
        "PRIORITY" | "syslog_severity" => (To::Priority, 1),
        "user" | "username" | "user_name" | "userName" | "Username" | "UserName" | "USER" | "USERNAME"
        | "user.username" | "user.login" | "user.email" | "user.user_name" | "user.userName"
        | "auth.user" | "context.user" | "usr" | "user_email" | "userEmail" | "actor.username"
        | "actor.name" | "actor.user" | "subject.user" | "session.user" | "requester.username"
        | "usr.name" => (To::OnlyText(k::USER_NAME), 0),
        "TargetUserName" => (To::OnlyText(k::USER_NAME), 0),
        "account"
        | "login"
        | "user_id"
        | "userId"
        | "UserId"
        | "uname"
        | "actor.login"
        | "actor.alternateId"
        | "actor.email"
        | "remote_user"
        | "userPrincipalName"
        | "protoPayload.authenticationInfo.principalEmail"
        | "User"
        | "initiatedBy.user.userPrincipalName"
        | "_AUDIT_LOGINUID" => (To::OnlyText(k::USER_NAME), 1),
        "src_ip"
        | "srcip"
        | "source_ip"
        | "sourceIp"
        | "sourceIP"
        | "client_ip"
        | "clientIp"
        | "clientIP"
        | "ClientIP"
        | "remote_addr"
        | "remoteAddr"
        | "remote_ip"
        | "remoteIp"
        | "remoteIP"
        | "clientip"
        | "c_ip"
        | "c-ip"
        | "saddr"
        | "SourceIp"
        | "sourceIPAddress"
        | "sourceAddress"
        | "SourceAddress"
        | "source_address"
        | "src_addr"
        | "callerIpAddress"
        | "protoPayload.requestMetadata.callerIp"
        | "httpRequest.remoteIp"
        | "properties.clientIP"
        | "properties.clientIp"
        | "request.remote_ip"
        | "request.client_ip"
        | "client.ipAddress"
        | "IpAddress"
        | "IPAddress"
        | "ClientIPAddress"
        | "ActorIpAddress"
        | "httpRequest.clientIp"
        | "srcaddr"
        | "SrcIpAddr"
        | "src" => (To::Source, 0),
        "remote_host"
        | "remote_address"
        | "remoteAddress"
        | "client"
        | "peer"
        | "request.remote_addr"
        | "ip"
        | "ip_address"
        | "ipAddress"
        | "client_addr"
        | "peer_addr"
        | "rhost" => (To::Source, 1),
        "source" | "from_ip" | "attacker" | "host_ip" => (To::SourceIfAddress, 2),
        "src_port"
        | "srcport"
        | "source_port"
        | "sourcePort"
        | "spt"
        | "sport"
        | "remote_port"
        | "client_port"
        | "clientPort"
        | "SourcePort"
        | "IpPort"
        | "request.remote_port"
        | "properties.clientPort" => (To::Number(k::SOURCE_PORT), 0),
        "dest_ip"
        | "dst_ip"
        | "dstip"
        | "destination_ip"
        | "destinationIp"
        | "destIp"
        | "dst"
        | "daddr"
        | "server_ip"
        | "DestinationIp"
        | "DestAddress"
        | "dest_addr"
        | "dst_addr"
        | "dstaddr"
        | "target_ip"
        | "DstIpAddr"
        | "destinationAddress"
        | "httpRequest.serverIp" => (To::Destination, 0),
        "dest_port" | "dst_port" | "dstport" | "destination_port" | "destinationPort" | "dpt" | "dport"
        | "server_port" | "DestinationPort" | "DestPort" | "target_port" => {
            (To::Number(k::DESTINATION_PORT), 0)
        }
        "proto" | "transport" | "protocol" | "Protocol" => (To::Lower(k::NETWORK_TRANSPORT), 0),
        "app_proto" | "app_protocol" | "service_name" => (To::Lower(k::NETWORK_PROTOCOL), 0),
        "host"
        | "hostname"
        | "host_name"
        | "hostName"
        | "Hostname"
        | "HostName"
        | "_HOSTNAME"
        | "computer_name"
        | "ComputerName"
        | "winlog.computer_name"
        | "Event.System.Computer"
        | "Computer"
        | "computer"
        | "agent.hostname"
        | "beat.hostname" => (To::OnlyText(k::HOST_NAME), u8::from(path == "host")),
        "method"
        | "http_method"
        | "httpMethod"
        | "request_method"
        | "requestMethod"
        | "verb"
        | "http.http_method"
        | "http.method"
        | "request.method"
        | "httpRequest.requestMethod"
        | "ClientRequestMethod"
        | "cs-method"
        | "properties.httpMethod" => (To::Method, 0),
        "status"
        | "status_code"
        | "statusCode"
        | "http_status"
        | "httpStatus"
        | "response_code"
        | "response.status"
        | "http.status"
        | "http.status_code"
        | "httpRequest.status"
        | "EdgeResponseStatus"
        | "sc-status"
        | "responseStatus.code"
        | "properties.httpStatus"
        | "response_status"
        | "resp_status" => (To::Status, 0),
        "url"
        | "uri"
        | "request_uri"
        | "requestUri"
        | "request_url"
        | "requestURI"
        | "http.url"
        | "request.uri"
        | "request.url"
        | "httpRequest.requestUrl"
        | "ClientRequestURI"
        | "cs-uri-stem"
        | "requestURL"
        | "original_url"
        | "http.request.uri"
        | "req.url"
        | "properties.requestUri" => (To::Url, 0),
        "request_path" | "requestPath" | "url_path" => (To::OnlyText(k::URL_PATH), 0),
        "user_agent"
        | "userAgent"
        | "UserAgent"
        | "http_user_agent"
        | "useragent"
        | "agent"
        | "http.http_user_agent"
        | "http.user_agent"
        | "request.headers.User-Agent"
        | "httpRequest.userAgent"
        | "ClientRequestUserAgent"
        | "cs-user-agent"
        | "protoPayload.requestMetadata.callerSuppliedUserAgent"
        | "properties.userAgent" => (To::OnlyText(k::USER_AGENT), 0),
        "referer"
        | "referrer"
        | "http_referer"
        | "http_referrer"
        | "http.http_refer"
        | "httpRequest.referer"
        | "ClientRequestReferer" => (To::OnlyText(k::HTTP_REFERRER), 0),
        "bytes_sent"
        | "body_bytes_sent"
        | "response_size"
        | "http.length"
        | "EdgeResponseBytes"
        | "httpRequest.responseSize"
        | "properties.sentBytes" => (To::Number(k::HTTP_RESPONSE_BYTES), 0),
        "http.hostname" | "ClientRequestHost" | "request.host" | "http_host" | "vhost" => {
            (To::OnlyText(k::URL_DOMAIN), 0)
        }
        "pid" | "_PID" | "process_id" | "processId" => (To::Number(k::PROCESS_PID), 0),
        "process" | "process_name" | "processName" | "program" | "SYSLOG_IDENTIFIER" | "_COMM"
        | "appname" | "app_name" => (To::OnlyText(k::PROCESS_NAME), u8::from(path == "_COMM")),
        "_EXE" | "exe" => (To::OnlyText(k::PROCESS_EXECUTABLE), 0),
        "_CMDLINE" | "cmdline" | "command_line" | "commandLine" => (To::OnlyText(k::PROCESS_COMMAND_LINE), 0),
        "action"
        | "event_action"
        | "Operation"
        | "operationName.value"
        | "operationName"
        | "eventName"
        | "eventType"
        | "event_type"
        | "protoPayload.methodName" => (To::OnlyText(k::EVENT_ACTION), u8::from(path.starts_with("event"))),
        "outcome" | "result" | "ResultStatus" | "resultType" | "status.value" | "outcome.result" => {
            (To::Outcome, 0)
        }
        "Event.System.EventID"
        | "Event.System.EventID.#text"
        | "EventID"
        | "EventId"
        | "event_id"
        | "eventId"
        | "winlog.event_id" => (To::Code(k::EVENT_CODE), 0),
        "Event.System.Channel" | "Channel" | "channel" => (To::OnlyText(k::WINLOG_CHANNEL), 0),
        "Event.System.Provider.#attributes.Name"
        | "winlog.provider_name"
        | "SourceName"
        | "ProviderName"
        | "Provider" => (To::OnlyText(k::EVENT_PROVIDER), 0),
        "error" | "err" | "error_message" => (To::OnlyText(k::EVENT_REASON), 0),
        "dns.rrname" | "query_name" => (To::OnlyText(k::DNS_QUESTION_NAME), 0),
        "flow.bytes_toserver" => (To::Number(k::SOURCE_BYTES), 0),
        "flow.bytes_toclient" => (To::Number(k::DESTINATION_BYTES), 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_logs_use_them_for() {
        assert_eq!(role("@timestamp"), Role::Time(0));
        assert!(matches!(role("@fields.ts"), Role::Time(NESTED_TIME)));
        assert!(matches!(role("_source.message"), Role::Message(_)));
        assert_eq!(role("src_ip"), Role::Also(To::Source, 0));
        assert_eq!(role("source.ip"), Role::Keep);
        assert_eq!(role("uptime"), Role::Keep);
        assert_eq!(role("tls.expirationTime"), Role::Keep);
        assert_eq!(role("job.runTime"), Role::Time(LIKELY_TIME));
    }

    #[test]
    fn names_that_every_event_has_are_not_given_away() {
        assert_eq!(name_for("source"), "json.source");
        assert_eq!(name_for("source.ip"), "source.ip");
    }
}
