//! One model endpoint as the chat's client sees it: a profile, its key from the keyring, and the case's gate, through
//! which every call passes. Also the test that finds out what an endpoint can do. Profiles are kept by `ops::models`.

use crate::ops::models::key_name;
use crate::secrets;
use crate::session::Engine;
use crate::tools::TOOLS;
use crate::wire::{ApiError, ModelProfile, ModelReport};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use timberline_chat::{
    Client, Door, Fault, FaultKind, Heard, Incoming, Kind, Letter, Manner, Message, Protocol, Purpose,
    Request, Role, Unmask,
};
use timberline_egress as egress;
use timberline_egress::{Gate, Limits, Method, Outgoing, Preview, Secret, Tls};

/// The context where nobody says how much fits.
const CONTEXT: u32 = 8_192;
/// A local model may read a long prompt in silence for minutes.
const FIRST_BYTE_LOCAL: Duration = Duration::from_secs(300);

/// A profile behind the gate.
pub struct GateDoor {
    gate: Gate,
    profile: ModelProfile,
    secret: Option<Secret>,
    tls: Tls,
    question: String,
    /// Bytes of bodies sent.
    pub sent: AtomicU64,
}

impl GateDoor {
    /// For a profile of the open case; `question` is what its bytes are counted under.
    ///
    /// # Errors
    /// What the keyring says; files of certificates that cannot be read.
    pub fn new(gate: Gate, profile: &ModelProfile, question: &str) -> Result<Self, ApiError> {
        let key = if profile.has_key { secrets::get(&key_name(&profile.name))? } else { None };
        if profile.has_key && key.is_none() {
            return Err(ApiError::failed(format!(
                "the key of '{}' is no longer in the keyring; set it anew",
                profile.name
            )));
        }
        let secret = key.map(|key| match profile.key_header.as_str() {
            "" => Secret::bearer(key),
            name => Secret::header(name, key),
        });
        let read = |path: &Option<String>| -> Result<Option<Vec<u8>>, ApiError> {
            let Some(path) = path.as_deref().filter(|p| !p.is_empty()) else { return Ok(None) };
            let why = |e: std::io::Error| {
                ApiError::failed(format!("the certificate file {path} cannot be read: {e}"))
            };
            std::fs::read(path).map(Some).map_err(why)
        };
        let tls = Tls {
            ca_pem: read(&profile.ca_file)?,
            client_cert_pem: read(&profile.client_cert_file)?,
            client_key_pem: read(&profile.client_key_file)?.map(Into::into),
        };
        let sent = AtomicU64::new(0);
        Ok(Self { gate, profile: profile.clone(), secret, tls, question: question.to_owned(), sent })
    }

    fn outgoing(&self, letter: Letter) -> Outgoing {
        let base = self.profile.url.trim_end_matches('/');
        let root = base.strip_suffix("/v1").unwrap_or(base);
        // A base that names a version of its own keeps it.
        let versioned = base.rsplit('/').next().is_some_and(|last| {
            last.strip_prefix('v').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()))
        });
        let (endpoint, path) = match letter.path.strip_prefix("..") {
            Some(beside) => (root.to_owned(), beside.to_owned()),
            None if versioned => (base.to_owned(), letter.path),
            None => (base.to_owned(), format!("/v1{}", letter.path)),
        };
        let method = if letter.body.is_some() { Method::Post } else { Method::Get };
        let purpose = match letter.purpose {
            Purpose::Chat => egress::Purpose::Chat,
            Purpose::Test => egress::Purpose::Test,
            Purpose::Models => egress::Purpose::Models,
            Purpose::Report => egress::Purpose::Report,
        };
        let local = egress::Endpoint::parse(base).is_ok_and(|e| e.place() == egress::Place::Loopback);
        let total = Duration::from_secs(match self.profile.seconds {
            0 => 600,
            n => u64::from(n.clamp(5, 3_600)),
        });
        let usual = Limits::default();
        let first_byte = if local { FIRST_BYTE_LOCAL.min(total) } else { usual.first_byte.min(total) };
        // A server that reads a long prompt says so every 30 s.
        let idle = if local { Duration::from_secs(90) } else { usual.idle };
        Outgoing {
            headers: self.profile.headers.iter().map(|(n, v)| (n.clone(), v.clone())).collect(),
            secret: self.secret.clone(),
            body: letter.body,
            question: self.question.clone(),
            limits: Limits { total, first_byte, idle, ..usual },
            tls: self.tls.clone(),
            ..Outgoing::new(&endpoint, &path, method, purpose)
        }
    }

    /// Exactly what a call would send.
    ///
    /// # Errors
    /// Why it would be refused, as a sentence.
    pub fn preview(&self, body: Json) -> Result<Preview, String> {
        let letter = Letter { path: "/chat/completions".into(), body: Some(body), purpose: Purpose::Chat };
        self.gate.preview(&self.outgoing(letter)).map_err(|why| why.0)
    }

    /// The policy that holds, in words.
    #[must_use]
    pub fn policy(&self) -> &'static str {
        self.gate.policy().level.title()
    }

    /// A text without the key, however it got there.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        self.secret.as_ref().map_or_else(|| text.to_owned(), |s| s.scrub(text))
    }
}

