//! Worked examples: questions that were answered well, kept without their values so that they can help with other
//! cases. What is kept is a pattern: a word stays only where it is in a fixed list, a value becomes its kind.
//!
//! Not here: who keeps them when (`ops::examples`), what a model is told of them (`chatting::prompt`).

use crate::planner::fields::SYNONYMS;
use crate::planner::{wants, words::Words};
use crate::tools::CALLED;
use crate::wire::{ApiError, ChatExample, ChatTurn, Step};
use serde_json::{Value as Json, json};
use std::path::Path;
use timberline_model::{Filter, Pattern, Value, known, kql};

const FILE: &str = "examples.json";
/// Most examples that are kept; the oldest give way.
pub const KEPT_MAX: usize = 200;
/// Words of security questions that name no one and nothing of a case.
const WORDS: &[&str] = &[
    "access",
    "accounts",
    "address",
    "addresses",
    "admin",
    "administrators",
    "after",
    "again",
    "alerts",
    "all",
    "allowed",
    "and",
    "answer",
    "attempt",
    "attempts",
    "before",
    "between",
    "blocked",
    "bytes",
    "changed",
    "cleared",
    "commands",
    "compare",
    "compared",
    "connect",
    "connected",
    "connection",
    "connections",
    "contacted",
    "created",
    "day",
    "days",
    "deleted",
    "denied",
    "destination",
    "different",
    "dns",
    "domain",
    "domains",
    "download",
    "downloaded",
    "downloads",
    "during",
    "each",
    "error",
    "errors",
    "event",
    "events",
    "every",
    "executed",
    "executions",
    "external",
    "fail",
    "failed",
    "failing",
    "failure",
    "failures",
    "file",
    "files",
    "first",
    "followed",
    "for",
    "friday",
    "from",
    "group",
    "happened",
    "host",
    "hosts",
    "hour",
    "hours",
    "how",
    "internal",
    "ip",
    "ips",
    "last",
    "level",
    "list",
    "lists",
    "logged",
    "logging",
    "login",
    "logins",
    "logon",
    "logons",
    "logs",
    "machine",
    "machines",
    "many",
    "minute",
    "minutes",
    "monday",
    "month",
    "name",
    "names",
    "network",
    "new",
    "night",
    "no",
    "not",
    "of",
    "on",
    "one",
    "open",
    "other",
    "others",
    "outside",
    "over",
    "page",
    "pages",
    "password",
    "passwords",
    "past",
    "pattern",
    "patterns",
    "people",
    "per",
    "port",
    "ports",
    "process",
    "processes",
    "queries",
    "queried",
    "query",
    "reach",
    "reached",
    "reasons",
    "recently",
    "rejected",
    "remote",
    "request",
    "requested",
    "requests",
    "reset",
    "response",
    "responses",
    "restarted",
    "root",
    "run",
    "saturday",
    "scan",
    "scans",
    "seen",
    "sent",
    "server",
    "servers",
    "service",
    "services",
    "show",
    "ssh",
    "started",
    "status",
    "stopped",
    "success",
    "succeeded",
    "successful",
    "sudo",
    "sunday",
    "system",
    "systems",
    "talk",
    "talked",
    "tell",
    "than",
    "then",
    "thursday",
    "time",
    "timeline",
    "times",
    "to",
    "traffic",
    "tried",
    "tuesday",
    "until",
    "uploaded",
    "used",
    "user",
    "users",
    "using",
    "value",
    "values",
    "visited",
    "warning",
    "warnings",
    "wednesday",
    "week",
    "weekend",
    "weeks",
    "what",
    "when",
    "where",
    "which",
    "who",
    "with",
    "within",
    "without",
    "wrong",
    "yesterday",
];
/// Values that are words of the format, not of a case.
const PLAIN_VALUES: &[&str] = &[
    "failure",
    "success",
    "unknown",
    "authentication",
    "network",
    "web",
    "process",
    "file",
    "iam",
    "error",
    "warn",
    "warning",
    "info",
    "critical",
    "fatal",
    "debug",
    "denied",
    "allowed",
    "tcp",
    "udp",
    "icmp",
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
];

