//! What the events of Windows' own services mean: services, tasks, remote desktop, shares, Defender, WMI,
//! transfers, application control, firewall, NTLM, name resolution, remote management.

use super::windows_codes as codes;
use super::windows_events::{Key, key};
use super::windows_meaning::{AUTHENTICATION, CONFIGURATION, ENDS, FILE, NETWORK, PROCESS, SESSION, Say};
use timberline_model::known;

/// Explains an event; false when it is none that is known here.
pub fn explain(say: &mut Say<'_>, code: u32) -> bool {
    let provider = say.facts.provider.as_str();
    let Some(name) = provider.strip_prefix("Microsoft-Windows-") else {
        return match provider {
            "Service Control Manager" => services(say, code),
            "EventLog" => start_and_stop(say, code),
            "User32" | "USER32" => shutdown(say, code),
            "Microsoft Antimalware" => defender(say, code),
            "NETLOGON" => netlogon(say, code),
            _ => false,
        };
    };
    match name {
        "Eventlog" => log_cleared(say, code),
        "User32" => shutdown(say, code),
        "Kernel-General" | "Kernel-Power" | "Kernel-Boot" => start_and_stop(say, code),
        "TaskScheduler" => tasks(say, code),
        "TerminalServices-LocalSessionManager" => sessions(say, code),
        "TerminalServices-RemoteConnectionManager" => remote_connections(say, code),
        "RemoteDesktopServices-RdpCoreTS" => rdp_core(say, code),
        "TerminalServices-ClientActiveXCore" => rdp_client(say, code),
        "TerminalServices-Gateway" => gateway(say, code),
        "Windows Defender" => defender(say, code),
        "WMI-Activity" => wmi(say, code),
        "Bits-Client" => transfers(say, code),
        "AppLocker" => applocker(say, code),
        "CodeIntegrity" => code_integrity(say, code),
        "Windows Firewall With Advanced Security" => firewall(say, code),
        "SMBServer" => smb_server(say, code),
        "SMBClient" | "SmbClient" => smb_client(say),
        "NTLM" | "Security-Netlogon" => ntlm(say, code),
        "DNS-Client" => dns_client(say, code),
        "DNSServer" | "DNS-Server-Service" => dns_server(say, code),
        "WinRM" => winrm(say, code),
        "Winlogon" => winlogon(say, code),
        "PrintService" => print_service(say, code),
        _ => false,
    }
}

fn services(say: &mut Say<'_>, code: u32) -> bool {
    match code {
        7045 => {
            say.is(CONFIGURATION, "service-installed", "creation");
            say.copy(key::ServiceName, say.ids.service_name);
            say.copy(key::ServiceType, say.ids.service_type);
            if let Some(line) = say.get(key::ImagePath) {
                say.command_line(line);
            }
        }
        7034 | 7031 => {
            say.is(PROCESS, "service-crashed", "end");
            say.copy(key::param1, say.ids.service_name);
        }
        7035 | 7036 => {
            say.is(PROCESS, "service-state-changed", "change");
            say.copy(key::param1, say.ids.service_name);
        }
        7040 => {
            say.is(CONFIGURATION, "service-start-type-changed", "change");
            say.copy(key::param1, say.ids.service_name);
        }
        7000 | 7001 | 7009 | 7011 | 7023 | 7024 | 7026 => {
            say.is(PROCESS, "service-failed", "error");
            say.copy(key::param1, say.ids.service_name);
        }
        7038 | 7041 => {
            say.is(AUTHENTICATION, "service-logon-failed", "start");
            say.outcome(false);
            say.copy(key::param1, say.ids.service_name);
            say.user_from_system = false;
            if let Some(account) = say.get(key::param2) {
                say.account_named(account);
            }
        }
        _ => return false,
    }
    true
}

fn log_cleared(say: &mut Say<'_>, code: u32) -> bool {
    if !matches!(code, 104 | 1102) {
        return false;
    }
    say.is(CONFIGURATION, "log-cleared", "deletion");
    say.subject();
    true
}

fn start_and_stop(say: &mut Say<'_>, code: u32) -> bool {
    let provider = say.facts.provider.as_str();
    let (action, kind) = match (provider, code) {
        ("EventLog", 6005) => ("event-log-started", "start"),
        ("EventLog", 6006) => ("event-log-stopped", "end"),
        ("EventLog", 6008) => ("unexpected-shutdown", "end"),
        ("Microsoft-Windows-Kernel-General", 12) => ("system-started", "start"),
        ("Microsoft-Windows-Kernel-General", 13) => ("system-shutdown", "end"),
        ("Microsoft-Windows-Kernel-General", 1) => ("system-time-changed", "change"),
        ("Microsoft-Windows-Kernel-Power", 41) => ("unexpected-restart", "start"),
        ("Microsoft-Windows-Kernel-Power", 42) => ("system-sleeps", "end"),
        ("Microsoft-Windows-Kernel-Power", 107) => ("system-resumed", "start"),
        _ => return false,
    };
    say.is("host", action, kind);
    true
}

