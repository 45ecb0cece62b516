//! Brute force that succeeded: for each success of an address, look back an hour; many failures and hardly any
//! success before it make a card. Definition: Timesketch's brute force analyser. What makes it surer, and is
//! shown as parts: the account that was guessed at is the one that got in, the address is new for it, the hour is
//! not its hour, and what it did next.

use crate::draft::{
    Claim, Draft, Shape, clock, counted, during, entity, failures, length, log_scale, moment, part, spark,
    successes, whole_seconds, with_query,
};
use crate::history::{History, hour_of};
use crate::stats::spacing;
use crate::table::{Login, Logins, NONE, network_of};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use timberline_model::time::{DAY, MINUTE, SECOND};
use timberline_model::{Filter, TimeRange};

pub(super) struct BruteForceSuccess;

/// A success after many failures.
struct Hit {
    success: Login,
    /// Failures of the source in the window, weighted.
    fails: u64,
    /// Those for the account that got in.
    own: u64,
    /// Successes of the account (or, among many, of the source) in the window before this one.
    earlier: u64,
}

impl Detector for BruteForceSuccess {
    fn about(&self) -> About {
        About {
            id: "auth_bruteforce_success",
            title: "Brute force that succeeded",
            stage: Stage::Access,
            meaning: "One address failed to log in at least 20 times within an hour and was then let in. \
                      Whoever guessed may know the password now.",
            innocent: "A job or a person with an old password that was then put right: such a one fails from a known \
                       address, at even steps or a few times only.",
            attack: &["T1110.001", "T1110.003", "T1078"],
            references: &[
                "Timesketch brute force analyser",
                "Elastic: potential successful SSH brute force attack",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins.lacks(true) {
            return Ok(Verdict::Skipped(why));
        }
        let mut drafts = Vec::new();
        for source in logins.all_sources() {
            seen.ctx.check()?;
            for hit in hits(logins, source, knobs) {
                drafts.extend(draft(seen, logins, &hit, knobs)?);
            }
        }
        Ok(Verdict::Found(drafts))
    }
}

/// Whether a source was let in after guessing, or may have been: it is no noise then.
pub(super) fn may_have_got_in(logins: &Logins, source: u32, knobs: &Knobs) -> bool {
    !hits(logins, source, knobs).is_empty()
}

/// The first hit of each account, and no second one within a day of it.
fn hits(logins: &Logins, source: u32, knobs: &Knobs) -> Vec<Hit> {
    let tries = || logins.of_source(source).filter(|r| !r.elevation());
    let failed: u64 = tries().filter(|r| !r.success()).map(|r| u64::from(r.weight)).sum();
    if (failed as f64) < knobs.success_failures || !tries().any(Login::success) {
        return Vec::new();
    }
    let width = (knobs.guess_window_s * SECOND as f64) as i64;
    let mut window: VecDeque<&Login> = VecDeque::new();
    // Failures and successes in the window, by account.
    let mut by_user: FxHashMap<u32, (u64, u64)> = FxHashMap::default();
    let (mut fails, mut successes) = (0u64, 0u64);
    let mut told: FxHashMap<u32, i64> = FxHashMap::default();
    let mut found = Vec::new();
    for row in tries() {
        while let Some(old) = window.front().filter(|old| old.time < row.time.saturating_sub(width)) {
            let weight = u64::from(old.weight);
            let count = by_user.entry(old.user).or_default();
            if old.success() {
                (count.1, successes) = (count.1.saturating_sub(weight), successes.saturating_sub(weight));
            } else {
                (count.0, fails) = (count.0.saturating_sub(weight), fails.saturating_sub(weight));
            }
            window.pop_front();
        }
        if row.success() {
            let (own, own_before) = by_user.get(&row.user).copied().unwrap_or_default();
            let enough = |n: u64| n as f64 >= knobs.success_failures;
            let few = |n: u64| n as f64 <= knobs.success_earlier_max;
            let guessed = enough(own) && few(own_before);
            let among_many = enough(fails) && few(successes) && own_before == 0;
            let again = told.get(&row.user).is_some_and(|t| row.time - t < DAY);
            if (guessed || among_many) && !again {
                told.insert(row.user, row.time);
                let earlier = if guessed { own_before } else { successes };
                found.push(Hit { success: *row, fails, own, earlier });
            }
        }
        let count = by_user.entry(row.user).or_default();
        let weight = u64::from(row.weight);
        if row.success() {
            (count.1, successes) = (count.1 + weight, successes + weight);
        } else {
            (count.0, fails) = (count.0 + weight, fails + weight);
        }
        window.push_back(row);
    }
    found
}

fn draft(seen: &Seen<'_>, logins: &Logins, hit: &Hit, knobs: &Knobs) -> Result<Option<Draft>, DetectError> {
    let Hit { success, .. } = hit;
    let source = logins.sources.text(success.source);
    let user = logins.users.text(success.user);
    let host = logins.hosts.text(success.host);
    let guessed = hit.own as f64 >= knobs.success_failures;
    let mine = |r: &&Login| !r.elevation() && (!guessed || r.user == success.user);

    // The campaign: failures back from the success with no long silence between.
    let gap = (knobs.campaign_gap_s * SECOND as f64) as i64;
    let mut start = success.time;
    for row in logins.of_source(success.source).rev().filter(mine) {
        if row.time <= success.time && !row.success() {
            if start - row.time > gap {
                break;
            }
            start = row.time;
        }
    }
    let (from_ns, to_ns) = whole_seconds(start, success.time);
    let within = |r: &&Login| r.time >= from_ns && r.time < to_ns;
    let rows: Vec<&Login> = logins.of_source(success.source).filter(mine).filter(within).collect();
    let fails: u64 = rows.iter().filter(|r| !r.success()).map(|r| u64::from(r.weight)).sum();
    let history = History::of(logins, success.user, from_ns);
    let network = network_of(source);
    let known = history.networks.contains_key(&network);
    let mut tried: Vec<u32> = rows.iter().filter(|r| !r.success()).map(|r| r.user).collect();
    tried.sort_unstable();
    tried.dedup();
    if !guessed && (known || (tried.len() < 2 && !tried.contains(&success.user))) {
        // A shared address where one account fails for its own reasons and another logs in as always.
        return Ok(None);
    }

    let mut entities = Vec::new();
    for (field, value) in [("user.name", user), ("source.ip", source), ("host.name", host)] {
        if !value.is_empty() {
            entities.push(entity(field, value));
        }
    }
    let first = rows.first().map_or(success.time, |r| r.time);
    let shape = if guessed { Shape::GuessedIn } else { Shape::GuessedInAmongMany };
    let mut draft = Draft::new("auth_bruteforce_success", shape, entities, first, success.time);
    let who = if user.is_empty() { "an unnamed account" } else { user };
    let at = clock(success.time);
    let failed = counted(fails, "failed login", "failed logins");
    draft.finding.title = if guessed {
        format!("{failed} for {who} from {source}, then a success at {at}")
    } else {
        let accounts = counted(tried.len() as u64, "account", "accounts");
        format!("{failed} for {accounts} from {source}, then a success for {who} at {at}")
    };

    let mut base = Filter::is("source.ip", source);
    if guessed && !user.is_empty() {
        base = base.and(Filter::is("user.name", user));
    }
    let all = Filter::is("event.category", "authentication")
        .and(Filter::any_of("event.outcome", &["failure", "success"]))
        .and(base.clone())
        .and(during(from_ns, to_ns));
    draft.finding.query = timberline_model::kql::render(&all);
    let told = rows.iter().rev().filter(|r| r.success()).chain(rows.iter().rev().filter(|r| !r.success()));
    draft.evidence(told.map(|r| r.id));
    draft.finding.attack = vec![if guessed { "T1110.001" } else { "T1110.003" }.into(), "T1078".into()];
    draft.claims.push(Claim {
        source: source.to_owned(),
        // The same address's tries on other accounts before belong to the same story.
        from_ns: from_ns.saturating_sub(gap),
        to_ns: to_ns.saturating_add(gap),
        weight: fails,
    });

    // The parts.
    let lookback = (knobs.guess_window_s * SECOND as f64) as i64;
    let in_window = if guessed { hit.own } else { hit.fails };
    let usual = usual_failures(logins, success, from_ns, guessed);
    let window_rows = failures().and(base.clone()).and(during(success.time.saturating_sub(lookback), to_ns));
    draft.part(with_query(
        part(
            format!("Failures before the success, {}", length(lookback).replace(" 0 min", "")),
            (in_window.into(), usual.0.into(), knobs.success_failures.into()),
            "failures",
            usual.1,
            0.30 + 0.11 * log_scale(in_window as f64, knobs.success_failures, knobs.success_failures * 5.0),
        ),
        &window_rows,
    ));
    let success_rows =
        successes().and(base.clone()).and(during(whole_seconds(success.time, success.time).0, to_ns));
    let part_name = if guessed { "Successes after the failures" } else { "Successes among many accounts" };
    draft.part(with_query(
        part(
            part_name,
            ((hit.earlier + 1).into(), 0u64.into(), 1u64.into()),
            "logins",
            "none needed",
            if guessed || tried.contains(&success.user) { 0.22 } else { 0.12 },
        ),
        &success_rows,
    ));
    let (observed, weight) = match (known, history.logins) {
        (true, _) => ("no, known", -0.15),
        (false, 0) => ("first login seen", 0.14),
        (false, _) => ("yes", 0.16),
    };
    draft.part(part(
        format!("New address for {who}"),
        (observed.into(), history.networks_words(logins).into(), "new".into()),
        "",
        history.words(),
        weight,
    ));
    if history.established(knobs.history_logins, knobs.history_days) {
        let odd = history.unusual_hour(hour_of(success.time));
        draft.part(part(
            "Hour of the success",
            (at.clone().into(), history.hours_words().into(), "outside".into()),
            "",
            history.words(),
            match (odd, known) {
                (false, _) => 0.0,
                (true, true) => 0.04,
                (true, false) => 0.12,
            },
        ));
    }
    let follow = what_followed(seen, logins, success, knobs)?;
    if let Some(ns) = follow.session_ns {
        let long = ns as f64 / SECOND as f64 >= knobs.session_long_s;
        draft.part(part(
            "Length of the session",
            (length(ns).into(), "short".into(), length((knobs.session_long_s * SECOND as f64) as i64).into()),
            "",
            "none needed",
            if long { 0.06 } else { 0.0 },
        ));
    }
    if follow.sudo > 0 {
        let until = success.time.saturating_add((knobs.success_follow_s * SECOND as f64) as i64);
        let sudo = Filter::is("event.action", "sudo")
            .and(Filter::is("user.name", user))
            .and(during(whole_seconds(success.time, success.time).0, until));
        draft.part(with_query(
            part(
                "Commands as another user after it",
                (follow.sudo.into(), 0u64.into(), 1u64.into()),
                "commands",
                history.words(),
                0.02,
            ),
            &sudo,
        ));
    }
    if guessed {
        let others = others_tried(logins, success, from_ns.saturating_sub(gap), to_ns);
        if others > 0 {
            let filter = failures()
                .and(Filter::is("source.ip", source))
                .and(Filter::is("user.name", user).negate())
                .and(during(from_ns.saturating_sub(gap), to_ns));
            draft.part(with_query(
                part(
                    "Other accounts tried by the same address",
                    (others.into(), 0u64.into(), 1u64.into()),
                    "accounts",
                    "none needed",
                    0.01,
                ),
                &filter,
            ));
        }
    }

    draft.finding.innocent = innocent(logins, success, &rows, &follow, knobs);
    let pad = ((success.time - first) / 2).max(30 * MINUTE);
    let mut chart = spark(
        rows.iter().filter(|r| !r.success()).map(|r| (r.time, u64::from(r.weight))),
        (first - pad, success.time + pad),
        26,
        "failed logins",
    );
    chart.threshold = (chart.step_ns >= lookback).then_some(knobs.success_failures);
    draft.finding.spark = Some(chart);
    let inside_address = address_of_host(seen, source, (from_ns, to_ns))?;
    if let Some(address) = inside_address.as_deref().or(logins.is_inside(success.source).then_some(source)) {
        draft.ask(format!("What other systems did {address} connect to recently?"));
    }
    draft.ask(format!("What happened around {}?", moment(success.time)));
    if !user.is_empty() {
        draft.ask(format!("Show me login patterns for {user} over the past month"));
    }
    draft.ask(format!("Which users failed to log in from {source}?"));
    Ok(Some(draft))
}

/// Failures that are usual in an hour for the account (or the source), in words, and the baseline's strength.
fn usual_failures(logins: &Logins, success: &Login, before_ns: i64, own: bool) -> (String, String) {
    let Some((first, _)) = logins.span().filter(|s| s.0 < before_ns) else {
        return ("none seen".into(), "no earlier logins, weak".into());
    };
    let mut hours: FxHashMap<i64, u64> = FxHashMap::default();
    let mine = |r: &&Login| {
        !r.success()
            && !r.elevation()
            && if own { r.user == success.user } else { r.source == success.source }
    };
    for row in logins.between(first, before_ns).iter().filter(mine) {
        *hours.entry(row.time.div_euclid(60 * MINUTE)).or_default() += u64::from(row.weight);
    }
    // Hours without any count as 0; the 99th percentile leaves out the odd bad one.
    let span_hours = ((before_ns - first) / (60 * MINUTE)).max(1) as usize;
    let mut counts: Vec<u64> = hours.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let high = counts.get(span_hours / 100).copied().unwrap_or(0);
    let words = if high == 0 { "0".to_owned() } else { format!("0 to {high}") };
    (words, crate::draft::strength(before_ns - first))
}

fn others_tried(logins: &Logins, success: &Login, from_ns: i64, to_ns: i64) -> u64 {
    let mut users: Vec<u32> = logins
        .of_source(success.source)
        .filter(|r| !r.success() && r.time >= from_ns && r.time < to_ns)
        .map(|r| r.user)
        .filter(|u| *u != success.user && *u != NONE)
        .collect();
    users.sort_unstable();
    users.dedup();
    users.len() as u64
}

/// What the account did after it was let in.
struct Follow {
    sudo: u64,
    session_ns: Option<i64>,
}

fn what_followed(
    seen: &Seen<'_>,
    logins: &Logins,
    success: &Login,
    knobs: &Knobs,
) -> Result<Follow, DetectError> {
    let until = success.time.saturating_add((knobs.success_follow_s * SECOND as f64) as i64);
    let sudo = logins
        .between(success.time, until)
        .iter()
        .filter(|r| r.elevation() && r.success() && r.user == success.user && r.host == success.host)
        .count() as u64;
    let user = logins.users.text(success.user);
    let host = logins.hosts.text(success.host);
    if user.is_empty() {
        return Ok(Follow { sudo, session_ns: None });
    }
    let mut filter = Filter::is("event.category", "session").and(Filter::is("user.name", user));
    if !host.is_empty() {
        filter = filter.and(Filter::is("host.name", host));
    }
    // The session is known by its process: opened within seconds of the login, closed some time later.
    let range =
        TimeRange::new(success.time - 2 * SECOND, success.time.saturating_add(2 * DAY)).and(&seen.range);
    let mut lines: Vec<(i64, String, bool)> = Vec::new();
    seen.events.scan(
        range,
        &filter,
        &["event.action", "process.pid", "process.name"],
        seen.ctx,
        &mut |batch| {
            for (row, time) in batch.times.iter().enumerate() {
                let value = |at: usize| batch.columns.get(at).and_then(|c| c.value(row)).map(|v| v.show());
                // logind keeps book of everybody's sessions under one process of its own.
                let bookkeeper = value(2).is_some_and(|name| name.contains("logind"));
                if let (false, Some(action), Some(pid)) = (bookkeeper, value(0), value(1)) {
                    lines.push((
                        *time,
                        pid,
                        action.contains("close") || action.contains("end") || action.contains("logoff"),
                    ));
                }
            }
            lines.len() < 100_000
        },
    )?;
    lines.sort();
    let opened = lines.iter().find(|l| !l.2 && l.0 <= success.time + 5 * SECOND);
    let closed =
        opened.and_then(|o| lines.iter().find(|l| l.2 && l.1 == o.1 && l.0 >= o.0).map(|c| c.0 - o.0));
    Ok(Follow { sudo, session_ns: closed })
}

/// The address of the system that was logged in to, where a network log saw the same source reach one system.
fn address_of_host(
    seen: &Seen<'_>,
    source: &str,
    (from_ns, to_ns): (i64, i64),
) -> Result<Option<String>, DetectError> {
    let filter = Filter::is("event.category", "network")
        .and(Filter::is("source.ip", source))
        .and(Filter::any_of("destination.port", &["22", "3389"]));
    let range = TimeRange::new(from_ns, to_ns).and(&seen.range);
    let top = seen.events.top(range, filter, &["destination.ip"], 2, seen.ctx)?;
    // Two systems would make it a guess.
    Ok(match &top[..] {
        [only] => only.values.first().map(timberline_model::Value::show),
        _ => None,
    })
}

fn innocent(logins: &Logins, success: &Login, rows: &[&Login], follow: &Follow, knobs: &Knobs) -> String {
    let times: Vec<i64> = rows.iter().filter(|r| !r.success()).map(|r| r.time).collect();
    let steps = match spacing(&times) {
        Some(s) if s.is_even() => format!("fits, one each {}", length((s.step_s * SECOND as f64) as i64)),
        Some(s) => format!("no, steps vary around {}", length((s.step_s * SECOND as f64) as i64)),
        None => "cannot be told".into(),
    };
    let inside = if logins.is_inside(success.source) { "fits, it is inside" } else { "no, it is outside" };
    let session = match (follow.session_ns, follow.sudo) {
        (Some(ns), sudo) => {
            let short = (ns as f64 / SECOND as f64) < knobs.session_long_s && sudo == 0;
            let with = if sudo > 0 { ", with sudo" } else { "" };
            format!("{}, {}{with}", if short { "fits" } else { "no" }, length(ns))
        }
        (None, 0) => "its end is not in these logs".into(),
        (None, _) => "no, sudo was used".into(),
    };
    format!(
        "A job or a person that kept an old password and then got the new one. It would fail at even steps, from \
         inside the network, and its session would be short. Even steps: {steps}. Inside address: {inside}. Short \
         session: {session}."
    )
}
