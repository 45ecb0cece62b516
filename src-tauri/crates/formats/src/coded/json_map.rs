//! The small language in which a product's JSON is given its meaning, one statement a line:
//!
//! ```text
//! # what is known of every record
//! event.dataset = okta.system
//! # the first of these names that has a value; what is done with it stands behind bars
//! user.name < actor.alternateId actor.id | before @
//! event.outcome < outcome.result { SUCCESS=success FAILURE=failure *=unknown }
//! # only when; the lines that belong to it are indented
//! when eventType ^ user.session. user.authentication. & !debugContext.x
//!     event.category = authentication+session
//! else
//!     event.category = iam
//! ```
//!
//! Names on the right are the record's own dotted names. On the left stand ECS fields, or a name that is more than one
//! field: `source`, `destination`, `client`, `server` (an address or a name, perhaps with a port), `url`, `user` (`DOMAIN\name`,
//! `name@domain`), `log.level` and `event.outcome` (in any words), `@timestamp`, `message`. The first value that a field gets stays.
//! A name with a `*` at its end stands for all that begin so, a dot for a record that is no object.
//! Conditions: `name` (has a value), `!name`, `name = a b`, `name != a b`, `name ^ beginnings`, `name $ endings`, `name ~ parts`,
//! `name > n`, `name < n`; `:field` asks for a field that was already given. What the products are is [`super::json_products`]'.

use super::flatten::{Leaf, Lists, give};
use super::json_doc::{Doc, PathId};
use super::json_numbers::{Numbering, Slot};
pub use super::json_say::Say;
use super::json_values::{self, End, Op};
use timberline_model::record::ValueRef;
use timberline_model::{FieldId, Fields, known};

/// A text or number to compare with.
#[derive(Debug)]
pub(super) struct Literal {
    text: Box<str>,
    int: Option<i64>,
}

#[derive(Debug)]
enum Test {
    Has,
    Not,
    Is(Vec<Literal>),
    IsNot(Vec<Literal>),
    Begins(Vec<Literal>),
    Ends(Vec<Literal>),
    Contains(Vec<Literal>),
    Above(f64),
    Below(f64),
}

#[derive(Debug)]
enum Asked {
    Path(PathId),
    /// Any name that begins so.
    Beneath(Box<str>),
    Field(Slot),
}

/// One condition.
#[derive(Debug)]
pub struct Condition {
    asked: Asked,
    test: Test,
}

#[derive(Debug)]
enum Target {
    Time,
    Message,
    Level,
    Outcome,
    End(End),
    /// Only where it is an address.
    Ip(End),
    Url(json_values::Url),
    User(json_values::User),
    Text(Slot),
    /// A whole number, and bytes or packets among them.
    Int(Slot),
    /// As it is.
    Any(Slot),
    /// `network.type` of the addresses that are known.
    NetworkType(Slot),
}

#[derive(Debug)]
enum Source {
    Constant(Vec<Box<str>>),
    Paths(Vec<PathId>),
}

#[derive(Debug)]
enum Step {
    Set {
        targets: Vec<Target>,
        source: Source,
        ops: Vec<Op>,
    },
    /// Goes on at the step after `otherwise` where a condition does not hold.
    When {
        conditions: Vec<Condition>,
        otherwise: usize,
    },
    Jump(usize),
}

/// A map made ready.
#[derive(Debug, Default)]
pub struct Map {
    steps: Vec<Step>,
}

/// What is wrong with a map, in words.
pub type Wrong = String;

/// Makes conditions ready.
///
/// # Errors
/// What is wrong with them.
pub fn conditions(text: &str, numbers: &mut Numbering) -> Result<Vec<Condition>, Wrong> {
    let mut all = Vec::new();
    let words = words(text);
    for part in words.split(|w| w.0 == "&" && !w.1) {
        all.push(condition(part, numbers)?);
    }
    Ok(all)
}

