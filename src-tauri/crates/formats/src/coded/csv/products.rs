//! Tables that well-known programs write, told by their columns: what each column means there. One entry of [`PRODUCTS`] a table; names are as [`crate::coded::named_values::key`] writes
//! them.

use crate::coded::named_values::Means;

/// A table that a well-known program writes.
#[derive(Debug)]
pub struct Product {
    /// Its `event.dataset`.
    pub dataset: &'static str,
    /// For people.
    pub title: &'static str,
    /// Columns that it has, all of them.
    needs: &'static [&'static str],
    /// `event.category`; empty where rows differ.
    pub category: &'static str,
    /// `event.kind` where it is not an event.
    pub kind: &'static str,
    /// `event.action` where no column says it.
    pub action: &'static str,
    /// Columns that hold the time, the best first.
    pub times: &'static [&'static str],
    /// Columns that mean something else here than anywhere.
    means: &'static [(&'static str, Means)],
    /// What follows from its columns together.
    pub rule: Rule,
}

/// What follows from several columns together; [`super::rules`] says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    None,
    /// Success where the column of errors is empty.
    NoErrorIsSuccess(&'static str),
    /// Windows' audit keywords, and the sentences of the message.
    Windows,
    /// The message behind Windows' columns has no name.
    Viewer,
    /// Failure where the result is not SUCCESS.
    Procmon,
    /// A user in a struct as Athena writes it.
    CloudTrail,
    /// Flags of an autostart.
    Enabled,
    /// The label of a flow that a lab has marked.
    Label,
}

use Means::{
    Code, Destination, DestinationPort, Host, Json, Keep, Level, Message, Outcome, Pairs, Protocol, Source,
    SourcePort, To, User,
};

const NONE: Product = Product {
    dataset: "",
    title: "",
    needs: &[],
    category: "",
    kind: "",
    action: "",
    times: &[],
    means: &[],
    rule: Rule::None,
};

