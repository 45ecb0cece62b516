//! Talks to one OpenAI-compatible endpoint through a [`Door`]: sends, hears the stream, tries again where that is
//! safe, and turns every way of failing into one sentence that says what to do. Keys, addresses and policies are the
//! door's.

use crate::door::{Door, Fault, FaultKind, Incoming, Letter, Purpose};
use crate::protocol::{Finish, Gather, Heard, Reply, Request, Told, told};
use crate::retry;
use crate::sse::{Event, Sse};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Most bytes of a whole answer.
const BODY_MAX: usize = 8 * 1024 * 1024;
/// Most bytes of an endpoint's own words that are shown.
const SHOWN_MAX: usize = 2_000;
/// Blank characters after which a model is taken to be stuck.
const BLANK_MAX: usize = 400;
/// Tries of one call in all.
const TRIES: u32 = 3;

/// What kind of trouble it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The policy of the case does not allow it.
    Refused,
    /// The key is missing or not accepted.
    Key,
    /// The endpoint does not know the path or the model.
    NotFound,
    /// Too many calls; seconds to wait, where it says so.
    Busy(Option<u64>),
    /// The prompt is too long: tokens asked for and tokens that fit, where it says so.
    TooLong(Option<(u64, u64)>),
    /// It does not take the request as it is.
    Request,
    /// It failed itself.
    Server,
    /// No connection.
    Connect,
    /// It took too long.
    TimeOut,
    /// The answer ended in the middle, or was none.
    Broken,
    /// It was stopped.
    Cancelled,
}

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    /// What kind.
    pub kind: Kind,
    /// In words: what, and what to do. Never a key.
    pub message: String,
    /// The words that had come before.
    pub text: String,
}

impl Trouble {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), text: String::new() }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let kind = match fault.kind {
            FaultKind::Refused => Kind::Refused,
            FaultKind::Connect => Kind::Connect,
            FaultKind::TimeOut => Kind::TimeOut,
            FaultKind::TooLong | FaultKind::CutOff | FaultKind::Redirect => Kind::Broken,
            FaultKind::Cancelled => Kind::Cancelled,
        };
        Self::new(kind, visible(&fault.message))
    }
}

/// Waits so long unless it is stopped; false when it was.
pub type Pause = dyn Fn(Duration, &AtomicBool) -> bool + Send + Sync;

/// One endpoint.
pub struct Client<'d> {
    door: &'d dyn Door,
    purpose: Purpose,
    cancel: Arc<AtomicBool>,
    pause: Box<Pause>,
}

fn sleep(time: Duration, cancel: &AtomicBool) -> bool {
    let until = Instant::now() + time;
    while Instant::now() < until {
        if cancel.load(Ordering::Relaxed) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50).min(time));
    }
    !cancel.load(Ordering::Relaxed)
}

/// Text of an endpoint in one line that shows what it holds, cut short.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if out.len() >= SHOWN_MAX {
            out.push_str(" ...");
            break;
        }
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// Characters that change how others are read, or cannot be seen.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' | '\u{fff9}'..='\u{fffb}' | '\u{180b}'..='\u{180e}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

impl<'d> Client<'d> {
    /// Behind a door.
    #[must_use]
    pub fn new(door: &'d dyn Door, purpose: Purpose, cancel: Arc<AtomicBool>) -> Self {
        Self { door, purpose, cancel, pause: Box::new(sleep) }
    }

    /// With another way of waiting, for tests.
    #[must_use]
    pub fn with_pause(mut self, pause: Box<Pause>) -> Self {
        self.pause = pause;
        self
    }

