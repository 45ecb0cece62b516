//! Cisco Umbrella's logs as its buckets hold them: quoted columns without a header, of DNS queries, proxied requests,
//! connections and the cloud firewall. Versions of the schema put more columns in front and behind, so the columns are
//! counted from the verdict, which all have.

use crate::About;
use crate::normalise::entities::{DESTINATION, SOURCE, is_ip, whole};
use crate::said::columns::{Columns, plain};
use crate::said::table::{self, To};
use crate::said::{Payload, Said};
use timberline_model::known;

/// Umbrella.
pub struct Umbrella;

impl Payload for Umbrella {
    fn about(&self) -> About {
        About {
            id: "cisco_umbrella",
            title: "Cisco Umbrella",
            about: "Umbrella's exported logs of DNS queries, proxied requests, connections and the cloud firewall.",
        }
    }

    fn claims(&self, message: &[u8]) -> bool {
        dated(message) && kind(&Columns::split(message, b',')).is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        if !dated(message) {
            return false;
        }
        let columns = Columns::split(message, b',');
        let Some(kind) = kind(&columns) else { return false };
        event(kind, &columns, said);
        true
    }
}

/// `"2020-07-23 23:49:54",`
fn dated(b: &[u8]) -> bool {
    b.len() > 24
        && b[0] == b'"'
        && b[5] == b'-'
        && b[8] == b'-'
        && b[11] == b' '
        && b[20..].starts_with(b"\",\"")
}

#[derive(Clone, Copy)]
enum Kind {
    /// The verdict's column.
    Dns(usize),
    Proxy(usize),
    /// Source address's column.
    Ip(usize),
    Firewall,
}

fn kind(columns: &Columns<'_>) -> Option<Kind> {
    let words: [&[u8]; 6] = [b"ALLOWED", b"BLOCKED", b"PROXIED", b"WARNED", b"ISOLATED", b"UNKNOWN"];
    let verdict = columns.all().iter().take(12).position(|c| words.iter().any(|w| c.eq_ignore_ascii_case(w)));
    if let Some(at) = verdict.filter(|at| *at >= 3) {
        let next = columns.get(at + 1);
        // `1 (A)`: the type of a query, by number.
        let query = next.first().is_some_and(u8::is_ascii_digit) && next.ends_with(b")");
        return Some(if query { Kind::Dns(at) } else { Kind::Proxy(at) });
    }
    if columns.len() >= 14
        && matches!(
            columns.get(4),
            b"TO INTERNET" | b"FROM INTERNET" | b"INBOUND" | b"OUTBOUND" | b"TOINTERNET" | b"FROMINTERNET"
        )
    {
        return Some(Kind::Firewall);
    }
    let port = |at: usize| whole(columns.get(at)).is_some_and(|p| p <= 65_535);
    (2..=4)
        .find(|at| is_ip(columns.get(*at)) && port(at + 1) && is_ip(columns.get(at + 2)) && port(at + 3))
        .map(Kind::Ip)
}

