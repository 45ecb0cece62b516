//! Microsoft 365 and Defender: the unified audit log (Management API and exports), alerts of Defender and Sentinel, and
//! Defender's tables as it streams them.

use super::{JsonProduct, PLAIN};
use crate::coded::json_map::Say;
use timberline_model::known;

/// The unified audit log.
pub const O365: JsonProduct = JsonProduct {
    id: "o365_audit",
    title: "Microsoft 365 unified audit log",
    about: "What users and administrators did in Exchange, SharePoint, OneDrive, Teams and Entra ID, from the Management \
            Activity API, Search-UnifiedAuditLog and Purview exports",
    dataset: "o365.audit",
    signs: &[
        "CreationTime & Workload & Operation",
        "CreationTime & RecordType & Operation & UserId",
        "CreationDate & Operations & UserIds & RecordType",
    ],
    map: r#"
event.kind = event
@timestamp < CreationTime CreationDate
event.action < Operation Operations
event.provider < Workload
event.code < RecordType { 1=ExchangeAdmin 2=ExchangeItem 3=ExchangeItemGroup 4=SharePoint 6=SharePointFileOperation 7=OneDrive
    8=AzureActiveDirectory 9=AzureActiveDirectoryAccountLogon 10=DataCenterSecurityCmdlet 11=ComplianceDLPSharePoint 13=ComplianceDLPExchange
    14=SharePointSharingOperation 15=AzureActiveDirectoryStsLogon 18=SecurityComplianceCenterEOPCmdlet 20=PowerBIAudit 22=Yammer 24=Discovery
    25=MicrosoftTeams 28=ThreatIntelligence 29=MailSubmission 30=MicrosoftFlow 32=MicrosoftStream 35=Project 36=SharePointListOperation
    38=DataGovernance 40=SecurityComplianceAlerts 41=ThreatIntelligenceUrl 44=WorkplaceAnalytics 45=PowerAppsApp 47=ThreatIntelligenceAtpContent
    50=ExchangeItemAggregated 51=ExchangeAggregatedOperation 52=SecurityComplianceInsights 64=AirInvestigation 65=Quarantine 66=MicrosoftForms
    *=* }
event.id < Id Identity
organization.id < OrganizationId
user.id < UserId UserIds
when UserId ~ @
    user < UserId
    user.email < UserId
when UserId ~ \
    user < UserId
source client < ClientIP ClientIPAddress ActorIpAddress
user_agent.original < ExtendedProperties.UserAgent UserAgent ClientInfoString AppAccessContext.UserAgent
event.outcome < ResultStatus | lower | { succeeded success true partiallysucceeded=success failed failure false=failure }
host.name organization.name < OrganizationName
host.name < UserId | after @
server.address < OriginatingServer
event.reason < LogonError
file.name < SourceFileName
file.extension < SourceFileExtension
file.directory < SourceRelativeUrl
url < ObjectId SiteUrl
rule.name < PolicyDetails.PolicyName Name
email.subject < Item.Subject AffectedItems.Subject
message < Comments
group.name < TeamName
when Operation = UserLoggedIn
    event.category = authentication
    event.type = start
    event.outcome = success
when Operation = UserLoginFailed
    event.category = authentication
    event.type = start
    event.outcome = failure
when RecordType = 15 9 AzureActiveDirectoryStsLogon
    event.category = authentication
    event.type = start
when Operation ^ FileAccessed FileDownloaded FilePreviewed PageViewed FileModified FileUploaded FileDeleted FileMoved FileRenamed FileCopied FolderCreated FileSync FileCheckedIn FileRecycled
    event.category = file
    event.type < Operation { FileAccessed FilePreviewed FileDownloaded PageViewed=access FileModified FileRenamed FileMoved=change FileUploaded FolderCreated FileCopied=creation FileDeleted FileRecycled=deletion }
when RecordType = 1 ExchangeAdmin
    event.category = configuration
when RecordType = 2 3 50 ExchangeItem ExchangeItemGroup ExchangeItemAggregated
    event.category = email
when RecordType = 8 AzureActiveDirectory & ObjectId ~ @
    user.target < ObjectId
when RecordType = 8 AzureActiveDirectory
    event.category = iam
    when Operation ^ "Add user" "Create user"
        event.type = user+creation
    when Operation ^ "Delete user"
        event.type = user+deletion
    when Operation ^ "Add group" "Add member" "Remove member" "Update group" "Delete group"
        event.type = group+change
    event.type = user+change
when RecordType = 28 40 47 ThreatIntelligence SecurityComplianceAlerts
    event.kind = alert
    event.category = intrusion_detection
event.category = web
event.type = info
network.type
"#,
    guess: false,
    finish: Some(logon_outcome),
    ..PLAIN
};

