//! Windows events as XML, as the Event Viewer, `wevtutil` and forwarders write them: one event, many in
//! `<Events>`, one a line or one after another. Entities other than XML's own five are never expanded. What
//! the events mean is [`super::windows_events`]'s; other XML is not read here.

use super::windows_events::{Event, Place, Places};
use crate::framing::xml::Elements;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memmem;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event as Node};
use std::io::Read;
use timberline_model::{Flow, ProblemKind, Record, Sink, Stamp};

/// Windows events as XML.
pub struct WindowsXml;

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
                fields: &reader.event.fields,
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

/// The longest path of elements; what lies deeper counts as its parent.
const LONGEST_PATH: usize = 300;

/// Reads one event after another.
struct Reader {
    event: Event,
    places: Places,
    /// Dotted local names below `Event`, and where each begins.
    path: String,
    starts: Vec<usize>,
    text: String,
    /// The `Name` of the element that is open.
    name: String,
    bad_time: Option<String>,
    entity: Option<String>,
}

impl Reader {
    fn new(out: &mut dyn Sink) -> Self {
        Self {
            event: Event::new(out),
            places: Places::default(),
            path: String::new(),
            starts: Vec::new(),
            text: String::new(),
            name: String::new(),
            bad_time: None,
            entity: None,
        }
    }

    fn read(&mut self, xml: &str, ctx: &ParseContext, out: &mut dyn Sink) -> Result<Option<Stamp>, String> {
        self.event.clear();
        self.path.clear();
        self.starts.clear();
        self.text.clear();
        (self.bad_time, self.entity) = (None, None);
        let mut reader = quick_xml::Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let mut leaf = false;
        loop {
            match reader.read_event().map_err(|why| why.to_string())? {
                Node::Start(tag) => {
                    self.open(&tag, ctx, out)?;
                    leaf = true;
                }
                Node::End(_) => {
                    self.close(leaf, ctx, out);
                    leaf = false;
                    if self.starts.is_empty() {
                        break;
                    }
                }
                Node::Text(text) => self.text.push_str(&text.xml10_content()),
                Node::CData(text) => self.text.push_str(&text.xml10_content()),
                Node::GeneralRef(name) => match name.resolve_char_ref() {
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
                Node::Eof => return Err("the event ends too early".to_owned()),
                _ => {}
            }
        }
        let (time, bad_time) = self.event.finish(ctx, out);
        self.bad_time = bad_time;
        Ok(time)
    }

    fn entity_kept(&mut self) {
        self.entity.get_or_insert_with(|| "an entity that is not XML's own was left as it stands".to_owned());
    }

    fn open(&mut self, tag: &BytesStart<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), String> {
        let local = tag.local_name();
        let local: &str = local.as_ref();
        self.starts.push(self.path.len());
        if self.starts.len() > 1 && self.path.len() + local.len() < LONGEST_PATH {
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(local);
        }
        self.text.clear();
        self.name.clear();
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
            let name: &str = name.as_ref();
            if name == "Name" {
                (*value).clone_into(&mut self.name);
            }
            if self.starts.len() < 2 || attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let end = self.path.len();
            self.path.push_str(".@");
            self.path.push_str(name);
            let place = self.places.of(&self.path, "", out);
            self.path.truncate(end);
            if place != Place::Nothing {
                self.event.put(place, &value, ctx, out);
            }
        }
        Ok(())
    }

    fn close(&mut self, leaf: bool, ctx: &ParseContext, out: &mut dyn Sink) {
        if leaf && self.starts.len() > 1 {
            let place = self.places.of(&self.path, &self.name, out);
            self.event.put(place, &self.text, ctx, out);
        }
        self.text.clear();
        if let Some(start) = self.starts.pop() {
            self.path.truncate(start);
        }
    }
}

#[cfg(test)]
#[path = "windows_tests.rs"]
mod tests;
