//! What a question asks: a want, a subject, things, a time, fields to group by. Nothing is queried here but
//! the case's values; how it is answered is `answers`'.

use super::conditions::{self, Condition, Mood, filter_of};
use super::fields::{self, Named};
use super::hands::Scope;
use super::known::Known;
use super::subjects::{self, Subject};
use super::times::{self, Clock};
use super::wants;
use super::words::Words;
use crate::wire::{ApiError, ChatAsk};
use serde::{Deserialize, Serialize};
use timberline_model::{Filter, TimeRange, kql};

/// What is asked about the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// How many.
    Count,
    /// How many different values of a field.
    Distinct,
    /// The greatest (or least) values of a field.
    Top,
    /// All values of a field.
    Values,
    /// The rarest values of a field.
    Rare,
    /// The events themselves.
    Events,
    /// The first of them.
    First,
    /// The last of them.
    Last,
    /// From when to when.
    When,
    /// Counts over time.
    Timeline,
    /// Whether there are any.
    Exists,
    /// How many bytes.
    Sum,
    /// How logins run over the week.
    Logins,
    /// Whether something is usual for someone.
    Typical,
    /// What something connected to, or was reached from.
    Connections,
    /// What happened in a span of time.
    Around,
    /// All about one thing.
    Profile,
    /// The cards.
    Unusual,
    /// Failures, then a success.
    Sequence,
    /// What was read.
    Sources,
    /// From when to when the data runs.
    Coverage,
    /// Numbers of a subject with its greatest values.
    Summary,
}

/// A question as it was understood; kept with the turn, so that a later one can lean on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// What is asked.
    pub want: Want,
    /// Whether the question said so, rather than it being the likeliest.
    pub plain: bool,
    /// What about: a subject's id.
    pub subject: Option<String>,
    /// The things it names.
    pub conditions: Vec<Condition>,
    /// When.
    pub range: TimeRange,
    /// What it was taken to mean.
    pub when: String,
    /// A time of day of every day, as KQL of ranges; empty where none.
    pub daily: String,
    /// Fields to group by.
    pub groups: Vec<String>,
    /// At most so many rows, where the question says.
    pub limit: Option<u32>,
    /// The smallest rather than the greatest.
    pub least: bool,
    /// Only groups of at least so many.
    pub at_least: Option<u64>,
    /// How many failures of a sequence.
    pub failures: Option<u64>,
    /// Only what connected to the thing, not what it connected to.
    pub inward: bool,
    /// The greatest were asked for.
    #[serde(default)]
    pub most: bool,
    /// The fields whose numbers are summed.
    #[serde(default)]
    pub sums: Vec<String>,
    /// A unit of time to count by, in ns.
    pub every_ns: Option<i64>,
    /// Per weekday rather than in a row.
    pub weekly: bool,
    /// What was assumed.
    pub notes: Vec<String>,
    /// Fields that were named but are not in the case.
    pub missing: Vec<String>,
    /// A time of day without a day.
    #[serde(skip)]
    pub clock: Option<Clock>,
}

/// A reading, and how sure it is.
pub struct Understood {
    /// The reading.
    pub reading: Reading,
    /// Words that carry a meaning and were not understood.
    pub unknown: Vec<String>,
    /// The share of the meaning that was understood, 0 to 1.
    pub score: f64,
}

/// Below this share, the question is not answered but asked back.
pub const BAR: f64 = 0.6;

impl Reading {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> Option<&'static Subject> {
        self.subject.as_deref().and_then(subjects::by_id)
    }

    /// The subject, or every event.
    #[must_use]
    pub fn about(&self) -> &'static Subject {
        let all = subjects::SUBJECTS.len() - 1;
        self.subject().unwrap_or(&subjects::SUBJECTS[all])
    }

    /// The range and the filter of subject, things and time of day.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let subject = self.subject().map_or(Filter::All, |s| (s.filter)());
        Scope::new(self.range, subject.and(self.things()))
    }

    /// The filter of the things and the time of day alone.
    #[must_use]
    pub fn things(&self) -> Filter {
        let daily =
            if self.daily.is_empty() { Filter::All } else { kql::parse(&self.daily).unwrap_or(Filter::All) };
        filter_of(&self.conditions).and(daily)
    }

    /// The first thing that is on one of these fields.
    #[must_use]
    pub fn on(&self, fields: &[&str]) -> Option<&Condition> {
        self.conditions.iter().find(|c| fields.iter().any(|f| c.on(f)))
    }
}

