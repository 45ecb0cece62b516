//! A question that a model answers, within walls that do not depend on it. The built-in planner reads the question
//! first; the model gets what it found out, may call tools, and words the answer. Everything around the model's words
//! is made here from results: the headline, the coverage line, the marks on what no step returned, the tests of what
//! it denies, and the list of texts in the logs that read like instructions.
//!
//! Not here: the protocol and the loop (`chat`), the tools (`tools`), sending (the door that is handed in), keeping
//! turns (`ops::chat`).

mod denials;
mod give;
mod ground;
mod inert;
mod prompt;
mod wording;

pub use give::Marker;
pub use inert::inert;
pub use wording::{Worded, word};

use crate::planner::hands::Scope;
use crate::planner::known::Known;
use crate::planner::{self, Kept, View, say};
use crate::session::{filter_of, range_of};
use crate::tools::{Desk, Made, TOOLS, shown};
use crate::wire::{
    ApiError, ChatAsk, ChatExample, ChatProgress, ChatTurn, Citation, ModelUsed, Step, Suspicion,
};
use crate::worked;
use ground::Evidence;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use timberline_chat::{
    Agent, Budget, Client, Door, End, Heard, Manner, Opening, Protocol, Purpose, Talk, Tool,
};
use timberline_detect::instructions;
use timberline_model::{Ctx, EventId, Filter};

/// Earlier questions that a model is told of.
const HISTORY: usize = 3;
/// Suspicious texts that are listed.
const SUSPICIONS_MAX: usize = 5;
/// Kept examples that a model is shown.
const EXAMPLES: usize = 2;

/// A question, and all that it takes to answer it.
pub struct Asking<'a> {
    /// The case.
    pub view: &'a View<'a>,
    /// The question.
    pub ask: &'a ChatAsk,
    /// The conversation so far, oldest first.
    pub earlier: &'a [Kept],
    /// The way to the endpoint.
    pub door: &'a dyn Door,
    /// How it is talked to.
    pub manner: Manner,
    /// Time for all of it.
    pub time: Duration,
    /// Set to stop.
    pub cancel: Arc<AtomicBool>,
    /// Kept worked examples.
    pub examples: &'a [ChatExample],
}

/// What is known before the model is asked.
struct Prepared {
    planned: Kept,
    /// Whether the planner understood every word.
    settled: bool,
    opening: Opening,
    examples: Vec<String>,
    found: Option<Made>,
    protocol: Protocol,
    marker: Marker,
}

/// The selection as a scope.
fn selected(ask: &ChatAsk) -> Result<Option<Scope>, ApiError> {
    let Some(s) = &ask.selection else { return Ok(None) };
    Ok(Some(Scope::new(range_of(s.from_us, s.to_us)?, filter_of(&s.query)?)))
}

/// What the planner found, as a result that a model can be given.
fn planned_result(turn: &ChatTurn) -> Made {
    let step = turn.steps.first();
    // Values with white space are marked in the sentence as they are in the rows.
    let mut sentence = turn.answer.clone();
    for text in
        turn.rows.iter().flatten().filter_map(Json::as_str).filter(|t| t.contains(char::is_whitespace))
    {
        sentence = sentence.replace(text, &crate::tools::hold(text));
    }
    Made {
        sentence,
        columns: turn.columns.clone(),
        rows: turn.rows.iter().take(20).cloned().collect(),
        matching: turn.steps.iter().map(|s| s.rows).max().unwrap_or(0),
        query: step.map_or_else(String::new, |s| s.query.clone()),
        from_us: step.and_then(|s| s.from_us),
        to_us: step.and_then(|s| s.to_us),
        events: turn.citations.clone(),
        notes: vec![format!("understood as: {}", turn.understood)],
        ..Made::default()
    }
}

