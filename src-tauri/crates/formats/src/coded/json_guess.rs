//! What is done with the names of unknown JSON: values under their own name (ECS's own names in ECS's words), and
//! second, ECS names for well-known ones. Which name means what is [`super::json_names`]'.

use super::flatten::{Leaf, give};
use super::json_names::{To, name_for};
use super::json_numbers::Ids;
use super::json_products::ready;
use super::json_values::{self, split_port, whole};
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip};
use crate::normalise::severity;
use timberline_model::record::ValueRef;
use timberline_model::{FieldId, Fields, Sink, known};

pub use super::json_names::{LIKELY_TIME, Role};

/// How a value is kept under its own name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    AsItIs,
    Level,
    Outcome,
    Number,
    /// A whole number, text or truth that ECS keeps as text.
    Text,
    Source,
    Destination,
}

/// A name of its own.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    kind: Kind,
    id: Option<Option<FieldId>>,
}

impl Own {
    /// How the values of this name are kept.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let kind = match name {
            "log.level" => Kind::Level,
            "event.outcome" => Kind::Outcome,
            "source.ip" => Kind::Source,
            "destination.ip" => Kind::Destination,
            "source.port"
            | "destination.port"
            | "client.port"
            | "server.port"
            | "process.pid"
            | "process.parent.pid"
            | "http.response.status_code"
            | "http.response.body.bytes"
            | "source.bytes"
            | "destination.bytes"
            | "network.bytes"
            | "event.duration" => Kind::Number,
            "event.code" | "user.id" | "event.id" => Kind::Text,
            _ => Kind::AsItIs,
        };
        Self { kind, id: None }
    }

    /// Its number in the sink.
    pub fn id(&mut self, name: &str, out: &mut dyn Sink) -> Option<FieldId> {
        *self.id.get_or_insert_with(|| out.field(&name_for(name)))
    }

    /// Gives the field its value.
    pub fn give(&self, fields: &mut Fields, id: FieldId, value: Leaf<'_>) {
        match self.kind {
            Kind::AsItIs => give(fields, id, value),
            Kind::Level => json_values::level(fields, value),
            Kind::Outcome => {
                if !json_values::outcome(fields, value) {
                    give(fields, id, value);
                }
            }
            Kind::Number => match whole(value) {
                Some(n) => fields.int(id, n),
                None => give(fields, id, value),
            },
            Kind::Text => match value {
                Leaf::Int(n) => fields.text(id, &n.to_string()),
                other => give(fields, id, other),
            },
            Kind::Source | Kind::Destination => {
                let end = if self.kind == Kind::Source { SOURCE } else { DESTINATION };
                match value {
                    Leaf::Text(text) if is_ip(text.as_bytes()) => fields.text(end.ip, text),
                    Leaf::Text(text) => end.host(fields, text.as_bytes()),
                    other => give(fields, id, other),
                }
            }
        }
    }
}

/// Whether a value is worth reading as a time, under a name of this rank.
#[must_use]
pub fn may_be_time(rank: u8, value: Leaf<'_>) -> bool {
    if rank < LIKELY_TIME {
        return true;
    }
    matches!(value, Leaf::Text(text) if text.len() >= 10 && text.contains(['-', ':']))
}

/// Writes a value under the ECS name that it also has, in ECS's way.
pub fn second_name(fields: &mut Fields, to: To, value: Leaf<'_>, ids: &mut Ids, out: &mut dyn Sink) {
    let text = match value {
        Leaf::Text(text) => text.trim(),
        _ => "",
    };
    if text.is_empty() && matches!(value, Leaf::Text(_)) || text == "-" || text == "--" {
        return;
    }
    let number = match value {
        Leaf::Int(n) => Some(n),
        Leaf::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    match to {
        To::Text(id) => give(fields, id, value),
        To::OnlyText(id) => {
            if !text.is_empty() {
                fields.text(id, text);
            }
        }
        To::Number(id) => {
            if let Some(n) = number {
                fields.int(id, n);
            }
        }
        To::Code(id) => match number {
            Some(n) => fields.text(id, &n.to_string()),
            None => fields.text(id, text),
        },
        To::Lower(id) => fields.text(id, &text.to_ascii_lowercase()),
        To::Level => json_values::level(fields, value),
        To::Priority => {
            if let Some(level) = number.and_then(|n| severity::SYSLOG.get(usize::try_from(n).ok()?)) {
                fields.text(known::LOG_LEVEL, level);
            }
        }
        To::Source | To::Destination => {
            let end = if let To::Source = to { SOURCE } else { DESTINATION };
            let (host, port) = split_port(text);
            if is_ip(host.as_bytes()) {
                fields.text(end.ip, host);
                if let Some(port) = port {
                    end.port(fields, port.as_bytes());
                }
            } else {
                end.host(fields, text.as_bytes());
            }
        }
        To::SourceIfAddress => {
            // The first of `client, proxy, proxy`.
            let first = text.split(',').next().unwrap_or(text).trim();
            let (host, port) = split_port(first);
            if is_ip(host.as_bytes()) {
                fields.text(known::SOURCE_IP, host);
                if let Some(port) = port {
                    SOURCE.port(fields, port.as_bytes());
                }
            }
        }
        To::Status => {
            if let Some(n @ 100..=599) = number {
                fields.int(known::HTTP_STATUS, n);
            }
        }
        To::Method => {
            if text.len() <= 20 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
                fields.text(known::HTTP_METHOD, text);
            }
        }
        To::Url => {
            if text.starts_with('/') || text.contains("://") {
                ready().url.put(fields, ids, out, value);
            } else {
                fields.text(known::URL_ORIGINAL, text);
            }
        }
        To::Outcome => {
            let lower = text.to_ascii_lowercase();
            let outcome = match (lower.as_str(), value) {
                ("success" | "succeeded" | "successful" | "succeed", _) => "success",
                ("failure" | "failed" | "fail" | "denied", _) => "failure",
                (_, Leaf::Bool(true)) => "success",
                (_, Leaf::Bool(false)) => "failure",
                _ => return,
            };
            fields.text(known::EVENT_OUTCOME, outcome);
        }
    }
}

/// Says what kind of event it is where its fields leave no doubt.
pub fn categorise(fields: &mut Fields) {
    if fields.has(known::EVENT_CATEGORY) {
        return;
    }
    if fields.has(known::HTTP_METHOD) && (fields.has(known::HTTP_STATUS) || fields.has(known::URL_ORIGINAL)) {
        fields.text(known::EVENT_CATEGORY, "web");
    } else if fields.has(known::SOURCE_IP)
        && fields.has(known::DESTINATION_IP)
        && matches!(fields.get(known::DESTINATION_PORT), Some(ValueRef::Int(_)))
    {
        fields.text(known::EVENT_CATEGORY, "network");
    }
}
