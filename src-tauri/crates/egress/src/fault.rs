//! Why nothing was sent, or why no whole answer came. No text here ever holds a key.

/// The gate says no; nothing was sent and nothing was looked up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The policy refuses it; no byte left.
    Refused,
    /// It could not be written down, so it was not sent.
    NotRecorded,
    /// More bytes than a question or a day may send; no byte left.
    Budget,
    /// The host's name leads nowhere, or where the policy does not allow; no byte left.
    Lookup,
    /// No connection.
    Connect,
    /// The connection cannot be trusted.
    Tls,
    /// A stage took too long.
    TimeOut,
    /// More came back than may.
    TooLong,
    /// The connection ended in the middle of the answer.
    CutOff,
    /// What came is no HTTP.
    Malformed,
    /// It leads elsewhere; that is never followed.
    Redirect,
    /// It was stopped.
    Cancelled,
}

/// Why no whole answer came, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// In words, without any key.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}
