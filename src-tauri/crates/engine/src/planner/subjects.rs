//! What questions are about: failed logins, connections, web requests ... Each subject is a filter, the filter that
//! says whether the case has such events at all, and the field that its questions are mostly grouped by.

use super::words::Words;
use timberline_model::{Filter, Op, Pattern, Value};

/// A kind of events that questions are about.
pub struct Subject {
    /// A word for it, kept with the turn.
    pub id: &'static str,
    /// One of them.
    pub one: &'static str,
    /// Several of them.
    pub many: &'static str,
    /// Phrases that name it.
    pub phrases: &'static [&'static str],
    /// Selects its events.
    pub filter: fn() -> Filter,
    /// If no event satisfies this, the case cannot answer about it.
    pub basis: fn() -> Filter,
    /// What is missing then ("logins").
    pub lacking: &'static str,
    /// What its questions are grouped by when they do not say.
    pub group: &'static str,
}

fn auth() -> Filter {
    Filter::is("event.category", "authentication")
}

fn coded(codes: &[&str], actions: &[&str], programs: &[&str]) -> Filter {
    let mut parts = vec![Filter::any_of("event.code", codes).and(Filter::exists("winlog.channel"))];
    if !actions.is_empty() {
        parts.push(Filter::any_of("event.action", actions));
    }
    if !programs.is_empty() {
        parts.push(Filter::any_of("process.name", programs));
    }
    Filter::Or(parts)
}

/// Sources that tell of accounts: Windows, cloud trails, and systems' own logs.
fn administration() -> Filter {
    Filter::Or(vec![
        Filter::exists("winlog.channel"),
        Filter::exists("cloud.provider"),
        Filter::exists("process.name"),
    ])
}

fn windows() -> Filter {
    Filter::exists("winlog.channel")
}

fn network() -> Filter {
    Filter::Or(vec![Filter::is("event.category", "network"), Filter::exists("destination.ip")])
}

fn web() -> Filter {
    Filter::Or(vec![Filter::is("event.category", "web"), Filter::exists("http.response.status_code")])
}

/// Status codes from `low` to below `high`.
pub(super) fn status_from(low: i64, high: i64) -> Filter {
    let field = || "http.response.status_code".to_owned();
    Filter::And(vec![
        Filter::Compare { field: field(), op: Op::Ge, value: Value::Int(low) },
        Filter::Compare { field: field(), op: Op::Lt, value: Value::Int(high) },
    ])
}

/// Every event.
pub const EVENTS: &str = "events";
/// Failed logins.
pub const FAILED: &str = "failed_logins";
/// Successful logins.
pub const SUCCEEDED: &str = "successful_logins";
/// Login attempts, whatever came of them.
pub const LOGINS: &str = "logins";
/// Connections.
pub const CONNECTIONS: &str = "connections";
/// Web requests.
pub const REQUESTS: &str = "requests";
/// DNS queries.
pub const DNS: &str = "dns";

