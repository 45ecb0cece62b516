//! Palo Alto Networks firewalls (PAN-OS 6 to 11): comma-separated columns whose order hangs on the type of log. New
//! versions add columns at the end, so a line of any version is read by the newest order as far as it goes.

mod columns;

use super::columns::{Columns, plain};
use super::guess::Phrase;
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::memmem;
use timberline_model::known;

/// PAN-OS.
pub struct PanOs;

impl Payload for PanOs {
    fn about(&self) -> About {
        About {
            id: "panos",
            title: "Palo Alto Networks (PAN-OS)",
            about: "Palo Alto's firewalls and Panorama: traffic, threats, URLs, files, system, configuration, GlobalProtect, \
                    authentication, User-ID, HIP, decryption, tunnels and correlation, of PAN-OS 6 to 11.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        begin(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let Some(from) = begin(message) else { return false };
        event(&message[from..], said)
    }
}

/// Where the receive time begins: at once, or behind a first column that holds nothing yet (`1,`).
fn begin(b: &[u8]) -> Option<usize> {
    let from = match memchr::memchr(b',', &b[..b.len().min(12)]) {
        Some(at) if b[..at].iter().all(u8::is_ascii_digit) => at + 1,
        _ => 0,
    };
    let time = b.get(from..from + 20)?;
    let shaped = time.iter().enumerate().all(|(n, c)| match n {
        4 | 7 => *c == b'/' || *c == b'-',
        10 => *c == b' ' || *c == b'T',
        13 | 16 => *c == b':',
        19 => matches!(c, b',' | b'.' | b'Z' | b'+' | b'-'),
        _ => c.is_ascii_digit(),
    });
    if !shaped {
        return None;
    }
    let mut cells = b[from..].splitn(4, |c| *c == b',');
    let kind = cells.nth(2)?;
    columns::of(kind.trim_ascii_end()).map(|_| from)
}

static TABLE: Table = Table::new(
    "panos.",
    &[
        ("receive_time", To::Nothing),
        ("type", To::Nothing),
        ("subtype", To::Nothing),
        ("generated_time", To::Nothing),
        ("high_res_timestamp", To::Nothing),
        ("serial", To::Text("observer.serial_number")),
        ("src", To::Source),
        ("dst", To::Destination),
        ("sport", To::SourcePort),
        ("dport", To::DestinationPort),
        ("natsrc", To::Ip("source.nat.ip")),
        ("natdst", To::Ip("destination.nat.ip")),
        ("natsport", To::Number("source.nat.port")),
        ("natdport", To::Number("destination.nat.port")),
        ("rule", To::Text("rule.name")),
        ("rule_uuid", To::Text("rule.uuid")),
        ("srcuser", To::User),
        ("srcuser", To::Text("source.user.name")),
        ("dstuser", To::Text("destination.user.name")),
        ("user", To::User),
        ("app", To::Lower("network.application")),
        ("from", To::Text("observer.ingress.zone")),
        ("to", To::Text("observer.egress.zone")),
        ("inbound_if", To::Text("observer.ingress.interface.name")),
        ("outbound_if", To::Text("observer.egress.interface.name")),
        ("proto", To::Transport),
        ("action", To::Nothing),
        ("bytes", To::Number("network.bytes")),
        ("bytes_sent", To::Number("source.bytes")),
        ("bytes_received", To::Number("destination.bytes")),
        ("packets", To::Number("network.packets")),
        ("pkts_sent", To::Number("source.packets")),
        ("pkts_received", To::Number("destination.packets")),
        ("elapsed", To::Seconds),
        ("repeatcnt", To::Number("event.count")),
        ("seqno", To::Text("event.id")),
        ("srcloc", To::Text("panos.source_location")),
        ("dstloc", To::Text("panos.destination_location")),
        ("device_name", To::Text("observer.name")),
        ("session_end_reason", To::Text("event.reason")),
        ("reason", To::Text("event.reason")),
        ("misc", To::Nothing),
        ("threatid", To::Nothing),
        ("severity", To::Nothing),
        ("filedigest", To::Hash("file")),
        ("filetype", To::Text("file.type")),
        ("user_agent", To::Text("user_agent.original")),
        ("referer", To::Text("http.request.referrer")),
        ("http_method", To::Lower("http.request.method")),
        ("xff", To::Text("network.forwarded_ip")),
        ("sender", To::Text("email.from.address")),
        ("subject", To::Text("email.subject")),
        ("recipient", To::Text("email.to.address")),
        ("src_host", To::Text("source.domain")),
        ("src_mac", To::Text("source.mac")),
        ("dst_host", To::Text("destination.domain")),
        ("dst_mac", To::Text("destination.mac")),
        ("host", To::Source),
        ("admin", To::User),
        ("ip", To::Source),
        ("public_ip", To::Source),
        ("private_ip", To::Ip("source.nat.ip")),
        ("machinename", To::Text("source.domain")),
        ("os", To::Text("host.os.name")),
        ("eventid", To::Nothing),
        ("description", To::Text("panos.description")),
        ("status", To::Outcome),
        ("sni", To::Text("tls.client.server_name")),
        ("tls_version", To::Text("tls.version")),
        ("tls_enc", To::Text("tls.cipher")),
        ("cert_serial", To::Text("tls.server.x509.serial_number")),
        ("subject_cn", To::Text("tls.server.x509.subject.common_name")),
        ("issuer_cn", To::Text("tls.server.x509.issuer.common_name")),
        ("dg1", To::Nothing),
        ("dg2", To::Nothing),
        ("dg3", To::Nothing),
        ("dg4", To::Nothing),
        ("actionflags", To::Nothing),
        ("result", To::Nothing),
        ("cmd", To::Nothing),
    ],
);

fn event(b: &[u8], said: &mut Said<'_>) -> bool {
    let cells = Columns::split(b, b',');
    let Some(names) = columns::of(cells.get(2)) else { return false };
    let value =
        |name: &str| names.iter().position(|n| *n == name).map(|at| cells.get(at)).unwrap_or_default();
    let fine = value("high_res_timestamp");
    said.time = [fine, value("generated_time"), value("receive_time")]
        .iter()
        .find_map(|t| said.ctx.stamp(t))
        .or(said.time);
    said.own_time();
    said.fields.text(known::EVENT_DATASET, "panos");
    said.set("panos.type", cells.get(2));
    said.set("panos.subtype", cells.get(3));
    let kind = cells.get(2);
    for (name, cell) in names.iter().zip(cells.all()) {
        let unset = matches!(*cell, b"" | b"0.0.0.0" | b"any") || (cell == b"0" && name.starts_with("nat"));
        if !name.is_empty() && !unset {
            TABLE.put(name.as_bytes(), &plain(cell), said);
        }
    }
    if let Some(level) = level(value("severity")) {
        said.fields.text(known::LOG_LEVEL, level);
    }
    match kind {
        b"TRAFFIC" | b"DECRYPTION" | b"START" | b"END" | b"TUNNEL" | b"GTP" | b"SCTP" => {
            traffic(cells.get(3), value("action"), said)
        }
        b"THREAT" | b"URL" | b"WILDFIRE" | b"DATA" => threat(cells.get(3), &value, said),
        b"SYSTEM" => system(cells.get(3), &value, said),
        b"CONFIG" | b"AUDIT" => config(&value, said),
        b"GLOBALPROTECT" => global_protect(&value, said),
        b"AUTHENTICATION" | b"AUTH" => authentication(&value, said),
        b"USERID" => {
            said.fields.text(known::EVENT_CATEGORY, "authentication");
            table::action(cells.get(3), said);
        }
        b"CORRELATION" => {
            said.fields.text(known::EVENT_CATEGORY, "intrusion_detection");
            said.fields.text(known::EVENT_ACTION, "correlation");
        }
        _ => {
            said.fields.text(known::EVENT_CATEGORY, "host");
            table::action(&kind.to_ascii_lowercase(), said);
        }
    }
    // What the firewall meant to do, it did: a denied session is a success of the firewall's (as Elastic has it).
    said.fields.text(known::EVENT_OUTCOME, "success");
    true
}

fn level(severity: &[u8]) -> Option<&'static str> {
    Some(match severity {
        b"informational" | b"info" => "info",
        b"low" => "notice",
        b"medium" => "warning",
        b"high" => "error",
        b"critical" => "critical",
        _ => return None,
    })
}

