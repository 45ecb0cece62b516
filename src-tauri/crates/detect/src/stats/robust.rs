//! Location and spread that a few wild values cannot move.

/// Makes a median absolute deviation comparable to a standard deviation for normal data: 1 / Φ⁻¹(3/4).
/// Source: Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993.
pub const MAD_TO_SIGMA: f64 = 1.4826;

/// The quantile `q` (0 to 1) with linear interpolation between order statistics; `None` of no values.
/// Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, type 7.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    quantile_sorted(&sorted, q)
}

fn quantile_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = q.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (low, high) = (*sorted.get(below)?, *sorted.get(above)?);
    Some(low + (high - low) * (place - below as f64))
}

/// The middle value; the mean of the two middle ones of an even number.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Median absolute deviation from the median, not scaled.
#[must_use]
pub fn mad(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    median(&values.iter().map(|x| (x - centre).abs()).collect::<Vec<_>>())
}

/// Deviations from the median in robust standard deviations, `(x - median) / (1.4826 MAD)`; `None` of no values.
/// Where the MAD is 0 (more than half of the values are equal) the deviation is infinite or 0: see
/// [`Baseline::deviations`] for one with a floor.
#[must_use]
pub fn robust_z(x: f64, values: &[f64]) -> Option<f64> {
    let (centre, spread) = (median(values)?, mad(values)? * MAD_TO_SIGMA);
    Some(if x == centre { 0.0 } else { (x - centre) / spread })
}

/// What is usual, by values seen before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// The middle value.
    pub median: f64,
    /// A robust standard deviation.
    pub sigma: f64,
    /// The greatest value.
    pub max: f64,
    /// How many values.
    pub n: usize,
}

impl Baseline {
    /// Of counts. The spread is never below that of a Poisson process of the same median, nor below 1: a host
    /// that had 0 failures in most hours is not a wonder when it has 2.
    #[must_use]
    pub fn of_counts(values: &[f64]) -> Option<Self> {
        let centre = median(values)?;
        let sigma = (mad(values)? * MAD_TO_SIGMA).max(centre.max(0.0).sqrt()).max(1.0);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(Self { median: centre, sigma, max, n: values.len() })
    }

    /// How far a value lies above the median, in robust deviations.
    #[must_use]
    pub fn deviations(&self, x: f64) -> f64 {
        (x - self.median) / self.sigma
    }

    /// The value that lies so many deviations above the median.
    #[must_use]
    pub fn at(&self, deviations: f64) -> f64 {
        self.median + deviations * self.sigma
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_small_samples() {
        for (values, q, expect) in [
            (&[][..], 0.5, None),
            (&[7.0][..], 0.9, Some(7.0)),
            (&[1.0, 3.0][..], 0.5, Some(2.0)),
            (&[3.0, 1.0, 2.0][..], 0.5, Some(2.0)),
            (&[1.0, 2.0, 3.0, 4.0, 5.0][..], 0.25, Some(2.0)),
            (&[1.0, 2.0, 3.0, 4.0][..], 0.25, Some(1.75)),
            (&[1.0, 2.0][..], 7.0, Some(2.0)),
            (&[f64::NAN, 4.0][..], 0.5, Some(4.0)),
        ] {
            assert_eq!(quantile(values, q), expect, "{values:?} at {q}");
        }
    }

    #[test]
    fn deviation_ignores_one_wild_value() {
        for (values, expect) in [
            (&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0][..], Some(1.0)),
            (&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9e9][..], Some(1.0)),
            (&[5.0, 5.0, 5.0][..], Some(0.0)),
            (&[][..], None),
        ] {
            assert_eq!(mad(values), expect, "{values:?}");
        }
        assert_eq!(robust_z(2.0, &[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]), Some(0.0));
        assert!((robust_z(5.0, &[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]).unwrap() - 3.0 / 1.4826).abs() < 1e-9);
        assert_eq!(robust_z(6.0, &[5.0, 5.0]), Some(f64::INFINITY));
    }

    #[test]
    fn a_baseline_of_zeros_still_has_a_spread() {
        let quiet = Baseline::of_counts(&[0.0; 50]).unwrap();
        assert_eq!((quiet.median, quiet.sigma, quiet.at(6.0)), (0.0, 1.0, 6.0));
        let busy = Baseline::of_counts(&[100.0; 50]).unwrap();
        assert_eq!((busy.sigma, busy.deviations(160.0)), (10.0, 6.0));
    }
}
