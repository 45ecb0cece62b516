//! What is said to an OpenAI-compatible endpoint and what comes back, leniently read: a missing or odd part of an
//! answer is as if it were not there, since every server leaves out others. Sending is `client`'s.

use crate::calls::{self, Call};
use serde_json::{Map, Value, json};

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The application.
    System,
    /// The analyst, or the application in their place.
    User,
    /// The model.
    Assistant,
    /// A tool.
    Tool,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What.
    pub content: String,
    /// Calls that the model made with it: id, name, arguments as JSON.
    pub calls: Vec<(String, String, Value)>,
    /// The call that a tool's message answers.
    pub answers: Option<String>,
}

impl Message {
    /// Words.
    #[must_use]
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), calls: Vec::new(), answers: None }
    }

    fn json(&self) -> Value {
        let role = match self.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        };
        let mut out = json!({ "role": role, "content": self.content });
        if !self.calls.is_empty() {
            let call = |(id, name, arguments): &(String, String, Value)| {
                json!({ "id": id, "type": "function",
                        "function": { "name": name, "arguments": arguments.to_string() } })
            };
            out["tool_calls"] = self.calls.iter().map(call).collect();
        }
        if let Some(id) = &self.answers {
            out["tool_call_id"] = id.as_str().into();
        }
        out
    }
}

/// What is asked of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The model's name there.
    pub model: String,
    /// The messages, the unchanging ones first: a server that keeps the last prompt reads only what is new.
    pub messages: Vec<Message>,
    /// Tools by the protocol, as an array of functions.
    pub tools: Option<Value>,
    /// A JSON schema that the answer must keep to: its name and the schema.
    pub schema: Option<(String, Value)>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// Whether it comes in pieces.
    pub stream: bool,
}

impl Request {
    /// The body. Keys stand in order of name, so the same request is the same bytes.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut out = Map::new();
        out.insert("messages".into(), self.messages.iter().map(Message::json).collect());
        out.insert("max_tokens".into(), self.max_tokens.into());
        out.insert("temperature".into(), 0.into());
        if !self.model.is_empty() {
            out.insert("model".into(), self.model.as_str().into());
        }
        if let Some(tools) = &self.tools {
            out.insert("tools".into(), tools.clone());
        }
        if let Some((name, schema)) = &self.schema {
            let format = json!({ "type": "json_schema",
                                 "json_schema": { "name": name, "schema": schema, "strict": true } });
            out.insert("response_format".into(), format);
        }
        if self.stream {
            out.insert("stream".into(), true.into());
            out.insert("stream_options".into(), json!({ "include_usage": true }));
            out.insert("return_progress".into(), true.into());
        }
        Value::Object(out)
    }
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// It never said: the answer was cut off.
    #[default]
    Missing,
    /// It is complete.
    Stop,
    /// Cut by the greatest number of tokens, or the context is full.
    Length,
    /// Tools are to be called.
    Calls,
    /// The endpoint held it back.
    Filtered,
}

/// Tokens, as the endpoint counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read.
    pub prompt: u64,
    /// Of those, kept from before.
    pub cached: u64,
    /// Written.
    pub completion: u64,
}

/// An answer, whole or as far as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// What it thought aloud; never shown as the answer.
    pub reasoning: String,
    /// Calls, by the protocol or dug out of the words; none of an answer that was cut.
    pub calls: Vec<Call>,
    /// Whether the calls were dug out of the words.
    pub calls_in_text: bool,
    /// Why it ended.
    pub finish: Finish,
    /// Tokens.
    pub usage: Usage,
    /// The model's own name.
    pub model: String,
}

/// What is heard while an answer comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// More words.
    Text(String),
    /// The prompt is being read: so many tokens of so many.
    Reading(u64, u64),
    /// The endpoint is alive, no more.
    Alive,
    /// Waiting to try again, seconds.
    Waiting(u64),
    /// Trying again from the start: what was heard is void.
    Restart,
}

/// The pieces of a call, gathered by index.
#[derive(Clone, Debug, Default)]
struct Piece {
    index: u64,
    id: String,
    name: String,
    arguments: String,
}

/// Most calls in one answer that are looked at; more is no plan.
const CALLS_MAX: usize = 50;
/// The longest arguments of one call, in bytes.
pub const ARGUMENTS_MAX: usize = 64 * 1024;

/// Puts an answer together from its pieces, or from one whole.
#[derive(Clone, Debug, Default)]
pub struct Gather {
    reply: Reply,
    pieces: Vec<Piece>,
}

/// An error that came in the place of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it says.
    pub message: String,
    /// Its number, if any.
    pub code: Option<i64>,
    /// Tokens asked for and tokens that fit, where the prompt was too long.
    pub context: Option<(u64, u64)>,
}