/// All subjects; where several are named the first counts.
pub const SUBJECTS: &[Subject] = &[
    Subject {
        id: "invalid_users",
        one: "attempt for a user that does not exist",
        many: "attempts for users that do not exist",
        phrases: &[
            "invalid user*",
            "nonexistent user*",
            "non-existent user*",
            "unknown user*",
            "users that do not exist",
            "user that does not exist",
        ],
        filter: || Filter::is("event.action", "ssh_invalid_user"),
        basis: auth,
        lacking: "logins",
        group: "user.name",
    },
    Subject {
        id: FAILED,
        one: "failed login",
        many: "failed logins",
        phrases: &["brute force*", "brute-force*", "bruteforce*", "password guess*"],
        filter: || auth().and(Filter::is("event.outcome", "failure")),
        basis: auth,
        lacking: "logins",
        group: "source.ip",
    },
    Subject {
        id: SUCCEEDED,
        one: "successful login",
        many: "successful logins",
        phrases: &[],
        filter: || auth().and(Filter::is("event.outcome", "success")),
        basis: auth,
        lacking: "logins",
        group: "user.name",
    },
    Subject {
        id: LOGINS,
        one: "login attempt",
        many: "login attempts",
        phrases: &[],
        filter: || auth().and(Filter::any_of("event.outcome", &["success", "failure"])),
        basis: auth,
        lacking: "logins",
        group: "user.name",
    },
    Subject {
        id: "sudo",
        one: "use of sudo",
        many: "uses of sudo",
        phrases: &["sudo", "sudoed", "privilege escalation*", "elevated commands", "as root with sudo"],
        filter: || {
            Filter::Or(vec![Filter::is("event.action", "sudo"), Filter::is("process.name", "sudo")])
                .and(Filter::exists("process.command_line"))
        },
        basis: || Filter::Or(vec![Filter::is("event.action", "sudo"), Filter::is("process.name", "sudo")]),
        lacking: "uses of sudo",
        group: "process.command_line",
    },
    Subject {
        id: DNS,
        one: "DNS query",
        many: "DNS queries",
        phrases: &[
            "dns",
            "dns quer*",
            "dns request*",
            "dns lookup*",
            "name lookups",
            "domain lookups",
            "name resolution*",
            "resolved",
            "queried",
            "looked up",
        ],
        filter: || Filter::exists("dns.question.name"),
        basis: || Filter::exists("dns.question.name"),
        lacking: "DNS queries",
        group: "dns.question.name",
    },
    Subject {
        id: "cleared_logs",
        one: "cleared log",
        many: "cleared logs",
        phrases: &[
            "logs cleared",
            "log cleared",
            "logs been cleared",
            "clear* logs",
            "cleared",
            "log clearing",
            "audit log clear*",
            "clearing of logs",
        ],
        filter: || {
            Filter::Or(vec![
                coded(&["1102", "104"], &[], &[]),
                Filter::any_of("event.action", &["StopLogging", "DeleteTrail"]),
            ])
        },
        basis: || Filter::Or(vec![windows(), Filter::exists("cloud.provider")]),
        lacking: "Windows events or cloud audit records",
        group: "host.name",
    },
    Subject {
        id: "accounts_created",
        one: "created account",
        many: "created accounts",
        phrases: &[
            "accounts created",
            "account created",
            "accounts been created",
            "account been created",
            "users created",
            "user created",
            "users been created",
            "users added",
            "user added",
            "new accounts",
            "new account",
            "new users",
            "account creation*",
            "user creation*",
            "creat* accounts",
            "creat* users",
        ],
        filter: || coded(&["4720"], &["CreateUser", "user_added", "useradd"], &["useradd", "adduser"]),
        basis: administration,
        lacking: "events about accounts",
        group: "user.name",
    },
    Subject {
        id: "password_resets",
        one: "password reset",
        many: "password resets",
        phrases: &[
            "password reset*",
            "reset* password*",
            "reset a password",
            "reset the password",
            "passwords been reset",
            "attempt to reset a password",
        ],
        filter: || coded(&["4724"], &["UpdateLoginProfile"], &["passwd"]),
        basis: administration,
        lacking: "events about accounts",
        group: "user.name",
    },
    Subject {
        id: "password_changes",
        one: "password change",
        many: "password changes",
        phrases: &[
            "password change*",
            "chang* password*",
            "change a password",
            "passwords changed",
            "passwords been changed",
        ],
        filter: || coded(&["4723"], &["ChangePassword"], &["passwd"]),
        basis: administration,
        lacking: "events about accounts",
        group: "user.name",
    },
    Subject {
        id: "lockouts",
        one: "account lockout",
        many: "account lockouts",
        phrases: &["lockout*", "locked out", "accounts locked", "account locked"],
        filter: || coded(&["4740"], &[], &[]),
        basis: windows,
        lacking: "Windows events",
        group: "user.name",
    },
    Subject {
        id: "services_installed",
        one: "installed service",
        many: "installed services",
        phrases: &[
            "services installed",
            "service installed",
            "services been installed",
            "installed services",
            "new services",
            "service installation*",
            "install* a service",
        ],
        filter: || coded(&["7045", "4697"], &[], &[]),
        basis: windows,
        lacking: "Windows events",
        group: "winlog.event_data.ServiceName",
    },
    Subject {
        id: "scheduled_tasks",
        one: "created scheduled task",
        many: "created scheduled tasks",
        phrases: &["scheduled task*", "tasks scheduled", "cron job*"],
        filter: || coded(&["4698", "106"], &[], &["cron", "crond"]),
        basis: administration,
        lacking: "events about tasks",
        group: "host.name",
    },
    Subject {
        id: "group_changes",
        one: "addition to a group",
        many: "additions to groups",
        phrases: &[
            "added to group*",
            "added to a group",
            "added to the administrators group",
            "added to administrators",
            "group membership*",
            "group change*",
        ],
        filter: || coded(&["4728", "4732", "4756"], &["AddUserToGroup"], &["usermod", "gpasswd"]),
        basis: administration,
        lacking: "events about groups",
        group: "group.name",
    },
    Subject {
        id: "server_errors",
        one: "server error",
        many: "server errors (status 500 to 599)",
        phrases: &["server error*", "5xx", "5xxs", "500 errors", "internal server error*"],
        filter: || status_from(500, 600),
        basis: web,
        lacking: "web requests",
        group: "url.path",
    },
    Subject {
        id: "client_errors",
        one: "client error",
        many: "client errors (status 400 to 499)",
        phrases: &["client error*", "4xx", "4xxs"],
        filter: || status_from(400, 500),
        basis: web,
        lacking: "web requests",
        group: "url.path",
    },
    Subject {
        id: REQUESTS,
        one: "web request",
        many: "web requests",
        phrases: &[
            "web request*",
            "http request*",
            "http response*",
            "requests",
            "request",
            "requested",
            "responses",
            "response",
            "hits",
            "page views",
            "visits",
            "visited",
            "downloads",
            "downloaded",
            "website",
            "web site",
            "web server",
            "web traffic",
            "web",
            "http",
        ],
        filter: web,
        basis: web,
        lacking: "web requests",
        group: "url.path",
    },
    Subject {
        id: CONNECTIONS,
        one: "connection",
        many: "connections",
        phrases: &[
            "connection*",
            "connect*",
            "network traffic",
            "traffic",
            "talk* to",
            "talk*",
            "flows",
            "network flows",
            "contact*",
            "reach*",
            "communicat*",
            "network",
        ],
        filter: network,
        basis: network,
        lacking: "connections",
        group: "destination.ip",
    },
    Subject {
        id: "blocked",
        one: "refused event",
        many: "refused events",
        phrases: &[
            "access denied",
            "unauthorized",
            "unauthorised",
            "denied",
            "blocked",
            "forbidden",
            "refused",
            "dropped",
            "rejected",
        ],
        filter: || {
            Filter::Or(vec![
                Filter::any_of(
                    "event.action",
                    &["denied", "deny", "blocked", "block", "drop", "dropped", "reject", "rejected"],
                ),
                Filter::any_of("http.response.status_code", &["401", "403"]),
                Filter::is("event.outcome", "failure").and(auth().negate()),
                Filter::any_of("zeek.connection.state", &["REJ"]),
            ])
        },
        basis: || Filter::All,
        lacking: "refused events",
        group: "source.ip",
    },
    Subject {
        id: "errors",
        one: "error",
        many: "errors",
        phrases: &["errors", "error", "crashes", "crash", "exceptions", "exception"],
        filter: || {
            Filter::Or(vec![
                Filter::any_of(
                    "log.level",
                    &[
                        "error",
                        "err",
                        "fatal",
                        "critical",
                        "crit",
                        "alert",
                        "emerg",
                        "emergency",
                        "severe",
                        "panic",
                    ],
                ),
                status_from(500, 600),
                Filter::exists("error.message"),
                Filter::exists("error.code"),
            ])
        },
        basis: || {
            Filter::Or(vec![
                Filter::exists("log.level"),
                Filter::exists("http.response.status_code"),
                Filter::exists("error.message"),
                Filter::exists("error.code"),
            ])
        },
        lacking: "levels or status codes",
        group: "host.name",
    },
    Subject {
        id: "warnings",
        one: "warning",
        many: "warnings",
        phrases: &["warnings", "warning"],
        filter: || Filter::any_of("log.level", &["warning", "warn"]),
        basis: || Filter::exists("log.level"),
        lacking: "log levels",
        group: "host.name",
    },
    Subject {
        id: "antivirus",
        one: "malware detection",
        many: "malware detections",
        phrases: &["antivirus detection*", "antivirus*", "malware*", "virus*", "defender"],
        filter: || {
            Filter::Or(vec![
                coded(&["1006", "1007", "1015", "1116", "1117", "1118", "1119"], &[], &[]).and(
                    Filter::Match {
                        field: "winlog.channel".into(),
                        pattern: Pattern::containing("Defender"),
                    },
                ),
                Filter::is("event.category", "malware"),
            ])
        },
        basis: || {
            Filter::Or(vec![
                Filter::Match { field: "winlog.channel".into(), pattern: Pattern::containing("Defender") },
                Filter::is("event.category", "malware"),
            ])
        },
        lacking: "antivirus events",
        group: "host.name",
    },
    Subject {
        id: "commands",
        one: "command",
        many: "commands",
        phrases: &[
            "commands",
            "command lines",
            "command",
            "executed",
            "executions",
            "execution",
            "ran",
            "run",
            "processes started",
            "process started",
            "process creations",
            "process creation",
            "launched",
        ],
        filter: || {
            Filter::Or(vec![Filter::exists("process.command_line"), Filter::exists("process.executable")])
        },
        basis: || {
            Filter::Or(vec![Filter::exists("process.command_line"), Filter::exists("process.executable")])
        },
        lacking: "commands or processes started",
        group: "process.command_line",
    },
    Subject {
        id: "sessions",
        one: "session record",
        many: "session records",
        phrases: &["sessions", "session"],
        filter: || Filter::is("event.category", "session"),
        basis: || Filter::is("event.category", "session"),
        lacking: "session records",
        group: "user.name",
    },
    Subject {
        id: "failures",
        one: "failure",
        many: "failures",
        phrases: &[],
        filter: || Filter::is("event.outcome", "failure"),
        basis: || Filter::exists("event.outcome"),
        lacking: "outcomes",
        group: "event.action",
    },
    Subject {
        id: "successes",
        one: "success",
        many: "successes",
        phrases: &[],
        filter: || Filter::is("event.outcome", "success"),
        basis: || Filter::exists("event.outcome"),
        lacking: "outcomes",
        group: "event.action",
    },
    Subject {
        id: EVENTS,
        one: "event",
        many: "events",
        phrases: &[
            "events",
            "event",
            "records",
            "record",
            "entries",
            "entry",
            "lines",
            "log lines",
            "messages logged",
        ],
        filter: || Filter::All,
        basis: || Filter::All,
        lacking: "events",
        group: "event.action",
    },
];

