//! Juniper Junos: SRX's sessions, screens, intrusion prevention and content security, structured
//! (`[junos@2636.1.1.1.2.40 source-address="..."]`) and as sentences, and what Junos says of logins and commands.

use super::pairs::{Dialect, PLAIN, Pairs};
use super::table::{self, Table, To};
use super::{Payload, Said};
use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::normalise::text;
use memchr::{memchr, memmem};
use timberline_model::known;

/// Junos.
pub struct Junos;

impl Payload for Junos {
    fn about(&self) -> About {
        About {
            id: "juniper_junos",
            title: "Juniper Junos (SRX)",
            about: "Juniper's firewalls, routers and switches: sessions, screens, intrusion prevention, antivirus, web filtering, \
                    logins and commands, structured or as sentences.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["rt_flow", "rt_ids", "rt_idp", "rt_utm", "rt_aamw", "rt_secintel", "mgd", "login", "sshd"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"[junos@2636") || tag(message).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if let Some(close) = message.strip_prefix(b"[junos@2636") {
            let name = said.fields.get_text(known::SYSLOG_MSGID).unwrap_or_default().to_owned();
            let text = close.strip_suffix(b"]").unwrap_or(close);
            structured(name.as_bytes(), &Pairs::read(text, &STRUCTURED), said);
            return true;
        }
        let Some((name, text)) = tag(message) else { return false };
        if let Some(data) = text::place(text, b"[junos@2636") {
            structured(name, &Pairs::read(&text[data..], &STRUCTURED), said);
            return true;
        }
        sentence(name, text, said);
        true
    }
}

const STRUCTURED: Dialect = Dialect { escapes: b"\"]\\", ..PLAIN };

/// The families of messages that Junos names in capitals.
const FAMILIES: &[&[u8]] = &[
    b"RT_FLOW_",
    b"RT_SCREEN_",
    b"RT_IDS_",
    b"IDP_",
    b"APPTRACK_",
    b"WEBFILTER_",
    b"AV_",
    b"ANTISPAM_",
    b"CONTENT_FILTERING_",
    b"UI_",
    b"SSHD_",
    b"LOGIN_",
    b"AAMW_",
    b"SECINTEL_",
    b"FWAUTH_",
    b"KMD_",
    b"SNMP_TRAP_LINK_",
    b"SNMPD_",
    b"AUTHD_",
    b"JSRPD_",
];

/// `RT_FLOW_SESSION_CREATE: ...`, `%-RT_FLOW_SESSION_CREATE: ...`, `UI_LOGIN_EVENT: ...`: the name and the rest.
fn tag(b: &[u8]) -> Option<(&[u8], &[u8])> {
    let b = b.strip_prefix(b"%-").unwrap_or(b);
    if !b.first()?.is_ascii_uppercase() {
        return None;
    }
    let run =
        b.iter().take(64).take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || **c == b'_').count();
    let name = &b[..run];
    let ends = matches!(b.get(run), Some(b':' | b' '));
    (ends && FAMILIES.iter().any(|f| name.starts_with(f)))
        .then(|| (name, b[run..].strip_prefix(b":").unwrap_or(&b[run..]).trim_ascii()))
}

static TABLE: Table = Table::new(
    "juniper.",
    &[
        ("source-address", To::Source),
        ("source-port", To::SourcePort),
        ("destination-address", To::Destination),
        ("destination-port", To::DestinationPort),
        ("nat-source-address", To::Ip("source.nat.ip")),
        ("nat-source-port", To::Number("source.nat.port")),
        ("nat-destination-address", To::Ip("destination.nat.ip")),
        ("nat-destination-port", To::Number("destination.nat.port")),
        ("protocol-id", To::Transport),
        ("protocol-name", To::Transport),
        ("service-name", To::Text("juniper.service_name")),
        ("application", To::Lower("network.application")),
        ("application-name", To::Lower("network.application")),
        ("policy-name", To::Text("rule.ruleset")),
        ("rule-name", To::Text("rule.id")),
        ("rulebase-name", To::Text("rule.name")),
        ("source-zone-name", To::Text("observer.ingress.zone")),
        ("source-zone", To::Text("observer.ingress.zone")),
        ("destination-zone-name", To::Text("observer.egress.zone")),
        ("destination-zone", To::Text("observer.egress.zone")),
        ("source-interface-name", To::Text("observer.ingress.interface.name")),
        ("packet-incoming-interface", To::Text("observer.ingress.interface.name")),
        ("interface-name", To::Text("observer.ingress.interface.name")),
        ("destination-interface-name", To::Text("observer.egress.interface.name")),
        ("username", To::Nothing),
        ("bytes-from-client", To::Number("source.bytes")),
        ("bytes-from-server", To::Number("destination.bytes")),
        ("inbound-bytes", To::Number("source.bytes")),
        ("outbound-bytes", To::Number("destination.bytes")),
        ("packets-from-client", To::Number("source.packets")),
        ("packets-from-server", To::Number("destination.packets")),
        ("inbound-packets", To::Number("source.packets")),
        ("outbound-packets", To::Number("destination.packets")),
        ("elapsed-time", To::Seconds),
        ("session-id-32", To::Text("network.session_id")),
        ("session-id", To::Text("network.session_id")),
        ("reason", To::Text("event.reason")),
        ("url", To::Text("url.domain")),
        ("obj", To::Text("url.path")),
        ("filename", To::Text("file.name")),
        ("name", To::Text("threat.indicator.name")),
        ("http-host", To::Text("url.domain")),
        ("host-name", To::Text("juniper.host_name")),
        ("verdict-number", To::Number("juniper.verdict_number")),
        ("sample-sha256", To::Hash("file")),
        ("repeat-count", To::Number("event.count")),
        ("command", To::Text("process.command_line")),
        ("threat-severity", To::Text("juniper.threat_severity")),
        ("epoch-time", To::Nothing),
    ],
);

/// What a message's name means: category, action, and whether it was let through or how it ended.
fn meaning(name: &[u8]) -> (&'static str, &'static str, Option<bool>) {
    let starts = |head: &[u8]| name.starts_with(head);
    match () {
        () if starts(b"RT_FLOW_SESSION_CREATE") => ("network", "flow_started", Some(true)),
        () if starts(b"RT_FLOW_SESSION_CLOSE") => ("network", "flow_close", Some(true)),
        () if starts(b"RT_FLOW_SESSION_DENY") => ("network", "flow_deny", Some(false)),
        () if starts(b"RT_FLOW") || starts(b"APPTRACK") => ("network", "flow", None),
        () if starts(b"RT_SCREEN") || starts(b"RT_IDS") => {
            ("intrusion_detection", "attack_detected", Some(false))
        }
        () if starts(b"IDP_ATTACK") => ("intrusion_detection", "security_threat", Some(false)),
        () if starts(b"IDP_APPDDOS") => ("intrusion_detection", "application_ddos", Some(false)),
        () if starts(b"IDP") => ("intrusion_detection", "idp", None),
        () if starts(b"WEBFILTER_URL_BLOCKED") || starts(b"WEBFILTER_URL_REDIRECTED") => {
            ("web", "web_filter", Some(false))
        }
        () if starts(b"WEBFILTER_URL_PERMITTED") => ("web", "web_filter", Some(true)),
        () if starts(b"WEBFILTER") => ("web", "web_filter", None),
        () if starts(b"AV_VIRUS_DETECTED") => ("malware", "virus_detected", Some(false)),
        () if starts(b"AV_FILE_NOT_SCANNED_DROPPED") => ("malware", "file_dropped", Some(false)),
        () if starts(b"AV_") => ("malware", "antivirus", None),
        () if starts(b"ANTISPAM") => ("email", "antispam_filter", Some(false)),
        () if starts(b"CONTENT_FILTERING_BLOCKED") => ("web", "content_filter", Some(false)),
        () if starts(b"CONTENT_FILTERING") => ("web", "content_filter", None),
        () if starts(b"AAMW") => ("malware", "malware_detected", None),
        () if starts(b"SECINTEL") => ("malware", "malware_detected", None),
        () if starts(b"UI_LOGIN_EVENT") || starts(b"LOGIN_INFORMATION") => {
            ("authentication", "login", Some(true))
        }
        () if starts(b"UI_AUTH_EVENT") || starts(b"LOGIN_ROOT") => {
            ("authentication", "authenticated", Some(true))
        }
        () if starts(b"UI_LOGOUT_EVENT") => ("session", "logout", None),
        () if starts(b"SSHD_LOGIN_FAILED") || starts(b"LOGIN_FAILED") || starts(b"UI_AUTH_INVALID") => {
            ("authentication", "login", Some(false))
        }
        () if starts(b"SSHD") || starts(b"LOGIN_") || starts(b"FWAUTH") || starts(b"AUTHD") => {
            ("authentication", "login", None)
        }
        () if starts(b"UI_") => ("configuration", "command", None),
        _ => ("network", "event", None),
    }
}

fn begin(name: &[u8], said: &mut Said<'_>) -> (&'static str, Option<bool>) {
    let (category, action, good) = meaning(name);
    said.fields.text(known::EVENT_DATASET, "juniper.junos");
    said.fields.bytes(known::EVENT_CODE, name);
    said.fields.text(known::EVENT_CATEGORY, category);
    said.fields.text(known::EVENT_ACTION, action);
    if matches!(category, "authentication" | "session" | "configuration") {
        if let Some(good) = good {
            said.outcome(good);
        }
    } else {
        if let Some(allowed) = good {
            table::decided(allowed, said);
        }
        // As Elastic has it: what the firewall decided, it did.
        said.outcome(true);
    }
    (category, good)
}

fn structured(name: &[u8], pairs: &Pairs<'_>, said: &mut Said<'_>) {
    begin(name, said);
    let action = pairs.get("action");
    if let Some(allowed) = table::verdict(&action.to_ascii_lowercase()) {
        table::decided(allowed, said);
    }
    said.set("juniper.action", action);
    let user = pairs.plain(pairs.get("username"));
    if !table::missing(&user) {
        if !matches!(&*user, b"unknown-user" | b"unauthenticated-user") {
            table::user(&user, said);
        }
        said.set("source.user.name", &user);
    }
    if pairs.has("attack-name") && name.starts_with(b"RT_SCREEN") {
        said.set("rule.name", pairs.get("attack-name"));
    }
    // `ssh-connection="198.51.100.66 54321 192.0.2.2 22"`
    let ssh = pairs.get("ssh-connection");
    let mut words = ssh.split(|c| *c == b' ');
    if let (Some(from), Some(port)) = (words.next(), words.next()) {
        SOURCE.host(said.fields, from);
        SOURCE.port(said.fields, port);
    }
    TABLE.write(pairs, said);
}

/// What follows a text.
fn after<'a>(text: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    text::place(text, what).map(|at| &text[at + what.len()..])
}

