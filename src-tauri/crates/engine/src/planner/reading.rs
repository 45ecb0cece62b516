//! What a question asks: a want, a subject, things, a time, fields to group by. Nothing is queried here but
//! the case's values; how it is answered is `answers`'.

use super::amounts::{compared, every, thresholds};
use super::conditions::{self, Condition, Mood, filter_of};
use super::fields;
use super::groups::{group, sums};
use super::hands::Scope;
use super::known::Known;
use super::measures::Stat;
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
    /// One period against another.
    Compare,
    /// What occurs in a period and never before.
    Novel,
    /// Who failed so often and also succeeded.
    Both,
    /// A number of the events: its mean, a percentile, its greatest.
    Measure,
    /// The incident, told for a report.
    Report,
    /// The reasons of the card that was spoken of.
    Why,
    /// What errors there are, by what they say.
    Kinds,
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
    /// Which share of all is asked for.
    #[serde(default)]
    pub share: bool,
    /// The fields whose numbers are summed.
    #[serde(default)]
    pub sums: Vec<String>,
    /// Fewest successes, beside the failures of `at_least`.
    #[serde(default)]
    pub successes: Option<u64>,
    /// Ranked by how many different values of this field.
    #[serde(default)]
    pub per_distinct: Option<String>,
    /// The period that `range` is compared with, and what both were called.
    #[serde(default)]
    pub versus: Option<(TimeRange, String, String)>,
    /// Whether more (or fewer) is asked of that comparison.
    #[serde(default)]
    pub more: Option<bool>,
    /// Only what never occurred before the range.
    #[serde(default)]
    pub novel: bool,
    /// The kind of attack that cards are looked for by.
    #[serde(default)]
    pub topic: Option<String>,
    /// What of a number is asked.
    #[serde(default)]
    pub stat: Option<Stat>,
    /// Of which number.
    #[serde(default)]
    pub measure: Option<String>,
    /// "Of them": of those that the answer before listed.
    #[serde(skip)]
    pub of_them: bool,
    /// Processes are asked for by name.
    #[serde(default)]
    pub group_by_process: bool,
    /// What is missing leaves nothing to answer from.
    #[serde(default)]
    pub lacks_all: bool,
    /// A unit of time to count by, in ns.
    pub every_ns: Option<i64>,
    /// Per weekday rather than in a row.
    pub weekly: bool,
    /// Per hour of the day rather than in a row.
    #[serde(default)]
    pub hourly: bool,
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
    /// Those among them without which any answer would be to another question: numbers, values, what is asked for.
    pub needed: Vec<String>,
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
        self.subject().unwrap_or_else(subjects::every_event)
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
    super::rewrite::apply(&mut words);
    let selected = selection(&mut words, ask);
    let follows = earlier.filter(|_| is_follow_up(&words, &known.fields));
    let periods = times::periods::two(&mut words, &known.calendar);
    // "first" and "last" beside a number are limits, and dates are dates before they are anything else.
    let when = if periods.is_some() { None } else { times::take(&mut words, &known.calendar) };
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
        share: false,
        sums: Vec::new(),
        successes: None,
        per_distinct: None,
        versus: None,
        more: None,
        novel: false,
        topic: None,
        stat: None,
        measure: None,
        of_them: words.has_any(&["of them", "of these", "of those"]),
        group_by_process: false,
        lacks_all: false,
        every_ns: None,
        weekly: false,
        hourly: false,
        notes: Vec::new(),
        missing: Vec::new(),
        clock: None,
    };
    if let Some(when) = when {
        reading.range = when.range;
        reading.when = when.said;
        reading.clock = when.clock;
    }
    if let Some((asked, other)) = periods {
        reading.range = asked.range;
        reading.when = format!("{} against {}", asked.show(&known.calendar), other.show(&known.calendar));
        reading.versus = Some((other.range, asked.said, other.said));
        let more = words.take_any(&["more", "busier", "higher", "increase*", "rise", "risen", "grew", "up"]);
        let fewer =
            words.take_any(&["fewer", "less", "quieter", "lower", "decrease*", "fall", "fallen", "drop"]);
        reading.more = (more != fewer).then_some(more);
    }
    if !reading.range.is_all() {
        reading.novel = words.take_any(&[
            "but never before",
            "and never before",
            "never seen before",
            "not seen before",
            "never before",
            "but not before",
            "not before",
            "for the first time",
        ]);
    }
    let compared = compared(&mut words, known)?;
    thresholds(&mut words, &mut reading, known.has("http.response.status_code"));
    fields::hold(&mut words, &known.fields, true);
    super::qualities::clouds(&mut words, known, &mut reading)?;
    let topic = super::topics::take(&mut words);
    reading.topic = topic.map(|t| t.id.to_owned());
    let mut subject = subjects::take(&mut words, known.logins, known.has("rule.name"));
    // "Which visitors got most errors from the website": requests that failed.
    if subject.is_some_and(|s| s.id == subjects::REQUESTS) && words.take_any(&["errors", "error"]) {
        reading.conditions.push(Condition::failed_requests(known)?);
    }
    fields::hold(&mut words, &known.fields, false);
    let mut mood = Mood {
        login: subject.is_some_and(|s| s.lacking == "logins"),
        network: subject.is_some_and(|s| matches!(s.id, subjects::CONNECTIONS | subjects::DNS)),
        web: subject.is_some_and(|s| s.lacking == "web requests"),
        run: subject.is_some_and(|s| s.id == "commands")
            && words.has_any(&["run", "ran", "executed", "execut*", "launched", "started"]),
    };
    if follows.is_some() && subject.is_none() {
        let before = follows.and_then(Reading::subject);
        mood.login = before.is_some_and(|s| s.lacking == "logins");
    }
    let counting = every(&mut words, &mut reading);
    let mut named = fields::find(&words, &known.fields);
    super::measures::take(&mut words, known, &mut reading, &mut named, subject);
    super::qualities::take(&mut words, known, &mut reading, subject)?;
    if subject.is_some_and(|s| s.id == "alerts") {
        for name in &mut named {
            let better = match name.wanted.as_str() {
                "event.category" => "rule.category",
                "log.level" | "event.severity" => "event.severity",
                _ => continue,
            };
            if known.has(better) {
                name.field = Some(better.to_owned());
                name.wanted = better.to_owned();
            }
        }
    }
    named.retain(|n| words.list.iter().skip(n.at).take(n.len).any(|w| !w.used));
    let found = conditions::take(&mut words, known, &mut named, mood)?;
    reading.conditions.extend(found.conditions);
    reading.conditions.extend(compared);
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
    // Of a web log, what is reached is a page.
    let web_thing = reading
        .conditions
        .iter()
        .any(|c| c.fields.iter().any(|f| f.starts_with("url.") || f.starts_with("http.")));
    let hits = words.has_any(&["traffic", "talkers"]) && known.has("http.response.status_code");
    if (web_thing || hits)
        && let Some(s) = subject.filter(|s| s.id == subjects::CONNECTIONS)
        && !known.any((s.basis)())?
    {
        subject = subjects::by_id(subjects::REQUESTS);
    }
    failed_otherwise(&mut words, known, &mut reading, subject)?;
    pronouns(&mut words, known, &mut reading, earlier)?;
    group(&mut words, known, &mut reading, named, subject, mood)?;
    let numbers_of_bytes =
        known.fields.iter().any(|f| f.kind != "text" && f.name.to_lowercase().contains("bytes"));
    if words.fresh_any(&["why"]) && earlier.is_some() && reading.subject.is_none() && subject.is_none() {
        words.take("why");
        reading.want = Want::Why;
        reading.plain = true;
    } else if let Some(want) = wants::find(&mut words, &mut reading, subject, counting, numbers_of_bytes) {
        reading.want = want;
        reading.plain = true;
    }
    reading.subject = subject.map(|s| s.id.to_owned());
    narrow_to_ssh(&ask.question, known, &mut reading)?;
    if reading.want == Want::Sum {
        sums(&words, known, &mut reading);
    }
    let unused = unused_numbers(&reading);
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
        && reading.topic.is_none()
        && !reading.plain;
    let score = if empty { 0.0 } else { got.max(0.5) / (got.max(0.5) + unknown.len() as f64) };
    let mut needed = needed(&words, &reading);
    needed.extend(unused);
    if reading.want == Want::Timeline && words.has_any(&["bytes", "byte", "megabytes", "volume", "bandwidth"])
    {
        needed.push("bytes over time".to_owned());
    }
    Ok(Understood { reading, unknown, needed, score })
}