/// A subject by its id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|s| s.id == id)
}

type Apart = (&'static [&'static str], &'static [&'static str], &'static str);
const APART: &[Apart] = &[
    (&["accounts", "account", "users", "user"], &["created", "creation*"], "accounts_created"),
    (&["password", "passwords"], &["reset*"], "password_resets"),
    (&["password", "passwords"], &["changed", "change", "changes", "changing"], "password_changes"),
    (&["log", "logs"], &["cleared", "clearing", "clear"], "cleared_logs"),
    (&["service", "services"], &["installed", "installation*"], "services_installed"),
];
const LOGIN: &[&str] = &[
    "login*",
    "logon*",
    "log in",
    "log ins",
    "log-in*",
    "log-on*",
    "log on",
    "logging in",
    "logging on",
    "logged in",
    "logged on",
    "logged into",
    "logs in",
    "log into",
    "sign in*",
    "sign-in*",
    "signin*",
    "signed in",
    "signing in",
    "signs in",
    "authenticat*",
    "auth",
    "password attempts",
    "passwords",
    "credentials",
    "got in",
    "get in",
    "get into",
    "broke in",
    "break in",
    "break into",
];
const DONE: &[&str] = &[
    "logged in",
    "logged on",
    "logged into",
    "log in",
    "log into",
    "log on",
    "logging in",
    "logging on",
    "logs in",
    "signed in",
    "sign in",
    "signing in",
    "got in",
    "get in",
    "get into",
    "broke in",
    "break in",
    "authenticated",
];
/// Words for what did not work.
pub const FAIL: &[&str] = &[
    "fail*",
    "unsuccessful*",
    "wrong",
    "incorrect",
    "invalid",
    "rejected",
    "unauthorised",
    "unauthorized",
    "denied",
    "bad",
];
/// Words for what worked.
pub const OK: &[&str] = &["success*", "succeed*", "accepted", "worked", "valid"];
const TRIED: &[&str] = &["attempt*", "tried", "try", "tries", "trying"];

