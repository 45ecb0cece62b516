//! Tests of declared formats: the built-in ones keep what their samples say, and a user's own fail with a place.

use super::check::samples;
use super::*;
use crate::testing::rows;
use serde_json::json;

const GATE: &str = r#"
id = "acme_gate"
title = "ACME gate controller"
joins = true

[time]
from = ["date", "time"]
layout = "%d.%m.%y %H:%M:%S%.f"
zone = "Europe/Berlin"

[level]
"!" = "error"

[fields]
who = { to = "user.name", kind = "user" }
peer = { to = "source", kind = "host:port" }
took = { to = "event.duration", kind = "ms" }

[set]
"event.category" = "authentication"

[[pattern]]
regex = '^(?<date>\d\d\.\d\d\.\d\d) (?<time>[\d:.]+) (?<level>\S+) \[(?<thread>[^\]]*)\] (?<message>.*)$'

[[detail]]
regex = '^login of (?<who>\S+) from (?<peer>\S+): (?<outcome>\w+)(?: in (?<took>[\d.]+) ms)?$'
fields = { outcome = { to = "event.outcome", values = { ok = "success", "*" = "failure" } } }
set = { "event.action" = "login" }

[[detail]]
regex = '^door (?<door>\d+) '

[[sample]]
text = '10.03.26 09:13:04.250 ! [gate-1] login of ACME\bob from 192.0.2.7:5060: bad in 1.5 ms'
time = "2026-03-10T08:13:04.250Z"
level = "error"
fields = { "user.name" = "bob", "user.domain" = "ACME", "source.ip" = "192.0.2.7", "source.port" = 5060, "event.outcome" = "failure", "event.action" = "login", "event.duration" = 1500000, "process.thread.name" = "gate-1" }

[[sample]]
text = '''
10.07.26 09:13:04 I [x] door 7 is open
  since yesterday'''
time = "2026-07-10T07:13:04Z"
fields = { "acme_gate.door" = 7, message = "door 7 is open\n  since yesterday" }
without = ["event.action"]
"#;

