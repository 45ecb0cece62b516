//! Windows events as JSON: Winlogbeat (6 and later), NXLog, PowerShell, fluent-bit, Velociraptor, evtx_dump and other
//! programs' copies of the XML, and the flat records of data sets made of them. Here is where in such a record
//! each value of an event stands; what the events mean is [`super::windows_events`]'s. Records among them that
//! are no Windows events are read as any JSON.

use super::flatten::{Leaf, Leaves, Lists, flatten_bytes, give};
use super::json_names::name_for;
use super::json_reader::Reader as AnyJson;
use super::json_records::{Shape, Told, look, read};
use super::json_values::stamp;
use super::windows_events::{Event, Place, Places};
use crate::framing::json::Around;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use rustc_hash::FxHashMap;
use std::io::Read;
use timberline_model::time::MINUTE;
use timberline_model::{FieldId, Fields, Sink, Stamp};

/// Windows events as JSON.
pub struct WindowsJson;

impl Format for WindowsJson {
    fn about(&self) -> About {
        About {
            id: "windows_json",
            title: "Windows events (JSON)",
            about: "Windows events as Winlogbeat, NXLog, PowerShell, fluent-bit, Velociraptor, evtx_dump and others \
                    write them in JSON, with the same fields as in EVTX and XML",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(look) = look(head) else { return Confidence::none() };
        let seen = look.names.len();
        let events = look.with(is_event);
        if events == 0 || events * 10 < seen * 6 {
            return Confidence::none();
        }
        let score = (0.85 + 0.12 * events as f64 / seen as f64) * look.part();
        Confidence { score, why: format!("{events} of the first {seen} records are Windows events") }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut reader = Reader::new(out);
        read(input, ctx, out, &mut reader)
    }
}

/// Ways of laying an event out as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Winlogbeat since version 7: all under `winlog`.
    Winlogbeat,
    /// Winlogbeat 6: `event_id`, `log_name`, `event_data`.
    Six,
    /// `System` and `EventData`, as in the XML.
    Xml,
    /// The objects of PowerShell's `Get-WinEvent`.
    PowerShell,
    /// Everything at the top.
    Flat,
}

/// The names that make each layout, its number's and its origin's: one of each must be there.
const LAYOUTS: [(Layout, &[&str], &[&str]); 5] = [
    (
        Layout::Winlogbeat,
        &["winlog.event_id"],
        &["winlog.channel", "winlog.provider_name", "winlog.computer_name"],
    ),
    (Layout::Xml, &["System.EventID"], &["System.Channel", "System.Provider.@Name", "System.Computer"]),
    (Layout::Six, &["event_id"], &["log_name", "source_name"]),
    (Layout::PowerShell, &["Id"], &["LogName", "MachineName"]),
    (
        Layout::Flat,
        &["EventID", "EventId"],
        &["Channel", "SourceName", "ProviderName", "Provider", "ProviderGuid", "EventSourceName"],
    ),
];

/// Whether these are the names of a Windows event.
fn is_event(names: &[String]) -> bool {
    let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let has = |all: &[&str]| all.iter().any(|one| names.iter().any(|name| name == one));
    LAYOUTS.iter().any(|(_, number, origin)| has(number) && has(origin))
}

