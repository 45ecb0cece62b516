//! What programs write in a message, however the message was carried: in syslog, in a container's log, in
//! journald or JSON, or alone on its line. One file a program or product; a new one is a file here, a line in
//! [`PAYLOADS`] and, where whole files hold nothing else, a line in `coded::FORMATS` through `coded::carried`.
//! How the carrier writes time, host and program is the carrier's.

mod accounts;
pub(crate) mod apache;
pub mod audit;
pub mod cef;
pub mod checkpoint;
pub mod cisco;
pub mod columns;
mod databases;
pub mod devices;
mod dhcp;
pub(crate) mod directory;
pub(crate) mod dns;
pub(crate) mod dovecot;
pub(crate) mod envoy;
pub(crate) mod exim;
pub mod fortinet;
pub(crate) mod ftp;
pub(crate) mod guards;
pub mod guess;
pub(crate) mod haproxy;
pub mod ids;
mod json;
pub mod juniper;
mod kernel;
pub mod leef;
mod mailboxes;
pub(crate) mod netfilter;
pub(crate) mod nginx;
pub mod pairs;
mod pam;
pub(crate) mod panels;
pub mod panos;
pub mod pensando;
pub mod people;
pub(crate) mod pf;
pub(crate) mod php;
mod phrases;
pub(crate) mod postfix;
mod privilege;
pub(crate) mod proxies;
mod recall;
mod sendmail;
pub mod shape;
pub mod sophos;
pub(crate) mod ssh_other;
mod sshd;
mod systemd;
pub mod table;
pub(crate) mod voip;
pub(crate) mod vpn;
mod web_access;
pub(crate) mod web_apps;
mod web_apps_table;
pub(crate) mod windows_dns;
pub mod words;

use crate::normalise::time::shapes::{self, Date, Written};
use crate::normalise::{entities::whole, severity};
use crate::{About, ParseContext};
use aho_corasick::packed::Searcher;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::cell::RefCell;
use std::sync::OnceLock;
use timberline_model::{FieldId, Fields, Sink, Stamp, known};