impl Asking<'_> {
    fn prepare(&self, desk: &Desk<'_>) -> Result<Prepared, ApiError> {
        let planned = planner::answer(self.view, self.ask, self.earlier.last())?;
        let turn = &planned.turn;
        let settled = planned.reading.is_some()
            && !turn.understood.contains("not used:")
            && !turn.answer.starts_with("Leaving ");
        let found = (planned.reading.is_some() && turn.unanswered.is_none()).then(|| planned_result(turn));
        // A model that is told what to choose from does worse than the planner where that understands every word.
        let protocol = match self.manner.protocol {
            Protocol::Schema if settled => Protocol::Words,
            Protocol::Words => Protocol::Words,
            other => other,
        };
        let marker = Marker::any();
        let most = self.most();
        let near = match protocol {
            Protocol::Words => Vec::new(),
            _ => worked::like(self.examples, &self.ask.question, EXAMPLES),
        };
        let examples = near.iter().map(|e| {
            let call = json!({ "tool": e.tool, "arguments": e.arguments });
            (e.question.clone(), call.to_string())
        });
        let given: Vec<String> = found
            .iter()
            .filter(|_| settled || protocol == Protocol::Words)
            .map(|made| marker.result("planner", made, most).0)
            .collect();
        let history = self.earlier.iter().rev().take(HISTORY).rev().map(|k| {
            // What was said before is data as well: it may quote the log.
            let said = marker.value(&k.turn.answer);
            (k.turn.question.clone(), format!("DATA {}", json!({ "answered": said })))
        });
        let case = crate::tools::describe(desk);
        let opening = Opening {
            system: prompt::system(protocol, self.ask.may_move_view),
            facts: if protocol == Protocol::Words {
                format!("In this conversation the marker for white space in DATA is {}", marker.0)
            } else {
                prompt::facts(marker, &case, most)
            },
            history: history.collect(),
            question: prompt::question(&self.ask.question, &examples.collect::<Vec<_>>(), &given),
        };
        Ok(Prepared {
            settled,
            opening,
            examples: near.iter().map(|e| e.question.clone()).collect(),
            found,
            protocol,
            marker,
            planned,
        })
    }

    /// Bytes of one result: a sixth of what fits.
    fn most(&self) -> usize {
        (self.manner.context as usize * 3 / 6).clamp(1_200, 24_000)
    }

    /// The body of the first call, and whether a model is asked at all.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn first_body(&self) -> Result<Option<(Json, String)>, ApiError> {
        let known = Known::of(self.view)?;
        let desk =
            Desk { known: &known, cancel: &self.cancel, deadline: None, selection: selected(self.ask)? };
        let p = self.prepare(&desk)?;
        if p.protocol == Protocol::Words && p.found.is_none() {
            return Ok(None);
        }
        let client = Client::new(self.door, Purpose::Chat, self.cancel.clone());
        let (tools, render) = (described(self.ask.may_move_view), |_: &timberline_chat::Step| String::new());
        let mut heard = |_: Heard| {};
        let manner = Manner { protocol: p.protocol, ..self.manner.clone() };
        let talk = Talk::new(&client, manner, p.opening, &tools, &render, &mut heard);
        let left = match self.earlier.len() {
            n if n > HISTORY => format!("{} earlier questions of the conversation", n - HISTORY),
            _ => String::new(),
        };
        Ok(Some((talk.first().body(), left)))
    }

    /// Answers.
    ///
    /// # Errors
    /// When the case cannot be read. Trouble with the endpoint is told in the turn, beside what was found out.
    pub fn answer(&self, tell: &mut dyn FnMut(ChatProgress)) -> Result<Kept, ApiError> {
        let begun = Instant::now();
        let known = Known::of(self.view)?;
        let deadline = begun.checked_add(self.time);
        let desk = Desk { known: &known, cancel: &self.cancel, deadline, selection: selected(self.ask)? };
        let p = self.prepare(&desk)?;
        if p.protocol == Protocol::Words && p.found.is_none() {
            // Nothing was found out, so there is nothing to word.
            return Ok(p.planned);
        }
        for step in p.planned.turn.steps.iter().filter(|_| p.found.is_some()) {
            tell(ChatProgress {
                stage: "step".into(),
                text: step.text.clone(),
                step: Some(step.clone()),
                ..ChatProgress::default()
            });
        }
        let client = Client::new(self.door, Purpose::Chat, self.cancel.clone());
        let tools: Vec<&dyn Tool<Desk<'_>>> =
            if p.protocol == Protocol::Words { Vec::new() } else { TOOLS.to_vec() };
        let budget = Budget { time: self.time, ..Budget::default() };
        let agent = Agent::new(&tools, budget, self.ask.may_move_view);
        let most = self.most();
        let marker = p.marker;
        let render = move |step: &timberline_chat::Step| marker.step(step, most);
        let tell = std::cell::RefCell::new(tell);
        let mut heard = |h: Heard| (tell.borrow_mut())(progress(h, marker));
        let described = agent.described();
        let manner = Manner { protocol: p.protocol, ..self.manner.clone() };
        let mut talk = Talk::new(&client, manner, p.opening.clone(), &described, &render, &mut heard);
        let grounds = p.found.is_some() && (p.settled || p.protocol == Protocol::Words);
        let mut seen = |step: &timberline_chat::Step| {
            let step = wire_step(step, marker, most).0;
            let text = step.text.clone();
            (tell.borrow_mut())(ChatProgress {
                stage: "step".into(),
                text,
                step: Some(step),
                ..ChatProgress::default()
            });
        };
        let done = agent.ask(&self.ask.question, &desk, &mut talk, &self.cancel, grounds, &mut seen);
        let spent = talk.spent.clone();
        drop(talk);
        (tell.borrow_mut())(ChatProgress { stage: "checking".into(), ..ChatProgress::default() });
        let mut turn = self.turn(&known, &p, &done, &spent)?;
        turn.model = Some(ModelUsed {
            profile: String::new(),
            model: spent.model.clone(),
            endpoint: String::new(),
            protocol: p.protocol.word().to_owned(),
            policy: String::new(),
            calls: spent.calls,
            tokens_in: spent.usage.prompt,
            tokens_out: spent.usage.completion,
            bytes_out: 0,
            seconds: (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0,
        });
        (tell.borrow_mut())(ChatProgress { stage: "done".into(), ..ChatProgress::default() });
        Ok(Kept { turn, reading: p.planned.reading })
    }

    /// The turn out of what was done and said.
    fn turn(
        &self,
        known: &Known<'_>,
        p: &Prepared,
        done: &timberline_chat::Turn,
        spent: &timberline_chat::Spent,
    ) -> Result<ChatTurn, ApiError> {
        let most = self.most();
        let mut turn = ChatTurn { question: self.ask.question.clone(), ..ChatTurn::default() };
        let mut evidence = Evidence::default();
        let mut results: Vec<(Made, usize)> = Vec::new();
        let use_planned = p.found.is_some() && (p.settled || p.protocol == Protocol::Words);
        if let Some(found) = p.found.as_ref().filter(|_| use_planned) {
            let planned = &p.planned.turn;
            turn.understood = planned.understood.clone();
            turn.columns = planned.columns.clone();
            turn.rows = planned.rows.clone();
            turn.citations = planned.citations.clone();
            turn.chips = planned.chips.clone();
            turn.suggestions = planned.suggestions.clone();
            turn.headline = planned.answer.clone();
            let (given, rows) = p.marker.result("planner", found, most);
            turn.steps = planned.steps.clone();
            if let Some(first) = turn.steps.first_mut() {
                first.given = given;
            }
            results.push((found.clone(), rows));
            for step in &planned.steps {
                evidence.add(&format!("{} {} {}", step.text, step.query, step.arguments));
                evidence.add_number(step.rows as f64);
            }
        }
        for step in &done.steps {
            let (wire, made) = wire_step(step, p.marker, most);
            if let Some((made, rows)) = made {
                if let Some(view) = &made.view {
                    turn.view = Some(view.clone());
                }
                evidence.add(&format!("{} {}", wire.query, step.arguments));
                results.push((made, rows));
            }
            turn.steps.push(wire);
        }
        for (made, _) in &results {
            add_evidence(&mut evidence, made);
        }
        if let Some((last, _)) = results.iter().rev().find(|(m, _)| m.view.is_none())
            && !done.steps.is_empty()
        {
            turn.headline = shown(&last.sentence);
            if !last.rows.is_empty() {
                turn.columns = last.columns.clone();
                turn.rows = last.rows.clone();
            }
            turn.understood = understood(&done.steps, p);
        }
        for (made, _) in results.iter().skip(usize::from(use_planned)) {
            cite(&mut turn, made);
        }
        if turn.understood.is_empty() {
            turn.understood = "As the model took it".to_owned();
        }
        turn.examples = p.examples.clone();
        turn.left_out = say::listed(&spent.left_out);
        let (text, ended, why) = ending(done, spent);
        turn.ended = ended.to_owned();
        let text = p.marker.undo(&text);
        let seen = |address: &str| evidence.has(address);
        turn.answer = inert(&text, &seen);
        if let Some(why) = why {
            turn.notes.push(why);
        }
        if spent.cut {
            turn.notes.push("The model's words were cut off by their greatest length".to_owned());
        }
        if turn.answer.is_empty() {
            turn.answer = turn.headline.clone();
            if turn.answer.is_empty() {
                let why = turn.notes.first().cloned().unwrap_or_else(|| "The model said nothing".to_owned());
                turn.answer.clone_from(&why);
                turn.unanswered = Some(why);
            }
        } else {
            self.check(known, &mut turn, &evidence, &results)?;
        }
        if turn.ended == "ungrounded" {
            turn.notes.insert(0, "This rests on no step: nothing in the logs was looked at".to_owned());
        }
        turn.coverage = coverage(&results);
        turn.suspicions = suspicions(known, &results)?;
        if !turn.suspicions.is_empty() {
            turn.notes.push(format!(
                "{} that the answer looked at read like instructions to a model; they were given to it as data. Somebody may \
                 be trying to mislead: look at them yourself",
                say::counted(turn.suspicions.len() as u64, "text", "texts")
            ));
        }
        Ok(turn)
    }

    /// Marks what of the words no step returned, and tests what they deny.
    fn check(
        &self,
        known: &Known<'_>,
        turn: &mut ChatTurn,
        evidence: &Evidence,
        results: &[(Made, usize)],
    ) -> Result<(), ApiError> {
        let exists = |id: u64| {
            known.view.events.get(&[EventId(id)], &Ctx::default()).is_ok_and(|found| !found.is_empty())
        };
        let in_case = |word: &str| {
            let fields = ["user.name", "user.target.name", "host.name", "process.name"];
            known.fields_with(word, Some(&fields)).is_ok_and(|found| !found.is_empty())
        };
        let (grounding, mut marks) = ground::check(&turn.answer, evidence, &exists, &in_case);
        turn.grounding = Some(grounding);
        let last = results.iter().rev().map(|(m, _)| m).find(|m| !m.query.is_empty() || m.from_us.is_some());
        let scope = match last {
            Some(m) => {
                Some(Scope::new(range_of(m.from_us, m.to_us)?, filter_of(&m.query).unwrap_or(Filter::All)))
            }
            None => None,
        };
        let nothing = results.iter().any(|(m, _)| m.matching == 0);
        let ours: String =
            results.iter().map(|(m, _)| shown(&m.sentence) + "\n").collect::<String>() + &turn.headline;
        let denied = denials::check(known, &turn.answer, scope.as_ref(), nothing, &ours)?;
        // A claim that is wrong as a whole needs no marks on its parts.
        marks.retain(|m| denied.marks.iter().all(|d| m.to <= d.from || m.from >= d.to));
        marks.extend(denied.marks);
        marks.sort_by_key(|m| m.from);
        turn.marks = marks;
        turn.notes.extend(denied.notes);
        turn.steps.extend(denied.steps);
        Ok(())
    }
}

