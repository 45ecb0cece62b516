//! Traffic as compact tables: who sent how much to whom (pairs), on which days, and which ports of whom were tried (probes). What
//! beacons, long connections, exfiltration, sweeps and port scans are computed on. All are distinct combinations, never rows, so
//! that ten million connections between few hosts stay small; the few that become cards are read again.

use crate::DetectError;
use crate::domains;
use crate::table::{NONE, Names, flags_of, is_inside, is_many};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Batch, BatchColumn, Ctx, EventId, EventStore, Filter, NO_TIME, TimeRange};

/// Bins of the whole span, as in RITA.
pub const BINS: i64 = 24;
/// Pairs that are kept; beyond, new ones are left out.
const MOST_PAIRS: usize = 1_500_000;
/// Tries kept of one source: far above every threshold.
const MOST_PROBES: u32 = 50_000;
/// The port of tries that have none: ICMP.
pub const ICMP: u16 = 0;

/// By what a destination is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Its address.
    Address,
    /// The host of a request or of a TLS handshake.
    Name,
    /// The registered domain that was asked for.
    Dns,
}

/// One record of traffic.
pub struct Flow {
    /// Its number.
    pub id: EventId,
    /// When, ns.
    pub time: i64,
    /// Which kind of log: a number of [`Reader::sets`], or [`NONE`].
    pub set: u32,
    /// Who: a number of [`Reader::hosts`].
    pub source: u32,
    /// With whom: a number of [`Reader::hosts`].
    pub destination: u32,
    /// By what the destination is named.
    pub kind: Kind,
    /// Bytes sent and received, where the log says so.
    pub bytes: Option<(u64, u64)>,
    /// How long it lasted, ns.
    pub duration: i64,
}

/// Who and with whom, as numbers.
#[derive(Default)]
pub struct Reader {
    /// Addresses and names.
    pub hosts: Names,
    /// Kinds of logs (`event.dataset`).
    pub sets: Names,
    /// For each host whether it names many, and whether it lies inside.
    kinds: Vec<(bool, bool)>,
}

const FIELDS: [&str; 19] = [
    "source.ip",
    "destination.ip",
    "destination.port",
    "source.port",
    "url.domain",
    "tls.client.server_name",
    "dns.question.name",
    "source.bytes",
    "destination.bytes",
    "http.request.body.bytes",
    "http.response.body.bytes",
    "event.duration",
    "zeek.connection.state",
    "event.outcome",
    "event.action",
    "network.transport",
    "event.dataset",
    "url.scheme",
    "source.packets",
];

/// The filter that makes a record of traffic.
#[must_use]
pub fn filter() -> Filter {
    Filter::exists("source.ip").and(Filter::Or(vec![
        Filter::any_of("event.category", &["network", "web"]),
        Filter::exists("dns.question.name"),
    ]))
}

fn number(column: Option<&BatchColumn>, row: usize) -> Option<i64> {
    match column? {
        BatchColumn::Int(values) => *values.get(row)?,
        BatchColumn::Float(values) => values.get(row)?.map(|x| x as i64),
        column @ BatchColumn::Text { .. } => column.text(row)?.parse().ok(),
        BatchColumn::Missing => None,
    }
}

/// The numbers of a column of names that are asked for, by the domain that somebody registered.
fn registered(hosts: &mut Names, column: Option<&BatchColumn>, rows: usize) -> Vec<u32> {
    let Some(BatchColumn::Text { dict, codes }) = column else { return vec![NONE; rows] };
    let mut known: Vec<Option<u32>> = vec![None; dict.len()];
    codes
        .iter()
        .map(|code| {
            let (Some(slot), Some(text)) = (known.get_mut(*code as usize), dict.get(*code as usize)) else {
                return NONE;
            };
            *slot.get_or_insert_with(|| domains::split(text).map_or(NONE, |(_, domain)| hosts.intern(domain)))
        })
        .collect()
}

/// Bits of what became of a try.
const FAILED: u8 = 1;
const HELD: u8 = 2;

impl Reader {
    /// Whether a host lies inside, by its address or its name.
    #[must_use]
    pub fn is_inside(&self, host: u32) -> bool {
        self.kinds.get(host as usize).is_some_and(|k| k.1)
    }

    fn learn(&mut self) {
        for code in self.kinds.len()..self.hosts.len() {
            let text = self.hosts.text(code as u32);
            let address = text.parse::<std::net::IpAddr>().is_ok();
            let inside = if address { is_inside(text) } else { domains::is_local(text) };
            self.kinds.push((is_many(text), inside));
        }
    }