/// Words that nothing understood and that cannot be left out: numbers and quoted texts, what turns a sentence
/// round, and what is asked for ("which countries", "by planet", "average").
fn needed(words: &Words, reading: &Reading) -> Vec<String> {
    const WORKED_OUT: &[&str] = &[
        "average",
        "averages",
        "mean",
        "median",
        "percentile",
        "ratio",
        "correlate",
        "correlation",
        "predict",
        "forecast",
        "minimum",
        "maximum",
        "longest",
        "shortest",
        "slowest",
        "fastest",
    ];
    let mut needed = Vec::new();
    let led = |at: usize| {
        matches!(words.low(at.wrapping_sub(1)), "many" | "which" | "what" | "by" | "per" | "whose")
    };
    let asked = |at: usize| {
        let back = (1..=3).find(|n| {
            let low = words.low(at.wrapping_sub(*n));
            !matches!(
                low,
                "the" | "most" | "least" | "top" | "different" | "distinct" | "many" | "common" | "of"
            )
        });
        let lead = words.low(at.wrapping_sub(back.unwrap_or(1)));
        let many = words.low(at.wrapping_sub(1)) == "many";
        // An adjective stands before what is asked for; alone, it is what is asked for.
        let alone =
            words.list.get(at + 1).is_none_or(|w| !w.used && Words::is_quiet(&w.low) || Words::turns(&w.low));
        (alone || led(at))
            && at > 0
            && (many || matches!(lead, "which" | "what" | "by" | "per" | "each" | "whose"))
    };
    for (at, word) in words.list.iter().enumerate() {
        if word.used || !word.quoted && Words::is_quiet(&word.low) {
            continue;
        }
        let value = word.quoted || word.low.chars().any(|c| c.is_ascii_digit());
        let profile = matches!(
            reading.want,
            Want::Unusual | Want::Around | Want::Sources | Want::Coverage | Want::Report
        );
        if value
            || Words::turns(&word.low)
            || !profile && (WORKED_OUT.contains(&word.low.as_str()) || asked(at))
        {
            needed.push(word.text.clone());
        }
    }
    needed
}

