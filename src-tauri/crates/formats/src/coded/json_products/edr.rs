//! What endpoint protection writes: CrowdStrike, SentinelOne, Carbon Black, Sophos Central, Cisco Secure Endpoint (AMP), Trellix
//! ePO, Trend Micro Vision One, and events in OCSF.

use super::{JsonProduct, PLAIN};
use crate::coded::json_map::Say;

/// CrowdStrike's event streams.
pub const CROWDSTRIKE: JsonProduct = JsonProduct {
    id: "crowdstrike_falcon",
    title: "CrowdStrike Falcon event streams",
    about: "Detections, incidents, audits, firewall matches and remote sessions of Falcon's streaming API",
    dataset: "crowdstrike.falcon",
    signs: &[
        "metadata.eventType & metadata.customerIDString",
        "metadata.eventType & metadata.eventCreationTime & metadata.offset",
    ],
    map: r#"
@timestamp < metadata.eventCreationTime event.UTCTimestamp event.ProcessStartTime
event.code < event.EventType
host.name < event.ComputerName event.HostName event.HostnameField
user.name < event.UserName event.UserId
when event.UserId ~ @
    user.email < event.UserId
user.domain < event.MachineDomain
event.severity < event.Severity
process.pid < event.ProcessId event.PID
process.name < event.FileName
process.executable < event.FilePath event.ImageFileName
process.command_line < event.CommandLine
process.parent.command_line < event.ParentCommandLine
process.parent.executable < event.ParentImageFileName
file.name < event.FileName
file.hash.sha256 < event.SHA256String
file.hash.md5 < event.MD5String
file.hash.sha1 < event.SHA1String
rule.name < event.RuleName event.DetectName
rule.id < event.RuleId
rule.description < event.RuleDescription event.DetectDescription
threat.technique.name < event.Technique
threat.tactic.name < event.Tactic
url < event.FalconHostLink
network.type < event.Ipv
when metadata.eventType = DetectionSummaryEvent EppDetectionSummaryEvent
    event.kind = alert
    event.category = malware
    event.type = info
    event.action < event.PatternDispositionDescription | slug _
    event.action < event.DetectName | slug _
    message < event.DetectDescription
    source < event.LocalIP
    event.outcome = unknown
when metadata.eventType = IncidentSummaryEvent
    event.kind = alert
    event.category = malware
    event.type = info
    event.action = incident
    event.outcome = unknown
when metadata.eventType = FirewallMatchEvent
    event.kind = event
    event.category = network
    event.type = start+connection
    event.action = firewall_match_event
    event.outcome = unknown
    network.direction < event.ConnectionDirection { 1=ingress 2=egress *=unknown }
    network.transport < event.Protocol { 1=icmp 6=tcp 17=udp 58=ipv6-icmp }
    when event.ConnectionDirection = 1
        source < event.RemoteAddress
        source.port < event.RemotePort
        destination < event.LocalAddress
        destination.port < event.LocalPort
    else
        source < event.LocalAddress
        source.port < event.LocalPort
        destination < event.RemoteAddress
        destination.port < event.RemotePort
when metadata.eventType = AuthActivityAuditEvent
    event.kind = event
    event.category = authentication
    event.type = change
    event.action < event.OperationName | snake
    event.outcome < event.Success { true=success false=failure }
    message < event.ServiceName
    source < event.UserIp
when metadata.eventType = UserActivityAuditEvent
    event.kind = event
    event.category = iam
    event.type = change
    event.action < event.OperationName | snake
    event.outcome < event.Success { true=success false=failure }
    event.outcome = success
    message < event.ServiceName
    source < event.UserIp
    user.target.name < event.AuditKeyValues.target_name event.AuditKeyValues.target_user
when metadata.eventType ^ RemoteResponseSession
    event.kind = event
    event.category = network+session
    event.type < metadata.eventType { RemoteResponseSessionStartEvent=start RemoteResponseSessionEndEvent=end }
    event.action < metadata.eventType { RemoteResponseSessionStartEvent=remote_response_session_start_event RemoteResponseSessionEndEvent=remote_response_session_end_event }
    event.outcome = unknown
    host.name < event.HostnameField
when metadata.eventType ^ Identity Idp
    event.kind = alert
    event.category = authentication
source < event.UserIp event.LocalIP event.SourceIp
event.kind = event
event.category = host
event.action < metadata.eventType | snake
"#,
    guess: false,
    finish: Some(falcon_words),
    ..PLAIN
};