/// What one kind of program writes in a message.
pub trait Payload: Sync {
    /// What it is; the id is the format's where a whole file holds it.
    fn about(&self) -> About;
    /// The names of the programs that write it, in lower case, without folders (`sshd`, `postfix`: the part before a
    /// `/` is looked up too). Such a message is handed over without asking [`Payload::claims`].
    fn programs(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether a message is one, whoever wrote it. Asked for every message that no program's payload understood, so
    /// it looks at the first bytes and is cheap. What it claims, [`Payload::read`] should understand.
    fn claims(&self, _message: &[u8]) -> bool {
        false
    }
    /// Takes a message apart; false when it is none that is known (nothing is written then).
    fn read(&self, program: &[u8], message: &[u8], said: &mut Said<'_>) -> bool;
}

/// Every payload; of two that claim a message the first is asked first.
pub const PAYLOADS: &[&dyn Payload] = &[
    // Before OpenSSH: Junos' sshd says more.
    &juniper::Junos,
    &sshd::Sshd,
    &accounts::Cron,
    &accounts::Accounts,
    &accounts::Logind,
    &haproxy::HaProxy,
    &proxies::Squid,
    &proxies::ThreeProxy,
    &proxies::Privoxy,
    &proxies::Dante,
    &proxies::Proxifier,
    &envoy::Envoy,
    &envoy::CoreDns,
    &windows_dns::WindowsDns,
    &nginx::NginxError,
    &apache::ApacheError,
    &php::Php,
    &php::LighttpdError,
    &web_access::WebAccess,
    &cisco::asa::Asa,
    &cisco::ios::Ios,
    &cisco::meraki::Meraki,
    &cisco::umbrella::Umbrella,
    &sophos::Sfos,
    &sophos::Utm,
    &fortinet::Fortinet,
    &panos::PanOs,
    &checkpoint::CheckPoint,
    &pensando::Pensando,
    &ids::alert::Alert,
    &ids::alert::AlertCsv,
    &ids::suricata::Lines,
    &ids::suricata::P0f,
    &ids::stations::ArpWatch,
    &devices::ise::Ise,
    &devices::mikrotik::MikroTik,
    &devices::sonicwall::SonicWall,
    &devices::watchguard::WatchGuard,
    &devices::barracuda::Barracuda,
    &devices::f5::BigIp,
    &devices::citrix::NetScaler,
    &devices::zscaler::Zscaler,
    &devices::zscaler::Forcepoint,
    &devices::nsx::Nsx,
    &devices::aruba::Aruba,
    &devices::huawei::Huawei,
    &devices::pulse::Pulse,
    &devices::nas::Synology,
    &devices::nas::Qnap,
    &devices::radius::TacPlus,
    &devices::radius::DuoProxy,
    &devices::switches::Switches,
    &devices::symantec::Symantec,
    &devices::symantec::Epo,
    &cef::Cef,
    &leef::Leef,
    &privilege::Sudo,
    &privilege::Su,
    &privilege::DOAS,
    &privilege::POLKIT,
    &systemd::SYSTEMD,
    &systemd::LOGGERS,
    &systemd::CLOCKS,
    &systemd::Containers,
    &kernel::Kernel,
    &netfilter::Netfilter,
    &pf::Filterlog,
    &pf::Ipfw,
    &pf::Tcpdump,
    &audit::Audit,
    &ssh_other::DROPBEAR,
    &ssh_other::ENDLESSH,
    &ssh_other::Cowrie,
    &postfix::Postfix,
    &dovecot::Dovecot,
    &exim::Exim,
    &sendmail::Sendmail,
    &mailboxes::MAILBOXES,
    &mailboxes::COURIER_SMTP,
    &mailboxes::Qmail,
    &mailboxes::SMALL_SMTP,
    &mailboxes::FILTERS,
    &ftp::Vsftpd,
    &ftp::Proftpd,
    &ftp::PURE_FTPD,
    &ftp::FTPD,
    &ftp::SFTP,
    &ftp::Xferlog,
    &dns::Named,
    &dns::Dnsmasq,
    &dns::Resolvers,
    &dhcp::DHCP,
    &dhcp::NETWORK_MANAGER,
    &vpn::Openvpn,
    &vpn::Ike,
    &vpn::Tunnels,
    &vpn::WIREGUARD_USERSPACE,
    &directory::Slapd,
    &directory::KERBEROS,
    &directory::Radius,
    &directory::DIRECTORY_CLIENTS,
    &directory::Samba,
    &directory::NFS,
    &voip::Asterisk,
    &voip::Freeswitch,
    &voip::SIP_PROXIES,
    &voip::Murmur,
    &voip::Xmpp,
    &guards::Fail2ban,
    &guards::MAILCOW,
    &guards::WRAPPERS,
    &guards::Scans,
    &guards::SUHOSIN,
    &guards::WATCHERS,
    &panels::Webmail,
    &panels::PanelFiles,
    &panels::PANELS,
    &databases::Mysqld,
    &databases::Postgres,
    // Sentences of many applications, wherever they stand: after those that know the program.
    &web_apps::WebApps,
    &json::Json,
    // What speaks for itself comes first; these guess by common names.
    &devices::generic::Generic,
    &devices::nas::Logins,
];

/// Fields that are not among the known ones and that many programs name; looked up once for a source.
pub struct Names {
    /// How many times what the record says happened.
    pub count: Option<FieldId>,
    /// The terminal that a program names.
    pub tty: Option<FieldId>,
    /// The user on whose behalf PAM was asked.
    pub ruser: Option<FieldId>,
    /// The key or certificate of an SSH login.
    pub key: Option<FieldId>,
    /// What earlier lines of a connection said.
    pub recall: recall::Recall,
    /// Reads messages that are JSON, once there is one.
    pub json: RefCell<Option<Box<crate::coded::json_reader::Reader>>>,
    /// Whether the time of the message at hand is the record's own ([`Said::own_time`]).
    pub owned: Cell<bool>,
}

impl Names {
    /// Looks them up.
    pub fn new(out: &mut dyn Sink) -> Self {
        Self {
            count: out.field("event.count"),
            tty: out.field("process.tty"),
            ruser: out.field("pam.ruser"),
            key: out.field("ssh.key"),
            recall: recall::Recall::default(),
            owned: Cell::new(false),
            json: RefCell::new(None),
        }
    }
}

/// What is known while one message is taken apart. The first value given for a field stays, so what a carrier wrote
/// before (host, program) is not overwritten.
pub struct Said<'a> {
    /// The record's fields.
    pub fields: &'a mut Fields,
    /// Fields looked up once.
    pub names: &'a Names,
    /// For times inside the message.
    pub ctx: &'a ParseContext,
    /// For fields of the product's own names ([`Said::set`]).
    pub out: &'a mut dyn Sink,
    /// The time that the message itself states, where it states one better than its carrier (with a year, finer).
    pub time: Option<Stamp>,
}

impl Said<'_> {
    /// What kind of event this is; an empty action is left out.
    pub fn is(&mut self, dataset: &str, category: &str, action: &str) {
        self.fields.text(known::EVENT_DATASET, dataset);
        if !category.is_empty() {
            self.fields.text(known::EVENT_CATEGORY, category);
        }
        if !action.is_empty() {
            self.fields.text(known::EVENT_ACTION, action);
        }
    }

