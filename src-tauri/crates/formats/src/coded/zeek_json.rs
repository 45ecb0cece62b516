//! Zeek's logs as JSON, one object a line. Which log a record belongs to is said by `_path` (or, in some
//! shippers, `@stream`), else known by the names in it. What the names mean is [`super::zeek`]'s.

use super::flatten::{Leaf, Leaves, Lists, Meanings, flatten_bytes};
use super::json_records::{Shape, Told, look, read};
use super::json_values::stamp;
use super::zeek::{Facts, How, Place, conclude, dataset, place, write};
use crate::framing::json::Around;
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::{memchr, memmem};
use std::io::Read;
use timberline_model::{Fields, Sink, Stamp};

/// Zeek's logs as JSON.
pub struct ZeekJson;

/// How many logs of one source are told apart by name.
const MOST_LOGS: usize = 100;

impl Format for ZeekJson {
    fn about(&self) -> About {
        About {
            id: "zeek_json",
            title: "Zeek logs (JSON)",
            about: "Zeek logs written as JSON lines, one log or several in one file, with the same fields as the \
                    tab-separated ones",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let Some(look) = look(head) else { return Confidence::none() };
        let ours = look.with(|names| {
            let has = |name: &str| names.iter().any(|n| n == name);
            let connection = has("id.orig_h") || has("id_orig_h");
            let named = has("_path") || has("@stream");
            let told = has("uid") && connection || named && (connection || has("uid") || has("_write_ts"));
            let alone = has("fuid") && has("seen_bytes")
                || has("certificate.serial") && has("certificate.subject")
                || has("port_num") && has("port_proto") && has("service")
                || has("note") && has("suppress_for");
            (has("ts") || has("@timestamp")) && (told || connection || alone || named)
        });
        if ours == 0 || ours * 2 < look.names.len() {
            return Confidence::none();
        }
        Confidence {
            score: 0.97 * look.part(),
            why: format!(
                "{ours} of the first {} records have Zeek's ts and uid or addresses",
                look.names.len()
            ),
        }
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        read(input, ctx, out, &mut Reader::default())
    }
}

/// Names that tell a log that does not name itself; the first that fits counts.
const SIGNS: &[(&str, &[&str])] = &[
    ("conn", &["conn_state"]),
    ("dns", &["trans_id", "rejected"]),
    ("dns", &["qtype_name"]),
    ("dns", &["query", "trans_id"]),
    ("http", &["trans_depth", "request_body_len"]),
    ("ssl", &["established", "resumed"]),
    ("ssh", &["host_key_alg"]),
    ("ssh", &["auth_attempts"]),
    ("ssh", &["server", "client", "version", "direction"]),
    ("files", &["fuid", "seen_bytes"]),
    ("x509", &["certificate.serial"]),
    ("kerberos", &["request_type", "service"]),
    ("dce_rpc", &["endpoint", "operation"]),
    ("ntlm", &["domainname"]),
    ("ntlm", &["server_nb_computer_name"]),
    ("smb_mapping", &["share_type"]),
    ("smb_files", &["action", "times.modified"]),
    ("smb_files", &["action", "name"]),
    ("rdp", &["security_protocol"]),
    ("rdp", &["cookie", "result"]),
    ("notice", &["note", "suppress_for"]),
    ("known_services", &["port_num", "port_proto"]),
    ("syslog", &["facility", "severity", "message"]),
    ("smtp", &["helo", "trans_depth"]),
    ("smtp", &["mailfrom"]),
    ("ftp", &["command", "reply_code"]),
    ("dhcp", &["msg_types"]),
    ("dhcp", &["mac", "assigned_ip"]),
    ("weird", &["name", "notice"]),
    ("snmp", &["get_requests"]),
    ("pe", &["compile_ts"]),
    ("software", &["software_type"]),
    ("tunnel", &["tunnel_type"]),
    ("smb_cmd", &["command", "tree"]),
    ("smb_cmd", &["command", "argument", "rtt"]),
    ("irc", &["command", "value"]),
    ("irc", &["command", "addl"]),
    ("modbus", &["func"]),
    ("mysql", &["cmd"]),
    ("dnp3", &["fc_request"]),
    ("dnp3", &["iin"]),
    ("radius", &["username", "mac"]),
    ("radius", &["username", "result"]),
    ("socks", &["bound.host"]),
    ("socks", &["request.name", "version"]),
    ("ntp", &["stratum"]),
    ("dpd", &["analyzer", "failure_reason"]),
    ("sip", &["call_id", "request_from"]),
    ("intel", &["seen.indicator"]),
    ("smb_mapping", &["path", "service"]),
];

/// One log's fields.
struct Log {
    name: String,
    dataset: String,
    places: Meanings<Place>,
    /// The sign by which it was known, to be tried first for the next record.
    sign: Option<usize>,
}

#[derive(Default)]
struct Reader {
    logs: Vec<Log>,
    current: usize,
    path: String,
    fields: Fields,
    lists: Lists,
    time_text: String,
}

struct Taking<'a> {
    log: &'a mut Log,
    fields: &'a mut Fields,
    lists: &'a mut Lists,
    facts: Facts,
    time: Option<Stamp>,
    time_text: &'a mut String,
    ctx: &'a ParseContext,
    out: &'a mut dyn Sink,
}

