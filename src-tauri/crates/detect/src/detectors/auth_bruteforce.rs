//! Brute force attempt: many failures of one address within an hour. Definition: the failures of Timesketch's
//! brute force analyser without the success; Elastic (60 in 30 s) and Hayabusa (5 in 5 min) watch live streams.
//! An internet-facing system is guessed at by thousands of addresses: beyond a few they share one card, and only
//! those far above the rest, or inside, get their own.

use super::{auth_bruteforce_success, auth_spray};
use crate::draft::{
    Claim, Draft, Shape, count, counted, during, entity, failures, length, log_scale, moment, one_of, part,
    spark, whole_seconds, with_query,
};
use crate::history::accounts_in_use;
use crate::stats::{median, peak, spacing};
use crate::table::{Groups, Login, Logins, NONE};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{DAY, HOUR, SECOND};
use timberline_model::{Filter, kql};

pub(super) struct BruteForce;

/// Addresses that a rolled-up card and its query list; beyond it the query takes all failures.
const LISTED: usize = 2_000;

/// One guesser's campaign.
struct Guesser<'l> {
    /// A number of [`Logins::sources`]; [`NONE`] where the log names no address.
    source: u32,
    /// Where the log names no address: the account and the system.
    at: Option<(u32, u32)>,
    /// Failures in the fullest window, weighted.
    peak: u64,
    /// When that window began.
    peak_ns: i64,
    /// All failures of the campaign.
    rows: Vec<&'l Login>,
}

impl Guesser<'_> {
    fn total(&self) -> u64 {
        self.rows.iter().map(|r| u64::from(r.weight)).sum()
    }
    fn span(&self) -> (i64, i64) {
        (self.rows.first().map_or(0, |r| r.time), self.rows.last().map_or(0, |r| r.time))
    }
}

impl Detector for BruteForce {
    fn about(&self) -> About {
        About {
            id: "auth_bruteforce",
            title: "Brute force attempt",
            stage: Stage::Attempt,
            meaning: "One address failed to log in at least 20 times within an hour. Addresses beyond the first few \
                      are told in one card.",
            innocent: "A job or device with an old password; a shared office address where many people mistype.",
            attack: &["T1110.001", "T1110.003"],
            references: &[
                "Timesketch brute force analyser",
                "Elastic: potential SSH brute force attack",
                "Hayabusa: password guessing",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins.lacks(false) {
            return Ok(Verdict::Skipped(why));
        }
        let guessers = guessers(logins, knobs);
        seen.ctx.check()?;
        let in_use = accounts_in_use(logins);
        // Who may have got in, or sprays from inside, is no noise: a card of its own, which stands back for the card
        // that tells more.
        let (apart, guessers): (Vec<_>, Vec<_>) = guessers.into_iter().partition(|g| {
            g.source != NONE
                && (auth_bruteforce_success::may_have_got_in(logins, g.source, knobs)
                    || (logins.is_inside(g.source) && auth_spray::sprays(logins, g.source, knobs)))
        });
        let mut drafts: Vec<Draft> = apart.iter().map(|g| own_card(logins, g, &in_use, knobs)).collect();
        let sourced = guessers.iter().filter(|g| g.source != NONE).count();
        if sourced as f64 <= knobs.guess_own_cards {
            drafts.extend(guessers.iter().map(|g| own_card(logins, g, &in_use, knobs)));
            return Ok(Verdict::Found(drafts));
        }
        let peaks: Vec<f64> = guessers.iter().map(|g| g.peak as f64).collect();
        let usual = median(&peaks).unwrap_or(0.0);
        let mut outliers: Vec<&Guesser<'_>> = guessers
            .iter()
            .filter(|g| {
                g.source == NONE
                    || logins.is_inside(g.source)
                    || g.peak as f64 >= (usual * knobs.guess_outlier_ratio).max(knobs.guess_failures * 10.0)
            })
            .collect();
        // Inside ones first, then the busiest; a handful, or they are no outliers.
        outliers.sort_by_key(|g| (!logins.is_inside(g.source), std::cmp::Reverse(g.peak), g.source));
        outliers.truncate(knobs.guess_own_cards.max(0.0) as usize);
        drafts.extend(outliers.iter().map(|g| own_card(logins, g, &in_use, knobs)));
        let rest: Vec<&Guesser<'_>> = guessers.iter().filter(|g| g.source != NONE).collect();
        drafts.extend(rolled_up(logins, &rest, usual, knobs));
        Ok(Verdict::Found(drafts))
    }
}

/// Whether an address guesses, so that a card here tells of it.
pub(super) fn guesses(logins: &Logins, source: u32, knobs: &Knobs) -> bool {
    let rows: Vec<&Login> = logins.of_source(source).filter(failed).collect();
    campaign(&rows, source, None, knobs).is_some_and(|g| !is_shared(logins, &g, knobs))
}

fn guessers<'l>(logins: &'l Logins, knobs: &Knobs) -> Vec<Guesser<'l>> {
    let mut found = Vec::new();
    for source in logins.all_sources() {
        let rows: Vec<&Login> = logins.of_source(source).filter(failed).collect();
        found.extend(campaign(&rows, source, None, knobs).filter(|g| !is_shared(logins, g, knobs)));
    }
    // Where the log names no address: by account and system, as Hayabusa and Chainsaw count 4625.
    let mut nameless: FxHashMap<(u32, u32), Vec<&Login>> = FxHashMap::default();
    for row in logins.of_source(NONE).filter(failed) {
        nameless.entry((row.user, row.host)).or_default().push(row);
    }
    let mut nameless: Vec<_> = nameless.into_iter().collect();
    nameless.sort_by_key(|(at, _)| *at);
    found.extend(nameless.iter().filter_map(|(at, rows)| campaign(rows, NONE, Some(*at), knobs)));
    found
}

