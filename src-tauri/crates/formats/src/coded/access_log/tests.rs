//! One line of each way in which an access log is written, and what it says.

use super::*;
use crate::testing::{row, rows};
use serde_json::{Value, json};

/// Fields as `name=value`, separated by blanks; a value of `nothing` is none.
fn check(line: &str, expect: &str) {
    let row = row(&AccessLog, line);
    for pair in expect.split_ascii_whitespace() {
        let (name, value) = pair.split_once('=').unwrap();
        let got = match row.get(name) {
            Some(Value::String(s)) => s.clone(),
            Some(Value::Null) | None => "nothing".into(),
            Some(other) => other.to_string(),
        };
        assert_eq!(got, value.replace('~', " "), "{name} of {line}\n{row}");
    }
}

#[test]
fn common_and_combined_lines_are_read() {
    check(
        r#"203.0.113.9 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?x=1&y HTTP/1.0" 200 2326 "http://example.org/" "Mozilla/4.08 [en] \"q\"""#,
        r#"@timestamp=2000-10-10T20:55:36Z source.ip=203.0.113.9 user.name=frank http.request.method=GET
           url.original=/apache_pb.gif?x=1&y url.path=/apache_pb.gif url.query=x=1&y url.extension=gif http.version=1.0
           http.response.status_code=200 http.response.body.bytes=2326 http.request.referrer=http://example.org/
           user_agent.original=Mozilla/4.08~[en]~\"q\" event.outcome=success"#,
    );
    check(
        r#"2001:db8::7 - - [10/Oct/2000:13:55:36 +0000] "-" 408 - "-" "-""#,
        "source.ip=2001:db8::7 user.name=nothing http.request.method=nothing http.response.body.bytes=nothing
         user_agent.original=nothing event.outcome=failure message=nothing",
    );
}

#[test]
fn hosts_and_proxies_in_front_are_told_apart() {
    check(
        r#"www.example.org:443 203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "POST http://a.example/b?c HTTP/1.1" 302 5 "-" "curl/8" "198.51.100.1" rt=0.004"#,
        "url.domain=www.example.org destination.port=443 source.ip=203.0.113.9 url.path=/b url.scheme=http
         network.forwarded_ip=198.51.100.1 event.duration=4000000 access.rt=0.004",
    );
    let peers = r#" - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5"#;
    check(
        &format!("10.0.0.2, 203.0.113.9, 10.0.0.1{peers}"),
        "source.ip=203.0.113.9 source.address=203.0.113.9",
    );
    check(
        &format!("10.0.0.2, 10.0.0.1{peers}"),
        r#"source.ip=10.0.0.2 network.forwarded_ip=["10.0.0.2","10.0.0.1"]"#,
    );
    check(
        &format!("\"10.0.0.2, 203.0.113.9\" 10.1.1.1{peers}"),
        "source.ip=203.0.113.9 access.peer=10.1.1.1 user.name=nothing",
    );
    check(&format!("2001:db8::7, 10.0.0.1 10.1.1.1{peers}"), "source.ip=2001:db8::7 access.peer=10.1.1.1");
    check(&format!("203.0.113.9 10.1.1.1{peers}"), "source.ip=203.0.113.9 access.peer=10.1.1.1");
    check(&format!("203.0.113.9:4711{peers}"), "source.ip=203.0.113.9 source.port=4711");
    check(&format!("[2001:db8::7]:4711{peers}"), "source.ip=2001:db8::7 source.port=4711");
    check(
        &format!("203.0.113.9 (198.51.100.1){peers}"),
        "source.ip=203.0.113.9 network.forwarded_ip=198.51.100.1",
    );
    check(&format!("unix:{peers}"), "source.address=unix: source.ip=nothing");
    check(&format!("web-1  | 203.0.113.9{peers}"), "source.ip=203.0.113.9 container.name=web-1");
    check(&format!("\"203.0.113.9{peers}"), "source.ip=203.0.113.9");
    check(
        r#"203.0.113.9 www.example.org alice [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "x""#,
        "source.ip=203.0.113.9 url.domain=www.example.org user.name=alice",
    );
    check(
        r#"www.example.org 203.0.113.9 - 0123456789abcdef0123456789abcdef - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5"#,
        "http.request.id=0123456789abcdef0123456789abcdef user.name=nothing source.ip=203.0.113.9",
    );
    let mixed = r#"www.example.org 203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5
192.0.2.80 203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5"#;
    let second = &rows(&AccessLog, mixed.as_bytes())[1];
    assert_eq!(second["url.domain"], "192.0.2.80", "where hosts are named, an address in front is one");
}

