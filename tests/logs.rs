//! Logs made up for tests, and the `timberline` binary to read them with.

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder that goes away, with a case in it.
pub struct Desk {
    pub dir: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn case(&self) -> PathBuf {
        self.path("a.timberline")
    }

    pub fn put(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_timberline"));
        command.args(args).env("TIMBERLINE_DATA", self.path("data")).env("TZ", "UTC");
        command
    }

    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Output {
        self.command(args).output().unwrap()
    }

    /// Stdout of a command that must succeed.
    pub fn text<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        let out = self.run(args);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    /// One JSON value of a command on the case.
    pub fn json(&self, command: &str, rest: &[&str]) -> Value {
        serde_json::from_str(&self.text(self.args(command, rest))).unwrap()
    }

    /// The JSON lines of a command on the case.
    pub fn lines(&self, command: &str, rest: &[&str]) -> Vec<Value> {
        let text = self.text(self.args(command, rest));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn args(&self, command: &str, rest: &[&str]) -> Vec<String> {
        let mut args = vec![command.to_owned(), self.case().display().to_string()];
        args.extend(rest.iter().map(|a| (*a).to_owned()));
        args.push("--json".to_owned());
        args
    }

    /// Imports with the binary; gives the lines.
    pub fn import(&self, paths: &[&Path]) -> Vec<Value> {
        let paths: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        self.lines("import", &paths.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// A combined access log: a line every ten seconds from 2026-03-10 on, every seventh a 404.
pub fn access_log(lines: usize) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut out = String::new();
    let first_day = timberline_model::time::days_from_civil(2026, 3, 10);
    for n in 0..lines {
        let (year, month, day) = timberline_model::time::civil_from_days(first_day + (n / 8640) as i64);
        let (month, rest) = (MONTHS[month as usize - 1], n % 8640 * 10);
        let status = if n % 7 == 0 { 404 } else { 200 };
        let _ = writeln!(
            out,
            "192.0.2.{} - - [{day:02}/{month}/{year}:{:02}:{:02}:{:02} +0000] \"GET /page/{n} HTTP/1.1\" {status} {} \"-\" \"agent\"",
            n % 5 + 1,
            rest / 3600,
            rest / 60 % 60,
            rest % 60,
            100 + n
        );
    }
    out
}

/// An sshd log with a year in each line (RFC 3339 times): `guesses` failed logins, then one success, on
/// a quiet background of one login an hour.
pub fn auth_log(guesses: usize) -> String {
    let mut out = String::new();
    for hour in 0..24 {
        let _ = writeln!(
            out,
            "2026-03-10T{hour:02}:01:02+00:00 web1 sshd[{}]: Accepted publickey for deploy from 10.0.0.5 port 5000{hour} ssh2",
            1000 + hour
        );
    }
    for n in 0..guesses {
        let _ = writeln!(
            out,
            "2026-03-11T02:{:02}:{:02}+00:00 web1 sshd[{}]: Failed password for root from 203.0.113.24 port {} ssh2",
            n / 60 % 60,
            n % 60,
            2000 + n,
            40000 + n % 20000
        );
    }
    out.push_str("2026-03-11T03:01:02+00:00 web1 sshd[9001]: Accepted password for root from 203.0.113.24 port 50999 ssh2\n");
    out
}
