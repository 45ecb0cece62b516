//! Kubernetes and what watches it: the API server's audit log, Falco, Cilium's Hubble and Tetragon.

use super::{JsonProduct, PLAIN};

/// The API server's audit log.
pub const AUDIT: JsonProduct = JsonProduct {
    id: "kubernetes_audit",
    title: "Kubernetes audit log",
    about: "Requests to the API server: who asked for what, from where, and whether it was allowed",
    dataset: "kubernetes.audit",
    signs: &[
        "kind = Event & apiVersion ^ audit.k8s.io",
        "auditID & verb & requestURI",
        "auditID & stage & requestURI",
    ],
    map: r#"
event.kind = event
@timestamp < stageTimestamp requestReceivedTimestamp metadata.creationTimestamp
event.start < requestReceivedTimestamp
event.id < auditID
event.action < verb
user.name < user.username
user.id < user.uid
user.roles < user.groups
user.effective.name < impersonatedUser.username
source client < sourceIPs | first
user_agent.original < userAgent
url < requestURI
http.response.status_code < responseStatus.code
event.reason < responseStatus.message responseStatus.reason
when responseStatus.code > 399
    event.outcome = failure
when annotations.authorization.k8s.io/decision = forbid
    event.outcome = failure
when responseStatus.code
    event.outcome = success
orchestrator.type = kubernetes
orchestrator.namespace < objectRef.namespace
orchestrator.resource.type < objectRef.resource
orchestrator.resource.name < objectRef.name
orchestrator.api_version < objectRef.apiVersion
container.image.name < requestObject.spec.containers.image
when objectRef.resource = secrets configmaps
    event.category = configuration
when objectRef.resource = roles rolebindings clusterroles clusterrolebindings serviceaccounts
    event.category = iam
when objectRef.subresource = exec attach portforward
    event.category = process
event.category = api
event.type < verb { create=creation delete deletecollection=deletion update patch=change get list watch=access *=info }
rule.name < annotations.authorization.k8s.io/reason
"#,
    guess: false,
    ..PLAIN
};

/// Falco's alerts.
pub const FALCO: JsonProduct = JsonProduct {
    id: "falco",
    title: "Falco",
    about: "Alerts of Falco's rules: processes, files, users and containers",
    dataset: "falco.alerts",
    signs: &["rule & priority & output & output_fields.evt.time", "rule & priority & output & time"],
    map: r#"
event.kind = alert
@timestamp < time
event.category = intrusion_detection+process
event.type = info
message < output
rule.name < rule
rule.ruleset < source
log.level < priority | lower
host.name < hostname
process.name < output_fields.proc.name
process.command_line < output_fields.proc.cmdline
process.executable < output_fields.proc.exepath output_fields.proc.exe
process.pid < output_fields.proc.pid
process.parent.name < output_fields.proc.pname
process.parent.pid < output_fields.proc.ppid
process.working_directory < output_fields.proc.cwd
user.name < output_fields.user.name output_fields.ka.user.name output_fields.ct.user
user.id < output_fields.user.uid
file.path < output_fields.fd.name
source < output_fields.fd.cip output_fields.ct.srcip output_fields.fd.lip
source.port < output_fields.fd.cport
destination < output_fields.fd.sip output_fields.fd.rip
destination.port < output_fields.fd.sport output_fields.fd.rport
event.action < output_fields.evt.type output_fields.ka.verb output_fields.ct.name
container.id < output_fields.container.id
container.name < output_fields.container.name
container.image.name < output_fields.container.image.repository
orchestrator.namespace < output_fields.k8s.ns.name
orchestrator.resource.name < output_fields.k8s.pod.name
"#,
    guess: false,
    ..PLAIN
};

