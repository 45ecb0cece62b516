//! Windows events as XML, as the Event Viewer, `wevtutil` and forwarders write them: one event, many in
//! `<Events>`, one a line or one after another. Entities other than XML's own five are never expanded. What
//! the events mean is [`super::windows_events`]'s; other XML is not read here.

use super::flatten::{Leaf, Meanings};
use super::json_values::stamp;
use super::windows_events::{Ids, Values, explain};
use crate::framing::xml::Elements;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memmem;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use std::io::Read;
use timberline_model::value::MULTI;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// Windows events as XML.
pub struct WindowsXml;

/// What the names of an event's own values begin with.
const EVENT_DATA: &str = "winlog.event_data.";
/// The namespace of all Windows events.
const NAMESPACE: &[u8] = b"schemas.microsoft.com/win/2004/08/events/event";

impl Format for WindowsXml {
    fn about(&self) -> About {
        About {
            id: "windows_xml",
            title: "Windows events (XML)",
            about: "Windows event logs exported as XML: logons, processes, services, accounts, PowerShell, Sysmon; \
                    every named value as winlog.event_data",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes);
        let namespaces = memmem::find_iter(bytes, NAMESPACE).count();
        let events = memmem::find_iter(bytes, b"<Event")
            .filter(|at| bytes.get(at + 6).is_some_and(|b| b.is_ascii_whitespace() || *b == b'>'));
        let events = events.count();
        let systems = memmem::find_iter(bytes, b"<System>").count();
        let begins = bytes.trim_ascii_start().first() == Some(&b'<');
        let (score, why) = match (begins, namespaces.min(events), events.min(systems)) {
            (true, 1.., _) => (0.99, format!("{events} Windows event elements at the beginning")),
            (true, 0, 1..) => {
                (0.8, "Event elements with a System part, without Windows' namespace".to_owned())
            }
            (false, 1.., 1..) => (0.5, "Windows event elements with other text around them".to_owned()),
            _ => return Confidence::none(),
        };
        Confidence { score, why }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut elements = Elements::new(input, b"Event", NAMESPACE);
        let mut reader = Reader::new(out);
        while let Some(element) = elements.next(out)? {
            let text = String::from_utf8_lossy(element.bytes);
            let time = match reader.read(&text, ctx, out) {
                Ok(time) => time,
                Err(why) => {
                    elements.refuse(why);
                    continue;
                }
            };
            let (line, offset, raw) = (element.line, element.offset, element.bytes);
            let mut flow = out.event(&Record {
                time,
                offset,
                line,
                raw,
                bytes: raw.len() as u64,
                fields: &reader.fields,
            });
            let remarks = [
                (ProblemKind::BadTime, reader.bad_time.take()),
                (ProblemKind::Refused, reader.entity.take()),
                (
                    ProblemKind::Encoding,
                    matches!(text, std::borrow::Cow::Owned(_))
                        .then(|| "bytes that are not UTF-8 were replaced".into()),
                ),
            ];
            for (kind, message) in remarks {
                if let (Flow::Continue, Some(message)) = (flow, message) {
                    flow = out.problem(kind, line, offset, 0, &message, raw);
                }
            }
            if flow == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

/// Reads one event after another.
struct Reader {
    ids: Ids,
    names: Meanings<Option<FieldId>>,
    fields: Fields,
    values: Values,
    /// Dotted local names below `Event`, and where each begins.
    path: String,
    starts: Vec<usize>,
    text: String,
    /// The `Name` of the `Data` element that is open, and how many had none.
    data_name: String,
    unnamed: usize,
    /// Room to put a field's name together.
    field: String,
    provider: String,
    channel: String,
    code: Option<u32>,
    time: Option<Stamp>,
    bad_time: Option<String>,
    entity: Option<String>,
}

impl Reader {
    fn new(out: &mut dyn Sink) -> Self {
        Self {
            ids: Ids::new(out),
            names: Meanings::default(),
            fields: Fields::default(),
            values: Values::default(),
            path: String::new(),
            starts: Vec::new(),
            text: String::new(),
            data_name: String::new(),
            unnamed: 0,
            field: String::new(),
            provider: String::new(),
            channel: String::new(),
            code: None,
            time: None,
            bad_time: None,
            entity: None,
        }
    }

    fn read(&mut self, xml: &str, ctx: &ParseContext, out: &mut dyn Sink) -> Result<Option<Stamp>, String> {
        self.fields.clear();
        self.values.clear();
        self.path.clear();
        self.starts.clear();
        self.text.clear();
        self.provider.clear();
        self.channel.clear();
        self.unnamed = 0;
        (self.code, self.time, self.bad_time, self.entity) = (None, None, None, None);
        let mut reader = quick_xml::Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let mut leaf = false;
        loop {
            match reader.read_event().map_err(|why| why.to_string())? {
                Event::Start(tag) => {
                    self.open(&tag, ctx, out)?;
                    leaf = true;
                }
                Event::End(_) => {
                    self.close(leaf, out);
                    leaf = false;
                    if self.starts.is_empty() {
                        break;
                    }
                }
                Event::Text(text) => self.text.push_str(&text.xml10_content()),
                Event::CData(text) => self.text.push_str(&text.xml10_content()),
                Event::GeneralRef(name) => match name.resolve_char_ref() {
                    Ok(Some(c)) => self.text.push(c),
                    _ => match resolve_predefined_entity(&name) {
                        Some(text) => self.text.push_str(text),
                        None => {
                            self.text.push('&');
                            self.text.push_str(&name);
                            self.text.push(';');
                            self.entity_kept();
                        }
                    },
                },
                Event::Eof => return Err("the event ends too early".to_owned()),
                _ => {}
            }
        }
        self.conclude();
        Ok(self.time)
    }

    fn entity_kept(&mut self) {
        self.entity.get_or_insert_with(|| "an entity that is not XML's own was left as it stands".to_owned());
    }

    fn open(&mut self, tag: &BytesStart<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), String> {
        let local = tag.local_name();
        let local: &str = local.as_ref();
        self.starts.push(self.path.len());
        if self.starts.len() > 1 && self.path.len() + local.len() < 300 {
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(local);
        }
        self.text.clear();
        self.data_name.clear();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|why| why.to_string())?;
            let value = match attribute.normalized_value(XmlVersion::default()) {
                Ok(value) => value,
                Err(_) => {
                    self.entity_kept();
                    attribute.value
                }
            };
            let name = attribute.key.local_name();
            if value.contains(MULTI) {
                self.attribute(name.as_ref(), &value.replace(MULTI, "\u{fffd}"), ctx, out);
            } else {
                self.attribute(name.as_ref(), &value, ctx, out);
            }
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str, ctx: &ParseContext, out: &mut dyn Sink) {
        let own = |reader: &mut Self, out: &mut dyn Sink, field: &str| reader.give(field, value, out);
        match (self.path.as_str(), name) {
            ("System.Provider", "Name") => {
                value.clone_into(&mut self.provider);
                self.fields.text(known::EVENT_PROVIDER, value);
            }
            ("System.Provider", "Guid") => own(self, out, "winlog.provider_guid"),
            ("System.TimeCreated", "SystemTime") => {
                self.time = stamp(ctx, Leaf::Text(value));
                if self.time.is_none() {
                    let shown: String = value.chars().take(60).collect();
                    self.bad_time = Some(format!("the time was not understood: {}", shown.escape_debug()));
                }
            }
            ("System.Execution", "ProcessID") => self.give_number("winlog.process.pid", value, out),
            ("System.Execution", "ThreadID") => self.give_number("winlog.process.thread.id", value, out),
            ("System.Security", "UserID") => own(self, out, "winlog.user.identifier"),
            ("System.Correlation", "ActivityID") => own(self, out, "winlog.activity_id"),
            ("System.Correlation", "RelatedActivityID") => own(self, out, "winlog.related_activity_id"),
            (path, "Name") if path.starts_with("EventData.") => value.clone_into(&mut self.data_name),
            _ => {}
        }
    }

    fn close(&mut self, leaf: bool, out: &mut dyn Sink) {
        if leaf && self.starts.len() > 1 {
            let text = std::mem::take(&mut self.text);
            let path = std::mem::take(&mut self.path);
            if text.contains(MULTI) {
                self.leaf(&path, &text.replace(MULTI, "\u{fffd}"), out);
            } else {
                self.leaf(&path, &text, out);
            }
            (self.text, self.path) = (text, path);
        }
        self.text.clear();
        if let Some(start) = self.starts.pop() {
            self.path.truncate(start);
        }
    }

    fn leaf(&mut self, path: &str, text: &str, out: &mut dyn Sink) {
        let trimmed = text.trim();
        match path {
            "System.EventID" => {
                self.code = trimmed.parse().ok();
                self.fields.text(known::EVENT_CODE, trimmed);
            }
            "System.Level" => {
                let level = match trimmed {
                    "1" => "critical",
                    "2" => "error",
                    "3" => "warning",
                    "0" | "4" => "info",
                    "5" => "debug",
                    other => other,
                };
                self.fields.text(known::LOG_LEVEL, level);
            }
            "System.EventRecordID" => match trimmed.parse() {
                Ok(n) => self.fields.int(known::WINLOG_RECORD_ID, n),
                Err(_) => self.fields.text(known::WINLOG_RECORD_ID, trimmed),
            },
            "System.Channel" => {
                trimmed.clone_into(&mut self.channel);
                self.fields.text(known::WINLOG_CHANNEL, trimmed);
            }
            "System.Computer" => self.fields.text(known::HOST_NAME, trimmed),
            "System.Version" => self.give("winlog.version", trimmed, out),
            "System.Task" => self.give("winlog.task", trimmed, out),
            "System.Opcode" => self.give("winlog.opcode", trimmed, out),
            "System.Keywords" => self.give("winlog.keywords", trimmed, out),
            "RenderingInfo.Message" => self.fields.text(known::MESSAGE, trimmed),
            "System.Provider" | "System.TimeCreated" | "System.Execution" | "System.Security"
            | "System.Correlation" => {}
            _ => {
                let user = path.strip_prefix("UserData.");
                if let Some(data) = path.strip_prefix("EventData.") {
                    let mut field = std::mem::take(&mut self.field);
                    field.clear();
                    field.push_str(EVENT_DATA);
                    match self.data_name.as_str() {
                        "" if data == "Data" => {
                            self.unnamed += 1;
                            field.push_str(&format!("param{}", self.unnamed));
                        }
                        "" => field.push_str(data),
                        named => field.push_str(named),
                    }
                    self.values.add(&field[EVENT_DATA.len()..], text);
                    self.give(&field, text, out);
                    self.field = field;
                } else if let Some(rest) = user {
                    // The element below UserData only names the kind of event.
                    let name = rest.split_once('.').map_or(rest, |(_, name)| name);
                    self.values.add(name, trimmed);
                    self.give(&format!("winlog.user_data.{name}"), trimmed, out);
                } else if !trimmed.is_empty() {
                    self.give(&format!("winlog.{path}"), trimmed, out);
                }
            }
        }
    }

    fn give(&mut self, field: &str, value: &str, out: &mut dyn Sink) {
        if let Some(id) = self.names.of(field, |field| out.field(field)) {
            self.fields.text(id, value);
        }
    }

    fn give_number(&mut self, field: &str, value: &str, out: &mut dyn Sink) {
        match (self.names.of(field, |field| out.field(field)), value.parse()) {
            (Some(id), Ok(n)) => self.fields.int(id, n),
            (Some(id), Err(_)) => self.fields.text(id, value),
            (None, _) => {}
        }
    }

    fn conclude(&mut self) {
        self.fields.text(known::EVENT_DATASET, "windows");
        if let Some(code) = self.code {
            explain(&self.provider, &self.channel, code, &self.values, &self.ids, &mut self.fields);
        }
    }
}

#[cfg(test)]
#[path = "windows_tests.rs"]
mod tests;
