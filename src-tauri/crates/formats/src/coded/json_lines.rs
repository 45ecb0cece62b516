//! Any JSON: one object a line, arrays, values one after another, pretty-printed or not. Names that many logs
//! use for the same thing (`src_ip`, `msg`, `lvl`) also get their ECS name; ECS names pass as they are. What a
//! certain product means by its names is not here but in a format of its own ([`super::cloudtrail`],
//! [`super::zeek_json`]).

use super::flatten::{Leaf, Leaves, Lists, Meanings, flatten_bytes, give};
use super::json_names::{LIKELY_TIME, Role, To, name_for, role};
use super::json_records::{Look, Shape, Told, look, read};
use super::windows_events;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::normalise::severity;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use std::io::Read;
use timberline_model::record::ValueRef;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// Any JSON.
pub struct JsonLines;

impl Format for JsonLines {
    fn about(&self) -> About {
        About {
            id: "json",
            title: "JSON (lines, arrays, concatenated)",
            about: "Any program that logs JSON: one object a line, arrays, pretty-printed or one after another; \
                    well-known names also get their ECS name",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(look) = look(head) else { return Confidence::none() };
        score(&look, 0.8)
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        read(input, ctx, out, &mut AnyJson::default())
    }
}

/// How sure JSON is, at most `top`.
fn score(look: &Look, top: f64) -> Confidence {
    if look.values == 0 {
        return if look.cut && look.bad == 0 {
            Confidence { score: top * 0.7, why: "the beginning of one large JSON value".into() }
        } else {
            Confidence::none()
        };
    }
    let part = look.part();
    if part < 0.3 {
        return Confidence::none();
    }
    let why = if look.bad == 0 {
        format!("the first {} records are JSON", look.values)
    } else {
        format!("{} JSON records, {:.0} % of the bytes at the beginning", look.values, part * 100.0)
    };
    Confidence { score: top * part, why }
}

#[derive(Clone, Copy)]
struct Meaning {
    id: Option<FieldId>,
    role: Role,
    /// What a Windows event calls it.
    windows: Option<&'static str>,
}

/// A value put aside until the whole record is known.
#[derive(Clone, Copy)]
struct Held {
    rank: u8,
    role: Role,
    id: Option<FieldId>,
    value: HeldValue,
}

#[derive(Clone, Copy)]
enum HeldValue {
    Text(usize, usize),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// Reads records of any JSON; used again from record to record.
#[derive(Default)]
pub struct AnyJson {
    meanings: Meanings<Meaning>,
    path: String,
    taken: Taken,
}

#[derive(Default)]
struct Taken {
    fields: Fields,
    lists: Lists,
    text: String,
    held: Vec<Held>,
    windows: windows_events::Values,
    /// Numbers of the fields of Windows events, once there is one.
    ids: Option<windows_events::Ids>,
}

struct Taking<'a> {
    meanings: &'a mut Meanings<Meaning>,
    taken: &'a mut Taken,
    out: &'a mut dyn Sink,
}

impl Leaves for Taking<'_> {
    fn leaf(&mut self, path: &str, value: Leaf<'_>, listed: bool) {
        let out = &mut *self.out;
        let meaning = self.meanings.of(path, |path| Meaning {
            id: out.field(&name_for(path)),
            role: role(path),
            windows: windows_events::name_in_json(path),
        });
        let taken = &mut *self.taken;
        if let Some(name) = meaning.windows {
            match value {
                Leaf::Text(text) => taken.windows.add(name, text),
                Leaf::Int(n) => taken.windows.add(name, &n.to_string()),
                _ => {}
            }
            if name == "EventID" && taken.ids.is_none() {
                taken.ids = Some(windows_events::Ids::new(out));
            }
        }
        if let (true, Some(id)) = (listed, meaning.id) {
            taken.lists.push(id, value);
        }
        match meaning.role {
            Role::Keep => {}
            Role::Time(rank) | Role::Message(rank) => {
                return taken.hold(rank, meaning.role, meaning.id.filter(|_| !listed), value);
            }
            Role::Instead(to) => return second_name(&mut taken.fields, to, value),
            Role::Also(_, rank) => taken.hold(rank, meaning.role, None, value),
        }
        if let (false, Some(id)) = (listed, meaning.id) {
            give(&mut taken.fields, id, value);
        }
    }
}

