//! What Windows events mean: ECS fields by provider and number, from the named values of an event, however it
//! was written down. Reading XML is [`super::windows_xml`]'s.

use crate::normalise::entities::{DESTINATION, End, SOURCE};
use timberline_model::{FieldId, Fields, Sink, known};

/// The values of one event by name, in one buffer.
#[derive(Debug, Default)]
pub struct Values {
    text: String,
    spans: Vec<(usize, usize, usize)>,
}

impl Values {
    /// Forgets all values.
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Adds a value; the first of a name counts.
    pub fn add(&mut self, name: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.push_str(value);
        self.spans.push((start, middle, self.text.len()));
    }

    /// A value that says something: not empty and not `-`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, from, to) =
            self.spans.iter().find(|(from, middle, _)| &self.text[*from..*middle] == name).copied()?;
        let value = self.text[from..to].trim();
        (!value.is_empty() && value != "-").then_some(value)
    }
}

/// Names of an event's number, log and writer in JSON, and of the values that [`explain`] reads.
const NAMES: &[&str] = &[
    "EventID",
    "Channel",
    "SourceName",
    "ProviderName",
    "TargetUserName",
    "TargetDomainName",
    "TargetUserSid",
    "SubjectUserName",
    "SubjectDomainName",
    "SubjectUserSid",
    "TargetServerName",
    "NewTargetUserName",
    "MemberName",
    "MemberSid",
    "IpAddress",
    "IpPort",
    "LogonType",
    "Status",
    "SubStatus",
    "Workstation",
    "AccountName",
    "AccountDomain",
    "ClientAddress",
    "ProcessName",
    "NewProcessName",
    "NewProcessId",
    "ProcessId",
    "ProcessID",
    "ParentProcessName",
    "CommandLine",
    "ServiceName",
    "ServiceFileName",
    "ImagePath",
    "ObjectName",
    "SourceAddress",
    "SourcePort",
    "DestAddress",
    "DestPort",
    "Direction",
    "Protocol",
    "Application",
    "Image",
    "ImageLoaded",
    "ProcessGuid",
    "SourceImage",
    "SourceProcessId",
    "SourceProcessGUID",
    "SourceUser",
    "User",
    "CurrentDirectory",
    "ParentImage",
    "ParentProcessId",
    "ParentProcessGuid",
    "ParentCommandLine",
    "TargetFilename",
    "TargetObject",
    "SourceIp",
    "DestinationIp",
    "DestinationPort",
    "QueryName",
    "QueryResults",
    "Address",
    "Param1",
    "Param2",
    "Param3",
];

/// The event's own name for a value, where JSON calls it `path`; `None` for names that mean nothing here.
#[must_use]
pub fn name_in_json(path: &str) -> Option<&'static str> {
    let name = match path {
        "winlog.event_id" | "Event.System.EventID" | "Event.System.EventID.#text" => "EventID",
        "winlog.channel" | "Event.System.Channel" => "Channel",
        "winlog.provider_name" | "Event.System.Provider.#attributes.Name" => "ProviderName",
        _ => ["winlog.event_data.", "winlog.user_data.", "Event.EventData.", "EventData."]
            .iter()
            .find_map(|prefix| path.strip_prefix(prefix))
            .unwrap_or(path),
    };
    NAMES.iter().find(|n| **n == name).copied()
}

/// Number, log and writer of an event, if its values have them.
#[must_use]
pub fn identity(values: &Values) -> Option<(u32, &str, &str)> {
    let code = values.get("EventID")?.parse().ok()?;
    let provider = values.get("SourceName").or_else(|| values.get("ProviderName")).unwrap_or("");
    let channel = values.get("Channel").unwrap_or("");
    (!provider.is_empty() || !channel.is_empty()).then_some((code, channel, provider))
}

/// Fields beyond the known ones, by number.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    entity: Option<FieldId>,
    parent_entity: Option<FieldId>,
    parent_command: Option<FieldId>,
    file_path: Option<FieldId>,
    registry_path: Option<FieldId>,
    service_name: Option<FieldId>,
    group_domain: Option<FieldId>,
    target_domain: Option<FieldId>,
    dns_answers: FieldId,
}

