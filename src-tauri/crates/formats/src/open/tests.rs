//! Opening files that are odd in one way each.

use super::*;
use crate::testing::Counting;
use flate2::{Compression, GzBuilder};
use std::fs;
use std::io::Write;

pub fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

pub fn read(path: &Path, options: &ReadOptions) -> (Counting, Reading) {
    let mut sink = Counting::default();
    let opened = probe(path, options).unwrap();
    let reading = opened.read(&mut sink, &mut |_| Flow::Continue).unwrap();
    assert_eq!(sink.bytes(), reading.decoded_bytes, "every byte is accounted for");
    (sink, reading)
}

#[test]
fn the_hash_is_of_the_file_and_offsets_are_of_the_text() {
    let (_dir, path) = file("x.log", b"\xef\xbb\xbf2026-03-10 02:13:04 one\r\n2026-03-10 02:13:05 two\n");
    let (sink, reading) = read(&path, &ReadOptions::default());
    assert_eq!((sink.events, sink.problems), (2, 0));
    assert_eq!(reading.bytes, reading.decoded_bytes + 3);
    assert_eq!(reading.sha256, "a991d3893477361730dff51cf81a2841ad4b1f0813a9e8343b5521513cb49192");
    assert_eq!(reading.zone, "UTC, assumed: the log names no zone");
    assert!(!reading.changed);
}

#[test]
fn an_empty_file_is_read_and_says_so() {
    let (_dir, path) = file("x.log", b"");
    let (sink, reading) = read(&path, &ReadOptions::default());
    assert_eq!(sink.said, [(ProblemKind::NoEvents, "the file is empty".to_owned())]);
    assert_eq!(reading.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[test]
fn gzip_is_unpacked_and_its_date_gives_the_year() {
    let text: String =
        (0..9000).map(|n| format!("Mar 10 02:{:02}:04 web1 app[1]: line {n}\n", n % 60)).collect();
    let mut pack = GzBuilder::new().mtime(1_000_000_000).write(Vec::new(), Compression::default());
    pack.write_all(text.as_bytes()).unwrap();
    let packed = pack.finish().unwrap();
    let (_dir, path) = file("x.gz", &packed);
    let (sink, reading) = read(&path, &ReadOptions::default());
    assert_eq!((sink.events, sink.problems), (9000, 0));
    assert_eq!(reading.bytes, packed.len() as u64);
    assert_eq!(reading.decoded_bytes, text.len() as u64);
    assert_eq!(reading.year_rule.as_deref(), Some("2001, from the date in the gzip header"));
    let (_dir, path) = file("x.gz", &packed[..packed.len() / 2]);
    let (sink, _) = read(&path, &ReadOptions::default());
    assert!(sink.events > 1000 && sink.said.iter().any(|(kind, _)| *kind == ProblemKind::Truncated));
}

#[test]
fn a_range_of_time_leaves_out_the_rest() {
    let (_dir, path) =
        file("x.log", b"2026-03-10 02:00:00 a\n2026-03-10 03:00:00 b\n2026-03-10 04:00:00 c\n");
    let from = timberline_model::time::parse_rfc3339("2026-03-10T03:00:00Z");
    let options = ReadOptions { since_ns: from, until_ns: from.map(|n| n + 1), ..ReadOptions::default() };
    let (sink, _) = read(&path, &options);
    assert_eq!(sink.events, 1);
}

#[test]
fn a_stop_ends_the_reading_without_a_hash() {
    let (_dir, path) = file("x.log", "2026-03-10 02:00:00 a\n".repeat(100_000).as_bytes());
    let mut sink = Counting::default();
    let opened = probe(&path, &ReadOptions::default()).unwrap();
    let reading =
        opened.read(&mut sink, &mut |n| if n > 600_000 { Flow::Stop } else { Flow::Continue }).unwrap();
    assert_eq!(reading.sha256, "");
    assert!(sink.events < 60_000 && sink.problems == 0, "{} {}", sink.events, sink.problems);
}

#[test]
fn what_is_not_read_is_refused_with_words() {
    let check = |bytes: &[u8], expect: &str| {
        let (_dir, path) = file("x.log", bytes);
        let refusal = probe(&path, &ReadOptions::default()).unwrap_err();
        assert_eq!(refusal.kind, ProblemKind::UnknownFormat, "{expect}");
        assert!(refusal.message.contains(expect), "{}", refusal.message);
    };
    check(b"Rar!\x1a\x07\x01\x00rest", "a rar archive: not read");
    check(b"SQLite format 3\0rest", "an SQLite database: not read");
    check(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0], "binary data");
    let (dir, path) = file("x.log", b"x");
    let options = |format: Option<&str>, zone: Option<&str>| ReadOptions {
        format: format.map(str::to_owned),
        zone: zone.map(str::to_owned),
        ..ReadOptions::default()
    };
    assert!(probe(&path, &options(Some("cobol"), None)).unwrap_err().message.contains("syslog"));
    assert!(probe(&path, &options(None, Some("Mars"))).unwrap_err().message.contains("Europe/Berlin"));
    assert_eq!(probe(dir.path(), &options(None, None)).unwrap_err().kind, ProblemKind::Refused);
    assert_eq!(probe(Path::new("nowhere"), &options(None, None)).unwrap_err().kind, ProblemKind::Unreadable);
}
