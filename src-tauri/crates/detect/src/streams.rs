//! Streams: one kind of log of one host, whatever files it was rotated into; and how many events each had in every five
//! minutes. What volume, silence and gaps are computed on. Counts only: ten million events of a hundred streams over a month are
//! some hundred thousand numbers.

use crate::DetectError;
use crate::table::{NONE, Names};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::MINUTE;
use timberline_model::{Ctx, EventStore, Filter, NO_TIME, TimeRange};

/// Width of a bin, ns.
pub const BIN: i64 = 5 * MINUTE;
/// Streams that are kept apart; beyond, a log that names a new host in each record would fill memory.
const MOST: usize = 20_000;

/// One kind of log of one host.
#[derive(Default)]
pub struct Stream {
    /// Its files' name without what rotation adds; empty where the store knows no path.
    pub family: String,
    /// The paths of its files.
    pub paths: Vec<String>,
    /// Its sources' numbers.
    pub sources: Vec<u32>,
    /// The host, where its records name one.
    pub host: Option<String>,
    /// Dated events.
    pub events: u64,
    /// Events by bin (time / [`BIN`]), in order of time.
    pub bins: Vec<(i64, u32)>,
}

impl Stream {
    /// The filter that gives its events.
    #[must_use]
    pub fn filter(&self) -> Filter {
        let paths: Vec<&str> = self.paths.iter().map(String::as_str).collect();
        let numbers: Vec<String> = self.sources.iter().map(u32::to_string).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let files = match (&paths[..], &numbers[..]) {
            ([], all) => crate::draft::one_of("source", all),
            (all, _) => crate::draft::one_of("log.file.path", all),
        };
        match &self.host {
            Some(host) => files.and(Filter::is("host.name", host)),
            None => files.and(Filter::exists("host.name").negate()),
        }
    }

    /// In words: the last part of the family and the host.
    #[must_use]
    pub fn name(&self) -> String {
        let family = self.family.rsplit(['/', '!', '\\']).find(|p| !p.is_empty()).unwrap_or("a log");
        match &self.host {
            Some(host) => format!("{family} of {host}"),
            None => family.to_owned(),
        }
    }

    /// Events in `from <= bin < to`.
    #[must_use]
    pub fn between(&self, from: i64, to: i64) -> u64 {
        let start = self.bins.partition_point(|(b, _)| *b < from);
        self.bins.iter().skip(start).take_while(|(b, _)| *b < to).map(|(_, n)| u64::from(*n)).sum()
    }

    /// First and last bin.
    #[must_use]
    pub fn span(&self) -> (i64, i64) {
        (self.bins.first().map_or(0, |b| b.0), self.bins.last().map_or(0, |b| b.0))
    }
}

/// All streams, in order of name.
#[derive(Default)]
pub struct Streams(pub Vec<Stream>);

