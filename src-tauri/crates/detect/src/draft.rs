//! Making a finding: parts that sum to a score, evidence that its query gives, an id that stays.

use sha2::{Digest, Sha256};
use timberline_model::time::{DAY, HOUR, MINUTE, SECOND, rfc3339};
use timberline_model::{Entity, EventId, Figure, Filter, Finding, Part, Severity, Spark, TimeRange, kql};

/// A finding and what merging needs to know of it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What will be shown.
    pub finding: Finding,
    /// Whose doings it tells, and when.
    pub claims: Vec<Claim>,
    /// What kind of story it is.
    pub shape: Shape,
}

/// What one source did in a stretch of time, so that another finding of the same doings can stand back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The address.
    pub source: String,
    /// From, ns.
    pub from_ns: i64,
    /// To, ns, not included.
    pub to_ns: i64,
    /// Failures of it in that stretch.
    pub weight: u64,
}

/// Kinds of story, for merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Guessing that succeeded for the account that was guessed at.
    GuessedIn,
    /// A success after failures for many accounts.
    GuessedInAmongMany,
    /// Many accounts, few tries each.
    Spray,
    /// Guessing by one source.
    Attempt,
    /// Guessing by many sources in one card.
    AttemptsRolledUp,
    /// A success from a new source.
    NewSource,
    /// More failures than usual; its claims say who made how much of them, see `share`.
    Burst,
    /// What a rule found: it stands for itself.
    Rule,
    /// Contacts with many systems.
    FanOut,
    /// Anything else that stands for itself; stories may join it to others.
    Fact,
}

impl Draft {
    /// Starts one. `first_ns` is the time of the first evidence; with the detector and the entities it makes the id.
    #[must_use]
    pub fn new(detector: &str, shape: Shape, entities: Vec<Entity>, first_ns: i64, last_ns: i64) -> Self {
        let finding = Finding {
            id: finding_id(detector, &entities, first_ns),
            detector: detector.to_owned(),
            title: String::new(),
            severity: Severity::Info,
            score: 0.0,
            first_ns: Some(first_ns),
            last_ns: Some(last_ns),
            entities,
            attack: Vec::new(),
            parts: Vec::new(),
            innocent: String::new(),
            evidence_count: 0,
            evidence: Vec::new(),
            query: String::new(),
            spark: None,
            questions: Vec::new(),
            rule: None,
            steps: Vec::new(),
            corroboration: Default::default(),
            within: None,
        };
        Self { finding, claims: Vec::new(), shape }
    }

    /// Adds a reason.
    pub fn part(&mut self, part: Part) {
        self.finding.parts.push(part);
        self.rescore();
    }

    /// Adds a question, once.
    pub fn ask(&mut self, question: String) {
        if self.finding.questions.len() < 4 && !self.finding.questions.contains(&question) {
            self.finding.questions.push(question);
        }
    }

    /// Sums the parts up, weights rounded to hundredths so that the sum shown is the sum.
    fn rescore(&mut self) {
        for part in &mut self.finding.parts {
            part.weight = (part.weight * 100.0).round() / 100.0;
        }
        let sum: f64 = self.finding.parts.iter().map(|p| p.weight).sum();
        self.finding.score = (sum.clamp(0.0, 1.0) * 100.0).round() / 100.0;
        self.finding.severity = Severity::of(self.finding.score);
    }

    /// Puts the parts in order and makes their sum the score where it left 0 to 1: what is too much is taken from
    /// the smallest parts, what is too little from the greatest counterweight.
    pub fn settle(&mut self) {
        self.rescore();
        let parts = &mut self.finding.parts;
        parts.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut excess: f64 = parts.iter().map(|p| p.weight).sum::<f64>() - self.finding.score;
        for part in parts.iter_mut().rev() {
            let cut = if excess > 0.0 {
                excess.min(part.weight.max(0.0))
            } else {
                excess.max(part.weight.min(0.0))
            };
            part.weight = ((part.weight - cut) * 100.0).round() / 100.0;
            excess -= cut;
        }
        parts.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    }

    /// Sets the evidence: all of it, the most telling first; it is counted, then cut to what a finding carries.
    pub fn evidence(&mut self, ids: impl IntoIterator<Item = EventId>) {
        let mut count = 0u64;
        let mut kept = Vec::new();
        for id in ids {
            count += 1;
            if kept.len() < Finding::EVIDENCE_MAX {
                kept.push(id);
            }
        }
        self.finding.evidence_count = count;
        self.finding.evidence = kept;
    }
}

