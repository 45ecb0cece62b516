//! Scans of nmap and masscan (`-oX`): an event for the scan's beginning and end, for each host, for each of its
//! ports, and for each script that ran on a host.

use super::xml_values::{XmlValues, attributes};
use crate::framing::xml::{Element, Elements, Piece};
use crate::normalise::entities::{DESTINATION, whole};
use crate::{About, Confidence, Format, Head, ParseContext, ReadError};
use memchr::memmem;
use std::io::Read;
use timberline_model::{FieldId, Fields, Flow, ProblemKind, Record, Sink, Stamp, known};

/// The format.
pub struct Nmap;

impl Format for Nmap {
    fn about(&self) -> About {
        About {
            id: "nmap",
            title: "nmap and masscan (XML)",
            about: "Port scans: one event a host and port with its state, service and product, one a host with its names and \
                    system, one a script; the scan's command line, beginning and end",
        }
    }

    fn sniff(&self, head: &Head<'_>) -> Confidence {
        let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes).trim_ascii_start();
        if bytes.first() == Some(&b'<') && memmem::find(bytes, b"<nmaprun").is_some() {
            return Confidence {
                score: 0.99,
                why: "the root element of a scan by nmap or masscan".to_owned(),
            };
        }
        Confidence::none()
    }

    fn parse(&self, input: &mut dyn Read, ctx: &ParseContext, out: &mut dyn Sink) -> Result<(), ReadError> {
        let mut elements = Elements::new(input, b"host", b"");
        let mut reader = Reader::new(out);
        while let Some(piece) = elements.piece(out)? {
            let (flow, taken) = match piece {
                Piece::Record(host) => match reader.host(&host, ctx, out) {
                    Ok(flow) => (flow, false),
                    Err(why) => {
                        elements.refuse(why);
                        continue;
                    }
                },
                Piece::Tag { tag, .. } if begins(tag.bytes, b"<nmaprun") => {
                    (reader.scan(&tag, ctx, out), true)
                }
                Piece::Tag { tag, .. } if begins(tag.bytes, b"<finished") => {
                    (reader.finished(&tag, ctx, out), true)
                }
                _ => (Flow::Continue, false),
            };
            if taken {
                elements.taken();
            }
            if flow == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

fn begins(tag: &[u8], name: &[u8]) -> bool {
    tag.strip_prefix(name)
        .is_some_and(|rest| rest.first().is_some_and(|c| c.is_ascii_whitespace() || *c == b'>'))
}

/// What is known of a host before its ports are read.
#[derive(Default)]
struct Host {
    address: String,
    name: String,
    time: Option<Stamp>,
    system: String,
}

/// Reads one host after another.
struct Reader {
    values: XmlValues,
    fields: Fields,
    kind: Option<FieldId>,
    domain: Option<FieldId>,
    mac: Option<FieldId>,
    service: Option<FieldId>,
    system: Option<FieldId>,
    scan_time: Option<Stamp>,
}

impl Reader {
    fn new(out: &mut dyn Sink) -> Self {
        Self {
            values: XmlValues::default(),
            fields: Fields::default(),
            kind: Some(known::EVENT_KIND),
            domain: out.field("destination.domain"),
            mac: out.field("destination.mac"),
            service: out.field("service.name"),
            system: out.field("host.os.full"),
            scan_time: None,
        }
    }

    fn begin(&mut self, action: &str) {
        self.fields.clear();
        self.fields.text(known::EVENT_DATASET, "nmap");
        self.fields.text(known::EVENT_CATEGORY, "network");
        self.fields.text(known::EVENT_ACTION, action);
        if let Some(kind) = self.kind {
            self.fields.text(kind, "state");
        }
    }

    fn put(&mut self, name: &str, value: &str, out: &mut dyn Sink) {
        if let Some(id) = out.field(&format!("nmap.{name}")).filter(|_| !value.is_empty()) {
            match whole(value.as_bytes()).filter(|_| !value.starts_with('0') || value == "0") {
                Some(n) => self.fields.int(id, n),
                None => self.fields.text(id, value),
            }
        }
    }

    fn give(&self, time: Option<Stamp>, element: &Element<'_>, out: &mut dyn Sink) -> Flow {
        let (offset, line, raw) = (element.offset, element.line, element.bytes);
        out.event(&Record { time, offset, line, raw, bytes: raw.len() as u64, fields: &self.fields })
    }

    fn scan(&mut self, tag: &Element<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> Flow {
        self.begin("scan_start");
        self.scan_time = None;
        let mut seen: Vec<(String, String)> = Vec::new();
        attributes(tag.bytes, &mut |name, value| seen.push((name.to_owned(), value.to_owned())));
        for (name, value) in &seen {
            match name.as_str() {
                "args" => {
                    self.fields.text(known::PROCESS_COMMAND_LINE, value);
                    self.fields.text(known::MESSAGE, &format!("The scan began: {value}"));
                }
                "scanner" => self.fields.text(known::PROCESS_NAME, value),
                "start" => self.scan_time = ctx.named("start", value.as_bytes()),
                other => self.put(other, value, out),
            }
        }
        self.give(self.scan_time, tag, out)
    }

    fn finished(&mut self, tag: &Element<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> Flow {
        self.begin("scan_end");
        let mut time = None;
        let mut seen: Vec<(String, String)> = Vec::new();
        attributes(tag.bytes, &mut |name, value| seen.push((name.to_owned(), value.to_owned())));
        for (name, value) in &seen {
            match name.as_str() {
                "time" => time = ctx.named("time", value.as_bytes()),
                "summary" => self.fields.text(known::MESSAGE, value),
                "exit" => {
                    self.fields
                        .text(known::EVENT_OUTCOME, if value == "success" { "success" } else { "failure" });
                }
                "timestr" => {}
                other => self.put(other, value, out),
            }
        }
        self.give(time, tag, out)
    }

    /// The events of one host: itself with what stands before its ports, each port, each script.
    fn host(&mut self, host: &Element<'_>, ctx: &ParseContext, out: &mut dyn Sink) -> Result<Flow, String> {
        let text = String::from_utf8_lossy(host.bytes);
        let mut all: Vec<(String, String)> = Vec::new();
        let mut values = std::mem::take(&mut self.values);
        let read = values.read(&text, &mut |path, value| {
            if !path.starts_with("ports.port.") && !path.starts_with("hostscript.") && all.len() < 4_000 {
                all.push((path.to_owned(), value.to_owned()));
            }
        });
        self.values = values;
        let odd = read?;
        let known_host = self.known(&all, ctx);
        let parts = parts(host.bytes);
        // The host's own part: up to the first port or script.
        let first = parts.first().map_or(host.bytes.len(), |(from, _)| *from);
        let own = Element { bytes: &host.bytes[..first], ..*host };
        self.own(&known_host, &all, out);
        let mut flow = self.give(known_host.time, &own, out);
        if odd.entity && flow == Flow::Continue {
            let said = "an entity that is not XML's own was left as it stands";
            flow = out.problem(ProblemKind::Refused, host.line, host.offset, 0, said, own.bytes);
        }
        let (mut at, mut line) = (first, own.line + lines(own.bytes));
        for (from, to) in parts {
            if flow == Flow::Stop {
                break;
            }
            out.filler((from - at) as u64);
            line += lines(&host.bytes[at..from]);
            let part = Element { bytes: &host.bytes[from..to], offset: host.offset + from as u64, line };
            self.part(&part, &known_host, out)?;
            flow = self.give(known_host.time, &part, out);
            line += lines(part.bytes);
            at = to;
        }
        if flow == Flow::Continue {
            out.filler((host.bytes.len() - at) as u64);
        }
        Ok(flow)
    }

    fn known(&self, all: &[(String, String)], ctx: &ParseContext) -> Host {
        let get = |name: &str| all.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str());
        let mut host = Host::default();
        // An address stands before its kind: `addr`, then `addrtype`.
        let mut last = "";
        for (path, value) in all {
            match (path.as_str(), value.as_str()) {
                ("address.addr", addr) => last = addr,
                ("address.addrtype", "ipv4" | "ipv6") if host.address.is_empty() => {
                    last.clone_into(&mut host.address)
                }
                _ => {}
            }
        }
        get("hostnames.hostname.name").unwrap_or_default().clone_into(&mut host.name);
        get("os.osmatch.name").unwrap_or_default().clone_into(&mut host.system);
        let time = get("starttime").or_else(|| get("endtime"));
        host.time = time.and_then(|t| ctx.named("time", t.as_bytes())).or(self.scan_time);
        host
    }

    fn target(&mut self, host: &Host) {
        DESTINATION.host(&mut self.fields, host.address.as_bytes());
        for (id, value) in [(self.domain, &host.name), (self.system, &host.system)] {
            if let (Some(id), false) = (id, value.is_empty()) {
                self.fields.text(id, value);
            }
        }
    }

    fn own(&mut self, host: &Host, all: &[(String, String)], out: &mut dyn Sink) {
        let state = all.iter().find(|(n, _)| n == "status.state").map_or("", |(_, v)| v.as_str());
        self.begin(match state {
            "down" => "host_down",
            _ => "host_up",
        });
        self.target(host);
        let name = if host.name.is_empty() { String::new() } else { format!(" ({})", host.name) };
        let state = if state.is_empty() { "up" } else { state };
        self.fields.text(known::MESSAGE, &format!("Host {}{name} is {state}", host.address));
        let (mut last, mut names) = ("", Vec::new());
        for (path, value) in all {
            match path.as_str() {
                "address.addr" => last = value,
                "address.addrtype" if value == "mac" => {
                    if let Some(mac) = self.mac {
                        self.fields.text(mac, last);
                    }
                }
                "hostnames.hostname.name" => names.push(value.as_str()),
                "os.osmatch.name" | "address.addrtype" | "hostnames.hostname.type" | "text" => {}
                other if !value.is_empty() => self.put(other, value, out),
                _ => {}
            }
        }
        if let Some(id) = out.field("nmap.hostnames").filter(|_| !names.is_empty()) {
            self.fields.list(id, names);
        }
    }

    /// A port or a script of a host.
    fn part(&mut self, part: &Element<'_>, host: &Host, out: &mut dyn Sink) -> Result<(), String> {
        let text = String::from_utf8_lossy(part.bytes);
        let mut all: Vec<(String, String)> = Vec::new();
        let mut values = std::mem::take(&mut self.values);
        let read = values.read(&text, &mut |path, value| {
            if all.len() < 4_000 {
                all.push((path.to_owned(), value.to_owned()));
            }
        });
        self.values = values;
        read?;
        let get = |name: &str| {
            all.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
        };
        if let Some(port) = get("portid") {
            let state = get("state.state").unwrap_or("unknown");
            self.begin(&format!("port_{}", state.replace('|', "_")));
            self.target(host);
            DESTINATION.port(&mut self.fields, port.as_bytes());
            let protocol = get("protocol").unwrap_or("tcp");
            self.fields.text(known::NETWORK_TRANSPORT, protocol);
            let service = get("service.name");
            if let (Some(id), Some(service)) = (self.service, service) {
                self.fields.text(id, service);
            }
            let product: Vec<&str> = ["service.product", "service.version", "service.extrainfo"]
                .iter()
                .filter_map(|n| get(n))
                .collect();
            let what = [service.unwrap_or_default(), &product.join(" ")].join(" ");
            let said = format!("{port}/{protocol} is {state} on {} {}", host.address, what.trim());
            self.fields.text(known::MESSAGE, said.trim_end());
        } else {
            self.begin("host_script");
            self.target(host);
            let id = get("id").unwrap_or_default();
            let said = format!("{id} on {}: {}", host.address, get("output").unwrap_or_default().trim());
            self.fields.text(known::MESSAGE, &said);
        }
        // A script's name comes first and names what it says.
        let mut script = String::new();
        for (path, value) in &all {
            match path.as_str() {
                "portid" | "protocol" | "service.name" | "text" => {}
                "script.id" | "id" => value.clone_into(&mut script),
                "script.output" | "output" => self.put(&format!("script.{script}"), value.trim(), out),
                other
                    if other.starts_with("script.")
                        || other.starts_with("table.")
                        || other.starts_with("elem") => {}
                "state.state" => self.put("port.state", value, out),
                "state.reason" => self.put("port.reason", value, out),
                "state.reason_ttl" => self.put("port.reason_ttl", value, out),
                other => self.put(other, value, out),
            }
        }
        Ok(())
    }
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Where the ports of a host stand, and the scripts that ran on all of it.
fn parts(host: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    // Elements that were read whole are well formed: a quote is never open at a tag's beginning.
    while let Some(n) = memchr::memchr(b'<', &host[at..]) {
        at += n;
        let rest = &host[at..];
        if rest.starts_with(b"<!--") {
            at += memmem::find(rest, b"-->").map_or(rest.len(), |n| n + 3);
            continue;
        }
        if rest.starts_with(b"<![CDATA[") {
            at += memmem::find(rest, b"]]>").map_or(rest.len(), |n| n + 3);
            continue;
        }
        let close: Option<&[u8]> = if begins(rest, b"<port") {
            Some(b"</port>")
        } else if begins(rest, b"<hostscript") {
            at += tag_length(rest);
            let inside = &host[at..];
            let end = memmem::find(inside, b"</hostscript>").unwrap_or(inside.len());
            scripts(&inside[..end], at, &mut found);
            at += end;
            None
        } else {
            None
        };
        let rest = &host[at..];
        let tag = tag_length(rest);
        match close {
            Some(close) => {
                let end = if rest[..tag].ends_with(b"/>") {
                    tag
                } else {
                    memmem::find(rest, close).map_or(rest.len(), |n| n + close.len())
                };
                found.push((at, at + end));
                at += end;
            }
            None => at += tag.max(1),
        }
    }
    found
}

/// The scripts one beside the other (tables stand in them, and no scripts).
fn scripts(inside: &[u8], from: usize, found: &mut Vec<(usize, usize)>) {
    let mut at = 0;
    while let Some(n) = memmem::find(&inside[at..], b"<script") {
        at += n;
        let rest = &inside[at..];
        let tag = tag_length(rest);
        let end = if rest[..tag].ends_with(b"/>") {
            tag
        } else {
            memmem::find(rest, b"</script>").map_or(rest.len(), |n| n + b"</script>".len())
        };
        found.push((from + at, from + at + end));
        at += end.max(1);
    }
}

/// The length of the tag at the beginning; a `>` in quotes does not end it.
fn tag_length(bytes: &[u8]) -> usize {
    let mut quote = 0u8;
    for (n, byte) in bytes.iter().enumerate() {
        match *byte {
            b'>' if quote == 0 => return n + 1,
            b'"' | b'\'' if quote == 0 => quote = *byte,
            q if q == quote => quote = 0,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::check::{parse, survive};
    use timberline_model::time::rfc3339;

    const SCAN: &str = "<?xml version=\"1.0\"?>\n<!DOCTYPE nmaprun>\n\
        <nmaprun scanner=\"nmap\" args=\"nmap -oX a.xml 192.0.2.0/24\" start=\"1773108784\" version=\"7.95\">\n\
        <host starttime=\"1773108785\" endtime=\"1773108790\"><status state=\"up\" reason=\"syn-ack\"/>\n\
        <address addr=\"192.0.2.7\" addrtype=\"ipv4\"/><address addr=\"00:00:5E:00:53:01\" addrtype=\"mac\"/>\n\
        <hostnames><hostname name=\"www.example.com\" type=\"user\"/><hostname name=\"pc7.example.com\" type=\"PTR\"/></hostnames>\n\
        <ports><extraports state=\"closed\" count=\"998\"/>\n\
        <port protocol=\"tcp\" portid=\"22\"><state state=\"open\" reason=\"syn-ack\"/><service name=\"ssh\" product=\"OpenSSH\" \
        version=\"9.6\"/><script id=\"banner\" output=\"SSH-2.0&#xa;x\"/></port>\n\
        <port protocol=\"udp\" portid=\"161\"><state state=\"open|filtered\"/></port></ports>\n\
        <os><osmatch name=\"Linux 6.x\" accuracy=\"98\"/></os><hostscript><script id=\"smb\" output=\"a &gt; b\"/></hostscript>\n\
        </host>\n<runstats><finished time=\"1773108791\" summary=\"Nmap done\" exit=\"success\"/></runstats></nmaprun>\n";

    #[test]
    fn a_scan_is_told_by_port() {
        let keep = parse(&Nmap, SCAN.as_bytes());
        assert!(keep.problems.is_empty(), "{:?}", keep.problems);
        let actions: Vec<String> = keep.events.iter().filter_map(|e| e.get("event.action")).collect();
        assert_eq!(
            actions,
            ["scan_start", "host_up", "port_open", "port_open_filtered", "host_script", "scan_end"]
        );
        let check = |n: usize, expect: &[(&str, &str)]| {
            for (field, value) in expect {
                let have = if *field == "@timestamp" {
                    keep.events[n].time_ns.map(rfc3339)
                } else {
                    keep.events[n].get(field)
                };
                assert_eq!(have.as_deref(), Some(*value), "{field}: {:?}", keep.events[n]);
            }
        };
        check(
            0,
            &[
                ("process.command_line", "nmap -oX a.xml 192.0.2.0/24"),
                ("@timestamp", "2026-03-10T02:13:04Z"),
            ],
        );
        check(
            1,
            &[
                ("destination.ip", "192.0.2.7"),
                ("destination.mac", "00:00:5E:00:53:01"),
                ("host.os.full", "Linux 6.x"),
            ],
        );
        check(
            2,
            &[
                ("@timestamp", "2026-03-10T02:13:05Z"),
                ("destination.ip", "192.0.2.7"),
                ("destination.domain", "www.example.com"),
                ("destination.port", "22"),
                ("network.transport", "tcp"),
                ("service.name", "ssh"),
                ("nmap.service.product", "OpenSSH"),
                ("nmap.script.banner", "SSH-2.0\nx"),
                ("message", "22/tcp is open on 192.0.2.7 ssh OpenSSH 9.6"),
            ],
        );
        check(4, &[("nmap.script.smb", "a > b")]);
        check(5, &[("event.outcome", "success"), ("@timestamp", "2026-03-10T02:13:11Z")]);
    }

    #[test]
    fn a_scan_that_is_cut_off_or_broken_gives_what_is_there() {
        let cut = &SCAN[..SCAN.find("<os>").unwrap()];
        let keep = parse(&Nmap, cut.as_bytes());
        assert_eq!((keep.events.len(), keep.problems[0].kind), (1, ProblemKind::Truncated));
        survive(
            &Nmap,
            SCAN.as_bytes(),
            400,
            &[b"<", b">", b"<host>", b"<port", b"</port>", b"\"", b"<hostscript>", b"&x;"],
        );
    }
}
