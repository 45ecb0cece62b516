//! Error logs and what applications say in them.

use super::records::Records;
use crate::Format;
use crate::coded::plain_text::PlainText;
use crate::coded::syslog::Syslog;
use crate::said::{apache::ApacheError, nginx::NginxError, php::LighttpdError, php::Php};
use crate::testing::{row, rows};
use serde_json::Value;

const NGINX: &Records = &Records(&NginxError);
const APACHE: &Records = &Records(&ApacheError);
const PHP: &Records = &Records(&Php);
const LIGHTTPD: &Records = &Records(&LighttpdError);

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
fn nginx_says_what_went_wrong_for_whom() {
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [error] 12#13: *5 open() "/var/www/x.php" failed (2: No such file or directory), client: 203.0.113.9, server: www.example.org, request: "GET /x.php?a=1 HTTP/1.1", upstream: "http://192.0.2.5:80/x", host: "www.example.org:8443", referrer: "https://example.org/""#,
        "@timestamp=2024-01-02T03:04:05Z log.level=error process.pid=12 process.thread.id=13 source.ip=203.0.113.9
         http.request.method=GET url.path=/x.php url.query=a=1 url.domain=www.example.org url.port=8443
         http.request.referrer=https://example.org/ event.action=file_not_found file.path=/var/www/x.php
         event.outcome=failure nginx.error.upstream=http://192.0.2.5:80/x nginx.error.connection_id=5 event.category=web",
    );
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [error] 12#0: *5 user "bob": password mismatch, client: 203.0.113.9, server: , request: "GET / HTTP/1.1", host: "h""#,
        "event.category=authentication event.outcome=failure user.name=bob source.ip=203.0.113.9",
    );
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [error] 12#0: *5 user "bob" was not found in "/etc/x", client: 203.0.113.9, server: , request: "GET / HTTP/1.1", host: "h""#,
        "event.category=authentication user.name=bob source.ip=203.0.113.9",
    );
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [warn] 12#0: *5 limiting requests, excess: 1.8 by zone "one", client: 203.0.113.9, server: s, request: "GET / HTTP/1.0", host: "h""#,
        "event.action=rate_limited rule.name=one event.outcome=failure",
    );
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [info] 8#8: *1 client login failed: "AUTH not supported" while in http auth state, client: 203.0.113.9, server: 0.0.0.0:25, login: "a@example.com""#,
        "event.category=authentication event.outcome=failure user.name=a@example.com destination.port=25",
    );
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [error] 1#1: *1 ModSecurity: Access denied with code 403 (phase 2). Matched "Operator" [file "/etc/a.conf"] [line "79"] [id "949110"] [msg "Anomaly Score (Total: 8)"] [severity "2"] [tag "a"] [tag "b"] [hostname "10.0.4.41"] [uri "/.env"], client: 203.0.113.9, server: _, request: "GET /.env HTTP/1.1", host: "h""#,
        r#"event.category=intrusion_detection event.action=request_denied rule.id=949110 http.response.status_code=403
           rule.name=Anomaly~Score~(Total:~8) url.path=/.env source.ip=203.0.113.9 modsec.tags=["a","b"]"#,
    );
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [error] 1#1: *1 NAXSI_FMT: ip=203.0.113.9&server=h&uri=/x&config=block&score0=8&zone0=ARGS&id0=1013, client: 203.0.113.9, server: h, request: "GET /x?a=<> HTTP/1.1", host: "h""#,
        "event.action=request_denied rule.id=1013 naxsi.zone0=ARGS source.ip=203.0.113.9",
    );
    check(
        NGINX,
        "2024/01/02 03:04:05 [notice] 1#1: start worker process 7",
        "log.level=notice event.outcome=nothing message=start~worker~process~7",
    );
    check(
        NGINX,
        r#"host nginx: 2024/01/02 03:04:05 [error] 1#1: *2 x, client: ::1, server: a"#,
        "source.ip=::1 @timestamp=2024-01-02T03:04:05Z",
    );
    check(
        &Syslog,
        r#"<171>1 2025-11-05T20:47:03.000000+00:00 fw.example nginx - - - 2025/11/05 20:47:03 [error] 24537#230441: *914 open() "/x" failed (2: No such file or directory), client: 2001:db8::7, server: , request: "GET /x HTTP/2.0", host: "h""#,
        "source.ip=2001:db8::7 url.path=/x event.dataset=nginx.error host.name=fw.example",
    );
}

#[test]
fn what_a_client_sends_to_nginx_forges_no_client() {
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [error] 1#1: *2 user "x": password mismatch, client: 198.51.100.1, server: s, request: "GET / HTTP/1.1", host: "h"": was not found in "/f", client: 203.0.113.9, server: , request: "GET / HTTP/1.1", host: "h""#,
        "source.ip=203.0.113.9 event.outcome=failure",
    );
    check(
        NGINX,
        r#"2024/01/02 03:04:05 [error] 1#1: *2 access forbidden by rule, client: 203.0.113.9, server: s, request: "GET / HTTP/1.1", host: "h", referrer: "x, client: 198.51.100.1, server: s, request: "GET /y HTTP/1.1", host: "h""#,
        "source.ip=203.0.113.9 url.path=/ event.action=access_denied",
    );
}

