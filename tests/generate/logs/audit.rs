//! Records of the Linux audit system for programs that are started (SYSCALL 59 with EXECVE, CWD, PATH, PROCTITLE), as the
//! "Understanding audit log files" chapter of its guide shows them.

use crate::log::Log;
use timberline_model::time::SECOND;

#[derive(Default)]
pub struct AuditLog {
    pub log: Log,
    pub until: i64,
    serial: u64,
    /// Events: records of one serial are one.
    pub events: u64,
}

/// A program that is started.
pub struct Exec<'a> {
    pub uid: u32,
    /// The user who logged in; none for a service.
    pub auid: Option<u32>,
    pub user: &'a str,
    pub ppid: u32,
    pub pid: u32,
    pub exe: &'a str,
    pub args: &'a [&'a str],
    pub cwd: &'a str,
}

/// As auditd writes what holds a space or a quote: in hex.
fn quoted(text: &str) -> String {
    if text.bytes().any(|b| b <= b' ' || b == b'"' || b >= 0x7f) {
        text.bytes().map(|b| format!("{b:02X}")).collect()
    } else {
        format!("\"{text}\"")
    }
}

impl AuditLog {
    pub fn new(until: i64) -> Self {
        Self { until, serial: 71_000, ..Self::default() }
    }

    pub fn exec(&mut self, time: i64, e: &Exec<'_>) {
        if time >= self.until {
            return;
        }
        self.serial += 1;
        self.events += 1;
        let stamp = format!("msg=audit({}.{:03}:{})", time / SECOND, time % SECOND / 1_000_000, self.serial);
        let Exec { uid, ppid, pid, exe, cwd, .. } = e;
        let auid = e.auid.map_or_else(|| u32::MAX.to_string(), |id| id.to_string());
        let (ses, tty) = if e.auid.is_some() { ("14", "pts0") } else { ("4294967295", "(none)") };
        let comm: String = exe.rsplit('/').next().unwrap_or(exe).chars().take(15).collect();
        let named = e.auid.map_or("unset", |_| e.user);
        let user = e.user;
        let mut push = |line: String| self.log.push(time, line);
        push(format!(
            "type=SYSCALL {stamp}: arch=c000003e syscall=59 success=yes exit=0 a0=55d0c1 a1=55d0c2 a2=55d0c3 a3=8 items=2 ppid={ppid} pid={pid} auid={auid} uid={uid} gid={uid} euid={uid} suid={uid} fsuid={uid} egid={uid} sgid={uid} fsgid={uid} tty={tty} ses={ses} comm=\"{comm}\" exe=\"{exe}\" subj=unconfined key=\"exec\"\u{1d}ARCH=x86_64 SYSCALL=execve AUID=\"{named}\" UID=\"{user}\" GID=\"{user}\" EUID=\"{user}\" SUID=\"{user}\" FSUID=\"{user}\" EGID=\"{user}\" SGID=\"{user}\" FSGID=\"{user}\""
        ));
        let args: Vec<String> =
            e.args.iter().enumerate().map(|(n, a)| format!("a{n}={}", quoted(a))).collect();
        push(format!("type=EXECVE {stamp}: argc={} {}", args.len(), args.join(" ")));
        push(format!("type=CWD {stamp}: cwd=\"{cwd}\""));
        push(format!(
            "type=PATH {stamp}: item=0 name=\"{exe}\" inode=1311 dev=fd:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\u{1d}OUID=\"root\" OGID=\"root\""
        ));
        let title: String = e.args.join("\0").bytes().map(|b| format!("{b:02X}")).collect();
        push(format!("type=PROCTITLE {stamp}: proctitle={title}"));
    }
}
