//! What audit logs come to.

use super::Auditd;
use crate::coded::check;
use crate::testing::{row, rows};
use serde_json::{Value, json};

fn check(text: &str, expect: &[(&str, Value)]) {
    let row = row(&Auditd, text);
    for (field, value) in expect {
        assert_eq!(row.get(*field).unwrap_or(&Value::Null), value, "{field} of {text}: {row}");
    }
}

#[test]
fn a_command_has_its_arguments_user_and_folder() {
    let text = "type=SYSCALL msg=audit(1700000000.123:10): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 items=2 ppid=7 pid=8 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm=\"curl\" exe=\"/usr/bin/curl\" key=\"net\"\x1dARCH=x86_64 SYSCALL=execve AUID=\"eve\" UID=\"root\" GID=\"root\"\n\
                type=EXECVE msg=audit(1700000000.123:10): argc=3 a0=\"curl\" a1=\"-o\" a2=2F746D702F6120622E7368\n\
                type=CWD msg=audit(1700000000.123:10): cwd=\"/home/eve\"\n\
                type=PATH msg=audit(1700000000.123:10): item=0 name=\"/usr/bin/curl\" inode=5 dev=fd:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL\n\
                type=PROCTITLE msg=audit(1700000000.123:10): proctitle=6375726C002D6F002F746D70\n";
    let rows = rows(&Auditd, text.as_bytes());
    assert_eq!(rows.len(), 1);
    check(
        text,
        &[
            ("@timestamp", json!("2023-11-14T22:13:20.123Z")),
            ("event.category", json!("process")),
            ("event.action", json!("executed")),
            ("event.outcome", json!("success")),
            ("process.args", json!(["curl", "-o", "/tmp/a b.sh"])),
            ("process.command_line", json!("curl -o /tmp/a b.sh")),
            ("process.executable", json!("/usr/bin/curl")),
            ("process.name", json!("curl")),
            ("process.pid", json!(8)),
            ("process.parent.pid", json!(7)),
            ("process.working_directory", json!("/home/eve")),
            ("process.title", json!("curl -o /tmp")),
            ("user.id", json!("0")),
            ("user.name", json!("root")),
            ("user.audit.id", json!("1000")),
            ("user.audit.name", json!("eve")),
            ("file.path", json!("/usr/bin/curl")),
            ("auditd.key", json!("net")),
            ("auditd.sequence", json!(10)),
        ],
    );
}

#[test]
fn logins_have_account_address_and_outcome() {
    check(
        "type=USER_LOGIN msg=audit(1700000000.5:11): pid=9 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=28696E76616C6964207573657229 exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.9 terminal=ssh res=failed'",
        &[
            ("event.category", json!("authentication")),
            ("event.outcome", json!("failure")),
            ("user.name", json!("(invalid user)")),
            ("source.ip", json!("203.0.113.9")),
            ("process.name", json!("sshd")),
            ("user.audit.id", json!(null)),
        ],
    );
    check(
        "node=web1 type=USER_AUTH msg=audit(1700000000.5:11): user pid=9 uid=0 auid=4294967295 msg='PAM: authentication acct=\"bob\" : exe=\"/usr/sbin/sshd\" (hostname=203.0.113.9, addr=203.0.113.9, terminal=ssh res=success)'",
        &[
            ("host.name", json!("web1")),
            ("event.action", json!("authenticated")),
            ("event.outcome", json!("success")),
            ("user.name", json!("bob")),
            ("source.ip", json!("203.0.113.9")),
        ],
    );
}

#[test]
fn connections_and_refusals_are_understood() {
    check(
        "type=SYSCALL msg=audit(1700000001.0:12): arch=c000003e syscall=42 success=yes exit=0 pid=8 uid=33 auid=4294967295 comm=\"php\" exe=\"/usr/bin/php\" key=(null)\ntype=SOCKADDR msg=audit(1700000001.0:12): saddr=02000050CB0071090000000000000000",
        &[
            ("event.category", json!("network")),
            ("event.action", json!("connected-to")),
            ("destination.ip", json!("203.0.113.9")),
            ("destination.port", json!(80)),
        ],
    );
    check(
        "type=AVC msg=audit(1700000001.0:13): avc:  denied  { read } for  pid=1 comm=\"httpd\" name=\"shadow\" dev=hda7 ino=1 scontext=a:b:c:s0 tcontext=a:b:d:s0 tclass=file",
        &[
            ("event.action", json!("violated-selinux-policy")),
            ("event.outcome", json!("failure")),
            ("file.path", json!("shadow")),
            ("auditd.data.permission", json!("read")),
        ],
    );
}

#[test]
fn lines_of_two_events_are_told_apart_and_stay_in_their_places() {
    let text = "type=SYSCALL msg=audit(1.0:1): arch=c000003e syscall=59 success=yes pid=1 uid=0 exe=\"/a\"\n\
                type=SYSCALL msg=audit(1.0:2): arch=c000003e syscall=59 success=yes pid=2 uid=0 exe=\"/b\"\n\
                type=EXECVE msg=audit(1.0:1): argc=1 a0=\"a\"\n\
                type=EXECVE msg=audit(1.0:2): argc=1 a0=\"b\"\r\n\
                # a comment\n\
                something else\n";
    let keep = check::parse(&Auditd, text.as_bytes());
    let got: Vec<_> =
        keep.events.iter().map(|e| (e.line, e.get("process.args"), e.get("auditd.joined_to_line"))).collect();
    let text = |s: &str| Some(s.to_owned());
    assert_eq!(
        got,
        [
            (1, text("a"), None),
            (2, text("b"), None),
            (3, None, text("1")),
            (4, None, text("2")),
            (6, None, None),
        ]
    );
    assert_eq!(keep.problems.len(), 1);
}

#[test]
fn damage_is_survived() {
    let seed = b"type=SYSCALL msg=audit(1.0:1): arch=c000003e syscall=59 a0=\"x\" msg='op=a b acct=\"c\" res=1'\ntype=AVC msg=audit(1.0:1): avc:  denied  { read } for  pid=1\n";
    check::survive(
        &Auditd,
        seed,
        400,
        &[b"'", b"\"", b"=", b"audit(", b"):", b"\n", b"type=", b"{", b"}", b"\x1d"],
    );
}