fn shutdown(say: &mut Say<'_>, code: u32) -> bool {
    if !matches!(code, 1074 | 1076) {
        return false;
    }
    say.is("host", "shutdown-requested", "end");
    say.user_from_system = false;
    if let Some(process) = say.get(key::param1) {
        let process = process.split(" (").next().unwrap_or(process);
        say.text(known::PROCESS_EXECUTABLE, process);
        say.text(known::PROCESS_NAME, super::windows_meaning::base_name(process));
    }
    say.copy(key::param3, known::EVENT_REASON);
    say.account(key::param7);
    true
}

fn tasks(say: &mut Say<'_>, code: u32) -> bool {
    let (category, action, kind) = match code {
        106 => (CONFIGURATION, "task-registered", "creation"),
        140 => (CONFIGURATION, "task-updated", "change"),
        141 => (CONFIGURATION, "task-deleted", "deletion"),
        142 => (CONFIGURATION, "task-disabled", "change"),
        100 => (PROCESS, "task-started", "start"),
        102 => (PROCESS, "task-completed", "end"),
        101 | 103 | 203 => (PROCESS, "task-failed", "error"),
        107 | 108 | 110 | 118 | 119 => (PROCESS, "task-triggered", "start"),
        111 | 330 => (PROCESS, "task-terminated", "end"),
        129 => (PROCESS, "task-process-created", "start"),
        200 => (PROCESS, "task-action-started", "start"),
        201 => (PROCESS, "task-action-completed", "end"),
        _ => (CONFIGURATION, "task", "info"),
    };
    say.is(category, action, kind);
    say.user_from_system = false;
    say.account(key::UserContext);
    say.account(key::UserName);
    match code {
        129 => {
            if let Some(path) = say.get(key::Path) {
                say.command_line(path);
            }
            say.number(key::ProcessID, known::PROCESS_PID);
        }
        200 | 201 | 203 => {
            if let Some(action) = say.get(key::ActionName)
                && action.contains(['\\', '.'])
            {
                say.text(known::PROCESS_EXECUTABLE, action);
                say.text(known::PROCESS_NAME, super::windows_meaning::base_name(action));
            }
        }
        _ => {}
    }
    true
}

fn sessions(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        21 => ("rdp-session-logon", "start"),
        22 => ("rdp-shell-started", "start"),
        23 => ("rdp-session-logoff", "end"),
        24 => ("session-disconnected", "end"),
        25 => ("session-reconnected", "start"),
        39 | 40 => ("session-disconnected", "end"),
        41 | 42 => ("session-arbitration", "info"),
        _ => return false,
    };
    say.is(SESSION, action, kind);
    say.user_from_system = false;
    say.account(key::User);
    if let Some(address) = say.get(key::Address) {
        say.end_named(ENDS.0, address);
    }
    true
}

fn remote_connections(say: &mut Say<'_>, code: u32) -> bool {
    match code {
        1149 => {
            // With network level authentication this comes before the logon; without it, before any password.
            say.is(SESSION, "rdp-user-authenticated", "start");
            say.copy(key::Param1, known::USER_NAME);
            say.copy(key::Param2, known::USER_DOMAIN);
            say.mention(key::Param1);
            if let Some(address) = say.get(key::Param3) {
                say.end_named(ENDS.0, address);
            }
        }
        261 => say.is(NETWORK, "rdp-connection-received", "connection"),
        1158 => {
            say.is(NETWORK, "rdp-connection-accepted", "connection");
            if let Some(address) = say.get(key::Param1) {
                say.end_named(ENDS.0, address);
            }
        }
        _ => return false,
    }
    say.user_from_system = false;
    true
}

fn rdp_core(say: &mut Say<'_>, code: u32) -> bool {
    match code {
        131 => {
            say.is(NETWORK, "rdp-connection-accepted", "connection\u{1e}start");
            if let Some(address) = say.get(key::ClientIP) {
                say.source_with_port(address);
            }
            if let Some(way) = say.get(key::ConnectionType) {
                say.text(known::NETWORK_TRANSPORT, &way.to_ascii_lowercase());
            }
        }
        140 => {
            // Wrong name or password; the name is not said.
            say.is(AUTHENTICATION, "rdp-logon-failed", "start");
            say.outcome(false);
            if let Some(address) = say.get(key::IPString) {
                say.source_with_port(address);
            }
        }
        _ => return false,
    }
    say.user_from_system = false;
    true
}

