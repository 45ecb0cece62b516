//! What each kind of line comes to.

use super::Syslog;
use crate::testing::{row, rows};
use serde_json::{Value, json};

fn check(line: &str, expect: &[(&str, Value)]) {
    let row = row(&Syslog, line);
    for (field, value) in expect {
        assert_eq!(row.get(*field).unwrap_or(&Value::Null), value, "{field} of {line}: {row}");
    }
}

fn sshd(message: &str, expect: &[(&str, Value)]) {
    check(&format!("Jan  5 08:13:53 web1 sshd[42590]: {message}"), expect);
}

#[test]
fn every_dialect_has_time_host_and_program() {
    let all = |line: &str, time: &str, host: Value, program: Value, pid: Value, message: &str| {
        check(
            line,
            &[
                ("@timestamp", json!(time)),
                ("host.name", host),
                ("process.name", program),
                ("process.pid", pid),
                ("message", json!(message)),
            ],
        );
    };
    let time = "2026-03-06T04:07:33Z";
    all("Mar  6 04:07:33 web1 app[7]: hi", time, json!("web1"), json!("app"), json!(7), "hi");
    all("<14>Mar  6 04:07:33 web1 app: hi", time, json!("web1"), json!("app"), json!(null), "hi");
    all("Mar  6 04:07:33 web1 just words", time, json!("web1"), json!(null), json!(null), "just words");
    all("Mar  6 04:07:33 app[7]: hi", time, json!(null), json!("app"), json!(7), "hi");
    all("Mar  6 04:07:33 app: hi", time, json!(null), json!("app"), json!(null), "hi");
    all(
        "Mar 06 2026 04:07:33 fw1 : %ASA-6-302013: Built",
        time,
        json!("fw1"),
        json!(null),
        json!(null),
        "%ASA-6-302013: Built",
    );
    all("2026-03-06T05:07:33+01:00 web1 app[7]: hi", time, json!("web1"), json!("app"), json!(7), "hi");
    all(
        "Mar  6 04:07:33 mac Google Chrome He[99]: hi",
        time,
        json!("mac"),
        json!("Google Chrome He"),
        json!(99),
        "hi",
    );
    all(
        "Mar  6 04:07:33 mac fw[1985] <Info>: hi",
        time,
        json!("mac"),
        json!("fw"),
        json!(1985),
        "<Info>: hi",
    );
    all(
        "Mar  6 04:07:33 sol sshd[5]: [ID 800047 auth.info] hi",
        time,
        json!("sol"),
        json!("sshd"),
        json!(5),
        "hi",
    );
    all(
        "<165>1 2026-03-06T04:07:33Z web1 app 7 ID47 [a@1 k=\"v\\\"]\" e=\"\"][b x=\"y\"] \u{feff}hi",
        time,
        json!("web1"),
        json!("app"),
        json!(7),
        "hi",
    );
    check(
        "<165>1 2026-03-06T04:07:33Z web1 app 7 ID47 [a@1 k=\"v\\\"]\" e=\"\"][b x=\"y\"] hi",
        &[
            ("log.syslog.priority", json!(165)),
            ("log.syslog.facility.code", json!(20)),
            ("log.syslog.severity.code", json!(5)),
            ("log.level", json!("notice")),
            ("log.syslog.msgid", json!("ID47")),
            ("log.syslog.structured_data.a@1.k", json!("v\"]")),
            ("log.syslog.structured_data.a@1.e", json!("")),
            ("log.syslog.structured_data.b.x", json!("y")),
        ],
    );
    check("<34>1 - - - - - - only words", &[("@timestamp", json!(null)), ("message", json!("only words"))]);
}

#[test]
fn logs_that_only_begin_with_a_time_are_not_syslog() {
    for line in [
        "2026-03-06T04:07:33Z ERROR com.example.Foo: broken",
        "2026-03-06T04:07:33Z [main] x: y",
        "2026-03-06 04:07:33 web1 app: hi",
        "<999>Mar  6 04:07:33 web1 app: hi",
        "Mar of men: hi",
        "with another line",
    ] {
        let row = row(&Syslog, line);
        assert!(row.get("host.name").is_none() && row.get("process.name").is_none(), "{line}: {row}");
    }
}

