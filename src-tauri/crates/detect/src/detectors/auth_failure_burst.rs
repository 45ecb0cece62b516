//! Burst of failed logins: hours of a system, of an account or of all together with far more failures than their hours usually
//! have. Definition: the spike rules of Elastic (overall) and Sentinel (per computer and per account), with the robust
//! baseline of `series`. What one address did and another card tells is lowered when findings are merged.

use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, failures, length, log_scale, moment, one_of,
    part, strength, with_query,
};
use crate::series::{Burst, Limits, bursts, clusters};
use crate::table::{Login, Logins, NONE};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Filter, Spark, kql};

pub(super) struct FailureBurst;

/// Whose hours are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    System,
    Everything,
    Account,
}

impl Detector for FailureBurst {
    fn about(&self) -> About {
        About {
            id: "auth_failure_burst",
            title: "Burst of failed logins",
            stage: Stage::Attempt,
            meaning: "A system, an account, or all of them together had far more failed logins in an hour than their hours usually \
                      have.",
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
        let limits = Limits {
            deviations: knobs.burst_deviations,
            ratio: knobs.burst_ratio,
            floor: knobs.burst_failures,
            hours: knobs.burst_hours,
            habit: 0.0,
        };
        let mut told: Vec<Burst> = Vec::new();
        let mut drafts = Vec::new();
        for scope in [Scope::System, Scope::Everything, Scope::Account] {
            seen.ctx.check()?;
            let mut found = of_scope(logins, scope, &limits);
            // What a system tells is not told again by all systems, nor by an account.
            found.retain(|b| !told.iter().any(|t| t.overlaps(b)));
            told.extend(found.iter().cloned());
            drafts.extend(clusters(found).iter().filter_map(|c| card(logins, scope, c)));
        }
        Ok(Verdict::Found(drafts))
    }
}

fn of_scope(logins: &Logins, scope: Scope, limits: &Limits) -> Vec<Burst> {
    let weight = |r: &Login| if r.success() { 0 } else { u64::from(r.weight) };
    match scope {
        Scope::System => bursts(logins.rows.iter().map(|r| (r.host, r.time, weight(r))), limits),
        Scope::Everything => bursts(logins.rows.iter().map(|r| (NONE, r.time, weight(r))), limits),
        Scope::Account => {
            // Names that are guessed at by the thousand are no accounts: only what failed often enough is counted.
            let mut total = vec![0u64; logins.users.len()];
            for row in &logins.rows {
                if let Some(n) = total.get_mut(row.user as usize) {
                    *n += weight(row);
                }
            }
            let enough = |r: &&Login| total.get(r.user as usize).is_some_and(|n| *n as f64 > limits.floor);
            // An account's hours are those of the logs: one that fails for the first time has a past too.
            let (first, last) = logins.span().unwrap_or_default();
            let mut users: Vec<u32> = logins.rows.iter().filter(enough).map(|r| r.user).collect();
            users.sort_unstable();
            users.dedup();
            let edge = |time: i64| users.iter().map(move |u| (*u, time, 0));
            let rows = logins.rows.iter().filter(enough).map(|r| (r.user, r.time, weight(r)));
            bursts(edge(first).chain(rows).chain(edge(last)), limits)
        }
    }
}

fn card(logins: &Logins, scope: Scope, cluster: &[Burst]) -> Option<Draft> {
    let from_ns = cluster.iter().map(|b| b.from_hour).min()? * HOUR;
    let to_ns = cluster.iter().map(|b| b.to_hour).max()? * HOUR;
    let lead = cluster.iter().reduce(|a, b| if b.worst > a.worst { b } else { a })?;
    let keys: Vec<u32> = cluster.iter().map(|b| b.key).collect();
    let (field, names) = match scope {
        Scope::Account => ("user.name", &logins.users),
        _ => ("host.name", &logins.hosts),
    };
    let of_cluster = |r: &Login| match scope {
        Scope::System => keys.contains(&r.host),
        Scope::Everything => true,
        Scope::Account => keys.contains(&r.user),
    };
    let rows: Vec<&Login> =
        logins.between(from_ns, to_ns).iter().filter(|r| !r.success() && of_cluster(r)).collect();
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
    let named: Vec<&str> = keys.iter().filter(|k| **k != NONE).map(|k| names.text(*k)).collect();
    let known_sources: Vec<&(u32, u64)> = sources.iter().filter(|(s, _)| *s != NONE).collect();

    let mut entities: Vec<_> = named.iter().map(|h| entity(field, h)).collect();
    entities.extend(known_sources.iter().take(10).map(|(s, _)| entity("source.ip", logins.sources.text(*s))));
    if scope == Scope::Everything {
        let mut hosts: Vec<u32> = rows.iter().map(|r| r.host).filter(|h| *h != NONE).collect();
        hosts.sort_unstable();
        hosts.dedup();
        entities.extend(hosts.iter().take(10).map(|h| entity("host.name", logins.hosts.text(*h))));
    }
    if entities.is_empty() {
        entities.push(entity("event.category", "authentication"));
    }
    let (first, last) = (rows.first()?.time, rows.last()?.time);
    let mut draft = Draft::new("auth_failure_burst", Shape::Burst, entities, first, last);
    let where_ = match (scope, &named[..]) {
        (Scope::Everything, _) => " in all logs".to_owned(),
        (_, []) => String::new(),
        (Scope::System, [one]) => format!(" on {one}"),
        (Scope::Account, [one]) => format!(" for {one}"),
        (Scope::System, many) => format!(" on {} systems", many.len()),
        (Scope::Account, many) => format!(" for {} accounts", many.len()),
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
    if !keys.contains(&NONE) {
        filter = filter.and(one_of(field, &named));
    } else if named.is_empty() && scope == Scope::System {
        filter = filter.and(Filter::exists("host.name").negate());
    }
    let exact = named.is_empty() || !keys.contains(&NONE);
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
            && of_cluster(row)
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
