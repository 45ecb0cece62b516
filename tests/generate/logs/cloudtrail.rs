//! CloudTrail events, one a line, with the names of AWS's "CloudTrail record contents".

use crate::log::Log;
use serde_json::{Value, json};
use timberline_model::time::{SECOND, rfc3339};

/// One call.
pub struct Call<'a> {
    pub user: &'a str,
    pub from: &'a str,
    /// `s3`, `iam`, `signin`, `ec2`, `sts`.
    pub service: &'a str,
    pub name: &'a str,
    pub request: Value,
    pub error: Option<&'a str>,
}

pub fn call(log: &mut Log, time: i64, c: &Call<'_>) {
    let login = c.name == "ConsoleLogin";
    let answer = match (login, c.error) {
        (true, Some(_)) => json!({"ConsoleLogin": "Failure"}),
        (true, None) => json!({"ConsoleLogin": "Success"}),
        _ => Value::Null,
    };
    let event = json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "accountId": "123456789012",
            "arn": format!("arn:aws:iam::123456789012:user/{}", c.user),
            "principalId": format!("AIDA{:0>16}", c.user.to_uppercase().replace(['.', '-'], "")),
            "type": "IAMUser",
            "userName": c.user,
        },
        "eventTime": rfc3339(time - time.rem_euclid(SECOND)),
        "eventSource": format!("{}.amazonaws.com", c.service),
        "eventName": c.name,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": c.from,
        "userAgent": if login { "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" } else { "aws-cli/2.24.5 md/awscrt#0.23.8 ua/2.0" },
        "requestParameters": c.request,
        "responseElements": answer,
        "eventID": format!("7d1c{:08x}-11aa-4b7e-9c55-{:012x}", log.len(), time / SECOND),
        "readOnly": c.name.starts_with("Get") || c.name.starts_with("List") || c.name.starts_with("Describe"),
        "eventType": if login { "AwsConsoleSignIn" } else { "AwsApiCall" },
        "managementEvent": c.service != "s3",
        "recipientAccountId": "123456789012",
    });
    // In the order of their names, whichever order the JSON crate was built to keep.
    let mut names: std::collections::BTreeMap<String, Value> =
        event.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    if let Some(error) = c.error {
        names.insert(if login { "errorMessage" } else { "errorCode" }.into(), error.into());
    }
    log.push(time, serde_json::to_string(&names).expect("plain data"));
}
