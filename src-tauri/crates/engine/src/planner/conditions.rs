//! The things a question names: addresses, users, hosts, ports, status codes, quoted texts. Each is recognised
//! against the case's own values and becomes a condition. What is asked about them is `reading`'s.

use super::fields::Named;
use super::known::{FROM, Known, TO};
use super::words::Words;
use crate::wire::ApiError;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use timberline_model::{Filter, kql};

/// One thing that the question names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The fields that it may stand in.
    pub fields: Vec<String>,
    /// The value as the question has it.
    pub value: String,
    /// The filter, as KQL.
    pub kql: String,
    /// Whether no event of the case satisfies it.
    pub absent: bool,
    /// Whether it is a thing with a life of its own (an address, a user, a host) rather than a property.
    pub thing: bool,
    /// Whether it selects everything but that ("not from 10.0.0.1").
    #[serde(default)]
    pub negated: bool,
}

impl Condition {
    /// The filter.
    #[must_use]
    pub fn filter(&self) -> Filter {
        // It was rendered from a filter; should it ever not be read back, it selects nothing rather than all.
        kql::parse(&self.kql).unwrap_or(Filter::Or(Vec::new()))
    }

    /// Whether it may stand in a field.
    #[must_use]
    pub fn on(&self, field: &str) -> bool {
        !self.negated && self.fields.iter().any(|f| f == field)
    }

    /// Everything but it.
    fn turned(mut self) -> Self {
        self.kql = kql::render(&self.filter().negate());
        Self { negated: true, absent: false, thing: false, ..self }
    }

    fn of(
        known: &Known<'_>,
        fields: Vec<String>,
        value: &str,
        filter: Filter,
        thing: bool,
    ) -> Result<Self, ApiError> {
        let absent = !known.any(filter.clone())?;
        Ok(Self { fields, value: value.to_owned(), kql: kql::render(&filter), absent, thing, negated: false })
    }

    /// A class of status codes.
    fn class(known: &Known<'_>, said: &str, low: i64, high: i64) -> Result<Self, ApiError> {
        let filter = super::subjects::status_from(low, high);
        Self::of(known, vec!["http.response.status_code".to_owned()], said, filter, false)
    }

    /// Requests that were answered with an error.
    pub(super) fn failed_requests(known: &Known<'_>) -> Result<Self, ApiError> {
        let mut made = Self::class(known, "400 to 599", 400, 600)?;
        made.fields.clear();
        Ok(made)
    }

    /// A number of a field compared.
    pub(super) fn compared(
        known: &Known<'_>,
        field: &str,
        said: &str,
        filter: Filter,
    ) -> Result<Self, ApiError> {
        let mut condition = Self::of(known, Vec::new(), &format!("{field} {said}"), filter, false)?;
        condition.absent = false;
        Ok(condition)
    }

    /// `field` is `value`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn is(known: &Known<'_>, field: &str, value: &str) -> Result<Self, ApiError> {
        Self::of(known, vec![field.to_owned()], value, Filter::is(field, value), is_thing(field))
    }
}

/// Fields whose values are things people ask about.
#[must_use]
pub fn is_thing(field: &str) -> bool {
    [
        "user.",
        "host.",
        "source.ip",
        "destination.ip",
        "source.address",
        "destination.address",
        "client.",
        "server.",
    ]
    .iter()
    .any(|p| field.starts_with(p))
}

/// What was found in the question.
#[derive(Debug, Default)]
pub struct Found {
    /// The things.
    pub conditions: Vec<Condition>,
    /// What was assumed on the way.
    pub notes: Vec<String>,
}

