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

/// A record as it was kept, to be checked.
#[derive(Clone, Debug)]
pub struct Kept<'a> {
    /// Its number, from 1.
    pub id: u64,
    /// When, microseconds since 1970 UTC.
    pub at_us: i64,
    /// What kind of record.
    pub kind: &'a str,
    /// Bytes that left the machine with it.
    pub sent: u64,
    /// Its canonical text.
    pub body: &'a str,
    /// The hash before it.
    pub previous: &'a str,
    /// Its own hash.
    pub hash: &'a str,
}

/// Goes along a chain, record by record, and notes where it does not hold.
#[derive(Debug)]
pub struct Check {
    /// The number of the newest record so far.
    pub last: u64,
    /// Its hash; [`GENESIS`] before the first.
    pub hash: String,
    /// Records so far.
    pub records: u64,
    /// What is wrong: the record's number, and a sentence.
    pub faults: Vec<(u64, String)>,
}

impl Default for Check {
    fn default() -> Self {
        Self { last: 0, hash: GENESIS.to_owned(), records: 0, faults: Vec::new() }
    }
}

impl Check {
    /// The next record, in order of numbers.
    pub fn next(&mut self, kept: &Kept<'_>) {
        let mut fault = |text: String| self.faults.push((kept.id, text));
        if kept.id != self.last + 1 {
            fault(format!("records {} to {} are missing", self.last + 1, kept.id.saturating_sub(1)));
        } else if kept.previous != self.hash {
            fault("it does not follow the record before it".to_owned());
        }
        if link(kept.previous, kept.body) != kept.hash {
            fault("its text was changed after it was written".to_owned());
        }
        let body: Value = serde_json::from_str(kept.body).unwrap_or_default();
        let same = body["id"].as_u64() == Some(kept.id)
            && body["at_us"].as_i64() == Some(kept.at_us)
            && body["kind"].as_str() == Some(kept.kind)
            && body["sent"].as_u64() == Some(kept.sent)
            && canonical(&body) == kept.body;
        if !same {
            fault("its number, time, kind or bytes are not those that it was written with".to_owned());
        }
        (self.records, self.last, self.hash) = (self.records + 1, kept.id, kept.hash.to_owned());
    }

    /// The end: whether the newest record is the one that was noted as the newest.
    pub fn end(&mut self, head: Option<(u64, &str)>) {
        let last = self.last;
        match head {
            Some((id, hash)) if id > last => {
                let why = format!("records {} to {id} are missing at the end (hash {hash})", last + 1);
                self.faults.push((id, why));
            }
            Some((id, hash)) if id != last || hash != self.hash => {
                self.faults.push((last, "the newest record is not the one that was written last".to_owned()));
            }
            None if self.records > 0 => {
                self.faults.push((last, "the note of the newest record is missing".to_owned()));
            }
            _ => {}
        }
    }
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

    type Row = (u64, i64, String, u64, String, String, String);

    fn chain(n: u64) -> Vec<Row> {
        let mut before = GENESIS.to_owned();
        (1..=n)
            .map(|id| {
                let at = 1_000 * i64::try_from(id).unwrap();
                let body = canonical(
                    &json!({"id": id, "at_us": at, "kind": "call", "sent": 7, "payload": format!("p{id}")}),
                );
                let hash = link(&before, &body);
                let row = (id, at, "call".to_owned(), 7, body, before.clone(), hash.clone());
                before = hash;
                row
            })
            .collect()
    }

    fn faults(rows: &[Row], head: Option<(u64, &str)>) -> Vec<u64> {
        let mut check = Check::default();
        for (id, at_us, kind, sent, body, previous, hash) in rows {
            check.next(&Kept { id: *id, at_us: *at_us, kind, sent: *sent, body, previous, hash });
        }
        check.end(head);
        check.faults.into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn any_change_removal_swap_or_cut_is_found_with_its_place() {
        let whole = chain(5);
        let head = whole[4].6.clone();
        let head = Some((5, head.as_str()));
        assert!(faults(&whole, head).is_empty());
        assert!(faults(&[], None).is_empty());
        // A changed text; a changed text with a new hash of its own; a column beside the text.
        let mut rows = whole.clone();
        rows[2].4 = rows[2].4.replace("p3", "px");
        assert_eq!(faults(&rows, head), [3]);
        rows[2].6 = link(&rows[2].5, &rows[2].4);
        assert_eq!(faults(&rows, head), [4]);
        let mut rows = whole.clone();
        rows[1].3 = 0;
        assert_eq!(faults(&rows, head), [2]);
        // Removed, swapped, cut at the end, at the beginning, altogether.
        let mut rows = whole.clone();
        rows.remove(1);
        assert_eq!(faults(&rows, head), [3]);
        let mut rows = whole.clone();
        let (a, b) = (rows[1].4.clone(), rows[2].4.clone());
        (rows[1].4, rows[2].4) = (b, a);
        assert_eq!(faults(&rows, head), [2, 2, 3, 3]);
        assert_eq!(faults(&whole[..3], head), [5]);
        assert_eq!(faults(&whole[1..], head), [2]);
        assert_eq!(faults(&[], head), [5]);
        assert_eq!(faults(&whole, None), [5]);
        // Written anew from the third on: seen by the note alone.
        let mut rows = whole.clone();
        rows.truncate(2);
        let mut before = rows[1].6.clone();
        for id in 3..=5_u64 {
            let at = 1_000 * i64::try_from(id).unwrap();
            let body =
                canonical(&json!({"id": id, "at_us": at, "kind": "call", "sent": 7, "payload": "nothing"}));
            let hash = link(&before, &body);
            rows.push((id, at, "call".into(), 7, body, before, hash.clone()));
            before = hash;
        }
        assert_eq!(faults(&rows, head), [5]);
    }
}
