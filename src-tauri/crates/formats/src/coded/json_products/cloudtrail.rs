//! AWS CloudTrail: log files (`{"Records": [...]}`), event arrays, one event a line, exports of `LookupEvents` (whose
//! `CloudTrailEvent` is the event as JSON inside a text), EventBridge's `detail` and CloudWatch's `logEvents`. Beside the
//! ECS fields all of CloudTrail's own stay under their own dotted names (`requestParameters.bucketName`), as rules name them.

use super::{JsonProduct, PLAIN};

/// AWS CloudTrail.
pub const CLOUDTRAIL: JsonProduct = JsonProduct {
    id: "cloudtrail",
    title: "AWS CloudTrail",
    about: "Calls to AWS, as CloudTrail delivers them to S3, CloudWatch and EventBridge or LookupEvents exports them: \
            who, from where, what, with what outcome; console logins as logins",
    dataset: "aws.cloudtrail",
    signs: &[
        "eventName & eventSource & awsRegion",
        "eventName & eventSource & eventTime",
        "EventName & EventSource & CloudTrailEvent",
    ],
    map: r#"
@timestamp < eventTime EventTime @timestamp
event.kind = event
event.id < eventID EventId
event.provider < eventSource EventSource
cloud.provider = aws
cloud.region < awsRegion
cloud.account.id < recipientAccountId userIdentity.accountId
source < sourceIPAddress
user_agent.original < userAgent
event.reason < errorMessage
event.code < errorCode
user.id < userIdentity.principalId
when userIdentity.type = Root
    user.name = root
when userIdentity.type = AWSService
    user.name < userIdentity.invokedBy
user.name < userIdentity.userName userIdentity.sessionContext.sessionIssuer.userName
user.name < userIdentity.arn | after / | last /
user.name < userIdentity.invokedBy Username
user.target.name < requestParameters.userName responseElements.user.userName
group.name < requestParameters.groupName responseElements.group.groupName
user.roles < requestParameters.roleName
when eventName = ConsoleLogin
    event.category = authentication
    event.action = console_login
    event.type = info
    event.outcome < responseElements.ConsoleLogin { Success=success Failure=failure }
    event.outcome < errorMessage | { *=failure }
when eventName = GetSessionToken AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetFederationToken SwitchRole
    event.category = authentication
event.action < eventName EventName
event.outcome < errorCode { *=failure }
when eventName
    event.outcome = success
when eventSource = iam.amazonaws.com
    event.category = iam
    when eventName ~ AccessKey SSHPublicKey User LoginProfile MFADevice
        event.type < eventName | { CreateUser=user+creation DeleteUser=user+deletion CreateAccessKey=user+change *=user+change }
    when eventName ~ Group
        event.type < eventName { CreateGroup=group+creation DeleteGroup=group+deletion *=group+change }
when eventName ^ Create Run Allocate Import
    event.type = creation
when eventName ^ Delete Terminate Remove Release
    event.type = deletion
when eventName ^ Update Put Modify Attach Detach Set Add Associate Disassociate Authorize Revoke Stop Start Enable Disable
    event.type = change
when eventName ^ Get List Describe Head Lookup
    event.type = access
event.category = api
"#,
    guess: false,
    ..PLAIN
};

#[cfg(test)]
#[path = "cloudtrail_tests.rs"]
mod tests;
