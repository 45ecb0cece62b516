//! Writing down what leaves: the trait that the gate writes through, the canonical form of a record, and the chain of
//! hashes. Where records are kept, and what time it is, is the engine's.
//!
//! A record is a JSON object in canonical form: keys sorted, no spaces. Its hash is SHA-256 over the hash before it (64
//! hex digits, [`GENESIS`] for the first), a line feed, and that text.

use crate::outgoing::{Masked, Purpose};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What stands before the first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A call that is about to be made, or was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Scheme, host and port.
    pub endpoint: String,
    /// Method and path.
    pub path: String,
    /// The model that the body names.
    pub model: String,
    /// The policy, as it is kept.
    pub policy: String,
    /// What for.
    pub purpose: Purpose,
    /// Whether it leaves this machine.
    pub leaves: bool,
    /// The proxy on the way.
    pub proxy: Option<String>,
    /// Whether the body is masked.
    pub is_masked: bool,
    /// What was masked.
    pub masked: Vec<Masked>,
    /// Names of the headers, keys' ones too; no values.
    pub headers: Vec<String>,
    /// Bytes that go out: the request's head (without the key's value) and the body.
    pub bytes_out: u64,
    /// The body, to the byte.
    pub payload: String,
}

/// How a call ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// `done`, `refused`, `failed`, `cancelled`.
    pub how: String,
    /// HTTP status.
    pub status: Option<u16>,
    /// The address that was connected to.
    pub address: Option<String>,
    /// Bytes of the answer's body.
    pub bytes_in: u64,
    /// SHA-256 of the answer's body as far as it came; empty where none came.
    pub reply_sha256: String,
    /// What went wrong, in words.
    pub why: String,
    /// Milliseconds from the start.
    pub milliseconds: u64,
}

/// Keeps records. What cannot be written down is not sent.
pub trait Recorder: Send + Sync {
    /// Notes a call before its first byte, for good: the number comes back when it is on the disk.
    ///
    /// # Errors
    /// Why it cannot be kept; then nothing is sent.
    fn begin(&self, record: &Record) -> Result<u64, String>;

    /// Notes how a call ended.
    ///
    /// # Errors
    /// Why it cannot be kept; the call has been made by then.
    fn end(&self, call: u64, outcome: &Outcome) -> Result<(), String>;

    /// Bytes that left the machine in the last 24 hours.
    ///
    /// # Errors
    /// Why that is not known; then nothing is sent off the machine.
    fn sent_today(&self) -> Result<u64, String>;
}

/// JSON with sorted keys and without spaces: the same value always gives the same text.
#[must_use]
pub fn canonical(value: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort_unstable();
                out.push('{');
                for (n, key) in keys.into_iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    out.push_str(&Value::from(key.as_str()).to_string());
                    out.push(':');
                    write(&map[key], out);
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    write(item, out);
                }
                out.push(']');
            }
            plain => out.push_str(&plain.to_string()),
        }
    }
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// The hash of a record: 64 hex digits.
#[must_use]
pub fn link(previous: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    hash.update(b"\n");
    hash.update(body.as_bytes());
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_record_has_the_same_text_and_a_changed_one_another_hash() {
        let a = json!({"b": [1, {"z": null, "a": "x\n"}], "a": true});
        assert_eq!(canonical(&a), r#"{"a":true,"b":[1,{"a":"x\n","z":null}]}"#);
        let one = link(GENESIS, &canonical(&a));
        assert_eq!(one.len(), 64);
        assert_ne!(one, link(GENESIS, &canonical(&json!({"b": [1], "a": true}))));
        assert_ne!(one, link(&one, &canonical(&a)));
    }
}
