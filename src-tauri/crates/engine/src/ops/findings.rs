//! Findings as cards, with the analyst's verdicts: which stand in the list. What a verdict does is [`super::feedback`]'s.

use crate::ops::known::detector_title;
use crate::session::{Engine, Judged, us};
use crate::wire::{ApiError, Card, CardRef, CardStep, Cards, CardsAsk, SparkRow, Technique};
use timberline_model::{Finding, Spark, StoryStep};

/// The cards, best first.
///
/// # Errors
/// `no_case`; what the case says.
pub fn list(engine: &Engine, ask: CardsAsk) -> Result<Cards, ApiError> {
    let open = engine.case()?;
    let standing = open.cards()?;
    let hidden = standing.all.iter().filter(|c| !c.stands()).count() as u32;
    let rows = standing.all.iter().filter(|c| ask.all || c.listed()).map(card).collect();
    Ok(Cards { rows, hidden })
}

/// A card by its name and severity.
#[must_use]
pub fn card_ref(finding: &Finding) -> CardRef {
    CardRef { id: finding.id.clone(), title: finding.title.clone(), severity: finding.severity }
}

/// The name of a technique of ATT&CK.
#[must_use]
pub fn attack_name(id: &str) -> Option<&'static str> {
    timberline_detect::attack_name(id)
}

/// A judged finding as a card.
#[must_use]
pub fn card(judged: &Judged) -> Card {
    let finding = &judged.finding;
    let technique =
        |id: &String| Technique { id: id.clone(), name: attack_name(id).unwrap_or_default().to_owned() };
    Card {
        id: finding.id.clone(),
        detector: finding.detector.clone(),
        detector_title: detector_title(&finding.detector).to_owned(),
        title: finding.title.clone(),
        severity: finding.severity,
        score: finding.score,
        first_us: finding.first_ns.map(us),
        last_us: finding.last_ns.map(us),
        entities: finding.entities.clone(),
        attack: finding.attack.iter().map(technique).collect(),
        parts: finding.parts.clone(),
        innocent: finding.innocent.clone(),
        evidence_count: finding.evidence_count,
        evidence: finding.evidence.iter().map(|id| id.0).collect(),
        query: finding.query.clone(),
        spark: finding.spark.as_ref().map(spark),
        questions: finding.questions.clone(),
        rule: finding.rule.clone(),
        status: judged.status,
        reason: judged.reason.clone(),
        steps: finding.steps.iter().map(step).collect(),
        corroboration: finding.corroboration.clone(),
        within: finding.within.clone(),
        expires_us: judged.expires_us,
        deeper: judged.deeper.clone(),
    }
}

fn step(step: &StoryStep) -> CardStep {
    CardStep {
        stage: step.stage.clone(),
        card: step.card.clone(),
        detector: step.detector.clone(),
        detector_title: detector_title(&step.detector).to_owned(),
        title: step.title.clone(),
        severity: step.severity,
        first_us: step.first_ns.map(us),
        last_us: step.last_ns.map(us),
        entities: step.entities.clone(),
        query: step.query.clone(),
        evidence_count: step.evidence_count,
        sources: step.sources.clone(),
        link: step.link.clone(),
    }
}

fn spark(spark: &Spark) -> SparkRow {
    SparkRow {
        from_us: us(spark.from_ns),
        step_us: us(spark.step_ns),
        unit: spark.unit.clone(),
        counts: spark.counts.clone(),
        baseline: spark.baseline,
        threshold: spark.threshold,
    }
}
