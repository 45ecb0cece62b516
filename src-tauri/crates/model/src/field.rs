//! Field names: Elastic Common Schema where it has one, the log's own dotted name otherwise.
//! In a parser's hot loop a field is a small number, [`FieldId`]; everywhere else it is its name.

use rustc_hash::FxHashMap;

/// A field's number in one [`FieldNames`]. The numbers of [`known`] fields are the same in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(pub u32);

macro_rules! known_fields {
    ($($constant:ident = $name:literal),+ $(,)?) => {
        /// Fields whose numbers are fixed, with their ECS names.
        #[allow(missing_docs, reason = "each constant is the name of an ECS field")]
        pub mod known {
            use super::FieldId;
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "only its discriminants are used")]
            #[derive(Clone, Copy)]
            enum Number { $($constant),+ }
            $(pub const $constant: FieldId = FieldId(Number::$constant as u32);)+
            /// The names, at the index of their number.
            pub const NAMES: &[&str] = &[$($name),+];
        }
    };
}

known_fields! {
    MESSAGE = "message",
    LOG_LEVEL = "log.level",
    EVENT_CATEGORY = "event.category",
    EVENT_ACTION = "event.action",
    EVENT_OUTCOME = "event.outcome",
    EVENT_REASON = "event.reason",
    EVENT_CODE = "event.code",
    EVENT_PROVIDER = "event.provider",
    EVENT_DATASET = "event.dataset",
    EVENT_DURATION = "event.duration",
    EVENT_SEVERITY = "event.severity",
    HOST_NAME = "host.name",
    USER_NAME = "user.name",
    USER_ID = "user.id",
    USER_DOMAIN = "user.domain",
    USER_TARGET_NAME = "user.target.name",
    USER_EFFECTIVE_NAME = "user.effective.name",
    SOURCE_IP = "source.ip",
    SOURCE_PORT = "source.port",
    SOURCE_ADDRESS = "source.address",
    SOURCE_BYTES = "source.bytes",
    SOURCE_PACKETS = "source.packets",
    DESTINATION_IP = "destination.ip",
    DESTINATION_PORT = "destination.port",
    DESTINATION_ADDRESS = "destination.address",
    DESTINATION_BYTES = "destination.bytes",
    DESTINATION_PACKETS = "destination.packets",
    NETWORK_TRANSPORT = "network.transport",
    NETWORK_PROTOCOL = "network.protocol",
    NETWORK_BYTES = "network.bytes",
    NETWORK_CONNECTION_STATE = "zeek.connection.state",
    PROCESS_NAME = "process.name",
    PROCESS_PID = "process.pid",
    PROCESS_EXECUTABLE = "process.executable",
    PROCESS_COMMAND_LINE = "process.command_line",
    PROCESS_WORKING_DIRECTORY = "process.working_directory",
    PROCESS_PARENT_NAME = "process.parent.name",
    PROCESS_PARENT_EXECUTABLE = "process.parent.executable",
    PROCESS_PARENT_PID = "process.parent.pid",
    HTTP_METHOD = "http.request.method",
    HTTP_STATUS = "http.response.status_code",
    HTTP_RESPONSE_BYTES = "http.response.body.bytes",
    HTTP_REQUEST_BYTES = "http.request.body.bytes",
    HTTP_REFERRER = "http.request.referrer",
    HTTP_VERSION = "http.version",
    URL_ORIGINAL = "url.original",
    URL_PATH = "url.path",
    URL_QUERY = "url.query",
    URL_DOMAIN = "url.domain",
    USER_AGENT = "user_agent.original",
    DNS_QUESTION_NAME = "dns.question.name",
    DNS_QUESTION_TYPE = "dns.question.type",
    DNS_RESPONSE_CODE = "dns.response_code",
    DNS_ANSWERS = "dns.answers.data",
    SYSLOG_PRIORITY = "log.syslog.priority",
    SYSLOG_FACILITY = "log.syslog.facility.code",
    SYSLOG_SEVERITY = "log.syslog.severity.code",
    SYSLOG_MSGID = "log.syslog.msgid",
    SSH_METHOD = "ssh.method",
    CLOUD_ACCOUNT_ID = "cloud.account.id",
    CLOUD_REGION = "cloud.region",
    CLOUD_PROVIDER = "cloud.provider",
    CLOUD_SERVICE_NAME = "cloud.service.name",
    WINLOG_CHANNEL = "winlog.channel",
    WINLOG_RECORD_ID = "winlog.record_id",
    WINLOG_LOGON_TYPE = "winlog.logon.type",
    EVENT_KIND = "event.kind",
    GROUP_NAME = "group.name",
    URL_SCHEME = "url.scheme",
    URL_PORT = "url.port",
    URL_EXTENSION = "url.extension",
    DESTINATION_DOMAIN = "destination.domain",
    SERVICE_NAME = "service.name",
    NETWORK_FORWARDED_IP = "network.forwarded_ip",
    HTTP_REQUEST_ID = "http.request.id",
    TLS_VERSION = "tls.version",
    TLS_CIPHER = "tls.cipher",
    RULE_NAME = "rule.name",
    RULE_ID = "rule.id",
    FILE_PATH = "file.path",
    LOG_LOGGER = "log.logger",
}