impl Ids {
    /// The numbers in this sink.
    pub fn new(out: &mut dyn Sink) -> Self {
        Self {
            entity: out.field("process.entity_id"),
            parent_entity: out.field("process.parent.entity_id"),
            parent_command: out.field("process.parent.command_line"),
            file_path: out.field("file.path"),
            registry_path: out.field("registry.path"),
            service_name: out.field("service.name"),
            group_domain: out.field("group.domain"),
            target_domain: out.field("user.target.domain"),
            dns_answers: known::DNS_ANSWERS,
        }
    }
}

struct Say<'a> {
    values: &'a Values,
    fields: &'a mut Fields,
    ids: &'a Ids,
}

impl Say<'_> {
    fn kind(&mut self, category: &str, action: &str) {
        self.fields.text(known::EVENT_CATEGORY, category);
        self.fields.text(known::EVENT_ACTION, action);
    }

    fn outcome(&mut self, success: bool) {
        self.fields.text(known::EVENT_OUTCOME, if success { "success" } else { "failure" });
    }

    fn copy(&mut self, name: &str, id: FieldId) {
        if let Some(value) = self.values.get(name) {
            self.fields.text(id, value);
        }
    }

    fn copy_to(&mut self, name: &str, id: Option<FieldId>) {
        if let Some(id) = id {
            self.copy(name, id);
        }
    }

    fn number(&mut self, name: &str, id: FieldId) {
        let Some(value) = self.values.get(name) else { return };
        let number = match value.strip_prefix("0x").or_else(|| value.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => value.parse().ok(),
        };
        if let Some(n) = number {
            self.fields.int(id, n);
        }
    }

    /// The account that acts or logs on: `Target...` or `Subject...`.
    fn user(&mut self, whose: &str) {
        let name = |part: &str| format!("{whose}{part}");
        self.copy(&name("UserName"), known::USER_NAME);
        self.copy(&name("DomainName"), known::USER_DOMAIN);
        self.copy(&name("UserSid"), known::USER_ID);
    }

    /// The account that something is done to.
    fn target(&mut self) {
        self.copy("TargetUserName", known::USER_TARGET_NAME);
        self.copy_to("TargetDomainName", self.ids.target_domain);
    }

    fn end(&mut self, end: End, host: &str, port: &str) {
        if let Some(value) = self.values.get(host).filter(|v| *v != "LOCAL") {
            end.host(self.fields, value.as_bytes());
        }
        if let Some(value) = self.values.get(port).filter(|v| *v != "0") {
            end.port(self.fields, value.as_bytes());
        }
    }

    fn source(&mut self) {
        self.end(SOURCE, "IpAddress", "IpPort");
    }

    /// `DOMAIN\name` in two.
    fn account(&mut self, name: &str) {
        if let Some(value) = self.values.get(name) {
            match value.split_once('\\') {
                Some((domain, user)) => {
                    self.fields.text(known::USER_NAME, user);
                    self.fields.text(known::USER_DOMAIN, domain);
                }
                None => self.fields.text(known::USER_NAME, value),
            }
        }
    }

    fn program(&mut self, name: &str, path: FieldId, base: FieldId) {
        if let Some(value) = self.values.get(name) {
            self.fields.text(path, value);
            self.fields.text(base, file_name(value));
        }
    }

    fn image(&mut self, name: &str) {
        self.program(name, known::PROCESS_EXECUTABLE, known::PROCESS_NAME);
    }

    fn logon_type(&mut self) {
        if let Some(value) = self.values.get("LogonType") {
            self.fields.text(known::WINLOG_LOGON_TYPE, logon_type(value));
        }
    }

    fn status(&mut self, name: &str) -> Option<bool> {
        let value = self.values.get(name)?;
        let zero = value.trim_start_matches("0x").bytes().all(|b| b == b'0');
        if !zero {
            self.fields.text(known::EVENT_REASON, reason(value).unwrap_or(value));
        }
        Some(zero)
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// Microsoft's names of logon types (documentation of event 4624).
fn logon_type(number: &str) -> &str {
    match number {
        "2" => "Interactive",
        "3" => "Network",
        "4" => "Batch",
        "5" => "Service",
        "7" => "Unlock",
        "8" => "NetworkCleartext",
        "9" => "NewCredentials",
        "10" => "RemoteInteractive",
        "11" => "CachedInteractive",
        "12" => "CachedRemoteInteractive",
        "13" => "CachedUnlock",
        other => other,
    }
}

/// What status codes of failed logons and Kerberos requests mean (documentation of events 4625, 4771, 4776).
fn reason(code: &str) -> Option<&'static str> {
    Some(match code.to_ascii_lowercase().as_str() {
        "0xc0000064" | "0x6" => "user name does not exist",
        "0xc000006a" => "user name is correct but the password is wrong",
        "0x18" => "wrong password (Kerberos pre-authentication failed)",
        "0xc000006d" => "bad user name or authentication information",
        "0xc000006e" => "account restriction",
        "0xc000006f" => "logon outside of authorised hours",
        "0xc0000070" => "logon from an unauthorised workstation",
        "0xc0000071" | "0x17" => "password expired",
        "0xc0000072" => "account disabled",
        "0x12" => "account disabled, expired or locked out",
        "0xc0000133" | "0x25" => "clocks differ too much",
        "0xc000015b" => "logon type not granted",
        "0xc0000193" => "account expired",
        "0xc0000224" => "password must be changed",
        "0xc0000234" => "account locked out",
        "0xc0000413" => "authentication firewall",
        _ => return None,
    })
}

