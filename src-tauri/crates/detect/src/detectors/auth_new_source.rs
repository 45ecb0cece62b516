//! New source for an account: a success from a network that an established account never came from. Definition:
//! Elastic's rare source address by user. How surprising it is, is judged by the account's own habit: the chance
//! that its next login comes from a new network, estimated from how many networks it used only once.

use crate::draft::{
    Claim, Draft, Shape, clock, counted, during, entity, moment, one_of, part, spark, successes,
    whole_seconds, with_query,
};
use crate::history::{History, counts, hour_of};
use crate::table::{Groups, Login, Logins, NONE, is_inside, network_of};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::kql;
use timberline_model::time::{HOUR, SECOND};

pub(super) struct NewSource;

/// A login from a network that was new for its account.
struct Surprise<'l> {
    row: &'l Login,
    network: u32,
    /// Logins, days and chance of a new network before it.
    chance: f64,
    outside: bool,
    odd_hour: bool,
    /// Whether no other account had come from there either.
    unseen: bool,
    hours: String,
    came_from: String,
    words: String,
}

impl Detector for NewSource {
    fn about(&self) -> About {
        About {
            id: "auth_new_source",
            title: "New source for an account",
            stage: Stage::Access,
            meaning: "An account with an established history logged in from a network that it never came from before, \
                      and its habit makes that unlikely.",
            innocent: "Travel, a new provider, a new jump host, a moved job.",
            attack: &["T1078"],
            references: &["Elastic: rare source address for a user"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins.lacks(true) {
            return Ok(Verdict::Skipped(why));
        }
        if !logins.rows.iter().any(counts) {
            return Ok(Verdict::Skipped("no successful login names the address it came from".into()));
        }
        // Networks instead of addresses, as numbers.
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        let mut texts: Vec<String> = Vec::new();
        let network: Vec<u32> = logins
            .all_sources()
            .map(|source| {
                let text = network_of(logins.sources.text(source));
                *numbers.entry(text).or_insert_with_key(|text| {
                    texts.push(text.clone());
                    texts.len() as u32 - 1
                })
            })
            .collect();
        let by_user = Groups::new(&logins.rows, logins.users.len(), |r| r.user);
        // When each network was first let in, and as whom.
        let mut first_seen: FxHashMap<u32, (i64, u32)> = FxHashMap::default();
        for row in logins.rows.iter().filter(|r| counts(r)) {
            if let Some(network) = network.get(row.source as usize) {
                first_seen.entry(*network).or_insert((row.time, row.user));
            }
        }
        let mut surprises: Vec<Surprise<'_>> = Vec::new();
        for user in 0..logins.users.len() as u32 {
            seen.ctx.check()?;
            surprises.extend(surprises_of(logins, by_user.group(user), &network, &first_seen, knobs));
        }
        Ok(Verdict::Found(cards(logins, &by_user, surprises, &texts, knobs)))
    }
}

fn surprises_of<'l>(
    logins: &'l Logins,
    rows: &[u32],
    network: &[u32],
    first_seen: &FxHashMap<u32, (i64, u32)>,
    knobs: &Knobs,
) -> Vec<Surprise<'l>> {
    let mut history = History::default();
    // Logins by network, and an address of it.
    let mut times: FxHashMap<u32, (u64, u32)> = FxHashMap::default();
    let mut once = 0u64;
    let mut found = Vec::new();
    for row in rows.iter().filter_map(|i| logins.rows.get(*i as usize)).filter(|r| counts(r)) {
        let (Some(&net), text) = (network.get(row.source as usize), logins.sources.text(row.source)) else {
            continue;
        };
        let local = text.starts_with("127.") || text == "::1";
        if local {
            continue;
        }
        let inside = logins.is_inside(row.source);
        if !times.contains_key(&net) && history.established(knobs.history_logins, knobs.history_days) {
            let chance = once as f64 / history.logins as f64;
            // From inside, a network where others log in from is a desk, not a wonder.
            let unseen = first_seen.get(&net).is_none_or(|(time, _)| *time >= row.time);
            if chance <= knobs.new_source_chance && (unseen || !inside) {
                history.networks = times
                    .values()
                    .map(|(n, source)| (network_of(logins.sources.text(*source)), (*n, *source)))
                    .collect();
                found.push(Surprise {
                    row,
                    network: net,
                    chance,
                    outside: !inside && !history.outside,
                    odd_hour: history.unusual_hour(hour_of(row.time)),
                    unseen,
                    hours: history.hours_words(),
                    came_from: history.networks_words(logins),
                    words: history.words(),
                });
            }
        }
        let (n, _) = times.entry(net).or_insert((0, row.source));
        *n += 1;
        match *n {
            1 => once += 1,
            2 => once -= 1,
            _ => {}
        }
        history.outside |= !inside;
        history.note_time(row);
    }
    found
}