/// Whether several people log in from the address, often enough for their mistyping: an office, not a guesser.
fn is_shared(logins: &Logins, guesser: &Guesser<'_>, knobs: &Knobs) -> bool {
    let (first, last) = guesser.span();
    let (mut good, mut people) = (0u64, FxHashSet::default());
    for row in logins.of_source(guesser.source).filter(|r| r.success() && !r.elevation()) {
        if row.time >= first - DAY && row.time <= last + DAY {
            good += u64::from(row.weight);
            people.insert(row.user);
        }
    }
    people.len() >= 3 && good as f64 >= knobs.spray_success_ratio * guesser.total() as f64
}

fn failed(row: &&Login) -> bool {
    !row.success()
}

fn campaign<'l>(
    rows: &[&'l Login],
    source: u32,
    at: Option<(u32, u32)>,
    knobs: &Knobs,
) -> Option<Guesser<'l>> {
    if rows.iter().map(|r| f64::from(r.weight)).sum::<f64>() < knobs.guess_failures {
        return None;
    }
    let moments: Vec<(i64, u64)> = rows.iter().map(|r| (r.time, u64::from(r.weight))).collect();
    let peak = peak(&moments, (knobs.guess_window_s * SECOND as f64) as i64)?;
    if (peak.sum as f64) < knobs.guess_failures {
        return None;
    }
    let gap = (knobs.campaign_gap_s * SECOND as f64) as i64;
    let near = |a: usize, b: usize| matches!((rows.get(a), rows.get(b)), (Some(a), Some(b)) if b.time - a.time <= gap);
    let (mut first, mut last) = (peak.first, peak.last);
    while first > 0 && near(first - 1, first) {
        first -= 1;
    }
    while near(last, last + 1) {
        last += 1;
    }
    Some(Guesser {
        source,
        at,
        peak: peak.sum,
        peak_ns: rows.get(peak.first)?.time,
        rows: rows.get(first..=last)?.to_vec(),
    })
}

