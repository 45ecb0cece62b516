//! What questions are about: failed logins, connections, web requests ... Each subject is a filter, the filter that
//! says whether the case has such events at all, and the field that its questions are mostly grouped by. `list` has the
//! everyday ones, `deeds` what is done to systems.

mod deeds;
mod list;

use super::words::Words;
use timberline_model::{Filter, Op, Value};

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

/// Logins; what someone does once in (`sudo`, `su`) is none, though logs file it under authentication.
fn auth() -> Filter {
    let once_in = Filter::any_of("event.action", &["sudo", "su"]);
    Filter::is("event.category", "authentication").and(once_in.negate())
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
pub fn all() -> impl Iterator<Item = &'static Subject> {
    deeds::DEEDS.iter().chain(list::SUBJECTS)
}

/// Every event, the subject of a question that names none.
#[must_use]
pub fn every_event() -> &'static Subject {
    // It stands last in a list that is never empty.
    &list::SUBJECTS[list::SUBJECTS.len() - 1]
}

/// A subject by its id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Subject> {
    all().find(|s| s.id == id)
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
/// Words that go with deeds and say nothing more.
const FILLERS: &[&str] = &[
    "security",
    "monitoring",
    "agents",
    "agent",
    "disabled",
    "files",
    "executable",
    "programs",
    "executions",
    "executed",
    "execution",
    "tampered",
    "triggered",
    "trigger",
    "raised",
    "ids",
    "software",
    "tools",
    "attempt*",
    "resources",
];
const TRIED: &[&str] = &["attempt*", "tried", "try", "tries", "trying"];

/// Finds the subject of a question and marks its words. `logins` says whether the case has any, `alerts` whether it
/// has those of other tools.
pub fn take(words: &mut Words, logins: bool, alerts: bool) -> Option<&'static Subject> {
    if let Some(subject) =
        deeds::DEEDS.iter().find(|s| (alerts || s.id != "alerts") && words.take_any(s.phrases))
    {
        words.take_any(FILLERS);
        return Some(subject);
    }
    if let Some(subject) = list::SUBJECTS.first().filter(|s| words.take_any(s.phrases)) {
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
    for subject in list::SUBJECTS {
        if !subject.phrases.is_empty() && subject.id != EVENTS && words.take_any(subject.phrases) {
            if matches!(subject.id, "server_errors" | "client_errors") {
                words.take_any(&["requests", "request", "responses", "response", "fail*", "answer*"]);
            }
            return Some(subject);
        }
    }
    // A page or a status that failed is no login.
    if words.has_any(&["page", "pages", "url", "urls", "status", "endpoint", "endpoints"])
        && words.take_any(FAIL)
    {
        return by_id(REQUESTS);
    }
    let (failed, ok) = outcome(words);
    words.take_any(if failed || ok { TRIED } else { &[] });
    match (failed, ok) {
        (true, false) => return by_id(if logins { FAILED } else { "failures" }),
        (false, true) => return by_id(if logins { SUCCEEDED } else { "successes" }),
        _ => {}
    }
    if words.has_any(&["port", "ports"]) && words.take_any(TRIED) {
        return by_id(CONNECTIONS);
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
    list::SUBJECTS.iter().find(|s| s.id == EVENTS && words.take_any(s.phrases))
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
        let got = take(&mut Words::of(question), true, false).map_or("none", |s| s.id);
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
