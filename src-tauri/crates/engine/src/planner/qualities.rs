//! Words that say of what kind a thing is rather than name it: internal and external addresses, administrative accounts, what was
//! allowed, a level, whose child a process is, a cloud's name. Each becomes a condition, and says what it was taken to mean.

use super::conditions::Condition;
use super::hands::{Hands, Scope};
use super::known::Known;
use super::reading::Reading;
use super::say;
use super::subjects::{self, Subject};
use super::words::Words;
use crate::wire::ApiError;
use timberline_model::{Filter, Metric, TimeRange, Value, kql};

/// Networks that are not routed in the internet: RFC 1918, loopback, link-local, and IPv6's unique local ones.
const INSIDE: &[&str] = &[
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
];
/// The most accounts that are named as administrative ones.
const ADMINS_MAX: u32 = 60;

fn condition(known: &Known<'_>, fields: &[&str], said: &str, filter: Filter) -> Result<Condition, ApiError> {
    Ok(Condition {
        fields: fields.iter().map(|f| (*f).to_owned()).collect(),
        value: said.to_owned(),
        absent: !known.any(filter.clone())?,
        kql: kql::render(&filter),
        thing: false,
        negated: false,
    })
}

/// Finds them; marks their words.
///
/// # Errors
/// When the store does not answer.
pub fn take(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    subject: Option<&'static Subject>,
) -> Result<(), ApiError> {
    sides(words, known, reading)?;
    administrators(words, known, reading)?;
    verdict(words, known, reading, subject)?;
    levels(words, known, reading, subject)?;
    kin(words, known, reading)
}

/// "internal hosts", "external addresses", "to the internet".
fn sides(words: &mut Words, known: &Known<'_>, reading: &mut Reading) -> Result<(), ApiError> {
    const IN: &[&str] = &["internal", "inside", "private"];
    const OUT: &[&str] = &["external", "outside", "internet", "public"];
    for (list, inside) in [(IN, true), (OUT, false)] {
        let Some((at, said)) = list.iter().find_map(|w| words.fresh(w).map(|(at, _)| (at, *w))) else {
            continue;
        };
        // "the outside" and "to the internet" are reached; adjectives go with what stands behind them.
        let reached = matches!(words.before(at), "to" | "towards" | "into" | "with");
        let noun = words.low(at + 1).to_owned();
        if !reached
            && ![
                "host",
                "machine",
                "address",
                "ip",
                "system",
                "server",
                "computer",
                "client",
                "source",
                "destination",
                "network",
            ]
            .iter()
            .any(|n| noun.starts_with(n))
        {
            continue;
        }
        let to = reached || noun.starts_with("destination");
        let field = known.first_of(if to { &["destination.ip"] } else { &["source.ip"] });
        let Some(field) = field else { continue };
        let nets: Vec<Filter> = INSIDE
            .iter()
            .filter_map(|net| net.parse().ok().map(|net| Filter::Cidr { field: field.to_owned(), net }))
            .collect();
        let any = Filter::Or(nets);
        let filter = if inside { any } else { Filter::exists(field).and(any.negate()) };
        words.mark(at, 1);
        let way = if inside { "a private address" } else { "no private address" };
        reading.notes.push(format!("'{said}' taken as {way} in {field}"));
        let mut made = condition(known, &[], &format!("{said} addresses in {field}"), filter)?;
        made.absent = false;
        reading.conditions.push(made);
    }
    Ok(())
}