#[test]
fn apache_says_what_went_wrong_for_whom() {
    check(
        APACHE,
        "[Sat Jul 20 21:39:11.978080 2013] [auth_basic:error] [pid 17512:tid 140] [client 203.0.113.9:51390] AH01617: user bob: authentication failure for \"/basic/file\": Password Mismatch",
        "@timestamp=2013-07-20T21:39:11.978080Z process.pid=17512 process.thread.id=140 source.ip=203.0.113.9
         source.port=51390 event.code=AH01617 user.name=bob event.category=authentication event.outcome=failure
         log.level=error apache.error.module=auth_basic",
    );
    check(
        APACHE,
        "[Thu Jul 11 01:21:44 2013] [error] [client 2001:db8::80da:af6b:8b2c] user bob not found: /x, referer: https://a.example/",
        "source.ip=2001:db8::80da:af6b:8b2c user.name=bob event.outcome=failure http.request.referrer=https://a.example/",
    );
    check(
        APACHE,
        "[Thu Jul 11 01:21:44.1 2013] [core:error] [pid 5] [client 2001:db8::7:4711] AH00128: File does not exist: /var/www/pma",
        "source.ip=2001:db8::7 source.port=4711 file.path=/var/www/pma event.action=file_not_found event.outcome=failure",
    );
    check(
        APACHE,
        "[Thu Jul 11 01:21:44.1 2013] [core:error] [pid 5] (13)Permission denied: [client 203.0.113.9:4711] AH00035: access to /x denied",
        "source.ip=203.0.113.9 event.code=AH00035 apache.error.cause=(13)Permission~denied event.action=access_denied",
    );
    check(
        APACHE,
        "[Fri Oct 08 17:08:41.203277 2021] [core:error] [pid 7005:tid 140] [client 203.0.113.9:14532] AH00126: Invalid URI in request GET /cgi-bin/.%2E/etc/passwd HTTP/1.1",
        "event.action=invalid_request http.request.method=GET url.path=/cgi-bin/.%2E/etc/passwd",
    );
    check(
        APACHE,
        "[Fri Oct 08 17:08:41 2021] [error] [client 203.0.113.9] Digest: user `bob' in realm `Private' not found: /digest/",
        "user.name=bob event.outcome=failure",
    );
    check(
        APACHE,
        "[Mon Mar 28 16:50:49.5 2016] [php7:notice] [pid 1795] [client 203.0.113.9:50700] ERR [Login denied for user \"bob\"], referer: https://zm/",
        "user.name=bob event.outcome=failure source.ip=203.0.113.9 event.category=authentication service.name=zoneminder",
    );
    check(
        APACHE,
        "[Mon Mar 28 16:50:49 2016] [error] [client 203.0.113.9] PHP Warning:  Undefined x in /var/www/a.php on line 12",
        "php.level=Warning file.path=/var/www/a.php php.line=12",
    );
    check(
        APACHE,
        "[Sat Jun 01 02:17:42 2013] [error] [client 203.0.113.9] File does not exist: /srv/[client 198.51.100.1] user root not found",
        "source.ip=203.0.113.9 user.name=nothing",
    );
    check(
        APACHE,
        "[Mon Dec 26 16:15:55.1 2016] [mpm_prefork:notice] [pid 11379] AH00163: resuming normal operations",
        "log.level=notice event.outcome=nothing",
    );
}

#[test]
fn php_and_lighttpd_are_read() {
    let text = "[01-Jan-2024 12:00:00 UTC] PHP Fatal error:  Uncaught Error: x in /a.php:3\nStack trace:\n#0 {main}\n  thrown in /a.php on line 3\n[01-Jan-2024 12:00:01] WARNING: [pool www] child 8 exited on signal 11\n";
    let got = rows(PHP, text.as_bytes());
    assert_eq!(got.len(), 2, "{got:?}");
    assert_eq!((&got[0]["log.level"], &got[0]["event.dataset"]), (&"critical".into(), &"php.error".into()));
    assert_eq!((&got[1]["php_fpm.pool"], &got[1]["process.pid"]), (&"www".into(), &8.into()));
    check(
        LIGHTTPD,
        "2024-01-01 12:00:00: (mod_auth.c.525) digest: auth failed for bob : wrong password, IP: 203.0.113.9",
        "user.name=bob source.ip=203.0.113.9 event.outcome=failure @timestamp=2024-01-01T12:00:00Z",
    );
    check(
        LIGHTTPD,
        "2024-01-01 12:00:00: (http_auth.c.122) password doesn't match for /x username: bob IP: 203.0.113.9",
        "user.name=bob source.ip=203.0.113.9",
    );
}

