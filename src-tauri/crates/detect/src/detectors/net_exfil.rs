//! Exfiltration by volume: a host inside that sent far more to one place outside in a day than it sends to anybody, and than others
//! do. Definition: Elastic's sent bytes by destination and Splunk's large upload, held against the source's own days (median and
//! MAD of what it sent outside in all), against its peers where it has few days, and against what came back: an upload sends more
//! than it receives.

use crate::draft::{Claim, Draft, Shape, counted, during, log_scale, moment, part, strength, with_query};
use crate::stats::Baseline;
use crate::traffic::{Kind, Pair, Traffic};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::Spark;
use timberline_model::time::DAY;

pub(super) struct Exfil;

impl Detector for Exfil {
    fn about(&self) -> About {
        About {
            id: "net_exfil",
            title: "Far more sent than usual",
            stage: Stage::Exfiltration,
            meaning: "A host inside sent far more to one place outside in a day than it, and others, usually do, and far more than came back.",
            innocent: "A backup to a cloud, a video meeting, an upload to a customer, a new mirror.",
            attack: &["T1041", "T1048", "T1567"],
            references: &[
                "Elastic: data exfiltration detection",
                "Splunk: large upload",
                "Sentinel: upload against 14 days",
            ],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let traffic = seen.traffic()?;
        if traffic.days.is_empty() {
            return Ok(Verdict::Skipped(
                "no traffic from inside says how many bytes were sent (source.bytes or http.request.body.bytes)".into(),
            ));
        }
        // What each source sent outside on each day, as the log that saw most of it says: several logs see the same bytes.
        let mut sums: FxHashMap<(u32, u32, u32), u64> = FxHashMap::default();
        let mut days: Vec<((u32, u32), (u64, u64))> = traffic.days.iter().map(|(k, v)| (*k, *v)).collect();
        days.sort_unstable();
        let outside = |pair: &Pair| !traffic.names.is_inside(pair.destination) && pair.kind != Kind::Dns;
        for ((pair, day), (sent, _)) in &days {
            if let Some(pair) = traffic.pairs.get(*pair as usize).filter(|p| outside(p)) {
                *sums.entry((pair.source, *day, pair.set)).or_default() += sent;
            }
        }
        let mut totals: FxHashMap<u32, FxHashMap<u32, u64>> = FxHashMap::default();
        for ((source, day, _), sent) in sums {
            let slot = totals.entry(source).or_default().entry(day).or_default();
            *slot = (*slot).max(sent);
        }
        let mut best: FxHashMap<(u32, u32), (u32, u64, u64)> = FxHashMap::default();
        for ((at, day), (sent, got)) in &days {
            let Some(pair) = traffic.pairs.get(*at as usize).filter(|p| outside(p)) else { continue };
            if *sent as f64 >= knobs.exfil_megabytes * 1e6
                && *sent as f64 >= *got as f64 * knobs.exfil_asymmetry
            {
                let slot = best.entry((pair.source, *day)).or_insert((*at, *sent, *got));
                // By name rather than by address, where both saw as much.
                let named = pair.kind == Kind::Name && *sent as f64 * 1.2 >= slot.1 as f64;
                if *sent > slot.1 || named {
                    *slot = (*at, *sent, *got);
                }
            }
        }
        let mut best: Vec<_> = best.into_iter().collect();
        best.sort_unstable();
        let mut drafts = Vec::new();
        for ((source, day), (at, sent, got)) in best {
            let Some(pair) = traffic.pairs.get(at as usize) else { continue };
            seen.ctx.check()?;
            drafts.extend(card(seen, traffic, pair, (day, sent, got), &totals, source, knobs)?);
        }
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(10);
        Ok(Verdict::Found(drafts))
    }
}

fn card(
    seen: &Seen<'_>,
    traffic: &Traffic,
    pair: &Pair,
    (day, sent, got): (u32, u64, u64),
    totals: &FxHashMap<u32, FxHashMap<u32, u64>>,
    source_code: u32,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let (first_day, last_day) = ((traffic.span.0 / DAY) as u32, (traffic.span.1 / DAY) as u32);
    let empty = FxHashMap::default();
    let own = totals.get(&source_code).unwrap_or(&empty);
    let mega = |bytes: f64| (bytes / 1e6 * 10.0).round() / 10.0;
    // Its other days, silent ones included from its first on.
    let begin = own.keys().copied().min().unwrap_or(first_day);
    let others: Vec<f64> = (begin..=last_day)
        .filter(|d| *d != day)
        .map(|d| mega(own.get(&d).copied().unwrap_or(0) as f64))
        .collect();
    let peers: Vec<f64> = totals
        .iter()
        .filter(|(s, _)| **s != source_code)
        .flat_map(|(_, days)| days.values().map(|b| mega(*b as f64)))
        .collect();
    let own_past = others.len() >= 3;
    let (baseline, words) = if own_past {
        (Baseline::of_counts(&others), strength(others.len() as i64 * DAY))
    } else if peers.len() >= 5 {
        (Baseline::of_counts(&peers), format!("{} days of other hosts; weak", peers.len()))
    } else {
        (None, String::new())
    };
    let Some(baseline) = baseline else { return Ok(None) };
    let observed = mega(sent as f64);
    let habit = others.iter().copied().fold(0.0, f64::max);
    let threshold =
        baseline.at(knobs.exfil_deviations).max(habit * knobs.exfil_ratio).max(knobs.exfil_megabytes);
    if observed < threshold {
        return Ok(None);
    }
    let source = traffic.names.hosts.text(pair.source);
    let destination = traffic.names.hosts.text(pair.destination);
    let (from, to) = (i64::from(day) * DAY, i64::from(day + 1) * DAY);
    let entities = vec![crate::draft::entity("source.ip", source), traffic.entity_of(pair)];
    let mut draft = Draft::new("net_exfil", Shape::Fact, entities, from, to - 1);
    let filter = traffic.filter_of(pair).and(during(from, to));
    let times = seen.attach(&mut draft, &filter)?;
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    draft.finding.first_ns = Some(first);
    draft.finding.last_ns = Some(last);
    let day_words: String = moment(from).chars().take(10).collect();
    draft.finding.title = format!(
        "{source} sent {observed} MB to {destination} on {day_words}, {} {} MB a day outside in all",
        if own_past { "usually" } else { "hosts like it usually send" },
        baseline.median
    );
    draft.part(with_query(
        part(
            if own_past { "Sent in a day" } else { "Sent in a day (peers)" },
            (observed.into(), baseline.median.into(), mega(threshold * 1e6).into()),
            "MB",
            words.clone(),
            (if own_past { 0.3 } else { 0.22 }) + 0.2 * log_scale(observed / threshold, 1.0, 30.0),
        ),
        &filter,
    ));
    draft.part(part(
        "Sent for each byte received",
        ((sent as f64 / got.max(1) as f64).min(1e6).into(), 1.0.into(), knobs.exfil_asymmetry.into()),
        "times",
        "none needed",
        0.04 + 0.08 * log_scale(sent as f64 / got.max(1) as f64, knobs.exfil_asymmetry, 50.0),
    ));
    let (with, of) = traffic.spread(pair);
    if of >= 5 {
        let share = f64::from(with) / f64::from(of);
        draft.part(part(
            "Hosts that are in touch with the place",
            (u64::from(with).into(), u64::from(of).into(), "25 %".into()),
            "hosts",
            format!("{of} hosts inside"),
            if with == 1 {
                0.12
            } else if share >= 0.25 {
                -0.2
            } else {
                0.0
            },
        ));
    }
    if pair.first_ns >= from && traffic.span.0 < from - DAY {
        draft.part(part(
            "Never in touch with the place before",
            ("new".into(), "".into(), "".into()),
            "",
            words,
            0.1,
        ));
    }
    draft.finding.attack = vec![if pair.kind == Kind::Name { "T1567" } else { "T1048" }.into()];
    draft.claims.push(Claim {
        source: source.to_owned(),
        from_ns: from,
        to_ns: to,
        weight: times.len() as u64,
    });
    draft.finding.innocent = format!(
        "A backup, a meeting or an upload for a customer: it would come again. {} of {} days in these logs reached half of it.",
        others.iter().filter(|m| **m >= observed / 2.0).count(),
        counted(others.len() as u64, "other day", "other days")
    );
    let begin = first_day.max(last_day.saturating_sub(99));
    draft.finding.spark = Some(Spark {
        from_ns: i64::from(begin) * DAY,
        step_ns: DAY,
        unit: "MB sent outside".into(),
        counts: (begin..=last_day).map(|d| own.get(&d).copied().unwrap_or(0) / 1_000_000).collect(),
        baseline: Some(baseline.median),
        threshold: Some(threshold),
    });
    draft.ask(format!("How much data did {source} send?"));
    draft.ask(format!("Tell me about {destination}"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask(format!("What other systems did {source} connect to?"));
    Ok(Some(draft))
}
