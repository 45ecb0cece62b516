//! One Windows event as fields, however it was written down: every carrier (EVTX, XML, JSON, text) says at which
//! [`Place`] of an event a value stands and puts it here, so the same event ends in the same fields. What
//! providers mean by their numbers and values is [`super::windows_meaning`]'s.

use super::flatten::{Leaf, Meanings};
use super::json_values::stamp;
use super::windows_codes as codes;
use super::windows_meaning::{self, Related, Say};
pub use super::windows_values::{Key, Values, identity, key, name_in_json};
use crate::ParseContext;
use crate::normalise::severity;
use timberline_model::time::rfc3339;
use timberline_model::value::MULTI;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// Where in an event a value stands.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "they are called as the elements of an event are, or as the fields that they go to"
)]
pub enum Place {
    Provider,
    ProviderGuid,
    EventId,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    Time,
    RecordId,
    ActivityId,
    RelatedActivityId,
    ProcessId,
    ThreadId,
    Channel,
    Computer,
    UserId,
    Message,
    /// The level, task, opcode and one of the keywords in words.
    LevelName,
    TaskName,
    OpcodeName,
    Keyword,
    /// Whether an audited action succeeded, in the carrier's own words.
    Audited,
    /// A value of the event's own, under its name.
    Data(Option<FieldId>, Option<Key>),
    /// A value of the event's own that has no name.
    Unnamed,
    /// Any other value, as text or (if it is one) as a whole number.
    Field(Option<FieldId>),
    Number(Option<FieldId>),
    /// A value that says nothing: a namespace.
    Nothing,
}

/// What the names of an event's own values begin with.
pub const EVENT_DATA: &str = "winlog.event_data.";
/// The same for values under `UserData`.
pub const USER_DATA: &str = "winlog.user_data.";
/// The longest name of a value; what is longer is no name.
const LONGEST_NAME: usize = 200;

/// The place of each name in one source.
#[derive(Default)]
pub struct Places {
    by_name: Meanings<Place>,
    room: String,
}

impl Places {
    /// The place of an element or (with `@`) attribute below `Event`, by its path in dotted local names
    /// (`System.Provider.@Name`). `name` is the `Name` of a `Data` element.
    pub fn of(&mut self, path: &str, name: &str, out: &mut dyn Sink) -> Place {
        self.room.clear();
        self.room.push_str(path);
        self.room.push('\n');
        self.room.push_str(name);
        self.by_name.of(&self.room, |_| place(path, name, out))
    }

    /// The place of a value of the event's own by its name.
    pub fn data(&mut self, name: &str, out: &mut dyn Sink) -> Place {
        self.of("EventData.Data", name, out)
    }
}

