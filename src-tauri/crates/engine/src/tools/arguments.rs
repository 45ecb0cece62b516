//! Arguments of tools: which events, from when to when, which field. Each is checked against the case before anything
//! runs: fields by name with the nearest ones offered, values by what the field holds. A value in the wrong field is
//! put into the only one that has it, and that is said.

use super::desk::{Desk, api, hold};
use crate::planner::fields::SYNONYMS;
use crate::planner::hands::Scope;
use crate::planner::{say, times, words::Words};
use serde_json::{Value as Json, json};
use std::net::IpAddr;
use timberline_chat::ToolError;
use timberline_model::{Filter, Op, Pattern, TimeRange, Value, kql};

/// Most conditions in one call.
const CONDITIONS_MAX: usize = 12;
/// Free texts: whether a value occurs is not asked of them.
const TEXTS: &[&str] = &["message", "url.original", "process.command_line", "user_agent.original"];

/// What the arguments of most tools begin with, as a JSON schema.
pub(super) fn schema(more: &[(&str, Json)], required: &[&str]) -> Json {
    let condition = json!({
        "type": "object",
        "properties": {
            "field": { "type": "string" },
            "op": { "enum": ["is", "is_not", "contains", "ge", "le", "exists"] },
            "value": { "type": "string" }
        },
        "required": ["field", "op", "value"],
        "additionalProperties": false
    });
    let mut properties = serde_json::Map::new();
    for (name, schema) in more {
        properties.insert((*name).to_owned(), schema.clone());
    }
    properties
        .insert("where".into(), json!({ "type": "array", "items": condition, "maxItems": CONDITIONS_MAX }));
    properties.insert("when".into(), json!({ "type": "string" }));
    object(properties.into_iter().collect(), required)
}

/// An object with these properties and no others.
pub(super) fn object(properties: Vec<(String, Json)>, required: &[&str]) -> Json {
    let properties: serde_json::Map<String, Json> = properties.into_iter().collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn wrong(text: impl Into<String>) -> ToolError {
    ToolError::Arguments(text.into())
}

/// A text among the arguments; empty is absent.
pub(super) fn text<'a>(arguments: &'a Json, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Json::as_str).map(str::trim).filter(|t| !t.is_empty())
}

/// How many rows.
pub(super) fn limit(arguments: &Json, usual: u32) -> u32 {
    let asked = arguments.get("limit");
    let number = asked.and_then(|v| v.as_u64().or_else(|| v.as_str()?.trim().parse().ok()));
    number.map_or(usual, |n| n.clamp(1, u64::from(super::desk::ROWS_MAX)) as u32)
}

/// Names that arguments may have: a misspelt one would be ignored in silence.
pub(super) fn only(arguments: &Json, names: &[&str]) -> Result<(), ToolError> {
    let given = arguments.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    match given.into_iter().find(|n| !names.contains(n)) {
        Some(odd) => {
            Err(wrong(format!("there is no argument '{}'; there are {}", hold(odd), names.join(", "))))
        }
        None => Ok(()),
    }
}

/// Which events, and what was assumed.
pub(super) fn scope(desk: &Desk<'_>, arguments: &Json) -> Result<(Scope, Vec<String>), ToolError> {
    let mut notes = Vec::new();
    let range = when(desk, text(arguments, "when"), &mut notes)?;
    let mut filter = Filter::All;
    let mut range = range;
    if text(arguments, "when").is_some_and(|w| w.eq_ignore_ascii_case("selection")) {
        match &desk.selection {
            Some(selection) => {
                range = selection.range;
                filter = selection.filter.clone();
            }
            None => return Err(wrong("the analyst has selected nothing")),
        }
    }
    let conditions: Vec<Json> = match arguments.get("where") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(list)) => list.clone(),
        // One condition, or field names as keys: what models write for a list.
        Some(Json::Object(one)) if one.contains_key("field") => vec![Json::Object(one.clone())],
        Some(Json::Object(pairs)) => {
            pairs.iter().map(|(field, value)| json!({ "field": field, "op": "is", "value": value })).collect()
        }
        Some(Json::String(query)) => {
            let parsed =
                kql::parse(query).map_err(|why| wrong(format!("where is a list of conditions: {why}")))?;
            filter = filter.and(parsed);
            Vec::new()
        }
        Some(_) => return Err(wrong("where is a list of conditions with field, op and value")),
    };
    if conditions.len() > CONDITIONS_MAX {
        return Err(wrong(format!("at most {CONDITIONS_MAX} conditions")));
    }
    for one in &conditions {
        filter = filter.and(condition(desk, one, &mut notes)?);
    }
    Ok((Scope::new(range, filter), notes))
}

