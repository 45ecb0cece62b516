//! Sliding windows over moments in order.

/// The fullest window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    /// Sum of the weights in it.
    pub sum: u64,
    /// Index of its first moment.
    pub first: usize,
    /// Index of its last moment.
    pub last: usize,
}

/// The window of `width_ns` (both ends inside) with the greatest sum of weights; of several, the earliest.
/// `None` of no moments. `moments` are `(time in ns, weight)` in ascending order of time.
#[must_use]
pub fn peak(moments: &[(i64, u64)], width_ns: i64) -> Option<Peak> {
    let (mut best, mut sum, mut first): (Option<Peak>, u64, usize) = (None, 0, 0);
    for (last, &(time, weight)) in moments.iter().enumerate() {
        sum = sum.saturating_add(weight);
        while moments[first].0 < time.saturating_sub(width_ns) {
            sum = sum.saturating_sub(moments[first].1);
            first += 1;
        }
        if best.is_none_or(|b| sum > b.sum) {
            best = Some(Peak { sum, first, last });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_window_is_found() {
        for (moments, width, expect) in [
            (&[][..], 10, None),
            (&[(0, 1)][..], 10, Some((1, 0, 0))),
            (&[(0, 1), (10, 1), (11, 1)][..], 10, Some((2, 0, 1))),
            (&[(0, 1), (5, 9), (20, 3), (21, 3), (22, 3)][..], 10, Some((10, 0, 1))),
            (&[(0, 1), (20, 3), (21, 3), (22, 3)][..], 10, Some((9, 1, 3))),
        ] {
            let got = peak(moments, width).map(|p| (p.sum, p.first, p.last));
            assert_eq!(got, expect, "{moments:?}");
        }
    }
}
