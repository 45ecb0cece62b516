use super::*;
use crate::coded::check::{Seen, fixture, parse, parse_at, real_bytes, real_files, show, sniff, survive};
use crate::coded::evtx::Evtx;
use crate::coded::evtx::write::{Log, System, Value, data_template};
use crate::coded::windows_xml::WindowsXml;

const DATA: [(&str, &str); 21] = [
    ("SubjectUserSid", "S-1-0-0"),
    ("SubjectUserName", "-"),
    ("SubjectDomainName", "-"),
    ("SubjectLogonId", "0x0"),
    ("TargetUserSid", "S-1-0-0"),
    ("TargetUserName", "mallory"),
    ("TargetDomainName", "EXAMPLE"),
    ("Status", "0xc000006d"),
    ("FailureReason", "%%2313"),
    ("SubStatus", "0xc000006a"),
    ("LogonType", "3"),
    ("LogonProcessName", "NtLmSsp "),
    ("AuthenticationPackageName", "NTLM"),
    ("WorkstationName", "WS9"),
    ("TransmittedServices", "-"),
    ("LmPackageName", "-"),
    ("KeyLength", "0"),
    ("ProcessId", "0x0"),
    ("ProcessName", "-"),
    ("IpAddress", "203.0.113.7"),
    ("IpPort", "50123"),
];

/// The event of all the fixtures, as Windows keeps it.
fn in_evtx() -> Seen {
    let names = DATA.map(|(name, _)| name);
    let mut log = Log::new();
    let system = System {
        provider: "Microsoft-Windows-Security-Auditing",
        guid: Value::Guid([
            0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28, 0xc3, 0x0d,
        ]),
        channel: "Security",
        computer: "ws1.example.com",
        code: 4625,
        version: 0,
        level: 0,
        task: 12_544,
        opcode: 0,
        keywords: 0x8010_0000_0000_0000,
        pid: 580,
        thread: 612,
        user: Value::Null,
    };
    let values = DATA.iter().map(|(_, value)| Value::text(value)).collect();
    // 2026-03-09 10:20:30.1234567 UTC.
    log.event(134_175_252_301_234_567, &system, Value::Xml(data_template(1, &names), values));
    parse_at(&Evtx, &log.finish(), usize::MAX).events.remove(0)
}

/// What only some carriers have.
fn beside(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "message",
        "host",
        "type",
        "tags",
        "EventReceivedTime",
        "SeverityValue",
        "SourceModuleName",
        "SourceModuleType",
        "_index",
        "event.created",
        "Event.@xmlns",
        "Event.#attributes.xmlns",
    ];
    NAMES.contains(&name) || ["agent.", "beat.", "ecs."].iter().any(|prefix| name.starts_with(prefix))
}

fn fields(event: &Seen) -> Vec<(String, String)> {
    let mut fields: Vec<_> = event
        .fields
        .iter()
        .filter(|(name, _)| !beside(name))
        .map(|(name, value)| (name.clone(), value.show()))
        .collect();
    fields.sort();
    fields
}