/// Adds what an event means in ECS words.
pub fn explain(provider: &str, channel: &str, code: u32, values: &Values, ids: &Ids, fields: &mut Fields) {
    let mut say = Say { values, fields, ids };
    if provider.eq_ignore_ascii_case("Microsoft-Windows-Sysmon") {
        sysmon(&mut say, code);
    } else if channel.eq_ignore_ascii_case("Security")
        || provider.starts_with("Microsoft-Windows-Security-Auditing")
    {
        if (4720..=4799).contains(&code) {
            accounts(&mut say, code);
        } else {
            security(&mut say, code);
        }
    } else {
        others(&mut say, provider, channel, code);
    }
}

fn security(say: &mut Say<'_>, code: u32) {
    match code {
        4624 | 4625 => {
            say.kind("authentication", "logon");
            say.outcome(code == 4624);
            say.user("Target");
            say.source();
            say.logon_type();
            say.image("ProcessName");
            if code == 4625 && say.status("SubStatus").is_none_or(|zero| zero) {
                say.status("Status");
            }
        }
        4634 | 4647 => {
            say.kind("session", "logoff");
            say.user("Target");
            say.logon_type();
        }
        4648 => {
            // Beside the 4624 of the same logon; no outcome, or it would count twice.
            say.kind("authentication", "logon_explicit");
            say.user("Subject");
            say.copy("TargetUserName", known::USER_EFFECTIVE_NAME);
            say.copy("TargetServerName", known::DESTINATION_ADDRESS);
            say.source();
            say.image("ProcessName");
        }
        4672 => {
            say.kind("session", "special_privileges_assigned");
            say.user("Subject");
        }
        4778 | 4779 => {
            say.kind("session", if code == 4778 { "session_reconnected" } else { "session_disconnected" });
            say.copy("AccountName", known::USER_NAME);
            say.copy("AccountDomain", known::USER_DOMAIN);
            say.end(SOURCE, "ClientAddress", "");
        }
        4688 => {
            say.kind("process", "process_started");
            if say.values.get("TargetUserName").is_some() {
                say.user("Target");
            } else {
                say.user("Subject");
            }
            say.image("NewProcessName");
            say.number("NewProcessId", known::PROCESS_PID);
            say.copy("CommandLine", known::PROCESS_COMMAND_LINE);
            say.program("ParentProcessName", known::PROCESS_PARENT_EXECUTABLE, known::PROCESS_PARENT_NAME);
            say.number("ProcessId", known::PROCESS_PARENT_PID);
        }
        4689 => {
            say.kind("process", "process_ended");
            say.user("Subject");
            say.image("ProcessName");
            say.number("ProcessId", known::PROCESS_PID);
        }
        4697 => {
            say.kind("configuration", "service_installed");
            say.user("Subject");
            say.copy_to("ServiceName", say.ids.service_name);
            say.copy("ServiceFileName", known::PROCESS_COMMAND_LINE);
        }
        4698..=4702 => {
            let actions = ["task_created", "task_deleted", "task_enabled", "task_disabled", "task_updated"];
            say.kind("configuration", actions[(code - 4698) as usize]);
            say.user("Subject");
        }
        4719 => {
            say.kind("configuration", "audit_policy_changed");
            say.user("Subject");
        }
        1102 => {
            say.kind("configuration", "audit_log_cleared");
            say.user("Subject");
        }
        4800..=4803 => {
            let actions =
                ["workstation_locked", "workstation_unlocked", "screensaver_started", "screensaver_stopped"];
            say.kind("session", actions[(code - 4800) as usize]);
            say.user("Target");
        }
        5140 | 5145 => {
            say.kind("file", "share_accessed");
            say.user("Subject");
            say.source();
        }
        4656 | 4663 => {
            say.kind("file", "object_accessed");
            say.user("Subject");
            say.copy_to("ObjectName", say.ids.file_path);
            say.image("ProcessName");
        }
        5156..=5159 => {
            say.kind(
                "network",
                if code.is_multiple_of(2) { "connection_allowed" } else { "connection_blocked" },
            );
            // 5156 to 5159 are allowed, blocked, bind allowed, bind blocked.
            let (from, to) = (("SourceAddress", "SourcePort"), ("DestAddress", "DestPort"));
            let inbound = say.values.get("Direction") == Some("%%14592");
            // Windows calls its own side the source, also of what comes in.
            let (from, to) = if inbound { (to, from) } else { (from, to) };
            say.end(SOURCE, from.0, from.1);
            say.end(DESTINATION, to.0, to.1);
            let transport = match say.values.get("Protocol") {
                Some("6") => Some("tcp"),
                Some("17") => Some("udp"),
                Some("1") => Some("icmp"),
                _ => None,
            };
            if let Some(transport) = transport {
                say.fields.text(known::NETWORK_TRANSPORT, transport);
            }
            say.image("Application");
            say.number("ProcessId", known::PROCESS_PID);
            say.number("ProcessID", known::PROCESS_PID);
        }
        _ => {}
    }
}