/// A name without what search engines and converters of XML put around it: `_source.`, `Event.`, `#attributes`.
fn plain(path: &str) -> String {
    let path = path.strip_prefix("_source.").unwrap_or(path);
    let path = path.strip_prefix("Event.").unwrap_or(path);
    if !path.starts_with("System.") && !path.starts_with("UserData.") && !path.starts_with("EventData.") {
        return path.to_owned();
    }
    let path = path.replace("#attributes.", "@").replace("_attributes.", ".@").replace(".$.", ".@");
    let path = path.strip_suffix(".#text").unwrap_or(&path);
    // Velociraptor writes attributes as members, and the number's text as its value.
    match path {
        "System.Provider.Name" => "System.Provider.@Name".to_owned(),
        "System.Provider.Guid" => "System.Provider.@Guid".to_owned(),
        "System.EventID.Value" | "System.EventID.@Value" => "System.EventID".to_owned(),
        "System.EventID.Qualifiers" => "System.EventID.@Qualifiers".to_owned(),
        "System.TimeCreated.SystemTime" => "System.TimeCreated.@SystemTime".to_owned(),
        "System.Execution.ProcessID" => "System.Execution.@ProcessID".to_owned(),
        "System.Execution.ThreadID" => "System.Execution.@ThreadID".to_owned(),
        "System.Security.UserID" => "System.Security.@UserID".to_owned(),
        "System.Correlation.ActivityID" => "System.Correlation.@ActivityID".to_owned(),
        "System.Correlation.RelatedActivityID" => "System.Correlation.@RelatedActivityID".to_owned(),
        other => other.to_owned(),
    }
}

/// What a name means in some layout.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Means {
    /// A value at a place of the event.
    At(Place),
    /// A time; of the lowest rank counts.
    Time(u8),
    /// The name of the value that follows.
    Name,
    /// The value of that name.
    Named,
    /// The number of a process: of the one that wrote the event, or a value of the event.
    Process,
    /// NXLog's kind of event, which says how an audit ended; Sysmon has a value of this name.
    Kind,
    /// What was done, in the carrier's words.
    Action,
    /// Something that is no part of the event.
    Beside,
}

/// The layout of a record, once it is known.
type ByLayout = [Means; 5];

/// What is known of a name.
#[derive(Debug)]
struct Name {
    path: Box<str>,
    means: ByLayout,
    /// Bits: the number, then the origin, of each layout.
    signs: u16,
    /// Its own field, once it is needed.
    own: Option<Option<FieldId>>,
}

#[derive(Clone, Copy)]
struct Held {
    name: u32,
    value: Value,
    listed: bool,
}

#[derive(Clone, Copy)]
enum Value {
    Text(usize, usize),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// How many names are remembered.
const MOST_NAMES: usize = 20_000;
/// How many values of one record are looked at.
const MOST_VALUES: usize = 20_000;

struct Reader {
    event: Event,
    places: Places,
    names: Vec<Name>,
    by_name: FxHashMap<Box<str>, u32>,
    held: Vec<Held>,
    text: String,
    lists: Lists,
    path: String,
    room: String,
    any: AnyJson,
    /// Whether the last record was no Windows event.
    other: bool,
}

impl Reader {
    fn new(out: &mut dyn Sink) -> Self {
        Self {
            event: Event::new(out),
            places: Places::default(),
            names: Vec::new(),
            by_name: FxHashMap::default(),
            held: Vec::new(),
            text: String::new(),
            lists: Lists::default(),
            path: String::new(),
            room: String::new(),
            any: AnyJson::default(),
            other: false,
        }
    }

    fn layout(&self) -> Option<usize> {
        let signs = self.held.iter().fold(0, |all, held| all | self.names[held.name as usize].signs);
        (0..LAYOUTS.len()).find(|at| signs >> (at * 2) & 3 == 3)
    }