fn place(path: &str, name: &str, out: &mut dyn Sink) -> Place {
    let field = |out: &mut dyn Sink, prefix: &str, name: &str| out.field(&format!("{prefix}{name}"));
    match path {
        "System.Provider.@Name" => Place::Provider,
        "System.Provider.@Guid" => Place::ProviderGuid,
        "System.Provider.@EventSourceName" => Place::Field(out.field("winlog.event_source_name")),
        "System.EventID" => Place::EventId,
        "System.EventID.@Qualifiers" => Place::Number(out.field("winlog.qualifiers")),
        "System.Version" => Place::Version,
        "System.Level" => Place::Level,
        "System.Task" => Place::Task,
        "System.Opcode" => Place::Opcode,
        "System.Keywords" => Place::Keywords,
        "System.TimeCreated.@SystemTime" => Place::Time,
        "System.EventRecordID" => Place::RecordId,
        "System.Correlation.@ActivityID" => Place::ActivityId,
        "System.Correlation.@RelatedActivityID" => Place::RelatedActivityId,
        "System.Execution.@ProcessID" => Place::ProcessId,
        "System.Execution.@ThreadID" => Place::ThreadId,
        "System.Execution.@ProcessorID" => Place::Number(out.field("winlog.processor_id")),
        "System.Channel" => Place::Channel,
        "System.Computer" => Place::Computer,
        "System.Security.@UserID" => Place::UserId,
        "RenderingInfo.Message" => Place::Message,
        "RenderingInfo.Level" => Place::LevelName,
        "RenderingInfo.Task" => Place::TaskName,
        "RenderingInfo.Opcode" => Place::OpcodeName,
        "RenderingInfo.Keywords.Keyword" => Place::Keyword,
        "RenderingInfo.Channel" | "RenderingInfo.Provider" => Place::Nothing,
        "System.Provider"
        | "System.TimeCreated"
        | "System.Execution"
        | "System.Security"
        | "System.Correlation"
        | "RenderingInfo.Keywords" => Place::Nothing,
        "EventData" | "UserData" => Place::Nothing,
        // The name of a set of data and the type of a value say nothing of what happened.
        "EventData.@Name"
        | "EventData.Data.@Name"
        | "EventData.Data.@Type"
        | "EventData.ComplexData.@Name" => Place::Nothing,
        "EventData.Data" if name.is_empty() => Place::Unnamed,
        "EventData.Data" | "EventData.ComplexData" if name.len() <= LONGEST_NAME => {
            Place::Data(field(out, EVENT_DATA, name), Key::of(name))
        }
        _ if path.contains("@xmlns") || path.ends_with("@Culture") => Place::Nothing,
        _ => {
            if let Some(rest) = path.strip_prefix("EventData.") {
                Place::Data(field(out, EVENT_DATA, rest), Key::of(rest))
            } else if let Some(rest) = path.strip_prefix("UserData.") {
                // The element below UserData only names the kind of event.
                let name = rest.split_once('.').map_or(rest, |(_, name)| name);
                let name = name.trim_start_matches('@');
                Place::Data(field(out, USER_DATA, name), Key::of(name))
            } else {
                Place::Field(field(out, "winlog.", path))
            }
        }
    }
}

macro_rules! ids {
    ($($name:ident = $field:literal),+ $(,)?) => {
        /// Numbers of fields beyond the known ones, in one source; `None` where it has no room for more names.
        #[allow(missing_docs, reason = "each is called as its field is")]
        #[derive(Clone, Copy, Debug)]
        pub struct Ids { $(pub $name: Option<FieldId>),+ }
        impl Ids {
            /// The numbers in this sink.
            pub fn new(out: &mut dyn Sink) -> Self {
                Self { $($name: out.field($field)),+ }
            }
        }
    };
}