impl Found {
    /// Keeps a condition whose value begins at a word; "not", "except" and the like before it turn it round.
    fn push(&mut self, words: &mut Words, at: usize, condition: Condition) {
        const BETWEEN: &[&str] = &[
            "from", "by", "for", "to", "with", "on", "of", "a", "an", "the", "status", "code", "user",
            "host", "port", "address", "ip", "method", "made", "sent", "using", "being", "those", "in", "at",
            "coming", "equal", "is",
        ];
        let mut back = at;
        while back > 0 && at - back < 4 {
            back -= 1;
            let low = words.low(back).to_owned();
            let pair = low == "than" && words.low(back.wrapping_sub(1)) == "other"
                || low == "from" && words.low(back.wrapping_sub(1)) == "apart"
                || low == "for" && words.low(back.wrapping_sub(1)) == "except";
            if pair || Words::turns(&low) || low == "but" && words.low(back.wrapping_sub(1)) != "not" {
                words.mark(back - usize::from(pair), 1 + usize::from(pair));
                self.conditions.push(condition.turned());
                return;
            }
            let passed = words.list.get(back).is_some_and(|w| !w.used && Words::is_quiet(&w.low));
            if !passed && !BETWEEN.contains(&low.as_str()) {
                break;
            }
        }
        self.conditions.push(condition);
    }
}

/// Whether the question is about logins, connections or web requests: the same word means other fields there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mood {
    /// About logins.
    pub login: bool,
    /// About connections.
    pub network: bool,
    /// About web requests.
    pub web: bool,
    /// About what was run: a name that nothing knows is a program's.
    pub run: bool,
}

/// Finds the things a question names and marks their words. `named` are the fields that it names; those that
/// turn out to introduce a value ("user root") are taken out of it.
///
/// # Errors
/// When the store does not answer.
pub fn take(
    words: &mut Words,
    known: &Known<'_>,
    named: &mut Vec<Named>,
    mood: Mood,
) -> Result<Found, ApiError> {
    let mut found = Found::default();
    // "SYSTEM" typed so is the user of that name, where there is one.
    let mut kept = Vec::new();
    for name in std::mem::take(named) {
        let text = words.list.get(name.at).map_or("", |w| w.text.as_str());
        let user =
            name.len == 1 && is_shouted(text) && !known.fields_with(text, Some(&["user.name"]))?.is_empty();
        if !user {
            kept.push(name);
        }
    }
    *named = kept;
    addresses(words, known, mood, &mut found)?;
    introduced(words, known, named, mood, &mut found)?;
    numbers(words, known, mood, &mut found)?;
    values(words, known, named, mood, &mut found)?;
    // Two conditions on one field are alternatives when both are plain values ("root and admin").
    Ok(found)
}

/// One filter of all conditions: those of the same field are alternatives.
#[must_use]
pub fn filter_of(conditions: &[Condition]) -> Filter {
    let mut groups: Vec<(&[String], Vec<Filter>)> = Vec::new();
    for condition in conditions {
        match groups.iter_mut().find(|(fields, _)| {
            *fields == condition.fields.as_slice() && !fields.is_empty() && !condition.negated
        }) {
            Some((_, filters)) => filters.push(condition.filter()),
            // What is left out stays apart: it holds beside all else.
            None if condition.negated => groups.push((&[], vec![condition.filter()])),
            None => groups.push((&condition.fields, vec![condition.filter()])),
        }
    }
    groups.into_iter().fold(Filter::All, |all, (_, mut filters)| {
        let one = if filters.len() == 1 { filters.remove(0) } else { Filter::Or(filters) };
        all.and(one)
    })
}

