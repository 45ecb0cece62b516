//! Burst of failed logins: hours of a system with far more failures than its hours usually have. Definition: the
//! spike rules of Elastic and Sentinel, with a robust baseline (median and MAD over the hours of the logs; the same
//! hour of the week, where they span four weeks) since an incident export has no 21 quiet days. What one address
//! did and another card tells is lowered when findings are merged.

use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, failures, length, log_scale, moment, one_of,
    part, strength, with_query,
};
use crate::stats::Baseline;
use crate::table::{Login, Logins, NONE};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Filter, Spark, kql};

pub(super) struct FailureBurst;

const WEEK_HOURS: usize = 168;

/// Hours in a row above the threshold on one system.
struct Burst {
    host: u32,
    from_hour: i64,
    to_hour: i64,
    failures: u64,
    worst: u64,
    baseline: Baseline,
    threshold: f64,
    /// Other bursts of the same system.
    others: u64,
}

/// A baseline for each hour, or one for all.
struct Usual {
    all: Baseline,
    by_hour_of_week: Option<Vec<Baseline>>,
}

impl Detector for FailureBurst {
    fn about(&self) -> About {
        About {
            id: "auth_failure_burst",
            title: "Burst of failed logins",
            stage: Stage::Attempt,
            meaning: "A system had far more failed logins in an hour than its hours usually have.",
            innocent: "A directory or network fault, a password policy that struck, a job with an old password.",
            attack: &["T1110"],
            references: &["Elastic: spike in failed logons", "Sentinel: 4625 volume against its past"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins.lacks(false) {
            return Ok(Verdict::Skipped(why));
        }
        let Some((first, last)) = logins.span() else { return Ok(Verdict::Found(Vec::new())) };
        if ((last - first) as f64) < knobs.burst_hours * HOUR as f64 {
            return Ok(Verdict::Skipped(format!(
                "logins span {}; a baseline needs {} hours",
                length(last - first),
                knobs.burst_hours
            )));
        }
        let mut bursts = Vec::new();
        // Failures by host and hour. A host's hours run from its first login to its last, so that a log that
        // starts late does not count as silent before.
        let mut hours: FxHashMap<u32, (i64, i64, FxHashMap<i64, u64>)> = FxHashMap::default();
        for row in &logins.rows {
            let hour = row.time.div_euclid(HOUR);
            let of = hours.entry(row.host).or_insert_with(|| (hour, hour, FxHashMap::default()));
            of.1 = hour;
            if !row.success() {
                *of.2.entry(hour).or_default() += u64::from(row.weight);
            }
        }
        let mut hosts: Vec<_> = hours.into_iter().collect();
        hosts.sort_by_key(|(host, _)| *host);
        for (host, (from, to, counts)) in hosts {
            seen.ctx.check()?;
            // Ten years of hours are plenty; a wild time stamp must not make a vector of a century.
            let n = usize::try_from(to - from + 1).unwrap_or(0).min(87_600);
            if (n as f64) < knobs.burst_hours {
                continue;
            }
            let series: Vec<u64> =
                (0..n).map(|i| counts.get(&(from + i as i64)).copied().unwrap_or(0)).collect();
            bursts.extend(worst_burst(host, from, &series, knobs));
        }
        let clusters = clusters(bursts);
        Ok(Verdict::Found(clusters.iter().filter_map(|c| card(logins, c)).collect()))
    }
}

fn usual(from_hour: i64, series: &[u64]) -> Option<Usual> {
    let values: Vec<f64> = series.iter().map(|n| *n as f64).collect();
    let all = Baseline::of_counts(&values)?;
    let by_hour_of_week = (series.len() >= 4 * WEEK_HOURS).then(|| {
        (0..WEEK_HOURS)
            .map(|slot| {
                // The hour itself and its neighbours, each week.
                let near: Vec<f64> = values
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| {
                        let at = (from_hour + *i as i64).rem_euclid(WEEK_HOURS as i64) as usize;
                        let apart = (at + WEEK_HOURS - slot) % WEEK_HOURS;
                        apart <= 1 || apart == WEEK_HOURS - 1
                    })
                    .map(|(_, n)| *n)
                    .collect();
                Baseline::of_counts(&near).unwrap_or(all)
            })
            .collect()
    });
    Some(Usual { all, by_hour_of_week })
}

fn worst_burst(host: u32, from_hour: i64, series: &[u64], knobs: &Knobs) -> Option<Burst> {
    let usual = usual(from_hour, series)?;
    let baseline = |i: usize| {
        let slot = (from_hour + i as i64).rem_euclid(WEEK_HOURS as i64) as usize;
        usual.by_hour_of_week.as_ref().and_then(|b| b.get(slot)).copied().unwrap_or(usual.all)
    };
    let threshold = |b: &Baseline| {
        b.at(knobs.burst_deviations).max(b.median * knobs.burst_ratio).max(knobs.burst_failures)
    };
    let mut bursts: Vec<Burst> = Vec::new();
    for (i, n) in series.iter().enumerate() {
        let of = baseline(i);
        let limit = threshold(&of);
        if *n as f64 <= limit {
            continue;
        }
        let hour = from_hour + i as i64;
        match bursts.last_mut().filter(|b| b.to_hour == hour) {
            Some(burst) => {
                burst.to_hour = hour + 1;
                burst.failures += n;
                if *n > burst.worst {
                    (burst.worst, burst.baseline, burst.threshold) = (*n, of, limit);
                }
            }
            None => bursts.push(Burst {
                host,
                from_hour: hour,
                to_hour: hour + 1,
                failures: *n,
                worst: *n,
                baseline: of,
                threshold: limit,
                others: 0,
            }),
        }
    }
    let others = bursts.len().saturating_sub(1) as u64;
    let mut worst = bursts.into_iter().reduce(|a, b| {
        if b.baseline.deviations(b.worst as f64) > a.baseline.deviations(a.worst as f64) { b } else { a }
    })?;
    worst.others = others;
    Some(worst)
}

/// Bursts of several systems at the same time are one.
fn clusters(mut bursts: Vec<Burst>) -> Vec<Vec<Burst>> {
    bursts.sort_by_key(|b| (b.from_hour, b.to_hour, b.host));
    let mut clusters: Vec<Vec<Burst>> = Vec::new();
    for burst in bursts {
        let with = clusters
            .iter_mut()
            .find(|c| c.iter().any(|b| b.from_hour < burst.to_hour && burst.from_hour < b.to_hour));
        match with {
            Some(cluster) => cluster.push(burst),
            None => clusters.push(vec![burst]),
        }
    }
    clusters
}

fn card(logins: &Logins, cluster: &[Burst]) -> Option<Draft> {
    let from_ns = cluster.iter().map(|b| b.from_hour).min()? * HOUR;
    let to_ns = cluster.iter().map(|b| b.to_hour).max()? * HOUR;
    let lead = cluster.iter().reduce(|a, b| if b.worst > a.worst { b } else { a })?;
    let hosts: Vec<u32> = cluster.iter().map(|b| b.host).collect();
    let rows: Vec<&Login> =
        logins.between(from_ns, to_ns).iter().filter(|r| !r.success() && hosts.contains(&r.host)).collect();
    let total: u64 = rows.iter().map(|r| u64::from(r.weight)).sum();
    let mut by_source: FxHashMap<u32, u64> = FxHashMap::default();
    let mut users: Vec<u32> = Vec::new();
    for row in &rows {
        *by_source.entry(row.source).or_default() += u64::from(row.weight);
        users.push(row.user);
    }
    users.sort_unstable();
    users.dedup();
    let mut sources: Vec<(u32, u64)> = by_source.into_iter().collect();
    sources.sort_by_key(|(s, n)| (std::cmp::Reverse(*n), *s));
    let named: Vec<&str> = hosts.iter().filter(|h| **h != NONE).map(|h| logins.hosts.text(*h)).collect();
    let known_sources: Vec<&(u32, u64)> = sources.iter().filter(|(s, _)| *s != NONE).collect();

    let mut entities: Vec<_> = named.iter().map(|h| entity("host.name", h)).collect();
    entities.extend(known_sources.iter().take(10).map(|(s, _)| entity("source.ip", logins.sources.text(*s))));
    let (first, last) = (rows.first()?.time, rows.last()?.time);
    let mut draft = Draft::new("auth_failure_burst", Shape::Burst, entities, first, last);
    let where_ = match named.len() {
        0 => String::new(),
        1 => format!(" on {}", named[0]),
        n => format!(" on {n} systems"),
    };
    let usual = lead.baseline.median.round() as u64;
    draft.finding.title = format!(
        "{}{where_} between {} and {}, usually {} an hour{}",
        counted(total, "failed login", "failed logins"),
        clock(from_ns),
        clock(to_ns),
        count(usual),
        if lead.others > 0 { format!("; {} more such stretches", count(lead.others)) } else { String::new() },
    );
    let mut filter = failures();
    if !hosts.contains(&NONE) {
        filter = filter.and(one_of("host.name", &named));
    } else if named.is_empty() {
        filter = filter.and(Filter::exists("host.name").negate());
    }
    let exact = named.is_empty() || !hosts.contains(&NONE);
    let filter = filter.and(during(from_ns, to_ns));
    draft.finding.query = kql::render(&filter);
    if exact {
        draft.evidence(rows.iter().map(|r| r.id));
    } else {
        draft.evidence(logins.between(from_ns, to_ns).iter().filter(|r| !r.success()).map(|r| r.id));
    }
    draft.finding.attack = vec!["T1110".into()];
    for (source, n) in &sources {
        let source = logins.sources.text(*source).to_owned();
        draft.claims.push(Claim { source, from_ns, to_ns, weight: *n });
    }

    let span = logins.span().map_or(0, |(a, b)| b - a);
    let by_week = span >= 28 * DAY;
    let words = format!("{}{}", strength(span), if by_week { ", same hour of the week" } else { "" });
    let ratio = lead.worst as f64 / lead.threshold.max(1.0);
    draft.part(with_query(
        part(
            "Failures in the fullest hour",
            (lead.worst.into(), lead.baseline.median.into(), lead.threshold.into()),
            "failures",
            words,
            0.26 + 0.14 * log_scale(ratio, 1.0, 20.0),
        ),
        &filter,
    ));
    let top = known_sources.first().map_or(0, |(_, n)| *n);
    let spread = known_sources.len() as u64;
    if spread > 0 {
        let wide = spread >= 10 && top * 4 < total;
        draft.part(part(
            "Addresses that took part",
            (spread.into(), "".into(), 10u64.into()),
            "addresses",
            "none needed",
            if wide { 0.12 } else { 0.0 },
        ));
    }
    let accounts = users.iter().filter(|u| **u != NONE).count() as u64;
    draft.part(part(
        "Accounts tried",
        (accounts.into(), "".into(), 30u64.into()),
        "accounts",
        "none needed",
        if accounts >= 30 { 0.06 } else { 0.0 },
    ));
    draft.finding.innocent = format!(
        "A fault of the directory, a password policy that struck, or a job with an old password. A fault would hit \
         many accounts from inside: {} {}, {} of {} inside.",
        counted(accounts, "account", "accounts"),
        if accounts >= 10 { "fit" } else { "hardly fit" },
        counted(
            known_sources.iter().filter(|(s, _)| logins.is_inside(*s)).count() as u64,
            "address",
            "addresses"
        ),
        count(spread),
    );
    // A day before and half a day after, an hour a bar.
    let chart_from = from_ns - 24 * HOUR;
    let bars = ((to_ns - chart_from) / HOUR + 12).clamp(1, 96) as usize;
    let mut counts = vec![0u64; bars];
    for row in logins.between(chart_from, chart_from + bars as i64 * HOUR) {
        if !row.success()
            && hosts.contains(&row.host)
            && let Some(bar) = counts.get_mut(((row.time - chart_from) / HOUR) as usize)
        {
            *bar += u64::from(row.weight);
        }
    }
    draft.finding.spark = Some(Spark {
        from_ns: chart_from,
        step_ns: HOUR,
        unit: "failed logins".into(),
        counts,
        baseline: Some(lead.baseline.median),
        threshold: Some(lead.threshold),
    });
    draft.ask("Which source had the most failed logins?".into());
    draft.ask(format!("What happened around {}?", moment(from_ns)));
    if let Some((source, _)) = known_sources.first() {
        draft.ask(format!("Which users failed to log in from {}?", logins.sources.text(*source)));
    }
    Some(draft)
}
