//! What systemd and init say: services started, stopped and failed, crashes; and what the loggers say of themselves.

use super::shape::{Line, Lines, Told, by_name_only};
use super::{Payload, Said};
use crate::About;
use crate::normalise::severity;
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// systemd and its parts.
pub const SYSTEMD: Told = Told {
    about: About { id: "systemd", title: "systemd", about: "Services started, stopped and failed; crashes." },
    programs: &[
        "systemd",
        "init",
        "systemd-coredump",
        "systemd-shutdown",
        "systemd-sysctl",
        "systemd-modules-load",
        "systemd-udevd",
        "systemd-journald",
        "systemd-fsck",
        "systemd-resolved",
        "systemd-sleep",
        "systemd-tmpfiles",
        "shutdown",
        "reboot",
        "halt",
    ],
    lines: &LINES,
    claims: by_name_only,
};

static LINES: Lines = Lines::new(&[
    Line::new("process", "service_failed", "Failed to start {service.name}.").bad(),
    Line::new("process", "service_failed", "Failed to start {service.name}: {reason}").bad(),
    Line::new(
        "process",
        "service_failed",
        "{service.name?}: Main process exited, code={systemd.code}, status={process.exit_code#}/{reason}",
    )
    .bad(),
    Line::new("process", "service_failed", "{service.name?}: Failed with result '{reason}'.").bad(),
    Line::new("process", "service_failed", "Unit {service.name?} entered failed state.").bad(),
    Line::new("process", "service_failed", "Dependency failed for {service.name}.").bad(),
    Line::new(
        "process",
        "service_restarted",
        "{service.name?}: Scheduled restart job, restart counter is at {systemd.restarts#}.",
    ),
    Line::new("process", "service_stopped", "{service.name?}: Deactivated successfully.").good(),
    Line::new("process", "service_stopped", "{service.name?}: Succeeded.").good(),
    Line::new("process", "service_starting", "Starting {service.name}..."),
    Line::new("process", "service_started", "Started {service.name}.").good(),
    Line::new("process", "service_started", "Started {service.name}").good(),
    Line::new("process", "service_started", "Finished {service.name}.").good(),
    Line::new("process", "service_stopping", "Stopping {service.name}..."),
    Line::new("process", "service_stopped", "Stopped {service.name}.").good(),
    Line::new("process", "service_stopped", "Stopped {service.name}").good(),
    Line::new("process", "service_reloaded", "Reloaded {service.name}.").good(),
    Line::new("process", "service_reloading", "Reloading {service.name}..."),
    Line::new("process", "", "Reached target {*}"),
    Line::new("session", "session_started", "Started Session {session.id?} of User {user}."),
    Line::new(
        "process",
        "process_crashed",
        "Process {process.pid#} ({kernel.crashed.name}) of user {user.id#} dumped core.{*}",
    ),
    Line::new("host", "system_shutdown", "shutting down for system halt"),
    Line::new("host", "system_shutdown", "Shutting down."),
    Line::new("host", "system_reboot", "Rebooting."),
    Line::new("host", "system_shutdown", "Powering off."),
    Line::new("host", "runlevel", "Switching to runlevel: {systemd.runlevel}"),
]);

/// Loggers about themselves: a log that was turned over, stopped or begun.
pub const LOGGERS: Told = Told {
    about: About {
        id: "syslogd",
        title: "rsyslog, syslog-ng, syslogd",
        about: "Loggers that started, stopped or lost messages.",
    },
    programs: &[
        "rsyslogd",
        "rsyslogd-2007",
        "syslogd",
        "syslog-ng",
        "syslogng",
        "journald",
        "systemd-journal",
        "newsyslog",
        "logrotate",
        "klogd",
        "imuxsock",
    ],
    lines: &LOGGER_LINES,
    claims: by_name_only,
};

static LOGGER_LINES: Lines = Lines::new(&[
    Line::new("process", "logger_signal", "[origin software=\"{*}\" {*}] rsyslogd was HUPed{*}"),
    Line::new("process", "logger_stopped", "[origin software=\"{*}\" {*}] exiting on signal {*}"),
    Line::new("process", "logger_started", "[origin software=\"{*}\" {*}] start{*}"),
    Line::new("process", "logger_stopped", "exiting on signal {*}"),
    Line::new("process", "logger_started", "syslog-ng starting up; version='{*}'"),
    Line::new("process", "logger_stopped", "syslog-ng shutting down; version='{*}'"),
    Line::new("process", "logger_started", "syslogd {*}: restart{*}"),
    Line::new("process", "logger_lost", "{*}: begin to drop messages due to rate-limiting"),
    Line::new("process", "logger_lost", "Suppressed {event.count#} messages from {*}"),
    Line::new("process", "log_turned_over", "logfile turned over{*}"),
]);