#[test]
fn applications_say_who_failed_to_log_in() {
    let failed = |line: &str, service: &str, user: &str, ip: &str| {
        check(
            &PlainText,
            line,
            &format!(
                "event.category=authentication event.outcome=failure user.name={user} source.ip={ip} service.name={service}"
            ),
        );
    };
    failed(
        "2024-01-26 06:43:57 [error] POST 10.0.0.1 /control/login: from ip 203.0.113.9: invalid username or password",
        "adguardhome",
        "nothing",
        "203.0.113.9",
    );
    failed(
        "2023-04-06T09:13:34,820Z [x] WARN  a.B - Authentication attempt from [203.0.113.9, 172.18.0.2] for user \"bob\" failed.",
        "guacamole",
        "bob",
        "203.0.113.9",
    );
    failed(
        "time=\"2022-02-14T13:47:54+02:00\" level=error msg=\"Unsuccessful 1FA authentication attempt by user 'bob': user not found\" method=POST path=/x remote_ip=203.0.113.9 stack=\"s\"",
        "authelia",
        "bob",
        "203.0.113.9",
    );
    failed(
        "2022-04-25T15:08:29.098Z [AUTH] WARN: Incorrect username or password for user a@b.example. IP=203.0.113.9",
        "uptime_kuma",
        "a@b.example",
        "203.0.113.9",
    );
    failed(
        "2022/03/01 12:57:58 auth.go:200:SignInPost() [I] Failed authentication attempt for bob from [2001:db8::7]:39522: user does not exist [uid: 0]",
        "gitea",
        "bob",
        "2001:db8::7",
    );
    failed(
        "t=2020-10-19T17:44:33+0200 lvl=eror msg=\"Invalid username or password\" logger=context uname=bob error=\"User not found\" remote_addr=203.0.113.9",
        "grafana",
        "bob",
        "203.0.113.9",
    );
    failed(
        "2021-12-12 12:32:19 WARNING (MainThread) [ban] Login attempt or request with invalid authentication from localhost (203.0.113.9). (Mozilla/5.0)",
        "home_assistant",
        "nothing",
        "203.0.113.9",
    );
    failed(
        "[2022-02-03 16:10:11.219][vaultwarden::api::identity][ERROR] Username or password is incorrect. Try again. IP: 203.0.113.9. Username: bob@example.com.",
        "vaultwarden",
        "bob@example.com",
        "203.0.113.9",
    );
    failed(
        "2023-05-25 22:24:19,357 WARN  [org.key.events] (x) type=LOGIN_ERROR, realmId=k, userId=null, ipAddress=203.0.113.9, error=user_not_found, auth_method=o, username=bob",
        "keycloak",
        "bob",
        "203.0.113.9",
    );
    failed(
        "2022-12-16 13:01:07.9|Warn|Auth|Auth-Failure ip 203.0.113.9 username 'bob'",
        "servarr",
        "bob",
        "203.0.113.9",
    );
    failed(
        "2024-07-20 12:27:52,797::WARNING::[interface:657] Unsuccessful login attempt from 192.168.10.1 (X-Forwarded-For: 203.0.113.9, 192.168.1.3) [Mozilla/5.0]",
        "sabnzbd",
        "nothing",
        "203.0.113.9",
    );
    failed(
        "2024-07-20 12:27:52,797::WARNING::[interface:657] Unsuccessful login attempt from 203.0.113.9 (X-Forwarded-For: 198.51.100.1) [Mozilla/5.0]",
        "sabnzbd",
        "nothing",
        "203.0.113.9",
    );
    failed(
        "[2023-06-30 18:03:14,266] [INFO] [paperless.auth] Login failed for user `bob` from IP `203.0.113.9.`",
        "paperless",
        "bob",
        "203.0.113.9",
    );
    failed(
        "2024-10-10 12:59:53,237 ERROR s.C [q] Failed login attempt from IP: [2001:db8::7]",
        "stirling_pdf",
        "nothing",
        "2001:db8::7",
    );
    failed(
        "2023-09-23 10:33:45: [error] App: 403: POST /api/sessions: 203.0.113.9: Invalid username or password: {\"email\":\"bob@example.com\"}",
        "joplin",
        "bob@example.com",
        "203.0.113.9",
    );
    failed(
        "[17-Mar-2024 10:00:00 +0000]: <abc> Failed login for bob from 203.0.113.9 in session x (error: 0)",
        "roundcube",
        "bob",
        "203.0.113.9",
    );
    failed("2025-02-22 01:27:36 bob 203.0.113.9 failed to login", "hestiacp", "bob", "203.0.113.9");
    check(
        &PlainText,
        "2026-05-09 13:50:00 CRIT: Banning 203.0.113.9/32 for 60 minutes",
        "event.action=banned source.ip=203.0.113.9",
    );
    check(&PlainText, "2026-05-09 13:50:00 nothing to see", "event.category=nothing service.name=nothing");
    check(
        &PlainText,
        "2026-05-09 13:50:00 Failed login attempt for user x from 198.51.100.1 from 203.0.113.9",
        "user.name=x~from~198.51.100.1 source.ip=203.0.113.9",
    );
}