/// A client's address may stand in brackets with a port; what had no result was done.
fn logon_outcome(say: &mut Say<'_>) {
    if !say.fields.has(known::EVENT_OUTCOME) {
        let failed = !say.text("LogonError").is_empty();
        say.set("event.outcome", if failed { "failure" } else { "success" });
    }
}

/// Alerts of Defender.
pub const DEFENDER_ALERT: JsonProduct = JsonProduct {
    id: "defender_alert",
    title: "Microsoft Defender and Sentinel alerts",
    about: "Alerts of Defender for Endpoint, Defender XDR, Graph security and Sentinel",
    dataset: "microsoft.defender_alert",
    signs: &[
        "alertCreationTime & machineId & title",
        "alertCreationTime & incidentId & detectionSource",
        "alertId & serviceSource & creationTime",
        "id & providerAlertId & detectionSource",
        "AlertName & AlertSeverity & SystemAlertId",
        "incidentId & incidentName & alerts.alertId",
        "AlertDisplayName & AlertType & StartTimeUtc",
        "id & vendorInformation.vendor & eventDateTime",
    ],
    map: r#"
event.kind = alert
@timestamp < lastUpdateTime alertCreationTime createdDateTime creationTime lastUpdatedTime TimeGenerated eventDateTime StartTimeUtc
event.id < id alertId SystemAlertId AlertId
event.action < category AlertType
event.provider < serviceSource ProductName vendorInformation.provider detectionSource
rule.name message < title AlertName AlertDisplayName incidentName
rule.description < description Description
threat.technique.id < mitreTechniques MitreTechniques
cloud.account.id < aadTenantId tenantId TenantId
cloud.provider = azure
log.level < severity AlertSeverity Severity | lower | { informational=info low=notice medium=warning high=error unspecifiedalertseverity unknown=info }
host.name host.hostname < computerDnsName devices.deviceDnsName CompromisedEntity hostStates.fqdn | first
observer.name < detectionSource
observer.vendor = Microsoft
observer.product = Defender
event.start < firstEventTime firstActivityTime firstActivityDateTime StartTimeUtc
event.end < resolvedTime lastEventTime lastActivityTime EndTimeUtc
user.name < relatedUser.userName evidence.accountName entities.accountName evidence.userAccount.accountName userStates.accountName
user.domain < relatedUser.domainName evidence.domainName entities.domainName
user.id < evidence.aadUserId evidence.userSid
file.path < evidence.filePath entities.filePath fileStates.path
file.name < evidence.fileName entities.fileName evidence.fileDetails.fileName
file.hash.sha256 < evidence.sha256 entities.sha256 evidence.fileDetails.sha256
file.hash.sha1 < evidence.sha1 entities.sha1 evidence.fileDetails.sha1
process.pid < evidence.processId entities.processId | first
process.command_line < evidence.processCommandLine entities.processCommandLine
process.parent.pid < evidence.parentProcessId | first
source < evidence.ipAddress entities.ipAddress
url < evidence.url entities.url
event.category = host
when evidence.entityType = Process
    event.category = host+process
when category = Malware
    event.category = host+malware
event.category = intrusion_detection
event.type = info
"#,
    guess: false,
    first: Some(alert_category),
    ..PLAIN
};

fn alert_category(say: &mut Say<'_>) {
    let category = match (say.text("category").as_str(), say.text("evidence.entityType").as_str()) {
        ("Malware" | "Ransomware", _) => ["host", "malware"],
        (_, "Process") => ["host", "process"],
        (_, "User") => ["host", "authentication"],
        _ => return,
    };
    say.list("event.category", &category);
}