fn condition(words: &[(String, bool)], numbers: &mut Numbering) -> Result<Condition, Wrong> {
    let Some(((first, _), rest)) = words.split_first() else { return Err("a condition is missing".into()) };
    let (first, not) = match first.strip_prefix('!') {
        Some(name) => (name, true),
        None => (first.as_str(), false),
    };
    let asked = match first.strip_prefix(':') {
        Some(field) => Asked::Field(numbers.slot(field)),
        None => match first.strip_suffix('*') {
            Some(prefix) => Asked::Beneath(prefix.into()),
            None => Asked::Path(numbers.path(first)),
        },
    };
    let Some(((sign, _), values)) = rest.split_first() else {
        return Ok(Condition { asked, test: if not { Test::Not } else { Test::Has } });
    };
    if values.is_empty() {
        return Err(format!("nothing stands behind {sign}"));
    }
    let literals = || {
        values
            .iter()
            .map(|(v, _)| Literal { text: v.as_str().into(), int: v.parse().ok() })
            .collect::<Vec<_>>()
    };
    let number = || values[0].0.parse::<f64>().map_err(|_| format!("{} is no number", values[0].0));
    let test = match sign.as_str() {
        "=" => Test::Is(literals()),
        "!=" => Test::IsNot(literals()),
        "^" => Test::Begins(literals()),
        "$" => Test::Ends(literals()),
        "~" => Test::Contains(literals()),
        ">" => Test::Above(number()?),
        "<" => Test::Below(number()?),
        other => return Err(format!("{other} is no sign of a condition")),
    };
    Ok(Condition { asked, test })
}

