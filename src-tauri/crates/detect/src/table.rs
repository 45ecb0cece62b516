//! Logins and connections as compact columns: what detectors compute on. Values are interned, a login takes 32
//! bytes; connections are kept as distinct (hour, source, destination) only, so that ten million of them between
//! few hosts stay small.

use crate::DetectError;
use rustc_hash::FxHashMap;
use std::net::IpAddr;
use timberline_model::time::HOUR;
use timberline_model::{Batch, BatchColumn, Ctx, EventId, EventStore, Filter, NO_TIME, TimeRange};

/// Stands for "the record does not say".
pub const NONE: u32 = u32::MAX;

/// Texts to numbers and back. Texts that differ in ASCII case only are one, as they are for filters; the first
/// spelling is kept for showing.
#[derive(Default)]
pub struct Names {
    by_text: FxHashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let key = text.to_ascii_lowercase();
        if let Some(code) = self.by_text.get(key.as_str()) {
            return *code;
        }
        let code = self.texts.len() as u32;
        self.by_text.insert(key.into(), code);
        self.texts.push(text.into());
        code
    }

    /// The text of a number; empty for [`NONE`].
    #[must_use]
    pub fn text(&self, code: u32) -> &str {
        self.texts.get(code as usize).map_or("", |t| t)
    }

    /// The number of a text.
    #[must_use]
    pub fn code(&self, text: &str) -> Option<u32> {
        self.by_text.get(text.to_ascii_lowercase().as_str()).copied()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The numbers of a batch's column, row by row. A dictionary entry is interned when a row first uses it:
    /// dictionaries hold many texts that no selected row has.
    pub(crate) fn codes(&mut self, column: Option<&BatchColumn>, rows: usize) -> Vec<u32> {
        match column {
            Some(BatchColumn::Text { dict, codes }) => {
                let mut known = vec![NONE; dict.len()];
                codes
                    .iter()
                    .map(|code| {
                        let (Some(slot), Some(text)) =
                            (known.get_mut(*code as usize), dict.get(*code as usize))
                        else {
                            return NONE;
                        };
                        if *slot == NONE && !text.is_empty() && **text != *"-" {
                            *slot = self.intern(text);
                        }
                        *slot
                    })
                    .collect()
            }
            Some(column @ (BatchColumn::Int(_) | BatchColumn::Float(_))) => {
                (0..rows).map(|row| column.value(row).map_or(NONE, |v| self.intern(&v.show()))).collect()
            }
            Some(BatchColumn::Missing) | None => vec![NONE; rows],
        }
    }
}

/// One login attempt.
#[derive(Clone, Copy, Debug)]
pub struct Login {
    /// When, ns since 1970 UTC.
    pub time: i64,
    /// Which event.
    pub id: EventId,
    /// From where: a number of [`Logins::sources`], or [`NONE`].
    pub source: u32,
    /// As whom: a number of [`Logins::users`], or [`NONE`].
    pub user: u32,
    /// Where to: a number of [`Logins::hosts`], or [`NONE`].
    pub host: u32,
    /// How many times (`event.count` of repeated messages), at least 1.
    pub weight: u16,
    flags: u8,
}

impl Login {
    const SUCCESS: u8 = 1;
    const ELEVATION: u8 = 2;
    const NO_SUCH_USER: u8 = 4;
    const REAL_USER: u8 = 8;
    const REMOTE_DESKTOP: u8 = 16;
    const BY_MACHINE: u8 = 32;

    /// Whether it was let in.
    #[must_use]
    pub fn success(&self) -> bool {
        self.flags & Self::SUCCESS != 0
    }

    /// Whether it was sudo, su or the like: a change of account by someone already inside, no login from outside.
    #[must_use]
    pub fn elevation(&self) -> bool {
        self.flags & Self::ELEVATION != 0
    }

