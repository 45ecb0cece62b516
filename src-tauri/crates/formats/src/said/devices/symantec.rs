//! Symantec Endpoint Protection: `SymantecServer: Virus found,IP Address: 192.0.2.1,Computer name: pc1,...`: names and values with
//! colons between commas; and McAfee's ePO, which sends XML in syslog.

use crate::About;
use crate::normalise::entities::{SOURCE, is_ip};
use crate::normalise::text;
use crate::said::pairs::Pairs;
use crate::said::table::{self, Table, To};
use crate::said::words::{between, has};
use crate::said::{Payload, Said};
use timberline_model::known;

/// Endpoint Protection.
pub struct Symantec;

impl Payload for Symantec {
    fn about(&self) -> About {
        About {
            id: "symantec_ep",
            title: "Symantec Endpoint Protection",
            about: "Viruses, attacks, traffic and scans that Symantec's agents reported to their manager.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["symantecserver"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        if memchr::memchr(b',', &message[..message.len().min(128)]).is_none() {
            return false;
        }
        let head = &message[..message.len().min(512)];
        head.starts_with(b"SymantecServer")
            || (has(head, b",Computer name: ") && has(head, b",Risk name: "))
            || has(head, b",Local Host IP: ")
            || has(head, b",Local Host: ") && has(head, b",Remote Host IP: ")
    }

    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !program.eq_ignore_ascii_case(b"symantecserver") && !self.claims(message) {
            return false;
        }
        event(message, said);
        true
    }
}

static TABLE: Table = Table::new(
    "symantec.",
    &[
        ("IP Address", To::Source),
        ("Computer name", To::Text("host.name")),
        ("Computer name", To::Text("host.hostname")),
        ("Computer", To::Text("host.name")),
        ("Computer", To::Text("host.hostname")),
        ("Risk name", To::Text("threat.indicator.name")),
        ("Occurrences", To::Number("event.count")),
        ("Actual action", To::Action),
        ("Action", To::Action),
        ("Event time", To::Nothing),
        ("Event Insert Time", To::Nothing),
        ("Begin", To::Nothing),
        ("End", To::Nothing),
        ("User", To::User),
        ("User Name", To::User),
        ("Domain Name", To::Text("user.domain")),
        ("Source IP", To::Source),
        ("Local Host IP", To::Nothing),
        ("Local Host", To::Nothing),
        ("Remote Host IP", To::Nothing),
        ("Local Port", To::Nothing),
        ("Remote Port", To::Nothing),
        ("Local Host MAC", To::Text("host.mac")),
        ("Rule", To::Text("rule.name")),
        ("Application", To::Text("process.executable")),
        ("Application hash", To::Hash("process")),
        ("SHA-256", To::Hash("file")),
        ("File path", To::Text("file.path")),
        ("Application name", To::Text("process.name")),
        ("URL", To::Url),
        ("Intrusion URL", To::Url),
        ("Signature", To::Text("rule.name")),
        ("CIDS Signature string", To::Text("rule.name")),
        ("CIDS Signature ID", To::Text("rule.id")),
    ],
);

