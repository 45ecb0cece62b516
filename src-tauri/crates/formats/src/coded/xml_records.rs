//! Any XML: which of its elements are its records is found by structure (elements of one name beside each other,
//! each with several values), and every value of a record becomes a field under its dotted name, with those that
//! stand around it: attributes and single values of the elements that it stands in. What names and values mean is
//! guessed as in tables; reports of a few programs are known.

mod shape;

use super::flatten::{Leaf, Lists, Meanings};
use super::named_values::{self, Means, OTHER_TIMES, TIMES, key, meaning, safe_name};
use super::xml_values::{XmlValues, attributes};
use crate::framing::front::Front;
use crate::framing::xml::{Element, Elements, Piece};
use crate::normalise::entities::is_ip;
use crate::normalise::time::numbers::Count;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use shape::Shape;
use std::io::Read;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct XmlRecords;

/// How much is looked at to find the records.
const HEAD: usize = 64 << 10;
/// Values from around a record that are kept, and the longest of them.
const MOST_AROUND: usize = 64;
const LONGEST_AROUND: usize = 1 << 10;
/// Values of one record that become fields; the raw record has the rest.
const MOST_VALUES: usize = 4_000;

impl Format for XmlRecords {
    fn about(&self) -> About {
        About {
            id: "xml",
            title: "XML, an element a record",
            about: "Reports and logs as XML: the repeated element is found by structure, each value of it becomes a field; \
                    JUnit, Nessus, Burp and property lists are known",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(shape) = Shape::find(head.bytes, head.whole) else { return Confidence::none() };
        let name = String::from_utf8_lossy(&shape.record).into_owned();
        if let Some(product) = Product::of(&name) {
            let why = format!("{} elements {name}, as {} writes them", shape.count, product.title);
            return Confidence { score: 0.9, why };
        }
        match shape.count {
            0 | 1 => Confidence { score: 0.55, why: format!("XML, read as one record {name}") },
            n => Confidence { score: 0.75, why: format!("XML with {n} elements {name} at its beginning") },
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut input = Front::new(input);
        let at_start = |why| ReadError::Io { offset: 0, why };
        let shape = {
            let (head, whole) = input.look(HEAD).map_err(at_start)?;
            Shape::find(head, whole)
        };
        // Chosen by hand and yet no XML: each top element is a record, and there may be none.
        let shape = shape.unwrap_or_default();
        let mut elements = Elements::new(&mut input, &shape.record, b"").at_depth(shape.depth);
        let mut reader = Reader::new(&String::from_utf8_lossy(&shape.record));
        while let Some(piece) = elements.piece(out)? {
            match piece {
                Piece::Tag { tag, depth, empty } => reader.enter(tag.bytes, depth, empty),
                Piece::End { depth } => reader.leave(depth),
                Piece::Text(text) => reader.text(text.bytes),
                Piece::Record(element) => match reader.record(&element, ctx, out) {
                    Ok(Flow::Continue) => {}
                    Ok(Flow::Stop) => break,
                    Err(why) => elements.refuse(why),
                },
            }
        }
        Ok(())
    }
}

/// A report of a program that is known by the name of its records.
#[derive(Debug)]
struct Product {
    record: &'static str,
    dataset: &'static str,
    title: &'static str,
    category: &'static str,
    kind: &'static str,
    /// Values that hold the time, in the record or around it, the best first.
    times: &'static [&'static str],
    means: &'static [(&'static str, Means)],
    /// Failure where the record holds one of these, success otherwise.
    failures: &'static [&'static str],
}

