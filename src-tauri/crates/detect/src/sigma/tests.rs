//! What rules mean, on events made for them: the traps that were met when the crates of the field were compared.

use super::{load, run};
use timberline_model::reference::{MemoryStore, event};
use timberline_model::{Ctx, TimeRange, Value};

/// Rules on events given as `field=value` lists; gives the ids of rules that hit, with their counts.
fn hits(rules: &str, events: &[&[(&str, &str)]]) -> Vec<String> {
    let loaded = load([("test.yml", rules)]);
    assert_eq!(loaded.not_used, [], "{rules}");
    let all = events.iter().enumerate().map(|(n, fields)| {
        let fields: Vec<(&str, Value)> = fields
            .iter()
            .map(|(name, value)| {
                (*name, value.parse::<i64>().map_or_else(|_| Value::from(*value), Value::from))
            })
            .collect();
        event(1, n as u32, Some(n as i64 * 1_000_000_000), &fields)
    });
    let store = MemoryStore::new(all.collect());
    let ran = run(&store, TimeRange::ALL, &loaded.rules, &loaded.correlations, &Ctx::default()).unwrap();
    assert_eq!(ran.not_used, []);
    let mut out: Vec<String> =
        ran.hits.iter().map(|h| format!("{} {}", loaded.rules[h.rule].id, h.count)).collect();
    out.extend(
        ran.correlated
            .iter()
            .map(|f| format!("{} {}", loaded.correlations[f.correlation].id, f.events.len())),
    );
    out
}

/// A rule over process creations of Sysmon with this detection.
fn rule(detection: &str) -> String {
    let body: String = detection.lines().map(|l| format!("    {l}\n")).collect();
    format!(
        "title: t\nid: r\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n{body}"
    )
}

fn check(detection: &str, fields: &[(&str, &str)], expect: bool) {
    let mut event = vec![("winlog.channel", "Microsoft-Windows-Sysmon/Operational"), ("event.code", "1")];
    event.extend_from_slice(fields);
    let got = hits(&rule(detection), &[&event]);
    let want: &[&str] = if expect { &["r 1"] } else { &[] };
    assert_eq!(got, want, "{detection} on {fields:?}");
}

const IMAGE: &str = "winlog.event_data.Image";
const LINE: &str = "winlog.event_data.CommandLine";

#[test]
fn texts_match_as_the_specification_says() {
    check("s:\n  Image|endswith: '\\whoami.exe'\ncondition: s", &[(IMAGE, "C:\\Windows\\WHOAMI.EXE")], true);
    check("s:\n  Image|endswith: 'wh?ami.exe'\ncondition: s", &[(IMAGE, "C:\\whoami.exe")], true);
    check("s:\n  CommandLine|contains|all:\n    - 'a'\n    - 'b*d'\ncondition: s", &[(LINE, "xbcdya")], true);
    check("s:\n  CommandLine|contains|all:\n    - 'a'\n    - 'z'\ncondition: s", &[(LINE, "abc")], false);
    check("s:\n  CommandLine: ''\ncondition: s", &[(LINE, "")], true);
    check("s:\n  CommandLine|contains|cased: 'ABC'\ncondition: s", &[(LINE, "abc")], false);
    check("s:\n  CommandLine|re: '^A.*C$'\ncondition: s", &[(LINE, "abc")], false);
    check("s:\n  CommandLine|re|i: '^A.*C$'\ncondition: s", &[(LINE, "abc")], true);
    check("s:\n  CommandLine|windash|contains: ' -enc'\ncondition: s", &[(LINE, "powershell /enc x")], true);
    check(
        "s:\n  CommandLine|base64offset|contains: 'http://'\ncondition: s",
        &[(LINE, "eGh0dHA6Ly9h")],
        true,
    );
    check("s:\n  CommandLine|wide|base64offset|contains: 'ab'\ncondition: s", &[(LINE, "YQBiAA==")], true);
}

