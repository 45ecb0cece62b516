//! One machine, several names: an address in one log, a short name in another, a full name in a third. Which belong together is
//! read from logs that say both in one breath; a name that belongs to many machines belongs to none. No log is written here.

use crate::DetectError;
use crate::table::{ADMIN_PORTS, is_inside};
use rustc_hash::FxHashMap;
use timberline_model::value::MULTI;
use timberline_model::{Ctx, EventStore, Filter, Pattern, TimeRange, Value};

/// At most so many pairs are looked at for each way of learning names.
const PAIRS: u32 = 20_000;
/// An address is a name's when so much of what it says goes with that name.
const MOSTLY: f64 = 0.7;
/// A name with more addresses than this is a service or a pool, no machine.
const ADDRESSES: usize = 4;

/// Which names are the same machine.
#[derive(Default)]
pub struct Hosts {
    /// For each text in lower case the group that it is in.
    group_of: FxHashMap<String, usize>,
    /// The texts of each group, as they were met.
    groups: Vec<Vec<String>>,
}

impl Hosts {
    /// Learns them from a case.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(events: &dyn EventStore, range: TimeRange, ctx: &Ctx<'_>) -> Result<Self, DetectError> {
        let mut pairs: Vec<(String, String, f64)> = Vec::new();
        let machine = Filter::Match {
            field: "user.name".into(),
            pattern: Pattern::wild(vec![String::new(), "$".into()]),
        };
        let outbound =
            Filter::any_of("network.direction", &["outbound", "egress"]).and(Filter::exists("process.pid"));
        let ways: [(Filter, &str, &str); 5] = [
            (Filter::All, "host.name", "host.ip"),
            (Filter::All, "source.domain", "source.ip"),
            // Zeek's DHCP and DNS logs say which address a name has.
            (Filter::is("event.dataset", "dhcp"), "host.name", "dhcp.assigned_ip"),
            // A machine's own account comes from the machine.
            (machine, "user.name", "source.ip"),
            (outbound, "host.name", "source.ip"),
        ];
        for (filter, name, address) in ways {
            let filter = filter.and(Filter::exists(name)).and(Filter::exists(address));
            for row in events.top(range, filter, &[name, address], PAIRS, ctx)? {
                let [name, address] = &row.values[..] else { continue };
                let (name, address) = (plain(name), plain(address));
                if let (Some(name), Some(address)) = (name, address)
                    && is_address(&address)
                    && is_inside(&address)
                {
                    pairs.push((name.trim_end_matches('$').to_owned(), address, row.count as f64));
                }
            }
        }
        let mut hosts = Self::default();
        hosts.join_pairs(&pairs);
        hosts.join_by_logins(events, range, ctx)?;
        hosts.join_full_names(events, range, ctx)?;
        Ok(hosts)
    }

    /// Joins what goes together mostly, both ways.
    fn join_pairs(&mut self, pairs: &[(String, String, f64)]) {
        let mut of_address: FxHashMap<&str, FxHashMap<String, f64>> = FxHashMap::default();
        let mut of_name: FxHashMap<String, FxHashMap<&str, f64>> = FxHashMap::default();
        for (name, address, weight) in pairs {
            if name.is_empty() || is_address(name) || is_nobody(name) {
                continue;
            }
            let lower = name.to_ascii_lowercase();
            *of_address.entry(address).or_default().entry(lower.clone()).or_default() += weight;
            *of_name.entry(lower).or_default().entry(address).or_default() += weight;
        }
        let mut names: Vec<(String, String)> = Vec::new();
        for (name, addresses) in &of_name {
            if addresses.len() > ADDRESSES {
                continue;
            }
            for address in addresses.keys() {
                let Some(all) = of_address.get(address) else { continue };
                // `WEB-02` and `web-02.example.org` are one name here.
                let mine: f64 =
                    all.iter().filter(|(n, _)| short(n) == short(name)).map(|(_, weight)| weight).sum();
                if mine >= MOSTLY * all.values().sum::<f64>() {
                    names.push((name.clone(), (*address).to_owned()));
                }
            }
        }
        names.sort();
        for (name, address) in &names {
            self.join(name, address);
        }
    }

    /// A log of logins names its host and the addresses that knock; a log of connections names the address that they knock
    /// at. Where nearly all that knock at a host's door knock at one address, and no other host fits better, it is the host's.
    fn join_by_logins(
        &mut self,
        events: &dyn EventStore,
        range: TimeRange,
        ctx: &Ctx<'_>,
    ) -> Result<(), DetectError> {
        let logins = Filter::is("event.category", "authentication")
            .and(Filter::exists("host.name"))
            .and(Filter::exists("source.ip"));
        let doors = Filter::is("event.category", "network").and(Filter::Or(
            ADMIN_PORTS.iter().map(|p| Filter::is("destination.port", &p.to_string())).collect(),
        ));
        let knocked = events.top(range, logins, &["host.name", "source.ip"], PAIRS, ctx)?;
        if knocked.is_empty() {
            return Ok(());
        }
        let met = events.top(range, doors, &["source.ip", "destination.ip"], 4 * PAIRS, ctx)?;
        let mut doors_of: FxHashMap<String, Vec<String>> = FxHashMap::default();
        for row in &met {
            if let [source, destination] = &row.values[..]
                && let (Some(source), Some(destination)) = (plain(source), plain(destination))
                && is_inside(&destination)
            {
                doors_of.entry(source).or_default().push(destination);
            }
        }
        let mut votes: FxHashMap<String, (f64, FxHashMap<String, f64>)> = FxHashMap::default();
        for row in &knocked {
            let [host, source] = &row.values[..] else { continue };
            let (Some(host), Some(source)) = (plain(host), plain(source)) else { continue };
            let Some(doors) = doors_of.get(&source) else { continue };
            // Who knocks everywhere tells little.
            let weight = 1.0 / doors.len() as f64;
            let (sum, by) = votes.entry(host.to_ascii_lowercase()).or_default();
            *sum += weight;
            for door in doors {
                *by.entry(door.clone()).or_default() += weight;
            }
        }
        let mut found: Vec<(String, String, f64)> = Vec::new();
        for (host, (sum, by)) in votes {
            let mut ranked: Vec<(String, f64)> = by.into_iter().collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            let Some((address, most)) = ranked.first() else { continue };
            let second = ranked.get(1).map_or(0.0, |r| r.1);
            if sum >= 1.5 && *most >= 0.6 * sum && *most >= 2.0 * second {
                found.push((host, address.clone(), *most));
            }
        }
        // An address is one host's: the one that it fits best.
        found.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
        for (host, address, _) in &found {
            let named = |text: &str| self.names(text).iter().any(|n| !is_address(n));
            let addressed = |text: &str| self.names(text).iter().any(|n| is_address(n));
            if !named(address) && !addressed(host) {
                self.join(host, address);
            }
        }
        Ok(())
    }

    /// `web-02.example.org` is `web-02`, where no other full name begins so.
    fn join_full_names(
        &mut self,
        events: &dyn EventStore,
        range: TimeRange,
        ctx: &Ctx<'_>,
    ) -> Result<(), DetectError> {
        let mut full: FxHashMap<String, Vec<String>> = FxHashMap::default();
        for row in events.top(range, Filter::exists("host.name"), &["host.name"], PAIRS, ctx)? {
            let Some(name) = row.values.first().and_then(plain) else { continue };
            if !is_address(&name) {
                let lower = name.to_ascii_lowercase();
                full.entry(short(&lower).to_owned()).or_default().push(lower);
            }
        }
        let mut all: Vec<(String, Vec<String>)> = full.into_iter().collect();
        all.sort();
        for (short, mut names) in all {
            names.sort();
            names.dedup();
            let domains = names.iter().filter(|n| n.len() > short.len()).count();
            if domains <= 1 {
                for name in &names {
                    self.join(&short, name);
                }
            }
        }
        Ok(())
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
        let group = match (self.group_of.get(&a).copied(), self.group_of.get(&b).copied()) {
            (Some(x), Some(y)) if x == y => return,
            (Some(x), Some(y)) => {
                let (keep, drop) = (x.min(y), x.max(y));
                let moved = std::mem::take(&mut self.groups[drop]);
                for text in moved {
                    self.group_of.insert(text.clone(), keep);
                    self.groups[keep].push(text);
                }
                return;
            }
            (Some(x), None) | (None, Some(x)) => x,
            (None, None) => {
                self.groups.push(Vec::new());
                self.groups.len() - 1
            }
        };
        for text in [a, b] {
            if self.group_of.insert(text.clone(), group).is_none() {
                self.groups[group].push(text);
            }
        }
    }

    /// Every name of the machine that a text names, in the order in which they were learnt; none where only one is known.
    #[must_use]
    pub fn names(&self, text: &str) -> &[String] {
        let group = self.group_of.get(&text.to_ascii_lowercase());
        group.and_then(|g| self.groups.get(*g)).map_or(&[], Vec::as_slice)
    }

    /// One text for a machine, whichever of its names is given: the shortest name, else the address.
    #[must_use]
    pub fn canonical(&self, text: &str) -> String {
        let names = self.names(text).iter().filter(|n| !is_address(n));
        let best = names.min_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        best.cloned().unwrap_or_else(|| text.to_ascii_lowercase())
    }
}

