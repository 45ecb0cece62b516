//! The shared contract check, run on the built binary where the shared folder is there.

use std::path::Path;
use std::process::Command;

#[test]
fn the_command_line_holds_the_contract() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/checks/contract.py");
    if !script.is_file() {
        println!("skipped: ../shared is not here");
        return;
    }
    let out = Command::new("python3").arg(&script).arg(env!("CARGO_BIN_EXE_timberline")).output().unwrap();
    assert!(
        out.status.success(),
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
}
