//! Windows Security events as Event Viewer's XML export writes them, and a tally of the logons among them.

use crate::log::{Log, windows_time};
use crate::sshd::Attempt;

#[derive(Default)]
pub struct SecurityLog {
    pub log: Log,
    pub attempts: Vec<Attempt>,
    pub until: i64,
}

pub const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<Events>\n";
pub const TAIL: &str = "</Events>\n";

pub struct Logon<'a> {
    pub computer: &'a str,
    pub user: &'a str,
    pub domain: &'a str,
    /// Empty where the log has `-`.
    pub source: &'a str,
    pub kind: u8,
    pub port: u64,
}

impl SecurityLog {
    pub fn new(until: i64) -> Self {
        Self { until, ..Self::default() }
    }

    /// Any event of the Security log.
    pub fn event(
        &mut self,
        time: i64,
        computer: &str,
        code: u32,
        task: u32,
        keywords: &str,
        data: &[(&str, &str)],
    ) {
        if time >= self.until {
            return;
        }
        let mut line = format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{{54849625-5478-4994-a5ba-3e3b0328c30d}}'/><EventID>{code}</EventID><Version>2</Version><Level>0</Level><Task>{task}</Task><Opcode>0</Opcode><Keywords>{keywords}</Keywords><TimeCreated SystemTime='{}'/><EventRecordID>{{n}}</EventRecordID><Correlation/><Execution ProcessID='680' ThreadID='{}'/><Channel>Security</Channel><Computer>{computer}</Computer><Security/></System><EventData>",
            windows_time(time),
            700 + time / 1_000 % 90 * 4,
        );
        for (name, value) in data {
            line.push_str(&format!("<Data Name='{name}'>{value}</Data>"));
        }
        line.push_str("</EventData></Event>");
        self.log.push(time, line);
    }

    fn tally(&mut self, time: i64, logon: &Logon<'_>, success: bool) {
        if time < self.until {
            let (user, source) = (logon.user.to_owned(), logon.source.to_owned());
            self.attempts.push(Attempt { time, user, source, success });
        }
    }

    /// 4624: let in.
    pub fn success(&mut self, time: i64, logon: &Logon<'_>) {
        let (kind, port) = (logon.kind.to_string(), logon.port.to_string());
        let source = if logon.source.is_empty() { "-" } else { logon.source };
        let id = format!("{:#x}", 0x3_0000 + time / 1_000_000 % 0xff_ffff);
        self.event(
            time,
            logon.computer,
            4624,
            12_544,
            "0x8020000000000000",
            &[
                ("SubjectUserSid", "S-1-0-0"),
                ("SubjectUserName", "-"),
                ("SubjectDomainName", "-"),
                ("SubjectLogonId", "0x0"),
                ("TargetUserSid", "S-1-5-21-1004336348-1177238915-682003330-1105"),
                ("TargetUserName", logon.user),
                ("TargetDomainName", logon.domain),
                ("TargetLogonId", &id),
                ("LogonType", &kind),
                ("LogonProcessName", "NtLmSsp "),
                ("AuthenticationPackageName", "NTLM"),
                ("WorkstationName", "-"),
                ("ProcessId", "0x0"),
                ("ProcessName", "-"),
                ("IpAddress", source),
                ("IpPort", &port),
            ],
        );
        self.tally(time, logon, true);
    }

    /// 4625: refused; `sub_status` says why (0xc000006a wrong password, 0xc0000064 no such user).
    pub fn failure(&mut self, time: i64, logon: &Logon<'_>, sub_status: &str) {
        let (kind, port) = (logon.kind.to_string(), logon.port.to_string());
        let source = if logon.source.is_empty() { "-" } else { logon.source };
        self.event(
            time,
            logon.computer,
            4625,
            12_544,
            "0x8010000000000000",
            &[
                ("SubjectUserSid", "S-1-0-0"),
                ("SubjectUserName", "-"),
                ("SubjectDomainName", "-"),
                ("SubjectLogonId", "0x0"),
                ("TargetUserSid", "S-1-0-0"),
                ("TargetUserName", logon.user),
                ("TargetDomainName", logon.domain),
                ("Status", "0xc000006d"),
                ("FailureReason", "%%2313"),
                ("SubStatus", sub_status),
                ("LogonType", &kind),
                ("LogonProcessName", "NtLmSsp "),
                ("AuthenticationPackageName", "NTLM"),
                ("WorkstationName", "-"),
                ("ProcessId", "0x0"),
                ("ProcessName", "-"),
                ("IpAddress", source),
                ("IpPort", &port),
            ],
        );
        self.tally(time, logon, false);
    }

    /// 4634: a session ended.
    pub fn logoff(&mut self, time: i64, computer: &str, user: &str, domain: &str) {
        let id = format!("{:#x}", 0x3_0000 + time / 1_000_000 % 0xff_ffff);
        self.event(
            time,
            computer,
            4634,
            12_545,
            "0x8020000000000000",
            &[
                ("TargetUserSid", "S-1-5-21-1004336348-1177238915-682003330-1105"),
                ("TargetUserName", user),
                ("TargetDomainName", domain),
                ("TargetLogonId", &id),
                ("LogonType", "3"),
            ],
        );
    }

    /// 5145: a file of a share was looked at or read.
    pub fn share(&mut self, time: i64, logon: &Logon<'_>, share: &str, file: &str) {
        let (port, name) = (logon.port.to_string(), format!("\\\\*\\{share}"));
        self.event(
            time,
            logon.computer,
            5145,
            12_811,
            "0x8020000000000000",
            &[
                ("SubjectUserSid", "S-1-5-21-1004336348-1177238915-682003330-1105"),
                ("SubjectUserName", logon.user),
                ("SubjectDomainName", logon.domain),
                ("SubjectLogonId", "0x3e7a1"),
                ("ObjectType", "File"),
                ("IpAddress", logon.source),
                ("IpPort", &port),
                ("ShareName", &name),
                ("ShareLocalPath", "\\??\\D:\\shares"),
                ("RelativeTargetName", file),
                ("AccessMask", "0x1"),
                ("AccessList", "%%4416"),
                ("AccessReason", "-"),
            ],
        );
    }

    /// 4672: special privileges given to a new logon.
    pub fn privileges(&mut self, time: i64, computer: &str, user: &str, domain: &str) {
        self.event(
            time,
            computer,
            4672,
            12_548,
            "0x8020000000000000",
            &[
                ("SubjectUserSid", "S-1-5-21-1004336348-1177238915-682003330-500"),
                ("SubjectUserName", user),
                ("SubjectDomainName", domain),
                ("SubjectLogonId", "0x3e7a1"),
                ("PrivilegeList", "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeDebugPrivilege"),
            ],
        );
    }
}
