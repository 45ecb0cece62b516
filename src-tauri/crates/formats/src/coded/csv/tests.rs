//! Tables, and texts that only look like some.

use super::*;
use crate::testing::{row, rows};
use serde_json::{Value, json};

#[test]
fn well_known_columns_become_fields_and_the_others_stay() {
    let text = "\u{feff}Date,Time,Source IP,dst,User Name,Result,Level,Odd One,zip\r\n\
                2026-03-10,02:13:04,203.0.113.9,host-b,bob,Failed,WARN,\"a, \"\"b\"\"\r\nc\",01234\r\n";
    let got = row(&Csv, text);
    let expect = [
        ("@timestamp", json!("2026-03-10T02:13:04Z")),
        ("line", json!(2)),
        ("source.ip", json!("203.0.113.9")),
        ("destination.address", json!("host-b")),
        ("user.name", json!("bob")),
        ("event.outcome", json!("failure")),
        ("log.level", json!("warning")),
        ("Odd One", json!("a, \"b\"\r\nc")),
        ("zip", json!("01234")),
    ];
    for (field, value) in expect {
        assert_eq!(got.get(field).unwrap_or(&Value::Null), &value, "{field} of {got}");
    }
}

#[test]
fn rows_that_do_not_fit_are_kept_and_said() {
    let text =
        "time,msg,n\n2026-03-10 02:13:04,a,1\n2026-03-10 02:13:05,b\nnever,c,3\n\n2026-03-10 02:13:06,d,4\n";
    let got = rows(&Csv, text.as_bytes());
    let kinds: Vec<(u64, &Value)> =
        got.iter().map(|r| (r["line"].as_u64().unwrap(), r.get("problem").unwrap_or(&Value::Null))).collect();
    let (none, malformed, bad) = (Value::Null, json!("malformed"), json!("bad_time"));
    assert_eq!(kinds, [(2, &none), (3, &none), (3, &malformed), (4, &none), (4, &bad), (6, &none)]);
}

#[test]
fn delimiters_and_missing_headers_are_found() {
    let check = |text: &str, delimiter: u8, columns: usize, header: bool| {
        let table = Table::find(text.as_bytes(), true, None);
        let found = table.map(|t| (t.delimiter, t.columns, t.names.is_some()));
        assert_eq!(found, Some((delimiter, columns, header)), "{text}");
    };
    check("a;b;c\n1;2,5;3\n", b';', 3, true);
    check("a\tb\n1\t2\n", b'\t', 2, true);
    check("a|b|c\n1|2|3\n1|2|3\n", b'|', 3, true);
    check("a^b^c\n1^2^3\n", b'^', 3, true);
    check("a\u{1}b\u{1}c\n1\u{1}2\u{1}3\n", 1, 3, true);
    check("a\u{1f}b\n1\u{1f}2\n", 0x1f, 2, true);
    check("sep=;\r\na;b,c\r\n1;2\r\n", b';', 2, true);
    check("Report of today\n\n# made by hand\ntime,user,n\n2026-01-01 00:00:00,bob,1\n", b',', 3, true);
    check("# time,user,n\n2026-01-01 00:00:00,bob,1\n", b',', 3, true);
    check("time,user\n", b',', 2, true);
    check("login,192.0.2.1,success\nlogin,192.0.2.1,failure\n", b',', 3, false);
    check("2026-01-01 00:00:00,10,x\n2026-01-01 00:00:01,11,y\n2026-01-01 00:00:02,12,z\n", b',', 3, false);
    let numbered =
        rows(&Csv, b"2026-01-01 00:00:00,10,x\n2026-01-01 00:00:01,11,y\n2026-01-01 00:00:02,12,z\n");
    assert_eq!(numbered[2]["column2"], 11);
    assert_eq!(numbered[2]["@timestamp"], "2026-01-01T00:00:01Z");
}