    /// Reads a batch of [`filter`] with the fields of this module: each record with both ends to `flow`, each try at a port
    /// of an address to `probe` as (time, source, destination, port, what became of it).
    fn read(
        &mut self,
        batch: &Batch,
        mut flow: impl FnMut(&Self, Flow),
        mut probe: impl FnMut(&Self, i64, u32, u32, u16, u8),
    ) {
        let rows = batch.ids.len();
        let column = |at: usize| batch.columns.get(at);
        let source = self.hosts.codes(column(0), rows);
        let address = self.hosts.codes(column(1), rows);
        let domain = self.hosts.codes(column(4), rows);
        let hello = self.hosts.codes(column(5), rows);
        let asked = registered(&mut self.hosts, column(6), rows);
        let set = self.sets.codes(column(16), rows);
        self.learn();
        let state = flags_of(column(12), rows, |t| match t {
            "S0" | "REJ" | "RSTOS0" | "RSTRH" | "SH" | "SHR" => FAILED,
            "SF" | "S1" | "S2" | "S3" | "RSTO" | "RSTR" => HELD,
            _ => 0,
        });
        let outcome = flags_of(column(13), rows, |t| match t {
            "failure" => FAILED,
            "success" => HELD,
            _ => 0,
        });
        let action = flags_of(column(14), rows, |t| {
            let lower = t.to_ascii_lowercase();
            if ["den", "drop", "block", "reject", "refus", "discard"].iter().any(|w| lower.contains(w)) {
                FAILED
            } else if lower.contains("accept") || lower.contains("allow") || lower.contains("permit") {
                HELD
            } else {
                0
            }
        });
        let icmp =
            flags_of(column(15), rows, |t| u8::from(matches!(t, "icmp" | "ipv6-icmp" | "icmpv6" | "icmp6")));
        for (row, (&id, &time)) in batch.ids.iter().zip(&batch.times).enumerate() {
            let at = |codes: &[u32]| codes.get(row).copied().unwrap_or(NONE);
            let bit = |bits: &[u8]| bits.get(row).copied().unwrap_or(0);
            let (source, address) = (at(&source), at(&address));
            let Some(&(many, _)) = self.kinds.get(source as usize).filter(|_| time != NO_TIME && time >= 0)
            else {
                continue;
            };
            if many {
                continue;
            }
            let to = number(column(2), row).and_then(|p| u16::try_from(p).ok());
            let mut name = at(&hello);
            if name == NONE && (address != NONE || number_or_text(column(17), row)) {
                name = at(&domain);
            }
            let (destination, kind) = match (at(&asked), name, address) {
                (NONE, NONE, NONE) => continue,
                (NONE, NONE, address) => (address, Kind::Address),
                // A request to an address is named by it.
                (NONE, name, _) if self.hosts.text(name).parse::<std::net::IpAddr>().is_ok() => {
                    (name, Kind::Address)
                }
                (NONE, name, _) => (name, Kind::Name),
                (asked, _, _) => (asked, Kind::Dns),
            };
            let is_dns = number_or_text(column(6), row);
            if is_dns && kind != Kind::Dns {
                continue;
            }
            let many = |host: u32| self.kinds.get(host as usize).is_some_and(|k| k.0);
            // Names are asked of resolvers and times of time servers all day long; a name's own traffic is told by the name.
            let service =
                kind == Kind::Address && matches!(to, Some(53 | 123 | 137 | 138 | 1900 | 5353 | 5355));
            if self.is_inside(source) && !many(destination) && !service && source != destination {
                let sent = number(column(7), row).or_else(|| number(column(9), row));
                let got = number(column(8), row).or_else(|| number(column(10), row));
                let bytes = (sent.is_some() || got.is_some())
                    .then(|| (sent.unwrap_or(0).max(0) as u64, got.unwrap_or(0).max(0) as u64));
                let duration = number(column(11), row).unwrap_or(0).max(0);
                flow(self, Flow { id, time, set: at(&set), source, destination, kind, bytes, duration });
            }
            let from = number(column(3), row);
            // What answers from a service's port is the other half of somebody's connection.
            let reply = matches!((from, to), (Some(from), Some(to)) if from < 1024 && to >= 1024);
            let port = if bit(&icmp) == 1 { Some(ICMP) } else { to.filter(|p| *p > 0) };
            if let Some(port) = port.filter(|_| !is_dns && address != NONE && !many(address) && !reply) {
                let mut fate = bit(&state);
                if fate == 0 {
                    fate = bit(&outcome) | bit(&action);
                }
                if fate == 0 && number(column(18), row).is_some_and(|n| n <= 2) {
                    fate = FAILED;
                }
                probe(self, time, source, address, port, fate);
            }
        }
    }
}

fn number_or_text(column: Option<&BatchColumn>, row: usize) -> bool {
    match column {
        Some(column @ BatchColumn::Text { .. }) => {
            column.text(row).is_some_and(|t| !t.is_empty() && t != "-")
        }
        other => number(other, row).is_some(),
    }
}