impl Taken {
    fn hold(&mut self, rank: u8, role: Role, id: Option<FieldId>, value: Leaf<'_>) {
        if self.held.len() >= 200 {
            return;
        }
        let value = match value {
            Leaf::Text(text) => {
                let start = self.text.len();
                self.text.push_str(text);
                HeldValue::Text(start, self.text.len())
            }
            Leaf::Int(n) => HeldValue::Int(n),
            Leaf::Float(x) => HeldValue::Float(x),
            Leaf::Bool(b) => HeldValue::Bool(b),
        };
        self.held.push(Held { rank, role, id, value });
    }

    /// Settles what was put aside: the time, the message, the second names.
    fn settle(&mut self, ctx: &ParseContext) -> (Option<Stamp>, Option<String>) {
        self.lists.give(&mut self.fields);
        // Before the guesses by name: which account or address is meant depends on the event.
        if let (Some(ids), Some((code, channel, provider))) =
            (&self.ids, windows_events::identity(&self.windows))
            && !self.fields.has(known::EVENT_CATEGORY)
        {
            windows_events::explain(provider, channel, code, &self.windows, ids, &mut self.fields);
        }
        // By rank; the sort is stable, so of equals the first one counts.
        self.held.sort_by_key(|h| h.rank);
        let (mut time, mut bad, mut message) = (None, None, false);
        for held in &self.held {
            let value = match held.value {
                HeldValue::Text(from, to) => Leaf::Text(&self.text[from..to]),
                HeldValue::Int(n) => Leaf::Int(n),
                HeldValue::Float(x) => Leaf::Float(x),
                HeldValue::Bool(b) => Leaf::Bool(b),
            };
            match held.role {
                Role::Time(LIKELY_TIME) if time.is_none() => {
                    if let Leaf::Text(text) = value
                        && text.len() >= 10
                        && text.contains(['-', ':'])
                    {
                        time = stamp(ctx, value);
                    }
                }
                Role::Time(LIKELY_TIME) => {}
                Role::Time(_) if time.is_none() => {
                    time = stamp(ctx, value);
                    if time.is_some() {
                        continue;
                    }
                    if let (None, Leaf::Text(text)) = (&bad, value)
                        && text.len() > 2
                    {
                        bad = Some(text.chars().take(60).collect());
                    }
                }
                Role::Message(_) if !message => {
                    message = true;
                    give(&mut self.fields, known::MESSAGE, value);
                    continue;
                }
                Role::Also(to, _) => second_name(&mut self.fields, to, value),
                _ => {}
            }
            if let Some(id) = held.id {
                give(&mut self.fields, id, value);
            }
        }
        categorise(&mut self.fields);
        (time, bad.filter(|b: &String| time.is_none() && !b.is_empty()))
    }
}

/// A time as JSON writes it: text, a number of seconds to nanoseconds, or such a number as text.
pub fn stamp(ctx: &ParseContext, value: Leaf<'_>) -> Option<Stamp> {
    // Small numbers are durations, counters or years.
    let epoch = |n: i64| if n.unsigned_abs() < 100_000_000 { None } else { ctx.epoch(n) };
    match value {
        Leaf::Int(n) => epoch(n),
        Leaf::Float(x) if x.abs() >= 1e8 => ctx.epoch_f64(x),
        Leaf::Text(text) => {
            let text = text.trim();
            if let Some(first) = text.bytes().next() {
                let numeric = first.is_ascii_digit() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                if numeric && text.len() >= 9 && !(text.len() == 14 && text.starts_with("20")) {
                    let found = match text.parse::<i64>() {
                        Ok(n) => epoch(n),
                        Err(_) => {
                            text.parse().ok().filter(|x: &f64| x.abs() >= 1e8).and_then(|x| ctx.epoch_f64(x))
                        }
                    };
                    if found.is_some() {
                        return found;
                    }
                }
            }
            ctx.stamp(text.as_bytes())
        }
        _ => None,
    }
}