/// Sentences that its own console shows.
fn falcon_words(say: &mut Say<'_>) {
    match say.text("metadata.eventType").as_str() {
        "FirewallMatchEvent" => {
            let rule = say.text("event.RuleName");
            say.set("message", &format!("Firewall Rule '{rule}' triggered"));
        }
        "IncidentSummaryEvent" => {
            let path = say.doc.path("event.FineScore");
            if let Some(crate::coded::flatten::Leaf::Float(score)) = say.doc.get(path) {
                say.set("message", &format!("Incident score {score}"));
            }
        }
        "RemoteResponseSessionStartEvent" => say.set("message", "Remote response session started."),
        "RemoteResponseSessionEndEvent" => say.set("message", "Remote response session ended."),
        _ => {}
    }
}

/// CrowdStrike's raw sensor events.
pub const CROWDSTRIKE_FDR: JsonProduct = JsonProduct {
    id: "crowdstrike_fdr",
    title: "CrowdStrike Falcon Data Replicator",
    about: "Raw events of Falcon's sensors: processes, files, network, DNS, logons",
    dataset: "crowdstrike.fdr",
    signs: &["event_simpleName & aid", "event_simpleName & timestamp & cid", "ExternalApiType & aid"],
    map: r#"
event.kind = event
@timestamp < timestamp ContextTimeStamp ProcessStartTime
event.id < id
event.action < event_simpleName ExternalApiType
host.id < aid
host.name < ComputerName
source < aip LocalAddressIP4 LocalAddressIP6
destination < RemoteAddressIP4 RemoteAddressIP6
destination.port < RemotePort
source.port < LocalPort
user.name < UserName
user.id < UserSid
user.domain < LogonDomain
process.command_line < CommandLine
process.executable < ImageFileName
process.name < ImageFileName | last \
process.pid < RawProcessId
process.entity_id < TargetProcessId ContextProcessId
process.parent.entity_id < ParentProcessId
process.parent.name < ParentBaseFileName
file.path < TargetFileName
process.hash.sha256 < SHA256HashData
process.hash.md5 < MD5HashData
dns.question.name < DomainName
registry.path < RegObjectName
network.transport < Protocol { 1=icmp 6=tcp 17=udp }
when event_simpleName ^ ProcessRollup SyntheticProcess
    event.category = process
    event.type = start
when event_simpleName ^ UserLogon
    event.category = authentication
    event.outcome < event_simpleName { UserLogon=success UserLogonFailed=failure UserLogonFailed2=failure }
when event_simpleName ^ Network DnsRequest
    event.category = network
when event_simpleName ~ File Written
    event.category = file
when event_simpleName ^ Reg
    event.category = registry
event.category = host
"#,
    guess: false,
    ..PLAIN
};

