//! Azure's logs as its diagnostic settings, event hubs and portals write them: activity, sign-ins and audits of Entra ID,
//! Front Door, Application Gateway and firewall, network security groups, and all other resource logs.

use super::{JsonProduct, PLAIN};
use crate::coded::json_map::Say;

/// The activity log.
pub const ACTIVITY: JsonProduct = JsonProduct {
    id: "azure_activity",
    title: "Azure activity log",
    about: "What was done to resources of a subscription, from diagnostic settings, the portal, the REST API and Log Analytics",
    dataset: "azure.activitylogs",
    signs: &[
        "operationName & category = Administrative Security ServiceHealth Alert Recommendation Policy Autoscale ResourceHealth Write Delete Action & resourceId",
        "operationName & identity.authorization.action",
        "operationName & identity.authorization.scope",
        "operationName.value & eventTimestamp & caller",
        "operationName & eventTimestamp & resourceId & claims.aud",
        "OperationNameValue & ActivityStatusValue",
        "operation_name.value & event_timestamp & caller",
        "event_data_id & caller & operation_name.localized_value",
    ],
    map: r#"
event.kind = event
@timestamp < eventTimestamp event_timestamp time TimeGenerated
event.action < operationName.value operation_name.value operationName OperationNameValue
event.id < eventDataId event_data_id correlationId
event.outcome < resultType status.value ActivityStatusValue ResultType | lower | { success succeeded succeed=success failure failed fail=failure started start accept accepted=unknown }
event.reason < resultSignature subStatus.value ActivitySubstatusValue sub_status.value
source client < callerIpAddress httpRequest.clientIpAddress CallerIpAddress http_request.client_ip_address claims.ipaddr
user < identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn identity.claims.upn
user.full_name < identity.claims.name claims.name identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name
user.id < identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier claims.http://schemas.microsoft.com/identity/claims/objectidentifier
user < caller Caller identity.claims.appid claims.appid
log.level < level Level | lower
http.request.method < httpRequest.method http_request.method
url < httpRequest.uri
event.duration < durationMs | ms
cloud.provider = azure
cloud.account.id < subscriptionId SubscriptionId subscription_id
cloud.region < location
event.type < category { Write=change Delete=deletion Action=change }
when :event.action $ /write /action
    event.type = change
when :event.action $ /delete
    event.type = deletion
event.category = configuration
"#,
    guess: false,
    ..PLAIN
};

/// Sign-ins of Entra ID.
pub const SIGNIN: JsonProduct = JsonProduct {
    id: "azure_signin",
    title: "Entra ID (Azure AD) sign-ins",
    about: "Sign-ins of users, service principals and managed identities, from diagnostic settings, Microsoft Graph and Log Analytics",
    dataset: "azure.signinlogs",
    signs: &[
        "category = SignInLogs NonInteractiveUserSignInLogs ServicePrincipalSignInLogs ManagedIdentitySignInLogs ADFSSignInLogs MicrosoftGraphActivityLogs & operationName",
        "createdDateTime & appDisplayName & status.errorCode",
        "createdDateTime & userPrincipalName & ipAddress & appId",
        "TimeGenerated & UserPrincipalName & AppDisplayName & ResultType",
        "CreatedDateTime & AppDisplayName & ResultType & IPAddress",
    ],
    map: r#"
event.kind = event
event.category = authentication
event.type = info
@timestamp < properties.createdDateTime createdDateTime CreatedDateTime time TimeGenerated
event.action < operationName OperationName
event.action = Sign-in activity
event.id < properties.id id Id correlationId
source client < callerIpAddress properties.ipAddress ipAddress IPAddress CallerIpAddress
user < properties.userPrincipalName userPrincipalName UserPrincipalName properties.servicePrincipalName servicePrincipalName ServicePrincipalName
user.id < properties.userId userId UserId properties.servicePrincipalId servicePrincipalId ServicePrincipalId
user.full_name < properties.userDisplayName userDisplayName UserDisplayName identity Identity
when properties.status.errorCode = 0
    event.outcome = success
when status.errorCode = 0
    event.outcome = success
event.outcome < properties.status.errorCode status.errorCode { 0=success *=failure }
event.outcome < ResultType resultType { 0=success *=failure }
event.code < properties.status.errorCode status.errorCode ResultType resultType | unless 0
event.reason message < properties.status.failureReason status.failureReason resultDescription ResultDescription | unless Other. Other
user_agent.original < properties.userAgent userAgent UserAgent
service.name < properties.appDisplayName appDisplayName AppDisplayName properties.resourceDisplayName
host.name < properties.deviceDetail.displayName deviceDetail.displayName DeviceDetail.displayName
host.os.full < properties.deviceDetail.operatingSystem deviceDetail.operatingSystem
source.geo.country_iso_code < properties.location.countryOrRegion location.countryOrRegion
source.geo.city_name < properties.location.city location.city
log.level < Level level { 1=critical 2=error 3=warning 4=info Informational=info }
cloud.provider = azure
event.duration < durationMs | ms
"#,
    guess: false,
    ..PLAIN
};