impl Streams {
    /// Gathers them from a store.
    ///
    /// # Errors
    /// See [`timberline_model::StoreError`].
    pub fn gather(events: &dyn EventStore, range: TimeRange, ctx: &Ctx<'_>) -> Result<Self, DetectError> {
        let (mut hosts, mut families) = (Names::default(), Names::default());
        let mut keys: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        let mut streams: Vec<(Stream, FxHashMap<i64, u32>)> = Vec::new();
        let mut known: FxHashSet<(usize, u32)> = FxHashSet::default();
        events.scan(range, &Filter::All, &["host.name", "log.file.path"], ctx, &mut |batch| {
            let rows = batch.ids.len();
            let host = hosts.codes(batch.columns.first(), rows);
            let source = batch.ids.first().map_or(0, |id| id.source());
            let path =
                batch.columns.get(1).and_then(|c| (0..rows).find_map(|r| c.text(r))).unwrap_or_default();
            let name = if path.is_empty() { format!("source {source}") } else { family(path) };
            let file = families.intern(&name);
            // The stream and the bin of the row before: rows come in runs.
            let (mut last, mut at, mut bin, mut n) = (u32::MAX - 1, usize::MAX, i64::MIN, 0u32);
            for (&time, &host) in batch.times.iter().zip(&host) {
                if time == NO_TIME {
                    continue;
                }
                let this = time.div_euclid(BIN);
                if host != last || this != bin {
                    if let Some((_, bins)) = streams.get_mut(at).filter(|_| n > 0) {
                        *bins.entry(bin).or_default() += n;
                    }
                    (bin, n) = (this, 0);
                }
                if host != last {
                    last = host;
                    at = match keys.get(&(file, host)) {
                        Some(at) => *at,
                        None if streams.len() >= MOST => usize::MAX,
                        None => {
                            let stream = Stream {
                                family: if path.is_empty() { String::new() } else { name.clone() },
                                host: (host != NONE).then(|| hosts.text(host).to_owned()),
                                ..Stream::default()
                            };
                            keys.insert((file, host), streams.len());
                            streams.push((stream, FxHashMap::default()));
                            streams.len() - 1
                        }
                    };
                    if let Some((stream, _)) = streams.get_mut(at).filter(|_| known.insert((at, source))) {
                        stream.sources.push(source);
                        if !path.is_empty() {
                            stream.paths.push(path.to_owned());
                        }
                    }
                }
                n += 1;
            }
            if let Some((_, bins)) = streams.get_mut(at).filter(|_| n > 0) {
                *bins.entry(bin).or_default() += n;
            }
            true
        })?;
        ctx.check()?;
        let mut all: Vec<Stream> = streams
            .into_iter()
            .map(|(mut stream, bins)| {
                stream.bins = bins.into_iter().collect();
                stream.bins.sort_unstable();
                stream.events = stream.bins.iter().map(|(_, n)| u64::from(*n)).sum();
                stream.paths.sort();
                stream.paths.dedup();
                stream
            })
            .collect();
        all.sort_by(|a, b| (&a.family, &a.host, &a.sources).cmp(&(&b.family, &b.host, &b.sources)));
        Ok(Self(all))
    }
}

/// A path without what rotation adds: the packing's ending, a trailing number, and dates and times anywhere in it.
#[must_use]
pub fn family(path: &str) -> String {
    let mut path = path.to_ascii_lowercase();
    for ending in [".gz", ".bz2", ".xz", ".zst"] {
        if let Some(rest) = path.strip_suffix(ending) {
            path.truncate(rest.len());
        }
    }
    let stem = path.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() < path.len() && stem.ends_with('.') {
        path.truncate(stem.len() - 1);
    }
    let mut out = String::with_capacity(path.len());
    let mut run = String::new();
    for c in path.chars().chain(['\0']) {
        if c.is_ascii_digit() || (!run.is_empty() && matches!(c, '-' | '_' | '.' | ':' | 't')) {
            run.push(c);
            continue;
        }
        // "17." of "17.log" ends in what is no part of the date.
        let core = run.trim_end_matches(['-', '_', '.', ':', 't']);
        let tail = run.get(core.len()..).unwrap_or_default();
        if core.bytes().filter(u8::is_ascii_digit).count() >= 6 && core.parse::<std::net::IpAddr>().is_err() {
            out.push('#');
        } else {
            out.push_str(core);
        }
        out.push_str(tail);
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_are_one_family_and_hosts_are_not() {
        for (path, expect) in [
            ("var/log/auth.log.2.gz", "var/log/auth.log"),
            ("/z/2018-03-24/conn.17:15:20-17:36:21.log.gz", "/z/#/conn.#.log"),
            ("conn.2018-03-24.17.log", "conn.#.log"),
            ("access-20260301.log", "access-#.log"),
            ("web-02/access.log", "web-02/access.log"),
            ("10.20.30.40.log", "10.20.30.40.log"),
        ] {
            assert_eq!(family(path), expect, "{path}");
        }
    }
}