fn traffic(subtype: &[u8], action: &[u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_CATEGORY, "network");
    let denied = matches!(subtype, b"deny" | b"drop") || table::verdict(action) == Some(false);
    let word = match subtype {
        _ if denied => "flow_denied",
        b"start" => "flow_started",
        b"end" => "flow_terminated",
        _ => "flow",
    };
    said.fields.text(known::EVENT_ACTION, word);
    said.set("panos.action", action);
    table::decided(!denied, said);
    let zone = |name: &str, said: &mut Said<'_>| {
        let id = said.out.field(name);
        id.and_then(|id| said.fields.get_text(id)).map(str::to_owned).unwrap_or_default()
    };
    let (from, to) = (zone("observer.ingress.zone", said), zone("observer.egress.zone", said));
    match (from.as_str(), to.as_str()) {
        ("trust", "untrust") => said.set("network.direction", b"outbound"),
        ("untrust", "trust") => said.set("network.direction", b"inbound"),
        _ => {}
    }
}

fn threat<'a>(subtype: &[u8], value: &dyn Fn(&str) -> &'a [u8], said: &mut Said<'_>) {
    let (category, action) = match subtype {
        b"url" => ("web", "url_filtering"),
        b"file" => ("file", "file_match"),
        b"data" => ("file", "data_match"),
        b"virus" | b"wildfire-virus" | b"ml-virus" => ("malware", "virus_detected"),
        b"wildfire" => ("malware", "wildfire_verdict"),
        b"spyware" => ("malware", "spyware_detected"),
        b"vulnerability" => ("intrusion_detection", "exploit_detected"),
        b"scan" => ("intrusion_detection", "scan_detected"),
        b"flood" => ("intrusion_detection", "flood_detected"),
        b"packet" => ("intrusion_detection", "packet_attack"),
        _ => ("intrusion_detection", "threat_detected"),
    };
    said.fields.text(known::EVENT_CATEGORY, category);
    said.fields.text(known::EVENT_ACTION, action);
    let decision = value("action");
    said.set("panos.action", decision);
    if let Some(allowed) = table::verdict(decision) {
        table::decided(allowed, said);
    }
    let what = plain(value("misc"));
    match category {
        "web" => table::put(To::Url, &what, said),
        // Viruses are found in files, exploits in what was asked for.
        "intrusion_detection" if memchr::memchr(b'/', &what).is_some() => table::put(To::Url, &what, said),
        _ => said.set("file.name", &what),
    }
    // `Name of the threat(12345)`
    let threat = value("threatid");
    let (name, id) = match memchr::memrchr(b'(', threat) {
        Some(at) if threat.ends_with(b")") => (&threat[..at], &threat[at + 1..threat.len() - 1]),
        _ if whole(threat).is_some() => (b"".as_slice(), threat),
        _ => (threat, b"".as_slice()),
    };
    said.set("panos.threat_name", name);
    said.set("panos.threat_id", id);
}

