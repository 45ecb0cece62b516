//! Services for work: Slack, Zoom, Box and 1Password audits.

use super::{JsonProduct, PLAIN};

/// Slack's audit log.
pub const SLACK: JsonProduct = JsonProduct {
    id: "slack_audit",
    title: "Slack audit log",
    about: "What members did in an Enterprise Grid organisation, from the Audit Logs API",
    dataset: "slack.audit",
    signs: &[
        "date_create & action & actor.type & entity.type",
        "date_create & actor.user.id & context.ip_address",
    ],
    map: r#"
event.kind = event
@timestamp < date_create
event.id < id
event.action < action
user.id < actor.user.id
user.email < actor.user.email
user.full_name < actor.user.name
user.name < actor.user.email | before @
user.name < actor.user.name
source < context.ip_address
user_agent.original < context.ua
user.target.id < entity.user.id
user.target.email < entity.user.email
user.target.name < entity.user.name
file.name < entity.file.name
organization.name < context.location.name
when action = user_login user_login_failed user_logout
    event.category = authentication
    event.type < action { user_login=start user_logout=end *=info }
    event.outcome < action { user_login=success user_login_failed=failure user_logout=success }
when action ^ user_ role_ guest_ service_account
    event.category = iam
when action ^ file_
    event.category = file
    event.type < action { file_downloaded=access file_uploaded=creation file_deleted=deletion *=info }
when action ^ anomaly
    event.kind = alert
    event.category = intrusion_detection
when action $ _created
    event.type = creation
when action $ _deleted
    event.type = deletion
when action $ _changed _updated _renamed
    event.type = change
event.category = configuration
event.type = info
"#,
    guess: false,
    ..PLAIN
};

/// Zoom's webhooks and reports.
pub const ZOOM: JsonProduct = JsonProduct {
    id: "zoom",
    title: "Zoom webhooks",
    about: "Events of accounts, users, meetings, webinars, recordings, phones and chats that Zoom sends",
    dataset: "zoom.webhook",
    signs: &[
        "event & payload.account_id",
        "event & payload.object.id & event_ts",
        "email & type = \"Sign in\" \"Sign out\" & client_type & ip_address",
    ],
    map: r#"
event.kind = event
@timestamp < event_ts payload.time_stamp payload.object.date_time payload.object.start_time payload.object.answer_start_time payload.object.ringing_start_time payload.object.call_end_time payload.object.timestamp payload.object.created_at payload.object.updated_at time
event.action < event type
user.email < payload.operator payload.object.operator email
user.id < payload.operator_id payload.object.host_id
user < payload.operator payload.object.email email
user.target.name < payload.object.participant.user_name payload.object.registrant.first_name payload.object.first_name
user.target.email < payload.object.email payload.object.participant.email payload.object.registrant.email
user.target.id < payload.object.id
user.name < payload.object.user_name payload.object.participant.user_name payload.object.caller.name
source < payload.object.participant.ip_address ip_address
organization.id < payload.account_id
url < payload.object.join_url payload.object.recording_file.download_url payload.object.share_url payload.object.download_url payload.object.recordings.download_url
when event = user.signed_in user.signed_out
    event.category = authentication
    event.outcome = success
when event ^ user. account.
    event.category = iam
when type = "Sign in" "Sign out"
    event.category = authentication
when event $ .created _created _started .started _ringing
    event.type = info+creation
when event $ .deleted _deleted
    event.type = info+deletion
when event $ _connected _joined
    event.type = info+start
when event $ _ended .ended _left
    event.type = info+end
when event $ .updated _updated
    event.type = info+change
event.category = session
event.type = info
"#,
    guess: false,
    ..PLAIN
};

/// Box's events.
pub const BOX: JsonProduct = JsonProduct {
    id: "box_events",
    title: "Box events",
    about: "Events of an enterprise's users, files and shields, from Box's Events API",
    dataset: "box.events",
    signs: &[
        "event_type & created_by.login & event_id",
        "event_type & created_by.type & source.type",
        "type = event & event_type & event_id",
        "event_type & additional_details.shield_alert.rule_name",
    ],
    map: r#"
event.kind < additional_details.shield_alert.rule_id { *=alert }
event.kind = event
@timestamp < additional_details.shield_alert.created_at created_at recorded_at
event.id < event_id additional_details.shield_alert.alert_id
event.action < event_type
rule.id < additional_details.shield_alert.rule_id
rule.name < additional_details.shield_alert.rule_name
rule.category < additional_details.shield_alert.rule_category
user.effective.name < additional_details.shield_alert.user.name
user < created_by.login additional_details.shield_alert.user.email
user.full_name < created_by.name
user.id < created_by.id
source client < ip_address additional_details.shield_alert.alert_summary.alert_activities.ip
file.name < source.item_name source.name
file.size < source.size additional_details.size
file.hash.sha1 < source.sha1
user.target < accessible_by.login source.login source.user_email
service.name < additional_details.service_name
event.category < event_type | upper | {
    LOGIN FAILED_LOGIN ADMIN_LOGIN MASTER_INVITE_ACCEPT MULTI_FACTOR_AUTH_ENABLE MULTI_FACTOR_AUTH_DISABLE APP_PUBLIC_KEY_ADDED=authentication
    NEW_USER EDIT_USER DELETE_USER GROUP_CREATION GROUP_DELETION GROUP_EDITED GROUP_ADD_USER GROUP_REMOVE_USER CHANGE_ADMIN_ROLE USER_AUTHENTICATE_OAUTH2_ACCESS_TOKEN_CREATE=iam
    DOWNLOAD UPLOAD DELETE UNDELETE COPY MOVE RENAME EDIT PREVIEW ITEM_CREATE ITEM_UPLOAD ITEM_DOWNLOAD ITEM_TRASH LOCK UNLOCK=file
    ADD_DEVICE_ASSOCIATION REMOVE_DEVICE_ASSOCIATION DEVICE_TRUST_CHECK_FAILED=host
    SHIELD_ALERT=intrusion_detection }
event.outcome < event_type { LOGIN ADMIN_LOGIN=success FAILED_LOGIN DEVICE_TRUST_CHECK_FAILED=failure }
event.category = configuration
event.type < event_type { ACCESS_GRANTED ADD_DEVICE_ASSOCIATION=access+allowed ACCESS_REVOKED=access+denied NEW_USER ITEM_CREATE UPLOAD ITEM_UPLOAD=creation DELETE ITEM_TRASH DELETE_USER=deletion DOWNLOAD PREVIEW ITEM_DOWNLOAD=access *=info }
"#,
    guess: false,
    ..PLAIN
};

/// 1Password's event reports.
pub const ONEPASSWORD: JsonProduct = JsonProduct {
    id: "onepassword",
    title: "1Password events",
    about: "Sign-in attempts, item usage and audit events of 1Password's Events API",
    dataset: "1password.events",
    signs: &[
        "session_uuid & category & target_user.email",
        "item_uuid & vault_uuid & user.email & used_version",
        "uuid & actor_uuid & action & object_type & object_uuid",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp
event.id < uuid
user < target_user.email user.email actor_details.email
user.id < target_user.uuid user.uuid actor_uuid
user.full_name < target_user.name user.name actor_details.name
source < client.ip_address location.ip session.ip
event.action < type action
event.outcome < category { success=success credentials_failed mfa_failed sso_failed modern_version_failed firewall_failed=failure firewall_reported_success=success }
host.os.name < client.os_name
when session_uuid & category
    event.category = authentication
event.category = iam
"#,
    guess: false,
    ..PLAIN
};
