//! What stands at the door and watches: fail2ban's own log, TCP wrappers and xinetd, port-scan detectors, monit and Nagios.

use super::shape::{Line, Lines, Told, by_name_only};
use super::{Payload, Said};
use crate::About;
use crate::normalise::severity;
use crate::normalise::text;
use timberline_model::known;

/// fail2ban, crowdsec's firewall bouncer, sshguard, denyhosts: who was locked out.
pub struct Fail2ban;

impl Payload for Fail2ban {
    fn about(&self) -> About {
        About { id: "fail2ban", title: "fail2ban", about: "Addresses found, banned and unbanned, by jail." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "fail2ban",
            "fail2ban-server",
            "fail2ban.actions",
            "fail2ban.filter",
            "sshguard",
            "denyhosts",
            "sshblock",
        ]
    }

    fn claims(&self, message: &[u8]) -> bool {
        message.starts_with(b"fail2ban.")
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let mut text = message.trim_ascii();
        said.fields.text(known::EVENT_DATASET, "fail2ban");
        // `fail2ban.actions        [123]: NOTICE  [sshd] Ban 192.0.2.1`, `fail2ban.actions: WARNING [ssh] Ban ...`
        if text.starts_with(b"fail2ban.") {
            let end = text.iter().position(|c| matches!(c, b' ' | b':' | b'[')).unwrap_or(text.len());
            said.set("fail2ban.part", &text[9..end]);
            text = text[end..].trim_ascii_start();
            if text.first() == Some(&b'[')
                && let Some(close) = text::place(&text[..text.len().min(16)], b"]:")
            {
                text = &text[close + 1..];
            }
            text = text.strip_prefix(b":").unwrap_or(text).trim_ascii_start();
        }
        let word = text.iter().take(10).take_while(|c| c.is_ascii_uppercase()).count();
        if let Some(level) = severity::level(&text[..word]) {
            said.fields.text(known::LOG_LEVEL, level);
            text = text[word..].trim_ascii_start();
        }
        FAIL2BAN_LINES.read("fail2ban", text, said)
    }
}

static FAIL2BAN_LINES: Lines = Lines::new(&[
    Line::new("intrusion_detection", "ban", "[{rule.name}] Ban {source}"),
    Line::new("intrusion_detection", "ban", "[{rule.name}] Ban {source} {*}"),
    Line::new("intrusion_detection", "ban", "[{rule.name}] Restore Ban {source}"),
    Line::new("intrusion_detection", "ban", "[{rule.name}] Increase Ban {source} {*}"),
    Line::new("intrusion_detection", "unban", "[{rule.name}] Unban {source}"),
    Line::new("intrusion_detection", "already_banned", "[{rule.name}] {source} already banned"),
    Line::new("intrusion_detection", "found", "[{rule.name}] Found {source} - {fail2ban.found}"),
    Line::new("intrusion_detection", "found", "[{rule.name}] Found {source}"),
    Line::new("intrusion_detection", "ignored", "[{rule.name}] Ignore {source} by {*}"),
    Line::new("intrusion_detection", "jail", "Jail '{rule.name}' {reason}"),
    // sshguard.
    Line::new("intrusion_detection", "ban", "Blocking {source}/{*} for {*}"),
    Line::new("intrusion_detection", "ban", "Blocking \"{source}/{*}\" for {*}"),
    Line::new("intrusion_detection", "unban", "{source}: unblocking after {*}"),
    Line::new("intrusion_detection", "found", "Attack from \"{source}\" on service {*} with danger {*}"),
    // mailcow's netfilter.
    Line::new("intrusion_detection", "ban", "Banning {source}/{*} for {*}"),
    Line::new("intrusion_detection", "unban", "Unbanning {source}/{*}"),
    Line::new("intrusion_detection", "ban", "Added host/network {source} to denylist"),
    Line::new("intrusion_detection", "ban", "Added host/network {source}/{*} to denylist"),
]);

/// mailcow's netfilter, which bans and writes `CRIT: Banning ...`.
pub const MAILCOW: Told = Told {
    about: About {
        id: "mailcow_netfilter",
        title: "mailcow netfilter",
        about: "Addresses that mailcow locked out.",
    },
    programs: &["netfilter-mailcow"],
    lines: &MAILCOW_LINES,
    claims: |m| {
        (m.starts_with(b"CRIT: ") || m.starts_with(b"INFO: ") || m.starts_with(b"WARN: "))
            && (text::place(m, b"anning ").is_some()
                || text::place(m, b"denylist").is_some()
                || text::place(m, b" matched rule id ").is_some()
                || text::place(m, b" more attempts in the next ").is_some())
    },
};

