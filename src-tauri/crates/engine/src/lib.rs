//! Timberline without a window: the open case, jobs, the list of commands and their bodies, settings,
//! secrets and the built-in planner.
//!
//! Every verb exists once, in [`ops`]; the window and `timberline rpc` reach it through
//! [`commands::dispatch`], the command line and the chat's tools call it directly. No parsing of logs,
//! no SQL, no statistics and no pixels are here.

pub mod asking;
pub mod choices;
pub mod commands;
pub mod curiosity;
pub mod deeper;
pub mod endpoints;
pub mod error;
pub mod given;
pub mod jobs;
pub mod judging;
pub mod leak_test;
pub mod news;
pub mod ops;
pub mod own_formats;
pub mod planner;
pub mod playbooks;
pub mod preview;
pub mod reading;
pub mod rules;
pub mod secrets;
pub mod session;
pub mod tables;
pub mod tools;
pub mod way_out;
pub mod whole_file;
pub mod wire;
pub mod worked;
pub mod zone;

pub use session::{Dirs, Engine, Judged, OpenCase};
