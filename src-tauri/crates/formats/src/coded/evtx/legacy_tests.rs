use super::*;
use crate::coded::check::{Keep, parse_at, real_bytes, show, sniff, survive};
use crate::coded::windows_xml::WindowsXml;
use crate::testing::{fixtures, root};

/// 2003-05-06 07:08:09 UTC.
const TIME: u32 = 1_052_204_889;

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn record(
    number: u32,
    source: &str,
    code: u32,
    kind: u16,
    sid: &[u8],
    texts: &[&str],
    data: &[u8],
) -> Vec<u8> {
    let mut body = [utf16(source), utf16("XPBOX")].concat();
    let place = |body: &[u8]| (56 + body.len()) as u32;
    let sid_at = place(&body);
    body.extend(sid);
    let texts_at = place(&body);
    texts.iter().for_each(|text| body.extend(utf16(text)));
    let data_at = place(&body);
    body.extend(data);
    while !body.len().is_multiple_of(4) {
        body.push(0);
    }
    let len = (60 + body.len()) as u32;
    let mut out = Vec::new();
    for word in [len, u32::from_le_bytes(*b"LfLe"), number, TIME + number, TIME + number, code] {
        out.extend(word.to_le_bytes());
    }
    for half in [kind, texts.len() as u16, 2, 0] {
        out.extend(half.to_le_bytes());
    }
    for word in [0, texts_at, sid.len() as u32, sid_at, data.len() as u32, data_at] {
        out.extend(word.to_le_bytes());
    }
    out.extend(body);
    out.extend(len.to_le_bytes());
    out
}

fn records() -> [Vec<u8>; 3] {
    let sid = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
    let failed =
        ["mallory", "EXAMPLE", "3", "NtLmSsp ", "NTLM", "WS9", "-", "-", "-", "-", "-", "203.0.113.7", "0"];
    [
        record(1, "Service Control Manager", 0x4000_1b7c, 4, &sid, &["Backup <1>", "stopped"], &[]),
        record(2, "Security", 529, 16, &[], &failed, &[]),
        record(3, "Application Popup", 26, 1, &[], &["title", "two\r\nlines"], &[0xca, 0xfe]),
    ]
}

fn end() -> Vec<u8> {
    let mut end = END.to_vec();
    end.extend([48, 0, 0, 0, 0, 2, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0x28, 0, 0, 0]);
    end
}

fn header() -> Vec<u8> {
    let words = [48, u32::from_le_bytes(*b"LfLe"), 1, 1, 48, 0x200, 4, 1, 0x10000, 0, 0, 48];
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// In order; and as a ring whose last record runs on at the beginning.
fn files() -> [(&'static str, Vec<u8>); 2] {
    let [one, two, three] = records();
    let plain = [header(), one.clone(), two.clone(), three.clone(), end(), vec![0; 64]].concat();
    let (tail, head) = three.split_at(100);
    let ring = [header(), head.to_vec(), end(), vec![0x27, 0, 0, 0, 0x27, 0, 0, 0], one, two, tail.to_vec()]
        .concat();
    [("plain.evt", plain), ("ring.evt", ring)]
}

fn read(bytes: &[u8]) -> Keep {
    parse_at(&Evt, bytes, usize::MAX)
}

#[test]
fn fixtures_are_what_was_written_and_read_as_they_should() {
    let folder = root().join("fixtures/formats/evt");
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
        assert!(sniff(&Evt, &bytes, name) > 0.9);
        let keep = read(&bytes);
        insta::assert_snapshot!(format!("evt_{name}"), show(&keep));
        for event in &keep.events {
            let xml = crate::coded::check::parse(&WindowsXml, &event.raw);
            let fields = |e: &crate::coded::check::Seen| {
                let mut all: Vec<_> = e.fields.iter().map(|(n, v)| (n.clone(), v.show())).collect();
                all.sort();
                all
            };
            assert_eq!(fields(&xml.events[0]), fields(event), "{}", String::from_utf8_lossy(&event.raw));
        }
    }
    assert_eq!(fixtures("evt").len(), files().len());
}

#[test]
fn damage_costs_only_what_is_damaged() {
    let mut bytes = files()[0].1.clone();
    let second = 48 + records()[0].len();
    bytes[second + 4] = b'X';
    let keep = read(&bytes);
    assert_eq!((keep.events.len(), keep.problems.len()), (2, 1), "{:?}", keep.problems);
    assert_eq!(keep.problem_bytes, records()[1].len() as u64);
    let cut = &files()[0].1[..second + 90];
    let keep = read(cut);
    assert_eq!((keep.events.len(), keep.problems.len()), (1, 1), "{:?}", keep.problems);
    assert_eq!(read(&files()[0].1[48..]).events.len(), 3);
    survive(&Evt, &files()[1].1, 500, &[b"LfLe", &END, b"\0\0\0\0", b"\xff\xff\xff\xff"]);
}

#[test]
fn a_real_log_loses_no_record() {
    let Some(bytes) = real_bytes("evtx/plaso_SysEvent.Evt") else { return };
    let keep = read(&bytes);
    let frames = (0..bytes.len()).filter(|at| frame(&bytes, *at).is_some()).count();
    // Its last record runs on at the beginning.
    assert_eq!(keep.events.len(), frames + 1);
    // The newest record wrote over the beginning of the oldest, whose end is left.
    assert!(keep.problem_bytes < 1_000, "{:?}", keep.problems);
    println!("{frames} events");
}