    fn leaf<'t>(text: &'t str, value: Value) -> Leaf<'t> {
        match value {
            Value::Text(from, to) => Leaf::Text(text.get(from..to).unwrap_or_default()),
            Value::Int(n) => Leaf::Int(n),
            Value::Float(x) => Leaf::Float(x),
            Value::Bool(b) => Leaf::Bool(b),
        }
    }

    fn understand(&mut self, layout: usize, ctx: &ParseContext, out: &mut dyn Sink) -> Told {
        self.event.clear();
        self.lists.clear();
        let has = |path: &str| self.held.iter().any(|h| *self.names[h.name as usize].path == *path);
        let process_is_data =
            has("ExecutionProcessID") || !(has("RecordNumber") || has("EventRecordID") || has("RecordId"));
        let mut times: [Option<Held>; 4] = [None; 4];
        let (mut action, mut name_from) = (None, None);
        for at in 0..self.held.len() {
            let held = self.held[at];
            let place = match self.names[held.name as usize].means[layout] {
                Means::At(place) => place,
                Means::Time(rank) => {
                    times[usize::from(rank)].get_or_insert(held);
                    continue;
                }
                Means::Name => {
                    if let Value::Text(from, to) = held.value {
                        name_from = Some((from, to));
                    }
                    continue;
                }
                Means::Named => {
                    let name = name_from.take().and_then(|(from, to)| self.text.get(from..to)).unwrap_or("");
                    self.places.of("EventData.Data", name, out)
                }
                Means::Process if process_is_data || !matches!(held.value, Value::Int(_)) => {
                    let path = self.names[held.name as usize].path.clone();
                    self.places.data(&path, out)
                }
                Means::Process => Place::ProcessId,
                Means::Kind => {
                    let value = Self::leaf(&self.text, held.value);
                    let kinds =
                        ["AUDIT_SUCCESS", "AUDIT_FAILURE", "INFO", "WARNING", "ERROR", "VERBOSE", "CRITICAL"];
                    match value {
                        Leaf::Text(text) if kinds.contains(&text) => Place::Audited,
                        _ => self.places.data("EventType", out),
                    }
                }
                Means::Action => {
                    if let Value::Text(from, to) = held.value {
                        action = Some((from, to));
                    }
                    continue;
                }
                Means::Beside => continue,
            };
            match Self::leaf(&self.text, held.value) {
                Leaf::Text(text) => self.event.put(place, text, ctx, out),
                other => {
                    self.room.clear();
                    match other {
                        Leaf::Int(n) => self.room.push_str(&n.to_string()),
                        Leaf::Float(x) => self.room.push_str(&x.to_string()),
                        Leaf::Bool(b) => self.room.push_str(if b { "true" } else { "false" }),
                        Leaf::Text(_) => {}
                    }
                    self.event.put(place, &self.room, ctx, out);
                }
            }
        }
        if let Some((from, to)) = action
            && self.event.facts().task.is_empty()
        {
            self.event.put(Place::TaskName, &self.text[from..to], ctx, out);
        }
        let bad_time = self.time(times, ctx);
        let (time, _) = self.event.finish(ctx, out);
        self.beside(layout, out);
        Told { time, bad_time: bad_time.filter(|_| time.is_none()), ..Told::default() }
    }

    /// Chooses the time. What forwarders call the event's time often lacks the zone, while the time at which it arrived
    /// has it: the difference of the two arrivals is the zone.
    fn time(&mut self, times: [Option<Held>; 4], ctx: &ParseContext) -> Option<String> {
        let mut bad = None;
        let mut read = |held: Option<Held>| {
            let value = Self::leaf(&self.text, held?.value);
            let time = match value {
                Leaf::Text(text) => stamp(ctx, Leaf::Text(date_call(text))),
                other => stamp(ctx, other),
            };
            if let (None, Leaf::Text(text)) = (time, value) {
                bad.get_or_insert_with(|| text.chars().take(60).collect());
            }
            time
        };
        let [own, stated, arrived, other] = times.map(&mut read);
        let zoned = |time: &Stamp| time.assumed & Stamp::ZONE_ASSUMED == 0;
        let time = match own {
            Some(own) if !zoned(&own) => match stated.filter(zoned) {
                Some(stated) => {
                    let late = stated.ns.saturating_sub(arrived.filter(|a| !zoned(a)).unwrap_or(own).ns);
                    let quarter = 15 * MINUTE;
                    let offset =
                        (late.saturating_add(quarter / 2)).div_euclid(quarter).saturating_mul(quarter);
                    if offset.abs() <= 14 * 4 * quarter {
                        Some(Stamp { ns: own.ns.saturating_add(offset), assumed: own.assumed })
                    } else {
                        Some(own)
                    }
                }
                None => Some(own),
            },
            other => other,
        };
        if let Some(time) = time.or(stated).or(other).or(arrived) {
            self.event.put_time(time);
        }
        bad
    }

    /// Keeps what is no part of the event under its own name.
    fn beside(&mut self, layout: usize, out: &mut dyn Sink) {
        for held in &self.held {
            let name = &mut self.names[held.name as usize];
            let kept = match name.means[layout] {
                Means::Beside => true,
                Means::Time(rank) => rank > 1,
                _ => false,
            };
            if !kept {
                continue;
            }
            let path = &name.path;
            let Some(id) = *name.own.get_or_insert_with(|| out.field(&name_for(path))) else { continue };
            let value = Self::leaf(&self.text, held.value);
            if held.listed {
                self.lists.push(id, value);
            } else {
                give(&mut self.event.fields, id, value);
            }
        }
        self.lists.give(&mut self.event.fields);
    }
}