/// Reads a question.
///
/// # Errors
/// When the store does not answer.
pub fn read(known: &Known<'_>, ask: &ChatAsk, earlier: Option<&Reading>) -> Result<Understood, ApiError> {
    let mut words = Words::of(&ask.question);
    let selected = selection(&mut words, ask);
    let follows = earlier.filter(|_| is_follow_up(&words));
    // "first" and "last" beside a number are limits, and dates are dates before they are anything else.
    let when = times::take(&mut words, &known.calendar);
    let mut reading = Reading {
        want: Want::Summary,
        plain: false,
        subject: None,
        conditions: Vec::new(),
        range: TimeRange::ALL,
        when: String::new(),
        daily: String::new(),
        groups: Vec::new(),
        limit: None,
        least: false,
        at_least: None,
        failures: None,
        inward: false,
        most: false,
        sums: Vec::new(),
        every_ns: None,
        weekly: false,
        notes: Vec::new(),
        missing: Vec::new(),
        clock: None,
    };
    if let Some(when) = when {
        reading.range = when.range;
        reading.when = when.said;
        reading.clock = when.clock;
    }
    thresholds(&mut words, &mut reading);
    let mut subject = subjects::take(&mut words, known.logins);
    let mut mood = Mood {
        login: subject.is_some_and(|s| s.lacking == "logins"),
        network: subject.is_some_and(|s| s.id == subjects::CONNECTIONS),
        web: subject.is_some_and(|s| s.lacking == "web requests"),
    };
    if follows.is_some() && subject.is_none() {
        let before = follows.and_then(Reading::subject);
        mood.login = before.is_some_and(|s| s.lacking == "logins");
    }
    let counting = every(&mut words, &mut reading);
    let mut named = fields::find(&words, &known.fields);
    let found = conditions::take(&mut words, known, &mut named, mood)?;
    reading.conditions = found.conditions;
    reading.notes.extend(found.notes);
    if let Some((condition, range)) = selected {
        reading.conditions.extend(condition);
        reading.range = reading.range.and(&range);
    }
    // A status code makes it a question about web requests.
    if reading.on(&["http.response.status_code"]).is_some()
        && subject.is_none_or(|s| s.id == subjects::EVENTS || s.id == "errors")
    {
        subject = subjects::by_id(subjects::REQUESTS);
    }
    failed_otherwise(&mut words, known, &mut reading, subject)?;
    pronouns(&mut words, known, &mut reading, earlier)?;
    group(&mut words, known, &mut reading, named, subject, mood);
    if let Some(want) = wants::find(&mut words, &mut reading, subject, counting) {
        reading.want = want;
        reading.plain = true;
    }
    reading.subject = subject.map(|s| s.id.to_owned());
    narrow_to_ssh(&ask.question, known, &mut reading)?;
    if reading.want == Want::Sum {
        sums(&words, known, &mut reading);
    }
    if let Some(before) = follows {
        lean_on(&mut reading, before);
    }
    let unknown: Vec<String> = words.unknown().iter().map(|w| w.text.clone()).collect();
    // A subject of its own says more than a word: what stands beside it is mostly how it was put.
    let telling = reading.subject().is_some_and(|s| s.id != subjects::EVENTS);
    let got = words.known() as f64 + 2.0 * f64::from(u8::from(telling));
    let empty = reading.missing.is_empty()
        && reading.subject.is_none()
        && reading.conditions.is_empty()
        && reading.groups.is_empty()
        && !reading.plain;
    let score = if empty { 0.0 } else { got.max(0.5) / (got.max(0.5) + unknown.len() as f64) };
    Ok(Understood { reading, unknown, score })
}