#[test]
fn ssh_logins_are_understood() {
    let login = |outcome: &str, user: &str, ip: &str, port: i64, method: &str| {
        vec![
            ("event.category", json!("authentication")),
            ("event.action", json!("ssh_login")),
            ("event.outcome", json!(outcome)),
            ("user.name", json!(user)),
            ("source.ip", json!(ip)),
            ("source.port", json!(port)),
            ("ssh.method", json!(method)),
        ]
    };
    sshd(
        "Failed password for root from 203.0.113.9 port 22101 ssh2",
        &login("failure", "root", "203.0.113.9", 22101, "password"),
    );
    sshd(
        "Failed password for invalid user admin from 2001:db8::9 port 1 ssh2 [preauth]",
        &login("failure", "admin", "2001:db8::9", 1, "password"),
    );
    sshd(
        "Accepted publickey for deploy from 203.0.113.9 port 59229 ssh2: RSA SHA256:abc",
        &login("success", "deploy", "203.0.113.9", 59229, "publickey"),
    );
    sshd(
        "Accepted publickey for deploy from 203.0.113.9 port 59229 ssh2: RSA SHA256:abc",
        &[("ssh.key", json!("RSA SHA256:abc"))],
    );
    sshd(
        "error: Failed keyboard-interactive/pam for bob from ::ffff:203.0.113.9 port 5 ssh2",
        &login("failure", "bob", "203.0.113.9", 5, "keyboard-interactive/pam"),
    );
    sshd(
        "Failed none for invalid user x from 203.0.113.9 port 5 ssh2",
        &login("unknown", "x", "203.0.113.9", 5, "none"),
    );
    sshd(
        "Postponed keyboard-interactive for bob from 203.0.113.9 port 5 ssh2 [preauth]",
        &login("unknown", "bob", "203.0.113.9", 5, "keyboard-interactive"),
    );
}

#[test]
fn a_hostile_user_name_cannot_put_on_an_address() {
    let from = |message: &str, user: &str, ip: &str| {
        sshd(message, &[("user.name", json!(user)), ("source.ip", json!(ip))]);
    };
    from(
        "Failed password for invalid user root from 192.0.2.4 from 203.0.113.8 port 22 ssh2",
        "root from 192.0.2.4",
        "203.0.113.8",
    );
    from(
        "Failed password for invalid user x from 192.0.2.4 port 9 ssh2 from 203.0.113.8 port 22 ssh2",
        "x from 192.0.2.4 port 9 ssh2",
        "203.0.113.8",
    );
    from("Failed password for invalid user  from 203.0.113.8 port 22 ssh2", "", "203.0.113.8");
    from(
        "Failed password for invalid user two words from 203.0.113.8 port 22 ssh2",
        "two words",
        "203.0.113.8",
    );
    from("Invalid user a from 192.0.2.1 from 203.0.113.8", "a from 192.0.2.1", "203.0.113.8");
    from("Invalid user  from 203.0.113.8 port 40", "", "203.0.113.8");
    from(
        "Connection closed by invalid user a 192.0.2.1 port 3 203.0.113.8 port 22 [preauth]",
        "a 192.0.2.1 port 3",
        "203.0.113.8",
    );
    from(
        "Failed publickey for root from 203.0.113.8 port 22 ssh2: RSA-CERT ID x from 192.0.2.4 port 1 ssh2 (serial 0) CA RSA SHA256:x",
        "root",
        "203.0.113.8",
    );
    from("User bob from 203.0.113.8 not allowed because not listed in AllowUsers", "bob", "203.0.113.8");
}

