//! Wider questions: what happened then, all about one thing, what stands out, what was read.

use super::{Work, said, with_counts};
use crate::planner::fields::nouns;
use crate::planner::hands::Scope;
use crate::planner::{say, subjects};
use crate::wire::ApiError;
use serde_json::json;
use timberline_model::{Filter, Finding, Metric, TimeRange, TopRow};

/// The kinds of events that a story tells of, and the field whose values it names.
const KINDS: &[(&str, &str)] = &[
    (subjects::FAILED, "source.ip"),
    (subjects::SUCCEEDED, "user.name"),
    ("sudo", "process.command_line"),
    (subjects::CONNECTIONS, "destination.ip"),
    (subjects::REQUESTS, "url.path"),
    ("client_errors", "url.path"),
    ("server_errors", "url.path"),
    (subjects::DNS, "dns.question.name"),
    ("accounts_created", "user.name"),
    ("cleared_logs", "host.name"),
    ("services_installed", "host.name"),
    ("lockouts", "user.name"),
    ("errors", "host.name"),
];

impl Work<'_, '_> {
    /// What happened in a span of time.
    pub(super) fn around(&mut self) -> Result<(), ApiError> {
        let scope = Scope::new(self.reading.range, self.reading.things());
        let span = self.hands.span("all events", &scope)?;
        let range = say::range(&scope.range, &self.known.calendar.zone);
        if span.events == 0 {
            self.out.answer = format!("Nothing was logged{} in {range}", self.qualified());
            return self.cite(0, &scope);
        }
        self.out.columns = ["what", "events", "most"].iter().map(|c| (*c).to_owned()).collect();
        let usual = self.usual_count(&scope.range)?;
        let mut text = format!(
            "{}{} in {range}{usual}",
            say::capital(&say::counted(span.events, "event", "events")),
            self.qualified()
        );
        let told = self.kinds(&scope)?;
        if told.is_empty() {
            let by = self.hands.top("events by action", &scope, &["event.action"], Metric::Count, 5)?;
            if !by.is_empty() {
                text.push_str(&format!(": {}", with_counts(&by, 5)));
            }
        } else {
            text.push_str(&format!(": {}", say::listed(&told)));
        }
        let cards = self.cards_of(&scope)?;
        if let Some(best) = cards.first() {
            text.push_str(&format!(
                ". {} in this time, the first: {} ({})",
                say::capital(&say::counted(cards.len() as u64, "card has events", "cards have events")),
                say::plain(&best.title),
                best.severity.word()
            ));
        }
        for field in ["source.ip", "user.name"] {
            let new = self.first_seen(&scope, field)?;
            if !new.is_empty() {
                let (one, many) = nouns(field);
                text.push_str(&format!(
                    ". First seen in this time: {} ({})",
                    say::counted(new.len() as u64, &one, &many),
                    say::listed(&new.iter().take(3).cloned().collect::<Vec<_>>())
                ));
            }
        }
        self.out.answer = text;
        self.cite(span.events, &scope)?;
        if let Some(best) = cards.first() {
            self.out.next.extend(best.questions.first().cloned());
        }
        Ok(())
    }

    /// ` (usually 40 in as long a time)`.
    fn usual_count(&mut self, range: &TimeRange) -> Result<String, ApiError> {
        let (Some(from), Some(to)) = (range.from_ns, range.to_ns) else { return Ok(String::new()) };
        let whole = self.known.calendar.last_ns.saturating_sub(self.known.calendar.first_ns);
        let length = to.saturating_sub(from);
        if length <= 0 || whole < length.saturating_mul(4) {
            return Ok(String::new());
        }
        let dated = self.known.span.events.saturating_sub(self.known.span.undated);
        let usual = dated as f64 * length as f64 / whole as f64;
        Ok(format!(" ({} on average in as long a time)", say::number(usual.round() as u64)))
    }

    /// Counts each kind of events in a scope; adds a row for each and gives them in words.
    fn kinds(&mut self, scope: &Scope) -> Result<Vec<String>, ApiError> {
        let mut told = Vec::new();
        for (id, field) in KINDS {
            let Some(subject) = subjects::by_id(id) else { continue };
            let here = scope.and((subject.filter)());
            let n = self.hands.peek(&here)?;
            if n == 0 {
                continue;
            }
            let n = if n > 0 { self.hands.count(subject.many, &here)? } else { n };
            let most = if self.known.has(field) {
                self.hands.top(&format!("{} by {field}", subject.many), &here, &[field], Metric::Count, 5)?
            } else {
                Vec::new()
            };
            let lead = most.first().map_or_else(String::new, |r| {
                format!(
                    " ({} of them {} {})",
                    say::number(r.count),
                    preposition(field),
                    r.values.first().map(said).unwrap_or_default()
                )
            });
            if !matches!(*id, "errors") || told.is_empty() {
                told.push(format!("{}{lead}", say::counted(n, subject.one, subject.many)));
            }
            self.out.rows.push(vec![
                say::capital(subject.many).into(),
                n.into(),
                with_counts(&most, 3).into(),
            ]);
            let chip = self.hands.chip(say::counted(n, subject.one, subject.many), &here)?;
            self.out.chips.push(chip);
        }
        Ok(told)
    }