#[test]
fn columns_behind_are_named_by_their_shape() {
    let line =
        |rest: &str| format!(r#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET /x HTTP/2.0" 200 {rest}"#);
    check(
        &line(r#"59 "-" "curl/8" 89 0.001 [default-web-80] [] 192.0.2.5:8080 59 0.000 200 529a007902362a5f51385a5fa7049884"#),
        "event.dataset=nginx.ingress_controller http.request.body.bytes=89 event.duration=1000000
         nginx.ingress_controller.upstream.name=default-web-80 http.request.id=529a007902362a5f51385a5fa7049884
         nginx.ingress_controller.upstream.address=192.0.2.5:8080 nginx.ingress_controller.upstream.response.status_code=200",
    );
    check(
        &line(r#"2814 - "Mozilla/5.0 (iPhone)" 13 "Host-a" "http://192.0.2.5:14008" 247ms"#),
        "event.dataset=traefik.access event.duration=247000000 user_agent.original=Mozilla/5.0~(iPhone)
         traefik.access.router_name=Host-a traefik.access.backend_url=http://192.0.2.5:14008 http.request.referrer=nothing",
    );
    check(
        &line(r#"34/38 0.311 - - 2M"#),
        "http.response.body.bytes=34 event.duration=311000000 access.column4=2M",
    );
    check(
        &line(
            r#"5 1234 "http://example.org/" "agent" TLSv1.3 ECDHE-RSA-AES256-GCM-SHA384 "a=b; c=d" {"k":"v w"}"#,
        ),
        "access.column1=1234 tls.version=1.3 tls.cipher=ECDHE-RSA-AES256-GCM-SHA384 access.column5=a=b;~c=d
         user_agent.original=agent http.request.referrer=http://example.org/",
    );
    check(&line(r#"5 "-" "agent" TCP_MISS:HIER_DIRECT"#), "access.cache=TCP_MISS:HIER_DIRECT");
    check(&line(r#"5 0.0032"#), "event.duration=3200000 http.response.body.bytes=5");
    check(
        &line(r#"5 "http://cut.example/" "Mozilla/5.0 (compatible; cut"#),
        "user_agent.original=Mozilla/5.0~(compatible;~cut",
    );
    check(
        &line(r#"5 "curl/8.5 only agent""#),
        "user_agent.original=curl/8.5~only~agent http.request.referrer=nothing",
    );
    let many = (0..60).map(|n| format!("c{n}")).collect::<Vec<_>>().join(" ");
    let row = row(&AccessLog, &line(&format!("5 \"-\" \"-\" {many}")));
    assert_eq!(row["access.column24"], "c23");
    assert!(row["access.extra"].as_str().unwrap().starts_with("c24"), "{row}");
}

#[test]
fn requests_of_all_kinds_are_kept() {
    let line =
        |request: &str| format!(r#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "{request}" 400 9 "-" "x""#);
    check(
        &line(r"\x16\x03\x01"),
        r"message=\x16\x03\x01 http.request.method=nothing http.response.status_code=400",
    );
    check(&line(""), "message=nothing http.response.status_code=400");
    check(&line("GET /a b c HTTP/1.1"), "url.path=/a~b~c");
    check(&line("geti /x HTTP/1.1"), "http.request.method=geti url.path=/x");
    check(
        &line(r#"GET /a?t=<script>alert("text")</script> HTTP/1.0"#),
        "http.response.status_code=400 url.path=/a http.version=1.0",
    );
    check(&line("CONNECT foo.example:25 HTTP/1.1"), "url.domain=foo.example url.port=25");
    check(
        r#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] - 408 -"#,
        "http.response.status_code=408 source.ip=203.0.113.9",
    );
}

#[test]
fn names_of_users_forge_nothing() {
    check(
        r#"host.example.org - Jane Doe [x] [10/Oct/2000:13:55:36 +0000] "\x16\x03\x01" 400 226"#,
        r"source.address=host.example.org source.ip=nothing user.name=Jane~Doe~[x] message=\x16\x03\x01",
    );
    check(
        r#"203.0.113.9 - x [01/Jan/1999:00:00:00 +0000] \"GET /fine HTTP/1.0\" 200 1 [10/Oct/2000:13:55:36 +0000] "GET /bad HTTP/1.1" 401 9"#,
        "@timestamp=2000-10-10T13:55:36Z url.path=/bad http.response.status_code=401",
    );
}

#[test]
fn other_orders_are_read() {
    check(
        r#"[10/Oct/2000:13:55:36 +0000] 203.0.113.9 TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384 "GET /x HTTP/1.1" 4523"#,
        "source.ip=203.0.113.9 tls.version=1.2 tls.cipher=ECDHE-RSA-AES256-GCM-SHA384 http.response.body.bytes=4523
         http.response.status_code=nothing url.path=/x @timestamp=2000-10-10T13:55:36Z",
    );
    check(
        "[10/Feb/2024:21:23:32 +0100] mx.example.org 203.0.113.9 0.227 \"REPORT /a HTTP/2.0\" 207 125 440 - Mozilla/5.0 (X11) Fox/1",
        "@timestamp=2024-02-10T20:23:32Z url.domain=mx.example.org source.ip=203.0.113.9 event.duration=227000000
         http.request.method=REPORT http.response.status_code=207 http.response.body.bytes=125 access.column1=440
         user_agent.original=Mozilla/5.0~(X11)~Fox/1",
    );
    check(
        r#"203.0.113.9 - - - [31/Jan/2015:14:29:44 ] www.example.org "GET / HTTP/1.1" 200 814 "-" "bot" + 293 1149 546"#,
        "source.ip=203.0.113.9 @timestamp=2015-01-31T14:29:44Z url.domain=www.example.org user_agent.original=bot",
    );
    check(
        r#"203.0.113.9 - alice [06/10/2021:11:19:31 -0000] "GET /x HTTP/1.0" 200 0 "-" "agent" "-" "-" 2086"#,
        "@timestamp=2021-06-10T11:19:31Z source.ip=203.0.113.9 user.name=alice user_agent.original=agent",
    );
    check(
        r#""203.0.113.9" "NULL-AUTH-USER" "05/Feb/2012:13:50:37 +0100" "GET / HTTP/1.1" 200 4523"#,
        "@timestamp=2012-02-05T12:50:37Z source.ip=203.0.113.9 http.response.body.bytes=4523",
    );
    check(
        r#"2016-10-10T13:55:36+00:00 203.0.113.9 - alice "GET / HTTP/1.1" 200 45 "-" "agent""#,
        "@timestamp=2016-10-10T13:55:36Z source.ip=203.0.113.9 user.name=alice user_agent.original=agent",
    );
    check(
        r#"INFO:     203.0.113.9:32894 - "GET /docs HTTP/1.1" 200 OK"#,
        "@timestamp=nothing source.ip=203.0.113.9 source.port=32894 http.response.status_code=200",
    );
    check(
        r#"INFO     2025-07-16T19:42:45 - [203.0.113.9:53864] 401 Unauthorized "POST /api/auth HTTP/1.1""#,
        "@timestamp=2025-07-16T19:42:45Z source.ip=203.0.113.9 http.response.status_code=401 url.path=/api/auth",
    );
    check(
        r#"[10/Oct/2000 13:55:36] "GET /admin/ HTTP/1.1" 302 0"#,
        "@timestamp=2000-10-10T13:55:36Z http.response.status_code=302 url.path=/admin/",
    );
}

#[test]
fn lines_of_single_products_are_read() {
    check(
        r#"[10/Feb/2024:21:25:00 +0100] - 404 200 - GET https booking.example.org "/dashboard?a=1" [Client 203.0.113.9] [Length 2048] [Gzip 1.2] [Sent-to 192.0.2.50] "Mozilla/5.0" "https://search.example/""#,
        "@timestamp=2024-02-10T20:25:00Z source.ip=203.0.113.9 http.response.status_code=200 url.path=/dashboard
         url.scheme=https url.domain=booking.example.org http.response.body.bytes=2048 access.upstream=192.0.2.50
         user_agent.original=Mozilla/5.0 http.request.referrer=https://search.example/ access.gzip=1.2",
    );
    check(
        r#"[10/Feb/2024:21:25:00 +0100] 404 - GET http example.org "/" [Client 203.0.113.9] [Length 14] [Gzip -] "-" "-""#,
        "http.response.status_code=404 source.ip=203.0.113.9",
    );
    check(
        "[pid: 88185|app: 0|req: 1/1] 203.0.113.9 (alice) {38 vars in 696 bytes} [Sun Mar 13 22:49:12 2016] POST /u?x=1 => generated 47 bytes in 129 msecs (HTTP/1.1 200) 9 headers in 378 bytes (1 switches on core 3)",
        "@timestamp=2016-03-13T22:49:12Z source.ip=203.0.113.9 user.name=alice url.path=/u http.response.status_code=200
         http.response.body.bytes=47 event.duration=129000000 process.pid=88185 http.version=1.1",
    );
    check(
        "[GIN] 2022/02/07 - 10:49:33 | 401 |     505.317µs |       203.0.113.9 | POST     \"/client\"",
        "@timestamp=2022-02-07T10:49:33Z source.ip=203.0.113.9 http.response.status_code=401 url.path=/client
         http.request.method=POST event.duration=505317",
    );
    check(
        "2025/05/01 07:57:03 [2025-05-01 07:57:03.150624] [router:host-http] [origin:example.org] [client: 203.0.113.9] [useragent: Mozilla/5.0 (X11)] POST /xmlrpc.php 404",
        "@timestamp=2025-05-01T07:57:03.150624Z source.ip=203.0.113.9 url.domain=example.org http.response.status_code=404
         url.path=/xmlrpc.php user_agent.original=Mozilla/5.0~(X11) access.router=host-http",
    );
    check(
        "[Tue Oct 10 13:55:36 2000] 203.0.113.9:5678 [404]: GET /x - No such file or directory",
        "@timestamp=2000-10-10T13:55:36Z source.ip=203.0.113.9 http.response.status_code=404 url.path=/x",
    );
    check(
        "[info] o.t.s.AccessLogFilter [1e60|2989] 203.0.113.9 POST /api/v1/login took 8ms and returned 401 65 bytes",
        "source.ip=203.0.113.9 http.response.status_code=401 event.duration=8000000 http.response.body.bytes=65",
    );
}

#[test]
fn a_time_that_is_none_leaves_an_undated_request_and_a_remark() {
    let rows = rows(&AccessLog, br#"203.0.113.9 - - [32/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 1"#);
    assert_eq!(rows[0]["@timestamp"], Value::Null);
    assert_eq!(rows[1]["problem"], json!("bad_time"));
}

#[test]
fn what_is_no_request_is_a_problem() {
    for line in [
        "",
        "\n",
        "hello",
        r#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP"#,
        "[[[[//////::::",
        "[GIN] | | | |",
        "[pid: ] {=> generated ",
        r#"[x] - 200 - GET [Client "#,
    ] {
        let rows = rows(&AccessLog, line.as_bytes());
        assert!(rows.iter().all(|r| r["problem"] == "malformed"), "{line}: {rows:?}");
    }
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    assert!(rows(&AccessLog, &binary).iter().all(|r| r["problem"] == "malformed"));
}

#[test]
fn errors_among_the_requests_are_read_as_such() {
    let got = rows(
        &AccessLog,
        br#"203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5
2024/01/02 03:04:05 [error] 12#12: *5 x, client: 203.0.113.9, request: "GET / HTTP/1.1", host: "a"
"#,
    );
    assert_eq!(got[1]["event.dataset"], "nginx.error");
    assert_eq!(got[1]["source.ip"], "203.0.113.9");
}