    /// Asks for an answer; `on` hears it come in. Tried again only while nothing was heard of an answer.
    ///
    /// # Errors
    /// Why there is no whole one; what had come stands in the trouble.
    pub fn complete(
        &self,
        request: &Request,
        tools: &[&str],
        on: &mut dyn FnMut(Heard),
    ) -> Result<Reply, Trouble> {
        let body = request.body();
        let mut tried = 0;
        loop {
            tried += 1;
            let mut shown = false;
            let told = self.once(&body, tools, &mut |heard| {
                shown |= matches!(heard, Heard::Text(_));
                on(heard);
            });
            let trouble = match told {
                Ok(reply) => return Ok(reply),
                Err(trouble) => trouble,
            };
            let wait = match &trouble.kind {
                _ if tried >= TRIES || shown => None,
                Kind::Busy(after) => retry::wait(*after, tried),
                // A server that fell over in the middle may be back; one more try, when nothing was shown.
                Kind::Server | Kind::Broken if tried == 1 => retry::wait(None, tried),
                _ => None,
            };
            let Some(wait) = wait else { return Err(trouble) };
            on(Heard::Waiting(wait.as_secs().max(1)));
            if !(self.pause)(wait, &self.cancel) {
                return Err(Trouble::new(Kind::Cancelled, "stopped"));
            }
            on(Heard::Restart);
        }
    }

    fn once(&self, body: &Value, tools: &[&str], on: &mut dyn FnMut(Heard)) -> Result<Reply, Trouble> {
        let letter =
            Letter { path: "/chat/completions".into(), body: Some(body.clone()), purpose: self.purpose };
        let mut answer = self.door.send(letter, &self.cancel)?;
        if answer.status() != 200 {
            return Err(refused(&mut *answer));
        }
        let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if kind.contains("text/event-stream") {
            self.stream(&mut *answer, tools, on)
        } else {
            whole(&mut *answer, tools, on)
        }
    }

