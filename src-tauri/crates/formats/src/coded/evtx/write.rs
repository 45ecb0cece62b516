//! Writes event logs for the tests, by the documentation alone ([MS-EVEN6] 2.2.12 and libevtx's notes on the file's own
//! structures), so that what reads them is tested against something that it did not make. Not built otherwise.

use super::chunk::{HEADER, MAGIC, SIZE};
use super::file::{FILE_HEADER, FILE_MAGIC};
use flate2::Crc;
use std::collections::HashMap;

/// A value for a slot of a template.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Text(String),
    Ansi(Vec<u8>),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    I32(i32),
    Hex32(u32),
    Hex64(u64),
    Bool(bool),
    Time(u64),
    Guid([u8; 16]),
    Sid(Vec<u8>),
    Binary(Vec<u8>),
    Texts(Vec<String>),
    Xml(Template, Vec<Value>),
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Null => 0x00,
            Self::Text(_) => 0x01,
            Self::Ansi(_) => 0x02,
            Self::U8(_) => 0x04,
            Self::U16(_) => 0x06,
            Self::I32(_) => 0x07,
            Self::U32(_) => 0x08,
            Self::U64(_) => 0x0a,
            Self::Bool(_) => 0x0d,
            Self::Binary(_) => 0x0e,
            Self::Guid(_) => 0x0f,
            Self::Time(_) => 0x11,
            Self::Sid(_) => 0x13,
            Self::Hex32(_) => 0x14,
            Self::Hex64(_) => 0x15,
            Self::Xml(..) => 0x21,
            Self::Texts(_) => 0x81,
        }
    }
}

/// Markup of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// An element: name, attributes, content, the slot that it depends on.
    Element(&'static str, Vec<(&'static str, Node)>, Vec<Node>, Option<u16>),
    /// A text.
    Text(String),
    /// A slot with its type; optional ones are left out where there is no value.
    Slot(u16, u8, bool),
}

/// A template by the beginning of its GUID.
#[derive(Clone, Debug)]
pub struct Template {
    pub id: u32,
    pub root: Node,
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Writes one chunk after another.
#[derive(Default)]
pub struct Log {
    chunks: Vec<Vec<u8>>,
    chunk: Vec<u8>,
    names: HashMap<String, u32>,
    templates: HashMap<u32, u32>,
    first: u64,
    next: u64,
    last_at: usize,
}

impl Log {
    pub fn new() -> Self {
        Self { first: 1, next: 1, ..Self::default() }
    }

    /// The next record; its number.
    pub fn record(&mut self, time: u64, template: &Template, values: &[Value]) -> u64 {
        if self.chunk.is_empty() {
            self.chunk = vec![0; HEADER];
            self.first = self.next;
        }
        let at = self.chunk.len();
        self.last_at = at;
        let id = self.next;
        self.next += 1;
        self.chunk.extend(b"\x2a\x2a\0\0\0\0\0\0");
        self.chunk.extend(id.to_le_bytes());
        self.chunk.extend(time.to_le_bytes());
        self.chunk.extend([0x0f, 1, 1, 0]);
        self.instance(template, values);
        self.chunk.push(0);
        while !(self.chunk.len() + 4).is_multiple_of(8) {
            self.chunk.push(0);
        }
        let size = (self.chunk.len() + 4 - at) as u32;
        self.chunk.extend(size.to_le_bytes());
        self.chunk[at + 4..at + 8].copy_from_slice(&size.to_le_bytes());
        assert!(self.chunk.len() <= SIZE, "the records fit into one chunk");
        id
    }

    /// Ends the chunk: what follows goes to the next.
    pub fn end_chunk(&mut self) {
        let mut chunk = std::mem::take(&mut self.chunk);
        self.names.clear();
        self.templates.clear();
        let free = chunk.len();
        chunk.resize(SIZE, 0);
        let last = self.next - 1;
        chunk[..8].copy_from_slice(MAGIC);
        for (at, n) in [(8, self.first), (16, last), (24, self.first), (32, last)] {
            chunk[at..at + 8].copy_from_slice(&n.to_le_bytes());
        }
        let mut crc = Crc::new();
        crc.update(&chunk[HEADER..free]);
        for (at, n) in [(40, 128), (44, self.last_at as u32), (48, free as u32), (52, crc.sum())] {
            chunk[at..at + 4].copy_from_slice(&n.to_le_bytes());
        }
        let mut crc = Crc::new();
        crc.update(&chunk[..120]);
        crc.update(&chunk[128..HEADER]);
        chunk[124..128].copy_from_slice(&crc.sum().to_le_bytes());
        self.chunks.push(chunk);
    }

