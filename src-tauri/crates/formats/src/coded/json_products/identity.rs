//! Identity providers: PingOne, ForgeRock, Auth0, Duo, Keycloak, Authentik, Authelia, OneLogin, Teleport, and CyberArk's vault.

use super::{JsonProduct, PLAIN};
use crate::coded::json_map::Say;

/// PingOne's audit.
pub const PING_ONE: JsonProduct = JsonProduct {
    id: "ping_one_audit",
    title: "PingOne audit activities",
    about: "Changes and sign-ons of a PingOne environment",
    dataset: "ping_one.audit",
    signs: &[
        "recordedAt & action.type & result.status",
        "recordedAt & createdAt & correlationId & action.type",
    ],
    map: r#"
event.kind = event
@timestamp < recordedAt createdAt
event.id < id
event.action < action.type | lower
message < action.description
event.outcome < result.status | lower | { success=success failed failure=failure *=unknown }
event.reason < result.description
url < resources.href _links.self.href
user.name client.user.name < actors.user.name
user.id client.user.id < actors.user.id
source client < actors.user.sourceIp actors.client.sourceIp source.ipAddress
user_agent.original < source.userAgent
when action.type ^ USER. GROUP. ROLE. MFA. DEVICE.
    event.category = iam
when action.type ^ AUTHENTICATION SESSION PASSWORD.CHECK USER.ACCESS OTP. SIGN_ON FLOW
    event.category = authentication
when action.type $ .CREATED
    event.type = creation
when action.type $ .DELETED
    event.type = deletion
when action.type $ .UPDATED
    event.type = change
event.type = info
event.category = iam+configuration
"#,
    guess: false,
    ..PLAIN
};

