//! Proxies, load balancers and flows: a line of each, alone or in syslog.

use super::aws::{AwsElb, AwsS3Access, AwsVpcFlow};
use crate::Format;
use crate::coded::carried::Carried;
use crate::coded::syslog::Syslog;
use crate::said::{envoy, haproxy::HaProxy, proxies};
use crate::testing::{row, rows};
use serde_json::Value;

/// Fields as `name=value`, separated by blanks; `~` stands for a blank, a value of `nothing` is none.
fn check(format: &dyn Format, line: &str, expect: &str) {
    let row = row(format, line);
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
fn haproxy_is_read_in_all_its_logs() {
    let alone = &Carried(&HaProxy);
    check(
        &Syslog,
        r#"Jul 30 09:03:52 lb1 haproxy[32450]: 203.0.113.9:38862 [30/Jul/2018:09:03:52.726] incoming~ docs/srv1 10/0/1/5/16 304 168 - - ---- 6/6/0/0/0 0/0 {docs.example.org||} {a|} "GET /x?a=1 HTTP/1.1""#,
        r#"@timestamp=2018-07-30T09:03:52.726Z source.ip=203.0.113.9 source.port=38862 http.response.status_code=304
           haproxy.frontend_name=incoming haproxy.backend_name=docs haproxy.server_name=srv1 event.duration=16000000
           http.response.body.bytes=168 haproxy.termination_state=---- haproxy.connections.active=6 url.path=/x
           http.request.method=GET event.outcome=success process.name=haproxy event.category=web
           haproxy.http.request.captured_headers=docs.example.org haproxy.http.response.captured_headers=a"#,
    );
    check(
        alone,
        r#"203.0.113.9:38862 [30/Jul/2018:09:03:52.726] https~ web/<NOSRV> -1/-1/-1/-1/+8 400 +187 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>" 0/0/0/0/0 www.example.org/TLSv1.3/TLS_AES_256_GCM_SHA384"#,
        "http.response.status_code=400 event.outcome=failure event.duration=8000000 http.request.method=nothing
         tls.version=1.3 tls.cipher=TLS_AES_256_GCM_SHA384 tls.client.server_name=www.example.org",
    );
    check(
        alone,
        "203.0.113.9:40962 [20/Sep/2018:15:44:23.285] main app/<NOSRV> -1/-1/1 212 SC 1/1/0/0/0 0/0",
        "event.category=network event.outcome=failure destination.bytes=212 haproxy.termination_state=SC event.duration=1000000",
    );
    check(
        alone,
        "[2001:db8::7]:40962 [28/Feb/2025:02:43:10.123] frontend/1: SSL handshake failure (error:0A0000C1)",
        "source.ip=2001:db8::7 event.action=tls_handshake_failed haproxy.frontend_name=frontend event.outcome=failure",
    );
    check(
        &Syslog,
        "Sep 20 15:42:59 lb1 haproxy[24551]: Connect from 203.0.113.9:40780 to 192.0.2.5:5000 (main/HTTP)",
        "source.ip=203.0.113.9 destination.ip=192.0.2.5 destination.port=5000 event.action=connected",
    );
    check(
        &Syslog,
        "Sep 20 15:42:59 lb1 haproxy[24551]: Server web/a is DOWN, reason: Layer4 timeout, check duration: 2000ms. 1 active",
        "event.action=server_down event.reason=Layer4~timeout haproxy.server_name=a",
    );
}

#[test]
fn other_proxies_are_read() {
    check(
        &Carried(&proxies::Squid),
        "1386543323.123    180 203.0.113.9 TCP_MISS/200 4099 GET http://www.example.org/a%20b.php?x=1 bob%20b HIER_DIRECT/192.0.2.5 text/html",
        "@timestamp=2013-12-08T22:55:23.123Z source.ip=203.0.113.9 event.duration=180000000 squid.result_code=TCP_MISS
         http.response.status_code=200 http.response.body.bytes=4099 url.domain=www.example.org url.extension=php
         user.name=bob~b destination.ip=192.0.2.5 http.response.mime_type=text/html event.outcome=success",
    );
    check(
        &Carried(&proxies::Squid),
        "1386543500.000      5 203.0.113.9 TCP_DENIED/403 3364 CONNECT www.example.org:443 - HIER_NONE/- text/html [Host: a b\\r\\n] [HTTP/1.1 403]",
        "event.outcome=failure event.action=request_denied url.domain=www.example.org url.port=443 user.name=nothing",
    );
    check(
        &Carried(&proxies::ThreeProxy),
        "11-06-2013 02:09:43 +0300 PROXY.3128 00005 bob 203.0.113.9:28788 192.0.2.5:80 10 20 0 GET http://www.example.org/ HTTP/1.1",
        "@timestamp=2013-06-10T23:09:43Z user.name=bob source.ip=203.0.113.9 destination.ip=192.0.2.5 event.outcome=failure
         event.code=00005 url.domain=www.example.org source.bytes=10 destination.bytes=20",
    );
    check(
        &Carried(&proxies::Privoxy),
        "2026-03-10 02:13:04.123 7f3a1b90 Request: www.example.org/x?a=1",
        "url.domain=www.example.org url.path=/x url.query=a=1 event.action=requested @timestamp=2026-03-10T02:13:04.123Z",
    );
    check(
        &Carried(&proxies::Privoxy),
        "CONNECT   Mar 10 02:13:04 [1234]: Request (file descriptor 7): GET http://www.example.org/ HTTP/1.0",
        "url.domain=www.example.org process.pid=1234 event.action=requested",
    );
    check(
        &Carried(&proxies::Privoxy),
        "NOTICE    Mar 10 02:13:04 [1234]: Unauthorized connection from \"h\" [203.0.113.9].",
        "source.ip=203.0.113.9 event.outcome=failure log.level=notice",
    );
    check(
        &Syslog,
        "Mar 10 02:13:04 gw danted[123]: info: pass(1): tcp/connect [: username%alice@203.0.113.9.50234 192.0.2.1.1080 -> 192.0.2.1.40000 198.51.100.7.443",
        "source.ip=203.0.113.9 source.port=50234 user.name=alice destination.ip=198.51.100.7 destination.port=443 event.outcome=success",
    );
    check(
        &Carried(&proxies::Proxifier),
        "[10.30 16:49:08] chrome.exe *64 - www.example.org:443 close, 403 bytes sent, 1671 bytes (1.63 KB) received, lifetime 01:02",
        "@timestamp=2026-10-30T16:49:08Z process.name=chrome.exe destination.domain=www.example.org destination.port=443
         source.bytes=403 destination.bytes=1671 event.duration=62000000000 event.action=closed",
    );
}

#[test]
fn envoy_and_coredns_are_read() {
    let envoy = &Carried(&envoy::Envoy);
    check(
        envoy,
        r#"[2016-04-15T20:17:00.310Z] "POST /api/v1/locations?x=1 HTTP/2" 204 - 154 0 226 100 "203.0.113.9" "agent" "cc21d9b0" "locations:8080" "tcp://192.0.2.5:80""#,
        "@timestamp=2016-04-15T20:17:00.310Z http.request.method=POST url.path=/api/v1/locations http.version=2
         http.response.status_code=204 http.request.body.bytes=154 event.duration=226000000 source.ip=203.0.113.9
         url.domain=locations url.port=8080 destination.ip=192.0.2.5 destination.port=80 event.outcome=success",
    );
    check(
        envoy,
        r#"[2019-04-08T16:50:12.533Z] "- - -" 0 UF 87 254 4 - "-" "-" "-" "-" "192.0.2.5:80""#,
        "event.category=network source.bytes=87 destination.bytes=254 event.outcome=failure envoyproxy.response_flags=UF",
    );
    check(
        envoy,
        r#"[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" "curl/7.73.0" "84961386" "httpbin:8000" "192.0.2.5:80" outbound|8000||httpbin 192.0.2.6:44406 192.0.2.7:8000 203.0.113.9:55370 sni default"#,
        "http.response.status_code=418 http.response.body.bytes=135 source.ip=203.0.113.9 destination.ip=192.0.2.5
         envoyproxy.response_code_details=via_upstream envoyproxy.route_name=default event.outcome=failure",
    );
    check(
        &Carried(&envoy::CoreDns),
        r#"2019-02-12T00:27:28.903Z [INFO] [2001:db8::7]:36413 - 21583 "AAAA IN www.example.org. udp 43 false 512" NXDOMAIN qr,rd,ra 136 0.000102078s"#,
        r#"@timestamp=2019-02-12T00:27:28.903Z source.ip=2001:db8::7 dns.question.name=www.example.org dns.question.type=AAAA
           dns.response_code=NXDOMAIN event.outcome=failure network.transport=udp event.duration=102078 log.level=info
           dns.header_flags=["qr","rd","ra"] dns.id=21583"#,
    );
}

#[test]
fn logs_of_aws_are_read() {
    check(
        &AwsElb,
        r#"2019-10-14T12:00:20.694172Z my-elb 203.0.113.9:54106 192.0.2.5:80 0.000043 0.000785 0.000023 200 200 0 612 "GET http://www.example.org:80/x HTTP/1.1" "curl/7.58.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2"#,
        "@timestamp=2019-10-14T12:00:20.694172Z source.ip=203.0.113.9 source.port=54106 http.response.status_code=200
         http.response.body.bytes=612 url.domain=www.example.org url.port=80 tls.version=1.2 event.duration=851000
         aws.elb.name=my-elb event.category=web",
    );
    check(
        &AwsElb,
        r#"2019-10-17T13:22:51.758784Z my-elb 203.0.113.9:51600 192.0.2.5:80 0.000943 0.00001 0.000015 - - 134 859 "- - - " "-" - -"#,
        "event.category=network source.bytes=134 destination.bytes=859 http.response.status_code=nothing user_agent.original=nothing",
    );
    check(
        &AwsElb,
        r#"wss 2018-07-02T22:23:00.186641Z app/lb/50dc 203.0.113.9:44244 192.0.2.5:8010 0.000 0.001 0.000 101 101 218 786 "GET https://192.0.2.30:443/ HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-5" "-" "-"1 2018-07-02T22:22:48.364000Z "forward" "-" "-""#,
        "source.ip=203.0.113.9 http.response.status_code=101 aws.elb.matched_rule_priority=1 aws.elb.action_executed=forward",
    );
    check(
        &AwsElb,
        "tls 2.0 2018-12-20T02:59:40 net/my-nlb/c6e7 g3d4 203.0.113.9:51341 192.0.2.5:443 5 2 98 246 - arn:aws:acm:x - ECDHE-RSA-AES128-SHA tlsv12 - my-nlb.example.com - - - 2018-12-20T02:59:30",
        "@timestamp=2018-12-20T02:59:40Z source.ip=203.0.113.9 destination.port=443 tls.version=1.2 source.bytes=98
         tls.client.server_name=my-nlb.example.com event.outcome=success",
    );
    check(
        &AwsS3Access,
        r#"79a5 examplebucket [06/Feb/2019:00:00:38 +0000] 203.0.113.9 arn:aws:sts::1:assumed-role/Admin/alice 3E57427F REST.GET.OBJECT photos/a.jpg "GET /examplebucket/photos/a.jpg?x=1 HTTP/1.1" 403 AccessDenied 243 500 70 10 "http://www.example.org" "S3Console/0.4" - hostid= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader examplebucket.s3.us-west-1.amazonaws.com TLSV1.2 - Yes"#,
        "@timestamp=2019-02-06T00:00:38Z source.ip=203.0.113.9 user.name=alice event.action=REST.GET.OBJECT
         aws.s3access.key=photos/a.jpg http.response.status_code=403 event.code=AccessDenied event.outcome=failure
         event.duration=70000000 url.domain=examplebucket.s3.us-west-1.amazonaws.com user_agent.original=S3Console/0.4",
    );
    check(
        &AwsVpcFlow,
        "2 123456789010 eni-1235b8ca 2001:db8::7 192.0.2.5 34892 22 6 54 8855 1477913708 1477913820 REJECT OK",
        "@timestamp=2016-10-31T11:37:00Z source.ip=2001:db8::7 destination.port=22 network.transport=tcp network.bytes=8855
         event.outcome=failure event.action=reject cloud.account.id=123456789010 event.duration=112000000000",
    );
    let custom = "version vpc-id srcaddr dstaddr flow-direction pkt-srcaddr start end action log-status\n3 vpc-a 203.0.113.9 192.0.2.5 ingress 198.51.100.1 1566848875 1566848933 ACCEPT OK\n3 vpc-a - - - - 1566848875 1566848933 - NODATA\nPhony\n";
    let got = rows(&AwsVpcFlow, custom.as_bytes());
    assert_eq!(got[0]["network.direction"], "ingress");
    assert_eq!(got[0]["aws.vpcflow.pkt_srcaddr"], "198.51.100.1");
    assert_eq!(got[1]["aws.vpcflow.log_status"], "NODATA");
    assert_eq!(got[2]["problem"], "malformed");
}
