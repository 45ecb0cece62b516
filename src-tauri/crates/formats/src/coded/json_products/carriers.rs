//! Programs that carry the lines of others in JSON of their own: Docker, containerd's tools, Fluentd, Splunk, Loki, GELF, Vector,
//! Elastic's agents, OpenTelemetry. What is carried is read as what it is; here is only what the carrier adds.

use super::{JsonProduct, PLAIN};
use crate::coded::flatten::Leaf;
use crate::coded::json_map::Say;
use crate::coded::json_values::stamp;

/// Docker's json-file.
pub const DOCKER: JsonProduct = JsonProduct {
    id: "docker_json",
    title: "Docker container logs (json-file)",
    about: "A container's lines as Docker's json-file driver keeps them, with stream and time; the line itself is read as what it is",
    dataset: "docker",
    signs: &[
        "log & stream = stdout stderr & time",
        "message & stream = stdout stderr & time",
        "log & stream = stdout stderr & kubernetes.pod_name",
        "log & stream = stdout stderr & attrs.tag",
    ],
    map: r#"
@timestamp < time
message < log message
docker.stream < stream
container.name < attrs.name kubernetes.container_name kubernetes.container.name
container.id < container_id kubernetes.docker_id
container.image.name < kubernetes.container_image
orchestrator.namespace < kubernetes.namespace_name kubernetes.namespace
orchestrator.resource.name < kubernetes.pod_name kubernetes.pod.name
host.name < kubernetes.host kubernetes.node.name
event.kind = event
"#,
    carrier: true,
    speaks: true,
    ..PLAIN
};

/// Splunk's exports and collector.
pub const SPLUNK: JsonProduct = JsonProduct {
    id: "splunk_json",
    title: "Splunk exports and HTTP events (JSON)",
    about: "Results of Splunk's searches and events of its HTTP collector; the raw event is read as what it is",
    dataset: "splunk",
    signs: &[
        "_raw & _time",
        "_raw & sourcetype",
        "event & sourcetype & time",
        "event & time & host & index",
        "_time & sourcetype & index",
    ],
    map: r#"
@timestamp < _time time
message < _raw event
host.name < host
log.file.name < source
splunk.sourcetype < sourcetype
event.kind = event
"#,
    carrier: true,
    speaks: true,
    ..PLAIN
};

/// Loki.
pub const LOKI: JsonProduct = JsonProduct {
    id: "loki",
    title: "Grafana Loki (JSON)",
    about: "Streams of Loki's push and query APIs and logcli's output, each line with its labels",
    dataset: "loki",
    signs: &[
        ". & stream.*",
        "line & timestamp & labels.job",
        "line & timestamp & labels.app",
        "line & timestamp & labels.filename",
    ],
    map: r#"
@timestamp < timestamp
message < line
service.name < stream.app stream.service_name stream.job labels.app labels.job
host.name < stream.host stream.hostname stream.instance labels.host labels.hostname
container.name < stream.container labels.container
orchestrator.namespace < stream.namespace labels.namespace
orchestrator.resource.name < stream.pod labels.pod
log.level < stream.level stream.detected_level labels.level
event.kind = event
"#,
    carrier: true,
    speaks: true,
    first: Some(time_and_line),
    ..PLAIN
};

/// A line is a list of its time and its text.
fn time_and_line(say: &mut Say<'_>) {
    let root = say.doc.path("");
    let texts: Vec<String> = say
        .doc
        .all(root)
        .filter_map(|leaf| if let Leaf::Text(t) = leaf { Some(t.to_owned()) } else { None })
        .take(2)
        .collect();
    let [time, line] = texts.as_slice() else { return };
    if say.time.is_none() {
        say.time = stamp(say.ctx, Leaf::Text(time));
    }
    say.set("message", line);
    say.doc.use_up_all(root);
}

/// GELF.
pub const GELF: JsonProduct = JsonProduct {
    id: "gelf",
    title: "GELF (Graylog Extended Log Format)",
    about: "Messages for Graylog, with the sender's own fields",
    dataset: "gelf",
    signs: &[
        "short_message & version & host",
        "short_message & host & timestamp",
        "gl2_source_input & message",
        "gl2_message_id & message",
    ],
    map: r#"
@timestamp < timestamp
message < full_message short_message message
host.name < host source
log.level < level { 0=emergency 1=alert 2=critical 3=error 4=warning 5=notice 6=info 7=debug }
process.name < _application_name application_name _app _program
log.logger < facility _facility
process.pid < _pid _process_id
container.name < _container_name
event.kind = event
"#,
    carrier: true,
    speaks: true,
    ..PLAIN
};