fn addresses(words: &mut Words, known: &Known<'_>, mood: Mood, found: &mut Found) -> Result<(), ApiError> {
    for at in 0..words.list.len() {
        let Some(word) = words.list.get(at).filter(|w| !w.used).cloned() else { continue };
        let text = word.text.trim_end_matches('.');
        let net = text.contains('/').then(|| text.parse::<IpNet>().ok()).flatten();
        if net.is_none() && text.parse::<IpAddr>().is_err() {
            continue;
        }
        let after = words.low(at + 1).to_owned();
        let acts = [
            "connect",
            "talk",
            "contact",
            "reach",
            "send",
            "download",
            "upload",
            "try",
            "tried",
            "attempt",
            "access",
            "request",
            "visit",
            "fail",
            "log",
            "communicat",
            "do",
            "did",
            "get",
            "scan",
            "attack",
            "hit",
            "quer",
            "make",
            "made",
            "ask",
        ]
        .iter()
        .any(|verb| after.starts_with(verb));
        let both = [["to", "or", "from"], ["from", "or", "to"], ["to", "and", "from"], ["from", "and", "to"]]
            .iter()
            .any(|way| at >= 3 && (0..3).all(|i| words.low(at - 3 + i) == way[i]));
        let role = match words.before(at) {
            _ if both => None,
            _ if after.starts_with("receiv") => Some(TO),
            "from" | "by" | "did" | "does" | "has" | "had" | "have" | "source" | "client" => Some(FROM),
            _ if acts => Some(FROM),
            "to" | "towards" | "against" | "into" | "on" | "reached" | "contacted" | "destination"
            | "toward" => Some(TO),
            _ if mood.login || mood.web => Some(FROM),
            _ => None,
        };
        let test = |field: &str| match &net {
            Some(net) => Filter::Cidr { field: field.to_owned(), net: *net },
            None => Filter::is(field, text),
        };
        let with = |fields: &[&str]| -> Result<Vec<String>, ApiError> {
            let mut with = Vec::new();
            for field in fields.iter().filter(|f| known.has(f)) {
                if known.any(test(field))? {
                    with.push((*field).to_owned());
                }
            }
            Ok(with)
        };
        let mut fields = match role {
            Some(role) => with(role)?,
            None => Vec::new(),
        };
        if fields.is_empty() && role.is_none() {
            fields = with(&[FROM, TO].concat())?;
        }
        if fields.is_empty() && net.is_none() {
            let elsewhere = known.fields_with(text, None)?;
            if let (Some(_), Some(there)) = (role, elsewhere.first()) {
                found.notes.push(format!("{text} is only found as {there} here"));
            }
            // A role that nothing plays is an answer in itself: the condition stays on the field that was meant.
            if role.is_none()
                || !elsewhere.iter().any(|f| FROM.contains(&f.as_str()) || TO.contains(&f.as_str()))
            {
                fields = elsewhere;
            }
        }
        if fields.is_empty() {
            let meant = role.unwrap_or(FROM);
            fields.push(known.first_of(meant).or(known.first_of(FROM)).unwrap_or("source.ip").to_owned());
        }
        let mut tests: Vec<Filter> = fields.iter().map(|f| test(f)).collect();
        let filter = if tests.len() == 1 { tests.remove(0) } else { Filter::Or(tests) };
        words.mark(at, 1);
        if ["from", "to", "by", "on", "against"].contains(&words.low(at.wrapping_sub(1))) {
            words.mark(at - 1, 1);
        }
        let condition = Condition::of(known, fields, text, filter, true)?;
        found.push(words, at, condition);
    }
    Ok(())
}