impl Surprise<'_> {
    fn weight(&self) -> f64 {
        0.28 + if self.outside { 0.15 } else { 0.0 }
            + if self.odd_hour { 0.10 } else { 0.0 }
            + if self.unseen { 0.06 } else { 0.0 }
    }
}

/// A card for each account, or for each network that is new for several accounts.
fn cards(
    logins: &Logins,
    by_user: &Groups,
    surprises: Vec<Surprise<'_>>,
    networks: &[String],
    knobs: &Knobs,
) -> Vec<Draft> {
    let mut by_network: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for surprise in &surprises {
        let users = by_network.entry(surprise.network).or_default();
        if !users.contains(&surprise.row.user) {
            users.push(surprise.row.user);
        }
    }
    let crowd = |s: &Surprise<'_>| {
        by_network.get(&s.network).is_some_and(|users| users.len() as f64 >= knobs.new_source_crowd)
    };
    // Grouped by what the card is about: (a network, nobody) or (none, an account).
    let mut groups: FxHashMap<(u32, u32), Vec<Surprise<'_>>> = FxHashMap::default();
    for surprise in surprises {
        let key = if crowd(&surprise) { (surprise.network, NONE) } else { (NONE, surprise.row.user) };
        groups.entry(key).or_default().push(surprise);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(key, _)| *key);
    let mut drafts: Vec<Draft> = groups
        .iter()
        .filter_map(|((network, _), group)| card(logins, by_user, group, networks.get(*network as usize)))
        .collect();
    // A network that was renumbered is new for everybody; the most surprising ones stand for all.
    drafts.sort_by(|a, b| {
        b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
    });
    drafts.truncate(knobs.new_source_cards.max(0.0) as usize);
    drafts
}