fn rdp_client(say: &mut Say<'_>, code: u32) -> bool {
    if !matches!(code, 1024 | 1102) {
        return false;
    }
    say.is(NETWORK, "rdp-connection-started", "connection\u{1e}start");
    if let Some(server) = say.get(key::Value) {
        say.end_named(ENDS.1, server);
    }
    true
}

fn gateway(say: &mut Say<'_>, code: u32) -> bool {
    match code {
        200 | 300 => {
            say.is(AUTHENTICATION, "gateway-access-allowed", "start");
            if code == 200 {
                say.outcome(true);
            }
        }
        201 | 203 => {
            say.is(AUTHENTICATION, "gateway-access-denied", "denied");
            say.outcome(false);
        }
        301 | 304 => say.is(SESSION, "gateway-resource-denied", "denied"),
        302 => say.is(SESSION, "gateway-connected", "start"),
        303 => say.is(SESSION, "gateway-disconnected", "end"),
        _ => return false,
    }
    say.user_from_system = false;
    say.account(key::Username);
    if let Some(address) = say.get(key::IpAddress) {
        say.source_with_port(address);
    }
    if let Some(resource) = say.get(key::Resource) {
        say.end_named(ENDS.1, resource);
    }
    true
}

fn defender(say: &mut Say<'_>, code: u32) -> bool {
    let (category, action, kind) = match code {
        1006 | 1015 | 1116 => ("malware", "malware-detected", "info"),
        1007 | 1117 => ("malware", "malware-action-taken", "info"),
        1008 | 1118 | 1119 => ("malware", "malware-action-failed", "error"),
        1121 | 1125 | 1127 | 1123 => ("intrusion_detection", "exploit-guard-blocked", "denied"),
        1122 | 1124 | 1126 | 1128 => ("intrusion_detection", "exploit-guard-audited", "info"),
        1009 | 1011 => ("malware", "quarantine-item-changed", "change"),
        1013 => (CONFIGURATION, "malware-history-deleted", "deletion"),
        5001 => (CONFIGURATION, "real-time-protection-disabled", "change"),
        5010 | 5012 => (CONFIGURATION, "scanning-disabled", "change"),
        5000 => (CONFIGURATION, "real-time-protection-enabled", "change"),
        5004 | 5007 | 5013 => (CONFIGURATION, "protection-settings-changed", "change"),
        _ => return false,
    };
    say.is(category, action, kind);
    if matches!(code, 1006 | 1015 | 1116 | 1121) {
        say.kind = "alert";
    }
    say.user_from_system = false;
    say.copy(key::ThreatName, say.ids.rule_name);
    say.account(key::DetectionUser);
    say.account(key::User);
    if let Some(process) = say.get(key::ProcessNameSpaced)
        && process != "Unknown"
    {
        say.text(known::PROCESS_EXECUTABLE, process);
        say.text(known::PROCESS_NAME, super::windows_meaning::base_name(process));
    }
    // `file:_C:\x.exe; containerfile:_C:\y.zip`
    if let Some(path) = say.get(key::Path) {
        let first = path.split("; ").next().unwrap_or(path);
        match first.split_once(":_") {
            Some(("file" | "containerfile" | "amsi" | "internalamsi", file)) => say.file(file),
            Some(_) => {}
            None => say.file(first),
        }
    }
    true
}

fn wmi(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        5857 => ("wmi-provider-started", "start"),
        5858 => ("wmi-operation-failed", "error"),
        5859 | 5860 => ("wmi-temporary-subscription", "creation"),
        5861 => ("wmi-permanent-subscription", "creation"),
        _ => return false,
    };
    say.is(if code >= 5859 { CONFIGURATION } else { PROCESS }, action, kind);
    say.user_from_system = false;
    say.account(key::User);
    if let Some(machine) = say.get(key::ClientMachine) {
        say.text(known::SOURCE_ADDRESS, machine);
    }
    say.number(key::ClientProcessId, known::PROCESS_PID);
    if code == 5857 {
        say.number(key::ProcessID, known::PROCESS_PID);
        say.copy(key::HostProcess, known::PROCESS_NAME);
        if let Some(path) = say.get(key::ProviderPath) {
            say.file(path);
        }
    }
    true
}

