//! One file a detector, one line a detector here. Definitions and their sources stand in each.

mod auth_bruteforce;
mod auth_bruteforce_success;
mod auth_failure_burst;
mod auth_new_source;
mod auth_spray;
mod net_fanout;

#[cfg(test)]
mod tests;

use crate::Detector;

/// Every detector; reports come in this order.
pub const DETECTORS: &[&dyn Detector] = &[
    &auth_bruteforce_success::BruteForceSuccess,
    &auth_bruteforce::BruteForce,
    &auth_spray::Spray,
    &auth_new_source::NewSource,
    &auth_failure_burst::FailureBurst,
    &net_fanout::FanOut,
];
