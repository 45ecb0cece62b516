use super::write::{Log, Node, System, Template, Value, data_template};
use super::*;
use crate::coded::check::{Keep, Seen, parse_at, show, sniff, survive};
use crate::coded::windows_xml::WindowsXml;
use crate::testing::{fixtures, root};
use std::path::PathBuf;
use timberline_model::ProblemKind;

/// 2026-03-09 10:20:30 UTC.
const TIME: u64 = 134_175_252_300_000_000;
const AUDITING: [u8; 16] =
    [0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28, 0xc3, 0x0d];
const NAMES: [&str; 8] = [
    "TargetUserName",
    "TargetDomainName",
    "Status",
    "LogonType",
    "IpAddress",
    "IpPort",
    "ProcessId",
    "WorkstationName",
];

fn security(code: u16) -> System {
    System {
        provider: "Microsoft-Windows-Security-Auditing",
        guid: Value::Guid(AUDITING),
        channel: "Security",
        computer: "ws1.example.com",
        code,
        version: 2,
        level: 0,
        task: 12_544,
        opcode: 0,
        keywords: if code == 4625 { 0x8010_0000_0000_0000 } else { 0x8020_0000_0000_0000 },
        pid: 580,
        thread: 612,
        user: Value::Null,
    }
}

fn logon(user: &str, address: &str, port: &str) -> Value {
    let values = vec![
        Value::text(user),
        Value::text("EXAMPLE"),
        Value::Hex32(0xc000_006d),
        Value::U32(3),
        Value::text(address),
        Value::text(port),
        Value::Hex64(0x244),
        Value::Null,
    ];
    Value::Xml(data_template(0x1000_0001, &NAMES), values)
}

/// Events of each kind that the reader must know, in two chunks.
fn clean() -> Log {
    let mut log = Log::new();
    log.event(TIME, &security(4625), logon("mallory", "203.0.113.7", "50123"));
    log.event(TIME + 12_345_678, &security(4624), logon("Ärzte <&> \"Co\"", "::1", "0"));
    // A classic event: values without names, as an array, and bytes.
    let data = |content| Node::Element("Data", Vec::new(), vec![content], None);
    let classic = Template {
        id: 0x1000_0002,
        root: Node::Element(
            "EventData",
            Vec::new(),
            vec![
                data(Node::Slot(0, 0x81, false)),
                Node::Element("Binary", Vec::new(), vec![Node::Slot(1, 0x0e, true)], None),
            ],
            None,
        ),
    };
    let system = System {
        provider: "Service Control Manager",
        guid: Value::Null,
        channel: "System",
        code: 7036,
        level: 4,
        task: 0,
        keywords: 0x8080_0000_0000_0000,
        user: Value::Sid(vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]),
        ..security(0)
    };
    let texts = ["Backup", "", "stopped\r\nnow"].map(str::to_owned).to_vec();
    log.event(
        TIME + 20_000_000,
        &system,
        Value::Xml(classic.clone(), vec![Value::Texts(texts), Value::Binary(vec![0, 0xff])]),
    );
    log.event(
        TIME + 30_000_000,
        &system,
        Value::Xml(classic, vec![Value::Texts(vec!["one".to_owned()]), Value::Null]),
    );
    log.end_chunk();
    // Data of the user's own form, and a value in several pieces.
    let user_data = Template {
        id: 0x1000_0003,
        root: Node::Element(
            "UserData",
            Vec::new(),
            vec![Node::Element(
                "EventXML",
                vec![("xmlns", Node::Text("Event_NS".to_owned()))],
                vec![
                    Node::Element("Param1", Vec::new(), vec![Node::Slot(0, 0x01, false)], None),
                    Node::Element("Param2", Vec::new(), vec![Node::Slot(1, 0x01, false)], Some(1)),
                    Node::Element("Param3", Vec::new(), vec![Node::Slot(2, 0x01, false)], None),
                    Node::Element(
                        "Told",
                        Vec::new(),
                        vec![
                            Node::Text("from ".to_owned()),
                            Node::Slot(2, 0x01, false),
                            Node::Text(" & on".to_owned()),
                        ],
                        None,
                    ),
                ],
                None,
            )],
            None,
        ),
    };
    let remote = System {
        provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
        channel: "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        code: 1149,
        level: 4,
        keywords: 0x1000_0000_0000_0000,
        ..system
    };
    let values = vec![Value::text("alice"), Value::Null, Value::text("198.51.100.9")];
    log.event(TIME + 40_000_000, &remote, Value::Xml(user_data, values));
    let kinds = ["AnAnsi", "ABool", "ATime", "ANumber", "AGuid"];
    let values = vec![
        Value::Ansi(b"caf\xe9".to_vec()),
        Value::Bool(true),
        Value::Time(TIME),
        Value::I32(-5),
        Value::Guid(AUDITING),
    ];
    log.event(TIME + 50_000_000, &remote, Value::Xml(data_template(0x1000_0004, &kinds), values));
    log
}