/// Finds the subject of a question and marks its words. `logins` says whether the case has any.
pub fn take(words: &mut Words, logins: bool) -> Option<&'static Subject> {
    if let Some(subject) = SUBJECTS.first().filter(|s| words.take_any(s.phrases)) {
        words.take_any(LOGIN);
        words.take_any(TRIED);
        return Some(subject);
    }
    // "accounts have been created": two words that stand apart and mean one thing together.
    for (things, deeds, id) in APART {
        if words.has_any(things) && words.has_any(deeds) {
            words.take_any(things);
            words.take_any(deeds);
            words.take_any(&[
                "system",
                "event",
                "events",
                "security",
                "audit",
                "new",
                "password",
                "passwords",
            ]);
            return by_id(id);
        }
    }
    let done = words.has_any(DONE);
    let login = words.take_any(LOGIN);
    // "ssh" and "rdp" speak of logins unless connections are named.
    let remote =
        words.has_any(&["ssh", "rdp", "sshd"]) && !words.has_any(&["connection*", "traffic", "connect*"]);
    if login || remote && (logins || words.has_any(FAIL) || words.has_any(OK)) {
        words.take_any(&["ssh", "sshd", "rdp"]);
        let (failed, ok) = outcome(words);
        // "Did it get in after failing": both.
        let ok = ok || failed && words.has_any(&["got in", "get in", "gets in", "broke in"]);
        let tried = words.take_any(TRIED);
        return by_id(match (failed, ok) {
            (true, false) => FAILED,
            (false, true) => SUCCEEDED,
            (false, false) if done && !tried => SUCCEEDED,
            _ => LOGINS,
        });
    }
    for subject in SUBJECTS {
        if !subject.phrases.is_empty() && subject.id != EVENTS && words.take_any(subject.phrases) {
            return Some(subject);
        }
    }
    let (failed, ok) = outcome(words);
    words.take_any(if failed || ok { TRIED } else { &[] });
    match (failed, ok) {
        (true, false) => return by_id(if logins { FAILED } else { "failures" }),
        (false, true) => return by_id(if logins { SUCCEEDED } else { "successes" }),
        _ => {}
    }
    if logins && words.take_any(TRIED) {
        return by_id(LOGINS);
    }
    // "event ids" and the like name a field, not the events.
    if words.has_any(&[
        "event id*",
        "event code*",
        "event name*",
        "event type*",
        "event action*",
        "event outcome*",
    ]) {
        return None;
    }
    SUBJECTS.iter().find(|s| s.id == EVENTS && words.take_any(s.phrases))
}

