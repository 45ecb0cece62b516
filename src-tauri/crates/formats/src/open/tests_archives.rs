//! Packings and archives of every kind, whole and broken, made here and read back.

use super::tests::{file, read};
use super::*;
use crate::testing::Counting;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{AesMode, CompressionMethod, ZipWriter};

fn lines(from: u32, count: u32) -> Vec<u8> {
    let line = |n: u32| format!("2026-03-10 02:{:02}:{:02} web1 line number {n}\n", n / 60 % 60, n % 60);
    (from..from + count).map(line).collect::<String>().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut pack = GzEncoder::new(Vec::new(), Compression::default());
    pack.write_all(bytes).unwrap();
    pack.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut pack = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    pack.write_all(bytes).unwrap();
    pack.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut pack = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    pack.write_all(bytes).unwrap();
    pack.finish().unwrap()
}

fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut pack = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    pack.write_all(bytes).unwrap();
    pack.finish().unwrap()
}

fn zstd_(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
    let mut pack = FrameEncoder::with_frame_info(FrameInfo::new().block_size(BlockSize::Max64KB), Vec::new());
    pack.write_all(bytes).unwrap();
    pack.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut pack = ::tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut head = ::tar::Header::new_gnu();
        head.set_size(bytes.len() as u64);
        head.set_mode(0o644);
        head.set_mtime(1_000_000_000);
        pack.append_data(&mut head, name, *bytes).unwrap();
    }
    pack.into_inner().unwrap()
}

fn zip_with(options: SimpleFileOptions, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut pack = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        pack.start_file(*name, options).unwrap();
        pack.write_all(bytes).unwrap();
    }
    pack.finish().unwrap().into_inner()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(SimpleFileOptions::default(), members)
}

fn sevenz(members: &[(&str, &[u8])], password: Option<&str>) -> Vec<u8> {
    use sevenz_rust2::encoder_options::AesEncoderOptions;
    let mut pack = sevenz_rust2::ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    if let Some(password) = password {
        pack.set_content_methods(vec![
            AesEncoderOptions::new(password.into()).into(),
            sevenz_rust2::EncoderMethod::LZMA2.into(),
        ]);
    }
    for (name, bytes) in members {
        let entry = sevenz_rust2::ArchiveEntry::new_file(name);
        pack.push_archive_entry(entry, Some(*bytes)).unwrap();
    }
    pack.finish().unwrap().into_inner()
}

/// What reading everything in a file gives: a line a source, a line a refusal.
fn all(bytes: &[u8], options: &ReadOptions) -> Vec<String> {
    let (_dir, path) = file("x", bytes);
    let survey = survey(&path, &|_| options.clone(), &mut |_| Flow::Continue);
    let base = format!("{}!", path.display());
    let short = |path: &str| path.strip_prefix(&base).unwrap_or("x").to_owned();
    let mut said = Vec::new();
    for unit in &survey.units {
        let mut each = |n: usize, reader: &mut Reader<'_, '_>| {
            let mut sink = Counting::default();
            let reading = reader.read(&mut sink).unwrap();
            assert_eq!(sink.bytes(), reading.decoded_bytes, "every byte is accounted for");
            let opened: &Opened = &unit.sources[n];
            let mut line =
                format!("{} [{}] {} events", short(&opened.path), opened.packing.join(" "), sink.events);
            for (kind, message) in sink.said.iter().filter(|(kind, _)| *kind != ProblemKind::Assumed) {
                line.push_str(&format!("; {kind:?}: {message}"));
            }
            assert_eq!(reading.sha256.len(), 64);
            said.push(line);
            Flow::Continue
        };
        unit.read(&mut |_| Flow::Continue, &mut each).unwrap();
    }
    for refusal in &survey.refused {
        said.push(format!(
            "{} {:?}: {}",
            short(&refusal.path.display().to_string()),
            refusal.kind,
            refusal.message
        ));
    }
    said
}

fn check(bytes: &[u8], expect: &[&str]) {
    check_with(bytes, &ReadOptions::default(), expect);
}

