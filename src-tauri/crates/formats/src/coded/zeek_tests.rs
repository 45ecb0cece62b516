//! Tests of both ways in which Zeek writes.

use super::*;
use crate::coded::check::{fixture, parse, real_bytes, real_files, show, sniff, survive};
use crate::coded::zeek_json::ZeekJson;

#[test]
fn fixtures_read_as_they_should() {
    for name in ["conn.log", "joined.log", "ssh.log"] {
        let bytes = fixture(&format!("zeek_tsv/{name}"));
        assert_eq!(sniff(&ZeekTsv, &bytes, name), 1.0, "{name}");
        insta::assert_snapshot!(format!("zeek_tsv_{name}"), show(&parse(&ZeekTsv, &bytes)));
    }
    for name in ["conn.json", "mixed.json"] {
        let bytes = fixture(&format!("zeek_json/{name}"));
        assert!(sniff(&ZeekJson, &bytes, name) > 0.9, "{name}");
        insta::assert_snapshot!(format!("zeek_json_{name}"), show(&parse(&ZeekJson, &bytes)));
    }
}

#[test]
fn seconds_are_exact() {
    for (text, ns) in [
        ("1320279554.496300", Some(1_320_279_554_496_300_000)),
        ("0", Some(0)),
        ("1.5", Some(1_500_000_000)),
        ("1713484795.943239123", Some(1_713_484_795_943_239_123)),
        ("", None),
        (".5", None),
        ("-1.0", None),
        ("12345678901", None),
        ("1e5", None),
    ] {
        assert_eq!(seconds(text.as_bytes()), ns, "{text}");
    }
}

#[test]
fn escapes_are_undone() {
    assert_eq!(unescape(b"a\\x09b\\x2cc\\xzz"), Some(b"a\tb,c\\xzz".to_vec()));
    assert_eq!(unescape(b"O=Amazon.com\\, Inc."), None);
}

#[test]
fn another_separator_and_no_types_are_understood() {
    let log = b"#separator |\n#path|conn\n#fields|ts|uid|id.orig_h\n1.5|C1|192.0.2.1\n";
    let keep = parse(&ZeekTsv, log);
    assert_eq!(keep.events.len(), 1);
    assert_eq!(keep.events[0].time_ns, Some(1_500_000_000));
    assert_eq!(keep.events[0].get("source.ip").as_deref(), Some("192.0.2.1"));
}

#[test]
fn what_does_not_fit_the_header_is_a_problem() {
    let log = b"1.0\tC0\n#separator \\x09\n#path\tx\n#fields\tts\tuid\n#types\ttime\tstring\n1.0\tC1\textra\n2.0\tC2\n3.0";
    let keep = parse(&ZeekTsv, log);
    assert_eq!(keep.events.len(), 1);
    let kinds: Vec<_> = keep.problems.iter().map(|p| (p.line, p.kind)).collect();
    assert_eq!(
        kinds,
        [(1, ProblemKind::Malformed), (6, ProblemKind::Malformed), (8, ProblemKind::Truncated)]
    );
}

#[test]
fn both_ways_of_writing_give_the_same_fields() {
    let tsv = b"#separator \\x09\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\tquery\tqtype_name\tanswers\tTTLs\tAA\n\
        #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tstring\tstring\tvector[string]\tvector[interval]\tbool\n\
        1700000000.250000\tC1\t192.0.2.1\t53000\t198.51.100.53\t53\tudp\t7\texample.com\tA\t203.0.113.1,203.0.113.2\t60.5,60.5\tF\n";
    let json = br#"{"_path":"dns","ts":1700000000.25,"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":53000,"id.resp_h":"198.51.100.53","id.resp_p":53,"proto":"udp","trans_id":7,"query":"example.com","qtype_name":"A","answers":["203.0.113.1","203.0.113.2"],"TTLs":[60.5,60.5],"AA":false}"#;
    let (mut tsv, mut json) = (parse(&ZeekTsv, tsv), parse(&ZeekJson, json));
    tsv.events[0].fields.sort();
    json.events[0].fields.sort();
    assert_eq!(tsv.events[0].fields, json.events[0].fields);
    assert_eq!(tsv.events[0].time_ns, json.events[0].time_ns);
}