/// Every table that is known; the more special stand first.
pub const PRODUCTS: &[Product] = &[
    Product {
        dataset: "evtxecmd",
        title: "EvtxECmd's Windows events",
        needs: &[
            "eventrecordid",
            "timecreated",
            "eventid",
            "provider",
            "channel",
            "mapdescription",
            "payload",
        ],
        times: &["timecreated"],
        means: &[
            ("eventid", Code),
            ("eventrecordid", To("winlog.record_id")),
            ("provider", To("event.provider")),
            ("channel", To("winlog.channel")),
            ("computer", Host),
            ("userid", To("winlog.user.identifier")),
            ("username", User),
            ("remotehost", Source),
            ("mapdescription", Message),
            ("executableinfo", To("process.command_line")),
            ("processid", To("winlog.process.pid")),
            ("threadid", To("winlog.process.thread.id")),
            ("payload", Json("")),
            ("sourcefile", Keep),
        ],
        rule: Rule::Windows,
        ..NONE
    },
    Product {
        dataset: "mftecmd",
        title: "MFTECmd's file records",
        needs: &["entrynumber", "sequencenumber", "parentpath", "filename", "created0x10"],
        category: "file",
        times: &["created0x10", "lastmodified0x10", "created0x30"],
        means: &[
            ("filename", To("file.name")),
            ("parentpath", To("file.directory")),
            ("extension", To("file.extension")),
            ("filesize", To("file.size")),
            ("entrynumber", To("file.inode")),
        ],
        ..NONE
    },
    Product {
        dataset: "mftecmd.usn",
        title: "MFTECmd's change journal",
        needs: &["updatesequencenumber", "updatetimestamp", "updatereasons"],
        category: "file",
        times: &["updatetimestamp"],
        means: &[
            ("name", To("file.name")),
            ("parentpath", To("file.directory")),
            ("extension", To("file.extension")),
            ("updatereasons", To("event.action")),
        ],
        ..NONE
    },
    Product {
        dataset: "pecmd",
        title: "PECmd's prefetch files",
        needs: &["sourcefilename", "executablename", "runcount", "lastrun"],
        category: "process",
        action: "program_run",
        times: &["lastrun", "sourcemodified"],
        means: &[("executablename", To("process.name")), ("sourcefilename", To("file.path"))],
        ..NONE
    },
    Product {
        dataset: "pecmd.timeline",
        title: "PECmd's timeline",
        needs: &["runtime", "executablename"],
        category: "process",
        action: "program_run",
        times: &["runtime"],
        means: &[("executablename", To("process.executable"))],
        ..NONE
    },
    Product {
        dataset: "amcacheparser",
        title: "AmcacheParser's programs and files",
        needs: &["programid", "filekeylastwritetimestamp", "fullpath"],
        category: "file",
        times: &["filekeylastwritetimestamp"],
        means: &[
            ("fullpath", To("file.path")),
            ("name", To("file.name")),
            ("fileextension", To("file.extension")),
            ("sha1", To("file.hash.sha1")),
            ("size", To("file.size")),
        ],
        ..NONE
    },
    Product {
        dataset: "appcompatcacheparser",
        title: "AppCompatCacheParser's shim cache",
        needs: &["cacheentryposition", "path", "lastmodifiedtimeutc"],
        category: "file",
        times: &["lastmodifiedtimeutc"],
        means: &[("path", To("file.path"))],
        ..NONE
    },
    Product {
        dataset: "lecmd",
        title: "LECmd's shortcuts",
        needs: &["sourcefile", "targetcreated", "targetmodified", "relativepath"],
        category: "file",
        times: &["sourceaccessed", "sourcemodified", "sourcecreated"],
        means: &[("sourcefile", To("file.path")), ("localpath", To("file.target_path")), ("machineid", Host)],
        ..NONE
    },
    Product {
        dataset: "recmd",
        title: "RECmd's registry values",
        needs: &["hivepath", "keypath", "valuename", "lastwritetimestamp"],
        category: "registry",
        times: &["lastwritetimestamp"],
        means: &[
            ("keypath", To("registry.key")),
            ("valuename", To("registry.value")),
            ("valuedata", To("registry.data.strings")),
            ("description", Message),
        ],
        ..NONE
    },
    Product {
        dataset: "rbcmd",
        title: "RBCmd's recycled files",
        needs: &["sourcename", "filename", "deletedon"],
        category: "file",
        action: "deletion",
        times: &["deletedon"],
        means: &[("filename", To("file.path")), ("filesize", To("file.size")), ("sourcename", Keep)],
        ..NONE
    },
    Product {
        dataset: "hayabusa",
        title: "Hayabusa's timeline",
        needs: &["timestamp", "ruletitle", "computer", "channel", "eventid"],
        kind: "alert",
        times: &["timestamp"],
        means: &[
            ("ruletitle", To("rule.name")),
            ("ruleid", To("rule.id")),
            ("rulefile", To("rule.ruleset")),
            ("eventid", Code),
            ("recordid", To("winlog.record_id")),
            ("details", Pairs("¦")),
            ("extrafieldinfo", Pairs("¦")),
            ("allfieldinfo", Pairs("¦")),
            ("evtxfile", Keep),
        ],
        ..NONE
    },
    Product {
        dataset: "chainsaw",
        title: "Chainsaw's findings",
        needs: &["timestamp", "detections", "eventid", "computer"],
        kind: "alert",
        times: &["timestamp"],
        means: &[
            ("detections", To("rule.name")),
            ("path", Keep),
            ("eventid", Code),
            ("recordid", To("winlog.record_id")),
            ("eventdata", Keep),
            ("count", Keep),
        ],
        ..NONE
    },
    Product {
        dataset: "get_winevent",
        title: "Windows events from PowerShell",
        needs: &["id", "providername", "logname", "machinename", "timecreated"],
        times: &["timecreated"],
        means: &[
            ("id", Code),
            ("recordid", To("winlog.record_id")),
            ("logname", To("winlog.channel")),
            ("machinename", Host),
            ("userid", To("winlog.user.identifier")),
            ("processid", To("winlog.process.pid")),
            ("threadid", To("winlog.process.thread.id")),
            ("level", Keep),
            ("task", Keep),
            ("version", Keep),
        ],
        rule: Rule::Windows,
        ..NONE
    },
    Product {
        dataset: "get_eventlog",
        title: "Windows events from PowerShell",
        needs: &["eventid", "machinename", "entrytype", "timegenerated", "instanceid"],
        times: &["timegenerated", "timewritten"],
        means: &[
            ("eventid", Code),
            ("source", To("event.provider")),
            ("username", User),
            ("index", To("winlog.record_id")),
        ],
        rule: Rule::Windows,
        ..NONE
    },
    Product {
        dataset: "event_viewer",
        title: "Windows events from the Event Viewer",
        needs: &["level", "dateandtime", "source", "eventid", "taskcategory"],
        times: &["dateandtime"],
        means: &[("source", To("event.provider")), ("eventid", Code)],
        rule: Rule::Viewer,
        ..NONE
    },
    Product {
        dataset: "event_viewer",
        title: "Windows events from the Event Viewer",
        needs: &["keywords", "dateandtime", "source", "eventid", "taskcategory"],
        times: &["dateandtime"],
        means: &[("source", To("event.provider")), ("eventid", Code)],
        rule: Rule::Viewer,
        ..NONE
    },
    Product {
        dataset: "event_viewer",
        title: "Windows events from the Event Viewer",
        needs: &["datumunduhrzeit", "quelle", "ereignisid", "aufgabenkategorie"],
        times: &["datumunduhrzeit"],
        means: &[("quelle", To("event.provider")), ("ereignisid", Code)],
        rule: Rule::Viewer,
        ..NONE
    },
    Product {
        dataset: "procmon",
        title: "Process Monitor's events",
        needs: &["processname", "pid", "operation", "path", "result", "detail"],
        times: &["datetime", "timeofday"],
        means: &[
            ("operation", To("event.action")),
            ("path", To("file.path")),
            ("result", Keep),
            ("detail", Message),
            ("user", User),
            ("imagepath", To("process.executable")),
            ("parentpid", To("process.parent.pid")),
        ],
        rule: Rule::Procmon,
        ..NONE
    },
    Product {
        dataset: "autoruns",
        title: "Autoruns' entries",
        needs: &["entrylocation", "entry", "enabled", "imagepath", "launchstring"],
        category: "configuration",
        times: &["time"],
        means: &[
            ("entrylocation", To("registry.path")),
            ("entry", Keep),
            ("imagepath", To("file.path")),
            ("launchstring", To("process.command_line")),
            ("signer", To("file.code_signature.subject_name")),
            ("description", Message),
            ("md5", To("file.hash.md5")),
            ("sha1", To("file.hash.sha1")),
            ("sha256", To("file.hash.sha256")),
        ],
        rule: Rule::Enabled,
        ..NONE
    },
    Product {
        dataset: "o365.audit",
        title: "Microsoft 365's audit log",
        needs: &["creationdate", "auditdata"],
        times: &["creationdate", "creationtime"],
        means: &[
            ("auditdata", Json("o365.audit")),
            ("operation", To("event.action")),
            ("operations", To("event.action")),
            ("userid", User),
            ("userids", User),
            ("recordtype", To("o365.audit.RecordType")),
            ("recordid", To("event.id")),
            ("identity", Keep),
        ],
        ..NONE
    },
    Product {
        dataset: "azure.signinlogs",
        title: "Entra ID's sign-ins",
        needs: &["dateutc", "requestid", "username", "application", "ipaddress", "status"],
        category: "authentication",
        action: "Sign-in",
        times: &["dateutc"],
        means: &[
            ("username", User),
            ("user", To("user.full_name")),
            ("userid", To("user.id")),
            ("ipaddress", Source),
            ("status", Outcome),
            ("signinerrorcode", Code),
            ("failurereason", To("event.reason")),
            ("application", To("service.name")),
            ("useragent", To("user_agent.original")),
            ("correlationid", To("trace.id")),
            ("requestid", To("event.id")),
        ],
        ..NONE
    },
    Product {
        dataset: "azure.auditlogs",
        title: "Entra ID's audit log",
        needs: &["dateutc", "activity", "result", "actoruserprincipalname"],
        category: "iam",
        times: &["dateutc"],
        means: &[
            ("activity", To("event.action")),
            ("result", Outcome),
            ("actoruserprincipalname", User),
            ("target1userprincipalname", To("user.target.name")),
            ("ipaddress", Source),
            ("service", To("service.name")),
            ("category", Keep),
        ],
        ..NONE
    },
    Product {
        dataset: "aws.cloudtrail",
        title: "CloudTrail from Athena",
        needs: &["eventversion", "useridentity", "eventtime", "eventname", "sourceipaddress"],
        times: &["eventtime"],
        means: &[
            ("eventname", To("event.action")),
            ("eventsource", To("event.provider")),
            ("awsregion", To("cloud.region")),
            ("sourceipaddress", Source),
            ("errorcode", To("error.code")),
            ("errormessage", To("error.message")),
            ("eventid", To("event.id")),
            ("recipientaccountid", To("cloud.account.id")),
            ("useridentity", Keep),
            ("requestid", Keep),
        ],
        rule: Rule::CloudTrail,
        ..NONE
    },
    Product {
        dataset: "aws.cloudtrail",
        title: "CloudTrail's event history",
        needs: &["eventid", "eventtime", "username", "eventname", "eventsource", "awsregion"],
        times: &["eventtime"],
        means: &[
            ("eventname", To("event.action")),
            ("eventsource", To("event.provider")),
            ("eventid", To("event.id")),
            ("errorcode", To("error.code")),
            ("sourceipaddress", Source),
        ],
        rule: Rule::NoErrorIsSuccess("errorcode"),
        ..NONE
    },
    Product {
        dataset: "nfdump",
        title: "nfdump's flows",
        needs: &["ts", "te", "sa", "da", "sp", "dp", "pr"],
        category: "network",
        times: &["ts"],
        means: &[
            ("sa", Source),
            ("da", Destination),
            ("sp", SourcePort),
            ("dp", DestinationPort),
            ("pr", Protocol),
            ("ibyt", To("source.bytes")),
            ("obyt", To("destination.bytes")),
            ("ipkt", To("source.packets")),
            ("opkt", To("destination.packets")),
        ],
        ..NONE
    },
    Product {
        dataset: "nfdump",
        title: "nfdump's flows",
        needs: &["firstseen", "proto", "srcaddr", "srcport", "dstaddr", "dstport", "packets", "bytes"],
        category: "network",
        times: &["firstseen"],
        ..NONE
    },
    Product {
        dataset: "silk",
        title: "SiLK's flows",
        needs: &["sip", "dip", "sport", "dport", "pro", "stime"],
        category: "network",
        times: &["stime"],
        means: &[
            ("sip", Source),
            ("dip", Destination),
            ("sport", SourcePort),
            ("dport", DestinationPort),
            ("pro", Protocol),
            ("bytes", To("network.bytes")),
            ("packets", To("network.packets")),
        ],
        ..NONE
    },
    Product {
        dataset: "argus",
        title: "Argus' flows",
        needs: &["starttime", "dur", "proto", "srcaddr", "dstaddr", "dport", "totbytes"],
        category: "network",
        times: &["starttime"],
        means: &[("srcaddr", Source), ("dstaddr", Destination), ("state", Keep)],
        rule: Rule::Label,
        ..NONE
    },
    Product {
        dataset: "cicflowmeter",
        title: "CICFlowMeter's flows",
        needs: &["flowid", "sourceip", "destinationip", "protocol", "timestamp", "flowduration"],
        category: "network",
        times: &["timestamp"],
        means: &[("sourceip", Source), ("destinationip", Destination), ("protocol", Protocol)],
        rule: Rule::Label,
        ..NONE
    },
    Product {
        dataset: "cicflowmeter",
        title: "CICFlowMeter's flows",
        needs: &["flowid", "srcip", "dstip", "protocol", "timestamp", "flowduration"],
        category: "network",
        times: &["timestamp"],
        means: &[("protocol", Protocol)],
        rule: Rule::Label,
        ..NONE
    },
    Product {
        dataset: "wireshark",
        title: "Wireshark's packet list",
        needs: &["no", "time", "source", "destination", "protocol", "length", "info"],
        category: "network",
        means: &[
            ("source", Source),
            ("destination", Destination),
            ("protocol", Protocol),
            ("length", To("network.bytes")),
            ("info", Message),
        ],
        ..NONE
    },
    Product {
        dataset: "networkminer.files",
        title: "NetworkMiner's files",
        needs: &["sourceip", "sourceport", "destinationip", "filename", "filestreamtype", "timestamp"],
        category: "network",
        times: &["timestamp"],
        means: &[
            ("filename", To("file.name")),
            ("path", To("file.path")),
            ("filesize", Keep),
            ("details", Message),
        ],
        ..NONE
    },
    Product {
        dataset: "plaso",
        title: "Plaso's timeline (l2tcsv)",
        needs: &["date", "time", "timezone", "macb", "sourcetype", "short", "desc"],
        times: &[],
        means: &[
            ("desc", Message),
            ("short", Keep),
            ("source", Keep),
            ("type", To("event.action")),
            ("user", User),
            ("host", Host),
            ("filename", To("file.path")),
            ("inode", To("file.inode")),
        ],
        ..NONE
    },
    Product {
        dataset: "plaso",
        title: "Plaso's timeline",
        needs: &["datetime", "timestampdesc", "source", "message", "parser"],
        times: &["datetime"],
        means: &[("source", Keep), ("timestampdesc", To("event.action"))],
        ..NONE
    },
    Product {
        dataset: "timesketch",
        title: "Timesketch's timeline",
        needs: &["message", "timestampdesc", "datetime"],
        times: &["datetime", "timestamp"],
        means: &[("source", Keep), ("timestampdesc", To("event.action"))],
        ..NONE
    },
    Product {
        dataset: "timesketch",
        title: "Timesketch's timeline",
        needs: &["message", "timestampdesc", "timestamp"],
        times: &["timestamp"],
        means: &[("source", Keep), ("timestampdesc", To("event.action"))],
        ..NONE
    },
    Product {
        dataset: "microsoft_exchange.message_tracking",
        title: "Exchange's message tracking",
        needs: &["datetime", "clientip", "serverip", "eventid", "messageid", "senderaddress"],
        category: "email",
        times: &["datetime"],
        means: &[
            ("eventid", To("event.action")),
            ("clientip", Source),
            ("serverip", Destination),
            ("serverhostname", Host),
            ("clienthostname", To("source.domain")),
            ("messageid", To("email.message_id")),
            ("recipientaddress", To("email.to.address")),
            ("senderaddress", To("email.from.address")),
            ("messagesubject", To("email.subject")),
            ("returnpath", Keep),
            ("source", Keep),
            ("recipientstatus", Keep),
            ("originalclientip", Keep),
            ("totalbytes", Keep),
        ],
        ..NONE
    },
    Product {
        dataset: "check_point",
        title: "Check Point's log export",
        needs: &["date", "time", "origin", "action", "source", "destination"],
        category: "network",
        means: &[
            ("origin", To("observer.name")),
            ("source", Source),
            ("destination", Destination),
            ("action", To("event.action")),
            ("service", DestinationPort),
            ("sourceport", SourcePort),
            ("rulename", To("rule.name")),
            ("severity", Level),
        ],
        ..NONE
    },
];

/// The product whose table has these columns.
pub fn of(keys: &[String]) -> Option<&'static Product> {
    PRODUCTS.iter().find(|p| p.needs.iter().all(|need| keys.iter().any(|k| k == need)))
}

impl Product {
    /// What a column means in this table, where it is something of its own.
    pub fn means(&self, key: &str) -> Option<Means> {
        self.means.iter().find(|(name, _)| *name == key).map(|(_, means)| *means)
    }
}