/// Accounts, groups and the domain controller's logons.
fn accounts(say: &mut Say<'_>, code: u32) {
    let action = match code {
        4720 => "user_created",
        4722 => "user_enabled",
        4723 => "password_changed",
        4724 => "password_reset",
        4725 => "user_disabled",
        4726 => "user_deleted",
        4738 => "user_changed",
        4740 => "user_locked_out",
        4767 => "user_unlocked",
        4781 => "user_renamed",
        4741 => "computer_created",
        4742 => "computer_changed",
        4743 => "computer_deleted",
        4727 | 4731 | 4754 => "group_created",
        4730 | 4734 | 4758 => "group_deleted",
        4735 | 4737 | 4755 => "group_changed",
        4728 | 4732 | 4756 => "group_member_added",
        4729 | 4733 | 4757 => "group_member_removed",
        4768..=4776 => return domain_logon(say, code),
        4798 | 4799 => "membership_enumerated",
        _ => return,
    };
    say.kind("iam", action);
    if action.starts_with("group_") || code == 4799 {
        say.user("Subject");
        say.copy("TargetUserName", known::GROUP_NAME);
        say.copy_to("TargetDomainName", say.ids.group_domain);
        if say.values.get("MemberName").is_some() {
            say.copy("MemberName", known::USER_TARGET_NAME);
        } else {
            say.copy("MemberSid", known::USER_TARGET_NAME);
        }
    } else if code == 4740 {
        // The subject is the domain controller; the "domain" of the target is the computer that asked.
        say.copy("TargetUserName", known::USER_NAME);
        say.copy("TargetDomainName", known::SOURCE_ADDRESS);
    } else {
        say.user("Subject");
        say.target();
        say.copy("NewTargetUserName", known::USER_TARGET_NAME);
    }
}

fn domain_logon(say: &mut Say<'_>, code: u32) {
    match code {
        4768 => {
            say.kind("authentication", "kerberos_login");
            if let Some(success) = say.status("Status") {
                say.outcome(success);
            }
        }
        4769 | 4770 => {
            // A ticket for a service: every use of one asks for it, so it is no login of its own.
            say.kind("authentication", "kerberos_service_ticket");
            say.status("Status");
        }
        4771 => {
            say.kind("authentication", "kerberos_login");
            say.status("Status");
            say.outcome(false);
        }
        4776 => {
            say.kind("authentication", "ntlm_login");
            if let Some(success) = say.status("Status") {
                say.outcome(success);
            }
            say.copy("Workstation", known::SOURCE_ADDRESS);
        }
        _ => return,
    }
    say.user("Target");
    say.source();
}