/// What a model is told of the tools.
#[must_use]
pub fn described(may_move_view: bool) -> Json {
    let tools: Vec<&dyn Tool<Desk<'_>>> = TOOLS.to_vec();
    Agent::new(&tools, Budget::default(), may_move_view).described()
}

fn progress(heard: Heard, marker: Marker) -> ChatProgress {
    let stage = |stage: &str| ChatProgress { stage: stage.to_owned(), ..ChatProgress::default() };
    match heard {
        // Shown while it comes; what is kept is made inert as a whole.
        Heard::Text(text) => {
            let text = marker
                .undo(&text)
                .chars()
                .filter(|c| *c == '\n' || !(c.is_control() || timberline_chat::is_hidden(*c)))
                .collect();
            ChatProgress { text, ..stage("text") }
        }
        Heard::Reading(done, total) => ChatProgress { done, total, ..stage("reading") },
        Heard::Alive => stage("reading"),
        Heard::Waiting(seconds) => {
            ChatProgress { text: format!("the endpoint asks to wait {seconds} s"), ..stage("waiting") }
        }
        Heard::Restart => stage("restart"),
    }
}

/// A step as the window shows it, with its result and how many of its rows the model was given.
fn wire_step(step: &timberline_chat::Step, marker: Marker, most: usize) -> (Step, Option<(Made, usize)>) {
    let mut wire = Step {
        tool: say::plain(&step.tool),
        arguments: step.arguments.clone(),
        by: "model".to_owned(),
        given: marker.step(step, most),
        ..Step::default()
    };
    let made = step.result.as_ref().ok().and_then(|v| serde_json::from_value::<Made>(v.clone()).ok());
    match (&step.result, made) {
        (_, Some(made)) => {
            wire.text = shown(&made.sentence);
            wire.query = made.query.clone();
            wire.from_us = made.from_us;
            wire.to_us = made.to_us;
            wire.rows = made.rows.len() as u64;
            wire.matching = Some(made.matching);
            let rows = marker.result(&step.tool, &made, most).1;
            (wire, Some((made, rows)))
        }
        (Err(why), None) => {
            let why = shown(&why.to_string());
            wire.text = format!("{}: {}", wire.tool, say::plain(&why));
            wire.failed = Some(why);
            (wire, None)
        }
        (Ok(_), None) => (wire, None),
    }
}