/// Each line must begin with, or (behind `~`) contain, what is expected.
fn check_with(bytes: &[u8], options: &ReadOptions, expect: &[&str]) {
    let said = all(bytes, options);
    assert_eq!(said.len(), expect.len(), "{said:#?}");
    for (said, expect) in said.iter().zip(expect) {
        let mut parts = expect.split(" ~ ");
        let start = parts.next().unwrap();
        assert!(said.starts_with(start), "{said}\nwants {expect}");
        for part in parts {
            assert!(said.contains(part), "{said}\nwants {expect}");
        }
        if !expect.contains(" ~ ") {
            assert_eq!(said, expect);
        }
    }
}

#[test]
fn single_files_are_unpacked_by_their_content() {
    let text = lines(0, 500);
    for (name, packed) in [
        ("gzip", gzip(&text)),
        ("bzip2", bzip2(&text)),
        ("xz", xz(&text)),
        ("lzma", lzma(&text)),
        ("zstd", zstd_(&text)),
        ("lz4", lz4(&text)),
    ] {
        check(&packed, &[&format!("x [{name}] 500 events")]);
        let twice = [packed.clone(), packed.clone()].concat();
        if name != "lzma" {
            check(&twice, &[&format!("x [{name}] 1000 events")]);
        }
        let (_dir, path) = file("x.log", &packed);
        let (_, reading) = read(&path, &ReadOptions::default());
        assert_eq!((reading.bytes, reading.decoded_bytes), (packed.len() as u64, text.len() as u64));
    }
    check(&gzip(&xz(&text)), &["x [gzip xz] 500 events"]);
}

#[test]
fn packings_that_are_empty_cut_off_or_damaged_give_what_they_hold() {
    let text = lines(0, 60_000);
    for (name, packed) in [
        ("gzip", gzip(&text)),
        ("bzip2", bzip2(&text)),
        ("xz", xz(&text)),
        ("zstd", zstd_(&text)),
        ("lz4", lz4(&text)),
    ] {
        let half = &packed[..packed.len() / 2];
        let said = all(half, &ReadOptions::default());
        assert!(said[0].contains("Truncated") && said[0].contains(name), "{said:?}");
        let events: u32 = said[0].split(' ').nth(2).unwrap().parse().unwrap();
        assert!((5_000..60_000).contains(&events), "{name}: {events}");
        let mut broken = packed.clone();
        let at = broken.len() * 3 / 4;
        broken[at..at + 40].fill(0x55);
        let said = all(&broken, &ReadOptions::default());
        assert!(said[0].contains("Truncated") || said[0].contains("Malformed"), "{name}: {said:?}");
    }
    check(&gzip(b""), &["x [gzip] 0 events; NoEvents: nothing is packed in this file"]);
    check(&zstd_(b""), &["x [zstd] 0 events; NoEvents: nothing is packed in this file"]);
    check(&bzip2(b""), &["x [bzip2] 0 events; NoEvents: nothing is packed in this file"]);
    check(&[0x1f, 0x8b, 8, 0], &["x Unreadable: cannot be unpacked ~ gzip"]);
    let trailed = [gzip(&lines(0, 9)), b"trash".to_vec()].concat();
    check(&trailed, &["x [gzip] 9 events; Truncated ~ not gzip"]);
    check(&[gzip(&lines(0, 9)), vec![0; 3000]].concat(), &["x [gzip] 9 events"]);
}