    /// Whether the record says that there is no such account.
    #[must_use]
    pub fn no_such_user(&self) -> bool {
        self.flags & Self::NO_SUCH_USER != 0
    }

    /// Whether the record says that the account exists though the password was wrong.
    #[must_use]
    pub fn real_user(&self) -> bool {
        self.flags & Self::REAL_USER != 0
    }

    /// Whether it was a remote desktop (Windows logon types 10 and 12).
    #[must_use]
    pub fn remote_desktop(&self) -> bool {
        self.flags & Self::REMOTE_DESKTOP != 0
    }

    /// Whether a service, a batch job or an unlocked screen logged in (Windows logon types 0, 4, 5, 7, 9, 13): nobody came.
    #[must_use]
    pub fn by_machine(&self) -> bool {
        self.flags & Self::BY_MACHINE != 0
    }
}

/// Every dated login attempt with an outcome, in time order.
#[derive(Default)]
pub struct Logins {
    /// The attempts, by time, then by event number.
    pub rows: Vec<Login>,
    /// Addresses (or host names, where the log has no address).
    pub sources: Names,
    /// Accounts.
    pub users: Names,
    /// Systems logged in to.
    pub hosts: Names,
    /// For each source whether it lies inside: see [`is_inside`].
    pub inside: Vec<bool>,
    /// Rows by source, each group in time order; rows without one are in the last group.
    pub by_source: Groups,
}

/// The filter that makes a login attempt.
#[must_use]
pub fn login_filter() -> Filter {
    Filter::is("event.category", "authentication")
        .and(Filter::any_of("event.outcome", &["success", "failure"]))
}

const LOGIN_FIELDS: [&str; 9] = [
    "event.outcome",
    "source.ip",
    "user.name",
    "host.name",
    "event.action",
    "event.count",
    "winlog.event_data.SubStatus",
    "event.reason",
    "winlog.logon.type",
];

/// What `event.reason` says where the account does not exist, in lower case: sshd, mail, FTP and database daemons; Windows'
/// status 0xC0000064 and Kerberos' 0x6; Entra ID's 50034; a console login to AWS.
pub const NO_SUCH_USER: [&str; 9] = [
    "no such user",
    "invalid user",
    "invalid_user",
    "no_such_user",
    "unknown user",
    "user name does not exist",
    "user does not exist",
    "user_not_found",
    "no username found in supplied account",
];

