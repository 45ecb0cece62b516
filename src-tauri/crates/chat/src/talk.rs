//! A model as the [`Planner`] of the loop: what is done so far becomes messages, what the model says becomes the next
//! move. Three ways to talk: native tools; one JSON object a round that keeps to a schema; words only.
//!
//! The messages begin the same way every time, to the byte: the system's words, then the case, then the earlier talk,
//! then the question. What the words are is the caller's.

use crate::agent::{Move, Planner, Step};
use crate::client::{Client, Kind, Trouble};
use crate::protocol::{Finish, Heard, Message, Request, Role, Usage};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// How it is talked to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// By the protocol's own calls of tools.
    Tools,
    /// By one JSON object a round: a call or the answer.
    Schema,
    /// The model chooses nothing; it only words what is known.
    Words,
}

impl Protocol {
    /// As it is kept.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Schema => "schema",
            Self::Words => "words",
        }
    }
}

/// Which model it is talked to, and how.
#[derive(Clone, Debug)]
pub struct Manner {
    /// The way.
    pub protocol: Protocol,
    /// The model's name there.
    pub model: String,
    /// Tokens that fit.
    pub context: u32,
}

/// What a talk begins with.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// What never changes: rules, tools, examples.
    pub system: String,
    /// The case, as data.
    pub facts: String,
    /// Earlier questions and answers, oldest first.
    pub history: Vec<(String, String)>,
    /// What is asked, with what was found out before.
    pub question: String,
}

/// What of a talk was said and read.
#[derive(Clone, Debug, Default)]
pub struct Spent {
    /// Calls to the endpoint.
    pub calls: u32,
    /// Tokens.
    pub usage: Usage,
    /// The model's own name.
    pub model: String,
    /// What was left out so that it fits, in words.
    pub left_out: Vec<String>,
    /// Whether the last answer was cut by its length.
    pub cut: bool,
    /// Words that came before it failed.
    pub partial: String,
    /// The trouble it ended with.
    pub trouble: Option<Trouble>,
}

/// A talk with a model about one question.
pub struct Talk<'t> {
    client: &'t Client<'t>,
    protocol: Protocol,
    model: String,
    /// Name, description and schema of each tool.
    tools: Vec<(String, String, Value)>,
    messages: Vec<Message>,
    /// The messages that are never dropped: the opening.
    fixed: usize,
    history: usize,
    context: u32,
    max_tokens: u32,
    render: &'t dyn Fn(&Step) -> String,
    heard: &'t mut dyn FnMut(Heard),
    queue: VecDeque<(String, Move)>,
    pending: VecDeque<String>,
    seen: usize,
    /// What was spent.
    pub spent: Spent,
}

/// Bytes of a token, about: fewer than most tokenizers take, to be on the safe side.
const TOKEN_BYTES: usize = 3;

impl<'t> Talk<'t> {
    /// Begins. `tools` is what [`crate::Agent::described`] gives; `render` makes of a step what the model is given of it.
    pub fn new(
        client: &'t Client<'t>,
        manner: Manner,
        opening: Opening,
        tools: &Value,
        render: &'t dyn Fn(&Step) -> String,
        heard: &'t mut dyn FnMut(Heard),
    ) -> Self {
        let tools = tools.as_array().into_iter().flatten().map(|t| {
            let text = |k: &str| t.get(k).and_then(Value::as_str).unwrap_or_default().to_owned();
            (text("name"), text("description"), t.get("arguments").cloned().unwrap_or_else(|| json!({})))
        });
        let (messages, history) = opening_messages(opening);
        Self {
            client,
            protocol: manner.protocol,
            model: manner.model,
            tools: tools.collect(),
            fixed: messages.len(),
            messages,
            history,
            context: manner.context,
            // A long answer of a small model is a wandering one.
            max_tokens: (manner.context / 4).clamp(256, 1_024),
            render,
            heard,
            queue: VecDeque::new(),
            pending: VecDeque::new(),
            seen: 0,
            spent: Spent::default(),
        }
    }

    /// The first request, as it would be sent.
    #[must_use]
    pub fn first(&self) -> Request {
        self.request()
    }

