//! What rules found, as findings: one card for a rule and a host, or for a rule over all hosts where there are many. The score
//! is the author's level, taken down where the rule fires on a good part of its log: that is what noise looks like.

use super::correlate::{Correlation, Found};
use super::scan::{Hit, Hits};
use super::{Level, Rule};
use crate::draft::{Draft, Shape, entity, finding_id, part};
use timberline_model::{Entity, EventId, Figure, Filter, Finding, NO_TIME, RuleRef, kql};

/// The detector's id of every such card.
pub const DETECTOR: &str = "sigma";
/// With more hosts than this a rule has one card for all.
const HOSTS: usize = 20;
/// A rule that fires on so much of its log source is taken down.
const NOISY: f64 = 0.05;

/// What a level is worth.
fn worth(level: Level) -> f64 {
    match level {
        Level::Critical => 0.9,
        Level::High => 0.75,
        Level::Medium => 0.5,
        Level::Low => 0.25,
        Level::Informational => 0.1,
    }
}

/// Cards of rules.
#[must_use]
pub fn of_hits(rules: &[Rule], hits: &[Hits]) -> Vec<Finding> {
    let mut out = Vec::new();
    for hit in hits {
        let Some(rule) = rules.get(hit.rule) else { continue };
        if hit.hosts.len() > HOSTS || hit.hosts.len() < 2 {
            let events: Vec<&Hit> = hit.events.iter().collect();
            let host = hit.hosts.keys().next().filter(|h| hit.hosts.len() == 1 && !h.is_empty());
            out.push(of_rule(rule, hit, &events, hit.count, host.map(String::as_str)));
            continue;
        }
        for (host, count) in &hit.hosts {
            let events: Vec<&Hit> = hit.events.iter().filter(|e| *e.host == **host).collect();
            out.push(of_rule(
                rule,
                hit,
                &events,
                *count,
                Some(host).filter(|h| !h.is_empty()).map(String::as_str),
            ));
        }
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    out
}

fn of_rule(rule: &Rule, hits: &Hits, events: &[&Hit], count: u64, host: Option<&str>) -> Finding {
    let entities: Vec<Entity> = host.map(|h| entity("host.name", h)).into_iter().collect();
    let reference = RuleRef {
        id: rule.id.clone(),
        title: rule.title.clone(),
        level: rule.level.word().to_owned(),
        author: rule.author.clone(),
    };
    let plural = if count == 1 { "event" } else { "events" };
    let on = match (host, hits.hosts.len()) {
        (Some(host), _) => format!(" on {host}"),
        (None, n) if n > 1 => format!(" on {n} hosts"),
        _ => String::new(),
    };
    let ids: Vec<(EventId, i64)> = events.iter().map(|e| (e.id, e.time)).collect();
    let mut finding = base(reference, format!("{}: {count} {plural}{on}", rule.title), entities, &ids, count);
    finding.attack.clone_from(&rule.attack);
    finding.innocent = innocent(&rule.falsepositives);
    let share = if hits.of == 0 { 0.0 } else { hits.count as f64 / hits.of as f64 };
    let mut draft = Draft { finding, claims: Vec::new(), shape: Shape::Rule };
    draft.part(part(
        format!("Level of the rule: {}", rule.level.word()),
        (count.into(), "0".into(), 1u64.into()),
        "events",
        "none needed: the rule names what it looks for",
        worth(rule.level),
    ));
    if share > NOISY && hits.of >= 100 {
        draft.part(part(
            "Fires on a good part of its log, as noise does",
            (Figure::from(share * 100.0), Figure::from("less than 5"), Figure::from(NOISY * 100.0)),
            "%",
            format!("{} events of its log source in this case", hits.of),
            -worth(rule.level) * (share * 4.0).clamp(0.2, 0.8),
        ));
    }
    if let Some(host) = host {
        draft.ask(format!("What happened on {host} around that time?"));
    }
    draft.settle();
    draft.finding
}

/// Cards of correlations.
#[must_use]
pub fn of_found(correlations: &[Correlation], found: &[Found]) -> Vec<Finding> {
    let mut out = Vec::new();
    for one in found {
        let Some(rule) = correlations.get(one.correlation) else { continue };
        let reference = RuleRef {
            id: rule.id.clone(),
            title: rule.title.clone(),
            level: rule.level.word().to_owned(),
            author: rule.author.clone(),
        };
        let entities: Vec<Entity> =
            one.group.iter().map(|(field, value)| entity(ecs(field), value)).collect();
        let whom: Vec<&str> = one.group.iter().map(|(_, v)| v.as_str()).collect();
        let count = one.events.len() as u64;
        let title = match whom.as_slice() {
            [] => format!("{}: {count} events", rule.title),
            whom => format!("{}: {count} events of {}", rule.title, whom.join(", ")),
        };
        let ids: Vec<(EventId, i64)> = one.events.iter().map(|id| (*id, one.first)).collect();
        let mut finding = base(reference, title, entities, &ids, count);
        (finding.first_ns, finding.last_ns) = (Some(one.first), Some(one.last));
        finding.attack.clone_from(&rule.attack);
        finding.innocent = innocent(&rule.falsepositives);
        let mut draft = Draft { finding, claims: Vec::new(), shape: Shape::Rule };
        draft.part(part(
            format!("Level of the rule: {}", rule.level.word()),
            (count.into(), "0".into(), 1u64.into()),
            "events",
            "none needed: the rule names what it looks for",
            worth(rule.level),
        ));
        draft.settle();
        out.push(draft.finding);
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    out
}

/// Names that rules group by, as we call them.
fn ecs(field: &str) -> &str {
    match field {
        "TargetUserName" | "User" | "SubjectUserName" => "user.name",
        "IpAddress" | "SourceIp" | "src_ip" => "source.ip",
        "Computer" | "ComputerName" | "Hostname" => "host.name",
        other => other,
    }
}

fn base(
    rule: RuleRef,
    title: String,
    entities: Vec<Entity>,
    events: &[(EventId, i64)],
    count: u64,
) -> Finding {
    let dated = || events.iter().map(|(_, t)| *t).filter(|t| *t != NO_TIME);
    let (first, last) = (dated().min(), dated().max());
    // The rule takes part in the id: two rules on one host are two cards.
    let mut about = entities.clone();
    about.push(entity("rule.id", &rule.id));
    let evidence: Vec<EventId> = events.iter().map(|(id, _)| *id).take(Finding::EVIDENCE_MAX).collect();
    let query = match evidence.get(..evidence.len().min(200)) {
        None | Some([]) => String::new(),
        Some(some) => kql::render(&Filter::Ids(some.to_vec())),
    };
    Finding {
        id: finding_id(DETECTOR, &about, first.unwrap_or(0)),
        detector: DETECTOR.to_owned(),
        title,
        severity: timberline_model::Severity::Info,
        score: 0.0,
        first_ns: first,
        last_ns: last,
        entities,
        attack: Vec::new(),
        parts: Vec::new(),
        innocent: String::new(),
        evidence_count: count,
        evidence,
        query,
        spark: None,
        questions: Vec::new(),
        rule: Some(rule),
        steps: Vec::new(),
        corroboration: Default::default(),
        within: None,
    }
}

fn innocent(falsepositives: &[String]) -> String {
    let said: Vec<&str> = falsepositives
        .iter()
        .map(|f| f.trim())
        .filter(|f| !f.is_empty() && !["unknown", "none"].contains(&f.to_lowercase().as_str()))
        .collect();
    match said.as_slice() {
        [] => "The rule's author names nothing innocent".to_owned(),
        said => format!("The rule's author names: {}", said.join("; ")),
    }
}
