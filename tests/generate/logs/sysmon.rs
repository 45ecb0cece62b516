//! Sysmon events (1 process, 3 connection, 11 file, 22 name) as Event Viewer's XML export writes them, with the fields of
//! Sysmon's documentation.

use crate::log::{Log, windows_time};
use timberline_model::time::{DAY, SECOND, civil_from_days};

#[derive(Default)]
pub struct Sysmon {
    pub log: Log,
    pub until: i64,
    pids: u64,
}

/// A process that is started.
pub struct Process<'a> {
    pub computer: &'a str,
    pub user: &'a str,
    pub image: &'a str,
    pub line: &'a str,
    pub parent: &'a str,
    pub parent_line: &'a str,
}

fn utc(ns: i64) -> String {
    let (year, month, day) = civil_from_days(ns.div_euclid(DAY));
    let s = ns.rem_euclid(DAY) / SECOND;
    format!(
        "{year}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:03}",
        s / 3600,
        s / 60 % 60,
        s % 60,
        ns % SECOND / 1_000_000
    )
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Sysmon {
    pub fn new(until: i64) -> Self {
        Self { until, pids: 3_100, ..Self::default() }
    }

    fn event(&mut self, time: i64, computer: &str, code: u32, version: u32, data: &[(&str, &str)]) {
        if time >= self.until {
            return;
        }
        let mut line = format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{{5770385f-c22a-43e0-bf4c-06f5698ffbd9}}'/><EventID>{code}</EventID><Version>{version}</Version><Level>4</Level><Task>{code}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='{}'/><EventRecordID>{{n}}</EventRecordID><Correlation/><Execution ProcessID='2210' ThreadID='3120'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>{computer}</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'>-</Data><Data Name='UtcTime'>{}</Data>",
            windows_time(time),
            utc(time),
        );
        for (name, value) in data {
            line.push_str(&format!("<Data Name='{name}'>{}</Data>", xml(value)));
        }
        line.push_str("</EventData></Event>");
        self.log.push(time, line);
    }

    pub fn process(&mut self, time: i64, p: &Process<'_>) {
        self.pids += 12;
        let (pid, parent_pid) = (self.pids.to_string(), (self.pids - 8).to_string());
        let file = p.image.rsplit('\\').next().unwrap_or(p.image);
        let hash = format!(
            "SHA256={:064X}",
            p.image.bytes().fold(7u128, |h, b| h.wrapping_mul(1_099_511_628_211) ^ u128::from(b))
        );
        self.event(
            time,
            p.computer,
            1,
            5,
            &[
                ("ProcessGuid", "{8c3a5a1e-7f10-65e9-0b04-000000000900}"),
                ("ProcessId", &pid),
                ("Image", p.image),
                ("FileVersion", "-"),
                ("Description", "-"),
                ("Product", "-"),
                ("Company", "-"),
                ("OriginalFileName", file),
                ("CommandLine", p.line),
                ("CurrentDirectory", "C:\\Windows\\system32\\"),
                ("User", p.user),
                ("LogonGuid", "{8c3a5a1e-1a10-65e9-e703-000000000000}"),
                ("LogonId", "0x3e7a1"),
                ("TerminalSessionId", "1"),
                ("IntegrityLevel", "Medium"),
                ("Hashes", &hash),
                ("ParentProcessGuid", "{8c3a5a1e-7f10-65e9-0a04-000000000900}"),
                ("ParentProcessId", &parent_pid),
                ("ParentImage", p.parent),
                ("ParentCommandLine", p.parent_line),
                ("ParentUser", p.user),
            ],
        );
    }

    #[allow(clippy::too_many_arguments)]
    pub fn connection(
        &mut self,
        time: i64,
        computer: &str,
        user: &str,
        image: &str,
        from: &str,
        to: &str,
        port: u16,
    ) {
        let (pid, source_port, port) =
            (self.pids.to_string(), (49_152 + time / SECOND % 16_000).to_string(), port.to_string());
        self.event(
            time,
            computer,
            3,
            5,
            &[
                ("ProcessGuid", "{8c3a5a1e-7f10-65e9-0b04-000000000900}"),
                ("ProcessId", &pid),
                ("Image", image),
                ("User", user),
                ("Protocol", "tcp"),
                ("Initiated", "true"),
                ("SourceIsIpv6", "false"),
                ("SourceIp", from),
                ("SourceHostname", computer),
                ("SourcePort", &source_port),
                ("SourcePortName", "-"),
                ("DestinationIsIpv6", "false"),
                ("DestinationIp", to),
                ("DestinationHostname", "-"),
                ("DestinationPort", &port),
                ("DestinationPortName", "-"),
            ],
        );
    }

    pub fn file(&mut self, time: i64, computer: &str, user: &str, image: &str, target: &str) {
        let pid = self.pids.to_string();
        self.event(
            time,
            computer,
            11,
            2,
            &[
                ("ProcessGuid", "{8c3a5a1e-7f10-65e9-0b04-000000000900}"),
                ("ProcessId", &pid),
                ("Image", image),
                ("TargetFilename", target),
                ("CreationUtcTime", &utc(time)),
                ("User", user),
            ],
        );
    }
}