fn add_evidence(evidence: &mut Evidence, made: &Made) {
    evidence.add(&made.sentence);
    evidence.add_number(made.matching as f64);
    for note in &made.notes {
        evidence.add(note);
    }
    for cell in made.rows.iter().flatten() {
        match cell {
            Json::String(text) => evidence.add(text),
            Json::Number(n) => {
                evidence.add(&n.to_string());
                n.as_f64().into_iter().for_each(|x| evidence.add_number(x));
            }
            _ => {}
        }
    }
}

fn cite(turn: &mut ChatTurn, made: &Made) {
    for id in &made.events {
        if turn.citations.len() < 20 && !turn.citations.contains(id) {
            turn.citations.push(*id);
        }
    }
    if !made.events.is_empty() {
        turn.chips.push(Citation {
            label: say::counted(made.matching, "row", "rows"),
            query: made.query.clone(),
            from_us: made.from_us,
            to_us: made.to_us,
            events: made.events.clone(),
        });
    }
}

/// What the model looked for, in words of ours.
fn understood(steps: &[timberline_chat::Step], p: &Prepared) -> String {
    let calls: Vec<String> = steps
        .iter()
        .filter(|s| s.result.is_ok())
        .map(|s| say::plain(&format!("{} {}", s.tool, s.arguments)))
        .collect();
    let mut text = if p.settled && p.found.is_some() {
        format!("{}; then ", p.planned.turn.understood)
    } else {
        String::new()
    };
    text.push_str(&format!("The model looked for {}", say::short(&calls.join(", then "), 300)));
    text
}

