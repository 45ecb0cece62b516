//! Kinds of prompts: type of logs, what it comes from, what is asked. A kind is made of words of this program only, so that
//! the memory can hold it and a colleague may have it; no value of a log ever is in one.

use crate::wire::PromptKind;
use std::fmt;

/// Types of logs.
pub const LOGS: &[(&str, &str)] = &[
    ("ssh", "SSH and Unix logins"),
    ("system", "system logs"),
    ("windows", "Windows events"),
    ("processes", "process starts"),
    ("web", "web servers"),
    ("dns", "DNS"),
    ("proxy", "proxies"),
    ("firewall", "firewalls"),
    ("network", "connections"),
    ("vpn", "VPN and sign-in services"),
    ("cloud", "clouds"),
    ("database", "databases"),
    ("mail", "mail"),
    ("application", "applications"),
    ("any", "any logs"),
];

/// What a prompt may come from besides a detector's card.
pub const ORIGINS: &[(&str, &str)] = &[
    ("sigma", "a Sigma rule's card"),
    ("template", "what is in the logs"),
    ("statistics", "plain statistics"),
    ("gap", "a gap"),
    ("playbook", "a playbook"),
    ("other", "another card"),
];

/// What questions of cards ask, with how likely such a question pays off in a case of which nothing is known. The figures are
/// ours: questions that can show that an attack went on (a success, what was reached) before those that describe it.
pub const QUESTIONS: &[(&str, &str, f64)] = &[
    ("success_after", "whether it ever succeeded", 0.5),
    ("connections", "what it connected to", 0.45),
    ("failed_logins_at", "failed logins at that time", 0.4),
    ("login_patterns", "login patterns", 0.4),
    ("commands", "what was run", 0.45),
    ("around", "what else happened then", 0.4),
    ("profile", "all about one thing", 0.35),
    ("exists", "whether there was one", 0.3),
    ("first", "the first or the last of it", 0.3),
    ("list", "the events themselves", 0.3),
    ("top", "the most", 0.25),
    ("rare", "the rarest", 0.3),
    ("amount", "how much data", 0.3),
    ("count", "how many", 0.2),
    ("timeline", "how it ran over time", 0.2),
    ("unusual", "what stands out", 0.2),
    ("other", "something else", 0.25),
    ("playbook", "the next step of a playbook", 0.55),
    // Of statistics and gaps.
    ("failure_cluster", "a cluster of failed logins", 0.4),
    ("first_seen", "what was seen for the first time", 0.35),
    ("rare_value", "a rare value", 0.25),
    ("busiest", "the busiest time", 0.1),
    ("silence", "a silence", 0.3),
    ("ends_early", "a source that ends before the others", 0.25),
    ("unread", "records that could not be read", 0.15),
];

/// A kind of prompt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// One of [`LOGS`].
    pub log: String,
    /// A detector's id, or one of [`ORIGINS`].
    pub finding: String,
    /// One of [`QUESTIONS`], or a template's id.
    pub question: String,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.log, self.finding, self.question)
    }
}

impl Kind {
    /// Of three words; one that is none of ours becomes `any` or `other`: what a case file says is not believed.
    #[must_use]
    pub fn new(log: &str, finding: &str, question: &str) -> Self {
        let word = |known: bool, word: &str, instead: &str| if known { word } else { instead }.to_owned();
        Self {
            log: word(is_log(log), log, "any"),
            finding: word(is_finding(finding), finding, "other"),
            question: word(is_question(question), question, "other"),
        }
    }