impl Leaves for Taking<'_> {
    fn leaf(&mut self, path: &str, value: Leaf<'_>, listed: bool) {
        let (out, name) = (&mut *self.out, self.log.name.as_str());
        let place = self.log.places.of(path, |path| place(name, path, out));
        if place.how == How::Time {
            if self.time.is_none() {
                self.time = stamp(self.ctx, value);
                if let (None, Leaf::Text(text)) = (self.time, value) {
                    self.time_text.clear();
                    self.time_text.extend(text.chars().take(60));
                }
            }
            return;
        }
        write(place, value, listed, self.fields, self.lists, &mut self.facts);
    }
}

impl Reader {
    /// Which log a record belongs to, before it is read.
    fn choose(&mut self, json: &[u8]) {
        if let Some(name) = named(json) {
            if self.logs.get(self.current).is_some_and(|l| l.sign.is_none() && l.name == name) {
                return;
            }
            return self.switch(name, None);
        }
        let last = self.logs.get(self.current).and_then(|l| l.sign);
        if last.is_some_and(|sign| bears(json, SIGNS[sign].1)) {
            return;
        }
        match SIGNS.iter().position(|(_, names)| bears(json, names)) {
            Some(sign) => self.switch(SIGNS[sign].0, Some(sign)),
            None => self.switch("", None),
        }
    }

    fn switch(&mut self, name: &str, sign: Option<usize>) {
        if let Some(at) = self.logs.iter().position(|l| l.name == name && l.sign == sign) {
            self.current = at;
            return;
        }
        let name = if self.logs.len() >= MOST_LOGS { "" } else { name };
        if let Some(at) = self.logs.iter().position(|l| l.name == name && self.logs.len() >= MOST_LOGS) {
            self.current = at;
            return;
        }
        let log = Log { name: name.to_owned(), dataset: dataset(name), places: Meanings::default(), sign };
        self.logs.push(log);
        self.current = self.logs.len() - 1;
    }
}

/// The log that a record names as its own.
fn named(json: &[u8]) -> Option<&str> {
    for key in [&b"\"_path\""[..], b"\"@stream\""] {
        let Some(at) = memmem::find(json, key) else { continue };
        let rest = json[at + key.len()..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"")?;
        let name = &rest[..memchr(b'"', &rest[..rest.len().min(64)])?];
        return std::str::from_utf8(name).ok().filter(|n| !n.contains('\\'));
    }
    None
}

/// Whether all names stand in a record, in quotes and followed by a colon.
fn bears(json: &[u8], names: &[&str]) -> bool {
    names.iter().all(|name| {
        memmem::find_iter(json, name.as_bytes()).any(|at| {
            at > 0
                && json[at - 1] == b'"'
                && json.get(at + name.len()) == Some(&b'"')
                && json[at + name.len() + 1..].trim_ascii_start().first() == Some(&b':')
        })
    })
}

impl Shape for Reader {
    fn read(
        &mut self,
        json: &[u8],
        _: &Around,
        ctx: &ParseContext,
        out: &mut dyn Sink,
    ) -> Result<Told, String> {
        self.choose(json);
        self.fields.clear();
        self.lists.clear();
        self.time_text.clear();
        let Some(log) = self.logs.get_mut(self.current) else { return Err("no log".to_owned()) };
        let mut taking = Taking {
            log,
            fields: &mut self.fields,
            lists: &mut self.lists,
            facts: Facts::default(),
            time: None,
            time_text: &mut self.time_text,
            ctx,
            out,
        };
        let mended = flatten_bytes(json, &mut self.path, &mut taking)?;
        let (time, facts) = (taking.time, taking.facts);
        self.lists.give(&mut self.fields);
        if let Some(log) = self.logs.get(self.current) {
            conclude(&log.name, &log.dataset, facts, &mut self.fields);
        }
        let bad_time = (time.is_none() && !self.time_text.is_empty()).then(|| self.time_text.clone());
        Ok(Told { time, mended: Some(mended), bad_time, twice: None })
    }

    fn fields(&self) -> &Fields {
        &self.fields
    }
}
