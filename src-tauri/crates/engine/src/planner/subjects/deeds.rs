//! What is done to a system that an analyst asks after by name: agents switched off, programs made in folders for scraps, PsExec,
//! resources made in a cloud, alerts of other tools. Told from the everyday subjects (`list`) because each is a handful of traces
//! in several kinds of logs.

use super::{Subject, administration, windows};
use timberline_model::{Filter, kql};

/// A filter of this house's own making; one that does not parse selects nothing, and a test says so.
fn made(text: &str) -> Filter {
    kql::parse(text).unwrap_or(Filter::Or(Vec::new()))
}

const TEMP_PROGRAMS: &str = r#"process.command_line : (*chmod*+x*/tmp/* or *chmod*7*/tmp/* or *chmod*/dev/shm/* or *chmod*/var/tmp/* or *install*-m*/tmp/* or */tmp/.*) or process.executable : (/tmp/* or /var/tmp/* or /dev/shm/* or *\\Temp\\* or *\\Tmp\\*) or file.path : (*\\Temp\\*.exe or *\\Temp\\*.dll or *\\Temp\\*.scr or *\\Temp\\*.ps1)"#;

const AGENTS_OFF: &str = r#"(winlog.channel : *Defender* and event.code : (5001 or 5010 or 5012 or 5101)) or (winlog.channel : * and event.code : (4719 or 1100)) or event.action : (StopLogging or DeleteTrail or UpdateTrail or DeleteDetector or StopMonitoringMembers or StopConfigurationRecorder or DeleteFlowLogs or DisableSecurityHub) or process.command_line : (*Set-MpPreference*Disable* or *DisableRealtimeMonitoring* or *setenforce*0* or *auditctl*-D* or *auditctl*-e*0* or *ufw*disable* or *iptables*-F* or *fltmc*unload*) or process.command_line : (*stop*auditd* or *stop*rsyslog* or *stop*falcon* or *stop*osquery* or *stop*wazuh* or *stop*ossec* or *stop*clam* or *stop*filebeat* or *stop*winlogbeat* or *stop*sysmon* or *stop*splunk* or *stop*WinDefend* or *stop*crowdstrike* or *stop*elastic-agent* or *stop*sentinel*) or process.command_line : (*disable*auditd* or *disable*rsyslog* or *disable*falcon* or *disable*osquery* or *disable*wazuh* or *disable*ossec* or *disable*clam* or *disable*filebeat* or *disable*sysmon* or *disable*splunk* or *disable*WinDefend* or *disable*firewalld* or *disable*fail2ban*) or process.command_line : (*kill*auditd* or *kill*falcon* or *kill*wazuh* or *kill*MsMpEng* or *taskkill*defender* or *delete*WinDefend* or *sysmon*-u*)"#;

const PSEXEC: &str = r#"process.name : (psexec* or psexesvc* or paexec*) or process.command_line : (*psexec* or *psexesvc* or *paexec*) or process.executable : (*psexec* or *psexesvc*) or winlog.event_data.ServiceName : (psexesvc* or paexec*) or winlog.event_data.PipeName : *psexesvc* or file.name : (psexec* or psexesvc*) or winlog.event_data.RelativeTargetName : *psexesvc*"#;

const MADE_IN_CLOUD: &str = r#"cloud.provider : * and event.action : (*Create* or *.insert or *insert* or RunInstances or */write or *Import* or *Allocate* or *Upload*)"#;

const PRIVILEGED: &str = r#"event.code : (4672 or 4964) and winlog.channel : *"#;

const MAIL: &str = r#"email.from.address : * or email.to.address : * or email.message_id : *"#;

