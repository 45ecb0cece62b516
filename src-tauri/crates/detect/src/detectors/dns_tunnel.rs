//! DNS tunnelling and floods of names that do not exist. Definitions: RITA's number of different names below one registered domain
//! (100, 500, 800, 1,000), Splunk's length of queries, the share of record types that carry data; and for floods many different
//! registered domains that do not exist, asked for by one host within an hour, as generated names are. Content networks have many
//! names too, but short ones that many hosts ask for; lookups of block lists and of virus scanners are known by their domain.

use crate::domains;
use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, part, spark,
    strength, with_query,
};
use crate::stats::entropy;
use crate::table::{NONE, Names, flags_of};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::filter::Pattern;
use timberline_model::time::HOUR;
use timberline_model::{BatchColumn, Filter, NO_TIME};

pub(super) struct Tunnel;

/// Different names kept for one domain: beyond, more say nothing more.
const MOST_NAMES: usize = 20_000;
const MOST_DOMAINS: usize = 500_000;

/// Domains whose many long names are lookups: block lists, virus scanners, certificates, measurements. By their ending.
const LOOKUPS: [&str; 20] = [
    "sophosxl.net",
    "mcafee.com",
    "trellix.com",
    "avast.com",
    "avg.com",
    "e5.sk",
    "eset.com",
    "kaspersky.com",
    "trendmicro.com",
    "spamhaus.org",
    "spamcop.net",
    "surbl.org",
    "uribl.com",
    "barracudacentral.org",
    "sorbs.net",
    "dnswl.org",
    "abuseat.org",
    "cymru.com",
    "senderscore.com",
    "apnic.net",
];

#[derive(Default)]
struct Domain {
    names: FxHashSet<u64>,
    letters: u64,
    entropy: f64,
    queries: u64,
    data: u64,
    first_ns: i64,
    last_ns: i64,
    sources: FxHashMap<u32, u64>,
}

/// Names that do not exist, asked for by one host in one hour: their registered domains, and all queries.
type Missing = FxHashMap<(u32, u32), (FxHashSet<u32>, u64)>;

