//! Google Cloud's log entries: audits, VPC flows, firewall rules, DNS, load balancers, and lines of programs.

use super::{JsonProduct, PLAIN};

/// Cloud Audit Logs.
pub const AUDIT: JsonProduct = JsonProduct {
    id: "gcp_audit",
    title: "Google Cloud audit logs",
    about: "Admin activity, data access, system events and denials, as Cloud Logging exports them",
    dataset: "gcp.audit",
    signs: &[
        "protoPayload.methodName & logName",
        "protoPayload.@type ^ type.googleapis.com/google.cloud.audit",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp receiveTimestamp
event.action < protoPayload.methodName
event.id < insertId
event.provider < protoPayload.serviceName
user.email < protoPayload.authenticationInfo.principalEmail
user.name < protoPayload.authenticationInfo.principalEmail protoPayload.authenticationInfo.principalSubject
user.id < protoPayload.authenticationInfo.principalSubject
source client < protoPayload.requestMetadata.callerIp
user_agent.original < protoPayload.requestMetadata.callerSuppliedUserAgent
log.level < severity
event.reason < protoPayload.status.message protoPayload.metadata.violationReason
event.code < protoPayload.status.code | unless 0
when protoPayload.status.code > 0
    event.outcome = failure
when protoPayload.authorizationInfo.granted
    event.outcome < protoPayload.authorizationInfo.granted { true=success false=failure } | first
when severity = ERROR CRITICAL ALERT EMERGENCY
    event.outcome = failure
when protoPayload.methodName
    event.outcome = success
cloud.provider = gcp
cloud.account.id cloud.project.id < resource.labels.project_id
cloud.region < resource.labels.region resource.labels.location
cloud.availability_zone < resource.labels.zone
cloud.instance.id < resource.labels.instance_id
orchestrator.cluster.name < resource.labels.cluster_name
user.target.email < protoPayload.response.email
when protoPayload.serviceName = login.googleapis.com
    event.category = authentication
when protoPayload.serviceName = iam.googleapis.com cloudresourcemanager.googleapis.com admin.googleapis.com iamcredentials.googleapis.com
    event.category = iam
when protoPayload.methodName ~ SetIamPolicy
    event.category = iam
when protoPayload.serviceName = k8s.io
    event.category = api
event.category = api
when protoPayload.methodName ~ .create .insert Create Insert
    event.type = creation
when protoPayload.methodName ~ .delete Delete
    event.type = deletion
when protoPayload.methodName ~ .set .update .patch Set Update
    event.type = change
when protoPayload.methodName ~ .get .list Get List
    event.type = access
"#,
    guess: false,
    ..PLAIN
};

/// VPC flow logs.
pub const VPC_FLOW: JsonProduct = JsonProduct {
    id: "gcp_vpcflow",
    title: "Google Cloud VPC flow logs",
    about: "Flows between machines of a network: both ends, bytes, packets, and the machines they belong to",
    dataset: "gcp.vpcflow",
    signs: &[
        "jsonPayload.connection.src_ip & jsonPayload.reporter",
        "jsonPayload.connection.src_ip & jsonPayload.bytes_sent",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp receiveTimestamp
event.id < insertId
event.category = network
event.type = connection
event.start < jsonPayload.start_time
event.end < jsonPayload.end_time
source < jsonPayload.connection.src_ip
source.port < jsonPayload.connection.src_port
destination < jsonPayload.connection.dest_ip
destination.port < jsonPayload.connection.dest_port
source.domain < jsonPayload.src_instance.vm_name
destination.domain < jsonPayload.dest_instance.vm_name
source.bytes network.bytes < jsonPayload.bytes_sent
source.packets network.packets < jsonPayload.packets_sent
network.iana_number < jsonPayload.connection.protocol
network.transport < jsonPayload.connection.protocol { 1=icmp 6=tcp 17=udp 50=esp 51=ah 58=ipv6-icmp 132=sctp *=* }
network.name < resource.labels.subnetwork_name
when jsonPayload.src_instance.vm_name & jsonPayload.dest_instance.vm_name
    network.direction = internal
when jsonPayload.src_instance.vm_name
    network.direction = outbound
when jsonPayload.dest_instance.vm_name
    network.direction = inbound
network.direction = unknown
network.type
cloud.provider = gcp
cloud.region < jsonPayload.src_instance.region jsonPayload.dest_instance.region
cloud.availability_zone < jsonPayload.src_instance.zone jsonPayload.dest_instance.zone
cloud.project.id < resource.labels.project_id
source.geo.country_iso_code < jsonPayload.src_location.country
destination.geo.country_iso_code < jsonPayload.dest_location.country
"#,
    guess: false,
    ..PLAIN
};

/// Firewall rules.
pub const FIREWALL: JsonProduct = JsonProduct {
    id: "gcp_firewall",
    title: "Google Cloud firewall rules",
    about: "Connections that a firewall rule allowed or denied",
    dataset: "gcp.firewall",
    signs: &["jsonPayload.connection.src_ip & jsonPayload.disposition"],
    map: r#"
event.kind = event
@timestamp < timestamp receiveTimestamp
event.id < insertId
event.action = firewall-rule
event.category = network
event.type < jsonPayload.disposition { ALLOWED=connection+allowed DENIED=connection+denied *=connection }
event.outcome < jsonPayload.disposition { ALLOWED=success DENIED=failure }
source < jsonPayload.connection.src_ip
source.port < jsonPayload.connection.src_port
destination < jsonPayload.connection.dest_ip
destination.port < jsonPayload.connection.dest_port
source.domain < jsonPayload.remote_instance.vm_name
destination.domain < jsonPayload.instance.vm_name
network.iana_number < jsonPayload.connection.protocol
network.transport < jsonPayload.connection.protocol { 1=icmp 6=tcp 17=udp *=* }
network.direction < jsonPayload.rule_details.direction { INGRESS=inbound EGRESS=outbound }
network.type
rule.name < jsonPayload.rule_details.reference
cloud.provider = gcp
cloud.region < jsonPayload.instance.region
cloud.project.id < resource.labels.project_id jsonPayload.instance.project_id
"#,
    guess: false,
    ..PLAIN
};

/// DNS queries.
pub const DNS: JsonProduct = JsonProduct {
    id: "gcp_dns",
    title: "Google Cloud DNS query logs",
    about: "Queries of private zones and networks: who asked for what, and the answer",
    dataset: "gcp.dns",
    signs: &["jsonPayload.queryName & jsonPayload.queryType"],
    map: r#"
event.kind = event
@timestamp < timestamp receiveTimestamp
event.id < insertId
event.action = dns-query
event.category = network
event.type = info
network.protocol = dns
network.transport < jsonPayload.protocol | lower
source client < jsonPayload.sourceIP
destination < jsonPayload.destinationIP
dns.question.name < jsonPayload.queryName | trim .
dns.question.type < jsonPayload.queryType
dns.response_code < jsonPayload.responseCode
dns.answers.data < jsonPayload.rdata
event.outcome < jsonPayload.responseCode { NOERROR=success *=failure }
log.level < severity
cloud.provider = gcp
cloud.project.id < resource.labels.project_id
host.name < jsonPayload.vmInstanceName
"#,
    guess: false,
    ..PLAIN
};

/// Any other log entry.
pub const ENTRY: JsonProduct = JsonProduct {
    id: "gcp_log_entry",
    title: "Google Cloud log entries",
    about: "Entries of Cloud Logging of any kind: requests of load balancers and services, lines and records of programs",
    dataset: "gcp.log_entry",
    signs: &[
        "logName & insertId & timestamp",
        "logName & resource.type & textPayload",
        "logName & resource.type & jsonPayload.message",
        "logName & resource.type & httpRequest.requestUrl",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp receiveTimestamp
event.id < insertId
log.level < severity | unless DEFAULT
message < textPayload jsonPayload.message jsonPayload.MESSAGE jsonPayload.msg
http.request.method < httpRequest.requestMethod
url < httpRequest.requestUrl
http.response.status_code < httpRequest.status
http.response.body.bytes < httpRequest.responseSize
http.request.bytes < httpRequest.requestSize
http.request.referrer < httpRequest.referer
http.version < httpRequest.protocol | last /
user_agent.original < httpRequest.userAgent
source client < httpRequest.remoteIp
destination < httpRequest.serverIp
event.duration < httpRequest.latency | s
event.reason < jsonPayload.statusDetails
rule.name < jsonPayload.enforcedSecurityPolicy.name
event.outcome < jsonPayload.enforcedSecurityPolicy.outcome { ACCEPT=success DENY=failure }
process.name < jsonPayload.SYSLOG_IDENTIFIER jsonPayload._COMM
process.pid < jsonPayload._PID jsonPayload.pid
host.name < jsonPayload._HOSTNAME jsonPayload.hostname labels.compute.googleapis.com/resource_name
container.name < resource.labels.container_name
orchestrator.resource.name < resource.labels.pod_name
orchestrator.namespace < resource.labels.namespace_name
orchestrator.cluster.name < resource.labels.cluster_name
cloud.provider = gcp
cloud.project.id < resource.labels.project_id
cloud.region < resource.labels.location resource.labels.region
cloud.availability_zone < resource.labels.zone
cloud.instance.id < resource.labels.instance_id
service.name < resource.labels.service_name resource.labels.backend_service_name
"#,
    carrier: true,
    speaks: true,
    ..PLAIN
};
