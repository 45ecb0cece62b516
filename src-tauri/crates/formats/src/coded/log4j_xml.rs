//! Application logs as XML: log4j 1 and 2, log4net, NLog and java.util.logging. Their files have no root as a rule, or
//! one that is never closed, since events are appended.

use super::xml_values::{Odd, XmlValues};
use crate::framing::front::Front;
use crate::framing::xml::{Elements, Piece};
use crate::normalise::entities::whole;
use crate::normalise::severity;
use crate::normalise::time::numbers::{Count, Decimal};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memmem;
use std::io::Read;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct Log4jXml;

/// Log4j's namespace in version 2, and beginnings of elements of the others.
const LOG4J2: &[u8] = b"logging.apache.org/log4j/2.0/events";
const EVENTS: [&[u8]; 2] = [b"<log4j:event", b"<log4net:event"];

impl Format for Log4jXml {
    fn about(&self) -> About {
        About {
            id: "log4j_xml",
            title: "log4j and java.util.logging (XML)",
            about: "Application events of log4j, log4net, NLog and java.util.logging written as XML: level, logger, thread, \
                    message, stack trace, context",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes);
        if bytes.trim_ascii_start().first() != Some(&b'<') {
            return Confidence::none();
        }
        let many = |needle: &[u8]| memmem::find_iter(bytes, needle).count();
        let events = EVENTS.iter().map(|e| many(e)).sum::<usize>();
        if events > 0 {
            return Confidence { score: 0.98, why: format!("{events} log4j events at the beginning") };
        }
        if many(LOG4J2) > 0 {
            return Confidence { score: 0.98, why: "events in log4j's own namespace".to_owned() };
        }
        let records = many(b"<record>").min(many(b"<millis>")).min(many(b"<level>"));
        if records > 0 {
            return Confidence { score: 0.97, why: format!("{records} records of java.util.logging") };
        }
        Confidence::none()
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut input = Front::new(input);
        let name = record_name(input.look(64 << 10).map_err(|why| ReadError::Io { offset: 0, why })?.0);
        let mut elements = Elements::new(&mut input, name, b"");
        let mut reader = Reader::new(out);
        while let Some(piece) = elements.piece(out)? {
            let Piece::Record(element) = piece else { continue };
            let text = String::from_utf8_lossy(element.bytes);
            let odd = match reader.read(&text, ctx, out) {
                Ok(odd) => odd,
                Err(why) => {
                    elements.refuse(why);
                    continue;
                }
            };
            let (line, offset, raw) = (element.line, element.offset, element.bytes);
            let bytes = raw.len() as u64;
            let mut flow =
                out.event(&Record { time: reader.time, offset, line, raw, bytes, fields: &reader.fields });
            let bad = reader.bad_time.take().map(|bad| format!("the time \"{bad}\" was not understood"));
            let entity =
                odd.entity.then(|| "an entity that is not XML's own was left as it stands".to_owned());
            for (kind, said) in [(ProblemKind::BadTime, bad), (ProblemKind::Refused, entity)] {
                if let (Flow::Continue, Some(said)) = (flow, said) {
                    flow = out.problem(kind, line, offset, 0, &said, raw);
                }
            }
            if flow == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

/// The local name of the elements that are events.
fn record_name(head: &[u8]) -> &'static [u8] {
    if EVENTS.iter().any(|e| memmem::find(head, e).is_some()) {
        b"event"
    } else if memmem::find(head, b"<Event").is_some() {
        b"Event"
    } else {
        b"record"
    }
}

/// Reads one event after another.
struct Reader {
    values: XmlValues,
    fields: Fields,
    logger: Option<FieldId>,
    thread: Option<FieldId>,
    function: Option<FieldId>,
    file: Option<FieldId>,
    file_line: Option<FieldId>,
    class: Option<FieldId>,
    trace: Option<FieldId>,
    error: Option<FieldId>,
    error_type: Option<FieldId>,
    time: Option<Stamp>,
    bad_time: Option<String>,
}

/// What a record says of its time, put together at its end.
#[derive(Default)]
struct When {
    millis: Option<i64>,
    /// Nanoseconds to add to the milliseconds (java.util.logging), or of the second (log4j 2).
    nanos: Option<i64>,
    second: Option<i64>,
    text: String,
    name: String,
}

impl Reader {
    fn new(out: &mut dyn Sink) -> Self {
        Self {
            values: XmlValues::default(),
            fields: Fields::default(),
            logger: out.field("log.logger"),
            thread: out.field("process.thread.name"),
            function: out.field("log.origin.function"),
            file: out.field("log.origin.file.name"),
            file_line: out.field("log.origin.file.line"),
            class: out.field("log.origin.class"),
            trace: out.field("error.stack_trace"),
            error: out.field("error.message"),
            error_type: out.field("error.type"),
            time: None,
            bad_time: None,
        }
    }

    fn read(&mut self, xml: &str, ctx: &ParseContext, out: &mut dyn Sink) -> Result<Odd, String> {
        self.fields.clear();
        self.time = None;
        let mut values = std::mem::take(&mut self.values);
        let mut when = When::default();
        let odd = values.read(xml, &mut |path, value| self.value(path, value, &mut when, out));
        self.values = values;
        self.time = when.stamp(ctx);
        if self.time.is_none() && !when.text.is_empty() {
            self.bad_time = Some(when.text.chars().take(60).collect());
        }
        odd
    }

    fn value(&mut self, path: &str, value: &str, when: &mut When, out: &mut dyn Sink) {
        let text = |fields: &mut Fields, id: Option<FieldId>| {
            if let Some(id) = id.filter(|_| !value.is_empty()) {
                fields.text(id, value);
            }
        };
        let fields = &mut self.fields;
        match path {
            "timeMillis" | "millis" => when.millis = value.parse().ok(),
            "Instant.epochSecond" => when.second = value.parse().ok(),
            "Instant.nanoOfSecond" | "nanos" => when.nanos = value.parse().ok(),
            "timestamp" | "date" => value.clone_into(&mut when.text),
            "level" => match severity::level(value.as_bytes()) {
                Some(level) => fields.text(known::LOG_LEVEL, level),
                None => match value {
                    "CONFIG" => fields.text(known::LOG_LEVEL, "info"),
                    other => fields.text(known::LOG_LEVEL, other),
                },
            },
            "logger" | "loggerName" => text(fields, self.logger),
            "thread" | "threadName" => text(fields, self.thread),
            "message" | "Message" => fields.text(known::MESSAGE, value),
            "throwable" | "Thrown.ExtendedStackTrace" | "Throwable" => text(fields, self.trace),
            "exception" if value.contains('\n') => text(fields, self.trace),
            "exception.message" | "Thrown.message" | "exception" => text(fields, self.error),
            "Thrown.name" => text(fields, self.error_type),
            "locationInfo.class" | "Source.class" | "class" => text(fields, self.class),
            "locationInfo.method" | "Source.method" | "method" => text(fields, self.function),
            "locationInfo.file" | "Source.file" => text(fields, self.file),
            "locationInfo.line" | "Source.line" => {
                if let (Some(id), Some(n)) = (self.file_line, whole(value.as_bytes())) {
                    fields.int(id, n);
                }
            }
            "username" | "identity" if !value.is_empty() => {
                let name = value.rsplit('\\').next().unwrap_or(value);
                fields.text(known::USER_NAME, name);
            }
            // `<data name="a" value="b"/>` and `<item key="a" value="b"/>`: the name comes first.
            "MDC.data.name" | "properties.data.name" | "ContextMap.item.key" | "ContextMap.entry.key" => {
                value.clone_into(&mut when.name);
            }
            "MDC.data.value"
            | "properties.data.value"
            | "ContextMap.item.value"
            | "ContextMap.entry.value" => {
                let name: String = when.name.chars().take(80).collect();
                if let Some(id) = out.field(&format!("labels.{name}")).filter(|_| !name.is_empty()) {
                    fields.text(id, value);
                }
                match name.as_str() {
                    "log4net:HostName" | "log4jmachinename" | "hostname" => {
                        fields.text(known::HOST_NAME, value)
                    }
                    _ => {}
                }
            }
            _ if value.is_empty() => {}
            other => {
                if let Some(id) = out.field(&format!("log4j.{other}")) {
                    fields.text(id, value);
                }
            }
        }
    }
}

impl When {
    fn stamp(&self, ctx: &ParseContext) -> Option<Stamp> {
        if let Some(second) = self.second {
            return second
                .checked_mul(1_000_000_000)?
                .checked_add(self.nanos.unwrap_or(0))
                .map(|ns| ctx.stated(ns));
        }
        if let Some(millis) = self.millis {
            return millis
                .checked_mul(1_000_000)?
                .checked_add(self.nanos.unwrap_or(0))
                .map(|ns| ctx.stated(ns));
        }
        let text = self.text.as_bytes();
        // log4j 1: milliseconds since 1970; log4net: ISO 8601 with an offset.
        match Decimal::parse(text).filter(|_| text.len() > 8 && !self.text.contains('-')) {
            Some(count) => ctx.counted(Count::Unix, count, text),
            None => ctx.stamp(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::check::{parse, survive};
    use timberline_model::time::rfc3339;

    const LOG4J: &str = "<log4j:event logger=\"com.example.Login\" timestamp=\"1773108784123\" level=\"ERROR\" thread=\"main\">\n\
        <log4j:message><![CDATA[login of <bob> failed]]></log4j:message>\n<log4j:throwable><![CDATA[java.lang.X: y\n\tat a.b(C.java:1)]]></log4j:throwable>\n\
        <log4j:properties><log4j:data name=\"session\" value=\"77\"/></log4j:properties>\n\
        <log4j:locationInfo class=\"com.example.Login\" method=\"run\" file=\"Login.java\" line=\"12\"/>\n</log4j:event>\n";

    fn check(xml: &str, expect: &[(&str, &str)]) {
        let sure = Log4jXml.sniff(&Head { bytes: xml.as_bytes(), whole: true, name: "x" });
        assert!(sure.score > 0.96, "{sure:?}");
        let keep = parse(&Log4jXml, xml.as_bytes());
        let event = &keep.events[0];
        for (field, value) in expect {
            let have = match *field {
                "@timestamp" => event.time_ns.map(rfc3339),
                name => event.get(name),
            };
            assert_eq!(have.as_deref(), Some(*value), "{field}: {event:?}");
        }
        assert!(keep.problems.is_empty(), "{:?}", keep.problems);
    }

    #[test]
    fn events_of_each_writer_end_in_the_same_fields() {
        check(
            LOG4J,
            &[
                ("@timestamp", "2026-03-10T02:13:04.123Z"),
                ("log.level", "error"),
                ("log.logger", "com.example.Login"),
                ("message", "login of <bob> failed"),
                ("error.stack_trace", "java.lang.X: y\n\tat a.b(C.java:1)"),
                ("labels.session", "77"),
                ("log.origin.file.line", "12"),
            ],
        );
        check(
            "<?xml version=\"1.0\"?><Events xmlns=\"http://logging.apache.org/log4j/2.0/events\"><Event thread=\"t\" level=\"WARN\" \
             loggerName=\"a.B\"><Instant epochSecond=\"1773108784\" nanoOfSecond=\"123456789\"/><Message>hi</Message>\
             <ContextMap><item key=\"user\" value=\"bob\"/></ContextMap></Event></Events>",
            &[
                ("@timestamp", "2026-03-10T02:13:04.123456789Z"),
                ("log.level", "warning"),
                ("process.thread.name", "t"),
                ("labels.user", "bob"),
                ("message", "hi"),
            ],
        );
        check(
            "<log4net:event logger=\"A\" timestamp=\"2026-03-10T03:13:04.5+01:00\" level=\"FATAL\" thread=\"7\" username=\"EX\\bob\">\
             <log4net:message>down</log4net:message></log4net:event>",
            &[("@timestamp", "2026-03-10T02:13:04.500Z"), ("log.level", "critical"), ("user.name", "bob")],
        );
        check(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE log SYSTEM \"logger.dtd\">\n<log>\n<record>\n <date>2026-03-10T02:13:04.123456Z</date>\n\
             <millis>1773108784123</millis>\n<nanos>456000</nanos>\n<sequence>0</sequence>\n<logger>a.B</logger>\n<level>SEVERE</level>\n\
             <class>a.B</class>\n<method>run</method>\n<thread>1</thread>\n<message>broken</message>\n</record>\n",
            &[
                ("@timestamp", "2026-03-10T02:13:04.123456Z"),
                ("log.level", "critical"),
                ("message", "broken"),
            ],
        );
    }

    #[test]
    fn a_file_that_is_broken_is_read_to_its_end() {
        let text = LOG4J.repeat(3);
        survive(
            &Log4jXml,
            text.as_bytes(),
            300,
            &[b"<", b">", b"]]>", b"<log4j:event ", b"&x;", b"\"", b"</log4j:event>"],
        );
        let cut = format!(
            "{}<log4j:event timestamp=\"never\" level=\"INFO\"><log4j:message>&x;</log4j:message></log4j:event>",
            LOG4J
        );
        let keep = parse(&Log4jXml, cut.as_bytes());
        let kinds: Vec<ProblemKind> = keep.problems.iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [ProblemKind::BadTime, ProblemKind::Refused]);
        assert_eq!(keep.events[1].get("message").as_deref(), Some("&x;"));
    }
}
