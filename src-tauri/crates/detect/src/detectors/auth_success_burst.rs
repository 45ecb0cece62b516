//! Burst of successful logins: hours of a system, of an account or of all together with far more successes than their hours usually
//! have, and more than on any other day. Definition: the spike rules of Elastic (overall) and Sentinel (4624 per computer
//! and account), with the robust baseline of `series`. Logins of machines, services and batch jobs are left out.

use crate::accounts::is_machine;
use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, one_of, part, strength,
    successes, with_query,
};
use crate::series::{Burst, Limits, bursts, clusters};
use crate::table::{Login, Logins, NONE};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Spark, kql};

pub(super) struct SuccessBurst;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    System,
    Everything,
    Account,
}

impl Detector for SuccessBurst {
    fn about(&self) -> About {
        About {
            id: "auth_success_burst",
            title: "Burst of successful logins",
            stage: Stage::Access,
            meaning: "A system, an account, or all of them together let far more logins in within an hour than usual, and more than \
                      on any other day: stolen passwords put to use, or a script that walks through systems.",
            innocent: "A new job or monitoring check, a deployment, a shift that begins after a fault.",
            attack: &["T1078"],
            references: &["Elastic: spike in successful logons", "Sentinel: 4624 volume against its past"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins.lacks(false) {
            return Ok(Verdict::Skipped(why));
        }
        let Some((first, last)) = logins.span() else { return Ok(Verdict::Found(Vec::new())) };
        if ((last - first) as f64) < knobs.success_burst_hours * HOUR as f64 {
            return Ok(Verdict::Skipped(format!(
                "logins span {}; a baseline of successes needs {} hours",
                length(last - first),
                knobs.success_burst_hours
            )));
        }
        let limits = Limits {
            deviations: knobs.burst_deviations,
            ratio: knobs.burst_ratio,
            floor: knobs.success_burst_logins,
            hours: knobs.success_burst_hours,
            habit: knobs.success_burst_habit,
        };
        let machine: Vec<bool> =
            (0..logins.users.len() as u32).map(|u| is_machine(logins.users.text(u))).collect();
        let weight = |r: &Login| {
            let machine = machine.get(r.user as usize).copied().unwrap_or(false);
            if !r.success() || r.elevation() || r.by_machine() || machine { 0 } else { u64::from(r.weight) }
        };
        let mut told: Vec<Burst> = Vec::new();
        let mut drafts = Vec::new();
        for scope in [Scope::System, Scope::Account, Scope::Everything] {
            seen.ctx.check()?;
            let mut found = match scope {
                Scope::System => bursts(logins.rows.iter().map(|r| (r.host, r.time, weight(r))), &limits),
                Scope::Everything => bursts(logins.rows.iter().map(|r| (NONE, r.time, weight(r))), &limits),
                Scope::Account => bursts(
                    logins.rows.iter().filter(|r| weight(r) > 0).map(|r| (r.user, r.time, weight(r))),
                    &limits,
                ),
            };
            found.retain(|b| !told.iter().any(|t| t.overlaps(b)));
            told.extend(found.iter().cloned());
            drafts.extend(clusters(found).iter().filter_map(|c| card(logins, scope, c)));
        }
        Ok(Verdict::Found(drafts))
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
    let mixed = scope == Scope::Everything || keys.contains(&NONE);
    let of_cluster = |r: &Login| match scope {
        _ if mixed => true,
        Scope::Account => keys.contains(&r.user),
        _ => keys.contains(&r.host),
    };
    let rows: Vec<&Login> =
        logins.between(from_ns, to_ns).iter().filter(|r| r.success() && of_cluster(r)).collect();
    let (first, last) = (rows.first()?.time, rows.last()?.time);
    let named: Vec<&str> = if mixed { Vec::new() } else { keys.iter().map(|k| names.text(*k)).collect() };
    let mut users: FxHashSet<u32> = FxHashSet::default();
    let mut by_source: FxHashMap<u32, u64> = FxHashMap::default();
    for row in &rows {
        users.insert(row.user);
        *by_source.entry(row.source).or_default() += u64::from(row.weight);
    }
    // Where they came from: seen before, by anybody?
    let before: FxHashSet<u32> =
        logins.between(i64::MIN, from_ns).iter().filter(|r| r.success()).map(|r| r.source).collect();
    let mut sources: Vec<(u32, u64)> = by_source.into_iter().filter(|(s, _)| *s != NONE).collect();
    sources.sort_by_key(|(s, n)| (std::cmp::Reverse(*n), *s));
    let total: u64 = rows.iter().map(|r| u64::from(r.weight)).sum();
    let fresh: u64 = sources.iter().filter(|(s, _)| !before.contains(s)).map(|(_, n)| *n).sum();
    let outside: u64 = sources.iter().filter(|(s, _)| !logins.is_inside(*s)).map(|(_, n)| *n).sum();

    let mut entities: Vec<_> = named.iter().map(|n| entity(field, n)).collect();
    entities.extend(sources.iter().take(10).map(|(s, _)| entity("source.ip", logins.sources.text(*s))));
    if users.len() <= 10 && scope != Scope::Account {
        let mut users: Vec<u32> = users.iter().copied().filter(|u| *u != NONE).collect();
        users.sort_unstable();
        entities.extend(users.iter().map(|u| entity("user.name", logins.users.text(*u))));
    }
    if entities.is_empty() {
        entities.push(entity("event.category", "authentication"));
    }
    let mut draft = Draft::new("auth_success_burst", Shape::Fact, entities, first, last);
    let whose = match (scope, &named[..]) {
        (_, []) => " in all logs".to_owned(),
        (Scope::Account, [one]) => format!(" of {one}"),
        (Scope::Account, many) => format!(" of {} accounts", many.len()),
        (_, [one]) => format!(" on {one}"),
        (_, many) => format!(" on {} systems", many.len()),
    };
    draft.finding.title = format!(
        "{}{whose} between {} and {}, usually {} an hour",
        counted(total, "successful login", "successful logins"),
        clock(from_ns),
        clock(to_ns),
        count(lead.baseline.median.round() as u64),
    );
    let mut filter = successes();
    if !named.is_empty() {
        filter = filter.and(one_of(field, &named));
    }
    let filter = filter.and(during(from_ns, to_ns));
    draft.finding.query = kql::render(&filter);
    let new_first = |r: &&&Login| r.source != NONE && !before.contains(&r.source);
    draft.evidence(rows.iter().filter(new_first).chain(rows.iter().filter(|r| !new_first(r))).map(|r| r.id));
    draft.finding.attack = vec!["T1078".into()];

    let span = logins.span().map_or(0, |(a, b)| b - a);
    let by_week = span >= 28 * DAY;
    let words = format!("{}{}", strength(span), if by_week { ", same hour of the week" } else { "" });
    draft.part(with_query(
        part(
            "Successes in the fullest hour",
            (lead.worst.into(), lead.baseline.median.into(), lead.threshold.into()),
            "logins",
            words.clone(),
            0.22 + 0.12 * log_scale(lead.worst as f64 / lead.threshold.max(1.0), 1.0, 20.0),
        ),
        &filter,
    ));
    if !sources.is_empty() {
        draft.part(part(
            "Of them from addresses never let in before",
            (fresh.into(), 0u64.into(), "half".into()),
            "logins",
            words,
            if fresh * 2 >= total { 0.14 } else { 0.0 },
        ));
        draft.part(part(
            "Of them from outside",
            (outside.into(), "".into(), "half".into()),
            "logins",
            "none needed",
            if fresh * 2 >= total && outside * 2 >= total { 0.08 } else { 0.0 },
        ));
    }
    draft.finding.innocent = format!(
        "A new job or check, a deployment, a shift that begins after a fault. A job would be one account from one known address: \
         {}, {}.",
        counted(users.len() as u64, "account", "accounts"),
        counted(sources.len() as u64, "address", "addresses"),
    );
    let chart_from = from_ns - 24 * HOUR;
    let bars = ((to_ns - chart_from) / HOUR + 12).clamp(1, 96) as usize;
    let mut counts = vec![0u64; bars];
    for row in logins.between(chart_from, chart_from + bars as i64 * HOUR) {
        if row.success()
            && of_cluster(row)
            && let Some(bar) = counts.get_mut(((row.time - chart_from) / HOUR) as usize)
        {
            *bar += u64::from(row.weight);
        }
    }
    draft.finding.spark = Some(Spark {
        from_ns: chart_from,
        step_ns: HOUR,
        unit: "successful logins".into(),
        counts,
        baseline: Some(lead.baseline.median),
        threshold: Some(lead.threshold),
    });
    match (scope, &named[..]) {
        (Scope::Account, [one, ..]) => {
            draft.ask(format!("Show me login patterns for {one} over the past month"))
        }
        _ => draft.ask("Which users logged in most often?".into()),
    }
    if let Some((source, _)) = sources.first() {
        draft.ask(format!("Who logged in from {}?", logins.sources.text(*source)));
    }
    draft.ask(format!("What happened around {}?", moment(from_ns)));
    Some(draft)
}
