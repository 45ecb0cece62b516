//! A new account, and whether its maker usually makes them. Definition: Sentinel's "account created by a user who made none in the
//! 14 days before"; an export rarely goes back as far, so the card says how far it does. Linux' tools do not say who called them.

use crate::accounts::{Power, is_machine};
use crate::changes::{Change, Changes, Kind, known_for, query_of};
use crate::draft::{Draft, Shape, clock, counted, entity, length, moment, part, spark, strength, with_query};
use crate::history::counts;
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::kql;
use timberline_model::time::{DAY, HOUR};

pub(super) struct AccountCreated;

impl Detector for AccountCreated {
    fn about(&self) -> About {
        About {
            id: "account_created",
            title: "New account",
            stage: Stage::Persistence,
            meaning: "An account was made, above all by somebody who made none before in these logs, at an odd hour, with power, or \
                      to be used at once: a way back in.",
            innocent: "A new colleague or service; the set-up of a system. Whoever makes accounts all the time ranks low.",
            attack: &["T1136.001", "T1136.002", "T1136.003"],
            references: &["Sentinel: account created by a user who creates none"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let changes = seen.changes()?;
        let made: Vec<&Change> = changes.rows.iter().filter(|c| c.kind == Kind::Made).collect();
        if made.is_empty() {
            return Ok(Verdict::Skipped(
                "no event says that an account was made (event.category : iam)".into(),
            ));
        }
        let mut groups: Vec<Vec<&Change>> = Vec::new();
        for change in made {
            let with = groups.iter_mut().rev().find(|g| {
                g.last().is_some_and(|l| {
                    l.actor.eq_ignore_ascii_case(&change.actor)
                        && l.host == change.host
                        && l.system == change.system
                        && change.time - l.time <= HOUR
                })
            });
            match with {
                Some(group) => group.push(change),
                None => groups.push(vec![change]),
            }
        }
        let mut drafts = Vec::new();
        for group in &groups {
            seen.ctx.check()?;
            drafts.extend(card(seen, changes, group, knobs)?);
        }
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(knobs.process_cards.max(1.0) as usize * 2);
        Ok(Verdict::Found(drafts))
    }
}

fn card(
    seen: &Seen<'_>,
    changes: &Changes,
    group: &[&Change],
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return Ok(None) };
    let zones = &seen.given.zones;
    let actor = first.actor.as_str();
    let names: Vec<&str> = group.iter().map(|c| c.target.as_str()).filter(|t| !t.is_empty()).collect();
    let query = query_of(group);
    let rows = seen.rows(&query, &[])?;
    let mut entities = Vec::new();
    if !actor.is_empty() {
        entities.push(entity("user.name", actor));
    }
    entities.extend(names.iter().map(|n| entity("user.target.name", n)));
    for (field, value) in [("host.name", &first.host), ("source.ip", &first.source)] {
        if !value.is_empty() {
            entities.push(entity(field, value));
        }
    }
    if entities.is_empty() {
        entities.push(entity("event.action", &first.action));
    }
    let mut draft = Draft::new("account_created", Shape::Fact, entities, first.time, last.time);
    let who = if actor.is_empty() { "Somebody".to_owned() } else { actor.to_owned() };
    let whom = match &names[..] {
        [] => "an account".to_owned(),
        [one] => format!("the account {one}"),
        many => counted(many.len() as u64, "account", "accounts"),
    };
    let where_ = if first.host.is_empty() { String::new() } else { format!(" on {}", first.host) };
    draft.finding.query = kql::render(&query);
    draft.evidence(rows.iter().map(|r| r.id));
    let technique = match () {
        () if first.dataset.starts_with("aws") || first.host.is_empty() => "T1136.003",
        () if group.iter().any(|c| c.target_id.starts_with("S-1-5-21-")) && domain_wide(seen, first)? => {
            "T1136.002"
        }
        () => "T1136.001",
    };
    draft.finding.attack = vec![technique.to_owned()];

    let (earlier, days) = if actor.is_empty() { (0, 0) } else { changes.before(first) };
    let known = known_for(seen, first)?;
    let long = known as f64 >= knobs.creator_days * DAY as f64;
    let machine = !actor.is_empty() && is_machine(actor);
    let words = format!(
        "logs of {} before, {}",
        length(known),
        strength(known).rsplit(", ").next().unwrap_or("weak")
    );
    let weight = match (actor.is_empty(), earlier) {
        (true, _) => 0.22,
        (false, 0) if long => 0.32,
        (false, 0) => 0.25,
        (false, _) if days >= 2 => 0.10,
        (false, _) => 0.16,
    };
    let name = if actor.is_empty() {
        "An account was made; the log does not say by whom".to_owned()
    } else {
        format!("Accounts that {actor} made before")
    };
    draft.part(with_query(
        part(name, (earlier.into(), "some".into(), 1u64.into()), "accounts", words, weight),
        &query,
    ));

    // What came of it: power, use, deletion.
    let mut joined: Option<&Change> = None;
    let mut deleted: Option<i64> = None;
    for made in group {
        for c in changes.of_target(&made.target, &made.target_id, made.time, made.time + DAY) {
            match c.kind {
                Kind::Joined | Kind::Policy if c.time <= made.time + HOUR && c.power > Power::None => {
                    joined = joined.filter(|j| j.power >= c.power).or(Some(c));
                }
                Kind::Deleted if deleted.is_none() => deleted = Some(c.time - made.time),
                _ => {}
            }
        }
    }
    let title_end = match joined {
        Some(c) if !c.what.is_empty() => {
            let whom = if names.len() > 1 { "one of them" } else { "it" };
            format!(" and gave {whom} {}", c.what.rsplit('/').next().unwrap_or(&c.what))
        }
        _ => String::new(),
    };
    draft.finding.title =
        format!("{who} made {whom}{where_} at {}{title_end}", zones.clock(first.id, first.time));
    if earlier == 0 && !actor.is_empty() {
        draft.finding.title.push_str(", and none before in these logs");
    }
    if let Some(c) = joined {
        draft.part(part(
            "Power given to it within an hour",
            (c.what.clone().into(), "none".into(), "some".into()),
            "",
            "none needed",
            if c.power == Power::All && !machine { 0.18 } else { 0.08 },
        ));
    }
    if let Some(after) = deleted {
        draft.part(part(
            "Deleted again within a day",
            (length(after).into(), "kept".into(), "1 day".into()),
            "",
            "none needed",
            0.12,
        ));
    }
    let logins = seen.logins()?;
    let used = group.iter().filter(|c| !c.target.is_empty()).find_map(|c| {
        let user = logins.users.code(&c.target)?;
        logins.between(c.time, c.time + DAY).iter().find(|r| r.user == user && counts(r))
    });
    if let Some(row) = used {
        draft.part(part(
            "It logged in within a day",
            (
                format!("{} from {}", clock(row.time), logins.sources.text(row.source)).into(),
                "".into(),
                "1 day".into(),
            ),
            "",
            "none needed",
            0.08,
        ));
    }
    if group.iter().any(|c| c.target.ends_with('$') && !c.action.contains("computer")) {
        draft.part(part(
            "A person's account with the name of a machine",
            (names.join(", ").into(), "no $".into(), "$".into()),
            "",
            "none needed",
            0.15,
        ));
    }
    let working = zones.working_hours(first.id, first.time);
    if !working && !machine {
        draft.part(part(
            "Outside of working hours",
            (zones.clock(first.id, first.time).into(), "7 to 20, Monday to Friday".into(), "outside".into()),
            "",
            zones.words(first.id),
            if actor.is_empty() { 0.04 } else { 0.06 },
        ));
    }
    if group.iter().all(|c| c.system) {
        draft.part(part(
            "An account of the system, which cannot log in",
            ("system".into(), "".into(), "system".into()),
            "",
            "none needed",
            -0.18,
        ));
    }
    if machine {
        draft.part(part(
            "Made by the system itself",
            (actor.into(), "a person".into(), "system".into()),
            "",
            "none needed",
            -0.12,
        ));
    }
    if group.len() as f64 >= knobs.account_bulk {
        draft.part(part(
            "Many at once, as when a school year begins",
            ((group.len() as u64).into(), 1u64.into(), knobs.account_bulk.into()),
            "accounts",
            "none needed",
            -0.06,
        ));
    }
    draft.finding.innocent = format!(
        "A new colleague or service, or the set-up of a system. Its maker would make others too: {earlier} before. It would be made \
         at work: {}.",
        if working { "fits" } else { "no, outside of working hours" }
    );
    let moments = changes.rows.iter().filter(|c| c.kind == Kind::Made).map(|c| (c.time, 1));
    draft.finding.spark =
        Some(spark(moments, (first.time - DAY / 2, last.time + DAY / 2), 30, "accounts made"));
    draft.ask("Were any accounts created?".into());
    if !actor.is_empty() {
        draft.ask(format!("What else did {actor} do?"));
    }
    if let Some(name) = names.first() {
        draft.ask(format!("What do we know about {name}?"));
    }
    draft.ask(format!("What happened around {}?", moment(first.time)));
    Ok(Some(draft))
}

/// Whether the account is one of a domain: the log of a domain controller says so by its tickets.
fn domain_wide(seen: &Seen<'_>, change: &Change) -> Result<bool, DetectError> {
    let tickets = timberline_model::Filter::is("host.name", &change.host)
        .and(timberline_model::Filter::any_of("event.code", &["4768", "4769"]));
    Ok(!change.host.is_empty() && seen.events.count(seen.range, tickets, seen.ctx)? > 0)
}