    fn request(&self) -> Request {
        let mut request = Request {
            model: self.model.clone(),
            messages: self.messages.clone(),
            max_tokens: self.max_tokens,
            stream: true,
            ..Request::default()
        };
        match self.protocol {
            Protocol::Tools => {
                let function = |(name, about, schema): &(String, String, Value)| {
                    json!({ "type": "function",
                            "function": { "name": name, "description": about, "parameters": schema } })
                };
                request.tools = Some(self.tools.iter().map(function).collect());
            }
            Protocol::Schema => request.schema = Some(("next_step".to_owned(), self.schema())),
            Protocol::Words => {}
        }
        request
    }

    /// One object: a call of one of the tools, or the answer.
    fn schema(&self) -> Value {
        let call = |(name, _, schema): &(String, String, Value)| {
            json!({
                "type": "object",
                "properties": { "tool": { "const": name }, "arguments": schema },
                "required": ["tool", "arguments"],
                "additionalProperties": false
            })
        };
        let mut shapes: Vec<Value> = self.tools.iter().map(call).collect();
        shapes.push(json!({
            "type": "object",
            "properties": { "tool": { "const": "answer" }, "text": { "type": "string" } },
            "required": ["tool", "text"],
            "additionalProperties": false
        }));
        json!({ "anyOf": shapes })
    }

    /// Takes in the results of the steps since the last look.
    fn take_in(&mut self, steps: &[Step]) {
        for step in steps.get(self.seen..).unwrap_or(&[]) {
            let text = (self.render)(step);
            let message = match (self.protocol, self.pending.pop_front()) {
                (Protocol::Tools, Some(id)) if !id.is_empty() => {
                    Message { answers: Some(id), ..Message::new(Role::Tool, text) }
                }
                _ => Message::new(Role::User, text),
            };
            self.messages.push(message);
        }
        self.seen = steps.len();
    }

    /// Drops what may be dropped until the prompt fits into so many tokens: earlier talk first, then the oldest
    /// results but the last.
    fn fit(&mut self, tokens: usize) {
        let size = |messages: &[Message]| -> usize {
            let bytes = |m: &Message| {
                m.content.len() + m.calls.iter().map(|c| c.2.to_string().len()).sum::<usize>() + 16
            };
            messages.iter().map(bytes).sum::<usize>() / TOKEN_BYTES
        };
        if self.history > 0 && size(&self.messages) > tokens {
            // System and case stand before it.
            let from = self.fixed - 1 - self.history;
            self.messages.drain(from..from + self.history);
            self.fixed -= self.history;
            self.history = 0;
            self.left_out("the earlier conversation");
        }
        let mut at = self.fixed;
        while size(&self.messages) > tokens && at + 1 < self.messages.len() {
            if let Some(message) = self.messages.get_mut(at)
                && message.role != Role::Assistant
                && message.content.len() > 200
            {
                message.content = "(left out so that the rest fits)".to_owned();
                self.left_out("results of earlier steps");
            }
            at += 1;
        }
    }

    fn left_out(&mut self, what: &str) {
        if !self.spent.left_out.iter().any(|w| w == what) {
            self.spent.left_out.push(what.to_owned());
        }
    }

