//! How cards stand when they are asked for: the analyst's own verdict first, then verdicts given to similar cards that have not
//! expired, then what verdicts on such cards in this and earlier cases taught ([`verdicts`]). Nothing of it is done at import and
//! no finding is changed in the case. The time is an argument everywhere, so that the same case gives the same list.

pub mod scope;
pub mod verdicts;

use crate::session::{Judged, OpenCase};
use crate::wire::{ApiError, DeeperRow};
use rustc_hash::FxHashMap;
use scope::Scope;
use timberline_model::{Finding, Severity, Status};
use timberline_store::{Feedback, FeedbackRule};
use verdicts::{Kind, Verdicts};

/// Below this no card is lowered by what was learned; one that is lower by itself stays there.
pub const FLOOR: f64 = 0.1;
/// From here on a card is critical: learning moves no card over this line, in either direction.
const CRITICAL: f64 = 0.9;
/// The greatest score of a card that learning raised and that is not critical by itself.
const BELOW_CRITICAL: f64 = 0.89;

/// A rule of the case with its scope.
#[derive(Clone, Debug)]
pub struct Rule {
    /// As the case keeps it.
    pub kept: FeedbackRule,
    /// Which cards.
    pub scope: Scope,
}

impl Rule {
    /// A kept rule. What cannot be understood holds for no card.
    #[must_use]
    pub fn of(kept: FeedbackRule) -> Self {
        let scope = serde_json::from_str(&kept.scope).unwrap_or_default();
        Self { kept, scope }
    }

    /// Whether it is over.
    #[must_use]
    pub fn expired(&self, now_us: i64) -> bool {
        self.kept.expires_us.is_some_and(|until| until <= now_us)
    }
}

/// All that a judgement rests on.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// What was found, best first.
    pub findings: Vec<Finding>,
    /// The verdicts on single cards.
    pub feedback: Vec<Feedback>,
    /// The rules that nobody took back, earliest first.
    pub rules: Vec<Rule>,
    /// What was learned.
    pub verdicts: Verdicts,
    /// What was found by looking deeper, by card.
    pub deeper: FxHashMap<String, Vec<DeeperRow>>,
    /// Now, microseconds since 1970 UTC.
    pub now_us: i64,
}

impl Grounds {
    /// Those of a case.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub fn of(open: &OpenCase, now_us: i64) -> Result<Self, ApiError> {
        Ok(Self {
            findings: open.case.findings()?,
            feedback: open.case.feedback()?,
            rules: open.case.feedback_rules()?.into_iter().map(Rule::of).collect(),
            deeper: crate::deeper::kept(open)?,
            verdicts: open.data().map(verdicts::load).unwrap_or_default(),
            now_us,
        })
    }

    /// Every finding with its verdict, best first. Critical ones stand first, in the order of what was found: verdicts on
    /// others move their score, but never their place.
    #[must_use]
    pub fn judge(&self) -> Vec<Judged> {
        let own: FxHashMap<&str, &Feedback> = self.feedback.iter().map(|f| (f.card.as_str(), f)).collect();
        let mut all: Vec<Judged> =
            self.findings.iter().map(|f| self.judged(f, own.get(f.id.as_str()).copied())).collect();
        let place = |j: &Judged| {
            let critical = j.base >= CRITICAL;
            (critical, if critical { j.base } else { j.finding.score })
        };
        all.sort_by(|a, b| {
            let ((a_critical, a), (b_critical, b)) = (place(a), place(b));
            b_critical.cmp(&a_critical).then(b.total_cmp(&a))
        });
        all
    }

    fn judged(&self, found: &Finding, own: Option<&Feedback>) -> Judged {
        let base = found.score;
        let mut judged = Judged {
            finding: found.clone(),
            status: own.map_or(Status::Open, |f| f.status),
            reason: own.map_or_else(String::new, |f| f.reason.clone()),
            base,
            rule: None,
            expires_us: None,
            deeper: self.deeper.get(&found.id).cloned().unwrap_or_default(),
        };
        if judged.status != Status::Open {
            // Its own verdict says all there is to say of it.
            return judged;
        }
        // A card that was opened again is open to rules of later.
        let since = own.map_or(i64::MIN, |f| f.at_us);
        let holds = |r: &&Rule| r.kept.at_us >= since && !r.expired(self.now_us) && r.scope.holds(found);
        if let Some(rule) = self.rules.iter().find(holds) {
            judged.status = rule.kept.status;
            judged.reason.clone_from(&rule.kept.reason);
            judged.rule = Some(rule.kept.id);
            judged.expires_us = rule.kept.expires_us;
        }
        learn(&mut judged.finding, &self.verdicts);
        judged
    }
}

/// Moves a finding's score by what verdicts on such cards taught, as a part of its own.
fn learn(finding: &mut Finding, verdicts: &Verdicts) {
    let Some(learned) = verdicts.of(&Kind::of(finding)) else { return };
    let base = finding.score;
    let wanted = base + learned.weight;
    let score = if base >= CRITICAL {
        wanted.clamp(CRITICAL, 1.0)
    } else {
        wanted.clamp(base.min(FLOOR), base.max(BELOW_CRITICAL))
    };
    let weight = ((score - base) * 100.0).round() / 100.0;
    let held = (weight - learned.weight).abs() >= 0.01;
    finding.score = ((base + weight) * 100.0).round() / 100.0;
    finding.severity = Severity::of(finding.score);
    finding.parts.push(learned.part(weight, held));
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
