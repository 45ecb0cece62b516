//! Unusual hour for an account: a login at an hour of the day at which the account is never seen on other days. Definition: Elastic's
//! time-of-day job by user and Timesketch's active hours. Hours are those on the wall of the system that logged, where its zone
//! or the case's is known. The account's own habit says how surprising a new hour is (Good-Turing, as for new sources).

use crate::accounts::is_machine;
use crate::draft::{
    Claim, Draft, Shape, counted, during, entity, log_scale, moment, part, spark, successes, whole_seconds,
    with_query,
};
use crate::given::{hour_of, weekday};
use crate::history::counts;
use crate::table::{Groups, Login, Logins, NONE, network_of};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Filter, kql};

pub(super) struct UnusualHour;

/// The days on which an account logged in at each hour, on the wall.
struct Habit {
    /// For each hour the days, as days since 1970.
    days: Vec<FxHashSet<i64>>,
    all_days: FxHashSet<i64>,
    logins: u64,
}

/// An odd night of an account.
struct Odd<'l> {
    rows: Vec<&'l Login>,
    /// Hours to the nearest usual one.
    away: i64,
    chance: f64,
    days: u64,
    logins: u64,
    active: u64,
    usual: String,
    weekend: bool,
    /// Other odd nights of the same account.
    more: u64,
}