ids! {
    kind = "event.kind",
    module = "event.module",
    event_type = "event.type",
    sequence = "event.sequence",
    event_id = "winlog.event_id",
    provider_name = "winlog.provider_name",
    provider_guid = "winlog.provider_guid",
    computer_name = "winlog.computer_name",
    time_created = "winlog.time_created",
    version = "winlog.version",
    task = "winlog.task",
    opcode = "winlog.opcode",
    keywords = "winlog.keywords",
    pid = "winlog.process.pid",
    thread = "winlog.process.thread.id",
    activity = "winlog.activity_id",
    related_activity = "winlog.related_activity_id",
    user_identifier = "winlog.user.identifier",
    logon_id = "winlog.logon.id",
    related_user = "related.user",
    related_ip = "related.ip",
    related_hash = "related.hash",
    entity = "process.entity_id",
    args = "process.args",
    args_count = "process.args_count",
    title = "process.title",
    parent_entity = "process.parent.entity_id",
    parent_command = "process.parent.command_line",
    hash_md5 = "process.hash.md5",
    hash_sha1 = "process.hash.sha1",
    hash_sha256 = "process.hash.sha256",
    imphash = "process.pe.imphash",
    original_file_name = "process.pe.original_file_name",
    pe_company = "process.pe.company",
    pe_description = "process.pe.description",
    pe_product = "process.pe.product",
    pe_file_version = "process.pe.file_version",
    file_path = "file.path",
    file_name = "file.name",
    file_directory = "file.directory",
    file_extension = "file.extension",
    file_md5 = "file.hash.md5",
    file_sha1 = "file.hash.sha1",
    file_sha256 = "file.hash.sha256",
    file_imphash = "file.pe.imphash",
    file_company = "file.pe.company",
    file_description = "file.pe.description",
    file_product = "file.pe.product",
    file_version = "file.pe.file_version",
    file_original_name = "file.pe.original_file_name",
    file_signer = "file.code_signature.subject_name",
    file_signature = "file.code_signature.status",
    file_signed = "file.code_signature.signed",
    registry_path = "registry.path",
    registry_hive = "registry.hive",
    registry_key = "registry.key",
    registry_value = "registry.value",
    registry_data = "registry.data.strings",
    service_name = "service.name",
    service_type = "service.type",
    group_domain = "group.domain",
    group_id = "group.id",
    target_domain = "user.target.domain",
    target_id = "user.target.id",
    target_group = "user.target.group.name",
    target_group_domain = "user.target.group.domain",
    target_group_id = "user.target.group.id",
    effective_domain = "user.effective.domain",
    effective_id = "user.effective.id",
    changed_name = "user.changes.name",
    source_domain = "source.domain",
    destination_domain = "destination.domain",
    network_direction = "network.direction",
    network_type = "network.type",
    dns_types = "dns.answers.type",
    resolved = "dns.resolved_ip",
    dns_status = "sysmon.dns.status",
    rule_name = "rule.name",
    ruleset = "rule.ruleset",
    url_full = "url.full",
    script_id = "powershell.file.script_block_id",
    script_text = "powershell.file.script_block_text",
    ps_sequence = "powershell.sequence",
    ps_total = "powershell.total",
    ps_new_state = "powershell.engine.new_state",
    ps_previous_state = "powershell.engine.previous_state",
    ps_engine = "powershell.engine.version",
    ps_host_version = "powershell.process.executable_version",
    ps_runspace = "powershell.runspace_id",
    ps_pipeline = "powershell.pipeline_id",
    ps_shell = "powershell.id",
    ps_command = "powershell.command.name",
    ps_command_type = "powershell.command.type",
    ps_command_path = "powershell.command.path",
    ps_command_value = "powershell.command.value",
    ps_provider = "powershell.provider.name",
    ps_provider_state = "powershell.provider.new_state",
    ps_user = "powershell.connected_user.name",
    ps_user_domain = "powershell.connected_user.domain",
    computer_object = "winlog.computerObject.name",
    computer_object_domain = "winlog.computerObject.domain",
    computer_object_id = "winlog.computerObject.id",
    package_name = "package.name",
    sql_database = "sqlserver.database",
    sql_statement = "sqlserver.statement",
}

/// What explains an event beside its values.
#[derive(Debug, Default)]
pub struct Facts {
    /// Who wrote it.
    pub provider: String,
    /// The log that it was written to.
    pub channel: String,
    /// Its number.
    pub code: Option<u32>,
    /// Whether the action that was audited succeeded.
    pub audit: Option<bool>,
    /// The task's name, if it is known.
    pub task: String,
}

/// One event while it is gathered; used again for the next.
pub struct Event {
    /// What it says, once [`Event::finish`] is done.
    pub fields: Fields,
    ids: Ids,
    values: Values,
    facts: Facts,
    task: String,
    opcode: String,
    opcode_name: String,
    keywords: u64,
    keyword_names: String,
    user_id: bool,
    unnamed: usize,
    params: Vec<Place>,
    binary: Option<Place>,
    related: Related,
    room: String,
    time: Option<Stamp>,
    bad_time: Option<String>,
}

impl Event {
    /// For one source.
    pub fn new(out: &mut dyn Sink) -> Self {
        Self {
            fields: Fields::default(),
            ids: Ids::new(out),
            values: Values::default(),
            facts: Facts::default(),
            task: String::new(),
            opcode: String::new(),
            opcode_name: String::new(),
            keywords: 0,
            keyword_names: String::new(),
            user_id: false,
            unnamed: 0,
            params: Vec::new(),
            binary: None,
            related: Related::default(),
            room: String::new(),
            time: None,
            bad_time: None,
        }
    }

