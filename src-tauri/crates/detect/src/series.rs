//! Counts by the hour, and the hours that stand out: a robust baseline (median and MAD over the hours of the logs; the same hour of
//! the week where they span four weeks), since an incident export has no 21 quiet days.

use crate::stats::Baseline;
use rustc_hash::FxHashMap;
use timberline_model::time::HOUR;

/// Hours of a week.
pub const WEEK_HOURS: usize = 168;
/// Ten years of hours are plenty; a wild time stamp must not make a vector of a century.
const MOST_HOURS: usize = 87_600;

/// From where on an hour stands out; all of them must hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Robust deviations above the median.
    pub deviations: f64,
    /// Times the median.
    pub ratio: f64,
    /// So many at least.
    pub floor: f64,
    /// Hours that the series must span.
    pub hours: f64,
    /// Times the greatest hour of other days, so that what comes every night is not new; 0 where habit does not count.
    pub habit: f64,
}

/// Hours in a row above the threshold of one key.
#[derive(Clone, Debug)]
pub struct Burst {
    /// Whose hours: a system, an account, or one for all.
    pub key: u32,
    /// From, hours since 1970.
    pub from_hour: i64,
    /// To, not included.
    pub to_hour: i64,
    /// The count of its fullest hour.
    pub worst: u64,
    /// What is usual in that hour.
    pub baseline: Baseline,
    /// From where on it counted.
    pub threshold: f64,
    /// Other bursts of the same key.
    pub others: u64,
}

impl Burst {
    /// Whether two have an hour in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from_hour < other.to_hour && other.from_hour < self.to_hour
    }

    /// The time that it covers, ns.
    #[must_use]
    pub fn span(&self) -> (i64, i64) {
        (self.from_hour * HOUR, self.to_hour * HOUR)
    }
}

/// The worst burst of each key. `moments` are `(key, time in ns, weight)` in time order; a weight of 0 counts nothing and says that
/// the key was there. A key's hours run from its first moment to its last, so that a log that starts late does not count as silent
/// before.
pub fn bursts(moments: impl Iterator<Item = (u32, i64, u64)>, limits: &Limits) -> Vec<Burst> {
    let mut keys: FxHashMap<u32, (i64, i64, FxHashMap<i64, u64>)> = FxHashMap::default();
    for (key, time, weight) in moments {
        let hour = time.div_euclid(HOUR);
        let of = keys.entry(key).or_insert_with(|| (hour, hour, FxHashMap::default()));
        of.1 = hour;
        if weight > 0 {
            *of.2.entry(hour).or_default() += weight;
        }
    }
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_by_key(|(key, _)| *key);
    let mut found = Vec::new();
    for (key, (from, to, counts)) in keys {
        let n = usize::try_from(to - from + 1).unwrap_or(0).min(MOST_HOURS);
        let most = counts.values().copied().max().unwrap_or(0) as f64;
        if (n as f64) < limits.hours || most <= limits.floor {
            continue;
        }
        let series: Vec<u64> = (0..n).map(|i| counts.get(&(from + i as i64)).copied().unwrap_or(0)).collect();
        found.extend(worst(key, from, &series, limits));
    }
    found
}

/// Bursts at the same time are one.
#[must_use]
pub fn clusters(mut bursts: Vec<Burst>) -> Vec<Vec<Burst>> {
    bursts.sort_by_key(|b| (b.from_hour, b.to_hour, b.key));
    let mut clusters: Vec<Vec<Burst>> = Vec::new();
    for burst in bursts {
        match clusters.iter_mut().find(|c| c.iter().any(|b| b.overlaps(&burst))) {
            Some(cluster) => cluster.push(burst),
            None => clusters.push(vec![burst]),
        }
    }
    clusters
}

/// A baseline for each hour, or one for all.
struct Usual {
    all: Baseline,
    by_hour_of_week: Option<Vec<Baseline>>,
}