    /// The file.
    pub fn finish(mut self) -> Vec<u8> {
        if !self.chunk.is_empty() {
            self.end_chunk();
        }
        let mut file = vec![0; FILE_HEADER];
        file[..8].copy_from_slice(FILE_MAGIC);
        let chunks = self.chunks.len() as u64;
        file[16..24].copy_from_slice(&(chunks - 1).to_le_bytes());
        file[24..32].copy_from_slice(&self.next.to_le_bytes());
        file[32..36].copy_from_slice(&128u32.to_le_bytes());
        for (at, n) in [(36, 1), (38, 3), (40, FILE_HEADER as u16), (42, chunks as u16)] {
            file[at..at + 2].copy_from_slice(&n.to_le_bytes());
        }
        let mut crc = Crc::new();
        crc.update(&file[..120]);
        file[124..128].copy_from_slice(&crc.sum().to_le_bytes());
        file.extend(self.chunks.concat());
        file
    }

    fn instance(&mut self, template: &Template, values: &[Value]) {
        self.chunk.extend([0x0c, 1]);
        self.chunk.extend(template.id.to_le_bytes());
        match self.templates.get(&template.id) {
            Some(at) => self.chunk.extend(at.to_le_bytes()),
            None => {
                let at = self.chunk.len() as u32 + 4;
                self.templates.insert(template.id, at);
                self.chunk.extend(at.to_le_bytes());
                self.chunk.extend([0; 4]);
                self.chunk.extend(template.id.to_le_bytes());
                self.chunk.extend([0x11; 12]);
                let size_at = self.chunk.len();
                self.chunk.extend([0; 4]);
                self.chunk.extend([0x0f, 1, 1, 0]);
                self.node(&template.root);
                self.chunk.push(0);
                self.size(size_at);
            }
        }
        self.chunk.extend((values.len() as u32).to_le_bytes());
        let specs = self.chunk.len();
        self.chunk.resize(specs + values.len() * 4, 0);
        for (n, value) in values.iter().enumerate() {
            let from = self.chunk.len();
            self.value(value);
            let len = (self.chunk.len() - from) as u16;
            let spec = &mut self.chunk[specs + n * 4..specs + n * 4 + 4];
            spec[..2].copy_from_slice(&len.to_le_bytes());
            spec[2] = value.kind();
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Text(text) => self.chunk.extend(utf16(text)),
            Value::Ansi(bytes) | Value::Sid(bytes) | Value::Binary(bytes) => self.chunk.extend(bytes),
            Value::U8(n) => self.chunk.push(*n),
            Value::U16(n) => self.chunk.extend(n.to_le_bytes()),
            Value::I32(n) => self.chunk.extend(n.to_le_bytes()),
            Value::U32(n) | Value::Hex32(n) => self.chunk.extend(n.to_le_bytes()),
            Value::U64(n) | Value::Hex64(n) | Value::Time(n) => self.chunk.extend(n.to_le_bytes()),
            Value::Bool(b) => self.chunk.extend(u32::from(*b).to_le_bytes()),
            Value::Guid(bytes) => self.chunk.extend(bytes),
            Value::Texts(texts) => {
                texts.iter().for_each(|text| self.chunk.extend(utf16(&format!("{text}\0"))));
            }
            Value::Xml(template, values) => {
                self.chunk.extend([0x0f, 1, 1, 0]);
                self.instance(template, values);
                self.chunk.push(0);
            }
        }
    }

    /// Fills in how many bytes follow the four at a place.
    fn size(&mut self, at: usize) {
        let size = (self.chunk.len() - at - 4) as u32;
        self.chunk[at..at + 4].copy_from_slice(&size.to_le_bytes());
    }

