//! The four sub-scores of a beacon, each from 0 to 1. Source of all formulas and constants: RITA v5 (Active Countermeasures), its
//! `analysis/beacon`.

use super::robust::quantile;

/// Hours (bins) in a row that make a whole score of constancy.
const IDEAL_RUN: f64 = 12.0;
/// Bins in use below which nothing is said of constancy.
const MIN_BINS: usize = 6;
/// Bins in use below which two heights are no pattern.
const MIN_BIMODAL: usize = 11;

/// Bowley's skew `(Q1 + Q3 - 2 Q2) / (Q3 - Q1)`, taken as 0 where the quartiles lie closer than 10 or the middle one is an outer one.
#[must_use]
pub fn bowley(values: &[f64]) -> f64 {
    let q = |p: f64| quantile(values, p).unwrap_or(0.0);
    let (q1, q2, q3) = (q(0.25), q(0.5), q(0.75));
    if q3 - q1 < 10.0 || q2 == q1 || q2 == q3 { 0.0 } else { (q1 + q3 - 2.0 * q2) / (q3 - q1) }
}

/// `mean(1 - |Bowley|, (median - MAD) / median)`, the second floored at 0 and `small` where the median is below 1.
fn evenness(values: &[f64], small: f64) -> f64 {
    let (Some(median), Some(mad)) = (super::median(values), super::mad(values)) else { return 0.0 };
    let spread = if median < 1.0 { small } else { ((median - mad) / median).max(0.0) };
    (1.0 - bowley(values).abs() + spread) / 2.0
}

/// How even the steps between contacts are; `deltas_s` in seconds, those of 0 are left out.
#[must_use]
pub fn timing(deltas_s: &[f64]) -> f64 {
    let steps: Vec<f64> = deltas_s.iter().copied().filter(|d| *d > 0.0).collect();
    evenness(&steps, 1.0)
}

/// How even the sizes of what was sent are; in bytes.
#[must_use]
pub fn sizes(bytes: &[f64]) -> f64 {
    evenness(bytes, 0.0)
}

/// How constant contacts were over the span: 0 where fewer than six bins are in use, else the better of the share of the span that
/// they cover and the longest run of bins in use over twelve.
#[must_use]
pub fn constancy(bins: &[u32], covered: f64) -> f64 {
    if bins.iter().filter(|n| **n > 0).count() < MIN_BINS {
        return 0.0;
    }
    let run = bins.split(|n| *n == 0).map(<[u32]>::len).max().unwrap_or(0) as f64;
    covered.max(run / IDEAL_RUN).clamp(0.0, 1.0)
}

/// How alike the bins are: the better of `1 - standard deviation / mean` and, from eleven bins in use on, the share of them that
/// have one of the two commonest heights (in steps of 5 % of the greatest; one outlier is let go).
#[must_use]
pub fn histogram(bins: &[u32]) -> f64 {
    let n = bins.len() as f64;
    let mean = bins.iter().map(|x| f64::from(*x)).sum::<f64>() / n.max(1.0);
    if mean == 0.0 {
        return 0.0;
    }
    let variance = bins.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
    let even = (1.0 - variance.sqrt() / mean).max(0.0);
    even.max(bimodal(bins))
}

fn bimodal(bins: &[u32]) -> f64 {
    let used: Vec<u32> = bins.iter().copied().filter(|n| *n > 0).collect();
    let Some(max) = used.iter().max().filter(|_| used.len() >= MIN_BIMODAL) else { return 0.0 };
    let step = (f64::from(*max) * 0.05).ceil().max(1.0);
    let mut heights: Vec<u64> = used.iter().map(|n| (f64::from(*n) / step).floor() as u64).collect();
    heights.sort_unstable();
    let mut counts: Vec<usize> = heights.chunk_by(|a, b| a == b).map(<[u64]>::len).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let commonest: usize = counts.iter().take(2).sum();
    (commonest as f64 / (used.len() - 1).max(1) as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn skew_by_hand() {
        // Quartiles of 0, 10, 20, 30, 100: 10, 20, 30.
        close(bowley(&[0.0, 10.0, 20.0, 30.0, 100.0]), 0.0);
        // Quartiles of 0, 10, 12, 30, 100: 10, 12, 30; (10 + 30 - 24) / 20.
        close(bowley(&[0.0, 10.0, 12.0, 30.0, 100.0]), 0.8);
        // The quartiles lie closer than 10.
        close(bowley(&[1.0, 2.0, 3.0, 8.0, 9.0]), 0.0);
    }

    #[test]
    fn timing_by_hand() {
        close(timing(&[60.0; 20]), 1.0);
        // Steps of 0 are left out.
        close(timing(&[60.0, 0.0, 60.0, 0.0]), 1.0);
        // Median 60, MAD 6, quartiles 54, 60, 66 (12 apart, no skew): (1 + 54/60) / 2.
        close(timing(&[48.0, 54.0, 60.0, 66.0, 72.0]), 0.95);
        // Median 12, MAD 12, skew 0.8: (0.2 + 0) / 2.
        close(timing(&[0.5, 10.0, 12.0, 30.0, 100.0]), (0.2 + (12.0 - 11.5) / 12.0) / 2.0);
        close(timing(&[]), 0.0);
    }

    #[test]
    fn sizes_by_hand() {
        close(sizes(&[500.0; 9]), 1.0);
        // A median below 1 gives no credit for spread.
        close(sizes(&[0.0; 9]), 0.5);
    }

    #[test]
    fn constancy_by_hand() {
        let mut bins = [0u32; 24];
        bins[..5].fill(3);
        close(constancy(&bins, 1.0), 0.0);
        bins[..9].fill(3);
        close(constancy(&bins, 0.3), 0.75);
        close(constancy(&bins, 0.9), 0.9);
        close(constancy(&[1; 24], 1.0), 1.0);
    }

    #[test]
    fn histograms_by_hand() {
        close(histogram(&[5; 24]), 1.0);
        close(histogram(&[0; 24]), 0.0);
        // 12 bins of 10 and 12 of 0: mean 5, deviation 5; but one height only: 12 of 12 - 1, at most 1.
        let mut half = [0u32; 24];
        half[..12].fill(10);
        close(histogram(&half), 1.0);
        // 20 and 100 in turn, eleven bins and one outlier of 55: step 5; heights 4, 20 and 11; 10 of 10.
        let mut two = [0u32; 24];
        for (n, bin) in two.iter_mut().take(10).enumerate() {
            *bin = if n % 2 == 0 { 20 } else { 100 };
        }
        two[10] = 55;
        close(histogram(&two), 1.0);
        // Ten bins are too few for two heights: mean 25, variance (5 * 400 + 5 * 10000) / 24 - 25^2 = 1541.67.
        two[10] = 0;
        let deviation = ((5.0 * 400.0 + 5.0 * 10_000.0) / 24.0 - 625.0f64).sqrt();
        close(histogram(&two), (1.0 - deviation / 25.0f64).max(0.0));
    }
}