    fn stream(
        &self,
        answer: &mut dyn Incoming,
        tools: &[&str],
        on: &mut dyn FnMut(Heard),
    ) -> Result<Reply, Trouble> {
        let (mut sse, mut gather, mut unmask) = (Sse::default(), Gather::default(), answer.unmask());
        let mut shown = String::new();
        let mut blank = 0;
        let mut bytes = 0;
        let mut say = |heard: Heard, shown: &mut String| match heard {
            Heard::Text(text) => {
                let text = unmask.push(&text);
                if !text.is_empty() {
                    shown.push_str(&text);
                    on(Heard::Text(text));
                }
            }
            other => on(other),
        };
        let cut = |why: Trouble, shown: &str| Trouble { text: shown.to_owned(), ..why };
        'read: loop {
            let piece = match answer.next() {
                None => break,
                Some(Ok(piece)) => piece,
                Some(Err(fault)) if gather.is_finished() && fault.kind != FaultKind::Cancelled => break,
                Some(Err(fault)) => return Err(cut(fault.into(), &shown)),
            };
            bytes += piece.len();
            if bytes > BODY_MAX {
                let why = format!("the answer is longer than {BODY_MAX} bytes and was stopped");
                return Err(cut(Trouble::new(Kind::Broken, why), &shown));
            }
            let events =
                sse.push(&piece).map_err(|e| cut(Trouble::new(Kind::Broken, e.to_string()), &shown))?;
            for event in events {
                match event {
                    Event::Comment => say(Heard::Alive, &mut shown),
                    Event::Data(data, _) if data.trim() == "[DONE]" => break 'read,
                    Event::Data(data, at) => {
                        for value in values(&data, at).map_err(|e| cut(e, &shown))? {
                            let heard = gather.take(&value).map_err(|t| cut(in_stream(&t), &shown))?;
                            heard.into_iter().for_each(|h| say(h, &mut shown));
                        }
                        let tail = gather.text().chars().rev().take(BLANK_MAX + 1);
                        blank = blank.max(tail.take_while(|c| c.is_whitespace()).count());
                        if blank > BLANK_MAX {
                            let why = "the model writes nothing but blank lines and was stopped; try another \
                                       protocol in the profile";
                            return Err(cut(Trouble::new(Kind::Broken, why), &shown));
                        }
                    }
                }
            }
        }
        for event in sse.finish() {
            if let Event::Data(data, at) = event
                && data.trim() != "[DONE]"
                && !gather.is_finished()
            {
                for value in values(&data, at).map_err(|e| cut(e, &shown))? {
                    let heard = gather.take(&value).map_err(|t| cut(in_stream(&t), &shown))?;
                    heard.into_iter().for_each(|h| say(h, &mut shown));
                }
            }
        }
        let rest = unmask.finish();
        if !rest.is_empty() {
            shown.push_str(&rest);
            on(Heard::Text(rest));
        }
        if !gather.is_finished() {
            let why = "the endpoint ended the answer in the middle; what had come is kept";
            return Err(cut(Trouble::new(Kind::Broken, why), &shown));
        }
        Ok(gather.finish(tools, &mut |text| unmasked(answer, text)))
    }

    fn get(&self, path: &str) -> Result<Value, Trouble> {
        let letter = Letter { path: path.to_owned(), body: None, purpose: Purpose::Models };
        let mut answer = self.door.send(letter, &self.cancel)?;
        if answer.status() != 200 {
            return Err(refused(&mut *answer));
        }
        json_of(&mut *answer)
    }

    /// The models that the endpoint lists.
    ///
    /// # Errors
    /// Why there is no list.
    pub fn models(&self) -> Result<Vec<String>, Trouble> {
        let body = self.get("/models")?;
        let list = ["data", "models"].iter().find_map(|k| body.get(*k)).and_then(Value::as_array);
        let name = |m: &Value| {
            let id = ["id", "name", "model"].iter().find_map(|k| m.get(*k)).and_then(Value::as_str);
            id.or(m.as_str()).map(visible)
        };
        let list = list.ok_or_else(|| Trouble::new(Kind::Broken, "the endpoint's list of models is none"))?;
        Ok(list.iter().filter_map(name).take(500).collect())
    }

    /// The tokens that fit, where the endpoint says so (`/props` of llama.cpp, the list of models of others).
    #[must_use]
    pub fn context(&self) -> Option<u32> {
        let fits = |v: &Value| v.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n >= 256);
        // Beside `/v1`, not below it.
        if let Ok(props) = self.get("../props")
            && let Some(n) = props.pointer("/default_generation_settings/n_ctx").or(props.get("n_ctx"))
        {
            return fits(n);
        }
        let body = self.get("/models").ok()?;
        let first = body.get("data")?.get(0)?;
        let names = ["max_model_len", "context_length", "max_context_length", "context_window"];
        let named = names.iter().find_map(|k| first.get(*k));
        // `n_ctx_train` is what the model could, not what this server was started with.
        named.or_else(|| first.pointer("/meta/n_ctx")).and_then(fits)
    }
}

fn unmasked(answer: &dyn Incoming, text: &str) -> String {
    let mut unmask = answer.unmask();
    let mut out = unmask.push(text);
    out.push_str(&unmask.finish());
    out
}

/// The JSON values of one event; some servers write two in one line.
fn values(data: &str, at: u64) -> Result<Vec<Value>, Trouble> {
    let mut out = Vec::new();
    if data.trim().is_empty() {
        return Ok(out);
    }
    for value in serde_json::Deserializer::from_str(data).into_iter::<Value>() {
        match value {
            Ok(value) => out.push(value),
            Err(_) => {
                let why =
                    format!("the endpoint sent something that is no answer, at byte {at} of its stream");
                return Err(Trouble::new(Kind::Broken, why));
            }
        }
    }
    Ok(out)
}

/// The body, as far as it may be read.
fn body_of(answer: &mut dyn Incoming, most: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(piece) = answer.next() {
        body.extend(piece?);
        if body.len() > most {
            body.truncate(most);
            break;
        }
    }
    Ok(body)
}