    fn name(&mut self, name: &str) {
        if let Some(at) = self.names.get(name) {
            self.chunk.extend(at.to_le_bytes());
            return;
        }
        let at = self.chunk.len() as u32 + 4;
        self.names.insert(name.to_owned(), at);
        self.chunk.extend(at.to_le_bytes());
        self.chunk.extend([0; 6]);
        self.chunk.extend((name.encode_utf16().count() as u16).to_le_bytes());
        self.chunk.extend(utf16(name));
        self.chunk.extend([0, 0]);
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(text) => {
                self.chunk.extend([0x05, 0x01]);
                self.chunk.extend((text.encode_utf16().count() as u16).to_le_bytes());
                self.chunk.extend(utf16(text));
            }
            Node::Slot(slot, kind, optional) => {
                self.chunk.push(if *optional { 0x0e } else { 0x0d });
                self.chunk.extend(slot.to_le_bytes());
                self.chunk.push(*kind);
            }
            Node::Element(name, attributes, content, depends) => {
                self.chunk.push(if attributes.is_empty() { 0x01 } else { 0x41 });
                self.chunk.extend(depends.unwrap_or(0xffff).to_le_bytes());
                let size_at = self.chunk.len();
                self.chunk.extend([0; 4]);
                self.name(name);
                if !attributes.is_empty() {
                    let list_at = self.chunk.len();
                    self.chunk.extend([0; 4]);
                    for (n, (key, value)) in attributes.iter().enumerate() {
                        self.chunk.push(if n + 1 < attributes.len() { 0x46 } else { 0x06 });
                        self.name(key);
                        self.node(value);
                    }
                    self.size(list_at);
                }
                if content.is_empty() {
                    self.chunk.push(0x03);
                } else {
                    self.chunk.push(0x02);
                    content.iter().for_each(|node| self.node(node));
                    self.chunk.push(0x04);
                }
                self.size(size_at);
            }
        }
    }
}

fn element(name: &'static str, content: Node) -> Node {
    Node::Element(name, Vec::new(), vec![content], None)
}

/// What all events of these tests have in common; the slots are numbered as Windows numbers them.
pub fn event_template() -> Template {
    let slot = |n, kind| Node::Slot(n, kind, true);
    let empty = |name, attributes| Node::Element(name, attributes, Vec::new(), None);
    let system = vec![
        empty("Provider", vec![("Name", slot(14, 0x01)), ("Guid", slot(15, 0x0f))]),
        Node::Element("EventID", vec![("Qualifiers", slot(4, 0x06))], vec![slot(3, 0x06)], Some(3)),
        element("Version", slot(11, 0x04)),
        element("Level", slot(0, 0x04)),
        element("Task", slot(2, 0x06)),
        element("Opcode", slot(1, 0x04)),
        element("Keywords", slot(5, 0x15)),
        empty("TimeCreated", vec![("SystemTime", slot(6, 0x11))]),
        element("EventRecordID", slot(10, 0x0a)),
        empty("Correlation", vec![("ActivityID", slot(7, 0x0f))]),
        empty("Execution", vec![("ProcessID", slot(8, 0x08)), ("ThreadID", slot(9, 0x08))]),
        element("Channel", slot(16, 0x01)),
        element("Computer", slot(13, 0x01)),
        empty("Security", vec![("UserID", slot(12, 0x13))]),
    ];
    let namespace = Node::Text("http://schemas.microsoft.com/win/2004/08/events/event".to_owned());
    let content = vec![Node::Element("System", Vec::new(), system, None), slot(17, 0x21)];
    Template { id: 0x7515_c1bf, root: Node::Element("Event", vec![("xmlns", namespace)], content, None) }
}

/// A template of `EventData` with these names.
pub fn data_template(id: u32, names: &[&'static str]) -> Template {
    let data = |(n, name): (usize, &&'static str)| {
        Node::Element(
            "Data",
            vec![("Name", Node::Text((*name).to_owned()))],
            vec![Node::Slot(n as u16, 0x01, false)],
            None,
        )
    };
    let content = names.iter().enumerate().map(data).collect();
    Template { id, root: Node::Element("EventData", Vec::new(), content, None) }
}

/// The system's part of an event.
#[derive(Clone, Debug)]
pub struct System {
    pub provider: &'static str,
    pub guid: Value,
    pub channel: &'static str,
    pub computer: &'static str,
    pub code: u16,
    pub version: u8,
    pub level: u8,
    pub task: u16,
    pub opcode: u8,
    pub keywords: u64,
    pub pid: u32,
    pub thread: u32,
    pub user: Value,
}

impl Log {
    /// An event with its data.
    pub fn event(&mut self, time: u64, system: &System, data: Value) -> u64 {
        let id = self.next;
        let values = [
            Value::U8(system.level),
            Value::U8(system.opcode),
            Value::U16(system.task),
            Value::U16(system.code),
            Value::Null,
            Value::Hex64(system.keywords),
            Value::Time(time),
            Value::Null,
            Value::U32(system.pid),
            Value::U32(system.thread),
            Value::U64(id),
            Value::U8(system.version),
            system.user.clone(),
            Value::text(system.computer),
            Value::text(system.provider),
            system.guid.clone(),
            Value::text(system.channel),
            data,
        ];
        self.record(time, &event_template(), &values)
    }
}