/// `/Date(1593000000000)/`, as older PowerShell writes times: the number in it.
fn date_call(text: &str) -> &str {
    text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")).unwrap_or(text)
}

struct Taking<'a> {
    reader: &'a mut Reader,
    out: &'a mut dyn Sink,
}

impl Leaves for Taking<'_> {
    fn leaf(&mut self, path: &str, value: Leaf<'_>, listed: bool) {
        let reader = &mut *self.reader;
        if reader.held.len() >= MOST_VALUES {
            return;
        }
        let name = match reader.by_name.get(path) {
            Some(name) => *name,
            None => {
                let at = reader.names.len() as u32;
                reader.names.push(name_of(path, &mut reader.places, self.out));
                reader.by_name.insert(path.into(), at);
                at
            }
        };
        let value = match value {
            Leaf::Text(text) => {
                let from = reader.text.len();
                reader.text.push_str(text);
                Value::Text(from, reader.text.len())
            }
            Leaf::Int(n) => Value::Int(n),
            Leaf::Float(x) => Value::Float(x),
            Leaf::Bool(b) => Value::Bool(b),
        };
        reader.held.push(Held { name, value, listed });
    }
}

impl Shape for Reader {
    fn read(
        &mut self,
        json: &[u8],
        around: &Around,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<Told, String> {
        if self.names.len() > MOST_NAMES {
            self.names.clear();
            self.by_name.clear();
        }
        self.held.clear();
        self.text.clear();
        let mut path = std::mem::take(&mut self.path);
        let mended = flatten_bytes(json, &mut path, &mut Taking { reader: self, out });
        self.path = path;
        let mended = mended?;
        match self.layout() {
            Some(layout) => {
                self.other = false;
                Ok(Told { mended: Some(mended), ..self.understand(layout, ctx, out) })
            }
            None => {
                self.other = true;
                self.any.read(json, around, ctx, out)
            }
        }
    }

    fn fields(&self) -> &Fields {
        if self.other { self.any.fields() } else { &self.event.fields }
    }
}

fn name_of(path: &str, places: &mut Places, out: &mut dyn Sink) -> Name {
    let plain = plain(path);
    let mut means = [Means::Beside; 5];
    let mut signs = 0;
    for (at, (layout, number, origin)) in LAYOUTS.iter().enumerate() {
        signs |= u16::from(number.contains(&plain.as_str())) << (at * 2);
        signs |= u16::from(origin.contains(&plain.as_str())) << (at * 2 + 1);
        means[at] = match layout {
            Layout::Winlogbeat => winlogbeat(&plain, places, out),
            Layout::Six => six(&plain, places, out),
            Layout::Xml => xml(&plain, places, out),
            Layout::PowerShell => powershell(&plain),
            Layout::Flat => flat(&plain, places, out),
        };
    }
    Name { path: path.strip_prefix("_source.").unwrap_or(path).into(), means, signs, own: None }
}

fn winlogbeat(path: &str, places: &mut Places, out: &mut dyn Sink) -> Means {
    Means::At(match path {
        "@timestamp" => return Means::Time(1),
        "winlog.time_created" => return Means::Time(3),
        "event.action" => return Means::Action,
        "winlog.event_id" | "event.code" => Place::EventId,
        "winlog.provider_name" | "event.provider" => Place::Provider,
        "winlog.provider_guid" => Place::ProviderGuid,
        "winlog.channel" => Place::Channel,
        "winlog.computer_name" => Place::Computer,
        "winlog.record_id" => Place::RecordId,
        "winlog.version" => Place::Version,
        "winlog.task" => Place::TaskName,
        "winlog.opcode" => Place::OpcodeName,
        "winlog.keywords" => Place::Keyword,
        "winlog.process.pid" => Place::ProcessId,
        "winlog.process.thread.id" => Place::ThreadId,
        "winlog.activity_id" => Place::ActivityId,
        "winlog.related_activity_id" => Place::RelatedActivityId,
        "winlog.user.identifier" => Place::UserId,
        "winlog.api" => Place::Nothing,
        "event.outcome" => Place::Audited,
        "log.level" => Place::LevelName,
        "message" => Place::Message,
        _ => {
            if let Some(name) = path.strip_prefix("winlog.event_data.") {
                return Means::At(places.data(name, out));
            }
            if let Some(name) = path.strip_prefix("winlog.user_data.").filter(|name| *name != "xml_name") {
                return Means::At(places.of(&format!("UserData._.{name}"), "", out));
            }
            return Means::Beside;
        }
    })
}

fn six(path: &str, places: &mut Places, out: &mut dyn Sink) -> Means {
    Means::At(match path {
        "@timestamp" => return Means::Time(1),
        "event_id" => Place::EventId,
        "source_name" => Place::Provider,
        "provider_guid" => Place::ProviderGuid,
        "log_name" => Place::Channel,
        "computer_name" => Place::Computer,
        "record_number" => Place::RecordId,
        "version" => Place::Version,
        "task" => Place::TaskName,
        "opcode" => Place::OpcodeName,
        "keywords" => Place::Keyword,
        "process_id" => Place::ProcessId,
        "thread_id" => Place::ThreadId,
        "activity_id" => Place::ActivityId,
        "related_activity_id" => Place::RelatedActivityId,
        "user.identifier" => Place::UserId,
        "user.name" => Place::Field(out.field("winlog.user.name")),
        "user.domain" => Place::Field(out.field("winlog.user.domain")),
        "user.type" => Place::Field(out.field("winlog.user.type")),
        "level" => Place::LevelName,
        "message" => Place::Message,
        _ => {
            if let Some(name) = path.strip_prefix("event_data.") {
                return Means::At(places.data(name, out));
            }
            if let Some(name) = path.strip_prefix("user_data.").filter(|name| *name != "xml_name") {
                return Means::At(places.of(&format!("UserData._.{name}"), "", out));
            }
            return Means::Beside;
        }
    })
}

fn xml(path: &str, places: &mut Places, out: &mut dyn Sink) -> Means {
    match path {
        "System.TimeCreated.@SystemTime" => Means::Time(0),
        "@timestamp" => Means::Time(1),
        "EventData.Data.@Name" | "EventData.Data.Name" => Means::Name,
        "EventData.Data" | "EventData.Data.Value" => Means::Named,
        "Message" | "RenderingInfo.Message" => Means::At(Place::Message),
        _ if path.starts_with("System.")
            || path.starts_with("RenderingInfo.")
            || path.starts_with("UserData.") =>
        {
            Means::At(places.of(path, "", out))
        }
        _ => match path.strip_prefix("EventData.") {
            Some(name) if name.starts_with('@') => Means::At(Place::Nothing),
            Some(name) => Means::At(places.data(name, out)),
            None => Means::Beside,
        },
    }
}

fn powershell(path: &str) -> Means {
    Means::At(match path {
        "TimeCreated" | "TimeCreated.value" => return Means::Time(0),
        "TimeCreated.DateTime" => Place::Nothing,
        "Id" => Place::EventId,
        "ProviderName" => Place::Provider,
        "ProviderId" => Place::ProviderGuid,
        "LogName" => Place::Channel,
        "MachineName" => Place::Computer,
        "RecordId" => Place::RecordId,
        "Version" => Place::Version,
        "Level" => Place::Level,
        "LevelDisplayName" => Place::LevelName,
        "Task" => Place::Task,
        "TaskDisplayName" => Place::TaskName,
        "Opcode" => Place::Opcode,
        "OpcodeDisplayName" => Place::OpcodeName,
        "Keywords" => Place::Keywords,
        "KeywordsDisplayNames" => Place::Keyword,
        "ProcessId" => Place::ProcessId,
        "ThreadId" => Place::ThreadId,
        "UserId" | "UserId.Value" => Place::UserId,
        "ActivityId" => Place::ActivityId,
        "RelatedActivityId" => Place::RelatedActivityId,
        "Message" => Place::Message,
        "Properties.Value" => Place::Unnamed,
        "UserId.BinaryLength" | "UserId.AccountDomainSid" | "Bookmark" | "MatchedQueryIds" => Place::Nothing,
        _ => return Means::Beside,
    })
}

fn flat(path: &str, places: &mut Places, out: &mut dyn Sink) -> Means {
    Means::At(match path {
        "TimeCreated"
        | "EventTime"
        | "SystemTime"
        | "TimeCreated.SystemTime"
        | "TimeGenerated"
        | "TimeCreated.@SystemTime" => return Means::Time(0),
        "@timestamp" => return Means::Time(1),
        "EventReceivedTime" => return Means::Time(2),
        "timestamp" | "Timestamp" | "time" => return Means::Time(3),
        "EventID" | "EventId" => Place::EventId,
        "SourceName" | "ProviderName" | "Provider" | "EventSourceName" => Place::Provider,
        "ProviderGuid" | "ProviderGUID" | "Guid" => Place::ProviderGuid,
        "Channel" => Place::Channel,
        "Hostname" | "Computer" | "ComputerName" | "MachineName" => Place::Computer,
        "RecordNumber" | "EventRecordID" | "RecordId" | "EventRecordId" => Place::RecordId,
        "Version" => Place::Version,
        "Level" => Place::Level,
        "Severity" => Place::LevelName,
        "Task" => Place::Task,
        "Category" => Place::TaskName,
        "Opcode" => Place::OpcodeName,
        "OpcodeValue" => Place::Opcode,
        "Keywords" => Place::Keywords,
        "EventType" => return Means::Kind,
        "ExecutionProcessID" => Place::ProcessId,
        "ThreadID" | "ExecutionThreadID" | "ThreadId" => Place::ThreadId,
        "ProcessID" => return Means::Process,
        "ActivityID" | "ActivityId" => Place::ActivityId,
        "RelatedActivityID" | "RelatedActivityId" => Place::RelatedActivityId,
        "UserID" => Place::UserId,
        "Message" => Place::Message,
        "StringInserts" => Place::Unnamed,
        "@version"
        | "host"
        | "port"
        | "tags"
        | "type"
        | "SourceModuleName"
        | "SourceModuleType"
        | "SeverityValue"
        | "AccountType"
        | "message"
        | "SourceSystem"
        | "TenantId"
        | "Type"
        | "ERROR_EVT_UNRESOLVED" => {
            return Means::Beside;
        }
        _ => {
            let name = path.strip_prefix("EventData.").or_else(|| path.strip_prefix("UserData."));
            if name.is_none() && (path.starts_with('_') || path.contains('.')) {
                return Means::Beside;
            }
            return Means::At(places.data(name.unwrap_or(path), out));
        }
    })
}

#[cfg(test)]
#[path = "windows_json_tests.rs"]
mod tests;