fn files() -> [(&'static str, Vec<u8>); 3] {
    let clean = clean().finish();
    let mut chunk = clean.clone();
    // The first chunk loses its signature and the header of its second record.
    chunk[4096..4104].fill(b'X');
    let second = record_at(&clean, 1);
    chunk[second..second + 24].fill(0x55);
    let last = record_at(&clean, 5);
    [("clean.evtx", clean.clone()), ("bad_chunk.evtx", chunk), ("cut.evtx", clean[..last + 100].to_vec())]
}

/// Where the record of this number (from 0) begins.
fn record_at(file: &[u8], number: usize) -> usize {
    memchr::memmem::find_iter(file, chunk::RECORD).nth(number).unwrap()
}

fn read(bytes: &[u8]) -> Keep {
    parse_at(&Evtx, bytes, usize::MAX)
}

#[test]
fn fixtures_are_what_the_writer_writes_and_read_as_they_should() {
    let folder = root().join("fixtures/formats/evtx");
    for (name, bytes) in files() {
        let path = folder.join(name);
        if std::env::var_os("TIMBERLINE_WRITE_FIXTURES").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "{name}: set TIMBERLINE_WRITE_FIXTURES to write it anew"
        );
        assert!(sniff(&Evtx, &bytes, name) > 0.9);
        insta::assert_snapshot!(format!("evtx_{name}"), show(&read(&bytes)));
    }
    assert_eq!(fixtures("evtx").len(), files().len());
}

#[test]
fn bytes_may_come_in_any_portions() {
    for (name, bytes) in files() {
        let whole = read(&bytes);
        for step in [1_000, 65_535, 4_097] {
            let slow = parse_at(&Evtx, &bytes, step);
            assert_eq!(show(&slow), show(&whole), "{name} by {step}");
        }
    }
}

/// The fields of an event but those that only one of the carriers can have.
fn fields(event: &Seen) -> Vec<(String, String)> {
    let mut fields: Vec<_> = event
        .fields
        .iter()
        .filter(|(name, _)| name != "winlog.recovered_from")
        .map(|(name, value)| (name.clone(), value.show()))
        .collect();
    fields.sort();
    fields
}

fn same_as_xml(name: &str, keep: &Keep) {
    for event in &keep.events {
        let xml = crate::coded::check::parse(&WindowsXml, &event.raw);
        let text = String::from_utf8_lossy(&event.raw);
        assert_eq!(xml.events.len(), 1, "{name}: {text}");
        assert_eq!(xml.events[0].time_ns, event.time_ns, "{name}: {text}");
        assert_eq!(fields(&xml.events[0]), fields(event), "{name}: {text}");
    }
}

#[test]
fn an_event_and_its_xml_have_the_same_fields() {
    let keep = read(&clean().finish());
    assert_eq!(keep.problems.len(), 0);
    assert_eq!(keep.events.len(), 6);
    same_as_xml("own", &keep);
}

#[test]
fn what_is_lost_is_named() {
    let clean = clean().finish();
    let said =
        |bytes: &[u8]| -> Vec<String> { read(bytes).problems.into_iter().map(|p| p.message).collect() };
    let check = |bytes: &[u8], events: usize, expect: &[&str]| {
        let keep = read(bytes);
        let messages = said(bytes);
        assert_eq!(keep.events.len(), events, "{messages:?}");
        for words in expect {
            assert!(messages.iter().any(|m| m.contains(words)), "{words}: {messages:?}");
        }
        assert_eq!(messages.len(), expect.len(), "{messages:?}");
    };
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = clean.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    // The header of the file, of a chunk; what they count.
    check(&changed(0, b"XXXXXXXX"), 6, &["the first chunk was found after 4096 bytes"]);
    check(&clean[4096..], 6, &[]);
    check(&changed(30, &[1]), 6, &["checksum of the file's header"]);
    check(&changed(4096 + 60, &[1]), 6, &["checksum of the header of chunk 1"]);
    check(&changed(4096 + 65_000, &[1]), 6, &[]);
    let in_text = record_at(&clean, 1) + 200;
    check(&changed(in_text, &[clean[in_text] ^ 1]), 6, &["checksum of the records of chunk 1"]);
    // A chunk that is not there.
    let without = [&clean[..4096], &clean[4096 + chunk::SIZE..]].concat();
    check(&without, 2, &["counts 2 chunks, 1 are there"]);
    let zeros = changed(4096, &[0; chunk::SIZE]);
    check(&zeros, 2, &["counts 2 chunks, 1 are there"]);
    let other = [&clean[..4096 + chunk::SIZE], b"anything".as_slice(), &clean[4096 + chunk::SIZE..]].concat();
    check(&other, 6, &["8 bytes behind chunk 1 are no chunk"]);
    let cut_in_the_middle = [&clean[..record_at(&clean, 3) + 40], &clean[4096 + chunk::SIZE..]].concat();
    check(&cut_in_the_middle, 5, &["record 4 of 2026-03-09T10:20:33Z is cut off"]);
    // A record whose number is overwritten is still one; one without a beginning is missing.
    let second = record_at(&clean, 1);
    check(
        &changed(second, &[0x55; 24]),
        5,
        &[
            "checksum of the records",
            "are no record",
            "record 2 is missing that the header of chunk 1 counts",
        ],
    );
    check(&changed(second + 28, &[0xee]), 5, &["checksum of the records", "record 2 of"]);
}