    /// Whether what was tried came about.
    pub fn outcome(&mut self, good: bool) {
        self.fields.text(known::EVENT_OUTCOME, if good { "success" } else { "failure" });
    }

    /// Who did it, or tried.
    pub fn user(&mut self, name: &[u8]) {
        self.fields.bytes(known::USER_NAME, name);
    }

    /// How many times it happened.
    pub fn count(&mut self, n: &[u8]) {
        if let (Some(n), Some(id)) = (whole(n), self.names.count) {
            self.fields.int(id, n);
        }
    }

    /// Says that the time found is the record's own: a column or key of a product's that is always when it happened, not
    /// what a sentence speaks of. It counts whatever the carrier's clock says.
    pub fn own_time(&mut self) {
        self.names.owned.set(self.time.is_some_and(|t| t.assumed & Stamp::YEAR_ASSUMED == 0));
    }

    /// A field, unless it has no number or the value is empty.
    pub fn maybe(&mut self, id: Option<FieldId>, value: &[u8]) {
        if let Some(id) = id
            && !value.is_empty()
        {
            self.fields.bytes(id, value);
        }
    }

    /// Takes off the time that a message begins with, keeping it where it says a date with its year.
    pub fn stamped<'m>(&mut self, message: &'m [u8]) -> &'m [u8] {
        let Some((from, written)) = written(message) else { return message };
        if !matches!(written.date, Date::Md(..)) && self.time.is_none() {
            self.time = self.ctx.prefix(&message[from..]).map(|(stamp, _)| stamp);
        }
        behind(message, from, written.len)
    }

    /// A field of any name; empty values and `-` are left out.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        if !value.is_empty() && value != b"-" {
            let id = self.out.field(name);
            self.maybe(id, value);
        }
    }

    /// As [`Said::set`]; a whole number is kept as one.
    pub fn set_number(&mut self, name: &str, value: &[u8]) {
        match whole(value) {
            Some(n) => {
                if let Some(id) = self.out.field(name) {
                    self.fields.int(id, n);
                }
            }
            None => self.set(name, value),
        }
    }
}

/// Where in a line the time stands that it begins with, behind an opening bracket at most, and the time.
#[must_use]
pub fn written(line: &[u8]) -> Option<(usize, Written)> {
    let from = match line {
        // Murmur's `<W>2026-...`.
        [b'<', _, b'>', ..] => 3,
        [b'[' | b'(' | b'<' | b'"', ..] => 1,
        _ => 0,
    };
    let written = shapes::at_start(line.get(from..)?).filter(|w| w.timed)?;
    Some((from, written))
}

/// What follows a time that takes up `len` bytes from `from` on, without the bracket and the marks between.
#[must_use]
pub fn behind(line: &[u8], from: usize, len: usize) -> &[u8] {
    let mut rest = &line[from + len..];
    // Whatever else stands in the bracket belongs to the time: a zone in words.
    if from == 1
        && line[0] != b'<'
        && let Some(close) = rest.iter().take(24).position(|c| matches!(c, b']' | b')' | b'"'))
    {
        rest = &rest[close + 1..];
    }
    let rest = rest.trim_ascii_start();
    let rest =
        [b": ".as_slice(), b"- ", b"| ", b", "].iter().find_map(|p| rest.strip_prefix(*p)).unwrap_or(rest);
    rest.trim_ascii_start()
}

fn by_program() -> &'static FxHashMap<&'static [u8], Vec<usize>> {
    static MAP: OnceLock<FxHashMap<&'static [u8], Vec<usize>>> = OnceLock::new();
    MAP.get_or_init(|| {
        let mut map: FxHashMap<&'static [u8], Vec<usize>> = FxHashMap::default();
        for (at, payload) in PAYLOADS.iter().enumerate() {
            for name in payload.programs() {
                map.entry(name.as_bytes()).or_default().push(at);
            }
        }
        map
    })
}

/// The payloads of a program's name.
fn of_program(name: &[u8]) -> &'static [usize] {
    if name.is_empty() {
        return &[];
    }
    let map = by_program();
    let found = |name: &[u8]| {
        // Names are short; a longer one is nobody's.
        let mut lower = [0u8; 32];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        map.get(&*lower).map(Vec::as_slice)
    };
    if let Some(payloads) = found(name) {
        return payloads;
    }
    // `postfix/smtpd` is Postfix, `/usr/sbin/cron` is cron; a second instance may be called `postfix-in/smtpd`.
    let first = name.split(|c| *c == b'/').next().unwrap_or(name);
    let last = name.rsplit(|c| *c == b'/').next().unwrap_or(name);
    // journald with units: `ssh.service`, `openvpn@office.service`.
    let unit = last.strip_suffix(b".service").unwrap_or(last);
    let unit = unit.split(|c| *c == b'@').next().unwrap_or(unit);
    found(first)
        .or_else(|| found(last))
        .or_else(|| found(unit))
        .or_else(|| found(family(unit)))
        .unwrap_or_default()
}

