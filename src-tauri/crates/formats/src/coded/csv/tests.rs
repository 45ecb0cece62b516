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
        let table = Table::find(text.as_bytes(), true);
        assert_eq!(
            table.map(|t| (t.delimiter, t.columns, t.header)),
            Some((delimiter, columns, header)),
            "{text}"
        );
    };
    check("a;b;c\n1;2,5;3\n", b';', 3, true);
    check("a\tb\n1\t2\n", b'\t', 2, true);
    check("a|b|c\n1|2|3\n1|2|3\n", b'|', 3, true);
    check("2026-01-01 00:00:00,10,x\n2026-01-01 00:00:01,11,y\n2026-01-01 00:00:02,12,z\n", b',', 3, false);
    let numbered =
        rows(&Csv, b"2026-01-01 00:00:00,10,x\n2026-01-01 00:00:01,11,y\n2026-01-01 00:00:02,12,z\n");
    assert_eq!(numbered[1]["column2"], 11);
    assert_eq!(numbered[1]["@timestamp"], "2026-01-01T00:00:01Z");
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
    assert!(got.len() > 30_000, "{}", got.len());
}
