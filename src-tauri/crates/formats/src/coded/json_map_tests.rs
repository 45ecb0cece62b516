//! Tests of [`super`].

use super::*;
use crate::ParseContext;
use crate::coded::json_numbers::Ids;
use timberline_model::FieldNames;
use timberline_model::{Flow, ProblemKind, Record, Sink};

#[derive(Default)]
struct Numbers(FieldNames);

impl Sink for Numbers {
    fn field(&mut self, name: &str) -> Option<FieldId> {
        self.0.id(name)
    }
    fn event(&mut self, _: &Record<'_>) -> Flow {
        Flow::Continue
    }
    fn problem(&mut self, _: ProblemKind, _: u64, _: u64, _: u64, _: &str, _: &[u8]) -> Flow {
        Flow::Continue
    }
    fn filler(&mut self, _: u64) {}
}

/// The fields that a map makes of a record, one a line.
fn check(map: &str, json: &str, expect: &[&str]) {
    let (mut out, mut fields) = (Numbers::default(), Fields::default());
    let mut numbers = Numbering::default();
    let map = Map::new(map, &mut numbers).unwrap();
    let numbers: &'static Numbering = Box::leak(Box::new(numbers));
    let (mut doc, mut ids) = (Doc::new(numbers), Ids::new(numbers));
    doc.clear();
    doc.read(json.as_bytes()).unwrap();
    let ctx = ParseContext::for_tests();
    let mut say = Say {
        doc: &mut doc,
        fields: &mut fields,
        out: &mut out,
        ids: &mut ids,
        ctx: &ctx,
        time: None,
        bad_time: None,
    };
    map.run(&mut say, &mut Lists::default(), &mut String::new());
    let time = say.time;
    let mut got: Vec<String> =
        fields.iter().map(|(id, v)| format!("{} = {}", out.0.name(id), v.to_value().show())).collect();
    if let Some(time) = time {
        got.insert(0, format!("time {}", time.ns));
    }
    assert_eq!(got, expect, "{json}");
}

#[test]
fn values_go_where_the_map_says() {
    check(
        "@timestamp < published\nuser < actor.id actor.name\nevent.outcome < r { OK=success *=failure }\nevent.action < type | lower | before .",
        r#"{"published":"2023-11-14T22:13:20Z","actor":{"id":"","name":"CORP\\eve"},"r":"NO","type":"User.Login"}"#,
        &[
            "time 1700000000000000000",
            "user.name = eve",
            "user.domain = CORP",
            "event.outcome = failure",
            "event.action = user",
        ],
    );
    check(
        "source < ip\ndestination < to\nurl < u\nevent.duration < t | ms\nnetwork.type",
        r#"{"ip":"[2001:db8::1]:443","to":"mail.example.org","u":"https://a@example.com:8443/p?q=1#f","t":1.5}"#,
        &[
            "source.address = 2001:db8::1",
            "source.ip = 2001:db8::1",
            "source.port = 443",
            "destination.address = mail.example.org",
            "destination.domain = mail.example.org",
            "url.original = https://a@example.com:8443/p?q=1#f",
            "url.full = https://a@example.com:8443/p?q=1#f",
            "url.scheme = https",
            "url.domain = example.com",
            "url.port = 8443",
            "url.path = /p",
            "url.query = q=1",
            "event.duration = 1500000",
            "network.type = ipv6",
        ],
    );
}

#[test]
fn blocks_hold_only_when_their_condition_does() {
    let map = "when kind = a b & !x
    event.kind = one
    when y
        event.action = both
else
    event.kind = two
event.code < n
event.category = iam+web
event.type < kind { a=user+info *=* }";
    check(
        map,
        r#"{"kind":"a","y":1,"n":5}"#,
        &[
            "event.kind = one",
            "event.action = both",
            "event.code = 5",
            "event.category = iam, web",
            "event.type = user, info",
        ],
    );
    check(
        map,
        r#"{"kind":"a","x":0}"#,
        &["event.kind = two", "event.category = iam, web", "event.type = user, info"],
    );
    check(map, r#"{"kind":"c","y":1}"#, &["event.kind = two", "event.category = iam, web", "event.type = c"]);
    check(
        "when n > 3 & t ^ ab & l = 2\n  event.code = yes",
        r#"{"n":4,"t":"abc","l":[1,2]}"#,
        &["event.code = yes"],
    );
    check(
        "source < ip\nwhen :source.ip = 192.0.2.1\n  event.code = yes",
        r#"{"ip":"192.0.2.1"}"#,
        &["source.address = 192.0.2.1", "source.ip = 192.0.2.1", "event.code = yes"],
    );
}

#[test]
fn lists_keep_their_elements() {
    check(
        "group.name < g | last /\nuser.roles < r | first",
        r#"{"g":["a/b","c"],"r":["x","y"]}"#,
        &["group.name = b, c", "user.roles = x"],
    );
}

#[test]
fn a_wrong_map_says_so() {
    let wrong = |map: &str| Map::new(map, &mut Numbering::default()).is_err();
    for map in ["x", "else\n  a = b", "a < b | nothing", "a < ", "when \n", "a < b {x", "when a %% b\n c = d"]
    {
        assert!(wrong(map), "{map}");
    }
    assert!(!wrong("when a = \"x y\" & !b\n  c = d e f"));
}