#[test]
fn members_are_sources_of_their_own() {
    let (a, b) = (lines(0, 10), lines(100, 20));
    let members: [(&str, &[u8]); 3] = [("a.log", &a), ("web/b.log.gz", &gzip(&b)), ("web/empty.log", b"")];
    let expect = |kind: &str| {
        [
            format!("a.log [{kind}] 10 events"),
            format!("web/b.log.gz [{kind} gzip] 20 events"),
            format!("web/empty.log [{kind}] 0 events; NoEvents: the file is empty"),
        ]
    };
    let check_all = |bytes: &[u8], kind: &str| {
        let expect = expect(kind);
        check(bytes, &expect.iter().map(String::as_str).collect::<Vec<_>>());
    };
    check_all(&zip(&members), "zip");
    check_all(&tar(&members), "tar");
    check_all(&gzip(&tar(&members)), "gzip tar");
    check_all(&xz(&tar(&members)), "xz tar");
    check_all(&zstd_(&tar(&members)), "zstd tar");
    check_all(&bzip2(&tar(&members)), "bzip2 tar");
    check_all(&sevenz(&members, None), "7z");
    let (_dir, path) = file("x", &zip(&members));
    let survey = survey(&path, &|_| ReadOptions::default(), &mut |_| Flow::Continue);
    assert_eq!(survey.units.len(), 3, "each member of a zip is read on its own");
    let opened = &survey.units[1].sources[0];
    let mut sink = Counting::default();
    let reading = opened.read(&mut sink, &mut |_| Flow::Continue).unwrap();
    assert_eq!(sink.events, 20, "a member is found again");
    use sha2::Digest as _;
    let hash: String = sha2::Sha256::digest(gzip(&b)).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(reading.sha256, hash, "the hash is the member's own");
    assert_eq!(probe(&path, &ReadOptions::default()).unwrap_err().message, "an archive with 3 sources");
}

#[test]
fn every_method_of_zip_is_read() {
    let text = lines(0, 300);
    for method in [
        CompressionMethod::Stored,
        CompressionMethod::Deflated,
        CompressionMethod::Bzip2,
        CompressionMethod::Zstd,
        CompressionMethod::Xz,
    ] {
        let options = SimpleFileOptions::default().compression_method(method);
        check(&zip_with(options, &[("a.log", &text)]), &["a.log [zip] 300 events"]);
        check(&zip_with(options.large_file(true), &[("a.log", &text)]), &["a.log [zip] 300 events"]);
    }
}

#[test]
fn archives_in_archives_are_followed_to_a_depth() {
    let a = lines(0, 10);
    let inner = zip(&[("a.log", &a)]);
    check(&zip(&[("in.zip", &inner)]), &["in.zip!a.log [zip zip] 10 events"]);
    let middle = gzip(&tar(&[("in.zip", &inner), ("b.log", &a)]));
    check(
        &zip(&[("mid.tgz", &middle)]),
        &["mid.tgz!in.zip!a.log [zip gzip tar zip] 10 events", "mid.tgz!b.log [zip gzip tar] 10 events"],
    );
    check(&zip(&[("in.7z", &sevenz(&[("a.log", &a)], None))]), &["in.7z!a.log [zip 7z] 10 events"]);
    let mut deep = inner.clone();
    for _ in 0..3 {
        deep = zip(&[("d.zip", &deep)]);
    }
    check(&deep, &["d.zip!d.zip!d.zip!a.log [zip zip zip zip] 10 events"]);
    check(&zip(&[("d.zip", &deep)]), &["d.zip!d.zip!d.zip!d.zip Limit ~ archive limit"]);
    let mut layers = lines(0, 3);
    for _ in 0..4 {
        layers = gzip(&layers);
    }
    check(&layers, &["x [gzip gzip gzip gzip] 3 events"]);
    check(&gzip(&layers), &["x Limit: archive limit ~ packed more than 4 times"]);
}

#[test]
fn encrypted_members_ask_for_a_password_and_the_others_are_read() {
    let a = lines(0, 10);
    let with = |password: Option<&str>| ReadOptions {
        password: password.map(Password::new),
        ..ReadOptions::default()
    };
    let plain = SimpleFileOptions::default();
    for secret in [
        plain.with_aes_encryption(AesMode::Aes256, "geheim"),
        zip::unstable::write::FileOptionsExt::with_deprecated_encryption(plain, b"geheim").unwrap(),
    ] {
        let mut pack = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, options) in [("open.log", plain), ("secret.log", secret)] {
            pack.start_file(name, options).unwrap();
            pack.write_all(&a).unwrap();
        }
        let bytes = pack.finish().unwrap().into_inner();
        let open = "open.log [zip] 10 events";
        check_with(
            &bytes,
            &with(None),
            &[open, "secret.log Password: encrypted: give its password ~ --password-file"],
        );
        check_with(&bytes, &with(Some("falsch")), &[open, "secret.log Password ~ does not open it"]);
        check_with(&bytes, &with(Some("geheim")), &[open, "secret.log [zip] 10 events"]);
        check_with(&bytes, &with(Some("a\nb\ngeheim\n")), &[open, "secret.log [zip] 10 events"]);
        check_with(&bytes, &with(Some("a\nb")), &[open, "secret.log Password ~ none of the 2"]);
    }
    let bytes = sevenz(&[("secret.log", &a)], Some("geheim"));
    check_with(&bytes, &with(None), &["x Password ~ give its password"]);
    check_with(&bytes, &with(Some("falsch")), &["x Password ~ does not open it"]);
    check_with(&bytes, &with(Some("falsch\ngeheim")), &["secret.log [7z] 10 events"]);
}