    /// Values of a field that occur in the scope and never before.
    fn first_seen(&mut self, scope: &Scope, field: &str) -> Result<Vec<String>, ApiError> {
        let Some(from) = scope.range.from_ns.filter(|from| *from > self.known.calendar.first_ns) else {
            return Ok(Vec::new());
        };
        if !self.known.has(field) {
            return Ok(Vec::new());
        }
        let here = self.hands.top(
            &format!("values of {field} in this time"),
            scope,
            &[field],
            Metric::Count,
            200,
        )?;
        if here.is_empty() {
            return Ok(Vec::new());
        }
        let values: Vec<String> =
            here.iter().filter_map(|r| r.values.first()).map(timberline_model::Value::show).collect();
        let filter = Filter::In { field: field.to_owned(), values };
        let before = Scope::new(TimeRange { from_ns: None, to_ns: Some(from) }, filter);
        let old = self.hands.top(
            &format!("which of them were seen before, by {field}"),
            &before,
            &[field],
            Metric::Count,
            200,
        )?;
        Ok(here
            .iter()
            .filter(|r| !old.iter().any(|o| o.values == r.values))
            .filter_map(|r| r.values.first())
            .map(said)
            .collect())
    }

    /// The cards whose evidence falls in the range and that name the things.
    pub(super) fn cards_of(&mut self, scope: &Scope) -> Result<Vec<Finding>, ApiError> {
        let names: Vec<&str> =
            self.reading.conditions.iter().filter(|c| c.thing).map(|c| c.value.as_str()).collect();
        let in_range = |f: &Finding| {
            scope.range.is_all() || {
                let (from, to) = (f.first_ns.unwrap_or(i64::MIN), f.last_ns.unwrap_or(i64::MAX));
                scope.range.from_ns.is_none_or(|a| to >= a) && scope.range.to_ns.is_none_or(|b| from < b)
            }
        };
        let about = |f: &Finding| {
            names
                .iter()
                .all(|n| f.entities.iter().any(|e| e.value.eq_ignore_ascii_case(n)) || f.title.contains(n))
        };
        let cards: Vec<Finding> =
            self.known.view.findings.iter().filter(|f| in_range(f) && about(f)).cloned().collect();
        self.hands.saw_cards(scope, cards.len());
        Ok(cards)
    }

    /// All about one thing.
    pub(super) fn profile(&mut self) -> Result<(), ApiError> {
        let Some(thing) =
            self.reading.conditions.iter().find(|c| c.thing).or(self.reading.conditions.first()).cloned()
        else {
            return self.unusual();
        };
        let fields = match thing.value.as_str() {
            value if !thing.fields.is_empty() => self.known.fields_with(value, None)?,
            _ => Vec::new(),
        };
        let anywhere = if fields.is_empty() {
            thing.filter()
        } else {
            Filter::Or(fields.iter().map(|f| Filter::is(f, &thing.value)).collect())
        };
        let rest: Vec<_> = self.reading.conditions.iter().filter(|c| **c != thing).cloned().collect();
        let scope =
            Scope::new(self.reading.range, anywhere.and(crate::planner::conditions::filter_of(&rest)));
        let name = say::plain(&thing.value);
        let span = self.hands.span(&format!("events with {name}"), &scope)?;
        if span.events == 0 {
            self.out.answer = format!("No event has {name}{}", self.in_range());
            return self.cite(0, &scope);
        }
        let known_as =
            if fields.is_empty() { thing.fields.clone() } else { fields.iter().take(4).cloned().collect() };
        let known_as =
            if known_as.is_empty() { String::new() } else { format!(" (as {})", known_as.join(", ")) };
        let mut text = format!(
            "{name} is in {}{known_as}{}, from {} to {}",
            say::counted(span.events, "event", "events"),
            self.in_range(),
            self.time(span.first_ns),
            self.time(span.last_ns)
        );
        self.out.columns = ["what", "events", "most"].iter().map(|c| (*c).to_owned()).collect();
        let told = self.kinds(&scope)?;
        if !told.is_empty() {
            text.push_str(&format!(": {}", say::listed(&told)));
        }
        for field in
            ["event.action", "host.name", "source.ip", "user.name", "destination.ip", "destination.port"]
        {
            if !self.known.has(field) || fields.iter().any(|f| f == field) {
                continue;
            }
            let rows = self.hands.top(
                &format!("events with {name} by {field}"),
                &scope,
                &[field],
                Metric::Count,
                5,
            )?;
            if !rows.is_empty() {
                self.out.rows.push(vec![
                    say::capital(&nouns(field).1).into(),
                    json!(rows.iter().map(|r| r.count).sum::<u64>()),
                    with_counts(&rows, 5).into(),
                ]);
            }
        }
        let cards = self.cards_of(&scope)?;
        if let Some(best) = cards.first() {
            text.push_str(&format!(
                ". {}, the first: {} ({})",
                say::capital(&say::counted(cards.len() as u64, "card is about it", "cards are about it")),
                say::plain(&best.title),
                best.severity.word()
            ));
        } else {
            text.push_str(". No card is about it");
        }
        self.out.answer = text;
        self.cite(span.events, &scope)?;
        let field = thing.fields.first().map_or("", |f| f);
        if field == "source.ip" && self.known.has("destination.ip") {
            self.out.next.push(format!("What other systems did {name} connect to?"));
        }
        if self.known.logins && (field == "source.ip" || field == "user.name") {
            self.out.next.push(format!("Show me login patterns for {name}"));
        }
        self.out.next.push(format!("When was {name} first and last seen?"));
        Ok(())
    }

