//! Okta's System Log.

use super::{JsonProduct, PLAIN};

/// The System Log.
pub const SYSTEM: JsonProduct = JsonProduct {
    id: "okta_system",
    title: "Okta System Log",
    about: "Logins, changes of users, groups and applications, and policy decisions of Okta",
    dataset: "okta.system",
    signs: &[
        "eventType & outcome.result & published",
        "eventType & displayMessage & published",
        "eventType & actor.alternateId & client.ipAddress",
        "eventType & legacyEventType",
    ],
    map: r#"
event.kind = event
@timestamp < published
event.id < uuid
event.action < eventType
message < displayMessage
log.level < severity | lower
event.outcome < outcome.result { SUCCESS ALLOW=success FAILURE DENY ABANDONED=failure *=unknown }
event.reason < outcome.reason
user < actor.alternateId
user.full_name < actor.displayName
user.id < actor.id
user.target < target.alternateId | first
user.target.full_name < target.displayName | first
user.target.id < target.id | first
source client < client.ipAddress
source.as.number < securityContext.asNumber
source.as.organization.name < securityContext.asOrg
source.geo.country_name < client.geographicalContext.country
source.geo.city_name < client.geographicalContext.city
user_agent.original < client.userAgent.rawUserAgent
host.name < client.device
url < debugContext.debugData.requestUri debugContext.debugData.url
rule.name < debugContext.debugData.behaviors
service.name < target.displayName
when eventType ^ user.session user.authentication user.mfa policy.evaluate_sign_on app.generic.unauth user.account.lock
    event.category = authentication
when eventType = user.session.start
    event.type = start
when eventType = user.session.end
    event.type = end
when eventType ^ user.lifecycle user.account group. application.user_membership iam. zone. policy. system.api_token
    event.category = iam
when eventType ^ security. 
    event.category = intrusion_detection
when eventType ^ app.oauth2
    event.category = authentication
when eventType ^ user.lifecycle.create
    event.type = user+creation
when eventType ^ user.lifecycle.delete
    event.type = user+deletion
when eventType ^ group.user_membership
    event.type = group+change
when eventType ^ user.lifecycle user.account
    event.type = user+change
event.category = configuration
event.type = info
"#,
    guess: false,
    ..PLAIN
};
