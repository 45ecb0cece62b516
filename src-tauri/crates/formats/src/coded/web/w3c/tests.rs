//! Logs of each product that writes in this way.

use super::*;
use crate::testing::rows;
use serde_json::Value;

/// The rows of a log, each against `name=value` pairs; `~` stands for a blank, a value of `nothing` is none.
fn check(log: &str, expect: &[&str]) {
    let got = rows(&W3c, log.as_bytes());
    assert_eq!(got.len(), expect.len(), "{got:?}");
    for (row, expect) in got.iter().zip(expect) {
        for pair in expect.split_ascii_whitespace() {
            let (name, value) = pair.split_once('=').unwrap();
            let got = match row.get(name) {
                Some(Value::String(s)) => s.clone(),
                Some(Value::Null) | None => "nothing".into(),
                Some(other) => other.to_string(),
            };
            assert_eq!(got, value.replace('~', " "), "{name} of {row}");
        }
    }
}

#[test]
fn iis_is_read_and_its_columns_may_change() {
    check(
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-03-10 02:13:04\n\
         #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n\
         2026-03-10 02:13:04 192.0.2.5 GET /a.aspx q=1&r=2 443 CORP\\alice 203.0.113.9 Mozilla/5.0+(X11) - 404 0 2 15\n\
         #Fields: time cs-method cs-uri-stem c-ip sc-status sc-bytes cs-bytes cs-host x-forwarded-for\n\
         02:13:05 POST /b 203.0.113.9 200 10 20 www.example.org:8080 198.51.100.7,+10.0.0.1\n",
        &[
            "@timestamp=2026-03-10T02:13:04Z assumed=nothing destination.ip=192.0.2.5 destination.port=443 url.path=/a.aspx
             url.query=q=1&r=2 url.original=/a.aspx?q=1&r=2 url.extension=aspx user.name=alice user.domain=CORP
             source.ip=203.0.113.9 user_agent.original=Mozilla/5.0~(X11) http.response.status_code=404 event.outcome=failure
             iis.access.win32_status=2 event.duration=15000000 event.dataset=iis.access http.request.method=GET",
            r#"@timestamp=2026-03-10T02:13:05Z http.response.body.bytes=10 http.request.body.bytes=20
             url.domain=www.example.org url.port=8080 network.forwarded_ip=["198.51.100.7","10.0.0.1"]"#,
        ],
    );
}

#[test]
fn rows_without_a_header_are_known_by_their_columns() {
    check(
        "2026-03-10 02:13:04 192.0.2.5 GET /a - 80 - 203.0.113.9 agent - 401 0 64 0\n\
         2026-03-10 02:13:04 203.0.113.9 12345 192.0.2.5 443 HTTP/1.1 GET /x 400 - URL -\n\
         2026-03-10T02:13:04.530Z,00E,2,192.0.2.5:143,203.0.113.9:35070,bob,168,31,31,authenticate,PLAIN,\"R=\"\"2 NO\"\";Msg=\"\"AuthFailed:LogonDenied,User: bob\"\"\",\n\
         2026-03-10T02:13:05.270Z,EX\\Default Frontend EX,08DA,9,192.0.2.5:25,203.0.113.9:53722,>,535 5.7.3 Authentication unsuccessful,\n",
        &[
            "event.dataset=iis.access http.response.status_code=401 iis.access.win32_status=64",
            "event.dataset=iis.error http.response.status_code=400 event.reason=URL source.port=12345 url.path=/x",
            "event.category=authentication event.outcome=failure user.name=bob source.ip=203.0.113.9 source.port=35070 destination.port=143",
            "event.category=authentication event.outcome=failure source.ip=203.0.113.9 @timestamp=2026-03-10T02:13:05.270Z",
        ],
    );
}