const PRODUCTS: &[Product] = &[
    Product {
        record: "testcase",
        dataset: "junit",
        title: "JUnit",
        category: "",
        kind: "",
        times: &["timestamp", "testsuite.timestamp"],
        means: &[
            ("name", Means::To("event.action")),
            ("classname", Means::To("log.logger")),
            ("time", Means::Keep),
        ],
        failures: &["failure", "error"],
    },
    Product {
        record: "test-method",
        dataset: "testng",
        title: "TestNG",
        category: "",
        kind: "",
        times: &["started-at"],
        means: &[("name", Means::To("event.action")), ("status", Means::Outcome)],
        failures: &[],
    },
    Product {
        record: "ReportItem",
        dataset: "nessus",
        title: "Nessus",
        category: "vulnerability",
        kind: "alert",
        times: &["HostProperties.HOST_END", "HostProperties.HOST_START"],
        means: &[
            ("port", Means::DestinationPort),
            ("protocol", Means::Protocol),
            ("svc_name", Means::To("service.name")),
            ("severity", Means::To("event.severity")),
            ("risk_factor", Means::To("vulnerability.severity")),
            ("pluginID", Means::To("rule.id")),
            ("pluginName", Means::To("rule.name")),
            ("pluginFamily", Means::To("rule.category")),
            ("cve", Means::To("vulnerability.id")),
            ("description", Means::To("vulnerability.description")),
            ("synopsis", Means::Message),
            ("cvss_base_score", Means::To("vulnerability.score.base")),
            ("HostProperties.host-ip", Means::Destination),
            ("HostProperties.host-fqdn", Means::Host),
            ("HostProperties.operating-system", Means::To("host.os.full")),
            ("ReportHost.name", Means::Destination),
        ],
        failures: &[],
    },
];

impl Product {
    fn of(record: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|p| p.record == record)
    }

    fn means(&self, path: &str) -> Option<Means> {
        self.means.iter().find(|(name, _)| *name == path).map(|(_, means)| *means)
    }
}

/// What a dotted name is.
#[derive(Clone, Copy, Debug)]
struct Named {
    own: Option<FieldId>,
    to: Option<FieldId>,
    means: Means,
    /// The place among those that may hold the time; none if it does not.
    time: Option<u8>,
    count: Option<Count>,
}

/// A value from around the records.
#[derive(Debug)]
struct Around {
    path: String,
    value: String,
}

/// An element that is open around the records.
#[derive(Debug)]
struct Open {
    name: String,
    /// How many values there were when it began.
    values: usize,
    /// Whether a record was in it.
    records: bool,
    text: String,
    /// The name that an attribute gives the text (`<tag name="x">`).
    key: Option<String>,
}

/// Reads one record after another.
struct Reader {
    product: Option<&'static Product>,
    values: XmlValues,
    names: Meanings<Named>,
    lists: Lists,
    fields: Fields,
    around: Vec<Around>,
    open: Vec<Open>,
}

impl Reader {
    fn new(record: &str) -> Self {
        Self {
            product: Product::of(record),
            values: XmlValues::default(),
            names: Meanings::default(),
            lists: Lists::default(),
            fields: Fields::default(),
            around: Vec::new(),
            open: Vec::new(),
        }
    }

