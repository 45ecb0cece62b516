//! Tests of [`super`].

use super::*;
use crate::coded::check::{Seen, fixture, parse, real_bytes, real_files, sniff, survive};

fn event(json: &str) -> Seen {
    let mut keep = parse(&CLOUDTRAIL, json.as_bytes());
    assert_eq!((keep.events.len(), keep.problems.len()), (1, 0), "{json}");
    keep.events.remove(0)
}

fn check(json: &str, expect: &[(&str, Option<&str>)]) {
    let event = event(json);
    for (name, value) in expect {
        assert_eq!(event.get(name).as_deref(), *value, "{name} of {json}");
    }
}

#[test]
fn a_console_login_is_a_login() {
    check(
        r#"{"eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","sourceIPAddress":"192.0.2.4",
            "userIdentity":{"type":"IAMUser","userName":"alice"},"responseElements":{"ConsoleLogin":"Failure"},
            "errorMessage":"Failed authentication"}"#,
        &[
            ("event.category", Some("authentication")),
            ("event.action", Some("console_login")),
            ("event.outcome", Some("failure")),
            ("event.reason", Some("Failed authentication")),
            ("user.name", Some("alice")),
            ("source.ip", Some("192.0.2.4")),
            ("eventName", Some("ConsoleLogin")),
        ],
    );
    check(
        r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"Root"},"responseElements":{"ConsoleLogin":"Success"}}"#,
        &[("event.outcome", Some("success")), ("user.name", Some("root"))],
    );
}

#[test]
fn who_it_was_follows_the_kind_of_identity() {
    let who = |identity: &str| event(&format!(r#"{{"userIdentity":{identity}}}"#)).get("user.name");
    assert_eq!(
        who(
            r#"{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/Admin/eve","sessionContext":{"sessionIssuer":{"userName":"Admin"}}}"#
        ),
        Some("Admin".into())
    );
    assert_eq!(
        who(r#"{"type":"FederatedUser","arn":"arn:aws:sts::1:federated-user/eve"}"#),
        Some("eve".into())
    );
    assert_eq!(
        who(r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#),
        Some("ec2.amazonaws.com".into())
    );
    assert_eq!(who(r#"{"type":"AWSAccount","accountId":"1"}"#), None);
}

#[test]
fn a_shippers_time_counts_when_the_events_own_is_gone() {
    let time = |json: &str| event(json).time_ns;
    let own = time(r#"{"@timestamp":"2026-03-10T05:00:00Z","eventTime":"2026-03-10T02:00:00Z"}"#);
    assert_eq!(own, time(r#"{"eventName":"x","@timestamp":"2026-03-10T02:00:00.000Z"}"#));
    assert!(own.is_some());
}

#[test]
fn a_service_is_an_address_but_no_ip() {
    check(
        r#"{"eventName":"x","sourceIPAddress":"config.amazonaws.com","errorCode":"AccessDenied"}"#,
        &[
            ("source.ip", None),
            ("source.address", Some("config.amazonaws.com")),
            ("event.outcome", Some("failure")),
            ("errorCode", Some("AccessDenied")),
        ],
    );
}

/// (file, records as counted by Python's json module)
#[test]
fn real_trails_are_whole() {
    let wrapped = "cloud/derived_123456789012_CloudTrail_us-east-1_20240731T1955Z_records.json.gz";
    for (file, records) in [
        (wrapped, 29),
        ("json/derived_concatenated_cloudtrail.json", 20),
        ("cloud/plaso_aws_cloudtrail.jsonl", 6),
    ] {
        let Some(bytes) = real_bytes(file) else { return };
        let keep = parse(&CLOUDTRAIL, &bytes);
        assert_eq!((keep.events.len(), keep.problems.len()), (records, 0), "{file}");
        assert!(keep.events.iter().all(|e| e.time_ns.is_some() && e.get("event.action").is_some()), "{file}");
        assert!(sniff(&CLOUDTRAIL, &bytes, file) > 0.9, "{file}");
    }
    for file in real_files("cloud/stratus") {
        let bytes = real_bytes(&file).unwrap();
        let keep = parse(&CLOUDTRAIL, &bytes);
        let list: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((keep.events.len(), keep.problems.len()), (list.len(), 0), "{file}");
        for (event, tree) in keep.events.iter().zip(&list) {
            assert_eq!(event.get("eventName").as_deref(), tree["eventName"].as_str(), "{file}");
            assert_eq!(serde_json::from_slice::<serde_json::Value>(&event.raw).unwrap(), *tree, "{file}");
        }
        assert!(sniff(&CLOUDTRAIL, &bytes, &file) > 0.9, "{file}");
    }
}

#[test]
fn other_json_is_not_claimed() {
    for text in [r#"{"eventName":"click","page":"/"}"#, r#"{"eventTime":"2024-01-01T00:00:00Z"}"#, "[]", "{"]
    {
        assert_eq!(sniff(&CLOUDTRAIL, text.as_bytes(), "CloudTrail.json"), 0.0, "{text}");
    }
}

#[test]
fn broken_in_any_way_it_is_read_to_its_end() {
    let marks: [&[u8]; 6] = [b"{", b"}", b"]", b"\"", b"\n", b"\\"];
    survive(&CLOUDTRAIL, &fixture("cloudtrail/records.json"), 200, &marks);
    survive(&CLOUDTRAIL, &fixture("cloudtrail/lookup.jsonl"), 200, &marks);
}
