//! Guessing of user names: one address tries accounts that do not exist. Definition: Hayabusa's "no such user" rule for 4625, for
//! every log that says so. Where the same address is told by brute force or spray the name guessing is a part of those, so this
//! card is for what stays below them, and for systems that only say "invalid user" because no password was ever tried.

use super::{auth_bruteforce, auth_spray};
use crate::draft::{
    Claim, Draft, Shape, count, counted, during, entity, length, log_scale, moment, one_of, part, spark,
    whole_seconds, with_query,
};
use crate::rows::Row;
use crate::table::{NO_SUCH_USER, NONE, Names, is_inside};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::{HOUR, SECOND};
use timberline_model::{Filter, NO_TIME, kql};

pub(super) struct UserGuessing;

/// Addresses that a card for many lists.
const LISTED: usize = 2_000;

/// One address's names in one hour.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tried {
    source: u32,
    hour: u32,
    user: u32,
}

/// An address that guesses names.
struct Guesser {
    source: u32,
    /// Different names in its fullest hour.
    most: usize,
    from_hour: u32,
    to_hour: u32,
}

impl Detector for UserGuessing {
    fn about(&self) -> About {
        About {
            id: "auth_user_guessing",
            title: "Guessing of user names",
            stage: Stage::Attempt,
            meaning: "One address tried at least 5 accounts that do not exist within an hour: it looks for names, or works through \
                      a list of them.",
            innocent: "A form or job with a misspelt name tries one name again and again; an old system may keep a list of people \
                       who left.",
            attack: &["T1110.003"],
            references: &["Hayabusa: 4625 no such user"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let mut tried: Vec<Tried> = Vec::new();
        let (mut sources, mut users) = (Names::default(), Names::default());
        let mut compact_at = 1 << 20;
        seen.events.scan(seen.range, &unknown(), &["source.ip", "user.name"], seen.ctx, &mut |batch| {
            let rows = batch.ids.len();
            let source = sources.codes(batch.columns.first(), rows);
            let user = users.codes(batch.columns.get(1), rows);
            for (row, time) in batch.times.iter().enumerate() {
                let (Some(&source), Some(&user)) = (source.get(row), user.get(row)) else { continue };
                if *time != NO_TIME && *time >= 0 && source != NONE && user != NONE {
                    tried.push(Tried { source, hour: (time / HOUR) as u32, user });
                }
            }
            if tried.len() >= compact_at {
                tried.sort_unstable();
                tried.dedup();
                compact_at = (tried.len() * 2).max(1 << 20);
            }
            true
        })?;
        seen.ctx.check()?;
        if users.is_empty() {
            return Ok(Verdict::Skipped(
                "no login attempt names an account that does not exist (event.category : authentication with event.reason)".into(),
            ));
        }
        tried.sort_unstable();
        tried.dedup();
        let logins = seen.logins()?;
        let mut found = guessers(&tried, knobs);
        found.retain(|g| {
            let known = logins.sources.code(sources.text(g.source));
            known.is_none_or(|s| {
                !auth_bruteforce::guesses(logins, s, knobs) && !auth_spray::sprays(logins, s, knobs)
            })
        });
        // Inside ones and the busiest have cards of their own, the rest shares one.
        found.sort_by_key(|g| (!is_inside(sources.text(g.source)), std::cmp::Reverse(g.most), g.source));
        let own = knobs.guess_own_cards.max(0.0) as usize;
        let apart = if found.len() <= own {
            found.len()
        } else {
            found.iter().filter(|g| is_inside(sources.text(g.source))).count().min(own)
        };
        let mut drafts = Vec::new();
        for guesser in found.iter().take(apart) {
            drafts.extend(own_card(seen, sources.text(guesser.source), guesser, knobs)?);
        }
        if found.len() > apart {
            drafts.extend(rolled_up(seen, &sources, found.get(apart..).unwrap_or_default(), knobs)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

/// Attempts for accounts that do not exist, by what the log says of them.
fn unknown() -> Filter {
    Filter::is("event.category", "authentication").and(Filter::Or(vec![
        Filter::any_of("event.reason", &NO_SUCH_USER),
        Filter::is("winlog.event_data.SubStatus", "0xc0000064"),
        Filter::is("event.action", "ssh_invalid_user"),
    ]))
}

fn guessers(tried: &[Tried], knobs: &Knobs) -> Vec<Guesser> {
    let mut found: Vec<Guesser> = Vec::new();
    for of_source in tried.chunk_by(|a, b| a.source == b.source) {
        let mut last: Option<Guesser> = None;
        for hour in of_source.chunk_by(|a, b| a.hour == b.hour) {
            let Some(first) = hour.first() else { continue };
            let gap = (knobs.campaign_gap_s / 3600.0) as u32;
            match last.as_mut().filter(|g| first.hour <= g.to_hour + gap) {
                Some(guesser) => {
                    guesser.to_hour = first.hour + 1;
                    guesser.most = guesser.most.max(hour.len());
                }
                None => {
                    found.extend(last.take());
                    last = Some(Guesser {
                        source: first.source,
                        most: hour.len(),
                        from_hour: first.hour,
                        to_hour: first.hour + 1,
                    });
                }
            }
        }
        found.extend(last);
    }
    found.retain(|g| g.most as f64 >= knobs.unknown_users);
    // The busiest campaign of each address stands for all of its.
    found.sort_by_key(|g| (g.source, std::cmp::Reverse(g.most)));
    found.dedup_by_key(|g| g.source);
    found
}

fn own_card(
    seen: &Seen<'_>,
    source: &str,
    guesser: &Guesser,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let base = unknown().and(Filter::is("source.ip", source));
    let campaign = during(i64::from(guesser.from_hour) * HOUR, i64::from(guesser.to_hour) * HOUR);
    let rows = seen.rows(&base.clone().and(campaign), &["user.name", "host.name"])?;
    let (Some(first), Some(last)) = (rows.first().map(|r| r.time), rows.last().map(|r| r.time)) else {
        return Ok(None);
    };
    let (from_ns, to_ns) = whole_seconds(first, last);
    let names: FxHashSet<String> = names_of(&rows);
    let mut hosts: Vec<&str> = rows.iter().map(|r| r.text(1)).filter(|h| !h.is_empty()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let mut entities = vec![entity("source.ip", source)];
    entities.extend(hosts.iter().take(5).map(|h| entity("host.name", h)));
    let mut draft = Draft::new("auth_user_guessing", Shape::Attempt, entities, first, last);
    draft.finding.title = format!(
        "{source} tried {} within {}",
        counted(names.len() as u64, "account that does not exist", "accounts that do not exist"),
        length((last - first).max(SECOND)),
    );
    let filter = base.clone().and(during(from_ns, to_ns));
    draft.finding.query = kql::render(&filter);
    draft.evidence(rows.iter().map(|r| r.id));
    draft.finding.attack = vec!["T1110.003".into()];
    draft.claims.push(Claim { source: source.to_owned(), from_ns, to_ns, weight: rows.len() as u64 });
    draft.part(with_query(
        part(
            "Accounts that do not exist, in the fullest hour",
            ((guesser.most as u64).into(), "0 to 2".into(), knobs.unknown_users.into()),
            "accounts",
            "none needed",
            0.25 + 0.12 * log_scale(guesser.most as f64, knobs.unknown_users, knobs.unknown_users * 20.0),
        ),
        &filter,
    ));
    let inside = is_inside(source);
    if inside {
        draft.part(part(
            "Inside address",
            ("inside".into(), "outside".into(), "inside".into()),
            "",
            "none needed",
            0.15,
        ));
    }
    let logins = seen.logins()?;
    let follow = (knobs.success_follow_s * SECOND as f64) as i64;
    let got_in = logins.sources.code(source).and_then(|s| {
        logins
            .of_source(s)
            .find(|r| r.success() && !r.elevation() && r.time >= first && r.time < to_ns + follow)
    });
    if let Some(row) = got_in {
        let user = logins.users.text(row.user);
        draft.part(part(
            "A login of the same address, meanwhile or within an hour",
            (user.into(), "none".into(), "any".into()),
            "",
            "none needed",
            0.12,
        ));
    }
    let tries = rows.len() as f64 / names.len().max(1) as f64;
    draft.finding.innocent = format!(
        "A form or a job with a misspelt name. It would try one name again and again, from inside: {}, {tries:.1} tries each, \
         it is {}.",
        counted(names.len() as u64, "name", "names"),
        if inside { "inside" } else { "outside" },
    );
    draft.finding.spark = Some(chart(&rows, first, last));
    draft.ask(format!("Which users failed to log in from {source}?"));
    draft.ask(format!("Did {source} ever log in successfully?"));
    draft.ask(format!("What happened around {}?", moment(first)));
    Ok(Some(draft))
}

fn names_of(rows: &[Row]) -> FxHashSet<String> {
    rows.iter().map(|r| r.text(0).to_ascii_lowercase()).filter(|n| !n.is_empty()).collect()
}

fn chart(rows: &[Row], first: i64, last: i64) -> timberline_model::Spark {
    let pad = ((last - first) / 10).max(HOUR / 2);
    spark(rows.iter().map(|r| (r.time, 1)), (first - pad, last + pad), 30, "attempts")
}

fn rolled_up(
    seen: &Seen<'_>,
    sources: &Names,
    all: &[Guesser],
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let mut names: Vec<&str> = all.iter().map(|g| sources.text(g.source)).collect();
    names.sort_unstable();
    let mut base = unknown();
    if names.len() <= LISTED {
        base = base.and(one_of("source.ip", &names));
    }
    let rows = seen.rows(&base, &["user.name", "source.ip"])?;
    let dated: Vec<Row> = rows.into_iter().filter(|r| r.time != NO_TIME).collect();
    let (Some(first), Some(last)) = (dated.first().map(|r| r.time), dated.last().map(|r| r.time)) else {
        return Ok(None);
    };
    let (from_ns, to_ns) = whole_seconds(first, last);
    let filter = base.and(during(from_ns, to_ns));
    let mut by_source: FxHashMap<&str, u64> = FxHashMap::default();
    for row in &dated {
        *by_source.entry(row.text(1)).or_default() += 1;
    }
    let entities = names.iter().map(|s| entity("source.ip", s)).collect();
    let mut draft = Draft::new("auth_user_guessing", Shape::AttemptsRolledUp, entities, first, last);
    let users = names_of(&dated).len() as u64;
    draft.finding.title = format!(
        "{} tried names: {} that do not exist",
        counted(names.len() as u64, "address", "addresses"),
        counted(users, "account", "accounts"),
    );
    draft.finding.query = kql::render(&filter);
    draft.evidence(dated.iter().map(|r| r.id));
    draft.finding.attack = vec!["T1110.003".into()];
    draft.part(with_query(
        part(
            "Addresses that tried 5 such accounts in an hour",
            ((names.len() as u64).into(), 0u64.into(), knobs.guess_own_cards.into()),
            "addresses",
            "none needed",
            0.16 + 0.08 * log_scale(names.len() as f64, 3.0, 300.0),
        ),
        &filter,
    ));
    draft.finding.innocent = format!(
        "The usual noise of a system that the internet can reach: many addresses, none of them inside ({} of {} are), and no \
         success.",
        names.iter().filter(|n| is_inside(n)).count(),
        count(names.len() as u64)
    );
    draft.finding.spark = Some(chart(&dated, first, last));
    draft.ask("Which source had the most failed logins?".into());
    draft.ask("Did any address fail many times and then succeed in logging in?".into());
    Ok(Some(draft))
}