    /// An element around records begins.
    fn enter(&mut self, tag: &[u8], depth: usize, empty: bool) {
        self.open.truncate(depth);
        let name = local_name(tag);
        let before = self.around.len();
        let mut key = None;
        let mut seen: Vec<(String, String)> = Vec::new();
        attributes(tag, &mut |attribute, value| {
            if attribute != "noNamespaceSchemaLocation"
                && attribute != "schemaLocation"
                && !attribute.starts_with("xmlns")
            {
                seen.push((attribute.to_owned(), value.to_owned()));
            }
        });
        // `<tag name="HOST_END">` and `<property name="x" value="y"/>`: the name is a name.
        if let [(attribute, value), rest @ ..] = seen.as_slice()
            && attribute == "name"
            && !empty
            && rest.is_empty()
            && self.open.last().is_some_and(|o| o.name == "HostProperties")
        {
            key = Some(format!("HostProperties.{value}"));
        } else {
            for (attribute, value) in seen {
                self.keep(format!("{name}.{attribute}"), value);
            }
        }
        if !empty {
            self.open.push(Open { name, values: before, records: false, text: String::new(), key });
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        if let Some(open) = self.open.last_mut()
            && open.text.len() < LONGEST_AROUND
        {
            let bytes =
                bytes.strip_prefix(b"<![CDATA[").and_then(|b| b.strip_suffix(b"]]>")).unwrap_or(bytes);
            open.text.push_str(&String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_AROUND)]));
        }
    }

    /// An element around records ends. What stood in one that held records does not hold for what follows.
    fn leave(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(open) = self.open.pop() else { return };
            if open.records {
                self.around.truncate(open.values);
                if let Some(parent) = self.open.last_mut() {
                    parent.records = true;
                }
            } else {
                let text = open.text.trim();
                if !text.is_empty() {
                    let parent = self.open.last().map_or("", |p| p.name.as_str());
                    let path = match open.key {
                        Some(key) => key,
                        None if parent.is_empty() => open.name,
                        None => format!("{parent}.{}", open.name),
                    };
                    let text = text.to_owned();
                    self.keep(path, text);
                }
            }
        }
    }

    fn keep(&mut self, path: String, mut value: String) {
        if value.len() > LONGEST_AROUND {
            value = value.chars().take(LONGEST_AROUND / 4).collect();
        }
        if let Some(known) = self.around.iter_mut().find(|a| a.path == path) {
            known.value = value;
        } else if self.around.len() < MOST_AROUND {
            self.around.push(Around { path, value });
        }
    }

    fn record(
        &mut self,
        element: &Element<'_>,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<Flow, String> {
        if let Some(open) = self.open.last_mut() {
            open.records = true;
        }
        let text = String::from_utf8_lossy(element.bytes);
        self.fields.clear();
        self.lists.clear();
        let mut best: Option<(u8, Option<Stamp>, String)> = None;
        let mut failed = false;
        let mut count = 0;
        let mut values = std::mem::take(&mut self.values);
        let read = values.read(&text, &mut |path, value| {
            count += 1;
            if count <= MOST_VALUES {
                failed |= self.product.is_some_and(|p| p.failures.contains(&first_part(path)));
                self.value(path, value, ctx, &mut best, out);
            }
        });
        self.values = values;
        let odd = read?;
        let around = std::mem::take(&mut self.around);
        for Around { path, value } in &around {
            self.value(path, value, ctx, &mut best, out);
        }
        self.around = around;
        if let Some(product) = self.product {
            self.fields.text(known::EVENT_DATASET, product.dataset);
            for (id, text) in [(known::EVENT_CATEGORY, product.category), (known::EVENT_KIND, product.kind)] {
                if !text.is_empty() {
                    self.fields.text(id, text);
                }
            }
            if !product.failures.is_empty() {
                self.fields.text(known::EVENT_OUTCOME, if failed { "failure" } else { "success" });
            }
        }
        self.lists.give(&mut self.fields);
        let (time, bad) = match best {
            Some((_, Some(stamp), _)) => (Some(stamp), None),
            Some((rank, None, bad)) if rank < LIKELY => (None, Some(bad)),
            _ => (None, None),
        };
        let (line, offset, raw) = (element.line, element.offset, element.bytes);
        let bytes = raw.len() as u64;
        let mut flow = out.event(&Record { time, offset, line, raw, bytes, fields: &self.fields });
        let replaced = matches!(text, std::borrow::Cow::Owned(_));
        let said = [
            (ProblemKind::BadTime, bad.map(|bad| format!("the time \"{bad}\" was not understood"))),
            (
                ProblemKind::Refused,
                odd.entity.then(|| "an entity that is not XML's own was left as it stands".to_owned()),
            ),
            (
                ProblemKind::Limit,
                odd.attributes.then(|| "attributes beyond the 256th were left out".to_owned()),
            ),
            (
                ProblemKind::Limit,
                (count > MOST_VALUES).then(|| format!("values beyond the {MOST_VALUES}th were left out")),
            ),
            (ProblemKind::Encoding, replaced.then(|| "bytes that are not UTF-8 were replaced".to_owned())),
        ];
        for (kind, said) in said {
            if let (Flow::Continue, Some(said)) = (flow, said) {
                flow = out.problem(kind, line, offset, 0, &said, raw);
            }
        }
        Ok(flow)
    }

    fn value(
        &mut self,
        path: &str,
        value: &str,
        ctx: &ParseContext,
        best: &mut Option<(u8, Option<Stamp>, String)>,
        out: &mut dyn Sink,
    ) {
        let product = self.product;
        let named = self.names.of(path, |path| name(path, product, out));
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        if let Some(rank) = named.time
            && best.as_ref().is_none_or(|(r, stamp, _)| stamp.is_none() || rank < *r)
        {
            let stamp = ctx.value(named.count, value.as_bytes(), None);
            if stamp.is_some() || best.is_none() {
                *best = Some((rank, stamp, value.chars().take(60).collect()));
            }
        }
        // `source` and the like are addresses only where they hold one.
        let fits = match named.means {
            Means::Source | Means::Destination => {
                is_ip(value.as_bytes()) || product.is_some() || !value.contains(' ')
            }
            Means::Host => !value.contains(' '),
            _ => true,
        };
        let first = named.to.is_none_or(|to| !self.fields.has(to));
        if named.means != Means::Keep && fits && first {
            named_values::give(named.means, None, named.to, value.as_bytes(), &mut self.fields);
            if !matches!(named.means, Means::Outcome | Means::Level) {
                return;
            }
        }
        if let Some(own) = named.own {
            let number = value.len() < 19
                && (value == "0" || !value.starts_with(['0', '+']))
                && !value.starts_with("-0");
            match value.parse::<i64>().ok().filter(|_| number) {
                Some(n) => self.lists.push(own, Leaf::Int(n)),
                None => self.lists.push(own, Leaf::Text(value)),
            }
        }
    }
}

