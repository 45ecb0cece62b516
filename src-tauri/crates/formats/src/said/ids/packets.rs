//! Packets as tcpdump prints them: `11:29:42.550475 IP 192.0.2.1.43436 > 198.51.100.2.22: Flags [S], ..., length 0`, with
//! the date before it (`-tttt`), as seconds since 1970 (`-tt`), with link headers (`-e`) and with details on lines of their own
//! (`-v`).

use crate::normalise::entities::{DESTINATION, End, SOURCE, is_ip, whole};
use crate::normalise::text;
use crate::said::Said;
use crate::said::table::{self, To};
use memchr::{memchr, memmem};
use timberline_model::known;

/// Whether a message is a packet with its time before it.
#[must_use]
pub fn claims(message: &[u8]) -> bool {
    message.first().is_some_and(u8::is_ascii_digit) && packet(message).is_some()
}

/// Takes such a message apart.
pub fn read(message: &[u8], said: &mut Said<'_>) -> bool {
    let Some(at) = packet(message) else { return false };
    let time = message[..at].trim_ascii();
    said.time =
        said.ctx.stamp(time).or_else(|| said.ctx.clock_only(time).and_then(|(time, _)| time)).or(said.time);
    packet_of(&message[at..], said);
    true
}

/// Where the packet begins, behind the time: `IP `, `IP6 `, `ARP, `, or hardware addresses.
fn packet(b: &[u8]) -> Option<usize> {
    let head = &b[..b.len().min(64)];
    let mut at = 0;
    // A time alone, or a date and a time.
    for _ in 0..2 {
        let word = head[at..].iter().position(|c| *c == b' ')?;
        let text = &head[at..at + word];
        if !text.iter().all(|c| c.is_ascii_digit() || matches!(c, b':' | b'.' | b'-' | b'/'))
            || text.is_empty()
        {
            return None;
        }
        at += word + 1;
        let rest = &b[at..];
        let link = rest.get(2) == Some(&b':') && rest.get(17..20) == Some(b" > ");
        if [b"IP ".as_slice(), b"IP6 ", b"ARP, ", b"ARP "].iter().any(|p| rest.starts_with(p)) || link {
            return Some(at);
        }
    }
    None
}

fn packet_of(b: &[u8], said: &mut Said<'_>) {
    said.is("tcpdump", "network", "packet");
    let mut rest = b;
    if rest.get(2) == Some(&b':') {
        // `MAC > MAC, ethertype IPv4 (0x0800), length 74: ...`
        said.set("source.mac", &rest[..17]);
        said.set("destination.mac", rest.get(20..37).unwrap_or_default());
        let Some(at) = text::place(rest, b": ") else { return };
        rest = &rest[at + 2..];
    }
    let line = rest.split(|c| *c == b'\n').next().unwrap_or(rest);
    if line.starts_with(b"ARP") || line.starts_with(b"Request who-has") || line.starts_with(b"Reply ") {
        return arp(line, said);
    }
    let six = rest.starts_with(b"IP6 ");
    rest = rest.strip_prefix(b"IP6 ").or_else(|| rest.strip_prefix(b"IP ")).unwrap_or(rest);
    said.set("network.type", if six { b"ipv6" } else { b"ipv4" });
    if rest.starts_with(b"(")
        && let Some(close) = text::place(rest, b")\n")
    {
        if let Some(at) = text::place(&rest[..close], b"proto ") {
            let name = rest[at + 6..close].split(|c| matches!(c, b' ' | b',')).next().unwrap_or_default();
            table::put(To::Transport, name, said);
        }
        rest = rest[close + 2..].trim_ascii_start();
    }
    let Some(arrow) = text::place(rest, b" > ") else { return };
    let Some(colon) = text::place(&rest[arrow..], b": ").map(|at| arrow + at) else { return };
    let about = &rest[colon + 2..];
    let ports = !about.starts_with(b"ICMP") && !about.starts_with(b"igmp");
    place(&SOURCE, &rest[..arrow], ports, said);
    place(&DESTINATION, &rest[arrow + 3..colon], ports, said);
    let transport = match () {
        () if about.starts_with(b"Flags [") => "tcp",
        () if about.starts_with(b"ICMP6") => "ipv6-icmp",
        () if about.starts_with(b"ICMP") => "icmp",
        () if about.starts_with(b"igmp") => "igmp",
        () if about.starts_with(b"ESP") => "esp",
        () if about.starts_with(b"GRE") => "gre",
        () if said.fields.has(known::SOURCE_PORT) => "udp",
        () => "",
    };
    if !transport.is_empty() {
        said.fields.text(known::NETWORK_TRANSPORT, transport);
    }
    if let Some(flags) = about.strip_prefix(b"Flags [") {
        said.set("tcpdump.flags", flags.split(|c| *c == b']').next().unwrap_or_default());
    }
    if let Some(at) = memmem::rfind(line, b"length ") {
        let digits = line[at + 7..].iter().take_while(|c| c.is_ascii_digit()).count();
        if let Some(n) = whole(&line[at + 7..at + 7 + digits]) {
            said.fields.int(known::NETWORK_BYTES, n);
        }
    }
    // `1234+ A? a.example. (27)`
    if let Some(at) = text::place(about, b"? ").filter(|at| *at < 32) {
        let kind = about[..at].rsplit(|c| *c == b' ').next().unwrap_or_default();
        let name = about[at + 2..].split(|c| *c == b' ').next().unwrap_or_default();
        if kind.iter().all(u8::is_ascii_alphanumeric) && name.ends_with(b".") {
            said.set("dns.question.type", kind);
            said.set("dns.question.name", &name[..name.len() - 1]);
        }
    }
}

