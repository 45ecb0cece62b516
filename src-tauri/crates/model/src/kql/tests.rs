//! What analysts type, what they get wrong, and the way there and back over generated filters.

use super::*;
use crate::event::EventId;
use crate::filter::{Filter, Op, Pattern};
use crate::reference::event;
use crate::time::{DAY, MINUTE, TimeRange, parse_rfc3339};
use crate::value::Value;

fn ok(text: &str) -> Filter {
    parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn wrong(text: &str) -> (usize, String) {
    match parse(text) {
        Err(e) => (e.at, e.message),
        Ok(f) => panic!("{text} was read as {f:?}"),
    }
}

fn at(text: &str) -> i64 {
    parse_rfc3339(text).unwrap()
}

#[test]
fn reads_what_analysts_type() {
    assert_eq!(ok("  "), Filter::All);
    assert_eq!(ok("*"), Filter::All);
    assert_eq!(ok("user.name : root"), Filter::is("user.name", "root"));
    assert_eq!(ok("user.name:root"), Filter::is("user.name", "root"));
    assert_eq!(ok("user.name : \"svc backup\""), Filter::is("user.name", "svc backup"));
    assert_eq!(ok("user.name : foo\\*"), Filter::is("user.name", "foo*"));
    assert_eq!(ok("user.name : \"foo*\""), Filter::is("user.name", "foo*"), "a star in quotes is a star");
    assert_eq!(
        ok("url.path : *wp-login*"),
        Filter::Match { field: "url.path".into(), pattern: Pattern::containing("wp-login") }
    );
    assert_eq!(ok("user.name : *"), Filter::exists("user.name"));
    assert_eq!(ok("winlog.* : *"), Filter::exists("winlog.*"));
    assert_eq!(
        ok("http.response.status_code >= 500"),
        Filter::Compare { field: "http.response.status_code".into(), op: Op::Ge, value: Value::Int(500) }
    );
    assert_eq!(ok("user.name : (root or admin)"), Filter::any_of("user.name", &["root", "admin"]));
    assert_eq!(
        ok("source.ip : 10.0.0.0/8 and event.outcome : failure and not user.name : (root or admin)"),
        Filter::And(vec![
            Filter::Cidr { field: "source.ip".into(), net: "10.0.0.0/8".parse().unwrap() },
            Filter::is("event.outcome", "failure"),
            Filter::any_of("user.name", &["root", "admin"]).negate(),
        ])
    );
    assert_eq!(ok("source.ip : fe80::/10"), ok("source.ip : \"fe80::/10\""));
    assert_eq!(ok("source.ip : ::1"), Filter::is("source.ip", "::1"));
    assert_eq!(ok("source.ip : ::ffff:10.0.0.0/104"), ok("source.ip : 10.0.0.0/8"));
    assert_eq!(ok("\"my field\" : x"), Filter::is("my field", "x"));
    assert_eq!(
        ok("process.executable : \"C:\\Windows\\System32\\cmd.exe\""),
        Filter::is("process.executable", "C:\\Windows\\System32\\cmd.exe")
    );
}

#[test]
fn bare_words_search_the_raw_record() {
    assert_eq!(ok("sshd"), Filter::Raw(Pattern::exact("sshd")));
    assert_eq!(ok("failed password"), Filter::Raw(Pattern::exact("failed password")));
    assert_eq!(ok("\"Failed password\""), Filter::Raw(Pattern::exact("Failed password")));
    assert_eq!(ok("fail*word"), Filter::Raw(Pattern::wild(vec!["fail".into(), "word".into()])));
    assert_eq!(
        ok("failed and not root"),
        Filter::And(vec![
            Filter::Raw(Pattern::exact("failed")),
            Filter::Raw(Pattern::exact("root")).negate()
        ])
    );
    assert_eq!(ok("\\and"), Filter::Raw(Pattern::exact("and")));
    assert_eq!(ok("caf\\u00e9"), Filter::Raw(Pattern::exact("café")));
    assert_eq!(ok("androids"), Filter::Raw(Pattern::exact("androids")));
}

#[test]
fn not_binds_before_and_before_or() {
    let raw = |s: &str| Filter::Raw(Pattern::exact(s));
    assert_eq!(
        ok("a or b AND Not c"),
        Filter::Or(vec![raw("a"), Filter::And(vec![raw("b"), raw("c").negate()])])
    );
    assert_eq!(ok("(a or b) and c"), Filter::And(vec![Filter::Or(vec![raw("a"), raw("b")]), raw("c")]));
    assert_eq!(
        ok("f : (a or b and not c)"),
        Filter::Or(vec![
            Filter::is("f", "a"),
            Filter::And(vec![Filter::is("f", "b"), Filter::is("f", "c").negate()])
        ])
    );
}

#[test]
fn times_are_spans() {
    let day = at("2026-03-10");
    assert_eq!(ok("@timestamp : \"2026-03-10\""), Filter::Time(TimeRange::new(day, day + DAY)));
    let minute = at("2026-03-10T02:13");
    assert_eq!(ok("@timestamp : 2026-03-10T02:13"), Filter::Time(TimeRange::new(minute, minute + MINUTE)));
    assert_eq!(
        ok("@timestamp >= \"2026-03-10\""),
        Filter::Time(TimeRange { from_ns: Some(day), to_ns: None })
    );
    assert_eq!(
        ok("@timestamp <= \"2026-03-10\""),
        Filter::Time(TimeRange { from_ns: None, to_ns: Some(day + DAY) })
    );
    assert_eq!(
        ok("@timestamp > \"2026-03-10\""),
        Filter::Time(TimeRange { from_ns: Some(day + DAY), to_ns: None })
    );
    assert_eq!(
        ok("@timestamp : \"2026-03-10T02:13:04.5+01:00\""),
        Filter::Time(TimeRange::new(at("2026-03-10T01:13:04.5Z"), at("2026-03-10T01:13:04.6Z")))
    );
    assert_eq!(
        ok("@timestamp : \"2026-02\""),
        Filter::Time(TimeRange::new(at("2026-02-01"), at("2026-03-01")))
    );
    assert!(wrong("@timestamp >= \"now-15m\"").1.contains("past events"));
    assert!(wrong("@timestamp : yesterday").1.contains("date"));
    assert_eq!(wrong("@timestamp >= \"soon\"").0, 14);
}

#[test]
fn event_numbers_are_ids() {
    let id = EventId::new(1, 7);
    assert_eq!(ok(&format!("event.id : {}", id.0)), Filter::Ids(vec![id]));
    assert_eq!(ok(&format!("id : ({} or {})", id.0, id.0 + 1)), Filter::Ids(vec![id, EventId(id.0 + 1)]));
    assert_eq!(ok("id : 7"), Filter::is("id", "7"), "a log's own id");
    assert_eq!(ok("event.id : 5b1e-44"), Filter::is("event.id", "5b1e-44"));
}

#[test]
fn errors_point_and_say_what_was_expected() {
    for (text, at, says) in [
        ("source.ip : (", 13, "a value"),
        ("source.ip : ()", 13, "between"),
        ("source.ip :", 11, "a value"),
        ("source.ip : and", 12, "a value"),
        ("(a or b", 7, "')'"),
        ("a or b)", 6, "no '('"),
        ("a and", 5, "query ends"),
        ("and a", 0, "before 'and'"),
        (": x", 0, "field name"),
        ("user.name : \"root", 17, "closing"),
        ("user.name = root", 10, "':'"),
        ("user.name != root", 10, "'not'"),
        ("user.name : not root", 12, "before the field"),
        ("user.name : root source.ip : 10.0.0.1", 17, "'and' or 'or'"),
        ("user.name:root source.ip:10.0.0.1", 15, "'and' or 'or'"),
        ("\"a\" b", 4, "'and' or 'or'"),
        ("a not b", 2, "before 'not'"),
        ("url : http://x", 10, "quotes"),
        ("winlog.* : 5", 0, "exist"),
        ("user.na* : *", 0, "at its end"),
        ("user.* > 5", 0, "name one field"),
        ("bytes :> 5", 7, "no ':'"),
        ("bytes > (1)", 8, "one value"),
        ("path : C\\Windows", 8, "twice"),
        ("user : { name : x }", 7, "dotted"),
        ("a && b", 2, "'and'"),
    ] {
        let (place, message) = wrong(text);
        assert_eq!(place, at, "{text}: {message}");
        assert!(message.contains(says), "{text}: {message}");
    }
}

#[test]
fn depth_and_length_are_capped() {
    assert!(parse(&format!("{}a{}", "(".repeat(64), ")".repeat(64))).is_ok());
    assert!(wrong(&format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000))).1.contains("deeper"));
    assert!(wrong(&"not ".repeat(3_000)).1.contains("deeper"));
    assert!(wrong(&"é".repeat(9_000)).1.contains("longer"));
}