impl Logins {
    /// Gathers them from a store.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(events: &dyn EventStore, range: TimeRange, ctx: &Ctx<'_>) -> Result<Self, DetectError> {
        let mut logins = Self::default();
        events.scan(range, &login_filter(), &LOGIN_FIELDS, ctx, &mut |batch| {
            logins.take(batch);
            true
        })?;
        ctx.check()?;
        logins.rows.sort_by_key(|r| (r.time, r.id));
        logins.inside = (0..logins.sources.len() as u32).map(|s| is_inside(logins.sources.text(s))).collect();
        logins.by_source = Groups::new(&logins.rows, logins.sources.len(), |r| r.source);
        Ok(logins)
    }

    fn take(&mut self, batch: &Batch) {
        let rows = batch.ids.len();
        let column = |at: usize| batch.columns.get(at);
        let flag = |at: usize, bits: fn(&str) -> u8| flags_of(column(at), rows, bits);
        let outcome = flag(0, |t| if t.eq_ignore_ascii_case("success") { Login::SUCCESS } else { 0 });
        let action = flag(4, |t| match t.to_ascii_lowercase().as_str() {
            "sudo" | "su" | "doas" | "pkexec" => Login::ELEVATION,
            _ => 0,
        });
        let status = flag(6, |t| match t.to_ascii_lowercase().as_str() {
            // NTSTATUS: no such user; wrong password; account locked out.
            "0xc0000064" => Login::NO_SUCH_USER,
            "0xc000006a" | "0xc0000234" => Login::REAL_USER,
            _ => 0,
        });
        let reason = flag(7, |t| match t.to_ascii_lowercase().as_str() {
            t if NO_SUCH_USER.contains(&t) => Login::NO_SUCH_USER,
            "user name is correct but the password is wrong" | "account locked out" => Login::REAL_USER,
            _ => 0,
        });
        let kind = flag(8, |t| match t {
            "RemoteInteractive" | "CachedRemoteInteractive" | "10" | "12" => Login::REMOTE_DESKTOP,
            "System" | "Batch" | "Service" | "Unlock" | "NewCredentials" | "CachedUnlock" => {
                Login::BY_MACHINE
            }
            _ => 0,
        });
        let source = self.sources.codes(column(1), rows);
        let user = self.users.codes(column(2), rows);
        let host = self.hosts.codes(column(3), rows);
        let weight = |row: usize| {
            let count = column(5).and_then(|c| c.value(row)).and_then(|v| v.number()).unwrap_or(1.0);
            count.clamp(1.0, f64::from(u16::MAX)) as u16
        };
        self.rows.reserve(rows);
        for (row, (&id, &time)) in batch.ids.iter().zip(&batch.times).enumerate() {
            if time == NO_TIME {
                continue;
            }
            let at = |codes: &[u32]| codes.get(row).copied().unwrap_or(NONE);
            let bit = |bits: &[u8]| bits.get(row).copied().unwrap_or(0);
            self.rows.push(Login {
                time,
                id,
                source: at(&source),
                user: at(&user),
                host: at(&host),
                weight: weight(row),
                flags: bit(&outcome) | bit(&action) | bit(&status) | bit(&reason) | bit(&kind),
            });
        }
    }

    /// The attempts of one source in time order; `NONE` gives those without.
    pub fn of_source(&self, source: u32) -> impl DoubleEndedIterator<Item = &Login> + Clone {
        self.by_source.group(source).iter().filter_map(|i| self.rows.get(*i as usize))
    }

    /// Numbers of all sources.
    pub fn all_sources(&self) -> std::ops::Range<u32> {
        0..self.sources.len() as u32
    }

    /// Whether a source lies inside.
    #[must_use]
    pub fn is_inside(&self, source: u32) -> bool {
        self.inside.get(source as usize).copied().unwrap_or(false)
    }

    /// The part of the rows with `from <= time < to`.
    #[must_use]
    pub fn between(&self, from: i64, to: i64) -> &[Login] {
        let start = self.rows.partition_point(|r| r.time < from);
        let end = self.rows.partition_point(|r| r.time < to);
        self.rows.get(start..end.max(start)).unwrap_or_default()
    }

    /// Time of the first and of the last attempt.
    #[must_use]
    pub fn span(&self) -> Option<(i64, i64)> {
        Some((self.rows.first()?.time, self.rows.last()?.time))
    }

    /// Why a detector of logins cannot look, if it cannot: `sourced` ones need the address.
    #[must_use]
    pub fn lacks(&self, sourced: bool) -> Option<String> {
        if self.rows.is_empty() {
            return Some(
                "no dated event says whether a login succeeded (event.category : authentication with event.outcome)"
                    .into(),
            );
        }
        (sourced && self.sources.is_empty())
            .then(|| "no login names the address it came from (source.ip)".into())
    }
}

pub(crate) fn flags_of(column: Option<&BatchColumn>, rows: usize, bits: fn(&str) -> u8) -> Vec<u8> {
    match column {
        Some(BatchColumn::Text { dict, codes }) => {
            // 0xff: not looked at yet.
            let mut known = vec![0xff; dict.len()];
            codes
                .iter()
                .map(|code| {
                    let (Some(slot), Some(text)) = (known.get_mut(*code as usize), dict.get(*code as usize))
                    else {
                        return 0;
                    };
                    if *slot == 0xff {
                        *slot = bits(text);
                    }
                    *slot
                })
                .collect()
        }
        _ => vec![0; rows],
    }
}

