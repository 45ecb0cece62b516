//! The fixtures of the text formats, as snapshots, and counts on real logs that awk and grep gave.

use crate::open::{ReadOptions, discover, probe};
use crate::sniff;
use crate::testing::{Keeping, fixtures, root, rows};
use crate::{Head, testing};
use timberline_model::Flow;

#[test]
fn text_fixtures_read_as_they_should() {
    for id in [
        "access_log",
        "modsec_audit",
        "windows_dhcp",
        "windows_nps",
        "iis_native",
        "windows_dns",
        "aws_elb",
        "aws_s3_access",
        "aws_vpcflow",
        "coredns",
        "dante",
        "envoy_access",
        "haproxy",
        "privoxy",
        "proxifier",
        "squid",
        "threeproxy",
        "w3c",
        "apache_error",
        "csv",
        "lighttpd_error",
        "nginx_error",
        "php_error",
        "syslog",
        "xml",
        "nmap",
        "log4j_xml",
    ] {
        for path in fixtures(id) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let (format, _) = sniff::sniff(&Head { bytes: &bytes, whole: true, name: &name }).unwrap();
            assert_eq!(format.about().id, id, "{name}");
            let lines: Vec<String> = rows(format, &bytes).iter().map(ToString::to_string).collect();
            insta::assert_snapshot!(format!("{id}-{name}"), lines.join("\n"));
        }
    }
}

/// The formats of Unix hosts' daemons: whole files of theirs, in syslog and alone.
const HOSTS: &[&str] = &[
    "asterisk",
    "auditd",
    "cowrie",
    "dns_server",
    "dnsmasq",
    "dovecot",
    "endlessh",
    "exim",
    "fail2ban",
    "filterlog",
    "freeswitch",
    "ipsec",
    "iptables",
    "mailcow_netfilter",
    "murmur",
    "named",
    "openvpn",
    "panel_log",
    "portscan",
    "postfix",
    "proftpd",
    "radius",
    "smbd",
    "tcpdump",
    "vpn",
    "vsftpd",
    "webmail",
    "xferlog",
    "xmpp",
];

#[test]
fn what_hosts_say_is_read_as_it_should_be() {
    for id in HOSTS {
        for path in fixtures(id) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let (format, _) = sniff::sniff(&Head { bytes: &bytes, whole: true, name: &name }).unwrap();
            assert_eq!(format.about().id, *id, "{name}");
            let lines: Vec<String> = rows(format, &bytes).iter().map(ToString::to_string).collect();
            insta::assert_snapshot!(format!("hosts-{id}-{name}"), lines.join("\n"));
        }
    }
}

#[test]
fn ssh_counts_are_those_of_grep() {
    let data = testing::root().join("../shared/data/auth");
    if !data.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let (files, _) = discover(&[data]);
    let path = files.iter().find(|p| p.ends_with("twente_ssh_host65.log.gz")).unwrap();
    let mut sink = Keeping::default();
    probe(path, &ReadOptions::default()).unwrap().read(&mut sink, &mut |_| Flow::Continue).unwrap();
    let raw = |needle: &str| {
        sink.rows.iter().filter(|r| r["message"].as_str().is_some_and(|m| m.contains(needle))).count()
    };
    let failed = sink
        .rows
        .iter()
        .filter(|r| r["event.action"] == "ssh_login" && r["event.outcome"] == "failure")
        .count();
    let good = sink
        .rows
        .iter()
        .filter(|r| r["event.action"] == "ssh_login" && r["event.outcome"] == "success")
        .count();
    assert!(failed > 100, "{failed}");
    let words = ["Failed password for", "Failed keyboard-interactive", "Failed publickey for"];
    assert_eq!(failed, words.iter().map(|w| raw(w)).sum::<usize>());
    assert_eq!(good, raw("Accepted "));
    assert!(root().is_dir() && sink.rows.iter().all(|r| r.get("problem").is_none()));
}
