//! Hosts of source code: GitHub's audit log and event archive, GitLab's JSON logs, Atlassian's audits (Jira, Confluence, Bitbucket,
//! in the data centre and in the cloud).

use super::{JsonProduct, PLAIN};

/// GitHub's audit log.
pub const GITHUB_AUDIT: JsonProduct = JsonProduct {
    id: "github_audit",
    title: "GitHub audit log",
    about: "What members and applications did in an organisation or enterprise, from the API, the export and streams",
    dataset: "github.audit",
    signs: &[
        "action & actor & _document_id",
        "action & actor & @timestamp & org",
        "action & actor & created_at & org",
        "action & actor & @timestamp & business",
        "action & actor_ip & actor",
        "action & actor & @timestamp & operation_type",
    ],
    map: r#"
event.kind = event
@timestamp < @timestamp created_at
event.id < _document_id
event.action < action
user.name < actor
user.id < actor_id
user.target.name < user blocked_user
group.name < team
source client < actor_ip
source.geo.country_iso_code < actor_location.country_code
user_agent.original < user_agent
organization.name < org business
when action ^ repo. git. repository
    event.category = configuration
when action ^ org. team. members_can enterprise. business. personal_access_token oauth public_key user. two_factor sso
    event.category = iam
when action ^ user.login user.failed_login sso. two_factor_authentication.
    event.category = authentication
event.outcome < action { user.failed_login=failure user.login=success }
when action ^ git.
    event.category = file
when action ^ protected_branch. secret_scanning dependabot code_scanning
    event.category = configuration
when action $ .create .add .add_member .add_user .invite_member
    event.type = creation
when action $ .destroy .remove .remove_member .delete
    event.type = deletion
when action ~ update change rename disable enable transfer
    event.type = change
event.type < operation_type { create=creation modify=change remove=deletion access=access authentication=info }
event.category = configuration
event.type = info
event.outcome = success
"#,
    guess: false,
    ..PLAIN
};

/// GitHub's public events.
pub const GITHUB_EVENTS: JsonProduct = JsonProduct {
    id: "github_events",
    title: "GitHub events",
    about: "Events of the Events API and of the GH Archive",
    dataset: "github.events",
    signs: &["type $ Event & actor.login & repo.name & created_at"],
    map: r#"
event.kind = event
@timestamp < created_at
event.id < id
event.action < type
user.name < actor.login
user.id < actor.id
organization.name < org.login
event.category = configuration
message < payload.commits.message payload.issue.title payload.pull_request.title | first
"#,
    guess: false,
    ..PLAIN
};

/// GitLab.
pub const GITLAB: JsonProduct = JsonProduct {
    id: "gitlab_json",
    title: "GitLab (JSON)",
    about: "GitLab's production, API, authentication, audit, Sidekiq and Gitaly logs, and streamed audit events",
    dataset: "gitlab.log",
    signs: &[
        "controller & action & correlation_id",
        "method & path & controller & format & status",
        "severity & time & correlation_id",
        "entity_type & author_name & target_details & entity_path",
        "author_id & author_name & entity_id & entity_type & created_at",
        "grpc.service & grpc.method & correlation_id",
        "class & jid & correlation_id",
        "severity & time & meta.caller_id",
    ],
    map: r#"
event.kind = event
@timestamp < time created_at
log.level < severity level
http.request.method < method
url < path
http.response.status_code < status | unless 0
user.name < username user author_name meta.user details.author_name
user.id < user_id author_id
source client < remote_ip ip_address meta.remote_ip details.ip_address remote_addr
user_agent.original < ua user_agent
event.duration < duration_s | s
event.action < event_name custom_message details.custom_message action
user.target.name < target_details details.target_details
message < message msg exception.message
event.reason < exception.message error
trace.id < correlation_id
when controller = SessionsController & action = create
    event.category = authentication
    event.action = login
    event.outcome < status { 302=success 303=success 0=failure 200=failure 401=failure 422=failure 403=failure }
    user.name < params.user.login
when params.user.login
    user.name < params.user.login
when message ^ "Failed Login:" "Successful Login:"
    event.category = authentication
    event.action = login
    event.outcome < message | before " Login" { Failed=failure Successful=success }
    user.name < message | after username= | before space
    source < message | after ip=
when entity_type & author_name
    event.category = iam
when controller
    event.category = web
"#,
    first: Some(login_param),
    ..PLAIN
};

/// The parameters are pairs of a list: `{"key":"user","value":{"login":"eve"}}`.
fn login_param(say: &mut crate::coded::json_map::Say<'_>) {
    let login = say.text("params.user.login");
    let login = if login.is_empty() { say.text("params.value.login") } else { login };
    say.set("user.name", &login);
}

/// Atlassian's audits.
pub const ATLASSIAN: JsonProduct = JsonProduct {
    id: "atlassian_audit",
    title: "Atlassian audit log (Jira, Confluence, Bitbucket)",
    about: "What users and administrators did in Atlassian's products, in the data centre and in the cloud",
    dataset: "atlassian.audit",
    signs: &[
        "author.type & type.category & timestamp",
        "type.actionI18nKey & timestamp",
        "auditType.action & author.name & timestamp",
        "timestamp & author.id & auditType.category",
        "summary & created & category & objectItem.typeName",
        "summary & created & category & eventSource & id",
        "summary & creationDate & author.type & affectedObject.objectType",
        "attributes.action & attributes.actor.email & attributes.time",
    ],
    map: r#"
event.kind = event
@timestamp < timestamp created creationDate attributes.time
event.id < id
event.action < type.actionI18nKey auditType.actionI18nKey summary type.action auditType.action attributes.action
event.provider < system
user.name < author.name authorKey author.username author.displayName attributes.actor.name | unless System
user.id < author.id authorAccountId author.accountId attributes.actor.id | unless -2
user.email < attributes.actor.email
source < source remoteAddress attributes.location.ip
when objectItem.typeName = USER
    user.target.name < objectItem.name
when associatedItems.typeName = USER
    user.target.name < associatedItems.name | first
when affectedObjects.type = USER User
    user.changes.name < affectedObjects.name | first
when objectItem.typeName = GROUP & !associatedItems.typeName
    group.name < objectItem.name
when :event.action ~ login.failed "login failed" authentication.failed Failed
    event.category = authentication
    event.outcome = failure
when :event.action ~ login.successful "login successful" logged.in authentication.success
    event.category = authentication
    event.outcome = success
when category = "user management"
    event.category = iam
    event.type < summary { "User created"=user+creation "User deleted"=user+deletion *=user+change }
when category = "group management"
    event.category = iam
    event.type < summary { "Group created"=group+creation "Group deleted"=group+deletion *=group+change }
when type.category = Security Permissions permissions "Users and groups" "user management" "group management" "Global administration"
    event.category = iam
when :event.action $ user.created users.created
    event.category = iam
    event.type = user+creation
when :event.action ~ token.created token.deleted
    event.category = iam
    event.type < type.action { "Personal access token created"=admin+creation *=admin+deletion }
when :event.action ~ project.created
    event.category = configuration
    event.type = creation
when :event.action ~ project.deleted
    event.category = configuration
    event.type = deletion
event.type = info
message < summary type.action auditType.action
"#,
    guess: false,
    ..PLAIN
};
