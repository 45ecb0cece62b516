//! AWS CloudTrail: log files (`{"Records": [...]}`), event arrays, one event a line, and exports of
//! `LookupEvents`, whose `CloudTrailEvent` is the event as JSON inside a text. Beside the ECS fields all of
//! CloudTrail's own stay under their own dotted names (`requestParameters.bucketName`), as rules name them.
//! Other clouds' audit logs are read as any JSON.

use super::flatten::{Leaf, Leaves, Lists, Meanings, flatten_bytes, give};
use super::json_lines::stamp;
use super::json_names::name_for;
use super::json_records::{Shape, Told, look, read};
use crate::normalise::entities::{SOURCE, is_ip};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// AWS CloudTrail.
pub struct CloudTrail;

impl Format for CloudTrail {
    fn about(&self) -> About {
        About {
            id: "cloudtrail",
            title: "AWS CloudTrail",
            about: "Calls to AWS, as CloudTrail delivers them to S3 or LookupEvents exports them: who, from where, \
                    what, with what outcome; console logins as logins",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(look) = look(head) else { return Confidence::none() };
        let ours = look.with(|names| {
            let has = |name: &str| names.iter().any(|n| n == name);
            has("eventName") && has("eventSource") && (has("eventTime") || has("awsRegion"))
                || has("CloudTrailEvent") && has("EventName")
        });
        if ours == 0 || ours * 2 < look.names.len() {
            return Confidence::none();
        }
        let part = look.part();
        Confidence {
            score: 0.97 * part,
            why: format!(
                "{ours} of the first {} records have CloudTrail's eventName and eventSource",
                look.names.len()
            ),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        read(input, ctx, out, &mut Trail::default())
    }
}

/// What is needed of an event once all of it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Keep,
    /// Kept under an ECS name only.
    As(FieldId),
    /// Kept, and under an ECS name.
    Also(FieldId),
    Time,
    Address,
    UserType,
    UserName,
    Issuer,
    InvokedBy,
    Arn,
    ErrorCode,
    ConsoleLogin,
    EventName,
    EventSource,
    /// When, as an export says around the event.
    OuterTime,
    /// When, as a shipper says that dropped the event's own time.
    Shipped,
    /// The whole event as text.
    Inner,
}

fn role(path: &str) -> Role {
    match path {
        "eventTime" => Role::Time,
        "eventName" => Role::EventName,
        "eventSource" => Role::EventSource,
        "awsRegion" => Role::As(known::CLOUD_REGION),
        "sourceIPAddress" => Role::Address,
        "userAgent" => Role::As(known::USER_AGENT),
        "errorCode" => Role::ErrorCode,
        "errorMessage" => Role::As(known::EVENT_REASON),
        "recipientAccountId" => Role::As(known::CLOUD_ACCOUNT_ID),
        "userIdentity.type" => Role::UserType,
        "userIdentity.userName" => Role::UserName,
        "userIdentity.sessionContext.sessionIssuer.userName" => Role::Issuer,
        "userIdentity.invokedBy" => Role::InvokedBy,
        "userIdentity.arn" => Role::Arn,
        "userIdentity.principalId" => Role::Also(known::USER_ID),
        "responseElements.ConsoleLogin" => Role::ConsoleLogin,
        "EventTime" => Role::OuterTime,
        "@timestamp" => Role::Shipped,
        "CloudTrailEvent" => Role::Inner,
        _ => Role::Keep,
    }
}

#[derive(Clone, Copy)]
struct Meaning {
    id: Option<FieldId>,
    role: Role,
}

#[derive(Default)]
struct Trail {
    meanings: Meanings<Meaning>,
    path: String,
    taken: Taken,
}

#[derive(Default)]
struct Taken {
    fields: Fields,
    lists: Lists,
    time: Option<String>,
    user_type: String,
    user_name: String,
    issuer: String,
    invoked_by: String,
    arn: String,
    event_name: String,
    event_source: String,
    login: String,
    error: String,
    inner: String,
    outer_time: String,
}

impl Taken {
    fn clear(&mut self) {
        self.fields.clear();
        self.lists.clear();
        self.time = None;
        for text in [
            &mut self.user_type,
            &mut self.user_name,
            &mut self.issuer,
            &mut self.invoked_by,
            &mut self.arn,
            &mut self.event_name,
            &mut self.event_source,
            &mut self.login,
            &mut self.error,
            &mut self.inner,
            &mut self.outer_time,
        ] {
            text.clear();
        }
    }

    /// Who it was. IAM's rule: a user by name, a role by the name of the role, a service by its own.
    fn who(&self) -> Option<&str> {
        let given = |text: &'_ str| !text.is_empty();
        let last_of_arn = || self.arn.rsplit('/').next().filter(|n| given(n) && *n != self.arn);
        match self.user_type.as_str() {
            "Root" => Some("root"),
            "AWSService" if given(&self.invoked_by) => Some(&self.invoked_by),
            _ if given(&self.user_name) => Some(&self.user_name),
            _ if given(&self.issuer) => Some(&self.issuer),
            _ => last_of_arn().or(Some(self.invoked_by.as_str()).filter(|n| given(n))),
        }
    }