#[test]
fn prose_and_logs_are_no_tables() {
    for text in [
        "Hello, World!\nHow are you?\nGoodbye, World!\n",
        "2026-01-01 00:00:00,123 INFO a, b\n2026-01-01 00:00:00,124 INFO c\n2026-01-01 00:00:01,1 INFO d, e, f\n",
        "Jan  5 08:13:51 h sshd[1]: a, b\nJan  5 08:13:52 h sshd[1]: c, d\n",
        "{\"a\": 1, \"b\": 2}\n{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": 4}\n",
        "one line only, with a comma",
        "",
    ] {
        let sure = Csv.sniff(&Head { bytes: text.as_bytes(), whole: true, name: "x.log" });
        assert!(sure.score < 0.3, "{text}: {sure:?}");
    }
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let mut text = String::from("time,a\n2026-03-10 02:13:04,\"open\n");
    for n in 0..60_000 {
        text.push_str(&format!("2026-03-10 02:13:05,a line of the file with number {n}\n"));
    }
    let got = rows(&Csv, text.as_bytes());
    assert_eq!(got.len(), 60_002, "a row each, and a problem");
    assert_eq!(got[1]["message"], "a quote is not closed; the line was read by itself");
    assert_eq!(got[2]["a"], "a line of the file with number 0");
}

#[test]
fn stray_quotes_cost_no_other_row() {
    let check = |text: &str, cells: &[&str], problems: usize| {
        let got = rows(&Csv, format!("time,note,n\n{text}").as_bytes());
        let notes: Vec<&str> = got.iter().filter_map(|r| r["note"].as_str()).collect();
        let said = got.iter().filter(|r| r.get("problem").is_some()).count();
        assert_eq!((notes, said), (cells.to_vec(), problems), "{text:?}: {got:#?}");
    };
    let at = "2026-03-10 02:13:04";
    check(&format!("{at},\"he said \"hi\" to all\",1\n{at},b,2\n"), &["he said \"hi\" to all", "b"], 0);
    check(&format!("{at},\"open,1\n{at},\"fine\",2\n{at},c,3\n"), &["\"open", "fine", "c"], 1);
    check(&format!("{at},\"two\nlines, and a comma\",1\n{at},b,2\n"), &["two\nlines, and a comma", "b"], 0);
    check(&format!("{at},6\" nail,1\n{at},\"\",2\n{at},\"\"\"q\"\"\",3\n"), &["6\" nail", "\"q\""], 0);
    check(&format!("{at},a,1\n{at},\"cut off"), &["a", "\"cut off"], 1);
    check(&format!("{at}, \"spaced\" ,1\n{at},b,2\n"), &["spaced", "b"], 0);
}

#[test]
fn odd_rows_are_read_and_said() {
    let text = "time,user,user\n2026-03-10 02:13:04,bob,ann\n2026-03-10 02:13:05,bob,ann,more\n\
                2026-03-10 02:13:06,bob,ann,,\ntime,user,user\n2026-03-10 02:13:07,bo\0b,ann\n";
    let got = rows(&Csv, text.as_bytes());
    assert_eq!(got[0]["user.name"], "bob");
    assert_eq!(got[0]["user_2"], "ann", "the second column of a name is not lost");
    assert_eq!(got[1]["column4"], "more");
    assert_eq!(got[2]["message"], "a row of 4 cells where 3 were expected");
    assert_eq!(
        got.len(),
        5,
        "empty cells at the end are nothing, and names that come again are no row: {got:#?}"
    );
    assert_eq!(got[4]["user.name"], "bo\0b");
}