fn transfers(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        3 => ("transfer-job-created", "creation"),
        4 => ("transfer-job-completed", "end"),
        5 => ("transfer-job-cancelled", "end"),
        59 => ("transfer-started", "start"),
        60 => ("transfer-stopped", "end"),
        61 => ("transfer-failed", "error"),
        16_403 => ("transfer-job-file-added", "change"),
        _ => return false,
    };
    say.is(NETWORK, action, kind);
    say.user_from_system = code != 59;
    say.account(key::JobOwner);
    if let Some(url) = say.get(key::Url) {
        say.text(known::URL_ORIGINAL, url);
        if let Some(host) =
            url.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or(rest))
        {
            say.text(
                known::URL_DOMAIN,
                host.rsplit_once('@').map_or(host, |(_, h)| h).split(':').next().unwrap_or(host),
            );
        }
    }
    say.image(key::ProcessPath);
    say.number(key::ProcessIdSmall, known::PROCESS_PID);
    true
}

fn applocker(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        8002 | 8005 | 8020 | 8023 => ("application-allowed", "allowed"),
        8003 | 8006 | 8021 | 8024 => ("application-would-be-blocked", "info"),
        8004 | 8007 | 8022 | 8025 => ("application-blocked", "denied"),
        8001 => {
            say.is(CONFIGURATION, "policy-applied", "change");
            return true;
        }
        _ => return false,
    };
    say.is(PROCESS, action, kind);
    say.user_from_system = false;
    say.account_or_sid(key::TargetUser);
    say.number(key::TargetProcessId, known::PROCESS_PID);
    say.copy(key::RuleName, say.ids.rule_name);
    say.copy(key::PolicyName, say.ids.ruleset);
    for key in [key::FullFilePath, key::FilePath] {
        if let Some(path) = say.get(key) {
            say.file(path);
        }
    }
    true
}

fn code_integrity(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        3033 | 3034 | 3077 | 3004 => ("image-blocked", "denied"),
        3076 => ("image-would-be-blocked", "info"),
        3001 | 3023 => ("driver-refused", "denied"),
        _ => return false,
    };
    say.is(if code == 3001 || code == 3023 { "driver" } else { PROCESS }, action, kind);
    if let Some(path) = say.get(key::FileNameSpaced) {
        say.file(path);
    }
    if let Some(process) = say.get(key::ProcessNameSpaced) {
        say.text(known::PROCESS_EXECUTABLE, process);
        say.text(known::PROCESS_NAME, super::windows_meaning::base_name(process));
    }
    true
}

fn firewall(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        2004 | 2071 | 2097 => ("firewall-rule-added", "creation"),
        2005 | 2073 | 2099 => ("firewall-rule-modified", "change"),
        2006 | 2052 => ("firewall-rule-deleted", "deletion"),
        2033 | 2059 => ("firewall-rules-deleted", "deletion"),
        2002 | 2003 | 2008 | 2009 | 2082 | 2083 => ("firewall-setting-changed", "change"),
        2011 => ("firewall-blocked-application", "denied"),
        _ => return false,
    };
    say.is(if code == 2011 { NETWORK } else { CONFIGURATION }, action, kind);
    say.user_from_system = false;
    say.copy(key::RuleName, say.ids.rule_name);
    say.account_or_sid(key::ModifyingUser);
    say.image(key::ModifyingApplication);
    true
}

fn smb_server(say: &mut Say<'_>, code: u32) -> bool {
    match code {
        551 => {
            say.is(AUTHENTICATION, "smb-logon-failed", "start");
            say.outcome(false);
            say.status(key::Status);
        }
        3000 => say.is("network\u{1e}file", "smb1-access", "connection\u{1e}protocol"),
        1006 | 1007 | 1009 => say.is("network\u{1e}file", "smb-access-denied", "denied"),
        _ => return false,
    }
    say.user_from_system = false;
    say.account(key::UserName);
    for key in [key::ClientName, key::ClientAddress] {
        if let Some(client) = say.get(key)
            && !client.starts_with("0x")
        {
            say.source_with_port(client.trim_start_matches('\\'));
        }
    }
    true
}

fn smb_client(say: &mut Say<'_>) -> bool {
    say.is("network\u{1e}file", "", "connection");
    say.account(key::UserName);
    if let Some(server) = say.get(key::ServerName) {
        say.end_named(ENDS.1, server);
    }
    true
}