/// The account that most failures were for, and how many.
fn main_user(rows: &[&Login]) -> Option<(u32, u64, usize)> {
    let mut by_user: FxHashMap<u32, u64> = FxHashMap::default();
    for row in rows {
        *by_user.entry(row.user).or_default() += u64::from(row.weight);
    }
    let top = by_user.iter().max_by_key(|(user, n)| (**n, std::cmp::Reverse(**user)))?;
    Some((*top.0, *top.1, by_user.len()))
}

fn own_card(logins: &Logins, guesser: &Guesser<'_>, in_use: &FxHashSet<u32>, knobs: &Knobs) -> Draft {
    let (first, last) = guesser.span();
    let (from_ns, to_ns) = whole_seconds(first, last);
    let total = guesser.total();
    let source = logins.sources.text(guesser.source);
    let (user, of_user, users) = main_user(&guesser.rows).unwrap_or((NONE, 0, 0));
    let user_text = logins.users.text(user);
    let mut hosts: Vec<u32> = guesser.rows.iter().map(|r| r.host).filter(|h| *h != NONE).collect();
    hosts.sort_unstable();
    hosts.dedup();

    let mut entities = Vec::new();
    if guesser.source != NONE {
        entities.push(entity("source.ip", source));
    }
    if (users == 1 || guesser.at.is_some()) && !user_text.is_empty() {
        entities.push(entity("user.name", user_text));
    }
    for host in hosts.iter().take(5) {
        entities.push(entity("host.name", logins.hosts.text(*host)));
    }
    let mut draft = Draft::new("auth_bruteforce", Shape::Attempt, entities, first, last);
    let whom = match users {
        1 if user_text.is_empty() => String::new(),
        1 => format!(" for {user_text}"),
        n => format!(" for {}", counted(n as u64, "account", "accounts")),
    };
    let whence = match guesser.at {
        None => format!(" from {source}"),
        Some((_, NONE)) => ", no address in the log".into(),
        Some((_, host)) => format!(" on {}, no address in the log", logins.hosts.text(host)),
    };
    let failed = counted(total, "failed login", "failed logins");
    draft.finding.title = format!("{failed}{whom}{whence} within {}", length((last - first).max(SECOND)));

    let mut base = failures();
    match guesser.at {
        None => base = base.and(Filter::is("source.ip", source)),
        Some((user, host)) => {
            base = base.and(Filter::exists("source.ip").negate());
            for (field, code, text) in
                [("user.name", user, logins.users.text(user)), ("host.name", host, logins.hosts.text(host))]
            {
                base = base.and(if code == NONE {
                    Filter::exists(field).negate()
                } else {
                    Filter::is(field, text)
                });
            }
        }
    }
    draft.finding.query = kql::render(&base.clone().and(during(from_ns, to_ns)));
    draft.evidence(evidence(logins, guesser, from_ns, to_ns));
    draft.finding.attack = vec!["T1110.001".into()];
    if guesser.at.is_none() {
        draft.claims.push(Claim { source: source.to_owned(), from_ns, to_ns, weight: total });
    }

    let window = (knobs.guess_window_s * SECOND as f64) as i64;
    draft.part(with_query(
        part(
            "Failures in the fullest hour",
            (guesser.peak.into(), 0u64.into(), knobs.guess_failures.into()),
            "failures",
            "none needed",
            0.25 + 0.20 * log_scale(guesser.peak as f64, knobs.guess_failures, knobs.guess_failures * 50.0),
        ),
        &base.clone().and(during(guesser.peak_ns, guesser.peak_ns.saturating_add(window + 1))),
    ));
    if in_use.contains(&user) && of_user * 2 > total {
        draft.part(with_query(
            part(
                format!("{user_text} is in use"),
                (of_user.into(), "".into(), "in use".into()),
                "failures",
                "it has logged in in these logs",
                0.10,
            ),
            &base.clone().and(one_of("user.name", &[user_text])).and(during(from_ns, to_ns)),
        ));
    }
    let inside = guesser.source != NONE && logins.is_inside(guesser.source);
    if inside {
        draft.part(part(
            "Inside address",
            ("inside".into(), "outside".into(), "inside".into()),
            "",
            "none needed",
            0.15,
        ));
    }
    let times: Vec<i64> = guesser.rows.iter().map(|r| r.time).collect();
    let even = spacing(&times).filter(|s| s.is_even() && s.step_s >= 30.0);
    let job = even.is_some() && users == 1 && (inside || guesser.source == NONE);
    if let Some(steps) = even.filter(|_| job) {
        draft.part(part(
            "Even steps of one account, as a job makes them",
            (length((steps.step_s * SECOND as f64) as i64).into(), "uneven".into(), "30 s".into()),
            "",
            "none needed",
            -0.20,
        ));
    }
    let let_in: u64 = if guesser.source == NONE {
        0
    } else {
        logins
            .of_source(guesser.source)
            .filter(|r| r.success() && r.time >= from_ns && r.time < to_ns)
            .map(|r| u64::from(r.weight))
            .sum()
    };
    let shared = let_in as f64 / total.max(1) as f64 >= knobs.spray_success_ratio;
    if shared {
        draft.part(part(
            "Successes from the same address meanwhile",
            (let_in.into(), 0u64.into(), (knobs.spray_success_ratio * total as f64).into()),
            "logins",
            "none needed",
            -0.15,
        ));
    }

    let steps = match spacing(&times) {
        Some(s) if s.is_even() => format!("fits, one each {}", length((s.step_s * SECOND as f64) as i64)),
        Some(s) => format!("no, steps vary around {}", length((s.step_s * SECOND as f64) as i64)),
        None => "cannot be told".into(),
    };
    let place = match (guesser.source, inside) {
        (NONE, _) => "cannot be told, the log names no address",
        (_, true) => "fits, it is inside",
        _ => "no, it is outside",
    };
    let accounts = if users == 1 {
        "fits".into()
    } else {
        format!("no, {}", counted(users as u64, "account", "accounts"))
    };
    draft.finding.innocent = format!(
        "A job or device that kept an old password. It would fail at even steps, for one account, from inside the \
         network. Even steps: {steps}. One account: {accounts}. Inside address: {place}."
    );
    let pad = ((last - first) / 10).max(HOUR / 2);
    draft.finding.spark = Some(spark(
        guesser.rows.iter().map(|r| (r.time, u64::from(r.weight))),
        (first - pad, last + pad),
        30,
        "failed logins",
    ));
    if guesser.source != NONE {
        draft.ask(format!("Which users failed to log in from {source}?"));
    }
    draft.ask(format!("What happened around {}?", moment(guesser.peak_ns)));
    if !user_text.is_empty() {
        draft.ask(format!("Show me login patterns for {user_text} over the past month"));
    }
    draft.ask("Which source had the most failed logins?".into());
    draft
}