/// An answer through the gate.
struct Coming(egress::Reply);

/// What puts back pseudonyms.
struct Back(egress::Unmasker);

impl Unmask for Back {
    fn push(&mut self, text: &str) -> String {
        self.0.push(text)
    }

    fn finish(&mut self) -> String {
        self.0.finish()
    }
}

fn fault(why: egress::Fault) -> Fault {
    use egress::FaultKind as F;
    let kind = match why.kind {
        F::Refused | F::NotRecorded | F::Budget => FaultKind::Refused,
        F::TimeOut => FaultKind::TimeOut,
        F::TooLong => FaultKind::TooLong,
        F::CutOff | F::Malformed => FaultKind::CutOff,
        F::Redirect => FaultKind::Redirect,
        F::Cancelled => FaultKind::Cancelled,
        _ => FaultKind::Connect,
    };
    Fault { kind, message: why.message }
}

impl Incoming for Coming {
    fn status(&self) -> u16 {
        self.0.status
    }

    fn header(&self, name: &str) -> Option<String> {
        self.0.header(name).map(str::to_owned)
    }

    fn next(&mut self) -> Option<Result<Vec<u8>, Fault>> {
        self.0.next().map(|piece| piece.map_err(fault))
    }

    fn unmask(&self) -> Box<dyn Unmask> {
        Box::new(Back(self.0.unmasker()))
    }
}

impl Door for GateDoor {
    fn send(&self, letter: Letter, cancel: &Arc<AtomicBool>) -> Result<Box<dyn Incoming>, Fault> {
        let bytes = letter.body.as_ref().map_or(0, |b| b.to_string().len() as u64);
        let reply = self.gate.send(self.outgoing(letter), cancel).map_err(|why| {
            let why = fault(why);
            Fault { message: self.scrub(&why.message), ..why }
        })?;
        self.sent.fetch_add(bytes, Ordering::Relaxed);
        Ok(Box::new(Coming(reply)))
    }
}

/// How a profile is talked to: as it says, else as its last test found, else by a schema, which most servers know.
#[must_use]
pub fn manner(profile: &ModelProfile) -> Manner {
    let found = profile.report.as_ref().map_or("", |r| r.protocol.as_str());
    let word = match profile.protocol.as_str() {
        "" | "auto" => found,
        said => said,
    };
    let protocol = match word {
        "tools" => Protocol::Tools,
        "words" => Protocol::Words,
        _ => Protocol::Schema,
    };
    let context = match profile.context {
        0 => profile.report.as_ref().and_then(|r| r.context).unwrap_or(CONTEXT),
        n => n,
    };
    let model = match profile.model.as_str() {
        "" => profile
            .report
            .as_ref()
            .map_or_else(String::new, |r| r.models.first().cloned().unwrap_or_default()),
        named => named.to_owned(),
    };
    Manner { protocol, model, context: context.max(1_024) }
}

/// The door of a profile for the open case.
///
/// # Errors
/// `no_case`; what the case and the keyring say.
pub fn door(engine: &Engine, profile: &ModelProfile, question: &str) -> Result<GateDoor, ApiError> {
    GateDoor::new(engine.gate()?, profile, question)
}