/// Whether failures and whether successes are asked for; "not successful" is a failure.
pub fn outcome(words: &mut Words) -> (bool, bool) {
    let not_ok = words.take_fresh(&[
        "not success*",
        "not succeed*",
        "didn't succeed",
        "did not succeed",
        "wasn't successful",
        "weren't successful",
        "without success",
        "not accepted",
        "didn't work",
        "not work",
    ]);
    let not_failed = words.take_fresh(&["not fail*", "didn't fail", "without fail*"]);
    (words.take_fresh(FAIL) || not_ok, words.take_fresh(OK) || not_failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expect: &str) {
        let got = take(&mut Words::of(question), true).map_or("none", |s| s.id);
        assert_eq!(got, expect, "{question}");
    }

    #[test]
    fn subjects_are_found_in_their_many_wordings() {
        check("Which source had the most failed logins?", FAILED);
        check("failed sign-in attempts", FAILED);
        check("who failed to authenticate", FAILED);
        check("login failures by user", FAILED);
        check("successful logins for root", SUCCEEDED);
        check("who logged in from 10.0.0.5", SUCCEEDED);
        check("who tried to log in as root", LOGINS);
        check("ssh root logins", LOGINS);
        check("login attempts per hour", LOGINS);
        check("what other systems did 10.0.0.5 connect to", CONNECTIONS);
        check("how many 404 responses were there", REQUESTS);
        check("Which DNS names were queried most often?", DNS);
        check("commands run with sudo", "sudo");
        check("were any system event logs cleared", "cleared_logs");
        check("how many events are there", EVENTS);
        check("what did bob do", "none");
    }
}