/// The words, how it ended, and a sentence where it did not end well.
fn ending(
    done: &timberline_chat::Turn,
    spent: &timberline_chat::Spent,
) -> (String, &'static str, Option<String>) {
    let partial = || spent.partial.clone();
    match &done.end {
        End::Answered(text) => (text.clone(), "answered", None),
        End::Ungrounded(text) => (text.clone(), "ungrounded", None),
        End::Cancelled => (partial(), "stopped", Some("Stopped; what was done is kept".to_owned())),
        End::OutOfBudget(what) => {
            let why = format!("The model used up its {what}; what was found out stands above");
            (String::new(), "out_of_budget", Some(why))
        }
        End::Failed(why) => (partial(), "failed", Some(format!("The model did not answer: {why}"))),
    }
}

/// How much of what matches the model saw.
fn coverage(results: &[(Made, usize)]) -> String {
    let lists_events = |m: &Made| m.columns.first().is_some_and(|c| c == "event");
    let all = results.iter().map(|(m, _)| m.matching).max().unwrap_or(0);
    let listed: Vec<&(Made, usize)> = results.iter().filter(|(m, _)| lists_events(m)).collect();
    if results.is_empty() {
        return "The model saw nothing of the logs".to_owned();
    }
    if listed.is_empty() {
        return format!(
            "The model saw counts over {} and no single event",
            say::counted(all, "matching event", "matching events")
        );
    }
    let saw: u64 = listed.iter().map(|(_, rows)| *rows as u64).sum();
    let of: u64 = listed.iter().map(|(m, rows)| m.matching.max(*rows as u64)).sum();
    format!("The model saw {} of {}", say::number(saw), say::counted(of, "matching event", "matching events"))
}