/// Defender's tables, as advanced hunting names them.
pub const DEFENDER_EVENTS: JsonProduct = JsonProduct {
    id: "defender_events",
    title: "Microsoft Defender advanced hunting",
    about: "Events of devices, mail, identities and clouds as Defender XDR streams or exports its tables",
    dataset: "microsoft.defender_events",
    signs: &[
        "category ^ AdvancedHunting- & properties.Timestamp",
        "Timestamp & DeviceId & ActionType",
        "TimeGenerated & DeviceId & ActionType",
        "Timestamp & DeviceName & ReportId",
        "properties.ActionType & properties.DeviceId",
    ],
    map: r#"
event.kind = event
@timestamp < properties.Timestamp Timestamp time TimeGenerated
event.action < properties.ActionType ActionType
host.name < properties.DeviceName DeviceName
host.id < properties.DeviceId DeviceId
when ActionType ^ Logon
    source < RemoteIP
when properties.ActionType ^ Logon
    source < properties.RemoteIP
user.name < properties.AccountName AccountName properties.InitiatingProcessAccountName InitiatingProcessAccountName
user.domain < properties.AccountDomain AccountDomain properties.InitiatingProcessAccountDomain InitiatingProcessAccountDomain
user.id < properties.AccountSid AccountSid properties.InitiatingProcessAccountSid InitiatingProcessAccountSid
user.email < properties.AccountUpn AccountUpn
source < properties.LocalIP LocalIP
source.port < properties.LocalPort LocalPort
destination < properties.RemoteIP RemoteIP
destination.port < properties.RemotePort RemotePort
network.transport < properties.Protocol Protocol | lower
url < properties.RemoteUrl RemoteUrl
event.outcome < properties.ActionType ActionType { LogonSuccess=success LogonFailed=failure LogonAttempted=unknown ConnectionSuccess=success ConnectionFailed=failure ConnectionBlocked=failure }
file.name < properties.FileName FileName
file.directory < properties.FolderPath FolderPath
file.hash.sha256 < properties.SHA256 SHA256
file.hash.sha1 < properties.SHA1 SHA1
file.hash.md5 < properties.MD5 MD5
process.pid < properties.ProcessId ProcessId properties.InitiatingProcessId InitiatingProcessId
process.command_line < properties.ProcessCommandLine ProcessCommandLine properties.InitiatingProcessCommandLine InitiatingProcessCommandLine
registry.path < properties.RegistryKey RegistryKey
registry.value < properties.RegistryValueName RegistryValueName
email.subject < properties.Subject Subject
email.from.address < properties.SenderFromAddress SenderFromAddress
email.to.address < properties.RecipientEmailAddress RecipientEmailAddress
when category = AdvancedHunting-DeviceProcessEvents
    process.name < properties.FileName
    process.executable < properties.FolderPath
    process.parent.name < properties.InitiatingProcessFileName
    process.parent.pid < properties.InitiatingProcessId
    process.parent.command_line < properties.InitiatingProcessCommandLine
    event.category = process
    event.type = start
when ActionType = ProcessCreated
    process.name < FileName
    process.executable < FolderPath
    process.parent.name < InitiatingProcessFileName
    process.parent.pid < InitiatingProcessId
    process.parent.command_line < InitiatingProcessCommandLine
    event.category = process
    event.type = start
process.name < properties.InitiatingProcessFileName InitiatingProcessFileName
process.parent.name < properties.InitiatingProcessParentFileName InitiatingProcessParentFileName
when :event.action ^ Logon
    event.category = authentication
when :event.action ^ Connection InboundConnection ListeningConnection DnsConnection
    event.category = network
when :event.action ^ File
    event.category = file
when :event.action ^ Registry
    event.category = registry
when category = AdvancedHunting-EmailEvents AdvancedHunting-EmailAttachmentInfo
    event.category = email
when category = AdvancedHunting-AlertInfo AdvancedHunting-AlertEvidence
    event.kind = alert
    event.category = intrusion_detection
event.category = host
cloud.provider = azure
"#,
    guess: false,
    ..PLAIN
};
