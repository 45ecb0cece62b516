//! Password spray: one address fails for many accounts, few times each. Definition: Elastic's Okta rule (at least 5
//! users and 15 attempts, per user 2 to 8), with Splunk's condition that successes are rare, so that an office
//! behind one address is none. Also username guessing, which looks the same from the log.

use crate::draft::{
    Claim, Draft, Shape, clock, counted, during, entity, failures, length, log_scale, moment, one_of, part,
    spark, successes, whole_seconds, with_query,
};
use crate::history::accounts_in_use;
use crate::stats::median;
use crate::table::{Login, Logins, NONE, is_inside};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{HOUR, SECOND};
use timberline_model::{Filter, kql};

pub(super) struct Spray;

/// Accounts that a card lists.
const ACCOUNTS_LISTED: usize = 50;

impl Detector for Spray {
    fn about(&self) -> About {
        About {
            id: "auth_spray",
            title: "Password spray",
            stage: Stage::Attempt,
            meaning: "One address failed to log in as at least 5 accounts, at least 15 times within an hour, with few \
                      tries each and hardly any success: one password tried on many doors, or names being guessed.",
            innocent: "A shared office address, a scanner of your own, or a login page that many people pass through; \
                       there many logins succeed.",
            attack: &["T1110.003", "T1078"],
            references: &[
                "Elastic: Okta password spray",
                "Splunk: password spray",
                "Hayabusa: 4648 explicit logon spray",
            ],
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
        let in_use = accounts_in_use(logins);
        let mut drafts = Vec::new();
        for source in logins.all_sources() {
            seen.ctx.check()?;
            if let Some(range) = spray_of(logins, source, knobs) {
                drafts.push(draft(logins, source, range, &in_use, knobs));
            }
        }
        if drafts.len() as f64 > knobs.spray_own_cards {
            // Names guessed by hundreds of addresses are noise, told by the rolled-up card of guessing. What stays:
            // somebody inside, somebody who got in, or somebody who knows the accounts.
            drafts.retain(|d| d.finding.parts.iter().any(|p| p.weight >= 0.15 && p.name != TRIED));
            drafts.sort_by(|a, b| {
                b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
            });
            drafts.truncate(knobs.spray_own_cards as usize);
        }
        Ok(Verdict::Found(drafts))
    }
}

const TRIED: &str = "Accounts tried in an hour";

/// Whether a source sprays.
pub(super) fn sprays(logins: &Logins, source: u32, knobs: &Knobs) -> bool {
    spray_of(logins, source, knobs).is_some()
}

/// The spray of a source: times of its first and last failure, and the accounts in the fullest window.
fn spray_of(logins: &Logins, source: u32, knobs: &Knobs) -> Option<(i64, i64, usize)> {
    let rows: Vec<&Login> = logins.of_source(source).filter(|r| !r.success() && r.user != NONE).collect();
    if (rows.len() as f64) < knobs.spray_users {
        return None;
    }
    let width = (knobs.spray_window_s * SECOND as f64) as i64;
    let mut by_user: FxHashMap<u32, u64> = FxHashMap::default();
    let (mut first, mut sum) = (0, 0u64);
    // The window with most accounts: (accounts, failures, first row, last row).
    let mut best: Option<(usize, u64, usize, usize)> = None;
    for (last, row) in rows.iter().enumerate() {
        *by_user.entry(row.user).or_default() += u64::from(row.weight);
        sum += u64::from(row.weight);
        while let Some(old) = rows.get(first).filter(|old| old.time < row.time.saturating_sub(width)) {
            sum -= u64::from(old.weight);
            if let Some(n) = by_user.get_mut(&old.user) {
                *n -= u64::from(old.weight);
                if *n == 0 {
                    by_user.remove(&old.user);
                }
            }
            first += 1;
        }
        let enough = by_user.len() as f64 >= knobs.spray_users && sum as f64 >= knobs.spray_failures;
        if enough && best.is_none_or(|b| (by_user.len(), sum) > (b.0, b.1)) {
            best = Some((by_user.len(), sum, first, last));
        }
    }
    let (users, fails, first, last) = best?;
    let window = rows.get(first..=last)?;
    let mut per_user: FxHashMap<u32, u64> = FxHashMap::default();
    for row in window {
        *per_user.entry(row.user).or_default() += u64::from(row.weight);
    }
    let counts: Vec<f64> = per_user.values().map(|n| *n as f64).collect();
    let most = counts.iter().copied().fold(0.0, f64::max);
    if median(&counts)? > knobs.spray_per_user || most * 2.0 > fails as f64 {
        return None;
    }
    // A shared address: as the hours pass, many of its logins succeed.
    let (from, to) = (window.first()?.time, window.last()?.time);
    let day = 24 * HOUR;
    let around = |r: &&Login| r.time >= from - day && r.time <= to + day;
    let (mut good, mut bad, mut good_users) = (0u64, 0u64, FxHashSet::default());
    for row in logins.of_source(source).filter(around) {
        if row.success() {
            good += u64::from(row.weight);
            good_users.insert(row.user);
        } else {
            bad += u64::from(row.weight);
        }
    }
    if good as f64 >= knobs.spray_success_ratio * bad as f64 && good_users.len() * 2 > users {
        return None;
    }
    // The whole of it: back and forth with no silence longer than the window.
    let near = |a: usize, b: usize| matches!((rows.get(a), rows.get(b)), (Some(a), Some(b)) if b.time - a.time <= width);
    let (mut start, mut end) = (first, last);
    while start > 0 && near(start - 1, start) {
        start -= 1;
    }
    while near(end, end + 1) {
        end += 1;
    }
    Some((rows.get(start)?.time, rows.get(end)?.time, users))
}

fn draft(
    logins: &Logins,
    source: u32,
    (first, last_failure, in_window): (i64, i64, usize),
    in_use: &FxHashSet<u32>,
    knobs: &Knobs,
) -> Draft {
    let text = logins.sources.text(source);
    let follow = (knobs.success_follow_s * SECOND as f64) as i64;
    let tried: FxHashSet<u32> = logins
        .of_source(source)
        .filter(|r| !r.success() && r.time >= first && r.time <= last_failure)
        .map(|r| r.user)
        .collect();
    let last = logins
        .of_source(source)
        .filter(|r| r.success() && r.time >= first && r.time <= last_failure + follow)
        .map(|r| r.time)
        .fold(last_failure, i64::max);
    let (from_ns, to_ns) = whole_seconds(first, last);
    let rows: Vec<&Login> =
        logins.of_source(source).filter(|r| r.time >= from_ns && r.time < to_ns && !r.elevation()).collect();
    let fails: u64 = rows.iter().filter(|r| !r.success()).map(|r| u64::from(r.weight)).sum();
    let good: Vec<&&Login> = rows.iter().filter(|r| r.success()).collect();
    let got_in: Option<&&Login> = good.iter().find(|r| tried.contains(&r.user)).or(good.first()).copied();

    let mut per_user: FxHashMap<u32, u64> = FxHashMap::default();
    for row in rows.iter().filter(|r| !r.success()) {
        *per_user.entry(row.user).or_default() += u64::from(row.weight);
    }
    let mut users: Vec<(u32, u64)> = per_user.into_iter().filter(|(u, _)| *u != NONE).collect();
    users.sort_by_key(|(user, n)| {
        (got_in.is_none_or(|g| g.user != *user), !in_use.contains(user), std::cmp::Reverse(*n), *user)
    });
    let mut hosts: Vec<u32> = rows.iter().map(|r| r.host).filter(|h| *h != NONE).collect();
    hosts.sort_unstable();
    hosts.dedup();

    let mut entities = vec![entity("source.ip", text)];
    entities.extend(hosts.iter().take(5).map(|h| entity("host.name", logins.hosts.text(*h))));
    entities
        .extend(users.iter().take(ACCOUNTS_LISTED).map(|(u, _)| entity("user.name", logins.users.text(*u))));
    let mut draft = Draft::new("auth_spray", Shape::Spray, entities, first, last);
    let span = length((last_failure - first).max(SECOND));
    draft.finding.title = format!(
        "{text} failed to log in as {} {} within {span}",
        counted(users.len() as u64, "account,", "accounts,"),
        counted(fails, "time", "times"),
    );
    if let Some(row) = got_in {
        let user = logins.users.text(row.user);
        draft.finding.title.push_str(&format!(", then got in as {user} at {}", clock(row.time)));
    }
    let base = Filter::is("source.ip", text).and(during(from_ns, to_ns));
    let outcome = if good.is_empty() {
        failures()
    } else {
        Filter::is("event.category", "authentication")
            .and(Filter::any_of("event.outcome", &["failure", "success"]))
    };
    draft.finding.query = kql::render(&outcome.and(base.clone()));
    draft.evidence(good.iter().copied().chain(rows.iter().filter(|r| !r.success())).map(|r| r.id));
    draft.finding.attack = vec!["T1110.003".into()];
    draft.claims.push(Claim { source: text.to_owned(), from_ns, to_ns, weight: fails });

    draft.part(with_query(
        part(
            TRIED,
            ((in_window as u64).into(), "1 or 2".into(), knobs.spray_users.into()),
            "accounts",
            "none needed",
            0.33 + 0.12 * log_scale(in_window as f64, knobs.spray_users, knobs.spray_users * 20.0),
        ),
        &failures().and(base.clone()),
    ));
    let counts: Vec<f64> = users.iter().map(|(_, n)| *n as f64).collect();
    draft.part(part(
        "Failures for the middle account",
        (median(&counts).unwrap_or(0.0).into(), "many for one".into(), knobs.spray_per_user.into()),
        "failures",
        "none needed",
        0.05,
    ));
    let real: FxHashSet<u32> = rows
        .iter()
        .filter(|r| r.real_user() || in_use.contains(&r.user))
        .map(|r| r.user)
        .filter(|u| tried.contains(u))
        .collect();
    if real.len() >= 3 && real.len() * 2 >= tried.len() {
        let mut names: Vec<&str> = real.iter().map(|u| logins.users.text(*u)).collect();
        names.sort_unstable();
        names.truncate(200);
        draft.part(with_query(
            part(
                "Accounts that exist",
                ((real.len() as u64).into(), "few".into(), "half".into()),
                "accounts",
                "they logged in elsewhere, or the log says so",
                0.15,
            ),
            &failures().and(base.clone()).and(one_of("user.name", &names)),
        ));
    }
    let inside = is_inside(text);
    if inside {
        draft.part(part(
            "Inside address",
            ("inside".into(), "outside".into(), "inside".into()),
            "",
            "none needed",
            0.15,
        ));
    }
    if let Some(row) = got_in {
        let known = tried.contains(&row.user);
        draft.finding.attack.push("T1078".into());
        draft.part(with_query(
            part(
                "Successes after the failures",
                ((good.len() as u64).into(), 0u64.into(), 1u64.into()),
                "logins",
                "none needed",
                if known { 0.25 } else { 0.10 },
            ),
            &successes().and(base.clone()),
        ));
    }

    let unknown =
        rows.iter().filter(|r| r.no_such_user()).map(|r| r.user).collect::<FxHashSet<_>>().len() as u64;
    let names = if unknown > 0 {
        format!(" {} of the names do not exist, which speaks for guessing.", crate::draft::count(unknown))
    } else {
        String::new()
    };
    draft.finding.innocent = format!(
        "An address that many people share, or a scanner of your own. From a shared address many logins would \
         succeed: {}. A scanner of your own would come from inside: {}.{names}",
        if good.is_empty() {
            "no, none did".to_owned()
        } else {
            format!("no, {} did", crate::draft::count(good.len() as u64))
        },
        if inside { "fits, it is inside" } else { "no, it is outside" },
    );
    let pad = ((last - first) / 3).max(HOUR / 4);
    draft.finding.spark = Some(spark(
        rows.iter().filter(|r| !r.success()).map(|r| (r.time, u64::from(r.weight))),
        (first - pad, last + pad),
        30,
        "failed logins",
    ));
    draft.ask(format!("Which users failed to log in from {text}?"));
    draft.ask(format!("What happened around {}?", moment(got_in.map_or(first, |r| r.time))));
    if inside {
        draft.ask(format!("What other systems did {text} connect to recently?"));
    }
    if let Some(user) = got_in.map(|r| logins.users.text(r.user)).filter(|u| !u.is_empty()) {
        draft.ask(format!("Show me login patterns for {user} over the past month"));
    }
    draft.ask("Which source had the most failed logins?".into());
    draft
}