#[test]
fn quoted_values_mean_themselves() {
    for value in [
        "",
        "and",
        "a*b",
        "10.0.0.0/8",
        "fe80::/10",
        "a\"b\\",
        "x:y",
        " ",
        "-",
        "\u{1e}\u{0}",
        "foo*",
        "(",
        "ünï",
        "a b",
        "\\n",
        "{x}",
        "*",
    ] {
        for field in ["source.ip", "user.name", "event.id"] {
            assert_eq!(ok(&format!("{field} : {}", quote(value))), Filter::is(field, value), "{value:?}");
        }
        assert_eq!(ok(&render(&Filter::is("event.id", "12"))), Filter::is("event.id", "12"));
    }
}

/// SplitMix64; the tests need the same numbers each time.
struct Seed(u64);

impl Seed {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.next(from.len())]
    }
}

const FIELDS: &[&str] = &["user.name", "source.ip", "n", "my field", "and", "a:b", "event.id", "id", "x.*"];
const VALUES: &[&str] = &[
    "root",
    "ROOT",
    "10.0.0.5",
    "10.0.0.0/8",
    "404",
    "4.5",
    "a b",
    "",
    "*",
    "or",
    "q\"\\",
    "ä:é",
    "\u{1e}",
    "fe80::1",
    "-1",
    "a*b",
    "\t",
];

