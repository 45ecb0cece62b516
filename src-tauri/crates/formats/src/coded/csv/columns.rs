//! What the columns of a delimited text mean.

use crate::ParseContext;
use crate::normalise::entities::{DESTINATION, End, SOURCE};
use crate::normalise::{outcome, severity};
use std::borrow::Cow;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// What one column is.
#[derive(Clone, Copy, Debug)]
enum Column {
    /// Text or number under this field.
    Plain(FieldId),
    /// An address or a name of one end.
    Host(End),
    Port(End),
    Outcome(FieldId),
    Level(FieldId),
    /// No room for its name.
    Dropped,
}

/// Where the time stands.
#[derive(Clone, Debug, Default)]
struct Times {
    /// Columns that hold a whole time, the likeliest first.
    whole: Vec<usize>,
    /// A date and a time of day in two columns.
    parts: Option<(usize, usize)>,
}

/// The time of a row.
#[derive(Debug, Default)]
pub struct Time {
    /// It, when it was understood.
    pub stamp: Option<Stamp>,
    /// What it said otherwise.
    pub bad: Option<String>,
}

/// All columns.
#[derive(Debug)]
pub struct Columns {
    kinds: Vec<Column>,
    times: Times,
}

impl Columns {
    /// By their names.
    pub fn named(names: &[Cow<'_, [u8]>], out: &mut dyn Sink) -> Self {
        let names: Vec<String> = names
            .iter()
            .map(|n| String::from_utf8_lossy(n).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        let mut kinds = Vec::with_capacity(names.len());
        let mut taken: Vec<FieldId> = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let own = |out: &mut dyn Sink| {
                let short: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
                let field = if short.is_empty() { format!("column{}", n + 1) } else { short };
                out.field(&field).map_or(Column::Dropped, Column::Plain)
            };
            let kind = match meaning(&key(name)) {
                // The first of two columns of the same meaning has the field.
                Some(kind) if kind.field().is_some_and(|f| !taken.contains(&f)) => {
                    taken.extend(kind.field());
                    kind
                }
                _ => own(out),
            };
            kinds.push(kind);
        }
        let keys: Vec<String> = names.iter().map(|n| key(n)).collect();
        let find = |wanted: &str| keys.iter().position(|k| k == wanted);
        let mut whole: Vec<usize> = TIMES.iter().filter_map(|w| find(w)).collect();
        let others = keys
            .iter()
            .enumerate()
            .filter(|(_, k)| k.contains("timestamp") || k.ends_with("time") || k.ends_with("date"));
        whole.extend(others.map(|(n, _)| n).filter(|n| !whole.contains(n)).collect::<Vec<_>>());
        let parts = find("date").zip(find("time")).or_else(|| find("day").zip(find("time")));
        Self { kinds, times: Times { whole, parts } }
    }

    /// Without names: `column1` and so on; every column may hold the time.
    pub fn numbered(count: usize, out: &mut dyn Sink) -> Self {
        let kinds = (1..=count)
            .map(|n| out.field(&format!("column{n}")).map_or(Column::Dropped, Column::Plain))
            .collect();
        Self { kinds, times: Times { whole: (0..count.min(8)).collect(), parts: None } }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Writes the cells of a row as fields and finds its time.
    pub fn read(&self, cells: &[Cow<'_, [u8]>], ctx: &ParseContext, fields: &mut Fields) -> Time {
        for (cell, kind) in cells.iter().zip(&self.kinds) {
            let text = cell.trim_ascii();
            if text.is_empty() || text == b"-" {
                continue;
            }
            match *kind {
                Column::Plain(id) => plain(id, text, fields),
                Column::Host(end) => end.host(fields, text),
                Column::Port(end) => end.port(fields, text),
                Column::Outcome(id) => match outcome::of(text) {
                    Some(said) => fields.text(id, said),
                    None => fields.bytes(id, text),
                },
                Column::Level(id) => match severity::level(text) {
                    Some(level) => fields.text(id, level),
                    None => fields.bytes(id, text),
                },
                Column::Dropped => {}
            }
        }
        let cell = |n: usize| cells.get(n).map(|c| c.trim_ascii()).filter(|c| !c.is_empty());
        if let Some((date, time)) = self.times.parts
            && let (Some(date), Some(time)) = (cell(date), cell(time))
            && let Some(stamp) = ctx.stamp(&[date, b" ", time].concat())
        {
            return Time { stamp: Some(stamp), bad: None };
        }
        let mut bad = None;
        for text in self.times.whole.iter().filter_map(|n| cell(*n)) {
            match ctx.stamp(text) {
                Some(stamp) => return Time { stamp: Some(stamp), bad: None },
                None => bad = bad.or(Some(text)),
            }
        }
        let named = self.times.whole.len() < self.kinds.len().min(8);
        let bad = bad.filter(|_| named).map(|b| String::from_utf8_lossy(&b[..b.len().min(60)]).into_owned());
        Time { stamp: None, bad }
    }
}

impl Column {
    fn field(self) -> Option<FieldId> {
        match self {
            Self::Plain(id) | Self::Outcome(id) | Self::Level(id) => Some(id),
            Self::Host(end) => Some(end.address),
            Self::Port(end) => Some(end.port),
            Self::Dropped => None,
        }
    }
}

fn plain(id: FieldId, text: &[u8], fields: &mut Fields) {
    // A number stays a text where writing it as one would change it.
    let number =
        text.len() < 19 && (text == b"0" || !matches!(text[0], b'0' | b'+')) && !text.starts_with(b"-0");
    match std::str::from_utf8(text).ok().filter(|_| number).and_then(|t| t.parse::<i64>().ok()) {
        Some(n) => fields.int(id, n),
        None => fields.bytes(id, text),
    }
}

/// Names of columns that hold the time of the event, the likeliest first, as [`key`] writes them.
const TIMES: [&str; 16] = [
    "timestamp",
    "datetime",
    "eventtime",
    "timegenerated",
    "creationdate",
    "date",
    "time",
    "starttime",
    "created",
    "timecreated",
    "ts",
    "utctime",
    "logtime",
    "receivetime",
    "dt",
    "when",
];

/// Small letters and digits only: `Source IP`, `source_ip` and `SourceIP` are one name.
fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(80).collect()
}

fn meaning(key: &str) -> Option<Column> {
    let plain = |id| Some(Column::Plain(id));
    match key {
        "src" | "srcip" | "sourceip" | "sourceaddress" | "srcaddr" | "clientip" | "cip" | "remoteip"
        | "remoteaddr" | "ipaddress" | "callingip" | "srcaddress" | "remotehost" | "actoripaddress"
        | "sourcehost" => Some(Column::Host(SOURCE)),
        "dst" | "dstip" | "destip" | "destinationip" | "destinationaddress" | "dstaddr" | "destaddr"
        | "destination" | "serverip" | "sip" | "targetip" | "dstaddress" | "dest" => {
            Some(Column::Host(DESTINATION))
        }
        "srcport" | "sourceport" | "sport" | "clientport" | "spt" => Some(Column::Port(SOURCE)),
        "dstport" | "destport" | "destinationport" | "dport" | "dpt" | "serverport" => {
            Some(Column::Port(DESTINATION))
        }
        "user" | "username" | "account" | "accountname" | "login" | "userid" | "uid" | "actor"
        | "userprincipalname" => plain(known::USER_NAME),
        "host" | "hostname" | "computer" | "computername" | "device" | "devicename" | "machine"
        | "server" => plain(known::HOST_NAME),
        "action" | "event" | "eventname" | "operation" | "activity" | "eventtype" => {
            plain(known::EVENT_ACTION)
        }
        "status" | "result" | "outcome" | "eventoutcome" | "resultstatus" => {
            Some(Column::Outcome(known::EVENT_OUTCOME))
        }
        "eventid" | "eventcode" | "eventidentifier" => plain(known::EVENT_CODE),
        "message" | "msg" | "description" | "content" | "text" => plain(known::MESSAGE),
        "level" | "loglevel" | "severity" => Some(Column::Level(known::LOG_LEVEL)),
        "protocol" | "proto" | "transport" => plain(known::NETWORK_TRANSPORT),
        "url" | "uri" | "requesturl" => plain(known::URL_ORIGINAL),
        "useragent" => plain(known::USER_AGENT),
        "method" | "httpmethod" => plain(known::HTTP_METHOD),
        "statuscode" | "httpstatus" | "responsecode" => plain(known::HTTP_STATUS),
        "process" | "processname" | "image" => plain(known::PROCESS_NAME),
        "pid" | "processid" => plain(known::PROCESS_PID),
        "commandline" | "cmdline" => plain(known::PROCESS_COMMAND_LINE),
        "bytesin" | "srcbytes" | "bytessent" | "sentbytes" => plain(known::SOURCE_BYTES),
        "bytesout" | "dstbytes" | "bytesreceived" | "receivedbytes" | "rcvdbytes" => {
            plain(known::DESTINATION_BYTES)
        }
        _ => None,
    }
}
