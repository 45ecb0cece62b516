//! The kinds of logs that incidents are made of: each writes lines as its program does (its documentation is named in the
//! file) and keeps a tally of what the truth needs. What happens is told by the incidents, not here.

pub mod app;
pub mod audit;
pub mod cloudtrail;
pub mod firewall;
pub mod openvpn;
pub mod postfix;
pub mod proxy;
pub mod sysmon;
pub mod web;
pub mod zeek;