/// Words between blanks; in quotes they may hold blanks. Whether each stood in quotes.
fn words(text: &str) -> Vec<(String, bool)> {
    let (mut all, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"')
            && let Some(end) = quoted.find('"')
        {
            all.push((quoted[..end].to_owned(), true));
            rest = quoted[end + 1..].trim_start();
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        all.push((rest[..end].to_owned(), false));
        rest = rest[end..].trim_start();
    }
    all
}

fn is(leaf: Leaf<'_>, literal: &Literal) -> bool {
    match leaf {
        Leaf::Text(text) => *text == *literal.text,
        Leaf::Int(n) => literal.int == Some(n),
        Leaf::Bool(b) => *literal.text == *(if b { "true" } else { "false" }),
        Leaf::Float(x) => literal.text.parse() == Ok(x),
    }
}

fn text_of(leaf: Leaf<'_>) -> &str {
    match leaf {
        Leaf::Text(text) => text,
        Leaf::Bool(true) => "true",
        Leaf::Bool(false) => "false",
        _ => "",
    }
}

impl Condition {
    /// Whether it holds for the record alone (conditions on fields do not).
    #[must_use]
    pub fn holds_for(&self, doc: &Doc) -> bool {
        let path = match &self.asked {
            Asked::Path(path) => path,
            Asked::Beneath(prefix) => {
                return (self.test_is_has())
                    && doc.items().any(|(_, i)| doc.name(i.path).starts_with(&**prefix));
            }
            Asked::Field(_) => return false,
        };
        match &self.test {
            Test::Has => doc.has(*path),
            Test::Not => !doc.has(*path),
            Test::IsNot(of) => !doc.all(*path).any(|leaf| of.iter().any(|l| is(leaf, l))),
            test => doc.all(*path).any(|leaf| test.fits(leaf)),
        }
    }

    fn test_is_has(&self) -> bool {
        matches!(self.test, Test::Has)
    }

    /// Whether it may hold for a record with these names, whatever their values.
    #[must_use]
    pub fn may_hold_for(&self, doc: &Doc) -> bool {
        match (&self.asked, &self.test) {
            (Asked::Path(path), Test::Not) => !doc.has(*path),
            (Asked::Path(_), Test::IsNot(_)) => true,
            (Asked::Path(path), _) => doc.has(*path),
            (Asked::Beneath(_), _) => self.holds_for(doc),
            (Asked::Field(_), _) => false,
        }
    }

    fn holds(&self, say: &mut Say<'_>) -> bool {
        let Asked::Field(slot) = &self.asked else { return self.holds_for(say.doc) };
        let value = say.ids.id(*slot, say.out).and_then(|id| say.fields.get(id));
        let leaf = value.map(|v| match v {
            ValueRef::Text(text) => Leaf::Text(text),
            ValueRef::Int(n) => Leaf::Int(n),
            ValueRef::Float(x) => Leaf::Float(x),
        });
        match &self.test {
            Test::Has => leaf.is_some(),
            Test::Not => leaf.is_none(),
            Test::IsNot(of) => !leaf.is_some_and(|leaf| of.iter().any(|l| is(leaf, l))),
            test => leaf.is_some_and(|leaf| test.fits(leaf)),
        }
    }
}

impl Test {
    fn fits(&self, leaf: Leaf<'_>) -> bool {
        let text = text_of(leaf);
        let number = match leaf {
            Leaf::Int(n) => Some(n as f64),
            Leaf::Float(x) => Some(x),
            Leaf::Text(t) => t.parse().ok(),
            Leaf::Bool(_) => None,
        };
        match self {
            Self::Has => true,
            Self::Not | Self::IsNot(_) => false,
            Self::Is(of) => of.iter().any(|l| is(leaf, l)),
            Self::Begins(of) => of.iter().any(|l| text.starts_with(&*l.text)),
            Self::Ends(of) => of.iter().any(|l| text.ends_with(&*l.text)),
            Self::Contains(of) => of.iter().any(|l| text.contains(&*l.text)),
            Self::Above(n) => number.is_some_and(|x| x > *n),
            Self::Below(n) => number.is_some_and(|x| x < *n),
        }
    }
}

/// Endings of the names of ECS fields that hold whole numbers.
const NUMBERS: &[&str] = &[
    ".port",
    ".pid",
    ".ppid",
    ".bytes",
    ".packets",
    ".size",
    ".status_code",
    ".severity",
    ".duration",
    ".exit_code",
    ".sequence",
    ".ttl",
    ".vlan.id",
    ".thread.id",
    ".record_id",
    ".rows_sent",
    ".count",
    ".severity.code",
    ".facility.code",
    ".priority",
];
/// Fields of several values, written with a `+` between.
const LISTS: &[&str] = &["event.category", "event.type"];

fn target(name: &str, numbers: &mut Numbering) -> Target {
    match name {
        "@timestamp" => Target::Time,
        "message" => Target::Message,
        "log.level" => Target::Level,
        "event.outcome" => Target::Outcome,
        "source" | "destination" | "client" | "server" | "host.ip" => Target::End(End::new(name, numbers)),
        "source.ip" | "destination.ip" | "client.ip" | "server.ip" => Target::Ip(End::new(name, numbers)),
        "url" => Target::Url(json_values::Url::new(numbers)),
        "user" => Target::User(json_values::User::new("user", numbers)),
        "user.target" | "user.effective" | "source.user" | "destination.user" | "user.changes" => {
            Target::User(json_values::User::new(name, numbers))
        }
        "network.type" => Target::NetworkType(numbers.slot(name)),
        _ if NUMBERS.iter().any(|n| name.ends_with(n)) => Target::Int(numbers.slot(name)),
        _ => match name.strip_suffix('=') {
            Some(name) => Target::Any(numbers.slot(name)),
            None => Target::Text(numbers.slot(name)),
        },
    }
}

impl Map {
    /// Makes a map ready.
    ///
    /// # Errors
    /// What is wrong with it, with the line.
    pub fn new(text: &str, numbers: &mut Numbering) -> Result<Self, Wrong> {
        let mut steps = Vec::new();
        // Open blocks: the indentation of their `when`, and the step whose end is not known yet.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut closed: Option<(usize, usize)> = None;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (indent, mut line) = (line.len() - line.trim_start().len(), line.trim().to_owned());
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // A table of values may go over several lines.
            while line.contains('{') && !line.contains('}') {
                let Some(more) = lines.next() else { return Err(format!("no end of the braces: {line}")) };
                line.push(' ');
                line.push_str(more.trim());
            }
            closed = None.or(closed.filter(|_| line == "else"));
            while let Some((above, when)) = open.last().copied()
                && indent <= above
            {
                open.pop();
                closed = Some((above, when));
                let here = steps.len();
                end_block(&mut steps, when, here);
                if line == "else" && indent == above {
                    break;
                }
            }
            if let Some(rest) = line.strip_prefix("when ") {
                open.push((indent, steps.len()));
                let conditions = conditions(rest, numbers).map_err(|why| format!("{line}: {why}"))?;
                steps.push(Step::When { conditions, otherwise: usize::MAX });
            } else if line == "else" {
                let Some((above, when)) = closed.take().filter(|(above, _)| *above == indent) else {
                    return Err("an else without its when".into());
                };
                // The block before jumps over this one.
                open.push((above, steps.len()));
                steps.push(Step::Jump(usize::MAX));
                let here = steps.len();
                if let Some(Step::When { otherwise, .. }) = steps.get_mut(when) {
                    *otherwise = here;
                }
            } else {
                steps.push(statement(&line, numbers).map_err(|why| format!("{line}: {why}"))?);
            }
        }
        while let Some((_, when)) = open.pop() {
            let here = steps.len();
            end_block(&mut steps, when, here);
        }
        Ok(Self { steps })
    }

    /// Gives the fields of a record their values.
    pub fn run(&self, say: &mut Say<'_>, lists: &mut Lists, work: &mut String) {
        let mut at = 0;
        while let Some(step) = self.steps.get(at) {
            at += 1;
            match step {
                Step::Jump(to) => at = *to,
                Step::When { conditions, otherwise } => {
                    if !conditions.iter().all(|c| c.holds(say)) {
                        at = *otherwise;
                    }
                }
                Step::Set { targets, source, ops } => {
                    for target in targets {
                        set(target, source, ops, say, lists, work);
                    }
                }
            }
        }
    }
}

