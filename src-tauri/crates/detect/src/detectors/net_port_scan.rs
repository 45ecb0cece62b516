//! Port scan: one source tries many ports of one destination, and most tries are refused or get no answer. Definition: Elastic's 250
//! ports with flows of at most two packets and Sentinel's scan; lowered for exported logs where the log says that tries failed
//! (Zeek's states, a firewall's denies), kept where it does not. A source that scans many destinations is one card. Answers of a
//! service to its clients' many ports are no scan.

use crate::draft::{
    Claim, Draft, Shape, clock, count, counted, during, entity, log_scale, moment, one_of, part, spark,
    with_query,
};
use crate::table::is_inside;
use crate::traffic::{ICMP, Probe, Traffic};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use rustc_hash::FxHashMap;
use timberline_model::Filter;
use timberline_model::time::HOUR;

pub(super) struct PortScan;

/// Cards of scanning addresses outside before only their number is told.
const OUTSIDE_CARDS: usize = 3;

/// What one source scanned in hours in a row.
pub(super) struct Scan {
    pub(super) source: u32,
    pub(super) from_hour: u32,
    pub(super) to_hour: u32,
    destinations: Vec<u32>,
    ports: usize,
    failed: u64,
    tries: u64,
}

impl Detector for PortScan {
    fn about(&self) -> About {
        About {
            id: "net_port_scan",
            title: "Port scan",
            stage: Stage::Discovery,
            meaning: "One address tried at least 50 different ports of one system within an hour, and most tries were refused or not \
                      answered.",
            innocent: "A vulnerability scanner or an inventory, a monitor that was set up wrong, a client of many dynamic ports.",
            attack: &["T1046", "T1595.001"],
            references: &["Elastic: potential port scan", "Sentinel: port scan"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let traffic = seen.traffic()?;
        if traffic.probes.is_empty() {
            return Ok(Verdict::Skipped(
                "no dated connection names both ends and the port (source.ip, destination.ip, destination.port)".into(),
            ));
        }
        let mut scans = scans(traffic, knobs);
        scans.sort_by_key(|s| (std::cmp::Reverse(s.tries), s.source, s.from_hour));
        let outside = |s: &Scan| !is_inside(traffic.names.hosts.text(s.source));
        let many = scans.iter().filter(|s| outside(s)).count();
        let (mut drafts, mut told) = (Vec::new(), 0);
        for scan in &scans {
            seen.ctx.check()?;
            if outside(scan) {
                told += 1;
                if told > OUTSIDE_CARDS {
                    continue;
                }
            }
            drafts.extend(card(seen, traffic, scan, many, knobs)?);
            if drafts.len() >= 12 {
                break;
            }
        }
        Ok(Verdict::Found(drafts))
    }
}

/// Who scanned whom when.
pub(super) fn scans(traffic: &Traffic, knobs: &Knobs) -> Vec<Scan> {
    let mut found: Vec<Scan> = Vec::new();
    for probes in traffic.probes.chunk_by(|a, b| (a.source, a.hour) == (b.source, b.hour)) {
        if (probes.len() as f64) < knobs.scan_ports {
            continue;
        }
        for to in probes.chunk_by(|a, b| a.destination == b.destination) {
            let ports: Vec<&Probe> = to.iter().filter(|p| p.port != ICMP).collect();
            let failed = ports.iter().filter(|p| p.failed()).count();
            let unknown = ports.iter().filter(|p| p.unknown()).count();
            // Where the log does not say what became of them, it takes more of them.
            let known = ports.len() - unknown;
            let scan = failed as f64 >= knobs.scan_ports && failed * 2 > known
                || unknown as f64 >= knobs.scan_ports_unknown && unknown > known;
            let Some(first) = to.first().filter(|_| scan) else { continue };
            let tries = ports.len() as u64;
            match found.last_mut().filter(|s| s.source == first.source && first.hour <= s.to_hour + 2) {
                Some(run) => {
                    run.to_hour = first.hour + 1;
                    if !run.destinations.contains(&first.destination) {
                        run.destinations.push(first.destination);
                    }
                    run.ports = run.ports.max(ports.len());
                    run.failed += failed as u64;
                    run.tries += tries;
                }
                None => found.push(Scan {
                    source: first.source,
                    from_hour: first.hour,
                    to_hour: first.hour + 1,
                    destinations: vec![first.destination],
                    ports: ports.len(),
                    failed: failed as u64,
                    tries,
                }),
            }
        }
    }
    found
}

fn card(
    seen: &Seen<'_>,
    traffic: &Traffic,
    scan: &Scan,
    many: usize,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let names = &traffic.names.hosts;
    let source = names.text(scan.source);
    let mut destinations: Vec<&str> = scan.destinations.iter().map(|d| names.text(*d)).collect();
    destinations.sort_unstable();
    let (from, to) = (i64::from(scan.from_hour) * HOUR, i64::from(scan.to_hour) * HOUR);
    let filter = Filter::is("source.ip", source)
        .and(one_of("destination.ip", &destinations))
        .and(Filter::exists("destination.port"))
        .and(during(from, to));
    let mut entities = vec![entity("source.ip", source)];
    entities.extend(destinations.iter().take(10).map(|d| entity("destination.ip", d)));
    let mut draft = Draft::new("net_port_scan", Shape::Fact, entities, from, to - 1);
    let times = seen.attach(&mut draft, &filter)?;
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    draft.finding.first_ns = Some(first);
    draft.finding.last_ns = Some(last);
    let inside = is_inside(source);
    let whom = match &destinations[..] {
        [one] => (*one).to_owned(),
        all => format!("{} systems", all.len()),
    };
    draft.finding.title = format!(
        "{source} tried {} of {whom} at {}, {} of {} tries failed{}",
        counted(scan.ports as u64, "port", "ports"),
        clock(first),
        count(scan.failed),
        count(scan.tries),
        if !inside && many > OUTSIDE_CARDS {
            format!("; one of {many} such addresses outside")
        } else {
            String::new()
        }
    );
    draft.finding.attack = vec![if inside { "T1046" } else { "T1595.001" }.into()];
    draft.part(with_query(
        part(
            "Ports of one system tried in an hour",
            ((scan.ports as u64).into(), "few".into(), knobs.scan_ports.into()),
            "ports",
            "none needed",
            0.2 + 0.14 * log_scale(scan.ports as f64, knobs.scan_ports, 1_000.0),
        ),
        &filter,
    ));
    draft.part(part(
        "Tries that failed",
        (scan.failed.into(), "few".into(), "half".into()),
        "tries",
        format!("{} ports tried", scan.tries),
        0.08 * (scan.failed as f64 / scan.tries.max(1) as f64),
    ));
    if inside {
        draft.part(part(
            "It comes from inside",
            ("inside".into(), "".into(), "inside".into()),
            "",
            "none needed",
            0.22,
        ));
    }
    if destinations.len() > 1 {
        draft.part(part(
            "Systems scanned so",
            ((destinations.len() as u64).into(), 1u64.into(), 2u64.into()),
            "systems",
            "none needed",
            0.04 + 0.06 * log_scale(destinations.len() as f64, 2.0, 20.0),
        ));
    }
    let days = traffic
        .probes
        .iter()
        .filter(|p| p.source == scan.source && p.hour.abs_diff(scan.from_hour) >= 18)
        .fold(FxHashMap::<(u32, u32), u32>::default(), |mut map, p| {
            *map.entry((p.hour, p.destination)).or_default() += 1;
            map
        })
        .values()
        .filter(|n| f64::from(**n) >= knobs.scan_ports)
        .count();
    if days > 0 {
        draft.part(part(
            "It scans on other days too, as a scanner of one's own does",
            ((days as u64).into(), 0u64.into(), 1u64.into()),
            "times",
            "none needed",
            -0.15,
        ));
    }
    draft.claims.push(Claim { source: source.to_owned(), from_ns: from, to_ns: to, weight: scan.tries });
    draft.finding.innocent = format!(
        "A scanner of one's own: it would come back at its hours. It did so {} in these logs.",
        counted(days as u64, "other time", "other times")
    );
    draft.finding.spark =
        Some(spark(times.iter().map(|t| (*t, 1)), (first - HOUR / 4, last + HOUR / 4), 48, "tries"));
    draft.ask(format!("What other systems did {source} connect to?"));
    draft.ask(format!("What happened around {}?", moment(first)));
    draft.ask(format!("Tell me about {source}"));
    Ok(Some(draft))
}