/// Subjects of deeds; where several are named the first counts, and all of them come before the everyday ones.
pub const DEEDS: &[Subject] = &[
    Subject {
        id: "temp_programs",
        one: "trace of a program in a folder for temporary files",
        many: "traces of programs in folders for temporary files",
        phrases: &[
            "executable in tempfolder",
            "executables in tempfolder",
            "executed from tempfolder",
            "run from tempfolder",
            "running from tempfolder",
            "programs in tempfolder",
            "executed in tempfolder",
            "tempfolder",
            "from /tmp",
            "in /tmp",
        ],
        filter: || made(TEMP_PROGRAMS),
        basis: || {
            Filter::Or(vec![
                Filter::exists("process.command_line"),
                Filter::exists("process.executable"),
                Filter::exists("file.path"),
            ])
        },
        lacking: "commands, processes or files",
        group: "process.command_line",
    },
    Subject {
        id: "agents_disabled",
        one: "sign of an agent or log switched off",
        many: "signs of agents or logs switched off",
        phrases: &[
            "agents tampered",
            "agent tampered",
            "tampered with",
            "tamper*",
            "agents disabled",
            "agent disabled",
            "agents stopped",
            "agent stopped",
            "agents been disabled",
            "defender disabled",
            "antivirus disabled",
            "antivirus stopped",
            "monitoring disabled",
            "logging disabled",
            "logging stopped",
            "logging been stopped",
            "stopped logging",
            "logging turned off",
            "logging switched off",
            "auditing disabled",
            "audit policy change*",
            "firewall disabled",
            "security tools disabled",
            "security software disabled",
            "disabled security",
            "defences disabled",
            "defenses disabled",
            "disable* the antivirus",
            "disable* defender",
            "turned off defender",
            "switched off defender",
        ],
        filter: || made(AGENTS_OFF),
        basis: administration,
        lacking: "commands, Windows events or cloud audit records",
        group: "process.command_line",
    },
    Subject {
        id: "psexec",
        one: "trace of PsExec",
        many: "traces of PsExec",
        phrases: &["psexec", "psexesvc", "ps exec", "executions of psexec", "psexec executed"],
        filter: || made(PSEXEC),
        basis: || {
            Filter::Or(vec![
                windows(),
                Filter::exists("process.name"),
                Filter::exists("process.command_line"),
            ])
        },
        lacking: "processes, services or Windows events",
        group: "host.name",
    },
    Subject {
        id: "resources_created",
        one: "creation of a cloud resource",
        many: "creations of cloud resources",
        phrases: &[
            "creation of gcp resources",
            "creation of aws resources",
            "creation of azure resources",
            "creation of cloud resources",
            "creation of resources",
            "resources created",
            "resources been created",
            "resource created",
            "resource creation*",
            "created resources",
            "create resources",
            "created any resources",
            "resources were created",
            "created any cloud resources",
            "creation of any resources",
        ],
        filter: || made(MADE_IN_CLOUD),
        basis: || Filter::exists("cloud.provider"),
        lacking: "cloud audit records",
        group: "event.action",
    },
    Subject {
        id: "privileged_logons",
        one: "privileged logon",
        many: "privileged logons",
        phrases: &[
            "privileged logon*",
            "privileged login*",
            "special privileges",
            "special logon*",
            "admin logon*",
            "administrative logon*",
            "privileges assigned",
        ],
        filter: || made(PRIVILEGED),
        basis: windows,
        lacking: "Windows events",
        group: "user.name",
    },
    Subject {
        id: "alerts",
        one: "alert",
        many: "alerts",
        phrases: &["alerts", "alert", "detections", "signatures triggered", "ids alerts"],
        filter: || Filter::exists("rule.name"),
        basis: || Filter::exists("rule.name"),
        lacking: "alerts of other tools",
        group: "rule.name",
    },
    Subject {
        id: "mail",
        one: "e-mail",
        many: "e-mails",
        phrases: &["emails", "email", "e-mails", "e-mail", "mails"],
        filter: || made(MAIL),
        basis: || made(MAIL),
        lacking: "e-mails",
        group: "email.from.address",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_made_here_parses() {
        for text in [TEMP_PROGRAMS, AGENTS_OFF, PSEXEC, MADE_IN_CLOUD, PRIVILEGED, MAIL] {
            assert!(kql::parse(text).is_ok(), "{text}: {:?}", kql::parse(text).err());
        }
    }
}
