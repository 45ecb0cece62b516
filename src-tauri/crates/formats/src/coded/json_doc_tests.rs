//! Tests of [`super`].

use super::*;

fn fresh() -> Doc {
    Doc::new(Box::leak(Box::default()))
}

fn read(json: &str) -> Doc {
    let mut doc = fresh();
    doc.clear();
    doc.read(json.as_bytes()).unwrap();
    doc
}

fn seen(doc: &Doc) -> Vec<String> {
    doc.items()
        .filter(|(_, i)| !i.used)
        .map(|(at, i)| {
            format!("{}{} {:?}", doc.name(i.path), if i.listed { "[]" } else { "" }, doc.value(at))
        })
        .collect()
}

fn check(json: &str, expect: &[&str]) {
    assert_eq!(seen(&read(json)), expect, "{json}");
}

#[test]
fn nesting_gives_dotted_names() {
    check(
        r#"{"a":{"b":[{"c":1},{"c":2.5}],"d":null},"e":[true,["x"]],"f.g":18446744073709551615}"#,
        &[
            "a.b.c[] Int(1)",
            "a.b.c[] Float(2.5)",
            "e[] Bool(true)",
            "e[] Text(\"x\")",
            "f.g Text(\"18446744073709551615\")",
        ],
    );
}

#[test]
fn numbers_that_no_computer_holds_stay_text() {
    check(
        r#"{"a":123456789012345678901234567890,"b":1e999,"c":1e30}"#,
        &["a Text(\"123456789012345678901234567890\")", "b Text(\"1e999\")", "c Float(1e30)"],
    );
}

#[test]
fn a_name_that_stands_twice_keeps_both_values() {
    let doc = read(r#"{"a":1,"b":{"c":1},"a":2}"#);
    assert_eq!(doc.twice(), Some("a"));
    assert_eq!(seen(&doc), ["a[] Int(1)", "b.c Int(1)", "a[] Int(2)"]);
    assert_eq!(read(r#"{"b":{"c":1},"d":{"c":1},"e":[{"x":1},{"x":2}]}"#).twice(), None);
}

#[test]
fn pairs_of_a_list_give_names() {
    check(
        r#"{"p":[{"Name":"Mode","Value":"on"},{"name":"n","intValue":"5"}]}"#,
        &[
            "p.Name[] Text(\"Mode\")",
            "p.Value[] Text(\"on\")",
            "p.Mode[] Text(\"on\")",
            "p.name[] Text(\"n\")",
            "p.intValue[] Text(\"5\")",
            "p.n[] Text(\"5\")",
        ],
    );
    let doc = read(r#"{"attributes":[{"key":"http.status","value":{"intValue":"200"}}]}"#);
    assert_eq!(seen(&doc)[2], "attributes.http.status[] Int(200)");
    let doc = read(r#"{"m":[{"displayName":"Role","oldValue":"a","newValue":"b"}]}"#);
    assert_eq!(seen(&doc)[3..], ["m.Role.oldValue[] Text(\"a\")", "m.Role.newValue[] Text(\"b\")"]);
}

#[test]
fn the_inner_text_goes_before_the_outer() {
    let mut doc = read(r#"{"time":"t","user":"outer","log":"{\"user\":\"inner\",\"n\":[1,2]}"}"#);
    let (log, user, time, n) = (doc.path("log"), doc.path("user"), doc.path("time"), doc.path("n"));
    assert!(doc.read_inner(doc.place(log).unwrap()));
    assert_eq!(doc.get(user), Some(Leaf::Text("inner")));
    assert_eq!(doc.get(time), Some(Leaf::Text("t")));
    assert_eq!(doc.all(n).collect::<Vec<_>>(), [Leaf::Int(1), Leaf::Int(2)]);
    assert_eq!(seen(&doc)[0], "user Text(\"inner\")");
    let mut doc = read(r#"{"user":"outer","log":"{\"user\":\"inner\""}"#);
    let (log, user) = (doc.path("log"), doc.path("user"));
    assert!(!doc.read_inner(doc.place(log).unwrap()));
    assert_eq!(doc.get(user), Some(Leaf::Text("outer")));
}

#[test]
fn a_wrapper_is_taken_off_and_a_context_laid_under() {
    let mut doc = read(r#"{"_index":"i","_source":{"a":1,"b":{"c":2}}}"#);
    doc.unwrap("_source.");
    assert_eq!(seen(&doc), ["a Int(1)", "b.c Int(2)", "_index Text(\"i\")"]);
    let (a, group) = (doc.path("a"), doc.path("logGroup"));
    doc.add_around(a, Leaf::Int(5), false);
    doc.add_around(group, Leaf::Text("g"), false);
    assert_eq!((doc.get(a), doc.get(group)), (Some(Leaf::Int(1)), Some(Leaf::Text("g"))));
}

#[test]
fn a_broken_text_leaves_nothing() {
    let mut doc = fresh();
    doc.clear();
    assert!(doc.read(br#"{"a":1,"b":tru}"#).is_err());
    let a = doc.path("a");
    assert_eq!((doc.get(a), seen(&doc).len()), (None, 0));
}
