//! Questions that are worth asking of a type of logs, whatever is in them: a table. Each stands with the events that must be
//! there before it is asked, and with what it is worth where nothing else is known.

/// A question of a type of logs.
pub struct Template {
    /// Its id: the question of its kind.
    pub id: &'static str,
    /// The type of logs.
    pub log: &'static str,
    /// Fields without which it is not looked for.
    pub needs: &'static [&'static str],
    /// KQL of the events that make it worth asking.
    pub when: &'static str,
    /// At least so many of them.
    pub least: u64,
    /// The question; the planner understands it as it stands.
    pub question: &'static str,
    /// One of the events.
    pub one: &'static str,
    /// Several of them.
    pub many: &'static str,
    /// What it is worth, 0 to 0.45: never as much as a card that says "look at it today".
    pub worth: f64,
}

const SSHD: &str = "process.name : sshd* or event.provider : sshd*";

macro_rules! templates {
    ($($log:literal { $($id:literal $worth:literal $question:literal <- $least:literal $one:literal $many:literal [$($need:literal),*] $when:expr;)+ })+) => {
        /// All templates.
        pub const TEMPLATES: &[Template] = &[$($(Template {
            id: $id, log: $log, needs: &[$($need),*], when: $when, least: $least, question: $question, one: $one, many: $many,
            worth: $worth,
        }),+),+];
    };
}

