//! Web servers, proxies and load balancers: their logs, one format a file, and what these share (requests, columns).

pub mod aws;
#[cfg(test)]
mod error_tests;
pub mod modsec;
pub mod modsec_audit;
pub mod php;
#[cfg(test)]
mod proxy_tests;
pub mod records;
pub mod request;
pub mod tokens;
pub mod w3c;
pub mod windows_services;
