//! What ModSecurity and Coraza say of a request, as they write it into other logs: a sentence and attributes in brackets,
//! `[id "949110"] [msg "..."] [severity "2"] [uri "/x"] [hostname "h"]`.

use super::request;
use crate::normalise::severity;
use crate::normalise::text::lossy;
use memchr::{memchr, memmem};
use timberline_model::{Fields, Sink, known};

/// Whether the message is theirs.
pub fn is_one(text: &[u8]) -> bool {
    text.starts_with(b"ModSecurity: ") || memmem::find(&text[..text.len().min(120)], b"Coraza: ").is_some()
}

/// Reads the sentence and its attributes.
pub fn read(text: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    let denied = memmem::find(&text[..text.len().min(200)], b"Access denied").is_some();
    fields.text(known::EVENT_CATEGORY, "intrusion_detection");
    fields.text(known::EVENT_ACTION, if denied { "request_denied" } else { "rule_matched" });
    if denied {
        fields.text(known::EVENT_OUTCOME, "failure");
    }
    if let Some(at) = memmem::find(text, b"with code ") {
        let digits = &text[at + 10..];
        let end = digits.iter().position(|c| !c.is_ascii_digit()).unwrap_or(digits.len());
        if let Some(status) = crate::normalise::entities::whole(&digits[..end]) {
            fields.int(known::HTTP_STATUS, status);
        }
    }
    attributes(text, fields, out);
}

/// The attributes. A value ends where a quote and a bracket close it; matched data stands in them, so of two of one name
/// the first counts, save for tags.
pub fn attributes(text: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    let mut rest = text;
    let mut tags: Vec<String> = Vec::new();
    let mut many = 0;
    while let Some(at) = memmem::find(rest, b" [") {
        rest = &rest[at + 2..];
        let Some(space) = memchr(b' ', &rest[..rest.len().min(24)]) else { continue };
        let key = &rest[..space];
        if !key.iter().all(|c| c.is_ascii_lowercase() || *c == b'_') || rest.get(space + 1) != Some(&b'"') {
            continue;
        }
        let inside = &rest[space + 2..];
        let Some(end) = memmem::find(inside, b"\"]") else { break };
        let value = &inside[..end];
        rest = &inside[end + 1..];
        many += 1;
        if value.is_empty() || many > 64 {
            continue;
        }
        match key {
            b"id" => fields.bytes(known::RULE_ID, value),
            b"msg" => fields.bytes(known::RULE_NAME, value),
            b"uri" => {
                let value = lossy(value);
                fields.text(known::URL_ORIGINAL, &value);
                request::parts(&value, fields);
            }
            b"hostname" => fields.bytes(known::URL_DOMAIN, value),
            b"severity" => {
                let word = value.first().filter(|c| value.len() == 1 && c.is_ascii_digit());
                let level = word
                    .and_then(|c| severity::SYSLOG.get(usize::from(c - b'0')).copied())
                    .or_else(|| severity::level(value));
                if let Some(level) = level {
                    fields.text(known::LOG_LEVEL, level);
                }
                set("modsec.severity", value, fields, out);
            }
            b"file" => set("rule.ruleset", value, fields, out),
            b"rev" | b"ver" | b"line" | b"data" | b"maturity" | b"accuracy" | b"unique_id" | b"ref"
            | b"phase" => {
                set(&format!("modsec.{}", String::from_utf8_lossy(key)), value, fields, out);
            }
            b"tag" => tags.push(String::from_utf8_lossy(value).into_owned()),
            _ => {}
        }
    }
    if !tags.is_empty()
        && let Some(id) = out.field("modsec.tags")
    {
        fields.list(id, tags.iter().map(String::as_str));
    }
}

fn set(name: &str, value: &[u8], fields: &mut Fields, out: &mut dyn Sink) {
    if let Some(id) = out.field(name) {
        fields.bytes(id, value);
    }
}