fn filter(seed: &mut Seed, depth: usize) -> Filter {
    let field = seed.pick(FIELDS).to_owned();
    let many = |seed: &mut Seed| (0..seed.next(4)).map(|_| filter(seed, depth + 1)).collect::<Vec<_>>();
    match seed.next(if depth > 3 { 9 } else { 12 }) {
        0 => Filter::Exists(field),
        1 => Filter::is(&field, seed.pick(VALUES)),
        2 => Filter::Match {
            field,
            pattern: Pattern::wild((0..1 + seed.next(4)).map(|_| seed.pick(VALUES).to_owned()).collect()),
        },
        3 => Filter::In { field, values: (0..seed.next(4)).map(|_| seed.pick(VALUES).to_owned()).collect() },
        4 => Filter::Cidr {
            field,
            net: seed.pick(&["10.0.0.0/8", "0.0.0.0/0", "fe80::/10", "10.0.0.5/31"]).parse().unwrap(),
        },
        5 => Filter::Compare {
            field,
            op: [Op::Lt, Op::Le, Op::Gt, Op::Ge][seed.next(4)],
            value: match seed.next(3) {
                0 => Value::Int(seed.next(900) as i64 - 100),
                1 => Value::Float(seed.next(90) as f64 / 8.0),
                _ => seed.pick(VALUES).into(),
            },
        },
        6 => Filter::Time(TimeRange {
            from_ns: (seed.next(2) == 0).then(|| seed.next(4_000) as i64),
            to_ns: (seed.next(2) == 0).then(|| seed.next(4_000) as i64),
        }),
        7 => Filter::Ids((0..seed.next(3)).map(|_| EventId::new(1, seed.next(5) as u32)).collect()),
        8 => {
            Filter::Raw(Pattern::wild((0..1 + seed.next(3)).map(|_| seed.pick(VALUES).to_owned()).collect()))
        }
        9 => Filter::And(many(seed)),
        10 => Filter::Or(many(seed)),
        _ => filter(seed, depth + 1).negate(),
    }
}

#[test]
fn what_is_rendered_is_read_back_with_the_same_meaning() {
    let mut seed = Seed(7);
    let mut events = Vec::new();
    for n in 0..60u32 {
        let mut fields: Vec<(&str, Value)> = Vec::new();
        for f in FIELDS {
            match seed.next(4) {
                0 => {}
                1 => fields.push((f, Value::Int(seed.next(500) as i64 - 20))),
                2 => fields.push((f, Value::Float(seed.next(90) as f64 / 8.0))),
                _ => fields.push((f, seed.pick(VALUES).into())),
            }
        }
        events.push(event(1, n, (n % 7 != 0).then_some(i64::from(n) * 60), &fields));
    }
    for round in 0..4_000 {
        let wanted = filter(&mut seed, 0);
        let written = render(&wanted);
        let read = parse(&written).unwrap_or_else(|e| panic!("round {round}: {written}: {e} for {wanted:?}"));
        for e in &events {
            assert_eq!(
                wanted.matches(e),
                read.matches(e),
                "round {round}: {written}\n{wanted:?}\n{read:?}\n{e:?}"
            );
        }
        assert_eq!(render(&read), render(&parse(&render(&read)).unwrap()), "rendering settles");
    }
}

#[test]
fn broken_text_gives_errors_inside_the_text_and_never_panics() {
    let seeds = [
        "source.ip : 10.0.0.0/8 and event.outcome : failure and not user.name : (root or admin)",
        "@timestamp >= \"2026-01-02\" and (a*b or \"c d\") or winlog.* : *",
        "event.id : (4294967296 or 4294967297) and x <= 1.5 and é : \\u00e9\\*\\\\",
    ];
    let bits = [
        "\"",
        "\\",
        "(",
        ")",
        ":",
        "*",
        "and",
        " ",
        "é",
        "\u{1f600}",
        "\\u",
        "<",
        ">=",
        "now",
        "\0",
        "::",
        "/",
    ];
    let mut seed = Seed(99);
    for round in 0..20_000 {
        let mut text: Vec<char> = seeds[round % seeds.len()].chars().collect();
        for _ in 0..1 + seed.next(6) {
            let at = seed.next(text.len() + 1);
            match seed.next(3) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => text.truncate(at),
                _ => {
                    let bit = bits[seed.next(bits.len())];
                    text.splice(at..at, bit.chars());
                }
            }
        }
        let text: String = text.into_iter().collect();
        match parse(&text) {
            Ok(f) => drop(parse(&render(&f)).unwrap_or_else(|e| panic!("{text} -> {}: {e}", render(&f)))),
            Err(e) => assert!(e.at <= text.len() && text.is_char_boundary(e.at), "{text}: {e:?}"),
        }
    }
}
