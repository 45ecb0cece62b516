//! What fuzzing found, run again in every test: the files in `tests/regression/<target>/`, each through the function of
//! [`drive`] that the fuzz target of that name runs. A new case is a file there (its name says what it is).

mod drive;

use drive::Family;
use std::path::Path;

fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regression").join(target);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.sort();
    for file in files {
        println!("{}", file.display());
        run(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn what_fuzzing_found_stays_mended() {
    replay("sniffing", drive::sniffing);
    replay("binary", |data| drive::formats(&Family::Binary, data));
    replay("json", |data| drive::formats(&Family::Json, data));
    replay("xml", |data| drive::formats(&Family::Xml, data));
    replay("delimited", |data| drive::formats(&Family::Delimited, data));
    replay("lines", |data| drive::formats(&Family::Lines, data));
    replay("payloads", drive::payloads);
    replay("queries", drive::queries);
    replay("times", drive::times);
    replay("segments", drive::segments);
}

/// Each format belongs to one family, so that each is fuzzed.
#[test]
fn fixtures_and_odd_bytes_pass_every_target() {
    let odd: [&[u8]; 6] = [b"", b"\0", b"\xff\xfe", b"\n\n\n", b"{\"a\":", b"<a><b>"];
    for data in odd {
        for family in [Family::Binary, Family::Json, Family::Xml, Family::Delimited, Family::Lines] {
            for pick in 0..=255u8 {
                drive::formats(&family, &[&[pick], data].concat());
            }
        }
        drive::sniffing(data);
        drive::payloads(data);
        drive::queries(data);
        drive::times(data);
        drive::segments(data);
    }
}
