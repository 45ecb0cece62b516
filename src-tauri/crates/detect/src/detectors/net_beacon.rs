//! Beacon: a host inside that calls the same place outside evenly, in time and in size, all the while. Definition: RITA v5's four
//! sub-scores (see `stats::beacon`), each shown, and its modifiers: how many of the hosts call the place too (what all call is an
//! update or a time server), when it began. Connections, proxies, firewalls and Sysmon by address or name; where only names were
//! asked for, by the registered domain. The same calls as other logs or other names saw them are one card.

use crate::draft::{
    Draft, Shape, counted, during, length, log_scale, moment, part, spark, strength, whole_seconds,
};
use crate::stats::{beacon, median};
use crate::traffic::{BINS, Kind, Pair, Traffic};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::time::{DAY, HOUR, SECOND};

pub(super) struct Beacon;

/// Records read again at most, over all candidates.
const MOST: usize = 6_000_000;
/// Calls in a day beyond which it is no beacon but a strobe, as in RITA.
const STROBE: u32 = 86_400;

struct Scored<'t> {
    pair: &'t Pair,
    step_s: f64,
    timing: f64,
    sizes: Option<f64>,
    constancy: f64,
    histogram: f64,
    calls: usize,
    times: Vec<i64>,
    also: Vec<String>,
}

impl Scored<'_> {
    /// RITA's score; where the logs tell no sizes, of the other three.
    fn score(&self) -> f64 {
        let rest = self.timing + self.constancy + self.histogram;
        self.sizes.map_or(rest / 3.0, |sizes| (rest + sizes) / 4.0)
    }
}