/// "failed connections": a failure that is no failed login.
fn failed_otherwise(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    subject: Option<&'static Subject>,
) -> Result<(), ApiError> {
    let other =
        subject.is_some_and(|s| s.lacking != "logins" && !matches!(s.id, "failures" | "blocked" | "errors"));
    if !other || !words.has_any(subjects::FAIL) {
        return Ok(());
    }
    words.take_any(subjects::FAIL);
    let state = "zeek.connection.state";
    if subject.is_some_and(|s| s.id == subjects::CONNECTIONS) && known.has(state) {
        let filter = Filter::any_of(state, &["S0", "REJ", "RSTOS0", "RSTRH"]);
        reading
            .notes
            .push("'failed' taken as Zeek's states S0, REJ, RSTOS0 and RSTRH: never established".to_owned());
        reading.conditions.push(Condition {
            fields: vec![state.to_owned()],
            value: "of a failure".to_owned(),
            absent: !known.any(filter.clone())?,
            kql: kql::render(&filter),
            thing: false,
        });
        return Ok(());
    }
    reading.conditions.push(Condition::is(known, "event.outcome", "failure")?);
    reading.notes.push("'failed' taken as event.outcome : failure".to_owned());
    Ok(())
}

/// "these", "here", "the selected events": the selection, when there is one.
fn selection(words: &mut Words, ask: &ChatAsk) -> Option<(Option<Condition>, TimeRange)> {
    let selection = ask.selection.as_ref()?;
    if selection.query.trim().is_empty() && selection.from_us.is_none() && selection.to_us.is_none() {
        return None;
    }
    if !words.has_any(&["these", "here", "this", "selected", "selection", "shown", "those"])
        || words.has_any(&["this week", "this month", "this year"])
    {
        return None;
    }
    words.take_any(&["selected", "selection", "shown"]);
    let ns = |us: Option<i64>| us.map(|t| t.saturating_mul(1_000));
    let range = TimeRange { from_ns: ns(selection.from_us), to_ns: ns(selection.to_us) };
    let kql = selection.query.trim().to_owned();
    let condition = (!kql.is_empty() && kql::parse(&kql).is_ok()).then(|| Condition {
        fields: Vec::new(),
        value: "the selection".to_owned(),
        kql,
        absent: false,
        thing: false,
    });
    Some((condition, range))
}

fn is_follow_up(words: &Words) -> bool {
    let first = words.low(0);
    let leads = matches!(first, "and" | "only" | "but" | "also" | "same" | "just" | "now")
        || words.has("what about")
        || words.has("how about");
    let pronoun = words.has_any(&["they", "them", "those", "these", "that", "it", "their"]);
    leads
        || (pronoun && words.list.len() <= 6)
        || words.list.len() <= 3 && matches!(first, "by" | "per" | "on" | "in" | "from" | "for" | "when")
}

/// What a follow-up leaves out is taken from the turn before.
fn lean_on(reading: &mut Reading, before: &Reading) {
    if reading.subject.is_none() {
        reading.subject.clone_from(&before.subject);
    }
    for condition in &before.conditions {
        if !reading.conditions.iter().any(|c| c.fields == condition.fields) {
            reading.conditions.push(condition.clone());
        }
    }
    if reading.range.is_all() && reading.clock.is_none() {
        reading.range = before.range;
        reading.when.clone_from(&before.when);
        reading.daily.clone_from(&before.daily);
    }
    if reading.groups.is_empty() {
        reading.groups.clone_from(&before.groups);
    }
    if !reading.plain {
        reading.want = if reading.groups == before.groups || reading.groups.is_empty() {
            before.want
        } else {
            reading.want
        };
        reading.limit = reading.limit.or(before.limit);
        reading.every_ns = reading.every_ns.or(before.every_ns);
        reading.plain = true;
    }
    reading.notes.push("taken as going on from the question before".to_owned());
}