/// Numbers that were read but that this want has no use for.
fn unused_numbers(reading: &Reading) -> Vec<String> {
    let mut unused = Vec::new();
    let grouped = matches!(
        reading.want,
        Want::Top | Want::Values | Want::Rare | Want::Distinct | Want::Sequence | Want::Both
    );
    if let Some(least) = reading.at_least.filter(|_| !grouped) {
        unused.push(format!("at least {least}"));
    }
    unused
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
    if !other {
        return Ok(());
    }
    let (failed, worked) = subjects::outcome(words);
    if failed == worked {
        return Ok(());
    }
    if worked {
        let condition = Condition::is(known, "event.outcome", "success")?;
        reading.notes.push("'successful' taken as event.outcome : success".to_owned());
        reading.conditions.push(condition);
        return Ok(());
    }
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
            negated: false,
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
        negated: false,
    });
    Some((condition, range))
}

fn is_follow_up(words: &Words, fields: &[timberline_model::FieldStat]) -> bool {
    let first = words.low(0);
    let same =
        first == "the" && words.low(1) == "same" || words.has("same question") || words.has("same for");
    let leads = same
        || matches!(first, "and" | "only" | "but" | "also" | "same" | "just" | "now")
        || words.has("what about")
        || words.has("how about");
    // "that failed" joins two parts of a sentence, "these user agents" names what it means: neither points back.
    let names = |at: usize| fields::find(words, fields).iter().any(|n| n.at == at);
    let pointing = words.list.iter().enumerate().any(|(at, w)| match w.low.as_str() {
        "they" | "them" | "it" | "their" => true,
        "that" => at + 1 == words.list.len(),
        "those" | "these" => !names(at + 1),
        _ => false,
    });
    leads
        || (pointing && words.list.len() <= 6)
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
    let same_subject = reading.subject == before.subject;
    // "Which of them succeeded": of those who failed.
    if reading.of_them
        && before.subject.as_deref() == Some(subjects::FAILED)
        && reading.subject.as_deref() == Some(subjects::SUCCEEDED)
    {
        reading.subject = Some(subjects::LOGINS.to_owned());
        reading.groups.clone_from(&before.groups);
        reading.at_least = reading.at_least.or(before.at_least).or(Some(1));
        reading.want = Want::Both;
        reading.plain = true;
    }
    if reading.groups.is_empty() && (same_subject || reading.of_them) {
        reading.groups.clone_from(&before.groups);
    }
    if reading.topic.is_none() && same_subject && reading.subject.is_none() {
        reading.topic.clone_from(&before.topic);
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
    } else if words.has_any(&["it", "he", "she"])
        && earlier.is_some_and(|r| r.conditions.iter().any(|c| c.thing))
        && !words.has_any(&["who made it", "who did it", "who has it"])
    {
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
            negated: false,
        });
    }
    Ok(())
}