templates! {
    "ssh" {
        "ssh_failed_sources" 0.3 "Which source had the most failed logins?" <- 1 "failed login" "failed logins" ["event.outcome", "source.ip"]
            "event.category : authentication and event.outcome : failure";
        "ssh_invalid_users" 0.25 "Which sources tried invalid users?" <- 3 "attempt for a user that does not exist" "attempts for users that do not exist" ["event.action", "source.ip"]
            "event.action : ssh_invalid_user";
        "ssh_root" 0.35 "Were there successful logins of root?" <- 1 "successful login of root" "successful logins of root" ["user.name", "event.outcome"]
            "event.category : authentication and event.outcome : success and user.name : root";
        "ssh_sequence" 0.35 "Find four failed logins followed by a successful login" <- 20 "failed login" "failed logins" ["event.outcome", "source.ip"]
            "event.category : authentication and event.outcome : failure";
        "ssh_night" 0.3 "Show successful logins at night by user" <- 10 "successful login" "successful logins" ["user.name", "event.outcome"]
            "event.category : authentication and event.outcome : success";
        "ssh_rare_sources" 0.35 "Which are the rarest source addresses of successful logins?" <- 5 "successful login" "successful logins" ["source.ip", "event.outcome"]
            "event.category : authentication and event.outcome : success and source.ip : *";
        "ssh_methods" 0.15 "Which authentication methods were used?" <- 1 "login that names its method" "logins that name their method" ["ssh.method"]
            "ssh.method : *";
        "sudo_commands" 0.3 "Which are the most common sudo commands?" <- 1 "use of sudo" "uses of sudo" ["process.command_line"]
            "(event.action : sudo or process.name : sudo) and process.command_line : *";
        "ssh_servers" 0.1 "Which hosts had the most failed logins?" <- 20 "record of an SSH server" "records of SSH servers" ["host.name", "event.outcome", "process.name"]
            SSHD;
    }
    "windows" {
        "win_failed" 0.3 "Which users had the most failed logins?" <- 1 "failed logon" "failed logons" ["winlog.channel", "user.name"]
            "event.code : 4625 and winlog.channel : *";
        "win_accounts" 0.4 "Which accounts were created?" <- 1 "created account" "created accounts" ["winlog.channel"]
            "event.code : 4720 and winlog.channel : *";
        "win_groups" 0.4 "Who was added to a group?" <- 1 "addition to a group" "additions to groups" ["winlog.channel"]
            "event.code : (4728 or 4732 or 4756) and winlog.channel : *";
        "win_cleared" 0.45 "Were any logs cleared?" <- 1 "cleared log" "cleared logs" ["winlog.channel"]
            "event.code : (1102 or 104) and winlog.channel : *";
        "win_services" 0.4 "Which services were installed?" <- 1 "installed service" "installed services" ["winlog.channel"]
            "event.code : (7045 or 4697) and winlog.channel : *";
        "win_tasks" 0.4 "Which users have events with code 4698?" <- 1 "created scheduled task" "created scheduled tasks" ["winlog.channel"]
            "event.code : 4698 and winlog.channel : * and user.name : *";
        "win_resets" 0.3 "Were any passwords reset?" <- 1 "password reset" "password resets" ["winlog.channel"]
            "event.code : 4724 and winlog.channel : *";
        "win_lockouts" 0.3 "Which accounts were locked out?" <- 1 "account lockout" "account lockouts" ["winlog.channel"]
            "event.code : 4740 and winlog.channel : *";
        "win_explicit" 0.25 "Which users have events with code 4648?" <- 1 "logon with explicit credentials" "logons with explicit credentials" ["winlog.channel", "user.name"]
            "event.code : 4648 and winlog.channel : *";
        "win_logon_types" 0.15 "Which logon types were there?" <- 1 "logon" "logons" ["winlog.logon.type"]
            "winlog.logon.type : *";
        "win_antivirus" 0.45 "Which hosts have events with code 1116?" <- 1 "malware detection" "malware detections" ["winlog.channel"]
            "event.code : 1116 and winlog.channel : *Defender* and host.name : *";
        "win_logon_hours" 0.2 "Show login attempts at night by user" <- 20 "logon" "logons" ["winlog.channel", "user.name"]
            "event.code : 4624 and winlog.channel : *";
        "win_rare_codes" 0.1 "Which are the rarest event codes?" <- 50 "Windows event" "Windows events" ["winlog.channel", "event.code"]
            "winlog.channel : *";
    }
    "processes" {
        "proc_rare" 0.35 "Which are the rarest executables?" <- 10 "started process" "started processes" ["process.executable"]
            "process.executable : *";
        "proc_powershell" 0.35 "What are the rarest values of process.command_line?" <- 1 "command line with PowerShell" "command lines with PowerShell" ["process.command_line"]
            "process.command_line : *powershell*";
        "proc_parents" 0.3 "Which are the rarest parent processes?" <- 10 "started process" "started processes" ["process.parent.executable"]
            "process.parent.executable : *";
        "proc_users" 0.15 "Which users ran the most commands?" <- 5 "command" "commands" ["process.command_line", "user.name"]
            "process.command_line : *";
        "proc_encoded" 0.4 "Which commands contain '-enc'?" <- 1 "command line with an encoded command" "command lines with encoded commands" ["process.command_line"]
            "process.command_line : *-enc*";
    }
    "web" {
        "web_404" 0.2 "Which source had the most 404 responses?" <- 5 "request for what is not there" "requests for what is not there" ["http.response.status_code", "source.ip"]
            "http.response.status_code : 404";
        "web_5xx" 0.25 "Which paths had the most server errors?" <- 1 "response of 500 or more" "responses of 500 or more" ["http.response.status_code", "url.path"]
            "http.response.status_code >= 500";
        "web_post" 0.25 "Which paths had the most POST requests?" <- 1 "POST request" "POST requests" ["http.request.method", "url.path"]
            "http.request.method : POST";
        "web_agents" 0.2 "Which are the rarest user agents?" <- 10 "request with a user agent" "requests with a user agent" ["user_agent.original"]
            "user_agent.original : *";
        "web_denied" 0.2 "Which sources had the most 403 responses?" <- 3 "refused request" "refused requests" ["http.response.status_code", "source.ip"]
            "http.response.status_code : (401 or 403)";
        "web_methods" 0.15 "Which are the rarest HTTP methods?" <- 10 "request" "requests" ["http.request.method"]
            "http.request.method : * and not http.request.method : (GET or POST or HEAD)";
        "web_rare_paths" 0.15 "Which are the rarest paths?" <- 50 "request" "requests" ["url.path"]
            "url.path : * and http.response.status_code < 400";
        "web_bytes" 0.2 "Which source downloaded the most data?" <- 10 "response with a size" "responses with a size" ["http.response.body.bytes", "source.ip"]
            "http.response.body.bytes > 1000000";
        "web_busy_sources" 0.12 "Which sources made the most web requests?" <- 10 "request" "requests" ["http.response.status_code", "source.ip"]
            "http.response.status_code : *";
    }
    "dns" {
        "dns_top" 0.2 "Which DNS names were queried most often?" <- 10 "DNS query" "DNS queries" ["dns.question.name"]
            "dns.question.name : *";
        "dns_rare" 0.2 "Which are the rarest DNS names?" <- 50 "DNS query" "DNS queries" ["dns.question.name"]
            "dns.question.name : *";
        "dns_failed" 0.25 "Which sources made the most DNS queries with response code NXDOMAIN?" <- 5 "query for a name that does not exist" "queries for names that do not exist" ["dns.response_code", "source.ip"]
            "dns.response_code : NXDOMAIN";
        "dns_sources" 0.2 "Which sources made the most DNS queries?" <- 10 "DNS query" "DNS queries" ["dns.question.name", "source.ip"]
            "dns.question.name : *";
        "dns_txt" 0.3 "What are the most common values of dns.question.type?" <- 3 "query for texts" "queries for texts" ["dns.question.type", "source.ip"]
            "dns.question.type : TXT";
    }
    "network" {
        "net_bytes" 0.3 "Which address sent the most data?" <- 10 "connection with a size" "connections with a size" ["source.bytes", "source.ip"]
            "source.bytes > 0";
        "net_destinations" 0.2 "Which are the rarest destination addresses?" <- 50 "connection" "connections" ["destination.ip"]
            "destination.ip : *";
        "net_rare_ports" 0.25 "Which are the rarest destination ports?" <- 20 "connection" "connections" ["destination.port"]
            "destination.port : *";
        "net_admin_ports" 0.3 "Which sources made the most connections to port 3389?" <- 1 "connection to the port of remote desktops" "connections to the port of remote desktops" ["destination.port", "source.ip"]
            "destination.port : 3389";
        "net_smb" 0.25 "Which sources made the most connections to port 445?" <- 5 "connection to the port of file shares" "connections to the port of file shares" ["destination.port", "source.ip"]
            "destination.port : 445";
        "net_ssh" 0.2 "Which sources made the most connections to port 22?" <- 5 "connection to the port of SSH" "connections to the port of SSH" ["destination.port", "source.ip"]
            "destination.port : 22";
    }
    "firewall" {
        "fw_denied" 0.25 "Which sources had the most denied events?" <- 5 "refused event" "refused events" ["event.action", "source.ip"]
            "event.action : (denied or deny or blocked or block or drop or dropped or reject or rejected)";
        "fw_ports" 0.2 "Which destination ports had the most denied events?" <- 5 "refused event" "refused events" ["event.action", "destination.port"]
            "event.action : (denied or deny or blocked or block or drop or dropped or reject or rejected)";
    }
    "proxy" {
        "proxy_rare" 0.25 "Which are the rarest domains?" <- 20 "request with a domain" "requests with a domain" ["url.domain"]
            "url.domain : *";
        "proxy_bytes" 0.25 "Which source sent the most data?" <- 10 "request with a size" "requests with a size" ["url.domain", "source.bytes", "source.ip"]
            "source.bytes > 0 and url.domain : *";
    }
    "vpn" {
        "vpn_failed" 0.3 "Which users failed to log in most often?" <- 1 "failed login" "failed logins" ["user.name", "event.outcome"]
            "event.category : authentication and event.outcome : failure and user.name : *";
        "vpn_sources" 0.35 "Which users logged in from the most addresses?" <- 5 "successful login" "successful logins" ["user.name", "source.ip", "event.outcome"]
            "event.category : authentication and event.outcome : success and user.name : * and source.ip : *";
        "logins_rare_sources" 0.3 "Which are the rarest users of successful logins?" <- 5 "successful login" "successful logins" ["user.name", "event.outcome"]
            "event.category : authentication and event.outcome : success and user.name : *";
    }
    "cloud" {
        "cloud_rare" 0.35 "Which are the rarest actions?" <- 20 "cloud event" "cloud events" ["cloud.provider", "event.action"]
            "cloud.provider : *";
        "cloud_failed" 0.3 "Which users had the most failures?" <- 1 "refused call" "refused calls" ["cloud.provider", "user.name", "event.outcome"]
            "cloud.provider : * and event.outcome : failure";
        "cloud_consoles" 0.3 "Show login attempts by source address" <- 1 "sign-in at the console" "sign-ins at the console" ["cloud.provider", "source.ip"]
            "cloud.provider : * and event.category : authentication";
        "cloud_users" 0.4 "Were any accounts created?" <- 1 "created user or key" "created users or keys" ["cloud.provider", "event.action"]
            "event.action : (CreateUser or CreateAccessKey or CreateLoginProfile)";
        "cloud_sources" 0.25 "Which are the rarest source addresses?" <- 20 "call from an address" "calls from an address" ["cloud.provider", "source.ip"]
            "cloud.provider : * and source.ip : *";
        "cloud_regions" 0.25 "Which are the rarest regions?" <- 20 "cloud event with a region" "cloud events with a region" ["cloud.region"]
            "cloud.region : *";
        "cloud_stopped" 0.45 "Were any logs cleared?" <- 1 "call that stops logging" "calls that stop logging" ["cloud.provider", "event.action"]
            "event.action : (StopLogging or DeleteTrail)";
    }
    "database" {
        "db_errors" 0.2 "What are the rarest values of error.message?" <- 5 "error with a message" "errors with a message" ["error.message"]
            "error.message : *";
        "db_users" 0.2 "Which are the rarest users?" <- 20 "event with a user" "events with a user" ["user.name"]
            "user.name : *";
    }
    "mail" {
        "mail_senders" 0.2 "What are the most common values of email.from.address?" <- 5 "mail with a sender" "mails with a sender" ["email.from.address"]
            "email.from.address : *";
    }
    "application" {
        "app_errors" 0.25 "How many errors were there per hour?" <- 5 "error" "errors" ["log.level"]
            "log.level : (error or err or fatal or critical or crit or alert or emerg or severe or panic)";
        "app_hosts" 0.15 "Which hosts had the most errors?" <- 5 "error" "errors" ["log.level", "host.name"]
            "log.level : (error or err or fatal or critical or crit or alert or emerg or severe or panic) and host.name : *";
        "app_loggers" 0.15 "What are the most common values of log.logger?" <- 5 "record of a logger" "records of loggers" ["log.logger"]
            "log.logger : *";
    }
    "system" {
        "sys_programs" 0.15 "Which are the rarest processes?" <- 50 "record of a program" "records of programs" ["process.name"]
            "process.name : *";
        "sys_accounts" 0.4 "Were any accounts created?" <- 1 "record of a new account" "records of new accounts" ["process.name"]
            "process.name : (useradd or adduser) or event.action : (user_added or useradd)";
    }
    "any" {
        "any_unusual" 0.12 "Is there anything unusual?" <- 1 "event" "events" [] "*";
        "any_actions" 0.1 "Which are the rarest actions?" <- 50 "event with an action" "events with an action" ["event.action"]
            "event.action : *";
        "any_denied" 0.2 "Which sources had the most refused events?" <- 10 "refused event" "refused events" ["event.outcome", "source.ip"]
            "event.outcome : failure and not event.category : authentication";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use timberline_model::kql;

    #[test]
    fn templates_are_whole_and_none_is_worth_a_card() {
        let mut ids: Vec<&str> = TEMPLATES.iter().map(|t| t.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), TEMPLATES.len(), "an id stands twice");
        for t in TEMPLATES {
            kql::parse(t.when).unwrap_or_else(|e| panic!("{}: {}: {e}", t.id, t.when));
            assert!(t.worth > 0.0 && t.worth <= 0.45, "{}", t.id);
            assert!(crate::curiosity::kind::LOGS.iter().any(|(log, _)| *log == t.log), "{}", t.id);
            assert!(
                t.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{}",
                t.id
            );
        }
    }
}