fn token(b: &[u8]) -> &[u8] {
    let end = b.iter().position(|c| matches!(c, b' ' | b',' | b'\'')).unwrap_or(b.len());
    b[..end].strip_suffix(b".").unwrap_or(&b[..end])
}

/// The same as sentences.
fn sentence(name: &[u8], text: &[u8], said: &mut Said<'_>) {
    begin(name, said);
    if name.starts_with(b"RT_FLOW_SESSION") || name.starts_with(b"APPTRACK") {
        return session(text, said);
    }
    if name.starts_with(b"RT_SCREEN") {
        // `TCP port scan! source: 192.0.2.1:50630, destination: 192.0.2.2:10778, zone name: trust, ...`
        if let Some(at) = text::place(text, b" source: ").or_else(|| text::place(text, b" destination: ")) {
            said.set("rule.name", &text[..at]);
        }
        for (mark, end) in [(b"source: ".as_slice(), &SOURCE), (b"destination: ", &DESTINATION)] {
            let Some(place) = after(text, mark).map(token) else { continue };
            match memchr::memrchr(b':', place) {
                Some(at) if !is_ip(place) => {
                    end.host(said.fields, &place[..at]);
                    end.port(said.fields, &place[at + 1..]);
                }
                _ => end.host(said.fields, place),
            }
        }
        for (mark, field) in [
            (b"zone name: ".as_slice(), "observer.ingress.zone"),
            (b"interface name: ", "observer.ingress.interface.name"),
        ] {
            said.set(field, after(text, mark).map(token).unwrap_or_default());
        }
        return;
    }
    // `Login failed for user 'x' from host 'y'`: a name may hold quotes, the host is the last.
    let user = after(text, b"ser '").map(|rest| {
        let ends = [
            b"' from host".as_slice(),
            b"' logged in",
            b"' login",
            b"' logout",
            b"' requested",
            b"', command",
            b"' assigned",
            b"'",
        ];
        let end = ends.iter().find_map(|e| text::place(rest, e)).unwrap_or(rest.len());
        &rest[..end]
    });
    let user = user.or_else(|| text.strip_prefix(b"User ").map(token));
    if let Some(user) = user.filter(|u| !u.is_empty()) {
        table::user(user, said);
    }
    if let Some(at) = memmem::rfind(text, b"from host ") {
        let host = text[at + 10..].strip_prefix(b"'").unwrap_or(&text[at + 10..]);
        SOURCE.host(said.fields, token(host));
    } else if let Some(rest) = after(text, b"ssh-connection '") {
        let mut words = rest.split(|c| matches!(c, b' ' | b'\''));
        SOURCE.host(said.fields, words.next().unwrap_or_default());
        SOURCE.port(said.fields, words.next().unwrap_or_default());
    }
    if let Some(command) = after(text, b"command '") {
        let command = command.strip_suffix(b"'").unwrap_or(command).trim_ascii();
        said.set("process.command_line", command);
    }
}