/// OpenTelemetry's log records.
pub const OTLP: JsonProduct = JsonProduct {
    id: "otlp_logs",
    title: "OpenTelemetry logs (OTLP JSON)",
    about: "Log records of OTLP/JSON and of the collector's file exporter, one event a record, with resource, scope and attributes",
    dataset: "otlp",
    signs: &[
        "timeUnixNano & body.stringValue",
        "observedTimeUnixNano & body.stringValue",
        "timeUnixNano & severityText",
        "timeUnixNano & severityNumber",
        "timeUnixNano & attributes.key",
        "observedTimeUnixNano & attributes.key",
        "Timestamp & SeverityText & Body & Resource.service.name",
        "time_unix_nano & severity_text",
    ],
    map: r#"
@timestamp < timeUnixNano observedTimeUnixNano time_unix_nano Timestamp
message < body.stringValue Body body.string_value
log.level < severityText severity_text SeverityText | lower | { unspecified=info info2 info3 info4=info warn2 warn3 warn4=warning error2 error3 error4=error debug2 debug3 debug4=debug *=* }
log.level < severityNumber | { 1 2 3 4=trace 5 6 7 8=debug 9 10 11 12=info 13 14 15 16=warning 17 18 19 20=error 21 22 23 24=critical }
event.action < attributes.event.name eventName
service.name < resource.attributes.service.name Resource.service.name
service.version < resource.attributes.service.version
host.name < resource.attributes.host.name resource.attributes.k8s.node.name Resource.host.name attributes.host.name
host.id < resource.attributes.host.id
process.pid < resource.attributes.process.pid attributes.process.pid
process.name < resource.attributes.process.executable.name attributes.process.executable.name
process.command_line < resource.attributes.process.command_line
container.name < resource.attributes.container.name resource.attributes.k8s.container.name
container.id < resource.attributes.container.id
orchestrator.namespace < resource.attributes.k8s.namespace.name
orchestrator.resource.name < resource.attributes.k8s.pod.name
cloud.provider < resource.attributes.cloud.provider
cloud.region < resource.attributes.cloud.region
cloud.account.id < resource.attributes.cloud.account.id
log.file.name < attributes.log.file.name attributes.log.file.path
log.logger < scope.name instrumentationLibrary.name
trace.id < traceId trace_id TraceId
span.id < spanId span_id SpanId
user.name < attributes.enduser.id attributes.user.name
source client < attributes.client.address attributes.source.address attributes.net.peer.ip attributes.http.client_ip attributes.net.sock.peer.addr attributes.network.peer.address
source.port < attributes.client.port attributes.source.port attributes.net.peer.port
destination < attributes.server.address attributes.destination.address
destination.port < attributes.server.port attributes.destination.port
http.request.method < attributes.http.request.method attributes.http.method
http.response.status_code < attributes.http.response.status_code attributes.http.status_code
url < attributes.url.full attributes.http.url attributes.url.path attributes.http.target
user_agent.original < attributes.user_agent.original attributes.http.user_agent
event.reason < attributes.exception.message attributes.error.type
error.stack_trace < attributes.exception.stacktrace
event.kind = event
"#,
    carrier: true,
    speaks: true,
    ..PLAIN
};

/// Documents that are in the Elastic Common Schema already.
pub const ECS: JsonProduct = JsonProduct {
    id: "ecs",
    title: "Elastic Common Schema documents (Beats, Elastic Agent, ECS loggers)",
    about: "Documents whose names are ECS's already, nested or dotted, from Beats, Elastic Agent, ECS loggers and Elasticsearch exports",
    dataset: "ecs",
    signs: &[
        "@timestamp & ecs.version",
        "@timestamp & agent.type",
        "@timestamp & event.dataset",
        "@timestamp & event.module",
        "@timestamp & beat.hostname",
        "@timestamp & beat.name",
        "@timestamp & event.category",
        "@timestamp & event.kind",
        "@timestamp & winlog.channel",
        "@timestamp & data_stream.dataset",
    ],
    map: r#"
@timestamp < @timestamp
message < message event.original
log.level < log.level
event.outcome < event.outcome | lower
host.name < host.name host.hostname agent.hostname beat.hostname agent.name
user_agent.original < user_agent.original
source.ip < source.ip
destination.ip < destination.ip
"#,
    carrier: true,
    speaks: true,
    ..PLAIN
};

/// Lines through Vector, Fluent Bit and others that put little around them.
pub const SHIPPED: JsonProduct = JsonProduct {
    id: "shipped_lines",
    title: "Lines of shippers (Vector, Fluent Bit, Fluentd, syslog servers)",
    about: "Lines that a shipper put into JSON, with the host, program and file that it adds; the line itself is read as what it is",
    dataset: "shipped",
    signs: &[
        "message & source_type & timestamp",
        "message & facility & severity & appname & hostname",
        "log & date & kubernetes.pod_name",
        "message & host & path & @version & @timestamp",
        "message & @version & @timestamp & type",
        "fromhost-ip & syslogtag & msg",
        "MESSAGE & PROGRAM & HOST & DATE",
        "message & program & sysloghost & timestamp",
    ],
    map: r#"
@timestamp < timestamp @timestamp date DATE ISODATE
message < message log msg MESSAGE
host.name < hostname host.name host sysloghost HOST fromhost
process.name < appname PROGRAM programname program | before [
process.pid < procid PID pid
log.level < severity PRIORITY level
log.file.name < file path
orchestrator.namespace < kubernetes.namespace_name kubernetes.pod_namespace
orchestrator.resource.name < kubernetes.pod_name
container.name < kubernetes.container_name container_name
"#,
    carrier: true,
    speaks: true,
    ..PLAIN
};