#[test]
fn built_in_formats_keep_what_their_samples_say() {
    let mut wrong = Vec::new();
    for text in TEXTS {
        let format = match Declared::parse(text, false) {
            Ok(format) => format,
            Err(why) => {
                wrong.push(format!("{}: {why}", text.lines().next().unwrap_or_default()));
                continue;
            }
        };
        match samples(&format) {
            Ok(results) => {
                if results.is_empty() {
                    wrong.push(format!("{}: no samples", format.about().id));
                }
                for result in results.iter().filter(|r| !r.failures.is_empty()) {
                    wrong.push(format!(
                        "{} line {}: {}: {}",
                        format.about().id,
                        result.line,
                        result.text,
                        result.failures.join("; ")
                    ));
                }
            }
            Err(why) => wrong.push(format!("{}: {why}", format.about().id)),
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_format_reads_what_it_says() {
    let format = Declared::parse(GATE, true).unwrap();
    let failed: Vec<_> = samples(&format).unwrap().into_iter().filter(|r| !r.failures.is_empty()).collect();
    assert_eq!(failed, []);
    let log =
        b"intro\n10.03.26 09:13:04 I [x] a\n  b\n\n10.03.26 09:13:05 I [x] c\n99.99.26 09:13:05 I [x] d\n";
    let got = rows(&format, log);
    assert_eq!(got[0]["problem"], "malformed");
    assert_eq!(got[1]["message"], "a\n  b\n");
    assert_eq!(got[2]["@timestamp"], "2026-03-10T08:13:05Z");
    assert_eq!((&got[3]["@timestamp"], &got[4]["problem"]), (&json!(null), &json!("bad_time")));
}

#[test]
fn a_user_s_own_format_claims_its_log_before_others() {
    let format = own(GATE).unwrap();
    assert!(std::ptr::eq(format, own(GATE).unwrap()), "the same text is the same format");
    let head = |bytes| Head { bytes, whole: true, name: "x" };
    let sure = format.sniff(&head(b"10.03.26 09:13:04 I [x] a\n  b\n10.03.26 09:13:05 I [x] c\n"));
    assert!(sure.score > 0.985 && sure.why.contains("ACME"), "{sure:?}");
    assert_eq!(format.sniff(&head(b"Oct 10 13:55:36 host sshd[1]: x\n")), Confidence::none());
    use_own(vec![format]);
    assert_eq!(crate::sniff::by_id("acme_gate").map(|f| f.about().title), Some("ACME gate controller"));
    use_own(Vec::new());
    assert!(crate::sniff::by_id("acme_gate").is_none());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let check = |text: &str, line: usize, words: &str| {
        let why = own(text).unwrap_err();
        assert!(why.line == line && why.message.contains(words), "{words}: {why:?}");
    };
    check("id = \"x\"\ntitle = \"x\"\npattern = 3\n", 3, "invalid type");
    check("id = \"x\"\ntitle = \"x\"\ntitel = \"x\"\n[[pattern]]\nregex = 'a'\n", 3, "unknown field");
    check("id = \"X y\"\ntitle = \"x\"\n[[pattern]]\nregex = 'a'\n", 1, "small letters");
    check("id = \"syslog\"\ntitle = \"x\"\n[[pattern]]\nregex = 'a'\n", 1, "built-in");
    check("id = \"x\"\ntitle = \"x\"\n[[pattern]]\nregex = 'a(b'\n", 4, "character 2: unclosed group");
    check("id = \"x\"\ntitle = \"x\"\n[[pattern]]\nregex = '(a)\\1'\n", 4, "backreferences");
    check("id = \"x\"\ntitle = \"x\"\n[[pattern]]\nregex = '(?:a{1000}){1000}'\n", 4, "too large");
    check(
        "id = \"x\"\ntitle = \"x\"\n[fields]\nwho = \"user.name\"\n[[pattern]]\nregex = '(?<ho>a)'\n",
        4,
        "has a group",
    );
    let kind = "id = \"x\"\ntitle = \"x\"\n[fields]\na = { to = \"b\", kind = \"colour\" }\n[[pattern]]\nregex = '(?<a>a)'\n";
    check(kind, 4, "no kind");
    check(
        "id = \"x\"\ntitle = \"x\"\n[time]\nzone = \"Mars/Base\"\n[[pattern]]\nregex = '(?<time>a)'\n",
        4,
        "zone",
    );
    check(
        "id = \"x\"\ntitle = \"x\"\n[time]\nlayout = \"%Q%!\"\n[[pattern]]\nregex = '(?<time>a)'\n",
        4,
        "layout",
    );
    let bad = own("id = \"x\"\ntitle = \"x\"\n[[pattern]]\nregex = 'ab)c'\n").unwrap_err();
    assert_eq!((bad.at, bad.column), (Some(2), 12));
}

#[test]
fn a_hostile_pattern_takes_linear_time() {
    let text = "id = \"x\"\ntitle = \"x\"\n[[pattern]]\nregex = '^(?<m>(a+)+)$'\n";
    let format = Declared::parse(text, true).unwrap();
    let line = [vec![b'a'; 100_000], b"!\n".to_vec()].concat();
    let started = std::time::Instant::now();
    assert_eq!(rows(&format, &line)[0]["problem"], "malformed");
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn a_draft_is_made_from_a_line_and_shows_what_it_does() {
    let line =
        "2026-03-10 02:13:04,123 WARN  [main] org.acme.Login: user bob failed from 192.0.2.7:5060 code=17";
    let mut sketch = draft::guess(line);
    sketch.id = "drafted".into();
    let rows = draft::preview(&sketch.toml(), line, None).unwrap();
    let row = &rows[0];
    let field = |name: &str| row.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.show());
    assert_eq!(row.pattern, Some(1), "{}", sketch.toml());
    assert_eq!(row.time_ns.map(timberline_model::time::rfc3339).as_deref(), Some("2026-03-10T02:13:04.123Z"));
    for (name, value) in [
        ("log.level", "warning"),
        ("process.thread.name", "main"),
        ("log.logger", "org.acme.Login"),
        ("user.name", "bob"),
        ("source.ip", "192.0.2.7"),
        ("source.port", "5060"),
        ("event.code", "17"),
    ] {
        assert_eq!(field(name).as_deref(), Some(value), "{name}: {}", sketch.toml());
    }
    assert_eq!((row.groups[0].name.as_str(), row.groups[0].from, row.groups[0].to), ("time", 0, 23));
    sketch.pattern = "^(?<time>".into();
    let why = draft::preview(&sketch.toml(), line, None).unwrap_err();
    assert_eq!(why.at, Some(1), "{why:?}");
    for odd in [
        "",
        " ",
        "ü",
        "=",
        "a=",
        "[",
        "[]",
        "user",
        "user ",
        "1.2.3.4:99",
        "=\"",
        "x=\"ü",
        "'''",
        "2026-03-10 02:13:04",
    ] {
        let sketch = draft::guess(odd);
        let rows = draft::preview(&sketch.toml(), odd, None)
            .unwrap_or_else(|why| panic!("{odd}: {why} in {}", sketch.toml()));
        assert!(rows.iter().all(|r| r.pattern.is_some()), "{odd}: {rows:?}");
    }
}
