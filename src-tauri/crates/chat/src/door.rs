//! The way out, as the client sees it: something that carries one call to one endpoint. Behind it stands the gate,
//! in tests a script. Which endpoint, which key, which policy is the door's business and never the client's.

use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a call is for; the gate writes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A question of the chat.
    Chat,
    /// Trying out an endpoint.
    Test,
    /// Asking which models there are.
    Models,
    /// Words for a card or a report.
    Report,
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Below the endpoint's base address, as in `/chat/completions`.
    pub path: String,
    /// The body in clear text; a call without one asks (GET).
    pub body: Option<Value>,
    /// What for.
    pub purpose: Purpose,
}

/// What went wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The policy refuses it, or it could not be recorded; no byte left.
    Refused,
    /// No connection, or one that cannot be trusted.
    Connect,
    /// A stage took too long.
    TimeOut,
    /// More came back than may.
    TooLong,
    /// The connection ended in the middle.
    CutOff,
    /// It leads elsewhere.
    Redirect,
    /// It was stopped.
    Cancelled,
}

/// Why no whole answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// In words, without any key.
    pub message: String,
}

/// Puts back what the gate masked, in text that comes in pieces.
pub trait Unmask: Send {
    /// More text; what may be the beginning of a pseudonym is held back.
    fn push(&mut self, text: &str) -> String;
    /// What was held back.
    fn finish(&mut self) -> String;
}

/// Leaves text as it is: nothing was masked.
pub struct Clear;

impl Unmask for Clear {
    fn push(&mut self, text: &str) -> String {
        text.to_owned()
    }

    fn finish(&mut self) -> String {
        String::new()
    }
}

/// An answer as it comes in.
pub trait Incoming {
    /// The HTTP status.
    fn status(&self) -> u16;
    /// A header's value; names in lower case.
    fn header(&self, name: &str) -> Option<String>;
    /// The next bytes of the body; `None` at its proper end.
    fn next(&mut self) -> Option<Result<Vec<u8>, Fault>>;
    /// One that puts back what was masked in this call.
    fn unmask(&self) -> Box<dyn Unmask>;
}

/// Carries calls to one endpoint.
pub trait Door: Send + Sync {
    /// Sends; gives the head of the answer.
    ///
    /// # Errors
    /// Why there is none.
    fn send(&self, letter: Letter, cancel: &Arc<AtomicBool>) -> Result<Box<dyn Incoming>, Fault>;
}
