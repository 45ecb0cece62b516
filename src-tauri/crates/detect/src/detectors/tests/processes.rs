//! Incidents of processes, each with its look-alike.

use super::*;

impl Logs {
    fn start(&mut self, time: i64, host: &str, path: &str, parent: &str) -> &mut Self {
        let name = path.rsplit(['\\', '/']).next().unwrap_or(path);
        self.add(
            time,
            &[
                ("event.category", "process".into()),
                ("event.type", "start".into()),
                ("process.name", name.into()),
                ("process.executable", path.into()),
                ("process.parent.name", parent.into()),
                ("host.name", host.into()),
                ("user.name", "anna".into()),
            ],
        )
    }

    /// Four days of a few programs that come again and again.
    fn usual_starts(&mut self) -> &mut Self {
        for hour in 0..24 * 4 {
            for host in ["ws-01", "ws-02"] {
                let at = march(1) + hour * HOUR;
                self.start(at, host, r"C:\Windows\System32\svchost.exe", "services.exe");
                self.start(at + MINUTE, host, r"C:\Windows\System32\cmd.exe", "explorer.exe");
                self.start(at + 2 * MINUTE, host, r"C:\Program Files\Office\WINWORD.EXE", "explorer.exe");
            }
        }
        self
    }
}

#[test]
fn a_document_that_starts_a_shell_and_a_program_in_temp_is_a_card() {
    let mut logs = Logs::default();
    logs.usual_starts()
        .start(
            march(4) + 14 * HOUR + 7 * MINUTE,
            "ws-02",
            r"C:\Windows\System32\powershell.exe",
            "WINWORD.EXE",
        )
        .start(
            march(4) + 14 * HOUR + 9 * MINUTE,
            "ws-02",
            r"C:\Users\anna\AppData\Local\Temp\stage2.exe",
            "powershell.exe",
        );
    let found = check(&logs, &["process_rare low"]);
    assert_eq!(
        found[0].title,
        "WINWORD.EXE started powershell.exe on ws-02 at 14:07, and 1 more rare program"
    );
    assert_eq!((found[0].evidence_count, &found[0].attack[..]), (2, &["T1204.002".to_owned()][..]));
}

#[test]
fn a_web_server_that_starts_a_shell_needs_no_baseline() {
    let mut logs = Logs::default();
    logs.start(march(4), "web-01", "/usr/bin/dash", "apache2");
    let found = check(&logs, &["process_rare low"]);
    assert_eq!(found[0].attack, ["T1505.003"]);
}

#[test]
fn a_name_of_the_system_elsewhere_is_a_disguise() {
    let mut logs = Logs::default();
    logs.usual_starts().start(march(3), "ws-01", r"C:\Users\Public\svchost.exe", "cmd.exe");
    let found = check(&logs, &["process_rare medium"]);
    assert!(found[0].title.starts_with(r"C:\Users\Public\svchost.exe ran on ws-01"), "{}", found[0].title);
    assert_eq!(found[0].attack, ["T1036.005"]);
}

#[test]
fn installers_tools_in_their_place_and_systems_full_of_rare_programs_are_nothing() {
    let mut logs = Logs::default();
    logs.usual_starts()
        .start(march(4), "ws-01", r"C:\Users\anna\AppData\Local\Temp\7zip-setup.exe", "explorer.exe")
        .start(march(4), "ws-01", r"C:\Program Files\7-Zip\7zFM.exe", "explorer.exe")
        .start(march(4), "ws-01", r"C:\Windows\System32\mspaint.exe", "explorer.exe");
    check(&logs, &[]);
    // A build machine: programs that run once are usual there.
    let mut logs = Logs::default();
    for n in 0..600 {
        logs.start(march(1) + n * 10 * MINUTE, "ci-01", &format!("/tmp/build-{n}/test"), "make");
        logs.start(march(1) + n * 10 * MINUTE, "ci-01", &format!("/tmp/conftest{n}"), "sh");
    }
    check(&logs, &[]);
}
