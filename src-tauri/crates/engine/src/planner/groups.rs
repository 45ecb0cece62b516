//! What is counted by: which of the fields that a question names it groups by, which side of a connection is
//! meant, and whose bytes are summed.

use super::conditions::Mood;
use super::fields::Named;
use super::known::Known;
use super::reading::Reading;
use super::subjects::{self, Subject};
use super::words::Words;
use crate::wire::ApiError;
use timberline_model::Filter;

/// Chooses the fields to group by from those that the question names, and marks their words.
pub(super) fn group(
    words: &mut Words,
    known: &Known<'_>,
    reading: &mut Reading,
    named: Vec<Named>,
    subject: Option<&'static Subject>,
    mood: Mood,
) -> Result<(), ApiError> {
    let source_only = |n: &Named| matches!(words.low(n.at), "source" | "sources") && n.len == 1;
    // 0: said to be counted by; 1: asked for; 2: only mentioned; 3: what is counted ("the most calls").
    let mut chosen: Vec<(u8, Named, bool)> = Vec::new();
    let mut last: Option<(usize, u8)> = None;
    for name in named {
        let one_back = words.low(name.at.wrapping_sub(1)).to_owned();
        let two_back = words.low(name.at.wrapping_sub(2)).to_owned();
        let first = words.before(name.at).to_owned();
        let mut rank = match (first.as_str(), one_back.as_str()) {
            _ if one_back == "of" && matches!(two_back.as_str(), "number" | "count" | "amount") => 3,
            ("by" | "per" | "each", _) => 0,
            (
                "which" | "what" | "whose" | "other" | "top" | "different" | "distinct" | "unique" | "many"
                | "common" | "list" | "all",
                _,
            ) => 1,
            // "More than 30 pages": what is counted.
            _ if one_back.parse::<u32>().is_ok()
                && matches!(two_back.as_str(), "than" | "atleast" | "over") =>
            {
                3
            }
            _ if first.parse::<u32>().is_ok() => 1,
            (_, "frequent" | "busiest" | "active" | "rare" | "rarest" | "new") => 1,
            (_, "most" | "more" | "fewest" | "least") => 3,
            _ => 2,
        };
        // "by address and user": the second as the first.
        if let Some((end, before)) = last
            && one_back == "and"
            && end + 1 == name.at
        {
            rank = before;
        }
        last = Some((name.at + name.len, rank));
        let plain_source = source_only(&name);
        chosen.push((rank, name, plain_source));
    }
    // A named subject's own noun is no field to group by ("connections", "commands run").
    // What is only mentioned is no field to group by once another is asked for ("which addresses made calls").
    let who = words.has("who") && (reading.most || !words.has_any(&["who is", "who was"]));
    let asked = chosen.iter().any(|(rank, ..)| *rank < 2);
    let mentioned = chosen.iter().any(|(rank, ..)| *rank == 2);
    let spare = |rank: u8| rank >= 2 && (asked || who) || rank == 3 && mentioned;
    let number = |n: &Named| n.field.as_deref().is_some_and(|f| f.ends_with("bytes"));
    for (rank, name, _) in &chosen {
        if spare(*rank) || number(name) {
            words.mark(name.at, name.len);
        }
    }
    chosen.retain(|(rank, name, _)| !spare(*rank) && !number(name));
    chosen.sort_by_key(|(rank, name, _)| (*rank, name.at));
    // "Who tried the most different accounts": ranked by how many of them, not counted for each.
    let many_of = words.has_any(&[
        "most different",
        "most distinct",
        "most unique",
        "most various",
        "fewest different",
        "fewest distinct",
    ]);
    let per = chosen
        .iter()
        .position(|(_, n, _)| {
            many_of
                && matches!(words.low(n.at.wrapping_sub(1)), "different" | "distinct" | "unique" | "various")
        })
        .filter(|_| who || chosen.len() > 1);
    if let Some(at) = per {
        let (_, name, _) = chosen.remove(at);
        words.mark(name.at, name.len);
        reading.per_distinct = name.field;
    }
    // "Which ports did it try on other machines": the machines say where, not what is counted by.
    if chosen.len() > 1 && reading.conditions.iter().any(|c| c.thing) {
        chosen.retain(|(_, n, _)| {
            words.low(n.at.wrapping_sub(1)) != "other"
                || !matches!(words.before(n.at - 1), "on" | "to" | "at")
        });
    }
    if subject.is_some_and(|s| s.id == "commands")
        && words.has_any(&["which process*", "what process*", "which program*", "what program*"])
    {
        reading.groups.extend(known.first_of(&["process.name", "process.executable"]).map(str::to_owned));
        reading.group_by_process = !reading.groups.is_empty();
    }
    for (_, name, plain_source) in chosen {
        words.mark(name.at, name.len);
        let mut field = name.field.clone();
        // Words that mean another field in this mood.
        let low = words.low(name.at + name.len - 1).to_owned();
        let acting = mood.login || mood.web;
        if field.as_deref() != Some("host.name") && name.wanted == "host.name"
            || mood.network && matches!(name.wanted.as_str(), "host.name" | "source.ip") && !plain_source
        {
            field = side(words, known, &name, reading).or(field);
        } else if mood.login
            && name.wanted == "host.name"
            && matches!(
                words.low(name.at + name.len),
                "tried" | "attempted" | "guessed" | "attacked" | "failed" | "try" | "login"
            )
            && known.has("source.ip")
        {
            field = Some("source.ip".to_owned());
            reading.notes.push(format!("'{low}' taken as the address that tried"));
        } else if mood.web && name.wanted == "dns.question.name" && known.has("url.domain") {
            field = Some("url.domain".to_owned());
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
        if who {
            // "Who" is a user only where such events have users.
            let here = subject.map_or(Filter::All, |s| (s.filter)()).and(reading.things());
            let userless = known.has("source.ip")
                && !known.any(here.clone().and(Filter::exists("user.name")))?
                && known.any(here.and(Filter::exists("source.ip")))?;
            let others = reading.per_distinct.as_deref().is_some_and(|f| f.starts_with("user."));
            let field = if (mood.network || userless || others) && known.has("source.ip") {
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
    Ok(())
}

/// Which side of a connection "host" or "address" means: the one that acts ("which host made ..."), or the one
/// that is acted on ("which hosts were contacted", "which hosts did it reach").
fn side(words: &Words, known: &Known<'_>, name: &Named, reading: &mut Reading) -> Option<String> {
    let next = words.low(name.at + name.len);
    let low = words.low(name.at + name.len - 1);
    if name.wanted == "source.ip" && !low.starts_with("address") && !low.starts_with("ip") {
        return known.first_of(&["source.ip"]).map(str::to_owned);
    }
    let acted_on = matches!(next, "was" | "were" | "did" | "does" | "do" | "is" | "are" | "has" | "have")
        || matches!(words.before(name.at), "to" | "into" | "towards")
        || words.has_any(&["to which", "to what", "to each", "to other"]);
    let named_from = reading.on(&["source.ip"]).is_some();
    let fields: &[&'static str] = if acted_on || named_from && reading.on(&["destination.ip"]).is_none() {
        &["destination.ip", "host.name"]
    } else {
        &["source.ip", "host.name"]
    };
    let field = known.first_of(fields)?;
    let other = if field == "source.ip" { "not the one that was reached" } else { "not the one that began" };
    if field != "host.name" && known.has("destination.ip") {
        reading.notes.push(format!("'{low}' taken as {field}, {other}"));
    }
    Some(field.to_owned())
}

/// Which numbers "data", "sent" or "received" means, and whose they are.
pub(super) fn sums(words: &Words, known: &Known<'_>, reading: &mut Reading) {
    let has = |fields: &[&'static str]| -> Vec<String> {
        fields.iter().filter(|f| known.has(f)).map(|f| (*f).to_owned()).collect()
    };
    let sent = words.has_any(&["sent", "send*", "upload*", "outgoing", "exfiltrat*", "outbound", "out"]);
    let loaded = words.has_any(&["download*"]);
    let got = words.has_any(&["receiv*", "recipient*", "incoming", "inbound"]);
    let served = has(&["http.response.body.bytes"]);
    let conns = has(&["source.bytes", "destination.bytes"]);
    let web_words =
        words.has_any(&["web", "http", "request*", "response*", "page*", "website", "visits", "hits"]);
    let web =
        reading.subject().is_some_and(|s| s.lacking == "web requests") && (web_words || conns.is_empty());
    if reading.subject.as_deref().is_some_and(|s| matches!(s, "failures" | "blocked"))
        || reading.subject().is_some_and(|s| s.lacking == "web requests") && !web
    {
        reading.subject = None;
    }
    if conns.is_empty() || web && !served.is_empty() {
        reading.sums = if served.is_empty() { has(&["network.bytes"]) } else { served };
        if reading.sums.is_empty() {
            // Whatever the case calls bytes.
            let own =
                known.fields.iter().find(|f| f.name.to_lowercase().contains("bytes") && f.kind != "text");
            reading.sums.extend(own.map(|f| f.name.clone()));
        }
        if reading.sums.iter().any(|f| f == "http.response.body.bytes") && (sent || got || loaded) {
            reading
                .notes
                .push("bytes taken as those of the responses, sent by the server to the client".to_owned());
        }
        return;
    }
    // The opener of a connection sends source.bytes and gets destination.bytes back; the reached one the other way.
    let reached = |f: &str| f == "destination.ip" || f == "destination.address";
    let group = reading.groups.first().cloned();
    let whose_from = reading.on(&["source.ip"]).is_some() && reading.on(&["destination.ip"]).is_none();
    let whose_to = reading.on(&["destination.ip"]).is_some() && reading.on(&["source.ip"]).is_none();
    let named_destination = words.has_any(&["destination*", "target*", "dest"]);
    let hosts = group.as_deref().is_some_and(|g| g == "source.ip" || reached(g) || g == "host.name");
    let (one_way, note) = match (sent, loaded, got) {
        (true, false, false) => {
            if hosts && !named_destination && !whose_from && known.has("source.ip") {
                reading.groups = vec!["source.ip".to_owned()];
            }
            if whose_to || named_destination && !whose_from {
                ("destination.bytes", "'sent' taken as destination.bytes, sent by the one that was reached")
            } else {
                ("source.bytes", "'sent' taken as source.bytes, sent by the one that opened the connection")
            }
        }
        (false, true, false) => (
            "destination.bytes",
            "'downloaded' taken as destination.bytes, received by the one that opened the connection",
        ),
        (false, false, true) => {
            let by_source = words.has_any(&["source*", "client*", "user", "users"]);
            if hosts && !by_source && !whose_from && known.has("destination.ip") {
                reading.groups = vec!["destination.ip".to_owned()];
            }
            let to = reading.groups.iter().any(|g| reached(g)) || whose_to && !by_source;
            if to {
                ("source.bytes", "'received' taken as source.bytes, received by the one that was reached")
            } else {
                (
                    "destination.bytes",
                    "'received' taken as destination.bytes, received by the one that opened the connection",
                )
            }
        }
        _ if reading.on(&["source.ip"]).is_some()
            && reading.on(&["destination.ip"]).is_some()
            && words.has("from")
            && words.has("to") =>
        {
            (
                "source.bytes",
                "taken as source.bytes, what went from the one to the other; the way back is not counted",
            )
        }
        _ => ("", "both directions are summed"),
    };
    reading.notes.retain(|n| !n.contains("not the one that"));
    reading.notes.push(note.to_owned());
    reading.sums =
        if one_way.is_empty() { conns } else { conns.into_iter().filter(|f| f == one_way).collect() };
    if reading.groups.first().is_some_and(|g| g == "user.name") && words.has("who") && known.has("source.ip")
    {
        reading.groups = vec![
            if reading.sums == ["source.bytes"] && got { "destination.ip" } else { "source.ip" }.to_owned(),
        ];
    }
    // A question about another subject ("connections", "network") keeps it; bytes say the rest.
}