#[test]
fn times_are_found_by_name_by_look_and_in_parts() {
    let check = |text: &str, expect: &str| assert_eq!(row(&Csv, text)["@timestamp"], expect, "{text}");
    check("a,DT,b\n1,2026-03-10 02:13:04,x\n2,2026-03-10 02:13:05,y\n", "2026-03-10T02:13:04Z");
    check("Date,Time,x\n10.03.2026,02:13:04,a\n13.03.2026,02:13:05,b\n", "2026-03-10T02:13:04Z");
    check("Month,Date,Time,x\nJun,14,15:16:01,a\nJun,15,15:16:02,b\n", "2026-06-14T15:16:01Z");
    check("Date,Time,x\n081109,203615,a\n081109,203616,b\n", "2008-11-09T20:36:15Z");
    check("Time (UTC),x,y\n2026-03-10 02:13:04,a,b\n", "2026-03-10T02:13:04Z");
    check(
        "time,tz,x\n2026-07-10 02:13:04,Europe/Berlin,a\n2026-07-10 02:13:05,Europe/Berlin,b\n",
        "2026-07-10T00:13:04Z",
    );
    check("time,tz,x\n2026-07-10 02:13:04,+05:30,a\n2026-07-10 02:13:05,+05:30,b\n", "2026-07-09T20:43:04Z");
    check("Date (+02:00),x,y\n2026-07-10 02:13:04,a,b\n", "2026-07-10T00:13:04Z");
    check("id,url,last_visit_time\n1,http://a.example/,13348638245123456\n", "2024-01-02T03:04:05.123456Z");
    check("id,ZTIMESTAMP_COCOA,x\n1,725857445.5,a\n", "2024-01-02T03:04:05.500Z");
    check("expires,created,x\n2030-01-01 00:00:00,2026-03-10 02:13:04,a\n", "2026-03-10T02:13:04Z");
    check("Time,x,y\n[10/Mar/2026:02:13:04 +0100],a,b\n", "2026-03-10T01:13:04Z");
    let stated = row(&Csv, "Time (UTC),x,y\n2026-03-10 02:13:04,a,b\n");
    assert!(stated.get("assumed").is_none(), "the column names the zone: {stated}");
}

#[test]
fn tables_without_names_are_read_by_their_values() {
    let text = "2303,27.05.2019,10:09:04:540,192.0.2.1,198.51.100.7,failed\n\
                2303,27.05.2019,10:09:13:592,192.0.2.1,198.51.100.7,failed, and more\n\
                2303,27.05.2019,10:10:04:712,192.0.2.1,198.51.100.7,ok\n";
    let got = rows(&Csv, text.as_bytes());
    assert!(got[0]["message"].as_str().unwrap().starts_with(
        "the table has no names; by their values column2 and column3 for the time, column4 for source.ip"
    ));
    assert_eq!(got[1]["@timestamp"], "2019-05-27T10:09:04.540Z");
    assert_eq!(got[1]["destination.ip"], "198.51.100.7");
    assert_eq!(got[2]["column6"], "failed, and more", "the last column is free text");
    assert_eq!(got.len(), 4);
}

#[test]
fn what_the_analyst_said_stands_above_all_guesses() {
    let text = b"When,Src,Who,Note,n\n133486382451234567,192.0.2.1,bob,x,1\n";
    let mapping = Mapping::parse(
        "header = [\"When\", \"Src\", \"Who\", \"Note\", \"n\"]\n[columns]\nWhen = \"time:filetime\"\n\
         Src = \"destination.ip\"\nWho = \"user.target.name\"\nNote = \"ignore\"\nn = \"my.count\"",
    );
    let mappings = std::sync::Arc::new(Mappings { list: vec![mapping.unwrap()] });
    let ctx = ParseContext::for_tests().with_mappings(mappings.clone());
    let mut sink = crate::coded::check::Keep::default();
    Csv.parse(&mut &text[..], &ctx, &mut sink).unwrap();
    let event = &sink.events[0];
    assert_eq!(
        event.time_ns.map(timberline_model::time::rfc3339).as_deref(),
        Some("2024-01-02T03:04:05.123456700Z")
    );
    assert_eq!(event.get("destination.ip").as_deref(), Some("192.0.2.1"));
    assert_eq!(event.get("user.target.name").as_deref(), Some("bob"));
    assert_eq!(event.get("my.count").as_deref(), Some("1"));
    assert_eq!((event.get("Note"), event.get("source.ip")), (None, None));
    let guess = guess(text, true, &mappings).unwrap();
    assert!(guess.mapped && guess.header);
    let said: Vec<&str> = guess.columns.iter().map(|c| c.said.as_str()).collect();
    assert_eq!(said, ["time:filetime", "destination.ip", "user.target.name", "ignore", "my.count"]);
}

#[test]
fn broken_tables_are_read_to_their_end() {
    let seed = "time,user,note\n2026-03-10 02:13:04,bob,\"a, \"\"b\"\"\nc\"\n2026-03-10 02:13:05,ann,\"x\"\n"
        .repeat(4);
    let marks: [&[u8]; 7] = [b"\"", b"\"\"", b"\n", b"\r\n", b",", b";", b"\0"];
    crate::coded::check::survive(&Csv, seed.as_bytes(), 400, &marks);
}
