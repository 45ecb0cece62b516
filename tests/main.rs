//! The tests of the whole: one binary, one link. Each module says what it holds.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod contract;
mod curiosity;
mod docs;
mod incidents;
mod interrupted;
mod learning;
mod logs;
mod own_formats;
mod questions;
mod regression;
mod rpc;
#[path = "score/parts/mod.rs"]
#[allow(dead_code)]
mod score;
#[path = "score/detect/mod.rs"]
#[allow(dead_code)]
mod score_detect;
mod scores;
mod tidy;
mod zero_egress;