fn card(logins: &Logins, by_user: &Groups, group: &[Surprise<'_>], crowd: Option<&String>) -> Option<Draft> {
    let best = group.iter().reduce(|a, b| if b.weight() > a.weight() { b } else { a })?;
    let (first, last) = (group.iter().map(|s| s.row.time).min()?, group.iter().map(|s| s.row.time).max()?);
    let (from_ns, to_ns) = whole_seconds(first, last);
    let mut sources: Vec<&str> = group.iter().map(|s| logins.sources.text(s.row.source)).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut users: Vec<&str> = group.iter().map(|s| logins.users.text(s.row.user)).collect();
    users.sort_unstable();
    users.dedup();
    users.retain(|u| !u.is_empty());
    let source = logins.sources.text(best.row.source);
    let user = logins.users.text(best.row.user);
    let host = logins.hosts.text(best.row.host);

    let mut entities: Vec<_> = users.iter().map(|u| entity("user.name", u)).collect();
    entities.extend(sources.iter().map(|s| entity("source.ip", s)));
    if crowd.is_some() {
        entities.rotate_left(users.len());
    }
    if !host.is_empty() {
        entities.push(entity("host.name", host));
    }
    let mut draft = Draft::new("auth_new_source", Shape::NewSource, entities, first, last);
    draft.finding.title = match (crowd, sources.len()) {
        (Some(network), _) => {
            format!(
                "{network} logged in as {} that never came from there",
                counted(users.len() as u64, "account", "accounts")
            )
        }
        (None, 1) => {
            format!(
                "{user} logged in from {source} at {}, never before from there ({})",
                clock(best.row.time),
                history_of(best)
            )
        }
        (None, n) => {
            format!("{user} logged in from {n} addresses never seen for it before ({})", history_of(best))
        }
    };
    let query = successes()
        .and(one_of("user.name", &users))
        .and(one_of("source.ip", &sources))
        .and(during(from_ns, to_ns));
    let wanted: FxHashSet<u32> = group.iter().map(|s| s.row.source).collect();
    let mut accounts: Vec<u32> = group.iter().map(|s| s.row.user).filter(|u| *u != NONE).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let rows_of = |user: u32| by_user.group(user).iter().filter_map(|i| logins.rows.get(*i as usize));
    let mut chosen: Vec<&Login> = accounts
        .iter()
        .flat_map(|user| rows_of(*user))
        .filter(|r| r.success() && wanted.contains(&r.source) && r.time >= from_ns && r.time < to_ns)
        .collect();
    chosen.sort_by_key(|r| (r.time, r.id));
    draft.finding.query = kql::render(&query);
    draft.evidence(chosen.iter().map(|r| r.id));
    draft.finding.attack = vec!["T1078".into()];
    for s in group {
        let (from_ns, to_ns) = whole_seconds(s.row.time, s.row.time);
        let source = logins.sources.text(s.row.source).to_owned();
        draft.claims.push(Claim { source, from_ns, to_ns, weight: 0 });
    }

    draft.part(with_query(
        part(
            "Network of the login",
            (source.into(), best.came_from.clone().into(), "new".into()),
            "",
            best.words.clone(),
            0.28,
        ),
        &query,
    ));
    draft.part(part(
        "Chance of a new network by the account's habit",
        (format!("{:.1} %", best.chance * 100.0).into(), "".into(), "5 %".into()),
        "",
        best.words.clone(),
        0.0,
    ));
    if best.outside {
        draft.part(part(
            "Outside, and all before were inside",
            ("outside".into(), "inside".into(), "outside".into()),
            "",
            best.words.clone(),
            0.15,
        ));
    }
    draft.part(part(
        "Hour of the login",
        (clock(best.row.time).into(), best.hours.clone().into(), "outside".into()),
        "",
        best.words.clone(),
        if best.odd_hour { 0.10 } else { 0.0 },
    ));
    if best.unseen {
        draft.part(part(
            "Other accounts from there before",
            (0u64.into(), "".into(), 1u64.into()),
            "accounts",
            "all logins in these logs",
            0.06,
        ));
    }
    let place = if is_inside(source) { "an inside address" } else { "an outside address" };
    let hour = if best.odd_hour { "no, not at its hours" } else { "fits, at its usual hours" };
    draft.finding.innocent = format!(
        "Travel, a new provider, a moved job or a new jump host. It would keep the account's hours: {hour}. It came \
         from {place}; ask whoever holds the account."
    );
    let pad = 12 * HOUR;
    draft.finding.spark = Some(spark(
        rows_of(best.row.user).filter(|r| counts(r)).map(|r| (r.time, 1)),
        (first.saturating_sub(pad), last.saturating_add(pad + SECOND)),
        30,
        "logins",
    ));
    if !user.is_empty() {
        draft.ask(format!("Show me login patterns for {user} over the past month"));
    }
    draft.ask(format!("What happened around {}?", moment(best.row.time)));
    draft.ask(format!("Which users failed to log in from {source}?"));
    if is_inside(source) {
        draft.ask(format!("What other systems did {source} connect to recently?"));
    }
    Some(draft)
}

fn history_of(surprise: &Surprise<'_>) -> String {
    surprise.words.rsplit_once(',').map_or(surprise.words.clone(), |(words, _)| words.to_owned())
}