    /// From `log/finding/question`; only of words of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (log, finding, question) = (parts.next()?, parts.next()?, parts.next()?);
        let kind = Self::new(log, finding, question);
        (parts.next().is_none() && kind.to_string() == text).then_some(kind)
    }

    /// As it crosses the bridge.
    #[must_use]
    pub fn wire(&self) -> PromptKind {
        PromptKind { log: self.log.clone(), finding: self.finding.clone(), question: self.question.clone() }
    }

    /// In words: `what it connected to, of a card "Brute force that succeeded", in SSH and Unix logins`.
    #[must_use]
    pub fn title(&self) -> String {
        let log = LOGS.iter().find(|(id, _)| *id == self.log).map_or("any logs", |(_, title)| title);
        format!("{}, from {}, in {log}", self.asks(), origin_title(&self.finding))
    }

    /// What is asked, in words.
    #[must_use]
    pub fn asks(&self) -> String {
        if let Some((_, title, _)) = QUESTIONS.iter().find(|(id, ..)| *id == self.question) {
            return (*title).to_owned();
        }
        template(&self.question).map_or_else(|| self.question.clone(), |t| format!("\"{}\"", t.question))
    }

    /// How likely it pays off in a case of which nothing is known.
    #[must_use]
    pub fn prior(&self) -> f64 {
        let of_card = QUESTIONS.iter().find(|(id, ..)| *id == self.question).map(|(.., prior)| *prior);
        // A template's worth is its severity; what is worth more pays off a little more often.
        of_card.or_else(|| template(&self.question).map(|t| 0.1 + 0.5 * t.worth)).unwrap_or(0.25)
    }
}

fn template(id: &str) -> Option<&'static crate::planner::prompts::templates::Template> {
    crate::planner::prompts::templates::TEMPLATES.iter().find(|t| t.id == id)
}

fn origin_title(id: &str) -> String {
    if let Some((_, title)) = ORIGINS.iter().find(|(origin, _)| *origin == id) {
        return (*title).to_owned();
    }
    format!("a card of \"{}\"", crate::ops::known::detector_title(id))
}

fn is_log(id: &str) -> bool {
    LOGS.iter().any(|(log, _)| *log == id)
}

fn is_finding(id: &str) -> bool {
    ORIGINS.iter().any(|(origin, _)| *origin == id)
        || timberline_detect::DETECTORS.iter().any(|d| d.about().id == id)
}

fn is_question(id: &str) -> bool {
    QUESTIONS.iter().any(|(question, ..)| *question == id) || template(id).is_some()
}

/// What a question of a card asks, by its words: one of [`QUESTIONS`]. The order is the strength.
#[must_use]
pub fn of_question(text: &str) -> &'static str {
    let low = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| low.contains(w));
    match () {
        () if has(&["would you like to look at"]) && has(&["failed login"]) => "failed_logins_at",
        () if has(&["login patterns", "logon patterns"]) => "login_patterns",
        () if has(&[
            "log in successfully",
            "successful login",
            "logged in successfully",
            "ever log in",
            "succeed",
        ]) =>
        {
            "success_after"
        }
        () if has(&["bytes", "how much", "most data", "data did", "sent to"]) => "amount",
        () if has(&["connect", "contact", "reach", "talk to"]) => "connections",
        () if has(&["command", "sudo", "process", "was run", "did it run", "executed"]) => "commands",
        () if has(&["what happened", "what else happened"]) => "around",
        () if has(&["tell me about", "what did ", "what else did", "what do we know"]) => "profile",
        () if has(&["rare", "fewest"]) => "rare",
        () if has(&["first", "last "]) => "first",
        () if has(&["unusual", "suspicious", "stands out"]) => "unusual",
        () if has(&["per hour", "per day", "over time", "per minute"]) => "timeline",
        () if has(&["most", "top "]) => "top",
        () if has(&["how many", "how often"]) => "count",
        () if low.starts_with("show") || low.starts_with("list") || low.starts_with("find") => "list",
        () if ["did ", "was ", "were ", "is ", "are ", "has ", "have "]
            .iter()
            .any(|w| low.starts_with(w)) =>
        {
            "exists"
        }
        () if has(&["which ", "who "]) => "top",
        () => "other",
    }
}

