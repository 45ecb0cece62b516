//! The formats on real logs that lie beside the repository: nothing panics, every byte is accounted for, and the
//! counts are printed. Skipped where the logs are not there.

use crate::open::{ReadOptions, Reader, discover, survey};
use crate::testing::{Counting, root};
use std::path::PathBuf;
use timberline_model::Flow;

fn data() -> Option<PathBuf> {
    let data = root().join("../shared/data");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: ../shared is not here");
    None
}

#[test]
fn every_byte_of_real_logs_is_accounted_for() {
    let Some(data) = data() else { return };
    let folders = [
        "auth",
        "web_access",
        "zeek",
        "cloud",
        "xml",
        "json",
        "csv",
        "syslog",
        "app_logs",
        "nasty",
        "web_error",
        "proxy",
        "database",
        "containers",
        "firewall",
        "macos",
        "mobile",
        "iis",
        "ids",
        "auditd",
        "windows_text",
        "elastic_expected",
        "archives",
        "fail2ban",
        "wazuh",
        "evtx",
        "windows_json",
    ];
    let (files, refused) = discover(&folders.map(|f| data.join(f)));
    assert!(files.len() > 300, "{}", files.len());
    for refusal in refused {
        println!("{:60} refused: {}", refusal.path.display(), refusal.message);
    }
    println!(
        "{:60} {:12} {:>5} {:>8} {:>7} {:>7}  years",
        "file", "format", "sure", "events", "problems", "undated"
    );
    for path in files.iter().filter(|p| p.file_name().is_none_or(|n| n != "SOURCE.md")) {
        let name = path.strip_prefix(&data).unwrap_or(path).display().to_string();
        let survey = survey(path, &|_| ReadOptions::default(), &mut |_| Flow::Continue);
        for refusal in survey.refused {
            println!("{name:60} refused: {}", refusal.message);
        }
        for unit in survey.units {
            let mut each = |n: usize, reader: &mut Reader<'_, '_>| {
                let opened = &unit.sources[n];
                let name = opened.path.strip_prefix(&format!("{}/", data.display())).unwrap_or(&name);
                let mut sink = Counting::default();
                let reading = reader.read(&mut sink).unwrap();
                println!(
                    "{name:60} {:12} {:>5.2} {:>8} {:>7} {:>7}  {}",
                    opened.format.about().id,
                    opened.confidence,
                    sink.events,
                    sink.problems,
                    sink.undated,
                    reading.year_rule.unwrap_or_default()
                );
                assert_eq!(sink.bytes(), reading.decoded_bytes, "{name}: {sink:?}");
                assert_eq!(reading.sha256.len(), 64);
                assert!(!reading.changed);
                Flow::Continue
            };
            unit.read(&mut |_| Flow::Continue, &mut each).unwrap();
        }
    }
}
