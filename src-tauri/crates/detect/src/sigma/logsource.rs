//! Which events a rule is about: its product, category and service as a condition over our columns. Channels and event
//! numbers are those of Sigma's taxonomy and of Sysmon's documentation.

use super::fields::OURS;
use super::pattern::{Part, Test, Wild};
use super::{Expr, Leaf, LogSource, Want};

/// The condition, or why there is none.
///
/// # Errors
/// When nobody said which events such a source has.
pub fn base(source: &LogSource) -> Result<Expr, String> {
    let found = match source.product.as_str() {
        "windows" => windows(source),
        "linux" | "macos" => unix(source),
        "" => any_product(source),
        "zeek" => Some(match source.service.as_str() {
            "" => is("event.dataset", &["zeek.*"]),
            service => is("event.dataset", &[&format!("zeek.{}", service.replace('-', "_"))]),
        }),
        "aws" => Some(is("event.dataset", &["aws.cloudtrail", "cloudtrail", "aws.*"])),
        "azure" => Some(is("event.dataset", &["azure*", "entra*"])),
        "gcp" => Some(is("event.dataset", &["gcp*", "google_workspace*", "gsuite*"])),
        "m365" => Some(is("event.dataset", &["o365*", "m365*"])),
        "okta" => Some(is("event.dataset", &["okta*"])),
        "github" => Some(is("event.dataset", &["github*"])),
        "bitbucket" => Some(is("event.dataset", &["bitbucket*", "atlassian*"])),
        "onelogin" => Some(is("event.dataset", &["onelogin*"])),
        "kubernetes" => Some(is("event.dataset", &["kubernetes*", "k8s*"])),
        "cisco" => Some(is("event.dataset", &["cisco*"])),
        "fortigate" | "fortinet" => Some(is("event.dataset", &["fortinet*", "fortigate*"])),
        "paloalto" => Some(is("event.dataset", &["panw*", "paloalto*"])),
        "juniper" => Some(is("event.dataset", &["juniper*"])),
        "huawei" => Some(is("event.dataset", &["huawei*"])),
        "modsecurity" => Some(is("event.dataset", &["modsecurity*"])),
        // Applications, whose rules are words in their messages.
        "django" | "python" | "ruby_on_rails" | "sql" | "spring" | "jvm" | "nodejs" | "velocity"
        | "rpc_firewall" | "opencanary" => {
            Some(Expr::And(vec![there("message"), Expr::Not(Box::new(there("winlog.channel")))]))
        }
        _ => None,
    };
    found.ok_or_else(|| {
        let said =
            [("product", &source.product), ("category", &source.category), ("service", &source.service)];
        let said: Vec<String> =
            said.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k} {v}")).collect();
        format!("it is not known which events are meant by {}", said.join(", "))
    })
}

/// One of these texts; `*` at an end is a wildcard.
fn is(column: &str, values: &[&str]) -> Expr {
    let tests = values
        .iter()
        .map(|value| {
            let (start, rest) = value.strip_prefix('*').map_or((false, *value), |r| (true, r));
            let (end, text) = rest.strip_suffix('*').map_or((false, rest), |r| (true, r));
            let mut parts = Vec::new();
            if start {
                parts.push(Part::Any);
            }
            parts.push(Part::Text(text.to_owned()));
            if end {
                parts.push(Part::Any);
            }
            Test::Wild(Wild::new(&parts, false))
        })
        .collect();
    Expr::Leaf(Leaf { field: Some(format!("{OURS}{column}")), want: Want::Any(tests) })
}

