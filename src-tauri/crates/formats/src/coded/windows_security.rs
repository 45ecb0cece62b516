//! What the events of the Security log mean. The actions' names are those that Winlogbeat gives.

use super::windows_codes as codes;
use super::windows_events::key;
use super::windows_meaning::{
    AUTHENTICATION, CONFIGURATION, ENDS, FILE, IAM, IAM_CONFIGURATION, LOGIN_SESSION, NETWORK, PROCESS,
    REGISTRY, SESSION, Say, base_name,
};
use timberline_model::known;

const START: &str = "start";
const END: &str = "end";
const INFO: &str = "info";
const ADMIN: &str = "admin";
const CHANGE: &str = "change";
const ADMIN_CHANGE: &str = "admin\u{1e}change";
const ADMIN_CREATION: &str = "admin\u{1e}creation";
const ADMIN_DELETION: &str = "admin\u{1e}deletion";
const USER_CHANGE: &str = "user\u{1e}change";
const GROUP_CREATION: &str = "group\u{1e}creation";
const GROUP_CHANGE: &str = "group\u{1e}change";
const GROUP_DELETION: &str = "group\u{1e}deletion";

/// Number, action, category and types; by number.
const ACTS: &[(u32, &str, &str, &str)] = &[
    (1100, "logging-service-shutdown", PROCESS, END),
    (1102, "audit-log-cleared", IAM, ADMIN),
    (1104, "logging-full", IAM, ADMIN),
    (1105, "auditlog-archived", IAM, ADMIN),
    (1108, "logging-processing-error", IAM, ADMIN),
    (4608, "system-started", "host", START),
    (4609, "system-shutdown", "host", END),
    (4610, "authentication-package-loaded", CONFIGURATION, CHANGE),
    (4611, "trusted-logon-process-registered", CONFIGURATION, CHANGE),
    (4614, "notification-package-loaded", CONFIGURATION, CHANGE),
    (4616, "system-time-changed", CONFIGURATION, CHANGE),
    (4622, "security-package-loaded", CONFIGURATION, CHANGE),
    (4624, "logged-in", AUTHENTICATION, START),
    (4625, "logon-failed", AUTHENTICATION, START),
    (4634, "logged-out", AUTHENTICATION, END),
    (4647, "logged-out", AUTHENTICATION, END),
    (4648, "logged-in-explicit", AUTHENTICATION, START),
    (4649, "replay-attack-detected", "intrusion_detection", INFO),
    (4656, "object-handle-requested", FILE, "access"),
    (4657, "registry-value-modified", REGISTRY, CHANGE),
    (4658, "object-handle-closed", FILE, "access"),
    (4660, "object-deleted", FILE, "deletion"),
    (4661, "object-handle-requested", IAM, "access"),
    (4662, "directory-object-accessed", IAM, "access"),
    (4663, "object-accessed", FILE, "access"),
    (4670, "permissions-changed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4672, "logged-in-special", IAM, ADMIN),
    (4673, "privileged-service-called", IAM, ADMIN),
    (4674, "privileged-operation", IAM, ADMIN),
    (4688, "created-process", PROCESS, START),
    (4689, "exited-process", PROCESS, END),
    (4690, "object-handle-duplicated", FILE, "access"),
    (4696, "token-assigned", PROCESS, CHANGE),
    (4697, "service-installed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4698, "scheduled-task-created", IAM_CONFIGURATION, "creation\u{1e}admin"),
    (4699, "scheduled-task-deleted", IAM_CONFIGURATION, "deletion\u{1e}admin"),
    (4700, "scheduled-task-enabled", IAM_CONFIGURATION, "change\u{1e}admin"),
    (4701, "scheduled-task-disabled", IAM_CONFIGURATION, "change\u{1e}admin"),
    (4702, "scheduled-task-updated", IAM_CONFIGURATION, "change\u{1e}admin"),
    (4703, "token-right-adjusted", IAM, CHANGE),
    (4704, "user-right-assigned", IAM, ADMIN_CHANGE),
    (4705, "user-right-removed", IAM, ADMIN_CHANGE),
    (4706, "domain-trust-added", CONFIGURATION, "creation"),
    (4707, "domain-trust-removed", CONFIGURATION, "deletion"),
    (4713, "kerberos-policy-changed", CONFIGURATION, CHANGE),
    (4714, "encrypted-data-recovery-policy-changed", CONFIGURATION, CHANGE),
    (4715, "object-audit-policy-changed", CONFIGURATION, CHANGE),
    (4716, "trusted-domain-information-changed", CONFIGURATION, CHANGE),
    (4717, "system-security-access-granted", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4718, "system-security-access-removed", IAM_CONFIGURATION, ADMIN_DELETION),
    (4719, "changed-audit-config", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4720, "added-user-account", IAM, "user\u{1e}creation"),
    (4722, "enabled-user-account", IAM, USER_CHANGE),
    (4723, "changed-password", IAM, USER_CHANGE),
    (4724, "reset-password", IAM, USER_CHANGE),
    (4725, "disabled-user-account", IAM, "user\u{1e}deletion"),
    (4726, "deleted-user-account", IAM, "user\u{1e}deletion"),
    (4727, "added-group-account", IAM, GROUP_CREATION),
    (4728, "added-member-to-group", IAM, GROUP_CHANGE),
    (4729, "removed-member-from-group", IAM, GROUP_CHANGE),
    (4730, "deleted-group-account", IAM, GROUP_DELETION),
    (4731, "added-group-account", IAM, GROUP_CREATION),
    (4732, "added-member-to-group", IAM, GROUP_CHANGE),
    (4733, "removed-member-from-group", IAM, GROUP_CHANGE),
    (4734, "deleted-group-account", IAM, GROUP_DELETION),
    (4735, "modified-group-account", IAM, GROUP_CHANGE),
    (4737, "modified-group-account", IAM, GROUP_CHANGE),
    (4738, "modified-user-account", IAM, USER_CHANGE),
    (4739, "domain-policy-changed", CONFIGURATION, CHANGE),
    (4740, "locked-out-user-account", IAM, USER_CHANGE),
    (4741, "added-computer-account", IAM, "creation\u{1e}admin"),
    (4742, "changed-computer-account", IAM, "change\u{1e}admin"),
    (4743, "deleted-computer-account", IAM, "deletion\u{1e}admin"),
    (4744, "added-distribution-group-account", IAM, GROUP_CREATION),
    (4745, "changed-distribution-group-account", IAM, GROUP_CHANGE),
    (4746, "added-member-to-distribution-group", IAM, GROUP_CHANGE),
    (4747, "removed-member-from-distribution-group", IAM, GROUP_CHANGE),
    (4748, "deleted-distribution-group-account", IAM, GROUP_DELETION),
    (4749, "added-distribution-group-account", IAM, GROUP_CREATION),
    (4750, "changed-distribution-group-account", IAM, GROUP_CHANGE),
    (4751, "added-member-to-distribution-group", IAM, GROUP_CHANGE),
    (4752, "removed-member-from-distribution-group", IAM, GROUP_CHANGE),
    (4753, "deleted-distribution-group-account", IAM, GROUP_DELETION),
    (4754, "added-group-account", IAM, GROUP_CREATION),
    (4755, "modified-group-account", IAM, GROUP_CHANGE),
    (4756, "added-member-to-group", IAM, GROUP_CHANGE),
    (4757, "removed-member-from-group", IAM, GROUP_CHANGE),
    (4758, "deleted-group-account", IAM, GROUP_DELETION),
    (4759, "added-distribution-group-account", IAM, GROUP_CREATION),
    (4760, "changed-distribution-group-account", IAM, GROUP_CHANGE),
    (4761, "added-member-to-distribution-group", IAM, GROUP_CHANGE),
    (4762, "removed-member-from-distribution-group", IAM, GROUP_CHANGE),
    (4763, "deleted-distribution-group-account", IAM, GROUP_DELETION),
    (4764, "type-changed-group-account", IAM, GROUP_CHANGE),
    (4765, "sid-history-added", IAM, USER_CHANGE),
    (4766, "sid-history-add-failed", IAM, USER_CHANGE),
    (4767, "unlocked-user-account", IAM, USER_CHANGE),
    (4768, "kerberos-authentication-ticket-requested", AUTHENTICATION, START),
    (4769, "kerberos-service-ticket-requested", AUTHENTICATION, START),
    (4770, "kerberos-service-ticket-renewed", AUTHENTICATION, START),
    (4771, "kerberos-preauth-failed", AUTHENTICATION, START),
    (4772, "kerberos-authentication-ticket-request-failed", AUTHENTICATION, START),
    (4773, "kerberos-service-ticket-request-failed", AUTHENTICATION, START),
    (4774, "account-mapped-for-logon", AUTHENTICATION, START),
    (4775, "account-mapping-failed", AUTHENTICATION, START),
    (4776, "credential-validated", AUTHENTICATION, START),
    (4777, "credential-validation-failed", AUTHENTICATION, START),
    (4778, "session-reconnected", LOGIN_SESSION, START),
    (4779, "session-disconnected", LOGIN_SESSION, END),
    (4780, "acl-set-on-administrators", IAM, ADMIN_CHANGE),
    (4781, "renamed-user-account", IAM, USER_CHANGE),
    (4782, "password-hash-accessed", IAM, "access"),
    (4793, "password-policy-checking-api-called", IAM, INFO),
    (4794, "directory-restore-mode-password-set", IAM, USER_CHANGE),
    (4797, "blank-password-queried", IAM, INFO),
    (4798, "group-membership-enumerated", IAM, "user\u{1e}info"),
    (4799, "user-member-enumerated", IAM, "group\u{1e}info"),
    (4800, "workstation-locked", SESSION, END),
    (4801, "workstation-unlocked", SESSION, START),
    (4802, "screensaver-invoked", SESSION, INFO),
    (4803, "screensaver-dismissed", SESSION, INFO),
    (4817, "object-audit-changed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4820, "kerberos-ticket-denied", AUTHENTICATION, "denied"),
    (4821, "kerberos-service-ticket-denied", AUTHENTICATION, "denied"),
    (4822, "ntlm-authentication-denied", AUTHENTICATION, "denied"),
    (4823, "ntlm-authentication-denied", AUTHENTICATION, "denied"),
    (4824, "kerberos-preauth-failed", AUTHENTICATION, START),
    (4825, "remote-desktop-denied", AUTHENTICATION, "denied"),
    (4826, "boot-configuration-loaded", CONFIGURATION, INFO),
    (4886, "certificate-requested", IAM, INFO),
    (4887, "certificate-issued", IAM, "creation"),
    (4888, "certificate-denied", IAM, "denied"),
    (4899, "certificate-template-updated", CONFIGURATION, CHANGE),
    (4900, "certificate-template-security-updated", CONFIGURATION, CHANGE),
    (4902, "user-audit-policy-created", IAM_CONFIGURATION, ADMIN_CREATION),
    (4904, "security-event-source-added", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4905, "security-event-source-removed", IAM_CONFIGURATION, ADMIN_DELETION),
    (4906, "crash-on-audit-changed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4907, "audit-setting-changed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4908, "special-group-table-changed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4911, "resource-attributes-changed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4912, "per-user-audit-policy-changed", IAM_CONFIGURATION, ADMIN_CHANGE),
    (4928, "replica-source-established", CONFIGURATION, CHANGE),
    (4929, "replica-source-removed", CONFIGURATION, CHANGE),
    (4932, "replica-synchronisation-began", CONFIGURATION, START),
    (4933, "replica-synchronisation-ended", CONFIGURATION, END),
    (4935, "replication-failure-began", CONFIGURATION, INFO),
    (4946, "firewall-rule-added", CONFIGURATION, "creation"),
    (4947, "firewall-rule-modified", CONFIGURATION, CHANGE),
    (4948, "firewall-rule-deleted", CONFIGURATION, "deletion"),
    (4950, "firewall-setting-changed", CONFIGURATION, CHANGE),
    (4964, "logged-in-special", IAM, "admin\u{1e}group"),
    (4985, "transaction-state-changed", FILE, CHANGE),
    (5024, "firewall-service-started", PROCESS, START),
    (5025, "firewall-service-stopped", PROCESS, END),
    (5031, "firewall-blocked-application", NETWORK, "denied"),
    (5058, "key-file-operation", FILE, "access"),
    (5059, "key-migration-operation", FILE, "access"),
    (5061, "cryptographic-operation", IAM, INFO),
    (5136, "directory-object-modified", IAM, CHANGE),
    (5137, "directory-object-created", IAM, "creation"),
    (5138, "directory-object-undeleted", IAM, CHANGE),
    (5139, "directory-object-moved", IAM, CHANGE),
    (5140, "network-share-object-accessed", "network\u{1e}file", "info\u{1e}access"),
    (5141, "directory-object-deleted", IAM, "deletion"),
    (5142, "network-share-object-added", "network\u{1e}file", "admin\u{1e}creation"),
    (5143, "network-share-object-modified", "network\u{1e}file", ADMIN_CHANGE),
    (5144, "network-share-object-deleted", "network\u{1e}file", ADMIN_DELETION),
    (5145, "network-share-object-access-checked", "network\u{1e}file", "info\u{1e}access"),
    (5152, "packet-dropped", NETWORK, "denied"),
    (5153, "packet-vetoed", NETWORK, "denied"),
    (5154, "listen-allowed", NETWORK, "allowed"),
    (5155, "listen-blocked", NETWORK, "denied"),
    (5156, "connection-allowed", NETWORK, "connection\u{1e}allowed"),
    (5157, "connection-blocked", NETWORK, "connection\u{1e}denied"),
    (5158, "bind-allowed", NETWORK, "allowed"),
    (5159, "bind-blocked", NETWORK, "denied"),
    (5376, "credentials-backed-up", IAM, "access"),
    (5377, "credentials-restored", IAM, CHANGE),
    (5378, "credentials-delegation-denied", AUTHENTICATION, "denied"),
    (5379, "credentials-read", IAM, "access"),
    (5381, "vault-credentials-read", IAM, "access"),
    (5382, "vault-credentials-read", IAM, "access"),
    (5447, "filtering-platform-filter-changed", CONFIGURATION, CHANGE),
    (6272, "network-policy-server-granted-access", AUTHENTICATION, START),
    (6273, "network-policy-server-denied-access", AUTHENTICATION, "denied"),
    (6274, "network-policy-server-discarded-request", AUTHENTICATION, INFO),
    (6278, "network-policy-server-granted-full-access", AUTHENTICATION, INFO),
    (6416, "external-device-recognised", "driver", INFO),
];

pub fn explain(say: &mut Say<'_>, code: u32) {
    say.module("security");
    say.user_from_system = false;
    if let Ok(at) = ACTS.binary_search_by_key(&code, |act| act.0) {
        let (_, action, category, kinds) = ACTS[at];
        say.is(category, action, kinds);
        if category != AUTHENTICATION && category != LOGIN_SESSION {
            audited(say);
        }
    } else {
        if code >= 1000 {
            audited(say);
        }
    }
    if code < 1000 {
        return before_vista(say, code);
    }
    match code {
        4624..=4655 | 4657 | 4672..=4674 => logons(say, code),
        4688 | 4689 | 4696 => processes(say, code),
        4697..=4702 => services(say, code),
        4720..=4767 | 4780..=4799 => accounts(say, code),
        4768..=4779 | 4820..=4825 | 6272..=6278 | 5378 => domain_logons(say, code),
        4800..=4803 => {
            say.target_acts();
            say.copy(key::TargetLogonId, say.ids.logon_id);
        }
        4656 | 4658 | 4660..=4663 | 4670 | 4690 | 4907 | 5058..=5061 | 5140..=5145 => objects(say, code),
        5031 | 5152..=5159 => packets(say),
        4616 | 4703..=4705 | 4717 | 4718 | 5136..=5141 => {
            say.subject();
            say.image(key::ProcessName);
            say.number(key::ProcessId, known::PROCESS_PID);
            if matches!(code, 4704 | 4705 | 4717 | 4718) {
                say.target();
            }
        }
        4946..=4950 => say.copy(key::RuleName, say.ids.rule_name),
        _ => {}
    }
    say.subject();
    say.copy(key::SubjectLogonId, say.ids.logon_id);
    if code == 4907 || code == 4904 || code == 4905 {
        say.image(key::ProcessName);
        say.number(key::ProcessId, known::PROCESS_PID);
    }
}

/// Windows 2000, XP and 2003 numbered the same things otherwise and gave the values no names.
fn before_vista(say: &mut Say<'_>, code: u32) {
    let (action, category, kinds) = match code {
        512 => ("system-started", "host", START),
        513 => ("system-shutdown", "host", END),
        517 => ("audit-log-cleared", IAM, ADMIN),
        528 | 540 => ("logged-in", AUTHENTICATION, START),
        529..=537 | 539 => ("logon-failed", AUTHENTICATION, START),
        538 | 551 => ("logged-out", AUTHENTICATION, END),
        552 => ("logged-in-explicit", AUTHENTICATION, START),
        576 => ("logged-in-special", IAM, ADMIN),
        592 => ("created-process", PROCESS, START),
        593 => ("exited-process", PROCESS, END),
        601 => ("service-installed", IAM_CONFIGURATION, ADMIN_CHANGE),
        602 => ("scheduled-task-created", IAM_CONFIGURATION, "creation\u{1e}admin"),
        612 => ("changed-audit-config", IAM_CONFIGURATION, ADMIN_CHANGE),
        624 => ("added-user-account", IAM, "user\u{1e}creation"),
        626 => ("enabled-user-account", IAM, USER_CHANGE),
        627 => ("changed-password", IAM, USER_CHANGE),
        628 => ("reset-password", IAM, USER_CHANGE),
        629 => ("disabled-user-account", IAM, "user\u{1e}deletion"),
        630 => ("deleted-user-account", IAM, "user\u{1e}deletion"),
        632 | 636 | 660 => ("added-member-to-group", IAM, GROUP_CHANGE),
        633 | 637 | 661 => ("removed-member-from-group", IAM, GROUP_CHANGE),
        642 => ("modified-user-account", IAM, USER_CHANGE),
        644 => ("locked-out-user-account", IAM, USER_CHANGE),
        672 => ("kerberos-authentication-ticket-requested", AUTHENTICATION, START),
        673 => ("kerberos-service-ticket-requested", AUTHENTICATION, START),
        675 | 676 => ("kerberos-preauth-failed", AUTHENTICATION, START),
        680 | 681 => ("credential-validated", AUTHENTICATION, START),
        682 => ("session-reconnected", LOGIN_SESSION, START),
        683 => ("session-disconnected", LOGIN_SESSION, END),
        _ => return,
    };
    say.is(category, action, kinds);
    let p = [
        key::param1,
        key::param2,
        key::param3,
        key::param4,
        key::param5,
        key::param6,
        key::param7,
        key::param12,
        key::param13,
        key::param14,
        key::param15,
    ];
    match code {
        528 | 540 | 529..=537 | 539 => {
            let good = matches!(code, 528 | 540);
            say.outcome(good);
            say.copy(p[0], known::USER_NAME);
            say.copy(p[1], known::USER_DOMAIN);
            say.mention(p[0]);
            let (kind, station, address, port) =
                if good { (p[3], p[6], p[9], p[10]) } else { (p[2], p[5], p[7], p[8]) };
            if let Some(number) = say.get(kind) {
                say.text(known::WINLOG_LOGON_TYPE, codes::logon_type(number));
            }
            say.copy(station, say.ids.source_domain);
            say.end(ENDS.0, address, port);
            let reason = match code {
                529 => "unknown user name or bad password",
                530 => "logon outside of authorised hours",
                531 => "account disabled",
                532 => "account expired",
                533 => "logon from an unauthorised workstation",
                534 => "logon type not granted",
                535 => "password expired",
                539 => "account locked out",
                _ => "",
            };
            say.text(known::EVENT_REASON, reason);
        }
        538 | 551 => {
            say.copy(p[0], known::USER_NAME);
            say.copy(p[1], known::USER_DOMAIN);
        }
        592 => {
            say.number(p[0], known::PROCESS_PID);
            say.image(p[1]);
            say.copy(p[3], known::USER_NAME);
            say.copy(p[4], known::USER_DOMAIN);
        }
        624 | 626..=630 | 642 | 644 => {
            audited(say);
            say.copy(p[0], known::USER_TARGET_NAME);
            say.copy(p[1], say.ids.target_domain);
            say.copy(p[3], known::USER_NAME);
            say.copy(p[4], known::USER_DOMAIN);
        }
        672 | 675 | 676 | 680 | 681 => {
            if let Some(success) = say.facts.audit {
                say.outcome(success);
            }
            say.copy(if code >= 680 { p[1] } else { p[0] }, known::USER_NAME);
        }
        682 | 683 => {
            say.copy(p[0], known::USER_NAME);
            say.copy(p[1], known::USER_DOMAIN);
            say.copy(p[4], say.ids.source_domain);
            if let Some(address) = say.get(p[5]) {
                say.end_named(ENDS.0, address);
            }
        }
        _ => audited(say),
    }
}

/// The audit itself says whether what was tried came about.
fn audited(say: &mut Say<'_>) {
    if let Some(success) = say.facts.audit {
        say.outcome(success);
    }
}

fn logons(say: &mut Say<'_>, code: u32) {
    match code {
        4624 | 4625 => {
            say.outcome(code == 4624);
            say.target_acts();
            say.mention(key::SubjectUserName);
            say.source();
            say.copy(key::WorkstationName, say.ids.source_domain);
            say.logon_type();
            say.copy(key::TargetLogonId, say.ids.logon_id);
            say.image(key::ProcessName);
            pid(say);
            if code == 4625 {
                // Which of the two says more depends on what failed.
                if say.status(key::SubStatus).is_none_or(|zero| zero) {
                    say.status(key::Status);
                }
            }
        }
        4634 | 4647 => {
            say.target_acts();
            say.logon_type();
            say.copy(key::TargetLogonId, say.ids.logon_id);
        }
        4648 => {
            say.subject();
            say.copy(key::TargetUserName, known::USER_EFFECTIVE_NAME);
            say.copy(key::TargetDomainName, say.ids.effective_domain);
            say.mention(key::TargetUserName);
            say.copy(key::TargetServerName, known::DESTINATION_ADDRESS);
            say.source();
            say.image(key::ProcessName);
            pid(say);
        }
        4657 => {
            if let (Some(path), value) = (say.get(key::ObjectName), say.get(key::ObjectValueName)) {
                let whole = value.map_or_else(|| path.to_owned(), |value| format!("{path}\\{value}"));
                say.text(say.ids.registry_path, &whole);
            }
            say.copy(key::ObjectName, say.ids.registry_key);
            say.copy(key::ObjectValueName, say.ids.registry_value);
            say.copy(key::NewValue, say.ids.registry_data);
            say.image(key::ProcessName);
            pid(say);
        }
        _ => {
            say.image(key::ProcessName);
            pid(say);
        }
    }
}

fn pid(say: &mut Say<'_>) {
    if say.get(key::ProcessId).and_then(codes::number) != Some(0) {
        say.number(key::ProcessId, known::PROCESS_PID);
    }
}

fn processes(say: &mut Say<'_>, code: u32) {
    if code == 4688 {
        say.image(key::NewProcessName);
        say.number(key::NewProcessId, known::PROCESS_PID);
        if let Some(line) = say.get(key::CommandLine) {
            say.command_line(line);
        }
        say.parent(key::ParentProcessName);
        say.number(key::ProcessId, known::PROCESS_PARENT_PID);
        // The account that the new process runs as, where it is another than the one that started it.
        say.subject();
        say.copy(key::TargetUserName, known::USER_EFFECTIVE_NAME);
        if say.get(key::TargetUserName).is_some() {
            say.copy(key::TargetDomainName, say.ids.effective_domain);
            say.copy(key::TargetUserSid, say.ids.effective_id);
            say.mention(key::TargetUserName);
        }
    } else {
        say.image(key::ProcessName);
        say.number(key::ProcessId, known::PROCESS_PID);
    }
}

fn services(say: &mut Say<'_>, code: u32) {
    if code == 4697 {
        say.copy(key::ServiceName, say.ids.service_name);
        if let Some(kind) = say.get(key::ServiceType).and_then(codes::number).and_then(codes::service_type) {
            say.text(say.ids.service_type, kind);
        }
        say.copy(key::ServiceFileName, known::PROCESS_COMMAND_LINE);
    }
}

/// Accounts and groups.
fn accounts(say: &mut Say<'_>, code: u32) {
    match code {
        // The subject is the domain controller; the "domain" of the target is the computer that asked.
        4740 => {
            say.copy(key::TargetUserName, known::USER_NAME);
            say.copy(key::TargetSid, known::USER_ID);
            say.copy(key::TargetUserName, known::USER_TARGET_NAME);
            say.copy(key::TargetDomainName, known::SOURCE_ADDRESS);
            say.mention(key::TargetUserName);
        }
        4741..=4743 => {
            say.copy(key::TargetUserName, say.ids.computer_object);
            say.copy(key::TargetDomainName, say.ids.computer_object_domain);
            say.copy(key::TargetSid, say.ids.computer_object_id);
            say.subject();
            say.copy(key::TargetUserName, known::USER_TARGET_NAME);
        }
        4727..=4735 | 4737 | 4744..=4764 | 4799 => {
            say.subject();
            say.copy(key::TargetUserName, known::GROUP_NAME);
            say.copy(key::TargetDomainName, say.ids.group_domain);
            say.copy(key::TargetSid, say.ids.group_id);
            if let Some(member) = say.get(key::MemberName).map(common_name) {
                say.text(known::USER_TARGET_NAME, member);
                say.mention_name(member);
            } else if say.get(key::MemberSid).is_some() {
                say.copy(key::MemberSid, known::USER_TARGET_NAME);
            }
            if say.get(key::MemberSid).is_some() {
                say.copy(key::MemberSid, say.ids.target_id);
                say.copy(key::TargetUserName, say.ids.target_group);
                say.copy(key::TargetDomainName, say.ids.target_group_domain);
                say.copy(key::TargetSid, say.ids.target_group_id);
            }
        }
        4781 => {
            say.subject();
            say.copy(key::OldTargetUserName, known::USER_TARGET_NAME);
            say.copy(key::TargetDomainName, say.ids.target_domain);
            say.copy(key::TargetSid, say.ids.target_id);
            say.copy(key::NewTargetUserName, say.ids.changed_name);
            say.mention(key::NewTargetUserName);
            say.mention(key::OldTargetUserName);
        }
        4798 => {
            say.subject();
            say.target();
        }
        _ => {
            say.subject();
            say.target();
        }
    }
    if matches!(code, 4798 | 4799) {
        say.image(key::CallerProcessName);
        say.number(key::CallerProcessId, known::PROCESS_PID);
    }
}

/// `CN=Alice\, A.,OU=...` is Alice, A.
fn common_name(name: &str) -> &str {
    let Some(rest) = name.strip_prefix("CN=").or_else(|| name.strip_prefix("cn=")) else { return name };
    let bytes = rest.as_bytes();
    let end = (0..bytes.len()).find(|at| bytes[*at] == b',' && (*at == 0 || bytes[at - 1] != b'\\'));
    rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
}

fn domain_logons(say: &mut Say<'_>, code: u32) {
    match code {
        4768 | 4776 => {
            let success = say.status(key::Status).or(say.facts.audit);
            if let Some(success) = success {
                say.outcome(success);
            }
        }
        4769 | 4770 => {
            // A ticket for a service: every use of one asks for it, so it is no login of its own.
            say.status(key::Status);
        }
        4771 | 4772 | 4777 | 4820..=4825 => {
            say.status(key::Status);
            say.outcome(false);
        }
        4778 | 4779 => {
            say.copy(key::AccountName, known::USER_NAME);
            say.copy(key::AccountDomain, known::USER_DOMAIN);
            say.mention(key::AccountName);
            say.end(ENDS.0, key::ClientAddress, key::IpPort);
            say.copy(key::ClientName, say.ids.source_domain);
            say.copy(key::LogonID, say.ids.logon_id);
            return;
        }
        6272 | 6273 => {
            say.outcome(code == 6272);
            say.subject();
            say.copy(key::CallingStationID, known::SOURCE_ADDRESS);
            if let Some(ip) = say.get(key::CallingStationID) {
                say.end_named(ENDS.0, ip);
            }
            return;
        }
        _ => {}
    }
    if code == 4825 {
        say.copy(key::AccountName, known::USER_NAME);
        say.copy(key::AccountDomain, known::USER_DOMAIN);
        say.mention(key::AccountName);
        say.end(ENDS.0, key::ClientAddress, key::IpPort);
    }
    // `name@REALM` where Kerberos names the account, and the realm once more as its domain.
    if let Some((name, realm)) = say.get(key::TargetUserName).and_then(|v| v.split_once('@'))
        && say.get(key::TargetDomainName).is_some_and(|domain| domain.eq_ignore_ascii_case(realm))
    {
        say.text(known::USER_NAME, name);
        say.mention_name(name);
    }
    say.target_acts();
    say.copy(key::TargetSid, known::USER_ID);
    say.copy(key::ServiceName, say.ids.service_name);
    say.source();
    if code == 4776
        && let Some(station) = say.get(key::Workstation).map(|v| v.trim_start_matches('\\'))
    {
        say.text(known::SOURCE_ADDRESS, station);
        say.text(say.ids.source_domain, station);
    }
}

fn objects(say: &mut Say<'_>, code: u32) {
    say.subject();
    say.image(key::ProcessName);
    pid(say);
    match code {
        5140..=5145 => {
            say.source();
            if let (Some(share), Some(name)) = (say.get(key::ShareName), say.get(key::RelativeTargetName)) {
                let path = format!("{}\\{name}", share.trim_start_matches(r"\\*"));
                let path = path.trim_start_matches('\\').to_owned();
                say.text(say.ids.file_path, &path);
                say.text(say.ids.file_name, base_name(&path));
            }
        }
        4661 | 4662 => {}
        5058..=5061 => {
            if let Some(path) = say.get(key::FilePath) {
                say.file(path);
            }
        }
        _ => {
            let Some(name) = say.get(key::ObjectName) else { return };
            match say.get(key::ObjectType) {
                Some("Key") => say.registry(name.trim_start_matches(r"\REGISTRY\")),
                Some("File" | "SymbolicLink") => say.file(name),
                Some(_) => {}
                None => say.text(say.ids.file_path, name),
            }
        }
    }
}

/// The filtering platform.
fn packets(say: &mut Say<'_>) {
    let (source, destination) = ENDS;
    // Windows calls its own side the source, also of what comes in (%%14592).
    let inbound = matches!(say.get(key::Direction), Some("%%14592" | "Inbound"));
    let (own, other) = if inbound { (destination, source) } else { (source, destination) };
    say.end(own, key::SourceAddress, key::SourcePort);
    say.end(other, key::DestAddress, key::DestPort);
    let way = match say.get(key::Direction) {
        Some("%%14592" | "Inbound") => "inbound",
        Some("%%14593" | "Outbound") => "outbound",
        _ => "",
    };
    say.text(say.ids.network_direction, way);
    if let Some(transport) = say.get(key::Protocol).and_then(codes::transport) {
        say.text(known::NETWORK_TRANSPORT, transport);
    }
    say.image(key::Application);
    say.number(key::ProcessID, known::PROCESS_PID);
    say.number(key::ProcessId, known::PROCESS_PID);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(ACTS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn names_of_a_directory_give_the_common_name() {
        assert_eq!(common_name("CN=Alice\\, A.,OU=x"), "Alice\\, A.");
        assert_eq!(common_name("CN=Bob"), "Bob");
        assert_eq!(common_name("EXAMPLE\\bob"), "EXAMPLE\\bob");
    }
}
