//! A story as one card: its steps in order, its score by parts, its title, the query over all of its evidence. The findings that it
//! tells keep their ids and stand inside it.

use super::chain::{self, Node, Parent};
use super::hosts::Hosts;
use crate::draft::{Draft, Shape, count, finding_id, part};
use crate::stage::Stage;
use crate::{DETECTORS, DetectError};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use timberline_model::time::HOUR;
use timberline_model::{
    Corroboration, Ctx, EventStore, Filter, Finding, Severity, StoryStep, TimeRange, kql,
};

/// Steps that a title names before and after its lead.
const NAMED: usize = 3;
/// A query over more text than this is not kept: no person reads it.
const QUERY_LONGEST: usize = 16 << 10;

/// What kind of log a source is, by its number.
pub type KindOf<'a> = &'a dyn Fn(u32) -> String;

/// Tells findings as stories where they belong together: the stories and the findings that stand alone, best first, and after
/// these, with [`Finding::within`] set, those that a story tells. Stories made before are told anew.
///
/// # Errors
/// See [`timberline_model::StoreError`].
pub fn tell(
    mut findings: Vec<Finding>,
    kind_of: KindOf<'_>,
    events: &dyn EventStore,
    range: TimeRange,
    ctx: &Ctx<'_>,
) -> Result<Vec<Finding>, DetectError> {
    findings.retain(|f| f.steps.is_empty());
    for finding in &mut findings {
        finding.within = None;
        finding.corroboration = seen_by(std::iter::once(&*finding), kind_of);
    }
    findings.sort_by(super::order);
    let hosts = Hosts::gather(events, range, ctx)?;
    let (mut places, mut nodes) = (Vec::new(), Vec::new());
    for (at, finding) in findings.iter().enumerate() {
        if let Some(mut node) = Node::of(finding, &hosts) {
            reach(&mut node, &hosts, events, range, ctx)?;
            places.push(at);
            nodes.push(node);
        }
    }
    let parents = chain::parents(&nodes);
    let mut stories = Vec::new();
    for tree in chain::trees(&nodes, &parents) {
        ctx.check()?;
        if !worth_telling(&tree, &nodes) {
            continue;
        }
        let members: Vec<&Finding> = tree.iter().map(|n| &findings[places[*n]]).collect();
        let mut story = one(&tree, &members, &nodes, &parents);
        story.corroboration = seen_by(members.iter().copied(), kind_of);
        let parts = Parts { tree: &tree, nodes: &nodes, kinds: &story.corroboration.kinds.clone() };
        let mut story = parts.score(story, &members);
        if let Some(filter) = over_all(&members) {
            story.evidence_count = events.count(range, filter.clone(), ctx)?;
            story.query = kql::render(&filter);
        }
        for node in &tree {
            findings[places[*node]].within = Some(story.id.clone());
        }
        stories.push(story);
    }
    findings.extend(stories);
    findings.sort_by(super::order);
    Ok(findings)
}

/// Which logs hold the evidence.
fn seen_by<'f>(findings: impl Iterator<Item = &'f Finding>, kind_of: KindOf<'_>) -> Corroboration {
    let sources: BTreeSet<u32> = findings.flat_map(|f| f.evidence.iter().map(|id| id.source())).collect();
    let kinds: BTreeSet<String> = sources.iter().map(|s| kind_of(*s)).collect();
    Corroboration { sources: sources.into_iter().collect(), kinds: kinds.into_iter().collect() }
}

/// A web server's log seldom names the machine; a log of connections says where an address outside knocked.
fn reach(
    node: &mut Node,
    hosts: &Hosts,
    events: &dyn EventStore,
    range: TimeRange,
    ctx: &Ctx<'_>,
) -> Result<(), DetectError> {
    if let Some(actor) = node.actor.as_ref().filter(|_| !node.outside && node.accounts.is_empty()) {
        // Who logged in from there about then: a machine lent to one person acts for that person.
        let mut names: Vec<String> = hosts.names(actor).to_vec();
        names.push(actor.clone());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let around = TimeRange::new(node.span.0.saturating_sub(12 * HOUR), node.span.1.saturating_add(HOUR));
        let logins = Filter::is("event.category", "authentication")
            .and(Filter::is("event.outcome", "success"))
            .and(Filter::any_of("source.ip", &names));
        let lent = Filter::any_of("openvpn.address", &names);
        let filter = Filter::Or(vec![logins, lent]).and(Filter::Time(around));
        let met = events.top(range, filter, &["user.name"], 4, ctx)?;
        let all: u64 = met.iter().map(|r| r.count).sum();
        if let Some(first) = met.first().filter(|r| r.count * 10 >= all * 6) {
            node.lent.extend(first.values.first().map(|v| chain::account(&v.show())));
        }
    }
    let Some(actor) = node.actor.as_ref().filter(|_| node.outside && node.hosts.is_empty()) else {
        return Ok(());
    };
    let filter = Filter::is("event.category", "network").and(Filter::is("source.ip", actor));
    let met = events.top(range, filter, &["destination.ip"], 6, ctx)?;
    if met.len() <= 3 {
        node.hosts.extend(met.iter().filter_map(|r| r.values.first()).map(|v| hosts.canonical(&v.show())));
        node.hosts.sort();
        node.hosts.dedup();
    }
    Ok(())
}