impl Detector for UnusualHour {
    fn about(&self) -> About {
        About {
            id: "auth_unusual_hour",
            title: "Unusual hour for an account",
            stage: Stage::Access,
            meaning: "An account with known hours logged in at an hour of the day at which it is never seen on other days, judged in \
                      the zone of the system.",
            innocent: "Overtime, a journey to another zone, a call at night, a job that was moved.",
            attack: &["T1078"],
            references: &[
                "Elastic: unusual hour for a user",
                "Timesketch: browser activity outside of active hours",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins.lacks(false) {
            return Ok(Verdict::Skipped(why));
        }
        let by_user = Groups::new(&logins.rows, logins.users.len(), |r| r.user);
        let mut found: Vec<Odd<'_>> = Vec::new();
        for user in 0..logins.users.len() as u32 {
            let name = logins.users.text(user);
            if is_machine(name) || by_user.group(user).len() as f64 <= knobs.odd_hour_logins {
                continue;
            }
            seen.ctx.check()?;
            found.extend(odd(seen, logins, by_user.group(user), knobs));
        }
        found.sort_by(|a, b| {
            let key = |o: &Odd<'_>| o.rows.first().map(|r| (r.time, r.id));
            (b.away, b.days).cmp(&(a.away, a.days)).then_with(|| key(a).cmp(&key(b)))
        });
        found.truncate(knobs.odd_hour_cards.max(0.0) as usize);
        Ok(Verdict::Found(found.iter().filter_map(|o| card(seen, logins, &by_user, o, knobs)).collect()))
    }
}

/// A person or a job came, by whatever door.
fn came(row: &&Login) -> bool {
    row.success() && !row.elevation() && !row.by_machine()
}

fn odd<'l>(seen: &Seen<'_>, logins: &'l Logins, rows: &[u32], knobs: &Knobs) -> Option<Odd<'l>> {
    let zones = &seen.given.zones;
    let rows: Vec<(&Login, i64)> = rows
        .iter()
        .filter_map(|i| logins.rows.get(*i as usize))
        .filter(came)
        .map(|r| (r, zones.wall(r.id, r.time)))
        .collect();
    let mut habit = Habit { days: vec![FxHashSet::default(); 24], all_days: FxHashSet::default(), logins: 0 };
    for (_, wall) in &rows {
        habit.logins += 1;
        let day = wall.div_euclid(DAY);
        habit.all_days.insert(day);
        if let Some(days) = habit.days.get_mut(hour_of(*wall) as usize) {
            days.insert(day);
        }
    }
    let days = habit.all_days.len() as u64;
    if (days as f64) <= knobs.odd_hour_days || (rows.len() as f64) <= knobs.odd_hour_logins {
        return None;
    }
    // An hour that was used on one day only; the account's own chance of a new one.
    let pairs: usize = habit.days.iter().map(FxHashSet::len).sum();
    let once = habit.days.iter().filter(|d| d.len() == 1).count();
    let active = habit.days.iter().filter(|d| d.len() > 1).count() as u64;
    // The odd hours themselves are among those used once: a stretch of up to three is what is judged.
    let chance = once.saturating_sub(3) as f64 / pairs.max(1) as f64;
    if chance > knobs.odd_hour_chance || active as f64 > knobs.odd_hour_active || active == 0 {
        return None;
    }
    let away = |hour: i64| {
        (0..24)
            .filter(|h| habit.days.get(*h as usize).is_some_and(|d| d.len() > 1))
            .map(|h| (h - hour).rem_euclid(24).min((hour - h).rem_euclid(24)))
            .min()
            .unwrap_or(12)
    };
    let networks: FxHashMap<i64, FxHashSet<String>> = networks_by_day(logins, &rows);
    // A login is odd when on no other day the account came at that hour, nor within three hours of a usual one. One from a network that it never
    // comes from is told by the card on that.
    let is_odd = |row: &Login, wall: i64| {
        let day = wall.div_euclid(DAY);
        let hour = hour_of(wall);
        let alone = [-1, 0, 1].iter().all(|d| {
            let near = habit.days.get((hour + d).rem_euclid(24) as usize);
            near.is_none_or(|days| days.iter().all(|n| n.abs_diff(day) <= 1))
        });
        let known = row.source == NONE || {
            let network = network_of(logins.sources.text(row.source));
            networks.iter().any(|(d, n)| d.abs_diff(day) > 1 && n.contains(&network))
        };
        alone && away(hour) >= 3 && known
    };
    let odd: Vec<(&Login, i64)> = rows.iter().copied().filter(|(r, wall)| is_odd(r, *wall)).collect();
    let mut nights: Vec<Vec<(&Login, i64)>> = Vec::new();
    for (row, wall) in odd {
        match nights.last_mut().filter(|n| n.last().is_some_and(|(r, _)| row.time - r.time <= 3 * HOUR)) {
            Some(night) => night.push((row, wall)),
            None => nights.push(vec![(row, wall)]),
        }
    }
    // What happens at odd hours again and again is a habit that the hours do not show.
    if nights.is_empty() || nights.len() as u64 * 10 > days {
        return None;
    }
    let more = nights.len() as u64 - 1;
    let night = nights.into_iter().max_by_key(|n| {
        let (row, wall) = n.first().copied().unwrap_or_else(|| (rows[0].0, rows[0].1));
        (away(hour_of(wall)), std::cmp::Reverse(row.time))
    })?;
    let (_, wall) = *night.first()?;
    let weekends = habit.all_days.iter().filter(|d| weekday(**d * DAY) >= 5).count();
    Some(Odd {
        away: away(hour_of(wall)),
        chance,
        days: days - 1,
        logins: habit.logins - night.len() as u64,
        active,
        usual: hours_words(&habit),
        weekend: weekday(wall) >= 5 && weekends <= 1 && days >= 10,
        rows: night.into_iter().map(|(r, _)| r).collect(),
        more,
    })
}

fn networks_by_day(logins: &Logins, rows: &[(&Login, i64)]) -> FxHashMap<i64, FxHashSet<String>> {
    let mut networks: FxHashMap<i64, FxHashSet<String>> = FxHashMap::default();
    let mut texts: FxHashMap<u32, String> = FxHashMap::default();
    for (row, wall) in rows.iter().filter(|(r, _)| r.source != NONE) {
        let text = texts.entry(row.source).or_insert_with(|| network_of(logins.sources.text(row.source)));
        let day = networks.entry(wall.div_euclid(DAY)).or_default();
        if !day.contains(text) {
            day.insert(text.clone());
        }
    }
    networks
}

/// The hours used on more than one day, in words.
fn hours_words(habit: &Habit) -> String {
    let mut history = crate::history::History::default();
    for (slot, days) in history.hours.iter_mut().zip(&habit.days) {
        *slot = if days.len() > 1 { days.len() as u64 } else { 0 };
    }
    history.hours_words()
}

fn card(seen: &Seen<'_>, logins: &Logins, by_user: &Groups, odd: &Odd<'_>, knobs: &Knobs) -> Option<Draft> {
    let (first, last) = (odd.rows.first()?, odd.rows.last()?);
    let (from_ns, to_ns) = whole_seconds(first.time, last.time);
    let user = logins.users.text(first.user);
    let zones = &seen.given.zones;
    let mut sources: Vec<&str> = odd.rows.iter().map(|r| logins.sources.text(r.source)).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.retain(|s| !s.is_empty());
    let mut hosts: Vec<&str> = odd.rows.iter().map(|r| logins.hosts.text(r.host)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts.retain(|h| !h.is_empty());
    let mut entities = vec![entity("user.name", user)];
    entities.extend(sources.iter().take(5).map(|s| entity("source.ip", s)));
    entities.extend(hosts.iter().take(5).map(|h| entity("host.name", h)));
    let mut draft = Draft::new("auth_unusual_hour", Shape::NewSource, entities, first.time, last.time);
    let at = zones.clock(first.id, first.time);
    let zone = zones.words(first.id);
    draft.finding.title = format!(
        "{user} logged in at {at}, never at such an hour on {} ({})",
        counted(odd.days, "other day", "other days"),
        odd.usual
    );
    if odd.more > 0 {
        let more = counted(odd.more, "more such night", "more such nights");
        draft.finding.title.push_str(&format!("; {more}"));
    }
    let filter = successes().and(Filter::is("user.name", user)).and(during(from_ns, to_ns));
    draft.finding.query = kql::render(&filter);
    let of_user = || by_user.group(first.user).iter().filter_map(|i| logins.rows.get(*i as usize));
    draft.evidence(of_user().filter(|r| r.success() && r.time >= from_ns && r.time < to_ns).map(|r| r.id));
    draft.finding.attack = vec!["T1078".into()];
    for row in &odd.rows {
        let (from_ns, to_ns) = whole_seconds(row.time, row.time);
        let source = logins.sources.text(row.source).to_owned();
        if !source.is_empty() {
            draft.claims.push(Claim { source, from_ns, to_ns, weight: 0 });
        }
    }
    let strength = match odd.days {
        d if d < 10 => "weak",
        d if d < 20 => "fair",
        _ => "strong",
    };
    let words = format!(
        "{} on {}, {strength}; {zone}",
        counted(odd.logins, "login", "logins"),
        counted(odd.days, "other day", "other days")
    );
    draft.part(with_query(
        part(
            "Hour of the login",
            (at.into(), odd.usual.clone().into(), "3 h away".into()),
            "",
            words.clone(),
            0.24 + 0.10 * log_scale(odd.days as f64, knobs.odd_hour_days, 40.0),
        ),
        &filter,
    ));
    draft.part(part(
        "Hours to the nearest usual one",
        ((odd.away as u64).into(), 0u64.into(), 3u64.into()),
        "h",
        words.clone(),
        if odd.away >= 5 { 0.06 } else { 0.0 },
    ));
    draft.part(part(
        "Chance of a new hour by the account's habit",
        (
            format!("{:.1} %", odd.chance * 100.0).into(),
            "".into(),
            format!("{:.0} %", knobs.odd_hour_chance * 100.0).into(),
        ),
        "",
        format!("{words}; uses {} of 24 hours", odd.active),
        0.0,
    ));
    if odd.weekend {
        draft.part(part(
            "Weekend, and it works on weekdays",
            ("weekend".into(), "weekday".into(), "weekend".into()),
            "",
            words,
            0.06,
        ));
    }
    let outside = odd.rows.iter().any(|r| counts(r) && !logins.is_inside(r.source));
    if outside {
        draft.part(part(
            "Outside address",
            ("outside".into(), "".into(), "outside".into()),
            "",
            "none needed",
            0.06,
        ));
    }
    draft.finding.innocent = format!(
        "Overtime, a journey to another zone, a call at night, a job that was moved. It came from {}; what it did then tells more. \
         Hours are in {zone}.",
        if sources.is_empty() { "no address that the log names".to_owned() } else { sources.join(", ") }
    );
    let pad = 12 * HOUR;
    let hours = of_user().filter(came).map(|r| (r.time, 1));
    draft.finding.spark = Some(spark(hours, (first.time - pad, last.time + pad), 30, "logins"));
    draft.ask(format!("Show me login patterns for {user} over the past month"));
    draft.ask(format!("What happened around {}?", moment(first.time)));
    if let Some(source) = sources.first() {
        draft.ask(format!("Who logged in from {source}?"));
    }
    Some(draft)
}