/// The virtual fields that every store answers without a column of their own.
pub mod virtual_field {
    /// The event's time; exists when the event is dated.
    pub const TIMESTAMP: &str = "@timestamp";
    /// The source's number.
    pub const SOURCE: &str = "source";
    /// The source's path as imported.
    pub const PATH: &str = "log.file.path";
    /// The line (or record) number in the source.
    pub const LINE: &str = "line";
    /// The byte offset in the decoded source.
    pub const OFFSET: &str = "offset";
    /// By how many seconds the times of the event's source were moved; only where they were.
    pub const CLOCK_OFFSET: &str = "timberline.clock_offset_seconds";
}

/// Names to numbers and back, for one source while it is read. Holds a bounded number of names.
#[derive(Clone, Debug)]
pub struct FieldNames {
    names: Vec<Box<str>>,
    by_name: FxHashMap<Box<str>, FieldId>,
    cap: usize,
}

impl Default for FieldNames {
    fn default() -> Self {
        Self::with_cap(2_000)
    }
}

impl FieldNames {
    /// With room for `cap` names beside the known ones. A log whose every record brings new keys
    /// would otherwise make a column for each.
    #[must_use]
    pub fn with_cap(cap: usize) -> Self {
        let names: Vec<Box<str>> = known::NAMES.iter().map(|n| Box::from(*n)).collect();
        let by_name = names.iter().enumerate().map(|(i, n)| (n.clone(), FieldId(i as u32))).collect();
        Self { cap: names.len() + cap, names, by_name }
    }

    /// The number of a name, given one if it is new; `None` when the room is used up.
    pub fn id(&mut self, name: &str) -> Option<FieldId> {
        if let Some(id) = self.by_name.get(name) {
            return Some(*id);
        }
        if self.names.len() >= self.cap {
            return None;
        }
        let id = FieldId(self.names.len() as u32);
        self.names.push(name.into());
        self.by_name.insert(name.into(), id);
        Some(id)
    }

    /// The name of a number that this table gave out.
    #[must_use]
    pub fn name(&self, id: FieldId) -> &str {
        self.names.get(id.0 as usize).map_or("", |n| n)
    }

    /// How many names there are, the known ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never: the known names are always there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_are_their_places() {
        let mut names = FieldNames::with_cap(1);
        assert_eq!(names.id("source.ip"), Some(known::SOURCE_IP));
        assert_eq!(names.name(known::HTTP_STATUS), "http.response.status_code");
        assert!(names.id("my.field").is_some());
        assert_eq!(names.id("one.too.many"), None);
    }
}