/// A range of time in words, against the data's own last event.
pub(super) fn when(
    desk: &Desk<'_>,
    said: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<TimeRange, ToolError> {
    let calendar = &desk.known.calendar;
    let Some(said) = said else { return Ok(TimeRange::ALL) };
    let low = said.to_lowercase();
    if ["all", "all time", "any", "anytime", "always", "selection", "null", "none", "all of the data"]
        .contains(&low.as_str())
    {
        return Ok(TimeRange::ALL);
    }
    if let Some((from, to)) = said.split_once(" to ").or_else(|| said.split_once('/')) {
        let ns = |t: &str| timberline_model::time::parse_rfc3339(t.trim()).filter(|_| t.contains('T'));
        if let (Some(from), Some(to)) = (ns(from), ns(to))
            && from <= to
        {
            return Ok(TimeRange::new(from, to));
        }
    }
    let mut words = Words::of(said);
    let found = times::take(&mut words, calendar);
    let left: Vec<String> = words.unknown().iter().map(|w| w.text.clone()).collect();
    match found {
        Some(when) if when.clock.is_none() && left.is_empty() => {
            notes.push(format!("'{}' is {}", hold(said), when.said));
            Ok(when.range)
        }
        Some(when) if when.clock.is_some() => {
            let day = calendar.day(calendar.first_ns);
            match when.clock {
                Some(clock) if day == calendar.day(calendar.last_ns) => {
                    Ok(TimeRange::new(calendar.at(day, clock.from), calendar.at(day, clock.to)))
                }
                _ => Err(wrong("say on which day as well, as in 'around 02:00 on 10 March'")),
            }
        }
        _ => Err(wrong(format!(
            "when was not understood; the data runs from {} to {}. Say a time as in 'last 24 hours', 'on 10 March', \
             'between 01:00 and 03:00 on 10 March', or leave it out",
            say::short_time(calendar.first_ns, &calendar.zone),
            say::short_time(calendar.last_ns, &calendar.zone)
        ))),
    }
}

/// How unlike two names are: the smallest number of letters to change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut last = row.first().copied().unwrap_or(0);
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, y) in b.iter().enumerate() {
            let (up, left) = (row.get(j + 1).copied().unwrap_or(0), row.get(j).copied().unwrap_or(0));
            let best = (last + usize::from(x != *y)).min(up + 1).min(left + 1);
            last = up;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = best;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

/// A field of the case by its name, or by a name that people use.
pub(super) fn field(desk: &Desk<'_>, name: &str) -> Result<String, ToolError> {
    let known = desk.known;
    let name = name.trim();
    if known.has(name) {
        return Ok(name.to_owned());
    }
    let fields = || known.fields.iter().filter(|f| f.events > 0).map(|f| f.name.as_str());
    if let Some(own) = fields().find(|f| f.eq_ignore_ascii_case(name)) {
        return Ok(own.to_owned());
    }
    let low = name.to_lowercase().replace('_', " ");
    let synonym = SYNONYMS.iter().find(|s| s.names.contains(&low.as_str()));
    if let Some(own) = synonym.and_then(|s| s.fields.iter().find(|f| known.has(f))) {
        return Ok((*own).to_owned());
    }
    // `status_code` for `http.response.status_code`.
    let last = |f: &str| f.rsplit('.').next().unwrap_or(f).to_lowercase();
    let mut same: Vec<&str> = fields().filter(|f| last(f) == name.to_lowercase()).collect();
    if let ([only], _) = (same.as_slice(), ()) {
        return Ok((*only).to_owned());
    }
    if same.is_empty() {
        same = fields().collect();
        let low = name.to_lowercase();
        same.sort_by_key(|f| (distance(&low, &f.to_lowercase()).min(distance(&low, &last(f)) + 1), *f));
    }
    same.truncate(5);
    let wanted = synonym.and_then(|s| s.fields.first());
    let why = match wanted {
        Some(wanted) => format!("no source of this case has {wanted}"),
        None => format!("there is no field '{}'", hold(name)),
    };
    Err(wrong(format!(
        "{why}; the nearest are {}",
        same.iter().map(|f| hold(f)).collect::<Vec<_>>().join(", ")
    )))
}

fn is_address(field: &str) -> bool {
    field.ends_with(".ip")
}

/// What a field holds that a value is not, if so.
fn misfit(desk: &Desk<'_>, field: &str, value: &str) -> Option<String> {
    let kind = desk.known.fields.iter().find(|f| f.name == field).map_or("", |f| f.kind.as_str());
    if is_address(field) && value.parse::<IpAddr>().is_err() && value.parse::<ipnet::IpNet>().is_err() {
        return Some(format!("{field} holds addresses, and '{}' is none", hold(value)));
    }
    let number = value.parse::<f64>().is_ok();
    if matches!(kind, "int" | "float") && !number {
        return Some(format!("{} holds numbers, and '{}' is none", hold(field), hold(value)));
    }
    if (field.ends_with(".port") || field.ends_with("status_code")) && !number {
        return Some(format!("{field} holds numbers, and '{}' is none", hold(value)));
    }
    None
}

/// One condition as a filter.
fn condition(desk: &Desk<'_>, one: &Json, notes: &mut Vec<String>) -> Result<Filter, ToolError> {
    only(one, &["field", "op", "value"])?;
    let name = text(one, "field").ok_or_else(|| wrong("a condition names a field"))?;
    let op = text(one, "op").unwrap_or("is");
    let field = field(desk, name)?;
    let values: Vec<String> = match one.get("value") {
        Some(Json::String(text)) => vec![text.trim().to_owned()],
        Some(Json::Array(list)) => list
            .iter()
            .take(50)
            .map(|v| v.as_str().map_or_else(|| v.to_string(), |t| t.trim().to_owned()))
            .collect(),
        Some(Json::Null) | None => Vec::new(),
        Some(other) => vec![other.to_string()],
    };
    if op == "exists" || (values.iter().all(|v| v == "*") && op == "is") {
        return Ok(Filter::Exists(field));
    }
    if values.is_empty() || values.iter().any(String::is_empty) {
        return Err(wrong(format!("the condition on {} has no value", hold(&field))));
    }
    let mut any = Vec::new();
    for value in &values {
        any.push(single(desk, &field, op, value, notes)?);
    }
    let filter = match any.len() {
        1 => any.remove(0),
        _ => Filter::Or(any),
    };
    Ok(if op == "is_not" { filter.negate() } else { filter })
}

fn single(
    desk: &Desk<'_>,
    field: &str,
    op: &str,
    value: &str,
    notes: &mut Vec<String>,
) -> Result<Filter, ToolError> {
    let matches = |pattern: Pattern| Filter::Match { field: field.to_owned(), pattern };
    let compare = |op: Op| {
        let number = value.parse::<i64>().map(Value::Int).ok();
        let value = number
            .or_else(|| value.parse::<f64>().ok().filter(|x| x.is_finite()).map(Value::Float))
            .ok_or_else(|| {
                wrong(format!("{} is compared with a number, and '{}' is none", hold(field), hold(value)))
            })?;
        Ok(Filter::Compare { field: field.to_owned(), op, value })
    };
    match op {
        "contains" => return Ok(matches(Pattern::containing(value))),
        "ge" | ">=" => return compare(Op::Ge),
        "le" | "<=" => return compare(Op::Le),
        "gt" | ">" => return compare(Op::Gt),
        "lt" | "<" => return compare(Op::Lt),
        "is" | "is_not" | "=" | "==" => {}
        other => {
            return Err(wrong(format!(
                "there is no op '{}'; there are is, is_not, contains, ge, le and exists",
                hold(other)
            )));
        }
    }
    // "5xx".
    if let Some(class) = value.to_lowercase().strip_suffix("xx").and_then(|d| d.parse::<i64>().ok())
        && (1..=5).contains(&class)
        && field.ends_with("status_code")
    {
        let bound = |op: Op, n: i64| Filter::Compare { field: field.to_owned(), op, value: Value::Int(n) };
        return Ok(bound(Op::Ge, class * 100).and(bound(Op::Lt, class * 100 + 100)));
    }
    if let Ok(net) = value.parse::<ipnet::IpNet>()
        && value.contains('/')
    {
        return Ok(Filter::Cidr { field: field.to_owned(), net });
    }
    let filter = if value.contains('*') {
        matches(Pattern::wild(value.split('*').map(str::to_owned).collect()))
    } else {
        Filter::is(field, value)
    };
    let there = desk.known.any(filter.clone()).map_err(api)?;
    if there || value.contains('*') || TEXTS.contains(&field) {
        return Ok(filter);
    }
    // In the wrong field?
    let mut others = desk.known.fields_with(value, None).map_err(api)?;
    others.retain(|f| f != field);
    match (misfit(desk, field, value), others.as_slice()) {
        (_, [other, ..]) if op == "is" => {
            notes.push(format!(
                "no event has '{}' in {}; it stands in {}, which was taken",
                hold(value),
                hold(field),
                hold(other)
            ));
            Ok(Filter::is(other, value))
        }
        (Some(why), _) => Err(wrong(why)),
        (None, _) => {
            notes.push(format!("no event of this case has '{}' in {}", hold(value), hold(field)));
            Ok(filter)
        }
    }
}