fn end_block(steps: &mut [Step], at: usize, here: usize) {
    match steps.get_mut(at) {
        Some(Step::When { otherwise: to, .. } | Step::Jump(to)) if *to == usize::MAX => *to = here,
        _ => {}
    }
}

fn statement(line: &str, numbers: &mut Numbering) -> Result<Step, Wrong> {
    let sign = line.find([' ']).and_then(|_| {
        let constant = line.find(" = ");
        let taken = line.find(" < ");
        match (constant, taken) {
            (Some(c), Some(t)) => Some(if c < t { (c, true) } else { (t, false) }),
            (Some(c), None) => Some((c, true)),
            (None, Some(t)) => Some((t, false)),
            (None, None) => None,
        }
    });
    let Some((at, constant)) = sign else {
        if line == "network.type" {
            return Ok(Step::Set {
                targets: vec![target(line, numbers)],
                source: Source::Constant(Vec::new()),
                ops: Vec::new(),
            });
        }
        return Err("neither = nor < stands in it".into());
    };
    let names: Vec<&str> = line[..at].split_whitespace().collect();
    let rest = line[at + 3..].trim();
    let targets: Vec<Target> = names.iter().map(|n| target(n, numbers)).collect();
    if constant {
        let value = rest.trim_matches('"');
        let list = names.iter().any(|n| LISTS.contains(n));
        let values = if list { value.split('+').map(Into::into).collect() } else { vec![value.into()] };
        return Ok(Step::Set { targets, source: Source::Constant(values), ops: Vec::new() });
    }
    // `a b {x=y} | op`: the table may stand without a bar.
    let (paths, ops) = match rest.find(['|', '{']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let paths: Vec<PathId> = words(paths).iter().map(|(w, _)| numbers.path(w)).collect();
    if paths.is_empty() {
        return Err("no name stands behind <".into());
    }
    Ok(Step::Set { targets, source: Source::Paths(paths), ops: json_values::ops(ops)? })
}

fn set(
    target: &Target,
    source: &Source,
    ops: &[Op],
    say: &mut Say<'_>,
    lists: &mut Lists,
    work: &mut String,
) {
    match source {
        Source::Constant(values) => match (target, values.as_slice()) {
            (Target::NetworkType(slot), []) => network_type(slot, say),
            (_, [one]) => put(target, Leaf::Text(one), say),
            (Target::Text(slot) | Target::Any(slot), many) => {
                if let Some(id) = say.ids.id(*slot, say.out) {
                    say.fields.list(id, many.iter().map(|v| &**v));
                }
            }
            _ => {}
        },
        Source::Paths(paths) => {
            match ops.first() {
                Some(Op::Sum) => {
                    let numbers = paths.iter().filter_map(|p| say.doc.get(*p).and_then(json_values::whole));
                    if let Some(sum) = numbers.reduce(i64::saturating_add) {
                        put(target, Leaf::Int(sum), say);
                    }
                    return;
                }
                Some(Op::Join(between)) => {
                    let parts: Vec<String> = paths
                        .iter()
                        .filter_map(|p| say.doc.get(*p).filter(|l| says(*l)))
                        .map(|leaf| match leaf {
                            Leaf::Int(n) => n.to_string(),
                            other => text_of(other).to_owned(),
                        })
                        .collect();
                    if !parts.is_empty() {
                        put(target, Leaf::Text(&parts.join(between)), say);
                    }
                    return;
                }
                _ => {}
            }
            for path in paths {
                if take(target, *path, ops, say, lists, work) {
                    return;
                }
            }
        }
    }
}

/// Gives a target the value of a name; false when there is none that says anything.
fn take(
    target: &Target,
    path: PathId,
    ops: &[Op],
    say: &mut Say<'_>,
    lists: &mut Lists,
    work: &mut String,
) -> bool {
    let Some(at) = say.doc.place(path) else { return false };
    let many = say.doc.all(path).nth(1).is_some();
    if let (true, Target::Text(slot) | Target::Any(slot)) = (many, target)
        && !ops.iter().any(|op| matches!(op, Op::First))
    {
        let Some(id) = say.ids.id(*slot, say.out) else { return true };
        if say.fields.has(id) {
            return true;
        }
        lists.clear();
        let mut any = false;
        for leaf in say.doc.all(path) {
            let found = json_values::apply(ops, leaf, work);
            if let Some(found) = found.filter(|f| says(*f)) {
                for part in json_values::parts(found) {
                    lists.push(id, part);
                }
                any = true;
            }
        }
        lists.give(say.fields);
        return any;
    }
    let leaf = say.doc.value(at);
    match target {
        Target::Time => {
            let Some(found) = json_values::apply(ops, leaf, work).filter(|f| says(*f)) else { return false };
            if say.time.is_some() {
                return true;
            }
            say.time = json_values::stamp(say.ctx, found);
            if say.time.is_none() {
                if let Leaf::Text(text) = leaf {
                    say.bad_time = Some(text.chars().take(60).collect());
                }
                return false;
            }
            if ops.is_empty() {
                say.doc.use_up(at);
            }
            true
        }
        Target::Message => {
            let Some(found) = json_values::apply(ops, leaf, work).filter(|f| says(*f)) else { return false };
            if say.fields.has(known::MESSAGE) {
                return true;
            }
            give(say.fields, known::MESSAGE, found);
            if ops.is_empty() {
                say.doc.use_up(at);
            }
            true
        }
        _ => {
            // The value may lie in the record, which the fields do not touch.
            let found = match json_values::apply(ops, leaf, work) {
                Some(found) if says(found) => found,
                _ => return false,
            };
            match target {
                Target::Text(slot) => {
                    if let Some(id) = say.ids.id(*slot, say.out) {
                        text(say.fields, id, found, !ops.is_empty());
                    }
                }
                Target::Any(slot) => {
                    if let Some(id) = say.ids.id(*slot, say.out) {
                        give(say.fields, id, found);
                    }
                }
                Target::Int(slot) => {
                    let Some(n) = json_values::whole(found) else { return false };
                    if let Some(id) = say.ids.id(*slot, say.out) {
                        say.fields.int(id, n);
                    }
                }
                Target::Level => json_values::level(say.fields, found),
                Target::Outcome => return json_values::outcome(say.fields, found),
                Target::End(end) => end.put(say.fields, say.ids, say.out, found, false),
                Target::Ip(end) => end.put(say.fields, say.ids, say.out, found, true),
                Target::Url(url) => url.put(say.fields, say.ids, say.out, found),
                Target::User(user) => user.put(say.fields, say.ids, say.out, found),
                Target::Time | Target::Message | Target::NetworkType(_) => {}
            }
            true
        }
    }
}

fn says(leaf: Leaf<'_>) -> bool {
    !matches!(leaf, Leaf::Text("" | "-"))
}

/// ECS keeps names, ids and codes as text.
fn text(fields: &mut Fields, id: FieldId, leaf: Leaf<'_>, made: bool) {
    match leaf {
        Leaf::Int(n) => fields.text(id, &n.to_string()),
        Leaf::Float(x) => fields.text(id, &x.to_string()),
        Leaf::Text(text) if made && text.contains('\u{1e}') => fields.list(id, text.split('\u{1e}')),
        other => give(fields, id, other),
    }
}

fn put(target: &Target, value: Leaf<'_>, say: &mut Say<'_>) {
    match target {
        Target::Message => give(say.fields, known::MESSAGE, value),
        Target::Level => json_values::level(say.fields, value),
        Target::Outcome => {
            json_values::outcome(say.fields, value);
        }
        Target::Text(slot) | Target::Any(slot) => {
            if let Some(id) = say.ids.id(*slot, say.out) {
                give(say.fields, id, value);
            }
        }
        Target::Int(slot) => {
            if let (Some(n), Some(id)) = (json_values::whole(value), say.ids.id(*slot, say.out)) {
                say.fields.int(id, n);
            }
        }
        Target::User(user) => user.put(say.fields, say.ids, say.out, value),
        Target::End(end) | Target::Ip(end) => end.put(say.fields, say.ids, say.out, value, false),
        Target::Url(url) => url.put(say.fields, say.ids, say.out, value),
        Target::Time | Target::NetworkType(_) => {}
    }
}

fn network_type(slot: &Slot, say: &mut Say<'_>) {
    let ip = say.fields.get_text(known::SOURCE_IP).or_else(|| say.fields.get_text(known::DESTINATION_IP));
    let kind = match ip {
        Some(ip) if ip.contains(':') => "ipv6",
        Some(_) => "ipv4",
        None => return,
    };
    if let Some(id) = say.ids.id(*slot, say.out) {
        say.fields.text(id, kind);
    }
}

#[cfg(test)]
#[path = "json_map_tests.rs"]
mod tests;