#[test]
fn broken_archives_give_what_they_hold() {
    let (a, b) = (lines(0, 40), lines(100, 30_000));
    let members: [(&str, &[u8]); 3] = [("a.log", &a), ("b.log", &b), ("c.log", &a)];
    let whole = tar(&members);
    let said = all(&whole[..whole.len() / 2], &ReadOptions::default());
    assert_eq!(said.len(), 3, "{said:#?}");
    assert_eq!(said[0], "a.log [tar] 40 events");
    assert!(said[1].starts_with("b.log [tar] 1") && said[1].contains("Truncated"), "{}", said[1]);
    assert!(said[2].starts_with("x Truncated: the archive ends inside"), "{}", said[2]);
    let packed = gzip(&whole);
    let said = all(&packed[..packed.len() / 2], &ReadOptions::default());
    assert!(said[1].contains("Truncated: the file ends inside the gzip data"), "{said:#?}");
    assert!(said[2].starts_with("x Truncated"), "{said:#?}");
    let mut damaged = whole.clone();
    // The header of the second member.
    damaged[512 + 2048 + 20] ^= 0xff;
    let said = all(&damaged, &ReadOptions::default());
    assert_eq!(said[0], "a.log [tar] 40 events");
    assert!(said.last().unwrap().contains("a header is damaged"), "{said:#?}");
    let no_end = &whole[..whole.len() - 1024];
    let said = all(no_end, &ReadOptions::default());
    assert!(said.len() == 4 && said[3].contains("without its end mark"), "{said:#?}");
    let two = [whole.clone(), tar(&[("d.log", &a)])].concat();
    assert_eq!(all(&two, &ReadOptions::default()).len(), 4, "a second archive behind the first");
    // Without its directory a zip gives its members one after another.
    let packed = zip(&members);
    let said = all(&packed[..packed.len() - 120], &ReadOptions::default());
    assert_eq!(&said[..3], ["a.log [zip] 40 events", "b.log [zip] 30000 events", "c.log [zip] 40 events"]);
    assert!(said[3].contains("Truncated: the directory of the zip archive is damaged"), "{}", said[3]);
    let said = all(&packed[..packed.len() / 2], &ReadOptions::default());
    assert!(said[1].starts_with("b.log [zip] 1") && said[1].contains("Truncated"), "{said:#?}");
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 9].fill(0xff);
    let said = all(&damaged, &ReadOptions::default());
    assert!(said[1].contains("the zip data is damaged") && said[2] == "c.log [zip] 40 events", "{said:#?}");
    check(&tar(&[]), &["x NoEvents: zero bytes and nothing else"]);
    check(&zip(&[]), &["x NoEvents: the archive is empty"]);
}