fn json_of(answer: &mut dyn Incoming) -> Result<Value, Trouble> {
    let body = body_of(answer, BODY_MAX)?;
    serde_json::from_slice(&body).map_err(|_| {
        let text = visible(&String::from_utf8_lossy(&body));
        let shown: String = text.chars().take(300).collect();
        Trouble::new(
            Kind::Broken,
            format!("the endpoint's answer is no JSON; is this the address of a model? It begins: {shown}"),
        )
    })
}

fn whole(answer: &mut dyn Incoming, tools: &[&str], on: &mut dyn FnMut(Heard)) -> Result<Reply, Trouble> {
    let body = json_of(answer)?;
    let mut gather = Gather::default();
    gather.take(&body).map_err(|told| in_stream(&told))?;
    if body.get("choices").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(Trouble::new(Kind::Broken, "the endpoint's answer holds no message"));
    }
    let reply = gather.finish(tools, &mut |text| unmasked(answer, text));
    if reply.finish == Finish::Missing {
        let why = "the endpoint did not say whether its answer is whole";
        return Err(Trouble { text: reply.text, ..Trouble::new(Kind::Broken, why) });
    }
    if !reply.text.is_empty() {
        on(Heard::Text(reply.text.clone()));
    }
    Ok(reply)
}

fn in_stream(told: &Told) -> Trouble {
    let kind = match told.code {
        _ if told.context.is_some() => Kind::TooLong(told.context),
        Some(401 | 403) => Kind::Key,
        Some(429) => Kind::Busy(None),
        _ => Kind::Server,
    };
    Trouble::new(kind, format!("the endpoint stopped with an error: {}", visible(&told.message)))
}

/// What an answer without success says, in our words first.
fn refused(answer: &mut dyn Incoming) -> Trouble {
    let status = answer.status();
    let after = answer.header("retry-after").map(|h| retry::after(&h, now()));
    let body = body_of(answer, 64 * 1024).unwrap_or_default();
    let value: Option<Value> = serde_json::from_slice(&body).ok();
    let said = value.as_ref().and_then(told);
    let context = said.as_ref().and_then(|t| t.context);
    let words = match &said {
        Some(told) => visible(&told.message),
        None => visible(&without_tags(&String::from_utf8_lossy(&body))),
    };
    let low = words.to_ascii_lowercase();
    let long = [
        "context length",
        "context size",
        "context window",
        "maximum context",
        "too many tokens",
        "prompt is too long",
    ];
    let (kind, ours) = match status {
        400 | 413 | 422 if context.is_some() || long.iter().any(|w| low.contains(w)) => {
            (Kind::TooLong(context), "the question with its data is longer than the model can read".to_owned())
        }
        401 => (Kind::Key, "the endpoint does not accept the key; set it anew in the model's profile".to_owned()),
        403 => (Kind::Key, "the key may not use this endpoint or model".to_owned()),
        404 => (Kind::NotFound, "the endpoint does not know this path or model; look at the address and the model's name in the profile".to_owned()),
        429 => (Kind::Busy(after.flatten()), "the endpoint takes no more calls for now".to_owned()),
        503 | 529 => (Kind::Busy(after.flatten()), "the endpoint is overloaded or still starting".to_owned()),
        300..=399 => (Kind::Broken, "the endpoint leads elsewhere, which is never followed; give its real address in the profile".to_owned()),
        500..=599 => (Kind::Server, format!("the endpoint failed (HTTP {status})")),
        _ => (Kind::Request, format!("the endpoint does not take the request (HTTP {status})")),
    };
    let wait = match &kind {
        Kind::Busy(Some(seconds)) => format!("; it says to wait {}", retry::in_words(*seconds)),
        _ => String::new(),
    };
    // What an endpoint says to a wrong key may repeat it.
    let told =
        if words.is_empty() || kind == Kind::Key { String::new() } else { format!(". It says: {words}") };
    Trouble::new(kind, format!("{ours}{wait}{told}"))
}

/// An error page as text.
fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