fn sysmon(say: &mut Say<'_>, code: u32) {
    let (category, action) = match code {
        1 => ("process", "process_started"),
        2 => ("file", "file_time_changed"),
        3 => ("network", "connection"),
        5 => ("process", "process_ended"),
        6 => ("driver", "driver_loaded"),
        7 => ("library", "image_loaded"),
        8 => ("process", "remote_thread"),
        9 => ("file", "raw_access_read"),
        10 => ("process", "process_accessed"),
        11 => ("file", "file_created"),
        12 => ("registry", "registry_key_changed"),
        13 => ("registry", "registry_value_set"),
        14 => ("registry", "registry_renamed"),
        15 => ("file", "file_stream_created"),
        17 => ("file", "pipe_created"),
        18 => ("file", "pipe_connected"),
        22 => ("network", "dns_query"),
        23 | 26 => ("file", "file_deleted"),
        25 => ("process", "process_tampering"),
        _ => ("configuration", "sysmon"),
    };
    say.kind(category, action);
    for (image, pid, guid) in
        [("Image", "ProcessId", "ProcessGuid"), ("SourceImage", "SourceProcessId", "SourceProcessGUID")]
    {
        say.image(image);
        say.number(pid, known::PROCESS_PID);
        say.copy_to(guid, say.ids.entity);
    }
    say.account("User");
    say.account("SourceUser");
    say.copy("CommandLine", known::PROCESS_COMMAND_LINE);
    say.copy("CurrentDirectory", known::PROCESS_WORKING_DIRECTORY);
    say.program("ParentImage", known::PROCESS_PARENT_EXECUTABLE, known::PROCESS_PARENT_NAME);
    say.number("ParentProcessId", known::PROCESS_PARENT_PID);
    say.copy_to("ParentProcessGuid", say.ids.parent_entity);
    say.copy_to("ParentCommandLine", say.ids.parent_command);
    say.copy_to("TargetFilename", say.ids.file_path);
    say.copy_to("ImageLoaded", say.ids.file_path);
    say.copy_to("TargetObject", say.ids.registry_path);
    if code == 3 {
        say.end(SOURCE, "SourceIp", "SourcePort");
        say.end(DESTINATION, "DestinationIp", "DestinationPort");
        if let Some(protocol) = say.values.get("Protocol") {
            say.fields.text(known::NETWORK_TRANSPORT, &protocol.to_ascii_lowercase());
        }
    }
    if code == 22 {
        say.copy("QueryName", known::DNS_QUESTION_NAME);
        if let Some(results) = say.values.get("QueryResults") {
            let answers = results.split(';').filter(|a| !a.is_empty());
            say.fields.list(say.ids.dns_answers, answers.map(|a| a.trim_start_matches("::ffff:")));
        }
    }
}

fn others(say: &mut Say<'_>, provider: &str, channel: &str, code: u32) {
    match (provider, code) {
        ("Service Control Manager", 7045) => {
            say.kind("configuration", "service_installed");
            say.copy_to("ServiceName", say.ids.service_name);
            say.copy("ImagePath", known::PROCESS_COMMAND_LINE);
        }
        ("Microsoft-Windows-Eventlog", 104 | 1102) => {
            say.kind("configuration", if code == 1102 { "audit_log_cleared" } else { "log_cleared" });
            say.user("Subject");
        }
        ("Microsoft-Windows-PowerShell", 4104) => say.kind("process", "script_block"),
        ("Microsoft-Windows-PowerShell", 4103) => say.kind("process", "pipeline"),
        ("PowerShell", 400 | 403 | 600 | 800) => say.kind("process", "powershell"),
        ("Microsoft-Windows-TerminalServices-LocalSessionManager", 21 | 23..=25) => {
            let action = match code {
                21 => "rdp_session_logon",
                23 => "rdp_session_logoff",
                24 => "session_disconnected",
                _ => "session_reconnected",
            };
            say.kind("session", action);
            say.account("User");
            say.end(SOURCE, "Address", "");
        }
        ("Microsoft-Windows-TerminalServices-RemoteConnectionManager", 1149) => {
            say.kind("session", "rdp_user_authenticated");
            say.copy("Param1", known::USER_NAME);
            say.copy("Param2", known::USER_DOMAIN);
            say.end(SOURCE, "Param3", "");
        }
        _ if channel == "Microsoft-Windows-TaskScheduler/Operational" => say.kind("configuration", "task"),
        _ => {}
    }
}