/// From this rank on a name only hints at a time: one that is not understood is no problem.
const LIKELY: u8 = 100;

fn name(path: &str, product: Option<&'static Product>, out: &mut dyn Sink) -> Named {
    let last = path.rsplit('.').next().unwrap_or(path);
    let last_key = key(last);
    let whole_key = key(path);
    let told = product.and_then(|p| p.means(path));
    let means = told.unwrap_or_else(|| match meaning(&last_key) {
        // A record's own number, words that say nothing in XML, and names whose values cannot be looked at.
        Some(Means::Code | Means::Domain | Means::To("event.action"))
            if last_key == "id" || last_key == "event" =>
        {
            Means::Keep
        }
        Some(Means::Source)
            if ["dst", "dest", "target", "server", "host"].iter().any(|w| whole_key.contains(w)) =>
        {
            Means::Destination
        }
        Some(Means::Source) if matches!(last_key.as_str(), "client" | "source") => Means::Keep,
        Some(Means::DestinationPort) if whole_key.contains("src") || whole_key.contains("sourceport") => {
            Means::SourcePort
        }
        Some(means) => means,
        None => Means::Keep,
    });
    let by_product = product.and_then(|p| p.times.iter().position(|t| *t == path));
    let other = OTHER_TIMES.iter().any(|o| last_key.contains(o));
    let by_name = TIMES.iter().position(|t| *t == last_key).filter(|_| !other);
    let time = match (by_product, by_name) {
        (Some(rank), _) => Some(rank as u8),
        (None, Some(rank)) => Some(8 + rank as u8),
        _ if other => None,
        _ if last_key.contains("timestamp") || last_key.ends_with("time") || last_key.ends_with("date") => {
            Some(LIKELY)
        }
        _ => None,
    };
    // Around the records only a product's names are times: no record borrows one.
    let to = named_values::field(means, out);
    let own = out.field(&safe_name("xml", path));
    Named { own, to, means, time, count: Count::named(last) }
}

fn first_part(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// The name of a tag without its prefix.
fn local_name(tag: &[u8]) -> String {
    let inside = &tag[1..];
    let end = inside
        .iter()
        .position(|c| c.is_ascii_whitespace() || matches!(c, b'>' | b'/'))
        .unwrap_or(inside.len());
    let name = &inside[..end];
    let local = memchr::memchr(b':', name).map_or(name, |n| &name[n + 1..]);
    String::from_utf8_lossy(&local[..local.len().min(120)]).into_owned()
}

#[cfg(test)]
mod tests;
