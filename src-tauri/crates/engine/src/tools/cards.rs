//! The cards that stand, chosen by what links them, how rare they are and what corroborates them, not by severity
//! alone; what is left out is said.

use super::arguments::{limit, object, only, text};
use super::desk::{Desk, Made, answer, hold};
use crate::planner::say;
use crate::session::us;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use timberline_chat::{BoxFuture, Effect, Tool, ToolAbout, ToolError, ready};
use timberline_model::Finding;

/// The tool.
pub struct Cards;

impl<'d> Tool<Desk<'d>> for Cards {
    fn about(&self) -> ToolAbout {
        ToolAbout {
            name: "cards",
            description: "What Timberline's detectors found, with severity. For anything unusual, suspicious, attacks, \
                          what stands out. about: only those about one value",
            arguments: object(
                vec![
                    ("about".into(), json!({ "type": "string" })),
                    ("limit".into(), json!({ "type": "integer" })),
                ],
                &[],
            ),
            effect: Effect::Reads,
        }
    }

    fn call<'a>(&'a self, arguments: Json, on: &'a Desk<'d>) -> BoxFuture<'a, Result<Json, ToolError>> {
        ready(answer(cards(on, &arguments)))
    }
}

/// How much a card has to tell beside its score: entities that it shares with cards of other detectors (a chain),
/// detectors that are rare in this case, and parts that corroborate it. Ties by id, so the order is always the same.
pub(crate) fn chosen<'f>(findings: &[&'f Finding]) -> Vec<&'f Finding> {
    let mut detectors: BTreeMap<&str, u32> = BTreeMap::new();
    for f in findings {
        *detectors.entry(&f.detector).or_default() += 1;
    }
    let weight = |f: &Finding| -> f64 {
        let shares = |other: &Finding| {
            other.detector != f.detector
                && other.entities.iter().any(|e| f.entities.iter().any(|own| own.value == e.value))
        };
        let chain = findings.iter().filter(|o| shares(o)).count().min(4) as f64;
        let rare = 1.0 / f64::from(*detectors.get(f.detector.as_str()).unwrap_or(&1));
        let corroborated = f.parts.iter().filter(|p| p.weight > 0.0).count().min(4) as f64;
        f.score + 0.15 * chain + 0.2 * rare + 0.05 * corroborated
    };
    let mut order: Vec<(f64, &Finding)> = findings.iter().map(|f| (weight(f), *f)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    order.into_iter().map(|(_, f)| f).collect()
}

fn cards(desk: &Desk<'_>, arguments: &Json) -> Result<Made, ToolError> {
    only(arguments, &["about", "limit"])?;
    let about = text(arguments, "about");
    let fits = |f: &&Finding| match about {
        Some(value) => f.entities.iter().any(|e| e.value.eq_ignore_ascii_case(value)),
        None => true,
    };
    let all: Vec<&Finding> = desk.known.view.findings.iter().filter(fits).collect();
    let most = limit(arguments, 10) as usize;
    let picked: Vec<&Finding> = chosen(&all).into_iter().take(most).collect();
    let on = about.map_or_else(String::new, |v| format!(" about {}", hold(v)));
    let mut sentence = match picked.first() {
        None => format!("There are no cards{on}"),
        Some(first) => format!(
            "{}{on}; the most telling is {} \"{}\" ({})",
            say::counted(all.len() as u64, "card", "cards"),
            first.id,
            hold(&first.title),
            severity(first)
        ),
    };
    let mut notes = Vec::new();
    if picked.len() < all.len() {
        let left: Vec<&&Finding> = all.iter().filter(|f| !picked.iter().any(|p| p.id == f.id)).collect();
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for f in &left {
            *kinds.entry(severity(f)).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.iter().map(|(k, n)| format!("{n} {k}")).collect();
        notes.push(format!("{} cards are left out: {}", left.len(), say::listed(&kinds)));
        sentence.push_str(&format!("; {} of them follow", picked.len()));
    }
    let row = |f: &&Finding| {
        vec![
            f.id.as_str().into(),
            severity(f).into(),
            f.title.as_str().into(),
            desk.time_cell(f.first_ns),
            desk.time_cell(f.last_ns),
            f.evidence_count.into(),
        ]
    };
    let mut events: Vec<u64> = Vec::new();
    for f in &picked {
        events.extend(f.evidence.iter().take(2).map(|id| id.0));
    }
    let ends = (all.iter().filter_map(|f| f.first_ns).min(), all.iter().filter_map(|f| f.last_ns).max());
    Ok(Made {
        sentence,
        columns: ["card", "severity", "title", "first", "last", "evidence"].map(str::to_owned).to_vec(),
        rows: picked.iter().map(row).collect(),
        matching: all.len() as u64,
        from_us: ends.0.map(us),
        to_us: ends.1.map(|ns| us(ns.saturating_add(999))),
        events,
        notes,
        ..Made::default()
    })
}

/// The word for a severity.
pub(super) fn severity(f: &Finding) -> String {
    format!("{:?}", f.severity).to_lowercase()
}