/// Texts of the rows, and of the events that they stand for, that read like instructions.
fn suspicions(known: &Known<'_>, results: &[(Made, usize)]) -> Result<Vec<Suspicion>, ApiError> {
    let mut ids: Vec<EventId> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    for (made, _) in results {
        for id in made.events.iter().map(|id| EventId(*id)) {
            if ids.len() < 200 && !ids.contains(&id) {
                ids.push(id);
            }
        }
        values.extend(
            made.rows
                .iter()
                .flatten()
                .filter_map(Json::as_str)
                .filter(|t| instructions::sign(t).is_some())
                .map(str::to_owned),
        );
    }
    let mut out: Vec<Suspicion> = Vec::new();
    let mut push = |event: u64, field: &str, text: &str| {
        if let Some(why) = instructions::sign(text)
            && out.len() < SUSPICIONS_MAX
            && !out.iter().any(|s| s.event == event)
        {
            let excerpt = say::plain(&instructions::plain(text));
            out.push(Suspicion { event, field: field.to_owned(), excerpt, why: why.to_owned() });
        }
    };
    ids.sort_unstable();
    let events = known.view.events.get(&ids, &Ctx::default())?;
    for event in &events {
        for (name, value) in &event.fields {
            push(event.id.0, name, &value.show());
        }
        push(event.id.0, "raw", &String::from_utf8_lossy(event.raw.as_deref().unwrap_or_default()));
        // A payload in pieces: the fields one after another.
        let whole: Vec<String> = event.fields.iter().map(|(_, v)| v.show()).collect();
        push(event.id.0, "several fields", &whole.join(" "));
    }
    for text in values {
        push(0, "rows", &text);
    }
    // Pieces that stand in one event after another, field by field.
    let mut columns: BTreeMap<&str, Vec<(u64, String)>> = BTreeMap::new();
    for event in &events {
        for (name, value) in &event.fields {
            let column = columns.entry(name).or_default();
            let text = value.show();
            if column.last().is_none_or(|(_, last)| *last != text) {
                column.push((event.id.0, text));
            }
        }
    }
    for (name, column) in columns {
        for few in column.windows(3).chain(column.windows(2)) {
            let alone = few.iter().any(|(_, t)| instructions::sign(t).is_some());
            let whole: Vec<&str> = few.iter().map(|(_, t)| t.as_str()).collect();
            if let Some((event, _)) = few.first().filter(|_| !alone) {
                push(*event, &format!("{name}, one event after another"), &whole.join(" "));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_hostile;
