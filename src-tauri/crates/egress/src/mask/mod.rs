//! The mask over what leaves: what identifies a person, a machine or a secret is replaced by a stand-in that is the
//! same wherever it occurs in the case, and is put back in the answer. What counts as a value of the case is told by
//! the engine; who may see what is the policy's.
//!
//! Everything works on text as it is written: JSON inside of a string is looked through as text, so that a payload
//! comes back byte for byte when it is unmasked.

mod addresses;
mod encoded;
mod find;
mod names;
mod numbers;
mod pseudonym;
mod secrets;
#[cfg(test)]
mod tests;
mod unmask;
mod values;

pub use find::MARKERS;
pub use unmask::Unmasker;

use crate::outgoing::Masked;
use find::Finder;
use pseudonym::Book;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a masked value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A person's or a program's account.
    User,
    /// A machine.
    Host,
    /// A domain, or a machine's name with its domain.
    Domain,
    /// An e-mail address.
    Email,
    /// An IPv4 or IPv6 address.
    Address,
    /// A network card's address.
    Mac,
    /// A password, token or key.
    Secret,
    /// A payment card's number.
    Card,
    /// An IBAN, or a number that a state gave to a person.
    NationalId,
    /// Any of these in another coding, such as base64.
    Encoded,
    /// Another value of the case, such as an organisation's name.
    Value,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::User,
        Self::Host,
        Self::Domain,
        Self::Email,
        Self::Address,
        Self::Mac,
        Self::Secret,
        Self::Card,
        Self::NationalId,
        Self::Encoded,
        Self::Value,
    ];

    /// As records and counts name it, and as stand-ins begin.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Host => "host",
            Self::Domain => "domain",
            Self::Email => "email",
            Self::Address => "address",
            Self::Mac => "mac",
            Self::Secret => "secret",
            Self::Card => "card",
            Self::NationalId => "id",
            Self::Encoded => "encoded",
            Self::Value => "value",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Keeps what stands for what, in the case.
pub trait Keeper: Send + Sync {
    /// Everything that was kept: kind, value, stand-in.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn load(&self) -> Result<Vec<(Kind, String, String)>, String>;

    /// Keeps new ones, before any of them leaves.
    ///
    /// # Errors
    /// Why it cannot be written; then nothing is sent.
    fn keep(&self, new: &[(Kind, String, String)]) -> Result<(), String>;
}

/// The mask of one case.
pub struct Masker {
    finder: Finder,
    book: Mutex<Book>,
    keeper: Option<Arc<dyn Keeper>>,
}

impl Masker {
    /// With the case's key, its own values, and someone who keeps what stands for what (none: it is forgotten).
    ///
    /// # Errors
    /// When what was kept cannot be read, or there are too many values.
    pub fn new(
        key: [u8; 32],
        values: impl IntoIterator<Item = (Kind, String)>,
        keeper: Option<Arc<dyn Keeper>>,
    ) -> Result<Self, String> {
        let mut book = Book::new(key);
        if let Some(keeper) = &keeper {
            for (kind, value, stand_in) in keeper.load()? {
                book.remember(kind, &value, &stand_in);
            }
        }
        Ok(Self { finder: Finder::new(values)?, book: Mutex::new(book), keeper })
    }

    /// A text with everything masked, and how much of what.
    ///
    /// # Errors
    /// When what stands for what cannot be kept.
    pub fn mask_text(&self, text: &str) -> Result<(String, Vec<Masked>), String> {
        let mut counts = Counts::default();
        let masked = self.text(text, true, &mut counts);
        let masked = again(&masked, &self.lock().secrets(), &mut counts);
        self.keep()?;
        Ok((masked, counts.list()))
    }

    /// A body with everything masked in all its strings and keys. Words of the protocol stay: roles, types, the names of
    /// tools and of their arguments, the model's name; secrets and addresses are masked even there.
    ///
    /// # Errors
    /// When what stands for what cannot be kept.
    pub fn mask_body(&self, body: &Value) -> Result<(Value, Vec<Masked>), String> {
        let mut counts = Counts::default();
        let masked = self.value(body, false, &mut counts);
        let secrets = self.lock().secrets();
        let masked = again_in(masked, &secrets, &mut counts);
        self.keep()?;
        Ok((masked, counts.list()))
    }

    /// Puts back what stands for what, as known now.
    #[must_use]
    pub fn unmasker(&self) -> Unmasker {
        self.lock().unmasker()
    }

