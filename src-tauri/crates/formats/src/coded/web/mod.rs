//! Web servers, proxies and load balancers: their logs, one format a file, and what these share (requests, columns).

#[cfg(test)]
mod error_tests;
pub mod modsec;
pub mod php;
pub mod records;
pub mod request;
pub mod tokens;