/// Several steps, not one thing seen several times; and something in it is worth a look by itself.
fn worth_telling(tree: &[usize], nodes: &[Node]) -> bool {
    let stages: FxHashSet<Stage> = tree.iter().map(|n| nodes[*n].stage).collect();
    let best = tree.iter().map(|n| nodes[*n].score).fold(0.0, f64::max);
    // One outage in several logs is told once; it is no intrusion and scores as its strongest sign.
    stages.contains(&Stage::Health) || stages.len() >= 2 && (best >= 0.5 || stages.len() >= 3)
}

/// The finding that tells most: getting in before all else, then the score.
fn lead(tree: &[usize], nodes: &[Node]) -> usize {
    let rank = |at: usize| {
        let node = &nodes[tree[at]];
        (u8::from(node.inside_now && node.score >= 0.5), node.score)
    };
    let better = |a: &usize, b: &usize| {
        let (x, y) = (rank(*a), rank(*b));
        x.0.cmp(&y.0).then_with(|| x.1.total_cmp(&y.1)).then_with(|| b.cmp(a))
    };
    (0..tree.len()).max_by(better).unwrap_or(0)
}

/// A detector's name in the middle of a sentence; a rule's title as it is.
fn name_of(finding: &Finding) -> String {
    let known = DETECTORS.iter().map(|d| d.about()).find(|a| a.id == finding.detector);
    match (&finding.rule, known) {
        (Some(rule), _) => format!("\"{}\"", rule.title),
        (None, Some(about)) => {
            let mut letters = about.title.chars();
            let first = letters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
            // "DNS tunnel" keeps its letters.
            match letters.next() {
                Some(second) if second.is_uppercase() => about.title.to_owned(),
                Some(second) => format!("{first}{second}{}", letters.as_str()),
                None => first,
            }
        }
        (None, None) => finding.detector.clone(),
    }
}

fn listed(names: &[String]) -> String {
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    let more = seen.len().saturating_sub(NAMED);
    let shown: Vec<&str> = seen.iter().take(NAMED).map(|s| s.as_str()).collect();
    match (&shown[..], more) {
        ([], _) => String::new(),
        ([one], 0) => (*one).to_owned(),
        ([init @ .., last], 0) => format!("{} and {last}", init.join(", ")),
        (all, more) => format!("{} and {more} more", all.join(", ")),
    }
}

/// The story without its score and query.
fn one(tree: &[usize], members: &[&Finding], nodes: &[Node], parents: &[Parent]) -> Finding {
    let at = lead(tree, nodes);
    let main = members[at];
    let first = members.iter().filter_map(|f| f.first_ns).min();
    let last = members.iter().filter_map(|f| f.last_ns).max();
    let mut entities = main.entities.clone();
    // Then whom the other steps are about; a list of many is left to its own step.
    for member in members {
        for entity in member.entities.iter().take(12) {
            if !entities.contains(entity) {
                entities.push(entity.clone());
            }
        }
    }
    let root_entities: Vec<_> = members[0].entities.iter().take(1).cloned().collect();
    let mut story = Finding {
        id: finding_id("story", &root_entities, members[0].first_ns.unwrap_or_default()),
        entities,
        first_ns: first,
        last_ns: last,
        ..main.clone()
    };
    let before: Vec<String> = members[..at].iter().map(|f| name_of(f)).collect();
    let after: Vec<String> = members[at + 1..].iter().map(|f| name_of(f)).collect();
    if !before.is_empty() {
        story.title.push_str(&format!("; before it {}", listed(&before)));
    }
    if !after.is_empty() {
        story.title.push_str(&format!("; after it {}", listed(&after)));
    }
    story.attack = Vec::new();
    story.questions.truncate(4);
    for member in members {
        for technique in &member.attack {
            if !story.attack.contains(technique) {
                story.attack.push(technique.clone());
            }
        }
        for question in member.questions.iter().take(1) {
            if story.questions.len() < 6 && !story.questions.contains(question) {
                story.questions.push(question.clone());
            }
        }
    }
    story.innocent = format!(
        "Each step alone may be innocent ({}); together they are only if the same person had reason for all of them.",
        main.innocent.trim_end_matches('.')
    );
    story.steps =
        tree.iter().zip(members).map(|(node, finding)| step(*node, finding, nodes, parents)).collect();
    story.evidence = gathered(at, members);
    story.evidence_count = story.evidence.len() as u64;
    story
}