/// The program of names that users make up after a pattern.
fn family(name: &[u8]) -> &[u8] {
    // Debian's `ovpn-NAME`; `openvpn_server`, `sm-mta-in`, `named-pkcs11`, `perdition.imaps`.
    for (head, program) in [
        (b"ovpn-".as_slice(), b"openvpn".as_slice()),
        (b"openvpn", b"openvpn"),
        (b"sm-", b"sendmail"),
        (b"named-", b"named"),
        (b"perdition.", b"perdition"),
        (b"dnsmasq-", b"dnsmasq"),
        (b"kea-dhcp", b"kea"),
        (b"exim-", b"exim"),
        (b"snoopy", b"snoopy"),
    ] {
        if name.starts_with(head) {
            return program;
        }
    }
    b""
}

/// Whether a program's messages are understood here.
#[must_use]
pub fn is_program(name: &[u8]) -> bool {
    !of_program(name).is_empty()
}

/// Whether a payload is the one of a program's messages, and the only one: `sshd` speaks on switches too.
#[must_use]
pub fn speaks(payload: &dyn Payload, program: &[u8]) -> bool {
    matches!(of_program(program), [at] if PAYLOADS[*at].about().id == payload.about().id)
}

/// Whether a message shows itself what it is, whoever wrote it.
#[must_use]
pub fn claimed(message: &[u8]) -> bool {
    PAYLOADS.iter().any(|payload| payload.claims(message))
}

/// Whether a text of no known program may say something that a payload knows: who, from where, tried what. Asking every
/// payload costs more than to read the record itself, and most lines of most logs hold none of these words.
#[must_use]
pub fn may_be_said(text: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "user",
        "User",
        "USER",
        "ogin",
        "OGIN",
        "uth",
        "UTH",
        "assword",
        "enied",
        "efused",
        "eject",
        "ailed",
        "FAILED",
        "ailure",
        "anned",
        "anning",
        "lient",
        "SRC=",
        "onnect",
        "HTTP/",
        "ession",
        "ttempt",
        "Blocked",
        "IP address",
        "request",
        "ccept",
        "ttack",
        "imit",
        "pam",
        "attacker",
        " IN ",
        "account",
    ];
    static FOUND: OnceLock<Option<Searcher>> = OnceLock::new();
    let text = &text[..text.len().min(4 << 10)];
    FOUND.get_or_init(|| Searcher::new(WORDS)).as_ref().is_none_or(|s| s.find(text).is_some())
}

/// Reads what a program says; false when nobody understands it (a level is still looked for).
///
/// `tag` is the program's name as the carrier gives it: a path, `sshd(pam_unix)`, or nothing.
pub fn message(tag: &[u8], message: &[u8], said: &mut Said<'_>) -> bool {
    // JSON first: its names say more than the sentences that happen to stand in it.
    if json::Json.claims(message) && json::Json.read(tag, message, said) {
        return true;
    }
    // `sshd(pam_unix)` is PAM speaking in sshd.
    let (name, module) = match memchr::memchr(b'(', tag) {
        Some(at) if tag.ends_with(b")") && at > 0 => (&tag[..at], &tag[at + 1..tag.len() - 1]),
        _ => (tag, b"".as_slice()),
    };
    let service = name.rsplit(|c| *c == b'/').next().unwrap_or(name);
    if module.starts_with(b"pam_") && pam::old_style(service, message, said) {
        return true;
    }
    if pam::message(service, message, said) {
        return true;
    }
    let mine = of_program(name);
    if mine.iter().any(|at| PAYLOADS[*at].read(name, message, said)) {
        return true;
    }
    let claimed = PAYLOADS.iter().enumerate().filter(|(at, _)| !mine.contains(at));
    for (_, payload) in claimed {
        if payload.claims(message) && payload.read(name, message, said) {
            return true;
        }
    }
    phrases::login(message, said);
    if let Some(at) = mine.first() {
        // What the program said is not known; that it was this program is.
        said.fields.text(known::EVENT_DATASET, PAYLOADS[*at].about().id);
    }
    false
}

/// A level from the words of a message that nobody understood; of those that are, the outcome says it better.
pub fn level_of_words(message: &[u8], fields: &mut Fields) {
    if !fields.has(known::LOG_LEVEL)
        && let Some(level) = severity::in_text(message)
    {
        fields.text(known::LOG_LEVEL, level);
    }
}
