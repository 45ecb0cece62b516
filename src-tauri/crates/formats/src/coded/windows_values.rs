//! The named values of one Windows event, as far as [`super::windows_meaning`] reads them: a name is a number here,
//! looked up once for a source and not for each event. Where they come from is [`super::windows_events`]'s.

/// The number of a name of a value that [`super::windows_meaning`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u16);

macro_rules! keys {
    ($($name:ident $(= $text:literal)?),+ $(,)?) => {
        /// Names of values, as the events have them.
        #[allow(missing_docs, non_upper_case_globals, reason = "each constant is the name of a value")]
        pub mod key {
            use super::Key;
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, clippy::enum_variant_names, reason = "only its discriminants are used")]
            #[derive(Clone, Copy)]
            enum Number { $($name),+ }
            $(pub const $name: Key = Key(Number::$name as u16);)+
            /// The names, at the index of their number.
            pub const NAMES: &[&str] = &[$(keys!(@ $name $($text)?)),+];
        }
    };
    (@ $name:ident) => { stringify!($name) };
    (@ $name:ident $text:literal) => { $text };
}

keys! {
    EventID, Channel, SourceName, ProviderName,
    AccountDomain, AccountName, ActionName, Address, AppName, AppPath, Application, CallerProcessId,
    CallerProcessName, CallingStationID, ClientAddress, ClientDomainName, ClientIP, ClientIpIis = "c-ip",
    ClientMachine, ClientName, ClientProcessId, ClientUserName, CommandLine, Company,
    ConnectionName = "connection", ConnectionType = "ConnType", ContextInfo, CsBytes = "cs-bytes",
    CsHost = "cs-host", CsMethod = "cs-method", CsReferer = "csReferer", CsUriQuery = "cs-uri-query",
    CsUriStem = "cs-uri-stem", CsUserAgent = "csUser-Agent", CsUsername = "cs-username",
    CsVersion = "cs-version", CurrentDirectory, Description, DestAddress, DestPort, Destination,
    DestinationHostname, DestinationIp, DestinationPort, DestinationPortName, Details,
    DetectionUser = "Detection User", Device, Direction, DomainName, FileNameSpaced = "File Name", FilePath,
    FileVersion, FullFilePath, Hash, Hashes, HostProcess, IPString, Image, ImageLoaded, ImagePath, Initiated,
    InterfaceIP, IpAddress, IpPort, JobOwner = "jobOwner", LogonID, LogonType, MemberName, MemberSid,
    MessageNumber, MessageTotal, ModifyingApplication, ModifyingUser, NewProcessId, NewProcessName,
    NewTargetUserName, NewValue, ObjectName, ObjectType, ObjectValueName, OldTargetUserName, OriginalFileName,
    Param1, Param2, Param3, Param4, ParentCommandLine, ParentImage, ParentProcessGuid, ParentProcessId,
    ParentProcessName, Path, PayloadSmall = "payload", PipeName, PolicyName, Port, ProcessGuid, ProcessID,
    ProcessId, ProcessIdSmall = "processId", ProcessName, ProcessNameSpaced = "Process Name",
    ProcessPath = "processPath", ProcessPathNamed = "ProcessPath", ProcessSmall = "process", Product,
    Protocol, ProviderPath, QName = "QNAME", QType = "QTYPE", QueryName, QueryResults, QueryStatus, QueryType,
    RCode = "RCODE", RelativeTargetName, Resource, RuleName, RunspaceId, ScBytes = "sc-bytes",
    ScStatus = "sc-status", ScriptBlockId, ScriptBlockText, ServerIp = "s-ip", ServerName,
    ServerPort = "s-port", ServiceFileName, ServiceName, ServiceType, ShareName, Signature, SignatureStatus,
    Signed, Source, SourceAddress, SourceHostname, SourceImage, SourceIp, SourcePort, SourceProcessGUID,
    SourceProcessGuid, SourceProcessId, SourceUser, Status, SubStatus, SubjectDomainName, SubjectLogonId,
    SubjectUserName, SubjectUserSid, TargetDomainName, TargetFilename, TargetLogonId, TargetName,
    TargetObject, TargetProcessId, TargetServerName, TargetSid, TargetUser, TargetUserName, TargetUserSid,
    ThreatName = "Threat Name", Url = "url", User, UtcTime, UserContext, UserName, UserSid, Username,
    UsernameSmall = "username", Value, Workstation, WorkstationName, param1, param11, param12, param13, param14, param15, param2, param5, param6, param3, param4,
    param7,
}

impl Key {
    /// The key of a name; `None` for names that mean nothing to [`super::windows_meaning`].
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        key::NAMES.iter().position(|n| *n == name).map(|at| Self(at as u16))
    }
}

/// The values of one event that [`super::windows_meaning`] reads, in one buffer.
#[derive(Debug, Default)]
pub struct Values {
    text: String,
    spans: Vec<(Key, usize, usize)>,
}

impl Values {
    /// Forgets all values.
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Adds a value by its name; the first of a name counts.
    pub fn add(&mut self, name: &str, value: &str) {
        if let Some(key) = Key::of(name) {
            self.put(key, value);
        }
    }

    /// Adds a value; the first of a name counts.
    pub fn put(&mut self, key: Key, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        self.spans.push((key, start, self.text.len()));
    }

    /// A value that says something: not empty and not `-`.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&str> {
        let (_, from, to) = self.spans.iter().find(|(k, _, _)| *k == key).copied()?;
        let value = self.text[from..to].trim();
        (!value.is_empty() && value != "-").then_some(value)
    }
}

/// The event's own name for a value, where any JSON calls it `path`; `None` for names that mean nothing here.
#[must_use]
pub fn name_in_json(path: &str) -> Option<&'static str> {
    let name = match path {
        "winlog.event_id" | "Event.System.EventID" | "Event.System.EventID.#text" => "EventID",
        "winlog.channel" | "Event.System.Channel" => "Channel",
        "winlog.provider_name" | "Event.System.Provider.#attributes.Name" => "ProviderName",
        _ => ["winlog.event_data.", "winlog.user_data.", "Event.EventData.", "EventData."]
            .iter()
            .find_map(|prefix| path.strip_prefix(prefix))
            .unwrap_or(path),
    };
    key::NAMES.iter().find(|n| **n == name).copied()
}

/// Number, log and writer of an event, if its values have them.
#[must_use]
pub fn identity(values: &Values) -> Option<(u32, &str, &str)> {
    let code = values.get(key::EventID)?.parse().ok()?;
    let provider = values.get(key::SourceName).or_else(|| values.get(key::ProviderName)).unwrap_or("");
    let channel = values.get(key::Channel).unwrap_or("");
    (!provider.is_empty() || !channel.is_empty()).then_some((code, channel, provider))
}