/// "top 10", "more than 5", "at least 3", "four failed logins".
fn thresholds(words: &mut Words, reading: &mut Reading) {
    let number = |low: &str| -> Option<u64> {
        let named = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
        low.parse().ok().or_else(|| named.iter().position(|n| *n == low).map(|n| n as u64))
    };
    for at in 0..words.list.len() {
        if words.list.get(at).is_none_or(|w| w.used || w.quoted) {
            continue;
        }
        let low = words.low(at).to_owned();
        if let Some(n) = low
            .strip_prefix(['>', '\u{2265}'])
            .map(|n| n.trim_start_matches('='))
            .and_then(|n| n.parse::<u64>().ok())
        {
            let n = if low.contains('=') || low.starts_with('\u{2265}') { n } else { n + 1 };
            reading.at_least = reading.at_least.max(Some(n));
            words.mark(at, 1);
            continue;
        }
        let Some(n) = number(&low) else { continue };
        let before = (words.low(at.wrapping_sub(2)).to_owned(), words.low(at.wrapping_sub(1)).to_owned());
        match (before.0.as_str(), before.1.as_str()) {
            (_, "top" | "first" | "last" | "latest") => reading.limit = u32::try_from(n.clamp(1, 100)).ok(),
            ("more", "than") | (_, "over" | "above" | "exceeding") => {
                reading.at_least = reading.at_least.max(Some(n + 1))
            }
            ("at", "least") => reading.at_least = reading.at_least.max(Some(n)),
            _ if words.low(at + 1) == "or" && words.low(at + 2) == "more" => {
                reading.at_least = reading.at_least.max(Some(n))
            }
            _ if words.low(at + 1) == "most" || words.low(at + 1) == "least" => {
                reading.limit = u32::try_from(n.clamp(1, 100)).ok()
            }
            _ if words.low(at + 1).starts_with("fail") || words.low(at + 1).starts_with("unsuccess") => {
                reading.failures = Some(n)
            }
            _ => continue,
        }
        words.mark(at, 1);
        if matches!(before.1.as_str(), "over" | "above" | "exceeding") {
            words.mark(at - 1, 1);
        }
    }
}

/// "per hour", "which day", "over time": counting by time.
fn every(words: &mut Words, reading: &mut Reading) -> bool {
    use timberline_model::time::{DAY, HOUR, MINUTE};
    const WEEKLY: &[&str] =
        &["by weekday", "per weekday", "which weekday", "day of the week", "weekdays", "days of the week"];
    const UNITS: &[(&[&str], i64)] = &[
        (&["per minute", "by minute", "each minute", "every minute", "which minute"], MINUTE),
        (
            &[
                "per hour",
                "by hour",
                "hourly",
                "each hour",
                "every hour",
                "which hour",
                "what hour",
                "busiest hour",
                "hour by hour",
                "an hour",
                "hours",
            ],
            HOUR,
        ),
        (
            &[
                "per day",
                "by day",
                "daily",
                "each day",
                "every day",
                "which day",
                "what day",
                "busiest day",
                "day by day",
                "a day",
                "by date",
                "which days",
                "which date",
            ],
            DAY,
        ),
        (&["per week", "by week", "weekly", "each week", "which week"], 7 * DAY),
    ];
    if words.take_any(WEEKLY) {
        reading.weekly = true;
        return true;
    }
    for (phrases, step) in UNITS {
        if words.take_any(phrases) {
            reading.every_ns = Some(*step);
            words.take_any(&["busiest", "peak", "quietest"]);
            return true;
        }
    }
    words.take_any(&[
        "over time",
        "timeline",
        "time line",
        "trend*",
        "histogram",
        "peak*",
        "what time",
        "which time",
        "distribution over time",
        "when was the busiest",
        "spike*",
    ])
}

