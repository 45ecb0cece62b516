//! Network sweep: one source tries one port (or asks for an echo) on many destinations. Definition: Elastic's network sweep, 100
//! destinations in nine minutes, with a lower number for exported logs and the failures counted: who reaches what answers is a
//! client. What a host inside does beyond its habits is told by the fan-out, with its past; what tries many ports of each system is
//! a port scan. This one speaks of strangers, of echoes, and of hosts that the fan-out has no measure for.

use super::{net_fanout, net_port_scan};
use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, log_scale, moment, part, spark, with_query,
};
use crate::table::is_inside;
use crate::traffic::{ICMP, Probe};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::Filter;
use timberline_model::time::HOUR;

pub(super) struct Sweep;

/// Cards of sweeping addresses outside before only their number is told.
const OUTSIDE_CARDS: usize = 3;

struct Run {
    source: u32,
    port: u16,
    from_hour: u32,
    to_hour: u32,
    systems: usize,
    failed: usize,
    others: Vec<u16>,
}

impl Detector for Sweep {
    fn about(&self) -> About {
        About {
            id: "net_sweep",
            title: "Network sweep",
            stage: Stage::Discovery,
            meaning: "One address tried the same port, or asked for an echo, on at least 50 systems within an hour, and most did not \
                      answer.",
            innocent: "A monitor or an inventory, a client after its network changed, the noise of the internet at a border.",
            attack: &["T1046", "T1018", "T1595.001"],
            references: &["Elastic: potential network sweep"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let traffic = seen.traffic()?;
        if traffic.probes.is_empty() {
            return Ok(Verdict::Skipped(
                "no dated connection names both ends and the port (source.ip, destination.ip, destination.port)".into(),
            ));
        }
        let fanned = net_fanout::spoken_for(seen.flows()?, knobs);
        let scans = net_port_scan::scans(traffic, knobs);
        let mut runs: Vec<Run> = Vec::new();
        for probes in traffic.probes.chunk_by(|a, b| (a.source, a.hour) == (b.source, b.hour)) {
            if (probes.len() as f64) < knobs.sweep_systems {
                continue;
            }
            let mut by_port: Vec<&Probe> = probes.iter().collect();
            by_port.sort_by_key(|p| (p.port, p.destination));
            for of in by_port.chunk_by(|a, b| a.port == b.port) {
                let systems = of.len();
                let failed = of.iter().filter(|p| p.failed()).count();
                let unknown = of.iter().filter(|p| p.unknown()).count();
                let unanswered =
                    failed as f64 >= knobs.sweep_failed * systems as f64 || unknown * 2 > systems;
                // An echo has no state; one host that asks many is a monitor or a sweep.
                let enough =
                    if unknown * 2 > systems { 2.0 * knobs.sweep_systems } else { knobs.sweep_systems };
                let Some(first) = of.first().filter(|_| systems as f64 >= enough && unanswered) else {
                    continue;
                };
                let near = |from: u32, to: u32| from <= first.hour + 1 && first.hour <= to;
                let source = traffic.names.hosts.text(first.source);
                if fanned.iter().any(|(s, from, to)| s == source && near(*from, *to))
                    || scans.iter().any(|s| s.source == first.source && near(s.from_hour, s.to_hour))
                {
                    continue;
                }
                match runs
                    .iter_mut()
                    .rev()
                    .take(8)
                    .find(|r| r.source == first.source && first.hour <= r.to_hour + 2)
                {
                    Some(run) => {
                        run.to_hour = first.hour + 1;
                        if systems > run.systems {
                            if !run.others.contains(&run.port) && run.port != first.port {
                                run.others.push(run.port);
                            }
                            (run.port, run.systems, run.failed) = (first.port, systems, failed);
                        } else if run.port != first.port && !run.others.contains(&first.port) {
                            run.others.push(first.port);
                        }
                    }
                    None => runs.push(Run {
                        source: first.source,
                        port: first.port,
                        from_hour: first.hour,
                        to_hour: first.hour + 1,
                        systems,
                        failed,
                        others: Vec::new(),
                    }),
                }
            }
        }
        runs.sort_by_key(|r| (std::cmp::Reverse(r.systems), r.source, r.from_hour));
        let outside = |r: &Run| !is_inside(traffic.names.hosts.text(r.source));
        let many = runs.iter().filter(|r| outside(r)).count();
        let (mut drafts, mut told) = (Vec::new(), 0);
        for run in &runs {
            seen.ctx.check()?;
            if outside(run) {
                told += 1;
                if told > OUTSIDE_CARDS {
                    continue;
                }
            }
            // Whether it does so on other days too.
            let again = runs
                .iter()
                .filter(|r| r.source == run.source && r.from_hour.abs_diff(run.from_hour) >= 18)
                .count();
            // What a host inside does every week is its work.
            if again > 0 && !outside(run) {
                continue;
            }
            drafts.extend(card(seen, run, traffic.names.hosts.text(run.source), (many, again), knobs)?);
            if drafts.len() >= 12 {
                break;
            }
        }
        Ok(Verdict::Found(drafts))
    }
}

fn card(
    seen: &Seen<'_>,
    run: &Run,
    source: &str,
    (many, again): (usize, usize),
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let (from, to) = (i64::from(run.from_hour) * HOUR, i64::from(run.to_hour) * HOUR);
    let on = if run.port == ICMP {
        Filter::any_of("network.transport", &["icmp", "ipv6-icmp", "icmpv6", "icmp6"])
    } else {
        Filter::is("destination.port", &run.port.to_string())
    };
    let filter = Filter::is("source.ip", source).and(on).and(during(from, to));
    let mut entities = vec![entity("source.ip", source)];
    if run.port != ICMP {
        entities.push(entity("destination.port", &run.port.to_string()));
    }
    let mut draft = Draft::new("net_sweep", Shape::Fact, entities, from, to - 1);
    let times = seen.attach(&mut draft, &filter)?;
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    draft.finding.first_ns = Some(first);
    draft.finding.last_ns = Some(last);
    let inside = is_inside(source);
    let what =
        if run.port == ICMP { "asked for an echo of".into() } else { format!("tried port {} on", run.port) };
    draft.finding.title = format!(
        "{source} {what} {} at {}{}{}",
        counted(run.systems as u64, "system", "systems"),
        clock(first),
        match run.others.len() {
            0 => String::new(),
            n => format!(", and {} more", counted(n as u64, "port", "ports")),
        },
        if !inside && many > OUTSIDE_CARDS {
            format!("; one of {many} such addresses outside")
        } else {
            String::new()
        }
    );
    draft.finding.attack = vec![
        match (inside, run.port) {
            (false, _) => "T1595.001",
            (_, ICMP) => "T1018",
            _ => "T1046",
        }
        .into(),
    ];
    draft.part(with_query(
        part(
            "Systems tried in an hour",
            ((run.systems as u64).into(), "few".into(), knobs.sweep_systems.into()),
            "systems",
            "none needed",
            0.16 + 0.14 * log_scale(run.systems as f64, knobs.sweep_systems, 1_000.0),
        ),
        &filter,
    ));
    draft.part(part(
        "Tries that failed",
        ((run.failed as u64).into(), "few".into(), (run.systems as f64 * knobs.sweep_failed).round().into()),
        "systems",
        "none needed",
        0.08 * run.failed as f64 / run.systems.max(1) as f64,
    ));
    if inside {
        draft.part(part(
            "It comes from inside",
            ("inside".into(), "".into(), "inside".into()),
            "",
            "none needed",
            0.2,
        ));
    }
    if again > 0 {
        draft.part(part(
            "It does so on other days too, as a monitor does",
            ((again as u64).into(), 0u64.into(), 1u64.into()),
            "times",
            "none needed",
            -0.15,
        ));
    }
    draft.claims.push(Claim {
        source: source.to_owned(),
        from_ns: from,
        to_ns: to,
        weight: run.systems as u64,
    });
    draft.finding.innocent = format!(
        "A monitor or an inventory, which would come back: {} in these logs. {} of {} systems did not answer.",
        counted(again as u64, "other time", "other times"),
        count(run.failed as u64),
        count(run.systems as u64)
    );
    draft.finding.spark =
        Some(spark(times.iter().map(|t| (*t, 1)), (first - HOUR / 4, last + HOUR / 4), 48, "tries"));
    draft.ask(format!("What other systems did {source} connect to?"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask(format!("Tell me about {source}"));
    Ok(Some(draft))
}
