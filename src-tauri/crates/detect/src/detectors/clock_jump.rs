//! A clock that jumped: an event that says the time was changed by more than a correction, or a file in order of time whose
//! records go back. Every baseline and every order of events across the jump is in doubt; the card says by how much. The small
//! corrections of time services, and the hour that a zone falls back, are none.

use crate::draft::{
    Draft, Shape, clock, during, entity, length, log_scale, moment, part, spark, whole_seconds, with_query,
};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::time::{DAY, HOUR, SECOND};
use timberline_model::{EventId, Filter, NO_TIME};

pub(super) struct Jump;

/// A step back in one file.
#[derive(Clone, Copy)]
struct Back {
    before: (i64, EventId),
    after: (i64, EventId),
}

/// How the records of one source lie in time.
struct Order {
    source: u32,
    rows: u64,
    backwards: u64,
    jumps: Vec<Back>,
    first_ns: i64,
    last: Option<(i64, EventId)>,
}

impl Detector for Jump {
    fn about(&self) -> About {
        About {
            id: "clock_jump",
            title: "A clock jumped",
            stage: Stage::Evidence,
            meaning: "A system's clock was changed by more than a correction, or a file that is in order of time goes back: times on \
                      both sides of the jump cannot be compared as they stand.",
            innocent: "A machine without a battery that found its time server, a restored snapshot, two files put together.",
            attack: &["T1070.006"],
            references: &["Windows: Security 4616, Kernel-General 1"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let mut orders: Vec<Order> = Vec::new();
        let back = (knobs.clock_back_s * SECOND as f64) as i64;
        seen.events.scan(seen.range, &Filter::All, &[], seen.ctx, &mut |batch| {
            let source = batch.ids.first().map_or(0, |id| id.source());
            if orders.last().is_none_or(|o| o.source != source) {
                orders.push(Order {
                    source,
                    rows: 0,
                    backwards: 0,
                    jumps: Vec::new(),
                    first_ns: i64::MAX,
                    last: None,
                });
            }
            let Some(order) = orders.last_mut() else { return true };
            for (&time, &id) in batch.times.iter().zip(&batch.ids) {
                if time == NO_TIME {
                    continue;
                }
                order.rows += 1;
                order.first_ns = order.first_ns.min(time);
                if let Some(before) = order.last.filter(|b| time < b.0) {
                    order.backwards += 1;
                    if before.0 - time >= back && order.jumps.len() < 16 {
                        order.jumps.push(Back { before, after: (time, id) });
                    }
                }
                order.last = Some((time, id));
            }
            true
        })?;
        seen.ctx.check()?;
        if !orders.iter().any(|o| o.rows as f64 >= knobs.clock_rows) {
            return Ok(Verdict::Skipped(format!("no source has {} dated events", knobs.clock_rows)));
        }
        let mut drafts = changes(seen, knobs)?;
        for order in &orders {
            let ordered = (order.backwards as f64) <= order.rows as f64 * 0.002 + 2.0;
            if order.rows as f64 >= knobs.clock_rows && ordered && (1..=3).contains(&order.jumps.len()) {
                drafts.extend(went_back(seen, order)?);
            }
        }
        drafts.sort_by(|a, b| b.finding.score.total_cmp(&a.finding.score));
        drafts.truncate(10);
        Ok(Verdict::Found(drafts))
    }
}

fn went_back(seen: &Seen<'_>, order: &Order) -> Result<Option<Draft>, DetectError> {
    let Some(worst) = order.jumps.iter().max_by_key(|j| j.before.0 - j.after.0) else { return Ok(None) };
    let by = worst.before.0 - worst.after.0;
    // Back to where the file began, or by days: two files put together, not a clock.
    if by > 2 * DAY || by > (worst.before.0 - order.first_ns) / 2 {
        return Ok(None);
    }
    let fields = ["line", "log.file.path"];
    let ids = Filter::Ids(vec![worst.before.1, worst.after.1]);
    let (mut lines, mut path) = (Vec::new(), String::new());
    seen.events.scan(seen.range, &ids, &fields, seen.ctx, &mut |batch| {
        for row in 0..batch.ids.len() {
            lines.extend(batch.columns.first().and_then(|c| c.value(row)).map(|v| v.show()));
            path = batch.columns.get(1).and_then(|c| c.value(row)).map(|v| v.show()).unwrap_or_default();
        }
        true
    })?;
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let filter = Filter::is("source", &order.source.to_string()).and(crate::draft::one_of("line", &lines));
    let what = if path.is_empty() {
        entity("source", &order.source.to_string())
    } else {
        entity("log.file.path", &path)
    };
    let name = path.rsplit(['/', '!']).next().filter(|n| !n.is_empty()).unwrap_or("a source").to_owned();
    let mut draft = Draft::new("clock_jump", Shape::Fact, vec![what], worst.after.0, worst.before.0);
    let times = seen.attach(&mut draft, &filter)?;
    if times.is_empty() {
        return Ok(None);
    }
    draft.finding.title = format!("{name} goes back by {} after {}", length(by), moment(worst.before.0));
    draft.part(part(
        "Time goes back in the order of the file",
        (length(by).into(), "0 s".into(), "65 min".into()),
        "",
        format!("{} records, {} of them earlier than the one before", order.rows, order.backwards),
        0.18 + 0.12 * log_scale(by as f64, HOUR as f64, 24.0 * HOUR as f64),
    ));
    draft.finding.innocent =
        "A clock that was set right, or files put together in the wrong order; the records around the place would tell.".into();
    draft.finding.spark =
        Some(spark(times.iter().map(|t| (*t, 1)), (times[0], worst.before.0 + 1), 24, "edges"));
    draft.ask(format!("What happened around {}?", moment(worst.before.0)));
    draft.ask(format!("What happened around {}?", moment(worst.after.0)));
    Ok(Some(draft))
}

/// What Windows says of changes: 4616 and Kernel-General 1 name both times.
fn changes(seen: &Seen<'_>, knobs: &Knobs) -> Result<Vec<Draft>, DetectError> {
    let base = Filter::is("event.action", "system-time-changed");
    let fields = [
        "host.name",
        "user.name",
        "winlog.event_data.PreviousTime",
        "winlog.event_data.OldTime",
        "winlog.event_data.NewTime",
    ];
    let mut rows: Vec<(String, i64, i64, String)> = Vec::new();
    seen.events.scan(seen.range, &base, &fields, seen.ctx, &mut |batch| {
        for (row, &time) in batch.times.iter().enumerate() {
            let text = |at: usize| batch.columns.get(at).and_then(|c| c.value(row)).map(|v| v.show());
            let stamp = |text: Option<String>| {
                text.and_then(|t| t.trim().parse::<jiff::Timestamp>().ok())
                    .and_then(|t| i64::try_from(t.as_nanosecond()).ok())
            };
            let (Some(old), Some(new)) = (stamp(text(2).or_else(|| text(3))), stamp(text(4))) else {
                continue;
            };
            let by = new.saturating_sub(old);
            if time != NO_TIME && by.saturating_abs() as f64 >= knobs.clock_step_s * SECOND as f64 {
                rows.push((text(0).unwrap_or_default(), time, by, text(1).unwrap_or_default()));
            }
        }
        true
    })?;
    rows.sort();
    let mut drafts = Vec::new();
    for of_host in rows.chunk_by(|a, b| a.0 == b.0) {
        let Some((host, time, by, user)) = of_host.iter().max_by_key(|r| r.2.saturating_abs()) else {
            continue;
        };
        let (from, to) = whole_seconds(*time, *time);
        let mut filter = base.clone().and(during(from, to));
        let mut entities = Vec::new();
        if !host.is_empty() {
            filter = filter.and(Filter::is("host.name", host));
            entities.push(entity("host.name", host));
        }
        if !user.is_empty() {
            entities.push(entity("user.name", user));
        }
        if entities.is_empty() {
            entities.push(entity("event.action", "system-time-changed"));
        }
        let mut draft = Draft::new("clock_jump", Shape::Fact, entities, *time, *time);
        let times = seen.attach(&mut draft, &filter)?;
        let machine = user.is_empty() || user.ends_with('$') || user.eq_ignore_ascii_case("LOCAL SERVICE");
        draft.finding.title = format!(
            "The clock{} was set {} {} at {}",
            if host.is_empty() { String::new() } else { format!(" of {host}") },
            if *by < 0 { "back by" } else { "forward by" },
            length(by.saturating_abs()),
            clock(*time)
        );
        draft.part(with_query(
            part(
                "Change of the clock",
                (
                    length(by.saturating_abs()).into(),
                    "seconds".into(),
                    length((knobs.clock_step_s * SECOND as f64) as i64).into(),
                ),
                "",
                "none needed",
                0.2 + 0.1
                    * log_scale(
                        by.saturating_abs() as f64,
                        knobs.clock_step_s * SECOND as f64,
                        24.0 * HOUR as f64,
                    ),
            ),
            &filter,
        ));
        if !machine {
            draft.finding.attack = vec!["T1070.006".into()];
            draft.part(part(
                "By a person, not by the time service",
                (user.as_str().into(), "LOCAL SERVICE".into(), "a person".into()),
                "",
                "none needed",
                0.15,
            ));
        }
        draft.finding.innocent = format!(
            "A machine that started with a wrong clock, or a snapshot that was restored: {} such changes on this host in these logs.",
            of_host.len()
        );
        draft.finding.spark =
            Some(spark(times.iter().map(|t| (*t, 1)), (time - HOUR, time + HOUR), 24, "events"));
        draft.ask(format!("What happened around {}?", moment(*time)));
        draft.ask("Is there anything unusual?".into());
        drafts.push(draft);
    }
    Ok(drafts)
}