/// "user root", "port 22", "status code 404", "region eu-west-1", "http.request.method is POST".
fn introduced(
    words: &mut Words,
    known: &Known<'_>,
    named: &mut Vec<Named>,
    mood: Mood,
    found: &mut Found,
) -> Result<(), ApiError> {
    let mut kept = Vec::new();
    let all = std::mem::take(named);
    for (i, name) in all.iter().enumerate() {
        let mut at = name.at + name.len;
        let mut joined = false;
        while matches!(
            words.low(at),
            "is" | "=" | ":" | "equals" | "equal" | "named" | "called" | "was" | "==" | "number" | "code"
        ) && at < words.list.len()
        {
            joined |= words.low(at) != "was" && words.low(at) != "is";
            at += 1;
        }
        let taken_by_name = all.get(i + 1..).unwrap_or(&[]).iter().any(|n| n.at <= at && at < n.at + n.len);
        let Some(word) = words.list.get(at).filter(|w| !w.used && !taken_by_name).cloned() else {
            kept.push(name.clone());
            continue;
        };
        let number = word.low.parse::<i64>().is_ok();
        let quiet = !word.quoted && Words::is_quiet(&word.low);
        let choices: Vec<&str> = choices_of(name, mood);
        let fields =
            if quiet && !joined { Vec::new() } else { known.fields_with(&word.text, Some(&choices))? };
        let plural = words.low(name.at + name.len - 1).ends_with('s')
            && !words.low(name.at + name.len - 1).ends_with("ss");
        let is_name = name.wanted.starts_with("user.")
            || name.wanted.starts_with("host.")
            || number
            || word.quoted
            || joined;
        let english = ["that", "most", "with", "had", "having"].contains(&word.low.as_str());
        if quiet && !joined && !word.quoted
            || fields.is_empty()
                && (!is_name
                    || plural
                    || english
                    || !can_be_name(&name.wanted, &word.text) && !joined && !word.quoted)
        {
            kept.push(name.clone());
            continue;
        }
        let field =
            fields.first().cloned().or_else(|| name.field.clone()).unwrap_or_else(|| name.wanted.clone());
        words.mark(name.at, at + 1 - name.at);
        let turned = (name.at + name.len..at).any(|i| Words::turns(words.low(i)));
        let condition = Condition::is(known, &field, &word.text)?;
        found.push(words, if turned { at } else { name.at }, condition);
    }
    *named = kept;
    Ok(())
}

/// The fields among which a named field's value is looked for.
fn choices_of(name: &Named, mood: Mood) -> Vec<&str> {
    let wanted = name.field.as_deref().unwrap_or(&name.wanted);
    let mut choices: Vec<&str> = match name.wanted.as_str() {
        "user.name" => vec!["user.name", "user.target.name", "user.effective.name", "user.id"],
        "host.name" => vec!["host.name", "source.address", "destination.address"],
        "event.code" => vec!["event.code", "http.response.status_code"],
        "destination.port" if mood.login => vec!["source.port", "destination.port"],
        "destination.port" => vec!["destination.port", "source.port"],
        _ => Vec::new(),
    };
    if !choices.contains(&wanted) {
        choices.insert(0, wanted);
    }
    choices
}

/// Status codes: `404`, `404s`, `5xx`, "not found", "redirected"; and other numbers that are event codes.
fn numbers(words: &mut Words, known: &Known<'_>, mood: Mood, found: &mut Found) -> Result<(), ApiError> {
    const STATUS: &str = "http.response.status_code";
    let web = known.has(STATUS);
    for at in 0..words.list.len() {
        let Some(word) = words.list.get(at).filter(|w| !w.used && !w.quoted).cloned() else { continue };
        let bare = word.low.trim_end_matches('s').trim_end_matches('\'');
        if web
            && let Some(class) =
                bare.strip_suffix("xx").and_then(|d| d.parse::<i64>().ok()).filter(|d| (1..6).contains(d))
        {
            words.mark(at, 1);
            let condition = Condition::class(known, &word.text, class * 100, class * 100 + 100)?;
            found.push(words, at, condition);
            continue;
        }
        let Ok(n) = bare.parse::<u32>() else { continue };
        let port = matches!(words.before(at), "port" | "ports");
        if (100..600).contains(&n)
            && bare.len() == 3
            && web
            && !port
            && (mood.web || !mood.login && !mood.network || word.low.ends_with('s'))
        {
            words.mark(at, 1);
            words.take_any(&["not found", "status", "errors", "error", "codes", "code", "http"]);
            let condition = Condition::is(known, STATUS, bare)?;
            found.push(words, at, condition);
            continue;
        }
        if let Some(field) = known.fields_with(bare, Some(&["event.code"]))?.first() {
            words.mark(at, 1);
            let condition = Condition::is(known, field, bare)?;
            found.push(words, at, condition);
        }
    }
    let coded = found.conditions.iter().any(|c| c.on(STATUS));
    if web && !coded && !mood.login && !mood.network {
        for (phrases, low, high) in [
            (&["not found", "weren't found", "do not exist", "did not exist", "missing"][..], 404, 405),
            (&["redirect*"][..], 300, 400),
        ] {
            if words.take_any(phrases) {
                let said = if high - low == 1 { low.to_string() } else { format!("{low} to {}", high - 1) };
                found.conditions.push(Condition::class(known, &said, low, high)?);
            }
        }
    }
    Ok(())
}

