//! What the numbers in Windows events stand for: levels, keywords, opcodes, tasks, types of logons and services,
//! status codes. From Microsoft's documentation of the events and of `winmeta.xml`. Numbers without a name here
//! are left as numbers.

/// The level of severity by its number.
#[must_use]
pub fn level(number: &str) -> &str {
    match number {
        "1" => "critical",
        "2" => "error",
        "3" => "warning",
        "0" | "4" => "info",
        "5" => "debug",
        other => other,
    }
}

/// The keywords that mean the same for all providers, by their bit.
pub const KEYWORDS: [(u64, &str); 7] = [
    (1 << 55, "Classic"),
    (1 << 54, "Correlation Hint"),
    (1 << 53, AUDIT_SUCCESS),
    (1 << 52, AUDIT_FAILURE),
    (1 << 51, "SQM"),
    (1 << 50, "WDI Diag"),
    (1 << 48, "Response Time"),
];
/// What an audited action that succeeded has among its keywords.
pub const AUDIT_SUCCESS: &str = "Audit Success";
/// What an audited action that failed has among its keywords.
pub const AUDIT_FAILURE: &str = "Audit Failure";

/// The opcode's name; those from 10 to 239 are the provider's own.
#[must_use]
pub fn opcode(provider: &str, number: u32) -> Option<&'static str> {
    Some(match (number, provider) {
        (0, _) => "Info",
        (1, _) => "Start",
        (2, _) => "Stop",
        (3, _) => "DCStart",
        (4, _) => "DCStop",
        (5, _) => "Extension",
        (6, _) => "Reply",
        (7, _) => "Resume",
        (8, _) => "Suspend",
        (9, _) => "Send",
        (240, _) => "Receive",
        (15, "Microsoft-Windows-PowerShell") => "On create calls",
        (20, "Microsoft-Windows-PowerShell") => "To be used when operation is just executing a method",
        _ => return None,
    })
}

/// The task's name.
#[must_use]
pub fn task(provider: &str, number: u32) -> Option<&'static str> {
    match provider {
        "Microsoft-Windows-Security-Auditing" => audit_task(number),
        "Microsoft-Windows-Eventlog" => match number {
            101 => Some("Event processing"),
            103 => Some("Service shutdown"),
            104 => Some("Log clear"),
            105 => Some("Event log automatic backup"),
            _ => None,
        },
        "Microsoft-Windows-Sysmon" => sysmon_task(number),
        "Microsoft-Windows-PowerShell" => match number {
            2 => Some("Execute a Remote Command"),
            102 => Some("Starting Command"),
            103 => Some("Stopping Command"),
            106 => Some("Executing Pipeline"),
            _ => None,
        },
        "PowerShell" => match number {
            4 => Some("Engine Lifecycle"),
            6 => Some("Provider Lifecycle"),
            8 => Some("Pipeline Execution Details"),
            _ => None,
        },
        _ => None,
    }
}

