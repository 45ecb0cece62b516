//! What the names of values mean in any tool's export, be it a table or XML, and how such values are written as
//! fields. Names that mean different things in different tools are taken only where the values fit, which the
//! formats see to. JSON has names of its own ([`super::json_names`]), as its products are other ones.

use crate::normalise::entities::{DESTINATION, End, SOURCE, whole};
use crate::normalise::{outcome, severity};
use std::borrow::Cow;
use timberline_model::field::virtual_field;
use timberline_model::{FieldId, Fields, Sink, known};

/// What a named value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// What it says, under its own name.
    Keep,
    /// The same under another name.
    To(&'static str),
    /// An address or a name that something came from.
    Source,
    /// Where it went.
    Destination,
    /// A port of the one end, perhaps with a protocol before it.
    SourcePort,
    /// And of the other.
    DestinationPort,
    /// A user, perhaps with a domain before it.
    User,
    /// A machine.
    Host,
    /// Success or failure, or an HTTP status where it is a number of three digits.
    Outcome,
    /// A level of severity.
    Level,
    /// `tcp`, or its number.
    Protocol,
    /// The number of an event, if it is short.
    Code,
    /// The sentence.
    Message,
    /// A name of the DNS.
    Domain,
    /// An address of mail, if there is an `@` in it.
    Mail(&'static str),
    /// A text of JSON, flattened below this name (below the column's own where it is empty).
    Json(&'static str),
    /// `key: value` pairs with this text between them, below the column's own name.
    Pairs(&'static str),
    /// Nothing: left out.
    Nothing,
}

/// Small letters and digits only: `Source IP`, `source_ip` and `SourceIP` are one name.
pub fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(80).collect()
}

/// Names of columns that hold the time of the event, the likeliest first, as [`key`] writes them.
pub const TIMES: &[&str] = &[
    "datetime",
    "timestamp",
    "eventtime",
    "eventtimestamp",
    "timegenerated",
    "timecreated",
    "creationtime",
    "creationdate",
    "dateandtime",
    "date",
    "time",
    "starttime",
    "stime",
    "firstseen",
    "created",
    "createdat",
    "createddatetime",
    "activitydatetime",
    "ts",
    "utctime",
    "logtime",
    "logdate",
    "eventdate",
    "receivetime",
    "generatedtime",
    "timelogged",
    "dt",
    "when",
    "datum",
    "zeitstempel",
    "fecha",
    "horodatage",
    "epoch",
    "unixtime",
    "lastvisittime",
    "visittime",
    "lastwritetimestamp",
];

/// Names of columns that hold a time of something else: they come last.
pub const OTHER_TIMES: &[&str] = &[
    "expir",
    "valid",
    "modif",
    "publish",
    "birth",
    "lastseen",
    "lastscan",
    "until",
    "end",
    "access",
    "install",
    "link",
    "compile",
    "updated",
    "received",
    "indexed",
    "ingest",
    "due",
    "next",
    "firstlogged",
    "duration",
];

/// Names of columns with a time of day, whose date stands in another one.
pub const CLOCKS: &[&str] =
    &["time", "uhrzeit", "zeit", "hora", "heure", "ora", "timeofday", "eventtime", "logtime"];
/// Names of columns with a date, whose time of day stands in another one.
pub const DATES: &[&str] = &["date", "datum", "fecha", "day", "data", "eventdate", "logdate", "jour"];
/// Names of columns with the zone of the row's times.
pub const ZONES: &[&str] =
    &["timezone", "tz", "zone", "utcoffset", "gmtoffset", "timezoneoffset", "tzoffset", "zeitzone"];

/// What a column means by its name alone.
pub fn meaning(key: &str) -> Option<Means> {
    use Means::*;
    Some(match key {
        "src" | "srcip" | "sourceip" | "sourceaddress" | "srcaddr" | "clientip" | "cip" | "remoteip"
        | "remoteaddr" | "ipaddress" | "callingip" | "srcaddress" | "remotehost" | "actoripaddress"
        | "sourcehost" | "sa" | "sip" | "srcipaddr" | "clientipaddress" | "calleripaddress"
        | "sourceipaddress" | "originip" | "attackerip" | "source" | "client" | "ip" | "clientaddress"
        | "clienthost" | "quelle" | "saddr" | "idorigh" => Source,
        "dst" | "dstip" | "destip" | "destinationip" | "destinationaddress" | "dstaddr" | "destaddr"
        | "destination" | "serverip" | "targetip" | "dstaddress" | "dest" | "da" | "dip" | "dstipaddr"
        | "destinationhost" | "desthost" | "serveraddress" | "ziel" | "daddr" | "victimip" | "idresph" => {
            Destination
        }
        "srcport" | "sourceport" | "sport" | "clientport" | "spt" | "sp" | "srcpt" | "localport"
        | "idorigp" => SourcePort,
        "dstport" | "destport" | "destinationport" | "dport" | "dpt" | "serverport" | "dp" | "dstpt"
        | "remoteport" | "port" | "targetport" | "idrespp" => DestinationPort,
        "srcmac" | "sourcemac" | "smac" => To("source.mac"),
        "dstmac" | "destinationmac" | "dmac" | "destmac" => To("destination.mac"),
        "user"
        | "username"
        | "account"
        | "accountname"
        | "login"
        | "userid"
        | "actor"
        | "userprincipalname"
        | "userids"
        | "benutzer"
        | "usuario"
        | "utilisateur"
        | "srcuser"
        | "sourceuser"
        | "loginname"
        | "logonname"
        | "actoruserprincipalname"
        | "useremail"
        | "callerupn" => User,
        "uid" | "usersid" | "sid" | "useridentifier" => To("user.id"),
        "targetuser" | "targetusername" | "targetuserprincipalname" | "dstuser" => To("user.target.name"),
        "userdomain" | "accountdomain" | "domainname" => To("user.domain"),
        "host" | "hostname" | "computer" | "computername" | "device" | "devicename" | "machine"
        | "machinename" | "server" | "systemname" | "assetname" | "endpoint" | "pscomputername"
        | "agenthostname" | "rechner" | "hostidentifier" => Host,
        "action"
        | "event"
        | "eventname"
        | "operation"
        | "operations"
        | "activity"
        | "eventtype"
        | "eventaction"
        | "activitydisplayname" => To("event.action"),
        "status" | "result" | "outcome" | "eventoutcome" | "resultstatus" | "ergebnis" | "disposition" => {
            Outcome
        }
        "eventid" | "eventcode" | "eventidentifier" | "ereignisid" | "id" => Code,
        "recordid" | "eventrecordid" | "recordnumber" | "requestid" | "correlationid" => Keep,
        "message" | "msg" | "description" | "content" | "text" | "info" | "details" | "logmessage"
        | "nachricht" | "desc" => Message,
        "level" | "loglevel" | "severity" | "leveldisplayname" | "entrytype" | "ebene" | "priority" => Level,
        "protocol" | "proto" | "transport" | "pr" | "ipprotocol" | "protokoll" | "prot" => Protocol,
        "url" | "uri" | "requesturl" | "csuristem" | "fullurl" => To("url.original"),
        "domain" | "query" | "qname" | "dnsquery" | "queryname" | "dnsname" => Domain,
        "useragent" | "csuseragent" | "agent" | "browseragent" => To("user_agent.original"),
        "method" | "httpmethod" | "requestmethod" | "csmethod" => To("http.request.method"),
        "statuscode" | "httpstatus" | "responsecode" | "scstatus" | "httpcode" => {
            To("http.response.status_code")
        }
        "referer" | "referrer" | "httpreferer" => To("http.request.referrer"),
        "process" | "processname" | "executablename" => To("process.name"),
        "image" | "imagepath" | "executablepath" | "processpath" => To("process.executable"),
        "pid" | "processid" => To("process.pid"),
        "ppid" | "parentpid" | "parentprocessid" => To("process.parent.pid"),
        "parentimage" | "parentprocesspath" => To("process.parent.executable"),
        "parentprocess" | "parentprocessname" => To("process.parent.name"),
        "commandline" | "cmdline" | "processcommandline" | "command" => To("process.command_line"),
        "threadid" | "tid" => To("process.thread.id"),
        "bytesin" | "srcbytes" | "bytessent" | "sentbytes" | "ibyt" | "origbytes" => To("source.bytes"),
        "bytesout" | "dstbytes" | "bytesreceived" | "receivedbytes" | "rcvdbytes" | "obyt" | "respbytes" => {
            To("destination.bytes")
        }
        "bytes" | "totbytes" | "totalbytes" => To("network.bytes"),
        "packets" | "totpkts" | "pkts" => To("network.packets"),
        "ipkt" | "srcpkts" => To("source.packets"),
        "opkt" | "dstpkts" => To("destination.packets"),
        "filename" | "file" => To("file.name"),
        "filepath" | "fullpath" | "targetfilename" | "fullfilename" | "sourcefilename" => To("file.path"),
        "filesize" => To("file.size"),
        "md5" | "md5hash" => To("file.hash.md5"),
        "sha1" | "sha1hash" => To("file.hash.sha1"),
        "sha256" | "sha256hash" => To("file.hash.sha256"),
        "rule" | "rulename" | "ruletitle" | "signature" | "alert" | "alertname" | "threatname"
        | "detections" => To("rule.name"),
        "channel" | "logname" => To("winlog.channel"),
        "provider" | "providername" | "sourcename" => To("event.provider"),
        "reason" | "failurereason" | "resultreason" | "errormessage" => To("event.reason"),
        "sender" | "from" | "fromaddress" | "senderaddress" | "mailfrom" => Mail("email.from.address"),
        "recipient" | "recipients" | "to" | "toaddress" | "recipientaddress" | "rcptto" => {
            Mail("email.to.address")
        }
        "subject" | "messagesubject" => To("email.subject"),
        "messageid" | "internetmessageid" => To("email.message_id"),
        "region" | "awsregion" => To("cloud.region"),
        "accountid" | "awsaccountid" | "recipientaccountid" => To("cloud.account.id"),
        _ => return None,
    })
}

/// The field that a meaning writes to first, where there is one.
pub fn field(means: Means, out: &mut dyn Sink) -> Option<FieldId> {
    match means {
        Means::To(field) | Means::Mail(field) => out.field(field),
        Means::User => Some(known::USER_NAME),
        Means::Host => Some(known::HOST_NAME),
        Means::Code => Some(known::EVENT_CODE),
        Means::Message => Some(known::MESSAGE),
        Means::Domain => Some(known::DNS_QUESTION_NAME),
        Means::Source => Some(SOURCE.address),
        Means::Destination => Some(DESTINATION.address),
        Means::SourcePort => Some(SOURCE.port),
        Means::DestinationPort => Some(DESTINATION.port),
        _ => None,
    }
}

/// Writes a value (not empty) as what it means. `own` is the field of its own name, `to` that of its meaning.
pub fn give(means: Means, own: Option<FieldId>, to: Option<FieldId>, text: &[u8], fields: &mut Fields) {
    let keep = |fields: &mut Fields| {
        if let Some(own) = own {
            plain(own, text, fields);
        }
    };
    match means {
        Means::Nothing => {}
        Means::Source => end(SOURCE, text, fields),
        Means::Destination => end(DESTINATION, text, fields),
        Means::SourcePort if port(SOURCE, text, fields) => {}
        Means::DestinationPort if port(DESTINATION, text, fields) => {}
        Means::User => user(text, fields),
        Means::Outcome => {
            let status = whole(text).filter(|n| text.len() == 3 && (100..600).contains(n));
            match (outcome::of(text), status) {
                (Some(said), _) => fields.text(known::EVENT_OUTCOME, said),
                (None, Some(status)) => fields.int(known::HTTP_STATUS, status),
                _ => {}
            }
            keep(fields);
        }
        Means::Level => {
            if let Some(level) = severity::level(text) {
                fields.text(known::LOG_LEVEL, level);
            }
            keep(fields);
        }
        Means::Protocol => protocol(text, fields),
        Means::Code if text.len() <= 12 && !text.contains(&b' ') => fields.bytes(known::EVENT_CODE, text),
        Means::Code | Means::SourcePort | Means::DestinationPort => keep(fields),
        Means::Mail(_) if !text.contains(&b'@') => keep(fields),
        _ => match to {
            Some(to) => plain(to, text, fields),
            None => keep(fields),
        },
    }
}

/// A user, with the domain that stands before it.
fn user(text: &[u8], fields: &mut Fields) {
    let (domain, name) = match memchr::memchr(b'\\', text) {
        Some(n) if n > 0 && !text[..n].contains(&b' ') => (Some(&text[..n]), &text[n + 1..]),
        _ => (None, text),
    };
    if let Some(domain) = domain {
        fields.bytes(known::USER_DOMAIN, domain);
    }
    if !name.is_empty() {
        fields.bytes(known::USER_NAME, name);
    }
}

/// `443`, or `TCP 80` and `80/tcp` as NetworkMiner and scanners write it; whether it was a port.
fn port(end: End, text: &[u8], fields: &mut Fields) -> bool {
    if whole(text).is_some() {
        end.port(fields, text);
        return true;
    }
    let Some(n) = text.iter().position(|c| matches!(c, b' ' | b'/')) else { return false };
    let (first, second) = (&text[..n], &text[n + 1..]);
    let (name, number) = if whole(first).is_some() { (second, first) } else { (first, second) };
    if whole(number).is_none() || !name.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    protocol(name, fields);
    end.port(fields, number);
    true
}

/// An end of a connection; a port may follow an IPv4 address.
fn end(end: End, text: &[u8], fields: &mut Fields) {
    if let Some(n) = memchr::memrchr(b':', text).filter(|n| memchr::memchr(b':', &text[..*n]).is_none())
        && whole(&text[n + 1..]).is_some()
        && n > 0
    {
        end.host(fields, &text[..n]);
        end.port(fields, &text[n + 1..]);
        return;
    }
    end.host(fields, text);
}

fn protocol(text: &[u8], fields: &mut Fields) {
    let name = match text {
        b"1" => "icmp".to_owned(),
        b"2" => "igmp".to_owned(),
        b"6" => "tcp".to_owned(),
        b"17" => "udp".to_owned(),
        b"47" => "gre".to_owned(),
        b"50" => "esp".to_owned(),
        b"58" => "ipv6-icmp".to_owned(),
        other => String::from_utf8_lossy(&other[..other.len().min(40)]).to_ascii_lowercase(),
    };
    let transport = matches!(
        name.as_str(),
        "tcp" | "udp" | "icmp" | "icmp6" | "ipv6-icmp" | "sctp" | "gre" | "esp" | "igmp" | "ah" | "dccp"
    ) || name.bytes().all(|c| c.is_ascii_digit());
    fields.text(if transport { known::NETWORK_TRANSPORT } else { known::NETWORK_PROTOCOL }, &name);
}

/// A value under a name; a number where it is one.
pub fn plain(id: FieldId, text: &[u8], fields: &mut Fields) {
    // A number stays a text where writing it as one would change it.
    let number =
        text.len() < 19 && (text == b"0" || !matches!(text[0], b'0' | b'+')) && !text.starts_with(b"-0");
    match std::str::from_utf8(text).ok().filter(|_| number).and_then(|t| t.parse::<i64>().ok()) {
        Some(n) if id != known::EVENT_CODE && id != known::USER_NAME => fields.int(id, n),
        _ => fields.bytes(id, text),
    }
}

/// The name of a value's own field: itself, but not the name of something else that every event has.
pub fn safe_name<'n>(prefix: &str, name: &'n str) -> Cow<'n, str> {
    const TAKEN: [&str; 8] = [
        virtual_field::TIMESTAMP,
        virtual_field::SOURCE,
        virtual_field::PATH,
        virtual_field::LINE,
        virtual_field::OFFSET,
        virtual_field::CLOCK_OFFSET,
        "id",
        "raw",
    ];
    if TAKEN.contains(&name) { Cow::Owned(format!("{prefix}.{name}")) } else { Cow::Borrowed(name) }
}