fn event(kind: Kind, c: &Columns<'_>, said: &mut Said<'_>) {
    // Umbrella's times are UTC (its "Log Formats and Versioning").
    let mut time = [b'Z'; 20];
    if let Some(text) = c.get(0).get(..19) {
        time[..19].copy_from_slice(text);
        said.time = said.ctx.stamp(&time).or(said.time);
    }
    said.fields.text(known::EVENT_DATASET, "cisco.umbrella");
    let identity = plain(c.get(1));
    if !matches!(kind, Kind::Firewall) {
        said.set("source.user.name", &identity);
        said.set("cisco.umbrella.identity", &identity);
    }
    match kind {
        Kind::Dns(at) => {
            said.fields.text(known::EVENT_CATEGORY, "network");
            said.fields.text(known::EVENT_ACTION, "dns-request");
            said.set("network.protocol", b"dns");
            inside_and_outside(c.get(at - 2), c.get(at - 1), said);
            let query = c.get(at + 1);
            let name = query.split(|c| *c == b'(').nth(1).and_then(|n| n.strip_suffix(b")")).unwrap_or(query);
            said.set("dns.question.type", name);
            said.set("dns.response_code", c.get(at + 2));
            let domain = c.get(at + 3);
            said.set("dns.question.name", domain.strip_suffix(b".").unwrap_or(domain));
            said.set("cisco.umbrella.categories", c.get(at + 4));
            verdict(c.get(at), said);
        }
        Kind::Proxy(at) => {
            said.fields.text(known::EVENT_CATEGORY, "web");
            said.fields.text(known::EVENT_ACTION, "proxy-request");
            let first = if at >= 5 { c.get(at - 4) } else { b"" };
            inside_and_outside(first, if at >= 4 { c.get(at - 3) } else { b"" }, said);
            DESTINATION.host(said.fields, c.get(at - 2));
            said.set("http.response.mime_type", c.get(at - 1));
            table::url(c.get(at + 1), said);
            said.set("http.request.referrer", c.get(at + 2));
            said.set("user_agent.original", &plain(c.get(at + 3)));
            said.set_number("http.response.status_code", c.get(at + 4));
            said.set_number("http.request.bytes", c.get(at + 5));
            said.set_number("http.response.bytes", c.get(at + 6));
            said.set_number("http.response.body.bytes", c.get(at + 7));
            table::put(To::Hash("file"), c.get(at + 8), said);
            for (n, name) in
                ["categories", "av_detections", "puas", "amp_disposition", "amp_malware_name", "amp_score"]
                    .iter()
                    .enumerate()
            {
                table::own("cisco.umbrella.", name.as_bytes(), &plain(c.get(at + 9 + n)), said);
            }
            verdict(c.get(at), said);
        }
        Kind::Ip(at) => {
            said.fields.text(known::EVENT_CATEGORY, "network");
            said.fields.text(known::EVENT_ACTION, "connection");
            SOURCE.host(said.fields, c.get(at));
            SOURCE.port(said.fields, c.get(at + 1));
            DESTINATION.host(said.fields, c.get(at + 2));
            DESTINATION.port(said.fields, c.get(at + 3));
            said.set("cisco.umbrella.categories", c.get(at + 4));
        }
        Kind::Firewall => {
            said.fields.text(known::EVENT_CATEGORY, "network");
            said.fields.text(known::EVENT_ACTION, "firewall-rule");
            said.set("cisco.umbrella.identity", &plain(c.get(2)));
            let out = matches!(c.get(4), b"TO INTERNET" | b"TOINTERNET" | b"OUTBOUND");
            said.set("network.direction", if out { b"outbound" } else { b"inbound" });
            table::put(To::Transport, c.get(5), said);
            said.set_number("network.bytes", c.get(6));
            SOURCE.host(said.fields, c.get(7));
            SOURCE.port(said.fields, c.get(8));
            DESTINATION.host(said.fields, c.get(9));
            DESTINATION.port(said.fields, c.get(10));
            said.set("rule.id", c.get(12));
            verdict(c.get(13), said);
        }
    }
}

/// The client's own address where it is known, else the one that Umbrella saw; that one is the translated.
fn inside_and_outside(inside: &[u8], outside: &[u8], said: &mut Said<'_>) {
    if is_ip(inside) {
        SOURCE.host(said.fields, inside);
        if outside != inside {
            table::put(To::Ip("source.nat.ip"), outside, said);
        }
    } else {
        SOURCE.host(said.fields, outside);
    }
}

fn verdict(word: &[u8], said: &mut Said<'_>) {
    let blocked = word.eq_ignore_ascii_case(b"blocked") || word.eq_ignore_ascii_case(b"block");
    table::decided(!blocked, said);
    said.outcome(!blocked);
}

#[cfg(test)]
mod tests {
    use crate::testing::said;

    #[test]
    fn every_log_of_umbrella_is_read() {
        let check = |text: &str, expect: &str| said(&super::Umbrella, text, expect);
        check(
            r#""2020-07-23 23:49:54","ann","ann,office","192.0.2.1","198.51.100.8","Blocked","1 (A)","NOERROR","a.example.","Malware","AD Users","AD Users","Malware""#,
            "@timestamp=2020-07-23T23:49:54Z source.ip=192.0.2.1 source.nat.ip=198.51.100.8 dns.question.name=a.example dns.question.type=A dns.response_code=NOERROR event.type=denied",
        );
        check(
            r#""2020-07-23 23:48:56","ann","192.0.2.1","198.51.100.1","203.0.113.8","","ALLOWED","https://a.example/b?c","https://r.example/","Mozilla/5.0 (X, Y)","200","850","","","","Business Services""#,
            "source.ip=192.0.2.1 destination.ip=203.0.113.8 url.domain=a.example url.path=/b http.response.status_code=200 user_agent.original=Mozilla/5.0\\ (X,\\ Y) event.outcome=success http.request.bytes=850",
        );
        check(
            r#""2020-08-26 20:32:45","ann","192.0.2.1","61095","203.0.113.8","445","Test Category""#,
            "source.ip=192.0.2.1 source.port=61095 destination.port=445 source.user.name=ann",
        );
        check(
            r#""2019-01-14 18:03:46","[211039844]","Passive Monitor","CDFW Tunnel Device","OUTBOUND","1","84","192.0.2.119","","203.0.113.168","","ams1.edc","12","ALLOW""#,
            "network.direction=outbound network.transport=icmp source.ip=192.0.2.119 rule.id=12 event.type=allowed",
        );
        check(r#""2020-08-26 20:32:45","some","other","table""#, "!");
    }
}
