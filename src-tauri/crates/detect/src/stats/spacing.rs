//! How even the steps between moments are: jobs and tools are even, people are not.

use super::robust::median;

/// The steps between moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spacing {
    /// The middle step, in seconds.
    pub step_s: f64,
    /// From 0 (no two alike) to 1 (all alike): `1 - MAD / median` of the steps, at least 0. Source: the timing
    /// part of RITA's beacon score.
    pub evenness: f64,
    /// How many steps.
    pub n: usize,
}

impl Spacing {
    /// Whether a clock, not a hand, made them: evenness from 0.8 over at least four steps.
    #[must_use]
    pub fn is_even(&self) -> bool {
        self.n >= 4 && self.evenness >= 0.8
    }
}

/// The steps between ascending moments in nanoseconds; `None` of fewer than two. Moments less than a second
/// apart count as one, since one try may write several records.
#[must_use]
pub fn spacing(times_ns: &[i64]) -> Option<Spacing> {
    let mut steps = Vec::new();
    let mut last = *times_ns.first()?;
    for &time in times_ns {
        if time - last >= 1_000_000_000 {
            steps.push((time - last) as f64 / 1e9);
            last = time;
        }
    }
    let step_s = median(&steps)?;
    let spread = median(&steps.iter().map(|s| (s - step_s).abs()).collect::<Vec<_>>())?;
    Some(Spacing { step_s, evenness: (1.0 - spread / step_s).max(0.0), n: steps.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_even_and_hands_are_not() {
        let at = |seconds: &[i64]| seconds.iter().map(|s| s * 1_000_000_000).collect::<Vec<_>>();
        let job = spacing(&at(&[0, 900, 1801, 2700, 3600, 4501])).unwrap();
        assert!(job.is_even() && job.step_s == 900.0);
        let one_missed = spacing(&at(&[0, 900, 1800, 2700, 3600, 9900])).unwrap();
        assert!(one_missed.is_even());
        let hand = spacing(&at(&[0, 3, 17, 18, 60, 300])).unwrap();
        assert!(!hand.is_even());
        assert_eq!(spacing(&at(&[5])), None);
        assert_eq!(spacing(&[0, 1, 2]), None, "all within one second");
    }
}
