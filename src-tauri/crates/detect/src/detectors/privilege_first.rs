//! Rights used for the first time: special privileges (Windows 4672), sudo and its kin, by an account whose many logins before did
//! without; and sudo that was refused to an account that may not use it. Cards of `privilege_change`.

use crate::accounts::is_machine;
use crate::draft::{
    Draft, Shape, counted, during, entity, length, log_scale, moment, part, spark, successes, whole_seconds,
    with_query,
};
use crate::table::{Login, Logins, NONE, Names};
use crate::{DetectError, Knobs, Seen};
use rustc_hash::FxHashMap;
use timberline_model::time::{DAY, HOUR};
use timberline_model::{Filter, NO_TIME, Pattern, kql};

/// What an account did before without more rights.
struct Past {
    logins: u64,
    span_ns: i64,
}

/// Its logins before a moment, where they are enough to say what is usual.
fn past(logins: &Logins, user: u32, before: i64, knobs: &Knobs) -> Option<Past> {
    let mut times = logins
        .between(i64::MIN, before - HOUR)
        .iter()
        .filter(|r| r.user == user && r.success() && !r.elevation() && !r.by_machine())
        .map(|r| r.time);
    let first = times.next()?;
    let past = Past { logins: 1 + times.count() as u64, span_ns: before - first };
    (past.logins as f64 >= knobs.sudo_logins && past.span_ns as f64 >= knobs.creator_days * DAY as f64)
        .then_some(past)
}

/// Special privileges of an account that never had them.
pub(super) fn special(seen: &Seen<'_>, knobs: &Knobs) -> Result<Vec<Draft>, DetectError> {
    let special = Filter::is("event.action", "logged-in-special");
    let mut users = Names::default();
    let mut first: FxHashMap<u32, i64> = FxHashMap::default();
    seen.events.scan(seen.range, &special, &["user.name"], seen.ctx, &mut |batch| {
        let codes = users.codes(batch.columns.first(), batch.ids.len());
        for (user, time) in codes.iter().zip(&batch.times) {
            if *user != NONE && *time != NO_TIME {
                let slot = first.entry(*user).or_insert(*time);
                *slot = (*slot).min(*time);
            }
        }
        true
    })?;
    seen.ctx.check()?;
    let Some(since) = first.values().min().copied() else { return Ok(Vec::new()) };
    let logins = seen.logins()?;
    let mut drafts = Vec::new();
    let mut first: Vec<(u32, i64)> = first.into_iter().collect();
    first.sort_unstable();
    for (user, time) in first {
        let name = users.text(user);
        // The logs must have told of such privileges for days before.
        if is_machine(name) || (time - since) < (knobs.creator_days * DAY as f64) as i64 {
            continue;
        }
        let Some(past) = logins.users.code(name).and_then(|u| past(logins, u, time, knobs)) else { continue };
        let what = special.clone().and(Filter::is("user.name", name));
        drafts.extend(card(seen, name, time, &what, &past, "special privileges", "T1078")?);
    }
    Ok(drafts)
}

/// sudo of an account that never used it, and sudo that was refused.
pub(super) fn sudo(seen: &Seen<'_>, knobs: &Knobs) -> Result<Vec<Draft>, DetectError> {
    let logins = seen.logins()?;
    let raised = |r: &&Login| r.elevation() && r.user != NONE;
    let mut first: FxHashMap<u32, i64> = FxHashMap::default();
    for row in logins.rows.iter().filter(raised).filter(|r| r.success()) {
        first.entry(row.user).or_insert(row.time);
    }
    let mut drafts = Vec::new();
    if let Some(since) = first.values().min().copied() {
        let mut first: Vec<(u32, i64)> = first.into_iter().collect();
        first.sort_unstable();
        for (user, time) in first {
            let name = logins.users.text(user);
            if (time - since) < (knobs.creator_days * DAY as f64) as i64 {
                continue;
            }
            let Some(past) = past(logins, user, time, knobs) else { continue };
            let what = successes()
                .and(Filter::any_of("event.action", &["sudo", "su", "doas", "pkexec"]))
                .and(Filter::is("user.name", name));
            drafts.extend(card(seen, name, time, &what, &past, "sudo", "T1548.003")?);
        }
    }
    drafts.extend(refused(seen)?);
    Ok(drafts)
}