/// 16 hex digits of SHA-256 over the detector, the entities and the start.
#[must_use]
pub fn finding_id(detector: &str, entities: &[Entity], first_ns: i64) -> String {
    let mut hash = Sha256::new();
    hash.update(detector.as_bytes());
    let mut sorted: Vec<&Entity> = entities.iter().collect();
    sorted.sort();
    for entity in sorted {
        // A zero byte cannot stand in a field's name, so no two lists read alike.
        hash.update([0]);
        hash.update(entity.field.as_bytes());
        hash.update([0]);
        hash.update(entity.value.as_bytes());
    }
    hash.update([0]);
    hash.update(first_ns.to_be_bytes());
    hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// An entity.
#[must_use]
pub fn entity(field: &str, value: &str) -> Entity {
    Entity { field: field.to_owned(), value: value.to_owned() }
}

/// A part without query; the baseline in words.
#[must_use]
pub fn part(
    name: impl Into<String>,
    (observed, expected, threshold): (Figure, Figure, Figure),
    unit: &str,
    baseline: impl Into<String>,
    weight: f64,
) -> Part {
    Part {
        name: name.into(),
        observed,
        expected,
        threshold,
        weight,
        unit: unit.to_owned(),
        baseline: baseline.into(),
        query: None,
    }
}

/// Adds the query that opens the rows behind a part.
#[must_use]
pub fn with_query(mut part: Part, filter: &Filter) -> Part {
    part.query = Some(kql::render(filter));
    part
}

/// Failed logins.
#[must_use]
pub fn failures() -> Filter {
    Filter::is("event.category", "authentication").and(Filter::is("event.outcome", "failure"))
}

/// Successful logins.
#[must_use]
pub fn successes() -> Filter {
    Filter::is("event.category", "authentication").and(Filter::is("event.outcome", "success"))
}

/// The whole seconds around two moments, the later end not included: what queries over `[first, last]` say.
#[must_use]
pub fn whole_seconds(first_ns: i64, last_ns: i64) -> (i64, i64) {
    (
        first_ns.div_euclid(SECOND) * SECOND,
        last_ns.div_euclid(SECOND).saturating_add(1).saturating_mul(SECOND),
    )
}

/// Events with `from <= time < to`.
#[must_use]
pub fn during(from_ns: i64, to_ns: i64) -> Filter {
    Filter::Time(TimeRange::new(from_ns, to_ns))
}

/// Whether a field is one of some values, in the shortest form.
#[must_use]
pub fn one_of(field: &str, values: &[&str]) -> Filter {
    match values {
        [only] => Filter::is(field, only),
        many => Filter::any_of(field, many),
    }
}

/// A number with commas ("1,204").
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun ("1 login", "72 logins").
#[must_use]
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// The time of day, UTC ("02:13").
#[must_use]
pub fn clock(ns: i64) -> String {
    rfc3339(ns).get(11..16).unwrap_or_default().to_owned()
}

/// The day and time, UTC, as questions say it ("2026-03-10 02:13").
#[must_use]
pub fn moment(ns: i64) -> String {
    let text = rfc3339(ns);
    format!("{} {}", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default())
}

/// A length of time in words ("5.9 s", "28 min 33 s", "3 h 20 min", "9 days").
#[must_use]
pub fn length(ns: i64) -> String {
    let ns = ns.max(0);
    let seconds = ns / SECOND;
    match ns {
        _ if ns < 10 * SECOND => format!("{:.1} s", ns as f64 / SECOND as f64),
        _ if ns < MINUTE => format!("{seconds} s"),
        _ if ns < HOUR && seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ if ns < HOUR => format!("{} min {} s", seconds / 60, seconds % 60),
        _ if ns < 2 * DAY => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Span and strength of a baseline in words ("9 days, fair"): below 3 days weak, from 14 strong.
#[must_use]
pub fn strength(span_ns: i64) -> String {
    let days = (span_ns as f64 / DAY as f64).round().max(0.0) as u64;
    let word = match span_ns {
        s if s < 3 * DAY => "weak",
        s if s < 14 * DAY => "fair",
        _ => "strong",
    };
    if days == 0 {
        format!("{}, {word}", counted((span_ns.max(0) / HOUR) as u64, "hour", "hours"))
    } else {
        format!("{}, {word}", counted(days, "day", "days"))
    }
}

/// Moves `x` from `[low, high]` to `[0, 1]` by orders of magnitude, cut at both ends.
#[must_use]
pub fn log_scale(x: f64, low: f64, high: f64) -> f64 {
    if x <= low || low <= 0.0 || high <= low {
        0.0
    } else {
        ((x / low).ln() / (high / low).ln()).clamp(0.0, 1.0)
    }
}

/// Bars over a stretch of time with some room around it: about `bars` of them, of a round width.
#[must_use]
pub fn spark(
    moments: impl Iterator<Item = (i64, u64)>,
    (from_ns, to_ns): (i64, i64),
    bars: u32,
    unit: &str,
) -> Spark {
    const STEPS: [i64; 16] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];
    let wanted = to_ns.saturating_sub(from_ns).max(1) / i64::from(bars.max(1));
    let mut step_ns =
        STEPS.iter().map(|s| s * SECOND).find(|s| *s >= wanted).unwrap_or(wanted / DAY * DAY + DAY);
    // Years of data still fit into a small chart.
    step_ns = step_ns.max(1);
    let start = from_ns.div_euclid(step_ns) * step_ns;
    let n = ((to_ns.saturating_sub(start).max(1) - 1) / step_ns + 1).clamp(1, 400) as usize;
    let mut counts = vec![0u64; n];
    for (time, weight) in moments {
        let bar = time.saturating_sub(start).div_euclid(step_ns);
        if let Some(bar) = usize::try_from(bar).ok().and_then(|b| counts.get_mut(b)) {
            *bar += weight;
        }
    }
    Spark { from_ns: start, step_ns, unit: unit.to_owned(), counts, baseline: None, threshold: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_the_sum_of_what_is_shown() {
        for weights in [&[0.413, 0.2249, 0.16, 0.12, 0.06][..], &[0.9, 0.4][..], &[0.1, -0.4][..], &[][..]] {
            let mut draft = Draft::new("x", Shape::Burst, vec![], 0, 1);
            for weight in weights {
                draft.part(part("p", (1u64.into(), 0u64.into(), 1u64.into()), "", "", *weight));
            }
            draft.settle();
            let sum: f64 = draft.finding.parts.iter().map(|p| p.weight).sum();
            assert!((sum - draft.finding.score).abs() < 1e-9, "{weights:?}: {sum}");
            assert!((0.0..=1.0).contains(&draft.finding.score));
            assert_eq!(draft.finding.severity, Severity::of(draft.finding.score));
        }
    }

    #[test]
    fn ids_depend_on_detector_entities_and_start_only() {
        let (a, b) = (entity("source.ip", "1.2.3.4"), entity("user.name", "root"));
        let id = finding_id("x", &[a.clone(), b.clone()], 5);
        assert_eq!(id, finding_id("x", &[b.clone(), a.clone()], 5));
        assert_eq!(id.len(), 16);
        assert_ne!(id, finding_id("x", &[a.clone(), b], 6));
        assert_ne!(id, finding_id("x", &[a], 5));
    }

    #[test]
    fn words_for_figures() {
        assert_eq!(count(1_204_331), "1,204,331");
        assert_eq!(counted(1, "login", "logins"), "1 login");
        for (seconds, expect) in [
            (0, "0.0 s"),
            (59, "59 s"),
            (1713, "28 min 33 s"),
            (900, "15 min"),
            (12_000, "3 h 20 min"),
            (800_000, "9 days"),
        ] {
            assert_eq!(length(seconds * SECOND), expect);
        }
        assert_eq!(strength(9 * DAY), "9 days, fair");
        assert_eq!(strength(5 * HOUR), "5 hours, weak");
        assert_eq!(moment(1_773_108_784_000_000_000), "2026-03-10 02:13");
    }

    #[test]
    fn sparks_have_round_steps_and_keep_every_count() {
        let s = spark([(30 * SECOND, 2), (3599 * SECOND, 1)].into_iter(), (0, HOUR), 24, "x");
        assert_eq!((s.step_ns, s.counts.len(), s.counts.iter().sum::<u64>()), (300 * SECOND, 12, 3));
        assert_eq!(spark([].into_iter(), (0, 1), 24, "x").counts.len(), 1);
        assert!(spark([].into_iter(), (0, i64::MAX), 24, "x").counts.len() <= 400);
    }
}