/// Words that nothing has understood, looked up among the values of the case.
fn values(
    words: &mut Words,
    known: &Known<'_>,
    named: &[Named],
    mood: Mood,
    found: &mut Found,
) -> Result<(), ApiError> {
    for at in 0..words.list.len() {
        let Some(word) = words.list.get(at).filter(|w| !w.used).cloned() else { continue };
        let of_name = named.iter().any(|n| n.at <= at && at < n.at + n.len);
        if !word.quoted
            && (Words::is_quiet(&word.low) && word.low == word.text.to_lowercase() && !is_shouted(&word.text)
                || of_name)
            || word.low.len() < 2
            || !word.quoted && (super::wants::is_word(&word.low) || Words::turns(&word.low))
        {
            continue;
        }
        if pair(words, known, at, found)? {
            continue;
        }
        let mut fields = known.fields_with(&word.text, None)?;
        if fields.is_empty()
            && mood.login
            && WELL_KNOWN.contains(&word.low.as_str())
            && known.has("user.name")
        {
            fields.push("user.name".to_owned());
        }
        if let Some(field) = fields.first() {
            words.mark(at, 1);
            let condition = Condition::is(known, field, &word.text)?;
            found.push(words, at, condition);
            if let Some(other) =
                fields.get(1).filter(|f| is_thing(f) && is_thing(field) && family(f) != family(field))
            {
                found.notes.push(format!(
                    "'{}' taken as {field} ({other} has that value too)",
                    super::say::plain(&word.text)
                ));
            }
            continue;
        }
        if let Some(condition) = product(known, &word)? {
            words.mark(at, 1);
            found.push(words, at, condition);
            continue;
        }
        let led = matches!(
            words.before(at),
            "containing"
                | "contains"
                | "contain"
                | "matching"
                | "mention"
                | "mentions"
                | "mentioning"
                | "named"
                | "called"
        );
        if let Some(condition) = verb(known, &word)? {
            words.mark(at, 1);
            found.notes.push(format!("'{}' looked for inside event.action", super::say::plain(&word.text)));
            found.push(words, at, condition);
            continue;
        }
        // "patterns for root", "what did root do": it stands where a name stands, so leaving it out would answer
        // another question.
        let named =
            matches!(words.low(at.wrapping_sub(1)), "for" | "from" | "against" | "as" | "did" | "to" | "on")
                || led && words.low(at.wrapping_sub(1)) != "contain";
        let odd = named
            || mood.run
            || word.text.chars().any(|c| !c.is_alphabetic())
            || word.text.chars().any(char::is_uppercase) && at > 0;
        if !(word.quoted || odd || led) || word.text.len() < 3 {
            continue;
        }
        if let Some((filter, place)) = known.inside(&word.text)? {
            words.mark(at, 1);
            words.take_any(&[
                "containing",
                "contains",
                "contain",
                "matching",
                "mention",
                "mentions",
                "mentioning",
            ]);
            found.notes.push(format!("'{}' looked for inside {place}", super::say::plain(&word.text)));
            let condition = Condition::of(known, vec![place], &word.text, filter, false)?;
            found.push(words, at, condition);
        } else if word.quoted || odd {
            // It looks like a value and is nowhere: that is an answer, not a misunderstanding.
            words.mark(at, 1);
            let filter = Filter::Raw(timberline_model::Pattern::exact(&word.text));
            let condition = Condition::of(known, Vec::new(), &word.text, filter, true)?;
            found.push(words, at, condition);
        }
    }
    Ok(())
}

