//! The scorer of what is found: shared by the program that prints (`tests/score/detect/main.rs`) and the tests that keep what was
//! reached. Cards are asked of the engine in this process; nothing here knows how one is worded.

pub mod crowdsec;
pub mod desk;
pub mod incidents;
pub mod sigma;
pub mod story;