/// What one source had with one destination, as one kind of log saw it.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The kind of log.
    pub set: u32,
    /// Who.
    pub source: u32,
    /// With whom.
    pub destination: u32,
    /// By what it is named.
    pub kind: Kind,
    /// Records.
    pub count: u32,
    /// A bit for each of the [`BINS`] of the whole span that has a record.
    pub used: u32,
    /// First, ns.
    pub first_ns: i64,
    /// Last, ns.
    pub last_ns: i64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub got: u64,
    /// How long all lasted together, ns.
    pub duration: i64,
    /// The longest: how long, when it was written.
    pub longest: (i64, i64),
}

/// One try at one port of one destination in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    /// Who.
    pub source: u32,
    /// Hours since 1970 UTC.
    pub hour: u32,
    /// Whom.
    pub destination: u32,
    /// Which port; [`ICMP`] of none.
    pub port: u16,
    fate: u8,
}

impl Probe {
    /// Whether it was refused or got no answer, and never anything better.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.fate == FAILED
    }

    /// Whether the log says nothing of its fate.
    #[must_use]
    pub fn unknown(&self) -> bool {
        self.fate == 0
    }
}

/// All of it.
#[derive(Default)]
pub struct Traffic {
    /// Numbers to texts.
    pub names: Reader,
    /// Pairs from inside, by source, destination, kind and set.
    pub pairs: Vec<Pair>,
    /// Bytes sent and received by pair (its place in `pairs`) and day.
    pub days: FxHashMap<(u32, u32), (u64, u64)>,
    /// Tries, by source, hour, destination and port.
    pub probes: Vec<Probe>,
    /// Records looked at.
    pub seen: u64,
    /// The whole span, ns.
    pub span: (i64, i64),
    /// Different sources inside that each destination was contacted from.
    pub prevalence: FxHashMap<(Kind, u32), u32>,
    /// Different sources inside.
    pub insiders: u32,
}