impl Detector for Beacon {
    fn about(&self) -> About {
        About {
            id: "net_beacon",
            title: "Beacon",
            stage: Stage::Control,
            meaning: "A host inside calls the same place outside evenly, in time and in size, over a long part of the logs, and few \
                      others do.",
            innocent: "An updater, a monitor, a chat or mail client that asks for news, a clock.",
            attack: &["T1071", "T1071.001", "T1071.004"],
            references: &["RITA v5: beacon score and modifiers"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let traffic = seen.traffic()?;
        if traffic.pairs.is_empty() {
            return Ok(Verdict::Skipped(
                "no dated traffic from inside names both ends (source.ip with destination.ip, url.domain or dns.question.name)"
                    .into(),
            ));
        }
        let candidates: Vec<&Pair> = traffic.pairs.iter().filter(|p| may_be(p, knobs)).collect();
        let mut scored = score(seen, traffic, &candidates)?;
        scored.retain(|s| s.score() >= knobs.beacon_score && s.calls as f64 >= knobs.beacon_calls);
        scored.sort_by(|a, b| {
            b.score().total_cmp(&a.score()).then_with(|| {
                (a.pair.source, a.pair.destination, a.pair.set).cmp(&(
                    b.pair.source,
                    b.pair.destination,
                    b.pair.set,
                ))
            })
        });
        let mut drafts = Vec::new();
        for (one, others) in same_destination(same_calls(traffic, scored)) {
            seen.ctx.check()?;
            if let Some(mut draft) = card(seen, traffic, &one, knobs)? {
                if others > 0 {
                    draft.finding.title.push_str(&format!(
                        "; {} call it as evenly",
                        counted(others, "other host", "other hosts")
                    ));
                }
                drafts.push(draft);
            }
        }
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(20);
        Ok(Verdict::Found(drafts))
    }
}

/// What can reach the score at all by what is known without reading the records again.
fn may_be(pair: &Pair, knobs: &Knobs) -> bool {
    f64::from(pair.count) >= knobs.beacon_calls
        && pair.used.count_ones() >= 6
        && (pair.last_ns - pair.first_ns) as f64 >= knobs.beacon_hours * HOUR as f64
}

fn score<'t>(seen: &Seen<'_>, traffic: &Traffic, pairs: &[&'t Pair]) -> Result<Vec<Scored<'t>>, DetectError> {
    let mut rows: Vec<Vec<(i64, u32)>> = vec![Vec::new(); pairs.len()];
    let mut left = MOST;
    traffic.records(seen.events, seen.range, seen.ctx, pairs, |at, flow| {
        if left > 0
            && let Some(rows) = rows.get_mut(at)
        {
            left -= 1;
            let sent = flow.bytes.map_or(u32::MAX, |(sent, _)| u32::try_from(sent).unwrap_or(u32::MAX - 1));
            rows.push((flow.time, sent));
        }
    })?;
    let span = (traffic.span.1 - traffic.span.0).max(1);
    let width = (span / BINS + 1).max(1);
    let mut scored = Vec::new();
    for (pair, mut rows) in pairs.iter().zip(rows) {
        rows.sort_unstable();
        let days = (pair.last_ns - pair.first_ns) / DAY + 1;
        if rows.len() < 4 || i64::from(pair.count) >= i64::from(STROBE) * days {
            continue;
        }
        let mut times: Vec<i64> = rows.iter().map(|r| r.0.div_euclid(SECOND)).collect();
        times.dedup();
        let deltas: Vec<f64> = times.iter().zip(times.iter().skip(1)).map(|(a, b)| (b - a) as f64).collect();
        let sizes: Vec<f64> = rows.iter().filter(|r| r.1 != u32::MAX).map(|r| f64::from(r.1)).collect();
        let mut bins = [0u32; BINS as usize];
        for (time, _) in &rows {
            let bin = ((time - traffic.span.0) / width).clamp(0, BINS - 1);
            bins[bin as usize] += 1;
        }
        let covered = (pair.last_ns - pair.first_ns) as f64 / span as f64;
        scored.push(Scored {
            pair,
            step_s: median(&deltas).unwrap_or(0.0),
            timing: beacon::timing(&deltas),
            sizes: (sizes.len() * 2 > rows.len() && sizes.iter().any(|s| *s > 0.0))
                .then(|| beacon::sizes(&sizes)),
            constancy: beacon::constancy(&bins, covered),
            histogram: beacon::histogram(&bins),
            calls: times.len(),
            times: rows.iter().map(|r| r.0).collect(),
            also: Vec::new(),
        });
    }
    Ok(scored)
}

/// One card for the same calls as several logs saw them, by address, by name, by what was asked for: the same source, about as
/// many, about as often.
fn same_calls<'t>(traffic: &Traffic, scored: Vec<Scored<'t>>) -> Vec<Scored<'t>> {
    let mut kept: Vec<Scored<'t>> = Vec::new();
    for one in scored {
        let near = |a: f64, b: f64, by: f64| (a - b).abs() <= by * a.max(b);
        let twin = kept.iter_mut().find(|k| {
            k.pair.source == one.pair.source
                && ((k.pair.destination == one.pair.destination)
                    || (k.pair.kind != one.pair.kind
                        && near(k.step_s, one.step_s, 0.05)
                        && near(k.calls as f64, one.calls as f64, 0.2)))
        });
        match twin {
            Some(twin) => {
                let set = traffic.names.sets.text(one.pair.set);
                let name = traffic.names.hosts.text(one.pair.destination);
                let words = if set.is_empty() { name.to_owned() } else { format!("{name} ({set})") };
                if !twin.also.contains(&words) {
                    twin.also.push(words);
                }
            }
            None => kept.push(one),
        }
    }
    kept
}

/// What three hosts and more call evenly is told once, of the one that is most even: it is a service, or all of them are ill.
fn same_destination<'t>(scored: Vec<Scored<'t>>) -> Vec<(Scored<'t>, u64)> {
    let same = |a: &Scored<'_>, b: &Scored<'_>| {
        a.pair.destination == b.pair.destination && a.pair.kind == b.pair.kind && a.pair.set == b.pair.set
    };
    let many: Vec<bool> = scored.iter().map(|s| scored.iter().filter(|o| same(s, o)).count() >= 3).collect();
    let mut kept: Vec<(Scored<'t>, u64)> = Vec::new();
    for (one, many) in scored.into_iter().zip(many) {
        match kept.iter_mut().find(|(k, _)| many && same(k, &one)) {
            Some((_, others)) => *others += 1,
            None => kept.push((one, 0)),
        }
    }
    kept
}

fn every(step_s: f64) -> String {
    length((step_s * SECOND as f64) as i64)
}

fn card(
    seen: &Seen<'_>,
    traffic: &Traffic,
    one: &Scored<'_>,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let pair = one.pair;
    let source = traffic.names.hosts.text(pair.source);
    let destination = traffic.names.hosts.text(pair.destination);
    let inside = traffic.names.is_inside(pair.destination);
    let (with, of) = traffic.spread(pair);
    // What half of many hosts call, and what calls around inside, is no beacon to look at.
    let share = f64::from(with) / f64::from(of.max(1));
    let entities = vec![crate::draft::entity("source.ip", source), traffic.entity_of(pair)];
    let mut draft = Draft::new("net_beacon", Shape::Fact, entities, pair.first_ns, pair.last_ns);
    let span = traffic.span.1 - traffic.span.0;
    let words = strength(span);
    let score = one.score();
    let weight = 0.15;
    for (name, value, observed) in [
        ("Even in time", Some(one.timing), format!("every {}", every(one.step_s))),
        (
            "Even in size",
            one.sizes,
            one.sizes.map_or("no sizes in these logs".to_owned(), |s| format!("{s:.3}")),
        ),
        ("All the while", Some(one.constancy), format!("{:.3}", one.constancy)),
        ("As often at all times", Some(one.histogram), format!("{:.3}", one.histogram)),
    ] {
        let shown = match (name, value) {
            ("Even in time", Some(value)) => format!("{value:.3}, {observed}"),
            _ => observed,
        };
        // Without sizes the other three weigh as much as all four.
        let weight = if one.sizes.is_none() { weight * 4.0 / 3.0 } else { weight };
        draft.part(part(
            name,
            (shown.into(), "".into(), knobs.beacon_score.into()),
            "",
            format!("24 bins of {}; {words}", length(span / BINS)),
            value.unwrap_or(0.0).powi(2) * weight,
        ));
    }
    let rare = of >= 5 && (share <= knobs.beacon_rare || with == 1);
    let common = of >= 4 && share >= 0.5 || of == 3 && with == 3;
    draft.part(part(
        "Hosts that call it",
        (u64::from(with).into(), u64::from(of).into(), format!("{:.0} %", knobs.beacon_rare * 100.0).into()),
        "hosts",
        format!("{of} hosts inside"),
        if common {
            -0.35
        } else if rare {
            0.15
        } else {
            0.0
        },
    ));
    if inside {
        draft.part(part(
            "It lies inside: polling among one's own",
            ("inside".into(), "outside".into(), "outside".into()),
            "",
            "none needed",
            -0.4,
        ));
    }
    let late = pair.first_ns - traffic.span.0;
    if span >= DAY && late > span / 3 {
        draft.part(part(
            "It began during the logs",
            (moment(pair.first_ns).into(), "".into(), "a third of them".into()),
            "",
            words.clone(),
            0.08,
        ));
    }
    if !one.also.is_empty() {
        draft.part(part(
            "Seen by other logs or by other names too",
            (one.also.join(", ").into(), "".into(), "".into()),
            "",
            "none needed",
            0.04,
        ));
    }
    let few = log_scale(knobs.beacon_calls * 4.0 / one.calls.max(1) as f64, 1.0, 4.0);
    if few > 0.0 {
        draft.part(part(
            "Few calls",
            ((one.calls as u64).into(), "".into(), ((knobs.beacon_calls * 4.0) as u64).into()),
            "calls",
            "none needed",
            -0.1 * few,
        ));
    }
    if draft.finding.score < 0.1 {
        return Ok(None);
    }
    let (from, to) = whole_seconds(pair.first_ns, pair.last_ns);
    seen.attach(&mut draft, &traffic.filter_of(pair).and(during(from, to)))?;
    draft.finding.title = format!(
        "{source} {} {destination} every {}, {} over {} (beacon score {score:.2})",
        if pair.kind == Kind::Dns { "asks for" } else { "calls" },
        every(one.step_s),
        counted(one.calls as u64, "time", "times"),
        length(pair.last_ns - pair.first_ns),
    );
    if !inside && !common {
        draft.finding.attack = vec![
            match pair.kind {
                Kind::Dns => "T1071.004",
                Kind::Name => "T1071.001",
                Kind::Address => "T1071",
            }
            .into(),
        ];
    }
    draft.claims.push(crate::draft::Claim {
        source: source.to_owned(),
        from_ns: from,
        to_ns: to,
        weight: one.calls as u64,
    });
    draft.finding.innocent = format!(
        "An updater, a monitor or a client that asks for news: other hosts would call it too. {} of {} do.",
        with, of
    );
    draft.finding.spark =
        Some(spark(one.times.iter().map(|t| (*t, 1)), (traffic.span.0, traffic.span.1 + 1), 48, "calls"));
    draft.ask(format!("Tell me about {destination}"));
    draft.ask(format!("What other systems did {source} connect to?"));
    draft.ask(format!("What happened around {}?", moment(pair.first_ns)));
    draft.ask(format!("Tell me about {source}"));
    Ok(Some(draft))
}
