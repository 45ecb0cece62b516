//! One file a detector, one line a detector here. Definitions and their sources stand in each.

mod app_error_burst;
mod auth_bruteforce;
mod auth_bruteforce_success;
mod auth_failure_burst;
mod auth_new_source;
mod auth_spray;
mod clock_jump;
mod log_cleared;
mod log_gap;
mod log_record_holes;
mod net_fanout;
mod source_volume;
mod template_new;

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
    &log_cleared::Cleared,
    &log_gap::Gap,
    &log_record_holes::Holes,
    &clock_jump::Jump,
    &source_volume::Volume,
    &app_error_burst::Errors,
    &template_new::New,
];