/// SentinelOne.
pub const SENTINELONE: JsonProduct = JsonProduct {
    id: "sentinelone",
    title: "SentinelOne threats, activities and alerts",
    about: "Threats, activities, alerts and agents of SentinelOne's API",
    dataset: "sentinelone",
    signs: &[
        "threatInfo.threatName & agentRealtimeInfo.agentComputerName",
        "threatInfo.threatId",
        "activityType & primaryDescription",
        "alertInfo.alertId & agentRealtimeInfo.name",
        "alertInfo.alertId & ruleInfo.name",
    ],
    map: r#"
@timestamp < threatInfo.createdAt alertInfo.createdAt createdAt updatedAt
event.id < id threatInfo.threatId alertInfo.alertId
host.name < agentRealtimeInfo.agentComputerName agentRealtimeInfo.name agentDetectionInfo.name data.computerName
host.ip < agentDetectionInfo.agentIpV4 agentDetectionInfo.externalIp
host.os.name < agentRealtimeInfo.agentOsName agentRealtimeInfo.os
user < threatInfo.processUser agentDetectionInfo.agentLastLoggedInUserName sourceProcessInfo.user data.username data.userName
rule.name < threatInfo.threatName ruleInfo.name
rule.id < ruleInfo.id
message < primaryDescription threatInfo.threatName ruleInfo.description
file.path < threatInfo.filePath
file.hash.sha1 < threatInfo.sha1
file.hash.sha256 < threatInfo.sha256
file.hash.md5 < threatInfo.md5
file.size < threatInfo.fileSize
process.name < threatInfo.originatorProcess sourceProcessInfo.name
process.executable < sourceProcessInfo.filePath
process.pid < sourceProcessInfo.pid
process.command_line < threatInfo.maliciousProcessArguments sourceProcessInfo.commandline
process.parent.name < sourceParentProcessInfo.name
source < alertInfo.srcIp data.ipAddress
source.port < alertInfo.srcPort
destination < alertInfo.dstIp
destination.port < alertInfo.dstPort
dns.question.name < alertInfo.dnsRequest
event.action < threatInfo.mitigationStatus alertInfo.eventType activityType
event.outcome < threatInfo.mitigationStatus { mitigated blocked=success not_mitigated=failure }
when threatInfo.threatId
    event.kind = alert
    event.category = malware
when alertInfo.alertId
    event.kind = alert
    event.category = intrusion_detection
when activityType = 27 33 133 134
    event.category = authentication
event.kind = event
event.category = host
"#,
    guess: false,
    ..PLAIN
};

/// Carbon Black.
pub const CARBON_BLACK: JsonProduct = JsonProduct {
    id: "carbon_black",
    title: "VMware Carbon Black",
    about: "Alerts, events and audits of Carbon Black Cloud, and events of its EDR",
    dataset: "carbon_black",
    signs: &[
        "device_name & threat_id & legacy_alert_id",
        "device_name & process_guid & event_origin",
        "alert_url & device_id & reason",
        "requestUrl & loginName & clientIp & orgName",
        "type ^ endpoint.event. & device_name",
        "process_guid & device_name & alert_id",
        "cb_server & sensor_id & type",
    ],
    map: r#"
@timestamp < backend_timestamp create_time detection_timestamp device_timestamp eventTime timestamp
event.id < id alert_id event_id eventId
host.name < device_name computer_name hostname | last \
host.id < device_id sensor_id
host.os.name < device_os
host.ip < device_internal_ip device_external_ip interface_ip
user < device_username process_username loginName username
process.name < process_name | last \
process.executable < process_path process_name path
process.pid < process_pid pid
process.command_line < process_cmdline target_cmdline command_line
process.entity_id < process_guid
process.parent.executable < parent_path parent_name
process.parent.pid < parent_pid
process.parent.command_line < parent_cmdline
process.hash.sha256 < process_sha256 sha256
process.hash.md5 < process_md5 md5
source < local_ip clientIp
source.port < local_port
destination < remote_ip netconn_remote_ip
destination.port < remote_port netconn_remote_port
destination.domain < remote_domain netconn_domain
file.path < filemod_name
registry.path < regmod_name
event.action < type event_type
event.reason < reason
message < reason description
event.severity < severity
url < alert_url requestUrl
when legacy_alert_id
    event.kind = alert
    event.category = malware
when alert_url
    event.kind = alert
    event.category = malware
when type $ netconn netconn_proxy
    event.category = network
when type $ filemod
    event.category = file
when type $ regmod
    event.category = registry
when loginName
    event.category = iam
event.kind = event
event.category = process
"#,
    guess: false,
    ..PLAIN
};

