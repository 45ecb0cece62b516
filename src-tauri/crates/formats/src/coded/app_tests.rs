//! The fixtures of logs of applications, databases, containers and phones, as snapshots; what other families of formats
//! have is tested beside them.

use crate::testing::{fixtures, rows};
use crate::{Head, sniff};

#[test]
fn fixtures_of_applications_read_as_they_should() {
    let ids = [
        "plain_text",
        "java_log",
        "python_log",
        "go_log",
        "php_log",
        "dotnet_log",
        "ruby_log",
        "node_log",
        "rust_log",
    ];
    for id in ids {
        for path in fixtures(id) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let (format, _) = sniff::sniff(&Head { bytes: &bytes, whole: true, name: &name }).unwrap();
            assert_eq!(format.about().id, id, "{name}");
            let lines: Vec<String> = rows(format, &bytes).iter().map(ToString::to_string).collect();
            insta::assert_snapshot!(format!("{id}-{name}"), lines.join("\n"));
        }
    }
}