static MAILCOW_LINES: Lines = Lines::new(&[
    Line::new("intrusion_detection", "ban", "CRIT: Banning {source}/{*} for {*}"),
    Line::new("intrusion_detection", "ban", "CRIT: Banning {source} for {*}"),
    Line::new("intrusion_detection", "unban", "INFO: Unbanning {source}/{*}"),
    Line::new("intrusion_detection", "ban", "CRIT: Added host/network {source}/{*} to denylist"),
    Line::new("intrusion_detection", "ban", "CRIT: Added host/network {source} to denylist"),
    Line::new("intrusion_detection", "found", "WARN: {source} matched rule id {rule.id?} ({*}"),
    Line::new(
        "intrusion_detection",
        "warned",
        "WARN: {count} more attempts in the next {*} seconds until {source}/{*} is banned",
    ),
]);

/// xinetd, inetd and programs behind TCP wrappers.
pub const WRAPPERS: Told = Told {
    about: About {
        id: "xinetd",
        title: "xinetd, TCP wrappers",
        about: "Connections that were taken and refused.",
    },
    programs: &[
        "xinetd",
        "inetd",
        "tcpd",
        "in.telnetd",
        "telnetd",
        "in.rlogind",
        "rlogind",
        "in.rshd",
        "rshd",
        "in.fingerd",
        "in.tftpd",
        "tftpd",
        "rsyncd",
        "rsync",
        "in.talkd",
        "in.identd",
        "identd",
        "nrpe",
        "nsca",
        "stinetd",
    ],
    lines: &WRAPPER_LINES,
    claims: |m| {
        (m.starts_with(b"START: ") || m.starts_with(b"FAIL: ") || m.starts_with(b"EXIT: "))
            && text::place(m, b" from=").is_some()
    },
};

static WRAPPER_LINES: Lines = Lines::new(&[
    Line::new("network", "service_start", "START: {service.name?} pid={*} from={source}"),
    Line::new("network", "service_start", "START: {service.name?} from={source}"),
    Line::new("network", "service_refused", "FAIL: {service.name?} {reason} from={source}").bad(),
    Line::new("network", "service_end", "EXIT: {service.name?} status={*} pid={*} duration={*}"),
    Line::new("network", "service_refused", "refused connect from {?} ({source})").bad(),
    Line::new("network", "service_refused", "refused connect from {source}").bad(),
    Line::new("network", "service_connect", "connect from {?} ({source})"),
    Line::new("network", "service_connect", "connect from {source} to {*}"),
    Line::new("network", "service_connect", "connect from {source}"),
    Line::new("network", "service_refused", "warning: can't verify hostname: {*}"),
    Line::new("network", "service_refused", "Host {source} is not allowed to talk to us!").bad(),
    Line::new("network", "service_refused", "Error: Request contained command arguments!").bad(),
    Line::new(
        "network",
        "service_refused",
        "Error: Could not complete SSL handshake with {source}: {reason}",
    )
    .bad(),
    Line::new("network", "service_refused", "Error: Could not complete SSL handshake{*}").bad(),
    Line::failed("telnet_login", "login failed from {source}{*}"),
    // rsync's daemon.
    Line::new("network", "rsync_connect", "connect from {source.domain?} ({source})"),
    Line::new(
        "file",
        "rsync_transfer",
        "rsync {rsync.direction?} {rsync.module?} from {user}@{source.domain?} ({source})",
    ),
    Line::failed(
        "rsync_login",
        "auth failed on module {rsync.module?} from {source.domain?} ({source}) for {user}: {reason}",
    ),
    Line::failed(
        "rsync_login",
        "auth failed on module {rsync.module?} from {source.domain?} ({source}): {reason}",
    ),
    Line::new(
        "network",
        "service_refused",
        "rsync denied on module {rsync.module?} from {source.domain?} ({source})",
    )
    .bad(),
]);

/// Detectors of port scans.
pub struct Scans;