/// Tries an endpoint: its list of models, a plain answer that streams, a call by the protocol, an answer under a schema.
/// Nothing of a case is sent.
pub fn probe(door: &dyn Door, profile: &ModelProfile, cancel: &Arc<AtomicBool>) -> ModelReport {
    let client = Client::new(door, Purpose::Test, cancel.clone());
    let mut report = ModelReport::default();
    let begun = Instant::now();
    let listed = client.models();
    if let Ok(models) = &listed {
        report.models.clone_from(models);
    }
    let model = if profile.model.is_empty() {
        report.models.first().cloned().unwrap_or_default()
    } else {
        profile.model.clone()
    };
    let ask = |text: &str| Request {
        model: model.clone(),
        messages: vec![Message::new(Role::User, text)],
        max_tokens: 64,
        stream: true,
        ..Request::default()
    };
    let mut pieces = 0;
    let first = client.complete(&ask("Say the word ready."), &[], &mut |h| {
        pieces += u32::from(matches!(h, Heard::Text(_)))
    });
    report.seconds = (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    match first {
        Ok(reply) => {
            report.works = true;
            report.streaming = pieces > 1;
            report.model = if reply.model.is_empty() { model.clone() } else { reply.model };
        }
        Err(why) => {
            report.text = match (&why.kind, report.models.as_slice()) {
                (Kind::NotFound, [_, ..]) => {
                    let some: Vec<&str> = report.models.iter().take(8).map(String::as_str).collect();
                    format!("{}. It lists {}", why.message, some.join(", "))
                }
                _ => why.message,
            };
            return report;
        }
    }
    report.context = client.context();
    report.tools = calls_tools(&client, &ask);
    report.schema = keeps_schema(&client, &ask);
    let protocol = match (report.tools, report.schema) {
        (true, _) => Protocol::Tools,
        (false, true) => Protocol::Schema,
        (false, false) => Protocol::Words,
    };
    report.protocol = protocol.word().to_owned();
    let can = |yes: bool| if yes { "yes" } else { "no" };
    report.text = format!(
        "It answers as {}. Streaming: {}; calls of tools: {}; JSON schema: {}; context: {}. {}",
        report.model,
        can(report.streaming),
        can(report.tools),
        can(report.schema),
        report
            .context
            .map_or_else(|| "not told, 8,192 tokens are taken".to_owned(), |n| format!("{n} tokens")),
        match protocol {
            Protocol::Tools => "It plans by calling tools",
            Protocol::Schema =>
                "It plans by JSON under a schema, with examples; what the planner understands it only words",
            Protocol::Words => "The built-in planner plans, the model only words the answer",
        }
    );
    report
}

/// Whether it calls by the protocol, with arguments that fit, in two questions of two.
fn calls_tools(client: &Client<'_>, ask: &dyn Fn(&str) -> Request) -> bool {
    let tools: Json = TOOLS
        .iter()
        .map(|t| t.about())
        .filter(|a| ["count_events", "top_values", "timeline"].contains(&a.name))
        .map(|a| {
            json!({ "type": "function",
                    "function": { "name": a.name, "description": a.description, "parameters": a.arguments } })
        })
        .collect();
    let names = ["count_events", "top_values", "timeline"];
    let fits = |question: &str, wanted: &str| {
        let request = Request { tools: Some(tools.clone()), max_tokens: 200, ..ask(question) };
        let told = client.complete(&request, &names, &mut |_| {});
        told.is_ok_and(|reply| {
            // Dug out of the words it may be right today and wrong tomorrow.
            !reply.calls_in_text
                && reply
                    .calls
                    .first()
                    .is_some_and(|c| c.name == wanted && c.arguments.as_ref().is_ok_and(Json::is_object))
        })
    };
    fits("How many events are there in the log? Use a tool.", "count_events")
        && fits("Which value of the field user.name is the most frequent? Use a tool.", "top_values")
}

/// Whether an answer keeps to a schema that nobody would keep to by chance.
fn keeps_schema(client: &Client<'_>, ask: &dyn Fn(&str) -> Request) -> bool {
    let schema = json!({
        "type": "object",
        "properties": { "verdict": { "enum": ["k7", "q3"] }, "amount": { "type": "integer" } },
        "required": ["verdict", "amount"],
        "additionalProperties": false
    });
    let request =
        Request { schema: Some(("probe".into(), schema)), ..ask("Is the sky blue? Answer as you like.") };
    let told = client.complete(&request, &[], &mut |_| {});
    let value = told.ok().and_then(|reply| serde_json::from_str::<Json>(reply.text.trim()).ok());
    value.is_some_and(|v| {
        let fits = v.get("verdict").and_then(Json::as_str).is_some_and(|t| t == "k7" || t == "q3");
        fits && v.get("amount").is_some_and(Json::is_i64) && v.as_object().is_some_and(|o| o.len() == 2)
    })
}
