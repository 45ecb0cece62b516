//! Google Workspace (G Suite): activities of the Reports API, of all applications.

use super::{JsonProduct, PLAIN};

/// Activities.
pub const ACTIVITIES: JsonProduct = JsonProduct {
    id: "google_workspace",
    title: "Google Workspace activities",
    about: "Logins, administration, Drive, groups, tokens and all other activities of the Reports API",
    dataset: "google_workspace",
    signs: &[
        "kind = admin#reports#activity reports#activity audit#activity",
        "id.applicationName & id.time & events.name",
        "id.applicationName & id.uniqueQualifier & actor",
    ],
    map: r#"
@timestamp < id.time
event.id < id.uniqueQualifier
event.provider < id.applicationName
event.action < events.name
source client < ipAddress
user < actor.email
source.user.name < actor.email | before @
user.id source.user.id < actor.profileId
organization.id < id.customerId
user.target < events.parameters.USER_EMAIL events.parameters.affected_email_address events.parameters.user_email events.parameters.member events.parameters.target_user
group.name < events.parameters.GROUP_EMAIL events.parameters.group_email | before @
group.domain < events.parameters.GROUP_EMAIL events.parameters.group_email | after @
file.name < events.parameters.doc_title
file.owner < events.parameters.owner
rule.name < events.parameters.rule_name
url < events.parameters.url
when id.applicationName = login
    event.category = authentication
    event.outcome < events.parameters.login_challenge_status | lower | trim . | { "challenge passed" passed=success "challenge failed" failed incorrect_answer_entered=failure }
    event.outcome < events.name { login_success=success login_failure=failure login_challenge=unknown gov_attack_warning=unknown }
    event.reason < events.parameters.login_failure_type
when id.applicationName = user_accounts saml
    event.category = authentication
    event.outcome < events.name { login_success=success login_failure=failure }
when id.applicationName = token
    event.category = iam+authentication
when id.applicationName = drive
    event.category = file
    event.type < events.name { create upload copy=creation delete trash=deletion view download preview=access edit rename move=change *=info }
when id.applicationName = groups groups_enterprise admin
    event.category = iam
when id.applicationName = rules
    event.kind = alert
    event.category = intrusion_detection
event.category = web
event.outcome < events.parameters.status { failed=failure succeeded=success }
event.kind = event
when events.name ~ CREATE create ADD add
    event.type = creation
when events.name ~ DELETE delete REMOVE remove
    event.type = deletion
when events.name ~ CHANGE change UPDATE update TOGGLE toggle edit
    event.type = change
event.type = info
"#,
    guess: false,
    ..PLAIN
};