/// Writes a value under the ECS name that it also has, in ECS's way.
fn second_name(fields: &mut Fields, to: To, value: Leaf<'_>) {
    let text = match value {
        Leaf::Text(text) => text.trim(),
        _ => "",
    };
    if text.is_empty() && matches!(value, Leaf::Text(_)) || text == "-" || text == "--" {
        return;
    }
    let number = match value {
        Leaf::Int(n) => Some(n),
        Leaf::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    match to {
        To::Text(id) => give(fields, id, value),
        To::OnlyText(id) => {
            if !text.is_empty() {
                fields.text(id, text);
            }
        }
        To::Number(id) => {
            if let Some(n) = number {
                fields.int(id, n);
            }
        }
        To::Code(id) => match number {
            Some(n) => fields.text(id, &n.to_string()),
            None => fields.text(id, text),
        },
        To::Lower(id) => fields.text(id, &text.to_ascii_lowercase()),
        To::Level => match value {
            Leaf::Text(text) => match severity::level(text.trim().as_bytes()) {
                Some(level) => fields.text(known::LOG_LEVEL, level),
                None => fields.text(known::LOG_LEVEL, &text.trim().to_ascii_lowercase()),
            },
            // Bunyan's and pino's numbers; others have no agreed meaning.
            Leaf::Int(n @ 10..=69) => {
                let names = ["trace", "debug", "info", "warning", "error", "critical"];
                fields.text(known::LOG_LEVEL, names[(n / 10 - 1) as usize]);
            }
            _ => {}
        },
        To::Priority => {
            if let Some(level) = number.and_then(|n| severity::SYSLOG.get(usize::try_from(n).ok()?)) {
                fields.text(known::LOG_LEVEL, level);
            }
        }
        To::Source | To::Destination => {
            let end = if let To::Source = to { SOURCE } else { DESTINATION };
            let (host, port) = split_port(text);
            if is_ip(host.as_bytes()) {
                fields.text(end.ip, host);
                if let Some(port) = port {
                    end.port(fields, port.as_bytes());
                }
            } else {
                end.host(fields, text.as_bytes());
            }
        }
        To::SourceIfAddress => {
            if is_ip(text.as_bytes()) {
                fields.text(known::SOURCE_IP, text);
            }
        }
        To::Status => {
            if let Some(n @ 100..=599) = number {
                fields.int(known::HTTP_STATUS, n);
            }
        }
        To::Method => {
            if text.len() <= 20 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
                fields.text(known::HTTP_METHOD, text);
            }
        }
        To::Outcome => {
            let outcome = match text.to_ascii_lowercase().as_str() {
                "success" | "succeeded" | "successful" | "succeed" => "success",
                "failure" | "failed" | "fail" | "denied" => "failure",
                _ => return,
            };
            fields.text(known::EVENT_OUTCOME, outcome);
        }
    }
}

/// `192.0.2.1:443` and `[2001:db8::1]:443` in two.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

/// Says what kind of event it is where its fields leave no doubt.
fn categorise(fields: &mut Fields) {
    if fields.has(known::EVENT_CATEGORY) {
        return;
    }
    if fields.has(known::HTTP_METHOD) && (fields.has(known::HTTP_STATUS) || fields.has(known::URL_ORIGINAL)) {
        fields.text(known::EVENT_CATEGORY, "web");
    } else if fields.has(known::SOURCE_IP)
        && fields.has(known::DESTINATION_IP)
        && matches!(fields.get(known::DESTINATION_PORT), Some(ValueRef::Int(_)))
    {
        fields.text(known::EVENT_CATEGORY, "network");
    }
}

impl Shape for AnyJson {
    fn read(&mut self, json: &[u8], ctx: &ParseContext, out: &mut dyn Sink) -> Result<Told, String> {
        let taken = &mut self.taken;
        taken.fields.clear();
        taken.lists.clear();
        taken.text.clear();
        taken.held.clear();
        taken.windows.clear();
        let mut taking = Taking { meanings: &mut self.meanings, taken, out };
        let mended = flatten_bytes(json, &mut self.path, &mut taking)?;
        let (time, bad_time) = self.taken.settle(ctx);
        Ok(Told { time, mended: Some(mended), bad_time })
    }

    fn fields(&self) -> &Fields {
        &self.taken.fields
    }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;