/// A text between two others.
fn between<'a>(text: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    let rest = &text[text::place(text, open)? + open.len()..];
    Some(&rest[..text::place(rest, close).unwrap_or(rest.len())])
}

fn system<'a>(subtype: &[u8], value: &dyn Fn(&str) -> &'a [u8], said: &mut Said<'_>) {
    let id = value("eventid");
    if !id.is_empty() {
        said.fields.bytes(known::EVENT_CODE, id);
        table::action(id, said);
    }
    let text = value("description");
    let phrase = Phrase::new(text);
    let login = matches!(subtype, b"auth")
        || text::place(id, b"auth").is_some()
        || phrase.has("authenticat")
        || phrase.has("logged in")
        || phrase.has("logged out")
        || text::place(id, b"login").is_some();
    if !login {
        return said.fields.text(known::EVENT_CATEGORY, "host");
    }
    said.fields.text(known::EVENT_CATEGORY, "authentication");
    let bad = text::place(id, b"fail").is_some()
        || phrase.has("failed auth")
        || phrase.has("authentication failed")
        || phrase.has("not authenticated");
    said.outcome(!bad);
    // Names are whoever's who knocks: they stand in quotes, and `From:` is the last.
    let name = between(text, b"for user '", b"'")
        .or_else(|| between(text, b"User '", b"'"))
        .or_else(|| between(text, b"User name: ", b","))
        .or_else(|| text.strip_prefix(b"User ").and_then(|t| between(t, b"", b" logged")));
    if let Some(name) = name.filter(|n| !n.is_empty()) {
        table::user(name, said);
    }
    for mark in [b"From: ".as_slice(), b"Login from: ", b" from "] {
        let Some(at) = memmem::rfind(text, mark) else { continue };
        let rest = &text[at + mark.len()..];
        let end = rest.iter().position(|c| matches!(c, b' ' | b',')).unwrap_or(rest.len());
        let address = rest[..end].strip_suffix(b".").unwrap_or(&rest[..end]);
        if is_ip(address) {
            SOURCE.host(said.fields, address);
            break;
        }
    }
    if let Some(reason) = between(text, b"Reason: ", b". ").or_else(|| between(text, b"Reason: ", b", Auth"))
    {
        said.set("event.reason", reason.trim_ascii());
    }
}

fn config<'a>(value: &dyn Fn(&str) -> &'a [u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_CATEGORY, "configuration");
    table::action(value("cmd"), said);
    let result = value("result");
    said.set("panos.result", result);
    said.outcome(!matches!(result, b"Failed" | b"Unauthorized"));
}

fn global_protect<'a>(value: &dyn Fn(&str) -> &'a [u8], said: &mut Said<'_>) {
    let id = value("eventid");
    let login = matches!(value("stage"), b"login") || text::place(id, b"auth").is_some();
    said.fields.text(known::EVENT_CATEGORY, if login { "authentication" } else { "session" });
    said.fields.bytes(known::EVENT_CODE, id);
    table::action(id, said);
    if !value("error").is_empty() && value("status") != b"success" {
        said.outcome(false);
    }
}

fn authentication<'a>(value: &dyn Fn(&str) -> &'a [u8], said: &mut Said<'_>) {
    said.fields.text(known::EVENT_CATEGORY, "authentication");
    let event = value("event");
    table::action(if event.is_empty() { b"authentication" } else { event }, said);
    let text = value("description");
    let good = Phrase::new(event).outcome().or_else(|| Phrase::new(text).outcome());
    if let Some(good) = good {
        said.outcome(good);
    }
}

#[cfg(test)]
mod tests;