#[test]
fn numbers_and_texts_are_compared_both_ways() {
    check("s:\n  EventID: 1\ncondition: s", &[], true);
    check("s:\n  EventID: '1'\ncondition: s", &[], true);
    check("s:\n  CommandLine: 5\ncondition: s", &[(LINE, "5")], true);
    check("s:\n  CommandLine|gte: 5\ncondition: s", &[(LINE, "7")], true);
    check("s:\n  CommandLine|lt: 5\ncondition: s", &[(LINE, "7")], false);
    check("s:\n  CommandLine|cidr: 10.0.0.0/8\ncondition: s", &[(LINE, "::ffff:10.1.1.1")], true);
}

#[test]
fn what_is_missing_is_null() {
    check("s:\n  CommandLine: null\ncondition: s", &[], true);
    check("s:\n  CommandLine: null\ncondition: s", &[(LINE, "x")], false);
    check("s:\n  CommandLine|exists: true\ncondition: s", &[(LINE, "x")], true);
    check("s:\n  CommandLine|exists: false\ncondition: s", &[(LINE, "x")], false);
    check(
        "s:\n  Image|endswith: 'x'\nf:\n  CommandLine: null\ncondition: s and not f",
        &[(IMAGE, "x")],
        false,
    );
}

#[test]
fn conditions_and_selections_combine() {
    let two = "sel_a:\n  Image: a\nsel_b:\n  CommandLine: b\n_no:\n  Image: zzz\n";
    check(&format!("{two}condition: 1 of sel_*"), &[(IMAGE, "a")], true);
    check(&format!("{two}condition: all of sel_*"), &[(IMAGE, "a")], false);
    check(&format!("{two}condition: all of them"), &[(IMAGE, "a"), (LINE, "b")], true);
    check(&format!("{two}condition: sel_a AND NOT sel_b"), &[(IMAGE, "a")], true);
    check(&format!("{two}condition: 2 of sel_*"), &[(IMAGE, "a"), (LINE, "b")], true);
    check("s:\n  - Image: a\n  - CommandLine: b\ncondition: s", &[(LINE, "b")], true);
    check("k:\n  - 'needle'\ncondition: k", &[(LINE, "a NEEDLE in hay")], true);
    check("k:\n  '|all':\n    - 'one'\n    - 'two'\ncondition: k", &[(LINE, "one"), (IMAGE, "two")], true);
    check("k:\n  '|all':\n    - 'one'\n    - 'six'\ncondition: k", &[(LINE, "one"), (IMAGE, "two")], false);
    check("s:\n  CommandLine|fieldref: Image\ncondition: s", &[(LINE, "Same"), (IMAGE, "same")], true);
}

#[test]
fn only_events_of_the_log_source_count() {
    let text = rule("s:\n  EventID: 4688\ncondition: s");
    let on = |channel: &str| hits(&text, &[&[("winlog.channel", channel), ("event.code", "4688")]]);
    assert_eq!(on("Security"), ["r 1"]);
    assert_eq!(on("System"), Vec::<String>::new());
}

#[test]
fn what_cannot_be_used_says_why() {
    let check = |text: &str, reason: &str| {
        let loaded = load([("x.yml", text)]);
        assert!(loaded.rules.is_empty(), "{text}");
        assert!(loaded.not_used.iter().any(|n| n.reason.contains(reason)), "{:?}", loaded.not_used);
    };
    check(&rule("s:\n  Image|expand: '%x%'\ncondition: s"), "placeholders");
    check(&rule("s:\n  Image|re: '(a{1000}){1000}'\ncondition: s"), "regular expression");
    check(&rule("s:\n  Image: a\ncondition: other"), "other");
    check("title: [", "cannot be read");
}

#[test]
fn failures_then_a_success_correlate() {
    let text = "title: fail\nid: f\nname: fail\nlogsource:\n    product: windows\n    service: security\ndetection:\n    s:\n        EventID: 4625\n    condition: s\n---\n\
                title: many\nid: m\ncorrelation:\n    type: event_count\n    rules:\n        - fail\n    group-by:\n        - TargetUserName\n    timespan: 1m\n    condition:\n        gte: 3\n";
    let failed = |user: &'static str| {
        [("winlog.channel", "Security"), ("event.code", "4625"), ("winlog.event_data.TargetUserName", user)]
    };
    let (a, b) = (failed("a"), failed("b"));
    assert_eq!(hits(text, &[&a, &a, &b, &a]), ["f 4", "m 3"]);
    assert_eq!(hits(text, &[&a, &b, &a, &b]), ["f 4"]);
}
