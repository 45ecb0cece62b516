//! Distributed spray: many accounts fail from many addresses at once, a few tries each, so that no address stands out. Definition:
//! Splunk's rule over bins of two minutes (accounts and addresses, each far above its mean), with a robust baseline; bins
//! of an hour besides, for those who take their time.

use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, failures, length, log_scale, moment, one_of,
    part, spark, strength, whole_seconds, with_query,
};
use crate::history::accounts_in_use;
use crate::stats::{Baseline, median};
use crate::table::{Login, Logins, NONE};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{HOUR, MINUTE, SECOND};
use timberline_model::{Filter, kql};

pub(super) struct SprayDistributed;

/// Addresses that a query lists; beyond it the query takes all failures of the stretch.
const LISTED: usize = 1_000;
/// So many bins at most; a wild time stamp must not make a vector of a century.
const MOST_BINS: i64 = 3_000_000;

/// Bins in a row with too many accounts and too many addresses.
#[derive(Clone)]
struct Stretch {
    from_ns: i64,
    to_ns: i64,
    width: i64,
    accounts: u64,
    sources: u64,
    /// What is usual of accounts and of addresses; none where the logs are too short.
    usual: Option<(Baseline, Baseline)>,
    limits: (f64, f64),
}

impl Detector for SprayDistributed {
    fn about(&self) -> About {
        About {
            id: "auth_spray_distributed",
            title: "Distributed password spray",
            stage: Stage::Attempt,
            meaning: "Many accounts failed from many addresses within minutes or hours, both far more than usual, with a few tries \
                      from each address: a spray that hides behind many addresses.",
            innocent: "A fault of the directory or of the login page while everybody works: the addresses would be known and \
                       most would soon be let in.",
            attack: &["T1110.003", "T1078"],
            references: &["Splunk: distributed password spray"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins
            .lacks(true)
            .or_else(|| logins.users.is_empty().then(|| "no login names the account (user.name)".to_owned()))
        {
            return Ok(Verdict::Skipped(why));
        }
        let mut found: Vec<Stretch> = Vec::new();
        for width in [2 * MINUTE, HOUR] {
            seen.ctx.check()?;
            for stretch in stretches(logins, width, knobs) {
                if !found.iter().any(|f| f.from_ns < stretch.to_ns && stretch.from_ns < f.to_ns) {
                    found.push(stretch);
                }
            }
        }
        found.sort_by_key(|s| s.from_ns);
        let in_use = accounts_in_use(logins);
        let mut drafts: Vec<Draft> = found.iter().filter_map(|s| draft(logins, s, &in_use, knobs)).collect();
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(knobs.spray_own_cards.max(1.0) as usize);
        Ok(Verdict::Found(drafts))
    }
}

fn taken(row: &&Login) -> bool {
    !row.success() && row.source != NONE && row.user != NONE
}

fn stretches(logins: &Logins, width: i64, knobs: &Knobs) -> Vec<Stretch> {
    let Some((first, last)) = logins.span() else { return Vec::new() };
    let (first_bin, bins) = (first.div_euclid(width), last.div_euclid(width) - first.div_euclid(width) + 1);
    if bins > MOST_BINS {
        return Vec::new();
    }
    // Accounts and addresses of each bin that has any; the rest are 0.
    let mut counts: Vec<(i64, f64, f64)> = Vec::new();
    let (mut users, mut sources) = (FxHashSet::default(), FxHashSet::default());
    let rows: Vec<&Login> = logins.rows.iter().filter(taken).collect();
    for bin in rows.chunk_by(|a, b| a.time.div_euclid(width) == b.time.div_euclid(width)) {
        let Some(first) = bin.first() else { continue };
        users.clear();
        sources.clear();
        for row in bin {
            users.insert(row.user);
            sources.insert(row.source);
        }
        counts.push((first.time.div_euclid(width), users.len() as f64, sources.len() as f64));
    }
    let baselined = (last - first) as f64 >= knobs.burst_hours * HOUR as f64;
    let usual = baselined
        .then(|| {
            let series = |of: fn(&(i64, f64, f64)) -> f64| {
                // Where most bins are empty the middle one is, and so is the spread.
                if (counts.len() as i64) * 4 < bins {
                    let max = counts.iter().map(of).fold(0.0, f64::max);
                    let n = usize::try_from(bins).unwrap_or(0);
                    return Some(Baseline { median: 0.0, sigma: 1.0, max, n });
                }
                let mut values = vec![0.0; usize::try_from(bins).unwrap_or(0)];
                for count in &counts {
                    if let Some(slot) = values.get_mut((count.0 - first_bin) as usize) {
                        *slot = of(count);
                    }
                }
                Baseline::of_counts(&values)
            };
            Some((series(|c| c.1)?, series(|c| c.2)?))
        })
        .flatten();
    let floors = (knobs.distributed_accounts, knobs.distributed_sources);
    let limits = match &usual {
        Some((accounts, sources)) => (
            accounts.at(knobs.distributed_deviations).max(floors.0),
            sources.at(knobs.distributed_deviations).max(floors.1),
        ),
        // Without a baseline twice as many, which is Splunk's floor.
        None => (floors.0 * 2.0, floors.1 * 2.0),
    };
    let gap = (3 * width).max(10 * MINUTE);
    let mut found: Vec<Stretch> = Vec::new();
    for (bin, accounts, sources) in counts.iter().filter(|c| c.1 >= limits.0 && c.2 >= limits.1) {
        let (from_ns, to_ns) = (bin * width, (bin + 1) * width);
        match found.last_mut().filter(|s| from_ns - s.to_ns <= gap) {
            Some(stretch) => {
                stretch.to_ns = to_ns;
                stretch.accounts = stretch.accounts.max(*accounts as u64);
                stretch.sources = stretch.sources.max(*sources as u64);
            }
            None => found.push(Stretch {
                from_ns,
                to_ns,
                width,
                accounts: *accounts as u64,
                sources: *sources as u64,
                usual,
                limits,
            }),
        }
    }
    found
}

fn draft(logins: &Logins, stretch: &Stretch, in_use: &FxHashSet<u32>, knobs: &Knobs) -> Option<Draft> {
    let within = logins.between(stretch.from_ns, stretch.to_ns);
    let mut by_source: FxHashMap<u32, u64> = FxHashMap::default();
    for row in within.iter().filter(taken) {
        *by_source.entry(row.source).or_default() += u64::from(row.weight);
    }
    // Whoever guesses alone has a card of his own and is no part of it.
    by_source.retain(|_, n| (*n as f64) < knobs.guess_failures);
    let counts: Vec<f64> = by_source.values().map(|n| *n as f64).collect();
    let total: f64 = counts.iter().sum();
    let per_source = median(&counts)?;
    let most = counts.iter().copied().fold(0.0, f64::max);
    let part_of = |r: &&Login| by_source.contains_key(&r.source);
    let tried: FxHashSet<u32> = within.iter().filter(taken).filter(part_of).map(|r| r.user).collect();
    let enough = by_source.len() as f64 >= knobs.distributed_sources
        && tried.len() as f64 >= knobs.distributed_accounts;
    if !enough || per_source > knobs.distributed_per_source || most * 4.0 > total {
        return None;
    }
    // A fault while everybody works: those who failed are soon let in, from where they failed.
    let after = logins.between(stretch.from_ns, stretch.to_ns.saturating_add(HOUR));
    let mended: FxHashSet<u32> = after
        .iter()
        .filter(|r| r.success() && !r.elevation() && part_of(r))
        .map(|r| r.user)
        .filter(|u| tried.contains(u))
        .collect();
    if mended.len() * 2 > tried.len() {
        return None;
    }
    let first = within.iter().filter(taken).find(part_of)?.time;
    let last_failure = within.iter().rev().filter(taken).find(part_of)?.time;
    let got_in: Vec<&Login> =
        after.iter().filter(|r| r.success() && !r.elevation() && part_of(r) && r.time >= first).collect();
    let last = got_in.iter().map(|r| r.time).fold(last_failure, i64::max);
    let (from_ns, to_ns) = whole_seconds(first, last);
    let mut sources: Vec<&str> = by_source.keys().map(|s| logins.sources.text(*s)).collect();
    sources.sort_unstable();
    let listed = sources.len() <= LISTED;
    let outcome = if listed && !got_in.is_empty() {
        Filter::is("event.category", "authentication")
            .and(Filter::any_of("event.outcome", &["failure", "success"]))
    } else {
        failures()
    };
    let with_success = listed && !got_in.is_empty();
    let base = if listed { one_of("source.ip", &sources) } else { Filter::All };
    let base = base.and(during(from_ns, to_ns));
    let rows: Vec<&Login> = logins
        .between(from_ns, to_ns)
        .iter()
        .filter(|r| (!listed || part_of(r)) && (with_success || !r.success()))
        .collect();

    let mut users: Vec<u32> = tried.iter().copied().collect();
    users.sort_by_key(|u| (!got_in.iter().any(|g| g.user == *u), !in_use.contains(u), *u));
    let mut hosts: Vec<u32> = rows.iter().map(|r| r.host).filter(|h| *h != NONE).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let mut entities: Vec<_> = sources.iter().map(|s| entity("source.ip", s)).collect();
    entities.extend(users.iter().take(50).map(|u| entity("user.name", logins.users.text(*u))));
    entities.extend(hosts.iter().take(5).map(|h| entity("host.name", logins.hosts.text(*h))));
    let mut draft = Draft::new("auth_spray_distributed", Shape::Fact, entities, first, last);
    draft.finding.title = format!(
        "{} failed from {} within {}, {} in all",
        counted(tried.len() as u64, "account", "accounts"),
        counted(sources.len() as u64, "address", "addresses"),
        length((last_failure - first).max(SECOND)),
        counted(total as u64, "try", "tries"),
    );
    if let Some(row) = got_in.first() {
        draft.finding.title.push_str(&format!(
            "; {} got in at {}",
            logins.users.text(row.user),
            clock(row.time)
        ));
    }
    draft.finding.query = kql::render(&outcome.and(base.clone()));
    draft.evidence(
        rows.iter().filter(|r| r.success()).chain(rows.iter().filter(|r| !r.success())).map(|r| r.id),
    );
    draft.finding.attack = vec!["T1110.003".into()];
    for (source, n) in &by_source {
        let source = logins.sources.text(*source).to_owned();
        draft.claims.push(Claim { source, from_ns, to_ns, weight: *n });
    }
    draft.claims.sort();

    let span = logins.span().map_or(0, |(a, b)| b - a);
    let words = match stretch.usual {
        Some(_) => format!("{}, bins of {}", strength(span), length(stretch.width)),
        None => format!("none: the logs span {}, bins of {}", length(span), length(stretch.width)),
    };
    let expected = |of: fn(&(Baseline, Baseline)) -> f64| {
        stretch.usual.as_ref().map_or_else(|| "".into(), |u| timberline_model::Figure::from(of(u)))
    };
    let known = if stretch.usual.is_some() { 0.0 } else { -0.06 };
    draft.part(with_query(
        part(
            "Accounts that failed at once",
            (stretch.accounts.into(), expected(|u| u.0.median), stretch.limits.0.into()),
            "accounts",
            words.clone(),
            0.26 + known + 0.12 * log_scale(stretch.accounts as f64 / stretch.limits.0.max(1.0), 1.0, 20.0),
        ),
        &failures().and(base.clone()),
    ));
    draft.part(part(
        "Addresses that failed at once",
        (stretch.sources.into(), expected(|u| u.1.median), stretch.limits.1.into()),
        "addresses",
        words,
        0.12,
    ));
    draft.part(part(
        "Failures of the middle address",
        (per_source.into(), "many".into(), knobs.distributed_per_source.into()),
        "failures",
        "none needed",
        0.05,
    ));
    let real = tried.iter().filter(|u| in_use.contains(u)).count() as u64;
    if real >= 3 && real * 2 >= tried.len() as u64 {
        draft.part(part(
            "Accounts that exist",
            (real.into(), "few".into(), "half".into()),
            "accounts",
            "they logged in elsewhere",
            0.15,
        ));
    }
    if let Some(row) = got_in.first() {
        let known = tried.contains(&row.user);
        draft.finding.attack.push("T1078".into());
        draft.part(part(
            "Successes from these addresses, meanwhile or within an hour",
            ((got_in.len() as u64).into(), 0u64.into(), 1u64.into()),
            "logins",
            "none needed",
            if known { 0.25 } else { 0.10 },
        ));
    }
    draft.finding.innocent = format!(
        "A fault of the directory or of the login page while everybody works. Those who failed would soon be let in: {} of {} \
         accounts were. The addresses would be inside: {} of {} are.",
        mended.len(),
        count(tried.len() as u64),
        by_source.keys().filter(|s| logins.is_inside(**s)).count(),
        count(sources.len() as u64),
    );
    let pad = ((last - first) / 2).max(HOUR / 4);
    draft.finding.spark = Some(spark(
        rows.iter().filter(|r| !r.success()).map(|r| (r.time, u64::from(r.weight))),
        (first - pad, last + pad),
        30,
        "failed logins",
    ));
    draft.ask(format!("What happened around {}?", moment(got_in.first().map_or(first, |r| r.time))));
    if let Some(user) = got_in.first().map(|r| logins.users.text(r.user)) {
        draft.ask(format!("Show me login patterns for {user} over the past month"));
    }
    draft.ask("Did any address fail many times and then succeed in logging in?".into());
    draft.ask("Which users failed to log in most often?".into());
    Some(draft)
}