impl Traffic {
    /// Gathers it from a store.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(events: &dyn EventStore, range: TimeRange, ctx: &Ctx<'_>) -> Result<Self, DetectError> {
        let mut traffic = Self::default();
        let span = events.span(range, filter(), ctx)?;
        let (Some(first), Some(last)) = (span.first_ns, span.last_ns) else { return Ok(traffic) };
        traffic.span = (first, last);
        let width = ((last - first) / BINS + 1).max(1);
        let mut names = Reader::default();
        let mut keys: FxHashMap<(u32, u32, u32, Kind), u32> = FxHashMap::default();
        let mut tries: FxHashMap<u32, u32> = FxHashMap::default();
        let (pairs, days, probes, seen) =
            (&mut traffic.pairs, &mut traffic.days, &mut traffic.probes, &mut traffic.seen);
        let mut compact_at = 1 << 20;
        events.scan(range, &filter(), &FIELDS, ctx, &mut |batch| {
            *seen += batch.ids.len() as u64;
            names.read(
                batch,
                |_, flow| {
                    let key = (flow.set, flow.source, flow.destination, flow.kind);
                    let at = match keys.get(&key) {
                        Some(at) => *at,
                        None if pairs.len() >= MOST_PAIRS => return,
                        None => {
                            keys.insert(key, pairs.len() as u32);
                            pairs.push(Pair {
                                set: flow.set,
                                source: flow.source,
                                destination: flow.destination,
                                kind: flow.kind,
                                count: 0,
                                used: 0,
                                first_ns: i64::MAX,
                                last_ns: i64::MIN,
                                sent: 0,
                                got: 0,
                                duration: 0,
                                longest: (0, 0),
                            });
                            pairs.len() as u32 - 1
                        }
                    };
                    let Some(pair) = pairs.get_mut(at as usize) else { return };
                    pair.count = pair.count.saturating_add(1);
                    pair.used |= 1 << ((flow.time - first) / width).clamp(0, BINS - 1);
                    pair.first_ns = pair.first_ns.min(flow.time);
                    pair.last_ns = pair.last_ns.max(flow.time);
                    pair.duration = pair.duration.saturating_add(flow.duration);
                    if flow.duration > pair.longest.0 {
                        pair.longest = (flow.duration, flow.time);
                    }
                    if let Some((sent, got)) = flow.bytes.filter(|(a, b)| a + b > 0) {
                        pair.sent += sent;
                        pair.got += got;
                        let day = days.entry((at, (flow.time / DAY) as u32)).or_default();
                        day.0 += sent;
                        day.1 += got;
                    }
                },
                |names, time, source, destination, port, fate| {
                    let outside = !names.is_inside(destination);
                    // Browsing reaches hundreds of systems an hour.
                    if outside && fate != FAILED && matches!(port, 53 | 80 | 123 | 443 | 853 | 8080) {
                        return;
                    }
                    let n = tries.entry(source).or_default();
                    if *n < MOST_PROBES {
                        *n += 1;
                        probes.push(Probe { source, hour: (time / HOUR) as u32, destination, port, fate });
                    }
                },
            );
            if probes.len() >= compact_at {
                compact(probes);
                tries.clear();
                probes.iter().for_each(|p| *tries.entry(p.source).or_default() += 1);
                compact_at = (probes.len() * 2).max(1 << 20);
            }
            true
        })?;
        ctx.check()?;
        compact(probes);
        traffic.names = names;
        let mut met: FxHashSet<(Kind, u32, u32)> = FxHashSet::default();
        let mut insiders: FxHashSet<u32> = FxHashSet::default();
        for pair in &traffic.pairs {
            insiders.insert(pair.source);
            if met.insert((pair.kind, pair.destination, pair.source)) {
                *traffic.prevalence.entry((pair.kind, pair.destination)).or_default() += 1;
            }
        }
        traffic.insiders = insiders.len() as u32;
        Ok(traffic)
    }

    /// Every record of some pairs: `(place in the list given, record)`.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn records(
        &self,
        events: &dyn EventStore,
        range: TimeRange,
        ctx: &Ctx<'_>,
        pairs: &[&Pair],
        mut take: impl FnMut(usize, &Flow),
    ) -> Result<(), DetectError> {
        let mut names = Reader::default();
        let mut keys: FxHashMap<(u32, u32, u32, Kind), usize> = FxHashMap::default();
        let mut sources: Vec<&str> = Vec::new();
        for (at, pair) in pairs.iter().enumerate() {
            let source = self.names.hosts.text(pair.source);
            let set = match pair.set {
                NONE => NONE,
                set => names.sets.intern(self.names.sets.text(set)),
            };
            let destination = names.hosts.intern(self.names.hosts.text(pair.destination));
            keys.insert((set, names.hosts.intern(source), destination, pair.kind), at);
            sources.push(source);
        }
        sources.sort_unstable();
        sources.dedup();
        let all = filter();
        let narrow =
            if sources.len() <= 500 { all.and(crate::draft::one_of("source.ip", &sources)) } else { all };
        events.scan(range, &narrow, &FIELDS, ctx, &mut |batch| {
            names.read(
                batch,
                |_, flow| {
                    if let Some(at) = keys.get(&(flow.set, flow.source, flow.destination, flow.kind)) {
                        take(*at, &flow);
                    }
                },
                |_, _, _, _, _, _| {},
            );
            true
        })?;
        ctx.check()?;
        Ok(())
    }

    /// The filter that gives the records of a pair.
    #[must_use]
    pub fn filter_of(&self, pair: &Pair) -> Filter {
        let destination = self.names.hosts.text(pair.destination);
        let with = match pair.kind {
            Kind::Address => Filter::is("destination.ip", destination),
            Kind::Name => Filter::Or(vec![
                Filter::is("tls.client.server_name", destination),
                Filter::is("url.domain", destination),
            ]),
            Kind::Dns => Filter::Or(vec![
                Filter::is("dns.question.name", destination),
                Filter::Match {
                    field: "dns.question.name".into(),
                    pattern: timberline_model::filter::Pattern::wild(vec![
                        String::new(),
                        format!(".{destination}"),
                    ]),
                },
            ]),
        };
        let set = match pair.set {
            NONE => Filter::exists("event.dataset").negate(),
            set => Filter::is("event.dataset", self.names.sets.text(set)),
        };
        Filter::is("source.ip", self.names.hosts.text(pair.source)).and(with).and(set)
    }

    /// What a destination is called in entities.
    #[must_use]
    pub fn entity_of(&self, pair: &Pair) -> timberline_model::Entity {
        let field = match pair.kind {
            Kind::Address => "destination.ip",
            Kind::Name => "url.domain",
            Kind::Dns => "dns.question.name",
        };
        crate::draft::entity(field, self.names.hosts.text(pair.destination))
    }

    /// How many of the sources inside contact this destination: how many, and of how many.
    #[must_use]
    pub fn spread(&self, pair: &Pair) -> (u32, u32) {
        (self.prevalence.get(&(pair.kind, pair.destination)).copied().unwrap_or(1), self.insiders)
    }
}

fn compact(probes: &mut Vec<Probe>) {
    probes.sort_unstable();
    // The fate is the last in order: what was held once was held.
    probes.dedup_by(|b, a| {
        let same = (a.source, a.hour, a.destination, a.port) == (b.source, b.hour, b.destination, b.port);
        if same {
            a.fate |= b.fate;
        }
        same
    });
}