/// The type of logs of a format.
#[must_use]
pub fn log_of_format(format: &str) -> &'static str {
    const BY_PART: &[(&[&str], &str)] = &[
        (&["zeek", "suricata", "vpcflow", "nsg_flow", "tcpdump", "p0f", "hubble"], "network"),
        (
            &[
                "cisco_asa",
                "cisco_ios",
                "meraki",
                "fortinet",
                "panos",
                "checkpoint",
                "juniper",
                "iptables",
                "filterlog",
                "sonicwall",
                "watchguard",
                "mikrotik",
                "sophos_xg",
                "sophos_utm",
                "firewall",
                "pensando",
                "nsx",
                "f5_",
                "barracuda",
                "huawei",
                "waf",
            ],
            "firewall",
        ),
        (&["squid", "threeproxy", "privoxy", "zscaler", "forcepoint", "umbrella", "dante"], "proxy"),
        (&["coredns", "named", "dnsmasq", "dns"], "dns"),
        (&["evtx", "windows", "evt"], "windows"),
        (&["postfix", "dovecot", "exim", "mailcow", "webmail"], "mail"),
        (
            &[
                "mysql",
                "postgres",
                "mongo",
                "mssql",
                "oracle_audit",
                "redis",
                "cockroach",
                "elasticsearch_audit",
            ],
            "database",
        ),
        (
            &[
                "openvpn",
                "ipsec",
                "vpn",
                "pulse",
                "radius",
                "okta",
                "duo",
                "auth0",
                "keycloak",
                "authentik",
                "authelia",
                "onelogin",
                "ping_one",
                "ise",
                "tac_plus",
                "signin",
            ],
            "vpn",
        ),
        (
            &[
                "cloudtrail",
                "aws_",
                "azure_",
                "gcp_",
                "o365",
                "google_workspace",
                "kubernetes_audit",
                "github",
                "slack",
            ],
            "cloud",
        ),
        (
            &[
                "access_log",
                "web_access",
                "w3c",
                "iis",
                "nginx",
                "apache",
                "caddy",
                "traefik",
                "envoy",
                "haproxy",
                "modsec",
                "elb",
                "lighttpd",
                "cloudflare",
            ],
            "web",
        ),
        (
            &[
                "auditd",
                "osquery",
                "falco",
                "tetragon",
                "crowdstrike",
                "sentinelone",
                "carbon_black",
                "defender",
                "bash_history",
            ],
            "processes",
        ),
        (
            &[
                "java", "python", "go_log", "php", "dotnet", "ruby", "node", "rust", "log4j", "pino",
                "bunyan", "serilog", "monolog", "logfmt", "docker", "klog", "kafka", "rabbit",
            ],
            "application",
        ),
        (&["syslog", "journald"], "system"),
    ];
    let found = BY_PART.iter().find(|(parts, _)| parts.iter().any(|p| format.contains(p)));
    found.map_or("any", |(_, log)| log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_made_of_our_own_words_only() {
        let kind = Kind::new("ssh", "auth_bruteforce", "login_patterns");
        assert_eq!(kind.to_string(), "ssh/auth_bruteforce/login_patterns");
        assert_eq!(Kind::parse("ssh/auth_bruteforce/login_patterns"), Some(kind));
        assert_eq!(Kind::new("web-02", "svc-backup", "203.0.113.24").to_string(), "any/other/other");
        for hostile in ["ssh/auth_bruteforce", "ssh/svc-backup/top", "a/b/c", "ssh/other/top/x", ""] {
            assert_eq!(Kind::parse(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn what_a_question_asks_is_told_by_its_words() {
        let check = |text: &str, expect: &str| assert_eq!(of_question(text), expect, "{text}");
        check(
            "Would you like to look at the 147 failed logins from 203.0.113.24 around 02:13?",
            "failed_logins_at",
        );
        check("Show me login patterns for svc-backup over the past month", "login_patterns");
        check("Did 203.0.113.24 ever log in successfully?", "success_after");
        check("What other systems did 10.20.0.15 connect to?", "connections");
        check("Tell me about 10.20.0.15", "profile");
        check("What happened around 02:13 on 2026-03-10?", "around");
        for (id, title, prior) in QUESTIONS {
            assert!(is_question(id) && !title.is_empty() && (0.05..=0.6).contains(prior), "{id}");
        }
    }
}