#[test]
fn members_that_are_no_files_are_refused_and_the_rest_is_read() {
    let a = lines(0, 10);
    let mut pack = ::tar::Builder::new(Vec::new());
    let mut add = |name: &str, kind: ::tar::EntryType, to: Option<&str>, bytes: &[u8]| {
        let mut head = ::tar::Header::new_gnu();
        let field = &mut head.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        head.set_entry_type(kind);
        head.set_size(bytes.len() as u64);
        if let Some(to) = to {
            head.set_link_name_literal(to).unwrap();
        }
        head.set_cksum();
        pack.append(&head, bytes).unwrap();
    };
    use ::tar::EntryType;
    add("link", EntryType::Symlink, Some("/etc/passwd"), b"");
    add("hard", EntryType::Link, Some("a.log"), b"");
    add("dev", EntryType::Char, None, b"");
    add("disk", EntryType::Block, None, b"");
    add("pipe", EntryType::Fifo, None, b"");
    add("folder", EntryType::Directory, None, b"");
    add("../../evil.log", EntryType::Regular, None, &a);
    add("/var/log/abs.log", EntryType::Regular, None, &a);
    add("a.log", EntryType::Regular, None, &a);
    add("a.log", EntryType::Regular, None, &a);
    let bytes = pack.into_inner().unwrap();
    check(
        &bytes,
        &[
            "evil.log [tar] 10 events; Refused ~ leads out of the archive ~ ../../evil.log",
            "var/log/abs.log [tar] 10 events; Refused ~ absolute path",
            "a.log [tar] 10 events",
            "a.log (2) [tar] 10 events",
            "link Refused ~ link",
            "hard Refused ~ a hard link to a.log",
            "dev Refused ~ device",
            "disk Refused ~ device",
            "pipe Refused ~ named pipe",
        ],
    );
    let mut pack = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    pack.add_directory("folder/", options).unwrap();
    pack.add_symlink("link", "/etc/passwd", options).unwrap();
    pack.start_file("..\\..\\evil.log", options).unwrap();
    pack.write_all(&a).unwrap();
    pack.start_file("web\\a.log", options).unwrap();
    pack.write_all(&a).unwrap();
    let bytes = pack.finish().unwrap().into_inner();
    check(
        &bytes,
        &[
            "evil.log [zip] 10 events; Refused ~ leads out",
            "web/a.log [zip] 10 events",
            "link Refused ~ link",
        ],
    );
}

#[test]
fn names_that_stand_twice_and_names_in_old_code_pages_are_kept_apart() {
    let (a, b) = (lines(0, 10), lines(0, 20));
    // The writer refuses a name twice, so one is written over afterwards.
    let mut bytes = zip(&[("one.log", &a), ("two.log", &b), ("gr_n.log", &b)]);
    let mut put = |from: &[u8], to: &[u8]| {
        while let Some(at) = memchr::memmem::find(&bytes, from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    };
    put(b"two.log", b"one.log");
    put(b"gr_n.log", b"gr\x81n.log");
    check(&bytes, &["one.log [zip] 10 events", "one.log (2) [zip] 20 events", "grün.log [zip] 20 events"]);
}

#[test]
fn long_names_and_sizes_in_extended_headers_are_understood() {
    let a = lines(0, 10);
    let long = format!("{}/access.log", "folder-with-a-long-name/".repeat(12).trim_end_matches('/'));
    check(
        &tar(&[(&long, &a), ("b.log", &a)]),
        &[&format!("{long} [tar] 10 events"), "b.log [tar] 10 events"],
    );
    let mut pack = ::tar::Builder::new(Vec::new());
    pack.append_pax_extensions([("path", "grün/a.log".as_bytes()), ("mtime", b"1000000000.5")]).unwrap();
    let mut head = ::tar::Header::new_ustar();
    head.set_path("x").unwrap();
    head.set_size(a.len() as u64);
    head.set_cksum();
    pack.append(&head, a.as_slice()).unwrap();
    check(&pack.into_inner().unwrap(), &["grün/a.log [tar] 10 events"]);
    // A long-name record of a gigabyte names nothing and costs nothing.
    let mut head = ::tar::Header::new_gnu();
    head.set_path("././@LongLink").unwrap();
    head.set_entry_type(::tar::EntryType::GNULongName);
    head.set_size(1 << 30);
    head.set_cksum();
    check(&[head.as_bytes().as_slice(), &[b'a'; 4096]].concat(), &["x Truncated ~ inside its last member"]);
}

#[test]
fn the_date_of_a_member_gives_the_year() {
    let text =
        b"Mar 10 02:13:04 web1 sshd[1]: Failed password for root from 192.0.2.1 port 4 ssh2\n".repeat(20);
    let (_dir, path) = file("x.tar", &tar(&[("auth.log", &text)]));
    let (_, reading) = read(&path, &ReadOptions::default());
    assert_eq!(reading.year_rule.as_deref(), Some("2001, from the date in the archive"));
}