/// A value that is one plain text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.is_empty() && !text.contains(MULTI) => Some(text.clone()),
        _ => None,
    }
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// Names that say which machine is meant only to the machine itself.
fn is_nobody(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "localhost" | "-" | "unknown" | "(none)" | "workstation" | "kali"
    )
}

/// A name without its domain.
fn short(name: &str) -> &str {
    if is_address(name) { name } else { name.split('.').next().unwrap_or(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use timberline_model::reference::{MemoryStore, event};

    #[test]
    fn names_and_addresses_of_one_machine_are_joined_and_a_pools_are_not() {
        let mut hosts = Hosts::default();
        let pair = |n: &str, a: &str, w: f64| (n.to_owned(), a.to_owned(), w);
        let mut pairs = vec![
            pair("WS-7", "10.0.0.7", 30.0),
            pair("ws-7.example.org", "10.0.0.7", 4.0),
            pair("guest", "10.0.0.7", 1.0),
        ];
        pairs.extend((1..9).map(|n| pair("pool", &format!("10.9.0.{n}"), 5.0)));
        hosts.join_pairs(&pairs);
        assert_eq!(hosts.canonical("10.0.0.7"), "ws-7");
        assert_eq!(hosts.canonical("ws-7.example.org"), "ws-7");
        assert_eq!(hosts.canonical("guest"), "guest");
        assert_eq!(hosts.canonical("10.9.0.1"), "10.9.0.1");
    }

    #[test]
    fn a_host_of_logins_gets_the_address_at_which_the_same_sources_knock() {
        let mut events = Vec::new();
        for n in 0..6u32 {
            let source = format!("198.51.100.{n}");
            let (host, door) = if n % 2 == 0 { ("web-02", "10.20.0.15") } else { ("gate", "10.20.0.5") };
            events.push(event(
                1,
                n,
                Some(i64::from(n)),
                &[
                    ("event.category", "authentication".into()),
                    ("host.name", host.into()),
                    ("source.ip", source.as_str().into()),
                ],
            ));
            events.push(event(
                2,
                n,
                Some(i64::from(n)),
                &[
                    ("event.category", "network".into()),
                    ("source.ip", source.as_str().into()),
                    ("destination.ip", door.into()),
                    ("destination.port", 22i64.into()),
                ],
            ));
        }
        let store = MemoryStore::new(events);
        let hosts = Hosts::gather(&store, TimeRange::ALL, &Ctx::default()).unwrap();
        assert_eq!(hosts.canonical("10.20.0.15"), "web-02");
        assert_eq!(hosts.canonical("10.20.0.5"), "gate");
    }
}