/// The error that a body tells of, in any of the shapes that servers have.
#[must_use]
pub fn told(body: &Value) -> Option<Told> {
    let error = body.get("error").filter(|e| !e.is_null());
    let (message, from) = match error {
        Some(Value::String(text)) => (text.clone(), body),
        Some(object) => {
            let message = object.get("message").and_then(Value::as_str).map(str::to_owned);
            (message.unwrap_or_else(|| object.to_string()), object)
        }
        None if body.get("choices").is_none() => {
            let text = ["message", "detail"].iter().find_map(|k| body.get(*k)).and_then(Value::as_str)?;
            (text.to_owned(), body)
        }
        None => return None,
    };
    let number = |key: &str| from.get(key).and_then(Value::as_u64);
    let context = number("n_prompt_tokens").zip(number("n_ctx"));
    Some(Told { message, code: from.get("code").and_then(Value::as_i64), context })
}

impl Gather {
    /// One chunk of a stream, or a whole answer. Gives what is heard by it.
    ///
    /// # Errors
    /// The error that it carries.
    pub fn take(&mut self, body: &Value) -> Result<Vec<Heard>, Told> {
        if let Some(told) = told(body) {
            return Err(told);
        }
        let mut heard = Vec::new();
        if let Some(progress) = body.get("prompt_progress") {
            let number = |key: &str| progress.get(key).and_then(Value::as_u64).unwrap_or(0);
            heard.push(Heard::Reading(number("processed"), number("total")));
        }
        if let Some(model) = body.get("model").and_then(Value::as_str) {
            self.reply.model = model.chars().filter(|c| !c.is_control()).take(200).collect();
        }
        if let Some(usage) = body.get("usage").filter(|u| u.is_object()) {
            let number = |v: Option<&Value>| v.and_then(Value::as_u64).unwrap_or(0);
            self.reply.usage = Usage {
                prompt: number(usage.get("prompt_tokens")),
                cached: number(usage.pointer("/prompt_tokens_details/cached_tokens")),
                completion: number(usage.get("completion_tokens")),
            };
        }
        // Some send an empty list with the usage; more than one choice was never asked for.
        let Some(choice) = body.get("choices").and_then(Value::as_array).and_then(|c| c.first()) else {
            return Ok(heard);
        };
        let part = choice.get("delta").or_else(|| choice.get("message"));
        if let Some(part) = part {
            let text = text_of(part.get("content"));
            if !text.is_empty() {
                self.reply.text.push_str(&text);
                heard.push(Heard::Text(text));
            }
            for key in ["reasoning", "reasoning_content"] {
                let text = part.get(key).and_then(Value::as_str).unwrap_or_default();
                self.reply.reasoning.push_str(text);
            }
            for call in part.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
                self.call(call);
            }
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.reply.finish = match reason {
                "length" => Finish::Length,
                "tool_calls" | "function_call" => Finish::Calls,
                "content_filter" => Finish::Filtered,
                _ => Finish::Stop,
            };
        }
        Ok(heard)
    }

    /// A call or a piece of one. Servers without `index` send each call whole, with an id or a name of its own.
    fn call(&mut self, call: &Value) {
        let string = |v: Option<&Value>| v.and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = string(call.get("id"));
        let name = string(call.pointer("/function/name"));
        let arguments = match call.pointer("/function/arguments") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let index = call.get("index").and_then(Value::as_u64);
        let at = match index {
            Some(index) => self.pieces.iter().position(|p| p.index == index),
            None if id.is_empty() && name.is_empty() => self.pieces.len().checked_sub(1),
            None => None,
        };
        let at = match at {
            Some(at) => at,
            None if self.pieces.len() >= CALLS_MAX => return,
            None => {
                let next = self.pieces.iter().map(|p| p.index + 1).max().unwrap_or(0);
                self.pieces.push(Piece { index: index.unwrap_or(next), ..Piece::default() });
                self.pieces.len() - 1
            }
        };
        if let Some(piece) = self.pieces.get_mut(at) {
            if piece.id.is_empty() {
                piece.id = id;
            }
            if piece.name.is_empty() {
                piece.name = name;
            }
            // One byte over the limit is kept, so that it is seen to be over.
            let room = (ARGUMENTS_MAX + 1).saturating_sub(piece.arguments.len());
            piece.arguments.extend(arguments.chars().take(room));
        }
    }

    /// The words so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.reply.text
    }

    /// Whether it said why it ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.reply.finish != Finish::Missing
    }

    /// The answer. `unmask` puts back what was masked, in the words and in the arguments of calls alike; `tools` are
    /// the names that a call dug out of the words may have.
    pub fn finish(mut self, tools: &[&str], unmask: &mut dyn FnMut(&str) -> String) -> Reply {
        self.reply.text = unmask(&self.reply.text);
        let whole = matches!(self.reply.finish, Finish::Stop | Finish::Calls);
        // Cut by its length, an argument that happens to be JSON may still not be what was meant.
        if whole {
            for piece in std::mem::take(&mut self.pieces) {
                let arguments = unmask(&piece.arguments);
                self.reply.calls.push(calls::read(&piece.id, &piece.name, &arguments));
            }
            if self.reply.calls.is_empty() {
                self.reply.calls = calls::in_text(&self.reply.text, tools);
                self.reply.calls_in_text = !self.reply.calls.is_empty();
            }
        }
        self.reply
    }
}

/// The words of a content: a text, or a list of parts with texts.
fn text_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|p| p.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    }
}