    fn settle(&mut self, ctx: &ParseContext) -> (Option<Stamp>, Option<String>) {
        self.lists.give(&mut self.fields);
        if let Some(who) = self.who().map(str::to_owned) {
            self.fields.text(known::USER_NAME, &who);
        }
        let failed = !self.error.is_empty() || self.login == "Failure";
        if !self.event_name.is_empty() || failed {
            self.fields.text(known::EVENT_OUTCOME, if failed { "failure" } else { "success" });
        }
        if self.event_name == "ConsoleLogin" {
            self.fields.text(known::EVENT_CATEGORY, "authentication");
            self.fields.text(known::EVENT_ACTION, "console_login");
        } else {
            let iam = self.event_source.starts_with("iam.");
            self.fields.text(known::EVENT_CATEGORY, if iam { "iam" } else { "api" });
            if !self.event_name.is_empty() {
                self.fields.text(known::EVENT_ACTION, &self.event_name);
            }
        }
        self.fields.text(known::CLOUD_PROVIDER, "aws");
        self.fields.text(known::EVENT_DATASET, "aws.cloudtrail");
        match &self.time {
            Some(text) => match stamp(ctx, Leaf::Text(text)) {
                Some(stamp) => (Some(stamp), None),
                None => (None, Some(text.chars().take(60).collect())),
            },
            None => (stamp(ctx, Leaf::Text(&self.outer_time)), None),
        }
    }
}

struct Taking<'a> {
    meanings: &'a mut Meanings<Meaning>,
    taken: &'a mut Taken,
    out: &'a mut dyn Sink,
}

impl Leaves for Taking<'_> {
    fn leaf(&mut self, path: &str, value: Leaf<'_>, listed: bool) {
        let out = &mut *self.out;
        let meaning =
            self.meanings.of(path, |path| Meaning { id: out.field(&name_for(path)), role: role(path) });
        let taken = &mut *self.taken;
        if listed {
            if let Some(id) = meaning.id {
                taken.lists.push(id, value);
            }
            return;
        }
        let text = if let Leaf::Text(text) = value { text } else { "" };
        match meaning.role {
            Role::Keep => {}
            Role::As(id) => return give(&mut taken.fields, id, value),
            Role::Also(id) => give(&mut taken.fields, id, value),
            Role::Time => {
                taken.time = Some(text.to_owned());
                return;
            }
            Role::Address => {
                if is_ip(text.as_bytes()) {
                    taken.fields.text(known::SOURCE_IP, text);
                } else {
                    // "AWS Internal" or a service's name.
                    SOURCE.host(&mut taken.fields, text.as_bytes());
                }
                return;
            }
            Role::UserType => text.clone_into(&mut taken.user_type),
            Role::UserName => text.clone_into(&mut taken.user_name),
            Role::Issuer => text.clone_into(&mut taken.issuer),
            Role::InvokedBy => text.clone_into(&mut taken.invoked_by),
            Role::Arn => text.clone_into(&mut taken.arn),
            Role::ErrorCode => text.clone_into(&mut taken.error),
            Role::ConsoleLogin => text.clone_into(&mut taken.login),
            Role::EventName => text.clone_into(&mut taken.event_name),
            Role::EventSource => {
                text.clone_into(&mut taken.event_source);
                taken.fields.text(known::EVENT_PROVIDER, text);
            }
            Role::Shipped => {
                text.clone_into(&mut taken.outer_time);
                return;
            }
            Role::OuterTime => text.clone_into(&mut taken.outer_time),
            Role::Inner => {
                text.clone_into(&mut taken.inner);
                return;
            }
        }
        if let Some(id) = meaning.id {
            give(&mut taken.fields, id, value);
        }
    }
}

impl Shape for Trail {
    fn read(&mut self, json: &[u8], ctx: &ParseContext, out: &mut dyn Sink) -> Result<Told, String> {
        self.taken.clear();
        let mut taking = Taking { meanings: &mut self.meanings, taken: &mut self.taken, out };
        let mended = flatten_bytes(json, &mut self.path, &mut taking)?;
        if !self.taken.inner.is_empty() {
            let inner = std::mem::take(&mut self.taken.inner);
            let mut taking = Taking { meanings: &mut self.meanings, taken: &mut self.taken, out };
            // A broken inner event still leaves what the export says around it.
            if flatten_bytes(inner.as_bytes(), &mut self.path, &mut taking).is_err() {
                self.taken.fields.text(known::MESSAGE, &inner);
            }
        }
        let (time, bad_time) = self.taken.settle(ctx);
        Ok(Told { time, mended: Some(mended), bad_time })
    }

    fn fields(&self) -> &Fields {
        &self.taken.fields
    }
}

#[cfg(test)]
#[path = "cloudtrail_tests.rs"]
mod tests;
