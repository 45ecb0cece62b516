//! F5 BIG-IP: `01490500:5: /Common/...: New session from client IP ...` of its daemons, and the application firewall's pairs
//! (`unit_hostname="...",ip_client="..."`).

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, whole};
use crate::normalise::severity;
use crate::normalise::text;
use crate::said::pairs::{Dialect, Pairs};
use crate::said::table::{self, Table, To};
use crate::said::words::{after, between, between_last, has, login, place, source_after, word};
use crate::said::{Payload, Said};
use timberline_model::known;

/// BIG-IP.
pub struct BigIp;

impl Payload for BigIp {
    fn about(&self) -> About {
        About {
            id: "f5_bigip",
            title: "F5 BIG-IP",
            about: "F5's LTM, APM and ASM: rejected packets, access sessions, administrators' logins and commands, attacks on web \
                    applications.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        code(message).is_some() || asm(message)
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if asm(message) {
            application(message, said);
            return true;
        }
        let Some((number, level, text)) = code(message) else { return false };
        said.fields.text(known::EVENT_DATASET, "f5.bigip");
        said.fields.bytes(known::EVENT_CODE, number);
        if let Some(level) = severity::SYSLOG.get(usize::from(level)) {
            said.fields.text(known::LOG_LEVEL, level);
        }
        event(number, text, said);
        true
    }
}

/// `01490500:5: text`: eight hexadecimal digits and a level.
fn code(b: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let head = b.get(..11)?;
    let hex = head[..8].iter().all(u8::is_ascii_hexdigit);
    let level = head[9].wrapping_sub(b'0');
    (hex && head[8] == b':' && level < 8 && head[10] == b':')
        .then(|| (&head[..8], level, b[11..].trim_ascii()))
}

fn asm(b: &[u8]) -> bool {
    let head = &b[..b.len().min(1024)];
    (head.starts_with(b"ASM:") || head.starts_with(b"unit_hostname=")) && has(b, b"ip_client=\"")
}

fn event(number: &[u8], text: &[u8], said: &mut Said<'_>) {
    if has(text, b"AUDIT - ") {
        return audit(text, said);
    }
    // `/Common/ap:Common:abcdef12: New session ...`
    let session = text.starts_with(b"/");
    let (name, body) = match text::place(text, b": ").filter(|_| session) {
        Some(at) => (&text[..at], text[at + 2..].trim_ascii()),
        None => (b"".as_slice(), text),
    };
    said.set("network.session_id", name.rsplit(|c| *c == b':').next().unwrap_or_default());
    if let Some(user) = between_last(body, b"Username '", b"'") {
        said.is("f5.bigip", "session", "username");
        table::user(user, said);
    } else if let Some(result) = after(body, b"Access policy result: ") {
        let good = !has(result, b"Deny");
        login("f5.bigip", "access-policy-result", Some(good), b"", said);
        said.set("event.reason", result);
    } else if has(body, b"authentication with '") {
        let user = between_last(body, b"authentication with '", b"'").unwrap_or_default();
        login("f5.bigip", "authentication", Some(!has(body, b"failed")), user, said);
    } else if has(body, b"New session from client IP ") {
        said.is("f5.bigip", "session", "session-started");
        source_after(body, &[b"client IP "], said);
        DESTINATION.host(said.fields, word(after(body, b"at VIP ").unwrap_or_default()));
    } else if has(body, b"remote IP ") {
        // `Packet rejected remote IP 192.0.2.1 port 5 local IP 192.0.2.2 port 80 proto TCP: Port closed.`
        said.is("f5.bigip", "network", "packet-rejected");
        let remote = after(body, b"remote IP ").unwrap_or_default();
        let local = after(body, b"local IP ").unwrap_or_default();
        SOURCE.host(said.fields, word(remote));
        SOURCE.port(said.fields, word(after(remote, b" port ").unwrap_or_default()));
        DESTINATION.host(said.fields, word(local));
        DESTINATION.port(said.fields, word(after(local, b" port ").unwrap_or_default()));
        table::transport(word(after(body, b"proto ").unwrap_or_default()), said);
        table::decided(false, said);
        said.outcome(false);
    } else if number.starts_with(b"0149") {
        said.is("f5.bigip", "session", "access");
        if has(body, b"Session deleted") {
            said.fields.text(known::EVENT_ACTION, "session-ended");
        }
    } else {
        said.is("f5.bigip", "host", "event");
        if let Some(rest) = after(body, b"monitor status ") {
            said.set("f5.monitor_status", word(rest));
        }
        if let Some(rest) = after(body, b"Connection from ").or_else(|| after(body, b"from client ")) {
            place(&SOURCE, word(rest), said);
        }
    }
}

/// `AUDIT - user admin - RAW: httpd(pam_audit): user=admin(admin) ... host=192.0.2.1 ... status=[Command OK] cmd_data=list`.
fn audit(text: &[u8], said: &mut Said<'_>) {
    let user = between(text, b"user=", b"(").filter(|u| !u.contains(&b' '));
    let user = user
        .or_else(|| after(text, b"user=").map(word))
        .or_else(|| after(text, b"user ").map(word))
        .unwrap_or_default();
    if has(text, b"pam_audit") {
        let failed = has(text, b"failed") || has(text, b"attempts=") && !has(text, b"attempts=1");
        let ended = has(text, b" end=\"");
        if ended {
            said.is("f5.bigip", "session", "logout");
            table::user(user, said);
        } else {
            login("f5.bigip", "login", Some(!failed), user, said);
        }
        SOURCE.host(said.fields, word(after(text, b"host=").unwrap_or_default()));
        return;
    }
    said.is("f5.bigip", "configuration", "command");
    table::user(user, said);
    if let Some(command) = after(text, b"cmd_data=") {
        said.set("process.command_line", command);
    }
    if let Some(status) = between(text, b"status=[", b"]") {
        said.outcome(status == b"Command OK");
    }
}

static TABLE: Table = Table::new(
    "f5.asm.",
    &[
        ("unit_hostname", To::Text("host.name")),
        ("management_ip_address", To::Ip("host.ip")),
        ("web_application_name", To::Text("service.name")),
        ("policy_name", To::Text("rule.name")),
        ("violations", To::Text("event.reason")),
        ("support_id", To::Text("event.id")),
        ("request_status", To::Action),
        ("response_code", To::Number("http.response.status_code")),
        ("ip_client", To::Source),
        ("method", To::Text("http.request.method")),
        ("protocol", To::Lower("network.protocol")),
        ("query_string", To::Text("url.query")),
        ("x_forwarded_for_header_value", To::Text("network.forwarded_ip")),
        ("sig_ids", To::Text("rule.id")),
        ("date_time", To::Time),
        ("severity", To::Level),
        ("username", To::User),
        ("session_id", To::Text("network.session_id")),
        ("src_port", To::SourcePort),
        ("dest_port", To::DestinationPort),
        ("dest_ip", To::Destination),
        ("uri", To::Url),
        ("attack_type", To::Text("rule.category")),
    ],
);

fn application(message: &[u8], said: &mut Said<'_>) {
    const HOW: Dialect = Dialect { equals: b'=', separator: b',', quotes: b"\"", open: false, escapes: b"" };
    let pairs = Pairs::read(message.strip_prefix(b"ASM:").unwrap_or(message), &HOW);
    let blocked = pairs.get("request_status") == b"blocked";
    said.is("f5.asm", if pairs.get("violations").is_empty() { "web" } else { "intrusion_detection" }, "");
    table::decided(!blocked, said);
    said.outcome(!blocked);
    let carried = said.time.take();
    if pairs.get("response_code") == b"0" {
        said.fields.text(known::EVENT_KIND, "alert");
    }
    TABLE.write(&pairs, said);
    said.time = said.time.or(carried);
    if whole(pairs.get("response_code")).is_none() {
        said.set("f5.asm.response_code", pairs.get("response_code"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn daemons_and_the_application_firewall_are_read() {
        let check = |text: &str, expect: &str| said(&super::BigIp, text, expect);
        check(
            "01200004:4: Packet rejected remote IP 198.51.100.9 port 5 local IP 192.0.2.80 port 80 proto TCP: Port closed.",
            "event.type=denied source.ip=198.51.100.9 source.port=5 destination.port=80 network.transport=tcp log.level=warning event.code=01200004",
        );
        check(
            "01490500:5: /Common/ap:Common:abcdef12: New session from client IP 198.51.100.9 (ST=/CC=/C=) at VIP 192.0.2.80 Listener /Common/vs",
            "event.category=session source.ip=198.51.100.9 destination.ip=192.0.2.80 network.session_id=abcdef12",
        );
        check(
            "01490102:5: /Common/ap:Common:abc: Access policy result: Logon_Deny",
            "event.category=authentication event.outcome=failure",
        );
        check(
            "01070417:6: AUDIT - user admin - RAW: httpd(pam_audit): user=admin(admin) partition=[All] level=Administrator tty=(unknown) host=192.0.2.1 attempts=1 start=\"x\"",
            "event.category=authentication event.outcome=success user.name=admin source.ip=192.0.2.1",
        );
        check(
            "01420002:5: AUDIT - pid=1 user=root folder=/Common module=(tmos)# status=[Command OK] cmd_data=list sys",
            "event.category=configuration user.name=root process.command_line=list\\ sys event.outcome=success",
        );
        check(
            r#"ASM:unit_hostname="b1",policy_name="/Common/p",violations="Attack signature detected",request_status="blocked",response_code="0",ip_client="198.51.100.9",method="GET",query_string="a=1,2",date_time="2026-03-10 02:13:04",severity="Error",username="N/A",src_port="5",dest_port="80",dest_ip="192.0.2.80",uri="/x""#,
            "@timestamp=2026-03-10T02:13:04Z event.category=intrusion_detection event.type=denied source.ip=198.51.100.9 url.path=/x url.query=a=1,2 log.level=error host.name=b1 rule.name=/Common/p",
        );
        check("0149:5: x", "!");
    }
}
