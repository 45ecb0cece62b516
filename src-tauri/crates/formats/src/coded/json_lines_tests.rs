use super::*;
use crate::coded::check::{fixture, parse, real_bytes, real_files, show, sniff, survive};
use serde_json::Value as Tree;
use timberline_model::ProblemKind;

fn one(json: &str) -> crate::coded::check::Seen {
    let mut keep = parse(&JsonLines, json.as_bytes());
    assert_eq!((keep.events.len(), keep.problems.len()), (1, 0), "{json} {:?}", keep.problems);
    keep.events.remove(0)
}

fn fields(json: &str, expect: &[(&str, &str)]) {
    let event = one(json);
    for (name, value) in expect {
        assert_eq!(event.get(name).as_deref(), Some(*value), "{name} of {json}: {:?}", event.fields);
    }
}

#[test]
fn well_known_names_get_their_ecs_name() {
    fields(
        r#"{"src_ip":"192.0.2.1","dest_ip":"198.51.100.2","dest_port":22,"proto":"TCP","src_port":"4000","user":"eve"}"#,
        &[
            ("source.ip", "192.0.2.1"),
            ("destination.ip", "198.51.100.2"),
            ("destination.port", "22"),
            ("source.port", "4000"),
            ("network.transport", "tcp"),
            ("user.name", "eve"),
            ("event.category", "network"),
            ("src_ip", "192.0.2.1"),
        ],
    );
    fields(
        r#"{"client_ip":"192.0.2.1:5555","method":"GET","status":"404","url":"/x","level":40}"#,
        &[
            ("source.ip", "192.0.2.1"),
            ("source.port", "5555"),
            ("http.response.status_code", "404"),
            ("event.category", "web"),
            ("log.level", "warning"),
        ],
    );
    fields(
        r#"{"source":{"ip":"192.0.2.7"},"log.level":"error"}"#,
        &[("source.ip", "192.0.2.7"), ("log.level", "error")],
    );
    fields(
        r#"{"source":"192.0.2.7","line":5}"#,
        &[("source.ip", "192.0.2.7"), ("json.source", "192.0.2.7"), ("json.line", "5")],
    );
}

