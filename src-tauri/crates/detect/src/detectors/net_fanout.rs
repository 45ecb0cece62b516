//! Fan-out: a host contacts far more different systems in an hour than it ever did, most of them new to it.
//! Definition: Splunk's lateral fan-out and Elastic's network sweep, against the host's own hours (median and MAD)
//! and its fullest hours of other days, so that what comes every Sunday or every morning is not new; a host without
//! a past is held against its peers. A technique is named by what the connections show: one administration port on
//! many systems is a sweep, a connection that was held on such a port is a remote service used.

use crate::draft::{
    Draft, Shape, clock, count, counted, during, entity, log_scale, moment, one_of, part, strength,
    whole_seconds, with_query,
};
use crate::stats::Baseline;
use crate::table::{ADMIN_PORTS, Contact, Flows, NONE, is_inside, is_many};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::{FxHashMap, FxHashSet};
use timberline_model::time::HOUR;
use timberline_model::{EventId, Filter, Spark, TimeRange, kql};

pub(super) struct FanOut;

/// Distinct systems in one hour of one host.
#[derive(Clone, Copy)]
struct Hour {
    hour: u32,
    systems: u32,
    new: u32,
}

/// Hours in a row in which a host fanned out.
struct Run {
    source: u32,
    from_hour: u32,
    to_hour: u32,
    /// The fullest of them.
    worst: Hour,
    baseline: Baseline,
    /// In words: whose baseline, how long.
    baseline_words: String,
    own: bool,
    threshold: f64,
}

