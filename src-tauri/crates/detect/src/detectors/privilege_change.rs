//! A change of what accounts may do: into a group of power, a policy that gives it, credentials for another's account, special
//! privileges or sudo of an account that never had them. What established administrators do at work ranks low.

use super::privilege_first as firsts;
use crate::accounts::{Power, is_machine};
use crate::changes::{Change, Changes, Kind, known_for, query_of};
use crate::draft::{Draft, Shape, counted, entity, length, moment, part, spark, strength, with_query};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::kql;
use timberline_model::time::{DAY, HOUR};

pub(super) struct PrivilegeChange;

impl Detector for PrivilegeChange {
    fn about(&self) -> About {
        About {
            id: "privilege_change",
            title: "Change of privileges",
            stage: Stage::Privilege,
            meaning: "An account got more rights: a group of administrators, a policy that gives everything, credentials that somebody \
                      else made for it; or it used rights for the first time that its logins before did without.",
            innocent: "Routine administration: it is done by those who always do it, at work; a new duty.",
            attack: &["T1098", "T1098.001", "T1098.003", "T1098.007", "T1548.003", "T1078"],
            references: &["Sentinel and Elastic: member added to a privileged group", "MITRE ATT&CK T1098"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let changes = seen.changes()?;
        let mut drafts = firsts::special(seen, knobs)?;
        drafts.extend(firsts::sudo(seen, knobs)?);
        let telling = |c: &&Change| match c.kind {
            Kind::Joined | Kind::Policy => c.power > Power::None,
            Kind::Credential => !c.target.is_empty() && !c.actor.eq_ignore_ascii_case(&c.target),
            Kind::Made | Kind::Deleted => false,
        };
        let mut groups: Vec<Vec<&Change>> = Vec::new();
        for change in changes.rows.iter().filter(telling) {
            let with = groups.iter_mut().rev().find(|g| {
                g.last().is_some_and(|l| {
                    l.actor.eq_ignore_ascii_case(&change.actor)
                        && l.host == change.host
                        && change.time - l.time <= HOUR
                })
            });
            match with {
                Some(group) => group.push(change),
                None => groups.push(vec![change]),
            }
        }
        for group in &groups {
            seen.ctx.check()?;
            drafts.extend(card(seen, changes, group, knobs)?);
        }
        if drafts.is_empty() && changes.rows.is_empty() && seen.logins()?.rows.is_empty() {
            return Ok(Verdict::Skipped(
                "no event tells of groups, policies, sudo or privileges (event.category : iam)".into(),
            ));
        }
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(knobs.process_cards.max(1.0) as usize * 2);
        Ok(Verdict::Found(drafts))
    }
}

fn said(change: &Change) -> String {
    let whom = if change.target.is_empty() { "an account".to_owned() } else { change.target.clone() };
    let what = change.what.rsplit('/').next().unwrap_or(&change.what);
    match change.kind {
        Kind::Joined => format!("put {whom} into {what}"),
        Kind::Policy if what.is_empty() => format!("changed the policy of {whom}"),
        Kind::Policy => format!("gave {whom} {what}"),
        Kind::Credential => format!("made credentials for {whom}"),
        Kind::Made | Kind::Deleted => change.action.clone(),
    }
}

fn card(
    seen: &Seen<'_>,
    changes: &Changes,
    group: &[&Change],
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return Ok(None) };
    // The strongest of them stands in the title.
    let rank = |c: &Change| (c.power, c.kind == Kind::Policy || c.kind == Kind::Joined);
    let Some(lead) = group.iter().reduce(|a, b| if rank(b) > rank(a) { b } else { a }) else {
        return Ok(None);
    };
    let zones = &seen.given.zones;
    let actor = first.actor.as_str();
    let query = query_of(group);
    let rows = seen.rows(&query, &[])?;
    let mut targets: Vec<&str> = group.iter().map(|c| c.target.as_str()).filter(|t| !t.is_empty()).collect();
    targets.sort_unstable();
    targets.dedup();
    let mut entities = Vec::new();
    if !actor.is_empty() {
        entities.push(entity("user.name", actor));
    }
    entities.extend(targets.iter().map(|t| entity("user.target.name", t)));
    for (field, value) in [("host.name", &first.host), ("source.ip", &first.source)] {
        if !value.is_empty() {
            entities.push(entity(field, value));
        }
    }
    if entities.is_empty() {
        entities.push(entity("event.action", &first.action));
    }
    let mut draft = Draft::new("privilege_change", Shape::Fact, entities, first.time, last.time);
    let who = if actor.is_empty() { "Somebody" } else { actor };
    let where_ = if first.host.is_empty() { String::new() } else { format!(" on {}", first.host) };
    let more = match group.len() {
        1 => String::new(),
        n => format!(", and {}", counted(n as u64 - 1, "more such change", "more such changes")),
    };
    draft.finding.title =
        format!("{who} {}{where_} at {}{more}", said(lead), zones.clock(lead.id, lead.time));
    draft.finding.query = kql::render(&query);
    draft.evidence(rows.iter().map(|r| r.id));
    let cloud = first.host.is_empty();
    let mut attack: Vec<String> = group
        .iter()
        .map(|c| match c.kind {
            Kind::Joined if !cloud => "T1098.007",
            Kind::Joined | Kind::Policy => "T1098.003",
            Kind::Credential => "T1098.001",
            Kind::Made | Kind::Deleted => "T1098",
        })
        .map(str::to_owned)
        .collect();
    attack.sort();
    attack.dedup();
    draft.finding.attack = attack;

    let machine = !actor.is_empty() && is_machine(actor);
    let (what, weight) = match (lead.kind, lead.power) {
        (Kind::Credential, _) => ("credentials for another account", 0.22),
        (_, Power::All) => ("everything", 0.28),
        (_, _) => ("some power", 0.16),
    };
    let value = if lead.what.is_empty() { lead.action.clone() } else { lead.what.clone() };
    draft.part(with_query(
        part(
            format!("It gives {what}"),
            (value.into(), "none".into(), "some".into()),
            "",
            "by its name",
            weight,
        ),
        &query,
    ));
    let (earlier, days) = if actor.is_empty() { (0, 0) } else { changes.before(lead) };
    let known = known_for(seen, lead)?;
    let long = known as f64 >= knobs.creator_days * DAY as f64;
    let working = zones.working_hours(lead.id, lead.time);
    let established = days >= 2;
    let words = format!(
        "logs of {} before, {}",
        length(known),
        strength(known).rsplit(", ").next().unwrap_or("weak")
    );
    if !actor.is_empty() && !machine {
        let weight = match earlier {
            0 if long => 0.12,
            0 => 0.06,
            _ if established && working => -0.10,
            _ if established => -0.04,
            _ => 0.0,
        };
        draft.part(part(
            format!("Such changes by {actor} before"),
            (earlier.into(), "some".into(), 1u64.into()),
            "changes",
            words,
            weight,
        ));
    }
    if group.iter().all(|c| c.routine) {
        draft.part(part(
            "As when a system joins a domain",
            ("Domain Admins".into(), "".into(), "Domain Admins".into()),
            "",
            "none needed",
            -0.14,
        ));
    }
    if machine {
        draft.part(part(
            "Made by the system itself",
            (actor.into(), "a person".into(), "system".into()),
            "",
            "none needed",
            -0.14,
        ));
    }
    if group.iter().any(|c| !c.actor.is_empty() && c.actor.eq_ignore_ascii_case(&c.target)) {
        draft.part(part(
            "It gave it to itself",
            (actor.into(), "to others".into(), "itself".into()),
            "",
            "none needed",
            0.14,
        ));
    }
    let fresh = group.iter().find_map(|c| {
        changes.of_target(&c.target, &c.target_id, c.time - DAY, c.time).find(|m| m.kind == Kind::Made)
    });
    if let Some(made) = fresh.filter(|_| !machine) {
        draft.part(part(
            "The account was made within a day before",
            (length(lead.time - made.time).into(), "older".into(), "1 day".into()),
            "",
            "none needed",
            0.10,
        ));
    }
    if !working && !machine {
        draft.part(part(
            "Outside of working hours",
            (zones.clock(lead.id, lead.time).into(), "7 to 20, Monday to Friday".into(), "outside".into()),
            "",
            zones.words(lead.id),
            if actor.is_empty() { 0.04 } else { 0.06 },
        ));
    }
    draft.finding.innocent = format!(
        "Routine administration. It would be done by who always does it: {}. It would be done at work: {}.",
        match (actor.is_empty(), earlier) {
            (true, _) => "the log does not say who did it".to_owned(),
            (false, 0) => format!("no, {actor} did none before in {} of logs", length(known)),
            (false, n) => format!("fits, {}", counted(n, "such change before", "such changes before")),
        },
        if working { "fits" } else { "no, outside of working hours" },
    );
    let moments = changes.rows.iter().filter(|c| c.kind == lead.kind).map(|c| (c.time, 1));
    draft.finding.spark = Some(spark(moments, (first.time - DAY / 2, last.time + DAY / 2), 30, "changes"));
    if !actor.is_empty() {
        draft.ask(format!("What else did {actor} do?"));
    }
    if let Some(target) = targets.first() {
        draft.ask(format!("What do we know about {target}?"));
    }
    draft.ask(format!("What happened around {}?", moment(lead.time)));
    draft.ask("Were any accounts created?".into());
    Ok(Some(draft))
}