/// Cilium's flows.
pub const HUBBLE: JsonProduct = JsonProduct {
    id: "cilium_hubble",
    title: "Cilium Hubble flows",
    about: "Flows between pods and the world: ends, ports, verdicts, HTTP and DNS",
    dataset: "cilium.flow",
    signs: &[
        "flow.verdict & flow.IP.source",
        "flow.verdict & flow.time",
        "verdict & IP.source & l4.TCP.destination_port",
        "verdict & IP.source & traffic_direction",
    ],
    map: r#"
event.kind = event
@timestamp < flow.time time
event.category = network
event.type < flow.verdict verdict { FORWARDED=connection+allowed DROPPED ERROR=connection+denied *=connection }
event.action < flow.verdict verdict | lower
event.outcome < flow.verdict verdict { FORWARDED REDIRECTED=success DROPPED ERROR=failure }
event.reason < flow.drop_reason_desc drop_reason_desc
source < flow.IP.source IP.source
destination < flow.IP.destination IP.destination
source.port < flow.l4.TCP.source_port flow.l4.UDP.source_port l4.TCP.source_port l4.UDP.source_port
destination.port < flow.l4.TCP.destination_port flow.l4.UDP.destination_port l4.TCP.destination_port l4.UDP.destination_port
when flow.l4.TCP.destination_port
    network.transport = tcp
when l4.TCP.destination_port
    network.transport = tcp
when flow.l4.UDP.destination_port
    network.transport = udp
when l4.UDP.destination_port
    network.transport = udp
network.direction < flow.traffic_direction traffic_direction { INGRESS=inbound EGRESS=outbound }
source.domain < flow.source_names source_names
destination.domain < flow.destination_names destination_names
orchestrator.namespace < flow.source.namespace source.namespace flow.destination.namespace
orchestrator.resource.name < flow.source.pod_name source.pod_name
http.request.method < flow.l7.http.method l7.http.method
http.response.status_code < flow.l7.http.code l7.http.code
url < flow.l7.http.url l7.http.url
dns.question.name < flow.l7.dns.query l7.dns.query | trim .
dns.answers.data < flow.l7.dns.ips l7.dns.ips
host.name < node_name flow.node_name
message < flow.Summary Summary
"#,
    guess: false,
    ..PLAIN
};

/// Tetragon's events.
pub const TETRAGON: JsonProduct = JsonProduct {
    id: "tetragon",
    title: "Cilium Tetragon",
    about: "Processes, their ends, and kernel calls that Tetragon saw",
    dataset: "tetragon.events",
    signs: &[
        "process_exec.process.exec_id",
        "process_exit.process.exec_id",
        "process_kprobe.process.exec_id",
        "process_tracepoint.process.exec_id",
        "process_lsm.process.exec_id",
    ],
    map: r#"
event.kind = event
@timestamp < time
event.category = process
host.name < node_name
process.executable < process_exec.process.binary process_exit.process.binary process_kprobe.process.binary process_tracepoint.process.binary process_lsm.process.binary
process.name < process_exec.process.binary process_exit.process.binary process_kprobe.process.binary process_tracepoint.process.binary process_lsm.process.binary | last /
process.args < process_exec.process.arguments process_exit.process.arguments process_kprobe.process.arguments
process.command_line < process_exec.process.binary process_exec.process.arguments | join space
process.pid < process_exec.process.pid process_exit.process.pid process_kprobe.process.pid process_tracepoint.process.pid
process.working_directory < process_exec.process.cwd process_exit.process.cwd process_kprobe.process.cwd
process.parent.executable < process_exec.parent.binary process_exit.parent.binary process_kprobe.parent.binary
process.parent.pid < process_exec.parent.pid process_exit.parent.pid process_kprobe.parent.pid
user.id < process_exec.process.uid process_exit.process.uid process_kprobe.process.uid
orchestrator.namespace < process_exec.process.pod.namespace process_exit.process.pod.namespace process_kprobe.process.pod.namespace
orchestrator.resource.name < process_exec.process.pod.name process_exit.process.pod.name process_kprobe.process.pod.name
container.id < process_exec.process.pod.container.id process_kprobe.process.pod.container.id
event.action < process_kprobe.function_name process_tracepoint.event process_lsm.function_name
when process_exec.process.exec_id
    event.action = exec
    event.type = start
when process_exit.process.exec_id
    event.action = exit
    event.type = end
process.exit_code < process_exit.status
source < process_kprobe.args.sock_arg.saddr
source.port < process_kprobe.args.sock_arg.sport
destination < process_kprobe.args.sock_arg.daddr
destination.port < process_kprobe.args.sock_arg.dport
file.path < process_kprobe.args.file_arg.path
"#,
    guess: false,
    ..PLAIN
};
