//! What someone wants to send, in clear text, and what would really be sent. Masking, deciding and sending are not
//! here; a key can be given, never read back.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::Zeroizing;

/// How it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Asks; has no body.
    Get,
    /// Hands over a body.
    Post,
}

/// What it is sent for. Every path of the application that can call a model is one of these; the canary audit drives
/// each of [`Purpose::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A question of the chat.
    Chat,
    /// Trying out an endpoint.
    Test,
    /// Asking an endpoint which models it has.
    Models,
    /// Words for the report or for a card.
    Report,
    /// The leak test's own recorder.
    Canary,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Chat, Self::Test, Self::Models, Self::Report, Self::Canary];

    /// As the record names it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Test => "test",
            Self::Models => "models",
            Self::Report => "report",
            Self::Canary => "canary",
        }
    }
}

/// A key for an endpoint: wiped from memory when dropped, never printed, never serialised.
#[derive(Clone)]
pub struct Secret {
    header: Option<String>,
    value: Zeroizing<String>,
}

impl Secret {
    /// Sent as `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(value: impl Into<String>) -> Self {
        Self { header: None, value: Zeroizing::new(value.into()) }
    }

    /// Sent in a header of its own, such as `api-key`.
    #[must_use]
    pub fn header(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { header: Some(name.into()), value: Zeroizing::new(value.into()) }
    }

    pub(crate) fn name(&self) -> &str {
        self.header.as_deref().unwrap_or("authorization")
    }

    pub(crate) fn line(&self) -> Zeroizing<String> {
        match self.header {
            Some(_) => self.value.clone(),
            None => Zeroizing::new(format!("Bearer {}", self.value.as_str())),
        }
    }

    /// Takes the key out of a text, however it got there.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        use base64::Engine as _;
        let key = self.value.as_str();
        if key.len() < 4 {
            return text.to_owned();
        }
        let forms = [key.to_owned(), base64::engine::general_purpose::STANDARD.encode(key)];
        forms.iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), "[key]"))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({}: [key])", self.name())
    }
}

/// How long each stage may take, and how much may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection, its encryption included; looking up the name has as long again.
    pub connect: Duration,
    /// From there to the head of the answer. A local model may read a long prompt in silence.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// In all.
    pub total: Duration,
    /// Bytes of the answer.
    pub max_bytes: u64,
    /// Bytes of a line of an answer that streams (`text/event-stream`).
    pub max_line: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(600),
            max_bytes: 8 * 1024 * 1024,
            max_line: 1024 * 1024,
        }
    }
}

/// Certificates beside those that the system trusts, in PEM. Nothing here can make a bad certificate good.
#[derive(Clone, Default)]
pub struct Tls {
    /// The company's own authorities.
    pub ca_pem: Option<Vec<u8>>,
    /// The certificate that we show, and its chain.
    pub client_cert_pem: Option<Vec<u8>>,
    /// Its key.
    pub client_key_pem: Option<Zeroizing<Vec<u8>>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ca, client) = (self.ca_pem.is_some(), self.client_cert_pem.is_some());
        write!(f, "Tls(own authority: {ca}, own certificate: {client})")
    }
}

/// What someone wants to send, in clear text: whether and how it is masked is the policy's.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The endpoint's base address, as in `https://models.example/v1`.
    pub endpoint: String,
    /// What is asked of it, as in `/chat/completions`: added to the base. Plain characters, no `?`.
    pub path: String,
    /// How.
    pub method: Method,
    /// More headers; keys do not belong here. Their values are neither masked nor recorded.
    pub headers: Vec<(String, String)>,
    /// The key.
    pub secret: Option<Secret>,
    /// What is handed over, in clear text.
    pub body: Option<serde_json::Value>,
    /// What for.
    pub purpose: Purpose,
    /// The question that it belongs to, any short text: the bytes of a question are counted together.
    pub question: String,
    /// Bounds.
    pub limits: Limits,
    /// Certificates.
    pub tls: Tls,
}

impl Outgoing {
    /// With nothing but where, how and what for.
    #[must_use]
    pub fn new(endpoint: &str, path: &str, method: Method, purpose: Purpose) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            path: path.to_owned(),
            method,
            headers: Vec::new(),
            secret: None,
            body: None,
            purpose,
            question: String::new(),
            limits: Limits::default(),
            tls: Tls::default(),
        }
    }
}

/// How many values of a kind were masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masked {
    /// `user`, `host`, `address`, `secret`, `card` and so on.
    pub kind: String,
    /// How many places.
    pub count: u64,
}

/// What would be sent, to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Where it would go: scheme, host and port.
    pub endpoint: String,
    /// What would be asked there.
    pub path: String,
    /// The body; empty where there is none.
    pub payload: String,
    /// Its bytes.
    pub bytes: u64,
    /// Whether it is masked.
    pub is_masked: bool,
    /// What was masked, by kind.
    pub masked: Vec<Masked>,
    /// The policy that holds, in words.
    pub policy: String,
    /// Whether it would leave this machine.
    pub leaves: bool,
    /// The proxy that it would go through.
    pub proxy: Option<String>,
}