/// "administrative accounts": those with administrators' names, those that used sudo, those that got special privileges.
fn administrators(words: &mut Words, known: &Known<'_>, reading: &mut Reading) -> Result<(), ApiError> {
    const NAMES: &[&str] = &[
        "administrative accounts",
        "administrative account",
        "administrative users",
        "admin accounts",
        "admin users",
        "administrator accounts",
        "privileged accounts",
        "privileged users",
        "administrators",
        "admins",
        "administrative actions",
        "admin actions",
        "admin activity",
        "administrative activity",
    ];
    if !known.has("user.name")
        || words.has("administrators group")
        || words.has("added")
        || !words.take_any(NAMES)
    {
        return Ok(());
    }
    let mut hands = Hands::new(known.view.events);
    let sudo = Filter::is("event.action", "sudo").and(Filter::exists("process.command_line"));
    let special = subjects::by_id("privileged_logons").map_or(Filter::Or(Vec::new()), |s| (s.filter)());
    let named = kql::parse("user.name : (root or admin or administrator or adm-* or *_adm or *-adm or *admin or admin-* or admin_*)")
        .unwrap_or(Filter::Or(Vec::new()));
    let who = Filter::Or(vec![sudo, special, named]);
    let rows = hands.top(
        "administrative accounts",
        &Scope::new(TimeRange::ALL, who),
        &["user.name"],
        Metric::Count,
        ADMINS_MAX,
    )?;
    let users: Vec<String> =
        rows.iter().filter_map(|r| r.values.first()).map(Value::show).filter(|u| !u.ends_with('$')).collect();
    let shown = say::listed(&users.iter().take(6).map(|u| say::plain(u)).collect::<Vec<_>>());
    let more = if users.len() > 6 { format!(" and {} others", users.len() - 6) } else { String::new() };
    reading.notes.push(format!(
        "administrative accounts taken as those that used sudo, got special privileges or have an administrator's name: {shown}{more}"
    ));
    let filter = Filter::In { field: "user.name".to_owned(), values: users };
    let made = condition(known, &["user.name"], "administrative accounts", filter)?;
    reading.conditions.push(made);
    if reading.groups.is_empty() {
        reading.groups = vec!["user.name".to_owned(), "event.action".to_owned()];
        reading.groups.retain(|g| known.has(g));
    }
    words.take_any(&["action", "actions", "taken", "activity", "activities", "accounts", "account", "about"]);
    Ok(())
}

/// "allowed", "blocked" of connections.
fn verdict(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    subject: Option<&'static Subject>,
) -> Result<(), ApiError> {
    if subject.is_none_or(|s| s.id != subjects::CONNECTIONS) {
        return Ok(());
    }
    let allowed =
        words.take_any(&["allowed", "permitted", "let through", "accepted", "passed", "established"]);
    let refused = !allowed && words.take_any(&["blocked", "denied", "refused", "dropped", "rejected"]);
    if !allowed && !refused {
        return Ok(());
    }
    let acts = Filter::any_of(
        "event.action",
        &["denied", "deny", "blocked", "block", "drop", "dropped", "reject", "rejected", "refused"],
    );
    let types = Filter::is("event.type", "denied");
    let states = Filter::any_of("zeek.connection.state", &["REJ", "S0", "RSTOS0", "RSTRH", "SH", "SHR"]);
    let failed = Filter::is("event.outcome", "failure");
    let no = Filter::Or(vec![acts, types, states, failed]);
    let zeek = known.has("zeek.connection.state");
    let how = if zeek {
        "an event that says so or, in Zeek, a state without a handshake"
    } else {
        "an event that says so"
    };
    let (said, filter) = if allowed {
        reading.notes.push(format!("'allowed' taken as not refused; refused is {how}"));
        ("that were allowed", no.negate())
    } else {
        reading.notes.push(format!("'refused' taken as {how}"));
        ("that were refused", no)
    };
    let mut made = condition(known, &[], said, filter)?;
    made.absent = false;
    reading.conditions.push(made);
    Ok(())
}