/// A kind for a field's values: `<user>`, `<address>`.
fn kind(field: &str) -> &'static str {
    match field {
        f if f.starts_with("user.") && !f.ends_with("domain") => "<user>",
        f if f.ends_with(".ip") || f.ends_with(".address") || f == "source" => "<address>",
        f if f.starts_with("host.") => "<host>",
        f if f.ends_with(".port") => "<port>",
        f if f.contains("domain") || f.starts_with("dns.") => "<domain>",
        f if f.starts_with("process.") => "<program>",
        f if f.starts_with("url.") || f.starts_with("file.") => "<path>",
        f if f.ends_with("code") || f.contains("status") => "<code>",
        _ => "<value>",
    }
}

/// A field's name, where it is one of the fixed ones.
fn field(name: &str) -> String {
    let fixed = known::NAMES.contains(&name) || matches!(name, "@timestamp" | "source" | "log.file.path");
    if fixed { name.to_owned() } else { "<field>".to_owned() }
}

/// A filter with kinds in the place of values; gathers each value with its kind.
fn masked(filter: &Filter, seen: &mut Vec<(String, &'static str)>) -> Filter {
    let mut hide = |name: &str, value: &str| -> String {
        if PLAIN_VALUES.iter().any(|v| v.eq_ignore_ascii_case(value)) {
            return value.to_owned();
        }
        seen.push((value.to_owned(), kind(name)));
        kind(name).to_owned()
    };
    match filter {
        Filter::All => Filter::All,
        Filter::And(parts) => Filter::And(parts.iter().map(|p| masked(p, seen)).collect()),
        Filter::Or(parts) => Filter::Or(parts.iter().map(|p| masked(p, seen)).collect()),
        Filter::Not(inner) => Filter::Not(Box::new(masked(inner, seen))),
        Filter::Exists(name) => Filter::Exists(field(name)),
        Filter::Match { field: name, pattern } => {
            let text = pattern.written().join("");
            Filter::Match { field: field(name), pattern: Pattern::exact(&hide(name, &text)) }
        }
        Filter::In { field: name, values } => {
            let mut kinds: Vec<String> = values.iter().map(|v| hide(name, v)).collect();
            kinds.dedup();
            Filter::In { field: field(name), values: kinds }
        }
        Filter::Cidr { field: name, net } => {
            seen.push((net.to_string(), "<network>"));
            Filter::is(&field(name), "<network>")
        }
        Filter::Compare { field: name, op, value } => {
            Filter::Compare { field: field(name), op: *op, value: Value::Text(hide(name, &value.show())) }
        }
        Filter::Time(_) => Filter::is("@timestamp", "<time>"),
        Filter::Ids(_) => Filter::is("event.id", "<event>"),
        Filter::Raw(pattern) => {
            seen.push((pattern.written().join(""), "<text>"));
            Filter::Raw(Pattern::exact("<text>"))
        }
    }
}

/// A question with kinds in the place of its values.
fn masked_question(question: &str, values: &[(String, &'static str)]) -> String {
    let trim = |c: char| !c.is_alphanumeric();
    let mut out: Vec<String> = Vec::new();
    for word in question.split_whitespace() {
        let bare = word.trim_matches(trim);
        let low = bare.to_lowercase();
        let value = values.iter().find(|(v, _)| {
            let v = v.trim_matches(trim).to_lowercase();
            !low.is_empty() && (v == low || (low.len() > 3 && v.contains(&low)))
        });
        let named = SYNONYMS.iter().any(|s| s.names.iter().any(|n| n.split(' ').any(|part| part == low)));
        let kept = value.is_none()
            && (named || wants::is_word(&low) || Words::is_quiet(&low) || WORDS.contains(&low.as_str()))
            && bare.chars().all(|c| c.is_ascii_alphabetic() || c == '\'' || c == '-');
        let word = match value {
            _ if kept => low,
            Some((_, kind)) => (*kind).to_owned(),
            None if bare.parse::<std::net::IpAddr>().is_ok() => "<address>".to_owned(),
            None if bare.starts_with(|c: char| c.is_ascii_digit()) => "<number>".to_owned(),
            None => "<value>".to_owned(),
        };
        if out.last() != Some(&word) {
            out.push(word);
        }
    }
    out.join(" ")
}

/// The pattern of an answered question: its first step that gave something. `None` where no step did.
#[must_use]
pub fn pattern(turn: &ChatTurn) -> Option<ChatExample> {
    let gave = |s: &&Step| s.failed.is_none() && s.rows > 0 && s.by != "check";
    let step = turn.steps.iter().find(gave).or_else(|| turn.steps.iter().find(|s| s.failed.is_none()))?;
    let tool = CALLED.iter().find(|(step_name, tool)| *step_name == step.tool || *tool == step.tool)?.1;
    let mut values = Vec::new();
    let filter = kql::parse(&step.query).unwrap_or(Filter::All);
    let query = kql::render(&masked(&filter, &mut values));
    let mut arguments = json!({ "query": query });
    for name in ["by", "field", "fields"] {
        let fields = match step.arguments.get(name) {
            Some(Json::String(one)) => vec![field(one)],
            Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).map(field).collect(),
            _ => continue,
        };
        arguments["field"] = fields.join(", ").into();
    }
    let question = masked_question(&turn.question, &values);
    Some(ChatExample { id: turn.id, question, tool: tool.to_owned(), arguments, used: 0 })
}

/// The kept examples, latest first.
#[must_use]
pub fn load(data: &Path) -> Vec<ChatExample> {
    let read = std::fs::read(data.join(FILE)).ok();
    read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Keeps examples, whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn save(data: &Path, examples: &[ChatExample]) -> Result<(), ApiError> {
    crate::whole_file::keep_json(data, FILE, examples)
        .map_err(|why| ApiError::failed(format!("the examples cannot be kept: {why}")))
}

/// The kept examples that are most like a question, best first: those that share most of their words.
#[must_use]
pub fn like<'e>(examples: &'e [ChatExample], question: &str, most: usize) -> Vec<&'e ChatExample> {
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        let plain = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        plain.filter(|w| !w.is_empty() && !Words::is_quiet(w)).collect()
    };
    let asked = words(&masked_question(question, &[]));
    let mut near: Vec<(f64, &ChatExample)> = examples
        .iter()
        .map(|e| {
            let own = words(&e.question);
            let both = own.intersection(&asked).count() as f64;
            (both / own.union(&asked).count().max(1) as f64, e)
        })
        .filter(|(near, _)| *near >= 0.4)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.id.cmp(&b.1.id)));
    near.into_iter().take(most).map(|(_, e)| e).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(question: &str, tool: &str, query: &str) -> ChatTurn {
        let step = Step { tool: tool.into(), query: query.into(), rows: 1, ..Step::default() };
        ChatTurn { id: 7, question: question.into(), steps: vec![step], ..ChatTurn::default() }
    }

    #[test]
    fn a_worked_example_holds_kinds_and_no_values() {
        let kept = pattern(&turn(
            "How many failed logins for svc-backup came from 203.0.113.24 to Contoso's vault02 on 3 March?",
            "count",
            "user.name : \"svc-backup\" and source.ip : 203.0.113.24 and event.outcome : failure and acme.secret : *x9*",
        ))
        .unwrap();
        assert_eq!(kept.tool, "count_events");
        let said = serde_json::to_string(&kept).unwrap().to_lowercase();
        for value in ["svc", "backup", "203", "contoso", "vault", "acme", "x9", "march"] {
            assert!(!said.contains(value), "{value} is in {said}");
        }
        assert!(said.contains("failed logins for <user>") && said.contains("failure"), "{said}");
    }

    #[test]
    fn the_examples_most_like_a_question_are_found() {
        let examples: Vec<ChatExample> = [
            ("how many failed logins for mallory", "count"),
            ("which addresses requested the most pages", "top"),
            ("what happened around 02:10", "events"),
        ]
        .iter()
        .filter_map(|(q, tool)| pattern(&turn(q, tool, "")))
        .collect();
        let found = like(&examples, "how many failed logins for bob?", 2);
        assert_eq!(found.first().map(|e| e.tool.as_str()), Some("count_events"));
        assert!(like(&examples, "beacons", 2).is_empty());
    }
}
