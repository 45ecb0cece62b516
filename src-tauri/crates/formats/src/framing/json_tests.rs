use super::*;
use timberline_model::{FieldId, Record};

/// Values and problems in the order in which they come, each at `line:offset`.
#[derive(Default)]
struct Log(Vec<String>, u64);

impl Sink for Log {
    fn field(&mut self, _: &str) -> Option<FieldId> {
        None
    }
    fn event(&mut self, _: &Record<'_>) -> Flow {
        Flow::Continue
    }
    fn problem(&mut self, kind: ProblemKind, line: u64, offset: u64, bytes: u64, _: &str, _: &[u8]) -> Flow {
        self.0.push(format!("{line}:{offset} {kind:?} {bytes}"));
        self.1 += bytes;
        Flow::Continue
    }
    fn filler(&mut self, bytes: u64) {
        self.1 += bytes;
    }
}

fn check(text: &str, expect: &[&str]) {
    let mut log = Log::default();
    let mut input = text.as_bytes();
    let mut values = Values::new(&mut input);
    while let Some(value) = values.next(&mut log).unwrap() {
        let (len, shown) = (value.bytes.len(), String::from_utf8_lossy(value.bytes).into_owned());
        let place = format!("{}:{}", value.line, value.offset);
        if value.kind != Kind::Json {
            log.0.push(format!("{place} {:?} {len}", value.kind));
            log.1 += len as u64;
            continue;
        }
        match serde_json::from_str::<serde_json::Value>(&shown) {
            Ok(_) => {
                log.0.push(format!("{place} {shown}"));
                log.1 += len as u64;
            }
            Err(why) => values.refuse(why.to_string()),
        }
    }
    assert_eq!(log.0, expect, "{text}");
    assert_eq!(log.1, text.len() as u64, "bytes of {text}");
}

#[test]
fn values_come_one_by_one() {
    check("{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}", &["1:0 {\"a\":1}", "2:8 {\"b\":2}", "4:18 {\"c\":3}"]);
    check(
        "{\"a\":1}{\"b\":2} {\"c\":3},\n{\"d\":4}",
        &["1:0 {\"a\":1}", "1:7 {\"b\":2}", "1:15 {\"c\":3}", "2:24 {\"d\":4}"],
    );
    check(
        "{\n \"a\": {\n  \"b\": 1\n }\n}\n{\"c\":3}\n",
        &["1:0 {\n \"a\": {\n  \"b\": 1\n }\n}", "6:24 {\"c\":3}"],
    );
    check("", &[]);
}

#[test]
fn lists_of_records_are_entered() {
    check("[{\"a\":1},{\"b\":2}]", &["1:1 {\"a\":1}", "1:9 {\"b\":2}"]);
    check(
        "[\n  {\"a\":1},\n  {\"b\":2}\n]\n{\"c\":3}",
        &["2:4 {\"a\":1}", "3:15 {\"b\":2}", "5:25 {\"c\":3}"],
    );
    check(
        "{\"Records\":[{\"a\":1},{\"b\":[{}]}],\"more\":{\"x\":[1]}}",
        &["1:12 {\"a\":1}", "1:20 {\"b\":[{}]}"],
    );
    check(
        "{\"@odata.context\":\"x\",\"value\": [ {\"a\":1} ] }{\"b\":2}",
        &["1:33 {\"a\":1}", "1:44 {\"b\":2}"],
    );
    check("{\"id\":1,\"events\":[{\"a\":1}]}", &["1:0 {\"id\":1,\"events\":[{\"a\":1}]}"]);
    check("{\"Records\":[]}", &[]);
    check(
        "{\"took\":1,\"hits\":{\"total\":{\"value\":2},\"hits\":[{\"a\":1}]},\"aggs\":{}}\n{\"b\":2}",
        &["1:46 {\"a\":1}", "2:67 {\"b\":2}"],
    );
    check(
        "{\"resourceLogs\":[{\"resource\":{},\"scopeLogs\":[{\"scope\":{},\"logRecords\":[{\"a\":1},{\"b\":2}]}]}]}\n",
        &["1:71 {\"a\":1}", "1:79 {\"b\":2}"],
    );
}

#[test]
fn broken_values_cost_as_little_as_can_be() {
    // Just the element, its line, or up to the next line that begins a value.
    check("[{\"a\":1},{bad},{\"b\":2}]", &["1:1 {\"a\":1}", "1:9 Malformed 5", "1:15 {\"b\":2}"]);
    check("{\"a\":1}\n{\"b\": oops}\n{\"c\":3}\n", &["1:0 {\"a\":1}", "2:8 Malformed 11", "3:20 {\"c\":3}"]);
    check("{\"a\":\"x\n{\"c\":3}\n", &["1:0 Malformed 7", "2:8 {\"c\":3}"]);
    check("{\"a\":1\n{\"c\":3}\n", &["1:0 Malformed 6", "2:7 {\"c\":3}"]);
    check("{\n  \"a\": {\n  },\n  oops\n}\n{\"c\":3}\n", &["1:0 Malformed 24", "6:25 {\"c\":3}"]);
    check("one\n{\"c\":3} two\n", &["1:0 Text 3", "2:4 {\"c\":3}", "2:12 Malformed 3"]);
    check("{\"a\":1}}\n]\n", &["1:0 {\"a\":1}", "1:7 Malformed 1", "2:9 Malformed 1"]);
}

#[test]
fn lines_of_text_are_handed_out_too() {
    check(
        "started\n{\"a\":1}\n[2026-03-10 02:13:04] INFO x\n[1, 2]\n[{\"b\":2}]\n}\n",
        &["1:0 Text 7", "2:8 {\"a\":1}", "3:16 Text 28", "4:45 [1, 2]", "5:53 {\"b\":2}", "6:62 Malformed 1"],
    );
}

#[test]
fn an_end_inside_a_value_is_said() {
    check("{\"a\":1}\n{\"b\":", &["1:0 {\"a\":1}", "2:8 Truncated 5"]);
    check("[{\"a\":1},", &["1:1 {\"a\":1}", "1:9 Truncated 0"]);
    check("[{\"a\":1},{\"b\"", &["1:1 {\"a\":1}", "1:9 Truncated 4", "1:13 Truncated 0"]);
    check("{\"a\":\n{\"b\":2}\n", &["1:0 Truncated 5", "2:6 {\"b\":2}"]);
}

#[test]
fn too_much_is_counted_and_not_kept() {
    let deep = format!("{{\"a\":{}1{}}}\n{{\"b\":2}}", "[".repeat(200), "]".repeat(200));
    check(&deep, &["1:0 Deep 407", "2:408 {\"b\":2}"]);
    check(&"[".repeat(300), &["1:1 Limit 299", "1:300 Truncated 0"]);
    let long = format!("{{\"a\":\"{}\"}}\n{{\"b\":2}}", "x".repeat(LONGEST));
    check(&long, &["1:0 Limit 16777224", "2:16777225 {\"b\":2}"]);
    let long = format!("[{{\"a\":[\n{}1]}},{{\"b\":2}}]", "12345,\n".repeat(LONGEST / 7 + 9));
    let bytes = long.len() - 9;
    check(
        &long,
        &[&format!("1:1 Limit {}", bytes - 1), &format!("{}:{} {{\"b\":2}}", LONGEST / 7 + 11, bytes + 1)],
    );
}