/// The subcategories of the audit policy.
fn audit_task(number: u32) -> Option<&'static str> {
    Some(match number {
        12288 => "Security State Change",
        12289 => "Security System Extension",
        12290 => "System Integrity",
        12291 => "IPsec Driver",
        12292 => "Other System Events",
        12544 => "Logon",
        12545 => "Logoff",
        12546 => "Account Lockout",
        12547 => "IPsec Main Mode",
        12548 => "Special Logon",
        12549 => "IPsec Quick Mode",
        12550 => "IPsec Extended Mode",
        12551 => "Other Logon/Logoff Events",
        12552 => "Network Policy Server",
        12553 => "User / Device Claims",
        12554 => "Group Membership",
        12800 => "File System",
        12801 => "Registry",
        12802 => "Kernel Object",
        12803 => "SAM",
        12804 => "Other Object Access Events",
        12805 => "Certification Services",
        12806 => "Application Generated",
        12807 => "Handle Manipulation",
        12808 => "File Share",
        12809 => "Filtering Platform Packet Drop",
        12810 => "Filtering Platform Connection",
        12811 => "Detailed File Share",
        12812 => "Removable Storage",
        12813 => "Central Policy Staging",
        13056 => "Sensitive Privilege Use",
        13057 => "Non Sensitive Privilege Use",
        13058 => "Other Privilege Use Events",
        13312 => "Process Creation",
        13313 => "Process Termination",
        13314 => "DPAPI Activity",
        13315 => "RPC Events",
        13316 => "Plug and Play Events",
        13317 => "Token Right Adjusted Events",
        13568 => "Audit Policy Change",
        13569 => "Authentication Policy Change",
        13570 => "Authorization Policy Change",
        13571 => "MPSSVC Rule-Level Policy Change",
        13572 => "Filtering Platform Policy Change",
        13573 => "Other Policy Change Events",
        13824 => "User Account Management",
        13825 => "Computer Account Management",
        13826 => "Security Group Management",
        13827 => "Distribution Group Management",
        13828 => "Application Group Management",
        13829 => "Other Account Management Events",
        14080 => "Directory Service Access",
        14081 => "Directory Service Changes",
        14082 => "Directory Service Replication",
        14083 => "Detailed Directory Service Replication",
        14336 => "Credential Validation",
        14337 => "Kerberos Service Ticket Operations",
        14338 => "Other Account Logon Events",
        14339 => "Kerberos Authentication Service",
        _ => return None,
    })
}

/// Sysmon's tasks are its events.
fn sysmon_task(number: u32) -> Option<&'static str> {
    Some(match number {
        1 => "Process Create (rule: ProcessCreate)",
        2 => "File creation time changed (rule: FileCreateTime)",
        3 => "Network connection detected (rule: NetworkConnect)",
        4 => "Sysmon service state changed",
        5 => "Process terminated (rule: ProcessTerminate)",
        6 => "Driver loaded (rule: DriverLoad)",
        7 => "Image loaded (rule: ImageLoad)",
        8 => "CreateRemoteThread detected (rule: CreateRemoteThread)",
        9 => "RawAccessRead detected (rule: RawAccessRead)",
        10 => "Process accessed (rule: ProcessAccess)",
        11 => "File created (rule: FileCreate)",
        12 => "Registry object added or deleted (rule: RegistryEvent)",
        13 => "Registry value set (rule: RegistryEvent)",
        14 => "Registry object renamed (rule: RegistryEvent)",
        15 => "File stream created (rule: FileCreateStreamHash)",
        16 => "Sysmon config state changed",
        17 => "Pipe Created (rule: PipeEvent)",
        18 => "Pipe Connected (rule: PipeEvent)",
        19 => "WmiEventFilter activity detected (rule: WmiEvent)",
        20 => "WmiEventConsumer activity detected (rule: WmiEvent)",
        21 => "WmiEventConsumerToFilter activity detected (rule: WmiEvent)",
        22 => "Dns query (rule: DnsQuery)",
        23 => "File Delete archived (rule: FileDelete)",
        24 => "Clipboard changed (rule: ClipboardChange)",
        25 => "Process Tampering (rule: ProcessTampering)",
        26 => "File Delete logged (rule: FileDeleteDetected)",
        27 => "File Block Executable (rule: FileBlockExecutable)",
        28 => "File Block Shredding (rule: FileBlockShredding)",
        29 => "File Executable Detected (rule: FileExecutableDetected)",
        255 => "Error report",
        _ => return None,
    })
}

/// Microsoft's names of logon types (documentation of event 4624).
#[must_use]
pub fn logon_type(number: &str) -> &str {
    match number {
        "0" => "System",
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

/// Kinds of services (`SERVICE_TYPE`), as event 4697 gives them.
#[must_use]
pub fn service_type(number: i64) -> Option<&'static str> {
    Some(match number & !0x100 {
        0x1 => "Kernel Driver",
        0x2 => "File System Driver",
        0x8 => "Recognizer Driver",
        0x10 => "Win32 Own Process",
        0x20 => "Win32 Share Process",
        0x50 => "User Own Process",
        0x60 => "User Share Process",
        _ => return None,
    })
}

/// What status codes of failed logons and Kerberos requests mean (documentation of events 4625, 4771, 4776).
#[must_use]
pub fn reason(code: &str) -> Option<&'static str> {
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
        "0xc0000192" => "the Netlogon service is not running",
        "0xc0000193" => "account expired",
        "0xc0000224" => "password must be changed",
        "0xc0000234" => "account locked out",
        "0xc0000413" => "authentication firewall",
        "0xc000005e" => "no logon servers are available",
        "0xc00000dc" => "the server was in the wrong state",
        "0xc0000225" => "a fault in Windows, no risk",
        "0xc00002ee" => "an error during logon",
        "0x7" => "service does not exist",
        "0xc" => "policy rejects the request",
        "0xe" => "encryption type is not supported",
        "0x1b" => "the service wants user-to-user authentication",
        "0x1f" => "integrity check failed",
        "0x20" => "ticket expired",
        "0x22" => "the request was seen before (replay)",
        "0x29" => "the ticket was modified",
        _ => return None,
    })
}

