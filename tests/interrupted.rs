//! An import that is killed: the case opens, says what is incomplete, and the next import completes it.

use crate::logs::{Desk, access_log};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn a_killed_import_is_completed_without_doubles() {
    let desk = Desk::new();
    let lines = 400_000;
    let log = desk.put("access.log", access_log(lines));
    let case = desk.case().display().to_string();
    let mut seen = false;
    // From early to late: on a quick machine a late kill may find the work done.
    for attempt in 0..12u64 {
        let _ = std::fs::remove_file(desk.case());
        for rest in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{case}{rest}"));
        }
        let mut child = desk
            .command(["import", &case, &log.display().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed once the source is begun, and a little later at each attempt.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            let wal = std::fs::metadata(format!("{case}-wal")).map_or(0, |m| m.len());
            let main = std::fs::metadata(desk.case()).map_or(0, |m| m.len());
            if wal + main > 200_000 || child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(attempt * 20));
        child.kill().unwrap();
        child.wait().unwrap();
        if !desk.case().exists() {
            continue;
        }
        let sources = desk.lines("sources", &[]);
        if sources.first().is_some_and(|s| s["state"] == "incomplete") {
            assert!(desk.text(["sources", &case]).contains("incomplete"));
            seen = true;
            break;
        }
    }
    assert!(seen, "no kill met the import at work");
    let rows = desk.import(&[&log]);
    assert_eq!(rows[0]["state"], "complete");
    assert_eq!(rows[0]["events"], lines);
    assert_eq!(desk.lines("sources", &[]).len(), 1);
    assert_eq!(desk.json("count", &[])["count"], lines);
    let top = desk.json("top", &["line", "--limit", "1"]);
    assert_eq!(top[0]["count"], 1, "each line is there once");
}