impl Payload for Scans {
    fn about(&self) -> About {
        About {
            id: "portscan",
            title: "portsentry, scanlogd, psad",
            about: "Port scans that a host's watchers saw.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["portsentry", "scanlogd", "psad"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        text::place(&message[..message.len().min(48)], b"Host: ").is_some()
            && (text::place(message, b"Blocked").is_some())
            && text::place(message, b" Port: ").is_some()
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = message.trim_ascii();
        // portsentry's history: `1403884279 - 06/27/2014 17:51:19 Host: name/192.0.2.1 Port: 1 TCP Blocked`
        if let Some(at) = text::place(&text[..text.len().min(48)], b"Host: ") {
            if at > 0 && said.time.is_none() {
                let _ = said.stamped(&text[..at]);
            }
            return SCAN_LINES.read("portscan", &text[at..], said);
        }
        SCAN_LINES.read("portscan", text, said)
    }
}

static SCAN_LINES: Lines = Lines::new(&[
    Line::new(
        "intrusion_detection",
        "port_scan",
        "Host: {*}/{source} Port: {destination.port#} {network.transport?} Blocked",
    )
    .bad(),
    Line::new(
        "intrusion_detection",
        "port_scan",
        "attackalert: {*} from host: {*}/{source} to {network.transport?} port: {destination.port#}{*}",
    )
    .bad(),
    Line::new("intrusion_detection", "port_scan", "attackalert: Host {source} has been blocked via {*}")
        .bad(),
    Line::new(
        "intrusion_detection",
        "port_scan",
        "attackalert: Host: {*}/{source} is already blocked. Ignoring",
    )
    .bad(),
    Line::new("intrusion_detection", "port_scan", "Scan from: [{source}] {*}").bad(),
    Line::new(
        "intrusion_detection",
        "port_scan",
        "{source}:{port} to {destination} ports {portscan.ports}, {*}",
    )
    .bad(),
    Line::new("intrusion_detection", "port_scan", "{source} to {destination} ports {portscan.ports}, {*}")
        .bad(),
    Line::new("intrusion_detection", "port_scan", "scan detected ({*}): {source} -> {destination} {*}").bad(),
    Line::new("intrusion_detection", "port_scan", "src: {source} {*}").bad(),
]);

/// Suhosin, which watches over PHP.
pub const SUHOSIN: Told = Told {
    about: About { id: "suhosin", title: "Suhosin", about: "Requests that PHP's guard refused." },
    programs: &["suhosin"],
    lines: &SUHOSIN_LINES,
    claims: |m| m.starts_with(b"ALERT") && text::place(m, b"(attacker '").is_some(),
};

static SUHOSIN_LINES: Lines = Lines::new(&[
    Line::new(
        "intrusion_detection",
        "php_attack",
        "ALERT - {reason} (attacker '{source}', file '{file.path}'{*}",
    )
    .bad(),
    Line::new(
        "intrusion_detection",
        "php_attack",
        "ALERT-SIMULATION - {reason} (attacker '{source}', file '{file.path}'{*}",
    )
    .bad(),
]);

/// monit, Nagios and other watchers.
pub const WATCHERS: Told = Told {
    about: About {
        id: "monitoring",
        title: "monit, Nagios",
        about: "Alarms of watchers, and who logged into them.",
    },
    programs: &[
        "monit",
        "nagios",
        "icinga",
        "icinga2",
        "zabbix_server",
        "zabbix_agentd",
        "snmpd",
        "smartd",
        "mcelog",
    ],
    lines: &WATCHER_LINES,
    claims: by_name_only,
};

static WATCHER_LINES: Lines = Lines::new(&[
    Line::failed(
        "web_login",
        "HttpRequest: access denied -- client [{source}]: wrong password for user '{user}'",
    ),
    Line::failed("web_login", "HttpRequest: access denied -- client [{source}]: unknown user '{user}'"),
    Line::failed(
        "web_login",
        "HttpRequest: access denied -- client {source}: wrong password for user '{user}'",
    ),
    Line::failed("web_login", "HttpRequest: access denied -- client {source}: unknown user '{user}'"),
    Line::failed(
        "web_login",
        "error    : Warning: Client '{source}' supplied wrong password for user '{user}' accessing monit httpd",
    ),
    Line::failed(
        "web_login",
        "Warning: Client '{source}' supplied wrong password for user '{user}' accessing monit httpd",
    ),
    Line::failed(
        "web_login",
        "Warning: Client '{source}' supplied unknown user '{user}' accessing monit httpd",
    ),
    Line::new("network", "service_refused", "Denied connection from non-authorized client [{source}]").bad(),
    Line::new(
        "host",
        "service_alert",
        "SERVICE ALERT: {host.name};{service.name};{event.severity_name};{*};{event.count#};{reason}",
    ),
    Line::new(
        "host",
        "host_alert",
        "HOST ALERT: {host.name};{event.severity_name};{*};{event.count#};{reason}",
    ),
    Line::new("network", "snmp_connect", "Connection from UDP: [{source}]:{port}->{*}"),
    Line::new("network", "snmp_connect", "Connection from UDP: [{source}]:{port}"),
    Line::new("network", "snmp_packet", "Received SNMP packet(s) from UDP: [{source}]:{port}{*}"),
    Line::failed("snmp_login", "Authentication failed for {user}"),
]);