/// Audits of Entra ID.
pub const AUDIT: JsonProduct = JsonProduct {
    id: "azure_audit",
    title: "Entra ID (Azure AD) audit log",
    about: "Changes of users, groups, roles and applications, from diagnostic settings, Microsoft Graph and Log Analytics",
    dataset: "azure.auditlogs",
    signs: &[
        "category = AuditLogs & operationName & properties.activityDisplayName",
        "category = AuditLogs & time",
        "activityDateTime & activityDisplayName",
        "activityDateTime & loggedByService",
        "ActivityDateTime & OperationName & InitiatedBy.user.userPrincipalName",
        "TimeGenerated & OperationName & LoggedByService",
    ],
    map: r#"
event.kind = event
@timestamp < properties.activityDateTime activityDateTime ActivityDateTime time TimeGenerated
event.action < properties.activityDisplayName activityDisplayName ActivityDisplayName operationName OperationName
event.id < properties.id id Id
event.provider < properties.loggedByService loggedByService LoggedByService
event.outcome < properties.result result Result | lower | { success=success failure=failure timeout=failure *=unknown }
event.reason < properties.resultReason resultReason ResultReason
user < properties.initiatedBy.user.userPrincipalName initiatedBy.user.userPrincipalName InitiatedBy.user.userPrincipalName properties.initiatedBy.app.displayName initiatedBy.app.displayName InitiatedBy.app.displayName identity
user.id < properties.initiatedBy.user.id initiatedBy.user.id InitiatedBy.user.id
source client < properties.initiatedBy.user.ipAddress initiatedBy.user.ipAddress InitiatedBy.user.ipAddress callerIpAddress
user.target < properties.targetResources.userPrincipalName targetResources.userPrincipalName TargetResources.userPrincipalName | first
user.target.id < properties.targetResources.id targetResources.id | first
group.name < properties.targetResources.modifiedProperties.Group.DisplayName.newValue targetResources.modifiedProperties.Group.DisplayName.newValue | trim quote
log.level < Level { 4=info }
cloud.provider = azure
when category = UserManagement GroupManagement RoleManagement ApplicationManagement Device
    event.category = iam
event.category = iam
when :event.action ^ Add Create Invite
    event.type = user+creation
when :event.action ^ Delete Remove "Hard Delete"
    event.type = user+deletion
when :event.action ^ Update Change Reset Set Disable Enable Consent
    event.type = user+change
event.type = info
"#,
    guess: false,
    ..PLAIN
};