#[test]
fn deleted_records_are_recovered_and_say_so() {
    let mut log = clean();
    log.event(TIME, &security(4624), logon("old", "192.0.2.1", "1"));
    let mut file = log.finish();
    // The last chunk says that it ends before its last record.
    let chunk_at = 4096 + chunk::SIZE;
    let last = record_at(&file, 6);
    let free = (last - chunk_at) as u32;
    file[chunk_at + 48..chunk_at + 52].copy_from_slice(&free.to_le_bytes());
    file[chunk_at + 32..chunk_at + 40].copy_from_slice(&6u64.to_le_bytes());
    file[last + 8] = 77;
    file[chunk_at + 120] |= 4;
    let keep = read(&file);
    assert_eq!(keep.events.len(), 7);
    assert_eq!(keep.events[6].get("winlog.recovered_from").as_deref(), Some("unused space"));
    assert_eq!(keep.events[6].get("user.name").as_deref(), Some("old"));
    assert!(keep.problems.iter().any(|p| p.kind == ProblemKind::Assumed), "{:?}", keep.problems);
    // As the next number it is the newest of a log that was in use.
    file[last + 8] = 7;
    let keep = read(&file);
    assert_eq!(keep.events[6].get("winlog.recovered_from"), None);
    // Without its template nothing of it can be read; of an earlier chunk's template it can.
    let definition = memchr::memmem::rfind(&file, &0x1000_0001u32.to_le_bytes()).unwrap();
    file[definition] ^= 0xff;
    file[last + 8] = 77;
    assert_eq!(read(&file).events.len(), 7);
}

#[test]
fn small_records_cannot_grow_without_bounds() {
    // A record that uses a long template many times.
    let text = Node::Text("x".repeat(20_000));
    let long = Template { id: 0x2000_0001, root: Node::Element("Data", Vec::new(), vec![text], None) };
    let slots: Vec<Node> = (0..600).map(|n| Node::Slot(n, 0x21, false)).collect();
    let many = Template { id: 0x2000_0002, root: Node::Element("Event", Vec::new(), slots, None) };
    let mut log = Log::new();
    log.record(TIME, &many, &vec![Value::Xml(long, Vec::new()); 600]);
    let keep = read(&log.finish());
    assert_eq!(keep.events.len(), 0);
    assert!(keep.problems[0].message.contains("too long"), "{:?}", keep.problems[0]);
}

#[test]
fn broken_in_any_way_it_is_read_to_its_end() {
    let marks: [&[u8]; 8] = [
        b"ElfChnk\0",
        b"\x2a\x2a\0\0",
        b"\x0c\x01",
        b"\x41\xff\xff",
        b"\xff\xff\xff\xff",
        b"\0\0\0\0",
        b"\x0e\0\0\x21",
        b"\x01",
    ];
    survive(&Evtx, &files()[0].1, 300, &marks);
}

/// EVTX files outside of the repository.
fn real_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("../shared/data/evtx"), root().join("../shared/sigma/regression")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "evtx") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Records by their frame alone: signature, length, and the length again at the end.
fn frames(bytes: &[u8]) -> usize {
    let mut next = 0;
    let whole = |at: &usize| {
        let size = values::number(&bytes[*at + 4..(*at + 8).min(bytes.len())]) as usize;
        (28..=chunk::SIZE).contains(&size)
            && bytes.get(at + size - 4..at + size).is_some_and(|b| values::number(b) as usize == size)
    };
    memchr::memmem::find_iter(bytes, chunk::RECORD)
        .filter(whole)
        .filter(|at| {
            let free = *at >= next;
            if free {
                next = at + values::number(&bytes[*at + 4..*at + 8]) as usize;
            }
            free
        })
        .count()
}

#[test]
fn real_logs_lose_no_record() {
    let (mut all, mut lost) = (0, 0);
    for path in real_files() {
        let bytes = std::fs::read(&path).unwrap();
        let keep = read(&bytes);
        let name = path.file_name().unwrap().to_string_lossy();
        let unread = |p: &&crate::coded::check::Trouble| p.message.contains("cannot be read: ");
        let failed = keep.problems.iter().filter(unread).count();
        assert_eq!(failed, 0, "{name}: {:?}", keep.problems.iter().find(unread));
        // Deleted ones whose template is gone, and copies of others, are frames too.
        let frames = frames(&bytes);
        let live = keep.events.iter().filter(|e| e.get("winlog.recovered_from").is_none()).count();
        assert!(live > 0 && live <= frames, "{name}: {live} of {frames}");
        assert!(keep.events.iter().all(|e| e.time_ns.is_some()), "{name}");
        all += keep.events.len();
        lost += frames - keep.events.len().min(frames);
        same_as_xml(&name, &keep);
    }
    println!("{all} records read, {lost} frames of deleted ones left");
}