/// "it", "that address", "this user" without a name: what the turn before was about, else the best card's.
fn pronouns(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    earlier: Option<&Reading>,
) -> Result<(), ApiError> {
    if reading.conditions.iter().any(|c| c.thing) {
        return Ok(());
    }
    const ADDRESS: &[&str] = &[
        "this ip address",
        "this ip",
        "this address",
        "that ip address",
        "that ip",
        "that address",
        "the ip address",
        "this attacker",
        "that attacker",
        "the attacker",
    ];
    const USER: &[&str] = &["this account", "this user", "that user", "that account"];
    const HOST: &[&str] = &[
        "this host",
        "that host",
        "this machine",
        "that machine",
        "this system",
        "this server",
        "that server",
    ];
    let fields: &[&str] = if words.has_any(ADDRESS) {
        &["source.ip", "destination.ip"]
    } else if words.has_any(USER) {
        &["user.name"]
    } else if words.has_any(HOST) {
        &["host.name"]
    } else if words.has_any(&["it", "he", "she"]) && earlier.is_some() {
        &["source.ip", "user.name", "host.name", "destination.ip"]
    } else {
        return Ok(());
    };
    let before =
        earlier.and_then(|r| r.conditions.iter().find(|c| c.thing && fields.iter().any(|f| c.on(f))));
    let (condition, why) = if let Some(condition) = before {
        (condition.clone(), "from the question before".to_owned())
    } else {
        let card = known
            .view
            .findings
            .iter()
            .find_map(|f| f.entities.iter().find(|e| fields.contains(&e.field.as_str())).map(|e| (e, f)));
        let Some((entity, card)) = card else { return Ok(()) };
        (
            Condition::is(known, &entity.field, &entity.value)?,
            format!("the best card is about it: {}", super::say::plain(&card.title)),
        )
    };
    words.take_any(ADDRESS);
    words.take_any(USER);
    words.take_any(HOST);
    reading
        .notes
        .push(format!("no name was given, so {} is taken ({why})", super::say::plain(&condition.value)));
    reading.conditions.push(condition);
    Ok(())
}

fn group(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    named: Vec<Named>,
    subject: Option<&'static Subject>,
    mood: Mood,
) {
    let source_only = |n: &Named| matches!(words.low(n.at), "source" | "sources") && n.len == 1;
    let mut chosen: Vec<(u8, Named, bool)> = Vec::new();
    for name in named {
        let (one_back, first) =
            (words.low(name.at.wrapping_sub(1)).to_owned(), words.before(name.at).to_owned());
        let rank = match (first.as_str(), one_back.as_str()) {
            ("by" | "per" | "each", _) => 0,
            (
                "which" | "what" | "whose" | "other" | "top" | "different" | "distinct" | "unique" | "many"
                | "common" | "list" | "all",
                _,
            ) => 1,
            _ if first.parse::<u32>().is_ok() => 1,
            (_, "frequent" | "busiest" | "active" | "rare" | "rarest" | "new" | "most") => 1,
            _ => 2,
        };
        let plain_source = source_only(&name);
        chosen.push((rank, name, plain_source));
    }
    // A named subject's own noun is no field to group by ("connections", "commands run").
    // What is only mentioned is no field to group by once another is asked for ("which addresses made calls").
    let who = words.has("who") && !words.has_any(&["who is", "who was"]);
    let asked = chosen.iter().any(|(rank, ..)| *rank < 2);
    for (rank, name, _) in &chosen {
        let number = name.field.as_deref().is_some_and(|f| f.ends_with("bytes"));
        if *rank == 2 && (asked || who) || number {
            words.mark(name.at, name.len);
        }
    }
    chosen.retain(|(rank, name, _)| {
        !(*rank == 2 && (asked || who)) && !name.field.as_deref().is_some_and(|f| f.ends_with("bytes"))
    });
    chosen.sort_by_key(|(rank, name, _)| (*rank, name.at));
    for (_, name, plain_source) in chosen {
        words.mark(name.at, name.len);
        let mut field = name.field.clone();
        // Words that mean another field in this mood.
        let low = words.low(name.at + name.len - 1).to_owned();
        let acting = mood.login || mood.web;
        if mood.network && name.wanted == "host.name" {
            field = known.first_of(&["destination.ip", "host.name"]).map(str::to_owned);
        } else if acting && (name.wanted == "destination.ip" || low.starts_with("target")) {
            field = known.first_of(&["host.name", "user.name"]).map(str::to_owned);
        } else if name.wanted == "source.ip" && plain_source && field.is_none() {
            field = Some("source".to_owned());
        }
        if plain_source {
            let subject_named = subject.is_some_and(|s| s.id != subjects::EVENTS);
            if !subject_named && reading.conditions.is_empty() {
                field = Some("log.file.path".to_owned());
                reading.notes.push("'source' taken as the log file".to_owned());
            } else if let Some(f) = &field {
                reading.notes.push(format!("'source' taken as the source address ({f}), not the log file"));
            }
        }
        match field {
            Some(field) => {
                // "who" and "user" name one field only once; a thing on the field is a condition, not a group.
                let asked = reading.conditions.iter().any(|c| c.fields.len() == 1 && c.on(&field) && c.thing);
                if !reading.groups.contains(&field) && reading.groups.len() < 2 && !asked {
                    reading.groups.push(field);
                }
            }
            None => reading.missing.push(name.many.clone()),
        }
    }
    if reading.groups.is_empty() {
        let user = known.first_of(&["user.name", "user.id"]);
        if words.has("who") && !words.has_any(&["who is", "who was"]) {
            let field = if mood.network {
                known.first_of(&["source.ip"])
            } else {
                user.or(known.first_of(&["source.ip"]))
            };
            reading.groups.extend(field.map(str::to_owned));
        } else if words.has_any(&["from where", "where from"]) || words.has("where") && words.has("from") {
            reading.groups.extend(known.first_of(&["source.ip"]).map(str::to_owned));
        } else if words.has("where") && mood.network {
            reading.groups.extend(known.first_of(&["destination.ip"]).map(str::to_owned));
        }
    }
}