    /// The cards.
    pub(super) fn unusual(&mut self) -> Result<(), ApiError> {
        if let Some(topic) = self.reading.topic.as_deref().and_then(crate::planner::topics::by_id) {
            return self.topic(topic);
        }
        let scope = Scope::new(self.reading.range, self.reading.things());
        let cards = self.cards_of(&scope)?;
        let what = self.qualified();
        let Some(best) = cards.first() else {
            let span = self.hands.span("all events", &scope)?;
            self.out.answer = format!(
                "No detector found anything unusual{what}{} among {}; that is no proof that nothing happened",
                self.in_range(),
                say::counted(span.events, "event", "events")
            );
            if let Some(field) =
                self.known.first_of(&["source.ip", "user.name", "event.action", "process.name"])
            {
                let rare: Vec<TopRow> =
                    self.hands.rare(&format!("rarest {}", nouns(field).1), &scope, field, 5)?;
                if !rare.is_empty() {
                    self.out.answer.push_str(&format!(
                        ". The rarest {}: {}",
                        nouns(field).1,
                        with_counts(&rare, 3)
                    ));
                    self.ranked_columns(&[field], "events");
                    self.out.rows = rare.iter().map(|r| self.ranked_row(r)).collect();
                }
            }
            return self.cite(span.events, &scope);
        };
        let next: Vec<String> = cards
            .iter()
            .skip(1)
            .take(2)
            .map(|c| format!("{} ({})", say::plain(&c.title), c.severity.word()))
            .collect();
        let next = if next.is_empty() { String::new() } else { format!(". Then: {}", next.join("; ")) };
        self.out.answer = format!(
            "{}{what}{}, the first: {} ({}, from {} to {}){next}",
            say::capital(&say::counted(cards.len() as u64, "card stands out", "cards stand out")),
            self.in_range(),
            say::plain(&best.title),
            best.severity.word(),
            self.time(best.first_ns),
            self.time(best.last_ns)
        );
        self.card_rows(&cards);
        self.out.next.extend(best.questions.iter().take(2).cloned());
        for card in cards.iter().take(3) {
            self.cite_card(card)?;
        }
        Ok(())
    }

    /// What was read.
    pub(super) fn sources(&mut self) -> Result<(), ApiError> {
        let sources = &self.known.view.sources;
        let (events, problems) = sources.iter().fold((0, 0), |(e, p), s| (e + s.events, p + s.problems));
        let span = self.hands.span("all events", &Scope::new(TimeRange::ALL, Filter::All))?;
        self.out.answer = format!(
            "{} with {} and {}, from {} to {}",
            say::capital(&say::counted(sources.len() as u64, "source", "sources")),
            say::counted(events.max(span.events), "event", "events"),
            say::counted(problems, "problem", "problems"),
            self.time(span.first_ns),
            self.time(span.last_ns)
        );
        self.out.columns = ["source", "format", "events", "problems", "first", "last"]
            .iter()
            .map(|c| (*c).to_owned())
            .collect();
        self.out.rows = sources
            .iter()
            .map(|s| {
                vec![
                    s.path.clone().into(),
                    s.format.clone().into(),
                    s.events.into(),
                    s.problems.into(),
                    self.cell_time(s.first_ns),
                    self.cell_time(s.last_ns),
                ]
            })
            .collect();
        self.cite(span.events, &Scope::new(TimeRange::ALL, Filter::All))
    }

    /// From when to when the data runs.
    pub(super) fn coverage(&mut self) -> Result<(), ApiError> {
        let scope = self.scope();
        let span = self.hands.span("all events", &scope)?;
        let undated = if span.undated > 0 {
            format!("; {} have no time", say::number(span.undated))
        } else {
            String::new()
        };
        self.out.answer = format!(
            "The logs run from {} to {}{}, with {}{undated}",
            self.time(span.first_ns),
            self.time(span.last_ns),
            self.qualified(),
            say::counted(span.events, "event", "events")
        );
        self.out.columns = ["source", "events", "first", "last"].iter().map(|c| (*c).to_owned()).collect();
        self.out.rows = self
            .known
            .view
            .sources
            .iter()
            .map(|s| {
                vec![
                    s.path.clone().into(),
                    s.events.into(),
                    self.cell_time(s.first_ns),
                    self.cell_time(s.last_ns),
                ]
            })
            .collect();
        self.cite(span.events, &scope)
    }
}

fn preposition(field: &str) -> &'static str {
    match field {
        "source.ip" => "from",
        "user.name" => "for",
        "destination.ip" => "to",
        "host.name" => "on",
        _ => "of",
    }
}