impl Detector for FanOut {
    fn about(&self) -> About {
        About {
            id: "net_fanout",
            title: "A host contacts far more systems than before",
            stage: Stage::Discovery,
            meaning: "A host contacted at least 15 different systems in an hour, far more than in its hours before, and \
                      most of them for the first time: it looks around or moves on.",
            innocent: "A scanner or inventory run, a backup or deployment that moved here, a new jump host.",
            attack: &["T1046", "T1021", "T1021.001", "T1021.002", "T1021.004", "T1021.006"],
            references: &["Splunk: lateral fan-out", "Elastic: potential network sweep"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let flows = seen.flows()?;
        if flows.seen == 0 {
            return Ok(Verdict::Skipped(
                "no dated connection names both ends (event.category : network with source.ip and destination.ip)"
                    .into(),
            ));
        }
        let runs = runs(flows, knobs);
        let mut drafts = Vec::new();
        for run in &runs {
            seen.ctx.check()?;
            drafts.extend(card(seen, flows, run, knobs)?);
        }
        Ok(Verdict::Found(drafts))
    }
}

/// The contacts of each source, one slice a source.
fn by_source(flows: &Flows) -> impl Iterator<Item = &[Contact]> {
    flows.contacts.chunk_by(|a, b| a.source == b.source)
}

fn hours_of(contacts: &[Contact]) -> Vec<Hour> {
    let mut met: FxHashSet<u32> = FxHashSet::default();
    contacts
        .chunk_by(|a, b| a.hour == b.hour)
        .map(|hour| {
            let new = hour.iter().filter(|c| met.insert(c.destination)).count() as u32;
            Hour { hour: hour.first().map_or(0, |c| c.hour), systems: hour.len() as u32, new }
        })
        .collect()
}

/// Of which hosts in which hours (from, to) this tells: others leave them to it.
pub(super) fn spoken_for(flows: &Flows, knobs: &Knobs) -> Vec<(String, u32, u32)> {
    runs(flows, knobs)
        .iter()
        .map(|r| (flows.hosts.text(r.source).to_owned(), r.from_hour, r.to_hour))
        .collect()
}

fn runs(flows: &Flows, knobs: &Knobs) -> Vec<Run> {
    let mut peers: Option<Vec<f64>> = None;
    let mut found: Vec<Run> = Vec::new();
    let first_hour = flows.contacts.iter().map(|c| c.hour).min().unwrap_or(0);
    for contacts in by_source(flows) {
        let Some(source) = contacts.first().map(|c| c.source) else { continue };
        if is_many(flows.hosts.text(source)) {
            continue;
        }
        let hours = hours_of(contacts);
        if !hours.iter().any(|h| f64::from(h.systems) >= knobs.fanout_hosts) {
            continue;
        }
        for (at, hour) in hours.iter().enumerate() {
            let systems = f64::from(hour.systems);
            if systems < knobs.fanout_hosts {
                continue;
            }
            let (before, after) =
                (hours.get(..at).unwrap_or_default(), hours.get(at + 1..).unwrap_or_default());
            // The run so far is no history of its own.
            let own_past: Vec<&Hour> = before.iter().filter(|h| h.hour + 6 < hour.hour).collect();
            let past = own_past.len() as f64 >= knobs.fanout_history_hours;
            let inside = is_inside(flows.hosts.text(source));
            if !past && !inside {
                // A stranger with no past: the scans that every border sees.
                continue;
            }
            // Other days: before it where there is a past, else after it too. What it does on other days, or did at
            // this hour of another week, is its habit.
            let other_day = |h: &&Hour| h.hour.abs_diff(hour.hour) >= 18;
            let habit = if past {
                before.iter().filter(other_day).map(|h| h.systems).max()
            } else {
                before.iter().chain(after).filter(other_day).map(|h| h.systems).max()
            };
            let habit = f64::from(habit.unwrap_or(0)) * knobs.fanout_ratio;
            let (baseline, words) = if past {
                let values: Vec<f64> = own_past.iter().map(|h| f64::from(h.systems)).collect();
                let Some(baseline) = Baseline::of_counts(&values) else { continue };
                let since = own_past.first().map_or(hour.hour, |h| h.hour);
                (baseline, strength(i64::from(hour.hour - since) * HOUR))
            } else {
                let all = peers.get_or_insert_with(|| peer_counts(flows));
                if all.len() < 24 {
                    continue;
                }
                let Some(baseline) = Baseline::of_counts(all) else { continue };
                let span = i64::from(hour.hour.saturating_sub(first_hour).max(1)) * HOUR;
                (baseline, format!("{} other host-hours; {}", count(all.len() as u64), strength(span)))
            };
            let threshold = baseline
                .at(knobs.fanout_deviations)
                .max(habit)
                .max(knobs.fanout_hosts)
                .max(if past { 0.0 } else { baseline.max.min(1e9) * 0.5 });
            let fresh = f64::from(hour.new) >= systems * knobs.fanout_new_share;
            if systems < threshold || (past && !fresh) {
                continue;
            }
            match found.last_mut().filter(|r| r.source == source && hour.hour <= r.to_hour + 2) {
                Some(run) => {
                    run.to_hour = hour.hour + 1;
                    if hour.systems > run.worst.systems {
                        run.worst = *hour;
                    }
                }
                None => found.push(Run {
                    source,
                    from_hour: hour.hour,
                    to_hour: hour.hour + 1,
                    worst: *hour,
                    baseline,
                    baseline_words: words,
                    own: past,
                    threshold,
                }),
            }
        }
    }
    found
}

/// Systems contacted in each active hour of each inside host that is not itself in question.
fn peer_counts(flows: &Flows) -> Vec<f64> {
    let mut counts = Vec::new();
    for contacts in by_source(flows) {
        if contacts.first().is_some_and(|c| is_inside(flows.hosts.text(c.source))) {
            counts.extend(contacts.chunk_by(|a, b| a.hour == b.hour).map(|h| h.len() as f64));
        }
    }
    // The greatest hour belongs to the host in question, or to one like it.
    counts.sort_by(f64::total_cmp);
    counts.truncate((counts.len() as f64 * 0.99) as usize);
    counts
}

/// One connection of the run, as the second look sees it.
struct Conn {
    time: i64,
    id: EventId,
    destination: String,
    port: Option<u16>,
    held: bool,
}

fn connections(seen: &Seen<'_>, filter: &Filter, from_ns: i64, to_ns: i64) -> Result<Vec<Conn>, DetectError> {
    let fields =
        ["destination.ip", "destination.port", "zeek.connection.state", "event.outcome", "event.action"];
    let range = TimeRange::new(from_ns, to_ns).and(&seen.range);
    let mut rows = Vec::new();
    seen.events.scan(range, filter, &fields, seen.ctx, &mut |batch| {
        for (row, (id, time)) in batch.ids.iter().zip(&batch.times).enumerate() {
            let value = |at: usize| batch.columns.get(at).and_then(|c| c.value(row));
            let text = |at: usize| value(at).map(|v| v.show());
            let held = match text(2).as_deref() {
                // Zeek: established and closed by both, by one, or still open with data seen.
                Some("SF" | "S1" | "S2" | "S3" | "RSTO") => true,
                Some(_) => false,
                None => {
                    text(3).is_some_and(|o| o == "success")
                        || text(4).is_some_and(|a| a == "allow" || a == "accept")
                }
            };
            rows.push(Conn {
                time: *time,
                id: *id,
                destination: text(0).unwrap_or_default(),
                port: value(1).and_then(|v| v.number()).map(|p| p as u16),
                held,
            });
        }
        rows.len() < 2_000_000
    })?;
    rows.sort_by_key(|c| (c.time, c.id));
    Ok(rows)
}

fn card(seen: &Seen<'_>, flows: &Flows, run: &Run, knobs: &Knobs) -> Result<Option<Draft>, DetectError> {
    let source = flows.hosts.text(run.source);
    let (hour_from, hour_to) = (i64::from(run.from_hour) * HOUR, i64::from(run.to_hour) * HOUR);
    let contacts =
        by_source(flows).find(|c| c.first().is_some_and(|c| c.source == run.source)).unwrap_or_default();
    let met: FxHashSet<u32> =
        contacts.iter().filter(|c| c.hour < run.from_hour).map(|c| c.destination).collect();
    let in_run: FxHashSet<u32> = contacts
        .iter()
        .filter(|c| (run.from_hour..run.to_hour).contains(&c.hour))
        .map(|c| c.destination)
        .collect();
    let new: FxHashSet<&str> =
        in_run.iter().filter(|d| !met.contains(d)).map(|d| flows.hosts.text(*d)).collect();

    let base = Filter::is("event.category", "network").and(Filter::is("source.ip", source));
    let all = connections(seen, &base, hour_from, hour_to)?;
    let counted_in = |c: &&Conn| {
        !is_many(&c.destination)
            && (is_inside(&c.destination) || c.port.is_some_and(|p| ADMIN_PORTS.contains(&p)))
    };
    let rows: Vec<&Conn> = all.iter().filter(counted_in).collect();

    // Which administration ports did it look for, on how many systems?
    let mut by_port: FxHashMap<u16, FxHashSet<&str>> = FxHashMap::default();
    for row in rows.iter().filter(|r| new.contains(r.destination.as_str()) || !run.own) {
        if let Some(port) = row.port {
            by_port.entry(port).or_default().insert(&row.destination);
        }
    }
    let mut ports: Vec<(u16, usize)> = by_port.iter().map(|(p, d)| (*p, d.len())).collect();
    ports.sort_by_key(|(port, n)| (std::cmp::Reverse(*n), *port));
    let swept: Vec<u16> = {
        let mut swept: Vec<u16> = ports
            .iter()
            .filter(|(p, n)| ADMIN_PORTS.contains(p) && *n as f64 >= knobs.fanout_sweep_hosts)
            .map(|(p, _)| *p)
            .collect();
        swept.sort_unstable();
        swept
    };
    let evidence: Vec<&&Conn> = rows
        .iter()
        .filter(|r| if swept.is_empty() { true } else { r.port.is_some_and(|p| swept.contains(&p)) })
        .collect();
    let (Some(first), Some(last)) = (evidence.first().map(|r| r.time), evidence.last().map(|r| r.time))
    else {
        return Ok(None);
    };
    let (from_ns, to_ns) = whole_seconds(first, last);
    let systems: FxHashSet<&str> = evidence.iter().map(|r| r.destination.as_str()).collect();
    let new_systems = systems.iter().filter(|s| new.contains(*s)).count() as u64;

    let mut entities = vec![entity("source.ip", source)];
    let port_texts: Vec<String> = swept.iter().map(u16::to_string).collect();
    entities.extend(port_texts.iter().map(|p| entity("destination.port", p)));
    let mut draft = Draft::new("net_fanout", Shape::FanOut, entities, first, last);
    let usual = run.baseline.median.round() as u64;
    let ports_words = match &port_texts[..] {
        [] => String::new(),
        [one] => format!(" on port {one}"),
        [init @ .., end] => format!(" on ports {} and {end}", init.join(", ")),
    };
    let habit = if run.own {
        format!("usually {} an hour", count(usual))
    } else {
        format!("hosts like it usually {} an hour", count(usual))
    };
    let novelty =
        if run.own { format!("; {} of them never before", count(new_systems)) } else { String::new() };
    draft.finding.title = format!(
        "{source} contacted {}{ports_words} at {}, {habit}{novelty}",
        counted(systems.len() as u64, "system", "systems"),
        clock(first),
    );
    let mut filter = base.clone();
    let exact = if swept.is_empty() {
        let mut list: Vec<&str> = systems.iter().copied().collect();
        list.sort_unstable();
        if list.len() <= 1_000 && rows.iter().all(|r| is_inside(&r.destination)) {
            filter = filter.and(one_of("destination.ip", &list));
            true
        } else {
            false
        }
    } else {
        let texts: Vec<&str> = port_texts.iter().map(String::as_str).collect();
        filter = filter.and(one_of("destination.port", &texts));
        true
    };
    let filter = filter.and(during(from_ns, to_ns));
    draft.finding.query = kql::render(&filter);
    // The telling ones first: held connections to new systems, then new systems, then the rest.
    let mut ordered: Vec<&Conn> = if exact && swept.is_empty() {
        rows.iter().copied().filter(|r| systems.contains(r.destination.as_str())).collect()
    } else {
        all.iter()
            .filter(|r| r.time >= from_ns && r.time < to_ns)
            .filter(|r| swept.is_empty() || r.port.is_some_and(|p| swept.contains(&p)))
            .collect()
    };
    ordered.sort_by_key(|r| {
        let fresh = new.contains(r.destination.as_str());
        (!(fresh && r.held), !fresh, r.time, r.id)
    });
    draft.evidence(ordered.iter().map(|r| r.id));

    // Techniques, by what the rows show.
    let mut attack: Vec<String> = Vec::new();
    if !swept.is_empty() {
        attack.push("T1046".into());
    }
    let held: Vec<&&&Conn> = evidence
        .iter()
        .filter(|r| r.held && is_inside(&r.destination) && (new.contains(r.destination.as_str()) || !run.own))
        .collect();
    for (port, technique) in
        [(3389, "T1021.001"), (445, "T1021.002"), (22, "T1021.004"), (5985, "T1021.006"), (5986, "T1021.006")]
    {
        if held.iter().any(|r| r.port == Some(port)) && !attack.iter().any(|a| a == technique) {
            attack.push(technique.into());
        }
    }
    draft.finding.attack = attack;

    let whose = if run.own { "" } else { " (peers)" };
    draft.part(with_query(
        part(
            format!("Systems contacted in the fullest hour{whose}"),
            (u64::from(run.worst.systems).into(), run.baseline.median.into(), run.threshold.into()),
            "systems",
            run.baseline_words.clone(),
            (if run.own { 0.34 } else { 0.24 })
                + 0.16 * log_scale(f64::from(run.worst.systems) / run.threshold.max(1.0), 1.0, 10.0),
        ),
        &base.clone().and(during(i64::from(run.worst.hour) * HOUR, i64::from(run.worst.hour + 1) * HOUR)),
    ));
    if run.own {
        draft.part(part(
            "Systems it never contacted before",
            (new_systems.into(), 0u64.into(), (systems.len() as f64 * knobs.fanout_new_share).into()),
            "systems",
            run.baseline_words.clone(),
            0.12,
        ));
    }
    if !swept.is_empty() {
        let most = ports.iter().filter(|(p, _)| swept.contains(p)).map(|(_, n)| *n as u64).max().unwrap_or(0);
        draft.part(with_query(
            part(
                format!("Systems on one administration port ({})", port_texts.join(", ")),
                (most.into(), 0u64.into(), knobs.fanout_sweep_hosts.into()),
                "systems",
                "none needed",
                0.14,
            ),
            &filter,
        ));
    }
    let unanswered = evidence.iter().filter(|r| !r.held).count() as u64;
    let share = unanswered as f64 / evidence.len().max(1) as f64;
    if evidence.iter().any(|r| r.held) || share > 0.0 {
        draft.part(part(
            "Connections that were not held",
            (unanswered.into(), "few".into(), "a third".into()),
            "connections",
            "none needed",
            if share >= 1.0 / 3.0 { 0.08 } else { 0.0 },
        ));
    }
    let admin_held: Vec<&str> = {
        let mut list: Vec<&str> = held
            .iter()
            .filter(|r| r.port.is_some_and(|p| ADMIN_PORTS.contains(&p)))
            .map(|r| r.destination.as_str())
            .collect();
        list.sort_unstable();
        list.dedup();
        list
    };
    if !admin_held.is_empty() {
        let shown: Vec<&str> = admin_held.iter().take(200).copied().collect();
        draft.part(with_query(
            part(
                "New systems that let it in on an administration port",
                ((admin_held.len() as u64).into(), 0u64.into(), 1u64.into()),
                "systems",
                "none needed",
                0.10,
            ),
            &filter.clone().and(one_of("destination.ip", &shown)),
        ));
    }

    let hours: Vec<u32> =
        hours_of(contacts).iter().filter(|h| h.systems >= run.worst.systems / 2).map(|h| h.hour).collect();
    let again = hours.iter().filter(|h| h.abs_diff(run.worst.hour) >= 18).count();
    draft.finding.innocent = format!(
        "A scanner, an inventory or a deployment. It would come back at its hours: {}. It would reach systems that \
         answer: {} of {} connections were not held.",
        match (again, run.own) {
            (0, true) => "no, the only time in these logs".to_owned(),
            (0, false) => "cannot be told, the host has no past here".to_owned(),
            (n, _) =>
                format!("{} in these logs, on other days", counted(n as u64, "such hour", "such hours")),
        },
        count(unanswered),
        count(evidence.len() as u64),
    );
    draft.finding.spark = Some(chart(contacts, run));
    draft.ask(format!("What other systems did {source} connect to recently?"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask(format!("Which users failed to log in from {source}?"));
    Ok(Some(draft))
}

/// Systems an hour, two days before the run to half a day after it.
fn chart(contacts: &[Contact], run: &Run) -> Spark {
    let from = run.from_hour.saturating_sub(36);
    let bars = (run.to_hour - from + 12).clamp(1, 120) as usize;
    let mut counts = vec![0u64; bars];
    for hour in contacts.chunk_by(|a, b| a.hour == b.hour) {
        let at = hour.first().map_or(NONE, |c| c.hour).checked_sub(from);
        if let Some(bar) = at.and_then(|at| counts.get_mut(at as usize)) {
            *bar = hour.len() as u64;
        }
    }
    Spark {
        from_ns: i64::from(from) * HOUR,
        step_ns: HOUR,
        unit: "systems contacted".into(),
        counts,
        baseline: Some(run.baseline.median),
        threshold: Some(run.threshold),
    }
}