#[test]
fn times_are_found_and_leave_their_field() {
    let ns = |json| one(json).time_ns;
    let want = Some(1_700_000_000_000_000_000);
    assert_eq!(ns(r#"{"timestamp":"2023-11-14T22:13:20Z"}"#), want);
    assert_eq!(ns(r#"{"ts":1700000000}"#), want);
    assert_eq!(ns(r#"{"time":1700000000000}"#), want);
    assert_eq!(ns(r#"{"__REALTIME_TIMESTAMP":"1700000000000000"}"#), want);
    assert_eq!(ns(r#"{"a":{"ts":1700000000.0}}"#), want);
    assert_eq!(ns(r#"{"t":{"$date":"2023-11-14T22:13:20.000+00:00"}}"#), want);
    assert_eq!(ns(r#"{"time":12,"date":"2023-11-14T22:13:20Z"}"#), want);
    assert_eq!(ns(r#"{"count":12}"#), None);
    // Of other names only a date is believed, and it stays.
    assert_eq!(ns(r#"{"job":{"runTime":"2023-11-14T22:13:20Z"}}"#), want);
    assert_eq!(ns(r#"{"runTime":1700000000,"expirationTime":"2023-11-14T22:13:20Z"}"#), None);
    assert_eq!(one(r#"{"runTime":"2023-11-14T22:13:20Z"}"#).fields.len(), 1);
    let event = one(r#"{"@timestamp":"2023-11-14T22:13:20Z","created":"2023-11-14T22:13:21Z"}"#);
    assert_eq!(event.fields.len(), 1, "{:?}", event.fields);
    assert_eq!(event.get("created").as_deref(), Some("2023-11-14T22:13:21Z"));
}

#[test]
fn a_time_that_makes_no_sense_is_a_remark() {
    let keep = parse(&JsonLines, br#"{"timestamp":"once upon a time","msg":"x"}"#);
    assert_eq!(keep.events.len(), 1);
    assert_eq!(keep.problems.len(), 1);
    assert_eq!((keep.problems[0].bytes, keep.events[0].time_ns), (0, None));
    assert_eq!(keep.events[0].get("timestamp").as_deref(), Some("once upon a time"));
}

#[test]
fn what_is_too_deep_is_an_event_with_its_text() {
    let deep = format!("{{\"a\":{}1{}}}\n{{\"b\":2}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let keep = parse(&JsonLines, deep.as_bytes());
    assert_eq!((keep.events.len(), keep.problems.len(), keep.problem_bytes), (2, 1, 0));
    assert_eq!(keep.problems[0].kind, ProblemKind::Limit);
    assert!(keep.events[0].get("message").unwrap().starts_with("{\"a\":[["));
    assert!(sniff(&JsonLines, &[deep.as_bytes(), &b"{\"c\":3}\n".repeat(9)].concat(), "x") > 0.5);
}

#[test]
fn numbers_that_no_computer_holds_and_names_that_stand_twice_are_kept() {
    let event = one(r#"{"n":123456789012345678901234567890,"x":1e999,"ok":18446744073709551615,"t":true}"#);
    assert_eq!(event.get("n").as_deref(), Some("123456789012345678901234567890"));
    assert_eq!(event.get("x").as_deref(), Some("1e999"));
    assert_eq!(event.get("ok").as_deref(), Some("18446744073709551615"));
    assert_eq!(event.get("t").as_deref(), Some("true"));
    let keep = parse(&JsonLines, br#"{"user":"a","user":"b"}"#);
    assert_eq!((keep.events.len(), keep.problems.len(), keep.problem_bytes), (1, 1, 0));
    assert_eq!(keep.events[0].get("user").as_deref(), Some("a, b"));
}

#[test]
fn lists_keep_their_elements() {
    let event = one(r#"{"tags":["a","b"],"n":[1],"o":[{"k":1,"v":"x"},{"k":2,"v":"y"}],"e":[]}"#);
    assert_eq!(event.get("tags").as_deref(), Some("a, b"));
    assert_eq!(event.get("n").as_deref(), Some("1"));
    assert_eq!(event.get("o.k").as_deref(), Some("1, 2"));
    assert_eq!(event.get("o.v").as_deref(), Some("x, y"));
    assert_eq!(event.get("e"), None);
}

#[test]
fn two_names_for_one_thing_keep_both() {
    let event = one(r#"{"msg":"short","message":"long"}"#);
    assert_eq!((event.get("message").as_deref(), event.get("msg").as_deref()), (Some("long"), Some("short")));
}

#[test]
fn fixtures_read_as_they_should() {
    for name in ["lines.ndjson", "pretty.json"] {
        let bytes = fixture(&format!("json/{name}"));
        assert!(sniff(&JsonLines, &bytes, name) > 0.6, "{name}");
        insta::assert_snapshot!(format!("json_{name}"), show(&parse(&JsonLines, &bytes)));
    }
}

/// Records of a real file counted without Timberline's framing, by serde_json's own stream reader.
fn counted(bytes: &[u8]) -> usize {
    let mut records = 0;
    for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Tree>() {
        match value.unwrap() {
            Tree::Array(list) => records += list.len(),
            Tree::Object(map) if map.contains_key("Records") => {
                records += map["Records"].as_array().unwrap().len()
            }
            Tree::Object(map) if map.contains_key("resourceLogs") => {
                let lists = |v: &Tree, key: &str| v[key].as_array().cloned().unwrap_or_default();
                for resource in map["resourceLogs"].as_array().unwrap() {
                    for scope in lists(resource, "scopeLogs") {
                        records += lists(&scope, "logRecords").len();
                    }
                }
            }
            _ => records += 1,
        }
    }
    records
}

#[test]
fn real_files_have_as_many_events_as_records() {
    let broken = ["invalid", "mixed", "caddy"];
    let folders = ["json", "ids", "cloud", "cloud/stratus", "zeek/json", "zeek/wrccdc_json_gz"];
    for file in folders.into_iter().flat_map(real_files) {
        let json = file.contains("json")
            || file.contains("bunyan")
            || file.contains("pino")
            || file.contains("next");
        if !json || file.ends_with(".zip") || file.ends_with("_json") {
            continue;
        }
        let bytes = real_bytes(&file).unwrap();
        let keep = parse(&JsonLines, &bytes);
        if !broken.iter().any(|b| file.contains(b)) {
            assert!(keep.problem_bytes == 0, "{file} {:?}", keep.problems.first());
            assert_eq!(keep.events.len(), counted(&bytes), "{file}");
        }
        let sure = sniff(&JsonLines, &bytes, &file);
        assert!(sure > 0.3 || file.contains("caddy"), "{file} {sure}");
        let undated = keep.events.iter().filter(|e| e.time_ns.is_none()).count();
        println!("{file}: {} events, {undated} undated, {} problems", keep.events.len(), keep.problems.len());
        for problem in keep.problems.iter().take(3) {
            println!("    {problem:?}");
        }
    }
}

#[test]
fn broken_real_files_lose_only_what_is_broken() {
    for (file, events, problems) in [("invalid_json", 4, 1), ("json_invalid", 12, 1), ("mixed_json2", 18, 0)]
    {
        let Some(bytes) = real_bytes(&format!("json/lnav_logfile_{file}.json")) else { return };
        let keep = parse(&JsonLines, &bytes);
        assert_eq!(
            (keep.events.len(), keep.problems.len()),
            (events, problems),
            "{file} {:?}",
            keep.problems
        );
    }
}

#[test]
fn other_text_is_not_claimed() {
    for text in [
        "Jan  1 00:00:00 host sshd[1]: x\n",
        "[2024-01-01 10:00:00] ERROR x\n[2024] y\n",
        "a,b,c\n1,2,3\n",
        "",
        "<Event/>",
    ] {
        assert_eq!(sniff(&JsonLines, text.as_bytes(), "x.json"), 0.0, "{text}");
    }
}

#[test]
fn broken_in_any_way_it_is_read_to_its_end() {
    let seeds: [&[u8]; 4] = [
        b"{\"ts\":1700000000,\"msg\":\"a \\\"b\\\" \\u00e9\"}\n{\"ts\":1700000001,\"o\":{\"a\":[1,2,{\"b\":null}]}}\r\n{\"x\":true}\n",
        b"[\n  {\n    \"a\": 1,\n    \"b\": [\n      {\"c\": \"d\"}\n    ]\n  },\n  {\n    \"a\": 2\n  }\n]\n",
        b"{\"Records\":[{\"a\":1},{\"b\":{\"c\":\"}\"}},{\"d\":[]}],\"n\":{\"x\":1}}{\"Records\":[{\"a\":1}]}",
        b"plain text\n{\"a\":1}\n[1,2]\n{\"b\":\n2}\n",
    ];
    let marks: [&[u8]; 12] =
        [b"{", b"}", b"[", b"]", b"\"", b"\n", b"\\", b",", b"{\"a\":", b"\n[\n", b"\n{\n", b"\xff\xfe\0"];
    for seed in seeds {
        survive(&JsonLines, seed, 300, &marks);
    }
}

#[test]
fn windows_events_in_json_mean_what_they_mean_in_xml() {
    let failed = [
        ("event.action", "logon-failed"),
        ("event.outcome", "failure"),
        ("user.name", "bob"),
        ("source.ip", "192.0.2.4"),
    ];
    fields(
        r#"{"EventID":4625,"Channel":"Security","SubjectUserName":"ws1$","TargetUserName":"bob","IpAddress":"192.0.2.4"}"#,
        &failed,
    );
    fields(
        r#"{"Event":{"System":{"EventID":4625,"Channel":"Security","Computer":"ws1","TimeCreated":{"\u0023attributes":{"SystemTime":"2023-11-14T22:13:20Z"}}},"EventData":{"TargetUserName":"bob","IpAddress":"192.0.2.4"}}}"#,
        &failed,
    );
    fields(
        r#"{"winlog":{"event_id":4720,"channel":"Security","event_data":{"SubjectUserName":"admin","TargetUserName":"bob"}}}"#,
        &[
            ("event.action", "added-user-account"),
            ("user.name", "admin"),
            ("user.target.name", "bob"),
            ("event.code", "4720"),
        ],
    );
    // Someone else's EventID.
    assert_eq!(one(r#"{"EventID":4625,"TargetUserName":"bob"}"#).get("event.outcome"), None);
}
