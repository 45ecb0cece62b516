//! Errors at the boundary: everything that goes wrong below becomes an [`ApiError`] here, once, with a
//! code only where a consumer acts on it. No wording of single commands is here.

use crate::wire::ApiError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use timberline_model::StoreError;
use timberline_model::kql::KqlError;
use timberline_store::CaseError;

impl ApiError {
    /// With a code and a sentence.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), detail: String::new() }
    }

    /// Something did not work; no consumer acts on it.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new("failed", message)
    }

    /// What was named is not there.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new("not_found", message)
    }

    /// No case is open.
    #[must_use]
    pub fn no_case() -> Self {
        Self::new("no_case", "no case is open; make one or open one first")
    }

    /// With more, for whoever looks.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// A mistake in a query: the sentence, and as detail the query with a caret under the place.
    #[must_use]
    pub fn bad_query(query: &str, why: &KqlError) -> Self {
        Self::new("bad_query", why.message.clone()).with_detail(caret(query, why.at))
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl From<StoreError> for ApiError {
    fn from(why: StoreError) -> Self {
        let code = match &why {
            StoreError::Cancelled => "cancelled",
            StoreError::BadQuery(_) => "bad_query",
            StoreError::Busy(_) => "busy",
            _ => "failed",
        };
        Self::new(code, why.to_string())
    }
}

impl From<CaseError> for ApiError {
    fn from(why: CaseError) -> Self {
        match why {
            CaseError::Store(inner) => inner.into(),
            CaseError::Missing { .. } | CaseError::NoSource(_) => Self::not_found(why.to_string()),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<timberline_detect::DetectError> for ApiError {
    fn from(why: timberline_detect::DetectError) -> Self {
        match why {
            timberline_detect::DetectError::Store(inner) => inner.into(),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<std::io::Error> for ApiError {
    fn from(why: std::io::Error) -> Self {
        Self::failed(why.to_string())
    }
}

/// Wrong usage: a name or an argument that does not fit.
#[must_use]
pub fn usage(message: &str) -> ApiError {
    ApiError::new("usage", message)
}

/// A command's request from its payload; no payload at all is an empty request.
///
/// # Errors
/// `usage`, saying which argument does not fit.
pub fn arguments<T: DeserializeOwned>(payload: serde_json::Value) -> Result<T, ApiError> {
    let payload = if payload.is_null() { serde_json::json!({}) } else { payload };
    serde_json::from_value(payload).map_err(|why| usage(&format!("the arguments do not fit: {why}")))
}

/// A command's answer as JSON.
///
/// # Errors
/// When it cannot be written as JSON, which no wire type gives reason for.
pub fn answer<T: Serialize>(answer: &T) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(answer)
        .map_err(|why| ApiError::failed(format!("the answer cannot be written as JSON: {why}")))
}

/// What a caught panic says.
#[must_use]
pub fn panic_text(fault: &(dyn std::any::Any + Send)) -> String {
    fault
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| fault.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// A text and, on a second line, a caret under the character that begins at byte `at`. Line breaks in
/// the text are shown as spaces, so that the caret stands under its place.
#[must_use]
pub fn caret(text: &str, at: usize) -> String {
    let before = text.char_indices().take_while(|(i, _)| *i < at).count();
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{flat}\n{}^", " ".repeat(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_counts_characters() {
        assert_eq!(caret("a : (", 4), "a : (\n    ^");
        assert_eq!(caret("é : x", 5), "é : x\n    ^", "two bytes, one column");
        assert_eq!(caret("ab", 99), "ab\n  ^", "the end is a place too");
    }

    #[test]
    fn arguments_say_what_does_not_fit() {
        let why = arguments::<crate::wire::CasePath>(serde_json::json!({})).unwrap_err();
        assert_eq!(why.code, "usage");
        assert!(why.message.contains("path"), "{}", why.message);
        assert!(arguments::<crate::wire::Nothing>(serde_json::Value::Null).is_ok());
    }
}
