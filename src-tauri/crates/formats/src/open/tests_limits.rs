//! What must not cost more than it may, and files that are not what they seem: each ends in words, in bounded memory and
//! time.

use super::tests::{file, read};
use super::*;
use crate::testing::Counting;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);

fn gzip_of(line: &str, times: usize) -> Vec<u8> {
    let mut pack = GzEncoder::new(Vec::new(), Compression::default());
    let block = line.repeat(1000);
    for _ in 0..times / 1000 {
        pack.write_all(block.as_bytes()).unwrap();
    }
    pack.finish().unwrap()
}

fn limits(floor: u64) -> ReadOptions {
    ReadOptions { limits: Limits { ratio: 50, floor, ..Limits::default() }, ..ReadOptions::default() }
}

fn limited(sink: &Counting) -> bool {
    sink.said.iter().any(|(kind, m)| *kind == ProblemKind::Limit && m.starts_with("archive limit"))
}

#[test]
fn a_bomb_is_stopped_and_what_came_before_is_kept() {
    let bomb = gzip_of("2026-03-10 02:13:04 web1 the same\n", 100_000);
    let (_dir, path) = file("x.gz", &bomb);
    let (sink, reading) = read(&path, &limits(500_000));
    assert!(limited(&sink), "{:?}", sink.said);
    let most = bomb.len() as u64 * 50 + (1 << 20);
    assert!(
        sink.events > 10_000 && reading.decoded_bytes < most,
        "{} {}",
        sink.events,
        reading.decoded_bytes
    );
    assert_eq!(reading.bytes, bomb.len() as u64, "the hash is of the whole file");
    // The same is a dull log where it is small, and where the user says so.
    let (sink, _) = read(&path, &limits(100_000_000));
    assert!(!limited(&sink) && sink.events == 100_000);
    let (sink, _) = read(
        &path,
        &ReadOptions { limits: Limits { ratio: 0, ..Limits::default() }, ..ReadOptions::default() },
    );
    assert!(!limited(&sink) && sink.events == 100_000);
    let zeros = gzip_of("\0", 30_000_000);
    let (_dir, path) = file("x.gz", &zeros);
    let refusal = probe(&path, &limits(1_000_000)).unwrap_err();
    assert_eq!(refusal.kind, ProblemKind::Limit, "{}", refusal.message);
}

#[test]
fn bombs_of_many_members_and_of_layers_are_stopped_together() {
    let dull = "2026-03-10 02:13:04 web1 the same\n".repeat(6_000);
    let mut pack = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for n in 0..40 {
        pack.start_file(format!("{n}.log"), zip::write::SimpleFileOptions::default()).unwrap();
        pack.write_all(dull.as_bytes()).unwrap();
    }
    let bytes = pack.finish().unwrap().into_inner();
    let total = |bytes: &[u8]| {
        let (_dir, path) = file("x.zip", bytes);
        let survey = survey(&path, &|_| limits(500_000), &mut |_| Flow::Continue);
        let (mut events, mut stopped) =
            (0, survey.refused.iter().filter(|r| r.kind == ProblemKind::Limit).count());
        for unit in &survey.units {
            let mut each = |_: usize, reader: &mut Reader<'_, '_>| {
                let mut sink = Counting::default();
                reader.read(&mut sink).unwrap();
                events += sink.events;
                stopped += usize::from(limited(&sink));
                Flow::Continue
            };
            unit.read(&mut |_| Flow::Continue, &mut each).unwrap();
        }
        (events, stopped)
    };
    let (events, stopped) = total(&bytes);
    assert!((12_000..130_000).contains(&events) && stopped > 30, "{events} {stopped}");
    // A second layer hides the ratio from whoever looks at one alone.
    let mut layered = GzEncoder::new(Vec::new(), Compression::default());
    layered.write_all(&gzip_of("2026-03-10 02:13:04 web1 the same\n", 200_000)).unwrap();
    let (events, stopped) = total(&layered.finish().unwrap());
    assert!(events < 180_000 && stopped == 1, "{events} {stopped}");
}