#[test]
fn other_ssh_lines_are_no_second_attempt() {
    let check = |message: &str, category: &str, action: &str, ip: Value| {
        sshd(
            message,
            &[
                ("event.category", json!(category)),
                ("event.action", json!(action)),
                ("source.ip", ip),
                ("event.outcome", json!(null)),
            ],
        );
    };
    let ip = json!("203.0.113.9");
    check("Invalid user oracle from 203.0.113.9 port 5", "authentication", "ssh_invalid_user", ip.clone());
    check(
        "input_userauth_request: invalid user oracle [preauth]",
        "authentication",
        "ssh_auth_detail",
        json!(null),
    );
    check(
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root",
        "authentication",
        "pam_authentication",
        ip.clone(),
    );
    check(
        "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root",
        "authentication",
        "pam_authentication",
        ip.clone(),
    );
    check(
        "Received disconnect from 203.0.113.9: 11: Bye Bye [preauth]",
        "session",
        "ssh_disconnect",
        ip.clone(),
    );
    check(
        "Received disconnect from 203.0.113.9 port 5:11: disconnected by user",
        "session",
        "ssh_disconnect",
        ip.clone(),
    );
    check("Connection closed by 203.0.113.9 [preauth]", "session", "ssh_disconnect", ip.clone());
    check(
        "Connection reset by authenticating user root 203.0.113.9 port 5 [preauth]",
        "session",
        "ssh_disconnect",
        ip.clone(),
    );
    check("Disconnected from user root 203.0.113.9 port 5", "session", "ssh_disconnect", ip.clone());
    check(
        "Disconnecting authenticating user root 203.0.113.9 port 5: Too many authentication failures [preauth]",
        "session",
        "ssh_disconnect",
        ip.clone(),
    );
    check(
        "Did not receive identification string from 203.0.113.9",
        "session",
        "ssh_no_identification",
        ip.clone(),
    );
    check("Connection from 203.0.113.9 port 5 on 192.0.2.1 port 22", "session", "ssh_connect", ip.clone());
    check(
        "error: maximum authentication attempts exceeded for root from 203.0.113.9 port 5 ssh2 [preauth]",
        "authentication",
        "ssh_too_many_attempts",
        ip.clone(),
    );
    check(
        "reverse mapping checking getaddrinfo for a.example [203.0.113.9] failed - POSSIBLE BREAK-IN ATTEMPT!",
        "session",
        "ssh_reverse_mapping",
        ip.clone(),
    );
    check(
        "pam_unix(sshd:session): session opened for user root by (uid=0)",
        "session",
        "session_opened",
        json!(null),
    );
    check(
        "Unable to negotiate with 203.0.113.9 port 5: no matching key exchange method found.",
        "session",
        "ssh_no_agreement",
        ip,
    );
    check("Server listening on 0.0.0.0 port 22.", "session", "ssh_listening", json!(null));
}

#[test]
fn repeated_messages_weigh_what_they_say() {
    sshd(
        "message repeated 5 times: [ Failed password for root from 203.0.113.9 port 5 ssh2]",
        &[
            ("event.count", json!(5)),
            ("event.outcome", json!("failure")),
            ("source.ip", json!("203.0.113.9")),
        ],
    );
    let text = "Jan  5 08:13:53 a sshd[1]: Failed password for root from 203.0.113.9 port 5 ssh2\n\
                Jan  5 08:13:59 a last message repeated 2 times\n\
                Jan  5 08:14:59 b last message repeated 2 times\n";
    let rows = rows(&Syslog, text.as_bytes());
    assert_eq!((&rows[1]["event.count"], &rows[1]["event.outcome"]), (&json!(2), &json!("failure")));
    assert_eq!((&rows[2]["event.count"], rows[2].get("event.outcome")), (&json!(2), None));
}