/// Front Door, application gateways and content delivery.
pub const FRONT_DOOR: JsonProduct = JsonProduct {
    id: "azure_frontdoor",
    title: "Azure Front Door and Application Gateway",
    about: "Requests through Front Door, its firewall, application gateways and the CDN",
    dataset: "azure.frontdoor",
    signs: &[
        "category = FrontdoorAccessLog FrontdoorWebApplicationFirewallLog FrontDoorAccessLog FrontDoorWebApplicationFirewallLog ApplicationGatewayAccessLog ApplicationGatewayFirewallLog AzureCdnAccessLog WebApplicationFirewallLogs & properties.clientIp",
        "category = FrontdoorAccessLog FrontdoorWebApplicationFirewallLog FrontDoorAccessLog FrontDoorWebApplicationFirewallLog ApplicationGatewayAccessLog ApplicationGatewayFirewallLog AzureCdnAccessLog & properties.clientIP",
        "operationName = ApplicationGatewayAccess ApplicationGatewayFirewall & properties.instanceId",
        "category = AppServiceHTTPLogs & properties.CIp",
    ],
    map: r#"
event.kind = event
@timestamp < time timeStamp
source client < properties.clientIp properties.clientIP properties.CIp
source.port client.port < properties.clientPort
event.category = network+web
event.type = connection
event.action < properties.action operationName
event.outcome < properties.action | lower | { allow allowed=success block blocked denied=failure matched detected log logandscore=unknown }
http.request.method < properties.httpMethod properties.CsMethod
http.request.bytes < properties.requestBytes properties.receivedBytes properties.CsBytes
http.response.bytes < properties.responseBytes properties.sentBytes properties.ScBytes
http.response.body.bytes < properties.sentBytes properties.responseBytes properties.ScBytes
http.response.status_code < properties.httpStatusCode properties.httpStatus properties.ScStatus
http.version < properties.httpVersion | strip HTTP/
http.request.referrer < properties.referer properties.referrer properties.Referer
network.protocol < properties.requestProtocol
url.domain < properties.originalHost properties.host properties.hostname properties.hostName properties.CsHost
url < properties.originalRequestUriWithArgs properties.requestUri properties.CsUriStem
url.query < properties.requestQuery properties.CsUriQuery
user_agent.original < properties.userAgent properties.UserAgent
rule.name < properties.ruleName properties.routingRuleName ruleName
rule.id < properties.ruleId
rule.ruleset < properties.policy properties.ruleSetType
message < properties.message properties.details.message
destination < properties.serverRouted properties.backendHostname
tls.version < properties.securityProtocol properties.sslProtocol
tls.cipher < properties.sslCipher
cloud.provider = azure
"#,
    guess: false,
    ..PLAIN
};

/// Azure Firewall.
pub const FIREWALL: JsonProduct = JsonProduct {
    id: "azure_firewall",
    title: "Azure Firewall",
    about: "Network, application and DNS rules of Azure Firewall, as sentences and with fields",
    dataset: "azure.firewall",
    signs: &[
        "category = AzureFirewallNetworkRule AzureFirewallApplicationRule AzureFirewallDnsProxy AZFWNetworkRule AZFWApplicationRule AZFWNatRule AZFWThreatIntel AZFWIdpsSignature AZFWDnsQuery AZFWFlowTrace & time",
    ],
    map: r#"
event.kind = event
@timestamp < time
event.category = network
source < properties.SourceIp
source.port < properties.SourcePort
destination < properties.DestinationIp properties.Fqdn
destination.port < properties.DestinationPort
network.transport < properties.Protocol | lower | { tcp=tcp udp=udp icmp=icmp }
network.protocol < properties.Protocol | lower | { http=http https=https mssql=mssql dns=dns }
event.action < properties.Action | lower
event.outcome < properties.Action | lower | { allow=success deny=failure alert=unknown }
rule.name < properties.Rule
rule.ruleset < properties.RuleCollection properties.Policy
url < properties.TargetUrl
url.domain < properties.Fqdn
dns.question.name < properties.QueryName
message < properties.msg properties.ActionReason properties.Description
cloud.provider = azure
"#,
    guess: false,
    finish: Some(firewall_sentence),
    ..PLAIN
};

/// `TCP request from 10.0.0.4:1234 to 198.51.100.1:443. Action: Allow. Rule: x`
fn firewall_sentence(say: &mut Say<'_>) {
    let text = say.text("properties.msg");
    let Some((before, after)) = text.split_once(" request from ") else { return };
    let Some((from, rest)) = after.split_once(" to ") else { return };
    let to = rest.split([' ', ',']).next().unwrap_or(rest).trim_end_matches('.');
    say.address("source", from);
    say.address("destination", to);
    let kind = before.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    if matches!(kind.as_str(), "tcp" | "udp" | "icmp") {
        say.set("network.transport", &kind);
    } else {
        say.set("network.protocol", &kind);
    }
    if let Some((_, action)) = rest.split_once("Action: ") {
        let action = action.split(['.', ' ']).next().unwrap_or_default();
        say.set("event.action", &action.to_ascii_lowercase());
        say.set("event.outcome", if action == "Allow" { "success" } else { "failure" });
    }
    if let Some((_, rule)) = rest.split_once("Rule: ") {
        say.set("rule.name", rule.split(". ").next().unwrap_or(rule).trim_end_matches('.'));
    }
}

