//! Logging libraries that write JSON: bunyan, pino, winston, zap, zerolog, logrus, slog, Serilog, NLog, Log4j, Logback, Python's
//! and PHP's, structlog, tracing. They say little by themselves; what programs add has names that are guessed at.

use super::{JsonProduct, PLAIN};
use crate::coded::json_map::Say;

/// bunyan.
pub const BUNYAN: JsonProduct = JsonProduct {
    id: "bunyan",
    title: "bunyan (Node.js)",
    about: "Records of the bunyan library, with its serialisers for requests, responses and errors",
    dataset: "bunyan",
    signs: &["v = 0 & name & hostname & pid & level & msg & time"],
    map: r#"
@timestamp < time
message < msg
log.level < level
service.name < name
host.name < hostname
process.pid < pid
http.request.method < req.method
url < req.url
source client < req.remoteAddress
source.port < req.remotePort
user_agent.original < req.headers.user-agent
http.response.status_code < res.statusCode
event.reason < err.message
error.stack_trace < err.stack
"#,
    speaks: true,
    ..PLAIN
};

/// pino.
pub const PINO: JsonProduct = JsonProduct {
    id: "pino",
    title: "pino (Node.js)",
    about: "Records of the pino library and of pino-http, also behind Fastify",
    dataset: "pino",
    signs: &[
        "level = 10 20 30 40 50 60 & time & pid & hostname",
        "level = 10 20 30 40 50 60 & time & msg",
        "level = 10 20 30 40 50 60 & time & req.method",
    ],
    map: r#"
@timestamp < time
message < msg
log.level < level
service.name < name
host.name < hostname
process.pid < pid
http.request.method < req.method
url < req.url
source client < req.remoteAddress req.ip
source.port < req.remotePort
url.domain < req.host req.headers.host | before :
user_agent.original < req.headers.user-agent
http.response.status_code < res.statusCode
event.duration < responseTime | ms
event.reason < err.message
error.stack_trace < err.stack
user.name < req.user
"#,
    speaks: true,
    ..PLAIN
};

/// Serilog's compact format.
pub const SERILOG: JsonProduct = JsonProduct {
    id: "serilog_clef",
    title: "Serilog (CLEF and JSON)",
    about: "Records of Serilog in its compact format (@t, @mt, @l) and of its JSON formatter",
    dataset: "serilog",
    signs: &["@t & @mt", "@t & @m", "Timestamp & Level & MessageTemplate", "@t & @i"],
    first: Some(filled_in),
    map: r#"
@timestamp < @t Timestamp
message < @m RenderedMessage @mt MessageTemplate
log.level < @l Level
when @t
    log.level = info
event.reason < @x Exception
log.logger < SourceContext Properties.SourceContext
http.request.method < RequestMethod Properties.RequestMethod
url < RequestPath Properties.RequestPath
http.response.status_code < StatusCode Properties.StatusCode
event.duration < Elapsed Properties.Elapsed ElapsedMilliseconds | ms
user.name < UserName Properties.UserName
host.name < MachineName Properties.MachineName
process.pid < ProcessId Properties.ProcessId
source client < ClientIp Properties.ClientIp RemoteIpAddress Properties.RemoteIpAddress
trace.id < @tr TraceId
"#,
    speaks: true,
    ..PLAIN
};

/// The message of a template: `Login of {UserName} failed` with the record's own values.
fn filled_in(say: &mut Say<'_>) {
    let template = say.text("@mt");
    if template.is_empty() || !template.contains('{') || !say.text("@m").is_empty() {
        return;
    }
    let (mut message, mut rest) = (String::new(), template.as_str());
    while let Some(open) = rest.find('{') {
        let Some(len) = rest[open..].find('}') else { break };
        let name = rest[open + 1..open + len].trim_start_matches(['@', '$']);
        let name = name.split([':', ',']).next().unwrap_or(name);
        message.push_str(&rest[..open]);
        match say.text(name) {
            value if value.is_empty() => message.push_str(&rest[open..=open + len]),
            value => message.push_str(&value),
        }
        rest = &rest[open + len + 1..];
    }
    message.push_str(rest);
    say.set("message", &message);
}

