//! Web servers, proxies and load balancers: their logs, one format a file, and what these share (requests, columns).

pub mod request;
pub mod tokens;