/// The guesser's events in the stretch: those of the fullest window first.
fn evidence<'g>(
    logins: &'g Logins,
    guesser: &'g Guesser<'_>,
    from_ns: i64,
    to_ns: i64,
) -> impl Iterator<Item = timberline_model::EventId> + 'g {
    // Every failure of the source between the whole seconds, which may be some more than the campaign's own.
    let extra = logins
        .of_source(guesser.source)
        .filter(move |r| {
            failed(r)
                && r.time >= from_ns
                && r.time < to_ns
                && guesser.at.is_none_or(|(user, host)| (r.user, r.host) == (user, host))
        })
        .map(|r| (r.time < guesser.peak_ns, r.id));
    let mut ids: Vec<_> = extra.collect();
    ids.sort();
    ids.into_iter().map(|(_, id)| id)
}

fn rolled_up(logins: &Logins, guessers: &[&Guesser<'_>], usual: f64, knobs: &Knobs) -> Option<Draft> {
    let first = guessers.iter().map(|g| g.span().0).min()?;
    let last = guessers.iter().map(|g| g.span().1).max()?;
    let (from_ns, to_ns) = whole_seconds(first, last);
    let mut ranked: Vec<(&Guesser<'_>, u64)> = guessers.iter().map(|g| (*g, g.total())).collect();
    ranked.sort_by_key(|(g, total)| (std::cmp::Reverse(*total), g.source));
    let listed: Vec<u32> = ranked.iter().take(LISTED).map(|(g, _)| g.source).collect();
    let all_listed = listed.len() == ranked.len();
    let names: Vec<&str> = listed.iter().map(|s| logins.sources.text(*s)).collect();

    let members: FxHashSet<u32> = listed.iter().copied().collect();
    let groups: &Groups = &logins.by_source;
    let mut rows: Vec<&Login> = if all_listed {
        listed.iter().flat_map(|s| groups.group(*s)).filter_map(|i| logins.rows.get(*i as usize)).collect()
    } else {
        logins.rows.iter().filter(|r| r.source != NONE).collect()
    };
    rows.retain(|r| failed(r) && r.time >= from_ns && r.time < to_ns);
    rows.sort_by_key(|r| (!members.contains(&r.source), r.time, r.id));
    let total: u64 = rows.iter().map(|r| u64::from(r.weight)).sum();

    let entities = names.iter().map(|n| entity("source.ip", n)).collect();
    let mut draft = Draft::new("auth_bruteforce", Shape::AttemptsRolledUp, entities, first, last);
    let n = ranked.len() as u64;
    let busiest: u64 = ranked.iter().take(10).map(|(_, total)| total).sum();
    let tail = if n > 10 {
        format!("; the 10 busiest made {} of them", count(busiest))
    } else {
        format!("; the busiest made {}", count(ranked.first().map_or(0, |(_, t)| *t)))
    };
    draft.finding.title =
        format!("{} addresses guessed passwords: {} failed logins{tail}", count(n), count(total));
    let base = if all_listed {
        failures().and(one_of("source.ip", &names))
    } else {
        failures().and(Filter::exists("source.ip"))
    };
    draft.finding.query = kql::render(&base.and(during(from_ns, to_ns)));
    draft.evidence(rows.iter().map(|r| r.id));
    draft.finding.attack = vec!["T1110.001".into()];
    for guesser in guessers {
        let (first, last) = guesser.span();
        let (from_ns, to_ns) = whole_seconds(first, last);
        let source = logins.sources.text(guesser.source).to_owned();
        draft.claims.push(Claim { source, from_ns, to_ns, weight: guesser.total() });
    }
    draft.part(part(
        "Addresses that failed 20 times in an hour",
        (n.into(), 0u64.into(), knobs.guess_own_cards.into()),
        "addresses",
        "none needed",
        0.25 + 0.10 * log_scale(n as f64, knobs.guess_own_cards, 1_000.0),
    ));
    let busiest = ranked.first().map_or(0, |(g, _)| g.peak);
    draft.part(part(
        "Fullest hour of the busiest address",
        (busiest.into(), usual.into(), (usual * knobs.guess_outlier_ratio).into()),
        "failures",
        "the other addresses",
        0.08 * log_scale(busiest as f64, usual.max(1.0), usual.max(1.0) * 100.0),
    ));
    let outside = guessers.iter().filter(|g| !logins.is_inside(g.source)).count() as u64;
    draft.finding.innocent = format!(
        "The usual noise of a system that the internet can reach. It would come from outside, from many addresses, \
         and without success. From outside: {} of {}. Addresses that were let in after guessing have cards of their \
         own.",
        count(outside),
        count(n)
    );
    draft.finding.spark = Some(spark(
        rows.iter().map(|r| (r.time, u64::from(r.weight))),
        (first, last + 1),
        48,
        "failed logins",
    ));
    draft.ask("Which source had the most failed logins?".into());
    if let Some((top, _)) = ranked.first() {
        draft.ask(format!("Which users failed to log in from {}?", logins.sources.text(top.source)));
        draft.ask(format!("What happened around {}?", moment(top.peak_ns)));
    }
    Some(draft)
}