/// Sophos Central.
pub const SOPHOS: JsonProduct = JsonProduct {
    id: "sophos_central",
    title: "Sophos Central events and alerts",
    about: "Events and alerts of Sophos Central's SIEM API",
    dataset: "sophos_central",
    signs: &[
        "customer_id & severity & type ^ Event::",
        "customer_id & endpoint_id & severity & when",
        "customer_id & threat & type & location",
        "type ^ Event:: & severity & when",
    ],
    map: r#"
event.kind = event
@timestamp < when created_at rt end
event.id < id
event.action < type
message < name description
log.level < severity | lower | { none low=info medium=warning high=error critical=critical *=* }
host.name < location dhost
source < source_info.ip
user < source suser
file.path < filePath core_remedy_items.items.descriptor appSha256
file.hash.sha256 < appSha256
rule.name < threat
event.reason < details
when type ~ Threat Virus Malware Exploit Ransom CoreDetection
    event.kind = alert
    event.category = malware
when type ~ WebControl WebFiltering
    event.category = web
when type ~ Firewall
    event.category = network
event.category = host
"#,
    guess: false,
    ..PLAIN
};

/// Cisco Secure Endpoint.
pub const CISCO_AMP: JsonProduct = JsonProduct {
    id: "cisco_amp",
    title: "Cisco Secure Endpoint (AMP) events",
    about: "Events of Cisco's endpoint protection: detections, quarantines, connections, scans",
    dataset: "cisco.amp",
    signs: &[
        "data.event_type & data.connector_guid",
        "data.event_type_id & data.computer.hostname",
        "event_type & event_type_id & connector_guid",
    ],
    map: r#"
event.kind = alert
@timestamp < data.date date data.timestamp timestamp
event.id < data.id id
event.code < data.event_type_id event_type_id
event.action < data.event_type event_type
event.severity < data.severity { Low=1 Medium=2 High=3 Critical=4 }
log.level < data.severity severity | lower | { low=notice medium=warning high=error critical=critical }
host.name host.hostname < data.computer.hostname computer.hostname
host.ip < data.computer.network_addresses.ip
user < data.computer.user computer.user
rule.name < data.detection detection
file.name < data.file.file_name file.file_name
file.path < data.file.file_path file.file_path
file.hash.sha256 < data.file.identity.sha256 file.identity.sha256
file.hash.sha1 < data.file.identity.sha1
file.hash.md5 < data.file.identity.md5
process.name < data.file.parent.file_name
process.pid < data.file.parent.process_id
process.hash.sha256 < data.file.parent.identity.sha256
process.command_line < data.command_line.arguments
source < data.network_info.local_ip
source.port < data.network_info.local_port
destination < data.network_info.remote_ip
destination.port < data.network_info.remote_port
network.direction < data.network_info.nfm.direction | lower
network.transport < data.network_info.nfm.protocol | lower
url < data.network_info.dirty_url
event.start < data.start_date
event.reason < data.error.description
message < data.vulnerabilities.name data.detection data.event_type
event.category < data.event_type | {
    "Threat Detected" "Potential Dropper Infection" "Multiple Infected Files" "Cloud IOC" "Malicious Activity Detection"=file+malware
    "Quarantine Failure" "Threat Quarantined" "Quarantine Item Deleted" "Retrospective Quarantine"=malware
    "Executed malware" "Exploit Prevention" "Execution Blocked" "Vulnerable Application Detected"=malware
    "DFC Threat Detected"=network
    "Policy Update" "Product Update Started" "Product Update Completed" "Install Started" "Install Failure" "Computer Isolation"=configuration
    *=host }
"#,
    guess: false,
    ..PLAIN
};