fn ntlm(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        8001 => ("ntlm-outgoing", "info"),
        8002..=8006 => ("ntlm-incoming", "info"),
        4001..=4006 => ("ntlm-blocked", "denied"),
        _ => return false,
    };
    say.is(AUTHENTICATION, action, kind);
    say.user_from_system = false;
    say.copy(key::UserName, known::USER_NAME);
    say.copy(key::DomainName, known::USER_DOMAIN);
    say.copy(key::ClientUserName, known::USER_NAME);
    say.copy(key::ClientDomainName, known::USER_DOMAIN);
    say.mention(key::UserName);
    for key in [key::WorkstationName, key::Workstation] {
        if let Some(station) = say.get(key) {
            say.end_named(ENDS.0, station);
        }
    }
    if let Some(target) = say.get(key::TargetName) {
        say.text(known::DESTINATION_ADDRESS, target);
    }
    true
}

fn netlogon(say: &mut Say<'_>, code: u32) -> bool {
    if !matches!(code, 5805 | 5723 | 5827..=5831) {
        return false;
    }
    say.is(AUTHENTICATION, "secure-channel-refused", "denied");
    if let Some(machine) = say.get(key::param1) {
        say.text(known::SOURCE_ADDRESS, machine);
    }
    true
}

fn dns_client(say: &mut Say<'_>, code: u32) -> bool {
    if !matches!(code, 3006 | 3008 | 3009 | 3010 | 3011 | 3016 | 3018 | 3020 | 1014) {
        return false;
    }
    say.is(NETWORK, "dns-query", "connection\u{1e}protocol\u{1e}info");
    say.text(known::NETWORK_PROTOCOL, "dns");
    say.copy(key::QueryName, known::DNS_QUESTION_NAME);
    question_type(say, key::QueryType);
    true
}

fn dns_server(say: &mut Say<'_>, code: u32) -> bool {
    let action = match code {
        256 => "dns-query-received",
        257 | 258 => "dns-response-sent",
        259 => "dns-query-ignored",
        260..=278 => "dns-recursion",
        515..=600 => {
            say.is(CONFIGURATION, "dns-settings-changed", "change");
            return true;
        }
        _ => return false,
    };
    say.is(NETWORK, action, "connection\u{1e}protocol\u{1e}info");
    say.text(known::NETWORK_PROTOCOL, "dns");
    if let Some(name) = say.get(key::QName) {
        say.text(known::DNS_QUESTION_NAME, name.trim_end_matches('.'));
    }
    question_type(say, key::QType);
    say.copy(key::RCode, known::DNS_RESPONSE_CODE);
    match code {
        256 => {
            say.end(ENDS.0, key::Source, key::Port);
            say.end(ENDS.1, key::InterfaceIP, key::InterfaceIP);
        }
        257..=259 => {
            say.end(ENDS.0, key::InterfaceIP, key::InterfaceIP);
            say.end(ENDS.1, key::Destination, key::Port);
        }
        _ => {
            say.end(ENDS.0, key::Source, key::InterfaceIP);
            say.end(ENDS.1, key::Destination, key::Port);
        }
    }
    true
}

fn question_type(say: &mut Say<'_>, key: Key) {
    if let Some(number) = say.get(key) {
        say.text(known::DNS_QUESTION_TYPE, codes::dns_type(number).unwrap_or(number));
    }
}

fn winrm(say: &mut Say<'_>, code: u32) -> bool {
    match code {
        6 => {
            // `host/wsman?PSVersion=5.1`
            say.is(NETWORK, "winrm-session-started", "connection\u{1e}start");
            if let Some(connection) = say.get(key::ConnectionName) {
                say.end_named(ENDS.1, connection.split('/').next().unwrap_or(connection));
            }
        }
        91 => say.is(SESSION, "winrm-session-created", "start"),
        169 => {
            say.is(AUTHENTICATION, "winrm-user-authenticated", "info");
            say.account(key::UsernameSmall);
        }
        161 | 142 | 193 => say.is(NETWORK, "winrm-failed", "error"),
        _ => return false,
    }
    true
}

fn winlogon(say: &mut Say<'_>, code: u32) -> bool {
    let (action, kind) = match code {
        7001 => ("user-logon-notified", "start"),
        7002 => ("user-logoff-notified", "end"),
        _ => return false,
    };
    say.is(SESSION, action, kind);
    say.user_from_system = false;
    say.copy(key::UserSid, known::USER_ID);
    true
}

fn print_service(say: &mut Say<'_>, code: u32) -> bool {
    match code {
        307 => {
            say.is(FILE, "document-printed", "access");
            say.copy(key::Param3, known::USER_NAME);
            say.mention(key::Param3);
            if let Some(station) = say.get(key::Param4) {
                say.end_named(ENDS.0, station);
            }
        }
        316 => say.is("driver", "printer-driver-added", "start"),
        808 => say.is("driver", "printer-plug-in-failed", "error"),
        _ => return false,
    }
    say.user_from_system = code != 307;
    true
}
