//! Rare user: an account that logged in on one day only where others log in all the time; and the same for remote desktops alone.
//! Definition: Elastic's rare user and rare remote desktop user. Where accounts seen once are usual (a server of a
//! thousand people), nobody is rare: the chance is estimated from the accounts seen once (Good-Turing).

use crate::accounts::is_machine;
use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, length, log_scale, moment, part, spark,
    strength, successes, whole_seconds, with_query,
};
use crate::history::counts;
use crate::table::{Groups, Login, Logins, NONE};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashSet;
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Filter, kql};

pub(super) struct RareUser;

/// Accounts of one kind of login.
struct Field {
    logins: u64,
    accounts: u64,
    chance: f64,
    span_ns: i64,
    first_ns: i64,
}

impl Detector for RareUser {
    fn about(&self) -> About {
        About {
            id: "auth_rare_user",
            title: "Rare user",
            stage: Stage::Access,
            meaning: "An account logged in on one day only, on systems where the same few accounts log in all the time; or it used \
                      a remote desktop, which others do and it never did.",
            innocent: "A new colleague, somebody on call, an account for an emergency that was one.",
            attack: &["T1078", "T1021.001"],
            references: &["Elastic: rare user logon", "Elastic: unusual remote desktop user"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let logins = seen.logins()?;
        if let Some(why) = logins
            .lacks(false)
            .or_else(|| logins.users.is_empty().then(|| "no login names the account (user.name)".to_owned()))
        {
            return Ok(Verdict::Skipped(why));
        }
        let by_user = Groups::new(&logins.rows, logins.users.len(), |r| r.user);
        let mut drafts = Vec::new();
        let mut told: FxHashSet<u32> = FxHashSet::default();
        for desktop in [true, false] {
            seen.ctx.check()?;
            let least = if desktop { knobs.rare_user_desktop_logins } else { knobs.rare_user_logins };
            let people: Vec<(u32, Vec<&Login>)> = (0..logins.users.len() as u32)
                .filter(|u| !is_machine(logins.users.text(*u)))
                .map(|user| {
                    let rows = by_user.group(user).iter().filter_map(|i| logins.rows.get(*i as usize));
                    (user, rows.filter(|r| came(r, desktop)).collect())
                })
                .filter(|(_, rows): &(u32, Vec<&Login>)| !rows.is_empty())
                .collect();
            let Some(field) = field(&people) else { continue };
            if (field.logins as f64) < least
                || field.accounts < 4
                || (field.span_ns as f64) < knobs.history_days * DAY as f64
                || field.chance > knobs.rare_user_chance
            {
                continue;
            }
            let mut found: Vec<Draft> = people
                .iter()
                .filter(|(user, rows)| is_rare(rows, &field) && !told.contains(user))
                .filter_map(|(user, rows)| card(logins, *user, rows, &field, desktop))
                .collect();
            told.extend(people.iter().filter(|(_, rows)| desktop && is_rare(rows, &field)).map(|(u, _)| *u));
            found.sort_by(|a, b| {
                b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
            });
            found.truncate(knobs.rare_user_cards.max(0.0) as usize);
            drafts.extend(found);
        }
        Ok(Verdict::Found(drafts))
    }
}

fn came(row: &Login, desktop: bool) -> bool {
    row.success() && !row.elevation() && !row.by_machine() && (!desktop || row.remote_desktop())
}

/// Its logins lie within twelve hours, and not at the beginning of the logs, where everybody is new.
fn is_rare(rows: &[&Login], field: &Field) -> bool {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return false };
    rows.len() <= 5 && last.time - first.time < DAY / 2 && first.time - field.first_ns > field.span_ns / 5
}

fn field(people: &[(u32, Vec<&Login>)]) -> Option<Field> {
    let logins: u64 = people.iter().map(|(_, rows)| rows.len() as u64).sum();
    let first_ns = people.iter().filter_map(|(_, rows)| rows.first()).map(|r| r.time).min()?;
    let last_ns = people.iter().filter_map(|(_, rows)| rows.last()).map(|r| r.time).max()?;
    let once = people
        .iter()
        .filter(|(_, rows)| match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => last.time - first.time < DAY / 2,
            _ => false,
        })
        .count();
    Some(Field {
        logins,
        accounts: people.len() as u64,
        // The one in question is among them.
        chance: once.saturating_sub(1) as f64 / logins.max(1) as f64,
        span_ns: last_ns - first_ns,
        first_ns,
    })
}

