//! Names of the ATT&CK techniques that our detectors and the rules we are likely to show refer to.
//! Not the whole matrix: an id that is not here is shown as it is.

/// The name of a technique, without its parent's.
#[must_use]
pub fn attack_name(id: &str) -> Option<&'static str> {
    NAMES
        .binary_search_by(|(known, _)| known.cmp(&id))
        .ok()
        .and_then(|at| NAMES.get(at))
        .map(|(_, name)| *name)
}

/// In order of id. Source: MITRE ATT&CK Enterprise.
const NAMES: &[(&str, &str)] = &[
    ("T1003", "OS Credential Dumping"),
    ("T1018", "Remote System Discovery"),
    ("T1021", "Remote Services"),
    ("T1021.001", "Remote Desktop Protocol"),
    ("T1021.002", "SMB/Windows Admin Shares"),
    ("T1021.004", "SSH"),
    ("T1021.006", "Windows Remote Management"),
    ("T1030", "Data Transfer Size Limits"),
    ("T1036.005", "Match Legitimate Name or Location"),
    ("T1041", "Exfiltration Over C2 Channel"),
    ("T1046", "Network Service Discovery"),
    ("T1048", "Exfiltration Over Alternative Protocol"),
    ("T1048.003", "Exfiltration Over Unencrypted Non-C2 Protocol"),
    ("T1053", "Scheduled Task/Job"),
    ("T1053.003", "Cron"),
    ("T1053.005", "Scheduled Task"),
    ("T1059", "Command and Scripting Interpreter"),
    ("T1059.001", "PowerShell"),
    ("T1059.004", "Unix Shell"),
    ("T1070", "Indicator Removal"),
    ("T1070.001", "Clear Windows Event Logs"),
    ("T1070.002", "Clear Linux or Mac System Logs"),
    ("T1070.003", "Clear Command History"),
    ("T1070.006", "Timestomp"),
    ("T1071", "Application Layer Protocol"),
    ("T1071.001", "Web Protocols"),
    ("T1071.004", "DNS"),
    ("T1078", "Valid Accounts"),
    ("T1078.002", "Domain Accounts"),
    ("T1078.003", "Local Accounts"),
    ("T1078.004", "Cloud Accounts"),
    ("T1098", "Account Manipulation"),
    ("T1098.001", "Additional Cloud Credentials"),
    ("T1098.003", "Additional Cloud Roles"),
    ("T1098.007", "Additional Local or Domain Groups"),
    ("T1102", "Web Service"),
    ("T1110", "Brute Force"),
    ("T1110.001", "Password Guessing"),
    ("T1110.003", "Password Spraying"),
    ("T1110.004", "Credential Stuffing"),
    ("T1136", "Create Account"),
    ("T1136.001", "Local Account"),
    ("T1136.002", "Domain Account"),
    ("T1136.003", "Cloud Account"),
    ("T1190", "Exploit Public-Facing Application"),
    ("T1204.002", "Malicious File"),
    ("T1210", "Exploitation of Remote Services"),
    ("T1489", "Service Stop"),
    ("T1498", "Network Denial of Service"),
    ("T1499", "Endpoint Denial of Service"),
    ("T1505.003", "Web Shell"),
    ("T1548.003", "Sudo and Sudo Caching"),
    ("T1562", "Impair Defenses"),
    ("T1562.008", "Disable or Modify Cloud Logs"),
    ("T1562.012", "Disable or Modify Linux Audit System"),
    ("T1567", "Exfiltration Over Web Service"),
    ("T1568.002", "Domain Generation Algorithms"),
    ("T1572", "Protocol Tunneling"),
    ("T1573", "Encrypted Channel"),
    ("T1589.001", "Credentials"),
    ("T1595", "Active Scanning"),
    ("T1595.001", "Scanning IP Blocks"),
    ("T1595.002", "Vulnerability Scanning"),
    ("T1595.003", "Wordlist Scanning"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_a_detector_may_name_has_a_name() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        for detector in crate::DETECTORS {
            for id in detector.about().attack {
                assert!(attack_name(id).is_some(), "{id}");
            }
        }
        assert_eq!(attack_name("T1110.003"), Some("Password Spraying"));
        assert_eq!(attack_name("T9999"), None);
    }
}