#[test]
fn a_line_without_end_and_values_without_bottom_end_soon() {
    let check = |name: &str, bytes: Vec<u8>| {
        let started = Instant::now();
        let (_dir, path) = file(name, &bytes);
        match probe(&path, &ReadOptions::default()) {
            Err(refusal) => assert!(!refusal.message.is_empty()),
            Ok(_) => {
                let (sink, _) = read(&path, &ReadOptions::default());
                assert!(sink.problems > 0 || sink.events < 10, "{name}: {} {:?}", sink.events, sink.said);
            }
        }
        assert!(started.elapsed() < SOON, "{name} took {:?}", started.elapsed());
    };
    check("line.log", [b"2026-03-10 02:13:04 ".to_vec(), vec![b'x'; 40 << 20]].concat());
    check("deep.json", [vec![b'['; 1_000_000], vec![b']'; 1_000_000]].concat());
    check("open.json", vec![b'['; 1_000_000]);
    check("objects.json", "{\"a\":".repeat(500_000).into_bytes());
    let deep = [vec!["<a>"; 300_000].concat(), vec!["</a>"; 300_000].concat()].concat();
    check("deep.xml", deep.into_bytes());
    let mut laugh = String::from("<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY lol0 \"lol\">\n");
    for n in 1..10 {
        laugh.push_str(&format!("<!ENTITY lol{n} \"{}\">\n", format!("&lol{};", n - 1).repeat(10)));
    }
    laugh.push_str(
        "<!ENTITY file SYSTEM \"file:///etc/passwd\">\n]>\n<lolz><e>&lol9;&file;</e><e>x</e></lolz>\n",
    );
    let started = Instant::now();
    let (_dir, path) = file("laugh.xml", laugh.as_bytes());
    if let Ok(opened) = probe(&path, &ReadOptions::default()) {
        let mut sink = crate::testing::Keeping::default();
        opened.read(&mut sink, &mut |_| Flow::Continue).unwrap();
        let text = serde_json::to_string(&sink.rows).unwrap();
        assert!(text.len() < 100_000 && !text.contains("root:"), "{} bytes", text.len());
    }
    assert!(started.elapsed() < SOON);
}

#[test]
fn files_that_come_to_nothing_say_so() {
    let check = |bytes: &[u8], expect: &str| {
        let (_dir, path) = file("x.log", bytes);
        let said = match probe(&path, &ReadOptions::default()) {
            Err(refusal) => refusal.message,
            Ok(_) => {
                let (sink, reading) = read(&path, &ReadOptions::default());
                assert_eq!((sink.events, reading.sha256.len()), (0, 64));
                sink.said.into_iter().map(|(_, m)| m).collect::<Vec<_>>().join("; ")
            }
        };
        assert!(said.contains(expect), "{said}");
    };
    check(b"", "the file is empty");
    check(b"\xef\xbb\xbf", "a byte order mark and nothing else");
    check(b"\xff\xfe", "a byte order mark and nothing else");
    check(b"\n\n\n", "not one event");
}

#[cfg(unix)]
#[test]
fn pipes_sockets_and_devices_are_refused_without_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status();
    let socket = std::os::unix::net::UnixListener::bind(at("sock")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("zero")).unwrap();
    std::os::unix::fs::symlink(at("loop"), at("loop")).unwrap();
    let started = Instant::now();
    for (name, expect) in
        [("pipe", "a named pipe"), ("sock", "a socket"), ("zero", "a device"), ("loop", "cannot be")]
    {
        if name == "pipe" && !made.as_ref().is_ok_and(|s| s.success()) {
            continue;
        }
        let (files, refused) = discover(&[at(name)]);
        assert!(files.is_empty() && refused[0].message.contains(expect), "{name}: {refused:?}");
        let refusal = probe(&at(name), &ReadOptions::default()).unwrap_err();
        assert!(refusal.message.contains(expect), "{name}: {}", refusal.message);
    }
    drop(socket);
    assert!(started.elapsed() < SOON);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    let text = "2026-03-10 02:13:04 web1 a line of it\n".repeat(60_000);
    let check = |what: &str, act: &dyn Fn(&Path)| {
        let (_dir, path) = file("x.log", text.as_bytes());
        let opened = probe(&path, &ReadOptions::default()).unwrap();
        let mut acted = false;
        let mut sink = Counting::default();
        let reading = opened.read(&mut sink, &mut |read| {
            if read > 0 && !acted {
                acted = true;
                act(&path);
            }
            Flow::Continue
        });
        let reading = reading.unwrap();
        assert!(reading.changed, "{what}");
        assert_eq!(sink.bytes(), reading.decoded_bytes, "{what}");
    };
    check("grows", &|path| {
        fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"more\n").unwrap()
    });
    check("shrinks", &|path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(1000).unwrap());
    check("goes", &|path| fs::remove_file(path).unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_the_system_makes_up_have_no_size_and_are_read() {
    let path = Path::new("/proc/self/mountinfo");
    let options = ReadOptions { format: Some("plain_text".to_owned()), ..ReadOptions::default() };
    let (sink, reading) = read(path, &options);
    assert!(reading.bytes > 0 && !reading.changed && sink.bytes() > 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, path) = file("x.log", b"2026-03-10 02:13:04 a\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::File::open(&path).is_ok() {
        return; // Root reads everything.
    }
    let refusal = probe(&path, &ReadOptions::default()).unwrap_err();
    assert_eq!(refusal.kind, ProblemKind::Unreadable);
}