/// Indexes of rows by a key, made in two passes over the rows (a counting sort), so each group keeps the rows' order.
#[derive(Default)]
pub struct Groups {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    /// Groups rows by `key` (below `keys`, or [`NONE`]).
    #[must_use]
    pub fn new(rows: &[Login], keys: usize, key: impl Fn(&Login) -> u32) -> Self {
        let slot = |row: &Login| (key(row) as usize).min(keys);
        let mut starts = vec![0u32; keys + 2];
        for row in rows {
            starts[slot(row) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0u32; rows.len()];
        for (at, row) in rows.iter().enumerate() {
            let place = &mut next[slot(row)];
            order[*place as usize] = at as u32;
            *place += 1;
        }
        Self { starts, rows: order }
    }

    /// The indexes of the rows with this key.
    #[must_use]
    pub fn group(&self, key: u32) -> &[u32] {
        let key = (key as usize).min(self.starts.len().saturating_sub(2));
        match (self.starts.get(key), self.starts.get(key + 1)) {
            (Some(from), Some(to)) => self.rows.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// Whether an address belongs to somebody's inside: private, shared, loopback or link-local space. A name without
/// a dot is taken as inside, another name as outside.
#[must_use]
pub fn is_inside(address: &str) -> bool {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, ..] = ip.octets();
            // 100.64.0.0/10 is shared address space (RFC 6598).
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => !address.contains('.'),
    }
}

/// Whether an address names many hosts, or none: multicast, broadcast, unspecified.
#[must_use]
pub fn is_many(address: &str) -> bool {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            ip.is_multicast() || ip.is_broadcast() || ip.is_unspecified() || ip.octets()[3] == 255
        }
        Ok(IpAddr::V6(ip)) => ip.is_multicast() || ip.is_unspecified(),
        Err(_) => false,
    }
}

/// The network that an address is one of, for "seen before": the /24 of IPv4, the /64 of IPv6, a name itself.
#[must_use]
pub fn network_of(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(ip) => {
            let bits = if ip.is_ipv4() { 24 } else { 64 };
            ipnet::IpNet::new(ip, bits).map_or_else(|_| address.to_owned(), |n| n.trunc().to_string())
        }
        Err(_) => address.to_ascii_lowercase(),
    }
}

/// Administration ports: what a sweep looks for and what moving on uses. Source: Elastic's network sweep rule
/// (21, 22, 23, 25, 139, 445, 3389, 5985, 5986), with RPC and the usual databases added.
pub const ADMIN_PORTS: [u16; 14] = [21, 22, 23, 25, 135, 139, 445, 1433, 3306, 3389, 5432, 5900, 5985, 5986];

/// One source in contact with one destination in one hour, at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contact {
    /// Who: a number of [`Flows::hosts`].
    pub source: u32,
    /// Hours since 1970 UTC.
    pub hour: u32,
    /// With whom: a number of [`Flows::hosts`].
    pub destination: u32,
}

/// Who contacted whom, by the hour. Web, name and time traffic to the outside is left out: browsing reaches
/// hundreds of outside systems an hour and says nothing of sweeps.
#[derive(Default)]
pub struct Flows {
    /// Distinct contacts by source, then hour, then destination.
    pub contacts: Vec<Contact>,
    /// Addresses.
    pub hosts: Names,
    /// Connections looked at.
    pub seen: u64,
    /// For each address whether it names many hosts, and whether it lies inside.
    kinds: Vec<(bool, bool)>,
}

/// The filter that makes a connection.
#[must_use]
pub fn flow_filter() -> Filter {
    Filter::is("event.category", "network")
        .and(Filter::exists("source.ip"))
        .and(Filter::exists("destination.ip"))
}