/// Trellix ePO.
pub const TRELLIX: JsonProduct = JsonProduct {
    id: "trellix_epo",
    title: "Trellix (McAfee) ePO cloud events",
    about: "Threat events of ePolicy Orchestrator's API",
    dataset: "trellix_epo_cloud.event",
    signs: &["type = MVEvents & attributes.timestamp", "attributes.threateventid & attributes.agentguid"],
    map: r#"
event.kind = alert
@timestamp < attributes.timestamp attributes.detectedutc attributes.receivedutc
event.id < id
event.code < attributes.threateventid
event.category = threat+malware
event.type = indicator
event.severity < attributes.threatseverity
event.action < attributes.threatactiontaken | unless None
event.outcome < attributes.threathandled { true=success false=failure }
rule.name < attributes.threatname | unless None _
rule.category < attributes.threatcategory
host.name < attributes.analyzerhostname
observer.product < attributes.analyzername
source < attributes.sourceipv4 attributes.sourceipv6 | trim /
destination < attributes.targetipv4 attributes.targetipv6 | trim /
destination.port < attributes.targetport
user destination.user < attributes.targetusername | unless none None
source.user.name < attributes.sourceusername | unless none None
process.executable < attributes.targetprocessname | unless None
process.name < attributes.targetprocessname | last / | last \ | unless None
file.path < attributes.targetfilename | unless None
file.hash.md5 < attributes.targethash
url < attributes.sourceurl | unless None
network.protocol < attributes.targetprotocol | lower
"#,
    guess: false,
    ..PLAIN
};

/// Trend Micro's alerts.
pub const TREND_ALERT: JsonProduct = JsonProduct {
    id: "trend_vision_one_alert",
    title: "Trend Micro Vision One workbench alerts",
    about: "Alerts of Vision One's workbench, with the entities and indicators that they name",
    dataset: "trend_micro_vision_one.alert",
    signs: &[
        "workbenchLink & model & severity & createdDateTime",
        "schemaVersion & alertProvider & impactScope.desktopCount",
    ],
    map: r#"
event.kind = alert
@timestamp < updatedDateTime createdDateTime
event.id < id
event.severity < score
log.level < severity
rule.name < model
message < description model
url < workbenchLink
user < impactScope.entities.relatedEntities
host.name < impactScope.entities.entityValue.name | first
when indicators.type = url & impactScope.entities.entityType = emailAddress
    event.category = email
event.category < indicators.field { *=intrusion_detection }
event.category = intrusion_detection
event.type = info
threat.technique.id < matchedRules.matchedFilters.mitreTechniqueIds
"#,
    guess: false,
    ..PLAIN
};

/// Trend Micro's audit.
pub const TREND_AUDIT: JsonProduct = JsonProduct {
    id: "trend_vision_one_audit",
    title: "Trend Micro Vision One audit log",
    about: "What users of Vision One did in its console and API",
    dataset: "trend_micro_vision_one.audit",
    signs: &["loggedDateTime & loggedUser & accessType"],
    map: r#"
event.kind = event
@timestamp < loggedDateTime
event.category = authentication
event.type = info
event.action < activity
event.outcome < result { Successful=success Unsuccessful=failure *=unknown }
source.user.name user.name < loggedUser
user.roles < loggedRole
"#,
    guess: false,
    ..PLAIN
};