fn there(column: &str) -> Expr {
    Expr::Leaf(Leaf { field: Some(format!("{OURS}{column}")), want: Want::There })
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

fn events(channel: &str, codes: &[&str]) -> Expr {
    Expr::And(vec![is("winlog.channel", &[channel]), is("event.code", codes)])
}

fn windows(source: &LogSource) -> Option<Expr> {
    let sysmon = |codes: &[&str]| events(SYSMON, codes);
    let category = match source.category.as_str() {
        "" => None,
        "process_creation" => Some(Expr::Or(vec![sysmon(&["1"]), events("Security", &["4688"])])),
        "file_change" => Some(sysmon(&["2"])),
        "network_connection" => Some(sysmon(&["3"])),
        "sysmon_status" => Some(sysmon(&["4", "16"])),
        "process_termination" => Some(sysmon(&["5"])),
        "driver_load" => Some(sysmon(&["6"])),
        "image_load" => Some(sysmon(&["7"])),
        "create_remote_thread" => Some(sysmon(&["8"])),
        "raw_access_thread" => Some(sysmon(&["9"])),
        "process_access" => Some(sysmon(&["10"])),
        "file_event" => Some(sysmon(&["11"])),
        "registry_add" | "registry_delete" => Some(sysmon(&["12"])),
        "registry_set" => Some(sysmon(&["13"])),
        "registry_rename" => Some(sysmon(&["14"])),
        "registry_event" => Some(sysmon(&["12", "13", "14"])),
        "create_stream_hash" => Some(sysmon(&["15"])),
        "pipe_created" => Some(sysmon(&["17", "18"])),
        "wmi_event" => Some(sysmon(&["19", "20", "21"])),
        "dns_query" => Some(sysmon(&["22"])),
        "file_delete" => Some(sysmon(&["23", "26"])),
        "clipboard_capture" => Some(sysmon(&["24"])),
        "process_tampering" => Some(sysmon(&["25"])),
        "file_delete_detected" => Some(sysmon(&["26"])),
        "file_block_executable" => Some(sysmon(&["27"])),
        "file_block_shredding" => Some(sysmon(&["28"])),
        "file_executable_detected" => Some(sysmon(&["29"])),
        "sysmon_error" => Some(sysmon(&["255"])),
        "file_access" | "file_rename" => Some(is("event.provider", &["Microsoft-Windows-Kernel-File"])),
        "ps_module" => Some(events("*PowerShell*/Operational", &["4103"])),
        "ps_script" => Some(events("*PowerShell*/Operational", &["4104"])),
        "ps_classic_start" => Some(events("Windows PowerShell", &["400"])),
        "ps_classic_provider_start" => Some(events("Windows PowerShell", &["600"])),
        "ps_classic_script" => Some(events("Windows PowerShell", &["800"])),
        _ => return None,
    };
    if category.is_some() {
        return category;
    }
    if source.service.is_empty() {
        return Some(there("winlog.channel"));
    }
    let channels: &[&str] = match source.service.as_str() {
        "application" => &["Application"],
        "security" => &["Security"],
        "system" => &["System"],
        "sysmon" => &[SYSMON],
        "powershell" => &["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"],
        "powershell-classic" => &["Windows PowerShell"],
        "taskscheduler" => &["Microsoft-Windows-TaskScheduler/Operational"],
        "wmi" => &["Microsoft-Windows-WMI-Activity/Operational"],
        "windefend" => &["Microsoft-Windows-Windows Defender/Operational"],
        "dns-server" => &["DNS Server"],
        "dns-server-audit" => &["Microsoft-Windows-DNS-Server/Audit"],
        "dns-server-analytic" => &["Microsoft-Windows-DNS-Server/Analytical"],
        "dns-client" => &["Microsoft-Windows-DNS Client Events/Operational"],
        "driver-framework" => &["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
        "ntlm" => &["Microsoft-Windows-NTLM/Operational"],
        "dhcp" => &["Microsoft-Windows-DHCP-Server/Operational"],
        "appmodel-runtime" => &["Microsoft-Windows-AppModel-Runtime/Admin"],
        "appxdeployment-server" => &["Microsoft-Windows-AppXDeploymentServer/Operational"],
        "appxpackaging-om" => &["Microsoft-Windows-AppxPackaging/Operational"],
        "msexchange-management" => &["MSExchange Management"],
        "firewall-as" => &["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
        "bits-client" => &["Microsoft-Windows-Bits-Client/Operational"],
        "applocker" => &["Microsoft-Windows-AppLocker/*"],
        "codeintegrity-operational" => &["Microsoft-Windows-CodeIntegrity/Operational"],
        "smbclient-security" => &["Microsoft-Windows-SmbClient/Security"],
        "smbclient-connectivity" => &["Microsoft-Windows-SmbClient/Connectivity"],
        "smbserver-connectivity" => &["Microsoft-Windows-SMBServer/Connectivity"],
        "printservice-admin" => &["Microsoft-Windows-PrintService/Admin"],
        "printservice-operational" => &["Microsoft-Windows-PrintService/Operational"],
        "terminalservices-localsessionmanager" => {
            &["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"]
        }
        "security-mitigations" => &["Microsoft-Windows-Security-Mitigations*"],
        "diagnosis-scripted" => &["Microsoft-Windows-Diagnosis-Scripted/Operational"],
        "shell-core" => &["Microsoft-Windows-Shell-Core/Operational"],
        "ldap" | "ldap_debug" => &["Microsoft-Windows-LDAP-Client/Debug"],
        "openssh" => &["OpenSSH/Operational"],
        "lsa-server" => &["Microsoft-Windows-LSA/Operational"],
        "vhdmp" => &["Microsoft-Windows-VHDMP-Operational", "Microsoft-Windows-VHDMP/Operational"],
        "capi2" => &["Microsoft-Windows-CAPI2/Operational"],
        "certificateservicesclient-lifecycle-system" => {
            &["Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"]
        }
        "sense" => &["Microsoft-Windows-SENSE/Operational"],
        "iis-configuration" => &["Microsoft-IIS-Configuration/Operational"],
        "microsoft-servicebus-client" => &["Microsoft-ServiceBus-Client*"],
        "ntfs" => &["Microsoft-Windows-Ntfs/Operational"],
        "kernel-event-tracing" => &["Microsoft-Windows-Kernel-EventTracing/Admin"],
        "kernel-shimengine" => &["Microsoft-Windows-Kernel-ShimEngine/*"],
        "hyper-v-worker" => &["Microsoft-Windows-Hyper-V-Worker*"],
        _ => return None,
    };
    Some(is("winlog.channel", channels))
}

const CLOUDS: &[&str] = &[
    "aws*",
    "cloudtrail*",
    "azure*",
    "entra*",
    "gcp*",
    "google_workspace*",
    "gsuite*",
    "o365*",
    "m365*",
    "okta*",
    "github*",
];

fn unix(source: &LogSource) -> Option<Expr> {
    let not_windows = || Expr::Not(Box::new(there("winlog.channel")));
    let with = |column: &str| Some(Expr::And(vec![there(column), not_windows()]));
    match source.category.as_str() {
        "" => {}
        "process_creation" => {
            let either = Expr::Or(vec![there("process.executable"), there("process.command_line")]);
            return Some(Expr::And(vec![either, not_windows()]));
        }
        "network_connection" => {
            return Some(Expr::And(vec![
                there("process.executable"),
                there("destination.ip"),
                not_windows(),
            ]));
        }
        "file_event" => return with("file.path"),
        _ => return None,
    }
    Some(match source.service.as_str() {
        // Anything that such a system writes; what a cloud or a service of somebody else reports is not that.
        "" => Expr::And(vec![not_windows(), Expr::Not(Box::new(is("event.dataset", CLOUDS)))]),
        "auditd" => is("event.dataset", &["auditd*"]),
        "auth" => Expr::And(vec![
            Expr::Or(vec![
                is("event.category", &["authentication", "session"]),
                is("process.name", &["sshd*", "sudo", "su", "login"]),
            ]),
            not_windows(),
        ]),
        "syslog" => Expr::And(vec![there("process.name"), not_windows()]),
        "clamav" => is("process.name", &["clamd", "freshclam", "clamav*"]),
        "guacamole" => is("process.name", &["guacd", "guacamole*"]),
        service => is("process.name", &[service, &format!("{service}*")]),
    })
}

fn any_product(source: &LogSource) -> Option<Expr> {
    Some(match source.category.as_str() {
        "webserver" => {
            Expr::And(vec![there("http.request.method"), Expr::Not(Box::new(is("event.dataset", PROXIES)))])
        }
        "proxy" => is("event.dataset", PROXIES),
        "dns" => there("dns.question.name"),
        "firewall" => Expr::And(vec![is("event.category", &["network"]), there("destination.ip")]),
        "antivirus" => events(
            "Microsoft-Windows-Windows Defender/Operational",
            &["1006", "1007", "1008", "1009", "1010", "1011", "1012", "1017", "1018", "1019", "1115", "1116"],
        ),
        "database" => is("event.dataset", &["mysql*", "postgresql*", "mssql*", "oracle*", "mariadb*"]),
        "application" => there("message"),
        _ => return None,
    })
}

/// Data sets of proxies between people and the internet; a web server's own log is none.
const PROXIES: &[&str] = &[
    "squid*",
    "zscaler*",
    "bluecoat*",
    "websense*",
    "forcepoint*",
    "cisco.umbrella*",
    "zeek.http",
    "proxysg*",
    "privoxy*",
    "tinyproxy*",
    "3proxy*",
];