fn step(node: usize, finding: &Finding, nodes: &[Node], parents: &[Parent]) -> StoryStep {
    let link = match &parents[node] {
        Some((up, link)) => format!("{}{}", link.words, chain::later(&nodes[*up], &nodes[node])),
        None => String::new(),
    };
    StoryStep {
        stage: nodes[node].stage.word().to_owned(),
        card: finding.id.clone(),
        detector: finding.detector.clone(),
        title: finding.title.clone(),
        severity: finding.severity,
        first_ns: finding.first_ns,
        last_ns: finding.last_ns,
        entities: finding.entities.iter().take(12).cloned().collect(),
        query: finding.query.clone(),
        evidence_count: finding.evidence_count,
        sources: finding.corroboration.sources.clone(),
        link,
    }
}

/// Evidence of all steps in turn, the lead's first.
fn gathered(lead: usize, members: &[&Finding]) -> Vec<timberline_model::EventId> {
    let mut order: Vec<usize> = vec![lead];
    order.extend((0..members.len()).filter(|m| *m != lead));
    let mut kept = Vec::new();
    let mut seen = FxHashSet::default();
    let longest = members.iter().map(|m| m.evidence.len()).max().unwrap_or(0);
    for place in 0..longest {
        for member in &order {
            if let Some(id) = members[*member].evidence.get(place)
                && kept.len() < Finding::EVIDENCE_MAX
                && seen.insert(*id)
            {
                kept.push(*id);
            }
        }
    }
    kept
}

/// The evidence of all steps as one filter.
fn over_all(members: &[&Finding]) -> Option<Filter> {
    let mut filters = Vec::new();
    let mut length = 0;
    for member in members {
        length += member.query.len();
        let filter = kql::parse(&member.query).ok().filter(|_| length <= QUERY_LONGEST)?;
        if !filters.contains(&filter) {
            filters.push(filter);
        }
    }
    Some(match filters.len() {
        1 => filters.remove(0),
        _ => Filter::Or(filters),
    })
}

struct Parts<'a> {
    tree: &'a [usize],
    nodes: &'a [Node],
    kinds: &'a [String],
}

impl Parts<'_> {
    /// The score: the strongest step's, and of what is left to 1 a share for each reason to believe the whole.
    fn score(&self, story: Finding, members: &[&Finding]) -> Finding {
        let nodes: Vec<&Node> = self.tree.iter().map(|n| &self.nodes[*n]).collect();
        let steps: BTreeSet<Stage> = nodes.iter().map(|n| n.stage).collect();
        let got_in = nodes.iter().position(|n| n.inside_now && n.score >= 0.25);
        let then = got_in.is_some_and(|at| {
            nodes[at + 1..].iter().any(|n| n.stage > Stage::Access && n.stage < Stage::Evidence)
        });
        let outside = nodes.iter().any(|n| n.outside);
        let best = members.iter().max_by(|a, b| a.score.total_cmp(&b.score));
        // The strongest step's own reasons, then those for the whole.
        let (strongest, parts) = best.map_or((0.0, Vec::new()), |f| (f.score, f.parts.clone()));
        let mut draft = Draft { finding: Finding { parts, ..story }, claims: Vec::new(), shape: Shape::Fact };
        if steps.contains(&Stage::Health) {
            draft.settle();
            draft.finding.innocent = members[0].innocent.clone();
            return draft.finding;
        }
        let mut left = 1.0 - strongest;
        // Looking around without getting in is what scanners of one's own do too.
        let trust = if then {
            0.18
        } else if outside {
            0.10
        } else {
            0.05
        };
        let share = (trust * (steps.len() as f64 - 1.0)).min(0.6);
        draft.part(part(
            "Different steps of an intrusion, in order",
            ((steps.len() as u64).into(), 1u64.into(), 2u64.into()),
            "steps",
            "none needed",
            left * share,
        ));
        left -= left * share;
        if then {
            draft.part(part(
                "Something done after getting in",
                ("yes".into(), "no".into(), "yes".into()),
                "",
                "none needed",
                left * 0.4,
            ));
            left -= left * 0.4;
        }
        let kinds = self.kinds.len() as u64;
        if kinds > 1 {
            let share = (0.2 * (kinds as f64 - 1.0)).min(0.5);
            draft.part(part(
                format!("Kinds of logs that show it: {}", self.kinds.join(", ")),
                (count(kinds).into(), 1u64.into(), 2u64.into()),
                "kinds",
                "none needed",
                left * share,
            ));
        }
        draft.settle();
        draft.finding.severity = Severity::of(draft.finding.score);
        draft.finding
    }
}