/// `192.0.2.1.43436`, `host.example.443`, `host.example.https`: the last part is the port where there are ports.
fn place(end: &End, text: &[u8], ports: bool, said: &mut Said<'_>) {
    let text = text.trim_ascii();
    if is_ip(text) || !ports {
        return end.host(said.fields, text);
    }
    let Some(dot) = memchr::memrchr(b'.', text) else { return end.host(said.fields, text) };
    let (host, port) = (&text[..dot], &text[dot + 1..]);
    end.host(said.fields, host);
    match port {
        _ if whole(port).is_some() => end.port(said.fields, port),
        b"http" => end.port(said.fields, b"80"),
        b"https" => end.port(said.fields, b"443"),
        b"ssh" => end.port(said.fields, b"22"),
        b"domain" => end.port(said.fields, b"53"),
        _ => {}
    }
}

/// `ARP, Request who-has 192.0.2.1 tell 192.0.2.2, length 28`, `ARP, Reply 192.0.2.1 is-at MAC, length 28`.
fn arp(b: &[u8], said: &mut Said<'_>) {
    said.set("network.protocol", b"arp");
    let word = |mark: &[u8]| {
        let rest = &b[text::place(b, mark)? + mark.len()..];
        let end = rest.iter().position(|c| matches!(c, b' ' | b',')).unwrap_or(rest.len());
        Some(&rest[..end])
    };
    if let Some(asked) = word(b"who-has ") {
        DESTINATION.host(said.fields, asked);
        SOURCE.host(said.fields, word(b"tell ").unwrap_or_default());
    } else if let Some(answer) = word(b"Reply ").or_else(|| word(b"reply ")) {
        SOURCE.host(said.fields, answer);
        if let Some(mac) = word(b"is-at ").filter(|m| memchr(b':', m).is_some()) {
            said.set("source.mac", mac);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn packets_are_read_however_they_are_printed() {
        let check = |text: &str, expect: &str| said(&crate::said::pf::Tcpdump, text, expect);
        check(
            "11:29:42.550475 IP 192.0.2.1.43436 > 198.51.100.2.22: Flags [S], seq 2398030442, win 64240, options [mss 1460], length 0",
            "@timestamp=- source.ip=192.0.2.1 source.port=43436 destination.ip=198.51.100.2 destination.port=22 network.transport=tcp tcpdump.flags=S network.bytes=0",
        );
        check(
            "2026-03-10 02:13:04.550475 IP6 2001:db8::1.5353 > 2001:db8::2.domain: 1234+ A? a.example. (27)",
            "@timestamp=2026-03-10T02:13:04.550475Z source.ip=2001:db8::1 source.port=5353 destination.port=53 network.transport=udp dns.question.name=a.example dns.question.type=A",
        );
        check(
            "1773108784.550475 00:00:5e:00:53:01 > 00:00:5e:00:53:02, ethertype IPv4 (0x0800), length 74: 192.0.2.1 > 198.51.100.2: ICMP echo request, id 1, seq 1, length 64",
            "@timestamp=2026-03-10T02:13:04.550475Z source.mac=00:00:5e:00:53:01 source.ip=192.0.2.1 network.transport=icmp network.bytes=64",
        );
        check(
            "11:29:42.550475 IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)\n    192.0.2.1.43436 > 198.51.100.2.80: Flags [P.], cksum 0x1, length 8",
            "source.port=43436 destination.port=80 network.transport=tcp",
        );
        check(
            "11:29:42.550475 ARP, Request who-has 192.0.2.9 tell 192.0.2.1, length 28",
            "source.ip=192.0.2.1 destination.ip=192.0.2.9 network.protocol=arp",
        );
        check("11:29:42 started IP forwarding", "!");
    }
}