/// Java's.
pub const JAVA: JsonProduct = JsonProduct {
    id: "java_json",
    title: "Log4j, Logback and other Java loggers (JSON)",
    about: "Log4j's JSON layouts, logstash-logback-encoder, JBoss, Spring Boot and Quarkus",
    dataset: "java",
    signs: &[
        "timeMillis & thread & level & loggerName",
        "instant.epochSecond & thread & level & loggerName",
        "@timestamp & logger_name & thread_name & level",
        "timestamp & loggerName & threadName & level",
        "timestamp & logger & thread & level & message",
        "loggerClassName & loggerName & level & timestamp",
    ],
    map: r#"
@timestamp < instant.epochSecond timeMillis @timestamp timestamp
message < message logEvent.message
log.level < level
log.logger < loggerName logger_name logger
process.thread.name < thread_name threadName thread
process.name < processName
process.pid < processId
host.name < hostName HOSTNAME host
event.reason < thrown.message exception.message
error.stack_trace < stack_trace thrown.extendedStackTrace exception.stackTrace
event.kind = event
event.type = info
"#,
    speaks: true,
    ..PLAIN
};

/// PHP's Monolog.
pub const MONOLOG: JsonProduct = JsonProduct {
    id: "monolog_json",
    title: "Monolog (PHP, JSON)",
    about: "Records of Monolog's JSON formatter: Laravel, Symfony, Drupal and others",
    dataset: "monolog",
    signs: &["message & level_name & channel & datetime", "message & level_name & channel"],
    map: r#"
@timestamp < datetime datetime.date @timestamp
message < message
log.level < level_name
log.logger < channel
source client < extra.ip context.ip context.client_ip
user.name < context.username context.user extra.user
http.request.method < extra.http_method
url < extra.url
url.domain < extra.server
event.reason < context.exception.message
"#,
    speaks: true,
    ..PLAIN
};

/// Rust's tracing.
pub const TRACING: JsonProduct = JsonProduct {
    id: "rust_tracing_json",
    title: "tracing (Rust, JSON)",
    about: "Events of tracing-subscriber's JSON formatter, with their spans",
    dataset: "tracing",
    signs: &[
        "timestamp & level & target & fields.message",
        "timestamp & level & target & span.name",
        "timestamp & level & fields.message",
    ],
    map: r#"
@timestamp < timestamp
message < fields.message
log.level < level
log.logger < target
log.origin.file.name < filename
process.thread.name < threadName
event.reason < fields.error
source client < fields.client_ip fields.peer fields.remote_addr fields.peer_addr
user.name < fields.user fields.username
http.request.method < fields.method fields.http.method
url < fields.uri fields.path fields.url
http.response.status_code < fields.status fields.http.status_code
"#,
    speaks: true,
    ..PLAIN
};

/// Go's, Python's and Node's loggers with the names level, time and message.
pub const LEVELLED: JsonProduct = JsonProduct {
    id: "levelled_json",
    title: "Application log with levels (zap, zerolog, logrus, slog, structlog, winston, python-json-logger)",
    about: "Records of the common structured loggers: a level, a time, a message and the program's own names",
    dataset: "app",
    signs: &[
        "level & ts & msg & caller",
        "level & ts & msg & logger",
        "level = trace debug info warn warning error fatal panic dpanic & ts & msg",
        "level = trace debug info warn warning error fatal panic & time & msg",
        "level = trace debug info warn warning error fatal panic & time & message",
        "level = DEBUG INFO WARN ERROR & time & msg",
        "level & timestamp & message & service",
        "level = error warn info http verbose debug silly & timestamp & message",
        "level = DEBUG INFO WARN WARNING ERROR CRITICAL FATAL TRACE & timestamp & message",
        "levelname & asctime & message",
        "levelname & name & message & timestamp",
        "event & level & timestamp & logger",
        "event & level = debug info warning error critical & timestamp",
        "severity & time & message & logging.googleapis.com/sourceLocation.file",
    ],
    map: r#"
@timestamp < ts time timestamp asctime
message < msg message event
log.level < level levelname severity
log.logger < logger name caller
event.reason < error err exc_info
error.stack_trace < stacktrace stack exception exc_info
"#,
    speaks: true,
    ..PLAIN
};
