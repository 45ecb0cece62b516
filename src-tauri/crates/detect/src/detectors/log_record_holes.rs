//! Holes in record numbers: a Windows channel numbers its records one by one, so a few missing numbers inside an otherwise whole
//! file are records that were taken out (or a file that was carved). Definition: Chainsaw's `analyse gaps` and Timesketch's missing
//! record numbers. A file in which numbers are missing everywhere is an export of a selection, and says nothing.

use crate::draft::{Draft, Shape, count, counted, entity, length, log_scale, moment, part, spark};
use crate::table::{NONE, Names};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::{Filter, NO_TIME};

pub(super) struct Holes;

/// Runs of numbers kept for a channel of a file before it counts as a selection.
const MOST_RUNS: usize = 4_096;

/// Record numbers in a row, and when the first and the last of them were written.
#[derive(Clone, Copy)]
struct Stretch {
    from: i64,
    to: i64,
    from_ns: i64,
    to_ns: i64,
}

impl Detector for Holes {
    fn about(&self) -> About {
        About {
            id: "log_record_holes",
            title: "Record numbers are missing",
            stage: Stage::Evidence,
            meaning: "A Windows event log that is otherwise without a break lacks some record numbers: records were taken out of it.",
            innocent: "A damaged file, a file that was exported with a filter, one that was put together of two.",
            attack: &["T1070.001"],
            references: &["Chainsaw: analyse gaps", "Timesketch: missing record numbers"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let mut names = Names::default();
        let mut files: FxHashMap<(u32, u32, u32), Vec<Stretch>> = FxHashMap::default();
        let fields = ["winlog.record_id", "winlog.channel", "host.name"];
        let numbered = Filter::exists("winlog.record_id");
        seen.events.scan(seen.range, &numbered, &fields, seen.ctx, &mut |batch| {
            let rows = batch.ids.len();
            let (channel, host) =
                (names.codes(batch.columns.get(1), rows), names.codes(batch.columns.get(2), rows));
            let source = batch.ids.first().map_or(0, |id| id.source());
            for row in 0..rows {
                let number = batch.columns.first().and_then(|c| c.value(row)).and_then(|v| v.number());
                let (Some(n), Some(&time)) = (number.map(|n| n as i64), batch.times.get(row)) else {
                    continue;
                };
                let code = |codes: &[u32]| codes.get(row).copied().unwrap_or(NONE);
                let runs = files.entry((source, code(&channel), code(&host))).or_default();
                let room = runs.len() <= MOST_RUNS;
                match runs.last_mut() {
                    Some(run) if n == run.to + 1 && time != NO_TIME => (run.to, run.to_ns) = (n, time),
                    _ if room => {
                        runs.push(Stretch { from: n, to: n, from_ns: time, to_ns: time });
                    }
                    _ => {}
                }
            }
            true
        })?;
        seen.ctx.check()?;
        if files.is_empty() {
            return Ok(Verdict::Skipped("no event has a record number (winlog.record_id)".into()));
        }
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_by_key(|(key, _)| *key);
        let mut drafts = Vec::new();
        for ((source, channel, host), runs) in files {
            if runs.len() <= MOST_RUNS {
                drafts.extend(card(seen, source, (names.text(channel), names.text(host)), runs, knobs)?);
            }
        }
        Ok(Verdict::Found(drafts))
    }
}

fn card(
    seen: &Seen<'_>,
    source: u32,
    (channel, host): (&str, &str),
    mut runs: Vec<Stretch>,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    runs.sort_by_key(|r| r.from);
    // Numbers that were read out of order join again.
    let mut joined: Vec<Stretch> = Vec::new();
    for run in runs {
        match joined.last_mut().filter(|l| run.from <= l.to + 1) {
            Some(last) if run.to > last.to => (last.to, last.to_ns) = (run.to, run.to_ns),
            Some(_) => {}
            None => joined.push(run),
        }
    }
    let have: i64 = joined.iter().map(|r| r.to - r.from + 1).sum();
    let holes: Vec<(Stretch, Stretch)> = joined.iter().copied().zip(joined.iter().copied().skip(1)).collect();
    let missing: i64 = holes.iter().map(|(a, b)| b.from - a.to - 1).sum();
    if holes.is_empty()
        || holes.len() as f64 > knobs.hole_most
        || (have as f64) < knobs.hole_records
        // More missing than there is a file of two periods.
        || missing > have
    {
        return Ok(None);
    }
    let Some((before, after)) = holes.iter().copied().max_by_key(|(a, b)| (b.from - a.to, -a.to)) else {
        return Ok(None);
    };
    let mut edges: Vec<String> = Vec::new();
    for (a, b) in &holes {
        edges.extend([a.to.to_string(), b.from.to_string()]);
    }
    edges.dedup();
    let edges: Vec<&str> = edges.iter().map(String::as_str).collect();
    let mut filter = Filter::is("source", &source.to_string()).and(Filter::is("winlog.channel", channel));
    if !host.is_empty() {
        filter = filter.and(Filter::is("host.name", host));
    }
    let filter = filter.and(crate::draft::one_of("winlog.record_id", &edges));
    let mut entities = vec![entity("winlog.channel", channel)];
    if !host.is_empty() {
        entities.push(entity("host.name", host));
    }
    let (first, last) = (before.to_ns, after.from_ns.max(before.to_ns));
    let mut draft = Draft::new("log_record_holes", Shape::Fact, entities, first, last);
    let times = seen.attach(&mut draft, &filter)?;
    if times.is_empty() {
        return Ok(None);
    }
    let where_ = if host.is_empty() { channel.to_owned() } else { format!("{channel} of {host}") };
    draft.finding.title = format!(
        "{} missing from {where_}: {} in {}",
        match missing {
            1 => "1 record is".to_owned(),
            n => format!("{} records are", count(n as u64)),
        },
        if missing == 1 {
            format!("number {}", before.to + 1)
        } else {
            format!("numbers from {}", before.to + 1)
        },
        counted(holes.len() as u64, "place", "places"),
    );
    draft.finding.attack = vec!["T1070.001".into()];
    draft.part(part(
        "Holes in the record numbers",
        ((holes.len() as u64).into(), 0u64.into(), (knobs.hole_most as u64).into()),
        "holes",
        format!("{} records in a row otherwise", count(have as u64)),
        0.24 + 0.1
            * log_scale(have as f64 / holes.len() as f64, knobs.hole_records, 100.0 * knobs.hole_records),
    ));
    draft.part(part(
        "Records missing",
        ((missing as u64).into(), 0u64.into(), 1u64.into()),
        "records",
        "none needed",
        // A few picked records tell more than a lost block.
        if missing <= 200 { 0.12 } else { 0.04 },
    ));
    draft.finding.innocent = format!(
        "A damaged or filtered file. The greatest hole covers {}, {} numbers.",
        length(last - first),
        count((after.from - before.to - 1) as u64)
    );
    draft.finding.spark =
        Some(spark(times.iter().map(|t| (*t, 1)), (times[0], last.max(times[0]) + 1), 24, "edges"));
    draft.ask(format!("What happened around {}?", moment(first)));
    if host.is_empty() {
        draft.ask("Is there anything unusual?".into());
    } else {
        draft.ask(format!("Tell me about {host}"));
    }
    Ok(Some(draft))
}
