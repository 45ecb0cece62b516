use super::*;
use crate::coded::check::{Keep, fixture, parse, real_bytes, show, sniff, survive};

const NS: &str = "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'";

fn event(provider: &str, channel: &str, code: u32, data: &str) -> Keep {
    let xml = format!(
        "<Event {NS}><System><Provider Name='{provider}'/><EventID>{code}</EventID><Channel>{channel}</Channel></System>\
         <EventData>{data}</EventData></Event>"
    );
    let keep = parse(&WindowsXml, xml.as_bytes());
    assert_eq!(keep.events.len(), 1);
    keep
}

fn check(provider: &str, channel: &str, code: u32, data: &[(&str, &str)], expect: &[(&str, Option<&str>)]) {
    let data: String = data.iter().map(|(n, v)| format!("<Data Name='{n}'>{v}</Data>")).collect();
    let keep = event(provider, channel, code, &data);
    for (name, value) in expect {
        assert_eq!(keep.events[0].get(name).as_deref(), *value, "{name} of {code}");
    }
}

#[test]
fn logons_say_who_from_where_and_how_it_ended() {
    let data = [
        ("TargetUserName", "alice"),
        ("TargetDomainName", "EXAMPLE"),
        ("SubStatus", "0xc000006a"),
        ("Status", "0xc000006d"),
        ("LogonType", "10"),
        ("IpAddress", "::ffff:192.0.2.4"),
        ("IpPort", "50123"),
    ];
    let common = [
        ("event.category", Some("authentication")),
        ("winlog.event_data.Status", Some("0xc000006d")),
        ("user.name", Some("alice")),
        ("user.domain", Some("EXAMPLE")),
        ("source.ip", Some("192.0.2.4")),
        ("source.port", Some("50123")),
        ("winlog.logon.type", Some("RemoteInteractive")),
        ("winlog.event_data.LogonType", Some("10")),
    ];
    check("Microsoft-Windows-Security-Auditing", "Security", 4625, &data, &common);
    let failed = [
        ("event.outcome", Some("failure")),
        ("event.action", Some("logon-failed")),
        ("event.reason", Some("user name is correct but the password is wrong")),
        ("event.code", Some("4625")),
    ];
    check("Microsoft-Windows-Security-Auditing", "Security", 4625, &data, &failed);
    check(
        "Microsoft-Windows-Security-Auditing",
        "Security",
        4624,
        &data,
        &[("event.outcome", Some("success")), ("event.reason", None)],
    );
    let local = [("TargetUserName", "bob"), ("IpAddress", "-"), ("IpPort", "0"), ("WorkstationName", "-")];
    check(
        "Microsoft-Windows-Security-Auditing",
        "Security",
        4624,
        &local,
        &[("source.ip", None), ("source.port", None), ("source.address", None)],
    );
}

#[test]
fn other_events_are_not_counted_as_logins() {
    for code in [4634, 4647, 4648, 4672, 4769, 4778] {
        check(
            "Microsoft-Windows-Security-Auditing",
            "Security",
            code,
            &[("TargetUserName", "a"), ("Status", "0x0")],
            &[("event.outcome", None)],
        );
    }
}

#[test]
fn accounts_and_groups_name_who_did_it_to_whom() {
    let data = [
        ("SubjectUserName", "admin"),
        ("TargetUserName", "mallory"),
        ("MemberName", "CN=eve"),
        ("MemberSid", "S-1-5-21-1"),
    ];
    check(
        "Microsoft-Windows-Security-Auditing",
        "Security",
        4720,
        &data,
        &[
            ("event.action", Some("added-user-account")),
            ("user.name", Some("admin")),
            ("user.target.name", Some("mallory")),
        ],
    );
    check(
        "Microsoft-Windows-Security-Auditing",
        "Security",
        4732,
        &data,
        &[
            ("event.action", Some("added-member-to-group")),
            ("group.name", Some("mallory")),
            ("user.target.name", Some("eve")),
        ],
    );
    check("Microsoft-Windows-Security-Auditing", "Security", 4740, &data, &[("user.name", Some("mallory"))]);
}