    fn ask(&mut self) -> Result<crate::protocol::Reply, String> {
        let room = (self.context as usize).saturating_sub(self.max_tokens as usize);
        self.fit(room);
        let names: Vec<String> = match self.protocol {
            Protocol::Tools => self.tools.iter().map(|(name, ..)| name.clone()).collect(),
            Protocol::Schema | Protocol::Words => Vec::new(),
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut trimmed = false;
        loop {
            self.spent.calls += 1;
            let told = self.client.complete(&self.request(), &names, &mut *self.heard);
            match told {
                Ok(reply) => {
                    self.spent.usage.prompt += reply.usage.prompt;
                    self.spent.usage.cached += reply.usage.cached;
                    self.spent.usage.completion += reply.usage.completion;
                    self.spent.model.clone_from(&reply.model);
                    return Ok(reply);
                }
                Err(trouble) if matches!(trouble.kind, Kind::TooLong(_)) && !trimmed => {
                    trimmed = true;
                    // What the endpoint says fits, in our own count of tokens.
                    let share = match trouble.kind {
                        Kind::TooLong(Some((asked, fits))) if asked > 0 => fits as f64 / asked as f64 * 0.8,
                        _ => 0.5,
                    };
                    let before: usize =
                        self.messages.iter().map(|m| m.content.len()).sum::<usize>() / TOKEN_BYTES;
                    self.fit((before as f64 * share) as usize);
                    (self.heard)(Heard::Restart);
                }
                Err(trouble) => {
                    self.spent.partial.clone_from(&trouble.text);
                    let message = trouble.message.clone();
                    self.spent.trouble = Some(trouble);
                    return Err(message);
                }
            }
        }
    }

    /// What a round of the schema says.
    fn read_round(&mut self, text: &str) -> Result<Move, String> {
        let found = text.find('{').and_then(|at| text.get(at..));
        let value = found.and_then(|t| serde_json::Deserializer::from_str(t).into_iter::<Value>().next());
        let Some(Ok(value)) = value else {
            // An endpoint that does not keep to the schema and answers in words.
            return Ok(Move::Answer(text.trim().to_owned()));
        };
        let string = |k: &str| value.get(k).and_then(Value::as_str).map(str::to_owned);
        let tool = string("tool").or_else(|| string("name")).unwrap_or_default();
        if tool == "answer" {
            return Ok(Move::Answer(string("text").unwrap_or_default()));
        }
        if tool.is_empty() {
            return Ok(Move::Answer(text.trim().to_owned()));
        }
        let arguments = value.get("arguments").cloned().unwrap_or_else(|| json!({}));
        self.messages.push(Message::new(Role::Assistant, value.to_string()));
        self.pending.push_back(String::new());
        Ok(Move::Call { tool, arguments })
    }
}

/// The messages of an opening, and how many of them are earlier talk.
fn opening_messages(opening: Opening) -> (Vec<Message>, usize) {
    let mut messages = vec![Message::new(Role::System, opening.system)];
    // The case is data: never in the system's words.
    if !opening.facts.is_empty() {
        messages.push(Message::new(Role::User, opening.facts));
        messages.push(Message::new(Role::Assistant, "Understood; that is data."));
    }
    let history = opening.history.len() * 2;
    for (question, answer) in opening.history {
        messages.push(Message::new(Role::User, question));
        messages.push(Message::new(Role::Assistant, answer));
    }
    messages.push(Message::new(Role::User, opening.question));
    (messages, history)
}

impl Planner for Talk<'_> {
    fn next(&mut self, _: &str, steps: &[Step]) -> Result<Move, String> {
        self.take_in(steps);
        if let Some((id, next)) = self.queue.pop_front() {
            self.pending.push_back(id);
            return Ok(next);
        }
        let reply = self.ask()?;
        self.spent.cut = reply.finish == Finish::Length;
        if reply.finish == Finish::Filtered {
            return Err("the endpoint held its answer back (content filter)".to_owned());
        }
        match self.protocol {
            Protocol::Words => Ok(Move::Answer(reply.text)),
            Protocol::Schema if self.spent.cut => {
                self.spent.partial = reply.text;
                Err("the model's answer was cut off before it was whole, so it was not used".to_owned())
            }
            Protocol::Schema => self.read_round(&reply.text),
            Protocol::Tools if reply.calls.is_empty() => Ok(Move::Answer(reply.text)),
            Protocol::Tools => {
                // Its words beside the calls are no answer yet.
                (self.heard)(Heard::Restart);
                let known = |c: &crate::calls::Call| {
                    let value = c.arguments.clone().unwrap_or_else(|_| json!({}));
                    (c.id.clone(), c.name.clone(), value)
                };
                let mut said = Message::new(Role::Assistant, reply.text);
                let by_protocol = !reply.calls_in_text;
                if by_protocol {
                    said.calls = reply.calls.iter().map(known).collect();
                }
                self.messages.push(said);
                for call in reply.calls {
                    let id = if by_protocol { call.id } else { String::new() };
                    let next = match call.arguments {
                        Ok(arguments) => Move::Call { tool: call.name, arguments },
                        Err(why) => Move::Unreadable { tool: call.name, why },
                    };
                    self.queue.push_back((id, next));
                }
                match self.queue.pop_front() {
                    Some((id, next)) => {
                        self.pending.push_back(id);
                        Ok(next)
                    }
                    None => Err("the model called nothing".to_owned()),
                }
            }
        }
    }
}