/// Trend Micro's detections.
pub const TREND_DETECTION: JsonProduct = JsonProduct {
    id: "trend_vision_one_detection",
    title: "Trend Micro Vision One detections",
    about: "Detections of Vision One's sensors: files, web, mail and network",
    dataset: "trend_micro_vision_one.detection",
    signs: &[
        "eventTimeDT & endpointGUID",
        "eventTimeDT & productCode & uuid & eventName",
        "eventTime & endpointHostName & detectionType & productCode",
    ],
    map: r#"
event.kind = event
@timestamp < eventTime eventTimeDT rt_utc
event.id < eventId
event.category = intrusion_detection
event.type = info
event.action < act | lower
event.outcome < actResult | lower | before space | { quarantined cleaned deleted blocked successfully=success unable failed=failure }
rule.name < ruleName policyName eventName
host.name < endpointHostName
host.hostname observer.hostname < hostName
host.ip < endpointIp
client.ip < clientIp
source < src | first
source.port < spt
destination < dst | first
destination.port < dpt
destination.domain < domainName
network.direction < deviceDirection
network.protocol < app | lower
file.path < filePathName fullPath
file.name < fileName
file.hash.sha1 < fileHash
file.hash.sha256 < fileHashSha256
process.name < processName
process.pid < processPid
process.command_line < processCmd objectCmd
process.executable < processFilePath deviceProcessName
process.parent.name < parentName
user.domain < userDomain
user.name < suid duser suser logonUsers
url < request
url.domain < requestBase
http.request.referrer < httpReferer
user_agent.original < requestClientApplication
email.subject < mailMsgSubject
"#,
    guess: false,
    ..PLAIN
};

/// OCSF.
pub const OCSF: JsonProduct = JsonProduct {
    id: "ocsf",
    title: "OCSF events (Amazon Security Lake and others)",
    about: "Events in the Open Cybersecurity Schema Framework, of any product",
    dataset: "ocsf",
    signs: &["class_uid & category_uid & time", "class_uid & metadata.version & activity_id"],
    map: r#"
@timestamp < time_dt time
event.id < metadata.uid
event.action < activity_name api.operation type_name
event.code < metadata.event_code
event.outcome < status status_id | lower | { success 1=success failure 2=failure *=unknown }
event.reason < status_detail
event.severity < severity_id
event.provider < metadata.product.name metadata.log_provider
message < message finding.title finding_info.title
rule.name < finding.title finding_info.title rule.name
log.level < severity | lower | { informational=info low=notice medium=warning high=error critical fatal=critical unknown=info *=* }
host.name < device.hostname device.name
host.ip < device.ip
user.name < user.name actor.user.name
user.id < user.uid actor.user.uid
user.email < user.email_addr actor.user.email_addr
user.target.name < dst_endpoint.owner.name
source client < src_endpoint.ip
source.port < src_endpoint.port
source.domain < src_endpoint.hostname src_endpoint.domain
destination < dst_endpoint.ip
destination.port < dst_endpoint.port
destination.domain < dst_endpoint.hostname dst_endpoint.domain
source.bytes < traffic.bytes_out
destination.bytes < traffic.bytes_in
network.bytes < traffic.bytes
network.transport < connection_info.protocol_name | lower
network.direction < connection_info.direction | lower
process.name < process.name actor.process.name
process.pid < process.pid actor.process.pid
process.command_line < process.cmd_line
process.executable < process.file.path
process.parent.name < process.parent_process.name
file.path < file.path
file.name < file.name
http.request.method < http_request.http_method
http.response.status_code < http_response.code
url < http_request.url.url_string http_request.url.path
url.domain < http_request.url.hostname
user_agent.original < http_request.user_agent
dns.question.name < query.hostname
dns.question.type < query.type
dns.response_code < rcode
dns.answers.data < answers.rdata
cloud.provider < cloud.provider | lower
cloud.region < cloud.region
cloud.account.id < cloud.account.uid
when category_uid = 2
    event.kind = alert
    event.category = intrusion_detection
when class_uid = 3002
    event.category = authentication
when category_uid = 3
    event.category = iam
when class_uid = 4002
    event.category = network+web
when category_uid = 4
    event.category = network
when class_uid = 1001 1002
    event.category = file
when class_uid = 1007
    event.category = process
when class_uid = 6003
    event.category = api
when category_uid = 6
    event.category = web
event.kind = event
event.category = host
"#,
    guess: false,
    ..PLAIN
};