fn card(
    seen: &Seen<'_>,
    user: &str,
    time: i64,
    what: &Filter,
    past: &Past,
    rights: &str,
    technique: &str,
) -> Result<Option<Draft>, DetectError> {
    let (from_ns, to_ns) = whole_seconds(time, time + HOUR);
    let filter = what.clone().and(during(from_ns, to_ns));
    let rows = seen.rows(&filter, &["host.name", "process.command_line", "user.effective.name"])?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(None) };
    let mut entities = vec![entity("user.name", user)];
    let host = first.text(0);
    if !host.is_empty() {
        entities.push(entity("host.name", host));
    }
    let mut draft = Draft::new("privilege_change", Shape::Fact, entities, first.time, last.time);
    let zones = &seen.given.zones;
    let where_ = if host.is_empty() { String::new() } else { format!(" on {host}") };
    draft.finding.title = format!(
        "{user} used {rights} for the first time{where_} at {}, after {} without",
        zones.clock(first.id, first.time),
        counted(past.logins, "login", "logins")
    );
    draft.finding.query = kql::render(&filter);
    draft.evidence(rows.iter().map(|r| r.id));
    draft.finding.attack = vec![technique.to_owned()];
    draft.part(with_query(
        part(
            format!("Logins of {user} without {rights} before"),
            (past.logins.into(), "".into(), 15u64.into()),
            "logins",
            format!("{} of them over {}", past.logins, length(past.span_ns)),
            0.20 + 0.08 * log_scale(past.logins as f64, 15.0, 300.0),
        ),
        &filter,
    ));
    let command = first.text(1);
    let shell = command
        .split([' ', '/'])
        .any(|w| matches!(w, "bash" | "sh" | "zsh" | "su" | "-i" | "-s" | "visudo" | "useradd" | "passwd"));
    if shell {
        draft.part(part(
            "A shell, or a tool for accounts",
            (command.into(), "".into(), "shell".into()),
            "",
            "none needed",
            0.08,
        ));
    }
    let working = zones.working_hours(first.id, first.time);
    if !working {
        draft.part(part(
            "Outside of working hours",
            (zones.clock(first.id, first.time).into(), "7 to 20, Monday to Friday".into(), "outside".into()),
            "",
            zones.words(first.id),
            0.10,
        ));
    }
    draft.finding.innocent = format!(
        "A new duty, or a monthly task that these {} of logs begin after. It would be done at work: {}.",
        length(past.span_ns),
        if working { "fits" } else { "no, outside of working hours" }
    );
    let moments = rows.iter().map(|r| (r.time, 1));
    draft.finding.spark = Some(spark(moments, (first.time - HOUR, last.time + HOUR), 30, "uses"));
    draft.ask(format!("What else did {user} do?"));
    draft.ask(format!("Show me login patterns for {user} over the past month"));
    draft.ask(format!("What happened around {}?", moment(first.time)));
    Ok(Some(draft))
}

/// `user NOT in sudoers`, `user NOT authorized`, `command not allowed`: who is refused wanted more than is his.
fn refused(seen: &Seen<'_>) -> Result<Vec<Draft>, DetectError> {
    let refused = Filter::is("event.action", "sudo").and(Filter::Match {
        field: "event.reason".into(),
        pattern: Pattern::wild(vec![String::new(), "not in sudoers".into(), String::new()]),
    });
    let rows = seen.rows(&refused, &["user.name", "host.name", "process.command_line"])?;
    let mut users: Vec<String> =
        rows.iter().map(|r| r.text(0).to_ascii_lowercase()).filter(|u| !u.is_empty()).collect();
    users.sort();
    users.dedup();
    let mut drafts = Vec::new();
    for user in users.iter().take(5) {
        let mine: Vec<_> =
            rows.iter().filter(|r| r.text(0).eq_ignore_ascii_case(user) && r.time != NO_TIME).collect();
        let (Some(first), Some(last)) = (mine.first(), mine.last()) else { continue };
        let name = first.text(0);
        let (from_ns, to_ns) = whole_seconds(first.time, last.time);
        let filter = refused.clone().and(Filter::is("user.name", name)).and(during(from_ns, to_ns));
        let mut entities = vec![entity("user.name", name)];
        if !first.text(1).is_empty() {
            entities.push(entity("host.name", first.text(1)));
        }
        let mut draft = Draft::new("privilege_change", Shape::Fact, entities, first.time, last.time);
        draft.finding.title = format!(
            "sudo was refused to {name}, {}: it is not in sudoers",
            counted(mine.len() as u64, "time", "times")
        );
        draft.finding.query = kql::render(&filter);
        draft.evidence(mine.iter().map(|r| r.id));
        draft.finding.attack = vec!["T1548.003".into()];
        draft.part(with_query(
            part(
                "Commands refused by sudo",
                ((mine.len() as u64).into(), 0u64.into(), 1u64.into()),
                "commands",
                "none needed",
                0.28 + 0.08 * log_scale(mine.len() as f64, 1.0, 20.0),
            ),
            &filter,
        ));
        draft.finding.innocent = format!(
            "Somebody who thought to be allowed, or a script of a package. The first command was {}.",
            if first.text(2).is_empty() { "not logged" } else { first.text(2) }
        );
        let moments = mine.iter().map(|r| (r.time, 1));
        draft.finding.spark = Some(spark(moments, (first.time - HOUR, last.time + HOUR), 30, "refusals"));
        draft.ask(format!("What else did {name} do?"));
        draft.ask("What commands were run with sudo?".into());
        draft.ask(format!("What happened around {}?", moment(first.time)));
        drafts.push(draft);
    }
    Ok(drafts)
}