#[test]
fn privileges_and_accounts_are_understood() {
    let at = |text: &str| format!("Jan  5 08:13:53 web1 {text}");
    check(
        &at(
            "sudo:      bob : TTY=pts/6 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/env X=1 sh -c 'a ; b'",
        ),
        &[
            ("event.category", json!("authentication")),
            ("event.action", json!("sudo")),
            ("event.outcome", json!("success")),
            ("user.name", json!("bob")),
            ("user.effective.name", json!("root")),
            ("process.working_directory", json!("/home/bob")),
            ("process.command_line", json!("/usr/bin/env X=1 sh -c 'a ; b'")),
            ("process.executable", json!("/usr/bin/env")),
        ],
    );
    check(
        &at(
            "sudo:      bob : 3 incorrect password attempts ; TTY=pts/6 ; PWD=/ ; USER=root ; COMMAND=/bin/su",
        ),
        &[("event.outcome", json!("failure")), ("event.reason", json!("3 incorrect password attempts"))],
    );
    check(
        &at(
            "sudo: pam_unix(sudo:auth): authentication failure; logname=bob uid=1000 euid=0 tty=/dev/pts/6 ruser=bob rhost=  user=bob",
        ),
        &[
            ("event.action", json!("pam_authentication")),
            ("event.outcome", json!("failure")),
            ("user.name", json!("bob")),
        ],
    );
    check(
        &at(
            "sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=203.0.113.9 ",
        ),
        &[
            ("process.name", json!("sshd")),
            ("source.ip", json!("203.0.113.9")),
            // The file that PAM writes under its own name has no other line about the attempt.
            ("event.outcome", json!("failure")),
            ("process.pid", json!(19939)),
        ],
    );
    for (text, good) in [
        ("su[9]: (to root) bob on pts/0", "success"),
        ("su[9]: FAILED SU (to root) bob on pts/0", "failure"),
        ("su[9]: Successful su for root by bob", "success"),
        ("su[9]: + /dev/pts/0 bob:root", "success"),
        ("su[9]: - /dev/pts/0 bob:root", "failure"),
        ("su: BAD SU bob to root on /dev/ttyp0", "failure"),
    ] {
        check(
            &at(text),
            &[
                ("event.action", json!("su")),
                ("event.outcome", json!(good)),
                ("user.name", json!("bob")),
                ("user.effective.name", json!("root")),
            ],
        );
    }
    check(
        &at("CRON[31051]: (root) CMD (touch /var/run/(x))"),
        &[
            ("event.action", json!("cron_run")),
            ("user.name", json!("root")),
            ("process.command_line", json!("touch /var/run/(x)")),
        ],
    );
    for (text, action, user, group) in [
        (
            "useradd[1]: new user: name=eve, UID=1001, GID=1001, home=/home/eve, shell=/bin/bash",
            "user_created",
            json!("eve"),
            json!(null),
        ),
        ("groupadd[1]: new group: name=ops, GID=1002", "group_created", json!(null), json!("ops")),
        ("usermod[1]: add 'eve' to group 'sudo'", "user_added_to_group", json!("eve"), json!("sudo")),
        ("userdel[1]: delete user 'eve'", "user_deleted", json!("eve"), json!(null)),
        (
            "gpasswd[1]: user eve added by root to group docker",
            "user_added_to_group",
            json!("root"),
            json!("docker"),
        ),
        (
            "passwd[1]: pam_unix(passwd:chauthtok): password changed for eve",
            "password_changed",
            json!("eve"),
            json!(null),
        ),
    ] {
        check(
            &at(text),
            &[
                ("event.category", json!("iam")),
                ("event.action", json!(action)),
                ("user.name", user),
                ("group.name", group),
            ],
        );
    }
    check(
        &at("systemd-logind[1]: New session 5 of user bob."),
        &[("event.category", json!("session")), ("user.name", json!("bob"))],
    );
}

#[test]
fn lines_are_joined_or_kept_as_what_they_are() {
    let text = "header\nMar  6 04:07:33 a app: one\n two\n\tthree\nfour\n\nno header\n# a comment\n\
                2026-03-06 04:07:35 a thing of its own time\nMar  6 04:07:34 a app: five";
    let rows = rows(&Syslog, text.as_bytes());
    let events: Vec<(&Value, bool)> = rows
        .iter()
        .filter(|r| r.get("problem").is_none())
        .map(|r| (&r["line"], r["@timestamp"].is_null()))
        .collect();
    assert_eq!(
        events,
        [(&json!(1), true), (&json!(2), false), (&json!(7), true), (&json!(9), false), (&json!(10), false),]
    );
    let problems: Vec<&Value> =
        rows.iter().filter(|r| r.get("problem").is_some()).map(|r| &r["line"]).collect();
    assert_eq!(problems, [&json!(1), &json!(7)]);
    assert_eq!(rows[2]["message"], "one\n two\n\tthree\nfour");
}