/// "fatal messages", "warnings", "debug lines", where the case has such levels.
fn levels(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    subject: Option<&'static Subject>,
) -> Result<(), ApiError> {
    const LEVELS: &[&str] = &[
        "fatal",
        "critical",
        "debug",
        "notice",
        "info",
        "informational",
        "emergency",
        "panic",
        "trace",
        "severe",
    ];
    if !known.has("log.level") || subject.is_some_and(|s| !matches!(s.id, subjects::EVENTS | "errors")) {
        return Ok(());
    }
    for level in LEVELS {
        let Some((at, _)) = words.fresh(level) else { continue };
        let noun = words.low(at + 1).to_owned();
        let follows = ["message", "error", "entr", "line", "event", "record", "log"]
            .iter()
            .any(|n| noun.starts_with(n))
            || noun.is_empty();
        // Levels are brought to a few names when they are read.
        let kept = match *level {
            "fatal" | "severe" | "panic" if !known.any(Filter::is("log.level", level))? => "critical",
            "informational" => "info",
            other => other,
        };
        let here = Filter::is("log.level", kept);
        if follows && known.any(here.clone())? {
            words.mark(at, if noun.is_empty() { 1 } else { 2 });
            reading.conditions.push(condition(known, &["log.level"], level, here)?);
        }
    }
    Ok(())
}

/// "child processes of cmd.exe", "started by explorer.exe", "the parent of x.exe".
fn kin(words: &mut Words, known: &Known<'_>, reading: &mut Reading) -> Result<(), ApiError> {
    const CHILDREN: &[&str] = &[
        "child processes of",
        "child process of",
        "children of",
        "subprocesses of",
        "spawned by",
        "launched by",
        "started by",
        "processes of parent",
    ];
    const PARENTS: &[&str] = &["parent process of", "parent processes of", "parent of", "parents of"];
    for (list, by, shown) in [
        (CHILDREN, ["process.parent.name", "process.parent.executable"], "process.name"),
        (PARENTS, ["process.name", "process.executable"], "process.parent.name"),
    ] {
        let Some((at, len)) = list.iter().find_map(|p| words.fresh(p)) else { continue };
        let Some(name) = words.list.get(at + len).filter(|w| !w.used).map(|w| w.text.clone()) else {
            continue;
        };
        if !known.has("process.parent.name") && !known.has("process.parent.executable") {
            if list[0] == CHILDREN[0] && !words.low(at).starts_with("child") {
                continue;
            }
            words.mark(at, len + 1);
            reading.missing.push("parent processes".to_owned());
            continue;
        }
        let stem = name.trim_end_matches(".exe");
        let fits = Filter::Or(vec![
            Filter::is(by[0], &name),
            Filter::is(by[0], &format!("{stem}.exe")),
            Filter::is(by[1], &name),
            kql::parse(&format!("{} : (*\\\\{stem}.exe or */{stem})", by[1]))
                .unwrap_or(Filter::Or(Vec::new())),
        ]);
        words.mark(at, len + 1);
        words.take_any(&["processes", "process"]);
        let way = if shown == "process.name" { "started by" } else { "of the process" };
        let mut made = condition(known, &by, &format!("{way} {name}"), fits)?;
        made.fields.clear();
        reading.conditions.push(made);
        if known.has(shown) {
            reading.groups = vec![shown.to_owned()];
        }
    }
    Ok(())
}

/// "GCP", "AWS", "Azure" where no source is of that cloud: an answer in itself.
///
/// # Errors
/// When the store does not answer.
pub fn clouds(words: &mut Words, known: &Known<'_>, reading: &mut Reading) -> Result<(), ApiError> {
    if words.take("in the cloud") {
        let filter = Filter::exists("cloud.provider");
        let mut made = condition(known, &[], "in the cloud", filter)?;
        if std::mem::take(&mut made.absent) {
            reading.missing.push("cloud audit records".to_owned());
            reading.lacks_all = true;
        }
        reading.conditions.push(made);
    }
    for (word, name) in [("gcp", "gcp"), ("aws", "aws"), ("azure", "azure")] {
        let Some((at, _)) = words.fresh(word) else { continue };
        if ["service", "account"].iter().any(|n| words.low(at + 1).starts_with(n)) {
            continue;
        }
        // It goes, so that "creation of GCP resources" reads like any creation of resources.
        words.replace(at, 1, "");
        let filter = Filter::is("cloud.provider", name);
        if known.any(filter.clone())? {
            reading.conditions.push(condition(known, &["cloud.provider"], &word.to_uppercase(), filter)?);
        } else {
            reading.missing.push(format!("events of {}", word.to_uppercase()));
            reading.lacks_all = true;
        }
    }
    Ok(())
}