#[test]
fn a_login_is_one_only_when_zeek_knows() {
    let outcome = |more: &str| {
        let json =
            format!(r#"{{"ts":1700000000.0,"uid":"C","id.orig_h":"192.0.2.1","auth_attempts":1{more}}}"#);
        let keep = parse(&ZeekJson, json.as_bytes());
        (keep.events[0].get("event.category"), keep.events[0].get("event.outcome"))
    };
    let login = Some("authentication".to_owned());
    assert_eq!(outcome(r#","auth_success":true"#), (login.clone(), Some("success".into())));
    assert_eq!(outcome(r#","auth_success":false"#), (login, Some("failure".into())));
    assert_eq!(outcome(""), (Some("network".into()), None));
}

/// Lines that are records, counted without the reader: neither empty nor a header.
fn rows(bytes: &[u8]) -> usize {
    bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty() && !l.starts_with(b"#")).count()
}

#[test]
fn real_logs_are_whole() {
    let mut files = real_files("zeek/tsv");
    files.extend(real_files("zeek/rotated_hourly_gz"));
    files.extend(real_files("zeek/wrccdc_tsv_gz"));
    files.extend(real_files("zeek").into_iter().filter(|f| f.ends_with(".0")));
    for file in files {
        let bytes = real_bytes(&file).unwrap();
        let keep = parse(&ZeekTsv, &bytes);
        assert_eq!(
            (keep.events.len(), keep.problems.len()),
            (rows(&bytes), 0),
            "{file} {:?}",
            keep.problems.first()
        );
        assert!(keep.events.iter().all(|e| e.time_ns.is_some()), "{file}");
        assert_eq!(sniff(&ZeekTsv, &bytes, &file), 1.0, "{file}");
    }
    let mut files = real_files("zeek/json");
    files.extend(real_files("zeek/wrccdc_json_gz"));
    files.extend(real_files("zeek").into_iter().filter(|f| f.ends_with("ndjson")));
    for file in files {
        let bytes = real_bytes(&file).unwrap();
        let keep = parse(&ZeekJson, &bytes);
        assert_eq!(
            (keep.events.len(), keep.problems.len()),
            (rows(&bytes), 0),
            "{file} {:?}",
            keep.problems.first()
        );
        let undated = keep.events.iter().filter(|e| e.time_ns.is_none()).count();
        assert_eq!(undated, 0, "{file}");
        assert!(sniff(&ZeekJson, &bytes, &file) > 0.9, "{file} {}", sniff(&ZeekJson, &bytes, &file));
        let unnamed =
            keep.events.iter().filter(|e| e.get("event.dataset").as_deref() == Some("zeek")).count();
        println!("{file}: {} events, {unnamed} of an unknown log", keep.events.len());
    }
}

#[test]
fn other_text_is_not_claimed() {
    for text in ["# a comment\n# fields\n", "ts\tuid\n1\t2\n", "", "{\"ts\":1}", "{\"uid\":\"x\",\"time\":1}"]
    {
        assert_eq!(sniff(&ZeekTsv, text.as_bytes(), "conn.log"), 0.0, "{text}");
        assert_eq!(sniff(&ZeekJson, text.as_bytes(), "conn.log"), 0.0, "{text}");
    }
}

#[test]
fn broken_in_any_way_it_is_read_to_its_end() {
    let marks: [&[u8]; 9] =
        [b"\t", b"\n", b"#", b"#fields\t", b"\n#separator \\x09\n", b"-", b"\\x", b",", b"\xff"];
    survive(&ZeekTsv, &fixture("zeek_tsv/joined.log"), 2_000, &marks);
    let marks: [&[u8]; 6] = [b"{", b"}", b"\"", b"\n", b"\\", b"\"_path\":\""];
    survive(&ZeekJson, &fixture("zeek_json/mixed.json"), 2_000, &marks);
}