fn card(logins: &Logins, user: u32, rows: &[&Login], field: &Field, desktop: bool) -> Option<Draft> {
    let (first, last) = (rows.first()?, rows.last()?);
    let (from_ns, to_ns) = whole_seconds(first.time, last.time);
    let name = logins.users.text(user);
    let mut sources: Vec<u32> = rows.iter().map(|r| r.source).filter(|s| *s != NONE).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut hosts: Vec<u32> = rows.iter().map(|r| r.host).filter(|h| *h != NONE).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let mut entities = vec![entity("user.name", name)];
    entities.extend(sources.iter().map(|s| entity("source.ip", logins.sources.text(*s))));
    entities.extend(hosts.iter().map(|h| entity("host.name", logins.hosts.text(*h))));
    let mut draft = Draft::new("auth_rare_user", Shape::NewSource, entities, first.time, last.time);
    let what = if desktop { "used a remote desktop" } else { "logged in" };
    let others = if desktop { "remote desktop logins" } else { "logins" };
    draft.finding.title = format!(
        "{name} {what} at {} and on no other day; {} {others} by {} within {}",
        clock(first.time),
        count(field.logins),
        counted(field.accounts, "account", "accounts"),
        length(field.span_ns)
    );
    let mut filter = successes().and(Filter::is("user.name", name));
    if desktop {
        filter = filter.and(Filter::any_of(
            "winlog.logon.type",
            &["RemoteInteractive", "CachedRemoteInteractive", "10", "12"],
        ));
    }
    let filter = filter.and(during(from_ns, to_ns));
    draft.finding.query = kql::render(&filter);
    let evidence = logins
        .between(from_ns, to_ns)
        .iter()
        .filter(|r| r.user == user && r.success() && (!desktop || r.remote_desktop()));
    draft.evidence(evidence.map(|r| r.id));
    draft.finding.attack = vec!["T1078".into()];
    if desktop {
        draft.finding.attack.push("T1021.001".into());
    }
    for row in rows.iter().filter(|r| counts(r)) {
        let (from_ns, to_ns) = whole_seconds(row.time, row.time);
        let source = logins.sources.text(row.source).to_owned();
        draft.claims.push(Claim { source, from_ns, to_ns, weight: 0 });
    }
    let words = format!(
        "{} by {}; {}",
        counted(field.logins, "login", "logins"),
        counted(field.accounts, "account", "accounts"),
        strength(field.span_ns)
    );
    draft.part(with_query(
        part(
            format!("Logins of {name}"),
            (
                (rows.len() as u64).into(),
                (field.logins / field.accounts.max(1)).into(),
                "one day only".into(),
            ),
            "logins",
            words.clone(),
            0.22 + 0.10 * log_scale(field.logins as f64, 100.0, 10_000.0),
        ),
        &filter,
    ));
    draft.part(part(
        "Chance that a login is of an account seen on one day",
        (format!("{:.1} %", field.chance * 100.0).into(), "".into(), "2 %".into()),
        "",
        words,
        0.0,
    ));
    if desktop {
        draft.part(part(
            "Remote desktop",
            ("remote desktop".into(), "".into(), "remote desktop".into()),
            "",
            "none needed",
            0.06,
        ));
    }
    let seen_before: FxHashSet<u32> =
        logins.between(i64::MIN, from_ns).iter().filter(|r| r.success()).map(|r| r.source).collect();
    if sources.iter().any(|s| !seen_before.contains(s)) {
        draft.part(part(
            "From an address that nobody was let in from before",
            ("new".into(), "known".into(), "new".into()),
            "",
            "all logins in these logs",
            0.08,
        ));
    }
    if sources.iter().any(|s| !logins.is_inside(*s)) {
        draft.part(part(
            "Outside address",
            ("outside".into(), "".into(), "outside".into()),
            "",
            "none needed",
            0.06,
        ));
    }
    let failed: u64 = logins
        .between(from_ns - DAY, to_ns)
        .iter()
        .filter(|r| r.user == user && !r.success())
        .map(|r| u64::from(r.weight))
        .sum();
    draft.finding.innocent = format!(
        "A new colleague, somebody on call, an account for an emergency. Somebody new would come again: not in these logs, which go on \
         for {}. It failed {} in the day before.",
        length(field.first_ns + field.span_ns - last.time),
        counted(failed, "time", "times"),
    );
    let pad = 12 * HOUR;
    draft.finding.spark =
        Some(spark(rows.iter().map(|r| (r.time, 1)), (first.time - pad, last.time + pad), 30, "logins"));
    draft.ask(format!("What else did {name} do?"));
    draft.ask(format!("What happened around {}?", moment(first.time)));
    if let Some(source) = sources.first() {
        draft.ask(format!("Who logged in from {}?", logins.sources.text(*source)));
    }
    Some(draft)
}