#[test]
fn every_sender_has_its_way_with_the_header() {
    let all =
        |line: &str, time: &str, host: Value, program: &str, pid: Value, level: Value, message: &str| {
            check(
                line,
                &[
                    ("@timestamp", json!(time)),
                    ("host.name", host),
                    ("process.name", json!(program)),
                    ("process.pid", pid),
                    ("log.level", level),
                    ("message", json!(message)),
                ],
            );
        };
    let (host, none) = (json!("h1"), json!(null));
    let time = "2026-03-06T04:07:33Z";
    // FreeBSD, busybox, AIX, Solaris say the priority in words.
    all(
        "Mar  6 04:07:33 <auth.info> h1 sshd[5]: hi",
        time,
        host.clone(),
        "sshd",
        json!(5),
        json!("info"),
        "hi",
    );
    all(
        "Mar  6 04:07:33 h1 authpriv.notice app[5]: hi",
        time,
        host.clone(),
        "app",
        json!(5),
        json!("notice"),
        "hi",
    );
    all(
        "Mar  6 04:07:33 h1 auth|security:info app[5]: hi",
        time,
        host.clone(),
        "app",
        json!(5),
        json!("info"),
        "hi",
    );
    all(
        "Mar  6 04:07:33 h1 app: [ID 1 auth.error] hi",
        time,
        host.clone(),
        "app",
        none.clone(),
        json!("error"),
        "hi",
    );
    all(
        "Mar  6 04:07:33 relay Message forwarded from h1: app[5]: hi",
        time,
        host.clone(),
        "app",
        json!(5),
        none.clone(),
        "hi",
    );
    // OpenWrt, ESXi and journald without a host.
    all(
        "Fri Mar  6 04:07:33 2026 authpriv.warn dropbear[5]: hi",
        time,
        none.clone(),
        "dropbear",
        json!(5),
        json!("warning"),
        "hi",
    );
    all(
        "2026-03-06T04:07:33Z info hostd[5] [Originator@6876 sub=x] hi",
        time,
        none.clone(),
        "hostd",
        json!(5),
        json!("info"),
        "[Originator@6876 sub=x] hi",
    );
    all(
        "2026-03-06T04:07:33.000Z In(14) vmkernel: hi",
        time,
        none.clone(),
        "vmkernel",
        none.clone(),
        json!("info"),
        "hi",
    );
    all("2026-03-06T04:07:33Z sshd[5]: hi", time, none.clone(), "sshd", json!(5), none.clone(), "hi");
    all(
        "Fri 2026-03-06 04:07:33 UTC h1 ssh.service[5]: hi",
        time,
        host.clone(),
        "ssh.service",
        json!(5),
        none.clone(),
        "hi",
    );
    // Times of other kinds.
    all("2026-03-06 04:07:33 h1 app[5]: hi", time, host.clone(), "app", json!(5), none.clone(), "hi");
    all(
        "2026-03-06T05:07:33.000+0100 h1 app[5]: hi",
        time,
        host.clone(),
        "app",
        json!(5),
        none.clone(),
        "hi",
    );
    all("1772770053 h1 sshd[5]: hi", time, host.clone(), "sshd", json!(5), none.clone(), "hi");
    all("Mar  6 04:07:33 2026 h1 app[5]: hi", time, host.clone(), "app", json!(5), none.clone(), "hi");
    all("Mar  6 05:07:33 CET h1 app[5]: hi", time, host.clone(), "app", json!(5), none.clone(), "hi");
    all("@4000000069aa530f00000000 app: hi", time, none.clone(), "app", none.clone(), none.clone(), "hi");
    // A host that is an address, a program that is a path, a name behind which the process id has no colon.
    all(
        "Mar  6 04:07:33 2001:db8::1 /usr/sbin/cron[5]: hi",
        time,
        json!("2001:db8::1"),
        "cron",
        json!(5),
        none.clone(),
        "hi",
    );
    all("Mar  6 04:07:33 sogod [5]: hi", time, none.clone(), "sogod", json!(5), none.clone(), "hi");
    check(
        "<34>1 - - - - - - Mar  6 04:07:33 h1 app[5]: hi",
        &[("host.name", json!("h1")), ("message", json!("hi"))],
    );
    check(
        "<34>app[5]: hi",
        &[("@timestamp", json!(null)), ("process.name", json!("app")), ("log.syslog.priority", json!(34))],
    );
    check(
        "h1 sshd[5]: Invalid user x from 203.0.113.9",
        &[("host.name", json!("h1")), ("source.ip", json!("203.0.113.9"))],
    );
}

#[test]
fn streams_of_records_are_parted() {
    let got = |text: &str| -> Vec<(Value, Value)> {
        rows(&Syslog, text.as_bytes()).iter().map(|r| (r["line"].clone(), r["message"].clone())).collect()
    };
    let expect = |all: &[(i64, &str)]| -> Vec<(Value, Value)> {
        all.iter().map(|(line, message)| (json!(line), json!(message))).collect()
    };
    assert_eq!(
        got("27 <34>1 - h app - - - one\ntwo23 <34>1 - h app - - - tri\n"),
        expect(&[(1, "one\ntwo"), (2, "tri")])
    );
    assert_eq!(
        got(
            "<15>Mar  6 04:07:33 h app: one<14>Mar  6 04:07:33 h app: two\nmore<14>Mar  6 04:07:33 h app: <b>"
        ),
        expect(&[(1, "one"), (1, "two\nmore"), (2, "<b>")])
    );
}

#[test]
fn a_host_s_log_of_logins_is_syslog() {
    let text =
        "Jan  5 08:13:53 web1 sshd[42590]: Failed password for root from 203.0.113.9 port 5 ssh2\n".repeat(9);
    let head = crate::Head { bytes: text.as_bytes(), whole: true, name: "auth.log" };
    let (format, _) = crate::sniff::sniff(&head).unwrap();
    assert_eq!(format.about().id, "syslog");
}
