//! What watches machines: osquery, Wazuh, Sysdig-like rules, Velociraptor; and the journal of systemd.

use super::{JsonProduct, PLAIN};

/// osquery's results, snapshots and status.
pub const OSQUERY: JsonProduct = JsonProduct {
    id: "osquery",
    title: "osquery results",
    about: "Results, snapshots and status of osquery's scheduled queries, also through Fleet and batches",
    dataset: "osquery.result",
    signs: &[
        "hostIdentifier & unixTime & name & action",
        "hostIdentifier & unixTime & calendarTime & name",
        "hostIdentifier & calendarTime & severity & filename",
        "hostIdentifier & action = snapshot",
    ],
    map: r#"
event.kind = event
@timestamp < unixTime calendarTime
event.action < action
event.type = info
rule.name < name
host.hostname host.name < hostIdentifier
host.id < decorations.host_uuid
user.name < columns.username decorations.username columns.user
user.id < columns.uid
process.name < columns.process_name
process.pid < columns.pid
process.executable < columns.exe
process.command_line < columns.cmdline
process.parent.pid < columns.parent
file.path < columns.path columns.target_path
file.hash.sha256 < columns.sha256
file.hash.md5 < columns.md5
file.hash.sha1 < columns.sha1
source < columns.local_address
source.port < columns.local_port
destination < columns.remote_address
destination.port < columns.remote_port
log.level < severity { 0=info 1=warning 2=error }
message < message
log.origin.file.name < filename
event.category = host
"#,
    guess: false,
    ..PLAIN
};

/// Wazuh's alerts.
pub const WAZUH: JsonProduct = JsonProduct {
    id: "wazuh_alerts",
    title: "Wazuh alerts (JSON)",
    about: "alerts.json and archives.json of Wazuh and OSSEC: the rule, and what the decoder found in the original line",
    dataset: "wazuh.alerts",
    signs: &[
        "rule.level & agent.id & manager.name",
        "rule.id & rule.level & full_log",
        "manager.name & decoder.name & agent.id",
        "rule.sidid & full_log",
    ],
    map: r#"
event.kind = alert
@timestamp < timestamp
event.id < id
rule.name < rule.description rule.comment
rule.id < rule.id rule.sidid
rule.category < rule.groups
event.severity < rule.level
log.level < rule.level { 0 1 2 3=info 4 5 6 7=notice 8 9 10 11=warning 12 13 14=error 15 16=critical }
host.name < predecoder.hostname agent.name hostname
host.ip < agent.ip
process.name < predecoder.program_name
source < data.srcip data.src_ip data.win.eventdata.ipAddress srcip
source.port < data.srcport data.src_port data.win.eventdata.ipPort
destination < data.dstip data.dest_ip
destination.port < data.dstport data.dest_port
user.name < data.win.eventdata.targetUserName data.dstuser data.srcuser data.user dstuser srcuser syscheck.uname_after
event.code < data.win.system.eventID
winlog.channel < data.win.system.channel
event.provider < data.win.system.providerName
process.executable < data.win.eventdata.image data.win.eventdata.newProcessName
process.command_line < data.win.eventdata.commandLine
process.parent.executable < data.win.eventdata.parentImage
url < data.url
http.response.status_code < data.id
network.transport < data.proto data.protocol | lower | { tcp=tcp udp=udp icmp=icmp }
file.path < syscheck.path
file.hash.sha256 < syscheck.sha256_after
file.hash.md5 < syscheck.md5_after
event.action < syscheck.event data.action
message < full_log
when rule.groups = authentication_failed authentication_failures invalid_login win_authentication_failed
    event.category = authentication
    event.outcome = failure
when rule.groups = authentication_success
    event.category = authentication
    event.outcome = success
when syscheck.path
    event.category = file
when rule.groups = web accesslog attack
    event.category = web
event.category = intrusion_detection
event.type = info
threat.technique.id < rule.mitre.id
threat.tactic.name < rule.mitre.tactic
"#,
    guess: false,
    ..PLAIN
};

/// The journal.
pub const JOURNALD: JsonProduct = JsonProduct {
    id: "journald_json",
    title: "systemd journal (JSON)",
    about: "journalctl -o json, json-pretty and json-sse, and journals uploaded as JSON; the message is read as the program's own",
    dataset: "journald",
    signs: &[
        "__REALTIME_TIMESTAMP & MESSAGE",
        "__REALTIME_TIMESTAMP & _BOOT_ID",
        "_SOURCE_REALTIME_TIMESTAMP & MESSAGE & _HOSTNAME",
        "MESSAGE & _HOSTNAME & PRIORITY",
    ],
    map: r#"
@timestamp < _SOURCE_REALTIME_TIMESTAMP __REALTIME_TIMESTAMP
message < MESSAGE
host.name < _HOSTNAME
process.name < SYSLOG_IDENTIFIER _COMM
process.pid < _PID SYSLOG_PID
process.executable < _EXE
process.command_line < _CMDLINE
log.level < PRIORITY { 0=emergency 1=alert 2=critical 3=error 4=warning 5=notice 6=info 7=debug }
log.syslog.severity.code < PRIORITY
log.syslog.facility.code < SYSLOG_FACILITY
service.name < _SYSTEMD_UNIT UNIT
user.id < _UID
event.code < MESSAGE_ID
log.origin.file.name < CODE_FILE
log.origin.function < CODE_FUNC
container.name < CONTAINER_NAME
container.id < CONTAINER_ID_FULL CONTAINER_ID
event.kind = event
"#,
    carrier: true,
    speaks: true,
    first: Some(bytes_as_text),
    ..PLAIN
};

/// journalctl writes a message that is no UTF-8, or holds line breaks, as a list of byte values.
fn bytes_as_text(say: &mut crate::coded::json_map::Say<'_>) {
    use crate::coded::flatten::Leaf;
    let path = say.doc.path("MESSAGE");
    if !matches!(say.doc.get(path), Some(Leaf::Int(_))) {
        return;
    }
    let bytes: Vec<u8> = say
        .doc
        .all(path)
        .filter_map(|leaf| if let Leaf::Int(n) = leaf { u8::try_from(n).ok() } else { None })
        .collect();
    say.doc.use_up_all(path);
    say.set("message", String::from_utf8_lossy(&bytes).trim_end());
}
