//! Cisco's devices: one file a family.

pub mod asa;
mod asa_codes;
mod ftd;
pub mod ios;
pub mod mark;
pub mod meraki;
pub mod umbrella;
