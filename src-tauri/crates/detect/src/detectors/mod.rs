//! One file a detector, one line a detector here. Definitions and their sources stand in each.

mod account_created;
mod app_error_burst;
mod auth_bruteforce;
mod auth_bruteforce_success;
mod auth_failure_burst;
mod auth_impossible_travel;
mod auth_new_source;
mod auth_rare_user;
mod auth_spray;
mod auth_spray_distributed;
mod auth_success_burst;
mod auth_unusual_hour;
mod auth_user_guessing;
mod clock_jump;
mod dns_tunnel;
mod list_match;
mod log_cleared;
mod log_gap;
mod log_record_holes;
mod net_beacon;
mod net_exfil;
mod net_fanout;
mod net_long_connection;
mod net_port_scan;
mod net_sweep;
mod privilege_change;
mod privilege_first;
mod process_rare;
mod source_volume;
mod template_new;
mod web_break_in;
mod web_probing;
mod web_server_errors;

#[cfg(test)]
mod tests;

use crate::Detector;

/// Every detector; reports come in this order.
pub const DETECTORS: &[&dyn Detector] = &[
    &auth_bruteforce_success::BruteForceSuccess,
    &auth_bruteforce::BruteForce,
    &auth_spray::Spray,
    &auth_spray_distributed::SprayDistributed,
    &auth_user_guessing::UserGuessing,
    &auth_new_source::NewSource,
    &auth_unusual_hour::UnusualHour,
    &auth_rare_user::RareUser,
    &auth_impossible_travel::ImpossibleTravel,
    &auth_failure_burst::FailureBurst,
    &auth_success_burst::SuccessBurst,
    &account_created::AccountCreated,
    &privilege_change::PrivilegeChange,
    &process_rare::RareProcess,
    &list_match::ListMatch,
    &net_fanout::FanOut,
    &net_port_scan::PortScan,
    &net_sweep::Sweep,
    &net_beacon::Beacon,
    &net_long_connection::Long,
    &dns_tunnel::Tunnel,
    &net_exfil::Exfil,
    &web_probing::Probing,
    &web_break_in::BreakIn,
    &web_server_errors::ServerErrors,
    &log_cleared::Cleared,
    &log_gap::Gap,
    &log_record_holes::Holes,
    &clock_jump::Jump,
    &source_volume::Volume,
    &app_error_burst::Errors,
    &template_new::New,
];