/// Flows through network security groups and virtual networks.
pub const NSG_FLOW: JsonProduct = JsonProduct {
    id: "azure_nsg_flow",
    title: "Azure NSG and VNet flow logs",
    about: "Flows of network security groups and virtual networks; a record holds all flows of a minute, whose ends are lists",
    dataset: "azure.nsg_flow",
    signs: &[
        "category = NetworkSecurityGroupFlowEvent & properties.Version",
        "category = FlowLogFlowEvent & flowRecords.flows.aclID",
    ],
    map: r#"
event.kind = event
@timestamp < time
event.category = network
event.type = connection
rule.name < properties.flows.rule flowRecords.flows.flowGroups.rule
source.mac < properties.flows.flows.mac macAddress
cloud.provider = azure
"#,
    guess: false,
    finish: Some(flow_tuples),
    ..PLAIN
};

/// `1542110377,10.0.0.4,198.51.100.1,44931,443,T,O,A,B,,,,`
fn flow_tuples(say: &mut Say<'_>) {
    let path = say.doc.path("properties.flows.flows.flowTuples");
    let other = say.doc.path("flowRecords.flows.flowGroups.flowTuples");
    let path = if say.doc.has(path) { path } else { other };
    let tuples: Vec<String> = say
        .doc
        .all(path)
        .filter_map(
            |leaf| if let crate::coded::flatten::Leaf::Text(t) = leaf { Some(t.to_owned()) } else { None },
        )
        .take(1_000)
        .collect();
    let column = |n: usize| -> Vec<&str> {
        let mut all: Vec<&str> =
            tuples.iter().filter_map(|t| t.split(',').nth(n)).filter(|v| !v.is_empty()).collect();
        all.dedup();
        all
    };
    for (field, n) in [("source.ip", 1), ("destination.ip", 2), ("source.port", 3), ("destination.port", 4)] {
        say.list(field, &column(n));
    }
    let transport: Vec<&str> = column(5)
        .into_iter()
        .map(|t| match t {
            "T" | "6" => "tcp",
            "U" | "17" => "udp",
            other => other,
        })
        .collect();
    say.list("network.transport", &transport);
    let directions: Vec<&str> =
        column(6).into_iter().map(|d| if d == "I" { "inbound" } else { "outbound" }).collect();
    say.list("network.direction", &directions);
}

/// All other resource logs.
pub const PLATFORM: JsonProduct = JsonProduct {
    id: "azure_platform",
    title: "Azure resource logs",
    about: "Logs of any Azure resource in the layout of diagnostic settings: key vaults, storage, Kubernetes, databases and others",
    dataset: "azure.platformlogs",
    signs: &[
        "resourceId & category & time & operationName",
        "resourceId & category & time & properties.log",
        "ResourceId & category & time",
        "resourceId & category & EventName & EventTimeString",
        "resourceId & category & EventTimeString",
        "resourceId & category & properties & TimeGenerated",
        "time & resourceId & operationName & category & callerIpAddress",
    ],
    map: r#"
event.kind = event
@timestamp < time EventTimeString TimeGenerated
event.action < operationName EventName OperationName
event.provider < resourceProvider
event.outcome < resultType Status statusText | lower | { succeeded success=success failed failure clienterror servererror=failure }
when statusCode > 399
    event.outcome = failure
when properties.httpStatusCode > 399
    event.outcome = failure
event.code < resultSignature statusCode
event.reason < resultDescription
event.duration < durationMs DurationMs | ms
source client < callerIpAddress CallerIPAddress properties.clientIp properties.clientIP
user < identity.claim.upn identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn properties.userPrincipalName identity.authorization.upn Caller properties.server_principal_name_s
user.id < identity.claim.oid identity.claim.http://schemas.microsoft.com/identity/claims/objectidentifier
http.response.status_code < properties.httpStatusCode properties.statusCode statusCode httpStatusCode
url < properties.requestUri uri
user_agent.original < properties.clientInfo properties.userAgentHeader properties.userAgent
log.level < level Level | lower | { informational information=info *=* }
message < properties.message properties.log properties.msg message
cloud.provider = azure
cloud.region < location Region
host.name < properties.host properties.hostName
"#,
    ..PLAIN
};
