//! Long connections and strobes: a host inside that stays in touch with one place outside for many hours of a day, or calls it
//! every second. Definition: RITA's base of 1 h, low 4 h, medium 8 h, high 12 h for the time that a pair was connected, and 86,400
//! connections a day for a strobe. What many hosts do is their business; what a tunnel looks like is the one that nobody else has.

use crate::draft::{
    Claim, Draft, Shape, count, during, length, log_scale, moment, part, spark, whole_seconds,
};
use crate::traffic::{Kind, Pair, Traffic};
use crate::{About, DetectError, Detector, Knobs, Seen, Stage, Verdict};
use timberline_model::time::{DAY, HOUR};

pub(super) struct Long;

impl Detector for Long {
    fn about(&self) -> About {
        About {
            id: "net_long_connection",
            title: "Long connection or strobe",
            stage: Stage::Control,
            meaning: "A host inside was connected to one place outside for hours, or called it about every second, and few others were.",
            innocent: "A VPN, a remote session, a backup, a phone or a meeting, a client that waits for news.",
            attack: &["T1071", "T1572"],
            references: &["RITA v5: long connections and strobes"],
        }
    }

    fn detect(&self, seen: &Seen<'_>, knobs: &Knobs) -> Result<Verdict, DetectError> {
        let traffic = seen.traffic()?;
        if traffic.pairs.is_empty() {
            return Ok(Verdict::Skipped(
                "no dated traffic from inside names both ends (source.ip with destination.ip)".into(),
            ));
        }
        let mut drafts = Vec::new();
        for pair in &traffic.pairs {
            if traffic.names.is_inside(pair.destination) || pair.kind == Kind::Dns {
                continue;
            }
            let days = ((pair.last_ns - pair.first_ns) as f64 / DAY as f64).max(1.0);
            let strobe = f64::from(pair.count) / days >= knobs.strobe_a_day;
            if strobe || connected(pair) as f64 >= knobs.long_hours * HOUR as f64 {
                drafts.extend(card(seen, traffic, pair, strobe, knobs)?);
            }
        }
        drafts.sort_by(|a, b| {
            b.finding.score.total_cmp(&a.finding.score).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        drafts.truncate(10);
        Ok(Verdict::Found(drafts))
    }
}

/// The longest, or all together where they were longer; connections side by side count once at most.
fn connected(pair: &Pair) -> i64 {
    // Time stamps are of the beginning in some logs and of the end in others.
    let wall = pair.last_ns - pair.first_ns + pair.longest.0;
    pair.longest.0.max(pair.duration.min(wall) / 2)
}

fn card(
    seen: &Seen<'_>,
    traffic: &Traffic,
    pair: &Pair,
    strobe: bool,
    knobs: &Knobs,
) -> Result<Option<Draft>, DetectError> {
    let (with, of) = traffic.spread(pair);
    let common = of >= 4 && f64::from(with) / f64::from(of) >= 0.25;
    let source = traffic.names.hosts.text(pair.source);
    let destination = traffic.names.hosts.text(pair.destination);
    let entities = vec![crate::draft::entity("source.ip", source), traffic.entity_of(pair)];
    let mut draft = Draft::new("net_long_connection", Shape::Fact, entities, pair.first_ns, pair.last_ns);
    if strobe {
        draft.part(part(
            "Connections",
            (u64::from(pair.count).into(), "".into(), (knobs.strobe_a_day as u64).into()),
            "connections a day",
            "none needed",
            0.45,
        ));
    } else {
        let hours = connected(pair) as f64 / HOUR as f64;
        draft.part(part(
            "Connected",
            (length(connected(pair)).into(), "".into(), format!("{} h", knobs.long_hours).into()),
            "",
            "none needed",
            0.18 + 0.2 * log_scale(hours, knobs.long_hours, 3.0 * knobs.long_hours),
        ));
    }
    draft.part(part(
        "Hosts that are in touch with it",
        (u64::from(with).into(), u64::from(of).into(), "25 %".into()),
        "hosts",
        format!("{of} hosts inside"),
        match (common, of >= 5 && with == 1) {
            (true, _) => -0.3,
            (_, true) => 0.12,
            _ => 0.0,
        },
    ));
    if pair.sent > pair.got.max(1) * 2 && pair.sent > 10_000_000 {
        draft.part(part(
            "It sent more than it received",
            (pair.sent.into(), pair.got.into(), "twice".into()),
            "bytes",
            "none needed",
            0.08,
        ));
    }
    if draft.finding.score < 0.1 {
        return Ok(None);
    }
    let (from, to) = whole_seconds(pair.first_ns, pair.last_ns);
    let times = seen.attach(&mut draft, &traffic.filter_of(pair).and(during(from, to)))?;
    draft.finding.title = if strobe {
        format!(
            "{source} connected to {destination} {} times in {}",
            count(u64::from(pair.count)),
            length(pair.last_ns - pair.first_ns)
        )
    } else {
        format!("{source} was connected to {destination} for {}", length(connected(pair)))
    };
    draft.finding.attack = vec!["T1071".into()];
    draft.claims.push(Claim {
        source: source.to_owned(),
        from_ns: from,
        to_ns: to,
        weight: u64::from(pair.count),
    });
    draft.finding.innocent = format!(
        "A VPN, a backup, a meeting or a client that waits for news: {with} of {of} hosts are in touch with it; it sent {} and \
         received {} bytes.",
        count(pair.sent),
        count(pair.got)
    );
    let around = (pair.last_ns - pair.first_ns).max(HOUR) / 8;
    draft.finding.spark = Some(spark(
        times.iter().map(|t| (*t, 1)),
        (pair.first_ns - around, pair.last_ns + around),
        48,
        "connections",
    ));
    draft.ask(format!("Tell me about {destination}"));
    draft.ask(format!("How much data did {source} send?"));
    draft.ask(format!("What happened around {}?", moment(pair.first_ns)));
    Ok(Some(draft))
}