fn event(message: &[u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_DATASET, "symantec.ep");
    let mut pairs = Pairs::new(b"");
    let mut words: [&[u8]; 8] = [b""; 8];
    let mut n = 0;
    for part in message.split(|c| *c == b',') {
        let part = part.trim_ascii();
        match text::place(part, b": ") {
            Some(at) if at <= 40 => pairs.push(&part[..at], part[at + 2..].trim_ascii()),
            None if part.ends_with(b":") => {}
            _ if n < words.len() => {
                words[n] = part;
                n += 1;
            }
            _ => {}
        }
    }
    let words = &words[..n];
    let time =
        ["Event time", "Begin", "Event Insert Time"].iter().map(|k| pairs.get(k)).find(|t| !t.is_empty());
    said.time = time.and_then(|t| said.ctx.stamp(t)).or(said.time);
    let traffic = pairs.has("Remote Host IP");
    let first = words.first().copied().unwrap_or_default();
    let category = match () {
        () if pairs.has("Risk name")
            || first.starts_with(b"Virus")
            || first.starts_with(b"Security risk") =>
        {
            "malware"
        }
        () if pairs.has("CIDS Signature ID") || has(message, b"attack") => "intrusion_detection",
        () if traffic => "network",
        () if has(message, b"log on") || has(message, b"logged") => "authentication",
        () => "host",
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    if traffic {
        let inbound = words.contains(&b"Inbound".as_slice());
        let local = [pairs.get("Local Host IP"), pairs.get("Local Host")]
            .into_iter()
            .find(|l| !l.is_empty())
            .unwrap_or_default();
        let (source, target) = if inbound { ("Remote", "Local") } else { ("Local", "Remote") };
        let host = |side: &str| if side == "Local" { local } else { pairs.get("Remote Host IP") };
        let port =
            |side: &str| if side == "Local" { pairs.get("Local Port") } else { pairs.get("Remote Port") };
        table::put(To::Source, host(source), said);
        table::put(To::SourcePort, port(source), said);
        table::put(To::Destination, host(target), said);
        table::put(To::DestinationPort, port(target), said);
        said.set("network.direction", if inbound { b"inbound" } else { b"outbound" });
        if let Some(protocol) = words.iter().find(|w| matches!(**w, b"TCP" | b"UDP" | b"ICMP")) {
            table::transport(protocol, said);
        }
        let blocked = pairs.get("Action") == b"Blocked";
        if blocked || pairs.get("Action") == b"Allowed" {
            table::decided(!blocked, said);
            said.outcome(!blocked);
        }
        if let Some(host) = words.first().filter(|h| !h.starts_with(b"Symantec")) {
            said.fields.bytes(known::HOST_NAME, host);
        }
    }
    for (key, value) in pairs.iter().filter(|(_, v)| !table::missing(v)) {
        if memchr::memchr(b' ', key).is_some() || key.iter().all(u8::is_ascii_alphanumeric) {
            TABLE.put(key, value, said);
        }
    }
    if !said.fields.has(known::EVENT_ACTION) {
        table::action(first, said);
    }
}

/// McAfee and Trellix ePO.
pub struct Epo;

impl Payload for Epo {
    fn about(&self) -> About {
        About {
            id: "mcafee_epo",
            title: "McAfee and Trellix ePO",
            about: "Threats that McAfee's and Trellix' agents reported, sent as XML in syslog.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        if memchr::memchr(b'<', &message[..message.len().min(16)]).is_none() {
            return false;
        }
        has(&message[..message.len().min(256)], b"<EPOEvent>")
            || has(&message[..message.len().min(256)], b"<UpdateEvents>")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !self.claims(message) {
            return false;
        }
        // Nothing is nested that is wanted here, and nothing is expanded: a tag and what stands up to its end.
        let value = |name: &str| {
            let open = format!("<{name}>");
            let close = format!("</{name}>");
            between(message, open.as_bytes(), close.as_bytes())
                .filter(|v| v.len() <= 1024)
                .unwrap_or_default()
        };
        said.is("mcafee.epo", "malware", "");
        // GMT, as the tag says.
        let mut time = value("GMTTime").to_vec();
        time.push(b'Z');
        said.time = said.ctx.stamp(&time).or(said.time);
        said.fields.bytes(known::EVENT_CODE, value("EventID"));
        for (name, to) in [
            ("MachineName", To::Text("host.name")),
            ("UserName", To::User),
            ("ThreatName", To::Text("threat.indicator.name")),
            ("ThreatType", To::Text("mcafee.threat_type")),
            ("ThreatActionTaken", To::Action),
            ("SourceIPV4", To::Source),
            ("SourceIPV6", To::Source),
            ("SourceProcessName", To::Text("process.name")),
            ("SourceURL", To::Url),
            ("SourceUserName", To::Text("source.user.name")),
            ("TargetIPV4", To::Destination),
            ("TargetUserName", To::Text("destination.user.name")),
            ("TargetPort", To::DestinationPort),
            ("TargetProtocol", To::Transport),
            ("TargetFileName", To::Text("file.path")),
            ("TargetProcessName", To::Text("mcafee.target_process")),
            ("AnalyzerName", To::Text("observer.product")),
            ("AnalyzerVersion", To::Text("observer.version")),
            ("ThreatSeverity", To::Number("event.severity")),
            ("ThreatCategory", To::Text("rule.category")),
        ] {
            let text = value(name);
            if !table::missing(text) && text != b"_" {
                table::put(to, text, said);
            }
        }
        let machine = value("IPAddress");
        if is_ip(machine) {
            said.set("host.ip", machine);
            if !said.fields.has(known::SOURCE_ADDRESS) {
                SOURCE.host(said.fields, machine);
            }
        }
        match value("ThreatHandled") {
            b"1" | b"true" => said.outcome(true),
            b"0" | b"false" => said.outcome(false),
            _ => {}
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn reports_of_agents_are_read() {
        let check = |text: &str, expect: &str| said(&super::Symantec, text, expect);
        check(
            "SymantecServer: Virus found,IP Address: 192.0.2.1,Computer name: pc1,Source: Auto-Protect scan,Risk name: EICAR Test,Occurrences: 1,C:\\x.exe,\"\",Actual action: Cleaned,Event time: 2026-03-10 02:13:04,User: ann",
            "@timestamp=2026-03-10T02:13:04Z event.category=malware host.name=pc1 user.name=ann threat.indicator.name=EICAR\\ Test event.action=cleaned source.ip=192.0.2.1",
        );
        check(
            "pc1,Local Host IP: 192.0.2.1,Local Port: 445,Remote Host IP: 198.51.100.9,Remote Port: 50000,TCP,Inbound,Begin: 2026-03-10 02:13:04,Occurrences: 1,Rule: Block all,User: ann,Action: Blocked",
            "event.category=network event.type=denied source.ip=198.51.100.9 source.port=50000 destination.ip=192.0.2.1 destination.port=445 network.transport=tcp rule.name=Block\\ all host.name=pc1",
        );
        let check = |text: &str, expect: &str| said(&super::Epo, text, expect);
        check(
            "<?xml version=\"1.0\"?><EPOEvent><MachineInfo><MachineName>pc1</MachineName><UserName>EX\\ann</UserName><IPAddress>192.0.2.1</IPAddress></MachineInfo><Event><EventID>1027</EventID><GMTTime>2026-03-10T02:13:04</GMTTime><CommonFields><ThreatName>EICAR</ThreatName><ThreatActionTaken>deleted</ThreatActionTaken><ThreatHandled>1</ThreatHandled></CommonFields></Event></EPOEvent>",
            "@timestamp=2026-03-10T02:13:04Z host.name=pc1 user.name=ann threat.indicator.name=EICAR event.action=deleted event.outcome=success event.code=1027",
        );
    }
}