#[test]
fn the_same_event_has_the_same_fields_however_it_was_carried() {
    let expect = in_evtx();
    assert_eq!(expect.get("event.action").as_deref(), Some("logon-failed"));
    assert_eq!(expect.get("event.outcome").as_deref(), Some("failure"));
    assert_eq!(expect.get("user.name").as_deref(), Some("mallory"));
    assert_eq!(expect.get("source.ip").as_deref(), Some("203.0.113.7"));
    assert_eq!(expect.get("event.reason").as_deref(), Some("user name is correct but the password is wrong"));
    // What a carrier does not have at all.
    let system = ["winlog.record_id", "winlog.process.pid", "winlog.process.thread.id"];
    let check = |name: &str, format: &dyn Format, bytes: &[u8], lacks: &[&str]| {
        let score = sniff(format, bytes, name);
        assert!(score > 0.85, "{name}: {score}");
        let event = parse(format, bytes).events.remove(0);
        let mut expected = fields(&expect);
        expected.retain(|(name, _)| !lacks.contains(&name.as_str()));
        assert_eq!(fields(&event), expected, "{name}");
        let second = |ns: Option<i64>| ns.map(|ns| ns / 1_000_000_000);
        assert_eq!(second(event.time_ns), second(expect.time_ns), "{name}");
        let exact = !["nxlog", "fluent", "powershell"].iter().any(|coarse| name.contains(coarse));
        let apart = event.time_ns.unwrap_or(0).abs_diff(expect.time_ns.unwrap_or(0));
        assert!(!exact || apart < 1_000, "{name}: {apart} ns");
    };
    let json = |name: &str, lacks: &[&str]| {
        check(name, &WindowsJson, &fixture(&format!("windows_json/{name}")), lacks);
    };
    json("winlogbeat6.ndjson", &[]);
    json("nxlog.ndjson", &[]);
    json("flat.ndjson", &system);
    json("evtx_dump.ndjson", &[]);
    json("attributes.json", &[]);
    json("velociraptor.ndjson", &[]);
    check("wevtutil.xml", &WindowsXml, &fixture("windows_xml/wevtutil.xml"), &[]);
    let utf16: Vec<u16> = fixture("windows_xml/rendered_utf16.xml")
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let text = String::from_utf16(&utf16).unwrap();
    check("rendered_utf16.xml", &WindowsXml, text.trim_start_matches('\u{feff}').as_bytes(), &[]);
    // One of two records is another program's.
    let bytes = fixture("windows_json/winlogbeat8.ndjson");
    let keep = parse(&WindowsJson, &bytes);
    assert_eq!(fields(&keep.events[0]), fields(&expect));
    assert_eq!(keep.events[1].get("message").as_deref(), Some("another program's line"));
    assert_eq!(keep.events[1].get("event.code"), None);
    // These have the values without their names.
    for name in ["fluent_bit.ndjson", "powershell.json"] {
        let bytes = fixture(&format!("windows_json/{name}"));
        assert!(sniff(&WindowsJson, &bytes, name) > 0.9, "{name}");
        let event = parse(&WindowsJson, &bytes).events.remove(0);
        for field in
            ["event.action", "event.outcome", "event.code", "winlog.channel", "host.name", "winlog.task"]
        {
            assert_eq!(event.get(field), expect.get(field), "{field} of {name}");
        }
        assert_eq!(event.get("winlog.event_data.param6").as_deref(), Some("mallory"), "{name}");
        assert_eq!(
            event.time_ns.map(|t| t / 1_000_000_000),
            expect.time_ns.map(|t| t / 1_000_000_000),
            "{name}"
        );
    }
}

#[test]
fn fixtures_read_as_they_should() {
    for name in ["winlogbeat8.ndjson", "nxlog.ndjson", "powershell.json"] {
        let bytes = fixture(&format!("windows_json/{name}"));
        insta::assert_snapshot!(format!("windows_json_{name}"), show(&parse(&WindowsJson, &bytes)));
    }
}

#[test]
fn other_json_is_not_claimed() {
    for text in [
        r#"{"EventID":4625,"user":"bob"}"#,
        r#"{"event_id":"x","message":"m"}"#,
        r#"{"Id":7,"ProviderName":"x"}"#,
        r#"{"@timestamp":"2026-01-01T00:00:00Z","message":"x"}"#,
        "",
        "[]",
    ] {
        assert_eq!(sniff(&WindowsJson, text.as_bytes(), "x.json"), 0.0, "{text}");
    }
    for name in ["json", "cloud", "ids"].into_iter().flat_map(real_files).filter(|n| n.ends_with("json")) {
        let Some(bytes) = real_bytes(&name) else { return };
        assert_eq!(sniff(&WindowsJson, &bytes, &name), 0.0, "{name}");
    }
}

#[test]
fn broken_in_any_way_it_is_read_to_its_end() {
    let marks: [&[u8]; 6] = [b"{", b"\"", b"[", b"\"EventID\":", b"null", b"\\"];
    survive(&WindowsJson, &fixture("windows_json/nxlog.ndjson"), 1_000, &marks);
    survive(&WindowsJson, &fixture("windows_json/attributes.json"), 1_000, &marks);
}
