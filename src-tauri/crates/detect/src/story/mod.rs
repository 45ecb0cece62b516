//! One attack, one card: findings of several detectors about the same doings stand back for the one that tells
//! most ([`merge`]; who tells whose doings is in their claims), and findings that follow from each other are told as one story
//! ([`tell`]), with the machines known by all of their names ([`hosts`]).

pub mod chain;
pub mod hosts;
mod tell;

pub use tell::{KindOf, tell};

use crate::Knobs;
use crate::draft::{Claim, Draft, Shape, part};
use timberline_model::Finding;

/// Merges drafts into findings, best first.
#[must_use]
pub fn merge(mut drafts: Vec<Draft>, knobs: &Knobs) -> Vec<Finding> {
    drafts.sort_by(|a, b| order(&a.finding, &b.finding));
    let keep: Vec<bool> =
        drafts.iter().map(|draft| !drafts.iter().any(|other| other.tells_of(draft))).collect();
    let mut kept = keep.iter();
    drafts.retain(|_| kept.next().copied().unwrap_or(true));
    lower_told_bursts(&mut drafts, knobs);
    drafts.iter_mut().for_each(Draft::settle);
    let mut findings: Vec<Finding> = drafts.into_iter().map(|d| d.finding).collect();
    findings.sort_by(order);
    findings
}

/// A burst that is mostly what other cards tell is still true, and no news.
fn lower_told_bursts(drafts: &mut [Draft], knobs: &Knobs) {
    let told: Vec<Claim> =
        drafts.iter().filter(|d| d.shape != Shape::Burst).flat_map(|d| d.claims.iter().cloned()).collect();
    for burst in drafts.iter_mut().filter(|d| d.shape == Shape::Burst) {
        let total: u64 = burst.claims.iter().map(|c| c.weight).sum();
        let covered: Vec<&Claim> = burst.claims.iter().filter(|c| told.iter().any(|t| t.covers(c))).collect();
        let share = covered.iter().map(|c| c.weight).sum::<u64>() as f64 / total.max(1) as f64;
        if share > knobs.burst_covered {
            let whose = match &covered[..] {
                [one] => format!("Told by the card on {}", one.source),
                many => format!("Told by the cards on {} addresses", many.len()),
            };
            // What is left is below "low", and above nothing.
            let weight = (0.15 - burst.finding.score).min(0.0);
            let limit = format!("{:.0} %", knobs.burst_covered * 100.0);
            burst.part(part(
                whose,
                (format!("{:.0} %", share * 100.0).into(), "".into(), limit.into()),
                "",
                "none needed",
                weight,
            ));
        }
    }
}

fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    b.score
        .total_cmp(&a.score)
        .then_with(|| a.first_ns.cmp(&b.first_ns))
        .then_with(|| a.detector.cmp(&b.detector))
        .then_with(|| a.id.cmp(&b.id))
}

impl Draft {
    /// Whether this one tells all that the other does, and more.
    fn tells_of(&self, other: &Self) -> bool {
        use Shape::{Attempt, GuessedIn, GuessedInAmongMany, NewSource, Spray};
        let stronger = matches!(
            (self.shape, other.shape),
            (GuessedIn, Attempt | Spray | NewSource)
                | (GuessedInAmongMany, Attempt | NewSource)
                | (Spray, Attempt | GuessedInAmongMany | NewSource)
        );
        stronger
            && !other.claims.is_empty()
            && other.claims.iter().all(|c| self.claims.iter().any(|m| m.covers(c)))
    }
}

impl Claim {
    /// Whether the other's doings are the same source's at about the same time.
    fn covers(&self, other: &Self) -> bool {
        self.source == other.source && self.from_ns < other.to_ns && other.from_ns < self.to_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::{entity, part};

    fn draft(shape: Shape, source: &str, from_ns: i64, to_ns: i64, weight: f64) -> Draft {
        let mut draft =
            Draft::new(&format!("{shape:?}"), shape, vec![entity("source.ip", source)], from_ns, to_ns);
        draft.claims.push(Claim { source: source.into(), from_ns, to_ns, weight: 1 });
        draft.part(part("p", (1u64.into(), 1u64.into(), 1u64.into()), "", "", weight));
        draft
    }

    fn check(drafts: Vec<Draft>, expect: &[&str]) {
        let names: Vec<String> = merge(drafts, &Knobs::default()).into_iter().map(|f| f.detector).collect();
        assert_eq!(names, expect);
    }

    #[test]
    fn the_stronger_story_of_the_same_source_and_time_stays() {
        use Shape::*;
        check(vec![draft(Attempt, "a", 0, 10, 0.3), draft(GuessedIn, "a", 5, 12, 0.9)], &["GuessedIn"]);
        check(
            vec![draft(Attempt, "b", 0, 10, 0.3), draft(GuessedIn, "a", 5, 12, 0.9)],
            &["GuessedIn", "Attempt"],
        );
        check(
            vec![draft(Attempt, "a", 20, 30, 0.3), draft(GuessedIn, "a", 5, 12, 0.9)],
            &["GuessedIn", "Attempt"],
        );
        check(vec![draft(Attempt, "a", 0, 10, 0.3), draft(Spray, "a", 5, 12, 0.6)], &["Spray"]);
        check(vec![draft(GuessedInAmongMany, "a", 0, 10, 0.7), draft(Spray, "a", 5, 12, 0.6)], &["Spray"]);
        check(vec![draft(NewSource, "a", 11, 12, 0.4), draft(GuessedIn, "a", 5, 12, 0.9)], &["GuessedIn"]);
        check(
            vec![draft(AttemptsRolledUp, "a", 0, 10, 0.3), draft(GuessedIn, "a", 5, 12, 0.9)],
            &["GuessedIn", "AttemptsRolledUp"],
        );
    }
}