/// `session closed TCP FIN: 192.0.2.1/1->192.0.2.2/80 junos-http 203.0.113.5/1->192.0.2.2/80 r1 None 6 policy trust untrust 77 3(120) 9(9000) 5 ...`.
fn session(text: &[u8], said: &mut Said<'_>) {
    let Some(arrow) = text::place(text, b"->") else { return };
    let start = memchr::memrchr(b' ', &text[..arrow]).map_or(0, |at| at + 1);
    if let Some(reason) = text[..start].strip_prefix(b"session closed ") {
        said.set("event.reason", reason.trim_ascii().strip_suffix(b":").unwrap_or_default());
    }
    let mut words = text[start..].split(|c| *c == b' ').filter(|w| !w.is_empty() && !w.starts_with(b"0x"));
    let pair = |word: &[u8]| -> Option<[(usize, usize); 2]> {
        let arrow = text::place(word, b"->")?;
        Some([(0, arrow), (arrow + 2, word.len())])
    };
    let ends = |word: &[u8], said: &mut Said<'_>, nat: bool| {
        let Some(parts) = pair(word) else { return };
        for ((from, to), (end, names)) in parts.iter().zip([
            (SOURCE, ["source.nat.ip", "source.nat.port"]),
            (DESTINATION, ["destination.nat.ip", "destination.nat.port"]),
        ]) {
            let place = &word[*from..*to];
            let at = memchr(b'/', place).unwrap_or(place.len());
            let port = place.get(at + 1..).unwrap_or_default();
            if nat {
                table::put(To::Ip(names[0]), &place[..at], said);
                said.set_number(names[1], port);
            } else {
                end.host(said.fields, &place[..at]);
                end.port(said.fields, port);
            }
        }
    };
    let Some(first) = words.next() else { return };
    ends(first, said, false);
    if let Some(service) = words.next() {
        said.set("juniper.service_name", service);
    }
    let mut rest: [&[u8]; 24] = [b""; 24];
    let mut n = 0;
    for word in words.take(24) {
        if text::place(word, b"->").is_some() {
            ends(word, said, true);
            continue;
        }
        rest[n] = word;
        n += 1;
    }
    // Behind the names of translation rules stands the protocol's number, then policy and zones.
    let number = |w: &[u8]| w.split(|c| *c == b'(').next().and_then(whole).filter(|p| *p < 256);
    let Some(at) = rest[..n].iter().position(|w| number(w).is_some()) else { return };
    table::transport(rest[at], said);
    let get = |n: usize| rest.get(at + n).copied().unwrap_or_default();
    said.set("rule.ruleset", get(1));
    said.set("observer.ingress.zone", get(2));
    said.set("observer.egress.zone", get(3));
    // `3(120) 9(9000) 5`: packets and bytes of both ways, seconds.
    let counted: Vec<&[u8]> = rest[at..n]
        .iter()
        .copied()
        .filter(|w| w.ends_with(b")") && w.first().is_some_and(u8::is_ascii_digit))
        .skip(usize::from(rest[at].ends_with(b")")))
        .collect();
    if let [client, server, ..] = counted[..] {
        for (word, packets, bytes) in
            [(client, "source.packets", "source.bytes"), (server, "destination.packets", "destination.bytes")]
        {
            let open = memchr(b'(', word).unwrap_or(word.len());
            said.set_number(packets, &word[..open]);
            said.set_number(bytes, word.get(open + 1..word.len() - 1).unwrap_or_default());
        }
        if let Some(seconds) = rest[at..n].iter().skip_while(|w| **w != server).nth(1) {
            table::put(To::Seconds, seconds, said);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn structured_data_and_sentences_are_read() {
        let check = |text: &str, expect: &str| said(&super::Junos, text, expect);
        check(
            r#"RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.40 reason="TCP FIN" source-address="192.0.2.1" source-port="46444" destination-address="198.51.100.2" destination-port="80" service-name="junos-http" nat-source-address="203.0.113.5" nat-source-port="46444" protocol-id="6" policy-name="p 1" source-zone-name="trust" destination-zone-name="untrust" packets-from-client="3" bytes-from-client="120" packets-from-server="9" bytes-from-server="9000" elapsed-time="5" username="N/A"]"#,
            "event.code=RT_FLOW_SESSION_CLOSE event.category=network event.action=flow_close source.ip=192.0.2.1 destination.port=80 source.nat.ip=203.0.113.5 network.transport=tcp \
             rule.ruleset=p\\ 1 source.bytes=120 destination.bytes=9000 event.duration=5000000000 event.reason=TCP\\ FIN event.outcome=success user.name=-",
        );
        check(
            "RT_FLOW_SESSION_CREATE: session created 192.0.2.1/46444->198.51.100.2/80 0x0 junos-http 203.0.113.5/46444->198.51.100.2/80 0x0 r1 rule N/A N/A 6 p1 trust untrust 12345 N/A(N/A) ge-0/0/0.0",
            "event.action=flow_started event.type=allowed source.ip=192.0.2.1 destination.ip=198.51.100.2 destination.port=80 source.nat.ip=203.0.113.5 network.transport=tcp rule.ruleset=p1 observer.ingress.zone=trust observer.egress.zone=untrust",
        );
        check(
            "RT_FLOW_SESSION_CLOSE: session closed TCP FIN: 192.0.2.1/1->198.51.100.2/80 junos-http 203.0.113.5/1->198.51.100.2/80 r1 None 6 p1 trust untrust 77 3(120) 9(9000) 5",
            "event.reason=TCP\\ FIN source.bytes=120 destination.bytes=9000 source.packets=3 event.duration=5000000000",
        );
        check(
            "RT_FLOW_SESSION_DENY: session denied 198.51.100.9/1->192.0.2.80/53 junos-dns-udp 17(0) p1 untrust trust UNKNOWN UNKNOWN N/A(N/A) ge-0/0/0.0",
            "event.type=denied network.transport=udp rule.ruleset=p1 destination.port=53",
        );
        check(
            "RT_SCREEN_TCP: TCP port scan! source: 198.51.100.9:50630, destination: 192.0.2.80:10778, zone name: untrust, interface name: ge-0/0/1.0, action: drop",
            "event.category=intrusion_detection rule.name=TCP\\ port\\ scan! source.ip=198.51.100.9 source.port=50630 destination.port=10778 observer.ingress.zone=untrust",
        );
        check(
            "SSHD_LOGIN_FAILED: Login failed for user 'x' from host '9.9.9.9' from host '198.51.100.66'",
            "event.category=authentication event.outcome=failure source.ip=198.51.100.66",
        );
        check(
            "UI_LOGIN_EVENT: User 'ann' login, class 'j-super-user' [4321], ssh-connection '198.51.100.66 5 192.0.2.2 22', client-mode 'cli'",
            "event.outcome=success user.name=ann source.ip=198.51.100.66 source.port=5",
        );
        check(
            "UI_CMDLINE_READ_LINE: User 'ann', command 'show configuration '",
            "event.category=configuration user.name=ann process.command_line=show\\ configuration",
        );
        check(
            r#"[junos@2636.1.1.1.2.86 source-address="192.0.2.1" source-port="5" destination-address="198.51.100.2" destination-port="80" category="c" reason="BY_BLACK_LIST" url="bad.example" obj="/x" username="ann" roles="N/A"]"#,
            "source.ip=192.0.2.1 url.domain=bad.example url.path=/x user.name=ann",
        );
        check("GET / HTTP", "!");
    }
}