impl Flows {
    /// Gathers them from a store.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(events: &dyn EventStore, range: TimeRange, ctx: &Ctx<'_>) -> Result<Self, DetectError> {
        let mut flows = Self::default();
        let mut compact_at = 1 << 20;
        let fields = ["source.ip", "destination.ip", "destination.port"];
        events.scan(range, &flow_filter(), &fields, ctx, &mut |batch| {
            flows.take(batch);
            if flows.contacts.len() >= compact_at {
                flows.compact();
                compact_at = (flows.contacts.len() * 2).max(1 << 20);
            }
            true
        })?;
        ctx.check()?;
        flows.compact();
        Ok(flows)
    }

    fn compact(&mut self) {
        self.contacts.sort_unstable();
        self.contacts.dedup();
    }

    fn take(&mut self, batch: &Batch) {
        let rows = batch.ids.len();
        let source = self.hosts.codes(batch.columns.first(), rows);
        let destination = self.hosts.codes(batch.columns.get(1), rows);
        for text in self.hosts.texts.iter().skip(self.kinds.len()) {
            self.kinds.push((is_many(text), is_inside(text)));
        }
        for (row, &time) in batch.times.iter().enumerate() {
            if time == NO_TIME || time < 0 {
                continue;
            }
            self.seen += 1;
            let (Some(&source), Some(&destination)) = (source.get(row), destination.get(row)) else {
                continue;
            };
            let Some(&(is_many, inside)) = self.kinds.get(destination as usize) else { continue };
            if source == NONE || is_many {
                continue;
            }
            if !inside {
                let port = batch.columns.get(2).and_then(|c| c.value(row)).and_then(|v| v.number());
                if !port.is_some_and(|p| ADMIN_PORTS.contains(&(p as u16))) {
                    continue;
                }
            }
            self.contacts.push(Contact { source, hour: (time / HOUR) as u32, destination });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use timberline_model::reference::{MemoryStore, event};

    #[test]
    fn addresses_are_inside_or_outside() {
        for (address, inside) in [
            ("10.20.0.15", true),
            ("::ffff:10.1.2.3", true),
            ("100.64.1.1", true),
            ("172.32.0.1", false),
            ("203.0.113.24", false),
            ("fd00::1", true),
            ("2001:db8::1", false),
            ("backup-01", true),
            ("host.example.org", false),
        ] {
            assert_eq!(is_inside(address), inside, "{address}");
        }
        assert!(
            is_many("224.0.0.251") && is_many("10.0.0.255") && is_many("ff02::fb") && !is_many("10.0.0.25")
        );
        assert_eq!(network_of("203.0.113.24"), "203.0.113.0/24");
        assert_eq!(network_of("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
        assert_eq!(network_of("Gate"), "gate");
    }

    #[test]
    fn logins_are_interned_weighed_and_in_time_order() {
        let login = |n: u32, time: i64, outcome: &str, user: &str, count: i64| {
            event(
                1,
                n,
                Some(time),
                &[
                    ("event.category", "authentication".into()),
                    ("event.outcome", outcome.into()),
                    ("user.name", user.into()),
                    ("source.ip", "10.0.0.1".into()),
                    ("event.count", count.into()),
                ],
            )
        };
        let store = MemoryStore::new(vec![
            login(0, 50, "failure", "Root", 5),
            login(1, 20, "success", "root", 1),
            login(2, 30, "unknown", "root", 1),
        ]);
        let logins = Logins::gather(&store, TimeRange::ALL, &Ctx::default()).unwrap();
        let rows: Vec<_> = logins.rows.iter().map(|r| (r.time, r.success(), r.user, r.weight)).collect();
        assert_eq!(rows, [(20, true, 0, 1), (50, false, 0, 5)]);
        assert_eq!(logins.users.text(0), "Root");
        assert_eq!(logins.of_source(0).count(), 2);
        assert_eq!(logins.of_source(NONE).count(), 0);
        assert_eq!(logins.between(20, 50).len(), 1);
        assert_eq!(size_of::<Login>(), 32);
    }
}