    /// What stands for a value, if it was ever masked.
    #[must_use]
    pub fn stand_in(&self, value: &str) -> Option<String> {
        self.lock().known(value)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self) -> Result<(), String> {
        let mut book = self.lock();
        let fresh = book.fresh();
        if let (Some(keeper), false) = (&self.keeper, fresh.is_empty())
            && let Err(why) = keeper.keep(&fresh)
        {
            book.put_back(fresh);
            return Err(format!("what stands for what cannot be kept, so nothing was sent: {why}"));
        }
        Ok(())
    }

    fn text(&self, text: &str, values: bool, counts: &mut Counts) -> String {
        let spans = self.finder.find(text, values);
        if spans.is_empty() {
            return text.to_owned();
        }
        let mut book = self.lock();
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for span in spans {
            out.push_str(&text[at..span.start]);
            out.push_str(&book.stand_in(span.kind, &text[span.start..span.end]));
            counts.add(span.kind);
            at = span.end;
        }
        out.push_str(&text[at..]);
        out
    }

    /// `within_schema`: names here are code, not data.
    fn value(&self, value: &Value, within_schema: bool, counts: &mut Counts) -> Value {
        match value {
            Value::String(text) => self.text(text, true, counts).into(),
            Value::Number(number) => {
                // A card's number written as a number is a card's number.
                let text = number.to_string();
                if text.len() < 9 {
                    return value.clone();
                }
                let masked = self.text(&text, true, counts);
                if masked == text { value.clone() } else { masked.into() }
            }
            Value::Array(items) => items.iter().map(|item| self.value(item, within_schema, counts)).collect(),
            Value::Object(map) => {
                let mut out = serde_json::Map::new();
                for (key, inner) in map {
                    let schema =
                        within_schema || matches!(key.as_str(), "parameters" | "json_schema" | "schema");
                    let code = is_protocol(key, inner, within_schema);
                    let inner = match inner {
                        Value::String(text) if code => self.text(text, false, counts).into(),
                        Value::Array(items) if code => items
                            .iter()
                            .map(|item| match item {
                                Value::String(text) => self.text(text, false, counts).into(),
                                other => self.value(other, schema, counts),
                            })
                            .collect(),
                        other => self.value(other, schema, counts),
                    };
                    // Keys are names of the protocol's or of fields; values of the case can stand there too.
                    let plain_key = PROTOCOL_KEYS.contains(&key.as_str());
                    let key = self.text(key, !(within_schema || plain_key), counts);
                    out.insert(key, inner);
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }
}

/// Secrets that stand bare where their surroundings do not tell of them.
fn again(text: &str, secrets: &[(String, String)], counts: &mut Counts) -> String {
    let mut out = text.to_owned();
    for (secret, stand_in) in secrets {
        let n = out.matches(secret.as_str()).count();
        if n > 0 {
            out = out.replace(secret.as_str(), stand_in);
            (0..n).for_each(|_| counts.add(Kind::Secret));
        }
    }
    out
}

fn again_in(value: Value, secrets: &[(String, String)], counts: &mut Counts) -> Value {
    match value {
        Value::String(text) => again(&text, secrets, counts).into(),
        Value::Array(items) => items.into_iter().map(|item| again_in(item, secrets, counts)).collect(),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, v)| (key, again_in(v, secrets, counts))).collect())
        }
        other => other,
    }
}

/// Keys of a request that may be spelled like a user's name.
const PROTOCOL_KEYS: &[&str] = &[
    "arguments",
    "content",
    "description",
    "function",
    "id",
    "max_tokens",
    "messages",
    "model",
    "name",
    "parameters",
    "role",
    "stream",
    "system",
    "temperature",
    "text",
    "tool_calls",
    "tool_call_id",
    "tool_choice",
    "tools",
    "type",
    "user",
];

/// Whether a string under this key is a word of the protocol: then names of the case are not looked for in it.
fn is_protocol(key: &str, inner: &Value, within_schema: bool) -> bool {
    let identifier = |text: &str| {
        text.len() <= 128 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:/@+".contains(c))
    };
    match inner {
        Value::String(text) => match key {
            "role" => matches!(text.as_str(), "system" | "user" | "assistant" | "tool" | "developer"),
            "type" => identifier(text),
            "model" | "id" | "tool_call_id" | "tool_choice" | "response_format" => identifier(text),
            "name" => within_schema || identifier(text),
            "const" => within_schema && identifier(text),
            _ => false,
        },
        Value::Array(_) => within_schema && key == "required",
        _ => false,
    }
}

#[derive(Default)]
struct Counts(BTreeMap<Kind, u64>);

impl Counts {
    fn add(&mut self, kind: Kind) {
        *self.0.entry(kind).or_default() += 1;
    }

    fn list(self) -> Vec<Masked> {
        self.0.into_iter().map(|(kind, count)| Masked { kind: kind.word().to_owned(), count }).collect()
    }
}