/// Which numbers "data", "sent" or "received" means.
fn sums(words: &Words, known: &Known<'_>, reading: &mut Reading) {
    let has = |fields: &[&'static str]| -> Vec<String> {
        fields.iter().filter(|f| known.has(f)).map(|f| (*f).to_owned()).collect()
    };
    let sent = words.has_any(&["sent", "upload*", "outgoing", "exfiltrat*", "out"]);
    let received = words.has_any(&["received", "download*", "incoming"]);
    let both = has(&["source.bytes", "destination.bytes"]);
    let served = has(&["http.response.body.bytes"]);
    reading.sums = match (sent, received) {
        (true, false) => has(&["source.bytes"]),
        (false, true) => has(&["destination.bytes"]),
        _ => both,
    };
    let web = reading.subject().is_some_and(|s| s.lacking == "web requests");
    if reading.sums.is_empty() || web && !served.is_empty() {
        reading.sums = if served.is_empty() { has(&["network.bytes"]) } else { served };
    }
    if reading.sums.is_empty() {
        // Whatever the case calls bytes.
        let own = known.fields.iter().find(|f| f.name.to_lowercase().contains("bytes") && f.kind != "text");
        reading.sums.extend(own.map(|f| f.name.clone()));
    }
    if reading.subject.as_deref().is_some_and(|s| s == "failures" || s == "blocked") {
        reading.subject = None;
    }
}

/// "SSH logins" are those over SSH, where the case can tell them from others.
fn narrow_to_ssh(question: &str, known: &Known<'_>, reading: &mut Reading) -> Result<(), ApiError> {
    let login = reading.subject().is_some_and(|s| s.lacking == "logins" && s.id != "invalid_users");
    let ssh =
        question.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w == "ssh" || w == "sshd");
    if login && ssh && known.any(Filter::is("event.action", "ssh_login"))? {
        reading.conditions.push(Condition {
            fields: vec!["event.action".to_owned()],
            value: "over SSH".to_owned(),
            kql: "event.action : ssh_login".to_owned(),
            absent: false,
            thing: false,
        });
    }
    Ok(())
}