#[test]
fn processes_have_paths_names_and_numbers() {
    check(
        "Microsoft-Windows-Security-Auditing",
        "Security",
        4688,
        &[
            ("SubjectUserName", "alice"),
            ("TargetUserName", "-"),
            ("NewProcessId", "0x1a4"),
            ("ProcessId", "0x10"),
            ("NewProcessName", r"C:\Windows\System32\cmd.exe"),
            ("CommandLine", "cmd /c \"a &amp;&amp; b\""),
            ("ParentProcessName", r"C:\Windows\explorer.exe"),
        ],
        &[
            ("process.name", Some("cmd.exe")),
            ("process.pid", Some("420")),
            ("process.parent.pid", Some("16")),
            ("process.command_line", Some("cmd /c \"a && b\"")),
            ("process.parent.name", Some("explorer.exe")),
            ("user.name", Some("alice")),
        ],
    );
    check(
        "Microsoft-Windows-Sysmon",
        "Microsoft-Windows-Sysmon/Operational",
        3,
        &[
            ("Image", r"C:\a\b.exe"),
            ("User", r"EXAMPLE\alice"),
            ("Protocol", "tcp"),
            ("SourceIp", "192.0.2.1"),
            ("SourcePort", "5000"),
            ("DestinationIp", "2001:db8::2"),
            ("DestinationPort", "443"),
        ],
        &[
            ("event.category", Some("network")),
            ("source.ip", Some("192.0.2.1")),
            ("destination.ip", Some("2001:db8::2")),
            ("destination.port", Some("443")),
            ("user.name", Some("alice")),
            ("user.domain", Some("EXAMPLE")),
            ("process.name", Some("b.exe")),
        ],
    );
    check(
        "Microsoft-Windows-Sysmon",
        "Microsoft-Windows-Sysmon/Operational",
        22,
        &[("QueryName", "www.example.com"), ("QueryResults", "type:  5 x.example.com;::ffff:192.0.2.9;")],
        &[
            ("dns.question.name", Some("www.example.com")),
            ("dns.answers.data", Some("x.example.com, 192.0.2.9")),
            ("dns.answers.type", Some("CNAME, A")),
            ("dns.resolved_ip", Some("192.0.2.9")),
        ],
    );
}

#[test]
fn unnamed_values_entities_and_cdata() {
    let keep = event(
        "x",
        "Application",
        1,
        "<Data>one</Data><Data>&lt;two&gt; &#65;&#x42;</Data><Data Name=\"c\"><![CDATA[<3>]]></Data><Binary>00FF</Binary>",
    );
    let get = |name: &str| keep.events[0].get(&format!("winlog.event_data.{name}"));
    assert_eq!(get("param1").as_deref(), Some("one"));
    assert_eq!(get("param2").as_deref(), Some("<two> AB"));
    assert_eq!(get("c").as_deref(), Some("<3>"));
    assert_eq!(get("Binary").as_deref(), Some("00FF"));
}

#[test]
fn entities_are_never_expanded() {
    let bomb = format!(
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><Event {NS}><EventData><Data Name='x'>&b;</Data></EventData></Event>"
    );
    let keep = parse(&WindowsXml, bomb.as_bytes());
    assert_eq!(keep.events[0].get("winlog.event_data.x").as_deref(), Some("&b;"));
    let kinds: Vec<_> = keep.problems.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [ProblemKind::Refused, ProblemKind::Refused]);
}

#[test]
fn fixtures_read_as_they_should() {
    for name in ["events.xml", "lines.xml"] {
        let bytes = fixture(&format!("windows_xml/{name}"));
        assert!(sniff(&WindowsXml, &bytes, name) > 0.9, "{name}");
        insta::assert_snapshot!(format!("windows_xml_{name}"), show(&parse(&WindowsXml, &bytes)));
    }
}

#[test]
fn real_exports_are_whole() {
    // One of them has four events of another kind, as text, between its XML.
    for file in [
        "derived_sysmon_export",
        "sysmon_events_certutil",
        "windows_powershell_events_utf16",
        "windows_powershell_operational_events",
    ] {
        let Some(bytes) = real_bytes(&format!("xml/{file}.xml")) else { return };
        let count = memmem::find_iter(&bytes, b"<EventRecordID>").count();
        let keep = parse(&WindowsXml, &bytes);
        assert_eq!(
            (keep.events.len(), keep.problems.len()),
            (count, if file.contains("certutil") { 4 } else { 0 }),
            "{file} {:?}",
            keep.problems.first()
        );
        assert!(keep.events.iter().all(|e| e.time_ns.is_some() && e.get("host.name").is_some()), "{file}");
        assert!(sniff(&WindowsXml, &bytes, file) > 0.9, "{file}");
        println!("{file}: {count} events");
    }
}

#[test]
fn other_xml_is_not_claimed() {
    for file in ["nmap_issue12411", "nmap_issue4406", "nmap_nmap_multiple_port", "plaso_SAFStore"] {
        let Some(bytes) = real_bytes(&format!("xml/{file}.xml")) else { break };
        assert_eq!(sniff(&WindowsXml, &bytes, file), 0.0, "{file}");
    }
    for text in ["<?xml version='1.0'?><Events><Item/></Events>", "", "<html>", "Jan 1 <Event> x"] {
        assert_eq!(sniff(&WindowsXml, text.as_bytes(), "events.xml"), 0.0, "{text}");
    }
}

#[test]
fn broken_in_any_way_it_is_read_to_its_end() {
    let marks: [&[u8]; 12] = [
        b"<",
        b">",
        b"\"",
        b"'",
        b"<Event>",
        b"</Event>",
        b"<!--",
        b"<![CDATA[",
        b"&x;",
        b"<a>",
        b"<!DOCTYPE a [",
        b"\n",
    ];
    survive(&WindowsXml, &fixture("windows_xml/events.xml"), 1_500, &marks);
    survive(&WindowsXml, &fixture("windows_xml/lines.xml"), 1_500, &marks);
}