/// Clocks: a clock that was set makes times before and after hard to compare, so it matters to a timeline.
pub const CLOCKS: Told = Told {
    about: About {
        id: "ntp",
        title: "ntpd, chrony, timesyncd",
        about: "Clocks that were set or lost their source.",
    },
    programs: &[
        "ntpd",
        "chronyd",
        "systemd-timesyncd",
        "ntpdate",
        "ptp4l",
        "phc2sys",
        "timedatectl",
        "xntpd",
        "openntpd",
    ],
    lines: &CLOCK_LINES,
    claims: by_name_only,
};

static CLOCK_LINES: Lines = Lines::new(&[
    Line::new("host", "clock_synchronised", "synchronized to {destination}, stratum {*}"),
    Line::new("host", "clock_synchronised", "Selected source {destination} ({*})"),
    Line::new("host", "clock_synchronised", "Selected source {destination}"),
    Line::new("host", "clock_synchronised", "Synchronized to time server {server} ({*}).").good(),
    Line::new("host", "clock_synchronised", "Initial synchronization to time server {server} ({*})."),
    Line::new("host", "clock_set", "time reset {clock.offset?} s"),
    Line::new("host", "clock_set", "step time server {destination} offset {clock.offset?} sec"),
    Line::new("host", "clock_set", "adjust time server {destination} offset {clock.offset?} sec"),
    Line::new("host", "clock_set", "System clock was stepped by {clock.offset?} seconds"),
    Line::new("host", "clock_wrong", "System clock wrong by {clock.offset?} seconds{*}"),
    Line::new("host", "clock_unsynchronised", "Can't synchronise: {reason}").bad(),
    Line::new("host", "clock_unsynchronised", "no servers reachable").bad(),
    Line::new("host", "clock_unsynchronised", "Timed out waiting for reply from {server} ({*}).").bad(),
]);

/// Daemons of containers, which write Go's ways: klog's head, or logfmt.
pub struct Containers;

impl Payload for Containers {
    fn about(&self) -> About {
        About {
            id: "container_daemon",
            title: "dockerd, containerd, kubelet in syslog",
            about: "Levels and errors of container daemons.",
        }
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "dockerd",
            "docker",
            "containerd",
            "kubelet",
            "k3s",
            "kube-proxy",
            "kube-apiserver",
            "crio",
            "podman",
            "etcd",
            "dockerd-current",
        ]
    }

    fn read(&self, _: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
        let text = message.trim_ascii();
        said.fields.text(known::EVENT_DATASET, "container_daemon");
        // `E0517 15:04:22.619632   19 file.go:253] text`
        if let [level @ (b'I' | b'W' | b'E' | b'F'), a, b, c, d, b' ', ..] = text
            && [a, b, c, d].iter().all(|c| c.is_ascii_digit())
        {
            let level = match level {
                b'I' => "info",
                b'W' => "warning",
                b'E' => "error",
                _ => "critical",
            };
            said.fields.text(known::LOG_LEVEL, level);
            if let Some(at) = text::place(&text[..text.len().min(120)], b"] ") {
                let place = text[..at].rsplit(|c| *c == b' ').next().unwrap_or_default();
                let (file, line) =
                    memchr(b':', place).map_or((place, b"".as_slice()), |n| (&place[..n], &place[n + 1..]));
                said.set("log.origin.file.name", file);
                said.set_number("log.origin.file.line", line);
            }
            return true;
        }
        let value = |name: &[u8]| -> &[u8] {
            let Some(at) = text::place(text, name).filter(|at| *at == 0 || text[at - 1] == b' ') else {
                return b"";
            };
            let value = &text[at + name.len()..];
            match value.strip_prefix(b"\"") {
                Some(inside) => &inside[..memchr(b'"', inside).unwrap_or(inside.len())],
                None => &value[..memchr(b' ', value).unwrap_or(value.len())],
            }
        };
        if let Some(level) = severity::level(value(b"level=")) {
            said.fields.text(known::LOG_LEVEL, level);
            said.set("container.id", value(b"container="));
            said.set("error.message", value(b"error="));
            return true;
        }
        false
    }
}
