//! What a field holds. Three kinds only, so that every engine can store and order them alike:
//! truth values are the texts `true` and `false`, lists are texts joined by [`MULTI`].

use serde::{Deserialize, Serialize};

/// Joins the elements of a list in one text (ASCII record separator). A predicate holds for a list
/// when it holds for any element.
pub const MULTI: char = '\u{1e}';

/// One value of one field. Missing is the absence of a value, never an empty text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(untagged)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN.
    Float(f64),
    /// Text; a list's elements are joined by [`MULTI`].
    Text(String),
}

impl Value {
    /// The text that a person reads and that patterns are matched against; lists are joined by `, `.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::Int(n) => n.to_string(),
            Self::Float(x) => x.to_string(),
            Self::Text(s) if s.contains(MULTI) => s.split(MULTI).collect::<Vec<_>>().join(", "),
            Self::Text(s) => s.clone(),
        }
    }

    /// The number it is or reads as.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(n) => Some(*n as f64),
            Self::Float(x) => Some(*x),
            Self::Text(s) => s.trim().parse().ok().filter(|x: &f64| x.is_finite()),
        }
    }

    /// As JSON: lists become arrays.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Int(n) => (*n).into(),
            Self::Float(x) => (*x).into(),
            Self::Text(s) if s.contains(MULTI) => s.split(MULTI).collect::<Vec<_>>().into(),
            Self::Text(s) => s.as_str().into(),
        }
    }
}

impl Eq for Value {}

impl Ord for Value {
    /// Numbers before texts; numbers by size (of two as great the whole one first, as they are not the same
    /// value), texts by bytes. Ties in rankings are broken by this.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Text(_), _) => std::cmp::Ordering::Greater,
            (_, Self::Text(_)) => std::cmp::Ordering::Less,
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (a, b) => {
                let fraction = |v: &Self| matches!(v, Self::Float(_));
                a.number()
                    .unwrap_or(0.0)
                    .total_cmp(&b.number().unwrap_or(0.0))
                    .then(fraction(a).cmp(&fraction(b)))
            }
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::Text(s.to_owned())
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}