fn usual(from_hour: i64, series: &[u64]) -> Option<Usual> {
    let values: Vec<f64> = series.iter().map(|n| *n as f64).collect();
    let all = Baseline::of_counts(&values)?;
    let by_hour_of_week = (series.len() >= 4 * WEEK_HOURS).then(|| {
        (0..WEEK_HOURS)
            .map(|slot| {
                // The hour itself and its neighbours, each week.
                let near: Vec<f64> = values
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| {
                        let at = (from_hour + *i as i64).rem_euclid(WEEK_HOURS as i64) as usize;
                        let apart = (at + WEEK_HOURS - slot) % WEEK_HOURS;
                        apart <= 1 || apart == WEEK_HOURS - 1
                    })
                    .map(|(_, n)| *n)
                    .collect();
                Baseline::of_counts(&near).unwrap_or(all)
            })
            .collect()
    });
    Some(Usual { all, by_hour_of_week })
}

fn worst(key: u32, from_hour: i64, series: &[u64], limits: &Limits) -> Option<Burst> {
    let usual = usual(from_hour, series)?;
    let baseline = |i: usize| {
        let slot = (from_hour + i as i64).rem_euclid(WEEK_HOURS as i64) as usize;
        usual.by_hour_of_week.as_ref().and_then(|b| b.get(slot)).copied().unwrap_or(usual.all)
    };
    let habit = |i: usize| {
        let other = series.iter().enumerate().filter(|(j, _)| j.abs_diff(i) >= 18).map(|(_, n)| *n).max();
        other.unwrap_or(0) as f64 * limits.habit
    };
    let mut bursts: Vec<Burst> = Vec::new();
    for (i, n) in series.iter().enumerate() {
        let of = baseline(i);
        let mut limit = of.at(limits.deviations).max(of.median * limits.ratio).max(limits.floor);
        if *n as f64 <= limit {
            continue;
        }
        if limits.habit > 0.0 {
            limit = limit.max(habit(i));
            if *n as f64 <= limit {
                continue;
            }
        }
        let hour = from_hour + i as i64;
        match bursts.last_mut().filter(|b| b.to_hour == hour) {
            Some(burst) => {
                burst.to_hour = hour + 1;
                if *n > burst.worst {
                    (burst.worst, burst.baseline, burst.threshold) = (*n, of, limit);
                }
            }
            None => bursts.push(Burst {
                key,
                from_hour: hour,
                to_hour: hour + 1,
                worst: *n,
                baseline: of,
                threshold: limit,
                others: 0,
            }),
        }
    }
    let others = bursts.len().saturating_sub(1) as u64;
    let mut worst = bursts.into_iter().reduce(|a, b| {
        if b.baseline.deviations(b.worst as f64) > a.baseline.deviations(a.worst as f64) { b } else { a }
    })?;
    worst.others = others;
    Some(worst)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { deviations: 6.0, ratio: 3.0, floor: 50.0, hours: 24.0, habit: 0.0 };

    fn of(series: &[u64], limits: &Limits) -> Vec<(i64, i64, u64, u64)> {
        let moments = series.iter().enumerate().map(|(i, n)| (1, i as i64 * HOUR, *n));
        bursts(moments, limits).iter().map(|b| (b.from_hour, b.to_hour, b.worst, b.others)).collect()
    }

    #[test]
    fn hours_that_stand_out_are_one_burst_and_noise_is_none() {
        let mut series = vec![5u64; 72];
        (series[40], series[41], series[60]) = (90, 200, 70);
        assert_eq!(of(&series, &LIMITS), [(40, 42, 200, 1)]);
        assert_eq!(of(&[5; 72], &LIMITS), []);
        assert_eq!(of(&series[..12], &LIMITS), [], "too short for a baseline");
    }

    #[test]
    fn what_comes_every_night_is_a_habit() {
        let nights: Vec<u64> = (0..24 * 6).map(|i| if i % 24 == 2 { 300 } else { 4 }).collect();
        assert_eq!(of(&nights, &LIMITS).len(), 1);
        assert_eq!(of(&nights, &Limits { habit: 1.5, ..LIMITS }), []);
    }
}