/// Names of users that a question means as such even where no event has them.
const WELL_KNOWN: &[&str] =
    &["root", "administrator", "admin", "guest", "oracle", "postgres", "mysql", "ubuntu", "nobody", "system"];

/// Two words that are one value together: "public key" is `publickey`, "Rod Soto" a name with a space.
fn pair(words: &mut Words, known: &Known<'_>, at: usize, found: &mut Found) -> Result<bool, ApiError> {
    let Some([one, two]) = words.list.get(at..at + 2) else { return Ok(false) };
    let plain = |w: &super::words::Word| {
        !w.used && !w.quoted && w.low.len() >= 3 && w.low.chars().all(char::is_alphanumeric)
    };
    if !plain(one) || !plain(two) || Words::is_quiet(&two.low) {
        return Ok(false);
    }
    for glue in [" ", "", "-", "_"] {
        let text = format!("{}{glue}{}", one.text, two.text);
        if let Some(field) = known.fields_with(&text, None)?.first() {
            words.mark(at, 2);
            let condition = Condition::is(known, field, &text)?;
            found.push(words, at, condition);
            return Ok(true);
        }
    }
    Ok(false)
}

/// "deleted" as a part of what was done: `DeleteBucket`.
fn verb(known: &Known<'_>, word: &super::words::Word) -> Result<Option<Condition>, ApiError> {
    let Some(stem) =
        word.low.strip_suffix("ed").filter(|s| s.len() >= 4 && !word.quoted && known.has("event.action"))
    else {
        return Ok(None);
    };
    let pattern = timberline_model::Pattern::containing(stem);
    let filter = Filter::Match { field: "event.action".to_owned(), pattern };
    let condition = Condition::of(known, vec!["event.action".to_owned()], &word.text, filter, false)?;
    Ok((!condition.absent).then_some(condition))
}

/// "suricata", "nginx": what wrote the events, where the case has its kind; and a part of what was done in a cloud ("buckets").
fn product(known: &Known<'_>, word: &super::words::Word) -> Result<Option<Condition>, ApiError> {
    if word.quoted || word.low.len() < 4 || !word.low.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let stem = word.low.trim_end_matches('s');
    let tries = [
        ("event.dataset", timberline_model::Pattern::wild(vec![word.low.clone(), String::new()])),
        ("event.action", timberline_model::Pattern::containing(stem)),
    ];
    for (field, pattern) in tries {
        if !known.has(field) || field == "event.action" && (stem.len() < 5 || !known.has("cloud.provider")) {
            continue;
        }
        let filter = Filter::Match { field: field.to_owned(), pattern };
        let condition = Condition::of(known, vec![field.to_owned()], &word.text, filter, false)?;
        if !condition.absent {
            return Ok(Some(Condition { fields: Vec::new(), ..condition }));
        }
    }
    Ok(None)
}

/// Whether a word after "user" or "host" can be a name that does not occur, rather than how the sentence goes on.
fn can_be_name(wanted: &str, text: &str) -> bool {
    let low = text.to_lowercase();
    let odd = text.chars().any(|c| !c.is_alphabetic()) || text.chars().any(char::is_uppercase);
    let english = ["ed", "ing", "s", "ly"].iter().any(|end| low.ends_with(end))
        || [
            "event",
            "name",
            "account",
            "activity",
            "access",
            "behaviour",
            "behavior",
            "traffic",
            "list",
            "agent",
        ]
        .contains(&low.as_str());
    odd || wanted.starts_with("user.") && !english
}

/// `user` of `user.target.name`.
fn family(field: &str) -> &str {
    field.split('.').next().unwrap_or(field)
}

/// `POST`, `GET`: a quiet word that was typed as a value.
fn is_shouted(text: &str) -> bool {
    text.len() >= 3 && text.chars().all(|c| c.is_ascii_uppercase())
}