impl Detector for Tunnel {
    fn about(&self) -> About {
        About {
            id: "dns_tunnel",
            title: "DNS tunnel or generated names",
            stage: Stage::Control,
            meaning: "A host asked for hundreds of different long names below one domain, as a tunnel does, or for many domains that do \
                      not exist, as generated names are.",
            innocent: "A content network, a virus scanner or a block list that looks things up by name, a broken search suffix.",
            attack: &["T1071.004", "T1568.002"],
            references: &["RITA v5: subdomains of a domain", "Splunk: length of DNS queries"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let (mut sources, mut names) = (Names::default(), Names::default());
        let mut domains: FxHashMap<u32, Domain> = FxHashMap::default();
        let mut missing = Missing::default();
        let mut seen_rows = 0u64;
        let fields = ["dns.question.name", "source.ip", "dns.question.type", "dns.response_code"];
        seen.events.scan(
            seen.range,
            &Filter::exists("dns.question.name"),
            &fields,
            seen.ctx,
            &mut |batch| {
                let rows = batch.ids.len();
                let Some(BatchColumn::Text { dict, codes }) = batch.columns.first() else { return true };
                let source = sources.codes(batch.columns.get(1), rows);
                let data = flags_of(batch.columns.get(2), rows, |t| {
                    u8::from(matches!(
                        t.to_ascii_uppercase().as_str(),
                        "TXT" | "NULL" | "CNAME" | "MX" | "SRV" | "16" | "10"
                    ))
                });
                let lost = flags_of(batch.columns.get(3), rows, |t| {
                    u8::from(matches!(t.to_ascii_uppercase().as_str(), "NXDOMAIN" | "3" | "NAME_ERROR"))
                });
                // Of each text of the dictionary: its domain, what stands before it as a number, its length and entropy.
                let mut known: Vec<Option<(u32, u64, u64, f64)>> = vec![None; dict.len()];
                for (row, code) in codes.iter().enumerate() {
                    let (Some(slot), Some(text)) = (known.get_mut(*code as usize), dict.get(*code as usize))
                    else {
                        continue;
                    };
                    let time = batch.times.get(row).copied().unwrap_or(NO_TIME);
                    if time == NO_TIME {
                        continue;
                    }
                    seen_rows += 1;
                    let (domain, name, letters, bits) =
                        *slot.get_or_insert_with(|| match domains::split(text) {
                            Some((sub, domain)) if names.len() < MOST_DOMAINS => {
                                let lower = sub.to_ascii_lowercase();
                                (names.intern(domain), hash(&lower), lower.len() as u64, entropy(&lower))
                            }
                            _ => (NONE, 0, 0, 0.0),
                        });
                    if domain == NONE {
                        continue;
                    }
                    let bit = |bits: &[u8]| u64::from(bits.get(row).copied().unwrap_or(0));
                    let who = source.get(row).copied().unwrap_or(NONE);
                    let of = domains.entry(domain).or_insert_with(|| Domain {
                        first_ns: time,
                        last_ns: time,
                        ..Domain::default()
                    });
                    of.queries += 1;
                    of.data += bit(&data);
                    of.first_ns = of.first_ns.min(time);
                    of.last_ns = of.last_ns.max(time);
                    *of.sources.entry(who).or_default() += 1;
                    if letters > 0 && of.names.len() < MOST_NAMES && of.names.insert(name) {
                        of.letters += letters;
                        of.entropy += bits;
                    }
                    if who != NONE {
                        let hour = missing.entry((who, (time.max(0) / HOUR) as u32)).or_default();
                        hour.1 += 1;
                        if bit(&lost) == 1 {
                            hour.0.insert(domain);
                        }
                    }
                }
                true
            },
        )?;
        seen.ctx.check()?;
        if seen_rows == 0 {
            return Ok(Verdict::Skipped("no dated event asks for a name (dns.question.name)".into()));
        }
        let mut tunnels: Vec<(&str, &Domain)> = domains
            .iter()
            .map(|(code, of)| (names.text(*code), of))
            .filter(|(name, of)| is_tunnel(name, of, knobs))
            .collect();
        tunnels.sort_by_key(|(name, of)| (std::cmp::Reverse(of.names.len()), *name));
        let mut drafts = Vec::new();
        for (name, of) in tunnels.into_iter().take(10) {
            drafts.extend(tunnel(seen, name, of, &sources, knobs)?);
        }
        drafts.extend(floods(seen, &missing, &sources, knobs)?);
        Ok(Verdict::Found(drafts))
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

fn is_tunnel(name: &str, of: &Domain, knobs: &Knobs) -> bool {
    let n = of.names.len() as f64;
    let long = of.letters as f64 / n.max(1.0) >= knobs.tunnel_letters;
    let data = of.data as f64 >= 0.4 * of.queries as f64;
    let random = of.entropy / n.max(1.0) >= knobs.tunnel_entropy;
    let known = LOOKUPS.iter().any(|l| name.eq_ignore_ascii_case(l));
    // Each query asks for another name: what is asked for again and again is read by clients, not carried out.
    let fresh = n >= 0.5 * of.queries as f64 || of.names.len() >= MOST_NAMES;
    n >= knobs.tunnel_names
        && !known
        && fresh
        && (long && random || data && of.letters as f64 / n.max(1.0) >= 8.0)
}

fn tunnel(
    seen: &Seen<'_>,
    name: &str,
    of: &Domain,
    sources: &Names,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let mut who: Vec<(&str, u64)> =
        of.sources.iter().filter(|(s, _)| **s != NONE).map(|(s, n)| (sources.text(*s), *n)).collect();
    who.sort_by_key(|(s, n)| (std::cmp::Reverse(*n), *s));
    let lead = who.first().map(|w| w.1).unwrap_or(of.queries);
    let crowd = who.len() > 5 && (lead as f64) < 0.5 * of.queries as f64;
    let below = Filter::Match {
        field: "dns.question.name".into(),
        pattern: Pattern::wild(vec![String::new(), format!(".{name}")]),
    };
    let (from, to) = crate::draft::whole_seconds(of.first_ns, of.last_ns);
    let filter = below.and(during(from, to));
    let mut entities: Vec<_> = who.iter().take(5).map(|(s, _)| entity("source.ip", s)).collect();
    entities.push(entity("dns.question.name", name));
    let mut draft = Draft::new("dns_tunnel", Shape::Fact, entities, of.first_ns, of.last_ns);
    let times = seen.attach(&mut draft, &filter)?;
    let n = of.names.len() as u64;
    let letters = of.letters as f64 / n.max(1) as f64;
    let bits = of.entropy / n.max(1) as f64;
    let by = match &who[..] {
        [] => "Somebody".to_owned(),
        [(one, _)] => (*one).to_owned(),
        [(one, _), rest @ ..] => {
            format!("{one} and {}", counted(rest.len() as u64, "other host", "other hosts"))
        }
    };
    draft.finding.title = format!(
        "{by} asked for {} different names below {name} in {}, {letters:.0} letters each",
        count(n),
        length(of.last_ns - of.first_ns)
    );
    draft.finding.attack = vec!["T1071.004".into()];
    draft.part(with_query(
        part(
            "Different names below one domain",
            (n.into(), "few".into(), knobs.tunnel_names.into()),
            "names",
            "none needed",
            0.28 + 0.2 * log_scale(n as f64, knobs.tunnel_names, 10.0 * knobs.tunnel_names),
        ),
        &filter,
    ));
    draft.part(part(
        "Letters of what stands before the domain",
        (letters.into(), "8".into(), knobs.tunnel_letters.into()),
        "letters",
        "none needed",
        0.06 + 0.1 * log_scale(letters, knobs.tunnel_letters, 60.0),
    ));
    draft.part(part(
        "How random they look",
        (bits.into(), "2.5".into(), knobs.tunnel_entropy.into()),
        "bits a letter",
        "none needed",
        0.06 * log_scale(bits, 2.5, 4.0),
    ));
    let share = of.data as f64 / of.queries.max(1) as f64;
    if share > 0.1 {
        draft.part(part(
            "Queries for records that carry data (TXT, NULL, CNAME, MX, SRV)",
            (format!("{:.0} %", share * 100.0).into(), "few".into(), "40 %".into()),
            "",
            format!("{} queries", of.queries),
            0.12 * share,
        ));
    }
    draft.part(part(
        "Hosts that ask for them",
        ((who.len() as u64).into(), "".into(), 5u64.into()),
        "hosts",
        "none needed",
        if crowd {
            -0.35
        } else if who.len() <= 2 {
            0.1
        } else {
            0.0
        },
    ));
    if let Some((source, _)) = who.first() {
        draft.claims.push(Claim {
            source: (*source).to_owned(),
            from_ns: from,
            to_ns: to,
            weight: of.queries,
        });
    }
    draft.finding.innocent = format!(
        "A content network, a block list or a virus scanner: many hosts would ask. {} did; one made {} of {} queries.",
        counted(who.len() as u64, "host", "hosts"),
        count(lead),
        count(of.queries)
    );
    draft.finding.spark = Some(spark(times.iter().map(|t| (*t, 1)), (from, to), 48, "queries"));
    if let Some((source, _)) = who.first() {
        draft.ask(format!("What other systems did {source} connect to?"));
        draft.ask(format!("Tell me about {source}"));
    }
    draft.ask(format!("What happened around {}?", moment(of.first_ns)));
    draft.ask("Which DNS names were queried most often?".into());
    Ok(Some(draft))
}

fn floods(
    seen: &Seen<'_>,
    missing: &Missing,
    sources: &Names,
    knobs: &Knobs,
) -> Result<Vec<Draft>, DetectError> {
    let mut by_source: FxHashMap<u32, Vec<(u32, u64, u64)>> = FxHashMap::default();
    for ((source, hour), (lost, queries)) in missing {
        by_source.entry(*source).or_default().push((*hour, lost.len() as u64, *queries));
    }
    let mut found = Vec::new();
    for (source, mut hours) in by_source {
        hours.sort_unstable();
        let Some(&worst) = hours.iter().max_by_key(|h| (h.1, std::cmp::Reverse(h.0))) else { continue };
        let others: Vec<f64> =
            hours.iter().filter(|h| h.0.abs_diff(worst.0) > 1).map(|h| h.1 as f64).collect();
        let habit = others.iter().copied().fold(0.0, f64::max) * 3.0;
        let threshold = knobs.tunnel_missing.max(if others.len() >= 6 { habit } else { 0.0 });
        if worst.1 as f64 >= threshold && worst.1 as f64 >= 0.25 * worst.2 as f64 {
            found.push((worst, source, hours, threshold, others.len()));
        }
    }
    found.sort_by_key(|f| (std::cmp::Reverse(f.0.1), f.1));
    let many = found.len();
    let mut drafts = Vec::new();
    for ((hour, lost, queries), source, hours, threshold, others) in found.into_iter().take(5) {
        let source = sources.text(source);
        let (from, to) = (i64::from(hour) * HOUR, i64::from(hour + 1) * HOUR);
        let filter = Filter::is("source.ip", source)
            .and(Filter::any_of("dns.response_code", &["NXDOMAIN", "3", "NAME_ERROR"]))
            .and(during(from, to));
        let entities = vec![entity("source.ip", source), entity("dns.response_code", "NXDOMAIN")];
        let mut draft = Draft::new("dns_tunnel", Shape::Fact, entities, from, to - 1);
        let times = seen.attach(&mut draft, &filter)?;
        let Some(first) = times.first().copied() else { continue };
        draft.finding.first_ns = Some(first);
        draft.finding.last_ns = times.last().copied();
        draft.finding.title = format!(
            "{source} asked for {} that do not exist at {}, usually {}",
            counted(lost, "domain", "domains"),
            clock(first),
            if others > 0 { "far fewer" } else { "not known" }
        );
        draft.finding.attack = vec!["T1568.002".into()];
        let first_hour = hours.first().map_or(hour, |h| h.0);
        draft.part(with_query(
            part(
                "Different domains that do not exist, in an hour",
                (lost.into(), "few".into(), threshold.into()),
                "domains",
                strength(i64::from(hour.saturating_sub(first_hour)) * HOUR),
                0.28 + 0.2 * log_scale(lost as f64, threshold, 20.0 * threshold),
            ),
            &filter,
        ));
        if many > 3 {
            draft.part(part(
                "Other hosts do so too: a resolver or a network that fails",
                ((many as u64 - 1).into(), 0u64.into(), 3u64.into()),
                "hosts",
                "none needed",
                -0.2,
            ));
        }
        draft.claims.push(Claim { source: source.to_owned(), from_ns: from, to_ns: to, weight: lost });
        draft.finding.innocent = format!(
            "A browser that tests its network, a crawler or a mail server: {} of {} queries of that hour were for names of domains \
             that do not exist.",
            count(lost),
            count(queries)
        );
        draft.finding.spark = Some(spark(
            hours.iter().map(|h| (i64::from(h.0) * HOUR, h.1)),
            (from - 24 * HOUR, to + 12 * HOUR),
            36,
            "domains",
        ));
        draft.ask(format!("Tell me about {source}"));
        draft.ask(format!("What happened around {}?", moment(first)));
        draft.ask("Which DNS names were queried most often?".into());
        drafts.push(draft);
    }
    Ok(drafts)
}