/// ForgeRock's (Ping Advanced Identity Cloud's) audits.
pub const FORGEROCK: JsonProduct = JsonProduct {
    id: "forgerock",
    title: "ForgeRock / PingAM and PingIDM",
    about: "Access, activity, authentication and core logs of access management and identity management",
    dataset: "forgerock",
    signs: &[
        "eventName & transactionId & topic & timestamp",
        "eventName & transactionId & _id & timestamp",
        "logger & thread & context & transactionId",
        "source = idm-core am-core & payload & timestamp",
        "type = text/plain & payload & timestamp & source",
        "logger & thread & context & timestamp & level & message",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp
event.id < _id
when eventName ^ AM-
    event.action < eventName
event.action < eventName
when topic = access
    event.type = access
when topic = authentication
    event.category = authentication
when eventName = authentication
    event.category = authentication
when topic = config
    event.category = configuration
when topic = activity
    event.category = iam
event.outcome < result response.status status | lower | { successful success=success failed failure=failure }
event.reason < response.detail.reason entries.info.failureReason
user.id < userId
user.name < principal | first
user.name < userId | after id= | before ,
user.name < userId
user.effective.id < runAs
source client < client.ip entries.info.ipAddress
source.port client.port < client.port
server < server.ip
server.port < server.port
http.request.method < http.request.method
http.response.status_code < response.statusCode
url < http.request.path
url.domain < http.request.headers.host
user_agent.original < http.request.headers.user-agent
event.duration < response.elapsedTime | ms
log.level < level
log.logger < logger
process.name < thread
message < message payload
trace.id < transactionId
"#,
    guess: false,
    ..PLAIN
};

/// Auth0's tenant logs.
pub const AUTH0: JsonProduct = JsonProduct {
    id: "auth0",
    title: "Auth0 tenant logs",
    about: "Logins, sign-ups, management calls and attacks of an Auth0 tenant, from the API and from streams",
    dataset: "auth0.logs",
    signs: &[
        "log_id & type & date & client_id",
        "log_id & type & date & ip",
        "log_id & data.type & data.date",
        "data.log_id & data.type & data.date",
    ],
    map: r#"
event.kind = event
@timestamp < data.date date
event.id < data.log_id log_id
event.code < data.type type
event.action < data.type type {
    s=login f fp fu=login_failed fepft=login_failed feacft=login_failed slo=logout ss=signup fs=signup_failed scp=change_password fcp=change_password_failed
    seacft=token_exchange sapi=management_api fapi=management_api_failed limit_wc=blocked_account limit_mu=blocked_ip limit_sul=blocked_user pwd_leak=leaked_password
    gd_auth_succeed=mfa_success gd_auth_failed=mfa_failed gd_auth_rejected=mfa_rejected w=warning du=deleted_user *=* }
event.outcome < data.type type {
    s ss scp sce slo seacft sepft seccft sapi scoa ssa sv gd_auth_succeed=success
    f fp fu fs fcp fapi fce fcoa fsa fv flo feacft fepft feccft fertft gd_auth_failed gd_auth_rejected limit_wc limit_mu limit_sul pwd_leak=failure }
event.reason message < data.description description
user < data.user_name user_name data.details.request.auth.user.name
user.id < data.user_id user_id
source client < data.ip ip
user_agent.original < data.user_agent user_agent
service.name < data.client_name client_name
host.name < data.hostname hostname
source.geo.country_iso_code < data.location_info.country_code location_info.country_code
when data.type ^ limit pwd_leak
    event.category = intrusion_detection
when type ^ limit pwd_leak
    event.category = intrusion_detection
when type = sapi fapi mgmt_api_read
    event.category = iam
when data.type = sapi fapi mgmt_api_read
    event.category = iam
event.category = authentication
event.type = info
"#,
    guess: false,
    ..PLAIN
};

/// Duo.
pub const DUO: JsonProduct = JsonProduct {
    id: "duo",
    title: "Cisco Duo",
    about: "Authentications, administrator actions, telephony and trust monitor events of Duo's Admin API",
    dataset: "duo.auth",
    signs: &[
        "txid & factor & result",
        "access_device.ip & factor & application.name",
        "action & object & username & isotimestamp",
        "isotimestamp & timestamp & eventtype",
    ],
    map: r#"
event.kind = event
@timestamp < isotimestamp timestamp ts
event.id < txid
user < user.name username
user.id < user.key
user.email < email
source client < access_device.ip
host.name < access_device.hostname
host.os.name < access_device.os
service.name < application.name integration
event.action < factor action event_type eventtype
event.outcome < result | lower | { success=success failure denied fraud error=failure }
event.reason < reason description
source.geo.country_name < access_device.location.country
source.geo.city_name < access_device.location.city
user.target.name < object
when factor
    event.category = authentication
when action = admin_login admin_login_error
    event.category = authentication
    event.outcome < action { admin_login=success admin_login_error=failure }
event.category = iam
"#,
    guess: false,
    ..PLAIN
};

/// Keycloak's events as JSON.
pub const KEYCLOAK: JsonProduct = JsonProduct {
    id: "keycloak_json",
    title: "Keycloak events (JSON)",
    about: "Login and admin events of Keycloak, from event listeners and the admin API, and its server log as JSON",
    dataset: "keycloak.events",
    signs: &[
        "type & realmId & clientId & ipAddress",
        "type & realmName & clientId & ipAddress",
        "operationType & resourceType & authDetails.ipAddress",
        "loggerName = org.keycloak.events & message",
        "logger = org.keycloak.events & message",
        "type & realmId & time & ipAddress",
    ],
    map: r#"
event.kind = event
@timestamp < time timestamp @timestamp
event.id < id
event.action < type operationType
user.name < details.username authDetails.username username
user.id < userId authDetails.userId
source client < ipAddress authDetails.ipAddress
service.name < clientId authDetails.clientId
event.reason < error
log.level < level
message < message
host.name < hostName
when error
    event.outcome = failure
when type $ _ERROR
    event.outcome = failure
when type
    event.outcome = success
when operationType
    event.category = iam
    event.outcome = success
    event.type < operationType { CREATE=creation UPDATE=change DELETE=deletion ACTION=change }
when type ^ LOGIN LOGOUT CODE_TO_TOKEN REFRESH_TOKEN IDENTITY_PROVIDER
    event.category = authentication
when type ^ REGISTER UPDATE RESET DELETE REMOVE VERIFY
    event.category = iam
event.category = authentication
"#,
    first: Some(keycloak_sentence),
    ..PLAIN
};

/// `type=LOGIN_ERROR, realmId=master, ipAddress=192.0.2.1, error=user_not_found, username=eve`
fn keycloak_sentence(say: &mut Say<'_>) {
    let message = say.text("message");
    if !message.contains("type=") || !message.contains("ipAddress=") {
        return;
    }
    for pair in message.split(", ") {
        let Some((key, value)) = pair.split_once('=') else { continue };
        let value = value.trim_matches('"');
        match key.trim() {
            "type" => {
                say.set("event.action", value);
                say.set("event.category", "authentication");
                say.set("event.outcome", if value.ends_with("_ERROR") { "failure" } else { "success" });
            }
            "ipAddress" => say.address("source", value),
            "error" => say.set("event.reason", value),
            "username" => say.set("user.name", value),
            "userId" if value != "null" => say.set("user.id", value),
            "clientId" => say.set("service.name", value),
            _ => {}
        }
    }
}

/// Authentik's events.
pub const AUTHENTIK: JsonProduct = JsonProduct {
    id: "authentik",
    title: "authentik",
    about: "Events and server log of authentik: logins, failed logins, unknown users, changes",
    dataset: "authentik.log",
    signs: &[
        "auth_via & event & logger ^ authentik",
        "logger ^ authentik & event & level",
        "action & client_ip & context.stage & event",
        "logger ^ authentik & pid & timestamp",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp
log.level < level
message < event
event.action < action
source client < client_ip remote
user.name < context.username context.identifier identifier context.auth_method_args.username username
user.name < user.username | unless AnonymousUser
user_agent.original < context.http_request.user_agent
host.name < host domain_url
http.request.method < method
http.response.status_code < status
url < path
event.duration < runtime | ms
when action = login_failed invalid_identifier
    event.category = authentication
    event.outcome = failure
when action = login
    event.category = authentication
    event.outcome = success
    user.name < user.username
when action = logout
    event.category = authentication
    event.outcome = success
when action ^ suspicious configuration_error policy
    event.category = intrusion_detection
when action = model_created model_updated model_deleted user_write password_set
    event.category = iam
"#,
    ..PLAIN
};

/// Authelia's log as JSON.
pub const AUTHELIA: JsonProduct = JsonProduct {
    id: "authelia_json",
    title: "Authelia (JSON)",
    about: "Authelia's log as JSON: authentication attempts with their outcome, user and address",
    dataset: "authelia.log",
    signs: &[
        "level & msg & remote_ip & method & path & time",
        "level & msg ~ \"authentication attempt\" & time",
        "level & msg ~ Authelia & time",
    ],
    map: r#"
event.kind = event
@timestamp < time
log.level < level
message < msg
source client < remote_ip
http.request.method < method
url < path
event.reason < error
when msg ~ "authentication attempt"
    event.category = authentication
    event.action = login
    event.outcome < msg | before space { Successful=success Unsuccessful=failure }
    user.name < msg | after "user '" | before '
when msg ~ banned
    event.category = authentication
    event.outcome = failure
    user.name < msg | after "user '" | before '
"#,
    ..PLAIN
};

/// OneLogin's events.
pub const ONELOGIN: JsonProduct = JsonProduct {
    id: "onelogin",
    title: "OneLogin events",
    about: "Events of OneLogin's API and broadcaster",
    dataset: "onelogin.events",
    signs: &[
        "event_type_id & actor_user_name",
        "event_type_id & account_id & event_timestamp",
        "event_type_id & created_at & account_id",
    ],
    map: r#"
event.kind = event
@timestamp < event_timestamp created_at
event.id < uuid id
event.code < event_type_id
event.action < event_type_id { 5 8 11=login 6=login_failed 9=app_login_failed 7=logout 13=user_created 17=user_deleted 19=user_locked 21=user_updated *=* }
event.outcome < event_type_id { 5 8 11=success 6 9 72 901=failure }
user.name < user_name actor_user_name
user.id < user_id actor_user_id
source client < ipaddr
user_agent.original < user_agent
message < notes
service.name < app_name
event.reason < error_description
when event_type_id = 5 6 7 8 9 11 72 901
    event.category = authentication
event.category = iam
"#,
    guess: false,
    ..PLAIN
};

/// Teleport's audit events.
pub const TELEPORT: JsonProduct = JsonProduct {
    id: "teleport",
    title: "Teleport audit log",
    about: "Logins, sessions, commands and changes of a Teleport cluster",
    dataset: "teleport.audit",
    signs: &["event & code & uid & ei", "event & code & uid & time & cluster_name"],
    map: r#"
event.kind = event
@timestamp < time
event.id < uid
event.code < code
event.action < event
user.name < user
source client < addr.remote client.remote_addr
destination < addr.local server_addr
event.outcome < success { true=success false=failure }
event.outcome < code | { T1000W T1001W T3007W=failure T1000I T1001I=success }
event.reason < error message
user.effective.name < login
host.name < server_hostname
process.name < program
process.pid < pid
process.command_line < path command
user_agent.original < user_agent
network.protocol < proto
when event = user.login auth session.rejected
    event.category = authentication
when event = session.start session.end session.leave session.join
    event.category = session
when event = session.command exec
    event.category = process
when event ^ user. role. access_request github. saml. oidc. bot. lock.
    event.category = iam
when event ^ db.
    event.category = database
event.category = configuration
when event $ .create .created
    event.type = creation
when event $ .delete .deleted
    event.type = deletion
when event $ .update .updated
    event.type = change
event.type < event { user.login=start session.start=start session.end=end *=info }
"#,
    guess: false,
    ..PLAIN
};

/// CyberArk's vault, as its Elastic translator writes it.
pub const CYBERARK: JsonProduct = JsonProduct {
    id: "cyberark_pas",
    title: "CyberArk Privileged Access Security (JSON)",
    about: "Audit records and monitoring of the vault: who used which account on which machine",
    dataset: "cyberarkpas.audit",
    signs: &[
        "syslog.audit_record.MessageID",
        "syslog.audit_record.Desc",
        "syslog.monitor_record.AverageExecutionTime",
    ],
    map: r#"
event.kind = event
@timestamp < syslog.audit_record.IsoTimestamp syslog.monitor_record.IsoTimestamp syslog.audit_record.Timestamp
event.code < syslog.audit_record.MessageID
event.action < syslog.audit_record.Desc syslog.audit_record.Action | lower
message < syslog.audit_record.Message
log.level < syslog.audit_record.Severity | lower
user.name source.user.name < syslog.audit_record.Issuer
event.reason < syslog.audit_record.Reason
file.path < syslog.audit_record.File
host.name observer.hostname < syslog.audit_record.Hostname
source < syslog.audit_record.ExtraDetails.SrcHost syslog.audit_record.Station
destination < syslog.audit_record.ExtraDetails.DstHost syslog.audit_record.ExtraDetails.ConnectionComponentTarget
destination < syslog.audit_record.CAProperties.CAProperty.Address
destination.user.name < syslog.audit_record.CAProperties.CAProperty.UserName syslog.audit_record.ExtraDetails.User syslog.audit_record.TargetUser
user.target.name < syslog.audit_record.TargetUser
network.application < syslog.audit_record.ExtraDetails.Protocol | lower
process.command_line < syslog.audit_record.ExtraDetails.Command
event.outcome < syslog.audit_record.Desc | lower | {
    "cpm verify password failed" "cpm change password failed" "cpm reconcile password failed" "auto detection - verification failure" "logon failure" "psm connect failure" "psm secure connect session start failure"=failure }
when syslog.audit_record.Severity = Error
    event.outcome = failure
event.outcome = success
when syslog.audit_record.Desc = "SQL Command" "Store password"
    event.category < syslog.audit_record.Desc { "SQL Command"=database }
    event.type < syslog.audit_record.Desc { "SQL Command"=access }
when syslog.audit_record.Desc ~ Logon Login Logoff Authentication
    event.category = authentication
when syslog.audit_record.Desc ~ PSM
    event.category = session
    event.type < syslog.audit_record.Desc { "PSM Connect"=start "PSM Disconnect"=end *=info }
when syslog.audit_record.Desc ~ File Retrieve Store
    event.category = file
when syslog.audit_record.Desc ~ User Group Owner Safe
    event.category = iam
event.category = iam
event.type = info
"#,
    guess: false,
    first: Some(vault_details),
    ..PLAIN
};

/// `SrcHost=10.2.0.6;User=admin2;` as fields, and the vault's own time from the record that is quoted in `raw`.
fn vault_details(say: &mut Say<'_>) {
    let details = say.text("syslog.audit_record.ExtraDetails");
    for pair in details.split(';') {
        if let Some((key, value)) = pair.split_once('=')
            && !value.is_empty()
            && key.len() < 40
        {
            say.add(&format!("syslog.audit_record.ExtraDetails.{key}"), value);
        }
    }
}