    /// Forgets the event before.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.values.clear();
        self.facts.provider.clear();
        self.facts.channel.clear();
        self.facts.task.clear();
        self.facts.code = None;
        self.facts.audit = None;
        for text in [&mut self.task, &mut self.opcode, &mut self.opcode_name, &mut self.keyword_names] {
            text.clear();
        }
        self.keywords = 0;
        self.user_id = false;
        self.unnamed = 0;
        self.related.clear();
        self.time = None;
        self.bad_time = None;
    }

    /// Number and provider as far as they are known.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Puts a text at its place. What is empty is left out: the carriers do not agree on which values they write
    /// at all when there is nothing in them.
    pub fn put(&mut self, place: Place, text: &str, ctx: &ParseContext, out: &mut dyn Sink) {
        if text.is_empty() {
            // It still takes its number among those without names.
            self.unnamed += usize::from(place == Place::Unnamed);
            return;
        }
        match memchr::memchr2(MULTI as u8, b'\r', text.as_bytes()) {
            None => {}
            // XML has no other line breaks, so the same text is the same in all carriers.
            Some(_) => {
                let clean = text.replace("\r\n", "\n").replace('\r', "\n").replace(MULTI, "\u{fffd}");
                return self.put(place, &clean, ctx, out);
            }
        }
        let trimmed = text.trim();
        match place {
            Place::Data(id, key) => self.data(id, key, text),
            Place::Unnamed => {
                let place = self.param(out);
                if let Place::Data(id, key) = place {
                    self.data(id, key, text);
                }
            }
            Place::Provider => {
                trimmed.clone_into(&mut self.facts.provider);
                self.fields.text(known::EVENT_PROVIDER, trimmed);
                self.text(self.ids.provider_name, trimmed);
            }
            Place::ProviderGuid => self.guid(self.ids.provider_guid, trimmed),
            Place::EventId => {
                self.facts.code = trimmed.parse().ok();
                self.fields.text(known::EVENT_CODE, trimmed);
                self.text(self.ids.event_id, trimmed);
            }
            Place::Version => self.number(self.ids.version, trimmed),
            Place::Level if trimmed.bytes().all(|b| b.is_ascii_digit()) => {
                self.fields.text(known::LOG_LEVEL, codes::level(trimmed));
            }
            Place::Level | Place::LevelName => match severity::level(trimmed.as_bytes()) {
                Some(level) => self.fields.text(known::LOG_LEVEL, level),
                None => self.fields.text(known::LOG_LEVEL, &trimmed.to_ascii_lowercase()),
            },
            Place::Task => trimmed.clone_into(&mut self.task),
            Place::TaskName => trimmed.clone_into(&mut self.facts.task),
            Place::Opcode => trimmed.clone_into(&mut self.opcode),
            Place::OpcodeName => trimmed.clone_into(&mut self.opcode_name),
            Place::Keywords => self.keywords |= bits(trimmed),
            Place::Keyword => self.keyword(trimmed),
            Place::Audited => self.audited(trimmed),
            Place::Time => {
                if self.time.is_none() {
                    self.time = stamp(ctx, Leaf::Text(trimmed));
                }
                if self.time.is_none() {
                    let shown: String = trimmed.chars().take(60).collect();
                    self.bad_time = Some(format!("the time was not understood: {}", shown.escape_debug()));
                }
            }
            Place::RecordId => match trimmed.parse() {
                Ok(n) => self.fields.int(known::WINLOG_RECORD_ID, n),
                Err(_) => self.fields.text(known::WINLOG_RECORD_ID, trimmed),
            },
            Place::ActivityId => self.guid(self.ids.activity, trimmed),
            Place::RelatedActivityId => self.guid(self.ids.related_activity, trimmed),
            Place::ProcessId => self.number(self.ids.pid, trimmed),
            Place::ThreadId => self.number(self.ids.thread, trimmed),
            Place::Channel => {
                trimmed.clone_into(&mut self.facts.channel);
                if trimmed.eq_ignore_ascii_case("security") {
                    // Some forwarders write it in small letters.
                    "Security".clone_into(&mut self.facts.channel);
                }
                self.fields.text(known::WINLOG_CHANNEL, &self.facts.channel);
            }
            Place::Computer => {
                self.fields.text(known::HOST_NAME, trimmed);
                self.text(self.ids.computer_name, trimmed);
            }
            Place::UserId => {
                self.user_id = true;
                self.text(self.ids.user_identifier, trimmed);
            }
            Place::Message => self.fields.text(known::MESSAGE, trimmed),
            Place::Field(id) => self.text(id, trimmed),
            Place::Number(id) => match trimmed.parse() {
                Ok(n) => self.int(id, n),
                Err(_) => self.text(id, trimmed),
            },
            Place::Nothing => {}
        }
    }

    /// Puts the time of an event that is no text.
    pub fn put_time(&mut self, time: Stamp) {
        self.time = Some(time);
        self.bad_time = None;
    }

    /// The place of the bytes that an event brings along.
    pub fn binary(&mut self, out: &mut dyn Sink) -> Place {
        *self.binary.get_or_insert_with(|| Place::Data(out.field("winlog.event_data.Binary"), None))
    }

    /// Puts keywords that are no text.
    pub fn put_keywords(&mut self, bits: u64) {
        self.keywords |= bits;
    }

    fn data(&mut self, id: Option<FieldId>, key: Option<Key>, text: &str) {
        if let Some(key) = key {
            self.values.put(key, text);
        }
        self.text(id, text);
    }

    /// The next of the values without a name.
    fn param(&mut self, out: &mut dyn Sink) -> Place {
        self.unnamed += 1;
        while self.params.len() < self.unnamed {
            let name = format!("param{}", self.params.len() + 1);
            self.params.push(Place::Data(out.field(&format!("{EVENT_DATA}{name}")), Key::of(&name)));
        }
        self.params[self.unnamed - 1]
    }

    fn text(&mut self, id: Option<FieldId>, text: &str) {
        if let Some(id) = id {
            self.fields.text(id, text);
        }
    }

    fn int(&mut self, id: Option<FieldId>, n: i64) {
        if let Some(id) = id {
            self.fields.int(id, n);
        }
    }

    /// A number that says nothing when it is 0: carriers leave it out then, or not.
    fn number(&mut self, id: Option<FieldId>, text: &str) {
        match codes::number(text) {
            Some(0) => {}
            Some(n) => self.int(id, n),
            None => self.text(id, text),
        }
    }

    /// Windows writes them in small letters since version 8; before, and elsewhere, in capitals.
    fn guid(&mut self, id: Option<FieldId>, text: &str) {
        self.room.clear();
        self.room.extend(text.chars().map(|c| c.to_ascii_lowercase()));
        let Some(id) = id else { return };
        let braced = self.room.starts_with('{');
        let nil = self.room.trim_matches(['{', '}']).bytes().all(|b| matches!(b, b'0' | b'-'));
        if nil {
            return;
        }
        if !braced {
            self.room.insert(0, '{');
            self.room.push('}');
        }
        self.fields.text(id, &self.room);
    }

    fn keyword(&mut self, name: &str) {
        match codes::KEYWORDS.iter().find(|(_, n)| n.eq_ignore_ascii_case(name)) {
            Some((bit, _)) => self.keywords |= bit,
            None => {
                if !self.keyword_names.is_empty() {
                    self.keyword_names.push(MULTI);
                }
                self.keyword_names.push_str(name);
            }
        }
    }

    /// NXLog's `AUDIT_SUCCESS`, Winlogbeat's `success`.
    fn audited(&mut self, text: &str) {
        self.facts.audit = match text.to_ascii_lowercase().as_str() {
            "audit_success" | "success" | "auditsuccess" => Some(true),
            "audit_failure" | "failure" | "auditfailure" => Some(false),
            _ => return,
        };
    }

    /// Says what all values together mean; gives the time, and what was wrong with it.
    pub fn finish(&mut self, ctx: &ParseContext, out: &mut dyn Sink) -> (Option<Stamp>, Option<String>) {
        let ids = self.ids;
        let [success, failure] = [1u64 << 53, 1 << 52].map(|bit| self.keywords & bit != 0);
        if success != failure {
            self.facts.audit = Some(success);
        }
        self.give_keywords();
        self.give_task();
        self.give_opcode();
        let mut say = Say {
            facts: &self.facts,
            values: &self.values,
            fields: &mut self.fields,
            ids: &ids,
            related: &mut self.related,
            kind: "event",
            user_from_system: self.user_id,
        };
        windows_meaning::explain(&mut say, ctx, out);
        let (kind, user_from_system) = (say.kind, say.user_from_system);
        self.text(ids.kind, kind);
        self.fields.text(known::EVENT_DATASET, "windows");
        if !self.facts.task.is_empty() {
            self.fields.text(known::EVENT_ACTION, &self.facts.task);
        }
        if user_from_system
            && let Some(id) = ids.user_identifier
            && let Some(sid) = self.fields.get_text(id)
        {
            self.room.clear();
            self.room.push_str(sid);
            self.fields.text(known::USER_ID, &self.room);
        }
        self.related.give(&mut self.fields, &ids);
        self.happened(ctx);
        (self.time, self.bad_time.take())
    }

    /// Sysmon says when a thing happened; its events are written later, connections and queries by seconds.
    fn happened(&mut self, ctx: &ParseContext) {
        if self.facts.provider != "Microsoft-Windows-Sysmon" && self.facts.provider != "Linux-Sysmon" {
            return;
        }
        let Some(value) = self.values.get(key::UtcTime) else { return };
        self.room.clear();
        self.room.push_str(value);
        if !value.ends_with('Z') {
            self.room.push('Z');
        }
        let Some(time) = stamp(ctx, Leaf::Text(&self.room)) else { return };
        if let (Some(written), Some(id)) = (self.time.replace(time), self.ids.time_created) {
            self.fields.text(id, &rfc3339(written.ns));
        }
    }

    fn give_keywords(&mut self) {
        let Some(id) = self.ids.keywords else { return };
        self.room.clear();
        for (bit, name) in codes::KEYWORDS {
            if self.keywords & bit != 0 {
                if !self.room.is_empty() {
                    self.room.push(MULTI);
                }
                self.room.push_str(name);
            }
        }
        if !self.keyword_names.is_empty() {
            if !self.room.is_empty() {
                self.room.push(MULTI);
            }
            self.room.push_str(&self.keyword_names);
        }
        // The upper eight bits are the channel's; names of the lower ones only the provider knows.
        let own = self.keywords & 0x0000_ffff_ffff_ffff;
        if self.room.is_empty() && own != 0 {
            self.room.push_str(&format!("{own:#x}"));
        }
        if !self.room.is_empty() {
            self.fields.text(id, &self.room);
        }
    }

    fn give_task(&mut self) {
        if self.facts.task.is_empty() && !self.task.is_empty() {
            match self.task.parse() {
                Ok(0) => {}
                Ok(number) => match codes::task(&self.facts.provider, number) {
                    Some(name) => name.clone_into(&mut self.facts.task),
                    None => return self.text(self.ids.task, &self.task.clone()),
                },
                Err(_) => self.facts.task.clone_from(&self.task),
            }
        }
        if let (false, Some(id)) = (self.facts.task.is_empty(), self.ids.task) {
            self.fields.text(id, &self.facts.task);
        }
    }

    fn give_opcode(&mut self) {
        let Some(id) = self.ids.opcode else { return };
        let named = if self.opcode.is_empty() && self.opcode_name.is_empty() {
            // What is left out is 0.
            Some("Info")
        } else if self.opcode_name.is_empty() {
            self.opcode.parse().ok().and_then(|n| codes::opcode(&self.facts.provider, n))
        } else {
            Some(self.opcode_name.as_str())
        };
        match named {
            Some(name) => self.fields.text(id, name),
            None if !self.opcode.is_empty() => self.fields.text(id, &self.opcode),
            None => {}
        }
    }
}

/// Keywords as hexadecimal or (NXLog) as a signed number.
fn bits(text: &str) -> u64 {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).unwrap_or(0);
    }
    text.parse::<i64>().map(|n| n as u64).or_else(|_| text.parse()).unwrap_or(0)
}

/// Adds what an event means whose values stand in a record of another kind.
pub fn explain(provider: &str, channel: &str, code: u32, values: &Values, ids: &Ids, fields: &mut Fields) {
    let facts = Facts {
        provider: provider.to_owned(),
        channel: channel.to_owned(),
        code: Some(code),
        ..Facts::default()
    };
    let mut related = Related::default();
    let mut say = Say {
        facts: &facts,
        values,
        fields,
        ids,
        related: &mut related,
        kind: "event",
        user_from_system: false,
    };
    let ctx = ParseContext::new(None, None, 0, "");
    windows_meaning::explain(&mut say, &ctx, &mut crate::open::Nowhere::default());
    related.give(fields, ids);
}