/// The status of a DNS query as Sysmon gives it: a Windows error by number.
#[must_use]
pub fn dns_status(number: &str) -> Option<&'static str> {
    Some(match number {
        "0" => "SUCCESS",
        "5" => "ERROR_ACCESS_DENIED",
        "87" => "ERROR_INVALID_PARAMETER",
        "123" => "ERROR_INVALID_NAME",
        "1214" => "ERROR_INVALID_NETNAME",
        "1223" => "ERROR_CANCELLED",
        "1460" => "ERROR_TIMEOUT",
        "9001" => "DNS_ERROR_RCODE_FORMAT_ERROR",
        "9002" => "DNS_ERROR_RCODE_SERVER_FAILURE",
        "9003" => "DNS_ERROR_RCODE_NAME_ERROR",
        "9004" => "DNS_ERROR_RCODE_NOT_IMPLEMENTED",
        "9005" => "DNS_ERROR_RCODE_REFUSED",
        "9501" => "DNS_INFO_NO_RECORDS",
        "9502" => "DNS_ERROR_BAD_PACKET",
        "9503" => "DNS_ERROR_NO_PACKET",
        "9504" => "DNS_ERROR_RCODE",
        "9560" => "DNS_ERROR_INVALID_NAME_CHAR",
        "9701" => "DNS_ERROR_RECORD_DOES_NOT_EXIST",
        "9702" => "DNS_ERROR_RECORD_FORMAT",
        "9852" => "DNS_ERROR_NO_DNS_SERVERS",
        "10054" => "WSAECONNRESET",
        "10055" => "WSAENOBUFS",
        "10060" => "WSAETIMEDOUT",
        "11001" => "WSAHOST_NOT_FOUND",
        "11002" => "WSATRY_AGAIN",
        "11004" => "WSANO_DATA",
        _ => return None,
    })
}

/// The type of a DNS record by number (IANA).
#[must_use]
pub fn dns_type(number: &str) -> Option<&'static str> {
    Some(match number {
        "1" => "A",
        "2" => "NS",
        "5" => "CNAME",
        "6" => "SOA",
        "12" => "PTR",
        "15" => "MX",
        "16" => "TXT",
        "24" => "SIG",
        "25" => "KEY",
        "28" => "AAAA",
        "33" => "SRV",
        "35" => "NAPTR",
        "41" => "OPT",
        "43" => "DS",
        "46" => "RRSIG",
        "47" => "NSEC",
        "48" => "DNSKEY",
        "64" => "SVCB",
        "65" => "HTTPS",
        "251" => "IXFR",
        "252" => "AXFR",
        "255" => "ANY",
        "257" => "CAA",
        _ => return None,
    })
}

/// The transport protocol by its number (IANA), as the filtering platform's events give it.
#[must_use]
pub fn transport(number: &str) -> Option<&'static str> {
    Some(match number {
        "1" => "icmp",
        "2" => "igmp",
        "6" => "tcp",
        "17" => "udp",
        "47" => "gre",
        "50" => "esp",
        "58" => "ipv6-icmp",
        _ => return None,
    })
}

/// A number as events write it: decimal, or hexadecimal behind `0x`.
#[must_use]
pub fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok().and_then(|n| i64::try_from(n).ok()),
        None => text.parse().ok(),
    }
}