#[test]
fn blanks_and_quotes_in_cells_are_kept_apart() {
    check(
        "#Software: IIS Advanced Logging Module\n#Fields:   date-local time-local   s-ip cs-username c-ip cs(User-Agent) sc-status\n\
         2026-03-10 02:13:04.363 192.0.2.5 - \"203.0.113.9\" \"Mozilla/5.0 (X11)\" 200\n\
         2026-03-10 02:13:04.363 192.0.2.5  CORP\\bob 203.0.113.9 \" \"\"odd\"\" one \" 404\n\
         2026-03-10 02:13:05 192.0.2.5 - 203.0.113.9 agent 200 more than named\n",
        &[
            "@timestamp=2026-03-10T02:13:04.363Z assumed=[\"zone\"] source.ip=203.0.113.9 user_agent.original=Mozilla/5.0~(X11)",
            "user.name=bob http.response.status_code=404 user_agent.original=\"odd\"~one",
            "http.response.status_code=200 w3c.extra=more~than~named",
            "problem=malformed bytes=0",
        ],
    );
}

#[test]
fn firewalls_file_transfers_and_mail_are_what_they_are() {
    check(
        "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n\
         #Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path\n\
         2026-03-10 02:13:04 DROP TCP 203.0.113.9 192.0.2.5 4711 445 52 S 1 0 64240 - - - RECEIVE\n\
         2026-03-10 02:13:04 INFO-EVENTS-LOST - - - - - - - - - - - - 59 -\n",
        &[
            "event.action=drop event.outcome=failure network.transport=tcp source.ip=203.0.113.9 destination.port=445
             network.bytes=52 network.direction=ingress event.category=network assumed=[\"zone\"]",
            "event.action=info-events-lost event.outcome=nothing",
        ],
    );
    check(
        "#Software: Microsoft Internet Information Services 6.0\n#Fields: time c-ip cs-method cs-uri-stem sc-status\n\
         02:13:04 203.0.113.9 [1]USER bob 331\n02:13:05 203.0.113.9 [1]PASS - 530\n",
        &[
            "event.dataset=iis.ftp user.name=bob event.outcome=success http.response.status_code=nothing",
            "event.category=authentication event.outcome=failure event.code=530 @timestamp=nothing",
        ],
    );
    check(
        "#Software: Microsoft Exchange Server\n#Log-type: Message Tracking Log\n\
         #Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,message-subject,sender-address\n\
         2026-03-10T02:13:04.123Z,203.0.113.9,c,192.0.2.5,EX1,,,SMTP,RECEIVE,1,<m@example.com>,,a@example.com;b@example.com,,100,2,\"Hello, you\",s@example.org\n",
        &["event.action=receive event.category=email source.ip=203.0.113.9 email.subject=Hello,~you host.name=EX1
           email.to.address=[\"a@example.com\",\"b@example.com\"] email.from.address=s@example.org event.outcome=success"],
    );
}

#[test]
fn cloudfront_and_proxies_are_read() {
    check(
        "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query x-edge-request-id x-host-header cs-protocol cs-bytes time-taken ssl-protocol ssl-cipher cs-protocol-version\n\
         2026-03-10\t02:13:04\tCDG50-P2\t703\t203.0.113.9\tGET\td1.cloudfront.net\t/x\t403\t-\tMozilla/5.0%20(X11)\ta=1\tid1\twww.example.org\thttps\t62\t0.113\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHTTP/2.0\n",
        &["event.dataset=aws.cloudfront url.domain=www.example.org url.scheme=https event.duration=113000000 tls.version=1.3
           http.version=2.0 user_agent.original=Mozilla/5.0~(X11) http.request.id=id1 aws.cloudfront.x_edge_location=CDG50-P2"],
    );
    check(
        "#Software: SGOS 6.5\n#Fields: date time time-taken c-ip cs-username cs-auth-group sc-filter-result sc-status s-action cs-method cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query cs(User-Agent) s-ip sc-bytes\n\
         2026-03-10 02:13:04 12 203.0.113.9 bob - DENIED 403 TCP_DENIED GET http www.example.org 80 /x ?a=1 \"Mozilla/5.0 (X11)\" 192.0.2.1 100\n",
        &["event.dataset=bluecoat.proxysg event.action=tcp_denied url.domain=www.example.org url.query=a=1 user.name=bob
           bluecoat.sc_filter_result=DENIED destination.ip=nothing user_agent.original=Mozilla/5.0~(X11)"],
    );
}

#[test]
fn what_is_no_row_is_a_problem() {
    let got = rows(&W3c, b"hello\n#Fields:\n\n\"\" \" \n");
    assert!(got.iter().all(|r| r["problem"] == "malformed" || r["@timestamp"].is_null()), "{got:?}");
}
