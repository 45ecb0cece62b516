//! Findings as cards, with the analyst's verdicts: which stand in the list, and what a verdict does to it.

use crate::error::usage;
use crate::ops::known::{counted, detector_title};
use crate::session::{Engine, Judged, us};
use crate::wire::{
    ApiError, Card, CardRef, Cards, CardsAsk, FeedbackAsk, FeedbackEffect, SparkRow, Technique,
};
use std::time::{SystemTime, UNIX_EPOCH};
use timberline_model::{Finding, Spark, Status};

/// The cards, best first.
///
/// # Errors
/// `no_case`; what the case says.
pub fn list(engine: &Engine, ask: CardsAsk) -> Result<Cards, ApiError> {
    let open = engine.case()?;
    let standing = open.cards()?;
    let hidden = standing.all.iter().filter(|c| !c.listed()).count() as u32;
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

/// The analyst's verdict on a card, or what it would do.
///
/// # Errors
/// `no_case`; `not_found` for a card that is not there; `usage` for a verdict that does not exist.
pub fn feedback(engine: &Engine, ask: FeedbackAsk) -> Result<FeedbackEffect, ApiError> {
    let open = engine.case()?;
    let after = match ask.verdict.as_str() {
        "confirm" => Status::Confirmed,
        "false_positive" => Status::FalsePositive,
        "mute" => Status::Muted,
        "reset" => Status::Open,
        other => {
            return Err(usage(&format!(
                "'{other}' is no verdict; there are confirm, false_positive, mute and reset"
            )));
        }
    };
    let standing = open.cards()?;
    let judged = standing.all.iter().find(|c| c.finding.id == ask.card).ok_or_else(|| {
        ApiError::not_found(format!("there is no card {}; `cards --all` lists them", ask.card))
    })?;
    let hides = judged.listed() && matches!(after, Status::FalsePositive | Status::Muted);
    let effect = FeedbackEffect {
        card: ask.card.clone(),
        before: judged.status,
        after,
        hides_cards: u32::from(hides),
        hides_events: if hides { judged.finding.evidence_count } else { 0 },
        effect: in_words(judged, after, hides),
        preview: ask.preview,
    };
    if !ask.preview {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
        let reason = if after == Status::Open { "" } else { ask.reason.trim() };
        open.case.set_feedback(&ask.card, after, reason, i64::try_from(now).unwrap_or(i64::MAX))?;
        open.forget_cards();
        crate::ops::prompts::judged(engine, &open, &judged.finding, after);
        engine.changed(&["cards"]);
    }
    Ok(effect)
}

fn in_words(judged: &Judged, after: Status, hides: bool) -> String {
    let events = counted(judged.finding.evidence_count, "event");
    if judged.status == after {
        return "Changes nothing: the card has this verdict already".to_owned();
    }
    match after {
        Status::Confirmed if judged.listed() => {
            "Marks the card as confirmed; it stays in the list".to_owned()
        }
        Status::Confirmed => "Marks the card as confirmed and brings it back into the list".to_owned(),
        Status::FalsePositive | Status::Muted if hides => {
            format!("Hides this one card; its {events} stay in the case and searchable; reset brings it back")
        }
        Status::FalsePositive => "Keeps the card out of the list, now as a false positive".to_owned(),
        Status::Muted => "Keeps the card out of the list, now as muted".to_owned(),
        Status::Open if judged.listed() => "Takes the verdict back; the card stays in the list".to_owned(),
        Status::Open => "Takes the verdict back and brings the card back into the list".to_owned(),
    }
}
