//! What pairs and addresses come to.

use super::heading;
use super::pairs::{each, unhex};

fn check(body: &str, expect: &[(&str, &str)]) {
    let mut pairs = Vec::new();
    each(body.as_bytes(), &mut pairs);
    let got: Vec<(String, String)> = pairs
        .iter()
        .map(|p| {
            let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            (text(p.name), text(&p.text()))
        })
        .collect();
    let expect: Vec<(String, String)> =
        expect.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(got, expect, "{body}");
}

#[test]
fn pairs_are_read_as_they_were_meant() {
    check("a=1 comm=\"x y\" exe=2F62", &[("a", "1"), ("comm", "x y"), ("exe", "/b")]);
    check(
        "pid=1 msg='op=adding user id=4 exe=\"/a\" res=1' UID=\"root\"",
        &[("pid", "1"), ("op", "adding user"), ("id", "4"), ("exe", "/a"), ("res", "1"), ("UID", "root")],
    );
    check("old auid=5 new auid=6", &[("old-auid", "5"), ("auid", "6")]);
    check(
        "acct=\"a\\\" res=success\" res=failed",
        &[("acct", "a\\"), ("res", "success\""), ("res", "failed")],
    );
    check("", &[]);
    check("comm=\"never ends", &[("comm", "never ends")]);
}

#[test]
fn headings_name_time_and_event() {
    let found = heading(b"node=a type=SYSCALL msg=audit(1481077041.515:406): x=1").unwrap();
    assert_eq!((found.kind, found.node, found.serial), (b"SYSCALL".as_slice(), b"a".as_slice(), 406));
    assert_eq!(found.stamp().unwrap().ns, 1_481_077_041_515_000_000);
    assert!(heading(b"type=SYSCALL msg=audit(x:1): ").is_none());
    assert!(heading(b"type=SYSCALL").is_none());
    assert_eq!(unhex(b"6"), None);
    assert_eq!(unhex(b"6161"), Some(b"aa".to_vec()));
}
